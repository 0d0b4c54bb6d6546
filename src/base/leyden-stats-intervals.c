/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-stats-intervals.h"

#include <math.h>
#include <string.h>

#include "leyden-random.h"

void
leyden_stats_wilson_corrected (guint64         k,
                               guint64         n,
                               double          confidence,
                               LeydenInterval *out)
{
  double z = leyden_stats_normal_quantile ((1 + confidence) / 2);
  double count = (double) n;
  double p = (double) k / count;
  double q = 1 - p;
  double scale = 2 * (count + z * z);

  g_return_if_fail (out != NULL);

  if (n == 0)
    {
      *out = (LeydenInterval) { NAN, 0, 1 };
      return;
    }
  out->estimate = p;
  out->low = (2 * count * p + z * z - 1 - z * sqrt (z * z - 2 - 1 / count + 4 * p * (count * q + 1))) / scale;
  out->high = (2 * count * p + z * z + 1 + z * sqrt (z * z + 2 - 1 / count + 4 * p * (count * q - 1))) / scale;
  out->low = k == 0 ? 0 : MAX (0, out->low);
  out->high = k == n ? 1 : MIN (1, out->high);
}

void
leyden_stats_clopper_pearson (guint64         k,
                              guint64         n,
                              double          confidence,
                              LeydenInterval *out)
{
  double tail = (1 - confidence) / 2;
  double hits = (double) k;
  double misses = (double) n - (double) k;

  g_return_if_fail (out != NULL);

  out->estimate = n > 0 ? hits / (double) n : NAN;
  out->low = k == 0 ? 0 : leyden_stats_ibeta_inv (hits, misses + 1, tail);
  out->high = k == n ? 1 : leyden_stats_ibeta_inv (hits + 1, misses, 1 - tail);
}

