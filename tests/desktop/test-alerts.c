/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-events.h"
#include "desktop-helpers.h"
#include "leyden-alert-button.h"
#include "leyden-alert-editor.h"
#include "leyden-alert-history.h"
#include "leyden-alert-preview.h"
#include "leyden-alert-text.h"
#include "leyden-alert-view.h"
#include "leyden-alerts-page.h"
#include "leyden-webhook-dialog.h"
#include "leyden-webhook-view.h"
#include "mock-backend.h"

/* Alert rules and webhooks in the window. With a backend of the test's own where states must be what the test says, else over `leydenctl serve`. */

#define METRICS \
  "{\"metrics\": [{\"name\": \"success\", \"title\": \"Success rate\", \"unit\": \"ratio\", \"aggregations\": [\"share\"], \"dimensions\": [\"flow\", \"model\"]}, " \
  "{\"name\": \"failed\", \"title\": \"Failure rate\", \"unit\": \"ratio\", \"aggregations\": [\"share\"], \"dimensions\": [\"flow\", \"model\"]}, " \
  "{\"name\": \"latency\", \"title\": \"Duration of rollouts\", \"unit\": \"ms\", \"aggregations\": [\"mean\", \"p95\"], \"dimensions\": [\"model\"]}, " \
  "{\"name\": \"budget-used\", \"title\": \"Budget used\", \"unit\": \"ratio\", \"aggregations\": [\"last\"], \"dimensions\": [\"flow\"]}, " \
  "{\"name\": \"ended\", \"title\": \"Ended\", \"unit\": \"\", \"aggregations\": [\"count\"], \"dimensions\": [\"flow\"]}], \"dimensions\": [], \"views\": []}"

/* @more: members of the status, each with a comma before it. */
static char *
make_alert (const char *id,
            const char *title,
            const char *state,
            const char *severity,
            const char *more)
{
  return g_strdup_printf ("{\"id\": \"%s\", \"title\": \"%s\", \"enabled\": true, \"kind\": \"threshold\", \"query\": {\"metric\": \"success\"}, \"over_s\": 3600, "
                          "\"below\": 0.5, \"clear\": 0.6, \"for_s\": 300, \"severity\": \"%s\", \"desktop\": true, \"webhooks\": [\"ops\"], "
                          "\"status\": {\"state\": \"%s\", \"since\": 1764136800000000000, \"value\": 0.31, \"label\": null, \"evaluated\": 1764136900000000000, "
                          "\"episode\": 3, \"actor\": null, \"problem\": null, \"quiet\": false%s}}", id, title, severity, state, more);
}

static void
answer_alerts (const char *state)
{
  g_autofree char *first = make_alert ("low", "Success falls <b>low</b>", state, "critical", "");
  g_autofree char *second = make_alert ("quiet", "Nothing to see", "ok", "info", "");
  g_autofree char *json = g_strdup_printf ("{\"alerts\": [%s, %s], \"firing\": %d}", second, first, g_str_equal (state, "firing"));

  mock_backend_answer ("GET /leyden/v1/alerts", 200, json);
}

#define PREVIEW \
  "{\"value\": 0.31, \"n\": 40, \"label\": null, \"problem\": null, \"breach\": true, \"unit\": \"ratio\", \"bucket_s\": 3600, " \
  "\"x\": [1764050400000000000, 1764072000000000000, 1764093600000000000, 1764115200000000000, 1764136800000000000], \"y\": [0.8, 0.45, 0.7, null, 0.31], " \
  "\"fired\": [{\"from\": 1764072000000000000, \"to\": 1764093600000000000, \"value\": 0.45}, {\"from\": 1764136800000000000, \"to\": null, \"value\": 0.31}]}"
#define HISTORY \
  "{\"history\": [{\"id\": 3, \"alert\": \"low\", \"title\": \"Success falls low\", \"severity\": \"critical\", \"episode\": 3, \"state\": \"firing\", " \
  "\"time\": 1764136800000000000, \"value\": 0.31, \"actor\": null, \"note\": null}, {\"id\": 2, \"alert\": \"low\", \"title\": \"Success falls low\", " \
  "\"severity\": \"critical\", \"episode\": 2, \"state\": \"acknowledged\", \"time\": 1764072100000000000, \"value\": 0.45, \"actor\": \"ann\", " \
  "\"note\": \"the key ran out\"}], \"before\": 0}"

/* The first answer of this backend is there. */
static gboolean
has_alert (const char *state)
{
  LeydenValue *alert = leyden_alert_watch_find (leyden_alert_watch_get_default (), "low");
  const char *title = leyden_value_get_member_string (alert, "title", "");

  return strstr (title, "<b>") != NULL && g_str_equal (leyden_value_get_member_string (leyden_value_get_member (alert, "status"), "state", ""), state);
}

