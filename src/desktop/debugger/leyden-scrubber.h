/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-flow.h"
#include "leyden-span-tree.h"

G_BEGIN_DECLS

/**
 * LeydenScrubber: a slider over the records of a rollout. Left and Right go to the record of interest before and after, with Ctrl to where a node starts
 * or ends, with Shift one record; Page Up and Page Down a tenth; Home and End to the ends.
 *
 * Property: value (uint64, notify): sequence of the record, from 1 to the last; 0 while there are none. Signal: "moved" (guint64): a person moved it.
 */
#define LEYDEN_TYPE_SCRUBBER (leyden_scrubber_get_type ())
G_DECLARE_FINAL_TYPE (LeydenScrubber, leyden_scrubber, LEYDEN, SCRUBBER, GtkWidget)

GtkWidget  *leyden_scrubber_new          (void);
/* What there is, and where one is. @tree nullable: steps are single records then. @flow nullable: gives the titles. */
void        leyden_scrubber_set_tree (LeydenScrubber *self, LeydenSpanTree *tree, LeydenFlow *flow);
void        leyden_scrubber_set_place    (LeydenScrubber *self, guint64 value, guint64 last);
/* To where a node starts or ends, as a person does with Ctrl; @direction 1: later, -1: before. */
void        leyden_scrubber_step         (LeydenScrubber *self, int direction);
guint64     leyden_scrubber_get_value    (LeydenScrubber *self);
/* "Record 120 of 340, Solve started, 1.2 s"; (transfer none). */
const char *leyden_scrubber_get_text     (LeydenScrubber *self);

G_END_DECLS
