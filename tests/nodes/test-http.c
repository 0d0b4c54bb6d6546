/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <libsoup/soup.h>
#include <string.h>

#include "engine-helpers.h"
#include "leyden-http-plan.h"
#include "leyden-json.h"
#include "leyden-permission.h"

static LeydenApprovals *approvals;
static LeydenSecrets *secrets;
static SoupServer *server;
static guint16 port;

/* Of the last request. */
static struct
{
  char *method;
  char *target;
  char *authorization;
  char *key;
  char *cookie;
  char *type;
  char *body;
  char *idempotency;
  guint n;
} seen;

static char *
dup_header (SoupServerMessage *message,
            const char        *name)
{
  return g_strdup (soup_message_headers_get_one (soup_server_message_get_request_headers (message), name));
}

static void
forget (void)
{
  g_clear_pointer (&seen.method, g_free);
  g_clear_pointer (&seen.target, g_free);
  g_clear_pointer (&seen.authorization, g_free);
  g_clear_pointer (&seen.key, g_free);
  g_clear_pointer (&seen.cookie, g_free);
  g_clear_pointer (&seen.type, g_free);
  g_clear_pointer (&seen.body, g_free);
  g_clear_pointer (&seen.idempotency, g_free);
}

static void
answer (SoupServerMessage *message,
        guint              status,
        const char        *type,
        const char        *body,
        gsize              length)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, body, length);
}

static void
server_cb (SoupServer        *soup,
           SoupServerMessage *message,
           const char        *path,
           GHashTable        *query,
           gpointer           data)
{
  GUri *uri = soup_server_message_get_uri (message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  forget ();
  seen.n++;
  seen.method = g_strdup (soup_server_message_get_method (message));
  seen.target = g_strdup_printf ("%s%s%s", g_uri_get_path (uri), g_uri_get_query (uri) != NULL ? "?" : "",
                                 g_uri_get_query (uri) != NULL ? g_uri_get_query (uri) : "");
  seen.authorization = dup_header (message, "Authorization");
  seen.key = dup_header (message, "X-Api-Key");
  seen.cookie = dup_header (message, "X-Extra");
  seen.type = dup_header (message, "Content-Type");
  seen.idempotency = dup_header (message, "Idempotency-Key");
  seen.body = g_strndup (body->data != NULL ? body->data : "", (gsize) body->length);
  if (g_str_has_prefix (path, "/json"))
    answer (message, 200, "application/json; charset=utf-8", "{\"a\":[1]}", 9);
  else if (g_str_equal (path, "/broken-json"))
    answer (message, 200, "application/json", "{\"a\":", 5);
  else if (g_str_equal (path, "/latin"))
    answer (message, 200, "text/plain; charset=ISO-8859-1", "\xe4", 1);
  else if (g_str_equal (path, "/png"))
    answer (message, 200, "image/png", "\x89PNG", 4);
  else if (g_str_equal (path, "/missing"))
    answer (message, 404, "text/html", "<b>no</b>", 9);
  else if (g_str_equal (path, "/big"))
    {
      g_autofree char *big = g_strnfill (3000, 'x');

      answer (message, 200, "text/plain", big, 3000);
    }
  else if (g_str_equal (path, "/slow"))
    soup_server_message_pause (message);
  else if (g_str_equal (path, "/echo-key"))
    answer (message, 400, "text/plain", seen.authorization, strlen (seen.authorization));
  else
    answer (message, 200, "text/plain", "here", 4);
}

static void
set_up_server (void)
{
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr(GError) error = NULL;
  GSList *uris;

  server = soup_server_new ("raw-paths", TRUE, NULL);
  soup_server_add_handler (server, NULL, server_cb, NULL, NULL);
  soup_server_listen (server, address, 0, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
approve_server (void)
{
  g_autoptr(LeydenPermission) permission = leyden_permission_new_address ("127.0.0.1", port);

  leyden_approvals_grant_session (approvals, permission->hash);
}

static LeydenPlan *
make_plan (const char *url,
           const char *parameters)
{
  g_autofree char *flow = g_strdup_printf (
    "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"value\", \"type\": \"any\"}]},"
    " \"h\": {\"type\": \"http\", \"inputs\": [{\"name\": \"value\", \"type\": \"any\", \"required\": true}], \"url\": \"%s\"%s},"
    " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"body\", \"type\": \"any\"}, {\"name\": \"status\", \"type\": \"any\"}]}},"
    " \"edges\": [\"i.value > h.value\", \"h.body > o.body\", \"h.status > o.status\"]}", url, parameters);

  return test_plan (flow);
}

static LeydenEngine *
make_engine (LeydenStore   *store,
             TestTransport *transport)
{
  LeydenEngine *engine = test_engine (store, transport);

  leyden_nodes_register_outside (engine, secrets, approvals);
  return engine;
}

/* @path: behind the server's address. */
static Watch *
ask (const char *path,
     const char *parameters,
     const char *input)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u%s", port, path);
  g_autoptr(LeydenPlan) plan = make_plan (url, parameters);
  g_autoptr(LeydenEngine) engine = make_engine (NULL, NULL);

  return run_once (engine, plan, input);
}

static void
check (Watch      *watch,
       const char *expected)
{
  g_autofree char *result = NULL;

  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error, ==, NULL);
  result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);
  g_assert_cmpstr (result, ==, expected);
}

