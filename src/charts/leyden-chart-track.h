/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* LeydenChartTrack: a row of numbers that grows at its end, and where in any stretch of it the lowest and highest stand, without looking at
 * each: O(log n) for a stretch, O(1) amortised for an appended number. NaN is a gap; infinities are taken for gaps. */
typedef struct _LeydenChartTrack LeydenChartTrack;

#define LEYDEN_CHART_NONE G_MAXUINT

LeydenChartTrack *leyden_chart_track_new          (void);
void              leyden_chart_track_free         (LeydenChartTrack *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenChartTrack, leyden_chart_track_free)
LeydenChartTrack *leyden_chart_track_copy         (const LeydenChartTrack *self);       /* NULL: NULL */
void              leyden_chart_track_append       (LeydenChartTrack *self, double value);
guint             leyden_chart_track_get_size     (const LeydenChartTrack *self);
/* Valid until the next change. */
const double     *leyden_chart_track_get_values   (const LeydenChartTrack *self);
/* Indices of the first lowest and the first highest number of [@from, @to); FALSE: there are only gaps. */
gboolean          leyden_chart_track_find_extremes (const LeydenChartTrack *self, guint from, guint to, guint *lowest, guint *highest);

G_END_DECLS
