/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <string.h>

#include "desktop-events.h"
#include "desktop-helpers.h"
#include "leyden-budget-dialog.h"
#include "leyden-choice-row.h"
#include "leyden-dashboard-settings.h"
#include "leyden-dashboards-page.h"
#include "leyden-filter-rows.h"
#include "leyden-json.h"
#include "leyden-panel-editor.h"
#include "leyden-query-form.h"
#include "leyden-session.h"
#include "leyden-time-range-button.h"
#include "leyden-variables-bar.h"
#include "leyden-report-dialog.h"
#include "mock-backend.h"

/* The place Dashboards over a backend that says what a test needs, with real keys and a real pointer. */

#define ROUTE "/leyden/v1/dashboards"
#define QUERY "POST /leyden/v1/insights/query"
#define HOSTILE "<b>&amp;\\u202egnp.exe" "\\u0301\\u0301\\u0301\\u0301\\u0301\\u0301\\u0301\\u0301\\u0301\\u0301\\u0301 " \
                "a title that goes on and on and on and on and on and on and on and on and on and on and on and on"
#define LIST "{\"dashboards\":[{\"id\":\"ready-training\",\"title\":\"Training\",\"description\":\"Steps\",\"ready\":true,\"revision\":0}," \
             "{\"id\":\"mine\",\"title\":\"" HOSTILE "\",\"description\":\"\",\"ready\":false,\"revision\":1}]}"
#define PANEL(id, title, kind, x, y, w, h, query) \
  "{\"id\":\"" id "\",\"title\":\"" title "\",\"description\":\"What it means\",\"kind\":\"" kind "\",\"x\":" x ",\"y\":" y ",\"w\":" w ",\"h\":" h ",\"queries\":[" query "]}"
#define REWARD "{\"metric\":\"reward\",\"aggregation\":\"mean\",\"shape\":\"time\",\"filter\":[[\"flow\",\"=\",\"$flow\"]]}"
#define DOCUMENT(id) "{\"leyden-dashboard\":1,\"id\":\"" id "\",\"title\":\"Board\",\"time\":{\"range\":\"24h\"},\"zone\":\"UTC\",\"refresh_s\":0,\"variables\":[" \
  "{\"name\":\"flow\",\"title\":\"Flow\",\"dimension\":\"flow\",\"value\":\"\"}],\"panels\":[" \
  PANEL ("a", "Reward", "line", "0", "0", "4", "5", REWARD) "," PANEL ("b", "Success", "value", "4", "0", "4", "5", "{\"metric\":\"success\",\"shape\":\"value\"}") "," \
  PANEL ("c", "Worst", "table", "0", "5", "6", "5", "{\"sql\":\"SELECT 1\"}") "," PANEL ("d", "Broken", "bar", "6", "5", "6", "5", "{\"metric\":\"x\",\"shape\":\"groups\"}") "]}"
#define SERIES "{\"shape\":\"time\",\"unit\":\"reward\",\"title\":\"Reward\",\"series\":[{\"name\":\"\",\"x\":[1793750400000000000,1793754000000000000],\"y\":[0.25,0.75]}],\"simulated\":\"all\"}"
#define VALUE "{\"shape\":\"value\",\"unit\":\"ratio\",\"title\":\"Success rate\",\"series\":[{\"name\":\"\",\"x\":[0],\"y\":[0.5]}],\"simulated\":\"all\"}"
#define TABLE "{\"shape\":\"table\",\"columns\":[{\"name\":\"item\",\"title\":\"Item\",\"type\":\"text\"},{\"name\":\"run\",\"title\":\"run\",\"type\":\"text\"},{\"name\":\"rollout\",\"title\":\"rollout\",\"type\":\"text\"}]," \
              "\"rows\":[[\"row one\",\"run1\",\"rollout1\"],[\"row two\",\"run1\",\"rollout2\"]]}"
#define RESULTS "{\"results\":[" SERIES "," VALUE "," TABLE ",{\"error\":\"There is no metric \\\"x\\\"\"}]}"
#define METRICS "{\"metrics\":[{\"name\":\"reward\",\"title\":\"Reward\",\"unit\":\"reward\",\"dimensions\":[\"flow\",\"model\"],\"aggregations\":[\"mean\",\"p50\"],\"description\":\"How good.\"}," \
                "{\"name\":\"cost\",\"title\":\"Cost\",\"unit\":\"currency\",\"dimensions\":[\"flow\"],\"aggregations\":[\"sum\"],\"description\":\"How much.\"}]," \
                "\"dimensions\":[{\"name\":\"flow\",\"title\":\"Flow\",\"type\":\"text\"},{\"name\":\"model\",\"title\":\"Model\",\"type\":\"text\"},{\"name\":\"reward\",\"title\":\"Reward\",\"type\":\"number\"}]," \
                "\"views\":[{\"name\":\"rollouts\",\"columns\":[{\"name\":\"reward\",\"type\":\"number\",\"description\":\"How good\"}]}]}"

typedef struct
{
  GtkWidget           *page;
  GtkWidget           *window;
  LeydenDashboardView *view;
  guint                n_runs;
} Fixture;

static void
run_cb (Fixture *fixture)
{
  fixture->n_runs++;
}

static GtkWidget *
find_window (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWidget) window = g_list_model_get_item (windows, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (window, type) && gtk_widget_get_mapped (window))
        return window;
    }
  return NULL;
}

static void
answer_saves (const char *id,
              guint       status,
              const char *json)
{
  g_autofree char *request = g_strconcat ("PUT " ROUTE "/", id, NULL);

  mock_backend_answer (request, status, json);
}

static void
open_at (Fixture *fixture,
         int      width,
         int      height)
{
  GtkWidget *overlay;

  mock_backend_answer ("GET " ROUTE, 200, LIST);
  mock_backend_answer ("GET " ROUTE "/mine", 200, "{\"id\":\"mine\",\"ready\":false,\"revision\":1,\"dashboard\":" DOCUMENT ("mine") "}");
  mock_backend_answer ("GET " ROUTE "/ready-training", 200, "{\"id\":\"ready-training\",\"ready\":true,\"revision\":0,\"dashboard\":" DOCUMENT ("ready-training") "}");
  mock_backend_answer (QUERY, 200, RESULTS);
  mock_backend_answer ("GET /leyden/v1/insights/metrics", 200, METRICS);
  answer_saves ("mine", 200, "{\"id\":\"mine\",\"revision\":2}");
  fixture->page = leyden_dashboards_page_new ();
  g_signal_connect_swapped (fixture->page, "run-requested", G_CALLBACK (run_cb), fixture);
  overlay = adw_toast_overlay_new ();
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (overlay), fixture->page);
  fixture->window = test_window (overlay, width, height);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  mock_backend_start ();
  open_at (fixture, 1240, 860);
}

