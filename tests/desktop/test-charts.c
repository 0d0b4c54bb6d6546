/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chart views: what is painted and what is kept, reading, zooming, legends, files. */
#include "config.h"
#include "desktop-events.h"
#include "desktop-helpers.h"

#include <math.h>

#include "leyden-chart-area-private.h"
#include "leyden-chart-view.h"

#define START 1774656000e9      /* 28 March 2026, 00:00 UTC */
#define MINUTE 60e9

typedef struct
{
  GtkWidget   *window;
  GtkWidget   *view;
  LeydenChart *chart;
  char        *told;            /* the last message or problem */
} Fixture;

static void
told_cb (LeydenChartView *view,
         const char      *text,
         Fixture         *fixture)
{
  g_free (fixture->told);
  fixture->told = g_strdup (text);
}

static void
draw (Fixture *fixture)
{
  test_settle ();
  gtk_test_widget_wait_for_draw (fixture->window);
}

static void
show (Fixture *fixture,
      int      width,
      int      height)
{
  fixture->window = gtk_window_new ();
  fixture->view = leyden_chart_view_new ();
  g_signal_connect (fixture->view, "message", G_CALLBACK (told_cb), fixture);
  g_signal_connect (fixture->view, "problem", G_CALLBACK (told_cb), fixture);
  leyden_chart_view_set_chart (LEYDEN_CHART_VIEW (fixture->view), fixture->chart);
  gtk_window_set_child (GTK_WINDOW (fixture->window), fixture->view);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), width, height);
  gtk_window_present (GTK_WINDOW (fixture->window));
  draw (fixture);
}

static void
append (LeydenChart *chart,
        guint        series,
        guint        from,
        guint        n)
{
  for (guint i = from; i < from + n; i++)
    {
      double x = START + i * MINUTE, y = 50 + 40 * sin (i * 0.37 + series) + i % 7;

      leyden_chart_append (chart, series, &x, &y, NULL, NULL, 1);
    }
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  leyden_chart_set_title (fixture->chart, "Throughput");
  leyden_chart_set_axes (fixture->chart, LEYDEN_CHART_X_TIME, "");
  leyden_chart_add_series (fixture->chart, "first");
  leyden_chart_add_series (fixture->chart, "second");
  append (fixture->chart, 0, 0, 300);
  append (fixture->chart, 1, 0, 300);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->window != NULL)
    gtk_window_destroy (GTK_WINDOW (fixture->window));
  test_settle ();
  g_assert_finalize_object (fixture->chart);
  g_free (fixture->told);
}

static LeydenChartArea *
get_area (Fixture *fixture)
{
  return leyden_chart_view_get_area (LEYDEN_CHART_VIEW (fixture->view));
}

static guint64
get_columns (Fixture *fixture)
{
  guint64 columns, points;

  leyden_chart_area_get_work (get_area (fixture), &columns, &points);
  return columns;
}

static guint64
get_points (Fixture *fixture)
{
  guint64 columns, points;

  leyden_chart_area_get_work (get_area (fixture), &columns, &points);
  return points;
}

/* --- painting --- */

/* A stretch that moves along with time: what was painted stays. */
static void
test_live (Fixture       *fixture,
           gconstpointer  data)
{
  guint64 columns, points, before_points;

  leyden_chart_set_limits (fixture->chart, 0, 120);
  leyden_chart_set_domain (fixture->chart, START, START + 300 * MINUTE);
  show (fixture, 700, 300);
  columns = get_columns (fixture);
  before_points = get_points (fixture);
  g_assert_cmpuint (columns, >=, 600);
  g_assert_cmpuint (before_points, >=, 600);

  for (guint i = 0; i < 20; i++)
    {
      append (fixture->chart, 0, 300 + i, 1);
      append (fixture->chart, 1, 300 + i, 1);
      leyden_chart_set_domain (fixture->chart, START + (i + 1) * MINUTE, START + (301 + i) * MINUTE);
      draw (fixture);
    }
  points = get_points (fixture) - before_points;
  /* Twice twenty points with their neighbours, and the columns to the end of a strip; not the three hundred that were there. */
  g_test_message ("columns %" G_GUINT64_FORMAT ", points %" G_GUINT64_FORMAT, get_columns (fixture) - columns, points);
  g_assert_cmpuint (points, <, 20 * 2 * 2 * 12);
}

