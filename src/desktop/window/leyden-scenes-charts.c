/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include <adwaita.h>
#include <math.h>

#include "leyden-chart-area-private.h"
#include "leyden-chart-view.h"
#include "leyden-json.h"

/* Every kind of chart side by side, one of them read by keys. */

#define HOUR 3600e9
#define START 1774656000e9      /* 28 March 2026: the day after it is an hour shorter in Berlin */

static const struct
{
  const char *kind;
  const char *result;           /* NULL: lines, made here */
  const char *options;
} samples[] = {
  { "line", NULL, "{\"title\":\"Success\",\"zone\":\"Europe/Berlin\",\"unit\":\"share\"}" },
  { "line", NULL, "{\"title\":\"Success, smoothed\",\"zone\":\"Europe/Berlin\",\"unit\":\"share\",\"smoothing\":0.9}" },
  { "area", NULL, "{\"title\":\"Rollouts by state\",\"zone\":\"Europe/Berlin\"}" },
  { "bar", "{\"shape\":\"groups\",\"unit\":\"USD\",\"simulated\":\"some\",\"series\":[{\"name\":\"This week\",\"x\":[\"gpt-5-mini\",\"claude-sonnet-4\",\"qwen3-4b trained for "
    "200 steps\",\"simulated\"],\"y\":[12.4,8.1,3.2,0.01]},{\"name\":\"Last week\",\"x\":[\"gpt-5-mini\",\"claude-sonnet-4\",\"simulated\"],\"y\":[10.4,9.1,0.5]}]}",
    "{\"title\":\"Cost by model\"}" },
  { "histogram", "{\"shape\":\"histogram\",\"unit\":\"ms\",\"series\":[{\"name\":\"Version 2\",\"x\":[0,100,200,300,400,500,600],\"x_end\":[100,200,300,400,500,600,900],"
    "\"y\":[3,40,100,66,30,12,4]},{\"name\":\"Version 1\",\"x\":[0,100,200,300,400,500,600],\"x_end\":[100,200,300,400,500,600,900],\"y\":[1,10,60,80,50,22,9]}]}",
    "{\"title\":\"Latency\"}" },
  { "heat", "{\"shape\":\"groups\",\"unit\":\"share\",\"series\":[{\"name\":\"easy\",\"x\":[\"step 1\",\"step 2\",\"step 3\",\"step 4\"],\"y\":[0.5,0.7,0.85,0.95]},"
    "{\"name\":\"middle\",\"x\":[\"step 1\",\"step 2\",\"step 3\",\"step 4\"],\"y\":[0.3,0.4,0.6,0.7]},{\"name\":\"hard\",\"x\":[\"step 1\",\"step 2\",\"step 4\"],"
    "\"y\":[0.05,0.1,0.4]}]}", "{\"title\":\"Reward by slice\"}" },
  { "waterfall", "{\"shape\":\"time\",\"series\":[{\"name\":\"planner\",\"x\":[1774656000000000000],\"x_end\":[1774656003000000000],\"y\":[1]},{\"name\":\"model call\",\"x\":"
    "[1774656000500000000,1774656001900000000],\"x_end\":[1774656001500000000,1774656002200000000],\"y\":[1,1]},{\"name\":\"calculator\",\"x\":[1774656002200000000],"
    "\"x_end\":[1774656002900000000],\"y\":[1]}]}", "{\"title\":\"One rollout\"}" },
  { "table", "{\"shape\":\"table\",\"columns\":[{\"name\":\"item\",\"title\":\"Item\",\"type\":\"text\"},{\"name\":\"reward\",\"title\":\"Reward\",\"type\":\"number\"},"
    "{\"name\":\"time\",\"title\":\"Finished\",\"type\":\"time\"}],\"rows\":[[\"ratio-17\",0.05,1774656000000000000],[\"ages-3\",0.125,1774656060000000000],"
    "[\"=cmd()\",null,1774656120000000000]]}", "{\"title\":\"Worst items\",\"zone\":\"Europe/Berlin\"}" },
  { "value", "{\"shape\":\"value\",\"unit\":\"USD\",\"series\":[{\"name\":\"Cost\",\"x\":[0],\"y\":[23.71]}]}", "{\"title\":\"Cost today\"}" },
};

