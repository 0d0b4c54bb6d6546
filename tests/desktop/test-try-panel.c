/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-helpers.h"
#include "leyden-cache-row.h"
#include "leyden-dataset-append.h"
#include "leyden-split-box.h"
#include "leyden-steps-view.h"
#include "leyden-try-form.h"
#include "leyden-try-panel.h"

#define QUESTION "Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?"

typedef struct
{
  GtkWidget      *window;
  GtkWidget      *panel;
  LeydenDocument *document;
  LeydenValue    *statuses;
  char           *shown_node;
} Panel;

static void
statuses_cb (Panel       *panel,
             LeydenValue *statuses)
{
  g_clear_pointer (&panel->statuses, leyden_value_unref);
  panel->statuses = statuses != NULL ? leyden_value_ref (statuses) : NULL;
}

static void
show_node_cb (Panel      *panel,
              const char *id)
{
  g_free (panel->shown_node);
  panel->shown_node = g_strdup (id);
}

static void
panel_open (Panel          *panel,
            LeydenDocument *document,
            int             width)
{
  panel->document = document;
  panel->panel = leyden_try_panel_new ();
  g_signal_connect_swapped (panel->panel, "node-statuses", G_CALLBACK (statuses_cb), panel);
  g_signal_connect_swapped (panel->panel, "show-node", G_CALLBACK (show_node_cb), panel);
  g_object_set (panel->panel, "document", document, NULL);
  panel->window = test_window (panel->panel, width, width < 500 ? 900 : 520);
  /* The same questions are asked again and again, and shall run. */
  leyden_cache_row_set_reuse (LEYDEN_CACHE_ROW (test_find (panel->panel, LEYDEN_TYPE_CACHE_ROW, 0)), FALSE);
}

static void
panel_close (Panel *panel)
{
  gpointer watched = panel->document;

  gtk_window_destroy (GTK_WINDOW (panel->window));
  test_settle ();
  leyden_document_close (panel->document, TRUE);
  /* A request that is given up may still hold it for a moment. */
  g_object_add_weak_pointer (watched, &watched);
  g_object_unref (panel->document);
  test_wait_until (watched == NULL);
  g_clear_pointer (&panel->statuses, leyden_value_unref);
  g_clear_pointer (&panel->shown_node, g_free);
}

static void
panel_ask (Panel      *panel,
           const char *question)
{
  g_autoptr(LeydenValue) value = leyden_value_new_string (question, -1);

  leyden_try_panel_set_value (LEYDEN_TRY_PANEL (panel->panel), "question", value);
  leyden_try_panel_start (LEYDEN_TRY_PANEL (panel->panel));
}

static gboolean
is_status (Panel      *panel,
           const char *node,
           const char *state)
{
  return g_strcmp0 (leyden_value_get_member_string (leyden_value_get_member (panel->statuses, node), "state", NULL), state) == 0;
}

static void
test_form (void)
{
  Panel panel = { 0 };

  panel_open (&panel, test_sample (), 1000);
  test_assert_reachable (panel.panel);
  test_picture (panel.window, "try-empty");
  /* The question is needed. */
  leyden_try_panel_start (LEYDEN_TRY_PANEL (panel.panel));
  g_assert_true (test_shows (panel.panel, "is needed"));
  test_picture (panel.window, "try-missing");
  panel_close (&panel);
}

/* --- without a backend --- */

static LeydenValue *
input_of (GtkWidget  *form,
          char      **message)
{
  return leyden_try_form_get_input (LEYDEN_TRY_FORM (form), NULL, message);
}

static void
test_fields (void)
{
  GtkWidget *form = leyden_try_form_new ();
  GtkWidget *window = test_window (form, 320, 500);
  g_autoptr(LeydenValue) fields = test_value ("[{\"name\": \"n\", \"type\": \"number\", \"default\": 2.5, \"required\": true},"
                                              " {\"name\": \"text\", \"type\": \"text\"}, {\"name\": \"list\", \"type\": \"list\"},"
                                              " {\"name\": \"answer\", \"type\": \"number\", \"role\": \"expected\"},"
                                              " {\"name\": \"row\", \"role\": \"id\"}]");
  g_autoptr(LeydenValue) first = NULL, second = NULL;
  g_autofree char *message = NULL;

  leyden_try_form_set_fields (LEYDEN_TRY_FORM (form), fields, FALSE);
  test_settle ();
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (test_find (form, GTK_TYPE_ENTRY, 0))), ==, "2.5");
  first = input_of (form, &message);
  test_assert_value (first, "{\"n\": 2.5}");
  test_type (test_find (form, GTK_TYPE_ENTRY, 0), "x");
  g_assert_null (input_of (form, &message));
  g_assert_true (strstr (message, "number") != NULL);
  gtk_editable_set_text (GTK_EDITABLE (test_find (form, GTK_TYPE_ENTRY, 0)), "7");
  test_type (test_find (form, GTK_TYPE_TEXT_VIEW, 0), "12");
  test_type (test_find (form, GTK_TYPE_TEXT_VIEW, 1), "[1]");
  test_type (test_find (form, GTK_TYPE_ENTRY, 1), "9");
  second = input_of (form, &message);
  test_assert_value (second, "{\"n\": 7, \"text\": \"12\", \"list\": [1], \"answer\": 9}");
  test_type (test_find (form, GTK_TYPE_TEXT_VIEW, 1), "[");
  g_clear_pointer (&message, g_free);
  g_assert_null (input_of (form, &message));
  g_assert_nonnull (message);
  test_assert_reachable (form);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A boolean field is a switch. Untouched and without a default it says nothing, unless something must be said. */
