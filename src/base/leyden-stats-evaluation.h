/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-stats.h"

G_BEGIN_DECLS

/* Offline evaluation of logged rollouts (inverse propensity, self-normalised, clipped, direct, doubly robust). */
typedef struct
{
  double reward;
  double logged;                /* probability of the action that was taken, > 0 */
  double target;                /* probability of it under the policy to be judged */
  double predicted;             /* reward that a model predicts for it */
  double value;                 /* sum over actions of target · prediction */
} LeydenOffPolicyRow;

typedef struct
{
  double ips;
  double ips_se;
  double snips;
  double snips_se;
  double clipped;
  double dm;
  double dr;
  double dr_se;
  double ess;                   /* effective sample size */
  double w_mean;
} LeydenOffPolicy;

/* @clip: largest weight of the clipped estimate. */
void     leyden_stats_off_policy      (const LeydenOffPolicyRow *rows, gsize n, double clip, LeydenOffPolicy *out);
/* Whether rows can be judged at all: without the logged probability of an action nothing can. %G_IO_ERROR_INVALID_ARGUMENT names
 * the row (from 1) and what is wrong with it. */
gboolean leyden_stats_off_policy_check (const LeydenOffPolicyRow *rows, gsize n, GError **error);
/* A model of rewards from the log itself: q[i · n_actions + action] is the mean reward of that action in row i's context, taken from
 * the rows of the other half (even and odd rows), so that no row predicts itself. Where the other half never saw the action: the
 * mean of the context, else of the half. */
void     leyden_stats_cross_fit       (const guint *context, const guint *action, const double *reward, gsize n, guint n_contexts,
                                       guint n_actions, double *q);
/* ESS below 30 or a tenth of n, or a mean weight outside 0.8…1.2. */
gboolean leyden_stats_off_policy_is_weak (const LeydenOffPolicy *estimates, gsize n);

/* Of @n samples of an item @c succeeded: probability that one of k (Chen et al., arXiv 2107.03374), or
 * all of k, succeed. NaN for k > n. */
double   leyden_stats_pass_at_k       (guint n, guint c, guint k);
double   leyden_stats_pass_hat_k      (guint n, guint c, guint k);

/* @ra and @rb are changed; @score_a 1, ½ or 0. Returns the score that was expected. */
double   leyden_stats_elo_update      (double *ra, double *rb, double score_a, double k);
/* Ratings of @n players from wins[i · n + j], row over column (a tie is half a win each), by MM (Hunter 2004). @padded
 * (nullable): the graph of wins did not connect all, so a tenth of a game was added both ways. */
void     leyden_stats_bradley_terry   (const double *wins, guint n, double *ratings, gboolean *padded);

/* Percentile intervals of the ratings by bootstrap over games. @out: @n intervals. */
void     leyden_stats_bradley_terry_intervals (const double *wins, guint n, guint n_resamples, guint64 seed, double confidence,
                                       LeydenInterval *out);

/* Agreement of two judges, table m[i · n + j]. @observed, @expected nullable. */
double   leyden_stats_cohen_kappa     (const double *m, guint n, double *observed, double *expected);
/* A judge that every report flags: kappa against @n_labels labels by people is below 0.4, or they are fewer than 50. */
gboolean leyden_stats_judge_is_weak   (double kappa, gsize n_labels);
/* Mean squared error of probabilities, and calibration error over ten bins. */
double   leyden_stats_brier           (const double *p, const double *y, gsize n);
double   leyden_stats_ece10           (const double *p, const double *y, gsize n);

G_END_DECLS
