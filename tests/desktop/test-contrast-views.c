/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every text and every sign of the dashboards, the alerts and the table of rollouts against WCAG 2.1 AA, as they are drawn, in the schemes light and
 * dark; the environment says whether with high contrast. */
#define G_LOG_DOMAIN "test-desktop"

#include "config.h"
#include "desktop-helpers.h"

#include <math.h>

#include "leyden-alert-editor.h"
#include "leyden-alert-watch.h"
#include "leyden-alerts-page.h"
#include "leyden-chart-area.h"
#include "leyden-chart-look.h"
#include "leyden-dashboards-page.h"
#include "leyden-report-dialog.h"
#include "leyden-rollout-page.h"
#include "leyden-rollouts-page.h"
#include "leyden-session.h"
#include "mock-backend.h"

#define TEXT 4.5
#define GRAPHICS 3.0
/* Pixels of the picture to one of the window: strokes of letters are then wider than what is blurred at their edges. */
#define SCALE 3

/* --- the measure --- */

static double
linear (double channel)
{
  return channel <= 0.04045 ? channel / 12.92 : pow ((channel + 0.055) / 1.055, 2.4);
}

static double
get_luminance (guint32 pixel)
{
  return 0.2126 * linear ((pixel >> 16 & 0xff) / 255.0) + 0.7152 * linear ((pixel >> 8 & 0xff) / 255.0) + 0.0722 * linear ((pixel & 0xff) / 255.0);
}

static double
get_contrast (guint32 a,
              guint32 b)
{
  double x = get_luminance (a), y = get_luminance (b);

  return (MAX (x, y) + 0.05) / (MIN (x, y) + 0.05);
}

typedef struct
{
  guint32 *pixels;
  int      width;
  int      height;
} Picture;

static Picture
take (GtkWidget *window)
{
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (window);
  GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (window));
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  Picture picture = { NULL, gtk_widget_get_width (window) * SCALE, gtk_widget_get_height (window) * SCALE };
  g_autoptr(GdkTexture) texture = NULL;
  GskRenderNode *node;

  gtk_snapshot_scale (snapshot, SCALE, SCALE);
  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (window), gtk_widget_get_height (window));
  node = gtk_snapshot_free_to_node (snapshot);
  g_assert_nonnull (node);
  texture = gsk_renderer_render_texture (renderer, node, &GRAPHENE_RECT_INIT (0, 0, (float) picture.width, (float) picture.height));
  gsk_render_node_unref (node);
  picture.pixels = g_new (guint32, (gsize) picture.width * (gsize) picture.height);
  gdk_texture_download (texture, (guchar *) picture.pixels, (gsize) picture.width * 4);
  return picture;
}

/* What is seen of @widget in its window, in pixels of the picture; FALSE: nothing. */
static gboolean
get_seen (GtkWidget       *window,
          GtkWidget       *widget,
          graphene_rect_t *seen)
{
  if (!gtk_widget_compute_bounds (widget, window, seen))
    return FALSE;
  for (GtkWidget *parent = gtk_widget_get_parent (widget); parent != NULL && parent != window; parent = gtk_widget_get_parent (parent))
    {
      graphene_rect_t bounds;

      if (!gtk_widget_compute_bounds (parent, window, &bounds) || !graphene_rect_intersection (seen, &bounds, seen))
        return FALSE;
    }
  graphene_rect_scale (seen, SCALE, SCALE, seen);
  return seen->size.width >= 4 * SCALE && seen->size.height >= 6 * SCALE;
}

/* The colour that most of it has is the ground; what stands out most from that is what is written or drawn on it. */
static double
measure (const Picture         *picture,
         const graphene_rect_t *seen,
         guint32               *ground)
{
  g_autoptr(GHashTable) counts = g_hash_table_new (NULL, NULL);
  int left = MAX ((int) seen->origin.x, 0), right = MIN ((int) (seen->origin.x + seen->size.width), picture->width);
  int top = MAX ((int) seen->origin.y, 0), bottom = MIN ((int) (seen->origin.y + seen->size.height), picture->height);
  GHashTableIter iter;
  gpointer color, count;
  guint most = 0;
  double best = 1;

  /* Pixels of one colour stand side by side. */
  for (int y = top; y < bottom; y++)
    for (int x = left, from = left; x < right; x = from)
      {
        const guint32 *row = picture->pixels + (gsize) y * (gsize) picture->width;
        gpointer key = GUINT_TO_POINTER (row[x]);

        while (from < right && row[from] == row[x])
          from++;
        g_hash_table_insert (counts, key, GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (counts, key)) + (guint) (from - x)));
      }
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &color, &count))
    if (GPOINTER_TO_UINT (count) > most)
      {
        most = GPOINTER_TO_UINT (count);
        *ground = GPOINTER_TO_UINT (color);
      }
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &color, &count))
    best = MAX (best, get_contrast (GPOINTER_TO_UINT (color), *ground));
  return best;
}

