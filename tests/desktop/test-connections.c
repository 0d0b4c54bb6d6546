/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

/* Other backends and agl-servers in the window: a second `leydenctl serve`, and the double of an agl-server. */
#include <signal.h>
#include <sys/stat.h>

#include "agl-double.h"
#include "cli-helpers.h"
#include "desktop-helpers.h"
#include "leyden-connection-button.h"
#include "leyden-connection-dialog.h"
#include "leyden-connections-page.h"
#include "leyden-json.h"
#include "leyden-mirror-page.h"
#include "leyden-mirror-text.h"
#include "leyden-run-panel.h"
#include "leyden-runs-page.h"
#include "leyden-session.h"
#include "leyden-settings.h"

static LeydenSession *
session (void)
{
  return leyden_session_get_default ();
}

static LeydenBackend *
get_backend (void)
{
  return leyden_session_get_backend (session ());
}

static LeydenConnections *
connections (void)
{
  return leyden_connections_get_default ();
}

static gboolean
is_connected (void)
{
  return leyden_backend_get_state (get_backend ()) == LEYDEN_BACKEND_CONNECTED;
}

static gint64
connected_pid (void)
{
  return is_connected () ? leyden_value_get_member_int (leyden_backend_get_info (get_backend ()), "pid", 0) : 0;
}

static void
back_to_local (void)
{
  leyden_session_switch (session (), NULL);
  test_wait_until (is_connected () && leyden_backend_is_local (get_backend ()));
}

/* With a key that is held in memory, as there is no key ring here. */
static LeydenConnection *
add_connection (const char *name,
                const char *uri,
                const char *key,
                gboolean    mirrored)
{
  g_autoptr(LeydenConnection) connection = leyden_connection_new (NULL, name, uri, mirrored, key != NULL, NULL);

  if (key != NULL)
    leyden_connections_store_key_async (connections (), connection, key, NULL, NULL);
  leyden_connections_put (connections (), connection);
  return leyden_connections_find (connections (), leyden_connection_get_id (connection));
}

static void
remove_all (void)
{
  while (g_list_model_get_n_items (G_LIST_MODEL (connections ())) > 0)
    {
      g_autoptr(LeydenConnection) each = g_list_model_get_item (G_LIST_MODEL (connections ()), 0);

      leyden_connections_remove (connections (), leyden_connection_get_id (each));
    }
}

/* ---- Another backend ---- */

typedef struct
{
  Sandbox  sandbox;
  Server  *server;
  char    *uri;
} Remote;

static void
remote_set_up (Remote        *remote,
               gconstpointer  data)
{
  sandbox_set_up (&remote->sandbox);
  remote->server = sandbox_serve (&remote->sandbox, NULL);
  remote->uri = server_uri (remote->server, "");
}

