/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-flow.h"

G_BEGIN_DECLS

/**
 * LeydenStepsView: the steps of one rollout, as its state says: each node that started, in order, with what went in and came out,
 * its calls to models and tools, its time.
 *
 * Signals: "activated" (const char *node): the user asks to see that node; "show-call" (const char *path): the last call of that path, in full.
 */
#define LEYDEN_TYPE_STEPS_VIEW (leyden_steps_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenStepsView, leyden_steps_view, LEYDEN, STEPS_VIEW, GtkWidget)

GtkWidget  *leyden_steps_view_new       (void);
/* @flow (nullable) gives the titles; @state: the fold (data/schema/state.json), NULL: empty. Rows that stay keep their expansion. */
void        leyden_steps_view_set_state (LeydenStepsView *self,
                                         LeydenFlow      *flow,
                                         LeydenValue     *state);
/* A value as text for a person: text as it is, other JSON indented, safe and at most @max_chars. (transfer full) */
char       *leyden_format_value         (LeydenValue     *value,
                                         guint            max_chars);
/* "1.2 s", "340 ms", "2 min 5 s". (transfer full) */
char       *leyden_format_duration      (double           milliseconds);
/* "$0.0012"; credits of the simulation, by which costs can be compared, are no money. (transfer full) */
char       *leyden_format_cost          (double           cost,
                                         gboolean         simulated);
/* Icon and translated word of a state of a node or rollout. */
const char *leyden_state_icon           (const char      *state);
const char *leyden_state_title          (const char      *state);

G_END_DECLS
