/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records of one rollout, in their order, become facts:
 *
 *   node.started … node.finished/failed/skipped/cancelled        an end of a node, with how long it took
 *   model.request … model.response, tool.called … tool.returned  a call
 *   node.waiting, node.retried … next record of the node         a wait
 *   rollout.paused … rollout.resumed, rollout.finished           a wait of the rollout
 *   agl.event model_request                                      a call; reward, metric: points
 *   reward                                                       a point, and one for each part that is a number
 *
 * Another attempt (rollout.started again) begins with new sums; the facts of the one before stay, for what it took was spent.
 */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-facts-fold-private.h"

#include <math.h>
#include <string.h>

/* Names of posted metrics, models and the like are text from outside. */
#define MAX_NAME    200

enum { NODE_SUCCEEDED, NODE_FAILED, NODE_SKIPPED, NODE_CANCELLED };

/* --- names --- */

LeydenName *
leyden_facts_name_new (const char *text)
{
  return text != NULL && *text != '\0' ? g_ref_string_new_intern (text) : NULL;
}

/* Of a text that anybody may have sent. */
LeydenName *
leyden_facts_name_new_foreign (const char *text)
{
  g_autofree char *cut = NULL;

  if (text == NULL || strlen (text) <= MAX_NAME)
    return leyden_facts_name_new (text);
  cut = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), MAX_NAME / 4));
  return leyden_facts_name_new (cut);
}

LeydenName *
leyden_facts_name_ref (LeydenName *name)
{
  return name != NULL ? g_ref_string_acquire (name) : NULL;
}

void
leyden_facts_name_set (LeydenName **place,
                       LeydenName  *name)
{
  if (*place != NULL)
    g_ref_string_release (*place);
  *place = name;
}

LeydenName *
leyden_facts_collapse_path (const char *path)
{
  g_autoptr(GString) out = NULL;

  if (path == NULL || *path == '\0')
    return NULL;
  if (strpbrk (path, "[#") == NULL)
    return leyden_facts_name_new (path);
  out = g_string_sized_new (strlen (path));
  while (*path != '\0')
    {
      gsize digits = *path == '[' || *path == '#' ? strspn (path + 1, "0123456789") : 0;

      if (*path == '[' && digits > 0 && path[digits + 1] == ']')
        {
          /* A round is within a path; at the end stands how many spans of another program had that name. */
          if (path[digits + 2] != '\0')
            g_string_append (out, "[*]");
          path += digits + 2;
        }
      else if (*path == '#' && digits > 0)
        path += digits + 1;
      else
        g_string_append_c (out, *path++);
    }
  return leyden_facts_name_new (out->str);
}

/* --- life --- */

static void
open_node_free (gpointer data)
{
  OpenNode *node = data;

  leyden_facts_name_set (&node->reason, NULL);
  g_free (node);
}

static void
totals_clear (LeydenFactsTotals *totals)
{
  leyden_facts_name_set (&totals->version, NULL);
  leyden_facts_name_set (&totals->model, NULL);
  leyden_facts_name_set (&totals->candidate, NULL);
  leyden_facts_name_set (&totals->error_kind, NULL);
  leyden_facts_name_set (&totals->item, NULL);
  g_clear_pointer (&totals->experiment, g_free);
}

static void
totals_init (LeydenFactsTotals *totals)
{
  *totals = (LeydenFactsTotals) { .step = NO_STEP, .finished_step = NO_STEP, .is_train = -1 };
}

LeydenFactsFold *
leyden_facts_fold_new (const char *rollout)
{
  LeydenFactsFold *self = g_new0 (LeydenFactsFold, 1);

  g_atomic_ref_count_init (&self->refs);
  self->rollout = g_strdup (rollout);
  totals_init (&self->totals);
  return self;
}

