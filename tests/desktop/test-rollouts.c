/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "config.h"
#include "desktop-events.h"
#include "desktop-helpers.h"

#include <glib/gstdio.h>

#include "leyden-calls-page.h"
#include "leyden-event-list.h"
#include "leyden-json.h"
#include "leyden-paged-text.h"
#include "leyden-rollout-collect.h"
#include "leyden-rollout-columns.h"
#include "leyden-rollouts-page.h"
#include "leyden-rollouts-private.h"
#include "leyden-session.h"
#include "leyden-settings.h"

/* The table of rollouts over `leydenctl serve`, by pointer and keys; and a million rows without one. */

#define N 30

/* --- a run to look at --- */

static LeydenValue *
make_run (const char *sha256,
          const char *client_id)
{
  g_autoptr(LeydenDocument) document = test_sample ();
  g_autoptr(LeydenValue) flow = leyden_flow_to_value (leyden_document_get_flow (document));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "flow", flow);
  leyden_value_builder_key (&b, "dataset");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "sha256", sha256);
  leyden_value_builder_set_string (&b, "name", "arithmetic.jsonl");
  leyden_value_builder_set_int (&b, "limit", N);
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "pace", "fast");
  leyden_value_builder_set_string (&b, "client_id", client_id);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
uploaded_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  *(char **) data = leyden_backend_upload_finish (LEYDEN_BACKEND (object), result, NULL);
}

static gboolean
has_facts (gpointer data)
{
  g_autoptr(LeydenValue) info = test_backend_get ("/leyden/v1/info");
  LeydenValue *facts = leyden_value_get_member (info, "facts");
  gint64 last = leyden_value_get_member_int (facts, "last", -1);

  return leyden_value_get_member_int (info, "active_runs", 1) == 0 && last > 0 && leyden_value_get_member_int (facts, "position", 0) == last;
}

static void
make_rollouts (const char *client_id)
{
  LeydenBackend *backend = leyden_session_get_backend (leyden_session_get_default ());
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", "arithmetic.jsonl", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autofree char *sha256 = NULL;
  g_autoptr(LeydenValue) body = NULL, run = NULL;

  leyden_backend_upload_file_async (backend, file, NULL, uploaded_cb, &sha256);
  test_wait_until (sha256 != NULL);
  body = make_run (sha256, client_id);
  run = test_backend_post ("/leyden/v1/runs", body);
  test_wait_for (has_facts, NULL);
}

typedef struct
{
  GtkWidget          *window;
  LeydenRolloutsPage *page;
  GString            *said;
  gint64              deletion;
  guint               n_deleted;
  guint               n;                /* rows at first: the database is that of the tests before, too */
} Fixture;

static void
said_cb (Fixture    *fixture,
         const char *text)
{
  g_string_assign (fixture->said, text);
}

static void
deleted_cb (Fixture *fixture,
            gint64   deletion,
            guint    n)
{
  fixture->deletion = deletion;
  fixture->n_deleted = n;
}

static guint
count (Fixture *fixture)
{
  return g_list_model_get_n_items (G_LIST_MODEL (leyden_rollouts_page_get_model (fixture->page)));
}

static LeydenValue *
get_row (Fixture *fixture,
         guint    i)
{
  g_autoptr(LeydenRolloutEntry) entry = g_list_model_get_item (G_LIST_MODEL (leyden_rollouts_page_get_model (fixture->page)), i);

  return entry != NULL ? leyden_rollout_entry_get_row (entry) : NULL;
}

static const char *
get_text (Fixture    *fixture,
          guint       i,
          const char *member)
{
  return leyden_value_get_member_string (get_row (fixture, i), member, "");
}

/* FALSE: there is no program to be the backend. */
static gboolean
set_up (Fixture *fixture,
        int      width)
{
  if (!test_backend_start ())
    return FALSE;
  make_rollouts ("table");
  *fixture = (Fixture) { NULL };
  fixture->said = g_string_new (NULL);
  fixture->page = LEYDEN_ROLLOUTS_PAGE (leyden_rollouts_page_new ());
  g_signal_connect_swapped (fixture->page, "said", G_CALLBACK (said_cb), fixture);
  g_signal_connect_swapped (fixture->page, "deleted", G_CALLBACK (deleted_cb), fixture);
  fixture->window = test_window (GTK_WIDGET (fixture->page), width, 700);
  test_wait_until (count (fixture) >= N && get_row (fixture, 0) != NULL);
  fixture->n = count (fixture);
  test_settle ();
  return TRUE;
}

