/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "misbehaving-server.h"

#include <string.h>
#include <sys/socket.h>

typedef struct
{
  GBytes *bytes;
  guint piece;
  guint pause_ms;
  MisbehavingEnd end;
  MisbehavingFunc func;
  gpointer data;
} Step;

typedef struct
{
  GPtrArray *steps;
  guint next;
} Script;

struct _MisbehavingServer
{
  GSocketListener *listener;
  GTlsCertificate *certificate;
  GCancellable *stopped;
  GThread *thread;
  guint16 port;

  GMutex lock;                  /* below */
  GHashTable *scripts;          /* (element-type utf8 Script) */
  GPtrArray *requests;          /* (element-type utf8) */
  GPtrArray *threads;           /* (element-type GThread): joined at the end, so that none outlives the test */
  guint n_connections;
  guint max_connections;
};

typedef struct
{
  MisbehavingServer *server;
  GSocketConnection *socket;
  GIOStream *stream;
} Client;

static void
step_free (Step *step)
{
  g_clear_pointer (&step->bytes, g_bytes_unref);
  g_free (step);
}

static void
script_free (Script *script)
{
  g_ptr_array_unref (script->steps);
  g_free (script);
}

static void
add_step (MisbehavingServer *self,
          const char        *path,
          Step              *step)
{
  Script *script;

  g_mutex_lock (&self->lock);
  script = g_hash_table_lookup (self->scripts, path);
  if (script == NULL)
    {
      script = g_new0 (Script, 1);
      script->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);
      g_hash_table_insert (self->scripts, g_strdup (path), script);
    }
  g_ptr_array_add (script->steps, step);
  g_mutex_unlock (&self->lock);
}

/* Steps live as long as the server. */
static Step *
next_step (MisbehavingServer *self,
           const char        *path)
{
  Script *script;
  Step *step = NULL;

  g_mutex_lock (&self->lock);
  script = g_hash_table_lookup (self->scripts, path);
  if (script != NULL)
    {
      step = script->steps->pdata[script->next];
      if (script->next + 1 < script->steps->len)
        script->next++;
    }
  g_mutex_unlock (&self->lock);
  return step;
}

static gsize
announced_length (const char *head)
{
  g_autofree char *lower = g_ascii_strdown (head, -1);
  const char *field = strstr (lower, "\r\ncontent-length:");

  return field != NULL ? (gsize) g_ascii_strtoull (field + 17, NULL, 10) : 0;
}

static gboolean
read_byte (Client  *client,
           GString *text)
{
  char byte;
  gssize n = g_input_stream_read (g_io_stream_get_input_stream (client->stream), &byte, 1, client->server->stopped, NULL);

  if (n == 1)
    g_string_append_c (text, byte);
  return n == 1;
}

