/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-node-call-private.h"
#include "leyden-text.h"

/* What the OpenAI wire allows for the name of a function. */
#define MAX_NAME 64

/* A tool with what the engine needs to call it. */
typedef struct
{
  LeydenTool  tool;
  guint       node;
  char       *shown_name;
  char       *own_name;         /* as its node describes it */
} ToolEntry;

static void
tool_entry_free (gpointer data)
{
  ToolEntry *entry = data;

  leyden_value_unref (entry->tool.definition);
  g_free (entry->shown_name);
  g_free (entry->own_name);
  g_free (entry);
}

static gboolean
name_is_taken (GPtrArray  *tools,
               const char *name)
{
  for (guint i = 0; i < tools->len; i++)
    if (g_str_equal (((LeydenTool *) g_ptr_array_index (tools, i))->name, name))
      return TRUE;
  return FALSE;
}

/* Letters, digits, _ and -; at most 64; unique in @tools. */
static char *
make_name (GPtrArray  *tools,
           const char *name)
{
  g_autofree char *base = g_strndup (*name != '\0' ? name : "tool", MAX_NAME);

  g_strcanon (base, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", '_');
  if (!name_is_taken (tools, base))
    return g_steal_pointer (&base);
  base[MIN (strlen (base), MAX_NAME - 8)] = '\0';
  for (guint i = 2;; i++)
    {
      g_autofree char *numbered = g_strdup_printf ("%s_%u", base, i);

      if (!name_is_taken (tools, numbered))
        return g_steal_pointer (&numbered);
    }
}

static void
add_tool (GPtrArray   *tools,
          guint        node,
          const char  *node_id,
          LeydenValue *definition)
{
  ToolEntry *entry = g_new0 (ToolEntry, 1);
  g_autoptr(LeydenValue) name = NULL;

  entry->node = node;
  entry->own_name = g_strdup (leyden_value_get_member_string (definition, "name", ""));
  entry->shown_name = make_name (tools, entry->own_name);
  name = leyden_value_new_string (entry->shown_name, -1);
  entry->tool.name = entry->shown_name;
  entry->tool.node = node_id;
  entry->tool.definition = leyden_value_with_member (definition, "name", name);
  g_ptr_array_add (tools, entry);
}

static void
log_broken_tool (LeydenNodeContext *self,
                 const char        *node_id,
                 const GError      *error)
{
  g_autoptr(LeydenValue) described = leyden_rollout_describe_error (error, node_id);

  leyden_node_context_log (self, "tool.unavailable", described);
}

static void
describe_tool_node (LeydenNodeContext *self,
                    GPtrArray         *tools,
                    guint              node)
{
  LeydenRollout *rollout = self->rollout;
  LeydenPlan *plan = self->scope->plan;
  LeydenNodeExecutor *executor = leyden_engine_bind (rollout->engine, plan)[node];
  const char *id = plan->nodes[node].id;
  LeydenNodeContext context;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(GError) error = NULL;

  if (executor == NULL || LEYDEN_NODE_EXECUTOR_GET_IFACE (executor)->describe_tools == NULL)
    g_set_error (&error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW, _("“%s” offers no tools"), id);
  else
    {
      leyden_node_context_init (&context, self->scope, node);
      list = LEYDEN_NODE_EXECUTOR_GET_IFACE (executor)->describe_tools (executor, &context, &error);
      leyden_node_context_clear (&context);
    }
  if (error != NULL)
    log_broken_tool (self, id, error);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    add_tool (tools, node, id, leyden_value_get_item (list, i));
}

GPtrArray *
leyden_node_context_get_tools (LeydenNodeContext *self,
                               const char        *port)
{
  LeydenPlanNode *plan_node = self->plan_node;

  if (self->tools != NULL)
    return self->tools;
  self->tools = g_ptr_array_new_with_free_func (tool_entry_free);
  for (guint i = 0; plan_node->tools != NULL && i < plan_node->tools->len; i++)
    {
      LeydenPlanTool *tool = &g_array_index (plan_node->tools, LeydenPlanTool, i);

      if (g_str_equal (self->scope->plan->inputs[plan_node->first_input + tool->input].port->name, port))
        describe_tool_node (self, self->tools, tool->node);
    }
  return self->tools;
}

static ToolEntry *
find_tool (LeydenNodeContext *self,
           const char        *name)
{
  for (guint i = 0; self->tools != NULL && i < self->tools->len; i++)
    {
      ToolEntry *entry = g_ptr_array_index (self->tools, i);

      if (g_str_equal (entry->shown_name, name))
        return entry;
    }
  return NULL;
}

/* One call of a tool. */
typedef struct
{
  LeydenNodeExecutor *executor; /* NULL: refused */
  LeydenNodeContext  *context;  /* of the tool node; NULL when refused */
  char               *name;
  char               *refusal;
} ToolCall;

static void
tool_call_free (gpointer data)
{
  ToolCall *call = data;

  g_clear_object (&call->executor);
  g_clear_pointer (&call->context, leyden_node_context_unref);
  g_free (call->name);
  g_free (call->refusal);
  g_free (call);
}

static LeydenValue *
new_result (const char  *key,
            LeydenValue *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, key, value);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
new_error_result (const char *message)
{
  g_autofree char *escaped = leyden_text_escape (message, -1, 0);
  g_autoptr(LeydenValue) text = leyden_value_new_string (escaped, -1);

  return new_result ("error", text);
}

/* What a tool gave, or its failure as an answer; only the end of the rollout is an error. Takes both. */
static void
return_result (GTask       *task,
               LeydenValue *content,
               GError      *error)
{
  g_autoptr(LeydenValue) owned = content;

  if (owned != NULL)
    g_task_return_pointer (task, new_result ("content", owned), (GDestroyNotify) leyden_value_unref);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, new_error_result (error != NULL ? error->message : "No answer"),
                           (GDestroyNotify) leyden_value_unref);
  g_clear_error (&error);
}