static void
tear_down (Fixture *fixture)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  test_settle ();
  g_string_free (fixture->said, TRUE);
  test_backend_stop ();
}

/* --- looking --- */

static void
test_table (void)
{
  Fixture fixture;

  if (!set_up (&fixture, 1280))
    return;
  g_assert_true (g_str_has_suffix (leyden_rollouts_page_get_status (fixture.page), " rollouts"));
  g_assert_false (leyden_rollout_table_is_narrow (leyden_rollouts_page_get_table (fixture.page)));
  g_assert_cmpstr (get_text (&fixture, 0, "flow_title"), ==, "Calculator agent");
  test_assert_reachable (fixture.window);
  test_picture (fixture.window, "rollouts");
  tear_down (&fixture);
}

static gboolean
is_sorted (Fixture    *fixture,
           const char *member,
           gboolean    descending)
{
  for (guint i = 1; i < count (fixture); i++)
    {
      double before = leyden_value_get_member_double (get_row (fixture, i - 1), member, -1), after = leyden_value_get_member_double (get_row (fixture, i), member, -1);

      if (get_row (fixture, i) == NULL || (descending ? before < after : before > after))
        return FALSE;
    }
  return TRUE;
}

/* A click on a header sorts, another one turns the order; the menu does the same, for keys. */
static void
test_sort (void)
{
  Fixture fixture;
  GtkWidget *title;
  gboolean descending;

  if (!desktop_events_available ())
    {
      g_test_skip ("needs an X display and xdotool");
      return;
    }
  if (!set_up (&fixture, 1280))
    return;
  desktop_events_focus (GTK_WINDOW (fixture.window));
  title = test_find_label (fixture.window, "Duration");
  desktop_events_click (title, 5, 5, 1, 1, NULL);
  desktop_events_wait_until (is_sorted (&fixture, "latency_ms", FALSE));
  g_assert_cmpstr (leyden_rollout_table_get_sort (leyden_rollouts_page_get_table (fixture.page), &descending), ==, "latency_ms");
  g_assert_false (descending);
  /* Not the second half of a double click. */
  g_usleep (700000);
  desktop_events_click (title, 5, 5, 1, 1, NULL);
  desktop_events_wait_until (is_sorted (&fixture, "latency_ms", TRUE));
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rolloutview.sort", "s", "cost");
  desktop_events_wait_until (is_sorted (&fixture, "cost", TRUE));
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rolloutview.descending", NULL);
  desktop_events_wait_until (is_sorted (&fixture, "cost", FALSE));
  tear_down (&fixture);
}

/* Chosen columns are kept. */
static void
test_columns (void)
{
  Fixture fixture;
  g_auto(GStrv) kept = NULL;

  if (!set_up (&fixture, 1280))
    return;
  g_assert_null (test_find_label (fixture.window, "Retries"));
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rolloutview.column-retries", NULL);
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rolloutview.column-model", NULL);
  test_settle ();
  g_assert_nonnull (test_find_label (fixture.window, "Retries"));
  kept = g_settings_get_strv (leyden_settings_get_default (), "rollout-columns");
  g_assert_true (g_strv_contains ((const char * const *) kept, "retries"));
  g_assert_false (g_strv_contains ((const char * const *) kept, "model"));
  g_settings_reset (leyden_settings_get_default (), "rollout-columns");
  tear_down (&fixture);
}

static GtkColumnViewColumn *
get_column (LeydenRolloutTable *table,
            guint               i)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (test_find (GTK_WIDGET (table), GTK_TYPE_COLUMN_VIEW, 0)));
  g_autoptr(GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

  return column;
}

static void
no_rows_cb (LeydenRolloutModel *model,
            guint               request,
            guint               offset,
            guint               limit,
            gpointer            data)
{
}

/* A width that somebody gave a column is there again in the next table, also when the first ends before it was written, and after other columns were
 * chosen; those of the others are as ever. */