static void
check_failure (Watch      *watch,
               const char *code,
               const char *part)
{
  const LeydenRecord *failed = watch_find (watch, "node.failed", "h");
  LeydenValue *error = leyden_value_get_member (failed->payload, "error");

  g_test_message ("%s: %s", leyden_value_get_member_string (error, "code", ""), leyden_value_get_member_string (error, "message", ""));
  g_assert_cmpstr (leyden_value_get_member_string (error, "code", ""), ==, code);
  g_assert_nonnull (strstr (leyden_value_get_member_string (error, "message", ""), part));
}

static void
test_requests (void)
{
  static const struct { const char *path; const char *parameters; const char *input; const char *method; const char *target; const char *type; const char *body; }
  cases[] = {
    { "/x", "", "{\"value\": 1}", "GET", "/x", NULL, "" },
    { "/q?a={{ value }}&b=2", "", "{\"value\": \"a b&c=ü/?#\"}", "GET", "/q?a=a%20b%26c%3D%C3%BC%2F%3F%23&b=2", NULL, "" },
    { "/{{ value }}/x", "", "{\"value\": \"../../admin\"}", "GET", "/..%2F..%2Fadmin/x", NULL, "" },
    { "/x", ", \"method\": \"POST\", \"body_type\": \"json\"", "{\"value\": {\"a\": 1}}", "POST", "/x", "application/json", "{\"value\":{\"a\":1}}" },
    { "/x", ", \"method\": \"PUT\", \"body_type\": \"json\", \"body\": \"{\\\"q\\\": {{ value }}, \\\"n\\\": [1]}\"", "{\"value\": \"say \\\"hi\\\"\"}", "PUT", "/x",
      "application/json", "{\"q\":\"say \\\"hi\\\"\",\"n\":[1]}" },
    { "/x", ", \"method\": \"POST\", \"body_type\": \"form\"", "{\"value\": \"a b&c\"}", "POST", "/x", "application/x-www-form-urlencoded", "value=a%20b%26c" },
    { "/x", ", \"method\": \"PATCH\", \"body_type\": \"text\", \"body\": \"Hello {{ value }}\"", "{\"value\": \"you\"}", "PATCH", "/x",
      "text/plain; charset=utf-8", "Hello you" },
    { "/x", ", \"method\": \"DELETE\"", "{\"value\": 1}", "DELETE", "/x", NULL, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Watch) watch = ask (cases[i].path, cases[i].parameters, cases[i].input);

      check (watch, "{\"body\":\"here\",\"status\":200}");
      g_assert_cmpstr (seen.method, ==, cases[i].method);
      g_assert_cmpstr (seen.target, ==, cases[i].target);
      g_assert_cmpstr (seen.type, ==, cases[i].type);
      g_assert_cmpstr (seen.body, ==, cases[i].body);
      g_assert_null (seen.idempotency);
    }
}

