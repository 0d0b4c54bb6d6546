/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trace context from request to model server, and rollouts as spans at a collector. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-helpers.h"
#include "leyden-gateway-ops.h"
#include "leyden-http-client.h"
#include "leyden-json.h"
#include "leyden-trace-spans.h"
#include "leyden-trace.h"
#include "misbehaving-server.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00-" TRACE "-00f067aa0ba902b7-01"
#define JSON_TYPE "Content-Type: application/json\r\n"
#define ANSWER "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"4\"},\"finish_reason\":\"stop\"}]," \
               "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}"

typedef struct
{
  Sandbox            sandbox;
  char              *database;
  Server            *server;
  MisbehavingServer *other;             /* collector and model server */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "traces.db");
  fixture->sandbox.said = sandbox_path (&fixture->sandbox, "said");
  fixture->other = misbehaving_server_new ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->server != NULL)
    g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  misbehaving_server_free (fixture->other);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* ---- What OTLP allows ---- */

/* Member names and JSON kinds of opentelemetry-proto's trace.proto, common.proto and resource.proto in proto3's JSON mapping: 64-bit
 * integers as strings, enumerations as numbers, ids in hex (OTLP specification, “JSON Protobuf Encoding”). */
static const struct { const char *message; const char *name; LeydenValueKind kind; const char *of; } otlp[] = {
  { "request", "resourceSpans", LEYDEN_VALUE_LIST, "ResourceSpans" },
  { "ResourceSpans", "resource", LEYDEN_VALUE_OBJECT, "Resource" },
  { "ResourceSpans", "scopeSpans", LEYDEN_VALUE_LIST, "ScopeSpans" },
  { "ResourceSpans", "schemaUrl", LEYDEN_VALUE_STRING, NULL },
  { "Resource", "attributes", LEYDEN_VALUE_LIST, "KeyValue" },
  { "ScopeSpans", "scope", LEYDEN_VALUE_OBJECT, "Scope" },
  { "ScopeSpans", "spans", LEYDEN_VALUE_LIST, "Span" },
  { "ScopeSpans", "schemaUrl", LEYDEN_VALUE_STRING, NULL },
  { "Scope", "name", LEYDEN_VALUE_STRING, NULL },
  { "Scope", "version", LEYDEN_VALUE_STRING, NULL },
  { "Span", "traceId", LEYDEN_VALUE_STRING, "hex32" },
  { "Span", "spanId", LEYDEN_VALUE_STRING, "hex16" },
  { "Span", "parentSpanId", LEYDEN_VALUE_STRING, "hex16" },
  { "Span", "name", LEYDEN_VALUE_STRING, NULL },
  { "Span", "kind", LEYDEN_VALUE_NUMBER, NULL },
  { "Span", "startTimeUnixNano", LEYDEN_VALUE_STRING, "int64" },
  { "Span", "endTimeUnixNano", LEYDEN_VALUE_STRING, "int64" },
  { "Span", "attributes", LEYDEN_VALUE_LIST, "KeyValue" },
  { "Span", "events", LEYDEN_VALUE_LIST, "Event" },
  { "Span", "links", LEYDEN_VALUE_LIST, "Link" },
  { "Span", "status", LEYDEN_VALUE_OBJECT, "Status" },
  { "Event", "timeUnixNano", LEYDEN_VALUE_STRING, "int64" },
  { "Event", "name", LEYDEN_VALUE_STRING, NULL },
  { "Event", "attributes", LEYDEN_VALUE_LIST, "KeyValue" },
  { "Link", "traceId", LEYDEN_VALUE_STRING, "hex32" },
  { "Link", "spanId", LEYDEN_VALUE_STRING, "hex16" },
  { "Status", "code", LEYDEN_VALUE_NUMBER, NULL },
  { "Status", "message", LEYDEN_VALUE_STRING, NULL },
  { "KeyValue", "key", LEYDEN_VALUE_STRING, NULL },
  { "KeyValue", "value", LEYDEN_VALUE_OBJECT, "AnyValue" },
  { "AnyValue", "stringValue", LEYDEN_VALUE_STRING, NULL },
  { "AnyValue", "intValue", LEYDEN_VALUE_STRING, "int64" },
  { "AnyValue", "doubleValue", LEYDEN_VALUE_NUMBER, NULL },
  { "AnyValue", "boolValue", LEYDEN_VALUE_BOOLEAN, NULL },
  { "AnyValue", "arrayValue", LEYDEN_VALUE_OBJECT, "ArrayValue" },
  { "ArrayValue", "values", LEYDEN_VALUE_LIST, "AnyValue" },
};

