/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One model call outside of any rollout: POST /leyden/v1/calls. */
#include "agl-helpers.h"

#include <string.h>

#include "leyden-json.h"
#include "misbehaving-server.h"

#define CALLS "/leyden/v1/calls"
#define CHAT "/v1/chat/completions"
#define JSON_TYPE "Content-Type: application/json\r\n"
#define KEY "sk-of-the-user-0123456789"
#define ASK "\"request\": {\"messages\": [{\"role\": \"user\", \"content\": \"2 + 2\"}]}"
#define ANSWER "{\"model\": \"tiny\", \"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": \"4\"}, \"finish_reason\": \"stop\", \"logprobs\": " \
               "{\"content\": [{\"token\": \"4\", \"logprob\": -0.25}]}}], \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 1}}"

static LeydenValue *
find_line (Agl        *fixture,
           const char *action)
{
  g_autoptr(LeydenValue) answer = server_ask (fixture->server, "GET", "/leyden/v1/audit?limit=10000", NULL, NULL);
  LeydenValue *lines = leyden_value_get_member (answer, "lines");

  for (guint i = leyden_value_get_size (lines); i > 0; i--)
    {
      LeydenValue *line = leyden_value_get_item (lines, i - 1);

      if (g_strcmp0 (leyden_value_get_member_string (line, "action", NULL), action) == 0)
        return leyden_value_ref (line);
    }
  return NULL;
}

/* Waits for a line with @action: a call is answered before the line is on disk. (transfer full) */
static LeydenValue *
find_audit (Agl        *fixture,
            const char *action)
{
  LeydenValue *line;

  while ((line = find_line (fixture, action)) == NULL)
    g_usleep (20 * 1000);
  return line;
}

static void
add_endpoint (Agl               *fixture,
              MisbehavingServer *upstream)
{
  g_autofree char *uri = misbehaving_server_dup_uri (upstream, "/v1");
  g_autofree char *origin = misbehaving_server_dup_uri (upstream, "");
  g_autofree char *endpoint = g_strdup_printf ("{\"base_uri\": \"%s\", \"wire\": \"openai\", \"secret\": \"mine\", \"default_model\": \"tiny\"}", uri);
  g_autofree char *secret = g_strdup_printf ("{\"value\": \"" KEY "\", \"origins\": [\"%s\"]}", origin);

  agl_expect (fixture, "PUT", "/leyden/v1/endpoints/mine", endpoint, 200, NULL);
  agl_expect (fixture, "PUT", "/leyden/v1/secrets/mine", secret, 204, NULL);
}

/* Equal calls are equal, with the seed of the rollout that they come from; tokens with their probabilities where they are asked for. */
static void
test_simulated (Agl           *fixture,
                gconstpointer  data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *tokens = NULL;
  guint status;

  first = agl_ask (fixture, "POST", CALLS, "{\"endpoint\": \"simulated\", \"seed\": 7, " ASK "}", &status);
  g_assert_cmpuint (status, ==, 200);
  second = agl_ask (fixture, "POST", CALLS, "{\"endpoint\": null, \"seed\": 7, " ASK "}", &status);
  g_assert_cmpstr (first, ==, second);
  g_assert_nonnull (strstr (first, "\"simulated\":true"));
  g_assert_nonnull (strstr (first, "\"first_token_ms\":"));
  g_assert_null (strstr (first, "logprobs"));
  tokens = agl_ask (fixture, "POST", CALLS, "{\"endpoint\": \"simulated\", \"request\": {\"logprobs\": true, \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}}", &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_nonnull (strstr (tokens, "\"logprobs\":{\"content\":[{"));
}

/* The key goes to the endpoint and nowhere else; the audit log has who and whom, and no text. */
static void
test_endpoint (Agl           *fixture,
               gconstpointer  data)
{
  g_autoptr(MisbehavingServer) upstream = misbehaving_server_new ();
  g_autoptr(LeydenValue) line = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *request = NULL;
  g_autofree char *audited = NULL;
  guint status;

  misbehaving_server_add_answer (upstream, CHAT, 200, JSON_TYPE, ANSWER);
  add_endpoint (fixture, upstream);
  answer = agl_ask (fixture, "POST", CALLS, "{\"endpoint\": \"mine\", " ASK "}", &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_nonnull (strstr (answer, "\"content\":\"4\""));
  g_assert_nonnull (strstr (answer, "\"logprob\":-0.25"));
  g_assert_nonnull (strstr (answer, "\"latency_ms\":"));
  g_assert_null (strstr (answer, KEY));
  request = misbehaving_server_dup_request (upstream, 0);
  g_assert_nonnull (strstr (request, "Bearer " KEY));
  g_assert_nonnull (strstr (request, "\"model\":\"tiny\""));
  line = find_audit (fixture, "call.sent");
  g_assert_cmpstr (leyden_value_get_member_string (line, "object", NULL), ==, "mine");
  audited = leyden_json_write (line, LEYDEN_JSON_COMPACT);
  g_assert_null (strstr (audited, "2 + 2"));
}

/* What goes wrong at the endpoint is told without the key that its server repeats. */
static void
test_failure (Agl           *fixture,
              gconstpointer  data)
{
  g_autoptr(MisbehavingServer) upstream = misbehaving_server_new ();
  g_autofree char *answer = NULL;
  guint status;

  misbehaving_server_add_answer (upstream, CHAT, 401, JSON_TYPE, "{\"error\": {\"message\": \"wrong key " KEY "\"}}");
  add_endpoint (fixture, upstream);
  answer = agl_ask (fixture, "POST", CALLS, "{\"endpoint\": \"mine\", " ASK "}", &status);
  g_assert_cmpuint (status, ==, 502);
  g_assert_nonnull (strstr (answer, "wrong key"));
  g_assert_null (strstr (answer, KEY));
}

static gboolean
is_closed (GSocketConnection *connection)
{
  char byte;
  g_autoptr(GError) error = NULL;

  return g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), &byte, 1, NULL, &error) <= 0;
}