/* All that there is, and it grows: there is room at the end, so that most paintings are of the new part. */
static void
test_growing (Fixture       *fixture,
              gconstpointer  data)
{
  guint64 before;

  leyden_chart_set_limits (fixture->chart, 0, 120);
  show (fixture, 700, 300);
  append (fixture->chart, 0, 300, 1);
  draw (fixture);
  before = get_points (fixture);
  for (guint i = 0; i < 20; i++)
    {
      append (fixture->chart, 0, 301 + i, 1);
      draw (fixture);
    }
  g_test_message ("points %" G_GUINT64_FORMAT, get_points (fixture) - before);
  g_assert_cmpuint (get_points (fixture) - before, <, 20 * 2 * 12);
}

/* An answer that goes on from the one before it is drawn on from there. */
static void
test_same_answer (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr(GString) json = g_string_new ("{\"shape\":\"time\",\"series\":[{\"name\":\"a\",\"x\":[");
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) options = test_value ("{\"min\":0,\"max\":10,\"from\":1,\"to\":1000000000000}");
  guint64 before;

  for (guint i = 0; i < 500; i++)
    g_string_append_printf (json, "%s%u000000000", i > 0 ? "," : "", i + 1);
  g_string_append (json, "],\"y\":[");
  for (guint i = 0; i < 500; i++)
    g_string_append_printf (json, "%s%u", i > 0 ? "," : "", i % 10);
  g_string_append (json, "]}]}");
  first = test_value (json->str);
  leyden_chart_set_result (fixture->chart, LEYDEN_CHART_KIND_LINE, first, options);
  show (fixture, 700, 300);
  before = get_columns (fixture);
  leyden_chart_set_result (fixture->chart, LEYDEN_CHART_KIND_LINE, first, options);
  draw (fixture);
  /* The last point begins the part that may be new; what is left of it is not touched. */
  g_test_message ("columns %" G_GUINT64_FORMAT, get_columns (fixture) - before);
  g_assert_cmpuint (get_columns (fixture) - before, <=, 700);
  g_assert_cmpuint (get_points (fixture), <, 500 + 40);
}

static guint
count_colored (GtkWidget *widget)
{
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  int width = gdk_paintable_get_intrinsic_width (paintable), height = gdk_paintable_get_intrinsic_height (paintable);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr(GskRenderNode) node = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  g_autofree guint32 *pixels = g_new (guint32, width * height);
  guint n = 0;

  gdk_paintable_snapshot (paintable, GDK_SNAPSHOT (snapshot), width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)), node, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  gdk_texture_download (texture, (guchar *) pixels, (gsize) width * 4);
  for (int i = 0; i < width * height; i++)
    {
      int red = (int) (pixels[i] >> 16 & 255), blue = (int) (pixels[i] & 255);

      n += ABS (red - blue) > 60;
    }
  return n;
}

/* Strips side by side show what one painting of the whole does: nearly the same number of coloured pixels, for every kind, both ways round. */
static void
test_kinds (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) result = test_value ("{\"shape\":\"groups\",\"unit\":\"USD\",\"series\":[{\"name\":\"a\",\"x\":[\"one\",\"two\"],\"y\":[3,4]},"
                                              "{\"name\":\"b\",\"x\":[\"one\",\"two\"],\"y\":[1,null]}]}");

  show (fixture, 640, 320);
  g_assert_cmpuint (count_colored (GTK_WIDGET (get_area (fixture))), >, 500);
  gtk_widget_set_direction (GTK_WIDGET (get_area (fixture)), GTK_TEXT_DIR_RTL);
  draw (fixture);
  g_assert_cmpuint (count_colored (GTK_WIDGET (get_area (fixture))), >, 500);
  gtk_widget_set_direction (GTK_WIDGET (get_area (fixture)), GTK_TEXT_DIR_LTR);
  leyden_chart_set_result (fixture->chart, LEYDEN_CHART_KIND_BAR, result, NULL);
  draw (fixture);
  g_assert_cmpuint (count_colored (GTK_WIDGET (get_area (fixture))), >, 5000);
}