static void check_message (LeydenValue *value, const char *message);

static void
check_text (const char *text,
            const char *form)
{
  gint64 number;

  if (strcmp (form, "int64") == 0)
    g_assert_true (g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL));
  else
    {
      g_assert_cmpuint (strlen (text), ==, strcmp (form, "hex32") == 0 ? 32 : 16);
      g_assert_cmpuint (strspn (text, "0123456789abcdef"), ==, strlen (text));
      g_assert_cmpuint (strspn (text, "0"), <, strlen (text));
    }
}

static void
check_member (LeydenValue *value,
              guint        row)
{
  g_assert_cmpint (leyden_value_get_kind (value), ==, otlp[row].kind);
  if (otlp[row].of == NULL)
    return;
  if (otlp[row].kind == LEYDEN_VALUE_STRING)
    check_text (leyden_value_get_string (value, NULL), otlp[row].of);
  else if (otlp[row].kind == LEYDEN_VALUE_OBJECT)
    check_message (value, otlp[row].of);
  else
    for (guint i = 0; i < leyden_value_get_size (value); i++)
      check_message (leyden_value_get_item (value, i), otlp[row].of);
}

static void
check_message (LeydenValue *value,
               const char  *message)
{
  g_assert_cmpint (leyden_value_get_kind (value), ==, LEYDEN_VALUE_OBJECT);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      const char *name = leyden_value_get_key (value, i);
      guint row = 0;

      while (row < G_N_ELEMENTS (otlp) && (strcmp (otlp[row].message, message) != 0 || strcmp (otlp[row].name, name) != 0))
        row++;
      if (row == G_N_ELEMENTS (otlp))
        g_error ("OTLP's %s has no “%s”", message, name);
      check_member (leyden_value_get_item (value, i), row);
    }
}

/* ---- Reading spans ---- */

static const char *
attribute (LeydenValue *object,
           const char  *key)
{
  LeydenValue *attributes = leyden_value_get_member (object, "attributes");

  for (guint i = 0; i < leyden_value_get_size (attributes); i++)
    {
      LeydenValue *pair = leyden_value_get_item (attributes, i);

      if (strcmp (leyden_value_get_member_string (pair, "key", ""), key) == 0)
        {
          LeydenValue *any = leyden_value_get_member (pair, "value");
          LeydenValue *first = leyden_value_get_item (any, 0);

          if (leyden_value_get_kind (first) == LEYDEN_VALUE_OBJECT)
            first = leyden_value_get_item (leyden_value_get_item (leyden_value_get_member (first, "values"), 0), 0);
          return leyden_value_get_kind (first) == LEYDEN_VALUE_NUMBER ? leyden_value_get_number_text (first) : leyden_value_get_string (first, NULL);
        }
    }
  return NULL;
}

static LeydenValue *
find_span (GPtrArray  *spans,
           const char *name)
{
  for (guint i = 0; i < spans->len; i++)
    if (strcmp (leyden_value_get_member_string (g_ptr_array_index (spans, i), "name", ""), name) == 0)
      return g_ptr_array_index (spans, i);
  g_error ("There is no span “%s”", name);
}

static const char *
id_of (LeydenValue *span)
{
  return leyden_value_get_member_string (span, "spanId", "?");
}

static const char *
parent_of (LeydenValue *span)
{
  return leyden_value_get_member_string (span, "parentSpanId", "none");
}

/* ---- Spans of a log ---- */

static void
add (GPtrArray  *records,
     const char *attempt,
     const char *type,
     const char *node,
     const char *payload)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = leyden_json_parse (payload, -1, NULL, &error);

  g_assert_no_error (error);
  g_ptr_array_add (records, leyden_record_new ("r", attempt, records->len + 1, 1000 * (gint64)(records->len + 1), "engine", type, node, value));
}

