/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation.h"

#include <math.h>
#include <stdarg.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-simulation-request.h"
#include "leyden-stats.h"

G_DEFINE_QUARK (leyden-simulation-error-quark, leyden_simulation_error)

static const LeydenSimulationModel models[] = {
  { "leyden-sim-small", LEYDEN_SIMULATION_ANSWERS, -0.8, 120, 4000, 120, 0.1, 0.4 },
  { "leyden-sim-medium", LEYDEN_SIMULATION_ANSWERS, 0.0, 250, 2500, 60, 0.5, 2.0 },
  { "leyden-sim-large", LEYDEN_SIMULATION_ANSWERS, 0.8, 600, 1500, 30, 3.0, 12.0 },
  { "leyden-sim-critic", LEYDEN_SIMULATION_CRITIC, 0.0, 600, 1500, 30, 3.0, 12.0 },
  { "leyden-sim-judge", LEYDEN_SIMULATION_JUDGE, 0.0, 250, 2500, 60, 0.5, 2.0 },
};
#define DEFAULT_MODEL 1
static const char * const purposes[] = { "answers", "optimizer", "judge" };

/* @id %NULL: the medium one. */
const LeydenSimulationModel *
leyden_simulation_find_model (const char *id)
{
  if (id == NULL)
    return &models[DEFAULT_MODEL];
  for (gsize i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_str_equal (models[i].id, id))
      return &models[i];
  return NULL;
}

/* What is counted over all choices. */
typedef struct
{
  guint   prompt_tokens;
  guint   completion_tokens;
  double  first_ms;
  double  latency_ms;
} Effort;

/* Where a choice is cut: at the first stop text, then at the limit of tokens (but not within a character). */
static const char *
cut_answer (const LeydenSimulationRequest *request,
            LeydenSimulationAnswer        *answer)
{
  gsize length;

  if (answer->call_name != NULL)
    {
      if (request->max_tokens == 0 ||
          strlen (answer->call_name) + strlen (answer->call_arguments) + 3 <= request->max_tokens)
        return "tool_calls";
      g_clear_pointer (&answer->call_name, g_free);
      g_clear_pointer (&answer->call_arguments, g_free);
      answer->content = g_strdup ("");
      return "length";
    }
  for (guint i = 0; i < request->n_stop; i++)
    {
      char *place = strstr (answer->content, request->stop[i]);

      if (place != NULL)
        *place = '\0';
    }
  length = strlen (answer->content);
  if (request->max_tokens == 0 || length < request->max_tokens)
    return "stop";
  length = request->max_tokens;
  while (length > 0 && ((guchar) answer->content[length] & 0xC0) == 0x80)
    length--;
  answer->content[length] = '\0';
  return "length";
}

static void
add_call (LeydenValueBuilder            *b,
          const LeydenSimulationRequest *request,
          const LeydenSimulationTask    *task,
          const LeydenSimulationAnswer  *answer,
          guint64                        sample)
{
  g_autofree char *key = g_strdup_printf ("%" G_GUINT64_FORMAT "|%s|%" G_GUINT64_FORMAT "|%u", request->seed, task->item,
                                          sample, leyden_value_get_size (request->messages));
  g_autofree char *id = g_strdup_printf ("call_%016" G_GINT64_MODIFIER "x", leyden_fnv1a64 (key, strlen (key)));

  leyden_value_builder_key (b, "tool_calls");
  leyden_value_builder_begin_list (b);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "id", id);
  leyden_value_builder_set_string (b, "type", "function");
  leyden_value_builder_key (b, "function");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", answer->call_name);
  leyden_value_builder_set_string (b, "arguments", answer->call_arguments);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static void
add_choice (LeydenValueBuilder            *b,
            const LeydenSimulationRequest *request,
            const LeydenSimulationTask    *task,
            guint                          index,
            Effort                        *effort,
            LeydenSimulationAnswer        *answer)
{
  guint64 sample = request->sample + index;
  g_autoptr(GArray) tokens = NULL;
  const char *finish;

  leyden_simulation_answer_make (answer, request, task, sample);
  finish = cut_answer (request, answer);
  tokens = leyden_simulation_answer_tokens (answer, g_str_equal (finish, "length"));
  effort->completion_tokens += tokens->len;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "index", index);
  leyden_value_builder_key (b, "message");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "role", "assistant");
  leyden_value_builder_set_string (b, "content", answer->content);
  leyden_value_builder_set_string (b, "refusal", NULL);
  if (answer->call_name != NULL)
    add_call (b, request, task, answer, sample);
  leyden_value_builder_end (b);
  leyden_value_builder_set_string (b, "finish_reason", finish);
  if (request->logprobs)
    leyden_value_builder_set_take (b, "logprobs", leyden_simulation_logprobs (request, answer, task->family, task->item, sample, tokens));
  else
    leyden_value_builder_set (b, "logprobs", NULL);
  if (request->return_token_ids)
    leyden_value_builder_set_take (b, "token_ids", leyden_simulation_tokens_to_value (tokens));
  leyden_value_builder_end (b);
}

