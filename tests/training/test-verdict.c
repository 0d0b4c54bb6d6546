/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts: what is said, that interval, p value and decision are one, and that equal candidates get no winner. */
#include <math.h>
#include <string.h>

#include "leyden-random.h"
#include "leyden-stats-intervals.h"
#include "leyden-stats-tests.h"
#include "leyden-verdict.h"

#define N_EXPERIMENTS 500
#define MOST_FALSE 34           /* 5 % of 500 and two standard errors of that */

/* Decision, interval, p value and sentence say the same. */
static void
assert_agrees (const LeydenVerdict *verdict,
               double               alpha)
{
  gboolean leaves_out = verdict->low > 0 || verdict->high < 0;

  if (verdict->withheld)
    {
      g_assert_false (verdict->significant);
      return;
    }
  g_assert_true (verdict->significant == leaves_out);
  g_assert_true (verdict->significant == (verdict->p <= alpha));
  g_assert_true (verdict->significant == !g_str_equal (verdict->sentence, "no difference shown"));
  if (!isnan (verdict->low))
    {
      g_assert_cmpfloat (verdict->low, <=, verdict->difference + 1e-12);
      g_assert_cmpfloat (verdict->high, >=, verdict->difference - 1e-12);
    }
}

static LeydenVerdict *
compare (const double *a,
         const double *b,
         gsize         n)
{
  LeydenVerdictData data = { .baseline = a, .candidate = b, .n_samples = n, .split = "test", .seed = 7 };
  g_autoptr(GError) error = NULL;
  LeydenVerdict *verdict = leyden_verdict_compare (&data, &error);

  g_assert_no_error (error);
  assert_agrees (verdict, 0.05);
  return verdict;
}

/* @won items that only the candidate solves, @lost that only the baseline does, @both solved by both. */
static LeydenVerdict *
compare_counts (guint won,
                guint lost,
                guint both,
                guint n)
{
  g_autofree double *a = g_new0 (double, n);
  g_autofree double *b = g_new0 (double, n);

  for (guint i = 0; i < n; i++)
    {
      b[i] = i < won || (i >= won + lost && i < won + lost + both);
      a[i] = i >= won && i < won + lost + both;
    }
  return compare (a, b, n);
}

static void
test_sentence (void)
{
  g_autoptr(LeydenVerdict) better = compare_counts (12, 3, 40, 72);
  g_autoptr(LeydenVerdict) equal = compare_counts (5, 4, 40, 72);
  g_autoptr(LeydenVerdict) worse = compare_counts (0, 9, 40, 72);
  g_autoptr(LeydenVerdict) one = compare_counts (1, 0, 0, 1);

  g_assert_cmpstr (better->method, ==, "mcnemar-exact");
  g_assert_cmpfloat_with_epsilon (better->p, 0.03515625, 1e-12);
  g_assert_cmpfloat_with_epsilon (better->difference, 9 / 72.0, 1e-12);
  g_assert_cmpuint (better->won, ==, 12);
  g_assert_cmpuint (better->lost, ==, 3);
  g_assert_cmpuint (better->tied, ==, 57);
  g_assert_cmpstr (better->sentence, ==, "+0.12 [0.01, 0.24], paired, n = 72 test items");
  g_assert_cmpstr (equal->sentence, ==, "no difference shown");
  g_assert_cmpstr (worse->sentence, ==, "-0.12 [-0.22, -0.04], paired, n = 72 test items");
  g_assert_cmpfloat (one->p, ==, 1);
  g_assert_cmpstr (one->sentence, ==, "no difference shown");
}

/* An end near 0 is not rounded to it. */
static void
test_sentence_digits (void)
{
  double a[400];
  double b[400];
  g_autoptr(LeydenVerdict) verdict = NULL;

  for (guint i = 0; i < 400; i++)
    {
      a[i] = 0.5;
      b[i] = i % 2 ? 0.503 : 0.5025;
    }
  verdict = compare (a, b, 400);
  g_assert_true (verdict->significant);
  g_assert_cmpstr (verdict->sentence, ==, "+0.003 [0.003, 0.003], paired, n = 400 test items");
}

