/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-chart-track.h"

G_BEGIN_DECLS

/* Which of many points are drawn. */

/* Of the points of one px column: all of up to four, else the first, lowest, highest and last, in their order, each once; gaps never. How many
 * of @kept were written. */
guint   leyden_chart_sample_column (const LeydenChartTrack *track, guint from, guint to, guint kept[4]);

/**
 * leyden_chart_sample_lttb:
 * @x: @y: @n points; @x ascending; all finite
 * @keep: how many may stay, at least 3
 *
 * Largest triangle three buckets: one point of each bucket, the first and the last; for files and sparklines, where columns are not known. The shape
 * stays; an extreme may be lost. Time O(n).
 *
 * Source: Steinarsson, “Downsampling Time Series for Visual Representation” (2013), section 4.2.
 *
 * Returns: (transfer full) (element-type guint): ascending indices; all of them when @n ≤ @keep
 */
GArray *leyden_chart_sample_lttb   (const double *x, const double *y, guint n, guint keep);

G_END_DECLS