static void
test_widths (void)
{
  g_autoptr(LeydenRolloutModel) model = leyden_rollout_model_new (no_rows_cb, NULL);
  LeydenRolloutTable *table = LEYDEN_ROLLOUT_TABLE (leyden_rollout_table_new (model));
  GtkWidget *window = test_window (GTK_WIDGET (table), 1280, 600);
  int usual = gtk_column_view_column_get_fixed_width (get_column (table, 0)), wide, first;

  test_settle ();
  gtk_column_view_column_set_fixed_width (get_column (table, 1), 321);
  leyden_rollout_table_load_columns (table);
  wide = gtk_column_view_column_get_fixed_width (get_column (table, 1));
  g_assert_cmpint (ABS (wide - 321), <=, 2);
  gtk_column_view_column_set_fixed_width (get_column (table, 1), 222);
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();

  table = LEYDEN_ROLLOUT_TABLE (leyden_rollout_table_new (model));
  window = test_window (GTK_WIDGET (table), 1280, 600);
  first = gtk_column_view_column_get_fixed_width (get_column (table, 0));
  wide = gtk_column_view_column_get_fixed_width (get_column (table, 1));
  g_assert_cmpint (first, ==, usual);
  g_assert_cmpint (ABS (wide - 222), <=, 2);
  gtk_window_destroy (GTK_WINDOW (window));
  g_settings_reset (leyden_settings_get_default (), "rollout-column-widths");
}

/* --- filters --- */

static void
filter (Fixture    *fixture,
        const char *json)
{
  g_autoptr(LeydenValue) query = test_value (json);

  leyden_rollouts_page_filter (fixture->page, query);
}

static void
test_filter (void)
{
  Fixture fixture;
  guint n_good = 0;

  if (!set_up (&fixture, 1280))
    return;
  for (guint i = 0; i < fixture.n && i < LEYDEN_ROLLOUT_MODEL_PAGE; i++)
    n_good += leyden_value_get_member_double (get_row (&fixture, i), "reward", 0) > 0.5;
  g_assert_cmpuint (n_good, >, 0);
  g_assert_cmpuint (n_good, <, fixture.n);
  filter (&fixture, "{\"filter\": [[\"reward\", \">\", 0.5]]}");
  test_wait_until (count (&fixture) == n_good);
  filter (&fixture, "{\"text\": \"a-0007\"}");
  test_wait_until (count (&fixture) == 1);
  g_assert_cmpstr (leyden_rollouts_page_get_status (fixture.page), ==, "1 rollout found");
  filter (&fixture, "{\"where\": \"reward > 0.5 AND tokens > 0\"}");
  test_wait_until (count (&fixture) == n_good);
  /* What is not finished is said, and the list stays. */
  filter (&fixture, "{\"where\": \"reward >\"}");
  test_wait_until (test_shows (fixture.window, "something is still missing"));
  g_assert_cmpuint (count (&fixture), ==, n_good);
  filter (&fixture, "{\"text\": \"no such thing\"}");
  test_wait_until (test_shows (fixture.window, "No Rollout Is Like That"));
  g_assert_false (test_shows (fixture.window, "something is still missing"));
  gtk_widget_activate (test_find_button (fixture.window, "Show All"));
  test_wait_until (count (&fixture) == fixture.n);
  tear_down (&fixture);
}

/* What is asked for while there is no connection is answered when there is one, although the question before it never is. */
static void
test_filter_away (void)
{
  LeydenSession *session = leyden_session_get_default ();
  Fixture fixture;

  if (!set_up (&fixture, 1280))
    return;
  leyden_rollouts_page_refresh (fixture.page);
  leyden_backend_close (leyden_session_get_backend (session));
  filter (&fixture, "{\"text\": \"a-0007\"}");
  test_settle ();
  g_assert_cmpuint (count (&fixture), ==, fixture.n);
  leyden_session_start (session);
  test_wait_until (count (&fixture) < fixture.n);
  tear_down (&fixture);
}

