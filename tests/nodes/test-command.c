/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine-helpers.h"
#include "leyden-effects.h"
#include "leyden-json.h"
#include "leyden-permission.h"
#include "leyden-process.h"

static LeydenApprovals *approvals;

/* Every command of the flow is approved for this process unless @approve is FALSE. */
static LeydenEngine *
make_engine (LeydenStore *store,
             LeydenPlan  *plan,
             gboolean     approve)
{
  LeydenEngine *engine = test_engine (store, NULL);
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(GPtrArray) permissions = leyden_permissions_of_flow (leyden_plan_get_flow (plan), test_types ());

  leyden_nodes_register_outside (engine, secrets, approvals);
  for (guint i = 0; approve && i < permissions->len; i++)
    leyden_approvals_grant_session (approvals, ((LeydenPermission *) g_ptr_array_index (permissions, i))->hash);
  return engine;
}

/* One node `c` of @kind with the input `value`. */
static LeydenPlan *
make_plan (const char *kind,
           const char *parameters)
{
  g_autofree char *flow = g_strdup_printf (
    "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"value\", \"type\": \"any\"}]}, \"c\": {\"type\": \"%s\"%s},"
    " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"result\", \"type\": \"any\"}]}},"
    " \"edges\": [\"i.value > c.value\", \"c.%s > o.result\"]}", kind, parameters, g_str_equal (kind, "python") ? "result" : "output");

  return test_plan (flow);
}

static Watch *
run (const char *kind,
     const char *parameters,
     const char *input)
{
  g_autoptr(LeydenPlan) plan = make_plan (kind, parameters);
  g_autoptr(LeydenEngine) engine = make_engine (NULL, plan, TRUE);

  return run_once (engine, plan, input);
}

static void
check_result (Watch      *watch,
              const char *expected)
{
  g_autofree char *result = NULL;

  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error, ==, NULL);
  result = leyden_json_write (leyden_value_get_member (leyden_rollout_get_result (watch->rollout), "result"), LEYDEN_JSON_CANONICAL);
  g_assert_cmpstr (result, ==, expected);
}

static void
check_failure (Watch      *watch,
               const char *code,
               const char *part)
{
  const LeydenRecord *failed = watch_find (watch, "node.failed", "c");
  LeydenValue *error = leyden_value_get_member (failed->payload, "error");

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  g_assert_cmpstr (leyden_value_get_member_string (error, "code", ""), ==, code);
  g_test_message ("%s", leyden_value_get_member_string (error, "message", ""));
  g_assert_nonnull (strstr (leyden_value_get_member_string (error, "message", ""), part));
}

/* ---- What it gets and gives ---- */