static void
remote_tear_down (Remote        *remote,
                  gconstpointer  data)
{
  back_to_local ();
  remove_all ();
  if (remote->server != NULL)
    g_assert_cmpint (server_end (remote->server, SIGTERM), ==, 0);
  sandbox_tear_down (&remote->sandbox);
  g_free (remote->uri);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

/* There and back; nothing is told of a restart, and the choice is kept. */
static void
test_switch (Remote        *remote,
             gconstpointer  data)
{
  LeydenConnection *connection = add_connection ("Office <b>", remote->uri, remote->server->key, FALSE);
  GtkWidget *button = leyden_connection_button_new ();
  GtkWidget *window = test_window (button, 360, 300);
  g_autofree char *kept = NULL;
  guint n_restarted = 0, n_switched = 0;

  back_to_local ();
  g_signal_connect_swapped (get_backend (), "restarted", G_CALLBACK (count_cb), &n_restarted);
  g_signal_connect_swapped (session (), "switched", G_CALLBACK (count_cb), &n_switched);
  g_assert_true (test_shows (button, "Local"));
  leyden_session_switch (session (), connection);
  g_assert_cmpuint (n_switched, ==, 1);
  test_wait_until (connected_pid () == remote->server->pid);
  g_assert_false (leyden_backend_is_local (get_backend ()));
  g_assert_false (leyden_session_is_read_only (session ()));
  g_assert_true (test_shows (button, "Office <b>"));
  kept = g_settings_get_string (leyden_settings_get_default (), "connection");
  g_assert_cmpstr (kept, ==, leyden_connection_get_id (connection));
  /* The same again is nothing. */
  leyden_session_switch (session (), connection);
  g_assert_cmpuint (n_switched, ==, 1);

  back_to_local ();
  g_assert_cmpint (connected_pid (), !=, remote->server->pid);
  g_assert_cmpuint (n_restarted, ==, 0);
  g_signal_handlers_disconnect_by_data (get_backend (), &n_restarted);
  g_signal_handlers_disconnect_by_data (session (), &n_switched);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Lost, it is tried again by itself, and told; back, it is taken up. A wrong key is not tried again. */
static void
test_lost (Remote        *remote,
           gconstpointer  data)
{
  LeydenConnection *connection = add_connection ("Office", remote->uri, remote->server->key, FALSE);
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", remote->server->port);
  g_autofree char *key_file = sandbox_write (&remote->sandbox, "key", remote->server->key, -1);
  LeydenConnection *wrong;

  g_assert_cmpint (chmod (key_file, 0600), ==, 0);
  leyden_session_switch (session (), connection);
  test_wait_until (connected_pid () == remote->server->pid);
  server_end (remote->server, SIGKILL);
  remote->server = NULL;
  test_wait_until (leyden_backend_get_state (get_backend ()) == LEYDEN_BACKEND_RECONNECTING);
  remote->server = sandbox_serve (&remote->sandbox, "--listen", address, "--key-file", key_file, NULL);
  test_wait_until (connected_pid () == remote->server->pid);

  wrong = add_connection ("Wrong", remote->uri, "not-the-key-of-it", FALSE);
  leyden_session_switch (session (), wrong);
  test_wait_until (leyden_backend_get_state (get_backend ()) == LEYDEN_BACKEND_FAILED);
  g_assert_error (leyden_session_get_error (session ()), LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_AUTH);
  g_assert_cmpint (leyden_session_get_next_try_us (session ()), ==, 0);
}

/* One that is not there yet is tried again after a pause, without anybody pressing a button. */
static void
test_not_there_yet (Remote        *remote,
                    gconstpointer  data)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", remote->server->port);
  g_autofree char *key = g_strdup (remote->server->key);
  g_autofree char *key_file = sandbox_write (&remote->sandbox, "key", key, -1);
  LeydenConnection *connection = add_connection ("Office", remote->uri, key, FALSE);
  GtkWidget *button = leyden_connection_button_new ();
  GtkWidget *window = test_window (button, 360, 300);

  g_assert_cmpint (chmod (key_file, 0600), ==, 0);
  g_assert_cmpint (server_end (remote->server, SIGTERM), ==, 0);
  remote->server = NULL;
  leyden_session_switch (session (), connection);
  test_wait_until (leyden_session_get_next_try_us (session ()) != 0);
  g_assert_cmpint (leyden_backend_get_state (get_backend ()), ==, LEYDEN_BACKEND_FAILED);
  remote->server = sandbox_serve (&remote->sandbox, "--listen", address, "--key-file", key_file, NULL);
  test_wait_until (connected_pid () == remote->server->pid);
  g_assert_cmpint (leyden_session_get_next_try_us (session ()), ==, 0);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A key of a viewer: looking goes on, starting does not. */
static void
test_read_only (Remote        *remote,
                gconstpointer  data)
{
  guint status = 0;
  g_autoptr(LeydenValue) made = server_ask_text (remote->server, "POST", "/leyden/v1/keys", "{\"name\":\"looker\",\"role\":\"viewer\"}", &status);
  GtkWidget *panel, *runs, *button, *box, *window;
  g_autoptr(LeydenDocument) document = test_sample ();

  if (status != 201)
    {
      g_test_skip ("This backend makes no keys");
      return;
    }
  panel = leyden_run_panel_new ();
  runs = leyden_runs_page_new ();
  button = leyden_connection_button_new ();
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), button);
  gtk_box_append (GTK_BOX (box), panel);
  gtk_box_append (GTK_BOX (box), runs);
  window = test_window (box, 800, 700);
  leyden_session_switch (session (), add_connection ("Office", remote->uri, leyden_value_get_member_string (made, "key", ""), FALSE));
  test_wait_until (connected_pid () == remote->server->pid);
  g_assert_true (leyden_session_is_read_only (session ()));
  g_object_set (panel, "document", document, NULL);
  test_settle ();
  g_assert_false (leyden_run_panel_can_start (LEYDEN_RUN_PANEL (panel)));
  g_assert_true (test_shows (runs, "No Runs Yet"));
  g_assert_nonnull (strstr (gtk_widget_get_tooltip_text (test_find (button, GTK_TYPE_MENU_BUTTON, 0)), "read-only"));
  test_picture (window, "read-only");
  gtk_window_destroy (GTK_WINDOW (window));
}

