/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-rollout-debug-private.h"

/*
 * Takes over a log, whatever record it ends with. First the records are read: states of nodes, their outputs, choices of merges,
 * answers of calls, usage and reward. Then the tokens of ended nodes are told to their targets as if they had just ended, which
 * makes ready what was ready. Nodes that were under way start again; their calls find the recorded answers.
 *
 * Records of nodes in bodies are put aside by the path of their round ("solve[3]/"). A container that was under way starts again,
 * and each of its rounds takes over its own records when it begins: nodes that had ended are not run again.
 */

/* The scope whose records are read. */
typedef struct
{
  LeydenScope *scope;
  double      *latency;         /* by node: modelled time of its calls, told so far */
  double      *earlier;         /* by node: what of it belongs to tries that failed */
  GArray      *ended;           /* guint: nodes in the order of their ends */
  LeydenValue *fatal;           /* {"state", "error"} that the end was about to get, borrowed */
} Resume;

static guint
find_wire (LeydenPlan *plan,
           guint       target,
           const char *id)
{
  for (guint i = 0; i < plan->n_wires; i++)
    if (plan->wires[i].target == target && g_str_equal (plan->wires[i].id, id))
      return i;
  return LEYDEN_PLAN_NONE;
}

static gboolean
check_same (LeydenRollout  *rollout,
            LeydenRecord   *record,
            GError        **error)
{
  g_autofree char *input = leyden_json_hash (rollout->input);

  if (!g_str_equal (record->type, "rollout.started"))
    g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_STORE,
                 _("The log of “%s” does not begin with its start"), rollout->row.rollout);
  else if (g_strcmp0 (leyden_value_get_member_string (record->payload, "flow", NULL), rollout->plan->hash) != 0)
    g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW,
                 _("“%s” was begun with another version of the flow"), rollout->row.rollout);
  else if (g_strcmp0 (leyden_value_get_member_string (record->payload, "input", NULL), input) != 0)
    g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_INPUT,
                 _("“%s” was begun with another input"), rollout->row.rollout);
  else
    return TRUE;
  return FALSE;
}

static void
read_end (Resume          *self,
          guint            node,
          LeydenNodeState  state)
{
  self->scope->states[node] = (guint8) state;
  g_array_append_val (self->ended, node);
}

static void
read_started (Resume       *self,
              guint         node,
              LeydenRecord *record)
{
  LeydenScope *scope = self->scope;
  const char *edge = leyden_value_get_member_string (record->payload, "edge", NULL);

  scope->states[node] = LEYDEN_NODE_RUNNING;
  if (edge != NULL && scope->plan->nodes[node].is_merge)
    {
      guint wire = find_wire (scope->plan, node, edge);

      if (wire != LEYDEN_PLAN_NONE)
        scope->choice[node] = wire + 1;
    }
}

static void
read_failed (Resume       *self,
             guint         node,
             LeydenRecord *record)
{
  LeydenScope *scope = self->scope;
  const LeydenPlanNode *plan_node = &scope->plan->nodes[node];
  LeydenValue *error = leyden_value_get_member (record->payload, "error");

  read_end (self, node, LEYDEN_NODE_FAILED);
  if (plan_node->error_wired && error != NULL)
    {
      g_clear_pointer (&scope->values[plan_node->error_output], leyden_value_unref);
      scope->values[plan_node->error_output] = leyden_value_ref (error);
    }
  else
    self->fatal = record->payload;
}

/* Of containers the record tells the modelled time, of others their calls do. */
static void
read_latency (Resume       *self,
              guint         node,
              LeydenRecord *record)
{
  self->latency[node] += MAX (0, leyden_value_get_member_double (record->payload, "latency_ms", 0));
}

