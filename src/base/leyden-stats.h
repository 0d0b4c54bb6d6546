/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Statistics without I/O. Sums over more than eight terms are compensated (Neumaier). */
typedef struct
{
  double estimate;
  double low;
  double high;
} LeydenInterval;

double   leyden_stats_sum             (const double *x, gsize n);
double   leyden_stats_mean            (const double *x, gsize n);                  /* NaN for n = 0 */
double   leyden_stats_sd              (const double *x, gsize n);                  /* of the sample, NaN for n < 2 */
double   leyden_stats_ln_beta         (double a, double b);
double   leyden_stats_ln_choose       (double n, double k);
double   leyden_stats_normal_cdf      (double z);
double   leyden_stats_normal_quantile (double p);
double   leyden_stats_t_quantile      (double p, double df);
double   leyden_stats_ibeta           (double a, double b, double x);
double   leyden_stats_ibeta_inv       (double a, double b, double p);
double   leyden_stats_t_two_sided_p   (double t, double df);
/* FALSE for n < 2. */
gboolean leyden_stats_t_interval      (const double *x, gsize n, double confidence, LeydenInterval *out);
void     leyden_stats_wilson          (guint64 k, guint64 n, double confidence, LeydenInterval *out);
/* Type 7; @sorted ascending, n ≥ 1. */
double   leyden_stats_quantile        (const double *sorted, gsize n, double p);

G_END_DECLS