/* ---- The dialog ---- */

static void
saved_cb (LeydenConnectionDialog *dialog,
          LeydenConnection       *connection,
          const char             *notice,
          LeydenConnection      **out)
{
  *out = g_object_ref (connection);
}

static GtkEditable *
entry_of (GtkWidget *dialog,
          guint      index)
{
  return GTK_EDITABLE (test_find (dialog, ADW_TYPE_ENTRY_ROW, index));
}

/* A pasted link goes where its parts belong; the test says who answers; adding keeps it. */
static void
test_dialog (Remote        *remote,
             gconstpointer  data)
{
  GtkWidget *dialog = leyden_connection_dialog_new (NULL, NULL);
  g_autofree char *link = g_strdup_printf ("leyden://127.0.0.1:%u?tls=0&key=%s&name=Big%%20machine", remote->server->port, remote->server->key);
  g_autoptr(LeydenConnection) saved = NULL;

  gtk_window_present (GTK_WINDOW (dialog));
  test_settle ();
  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &saved);
  leyden_connection_dialog_set_text (LEYDEN_CONNECTION_DIALOG (dialog), link, NULL);
  g_assert_cmpstr (gtk_editable_get_text (entry_of (dialog, 0)), ==, remote->uri);
  g_assert_cmpstr (gtk_editable_get_text (entry_of (dialog, 1)), ==, remote->server->key);
  g_assert_cmpstr (gtk_editable_get_text (entry_of (dialog, 2)), ==, "Big machine");
  g_signal_emit_by_name (test_find_button (dialog, "Test"), "clicked");
  test_wait_until (leyden_connection_dialog_get_probe (LEYDEN_CONNECTION_DIALOG (dialog)) != NULL);
  g_assert_true (test_shows (dialog, "A Leyden backend"));
  g_assert_true (test_shows (dialog, "Administrator"));
  g_assert_true (test_shows (dialog, "In step"));
  test_settle ();
  test_assert_reachable (dialog);
  test_picture (dialog, "add-connection");
  g_signal_emit_by_name (test_find_button (dialog, "Add"), "clicked");
  test_wait_until (saved != NULL);
  g_assert_cmpstr (leyden_connection_get_name (saved), ==, "Big machine");
  g_assert_false (leyden_connection_is_mirrored (saved));
  g_assert_true (leyden_connections_find (connections (), leyden_connection_get_id (saved)) != NULL);
}

/* What does not answer, or not to this key, is not added; what is typed anew takes the verdict away. */
static void
test_dialog_refused (Remote        *remote,
                     gconstpointer  data)
{
  LeydenConnectionDialog *dialog = LEYDEN_CONNECTION_DIALOG (leyden_connection_dialog_new (NULL, NULL));
  GtkWidget *widget = GTK_WIDGET (dialog);
  g_autoptr(LeydenConnection) saved = NULL;

  gtk_window_present (GTK_WINDOW (dialog));
  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &saved);
  g_assert_false (gtk_widget_get_sensitive (test_find_button (widget, "Add")));
  leyden_connection_dialog_set_text (dialog, remote->uri, "not-the-key-of-it");
  g_signal_emit_by_name (test_find_button (widget, "Add"), "clicked");
  test_wait_until (leyden_connection_dialog_get_probe (dialog) != NULL);
  g_assert_true (test_shows (widget, "The key is not accepted"));
  leyden_connection_dialog_set_text (dialog, "http://127.0.0.1:1", NULL);
  g_assert_null (leyden_connection_dialog_get_probe (dialog));
  leyden_connection_dialog_test (dialog);
  test_wait_until (leyden_connection_dialog_get_probe (dialog) != NULL);
  g_assert_true (test_shows (widget, "Nothing answers there"));
  leyden_connection_dialog_set_text (dialog, "javascript:alert(1)", NULL);
  leyden_connection_dialog_test (dialog);
  test_settle ();
  g_assert_null (leyden_connection_dialog_get_probe (dialog));
  leyden_connection_dialog_set_text (dialog, "http://192.0.2.1:8080", NULL);
  test_settle ();
  g_assert_true (test_shows (widget, "Not encrypted"));
  g_assert_null (saved);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (connections ())), ==, 0);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* ---- An agl-server ---- */

