/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leydenctl backup and restore, of a file and of a database that a backend owns. */
#include "cli-helpers.h"

#include "leyden-json.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <utime.h>

typedef struct
{
  Sandbox sandbox;
  char   *database;
  char   *backup;
  char   *out;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "leyden.db");
  fixture->backup = sandbox_path (&fixture->sandbox, "copy");
  fixture->out = sandbox_path (&fixture->sandbox, "out.db");
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
  g_free (fixture->backup);
  g_free (fixture->out);
}

static void
run_items (Fixture    *fixture,
           const char *seed)
{
  g_autofree char *flow = sample_path ("calculator-agent.leyden");
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autoptr(Outcome) run = sandbox_run (&fixture->sandbox, "run", flow, "--dataset", dataset, "--split", "test", "--seed", seed, "--database",
                                        fixture->database, "--json", NULL);

  g_assert_cmpint (run->status, ==, 0);
}

static LeydenValue *
back_up (Fixture *fixture)
{
  g_autoptr(Outcome) made = sandbox_run (&fixture->sandbox, "backup", "--database", fixture->database, fixture->backup, "--json", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (made);

  g_assert_cmpstr (made->err, ==, "");
  g_assert_cmpint (made->status, ==, 0);
  g_assert_cmpuint (lines->len, ==, 1);
  return leyden_value_ref (g_ptr_array_index (lines, 0));
}

static LeydenValue *
restore (Fixture    *fixture,
         const char *until)
{
  g_autoptr(Outcome) made = until ? sandbox_run (&fixture->sandbox, "restore", fixture->backup, fixture->out, "--until", until, "--json", NULL)
                                  : sandbox_run (&fixture->sandbox, "restore", fixture->backup, fixture->out, "--json", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (made);

  g_assert_cmpstr (made->err, ==, "");
  g_assert_cmpint (made->status, ==, 0);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_true (leyden_value_get_member_boolean (g_ptr_array_index (lines, 0), "sound", FALSE));
  return leyden_value_ref (g_ptr_array_index (lines, 0));
}

static void
remove_out (Fixture *fixture)
{
  g_autofree char *blobs = g_strconcat (fixture->out, "-blobs", NULL);

  g_assert_cmpint (g_unlink (fixture->out), ==, 0);
  sandbox_remove (blobs);
}

static gint64
count (LeydenValue *manifest,
       const char  *what)
{
  return leyden_value_get_member_int (leyden_value_get_member (manifest, "counts"), what, -1);
}

static void
test_file (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) as_it_is = NULL;
  g_autoptr(LeydenValue) latest = NULL;
  g_autoptr(LeydenValue) late = NULL;
  g_autoptr(LeydenValue) until = NULL;
  g_autoptr(Outcome) runs = NULL;
  g_autoptr(Outcome) again = NULL;
  g_autofree char *position = NULL;
  gint64 first, last;

  run_items (fixture, "1");
  manifest = back_up (fixture);
  first = leyden_value_get_member_int (manifest, "position", 0);
  g_assert_cmpint (first, >, 0);
  g_assert_cmpint (count (manifest, "runs"), ==, 1);
  run_items (fixture, "2");

  as_it_is = restore (fixture, NULL);
  g_assert_cmpint (leyden_value_get_member_int (as_it_is, "records", 0), ==, first);
  remove_out (fixture);
  latest = restore (fixture, "latest");
  last = leyden_value_get_member_int (latest, "position", 0);
  g_assert_cmpint (last, >, first);
  g_assert_cmpint (leyden_value_get_member_int (latest, "runs", 0), ==, 2);
  runs = sandbox_run (&fixture->sandbox, "runs", "--database", fixture->out, "--json", NULL);
  g_assert_cmpint (runs->status, ==, 0);
  remove_out (fixture);
  /* A time that is too late for nanoseconds. */
  late = restore (fixture, "9999-12-31");
  g_assert_cmpint (leyden_value_get_member_int (late, "position", 0), ==, last);
  remove_out (fixture);
  /* To the event: in the middle of what the second run wrote. */
  position = g_strdup_printf ("%" G_GINT64_FORMAT, (first + last) / 2);
  until = restore (fixture, position);
  g_assert_cmpint (leyden_value_get_member_int (until, "records", 0), ==, (first + last) / 2);

  again = sandbox_run (&fixture->sandbox, "backup", "--database", fixture->database, fixture->backup, NULL);
  g_assert_cmpint (again->status, ==, 3);
  g_assert_nonnull (strstr (again->err, "nothing is written over"));
}

/* While the backend has it: the copy is made by the backend, and by none else. */
static void
test_owner (Fixture      *fixture,
            gconstpointer data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (server, dataset);
  g_autoptr(LeydenValue) body = sample_run (sha256, 3, "fast", NULL);
  g_autoptr(LeydenValue) run = server_ask (server, "POST", "/leyden/v1/runs", body, NULL);
  g_autoptr(LeydenValue) ended = server_wait_run (server, leyden_value_get_member_string (run, "run", ""));
  g_autoptr(LeydenValue) manifest = back_up (fixture);
  g_autoptr(LeydenValue) body2 = sample_run (sha256, 5, "fast", NULL);
  g_autoptr(LeydenValue) more = NULL;
  g_autoptr(LeydenValue) ended2 = NULL;
  g_autoptr(LeydenValue) listed = NULL;
  g_autoptr(LeydenValue) latest = NULL;
  guint status;

  g_assert_cmpint (count (manifest, "runs"), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (manifest, "blobs", 0), >, 1);
  more = server_ask (server, "POST", "/leyden/v1/runs", body2, NULL);
  ended2 = server_wait_run (server, leyden_value_get_member_string (more, "run", ""));
  listed = server_ask (server, "GET", "/leyden/v1/backups", NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (listed, "backups")), ==, 1);
  g_assert_cmpint (server_end (server, SIGKILL), ==, 128 + SIGKILL);
  /* What the killed one had acknowledged is in its log. */
  latest = restore (fixture, "latest");
  g_assert_cmpint (leyden_value_get_member_int (latest, "runs", 0), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (latest, "names_without_blob", -1), >=, 0);
}

