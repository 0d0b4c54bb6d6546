/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-chart.h"

G_BEGIN_DECLS

/* LeydenChartLegend: a button for each series of a chart, which shows and hides it; hidden itself while there is one series or none. Of very many
 * the first are named. */
#define LEYDEN_TYPE_CHART_LEGEND (leyden_chart_legend_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChartLegend, leyden_chart_legend, LEYDEN, CHART_LEGEND, GtkWidget)

GtkWidget *leyden_chart_legend_new       (void);
void       leyden_chart_legend_set_chart (LeydenChartLegend *self, LeydenChart *chart);

G_END_DECLS
