/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-stats.h"

G_BEGIN_DECLS

/* Always-valid inference: may be looked at after every item, and stopped at any look. */

/* Success rate: ln of the beta-binomial martingale (Robbins 1970) of @s of @n against @p0, prior Beta(@a, @b). */
double leyden_stats_beta_binomial_log (double s, double n, double p0, double a, double b);
/* {p0: martingale < 1/@alpha}. */
void   leyden_stats_beta_binomial_cs  (guint64 s, guint64 n, double alpha, double a, double b, LeydenInterval *out);
/* Mean of values in 0…1: predictable plug-in empirical Bernstein (Waudby-Smith and Ramdas, arXiv 2010.09686). @c caps the
 * bets, for example 0.5. @running (nullable): the intersection over time. */
void   leyden_stats_empirical_bernstein (const double *x, gsize n, double alpha, double c, LeydenInterval *out,
                                         LeydenInterval *running);
/* The same, value by value. @current and @running (the intersection so far) may be read, the rest is private. */
typedef struct
{
  LeydenInterval current, running;
  double         level, cap;
  double         n, mu, variance, sum, squares;
  double         bets, winnings, penalty;
} LeydenBernstein;

void   leyden_bernstein_init          (LeydenBernstein *self, double alpha, double c);
void   leyden_bernstein_add           (LeydenBernstein *self, double x);
/* ln of the evidence against the mean @mean so far: the interval leaves it out when this reaches ln (2 / alpha), which
 * happens at any time with probability alpha at most if it is the true mean. */
double leyden_bernstein_log_evidence  (const LeydenBernstein *self, double mean);
/* Likelihood ratio of the mixture test (Johari, Pekelis and Walsh, arXiv 1512.04922) N(@theta0, @tau2) for a mean of @n values of variance @variance. */
double leyden_stats_msprt             (double n, double mean, double variance, double tau2, double theta0);
void   leyden_stats_msprt_interval    (double n, double mean, double variance, double tau2, double alpha, LeydenInterval *out);
/* Asymptotic sequence (Waudby-Smith et al., arXiv 2103.06476); not before n = 30. @rho2 from leyden_stats_rho2_tightest_at. */
void   leyden_stats_asymptotic_cs     (double n, double mean, double sd, double rho2, double alpha, LeydenInterval *out);
double leyden_stats_rho2_tightest_at  (double n, double alpha);
/* Wald's sequential test: log-likelihood ratio of @k of @n for @p1 over @p0; stop at or beyond @lower (accept p0) or @upper (accept p1). */
double leyden_stats_sprt              (guint64 k, guint64 n, double p0, double p1, double alpha, double beta,
                                       double *lower, double *upper);

/* Planning: number of items an arm (pairs, for the paired ones), not rounded. @alpha two-sided; @power for example 0.8. */
double leyden_stats_n_two_proportions (double p1, double p2, double alpha, double power);
double leyden_stats_n_two_means       (double delta, double sd, double alpha, double power);
double leyden_stats_n_paired_mean     (double delta, double sd_difference, double alpha, double power);
double leyden_stats_n_mcnemar         (double p10, double p01, double alpha, double power);
/* Smallest improvement over @p1 that @n items an arm show; NaN where even 1 is too near. */
double leyden_stats_detectable        (double p1, double n, double alpha, double power);

G_END_DECLS
