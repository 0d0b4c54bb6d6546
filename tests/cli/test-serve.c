/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli-helpers.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox sandbox;
  char   *database;
  char   *rendezvous;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "serve.db");
  fixture->rendezvous = sandbox_path (&fixture->sandbox, "XDG_RUNTIME_DIR/leyden/backend.json");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
  g_free (fixture->rendezvous);
}

static LeydenValue *
read_rendezvous (Fixture *fixture)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (fixture->rendezvous, &text, NULL, NULL));
  return leyden_json_parse (text, -1, NULL, NULL);
}

static void
test_signal (Fixture       *fixture,
             gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  struct stat status;
  g_autoptr(LeydenValue) there = NULL;

  g_assert_cmpint (g_stat (fixture->rendezvous, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  there = read_rendezvous (fixture);
  g_assert_cmpint (leyden_value_get_member_int (there, "port", 0), ==, server->port);
  g_assert_cmpint (leyden_value_get_member_int (there, "pid", 0), ==, server->pid);
  g_assert_cmpstr (leyden_value_get_member_string (there, "key", ""), ==, server->key);
  g_assert_cmpint (server_end (server, GPOINTER_TO_INT (data)), ==, 0);
  g_assert_false (g_file_test (fixture->rendezvous, G_FILE_TEST_EXISTS));
}

static void
test_signal_twice (Fixture       *fixture,
                   gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);

  g_subprocess_send_signal (server->process, SIGTERM);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

static void
test_idle_exit (Fixture       *fixture,
                gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--idle-exit", "1", NULL);

  g_assert_cmpint (server_wait (server), ==, 0);
  g_assert_false (g_file_test (fixture->rendezvous, G_FILE_TEST_EXISTS));
}

static void
test_listen (Fixture       *fixture,
             gconstpointer  data)
{
  static const char * const wrong[] = { "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", "127.0.0.1:", "evil.example:80", "::1:80", "a:b:c",
                                        "127.0.0.1:80:90", "" };
  g_autoptr(Outcome) everywhere = sandbox_run (&fixture->sandbox, "serve", "--listen", "0.0.0.0:0", "--database", fixture->database, NULL);
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--listen", "[::1]:0", NULL);
  Server *other;
  g_autofree char *taken = NULL;
  g_autofree char *second = sandbox_path (&fixture->sandbox, "second.db");
  g_autoptr(Outcome) in_use = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "serve", "--listen", wrong[i], NULL);

      g_assert_cmpint (outcome->status, ==, 2);
      g_assert_cmpstr (outcome->out, ==, "");
    }
  g_assert_cmpint (everywhere->status, ==, 5);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);

  other = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  taken = g_strdup_printf ("127.0.0.1:%u", other->port);
  in_use = sandbox_run (&fixture->sandbox, "serve", "--listen", taken, "--database", second, NULL);
  g_assert_cmpint (in_use->status, ==, 3);
  g_assert_cmpint (server_end (other, SIGTERM), ==, 0);
}

/* One backend per database; its owner is named, and asked by what only reads. */
static void
test_owner (Fixture       *fixture,
            gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_autofree char *pid = g_strdup_printf ("%" G_GINT64_FORMAT, server->pid);
  g_autofree char *flow = sample_path ("calculator-agent.leyden");
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (server, dataset);
  g_autoptr(LeydenValue) body = sample_run (sha256, 3, "fast", NULL);
  g_autoptr(LeydenValue) run = server_ask (server, "POST", "/leyden/v1/runs", body, NULL);
  const char *id = leyden_value_get_member_string (run, "run", "");
  g_autoptr(LeydenValue) ended = server_wait_run (server, id);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", id);
  g_autoptr(LeydenValue) rollouts = server_ask (server, "GET", path, NULL, NULL);
  const char *rollout = leyden_value_get_member_string (leyden_value_get_item (leyden_value_get_member (rollouts, "rollouts"), 0), "rollout", "");
  g_autoptr(Outcome) second = sandbox_run (&fixture->sandbox, "serve", "--database", fixture->database, NULL);
  g_autoptr(Outcome) writer = sandbox_run (&fixture->sandbox, "run", flow, "--input", "{}", "--database", fixture->database, NULL);
  g_autoptr(Outcome) runs = sandbox_run (&fixture->sandbox, "runs", "--database", fixture->database, NULL);
  g_autoptr(Outcome) live = sandbox_run (&fixture->sandbox, "replay", "--database", fixture->database, rollout, "--json", NULL);
  g_autoptr(Outcome) doctor = sandbox_run (&fixture->sandbox, "doctor", "--database", fixture->database, NULL);
  g_autoptr(Outcome) after = NULL;

  g_assert_cmpint (second->status, ==, 3);
  g_assert_nonnull (strstr (second->err, pid));
  g_assert_cmpint (writer->status, ==, 3);
  g_assert_nonnull (strstr (writer->err, pid));
  g_assert_cmpint (runs->status, ==, 0);
  g_assert_nonnull (strstr (runs->out, id));
  g_assert_cmpint (live->status, ==, 0);
  g_assert_cmpint (doctor->status, ==, 0);
  g_assert_nonnull (strstr (doctor->out, "records"));
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  /* Through the owner or from the file: the same state, byte for byte. */
  after = sandbox_run (&fixture->sandbox, "replay", "--database", fixture->database, rollout, "--json", NULL);
  g_assert_cmpint (after->status, ==, 0);
  g_assert_cmpstr (after->out, ==, live->out);
}

