/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the test vectors of tests/training do not cover: edges, identities, simulations with a fixed seed. */
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "leyden-bandit.h"
#include "leyden-random.h"
#include "leyden-stats-evaluation.h"
#include "leyden-stats-intervals.h"
#include "leyden-stats-sequential.h"
#include "leyden-stats-tests.h"
#include "leyden-stats.h"

static void
test_sums (void)
{
  static const double hard[] = { 1e100, 1, -1e100, 1, 1, 1, 1, 1, 1, 1 };
  static const double one[] = { 5 };
  double tenth[1000];

  for (guint i = 0; i < G_N_ELEMENTS (tenth); i++)
    tenth[i] = 0.1;
  g_assert_cmpfloat (leyden_stats_sum (hard, G_N_ELEMENTS (hard)), ==, 8);
  g_assert_cmpfloat (leyden_stats_sum (tenth, 1000), ==, 100);
  g_assert_cmpfloat (leyden_stats_sum (NULL, 0), ==, 0);
  g_assert_true (isnan (leyden_stats_mean (NULL, 0)));
  g_assert_true (isnan (leyden_stats_sd (one, 1)));
  g_assert_cmpfloat (leyden_stats_sd (tenth, 1000), <, 1e-15);
}

static void
test_quantiles (void)
{
  g_assert_cmpfloat (leyden_stats_normal_quantile (0.5), ==, 0);
  g_assert_true (isinf (leyden_stats_normal_quantile (0)) && isinf (leyden_stats_normal_quantile (1)));
  g_assert_true (isnan (leyden_stats_normal_quantile (-0.1)) && isnan (leyden_stats_normal_quantile (NAN)));
  for (double p = 1e-300; p < 0.5; p *= 7)
    {
      double z = leyden_stats_normal_quantile (p);

      g_assert_cmpfloat_with_epsilon (leyden_stats_normal_cdf (z) / p, 1, 1e-11);
      if (p > 1e-10)
        g_assert_cmpfloat_with_epsilon (leyden_stats_normal_quantile (1 - p), -z, 1e-5);
    }
  for (double df = 0.5; df < 1e6; df *= 3)
    for (double p = 0.001; p < 1; p += 0.0495)
      {
        double t = leyden_stats_t_quantile (p, df);
        double both = leyden_stats_t_two_sided_p (t, df);

        g_assert_cmpfloat_with_epsilon (t < 0 ? both / 2 : 1 - both / 2, p, 1e-9);
      }
}

static void
test_beta (void)
{
  for (double a = 0.3; a < 2000; a *= 4)
    for (double b = 0.3; b < 2000; b *= 4)
      for (double p = 0.001; p < 1; p += 0.0999)
        {
          double x = leyden_stats_ibeta_inv (a, b, p);

          g_assert_true (x >= 0 && x <= 1);
          g_assert_cmpfloat_with_epsilon (leyden_stats_ibeta (a, b, x), p, 1e-9);
          /* 1 − x has few digits of a small x. */
          if (x > 0.01)
            g_assert_cmpfloat_with_epsilon (leyden_stats_ibeta (b, a, 1 - x), 1 - p, 1e-9);
        }
  g_assert_cmpfloat (leyden_stats_ibeta (2, 3, -1), ==, 0);
  g_assert_cmpfloat (leyden_stats_ibeta (2, 3, 2), ==, 1);
  g_assert_true (isnan (leyden_stats_ibeta (0, 3, 0.5)));
  g_assert_cmpfloat (leyden_stats_ibeta_inv (2, 3, 0), ==, 0);
}

static void
test_intervals (void)
{
  static const double one[] = { 3 };
  static const double x[] = { 1, 2, 3 };
  LeydenInterval interval;

  g_assert_false (leyden_stats_t_interval (one, 1, 0.95, &interval));
  g_assert_false (leyden_stats_bootstrap (one, 1, 100, 1, 0.95, &interval));
  leyden_stats_wilson (0, 0, 0.95, &interval);
  g_assert_cmpfloat (interval.low, ==, 0);
  g_assert_cmpfloat (interval.high, ==, 1);
  for (guint64 n = 1; n < 60; n++)
    for (guint64 k = 0; k <= n; k++)
      {
        LeydenInterval corrected;
        LeydenInterval exact;

        leyden_stats_wilson (k, n, 0.95, &interval);
        leyden_stats_wilson_corrected (k, n, 0.95, &corrected);
        leyden_stats_clopper_pearson (k, n, 0.95, &exact);
        g_assert_true (interval.low <= interval.estimate && interval.estimate <= interval.high);
        g_assert_true (corrected.low <= interval.low + 1e-12 && corrected.high >= interval.high - 1e-12);
        g_assert_true (exact.low <= interval.estimate && exact.high >= interval.estimate);
        g_assert_true (interval.low >= 0 && interval.high <= 1 && corrected.low >= 0 && corrected.high <= 1);
      }
  g_assert_cmpfloat (leyden_stats_quantile (x, 3, 1), ==, 3);
  g_assert_cmpfloat (leyden_stats_quantile (x, 3, 0), ==, 1);
  g_assert_cmpfloat (leyden_stats_quantile (one, 1, 0.3), ==, 3);
}