static void
mock_start (const char *state)
{
  mock_backend_start ();
  mock_backend_answer ("GET /leyden/v1/insights/metrics", 200, METRICS);
  mock_backend_answer ("POST /leyden/v1/alerts/preview", 200, PREVIEW);
  mock_backend_answer ("GET /leyden/v1/alerts/history", 200, HISTORY);
  mock_backend_answer ("GET /leyden/v1/webhooks", 200, "{\"webhooks\": [{\"name\": \"ops\", \"uri\": \"https://example.com/hook\", \"events\": [\"run.failed\"], "
                       "\"enabled\": true, \"delivered\": 12, \"waiting\": 2, \"failed\": 1, \"last_error\": \"The receiver answered with status 503\", "
                       "\"next\": 1764137000000000000, \"paused_until\": 0}], \"events\": [\"run.finished\", \"run.failed\", \"alert.*\"]}");
  mock_backend_answer ("GET /leyden/v1/webhooks/ops", 200, "{\"name\": \"ops\", \"uri\": \"https://example.com/hook\", \"events\": [\"run.failed\"], "
                       "\"enabled\": true, \"delivered\": 12, \"waiting\": 2, \"failed\": 1, \"last_error\": \"The receiver answered with status 503\", "
                       "\"next\": 1764137000000000000, \"paused_until\": 0}");
  mock_backend_answer ("GET /leyden/v1/webhooks/ops/deliveries", 200, "{\"deliveries\": [{\"id\": 7, \"event\": \"evt_7\", \"type\": \"alert.firing\", "
                       "\"subject\": \"alert/low\", \"state\": \"waiting\", \"created\": 1764136800000000000, \"due\": 1764137000000000000, \"finished\": 0, \"tries\": 2}, "
                       "{\"id\": 6, \"event\": \"evt_6\", \"type\": \"run.finished\", \"subject\": \"r\", \"state\": \"failed\", \"created\": 1764130000000000000, "
                       "\"due\": 0, \"finished\": 1764131000000000000, \"tries\": 10}, {\"id\": 5, \"event\": \"evt_5\", \"type\": \"test\", \"subject\": \"test\", "
                       "\"state\": \"delivered\", \"created\": 1764120000000000000, \"due\": 0, \"finished\": 1764120000500000000, \"tries\": 1}], \"before\": 0}");
  mock_backend_answer ("GET /leyden/v1/deliveries/6", 200, "{\"id\": 6, \"body\": \"{\\\"specversion\\\":\\\"1.0\\\"}\", \"attempts\": [{\"time\": 1764130000000000000, "
                       "\"ms\": 12, \"status\": 503, \"error\": \"The receiver answered with status 503\"}]}");
  answer_alerts (state);
  leyden_alert_watch_refresh (leyden_alert_watch_get_default ());
  test_wait_until (has_alert (state) && leyden_alert_watch_get_metrics (leyden_alert_watch_get_default ()) != NULL);
}

/* It fits into a window of that width. */
static void
assert_fits (GtkWidget *child,
             int        width)
{
  int minimum;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_test_message ("minimum %d of %d", minimum, width);
  if (g_getenv ("LEYDEN_TEST_PICTURES") == NULL)
    g_assert_cmpint (minimum, <=, width);
}

static void
close_window (GtkWidget *window)
{
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

static void
click (GtkWidget *button)
{
  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "clicked");
}

/* ---- Pages ---- */

static void
test_list (void)
{
  static const int widths[] = { 360, 1280 };

  mock_start ("firing");
  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      GtkWidget *page = leyden_alerts_page_new (), *window = test_window (page, widths[i], 760);
      g_autofree char *picture = g_strdup_printf ("alerts-list-%d", widths[i]);

      test_wait_until (test_shows (window, "Success falls <b>low</b>"));
      test_wait_until (test_shows (window, "Firing since"));
      g_assert_true (test_shows (window, "Success rate below 50 %"));
      assert_fits (page, widths[i]);
      test_assert_reachable (page);
      test_picture (window, picture);
      leyden_alerts_page_show_list (LEYDEN_ALERTS_PAGE (page), "history");
      test_wait_until (test_shows (window, "the key ran out"));
      g_free (picture);
      picture = g_strdup_printf ("alerts-history-%d", widths[i]);
      test_picture (window, picture);
      leyden_alerts_page_show_list (LEYDEN_ALERTS_PAGE (page), "webhooks");
      test_wait_until (test_shows (window, "status 503"));
      test_assert_reachable (page);
      g_free (picture);
      picture = g_strdup_printf ("alerts-webhooks-%d", widths[i]);
      test_picture (window, picture);
      close_window (window);
    }
  mock_backend_stop ();
}

