/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agents' rollouts over our own API: the list, the trainer's view of one, and agents that are attached. */
#include "agl-helpers.h"

#include <math.h>
#include <signal.h>
#include <string.h>

#include "leyden-json.h"
#include "misbehaving-server.h"

#define R "/api/rollouts"
#define L "/leyden/v1/rollouts"

static LeydenValue *
get_training (Agl        *fixture,
              const char *rollout)
{
  g_autofree char *path = g_strdup_printf (L "/%s/training", rollout);
  guint status;
  LeydenValue *view = server_ask (fixture->server, "GET", path, NULL, &status);

  g_assert_cmpint (status, ==, 200);
  return view;
}

static double
advantage_of (LeydenValue *view)
{
  return leyden_value_get_member_double (leyden_value_get_member (view, "group"), "advantage", NAN);
}

/* Rollouts of one request with the same input are a group; those of another one, and other inputs, are not. */
static void
test_group (Agl           *fixture,
            gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":{\"q\":1},\"rollout_id\":\"a0\"},{\"input\":{\"q\":1},\"rollout_id\":\"a1\"},{\"input\":{\"q\":2},\"rollout_id\":\"b0\"},"
      "{\"input\":{\"q\":1},\"rollout_id\":\"v0\",\"is_train\":false}]", 201, NULL },
    { "POST", R, "[{\"input\":{\"q\":1},\"rollout_id\":\"later\"}]", 201, NULL },
    { "POST", R "/a0/attempt/0/events", "{\"event_type\":\"model_request\",\"data\":{\"response\":{\"prompt_token_ids\":[1],\"choices\":[{\"token_ids\":[2]}]},"
      "\"http_status\":200,\"status\":\"ok\"}}", 200, NULL },
    { "POST", R "/a0/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":1.0}}", 200, NULL },
    { "POST", R "/a1/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.0}}", 200, NULL },
    { "PATCH", R "/a0", "{\"status\":{\"state\":\"running\"}}", 200, NULL },
    { "PATCH", R "/a0", "{\"status\":{\"state\":\"succeeded\"}}", 200, NULL },
    { "PATCH", R "/a1", "{\"status\":{\"state\":\"running\"}}", 200, NULL },
    { "PATCH", R "/a1", "{\"status\":{\"state\":\"succeeded\"}}", 200, NULL },
    { "POST", R "/b0/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}", 200, NULL },
    /* The trainer is done with it; here it stays. */
    { "DELETE", R "/a0", NULL, 204, NULL },
    { "GET", R "/a0", NULL, 404, NULL },
  };
  g_autoptr(LeydenValue) a0 = NULL;
  g_autoptr(LeydenValue) a1 = NULL;
  g_autoptr(LeydenValue) b0 = NULL;
  g_autoptr(LeydenValue) v0 = NULL;
  g_autoptr(LeydenValue) later = NULL;

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
  agl_restart (fixture, SIGKILL);
  a0 = get_training (fixture, "a0");
  a1 = get_training (fixture, "a1");
  b0 = get_training (fixture, "b0");
  v0 = get_training (fixture, "v0");
  later = get_training (fixture, "later");
  g_assert_true (leyden_value_get_member_boolean (a0, "removed", FALSE));
  g_assert_true (leyden_value_get_member_boolean (a0, "is_train", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (a0, "n_trained", 0), ==, 1);
  g_assert_cmpfloat_with_epsilon (advantage_of (a0), 0.5 / (sqrt (0.5) + 1e-6), 1e-9);
  g_assert_cmpfloat_with_epsilon (advantage_of (a1), -0.5 / (sqrt (0.5) + 1e-6), 1e-9);
  g_assert_cmpfloat (advantage_of (b0), ==, 0.5);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (v0, "group"), "size", 0), ==, 1);
  g_assert_false (leyden_value_get_member_boolean (v0, "is_train", TRUE));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (later, "group"), "size", 0), ==, 1);
}

