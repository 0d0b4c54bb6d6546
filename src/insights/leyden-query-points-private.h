/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-shapes.h"

G_BEGIN_DECLS

typedef struct
{
  gint64       id;
  int          first_level;     /* of its roll-ups, an index */
  LeydenValue *labels;
  char        *words[LEYDEN_QUERY_MAX_SPLIT];   /* of the labels it is split by */
} LeydenPointSource;

typedef struct
{
  sqlite3       *db;
  LeydenQuery   *query;
  LeydenMeasure  measure;       /* that of the question, with the unit of the series */
  GArray        *sources;       /* LeydenPointSource */
  gboolean       are_samples;   /* one of them at least is of the backend's own metrics */
  char          *unit;
} LeydenPoints;

/* leyden-query-rollups.c: answers from roll-ups. */
LeydenValue *leyden_points_run_series    (LeydenPoints *self, GError **error);
/* Points that stand for many: of every piece of time the least and the greatest. */
LeydenValue *leyden_points_run_extremes  (LeydenPoints *self, GError **error);
/* Each series is a group. */
LeydenValue *leyden_points_run_groups    (LeydenPoints *self, GError **error);
LeydenValue *leyden_points_run_histogram (LeydenPoints *self, GError **error);

G_END_DECLS