static void
read_node (Resume       *self,
           guint         node,
           LeydenRecord *record)
{
  LeydenScope *scope = self->scope;

  if (g_str_equal (record->type, "node.started"))
    read_started (self, node, record);
  else if (g_str_equal (record->type, "node.finished"))
    {
      read_end (self, node, LEYDEN_NODE_SUCCEEDED);
      read_latency (self, node, record);
      leyden_scope_take_outputs (scope, node, leyden_value_get_member (record->payload, "outputs"));
    }
  else if (g_str_equal (record->type, "node.failed"))
    {
      read_latency (self, node, record);
      read_failed (self, node, record);
    }
  else if (g_str_equal (record->type, "node.skipped"))
    read_end (self, node, LEYDEN_NODE_SKIPPED);
  else if (g_str_equal (record->type, "node.retried"))
    {
      scope->states[node] = LEYDEN_NODE_WAITING;
      scope->tries[node] = (guint8) CLAMP (leyden_value_get_member_int (record->payload, "try", 1) - 1, 0, 255);
      read_latency (self, node, record);
      self->latency[node] += leyden_value_get_member_double (record->payload, "wait_ms", 0);
      self->earlier[node] = self->latency[node];
    }
  else if (g_str_equal (record->type, "node.cancelled"))
    {
      scope->states[node] = LEYDEN_NODE_CANCELLED;
      if (self->fatal == NULL)
        self->fatal = record->payload;
    }
  else if (g_str_equal (record->type, "merge.dropped"))
    {
      guint wire = find_wire (scope->plan, node, leyden_value_get_member_string (record->payload, "edge", ""));

      if (scope->dropped == NULL)
        scope->dropped = g_hash_table_new (NULL, NULL);
      g_hash_table_add (scope->dropped, GUINT_TO_POINTER (wire));
    }
}

static gboolean
is_of_node (LeydenRecord *record)
{
  return g_str_has_prefix (record->type, "node.") || g_str_equal (record->type, "merge.dropped");
}

/* A record of this very scope. @path: without the part that names the scope. */
static void
read_own (Resume       *self,
          guint         node,
          LeydenRecord *record)
{
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");

  if (is_of_node (record))
    read_node (self, node, record);
  else if (g_str_equal (record->type, "value.edited"))
    leyden_rollout_read_edited_value (self->scope, node, record);
  else if (g_str_equal (record->type, "model.response") && answer != NULL)
    self->latency[node] += MAX (0, leyden_value_get_member_double (answer, "latency_ms", 0));
}

/* What counts wherever it stands: calls and their answers, usage, reward, steps. */
static void
read_call (LeydenRollout  *rollout,
           LeydenRecord   *record,
           LeydenCallKind  kind,
           gboolean        answered)
{
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");
  guint ordinal = (guint) leyden_value_get_member_int (record->payload, "ordinal", 0);
  guint try = (guint) leyden_value_get_member_int (record->payload, "try", 1);
  const char *hash = leyden_value_get_member_string (record->payload, "hash", "");
  g_autofree char *place = leyden_node_call_key (record->node, kind, try, ordinal, NULL);

  if (!answered)
    {
      g_hash_table_add (rollout->doubt, g_steal_pointer (&place));
      return;
    }
  g_hash_table_remove (rollout->doubt, place);
  if (answer == NULL)
    return;
  g_hash_table_replace (rollout->memo, leyden_node_call_key (record->node, kind, try, ordinal, hash), leyden_value_ref (answer));
  if (kind == LEYDEN_CALL_MODEL)
    leyden_rollout_count_usage (rollout, answer, leyden_value_get_member (record->payload, "from") != NULL);
}

static void
read_everywhere (LeydenRollout  *rollout,
                 LeydenRecord   *record,
                 LeydenValue   **finished)
{
  const char *type = record->type;

  if (g_str_equal (type, "node.started"))
    rollout->n_steps++;
  else if (g_str_equal (type, "model.request"))
    read_call (rollout, record, LEYDEN_CALL_MODEL, FALSE);
  else if (g_str_equal (type, "model.response"))
    read_call (rollout, record, LEYDEN_CALL_MODEL, TRUE);
  else if (g_str_equal (type, "tool.called"))
    read_call (rollout, record, LEYDEN_CALL_TOOL, FALSE);
  else if (g_str_equal (type, "tool.returned"))
    read_call (rollout, record, LEYDEN_CALL_TOOL, TRUE);
  else if (g_str_equal (type, "parameter.edited"))
    leyden_rollout_read_edited_parameter (rollout, record);
  else if (g_str_equal (type, "value.edited"))
    leyden_rollout_read_edited_call (rollout, record);
  else if (g_str_equal (type, "memory.changed"))
    leyden_rollout_read_memory (rollout, record);
  else if (g_str_equal (type, "node.waiting") || g_str_equal (type, "decision.made"))
    leyden_rollout_read_question (rollout, record);
  else if (g_str_equal (type, "reward"))
    leyden_rollout_set_reward (rollout, record->payload);
  else if (g_str_equal (type, "rollout.finished"))
    *finished = record->payload;
}

