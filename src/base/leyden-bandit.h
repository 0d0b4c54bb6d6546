/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-random.h"

G_BEGIN_DECLS

typedef struct
{
  double successes;
  double n;
} LeydenArm;

/* Upper confidence bounds after @t decisions (UCB1: Auer et al. 2002; KL-UCB: Garivier and Cappé 2011); infinite for an arm
 * that was never played. */
double leyden_bandit_ucb1     (double successes, double n, double t);
double leyden_bandit_kl_ucb   (double successes, double n, double t);
/* Thompson sampling, prior Beta(@a, @b): one uniform an arm from @random, the arm of the largest @theta − cost (the lower
 * index of equal ones). @costs and @theta (caller-allocated) are nullable. */
guint  leyden_bandit_thompson (const LeydenArm *arms, const double *costs, guint n_arms, double a, double b,
                               LeydenRandom *random, double *theta);

/* How often each arm would be played, by @n_draws draws (1 000): the probability to log with a decision, so that it can be
 * judged offline later. @shares: caller-allocated, @n_arms. */
void   leyden_bandit_thompson_shares (const LeydenArm *arms, const double *costs, guint n_arms, double a, double b,
                                      LeydenRandom *random, guint n_draws, double *shares);

/* One round: so many arms, so many items each. */
typedef struct
{
  guint  n_arms;
  double n_items;
} LeydenHalvingRound;

/* Sequential halving (Karnin, Koren and Somekh 2013) of @n_arms within @budget calls; ceil(log2 n_arms) rounds. (element-type LeydenHalvingRound) */
GArray    *leyden_bandit_halving_schedule (guint n_arms, guint budget);
/* Hyperband (Li et al. 2018): brackets from the largest s down, each a GArray of rounds. (element-type GArray) (transfer full) */
GPtrArray *leyden_bandit_hyperband        (guint most_items, guint eta);

/* Router policy (group-relative policy gradient). Rewards of one group to advantages; @normalize divides by the standard
 * deviation + @epsilon. A group of one gives 0. @out may be @rewards. */
void   leyden_policy_advantages (const double *rewards, gsize n, gboolean normalize, double epsilon, double *out);
void   leyden_policy_softmax    (const double *logits, gsize n, double *out);

typedef struct
{
  double learning_rate;
  double kl;                    /* weight of the distance from the reference */
  double entropy;
} LeydenPolicyStep;

/* One update of @logits (changed, clamped to ±10) by a group of @group choices with their advantages. @gradient nullable. */
void   leyden_policy_step       (double *logits, const double *reference, gsize n, const guint *choices,
                                 const double *advantages, gsize group, const LeydenPolicyStep *step, double *gradient);

G_END_DECLS
