/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `leydenctl doctor` finds well and ill. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#include "cli-helpers.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox sandbox;
  char   *database;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "doctor.db");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* A database that is there, and nobody's. */
static void
make_database (Fixture *fixture)
{
  g_assert_cmpint (server_end (sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL), SIGTERM), ==, 0);
}

/* Runs doctor with two more arguments (nullable) and looks at one finding. */
static void
expect (Fixture    *fixture,
        const char *option,
        const char *value,
        const char *key,
        gboolean    well,
        const char *says)
{
  const char *argv[] = { fixture->sandbox.leydenctl, "doctor", "--json", "--database", fixture->database, option, value, NULL };
  g_autoptr(Outcome) outcome = sandbox_run_argv (&fixture->sandbox, argv);
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);
  LeydenValue *found;

  g_assert_cmpuint (lines->len, ==, 1);
  found = leyden_value_get_member (g_ptr_array_index (lines, 0), key);
  if (found == NULL || leyden_value_get_member_boolean (found, "ok", !well) != well
      || strstr (leyden_value_get_member_string (found, "text", ""), says) == NULL)
    g_error ("%s should be %s and say “%s”: %s", key, well ? "well" : "ill", says, outcome->out);
  if (!well)
    {
      g_assert_cmpint (outcome->status, ==, 1);
      g_assert_false (leyden_value_get_member_boolean (g_ptr_array_index (lines, 0), "ok", TRUE));
    }
}

static void
test_well (Fixture       *fixture,
           gconstpointer  data)
{
  static const char * const keys[] = { "versions", "rendezvous", "database", "endpoints", "backups", "lock", "disk", "port", "keys", "clock",
                                       "keyring", "sandbox", "gpu" };
  g_autoptr(Outcome) outcome = NULL;
  g_autoptr(GPtrArray) lines = NULL;

  make_database (fixture);
  outcome = sandbox_run (&fixture->sandbox, "doctor", "--json", "--database", fixture->database, NULL);
  g_assert_cmpint (outcome->status, ==, 0);
  lines = outcome_lines (outcome);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!leyden_value_get_member_boolean (leyden_value_get_member (g_ptr_array_index (lines, 0), keys[i]), "ok", FALSE))
      g_error ("%s: %s", keys[i], outcome->out);
}

static void
test_settings (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *wrong = sandbox_write (&fixture->sandbox, "wrong.conf", "[server]\nlisten = 127.0.0.1:0\nlisen = 1\n", -1);
  g_autofree char *right = sandbox_write (&fixture->sandbox, "right.conf", "[server]\nlisten = 127.0.0.1:0\nidle-exit = 5\n", -1);
  g_autofree char *place = g_strconcat (wrong, ":3: ", NULL);
  g_autofree char *odd = sandbox_write (&fixture->sandbox, "odd.conf", "[server]\nlisten = here\n", -1);

  make_database (fixture);
  expect (fixture, "--config", right, "settings", TRUE, "2 in the file");
  expect (fixture, "--config", wrong, "settings", FALSE, place);
  expect (fixture, "--config", "/nowhere.conf", "settings", FALSE, "nowhere.conf");
  expect (fixture, "--config", odd, "port", FALSE, "is not ADDRESS:PORT");
}

static void
test_port (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(GSocketListener) listener = g_socket_listener_new ();
  guint16 taken = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *elsewhere = g_strdup_printf ("[server]\nlisten = 0.0.0.0:%u\n", taken);
  g_autofree char *config = sandbox_write (&fixture->sandbox, "taken.conf", elsewhere, -1);
  g_autofree char *far = sandbox_write (&fixture->sandbox, "far.conf", "[server]\nlisten = 192.0.2.1:80\n", -1);
  g_autofree char *ours = NULL;
  g_autofree char *text = NULL;
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);

  text = g_strdup_printf ("[server]\nlisten = 127.0.0.1:%u\n", server->port);
  ours = sandbox_write (&fixture->sandbox, "ours.conf", text, -1);
  expect (fixture, "--config", config, "port", FALSE, "in use");
  expect (fixture, "--config", far, "port", FALSE, "192.0.2.1 port 80");
  expect (fixture, "--config", ours, "port", TRUE, "the running backend's");
  expect (fixture, NULL, NULL, "lock", TRUE, "and answers at");
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  expect (fixture, "--config", ours, "port", TRUE, "is free");
  expect (fixture, NULL, NULL, "lock", TRUE, "nobody");
}

