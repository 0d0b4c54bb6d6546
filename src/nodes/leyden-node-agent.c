/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-chat-request.h"
#include "leyden-json.h"
#include "leyden-text.h"

/* More calls in one turn are refused, and longer arguments do not go back to the model. */
#define MAX_CALLS 64
#define MAX_ARGUMENTS (256 * 1024)

#define LEYDEN_TYPE_NODE_AGENT (leyden_node_agent_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeAgent, leyden_node_agent, LEYDEN, NODE_AGENT, GObject)

struct _LeydenNodeAgent
{
  GObject               parent_instance;

  LeydenModels         *models;
  LeydenModelTransport *transport;
};

static void executor_init (LeydenNodeExecutorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNodeAgent, leyden_node_agent, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, executor_init))

/*
 *  turn n ─► model ─► no tool calls ─► done
 *              │ tool calls
 *              ▼
 *            tools (together, or one after another) ─► turn n + 1, at most max_turns
 */
typedef struct
{
  LeydenNodeContext *context;           /* the engine's; lives until the task has returned */
  LeydenValue       *messages;
  LeydenValue       *tools;             /* as the wire wants them */
  LeydenChatUsage    usage;
  guint              turn;
  guint              max_turns;
  gboolean           parallel;

  LeydenValue       *calls;             /* tool_calls of this turn */
  LeydenValue      **results;           /* by call: what goes back to the model */
  guint              n_calls;
  guint              next_call;
  guint              n_open;            /* calls under way */
  GError            *error;             /* the rollout has ended */
} Agent;

typedef struct
{
  GTask *task;
  guint  index;
} CallData;

static void
clear_calls (Agent *agent)
{
  for (guint i = 0; i < agent->n_calls; i++)
    g_clear_pointer (&agent->results[i], leyden_value_unref);
  g_clear_pointer (&agent->results, g_free);
  g_clear_pointer (&agent->calls, leyden_value_unref);
  agent->n_calls = agent->next_call = 0;
}

static void
agent_free (gpointer data)
{
  Agent *agent = data;

  clear_calls (agent);
  g_clear_error (&agent->error);
  leyden_value_unref (agent->messages);
  leyden_value_unref (agent->tools);
  g_free (agent);
}

static void run_turn   (GTask *task);
static void call_tools (GTask *task);

/* Tools as the wire wants them: {"type": "function", "function": definition}. */
static LeydenValue *
list_tools (LeydenNodeContext *context)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  GPtrArray *tools = leyden_node_context_get_tools (context, "tools");

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < tools->len; i++)
    {
      LeydenTool *tool = g_ptr_array_index (tools, i);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "type", "function");
      leyden_value_builder_set (&b, "function", tool->definition);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Tool calls */

/* The call's id; models that leave it out get one, so that call and result belong together. */
static char *
get_call_id (Agent *agent,
             guint  index)
{
  const char *id = leyden_value_get_member_string (leyden_value_get_item (agent->calls, index), "id", "");

  return *id != '\0' ? g_strdup (id) : g_strdup_printf ("call_%u_%u", agent->turn, index);
}

static LeydenValue *
get_function (Agent *agent,
              guint  index)
{
  return leyden_value_get_member (leyden_value_get_item (agent->calls, index), "function");
}

/* What goes back into the conversation: ids filled in, arguments that would swamp the next request left out. */
static LeydenValue *
clean_calls (Agent *agent)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < agent->n_calls; i++)
    {
      LeydenValue *function = get_function (agent, i);
      g_autofree char *id = get_call_id (agent, i);
      g_autofree char *arguments = leyden_node_text_of (leyden_value_get_member (function, "arguments"));

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "id", id);
      leyden_value_builder_set_string (&b, "type", "function");
      leyden_value_builder_key (&b, "function");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", leyden_value_get_member_string (function, "name", ""));
      leyden_value_builder_set_string (&b, "arguments", strlen (arguments) > MAX_ARGUMENTS ? "{}" : arguments);
      leyden_value_builder_end (&b);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The arguments as an object; what is none comes as text, shortened, and the engine refuses and records it. */
