/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli-helpers.h"
#include "hostile-files.h"

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

/* What goes to a terminal: no control character but the new line. */
static void
assert_printable (const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    g_assert_true ((guchar)*at >= 0x20 || *at == '\n');
  g_assert_null (strstr (text, "\xe2\x80\xae"));
}

static Outcome *
validate_text (Fixture    *fixture,
               const char *text,
               gssize      length)
{
  g_autofree char *path = sandbox_write (&fixture->sandbox, "flow.leyden", text, length);
  Outcome *outcome = sandbox_run (&fixture->sandbox, "validate", path, NULL);

  assert_printable (outcome->out);
  assert_printable (outcome->err);
  return outcome;
}

static void
test_sample (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "validate", path, NULL);

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_nonnull (strstr (outcome->out, "valid"));
}

static void
test_places (Fixture       *fixture,
             gconstpointer  data)
{
  const char *text = "{\n  \"leyden\": 1,\n  \"id\": \"x\",\n  \"nodes\": [\n    {\"id\": \"b\", \"type\": \"input\"},\n"
                     "    {\"id\": \"a\", \"type\": \"output\"}\n  ],\n  \"edges\": [\n"
                     "    {\"id\": \"e\", \"source\": \"nowhere\", \"source_port\": \"x\", \"target\": \"a\", \"target_port\": \"result\"}\n  ]\n}\n";
  g_autoptr(Outcome) outcome = validate_text (fixture, text, -1);

  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_nonnull (strstr (outcome->out, "flow.leyden:9:"));
}

/* Inside containers the place is that of the file too, and the message says the way. */
static void
test_places_inside (Fixture       *fixture,
                    gconstpointer  data)
{
  const char *text = "{\n  \"leyden\": 1,\n  \"id\": \"x\",\n  \"nodes\": [\n    {\"id\": \"b\", \"type\": \"input\"},\n"
                     "    {\"id\": \"a\", \"type\": \"subflow\", \"title\": \"Steps\", \"flow\": {\"nodes\": [\n"
                     "      {\"id\": \"z\", \"type\": \"output\"},\n      {\"id\": \"y\", \"type\": \"loop\", \"title\": \"Again\", \"flow\": {\"nodes\": [\n"
                     "        {\"id\": \"r\", \"type\": \"output\"},\n        {\"id\": \"q\", \"type\": \"unknown\"}\n      ], \"edges\": []}}\n"
                     "    ], \"edges\": []}}\n  ],\n  \"edges\": []\n}\n";
  g_autoptr(Outcome) outcome = validate_text (fixture, text, -1);

  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_nonnull (strstr (outcome->out, "flow.leyden:10:"));
  g_assert_nonnull (strstr (outcome->out, "In “Steps” › “Again”: "));
}

static void
test_json (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *good = sample_path ("calculator-agent.leyden");
  g_autofree char *bad = sandbox_write (&fixture->sandbox, "bad.leyden", "{\"leyden\": 1, \"id\"", -1);
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "validate", "--json", good, bad, NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);

  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_cmpint (lines->len, ==, 2);
  g_assert_true (leyden_value_get_member_boolean (g_ptr_array_index (lines, 0), "valid", FALSE));
  g_assert_false (leyden_value_get_member_boolean (g_ptr_array_index (lines, 1), "valid", TRUE));
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (g_ptr_array_index (lines, 1), "problems")), ==, 1);
}

/* ---- Hostile files ---- */

static void
test_case (Fixture       *fixture,
           gconstpointer  data)
{
  const HostileFile *one = data;
  g_autoptr(Outcome) outcome = validate_text (fixture, one->text, one->length);

  /* −1: a flow with or without faults, but no failure. */
  if (one->status >= 0)
    g_assert_cmpint (outcome->status, ==, one->status);
  else
    g_assert_cmpint (outcome->status, <=, 1);
  if (strstr (outcome->out, one->says) == NULL && strstr (outcome->err, one->says) == NULL)
    g_error ("“%s” is said neither in\n%s\nnor in\n%s", one->says, outcome->out, outcome->err);
  g_assert_null (strstr (outcome->out, g_getenv ("HOME") == NULL ? "\n\n" : g_getenv ("HOME")));
}

static char *
repeat (const char *head,
        const char *unit,
        guint       n,
        const char *tail)
{
  GString *text = g_string_new (head);

  for (guint i = 0; i < n; i++)
    g_string_append (text, unit);
  g_string_append (text, tail);
  return g_string_free (text, FALSE);
}

