/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-training"

#include "leyden-verdict-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-stats-intervals.h"
#include "leyden-stats-tests.h"

#define MOST_FLIPPED 16                 /* items up to which all flips of sign are gone through */
#define RESAMPLES 2000
#define MOST_RESAMPLED 5000             /* items; beyond, the mean is as good as normal and Student's interval stands alone */
#define EQUAL 1e-12
#define MOST_ERRORS 0.1                 /* of an arm's samples */

G_DEFINE_QUARK (leyden-verdict-error-quark, leyden_verdict_error)

/* What a comparison knows before a level is chosen: its p value, and all that its interval is made from. */
typedef struct
{
  LeydenVerdict *verdict;       /* filled but for interval and sentence */
  const char    *split;
  double        *differences;   /* of item means; n of the verdict */
  gboolean       within_one;    /* all rewards in 0…1, so all differences in −1…1 */
  LeydenBca      bca;
  double         p_flips;       /* NaN: not asked */
} Comparison;

static void
comparison_clear (Comparison *self)
{
  g_clear_pointer (&self->verdict, leyden_verdict_free);
  g_clear_pointer (&self->differences, g_free);
  leyden_bca_clear (&self->bca);
}

void
leyden_verdict_free (LeydenVerdict *self)
{
  if (self == NULL)
    return;
  g_free (self->sentence);
  g_free (self);
}

gboolean
leyden_rewards_are_binary (const double *rewards,
                           gsize         n)
{
  for (gsize i = 0; i < n; i++)
    if (isfinite (rewards[i]) && rewards[i] != 0 && rewards[i] != 1)
      return FALSE;
  return TRUE;
}

static double
reward_of (const LeydenVerdictData *data,
           const double            *rewards,
           gsize                    i)
{
  return isfinite (rewards[i]) ? rewards[i] : data->failure_reward;
}

static gboolean
is_within_one (double reward)
{
  return reward >= 0 && reward <= 1;
}

static gboolean
is_binary (double reward)
{
  return reward == 0 || reward == 1;
}

typedef struct
{
  guint item;
  gsize sample;
} Place;

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const Place *x = a;
  const Place *y = b;

  if (x->item != y->item)
    return x->item < y->item ? -1 : 1;
  return (x->sample > y->sample) - (x->sample < y->sample);
}

/* The samples, those of one item beside each other. (transfer full) */
static Place *
sort_samples (const LeydenVerdictData *data)
{
  Place *places = g_new (Place, data->n_samples);

  for (gsize i = 0; i < data->n_samples; i++)
    places[i] = (Place) { data->items != NULL ? data->items[i] : (guint) i, i };
  if (data->items != NULL)
    qsort (places, data->n_samples, sizeof *places, compare_places);
  return places;
}

static void
count_item (LeydenVerdict *verdict,
            double         difference)
{
  if (fabs (difference) <= EQUAL)
    verdict->tied++;
  else if (difference > 0)
    verdict->won++;
  else
    verdict->lost++;
}

/* Means of items and what is counted on the way; TRUE when every reward is 0 or 1. */
static gboolean
collect_items (Comparison              *self,
               const LeydenVerdictData *data)
{
  LeydenVerdict *verdict = self->verdict;
  g_autofree Place *places = sort_samples (data);
  g_autofree double *before = g_new (double, data->n_samples);
  g_autofree double *after = g_new (double, data->n_samples);
  gboolean binary = TRUE;
  guint n = 0;

  self->differences = g_new (double, data->n_samples);
  self->within_one = TRUE;
  for (gsize i = 0, end; i < data->n_samples; i = end)
    {
      double sum_before = 0;
      double sum_after = 0;

      for (end = i; end < data->n_samples && places[end].item == places[i].item; end++)
        {
          double a = reward_of (data, data->baseline, places[end].sample);
          double b = reward_of (data, data->candidate, places[end].sample);

          self->within_one = self->within_one && is_within_one (a) && is_within_one (b);
          binary = binary && is_binary (a) && is_binary (b);
          sum_before += a;
          sum_after += b;
        }
      before[n] = sum_before / (double) (end - i);
      after[n] = sum_after / (double) (end - i);
      self->differences[n] = after[n] - before[n];
      count_item (verdict, self->differences[n]);
      n++;
    }
  verdict->n = n;
  verdict->n_samples = data->n_samples;
  verdict->baseline_mean = leyden_stats_mean (before, n);
  verdict->candidate_mean = leyden_stats_mean (after, n);
  verdict->difference = leyden_stats_mean (self->differences, n);
  return binary;
}

