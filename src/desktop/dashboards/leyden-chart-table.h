/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-chart.h"

G_BEGIN_DECLS

/* LeydenChartTable: the rows of a chart of kind table; a click on a title sorts. Signal: "row-activated" (guint row): its index among the rows of the answer. */
#define LEYDEN_TYPE_CHART_TABLE (leyden_chart_table_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChartTable, leyden_chart_table, LEYDEN, CHART_TABLE, GtkWidget)

GtkWidget *leyden_chart_table_new       (void);
void       leyden_chart_table_set_chart (LeydenChartTable *self, LeydenChart *chart);
/* Takes some rows away, of one that goes: all at once would hold up the main loop. TRUE: there are more. */
gboolean   leyden_chart_table_dismantle (LeydenChartTable *self);

G_END_DECLS