static void
test_rule (void)
{
  static const int widths[] = { 360, 1280 };

  mock_start ("firing");
  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      GtkWidget *page = leyden_alerts_page_new (), *window = test_window (page, widths[i], 900);
      g_autofree char *picture = g_strdup_printf ("alerts-rule-%d", widths[i]);

      leyden_alerts_page_show_alert (LEYDEN_ALERTS_PAGE (page), "low");
      g_assert_false (leyden_alerts_page_is_list (LEYDEN_ALERTS_PAGE (page)));
      test_wait_until (test_shows (window, "fired 2 times"));
      test_wait_until (test_shows (window, "the key ran out"));
      g_assert_true (test_shows (window, "Now: 31 %, beyond the threshold."));
      assert_fits (page, widths[i]);
      test_assert_reachable (page);
      test_picture (window, picture);
      close_window (window);
    }
  mock_backend_stop ();
}

/* The note goes with it; then the stream says so, and the form for it goes. */
static void
test_acknowledge (void)
{
  GtkWidget *page, *window;
  g_autofree char *acknowledged = make_alert ("low", "Success falls low", "acknowledged", "critical", ", \"actor\": \"owner\"");
  g_autofree char *event = NULL;
  g_autoptr(LeydenValue) parsed = NULL;

  mock_start ("firing");
  page = leyden_alerts_page_new ();
  window = test_window (page, 700, 900);
  leyden_alerts_page_show_alert (LEYDEN_ALERTS_PAGE (page), "low");
  test_wait_until (test_find_button (window, "Acknowledge") != NULL);
  test_type (test_find (leyden_alerts_page_get_view (LEYDEN_ALERTS_PAGE (page)), GTK_TYPE_ENTRY, 0), "I look");
  mock_backend_answer ("POST /leyden/v1/alerts/low/acknowledge", 200, acknowledged);
  answer_alerts ("acknowledged");
  click (test_find_button (window, "Acknowledge"));
  test_wait_until (mock_backend_count ("POST /leyden/v1/alerts/low/acknowledge") == 1);
  g_assert_nonnull (strstr (mock_backend_last ("POST /leyden/v1/alerts/low/acknowledge"), "I look"));
  test_wait_until (test_shows (window, "Acknowledged since"));
  g_assert_cmpuint (leyden_alert_watch_get_n_firing (leyden_alert_watch_get_default ()), ==, 0);
  test_wait_until (test_find_button (window, "Acknowledge") == NULL);
  close_window (window);
  mock_backend_stop ();
}

static void
news_cb (LeydenAlertWatch *watch,
         LeydenValue      *alert,
         guint            *n)
{
  ++*n;
}

/* What the stream says is shown, and told once. */
static void
test_followed (void)
{
  LeydenAlertWatch *watch;
  GtkWidget *button, *window;
  g_autofree char *fires = NULL;
  g_autofree char *news = NULL;
  guint n_news = 0;
  gulong handler;

  mock_start ("ok");
  watch = leyden_alert_watch_get_default ();
  handler = g_signal_connect (watch, "news", G_CALLBACK (news_cb), &n_news);
  button = leyden_alert_button_new ();
  window = test_window (button, 360, 100);
  g_assert_false (gtk_widget_get_visible (button));
  fires = make_alert ("low", "Success falls low", "firing", "critical", "");
  news = g_strdup_printf ("%.*s, \"news\": \"firing\"}", (int) strlen (fires) - 1, fires);
  test_wait_until (mock_backend_count ("GET /leyden/v1/events") - mock_backend_count ("GET /leyden/v1/events?presence") >= 1);
  mock_backend_send ("/leyden/v1/events", "alert", NULL, news);
  test_wait_until (leyden_alert_watch_get_n_firing (watch) == 1);
  g_assert_cmpuint (n_news, ==, 1);
  g_assert_true (gtk_widget_get_visible (button));
  g_assert_true (test_shows (window, "1"));
  test_picture (window, "alerts-button");
  g_signal_handler_disconnect (watch, handler);
  close_window (window);
  mock_backend_stop ();
}

/* ---- Forms ---- */

static GtkWidget *
find_row (GtkWidget  *window,
          const char *title)
{
  for (guint i = 0; ; i++)
    {
      GtkWidget *row = test_find (window, ADW_TYPE_ENTRY_ROW, i);

      g_assert_nonnull (row);
      if (g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), title))
        return row;
    }
}

static gboolean
has_focus (GtkWidget *row)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (row));

  return focus != NULL && gtk_widget_is_ancestor (focus, row);
}

