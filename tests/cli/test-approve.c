/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* Nothing of a file runs before its user said so: `leydenctl approve`, `run --approve`, and the window's routes. */

#define FLOW(SCRIPT) \
  "{\"leyden\": 1, \"id\": \"f1\", \"nodes\": [" \
  "{\"id\": \"c\", \"type\": \"command\", \"title\": \"Touch <b>it\", \"position\": {\"x\": 0, \"y\": 0}, \"parameters\": {\"program\": \"sh\", \"inputs\": [], " \
  "\"arguments\": [\"-c\", \"" SCRIPT "\"]}}," \
  "{\"id\": \"o\", \"type\": \"output\", \"position\": {\"x\": 300, \"y\": 0}}]," \
  "\"edges\": [{\"id\": \"e\", \"source\": \"c\", \"source_port\": \"output\", \"target\": \"o\", \"target_port\": \"result\"}]}"

typedef struct
{
  Sandbox sandbox;
  char   *flow;
  char   *approved;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->flow = sandbox_write (&fixture->sandbox, "command.leyden", FLOW ("echo ran"), -1);
  fixture->approved = g_build_filename (g_environ_getenv (fixture->sandbox.environ, "XDG_STATE_HOME"), "leyden", "approved.json", NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->flow);
  g_free (fixture->approved);
}

static char *
find_hash (Fixture    *fixture,
           const char *flow)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "approve", flow, "--list", "--json", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_false (leyden_value_get_member_boolean (g_ptr_array_index (lines, 0), "approved", TRUE));
  return g_strdup (leyden_value_get_member_string (g_ptr_array_index (lines, 0), "hash", ""));
}

static gboolean
has_sandbox (Fixture *fixture)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "approve", fixture->flow, "--list", "--json", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);

  return leyden_value_get_member_string (g_ptr_array_index (lines, 0), "sandbox", NULL) != NULL;
}

/* With --allow-unsandboxed where there is none, so that the rest is tested there too. */
static Outcome *
run_flow (Fixture    *fixture,
          const char *option,
          const char *value)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();

  g_ptr_array_add (argv, fixture->sandbox.leydenctl);
  g_ptr_array_add (argv, (gpointer) "run");
  g_ptr_array_add (argv, fixture->flow);
  if (!has_sandbox (fixture))
    g_ptr_array_add (argv, (gpointer) "--allow-unsandboxed");
  if (option != NULL)
    g_ptr_array_add (argv, (gpointer) option);
  if (value != NULL)
    g_ptr_array_add (argv, (gpointer) value);
  g_ptr_array_add (argv, NULL);
  return sandbox_run_argv (&fixture->sandbox, (const char * const *) argv->pdata);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *hash = find_hash (fixture, fixture->flow);
  g_autoptr(Outcome) refused = run_flow (fixture, NULL, NULL);
  g_autoptr(Outcome) wrong = run_flow (fixture, "--approve", "0123456789012345678901234567890123456789012345678901234567890123");
  g_autoptr(Outcome) short_hash = run_flow (fixture, "--approve", "0123456789");
  g_autoptr(Outcome) allowed = run_flow (fixture, "--approve", hash);
  g_autoptr(Outcome) again = run_flow (fixture, NULL, NULL);

  g_assert_cmpint (refused->status, ==, 5);
  g_assert_cmpstr (refused->out, ==, "");
  g_assert_nonnull (strstr (refused->err, "leydenctl approve"));
  g_assert_nonnull (strstr (refused->err, hash));
  g_assert_cmpint (wrong->status, ==, 5);
  g_assert_cmpint (short_hash->status, ==, 2);
  g_assert_cmpint (allowed->status, ==, 0);
  g_assert_nonnull (strstr (allowed->out, "ran"));
  /* It held for that run only. */
  g_assert_cmpint (again->status, ==, 5);
  g_assert_false (g_file_test (fixture->approved, G_FILE_TEST_EXISTS));
}

/* Who approves must have been able to see all of it. */
static void
test_shown_whole (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *padding = g_strnfill (5000, 'x');
  g_autofree char *text = g_strdup_printf (FLOW (": # %s\\nrm -r x"), padding);
  g_autofree char *expected = g_strdup_printf (": # %s\\nrm -r x\n", padding);
  g_autofree char *path = sandbox_write (&fixture->sandbox, "long.leyden", text, -1);
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "approve", path, "--list", NULL);

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_nonnull (strstr (outcome->out, expected));
}

