/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-flow.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* A list of the rewards of a rollout: where each comes from, its value, its parts, each with a bar, and why evaluators gave what they gave.
 * (transfer floating) */
GtkWidget *leyden_rollout_rewards_new (void);
/* @flow (nullable): titles of the nodes. @list, @nodes (nullable): "rewards" and "nodes" of the state. */
void       leyden_rollout_rewards_set (GtkWidget *rewards, LeydenFlow *flow, LeydenValue *list, LeydenValue *nodes);

G_END_DECLS
