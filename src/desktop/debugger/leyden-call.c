/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-call.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"

/* One argument of a program may be 128 KiB long on Linux; what is longer goes through standard input. */
#define MAX_ARGUMENT (100 * 1024)
#define END_MARK "LEYDEN_REQUEST_END"

gboolean
leyden_call_is_model (LeydenValue *call)
{
  return g_strcmp0 (leyden_value_get_member_string (call, "kind", NULL), "tool") != 0;
}

const char *
leyden_call_get_state (LeydenValue *call)
{
  if (leyden_value_get_member (call, "error") != NULL)
    return "failed";
  return leyden_value_get_member (call, "answer") != NULL ? "succeeded" : "running";
}

LeydenValue *
leyden_call_get_body (LeydenValue *call)
{
  LeydenValue *request = leyden_value_get_member (call, "request");
  LeydenValue *body = leyden_value_get_member (request, "body");

  if (!leyden_call_is_model (call))
    return NULL;
  if (leyden_value_get_kind (body) == LEYDEN_VALUE_OBJECT)
    return body;
  return leyden_value_get_kind (request) == LEYDEN_VALUE_OBJECT ? request : NULL;
}

LeydenValue *
leyden_call_get_messages (LeydenValue *call)
{
  LeydenValue *messages = leyden_value_get_member (leyden_call_get_body (call), "messages");

  return leyden_value_get_kind (messages) == LEYDEN_VALUE_LIST ? messages : NULL;
}

const char *
leyden_call_get_model (LeydenValue *call)
{
  LeydenValue *request = leyden_value_get_member (call, "request");
  const char *model = leyden_value_get_member_string (leyden_value_get_member (call, "answer"), "model", NULL);

  if (!leyden_call_is_model (call))
    return leyden_value_get_member_string (request, "tool", leyden_value_get_member_string (request, "name", ""));
  if (model == NULL || *model == '\0')
    model = leyden_value_get_member_string (leyden_call_get_body (call), "model", NULL);
  return model != NULL ? model : leyden_value_get_member_string (request, "endpoint", "");
}

static double
get_ms (LeydenValue *answer,
        const char  *name)
{
  double ms = leyden_value_get_member_double (answer, name, NAN);

  return isfinite (ms) && ms >= 0 ? ms : NAN;
}

double
leyden_call_get_latency_ms (LeydenValue *call)
{
  double told = get_ms (leyden_value_get_member (call, "answer"), "latency_ms");
  gint64 started = leyden_value_get_member_int (call, "started", 0);
  gint64 finished = leyden_value_get_member_int (call, "finished", 0);

  if (!isnan (told))
    return told;
  return started > 0 && finished >= started ? (double) (finished - started) / 1e6 : NAN;
}

double
leyden_call_get_first_token_ms (LeydenValue *call)
{
  return get_ms (leyden_value_get_member (call, "answer"), "first_token_ms");
}

gint64
leyden_call_get_tokens (LeydenValue *call,
                        const char  *which)
{
  gint64 n = leyden_value_get_member_int (leyden_value_get_member (leyden_value_get_member (call, "answer"), "usage"), which, -1);

  return n >= 0 ? n : -1;
}

const char *
leyden_call_get_error (LeydenValue *call)
{
  LeydenValue *error = leyden_value_get_member (call, "error");

  if (leyden_value_is_null (error))
    return NULL;
  return leyden_value_get_member_string (error, "message", leyden_value_get_string (error, NULL) != NULL ? leyden_value_get_string (error, NULL) : "");
}