static void
test_binary_agrees (void)
{
  for (guint won = 0; won <= 24; won++)
    for (guint lost = 0; lost <= 24; lost++)
      for (guint n = MAX (won + lost, 1); n < 400; n = n * 3 + 1)
        {
          g_autoptr(LeydenVerdict) verdict = compare_counts (won, lost, 0, n);

          g_assert_cmpfloat_with_epsilon (verdict->p, leyden_stats_mcnemar (won, lost, NULL), 1e-12);
          g_assert_cmpfloat (verdict->high - verdict->low, >, 0);
        }
}

/* Rewards in steps of @step with all sorts of zeros, skews and outliers. */
static void
draw_rewards (LeydenRandom *random,
              double        step,
              double        sparsity,
              double        shift,
              double       *a,
              double       *b,
              gsize         n)
{
  for (gsize i = 0; i < n; i++)
    {
      double level = leyden_random_u01 (random);

      a[i] = CLAMP (round ((level + leyden_random_u01 (random) - 0.5) / step) * step, 0, 1);
      b[i] = leyden_random_u01 (random) < sparsity
               ? a[i]
               : CLAMP (round ((level + shift + leyden_random_u01 (random) - 0.5) / step) * step, 0, 1);
    }
}

static void
test_real_agrees (void)
{
  static const gsize sizes[] = { 1, 2, 5, 6, 9, 16, 17, 18, 40, 72, 150 };
  static const double sparsities[] = { 0, 0.5, 0.9, 0.97 };
  guint n_significant = 0;
  LeydenRandom random;
  double a[150];
  double b[150];

  leyden_random_init (&random, 11);
  for (guint size = 0; size < G_N_ELEMENTS (sizes); size++)
    for (guint sparse = 0; sparse < G_N_ELEMENTS (sparsities); sparse++)
      for (guint i = 0; i < 10; i++)
        {
          g_autoptr(LeydenVerdict) verdict = NULL;

          draw_rewards (&random, 0.1, sparsities[sparse], 0.02 * i, a, b, sizes[size]);
          verdict = compare (a, b, sizes[size]);
          n_significant += verdict->significant;
        }
  g_assert_cmpuint (n_significant, >, 20);
}

/* Student's p value where nothing speaks against it; the exact one where few items differ. */
static void
test_real_methods (void)
{
  LeydenRandom random;
  double a[72];
  double b[72];
  g_autoptr(LeydenVerdict) dense = NULL;
  g_autoptr(LeydenVerdict) sparse = NULL;
  g_autoptr(LeydenVerdict) alike = NULL;

  leyden_random_init (&random, 3);
  draw_rewards (&random, 0.01, 0, 0.3, a, b, 72);
  dense = compare (a, b, 72);
  g_assert_cmpstr (dense->method, ==, "paired-t-bca");
  g_assert_cmpfloat_with_epsilon (dense->p, leyden_stats_paired_t (b, a, 72).p, 1e-12);
  g_assert_true (dense->significant);

  /* Four improvements of 72 items: Student finds 4.6 %, of 16 flips two are as far. */
  memset (a, 0, sizeof a);
  memset (b, 0, sizeof b);
  for (guint i = 0; i < 4; i++)
    b[i * 7] = 0.5;
  g_assert_cmpfloat (leyden_stats_paired_t (b, a, 72).p, <, 0.05);
  sparse = compare (a, b, 72);
  g_assert_cmpfloat_with_epsilon (sparse->p, 0.125, 1e-12);
  g_assert_false (sparse->significant);

  for (guint i = 0; i < 72; i++)
    b[i] = 0.25;
  alike = compare (a, b, 72);
  g_assert_true (alike->significant);
  g_assert_cmpfloat (alike->low, ==, 0.25);
  g_assert_cmpfloat (alike->high, ==, 0.25);
}

