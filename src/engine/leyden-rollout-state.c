/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <math.h>
#include <string.h>

#include "leyden-rollout-state-private.h"

/*
 * The fold of a rollout's log (data/schema/state.json). Records that it does not know change nothing but the attempt.
 */

static void
call_free (gpointer data)
{
  LeydenCallState *call = data;

  g_clear_pointer (&call->hash, g_free);
  g_clear_pointer (&call->request, leyden_value_unref);
  g_clear_pointer (&call->answer, leyden_value_unref);
  g_clear_pointer (&call->error, leyden_value_unref);
  g_clear_pointer (&call->from, leyden_value_unref);
  g_free (call);
}

static void
node_free (gpointer data)
{
  LeydenNodeFold *node = data;

  g_clear_pointer (&node->state, g_free);
  g_clear_pointer (&node->mode, g_free);
  g_clear_pointer (&node->edge, g_free);
  g_clear_pointer (&node->inputs, leyden_value_unref);
  g_clear_pointer (&node->outputs, leyden_value_unref);
  g_clear_pointer (&node->error, leyden_value_unref);
  g_clear_pointer (&node->waiting, leyden_value_unref);
  g_clear_pointer (&node->parameters, leyden_value_unref);
  g_clear_pointer (&node->typed, leyden_value_unref);
  g_clear_pointer (&node->from, leyden_value_unref);
  g_clear_pointer (&node->cache, leyden_value_unref);
  g_clear_pointer (&node->dropped, g_ptr_array_unref);
  g_ptr_array_unref (node->calls);
  g_free (node);
}

gpointer
leyden_rollout_state_init (void)
{
  LeydenRolloutState *self = g_new0 (LeydenRolloutState, 1);

  self->nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, node_free);
  self->rewards = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->console = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->foreign = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->reward = NAN;
  self->latency_ms = NAN;
  return self;
}

void
leyden_rollout_state_free (gpointer state)
{
  LeydenRolloutState *self = state;

  g_hash_table_unref (self->nodes);
  g_ptr_array_unref (self->rewards);
  g_ptr_array_unref (self->console);
  g_ptr_array_unref (self->foreign);
  g_clear_pointer (&self->seed, leyden_value_unref);
  g_clear_pointer (&self->part, leyden_value_unref);
  g_clear_pointer (&self->fork, leyden_value_unref);
  g_clear_pointer (&self->result, leyden_value_unref);
  g_clear_pointer (&self->error, leyden_value_unref);
  g_clear_pointer (&self->paused, leyden_value_unref);
  g_free (self->rollout);
  g_free (self->attempt);
  g_free (self->state);
  g_free (self->flow);
  g_free (self->input);
  g_free (self->item);
  g_free (self->executor);
  g_free (self->breakpoint);
  g_free (self->error_kind);
  g_free (self);
}

LeydenNodeFold *
leyden_rollout_state_get_node (LeydenRolloutState *self,
                               const char         *path)
{
  LeydenNodeFold *node = g_hash_table_lookup (self->nodes, path);

  if (node == NULL)
    {
      node = g_new0 (LeydenNodeFold, 1);
      node->calls = g_ptr_array_new_with_free_func (call_free);
      g_hash_table_insert (self->nodes, g_strdup (path), node);
    }
  return node;
}

static void
set_text (char       **place,
          const char  *text)
{
  char *copy = g_strdup (text);

  g_free (*place);
  *place = copy;
}

static void
set_value (LeydenValue **place,
           LeydenValue  *value)
{
  LeydenValue *ref = value != NULL ? leyden_value_ref (value) : NULL;

  g_clear_pointer (place, leyden_value_unref);
  *place = ref;
}

static void
end_node (LeydenNodeFold *node,
          const char     *state,
          LeydenRecord   *record)
{
  set_text (&node->state, state);
  set_value (&node->waiting, NULL);
  set_value (&node->from, leyden_value_get_member (record->payload, "from"));
  node->finished_ns = record->time_ns;
}

static void
apply_node_started (LeydenNodeFold *node,
                    LeydenRecord   *record)
{
  set_text (&node->state, "running");
  set_value (&node->inputs, leyden_value_get_member (record->payload, "inputs"));
  set_text (&node->mode, leyden_value_get_member_string (record->payload, "mode", NULL));
  set_text (&node->edge, leyden_value_get_member_string (record->payload, "edge", NULL));
  set_value (&node->error, NULL);
  set_value (&node->waiting, NULL);
  set_value (&node->typed, leyden_value_get_member (record->payload, "typed"));
  set_value (&node->from, NULL);
  set_value (&node->cache, NULL);
  node->attempts = MAX (1, leyden_value_get_member_int (record->payload, "try", 1));
  if (node->started_ns == 0)
    node->started_ns = record->time_ns;
}