static LeydenValue *
read_arguments (LeydenValue *function)
{
  LeydenValue *given = leyden_value_get_member (function, "arguments");
  gsize length;
  const char *text = leyden_value_get_string (given, &length);
  g_autoptr(LeydenValue) parsed = NULL;
  g_autofree char *shown = NULL;

  if (leyden_value_get_kind (given) == LEYDEN_VALUE_OBJECT)
    return leyden_value_ref (given);
  if (text != NULL && length <= MAX_ARGUMENTS)
    parsed = leyden_json_parse (length > 0 ? text : "{}", -1, NULL, NULL);
  if (leyden_value_get_kind (parsed) == LEYDEN_VALUE_OBJECT)
    return g_steal_pointer (&parsed);
  shown = leyden_text_escape (text != NULL ? text : "", -1, 500);
  return leyden_value_new_string (shown, -1);
}

static LeydenValue *
make_result_message (const char  *id,
                     LeydenValue *result)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *failure = leyden_value_get_member (result, "error");
  g_autofree char *text = leyden_node_text_of (failure != NULL ? failure : leyden_value_get_member (result, "content"));
  g_autofree char *content = failure != NULL ? g_strconcat ("Error: ", text, NULL) : g_strdup (text);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "tool");
  leyden_value_builder_set_string (&b, "tool_call_id", id);
  leyden_value_builder_set_string (&b, "content", content);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
add_results (Agent *agent)
{
  for (guint i = 0; i < agent->n_calls; i++)
    {
      g_autofree char *id = get_call_id (agent, i);
      g_autoptr(LeydenValue) message = make_result_message (id, agent->results[i]);
      LeydenValue *longer = leyden_list_append (agent->messages, message);

      leyden_value_unref (agent->messages);
      agent->messages = longer;
    }
  clear_calls (agent);
}

static void
tool_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  CallData *call = data;
  g_autoptr(GTask) task = call->task;
  Agent *agent = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  guint index = call->index;

  g_free (call);
  agent->results[index] = leyden_node_context_call_tool_finish (agent->context, result, &error);
  agent->n_open--;
  if (error != NULL && agent->error == NULL)
    agent->error = g_steal_pointer (&error);
  if (agent->error == NULL && agent->next_call < agent->n_calls)
    call_tools (task);
  else if (agent->n_open > 0)
    return;
  else if (agent->error != NULL)
    g_task_return_error (task, g_steal_pointer (&agent->error));
  else
    {
      add_results (agent);
      run_turn (task);
    }
}

static void
call_tools (GTask *task)
{
  Agent *agent = g_task_get_task_data (task);

  while (agent->next_call < agent->n_calls && (agent->parallel || agent->n_open == 0))
    {
      guint index = agent->next_call++;
      LeydenValue *function = get_function (agent, index);
      g_autoptr(LeydenValue) arguments = read_arguments (function);
      g_autofree char *id = get_call_id (agent, index);
      CallData *call = g_new (CallData, 1);

      *call = (CallData) { g_object_ref (task), index };
      agent->n_open++;
      leyden_node_context_call_tool_async (agent->context, leyden_value_get_member_string (function, "name", ""),
                                           arguments, id, tool_cb, call);
    }
}

/* Turns */

static LeydenValue *
make_outputs (Agent      *agent,
              const char *text)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "text", text);
  leyden_value_builder_set (&b, "messages", agent->messages);
  leyden_value_builder_set_take (&b, "usage", leyden_chat_usage_to_value (&agent->usage));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