LeydenFactsFold *
leyden_facts_fold_ref (LeydenFactsFold *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
leyden_facts_fold_unref (LeydenFactsFold *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  totals_clear (&self->totals);
  g_clear_pointer (&self->nodes, g_hash_table_unref);
  g_clear_pointer (&self->calls, g_hash_table_unref);
  g_clear_pointer (&self->models, g_hash_table_unref);
  g_free (self->rollout);
  g_free (self);
}

const char *
leyden_facts_fold_get_rollout (const LeydenFactsFold *self)
{
  return self->rollout;
}

guint64
leyden_facts_fold_get_sequence (const LeydenFactsFold *self)
{
  return self->sequence;
}

gint64
leyden_facts_fold_get_id (const LeydenFactsFold *self)
{
  return self->id;
}

void
leyden_facts_fold_set_id (LeydenFactsFold *self,
                          gint64           id)
{
  self->id = id;
}

void
leyden_facts_fold_skip_to (LeydenFactsFold *self,
                           guint64          sequence)
{
  self->sequence = MAX (self->sequence, sequence);
}

/* The model of most calls; of several the first by name. */
static LeydenName *
find_model (LeydenFactsFold *self)
{
  GHashTableIter iter;
  gpointer name, count;
  LeydenName *best = NULL;
  guint most = 0;

  if (self->models == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, self->models);
  while (g_hash_table_iter_next (&iter, &name, &count))
    if (GPOINTER_TO_UINT (count) > most || (GPOINTER_TO_UINT (count) == most && strcmp (name, best) < 0))
      {
        best = name;
        most = GPOINTER_TO_UINT (count);
      }
  return best;
}

const LeydenFactsTotals *
leyden_facts_fold_get_totals (LeydenFactsFold *self)
{
  leyden_facts_name_set (&self->totals.model, leyden_facts_name_ref (find_model (self)));
  return &self->totals;
}

/* Nothing of the attempt before counts, but when the rollout began. */
static void
start_over (LeydenFactsFold *self)
{
  gint64 first_ns = self->totals.first_ns;

  totals_clear (&self->totals);
  totals_init (&self->totals);
  self->totals.first_ns = first_ns;
  g_clear_pointer (&self->nodes, g_hash_table_unref);
  g_clear_pointer (&self->calls, g_hash_table_unref);
  g_clear_pointer (&self->models, g_hash_table_unref);
  self->paused_ns = 0;
}

/* --- nodes --- */

static OpenNode *
get_node (LeydenFactsFold *self,
          const char      *path,
          gboolean         make)
{
  OpenNode *node = self->nodes != NULL ? g_hash_table_lookup (self->nodes, path) : NULL;

  if (node != NULL || !make)
    return node;
  if (self->nodes == NULL)
    self->nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, open_node_free);
  node = g_new0 (OpenNode, 1);
  g_hash_table_insert (self->nodes, g_strdup (path), node);
  return node;
}

/* The node that a call is of: "agent" of "agent#2" and of "agent#2/tool". */
OpenNode *
leyden_facts_fold_find_caller (LeydenFactsFold *self,
                               const char      *path)
{
  OpenNode *node = get_node (self, path, FALSE);
  g_autofree char *outer = NULL;

  if (node != NULL || self->nodes == NULL || strpbrk (path, "#/") == NULL)
    return node;
  outer = g_strdup (path);
  for (;;)
    {
      char *slash = strrchr (outer, '/'), *hash = strrchr (outer, '#');

      if (slash == NULL && hash == NULL)
        return NULL;
      *(hash == NULL || (slash != NULL && slash > hash) ? slash : hash) = '\0';
      node = get_node (self, outer, FALSE);
      if (node != NULL)
        return node;
    }
}

static void
add_wait (LeydenFactsFold    *self,
          const LeydenRecord *record,
          LeydenName         *node,
          LeydenName         *reason,
          gint64              since_ns,
          LeydenFactsBatch   *batch)
{
  double ms = MAX (0, (double) (record->time_ns - since_ns) / 1e6);
  LeydenFactsWait wait = { self, record->position, batch != NULL ? batch->waits->len : 0, record->time_ns, node, reason, ms };

  self->totals.wait_ms += ms;
  if (batch == NULL)
    {
      leyden_facts_name_set (&node, NULL);
      leyden_facts_name_set (&reason, NULL);
      return;
    }
  /* Counted within the record: a batch may hold others'. */
  wait.n = 0;
  if (batch->waits->len > 0 && g_array_index (batch->waits, LeydenFactsWait, batch->waits->len - 1).position == record->position)
    wait.n = g_array_index (batch->waits, LeydenFactsWait, batch->waits->len - 1).n + 1;
  g_array_append_val (batch->waits, wait);
}