static void
apply_node_waiting (LeydenNodeFold *node,
                    LeydenRecord   *record)
{
  set_text (&node->state, "waiting");
  set_value (&node->waiting, record->payload);
}

/* Its call goes on. A turn has no state of its own: its calls tell. */
static void
end_waiting (LeydenNodeFold *node)
{
  if (g_strcmp0 (node->state, "waiting") != 0)
    return;
  set_text (&node->state, node->attempts > 0 ? "running" : NULL);
  set_value (&node->waiting, NULL);
}

static void
apply_node (LeydenRolloutState *self,
            LeydenRecord       *record)
{
  const char *type = record->type + strlen ("node.");
  LeydenNodeFold *node;

  if (g_str_equal (type, "started"))
    {
      apply_node_started (leyden_rollout_state_get_node (self, record->node), record);
      /* Spans come when they have ended: what began first may come last. */
      if (g_strcmp0 (self->executor, "otlp") == 0)
        self->started_ns = MIN (self->started_ns, record->time_ns);
    }
  else if (g_str_equal (type, "finished"))
    {
      node = leyden_rollout_state_get_node (self, record->node);
      end_node (node, "succeeded", record);
      set_value (&node->error, NULL);
      set_value (&node->outputs, leyden_value_get_member (record->payload, "outputs"));
    }
  else if (g_str_equal (type, "failed"))
    {
      node = leyden_rollout_state_get_node (self, record->node);
      end_node (node, "failed", record);
      set_value (&node->error, leyden_value_get_member (record->payload, "error"));
      /* Another program may say of a span that failed what it holds. */
      if (leyden_value_get_member (record->payload, "outputs") != NULL)
        set_value (&node->outputs, leyden_value_get_member (record->payload, "outputs"));
    }
  else if (g_str_equal (type, "skipped"))
    {
      node = leyden_rollout_state_get_node (self, record->node);
      end_node (node, "skipped", record);
      set_text (&node->mode, leyden_value_get_member_string (record->payload, "mode", NULL));
    }
  else if (g_str_equal (type, "cancelled"))
    end_node (leyden_rollout_state_get_node (self, record->node), "cancelled", record);
  else if (g_str_equal (type, "retried"))
    {
      node = leyden_rollout_state_get_node (self, record->node);
      apply_node_waiting (node, record);
      set_value (&node->error, leyden_value_get_member (record->payload, "error"));
      node->attempts = leyden_value_get_member_int (record->payload, "try", node->attempts + 1);
    }
  else if (g_str_equal (type, "waiting"))
    apply_node_waiting (leyden_rollout_state_get_node (self, record->node), record);
}

/* The call of a node with that key, from the end; a new one when there is none. */
static LeydenCallState *
find_call (LeydenNodeFold *node,
           const char     *kind,
           LeydenRecord   *record,
           gboolean        make)
{
  gint64 ordinal = leyden_value_get_member_int (record->payload, "ordinal", 0);
  gint64 try = leyden_value_get_member_int (record->payload, "try", 1);
  LeydenCallState *call;

  for (guint i = node->calls->len; i > 0; i--)
    {
      call = g_ptr_array_index (node->calls, i - 1);
      if (g_str_equal (call->kind, kind) && call->ordinal == ordinal && call->try == try)
        return call;
    }
  if (!make)
    return NULL;
  call = g_new0 (LeydenCallState, 1);
  call->kind = kind;
  call->ordinal = ordinal;
  call->try = try;
  g_ptr_array_add (node->calls, call);
  return call;
}

static void
apply_request (LeydenRolloutState *self,
               LeydenRecord       *record,
               const char         *kind)
{
  LeydenNodeFold *node = leyden_rollout_state_get_node (self, record->node);
  LeydenCallState *call = find_call (node, kind, record, TRUE);

  set_value (&call->request, leyden_value_get_member (record->payload, "request"));
  set_text (&call->hash, leyden_value_get_member_string (record->payload, "hash", NULL));
  call->started_ns = record->time_ns;
  end_waiting (node);
}

/* @copied: a fork has it from elsewhere, where it was spent. */
static void
count_usage (LeydenRolloutState *self,
             LeydenValue        *answer,
             gboolean            copied)
{
  LeydenValue *usage = leyden_value_get_member (answer, "usage");
  gint64 in = leyden_value_get_member_int (usage, "prompt_tokens", 0);
  gint64 out = leyden_value_get_member_int (usage, "completion_tokens", 0);
  double cost = leyden_value_get_member_double (answer, "cost", 0);

  if (!copied && in > 0 && in <= G_MAXINT32)
    self->tokens_in += in;
  if (!copied && out > 0 && out <= G_MAXINT32)
    self->tokens_out += out;
  if (!copied && isfinite (cost) && cost > 0 && cost < 1e9)
    self->cost += cost;
  if (leyden_value_get_member_boolean (answer, "simulated", FALSE))
    self->simulated = TRUE;
  else if (!copied && usage != NULL && leyden_value_get_member (answer, "cost") == NULL)
    self->n_unpriced++;
  if (self->error_kind == NULL)
    set_text (&self->error_kind, leyden_value_get_member_string (answer, "error_kind", NULL));
}

