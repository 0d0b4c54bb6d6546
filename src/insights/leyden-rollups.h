/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-sketch.h"

G_BEGIN_DECLS

/* Points of a series in stretches of time (table `rollups`): what is summed up once need not be read point by point for a chart. */
#define LEYDEN_N_ROLLUP_LEVELS 6
extern const int leyden_rollup_levels[LEYDEN_N_ROLLUP_LEVELS];         /* seconds, ascending, each a multiple of the one before */
/* Of samples of the backend's metrics, which come every ten seconds: the levels from this one on. */
#define LEYDEN_ROLLUP_SAMPLE_LEVEL 2

/* One stretch. `sketch` is NULL while all points are equal. */
typedef struct
{
  int           level;
  gint64        series;
  gint64        bucket;                 /* seconds since the epoch */
  gint64        count;
  double        sum, sum2, min, max, first, last;
  gint64        first_ns, last_ns;
  LeydenSketch *sketch;
} LeydenRollup;

void leyden_rollup_clear (LeydenRollup *self);
void leyden_rollup_add   (LeydenRollup *self, gint64 time_ns, double value);
/* Adds all of @other, which lies in @self's stretch. */
void leyden_rollup_merge (LeydenRollup *self, const LeydenRollup *other);
/* From a row (level, series, bucket, count, sum, sum2, min, max, first, first_ns, last, last_ns, sketch), columns @column on. */
#define LEYDEN_ROLLUP_COLUMNS "level, series, bucket, count, sum, sum2, min, max, first, first_ns, last, last_ns, sketch"
gboolean leyden_rollup_read (LeydenRollup *self, sqlite3_stmt *statement, int column, GError **error);
/* Quantile of all points, to within LEYDEN_SKETCH_ERROR and within min and max; NaN of none. */
double   leyden_rollup_quantile (const LeydenRollup *self, double p);

/* Stretches that are being changed within one transaction. */
typedef struct _LeydenRollups LeydenRollups;

LeydenRollups *leyden_rollups_new    (sqlite3 *db, GError **error);
void           leyden_rollups_free   (LeydenRollups *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRollups, leyden_rollups_free)
/* Counts a point in all stretches from level number @from_level on. */
gboolean       leyden_rollups_add    (LeydenRollups *self, gint64 series, guint from_level, gint64 time_ns, double value, GError **error);
gboolean       leyden_rollups_write  (LeydenRollups *self, GError **error);
/* Makes at most @limit stretches anew from the points that are left (table `rollups_stale`); @n_left: how many there were before. */
gboolean       leyden_rollups_repair (sqlite3 *db, guint limit, guint *n, GError **error);
/* Removes samples of series of kind "sample" that are older than is kept. */
gboolean       leyden_rollups_prune  (sqlite3 *db, gint64 now_ns, GError **error);

G_END_DECLS