static void
test_forms (void)
{
  static const struct { const char *parameters; const char *input; const char *result; } cases[] = {
    { ", \"program\": \"cat\", \"output\": \"json\"", "{\"value\": {\"a\": [1, \"ü\"]}}", "{\"value\":{\"a\":[1,\"ü\"]}}" },
    { ", \"program\": \"cat\", \"input\": \"text\"", "{\"value\": \"a\\nb\"}", "\"a\\nb\"" },
    { ", \"program\": \"cat\", \"input\": \"text\", \"output\": \"lines\"", "{\"value\": \"a\\r\\n\\nb\\n\"}", "[\"a\",\"\",\"b\"]" },
    { ", \"program\": \"sh\", \"arguments\": [\"-c\", \"printf %s \\\"$INPUT_VALUE\\\"\"], \"input\": \"environment\"", "{\"value\": \"$(id) `id`\"}",
      "\"$(id) `id`\"" },
    { ", \"program\": \"sh\", \"arguments\": [\"-c\", \"exit 3\"], \"any_status\": true", "{\"value\": 1}", "\"\"" },
    { ", \"program\": \"true\"", "{\"value\": 1}", "\"\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Watch) watch = run ("command", cases[i].parameters, cases[i].input);

      check_result (watch, cases[i].result);
    }
}

static void
test_python (void)
{
  static const struct { const char *script; const char *input; const char *result; } cases[] = {
    { "result = inputs['value'] * 2", "{\"value\": 21}", "42" },
    { "import json\\nresult = {'keys': sorted(inputs), 'text': inputs['value'] + 'ß'}", "{\"value\": \"ä\"}", "{\"keys\":[\"value\"],\"text\":\"äß\"}" },
    { "print('{}')\\nimport sys\\nsys.stdout.write('x')\\nresult = None", "{\"value\": 1}", "null" },
    { "result = inputs['value']", "{\"value\": {\"a\": [true, null, 1.5]}}", "{\"a\":[true,null,1.5]}" },
  };
  static const struct { const char *script; const char *part; } bad[] = {
    { "x = 1", "no variable named result" }, { "result = 1 / 0", "division by zero" }, { "result = (", "SyntaxError" },
    { "result = float('nan')", "" }, { "result = {1, 2}", "not JSON serializable" }, { "import sys\\nsys.exit(7)", "status 7" },
    { "result = '\\\\udc00'", "" }, { "import os\\nos.kill(os.getpid(), 9)", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *parameters = g_strdup_printf (", \"script\": \"%s\"", cases[i].script);
      g_autoptr(Watch) watch = run ("python", parameters, cases[i].input);

      check_result (watch, cases[i].result);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *parameters = g_strdup_printf (", \"script\": \"%s\"", bad[i].script);
      g_autoptr(Watch) watch = run ("python", parameters, "{\"value\": 1}");

      check_failure (watch, "status", bad[i].part);
    }
}

static void
test_lines (void)
{
  g_autoptr(Watch) watch = run ("python", ", \"script\": \"print('one')\\nprint('two')\\nresult = 1\"", "{\"value\": 1}");
  g_autoptr(Watch) many = run ("command", ", \"program\": \"seq\", \"arguments\": [\"5000\"], \"output\": \"lines\"", "{\"value\": 1}");
  g_autoptr(Watch) wide = run ("command", ", \"program\": \"sh\", \"arguments\": [\"-c\", \"head -c 100000 /dev/zero; echo; printf '\\\\377'; echo x >&2\"]",
                               "{\"value\": 1}");
  const LeydenRecord *line = watch_find (watch, "output.line", "c");

  g_assert_cmpuint (watch_count (watch, "output.line", "c"), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (line->payload, "text", ""), ==, "one");
  g_assert_cmpstr (leyden_value_get_member_string (line->payload, "stream", ""), ==, "stderr");
  g_assert_cmpuint (watch_count (many, "output.line", "c"), ==, 2001);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (leyden_rollout_get_result (many->rollout), "result")), ==, 5000);
  g_assert_cmpuint (strlen (leyden_value_get_member_string (watch_find (wide, "output.line", "c")->payload, "text", "")), <=, 4096);
}

static void
test_failures (void)
{
  static const struct { const char *parameters; const char *code; const char *part; } cases[] = {
    { ", \"program\": \"sh\", \"arguments\": [\"-c\", \"echo no good >&2; exit 3\"]", "status", "status 3: no good" },
    { ", \"program\": \"cat\", \"input\": \"text\", \"output\": \"json\"", "result", "not JSON" },
    { ", \"program\": \"no-such-program-here\"", "node", "not on this machine" },
    { ", \"program\": \"sleep\", \"arguments\": [\"1000\"], \"timeout_s\": 1", "timeout", "1 s" },
    { ", \"program\": \"yes\", \"output_kib\": 64", "output", "65536" },
    { ", \"program\": \"sh\", \"arguments\": [\"-c\", \"yes >&2\"], \"output_kib\": 64", "output", "65536" },
    { ", \"program\": \"sh\", \"arguments\": [\"-c\", \"for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; wait\"], \"max_processes\": 4",
      "processes", "more than 4" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Watch) watch = run ("command", cases[i].parameters, "{\"value\": \"x\"}");

      check_failure (watch, cases[i].code, cases[i].part);
    }
  {
    g_autoptr(Watch) memory = run ("python", ", \"script\": \"result = len(bytearray(400 * 1024 * 1024))\", \"memory_mib\": 128", "{\"value\": 1}");

    check_failure (memory, "status", "MemoryError");
  }
}