static char *
list_names (Agl        *fixture,
            const char *query,
            gint64     *next)
{
  g_autofree char *path = g_strconcat (L, query, NULL);
  guint status;
  g_autoptr(LeydenValue) list = server_ask (fixture->server, "GET", path, NULL, &status);
  LeydenValue *rollouts = leyden_value_get_member (list, "rollouts");
  g_autoptr(GString) names = g_string_new (NULL);

  g_assert_cmpint (status, ==, 200);
  for (guint i = 0; i < leyden_value_get_size (rollouts); i++)
    {
      LeydenValue *row = leyden_value_get_item (rollouts, i);

      g_string_append_printf (names, "%s%s ", leyden_value_get_member_string (row, "rollout", ""),
                              leyden_value_get_member_boolean (row, "removed", FALSE) ? "-" : "");
    }
  *next = leyden_value_get_member_int (list, "next_before", 0);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
test_list (Agl           *fixture,
           gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"one\"},{\"input\":1,\"rollout_id\":\"two\"},{\"input\":1,\"rollout_id\":\"three\"}]", 201, NULL },
    { "DELETE", R "/two", NULL, 204, NULL },
  };
  g_autofree char *empty = NULL;
  g_autofree char *all = NULL;
  g_autofree char *first = NULL;
  g_autofree char *rest = NULL;
  g_autofree char *query = NULL;
  gint64 next;

  empty = list_names (fixture, "", &next);
  g_assert_cmpstr (empty, ==, "");
  agl_run (fixture, cases, G_N_ELEMENTS (cases));
  all = list_names (fixture, "", &next);
  g_assert_cmpstr (all, ==, "three two- one ");
  g_assert_cmpint (next, ==, 0);
  first = list_names (fixture, "?limit=2", &next);
  g_assert_cmpstr (first, ==, "three two- ");
  query = g_strdup_printf ("?limit=2&before=%" G_GINT64_FORMAT, next);
  rest = list_names (fixture, query, &next);
  g_assert_cmpstr (rest, ==, "one ");
  g_assert_cmpint (next, ==, 0);
}

static void
test_unknown (Agl           *fixture,
              gconstpointer  data)
{
  static const AglCase cases[] = {
    { "GET", L "/none/training", NULL, 404, NULL },
    { "GET", L "/none/training/calls/0", NULL, 404, NULL },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"r\"}]", 201, NULL },
    { "GET", L "/r/training/calls/0", NULL, 404, NULL },
    { "GET", L "/r/training/calls/-1", NULL, 404, NULL },
    { "GET", L "/r/training/calls/x", NULL, 404, NULL },
    { "GET", L "?limit=0", NULL, 422, NULL },
    { "GET", L "?before=x", NULL, 422, NULL },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

/* ---- Attached agents ---- */

/* The agent of help/attach.md: its block of Python. At most twenty lines that say something. */
static char *
read_agent (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "help", "attach.md", NULL);
  g_autofree char *text = NULL;
  char *begin, *end, *agent;
  g_auto(GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  begin = strstr (text, "```python\n");
  g_assert_nonnull (begin);
  begin += strlen ("```python\n");
  end = strstr (begin, "```");
  g_assert_nonnull (end);
  agent = g_strndup (begin, (gsize)(end - begin));
  lines = g_strsplit (agent, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    n += *lines[i] != '\0';
  g_assert_cmpint (n, <=, 20);
  return agent;
}

static LeydenValue *
attach (Agl        *fixture,
        const char *body)
{
  guint status;
  LeydenValue *answer = server_ask_text (fixture->server, "POST", "/leyden/v1/attach", body, &status);

  g_assert_cmpint (status, ==, 201);
  return answer;
}

static const char *
get_state (LeydenValue *view)
{
  return leyden_value_get_member_string (view, "state", "");
}

/* What a person does: pastes the lines into a shell and starts the program there. */
static void
run_pasted (Agl        *fixture,
            const char *lines,
            const char *program)
{
  g_autofree char *script = g_strconcat (lines, "exec python3 ", program, "\n", NULL);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *errors = NULL;
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_set_environ (launcher, fixture->sandbox.environ);
  g_subprocess_launcher_unsetenv (launcher, "ASAN_OPTIONS");
  process = g_subprocess_launcher_spawn (launcher, &error, "sh", NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, script, NULL, NULL, &errors, &error));
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (process))
    g_error ("The agent failed: %s", errors);
}