static void
test_spans (void)
{
  const LeydenTraceSubject subject = { "r", "Calculator", "run1", "7", "train", PARENT };
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_autoptr(GPtrArray) spans = NULL;
  g_autoptr(LeydenValue) body = NULL;
  LeydenValue *root, *agent, *chat, *tool, *inner, *failed;
  g_autofree char *text = NULL;
  LeydenTrace trace;

  add (records, "0", "rollout.started", "", "{\"executor\":\"leyden\"}");
  add (records, "0", "node.started", "agent", "{}");
  add (records, "0", "model.request", "agent#1", "{\"ordinal\":1,\"hash\":\"h\",\"request\":{\"endpoint\":\"local\",\"body\":{\"model\":\"m-1\",\"temperature\":0.5,"
                                                 "\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"private words\"}]}}}");
  add (records, "0", "model.response", "agent#1", "{\"ordinal\":1,\"hash\":\"h\",\"answer\":{\"message\":{\"content\":\"private words\"},\"model\":\"m-1-x\","
                                                  "\"finish_reason\":\"tool_calls\",\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":3}}}");
  add (records, "0", "tool.called", "agent#1", "{\"ordinal\":1,\"hash\":\"t\",\"request\":{\"name\":\"calculator\",\"arguments\":{\"a\":\"private words\"},\"call_id\":\"c1\"}}");
  add (records, "0", "node.started", "agent#1/calculator", "{}");
  add (records, "0", "node.finished", "agent#1/calculator", "{}");
  add (records, "0", "tool.returned", "agent#1", "{\"ordinal\":1,\"hash\":\"t\",\"answer\":{\"content\":\"private words\"}}");
  add (records, "0", "model.request", "agent#2", "{\"ordinal\":1,\"hash\":\"i\",\"request\":{\"endpoint\":\"local\",\"body\":{\"model\":\"m-1\"}}}");
  add (records, "0", "model.response", "agent#2", "{\"ordinal\":1,\"hash\":\"i\",\"error\":{\"message\":\"no: sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD\",\"code\":\"rate-limit\"}}");
  add (records, "0", "node.failed", "agent", "{\"error\":{\"message\":\"no\",\"code\":\"rate-limit\"}}");
  add (records, "0", "node.started", "solve[3]/check", "{}");
  add (records, "0", "reward", "", "{\"value\":0.25}");
  add (records, "0", "rollout.finished", "", "{\"state\":\"failed\",\"error\":{\"message\":\"no\",\"code\":\"rate-limit\"}}");
  add (records, "1", "rollout.started", "", "{\"executor\":\"agl\"}");
  add (records, "1", "agl.event", "", "{\"event_type\":\"model_request\",\"data\":{\"model\":\"p\",\"request\":{\"temperature\":1},\"response\":{},\"latency_ms\":0.002,"
                                      "\"http_status\":500,\"status\":\"error\",\"usage\":{\"prompt_tokens\":1},\"finish_reason\":null}}");
  add (records, "1", "agl.event", "", "{\"event_type\":\"reward\",\"data\":{\"reward\":1}}");
  add (records, "1", "rollout.finished", "", "{\"state\":\"succeeded\"}");

  spans = leyden_trace_make_spans (&subject, records);
  g_assert_cmpuint (spans->len, ==, 9);
  body = leyden_trace_make_body (spans, "leyden");
  check_message (body, "request");
  text = leyden_json_write (body, LEYDEN_JSON_COMPACT);
  g_assert_null (strstr (text, "private"));
  g_assert_null (strstr (text, "sk-abcdefg"));

  root = g_ptr_array_index (spans, 0);
  g_assert_cmpstr (leyden_value_get_member_string (root, "name", ""), ==, "invoke_agent Calculator");
  leyden_trace_of_rollout ("r", "0", &trace);
  g_assert_cmpstr (leyden_value_get_member_string (root, "traceId", ""), ==, trace.trace_id);
  g_assert_cmpstr (id_of (root), ==, trace.span_id);
  g_assert_cmpstr (parent_of (root), ==, "none");
  g_assert_cmpstr (attribute (root, "gen_ai.operation.name"), ==, "invoke_agent");
  g_assert_cmpstr (attribute (root, "gen_ai.agent.name"), ==, "Calculator");
  g_assert_cmpstr (attribute (root, "error.type"), ==, "rate-limit");
  g_assert_cmpstr (leyden_value_get_member_string (root, "startTimeUnixNano", ""), ==, "1000");
  g_assert_cmpstr (leyden_value_get_member_string (root, "endTimeUnixNano", ""), ==, "14000");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (root, "status"), "code", 0), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (leyden_value_get_member (root, "links"), 0), "traceId", ""), ==, TRACE);
  g_assert_cmpstr (attribute (leyden_value_get_item (leyden_value_get_member (root, "events"), 0), "leyden.reward"), ==, "0.25");

  agent = find_span (spans, "agent");
  leyden_trace_enter (&trace, "agent");
  g_assert_cmpstr (id_of (agent), ==, trace.span_id);
  g_assert_cmpstr (parent_of (agent), ==, id_of (root));
  chat = find_span (spans, "chat m-1");
  g_assert_cmpstr (parent_of (chat), ==, id_of (agent));
  g_assert_cmpint (leyden_value_get_member_int (chat, "kind", 0), ==, 3);
  g_assert_cmpstr (attribute (chat, "gen_ai.operation.name"), ==, "chat");
  g_assert_cmpstr (attribute (chat, "gen_ai.provider.name"), ==, "local");
  g_assert_cmpstr (attribute (chat, "gen_ai.request.model"), ==, "m-1");
  g_assert_cmpstr (attribute (chat, "gen_ai.request.temperature"), ==, "0.5");
  g_assert_cmpstr (attribute (chat, "gen_ai.request.max_tokens"), ==, "64");
  g_assert_cmpstr (attribute (chat, "gen_ai.response.model"), ==, "m-1-x");
  g_assert_cmpstr (attribute (chat, "gen_ai.usage.input_tokens"), ==, "11");
  g_assert_cmpstr (attribute (chat, "gen_ai.usage.output_tokens"), ==, "3");
  g_assert_cmpstr (attribute (chat, "gen_ai.response.finish_reasons"), ==, "tool_calls");
  tool = find_span (spans, "execute_tool calculator");
  g_assert_cmpstr (parent_of (tool), ==, id_of (agent));
  g_assert_cmpstr (attribute (tool, "gen_ai.tool.name"), ==, "calculator");
  g_assert_cmpstr (attribute (tool, "gen_ai.tool.call.id"), ==, "c1");
  g_assert_cmpstr (parent_of (find_span (spans, "agent#1/calculator")), ==, id_of (agent));
  /* Cut off by the end. */
  inner = find_span (spans, "solve[3]/check");
  g_assert_cmpint (g_ascii_strtoll (leyden_value_get_member_string (inner, "endTimeUnixNano", ""), NULL, 10), >=, 12000);

  root = g_ptr_array_index (spans, 7);
  leyden_trace_of_rollout ("r", "1", &trace);
  g_assert_cmpstr (id_of (root), ==, trace.span_id);
  failed = find_span (spans, "chat p");
  g_assert_cmpstr (parent_of (failed), ==, id_of (root));
  g_assert_cmpstr (attribute (failed, "error.type"), ==, "500");
  g_assert_cmpstr (leyden_value_get_member_string (failed, "startTimeUnixNano", ""), ==, "14000");
  g_assert_cmpstr (leyden_value_get_member_string (failed, "endTimeUnixNano", ""), ==, "16000");
}