/* The unit goes with what is chosen; what is typed is read in it. */
static void
test_units (void)
{
  GtkWidget *editor;
  g_autoptr(LeydenValue) share = NULL;
  g_autoptr(LeydenValue) span = NULL;

  mock_start ("ok");
  editor = leyden_alert_editor_new (NULL, NULL);
  gtk_editable_set_text (GTK_EDITABLE (find_row (editor, "Below")), "7.5");
  share = leyden_alert_editor_dup_rule (LEYDEN_ALERT_EDITOR (editor));
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (share, "below", 0), 0.075, 1e-12);
  /* Duration of rollouts */
  adw_combo_row_set_selected (ADW_COMBO_ROW (test_find (editor, ADW_TYPE_COMBO_ROW, 1)), 2);
  g_assert_true (test_shows (find_row (editor, "Below"), "ms"));
  span = leyden_alert_editor_dup_rule (LEYDEN_ALERT_EDITOR (editor));
  g_assert_cmpfloat (leyden_value_get_member_double (span, "below", 0), ==, 7.5);
  /* A value changes */
  adw_combo_row_set_selected (ADW_COMBO_ROW (test_find (editor, ADW_TYPE_COMBO_ROW, 0)), 1);
  g_assert_true (test_shows (find_row (editor, "Below"), "%"));
  close_window (editor);
  mock_backend_stop ();
}

static void
test_editor (void)
{
  static const int widths[] = { 360, 640 };

  mock_start ("ok");
  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      LeydenValue *alert = leyden_alert_watch_find (leyden_alert_watch_get_default (), "low");
      GtkWidget *editor = leyden_alert_editor_new (NULL, alert);
      g_autoptr(LeydenValue) rule = NULL;
      g_autofree char *picture = g_strdup_printf ("alerts-editor-%d", widths[i]);

      gtk_window_set_default_size (GTK_WINDOW (editor), widths[i], 900);
      gtk_window_present (GTK_WINDOW (editor));
      test_wait_until (test_shows (editor, "fired 2 times"));
      assert_fits (adw_window_get_content (ADW_WINDOW (editor)), widths[i]);
      /* What it was given comes out again. */
      rule = leyden_alert_editor_dup_rule (LEYDEN_ALERT_EDITOR (editor));
      g_assert_cmpstr (leyden_value_get_member_string (rule, "title", ""), ==, "Success falls <b>low</b>");
      g_assert_cmpfloat (leyden_value_get_member_double (rule, "below", 0), ==, 0.5);
      g_assert_cmpfloat (leyden_value_get_member_double (rule, "clear", 0), ==, 0.6);
      /* A share is typed as per cent, and says so. */
      g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (find_row (editor, "Below"))), ==, "50");
      g_assert_true (test_shows (find_row (editor, "Below"), "%"));
      g_assert_false (test_shows (find_row (editor, "At least so many"), "%"));
      g_assert_null (leyden_value_get_member (rule, "above"));
      g_assert_cmpint (leyden_value_get_member_int (rule, "over_s", 0), ==, 3600);
      g_assert_cmpint (leyden_value_get_member_int (rule, "for_s", 0), ==, 300);
      g_assert_cmpstr (leyden_value_get_member_string (rule, "severity", ""), ==, "critical");
      g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (rule, "webhooks")), ==, 1);
      test_picture (editor, picture);
      close_window (editor);
    }
  mock_backend_stop ();
}

static void
test_new_rule (void)
{
  GtkWidget *page, *window, *editor;

  mock_start ("ok");
  page = leyden_alerts_page_new ();
  window = test_window (page, 700, 900);
  editor = leyden_alerts_page_add_rule (LEYDEN_ALERTS_PAGE (page));
  g_assert_false (gtk_widget_get_sensitive (test_find_button (editor, "Save")));
  g_assert_true (test_shows (editor, "A rule needs a name"));
  g_assert_true (has_focus (find_row (editor, "Name")));
  test_type (test_find (editor, ADW_TYPE_ENTRY_ROW, 0), "Slow");
  g_assert_true (gtk_widget_get_sensitive (test_find_button (editor, "Save")));
  g_assert_false (test_shows (editor, "A rule needs a name"));
  /* Refused: said in the form, which stays. */
  click (test_find_button (editor, "Save"));
  test_wait_until (mock_backend_count ("PUT /leyden/v1/alerts/") == 1);
  g_assert_nonnull (strstr (mock_backend_last ("PUT /leyden/v1/alerts/"), "\"title\":\"Slow\""));
  test_wait_until (test_shows (editor, "no such thing"));
  g_assert_true (gtk_widget_get_sensitive (test_find_button (editor, "Save")));
  close_window (editor);
  close_window (window);
  mock_backend_stop ();
}

