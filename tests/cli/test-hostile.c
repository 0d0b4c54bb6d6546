/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli-helpers.h"

typedef struct
{
  Sandbox sandbox;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
}

/* A shell line; $L is leydenctl, $S the samples, $T a folder of the test. */
static Outcome *
run_shell (Fixture    *fixture,
           const char *line)
{
  g_autofree char *samples = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", NULL);
  const char *argv[] = { "/bin/sh", "-c", line, NULL };

  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "L", fixture->sandbox.leydenctl, TRUE);
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "S", samples, TRUE);
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "T", fixture->sandbox.root, TRUE);
  return sandbox_run_argv (&fixture->sandbox, argv);
}

static void
test_usage (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const lines[] = {
    "\"$L\"", "\"$L\" brew", "\"$L\" --brew", "\"$L\" -x", "\"$L\" validate", "\"$L\" validate --brew x", "\"$L\" validate -j x",
    "\"$L\" run x --seed", "\"$L\" run x --seed 1 --seed 2", "\"$L\" run x --seed 1 --seed=2", "\"$L\" run x --seed abc",
    "\"$L\" run x --seed 99999999999999999999", "\"$L\" run x --seed -1", "\"$L\" run x --json=yes", "\"$L\" run x y",
    "\"$L\" run x --concurrency 0", "\"$L\" run x --pace slow", "\"$L\" run x --database ''", "\"$L\" replay", "\"$L\" replay x --until 0",
    "\"$L\" serve extra", "\"$L\" serve --idle-exit 1e3", "\"$L\" serve --durability some", "\"$L\" bench nothing", "\"$L\" runs --limit 0",
    "\"$L\" doctor x", "\"$L\" train x", "\"$L\" run x --input \"$(printf '\\377')\"",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr(Outcome) outcome = run_shell (fixture, lines[i]);

      if (outcome->status != 2 || *outcome->out != '\0' || strstr (outcome->err, "Usage:") == NULL)
        g_error ("%s: status %d, out “%s”, err “%s”", lines[i], outcome->status, outcome->out, outcome->err);
    }
}

static void
test_help (Fixture       *fixture,
           gconstpointer  data)
{
  static const char * const commands[] = { "", "run", "validate", "serve", "replay", "runs", "doctor", "bench" };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *line = g_strdup_printf ("\"$L\" %s --help", commands[i]);
      g_autoptr(Outcome) outcome = run_shell (fixture, line);

      g_assert_cmpint (outcome->status, ==, 0);
      g_assert_nonnull (strstr (outcome->out, "Usage:"));
      g_assert_cmpstr (outcome->err, ==, "");
    }
}

static void
test_version (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(Outcome) outcome = run_shell (fixture, "\"$L\" --version");

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_nonnull (strstr (outcome->out, "libmicrohttpd"));
  g_assert_nonnull (strstr (outcome->out, "SQLite"));
}

static void
test_names (Fixture       *fixture,
            gconstpointer  data)
{
  /* Works behind -- and with ./; shown escaped. */
  g_autoptr(Outcome) dash = run_shell (fixture, "cd \"$T\" && cp \"$S\"/calculator-agent.leyden ./-x && \"$L\" validate -- -x && "
                                                "\"$L\" validate ./-x");
  g_autoptr(Outcome) help = run_shell (fixture, "cd \"$T\" && cp \"$S\"/calculator-agent.leyden ./--help && \"$L\" validate -- --help");
  g_autoptr(Outcome) space = run_shell (fixture, "cd \"$T\" && cp \"$S\"/calculator-agent.leyden 'a b' && \"$L\" validate 'a b'");
  g_autoptr(Outcome) newline = run_shell (fixture, "cd \"$T\" && cp \"$S\"/calculator-agent.leyden \"$(printf 'a\\nb')\" && \"$L\" validate "
                                                   "\"$(printf 'a\\nb')\"");
  g_autoptr(Outcome) bytes = run_shell (fixture, "cd \"$T\" && cp \"$S\"/calculator-agent.leyden \"$(printf 'a\\377b')\" && \"$L\" validate "
                                                 "\"$(printf 'a\\377b')\" --json");
  g_autoptr(Outcome) missing = run_shell (fixture, "\"$L\" validate \"$(printf 'no\\033]0;x\\007such')\"");

  g_assert_cmpint (dash->status, ==, 0);
  g_assert_cmpint (help->status, ==, 0);
  g_assert_null (strstr (help->out, "Usage:"));
  g_assert_cmpint (space->status, ==, 0);
  g_assert_cmpint (newline->status, ==, 0);
  /* One line of output for one file. */
  g_assert_true (strchr (newline->out, '\n') == newline->out + strlen (newline->out) - 1);
  g_assert_cmpint (bytes->status, ==, 0);
  g_assert_true (g_utf8_validate (bytes->out, -1, NULL));
  g_assert_cmpint (missing->status, ==, 3);
  g_assert_null (strchr (missing->err, '\033'));
  g_assert_null (strchr (missing->err, '\007'));
}