/* A program of twenty lines without any package becomes a rollout with a reward, answered by the simulated model. */
static void
test_python (Agl           *fixture,
             gconstpointer  data)
{
  g_autofree char *python = g_find_program_in_path ("python3");
  g_autofree char *agent = read_agent ();
  g_autofree char *program = sandbox_write (&fixture->sandbox, "agent.py", agent, -1);
  g_autoptr(LeydenValue) attached = NULL;
  g_autoptr(LeydenValue) before = NULL;
  g_autoptr(LeydenValue) after = NULL;
  g_autofree char *events = NULL;
  g_autofree char *path = NULL;
  const char *rollout;

  if (python == NULL)
    {
      g_test_skip ("There is no python3 here");
      return;
    }
  attached = attach (fixture, "{\"input\": {\"question\": \"12 + 5\"}}");
  rollout = leyden_value_get_member_string (attached, "rollout", "");
  before = get_training (fixture, rollout);
  g_assert_cmpstr (get_state (before), ==, "queued");
  run_pasted (fixture, leyden_value_get_member_string (attached, "lines", ""), program);
  after = get_training (fixture, rollout);
  g_assert_cmpstr (get_state (after), ==, "succeeded");
  g_assert_true (leyden_value_get_member_boolean (after, "attached", FALSE));
  g_assert_true (leyden_value_get_member_boolean (leyden_value_get_member (after, "reward"), "given", FALSE));
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (after, "calls")), ==, 2);
  /* The simulated model returns token ids, and its template only appends: both calls are one sequence. */
  g_assert_cmpint (leyden_value_get_member_int (after, "n_trained", 0), ==, 2);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (after, "sequences")), ==, 1);
  path = g_strdup_printf (R "/%s/events?format=triplet", rollout);
  events = agl_ask (fixture, "GET", path, NULL, NULL);
  g_assert_nonnull (strstr (events, "\"event_type\":\"reward\""));
  g_assert_nonnull (strstr (events, "\"prompt_token_ids\":["));
  /* Nobody else's controller sees it. */
  agl_expect (fixture, "GET", R "?state_in=queuing&state_in=running&state_in=succeeded&state_in=failed", NULL, 200, "[]");
  agl_expect (fixture, "GET", R "/terminal", NULL, 200, "{\"items\":[],\"next_after\":0,\"total_terminal\":0}");
}

static char *
ask_as (Agl        *fixture,
        const char *key,
        const char *method,
        const char *path,
        const char *body,
        guint      *status)
{
  g_autofree char *headers = g_strdup_printf ("Authorization: Bearer %s\r\nContent-Type: application/json\r\n", key);

  return agl_send (fixture, method, path, headers, body, -1, status);
}