/* --- what is looked at --- */

static guint n_looked, n_low;

static void
check (const char *view,
       const char *what,
       double      contrast,
       double      least)
{
  n_looked++;
  /* A colour is rounded to the next of 255. */
  if (contrast >= least - 0.02)
    return;
  n_low++;
  g_test_message ("%s: %s: %.2f of %.1f", view, what, contrast, least);
}

/* (transfer full): what it says; NULL: no text. */
static char *
get_text (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return g_strdup (gtk_label_get_text (GTK_LABEL (widget)));
  if (GTK_IS_INSCRIPTION (widget))
    return g_strdup (gtk_inscription_get_text (GTK_INSCRIPTION (widget)));
  if (GTK_IS_TEXT (widget))
    return g_strdup (gtk_editable_get_text (GTK_EDITABLE (widget)));
  return NULL;
}

/* All that the painter has, on the ground that the chart stands on. */
static void
check_chart (const char *view,
             GtkWidget  *widget,
             guint32     ground)
{
  LeydenChartStyle style;
  g_autofree char *font = NULL;
  /* The weakest text of the painter. */
  const double weakest = 0.75;
  double on[3] = { (ground >> 16 & 0xff) / 255.0, (ground >> 8 & 0xff) / 255.0, (ground & 0xff) / 255.0 };

  leyden_chart_look_load (widget, &style, &font);
  for (guint i = 0; i <= LEYDEN_CHART_N_COLORS; i++)
    {
      LeydenChartColor color = i < LEYDEN_CHART_N_COLORS ? leyden_chart_style_get_color (&style, i) : style.foreground;
      double alpha = i < LEYDEN_CHART_N_COLORS ? 1 : color.alpha * weakest, parts[3] = { color.red, color.green, color.blue };
      g_autofree char *what = i < LEYDEN_CHART_N_COLORS ? g_strdup_printf ("series %u of a chart", i) : g_strdup ("text of a chart");
      guint32 pixel = 0;

      for (guint k = 0; k < 3; k++)
        pixel = pixel << 8 | (guint32) lround (CLAMP (on[k] + (parts[k] - on[k]) * alpha, 0, 1) * 255);
      check (view, what, get_contrast (pixel, ground & 0xffffff), i < LEYDEN_CHART_N_COLORS ? GRAPHICS : TEXT);
    }
}

static void
look (const char    *view,
      const Picture *picture,
      GtkWidget     *window,
      GtkWidget     *widget)
{
  g_autofree char *text = get_text (widget);
  graphene_rect_t seen;
  guint32 ground = 0;

  /* What cannot be used need not stand out. */
  if (!gtk_widget_get_mapped (widget) || !gtk_widget_get_sensitive (widget) || gtk_widget_has_css_class (widget, "spoken"))
    return;
  if (LEYDEN_IS_CHART_AREA (widget) && get_seen (window, widget, &seen))
    {
      measure (picture, &seen, &ground);
      check_chart (view, widget, ground);
    }
  else if (text != NULL && *text != '\0' && get_seen (window, widget, &seen))
    check (view, text, measure (picture, &seen, &ground), TEXT);
  else if (GTK_IS_IMAGE (widget) && gtk_image_get_storage_type (GTK_IMAGE (widget)) != GTK_IMAGE_EMPTY && get_seen (window, widget, &seen))
    check (view, gtk_image_get_icon_name (GTK_IMAGE (widget)), measure (picture, &seen, &ground), GRAPHICS);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    look (view, picture, window, child);
}

/* As it stands, when nothing moves any more; @least: so much there is to look at, at least. */
static void
check_view (const char *view,
            GtkWidget  *window,
            guint       least)
{
  Picture picture;

  test_settle ();
  test_picture (window, view);
  picture = take (window);
  n_looked = n_low = 0;
  look (view, &picture, window, window);
  g_free (picture.pixels);
  g_test_message ("%s: %u texts and signs", view, n_looked);
  g_assert_cmpuint (n_looked, >=, least);
  /* All that is too weak is told, not the first of it only. */
  if (n_low > 0)
    g_test_fail ();
}