static void
test_depth (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *open = repeat ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [], \"more\": ", "[", 199, "");
  g_autofree char *accepted = repeat (open, "]", 199, "}");
  g_autofree char *open_more = repeat ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [], \"more\": ", "[", 201, "");
  g_autofree char *refused = repeat (open_more, "]", 201, "}");
  g_autoptr(Outcome) good = validate_text (fixture, accepted, -1);
  g_autoptr(Outcome) bad = validate_text (fixture, refused, -1);

  g_assert_cmpint (good->status, ==, 0);
  g_assert_cmpint (bad->status, ==, 1);
}

static void
test_brackets (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *text = repeat ("", "[", 1000000, "");
  g_autoptr(Outcome) outcome = validate_text (fixture, text, -1);

  g_assert_cmpint (outcome->status, ==, 1);
}

static void
test_objects (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *text = repeat ("", "{\"a\":", 100000, "");
  g_autoptr(Outcome) outcome = validate_text (fixture, text, -1);

  g_assert_cmpint (outcome->status, ==, 1);
}

static void
test_too_many_nodes (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(GString) text = g_string_new ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"a\", \"type\": \"merge\"}");
  g_autoptr(Outcome) outcome = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, ",{\"id\":\"n%u\",\"type\":\"merge\"}", i);
  g_string_append (text, "]}");
  outcome = validate_text (fixture, text->str, (gssize)text->len);
  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_nonnull (strstr (outcome->err, "100"));
}

static void
test_colliding_keys (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(GString) text = g_string_new ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [], \"more\": {\"first\": 0");
  g_autoptr(Outcome) outcome = NULL;

  /* Every product of "Az" and "BY" has the same g_str_hash. */
  for (guint i = 0; i < 20000; i++)
    {
      g_string_append (text, ",\"");
      for (guint bit = 0; bit < 15; bit++)
        g_string_append (text, i >> bit & 1 ? "Az" : "BY");
      g_string_append (text, "\":1");
    }
  g_string_append (text, "}}");
  outcome = validate_text (fixture, text->str, (gssize)text->len);
  g_assert_cmpint (outcome->status, ==, 1);
}

/* ---- Things that are no files ---- */

static void
assert_refused (Fixture    *fixture,
                const char *path,
                int         status,
                const char *says)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "validate", path, NULL);

  g_assert_cmpint (outcome->status, ==, status);
  g_assert_nonnull (strstr (outcome->err, says));
  g_assert_cmpstr (outcome->out, ==, "");
}

static void
test_no_file (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *fifo = sandbox_path (&fixture->sandbox, "fifo");
  g_autofree char *name = sandbox_path (&fixture->sandbox, "socket");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_strlcpy (address.sun_path, name, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  assert_refused (fixture, fixture->sandbox.root, 3, "not a regular file");
  assert_refused (fixture, fifo, 3, "not a regular file");
  assert_refused (fixture, "/dev/zero", 3, "not a regular file");
  assert_refused (fixture, name, 3, "");
  assert_refused (fixture, "/nonexistent/flow.leyden", 3, "flow.leyden");
  close (fd);
}

static void
test_no_permission (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *path = sandbox_write (&fixture->sandbox, "closed.leyden", "{}", -1);

  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  if (access (path, R_OK) == 0)
    {
      g_test_skip ("root reads everything");
      return;
    }
  assert_refused (fixture, path, 3, "closed.leyden");
}

static void
test_sparse (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *path = sandbox_write (&fixture->sandbox, "sparse.leyden", "{}", -1);

  if (truncate (path, G_GINT64_CONSTANT (2) * 1024 * 1024 * 1024) != 0)
    {
      g_test_skip ("no sparse files here");
      return;
    }
  assert_refused (fixture, path, 1, "64 MiB");
}

/* Opening runs nothing: no process is started and no connection is made, whatever the files hold. */
static void
test_strace (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *strace = g_find_program_in_path ("strace");
  g_autofree char *log = sandbox_path (&fixture->sandbox, "trace");
  g_autofree char *text = NULL;
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(Outcome) outcome = NULL;
  static const char * const first[] = { "-f", "-qq", "-e", "trace=process,network", "-o" };

  if (strace == NULL)
    {
      g_test_skip ("strace is not installed");
      return;
    }
  g_ptr_array_add (argv, g_strdup (strace));
  for (guint i = 0; i < G_N_ELEMENTS (first); i++)
    g_ptr_array_add (argv, g_strdup (first[i]));
  g_ptr_array_add (argv, g_strdup (log));
  g_ptr_array_add (argv, g_strdup (fixture->sandbox.leydenctl));
  g_ptr_array_add (argv, g_strdup ("validate"));
  for (guint i = 0; i < G_N_ELEMENTS (hostile_files); i++)
    {
      g_autofree char *name = g_strdup_printf ("hostile-%u.leyden", i);

      g_ptr_array_add (argv, sandbox_write (&fixture->sandbox, name, hostile_files[i].text, hostile_files[i].length));
    }
  g_ptr_array_add (argv, NULL);
  /* The leak detector is a tracer too, and there can be only one. */
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "ASAN_OPTIONS", "detect_leaks=0", TRUE);
  outcome = sandbox_run_argv (&fixture->sandbox, (const char * const *)argv->pdata);
  if (!g_file_get_contents (log, &text, NULL, NULL) || strstr (text, "execve") == NULL)
    {
      g_test_skip ("strace may not trace here");
      return;
    }
  g_assert_cmpint (outcome->status, ==, 1);
  /* One execve, its own; threads are no processes. */
  g_assert_null (strstr (strstr (text, "execve") + 1, "execve("));
  g_assert_null (strstr (text, "fork("));
  g_assert_null (strstr (text, "connect("));
  g_assert_null (strstr (text, "sendto("));
}