static void
test_few_items (void)
{
  static const double a[] = { 0.2, 0.3, 0.1, 0.4, 0.2, 0.3 };
  static const double b[] = { 0.4, 0.6, 0.2, 0.5, 0.5, 0.7 };
  static const double large[] = { 20, 30, 10, 40, 20 };
  g_autoptr(LeydenVerdict) five = compare (a, b, 5);
  g_autoptr(LeydenVerdict) six = compare (a, b, 6);
  g_autoptr(LeydenVerdict) unbounded = compare (a, large, 5);

  /* 2 of 32 flips are more than 5 %: nothing is excluded but what is impossible. */
  g_assert_cmpstr (five->method, ==, "sign-flip-exact");
  g_assert_cmpfloat (five->p, ==, 0.0625);
  g_assert_cmpfloat (five->low, ==, -1);
  g_assert_cmpfloat (five->high, ==, 1);
  g_assert_cmpfloat (six->p, ==, 0.03125);
  g_assert_cmpfloat_with_epsilon (six->low, 0.1, 1e-12);
  g_assert_cmpfloat_with_epsilon (six->high, 0.4, 1e-12);
  g_assert_true (isnan (unbounded->low) && isnan (unbounded->high));
  g_assert_false (unbounded->significant);
}

/* Who leaves hard items out does not win. */
static void
test_failures_count (void)
{
  double a[40];
  double b[40];
  g_autoptr(LeydenVerdict) verdict = NULL;

  for (guint i = 0; i < 40; i++)
    {
      a[i] = i < 30;
      b[i] = i < 20 ? 1 : i < 36 ? NAN : 0;
    }
  verdict = compare (a, b, 40);
  g_assert_cmpuint (verdict->n, ==, 40);
  g_assert_cmpfloat (verdict->candidate_mean, ==, 0.5);
  g_assert_cmpfloat (verdict->baseline_mean, ==, 0.75);
  g_assert_true (verdict->significant && verdict->difference < 0);
}

static void
test_failure_reward (void)
{
  static const double a[] = { 1, 1, 1, INFINITY };
  static const double b[] = { 1, NAN, 1, 1 };
  LeydenVerdictData data = { .baseline = a, .candidate = b, .n_samples = 4, .failure_reward = 0.5 };
  g_autoptr(LeydenVerdict) verdict = leyden_verdict_compare (&data, NULL);

  g_assert_cmpfloat (verdict->baseline_mean, ==, 0.875);
  g_assert_cmpfloat (verdict->candidate_mean, ==, 0.875);
}

static void
test_withheld (void)
{
  double a[40] = { 0 };
  double b[40];
  LeydenVerdictData data = { .baseline = a, .candidate = b, .n_samples = 40, .split = "test" };
  g_autoptr(LeydenVerdict) enough = NULL;
  g_autoptr(LeydenVerdict) withheld = NULL;

  for (guint i = 0; i < 40; i++)
    b[i] = 1;
  data.baseline_errors = 4;
  enough = leyden_verdict_compare (&data, NULL);
  g_assert_true (enough->significant);
  data.baseline_errors = 5;
  withheld = leyden_verdict_compare (&data, NULL);
  g_assert_true (withheld->withheld);
  g_assert_false (withheld->significant);
  g_assert_cmpstr (withheld->sentence, ==, "not enough answers");
}

static void
test_simulated_never_with_real (void)
{
  static const double x[] = { 1, 0 };
  static const double y[] = { 1, 1 };
  static const double failed[] = { NAN, NAN };
  LeydenVerdictData data = { .baseline = x, .candidate = y, .n_samples = 2, .candidate_simulated = TRUE };
  g_autoptr(LeydenVerdict) verdict = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_verdict_compare (&data, &error));
  g_assert_error (error, LEYDEN_VERDICT_ERROR, LEYDEN_VERDICT_ERROR_MIXED);
  g_clear_error (&error);
  data.baseline_simulated = TRUE;
  verdict = leyden_verdict_compare (&data, &error);
  g_assert_no_error (error);
  g_assert_true (verdict->simulated);

  /* Nothing but failures is of neither kind. */
  data.baseline_simulated = FALSE;
  data.baseline = failed;
  g_clear_pointer (&verdict, leyden_verdict_free);
  verdict = leyden_verdict_compare (&data, &error);
  g_assert_no_error (error);
  g_assert_true (verdict->simulated);
  data.n_samples = 0;
  g_assert_null (leyden_verdict_compare (&data, &error));
  g_assert_error (error, LEYDEN_VERDICT_ERROR, LEYDEN_VERDICT_ERROR_EMPTY);
}

