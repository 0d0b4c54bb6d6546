/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `leydenctl keys` and `leydenctl audit`, beside a running backend and without one. */
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-helpers.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox sandbox;
  char   *database;
  Server *server;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "protect.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

static void
stop (Fixture *fixture)
{
  g_assert_cmpint (server_end (g_steal_pointer (&fixture->server), SIGTERM), ==, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->server != NULL)
    stop (fixture);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

static guint
ask_info (Fixture    *fixture,
          const char *key)
{
  g_autofree char *own = g_steal_pointer (&fixture->server->key);
  g_autoptr(LeydenValue) answer = NULL;
  guint status;

  fixture->server->key = g_strdup (key);
  answer = server_ask (fixture->server, "GET", "/leyden/v1/info", NULL, &status);
  g_free (fixture->server->key);
  fixture->server->key = g_steal_pointer (&own);
  return status;
}

static char *
make (Fixture    *fixture,
      const char *name)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "keys", "make", name, "--role", "author", "--database", fixture->database, NULL);

  g_test_message ("%s", outcome->err);
  g_assert_cmpint (outcome->status, ==, 0);
  /* Standard output is the key alone, for a script. */
  g_assert_true (g_str_has_prefix (outcome->out, "lk1_"));
  return g_strndup (outcome->out, strcspn (outcome->out, "\n"));
}

static char *
rotate (Fixture    *fixture,
        const char *name,
        const char *overlap)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "keys", "rotate", name, "--overlap", overlap, "--database", fixture->database, NULL);

  g_assert_cmpint (outcome->status, ==, 0);
  return g_strndup (outcome->out, strcspn (outcome->out, "\n"));
}

/* The backend knows at once what is changed beside it, and at its start what was changed without it. */
static void
test_keys (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *live = make (fixture, "live");
  g_autofree char *second = NULL;
  g_autofree char *resting = NULL;
  g_autofree char *third = NULL;
  g_autoptr(Outcome) list = NULL;
  g_autoptr(Outcome) revoked = NULL;
  g_autoptr(Outcome) twice = NULL;
  g_autoptr(GPtrArray) lines = NULL;

  g_assert_cmpuint (ask_info (fixture, live), ==, 200);
  second = rotate (fixture, "live", "1h");
  g_assert_cmpuint (ask_info (fixture, live), ==, 200);
  g_assert_cmpuint (ask_info (fixture, second), ==, 200);

  stop (fixture);
  resting = make (fixture, "resting");
  third = rotate (fixture, "live", "0");
  list = sandbox_run (&fixture->sandbox, "keys", "list", "--json", "--database", fixture->database, NULL);
  lines = outcome_lines (list);
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_null (strstr (list->out, resting));
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_assert_cmpuint (ask_info (fixture, resting), ==, 200);
  g_assert_cmpuint (ask_info (fixture, second), ==, 401);
  g_assert_cmpuint (ask_info (fixture, third), ==, 200);
  revoked = sandbox_run (&fixture->sandbox, "keys", "revoke", "live", "--database", fixture->database, NULL);
  g_assert_cmpint (revoked->status, ==, 0);
  g_assert_cmpuint (ask_info (fixture, third), ==, 401);
  twice = sandbox_run (&fixture->sandbox, "keys", "revoke", "live", "--database", fixture->database, NULL);
  g_assert_cmpint (twice->status, ==, 1);
}

static void
test_key_file (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *path = sandbox_path (&fixture->sandbox, "agent.key");
  g_autofree char *text = NULL;
  g_autoptr(Outcome) made = sandbox_run (&fixture->sandbox, "keys", "make", "agent", "--role", "viewer", "--expires", "30d", "--output", path, "--database",
                                         fixture->database, NULL);
  g_autofree char *left = sandbox_path (&fixture->sandbox, "left.key");
  g_autoptr(Outcome) again = NULL;
  g_autoptr(Outcome) rotated = NULL;
  g_autoptr(Outcome) list = NULL;
  g_autoptr(Outcome) unmade = NULL;
  struct stat status;

  g_assert_cmpint (made->status, ==, 0);
  g_assert_cmpstr (made->out, ==, "");
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_strchomp (text);
  g_assert_cmpuint (ask_info (fixture, text), ==, 200);
  /* A file that is there stays, and no key is made that it would have been for. */
  again = sandbox_run (&fixture->sandbox, "keys", "make", "other", "--role", "viewer", "--output", path, "--database", fixture->database, NULL);
  g_assert_cmpint (again->status, ==, 3);
  g_assert_nonnull (strstr (again->err, "cannot be written"));
  rotated = sandbox_run (&fixture->sandbox, "keys", "rotate", "agent", "--overlap", "0", "--output", path, "--database", fixture->database, NULL);
  g_assert_cmpint (rotated->status, ==, 3);
  g_assert_cmpuint (ask_info (fixture, text), ==, 200);
  list = sandbox_run (&fixture->sandbox, "keys", "list", "--json", "--database", fixture->database, NULL);
  g_assert_nonnull (strstr (list->out, "\"agent\""));
  g_assert_null (strstr (list->out, "\"other\""));
  /* Nor is a file left that no key came to. */
  unmade = sandbox_run (&fixture->sandbox, "keys", "make", "agent", "--role", "viewer", "--output", left, "--database", fixture->database, NULL);
  g_assert_cmpint (unmade->status, ==, 1);
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
}