/* The key is good for its own rollout, and for nothing else. */
static void
test_key (Agl           *fixture,
          gconstpointer  data)
{
  g_autoptr(LeydenValue) attached = attach (fixture, "{}");
  LeydenValue *env = leyden_value_get_member (attached, "env");
  const char *rollout = leyden_value_get_member_string (attached, "rollout", "");
  const char *key = leyden_value_get_member_string (env, "AGL_KEY", "");
  g_autofree char *own = g_strdup_printf (R "/%s", rollout);
  g_autofree char *events = g_strdup_printf (R "/%s/attempt/0/events", rollout);
  g_autofree char *proxy = g_strdup_printf ("/proxy/rollout/%s/attempt/0/mode/train/openai/v1/chat/completions", rollout);
  const struct { const char *method, *path, *body; guint status; } cases[] = {
    { "GET", own, NULL, 200 },
    { "POST", events, "{\"event_type\":\"note\"}", 200 },
    { "POST", proxy, "{\"messages\":[{\"role\":\"user\",\"content\":\"2 + 2\"}]}", 200 },
    { "GET", R "/other", NULL, 403 },
    { "POST", R "/other/attempt/0/events", "{\"event_type\":\"note\"}", 403 },
    { "GET", R "?state_in=running", NULL, 403 },
    { "GET", "/leyden/v1/runs", NULL, 403 },
    { "POST", "/leyden/v1/attach", "{}", 403 },
    { "DELETE", own, NULL, 403 },
  };

  agl_expect (fixture, "POST", R, "[{\"input\":1,\"rollout_id\":\"other\"}]", 201, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (env, "OPENAI_API_KEY", ""), ==, key);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint status;
      g_autofree char *answer = ask_as (fixture, key, cases[i].method, cases[i].path, cases[i].body, &status);

      if (status != cases[i].status && !(cases[i].status == 403 && status == 401))
        g_error ("%s %s: %u %s", cases[i].method, cases[i].path, status, answer);
    }
}

/* Key, port and what is known of it outlive the process. */
static void
test_restart (Agl           *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenValue) attached = attach (fixture, "{\"is_train\": false, \"group\": \"g\"}");
  g_autoptr(LeydenValue) other = attach (fixture, "{\"is_train\": false, \"group\": \"g\"}");
  LeydenValue *env = leyden_value_get_member (attached, "env");
  const char *rollout = leyden_value_get_member_string (attached, "rollout", "");
  const char *key = leyden_value_get_member_string (env, "AGL_KEY", "");
  g_autofree char *events = g_strdup_printf (R "/%s/attempt/0/events", rollout);
  g_autofree char *proxy = g_strdup_printf ("/proxy/rollout/%s/attempt/0/mode/val/openai/v1/chat/completions", rollout);
  g_autofree char *lines = g_strdup_printf ("/leyden/v1/attach/%s", rollout);
  g_autoptr(LeydenValue) again = NULL;
  g_autofree char *stream = NULL;
  g_autofree char *posted = NULL;
  g_autoptr(LeydenValue) view = NULL;
  guint16 port = fixture->server->port;
  guint status;

  g_assert_cmpstr (strrchr (leyden_value_get_member_string (env, "AGL_OPENAI_BASE_URL", ""), 'm'), ==, "mode/val/openai/v1");
  agl_restart (fixture, SIGKILL);
  g_assert_cmpint (fixture->server->port, ==, port);
  again = server_ask (fixture->server, "GET", lines, NULL, &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_cmpstr (leyden_value_get_member_string (again, "lines", ""), ==, leyden_value_get_member_string (attached, "lines", NULL));
  stream = ask_as (fixture, key, "POST", proxy, "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"2 + 2\"}]}", &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_nonnull (strstr (stream, "data: [DONE]"));
  view = get_training (fixture, rollout);
  g_assert_cmpstr (get_state (view), ==, "running");
  posted = ask_as (fixture, key, "POST", events, "{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}", &status);
  g_assert_cmpint (status, ==, 200);
  g_clear_pointer (&view, leyden_value_unref);
  view = get_training (fixture, rollout);
  g_assert_cmpstr (get_state (view), ==, "succeeded");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (view, "group"), "size", 0), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (view, "group"), "ended", 0), ==, 1);
}

