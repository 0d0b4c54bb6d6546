/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-request.h"

#include <math.h>
#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-sections.h"

/* The simulated judge: it knows whether the answer is right, and says so as often as a judge of the wished agreement would. With
 * probability kappa it tells the truth, else it throws a fair coin. Over as many right as wrong answers its Cohen's kappa with the truth is
 * then exactly that number. */

#define SAME 0.01

static gboolean
is_same (const char *expected,
         const char *answer)
{
  g_autofree char *a = leyden_simulation_fold (expected, strlen (expected));
  g_autofree char *b = leyden_simulation_fold (answer, strlen (answer));
  double x, y;

  if (g_str_equal (a, b))
    return TRUE;
  if (leyden_word_number_parse (a, &x) && leyden_simulation_last_number (b, &y))
    return fabs (x - y) <= SAME * MAX (fabs (x), fabs (y));
  return FALSE;
}

/* Without an expected answer: whether the answer solves a problem of the samples that stands in the question. */
static gboolean
find_truth (const LeydenSections *sections,
            const char           *answer,
            gboolean             *truth)
{
  const char *expected = leyden_sections_get (sections, "expected"), *question = leyden_sections_get (sections, "question");
  double value, given;

  if (expected != NULL)
    {
      *truth = is_same (expected, answer);
      return TRUE;
    }
  if (question == NULL || !leyden_simulation_solve (question, &value))
    return FALSE;
  *truth = leyden_simulation_last_number (answer, &given) && fabs (given - value) <= SAME * MAX (fabs (given), fabs (value));
  return TRUE;
}

static LeydenValue *
make_note (double   kappa,
           gboolean truth,
           gboolean verdict)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "family", "judge");
  leyden_value_builder_set_double (&b, "kappa", kappa);
  leyden_value_builder_set_boolean (&b, "truth", truth);
  leyden_value_builder_set_boolean (&b, "verdict", verdict);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static char *
word_verdict (gboolean verdict)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "reason", verdict ? "The answer says what is expected." : "The answer does not say what is expected.");
  leyden_value_builder_set_int (&b, "score", verdict ? 1 : 0);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_write (value, LEYDEN_JSON_COMPACT);
}

gboolean
leyden_simulation_judge_make (LeydenSimulationAnswer        *self,
                              const LeydenSimulationRequest *request,
                              guint64                        sample)
{
  LeydenValue *last = leyden_value_get_item (request->messages, leyden_value_get_size (request->messages) - 1);
  g_autofree char *text = leyden_simulation_message_text (last);
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
  g_autofree char *key = NULL;
  g_autofree char *n = NULL;
  gboolean truth, verdict;
  const char *answer;

  if (!leyden_sections_read (&sections, text))
    return FALSE;
  answer = leyden_sections_get (&sections, "answer");
  if (answer == NULL || !find_truth (&sections, answer, &truth))
    return FALSE;

  key = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", leyden_fnv1a64 (text, strlen (text)));
  n = g_strdup_printf ("%" G_GUINT64_FORMAT, sample);
  verdict = truth;
  if (leyden_simulation_uniform (request->seed, "judge", key, n, NULL) >= request->kappa)
    verdict = leyden_simulation_uniform (request->seed, "judge-coin", key, n, NULL) < 0.5;
  self->content = word_verdict (verdict);
  self->note = make_note (request->kappa, truth, verdict);
  return TRUE;
}
