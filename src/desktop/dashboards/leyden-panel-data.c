/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-panel-data.h"

#include <glib/gi18n-lib.h>

#include "leyden-button.h"
#include "leyden-chart-view.h"
#include "leyden-dashboard-result.h"
#include "leyden-dashboard-window.h"

static void
export_cb (GtkButton *button,
           GtkWidget *view)
{
  gtk_widget_activate_action (view, "chart.export", "s", "csv");
}

static GtkWidget *
create_view (LeydenValue *result,
             const char  *zone)
{
  g_autoptr(LeydenValue) table = leyden_dashboard_result_tabulate (result);
  g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_TABLE);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) options = NULL;
  GtkWidget *view = leyden_chart_view_new ();

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "zone", zone);
  leyden_value_builder_end (&b);
  options = leyden_value_builder_end_value (&b);
  leyden_chart_set_result (chart, LEYDEN_CHART_KIND_TABLE, table, options);
  leyden_chart_view_set_chart (LEYDEN_CHART_VIEW (view), chart);
  gtk_widget_set_vexpand (view, TRUE);
  return view;
}

GtkWidget *
leyden_panel_data_new (GtkWindow   *parent,
                       const char  *title,
                       LeydenValue *result,
                       const char  *zone)
{
  GtkWidget *export = leyden_button_new_with_mnemonic (_("_Export…"));
  GtkWidget *view = create_view (result, zone);

  gtk_widget_set_tooltip_text (export, _("Export as CSV table"));
  g_signal_connect_object (export, "clicked", G_CALLBACK (export_cb), view, 0);
  return leyden_dashboard_window_new (parent, title, view, FALSE, export, NULL);
}