/* Ten samples of eight items are eight, not eighty. */
static void
test_samples_of_items (void)
{
  double a[400];
  double b[400];
  guint items[400];
  LeydenVerdictData data = { .baseline = a, .candidate = b, .items = items, .n_samples = 80, .split = "test", .seed = 5 };
  g_autoptr(LeydenVerdict) few = NULL;
  g_autoptr(LeydenVerdict) many = NULL;

  for (guint i = 0; i < 400; i++)
    {
      items[i] = i % (i < 80 ? 8 : 40);
      a[i] = 0;
      b[i] = items[i] < 5;
    }
  few = leyden_verdict_compare (&data, NULL);
  g_assert_cmpuint (few->n, ==, 8);
  g_assert_cmpuint (few->n_samples, ==, 80);
  g_assert_cmpstr (few->method, ==, "sign-flip-exact");
  g_assert_cmpfloat (few->p, ==, 0.0625);
  assert_agrees (few, 0.05);

  for (guint i = 0; i < 400; i++)
    {
      items[i] = i / 10 * 1000003;
      b[i] = i % 10 < i / 10 % 6;
      a[i] = i % 10 < 2;
    }
  data.n_samples = 400;
  many = leyden_verdict_compare (&data, NULL);
  g_assert_cmpuint (many->n, ==, 40);
  g_assert_cmpstr (many->method, ==, "cluster-bootstrap");
  assert_agrees (many, 0.05);
}

static void
test_same_candidate (void)
{
  static const double x[] = { 1, 0, 1, 1, 0, 0, 1, 1 };
  g_autoptr(LeydenVerdict) verdict = compare (x, x, G_N_ELEMENTS (x));

  g_assert_cmpstr (verdict->method, ==, "same");
  g_assert_cmpfloat (verdict->low, ==, 0);
  g_assert_cmpfloat (verdict->high, ==, 0);
  g_assert_cmpfloat (verdict->p, ==, 1);
}

/* p values 0.0078, 0.031, 0.031, 1: three would win alone, one does in the family of four. */
static void
test_family (void)
{
  static const guint wins[] = { 8, 6, 6, 0 };
  double a[60] = { 0 };
  double b[4][60] = { { 0 } };
  LeydenVerdictData data[4];
  g_autoptr(GPtrArray) verdicts = NULL;
  g_autoptr(GError) error = NULL;

  for (guint k = 0; k < 4; k++)
    {
      for (guint i = 0; i < wins[k]; i++)
        b[k][i] = 1;
      data[k] = (LeydenVerdictData) { .baseline = a, .candidate = b[k], .n_samples = 60, .split = "test" };
    }
  verdicts = leyden_verdict_compare_family (data, 4, &error);
  g_assert_no_error (error);
  for (guint k = 0; k < 4; k++)
    {
      const LeydenVerdict *verdict = g_ptr_array_index (verdicts, k);

      assert_agrees (verdict, 0.05);
      g_assert_true (verdict->significant == (k == 0));
      g_assert_true ((verdict->p_alone <= 0.05) == (k < 3));
      g_assert_cmpuint (verdict->family, ==, 4);
      g_assert_cmpfloat (verdict->confidence, >=, 0.95);
    }
  g_assert_cmpstr (((const LeydenVerdict *) g_ptr_array_index (verdicts, 0))->sentence, ==,
                   "+0.13 [0.01, 0.28], paired, n = 60 test items, Holm over 4 candidates");
}

