/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <string.h>

#include "leyden-rollout-cache-private.h"
#include "leyden-rollout-debug-private.h"

/* Steps of the sample number: far enough apart that samples, calls and tries do not meet. */
#define SAMPLE_PER_CALL 1000
#define SAMPLE_PER_TRY 1000000
/* A node is tried at most 101 times. */
#define CALL_TRIES 128u

void
leyden_node_context_init (LeydenNodeContext *self,
                          LeydenScope       *scope,
                          guint              node)
{
  memset (self, 0, sizeof *self);
  self->rollout = scope->rollout;
  self->scope = scope;
  self->node = node;
  self->plan_node = &scope->plan->nodes[node];
  self->path = leyden_scope_node_path (scope, node, &self->owned_path);
  self->try = scope->tries[node] + 1;
  self->call_try = self->try + scope->try_base * CALL_TRIES;
  if (self->plan_node->n_inputs <= G_N_ELEMENTS (self->few_inputs))
    self->inputs = self->few_inputs;
  else
    self->inputs = g_new0 (LeydenValue *, self->plan_node->n_inputs);
  if (scope->rollout->observer.node_changed != NULL)
    self->start_us = g_get_monotonic_time ();
}

void
leyden_node_context_clear (LeydenNodeContext *self)
{
  for (guint i = 0; i < self->plan_node->n_inputs; i++)
    g_clear_pointer (&self->inputs[i], leyden_value_unref);
  if (self->inputs != self->few_inputs)
    g_free (self->inputs);
  if (self->prepared_destroy != NULL)
    self->prepared_destroy (self->prepared);
  g_clear_pointer (&self->bodies, leyden_bodies_free);
  g_clear_pointer (&self->inputs_object, leyden_value_unref);
  g_clear_pointer (&self->tools, g_ptr_array_unref);
  g_clear_pointer (&self->tool_calls, g_hash_table_unref);
  g_free (self->owned_path);
}

LeydenNodeContext *
leyden_node_context_new (LeydenScope *scope,
                         guint        node)
{
  LeydenNodeContext *self = g_new (LeydenNodeContext, 1);

  leyden_node_context_init (self, leyden_scope_ref (scope), node);
  g_object_ref (self->rollout);
  self->ref_count = 1;
  return self;
}

LeydenNodeContext *
leyden_node_context_ref (LeydenNodeContext *self)
{
  g_assert (self->ref_count > 0);
  self->ref_count++;
  return self;
}

void
leyden_node_context_unref (LeydenNodeContext *self)
{
  g_assert (self->ref_count > 0);
  if (--self->ref_count > 0)
    return;
  leyden_node_context_clear (self);
  leyden_scope_unref (self->scope);
  g_object_unref (self->rollout);
  g_free (self);
}

LeydenNode *
leyden_node_context_get_node (LeydenNodeContext *self)
{
  return self->plan_node->node;
}

const char *
leyden_node_context_get_path (LeydenNodeContext *self)
{
  return self->path;
}

const char *
leyden_node_context_get_rollout (LeydenNodeContext *self)
{
  return self->rollout->row.rollout;
}

const char *
leyden_node_context_get_attempt (LeydenNodeContext *self)
{
  return self->rollout->attempt;
}

const char *
leyden_node_context_get_split (LeydenNodeContext *self)
{
  return self->rollout->row.split;
}

guint
leyden_node_context_get_try (LeydenNodeContext *self)
{
  return self->try;
}

guint64
leyden_node_context_get_seed (LeydenNodeContext *self)
{
  return self->rollout->seed;
}

guint64
leyden_node_context_get_sample (LeydenNodeContext *self)
{
  return self->rollout->sample + self->scope->sample + (guint64) self->n_calls * SAMPLE_PER_CALL
         + ((guint64) self->try - 1 + self->scope->try_base) * SAMPLE_PER_TRY;
}

double
leyden_node_context_get_time_scale (LeydenNodeContext *self)
{
  return self->rollout->time_scale;
}

GCancellable *
leyden_node_context_get_cancellable (LeydenNodeContext *self)
{
  return leyden_scope_get_cancellable (self->scope);
}

/* The value that a slot puts in place of "node/parameter", or NULL. */
static LeydenValue *
find_slot (LeydenNodeContext *self,
           const char        *name)
{
  g_autofree char *key = NULL;

  if (self->rollout->slots == NULL)
    return NULL;
  key = g_strconcat (leyden_plan_node_get_path (self->plan_node), "/", name, NULL);
  return leyden_value_get_member (self->rollout->slots, key);
}

LeydenValue *
leyden_node_context_get_parameter (LeydenNodeContext *self,
                                   const char        *name)
{
  GPtrArray *parameters = self->plan_node->type->parameters;
  LeydenValue *slot = find_slot (self, name);

  if (slot != NULL)
    return slot;
  for (guint i = 0; i < parameters->len; i++)
    if (g_str_equal (((LeydenParameter *) g_ptr_array_index (parameters, i))->name, name))
      return self->plan_node->parameters[i];
  return NULL;
}

