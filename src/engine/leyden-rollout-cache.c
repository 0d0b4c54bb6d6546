/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include "leyden-rollout-cache-private.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-node-call-private.h"

/*
 *  a node that takes its time ─► may it be kept? ─no─► runs (cache.missed says why not)
 *        │yes
 *        ▼
 *  inputs ─► parts ─► key ─► look up ─┬─ found ─► cache.hit ─► (held back to its modelled time) ─► its outputs
 *                                     └─ not ─► cache.missed (why) ─► runs ─► succeeded ─► kept
 *
 * Quick nodes are not looked up: to run them costs less, and it keeps the order in which they run.
 */

/* Tools may have tools of their own. */
#define MAX_TOOL_DEPTH 16
/* Of a hash so much is enough to see a change. */
#define PART_LENGTH 16

/* A node under way that will be kept. */
typedef struct
{
  char        *key;
  LeydenValue *parts;
  const char  *reason;          /* why it may not be kept after all; static */
} Pending;

static void
pending_free (gpointer data)
{
  Pending *pending = data;

  g_free (pending->key);
  g_clear_pointer (&pending->parts, leyden_value_unref);
  g_free (pending);
}

/* May it be kept? */

static const char *
refuse_tool (LeydenPlan *plan,
             guint       node,
             guint       depth)
{
  const LeydenPlanNode *plan_node = &plan->nodes[node];

  if (plan_node->type->effects == LEYDEN_EFFECTS_ONCE || plan_node->type->outside || depth > MAX_TOOL_DEPTH)
    return "tool";
  for (guint i = 0; plan_node->tools != NULL && i < plan_node->tools->len; i++)
    if (refuse_tool (plan, g_array_index (plan_node->tools, LeydenPlanTool, i).node, depth + 1) != NULL)
      return "tool";
  return NULL;
}

/* Why a node cannot be kept, whatever it does; NULL when it can. */
static const char *
refuse (LeydenNodeContext *context)
{
  LeydenPlanNode *plan_node = context->plan_node;

  if (plan_node->type->effects == LEYDEN_EFFECTS_ONCE)
    return "effects";
  if (plan_node->type->outside)
    return "outside";
  if (leyden_node_context_get_parameter_boolean (context, "policy"))
    return "policy";
  for (guint i = 0; plan_node->tools != NULL && i < plan_node->tools->len; i++)
    if (refuse_tool (context->scope->plan, g_array_index (plan_node->tools, LeydenPlanTool, i).node, 0) != NULL)
      return "tool";
  return NULL;
}

/* Parts */

static void
set_hash (LeydenValueBuilder *b,
          const char         *key,
          LeydenValue        *value)
{
  g_autofree char *hash = leyden_json_hash (value);

  hash[PART_LENGTH] = '\0';
  leyden_value_builder_set_string (b, key, hash);
}

static void
write_parameters (LeydenValueBuilder *b,
                  LeydenNodeContext  *context)
{
  GPtrArray *parameters = context->plan_node->type->parameters;

  leyden_value_builder_key (b, "parameters");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (parameters, i);

      set_hash (b, parameter->name, leyden_node_context_get_parameter (context, parameter->name));
    }
  leyden_value_builder_end (b);
}

static void
write_inputs (LeydenValueBuilder *b,
              LeydenNodeContext  *context)
{
  LeydenValue *inputs = leyden_node_context_get_inputs (context);

  leyden_value_builder_key (b, "inputs");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < leyden_value_get_size (inputs); i++)
    set_hash (b, leyden_value_get_key (inputs, i), leyden_value_get_item (inputs, i));
  leyden_value_builder_end (b);
}

static void
add_tool (LeydenValueBuilder *b,
          LeydenScope        *scope,
          guint               node,
          guint               depth)
{
  LeydenNodeContext tool;
  LeydenPlanNode *plan_node = &scope->plan->nodes[node];

  leyden_node_context_init (&tool, scope, node);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "kind", plan_node->type->type);
  leyden_value_builder_set_string (b, "title", leyden_node_get_title (plan_node->node));
  write_parameters (b, &tool);
  leyden_value_builder_key (b, "tools");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; depth < MAX_TOOL_DEPTH && plan_node->tools != NULL && i < plan_node->tools->len; i++)
    add_tool (b, scope, g_array_index (plan_node->tools, LeydenPlanTool, i).node, depth + 1);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
  leyden_node_context_clear (&tool);
}

static void
write_tools (LeydenValueBuilder *b,
             LeydenNodeContext  *context)
{
  GArray *tools = context->plan_node->tools;
  g_auto(LeydenValueBuilder) list = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  if (tools == NULL || tools->len == 0)
    return;
  leyden_value_builder_begin_list (&list);
  for (guint i = 0; i < tools->len; i++)
    add_tool (&list, context->scope, g_array_index (tools, LeydenPlanTool, i).node, 0);
  leyden_value_builder_end (&list);
  value = leyden_value_builder_end_value (&list);
  set_hash (b, "tools", value);
}