/* Samples of one item that are all alike say no more than one of them does. */
static void
test_clusters (void)
{
  double x[80];
  guint cluster[80];
  LeydenInterval apart;
  LeydenInterval together;

  for (guint i = 0; i < 80; i++)
    {
      cluster[i] = i / 8;
      x[i] = (i / 8) % 2;
    }
  g_assert_true (leyden_stats_bootstrap (x, 80, 1000, 3, 0.95, &apart));
  g_assert_true (leyden_stats_bootstrap_clusters (x, cluster, 80, 10, 1000, 3, 0.95, &together));
  g_assert_cmpfloat (together.estimate, ==, 0.5);
  g_assert_cmpfloat (together.high - together.low, >, 2 * (apart.high - apart.low));
  g_assert_false (leyden_stats_bootstrap_clusters (x, cluster, 8, 1, 100, 3, 0.95, &together));
}

static void
test_tests (void)
{
  static const double same[] = { 1, 1, 1 };
  static const double tied[] = { 1, -1, 2 };
  double mid;

  g_assert_true (isnan (leyden_stats_welch (same, 3, same, 3).p));
  g_assert_true (isnan (leyden_stats_paired_t (same, same, 3).p));
  g_assert_true (isnan (leyden_stats_wilcoxon (tied, 3).p));
  g_assert_true (isnan (leyden_stats_mann_whitney (same, 3, same, 3).p));
  g_assert_cmpfloat (leyden_stats_sign_flip (same, 3), ==, 0.25);
  g_assert_cmpfloat (leyden_stats_mcnemar (0, 0, &mid), ==, 1);
  g_assert_cmpfloat (leyden_stats_mcnemar (100000, 100500, NULL), <, 1);
  g_assert_cmpfloat (leyden_stats_fisher (0, 0, 0, 0), ==, 1);
  g_assert_cmpfloat_with_epsilon (leyden_stats_binomial (5, 10, 0.5), 1, 1e-12);
}

/* A sequence that is looked at after every item excludes the truth in at most 5 % of all runs at any look. */
static void
test_anytime (void)
{
  LeydenRandom random;
  guint wrong = 0;
  guint wrong_wilson = 0;

  leyden_random_init (&random, 9);
  for (guint run = 0; run < 150; run++)
    {
      gboolean missed = FALSE;
      gboolean missed_wilson = FALSE;
      guint64 s = 0;

      for (guint64 n = 1; n <= 150; n++)
        {
          LeydenInterval interval;

          s += leyden_random_u01 (&random) < 0.7;
          missed = missed || leyden_stats_beta_binomial_log ((double) s, (double) n, 0.7, 1, 1) >= -log (0.05);
          leyden_stats_wilson (s, n, 0.95, &interval);
          missed_wilson = missed_wilson || interval.low > 0.7 || interval.high < 0.7;
        }
      wrong += missed;
      wrong_wilson += missed_wilson;
    }
  g_assert_cmpuint (wrong, <=, 15);
  g_assert_cmpuint (wrong_wilson, >, 30);
}

