/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-node-call-private.h"

/*
 * Takes over a log, whatever record it ends with. First the records are read: states of nodes, their outputs, choices of merges,
 * answers of calls, usage and reward. Then the tokens of ended nodes are told to their targets as if they had just ended, which
 * makes ready what was ready. Nodes that were under way start again; their calls find the recorded answers.
 */

typedef struct
{
  LeydenRollout *rollout;
  GHashTable    *nodes;         /* id → index + 1 */
  double        *latency;       /* by node: modelled time of its calls, told so far */
  double        *earlier;       /* by node: what of it belongs to tries that failed */
  GArray        *ended;         /* guint: nodes in the order of their ends */
  LeydenValue   *finished;      /* payload of rollout.finished, borrowed */
  LeydenValue   *fatal;         /* {"state", "error"} that the end was about to get, borrowed */
} Resume;

static guint
find_node (Resume     *self,
           const char *path)
{
  g_autofree char *id = NULL;
  guint index;

  /* Ids are any text: the whole path first, then what stands before the turn, the tool or the index. */
  index = GPOINTER_TO_UINT (g_hash_table_lookup (self->nodes, path));
  if (index != 0)
    return index - 1;
  for (const char *end = path + strlen (path); end > path; end--)
    if (strchr ("#/[", *end) != NULL && *end != '\0')
      {
        g_free (id);
        id = g_strndup (path, (gsize) (end - path));
        index = GPOINTER_TO_UINT (g_hash_table_lookup (self->nodes, id));
        if (index != 0)
          return index - 1;
      }
  return LEYDEN_PLAN_NONE;
}

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
check_same (Resume        *self,
            LeydenRecord  *record,
            GError       **error)
{
  LeydenRollout *rollout = self->rollout;
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
  self->rollout->states[node] = (guint8) state;
  g_array_append_val (self->ended, node);
}

static void
read_started (Resume       *self,
              guint         node,
              LeydenRecord *record)
{
  LeydenRollout *rollout = self->rollout;
  const char *edge = leyden_value_get_member_string (record->payload, "edge", NULL);

  rollout->states[node] = LEYDEN_NODE_RUNNING;
  rollout->n_steps++;
  if (edge != NULL && rollout->plan->nodes[node].is_merge)
    {
      guint wire = find_wire (rollout->plan, node, edge);

      if (wire != LEYDEN_PLAN_NONE)
        rollout->choice[node] = wire + 1;
    }
}

static void
read_failed (Resume       *self,
             guint         node,
             LeydenRecord *record)
{
  LeydenRollout *rollout = self->rollout;
  const LeydenPlanNode *plan_node = &rollout->plan->nodes[node];
  LeydenValue *error = leyden_value_get_member (record->payload, "error");

  read_end (self, node, LEYDEN_NODE_FAILED);
  if (plan_node->error_wired && error != NULL)
    {
      g_clear_pointer (&rollout->values[plan_node->error_output], leyden_value_unref);
      rollout->values[plan_node->error_output] = leyden_value_ref (error);
    }
  else
    self->fatal = record->payload;
}

static void
read_node (Resume       *self,
           LeydenRecord *record)
{
  LeydenRollout *rollout = self->rollout;
  guint node = GPOINTER_TO_UINT (g_hash_table_lookup (self->nodes, record->node));

  if (node-- == 0)
    return;
  if (g_str_equal (record->type, "node.started"))
    read_started (self, node, record);
  else if (g_str_equal (record->type, "node.finished"))
    {
      read_end (self, node, LEYDEN_NODE_SUCCEEDED);
      leyden_rollout_take_outputs (rollout, node, leyden_value_get_member (record->payload, "outputs"));
    }
  else if (g_str_equal (record->type, "node.failed"))
    read_failed (self, node, record);
  else if (g_str_equal (record->type, "node.skipped"))
    read_end (self, node, LEYDEN_NODE_SKIPPED);
  else if (g_str_equal (record->type, "node.retried"))
    {
      rollout->states[node] = LEYDEN_NODE_WAITING;
      rollout->tries[node] = (guint8) CLAMP (leyden_value_get_member_int (record->payload, "try", 1) - 1, 0, 255);
      self->latency[node] += leyden_value_get_member_double (record->payload, "wait_ms", 0);
      self->earlier[node] = self->latency[node];
    }
  else if (g_str_equal (record->type, "node.cancelled"))
    {
      rollout->states[node] = LEYDEN_NODE_CANCELLED;
      if (self->fatal == NULL)
        self->fatal = record->payload;
    }
  else if (g_str_equal (record->type, "merge.dropped"))
    {
      guint wire = find_wire (rollout->plan, node, leyden_value_get_member_string (record->payload, "edge", ""));

      if (rollout->dropped == NULL)
        rollout->dropped = g_hash_table_new (NULL, NULL);
      g_hash_table_add (rollout->dropped, GUINT_TO_POINTER (wire));
    }
}

static void
read_call (Resume         *self,
           LeydenRecord   *record,
           LeydenCallKind  kind,
           gboolean        answered)
{
  LeydenRollout *rollout = self->rollout;
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");
  guint ordinal = (guint) leyden_value_get_member_int (record->payload, "ordinal", 0);
  guint try = (guint) leyden_value_get_member_int (record->payload, "try", 1);
  const char *hash = leyden_value_get_member_string (record->payload, "hash", "");
  guint node = find_node (self, record->node);
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
  if (kind != LEYDEN_CALL_MODEL)
    return;
  leyden_rollout_count_usage (rollout, answer);
  if (node != LEYDEN_PLAN_NONE)
    self->latency[node] += MAX (0, leyden_value_get_member_double (answer, "latency_ms", 0));
}

