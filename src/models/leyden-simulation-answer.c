/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-request.h"

#include <math.h>

#include "leyden-formula.h"
#include "leyden-json.h"

/* Words an answer. A wrong one shows why: the missing feature that weighs most decides what goes wrong. */

#define FREE_ANSWER "This is a simulated model: it only knows the sample problems that come with Leyden. " \
                    "Choose a real model to get an answer to this."
#define NO_CRITIC_ANSWER "This is a simulated critic: it only answers what Leyden's optimisers ask about the sample problems."
#define NO_JUDGE_ANSWER "This is a simulated judge: it only grades what Leyden's evaluators send."
/* A slip must be seen by an evaluator that allows one percent. */
#define VISIBLE 0.02

/* The missing feature with the largest weight · u, or NULL when none is missing. */
static const char *
find_cause (const LeydenSimulationRequest *request,
            const LeydenSimulationTask    *task)
{
  const LeydenSimulationFamily *family = leyden_simulation_find_family (task->family);
  const char *cause = NULL;
  double most = 0.0;

  for (gsize i = 0; i < LEYDEN_SIMULATION_N_FEATURES; i++)
    {
      const char *feature = family->features[i].name;
      double weight = family->features[i].weight *
                      leyden_simulation_uniform (request->seed, "em", family->name, task->item, feature, NULL);

      if (!leyden_simulation_reading_has (&task->reading, feature) && weight > most)
        {
          most = weight;
          cause = feature;
        }
    }
  return cause;
}

/* One digit of @value is another one: the first or the second. */
static double
slip (double                         value,
      const LeydenSimulationRequest *request,
      const LeydenSimulationTask    *task)
{
  g_autofree char *text = leyden_formula_format (value);
  double u = leyden_simulation_uniform (request->seed, "slip", "arith", task->item, NULL);
  guint wanted = leyden_simulation_uniform (request->seed, "slip-place", "arith", task->item, NULL) < 0.5 ? 0 : 1;
  double best = value + 1.0;

  for (guint place = 0, i = 0; text[i] != '\0' && place < 2; i++)
    {
      char digit = text[i];
      double changed;

      if (!g_ascii_isdigit (digit) || (place == 0 && digit == '0' && text[i + 1] != '\0'))
        continue;
      text[i] = digit == '9' ? '8' : digit == '1' ? '2' : digit == '0' ? '1' : u < 0.5 ? digit + 1 : digit - 1;
      changed = g_ascii_strtod (text, NULL);
      text[i] = digit;
      if (fabs (changed - value) > VISIBLE * MAX (fabs (value), 1e-9) && (place == 0 || place == wanted))
        best = changed;
      place++;
    }
  return best;
}

/* The result of the first step in place of the last: the work was left half done. */
static gboolean
read_first_step (const LeydenSimulationTask *task,
                 double                     *value)
{
  const char *line, *equals;
  double first;

  if (task->problem->steps->len < 2)
    return FALSE;
  line = g_ptr_array_index (task->problem->steps, 0);
  equals = strrchr (line, '=');
  if (equals == NULL || !leyden_word_number_parse (equals + 2, &first) ||
      fabs (first - task->problem->value) <= VISIBLE * fabs (task->problem->value))
    return FALSE;
  *value = first;
  return TRUE;
}

static double
wrong_value (const LeydenSimulationRequest *request,
             const LeydenSimulationTask    *task,
             const char                    *cause)
{
  double value = task->problem->value;

  if (g_strcmp0 (cause, "units") == 0 && value != 0.0)
    return value * 1000.0;
  if (g_strcmp0 (cause, "check") == 0 && read_first_step (task, &value))
    return value;
  return slip (task->problem->value, request, task);
}

/* The work that is shown, one step a line; the last one ends with what is answered. What the calculator gave is told as it came, so
 * that a slip in copying it can be seen. */
static char *
show_work (const LeydenSimulationTask *task,
           const char                 *number)
{
  GString *out = g_string_new (NULL);
  GPtrArray *steps = task->problem->steps;

  if (task->has_result)
    {
      g_autofree char *given = leyden_formula_format (task->result);

      g_string_append_printf (out, "The calculator gives %s.\n", given);
    }
  else if (leyden_simulation_reading_has (&task->reading, "steps"))
    for (guint i = 0; i < steps->len; i++)
      {
        const char *line = g_ptr_array_index (steps, i);
        const char *equals = strrchr (line, '=');

        if (i + 1 < steps->len || equals == NULL)
          g_string_append_printf (out, "%s\n", line);
        else
          g_string_append_printf (out, "%.*s= %s\n", (int) (equals - line), line, number);
      }
  return g_string_free (out, FALSE);
}

static char *
make_final_line (const LeydenSimulationTask *task,
                 const char                 *number)
{
  if (strstr (task->instructions, "####") != NULL)
    return g_strdup_printf ("#### %s", number);
  if (strstr (task->instructions, "\\boxed") != NULL)
    return g_strdup_printf ("\\boxed{%s}", number);
  return g_strdup_printf ("Answer: %s", number);
}

