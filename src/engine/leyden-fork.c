/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include "leyden-fork-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-debug-private.h"
#include "leyden-text.h"

static void
scope_free (gpointer data)
{
  LeydenForkScope *scope = data;

  g_free (scope->drops);
  g_free (scope->reopens);
  g_free (scope);
}

static void
fork_init (LeydenFork           *self,
           const LeydenForkSpec *spec)
{
  *self = (LeydenFork) { .spec = spec, .forgotten = G_MAXUINT64 };
  self->nodes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->rounds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  self->answered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->edits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  self->stood = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->changed = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->scopes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, scope_free);
}

static void
fork_clear (LeydenFork *self)
{
  g_hash_table_unref (self->nodes);
  g_hash_table_unref (self->rounds);
  g_hash_table_unref (self->answered);
  g_hash_table_unref (self->edits);
  g_hash_table_unref (self->stood);
  g_hash_table_unref (self->settings);
  g_clear_pointer (&self->set, leyden_value_unref);
  g_hash_table_unref (self->changed);
  g_hash_table_unref (self->scopes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenFork, fork_clear)

/* Reading the log */

static char *
make_call_key (LeydenRecord *record)
{
  return g_strdup_printf ("%c %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", record->type[0],
                          leyden_value_get_member_int (record->payload, "ordinal", 0), leyden_value_get_member_int (record->payload, "try", 1),
                          record->node);
}

/* "m[3]/g[0]/c": round 3 of "m", round 0 of "m[3]/g". */
static void
note_rounds (LeydenFork *self,
             const char *path)
{
  for (const char *open = strchr (path, '['); open != NULL; open = strchr (open + 1, '['))
    {
      g_autofree char *container = g_strndup (path, (gsize) (open - path));
      GArray *rounds = g_hash_table_lookup (self->rounds, container);
      char *end;
      guint64 number = g_ascii_strtoull (open + 1, &end, 10);
      guint round = (guint) number;

      if (end == open + 1 || !g_str_has_prefix (end, "]/") || number >= G_MAXUINT)
        continue;
      if (rounds == NULL)
        {
          rounds = g_array_new (FALSE, FALSE, sizeof round);
          g_hash_table_insert (self->rounds, g_steal_pointer (&container), rounds);
        }
      /* Mostly the last that was seen. */
      if (rounds->len == 0 || g_array_index (rounds, guint, rounds->len - 1) != round)
        g_array_append_val (rounds, round);
    }
}

static int
compare_rounds (gconstpointer a,
                gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

static void
sort_rounds (gpointer key,
             gpointer value,
             gpointer data)
{
  GArray *rounds = value;
  guint n = 0;

  g_array_sort (rounds, compare_rounds);
  for (guint i = 0; i < rounds->len; i++)
    if (i == 0 || g_array_index (rounds, guint, i) != g_array_index (rounds, guint, n - 1))
      g_array_index (rounds, guint, n++) = g_array_index (rounds, guint, i);
  g_array_set_size (rounds, n);
}

static void
note_node (LeydenFork   *self,
           LeydenRecord *record)
{
  LeydenForkNode *node = g_hash_table_lookup (self->nodes, record->node);

  if (node == NULL)
    {
      node = g_new0 (LeydenForkNode, 1);
      node->first = record->sequence;
      g_hash_table_insert (self->nodes, record->node, node);
    }
  if (leyden_record_is (record, "node.started"))
    {
      node->ended = 0;
      node->edge = leyden_value_get_member_string (record->payload, "edge", node->edge);
    }
  else if (leyden_record_is (record, "node.finished"))
    {
      node->ended = record->sequence;
      node->outputs = leyden_value_get_member (record->payload, "outputs");
    }
  else if (leyden_record_is (record, "node.failed") || leyden_record_is (record, "node.skipped"))
    {
      node->ended = record->sequence;
      node->skipped = leyden_record_is (record, "node.skipped");
    }
  else if (leyden_record_is (record, "node.retried"))
    node->retried = TRUE;
  else if (leyden_record_is (record, "memory.changed"))
    node->remembers = TRUE;
}

/* What the debugger did says nothing of what the node did. */
static gboolean
is_of_debugger (LeydenRecord *record)
{
  return g_str_has_prefix (record->type, "rollout.") || leyden_record_is (record, "breakpoint.hit") || leyden_record_is (record, "parameter.edited");
}

static void
note_edit (LeydenFork   *self,
           LeydenRecord *record)
{
  const char *port = leyden_value_get_member_string (record->payload, "port", NULL);
  LeydenValue *value = leyden_value_get_member (record->payload, "value");

  if (leyden_record_is (record, "value.edited") && port != NULL && value != NULL)
    g_hash_table_replace (self->stood, g_strconcat (record->node, "\n", port, NULL), value);
}

/* The last attempt counts. */
static guint
find_begin (GPtrArray *records,
            guint64    until)
{
  guint begin = 0;

  for (guint i = 0; i < records->len && ((LeydenRecord *) g_ptr_array_index (records, i))->sequence <= until; i++)
    if (leyden_record_is (g_ptr_array_index (records, i), "rollout.started"))
      begin = i;
  return begin;
}

static void
add_setting (LeydenValueBuilder *b,
             LeydenPlan         *plan,
             LeydenRecord       *record)
{
  LeydenValue *parameter = leyden_value_get_member (record->payload, "parameter"), *value = leyden_value_get_member (record->payload, "value");
  LeydenDebugPlace place = { 0 };

  if (leyden_value_get_kind (parameter) != LEYDEN_VALUE_STRING || value == NULL || !leyden_debug_place_find (&place, plan, "", record->node))
    return;
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "node", leyden_plan_node_get_path (&place.plan->nodes[place.node]));
  leyden_value_builder_set (b, "parameter", parameter);
  leyden_value_builder_set (b, "value", value);
  leyden_value_builder_end (b);
  leyden_debug_place_clear (&place);
}

LeydenValue *
leyden_fork_list_settings (LeydenPlan *plan,
                           GPtrArray  *records,
                           guint64     until)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (plan != NULL, NULL);

  leyden_value_builder_begin_list (&b);
  for (guint i = find_begin (records, until); i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (record->sequence > until)
        break;
      if (leyden_record_is (record, "parameter.edited"))
        add_setting (&b, plan, record);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
note_settings (LeydenFork *self)
{
  self->set = leyden_fork_list_settings (self->spec->before, self->spec->records, self->spec->until);
  for (guint i = 0; i < leyden_value_get_size (self->set); i++)
    {
      LeydenValue *setting = leyden_value_get_item (self->set, i);

      g_hash_table_replace (self->settings, g_strconcat (leyden_value_get_member_string (setting, "node", ""), "/",
                                                         leyden_value_get_member_string (setting, "parameter", ""), NULL),
                            leyden_value_get_member (setting, "value"));
    }
}

static gboolean
read_log (LeydenFork  *self,
          GError     **error)
{
  GPtrArray *records = self->spec->records;

  self->begin = find_begin (records, self->spec->until);
  for (self->end = self->begin; self->end < records->len; self->end++)
    if (((LeydenRecord *) g_ptr_array_index (records, self->end))->sequence > self->spec->until)
      break;
  if (self->end == 0 || !leyden_record_is (g_ptr_array_index (records, self->begin), "rollout.started"))
    {
      g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NO_VALUES, _("The rollout had not begun there yet"));
      return FALSE;
    }
  for (guint i = self->begin; i < self->end; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (*record->node == '\0')
        continue;
      note_edit (self, record);
      if (is_of_debugger (record))
        continue;
      note_node (self, record);
      note_rounds (self, record->node);
      if (leyden_record_is (record, "model.response") || leyden_record_is (record, "tool.returned"))
        g_hash_table_add (self->answered, make_call_key (record));
    }
  g_hash_table_foreach (self->rounds, sort_rounds, NULL);
  return TRUE;
}

/* Nodes of the kind may remember without having changed anything yet. */
static void
note_memories (LeydenFork *self)
{
  GHashTableIter iter;
  gpointer path, value;

  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, &path, &value))
    {
      LeydenForkNode *node = value;
      LeydenPlan *plan = NULL;
      gsize length = 0;
      guint found = leyden_plan_resolve_path (self->spec->after, path, TRUE, &length, &plan);

      if (found != LEYDEN_PLAN_NONE && g_str_equal (leyden_node_get_type_name (plan->nodes[found].node), "memory"))
        node->remembers = TRUE;
    }
}

