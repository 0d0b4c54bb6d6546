/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <math.h>
#include <string.h>

#include "leyden-rollout-state-private.h"

/* The state as a document (data/schema/state.json) and back. Absent members say that nothing is known. */

static void
set_value (LeydenValueBuilder *b,
           const char         *key,
           LeydenValue        *value)
{
  if (value != NULL)
    leyden_value_builder_set (b, key, value);
}

static void
set_list (LeydenValueBuilder *b,
          const char         *key,
          GPtrArray          *values)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < values->len; i++)
    leyden_value_builder_add (b, g_ptr_array_index (values, i));
  leyden_value_builder_end (b);
}

static void
write_call (LeydenValueBuilder *b,
            LeydenCallState    *call)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "kind", call->kind);
  leyden_value_builder_set_int (b, "ordinal", call->ordinal);
  if (call->try != 1)
    leyden_value_builder_set_int (b, "try", call->try);
  leyden_state_set_text (b, "hash", call->hash);
  set_value (b, "request", call->request);
  set_value (b, "answer", call->answer);
  set_value (b, "error", call->error);
  set_value (b, "from", call->from);
  if (call->cached)
    leyden_value_builder_set_boolean (b, "cached", TRUE);
  leyden_state_set_int (b, "started", call->started_ns);
  leyden_state_set_int (b, "finished", call->finished_ns);
  leyden_value_builder_end (b);
}

const char *
leyden_node_fold_get_state (LeydenNodeFold *node)
{
  LeydenCallState *last;

  if (node->state != NULL)
    return node->state;
  if (node->calls->len == 0)
    return "pending";
  for (guint i = 0; i < node->calls->len; i++)
    if (((LeydenCallState *) g_ptr_array_index (node->calls, i))->finished_ns == 0)
      return "running";
  last = g_ptr_array_index (node->calls, node->calls->len - 1);
  return last->error != NULL ? "failed" : "succeeded";
}

static void
write_node (LeydenValueBuilder *b,
            LeydenNodeFold     *node)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "state", leyden_node_fold_get_state (node));
  if (node->state == NULL)
    leyden_value_builder_set_boolean (b, "part", TRUE);
  set_value (b, "inputs", node->inputs);
  set_value (b, "outputs", node->outputs);
  set_value (b, "error", node->error);
  set_value (b, "waiting", node->waiting);
  set_value (b, "parameters", node->parameters);
  leyden_state_set_text (b, "mode", node->mode);
  set_value (b, "typed", node->typed);
  set_value (b, "from", node->from);
  set_value (b, "cache", node->cache);
  leyden_state_set_text (b, "edge", node->edge);
  if (node->dropped != NULL)
    set_list (b, "dropped", node->dropped);
  if (node->attempts != 0)
    leyden_value_builder_set_int (b, "attempts", node->attempts);
  if (node->calls->len > 0)
    {
      leyden_value_builder_key (b, "calls");
      leyden_value_builder_begin_list (b);
      for (guint i = 0; i < node->calls->len; i++)
        write_call (b, g_ptr_array_index (node->calls, i));
      leyden_value_builder_end (b);
    }
  leyden_state_set_int (b, "started", node->started_ns);
  leyden_state_set_int (b, "finished", node->finished_ns);
  leyden_value_builder_end (b);
}

void
leyden_rollout_state_write_nodes (LeydenRolloutState *self,
                                  LeydenValueBuilder *b)
{
  g_autoptr(GList) paths = g_list_sort (g_hash_table_get_keys (self->nodes), (GCompareFunc) strcmp);

  leyden_value_builder_key (b, "nodes");
  leyden_value_builder_begin_object (b);
  for (GList *l = paths; l != NULL; l = l->next)
    {
      leyden_value_builder_key (b, l->data);
      write_node (b, g_hash_table_lookup (self->nodes, l->data));
    }
  leyden_value_builder_end (b);
}

