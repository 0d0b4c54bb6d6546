/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model calls that the upstream has not answered yet: a thousand of them, agents that leave, the end of the server. */
#include "proxy-fixture.h"

#include <signal.h>
#include <string.h>

#include "leyden-http-server.h"
#include "leyden-json.h"

/* ---- An upstream that waits to be told ---- */

typedef struct
{
  LeydenHttpServer *server;
  GPtrArray        *held;               /* LeydenHttpExchange */
  guint             wanted;
} Gate;

static void
hold_cb (LeydenHttpExchange *exchange,
         gpointer            data)
{
  Gate *gate = data;

  g_ptr_array_add (gate->held, leyden_http_exchange_ref (exchange));
}

static void
gate_open (Gate *self)
{
  g_autoptr(GBytes) body = g_bytes_new_static ("{\"choices\":[{\"token_ids\":[1]}]}", 31);

  for (guint i = 0; i < self->held->len; i++)
    leyden_http_exchange_respond (self->held->pdata[i], 200, "application/json", body);
  g_ptr_array_set_size (self->held, 0);
}

static void
gate_start (Gate    *self,
            Fixture *fixture)
{
  g_autofree char *uri = NULL;
  g_autoptr(GError) error = NULL;

  self->server = leyden_http_server_new ();
  self->held = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_http_exchange_unref);
  leyden_http_server_add_route (self->server, "POST", "/v1/chat/completions", 0, 1 << 20, hold_cb, self);
  g_assert_true (leyden_http_server_start (self->server, "127.0.0.1", 0, &error));
  uri = g_strdup_printf ("http://127.0.0.1:%u/v1", leyden_http_server_get_port (self->server));
  proxy_add_model (fixture, uri);
}

static void
gate_stop (Gate *self)
{
  leyden_http_server_stop (self->server, 0);
  g_clear_object (&self->server);
  g_clear_pointer (&self->held, g_ptr_array_unref);
}

static gboolean
has_arrived (gpointer data)
{
  Gate *gate = data;

  return gate->held->len >= gate->wanted;
}

static guint
count_threads (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (folder != NULL && g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

/* The upstream sees all of them at once; no thread waits for any; a pause lets them finish; the cap answers 503. */
static void
test_thousand (Fixture       *fixture,
               gconstpointer  data)
{
  Gate gate = { .wanted = 1000 };
  g_autoptr(GPtrArray) replies = g_ptr_array_new_with_free_func (proxy_reply_free);
  g_autoptr(LeydenValue) events = NULL;
  g_autoptr(Reply) paused = NULL;

  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", MODEL, "--proxy-calls", "1000", NULL);
  gate_start (&gate, fixture);
  proxy_create (fixture, "many");
  for (guint i = 0; i < 1000; i++)
    g_ptr_array_add (replies, proxy_call_async (fixture, "many", "train", "{}"));
  wait_until (has_arrived, &gate);
  g_assert_cmpint (count_threads (fixture->server->pid), <, 64);
  proxy_assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":1000}");
  {
    g_autoptr(Reply) refused = proxy_call (fixture, "many", "{}");

    proxy_assert_reply (refused, 503, "{\"detail\":\"Too many model calls are under way\"}");
    g_assert_cmpstr (leyden_http_request_get_response_header (refused->request, "Retry-After"), ==, "1");
  }
  paused = proxy_ask (fixture, "POST", "/proxy/pause", "{}");
  proxy_assert_reply (paused, 200, "{\"paused\":true,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":1000}");
  gate_open (&gate);
  for (guint i = 0; i < 1000; i++)
    {
      wait_until (proxy_is_done, replies->pdata[i]);
      proxy_assert_reply (replies->pdata[i], 200, "{\"choices\":[{\"token_ids\":[1]}]}");
    }
  proxy_assert_state (fixture, "{\"paused\":true,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}");
  events = proxy_events_of (fixture, "many");
  g_assert_cmpint (leyden_value_get_size (events), ==, 1000);
  gate_stop (&gate);
}

static gboolean
has_event (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(LeydenValue) events = proxy_events_of (fixture, "gone");

  return leyden_value_get_size (events) == 1;
}

/* A client that goes away cancels nothing; a rollout that goes away does. */
static void
test_leaving (Fixture       *fixture,
              gconstpointer  data)
{
  Gate gate = { .wanted = 2 };
  g_autofree char *path = proxy_path ("gone", "train");
  g_autofree char *head = NULL;
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = NULL;
  g_autoptr(Reply) deleted = NULL;
  g_autoptr(Reply) gone = NULL;

  gate_start (&gate, fixture);
  proxy_create (fixture, "gone");
  proxy_create (fixture, "deleted");
  deleted = proxy_call_async (fixture, "deleted", "val", "{}");
  head = g_strdup_printf ("POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}", path, fixture->server->key);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", fixture->server->port, NULL, NULL);
  g_assert_nonnull (connection);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), head, strlen (head), NULL, NULL, NULL));
  wait_until (has_arrived, &gate);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  gone = proxy_ask (fixture, "DELETE", "/api/rollouts/deleted", NULL);
  g_assert_cmpint (proxy_status_of (gone), ==, 204);
  gate_open (&gate);
  wait_until (proxy_is_done, deleted);
  proxy_assert_reply (deleted, 404, "{\"detail\":\"Rollout not found: deleted\"}");
  wait_until (has_event, fixture);
  gate_stop (&gate);
}

/* The end of the program is no end of the agent: it is asked to come again. */
static void
test_end (Fixture       *fixture,
          gconstpointer  data)
{
  Gate gate = { .wanted = 1 };
  g_autoptr(Reply) held = NULL;
  g_autoptr(Reply) sleeping = NULL;
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->upstream, "/v1");

  gate_start (&gate, fixture);
  proxy_create (fixture, "held");
  held = proxy_call_async (fixture, "held", "train", "{}");
  wait_until (has_arrived, &gate);
  {
    g_autoptr(Reply) cleared = proxy_ask (fixture, "DELETE", "/api/models", NULL);
  }
  proxy_add_model (fixture, uri);
  misbehaving_server_add_answer (fixture->upstream, "/v1/chat/completions", 500, JSON_TYPE, "{}");
  sleeping = proxy_call_async (fixture, "held", "train", "{}");
  while (misbehaving_server_get_n_requests (fixture->upstream) < 3)
    g_main_context_iteration (NULL, FALSE);
  g_subprocess_send_signal (fixture->server->process, SIGTERM);
  wait_until (proxy_is_done, held);
  wait_until (proxy_is_done, sleeping);
  proxy_assert_reply (held, 503, "{\"detail\":\"The gateway is about to end\"}");
  proxy_assert_reply (sleeping, 503, "{\"detail\":\"The gateway is about to end\"}");
  g_assert_cmpstr (leyden_http_request_get_response_header (held->request, "Retry-After"), ==, "1");
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  proxy_start_server (fixture);
  gate_stop (&gate);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/proxy/" name, Fixture, NULL, proxy_set_up, func, proxy_tear_down)
  ADD ("thousand", test_thousand);
  ADD ("leaving", test_leaving);
  ADD ("end", test_end);
#undef ADD
  return g_test_run ();
}