/* A server that was killed asks again under the same number: no span is left without an end. */
static void
test_asked_again (void)
{
  const LeydenTraceSubject subject = { "r", NULL, NULL, NULL, NULL, NULL };
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_autoptr(GPtrArray) spans = NULL;

  add (records, "0", "rollout.started", "", "{}");
  add (records, "0", "model.request", "agent", "{\"ordinal\":1,\"request\":{\"body\":{\"model\":\"m\"}}}");
  add (records, "0", "model.request", "agent", "{\"ordinal\":1,\"request\":{\"body\":{\"model\":\"m\"}}}");
  add (records, "0", "model.response", "agent", "{\"ordinal\":1,\"answer\":{}}");
  add (records, "0", "node.started", "", "{}");
  spans = leyden_trace_make_spans (&subject, records);
  g_assert_cmpuint (spans->len, ==, 3);
  g_assert_cmpstr (leyden_value_get_member_string (g_ptr_array_index (spans, 1), "endTimeUnixNano", ""), ==, "3000");
  g_assert_cmpstr (leyden_value_get_member_string (g_ptr_array_index (spans, 2), "endTimeUnixNano", ""), ==, "4000");
}

/* A rollout that does a lot is cut, and says so. */
static void
test_many_spans (void)
{
  const LeydenTraceSubject subject = { "r", NULL, NULL, NULL, NULL, "nonsense" };
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_autoptr(GPtrArray) spans = NULL;

  add (records, "0", "rollout.started", "", "{}");
  for (guint i = 0; i < LEYDEN_TRACE_MAX_SPANS + 10; i++)
    {
      g_autofree char *path = g_strdup_printf ("n%u", i);

      add (records, "0", "node.started", path, "{}");
      add (records, "0", "node.finished", path, "{}");
    }
  spans = leyden_trace_make_spans (&subject, records);
  g_assert_cmpuint (spans->len, ==, LEYDEN_TRACE_MAX_SPANS);
  g_assert_cmpstr (attribute (g_ptr_array_index (spans, 0), "leyden.spans.left_out"), ==, "11");
  g_assert_null (leyden_value_get_member (g_ptr_array_index (spans, 0), "links"));
}