/* The same request again is the same agent; what is wrong is refused with a reason. */
static void
test_requests (Agl           *fixture,
               gconstpointer  data)
{
  static const char * const wrong[] = {
    "[]", "{\"is_train\": 1}", "{\"expires_s\": 0}", "{\"expires_s\": 1.5}", "{\"expires_s\": 99999999}", "{\"group\": \"\"}", "{\"group\": 7}",
    "{\"model\": {}}", "{\"model\": {\"endpoint\": \"none\"}}", "{\"base_url\": \"ftp://a\"}", "{\"base_url\": \"http://a/;`b`\"}",
    "{\"base_url\": \"http://u:p@a\"}", "{\"base_url\": \"http://a/$x\"}", "{\"base_url\": \"http://a\\nexport A=1\"}", "{\"base_url\": \"http://a?b\"}",
  };
  g_autoptr(LeydenValue) one = attach (fixture, "{\"client_id\": \"c\", \"base_url\": \"https://leyden.example:8443/\"}");
  g_autoptr(LeydenValue) again = attach (fixture, "{\"client_id\": \"c\"}");
  g_autoptr(LeydenValue) another = attach (fixture, "{}");
  const char *rollout = leyden_value_get_member_string (one, "rollout", "");

  g_assert_true (g_str_has_prefix (rollout, "agent-"));
  g_assert_cmpstr (rollout, ==, leyden_value_get_member_string (again, "rollout", ""));
  g_assert_cmpstr (rollout, !=, leyden_value_get_member_string (another, "rollout", ""));
  g_assert_true (g_str_has_prefix (leyden_value_get_member_string (leyden_value_get_member (one, "env"), "AGL_EVENT_URL", ""),
                                   "https://leyden.example:8443/api/rollouts/agent-"));
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    agl_expect (fixture, "POST", "/leyden/v1/attach", wrong[i], 422, NULL);
}

/* Ended by hand, before and after its first call; and when its key ends. */
static void
test_end (Agl           *fixture,
          gconstpointer  data)
{
  g_autoptr(LeydenValue) idle = attach (fixture, "{}");
  g_autoptr(LeydenValue) busy = attach (fixture, "{}");
  g_autoptr(LeydenValue) expired = attach (fixture, "{\"expires_s\": 1}");
  const char *ids[] = {
    leyden_value_get_member_string (idle, "rollout", ""), leyden_value_get_member_string (busy, "rollout", ""),
    leyden_value_get_member_string (expired, "rollout", ""),
  };
  static const char * const states[] = { "failed", "succeeded", "failed" };
  g_autofree char *event = g_strdup_printf (R "/%s/attempt/0/events", ids[1]);

  agl_expect (fixture, "POST", event, "{\"event_type\":\"note\"}", 200, NULL);
  for (gsize i = 0; i < 2; i++)
    {
      g_autofree char *path = g_strdup_printf ("/leyden/v1/attach/%s", ids[i]);

      agl_expect (fixture, "DELETE", path, NULL, 204, NULL);
      agl_expect (fixture, "DELETE", path, NULL, 404, NULL);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    for (guint tries = 0;; tries++)
      {
        g_autoptr(LeydenValue) view = get_training (fixture, ids[i]);

        if (strcmp (get_state (view), states[i]) == 0)
          break;
        if (tries == 200)
          g_error ("%s is %s, not %s", ids[i], get_state (view), states[i]);
        g_usleep (50000);
      }
}

/* A backend that an agent at work needs does not end by itself; after the reward it does. */
static void
test_idle_exit (Agl           *fixture,
                gconstpointer  data)
{
  g_autofree char *database = sandbox_path (&fixture->sandbox, "idle.db");
  Server *before = fixture->server;
  g_autoptr(LeydenValue) attached = NULL;
  g_autofree char *events = NULL;

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, "--idle-exit", "1", NULL);
  attached = attach (fixture, "{}");
  events = g_strdup_printf (R "/%s/attempt/0/events", leyden_value_get_member_string (attached, "rollout", ""));
  agl_expect (fixture, "POST", events, "{\"event_type\":\"note\"}", 200, NULL);
  g_usleep (2500000);
  agl_expect (fixture, "POST", events, "{\"event_type\":\"reward\",\"data\":{\"value\":1}}", 200, NULL);
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  fixture->server = before;
}

