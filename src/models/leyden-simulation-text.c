/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation.h"

#include <string.h>

/* POST /completions, the older form of the wire: a prompt is one message of a user, an answer is its text. */

/* The prompt as text, or NULL. */
static LeydenValue *
find_prompt (LeydenValue *request)
{
  LeydenValue *prompt = leyden_value_get_member (request, "prompt");

  if (leyden_value_get_kind (prompt) == LEYDEN_VALUE_LIST && leyden_value_get_size (prompt) == 1)
    prompt = leyden_value_get_item (prompt, 0);
  return leyden_value_get_kind (prompt) == LEYDEN_VALUE_STRING ? prompt : NULL;
}

static LeydenValue *
make_chat_request (LeydenValue *request,
                   LeydenValue *prompt)
{
  static const char * const kept[] = { "model", "temperature", "n", "seed", "stop", "max_tokens", "return_token_ids", "x_leyden" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if (leyden_value_get_member (request, kept[i]) != NULL)
      leyden_value_builder_set (&b, kept[i], leyden_value_get_member (request, kept[i]));
  leyden_value_builder_key (&b, "messages");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "user");
  leyden_value_builder_set (&b, "content", prompt);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
add_choice (LeydenValueBuilder *b,
            LeydenValue        *choice)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set (b, "index", leyden_value_get_member (choice, "index"));
  leyden_value_builder_set (b, "text", leyden_value_lookup_pointer (choice, "/message/content"));
  leyden_value_builder_set (b, "logprobs", NULL);
  leyden_value_builder_set (b, "finish_reason", leyden_value_get_member (choice, "finish_reason"));
  if (leyden_value_get_member (choice, "token_ids") != NULL)
    leyden_value_builder_set (b, "token_ids", leyden_value_get_member (choice, "token_ids"));
  leyden_value_builder_end (b);
}

static LeydenValue *
make_text_answer (LeydenValue *completion)
{
  LeydenValue *choices = leyden_value_get_member (completion, "choices");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (completion); i++)
    {
      const char *key = leyden_value_get_key (completion, i);

      if (g_str_equal (key, "object"))
        leyden_value_builder_set_string (&b, key, "text_completion");
      else if (!g_str_equal (key, "choices"))
        leyden_value_builder_set (&b, key, leyden_value_get_item (completion, i));
    }
  leyden_value_builder_key (&b, "choices");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (choices); i++)
    add_choice (&b, leyden_value_get_item (choices, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_simulation_complete_text (LeydenValue  *request,
                                 guint64       world_seed,
                                 guint64       ordinal,
                                 GError      **error)
{
  LeydenValue *prompt = find_prompt (request);
  g_autoptr(LeydenValue) chat = NULL;
  g_autoptr(LeydenValue) completion = NULL;

  if (prompt == NULL)
    {
      g_set_error_literal (error, LEYDEN_SIMULATION_ERROR, LEYDEN_SIMULATION_ERROR_REQUEST,
                           "prompt must be text, or a list with one text");
      return NULL;
    }
  chat = make_chat_request (request, prompt);
  completion = leyden_simulation_complete (chat, world_seed, ordinal, error);
  return completion != NULL ? make_text_answer (completion) : NULL;
}