/* By hand: a line is added, and what is typed counts when the keys rest. */
static void
test_filter_line (void)
{
  Fixture fixture;
  GtkWidget *entry;
  g_autoptr(LeydenValue) query = NULL;

  if (!set_up (&fixture, 1280))
    return;
  gtk_widget_activate (test_find_button (fixture.window, "Add Filter"));
  /* It filters nothing before something is chosen. */
  test_wait_until (test_find (GTK_WIDGET (leyden_rollouts_page_get_filter (fixture.page)), GTK_TYPE_DROP_DOWN, 2) != NULL);
  test_settle ();
  g_assert_cmpuint (count (&fixture), ==, fixture.n);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (GTK_WIDGET (leyden_rollouts_page_get_filter (fixture.page)), GTK_TYPE_DROP_DOWN, 2)), 1);
  test_wait_until (count (&fixture) == 0);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (GTK_WIDGET (leyden_rollouts_page_get_filter (fixture.page)), GTK_TYPE_DROP_DOWN, 2)), 0);
  test_wait_until (count (&fixture) == fixture.n);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (GTK_WIDGET (leyden_rollouts_page_get_filter (fixture.page)), GTK_TYPE_DROP_DOWN, 0)), 1);
  test_wait_until (count (&fixture) == fixture.n);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (GTK_WIDGET (leyden_rollouts_page_get_filter (fixture.page)), GTK_TYPE_DROP_DOWN, 1)), 4);
  entry = test_find (GTK_WIDGET (leyden_rollouts_page_get_filter (fixture.page)), GTK_TYPE_ENTRY, 0);
  test_type (entry, "lots");
  test_settle ();
  g_assert_true (gtk_widget_has_css_class (entry, "error") || count (&fixture) == fixture.n);
  gtk_editable_set_text (GTK_EDITABLE (entry), "0.5");
  test_wait_until (count (&fixture) > 0 && count (&fixture) < fixture.n);
  query = leyden_rollout_filter_dup_query (leyden_rollouts_page_get_filter (fixture.page));
  test_assert_value (query, "{\"filter\": [[\"reward\", \">\", 0.5]]}");
  gtk_widget_activate (test_find_icon_button (fixture.window, "list-remove-symbolic"));
  test_wait_until (count (&fixture) == fixture.n);
  tear_down (&fixture);
}

/* Columns, not inputs, are what a condition knows; and what was not searched was not found. */
static void
test_filter_refused (void)
{
  Fixture fixture;
  g_autoptr(LeydenValue) query = leyden_json_parse ("{\"where\":\"tokns > 3\"}", -1, NULL, NULL);
  g_autoptr(LeydenValue) good = leyden_json_parse ("{\"where\":\"tokens > 3\"}", -1, NULL, NULL);

  if (!set_up (&fixture, 1280))
    return;
  leyden_rollout_filter_set_query (leyden_rollouts_page_get_filter (fixture.page), query);
  test_wait_until (g_str_has_prefix (leyden_rollouts_page_get_status (fixture.page), "Not searched"));
  g_assert_cmpuint (count (&fixture), ==, fixture.n);
  g_assert_true (test_shows (GTK_WIDGET (fixture.page), "there is no column “tokns”"));
  leyden_rollout_filter_set_query (leyden_rollouts_page_get_filter (fixture.page), good);
  test_wait_until (g_str_has_suffix (leyden_rollouts_page_get_status (fixture.page), "found"));
  tear_down (&fixture);
}

/* --- live --- */

static void
test_live (void)
{
  Fixture fixture;

  if (!set_up (&fixture, 1280))
    return;
  leyden_rollout_table_select (leyden_rollouts_page_get_table (fixture.page), 4, 1);
  {
    g_autofree char *selected = g_strdup (get_text (&fixture, 4, "rollout"));
    g_autoptr(GtkBitset) bits = NULL;

    make_rollouts ("more");
    test_wait_until (count (&fixture) == fixture.n + N);
    /* What was selected is, wherever it is now. */
    bits = leyden_rollout_table_get_selection (leyden_rollouts_page_get_table (fixture.page));
    g_assert_cmpuint (gtk_bitset_get_size (bits), ==, 1);
    test_wait_until (get_row (&fixture, gtk_bitset_get_nth (bits, 0)) != NULL);
    g_assert_cmpstr (get_text (&fixture, gtk_bitset_get_nth (bits, 0), "rollout"), ==, selected);
    g_assert_cmpuint (gtk_bitset_get_nth (bits, 0), >, 4);
  }
  tear_down (&fixture);
}

/* --- doing something --- */