/* ---- Whose model answers ---- */

#define JSON_TYPE "Content-Type: application/json\r\n"
#define CHAT "/v1/chat/completions"
#define READY "{\"prompt_token_ids\":[1],\"choices\":[{\"message\":{\"content\":\"4\"},\"finish_reason\":\"stop\",\"token_ids\":[7],\"logprobs\":{\"content\":[{\"logprob\":-1}]}}]}"

static char *
call_as (Agl         *fixture,
         LeydenValue *attached,
         const char  *body,
         guint       *status)
{
  LeydenValue *env = leyden_value_get_member (attached, "env");
  const char *base = leyden_value_get_member_string (env, "AGL_OPENAI_BASE_URL", "");
  g_autofree char *path = g_strconcat (strstr (base, "/proxy/"), "/chat/completions", NULL);

  return ask_as (fixture, leyden_value_get_member_string (env, "AGL_KEY", ""), "POST", path, body, status);
}

static void
add_endpoint (Agl               *fixture,
              MisbehavingServer *upstream)
{
  g_autofree char *uri = misbehaving_server_dup_uri (upstream, "/v1");
  g_autofree char *origin = misbehaving_server_dup_uri (upstream, "");
  g_autofree char *endpoint = g_strdup_printf ("{\"base_uri\": \"%s\", \"wire\": \"openai\", \"secret\": \"mine\", \"default_model\": \"tiny\"}", uri);
  g_autofree char *secret = g_strdup_printf ("{\"value\": \"sk-of-the-user-0123456789\", \"origins\": [\"%s\"]}", origin);

  agl_expect (fixture, "PUT", "/leyden/v1/endpoints/mine", endpoint, 200, NULL);
  agl_expect (fixture, "PUT", "/leyden/v1/secrets/mine", secret, 204, NULL);
}

/* An endpoint of the user answers with the user's key, which the agent never sees. It is asked for token ids once it was found to know them:
 * others refuse the whole request. */
static void
test_endpoint (Agl           *fixture,
               gconstpointer  data)
{
  g_autoptr(MisbehavingServer) upstream = misbehaving_server_new ();
  g_autoptr(LeydenValue) attached = NULL;
  g_autoptr(LeydenValue) view = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *rich = NULL;
  guint status;

  misbehaving_server_add_answer (upstream, CHAT, 200, JSON_TYPE, READY);
  add_endpoint (fixture, upstream);
  attached = attach (fixture, "{\"model\": {\"endpoint\": \"mine\"}}");
  first = call_as (fixture, attached, "{\"model\": \"auto\", \"messages\": [{\"role\": \"user\", \"content\": \"2 + 2\"}]}", &status);
  g_assert_cmpint (status, ==, 200);
  plain = misbehaving_server_dup_request (upstream, 0);
  g_assert_nonnull (strstr (plain, "Bearer sk-of-the-user-0123456789"));
  g_assert_nonnull (strstr (plain, "\"model\":\"tiny\""));
  g_assert_null (strstr (plain, "return_token_ids"));
  g_assert_null (strstr (plain, "logprobs"));
  agl_expect (fixture, "POST", "/leyden/v1/preflight", "{\"endpoint\": \"mine\"}", 200, "…\"verdict\":\"ready\"");
  second = call_as (fixture, attached, "{\"messages\": [{\"role\": \"user\", \"content\": \"3 + 3\"}]}", &status);
  g_assert_cmpint (status, ==, 200);
  rich = misbehaving_server_dup_request (upstream, 2);
  g_assert_nonnull (strstr (rich, "\"return_token_ids\":true"));
  view = get_training (fixture, leyden_value_get_member_string (attached, "rollout", ""));
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (view, "calls")), ==, 2);
  g_assert_false (leyden_value_get_member_boolean (view, "simulated", TRUE));
}

