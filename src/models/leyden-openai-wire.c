/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-openai-wire.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-openai-private.h"
#include "leyden-text.h"

#define MAX_QUOTE 200
#define MAX_MESSAGE 300
/* More tokens than any model reads; what is above is no count. */
#define MAX_COUNT G_GINT64_CONSTANT (1000000000000)

static const LeydenJsonLimits wire_limits = { .policy = LEYDEN_JSON_WIRE };

static gboolean
is_left_out (const char         *key,
             LeydenOpenaiQuirks  quirks,
             LeydenValue        *body)
{
  if (g_str_equal (key, "stream") || g_str_equal (key, "stream_options"))
    return TRUE;
  if (g_str_equal (key, "x_leyden") || g_str_equal (key, "model"))
    return TRUE;
  if (g_str_equal (key, "seed") && (quirks & LEYDEN_OPENAI_NO_SEED))
    return TRUE;
  return g_str_equal (key, "max_tokens") && leyden_value_get_member (body, "max_completion_tokens") != NULL;
}

static const char *
rename_limit (const char         *key,
              LeydenOpenaiQuirks  quirks)
{
  if (!g_str_equal (key, "max_tokens") && !g_str_equal (key, "max_completion_tokens"))
    return key;
  return quirks & LEYDEN_OPENAI_OLD_MAX_TOKENS ? "max_tokens" : "max_completion_tokens";
}