/* Somebody holds the database and cannot be asked. */
static void
test_lock (Fixture       *fixture,
           gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_autofree char *folder = sandbox_path (&fixture->sandbox, "XDG_RUNTIME_DIR/leyden");
  g_autofree char *away = sandbox_path (&fixture->sandbox, "away");

  g_assert_cmpint (g_rename (folder, away), ==, 0);
  expect (fixture, NULL, NULL, "lock", FALSE, "does not answer");
  g_assert_cmpint (g_rename (away, folder), ==, 0);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

static void
test_keys (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *key = sandbox_write (&fixture->sandbox, "key", "a-key-of-more-than-sixteen-characters\n", -1);
  g_autofree char *none = sandbox_write (&fixture->sandbox, "none", "two words\n", -1);
  g_autofree char *secrets = sandbox_write (&fixture->sandbox, "secrets", "not json", -1);
  g_autofree char *text = g_strdup_printf ("[server]\nkey-file = %s\n", key);
  g_autofree char *config = sandbox_write (&fixture->sandbox, "key.conf", text, -1);
  g_autofree char *bad_text = g_strdup_printf ("[server]\nkey-file = %s\n", none);
  g_autofree char *bad = sandbox_write (&fixture->sandbox, "bad.conf", bad_text, -1);
  g_autofree char *secrets_text = g_strdup_printf ("[server]\nsecrets-file = %s\n", secrets);
  g_autofree char *secrets_config = sandbox_write (&fixture->sandbox, "secrets.conf", secrets_text, -1);
  g_autofree char *own = g_strconcat (fixture->database, ".secret", NULL);
  g_autofree char *outcome = NULL;

  make_database (fixture);
  g_assert_cmpint (g_chmod (key, 0600), ==, 0);
  expect (fixture, "--config", config, "keys", TRUE, "as it should be");
  g_assert_cmpint (g_chmod (key, 0644), ==, 0);
  expect (fixture, "--config", config, "keys", FALSE, "0644");
  expect (fixture, "--config", bad, "keys", FALSE, "key file");
  expect (fixture, "--config", secrets_config, "keys", FALSE, "secrets");
  g_assert_true (g_file_test (own, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_chmod (own, 0640), ==, 0);
  expect (fixture, NULL, NULL, "keys", FALSE, "0640");
}

static void
test_disk_and_clock (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *config = sandbox_write (&fixture->sandbox, "room.conf", "[server]\nmin-free = 1073741824\n", -1);
  struct utimbuf later = { time (NULL) + 86400, time (NULL) + 86400 };

  make_database (fixture);
  expect (fixture, "--config", config, "disk", FALSE, "less than the 1073741824");
  expect (fixture, NULL, NULL, "clock", TRUE, "UTC");
  g_assert_cmpint (utime (fixture->database, &later), ==, 0);
  expect (fixture, NULL, NULL, "clock", FALSE, "before the newest entry");
}

static gboolean
is_backed_up (gpointer data)
{
  g_autoptr(LeydenValue) state = server_ask (data, "GET", "/leyden/v1/backups", NULL, NULL);

  return strcmp (leyden_value_get_member_string (leyden_value_get_member (state, "last"), "state", ""), "done") == 0;
}

static void
test_backups_and_keys_of_owner (Fixture       *fixture,
                                gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  guint status;

  expect (fixture, NULL, NULL, "backups", TRUE, "none yet");
  leyden_value_unref (server_ask_text (server, "POST", "/leyden/v1/backups", "{}", &status));
  g_assert_cmpuint (status, <, 300);
  wait_until (is_backed_up, server);
  leyden_value_unref (server_ask_text (server, "POST", "/leyden/v1/keys", "{\"name\":\"reader\",\"role\":\"viewer\",\"expires_s\":3600}", &status));
  g_assert_cmpuint (status, <, 300);
  expect (fixture, NULL, NULL, "backups", TRUE, "the last one of");
  expect (fixture, NULL, NULL, "keys", TRUE, "1 named key, 1 ends within a week");
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  expect (fixture, NULL, NULL, "backups", TRUE, "the last one of");
}

/* An endpoint that is not there is only found out when it is asked. */
static void
test_online (Fixture       *fixture,
             gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_autoptr(GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *body = g_strdup_printf ("{\"title\":\"Gone\",\"base_uri\":\"http://127.0.0.1:%u/v1\",\"wire\":\"openai\"}", port);
  guint status;

  g_socket_listener_close (listener);
  leyden_value_unref (server_ask_text (server, "PUT", "/leyden/v1/endpoints/gone", body, &status));
  g_assert_cmpuint (status, <, 300);
  expect (fixture, NULL, NULL, "endpoints", TRUE, "gone");
  expect (fixture, "--online", NULL, "endpoint_gone", FALSE, "127.0.0.1");
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  expect (fixture, "--online", NULL, "endpoint_gone", FALSE, "127.0.0.1");
}

int
main (int    argc,
      char **argv)
{
#define ADD(name, func) g_test_add ("/doctor/" name, Fixture, NULL, set_up, func, tear_down)
  g_test_init (&argc, &argv, NULL);
  ADD ("well", test_well);
  ADD ("settings", test_settings);
  ADD ("port", test_port);
  ADD ("lock", test_lock);
  ADD ("keys", test_keys);
  ADD ("disk-and-clock", test_disk_and_clock);
  ADD ("backups-and-keys-of-owner", test_backups_and_keys_of_owner);
  ADD ("online", test_online);
  return g_test_run ();
}