static void
test_whole_url (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("{{ value }}?x={{ value }}", "");
  g_autoptr(LeydenEngine) engine = make_engine (NULL, NULL);
  g_autofree char *input = g_strdup_printf ("{\"value\": \"http://127.0.0.1:%u/a/b\"}", port);
  g_autofree char *target = g_strdup_printf ("/a/b?x=http%%3A%%2F%%2F127.0.0.1%%3A%u%%2Fa%%2Fb", port);
  g_autoptr(Watch) watch = run_once (engine, plan, input);

  check (watch, "{\"body\":\"here\",\"status\":200}");
  g_assert_cmpstr (seen.target, ==, target);
}

static void
test_answers (void)
{
  static const struct { const char *path; const char *parameters; const char *result; } cases[] = {
    { "/json", "", "{\"body\":{\"a\":[1]},\"status\":200}" },
    { "/json", ", \"response\": \"text\"", "{\"body\":\"{\\\"a\\\":[1]}\",\"status\":200}" },
    { "/latin", "", "{\"body\":\"ä\",\"status\":200}" },
    { "/png", ", \"response\": \"data\"", "{\"body\":\"data:image/png;base64,iVBORw==\",\"status\":200}" },
    { "/missing", ", \"any_status\": true", "{\"body\":\"<b>no</b>\",\"status\":404}" },
    { "/missing", ", \"any_status\": true, \"response\": \"json\"", "{\"body\":\"<b>no</b>\",\"status\":404}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Watch) watch = ask (cases[i].path, cases[i].parameters, "{\"value\": 1}");

      check (watch, cases[i].result);
    }
}

static void
test_failures (void)
{
  static const struct { const char *path; const char *parameters; const char *input; const char *code; const char *part; } cases[] = {
    { "/missing", "", "{\"value\": 1}", "node", "status 404: <b>no</b>" },
    { "/broken-json", "", "{\"value\": 1}", "node", "not JSON" },
    { "/x", ", \"response\": \"json\"", "{\"value\": 1}", "node", "not JSON" },
    { "/big", ", \"answer_kib\": 2", "{\"value\": 1}", "too-large", "2048" },
    { "/slow", ", \"timeout_s\": 1", "{\"value\": 1}", "timeout", "in time" },
    { "/x", ", \"headers\": {\"X-A\": \"{{ value }}\"}", "{\"value\": \"a\\r\\nX-B: c\"}", "failed", "line break" },
    { "/x", ", \"headers\": {\"Host\": \"evil\"}", "{\"value\": 1}", "node", "cannot be set" },
    { "/x", ", \"headers\": {\"Transfer-Encoding\": \"chunked\"}", "{\"value\": 1}", "node", "cannot be set" },
    { "/x", ", \"method\": \"POST\", \"body_type\": \"json\", \"body\": \"{{ value }} x\"", "{\"value\": 1}", "node", "not JSON" },
    { "/{{ other }}", "", "{\"value\": 1}", "unknown-name", "other" },
    { "/x", ", \"auth\": \"bearer\"", "{\"value\": 1}", "node", "no secret is named" },
    { "/x", ", \"auth\": \"bearer\", \"secret\": {\"secret\": \"nobody\"}", "{\"value\": 1}", "secret", "nobody" },
  };
  static const char * const urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/", "", "/relative", "data:text/plain,x" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Watch) watch = ask (cases[i].path, cases[i].parameters, cases[i].input);

      check_failure (watch, cases[i].code, cases[i].part);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autoptr(LeydenPlan) plan = make_plan ("{{ value }}", "");
      g_autoptr(LeydenEngine) engine = make_engine (NULL, NULL);
      g_autofree char *input = g_strdup_printf ("{\"value\": \"%s\"}", urls[i]);
      g_autoptr(Watch) watch = run_once (engine, plan, input);

      check_failure (watch, "node", "must begin with");
    }
}