static void
test_delete (void)
{
  Fixture fixture;
  g_autoptr(LeydenValue) body = NULL, answer = NULL;
  g_autofree char *json = NULL;

  if (!set_up (&fixture, 1280))
    return;
  g_assert_null (test_find_button (fixture.window, "Unselect"));
  leyden_rollout_table_select (leyden_rollouts_page_get_table (fixture.page), 2, 3);
  test_settle ();
  g_assert_true (test_shows (fixture.window, "3 selected"));
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rollouts.delete", NULL);
  test_wait_until (fixture.n_deleted == 3);
  test_wait_until (count (&fixture) == fixture.n - 3);
  /* As the button of the toast does. */
  json = g_strdup_printf ("{\"deletion\": %" G_GINT64_FORMAT "}", fixture.deletion);
  body = test_value (json);
  answer = test_backend_post ("/leyden/v1/rollouts/restore", body);
  test_wait_until (count (&fixture) == fixture.n);
  tear_down (&fixture);
}

static void
test_retry (void)
{
  Fixture fixture;

  if (!set_up (&fixture, 1280))
    return;
  leyden_rollout_table_select (leyden_rollouts_page_get_table (fixture.page), 0, 2);
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rollouts.retry", NULL);
  test_wait_until (g_str_equal (fixture.said->str, "2 rollouts were started again"));
  test_wait_until (count (&fixture) == fixture.n + 2);
  test_wait_for (has_facts, NULL);
  tear_down (&fixture);
}

/* A traced program's rollout cannot run here: alone it is not offered, among others it is left out. */
static void
test_retry_traced (void)
{
  static const char spans[] =
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"planner\"}}]},\"scopeSpans\":[{\"spans\":["
    "{\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"spanId\":\"00f067aa0ba902b7\",\"name\":\"invoke_agent Planner\","
    "\"startTimeUnixNano\":\"1767225600006000000\",\"endTimeUnixNano\":\"1767225600007000000\"}]}]}]}";
  Fixture fixture;
  g_autoptr(LeydenValue) body = leyden_json_parse (spans, -1, NULL, NULL);
  g_autoptr(LeydenValue) answer = NULL;
  GtkWidget *button;
  guint traced = 0;

  if (!set_up (&fixture, 1280))
    return;
  answer = test_backend_post ("/v1/traces", body);
  test_wait_until (count (&fixture) == fixture.n + 1);
  /* It began before all others. */
  traced = fixture.n;
  test_wait_until (g_str_equal (get_text (&fixture, traced, "executor"), "otlp"));
  test_wait_until (*get_text (&fixture, traced - 1, "executor") != '\0');
  button = fixture.page->retry_button;
  leyden_rollout_table_select (leyden_rollouts_page_get_table (fixture.page), traced, 1);
  g_assert_false (gtk_widget_get_sensitive (button));
  g_assert_nonnull (strstr (gtk_widget_get_tooltip_text (button), "traced"));
  leyden_rollout_table_select (leyden_rollouts_page_get_table (fixture.page), traced - 1, 2);
  g_assert_true (gtk_widget_get_sensitive (button));
  g_assert_null (gtk_widget_get_tooltip_text (button));
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rollouts.retry", NULL);
  test_wait_until (g_str_equal (fixture.said->str, "1 rollout was started again; 1 did not run here and was left out"));
  test_wait_for (has_facts, NULL);
  tear_down (&fixture);
}

static void
retried_cb (char      **id,
            const char *rollout)
{
  *id = g_strdup (rollout);
}

/* Of one it is said which it is now. It is none that ran twice already: its calls would be kept ones, and the tests after this look for calls. */
static void
test_retry_one (void)
{
  Fixture fixture;
  g_autofree char *id = NULL, *before = NULL;

  if (!set_up (&fixture, 1280))
    return;
  before = g_strdup (get_text (&fixture, 10, "rollout"));
  g_signal_connect_swapped (fixture.page, "retried", G_CALLBACK (retried_cb), &id);
  leyden_rollout_table_select (leyden_rollouts_page_get_table (fixture.page), 10, 1);
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rollouts.retry", NULL);
  test_wait_until (id != NULL);
  g_assert_cmpstr (id, !=, before);
  test_wait_until (count (&fixture) == fixture.n + 1 && g_str_equal (get_text (&fixture, 0, "rollout"), id));
  g_assert_cmpstr (fixture.said->str, ==, "");
  test_wait_for (has_facts, NULL);
  tear_down (&fixture);
}

static void
collected_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(char **) data = leyden_rollout_collect_finish (result, &error);
  g_assert_no_error (error);
}

