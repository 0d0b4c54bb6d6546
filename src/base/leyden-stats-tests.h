/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tests of differences. p values are two-sided; NaN where a test is not defined for the data. */
typedef struct
{
  double statistic;
  double df;                    /* NaN where the test has none */
  double p;
} LeydenTest;

/* Unpaired means of unequal variances, degrees of freedom by Satterthwaite; at least two values each. */
LeydenTest leyden_stats_welch        (const double *a, gsize n_a, const double *b, gsize n_b);
/* Differences a − b of the same items. */
LeydenTest leyden_stats_paired_t     (const double *a, const double *b, gsize n);
/* All 2^n flips of signs of the differences; the p value, NaN for n > 20. */
double     leyden_stats_sign_flip    (const double *d, gsize n);
/* McNemar's exact test of paired binary results: @b won by one, @c by the other. @mid_p (nullable) is less conservative. Returns the exact p. */
double     leyden_stats_mcnemar      (guint64 b, guint64 c, double *mid_p);
/* k of n where p was expected: sum of all outcomes that are not more probable. */
double     leyden_stats_binomial     (guint64 k, guint64 n, double p);
/* Two unpaired proportions, pooled; for at least 5 expected in each cell. */
LeydenTest leyden_stats_two_proportions (guint64 k1, guint64 n1, guint64 k2, guint64 n2);
/* Fisher's exact test of a table of a, b over c, d. */
double     leyden_stats_fisher       (guint64 a, guint64 b, guint64 c, guint64 d);
/* Wilcoxon's signed rank test, exact: no zeros, no ties, n ≤ 200. statistic: sum of the ranks of positive differences. */
LeydenTest leyden_stats_wilcoxon     (const double *d, gsize n);
/* Mann and Whitney's test by the normal distribution, with correction for ties and continuity. statistic: U of a. */
LeydenTest leyden_stats_mann_whitney (const double *a, gsize n_a, const double *b, gsize n_b);

/* Adjusted p values of a family of @n; @out may be @p. Holm (1979) bounds the chance of any false finding, Benjamini and
 * Hochberg (1995) the share of false ones, Benjamini and Yekutieli (2001) that under any dependence. */
void       leyden_stats_holm               (const double *p, gsize n, double *out);
void       leyden_stats_benjamini_hochberg (const double *p, gsize n, double *out);
void       leyden_stats_benjamini_yekutieli (const double *p, gsize n, double *out);

/* Effect sizes. Cohen's d of two groups of at least two, by the pooled deviation; @g (nullable) is Hedges' correction for small groups. */
double     leyden_stats_cohen_d      (const double *a, gsize n_a, const double *b, gsize n_b, double *g);
double     leyden_stats_cohen_h      (double p1, double p2);

G_END_DECLS