static void
add_stream (LeydenValueBuilder *b,
            LeydenOpenaiQuirks  quirks)
{
  leyden_value_builder_set_boolean (b, "stream", TRUE);
  if (quirks & LEYDEN_OPENAI_NO_STREAM_USAGE)
    return;
  leyden_value_builder_key (b, "stream_options");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_boolean (b, "include_usage", TRUE);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_openai_make_body (const LeydenModelCall *call,
                         const char            *model,
                         LeydenOpenaiQuirks     quirks,
                         gboolean               simulated)
{
  const char *own_model = leyden_value_get_member_string (call->body, "model", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (own_model != NULL || model != NULL)
    leyden_value_builder_set_string (&b, "model", own_model != NULL ? own_model : model);
  for (guint i = 0; i < leyden_value_get_size (call->body); i++)
    {
      const char *key = leyden_value_get_key (call->body, i);

      if (!is_left_out (key, quirks, call->body))
        leyden_value_builder_set (&b, rename_limit (key, quirks), leyden_value_get_item (call->body, i));
    }
  if (leyden_value_get_member (call->body, "seed") == NULL && !(quirks & LEYDEN_OPENAI_NO_SEED))
    leyden_value_builder_set_int (&b, "seed", (gint64) (call->sample & G_MAXINT64));
  if (call->stream)
    add_stream (&b, quirks);
  if (simulated)
    {
      leyden_value_builder_key (&b, "x_leyden");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_int (&b, "seed", (gint64) (call->world_seed & G_MAXINT64));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenOpenaiQuirks
leyden_openai_find_quirk (LeydenValue *sent,
                          GBytes      *refusal)
{
  gsize length;
  const char *data = refusal != NULL ? g_bytes_get_data (refusal, &length) : NULL;
  g_autofree char *text = data != NULL ? g_strndup (data, MIN (length, 65536)) : NULL;

  if (text == NULL)
    return 0;
  if (strstr (text, "max_completion_tokens") != NULL && leyden_value_get_member (sent, "max_completion_tokens") != NULL)
    return LEYDEN_OPENAI_OLD_MAX_TOKENS;
  if (strstr (text, "stream_options") != NULL && leyden_value_get_member (sent, "stream_options") != NULL)
    return LEYDEN_OPENAI_NO_STREAM_USAGE;
  if (strstr (text, "seed") != NULL && leyden_value_get_member (sent, "seed") != NULL)
    return LEYDEN_OPENAI_NO_SEED;
  return 0;
}

static char *
escape_foreign (const char *text,
                gsize       length,
                guint       max_chars)
{
  g_autofree char *masked = leyden_text_mask_secrets (text, (gssize) length);

  return masked != NULL ? leyden_text_escape (masked, -1, max_chars) : leyden_text_escape (text, (gssize) length, max_chars);
}

char *
leyden_openai_quote (GBytes *bytes)
{
  gsize length = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  if (length == 0)
    return g_strdup (_("(nothing)"));
  /* Enough bytes for the characters that are shown, and for a key among them to be whole. */
  return escape_foreign (data, MIN (length, 2048), MAX_QUOTE);
}

gboolean
leyden_openai_fail (GError     **error,
                    const char  *format,
                    ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL, format, arguments);
  va_end (arguments);
  return FALSE;
}

gboolean
leyden_openai_check_end (gboolean        has_reason,
                         gboolean        done,
                         gboolean        has_content,
                         const GString  *text,
                         guint          *flags,
                         GError        **error)
{
  g_autofree char *shown = NULL;

  if (has_reason || (done && has_content))
    {
      if (!done)
        *flags |= LEYDEN_OPENAI_FLAG_NO_DONE;
      return TRUE;
    }
  if (done)
    return leyden_openai_fail (error, _("the stream ended without an answer"));
  shown = leyden_text_escape (text->str, (gssize) text->len, MAX_QUOTE);
  g_set_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_INCOMPLETE,
               _("the answer is incomplete: the stream ended early, after: %s"), text->len > 0 ? shown : "(nothing)");
  return FALSE;
}

/* A count is a whole number from 0; FALSE for anything else, absent included. */
static gboolean
read_count (LeydenValue *usage,
            const char  *key,
            gint64      *count)
{
  return leyden_value_get_int (leyden_value_get_member (usage, key), count) && *count >= 0 && *count <= MAX_COUNT;
}

void
leyden_openai_add_usage (LeydenValueBuilder *b,
                         LeydenValue        *usage,
                         guint              *flags)
{
  gint64 prompt, completion;

  if (leyden_value_is_null (usage))
    return;
  if (!read_count (usage, "prompt_tokens", &prompt) || !read_count (usage, "completion_tokens", &completion))
    {
      *flags |= LEYDEN_OPENAI_FLAG_USAGE_INVALID;
      return;
    }
  leyden_value_builder_key (b, "usage");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "prompt_tokens", prompt);
  leyden_value_builder_set_int (b, "completion_tokens", completion);
  leyden_value_builder_end (b);
}

void
leyden_openai_add_flags (LeydenValueBuilder *b,
                         guint               flags)
{
  static const struct { guint flag; const char *name; } names[] = {
    { LEYDEN_OPENAI_FLAG_USAGE_INVALID, "usage_invalid" }, { LEYDEN_OPENAI_FLAG_INVALID_UTF8, "invalid_utf8" },
    { LEYDEN_OPENAI_FLAG_CALLS_DROPPED, "calls_dropped" }, { LEYDEN_OPENAI_FLAG_NO_DONE, "no_done" },
  };

  if (flags == 0)
    return;
  leyden_value_builder_key (b, "flags");
  leyden_value_builder_begin_list (b);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (flags & names[i].flag)
      leyden_value_builder_add_string (b, names[i].name);
  leyden_value_builder_end (b);
}

/* What the simulation says of itself; real servers have no such block. */
void
leyden_openai_add_simulation (LeydenValueBuilder *b,
                              LeydenValue        *block)
{
  gboolean simulated = leyden_value_get_member_boolean (block, "simulated", FALSE);
  double cost, latency;

  leyden_value_builder_set_boolean (b, "simulated", simulated);
  if (!simulated)
    return;
  if (leyden_value_get_double (leyden_value_get_member (block, "cost"), &cost) && cost >= 0.0)
    {
      leyden_value_builder_set_double (b, "cost", cost);
      leyden_value_builder_set_string (b, "currency", leyden_value_get_member_string (block, "currency", "sim credits"));
    }
  if (leyden_value_get_double (leyden_value_get_member (block, "latency_ms"), &latency) && latency >= 0.0)
    leyden_value_builder_set_double (b, "latency_ms", latency);
  if (leyden_value_get_double (leyden_value_get_member (block, "first_token_ms"), &latency) && latency >= 0.0)
    leyden_value_builder_set_double (b, "first_token_ms", latency);
  if (leyden_value_get_member_string (block, "error_kind", NULL) != NULL)
    leyden_value_builder_set (b, "error_kind", leyden_value_get_member (block, "error_kind"));
}

/* Text, or text parts joined; null and absent are no text. */
void
leyden_openai_add_log_probs (LeydenValueBuilder *b,
                             LeydenValue        *content)
{
  if (leyden_value_get_kind (content) != LEYDEN_VALUE_LIST || leyden_value_get_size (content) == 0)
    return;
  leyden_value_builder_key (b, "logprobs");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set (b, "content", content);
  leyden_value_builder_end (b);
}

static gboolean
add_content (LeydenValueBuilder  *b,
             LeydenValue         *message,
             GError             **error)
{
  LeydenValue *content = leyden_value_get_member (message, "content");
  g_autoptr(GString) text = NULL;

  if (leyden_value_is_null (content) || leyden_value_get_kind (content) == LEYDEN_VALUE_STRING)
    {
      leyden_value_builder_set (b, "content", content);
      return TRUE;
    }
  if (leyden_value_get_kind (content) != LEYDEN_VALUE_LIST)
    return leyden_openai_fail (error, _("content is %s, not text"), leyden_value_kind_to_string (leyden_value_get_kind (content)));
  text = g_string_new (NULL);
  for (guint i = 0; i < leyden_value_get_size (content); i++)
    {
      gsize length = 0;
      const char *part = leyden_value_get_string (leyden_value_get_member (leyden_value_get_item (content, i), "text"), &length);

      if (part != NULL)
        g_string_append_len (text, part, (gssize) length);
    }
  leyden_value_builder_set_take (b, "content", leyden_value_new_string (text->str, (gssize) text->len));
  return TRUE;
}

/* Arguments are text by the wire; some servers send the object itself. */
static LeydenValue *
make_arguments (LeydenValue *arguments)
{
  g_autofree char *text = NULL;

  if (leyden_value_get_kind (arguments) == LEYDEN_VALUE_STRING)
    return leyden_value_ref (arguments);
  if (leyden_value_is_null (arguments))
    return leyden_value_new_string ("{}", -1);
  text = leyden_json_write (arguments, LEYDEN_JSON_COMPACT);
  return leyden_value_new_string (text, -1);
}

void
leyden_openai_add_call (LeydenValueBuilder *b,
                        const char         *id,
                        guint               index,
                        const char         *name,
                        LeydenValue        *arguments)
{
  g_autofree char *own_id = g_strdup_printf ("call_%u", index);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "id", id != NULL && *id != '\0' ? id : own_id);
  leyden_value_builder_set_string (b, "type", "function");
  leyden_value_builder_key (b, "function");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", name);
  leyden_value_builder_set_take (b, "arguments", make_arguments (arguments));
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static gboolean
add_calls (LeydenValueBuilder  *b,
           LeydenValue         *calls,
           guint               *flags,
           GError             **error)
{
  guint n = leyden_value_get_size (calls);

  if (leyden_value_is_null (calls))
    return TRUE;
  if (leyden_value_get_kind (calls) != LEYDEN_VALUE_LIST)
    return leyden_openai_fail (error, _("tool_calls is %s, not a list"), leyden_value_kind_to_string (leyden_value_get_kind (calls)));
  if (n == 0)
    return TRUE;
  if (n > LEYDEN_OPENAI_MAX_CALLS)
    *flags |= LEYDEN_OPENAI_FLAG_CALLS_DROPPED;
  leyden_value_builder_key (b, "tool_calls");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < MIN (n, LEYDEN_OPENAI_MAX_CALLS); i++)
    {
      LeydenValue *call = leyden_value_get_item (calls, i);
      LeydenValue *function = leyden_value_get_member (call, "function");
      const char *name = leyden_value_get_member_string (function, "name", NULL);

      if (name == NULL)
        return leyden_openai_fail (error, _("tool call %u has no name"), i + 1);
      leyden_openai_add_call (b, leyden_value_get_member_string (call, "id", NULL), i, name,
                              leyden_value_get_member (function, "arguments"));
    }
  leyden_value_builder_end (b);
  return TRUE;
}