static void
set_up_narrow (Fixture       *fixture,
               gconstpointer  data)
{
  mock_backend_start ();
  open_at (fixture, 360, 640);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  test_settle ();
  mock_backend_stop ();
}

/* Shows a dashboard, with answers. */
static void
show (Fixture    *fixture,
      const char *id)
{
  leyden_dashboards_page_show (LEYDEN_DASHBOARDS_PAGE (fixture->page), id, NULL, NULL, NULL);
  test_wait_until (leyden_dashboards_page_get_view (LEYDEN_DASHBOARDS_PAGE (fixture->page)) != NULL);
  fixture->view = leyden_dashboards_page_get_view (LEYDEN_DASHBOARDS_PAGE (fixture->page));
  test_wait_until (leyden_dashboard_feed_get_result (leyden_dashboard_view_get_feed (fixture->view), "a") != NULL);
  test_settle ();
}

static LeydenBoardPanel *
panel (Fixture    *fixture,
       const char *id)
{
  LeydenBoardPanel *found = leyden_board_grid_find_panel (leyden_dashboard_view_get_grid (fixture->view), id);

  g_assert_nonnull (found);
  return found;
}

static LeydenGridCell
cell (Fixture    *fixture,
      const char *id)
{
  LeydenValue *document = leyden_dashboard_view_get_document (fixture->view);
  g_autofree LeydenGridCell *cells = NULL;
  gsize n;
  int index = leyden_dashboard_find_panel (document, id);

  g_assert_cmpint (index, >=, 0);
  cells = leyden_dashboard_get_cells (document, &n);
  return cells[index];
}

static void
assert_cell (Fixture    *fixture,
             const char *id,
             int         x,
             int         y,
             int         w,
             int         h)
{
  LeydenGridCell have = cell (fixture, id);
  g_autofree char *have_text = g_strdup_printf ("%s %d,%d %dx%d", id, have.x, have.y, have.w, have.h);
  g_autofree char *want_text = g_strdup_printf ("%s %d,%d %dx%d", id, x, y, w, h);

  g_assert_cmpstr (have_text, ==, want_text);
}

/* The question for the panels; that of the variables has one query. */
static guint
count_questions (void)
{
  return mock_backend_count (QUERY " {\"queries\":[{\"metric\":\"reward\"");
}

/* --- looking --- */

static void
test_list (Fixture       *fixture,
           gconstpointer  data)
{
  GtkWidget *row;

  test_wait_until (test_shows (fixture->page, "Your Dashboards") && test_shows (fixture->page, "Training"));
  test_settle ();
  test_picture (fixture->window, "dashboards-list");
  test_assert_reachable (fixture->page);
  row = test_find (fixture->page, ADW_TYPE_ACTION_ROW, 0);
  g_signal_emit_by_name (gtk_widget_get_parent (row), "row-activated", row);
  test_wait_until (test_shows (fixture->page, "Board"));
  gtk_widget_activate_action (fixture->page, "dashboards.back", NULL);
  test_settle ();
  g_assert_null (leyden_dashboards_page_get_view (LEYDEN_DASHBOARDS_PAGE (fixture->page)));
  g_assert_true (test_shows (fixture->page, "Ready Dashboards"));
}

/* One request for all panels; each shows its own answer, and what failed says why. */
static void
test_board (Fixture       *fixture,
            gconstpointer  data)
{
  show (fixture, "mine");
  g_assert_cmpuint (count_questions (), ==, 1);
  g_assert_cmpuint (leyden_board_grid_get_n_panels (leyden_dashboard_view_get_grid (fixture->view)), ==, 4);
  g_assert_cmpint (leyden_board_grid_get_columns (leyden_dashboard_view_get_grid (fixture->view)), ==, 12);
  g_assert_cmpstr (leyden_board_panel_get_state (panel (fixture, "a")), ==, "chart");
  g_assert_cmpstr (leyden_board_panel_get_state (panel (fixture, "d")), ==, "failed");
  g_assert_true (test_shows (GTK_WIDGET (panel (fixture, "d")), "There is no metric"));
  g_assert_true (test_shows (fixture->page, "Simulated"));
  /* All are asked for the time and the zone of the dashboard; the filter of a variable that is not chosen is left out. */
  g_assert_nonnull (strstr (mock_backend_last (QUERY " {\"queries\":[{\"metric\":\"reward\""), "\"zone\":\"UTC\""));
  g_assert_null (strstr (mock_backend_last (QUERY " {\"queries\":[{\"metric\":\"reward\""), "$flow"));
  test_picture (fixture->window, "dashboards-board");
  test_assert_reachable (fixture->page);
}

/* How many panels show something, of those that there are. */
static guint
count_shown (Fixture *fixture)
{
  LeydenBoardGrid *grid = leyden_dashboard_view_get_grid (fixture->view);
  guint n = 0;

  for (guint i = 0; i < leyden_board_grid_get_n_panels (grid); i++)
    n += strcmp (leyden_board_panel_get_state (leyden_board_grid_get_panel (grid, i)), "waiting") != 0;
  return n;
}

/* Of the one table. */
static guint
count_rows (Fixture *fixture)
{
  GtkWidget *table = test_find (GTK_WIDGET (panel (fixture, "c")), GTK_TYPE_COLUMN_VIEW, 0);

  return table != NULL ? g_list_model_get_n_items (G_LIST_MODEL (gtk_column_view_get_model (GTK_COLUMN_VIEW (table)))) : 0;
}

