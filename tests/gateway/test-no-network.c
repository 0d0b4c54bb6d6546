/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/*
 * Looking back makes no network call: what a backend and the command line say of a rollout they say again, word for word, in a network namespace with
 * nothing in it but a loopback on which nobody but the backend listens. The program starts itself in there; FOLDER names what both share.
 */

#define FOLDER   "LEYDEN_TEST_NO_NETWORK"
#define QUESTION "Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?"
#define WATCHES  "{\"expressions\": [\"input\", \"solveagt ->> '$.text'\", \"reward\"], \"until\": %u}"

/* Runs the sample. (transfer full): its rollout. */
static char *
run_sample (Server *server)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");
  g_autofree char *flow = NULL;
  g_autofree char *body = NULL;
  g_autofree char *list_path = NULL;
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) list = NULL;

  g_assert_true (g_file_get_contents (path, &flow, NULL, NULL));
  body = g_strdup_printf ("{\"flow\": %s, \"purpose\": \"try\", \"pace\": \"fast\", \"input\": {\"question\": \"" QUESTION "\", \"answer\": \"9\"}}", flow);
  made = server_expect (server, 201, "POST", "/leyden/v1/runs", body);
  ended = server_wait_run (server, leyden_value_get_member_string (made, "run", ""));
  list_path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", leyden_value_get_member_string (made, "run", ""));
  list = server_expect (server, 200, "GET", list_path, NULL);
  return g_strdup (leyden_value_get_string (leyden_value_lookup_pointer (list, "/rollouts/0/rollout"), NULL));
}

static void
add_answer (GString    *out,
            Server     *server,
            const char *rollout,
            const char *body,
            const char *format,
            ...) G_GNUC_PRINTF (5, 6);

static void
add_answer (GString    *out,
            Server     *server,
            const char *rollout,
            const char *body,
            const char *format,
            ...)
{
  g_autofree char *what = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  path = g_strdup_printf ("/leyden/v1/rollouts/%s%s", rollout, what);
  answer = server_expect (server, 200, body != NULL ? "POST" : "GET", path, body);
  text = leyden_json_write (answer, LEYDEN_JSON_COMPACT);
  g_string_append_printf (out, "%s: %s\n", what, text);
}

static void
add_replay (GString    *out,
            Sandbox    *sandbox,
            const char *database,
            const char *rollout,
            guint       until)
{
  g_autofree char *number = g_strdup_printf ("%u", until);
  g_autoptr(Outcome) outcome = sandbox_run (sandbox, "replay", "--json", "--until", number, "--database", database, rollout, NULL);

  if (outcome->status != 0)
    g_error ("replay: %d %s", outcome->status, outcome->err);
  g_string_append_printf (out, "replay %u: %s\n", until, outcome->out);
}

static void
add_export (GString    *out,
            Sandbox    *sandbox,
            const char *database,
            const char *rollout)
{
  g_autofree char *file = sandbox_path (sandbox, "export.json");
  g_autofree char *text = NULL;
  g_autoptr(Outcome) outcome = sandbox_run (sandbox, "export", "--database", database, rollout, file, NULL);

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_string_append_printf (out, "export: %s\n", text);
}

/* All that is told of @rollout, by a backend and, when that has ended, by the command line. (transfer full) */
static char *
look_back (Sandbox    *sandbox,
           Server     *server,
           const char *database,
           const char *rollout,
           const char *other)
{
  GString *out = g_string_new (NULL);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/state?summary=true", rollout);
  g_autoptr(LeydenValue) newest = server_expect (server, 200, "GET", path, NULL);
  guint last = (guint) leyden_value_get_member_int (newest, "last", 0);

  g_assert_cmpuint (last, >, 10);
  for (guint i = 1; i <= last; i++)
    {
      g_autofree char *watches = g_strdup_printf (WATCHES, i);

      add_answer (out, server, rollout, NULL, "/state?until=%u", i);
      add_answer (out, server, rollout, NULL, "/state?summary=true&until=%u", i);
      add_answer (out, server, rollout, NULL, "/timeline?until=%u", i);
      add_answer (out, server, rollout, NULL, "/records/%u", i);
      add_answer (out, server, rollout, watches, "/evaluate");
    }
  add_answer (out, server, rollout, NULL, "/records");
  add_answer (out, server, rollout, NULL, "/compare?with=%s", other);
  add_answer (out, server, rollout, NULL, "/export");
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  for (guint i = 1; i <= last; i++)
    add_replay (out, sandbox, database, rollout, i);
  add_export (out, sandbox, database, rollout);
  return g_string_free (out, FALSE);
}