/* Log-normal around what the model's speed says, the same for the same call. */
static void
model_latency (const LeydenSimulationRequest *request,
               const LeydenSimulationTask    *task,
               Effort                        *effort)
{
  const LeydenSimulationModel *model = request->model;
  g_autofree char *sample = g_strdup_printf ("%" G_GUINT64_FORMAT, request->sample);
  g_autofree char *turn = g_strdup_printf ("%u", leyden_value_get_size (request->messages));
  double u = leyden_simulation_uniform (request->seed, "lat", task->family != NULL ? task->family : "free",
                                        task->item != NULL ? task->item : "", sample, turn, NULL);
  double factor = exp (0.35 * leyden_stats_normal_quantile (u));

  effort->first_ms = (model->base_ms + 1000.0 * effort->prompt_tokens / model->prefill_per_s) * factor;
  effort->latency_ms = effort->first_ms + 1000.0 * effort->completion_tokens / model->decode_per_s * factor;
}

/* A thousandth of a millisecond is precise enough to show. */
static double
round_ms (double ms)
{
  return round (ms * 1000.0) / 1000.0;
}

static void
add_explanation (LeydenValueBuilder           *b,
                 const LeydenSimulationTask   *task,
                 const LeydenSimulationAnswer *answer)
{
  leyden_value_builder_set_string (b, "family", task->family);
  leyden_value_builder_set_string (b, "item", task->item);
  leyden_value_builder_key (b, "features");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < task->reading.features->len; i++)
    leyden_value_builder_add_string (b, g_ptr_array_index (task->reading.features, i));
  leyden_value_builder_end (b);
  leyden_value_builder_set_int (b, "junk", task->reading.junk);
  leyden_value_builder_set_int (b, "shots", task->shots);
  leyden_value_builder_set_double (b, "eta", answer->quality.eta);
  leyden_value_builder_set_double (b, "margin", answer->quality.margin);
  leyden_value_builder_set_boolean (b, "correct", answer->quality.correct);
  if (answer->cause != NULL)
    leyden_value_builder_set_string (b, "cause", answer->cause);
}

static void
add_block (LeydenValueBuilder            *b,
           const LeydenSimulationRequest *request,
           const LeydenSimulationTask    *task,
           const LeydenSimulationAnswer  *answer,
           const Effort                  *effort)
{
  double cost = (effort->prompt_tokens * request->model->input_price +
                 effort->completion_tokens * request->model->output_price) / 1e6;

  leyden_value_builder_key (b, "x_leyden");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_boolean (b, "simulated", TRUE);
  leyden_value_builder_set_double (b, "latency_ms", round_ms (effort->latency_ms));
  leyden_value_builder_set_double (b, "first_token_ms", round_ms (effort->first_ms));
  leyden_value_builder_set_double (b, "cost", round (cost * 1e9) / 1e9);
  leyden_value_builder_set_string (b, "currency", "sim credits");
  leyden_value_builder_set_int (b, "seed", (gint64) request->seed);
  if (answer->note != NULL)
    for (guint i = 0; i < leyden_value_get_size (answer->note); i++)
      leyden_value_builder_set (b, leyden_value_get_key (answer->note, i), leyden_value_get_item (answer->note, i));
  else if (task->family == NULL)
    {
      leyden_value_builder_set_string (b, "family", "free");
      leyden_value_builder_set_string (b, "error_kind", "not_simulated");
    }
  else
    add_explanation (b, task, answer);
  leyden_value_builder_end (b);
}