/* Edits */

static char *
dup_shown (LeydenValue *edit,
           const char  *member)
{
  return leyden_text_escape (leyden_value_get_member_string (edit, member, ""), -1, 80);
}

static gboolean
check_edit (LeydenFork   *self,
            LeydenValue  *edit,
            GError      **error)
{
  const char *path = leyden_value_get_member_string (edit, "node", "");
  const char *port = leyden_value_get_member_string (edit, "port", "");
  LeydenForkNode *node = g_hash_table_lookup (self->nodes, path);
  g_autofree char *shown_path = dup_shown (edit, "node");
  g_autofree char *shown_port = dup_shown (edit, "port");
  LeydenPlan *plan = NULL;
  gsize length = 0;
  guint found = leyden_plan_resolve_path (self->spec->after, path, TRUE, &length, &plan);
  const LeydenPlanNode *plan_node = found != LEYDEN_PLAN_NONE ? &plan->nodes[found] : NULL;
  const LeydenPort *output = plan_node != NULL ? leyden_ports_find (plan_node->output_ports, port) : NULL;
  g_autoptr(GError) unfit = NULL;
  LeydenValue *value;

  if (plan_node == NULL)
    {
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_INPUT, _("The flow has no node “%s”"), shown_path);
      return FALSE;
    }
  if (output == NULL)
    {
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_INPUT, _("“%s” has no output “%s”"), shown_path, shown_port);
      return FALSE;
    }
  if (node == NULL || node->outputs == NULL)
    {
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NO_VALUES, _("“%s” had given nothing yet there: go on to a later place"),
                   shown_path);
      return FALSE;
    }
  value = leyden_port_type_coerce (output->type, leyden_value_get_member (edit, "value"), &unfit);
  if (value == NULL)
    {
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_INPUT, _("The new value of “%s” of “%s”: %s"), shown_port, shown_path,
                   unfit->message);
      return FALSE;
    }
  g_hash_table_replace (self->edits, g_strconcat (path, "\n", port, NULL), value);
  return TRUE;
}

