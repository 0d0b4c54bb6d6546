/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-waterfall.h"

G_BEGIN_DECLS

/* Parts of a timeline's view that only have to be made. */

GtkWidget          *leyden_timeline_part_button (const char *icon, const char *name, const char *action);
/* A button that tells what the bars mean; @waterfall lives longer. */
GtkWidget          *leyden_timeline_part_legend (const LeydenWaterfall *waterfall);
/* The keys of the waterfall, as actions "timeline.…". */
GtkEventController *leyden_timeline_part_keys   (void);

G_END_DECLS
