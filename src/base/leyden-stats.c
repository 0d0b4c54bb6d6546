/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-stats.h"

#include <math.h>

/* Source: Neumaier, “Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen” (1974). */
double
leyden_stats_sum (const double *x,
                  gsize         n)
{
  double sum = 0;
  double lost = 0;

  g_return_val_if_fail (x != NULL || n == 0, NAN);

  for (gsize i = 0; i < n; i++)
    {
      double next = sum + x[i];

      if (fabs (sum) >= fabs (x[i]))
        lost += (sum - next) + x[i];
      else
        lost += (x[i] - next) + sum;
      sum = next;
    }
  return sum + lost;
}

double
leyden_stats_mean (const double *x,
                   gsize         n)
{
  return n > 0 ? leyden_stats_sum (x, n) / (double) n : NAN;
}

double
leyden_stats_sd (const double *x,
                 gsize         n)
{
  double mean = leyden_stats_mean (x, n);
  double sum = 0;
  double lost = 0;

  if (n < 2)
    return NAN;
  for (gsize i = 0; i < n; i++)
    {
      double square = (x[i] - mean) * (x[i] - mean) - lost;
      double next = sum + square;

      lost = (next - sum) - square;
      sum = next;
    }
  return sqrt (sum / (double) (n - 1));
}

gboolean
leyden_stats_t_interval (const double   *x,
                         gsize           n,
                         double          confidence,
                         LeydenInterval *out)
{
  double half;

  g_return_val_if_fail (out != NULL, FALSE);

  out->estimate = out->low = out->high = leyden_stats_mean (x, n);
  if (n < 2)
    return FALSE;
  half = leyden_stats_t_quantile ((1 + confidence) / 2, (double) (n - 1)) * leyden_stats_sd (x, n) / sqrt ((double) n);
  out->low -= half;
  out->high += half;
  return TRUE;
}

void
leyden_stats_wilson (guint64         k,
                     guint64         n,
                     double          confidence,
                     LeydenInterval *out)
{
  double z = leyden_stats_normal_quantile ((1 + confidence) / 2);
  double count = (double) n;
  double p = (double) k / count;
  double scale = 1 + z * z / count;
  double centre = (p + z * z / (2 * count)) / scale;
  double half = z * sqrt (p * (1 - p) / count + z * z / (4 * count * count)) / scale;

  g_return_if_fail (out != NULL);

  if (n == 0)
    {
      *out = (LeydenInterval) { NAN, 0, 1 };
      return;
    }
  out->estimate = p;
  out->low = k == 0 ? 0 : centre - half;
  out->high = k == n ? 1 : centre + half;
}

double
leyden_stats_quantile (const double *sorted,
                       gsize         n,
                       double        p)
{
  double at;
  gsize low;

  if (n == 0 || !(p >= 0 && p <= 1))
    return NAN;

  at = (double) (n - 1) * p;
  low = (gsize) floor (at);
  if (low + 1 >= n)
    return sorted[n - 1];
  return sorted[low] + (at - (double) low) * (sorted[low + 1] - sorted[low]);
}