/* ---- Export ---- */

static LeydenValue *
start_run (Fixture *fixture,
           int      limit)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autoptr(LeydenValue) body = sample_run (sha256, limit, "fast", NULL);
  g_autofree char *uri = server_uri (fixture->server, "/leyden/v1/runs");
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("POST", uri);
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) answer = NULL;
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(GError) error = NULL;

  leyden_http_request_set_json (request, body);
  leyden_http_request_set_bearer (request, fixture->server->key);
  leyden_http_request_set_header (request, "traceparent", PARENT);
  leyden_http_client_send_async (client, request, NULL, spin_result_cb, &result);
  spin (&result);
  answer = leyden_http_client_send_finish (client, result, &error);
  g_assert_no_error (error);
  run = leyden_json_parse_bytes (answer, NULL, NULL);
  return server_wait_run (fixture->server, leyden_value_get_member_string (run, "run", ""));
}

typedef struct
{
  Fixture *fixture;
  guint    n;
} Wanted;

static gboolean
has_requests (gpointer data)
{
  Wanted *wanted = data;

  return misbehaving_server_get_n_requests (wanted->fixture->other) >= wanted->n;
}

static double
figure (Fixture    *fixture,
        const char *series)
{
  g_autofree char *request = g_strdup_printf ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n",
                                              fixture->server->key);
  g_autofree char *answer = server_raw (fixture->server, request, -1);
  g_autofree char *start = g_strconcat ("\n", series, " ", NULL);
  const char *found = strstr (answer, start);

  return found == NULL ? 0 : g_ascii_strtod (found + strlen (start), NULL);
}

typedef struct
{
  Fixture    *fixture;
  const char *series;
  double      value;
} Figure;

static gboolean
has_figure (gpointer data)
{
  Figure *wanted = data;

  return figure (wanted->fixture, wanted->series) == wanted->value;
}

static void
wait_figure (Fixture    *fixture,
             const char *series,
             double      value)
{
  Figure wanted = { fixture, series, value };

  wait_until (has_figure, &wanted);
}

static void
test_export (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *endpoint = misbehaving_server_dup_uri (fixture->other, "/");
  g_autofree char *headers = sandbox_write (&fixture->sandbox, "headers", "# of the collector\nX-Tenant: blue\nAuthorization: Bearer collectors-own\n", -1);
  g_autoptr(LeydenValue) run = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *said = NULL;
  LeydenValue *spans, *resource;
  Wanted wanted = { fixture, 2 };
  guint n_roots = 0, n_linked = 0;

  /* Busy at first, then it takes all but one. */
  misbehaving_server_add_answer (fixture->other, "/v1/traces", 503, "Retry-After: 1\r\n", "");
  misbehaving_server_add_answer (fixture->other, "/v1/traces", 200, JSON_TYPE, "{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"too old\"}}");
  g_assert_cmpint (chmod (headers, 0600), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--trace-endpoint", endpoint, "--trace-headers-file", headers,
                                   "--trace-service", "leyden-test", NULL);
  run = start_run (fixture, 3);
  wait_until (has_requests, &wanted);
  wait_figure (fixture, "leyden_trace_spans_total{outcome=\"refused\"}", 1);
  g_assert_cmpfloat (figure (fixture, "leyden_trace_rollouts_total{outcome=\"exported\"}"), ==, 3);
  g_assert_cmpfloat (figure (fixture, "leyden_trace_queue"), ==, 0);

  first = misbehaving_server_dup_request (fixture->other, 0);
  second = misbehaving_server_dup_request (fixture->other, 1);
  g_assert_true (g_str_has_prefix (second, "POST /v1/traces HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (second, "X-Tenant: blue\r\n"));
  g_assert_nonnull (strstr (second, "Authorization: Bearer collectors-own\r\n"));
  g_assert_nonnull (strstr (second, "Content-Type: application/json\r\n"));
  g_assert_cmpstr (strstr (first, "\r\n\r\n"), ==, strstr (second, "\r\n\r\n"));
  body = leyden_json_parse (strstr (second, "\r\n\r\n") + 4, -1, NULL, NULL);
  check_message (body, "request");
  resource = leyden_value_lookup_pointer (body, "/resourceSpans/0/resource");
  g_assert_cmpstr (attribute (resource, "service.name"), ==, "leyden-test");
  spans = leyden_value_lookup_pointer (body, "/resourceSpans/0/scopeSpans/0/spans");
  g_assert_cmpuint (leyden_value_get_size (spans), >, 10);
  for (guint i = 0; i < leyden_value_get_size (spans); i++)
    {
      LeydenValue *span = leyden_value_get_item (spans, i);

      if (strcmp (parent_of (span), "none") != 0)
        continue;
      n_roots++;
      n_linked += leyden_value_get_member (span, "links") != NULL;
      g_assert_cmpstr (attribute (span, "gen_ai.operation.name"), ==, "invoke_agent");
      g_assert_cmpstr (attribute (span, "leyden.run"), ==, leyden_value_get_member_string (run, "run", ""));
      g_assert_nonnull (attribute (span, "gen_ai.agent.name"));
    }
  g_assert_cmpuint (n_roots, ==, 3);
  g_assert_cmpuint (n_linked, ==, 3);
  g_assert_true (g_file_get_contents (fixture->sandbox.said, &said, NULL, NULL));
  g_assert_null (strstr (said, "collectors-own"));
}

/* A collector that refuses for good is not asked again for the same; what is lost is counted, and runs do not notice. */
static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *endpoint = misbehaving_server_dup_uri (fixture->other, "/v1/traces");
  g_autoptr(LeydenValue) run = NULL;

  misbehaving_server_add_answer (fixture->other, "/v1/traces", 500, NULL, "");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--trace-endpoint", endpoint, NULL);
  run = start_run (fixture, 2);
  g_assert_cmpstr (leyden_value_get_member_string (run, "state", ""), ==, "succeeded");
  wait_figure (fixture, "leyden_trace_rollouts_total{outcome=\"refused\"}", 2);
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->other), ==, 1);
  g_assert_cmpfloat (figure (fixture, "leyden_trace_spans_total{outcome=\"exported\"}"), ==, 0);
}

