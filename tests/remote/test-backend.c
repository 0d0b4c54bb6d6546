/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-backend.h"
#include "leyden-json.h"
#include "leyden-remote-private.h"
#include "leyden-rendezvous.h"

typedef struct
{
  Sandbox        sandbox;
  char          *folder;
  char          *database;
  LeydenBackend *backend;
  guint          n_restarted;
  guint          n_lost;
  char          *resumed;               /* first of the last restart's resumed_runs */
} Fixture;

static void
restarted_cb (LeydenBackend *backend,
              LeydenValue   *info,
              Fixture       *fixture)
{
  fixture->n_restarted++;
  g_free (fixture->resumed);
  fixture->resumed = g_strdup (leyden_value_get_string (leyden_value_get_item (leyden_value_get_member (info, "resumed_runs"), 0), NULL));
}

static void
lost_cb (LeydenBackend *backend,
         GError        *error,
         Fixture       *fixture)
{
  g_assert_nonnull (error);
  fixture->n_lost++;
}

static LeydenBackend *
make_backend (Fixture *fixture)
{
  LeydenBackend *backend = leyden_backend_new_local ();

  leyden_backend_set_program (backend, fixture->sandbox.leydenctl);
  leyden_backend_set_folder (backend, fixture->folder);
  leyden_backend_set_database (backend, fixture->database);
  leyden_backend_set_idle_exit (backend, 2);
  return backend;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->folder = sandbox_path (&fixture->sandbox, "rendezvous");
  fixture->database = sandbox_path (&fixture->sandbox, "backend.db");
  fixture->backend = make_backend (fixture);
  g_signal_connect (fixture->backend, "restarted", G_CALLBACK (restarted_cb), fixture);
  g_signal_connect (fixture->backend, "lost", G_CALLBACK (lost_cb), fixture);
}

static gboolean
is_gone (gpointer data)
{
  return kill ((pid_t)GPOINTER_TO_INT (data), 0) != 0;
}

static int
pid_of (LeydenBackend *backend)
{
  return (int)leyden_value_get_member_int (leyden_backend_get_info (backend), "pid", 0);
}

/* No orphan stays behind: without a client the backend ends by itself. */
static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  int pid = pid_of (fixture->backend);

  leyden_backend_close (fixture->backend);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->backend);
  if (pid > 0)
    wait_until (is_gone, GINT_TO_POINTER (pid));
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->folder);
  g_free (fixture->database);
  g_free (fixture->resumed);
}

static void
connect_to (LeydenBackend *backend)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_backend_connect_async (backend, NULL, spin_result_cb, &result);
  spin (&result);
  leyden_backend_connect_finish (backend, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_backend_get_state (backend), ==, LEYDEN_BACKEND_CONNECTED);
}

static LeydenValue *
ask (LeydenBackend  *backend,
     const char     *method,
     const char     *path,
     LeydenValue    *body,
     GError        **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_backend_request_async (backend, method, path, body, NULL, spin_result_cb, &result);
  spin (&result);
  return leyden_backend_request_finish (backend, result, error);
}

static void
test_start (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenBackend) second = make_backend (fixture);
  g_autoptr(LeydenValue) info = NULL;
  g_autoptr(LeydenValue) missing = NULL;
  g_autoptr(GError) error = NULL;

  connect_to (fixture->backend);
  g_assert_true (leyden_backend_is_started_by_us (fixture->backend));
  info = ask (fixture->backend, "GET", "/leyden/v1/info", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_equal (leyden_value_get_member (info, "pid"),
                                     leyden_value_get_member (leyden_backend_get_info (fixture->backend), "pid")));
  missing = ask (fixture->backend, "GET", "/leyden/v1/runs/none", NULL, &error);
  g_assert_null (missing);
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND);

  /* The second window finds the first one's. */
  connect_to (second);
  g_assert_false (leyden_backend_is_started_by_us (second));
  g_assert_cmpint (pid_of (second), ==, pid_of (fixture->backend));
  g_assert_cmpstr (leyden_backend_get_base_uri (second), ==, leyden_backend_get_base_uri (fixture->backend));
  leyden_backend_close (second);
}

static gboolean
was_restarted (gpointer data)
{
  return ((Fixture *)data)->n_restarted > 0;
}