/* A node that runs again gives what it gives then. */
static gboolean
check_kept (LeydenFork   *self,
            LeydenValue  *edit,
            GError      **error)
{
  const char *path = leyden_value_get_member_string (edit, "node", "");
  g_autofree char *shown = dup_shown (edit, "node");
  LeydenPlan *plan = NULL;
  gsize length = 0;
  guint node = leyden_plan_resolve_path (self->spec->after, path, TRUE, &length, &plan);
  g_autofree char *name = g_strndup (path, length);
  LeydenForkScope *scope = g_hash_table_lookup (self->scopes, name);

  if (node != LEYDEN_PLAN_NONE && scope != NULL && !scope->drops[node] && !scope->reopens[node])
    return TRUE;
  g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NO_VALUES,
               _("“%s” depends on another change and runs again: its value cannot be set at the same time"), shown);
  return FALSE;
}

/* Writing the new one */

static gboolean
is_kept (LeydenFork   *self,
         LeydenRecord *record)
{
  gboolean of_node = g_str_has_prefix (record->type, "node.") || leyden_record_is (record, "merge.dropped");
  LeydenPlan *plan = NULL;
  gsize length = 0;
  guint node = leyden_plan_resolve_path (self->spec->after, record->node, of_node, &length, &plan);
  g_autofree char *name = g_strndup (record->node, length);
  LeydenForkScope *scope = node != LEYDEN_PLAN_NONE ? g_hash_table_lookup (self->scopes, name) : NULL;

  if (scope == NULL || scope->drops[node])
    return FALSE;
  if (scope->reopens[node] && strlen (record->node) == length + strlen (plan->nodes[node].id))
    return leyden_record_is (record, "node.started");
  return TRUE;
}

static gboolean
is_copied (LeydenFork   *self,
           LeydenRecord *record)
{
  g_autofree char *key = NULL;

  /* Parameters that were set are in the flow of the fork. */
  if (*record->node == '\0' || leyden_record_is (record, "node.cancelled") || is_of_debugger (record))
    return FALSE;
  if (leyden_record_is (record, "node.waiting") && g_strcmp0 (leyden_value_get_member_string (record->payload, "reason", NULL), "decision") == 0)
    return FALSE;
  if (leyden_record_is (record, "decision.made") && leyden_value_get_member (record->payload, "answer") == NULL)
    return FALSE;
  if (leyden_record_is (record, "model.request") || leyden_record_is (record, "tool.called"))
    {
      key = make_call_key (record);
      if (!g_hash_table_contains (self->answered, key))
        return FALSE;
    }
  return is_kept (self, record);
}

static LeydenValue *
mark_copied (LeydenFork   *self,
             LeydenRecord *record)
{
  static const char * const marked[] = { "node.finished", "node.failed", "node.skipped", "model.response", "tool.returned", "reward", NULL };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) from = NULL;

  if (!g_strv_contains (marked, record->type) || leyden_value_get_member (record->payload, "from") != NULL)
    return leyden_value_ref (record->payload);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", record->rollout);
  leyden_value_builder_set_int (&b, "sequence", (gint64) record->sequence);
  leyden_value_builder_end (&b);
  from = leyden_value_builder_end_value (&b);
  return leyden_value_with_member (record->payload, "from", from);
}

static LeydenValue *
make_started (LeydenFork   *self,
              LeydenRecord *first)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (first->payload); i++)
    {
      const char *key = leyden_value_get_key (first->payload, i);

      if (strcmp (key, "slots") != 0 && strcmp (key, "training") != 0)
        leyden_value_builder_set (&b, key, leyden_value_get_item (first->payload, i));
    }
  leyden_value_builder_set_string (&b, "flow", self->spec->after->hash);
  leyden_value_builder_key (&b, "fork");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", first->rollout);
  leyden_value_builder_set_int (&b, "until", (gint64) self->spec->until);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Takes @payload. */