static GMutex lock;
static GCond gone;
static gboolean client_left;

/* Says a little now and then, until nobody listens. */
static void
drip_func (GOutputStream *out,
           GCancellable  *stopped,
           gpointer       data)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", piece[] = ": wait\n\n";
  gboolean open = g_output_stream_write_all (out, head, strlen (head), NULL, stopped, NULL);

  while (open)
    {
      g_usleep (20000);
      open = g_output_stream_write_all (out, piece, strlen (piece), NULL, stopped, NULL);
    }
  g_mutex_lock (&lock);
  client_left = TRUE;
  g_cond_signal (&gone);
  g_mutex_unlock (&lock);
}

/* Whoever goes away gives the call up: its place at the endpoint is for others. */
static void
test_hung_up (Agl           *fixture,
              gconstpointer  data)
{
  g_autoptr(MisbehavingServer) upstream = misbehaving_server_new ();
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = NULL;
  g_autoptr(GError) error = NULL;
  const char *body = "{\"endpoint\": \"mine\", " ASK "}";
  g_autofree char *text = NULL;

  misbehaving_server_add_func (upstream, CHAT, drip_func, NULL);
  add_endpoint (fixture, upstream);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16)fixture->server->port, NULL, &error);
  g_assert_no_error (error);
  text = g_strdup_printf ("POST " CALLS " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                          "Content-Length: %zu\r\n\r\n%s", (int)fixture->server->port, fixture->server->key, strlen (body), body);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), text, strlen (text), NULL, NULL, &error));
  while (misbehaving_server_get_n_requests (upstream) == 0)
    g_usleep (10000);
  g_assert_true (g_io_stream_close (G_IO_STREAM (connection), NULL, &error));
  g_assert_true (is_closed (connection));
  g_mutex_lock (&lock);
  while (!client_left)
    g_cond_wait (&gone, &lock);
  g_mutex_unlock (&lock);
}

static void
test_refused (Agl           *fixture,
              gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", CALLS, "{\"endpoint\": \"none\", " ASK "}", 404, NULL },
    { "POST", CALLS, "{\"endpoint\": 7, " ASK "}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\"}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\", \"request\": []}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\", \"request\": {\"messages\": []}}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\", \"request\": {\"model\": {}, \"messages\": [{}]}}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\", \"seed\": -1, " ASK "}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\", \"seed\": 1.5, " ASK "}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\", \"timeout_s\": 100000, " ASK "}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\", \"sample\": \"1\", " ASK "}", 422, NULL },
    { "POST", CALLS, "{\"endpoint\": \"simulated\", " ASK "} x", 422, NULL },
    { "POST", CALLS, "[]", 422, NULL },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gateway/calls/simulated", Agl, NULL, agl_set_up, test_simulated, agl_tear_down);
  g_test_add ("/gateway/calls/endpoint", Agl, NULL, agl_set_up, test_endpoint, agl_tear_down);
  g_test_add ("/gateway/calls/failure", Agl, NULL, agl_set_up, test_failure, agl_tear_down);
  g_test_add ("/gateway/calls/hung-up", Agl, NULL, agl_set_up, test_hung_up, agl_tear_down);
  g_test_add ("/gateway/calls/refused", Agl, NULL, agl_set_up, test_refused, agl_tear_down);
  return g_test_run ();
}