static void
answer_rows (guint       n,
             const char *first)
{
  g_autoptr(GString) json = g_string_new ("{\"results\":[" SERIES "," VALUE ",{\"shape\":\"table\",\"columns\":[{\"name\":\"item\",\"title\":\"Item\",\"type\":\"text\"}],\"rows\":[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (json, "%s[\"%s %u\"]", i > 0 ? "," : "", i == 0 ? first : "row", i);
  g_string_append (json, "]}," SERIES "]}");
  mock_backend_answer (QUERY, 200, json->str);
}

/* However many panels and rows an answer has, one turn of the main loop makes few of them. */
static void
test_turns (Fixture       *fixture,
            gconstpointer  data)
{
  guint shown = 0, rows = 0, most_shown = 0, most_rows = 0;
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  answer_rows (60, "row");
  leyden_dashboards_page_show (LEYDEN_DASHBOARDS_PAGE (fixture->page), "mine", NULL, NULL, NULL);
  test_wait_until (leyden_dashboards_page_get_view (LEYDEN_DASHBOARDS_PAGE (fixture->page)) != NULL);
  fixture->view = leyden_dashboards_page_get_view (LEYDEN_DASHBOARDS_PAGE (fixture->page));
  g_assert_cmpuint (count_shown (fixture), ==, 0);
  while ((shown < 4 || rows < 60) && g_get_monotonic_time () < end)
    {
      g_main_context_iteration (NULL, TRUE);
      most_shown = MAX (most_shown, count_shown (fixture) - shown);
      most_rows = MAX (most_rows, count_rows (fixture) - rows);
      shown = count_shown (fixture);
      rows = count_rows (fixture);
    }
  g_assert_cmpuint (shown, ==, 4);
  g_assert_cmpuint (rows, ==, 60);
  g_assert_cmpuint (most_shown, ==, 1);
  g_assert_cmpuint (most_rows, <=, 8);
  /* Rows that are the same stay as they are; those that are gone go. */
  answer_rows (3, "another");
  leyden_dashboard_feed_refresh (leyden_dashboard_view_get_feed (fixture->view));
  test_wait_until (count_rows (fixture) == 3);
  g_assert_true (test_shows (GTK_WIDGET (panel (fixture, "c")), "another 0"));
  g_assert_true (test_shows (GTK_WIDGET (panel (fixture, "c")), "row 2"));
}

static guint
count_children (Fixture *fixture)
{
  guint n = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (leyden_dashboard_view_get_grid (fixture->view))); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n++;
  return n;
}

/* Panels that are gone are seen no longer, and go one by one, and their rows few by few. */
static void
test_turns_away (Fixture       *fixture,
                 gconstpointer  data)
{
  guint most = 0, most_rows = 0, before, rows = 60;
  GListModel *model = NULL;
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  mock_backend_answer ("GET " ROUTE "/other", 200, "{\"id\":\"other\",\"ready\":false,\"revision\":1,\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"other\","
                       "\"title\":\"Other\",\"panels\":[" PANEL ("e", "Cost", "line", "0", "0", "4", "5", REWARD) "]}}");
  answer_rows (60, "row");
  show (fixture, "mine");
  test_wait_until (count_rows (fixture) == 60);
  model = g_object_ref (G_LIST_MODEL (gtk_column_view_get_model (GTK_COLUMN_VIEW (test_find (GTK_WIDGET (panel (fixture, "c")), GTK_TYPE_COLUMN_VIEW, 0)))));
  g_assert_cmpuint (count_children (fixture), ==, 4);
  leyden_dashboards_page_show (LEYDEN_DASHBOARDS_PAGE (fixture->page), "other", NULL, NULL, NULL);
  for (before = 4; (leyden_board_grid_get_n_panels (leyden_dashboard_view_get_grid (fixture->view)) != 1 || before > 1) && g_get_monotonic_time () < end;
       before = count_children (fixture))
    {
      g_main_context_iteration (NULL, TRUE);
      if (count_children (fixture) < before)
        most = MAX (most, before - count_children (fixture));
      most_rows = MAX (most_rows, rows - g_list_model_get_n_items (model));
      rows = g_list_model_get_n_items (model);
      if (leyden_board_grid_get_n_panels (leyden_dashboard_view_get_grid (fixture->view)) == 1)
        g_assert_false (test_shows (GTK_WIDGET (leyden_dashboard_view_get_grid (fixture->view)), "Success"));
    }
  g_assert_cmpuint (before, ==, 1);
  g_assert_cmpuint (most, ==, 1);
  g_assert_cmpuint (rows, ==, 0);
  g_assert_cmpuint (most_rows, <=, 8);
  g_object_unref (model);
  g_assert_cmpstr (leyden_board_panel_get_title (panel (fixture, "e")), ==, "Cost");
}

/* A table of a metric over time has a row for each time. */
static void
test_table_of_times (Fixture       *fixture,
                     gconstpointer  data)
{
  mock_backend_answer (QUERY, 200, "{\"results\":[" SERIES "," VALUE "," SERIES "," VALUE "]}");
  show (fixture, "mine");
  test_wait_until (count_rows (fixture) == 2);
  g_assert_true (test_shows (GTK_WIDGET (panel (fixture, "c")), "0.75"));
}