/* --- reading --- */

static void
key (Fixture    *fixture,
     const char *action,
     int         value)
{
  gtk_widget_activate_action (GTK_WIDGET (get_area (fixture)), action, "i", value);
}

static char *
read_description (Fixture *fixture)
{
  LeydenChartArea *area = get_area (fixture);

  return area->reading ? leyden_chart_describe_point (fixture->chart, area->series, area->index) : leyden_chart_describe (fixture->chart);
}

static void
assert_read (Fixture    *fixture,
             const char *begins)
{
  g_autofree char *text = read_description (fixture);

  if (!g_str_has_prefix (text, begins))
    g_error ("“%s” does not begin with “%s”", text, begins);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (get_area (fixture)), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text);
}

static void
test_reading (Fixture       *fixture,
              gconstpointer  data)
{
  LeydenChartArea *area;

  show (fixture, 640, 320);
  area = get_area (fixture);
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL, "Throughput");
  assert_read (fixture, "Line chart: 2 series, 600 points");
  gtk_widget_grab_focus (GTK_WIDGET (area));
  key (fixture, "area.move", 1);
  assert_read (fixture, "first, 28 Mar 2026 00:00:00 UTC: 50");
  key (fixture, "area.move", 1);
  assert_read (fixture, "first, 28 Mar 2026 00:01:00 UTC");
  key (fixture, "area.move", 10);
  assert_read (fixture, "first, 28 Mar 2026 00:11:00 UTC");
  key (fixture, "area.series", 1);
  assert_read (fixture, "second, 28 Mar 2026 00:11:00 UTC");
  key (fixture, "area.series", 1);
  assert_read (fixture, "first, 28 Mar 2026 00:11:00 UTC");
  key (fixture, "area.end", -1);
  assert_read (fixture, "first, 28 Mar 2026 04:59:00 UTC");
  key (fixture, "area.move", 1);
  assert_read (fixture, "first, 28 Mar 2026 04:59:00 UTC");
  key (fixture, "area.end", 1);
  assert_read (fixture, "first, 28 Mar 2026 00:00:00 UTC");
  /* A hidden series is not read. */
  leyden_chart_set_hidden (fixture->chart, 0, TRUE);
  assert_read (fixture, "Line chart: 1 series");
  key (fixture, "area.move", 1);
  assert_read (fixture, "second, 28 Mar 2026 00:00:00 UTC");
}

/* Right to left the first point is at the right: the left arrow goes on. */
static void
test_reading_mirrored (Fixture       *fixture,
                       gconstpointer  data)
{
  show (fixture, 640, 320);
  gtk_widget_set_direction (GTK_WIDGET (get_area (fixture)), GTK_TEXT_DIR_RTL);
  draw (fixture);
  key (fixture, "area.move", -1);
  assert_read (fixture, "first, 28 Mar 2026 00:00:00 UTC");
  key (fixture, "area.move", -1);
  assert_read (fixture, "first, 28 Mar 2026 00:01:00 UTC");
  key (fixture, "area.move", 1);
  assert_read (fixture, "first, 28 Mar 2026 00:00:00 UTC");
}

/* --- zoom --- */