static void
test_sequences (void)
{
  static const double x[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
  LeydenInterval interval;
  LeydenInterval running;

  leyden_stats_beta_binomial_cs (0, 0, 0.05, 1, 1, &interval);
  g_assert_cmpfloat (interval.low, ==, 0);
  g_assert_cmpfloat (interval.high, ==, 1);
  leyden_stats_empirical_bernstein (NULL, 0, 0.05, 0.5, &interval, &running);
  g_assert_cmpfloat (running.low, ==, 0);
  leyden_stats_empirical_bernstein (x, G_N_ELEMENTS (x), 0.05, 0.5, &interval, &running);
  g_assert_cmpfloat (interval.low, >, 0.6);
  g_assert_cmpfloat (running.low, >=, interval.low);
  g_assert_cmpfloat_with_epsilon (leyden_stats_n_two_proportions (0.6, 0.6 + leyden_stats_detectable (0.6, 356, 0.05, 0.8),
                                                                 0.05, 0.8), 356, 1e-6);
  g_assert_true (isnan (leyden_stats_detectable (0.95, 10, 0.05, 0.8)));
}

static void
test_evaluation (void)
{
  static const double shut_out[] = { 0, 3, 0, 0 };
  static const double linked[] = { 0, 3, 1, 0 };
  LeydenOffPolicyRow even[40];
  LeydenOffPolicy out;
  double ratings[2];
  gboolean padded;

  for (guint i = 0; i < G_N_ELEMENTS (even); i++)
    even[i] = (LeydenOffPolicyRow) { i % 2, 0.5, 0.5, 0.5, 0.5 };
  leyden_stats_off_policy (even, G_N_ELEMENTS (even), 10, &out);
  g_assert_cmpfloat (out.ips, ==, 0.5);
  g_assert_cmpfloat (out.ess, ==, 40);
  g_assert_false (leyden_stats_off_policy_is_weak (&out, 40));
  leyden_stats_off_policy (even, 10, 10, &out);
  g_assert_true (leyden_stats_off_policy_is_weak (&out, 10));

  leyden_stats_bradley_terry (shut_out, 2, ratings, &padded);
  g_assert_true (padded && isfinite (ratings[0]) && ratings[0] > ratings[1]);
  leyden_stats_bradley_terry (linked, 2, ratings, &padded);
  g_assert_false (padded);
  g_assert_cmpfloat_with_epsilon (ratings[0] - ratings[1], 400 * log10 (3), 1e-6);
  g_assert_true (isnan (leyden_stats_pass_at_k (3, 1, 4)));
  g_assert_cmpfloat (leyden_stats_pass_at_k (3, 3, 3), ==, 1);
}

static void
test_bandits (void)
{
  static const LeydenArm arms[] = { { 50, 100 }, { 50, 100 } };
  static const double costs[] = { 10, 0 };
  static const double reference[] = { 0, 0 };
  static const double advantages[] = { 1000 };
  static const guint choices[] = { 1 };
  LeydenPolicyStep step = { 1, 0, 0 };
  double logits[] = { 0, 0 };
  LeydenRandom random;
  g_autoptr(GArray) none = leyden_bandit_halving_schedule (1, 100);

  leyden_random_init (&random, 1);
  g_assert_cmpuint (leyden_bandit_thompson (arms, costs, 2, 1, 1, &random, NULL), ==, 1);
  g_assert_true (isinf (leyden_bandit_ucb1 (0, 0, 5)) && isinf (leyden_bandit_kl_ucb (0, 0, 5)));
  g_assert_cmpfloat (leyden_bandit_kl_ucb (5, 5, 10), >=, 1 - 1e-9);
  g_assert_cmpuint (none->len, ==, 0);
  leyden_policy_step (logits, reference, 2, choices, advantages, 1, &step, NULL);
  g_assert_cmpfloat (logits[0], ==, -10);
  g_assert_cmpfloat (logits[1], ==, 10);
}

/* Against a maximisation of the likelihood by golden section, made apart from this program. */
static void
test_paired_score (void)
{
  static const struct { guint b, c, n; double low, high; } cases[] = {
    { 12, 2, 50, 0.0611124070316066, 0.3447087478128226 },
    { 12, 3, 72, 0.022036179667519584, 0.23647347570531152 },
    { 9, 0, 72, 0.0671778422056657, 0.220810537241674 },
    { 14, 0, 42, 0.2101246707235115, 0.48447492623172295 },
  };
  LeydenInterval interval;
  LeydenInterval mirrored;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      leyden_stats_paired_score (cases[i].b, cases[i].c, cases[i].n, 0.95, &interval);
      leyden_stats_paired_score (cases[i].c, cases[i].b, cases[i].n, 0.95, &mirrored);
      g_assert_cmpfloat_with_epsilon (interval.low, cases[i].low, 1e-6);
      g_assert_cmpfloat_with_epsilon (interval.high, cases[i].high, 1e-6);
      g_assert_cmpfloat_with_epsilon (mirrored.low, -interval.high, 1e-9);
      g_assert_cmpfloat_with_epsilon (mirrored.high, -interval.low, 1e-9);
    }
  leyden_stats_paired_score (0, 0, 0, 0.95, &interval);
  g_assert_true (isnan (interval.estimate) && interval.low == -1 && interval.high == 1);
  leyden_stats_paired_score (5, 0, 5, 0.95, &interval);
  g_assert_cmpfloat (interval.high, ==, 1);
  leyden_stats_paired_score (0, 5, 5, 0.95, &interval);
  g_assert_cmpfloat (interval.low, ==, -1);
}

