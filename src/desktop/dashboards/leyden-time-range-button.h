/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenTimeRangeButton: the time of a dashboard: a stretch that ends now, a part of the calendar, or from one moment to another, in a time zone.
 *
 * Signal: "changed" (): the person chose another.
 */
#define LEYDEN_TYPE_TIME_RANGE_BUTTON (leyden_time_range_button_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTimeRangeButton, leyden_time_range_button, LEYDEN, TIME_RANGE_BUTTON, GtkWidget)

GtkWidget   *leyden_time_range_button_new      (void);
/* @time: as in the document of a dashboard; @zone: "" is the reader's own. */
void         leyden_time_range_button_set      (LeydenTimeRangeButton *self,
                                                LeydenValue           *time,
                                                const char            *zone);
/* (transfer none) */
LeydenValue *leyden_time_range_button_get_time (LeydenTimeRangeButton *self);
const char  *leyden_time_range_button_get_zone (LeydenTimeRangeButton *self);

/* "Last 24 hours", "Today", "3 Nov 2026 00:00 – 5 Nov 2026 00:00". (transfer full) */
char        *leyden_time_range_describe        (LeydenValue *time, const char *zone);
/* What a person types: "2026-11-03", "2026-11-03 14:30"; a day alone begins with its first moment, and with @end is over with its last. FALSE: none
 * of these. */
gboolean     leyden_time_range_parse           (const char *text, const char *zone, gboolean end, gint64 *ns);

G_END_DECLS
