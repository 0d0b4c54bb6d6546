/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-chat-request.h"
#include "leyden-json.h"

/* Messages */

static void
add_message (LeydenValueBuilder *b,
             const char         *role,
             const char         *content)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "role", role);
  leyden_value_builder_set_string (b, "content", content);
  leyden_value_builder_end (b);
}

static void
add_examples (LeydenValueBuilder *b,
              LeydenValue        *examples)
{
  guint n = leyden_value_get_kind (examples) == LEYDEN_VALUE_LIST ? leyden_value_get_size (examples) : 0;

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *example = leyden_value_get_item (examples, i);
      g_autofree char *input = leyden_node_text_of (leyden_value_get_member (example, "input"));
      g_autofree char *output = leyden_node_text_of (leyden_value_get_member (example, "output"));

      if (leyden_value_get_kind (example) != LEYDEN_VALUE_OBJECT)
        continue;
      add_message (b, "user", input);
      add_message (b, "assistant", output);
    }
}

/* An image is a URL (data: included) or {"url"} or {"data" (base64), "mime"}. */
static char *
read_image (LeydenValue  *image,
            GError      **error)
{
  const char *url = leyden_value_get_string (image, NULL);
  const char *data = leyden_value_get_member_string (image, "data", NULL);

  if (url == NULL)
    url = leyden_value_get_member_string (image, "url", NULL);
  if (url == NULL && data != NULL)
    return g_strdup_printf ("data:%s;base64,%s", leyden_value_get_member_string (image, "mime", "image/png"), data);
  if (url != NULL && (g_str_has_prefix (url, "data:image/") || g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "http://")))
    return g_strdup (url);
  leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("The image is neither a picture nor a web address"));
  return NULL;
}

static gboolean
add_prompt (LeydenValueBuilder  *b,
            const char          *prompt,
            LeydenValue         *image,
            GError             **error)
{
  g_autofree char *url = NULL;

  if (leyden_value_is_null (image))
    {
      add_message (b, "user", prompt);
      return TRUE;
    }
  url = read_image (image, error);
  if (url == NULL)
    return FALSE;
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "role", "user");
  leyden_value_builder_key (b, "content");
  leyden_value_builder_begin_list (b);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "type", "text");
  leyden_value_builder_set_string (b, "text", prompt);
  leyden_value_builder_end (b);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "type", "image_url");
  leyden_value_builder_key (b, "image_url");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "url", url);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
  return TRUE;
}