static void
apply_response (LeydenRolloutState *self,
                LeydenRecord       *record,
                const char         *kind)
{
  LeydenNodeFold *node = leyden_rollout_state_get_node (self, record->node);
  LeydenCallState *call = find_call (node, kind, record, TRUE);

  set_value (&call->answer, leyden_value_get_member (record->payload, "answer"));
  set_value (&call->error, leyden_value_get_member (record->payload, "error"));
  set_value (&call->from, leyden_value_get_member (record->payload, "from"));
  call->finished_ns = record->time_ns;
  end_waiting (node);
  if (call->kind[0] == 'm' && call->answer != NULL)
    count_usage (self, call->answer, call->from != NULL);
}

static void
apply_call (LeydenRolloutState *self,
            LeydenRecord       *record)
{
  if (g_str_equal (record->type, "model.request"))
    apply_request (self, record, "model");
  else if (g_str_equal (record->type, "model.response"))
    apply_response (self, record, "model");
  else if (g_str_equal (record->type, "tool.called"))
    apply_request (self, record, "tool");
  else if (g_str_equal (record->type, "tool.returned"))
    apply_response (self, record, "tool");
  else if (g_str_equal (record->type, "cache.hit") && leyden_value_get_member (record->payload, "cache") == NULL)
    {
      LeydenCallState *call = find_call (leyden_rollout_state_get_node (self, record->node), "model", record, FALSE);

      if (call != NULL)
        call->cached = TRUE;
    }
}

/* @payload with the record's node path and time in front of its own members. */
static LeydenValue *
with_place (LeydenRecord *record)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "node", record->node);
  leyden_value_builder_set_int (&b, "time", record->time_ns);
  leyden_value_builder_set_string (&b, "attempt", record->attempt);
  for (guint i = 0; i < leyden_value_get_size (record->payload); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (record->payload, i), leyden_value_get_item (record->payload, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
apply_reward (LeydenRolloutState *self,
              LeydenRecord       *record)
{
  double value;

  if (!leyden_value_get_double (leyden_value_get_member (record->payload, "value"), &value) || !isfinite (value))
    return;
  self->reward = value;
  g_ptr_array_add (self->rewards, with_place (record));
}

static void
set_member (LeydenValue  **object,
            const char    *key,
            LeydenValue   *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *changed;

  if (*object == NULL)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      *object = leyden_value_builder_end_value (&b);
    }
  changed = leyden_value_with_member (*object, key, value);
  leyden_value_unref (*object);
  *object = changed;
}

static void
apply_edited (LeydenRolloutState *self,
              LeydenRecord       *record)
{
  LeydenValue *value = leyden_value_get_member (record->payload, "value");
  const char *port = leyden_value_get_member_string (record->payload, "port", NULL);
  const char *parameter = leyden_value_get_member_string (record->payload, "parameter", NULL);
  LeydenNodeFold *node;

  if (value == NULL || (port == NULL && parameter == NULL))
    return;
  node = leyden_rollout_state_get_node (self, record->node);
  if (g_str_equal (record->type, "value.edited") && port != NULL)
    set_member (&node->outputs, port, value);
  else if (parameter != NULL)
    set_member (&node->parameters, parameter, value);
}

/* Another attempt: nothing of the one before counts. */
static void
start_over (LeydenRolloutState *self)
{
  g_hash_table_remove_all (self->nodes);
  g_ptr_array_set_size (self->rewards, 0);
  g_ptr_array_set_size (self->console, 0);
  set_value (&self->result, NULL);
  set_value (&self->error, NULL);
  set_text (&self->error_kind, NULL);
  set_text (&self->breakpoint, NULL);
  set_value (&self->paused, NULL);
  self->reward = NAN;
  self->latency_ms = NAN;
  self->started_ns = 0;
  self->finished_ns = 0;
  self->tokens_in = 0;
  self->tokens_out = 0;
  self->cost = 0;
  self->n_unpriced = 0;
  self->simulated = FALSE;
}

static void
apply_started (LeydenRolloutState *self,
               LeydenRecord       *record)
{
  if (self->state != NULL)
    start_over (self);
  set_text (&self->state, "running");
  if (self->started_ns == 0)
    self->started_ns = record->time_ns;
  set_text (&self->flow, leyden_value_get_member_string (record->payload, "flow", NULL));
  set_text (&self->input, leyden_value_get_member_string (record->payload, "input", NULL));
  set_text (&self->item, leyden_value_get_member_string (record->payload, "item", NULL));
  set_text (&self->executor, leyden_value_get_member_string (record->payload, "executor", NULL));
  set_value (&self->seed, leyden_value_get_member (record->payload, "seed"));
  set_value (&self->part, leyden_value_get_member (record->payload, "part"));
  set_value (&self->fork, leyden_value_get_member (record->payload, "fork"));
}

static void
apply_finished (LeydenRolloutState *self,
                LeydenRecord       *record)
{
  set_text (&self->state, leyden_value_get_member_string (record->payload, "state", "failed"));
  set_value (&self->result, leyden_value_get_member (record->payload, "result"));
  set_value (&self->error, leyden_value_get_member (record->payload, "error"));
  if (self->error_kind == NULL)
    set_text (&self->error_kind, leyden_value_get_member_string (record->payload, "error_kind", NULL));
  self->latency_ms = leyden_value_get_member_double (record->payload, "latency_ms", NAN);
  self->finished_ns = record->time_ns;
  set_text (&self->breakpoint, NULL);
  set_value (&self->paused, NULL);
}

static void
apply_paused (LeydenRolloutState *self,
              LeydenRecord       *record)
{
  const char *node = leyden_value_get_member_string (record->payload, "node", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) paused = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "reason", leyden_value_get_member_string (record->payload, "reason", "pause"));
  if (node != NULL)
    leyden_value_builder_set_string (&b, "node", node);
  leyden_value_builder_end (&b);
  paused = leyden_value_builder_end_value (&b);
  set_text (&self->state, "paused");
  set_value (&self->paused, paused);
}

