/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-chart-style.h"

G_BEGIN_DECLS

/* The looks of a chart inside @widget: its font, its colours, direction, contrast. Without title and legend, which are widgets there. @font (out): owns
 * the family that the style borrows. */
void leyden_chart_look_load (GtkWidget *widget, LeydenChartStyle *style, char **font);

G_END_DECLS