LeydenValue *
leyden_chat_messages (LeydenNodeContext  *context,
                      GError            **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *prompt = leyden_node_context_get_input (context, "prompt");
  LeydenValue *messages = leyden_node_context_get_input (context, "messages");
  const char *system = leyden_node_context_get_parameter_string (context, "system");

  if (leyden_value_is_null (prompt) && leyden_value_is_null (messages))
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_SKIPPED, _("Neither a prompt nor messages arrived"));
  leyden_value_builder_begin_list (&b);
  if (*system != '\0')
    add_message (&b, "system", system);
  add_examples (&b, leyden_node_context_get_parameter (context, "examples"));
  for (guint i = 0; i < leyden_value_get_size (messages); i++)
    leyden_value_builder_add (&b, leyden_value_get_item (messages, i));
  if (!leyden_value_is_null (prompt))
    {
      g_autofree char *text = leyden_node_text_of (prompt);

      if (!add_prompt (&b, text, leyden_node_context_get_input (context, "image"), error))
        return NULL;
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The request */

static void
add_parameter (LeydenValueBuilder *b,
               LeydenNodeContext  *context,
               const char         *name,
               const char         *key)
{
  LeydenValue *value = leyden_node_context_get_parameter (context, name);

  if (!leyden_value_is_null (value))
    leyden_value_builder_set (b, key, value);
}

static void
add_response_format (LeydenValueBuilder *b,
                     LeydenNodeContext  *context)
{
  const char *format = leyden_node_context_get_parameter_string (context, "response_format");
  LeydenValue *schema = leyden_node_context_get_parameter (context, "schema");

  if (*format == '\0' || g_str_equal (format, "text"))
    return;
  leyden_value_builder_key (b, "response_format");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "type", format);
  if (g_str_equal (format, "json_schema"))
    {
      leyden_value_builder_key (b, "json_schema");
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "name", "answer");
      leyden_value_builder_set (b, "schema", schema);
      leyden_value_builder_set_boolean (b, "strict", TRUE);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static void
add_tools (LeydenValueBuilder *b,
           LeydenNodeContext  *context,
           LeydenValue        *tools)
{
  if (leyden_value_get_size (tools) == 0)
    return;
  leyden_value_builder_set (b, "tools", tools);
  if (!leyden_node_context_get_parameter_boolean (context, "parallel_tools"))
    leyden_value_builder_set_boolean (b, "parallel_tool_calls", FALSE);
}

/* The endpoint's name and the model; a null parameter means the default of the run, a text a model there. */
static void
resolve_model (LeydenNodeContext  *context,
               LeydenModels       *models,
               const char        **endpoint,
               const char        **model)
{
  LeydenValue *parameter = leyden_node_context_get_parameter (context, "model");

  *endpoint = leyden_value_get_member_string (parameter, "endpoint", NULL);
  *model = leyden_value_get_string (parameter, NULL);
  if (*model == NULL)
    *model = leyden_value_get_member_string (parameter, "model", NULL);
  if (*endpoint != NULL || models == NULL)
    return;
  *endpoint = leyden_models_get_default_endpoint (models);
  if (*model == NULL)
    *model = leyden_models_get_default_model (models);
}

static LeydenValue *
make_body (LeydenNodeContext *context,
           const char        *model,
           LeydenValue       *messages,
           LeydenValue       *tools)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "model", model);
  leyden_value_builder_set (&b, "messages", messages);
  add_parameter (&b, context, "temperature", "temperature");
  add_parameter (&b, context, "max_tokens", "max_completion_tokens");
  add_parameter (&b, context, "top_p", "top_p");
  add_parameter (&b, context, "stop", "stop");
  add_response_format (&b, context);
  add_tools (&b, context, tools);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_chat_request (LeydenNodeContext *context,
                     LeydenModels      *models,
                     LeydenValue       *messages,
                     LeydenValue       *tools)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *endpoint, *model;

  resolve_model (context, models, &endpoint, &model);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", endpoint);
  leyden_value_builder_set_take (&b, "body", make_body (context, model, messages, tools));
  leyden_value_builder_set_int (&b, "sample", (gint64) leyden_node_context_get_sample (context));
  leyden_value_builder_set_int (&b, "timeout_s", (gint64) leyden_node_context_get_parameter_double (context, "timeout_s"));
  if (leyden_node_context_get_parameter_boolean (context, "policy"))
    leyden_value_builder_set_boolean (&b, "policy", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The call */

static void
delta_cb (const char *text,
          gpointer    data)
{
  leyden_node_context_emit_delta (data, text);
}

static void
waiting_cb (const char *reason,
            guint       ms,
            gpointer    data)
{
  leyden_node_context_waiting (data, reason, ms);
}

static void
perform (LeydenNodeContext   *context,
         LeydenValue         *request,
         GCancellable        *cancellable,
         GAsyncReadyCallback  callback,
         gpointer             callback_data,
         gpointer             user_data)
{
  LeydenModelCall call = {
    .endpoint = leyden_value_get_member_string (request, "endpoint", NULL),
    .body = leyden_value_get_member (request, "body"),
    .world_seed = leyden_node_context_get_seed (context),
    .sample = (guint64) leyden_value_get_member_int (request, "sample", 0),
    .stream = TRUE,
    .timeout_s = (guint) CLAMP (leyden_value_get_member_int (request, "timeout_s", 0), 0, 3600),
    .time_scale = leyden_node_context_get_time_scale (context),
    .rollout = leyden_node_context_get_rollout (context),
    .attempt = leyden_node_context_get_attempt (context),
    .node = leyden_node_context_get_path (context),
    .train = g_strcmp0 (leyden_node_context_get_split (context), "train") == 0,
    .policy = leyden_value_get_member_boolean (request, "policy", FALSE),
    .delta = delta_cb,
    .waiting = waiting_cb,
    .data = context,
  };

  leyden_model_transport_send_async (LEYDEN_MODEL_TRANSPORT (user_data), &call, cancellable, callback, callback_data);
}

static LeydenValue *
finish (GAsyncResult  *result,
        GError       **error,
        gpointer       user_data)
{
  return leyden_model_transport_send_finish (LEYDEN_MODEL_TRANSPORT (user_data), result, error);
}

void
leyden_chat_call_async (LeydenNodeContext    *context,
                        LeydenModelTransport *transport,
                        LeydenValue          *request,
                        GAsyncReadyCallback   callback,
                        gpointer              data)
{
  leyden_node_context_call_async (context, LEYDEN_CALL_MODEL, LEYDEN_EFFECTS_REPEATABLE, request, perform, finish, transport,
                                  callback, data);
}

LeydenValue *
leyden_chat_call_finish (LeydenNodeContext  *context,
                         GAsyncResult       *result,
                         GError            **error)
{
  return leyden_node_context_call_finish (context, result, error);
}

/* The answer */

char *
leyden_chat_text (LeydenValue *message)
{
  LeydenValue *content = leyden_value_get_member (message, "content");
  g_autoptr(GString) text = NULL;
  gsize length;
  const char *plain = leyden_value_get_string (content, &length);

  if (plain != NULL)
    return g_strndup (plain, length);
  if (leyden_value_get_kind (content) != LEYDEN_VALUE_LIST)
    return g_strdup (leyden_value_get_member_string (message, "refusal", ""));
  text = g_string_new (NULL);
  for (guint i = 0; i < leyden_value_get_size (content); i++)
    {
      LeydenValue *part = leyden_value_get_item (content, i);
      const char *piece = leyden_value_get_string (part, NULL);

      g_string_append (text, piece != NULL ? piece : leyden_value_get_member_string (part, "text", ""));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

LeydenValue *
leyden_chat_echo (LeydenValue *message)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *tool_calls = leyden_value_get_member (message, "tool_calls");
  g_autofree char *text = leyden_chat_text (message);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "assistant");
  if (*text == '\0' && leyden_value_get_size (tool_calls) > 0)
    leyden_value_builder_set (&b, "content", NULL);
  else
    leyden_value_builder_set_string (&b, "content", text);
  if (leyden_value_get_kind (tool_calls) == LEYDEN_VALUE_LIST && leyden_value_get_size (tool_calls) > 0)
    leyden_value_builder_set (&b, "tool_calls", tool_calls);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_list_append (LeydenValue *list,
                    LeydenValue *item)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    leyden_value_builder_add (&b, leyden_value_get_item (list, i));
  leyden_value_builder_add (&b, item);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Counts that a server makes up (negative, huge, text) are left out; the transport flags them. */
void
leyden_chat_usage_add (LeydenChatUsage *self,
                       LeydenValue     *answer)
{
  LeydenValue *usage = leyden_value_get_member (answer, "usage");
  gint64 in = leyden_value_get_member_int (usage, "prompt_tokens", 0);
  gint64 out = leyden_value_get_member_int (usage, "completion_tokens", 0);
  double cost = leyden_value_get_member_double (answer, "cost", 0);
  double latency = leyden_value_get_member_double (answer, "latency_ms", 0);

  self->n_calls++;
  self->n_unpriced += leyden_value_get_member (answer, "cost") == NULL && !leyden_value_get_member_boolean (answer, "simulated", FALSE);
  if (in > 0 && in <= G_MAXINT32)
    self->tokens_in += in;
  if (out > 0 && out <= G_MAXINT32)
    self->tokens_out += out;
  if (isfinite (cost) && cost > 0 && cost < 1e9)
    self->cost += cost;
  if (isfinite (latency) && latency > 0 && latency < 1e9)
    self->latency_ms += latency;
}

LeydenValue *
leyden_chat_usage_to_value (const LeydenChatUsage *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "prompt_tokens", self->tokens_in);
  leyden_value_builder_set_int (&b, "completion_tokens", self->tokens_out);
  leyden_value_builder_set_int (&b, "calls", self->n_calls);
  /* Not known is not nothing: null, or with the number of calls that are missing in the sum. */
  if (self->n_unpriced < self->n_calls || self->n_calls == 0)
    leyden_value_builder_set_double (&b, "cost", self->cost);
  else
    leyden_value_builder_set (&b, "cost", NULL);
  if (self->n_unpriced > 0)
    leyden_value_builder_set_int (&b, "unpriced_calls", self->n_unpriced);
  leyden_value_builder_set_double (&b, "latency_ms", self->latency_ms);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