static void
store_long (LeydenSqliteStore *store,
            const char        *rollout,
            guint              n)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_autoptr(LeydenRolloutRow) row = leyden_rollout_row_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  row->rollout = g_strdup (rollout);
  for (guint i = 1; i <= n; i++)
    {
      g_autoptr(LeydenValue) payload = leyden_json_parse ("{}", -1, NULL, NULL);

      g_ptr_array_add (records, leyden_record_new (rollout, "0", i, (gint64)i * 1000, "leyden", i == 1 ? "rollout.started" : "model.chunk", "", payload));
    }
  leyden_store_append_async (LEYDEN_STORE (store), records, row, spin_result_cb, &result);
  spin (&result);
  leyden_store_append_finish (LEYDEN_STORE (store), result, &error);
  g_assert_no_error (error);
}

/* Of a log that is longer than goes out it is counted that it was cut. */
static void
test_cut (Fixture       *fixture,
          gconstpointer  data)
{
  LeydenGatewayOptions options = { 0 };
  LeydenGateway gateway = { 0 };
  LeydenOps *ops = leyden_ops_new (&gateway, &options);
  g_autofree char *endpoint = misbehaving_server_dup_uri (fixture->other, "/v1/traces");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  misbehaving_server_add_answer (fixture->other, "/v1/traces", 200, JSON_TYPE, "{}");
  leyden_sqlite_store_open_async (fixture->database, LEYDEN_STORE_OPEN_DEFAULT, NULL, spin_result_cb, &result);
  spin (&result);
  gateway.store = leyden_sqlite_store_open_finish (result, &error);
  g_assert_no_error (error);
  store_long (gateway.store, "whole", 20000);
  store_long (gateway.store, "long", 20001);
  ops->traces = leyden_trace_export_new (ops, endpoint, NULL, NULL);
  leyden_trace_export_add (ops->traces, "whole");
  leyden_trace_export_add (ops->traces, "long");
  leyden_trace_export_flush (ops->traces, 60000);
  g_assert_cmpfloat (leyden_metrics_get (ops->figures, LEYDEN_FIGURE_TRACE_ROLLOUTS, "cut", NULL), ==, 1);
  g_assert_cmpfloat (leyden_metrics_get (ops->figures, LEYDEN_FIGURE_TRACE_ROLLOUTS, "exported", NULL), ==, 2);
  leyden_ops_free (ops);
  leyden_sqlite_store_close (gateway.store);
  g_object_unref (gateway.store);
}