static void
test_zoom (Fixture       *fixture,
           gconstpointer  data)
{
  LeydenChartArea *area;
  LeydenChartWindow all, closer, moved;

  show (fixture, 640, 320);
  area = get_area (fixture);
  all = leyden_chart_area_get_window (area);
  g_assert_false (leyden_chart_area_is_zoomed (area));
  key (fixture, "area.zoom", 1);
  draw (fixture);
  g_assert_true (leyden_chart_area_is_zoomed (area));
  closer = leyden_chart_area_get_window (area);
  g_assert_cmpfloat (closer.high - closer.low, <, 0.7 * (all.high - all.low));
  key (fixture, "area.pan", 1);
  moved = leyden_chart_area_get_window (area);
  g_assert_cmpfloat_with_epsilon ((moved.low - closer.low) / (closer.high - closer.low), 0.2, 0.02);
  /* To the end and not beyond it. */
  for (guint i = 0; i < 20; i++)
    key (fixture, "area.pan", 1);
  moved = leyden_chart_area_get_window (area);
  g_assert_cmpfloat_with_epsilon ((moved.high - START) / MINUTE, 299, 0.5);
  gtk_widget_activate_action (GTK_WIDGET (area), "area.reset", NULL);
  g_assert_false (leyden_chart_area_is_zoomed (area));
  /* Out of all there is nothing. */
  key (fixture, "area.zoom", -1);
  g_assert_false (leyden_chart_area_is_zoomed (area));
  for (guint i = 0; i < 400; i++)
    key (fixture, "area.zoom", 1);
  draw (fixture);
  g_assert_true (leyden_chart_area_is_zoomed (area));
}

/* Charts of one board: zoomed and pointed at together. */
static void
test_link (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenChartLink) link = leyden_chart_link_new ();
  g_autoptr(LeydenChart) other_chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *other = leyden_chart_view_new ();
  LeydenChartArea *area;
  double low, high;

  show (fixture, 640, 600);
  leyden_chart_set_axes (other_chart, LEYDEN_CHART_X_TIME, "");
  leyden_chart_add_series (other_chart, "x");
  append (other_chart, 0, 0, 100);
  leyden_chart_view_set_chart (LEYDEN_CHART_VIEW (other), other_chart);
  g_object_ref (fixture->view);
  gtk_window_set_child (GTK_WINDOW (fixture->window), box);
  gtk_box_append (GTK_BOX (box), fixture->view);
  gtk_box_append (GTK_BOX (box), other);
  g_object_unref (fixture->view);
  leyden_chart_view_set_link (LEYDEN_CHART_VIEW (fixture->view), link);
  leyden_chart_view_set_link (LEYDEN_CHART_VIEW (other), link);
  draw (fixture);
  area = leyden_chart_view_get_area (LEYDEN_CHART_VIEW (other));
  key (fixture, "area.move", 1);
  g_assert_cmpfloat (leyden_chart_link_get_hover (link), ==, START);
  g_assert_cmpfloat (area->hover, ==, START);
  key (fixture, "area.zoom", 1);
  g_assert_true (leyden_chart_area_is_zoomed (area));
  leyden_chart_link_get_zoom (link, &low, &high);
  g_assert_cmpfloat (leyden_chart_area_get_window (area).low, ==, low);
  leyden_chart_area_reset (area);
  g_assert_false (leyden_chart_area_is_zoomed (get_area (fixture)));
}

static GtkWidget *
find (GtkWidget  *root,
      GType       type,
      const char *tooltip)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (tooltip == NULL || g_strcmp0 (gtk_widget_get_tooltip_text (root), tooltip) == 0))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type, tooltip);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* --- a real pointer --- */