static void
begin (gconstpointer data)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  adw_style_manager_set_color_scheme (manager, GPOINTER_TO_INT (data) != 0 ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  g_assert_cmpint (adw_style_manager_get_high_contrast (manager), ==, g_getenv ("ADW_DEBUG_HIGH_CONTRAST") != NULL);
  mock_backend_start ();
}

static void
end (GtkWidget *window)
{
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
  mock_backend_stop ();
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
}

/* --- dashboards --- */

#define PANEL(id, kind, x, y, options) \
  "{\"id\":\"" id "\",\"title\":\"Panel " id "\",\"kind\":\"" kind "\",\"x\":" x ",\"y\":" y ",\"w\":4,\"h\":5,\"queries\":[{\"metric\":\"reward\"}],\"options\":{" options "}}"
#define DOCUMENT "{\"leyden-dashboard\":1,\"id\":\"mine\",\"title\":\"Board\",\"time\":{\"range\":\"24h\"},\"zone\":\"UTC\",\"refresh_s\":0,\"variables\":[" \
  "{\"name\":\"flow\",\"title\":\"Flow\",\"dimension\":\"flow\",\"value\":\"\"}],\"panels\":[" PANEL ("line", "line", "0", "0", "") "," PANEL ("value", "value", "4", "0", "") "," \
  PANEL ("table", "table", "8", "0", "") "," PANEL ("failed", "bar", "0", "5", "") "," PANEL ("empty", "bar", "4", "5", "") "," PANEL ("bar", "bar", "8", "5", "") "]}"
#define LINE "{\"shape\":\"time\",\"unit\":\"reward\",\"title\":\"Reward\",\"series\":[{\"name\":\"one\",\"x\":[1793750400000000000,1793754000000000000],\"y\":[0.25,0.75]}," \
             "{\"name\":\"two\",\"x\":[1793750400000000000,1793754000000000000],\"y\":[0.5,0.6]}],\"simulated\":\"all\"}"
#define VALUE "{\"shape\":\"value\",\"unit\":\"ratio\",\"title\":\"Success\",\"series\":[{\"name\":\"now\",\"x\":[0],\"y\":[0.5]},{\"name\":\"before\",\"x\":[0],\"y\":[0.4]}],\"simulated\":\"some\"}"
#define TABLE "{\"shape\":\"table\",\"columns\":[{\"name\":\"item\",\"title\":\"Item\",\"type\":\"text\"},{\"name\":\"n\",\"title\":\"Number\",\"type\":\"number\"}],\"rows\":[[\"row one\",1],[\"row two\",2]]}"
#define BARS "{\"shape\":\"groups\",\"unit\":\"\",\"title\":\"Ended\",\"series\":[{\"name\":\"n\",\"x\":[\"one\",\"two\"],\"y\":[3,5]}],\"simulated\":\"none\"}"

static void
test_dashboards (gconstpointer data)
{
  LeydenDashboardsPage *page;
  GtkWidget *window;

  begin (data);
  mock_backend_answer ("GET /leyden/v1/dashboards", 200, "{\"dashboards\":[{\"id\":\"ready-training\",\"title\":\"Training\",\"description\":\"Steps\",\"ready\":true,\"revision\":0},"
                       "{\"id\":\"mine\",\"title\":\"Board\",\"description\":\"Of my own\",\"ready\":false,\"revision\":1}]}");
  mock_backend_answer ("GET /leyden/v1/dashboards/mine", 200, "{\"id\":\"mine\",\"ready\":false,\"revision\":1,\"dashboard\":" DOCUMENT "}");
  mock_backend_answer ("POST /leyden/v1/insights/query", 200, "{\"results\":[" LINE "," VALUE "," TABLE ",{\"error\":\"There is no metric\"},"
                       "{\"shape\":\"groups\",\"series\":[]}," BARS "]}");
  page = LEYDEN_DASHBOARDS_PAGE (leyden_dashboards_page_new ());
  window = test_window (GTK_WIDGET (page), 1240, 860);
  test_wait_until (test_shows (window, "Of my own"));
  check_view ("dashboards", window, 8);
  leyden_dashboards_page_show (page, "mine", NULL, NULL, NULL);
  test_wait_until (test_shows (window, "There is no metric") && test_shows (window, "row two"));
  check_view ("dashboard", window, 60);
  leyden_dashboard_view_set_editing (leyden_dashboards_page_get_view (page), TRUE);
  check_view ("dashboard that is edited", window, 12);
  end (window);
}

/* --- alerts --- */