/* The exact test of the items that differ: the others are the same under every flip. NaN when there are too many. */
static double
flip_differing (const double *differences,
                guint         n)
{
  double differing[MOST_FLIPPED];
  guint n_differing = 0;

  for (guint i = 0; i < n; i++)
    {
      if (fabs (differences[i]) <= EQUAL)
        continue;
      if (n_differing == MOST_FLIPPED)
        return NAN;
      differing[n_differing++] = differences[i];
    }
  return leyden_stats_sign_flip (differing, n_differing);
}

static double
paired_t_p (const double *differences,
            guint         n,
            double        mean)
{
  double sd = leyden_stats_sd (differences, n);

  if (sd > EQUAL)
    return leyden_stats_t_two_sided_p (mean / (sd / sqrt (n)), n - 1);
  /* All alike: Student's test is not defined, of the flips only two are as far. */
  return fabs (mean) <= EQUAL ? 1 : ldexp (2, -(int) MIN (n, 1000));
}

static void
test_many (Comparison *self,
           guint64     seed)
{
  LeydenVerdict *verdict = self->verdict;
  double p = paired_t_p (self->differences, verdict->n, verdict->difference);

  self->p_flips = flip_differing (self->differences, verdict->n);
  if (isfinite (self->p_flips))
    p = MAX (p, self->p_flips);
  if (verdict->n <= MOST_RESAMPLED && leyden_bca_init (&self->bca, self->differences, verdict->n, RESAMPLES, seed))
    p = MAX (p, leyden_bca_p (&self->bca, 0));
  verdict->p_alone = p;
}

static void
run_test (Comparison              *self,
          const LeydenVerdictData *data)
{
  LeydenVerdict *verdict = self->verdict;
  gboolean binary = collect_items (self, data);
  gboolean one_sample = verdict->n == verdict->n_samples;

  if (data->candidate == data->baseline)
    {
      verdict->method = "same";
      verdict->p_alone = 1;
    }
  else if (binary && one_sample)
    {
      verdict->method = "mcnemar-exact";
      verdict->p_alone = leyden_stats_mcnemar (verdict->won, verdict->lost, NULL);
    }
  else if (verdict->n <= MOST_FLIPPED)
    {
      verdict->method = "sign-flip-exact";
      verdict->p_alone = leyden_stats_sign_flip (self->differences, verdict->n);
    }
  else
    {
      verdict->method = one_sample ? "paired-t-bca" : "cluster-bootstrap";
      test_many (self, data->seed);
    }
}

static gboolean
has_too_few_answers (const LeydenVerdictData *data)
{
  return MAX (data->baseline_errors, data->candidate_errors) > MOST_ERRORS * (double) data->n_samples;
}

static gboolean
has_answers (const double *rewards,
             gsize         n)
{
  for (gsize i = 0; i < n; i++)
    if (isfinite (rewards[i]))
      return TRUE;
  return FALSE;
}

/* Whether one side's answers are simulated and the other's real. A side of failures alone has none of either kind. */
static gboolean
is_mixed (const LeydenVerdictData *data)
{
  return !data->baseline_simulated != !data->candidate_simulated && has_answers (data->baseline, data->n_samples)
         && has_answers (data->candidate, data->n_samples);
}

static gboolean
comparison_init (Comparison               *self,
                 const LeydenVerdictData  *data,
                 GError                  **error)
{
  *self = (Comparison) { .split = data->split, .p_flips = NAN };
  if (data->n_samples == 0)
    {
      g_set_error (error, LEYDEN_VERDICT_ERROR, LEYDEN_VERDICT_ERROR_EMPTY, _("There is no item to compare on"));
      return FALSE;
    }
  if (is_mixed (data))
    {
      g_set_error (error, LEYDEN_VERDICT_ERROR, LEYDEN_VERDICT_ERROR_MIXED,
                   _("Simulated answers are never compared with real ones"));
      return FALSE;
    }
  self->verdict = g_new0 (LeydenVerdict, 1);
  self->verdict->family = 1;
  self->verdict->simulated = data->baseline_simulated || data->candidate_simulated;
  self->verdict->withheld = has_too_few_answers (data);
  run_test (self, data);
  self->verdict->p = self->verdict->p_alone;
  return TRUE;
}