static void
test_pointer (Fixture       *fixture,
              gconstpointer  data)
{
  LeydenChartArea *area;
  LeydenChartPlot *plot;
  LeydenChartBox box;
  GtkWidget *widget;
  LeydenChartWindow window;
  double from, to, x, y;

  if (!desktop_events_available ())
    {
      g_test_skip ("no xdotool");
      return;
    }
  show (fixture, 700, 400);
  desktop_events_focus (GTK_WINDOW (fixture->window));
  area = get_area (fixture);
  widget = GTK_WIDGET (area);
  plot = leyden_chart_area_get_plot (area);
  box = leyden_chart_plot_get_area (plot);

  /* What is under the pointer is read. */
  g_assert_true (leyden_chart_plot_locate (plot, 0, 150, &x, &y));
  desktop_events_glide (widget, x, y);
  desktop_events_wait_until (area->reading);
  g_assert_cmpint (ABS ((int) area->index - 150), <=, 1);

  /* A drag shows what it went over. */
  plot = leyden_chart_area_get_plot (area);
  from = leyden_chart_plot_get_value (plot, box.x + 100);
  to = leyden_chart_plot_get_value (plot, box.x + 300);
  desktop_events_drag (widget, box.x + 100, box.y + 20, widget, box.x + 300, box.y + 30, 1, NULL);
  desktop_events_wait_until (leyden_chart_area_is_zoomed (area));
  window = leyden_chart_area_get_window (area);
  g_assert_cmpfloat_with_epsilon ((window.low - from) / MINUTE, 0, 4);
  g_assert_cmpfloat_with_epsilon ((window.high - to) / MINUTE, 0, 4);

  /* With Shift it goes along. */
  desktop_events_drag (widget, box.x + 300, box.y + 20, widget, box.x + 200, box.y + 20, 1, "shift");
  desktop_events_wait_until (leyden_chart_area_get_window (area).low > window.low + MINUTE);

  /* The wheel with Control goes closer and back until all is shown. */
  window = leyden_chart_area_get_window (area);
  desktop_events_scroll (widget, box.x + 200, box.y + 20, -2, "ctrl");
  desktop_events_wait_until (leyden_chart_area_get_window (area).high - leyden_chart_area_get_window (area).low < 0.9 * (window.high - window.low));
  for (guint i = 0; i < 8; i++)
    desktop_events_scroll (widget, box.x + 200, box.y + 20, 3, "ctrl");
  desktop_events_wait_until (!leyden_chart_area_is_zoomed (area));

  /* Two clicks show all, Escape as well. */
  desktop_events_drag (widget, box.x + 100, box.y + 20, widget, box.x + 300, box.y + 30, 1, NULL);
  desktop_events_wait_until (leyden_chart_area_is_zoomed (area));
  desktop_events_click (widget, box.x + 50, box.y + 10, 1, 2, NULL);
  desktop_events_wait_until (!leyden_chart_area_is_zoomed (area));
  desktop_events_key ("plus", NULL);
  desktop_events_wait_until (leyden_chart_area_is_zoomed (area));
  desktop_events_key ("Escape", "Escape", NULL);
  desktop_events_wait_until (!leyden_chart_area_is_zoomed (area));
}

/* By keys alone: from the chart to the legend and back, a series hidden and shown, its points read. */
static void
test_keyboard (Fixture       *fixture,
               gconstpointer  data)
{
  LeydenChartArea *area;

  if (!desktop_events_available ())
    {
      g_test_skip ("no xdotool");
      return;
    }
  show (fixture, 700, 400);
  desktop_events_focus (GTK_WINDOW (fixture->window));
  area = get_area (fixture);
  /* Not over the chart: the point under the pointer would be where keys begin. */
  desktop_events_move (fixture->view, 690, 395);
  desktop_events_wait_until (!area->reading);
  gtk_widget_grab_focus (GTK_WIDGET (area));
  desktop_events_key ("Right", "Right", "Page_Down", NULL);
  desktop_events_wait_until (area->reading && area->series == 1 && area->index == 1);
  desktop_events_key ("Tab", NULL);
  desktop_events_wait_until (GTK_IS_TOGGLE_BUTTON (gtk_window_get_focus (GTK_WINDOW (fixture->window))));
  g_assert_false (area->reading);
  desktop_events_key ("space", NULL);
  desktop_events_wait_until (leyden_chart_get_hidden (fixture->chart, 0));
  desktop_events_key ("Tab", "space", NULL);
  desktop_events_wait_until (leyden_chart_get_hidden (fixture->chart, 1));
  desktop_events_key ("space", "shift+Tab", "space", "shift+Tab", NULL);
  desktop_events_wait_until (!leyden_chart_get_hidden (fixture->chart, 0) && gtk_window_get_focus (GTK_WINDOW (fixture->window)) == GTK_WIDGET (area));
  /* Each stop says what it is. */
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL, "Throughput");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (find (fixture->view, GTK_TYPE_TOGGLE_BUTTON, "second")), GTK_ACCESSIBLE_PROPERTY_LABEL, "second");
}