/* The file that windows look at stays with the first that lives; a dead one's is taken. */
static void
test_not_stolen (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *second = sandbox_path (&fixture->sandbox, "second.db");
  Server *first = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  Server *other = sandbox_serve (&fixture->sandbox, "--database", second, NULL);
  g_autoptr(LeydenValue) there = read_rendezvous (fixture);
  g_autoptr(LeydenValue) later = NULL;

  g_assert_cmpint (leyden_value_get_member_int (there, "pid", 0), ==, first->pid);
  g_assert_cmpint (server_end (other, SIGTERM), ==, 0);
  g_assert_true (g_file_test (fixture->rendezvous, G_FILE_TEST_EXISTS));
  g_assert_cmpint (server_end (first, SIGKILL), ==, 128 + SIGKILL);
  g_assert_true (g_file_test (fixture->rendezvous, G_FILE_TEST_EXISTS));
  other = sandbox_serve (&fixture->sandbox, "--database", second, NULL);
  later = read_rendezvous (fixture);
  g_assert_cmpint (leyden_value_get_member_int (later, "pid", 0), ==, other->pid);
  g_assert_cmpint (server_end (other, SIGTERM), ==, 0);
}

static void
test_doctor (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *text = sandbox_write (&fixture->sandbox, "text.db", "no database at all, but a longer text than a header", -1);
  g_autoptr(Outcome) fresh = sandbox_run (&fixture->sandbox, "doctor", NULL);
  g_autoptr(Outcome) bad = sandbox_run (&fixture->sandbox, "doctor", "--database", text, NULL);
  g_autoptr(Outcome) json = sandbox_run (&fixture->sandbox, "doctor", "--json", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (json);

  g_assert_cmpint (fresh->status, ==, 0);
  g_assert_nonnull (strstr (fresh->out, "libmicrohttpd"));
  g_assert_cmpint (bad->status, ==, 1);
  g_assert_cmpint (lines->len, ==, 1);
  g_assert_true (leyden_value_get_member_boolean (g_ptr_array_index (lines, 0), "ok", FALSE));
}

/* A key that a cluster has already is taken, with a warning when it is short; one that is none is refused. */
static void
test_key_file (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *database = sandbox_path (&fixture->sandbox, "key.db");
  g_autofree char *path = sandbox_write (&fixture->sandbox, "key", "test-secret-key\n", -1);
  Server *server;

  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  server = sandbox_serve (&fixture->sandbox, "--database", database, "--key-file", path, NULL);
  g_assert_cmpstr (server->key, ==, "test-secret-key");
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      static const char * const bad[] = { "seven77\n", "a key with blanks in it\n", "" };
      g_autofree char *none = sandbox_write (&fixture->sandbox, "none", bad[i], -1);
      g_autoptr(Outcome) refused = sandbox_run (&fixture->sandbox, "serve", "--database", database, "--key-file", none, NULL);

      g_assert_cmpint (refused->status, ==, 3);
    }
}

/* ---- The service manager ---- */

