/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-chat-request.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define LEYDEN_TYPE_NODE_CHAT (leyden_node_chat_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeChat, leyden_node_chat, LEYDEN, NODE_CHAT, GObject)

struct _LeydenNodeChat
{
  GObject               parent_instance;

  LeydenModels         *models;
  LeydenModelTransport *transport;
};

static void executor_init (LeydenNodeExecutorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNodeChat, leyden_node_chat, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, executor_init))

/* The context is the engine's and lives until the task has returned. */
typedef struct
{
  LeydenNodeContext *context;
  LeydenValue       *messages;
} Chat;

static void
chat_free (gpointer data)
{
  Chat *chat = data;

  leyden_value_unref (chat->messages);
  g_free (chat);
}

/* Models like to put JSON between ```json and ```. */
static char *
strip_fence (const char *text)
{
  g_autofree char *copy = g_strstrip (g_strdup (text));
  gsize length = strlen (copy);
  char *start;

  if (!g_str_has_prefix (copy, "```") || !g_str_has_suffix (copy, "```") || length < 6)
    return g_steal_pointer (&copy);
  copy[length - 3] = '\0';
  start = strchr (copy, '\n');
  return g_strdup (start != NULL ? start + 1 : copy + 3);
}

static LeydenValue *
parse_answer (const char  *text,
              GError     **error)
{
  g_autofree char *json = strip_fence (text);
  g_autofree char *shown = NULL;
  g_autoptr(GError) local_error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &local_error);

  if (value != NULL)
    return value;
  shown = leyden_text_escape (text, -1, 80);
  return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The answer is not JSON (%s): “%s”"), local_error->message, shown);
}

static LeydenValue *
make_outputs (Chat         *chat,
              LeydenValue  *answer,
              GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *message = leyden_value_get_member (answer, "message");
  const char *format = leyden_node_context_get_parameter_string (chat->context, "response_format");
  g_autoptr(LeydenValue) echo = leyden_chat_echo (message);
  g_autofree char *text = leyden_chat_text (message);
  LeydenChatUsage usage = { 0, };

  leyden_chat_usage_add (&usage, answer);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "text", text);
  if (*format != '\0' && !g_str_equal (format, "text"))
    {
      LeydenValue *json = parse_answer (text, error);

      if (json == NULL)
        return NULL;
      leyden_value_builder_set_take (&b, "json", json);
    }
  leyden_value_builder_set_take (&b, "messages", leyden_list_append (chat->messages, echo));
  leyden_value_builder_set_take (&b, "usage", leyden_chat_usage_to_value (&usage));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  Chat *chat = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_chat_call_finish (chat->context, result, &error);
  LeydenValue *outputs = answer != NULL ? make_outputs (chat, answer, &error) : NULL;

  if (outputs != NULL)
    g_task_return_pointer (task, outputs, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  LeydenNodeChat *self = LEYDEN_NODE_CHAT (executor);
  g_autoptr(GTask) task = g_task_new (executor, NULL, callback, data);
  g_autoptr(LeydenValue) request = NULL;
  GError *error = NULL;
  LeydenValue *messages = leyden_chat_messages (context, &error);
  Chat *chat;

  if (messages == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  chat = g_new (Chat, 1);
  *chat = (Chat) { context, messages };
  g_task_set_task_data (task, chat, chat_free);
  request = leyden_chat_request (context, self->models, messages, NULL);
  leyden_chat_call_async (context, self->transport, request, answered_cb, g_steal_pointer (&task));
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
leyden_node_chat_finalize (GObject *object)
{
  LeydenNodeChat *self = LEYDEN_NODE_CHAT (object);

  g_clear_object (&self->models);
  g_clear_object (&self->transport);

  G_OBJECT_CLASS (leyden_node_chat_parent_class)->finalize (object);
}

static void
leyden_node_chat_class_init (LeydenNodeChatClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_node_chat_finalize;
}

static void
leyden_node_chat_init (LeydenNodeChat *self)
{
}

LeydenNodeExecutor *
leyden_node_chat_new (LeydenModels         *models,
                      LeydenModelTransport *transport)
{
  LeydenNodeChat *self = g_object_new (LEYDEN_TYPE_NODE_CHAT, NULL);

  self->models = models != NULL ? g_object_ref (models) : NULL;
  self->transport = g_object_ref (transport);
  return LEYDEN_NODE_EXECUTOR (self);
}