static void
agl (AglDouble  *server,
     const char *method,
     const char *path,
     const char *body)
{
  guint status;
  g_autofree char *answer = agl_double_ask (server, method, path, "k", body, &status);

  if (status >= 300)
    g_error ("%s %s: %u %s", method, path, status, answer);
}

static gboolean
has_ended_mirror (void)
{
  g_autoptr(LeydenValue) answer = test_backend_get ("/leyden/v1/runs?limit=10&purpose=mirror");
  LeydenValue *run = leyden_value_get_item (leyden_value_get_member (answer, "runs"), 0);

  return g_strcmp0 (leyden_value_get_member_string (run, "state", NULL), "succeeded") == 0;
}

/* Found by its dialog, followed, paused and resumed; its rollouts and their events are on the page; cut, it is told, and restored it goes on. */
static void
test_mirror (void)
{
  g_autoptr(AglDouble) server = agl_double_new ("agl-server.py", "--key", "k", NULL);
  GtkWidget *dialog = leyden_connection_dialog_new (NULL, NULL);
  g_autoptr(LeydenConnection) saved = NULL;
  GtkWidget *page, *window, *button;
  g_autofree char *state = NULL;

  agl (server, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1 <b>\",\"input\":1},{\"rollout_id\":\"r2\",\"input\":2}]");
  agl (server, "PATCH", "/api/rollouts/r2", "{\"status\":{\"state\":\"running\"}}");
  agl (server, "POST", "/api/rollouts/r2/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}");
  gtk_window_present (GTK_WINDOW (dialog));
  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &saved);
  leyden_connection_dialog_set_text (LEYDEN_CONNECTION_DIALOG (dialog), server->url, "k");
  g_signal_emit_by_name (test_find_button (dialog, "Add"), "clicked");
  test_wait_until (saved != NULL);
  g_assert_true (leyden_connection_is_mirrored (saved));

  back_to_local ();
  leyden_session_switch (session (), saved);
  test_wait_until (is_connected ());
  g_assert_true (leyden_backend_is_local (get_backend ()));
  page = leyden_mirror_page_new (leyden_session_get_mirror (session ()));
  window = test_window (page, 800, 700);
  test_wait_until (test_shows (page, "1 queued, 1 running, 0 ended"));
  test_wait_until (test_shows (page, "r2"));
  agl (server, "PATCH", "/api/rollouts/r2", "{\"status\":{\"state\":\"succeeded\"}}");
  test_wait_until (test_shows (page, "reward 0.500"));
  test_assert_reachable (page);
  test_picture (window, "mirror");

  button = test_find_button (page, "Pause");
  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "clicked");
  test_wait_until (test_find_button (page, "Resume") != NULL);
  state = agl_double_ask (server, "GET", "/proxy/state", "k", NULL, NULL);
  g_assert_nonnull (strstr (state, "\"paused\":true"));
  g_signal_emit_by_name (test_find_button (page, "Resume"), "clicked");
  test_wait_until (test_find_button (page, "Pause") != NULL);

  leyden_mirror_page_show_longest (LEYDEN_MIRROR_PAGE (page));
  test_wait_until (test_shows (page, "Reward"));
  test_wait_until (test_shows (page, "Started"));
  g_signal_emit_by_name (test_find_icon_button (page, "go-previous-symbolic"), "clicked");

  agl (server, "POST", "/double/faults", "[{\"cut\":true,\"times\":1000}]");
  test_wait_until (test_find_button (page, "Try Again") != NULL && gtk_widget_get_mapped (test_find_button (page, "Try Again")));
  agl (server, "POST", "/double/faults", "[{\"delay_ms\":400,\"times\":1000}]");
  g_signal_emit_by_name (test_find_button (page, "Try Again"), "clicked");
  test_wait_until (test_shows (page, "Connected."));
  agl (server, "POST", "/double/faults", "[]");
  gtk_window_destroy (GTK_WINDOW (window));
  back_to_local ();
  leyden_session_unfollow (session (), saved);
  remove_all ();
  test_wait_until (has_ended_mirror ());
}

