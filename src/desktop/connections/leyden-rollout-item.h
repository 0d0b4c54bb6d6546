/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* A rollout's row as an item of a list model. Property: row (LeydenValue, as the backend gives it). */
#define LEYDEN_TYPE_ROLLOUT_ITEM (leyden_rollout_item_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutItem, leyden_rollout_item, LEYDEN, ROLLOUT_ITEM, GObject)

LeydenRolloutItem *leyden_rollout_item_new       (LeydenValue       *row);
LeydenValue       *leyden_rollout_item_get_row   (LeydenRolloutItem *self);
void               leyden_rollout_item_set_row   (LeydenRolloutItem *self,
                                                  LeydenValue       *row);
const char        *leyden_rollout_item_get_id    (LeydenRolloutItem *self);
gint64             leyden_rollout_item_get_index (LeydenRolloutItem *self);
const char        *leyden_rollout_item_get_state (LeydenRolloutItem *self);

G_END_DECLS