/* ---- Addresses ---- */

static void
test_addresses (void)
{
  static const char * const forbidden[] = { "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/",
                                            "http://0.0.0.0:%u/", "http://224.0.0.1/" };
  static const char * const private[] = { "http://127.0.0.1:%u/", "http://localhost:%u/", "http://[::ffff:127.0.0.1]:%u/", "http://127.1.2.3:%u/" };
  g_autoptr(LeydenApprovals) kept = approvals;
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "leyden-nothing-approved", "approved.json", NULL);
  guint before = seen.n;

  approvals = leyden_approvals_new (path);
  for (gsize i = 0; i < G_N_ELEMENTS (forbidden); i++)
    {
      g_auto(GStrv) parts = g_strsplit (forbidden[i], "%u", 2);
      g_autofree char *url = parts[1] != NULL ? g_strdup_printf ("%s%u%s", parts[0], port, parts[1]) : g_strdup (forbidden[i]);
      g_autoptr(LeydenPlan) plan = make_plan (url, "");
      g_autoptr(LeydenEngine) engine = make_engine (NULL, NULL);
      g_autoptr(Watch) watch = run_once (engine, plan, "{\"value\": 1}");

      check_failure (watch, "refused-address", "nothing is ever asked there");
    }
  for (gsize i = 0; i < G_N_ELEMENTS (private); i++)
    {
      g_auto(GStrv) parts = g_strsplit (private[i], "%u", 2);
      g_autofree char *url = g_strdup_printf ("%s%u%s", parts[0], port, parts[1]);
      g_autoptr(LeydenPlan) plan = make_plan (url, "");
      g_autoptr(LeydenEngine) engine = make_engine (NULL, NULL);
      g_autoptr(Watch) watch = run_once (engine, plan, "{\"value\": 1}");

      check_failure (watch, "refused-address", "--approve ");
    }
  g_assert_cmpuint (seen.n, ==, before);
  g_object_unref (approvals);
  approvals = g_steal_pointer (&kept);
}

/* What can be asked for beforehand is in the list of a flow. */
static void
test_permissions (void)
{
  static const struct { const char *url; const char *address; } cases[] = {
    { "http://127.0.0.1:8080/x", "127.0.0.1:8080" }, { "http://LocalHost/x", "localhost:80" }, { "https://192.168.0.5/a", "192.168.0.5:443" },
    { "http://10.0.0.1:99/{{ value }}", "10.0.0.1:99" }, { "http://127.0.0.1:{{ value }}/", NULL }, { "http://127.0.0.1{{ value }}", NULL },
    { "https://example.org/", NULL }, { "http://169.254.169.254/", NULL }, { "{{ value }}", NULL }, { "http://[::1]:7/", "[::1]:7" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenPlan) plan = make_plan (cases[i].url, "");
      g_autoptr(GPtrArray) list = leyden_permissions_of_flow (leyden_plan_get_flow (plan), test_types ());

      g_assert_cmpuint (list->len, ==, cases[i].address != NULL);
      if (cases[i].address != NULL)
        g_assert_cmpstr (leyden_value_get_member_string (((LeydenPermission *) g_ptr_array_index (list, 0))->what, "address", NULL), ==, cases[i].address);
    }
}

/* ---- Secrets ---- */