/* What was kept of one that is followed no more. */
static void
test_kept (void)
{
  g_autoptr(LeydenValue) answer = test_backend_get ("/leyden/v1/runs?limit=10&purpose=mirror");
  LeydenValue *run = leyden_value_get_item (leyden_value_get_member (answer, "runs"), 0);
  GtkWidget *page, *window;

  g_assert_nonnull (run);
  page = leyden_mirror_page_new_for_run (run);
  window = test_window (page, 700, 600);
  test_wait_until (test_shows (page, "r2"));
  g_assert_false (test_shows (page, "Model proxy"));
  leyden_mirror_page_show_longest (LEYDEN_MIRROR_PAGE (page));
  test_wait_until (test_shows (page, "Reward"));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What polling missed is said in words. */
static void
test_words (void)
{
  g_autoptr(LeydenValue) good = test_value ("{\"state\":\"connected\",\"interval_ms\":2000,\"latency_ms\":14,\"missed\":{\"share\":0}}");
  g_autoptr(LeydenValue) bad = test_value ("{\"state\":\"waiting\",\"error\":\"No answer from host\",\"proxy\":{\"paused\":true,\"reason\":\"step 7\",\"inflight\":1},"
                                           "\"missed\":{\"share\":0.25,\"rollouts\":2,\"unfinished\":1,\"attempts\":0,\"restarts\":1,\"before\":3}}");
  g_autofree char *nothing = leyden_mirror_describe_missed (good);
  g_autofree char *much = leyden_mirror_describe_missed (bad);
  g_autofree char *state = leyden_mirror_describe_state (bad);
  g_autofree char *proxy = leyden_mirror_describe_proxy (bad);

  g_assert_cmpstr (nothing, ==, "Nothing that is known.");
  g_assert_nonnull (strstr (much, "At least 25.0 %"));
  g_assert_nonnull (strstr (much, "At least 2 rollouts began and ended"));
  g_assert_nonnull (strstr (much, "1 rollout was removed"));
  g_assert_nonnull (strstr (much, "began anew 1 time"));
  g_assert_null (strstr (much, "attempt"));
  g_assert_cmpstr (state, ==, "No answer from host");
  g_assert_cmpstr (proxy, ==, "Paused (step 7), 1 call under way");
}

/* ---- What is kept ---- */

/* G01: settings of another program, or broken ones, are left out and do no harm. */
static void
test_settings (void)
{
  GSettings *settings = leyden_settings_get_default ();
  GVariant *broken = g_variant_new_parsed ("[{'id': 'good', 'name': 'Good', 'uri': 'https://host'}, {'id': '../../x', 'uri': 'https://host'},"
                                           " {'id': 'no-uri'}, {'id': 'bad', 'uri': 'file:///etc/passwd'}, {'id': 'good', 'uri': 'https://twice'},"
                                           " {'id': 'agl', 'uri': 'http://host:8080', 'kind': 'agl', 'key': 'key-ring', 'fingerprint': 'nonsense'}]");
  LeydenConnection *agl_server;

  g_settings_set_value (settings, "connections", broken);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (connections ())), ==, 2);
  g_assert_cmpstr (leyden_connection_get_uri (leyden_connections_find (connections (), "good")), ==, "https://host");
  agl_server = leyden_connections_find (connections (), "agl");
  g_assert_true (leyden_connection_is_mirrored (agl_server));
  g_assert_true (leyden_connection_has_key (agl_server));
  g_assert_null (leyden_connection_get_fingerprint (agl_server));
  remove_all ();
  g_settings_reset (settings, "connections");
}