static void
test_restart (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenValue) info = NULL;
  g_autoptr(GError) error = NULL;
  int pid;

  connect_to (fixture->backend);
  pid = pid_of (fixture->backend);
  kill (pid, SIGKILL);
  wait_until (was_restarted, fixture);
  g_assert_cmpint (fixture->n_lost, ==, 1);
  g_assert_cmpint (fixture->n_restarted, ==, 1);
  g_assert_cmpint (pid_of (fixture->backend), !=, pid);
  /* A request that meets the loss waits for the repair. */
  pid = pid_of (fixture->backend);
  kill (pid, SIGKILL);
  info = ask (fixture->backend, "GET", "/leyden/v1/info", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (info, "pid", 0), !=, pid);
}

/* ---- A run that outlives its backend, watched through one subscription ---- */

typedef struct
{
  GArray  *positions;
  gboolean ended;
} Watch;

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *value,
          const char         *id,
          gpointer            data)
{
  Watch *watch = data;
  guint64 position = (guint64)leyden_value_get_member_int (value, "position", 0);

  if (strcmp (event, "record") != 0)
    return;
  g_assert_cmpuint (position, ==, g_ascii_strtoull (id, NULL, 10));
  g_array_append_val (watch->positions, position);
}

static void
ended_cb (LeydenSubscription *subscription,
          Watch              *watch)
{
  watch->ended = TRUE;
}

static gboolean
watch_has_some (gpointer data)
{
  return ((Watch *)data)->positions->len >= 60;
}

static gboolean
watch_ended (gpointer data)
{
  return ((Watch *)data)->ended;
}

static void
watch_run (LeydenBackend *backend,
           const char    *run,
           Watch         *watch,
           int            kill_pid)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/events", run);
  g_autoptr(LeydenSubscription) subscription = leyden_backend_subscribe (backend, path, 0, event_cb, watch, NULL);

  g_signal_connect (subscription, "ended", G_CALLBACK (ended_cb), watch);
  if (kill_pid != 0)
    {
      wait_until (watch_has_some, watch);
      kill (kill_pid, SIGKILL);
    }
  wait_until (watch_ended, watch);
  g_assert_true (leyden_subscription_is_ended (subscription));
}

static void
test_run_survives (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autoptr(GFile) file = g_file_new_for_path (dataset);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) body = NULL;
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(GArray) seen = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(GArray) whole = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autofree char *sha256 = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  Watch watch = { seen, FALSE };
  Watch again = { whole, FALSE };
  const char *id;

  connect_to (fixture->backend);
  leyden_backend_upload_file_async (fixture->backend, file, NULL, spin_result_cb, &result);
  spin (&result);
  sha256 = leyden_backend_upload_finish (fixture->backend, result, &error);
  g_assert_no_error (error);
  body = sample_run (sha256, 30, "real", "press");
  run = ask (fixture->backend, "POST", "/leyden/v1/runs", body, &error);
  g_assert_no_error (error);
  id = leyden_value_get_member_string (run, "run", "");

  watch_run (fixture->backend, id, &watch, pid_of (fixture->backend));
  g_assert_cmpint (fixture->n_restarted, ==, 1);
  g_assert_cmpstr (fixture->resumed, ==, id);
  watch_run (fixture->backend, id, &again, 0);
  g_assert_cmpmem (seen->data, seen->len * sizeof (guint64), whole->data, whole->len * sizeof (guint64));
  path = g_strconcat ("/leyden/v1/runs/", id, NULL);
  ended = ask (fixture->backend, "GET", path, NULL, &error);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");
}

static void
test_shutdown (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenBackend) second = make_backend (fixture);
  g_autoptr(GAsyncResult) busy = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  int pid;

  connect_to (fixture->backend);
  connect_to (second);
  pid = pid_of (fixture->backend);
  /* Not while another window uses it. */
  leyden_backend_shutdown_async (fixture->backend, TRUE, NULL, spin_result_cb, &busy);
  spin (&busy);
  g_assert_false (leyden_backend_shutdown_finish (fixture->backend, busy, &error));
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CONFLICT);
  g_clear_error (&error);
  leyden_backend_close (fixture->backend);
  leyden_backend_shutdown_async (second, FALSE, NULL, spin_result_cb, &result);
  spin (&result);
  g_assert_true (leyden_backend_shutdown_finish (second, result, &error));
  wait_until (is_gone, GINT_TO_POINTER (pid));
}