static gboolean
add_message (LeydenValueBuilder  *b,
             LeydenValue         *message,
             guint               *flags,
             GError             **error)
{
  const char *refusal = leyden_value_get_member_string (message, "refusal", NULL);

  if (leyden_value_get_kind (message) != LEYDEN_VALUE_OBJECT)
    return leyden_openai_fail (error, _("the first choice has no message"));
  leyden_value_builder_key (b, "message");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "role", "assistant");
  if (!add_content (b, message, error) ||
      !add_calls (b, leyden_value_get_member (message, "tool_calls"), flags, error))
    return FALSE;
  if (refusal != NULL && *refusal != '\0')
    leyden_value_builder_set (b, "refusal", leyden_value_get_member (message, "refusal"));
  leyden_value_builder_end (b);
  return TRUE;
}

/* An error object in an answer that should be none. */
gboolean
leyden_openai_check_error (LeydenValue  *answer,
                           GError      **error)
{
  LeydenValue *member = leyden_value_get_member (answer, "error");
  g_autofree char *text = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (leyden_value_is_null (member))
    return TRUE;
  text = leyden_json_write (answer, LEYDEN_JSON_COMPACT);
  bytes = g_bytes_new_take (text, strlen (text));
  g_steal_pointer (&text);
  leyden_openai_set_error (error, 200, bytes);
  return FALSE;
}