const char *
leyden_node_context_get_parameter_string (LeydenNodeContext *self,
                                          const char        *name)
{
  const char *text = leyden_value_get_string (leyden_node_context_get_parameter (self, name), NULL);

  return text != NULL ? text : "";
}

double
leyden_node_context_get_parameter_double (LeydenNodeContext *self,
                                          const char        *name)
{
  double value = 0;

  leyden_value_get_double (leyden_node_context_get_parameter (self, name), &value);
  return value;
}

gboolean
leyden_node_context_get_parameter_boolean (LeydenNodeContext *self,
                                           const char        *name)
{
  return leyden_value_get_boolean (leyden_node_context_get_parameter (self, name));
}

LeydenValue *
leyden_node_context_get_input (LeydenNodeContext *self,
                               const char        *port)
{
  for (guint i = 0; i < self->plan_node->n_inputs; i++)
    if (g_str_equal (self->scope->plan->inputs[self->plan_node->first_input + i].port->name, port))
      return self->inputs[i];
  return NULL;
}

LeydenValue *
leyden_node_context_get_inputs (LeydenNodeContext *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (self->inputs_object != NULL)
    return self->inputs_object;
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < self->plan_node->n_inputs; i++)
    if (self->inputs[i] != NULL)
      leyden_value_builder_set (&b, self->scope->plan->inputs[self->plan_node->first_input + i].port->name, self->inputs[i]);
  leyden_value_builder_end (&b);
  self->inputs_object = leyden_value_builder_end_value (&b);
  return self->inputs_object;
}

LeydenValue *
leyden_node_context_get_row (LeydenNodeContext *self)
{
  return self->scope->input;
}

GPtrArray *
leyden_node_context_get_outputs (LeydenNodeContext *self)
{
  return self->plan_node->output_ports;
}

GPtrArray *
leyden_node_context_get_input_ports (LeydenNodeContext *self)
{
  return self->plan_node->input_ports;
}

LeydenValue *
leyden_node_context_describe_error (LeydenNodeContext *self,
                                    const GError      *error)
{
  return leyden_rollout_describe_error (error, self->path);
}

static gboolean
has_slots (LeydenNodeContext *self)
{
  LeydenValue *slots = self->rollout->slots;
  const char *path = leyden_plan_node_get_path (self->plan_node);
  gsize length = strlen (path);

  for (guint i = 0; i < leyden_value_get_size (slots); i++)
    {
      const char *key = leyden_value_get_key (slots, i);

      if (strncmp (key, path, length) == 0 && key[length] == '/')
        return TRUE;
    }
  return FALSE;
}

static gboolean
shares_prepared (LeydenNodeContext *self)
{
  return self->scope->plan->prepared_thread == g_thread_self () && (self->rollout->slots == NULL || !has_slots (self));
}

gpointer
leyden_node_context_get_prepared (LeydenNodeContext *self)
{
  return shares_prepared (self) ? self->plan_node->prepared : self->prepared;
}

void
leyden_node_context_set_prepared (LeydenNodeContext *self,
                                  gpointer           prepared,
                                  GDestroyNotify     destroy)
{
  gboolean shared = shares_prepared (self);
  gpointer *place = shared ? &self->plan_node->prepared : &self->prepared;
  GDestroyNotify *place_destroy = shared ? &self->plan_node->prepared_destroy : &self->prepared_destroy;

  if (*place_destroy != NULL)
    (*place_destroy) (*place);
  *place = prepared;
  *place_destroy = destroy;
}

void
leyden_node_context_emit_delta (LeydenNodeContext *self,
                                const char        *text)
{
  if (!self->detached)
    leyden_rollout_emit_delta (self->rollout, self->path, text);
}

void
leyden_node_context_log (LeydenNodeContext *self,
                         const char        *type,
                         LeydenValue       *payload)
{
  if (self->rollout->ended || self->scope->ended)
    return;
  if (g_str_equal (type, "reward"))
    {
      leyden_rollout_set_reward (self->rollout, payload);
      leyden_rollout_cache_refuse (self, "reward");
    }
  leyden_rollout_log (self->rollout, type, self->path, leyden_value_ref (payload));
  if (leyden_rollout_is_debugged (self->rollout) && g_str_equal (type, "reward"))
    leyden_rollout_debug_reward (self->scope, self->node, self->path, payload);
  leyden_engine_schedule (self->rollout->engine, self->rollout);
}

void
leyden_node_context_waiting (LeydenNodeContext *self,
                             const char        *reason,
                             guint              ms)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "reason", reason);
  leyden_value_builder_set_int (&b, "until_ms", ms);
  leyden_value_builder_end (&b);
  {
    g_autoptr(LeydenValue) payload = leyden_value_builder_end_value (&b);

    leyden_node_context_log (self, "node.waiting", payload);
  }
}

void
leyden_node_context_begin_turn (LeydenNodeContext *self,
                                guint              n)
{
  g_free (self->owned_path);
  self->owned_path = g_strdup_printf ("%s%s#%u", self->scope->path, self->plan_node->id, n);
  self->path = self->owned_path;
  self->turn = n;
  self->n_calls = 0;
}
