/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-agl.h"

G_BEGIN_DECLS

/* What Agent Lightning's trainer makes of a rollout: which calls it trains, and why not the others; the sequences it merges them into; the
 * reward; the advantage within its group. Pure; any thread.
 *
 * Source of the rules: the trainer of Agent Lightning 1.0.0 (the same reference as /api), and for the advantage group-relative policy
 * optimisation as verl has it: (r − mean) ÷ (standard deviation with n − 1 + 1e-6), the bare reward for a group of one. */

/* What a rollout without a reward counts as. The trainer's setting is called `reward_fillna_value`; this is its default. */
#define LEYDEN_TRAINER_FILL 0.0

/* Of GET /leyden/v1/rollouts/{id}/training. (transfer full) */
LeydenValue *leyden_trainer_view_make      (const LeydenAglLog *log);
/* Of GET …/training/calls/{n}: call @index from 0 with its tokens from @offset on, at most @limit; NULL when there is no such call. (transfer full) */
LeydenValue *leyden_trainer_view_make_call (const LeydenAglLog *log, guint index, guint offset, guint limit);

/**
 * leyden_trainer_advantages:
 * @rewards: (array length=n): the rewards of a group; every value finite
 * @n: at least 1
 * @advantages: (out caller-allocates) (array length=n): may be the same memory
 * @mean: (out): of @rewards
 * @deviation: (out): standard deviation with n − 1; 0 for a group of one
 *
 * Source: Shao et al., “DeepSeekMath” (arXiv 2402.03300), section 4.1.2, with verl's epsilon of 1e-6 and its group of one, whose mean is
 * taken as 0 and whose deviation as 1.
 */
void         leyden_trainer_advantages     (const double *rewards, guint n, double *advantages, double *mean, double *deviation);

G_END_DECLS