/* Nobody is there: it tries again and again, and the end does not wait for it. What gathered goes out before the end. */
static void
test_end (Fixture       *fixture,
          gconstpointer  data)
{
  g_autofree char *nobody = NULL;
  g_autofree char *endpoint = NULL;
  g_autoptr(LeydenValue) run = NULL;
  MisbehavingServer *gone = misbehaving_server_new ();
  gint64 began_us;

  nobody = misbehaving_server_dup_uri (gone, "");
  misbehaving_server_free (gone);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--trace-endpoint", nobody, NULL);
  run = start_run (fixture, 2);
  began_us = g_get_monotonic_time ();
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - began_us, <, 30 * G_USEC_PER_SEC);
  g_clear_pointer (&run, leyden_value_unref);

  endpoint = misbehaving_server_dup_uri (fixture->other, "");
  misbehaving_server_add_answer (fixture->other, "/v1/traces", 200, JSON_TYPE, "{}");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--trace-endpoint", endpoint, NULL);
  run = start_run (fixture, 2);
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = NULL;
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->other), ==, 1);
}

static void
test_wrong_settings (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char * const wrong[] = { "collector:4318", "ftp://collector", "http://", "http://user:secret@collector", "http://collector/?key=1" };
  g_autofree char *headers = sandbox_write (&fixture->sandbox, "headers", "X-A: b\nsecret without a colon\n", -1);
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "serve", "--database", fixture->database, "--trace-endpoint", "http://127.0.0.1:9",
                                            "--trace-headers-file", headers, NULL);

  g_assert_cmpint (outcome->status, ==, 3);
  g_assert_nonnull (strstr (outcome->err, "Line 2"));
  g_assert_null (strstr (outcome->err, "secret without"));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(Outcome) refused = sandbox_run (&fixture->sandbox, "serve", "--database", fixture->database, "--trace-endpoint", wrong[i], NULL);

      g_assert_cmpint (refused->status, ==, 2);
      g_assert_null (strstr (refused->err, "secret@"));
    }
}

/* ---- Context ---- */

static char *
header_of (const char *request,
           const char *name)
{
  g_autofree char *start = g_strconcat ("\r\n", name, ": ", NULL);
  const char *found = strstr (request, start);

  return found == NULL ? NULL : g_strndup (found + strlen (start), strcspn (found + strlen (start), "\r"));
}

static void
call_proxy (Fixture    *fixture,
            const char *headers)
{
  g_autofree char *request = g_strdup_printf ("POST /proxy/rollout/r1/attempt/2/mode/train/openai/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                                              "Authorization: Bearer %s\r\n" JSON_TYPE "%sConnection: close\r\nContent-Length: 2\r\n\r\n{}",
                                              fixture->server->key, headers);
  g_autofree char *answer = server_raw (fixture->server, request, -1);

  g_assert_cmpuint (raw_status (answer), ==, 200);
}

/* An agent's trace goes on behind the proxy; without one the call belongs to its rollout's. */
static void
test_proxy_context (Fixture       *fixture,
                    gconstpointer  data)
{
  static const struct { const char *headers; const char *trace; const char *state; } cases[] = {
    { "traceparent: " PARENT "\r\ntracestate: congo=t61,rojo=1\r\n", TRACE, "congo=t61,rojo=1" },
    { "traceparent: " PARENT "\r\n", TRACE, NULL },
    { "traceparent: 00-junk\r\ntracestate: congo=t61\r\n", NULL, NULL },
    { "tracestate: congo=t61\r\n", NULL, NULL },
    { "traceparent: " PARENT "\r\ntracestate: caf\xc3\xa9\r\n", TRACE, NULL },
    { "", NULL, NULL },
  };
  g_autofree char *endpoint = misbehaving_server_dup_uri (fixture->other, "/v1");
  g_autofree char *models = g_strdup_printf ("[{\"model\":\"m\",\"endpoint\":\"%s\",\"version\":1}]", endpoint);
  LeydenTrace rollout;
  guint status;

  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, JSON_TYPE, ANSWER);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", "m", NULL);
  leyden_value_unref (server_ask_text (fixture->server, "POST", "/api/models", models, &status));
  g_assert_cmpuint (status, ==, 201);
  leyden_value_unref (server_ask_text (fixture->server, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":{}}]", &status));
  g_assert_cmpuint (status, ==, 201);
  leyden_trace_of_rollout ("r1", "2", &rollout);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *request = NULL;
      g_autofree char *parent = NULL;
      g_autofree char *state = NULL;
      LeydenTrace trace;

      call_proxy (fixture, cases[i].headers);
      request = misbehaving_server_dup_request (fixture->other, i);
      parent = header_of (request, "traceparent");
      state = header_of (request, "tracestate");
      g_assert_true (leyden_trace_parse (parent, &trace));
      g_assert_cmpstr (trace.trace_id, ==, cases[i].trace != NULL ? cases[i].trace : rollout.trace_id);
      g_assert_cmpstr (trace.span_id, !=, "00f067aa0ba902b7");
      g_assert_cmpstr (state, ==, cases[i].state);
    }
}

