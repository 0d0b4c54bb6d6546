/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-chart-view.h"

G_BEGIN_DECLS

struct _LeydenChartView
{
  GtkWidget        parent_instance;

  LeydenChart     *chart;
  LeydenChartLink *link;
  GtkWidget       *area;
  GtkWidget       *table;               /* NULL until there was one */
  GtkWidget       *legend;
  GtkWidget       *notes;
  GtkWidget       *popover;
};

/* leyden-chart-export.c */
void leyden_chart_view_class_add_export (GtkWidgetClass *klass);

G_END_DECLS