static void
test_collect (void)
{
  Fixture fixture;
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = g_build_filename (test_desktop_folder (), "kept.jsonl", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autofree char *said = NULL, *text = NULL;
  g_auto(GStrv) lines = NULL;
  g_autoptr(LeydenValue) row = NULL;

  if (!set_up (&fixture, 1280))
    return;
  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (ids, g_strdup (get_text (&fixture, i, "rollout")));
  leyden_rollout_collect_into_async (file, leyden_session_get_default (), ids, TRUE, NULL, collected_cb, &said);
  test_wait_until (said != NULL);
  g_assert_cmpstr (said, ==, "3 rows were added to kept.jsonl");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  row = leyden_json_parse (lines[0], -1, NULL, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (row, "question", ""), !=, "");
  tear_down (&fixture);
}

static void
test_export (void)
{
  Fixture fixture;
  g_autofree char *path = g_build_filename (test_desktop_folder (), "rollouts.csv", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;

  if (!set_up (&fixture, 1280))
    return;
  leyden_rollouts_page_export (fixture.page, file, "csv");
  test_wait_until (strstr (fixture.said->str, " rows were written to rollouts.csv") != NULL);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, fixture.n + 2);
  tear_down (&fixture);
}

/* What cannot be had to its end leaves the file as it was. */
static void
test_export_refused (void)
{
  Fixture fixture;
  g_autofree char *path = g_build_filename (test_desktop_folder (), "kept.csv", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autofree char *text = NULL;

  if (!set_up (&fixture, 1280))
    return;
  g_assert_true (g_file_set_contents (path, "of before", -1, NULL));
  leyden_rollouts_page_export (fixture.page, file, "no-such-format");
  test_wait_until (fixture.said->len > 0);
  g_assert_null (strstr (fixture.said->str, "written"));
  test_settle ();
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "of before");
  tear_down (&fixture);
}

/* --- the page of one --- */

static gboolean
shows_input (GtkWidget *page)
{
  g_autofree char *input = leyden_paged_text_dup_shown (LEYDEN_PAGED_TEXT (test_find (page, LEYDEN_TYPE_PAGED_TEXT, 0)));

  return input != NULL && strstr (input, "question") != NULL;
}

static void
test_page (void)
{
  Fixture fixture;
  GtkWidget *page;
  g_autofree char *item = NULL;

  if (!set_up (&fixture, 1280))
    return;
  item = g_strdup (get_text (&fixture, 0, "item"));
  leyden_rollouts_page_show (fixture.page, get_text (&fixture, 0, "rollout"));
  page = GTK_WIDGET (leyden_rollouts_page_get_page (fixture.page));
  test_wait_until (test_find_label (page, item) != NULL);
  /* The input as its flow knows it, and what came out. */
  test_wait_until (shows_input (page));
  g_assert_nonnull (test_find_button (page, "Open in the Debugger"));
  g_assert_nonnull (test_find_button (page, "Run Again"));
  leyden_rollout_page_show_part (LEYDEN_ROLLOUT_PAGE (page), "calls");
  test_wait_until (g_list_model_get_n_items (leyden_call_list_get_items (leyden_calls_page_get_list (LEYDEN_CALLS_PAGE (test_find (page, LEYDEN_TYPE_CALLS_PAGE, 0))))) > 0);
  leyden_rollout_page_show_part (LEYDEN_ROLLOUT_PAGE (page), "events");
  test_wait_until (g_list_model_get_n_items (G_LIST_MODEL (leyden_event_list_get_records (LEYDEN_EVENT_LIST (test_find (page, LEYDEN_TYPE_EVENT_LIST, 0))))) > 4);
  leyden_rollout_page_show_part (LEYDEN_ROLLOUT_PAGE (page), "overview");
  test_settle ();
  test_assert_reachable (page);
  test_picture (fixture.window, "rollout");
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "rollouts.back", NULL);
  g_assert_true (leyden_rollouts_page_is_list (fixture.page));
  tear_down (&fixture);
}

/* By keys alone: down, Return, Escape. */
static void
test_keys (void)
{
  Fixture fixture;

  if (!desktop_events_available ())
    {
      g_test_skip ("needs an X display and xdotool");
      return;
    }
  if (!set_up (&fixture, 1280))
    return;
  desktop_events_focus (GTK_WINDOW (fixture.window));
  leyden_rollout_table_focus (leyden_rollouts_page_get_table (fixture.page));
  desktop_events_key ("Down", "shift+Down", NULL);
  desktop_events_wait_until (test_shows (fixture.window, "2 selected"));
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (!leyden_rollouts_page_is_list (fixture.page));
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (leyden_rollouts_page_is_list (fixture.page));
  desktop_events_key ("ctrl+f", NULL);
  desktop_events_type ("a-0003");
  desktop_events_wait_until (count (&fixture) < 4);
  tear_down (&fixture);
}