static void
test_key_usage (Fixture       *fixture,
                gconstpointer  data)
{
  static const struct
  {
    int         status;
    const char *arguments[8];
  } cases[] = {
    { 2, { "list", "x" } },
    { 2, { "make" } },
    { 2, { "make", "x" } },
    { 2, { "make", "x", "--role", "root" } },
    { 2, { "make", "x", "--role", "admin", "--expires", "soon" } },
    { 2, { "make", "x", "--role", "admin", "--expires", "0" } },
    { 2, { "make", "x", "--role", "admin", "--expires", "99999999999d" } },
    { 2, { "make", "x", "--role", "admin", "--rate-limit", "1" } },
    { 2, { "remove", "x" } },
    { 1, { "make", "../x", "--role", "admin" } },
    { 1, { "make", "owner", "--role", "admin" } },
    { 1, { "rotate", "x" } },
    { 1, { "revoke", "a b" } },
  };

  /* Beside the backend, then without it. */
  for (guint round = 0; round < 2; round++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          g_autoptr(GPtrArray) argv = g_ptr_array_new ();
          g_autoptr(Outcome) outcome = NULL;

          g_ptr_array_add (argv, fixture->sandbox.leydenctl);
          g_ptr_array_add (argv, (char *) "keys");
          for (guint j = 0; cases[i].arguments[j] != NULL; j++)
            g_ptr_array_add (argv, (char *) cases[i].arguments[j]);
          g_ptr_array_add (argv, (char *) "--database");
          g_ptr_array_add (argv, fixture->database);
          g_ptr_array_add (argv, NULL);
          outcome = sandbox_run_argv (&fixture->sandbox, (const char * const *) argv->pdata);
          g_test_message ("case %" G_GSIZE_FORMAT ": %d %s", i, outcome->status, outcome->err);
          g_assert_cmpint (outcome->status, ==, cases[i].status);
        }
      if (round == 0)
        stop (fixture);
    }
}

/* ---- The audit log ---- */

