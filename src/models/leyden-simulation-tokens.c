/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-request.h"

#include <math.h>

#include "leyden-json.h"
#include "leyden-random.h"

/* One token a byte. The template only ever appends: the prompt of turn k + 1 starts with prompt and answer of turn k.
 *
 *   START TOOL tools END                                    when tools are offered
 *   START role content END                                  system, user, tool
 *   START ASSISTANT content (CALL name LF arguments)* EOS   assistant; the answer is what follows ASSISTANT
 */

static void
append_token (GArray  *tokens,
              guint16  token)
{
  g_array_append_val (tokens, token);
}

static void
append_bytes (GArray     *tokens,
              const char *text)
{
  for (const guint8 *p = (const guint8 *) text; *p != '\0'; p++)
    append_token (tokens, *p);
}

static void
append_call (GArray     *tokens,
             const char *name,
             const char *arguments)
{
  append_token (tokens, LEYDEN_SIMULATION_TOKEN_CALL);
  append_bytes (tokens, name);
  append_token (tokens, '\n');
  append_bytes (tokens, arguments);
}

static guint16
role_token (const char *role)
{
  switch (role[0])
    {
    case 'u':
      return LEYDEN_SIMULATION_TOKEN_USER;
    case 'a':
      return LEYDEN_SIMULATION_TOKEN_ASSISTANT;
    case 't':
      return LEYDEN_SIMULATION_TOKEN_TOOL;
    default:
      return LEYDEN_SIMULATION_TOKEN_SYSTEM;
    }
}

static void
append_message (GArray      *tokens,
                LeydenValue *message)
{
  guint16 role = role_token (leyden_value_get_member_string (message, "role", ""));
  g_autofree char *text = leyden_simulation_message_text (message);
  LeydenValue *calls = leyden_value_get_member (message, "tool_calls");

  append_token (tokens, LEYDEN_SIMULATION_TOKEN_START);
  append_token (tokens, role);
  append_bytes (tokens, text);
  for (guint i = 0; role == LEYDEN_SIMULATION_TOKEN_ASSISTANT && i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *function = leyden_value_get_member (leyden_value_get_item (calls, i), "function");

      append_call (tokens, leyden_value_get_member_string (function, "name", ""),
                   leyden_value_get_member_string (function, "arguments", ""));
    }
  append_token (tokens, role == LEYDEN_SIMULATION_TOKEN_ASSISTANT ? LEYDEN_SIMULATION_TOKEN_EOS : LEYDEN_SIMULATION_TOKEN_END);
}

GArray *
leyden_simulation_prompt_tokens (const LeydenSimulationRequest *request)
{
  GArray *tokens = g_array_sized_new (FALSE, FALSE, sizeof (guint16), 1024);

  if (request->tools != NULL)
    {
      g_autofree char *tools = leyden_json_write (request->tools, LEYDEN_JSON_CANONICAL);

      append_token (tokens, LEYDEN_SIMULATION_TOKEN_START);
      append_token (tokens, LEYDEN_SIMULATION_TOKEN_TOOL);
      append_bytes (tokens, tools);
      append_token (tokens, LEYDEN_SIMULATION_TOKEN_END);
    }
  for (guint i = 0; i < leyden_value_get_size (request->messages); i++)
    append_message (tokens, leyden_value_get_item (request->messages, i));
  append_token (tokens, LEYDEN_SIMULATION_TOKEN_START);
  append_token (tokens, LEYDEN_SIMULATION_TOKEN_ASSISTANT);
  return tokens;
}

GArray *
leyden_simulation_answer_tokens (const LeydenSimulationAnswer *answer,
                                 gboolean                      cut)
{
  GArray *tokens = g_array_sized_new (FALSE, FALSE, sizeof (guint16), 128);

  if (answer->content != NULL)
    append_bytes (tokens, answer->content);
  if (answer->call_name != NULL)
    append_call (tokens, answer->call_name, answer->call_arguments);
  if (!cut)
    append_token (tokens, LEYDEN_SIMULATION_TOKEN_EOS);
  return tokens;
}

LeydenValue *
leyden_simulation_tokens_to_value (GArray *tokens)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < tokens->len; i++)
    leyden_value_builder_add_int (&b, g_array_index (tokens, guint16, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Text of a token: a byte that is no ASCII character is shown as an escape, a special token as "". */
static void
add_token_text (LeydenValueBuilder *b,
                guint16             token,
                double              logprob)
{
  char text[8] = "";

  if (token < 0x80)
    text[0] = (char) token;
  else if (token < 0x100)
    g_snprintf (text, sizeof text, "\\x%02x", token);
  leyden_value_builder_set_string (b, "token", text);
  leyden_value_builder_set_double (b, "logprob", logprob);
  leyden_value_builder_key (b, "bytes");
  leyden_value_builder_begin_list (b);
  if (token < 0x100)
    leyden_value_builder_add_int (b, token);
  leyden_value_builder_end (b);
}

/* The token itself and its neighbours, which share what probability it leaves: half, a quarter, …; most probable first. */
static void
add_top (LeydenValueBuilder *b,
         guint               n,
         guint16             token,
         double              logprob)
{
  double left = MAX (1e-9, 1.0 - exp (logprob));
  gboolean listed = FALSE;

  leyden_value_builder_key (b, "top_logprobs");
  leyden_value_builder_begin_list (b);
  for (guint i = 0, k = 1; i < n; i++)
    {
      double other = log (left) - (double) k * G_LN2;
      gboolean self_first = !listed && logprob >= other;

      leyden_value_builder_begin_object (b);
      if (self_first)
        add_token_text (b, token, logprob);
      else
        add_token_text (b, (guint16) ((token + k) % 0x100), other);
      leyden_value_builder_end (b);
      listed = listed || self_first;
      k += !self_first;
    }
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_simulation_logprobs (const LeydenSimulationRequest *request,
                            const LeydenSimulationAnswer  *answer,
                            const char                    *family,
                            const char                    *item,
                            guint64                        sample,
                            GArray                        *tokens)
{
  g_autofree char *sample_text = g_strdup_printf ("%" G_GUINT64_FORMAT, sample);
  const char *labels[] = { "lp", family != NULL ? family : "arith", item != NULL ? item : "free", sample_text, NULL };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenRandom random;

  leyden_random_substream (&random, request->seed, labels);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "content");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < tokens->len; i++)
    {
      double logprob = -0.01 * (1.0 + leyden_random_u01 (&random));
      double p = leyden_simulation_logistic (answer->quality.eta);
      guint16 token = g_array_index (tokens, guint16, i);

      if (answer->decisive == (gssize) i)
        logprob = log (answer->quality.correct ? p : 1.0 - p);
      leyden_value_builder_begin_object (&b);
      add_token_text (&b, token, logprob);
      add_top (&b, request->top_logprobs, token, logprob);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
