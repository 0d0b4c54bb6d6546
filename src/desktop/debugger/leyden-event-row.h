/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-flow.h"
#include "leyden-record-list.h"

G_BEGIN_DECLS

/* What the rows of a list of events share. */
typedef struct
{
  LeydenFlow *flow;             /* titles; borrowed, nullable */
  gint64      start_ns;         /* times are since then; 0: not known */
  guint64     position;         /* record that is looked at; 0: none */
} LeydenEventTable;

/* LeydenEventRow: a record in a row: sequence, time, what, node, and what it says; or, without an item, the titles of these columns. All is drawn. */
#define LEYDEN_TYPE_EVENT_ROW (leyden_event_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenEventRow, leyden_event_row, LEYDEN, EVENT_ROW, GtkWidget)

/* @table lives longer than the row. */
GtkWidget        *leyden_event_row_new      (const LeydenEventTable *table, gboolean titles);
void              leyden_event_row_set_item (LeydenEventRow *self, LeydenRecordItem *item);
LeydenRecordItem *leyden_event_row_get_item (LeydenEventRow *self);
/* Titles or the position are others. */
void              leyden_event_row_refresh  (LeydenEventRow *self);

G_END_DECLS
