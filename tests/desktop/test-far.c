/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

/* The window with a backend and with an agl-server on "another computer": in a network namespace of its own, behind a cable that is cut, slowed and restored. Run by
 * netns.sh, which makes both and says where the other one is. */
#include <signal.h>
#include <sys/stat.h>

#include "agl-double.h"
#include "cli-helpers.h"
#include "desktop-helpers.h"
#include "leyden-connection-button.h"
#include "leyden-connection-dialog.h"
#include "leyden-mirror-page.h"
#include "leyden-run-panel.h"
#include "leyden-runs-page.h"
#include "leyden-session.h"

#define FAR "10.77.0.2"
#define KEY "a-key-of-the-far-backend"

static const char *far;                 /* process whose namespace it is */

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

static LeydenBackendState
get_state (void)
{
  return leyden_backend_get_state (get_backend ());
}

/* FALSE: it failed. */
static gboolean
command (const char *format,
         ...)
{
  g_autofree char *line = NULL;
  g_autoptr(GError) error = NULL;
  va_list args;
  int status;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  if (!g_spawn_command_line_sync (line, NULL, NULL, &status, &error))
    g_error ("%s: %s", line, error->message);
  return g_spawn_check_wait_status (status, NULL);
}

static void
saved_cb (LeydenConnectionDialog *dialog,
          LeydenConnection       *connection,
          const char             *notice,
          LeydenConnection      **out)
{
  *out = g_object_ref (connection);
}

static const LeydenProbe *
get_probe (GtkWidget *dialog)
{
  return leyden_connection_dialog_get_probe (LEYDEN_CONNECTION_DIALOG (dialog));
}

/* Its certificate is shown once, trusted, and kept with the connection. */
static LeydenConnection *
add_by_fingerprint (guint port)
{
  GtkWidget *dialog = leyden_connection_dialog_new (NULL, NULL);
  g_autofree char *address = g_strdup_printf ("%s:%u", FAR, port);
  LeydenConnection *saved = NULL;

  gtk_window_present (GTK_WINDOW (dialog));
  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &saved);
  leyden_connection_dialog_set_text (LEYDEN_CONNECTION_DIALOG (dialog), address, KEY);
  g_signal_emit_by_name (test_find_button (dialog, "Test"), "clicked");
  test_wait_until (get_probe (dialog) != NULL);
  g_assert_cmpint (get_probe (dialog)->outcome, ==, LEYDEN_PROBE_UNTRUSTED);
  g_assert_true (test_shows (dialog, "The certificate is not trusted here"));
  g_assert_true (test_shows (dialog, "leyden-far"));
  test_settle ();
  test_picture (dialog, "far-certificate");
  gtk_switch_set_active (GTK_SWITCH (test_find (dialog, GTK_TYPE_SWITCH, 0)), TRUE);
  test_wait_until (get_probe (dialog) != NULL && get_probe (dialog)->outcome == LEYDEN_PROBE_GOOD);
  g_assert_cmpint (get_probe (dialog)->kind, ==, LEYDEN_SERVER_LEYDEN);
  g_signal_emit_by_name (test_find_button (dialog, "Add"), "clicked");
  test_wait_until (saved != NULL);
  g_assert_nonnull (leyden_connection_get_fingerprint (saved));
  return saved;
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  *(int *) data = answer != NULL ? 1 : -1;
}

static void
ask (int *answered)
{
  *answered = 0;
  leyden_backend_request_async (get_backend (), "GET", "/leyden/v1/runs", NULL, NULL, answered_cb, answered);
}

/* Cut: told within seconds, and what was asked waits; restored: connected again, and the answer is there. */
static void
check_cut (GtkWidget *button)
{
  int answered;

  g_assert_true (command ("ip link set leyden-a down"));
  test_wait_until (get_state () == LEYDEN_BACKEND_RECONNECTING);
  g_assert_nonnull (strstr (gtk_widget_get_tooltip_text (test_find (button, GTK_TYPE_MENU_BUTTON, 0)), "Reconnecting"));
  ask (&answered);
  test_settle ();
  g_assert_cmpint (answered, ==, 0);
  g_assert_true (command ("ip link set leyden-a up"));
  test_wait_until (get_state () == LEYDEN_BACKEND_CONNECTED);
  test_wait_until (answered != 0);
  g_assert_cmpint (answered, ==, 1);
}