static void
test_approved (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(Outcome) approve = sandbox_run (&fixture->sandbox, "approve", fixture->flow, NULL);
  g_autoptr(Outcome) run = run_flow (fixture, NULL, NULL);
  g_autoptr(Outcome) list = sandbox_run (&fixture->sandbox, "approve", "--list", NULL);
  g_autofree char *changed = NULL;
  g_autoptr(Outcome) other = NULL;
  g_autoptr(Outcome) revoked = NULL;
  g_autoptr(Outcome) after = NULL;
  GStatBuf info;

  g_assert_cmpint (approve->status, ==, 0);
  g_assert_nonnull (strstr (approve->out, "echo ran"));
  g_assert_nonnull (strstr (approve->out, "Touch <b>it"));
  g_assert_cmpint (run->status, ==, 0);
  g_assert_nonnull (strstr (run->out, "ran"));
  g_assert_cmpint (g_stat (fixture->approved, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_nonnull (strstr (list->out, "echo ran"));

  /* Another script is another command, under the same name. */
  changed = sandbox_write (&fixture->sandbox, "command.leyden", FLOW ("echo ran; true"), -1);
  other = run_flow (fixture, NULL, NULL);
  g_assert_cmpint (other->status, ==, 5);

  g_free (changed);
  changed = sandbox_write (&fixture->sandbox, "command.leyden", FLOW ("echo ran"), -1);
  revoked = sandbox_run (&fixture->sandbox, "approve", fixture->flow, "--revoke", NULL);
  g_assert_cmpint (revoked->status, ==, 0);
  after = run_flow (fixture, NULL, NULL);
  g_assert_cmpint (after->status, ==, 5);
}

static void
test_unsandboxed (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *hash = find_hash (fixture, fixture->flow);
  g_autoptr(Outcome) refused = NULL;
  g_autoptr(Outcome) allowed = NULL;
  g_autoptr(Outcome) approve = NULL;
  g_autoptr(Outcome) kept = NULL;

  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "LEYDEN_SANDBOX", "none", TRUE);
  refused = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--approve", hash, NULL);
  allowed = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--approve", hash, "--allow-unsandboxed", NULL);
  g_assert_cmpint (refused->status, ==, 5);
  g_assert_nonnull (strstr (refused->err, "--allow-unsandboxed"));
  g_assert_cmpint (allowed->status, ==, 0);
  /* Or once and for all for this command. */
  approve = sandbox_run (&fixture->sandbox, "approve", fixture->flow, "--allow-unsandboxed", NULL);
  kept = sandbox_run (&fixture->sandbox, "run", fixture->flow, NULL);
  g_assert_cmpint (approve->status, ==, 0);
  g_assert_cmpint (kept->status, ==, 0);
}

static void
test_usage (Fixture       *fixture,
            gconstpointer  data)
{
  static const struct { const char *a, *b, *c; int status; } cases[] = {
    { NULL, NULL, NULL, 2 }, { "--list", "--revoke", NULL, 2 }, { "--revoke", NULL, NULL, 2 }, { "--address", "nothing", NULL, 2 },
    { "--address", "127.0.0.1", NULL, 2 }, { "--address", "127.0.0.1:8080", "--list", 2 }, { "no-such-file.leyden", NULL, NULL, 3 },
    { "--address", "127.0.0.1:8080", NULL, 0 }, { "--list", NULL, NULL, 0 }, { "0123456789abcdef", "--revoke", NULL, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "approve", cases[i].a, cases[i].b, cases[i].c, NULL);

      g_test_message ("%s %s %s: %s", cases[i].a, cases[i].b, cases[i].c, outcome->err);
      g_assert_cmpint (outcome->status, ==, cases[i].status);
    }
}

/* W43: nothing of an opened file runs. */
static void
test_opening (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *mark = sandbox_path (&fixture->sandbox, "mark");
  g_autofree char *text = g_strdup_printf (FLOW ("touch %s"), mark);
  g_autofree char *flow = sandbox_write (&fixture->sandbox, "evil.leyden", text, -1);
  g_autoptr(Outcome) validate = sandbox_run (&fixture->sandbox, "validate", flow, NULL);
  g_autoptr(Outcome) list = sandbox_run (&fixture->sandbox, "approve", flow, "--list", NULL);
  g_autoptr(Outcome) run = sandbox_run (&fixture->sandbox, "run", flow, "--allow-unsandboxed", NULL);

  g_assert_cmpint (validate->status, ==, 0);
  g_assert_cmpint (list->status, ==, 0);
  g_assert_nonnull (strstr (list->out, mark));
  g_assert_cmpint (run->status, ==, 5);
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
}

/* A file that says who wrote it badly approves nothing, and says so. */
static void
test_bad_file (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(Outcome) approve = sandbox_run (&fixture->sandbox, "approve", fixture->flow, NULL);
  g_autoptr(Outcome) run = NULL;
  g_autoptr(Outcome) list = NULL;

  g_assert_cmpint (approve->status, ==, 0);
  g_assert_cmpint (g_chmod (fixture->approved, 0666), ==, 0);
  run = run_flow (fixture, NULL, NULL);
  g_assert_cmpint (run->status, ==, 5);
  g_assert_nonnull (strstr (run->err, "0666"));
  list = sandbox_run (&fixture->sandbox, "approve", "--list", NULL);
  g_assert_cmpint (list->status, ==, 3);
}

/* ---- Over HTTP ---- */

static LeydenValue *
make_run (Fixture *fixture)
{
  g_autofree char *text = NULL;
  g_autofree char *body = NULL;

  g_assert_true (g_file_get_contents (fixture->flow, &text, NULL, NULL));
  body = g_strdup_printf ("{\"flow\": %s, \"input\": {}}", text);
  return leyden_json_parse (body, -1, NULL, NULL);
}

static LeydenValue *
make_approval (LeydenValue *permission,
               const char  *key,
               gboolean     unsandboxed)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "what", leyden_value_get_member (permission, "what"));
  leyden_value_builder_set_string (&b, "title", "Node");
  leyden_value_builder_set_boolean (&b, "unsandboxed", unsandboxed);
  if (key != NULL)
    leyden_value_builder_set_string (&b, "approval_key", key);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The rendezvous file of the server, in its runtime folder. */