static void
add_head (LeydenValueBuilder            *b,
          const LeydenSimulationRequest *request,
          LeydenValue                   *value)
{
  g_autofree char *hash = leyden_json_hash (value);
  g_autofree char *key = g_strdup_printf ("%s|%" G_GUINT64_FORMAT "|%" G_GUINT64_FORMAT, hash, request->seed, request->sample);
  g_autofree char *id = g_strdup_printf ("chatcmpl-sim-%016" G_GINT64_MODIFIER "x", leyden_fnv1a64 (key, strlen (key)));

  leyden_value_builder_set_string (b, "id", id);
  leyden_value_builder_set_string (b, "object", "chat.completion");
  /* No clock is read, so that equal requests have equal answers. */
  leyden_value_builder_set_int (b, "created", 0);
  leyden_value_builder_set_string (b, "model", request->model->id);
  leyden_value_builder_set_string (b, "system_fingerprint", LEYDEN_SIMULATION_FINGERPRINT);
}

static void
add_usage (LeydenValueBuilder *b,
           const Effort       *effort)
{
  leyden_value_builder_key (b, "usage");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "prompt_tokens", effort->prompt_tokens);
  leyden_value_builder_set_int (b, "completion_tokens", effort->completion_tokens);
  leyden_value_builder_set_int (b, "total_tokens", (gint64) effort->prompt_tokens + effort->completion_tokens);
  leyden_value_builder_end (b);
}

/**
 * leyden_simulation_complete:
 * @request: body of a chat-completions request (OpenAI wire); "x_leyden": {"seed"} in it wins over @world_seed
 * @world_seed: seed of the simulated world
 * @ordinal: sample number where the request has no "seed"
 * @error: return location, or %NULL
 *
 * Answers at once; how long a real model of that size would have taken stands in x_leyden.latency_ms. Reads no clock and keeps no
 * state: equal arguments give equal answers. Any thread.
 *
 * Errors: %LEYDEN_SIMULATION_ERROR_REQUEST names the member that does not fit, %LEYDEN_SIMULATION_ERROR_MODEL.
 *
 * Returns: (transfer full): a chat.completion object
 */
LeydenValue *
leyden_simulation_complete (LeydenValue  *request,
                            guint64       world_seed,
                            guint64       ordinal,
                            GError      **error)
{
  LeydenSimulationRequest checked;
  g_auto(LeydenSimulationTask) task = { 0 };
  g_auto(LeydenSimulationAnswer) first = { 0 };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GArray) prompt = NULL;
  Effort effort = { 0 };

  if (!leyden_simulation_request_read (&checked, request, world_seed, ordinal, error))
    return NULL;
  if (checked.model->purpose == LEYDEN_SIMULATION_ANSWERS)
    leyden_simulation_task_read (&task, &checked);
  prompt = leyden_simulation_prompt_tokens (&checked);
  effort.prompt_tokens = prompt->len;

  leyden_value_builder_begin_object (&b);
  add_head (&b, &checked, request);
  leyden_value_builder_key (&b, "choices");
  leyden_value_builder_begin_list (&b);
  add_choice (&b, &checked, &task, 0, &effort, &first);
  for (guint i = 1; i < checked.n_choices; i++)
    {
      g_auto(LeydenSimulationAnswer) answer = { 0 };

      add_choice (&b, &checked, &task, i, &effort, &answer);
    }
  leyden_value_builder_end (&b);
  add_usage (&b, &effort);
  if (checked.return_token_ids)
    leyden_value_builder_set_take (&b, "prompt_token_ids", leyden_simulation_tokens_to_value (prompt));
  model_latency (&checked, &task, &effort);
  add_block (&b, &checked, &task, &first, &effort);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/**
 * leyden_simulation_list_models:
 *
 * Returns: (transfer full): the answer of GET /models: {"object": "list", "data": [{"id", "purpose", …}]}; "purpose" is "answers", "optimizer"
 *   or "judge"
 */
LeydenValue *
leyden_simulation_list_models (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "object", "list");
  leyden_value_builder_key (&b, "data");
  leyden_value_builder_begin_list (&b);
  for (gsize i = 0; i < G_N_ELEMENTS (models); i++)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "id", models[i].id);
      leyden_value_builder_set_string (&b, "object", "model");
      leyden_value_builder_set_int (&b, "created", 0);
      leyden_value_builder_set_string (&b, "owned_by", "leyden");
      leyden_value_builder_set_boolean (&b, "simulated", TRUE);
      leyden_value_builder_set_string (&b, "purpose", purposes[models[i].purpose]);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