static void
apply_rollout (LeydenRolloutState *self,
               LeydenRecord       *record)
{
  const char *type = record->type + strlen ("rollout.");

  if (g_str_equal (type, "started"))
    apply_started (self, record);
  else if (g_str_equal (type, "finished"))
    apply_finished (self, record);
  else if (g_str_equal (type, "paused"))
    apply_paused (self, record);
  else if (g_str_equal (type, "resumed"))
    {
      set_text (&self->state, "running");
      set_text (&self->breakpoint, NULL);
      set_value (&self->paused, NULL);
    }
}

static void
apply_dropped (LeydenRolloutState *self,
               LeydenRecord       *record)
{
  LeydenNodeFold *node = leyden_rollout_state_get_node (self, record->node);

  if (node->dropped == NULL)
    node->dropped = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  g_ptr_array_add (node->dropped, leyden_value_ref (leyden_value_get_member (record->payload, "edge")));
}

void
leyden_rollout_state_apply (gpointer      state,
                            LeydenRecord *record)
{
  LeydenRolloutState *self = state;
  const char *type = record->type;

  if (self->rollout == NULL)
    set_text (&self->rollout, record->rollout);
  if (g_strcmp0 (self->attempt, record->attempt) != 0)
    set_text (&self->attempt, record->attempt);
  self->sequence = record->sequence;
  if (g_str_has_prefix (type, "node."))
    apply_node (self, record);
  else if (g_str_has_prefix (type, "cache.") && leyden_value_get_member (record->payload, "cache") != NULL)
    set_value (&leyden_rollout_state_get_node (self, record->node)->cache, leyden_value_get_member (record->payload, "cache"));
  else if (g_str_has_prefix (type, "model.") || g_str_has_prefix (type, "tool.") || g_str_equal (type, "cache.hit"))
    apply_call (self, record);
  else if (g_str_has_prefix (type, "rollout."))
    apply_rollout (self, record);
  else if (g_str_equal (type, "reward"))
    apply_reward (self, record);
  else if (g_str_equal (type, "output.line"))
    g_ptr_array_add (self->console, with_place (record));
  else if (g_str_equal (type, "agl.event"))
    g_ptr_array_add (self->foreign, with_place (record));
  else if (g_str_equal (type, "value.edited") || g_str_equal (type, "parameter.edited"))
    apply_edited (self, record);
  else if (g_str_equal (type, "breakpoint.hit") && !leyden_value_get_member_boolean (record->payload, "waits", FALSE))
    set_text (&self->breakpoint, record->node);
  else if (g_str_equal (type, "merge.dropped") && leyden_value_get_member (record->payload, "edge") != NULL)
    apply_dropped (self, record);
}

const LeydenReducer *
leyden_rollout_reducer (void)
{
  static const LeydenReducer reducer = {
    .name = "rollout/1",
    .init = leyden_rollout_state_init,
    .apply = leyden_rollout_state_apply,
    .serialise = leyden_rollout_state_serialise,
    .restore = leyden_rollout_state_restore,
    .free = leyden_rollout_state_free,
  };

  return &reducer;
}
