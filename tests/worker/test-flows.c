/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `leydenctl worker` with a flow: its calls, the backend's endpoints, several workers, TLS. */
#include "worker-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "leyden-json.h"

static void
start_flow_worker (Fixture *fixture)
{
  g_autofree char *flow = worker_flow_path ();
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->other, "/v1");
  g_autofree char *endpoint = g_strconcat ("other=", uri, NULL);

  worker_start (fixture, "--flow", flow, "--endpoint", endpoint, "--concurrency", "4", "--lease", "2", NULL);
}

/* The backend's own endpoints serve the nodes that name them; one with a key does not come along. */
static void
test_backend_endpoints (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autofree char *flow = worker_flow_path ();
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->other, "/v1");
  g_autofree char *endpoint = g_strdup_printf ("{\"title\":\"Other\",\"base_uri\":\"%s\",\"wire\":\"openai\"}", uri);
  g_autofree char *keyed = g_strdup_printf ("{\"title\":\"Thing\",\"base_uri\":\"%s\",\"wire\":\"openai\",\"secret\":\"other-thing\"}", uri);

  worker_expect (fixture, "PUT", "/leyden/v1/endpoints/other", endpoint, 200);
  worker_expect (fixture, "PUT", "/leyden/v1/endpoints/thing", keyed, 200);
  worker_expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"q0\",\"input\":{\"question\":\"one\",\"answer\":\"1\"}}]", 201);
  worker_start (fixture, "--flow", flow, "--backend-endpoints", NULL);
  worker_wait_state (fixture, "q0", "succeeded");
  for (guint i = 0; i < misbehaving_server_get_n_requests (fixture->other); i++)
    {
      g_autofree char *request = misbehaving_server_dup_request (fixture->other, i);

      g_assert_null (strstr (request, "a-secret-of-ours"));
    }
}

/* Two models and a judge: the trainer sees only the policy node. */
static void
test_flow (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *log = NULL;
  g_autoptr(LeydenValue) calls = NULL;
  guint status;

  worker_create_questions (fixture, 4);
  start_flow_worker (fixture);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("q%u", i);
      g_autofree char *types = NULL;

      worker_wait_state (fixture, rollout, "succeeded");
      types = worker_types_of (fixture, rollout, "?format=triplet");
      g_assert_cmpstr (types, ==, "model_request,agent_output,reward");
    }
  g_assert_cmpint (misbehaving_server_get_n_requests (fixture->other), ==, 8);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *request = misbehaving_server_dup_request (fixture->other, i);

      g_assert_null (strstr (request, "return_token_ids"));
      g_assert_null (strstr (request, MODEL));
      g_assert_null (strstr (request, KEY));
    }
  log = agl_double_ask (fixture->model, "GET", "/log", NULL, NULL, &status);
  calls = leyden_json_parse (log, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);
  g_assert_cmpint (leyden_value_get_size (calls), ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      LeydenValue *body = leyden_value_get_member (leyden_value_get_item (calls, i), "body");

      g_assert_cmpstr (leyden_value_get_member_string (body, "model", ""), ==, MODEL);
      g_assert_true (leyden_value_get_member_boolean (body, "return_token_ids", FALSE));
    }
}

static gboolean
model_was_asked (gpointer data)
{
  Fixture *fixture = data;
  guint status;
  g_autofree char *log = agl_double_ask (fixture->model, "GET", "/log", NULL, NULL, &status);

  return strcmp (log, "[]") != 0;
}

/* The backend is killed while the trained model thinks: the call is made again when it is back, and the trainer sees one. */
static void
test_flow_backend_killed (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autofree char *types = NULL;

  /* "slow" is the last message's order to the double; the hint stands before it. */
  worker_expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"q0\",\"input\":{\"question\":\"slow 700\",\"answer\":\"1\"}}]", 201);
  start_flow_worker (fixture);
  wait_until (model_was_asked, fixture);
  worker_kill_backend (fixture);
  worker_start_backend (fixture);
  worker_wait_state (fixture, "q0", "succeeded");
  types = worker_types_of (fixture, "q0", "?format=triplet");
  g_assert_cmpstr (types, ==, "model_request,agent_output,reward");
  worker_assert_status (fixture, "q0", "last_attempt_id", "0");
}

/* A pause holds the flow and fails nothing. */
static void
test_flow_paused (Fixture       *fixture,
                  gconstpointer  data)
{
  worker_expect (fixture, "POST", "/proxy/pause", "{\"retry_after_seconds\":1}", 200);
  worker_create_questions (fixture, 1);
  start_flow_worker (fixture);
  worker_wait_state (fixture, "q0", "running");
  g_usleep (1500000);
  worker_assert_status (fixture, "q0", "state", "running");
  worker_expect (fixture, "POST", "/proxy/resume", "{}", 200);
  worker_wait_state (fixture, "q0", "succeeded");
}

static void
test_flow_fails (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) status = NULL;

  worker_expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"q0\",\"input\":{\"nothing\":1,\"neither\":2}},{\"rollout_id\":\"q1\",\"input\":7}]", 201);
  start_flow_worker (fixture);
  worker_wait_state (fixture, "q0", "failed");
  worker_wait_state (fixture, "q1", "failed");
  status = worker_status_of (fixture, "q0");
  g_assert_nonnull (strstr (leyden_value_get_member_string (status, "error_message", ""), "uestion"));
}

