/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenFilterRows: the filter of a query as rows of dimension, operator and value. A value "$name" is that of a variable.
 *
 * Signal: "changed" ().
 */
#define LEYDEN_TYPE_FILTER_ROWS (leyden_filter_rows_get_type ())
G_DECLARE_FINAL_TYPE (LeydenFilterRows, leyden_filter_rows, LEYDEN, FILTER_ROWS, GtkWidget)

GtkWidget   *leyden_filter_rows_new            (void);
/* @dimensions: [{"name", "title", "type"}]. */
void         leyden_filter_rows_set_dimensions (LeydenFilterRows *self,
                                                LeydenValue      *dimensions);
/* @filter: (nullable): as in a query. */
void         leyden_filter_rows_set            (LeydenFilterRows *self,
                                                LeydenValue      *filter);
/* Rows without a value are left out. (transfer full) */
LeydenValue *leyden_filter_rows_get            (LeydenFilterRows *self);
guint        leyden_filter_rows_get_n          (LeydenFilterRows *self);

G_END_DECLS
