/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-helpers.h"
#include "leyden-connection-button.h"
#include "leyden-endpoint-dialog.h"
#include "leyden-models-page.h"
#include "leyden-preferences.h"
#include "leyden-prices-page.h"
#include "leyden-runs-page.h"
#include "leyden-session.h"
#include "leyden-settings.h"
#include "leyden-source-dialog.h"
#include "leyden-sources-page.h"

static LeydenBackend *
get_backend (void)
{
  return leyden_session_get_backend (leyden_session_get_default ());
}

/* --- general --- */

static void
test_settings (void)
{
  GSettings *settings = leyden_settings_get_default ();
  GtkWidget *window = GTK_WIDGET (leyden_preferences_new (NULL));
  g_autofree char *keep = NULL;

  gtk_window_present (GTK_WINDOW (window));
  test_settle ();
  test_picture (window, "preferences");
  test_assert_reachable (window);
  /* The second switch, the second drop-down and the port, as the template has them. */
  gtk_switch_set_active (GTK_SWITCH (test_find (window, GTK_TYPE_SWITCH, 1)), FALSE);
  g_assert_false (g_settings_get_boolean (settings, "show-grid"));
  g_settings_set_boolean (settings, "show-grid", TRUE);
  g_assert_true (gtk_switch_get_active (GTK_SWITCH (test_find (window, GTK_TYPE_SWITCH, 1))));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (window, GTK_TYPE_DROP_DOWN, 1)), 2);
  keep = g_settings_get_string (settings, "keep-running");
  g_assert_cmpstr (keep, ==, "stop");
  g_settings_set_string (settings, "keep-running", "ask");
  g_assert_cmpuint (gtk_drop_down_get_selected (GTK_DROP_DOWN (test_find (window, GTK_TYPE_DROP_DOWN, 1))), ==, 0);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (test_find (window, GTK_TYPE_SPIN_BUTTON, 0)), 8123);
  g_assert_cmpint (g_settings_get_int (settings, "backend-port"), ==, 8123);
  g_settings_reset (settings, "backend-port");
  gtk_window_destroy (GTK_WINDOW (window));
}

/* --- endpoints --- */

static void
saved_cb (LeydenEndpointDialog *dialog,
          const char           *notice,
          char                **out)
{
  *out = g_strdup (notice != NULL ? notice : "");
}

static GtkWidget *
entry_of (GtkWidget *dialog,
          guint      index)
{
  return test_find (dialog, ADW_TYPE_ENTRY_ROW, index);
}

static LeydenValue *
find_endpoint (const char *name)
{
  LeydenValue *list = leyden_session_get_endpoints (leyden_session_get_default ());

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (list, i), "name", ""), name) == 0)
      return leyden_value_get_item (list, i);
  return NULL;
}

/* There is no key ring on the tests' bus: the key is held for the session, and the person is told. */
static void
test_endpoint (void)
{
  GtkWidget *dialog = leyden_endpoint_dialog_new (NULL, NULL);
  g_autofree char *notice = NULL;
  g_autofree char *second_notice = NULL;
  g_autoptr(LeydenValue) all = NULL;
  g_autofree char *text = NULL;

  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &notice);
  gtk_window_present (GTK_WINDOW (dialog));
  test_settle ();
  test_assert_reachable (dialog);
  /* An address is needed. */
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 0)), "My <b>Server");
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 1)), "nonsense");
  g_signal_emit_by_name (test_find_button (dialog, "Save"), "clicked");
  g_assert_true (test_shows (dialog, "An address such as"));
  test_picture (dialog, "endpoint-dialog");
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 1)), "http://127.0.0.1:9/v1");
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 2)), "tiny");
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 3)), "sk-very-secret-value");
  g_signal_emit_by_name (test_find_button (dialog, "Save"), "clicked");
  test_wait_until (notice != NULL);
  g_assert_nonnull (strstr (notice, "this session only"));
  leyden_session_refresh_endpoints (leyden_session_get_default ());
  test_wait_until (find_endpoint ("my-b-server") != NULL);
  /* The key is in no answer. */
  all = test_backend_get ("/leyden/v1/endpoints");
  text = test_text (all);
  g_assert_null (strstr (text, "very-secret"));
  g_assert_cmpstr (leyden_value_get_member_string (find_endpoint ("my-b-server"), "title", ""), ==, "My <b>Server");

  /* Changed: the name stays, and so does the key. */
  dialog = leyden_endpoint_dialog_new (NULL, find_endpoint ("my-b-server"));
  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &second_notice);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 2)), "small");
  g_signal_emit_by_name (test_find_button (dialog, "Save"), "clicked");
  test_wait_until (second_notice != NULL);
  g_assert_cmpstr (second_notice, ==, "");
  leyden_session_refresh_endpoints (leyden_session_get_default ());
  test_wait_until (g_strcmp0 (leyden_value_get_member_string (find_endpoint ("my-b-server"), "default_model", ""), "small") == 0);
  g_assert_nonnull (leyden_value_get_member_string (find_endpoint ("my-b-server"), "secret", NULL));
}