/* ---- Of the backend's own, by the clock and on request, with the drill ---- */

typedef struct
{
  Server     *server;
  const char *backup;           /* NULL: the newest */
  LeydenValue *job;
} Waiting;

static gboolean
is_done (gpointer data)
{
  Waiting *waiting = data;
  g_autoptr(LeydenValue) listed = server_ask (waiting->server, "GET", "/leyden/v1/backups", NULL, NULL);
  LeydenValue *job = leyden_value_get_item (leyden_value_get_member (listed, "backups"), 0);

  if (job == NULL || g_str_equal (leyden_value_get_member_string (job, "state", ""), "running") || leyden_value_get_member_int (job, "finished", 0) == 0
      || (waiting->backup != NULL && !g_str_equal (leyden_value_get_member_string (job, "backup", ""), waiting->backup)))
    return FALSE;
  waiting->job = leyden_value_ref (job);
  return TRUE;
}

static LeydenValue *
wait_for_backup (Server     *server,
                 const char *backup)
{
  Waiting waiting = { server, backup, NULL };

  wait_until (is_done, &waiting);
  return waiting.job;
}

static LeydenValue *
order_backup (Server *server)
{
  guint status;
  g_autoptr(LeydenValue) job = server_ask_text (server, "POST", "/leyden/v1/backups", "{}", &status);

  g_assert_cmpuint (status, ==, 202);
  return wait_for_backup (server, leyden_value_get_member_string (job, "backup", "?"));
}

static void
run_more (Server     *server,
          const char *sha256)
{
  g_autoptr(LeydenValue) body = sample_run (sha256, 3, "fast", NULL);
  g_autoptr(LeydenValue) run = server_ask (server, "POST", "/leyden/v1/runs", body, NULL);
  g_autoptr(LeydenValue) ended = server_wait_run (server, leyden_value_get_member_string (run, "run", ""));
}