/* Records of rounds, until the rounds ask for them */

static gboolean
has_prefix (gpointer key,
            gpointer value,
            gpointer prefix)
{
  return g_str_has_prefix (key, prefix);
}

/* A container that is tried again runs every round anew, and one that has ended runs none. */
static void
forget_rounds (LeydenRollout *rollout,
               const char    *container)
{
  g_autofree char *prefix = g_strconcat (container, "[", NULL);

  g_hash_table_foreach_remove (rollout->unread, has_prefix, prefix);
}

static void
put_aside (LeydenRollout *rollout,
           LeydenRecord  *record,
           gsize          length)
{
  g_autofree char *path = g_strndup (record->node, length);
  GPtrArray *records = g_hash_table_lookup (rollout->unread, path);

  if (records == NULL)
    {
      records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
      g_hash_table_insert (rollout->unread, g_steal_pointer (&path), records);
    }
  g_ptr_array_add (records, leyden_record_ref (record));
}

static void
read_record (Resume       *self,
             LeydenRecord *record)
{
  LeydenRollout *rollout = self->scope->rollout;
  const char *root = rollout->root->path;
  LeydenPlan *plan = NULL;
  gsize length = 0;
  guint node;

  if (*record->node == '\0' || !g_str_has_prefix (record->node, root))
    return;
  node = leyden_plan_resolve_path (rollout->plan, record->node + strlen (root), is_of_node (record), &length, &plan);
  if (node == LEYDEN_PLAN_NONE)
    return;
  if (plan->nodes[node].body != NULL
      && (g_str_equal (record->type, "node.retried") || g_str_equal (record->type, "node.finished")
          || g_str_equal (record->type, "node.failed") || g_str_equal (record->type, "node.cancelled")))
    forget_rounds (rollout, record->node);
  if (length == 0)
    read_own (self, node, record);
  else
    put_aside (rollout, record, strlen (root) + length);
}

/* Tokens */

typedef struct
{
  LeydenScope *scope;           /* a reference */
  guint        node;
} Doubt;

static void
doubt_free (gpointer data)
{
  Doubt *doubt = data;

  leyden_scope_unref (doubt->scope);
  g_free (doubt);
}

static void
node_decided (LeydenRollout *rollout,
              gboolean       rerun,
              gpointer       data)
{
  Doubt *doubt = data;
  LeydenScope *scope = doubt->scope;
  LeydenNodeContext context;

  if (scope->ended)
    return;
  scope->n_open--;
  if (rerun)
    {
      leyden_scope_mark_ready (scope, doubt->node);
      return;
    }
  leyden_node_context_init (&context, scope, doubt->node);
  leyden_rollout_node_done (&context, NULL,
                            g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_UNSAFE,
                                         _("“%s” may have taken effect already and must not run twice"),
                                         scope->plan->nodes[doubt->node].id));
  leyden_node_context_clear (&context);
  leyden_scope_touch (scope);
}

/* Starts what was under way again, or asks where that could do harm. A failed retry has no effect in doubt. */
static void
restart_node (Resume *self,
              guint   node)
{
  LeydenScope *scope = self->scope;
  g_autofree char *buffer = NULL;
  Doubt *doubt;

  scope->clocks[node] += (float) self->earlier[node];
  if (scope->states[node] != LEYDEN_NODE_RUNNING || scope->plan->nodes[node].type->effects != LEYDEN_EFFECTS_ONCE
      || scope->plan->nodes[node].mode != LEYDEN_NODE_MODE_ON || scope->plan->nodes[node].pinned != NULL)
    {
      if (!leyden_rollout_debug_restart (scope, node))
        leyden_scope_mark_ready (scope, node);
      return;
    }
  doubt = g_new (Doubt, 1);
  *doubt = (Doubt) { leyden_scope_ref (scope), node };
  scope->states[node] = LEYDEN_NODE_WAITING;
  scope->n_open++;
  leyden_rollout_ask (scope->rollout, leyden_scope_node_path (scope, node, &buffer), node_decided, doubt, doubt_free);
}