/* P12: our environment holds keys; a command sees what it needs. */
static void
test_environment (void)
{
  g_autoptr(Watch) watch = NULL;
  const char *text;

  g_setenv ("LEYDEN_KEY_OPENAI", "sk-very-secret-1234567890", TRUE);
  g_setenv ("LEYDEN_TEST_NOT_NAMED", "hidden", TRUE);
  g_setenv ("TEST_NAMED", "seen", TRUE);
  watch = run ("command", ", \"program\": \"env\", \"environment\": [\"TEST_NAMED\", \"NOT_SET_ANYWHERE\"]", "{\"value\": 1}");
  text = leyden_value_get_member_string (leyden_rollout_get_result (watch->rollout), "result", "");
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, "TEST_NAMED=seen"));
  g_assert_nonnull (strstr (text, "HOME=/tmp"));
  g_assert_null (strstr (text, "very-secret"));
  g_assert_null (strstr (text, "hidden"));
  g_assert_null (strstr (text, "NOT_SET_ANYWHERE"));
}

/* ---- Approval ---- */

static void
test_not_approved (void)
{
  g_autofree char *mark = g_build_filename (g_get_tmp_dir (), "leyden-never-made", NULL);
  g_autofree char *parameters = g_strdup_printf (", \"program\": \"touch\", \"arguments\": [\"%s\"]", mark);
  g_autoptr(LeydenPlan) plan = make_plan ("command", parameters);
  g_autoptr(LeydenEngine) engine = make_engine (NULL, plan, FALSE);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"value\": 1}");
  g_autoptr(GPtrArray) permissions = leyden_permissions_of_flow (leyden_plan_get_flow (plan), test_types ());
  LeydenPermission *permission = g_ptr_array_index (permissions, 0);
  g_autoptr(GError) error = NULL;

  check_failure (watch, "approval", permission->hash);
  g_assert_cmpuint (permissions->len, ==, 1);
  g_assert_false (leyden_permissions_check (permissions, approvals, &error));
  g_assert_error (error, LEYDEN_APPROVAL_ERROR, LEYDEN_APPROVAL_ERROR_NEEDED);
  g_assert_nonnull (strstr (error->message, "leydenctl approve"));
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
}

/* ---- The end of a command ---- */

/* Counts processes whose command line holds @mark; the sandbox hides their numbers, but not their words. */
static guint
count_marked (const char *mark)
{
  g_autoptr(GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *text = NULL;
      gsize length = 0;

      if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, &length, NULL) && length > 0
          && g_strstr_len (text, (gssize) length, "sleep") != NULL && memmem (text, length, mark, strlen (mark)) != NULL)
        n++;
    }
  return n;
}

static void
check_all_gone (const char *mark)
{
  for (guint i = 0; count_marked (mark) > 0; i++)
    {
      g_assert_cmpuint (i, <, 100);
      g_usleep (50000);
    }
}

static void
check_cancel (const char *mark,
              const char *script)
{
  g_autofree char *parameters = g_strdup_printf (", \"program\": \"sh\", \"arguments\": [\"-c\", \"%s\"]", script);
  g_autoptr(LeydenPlan) plan = make_plan ("command", parameters);
  g_autoptr(LeydenEngine) engine = make_engine (NULL, plan, TRUE);
  g_autoptr(LeydenValue) input = test_json ("{\"value\": 1}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .seed = 42 };
  g_autoptr(Watch) watch = watch_new (leyden_engine_start_rollout (engine, &spec));

  while (watch_count (watch, "output.line", "c") == 0)
    g_main_context_iteration (NULL, TRUE);
  leyden_rollout_cancel (watch->rollout, "test");
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "cancelled");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  check_all_gone (mark);
}