static void
widen (LeydenVerdict *verdict,
       double         low,
       double         high)
{
  verdict->low = MIN (verdict->low, low);
  verdict->high = MAX (verdict->high, high);
}

static void
widen_binary (LeydenVerdict *verdict)
{
  LeydenInterval score;
  LeydenInterval exact;

  leyden_stats_paired_score (verdict->won, verdict->lost, verdict->n, verdict->confidence, &score);
  leyden_stats_paired_exact (verdict->won, verdict->lost, verdict->n, verdict->confidence, &exact);
  widen (verdict, score.low, score.high);
  widen (verdict, exact.low, exact.high);
}

static void
widen_many (const Comparison *self,
            double            alpha)
{
  LeydenVerdict *verdict = self->verdict;
  LeydenInterval student;
  double low;
  double high;

  if (leyden_stats_t_interval (self->differences, verdict->n, verdict->confidence, &student))
    widen (verdict, student.low, student.high);
  if (self->bca.means != NULL)
    {
      leyden_bca_get (&self->bca, verdict->confidence, &low, &high);
      widen (verdict, low, high);
    }
  if (self->p_flips > alpha)
    widen (verdict, 0, 0);
}

/* The interval at the level @alpha; @rejected says what the test decided at it (alone or by Holm's procedure). */
static void
set_interval (Comparison *self,
              double      alpha,
              gboolean    rejected)
{
  LeydenVerdict *verdict = self->verdict;
  LeydenInterval flips;

  verdict->confidence = 1 - alpha;
  verdict->low = verdict->high = verdict->difference;
  if (g_str_equal (verdict->method, "mcnemar-exact"))
    widen_binary (verdict);
  else if (g_str_equal (verdict->method, "sign-flip-exact"))
    {
      leyden_stats_sign_flip_interval (self->differences, verdict->n, verdict->confidence, &flips);
      widen (verdict, flips.low, flips.high);
    }
  else if (!g_str_equal (verdict->method, "same"))
    widen_many (self, alpha);

  /* Rounding at the very end of an interval must not part it from its test. */
  if (!rejected)
    widen (verdict, 0, 0);
  verdict->significant = rejected && !verdict->withheld && (verdict->low > 0 || verdict->high < 0);
  if (self->within_one)
    {
      verdict->low = MAX (verdict->low, -1);
      verdict->high = MIN (verdict->high, 1);
    }
  if (isinf (verdict->low) || isinf (verdict->high))
    verdict->low = verdict->high = NAN;
}

/* As many as it takes, from two on, that the end nearer to 0 does not read as 0. */
static int
choose_digits (const LeydenVerdict *verdict)
{
  double nearest = MIN (fabs (verdict->low), fabs (verdict->high));
  int digits = 2;

  while (digits < 6 && nearest < 0.5 * pow (10, -digits))
    digits++;
  return digits;
}

static char *
format_verdict (const LeydenVerdict *verdict,
                const char          *split)
{
  int digits = choose_digits (verdict);
  g_autofree char *difference = leyden_verdict_format_number (verdict->difference, digits, "+");
  g_autofree char *low = leyden_verdict_format_number (verdict->low, digits, "");
  g_autofree char *high = leyden_verdict_format_number (verdict->high, digits, "");
  g_autofree char *items = leyden_verdict_format_items (verdict->n, split);

  if (verdict->family > 1)
    /* Translators: difference, interval, "72 test items", number of candidates; Holm is a name. */
    return g_strdup_printf (_("%s [%s, %s], paired, n = %s, Holm over %u candidates"), difference, low, high, items,
                            verdict->family);
  /* Translators: difference, low and high end of its interval, "72 test items". */
  return g_strdup_printf (_("%s [%s, %s], paired, n = %s"), difference, low, high, items);
}