static void
replay_tokens (Resume *self)
{
  LeydenScope *scope = self->scope;

  /* In the order of the log, so that merges take what they took. */
  for (guint i = 0; i < self->ended->len; i++)
    {
      guint node = g_array_index (self->ended, guint, i);

      scope->clocks[node] += (float) self->latency[node];
      leyden_scope_propagate (scope, node);
    }
  leyden_scope_begin (scope);
  for (guint i = 0; i < scope->plan->n_nodes && !scope->ended; i++)
    if (scope->states[i] == LEYDEN_NODE_RUNNING || scope->states[i] == LEYDEN_NODE_WAITING)
      restart_node (self, i);
}

/* A failure that nobody caught comes first, except where a debugger holds it. */
static void
take_up (Resume *self)
{
  LeydenScope *scope = self->scope;

  if (self->fatal == NULL || leyden_rollout_is_paused (scope->rollout))
    replay_tokens (self);
  if (self->fatal != NULL)
    leyden_rollout_scope_failed (scope, leyden_value_get_member_string (self->fatal, "state", "failed"),
                                 leyden_value_get_member (self->fatal, "error"));
}

static void
resume_init (Resume      *self,
             LeydenScope *scope)
{
  *self = (Resume) { .scope = scope };
  self->latency = g_new0 (double, scope->plan->n_nodes + 1);
  self->earlier = g_new0 (double, scope->plan->n_nodes + 1);
  self->ended = g_array_new (FALSE, FALSE, sizeof (guint));
}

static void
resume_clear (Resume *self)
{
  g_free (self->latency);
  g_free (self->earlier);
  g_array_unref (self->ended);
}

gboolean
leyden_scope_resume (LeydenScope *self)
{
  LeydenRollout *rollout = self->rollout;
  g_autoptr(LeydenScope) keep = leyden_scope_ref (self);
  g_autofree char *path = NULL;
  g_autoptr(GPtrArray) records = NULL;
  Resume resume;

  if (rollout->unread == NULL
      || !g_hash_table_steal_extended (rollout->unread, self->path, (gpointer *) &path, (gpointer *) &records))
    return FALSE;
  self->resumed = TRUE;
  resume_init (&resume, self);
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);
      LeydenPlan *plan = NULL;
      gsize length = 0;
      guint node = leyden_plan_resolve_path (self->plan, record->node + strlen (self->path), is_of_node (record), &length, &plan);

      if (node != LEYDEN_PLAN_NONE && length == 0)
        read_own (&resume, node, record);
    }
  take_up (&resume);
  resume_clear (&resume);
  return TRUE;
}

/* What of the records of one round was under way at the end of the log: paths of nodes, in order. */
static GPtrArray *
list_under_way (GPtrArray *records)
{
  g_autoptr(GHashTable) open = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *paths = g_ptr_array_new ();

  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (g_str_equal (record->type, "node.started") || g_str_equal (record->type, "node.retried"))
        g_hash_table_add (open, record->node);
      else if (g_str_equal (record->type, "node.finished") || g_str_equal (record->type, "node.failed")
               || g_str_equal (record->type, "node.skipped") || g_str_equal (record->type, "node.cancelled"))
        g_hash_table_remove (open, record->node);
    }
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (g_hash_table_remove (open, record->node))
        g_ptr_array_add (paths, record->node);
    }
  return paths;
}

static int
compare_deeper_first (gconstpointer a,
                      gconstpointer b)
{
  return -strcmp (a, b);
}

