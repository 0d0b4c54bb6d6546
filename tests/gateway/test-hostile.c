/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* The lines of section A of the hostile list that concern /leyden/v1, against the whole backend. The guard alone is tested
 * in tests/http. */
typedef struct
{
  Sandbox sandbox;
  Server *server;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *database = NULL;

  sandbox_set_up (&fixture->sandbox);
  database = sandbox_path (&fixture->sandbox, "hostile.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  /* Still there, and ends as it should. */
  guint status;
  g_autoptr(LeydenValue) health = server_ask (fixture->server, "GET", "/healthz", NULL, &status);

  g_assert_cmpint (status, ==, 200);
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
}

/* @K stands for the key. */
static char *
send_raw (Fixture    *fixture,
          const char *text)
{
  g_autoptr(GString) bytes = g_string_new (text);

  g_string_replace (bytes, "@K", fixture->server->key, 0);
  return server_raw (fixture->server, bytes->str, (gssize)bytes->len);
}

typedef struct
{
  const char *id;
  const char *request;                  /* raw */
  guint       low, high;                /* status; 0 with low 0: closed without an answer is right too */
} Raw;

#define HEAD "Host: localhost\r\nAuthorization: Bearer @K\r\nConnection: close\r\n"
#define JSON HEAD "Content-Type: application/json\r\n"

static const Raw raws[] = {
  { "A02", "GET /leyden/v1/info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x@K\r\nConnection: close\r\n\r\n", 401, 401 },
  { "A02", "GET /leyden/v1/info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer @Kx\r\nConnection: close\r\n\r\n", 401, 401 },
  { "A03", "GET /leyden/v1/info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer @K\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n",
    400, 401 },
  { "A04", "GET /leyden/v1/info HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer @K\r\nConnection: close\r\n\r\n", 421, 421 },
  { "A05", "GET /leyden/v1/info HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nAuthorization: Bearer @K\r\n\r\n", 400, 400 },
  { "A06", "GET http://evil.example/leyden/v1/info HTTP/1.1\r\n" HEAD "\r\n", 400, 421 },
  { "A07", "GET /leyden/v1/info HTTP/1.1\r\nOrigin: http://evil.example\r\n" HEAD "\r\n", 403, 403 },
  { "A07", "GET /leyden/v1/info HTTP/1.1\r\nOrigin: null\r\n" HEAD "\r\n", 403, 403 },
  { "A07", "POST /leyden/v1/shutdown HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 2\r\n" JSON "\r\n{}", 403, 403 },
  { "A07", "OPTIONS /leyden/v1/runs HTTP/1.1\r\nOrigin: http://evil.example\r\n" HEAD "\r\n", 403, 403 },
  { "A08", "POST /leyden/v1/validate HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n" JSON "\r\n0\r\n\r\nGET /leyden/v1/info "
           "HTTP/1.1\r\n" HEAD "\r\n", 400, 400 },
  { "A09", "POST /leyden/v1/validate HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n" JSON "\r\n{}", 400, 400 },
  { "A13", "POST /leyden/v1/shutdown HTTP/1.1\r\nContent-Length: 8388609\r\n" JSON "\r\n", 413, 413 },
  { "A17", "BREW /leyden/v1/info HTTP/1.1\r\n" HEAD "\r\n", 405, 501 },
  { "A17", "TRACE /leyden/v1/info HTTP/1.1\r\n" HEAD "\r\n", 405, 501 },
  { "A18", "POST /leyden/v1/shutdown HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n" HEAD "\r\n{}", 415, 415 },
  { "A19", "POST /leyden/v1/validate HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n" JSON "\r\n{}", 415, 422 },
  { "A20", "POST /leyden/v1/runs HTTP/1.1\r\nContent-Length: 0\r\n" JSON "\r\n", 422, 422 },
  { "A20", "POST /leyden/v1/runs HTTP/1.1\r\nContent-Length: 4\r\n" JSON "\r\nnull", 422, 422 },
  { "A20", "POST /leyden/v1/runs HTTP/1.1\r\nContent-Length: 2\r\n" JSON "\r\n[]", 422, 422 },
  { "A22", "GET /leyden/v1/rollouts/a%2Fb HTTP/1.1\r\n" HEAD "\r\n", 404, 404 },
  { "A22", "GET /leyden/v1/rollouts/%F0%9F%98%80 HTTP/1.1\r\n" HEAD "\r\n", 404, 404 },
  { "A23", "GET /leyden/v1/runs/..%2f..%2finfo HTTP/1.1\r\n" HEAD "\r\n", 404, 404 },
  { "A23", "GET //leyden//v1//info HTTP/1.1\r\n" HEAD "\r\n", 400, 404 },
  { "A23", "GET /leyden/v1/info/ HTTP/1.1\r\n" HEAD "\r\n", 404, 404 },
  { "A23", "GET /leyden/v1/%69nfo%2f HTTP/1.1\r\n" HEAD "\r\n", 404, 404 },
  { "A24", "GET /leyden/v1/runs/%00 HTTP/1.1\r\n" HEAD "\r\n", 400, 404 },
  { "A24", "GET /leyden/v1/runs/%0d%0ax HTTP/1.1\r\n" HEAD "\r\n", 400, 404 },
  { "A24", "GET /leyden/v1/runs/%ff HTTP/1.1\r\n" HEAD "\r\n", 400, 404 },
  { "A25", "GET /leyden/v1/runs?limit=-1 HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A25", "GET /leyden/v1/runs?limit=0 HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A25", "GET /leyden/v1/runs?limit=1e3 HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A25", "GET /leyden/v1/runs?limit= HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A25", "GET /leyden/v1/runs?limit=99999999999999999999 HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A25", "GET /leyden/v1/runs?limit=1&limit=2 HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A26", "GET /leyden/v1/rollouts/x/events?after=-1 HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A26", "GET /leyden/v1/rollouts/x/events?after=NaN HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A26", "GET /leyden/v1/runs/x/events HTTP/1.1\r\nLast-Event-ID: -5\r\n" HEAD "\r\n", 422, 422 },
  { "A26", "GET /leyden/v1/rollouts/x/state?until=0 HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A27", "GET /leyden/v1/runs/x/rollouts?state=bogus HTTP/1.1\r\n" HEAD "\r\n", 422, 422 },
  { "A33", "GET /leyden/v1/runs/x'%20OR%20'1'='1 HTTP/1.1\r\n" HEAD "\r\n", 404, 404 },
  { "A33", "GET /leyden/v1/rollouts/x'%20OR%20'1'='1/state HTTP/1.1\r\n" HEAD "\r\n", 404, 404 },
  { "A40", "GET /leyden/v1/info HTTP/1.1\r\nRange: bytes=0-,-9223372036854775807\r\n" HEAD "\r\n", 200, 200 },
  { "A42", "POST /leyden/v1/shutdown HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n" JSON "\r\n", 413, 417 },
};

static void
test_raw (Fixture       *fixture,
          gconstpointer  data)
{
  const Raw *raw = data;
  g_autofree char *answer = send_raw (fixture, raw->request);
  guint status = raw_status (answer);

  if (status < raw->low || status > raw->high)
    g_error ("%s: %s\nanswered: %.200s", raw->id, raw->request, answer);
  /* One answer: nothing behind it was served. */
  g_assert_null (strstr (answer + 1, "HTTP/1.1 2"));
  g_assert_null (strstr (answer, "Access-Control-Allow"));
  if (status >= 400 && status != 431 && status != 414)
    g_assert_nonnull (strstr (answer, "\"detail\""));
}

/* Every route but the two of health asks for the key, whatever its method. */
static void
test_no_key (Fixture       *fixture,
             gconstpointer  data)
{
  static const char * const routes[] = {
    "GET /leyden/v1/info", "GET /leyden/v1/database", "POST /leyden/v1/shutdown", "GET /leyden/v1/components", "POST /leyden/v1/validate",
    "PUT /leyden/v1/blobs/0000000000000000000000000000000000000000000000000000000000000000", "GET /leyden/v1/blobs/x",
    "GET /leyden/v1/datasets/x", "POST /leyden/v1/datasets/x/mapping", "POST /leyden/v1/runs", "GET /leyden/v1/runs", "GET /leyden/v1/runs/x",
    "GET /leyden/v1/runs/x/flow", "POST /leyden/v1/runs/x/cancel", "POST /leyden/v1/runs/x/resume", "GET /leyden/v1/runs/x/rollouts",
    "GET /leyden/v1/flows/x/versions", "POST /leyden/v1/flows/x/versions", "GET /leyden/v1/runs/x/events", "GET /leyden/v1/events", "GET /leyden/v1/rollouts/x", "GET /leyden/v1/rollouts/x/state",
    "GET /leyden/v1/rollouts/x/events", "POST /leyden/v1/rollouts/x/cancel", "POST /leyden/v1/rollouts/x/answers", "POST /leyden/v1/rollouts/x/feedback", "GET /leyden/v1/endpoints",
    "PUT /leyden/v1/endpoints/x", "DELETE /leyden/v1/endpoints/x", "PUT /leyden/v1/default-model", "GET /leyden/v1/endpoints/x/models",
    "POST /leyden/v1/probe", "PUT /leyden/v1/secrets/x", "GET /simulated/v1/models", "POST /simulated/v1/chat/completions",
  };

  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      g_autofree char *request = g_strdup_printf ("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                                                  "Content-Length: 2\r\n\r\n{}", routes[i]);
      g_autofree char *answer = send_raw (fixture, request);

      if (raw_status (answer) != 401)
        g_error ("%s without a key: %.100s", routes[i], answer);
    }
}

/* Addresses that no endpoint may have; nothing is called. */
static void
test_endpoint (Fixture       *fixture,
               gconstpointer  data)
{
  static const char * const uris[] = {
    "file:///etc/passwd", "http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://2852039166/", "http://user:pw@host/",
    "http://host/\\r\\nX: y", "javascript:alert(1)", "", "host", "ftp://host/", "http://", "http://[fe80::1]/",
  };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"base_uri\": \"%s\", \"wire\": \"openai\"}", uris[i]);
      guint status;
      g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, "PUT", "/leyden/v1/endpoints/bad", body, &status);
      g_autofree char *text = leyden_json_write (answer, LEYDEN_JSON_COMPACT);

      if (status != 403 && status != 422)
        g_error ("%s was answered with %u", uris[i], status);
      g_assert_null (strstr (text, "pw@"));
    }
}