static LeydenValue *
read_answer (LeydenValue  *completion,
             guint         flags,
             GError      **error)
{
  LeydenValue *choices = leyden_value_get_member (completion, "choices");
  LeydenValue *choice = leyden_value_get_item (choices, 0);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *finish;

  if (leyden_value_get_kind (completion) != LEYDEN_VALUE_OBJECT)
    {
      leyden_openai_fail (error, _("the answer is %s, not an object"),
                          leyden_value_kind_to_string (leyden_value_get_kind (completion)));
      return NULL;
    }
  if (!leyden_openai_check_error (completion, error))
    return NULL;
  if (leyden_value_get_kind (choices) != LEYDEN_VALUE_LIST || leyden_value_get_kind (choice) != LEYDEN_VALUE_OBJECT)
    {
      leyden_openai_fail (error, _("the answer has no choices"));
      return NULL;
    }
  leyden_value_builder_begin_object (&b);
  if (!add_message (&b, leyden_value_get_member (choice, "message"), &flags, error))
    return NULL;
  finish = leyden_value_get_member_string (choice, "finish_reason", NULL);
  leyden_value_builder_set_string (&b, "finish_reason", finish != NULL ? finish : "stop");
  leyden_openai_add_usage (&b, leyden_value_get_member (completion, "usage"), &flags);
  leyden_value_builder_set_string (&b, "model", leyden_value_get_member_string (completion, "model", NULL));
  leyden_openai_add_log_probs (&b, leyden_value_get_member (leyden_value_get_member (choice, "logprobs"), "content"));
  leyden_openai_add_simulation (&b, leyden_value_get_member (completion, "x_leyden"));
  leyden_openai_add_flags (&b, flags);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_openai_read_answer (LeydenValue  *completion,
                           GError      **error)
{
  return read_answer (completion, 0, error);
}

LeydenValue *
leyden_openai_parse_wire (const char  *text,
                          gsize        length,
                          guint       *flags,
                          GError     **error)
{
  g_autofree char *valid = NULL;

  if (!g_utf8_validate_len (text, length, NULL) && memchr (text, '\0', length) == NULL)
    {
      *flags |= LEYDEN_OPENAI_FLAG_INVALID_UTF8;
      valid = g_utf8_make_valid (text, (gssize) length);
      text = valid;
      length = strlen (valid);
    }
  return leyden_json_parse (text, (gssize) length, &wire_limits, error);
}

LeydenValue *
leyden_openai_parse_answer (GBytes  *bytes,
                            GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  g_autoptr(GError) reason = NULL;
  g_autoptr(LeydenValue) completion = NULL;
  LeydenValue *answer = NULL;
  guint flags = 0;

  completion = leyden_openai_parse_wire (data != NULL ? data : "", length, &flags, &reason);
  if (completion != NULL)
    answer = read_answer (completion, flags, &reason);
  if (answer == NULL && g_error_matches (reason, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL))
    {
      g_autofree char *quote = leyden_openai_quote (bytes);

      leyden_openai_fail (error, _("%s. It begins: %s"), reason->message, quote);
    }
  else if (answer == NULL && completion == NULL)
    {
      g_autofree char *quote = leyden_openai_quote (bytes);

      leyden_openai_fail (error, _("the answer is no JSON (%s). It begins: %s"), reason->message, quote);
    }
  else if (answer == NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  return answer;
}

/* The message of an error object, in the forms that servers use. (transfer full) (nullable) */
static char *
find_message (LeydenValue *root)
{
  static const char * const places[] = { "/error/message", "/error", "/message", "/detail", "/detail/0/msg" };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      gsize length;
      const char *text = leyden_value_get_string (leyden_value_lookup_pointer (root, places[i]), &length);

      if (text != NULL && length > 0)
        return escape_foreign (text, length, MAX_MESSAGE);
    }
  return NULL;
}

static gboolean
is_quota (LeydenValue *root)
{
  static const char * const places[] = { "/error/code", "/error/type" };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_lookup_pointer (root, places[i]), NULL), "insufficient_quota") == 0)
      return TRUE;
  return FALSE;
}