static void
test_output (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(Outcome) closed = run_shell (fixture, "\"$L\" validate \"$S\"/calculator-agent.leyden >&-");
  g_autoptr(Outcome) full = run_shell (fixture, "\"$L\" run \"$S\"/calculator-agent.leyden --dataset \"$S\"/arithmetic.jsonl --json >/dev/full");
  g_autoptr(Outcome) help = run_shell (fixture, "\"$L\" --help >/dev/full");
  /* A reader that leaves after one line: no message, no crash. */
  g_autoptr(Outcome) left = run_shell (fixture, "{ \"$L\" run \"$S\"/calculator-agent.leyden --dataset \"$S\"/arithmetic.jsonl --json; echo $? "
                                                ">\"$T\"/status; } | head -n 1 >/dev/null; cat \"$T\"/status");

  g_assert_cmpint (closed->status, ==, 3);
  g_assert_cmpint (full->status, ==, 3);
  g_assert_cmpint (help->status, ==, 3);
  g_assert_cmpstr (left->err, ==, "");
  g_assert_true (g_str_equal (left->out, "3\n") || g_str_equal (left->out, "0\n"));
}

static void
test_many (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(Outcome) many = run_shell (fixture, "\"$L\" run $(seq 100000)");
  g_autoptr(Outcome) files = run_shell (fixture, "cd \"$T\" && \"$L\" validate $(seq 100000) | tail -n 1");
  g_autofree char *long_text = g_strnfill (100000, 'x');
  g_autofree char *line = g_strdup_printf ("\"$L\" run %s --seed 1 --seed 2", long_text);
  g_autoptr(Outcome) one = run_shell (fixture, line);

  g_assert_cmpint (many->status, ==, 2);
  g_assert_cmpint (strlen (many->err), <, 4000);
  g_assert_cmpint (files->status, ==, 0);
  g_assert_cmpint (one->status, ==, 2);
}

static void
test_keys (Fixture       *fixture,
           gconstpointer  data)
{
  static const char * const lines[] = {
    "\"$L\" serve --key sk-verysecret0123456789", "\"$L\" serve --key=sk-verysecret0123456789",
    "\"$L\" run x --api-key sk-verysecret0123456789", "\"$L\" run x --token=sk-verysecret0123456789",
  };
  g_autoptr(Outcome) open_file = NULL;
  g_autoptr(Outcome) short_file = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr(Outcome) outcome = run_shell (fixture, lines[i]);

      g_assert_cmpint (outcome->status, ==, 2);
      g_assert_nonnull (strstr (outcome->err, "--key-file"));
      g_assert_null (strstr (outcome->err, "verysecret"));
    }
  short_file = run_shell (fixture, "printf 'short\\n' >\"$T\"/key; chmod 600 \"$T\"/key; \"$L\" serve --key-file \"$T\"/key --database \"$T\"/d.db");
  g_assert_cmpint (short_file->status, ==, 3);
  /* Read by others: a warning, but it serves. */
  open_file = run_shell (fixture, "printf '0123456789abcdefghij\\n' >\"$T\"/key; chmod 644 \"$T\"/key; \"$L\" serve --key-file \"$T\"/key "
                                  "--database \"$T\"/d.db --idle-exit 1");
  g_assert_cmpint (open_file->status, ==, 0);
  g_assert_nonnull (strstr (open_file->err, "0600"));
  g_assert_null (strstr (open_file->err, "0123456789abcdefghij"));
}

static void
test_descriptors (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *database = sandbox_path (&fixture->sandbox, "umask.db");
  g_autoptr(Outcome) closed = run_shell (fixture, "\"$L\" run \"$S\"/calculator-agent.leyden --dataset \"$S\"/arithmetic.jsonl --split test "
                                                  "--database \"$T\"/closed.db <&- >\"$T\"/out 2>&-");
  g_autoptr(Outcome) all = run_shell (fixture, "\"$L\" run \"$S\"/calculator-agent.leyden --dataset \"$S\"/arithmetic.jsonl --split test "
                                               "--database \"$T\"/all.db <&- >&- 2>&-");
  g_autoptr(Outcome) open_umask = run_shell (fixture, "umask 0; \"$L\" run \"$S\"/calculator-agent.leyden --dataset \"$S\"/arithmetic.jsonl "
                                                      "--split test --database \"$T\"/umask.db");
  g_autoptr(Outcome) header = run_shell (fixture, "head -c 15 \"$T\"/closed.db; head -c 15 \"$T\"/all.db");
  struct stat status;

  g_assert_cmpint (closed->status, ==, 0);
  g_assert_cmpint (all->status, ==, 3);
  /* No message went into a database that was opened on a missing descriptor. */
  g_assert_cmpstr (header->out, ==, "SQLite format 3SQLite format 3");
  g_assert_cmpint (open_umask->status, ==, 0);
  g_assert_cmpint (g_stat (database, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/hostile/X01", Fixture, NULL, set_up, test_usage, tear_down);
  g_test_add ("/cli/help", Fixture, NULL, set_up, test_help, tear_down);
  g_test_add ("/cli/version", Fixture, NULL, set_up, test_version, tear_down);
  g_test_add ("/hostile/X02", Fixture, NULL, set_up, test_names, tear_down);
  g_test_add ("/hostile/X04", Fixture, NULL, set_up, test_output, tear_down);
  g_test_add ("/hostile/X07", Fixture, NULL, set_up, test_many, tear_down);
  g_test_add ("/hostile/X08", Fixture, NULL, set_up, test_keys, tear_down);
  g_test_add ("/hostile/X10", Fixture, NULL, set_up, test_descriptors, tear_down);
  return g_test_run ();
}