static void
test_family_agrees (void)
{
  LeydenRandom random;
  double a[50];
  double b[5][50];
  guint n_significant = 0;

  leyden_random_init (&random, 19);
  for (guint round = 0; round < 60; round++)
    {
      LeydenVerdictData data[5];
      g_autoptr(GPtrArray) verdicts = NULL;
      double p[5];

      for (guint k = 0; k < 5; k++)
        {
          draw_rewards (&random, round % 2 ? 0.1 : 1, 0.3, 0.06 * k, a, b[k], 50);
          data[k] = (LeydenVerdictData) { .baseline = a, .candidate = b[k], .n_samples = 50, .seed = round };
        }
      verdicts = leyden_verdict_compare_family (data, 5, NULL);
      for (guint k = 0; k < 5; k++)
        p[k] = ((const LeydenVerdict *) g_ptr_array_index (verdicts, k))->p_alone;
      leyden_stats_holm (p, 5, p);
      for (guint k = 0; k < 5; k++)
        {
          const LeydenVerdict *verdict = g_ptr_array_index (verdicts, k);

          assert_agrees (verdict, 0.05);
          g_assert_cmpfloat_with_epsilon (verdict->p, p[k], 1e-12);
          n_significant += verdict->significant;
        }
    }
  g_assert_cmpuint (n_significant, >, 30);
}

static void
test_value (void)
{
  g_autoptr(LeydenVerdict) verdict = compare_counts (12, 3, 40, 72);
  g_autoptr(LeydenValue) value = leyden_verdict_to_value (verdict);

  g_assert_cmpfloat (leyden_value_get_member_double (value, "difference", NAN), ==, verdict->difference);
  g_assert_cmpfloat (leyden_value_get_member_double (value, "low", NAN), ==, verdict->low);
  g_assert_cmpfloat (leyden_value_get_member_double (value, "high", NAN), ==, verdict->high);
  g_assert_cmpint (leyden_value_get_member_int (value, "n", 0), ==, 72);
  g_assert_cmpfloat (leyden_value_get_member_double (value, "p", NAN), ==, verdict->p);
  g_assert_cmpstr (leyden_value_get_member_string (value, "sentence", NULL), ==, verdict->sentence);
  g_assert_true (leyden_value_get_member_boolean (value, "significant", FALSE));
}

static double
plan (guint  n,
      double before,
      double sd,
      guint  family)
{
  g_autoptr(LeydenValue) value = leyden_verdict_plan (n, "test", before, sd, family, 0, 0);

  g_assert_nonnull (leyden_value_get_member_string (value, "sentence", NULL));
  g_assert_cmpint (leyden_value_get_member_int (value, "n", -1), ==, n);
  return leyden_value_get_member_double (value, "detectable", NAN);
}

static void
test_plan (void)
{
  g_autoptr(LeydenValue) value = leyden_verdict_plan (72, "test", NAN, NAN, 1, 0, 0);
  g_autoptr(LeydenValue) few = leyden_verdict_plan (3, "test", NAN, NAN, 1, 0, 0);
  double known = plan (72, NAN, 0.4, 1);

  g_assert_cmpstr (leyden_value_get_member_string (value, "sentence", NULL), ==,
                   "72 test items show an improvement of +0.23 or more with a probability of 80 %");
  g_assert_cmpstr (leyden_value_get_member_string (few, "sentence", NULL), ==,
                   "3 test items are too few to show an improvement");
  g_assert_true (leyden_value_is_null (leyden_value_get_member (few, "detectable")));
  /* Solving back. */
  g_assert_cmpfloat_with_epsilon (leyden_stats_n_paired_mean (known, 0.4, 0.05, 0.8), 72, 1e-6);
  g_assert_cmpfloat (plan (720, NAN, NAN, 1), <, plan (72, NAN, NAN, 1));
  g_assert_cmpfloat (plan (72, NAN, NAN, 5), >, plan (72, NAN, NAN, 1));
  /* From 0.99 there is no room. */
  g_assert_true (isnan (plan (72, 0.99, NAN, 1)));
  g_assert_true (isnan (plan (0, 0.5, NAN, 1)));
  g_assert_true (isnan (plan (5, 0.5, 0.1, 1)));
}