static void
test_switches (void)
{
  GtkWidget *form = leyden_try_form_new ();
  GtkWidget *window = test_window (form, 320, 500);
  g_autoptr(LeydenValue) fields = test_value ("[{\"name\": \"a\", \"type\": \"boolean\"},"
                                              " {\"name\": \"b\", \"type\": \"boolean\", \"required\": true},"
                                              " {\"name\": \"c\", \"type\": \"boolean\", \"default\": true}]");
  g_autoptr(LeydenValue) first = NULL, second = NULL, third = NULL;
  g_autoptr(LeydenValue) off = leyden_value_new_boolean (FALSE);
  g_autofree char *message = NULL;

  leyden_try_form_set_fields (LEYDEN_TRY_FORM (form), fields, FALSE);
  test_settle ();
  g_assert_false (gtk_switch_get_active (GTK_SWITCH (test_find (form, GTK_TYPE_SWITCH, 0))));
  g_assert_true (gtk_switch_get_active (GTK_SWITCH (test_find (form, GTK_TYPE_SWITCH, 2))));
  first = input_of (form, &message);
  test_assert_value (first, "{\"b\": false, \"c\": true}");
  gtk_switch_set_active (GTK_SWITCH (test_find (form, GTK_TYPE_SWITCH, 0)), TRUE);
  gtk_switch_set_active (GTK_SWITCH (test_find (form, GTK_TYPE_SWITCH, 2)), FALSE);
  second = input_of (form, &message);
  test_assert_value (second, "{\"a\": true, \"b\": false, \"c\": false}");
  leyden_try_form_set_value (LEYDEN_TRY_FORM (form), "a", off);
  g_assert_false (gtk_switch_get_active (GTK_SWITCH (test_find (form, GTK_TYPE_SWITCH, 0))));
  third = input_of (form, &message);
  test_assert_value (third, "{\"a\": false, \"b\": false, \"c\": false}");
  test_picture (window, "try-switches");
  test_assert_reachable (form);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Nothing to try: the button is not to be pressed, and the reason stands beside it. */
static void
test_empty_flow (void)
{
  Panel panel = { 0 };
  GtkWidget *button = NULL;

  panel_open (&panel, test_document ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [], \"edges\": []}"), 1000);
  for (guint i = 0; button == NULL || g_strcmp0 (gtk_button_get_label (GTK_BUTTON (button)), "Try") != 0; i++)
    button = test_find (panel.panel, GTK_TYPE_BUTTON, i);
  g_assert_false (gtk_widget_get_sensitive (button));
  g_assert_true (test_shows (panel.panel, "The flow is empty"));
  test_picture (panel.window, "try-empty-flow");
  panel_close (&panel);
}

static void
test_make_row (void)
{
  g_autoptr(LeydenDocument) document = test_sample ();
  LeydenFlow *flow = leyden_document_get_flow (document);
  g_autoptr(LeydenValue) input = test_value ("{\"question\": \"1 + 1?\"}");
  g_autoptr(LeydenValue) full = test_value ("{\"question\": \"1 + 1?\", \"answer\": \"2\"}");
  g_autoptr(LeydenValue) result = test_value ("{\"answer\": 3}");
  g_autoptr(LeydenValue) many = test_value ("{\"answer\": 3, \"why\": \"so\"}");
  g_autoptr(LeydenValue) first = leyden_dataset_append_make_row (flow, input, result);
  g_autoptr(LeydenValue) second = leyden_dataset_append_make_row (flow, full, result);
  g_autoptr(LeydenValue) third = leyden_dataset_append_make_row (flow, input, many);
  g_autoptr(LeydenValue) fourth = leyden_dataset_append_make_row (NULL, NULL, NULL);

  test_assert_value (first, "{\"question\": \"1 + 1?\", \"answer\": 3}");
  test_assert_value (second, "{\"question\": \"1 + 1?\", \"answer\": \"2\"}");
  test_assert_value (third, "{\"question\": \"1 + 1?\", \"answer\": {\"answer\": 3, \"why\": \"so\"}}");
  test_assert_value (fourth, "{}");
  leyden_document_close (document, TRUE);
}