/* A node is offered the models that answer it: not those of the simulation that criticise or judge. */
static void
test_models_that_answer (void)
{
  LeydenSession *session = leyden_session_get_default ();
  LeydenValue *models;

  test_wait_until ((models = leyden_session_get_models (session, "simulated")) != NULL);
  g_assert_cmpuint (leyden_value_get_size (models), ==, 3);
  for (guint i = 0; i < leyden_value_get_size (models); i++)
    g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (models, i), "purpose", ""), ==, "answers");
}

static GtkWidget *
find_question (void)
{
  g_autoptr(GList) windows = gtk_window_list_toplevels ();

  for (GList *l = windows; l != NULL; l = l->next)
    if (ADW_IS_MESSAGE_DIALOG (l->data) && gtk_widget_get_mapped (l->data))
      return l->data;
  return NULL;
}

static gboolean
shows_source (gpointer data)
{
  return test_shows (data, "grafana-lab");
}

static gboolean
shows_no_source (gpointer data)
{
  return !test_shows (data, "grafana-lab");
}

/* Added, tested, found in the list, removed. */
static void
test_sources (void)
{
  LeydenPreferences *window = leyden_preferences_new (NULL);
  GtkWidget *page, *dialog, *question;
  g_autofree char *notice = NULL;

  leyden_preferences_show_sources (window);
  gtk_window_present (GTK_WINDOW (window));
  page = test_find (GTK_WIDGET (window), LEYDEN_TYPE_SOURCES_PAGE, 0);
  test_settle ();
  g_assert_true (test_shows (page, "None yet"));
  dialog = leyden_source_dialog_new (NULL, NULL);
  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &notice);
  gtk_window_present (GTK_WINDOW (dialog));
  test_settle ();
  test_assert_reachable (dialog);
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 0)), "Not a name");
  g_signal_emit_by_name (test_find_button (dialog, "Save"), "clicked");
  g_assert_true (test_shows (dialog, "A name of at most 40"));
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 0)), "grafana-lab");
  g_signal_emit_by_name (test_find_button (dialog, "Save"), "clicked");
  g_assert_true (test_shows (dialog, "An address such as"));
  /* Nobody listens there: its test says so, and it may be saved all the same. */
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 1)), "http://127.0.0.1:9");
  adw_combo_row_set_selected (ADW_COMBO_ROW (test_find (dialog, ADW_TYPE_COMBO_ROW, 1)), 2);
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 2)), "reader");
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 3)), "very-secret-password");
  leyden_source_dialog_test (LEYDEN_SOURCE_DIALOG (dialog));
  test_wait_until (gtk_widget_get_sensitive (test_find_button (dialog, "Save")));
  g_assert_true (test_shows (dialog, "127.0.0.1"));
  test_picture (dialog, "source-dialog");
  g_signal_emit_by_name (test_find_button (dialog, "Save"), "clicked");
  test_wait_until (notice != NULL);
  g_assert_nonnull (strstr (notice, "this session only"));
  leyden_sources_page_refresh (LEYDEN_SOURCES_PAGE (page));
  test_wait_for (shows_source, page);
  test_settle ();
  test_assert_reachable (GTK_WIDGET (window));
  test_picture (GTK_WIDGET (window), "preferences-sources");
  {
    g_autoptr(LeydenValue) all = test_backend_get ("/leyden/v1/sources");
    g_autofree char *text = test_text (all);

    g_assert_nonnull (strstr (text, "\"auth\":\"basic\",\"user\":\"reader\",\"secret\":\"source-grafana-lab\""));
    g_assert_null (strstr (text, "very-secret"));
  }
  g_signal_emit_by_name (test_find (page, GTK_TYPE_BUTTON, 2), "clicked");
  test_settle ();
  question = find_question ();
  g_assert_nonnull (question);
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (question), "remove");
  test_wait_for (shows_no_source, page);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* The other wire, with the address that everybody means. */