/* No key stands in the settings. */
static void
test_no_key_in_settings (void)
{
  g_autoptr(GVariant) value = NULL;
  g_autofree char *text = NULL;

  add_connection ("One", "https://host", "the-secret-key", FALSE);
  value = g_settings_get_value (leyden_settings_get_default (), "connections");
  text = g_variant_print (value, FALSE);
  g_assert_nonnull (strstr (text, "https://host"));
  g_assert_null (strstr (text, "the-secret-key"));
  remove_all ();
}

/* The page of the preferences: choosing, and the list follows. */
static void
test_page (void)
{
  GtkWidget *page = g_object_new (LEYDEN_TYPE_CONNECTIONS_PAGE, NULL);
  GtkWidget *window = test_window (page, 640, 500);

  add_connection ("Office <i>", "https://127.0.0.1:1", NULL, FALSE);
  test_settle ();
  g_assert_true (test_shows (page, "Office <i>"));
  g_assert_true (test_shows (page, "This Computer"));
  test_assert_reachable (page);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (page, GTK_TYPE_CHECK_BUTTON, 1)), TRUE);
  g_assert_nonnull (leyden_session_get_connection (session ()));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (page, GTK_TYPE_CHECK_BUTTON, 0)), TRUE);
  g_assert_null (leyden_session_get_connection (session ()));
  remove_all ();
  test_settle ();
  g_assert_false (test_shows (page, "Office <i>"));
  gtk_window_destroy (GTK_WINDOW (window));
  back_to_local ();
}

static void
key_left_cb (LeydenConnections  *list,
             LeydenConnection   *connection,
             const GError       *error,
             GString            *said)
{
  g_assert_nonnull (error);
  g_string_append_printf (said, "%s;", leyden_connection_get_name (connection));
}

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_assert_false (leyden_connections_store_key_finish (LEYDEN_CONNECTIONS (object), result, NULL));
  *(gboolean *) data = TRUE;
}

/* A key that the key ring may still have is told of; one that was in memory alone, or none, is not. */
static void
test_key_left (void)
{
  g_autoptr(GString) said = g_string_new (NULL);
  g_autoptr(LeydenConnection) none = leyden_connection_new (NULL, "None", "https://none.example", FALSE, FALSE, NULL);
  g_autoptr(LeydenConnection) held = leyden_connection_new (NULL, "Held", "https://held.example", FALSE, TRUE, NULL);
  g_autoptr(LeydenConnection) kept = leyden_connection_new (NULL, "Kept", "https://kept.example", FALSE, TRUE, NULL);
  gulong handler = g_signal_connect (connections (), "key-left", G_CALLBACK (key_left_cb), said);
  gboolean stored = FALSE;

  leyden_connections_put (connections (), none);
  leyden_connections_put (connections (), held);
  leyden_connections_put (connections (), kept);
  leyden_connections_store_key_async (connections (), held, "a-key-that-is-held", stored_cb, &stored);
  test_wait_until (stored);
  leyden_connections_remove (connections (), leyden_connection_get_id (none));
  leyden_connections_remove (connections (), leyden_connection_get_id (held));
  leyden_connections_remove (connections (), leyden_connection_get_id (kept));
  test_wait_until (said->len > 0);
  g_assert_cmpstr (said->str, ==, "Kept;");
  g_signal_handler_disconnect (connections (), handler);
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
#define ADD(name, function) g_test_add ("/connections/" name, Remote, NULL, remote_set_up, function, remote_tear_down)
  ADD ("switch", test_switch);
  ADD ("lost", test_lost);
  ADD ("not-there-yet", test_not_there_yet);
  ADD ("read-only", test_read_only);
  ADD ("dialog", test_dialog);
  ADD ("dialog-refused", test_dialog_refused);
#undef ADD
  g_test_add_func ("/connections/mirror", test_mirror);
  /* Of the same backend: what the one before left. */
  g_test_add_func ("/connections/mirror-kept", test_kept);
  g_test_add_func ("/connections/words", test_words);
  g_test_add_func ("/hostile/G01/connections", test_settings);
  g_test_add_func ("/connections/key-left", test_key_left);
  g_test_add_func ("/connections/no-key-in-settings", test_no_key_in_settings);
  g_test_add_func ("/connections/page", test_page);
  status = g_test_run ();
  test_backend_stop ();
  return status;
}
