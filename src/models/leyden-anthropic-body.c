/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-anthropic-wire.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"

/* A request in the OpenAI form as one of the Messages API: system texts go to the top, tool results into user messages, neighbours of
 * one role are joined (roles alternate there), and the first message is the user's. */

#define DEFAULT_MAX_TOKENS 4096
/* Text that is empty or white is refused there. */
#define NOTHING "(empty)"

static gboolean
is_blank (const char *text)
{
  return text == NULL || text[strspn (text, " \t\r\n")] == '\0';
}

static void
add_text_block (LeydenValueBuilder *b,
                LeydenValue        *text)
{
  if (is_blank (leyden_value_get_string (text, NULL)))
    return;
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "type", "text");
  leyden_value_builder_set (b, "text", text);
  leyden_value_builder_end (b);
}

/* "data:image/png;base64,…" or a web address. */
static void
add_image_block (LeydenValueBuilder *b,
                 const char         *url)
{
  const char *comma = g_str_has_prefix (url, "data:") ? strchr (url, ',') : NULL;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "type", "image");
  leyden_value_builder_key (b, "source");
  leyden_value_builder_begin_object (b);
  if (comma != NULL)
    {
      g_autofree char *type = g_strndup (url + 5, strcspn (url + 5, ";,"));

      leyden_value_builder_set_string (b, "type", "base64");
      leyden_value_builder_set_string (b, "media_type", type);
      leyden_value_builder_set_string (b, "data", comma + 1);
    }
  else
    {
      leyden_value_builder_set_string (b, "type", "url");
      leyden_value_builder_set_string (b, "url", url);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static void
add_content_blocks (LeydenValueBuilder *b,
                    LeydenValue        *content)
{
  if (leyden_value_get_kind (content) == LEYDEN_VALUE_STRING)
    add_text_block (b, content);
  for (guint i = 0; leyden_value_get_kind (content) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (content); i++)
    {
      LeydenValue *part = leyden_value_get_item (content, i);
      const char *url = leyden_value_get_string (leyden_value_lookup_pointer (part, "/image_url/url"), NULL);

      if (url != NULL)
        add_image_block (b, url);
      else
        add_text_block (b, leyden_value_get_member (part, "text"));
    }
}

/* Arguments are text on our side and an object there; what is none is shown to the model as such. */
static LeydenValue *
read_arguments (LeydenValue *arguments)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *text = leyden_value_get_string (arguments, NULL);
  g_autoptr(LeydenValue) parsed = text != NULL ? leyden_json_parse (text, -1, NULL, NULL) : NULL;

  if (leyden_value_get_kind (arguments) == LEYDEN_VALUE_OBJECT)
    return leyden_value_ref (arguments);
  if (leyden_value_get_kind (parsed) == LEYDEN_VALUE_OBJECT)
    return g_steal_pointer (&parsed);
  leyden_value_builder_begin_object (&b);
  if (!is_blank (text))
    leyden_value_builder_set (&b, "invalid_arguments", arguments);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
add_call_blocks (LeydenValueBuilder *b,
                 LeydenValue        *calls)
{
  for (guint i = 0; leyden_value_get_kind (calls) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *call = leyden_value_get_item (calls, i);
      LeydenValue *function = leyden_value_get_member (call, "function");

      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "type", "tool_use");
      leyden_value_builder_set_string (b, "id", leyden_value_get_member_string (call, "id", ""));
      leyden_value_builder_set_string (b, "name", leyden_value_get_member_string (function, "name", ""));
      leyden_value_builder_set_take (b, "input", read_arguments (leyden_value_get_member (function, "arguments")));
      leyden_value_builder_end (b);
    }
}

static void
add_result_block (LeydenValueBuilder *b,
                  LeydenValue        *message)
{
  LeydenValue *content = leyden_value_get_member (message, "content");

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "type", "tool_result");
  leyden_value_builder_set_string (b, "tool_use_id", leyden_value_get_member_string (message, "tool_call_id", ""));
  if (!is_blank (leyden_value_get_string (content, NULL)))
    leyden_value_builder_set (b, "content", content);
  if (g_str_has_prefix (leyden_value_get_member_string (message, "content", ""), "Error: "))
    leyden_value_builder_set_boolean (b, "is_error", TRUE);
  leyden_value_builder_end (b);
}

/* ---- Messages ---- */