/* Side by side where it fits, else below each other; nothing is wider than what is there. */
static void
test_narrow (Fixture       *fixture,
             gconstpointer  data)
{
  int minimum;

  show (fixture, "mine");
  g_assert_cmpint (leyden_board_grid_get_columns (leyden_dashboard_view_get_grid (fixture->view)), ==, 1);
  gtk_widget_measure (fixture->page, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  test_picture (fixture->window, "dashboards-narrow");
  test_assert_reachable (fixture->page);
  leyden_dashboard_view_set_editing (fixture->view, TRUE);
  test_settle ();
  gtk_widget_measure (fixture->page, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  test_picture (fixture->window, "dashboards-narrow-editing");
}

/* When facts move it asks again; while nobody looks it does not. */
static void
test_live (Fixture       *fixture,
           gconstpointer  data)
{
  LeydenDashboardFeed *feed;

  show (fixture, "mine");
  feed = leyden_dashboard_view_get_feed (fixture->view);
  g_assert_cmpuint (leyden_dashboard_feed_get_n_asked (feed), ==, 1);
  for (guint i = 0; i < 20; i++)
    mock_backend_send ("/leyden/v1/events", "rollouts", NULL, "{}");
  test_wait_until (leyden_dashboard_feed_get_n_asked (feed) == 2);
  test_wait_until (!leyden_dashboard_feed_is_asking (feed));
  gtk_widget_set_visible (fixture->page, FALSE);
  test_settle ();
  mock_backend_send ("/leyden/v1/events", "rollouts", NULL, "{}");
  for (guint i = 0; i < 100; i++)
    test_iterate ();
  g_assert_cmpuint (leyden_dashboard_feed_get_n_asked (feed), ==, 2);
  gtk_widget_set_visible (fixture->page, TRUE);
  test_wait_until (leyden_dashboard_feed_get_n_asked (feed) == 3);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

/* A question that is no longer asked has no answer. */
static void
test_late (Fixture       *fixture,
           gconstpointer  data)
{
  LeydenDashboardFeed *feed;
  guint n_answers = 0;
  g_autoptr(LeydenValue) values = test_value ("{\"flow\":\"f1\"}");
  g_autoptr(LeydenValue) others = test_value ("{\"flow\":\"f2\"}");
  g_autoptr(LeydenValue) time = test_value ("{\"range\":\"24h\"}");

  show (fixture, "mine");
  feed = leyden_dashboard_view_get_feed (fixture->view);
  g_signal_connect_swapped (feed, "answered", G_CALLBACK (count_cb), &n_answers);
  leyden_dashboard_feed_set (feed, leyden_dashboard_view_get_document (fixture->view), values, time, "UTC");
  leyden_dashboard_feed_set (feed, leyden_dashboard_view_get_document (fixture->view), others, time, "UTC");
  leyden_dashboard_feed_set (feed, leyden_dashboard_view_get_document (fixture->view), others, time, "UTC");
  test_wait_until (!leyden_dashboard_feed_is_asking (feed));
  test_settle ();
  g_assert_cmpuint (leyden_dashboard_feed_get_n_asked (feed), ==, 3);
  g_assert_cmpuint (n_answers, ==, 1);
  g_assert_nonnull (strstr (mock_backend_last (QUERY " {\"queries\":[{\"metric\":\"reward\""), "[\"flow\",\"=\",\"f2\"]"));
  g_signal_handlers_disconnect_by_data (feed, &n_answers);
}

/* A deep link from an experiment: its value, and the words for it. */
static void
test_variable (Fixture       *fixture,
               gconstpointer  data)
{
  leyden_dashboards_page_show (LEYDEN_DASHBOARDS_PAGE (fixture->page), "mine", "flow", "f-7", "Seventh");
  test_wait_until (leyden_dashboards_page_get_view (LEYDEN_DASHBOARDS_PAGE (fixture->page)) != NULL);
  fixture->view = leyden_dashboards_page_get_view (LEYDEN_DASHBOARDS_PAGE (fixture->page));
  test_wait_until (strstr (mock_backend_last (QUERY " {\"queries\":[{\"metric\":\"reward\"") != NULL ? mock_backend_last (QUERY " {\"queries\":[{\"metric\":\"reward\"") : "",
                           "[\"flow\",\"=\",\"f-7\"]") != NULL);
  g_assert_true (test_shows (fixture->page, "Seventh"));
}

/* Nothing at all: it says what to do. */
static void
test_nothing (Fixture       *fixture,
              gconstpointer  data)
{
  mock_backend_answer (QUERY, 200, "{\"results\":[{\"shape\":\"time\",\"series\":[]},{\"shape\":\"value\",\"series\":[{\"name\":\"\",\"x\":[0],\"y\":[0]}]},"
                       "{\"shape\":\"table\",\"columns\":[],\"rows\":[]},{\"shape\":\"groups\",\"series\":[]}]}");
  show (fixture, "mine");
  g_assert_true (test_shows (fixture->page, "Nothing has run in this time"));
  g_assert_cmpstr (leyden_board_panel_get_state (panel (fixture, "a")), ==, "empty");
  test_picture (fixture->window, "dashboards-nothing");
  test_assert_reachable (fixture->page);
  g_signal_emit_by_name (test_find_button (fixture->page, "Run a Flow"), "clicked");
  g_assert_cmpuint (fixture->n_runs, ==, 1);
  g_signal_emit_by_name (test_find_button (fixture->page, "Show All Times"), "clicked");
  test_wait_until (strstr (mock_backend_last (QUERY " {\"queries\":[{\"metric\":\"reward\""), "\"from\":0,") != NULL);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  mock_backend_answer (QUERY, 500, "{\"detail\":\"The store is <b>busy</b>\"}");
  leyden_dashboards_page_show (LEYDEN_DASHBOARDS_PAGE (fixture->page), "mine", NULL, NULL, NULL);
  test_wait_until (test_shows (fixture->page, "The store is <b>busy</b>"));
  mock_backend_answer (QUERY, 200, RESULTS);
  fixture->view = leyden_dashboards_page_get_view (LEYDEN_DASHBOARDS_PAGE (fixture->page));
  gtk_widget_activate_action (GTK_WIDGET (fixture->view), "dashboard.refresh", NULL);
  test_wait_until (!test_shows (fixture->page, "busy"));
}

static void
test_full (Fixture       *fixture,
           gconstpointer  data)
{
  show (fixture, "mine");
  leyden_dashboard_view_act (fixture->view, "a", "full");
  test_settle ();
  test_picture (fixture->window, "dashboards-full");
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (panel (fixture, "a"))));
  g_assert_true (test_shows (fixture->page, "Reward"));
  test_assert_reachable (fixture->page);
  gtk_widget_activate_action (fixture->page, "dashboards.back", NULL);
  test_settle ();
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (panel (fixture, "a"))));
}

/* --- changing --- */

static void
begin_editing (Fixture *fixture)
{
  show (fixture, "mine");
  leyden_dashboard_view_set_editing (fixture->view, TRUE);
  desktop_events_focus (GTK_WINDOW (fixture->window));
  gtk_widget_grab_focus (GTK_WIDGET (panel (fixture, "a")));
  desktop_events_settle ();
}