static void
test_wire (void)
{
  GtkWidget *dialog = leyden_endpoint_dialog_new (NULL, NULL);
  GtkWidget *row;
  g_autofree char *notice = NULL;

  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &notice);
  gtk_window_present (GTK_WINDOW (dialog));
  test_settle ();
  row = test_find (dialog, ADW_TYPE_COMBO_ROW, 0);
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), 1);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry_of (dialog, 1))), ==, "https://api.anthropic.com/v1");
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 0)), "Claude");
  gtk_editable_set_text (GTK_EDITABLE (entry_of (dialog, 1)), "http://127.0.0.1:9/v1");
  g_signal_emit_by_name (test_find_button (dialog, "Save"), "clicked");
  test_wait_until (notice != NULL);
  leyden_session_refresh_endpoints (leyden_session_get_default ());
  test_wait_until (find_endpoint ("claude") != NULL);
  g_assert_cmpstr (leyden_value_get_member_string (find_endpoint ("claude"), "wire", ""), ==, "anthropic");
  dialog = leyden_endpoint_dialog_new (NULL, find_endpoint ("claude"));
  row = test_find (dialog, ADW_TYPE_COMBO_ROW, 0);
  g_assert_cmpuint (adw_combo_row_get_selected (ADW_COMBO_ROW (row)), ==, 1);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static gboolean
has_user_price (gpointer data)
{
  g_autoptr(LeydenValue) answer = test_backend_get ("/leyden/v1/prices");
  LeydenValue *first = leyden_value_get_item (leyden_value_get_member (answer, "models"), 0);

  return g_strcmp0 (leyden_value_get_member_string (first, "from", ""), "user") == 0 && leyden_value_get_member_double (first, "input", 0) == 7.5;
}

/* A price that is changed is the user's own, and gone again when it is removed. */
static void
test_prices_page (void)
{
  GtkWidget *window = GTK_WIDGET (leyden_preferences_new (NULL));
  GtkWidget *page;

  gtk_window_present (GTK_WINDOW (window));
  page = test_find (window, LEYDEN_TYPE_PRICES_PAGE, 0);
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (window), ADW_PREFERENCES_PAGE (page));
  test_wait_until (test_find (page, ADW_TYPE_EXPANDER_ROW, 0) != NULL);
  test_settle ();
  g_assert_true (test_shows (page, "claude-haiku-4-5"));
  g_assert_true (test_shows (page, "2026-09-22"));
  test_picture (window, "prices");
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (test_find (page, ADW_TYPE_EXPANDER_ROW, 0)), TRUE);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (test_find (page, GTK_TYPE_SPIN_BUTTON, 0)), 7.5);
  test_wait_for (has_user_price, NULL);
  test_settle ();
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_models_page (void)
{
  GtkWidget *window = GTK_WIDGET (leyden_preferences_new (NULL));
  GtkWidget *page, *radio;
  LeydenValue *chosen;

  gtk_window_present (GTK_WINDOW (window));
  page = test_find (window, LEYDEN_TYPE_MODELS_PAGE, 0);
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (window), ADW_PREFERENCES_PAGE (page));
  test_settle ();
  g_assert_true (test_shows (page, "Simulated model"));
  g_assert_true (test_shows (page, "My <b>Server"));
  test_picture (window, "preferences-models");
  test_assert_reachable (page);
  radio = test_find (page, GTK_TYPE_CHECK_BUTTON, 1);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (radio), TRUE);
  test_wait_until ((chosen = leyden_session_get_default_model (leyden_session_get_default ())) != NULL &&
                   g_strcmp0 (leyden_value_get_member_string (chosen, "endpoint", ""), "my-b-server") == 0);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (page, GTK_TYPE_CHECK_BUTTON, 0)), TRUE);
  test_wait_until ((chosen = leyden_session_get_default_model (leyden_session_get_default ())) != NULL &&
                   g_strcmp0 (leyden_value_get_member_string (chosen, "endpoint", ""), "simulated") == 0);
  leyden_preferences_find_models (LEYDEN_PREFERENCES (window));
  test_wait_until (!gtk_spinner_get_spinning (GTK_SPINNER (test_find (page, GTK_TYPE_SPINNER, 0))));
  test_settle ();
  test_picture (window, "preferences-found");
  gtk_window_destroy (GTK_WINDOW (window));
}

/* --- connection --- */