static char *
read_approval_key (Fixture *fixture)
{
  const char *folder = g_environ_getenv (fixture->sandbox.environ, "LEYDEN_RENDEZVOUS_FOLDER");
  const char *runtime = g_environ_getenv (fixture->sandbox.environ, "XDG_RUNTIME_DIR");
  g_autofree char *path = folder != NULL ? g_build_filename (folder, "backend.json", NULL)
                                         : g_build_filename (runtime, "leyden", "backend.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) value = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  value = leyden_json_parse (text, -1, NULL, NULL);
  return g_strdup (leyden_value_get_member_string (value, "approval_key", NULL));
}

static void
test_http (Fixture       *fixture,
           gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, NULL);
  g_autoptr(LeydenValue) run = make_run (fixture);
  g_autofree char *approval_key = read_approval_key (fixture);
  g_autoptr(LeydenValue) asked = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  g_autofree char *path = NULL;
  LeydenValue *permission;
  guint status = 0;

  asked = server_ask (server, "POST", "/leyden/v1/permissions", run, &status);
  g_assert_cmpuint (status, ==, 200);
  permission = leyden_value_get_item (leyden_value_get_member (asked, "permissions"), 0);
  g_assert_false (leyden_value_get_member_boolean (permission, "approved", TRUE));
  path = g_strconcat ("/leyden/v1/approvals/", leyden_value_get_member_string (permission, "hash", ""), NULL);

  refused = server_ask (server, "POST", "/leyden/v1/runs", run, &status);
  g_assert_cmpuint (status, ==, 403);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (refused, "permissions")), ==, 1);

  /* The backend's key is not enough, nor is another one. */
  for (guint i = 0; i < 3; i++)
    {
      const char *keys[] = { NULL, server->key, "0123456789abcdef0123456789abcdef" };
      g_autoptr(LeydenValue) approval = make_approval (permission, keys[i], TRUE);
      g_autoptr(LeydenValue) answer = server_ask (server, "PUT", path, approval, &status);

      g_assert_cmpuint (status, ==, 403);
      g_assert_false (g_file_test (fixture->approved, G_FILE_TEST_EXISTS));
    }
  {
    g_autoptr(LeydenValue) other = leyden_json_parse ("{\"what\": {\"kind\": \"command\"}}", -1, NULL, NULL);
    g_autoptr(LeydenValue) approval = make_approval (other, approval_key, TRUE);
    g_autoptr(LeydenValue) answer = server_ask (server, "PUT", path, approval, &status);

    g_assert_cmpuint (status, ==, 422);
  }
  {
    g_autoptr(LeydenValue) approval = make_approval (permission, approval_key, TRUE);
    g_autoptr(LeydenValue) answer = server_ask (server, "PUT", path, approval, &status);
    g_autoptr(LeydenValue) started = NULL;
    g_autoptr(LeydenValue) ended = NULL;

    g_assert_cmpuint (status, ==, 200);
    started = server_ask (server, "POST", "/leyden/v1/runs", run, &status);
    g_assert_cmpuint (status, ==, 201);
    ended = server_wait_run (server, leyden_value_get_member_string (started, "run", ""));
    g_assert_cmpint (leyden_value_get_member_int (ended, "succeeded", leyden_value_get_member_int (leyden_value_get_member (ended, "summary"), "succeeded", 0)), ==, 1);
  }
  {
    g_autoptr(LeydenValue) list = server_ask (server, "GET", "/leyden/v1/approvals", NULL, &status);
    g_autoptr(LeydenValue) gone = NULL;
    g_autoptr(LeydenValue) again = NULL;
    g_autofree char *text = leyden_json_write (list, LEYDEN_JSON_COMPACT);

    g_assert_cmpuint (status, ==, 200);
    g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (list, "approvals")), ==, 1);
    g_assert_null (strstr (text, approval_key));
    gone = server_ask (server, "DELETE", path, NULL, &status);
    g_assert_cmpuint (status, ==, 200);
    again = server_ask (server, "DELETE", path, NULL, &status);
    g_assert_cmpuint (status, ==, 404);
  }
  g_assert_cmpint (server_end (server, 15), ==, 0);
}