static void
test_webhook (void)
{
  static const int widths[] = { 360, 1280 };

  mock_start ("ok");
  mock_backend_answer ("POST /leyden/v1/webhooks/ops/test", 202, "{\"delivery\": 8}");
  mock_backend_answer ("POST /leyden/v1/webhooks/ops/replay", 202, "{\"again\": 1}");
  mock_backend_answer ("POST /leyden/v1/deliveries/6/replay", 202, "{\"again\": 1}");
  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      GtkWidget *page = leyden_alerts_page_new (), *window = test_window (page, widths[i], 900);
      g_autofree char *picture = g_strdup_printf ("alerts-webhook-%d", widths[i]);

      leyden_alerts_page_show_webhook (LEYDEN_ALERTS_PAGE (page), "ops");
      test_wait_until (test_shows (window, "An alert fires"));
      test_wait_until (test_shows (window, "Delivered 12, waiting 2, failed 1"));
      adw_expander_row_set_expanded (ADW_EXPANDER_ROW (test_find (window, ADW_TYPE_EXPANDER_ROW, 1)), TRUE);
      test_wait_until (test_shows (window, "specversion"));
      assert_fits (page, widths[i]);
      test_assert_reachable (page);
      test_picture (window, picture);
      click (test_find_button (window, "Send a Test"));
      test_wait_until (mock_backend_count ("POST /leyden/v1/webhooks/ops/test") == i + 1);
      click (test_find_button (window, "Send Missed Again"));
      test_wait_until (mock_backend_count ("POST /leyden/v1/webhooks/ops/replay") == i + 1);
      close_window (window);
    }
  mock_backend_stop ();
}

/* ---- Over a real backend ---- */