/* Everything by keys alone, back again, and kept. */
static void
test_keys (Fixture       *fixture,
           gconstpointer  data)
{
  if (!desktop_events_available ())
    return;
  begin_editing (fixture);
  test_picture (fixture->window, "dashboards-editing");
  desktop_events_key ("Down", NULL);
  /* Below the next one, which cannot rise: another one is above it, too. */
  assert_cell (fixture, "a", 0, 10, 4, 5);
  assert_cell (fixture, "c", 0, 5, 6, 5);
  g_assert_true (gtk_widget_has_focus (GTK_WIDGET (panel (fixture, "a"))));
  desktop_events_key ("Up", "Right", NULL);
  assert_cell (fixture, "a", 1, 0, 4, 5);
  desktop_events_key ("shift+Right", "shift+Down", NULL);
  assert_cell (fixture, "a", 1, 0, 5, 6);
  desktop_events_key ("Delete", NULL);
  g_assert_null (leyden_board_grid_find_panel (leyden_dashboard_view_get_grid (fixture->view), "a"));
  test_wait_until (leyden_dashboard_view_is_saved (fixture->view));
  g_assert_cmpuint (mock_backend_count ("PUT " ROUTE "/mine"), >=, 1);
  g_assert_null (strstr (mock_backend_last ("PUT " ROUTE "/mine"), "\"id\":\"a\""));

  while (leyden_dashboard_view_undo (fixture->view))
    test_settle ();
  assert_cell (fixture, "a", 0, 0, 4, 5);
  test_wait_until (leyden_dashboard_view_is_saved (fixture->view));
  g_assert_nonnull (strstr (mock_backend_last ("PUT " ROUTE "/mine"), "\"id\":\"a\""));
  g_assert_true (leyden_dashboard_view_redo (fixture->view));
  assert_cell (fixture, "a", 0, 10, 4, 5);
}

/* From panel to panel as one reads, whatever the order in the document. */
static void
test_tab (Fixture       *fixture,
          gconstpointer  data)
{
  if (!desktop_events_available ())
    return;
  begin_editing (fixture);
  desktop_events_key ("Down", NULL);
  gtk_widget_grab_focus (GTK_WIDGET (panel (fixture, "d")));
  for (guint i = 0; i < 3 && !gtk_widget_has_focus (GTK_WIDGET (panel (fixture, "a"))); i++)
    desktop_events_key ("Tab", NULL);
  g_assert_true (gtk_widget_has_focus (GTK_WIDGET (panel (fixture, "a"))));
}

static void
test_pointer (Fixture       *fixture,
              gconstpointer  data)
{
  LeydenBoardPanel *a;
  GtkWidget *handle;
  double x, y;

  if (!desktop_events_available ())
    return;
  begin_editing (fixture);
  a = panel (fixture, "a");
  desktop_events_drag (leyden_board_panel_get_header (a), 40, 12, leyden_board_panel_get_header (panel (fixture, "b")), 300, 12, 1, NULL);
  desktop_events_settle ();
  assert_cell (fixture, "a", 7, 0, 4, 5);
  handle = leyden_board_panel_get_handle (a);
  g_assert_true (gtk_widget_translate_coordinates (handle, fixture->page, 8, 8, &x, &y));
  desktop_events_drag (handle, 8, 8, fixture->page, x - 210, y + 112, 1, NULL);
  desktop_events_settle ();
  assert_cell (fixture, "a", 7, 0, 2, 7);
  test_wait_until (leyden_dashboard_view_is_saved (fixture->view));
  g_assert_cmpuint (mock_backend_count ("PUT " ROUTE "/mine"), >=, 1);
}

/* A click is no move, and nothing is moved that is only looked at. */
static void
test_no_move (Fixture       *fixture,
              gconstpointer  data)
{
  if (!desktop_events_available ())
    return;
  show (fixture, "mine");
  desktop_events_focus (GTK_WINDOW (fixture->window));
  desktop_events_drag (leyden_board_panel_get_header (panel (fixture, "a")), 40, 12, GTK_WIDGET (panel (fixture, "b")), 100, 100, 1, NULL);
  assert_cell (fixture, "a", 0, 0, 4, 5);
  leyden_dashboard_view_set_editing (fixture->view, TRUE);
  desktop_events_click (leyden_board_panel_get_header (panel (fixture, "a")), 40, 12, 1, 1, NULL);
  assert_cell (fixture, "a", 0, 0, 4, 5);
  g_assert_cmpuint (mock_backend_count ("PUT"), ==, 0);
}

/* A ready one is not changed: a copy is asked for, with what was to be done. */
static void
test_ready (Fixture       *fixture,
            gconstpointer  data)
{
  show (fixture, "ready-training");
  gtk_widget_activate_action (GTK_WIDGET (fixture->view), "dashboard.edit", NULL);
  test_wait_until (mock_backend_count ("PUT " ROUTE "/") == 1);
  g_assert_nonnull (strstr (mock_backend_last ("PUT " ROUTE "/"), "Board (copy)"));
  g_assert_nonnull (strstr (mock_backend_last ("PUT " ROUTE "/"), "\"revision\":0"));
  g_assert_null (strstr (mock_backend_last ("PUT " ROUTE "/"), "ready-training"));
  g_assert_false (leyden_dashboard_view_get_editing (fixture->view));
}