typedef struct
{
  GSocket   *socket;
  GString   *heard;
  const char *wanted;
} Manager;

static gboolean
has_heard (gpointer data)
{
  Manager *manager = data;
  char buffer[4096];
  gssize n;

  while ((n = g_socket_receive (manager->socket, buffer, sizeof buffer, NULL, NULL)) > 0)
    {
      g_string_append_len (manager->heard, buffer, n);
      g_string_append_c (manager->heard, '\n');
    }
  return strstr (manager->heard->str, manager->wanted) != NULL;
}

static void
hear (Manager    *manager,
      const char *wanted)
{
  manager->wanted = wanted;
  wait_until (has_heard, manager);
}

/* sd_notify: ready, alive, stopping; by a socket with a path, and by one in the abstract namespace. */
static void
test_notify (Fixture       *fixture,
             gconstpointer  data)
{
  gboolean abstract = GPOINTER_TO_INT (data);
  g_autofree char *path = sandbox_path (&fixture->sandbox, "notify");
  g_autofree char *name = abstract ? g_strdup_printf ("@leyden-test-%d", (int)getpid ()) : g_strdup (path);
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GString) heard = g_string_new (NULL);
  g_autoptr(GSocket) socket = NULL;
  g_autoptr(GError) error = NULL;
  Manager manager = { NULL, heard, NULL };
  Server *server;

  address = g_unix_socket_address_new_with_type (abstract ? name + 1 : name, -1,
                                                 abstract ? G_UNIX_SOCKET_ADDRESS_ABSTRACT : G_UNIX_SOCKET_ADDRESS_PATH);
  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, FALSE, &error));
  g_assert_no_error (error);
  g_socket_set_blocking (socket, FALSE);
  manager.socket = socket;
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "NOTIFY_SOCKET", name, TRUE);
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "WATCHDOG_USEC", "100000", TRUE);
  server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  hear (&manager, "READY=1\n");
  hear (&manager, "WATCHDOG=1\n");
  g_assert_null (strstr (heard->str, "STOPPING"));
  g_subprocess_send_signal (server->process, SIGTERM);
  hear (&manager, "STOPPING=1\n");
  g_assert_cmpint (server_wait (server), ==, 0);
}

/* A manager that is not there, and one that watches another process. */
static void
test_notify_nobody (Fixture       *fixture,
                    gconstpointer  data)
{
  Server *server;

  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "NOTIFY_SOCKET", "/nowhere/notify", TRUE);
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "WATCHDOG_USEC", "-5", TRUE);
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "WATCHDOG_PID", "1", TRUE);
  server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "NOTIFY_SOCKET", "vsock:2:1", TRUE);
  server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/serve/notify/path", Fixture, GINT_TO_POINTER (FALSE), set_up, test_notify, tear_down);
  g_test_add ("/serve/notify/abstract", Fixture, GINT_TO_POINTER (TRUE), set_up, test_notify, tear_down);
  g_test_add ("/serve/notify/nobody", Fixture, NULL, set_up, test_notify_nobody, tear_down);
  g_test_add ("/cli/serve/key-file", Fixture, NULL, set_up, test_key_file, tear_down);
  g_test_add ("/hostile/X09/serve-sigterm", Fixture, GINT_TO_POINTER (SIGTERM), set_up, test_signal, tear_down);
  g_test_add ("/hostile/X09/serve-sigint", Fixture, GINT_TO_POINTER (SIGINT), set_up, test_signal, tear_down);
  g_test_add ("/hostile/X09/serve-sighup", Fixture, GINT_TO_POINTER (SIGHUP), set_up, test_signal, tear_down);
  g_test_add ("/hostile/X09/serve-twice", Fixture, NULL, set_up, test_signal_twice, tear_down);
  g_test_add ("/cli/serve/idle-exit", Fixture, NULL, set_up, test_idle_exit, tear_down);
  g_test_add ("/hostile/X05", Fixture, NULL, set_up, test_listen, tear_down);
  g_test_add ("/cli/serve/owner", Fixture, NULL, set_up, test_owner, tear_down);
  g_test_add ("/cli/serve/not-stolen", Fixture, NULL, set_up, test_not_stolen, tear_down);
  g_test_add ("/cli/doctor", Fixture, NULL, set_up, test_doctor, tear_down);
  return g_test_run ();
}