void
leyden_stats_newcombe (guint64         k1,
                       guint64         n1,
                       guint64         k2,
                       guint64         n2,
                       double          confidence,
                       LeydenInterval *out)
{
  LeydenInterval a;
  LeydenInterval b;
  double difference;

  g_return_if_fail (out != NULL);

  leyden_stats_wilson (k1, n1, confidence, &a);
  leyden_stats_wilson (k2, n2, confidence, &b);
  difference = a.estimate - b.estimate;
  out->estimate = difference;
  out->low = difference - hypot (a.estimate - a.low, b.high - b.estimate);
  out->high = difference + hypot (a.high - a.estimate, b.estimate - b.low);
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Means of resamples of x, sorted. (transfer full) */
static double *
resampled_means (const double *x,
                 gsize         n,
                 guint         n_resamples,
                 guint64       seed)
{
  double *means = g_new (double, n_resamples);
  g_autofree double *sample = g_new (double, n);
  LeydenRandom random;

  leyden_random_init (&random, seed);
  for (guint b = 0; b < n_resamples; b++)
    {
      for (gsize i = 0; i < n; i++)
        sample[i] = x[leyden_random_below (&random, n)];
      means[b] = leyden_stats_mean (sample, n);
    }
  qsort (means, n_resamples, sizeof *means, compare_doubles);
  return means;
}

static void
percentile_interval (const double   *sorted,
                     guint           n,
                     double          confidence,
                     LeydenInterval *out)
{
  out->low = leyden_stats_quantile (sorted, n, (1 - confidence) / 2);
  out->high = leyden_stats_quantile (sorted, n, (1 + confidence) / 2);
}

gboolean
leyden_stats_bootstrap (const double   *x,
                        gsize           n,
                        guint           n_resamples,
                        guint64         seed,
                        double          confidence,
                        LeydenInterval *out)
{
  g_autofree double *means = NULL;

  g_return_val_if_fail (out != NULL, FALSE);

  out->estimate = out->low = out->high = leyden_stats_mean (x, n);
  if (n < 2 || n_resamples == 0)
    return FALSE;
  means = resampled_means (x, n, n_resamples, seed);
  percentile_interval (means, n_resamples, confidence, out);
  return TRUE;
}

/* Skewness of the means that leave one value out (Efron 1987, eq. 6.6). */
static double
jackknife_acceleration (const double *x,
                        gsize         n)
{
  g_autofree double *squares = g_new (double, n);
  g_autofree double *cubes = g_new (double, n);
  g_autofree double *means = g_new (double, n);
  double sum = leyden_stats_sum (x, n);
  double mean;
  double variance;

  for (gsize i = 0; i < n; i++)
    means[i] = (sum - x[i]) / (double) (n - 1);
  mean = leyden_stats_mean (means, n);
  for (gsize i = 0; i < n; i++)
    {
      double away = mean - means[i];

      squares[i] = away * away;
      cubes[i] = squares[i] * away;
    }
  variance = leyden_stats_sum (squares, n);
  return variance > 0 ? leyden_stats_sum (cubes, n) / (6 * pow (variance, 1.5)) : 0;
}

/* The quantile of the resamples that stands for @p; far out, where the correction has its pole, the last one. */
static double
bca_level (const LeydenBca *self,
           double           p)
{
  double z = self->z0 + leyden_stats_normal_quantile (p);
  double scale = 1 - self->acceleration * z;

  if (isinf (z) || scale <= 0)
    return z > 0 ? 1 : 0;
  return leyden_stats_normal_cdf (self->z0 + z / scale);
}

gboolean
leyden_bca_init (LeydenBca    *self,
                 const double *x,
                 gsize         n,
                 guint         n_resamples,
                 guint64       seed)
{
  double mean;
  double below = 0;

  g_return_val_if_fail (self != NULL, FALSE);

  *self = (LeydenBca) { NULL, n_resamples, NAN, NAN };
  if (n < 2 || n_resamples == 0)
    return FALSE;

  mean = leyden_stats_mean (x, n);
  self->means = resampled_means (x, n, n_resamples, seed);
  for (guint b = 0; b < n_resamples; b++)
    below += fabs (self->means[b] - mean) <= 1e-12 ? 0.5 : self->means[b] < mean;
  self->z0 = leyden_stats_normal_quantile (CLAMP (below / n_resamples, 0.5 / n_resamples, 1 - 0.5 / n_resamples));
  self->acceleration = jackknife_acceleration (x, n);
  return TRUE;
}

void
leyden_bca_clear (LeydenBca *self)
{
  g_clear_pointer (&self->means, g_free);
}

void
leyden_bca_get (const LeydenBca *self,
                double           confidence,
                double          *low,
                double          *high)
{
  g_return_if_fail (self != NULL && self->means != NULL);

  *low = leyden_stats_quantile (self->means, self->n_means, bca_level (self, (1 - confidence) / 2));
  *high = leyden_stats_quantile (self->means, self->n_means, bca_level (self, (1 + confidence) / 2));
}

double
leyden_bca_p (const LeydenBca *self,
              double           value)
{
  double inside = 0;            /* the interval of level 1 holds all resamples */
  double outside = 1;

  g_return_val_if_fail (self != NULL && self->means != NULL, NAN);

  if (value < self->means[0] || value > self->means[self->n_means - 1])
    return 0;
  for (int i = 0; i < 60; i++)
    {
      double middle = (inside + outside) / 2;
      double low;
      double high;

      leyden_bca_get (self, 1 - middle, &low, &high);
      if (low <= value && value <= high)
        inside = middle;
      else
        outside = middle;
    }
  return outside;
}

gboolean
leyden_stats_bootstrap_bca (const double   *x,
                            gsize           n,
                            guint           n_resamples,
                            guint64         seed,
                            double          confidence,
                            double         *z0,
                            double         *acceleration,
                            LeydenInterval *out)
{
  LeydenBca bca;
  gboolean known;

  g_return_val_if_fail (out != NULL, FALSE);

  out->estimate = out->low = out->high = leyden_stats_mean (x, n);
  known = leyden_bca_init (&bca, x, n, n_resamples, seed);
  if (known)
    leyden_bca_get (&bca, confidence, &out->low, &out->high);
  if (z0 != NULL)
    *z0 = bca.z0;
  if (acceleration != NULL)
    *acceleration = bca.acceleration;
  leyden_bca_clear (&bca);
  return known;
}

gboolean
leyden_stats_bootstrap_clusters (const double   *x,
                                 const guint    *cluster,
                                 gsize           n,
                                 guint           n_clusters,
                                 guint           n_resamples,
                                 guint64         seed,
                                 double          confidence,
                                 LeydenInterval *out)
{
  g_autofree double *sums = NULL;
  g_autofree double *counts = NULL;
  g_autofree double *means = NULL;
  LeydenRandom random;

  g_return_val_if_fail (out != NULL, FALSE);

  out->estimate = out->low = out->high = leyden_stats_mean (x, n);
  if (n_clusters < 2 || n_resamples == 0)
    return FALSE;

  sums = g_new0 (double, n_clusters);
  counts = g_new0 (double, n_clusters);
  means = g_new (double, n_resamples);
  for (gsize i = 0; i < n; i++)
    {
      g_return_val_if_fail (cluster[i] < n_clusters, FALSE);
      sums[cluster[i]] += x[i];
      counts[cluster[i]]++;
    }
  leyden_random_init (&random, seed);
  for (guint b = 0; b < n_resamples; b++)
    {
      double sum = 0;
      double count = 0;

      for (guint i = 0; i < n_clusters; i++)
        {
          guint64 drawn = leyden_random_below (&random, n_clusters);

          sum += sums[drawn];
          count += counts[drawn];
        }
      means[b] = count > 0 ? sum / count : out->estimate;
    }
  qsort (means, n_resamples, sizeof *means, compare_doubles);
  percentile_interval (means, n_resamples, confidence, out);
  return TRUE;
}