static void
test_conflict (Fixture       *fixture,
               gconstpointer  data)
{
  GtkWidget *dialog = NULL;

  answer_saves ("mine", 409, "{\"detail\":\"changed meanwhile\"}");
  show (fixture, "mine");
  leyden_dashboard_view_set_editing (fixture->view, TRUE);
  leyden_dashboard_view_act (fixture->view, "a", "wider");
  test_wait_until ((dialog = find_window (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  g_assert_true (test_shows (dialog, "Changed Elsewhere"));
  mock_backend_answer ("GET " ROUTE "/mine", 200, "{\"id\":\"mine\",\"ready\":false,\"revision\":7,\"dashboard\":" DOCUMENT ("mine") "}");
  g_signal_emit_by_name (dialog, "response", "theirs");
  gtk_window_destroy (GTK_WINDOW (dialog));
  test_wait_until (leyden_dashboard_view_get_revision (fixture->view) == 7);
  assert_cell (fixture, "a", 0, 0, 4, 5);
}

/* What was changed of one that is looked at no longer, and that somebody else changed, becomes a copy; its toast leads there. */
static void
test_conflict_left (Fixture       *fixture,
                    gconstpointer  data)
{
  GtkWidget *shows;

  answer_saves ("mine", 409, "{\"detail\":\"changed meanwhile\"}");
  answer_saves ("*", 200, "{\"revision\":1}");
  show (fixture, "mine");
  leyden_dashboard_view_set_editing (fixture->view, TRUE);
  leyden_dashboard_view_act (fixture->view, "a", "remove");
  leyden_dashboards_page_show_list (LEYDEN_DASHBOARDS_PAGE (fixture->page));
  test_wait_until (mock_backend_count ("PUT " ROUTE "/") == 2);
  g_assert_nonnull (strstr (mock_backend_last ("PUT " ROUTE "/"), "Board (copy)"));
  g_assert_nonnull (strstr (mock_backend_last ("PUT " ROUTE "/"), "\"revision\":0"));
  g_assert_null (strstr (mock_backend_last ("PUT " ROUTE "/"), "\"id\":\"a\""));
  test_wait_until ((shows = test_find_button (gtk_window_get_child (GTK_WINDOW (fixture->window)), "Show")) != NULL);
  g_assert_true (test_shows (gtk_window_get_child (GTK_WINDOW (fixture->window)), "yours is “Board (copy)”"));
  g_signal_emit_by_name (shows, "clicked");
  test_wait_until (mock_backend_count ("GET " ROUTE "/") == 2);
  g_assert_null (find_window (ADW_TYPE_MESSAGE_DIALOG));
}

/* What was changed while the change before it was on its way is kept, too, although another one is looked at. */
static void
test_left_while_saving (Fixture       *fixture,
                        gconstpointer  data)
{
  show (fixture, "mine");
  leyden_dashboard_view_set_editing (fixture->view, TRUE);
  leyden_dashboard_view_act (fixture->view, "a", "remove");
  leyden_dashboard_view_set_editing (fixture->view, FALSE);
  g_assert_false (leyden_dashboard_view_is_saved (fixture->view));
  leyden_dashboard_view_act (fixture->view, "b", "remove");
  leyden_dashboards_page_show_list (LEYDEN_DASHBOARDS_PAGE (fixture->page));
  g_assert_true (leyden_dashboard_view_is_saved (fixture->view));
  test_wait_until (mock_backend_count ("PUT " ROUTE "/mine") == 2);
  g_assert_nonnull (strstr (mock_backend_last ("PUT " ROUTE "/mine"), "\"revision\":2"));
  g_assert_null (strstr (mock_backend_last ("PUT " ROUTE "/mine"), "\"id\":\"b\""));
  test_settle ();
  g_assert_cmpuint (mock_backend_count ("PUT"), ==, 2);
}

/* Lines stay lines, nothing is markup, and nothing written is nothing shown. */
static void
test_text_panel (Fixture       *fixture,
                 gconstpointer  data)
{
  GtkWidget *panel = leyden_board_panel_new (), *window = test_window (panel, 360, 240);
  g_autoptr(LeydenValue) empty = test_value ("{\"id\":\"t\",\"title\":\"Note\",\"kind\":\"text\",\"x\":0,\"y\":0,\"w\":6,\"h\":2}");
  g_autoptr(LeydenValue) lines = test_value ("{\"id\":\"t\",\"title\":\"Note\",\"kind\":\"text\",\"x\":0,\"y\":0,\"w\":6,\"h\":2,\"options\":{\"text\":\"one\\n<b>two\"}}");

  leyden_board_panel_set_panel (LEYDEN_BOARD_PANEL (panel), empty);
  g_assert_false (test_shows (window, "(unnamed)"));
  leyden_board_panel_set_panel (LEYDEN_BOARD_PANEL (panel), lines);
  g_assert_nonnull (test_find_label (window, "one\n<b>two"));
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

static void
test_editor (Fixture       *fixture,
             gconstpointer  data)
{
  GtkWidget *editor = NULL, *form;
  LeydenValue *query;

  show (fixture, "mine");
  leyden_dashboard_view_act (fixture->view, "a", "edit");
  test_wait_until ((editor = find_window (LEYDEN_TYPE_PANEL_EDITOR)) != NULL);
  test_wait_until (test_shows (editor, "How good."));
  test_picture (editor, "dashboards-editor");
  test_assert_reachable (editor);
  form = test_find (editor, LEYDEN_TYPE_QUERY_FORM, 0);
  for (guint i = 0; i < 12; i++)
    {
      GtkWidget *row = test_find (form, ADW_TYPE_COMBO_ROW, i);

      if (row != NULL && strcmp (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), "Metric") == 0)
        leyden_choice_row_select (row, "cost");
    }
  test_settle ();
  g_assert_true (test_shows (editor, "How much."));
  g_assert_true (leyden_panel_editor_finish (LEYDEN_PANEL_EDITOR (editor)));
  test_settle ();
  query = leyden_value_lookup_pointer (leyden_dashboard_view_get_document (fixture->view), "/panels/0/queries/0");
  g_assert_cmpstr (leyden_value_get_member_string (query, "metric", NULL), ==, "cost");
  g_assert_cmpstr (leyden_value_get_member_string (query, "aggregation", NULL), ==, "sum");
  test_assert_value (leyden_value_get_member (query, "filter"), "[[\"flow\",\"=\",\"$flow\"]]");
  g_assert_cmpstr (leyden_dashboard_view_get_undo_label (fixture->view), ==, "Edit Panel");
}

static gboolean
is_allocated (gpointer widget)
{
  return gtk_widget_get_height (widget) > 0;
}

/* The query that one begins with is seen whole. */
static void
test_editor_sql (Fixture       *fixture,
                 gconstpointer  data)
{
  GtkWidget *editor = NULL, *form, *view, *scroller;
  GtkAdjustment *adjustment;

  show (fixture, "mine");
  leyden_dashboard_view_act (fixture->view, "a", "edit");
  test_wait_until ((editor = find_window (LEYDEN_TYPE_PANEL_EDITOR)) != NULL);
  form = test_find (editor, LEYDEN_TYPE_QUERY_FORM, 0);
  leyden_choice_row_select (test_find (form, ADW_TYPE_COMBO_ROW, 0), "sql");
  view = test_find (form, GTK_TYPE_TEXT_VIEW, 0);
  test_wait_for (is_allocated, view);
  test_settle ();
  test_picture (editor, "dashboards-editor-sql");
  scroller = gtk_widget_get_ancestor (view, GTK_TYPE_SCROLLED_WINDOW);
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  g_assert_cmpuint (gtk_text_buffer_get_line_count (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view))), >=, 6);
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment), <=, gtk_adjustment_get_page_size (adjustment));
  gtk_window_destroy (GTK_WINDOW (editor));
  test_settle ();
}