static void
test_cancel (void)
{
  g_autofree char *mark = g_strdup_printf ("10%d", getpid ());
  g_autofree char *plain = g_strdup_printf ("sleep %s & sleep %s & echo on; wait", mark, mark);
  g_autofree char *stubborn = g_strdup_printf ("trap '' TERM INT HUP; (trap '' TERM; sleep %s) & echo on; while :; do sleep %s; done", mark, mark);
  g_autofree char *away = g_strdup_printf ("setsid sleep %s & echo on; wait", mark);

  check_cancel (mark, plain);
  check_cancel (mark, stubborn);
  check_cancel (mark, away);
}

/* What a command leaves behind ends with it. */
static void
test_left_behind (void)
{
  g_autofree char *mark = g_strdup_printf ("11%d", getpid ());
  g_autofree char *parameters = g_strdup_printf (", \"program\": \"sh\", \"arguments\": [\"-c\", \"sleep %s & echo done\"]", mark);
  g_autoptr(Watch) watch = run ("command", parameters, "{\"value\": 1}");

  check_result (watch, "\"done\\n\"");
  check_all_gone (mark);
}

/* ---- The sandbox ---- */

static gboolean
needs_sandbox (void)
{
  const char *reason = NULL;

  if (leyden_sandbox_find (&reason) == LEYDEN_SANDBOX_BUBBLEWRAP)
    return TRUE;
  g_test_skip (reason != NULL ? reason : "no bubblewrap");
  return FALSE;
}