/* Faults of the server on the way of every word: each is said again until it is heard. */
static void
test_faults (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *answer = NULL;
  guint status;

  answer = agl_double_ask (fixture->agl, "POST", "/double/faults", NULL,
                           "[{\"path\":\"/api/rollouts.*\",\"method\":\"GET\",\"times\":2,\"status\":503},"
                           "{\"path\":\"/api/rollouts/.*\",\"method\":\"PATCH\",\"times\":3,\"cut\":true},"
                           "{\"path\":\"/api/rollouts/.*/events\",\"method\":\"POST\",\"times\":2,\"status\":502}]", &status);
  g_assert_cmpint (status, <, 300);
  worker_expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"q0\",\"input\":{\"question\":\"one\",\"answer\":\"1\"}}]", 201);
  start_flow_worker (fixture);
  g_usleep (300000);
  wait_until (model_was_asked, fixture);
  worker_wait_state (fixture, "q0", "succeeded");
}

/* Two workers at one backend: each rollout is run once. */
static void
test_two_workers (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *log = NULL;
  g_autoptr(LeydenValue) calls = NULL;
  guint status;

  worker_create_questions (fixture, 12);
  start_flow_worker (fixture);
  start_flow_worker (fixture);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("q%u", i);

      worker_wait_state (fixture, rollout, "succeeded");
      worker_assert_status (fixture, rollout, "last_attempt_id", "0");
    }
  log = agl_double_ask (fixture->model, "GET", "/log", NULL, NULL, &status);
  calls = leyden_json_parse (log, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);
  g_assert_cmpint (leyden_value_get_size (calls), ==, 12);
}

static char *
make_certificate (Fixture *fixture)
{
  g_autofree char *cert = sandbox_path (&fixture->sandbox, "cert.pem");
  g_autofree char *key = sandbox_path (&fixture->sandbox, "cert.key");
  const char *argv[] = { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert, NULL };
  g_autoptr(GTlsCertificate) certificate = NULL;
  g_autoptr(GByteArray) der = NULL;
  g_autoptr(GSubprocess) process = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return NULL;
  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
  if (process == NULL || !g_subprocess_wait_check (process, NULL, NULL))
    return NULL;
  g_chmod (key, 0600);
  certificate = g_tls_certificate_new_from_file (cert, NULL);
  g_assert_nonnull (certificate);
  g_object_get (certificate, "certificate", &der, NULL);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
}

static gboolean
out_says_succeeded (gpointer data)
{
  Fixture *fixture = data;
  g_autofree char *text = NULL;

  return g_file_get_contents (fixture->out, &text, NULL, NULL) && strstr (text, "\"state\":\"succeeded\"") != NULL;
}

/* Over TLS, by the fingerprint of a certificate that nobody vouches for. */
static void
test_tls (Fixture       *fixture,
          gconstpointer  data)
{
  g_autofree char *fingerprint = make_certificate (fixture);
  g_autofree char *database = sandbox_path (&fixture->sandbox, "worker.db");
  g_autofree char *cert = sandbox_path (&fixture->sandbox, "cert.pem");
  g_autofree char *key = sandbox_path (&fixture->sandbox, "cert.key");
  g_autofree char *listen = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  g_autofree char *flow = worker_flow_path ();
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->other, "/v1");
  g_autofree char *endpoint = g_strconcat ("other=", uri, NULL);

  if (fingerprint == NULL)
    {
      g_test_skip ("openssl or GIO's TLS (glib-networking) is missing");
      return;
    }
  worker_create_questions (fixture, 1);
  worker_kill_backend (fixture);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, "--listen", listen, "--key-file", fixture->key_file, "--proxy-model",
                                   MODEL, "--tls-cert", cert, "--tls-key", key, NULL);
  g_free (fixture->url);
  fixture->url = g_strdup_printf ("https://127.0.0.1:%u", fixture->port);
  fixture->out = sandbox_path (&fixture->sandbox, "out");
  worker_start (fixture, "--flow", flow, "--endpoint", endpoint, "--json", "--fingerprint", fingerprint, NULL);
  wait_until (out_says_succeeded, fixture);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/worker/" name, Fixture, NULL, worker_set_up, func, worker_tear_down)
#define ADD_PLAIN(name, func) g_test_add ("/worker/agl-server/" name, Fixture, "plain", worker_set_up, func, worker_tear_down)
#define ADD_BOTH(name, func) ADD (name, func); ADD_PLAIN (name, func)
  ADD_BOTH ("flow", test_flow);
  ADD_BOTH ("flow-paused", test_flow_paused);
  ADD_BOTH ("flow-fails", test_flow_fails);
  ADD ("flow-backend-endpoints", test_backend_endpoints);
  ADD ("flow-backend-killed", test_flow_backend_killed);
  ADD ("two-workers", test_two_workers);
  ADD_PLAIN ("faults", test_faults);
  ADD ("tls", test_tls);
#undef ADD_BOTH
#undef ADD_PLAIN
#undef ADD
  return g_test_run ();
}