static const char *
role_of (LeydenValue *message)
{
  const char *role = leyden_value_get_member_string (message, "role", "user");

  if (g_str_equal (role, "system") || g_str_equal (role, "developer"))
    return "system";
  return g_str_equal (role, "assistant") ? "assistant" : "user";
}

static LeydenValue *
make_blocks (LeydenValue *message)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  if (g_str_equal (leyden_value_get_member_string (message, "role", ""), "tool"))
    add_result_block (&b, message);
  else
    add_content_blocks (&b, leyden_value_get_member (message, "content"));
  if (g_str_equal (role_of (message), "assistant"))
    add_call_blocks (&b, leyden_value_get_member (message, "tool_calls"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
add_blocks (LeydenValueBuilder *b,
            LeydenValue        *message,
            guint              *n_blocks)
{
  g_autoptr(LeydenValue) blocks = make_blocks (message);

  for (guint i = 0; i < leyden_value_get_size (blocks); i++)
    leyden_value_builder_add (b, leyden_value_get_item (blocks, i));
  *n_blocks += leyden_value_get_size (blocks);
}

static void
add_nothing (LeydenValueBuilder *b)
{
  g_autoptr(LeydenValue) text = leyden_value_new_string (NOTHING, -1);

  add_text_block (b, text);
}

/* Everything up to the next message of the other role; gives the index behind it. */
static guint
add_turn (LeydenValueBuilder *b,
          LeydenValue        *messages,
          guint               index)
{
  const char *role = role_of (leyden_value_get_item (messages, index));
  guint n_blocks = 0;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "role", role);
  leyden_value_builder_key (b, "content");
  leyden_value_builder_begin_list (b);
  for (; index < leyden_value_get_size (messages); index++)
    {
      LeydenValue *message = leyden_value_get_item (messages, index);

      if (g_str_equal (role_of (message), "system"))
        continue;
      if (!g_str_equal (role_of (message), role))
        break;
      add_blocks (b, message, &n_blocks);
    }
  if (n_blocks == 0)
    add_nothing (b);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
  return index;
}

static void
add_messages (LeydenValueBuilder *b,
              LeydenValue        *messages)
{
  guint n = leyden_value_get_size (messages);
  guint index = 0;
  gboolean first = TRUE;

  leyden_value_builder_key (b, "messages");
  leyden_value_builder_begin_list (b);
  while (index < n)
    {
      const char *role = role_of (leyden_value_get_item (messages, index));

      if (g_str_equal (role, "system"))
        {
          index++;
          continue;
        }
      if (first && g_str_equal (role, "assistant"))
        {
          leyden_value_builder_begin_object (b);
          leyden_value_builder_set_string (b, "role", "user");
          leyden_value_builder_set_string (b, "content", NOTHING);
          leyden_value_builder_end (b);
        }
      first = FALSE;
      index = add_turn (b, messages, index);
    }
  if (first)
    {
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "role", "user");
      leyden_value_builder_set_string (b, "content", NOTHING);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

/* ---- System, tools, the rest ---- */

static void
append_content (GString     *out,
                LeydenValue *content)
{
  const char *text = leyden_value_get_string (content, NULL);

  if (!is_blank (text))
    g_string_append_printf (out, "%s%s", out->len > 0 ? "\n\n" : "", text);
  for (guint i = 0; leyden_value_get_kind (content) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (content); i++)
    append_content (out, leyden_value_get_member (leyden_value_get_item (content, i), "text"));
}

static void
append_format (GString     *out,
               LeydenValue *format)
{
  const char *type = leyden_value_get_member_string (format, "type", "text");
  LeydenValue *schema = leyden_value_lookup_pointer (format, "/json_schema/schema");
  g_autofree char *text = NULL;

  if (g_str_equal (type, "text"))
    return;
  if (out->len > 0)
    g_string_append (out, "\n\n");
  g_string_append (out, "Answer with one JSON value and nothing else: no explanation, no code fence.");
  if (leyden_value_is_null (schema))
    return;
  text = leyden_json_write (schema, LEYDEN_JSON_COMPACT);
  g_string_append_printf (out, " It must fit this JSON Schema: %s", text);
}

static void
add_system (LeydenValueBuilder *b,
            LeydenValue        *body)
{
  LeydenValue *messages = leyden_value_get_member (body, "messages");
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (messages); i++)
    if (g_str_equal (role_of (leyden_value_get_item (messages, i)), "system"))
      append_content (text, leyden_value_get_member (leyden_value_get_item (messages, i), "content"));
  append_format (text, leyden_value_get_member (body, "response_format"));
  if (text->len > 0)
    leyden_value_builder_set_string (b, "system", text->str);
}

static void
add_tools (LeydenValueBuilder *b,
           LeydenValue        *tools)
{
  leyden_value_builder_key (b, "tools");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (tools); i++)
    {
      LeydenValue *function = leyden_value_get_member (leyden_value_get_item (tools, i), "function");
      LeydenValue *schema = leyden_value_get_member (function, "parameters");

      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "name", leyden_value_get_member_string (function, "name", ""));
      leyden_value_builder_set_string (b, "description", leyden_value_get_member_string (function, "description", ""));
      if (leyden_value_get_kind (schema) == LEYDEN_VALUE_OBJECT)
        leyden_value_builder_set (b, "input_schema", schema);
      else
        leyden_value_builder_set_take (b, "input_schema", leyden_json_parse ("{\"type\":\"object\"}", -1, NULL, NULL));
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static void
add_tool_choice (LeydenValueBuilder *b,
                 LeydenValue        *body)
{
  LeydenValue *choice = leyden_value_get_member (body, "tool_choice");
  const char *word = leyden_value_get_string (choice, NULL);
  const char *name = leyden_value_get_string (leyden_value_lookup_pointer (choice, "/function/name"), NULL);
  gboolean single = leyden_value_get_member (body, "parallel_tool_calls") != NULL
                    && !leyden_value_get_member_boolean (body, "parallel_tool_calls", TRUE);
  const char *type = name != NULL ? "tool" : g_strcmp0 (word, "required") == 0 ? "any" : g_strcmp0 (word, "none") == 0 ? "none" : "auto";

  if (choice == NULL && !single)
    return;
  leyden_value_builder_key (b, "tool_choice");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "type", type);
  if (name != NULL)
    leyden_value_builder_set_string (b, "name", name);
  if (single && !g_str_equal (type, "none"))
    leyden_value_builder_set_boolean (b, "disable_parallel_tool_use", TRUE);
  leyden_value_builder_end (b);
}