/* The menu opens by the key, too, and says what charts can do. */
static void
test_menu (Fixture       *fixture,
           gconstpointer  data)
{
  GtkWidget *popover;

  if (!desktop_events_available ())
    {
      g_test_skip ("no xdotool");
      return;
    }
  show (fixture, 700, 400);
  desktop_events_focus (GTK_WINDOW (fixture->window));
  gtk_widget_grab_focus (GTK_WIDGET (get_area (fixture)));
  desktop_events_key ("shift+F10", NULL);
  desktop_events_wait_until ((popover = desktop_events_find (fixture->view, GTK_TYPE_POPOVER_MENU, NULL)) != NULL);
  g_assert_nonnull (desktop_events_find (popover, GTK_TYPE_LABEL, "Logarithmic Scale"));
  g_assert_nonnull (desktop_events_find (popover, GTK_TYPE_LABEL, "Export Data as CSV…"));
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (!gtk_widget_get_mapped (popover));
  gtk_widget_activate_action (fixture->view, "chart.logarithmic", NULL);
  {
    gboolean log_x, log_y;

    leyden_chart_get_log (fixture->chart, &log_x, &log_y);
    g_assert_true (log_y);
  }
  gtk_widget_activate_action (fixture->view, "chart.smooth", NULL);
  g_assert_cmpfloat (leyden_chart_get_smoothing (fixture->chart), ==, 0.9);
  draw (fixture);
}

/* --- legend --- */

static guint
count (GtkWidget *root,
       GType      type)
{
  guint n = g_type_is_a (G_OBJECT_TYPE (root), type);

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    n += count (child, type);
  return n;
}

static void
test_legend (Fixture       *fixture,
             gconstpointer  data)
{
  GtkWidget *button;

  show (fixture, 640, 320);
  button = find (fixture->view, GTK_TYPE_TOGGLE_BUTTON, "second");
  g_assert_nonnull (button);
  g_assert_true (gtk_widget_get_focusable (button));
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (button)));
  g_assert_true (gtk_widget_grab_focus (button));
  g_signal_emit_by_name (button, "clicked");
  g_assert_true (leyden_chart_get_hidden (fixture->chart, 1));
  /* The button is the same one, with the focus: the next key is for it. */
  g_assert_true (find (fixture->view, GTK_TYPE_TOGGLE_BUTTON, "second") == button);
  leyden_chart_set_hidden (fixture->chart, 1, FALSE);
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (button)));
}

/* Ten thousand names, of the worst kind. */
static void
test_many_names (Fixture       *fixture,
                 gconstpointer  data)
{
  for (guint i = 2; i < 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("<b>%u\xe2\x80\xae&\xff", i);

      leyden_chart_add_series (fixture->chart, name);
    }
  show (fixture, 360, 300);
  g_assert_cmpuint (count (fixture->view, GTK_TYPE_TOGGLE_BUTTON), ==, 16);
}

/* --- narrow --- */

static void
test_narrow (Fixture       *fixture,
             gconstpointer  data)
{
  int minimum;

  show (fixture, 360, 400);
  gtk_widget_measure (fixture->view, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 150);
  /* Next to no room is no reason to fall over. */
  gtk_widget_set_size_request (fixture->view, 10, 10);
  draw (fixture);
}

/* --- files --- */

static void
export (Fixture    *fixture,
        const char *name,
        char      **contents,
        gsize      *length)
{
  g_autofree char *path = g_build_filename (test_desktop_folder (), name, NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GError) error = NULL;

  g_clear_pointer (&fixture->told, g_free);
  leyden_chart_view_export (LEYDEN_CHART_VIEW (fixture->view), file);
  test_wait_until (fixture->told != NULL);
  g_assert_true (g_file_get_contents (path, contents, length, &error));
  g_assert_no_error (error);
}