static void
test_stdin (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");
  g_autofree char *command = g_strdup_printf ("'%s' validate - < '%s'", fixture->sandbox.leydenctl, path);
  g_autofree char *closed = g_strdup_printf ("'%s' validate - <&-", fixture->sandbox.leydenctl);
  g_autofree char *zeros = g_strdup_printf ("head -c 70000000 /dev/zero | '%s' validate -", fixture->sandbox.leydenctl);
  const char *good_argv[] = { "/bin/sh", "-c", command, NULL };
  const char *closed_argv[] = { "/bin/sh", "-c", closed, NULL };
  const char *zeros_argv[] = { "/bin/sh", "-c", zeros, NULL };
  g_autoptr(Outcome) good = sandbox_run_argv (&fixture->sandbox, good_argv);
  g_autoptr(Outcome) bad = sandbox_run_argv (&fixture->sandbox, closed_argv);
  g_autoptr(Outcome) big = sandbox_run_argv (&fixture->sandbox, zeros_argv);

  g_assert_cmpint (good->status, ==, 0);
  g_assert_cmpint (bad->status, ==, 1);
  g_assert_cmpint (big->status, ==, 1);
  g_assert_nonnull (strstr (big->err, "64 MiB"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cli/validate/sample", Fixture, NULL, set_up, test_sample, tear_down);
  g_test_add ("/cli/validate/places-inside", Fixture, NULL, set_up, test_places_inside, tear_down);
  g_test_add ("/cli/validate/places", Fixture, NULL, set_up, test_places, tear_down);
  g_test_add ("/cli/validate/json", Fixture, NULL, set_up, test_json, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (hostile_files); i++)
    {
      g_autofree char *name = g_strdup_printf ("/hostile/%s/cli-%u", hostile_files[i].id, i);

      g_test_add (name, Fixture, &hostile_files[i], set_up, test_case, tear_down);
    }
  g_test_add ("/hostile/W06/cli", Fixture, NULL, set_up, test_depth, tear_down);
  g_test_add ("/hostile/W07/cli", Fixture, NULL, set_up, test_brackets, tear_down);
  g_test_add ("/hostile/W08/cli", Fixture, NULL, set_up, test_objects, tear_down);
  g_test_add ("/hostile/W17/cli", Fixture, NULL, set_up, test_too_many_nodes, tear_down);
  g_test_add ("/hostile/W45/cli", Fixture, NULL, set_up, test_no_file, tear_down);
  g_test_add ("/hostile/W46/cli", Fixture, NULL, set_up, test_no_permission, tear_down);
  g_test_add ("/hostile/W49/cli", Fixture, NULL, set_up, test_sparse, tear_down);
  g_test_add ("/hostile/W50/cli", Fixture, NULL, set_up, test_colliding_keys, tear_down);
  g_test_add ("/hostile/X03/cli", Fixture, NULL, set_up, test_stdin, tear_down);
  g_test_add ("/cli/validate/starts-nothing", Fixture, NULL, set_up, test_strace, tear_down);
  return g_test_run ();
}