static void
appended_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  GError **error = data;

  g_assert_null (*error);
  if (leyden_dataset_append_finish (result, error))
    *error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_EXISTS, "appended");
}

static gboolean
append (GFile       *file,
        LeydenValue *row,
        gboolean     create)
{
  g_autoptr(GError) error = NULL;

  leyden_dataset_append_async (file, row, create, NULL, appended_cb, &error);
  test_wait_until (error != NULL);
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
}

static void
test_append (void)
{
  static const struct
  {
    const char *before;         /* NULL: no file */
    gboolean    create;
    const char *after;          /* NULL: refused */
  } cases[] = {
    { NULL, TRUE, "{\"a\":1}\n" },
    { "{\"b\":2}\n", TRUE, "{\"a\":1}\n" },
    { "{\"b\":2}\n", FALSE, "{\"b\":2}\n{\"a\":1}\n" },
    { "{\"b\":2}", FALSE, "{\"b\":2}\n{\"a\":1}\n" },
    { "", FALSE, "{\"a\":1}\n" },
    { "a,b\n1,2\n", FALSE, NULL },
    { NULL, FALSE, NULL },
  };
  g_autofree char *path = g_build_filename (test_desktop_folder (), "append.jsonl", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(LeydenValue) row = test_value ("{\"a\": 1}");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = NULL;

      g_file_delete (file, NULL, NULL);
      if (cases[i].before != NULL)
        g_assert_true (g_file_set_contents (path, cases[i].before, -1, NULL));
      g_assert_true (append (file, row, cases[i].create) == (cases[i].after != NULL));
      g_file_get_contents (path, &text, NULL, NULL);
      g_assert_cmpstr (text, ==, cases[i].after != NULL ? cases[i].after : cases[i].before);
    }
}

static void
test_format (void)
{
  static const struct
  {
    double      ms;
    const char *text;
  } cases[] = {
    { -1, "–" }, { 0, "< 1 ms" }, { 0.4, "< 1 ms" }, { 1, "1 ms" }, { 999.4, "999 ms" }, { 999.6, "1.0 s" }, { 59900, "59.9 s" },
    { 59960, "1 min 0 s" }, { 125000, "2 min 5 s" }, { 3600000, "1 h 0 min" }, { 5430000, "1 h 30 min" }, { 1e300 * 1e300, "–" },
  };
  g_autoptr(LeydenValue) list = test_value ("[1, {\"a\": \"b\"}]"), empty = test_value ("\"\""), text = test_value ("\"<b>a\\nb\"");
  g_autofree char *list_text = leyden_format_value (list, 100), *empty_text = leyden_format_value (empty, 100);
  g_autofree char *plain = leyden_format_value (text, 100), *cut = leyden_format_value (list, 3);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *have = leyden_format_duration (cases[i].ms);

      g_assert_cmpstr (have, ==, cases[i].text);
    }
  g_assert_true (strstr (list_text, "\"a\": \"b\"") != NULL);
  g_assert_cmpstr (empty_text, ==, "(empty text)");
  g_assert_cmpstr (plain, ==, "<b>a\nb");
  g_assert_cmpint (g_utf8_strlen (cut, -1), <=, 4);
  g_assert_cmpstr (leyden_state_title ("succeeded"), ==, "Succeeded");
  g_assert_cmpstr (leyden_state_title ("of-tomorrow"), ==, "of-tomorrow");
  g_assert_nonnull (leyden_state_icon ("of-tomorrow"));
}