static void
test_connection (void)
{
  GtkWidget *button = leyden_connection_button_new ();
  GtkWidget *window = test_window (button, 360, 300);
  GtkWidget *popover = test_find (button, GTK_TYPE_POPOVER, 0);
  GPid pid = test_backend_pid ();

  g_assert_nonnull (popover);
  g_assert_true (gtk_widget_has_css_class (gtk_widget_get_first_child (gtk_widget_get_parent (test_find (button, ADW_TYPE_SQUEEZER, 0))),
                                           "connected"));
  /* Without a window manager nothing has the grab that it would hide without. */
  gtk_popover_set_autohide (GTK_POPOVER (popover), FALSE);
  gtk_menu_button_popup (GTK_MENU_BUTTON (test_find (button, GTK_TYPE_MENU_BUTTON, 0)));
  test_settle ();
  gtk_expander_set_expanded (GTK_EXPANDER (test_find (popover, GTK_TYPE_EXPANDER, 0)), TRUE);
  test_settle ();
  g_assert_true (test_shows (popover, "leyden.db"));
  g_assert_true (test_shows (popover, "http://127.0.0.1:"));
  test_picture (popover, "connection");
  g_assert_true (gtk_widget_child_focus (popover, GTK_DIR_TAB_FORWARD));
  g_signal_emit_by_name (test_find_button (popover, "Restart"), "clicked");
  test_wait_until (leyden_backend_get_state (get_backend ()) == LEYDEN_BACKEND_CONNECTED && test_backend_pid () != pid);
  g_assert_nonnull (test_find_button (popover, "Restart"));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A start that fails is told where the person looks, and can be tried again. */
static void
test_failed_start (void)
{
  const char *program = g_getenv ("LEYDENCTL");
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *button = leyden_connection_button_new ();
  GtkWidget *page = leyden_runs_page_new ();
  GtkWidget *window, *popover;

  test_backend_stop ();
  leyden_backend_set_program (get_backend (), "/bin/false");
  gtk_box_append (GTK_BOX (box), button);
  gtk_box_append (GTK_BOX (box), page);
  gtk_widget_set_vexpand (page, TRUE);
  window = test_window (box, 700, 500);
  popover = test_find (button, GTK_TYPE_POPOVER, 0);
  leyden_session_restart (leyden_session_get_default ());
  test_wait_until (leyden_backend_get_state (get_backend ()) == LEYDEN_BACKEND_FAILED);
  gtk_popover_set_autohide (GTK_POPOVER (popover), FALSE);
  gtk_menu_button_popup (GTK_MENU_BUTTON (test_find (button, GTK_TYPE_MENU_BUTTON, 0)));
  test_settle ();
  g_assert_true (test_shows (button, "No backend"));
  g_assert_nonnull (test_find_button (popover, "Try Again"));
  g_assert_true (test_shows (page, "No Backend"));
  test_picture (popover, "connection-failed");
  test_picture (window, "runs-failed");
  leyden_backend_set_program (get_backend (), program);
  g_signal_emit_by_name (test_find_button (popover, "Try Again"), "clicked");
  test_wait_until (leyden_backend_get_state (get_backend ()) == LEYDEN_BACKEND_CONNECTED);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
count_cb (LeydenBackend *backend,
          LeydenValue   *info,
          guint         *n)
{
  (*n)++;
}

/* The connection is closed with the last window; a later window of the same process makes it anew, also to another process, and that is
 * no restart to tell of. */
static void
test_closed (void)
{
  LeydenSession *session = leyden_session_get_default ();
  guint n_restarted = 0;

  g_signal_connect (get_backend (), "restarted", G_CALLBACK (count_cb), &n_restarted);
  leyden_session_start (session);
  test_wait_until (leyden_backend_get_state (get_backend ()) == LEYDEN_BACKEND_CONNECTED);
  leyden_backend_close (get_backend ());
  g_assert_cmpint (leyden_backend_get_state (get_backend ()), ==, LEYDEN_BACKEND_OFFLINE);
  test_backend_kill ();
  leyden_session_start (session);
  test_wait_until (leyden_backend_get_state (get_backend ()) == LEYDEN_BACKEND_CONNECTED);
  g_assert_cmpuint (n_restarted, ==, 0);
  g_signal_handlers_disconnect_by_func (get_backend (), count_cb, &n_restarted);
}

int
main (int    argc,
      char **argv)
{
  int status;

  if (!test_desktop_init (&argc, &argv))
    return 0;
  if (!test_backend_start ())
    {
      g_print ("1..0 # SKIP there is no leydenctl\n");
      return 0;
    }
  g_test_add_func ("/preferences/settings", test_settings);
  g_test_add_func ("/preferences/endpoint", test_endpoint);
  g_test_add_func ("/preferences/sources", test_sources);
  g_test_add_func ("/preferences/models-that-answer", test_models_that_answer);
  g_test_add_func ("/preferences/models-page", test_models_page);
  g_test_add_func ("/preferences/wire", test_wire);
  g_test_add_func ("/preferences/prices", test_prices_page);
  g_test_add_func ("/connection/button", test_connection);
  g_test_add_func ("/connection/closed", test_closed);
  g_test_add_func ("/connection/failed-start", test_failed_start);
  status = g_test_run ();
  test_backend_stop ();
  return status;
}