static gboolean
ask_put_cb (gpointer data)
{
  return *(GAsyncResult **) data != NULL;
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static LeydenValue *
put (const char *path,
     const char *json)
{
  LeydenBackend *backend = leyden_session_get_backend (leyden_session_get_default ());
  g_autoptr(LeydenValue) body = test_value (json);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *answer;

  leyden_backend_request_async (backend, "PUT", path, body, NULL, result_cb, &result);
  test_wait_for (ask_put_cb, &result);
  answer = leyden_backend_request_finish (backend, result, &error);
  g_assert_no_error (error);
  return answer;
}

/* A webhook is added by hand, its secret seen once; a rule is made, and shown as it stands. */
static void
test_served (void)
{
  GtkWidget *page, *window, *dialog, *editor;
  g_autoptr(LeydenValue) hooks = NULL;

  if (!test_backend_start ())
    return;
  page = leyden_alerts_page_new ();
  window = test_window (page, 800, 900);
  test_wait_until (leyden_alert_watch_get_metrics (leyden_alert_watch_get_default ()) != NULL);
  leyden_alerts_page_show_list (LEYDEN_ALERTS_PAGE (page), "webhooks");
  test_wait_until (test_shows (window, "No Webhooks"));
  dialog = leyden_alerts_page_add_webhook (LEYDEN_ALERTS_PAGE (page));
  g_assert_true (has_focus (test_find (dialog, ADW_TYPE_ENTRY_ROW, 0)));
  test_type (test_find (dialog, ADW_TYPE_ENTRY_ROW, 0), "ops");
  /* Refused in the words of the form. */
  gtk_editable_set_text (GTK_EDITABLE (test_find (dialog, ADW_TYPE_ENTRY_ROW, 1)), "http://127.0.0.1/");
  click (test_find_button (dialog, "Save"));
  g_assert_true (test_shows (dialog, "May reach private networks” is switched on"));
  gtk_editable_set_text (GTK_EDITABLE (test_find (dialog, ADW_TYPE_ENTRY_ROW, 1)), "https://127.0.0.1/");
  click (test_find_button (dialog, "Save"));
  test_wait_until (test_shows (dialog, "whsec_"));
  test_picture (dialog, "alerts-secret");
  /* It is saved: nothing can be cancelled any more. */
  g_assert_null (test_find_button (dialog, "Cancel"));
  click (test_find_button (dialog, "Done"));
  test_wait_until (test_shows (window, "ops"));
  g_assert_false (test_shows (window, "whsec_"));
  leyden_value_unref (put ("/leyden/v1/alerts/mine", "{\"title\":\"Mine\",\"below\":0.5,\"webhooks\":[\"ops\"],\"query\":{\"metric\":\"success\"}}"));
  leyden_alert_watch_refresh (leyden_alert_watch_get_default ());
  leyden_alerts_page_show_list (LEYDEN_ALERTS_PAGE (page), "rules");
  test_wait_until (test_shows (window, "Mine"));
  editor = leyden_alerts_page_add_rule (LEYDEN_ALERTS_PAGE (page));
  test_type (test_find (editor, ADW_TYPE_ENTRY_ROW, 0), "By hand");
  test_wait_until (test_shows (editor, "It would not have fired"));
  click (test_find_button (editor, "Save"));
  test_wait_until (test_shows (window, "By hand"));
  g_assert_true (LEYDEN_IS_ALERT_VIEW (leyden_alerts_page_get_view (LEYDEN_ALERTS_PAGE (page))));
  close_window (window);
  test_backend_stop ();
}

/* ---- Words ---- */

static void
test_texts (void)
{
  static const struct { double value; const char *unit; const char *text; } values[] = {
    { 0.5, "ratio", "50 %" }, { 1500, "ms", "1.5 s" }, { 12, "ms", "12 ms" }, { 3, "", "3" }, { 1e9, "", "1e+09" },
  };
  g_autoptr(LeydenValue) fires = test_value ("{\"kind\": \"threshold\", \"query\": {\"metric\": \"reward\"}, \"status\": {\"state\": \"ok\", \"value\": 0.691275}}");
  g_autoptr(LeydenValue) counted = test_value ("{\"kind\": \"threshold\", \"above\": 5, \"query\": {\"metric\": \"failed\", \"aggregation\": \"count\"}}");
  g_autofree char *status = leyden_alert_describe_status (fires, "");
  g_autofree char *described = leyden_alert_describe_rule (counted, "Failures", "ratio");
  static const struct { gint64 seconds; const char *text; } spans[] = {
    { 10, "10 s" }, { 60, "1 min" }, { 3600, "1 h" }, { 5400, "1 h 30 min" }, { 86400, "1 day" }, { 7 * 86400, "7 days" },
  };

  g_assert_cmpstr (status, ==, "OK · 0.691");
  g_assert_cmpstr (described, ==, "Failures above 5 over 5 min");
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text = leyden_alert_format_value (values[i].value, values[i].unit);

      g_assert_cmpstr (text, ==, values[i].text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (spans); i++)
    {
      g_autofree char *text = leyden_alert_format_span (spans[i].seconds);

      g_assert_cmpstr (text, ==, spans[i].text);
    }
}

/* What happens while the history is on its way is not in that answer: it is asked for once more, not once for each. */
static void
test_history_again (void)
{
  GtkWidget *history, *window;
  guint n;

  mock_start ("firing");
  history = leyden_alert_history_new (NULL);
  window = test_window (history, 600, 400);
  test_wait_until (test_shows (window, "Success falls"));
  /* In the unit of what the rule watches, as the rule itself says it. */
  g_assert_true (test_shows (window, "31 %"));
  n = mock_backend_count ("GET /leyden/v1/alerts/history");
  for (guint i = 0; i < 4; i++)
    leyden_alert_history_refresh (LEYDEN_ALERT_HISTORY (history));
  test_wait_until (mock_backend_count ("GET /leyden/v1/alerts/history") == n + 2);
  test_settle ();
  g_assert_cmpuint (mock_backend_count ("GET /leyden/v1/alerts/history"), ==, n + 2);
  close_window (window);
  mock_backend_stop ();
}

/* ---- Pages ---- */

#define ENTRY(id) "{\"id\": " id ", \"alert\": \"low\", \"title\": \"Entry " id "\", \"severity\": \"info\", \"episode\": 1, \"state\": \"firing\", \"time\": 1764136800000000000}"
#define DELIVERY(id, state) \
  "{\"id\": " id ", \"event\": \"e" id "\", \"type\": \"made." id "\", \"subject\": \"s\", \"state\": \"" state "\", \"created\": 1764136800000000000, \"tries\": 1}"

static guint
count_rows (GtkWidget *list)
{
  guint n = 0;

  while (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), (int) n) != NULL)
    n++;
  return n;
}