begin_calls (Agent       *agent,
             LeydenValue *calls)
{
  g_autoptr(LeydenValue) cleaned = NULL;
  g_autoptr(LeydenValue) last = NULL;
  guint n = leyden_value_get_size (agent->messages);

  agent->calls = leyden_value_ref (calls);
  agent->n_calls = MIN (leyden_value_get_size (calls), MAX_CALLS);
  agent->results = g_new0 (LeydenValue *, agent->n_calls);
  cleaned = clean_calls (agent);
  last = leyden_value_with_member (leyden_value_get_item (agent->messages, n - 1), "tool_calls", cleaned);
  {
    LeydenValue *messages = leyden_value_with_item (agent->messages, n - 1, last);

    leyden_value_unref (agent->messages);
    agent->messages = messages;
  }
}

static void
take_answer (GTask       *task,
             LeydenValue *answer)
{
  Agent *agent = g_task_get_task_data (task);
  LeydenValue *message = leyden_value_get_member (answer, "message");
  LeydenValue *calls = leyden_value_get_member (message, "tool_calls");
  g_autoptr(LeydenValue) echo = leyden_chat_echo (message);
  g_autofree char *text = NULL;
  LeydenValue *longer = leyden_list_append (agent->messages, echo);

  leyden_value_unref (agent->messages);
  agent->messages = longer;
  leyden_chat_usage_add (&agent->usage, answer);
  if (leyden_value_get_kind (calls) != LEYDEN_VALUE_LIST || leyden_value_get_size (calls) == 0)
    {
      text = leyden_chat_text (message);
      g_task_return_pointer (task, make_outputs (agent, text), (GDestroyNotify) leyden_value_unref);
    }
  else if (agent->turn >= agent->max_turns)
    g_task_return_new_error (task, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NODE,
                             ngettext ("No answer after %u turn", "No answer after %u turns", agent->turn), agent->turn);
  else
    {
      begin_calls (agent, calls);
      call_tools (task);
    }
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  Agent *agent = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_chat_call_finish (agent->context, result, &error);

  if (answer != NULL)
    take_answer (task, answer);
  else
    g_task_return_error (task, error);
}

static void
run_turn (GTask *task)
{
  LeydenNodeAgent *self = LEYDEN_NODE_AGENT (g_task_get_source_object (task));
  Agent *agent = g_task_get_task_data (task);
  g_autoptr(LeydenValue) request = NULL;

  leyden_node_context_begin_turn (agent->context, ++agent->turn);
  request = leyden_chat_request (agent->context, self->models, agent->messages, agent->tools);
  leyden_chat_call_async (agent->context, self->transport, request, answered_cb, g_object_ref (task));
}

static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (executor, NULL, callback, data);
  GError *error = NULL;
  LeydenValue *messages = leyden_chat_messages (context, &error);
  Agent *agent;

  if (messages == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  agent = g_new0 (Agent, 1);
  agent->context = context;
  agent->messages = messages;
  agent->tools = list_tools (context);
  agent->max_turns = (guint) CLAMP (leyden_node_context_get_parameter_double (context, "max_turns"), 1, 50);
  agent->parallel = leyden_node_context_get_parameter_boolean (context, "parallel_tools");
  g_task_set_task_data (task, agent, agent_free);
  run_turn (task);
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}

static void
leyden_node_agent_finalize (GObject *object)
{
  LeydenNodeAgent *self = LEYDEN_NODE_AGENT (object);

  g_clear_object (&self->models);
  g_clear_object (&self->transport);

  G_OBJECT_CLASS (leyden_node_agent_parent_class)->finalize (object);
}

static void
leyden_node_agent_class_init (LeydenNodeAgentClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_node_agent_finalize;
}

static void
leyden_node_agent_init (LeydenNodeAgent *self)
{
}

LeydenNodeExecutor *
leyden_node_agent_new (LeydenModels         *models,
                       LeydenModelTransport *transport)
{
  LeydenNodeAgent *self = g_object_new (LEYDEN_TYPE_NODE_AGENT, NULL);

  self->models = models != NULL ? g_object_ref (models) : NULL;
  self->transport = g_object_ref (transport);
  return LEYDEN_NODE_EXECUTOR (self);
}