/* The ends are where the p value of the shifted differences crosses the level. */
static void
test_sign_flip_interval (void)
{
  static const double d[] = { 0.11, 0.05, -0.02, 0.04, 0.08, 0.12, -0.04, 0.12, 0.31 };
  LeydenInterval interval;

  leyden_stats_sign_flip_interval (d, G_N_ELEMENTS (d), 0.95, &interval);
  for (int step = -60; step < 120; step++)
    {
      double centre = step * 0.0051 + 0.00013;
      double shifted[G_N_ELEMENTS (d)];

      for (guint i = 0; i < G_N_ELEMENTS (d); i++)
        shifted[i] = d[i] - centre;
      g_assert_true ((leyden_stats_sign_flip (shifted, G_N_ELEMENTS (d)) > 0.05)
                     == (interval.low <= centre && centre <= interval.high));
    }
  leyden_stats_sign_flip_interval (d, 5, 0.95, &interval);
  g_assert_true (isinf (interval.low) && isinf (interval.high));
  leyden_stats_sign_flip_interval (d, 0, 0.95, &interval);
  g_assert_true (isnan (interval.estimate));
}

static void
test_bca_p (void)
{
  static const double x[] = { 0.3, -0.1, 0.25, 0.4, 0.05, -0.2, 0.6, 0.1, 0.15, 0.2 };
  LeydenBca bca;

  g_assert_false (leyden_bca_init (&bca, x, 1, 100, 1));
  g_assert_true (leyden_bca_init (&bca, x, G_N_ELEMENTS (x), 2000, 1));
  for (double value = -0.3; value < 0.7; value += 0.013)
    {
      double p = leyden_bca_p (&bca, value);
      double low;
      double high;

      leyden_bca_get (&bca, 1 - p - 1e-6, &low, &high);
      g_assert_true (value < low || value > high);
      if (p < 1e-3)
        continue;
      leyden_bca_get (&bca, 1 - p + 1e-6, &low, &high);
      g_assert_true (value >= low && value <= high);
    }
  leyden_bca_clear (&bca);
}

/* A row without its logged probability cannot be judged, and nothing is made up for it. */
static void
test_off_policy_check (void)
{
  LeydenOffPolicyRow rows[] = { { 1, 0.5, 0.25, 0.6, 0.5 }, { 0, 0.5, 0.5, 0.4, 0.5 } };
  static const struct { double reward, logged, target; } bad[] = {
    { 1, 0, 0.5 }, { 1, NAN, 0.5 }, { 1, 1.5, 0.5 }, { 1, 0.5, -0.1 }, { NAN, 0.5, 0.5 },
  };
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_stats_off_policy_check (rows, 2, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      rows[1] = (LeydenOffPolicyRow) { bad[i].reward, bad[i].logged, bad[i].target, 0, 0 };
      g_assert_false (leyden_stats_off_policy_check (rows, 2, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, "2"));
      g_clear_error (&error);
    }
}

/* Rows are predicted by the other half alone. */
static void
test_cross_fit (void)
{
  static const guint context[] = { 0, 0, 0, 0, 1, 0 };
  static const guint action[] = { 0, 0, 1, 0, 0, 1 };
  static const double reward[] = { 1, 0, 0.5, 0.25, 0.75, 0.125 };
  double q[6][2];

  leyden_stats_cross_fit (context, action, reward, 6, 2, 2, q[0]);
  /* Even rows from rows 1, 3, 5. */
  g_assert_cmpfloat (q[0][0], ==, 0.125);
  g_assert_cmpfloat (q[0][1], ==, 0.125);
  /* Context 1 was not seen there: the mean of the half. */
  g_assert_cmpfloat (q[4][0], ==, 0.125);
  /* Odd rows from rows 0, 2, 4. */
  g_assert_cmpfloat (q[1][0], ==, 1);
  g_assert_cmpfloat (q[1][1], ==, 0.5);
  leyden_stats_cross_fit (context, action, reward, 1, 2, 2, q[0]);
  g_assert_cmpfloat (q[0][0], ==, 0);
}