static void
change (Fixture    *fixture,
        const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (fixture->database, &db), ==, SQLITE_OK);
  if (sqlite3_exec (db, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
  sqlite3_close (db);
}

static LeydenValue *
verify (Fixture    *fixture,
        int         status,
        const char *head)
{
  g_autoptr(Outcome) outcome = head != NULL ? sandbox_run (&fixture->sandbox, "audit", "verify", "--json", "--head", head, "--database", fixture->database, NULL)
                                            : sandbox_run (&fixture->sandbox, "audit", "verify", "--json", "--database", fixture->database, NULL);
  g_autoptr(LeydenValue) answer = leyden_json_parse (outcome->out, -1, NULL, NULL);

  g_test_message ("%s%s", outcome->out, outcome->err);
  g_assert_cmpint (outcome->status, ==, status);
  return leyden_value_ref (leyden_value_get_member (answer, "audit"));
}

/* Seven lines and more, with the backend at rest; gives the head. */
static char *
write_log (Fixture *fixture)
{
  g_autoptr(LeydenValue) verdict = NULL;

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("key-%u", i);
      g_autofree char *key = make (fixture, name);

      g_assert_nonnull (key);
    }
  stop (fixture);
  verdict = verify (fixture, 0, NULL);
  g_assert_true (leyden_value_get_member_boolean (verdict, "sound", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (verdict, "lines", 0), ==, 8);
  return g_strdup_printf ("8:%s", leyden_value_get_member_string (verdict, "head", ""));
}

typedef struct
{
  const char *name;
  const char *sql;
  gint64      first_bad;
} Damage;

/* S08: the first bad line is named, whatever was done to it. */
static void
test_tampered (Fixture       *fixture,
               gconstpointer  data)
{
  static const Damage damages[] = {
    { "changed", "UPDATE audit SET line = replace (line, 'key-2', 'key-9') WHERE id = 4", 4 },
    { "changed with its hash", "UPDATE audit SET line = replace (line, 'key-2', 'key-9'), hash = (SELECT hash FROM audit WHERE id = 5) WHERE id = 4", 4 },
    { "hash", "UPDATE audit SET hash = replace (hash, substr (hash, 1, 1), CASE substr (hash, 1, 1) WHEN 'a' THEN 'b' ELSE 'a' END) WHERE id = 3", 3 },
    { "removed", "DELETE FROM audit WHERE id = 5", 5 },
    { "first removed", "DELETE FROM audit WHERE id = 1", 1 },
    { "in between", "UPDATE audit SET id = -id WHERE id > 4; UPDATE audit SET id = 1 - id WHERE id < 0; "
                    "INSERT INTO audit (id, line, hash) VALUES (5, '{\"n\":5}', (SELECT hash FROM audit WHERE id = 4))", 5 },
    { "swapped", "UPDATE audit SET id = 100 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = 100", 3 },
    { "no JSON", "UPDATE audit SET line = 'x' WHERE id = 6", 6 },
    { "empty", "UPDATE audit SET line = '' WHERE id = 2", 2 },
  };
  g_autofree char *head = write_log (fixture);
  g_autofree char *copy = g_strconcat (fixture->database, ".copy", NULL);
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (fixture->database, &bytes, &length, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autoptr(LeydenValue) verdict = NULL;

      g_assert_true (g_file_set_contents (fixture->database, bytes, (gssize) length, NULL));
      change (fixture, damages[i].sql);
      verdict = verify (fixture, 1, NULL);
      g_test_message ("%s", damages[i].name);
      g_assert_false (leyden_value_get_member_boolean (verdict, "sound", TRUE));
      g_assert_cmpint (leyden_value_get_member_int (verdict, "line", 0), ==, damages[i].first_bad);
    }
}

/* A log that was cut off at its end, or written anew, shows against the head that was noted. */
static void
test_head (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *head = write_log (fixture);
  g_autoptr(LeydenValue) same = verify (fixture, 0, head);
  g_autoptr(LeydenValue) cut = NULL;
  g_autoptr(LeydenValue) cut_unseen = NULL;
  g_autoptr(LeydenValue) anew = NULL;
  g_autoptr(Outcome) bad = sandbox_run (&fixture->sandbox, "audit", "verify", "--head", "8:x", "--database", fixture->database, NULL);
  g_autofree char *other = g_strdup_printf ("7:%s", head + 2);

  g_assert_cmpint (bad->status, ==, 2);
  anew = verify (fixture, 1, other);
  g_assert_cmpint (leyden_value_get_member_int (anew, "line", 0), ==, 7);
  change (fixture, "DELETE FROM audit WHERE id > 6");
  cut_unseen = verify (fixture, 0, NULL);
  g_assert_cmpint (leyden_value_get_member_int (cut_unseen, "lines", 0), ==, 6);
  cut = verify (fixture, 1, head);
  g_assert_cmpint (leyden_value_get_member_int (cut, "line", 0), ==, 7);
}

/* The running backend is asked; its list and the file's are the same. */
static void
test_list (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *key = make (fixture, "one");
  g_autoptr(Outcome) live = sandbox_run (&fixture->sandbox, "audit", "list", "--json", "--database", fixture->database, NULL);
  g_autoptr(Outcome) resting = NULL;
  g_autoptr(Outcome) words = NULL;
  g_autoptr(LeydenValue) verdict = verify (fixture, 0, NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (live);

  g_assert_true (leyden_value_get_member_boolean (verdict, "sound", FALSE));
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (lines->pdata[0], "action", ""), ==, "backend.started");
  g_assert_cmpstr (leyden_value_get_member_string (lines->pdata[1], "action", ""), ==, "key.made");
  g_assert_null (strstr (live->out, key));
  stop (fixture);
  resting = sandbox_run (&fixture->sandbox, "audit", "list", "--json", "--database", fixture->database, NULL);
  g_assert_true (g_str_has_prefix (resting->out, live->out));
  words = sandbox_run (&fixture->sandbox, "audit", "list", "--after", "1", "--database", fixture->database, NULL);
  g_assert_nonnull (strstr (words->out, "key.made one"));
  g_assert_null (strstr (words->out, "backend.started"));
}

/* S08: a record of a rollout that is missing is named, too. */
static void
test_records (Fixture       *fixture,
              gconstpointer  data)
{
  static const char event[] = "{\"event_type\": \"x\", \"data\": {}}";
  g_autoptr(LeydenValue) made = server_ask_text (fixture->server, "POST", "/api/rollouts", "[{\"rollout_id\": \"r\", \"input\": {}}]", NULL);
  g_autoptr(Outcome) outcome = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(LeydenValue) posted = server_ask_text (fixture->server, "POST", "/api/rollouts/r/attempt/0/events", event, NULL);

      g_assert_nonnull (posted);
    }
  stop (fixture);
  change (fixture, "DELETE FROM segments WHERE sequence = 2");
  outcome = sandbox_run (&fixture->sandbox, "audit", "verify", "--database", fixture->database, NULL);
  g_test_message ("%s", outcome->out);
  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_nonnull (strstr (outcome->out, "NOT sound"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/keys/change", Fixture, NULL, set_up, test_keys, tear_down);
  g_test_add ("/keys/file", Fixture, NULL, set_up, test_key_file, tear_down);
  g_test_add ("/keys/usage", Fixture, NULL, set_up, test_key_usage, tear_down);
  g_test_add ("/hostile/S08", Fixture, NULL, set_up, test_tampered, tear_down);
  g_test_add ("/hostile/S08/records", Fixture, NULL, set_up, test_records, tear_down);
  g_test_add ("/audit/head", Fixture, NULL, set_up, test_head, tear_down);
  g_test_add ("/audit/list", Fixture, NULL, set_up, test_list, tear_down);
  return g_test_run ();
}
