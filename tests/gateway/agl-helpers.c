/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agl-helpers.h"

#include <signal.h>
#include <string.h>

void
agl_set_up (Agl           *self,
            gconstpointer  data)
{
  sandbox_set_up (&self->sandbox);
  self->database = sandbox_path (&self->sandbox, "agl.db");
  self->server = sandbox_serve (&self->sandbox, "--database", self->database, NULL);
}

void
agl_tear_down (Agl           *self,
               gconstpointer  data)
{
  g_assert_cmpint (server_end (self->server, SIGTERM), ==, 0);
  sandbox_tear_down (&self->sandbox);
  g_free (self->database);
}

void
agl_restart (Agl *self,
             int  signal_number)
{
  server_end (self->server, signal_number);
  self->server = sandbox_serve (&self->sandbox, "--database", self->database, NULL);
}

/* Whether the number behind @colon belongs to a time. */
static gboolean
is_time (const char *body,
         const char *colon)
{
  static const char * const keys[] = { "\"created_at\"", "\"updated_at\"", "\"timestamp\"" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gsize length = strlen (keys[i]);

      if ((gsize)(colon - body) >= length && memcmp (colon - length, keys[i], length) == 0)
        return TRUE;
    }
  return FALSE;
}

static char *
forget_times (const char *body)
{
  GString *out = g_string_new (NULL);
  const char *p = body;
  const char *colon;

  while ((colon = strchr (p, ':')) != NULL)
    {
      g_string_append_len (out, p, colon + 1 - p);
      p = colon + 1;
      if (is_time (body, colon) && strspn (p, "0123456789") > 9)
        {
          g_string_append_c (out, '0');
          p += strspn (p, "0123456789.");
        }
    }
  g_string_append (out, p);
  return g_string_free (out, FALSE);
}

/* What is measured here is not time: a busy machine may take long over 40 MB. */
static char *
exchange (Agl        *self,
          const char *request,
          gsize       length)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = NULL;
  GString *answer = g_string_new (NULL);
  GSocket *socket;
  g_autofree char *buffer = g_malloc (65536);
  gssize n;

  connection = g_socket_client_connect_to_host (client, "127.0.0.1", self->server->port, NULL, NULL);
  g_assert_nonnull (connection);
  socket = g_socket_connection_get_socket (connection);
  g_socket_set_timeout (socket, 120);
  /* A server that refuses early may have closed already. */
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request, length, NULL, NULL, NULL);
  while ((n = g_socket_receive (socket, buffer, 65536, NULL, NULL)) > 0)
    g_string_append_len (answer, buffer, n);
  return g_string_free (answer, FALSE);
}

char *
agl_send (Agl        *self,
          const char *method,
          const char *path,
          const char *headers,
          const char *body,
          gssize      length,
          guint      *status)
{
  g_autoptr(GString) request = g_string_new (NULL);
  g_autofree char *answer = NULL;
  const char *end;

  if (body != NULL && length < 0)
    length = (gssize)strlen (body);
  g_string_append_printf (request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n%s", method, path, self->server->port,
                          headers != NULL ? headers : "");
  if (body != NULL)
    g_string_append_printf (request, "Content-Length: %" G_GSSIZE_FORMAT "\r\n", length);
  g_string_append (request, "\r\n");
  if (body != NULL)
    g_string_append_len (request, body, length);
  answer = exchange (self, request->str, request->len);
  if (status != NULL)
    *status = raw_status (answer);
  end = strstr (answer, "\r\n\r\n");
  return forget_times (end != NULL ? end + 4 : "");
}

char *
agl_ask (Agl        *self,
         const char *method,
         const char *path,
         const char *body,
         guint      *status)
{
  g_autofree char *headers = g_strdup_printf ("Authorization: Bearer %s\r\nContent-Type: application/json\r\n", self->server->key);

  return agl_send (self, method, path, headers, body, -1, status);
}

char *
agl_raw (Agl        *self,
         const char *method,
         const char *path,
         const char *headers,
         const char *body)
{
  g_autofree char *request = g_strdup_printf ("%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
                                              "%sContent-Length: %zu\r\n\r\n%s",
                                              method, path, self->server->port, self->server->key, headers != NULL ? headers : "",
                                              body != NULL ? strlen (body) : 0, body != NULL ? body : "");

  return exchange (self, request, strlen (request));
}

void
agl_expect (Agl        *self,
            const char *method,
            const char *path,
            const char *body,
            guint       status,
            const char *expected)
{
  guint got;
  g_autofree char *answer = agl_ask (self, method, path, body, &got);

  if (got != status)
    g_test_message ("%s %s %s: %u %s", method, path, body != NULL ? body : "", got, answer);
  g_assert_cmpuint (got, ==, status);
  if (expected == NULL)
    return;
  if (!g_str_has_prefix (expected, "…"))
    g_assert_cmpstr (answer, ==, expected);
  else if (strstr (answer, expected + strlen ("…")) == NULL)
    g_error ("%s %s: %s does not hold %s", method, path, answer, expected);
}

void
agl_run (Agl           *self,
         const AglCase *cases,
         gsize          n)
{
  for (gsize i = 0; i < n; i++)
    agl_expect (self, cases[i].method, cases[i].path, cases[i].body, cases[i].status, cases[i].expected);
}
