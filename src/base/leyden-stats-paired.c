/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include <math.h>
#include <stdlib.h>

#include "leyden-stats-intervals.h"

#define BISECTIONS 60

/* Tango's score of the difference @d: 0 at the estimate, falling with @d. */
static double
paired_score (double b,
              double c,
              double n,
              double d)
{
  double linear = -b - c + (2 * n - b + c) * d;
  double constant = -c * d * (1 - d);
  double lost = (sqrt (MAX (0, linear * linear - 8 * n * constant)) - linear) / (4 * n);
  double variance = n * (2 * lost + d * (1 - d));
  double away = b - c - n * d;

  if (variance > 0)
    return away / sqrt (variance);
  return away > 0 ? INFINITY : away < 0 ? -INFINITY : 0;
}

/* Where the score's size crosses @z between @inside and @outside. */
static double
find_score (double b,
            double c,
            double n,
            double z,
            double inside,
            double outside)
{
  for (int i = 0; i < BISECTIONS; i++)
    {
      double middle = (inside + outside) / 2;

      if (fabs (paired_score (b, c, n, middle)) <= z)
        inside = middle;
      else
        outside = middle;
    }
  return inside;
}

void
leyden_stats_paired_score (guint64         b,
                           guint64         c,
                           guint64         n,
                           double          confidence,
                           LeydenInterval *out)
{
  double z = leyden_stats_normal_quantile ((1 + confidence) / 2);
  double count = (double) n;
  double estimate;

  g_return_if_fail (out != NULL && b <= n && c <= n - b);

  *out = (LeydenInterval) { NAN, -1, 1 };
  if (n == 0)
    return;
  out->estimate = estimate = ((double) b - (double) c) / count;
  out->low = c == n ? -1 : find_score ((double) b, (double) c, count, z, estimate, -1);
  out->high = b == n ? 1 : find_score ((double) b, (double) c, count, z, estimate, 1);
}

void
leyden_stats_paired_exact (guint64         b,
                           guint64         c,
                           guint64         n,
                           double          confidence,
                           LeydenInterval *out)
{
  double discordant;
  LeydenInterval share;

  g_return_if_fail (out != NULL && b <= n && c <= n - b);

  *out = (LeydenInterval) { n > 0 ? 0 : NAN, n > 0 ? 0 : -1, n > 0 ? 0 : 1 };
  if (b + c == 0)
    return;
  discordant = (double) (b + c) / (double) n;
  leyden_stats_clopper_pearson (b, b + c, confidence, &share);
  out->estimate = discordant * (2 * share.estimate - 1);
  out->low = discordant * (2 * share.low - 1);
  out->high = discordant * (2 * share.high - 1);
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Source: Hartigan, “Using subsample values as typical values” (1969): below the mean, the p value of the test that the centre
 * is v is 2 (1 + number of subsets whose mean is at most v) ÷ 2^n. So the ends are means of subsets, counted from outside. */
void
leyden_stats_sign_flip_interval (const double   *d,
                                 gsize           n,
                                 double          confidence,
                                 LeydenInterval *out)
{
  guint n_subsets = (1u << n) - 1;
  g_autofree double *sums = NULL;
  double keep;

  g_return_if_fail (out != NULL && n <= 20);

  *out = (LeydenInterval) { leyden_stats_mean (d, n), -INFINITY, INFINITY };
  keep = floor ((1 - confidence) * ((double) n_subsets + 1) / 2 + 1e-9);
  if (n == 0 || keep < 1)
    return;

  sums = g_new (double, (gsize) n_subsets + 1);
  sums[0] = 0;
  for (guint set = 1; set <= n_subsets; set++)
    sums[set] = sums[set & (set - 1)] + d[g_bit_nth_lsf (set, -1)];
  for (guint set = 1; set <= n_subsets; set++)
    {
      guint size = (guint) __builtin_popcount (set);

      /* The test counts sums as equal that are 1e-12 apart. */
      sums[set] = fabs (sums[set]) <= 5e-13 ? 0 : sums[set] / size;
    }
  qsort (sums + 1, n_subsets, sizeof *sums, compare_doubles);
  out->low = MIN (out->estimate, sums[(guint) keep]);
  out->high = MAX (out->estimate, sums[n_subsets + 1 - (guint) keep]);
}