#define ALERT(id, state, severity) \
  "{\"id\": \"" id "\", \"title\": \"Alert " id "\", \"enabled\": true, \"kind\": \"threshold\", \"query\": {\"metric\": \"success\"}, \"over_s\": 3600, \"below\": 0.5, " \
  "\"severity\": \"" severity "\", \"webhooks\": [\"ops\"], \"status\": {\"state\": \"" state "\", \"since\": 1764136800000000000, \"value\": 0.31, " \
  "\"evaluated\": 1764136900000000000, \"episode\": 3, \"problem\": null, \"quiet\": false}}"
#define ENTRY(id, state, severity) \
  "{\"id\": " id ", \"alert\": \"a\", \"title\": \"Entry " id "\", \"severity\": \"" severity "\", \"episode\": 3, \"state\": \"" state "\", \"time\": 1764136800000000000, \"value\": 0.31}"
#define DELIVERY(id, state) \
  "{\"id\": " id ", \"event\": \"e" id "\", \"type\": \"run.finished\", \"subject\": \"r\", \"state\": \"" state "\", \"created\": 1764130000000000000, \"finished\": 1764131000000000000, \"tries\": 2}"
#define HOOK "{\"name\": \"ops\", \"uri\": \"https://example.com/hook\", \"events\": [\"run.failed\"], \"enabled\": true, \"delivered\": 12, \"waiting\": 2, \"failed\": 1, " \
             "\"last_error\": \"The receiver answered with status 503\", \"next\": 0, \"paused_until\": 0}"

static void
test_alerts (gconstpointer data)
{
  LeydenAlertWatch *watch = leyden_alert_watch_get_default ();
  LeydenAlertsPage *page;
  GtkWidget *window, *editor;

  begin (data);
  mock_backend_answer ("GET /leyden/v1/insights/metrics", 200, "{\"metrics\": [{\"name\": \"success\", \"title\": \"Success rate\", \"unit\": \"ratio\", \"aggregations\": [\"share\"], "
                       "\"dimensions\": [\"flow\"]}], \"dimensions\": [], \"views\": []}");
  mock_backend_answer ("GET /leyden/v1/alerts", 200, "{\"alerts\": [" ALERT ("a", "firing", "critical") "," ALERT ("b", "pending", "warning") "," ALERT ("c", "ok", "info") ","
                       ALERT ("d", "firing", "warning") "," ALERT ("e", "acknowledged", "critical") "," ALERT ("f", "firing", "info") "], \"firing\": 3}");
  mock_backend_answer ("GET /leyden/v1/alerts/history", 200, "{\"history\": [" ENTRY ("3", "firing", "critical") "," ENTRY ("2", "acknowledged", "warning") "," ENTRY ("1", "resolved", "info") "], \"before\": 0}");
  mock_backend_answer ("POST /leyden/v1/alerts/preview", 200, "{\"value\": 0.31, \"n\": 40, \"label\": null, \"problem\": null, \"breach\": true, \"unit\": \"ratio\", \"bucket_s\": 3600, "
                       "\"x\": [1764050400000000000, 1764072000000000000], \"y\": [0.8, 0.45], \"fired\": []}");
  mock_backend_answer ("GET /leyden/v1/webhooks", 200, "{\"webhooks\": [" HOOK "], \"events\": [\"run.failed\"]}");
  mock_backend_answer ("GET /leyden/v1/webhooks/ops", 200, HOOK);
  mock_backend_answer ("GET /leyden/v1/webhooks/ops/deliveries", 200, "{\"deliveries\": [" DELIVERY ("3", "waiting") "," DELIVERY ("2", "failed") "," DELIVERY ("1", "delivered") "], \"before\": 0}");
  page = LEYDEN_ALERTS_PAGE (leyden_alerts_page_new ());
  window = test_window (GTK_WIDGET (page), 900, 800);
  leyden_alert_watch_refresh (watch);
  test_wait_until (test_shows (window, "Alert f"));
  check_view ("alerts", window, 25);
  leyden_alerts_page_show_list (page, "history");
  test_wait_until (test_shows (window, "Entry 1"));
  check_view ("history of alerts", window, 9);
  leyden_alerts_page_show_list (page, "webhooks");
  test_wait_until (test_shows (window, "ops"));
  check_view ("webhooks", window, 6);
  leyden_alerts_page_show_webhook (page, "ops");
  test_wait_until (test_shows (window, "https://example.com/hook"));
  check_view ("webhook", window, 12);
  leyden_alerts_page_show_alert (page, "a");
  test_wait_until (test_shows (window, "Alert a"));
  check_view ("alert", window, 10);
  editor = leyden_alert_editor_new (GTK_WINDOW (window), leyden_alert_watch_find (watch, "a"));
  gtk_window_present (GTK_WINDOW (editor));
  check_view ("alert editor", editor, 15);
  gtk_window_destroy (GTK_WINDOW (editor));
  end (window);
}