/* What the form does not know of stays; a value that is a number is one. */
static void
test_form (Fixture       *fixture,
           gconstpointer  data)
{
  static const char * const queries[] = {
    "{\"metric\":\"reward\",\"aggregation\":\"p50\",\"shape\":\"time\",\"later\":[1],\"interval\":\"day\",\"band\":\"ci\",\"split\":[\"flow\",\"model\"],"
    "\"filter\":[[\"reward\",\">\",0.5],[\"flow\",\"in\",[\"a\",\"b\"]],[\"model\",\"null\",null]]}",
    "{\"sql\":\"SELECT 1\"}",
    "{\"live\":\"workers\"}",
    "{\"source\":\"prom\",\"promql\":\"up\"}",
    "{\"source\":\"prom\",\"promql\":\"up\",\"shape\":\"groups\",\"limit\":5}",
    "{\"source\":\"lab\",\"mlflow\":{\"experiment\":\"train\",\"metric\":\"loss\",\"runs\":5}}",
    "{\"source\":\"lab\",\"mlflow\":{\"experiment\":\"train\",\"metric\":\"loss\",\"filter\":\"params.a = 'b'\",\"x\":\"time\"},\"shape\":\"time\"}",
  };
  GtkWidget *form = g_object_ref_sink (leyden_query_form_new ());
  g_autoptr(LeydenValue) catalog = test_value (METRICS);

  leyden_query_form_set_catalog (LEYDEN_QUERY_FORM (form), catalog);
  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_autoptr(LeydenValue) query = test_value (queries[i]);
      g_autoptr(LeydenValue) back = NULL;

      leyden_query_form_set (LEYDEN_QUERY_FORM (form), query);
      back = leyden_query_form_get (LEYDEN_QUERY_FORM (form));
      if (!leyden_value_equal (back, query))
        {
          g_autofree char *text = test_text (back);

          g_error ("%s came back as %s", queries[i], text);
        }
    }
  g_object_unref (form);
}

static void
test_add_and_settings (Fixture       *fixture,
                       gconstpointer  data)
{
  GtkWidget *editor = NULL, *settings = NULL;

  show (fixture, "mine");
  leyden_dashboard_view_act (fixture->view, "", "add");
  test_wait_until ((editor = find_window (LEYDEN_TYPE_PANEL_EDITOR)) != NULL);
  g_assert_true (leyden_panel_editor_finish (LEYDEN_PANEL_EDITOR (editor)));
  test_settle ();
  g_assert_cmpuint (leyden_board_grid_get_n_panels (leyden_dashboard_view_get_grid (fixture->view)), ==, 5);
  gtk_widget_activate_action (GTK_WIDGET (fixture->view), "dashboard.settings", NULL);
  test_wait_until ((settings = find_window (LEYDEN_TYPE_DASHBOARD_SETTINGS)) != NULL);
  test_picture (settings, "dashboards-settings");
  test_assert_reachable (settings);
  g_assert_true (leyden_dashboard_settings_finish (LEYDEN_DASHBOARD_SETTINGS (settings)));
  test_settle ();
  test_wait_until (leyden_dashboard_view_is_saved (fixture->view));
}