static void
tool_called_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenNodeExecutor *executor = LEYDEN_NODE_EXECUTOR (object);
  GError *error = NULL;
  LeydenValue *content = LEYDEN_NODE_EXECUTOR_GET_IFACE (executor)->call_tool_finish (executor, result, &error);

  return_result (task, content, error);
}

static void
perform_tool (LeydenNodeContext   *context,
              LeydenValue         *request,
              GCancellable        *cancellable,
              GAsyncReadyCallback  callback,
              gpointer             callback_data,
              gpointer             user_data)
{
  ToolCall *call = user_data;
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, callback_data);
  LeydenValue *arguments = leyden_value_get_member (request, "arguments");
  LeydenNodeExecutorInterface *iface;

  if (call->refusal != NULL)
    {
      g_task_return_pointer (task, new_error_result (call->refusal), (GDestroyNotify) leyden_value_unref);
      return;
    }
  iface = LEYDEN_NODE_EXECUTOR_GET_IFACE (call->executor);
  if (iface->call_tool != NULL)
    {
      GError *error = NULL;
      LeydenValue *content = iface->call_tool (call->executor, call->context, call->name, arguments, &error);

      return_result (task, content, error);
    }
  else if (iface->call_tool_async != NULL)
    iface->call_tool_async (call->executor, call->context, call->name, arguments, cancellable,
                            tool_called_cb, g_object_ref (task));
  else
    g_task_return_pointer (task, new_error_result (_("This node cannot be called")), (GDestroyNotify) leyden_value_unref);
}

static LeydenValue *
finish_tool (GAsyncResult  *result,
             GError       **error,
             gpointer       user_data)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* How often a path was called in this execution; counts this call. */
static guint
next_ordinal (LeydenNodeContext *self,
              const char        *path)
{
  guint n;

  if (self->tool_calls == NULL)
    self->tool_calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->tool_calls, path));
  g_hash_table_insert (self->tool_calls, g_strdup (path), GUINT_TO_POINTER (n + 1));
  return n;
}

static LeydenValue *
describe_call (const char  *name,
               LeydenValue *arguments,
               const char  *call_id,
               gboolean     refused)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", name);
  leyden_value_builder_set (&b, "arguments", arguments);
  leyden_value_builder_set_string (&b, "call_id", call_id);
  if (refused)
    leyden_value_builder_set_boolean (&b, "refused", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenEffects
get_effects (ToolCall      *call,
             LeydenEffects  of_type)
{
  LeydenNodeExecutorInterface *iface = LEYDEN_NODE_EXECUTOR_GET_IFACE (call->executor);

  return iface->get_tool_effects != NULL ? iface->get_tool_effects (call->executor, call->context) : of_type;
}

void
leyden_node_context_call_tool_async (LeydenNodeContext   *self,
                                     const char          *name,
                                     LeydenValue         *arguments,
                                     const char          *call_id,
                                     GAsyncReadyCallback  callback,
                                     gpointer             data)
{
  ToolEntry *entry = find_tool (self, name);
  ToolCall *call = g_new0 (ToolCall, 1);
  LeydenEffects effects = LEYDEN_EFFECTS_NONE;
  g_autofree char *path = NULL;
  guint ordinal;

  if (entry == NULL)
    {
      g_autofree char *shown = leyden_text_escape (name, -1, 80);

      call->refusal = g_strdup_printf (_("There is no tool “%s”"), shown);
    }
  else if (leyden_value_get_kind (arguments) != LEYDEN_VALUE_OBJECT)
    call->refusal = g_strdup (_("The arguments are not a JSON object"));
  if (call->refusal != NULL)
    path = g_strdup (self->path);
  else
    {
      call->context = leyden_node_context_new (self->scope, entry->node);
      call->executor = g_object_ref (leyden_engine_bind (self->rollout->engine, self->scope->plan)[entry->node]);
      call->name = g_strdup (entry->own_name);
      path = g_strdup_printf ("%s/%s", self->path, entry->tool.node);
      g_free (call->context->owned_path);
      call->context->owned_path = g_strdup (path);
      call->context->path = call->context->owned_path;
      effects = get_effects (call, self->scope->plan->nodes[entry->node].type->effects);
    }
  ordinal = next_ordinal (self, path);
  leyden_node_call_start (self, LEYDEN_CALL_TOOL, effects, describe_call (name, arguments, call_id, call->refusal != NULL),
                          g_steal_pointer (&path), ordinal, perform_tool, finish_tool, call, tool_call_free, callback, data);
}

LeydenValue *
leyden_node_context_call_tool_finish (LeydenNodeContext  *self,
                                      GAsyncResult       *result,
                                      GError            **error)
{
  return leyden_node_context_call_finish (self, result, error);
}