/* The rows in their order: parts below their node, what was skipped where it was skipped; they stay the same widgets. */
static void
test_steps (void)
{
  GtkWidget *steps = leyden_steps_view_new ();
  GtkWidget *window = test_window (steps, 500, 700);
  g_autoptr(LeydenDocument) document = test_sample ();
  g_autoptr(LeydenValue) first =
    test_value ("{\"nodes\": {\"question\": {\"state\": \"succeeded\", \"started\": 10, \"finished\": 11, \"outputs\": {\"question\": \"1 + 1?\"}},"
                " \"solveagt\": {\"state\": \"running\", \"started\": 20, \"inputs\": {\"prompt\": [\"question\", \"question\"]}},"
                " \"solveagt#1\": {\"state\": \"running\", \"calls\": [{\"kind\": \"model\", \"started\": 21}]},"
                " \"exanswer\": {\"state\": \"pending\"}}}");
  g_autoptr(LeydenValue) second =
    test_value ("{\"nodes\": {\"question\": {\"state\": \"succeeded\", \"started\": 10, \"finished\": 11, \"outputs\": {\"question\": \"1 + 1?\"}},"
                " \"solveagt\": {\"state\": \"failed\", \"started\": 20, \"finished\": 40, \"error\": {\"message\": \"<b>no</b>\"},"
                "  \"inputs\": {\"prompt\": [\"question\", \"question\"]}},"
                " \"solveagt#2\": {\"state\": \"failed\", \"calls\": [{\"kind\": \"model\", \"started\": 31, \"error\": {\"message\": \"broken\"}}]},"
                " \"solveagt#1\": {\"state\": \"succeeded\", \"calls\": [{\"kind\": \"model\", \"started\": 21, \"finished\": 25,"
                "  \"answer\": {\"message\": {\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"function\": {\"name\": \"calculator\","
                "  \"arguments\": \"1+1\"}}]}}}]},"
                " \"solveagt#1/calctool\": {\"state\": \"succeeded\", \"calls\": [{\"kind\": \"tool\", \"started\": 26, \"finished\": 27,"
                "  \"request\": {\"arguments\": {\"expression\": \"1+1\"}}, \"answer\": {\"content\": \"2\"}}]},"
                " \"exanswer\": {\"state\": \"skipped\", \"finished\": 41}}}");
  static const char * const titles[] = { "Solver", "Turn 1", "Calculator", "Turn 2", "Final answer" };
  GtkWidget *agent;

  leyden_steps_view_set_state (LEYDEN_STEPS_VIEW (steps), leyden_document_get_flow (document), first);
  agent = test_find (steps, ADW_TYPE_EXPANDER_ROW, 1);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (agent), TRUE);
  test_settle ();
  g_assert_true (test_shows (agent, "1 + 1?"));
  leyden_steps_view_set_state (LEYDEN_STEPS_VIEW (steps), leyden_document_get_flow (document), second);
  test_settle ();
  g_assert_true (test_find (steps, ADW_TYPE_EXPANDER_ROW, 1) == agent);
  g_assert_true (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (agent)));
  g_assert_true (test_shows (agent, "<b>no</b>"));
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (test_find (steps, ADW_TYPE_EXPANDER_ROW, i + 1))), ==, titles[i]);
  for (guint i = 0; test_find (steps, ADW_TYPE_EXPANDER_ROW, i) != NULL; i++)
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (test_find (steps, ADW_TYPE_EXPANDER_ROW, i)), TRUE);
  test_settle ();
  g_assert_true (test_shows (steps, "Model calls calculator"));
  g_assert_true (test_shows (steps, "broken"));
  g_assert_true (test_shows (steps, "Returned"));
  test_picture (window, "steps");
  leyden_steps_view_set_state (LEYDEN_STEPS_VIEW (steps), NULL, NULL);
  g_assert_null (test_find (steps, ADW_TYPE_EXPANDER_ROW, 0));
  gtk_window_destroy (GTK_WINDOW (window));
  leyden_document_close (document, TRUE);
}