/* A backend that other machines reach grants nothing, whatever key comes. */
static void
test_http_open (Fixture       *fixture,
                gconstpointer  data)
{
  Server *server = sandbox_serve (&fixture->sandbox, "--listen", "0.0.0.0:0", "--insecure", NULL);
  g_autoptr(LeydenValue) run = make_run (fixture);
  g_autofree char *approval_key = read_approval_key (fixture);
  g_autoptr(LeydenValue) asked = NULL;
  g_autoptr(LeydenValue) approval = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autofree char *path = NULL;
  LeydenValue *permission;
  guint status = 0;

  asked = server_ask (server, "POST", "/leyden/v1/permissions", run, &status);
  g_assert_cmpuint (status, ==, 200);
  permission = leyden_value_get_item (leyden_value_get_member (asked, "permissions"), 0);
  path = g_strconcat ("/leyden/v1/approvals/", leyden_value_get_member_string (permission, "hash", ""), NULL);
  approval = make_approval (permission, approval_key, FALSE);
  answer = server_ask (server, "PUT", path, approval, &status);
  g_assert_cmpuint (status, ==, 403);
  g_assert_false (g_file_test (fixture->approved, G_FILE_TEST_EXISTS));
  g_assert_cmpint (server_end (server, 15), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/approve/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/approve/shown-whole", Fixture, NULL, set_up, test_shown_whole, tear_down);
  g_test_add ("/approve/approved", Fixture, NULL, set_up, test_approved, tear_down);
  g_test_add ("/approve/unsandboxed", Fixture, NULL, set_up, test_unsandboxed, tear_down);
  g_test_add ("/approve/usage", Fixture, NULL, set_up, test_usage, tear_down);
  g_test_add ("/hostile/W43", Fixture, NULL, set_up, test_opening, tear_down);
  g_test_add ("/approve/bad-file", Fixture, NULL, set_up, test_bad_file, tear_down);
  g_test_add ("/approve/http", Fixture, NULL, set_up, test_http, tear_down);
  g_test_add ("/approve/http/open", Fixture, NULL, set_up, test_http_open, tear_down);
  return g_test_run ();
}
