/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-stats.h"

G_BEGIN_DECLS

/* Wilson's interval with continuity correction (Newcombe 1998, method 4). */
void     leyden_stats_wilson_corrected (guint64 k, guint64 n, double confidence, LeydenInterval *out);
/* “Exact” interval (Clopper and Pearson 1934): at least @confidence, mostly more. */
void     leyden_stats_clopper_pearson  (guint64 k, guint64 n, double confidence, LeydenInterval *out);
/* Difference p1 − p2 of two unpaired proportions: Newcombe's hybrid score interval (1998, method 10). */
void     leyden_stats_newcombe         (guint64 k1, guint64 n1, guint64 k2, guint64 n2, double confidence,
                                        LeydenInterval *out);

/* Bootstrap of the mean with @n_resamples resamples, from the generator seeded by @seed. FALSE for n < 2. */
gboolean leyden_stats_bootstrap        (const double *x, gsize n, guint n_resamples, guint64 seed, double confidence,
                                        LeydenInterval *out);
/* Bias-corrected and accelerated (Efron 1987); @z0 and @acceleration are nullable. FALSE for n < 2. */
gboolean leyden_stats_bootstrap_bca    (const double *x, gsize n, guint n_resamples, guint64 seed, double confidence,
                                        double *z0, double *acceleration, LeydenInterval *out);
/* The same prepared once, for intervals of any level: the resamples, sorted, with bias and acceleration. */
typedef struct
{
  double *means;
  guint   n_means;
  double  z0;
  double  acceleration;
} LeydenBca;

/* FALSE (and nothing to clear) for n < 2. */
gboolean leyden_bca_init               (LeydenBca *self, const double *x, gsize n, guint n_resamples, guint64 seed);
void     leyden_bca_clear              (LeydenBca *self);
void     leyden_bca_get                (const LeydenBca *self, double confidence, double *low, double *high);
/* The p value to these intervals: the largest 1 − confidence at which @value is inside. */
double   leyden_bca_p                  (const LeydenBca *self, double value);

/* Percentile bootstrap that draws clusters: @cluster[i] < @n_clusters says to which item sample i belongs; all samples of an
 * item stay together. The default whenever an item has more than one sample. FALSE for fewer than two clusters. */
gboolean leyden_stats_bootstrap_clusters (const double *x, const guint *cluster, gsize n, guint n_clusters, guint n_resamples,
                                          guint64 seed, double confidence, LeydenInterval *out);

/* Paired binary results of @n items: @b won by the one, @c by the other; the difference (b − c) ÷ n. Tango's score interval
 * (Statistics in Medicine 17, 1998), whose coverage is near @confidence on the average. */
void     leyden_stats_paired_score     (guint64 b, guint64 c, guint64 n, double confidence, LeydenInterval *out);
/* Clopper and Pearson's interval of the share b ÷ (b + c), as a difference at the observed number of discordant pairs: leaves
 * out 0 exactly when McNemar's exact test rejects. Says little about differences far from 0. */
void     leyden_stats_paired_exact     (guint64 b, guint64 c, guint64 n, double confidence, LeydenInterval *out);
/* All values that the sign-flip test of the differences does not refute, n ≤ 20; ends infinite where there are too few. */
void     leyden_stats_sign_flip_interval (const double *d, gsize n, double confidence, LeydenInterval *out);

G_END_DECLS