/* Side by side where there is room, mirrored for right-to-left, else below each other. */
static void
test_split_box (void)
{
  GtkWidget *start = gtk_button_new_with_label ("Start"), *end = gtk_button_new_with_label ("End");
  GtkWidget *box = leyden_split_box_new (start, end, 200, 500);
  GtkWidget *window = test_window (box, 700, 300);
  graphene_rect_t a, b;

  gtk_widget_set_direction (box, GTK_TEXT_DIR_LTR);
  test_settle ();
  g_assert_true (gtk_widget_compute_bounds (start, box, &a) && gtk_widget_compute_bounds (end, box, &b));
  g_assert_cmpfloat (a.origin.x, <, 1);
  g_assert_cmpfloat (a.size.width, ==, 200);
  g_assert_cmpfloat (b.origin.x, >=, 200);
  g_assert_cmpfloat (a.origin.y, ==, b.origin.y);
  gtk_widget_set_direction (box, GTK_TEXT_DIR_RTL);
  gtk_widget_queue_allocate (box);
  test_settle ();
  g_assert_true (gtk_widget_compute_bounds (start, box, &a) && gtk_widget_compute_bounds (end, box, &b));
  g_assert_cmpfloat (a.origin.x, >, b.origin.x);
  g_assert_cmpfloat (b.origin.x, <, 1);
  gtk_window_destroy (GTK_WINDOW (window));

  start = gtk_button_new_with_label ("Start");
  end = gtk_button_new_with_label ("End");
  box = leyden_split_box_new (start, end, 200, 500);
  window = test_window (box, 360, 300);
  g_assert_true (gtk_widget_compute_bounds (start, box, &a) && gtk_widget_compute_bounds (end, box, &b));
  g_assert_cmpfloat (b.origin.y, >=, a.origin.y + a.size.height);
  g_assert_cmpfloat (a.size.width, ==, b.size.width);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* --- with `leydenctl serve` --- */

static gboolean
is_done (Panel *panel)
{
  return test_shows (panel->panel, "Data-Set Row") || test_shows (panel->panel, "Add to ");
}

static LeydenValue *
last_rollout (void)
{
  g_autoptr(LeydenValue) runs = test_backend_get ("/leyden/v1/runs");
  const char *run = leyden_value_get_member_string (leyden_value_get_item (leyden_value_get_member (runs, "runs"), 0), "run", "");
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", run);
  g_autoptr(LeydenValue) rollouts = test_backend_get (path);

  return leyden_value_ref (leyden_value_get_item (leyden_value_get_member (rollouts, "rollouts"), 0));
}

static void
test_try (void)
{
  Panel panel = { 0 };
  g_autofree char *file_path = g_build_filename (test_desktop_folder (), "rows.jsonl", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (file_path);
  g_autofree char *text = NULL;
  g_autofree char *events_path = NULL;
  g_autofree char *events_text = NULL;
  g_autoptr(LeydenValue) rollout = NULL, events = NULL;
  GtkWidget *steps, *row;

  panel_open (&panel, test_sample (), 1000);
  panel_ask (&panel, QUESTION);
  test_wait_until (is_status (&panel, "solveagt", "running"));
  g_assert_nonnull (test_find_button (panel.panel, "Stop"));
  test_wait_until (test_find (panel.panel, ADW_TYPE_EXPANDER_ROW, 2) != NULL);
  test_picture (panel.window, "try-running");
  test_wait_until (is_done (&panel));
  g_assert_true (is_status (&panel, "prompter", "succeeded"));
  g_assert_true (is_status (&panel, "solveagt", "succeeded"));
  g_assert_null (leyden_value_get_member (panel.statuses, "solveagt#1"));
  g_assert_true (test_shows (panel.panel, "Simulated"));
  g_assert_true (test_shows (panel.panel, "tokens"));
  test_wait_until (test_find_button (panel.panel, "Try") != NULL);
  test_picture (panel.window, "try-done");

  steps = test_find (panel.panel, LEYDEN_TYPE_STEPS_VIEW, 0);
  row = test_find (steps, ADW_TYPE_EXPANDER_ROW, 2);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  test_settle ();
  g_assert_true (test_shows (row, "47 cookies"));
  test_picture (panel.window, "try-steps");
  test_assert_reachable (panel.panel);

  /* A thumb is a reward. */
  g_signal_emit_by_name (test_find_icon_button (panel.panel, "leyden-thumb-up-symbolic"), "clicked");
  test_wait_until (test_shows (panel.panel, "reward of this rollout"));
  rollout = last_rollout ();
  events_path = g_strdup_printf ("/leyden/v1/rollouts/%s/events", leyden_value_get_member_string (rollout, "rollout", ""));
  events = test_backend_get (events_path);
  events_text = test_text (events);
  g_assert_nonnull (strstr (events_text, "\"human\""));

  /* A row goes to the file that is known, and the panel says so. */
  g_assert_true (append (file, rollout, TRUE));
  leyden_dataset_append_set_file (leyden_document_get_flow (panel.document), file);
  g_signal_emit_by_name (test_find (panel.panel, ADW_TYPE_SPLIT_BUTTON, 0), "clicked");
  test_wait_until (test_shows (panel.panel, "Added to rows.jsonl"));
  g_assert_true (g_file_get_contents (file_path, &text, NULL, NULL));
  g_assert_nonnull (strstr (strchr (text, '\n'), "\"question\":\"Pavel bakes 47"));
  g_assert_true (test_shows (panel.panel, "Add to rows.jsonl"));
  test_picture (panel.window, "try-added");
  panel_close (&panel);
}

static void
test_unknown_question (void)
{
  Panel panel = { 0 };

  panel_open (&panel, test_sample (), 1000);
  panel_ask (&panel, "Who was Leyden?");
  test_wait_until (is_done (&panel));
  test_wait_until (test_shows (panel.panel, "only knows the samples"));
  g_assert_nonnull (test_find_button (panel.panel, "Find Models"));
  test_picture (panel.window, "try-unknown");
  panel_close (&panel);
}

static void
test_cancel (void)
{
  Panel panel = { 0 };

  panel_open (&panel, test_sample (), 1000);
  panel_ask (&panel, QUESTION);
  test_wait_until (is_status (&panel, "solveagt", "running"));
  g_signal_emit_by_name (test_find_button (panel.panel, "Stop"), "clicked");
  test_wait_until (test_shows (panel.panel, "Cancelled"));
  test_wait_until (test_find_button (panel.panel, "Try") != NULL);
  test_picture (panel.window, "try-cancelled");
  panel_close (&panel);
}

static const char * const chat_flow =
  "{\"leyden\": 1, \"id\": \"chat\", \"title\": \"Chat\", \"nodes\": ["
  " {\"id\": \"inputnod\", \"type\": \"input\", \"parameters\": {\"mode\": \"chat\", \"fields\": [{\"name\": \"message\", \"type\": \"text\","
  "  \"required\": true}, {\"name\": \"before\", \"type\": \"messages\"}]}},"
  " {\"id\": \"modelnod\", \"type\": \"chat\", \"parameters\": {}},"
  " {\"id\": \"outputnd\", \"type\": \"output\", \"parameters\": {\"fields\": [{\"name\": \"reply\", \"type\": \"text\"}]}}],"
  " \"edges\": [{\"id\": \"edgeaaaa\", \"source\": \"inputnod\", \"source_port\": \"message\", \"target\": \"modelnod\", \"target_port\": \"prompt\"},"
  " {\"id\": \"edgebbbb\", \"source\": \"inputnod\", \"source_port\": \"before\", \"target\": \"modelnod\", \"target_port\": \"messages\"},"
  " {\"id\": \"edgecccc\", \"source\": \"modelnod\", \"source_port\": \"text\", \"target\": \"outputnd\", \"target_port\": \"reply\"}]}";

static guint
count_bubbles (Panel *panel)
{
  guint n = 0;

  for (guint i = 0; test_find (panel->panel, GTK_TYPE_LABEL, i) != NULL; i++)
    if (gtk_widget_has_css_class (test_find (panel->panel, GTK_TYPE_LABEL, i), "bubble"))
      n++;
  return n;
}

static void
chat_say (Panel      *panel,
          const char *text)
{
  GtkWidget *entry = test_find (panel->panel, GTK_TYPE_ENTRY, 0);

  test_type (entry, text);
  g_signal_emit_by_name (entry, "activate");
}

/* Two turns: the second one sees the first. */
static void
test_chat (void)
{
  Panel panel = { 0 };
  g_autoptr(LeydenValue) rollout = NULL, state = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;

  panel_open (&panel, test_document (chat_flow), 1000);
  chat_say (&panel, QUESTION);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (test_find (panel.panel, GTK_TYPE_ENTRY, 0))), ==, "");
  g_assert_cmpuint (count_bubbles (&panel), ==, 1);
  test_wait_until (count_bubbles (&panel) == 2);
  test_wait_until (test_find_button (panel.panel, "Send") != NULL);
  chat_say (&panel, "Mia buys 3 pens at $2 each and a book for $7. How much does she pay?");
  test_wait_until (count_bubbles (&panel) == 4);
  test_picture (panel.window, "try-chat");
  rollout = last_rollout ();
  path = g_strdup_printf ("/leyden/v1/rollouts/%s", leyden_value_get_member_string (rollout, "rollout", ""));
  state = test_backend_get (path);
  text = test_text (leyden_value_lookup_pointer (state, "/state/nodes/inputnod/outputs/before"));
  g_assert_nonnull (strstr (text, "47 cookies"));
  g_assert_nonnull (strstr (text, "\"assistant\""));
  test_wait_until (test_find_button (panel.panel, "New Chat") != NULL);
  test_assert_reachable (panel.panel);
  g_signal_emit_by_name (test_find_button (panel.panel, "New Chat"), "clicked");
  g_assert_cmpuint (count_bubbles (&panel), ==, 0);
  panel_close (&panel);
}