static void
write_model (LeydenValueBuilder *b,
             LeydenNodeContext  *context)
{
  GPtrArray *parameters = context->plan_node->type->parameters;
  char seed[24];

  if (!context->plan_node->type->calls_model)
    return;
  for (guint i = 0; i < parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (parameters, i);
      g_autoptr(LeydenValue) identity = NULL;

      if (parameter->kind == LEYDEN_PARAMETER_MODEL)
        identity = leyden_engine_identify_model (context->rollout->engine, leyden_node_context_get_parameter (context, parameter->name));
      if (identity != NULL)
        set_hash (b, "model", identity);
    }
  g_snprintf (seed, sizeof seed, "%" G_GUINT64_FORMAT, context->rollout->seed);
  leyden_value_builder_set_string (b, "seed", seed);
  leyden_value_builder_set_int (b, "sample", (gint64) leyden_node_context_get_sample (context));
}

/* Kinds that learn see more of the flow than their inputs. */
static void
write_training (LeydenValueBuilder *b,
                LeydenNodeContext  *context)
{
  g_auto(LeydenValueBuilder) list = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  if (!context->plan_node->type->learns)
    return;
  set_hash (b, "row", leyden_node_context_get_row (context));
  leyden_value_builder_begin_list (&list);
  leyden_value_builder_add_string (&list, leyden_node_context_get_training_hash (context));
  leyden_value_builder_add_string (&list, leyden_node_context_get_expected_field (context));
  for (guint i = 0; i < context->plan_node->n_inputs; i++)
    {
      LeydenPort *port = g_ptr_array_index (context->plan_node->input_ports, i);

      leyden_value_builder_add_string (&list, leyden_node_context_get_input_field (context, port->name));
    }
  leyden_value_builder_end (&list);
  value = leyden_value_builder_end_value (&list);
  set_hash (b, "training", value);
}

static LeydenValue *
make_parts (LeydenNodeContext *context)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "kind", context->plan_node->type->type);
  leyden_value_builder_set_string (&b, "version", PACKAGE_VERSION);
  write_parameters (&b, context);
  write_inputs (&b, context);
  write_tools (&b, context);
  write_model (&b, context);
  write_training (&b, context);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Parts are cut short, to see changes; the key is made of all that they stand for. */
static char *
make_key (LeydenNodeContext *context,
          LeydenValue       *parts)
{
  GPtrArray *parameters = context->plan_node->type->parameters;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "parts", parts);
  leyden_value_builder_set (&b, "inputs", leyden_node_context_get_inputs (context));
  leyden_value_builder_key (&b, "parameters");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < parameters->len; i++)
    leyden_value_builder_add (&b, leyden_node_context_get_parameter (context, ((LeydenParameter *) g_ptr_array_index (parameters, i))->name));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_hash (value);
}

/* Records */

static void
log_cache (LeydenNodeContext *context,
           const char        *type,
           LeydenValue       *cache)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "cache", cache);
  leyden_value_builder_end (&b);
  leyden_scope_log (context->scope, type, context->node, leyden_value_builder_end_value (&b));
}

static void
log_missed (LeydenNodeContext *context,
            LeydenValue       *why)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) cache = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "hit", FALSE);
  leyden_value_builder_set (&b, "why", why);
  leyden_value_builder_end (&b);
  cache = leyden_value_builder_end_value (&b);
  log_cache (context, "cache.missed", cache);
}

static void
log_refused (LeydenNodeContext *context,
             const char        *reason)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) why = NULL;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "part", "not-kept");
  leyden_value_builder_set_string (&b, "name", reason);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  why = leyden_value_builder_end_value (&b);
  log_missed (context, why);
}

/* Where it was made, when, and what is saved. */
static void
log_hit (LeydenNodeContext *context,
         LeydenValue       *entry)
{
  static const char * const names[] = { "rollout", "node", "time", "tokens", "cost" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) cache = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "hit", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (leyden_value_get_member (entry, names[i]) != NULL)
      leyden_value_builder_set (&b, names[i], leyden_value_get_member (entry, names[i]));
  leyden_value_builder_end (&b);
  cache = leyden_value_builder_end_value (&b);
  log_cache (context, "cache.hit", cache);
}

/* Under way */

static GHashTable *
get_pending (LeydenRollout *self)
{
  if (self->cache_pending == NULL)
    self->cache_pending = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, pending_free);
  return self->cache_pending;
}

static char *
dup_path (LeydenNodeContext *context)
{
  g_autofree char *buffer = NULL;

  return g_strdup (leyden_scope_node_path (context->scope, context->node, &buffer));
}

/* Of the node, its turns and its tools. */
static gboolean
is_of (const char *path,
       const char *node)
{
  gsize length = strlen (node);

  return strncmp (path, node, length) == 0 && strchr ("#/", path[length]) != NULL;
}

void
leyden_rollout_cache_refuse (LeydenNodeContext *context,
                             const char        *reason)
{
  GHashTableIter iter;
  gpointer key, value;

  if (context->rollout->cache_pending == NULL)
    return;
  g_hash_table_iter_init (&iter, context->rollout->cache_pending);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (is_of (context->path, key))
      ((Pending *) value)->reason = reason;
}