/* --- honesty: equal candidates --- */

typedef struct
{
  guint n_candidates;
  guint n_validation;
  guint n_test;
  gboolean binary;
} Setting;

/* Every candidate solves an item with that item's own probability: equal in truth, however the scores look. */
static void
draw_candidate (LeydenRandom *random,
                const double *easy,
                gboolean      binary,
                double       *x,
                guint         n)
{
  for (guint i = 0; i < n; i++)
    {
      double hit = leyden_random_u01 (random) < easy[i];

      /* Real rewards: most answers all right or all wrong, the rest in between: skewed and with many zeros. */
      x[i] = binary || leyden_random_u01 (random) < 0.6 ? hit : round (10 * leyden_random_u01 (random) * easy[i]) / 10;
    }
}

/* Search among equal candidates by validation score, then the verdict on test items. */
static gboolean
finds_winner (const Setting *setting,
              guint64        seed)
{
  guint n = setting->n_validation + setting->n_test;
  g_autofree double *easy = g_new (double, n);
  g_autofree double *baseline = g_new (double, n);
  g_autofree double *best = g_new (double, n);
  g_autoptr(LeydenVerdict) verdict = NULL;
  double best_mean = -1;
  LeydenRandom random;

  leyden_random_init (&random, seed);
  for (guint i = 0; i < n; i++)
    easy[i] = leyden_random_u01 (&random);
  draw_candidate (&random, easy, setting->binary, baseline, n);
  for (guint k = 0; k < setting->n_candidates; k++)
    {
      g_autofree double *x = g_new (double, n);
      double mean;

      draw_candidate (&random, easy, setting->binary, x, n);
      mean = leyden_stats_mean (x, setting->n_validation);
      if (mean > best_mean)
        {
          best_mean = mean;
          memcpy (best, x, n * sizeof *x);
        }
    }
  verdict = compare (baseline + setting->n_validation, best + setting->n_validation, setting->n_test);
  return verdict->significant;
}

static void
test_null_experiments (gconstpointer data)
{
  const Setting *setting = data;
  guint n_false = 0;

  for (guint i = 0; i < N_EXPERIMENTS; i++)
    n_false += finds_winner (setting, 1000 + i);
  g_test_message ("%u false winners in %u experiments", n_false, N_EXPERIMENTS);
  g_assert_cmpuint (n_false, <=, MOST_FALSE);
}

/* Watched after every item, stopped at the first that looks decided. @lift: what the candidate is better by. */
static gboolean
is_decided (gboolean  binary,
            double    lift,
            guint     n,
            guint64   seed)
{
  LeydenPairSequence sequence;
  LeydenRandom random;
  gboolean decided = FALSE;

  leyden_random_init (&random, seed);
  leyden_pair_sequence_init (&sequence, binary, 0.05);
  for (guint i = 0; i < n; i++)
    {
      double easy = leyden_random_u01 (&random);
      double easier = MIN (1, easy + lift);
      LeydenInterval interval;
      double a;
      double b;
      double p;

      draw_candidate (&random, &easy, binary, &a, 1);
      draw_candidate (&random, &easier, binary, &b, 1);
      leyden_pair_sequence_add (&sequence, a, b);
      leyden_pair_sequence_get (&sequence, &interval, &p);
      g_assert_true ((interval.low > 0 || interval.high < 0) == (p < 0.05));
      g_assert_true (!decided || p < 0.05);
      decided = p < 0.05;
    }
  return decided;
}

static guint
count_decided (gboolean binary,
               double   lift,
               guint    n,
               guint    n_experiments)
{
  guint n_decided = 0;

  for (guint i = 0; i < n_experiments; i++)
    n_decided += is_decided (binary, lift, n, 5000 + i);
  return n_decided;
}