static void
opened_cb (GPtrArray          *opened,
           LeydenRolloutEntry *entry)
{
  g_ptr_array_add (opened, g_strdup (leyden_rollout_entry_get_rollout (entry)));
}

static void
open_and_return (Fixture   *fixture,
                 GPtrArray *opened)
{
  guint n = opened->len;

  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (opened->len > n && !leyden_rollouts_page_is_list (fixture->page));
  desktop_events_key ("alt+Left", NULL);
  desktop_events_wait_until (leyden_rollouts_page_is_list (fixture->page));
}

/* Who comes back from one is where they were: Return opens it again, Down the next. */
static void
test_back (void)
{
  Fixture fixture;
  g_autoptr(GPtrArray) opened = g_ptr_array_new_with_free_func (g_free);
  LeydenRolloutTable *table;

  if (!desktop_events_available ())
    {
      g_test_skip ("needs an X display and xdotool");
      return;
    }
  if (!set_up (&fixture, 1280))
    return;
  table = leyden_rollouts_page_get_table (fixture.page);
  g_signal_connect_swapped (table, "activated", G_CALLBACK (opened_cb), opened);
  desktop_events_focus (GTK_WINDOW (fixture.window));
  leyden_rollout_table_focus (table);
  desktop_events_key ("Down", "Down", NULL);
  desktop_events_wait_until (test_shows (fixture.window, "1 selected"));
  open_and_return (&fixture, opened);
  open_and_return (&fixture, opened);
  g_assert_cmpstr (opened->pdata[1], ==, opened->pdata[0]);
  desktop_events_key ("Down", NULL);
  open_and_return (&fixture, opened);
  g_assert_cmpstr (opened->pdata[0], ==, get_text (&fixture, 2, "rollout"));
  g_assert_cmpstr (opened->pdata[2], ==, get_text (&fixture, 3, "rollout"));
  tear_down (&fixture);
}

static void
test_narrow (void)
{
  Fixture fixture;

  if (!set_up (&fixture, 360))
    return;
  g_assert_true (leyden_rollout_table_is_narrow (leyden_rollouts_page_get_table (fixture.page)));
  g_assert_cmpint (gtk_widget_get_width (fixture.window), <=, 360);
  test_assert_reachable (fixture.window);
  test_picture (fixture.window, "rollouts-narrow");
  leyden_rollouts_page_show (fixture.page, get_text (&fixture, 0, "rollout"));
  test_settle ();
  g_assert_cmpint (gtk_widget_get_width (fixture.window), <=, 360);
  tear_down (&fixture);
}

/* The box of the @nth card that is there. */
static GtkWidget *
find_check (Fixture *fixture,
            guint    nth)
{
  GtkWidget *check;

  for (guint i = 0, n = 0; (check = test_find (fixture->window, GTK_TYPE_CHECK_BUTTON, i)) != NULL; i++)
    if (gtk_widget_get_mapped (check) && gtk_widget_get_ancestor (check, GTK_TYPE_LIST_VIEW) != NULL && n++ == nth)
      return check;
  g_assert_not_reached ();
}

