/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy-fixture.h"

#include <signal.h>
#include <string.h>

#include "leyden-json.h"

void
proxy_start_server (Fixture *fixture)
{
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", MODEL, "--train-temperature", "1",
                                   "--val-temperature", "0.5", "--proxy-timeout", "1", "--proxy-calls", "1200", "--drain", "0", NULL);
}

void
proxy_set_up (Fixture       *fixture,
              gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "proxy.db");
  proxy_start_server (fixture);
  fixture->upstream = misbehaving_server_new ();
  fixture->client = leyden_http_client_new ();
  leyden_http_client_set_limits (fixture->client, 4000, 0, 0);
}

void
proxy_tear_down (Fixture       *fixture,
                 gconstpointer  data)
{
  g_clear_object (&fixture->client);
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  misbehaving_server_free (fixture->upstream);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

void
proxy_reply_free (gpointer data)
{
  Reply *self = data;

  g_clear_object (&self->request);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static void
replied_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Reply *reply = data;

  reply->body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &reply->error);
  reply->done = TRUE;
}

Reply *
proxy_ask_async (Fixture    *fixture,
                 const char *method,
                 const char *path,
                 const char *type,
                 const char *body)
{
  g_autofree char *uri = server_uri (fixture->server, path);
  g_autoptr(GBytes) bytes = body == NULL ? NULL : g_bytes_new (body, strlen (body));
  Reply *reply = g_new0 (Reply, 1);

  reply->request = leyden_http_request_new (method, uri);
  leyden_http_request_set_bearer (reply->request, fixture->server->key);
  leyden_http_request_set_follow (reply->request, FALSE);
  if (bytes != NULL)
    leyden_http_request_set_body (reply->request, type, bytes);
  leyden_http_client_send_async (fixture->client, reply->request, NULL, replied_cb, reply);
  return reply;
}

gboolean
proxy_is_done (gpointer data)
{
  return ((Reply *)data)->done;
}

Reply *
proxy_ask (Fixture    *fixture,
           const char *method,
           const char *path,
           const char *body)
{
  Reply *reply = proxy_ask_async (fixture, method, path, "application/json", body);

  wait_until (proxy_is_done, reply);
  g_assert_no_error (reply->error);
  return reply;
}

guint
proxy_status_of (Reply *reply)
{
  return leyden_http_request_get_status (reply->request);
}

char *
proxy_text_of (Reply *reply)
{
  gsize length;
  const char *bytes = g_bytes_get_data (reply->body, &length);

  return length == 0 ? g_strdup ("") : g_strndup (bytes, length);
}

void
proxy_assert_reply (Reply      *reply,
                    guint       status,
                    const char *body)
{
  g_autofree char *text = NULL;

  g_assert_no_error (reply->error);
  text = proxy_text_of (reply);
  g_assert_cmpstr (text, ==, body);
  g_assert_cmpint (proxy_status_of (reply), ==, status);
}

char *
proxy_path (const char *rollout,
            const char *mode)
{
  return g_strdup_printf ("/proxy/rollout/%s/attempt/0/mode/%s/" CHAT, rollout, mode);
}

Reply *
proxy_call_async (Fixture    *fixture,
                  const char *rollout,
                  const char *mode,
                  const char *body)
{
  g_autofree char *path = proxy_path (rollout, mode);

  return proxy_ask_async (fixture, "POST", path, "application/json", body);
}

Reply *
proxy_call (Fixture    *fixture,
            const char *rollout,
            const char *body)
{
  Reply *reply = proxy_call_async (fixture, rollout, "train", body);

  wait_until (proxy_is_done, reply);
  return reply;
}

void
proxy_create (Fixture    *fixture,
              const char *rollout)
{
  g_autofree char *body = g_strdup_printf ("[{\"rollout_id\":\"%s\",\"input\":null}]", rollout);
  g_autoptr(Reply) reply = proxy_ask (fixture, "POST", "/api/rollouts", body);

  g_assert_cmpint (proxy_status_of (reply), ==, 201);
}

void
proxy_add_model (Fixture    *fixture,
                 const char *endpoint)
{
  g_autofree char *body = g_strdup_printf ("[{\"model\":\"" MODEL "\",\"endpoint\":\"%s\",\"version\":3}]", endpoint);
  g_autoptr(Reply) reply = proxy_ask (fixture, "POST", "/api/models", body);

  g_assert_cmpint (proxy_status_of (reply), ==, 201);
}

void
proxy_add_upstream (Fixture    *fixture,
                    const char *path)
{
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->upstream, path);

  proxy_add_model (fixture, uri);
}

LeydenValue *
proxy_parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, &(LeydenJsonLimits){ .policy = LEYDEN_JSON_WIRE }, &error);

  g_assert_no_error (error);
  return value;
}

LeydenValue *
proxy_events_of (Fixture    *fixture,
                 const char *rollout)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s/events?event_type=model_request", rollout);
  g_autoptr(Reply) reply = proxy_ask (fixture, "GET", path, NULL);
  g_autofree char *text = proxy_text_of (reply);

  g_assert_cmpint (proxy_status_of (reply), ==, 200);
  return proxy_parse (text);
}

void
proxy_assert_state (Fixture    *fixture,
                    const char *expected)
{
  g_autoptr(Reply) reply = proxy_ask (fixture, "GET", "/proxy/state", NULL);

  proxy_assert_reply (reply, 200, expected);
}

void
proxy_assert_event (Fixture    *fixture,
                    const char *rollout,
                    guint       http_status,
                    const char *word,
                    guint       n_retries)
{
  g_autoptr(LeydenValue) events = proxy_events_of (fixture, rollout);
  LeydenValue *event = leyden_value_lookup_pointer (events, "/0/data");

  g_assert_cmpint (leyden_value_get_size (events), ==, http_status == 0 ? 0 : 1);
  if (http_status == 0)
    return;
  g_assert_cmpint (leyden_value_get_member_int (event, "http_status", 0), ==, http_status);
  g_assert_cmpstr (leyden_value_get_member_string (event, "status", NULL), ==, word);
  g_assert_cmpint (leyden_value_get_member_int (event, "retry_count", -1), ==, n_retries);
}