static void
test_null_watched (gconstpointer data)
{
  guint n_false = count_decided (GPOINTER_TO_INT (data), 0, 200, N_EXPERIMENTS);

  g_test_message ("%u false winners in %u experiments", n_false, N_EXPERIMENTS);
  g_assert_cmpuint (n_false, <=, MOST_FALSE);
}

/* Honest is not blind: what is there is found, also while watching. */
static void
test_lift_watched (gconstpointer data)
{
  guint n_found = count_decided (GPOINTER_TO_INT (data), 0.4, 300, 20);

  g_test_message ("%u of 20 found", n_found);
  g_assert_cmpuint (n_found, >=, 18);
}

/* The interval holds the true difference at every look. */
static void
test_sequence_coverage (gconstpointer data)
{
  gboolean binary = GPOINTER_TO_INT (data);
  guint n_missed = 0;

  for (guint i = 0; i < N_EXPERIMENTS; i++)
    {
      LeydenPairSequence pairs;
      LeydenMeanSequence mean;
      LeydenRandom random;
      gboolean missed = FALSE;

      leyden_random_init (&random, 9000 + i);
      leyden_pair_sequence_init (&pairs, binary, 0.05);
      leyden_mean_sequence_init (&mean, binary, 0.05);
      for (guint j = 0; j < 120; j++)
        {
          double a = leyden_random_u01 (&random) < 0.4;
          double b = leyden_random_u01 (&random) < 0.7;
          LeydenInterval interval;

          if (!binary)
            {
              a = a * 0.5 + 0.1;
              b = b * 0.5 + 0.1;
            }
          leyden_pair_sequence_add (&pairs, a, b);
          leyden_pair_sequence_get (&pairs, &interval, NULL);
          missed = missed || interval.low > (binary ? 0.3 : 0.15) || interval.high < (binary ? 0.3 : 0.15);
          leyden_mean_sequence_add (&mean, b);
          leyden_mean_sequence_get (&mean, &interval);
          missed = missed || interval.low > (binary ? 0.7 : 0.45) || interval.high < (binary ? 0.7 : 0.45);
        }
      n_missed += missed;
    }
  g_test_message ("%u of %u missed the truth at some look", n_missed, N_EXPERIMENTS);
  /* Two sequences of 5 % each. */
  g_assert_cmpuint (n_missed, <=, 2 * MOST_FALSE);
}

static void
test_sequence_broken (void)
{
  LeydenPairSequence pairs;
  LeydenMeanSequence mean;
  LeydenInterval interval;
  double p;

  leyden_pair_sequence_init (&pairs, TRUE, 0.05);
  leyden_pair_sequence_get (&pairs, &interval, &p);
  g_assert_cmpfloat (interval.low, ==, -1);
  g_assert_cmpfloat (interval.high, ==, 1);
  g_assert_cmpfloat (p, ==, 1);
  for (guint i = 0; i < 30; i++)
    leyden_pair_sequence_add (&pairs, 0, 1);
  leyden_pair_sequence_get (&pairs, &interval, &p);
  g_assert_cmpfloat (p, <, 0.001);
  leyden_pair_sequence_add (&pairs, 0.5, 1);
  leyden_pair_sequence_get (&pairs, &interval, &p);
  g_assert_true (isnan (interval.low) && isnan (interval.high));
  g_assert_cmpfloat (p, ==, 1);

  leyden_mean_sequence_init (&mean, FALSE, 0.05);
  leyden_mean_sequence_get (&mean, &interval);
  g_assert_cmpfloat (interval.low, ==, 0);
  leyden_mean_sequence_add (&mean, NAN);
  leyden_mean_sequence_get (&mean, &interval);
  g_assert_cmpfloat (interval.estimate, ==, 0);
  leyden_mean_sequence_add (&mean, 2);
  leyden_mean_sequence_get (&mean, &interval);
  g_assert_true (isnan (interval.low));
}

