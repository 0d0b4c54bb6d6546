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

/* Whether @answer solves the problem of the samples that stands in @question. FALSE: there is none. */
static gboolean
solves (const char *question,
        const char *answer,
        gboolean   *truth)
{
  g_autoptr(GArray) mails = NULL;
  double value, given;

  if (question == NULL)
    return FALSE;
  if (leyden_simulation_solve (question, &value))
    {
      *truth = leyden_simulation_last_number (answer, &given) && fabs (given - value) <= SAME * MAX (fabs (given), fabs (value));
      return TRUE;
    }
  mails = leyden_simulation_mails_find (leyden_simulation_mails_get (), question, strlen (question));
  if (mails->len == 0)
    return FALSE;
  *truth = is_same (g_array_index (mails, LeydenSimulationPlace, mails->len - 1).mail->is_spam ? "spam" : "ham", answer);
  return TRUE;
}

static gboolean
find_truth (const LeydenSections *sections,
            const char           *answer,
            gboolean             *truth)
{
  const char *expected = leyden_sections_get (sections, "expected");

  if (expected == NULL)
    return solves (leyden_sections_get (sections, "question"), answer, truth);
  *truth = is_same (expected, answer);
  return TRUE;
}

/* What the judge says: the truth, or a coin's 0 or 1. */
static guint
draw_verdict (const LeydenSimulationRequest *request,
              const char                    *text,
              guint64                        sample,
              guint                          truth)
{
  g_autofree char *key = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", leyden_fnv1a64 (text, strlen (text)));
  g_autofree char *n = g_strdup_printf ("%" G_GUINT64_FORMAT, sample);

  if (leyden_simulation_uniform (request->seed, "judge", key, n, NULL) < request->kappa)
    return truth;
  return leyden_simulation_uniform (request->seed, "judge-coin", key, n, NULL) < 0.5;
}

static LeydenValue *
make_note (double      kappa,
           const char *truth,
           const char *verdict)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "family", "judge");
  leyden_value_builder_set_double (&b, "kappa", kappa);
  leyden_value_builder_set_string (&b, "truth", truth);
  leyden_value_builder_set_string (&b, "verdict", verdict);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
word_verdict (LeydenSimulationAnswer *self,
              const char             *reason,
              const char             *name,
              LeydenValue            *verdict)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "reason", reason);
  leyden_value_builder_set (&b, name, verdict);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  self->content = leyden_json_write (value, LEYDEN_JSON_COMPACT);
}

static void
grade (LeydenSimulationAnswer        *self,
       const LeydenSimulationRequest *request,
       const char                    *text,
       guint64                        sample,
       gboolean                       truth)
{
  static const char * const names[] = { "wrong", "right" };
  guint verdict = draw_verdict (request, text, sample, (guint) truth);
  g_autoptr(LeydenValue) score = leyden_value_new_int (verdict);

  word_verdict (self, verdict ? "The answer says what is expected." : "The answer does not say what is expected.", "score", score);
  self->note = make_note (request->kappa, names[truth], names[verdict]);
}

/* Two answers to one question: the right one of a right and a wrong one, else a tie. */
static void
compare (LeydenSimulationAnswer        *self,
         const LeydenSimulationRequest *request,
         const char                    *text,
         guint64                        sample,
         gboolean                       first,
         gboolean                       second)
{
  static const char * const names[] = { "first", "second", "tie" };
  static const char * const reasons[] = { "The first answer is right.", "The second answer is right.", "Neither is better." };
  guint truth = first == second ? 2 : first ? 0 : 1, verdict = draw_verdict (request, text, sample, truth);
  g_autoptr(LeydenValue) better = leyden_value_new_string (names[verdict], -1);

  word_verdict (self, reasons[verdict], "better", better);
  self->note = make_note (request->kappa, names[truth], names[verdict]);
}

gboolean
leyden_simulation_judge_make (LeydenSimulationAnswer        *self,
                              const LeydenSimulationRequest *request,
                              guint64                        sample)
{
  LeydenValue *last = leyden_value_get_item (request->messages, leyden_value_get_size (request->messages) - 1);
  g_autofree char *text = leyden_simulation_message_text (last);
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
  const char *answer, *first, *second, *question;
  gboolean truth, other;

  if (!leyden_sections_read (&sections, text))
    return FALSE;
  answer = leyden_sections_get (&sections, "answer");
  first = leyden_sections_get (&sections, "first");
  second = leyden_sections_get (&sections, "second");
  question = leyden_sections_get (&sections, "question");
  if (answer != NULL && find_truth (&sections, answer, &truth))
    grade (self, request, text, sample, truth);
  else if (first != NULL && second != NULL && solves (question, first, &truth) && solves (question, second, &other))
    compare (self, request, text, sample, truth, other);
  else
    return FALSE;
  return TRUE;
}
