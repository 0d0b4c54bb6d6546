/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp-calls.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"

/* Of one kind of numbered attributes ("gen_ai.prompt.0.content"). */
#define MAX_MESSAGES 1000

/* Names of the same thing, the newest first. */
static const char * const operation_names[] = { "gen_ai.operation.name", "llm.request.type", NULL };
static const char * const provider_names[] = { "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", NULL };
static const char * const asked_names[] = { "gen_ai.request.model", "llm.request.model", "llm.model_name", "embedding.model_name", NULL };
static const char * const answered_names[] = { "gen_ai.response.model", "llm.response.model", NULL };
static const char * const input_names[] = { "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt", NULL };
static const char * const output_names[] = { "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
                                             "llm.token_count.completion", NULL };
static const char * const tool_names[] = { "gen_ai.tool.name", "tool.name", "traceloop.entity.name", NULL };
static const char * const arguments_names[] = { "gen_ai.tool.call.arguments", "tool.parameters", "traceloop.entity.input", "input.value", NULL };
static const char * const result_names[] = { "gen_ai.tool.call.result", "traceloop.entity.output", "output.value", NULL };

/* Where the prices of a provider are listed. */
static const struct { const char *provider; const char *host; } hosts[] = {
  { "openai", "https://api.openai.com" },
  { "anthropic", "https://api.anthropic.com" },
  { "mistral_ai", "https://api.mistral.ai" },
  { "deepseek", "https://api.deepseek.com" },
  { "groq", "https://api.groq.com" },
  { "x_ai", "https://api.x.ai" },
  { "cohere", "https://api.cohere.com" },
  { "gcp.gemini", "https://generativelanguage.googleapis.com" },
};

static LeydenValue *
find (const LeydenOtlpSpan *span,
      const char * const   *names)
{
  for (guint i = 0; names[i] != NULL; i++)
    {
      LeydenValue *value = leyden_value_get_member (span->attributes, names[i]);

      if (!leyden_value_is_null (value))
        return value;
    }
  return NULL;
}

static const char *
find_text (const LeydenOtlpSpan *span,
           const char * const   *names)
{
  return leyden_value_get_string (find (span, names), NULL);
}

static const char *
get_text (const LeydenOtlpSpan *span,
          const char           *name)
{
  return leyden_value_get_member_string (span->attributes, name, NULL);
}

/* ---- Which call it is ---- */

static LeydenOtlpCall
call_of_word (const char *word)
{
  static const char * const models[] = { "chat", "text_completion", "generate_content", "embeddings", "completion", "embedding", "llm", NULL };
  static const char * const tools[] = { "execute_tool", "tool", NULL };
  g_autofree char *lower = word != NULL ? g_ascii_strdown (word, -1) : NULL;

  if (lower == NULL)
    return LEYDEN_OTLP_NO_CALL;
  if (g_strv_contains (models, lower))
    return LEYDEN_OTLP_MODEL_CALL;
  return g_strv_contains (tools, lower) ? LEYDEN_OTLP_TOOL_CALL : LEYDEN_OTLP_NO_CALL;
}

LeydenOtlpCall
leyden_otlp_find_call (const LeydenOtlpSpan *span)
{
  static const char * const kinds[] = { "openinference.span.kind", "traceloop.span.kind", NULL };
  const char *operation = find_text (span, operation_names);
  const char *kind = find_text (span, kinds);

  if (operation != NULL)
    return call_of_word (operation);
  if (kind != NULL)
    return call_of_word (kind);
  if (get_text (span, "gen_ai.tool.name") != NULL)
    return LEYDEN_OTLP_TOOL_CALL;
  return find_text (span, asked_names) != NULL || find_text (span, answered_names) != NULL ? LEYDEN_OTLP_MODEL_CALL : LEYDEN_OTLP_NO_CALL;
}

/* ---- Messages ---- */

/* JSON that some senders write as text. (transfer full) (nullable) */
static LeydenValue *
read_json (LeydenValue *value)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  gsize length = 0;
  const char *text = leyden_value_get_string (value, &length);

  if (text == NULL)
    return value != NULL ? leyden_value_ref (value) : NULL;
  return leyden_json_parse (text, (gssize)length, &limits, NULL);
}

static void
add_part (GString     *text,
          LeydenValue *part)
{
  const char *content = leyden_value_get_member_string (part, "content", leyden_value_get_member_string (part, "text", NULL));

  if (content == NULL)
    return;
  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append (text, content);
}