static void
test_ratings_intervals (void)
{
  static const double wins[] = { 0, 30, 10, 0 };
  LeydenInterval intervals[2];
  LeydenInterval again[2];

  leyden_stats_bradley_terry_intervals (wins, 2, 200, 4, 0.95, intervals);
  leyden_stats_bradley_terry_intervals (wins, 2, 200, 4, 0.95, again);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpfloat (intervals[i].low, <, intervals[i].estimate);
      g_assert_cmpfloat (intervals[i].high, >, intervals[i].estimate);
      g_assert_cmpfloat (intervals[i].low, ==, again[i].low);
    }
  /* 30 of 40: better beyond doubt. */
  g_assert_cmpfloat (intervals[0].low, >, intervals[1].high);
  g_assert_true (leyden_stats_judge_is_weak (0.39, 500) && leyden_stats_judge_is_weak (0.9, 49)
                 && leyden_stats_judge_is_weak (NAN, 500));
  g_assert_false (leyden_stats_judge_is_weak (0.4, 50));
}

static void
test_thompson_shares (void)
{
  static const LeydenArm arms[] = { { 8, 10 }, { 5, 10 }, { 0, 0 } };
  LeydenRandom random;
  double shares[3];

  leyden_random_init (&random, 6);
  leyden_bandit_thompson_shares (arms, NULL, 3, 1, 1, &random, 1000, shares);
  g_assert_cmpfloat_with_epsilon (shares[0] + shares[1] + shares[2], 1, 1e-9);
  g_assert_cmpfloat (shares[0], >, shares[1]);
  g_assert_cmpfloat (shares[1], >, 0);
}

/* What has no answer has NaN, in silence: no data may end the program. */
static void
test_undefined (void)
{
  static const double x[25] = { 1, 2 };
  double none[1];
  LeydenInterval interval;

  g_assert_true (isnan (leyden_stats_quantile (NULL, 0, 0.5)));
  g_assert_true (isnan (leyden_stats_quantile (x, 2, 1.5)));
  g_assert_true (isnan (leyden_stats_sign_flip (x, 25)));
  g_assert_cmpfloat (leyden_stats_sign_flip (NULL, 0), ==, 1);
  g_assert_cmpfloat (leyden_stats_wilcoxon (NULL, 0).p, ==, 1);
  g_assert_true (isnan (leyden_stats_wilcoxon (x, 201).p));
  g_assert_false (leyden_stats_bootstrap (x, 2, 0, 1, 0.95, &interval));
  g_assert_false (leyden_stats_bootstrap_bca (x, 1, 10, 1, 0.95, NULL, NULL, &interval));
  g_assert_true (isnan (leyden_stats_pass_hat_k (2, 3, 1)));
  g_assert_true (isnan (leyden_stats_ece10 ((const double[]) { NAN }, x, 1)));
  leyden_stats_holm (NULL, 0, none);
  leyden_stats_benjamini_yekutieli (NULL, 0, none);
  leyden_stats_mann_whitney (NULL, 0, NULL, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stats/sums", test_sums);
  g_test_add_func ("/stats/quantiles", test_quantiles);
  g_test_add_func ("/stats/beta", test_beta);
  g_test_add_func ("/stats/intervals", test_intervals);
  g_test_add_func ("/stats/clusters", test_clusters);
  g_test_add_func ("/stats/tests", test_tests);
  g_test_add_func ("/stats/anytime", test_anytime);
  g_test_add_func ("/stats/sequences", test_sequences);
  g_test_add_func ("/stats/evaluation", test_evaluation);
  g_test_add_func ("/stats/bandits", test_bandits);
  g_test_add_func ("/stats/paired-score", test_paired_score);
  g_test_add_func ("/stats/sign-flip-interval", test_sign_flip_interval);
  g_test_add_func ("/stats/bca-p", test_bca_p);
  g_test_add_func ("/stats/off-policy-check", test_off_policy_check);
  g_test_add_func ("/stats/cross-fit", test_cross_fit);
  g_test_add_func ("/stats/ratings-intervals", test_ratings_intervals);
  g_test_add_func ("/stats/thompson-shares", test_thompson_shares);
  g_test_add_func ("/stats/undefined", test_undefined);
  return g_test_run ();
}