static const char * const asking_flow =
  "{\"leyden\": 1, \"id\": \"asking\", \"title\": \"Asking\", \"nodes\": ["
  " {\"id\": \"inputnod\", \"type\": \"input\", \"parameters\": {}},"
  " {\"id\": \"personno\", \"type\": \"human\", \"title\": \"Check <b>it\", \"parameters\": {\"question\": \"Is {{ text }} right?\","
  "  \"fields\": [{\"name\": \"verdict\", \"type\": \"text\", \"title\": \"Verdict\", \"required\": true}]}},"
  " {\"id\": \"outputnd\", \"type\": \"output\", \"parameters\": {\"fields\": [{\"name\": \"verdict\"}]}}],"
  " \"edges\": [{\"id\": \"edgeaaaa\", \"source\": \"inputnod\", \"source_port\": \"question\", \"target\": \"personno\", \"target_port\": \"text\"},"
  " {\"id\": \"edgebbbb\", \"source\": \"personno\", \"source_port\": \"verdict\", \"target\": \"outputnd\", \"target_port\": \"verdict\"}]}";

/* A question to a person shows as a card with its form; without what is required it is not sent. */
static void
test_question (void)
{
  Panel panel = { 0 };
  GtkWidget *button, *entry;

  panel_open (&panel, test_document (asking_flow), 1000);
  panel_ask (&panel, "seven");
  test_wait_until (test_find_button (panel.panel, "Send Answer") != NULL);
  button = test_find_button (panel.panel, "Send Answer");
  g_assert_nonnull (test_find_label (panel.panel, "Is seven right?"));
  g_assert_nonnull (test_find_label (panel.panel, "Check <b>it"));
  test_picture (panel.window, "try-question");
  g_signal_emit_by_name (button, "clicked");
  g_assert_nonnull (test_find_label (panel.panel, "Verdict is needed."));
  entry = test_find (panel.panel, GTK_TYPE_TEXT_VIEW, 1);
  g_assert_nonnull (entry);
  test_type (entry, "quite so");
  g_signal_emit_by_name (button, "clicked");
  test_wait_until (is_done (&panel));
  g_assert_null (test_find_button (panel.panel, "Send Answer"));
  g_assert_nonnull (test_find_label (panel.panel, "quite so"));
  panel_close (&panel);
}