/* A model call of a node names the trace of its rollout, below the node's span: the ids that are exported later. */
static void
test_model_context (Fixture       *fixture,
                    gconstpointer  data)
{
  static const char flow[] = "{\"leyden\":1,\"id\":\"f\",\"title\":\"T\",\"nodes\":[{\"id\":\"in\",\"type\":\"input\",\"parameters\":{\"fields\":[{\"name\":\"q\",\"type\":\"text\"}]}},"
                             "{\"id\":\"ask\",\"type\":\"chat\",\"parameters\":{}},{\"id\":\"out\",\"type\":\"output\",\"parameters\":{\"fields\":[{\"name\":\"a\",\"type\":\"text\"}]}}],"
                             "\"edges\":[{\"id\":\"e1\",\"source\":\"in\",\"source_port\":\"q\",\"target\":\"ask\",\"target_port\":\"prompt\"},"
                             "{\"id\":\"e2\",\"source\":\"ask\",\"source_port\":\"text\",\"target\":\"out\",\"target_port\":\"a\"}]}";
  g_autofree char *endpoint = misbehaving_server_dup_uri (fixture->other, "/v1");
  g_autofree char *body = g_strdup_printf ("{\"flow\":%s,\"input\":{\"q\":\"2+2\"},\"model\":{\"endpoint\":\"local\",\"model\":\"m\"}}", flow);
  g_autofree char *put = g_strdup_printf ("{\"title\":\"Local\",\"base_uri\":\"%s\",\"wire\":\"openai\",\"default_model\":\"m\"}", endpoint);
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) rollouts = NULL;
  g_autofree char *path = NULL;
  g_autofree char *request = NULL;
  g_autofree char *parent = NULL;
  const char *rollout;
  LeydenTrace trace, expected;
  guint status;

  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, JSON_TYPE, ANSWER);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  leyden_value_unref (server_ask_text (fixture->server, "PUT", "/leyden/v1/endpoints/local", put, &status));
  g_assert_true (status == 200 || status == 201);
  run = server_ask_text (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  if (status != 201 && status != 202)
    {
      g_autofree char *text = leyden_json_write (run, LEYDEN_JSON_COMPACT);

      g_error ("%u %s", status, text);
    }
  ended = server_wait_run (fixture->server, leyden_value_get_member_string (run, "run", ""));
  path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", leyden_value_get_member_string (run, "run", ""));
  rollouts = server_ask (fixture->server, "GET", path, NULL, NULL);
  rollout = leyden_value_get_member_string (leyden_value_get_item (leyden_value_get_member (rollouts, "rollouts"), 0), "rollout", "");
  request = misbehaving_server_dup_request (fixture->other, 0);
  g_assert_nonnull (request);
  parent = header_of (request, "traceparent");
  g_assert_true (leyden_trace_parse (parent, &trace));
  leyden_trace_of_rollout (rollout, "0", &expected);
  leyden_trace_enter (&expected, "ask");
  g_assert_cmpstr (trace.trace_id, ==, expected.trace_id);
  g_assert_cmpstr (trace.span_id, ==, expected.span_id);
}

int
main (int    argc,
      char **argv)
{
#define ADD(name, func) g_test_add ("/traces/" name, Fixture, NULL, set_up, func, tear_down)
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/traces/spans", test_spans);
  g_test_add_func ("/traces/many-spans", test_many_spans);
  g_test_add_func ("/traces/asked-again", test_asked_again);
  ADD ("export", test_export);
  ADD ("refused", test_refused);
  ADD ("cut", test_cut);
  ADD ("end", test_end);
  ADD ("wrong-settings", test_wrong_settings);
  ADD ("proxy-context", test_proxy_context);
  ADD ("model-context", test_model_context);
  return g_test_run ();
}