/* Older ones that somebody asked for stay when there are newer ones, and go when it is not known what lies between. */
static void
test_history_pages (void)
{
  GtkWidget *history, *window, *list, *kept;

  mock_start ("ok");
  mock_backend_answer ("GET /leyden/v1/alerts/history?limit=50", 200, "{\"history\": [" ENTRY ("5") ", " ENTRY ("4") "], \"before\": 4}");
  mock_backend_answer ("GET /leyden/v1/alerts/history?limit=50&before=4", 200, "{\"history\": [" ENTRY ("3") ", " ENTRY ("2") "], \"before\": 2}");
  mock_backend_answer ("GET /leyden/v1/alerts/history?limit=50&before=2", 200, "{\"history\": [" ENTRY ("1") "], \"before\": 0}");
  history = leyden_alert_history_new (NULL);
  window = test_window (history, 600, 700);
  list = test_find (history, GTK_TYPE_LIST_BOX, 0);
  test_wait_until (test_find_button (window, "Show Older Ones") != NULL);
  click (test_find_button (window, "Show Older Ones"));
  test_wait_until (count_rows (list) == 4);
  kept = GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 1));

  mock_backend_answer ("GET /leyden/v1/alerts/history?limit=50", 200, "{\"history\": [" ENTRY ("6") ", " ENTRY ("5") "], \"before\": 5}");
  leyden_alert_history_refresh (LEYDEN_ALERT_HISTORY (history));
  test_wait_until (test_shows (window, "Entry 6"));
  g_assert_cmpuint (count_rows (list), ==, 5);
  g_assert_true (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 2)) == kept);
  click (test_find_button (window, "Show Older Ones"));
  test_wait_until (count_rows (list) == 6);
  g_assert_true (test_shows (window, "Entry 1"));
  g_assert_null (test_find_button (window, "Show Older Ones"));

  mock_backend_answer ("GET /leyden/v1/alerts/history?limit=50", 200, "{\"history\": [" ENTRY ("9") ", " ENTRY ("8") "], \"before\": 8}");
  leyden_alert_history_refresh (LEYDEN_ALERT_HISTORY (history));
  test_wait_until (test_shows (window, "Entry 9"));
  g_assert_cmpuint (count_rows (list), ==, 2);
  g_assert_nonnull (test_find_button (window, "Show Older Ones"));
  close_window (window);
  mock_backend_stop ();
}

/* That there is no answer is not that nothing happened. */
static void
test_history_failed (void)
{
  GtkWidget *history, *window;

  mock_start ("ok");
  mock_backend_answer ("GET /leyden/v1/alerts/history", 422, "{\"detail\": \"the database is <b>gone\"}");
  history = leyden_alert_history_new (NULL);
  window = test_window (history, 600, 400);
  g_assert_false (test_shows (window, "Nothing has happened yet."));
  test_wait_until (test_shows (window, "the database is <b>gone"));
  g_assert_false (test_shows (window, "Nothing has happened yet."));
  mock_backend_answer ("GET /leyden/v1/alerts/history", 200, "{\"history\": [], \"before\": 0}");
  leyden_alert_history_refresh (LEYDEN_ALERT_HISTORY (history));
  test_wait_until (test_shows (window, "Nothing has happened yet."));
  close_window (window);
  mock_backend_stop ();
}

/* The same for what a webhook sent; a row that is open stays so while others change. */
static void
test_delivery_pages (void)
{
  GtkWidget *view, *window, *list, *open;

  mock_start ("ok");
  mock_backend_answer ("GET /leyden/v1/webhooks/ops/deliveries", 422, "{\"detail\": \"no such table\"}");
  view = leyden_webhook_view_new ("ops");
  window = test_window (view, 600, 700);
  list = test_find (view, GTK_TYPE_LIST_BOX, 0);
  test_wait_until (test_shows (window, "no such table"));
  g_assert_false (test_shows (window, "Nothing was sent yet."));
  mock_backend_answer ("GET /leyden/v1/webhooks/ops/deliveries", 200, "{\"deliveries\": [" DELIVERY ("5", "waiting") ", " DELIVERY ("4", "delivered") "], \"before\": 4}");
  mock_backend_answer ("GET /leyden/v1/webhooks/ops/deliveries?limit=50&before=4", 200, "{\"deliveries\": [" DELIVERY ("3", "delivered") "], \"before\": 0}");
  leyden_webhook_view_refresh (LEYDEN_WEBHOOK_VIEW (view));
  test_wait_until (count_rows (list) == 2);
  open = GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 1));
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (open), TRUE);
  click (test_find_button (window, "Show Older Ones"));
  test_wait_until (count_rows (list) == 3);
  mock_backend_answer ("GET /leyden/v1/webhooks/ops/deliveries", 200, "{\"deliveries\": [" DELIVERY ("6", "waiting") ", " DELIVERY ("5", "delivered") ", " DELIVERY ("4", "delivered") "], \"before\": 4}");
  leyden_webhook_view_refresh (LEYDEN_WEBHOOK_VIEW (view));
  test_wait_until (count_rows (list) == 4);
  g_assert_true (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 2)) == open);
  g_assert_true (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (open)));
  close_window (window);
  mock_backend_stop ();
}

/* ---- The secret that is told one time ---- */

