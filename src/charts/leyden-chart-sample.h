/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-chart-track.h"

G_BEGIN_DECLS

/* Which of many points are drawn. */

/* Of the points of one px column: all of up to four, else the first, lowest, highest and last, in their order, each once; gaps never. How many
 * of @kept were written. */
guint   leyden_chart_sample_column (const LeydenChartTrack *track, guint from, guint to, guint kept[4]);

G_END_DECLS