static void
test_several_outputs (void)
{
  Panel panel = { 0 };

  panel_open (&panel,
              test_document ("{\"leyden\": 1, \"id\": \"several\", \"title\": \"Several\", \"nodes\": ["
                             " {\"id\": \"inputnod\", \"type\": \"input\", \"parameters\": {}},"
                             " {\"id\": \"transfor\", \"type\": \"transform\", \"parameters\": {\"expression\": \"length(value)\"}},"
                             " {\"id\": \"outputnd\", \"type\": \"output\", \"parameters\": {\"fields\": [{\"name\": \"text\"}, {\"name\": \"length\"},"
                             "  {\"name\": \"<b>unused\"}]}}],"
                             " \"edges\": [{\"id\": \"edgeaaaa\", \"source\": \"inputnod\", \"source_port\": \"question\", \"target\": \"transfor\","
                             "  \"target_port\": \"value\"}, {\"id\": \"edgebbbb\", \"source\": \"inputnod\", \"source_port\": \"question\","
                             "  \"target\": \"outputnd\", \"target_port\": \"text\"}, {\"id\": \"edgecccc\", \"source\": \"transfor\","
                             "  \"source_port\": \"result\", \"target\": \"outputnd\", \"target_port\": \"length\"}]}"),
              1000);
  panel_ask (&panel, "abc");
  test_wait_until (is_done (&panel));
  g_assert_nonnull (test_find_label (panel.panel, "text"));
  g_assert_nonnull (test_find_label (panel.panel, "abc"));
  g_assert_nonnull (test_find_label (panel.panel, "length"));
  g_assert_nonnull (test_find_label (panel.panel, "3"));
  test_picture (panel.window, "try-several");
  panel_close (&panel);
}

/* A flow that cannot run says why. */
static void
test_refused (void)
{
  Panel panel = { 0 };

  panel_open (&panel,
              test_document ("{\"leyden\": 1, \"id\": \"broken\", \"nodes\": [{\"id\": \"inputnod\", \"type\": \"input\"},"
                             " {\"id\": \"modelnod\", \"type\": \"chat\"}], \"edges\": []}"),
              1000);
  panel_ask (&panel, "abc");
  test_wait_until (test_shows (panel.panel, "Model call") || is_done (&panel));
  test_picture (panel.window, "try-refused");
  g_assert_nonnull (test_find_button (panel.panel, "Try"));
  panel_close (&panel);
}

/* Another document comes while one is being tried, and the panel goes while one is being tried. */
static void
test_left_alone (void)
{
  Panel panel = { 0 };
  g_autoptr(LeydenDocument) other = test_sample ();

  panel_open (&panel, test_sample (), 1000);
  panel_ask (&panel, QUESTION);
  test_wait_until (is_status (&panel, "prompter", "succeeded"));
  g_object_set (panel.panel, "document", other, NULL);
  g_assert_true (test_shows (panel.panel, "The answer appears here"));
  panel_ask (&panel, QUESTION);
  g_object_set (panel.panel, "document", NULL, NULL);
  test_settle ();
  g_object_set (panel.panel, "document", panel.document, NULL);
  panel_ask (&panel, QUESTION);
  panel_close (&panel);
  test_settle ();
  leyden_document_close (other, TRUE);
}