static gint64
find_limit (LeydenValue *body)
{
  gint64 limit = leyden_value_get_member_int (body, "max_completion_tokens", 0);

  if (limit <= 0)
    limit = leyden_value_get_member_int (body, "max_tokens", 0);
  return limit > 0 ? limit : DEFAULT_MAX_TOKENS;
}

static void
add_stop (LeydenValueBuilder *b,
          LeydenValue        *stop)
{
  if (leyden_value_get_kind (stop) == LEYDEN_VALUE_LIST && leyden_value_get_size (stop) > 0)
    leyden_value_builder_set (b, "stop_sequences", stop);
  if (leyden_value_get_kind (stop) != LEYDEN_VALUE_STRING)
    return;
  leyden_value_builder_key (b, "stop_sequences");
  leyden_value_builder_begin_list (b);
  leyden_value_builder_add (b, stop);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_anthropic_make_body (const LeydenModelCall *call,
                            const char            *model)
{
  LeydenValue *body = call->body;
  LeydenValue *tools = leyden_value_get_member (body, "tools");
  const char *own_model = leyden_value_get_member_string (body, "model", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  double temperature;

  leyden_value_builder_begin_object (&b);
  if (own_model != NULL || model != NULL)
    leyden_value_builder_set_string (&b, "model", own_model != NULL ? own_model : model);
  leyden_value_builder_set_int (&b, "max_tokens", find_limit (body));
  add_system (&b, body);
  add_messages (&b, leyden_value_get_member (body, "messages"));
  if (leyden_value_get_size (tools) > 0)
    {
      add_tools (&b, tools);
      add_tool_choice (&b, body);
    }
  /* From 0 to 1 there. */
  if (leyden_value_get_double (leyden_value_get_member (body, "temperature"), &temperature))
    leyden_value_builder_set_double (&b, "temperature", CLAMP (temperature, 0, 1));
  if (!leyden_value_is_null (leyden_value_get_member (body, "top_p")))
    leyden_value_builder_set (&b, "top_p", leyden_value_get_member (body, "top_p"));
  add_stop (&b, leyden_value_get_member (body, "stop"));
  if (call->stream)
    leyden_value_builder_set_boolean (&b, "stream", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