static LeydenValue *
make_entry (LeydenNodeContext *context,
            const char        *path,
            LeydenValue       *outputs)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "outputs", outputs);
  leyden_value_builder_set_string (&b, "rollout", context->rollout->row.rollout);
  leyden_value_builder_set_string (&b, "node", path);
  leyden_value_builder_set_int (&b, "time", leyden_time_now_ns ());
  leyden_value_builder_set_double (&b, "latency_ms", context->latency_ms);
  if (context->tokens > 0)
    leyden_value_builder_set_int (&b, "tokens", context->tokens);
  if (context->cost > 0)
    leyden_value_builder_set_double (&b, "cost", context->cost);
  if (context->simulated)
    leyden_value_builder_set_boolean (&b, "simulated", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_rollout_cache_keep (LeydenNodeContext *context,
                           LeydenValue       *outputs)
{
  LeydenRollout *rollout = context->rollout;
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) entry = NULL;
  Pending *pending;

  if (rollout->cache_pending == NULL)
    return;
  path = dup_path (context);
  pending = g_hash_table_lookup (rollout->cache_pending, path);
  if (pending == NULL)
    return;
  if (pending->reason == NULL)
    entry = make_entry (context, path, outputs);
  leyden_node_cache_put (leyden_engine_get_cache (rollout->engine), pending->key, leyden_plan_get_flow_id (rollout->plan), path, pending->parts,
                         entry, pending->reason);
  g_hash_table_remove (rollout->cache_pending, path);
}

/* Looking up */

static void
held_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenNodeContext) context = data;
  g_autoptr(LeydenValue) entry = g_task_propagate_pointer (G_TASK (result), NULL);
  LeydenValue *outputs = leyden_value_get_member (entry, "outputs");

  if (context->detached)
    return;
  leyden_rollout_untrack (context->rollout, context);
  context->detached = TRUE;
  if (outputs == NULL)
    return;
  context->latency_ms = MAX (0, leyden_value_get_member_double (entry, "latency_ms", 0));
  if (leyden_value_get_member_boolean (entry, "simulated", FALSE))
    context->rollout->row.simulated = TRUE;
  leyden_rollout_node_done (context, leyden_value_ref (outputs), NULL);
  leyden_engine_schedule (context->rollout->engine, context->rollout);
}

static void
looked_up_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenNodeContext) context = data;
  g_autoptr(LeydenValue) why = NULL;
  g_autoptr(LeydenValue) entry = leyden_node_cache_look_up_finish (LEYDEN_NODE_CACHE (object), result, &why);
  LeydenScope *scope = context->scope;

  context->n_performing--;
  if (context->detached || scope->ended)
    return;
  if (entry != NULL && leyden_value_get_kind (leyden_value_get_member (entry, "outputs")) == LEYDEN_VALUE_OBJECT)
    {
      log_hit (context, entry);
      g_hash_table_remove (get_pending (context->rollout), context->path);
      if (!context->detached)
        leyden_node_call_hand_out (context, entry, held_cb, leyden_node_context_ref (context));
      return;
    }
  if (why != NULL)
    log_missed (context, why);
  if (context->detached || scope->ended)
    return;
  leyden_rollout_untrack (context->rollout, context);
  context->detached = TRUE;
  leyden_rollout_execute_async (scope, context->node);
  leyden_engine_schedule (context->rollout->engine, context->rollout);
}

gboolean
leyden_rollout_cache_begin (LeydenScope *scope,
                            guint        node)
{
  LeydenRollout *rollout = scope->rollout;
  LeydenNodeCache *cache = leyden_engine_get_cache (rollout->engine);
  g_autoptr(LeydenNodeContext) context = NULL;
  g_autoptr(GError) error = NULL;
  const char *reason;
  Pending *pending;

  if (cache == NULL || rollout->cache == LEYDEN_CACHE_OFF || scope->tries[node] > 0 || scope->plan->nodes[node].body != NULL)
    return FALSE;
  context = leyden_node_context_new (scope, node);
  reason = refuse (context);
  if (reason != NULL)
    {
      log_refused (context, reason);
      return scope->ended;
    }
  /* What is wrong with an input is found again, and told, where the node runs. */
  if (!leyden_rollout_gather_inputs (context, &error))
    return FALSE;
  pending = g_new0 (Pending, 1);
  pending->parts = make_parts (context);
  pending->key = make_key (context, pending->parts);
  g_hash_table_replace (get_pending (rollout), dup_path (context), pending);
  leyden_rollout_watch_deadline (rollout);
  leyden_rollout_track (rollout, context);
  context->n_performing++;
  leyden_node_cache_look_up_async (cache, pending->key, leyden_plan_get_flow_id (rollout->plan), context->path, pending->parts,
                                   rollout->cache == LEYDEN_CACHE_REFRESH, looked_up_cb, leyden_node_context_ref (context));
  return TRUE;
}
