/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-fixture.h"

#include <string.h>

void
client_set_up (Fixture      *fixture,
               gconstpointer data)
{
  fixture->server = misbehaving_server_new ();
  fixture->client = leyden_http_client_new ();
  fixture->events = g_string_new (NULL);
}

void
client_forget (Fixture *fixture)
{
  g_clear_pointer (&fixture->body, g_bytes_unref);
  g_clear_error (&fixture->error);
  g_string_truncate (fixture->events, 0);
  fixture->n_retries = 0;
  fixture->n_events = 0;
}

void
client_tear_down (Fixture      *fixture,
                  gconstpointer data)
{
  client_forget (fixture);
  g_string_free (fixture->events, TRUE);
  while (g_main_context_iteration (NULL, FALSE));
  g_assert_finalize_object (fixture->client);
  misbehaving_server_free (fixture->server);
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Fixture *fixture = data;

  fixture->body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &fixture->error);
  fixture->done = TRUE;
}

static void
retry_cb (LeydenHttpRequest *request,
          guint              attempt,
          guint              delay_ms,
          guint              status,
          const char        *reason,
          gpointer           data)
{
  Fixture *fixture = data;

  g_assert_cmpuint (attempt, ==, ++fixture->n_retries);
  g_assert_null (strstr (reason, KEY));
  fixture->last_delay_ms = delay_ms;
}

void
client_run (Fixture           *fixture,
            LeydenHttpRequest *request,
            GCancellable      *cancellable)
{
  client_forget (fixture);
  fixture->done = FALSE;
  leyden_http_request_set_retry_cb (request, retry_cb, fixture);
  leyden_http_client_send_async (fixture->client, request, cancellable, sent_cb, fixture);
  while (!fixture->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true ((fixture->body != NULL) != (fixture->error != NULL));
  /* No key in a message, and one line. */
  g_assert_true (fixture->error == NULL || strstr (fixture->error->message, KEY) == NULL);
  g_assert_true (fixture->error == NULL || strchr (fixture->error->message, '\n') == NULL);
}

LeydenHttpRequest *
client_request_new (Fixture    *fixture,
                    const char *method,
                    const char *path)
{
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->server, path);
  LeydenHttpRequest *request = leyden_http_request_new (method, uri);

  leyden_http_request_set_bearer (request, KEY);
  leyden_http_request_set_timeout (request, 5000);
  return request;
}

void
client_get (Fixture    *fixture,
            const char *path)
{
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", path);

  client_run (fixture, request, NULL);
}

void
client_assert_error (Fixture        *fixture,
                     LeydenHttpError code,
                     const char     *part)
{
  g_assert_error (fixture->error, LEYDEN_HTTP_ERROR, (int) code);
  if (strstr (fixture->error->message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, fixture->error->message);
}

void
client_assert_body (Fixture    *fixture,
                    const char *text)
{
  g_assert_no_error (fixture->error);
  g_assert_cmpmem (g_bytes_get_data (fixture->body, NULL), g_bytes_get_size (fixture->body), text, strlen (text));
}

gboolean
client_cancel_cb (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

void
client_write_for_ever (GOutputStream *out,
                       GCancellable  *stopped,
                       gpointer       data)
{
  const char *head = data;
  g_autofree char *block = g_strnfill (64 * 1024, 'x');

  g_output_stream_write_all (out, head, strlen (head), NULL, stopped, NULL);
  while (g_output_stream_write_all (out, block, 64 * 1024, NULL, stopped, NULL));
}