/* A wait ends with the next record of the node or of its calls. */
static void
end_wait (LeydenFactsFold    *self,
          const LeydenRecord *record,
          LeydenFactsBatch   *batch)
{
  OpenNode *node = get_node (self, record->node, FALSE);

  if (node == NULL || node->waiting_ns == 0)
    return;
  add_wait (self, record, leyden_facts_collapse_path (record->node), g_steal_pointer (&node->reason), node->waiting_ns, batch);
  node->waiting_ns = 0;
}

/* The code of an error as the log has it: of the engine, of an agent, of a span. */
LeydenName *
leyden_facts_read_error_kind (LeydenValue *error)
{
  const char *code = leyden_value_get_member_string (error, "code", NULL);

  if (code == NULL)
    code = leyden_value_get_member_string (error, "kind", "other");
  return leyden_facts_name_new_foreign (code);
}

static void
apply_node_end (LeydenFactsFold    *self,
                const LeydenRecord *record,
                guint               state,
                LeydenFactsBatch   *batch)
{
  OpenNode *node = get_node (self, record->node, FALSE);
  LeydenValue *error = leyden_value_get_member (record->payload, "error");
  double latency_ms = MAX (0, leyden_value_get_member_double (record->payload, "latency_ms", 0));
  LeydenFactsNodeEnd end = { .fold = self, .position = record->position, .time_ns = record->time_ns, .state = state, .ms = NAN };

  if (node != NULL && node->started_ns != 0)
    end.ms = MAX (MAX (node->latency_ms, latency_ms), (double) (record->time_ns - node->started_ns) / 1e6);
  end.tries = node != NULL ? MAX (node->tries, 1) : 0;
  if (self->nodes != NULL)
    g_hash_table_remove (self->nodes, record->node);
  if (batch == NULL)
    return;
  end.node = leyden_facts_collapse_path (record->node);
  if (end.node == NULL)
    return;
  end.error_kind = state == NODE_FAILED ? leyden_facts_read_error_kind (error) : NULL;
  g_array_append_val (batch->node_ends, end);
}

static void
apply_node (LeydenFactsFold    *self,
            const LeydenRecord *record,
            LeydenFactsBatch   *batch)
{
  const char *type = record->type + strlen ("node.");
  OpenNode *node;

  end_wait (self, record, batch);
  if (strcmp (type, "started") == 0)
    {
      node = get_node (self, record->node, TRUE);
      node->started_ns = record->time_ns;
      node->latency_ms = 0;
      node->tries = (guint) CLAMP (leyden_value_get_member_int (record->payload, "try", 1), 1, G_MAXINT32);
    }
  else if (strcmp (type, "finished") == 0)
    apply_node_end (self, record, NODE_SUCCEEDED, batch);
  else if (strcmp (type, "failed") == 0)
    apply_node_end (self, record, NODE_FAILED, batch);
  else if (strcmp (type, "skipped") == 0)
    apply_node_end (self, record, NODE_SKIPPED, batch);
  else if (strcmp (type, "cancelled") == 0)
    apply_node_end (self, record, NODE_CANCELLED, batch);
  else if (strcmp (type, "waiting") == 0 || strcmp (type, "retried") == 0)
    {
      gboolean retried = *type == 'r';

      node = get_node (self, record->node, TRUE);
      node->waiting_ns = record->time_ns;
      node->reason = leyden_facts_name_new_foreign (retried ? "retry" : leyden_value_get_member_string (record->payload, "reason", "queue"));
      if (node->reason == NULL)
        node->reason = leyden_facts_name_new ("queue");
      self->totals.n_retries += retried;
    }
}

/* --- the rollout --- */

/* What a server of others tells of its rollouts. It counts no steps: all that a trainer asks for at once is one ("batch"). */
static void
apply_mirrored (LeydenFactsFold    *self,
                const LeydenRecord *record)
{
  LeydenFactsTotals *totals = &self->totals;

  totals->created_ns = leyden_value_get_member_int (record->payload, "created", 0);
  leyden_facts_name_set (&totals->item, leyden_facts_name_new_foreign (leyden_value_get_member_string (record->payload, "data_id", NULL)));
  self->by_batch = leyden_value_get_int (leyden_value_get_member (record->payload, "batch"), &totals->step);
  totals->finished_step = totals->step;
}