/* A trainer's server goes before the default model; an endpoint that was chosen goes before both. */
static void
test_trainer (Agl           *fixture,
              gconstpointer  data)
{
  g_autoptr(MisbehavingServer) upstream = misbehaving_server_new ();
  g_autofree char *uri = misbehaving_server_dup_uri (upstream, "/v1");
  g_autofree char *models = g_strdup_printf ("[{\"model\": \"Qwen/Qwen2.5-7B-Instruct\", \"endpoint\": \"%s\", \"version\": 3}]", uri);
  g_autoptr(LeydenValue) automatic = attach (fixture, "{}");
  g_autoptr(LeydenValue) chosen = attach (fixture, "{\"model\": {\"endpoint\": \"simulated\"}}");
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *own = NULL;
  g_autofree char *paused = NULL;
  guint status;

  misbehaving_server_add_answer (upstream, CHAT, 200, JSON_TYPE, READY);
  before = call_as (fixture, automatic, "{\"messages\": [{\"role\": \"user\", \"content\": \"2 + 2\"}]}", &status);
  g_assert_nonnull (strstr (before, "\"simulated\":true"));
  agl_expect (fixture, "POST", "/api/models", models, 201, NULL);
  after = call_as (fixture, automatic, "{\"messages\": [{\"role\": \"user\", \"content\": \"2 + 2\"}]}", &status);
  g_assert_null (strstr (after, "simulated"));
  own = call_as (fixture, chosen, "{\"messages\": [{\"role\": \"user\", \"content\": \"2 + 2\"}]}", &status);
  g_assert_nonnull (strstr (own, "\"simulated\":true"));
  g_assert_cmpuint (misbehaving_server_get_n_requests (upstream), ==, 1);
  agl_expect (fixture, "POST", "/leyden/v1/preflight", "{\"trainer\": true}", 200, "…\"verdict\":\"ready\"");
  /* A pause holds for all. */
  agl_expect (fixture, "POST", "/proxy/pause", "{}", 200, NULL);
  paused = call_as (fixture, chosen, "{\"messages\": []}", &status);
  g_assert_cmpint (status, ==, 429);
}

/* What goes wrong is said to the agent, with a status that it tries again only where that helps. */
static void
test_no_endpoint (Agl           *fixture,
                  gconstpointer  data)
{
  g_autoptr(LeydenValue) attached = NULL;
  g_autoptr(LeydenValue) simulated = attach (fixture, "{}");
  g_autofree char *keyless = NULL;
  g_autofree char *wire = NULL;
  g_autofree char *gone = NULL;
  g_autofree char *wrong = NULL;
  guint status;

  agl_expect (fixture, "PUT", "/leyden/v1/endpoints/mine", "{\"base_uri\": \"http://127.0.0.1:9/v1\", \"wire\": \"openai\", \"secret\": \"none\", \"default_model\": \"m\"}", 200, NULL);
  attached = attach (fixture, "{\"model\": {\"endpoint\": \"mine\"}}");
  keyless = call_as (fixture, attached, "{\"messages\": []}", &status);
  g_assert_cmpint (status, ==, 502);
  g_assert_nonnull (strstr (keyless, "has no key"));
  agl_expect (fixture, "PUT", "/leyden/v1/endpoints/mine", "{\"base_uri\": \"http://127.0.0.1:9/v1\", \"wire\": \"anthropic\", \"default_model\": \"m\"}", 200, NULL);
  wire = call_as (fixture, attached, "{\"messages\": []}", &status);
  g_assert_cmpint (status, ==, 502);
  agl_expect (fixture, "DELETE", "/leyden/v1/endpoints/mine", NULL, 204, NULL);
  gone = call_as (fixture, attached, "{\"messages\": []}", &status);
  g_assert_cmpint (status, ==, 503);
  wrong = call_as (fixture, simulated, "{\"messages\": 7}", &status);
  g_assert_cmpint (status, ==, 400);
  g_assert_nonnull (strstr (wrong, "\"error\""));
}