static void
test_export (Fixture       *fixture,
             gconstpointer  data)
{
  static const struct { const char *name, *begins; } formats[] = {
    { "a.png", "\x89PNG" }, { "b.svg", "<?xml" }, { "c.pdf", "%PDF" }, { "d.csv", "series,x,x_end,y,low,high,n\r\nfirst,2026-03-28T00:00:00Z,,50,,,\r\n" },
  };
  g_autoptr(GFile) other = g_file_new_for_path ("/nowhere/chart.doc");

  show (fixture, 640, 320);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *contents = NULL;
      gsize length;

      export (fixture, formats[i].name, &contents, &length);
      g_assert_cmpmem (contents, strlen (formats[i].begins), formats[i].begins, strlen (formats[i].begins));
    }
  g_clear_pointer (&fixture->told, g_free);
  leyden_chart_view_export (LEYDEN_CHART_VIEW (fixture->view), other);
  g_assert_nonnull (strstr (fixture->told, ".png"));
}

static void
text_read_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(char **) data = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (object), result, &error);
  g_assert_no_error (error);
}

static void
test_copy (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *text = NULL;
  GdkClipboard *clipboard;

  show (fixture, 640, 320);
  gtk_widget_activate_action (fixture->view, "chart.copy", NULL);
  test_wait_until (fixture->told != NULL);
  clipboard = gtk_widget_get_clipboard (fixture->view);
  g_assert_true (gdk_content_formats_contain_mime_type (gdk_clipboard_get_formats (clipboard), "image/png"));
  gdk_clipboard_read_text_async (clipboard, NULL, text_read_cb, &text);
  test_wait_until (text != NULL);
  g_assert_true (g_str_has_prefix (text, "series,x,"));
}

/* --- a table --- */

static void
row_cb (LeydenChartView *view,
        guint            row,
        guint           *found)
{
  *found = row;
}

static void
test_table (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) result = test_value ("{\"shape\":\"table\",\"columns\":[{\"name\":\"item\"},{\"name\":\"reward\",\"type\":\"number\"}],"
                                              "\"rows\":[[\"<b>a\",0.5],[\"b\",null],[\"c\",0.1]]}");
  GtkWidget *view;
  guint row = 99;

  leyden_chart_set_result (fixture->chart, LEYDEN_CHART_KIND_TABLE, result, NULL);
  show (fixture, 400, 300);
  g_signal_connect (fixture->view, "row-activated", G_CALLBACK (row_cb), &row);
  view = find (fixture->view, GTK_TYPE_COLUMN_VIEW, NULL);
  g_assert_true (gtk_widget_get_mapped (view));
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (get_area (fixture))));
  gtk_column_view_sort_by_column (GTK_COLUMN_VIEW (view), g_list_model_get_item (gtk_column_view_get_columns (GTK_COLUMN_VIEW (view)), 1), GTK_SORT_ASCENDING);
  test_settle ();
  /* The lowest reward stands first now; its row of the answer is told. */
  g_signal_emit_by_name (view, "activate", 0);
  g_assert_cmpuint (row, ==, 2);
}

/* The numbers from @first to 40, one a row. */
static LeydenValue *
count_rows (guint first)
{
  g_autoptr(GString) json = g_string_new ("{\"shape\":\"table\",\"columns\":[{\"name\":\"n\",\"type\":\"number\"}],\"rows\":[");

  for (guint i = first; i <= 40; i++)
    g_string_append_printf (json, "%s[%u]", i > first ? "," : "", i);
  g_string_append (json, "]}");
  return test_value (json->str);
}