/* Cards are selected by their boxes and by keys; a click beside the box opens one. */
static void
test_cards (void)
{
  Fixture fixture;
  GtkWidget *check, *other;

  if (!desktop_events_available ())
    {
      g_test_skip ("needs an X display and xdotool");
      return;
    }
  if (!set_up (&fixture, 360))
    return;
  desktop_events_focus (GTK_WINDOW (fixture.window));
  check = find_check (&fixture, 0);
  other = find_check (&fixture, 1);
  desktop_events_click (check, gtk_widget_get_width (check) / 2.0, gtk_widget_get_height (check) / 2.0, 1, 1, NULL);
  desktop_events_click (other, gtk_widget_get_width (other) / 2.0, gtk_widget_get_height (other) / 2.0, 1, 1, NULL);
  desktop_events_wait_until (test_shows (fixture.window, "2 selected"));
  g_assert_true (leyden_rollouts_page_is_list (fixture.page));
  g_assert_cmpint (gtk_widget_get_width (fixture.window), <=, 360);
  test_picture (fixture.window, "rollouts-cards-selected");
  desktop_events_click (check, gtk_widget_get_width (check) / 2.0, gtk_widget_get_height (check) / 2.0, 1, 1, NULL);
  desktop_events_wait_until (test_shows (fixture.window, "1 selected"));

  leyden_rollout_table_unselect (leyden_rollouts_page_get_table (fixture.page));
  leyden_rollout_table_focus (leyden_rollouts_page_get_table (fixture.page));
  desktop_events_key ("ctrl+space", "ctrl+Down", "ctrl+space", NULL);
  desktop_events_wait_until (test_shows (fixture.window, "2 selected"));
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (!leyden_rollouts_page_is_list (fixture.page));
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (leyden_rollouts_page_is_list (fixture.page));

  leyden_rollout_table_unselect (leyden_rollouts_page_get_table (fixture.page));
  other = gtk_widget_get_parent (find_check (&fixture, 1));
  desktop_events_click (other, gtk_widget_get_width (other) / 2.0, gtk_widget_get_height (other) / 2.0, 1, 1, NULL);
  desktop_events_wait_until (!leyden_rollouts_page_is_list (fixture.page));
  g_assert_false (test_shows (fixture.window, "selected"));
  tear_down (&fixture);
}

/* --- a million --- */

static void
ask_cb (LeydenRolloutModel *model,
        guint               request,
        guint               offset,
        guint               limit,
        gpointer            data)
{
  (*(guint *) data)++;
}

static GtkWidget *
count_cells (GtkWidget *root,
             guint     *n)
{
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      *n += GTK_IS_INSCRIPTION (child);
      count_cells (child, n);
    }
  return root;
}

/* However far one jumps, a frame has the same work: the widgets are the same few, and of the places passed nothing is asked. */
static void
test_million (void)
{
  guint n_requests = 0, n_cells = 0, before = 0;
  g_autoptr(LeydenRolloutModel) model = leyden_rollout_model_new (ask_cb, &n_requests);
  GtkWidget *table = leyden_rollout_table_new (model), *window = test_window (table, 1280, 700);
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (test_find (table, GTK_TYPE_COLUMN_VIEW, 0)));

  leyden_rollout_model_reset (model, 1000000, NULL);
  test_settle ();
  count_cells (table, &before);
  for (guint i = 0; i < 40; i++)
    {
      gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) * ((i * 7) % 40) / 40);
      test_iterate ();
      gtk_test_widget_wait_for_draw (table);
    }
  test_settle ();
  n_cells = 0;
  count_cells (table, &n_cells);
  g_assert_cmpuint (n_cells, <=, 205 * 31);
  g_assert_cmpuint (n_requests, ==, 1);
  g_assert_cmpuint (leyden_rollout_model_get_n_kept (model), ==, 0);
  leyden_rollout_model_close (model);
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

int
main (int    argc,
      char **argv)
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/rollouts/table", test_table);
  g_test_add_func ("/rollouts/sort", test_sort);
  g_test_add_func ("/rollouts/columns", test_columns);
  g_test_add_func ("/rollouts/filter", test_filter);
  g_test_add_func ("/rollouts/filter-away", test_filter_away);
  g_test_add_func ("/rollouts/filter-line", test_filter_line);
  g_test_add_func ("/rollouts/filter-refused", test_filter_refused);
  g_test_add_func ("/rollouts/live", test_live);
  g_test_add_func ("/rollouts/delete", test_delete);
  g_test_add_func ("/rollouts/retry", test_retry);
  g_test_add_func ("/rollouts/retry-traced", test_retry_traced);
  g_test_add_func ("/rollouts/retry-one", test_retry_one);
  g_test_add_func ("/rollouts/collect", test_collect);
  g_test_add_func ("/rollouts/export", test_export);
  g_test_add_func ("/rollouts/export-refused", test_export_refused);
  g_test_add_func ("/rollouts/page", test_page);
  g_test_add_func ("/rollouts/keys", test_keys);
  g_test_add_func ("/rollouts/back", test_back);
  g_test_add_func ("/rollouts/narrow", test_narrow);
  g_test_add_func ("/rollouts/widths", test_widths);
  g_test_add_func ("/rollouts/cards", test_cards);
  g_test_add_func ("/rollouts/million", test_million);
  return g_test_run ();
}