static void
apply_started (LeydenFactsFold    *self,
               const LeydenRecord *record)
{
  LeydenValue *training = leyden_value_get_member (record->payload, "training");
  LeydenValue *request = leyden_value_get_member (record->payload, "request");
  LeydenFactsTotals *totals = &self->totals;

  if (self->started)
    start_over (self);
  self->started = TRUE;
  totals->version = leyden_facts_name_new_foreign (leyden_value_get_member_string (record->payload, "flow", NULL));
  totals->is_try = leyden_value_get_member (record->payload, "part") != NULL;
  if (training != NULL)
    {
      totals->experiment = g_strdup (leyden_value_get_member_string (training, "experiment", NULL));
      totals->candidate = leyden_facts_name_new_foreign (leyden_value_get_member_string (training, "candidate", NULL));
      totals->step = leyden_value_get_member_int (training, "step", NO_STEP);
      totals->finished_step = totals->step;
    }
  if (leyden_value_get_member (request, "is_train") != NULL)
    totals->is_train = leyden_value_get_member_boolean (request, "is_train", FALSE);
  if (request != NULL)
    apply_mirrored (self, record);
}

static void
end_pause (LeydenFactsFold    *self,
           const LeydenRecord *record,
           LeydenFactsBatch   *batch)
{
  if (self->paused_ns != 0)
    add_wait (self, record, NULL, leyden_facts_name_new ("pause"), self->paused_ns, batch);
  self->paused_ns = 0;
}

static void
apply_finished (LeydenFactsFold    *self,
                const LeydenRecord *record)
{
  LeydenValue *error = leyden_value_get_member (record->payload, "error");
  LeydenFactsTotals *totals = &self->totals;

  if (totals->error_kind == NULL)
    totals->error_kind = leyden_facts_name_new_foreign (leyden_value_get_member_string (record->payload, "error_kind", NULL));
  if (totals->error_kind == NULL && error != NULL && !leyden_value_is_null (error))
    totals->error_kind = leyden_facts_read_error_kind (error);
  if (self->by_batch)
    totals->finished_step = leyden_value_get_member_int (record->payload, "batch", totals->step);
  totals->ended = TRUE;
  g_clear_pointer (&self->nodes, g_hash_table_unref);
  g_clear_pointer (&self->calls, g_hash_table_unref);
}

static void
apply_rollout (LeydenFactsFold    *self,
               const LeydenRecord *record,
               LeydenFactsBatch   *batch)
{
  const char *type = record->type + strlen ("rollout.");

  if (strcmp (type, "started") == 0)
    apply_started (self, record);
  else if (strcmp (type, "paused") == 0 && self->paused_ns == 0)
    self->paused_ns = record->time_ns;
  else if (strcmp (type, "resumed") == 0)
    end_pause (self, record, batch);
  else if (strcmp (type, "finished") == 0)
    {
      end_pause (self, record, batch);
      apply_finished (self, record);
    }
}

static void
touch (LeydenFactsFold  *self,
       LeydenFactsBatch *batch)
{
  if (batch == NULL || self->touched == batch->serial)
    return;
  self->touched = batch->serial;
  g_ptr_array_add (batch->folds, leyden_facts_fold_ref (self));
}

void
leyden_facts_fold_apply (LeydenFactsFold    *self,
                         const LeydenRecord *record,
                         LeydenFactsBatch   *batch)
{
  const char *type = record->type;

  g_return_if_fail (record->sequence == self->sequence + 1);

  self->sequence = record->sequence;
  if (self->totals.first_ns == 0)
    self->totals.first_ns = record->time_ns;
  touch (self, batch);
  if (g_str_has_prefix (type, "node."))
    apply_node (self, record, batch);
  else if (strcmp (type, "model.request") == 0 || strcmp (type, "tool.called") == 0)
    {
      end_wait (self, record, batch);
      leyden_facts_fold_begin_call (self, record, *type == 't');
    }
  else if (strcmp (type, "model.response") == 0 || strcmp (type, "tool.returned") == 0)
    {
      end_wait (self, record, batch);
      leyden_facts_fold_end_call (self, record, *type == 't', batch);
    }
  else if (strcmp (type, "cache.hit") == 0)
    leyden_facts_fold_cache_hit (self, record);
  else if (strcmp (type, "reward") == 0)
    leyden_facts_fold_reward (self, record, record->payload, "value", batch);
  else if (strcmp (type, "agl.event") == 0)
    leyden_facts_fold_agl_event (self, record, batch);
  else if (g_str_has_prefix (type, "rollout."))
    apply_rollout (self, record, batch);
}