/* What a backend that was killed has left of a backup: so many days ago. */
static char *
leave_unfinished (const char *folder,
                  const char *name,
                  guint       days)
{
  g_autofree char *blobs = g_strdup_printf ("%s/%s-blobs", folder, name);
  g_autofree char *blob = g_build_filename (blobs, "blob", NULL);
  char *path = g_strdup_printf ("%s/%s.new", folder, name);
  struct utimbuf times = { time (NULL) - days * 86400, time (NULL) - days * 86400 };

  g_assert_cmpint (g_mkdir_with_parents (blobs, 0700), ==, 0);
  g_assert_true (g_file_set_contents (blob, "x", 1, NULL));
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_assert_cmpint (g_utime (path, &times), ==, 0);
  return path;
}

static gboolean
is_gone (gpointer path)
{
  return !g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_left_over (Fixture      *fixture,
                gconstpointer data)
{
  g_autofree char *folder = sandbox_path (&fixture->sandbox, "copies");
  g_autofree char *old = leave_unfinished (folder, "leyden-20260101T000000Z-abcd", 3);
  g_autofree char *old_blobs = g_build_filename (folder, "leyden-20260101T000000Z-abcd-blobs", NULL);
  g_autofree char *young = leave_unfinished (folder, "leyden-20260102T000000Z-abcd", 0);
  g_autofree char *other = leave_unfinished (folder, "notes", 3);
  g_autofree char *drill = g_build_filename (folder, "leyden-drill-1", NULL);
  struct utimbuf times = { 1, 1 };
  Server *server;

  g_assert_true (g_file_set_contents (drill, "x", 1, NULL));
  g_assert_cmpint (g_utime (drill, &times), ==, 0);
  server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--backup-folder", folder, NULL);
  wait_until (is_gone, old);
  wait_until (is_gone, drill);
  wait_until (is_gone, old_blobs);
  g_assert_true (g_file_test (young, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

static gboolean
are_two (gpointer server)
{
  g_autoptr(LeydenValue) listed = server_ask (server, "GET", "/leyden/v1/backups", NULL, NULL);

  return leyden_value_get_size (leyden_value_get_member (listed, "backups")) == 2;
}

static void
test_clock (Fixture      *fixture,
            gconstpointer data)
{
  g_autofree char *folder = sandbox_path (&fixture->sandbox, "copies");
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--backup-every", "60", "--backup-folder", folder,
                                  "--backup-keep", "2", NULL);
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (server, dataset);
  /* The first is due at the start. */
  g_autoptr(LeydenValue) first = wait_for_backup (server, NULL);
  g_autoptr(LeydenValue) second = NULL;
  g_autoptr(LeydenValue) third = NULL;
  g_autoptr(LeydenValue) listed = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  LeydenValue *drill;
  guint status;

  g_assert_true (leyden_value_is_null (leyden_value_get_member (first, "drill")));
  run_more (server, sha256);
  second = order_backup (server);
  drill = leyden_value_get_member (second, "drill");
  g_assert_cmpstr (leyden_value_get_member_string (drill, "problem", NULL), ==, NULL);
  g_assert_true (leyden_value_get_member_boolean (drill, "passed", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (drill, "commits", 0), >, 0);
  run_more (server, sha256);
  third = order_backup (server);
  g_assert_true (leyden_value_get_member_boolean (leyden_value_get_member (third, "drill"), "passed", FALSE));
  /* Two are kept. */
  listed = server_ask (server, "GET", "/leyden/v1/backups", NULL, NULL);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (listed, "backups")), ==, 2);
  g_assert_false (g_file_test (leyden_value_get_member_string (first, "path", ""), G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (leyden_value_get_member_string (second, "path", ""), G_FILE_TEST_EXISTS));
  g_assert_cmpint (leyden_value_get_member_int (listed, "next", 0), >, 0);
  g_assert_true (g_str_has_prefix (leyden_value_get_member_string (leyden_value_get_member (listed, "archive"), "folder", ""), folder));
  /* Nobody chooses a path by the key alone. */
  refused = server_ask_text (server, "POST", "/leyden/v1/backups", "{\"path\":\"/tmp/x\"}", &status);
  g_assert_cmpuint (status, ==, 403);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);

  /* What came of them is still known, and the next is not due yet. */
  server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--backup-every", "60", "--backup-folder", folder, NULL);
  wait_until (are_two, server);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

#define N_FORMER 4

/* A restored database names the backups of the one it comes from, each that was over when its own began: they are not its own, and stay. */
static void
test_foreign (Fixture      *fixture,
              gconstpointer data)
{
  g_autofree char *folder = sandbox_path (&fixture->sandbox, "copies");
  g_autofree char *other = sandbox_path (&fixture->sandbox, "others");
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--backup-every", "60", "--backup-folder", folder, NULL);
  LeydenValue *former[N_FORMER];
  g_autoptr(LeydenValue) last = NULL;
  g_autoptr(LeydenValue) third = NULL;
  g_autoptr(LeydenValue) listed = NULL;
  g_autoptr(Outcome) restored = NULL;

  for (guint i = 0; i < N_FORMER; i++)
    former[i] = i == 0 ? wait_for_backup (server, NULL) : order_backup (server);
  last = order_backup (server);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  restored = sandbox_run (&fixture->sandbox, "restore", leyden_value_get_member_string (last, "path", ""), fixture->out, NULL);
  g_assert_cmpint (restored->status, ==, 0);
  server = sandbox_serve (&fixture->sandbox, "--database", fixture->out, "--backup-every", "60", "--backup-folder", other, "--backup-keep", "1", NULL);
  third = wait_for_backup (server, NULL);
  listed = server_ask (server, "GET", "/leyden/v1/backups", NULL, NULL);
  for (guint i = 0; i < N_FORMER; i++)
    {
      LeydenValue *old = leyden_value_get_item (leyden_value_get_member (listed, "backups"), N_FORMER - i);
      const char *path = leyden_value_get_member_string (former[i], "path", "");

      g_assert_cmpstr (leyden_value_get_member_string (old, "path", NULL), ==, path);
      g_assert_false (leyden_value_get_member_boolean (old, "own", TRUE));
      g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
      leyden_value_unref (former[i]);
    }
  g_assert_true (g_str_has_prefix (leyden_value_get_member_string (third, "path", ""), other));
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

/* A rollout of an agent that has not ended, which nothing removes: @n events of 16 KiB. */
static void
post_events (Server *server,
             guint   n)
{
  g_autofree char *text = g_strnfill (16384, 'x');
  g_autofree char *event = g_strdup_printf ("{\"event_type\":\"step\",\"data\":{\"text\":\"%s\"}}", text);
  guint status;

  leyden_value_unref (server_ask_text (server, "POST", "/api/rollouts", "[{\"rollout_id\":\"large\",\"input\":{}}]", &status));
  g_assert_cmpuint (status, ==, 201);
  for (guint i = 0; i < n; i++)
    {
      leyden_value_unref (server_ask_text (server, "POST", "/api/rollouts/large/attempt/0/events", event, &status));
      g_assert_cmpuint (status, ==, 200);
    }
}

static void
test_retention (Fixture      *fixture,
                gconstpointer data)
{
  static const char * const wrong[] = { "{}", "{\"days\":0}", "{\"days\":-1}", "{\"days\":1.5}", "{\"days\":\"1\"}", "{\"mib\":99999999999999}", "[]", "{" };
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--retain-days", "30", "--retain-size", "1000", NULL);
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (server, dataset);
  g_autoptr(LeydenValue) young = NULL;
  g_autoptr(LeydenValue) few = NULL;
  g_autoptr(LeydenValue) all = NULL;
  g_autoptr(LeydenValue) runs = NULL;
  guint status;

  run_more (server, sha256);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(LeydenValue) refused = server_ask_text (server, "POST", "/leyden/v1/retention", wrong[i], &status);

      g_assert_cmpuint (status, ==, 422);
    }
  young = server_ask_text (server, "POST", "/leyden/v1/retention", "{\"days\":1}", &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpint (leyden_value_get_member_int (young, "rollouts", -1), ==, 0);
  few = server_ask_text (server, "POST", "/leyden/v1/retention", "{\"mib\":1000}", &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpint (leyden_value_get_member_int (few, "rollouts", -1), ==, 0);
  /* From here on it is larger than 1 MiB whatever is removed. */
  post_events (server, 80);
  all = server_ask_text (server, "POST", "/leyden/v1/retention", "{\"mib\":1}", &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpint (leyden_value_get_member_int (all, "rollouts", -1), ==, 3);
  runs = server_ask (server, "GET", "/leyden/v1/runs", NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (runs, "runs")), ==, 0);
  leyden_value_unref (server_ask (server, "GET", "/api/rollouts/large", NULL, &status));
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

/* A damaged database is refused by name, and what can be read of it is saved. */
static void
test_salvage (Fixture      *fixture,
              gconstpointer data)
{
  g_autofree char *bytes = NULL;
  g_autoptr(Outcome) refused = NULL;
  g_autoptr(Outcome) saved = NULL;
  g_autoptr(Outcome) runs = NULL;
  g_autoptr(Outcome) both = NULL;
  g_autoptr(GPtrArray) lines = NULL;
  gsize size;

  run_items (fixture, "1");
  g_assert_true (g_file_get_contents (fixture->database, &bytes, &size, NULL));
  memset (bytes + size - 3 * 4096, 0xa5, 4096);
  g_assert_true (g_file_set_contents (fixture->database, bytes, (gssize)size, NULL));
  refused = sandbox_run (&fixture->sandbox, "serve", "--database", fixture->database, NULL);
  g_assert_cmpint (refused->status, ==, 3);
  both = sandbox_run (&fixture->sandbox, "restore", "--salvage", fixture->database, fixture->out, "--until", "5", NULL);
  g_assert_cmpint (both->status, ==, 2);
  saved = sandbox_run (&fixture->sandbox, "restore", "--salvage", fixture->database, fixture->out, "--json", NULL);
  g_assert_cmpint (saved->status, ==, 0);
  lines = outcome_lines (saved);
  g_assert_true (leyden_value_get_member_boolean (g_ptr_array_index (lines, 0), "sound", FALSE));
  g_assert_true (leyden_value_get_member_boolean (g_ptr_array_index (lines, 0), "damaged", FALSE));
  runs = sandbox_run (&fixture->sandbox, "runs", "--database", fixture->out, NULL);
  g_assert_cmpint (runs->status, ==, 0);
}

static void
test_usage (Fixture      *fixture,
            gconstpointer data)
{
  static const char * const wrong[] = { "", "yesterday", "-1", "2026-13-01", "12:00", "2026-01-31T25:00:00Z", "1.5" };
  g_autoptr(Outcome) missing = sandbox_run (&fixture->sandbox, "backup", "--database", fixture->database, fixture->backup, NULL);
  g_autoptr(Outcome) no_out = sandbox_run (&fixture->sandbox, "backup", NULL);
  g_autoptr(Outcome) no_backup = sandbox_run (&fixture->sandbox, "restore", fixture->backup, fixture->out, NULL);
  g_autofree char *text = sandbox_write (&fixture->sandbox, "text", "no database at all", -1);
  g_autoptr(Outcome) foreign = sandbox_run (&fixture->sandbox, "restore", text, fixture->out, NULL);

  g_assert_cmpint (missing->status, ==, 3);
  g_assert_cmpint (no_out->status, ==, 2);
  g_assert_cmpint (no_backup->status, ==, 3);
  g_assert_cmpint (foreign->status, ==, 3);
  g_assert_false (g_file_test (fixture->out, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "restore", text, fixture->out, "--until", wrong[i], NULL);

      g_assert_cmpint (outcome->status, ==, 2);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cli/backup/file", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/cli/backup/owner", Fixture, NULL, set_up, test_owner, tear_down);
  g_test_add ("/cli/backup/clock", Fixture, NULL, set_up, test_clock, tear_down);
  g_test_add ("/cli/backup/left-over", Fixture, NULL, set_up, test_left_over, tear_down);
  g_test_add ("/cli/backup/foreign", Fixture, NULL, set_up, test_foreign, tear_down);
  g_test_add ("/cli/backup/retention", Fixture, NULL, set_up, test_retention, tear_down);
  g_test_add ("/cli/backup/salvage", Fixture, NULL, set_up, test_salvage, tear_down);
  g_test_add ("/cli/backup/usage", Fixture, NULL, set_up, test_usage, tear_down);
  return g_test_run ();
}