/* Open: as narrow as it may be while all are 0 or 1, and valid when a fraction comes. */
static void
test_sequence_open (void)
{
  LeydenMeanSequence open_one;
  LeydenMeanSequence real;
  LeydenInterval interval;
  LeydenInterval wider;

  leyden_mean_sequence_init_open (&open_one, 0.05);
  leyden_mean_sequence_init (&real, FALSE, 0.05);
  for (guint i = 0; i < 60; i++)
    {
      leyden_mean_sequence_add (&open_one, i % 3 != 0);
      leyden_mean_sequence_add (&real, i % 3 != 0);
    }
  leyden_mean_sequence_get (&open_one, &interval);
  leyden_mean_sequence_get (&real, &wider);
  g_assert_cmpfloat_with_epsilon (interval.estimate, 2.0 / 3, 1e-12);
  g_assert_true (interval.low < 2.0 / 3 && interval.high > 2.0 / 3);
  g_assert_cmpfloat (interval.high - interval.low, <, 0.95 * (wider.high - wider.low));
  leyden_mean_sequence_add (&open_one, 0.5);
  leyden_mean_sequence_get (&open_one, &interval);
  g_assert_true (interval.low <= 2.0 / 3 && interval.high >= 2.0 / 3);
  g_assert_cmpfloat (interval.high - interval.low, >, wider.high - wider.low - 0.05);
}

int
main (int    argc,
      char **argv)
{
  static const Setting binary = { 8, 40, 72, TRUE };
  static const Setting real = { 8, 40, 72, FALSE };
  static const Setting few = { 8, 20, 12, FALSE };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verdict/sentence", test_sentence);
  g_test_add_func ("/verdict/sentence/digits", test_sentence_digits);
  g_test_add_func ("/verdict/binary-agrees", test_binary_agrees);
  g_test_add_func ("/verdict/real-agrees", test_real_agrees);
  g_test_add_func ("/verdict/real-methods", test_real_methods);
  g_test_add_func ("/verdict/few-items", test_few_items);
  g_test_add_func ("/verdict/failures-count", test_failures_count);
  g_test_add_func ("/verdict/failure-reward", test_failure_reward);
  g_test_add_func ("/verdict/withheld", test_withheld);
  g_test_add_func ("/verdict/simulated-never-with-real", test_simulated_never_with_real);
  g_test_add_func ("/verdict/samples-of-items", test_samples_of_items);
  g_test_add_func ("/verdict/same-candidate", test_same_candidate);
  g_test_add_func ("/verdict/family", test_family);
  g_test_add_func ("/verdict/family/agrees", test_family_agrees);
  g_test_add_func ("/verdict/value", test_value);
  g_test_add_func ("/verdict/plan", test_plan);
  g_test_add_data_func ("/verdict/null-experiments/binary", &binary, test_null_experiments);
  g_test_add_data_func ("/verdict/null-experiments/real", &real, test_null_experiments);
  g_test_add_data_func ("/verdict/null-experiments/few-items", &few, test_null_experiments);
  g_test_add_data_func ("/verdict/null-watched/binary", GINT_TO_POINTER (TRUE), test_null_watched);
  g_test_add_data_func ("/verdict/null-watched/real", GINT_TO_POINTER (FALSE), test_null_watched);
  g_test_add_data_func ("/verdict/lift-watched/binary", GINT_TO_POINTER (TRUE), test_lift_watched);
  g_test_add_data_func ("/verdict/lift-watched/real", GINT_TO_POINTER (FALSE), test_lift_watched);
  g_test_add_data_func ("/verdict/sequence-coverage/binary", GINT_TO_POINTER (TRUE), test_sequence_coverage);
  g_test_add_data_func ("/verdict/sequence-coverage/real", GINT_TO_POINTER (FALSE), test_sequence_coverage);
  g_test_add_func ("/verdict/sequence-broken", test_sequence_broken);
  g_test_add_func ("/verdict/sequence-open", test_sequence_open);
  return g_test_run ();
}