/* --- rollouts --- */

#define ROW(id, state, more) \
  "{\"rollout\":\"r" id "\",\"run\":\"u1\",\"item\":\"item-" id "\",\"flow_title\":\"Agent\",\"state\":\"" state "\",\"executor\":\"leyden\",\"tokens_in\":10,\"tokens_out\":5," \
  "\"started_ns\":1764136800000000000,\"latency_ms\":1200,\"simulated\":true" more "}"

static void
test_rollouts (gconstpointer data)
{
  GtkWidget *page, *window;

  begin (data);
  mock_backend_answer ("POST /leyden/v1/rollouts/query", 200, "{\"rows\":[" ROW ("1", "running", "") "," ROW ("2", "succeeded", ",\"reward\":0.5") "," ROW ("3", "failed", ",\"error\":\"it broke\"") ","
                       ROW ("4", "cancelled", "") "," ROW ("5", "queued", "") "],\"n\":5,\"snapshot\":\"s\"}");
  page = leyden_rollouts_page_new ();
  window = test_window (page, 1240, 700);
  test_wait_until (test_shows (window, "5 rollouts"));
  check_view ("table of rollouts", window, 30);
  leyden_rollout_table_select (leyden_rollouts_page_get_table (LEYDEN_ROLLOUTS_PAGE (page)), 1, 2);
  check_view ("selected rollouts", window, 30);
  end (window);

  begin (data);
  mock_backend_answer ("POST /leyden/v1/rollouts/query", 200, "{\"rows\":[" ROW ("1", "running", "") "," ROW ("2", "succeeded", ",\"reward\":0.5") "," ROW ("3", "failed", ",\"error\":\"it broke\"") "],"
                       "\"n\":3,\"snapshot\":\"s\"}");
  page = leyden_rollouts_page_new ();
  window = test_window (page, 360, 700);
  test_wait_until (test_shows (window, "3 rollouts"));
  check_view ("cards of rollouts", window, 10);
  end (window);
}

static void
test_rollout (gconstpointer data)
{
  GtkWidget *page, *window;

  begin (data);
  mock_backend_answer ("GET /leyden/v1/rollouts/r1", 200, "{\"rollout\":" ROW ("1", "failed", ",\"last_sequence\":4,\"last_position\":4,\"error\":\"it broke\"") ",\"run\":\"u1\","
                       "\"state\":{\"state\":\"failed\",\"sequence\":4,\"nodes\":{},\"rewards\":[{\"value\":0.5,\"source\":\"score\"}]}}");
  mock_backend_answer ("GET /leyden/v1/runs/u1/flow", 404, "{\"detail\":\"no flow\"}");
  page = leyden_rollout_page_new (leyden_session_get_default ());
  window = test_window (page, 900, 800);
  leyden_rollout_page_set_rollout (LEYDEN_ROLLOUT_PAGE (page), "r1");
  test_wait_until (test_shows (window, "item-1"));
  check_view ("rollout", window, 15);
  end (window);
}

static void
test_report (gconstpointer data)
{
  GtkWindow *dialog;

  begin (data);
  mock_backend_answer ("GET /leyden/v1/schedules", 200, "{\"schedules\":[{\"id\":\"mine\",\"schedule\":{\"dashboard\":\"d\",\"every\":\"week\",\"at\":\"07:30\"},\"next\":0}]}");
  dialog = leyden_report_dialog_present (NULL, "d", NULL, "Cost", NULL, NULL, NULL);
  test_wait_until (test_shows (GTK_WIDGET (dialog), "Every week at 07:30"));
  check_view ("report", GTK_WIDGET (dialog), 10);
  end (GTK_WIDGET (dialog));
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *name; GTestDataFunc test; } views[] = {
    { "dashboards", test_dashboards }, { "alerts", test_alerts }, { "rollouts", test_rollouts }, { "rollout", test_rollout }, { "report", test_report },
  };

  if (!test_desktop_init (&argc, &argv))
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    for (int dark = 0; dark < 2; dark++)
      {
        g_autofree char *path = g_strdup_printf ("/contrast-views/%s/%s", views[i].name, dark ? "dark" : "light");

        g_test_add_data_func (path, GINT_TO_POINTER (dark), views[i].test);
      }
  return g_test_run ();
}