static void
test_secrets (void)
{
  static const struct { const char *parameters; const char *authorization; const char *key; const char *extra; } cases[] = {
    { ", \"auth\": \"bearer\", \"secret\": {\"secret\": \"here\"}", "Bearer hush-hush-hush", NULL, NULL },
    { ", \"auth\": \"basic\", \"user\": \"me\", \"secret\": {\"secret\": \"here\"}", "Basic bWU6aHVzaC1odXNoLWh1c2g=", NULL, NULL },
    { ", \"auth\": \"header\", \"secret\": {\"secret\": \"here\"}", NULL, "hush-hush-hush", NULL },
    { ", \"headers\": {\"X-Extra\": {\"secret\": \"here\", \"prefix\": \"Key \"}, \"X-Api-Key\": \"{{ value }}\"}", NULL, "v", "Key hush-hush-hush" },
  };
  g_autofree char *origin = g_strdup_printf ("http://127.0.0.1:%u", port);
  const char *origins[] = { origin, NULL };
  static const char * const elsewhere[] = { "https://example.org", NULL };

  leyden_secrets_set_session (secrets, "here", "hush-hush-hush", origins);
  leyden_secrets_set_session (secrets, "there", "other-other-other", elsewhere);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Watch) watch = ask ("/x", cases[i].parameters, "{\"value\": \"v\"}");

      check (watch, "{\"body\":\"here\",\"status\":200}");
      g_assert_cmpstr (seen.authorization, ==, cases[i].authorization);
      g_assert_cmpstr (seen.key, ==, cases[i].key);
      g_assert_cmpstr (seen.cookie, ==, cases[i].extra);
      /* The log names it and does not hold it. */
      for (guint k = 0; k < watch->records->len; k++)
        {
          g_autofree char *text = leyden_json_write (((LeydenRecord *) g_ptr_array_index (watch->records, k))->payload, LEYDEN_JSON_COMPACT);

          g_assert_null (strstr (text, "hush-hush"));
        }
    }
  {
    guint before = seen.n;
    g_autoptr(Watch) watch = ask ("/x", ", \"auth\": \"bearer\", \"secret\": {\"secret\": \"there\"}", "{\"value\": 1}");
    g_autoptr(Watch) repeated = NULL;

    check_failure (watch, "secret-origin", "there");
    g_assert_cmpuint (seen.n, ==, before);
    repeated = ask ("/echo-key", ", \"auth\": \"bearer\", \"secret\": {\"secret\": \"here\"}", "{\"value\": 1}");
    check_failure (repeated, "node", "status 400");
    g_assert_null (strstr (leyden_rollout_get_row (repeated->rollout)->error, "hush-hush"));
  }
}

/* ---- Effects ---- */

static Watch *
resume (LeydenEngine *engine,
        LeydenPlan   *plan)
{
  g_autoptr(LeydenValue) input = test_json ("{\"value\": 1}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .seed = 42, .rollout = "cut" };
  Watch *watch = watch_new (leyden_engine_start_rollout (engine, &spec));

  watch_wait (watch);
  return watch;
}

static void
check_resume (const char *parameters,
              const char *cut_type,
              const char *state,
              guint       n_more)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/x", port);
  g_autoptr(LeydenPlan) plan = make_plan (url, parameters);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = make_engine (store, NULL);
  g_autoptr(Watch) whole = run_once (engine, plan, "{\"value\": 1}");
  g_autoptr(Watch) watch = NULL;
  guint n = 0, before = seen.n;

  g_assert_cmpstr (leyden_rollout_get_state (whole->rollout), ==, "succeeded");
  while (!g_str_equal (((LeydenRecord *) g_ptr_array_index (whole->records, n))->type, cut_type))
    n++;
  test_put_prefix (store, whole->records, n + 1, "cut");
  watch = resume (engine, plan);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, state);
  g_assert_cmpuint (seen.n - before, ==, n_more);
  test_store_done (store);
}

static void
test_effects (void)
{
  check_resume ("", "tool.called", "succeeded", 1);
  check_resume (", \"method\": \"HEAD\"", "tool.called", "succeeded", 1);
  check_resume (", \"method\": \"POST\"", "tool.called", "failed", 0);
  check_resume (", \"method\": \"DELETE\"", "tool.called", "failed", 0);
  check_resume (", \"method\": \"POST\"", "node.started", "succeeded", 1);
  check_resume (", \"method\": \"POST\"", "tool.returned", "succeeded", 0);
  check_resume (", \"method\": \"POST\", \"idempotency\": true", "tool.called", "succeeded", 1);
  g_assert_cmpuint (strlen (seen.idempotency), ==, 32);
}

/* ---- As a tool ---- */

static guint n_turns;