/* ---- Preflight ---- */

static void
test_preflight (Agl           *fixture,
                gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", "/leyden/v1/preflight", "{\"endpoint\": \"simulated\"}", 200, "…\"verdict\":\"ready\",\"token_ids\":true,\"prompt_token_ids\":true,\"log_probs\":true" },
    { "POST", "/leyden/v1/preflight", "{\"endpoint\": \"none\"}", 404, NULL },
    { "POST", "/leyden/v1/preflight", "{\"trainer\": true}", 200, "{\"results\":[]}" },
    { "POST", "/leyden/v1/preflight", "{\"base_uri\": \"http://169.254.169.254/v1\"}", 422, NULL },
    { "POST", "/leyden/v1/preflight", "{\"base_uri\": \"ftp://a\"}", 422, NULL },
    { "POST", "/leyden/v1/preflight", "{}", 422, NULL },
    { "POST", "/leyden/v1/preflight", "{\"base_uri\": \"http://127.0.0.1:1/v1\", \"model\": \"m\"}", 200, "…\"verdict\":\"unreachable\"" },
    { "POST", "/leyden/v1/preflight", "{\"base_uri\": \"https://127.0.0.1:1/v1\", \"wire\": \"anthropic\"}", 200, "…\"verdict\":\"no-token-ids\"" },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

/* From the command line, of a server on the network, which is the simulated one here; without the key it is refused. */
static void
test_doctor (Agl           *fixture,
             gconstpointer  data)
{
  g_autofree char *uri = server_uri (fixture->server, "/simulated/v1");
  g_autoptr(Outcome) without = sandbox_run (&fixture->sandbox, "doctor", "--endpoint", uri, NULL);
  g_autoptr(Outcome) with = NULL;

  g_assert_cmpint (without->status, ==, 1);
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "LEYDEN_KEY_PREFLIGHT", fixture->server->key, TRUE);
  with = sandbox_run (&fixture->sandbox, "doctor", "--endpoint", uri, "--json", NULL);
  g_assert_cmpint (with->status, ==, 0);
  g_assert_nonnull (strstr (with->out, "\"verdict\":\"ready\""));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gateway/agents/group", Agl, NULL, agl_set_up, test_group, agl_tear_down);
  g_test_add ("/gateway/agents/list", Agl, NULL, agl_set_up, test_list, agl_tear_down);
  g_test_add ("/gateway/agents/unknown", Agl, NULL, agl_set_up, test_unknown, agl_tear_down);
  g_test_add ("/gateway/agents/python", Agl, NULL, agl_set_up, test_python, agl_tear_down);
  g_test_add ("/gateway/agents/key", Agl, NULL, agl_set_up, test_key, agl_tear_down);
  g_test_add ("/gateway/agents/restart", Agl, NULL, agl_set_up, test_restart, agl_tear_down);
  g_test_add ("/gateway/agents/requests", Agl, NULL, agl_set_up, test_requests, agl_tear_down);
  g_test_add ("/gateway/agents/end", Agl, NULL, agl_set_up, test_end, agl_tear_down);
  g_test_add ("/gateway/agents/idle-exit", Agl, NULL, agl_set_up, test_idle_exit, agl_tear_down);
  g_test_add ("/gateway/agents/endpoint", Agl, NULL, agl_set_up, test_endpoint, agl_tear_down);
  g_test_add ("/gateway/agents/trainer", Agl, NULL, agl_set_up, test_trainer, agl_tear_down);
  g_test_add ("/gateway/agents/no-endpoint", Agl, NULL, agl_set_up, test_no_endpoint, agl_tear_down);
  g_test_add ("/gateway/agents/preflight", Agl, NULL, agl_set_up, test_preflight, agl_tear_down);
  g_test_add ("/gateway/agents/doctor", Agl, NULL, agl_set_up, test_doctor, agl_tear_down);
  return g_test_run ();
}