static gboolean
slow_down (void)
{
  return command ("tc qdisc add dev leyden-a root netem delay 300ms") || command ("tc qdisc add dev leyden-a root tbf rate 64kbit burst 4k latency 2s");
}

/* As a bad telephone line: it takes its time and works. */
static void
check_slow (void)
{
  int answered;

  if (!slow_down ())
    {
      g_test_message ("the kernel can slow no device; that part is left out");
      return;
    }
  for (int i = 0; i < 3; i++)
    {
      ask (&answered);
      test_wait_until (answered != 0);
      g_assert_cmpint (answered, ==, 1);
    }
  g_assert_cmpint (get_state (), ==, LEYDEN_BACKEND_CONNECTED);
  g_assert_true (command ("tc qdisc del dev leyden-a root"));
}

/* A run there, watched from here, over a cut. */
static void
check_run (GtkWidget *panel)
{
  LeydenRunView *view;

  test_wait_until (leyden_run_panel_can_start (LEYDEN_RUN_PANEL (panel)));
  leyden_run_panel_start (LEYDEN_RUN_PANEL (panel));
  test_wait_until ((view = leyden_run_panel_get_view (LEYDEN_RUN_PANEL (panel))) != NULL);
  g_assert_true (command ("ip link set leyden-a down"));
  test_wait_until (get_state () == LEYDEN_BACKEND_RECONNECTING);
  g_assert_true (command ("ip link set leyden-a up"));
  test_wait_until (get_state () == LEYDEN_BACKEND_CONNECTED);
  test_wait_until (!leyden_run_view_is_active (view));
  g_assert_cmpstr (leyden_run_view_get_state (view), ==, "succeeded");
}

static Server *
serve_far (Sandbox *sandbox)
{
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\nexec nsenter -t %s -n '%s' \"$@\"\n", far, sandbox->leydenctl);
  g_autofree char *wrapper = sandbox_write (sandbox, "far-leydenctl", script, -1);
  g_autofree char *key = sandbox_write (sandbox, "key", KEY, -1);
  g_autofree char *pem = sandbox_path (sandbox, "far.pem");
  g_autofree char *pem_key = sandbox_path (sandbox, "far.key");

  g_assert_cmpint (chmod (wrapper, 0755), ==, 0);
  g_assert_cmpint (chmod (key, 0600), ==, 0);
  g_assert_true (command ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s -out %s -subj /CN=leyden-far -days 2 "
                          "-addext subjectAltName=IP:" FAR, pem_key, pem));
  g_free (sandbox->leydenctl);
  sandbox->leydenctl = g_strdup (wrapper);
  return sandbox_serve (sandbox, "--listen", FAR ":0", "--key-file", key, "--tls-cert", pem, "--tls-key", pem_key, NULL);
}

static void
test_far (void)
{
  Sandbox sandbox;
  Server *server;
  g_autoptr(LeydenConnection) connection = NULL;
  g_autoptr(LeydenDocument) document = test_sample ();
  GtkWidget *button, *panel, *runs, *box, *window;

  sandbox_set_up (&sandbox);
  server = serve_far (&sandbox);
  connection = add_by_fingerprint (server->port);
  button = leyden_connection_button_new ();
  panel = leyden_run_panel_new ();
  runs = leyden_runs_page_new ();
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), button);
  gtk_box_append (GTK_BOX (box), panel);
  gtk_box_append (GTK_BOX (box), runs);
  window = test_window (box, 900, 800);
  leyden_session_switch (session (), connection);
  test_wait_until (get_state () == LEYDEN_BACKEND_CONNECTED);
  g_assert_false (leyden_backend_is_local (get_backend ()));
  g_object_set (panel, "document", document, NULL);
  check_cut (button);
  check_slow ();
  check_run (panel);
  g_assert_false (test_shows (runs, "No Runs Yet"));
  test_picture (window, "far");
  gtk_window_destroy (GTK_WINDOW (window));
  leyden_session_switch (session (), NULL);
  leyden_connections_remove (leyden_connections_get_default (), leyden_connection_get_id (connection));
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  sandbox_tear_down (&sandbox);
}

