/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-experiment-data.h"

G_BEGIN_DECLS

/**
 * LeydenRewardCurve: the best mean reward so far against the task calls spent, with its interval. Painted; what it shows is said in its
 * accessible description, and the arrow keys go from point to point (the description then names the point). A table of the same figures
 * belongs beside it.
 */
#define LEYDEN_TYPE_REWARD_CURVE (leyden_reward_curve_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRewardCurve, leyden_reward_curve, LEYDEN, REWARD_CURVE, GtkWidget)

GtkWidget  *leyden_reward_curve_new          (void);
/* NULL: empty. */
void        leyden_reward_curve_set_snapshot (LeydenRewardCurve      *self,
                                              LeydenValue            *snapshot);
/* "After 120 calls 0.81, between 0.74 and 0.88". (transfer full) */
char       *leyden_reward_curve_describe_point (const LeydenCurvePoint *point);

G_END_DECLS