static LeydenValue *
answer_agent (const LeydenModelCall  *call,
              GError                **error)
{
  LeydenValue *messages = leyden_value_get_member (call->body, "messages");
  LeydenValue *last = leyden_value_get_item (messages, leyden_value_get_size (messages) - 1);
  g_autofree char *tools = leyden_json_write (leyden_value_get_member (call->body, "tools"), LEYDEN_JSON_CANONICAL);

  if (n_turns++ == 0)
    {
      g_assert_cmpstr (tools, ==,
                       "[{\"function\":{\"description\":\"Looks things up.\",\"name\":\"look_up\",\"parameters\":{\"properties\":{\"q\":{\"description\":\"Question\","
                       "\"type\":\"string\"}},\"required\":[\"q\"],\"type\":\"object\"}},\"type\":\"function\"}]");
      return test_answer_tools ("look_up", "{\"q\": \"a b\", \"url\": \"http://evil/\"}", "look_up", "{}", NULL);
    }
  return test_answer_text (leyden_value_get_member_string (last, "content", ""));
}

static void
test_tool (void)
{
  g_autofree char *flow = g_strdup_printf (
    "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]}, \"g\": {\"type\": \"agent\"},"
    " \"h\": {\"type\": \"http\", \"name\": \"look_up\", \"description\": \"Looks things up.\", \"url\": \"http://127.0.0.1:%u/json?q={{ q }}\","
    " \"inputs\": [{\"name\": \"q\", \"type\": \"text\", \"title\": \"Question\", \"required\": true}]},"
    " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"text\", \"type\": \"any\"}]}},"
    " \"edges\": [\"i.q > g.prompt\", \"h.tools > g.tools\", \"g.text > o.text\"]}", port);
  g_autoptr(LeydenPlan) plan = test_plan (flow);
  g_autoptr(TestTransport) transport = test_transport_new (answer_agent);
  g_autoptr(LeydenEngine) engine = make_engine (NULL, transport);
  guint before = seen.n;
  g_autoptr(Watch) watch = NULL;

  n_turns = 0;
  watch = run_once (engine, plan, "{\"q\": \"hi\"}");
  check (watch, "{\"text\":\"Error: The argument “q” is missing\"}");
  g_assert_cmpuint (seen.n - before, ==, 1);
  g_assert_cmpstr (seen.target, ==, "/json?q=a%20b");
  /* It is called, and never fires. */
  g_assert_null (watch_find (watch, "node.started", "h"));
  g_assert_cmpuint (watch_count (watch, "tool.returned", "g#1/h"), ==, 2);
  {
    /* The refused call answers first: it asks nobody. */
    LeydenValue *second = NULL;
    g_autofree char *text = NULL;

    for (guint i = 0; i < watch->records->len; i++)
      if (g_str_equal (((LeydenRecord *) g_ptr_array_index (watch->records, i))->type, "tool.returned"))
        second = leyden_value_get_member (((LeydenRecord *) g_ptr_array_index (watch->records, i))->payload, "answer");
    text = leyden_json_write (second, LEYDEN_JSON_CANONICAL);
    g_assert_cmpstr (text, ==, "{\"content\":{\"a\":[1]}}");
  }
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
  secrets = leyden_secrets_new ();
  set_up_server ();
  approve_server ();
  g_test_add_func ("/http-node/requests", test_requests);
  g_test_add_func ("/http-node/whole-url", test_whole_url);
  g_test_add_func ("/http-node/answers", test_answers);
  g_test_add_func ("/http-node/failures", test_failures);
  g_test_add_func ("/hostile/A34", test_addresses);
  g_test_add_func ("/http-node/permissions", test_permissions);
  g_test_add_func ("/http-node/secrets", test_secrets);
  g_test_add_func ("/http-node/effects", test_effects);
  g_test_add_func ("/http-node/tool", test_tool);
  status = g_test_run ();
  forget ();
  soup_server_disconnect (server);
  g_object_unref (server);
  g_object_unref (secrets);
  g_object_unref (approvals);
  return status;
}