static LeydenModelError
code_of_status (guint status)
{
  if (status == 401 || status == 403)
    return LEYDEN_MODEL_ERROR_AUTH;
  if (status == 402)
    return LEYDEN_MODEL_ERROR_QUOTA;
  if (status == 429)
    return LEYDEN_MODEL_ERROR_RATE_LIMIT;
  if (status == 408 || status >= 500)
    return LEYDEN_MODEL_ERROR_UNAVAILABLE;
  if (status >= 400)
    return LEYDEN_MODEL_ERROR_REQUEST;
  return status >= 300 ? LEYDEN_MODEL_ERROR_PROTOCOL : LEYDEN_MODEL_ERROR_UNAVAILABLE;
}

/* An error inside a 200 carries its status in the code, if at all. */
static guint
status_inside (LeydenValue *root,
               guint        status)
{
  gint64 code;

  if (status == 200 && leyden_value_get_int (leyden_value_lookup_pointer (root, "/error/code"), &code) && code >= 400 && code < 600)
    return (guint) code;
  return status;
}

void
leyden_openai_set_error (GError **error,
                         guint    status,
                         GBytes  *body)
{
  gsize length = 0;
  const char *data = body != NULL ? g_bytes_get_data (body, &length) : NULL;
  g_autoptr(LeydenValue) root = NULL;
  g_autofree char *message = NULL;
  guint flags = 0;
  LeydenModelError code;

  if (data != NULL && length > 0)
    root = leyden_openai_parse_wire (data, length, &flags, NULL);
  status = status_inside (root, status);
  code = is_quota (root) ? LEYDEN_MODEL_ERROR_QUOTA : code_of_status (status);
  message = find_message (root);
  if (message == NULL)
    message = leyden_openai_quote (body);
  if (status == 200)
    g_set_error (error, LEYDEN_MODEL_ERROR, (int) code, _("an error in place of an answer: %s"), message);
  else
    g_set_error (error, LEYDEN_MODEL_ERROR, (int) code, _("status %u: %s"), status, message);
}
