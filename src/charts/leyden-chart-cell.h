/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* Cells of tables: {"name", "title"?, "type"?, "unit"?} is a column. */

/* Safe to show. (transfer full) */
char *leyden_chart_column_title (LeydenValue *column);
/* As it is read: numbers with their unit, times ("type" "time": ns) in @zone; nothing for null. Safe to show. (transfer full) */
char *leyden_chart_cell_to_text (LeydenValue *cell, LeydenValue *column, GTimeZone *zone);

/* Cells of CSV beside those of leyden_csv_add_value(). */
void  leyden_chart_csv_append_double (GString *csv, double value);      /* nothing for what is not finite */
void  leyden_chart_csv_append_time   (GString *csv, double time_ns, GTimeZone *zone);

G_END_DECLS