void
leyden_rollout_cancel_unread (LeydenRollout *self,
                              const char    *state,
                              LeydenValue   *error)
{
  g_autoptr(GList) rounds = NULL;

  if (self->unread == NULL)
    return;
  rounds = g_list_sort (g_hash_table_get_keys (self->unread), compare_deeper_first);
  for (GList *l = rounds; l != NULL; l = l->next)
    {
      g_autoptr(GPtrArray) paths = list_under_way (g_hash_table_lookup (self->unread, l->data));

      for (guint i = 0; i < paths->len; i++)
        {
          g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

          leyden_value_builder_begin_object (&b);
          leyden_value_builder_set_string (&b, "state", state);
          if (error != NULL)
            leyden_value_builder_set (&b, "error", error);
          leyden_value_builder_end (&b);
          leyden_rollout_log (self, "node.cancelled", g_ptr_array_index (paths, i), leyden_value_builder_end_value (&b));
        }
    }
  g_clear_pointer (&self->unread, g_hash_table_unref);
}

/* The end was recorded: the rollout is what it was. */
static void
take_finished (LeydenRollout *rollout,
               LeydenValue   *finished,
               LeydenRecord  *last)
{
  LeydenValue *error = leyden_value_get_member (finished, "error");
  const char *kind = leyden_value_get_member_string (finished, "error_kind", NULL);

  rollout->ended = TRUE;
  rollout->recording = FALSE;
  leyden_set_string (&rollout->row.state, leyden_value_get_member_string (finished, "state", "failed"));
  leyden_set_string (&rollout->row.error, leyden_value_get_member_string (error, "message", kind));
  leyden_set_string (&rollout->row.error_node, leyden_value_get_member_string (error, "node", NULL));
  rollout->row.finished_ns = last->time_ns;
  rollout->row.latency_ms = leyden_value_get_member_double (finished, "latency_ms", NAN);
}

static void
take_over (LeydenRollout *self,
           LeydenRecord  *first)
{
  self->resumed = TRUE;
  self->root->resumed = TRUE;
  self->row.started_ns = first->time_ns;
  leyden_set_string (&self->attempt, first->attempt);
  self->memo = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  self->doubt = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unread = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
}

/* Where the log of the last attempt begins. */
static guint
find_attempt (GPtrArray *records)
{
  for (guint i = records->len - 1; i > 0; i--)
    if (g_str_equal (((LeydenRecord *) g_ptr_array_index (records, i))->type, "rollout.started"))
      return i;
  return 0;
}

static gboolean
is_failed (GPtrArray *records,
           guint      begin)
{
  for (guint i = begin; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (g_str_equal (record->type, "rollout.finished"))
        return g_str_equal (leyden_value_get_member_string (record->payload, "state", "failed"), "failed");
    }
  return FALSE;
}

/* One attempt more: nothing of the last one counts, not its answers either. */
static void
begin_again (LeydenRollout *self,
             LeydenRecord  *first)
{
  g_free (self->attempt);
  self->attempt = g_strdup_printf ("%" G_GUINT64_FORMAT, g_ascii_strtoull (first->attempt, NULL, 10) + 1);
  leyden_rollout_begin (self);
}

gboolean
leyden_rollout_resume (LeydenRollout  *self,
                       GPtrArray      *records,
                       GError        **error)
{
  guint begin = find_attempt (records);
  LeydenRecord *first = g_ptr_array_index (records, begin);
  LeydenRecord *last = g_ptr_array_index (records, records->len - 1);
  LeydenValue *finished = NULL;
  Resume resume;

  if (!check_same (self, first, error))
    return FALSE;
  self->sequence = self->durable = last->sequence;
  self->row.last_sequence = last->sequence;
  self->row.last_position = last->position;
  if (self->again && is_failed (records, begin))
    {
      begin_again (self, first);
      return TRUE;
    }
  take_over (self, first);
  leyden_rollout_debug_read (self, records, begin);
  resume_init (&resume, self->root);
  for (guint i = begin; i < records->len; i++)
    {
      read_everywhere (self, g_ptr_array_index (records, i), &finished);
      read_record (&resume, g_ptr_array_index (records, i));
    }
  if (finished != NULL)
    take_finished (self, finished, last);
  else
    {
      take_up (&resume);
      leyden_rollout_debug_read_done (self, last != first);
    }
  resume_clear (&resume);
  return TRUE;
}