static gboolean
shows_answer (Panel *panel)
{
  GtkWidget *label;

  for (guint i = 0; (label = test_find (panel->panel, GTK_TYPE_LABEL, i)) != NULL; i++)
    if (gtk_widget_has_css_class (label, "answer") && gtk_widget_get_visible (label) && *gtk_label_get_text (GTK_LABEL (label)) != '\0')
      return TRUE;
  return FALSE;
}

static void
test_show_rollout (void)
{
  Panel panel = { 0 };
  g_autoptr(LeydenValue) rollout = NULL;
  g_autofree char *path = g_build_filename (test_desktop_folder (), "shown.jsonl", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(LeydenValue) empty = test_value ("{}");
  g_autofree char *text = NULL;

  panel_open (&panel, test_sample (), 360);
  panel_ask (&panel, QUESTION);
  test_wait_until (is_done (&panel));
  rollout = last_rollout ();
  g_object_set (panel.panel, "document", NULL, NULL);
  g_object_set (panel.panel, "document", panel.document, NULL);
  leyden_try_panel_show_rollout (LEYDEN_TRY_PANEL (panel.panel), leyden_value_get_member_string (rollout, "rollout", ""));
  test_wait_until (is_done (&panel));
  g_assert_true (is_status (&panel, "solveagt", "succeeded"));
  g_assert_true (shows_answer (&panel));
  test_picture (panel.window, "try-narrow");
  /* Its input is known from its log. */
  g_assert_true (append (file, empty, TRUE));
  leyden_dataset_append_set_file (leyden_document_get_flow (panel.document), file);
  g_signal_emit_by_name (test_find (panel.panel, ADW_TYPE_SPLIT_BUTTON, 0), "clicked");
  test_wait_until (test_shows (panel.panel, "Added to shown.jsonl"));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "47 cookies"));
  leyden_try_panel_show_rollout (LEYDEN_TRY_PANEL (panel.panel), "never-was");
  test_wait_until (test_shows (panel.panel, "never-was") || test_shows (panel.panel, "not"));
  panel_close (&panel);
}

/* The backend dies in the middle: the rollout goes on in the next one, and the panel shows its end. */
static void
test_killed (void)
{
  Panel panel = { 0 };
  GPid pid = test_backend_pid ();

  panel_open (&panel, test_sample (), 1000);
  panel_ask (&panel, QUESTION);
  test_wait_until (is_status (&panel, "solveagt", "running"));
  test_backend_kill ();
  test_wait_until (is_done (&panel));
  g_assert_cmpint (test_backend_pid (), !=, pid);
  g_assert_true (is_status (&panel, "solveagt", "succeeded"));
  test_picture (panel.window, "try-resumed");
  panel_close (&panel);
}

/* As low as the panel is in a window of 1280 × 800. */
static void
test_low (void)
{
  Panel panel = { 0 };

  panel.document = test_sample ();
  panel.panel = leyden_try_panel_new ();
  g_object_set (panel.panel, "document", panel.document, NULL);
  panel.window = test_window (panel.panel, 1030, 250);
  test_assert_form_scrolls (panel.panel);
  test_picture (panel.window, "try-low");
  panel_close (&panel);
}

int
main (int    argc,
      char **argv)
{
  int status;

  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/try-panel/form", test_form);
  g_test_add_func ("/try-panel/low", test_low);
  g_test_add_func ("/try-panel/switches", test_switches);
  g_test_add_func ("/try-panel/empty-flow", test_empty_flow);
  g_test_add_func ("/try-panel/fields", test_fields);
  g_test_add_func ("/try-panel/make-row", test_make_row);
  g_test_add_func ("/try-panel/append", test_append);
  g_test_add_func ("/try-panel/format", test_format);
  g_test_add_func ("/try-panel/steps", test_steps);
  g_test_add_func ("/try-panel/split-box", test_split_box);
  if (!test_backend_start ())
    return g_test_run ();
  g_test_add_func ("/try-panel/try", test_try);
  g_test_add_func ("/try-panel/unknown-question", test_unknown_question);
  g_test_add_func ("/try-panel/cancel", test_cancel);
  g_test_add_func ("/try-panel/chat", test_chat);
  g_test_add_func ("/try-panel/question", test_question);
  g_test_add_func ("/try-panel/several-outputs", test_several_outputs);
  g_test_add_func ("/try-panel/refused", test_refused);
  g_test_add_func ("/try-panel/left-alone", test_left_alone);
  g_test_add_func ("/try-panel/show-rollout", test_show_rollout);
  g_test_add_func ("/try-panel/killed", test_killed);
  status = g_test_run ();
  test_backend_stop ();
  return status;
}