/* A new namespace has a loopback, but that is down. */
static void
begin_loopback (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
  int sock = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (sock, >=, 0);
  g_assert_cmpint (ioctl (sock, SIOCSIFFLAGS, &request), ==, 0);
  close (sock);
}

static void
assert_no_network (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (80), .sin_addr.s_addr = htonl (0xcb007101) };
  int sock = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (connect (sock, (struct sockaddr *) &address, sizeof address), ==, -1);
  g_assert_cmpint (errno, ==, ENETUNREACH);
  close (sock);
}

static char *
read_shared (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv (FOLDER), name, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
test_inside (void)
{
  Sandbox sandbox;
  g_autofree char *database = g_build_filename (g_getenv (FOLDER), "looked-at.db", NULL);
  g_autofree char *rollout = read_shared ("rollout");
  g_autofree char *other = read_shared ("other");
  g_autofree char *expected = read_shared ("expected");
  g_autofree char *got = NULL;

  begin_loopback ();
  assert_no_network ();
  sandbox_set_up (&sandbox);
  got = look_back (&sandbox, sandbox_serve (&sandbox, "--database", database, NULL), database, rollout, other);
  g_assert_cmpstr (got, ==, expected);
  sandbox_tear_down (&sandbox);
}

/* NULL: it can be tried. */
static const char *
find_reason_to_skip (void)
{
  g_autofree char *unshare = g_find_program_in_path ("unshare");
  const char *probe[] = { unshare, "-rn", "true", NULL };
  int status = -1;

  if (unshare == NULL)
    return "unshare is not installed";
  if (!g_spawn_sync (NULL, (char **) probe, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL) || status != 0)
    return "network namespaces may not be made here";
  return NULL;
}

static void
test_looking_back (void)
{
  Sandbox sandbox;
  Server *server;
  const char *reason = find_reason_to_skip ();
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  const char *argv[] = { "unshare", "-rn", self, "-p", "/no-network/inside", NULL };
  g_auto(GStrv) environment = NULL;
  g_autofree char *database = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *other = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *said = NULL;
  int status = -1;

  if (reason != NULL)
    {
      g_test_skip (reason);
      return;
    }
  sandbox_set_up (&sandbox);
  database = sandbox_path (&sandbox, "looked-at.db");
  server = sandbox_serve (&sandbox, "--database", database, NULL);
  rollout = run_sample (server);
  other = run_sample (server);
  expected = look_back (&sandbox, server, database, rollout, other);
  g_free (sandbox_write (&sandbox, "rollout", rollout, -1));
  g_free (sandbox_write (&sandbox, "other", other, -1));
  g_free (sandbox_write (&sandbox, "expected", expected, -1));
  environment = g_environ_setenv (g_get_environ (), FOLDER, sandbox.root, TRUE);
  g_assert_true (g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, &said, NULL, &status, NULL));
  if (status != 0)
    g_error ("%s", said);
  g_assert_nonnull (strstr (said, "ok 1 /no-network/inside"));
  sandbox_tear_down (&sandbox);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (g_getenv (FOLDER) != NULL)
    g_test_add_func ("/no-network/inside", test_inside);
  else
    g_test_add_func ("/no-network/looking-back", test_looking_back);
  return g_test_run ();
}