static void
set_sentence (Comparison *self)
{
  LeydenVerdict *verdict = self->verdict;

  if (verdict->withheld)
    verdict->sentence = g_strdup (_("not enough answers"));
  else if (!verdict->significant)
    verdict->sentence = g_strdup (_("no difference shown"));
  else
    verdict->sentence = format_verdict (verdict, self->split);
}

static double
alpha_of (const LeydenVerdictData *data)
{
  return data->alpha > 0 && data->alpha < 1 ? data->alpha : LEYDEN_VERDICT_ALPHA;
}

LeydenVerdict *
leyden_verdict_compare (const LeydenVerdictData  *data,
                        GError                  **error)
{
  g_autoptr(GPtrArray) verdicts = NULL;

  g_return_val_if_fail (data != NULL, NULL);

  verdicts = leyden_verdict_compare_family (data, 1, error);
  return verdicts != NULL ? g_ptr_array_steal_index (verdicts, 0) : NULL;
}

static int
compare_p (gconstpointer a,
           gconstpointer b)
{
  double x = (*(Comparison * const *) a)->verdict->p_alone;
  double y = (*(Comparison * const *) b)->verdict->p_alone;

  return (x > y) - (x < y);
}

/* Holm's steps from the smallest p value: alpha ÷ k, alpha ÷ (k − 1), …; with the first that does not reject all others stay
 * at its level. */
static void
decide (Comparison *comparisons,
        guint       n,
        double      alpha)
{
  g_autofree Comparison **order = g_new (Comparison *, n);
  double largest = 0;
  gboolean rejecting = TRUE;
  guint step = 0;

  for (guint i = 0; i < n; i++)
    order[i] = &comparisons[i];
  qsort (order, n, sizeof *order, compare_p);
  for (guint i = 0; i < n; i++)
    {
      LeydenVerdict *verdict = order[i]->verdict;

      if (rejecting)
        step = n - i;
      largest = MAX (largest, verdict->p_alone * (n - i));
      verdict->p = MIN (1, largest);
      verdict->family = n;
      rejecting = rejecting && verdict->p_alone <= alpha / step;
      set_interval (order[i], alpha / step, rejecting);
      set_sentence (order[i]);
    }
}

GPtrArray *
leyden_verdict_compare_family (const LeydenVerdictData  *data,
                               guint                     n,
                               GError                  **error)
{
  g_autoptr(GPtrArray) verdicts = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_verdict_free);
  g_autoptr(GArray) comparisons = g_array_sized_new (FALSE, TRUE, sizeof (Comparison), n);

  g_return_val_if_fail (data != NULL && n > 0, NULL);

  g_array_set_clear_func (comparisons, (GDestroyNotify) comparison_clear);
  for (guint i = 0; i < n; i++)
    {
      g_array_set_size (comparisons, i + 1);
      if (!comparison_init (&g_array_index (comparisons, Comparison, i), &data[i], error))
        return NULL;
    }
  decide ((Comparison *) (gpointer) comparisons->data, n, alpha_of (data));
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (verdicts, g_steal_pointer (&g_array_index (comparisons, Comparison, i).verdict));
  return g_steal_pointer (&verdicts);
}

LeydenValue *
leyden_verdict_to_value (const LeydenVerdict *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_double (&b, "difference", self->difference);
  leyden_value_builder_set_double (&b, "low", self->low);
  leyden_value_builder_set_double (&b, "high", self->high);
  leyden_value_builder_set_int (&b, "n", self->n);
  leyden_value_builder_set_double (&b, "p", self->p);
  leyden_value_builder_set_string (&b, "sentence", self->sentence);
  leyden_value_builder_set_string (&b, "method", self->method);
  leyden_value_builder_set_double (&b, "baseline_mean", self->baseline_mean);
  leyden_value_builder_set_double (&b, "best_mean", self->candidate_mean);
  leyden_value_builder_set_boolean (&b, "significant", self->significant);
  leyden_value_builder_set_boolean (&b, "withheld", self->withheld);
  leyden_value_builder_set_boolean (&b, "simulated", self->simulated);
  leyden_value_builder_set_int (&b, "won", self->won);
  leyden_value_builder_set_int (&b, "lost", self->lost);
  leyden_value_builder_set_int (&b, "tied", self->tied);
  leyden_value_builder_set_double (&b, "confidence", self->confidence);
  leyden_value_builder_set_int (&b, "family", self->family);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