static void
test_import (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(GBytes) good = g_bytes_new_static (DOCUMENT ("other"), strlen (DOCUMENT ("other")));
  static const char wrong[] = "{\"leyden-dashboard\":1,\"id\":\"x\",\"panels\":[{}]}";
  g_autoptr(GBytes) bad = g_bytes_new_static (wrong, strlen (wrong));
  GtkWidget *dialog = NULL;

  test_wait_until (test_shows (fixture->page, "Your Dashboards"));
  leyden_dashboards_page_import (LEYDEN_DASHBOARDS_PAGE (fixture->page), bad);
  test_wait_until ((dialog = find_window (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  g_assert_true (test_shows (dialog, "panels[0].id: must be"));
  gtk_window_destroy (GTK_WINDOW (dialog));
  g_assert_cmpuint (mock_backend_count ("PUT"), ==, 0);
  leyden_dashboards_page_import (LEYDEN_DASHBOARDS_PAGE (fixture->page), good);
  test_wait_until (mock_backend_count ("PUT " ROUTE "/") == 1);
  g_assert_null (strstr (mock_backend_last ("PUT " ROUTE "/"), "\"id\":\"other\""));
  g_assert_nonnull (strstr (mock_backend_last ("PUT " ROUTE "/"), "\"title\":\"Board\""));
}

/* Of two with one title nobody knows which is which. */
static void
test_import_twice (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (DOCUMENT ("other"), strlen (DOCUMENT ("other")));

  test_wait_until (test_shows (fixture->page, "Your Dashboards"));
  mock_backend_answer ("GET " ROUTE, 200, "{\"dashboards\":[{\"id\":\"a\",\"title\":\"Board\",\"description\":\"\",\"ready\":false,\"revision\":1},"
                       "{\"id\":\"b\",\"title\":\"Board (2)\",\"description\":\"\",\"ready\":false,\"revision\":1}]}");
  gtk_widget_unmap (fixture->page);
  gtk_widget_map (fixture->page);
  test_wait_until (test_shows (fixture->page, "Board (2)"));
  leyden_dashboards_page_import (LEYDEN_DASHBOARDS_PAGE (fixture->page), bytes);
  test_wait_until (mock_backend_count ("PUT " ROUTE "/") == 1);
  g_assert_nonnull (strstr (mock_backend_last ("PUT " ROUTE "/"), "\"title\":\"Board (3)\""));
}

/* What has no flow cannot be chosen by one. */
static void
test_variable_values (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr(LeydenValue) variables = leyden_json_parse ("[{\"name\":\"flow\",\"dimension\":\"flow\"}]", -1, NULL, NULL);
  GtkWidget *bar = leyden_variables_bar_new (leyden_session_get_default ()), *window = test_window (bar, 600, 200);
  GListModel *choices;

  mock_backend_answer (QUERY, 200, "{\"results\":[{\"shape\":\"groups\",\"series\":[{\"name\":\"\",\"x\":[\"–\",\"planner\"],\"keys\":[null,\"otlp:planner\"],\"y\":[3,2]}]}]}");
  leyden_variables_bar_set (LEYDEN_VARIABLES_BAR (bar), variables);
  choices = gtk_drop_down_get_model (GTK_DROP_DOWN (test_find (bar, GTK_TYPE_DROP_DOWN, 0)));
  test_wait_until (g_list_model_get_n_items (choices) > 1);
  g_assert_cmpuint (g_list_model_get_n_items (choices), ==, 2);
  {
    g_autoptr(GtkStringObject) chosen = g_list_model_get_item (choices, 1);

    g_assert_cmpstr (gtk_string_object_get_string (chosen), ==, "planner");
  }
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_budget (Fixture       *fixture,
             gconstpointer  data)
{
  GtkWidget *dialog;

  mock_backend_answer ("GET /leyden/v1/insights/budgets", 200, "{\"currency\":\"EUR\",\"month\":100,\"flows\":{},\"value_per_success\":{\"f1\":2.5}}");
  mock_backend_answer ("PUT /leyden/v1/insights/budgets", 200, "{}");
  mock_backend_answer (QUERY, 200, "{\"results\":[{\"shape\":\"groups\",\"series\":[{\"name\":\"\",\"x\":[\"First\"],\"keys\":[\"f1\"],\"y\":[3]}]}]}");
  test_wait_until (test_shows (fixture->page, "Your Dashboards"));
  dialog = leyden_budget_dialog_new (GTK_WINDOW (fixture->window), leyden_session_get_default ());
  gtk_window_present (GTK_WINDOW (dialog));
  test_wait_until (test_shows (dialog, "First"));
  test_settle ();
  test_picture (dialog, "dashboards-budget");
  test_assert_reachable (dialog);
  leyden_budget_dialog_keep (LEYDEN_BUDGET_DIALOG (dialog));
  test_wait_until (mock_backend_count ("PUT /leyden/v1/insights/budgets") == 1);
  g_assert_nonnull (strstr (mock_backend_last ("PUT /leyden/v1/insights/budgets"), "\"month\":100"));
  g_assert_nonnull (strstr (mock_backend_last ("PUT /leyden/v1/insights/budgets"), "\"value_per_success\":{\"f1\":2.5}"));
  test_settle ();
}

/* A report has what is shown: the time and what was chosen. */
static void
test_report (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *path = g_build_filename (test_desktop_folder (), "board.pdf", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  GtkWidget *dialog = NULL;
  const char *sent;

  mock_backend_answer ("GET /leyden/v1/schedules", 200, "{\"schedules\":[{\"id\":\"s\",\"schedule\":{\"dashboard\":\"mine\",\"every\":\"day\",\"at\":\"07:30\"},\"next\":1900000000000000000}]}");
  mock_backend_answer ("POST /leyden/v1/reports", 201, "{\"report\":\"r\"}");
  mock_backend_answer ("GET /leyden/v1/reports/r", 200, "1");
  show (fixture, "mine");
  gtk_widget_activate_action (GTK_WIDGET (fixture->view), "dashboard.report", NULL);
  test_wait_until ((dialog = find_window (LEYDEN_TYPE_REPORT_DIALOG)) != NULL && test_shows (dialog, "Every day at 07:30"));
  test_picture (dialog, "dashboards-report");
  test_assert_reachable (dialog);
  leyden_report_dialog_save (LEYDEN_REPORT_DIALOG (dialog), file);
  test_wait_until (test_shows (dialog, "The report was written to board.pdf"));
  sent = mock_backend_last ("POST /leyden/v1/reports");
  g_assert_nonnull (strstr (sent, "\"dashboard\":\"mine\""));
  g_assert_nonnull (strstr (sent, "\"variables\":{\"flow\":"));
  g_assert_nonnull (strstr (sent, "\"time\":{"));
  gtk_window_close (GTK_WINDOW (dialog));
  test_settle ();
}

#define ADD(path, up, function) g_test_add (path, Fixture, NULL, up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  ADD ("/dashboards/list", set_up, test_list);
  ADD ("/dashboards/board", set_up, test_board);
  ADD ("/dashboards/turns", set_up, test_turns);
  ADD ("/dashboards/turns-away", set_up, test_turns_away);
  ADD ("/dashboards/table-of-times", set_up, test_table_of_times);
  ADD ("/dashboards/narrow", set_up_narrow, test_narrow);
  ADD ("/dashboards/live", set_up, test_live);
  ADD ("/dashboards/late", set_up, test_late);
  ADD ("/dashboards/variable", set_up, test_variable);
  ADD ("/dashboards/nothing", set_up, test_nothing);
  ADD ("/dashboards/refused", set_up, test_refused);
  ADD ("/dashboards/full", set_up, test_full);
  ADD ("/dashboards/keys", set_up, test_keys);
  ADD ("/dashboards/tab", set_up, test_tab);
  ADD ("/dashboards/pointer", set_up, test_pointer);
  ADD ("/dashboards/no-move", set_up, test_no_move);
  ADD ("/dashboards/ready", set_up, test_ready);
  ADD ("/dashboards/conflict", set_up, test_conflict);
  ADD ("/dashboards/conflict-left", set_up, test_conflict_left);
  ADD ("/dashboards/left-while-saving", set_up, test_left_while_saving);
  ADD ("/dashboards/text-panel", set_up, test_text_panel);
  ADD ("/dashboards/editor", set_up, test_editor);
  ADD ("/dashboards/editor-sql", set_up, test_editor_sql);
  ADD ("/dashboards/form", set_up, test_form);
  ADD ("/dashboards/add-and-settings", set_up, test_add_and_settings);
  ADD ("/dashboards/import", set_up, test_import);
  ADD ("/dashboards/import-twice", set_up, test_import_twice);
  ADD ("/dashboards/variable-values", set_up, test_variable_values);
  ADD ("/dashboards/budget", set_up, test_budget);
  ADD ("/dashboards/report", set_up, test_report);
  return g_test_run ();
}