typedef struct
{
  const char *body;
  const char *says;
} Definition;

/* Definitions of runs that do not fit: 422 with the field named, and no run is there afterwards. */
static void
test_definitions (Fixture       *fixture,
                  gconstpointer  data)
{
#define GOOD "\"flow\": {\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"a\", \"type\": \"input\"}]}"
  static const Definition definitions[] = {
    { "{" GOOD "}", "input" },
    { "{" GOOD ", \"input\": {}, \"dataset\": {\"sha256\": \"x\"}}", "input" },
    { "{" GOOD ", \"input\": []}", "input" },
    { "{" GOOD ", \"dataset\": {\"sha256\": \"x\"}}", "sha256" },
    { "{\"input\": {}}", "flow" },
    { "{\"flow\": [], \"input\": {}}", "flow" },
    { "{\"flow\": {}, \"input\": {}}", "" },
    { "{" GOOD ", \"input\": {}, \"seed\": -1}", "seed" },
    { "{" GOOD ", \"input\": {}, \"seed\": \"1\"}", "seed" },
    { "{" GOOD ", \"input\": {}, \"seed\": 18446744073709551616}", "" },
    { "{" GOOD ", \"input\": {}, \"concurrency\": 0}", "concurrency" },
    { "{" GOOD ", \"input\": {}, \"deadline_s\": \"1h\"}", "deadline_s" },
    { "{" GOOD ", \"input\": {}, \"pace\": \"slow\"}", "pace" },
    { "{" GOOD ", \"input\": {}, \"purpose\": 1}", "purpose" },
    { "{" GOOD ", \"input\": {}, \"model\": \"gpt\"}", "model" },
    { "{" GOOD ", \"input\": {}, \"model\": {\"endpoint\": \"nowhere\"}}", "nowhere" },
    { "{" GOOD ", \"input\": {}, \"client_id\": \"\"}", "client_id" },
    { "{" GOOD ", \"input\": {}, \"input\": {}}", "input" },
    { "{" GOOD ", \"input\": {\"x\": NaN}}", "" },
    { "{" GOOD ", \"input\": {}} {}", "" },
    { "{\"flow\": {\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"a\", \"type\": \"evil.exec\"}]}, \"input\": {}}", "evil.exec" },
  };
  g_autoptr(LeydenValue) runs = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (definitions); i++)
    {
      guint status;
      g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, "POST", "/leyden/v1/runs", definitions[i].body, &status);
      const char *detail = leyden_value_get_member_string (answer, "detail", "");

      if (status != 422 || strstr (detail, definitions[i].says) == NULL)
        g_error ("%s: %u “%s”", definitions[i].body, status, detail);
    }
  runs = server_ask (fixture->server, "GET", "/leyden/v1/runs", NULL, NULL);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (runs, "runs")), ==, 0);
}

static void
test_missing_blob (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr(LeydenValue) body = sample_run ("0000000000000000000000000000000000000000000000000000000000000000", 0, "fast", NULL);
  guint status;
  g_autoptr(LeydenValue) answer = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, &status);

  g_assert_cmpint (status, ==, 409);
  g_assert_nonnull (strstr (leyden_value_get_member_string (answer, "detail", ""), "upload"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/hostile/A01", Fixture, NULL, set_up, test_no_key, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (raws); i++)
    {
      g_autofree char *name = g_strdup_printf ("/hostile/%s/gateway-%u", raws[i].id, i);

      g_test_add (name, Fixture, &raws[i], set_up, test_raw, tear_down);
    }
  g_test_add ("/hostile/A34", Fixture, NULL, set_up, test_endpoint, tear_down);
  g_test_add ("/hostile/A39/runs", Fixture, NULL, set_up, test_definitions, tear_down);
  g_test_add ("/gateway/hostile/missing-blob", Fixture, NULL, set_up, test_missing_blob, tear_down);
  return g_test_run ();
}