static GtkWidget *
find_secret (void)
{
  g_autoptr(GList) toplevels = gtk_window_list_toplevels ();

  for (GList *l = toplevels; l != NULL; l = l->next)
    if (LEYDEN_IS_WEBHOOK_DIALOG (l->data) && gtk_widget_get_visible (l->data) && test_shows (l->data, "whsec_"))
      return l->data;
  return NULL;
}

/* Who closes the window while it is being saved sees the secret all the same. */
static void
test_secret_closed (void)
{
  GtkWidget *page, *window, *dialog;

  mock_start ("ok");
  mock_backend_answer ("PUT /leyden/v1/webhooks/new", 201, "{\"name\": \"new\", \"secret\": \"whsec_one\"}");
  page = leyden_alerts_page_new ();
  window = test_window (page, 800, 700);
  dialog = leyden_alerts_page_add_webhook (LEYDEN_ALERTS_PAGE (page));
  test_type (test_find (dialog, ADW_TYPE_ENTRY_ROW, 0), "new");
  test_type (test_find (dialog, ADW_TYPE_ENTRY_ROW, 1), "example.com/");
  click (test_find_button (dialog, "Save"));
  gtk_window_close (GTK_WINDOW (dialog));
  test_wait_until (find_secret () == dialog);
  close_window (dialog);
  g_assert_null (find_secret ());
  close_window (window);
  mock_backend_stop ();
}

/* Where the whole window is gone there is nobody to tell it to. */
static void
test_secret_gone (void)
{
  GtkWidget *page, *window, *dialog;
  gpointer watched;

  mock_start ("ok");
  mock_backend_answer ("PUT /leyden/v1/webhooks/new", 201, "{\"name\": \"new\", \"secret\": \"whsec_one\"}");
  page = leyden_alerts_page_new ();
  window = test_window (page, 800, 700);
  dialog = leyden_alerts_page_add_webhook (LEYDEN_ALERTS_PAGE (page));
  test_type (test_find (dialog, ADW_TYPE_ENTRY_ROW, 0), "new");
  test_type (test_find (dialog, ADW_TYPE_ENTRY_ROW, 1), "example.com/");
  click (test_find_button (dialog, "Save"));
  watched = dialog;
  g_object_add_weak_pointer (watched, &watched);
  close_window (window);
  test_wait_until (watched == NULL);
  g_assert_null (find_secret ());
  mock_backend_stop ();
}

/* Who has left the page by the time that the new secret is made, too. */
static void
test_secret_left (void)
{
  GtkWidget *page, *window, *dialog = NULL;

  mock_start ("ok");
  mock_backend_answer ("POST /leyden/v1/webhooks/ops/rotate", 200, "{\"secret\": \"whsec_two\"}");
  page = leyden_alerts_page_new ();
  window = test_window (page, 800, 700);
  leyden_alerts_page_show_webhook (LEYDEN_ALERTS_PAGE (page), "ops");
  test_wait_until (test_find_button (window, "New Secret…") != NULL);
  click (test_find_button (window, "New Secret…"));
  {
    g_autoptr(GList) toplevels = gtk_window_list_toplevels ();

    for (GList *l = toplevels; l != NULL; l = l->next)
      if (ADW_IS_MESSAGE_DIALOG (l->data))
        dialog = l->data;
  }
  g_assert_nonnull (dialog);
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (dialog), "rotate");
  leyden_alerts_page_show_list (LEYDEN_ALERTS_PAGE (page), "rules");
  test_wait_until (find_secret () != NULL);
  close_window (find_secret ());
  close_window (window);
  mock_backend_stop ();
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/alerts/texts", test_texts);
  g_test_add_func ("/alerts/list", test_list);
  g_test_add_func ("/alerts/rule", test_rule);
  g_test_add_func ("/alerts/acknowledge", test_acknowledge);
  g_test_add_func ("/alerts/followed", test_followed);
  g_test_add_func ("/alerts/history-again", test_history_again);
  g_test_add_func ("/alerts/history-pages", test_history_pages);
  g_test_add_func ("/alerts/history-failed", test_history_failed);
  g_test_add_func ("/alerts/delivery-pages", test_delivery_pages);
  g_test_add_func ("/alerts/secret-closed", test_secret_closed);
  g_test_add_func ("/alerts/secret-gone", test_secret_gone);
  g_test_add_func ("/alerts/secret-left", test_secret_left);
  g_test_add_func ("/alerts/editor", test_editor);
  g_test_add_func ("/alerts/units", test_units);
  g_test_add_func ("/alerts/new-rule", test_new_rule);
  g_test_add_func ("/alerts/webhook", test_webhook);
  g_test_add_func ("/alerts/served", test_served);
  return g_test_run ();
}