static void
add (LeydenFork  *self,
     GPtrArray   *log,
     gint64       time_ns,
     const char  *actor,
     const char  *type,
     const char  *node,
     LeydenValue *payload)
{
  g_ptr_array_add (log, leyden_record_new (self->spec->rollout, "0", log->len + 1, time_ns, actor, type, node, payload));
  leyden_value_unref (payload);
}

static LeydenValue *
describe_edit (LeydenFork  *self,
               LeydenValue *edit)
{
  const char *path = leyden_value_get_member_string (edit, "node", "");
  const char *port = leyden_value_get_member_string (edit, "port", "");
  g_autofree char *key = g_strconcat (path, "\n", port, NULL);
  LeydenForkNode *node = g_hash_table_lookup (self->nodes, path);
  LeydenValue *stood = g_hash_table_lookup (self->stood, key);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "port", port);
  leyden_value_builder_set (&b, "value", g_hash_table_lookup (self->edits, key));
  leyden_value_builder_set (&b, "before", stood != NULL ? stood : leyden_value_get_member (node->outputs, port));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* A merge that runs again must not be handed what came second, or would have: what it took is on its way again. */
static void
put_second (LeydenFork      *self,
            GPtrArray       *log,
            LeydenForkScope *scope,
            const char      *path,
            guint            merge)
{
  const guint8 *changed = g_hash_table_lookup (self->changed, scope->plan);
  guint taken = leyden_fork_find_taken (self, scope->plan, path, merge);
  g_autofree char *node = g_strconcat (path, scope->plan->nodes[merge].id, NULL);

  for (guint i = 0; i < scope->plan->n_wires && !changed[merge] && taken != LEYDEN_PLAN_NONE; i++)
    {
      const LeydenPlanWire *wire = &scope->plan->wires[i];
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      /* Also what had not come yet: it is nearer to its end than what begins anew. */
      if (wire->target != merge || i == taken || scope->drops[wire->source] || scope->reopens[wire->source])
        continue;
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "edge", wire->id);
      leyden_value_builder_end (&b);
      add (self, log, self->spec->now_ns, "engine", "merge.dropped", node, leyden_value_builder_end_value (&b));
    }
}

static void
put_all_second (LeydenFork *self,
                GPtrArray  *log)
{
  g_autoptr(GList) paths = g_list_sort (g_hash_table_get_keys (self->scopes), (GCompareFunc) strcmp);

  for (GList *l = paths; l != NULL; l = l->next)
    {
      LeydenForkScope *scope = g_hash_table_lookup (self->scopes, l->data);

      for (guint i = 0; i < scope->plan->n_nodes; i++)
        if (scope->plan->nodes[i].is_merge && scope->drops[i])
          put_second (self, log, scope, l->data, i);
    }
}

static LeydenValue *
describe_pause (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "reason", "start");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static GPtrArray *
write_log (LeydenFork *self)
{
  const LeydenForkSpec *spec = self->spec;
  GPtrArray *log = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  LeydenRecord *first = g_ptr_array_index (spec->records, self->begin);
  LeydenRecord *last = g_ptr_array_index (spec->records, self->end - 1);
  gint64 later = spec->now_ns - last->time_ns;

  add (self, log, first->time_ns + later, "engine", "rollout.started", "", make_started (self, first));
  for (guint i = self->begin; i < self->end; i++)
    {
      LeydenRecord *record = g_ptr_array_index (spec->records, i);

      if (is_copied (self, record))
        add (self, log, record->time_ns + later, record->actor, record->type, record->node, mark_copied (self, record));
    }
  put_all_second (self, log);
  for (guint i = 0; i < leyden_value_get_size (spec->edits); i++)
    {
      LeydenValue *edit = leyden_value_get_item (spec->edits, i);

      add (self, log, spec->now_ns, spec->actor, "value.edited", leyden_value_get_member_string (edit, "node", ""), describe_edit (self, edit));
    }
  if (spec->paused)
    add (self, log, spec->now_ns, spec->actor, "rollout.paused", "", describe_pause ());
  return log;
}

GPtrArray *
leyden_fork_make_log (const LeydenForkSpec  *spec,
                      GError               **error)
{
  g_auto(LeydenFork) self = { 0 };

  fork_init (&self, spec);
  if (!read_log (&self, error))
    return NULL;
  note_settings (&self);
  note_memories (&self);
  for (guint i = 0; i < leyden_value_get_size (spec->edits); i++)
    if (!check_edit (&self, leyden_value_get_item (spec->edits, i), error))
      return NULL;
  leyden_fork_decide (&self);
  for (guint i = 0; i < leyden_value_get_size (spec->edits); i++)
    if (!check_kept (&self, leyden_value_get_item (spec->edits, i), error))
      return NULL;
  return write_log (&self);
}