static void
test_sandbox (void)
{
  static const char script[] =
    "import os, socket\\n"
    "def can(path, mode='r'):\\n"
    "    try:\\n"
    "        open(path, mode).close()\\n"
    "        return True\\n"
    "    except OSError:\\n"
    "        return False\\n"
    "def reach(port):\\n"
    "    try:\\n"
    "        socket.create_connection(('127.0.0.1', port), 1).close()\\n"
    "        return True\\n"
    "    except OSError:\\n"
    "        return False\\n"
    "result = {'tmp': can('/tmp/x', 'w'), 'usr': can('/usr/x', 'w'), 'root': can('/x', 'w'), 'passwd': can('/etc/passwd'),\\n"
    "          'file': can(inputs['value']['file']), 'home': os.path.exists(inputs['value']['home']), 'net': reach(inputs['value']['port']),\\n"
    "          'left': os.path.exists('/tmp/left'), 'pids': len([p for p in os.listdir('/proc') if p.isdigit()]) < 10,\\n"
    "          'leader': os.getsid(0) != 0, 'host': os.uname().nodename}\\n"
    "open('/tmp/left', 'w').close()";
  g_autoptr(GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *file = NULL;
  int fd = g_file_open_tmp ("leyden-private-XXXXXX", &file, NULL);
  g_autofree char *parameters = g_strdup_printf (", \"script\": \"%s\"", script);
  g_autofree char *with_network = g_strdup_printf ("%s, \"network\": true", parameters);
  g_autofree char *input = g_strdup_printf ("{\"value\": {\"file\": \"%s\", \"home\": \"%s\", \"port\": %u}}", file, g_get_home_dir (), port);

  if (!needs_sandbox ())
    return;
  g_assert_cmpint (fd, >=, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(Watch) watch = run ("python", parameters, input);

      check_result (watch, "{\"file\":false,\"home\":false,\"host\":\"sandbox\",\"leader\":true,\"left\":false,\"net\":false,\"passwd\":false,"
                           "\"pids\":true,\"root\":false,\"tmp\":true,\"usr\":false}");
    }
  {
    g_autoptr(Watch) watch = run ("python", with_network, input);

    g_assert_true (leyden_value_get_member_boolean (leyden_value_get_member (leyden_rollout_get_result (watch->rollout), "result"), "net", FALSE));
  }
  close (fd);
  g_unlink (file);
}

static void
process_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* Everybody may read command lines: values go to flatpak-spawn by a descriptor, and to it alone. */
static void
test_portal_environment (void)
{
  static const char * const command[] = { "/bin/cat", NULL };
  static const char * const environment[] = { "KEY=hush", "EMPTY=", NULL };
  static const char expected[] = "KEY=hush\0EMPTY=";
  g_auto(GStrv) argv = leyden_sandbox_make_argv (LEYDEN_SANDBOX_FLATPAK, command, FALSE);
  g_autoptr(GBytes) third = NULL;
  g_autoptr(GBytes) none = NULL;
  g_auto(GStrv) outer = leyden_sandbox_make_environment (LEYDEN_SANDBOX_FLATPAK, environment, &third);
  g_auto(GStrv) plain = leyden_sandbox_make_environment (LEYDEN_SANDBOX_BUBBLEWRAP, environment, &none);
  g_autofree char *line = g_strjoinv (" ", argv);
  static const char * const cat[] = { "/bin/sh", "-c", "cat <&3", NULL };
  LeydenProcessSpec spec = { .argv = cat, .environment = environment, .timeout_ms = 10000, .max_output = 4096, .max_memory = G_GUINT64_CONSTANT (1) << 30,
                             .max_processes = 8, .bare = TRUE };
  g_autoptr(GAsyncResult) done = NULL;
  g_autoptr(LeydenProcessResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_null (strstr (line, "hush"));
  g_assert_true (g_strv_contains ((const char * const *) argv, "--env-fd=3"));
  g_assert_true (g_strv_contains ((const char * const *) argv, "--clear-env"));
  g_assert_false (g_strv_contains ((const char * const *) outer, "KEY=hush"));
  g_assert_cmpmem (g_bytes_get_data (third, NULL), g_bytes_get_size (third), expected, sizeof expected);
  g_assert_null (none);
  g_assert_true (g_strv_equal ((const char * const *) plain, environment));
  spec.third = third;
  leyden_process_run_async (&spec, NULL, process_cb, &done);
  while (done == NULL)
    g_main_context_iteration (NULL, TRUE);
  result = leyden_process_run_finish (done, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (result->output, NULL), g_bytes_get_size (result->output), expected, sizeof expected);
}

/* What a training warns of. */
static void
test_once (void)
{
  static const struct { const char *kind; const char *parameters; gboolean once; } cases[] = {
    { "command", ", \"program\": \"echo\"", TRUE },
    { "command", ", \"program\": \"echo\", \"effects\": \"repeatable\"", FALSE },
    { "python", ", \"effects\": \"once\"", TRUE },
    { "http", ", \"url\": \"http://example.org/\"", FALSE },
    { "http", ", \"url\": \"http://example.org/\", \"method\": \"POST\"", TRUE },
    { "http", ", \"url\": \"http://example.org/\", \"method\": \"POST\", \"idempotency\": true", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"leyden\": 1, \"id\": \"f\", \"title\": \"F\", \"nodes\": [{\"id\": \"n\", \"type\": \"%s\", "
                                               "\"title\": \"Mine\", \"parameters\": {\"notes\": \"\"%s}}], \"edges\": []}", cases[i].kind,
                                               cases[i].parameters);
      g_autoptr(LeydenValue) value = test_json (text);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenFlow) flow = leyden_flow_from_value (value, &error);
      g_auto(GStrv) titles = NULL;

      g_assert_no_error (error);
      titles = leyden_effects_list_once (flow, test_types ());
      g_assert_cmpuint (g_strv_length (titles), ==, cases[i].once ? 1 : 0);
      if (cases[i].once)
        g_assert_cmpstr (titles[0], ==, "Mine");
    }
}

/* In a process of its own, where LEYDEN_SANDBOX=none. */
static void
test_unsandboxed_inner (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("command", ", \"program\": \"echo\", \"arguments\": [\"hi\"]");
  g_autoptr(LeydenEngine) engine = make_engine (NULL, plan, TRUE);
  g_autoptr(Watch) refused = NULL;
  g_autoptr(Watch) allowed = NULL;

  leyden_approvals_set_allow_unsandboxed (approvals, FALSE);
  refused = run_once (engine, plan, "{\"value\": 1}");
  check_failure (refused, "unsandboxed", "--allow-unsandboxed");
  leyden_approvals_set_allow_unsandboxed (approvals, TRUE);
  allowed = run_once (engine, plan, "{\"value\": 1}");
  check_result (allowed, "\"hi\\n\"");
  test_forms ();
  test_python ();
  test_failures ();
  test_environment ();
  test_cancel ();
  test_left_behind ();
}

static void
test_unsandboxed (void)
{
  if (g_test_subprocess ())
    {
      test_unsandboxed_inner ();
      return;
    }
  g_setenv ("LEYDEN_SANDBOX", "none", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_unsetenv ("LEYDEN_SANDBOX");
  g_test_trap_assert_passed ();
}

/* ---- Resume ---- */

static Watch *
resume (LeydenEngine *engine,
        LeydenPlan   *plan,
        gboolean      rerun)
{
  g_autoptr(LeydenValue) input = test_json ("{\"value\": 1}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .seed = 42, .rollout = "cut", .rerun_unsafe = rerun };
  Watch *watch = watch_new (leyden_engine_start_rollout (engine, &spec));

  watch_wait (watch);
  return watch;
}

/* Cut after @cut_type, then continued; gives how often the command ran in all, told by the lines it wrote. */
static void
check_resume (const char *effects,
              const char *cut_type,
              gboolean    rerun,
              const char *state,
              guint       n_runs)
{
  g_autofree char *parameters = g_strdup_printf (", \"program\": \"echo\", \"arguments\": [\"ran\"], \"effects\": \"%s\"", effects);
  g_autoptr(LeydenPlan) plan = make_plan ("command", parameters);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = make_engine (store, plan, TRUE);
  g_autoptr(Watch) whole = run_once (engine, plan, "{\"value\": 1}");
  g_autoptr(Watch) watch = NULL;
  guint n = 0;

  g_assert_cmpstr (leyden_rollout_get_state (whole->rollout), ==, "succeeded");
  while (!g_str_equal (((LeydenRecord *) g_ptr_array_index (whole->records, n))->type, cut_type))
    n++;
  test_put_prefix (store, whole->records, n + 1, "cut");
  watch = resume (engine, plan, rerun);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, state);
  g_assert_cmpuint (watch_count (watch, "tool.called", "c"), ==, n_runs);
  test_store_done (store);
}

static void
test_resume (void)
{
  check_resume ("once", "node.started", FALSE, "succeeded", 1);
  check_resume ("once", "tool.called", FALSE, "failed", 0);
  check_resume ("once", "tool.called", TRUE, "succeeded", 1);
  check_resume ("once", "tool.returned", FALSE, "succeeded", 0);
  check_resume ("repeatable", "tool.called", FALSE, "succeeded", 1);
  check_resume ("repeatable", "tool.returned", FALSE, "succeeded", 0);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *path = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  path = g_build_filename (g_get_tmp_dir (), "leyden-no-approvals-here", "approved.json", NULL);
  approvals = leyden_approvals_new (path);
  leyden_approvals_set_allow_unsandboxed (approvals, leyden_sandbox_find (NULL) == LEYDEN_SANDBOX_NONE);
  g_test_add_func ("/command/forms", test_forms);
  g_test_add_func ("/command/python", test_python);
  g_test_add_func ("/command/lines", test_lines);
  g_test_add_func ("/command/failures", test_failures);
  g_test_add_func ("/hostile/P12", test_environment);
  g_test_add_func ("/command/not-approved", test_not_approved);
  g_test_add_func ("/command/cancel", test_cancel);
  g_test_add_func ("/command/left-behind", test_left_behind);
  g_test_add_func ("/command/sandbox", test_sandbox);
  g_test_add_func ("/command/portal-environment", test_portal_environment);
  g_test_add_func ("/command/once", test_once);
  g_test_add_func ("/command/resume", test_resume);
  g_test_add_func ("/command/unsandboxed", test_unsandboxed);
  status = g_test_run ();
  g_object_unref (approvals);
  return status;
}