static void
read_record (Resume       *self,
             LeydenRecord *record)
{
  const char *type = record->type;

  if (g_str_has_prefix (type, "node.") || g_str_equal (type, "merge.dropped"))
    read_node (self, record);
  else if (g_str_equal (type, "model.request"))
    read_call (self, record, LEYDEN_CALL_MODEL, FALSE);
  else if (g_str_equal (type, "model.response"))
    read_call (self, record, LEYDEN_CALL_MODEL, TRUE);
  else if (g_str_equal (type, "tool.called"))
    read_call (self, record, LEYDEN_CALL_TOOL, FALSE);
  else if (g_str_equal (type, "tool.returned"))
    read_call (self, record, LEYDEN_CALL_TOOL, TRUE);
  else if (g_str_equal (type, "reward"))
    leyden_rollout_set_reward (self->rollout, record->payload);
  else if (g_str_equal (type, "rollout.finished"))
    self->finished = record->payload;
}

static void
node_decided (LeydenRollout *rollout,
              gboolean       rerun,
              gpointer       data)
{
  guint node = GPOINTER_TO_UINT (data);
  LeydenNodeContext context;

  if (rollout->ended)
    return;
  rollout->n_open--;
  if (rerun)
    {
      leyden_rollout_mark_ready (rollout, node);
      return;
    }
  leyden_node_context_init (&context, rollout, node);
  leyden_rollout_node_done (rollout, &context, NULL,
                            g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_UNSAFE,
                                         _("“%s” may have taken effect already and must not run twice"),
                                         rollout->plan->nodes[node].id));
  leyden_node_context_clear (&context);
}

/* Starts what was under way again, or asks where that could do harm. A failed retry has no effect in doubt. */
static void
restart_node (Resume *self,
              guint   node)
{
  LeydenRollout *rollout = self->rollout;

  rollout->clocks[node] += (float) self->earlier[node];
  if (rollout->states[node] == LEYDEN_NODE_RUNNING && rollout->plan->nodes[node].type->effects == LEYDEN_EFFECTS_ONCE)
    {
      rollout->states[node] = LEYDEN_NODE_WAITING;
      rollout->n_open++;
      leyden_rollout_ask (rollout, rollout->plan->nodes[node].id, node_decided, GUINT_TO_POINTER (node), NULL);
    }
  else
    leyden_rollout_mark_ready (rollout, node);
}

static void
replay_tokens (Resume *self)
{
  LeydenRollout *rollout = self->rollout;
  LeydenPlan *plan = rollout->plan;

  /* In the order of the log, so that merges take what they took. */
  for (guint i = 0; i < self->ended->len; i++)
    {
      guint node = g_array_index (self->ended, guint, i);

      rollout->clocks[node] += (float) self->latency[node];
      leyden_rollout_propagate (rollout, node);
    }
  for (guint i = 0; i < plan->n_nodes; i++)
    if (rollout->states[i] == LEYDEN_NODE_PENDING && plan->nodes[i].n_wires == 0 && !plan->nodes[i].is_tool)
      leyden_rollout_mark_ready (rollout, i);
  for (guint i = 0; i < plan->n_nodes && !rollout->ended; i++)
    if (rollout->states[i] == LEYDEN_NODE_RUNNING || rollout->states[i] == LEYDEN_NODE_WAITING)
      restart_node (self, i);
}

/* The end was recorded: the rollout is what it was. */
static void
take_finished (Resume       *self,
               LeydenRecord *last)
{
  LeydenRollout *rollout = self->rollout;
  LeydenValue *error = leyden_value_get_member (self->finished, "error");
  const char *kind = leyden_value_get_member_string (self->finished, "error_kind", NULL);

  rollout->ended = TRUE;
  rollout->recording = FALSE;
  leyden_set_string (&rollout->row.state, leyden_value_get_member_string (self->finished, "state", "failed"));
  leyden_set_string (&rollout->row.error, leyden_value_get_member_string (error, "message", kind));
  leyden_set_string (&rollout->row.error_node, leyden_value_get_member_string (error, "node", NULL));
  rollout->row.finished_ns = last->time_ns;
  rollout->row.latency_ms = leyden_value_get_member_double (self->finished, "latency_ms", NAN);
}

static GHashTable *
index_nodes (LeydenPlan *plan)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < plan->n_nodes; i++)
    g_hash_table_insert (index, (gpointer) plan->nodes[i].id, GUINT_TO_POINTER (i + 1));
  return index;
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
  g_autoptr(GHashTable) nodes = index_nodes (self->plan);
  g_autofree double *latency = g_new0 (double, self->plan->n_nodes + 1);
  g_autofree double *earlier = g_new0 (double, self->plan->n_nodes + 1);
  g_autoptr(GArray) ended = g_array_new (FALSE, FALSE, sizeof (guint));
  Resume resume = { .rollout = self, .nodes = nodes, .latency = latency, .earlier = earlier, .ended = ended };

  if (!check_same (&resume, first, error))
    return FALSE;
  self->sequence = self->durable = last->sequence;
  self->row.last_sequence = last->sequence;
  self->row.last_position = last->position;
  if (self->again && is_failed (records, begin))
    {
      begin_again (self, first);
      return TRUE;
    }
  self->resumed = TRUE;
  self->row.started_ns = first->time_ns;
  leyden_set_string (&self->attempt, first->attempt);
  self->memo = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  self->doubt = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = begin; i < records->len; i++)
    read_record (&resume, g_ptr_array_index (records, i));
  if (resume.finished != NULL)
    take_finished (&resume, last);
  else if (resume.fatal != NULL)
    leyden_rollout_end_with (self, leyden_value_get_member_string (resume.fatal, "state", "failed"),
                             leyden_value_get_member (resume.fatal, "error"));
  else
    replay_tokens (&resume);
  return TRUE;
}
