/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-anthropic-wire.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-openai-private.h"

const char *
leyden_anthropic_finish_reason (const char *stop_reason)
{
  static const struct { const char *theirs; const char *ours; } reasons[] = {
    { "end_turn", "stop" }, { "stop_sequence", "stop" }, { "pause_turn", "stop" }, { "max_tokens", "length" },
    { "model_context_window_exceeded", "length" }, { "tool_use", "tool_calls" }, { "refusal", "content_filter" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (g_strcmp0 (reasons[i].theirs, stop_reason) == 0)
      return reasons[i].ours;
  return "stop";
}

/* One count, of the later of both; what is no count stays as it is, so that the reader of usage flags it. */
static LeydenValue *
pick (LeydenValue *earlier,
      LeydenValue *usage,
      const char  *name)
{
  LeydenValue *later = leyden_value_get_member (usage, name);

  return !leyden_value_is_null (later) ? later : leyden_value_get_member (earlier, name);
}

/* Tokens that were read from or written to a cache are tokens of the prompt. */
static void
add_prompt_tokens (LeydenValueBuilder *b,
                   LeydenValue        *earlier,
                   LeydenValue        *usage)
{
  static const char * const names[] = { "cache_creation_input_tokens", "cache_read_input_tokens" };
  LeydenValue *input = pick (earlier, usage, "input_tokens");
  gint64 sum, more;

  if (!leyden_value_get_int (input, &sum))
    {
      leyden_value_builder_set (b, "prompt_tokens", input);
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (leyden_value_get_int (pick (earlier, usage, names[i]), &more) && more > 0 && more < G_GINT64_CONSTANT (1000000000000))
      sum = sum < 0 || sum > G_GINT64_CONSTANT (1000000000000) ? sum : sum + more;
  leyden_value_builder_set_int (b, "prompt_tokens", sum);
}

LeydenValue *
leyden_anthropic_read_usage (LeydenValue *earlier,
                             LeydenValue *usage)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_is_null (usage) && leyden_value_is_null (earlier))
    return NULL;
  leyden_value_builder_begin_object (&b);
  add_prompt_tokens (&b, earlier, usage);
  leyden_value_builder_set (&b, "completion_tokens", pick (earlier, usage, "output_tokens"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Errors ---- */

/* Status that a type of error stands for: in a stream there is no other sign. */
static guint
status_of_type (const char *type)
{
  static const struct { const char *type; guint status; } types[] = {
    { "invalid_request_error", 400 }, { "authentication_error", 401 }, { "billing_error", 402 }, { "permission_error", 403 },
    { "not_found_error", 404 }, { "request_too_large", 413 }, { "rate_limit_error", 429 }, { "api_error", 500 },
    { "timeout_error", 504 }, { "overloaded_error", 529 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_strcmp0 (types[i].type, type) == 0)
      return types[i].status;
  return 0;
}

void
leyden_anthropic_set_error (GError **error,
                            guint    status,
                            GBytes  *body)
{
  gsize length = 0;
  const char *data = body != NULL ? g_bytes_get_data (body, &length) : NULL;
  guint flags = 0;
  g_autoptr(LeydenValue) root = length > 0 ? leyden_openai_parse_wire (data, length, &flags, NULL) : NULL;
  guint inside = status_of_type (leyden_value_get_string (leyden_value_lookup_pointer (root, "/error/type"), NULL));

  leyden_openai_set_error (error, status == 200 && inside != 0 ? inside : status, body);
}

/* ---- A whole answer ---- */

static void
add_content (LeydenValueBuilder *b,
             LeydenValue        *blocks)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gboolean has_text = FALSE;

  for (guint i = 0; i < leyden_value_get_size (blocks); i++)
    {
      LeydenValue *block = leyden_value_get_item (blocks, i);
      gsize length = 0;
      const char *part = leyden_value_get_string (leyden_value_get_member (block, "text"), &length);

      if (g_strcmp0 (leyden_value_get_member_string (block, "type", ""), "text") != 0 || part == NULL)
        continue;
      has_text = TRUE;
      g_string_append_len (text, part, (gssize) length);
    }
  if (has_text)
    leyden_value_builder_set_take (b, "content", leyden_value_new_string (text->str, (gssize) text->len));
  else
    leyden_value_builder_set (b, "content", NULL);
}

static gboolean
is_call (LeydenValue *block)
{
  return g_strcmp0 (leyden_value_get_member_string (block, "type", ""), "tool_use") == 0;
}

static gboolean
add_calls (LeydenValueBuilder  *b,
           LeydenValue         *blocks,
           guint               *flags,
           GError             **error)
{
  guint n = 0;

  for (guint i = 0; i < leyden_value_get_size (blocks); i++)
    {
      LeydenValue *block = leyden_value_get_item (blocks, i);
      const char *name = leyden_value_get_member_string (block, "name", NULL);

      if (!is_call (block))
        continue;
      if (n >= LEYDEN_OPENAI_MAX_CALLS)
        {
          *flags |= LEYDEN_OPENAI_FLAG_CALLS_DROPPED;
          break;
        }
      if (name == NULL)
        return leyden_openai_fail (error, _("tool call %u has no name"), n + 1);
      if (n == 0)
        {
          leyden_value_builder_key (b, "tool_calls");
          leyden_value_builder_begin_list (b);
        }
      leyden_openai_add_call (b, leyden_value_get_member_string (block, "id", NULL), n++, name, leyden_value_get_member (block, "input"));
    }
  if (n > 0)
    leyden_value_builder_end (b);
  return TRUE;
}

static LeydenValue *
read_answer (LeydenValue  *root,
             guint         flags,
             GError      **error)
{
  LeydenValue *blocks = leyden_value_get_member (root, "content");
  const char *reason = leyden_value_get_member_string (root, "stop_reason", NULL);
  g_autoptr(LeydenValue) usage = leyden_anthropic_read_usage (NULL, leyden_value_get_member (root, "usage"));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_kind (root) != LEYDEN_VALUE_OBJECT || leyden_value_get_kind (blocks) != LEYDEN_VALUE_LIST)
    {
      leyden_openai_fail (error, _("the answer has no content"));
      return NULL;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "message");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "assistant");
  add_content (&b, blocks);
  if (!add_calls (&b, blocks, &flags, error))
    return NULL;
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "finish_reason", leyden_anthropic_finish_reason (reason));
  leyden_openai_add_usage (&b, usage, &flags);
  leyden_value_builder_set_string (&b, "model", leyden_value_get_member_string (root, "model", NULL));
  leyden_value_builder_set_boolean (&b, "simulated", FALSE);
  leyden_openai_add_flags (&b, flags);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_anthropic_parse_answer (GBytes  *bytes,
                               GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  guint flags = 0;
  g_autoptr(GError) reason = NULL;
  g_autoptr(LeydenValue) root = leyden_openai_parse_wire (data != NULL ? data : "", length, &flags, &reason);
  g_autofree char *quote = leyden_openai_quote (bytes);
  LeydenValue *answer = NULL;

  if (root == NULL)
    {
      leyden_openai_fail (error, _("the answer is no JSON (%s). It begins: %s"), reason->message, quote);
      return NULL;
    }
  if (!leyden_value_is_null (leyden_value_get_member (root, "error")))
    {
      leyden_anthropic_set_error (error, 200, bytes);
      return NULL;
    }
  answer = read_answer (root, flags, &reason);
  if (answer == NULL)
    leyden_openai_fail (error, _("%s. It begins: %s"), reason->message, quote);
  return answer;
}
