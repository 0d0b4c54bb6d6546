/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-query-private.h"

G_BEGIN_DECLS

/* Series over x, as they are put together for an answer. */
typedef struct
{
  const LeydenQuery *query;
  LeydenSeries      *series;
  LeydenGrid        *grid;
  LeydenBuckets     *buckets;           /* of time; NULL: x is something else */
  GPtrArray         *x;                 /* LeydenValue, as the next two */
  GPtrArray         *x_end;             /* NULL: none */
  GPtrArray         *x_keys;            /* the same */
  double            *seconds;           /* that a bucket lasts, as far as it is asked about and past; NULL: no time */
  gboolean          *is_future;         /* nullable */
  guint             *order;             /* in which x is written; NULL: as it is */
  LeydenCellParts    parts;
  gboolean           total_of_all;      /* shares are of all x together */
} LeydenPlot;

/* Takes @series. */
LeydenPlot    *leyden_plot_new           (const LeydenQuery *query, LeydenSeries *series, guint n_x);
void           leyden_plot_free          (LeydenPlot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenPlot, leyden_plot_free)
void           leyden_plot_add           (LeydenPlot *self, const LeydenColumns *columns, guint row, guint series, guint x);
double         leyden_plot_get           (LeydenPlot *self, guint series, guint x);
/* Takes @buckets; they are shown at the times of @shown. */
void           leyden_plot_set_time      (LeydenPlot *self, LeydenBuckets *buckets, const LeydenBuckets *shown);
void           leyden_plot_write         (LeydenPlot *self, LeydenValueBuilder *b, gboolean is_previous);
LeydenBuckets *leyden_query_make_buckets (const LeydenQuery *query, GError **error);
/* What its numbers are put together from. */
LeydenCellParts leyden_query_get_parts   (const LeydenQuery *query);

/* leyden-shapes-groups.c */
LeydenPlot    *leyden_plot_groups        (sqlite3 *db, const LeydenQuery *query, LeydenColumns *columns, LeydenNotes *notes);
LeydenValue   *leyden_query_shape_table  (sqlite3 *db, const LeydenQuery *query, LeydenColumns *columns);
LeydenValue   *leyden_query_shape_points (sqlite3 *db, const LeydenQuery *query, LeydenColumns *columns);
void           leyden_table_add_column   (LeydenValueBuilder *b, const char *name, const char *title, const char *type, const char *unit);

G_END_DECLS