static gboolean
has_tried_long (gpointer data)
{
  return ((LeydenBackend *)data)->backoff_ms >= 5000;
}

static gboolean
is_connected (gpointer data)
{
  return leyden_backend_get_state (data) == LEYDEN_BACKEND_CONNECTED;
}

/* One that ends holds the database; it is waited for, however long that takes: starts that fail meanwhile are not counted. */
static void
test_slow_end (Fixture       *fixture,
               gconstpointer  data)
{
  LeydenBackend *backend = fixture->backend;
  g_autofree char *there = NULL;
  int pid;

  leyden_backend_set_idle_exit (backend, 60);
  connect_to (backend);
  pid = pid_of (backend);
  there = leyden_rendezvous_path (fixture->folder, fixture->database);
  g_assert_cmpint (g_remove (there), ==, 0);
  leyden_backend_set_program (backend, "/bin/false");
  /* It answers no more. */
  g_free (backend->base_uri);
  backend->base_uri = g_strdup ("http://127.0.0.1:1");
  leyden_backend_broken (backend, backend->generation);
  wait_until (has_tried_long, backend);
  g_assert_cmpint (leyden_backend_get_state (backend), ==, LEYDEN_BACKEND_RECONNECTING);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  leyden_backend_set_program (backend, fixture->sandbox.leydenctl);
  leyden_backend_set_idle_exit (backend, 2);
  wait_until (is_connected, backend);
  g_assert_cmpint (pid_of (backend), !=, pid);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u", server->port);
  g_autoptr(LeydenBackend) good = leyden_backend_new_for_uri (uri, server->key);
  g_autoptr(LeydenBackend) wrong = leyden_backend_new_for_uri (uri, "not-the-key-of-it");
  g_autoptr(LeydenBackend) nobody = leyden_backend_new_for_uri ("http://127.0.0.1:1", "key");
  g_autoptr(GAsyncResult) refused = NULL;
  g_autoptr(GAsyncResult) unreachable = NULL;
  g_autoptr(GError) error = NULL;

  connect_to (good);
  g_assert_false (leyden_backend_is_local (good));
  leyden_backend_connect_async (wrong, NULL, spin_result_cb, &refused);
  spin (&refused);
  g_assert_false (leyden_backend_connect_finish (wrong, refused, &error));
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_AUTH);
  g_assert_cmpint (leyden_backend_get_state (wrong), ==, LEYDEN_BACKEND_FAILED);
  g_clear_error (&error);
  leyden_backend_connect_async (nobody, NULL, spin_result_cb, &unreachable);
  spin (&unreachable);
  g_assert_false (leyden_backend_connect_finish (nobody, unreachable, &error));
  g_assert_cmpint (leyden_backend_get_state (nobody), ==, LEYDEN_BACKEND_FAILED);
  leyden_backend_close (good);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

static void
test_cannot_start (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *text = sandbox_write (&fixture->sandbox, "text.db", "this is no database, only a text that is long enough for one", -1);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_backend_set_database (fixture->backend, text);
  leyden_backend_connect_async (fixture->backend, NULL, spin_result_cb, &result);
  spin (&result);
  g_assert_false (leyden_backend_connect_finish (fixture->backend, result, &error));
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_START);
  /* In the backend's own words. */
  g_assert_nonnull (strstr (error->message, "text.db"));
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *state = g_dir_make_tmp ("leyden-test-XXXXXX", NULL);
  int status;

  /* Where the log of a started backend goes. */
  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_setenv ("XDG_RUNTIME_DIR", state, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/remote/backend/start", Fixture, NULL, set_up, test_start, tear_down);
  g_test_add ("/remote/backend/restart", Fixture, NULL, set_up, test_restart, tear_down);
  g_test_add ("/remote/backend/run-survives", Fixture, NULL, set_up, test_run_survives, tear_down);
  g_test_add ("/remote/backend/shutdown", Fixture, NULL, set_up, test_shutdown, tear_down);
  g_test_add ("/remote/backend/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/remote/backend/slow-end", Fixture, NULL, set_up, test_slow_end, tear_down);
  g_test_add ("/remote/backend/cannot-start", Fixture, NULL, set_up, test_cannot_start, tear_down);
  status = g_test_run ();
  sandbox_remove (state);
  return status;
}