/* {"role", "parts": [{"type": "text", "content"}, {"type": "tool_call", …}]} as a message of the wire. What is no text stays as it is. */
static LeydenValue *
convert_message (LeydenValue *message,
                 const char  *role)
{
  LeydenValue *parts = leyden_value_get_member (message, "parts");
  g_autoptr(GString) text = g_string_new (NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_kind (parts) != LEYDEN_VALUE_LIST)
    return leyden_value_ref (message);
  for (guint i = 0; i < leyden_value_get_size (parts); i++)
    add_part (text, leyden_value_get_item (parts, i));
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", leyden_value_get_member_string (message, "role", role));
  leyden_value_builder_set_string (&b, "content", text->str);
  for (guint i = 0; i < leyden_value_get_size (parts); i++)
    if (leyden_value_get_member_string (leyden_value_get_item (parts, i), "content", NULL) == NULL)
      {
        leyden_value_builder_set (&b, "parts", parts);
        break;
      }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
convert_messages (LeydenValue *list)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    leyden_value_builder_take (&b, convert_message (leyden_value_get_item (list, i), "user"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Message @n of "PREFIX.N.role" and "PREFIX.N.content"; NULL: there is none. */
static LeydenValue *
read_numbered (const LeydenOtlpSpan *span,
               const char           *prefix,
               guint                 n,
               const char           *role)
{
  g_autofree char *role_name = g_strdup_printf ("%s.%u.role", prefix, n);
  g_autofree char *content_name = g_strdup_printf ("%s.%u.content", prefix, n);
  g_autofree char *inner_role = g_strdup_printf ("%s.%u.message.role", prefix, n);
  g_autofree char *inner_content = g_strdup_printf ("%s.%u.message.content", prefix, n);
  const char *roles[] = { role_name, inner_role, NULL };
  const char *contents[] = { content_name, inner_content, NULL };
  LeydenValue *content = find (span, contents);
  const char *who = find_text (span, roles);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (content == NULL && who == NULL)
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", who != NULL ? who : role);
  leyden_value_builder_set (&b, "content", content);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
read_numbered_list (const LeydenOtlpSpan *span,
                    const char           *prefix)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *message;
  guint n = 0;

  leyden_value_builder_begin_list (&b);
  while (n < MAX_MESSAGES && (message = read_numbered (span, prefix, n, "user")) != NULL)
    {
      leyden_value_builder_take (&b, message);
      n++;
    }
  leyden_value_builder_end (&b);
  return n > 0 ? leyden_value_builder_end_value (&b) : NULL;
}

/* {"name": "gen_ai.user.message", "attributes": {"content"}} and its like. */
static LeydenValue *
read_event_list (const LeydenOtlpSpan *span)
{
  static const struct { const char *event; const char *role; } roles[] = {
    { "gen_ai.system.message", "system" }, { "gen_ai.user.message", "user" }, { "gen_ai.assistant.message", "assistant" },
    { "gen_ai.tool.message", "tool" },
  };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = 0;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (span->events); i++)
    {
      LeydenValue *event = leyden_value_get_item (span->events, i);
      const char *name = leyden_value_get_member_string (event, "name", "");

      for (gsize j = 0; j < G_N_ELEMENTS (roles); j++)
        if (strcmp (roles[j].event, name) == 0)
          {
            leyden_value_builder_begin_object (&b);
            leyden_value_builder_set_string (&b, "role", roles[j].role);
            leyden_value_builder_set (&b, "content", leyden_value_get_member (leyden_value_get_member (event, "attributes"), "content"));
            leyden_value_builder_end (&b);
            n++;
          }
    }
  leyden_value_builder_end (&b);
  return n > 0 ? leyden_value_builder_end_value (&b) : NULL;
}

/* What the model was asked; NULL where the sender keeps it to itself, as most do. */
static LeydenValue *
make_messages (const LeydenOtlpSpan *span)
{
  g_autoptr(LeydenValue) told = read_json (leyden_value_get_member (span->attributes, "gen_ai.input.messages"));
  LeydenValue *messages;

  if (leyden_value_get_kind (told) == LEYDEN_VALUE_LIST)
    return convert_messages (told);
  if ((messages = read_numbered_list (span, "gen_ai.prompt")) != NULL || (messages = read_numbered_list (span, "llm.input_messages")) != NULL)
    return messages;
  return read_event_list (span);
}

static LeydenValue *
make_message (const LeydenOtlpSpan *span)
{
  g_autoptr(LeydenValue) told = read_json (leyden_value_get_member (span->attributes, "gen_ai.output.messages"));
  LeydenValue *message;

  if (leyden_value_get_kind (told) == LEYDEN_VALUE_LIST && leyden_value_get_size (told) > 0)
    return convert_message (leyden_value_get_item (told, 0), "assistant");
  if ((message = read_numbered (span, "gen_ai.completion", 0, "assistant")) != NULL)
    return message;
  return read_numbered (span, "llm.output_messages", 0, "assistant");
}

/* ---- Records ---- */

static void
copy_number (LeydenValueBuilder   *b,
             const LeydenOtlpSpan *span,
             const char           *name,
             const char           *as)
{
  LeydenValue *value = leyden_value_get_member (span->attributes, name);

  if (leyden_value_get_kind (value) == LEYDEN_VALUE_NUMBER)
    leyden_value_builder_set (b, as, value);
}

static const char *
find_provider (const LeydenOtlpSpan *span)
{
  const char *provider = find_text (span, provider_names);

  return provider != NULL ? provider : "unknown";
}

static LeydenValue *
make_model_request (const LeydenOtlpSpan *span)
{
  const char *model = find_text (span, asked_names);
  g_autoptr(LeydenValue) messages = make_messages (span);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", find_provider (span));
  leyden_value_builder_key (&b, "body");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "model", model != NULL ? model : find_text (span, answered_names));
  if (messages != NULL)
    leyden_value_builder_set (&b, "messages", messages);
  copy_number (&b, span, "gen_ai.request.temperature", "temperature");
  copy_number (&b, span, "gen_ai.request.top_p", "top_p");
  copy_number (&b, span, "gen_ai.request.max_tokens", "max_tokens");
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
make_tool_request (const LeydenOtlpSpan *span)
{
  const char *name = find_text (span, tool_names);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", name != NULL ? name : span->name);
  leyden_value_builder_set (&b, "arguments", find (span, arguments_names));
  leyden_value_builder_set_string (&b, "call_id", get_text (span, "gen_ai.tool.call.id"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_otlp_make_request (const LeydenOtlpSpan *span,
                          LeydenOtlpCall        call)
{
  return call == LEYDEN_OTLP_MODEL_CALL ? make_model_request (span) : make_tool_request (span);
}

/* Counts that no model could have are passed over: sums stay right. */
static gint64
read_tokens (const LeydenOtlpSpan *span,
             const char * const   *names)
{
  gint64 n;

  return leyden_value_get_int (find (span, names), &n) && n >= 0 && n <= G_MAXINT32 ? n : -1;
}

static gboolean
is_simulated (const LeydenOtlpSpan *span)
{
  return leyden_value_get_member_boolean (span->attributes, "leyden.simulated", FALSE) || strcmp (find_provider (span), "simulated") == 0;
}

/* Of the address that it names, else where the provider's prices are listed. */
static char *
find_uri (const LeydenOtlpSpan *span)
{
  const char *address = get_text (span, "server.address");
  const char *provider = find_provider (span);

  if (address != NULL && *address != '\0' && strcspn (address, "/ \t\r\n@") == strlen (address))
    return g_strconcat ("https://", address, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    if (g_ascii_strcasecmp (hosts[i].provider, provider) == 0)
      return g_strdup (hosts[i].host);
  return g_strdup ("https://unknown.invalid");
}

static void
set_cost (LeydenValueBuilder   *b,
          const LeydenOtlpSpan *span,
          gint64                in,
          gint64                out,
          LeydenPrices         *prices)
{
  g_autofree char *uri = find_uri (span);
  const char *answered = find_text (span, answered_names), *asked = find_text (span, asked_names);
  const char *currency = NULL;
  double cost;

  if ((answered != NULL && leyden_prices_find_cost (prices, uri, answered, in, out, &cost, &currency))
      || (asked != NULL && leyden_prices_find_cost (prices, uri, asked, in, out, &cost, &currency)))
    {
      leyden_value_builder_set_double (b, "cost", cost);
      leyden_value_builder_set_string (b, "currency", currency);
    }
}

static void
set_usage (LeydenValueBuilder   *b,
           const LeydenOtlpSpan *span,
           LeydenPrices         *prices)
{
  gint64 in = read_tokens (span, input_names), out = read_tokens (span, output_names);

  if (in < 0 && out < 0)
    return;
  leyden_value_builder_key (b, "usage");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "prompt_tokens", MAX (in, 0));
  leyden_value_builder_set_int (b, "completion_tokens", MAX (out, 0));
  leyden_value_builder_end (b);
  if (!is_simulated (span))
    set_cost (b, span, MAX (in, 0), MAX (out, 0), prices);
}

/* Seconds as the conventions have them, or the event of OpenInference. */
static void
set_first_token (LeydenValueBuilder   *b,
                 const LeydenOtlpSpan *span)
{
  double seconds = leyden_value_get_member_double (span->attributes, "gen_ai.server.time_to_first_token", NAN);

  for (guint i = 0; isnan (seconds) && i < leyden_value_get_size (span->events); i++)
    {
      LeydenValue *event = leyden_value_get_item (span->events, i);

      if (strcmp (leyden_value_get_member_string (event, "name", ""), "First Token Stream Event") == 0)
        seconds = (double)(leyden_value_get_member_int (event, "time", 0) - span->start_ns) / 1e9;
    }
  if (isfinite (seconds) && seconds >= 0 && seconds < 1e6)
    leyden_value_builder_set_double (b, "first_token_ms", seconds * 1000);
}

static void
set_finish_reason (LeydenValueBuilder   *b,
                   const LeydenOtlpSpan *span)
{
  g_autoptr(LeydenValue) reasons = read_json (leyden_value_get_member (span->attributes, "gen_ai.response.finish_reasons"));
  const char *reason = leyden_value_get_string (leyden_value_get_item (reasons, 0), NULL);

  if (leyden_value_get_kind (reasons) == LEYDEN_VALUE_LIST && reason != NULL)
    leyden_value_builder_set_string (b, "finish_reason", reason);
}

static LeydenValue *
make_model_answer (const LeydenOtlpSpan *span,
                   LeydenPrices         *prices)
{
  const char *answered = find_text (span, answered_names);
  g_autoptr(LeydenValue) message = make_message (span);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (message != NULL)
    leyden_value_builder_set (&b, "message", message);
  set_finish_reason (&b, span);
  leyden_value_builder_set_string (&b, "model", answered != NULL ? answered : find_text (span, asked_names));
  leyden_value_builder_set_string (&b, "endpoint", find_provider (span));
  set_usage (&b, span, prices);
  leyden_value_builder_set_double (&b, "latency_ms", (double)(span->end_ns - span->start_ns) / 1e6);
  set_first_token (&b, span);
  leyden_value_builder_set_boolean (&b, "simulated", is_simulated (span));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
make_tool_answer (const LeydenOtlpSpan *span)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "content", find (span, result_names));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_otlp_make_answer (const LeydenOtlpSpan *span,
                         LeydenOtlpCall        call,
                         LeydenPrices         *prices)
{
  return call == LEYDEN_OTLP_MODEL_CALL ? make_model_answer (span, prices) : make_tool_answer (span);
}

LeydenValue *
leyden_otlp_make_error (const LeydenOtlpSpan *span,
                        const char           *path)
{
  const char *code = get_text (span, "error.type"), *message = span->message;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  for (guint i = 0; i < leyden_value_get_size (span->events); i++)
    {
      LeydenValue *event = leyden_value_get_item (span->events, i);
      LeydenValue *attributes = leyden_value_get_member (event, "attributes");

      if (strcmp (leyden_value_get_member_string (event, "name", ""), "exception") != 0)
        continue;
      if (code == NULL)
        code = leyden_value_get_member_string (attributes, "exception.type", NULL);
      if (message == NULL || *message == '\0')
        message = leyden_value_get_member_string (attributes, "exception.message", NULL);
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "message", message != NULL ? message : "");
  leyden_value_builder_set_string (&b, "code", code != NULL ? code : "error");
  leyden_value_builder_set_string (&b, "node", path);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

gboolean
leyden_otlp_read_reward (LeydenValue  *event,
                         double       *value,
                         const char  **source)
{
  const char *name = leyden_value_get_member_string (event, "name", "");
  LeydenValue *attributes = leyden_value_get_member (event, "attributes");
  gboolean own = strcmp (name, "leyden.reward") == 0;

  if (!own && strcmp (name, "gen_ai.evaluation.result") != 0)
    return FALSE;
  *source = leyden_value_get_member_string (attributes, "gen_ai.evaluation.name", NULL);
  return leyden_value_get_double (leyden_value_get_member (attributes, own ? "leyden.reward" : "gen_ai.evaluation.score.value"), value);
}

/* Whether a record of the call holds all that the attribute says. */
static gboolean
is_in_call (const LeydenOtlpSpan *span,
            guint                 index,
            LeydenOtlpCall        call)
{
  LeydenValue *value = leyden_value_get_item (span->attributes, index);
  const char *key = leyden_value_get_key (span->attributes, index);
  g_autoptr(LeydenValue) list = NULL;

  if (call == LEYDEN_OTLP_TOOL_CALL)
    return value == find (span, arguments_names) || value == find (span, result_names);
  if (call == LEYDEN_OTLP_NO_CALL || (strcmp (key, "gen_ai.input.messages") != 0 && strcmp (key, "gen_ai.output.messages") != 0))
    return FALSE;
  list = read_json (value);
  return leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && (key[strlen ("gen_ai.")] == 'i' || leyden_value_get_size (list) == 1);
}

LeydenValue *
leyden_otlp_strip_attributes (const LeydenOtlpSpan *span,
                              LeydenOtlpCall        call)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (span->attributes); i++)
    {
      gsize length = 0;
      const char *key = leyden_value_get_key_length (span->attributes, i, &length);

      if (is_in_call (span, i, call))
        continue;
      leyden_value_builder_key_length (&b, key, length);
      leyden_value_builder_add (&b, leyden_value_get_item (span->attributes, i));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
