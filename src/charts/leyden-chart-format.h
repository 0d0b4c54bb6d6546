/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Numbers in words. A unit is "" or "1" (none), "ns" "us" "ms" "s" "min" "h" (durations), "bytes", "percent" (0 to 100), "share" (0 to 1, read as
 * percent), an ISO 4217 code (money), or any other word, which is put after the number; "/s" at the end of any makes it a rate. */

/* To be read by itself: as many figures as say what is different. "–" for what is no number. (transfer full) */
char   *leyden_chart_format_value (double value, const char *unit);
/* A mark of an axis whose marks are @step apart and of which @largest is the largest; all marks of an axis are in the same size of unit. */
char   *leyden_chart_format_tick  (double value, double step, double largest, const char *unit);
/* The number in which such marks are round: 1000 for "ms" shown in s, 1024 for bytes in KiB. */
double  leyden_chart_unit_factor  (const char *unit, double largest);
/* How the distances of marks of that size go: {1, 2, 5} × 10^k, or as clocks have it: at least @least. Positive. */
double  leyden_chart_unit_step    (const char *unit, double largest, double least);

/* A moment of ns since the epoch to be read by itself; @resolution_ns: what is left out below. */
char   *leyden_chart_format_time  (double time_ns, GTimeZone *zone, double resolution_ns);

G_END_DECLS