/* Rows that stand for the answer before the last one open what they say. */
static void
test_table_moves (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr(LeydenValue) before = count_rows (2), after = count_rows (1);
  GtkWidget *view;
  guint row = 99;

  leyden_chart_set_result (fixture->chart, LEYDEN_CHART_KIND_TABLE, before, NULL);
  show (fixture, 400, 300);
  test_settle ();
  g_signal_connect (fixture->view, "row-activated", G_CALLBACK (row_cb), &row);
  view = find (fixture->view, GTK_TYPE_COLUMN_VIEW, NULL);
  g_signal_emit_by_name (view, "activate", 20);
  g_assert_cmpuint (row, ==, 20);
  leyden_chart_set_result (fixture->chart, LEYDEN_CHART_KIND_TABLE, after, NULL);
  g_signal_emit_by_name (view, "activate", 20);
  g_assert_cmpuint (row, ==, 21);
  test_settle ();
  g_signal_emit_by_name (view, "activate", 20);
  g_assert_cmpuint (row, ==, 20);
}

static gboolean
has_text (GtkWidget  *root,
          const char *text)
{
  if (GTK_IS_LABEL (root) && strstr (gtk_label_get_text (GTK_LABEL (root)), text) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (has_text (child, text))
      return TRUE;
  return FALSE;
}

/* Times are told in the zone that was chosen last, also where nothing else has changed. */
static void
test_table_zone (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) result = test_value ("{\"shape\":\"table\",\"columns\":[{\"name\":\"ended\",\"type\":\"time\"}],\"rows\":[[1700000000000000000]]}");
  g_autoptr(LeydenValue) far = test_value ("{\"zone\":\"Asia/Tokyo\"}");

  leyden_chart_set_result (fixture->chart, LEYDEN_CHART_KIND_TABLE, result, NULL);
  show (fixture, 400, 300);
  g_assert_true (has_text (fixture->view, "22:13"));
  leyden_chart_set_result (fixture->chart, LEYDEN_CHART_KIND_TABLE, result, far);
  test_settle ();
  g_assert_true (has_text (fixture->view, "07:13"));
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add ("/charts/paint/live", Fixture, NULL, set_up, test_live, tear_down);
  g_test_add ("/charts/paint/growing", Fixture, NULL, set_up, test_growing, tear_down);
  g_test_add ("/charts/paint/same-answer", Fixture, NULL, set_up, test_same_answer, tear_down);
  g_test_add ("/charts/paint/kinds", Fixture, NULL, set_up, test_kinds, tear_down);
  g_test_add ("/charts/reading/keys", Fixture, NULL, set_up, test_reading, tear_down);
  g_test_add ("/charts/reading/mirrored", Fixture, NULL, set_up, test_reading_mirrored, tear_down);
  g_test_add ("/charts/zoom/keys", Fixture, NULL, set_up, test_zoom, tear_down);
  g_test_add ("/charts/zoom/link", Fixture, NULL, set_up, test_link, tear_down);
  g_test_add ("/charts/pointer", Fixture, NULL, set_up, test_pointer, tear_down);
  g_test_add ("/charts/keyboard", Fixture, NULL, set_up, test_keyboard, tear_down);
  g_test_add ("/charts/menu", Fixture, NULL, set_up, test_menu, tear_down);
  g_test_add ("/charts/legend/toggle", Fixture, NULL, set_up, test_legend, tear_down);
  g_test_add ("/charts/legend/many", Fixture, NULL, set_up, test_many_names, tear_down);
  g_test_add ("/charts/narrow", Fixture, NULL, set_up, test_narrow, tear_down);
  g_test_add ("/charts/export/files", Fixture, NULL, set_up, test_export, tear_down);
  g_test_add ("/charts/export/copy", Fixture, NULL, set_up, test_copy, tear_down);
  g_test_add ("/charts/table", Fixture, NULL, set_up, test_table, tear_down);
  g_test_add ("/charts/table/moves", Fixture, NULL, set_up, test_table_moves, tear_down);
  g_test_add ("/charts/table/zone", Fixture, NULL, set_up, test_table_zone, tear_down);
  return g_test_run ();
}