char *
leyden_call_dup_content (LeydenValue *content)
{
  g_autoptr(GString) text = g_string_new (leyden_value_get_string (content, NULL));

  for (guint i = 0; leyden_value_get_kind (content) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (content); i++)
    {
      LeydenValue *part = leyden_value_get_item (content, i);

      g_string_append (text, leyden_value_get_member_string (part, "text", leyden_value_get_string (part, NULL) != NULL ? leyden_value_get_string (part, NULL) : ""));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
leyden_call_dup_answer (LeydenValue *answer)
{
  LeydenValue *message = leyden_value_get_member (answer, "message");
  g_autofree char *text = leyden_call_dup_content (leyden_value_get_member (message, "content"));
  const char *refusal = leyden_value_get_member_string (message, "refusal", "");

  return g_strdup (*text != '\0' ? text : refusal);
}

LeydenValue *
leyden_call_make_tokens (LeydenValue *answer,
                         guint        offset,
                         guint        limit,
                         guint       *total)
{
  LeydenValue *content = leyden_value_get_member (leyden_value_get_member (answer, "logprobs"), "content");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  *total = leyden_value_get_kind (content) == LEYDEN_VALUE_LIST ? leyden_value_get_size (content) : 0;
  if (*total == 0)
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = offset; i < *total && i - offset < limit; i++)
    {
      LeydenValue *token = leyden_value_get_item (content, i);
      double log_prob;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set (&b, "text", leyden_value_get_member (token, "token"));
      if (leyden_value_get_double (leyden_value_get_member (token, "logprob"), &log_prob))
        leyden_value_builder_set_double (&b, "log_prob", log_prob);
      leyden_value_builder_set (&b, "others", leyden_value_get_member (token, "top_logprobs"));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_call_make_row (LeydenValue *call)
{
  LeydenValue *message = leyden_value_get_member (leyden_value_get_member (call, "answer"), "message");
  gboolean tools = leyden_value_get_size (leyden_value_get_member (message, "tool_calls")) > 0;
  g_autofree char *answer = leyden_call_dup_answer (leyden_value_get_member (call, "answer"));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (leyden_call_is_model (call))
    leyden_value_builder_set (&b, "messages", leyden_call_get_messages (call));
  else
    leyden_value_builder_set (&b, "request", leyden_value_get_member (call, "request"));
  if (!leyden_call_is_model (call))
    leyden_value_builder_set (&b, "answer", leyden_value_get_member (call, "answer"));
  else if (tools)
    leyden_value_builder_set (&b, "answer", message);
  else
    leyden_value_builder_set_string (&b, "answer", answer);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* --- curl --- */

/* What a terminal would act upon, or show in another place or not at all. JSON's own writer escapes what is below U+0020. */
static gboolean
is_hidden (gunichar c)
{
  return (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

/* All of these can stand in strings of JSON only. */
static char *
write_visible (LeydenValue *body)
{
  g_autofree char *json = leyden_json_write (body, LEYDEN_JSON_COMPACT);
  GString *out = g_string_sized_new (strlen (json));

  for (const char *p = json; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!is_hidden (c))
        g_string_append_len (out, p, g_utf8_next_char (p) - p);
      else if (c < 0x10000)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_printf (out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  return g_string_free (out, FALSE);
}

/* In single quotes a shell reads everything as it is, but their end. */
static void
append_quoted (GString    *out,
               const char *text)
{
  g_string_append_c (out, '\'');
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '\'')
        g_string_append (out, "'\\''");
      else
        g_string_append_c (out, *p);
    }
  g_string_append_c (out, '\'');
}

static void
append_body (GString     *out,
             LeydenValue *body)
{
  g_autofree char *json = write_visible (body);

  if (strlen (json) <= MAX_ARGUMENT)
    {
      g_string_append (out, "  --data-raw ");
      append_quoted (out, json);
    }
  else
    /* The text is one line that begins with a brace: it cannot be the mark. */
    g_string_append_printf (out, "  --data-binary @- <<'" END_MARK "'\n%s\n" END_MARK, json);
}

char *
leyden_call_make_curl (const char  *base_uri,
                       LeydenValue *body)
{
  GString *out = g_string_new ("curl ");

  if (base_uri != NULL)
    {
      g_autofree char *uri = g_strconcat (base_uri, "/chat/completions", NULL);

      append_quoted (out, uri);
    }
  else
    g_string_append (out, "\"$BASE_URL/chat/completions\"");
  g_string_append (out, " \\\n  -H 'Content-Type: application/json' \\\n  -H \"Authorization: Bearer $OPENAI_API_KEY\" \\\n");
  append_body (out, body);
  return g_string_free (out, FALSE);
}

/* ASCII letters, digits and what of @also: nothing of it means something to a shell or, as it begins with no sign, to curl. */
static gboolean
is_plain (const char *text,
          const char *also)
{
  if (text == NULL || !g_ascii_isalnum (*text))
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr (also, *p) == NULL)
      return FALSE;
  return TRUE;
}

/* Neither an option of curl, nor a file of this computer, nor what is not seen. */
static gboolean
is_web_address (const char *uri)
{
  if (uri == NULL || (!g_str_has_prefix (uri, "http://") && !g_str_has_prefix (uri, "https://")))
    return FALSE;
  for (const char *p = uri; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p))
      return FALSE;
  return TRUE;
}

const char *
leyden_call_get_key_variable (LeydenValue *request)
{
  const char *variable = leyden_value_get_member_string (leyden_value_get_member (request, "key"), "variable", NULL);

  return is_plain (variable, "_") && g_str_has_suffix (variable, "_API_KEY") ? variable : NULL;
}

static gboolean
append_headers (GString     *out,
                LeydenValue *headers)
{
  for (guint i = 0; leyden_value_get_kind (headers) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (headers); i++)
    {
      const char *name = leyden_value_get_key (headers, i), *value = leyden_value_get_string (leyden_value_get_item (headers, i), NULL);

      if (!is_plain (name, "-") || !is_plain (value, "-./"))
        return FALSE;
      g_string_append_printf (out, " \\\n  -H '%s: %s'", name, value);
    }
  return TRUE;
}

static gboolean
append_key (GString     *out,
            LeydenValue *request)
{
  LeydenValue *key = leyden_value_get_member (request, "key");
  const char *header = leyden_value_get_member_string (key, "header", NULL), *prefix = leyden_value_get_member_string (key, "prefix", "");
  const char *variable = leyden_call_get_key_variable (request);

  if (variable == NULL || !is_plain (header, "-") || (*prefix != '\0' && !is_plain (prefix, " ")))
    return FALSE;
  g_string_append_printf (out, " \\\n  -H \"%s: %s$%s\" \\\n", header, prefix, variable);
  return TRUE;
}

char *
leyden_call_make_wire_curl (LeydenValue *request,
                            const char  *uri)
{
  LeydenValue *body = leyden_value_get_member (request, "body");
  g_autoptr(GString) out = g_string_new ("curl ");

  if (uri == NULL)
    uri = leyden_value_get_member_string (request, "uri", NULL);
  if (!is_web_address (uri) || leyden_value_get_kind (body) != LEYDEN_VALUE_OBJECT)
    return NULL;
  append_quoted (out, uri);
  if (!append_headers (out, leyden_value_get_member (request, "headers")) || !append_key (out, request))
    return NULL;
  append_body (out, body);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