/* ---- An agl-server there ---- */

static void
agl (AglDouble  *server,
     const char *method,
     const char *path,
     const char *body)
{
  guint status;
  g_autofree char *answer = agl_double_ask (server, method, path, KEY, body, &status);

  if (status >= 300)
    g_error ("%s %s: %u %s", method, path, status, answer);
}

static gboolean
offers_try_again (GtkWidget *page)
{
  GtkWidget *button = test_find_button (page, "Try Again");

  return button != NULL && gtk_widget_get_mapped (button);
}

/* Cut: told, and it can be tried again; restored: what happened meanwhile is there. */
static void
check_agl_cut (AglDouble *server,
               GtkWidget *page)
{
  g_assert_true (command ("ip link set leyden-a down"));
  test_wait_until (offers_try_again (page));
  g_assert_true (command ("ip link set leyden-a up"));
  agl (server, "PATCH", "/api/rollouts/r1", "{\"status\":{\"state\":\"running\"}}");
  g_signal_emit_by_name (test_find_button (page, "Try Again"), "clicked");
  test_wait_until (test_shows (page, "0 queued, 1 running, 0 ended"));
  g_assert_false (offers_try_again (page));
}

/* Over a bad line a reward and an end still come, and its proxy is still paused and resumed. */
static void
check_agl_slow (AglDouble *server,
                GtkWidget *page)
{
  gboolean slow = slow_down ();

  if (!slow)
    g_test_message ("the kernel can slow no device; it is as fast as ever");
  agl (server, "POST", "/api/rollouts/r1/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}");
  agl (server, "PATCH", "/api/rollouts/r1", "{\"status\":{\"state\":\"succeeded\"}}");
  test_wait_until (test_shows (page, "reward 0.500"));
  g_signal_emit_by_name (test_find_button (page, "Pause"), "clicked");
  test_wait_until (test_find_button (page, "Resume") != NULL);
  if (slow)
    g_assert_true (command ("tc qdisc del dev leyden-a root"));
}

static void
test_far_agl (void)
{
  g_autoptr(AglDouble) server = agl_double_new_far (far, FAR, "agl-server.py", "--key", KEY, NULL);
  GtkWidget *dialog = leyden_connection_dialog_new (NULL, NULL);
  g_autoptr(LeydenConnection) saved = NULL;
  GtkWidget *page, *window;

  agl (server, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1}]");
  gtk_window_present (GTK_WINDOW (dialog));
  g_signal_connect (dialog, "saved", G_CALLBACK (saved_cb), &saved);
  leyden_connection_dialog_set_text (LEYDEN_CONNECTION_DIALOG (dialog), server->url, KEY);
  g_signal_emit_by_name (test_find_button (dialog, "Add"), "clicked");
  test_wait_until (saved != NULL);
  g_assert_true (leyden_connection_is_mirrored (saved));
  leyden_session_switch (session (), saved);
  test_wait_until (get_state () == LEYDEN_BACKEND_CONNECTED);
  page = leyden_mirror_page_new (leyden_session_get_mirror (session ()));
  window = test_window (page, 800, 700);
  test_wait_until (test_shows (page, "1 queued, 0 running, 0 ended"));
  check_agl_cut (server, page);
  check_agl_slow (server, page);
  test_picture (window, "far-agl");
  gtk_window_destroy (GTK_WINDOW (window));
  leyden_session_switch (session (), NULL);
  leyden_session_unfollow (session (), saved);
  leyden_connections_remove (leyden_connections_get_default (), leyden_connection_get_id (saved));
}

int
main (int    argc,
      char **argv)
{
  int status;

  far = g_getenv ("LEYDEN_FAR");
  if (far == NULL)
    {
      g_print ("1..0 # SKIP run it by netns.sh\n");
      return 0;
    }
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_print ("1..0 # SKIP GIO has no TLS here\n");
      return 0;
    }
  if (!test_desktop_init (&argc, &argv))
    return 0;
  if (!test_backend_start ())
    {
      g_print ("1..0 # SKIP there is no leydenctl\n");
      return 0;
    }
  g_test_add_func ("/connections/far", test_far);
  g_test_add_func ("/connections/far-agl", test_far_agl);
  status = g_test_run ();
  test_backend_stop ();
  return status;
}