/* Chunked bodies of a client are read to their last chunk, and kept as they came. */
static char *
read_request (Client *client)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gsize length;
  gboolean chunked;

  while (!g_str_has_suffix (text->str, "\r\n\r\n"))
    {
      if (!read_byte (client, text))
        return NULL;
    }
  chunked = strstr (text->str, "chunked") != NULL;
  length = text->len + announced_length (text->str);
  while (chunked ? !g_str_has_suffix (text->str, "\r\n0\r\n\r\n") : text->len < length)
    {
      if (!read_byte (client, text))
        return NULL;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
path_of (const char *request)
{
  const char *start = strchr (request, ' ');

  return start != NULL ? g_strndup (start + 1, strcspn (start + 1, " ?")) : g_strdup ("");
}

static void
write_step (Client *client,
            Step   *step)
{
  GOutputStream *out = g_io_stream_get_output_stream (client->stream);
  gsize length;
  const char *bytes = g_bytes_get_data (step->bytes, &length);
  gsize piece = step->piece != 0 ? step->piece : length;

  while (length > 0)
    {
      gsize n = MIN (piece, length);

      g_usleep (step->pause_ms * 1000);
      if (!g_output_stream_write_all (out, bytes, n, NULL, client->server->stopped, NULL))
        return;
      bytes += n;
      length -= n;
    }
}

static void
hang (Client *client)
{
  while (!g_cancellable_is_cancelled (client->server->stopped))
    g_usleep (2000);
}

static void
set_reset (Client *client)
{
  struct linger linger = { 1, 0 };

  setsockopt (g_socket_get_fd (g_socket_connection_get_socket (client->socket)), SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static MisbehavingEnd
answer (Client     *client,
        const char *request)
{
  static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  g_autofree char *path = path_of (request);
  Step *step = next_step (client->server, path);

  if (step == NULL)
    {
      g_output_stream_write_all (g_io_stream_get_output_stream (client->stream), not_found, strlen (not_found), NULL,
                                 client->server->stopped, NULL);
      return MISBEHAVE_KEEP;
    }
  if (step->func != NULL)
    step->func (g_io_stream_get_output_stream (client->stream), client->server->stopped, step->data);
  else
    write_step (client, step);
  return step->end;
}

static void
serve (Client *client)
{
  MisbehavingServer *self = client->server;
  MisbehavingEnd end = MISBEHAVE_KEEP;

  while (end == MISBEHAVE_KEEP)
    {
      char *request = read_request (client);

      if (request == NULL)
        return;
      g_mutex_lock (&self->lock);
      g_ptr_array_add (self->requests, request);
      g_mutex_unlock (&self->lock);
      end = answer (client, request);
    }
  if (end == MISBEHAVE_HANG)
    hang (client);
  if (end == MISBEHAVE_RESET)
    set_reset (client);
}

static gpointer
client_main (gpointer data)
{
  Client *client = data;
  MisbehavingServer *self = client->server;

  if (self->certificate != NULL)
    client->stream = g_tls_server_connection_new (G_IO_STREAM (client->socket), self->certificate, NULL);
  else
    client->stream = g_object_ref (G_IO_STREAM (client->socket));
  if (client->stream != NULL
      && (!G_IS_TLS_CONNECTION (client->stream)
          || g_tls_connection_handshake (G_TLS_CONNECTION (client->stream), self->stopped, NULL)))
    serve (client);
  /* Not g_io_stream_close of TLS, which would wait for the peer. */
  g_socket_close (g_socket_connection_get_socket (client->socket), NULL);
  g_clear_object (&client->stream);
  g_object_unref (client->socket);
  g_free (client);

  g_mutex_lock (&self->lock);
  self->n_connections--;
  g_mutex_unlock (&self->lock);
  return NULL;
}

static gpointer
listen_main (gpointer data)
{
  MisbehavingServer *self = data;
  GSocketConnection *socket;

  while ((socket = g_socket_listener_accept (self->listener, NULL, self->stopped, NULL)) != NULL)
    {
      Client *client = g_new0 (Client, 1);

      client->server = self;
      client->socket = socket;
      g_mutex_lock (&self->lock);
      self->n_connections++;
      self->max_connections = MAX (self->max_connections, self->n_connections);
      g_ptr_array_add (self->threads, g_thread_new ("misbehave", client_main, client));
      g_mutex_unlock (&self->lock);
    }
  return NULL;
}

static void
join_thread (gpointer thread)
{
  g_thread_join (thread);
}

static MisbehavingServer *
server_new (GTlsCertificate *certificate)
{
  MisbehavingServer *self = g_new0 (MisbehavingServer, 1);
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) bound = NULL;
  g_autoptr(GError) error = NULL;

  g_mutex_init (&self->lock);
  self->scripts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) script_free);
  self->requests = g_ptr_array_new_with_free_func (g_free);
  self->threads = g_ptr_array_new_with_free_func (join_thread);
  self->stopped = g_cancellable_new ();
  self->certificate = certificate;
  self->listener = g_socket_listener_new ();
  g_socket_listener_set_backlog (self->listener, 1000);
  g_socket_listener_add_address (self->listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->thread = g_thread_new ("misbehaving", listen_main, self);
  return self;
}

MisbehavingServer *
misbehaving_server_new (void)
{
  return server_new (NULL);
}

MisbehavingServer *
misbehaving_server_new_tls (const char *pem_file,
                            GError    **error)
{
  GTlsCertificate *certificate = g_tls_certificate_new_from_file (pem_file, error);

  return certificate != NULL ? server_new (certificate) : NULL;
}

void
misbehaving_server_free (MisbehavingServer *self)
{
  g_cancellable_cancel (self->stopped);
  g_thread_join (self->thread);
  g_ptr_array_unref (self->threads);
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_clear_object (&self->certificate);
  g_object_unref (self->stopped);
  g_hash_table_unref (self->scripts);
  g_ptr_array_unref (self->requests);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint16
misbehaving_server_get_port (MisbehavingServer *self)
{
  return self->port;
}

char *
misbehaving_server_dup_uri (MisbehavingServer *self,
                            const char        *path)
{
  return g_strdup_printf ("%s://127.0.0.1:%u%s", self->certificate != NULL ? "https" : "http", self->port, path);
}

void
misbehaving_server_add_raw (MisbehavingServer *self,
                            const char        *path,
                            const char        *bytes,
                            gssize             length,
                            guint              piece,
                            guint              pause_ms,
                            MisbehavingEnd     end)
{
  Step *step = g_new0 (Step, 1);

  step->bytes = g_bytes_new (bytes, length < 0 ? strlen (bytes) : (gsize) length);
  step->piece = piece;
  step->pause_ms = pause_ms;
  step->end = end;
  add_step (self, path, step);
}

void
misbehaving_server_add_answer (MisbehavingServer *self,
                               const char        *path,
                               guint              status,
                               const char        *headers,
                               const char        *body)
{
  g_autofree char *text = g_strdup_printf ("HTTP/1.1 %u Something\r\n%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", status,
                                           headers != NULL ? headers : "", strlen (body), body);

  misbehaving_server_add_raw (self, path, text, -1, 0, 0, MISBEHAVE_KEEP);
}

void
misbehaving_server_add_func (MisbehavingServer *self,
                             const char        *path,
                             MisbehavingFunc    func,
                             gpointer           data)
{
  Step *step = g_new0 (Step, 1);

  step->func = func;
  step->data = data;
  step->end = MISBEHAVE_CLOSE;
  add_step (self, path, step);
}

char *
misbehaving_server_dup_request (MisbehavingServer *self,
                                guint              n)
{
  char *request;

  g_mutex_lock (&self->lock);
  request = n < self->requests->len ? g_strdup (self->requests->pdata[n]) : NULL;
  g_mutex_unlock (&self->lock);
  return request;
}

guint
misbehaving_server_get_n_requests (MisbehavingServer *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->requests->len;
  g_mutex_unlock (&self->lock);
  return n;
}

guint
misbehaving_server_get_max_connections (MisbehavingServer *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->max_connections;
  g_mutex_unlock (&self->lock);
  return n;
}