static void
write_usage (LeydenValueBuilder *b,
             LeydenRolloutState *self)
{
  leyden_value_builder_key (b, "usage");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "tokens_in", self->tokens_in);
  leyden_value_builder_set_int (b, "tokens_out", self->tokens_out);
  leyden_value_builder_set_double (b, "cost", self->cost);
  if (self->n_unpriced > 0)
    leyden_value_builder_set_int (b, "unpriced_calls", self->n_unpriced);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_rollout_state_serialise (gpointer state)
{
  LeydenRolloutState *self = state;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_state_set_text (&b, "rollout", self->rollout);
  leyden_state_set_text (&b, "attempt", self->attempt);
  leyden_value_builder_set_string (&b, "state", self->state != NULL ? self->state : "queued");
  leyden_value_builder_set_int (&b, "sequence", (gint64) self->sequence);
  leyden_state_set_text (&b, "flow", self->flow);
  leyden_state_set_text (&b, "input", self->input);
  leyden_state_set_text (&b, "item", self->item);
  leyden_state_set_text (&b, "executor", self->executor);
  set_value (&b, "seed", self->seed);
  set_value (&b, "part", self->part);
  set_value (&b, "fork", self->fork);
  leyden_state_set_int (&b, "started", self->started_ns);
  leyden_state_set_int (&b, "finished", self->finished_ns);
  if (isfinite (self->latency_ms))
    leyden_value_builder_set_double (&b, "latency_ms", self->latency_ms);
  leyden_rollout_state_write_nodes (self, &b);
  set_value (&b, "result", self->result);
  set_value (&b, "error", self->error);
  leyden_state_set_text (&b, "error_kind", self->error_kind);
  leyden_state_set_text (&b, "breakpoint", self->breakpoint);
  set_value (&b, "paused", self->paused);
  leyden_value_builder_set_double (&b, "reward", self->reward);
  set_list (&b, "rewards", self->rewards);
  write_usage (&b, self);
  leyden_value_builder_set_boolean (&b, "simulated", self->simulated);
  set_list (&b, "console", self->console);
  set_list (&b, "foreign", self->foreign);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
dup_member (LeydenValue *object,
            const char  *key)
{
  LeydenValue *value = leyden_value_get_member (object, key);

  return value != NULL ? leyden_value_ref (value) : NULL;
}

static char *
dup_text (LeydenValue *object,
          const char  *key)
{
  return g_strdup (leyden_value_get_member_string (object, key, NULL));
}

static void
read_list (GPtrArray   *values,
           LeydenValue *object,
           const char  *key)
{
  LeydenValue *list = leyden_value_get_member (object, key);

  for (guint i = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (list); i++)
    g_ptr_array_add (values, leyden_value_ref (leyden_value_get_item (list, i)));
}

static LeydenCallState *
read_call (LeydenValue *value)
{
  LeydenCallState *call = g_new0 (LeydenCallState, 1);

  call->kind = g_str_equal (leyden_value_get_member_string (value, "kind", ""), "tool") ? "tool" : "model";
  call->ordinal = leyden_value_get_member_int (value, "ordinal", 0);
  call->try = leyden_value_get_member_int (value, "try", 1);
  call->hash = dup_text (value, "hash");
  call->request = dup_member (value, "request");
  call->answer = dup_member (value, "answer");
  call->error = dup_member (value, "error");
  call->from = dup_member (value, "from");
  call->cached = leyden_value_get_member_boolean (value, "cached", FALSE);
  call->started_ns = leyden_value_get_member_int (value, "started", 0);
  call->finished_ns = leyden_value_get_member_int (value, "finished", 0);
  return call;
}

static void
read_node (LeydenNodeFold *node,
           LeydenValue    *value)
{
  LeydenValue *calls = leyden_value_get_member (value, "calls");

  if (!leyden_value_get_member_boolean (value, "part", FALSE))
    node->state = dup_text (value, "state");
  node->inputs = dup_member (value, "inputs");
  node->outputs = dup_member (value, "outputs");
  node->error = dup_member (value, "error");
  node->waiting = dup_member (value, "waiting");
  node->parameters = dup_member (value, "parameters");
  node->mode = dup_text (value, "mode");
  node->typed = dup_member (value, "typed");
  node->from = dup_member (value, "from");
  node->cache = dup_member (value, "cache");
  node->edge = dup_text (value, "edge");
  if (leyden_value_get_member (value, "dropped") != NULL)
    {
      node->dropped = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
      read_list (node->dropped, value, "dropped");
    }
  node->attempts = leyden_value_get_member_int (value, "attempts", 0);
  node->started_ns = leyden_value_get_member_int (value, "started", 0);
  node->finished_ns = leyden_value_get_member_int (value, "finished", 0);
  for (guint i = 0; leyden_value_get_kind (calls) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (calls); i++)
    g_ptr_array_add (node->calls, read_call (leyden_value_get_item (calls, i)));
}

gpointer
leyden_rollout_state_restore (LeydenValue *serialised)
{
  LeydenRolloutState *self = leyden_rollout_state_init ();
  LeydenValue *nodes = leyden_value_get_member (serialised, "nodes");
  LeydenValue *usage = leyden_value_get_member (serialised, "usage");

  self->rollout = dup_text (serialised, "rollout");
  self->attempt = dup_text (serialised, "attempt");
  self->state = dup_text (serialised, "state");
  /* What stands there before the start of the first attempt: its start does not begin anew. */
  if (g_strcmp0 (self->state, "queued") == 0)
    g_clear_pointer (&self->state, g_free);
  self->sequence = (guint64) leyden_value_get_member_int (serialised, "sequence", 0);
  self->flow = dup_text (serialised, "flow");
  self->input = dup_text (serialised, "input");
  self->item = dup_text (serialised, "item");
  self->executor = dup_text (serialised, "executor");
  self->seed = dup_member (serialised, "seed");
  self->part = dup_member (serialised, "part");
  self->fork = dup_member (serialised, "fork");
  self->started_ns = leyden_value_get_member_int (serialised, "started", 0);
  self->finished_ns = leyden_value_get_member_int (serialised, "finished", 0);
  self->latency_ms = leyden_value_get_member_double (serialised, "latency_ms", NAN);
  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes); i++)
    read_node (leyden_rollout_state_get_node (self, leyden_value_get_key (nodes, i)), leyden_value_get_item (nodes, i));
  self->result = dup_member (serialised, "result");
  self->error = dup_member (serialised, "error");
  self->error_kind = dup_text (serialised, "error_kind");
  self->breakpoint = dup_text (serialised, "breakpoint");
  self->paused = dup_member (serialised, "paused");
  self->reward = leyden_value_get_member_double (serialised, "reward", NAN);
  read_list (self->rewards, serialised, "rewards");
  self->tokens_in = leyden_value_get_member_int (usage, "tokens_in", 0);
  self->tokens_out = leyden_value_get_member_int (usage, "tokens_out", 0);
  self->cost = leyden_value_get_member_double (usage, "cost", 0);
  self->n_unpriced = (guint) CLAMP (leyden_value_get_member_int (usage, "unpriced_calls", 0), 0, G_MAXINT32);
  self->simulated = leyden_value_get_member_boolean (serialised, "simulated", FALSE);
  read_list (self->console, serialised, "console");
  read_list (self->foreign, serialised, "foreign");
  return self;
}