static void
add_lines (LeydenChart *chart)
{
  static const char * const names[] = { "planner", "solver", "critic" };

  for (guint s = 0; s < G_N_ELEMENTS (names); s++)
    {
      guint series = leyden_chart_add_series (chart, names[s]);

      for (guint i = 0; i < 192; i++)
        {
          double x = START + i * HOUR / 4, y = 0.15 + 0.22 * s + 0.001 * i + 0.06 * sin (i * (s + 1) * 0.3) + 0.04 * cos (i * 1.7);
          double low = y - 0.06 - 0.02 * sin (i * 0.1), high = y + 0.07;

          if (s == 1 && i > 70 && i < 82)
            y = NAN;
          leyden_chart_append (chart, series, &x, &y, s == 0 ? &low : NULL, s == 0 ? &high : NULL, 1);
        }
    }
}

static LeydenChart *
make_chart (guint index)
{
  g_autoptr(LeydenValue) options = leyden_json_parse (samples[index].options, -1, NULL, NULL);
  g_autoptr(LeydenValue) result = samples[index].result != NULL ? leyden_json_parse (samples[index].result, -1, NULL, NULL) : NULL;
  LeydenChartKind kind = LEYDEN_CHART_KIND_LINE;
  LeydenChart *chart;

  leyden_chart_kind_from_name (samples[index].kind, &kind);
  chart = leyden_chart_new (kind);
  leyden_chart_set_result (chart, kind, result, options);
  if (result == NULL)
    {
      leyden_chart_set_axes (chart, LEYDEN_CHART_X_TIME, kind == LEYDEN_CHART_KIND_AREA ? "" : "share");
      add_lines (chart);
    }
  return chart;
}

static GtkWidget *
make_panel (guint index)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *title, *view = leyden_chart_view_new ();
  g_autoptr(LeydenChart) chart = make_chart (index);

  title = gtk_label_new (leyden_chart_get_title (chart));
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (title, "heading");
  leyden_chart_view_set_chart (LEYDEN_CHART_VIEW (view), chart);
  gtk_widget_set_vexpand (view, TRUE);
  gtk_widget_set_size_request (view, 300, 190);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), view);
  if (index == 0)
    g_object_set_data (G_OBJECT (box), "view", view);
  return box;
}

static gboolean
read_cb (gpointer data)
{
  GtkWidget *view = g_object_get_data (G_OBJECT (data), "view");
  LeydenChartArea *area = leyden_chart_view_get_area (LEYDEN_CHART_VIEW (view));

  leyden_chart_area_read (area, 1, 120, TRUE);
  return G_SOURCE_REMOVE;
}

void
leyden_scene_charts (LeydenWindow *window)
{
  GtkWidget *sheet = adw_window_new (), *scroller = gtk_scrolled_window_new (), *grid = gtk_flow_box_new (), *first = NULL;
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (window), &width, &height);
  gtk_window_set_transient_for (GTK_WINDOW (sheet), GTK_WINDOW (window));
  gtk_window_set_default_size (GTK_WINDOW (sheet), width, width < 500 ? 2100 : height);
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (grid), GTK_SELECTION_NONE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (grid), TRUE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (grid), 3);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (grid), 12);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (grid), 12);
  gtk_widget_set_margin_start (grid, 12);
  gtk_widget_set_margin_end (grid, 12);
  gtk_widget_set_margin_top (grid, 12);
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      GtkWidget *panel = make_panel (i);

      first = first != NULL ? first : panel;
      gtk_flow_box_append (GTK_FLOW_BOX (grid), panel);
    }
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), grid);
  adw_window_set_content (ADW_WINDOW (sheet), scroller);
  gtk_window_present (GTK_WINDOW (sheet));
  g_timeout_add_full (G_PRIORITY_DEFAULT, 600, read_cb, g_object_ref (first), g_object_unref);
}