char *
leyden_simulation_make_json (const LeydenSimulationRequest *request,
                             const char                    *work,
                             LeydenValue                   *value)
{
  g_autoptr(LeydenValue) json = NULL;

  if (request->schema != NULL)
    json = leyden_simulation_fill_schema (request->schema, value, work);
  else
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      leyden_value_builder_begin_object (&b);
      if (*work != '\0')
        leyden_value_builder_set_string (&b, "work", work);
      leyden_value_builder_set (&b, "answer", value);
      leyden_value_builder_end (&b);
      json = leyden_value_builder_end_value (&b);
    }
  return leyden_json_write (json, LEYDEN_JSON_COMPACT);
}

static void
word_number (LeydenSimulationAnswer        *self,
             const LeydenSimulationRequest *request,
             const LeydenSimulationTask    *task,
             double                         value)
{
  g_autofree char *number = leyden_formula_format (value);
  g_autofree char *work = show_work (task, number);
  const char *place;

  if (request->format == LEYDEN_SIMULATION_TEXT)
    {
      g_autofree char *last = make_final_line (task, number);

      self->content = g_strconcat (work, last, NULL);
    }
  else
    {
      g_autoptr(LeydenValue) json = leyden_value_new_number (number, -1);

      self->content = leyden_simulation_make_json (request, g_strchomp (work), json);
    }
  place = g_strrstr (self->content, number);
  self->decisive = place != NULL ? place - self->content : -1;
}

/* The right value, in a wrapping that no program reads. */
static gboolean
word_unreadable (LeydenSimulationAnswer        *self,
                 const LeydenSimulationRequest *request,
                 const LeydenSimulationTask    *task)
{
  g_autofree char *words = leyden_word_number_spell (task->problem->value);
  const char *place;

  if (request->format == LEYDEN_SIMULATION_TEXT)
    self->content = g_strdup_printf ("I make that %s, all told.", words);
  else
    {
      g_autoptr(LeydenValue) value = leyden_value_new_string (words, -1);

      self->content = leyden_simulation_make_json (request, "", value);
    }
  place = strstr (self->content, words);
  self->decisive = place != NULL ? place - self->content : -1;
  if (place == NULL)
    g_clear_pointer (&self->content, g_free);
  return place != NULL;
}

static void
word_call (LeydenSimulationAnswer        *self,
           const LeydenSimulationRequest *request,
           const LeydenSimulationTask    *task)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) arguments = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, request->calculator_argument, task->problem->expression);
  leyden_value_builder_end (&b);
  arguments = leyden_value_builder_end_value (&b);
  self->call_name = g_strdup (request->calculator);
  self->call_arguments = leyden_json_write (arguments, LEYDEN_JSON_COMPACT);
}

static void
word_purpose (LeydenSimulationAnswer        *self,
              const LeydenSimulationRequest *request,
              guint64                        sample)
{
  gboolean is_critic = request->model->purpose == LEYDEN_SIMULATION_CRITIC;

  if (!(is_critic ? leyden_simulation_critic_make : leyden_simulation_judge_make) (self, request, sample))
    self->content = g_strdup (is_critic ? NO_CRITIC_ANSWER : NO_JUDGE_ANSWER);
}

void
leyden_simulation_answer_make (LeydenSimulationAnswer        *self,
                               const LeydenSimulationRequest *request,
                               const LeydenSimulationTask    *task,
                               guint64                        sample)
{
  *self = (LeydenSimulationAnswer) { .decisive = -1 };

  if (request->model->purpose != LEYDEN_SIMULATION_ANSWERS)
    {
      word_purpose (self, request, sample);
      return;
    }
  if (task->family == NULL)
    {
      self->content = g_strdup (FREE_ANSWER);
      return;
    }
  g_ptr_array_add (task->reading.features, NULL);
  leyden_simulation_quality (request->seed, task->family, task->item, (const char * const *) task->reading.features->pdata,
                             task->reading.junk, request->temperature, sample, task->shots, request->model->ability,
                             &self->quality);
  g_ptr_array_remove_index (task->reading.features, task->reading.features->len - 1);

  if (!self->quality.correct && !task->wants_call)
    {
      const char *cause = find_cause (request, task);

      self->cause = cause != NULL ? cause : "luck";
    }
  if (task->mail != NULL)
    leyden_simulation_mail_word (self, request, task, self->cause);
  else if (task->wants_call)
    word_call (self, request, task);
  else if (self->quality.correct)
    word_number (self, request, task, task->has_result ? task->result : task->problem->value);
  else if (!g_str_equal (self->cause, "format") || !word_unreadable (self, request, task))
    word_number (self, request, task, wrong_value (request, task, self->cause));
}

void
leyden_simulation_answer_clear (LeydenSimulationAnswer *self)
{
  g_clear_pointer (&self->content, g_free);
  g_clear_pointer (&self->call_name, g_free);
  g_clear_pointer (&self->call_arguments, g_free);
  g_clear_pointer (&self->note, leyden_value_unref);
}
