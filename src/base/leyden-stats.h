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
/* Special functions. ln B(a, b); ln of n choose k; the normal distribution and its quantile (0 and 1 give infinities). */
double   leyden_stats_ln_beta         (double a, double b);
double   leyden_stats_ln_choose       (double n, double k);
double   leyden_stats_normal_cdf      (double z);
double   leyden_stats_normal_quantile (double p);
/* P(T ≤ t) = @p; @df any positive number. */
double   leyden_stats_t_quantile      (double p, double df);
/* Regularised incomplete beta function I_x(a, b), a and b positive, and its inverse. NaN outside of the domain. */
double   leyden_stats_ibeta           (double a, double b, double x);
double   leyden_stats_ibeta_inv       (double a, double b, double p);
double   leyden_stats_t_two_sided_p   (double t, double df);
/* FALSE for n < 2. */
gboolean leyden_stats_t_interval      (const double *x, gsize n, double confidence, LeydenInterval *out);
/* Wilson's score interval (1927) of k successes of n; exactly 0 at k = 0 and 1 at k = n; 0…1 for n = 0. */
void     leyden_stats_wilson          (guint64 k, guint64 n, double confidence, LeydenInterval *out);
/* Type 7; @sorted ascending. NaN for n = 0 and for @p outside of 0…1. */
double   leyden_stats_quantile        (const double *sorted, gsize n, double p);

G_END_DECLS
