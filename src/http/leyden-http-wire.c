/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

#include "leyden-http-wire.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "leyden-http-answer.h"
#include "leyden-http-client-private.h"

#define EVENTS_PER_TURN 256
#define READ_BLOCK 65536
/* Time-outs and idle connections are looked at so often while there are any. */
#define TICK_US (100 * 1000)
#define IDLE_US (60 * G_USEC_PER_SEC)
/* Names are looked up again after this. */
#define LOOKED_UP_US (10 * G_USEC_PER_SEC)
#define MAX_TARGETS 1024

typedef struct
{
  char       *name;             /* "host port N", for messages */
  char       *host;
  char       *host_header;
  guint16     port;
  GPtrArray  *addresses;        /* GSocketAddress that the guard let through; NULL: to be looked up */
  gint64      looked_up_us;
  gboolean    looking_up;
  GQueue      idle;             /* Line, the latest at the tail */
  GQueue      waiting;          /* Call: for addresses, or for a connection to be free */
  guint       n_lines;
  gboolean    serving;
} Origin;

/* What a URI means. */
typedef struct
{
  Origin *origin;
  char   *path;                 /* with the query */
} Target;

typedef struct _Line Line;
typedef struct
{
  LeydenHttpRequest  *request;
  LeydenHttpWireDone  done;
  gpointer            data;
  const Target       *target;
  Line               *line;     /* NULL: waits */
  gint64              until_us; /* 0: no end */
  gboolean            fresh;    /* a kept connection failed it: the next one is new */
  GList               link;     /* in calls */
  GBytes             *body;
  GError             *error;
} Call;

/* A connection. */
struct _Line
{
  LeydenHttpWire         *wire;
  Origin                 *origin;
  int                     fd;
  Call                   *call; /* NULL: idle */
  guint                   address;      /* index of the one in use */
  gboolean                connected;
  gboolean                used;         /* answered before */
  gboolean                heard;        /* bytes of this answer came */
  gboolean                wants_out;
  GString                *head;
  gsize                   sent;         /* of head and body */
  gint64                  idle_since_us;
  LeydenHttpAnswerReader *reader;
};

struct _LeydenHttpWire
{
  guint                   max_per_origin;
  LeydenHttpAddressGuard  guard;
  gpointer                guard_data;
  GSource                *source;
  int                     epoll;
  char                   *block;
  GHashTable             *origins;      /* name → Origin */
  GHashTable             *targets;      /* URI → Target */
  GQueue                  calls;        /* Call under way, by their links */
  GQueue                  ended;        /* Call to be told */
  GPtrArray              *closed;       /* Line to be freed after the turn: events of it may still stand in the list */
  guint                   n_idle;
  gint64                  armed_us;     /* ready time of the source */
  gint64                  ticked_us;
  GCancellable           *cancellable;  /* of names that are looked up */
  gboolean                cancelled;
  gboolean                turning;
  gboolean                freed;
};

static void line_send (Line *self);
static void origin_serve (LeydenHttpWire *self, Origin *origin);

static void
wake (LeydenHttpWire *self)
{
  /* At the end of a turn it is armed anyway. */
  if (self->turning || self->armed_us == 0)
    return;
  self->armed_us = 0;
  g_source_set_ready_time (self->source, 0);
}

/* ---- The end of a call ---- */

/* Takes @body and @error. */
static void
call_end (LeydenHttpWire *self,
          Call           *call,
          GBytes         *body,
          GError         *error)
{
  g_queue_unlink (&self->calls, &call->link);
  call->body = body;
  call->error = error;
  call->line = NULL;
  g_queue_push_tail (&self->ended, call);
  wake (self);
}

static void
call_fail (LeydenHttpWire *self,
           Call           *call,
           GQuark          domain,
           int             code,
           const char     *message)
{
  g_autoptr(GError) error = g_error_new_literal (domain, code, message);

  call_end (self, call, NULL, leyden_http_error_translate (error, call->target->origin->name, NULL, NULL));
}

static void
tell_ended (LeydenHttpWire *self)
{
  Call *call;

  while ((call = g_queue_pop_head (&self->ended)) != NULL)
    {
      call->done (call->body, call->error, call->data);
      g_clear_pointer (&call->body, g_bytes_unref);
      g_clear_error (&call->error);
      g_object_unref (call->request);
      g_free (call);
    }
}

/* ---- A connection ---- */

static void
line_free (gpointer data)
{
  Line *self = data;

  g_string_free (self->head, TRUE);
  leyden_http_answer_reader_free (self->reader);
  g_free (self);
}

static void
line_close (Line *self)
{
  LeydenHttpWire *wire = self->wire;
  Origin *origin = self->origin;

  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  if (self->call == NULL && g_queue_remove (&origin->idle, self))
    wire->n_idle--;
  origin->n_lines--;
  g_ptr_array_add (wire->closed, self);
  wake (wire);
}

static void
line_watch (Line    *self,
            gboolean wants_out)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | (wants_out ? EPOLLOUT : 0), .data.ptr = self };

  if (wants_out != self->wants_out)
    epoll_ctl (self->wire->epoll, EPOLL_CTL_MOD, self->fd, &event);
  self->wants_out = wants_out;
}

/* A kept connection that ends before a byte came was closed by the other side while it was idle: once more, on a new one. */
static void
line_break (Line       *self,
            GIOErrorEnum code,
            const char *message)
{
  LeydenHttpWire *wire = self->wire;
  Origin *origin = self->origin;
  Call *call = g_steal_pointer (&self->call);

  line_close (self);
  if (call != NULL && self->used && !self->heard)
    {
      call->line = NULL;
      call->fresh = TRUE;
      g_queue_push_head (&origin->waiting, call);
    }
  else if (call != NULL)
    call_fail (wire, call, G_IO_ERROR, (int)code, message);
  origin_serve (wire, origin);
}

static void
line_write_head (Line *self)
{
  Call *call = self->call;
  LeydenHttpRequest *request = call->request;
  gsize length = request->body != NULL ? g_bytes_get_size (request->body) : 0;

  g_string_truncate (self->head, 0);
  g_string_append (self->head, request->method);
  g_string_append_c (self->head, ' ');
  g_string_append (self->head, call->target->path);
  g_string_append (self->head, " HTTP/1.1\r\nHost: ");
  g_string_append (self->head, self->origin->host_header);
  g_string_append (self->head, "\r\nUser-Agent: leyden/" PACKAGE_VERSION "\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n");
  for (guint i = 0; i + 1 < request->headers->len; i += 2)
    {
      g_string_append (self->head, request->headers->pdata[i]);
      g_string_append (self->head, ": ");
      g_string_append (self->head, request->headers->pdata[i + 1]);
      g_string_append (self->head, "\r\n");
    }
  if (request->body != NULL)
    {
      g_string_append (self->head, "Content-Type: ");
      g_string_append (self->head, request->content_type);
      g_string_append_printf (self->head, "\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n", length);
    }
  g_string_append (self->head, "\r\n");
  /* Small ones go out in one piece. */
  if (length > 0 && length <= READ_BLOCK)
    g_string_append_len (self->head, g_bytes_get_data (request->body, NULL), (gssize)length);
}

static void
line_begin (Line *self,
            Call *call)
{
  self->call = call;
  call->line = self;
  self->sent = 0;
  self->heard = FALSE;
  leyden_http_answer_reader_reset (self->reader);
  leyden_http_answer_reader_set_max (self->reader, call->request->max_body);
  line_write_head (self);
  if (self->connected)
    line_send (self);
}

/* The part that comes next; 0: all is sent. */
static gsize
next_part (Line        *self,
           const char **bytes)
{
  gsize head = self->head->len;
  GBytes *body = self->call->request->body;
  gsize length = body != NULL ? g_bytes_get_size (body) : 0;

  if (self->sent < head)
    {
      *bytes = self->head->str + self->sent;
      return head - self->sent;
    }
  if (length <= READ_BLOCK || self->sent - head >= length)
    return 0;
  *bytes = (const char *)g_bytes_get_data (body, NULL) + (self->sent - head);
  return length - (self->sent - head);
}

static void
line_send (Line *self)
{
  const char *bytes;
  gsize length;

  while ((length = next_part (self, &bytes)) > 0)
    {
      ssize_t n = send (self->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        {
          line_watch (self, TRUE);
          return;
        }
      if (n < 0)
        {
          int code = errno;

          line_break (self, g_io_error_from_errno (code), g_strerror (code));
          return;
        }
      self->sent += (gsize)n;
    }
  line_watch (self, FALSE);
}

/* ---- Connecting ---- */

static gboolean
address_to_native (GSocketAddress          *address,
                   struct sockaddr_storage *out,
                   socklen_t               *length)
{
  gssize size = g_socket_address_get_native_size (address);

  *length = (socklen_t)size;
  return size > 0 && (gsize)size <= sizeof *out && g_socket_address_to_native (address, out, sizeof *out, NULL);
}

/* Tries the addresses from self->address on; the call fails with the last one's reason. */
static void
line_connect (Line *self,
              int   code)
{
  Origin *origin = self->origin;
  const int one = 1;

  for (; origin->addresses != NULL && self->address < origin->addresses->len; self->address++)
    {
      struct sockaddr_storage native;
      struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLOUT, .data.ptr = self };
      socklen_t length;

      if (!address_to_native (g_ptr_array_index (origin->addresses, self->address), &native, &length))
        continue;
      self->fd = socket (native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      if (self->fd >= 0)
        {
          setsockopt (self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          self->wants_out = TRUE;
          if ((connect (self->fd, (struct sockaddr *)&native, length) == 0 || errno == EINPROGRESS)
              && epoll_ctl (self->wire->epoll, EPOLL_CTL_ADD, self->fd, &event) == 0)
            return;
        }
      code = errno;
      if (self->fd >= 0)
        close (self->fd);
      self->fd = -1;
    }
  /* The next call looks the name up anew. */
  origin->looked_up_us = 0;
  line_break (self, G_IO_ERROR_CONNECTION_REFUSED, g_strerror (code));
}

static void
line_finish_connect (Line *self)
{
  int code = 0;
  socklen_t length = sizeof code;

  if (getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0)
    code = errno;
  if (code == 0)
    {
      self->connected = TRUE;
      line_send (self);
      return;
    }
  close (self->fd);
  self->fd = -1;
  self->address++;
  line_connect (self, code);
}

static Line *
line_new (LeydenHttpWire *wire,
          Origin         *origin)
{
  Line *self = g_new0 (Line, 1);

  self->wire = wire;
  self->origin = origin;
  self->fd = -1;
  self->head = g_string_new (NULL);
  self->reader = leyden_http_answer_reader_new (0);
  origin->n_lines++;
  return self;
}

/* ---- Names ---- */

static void
fail_waiting (LeydenHttpWire *self,
              Origin         *origin,
              const GError   *error)
{
  Call *call;

  while ((call = g_queue_pop_head (&origin->waiting)) != NULL)
    call_end (self, call, NULL, leyden_http_error_translate (error, origin->name, NULL, NULL));
}

/* One refused address ends it: a name that stands for good and bad ones is a bad name. Takes none of @found. */
static GPtrArray *
judge (LeydenHttpWire  *self,
       Origin          *origin,
       GList           *found,
       GError         **error)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);

  for (GList *l = found; l != NULL; l = l->next)
    {
      g_autoptr(GError) refusal = NULL;

      if (self->guard != NULL && !self->guard (origin->host, origin->port, l->data, self->guard_data, &refusal))
        {
          g_set_error_literal (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS,
                               refusal != NULL ? refusal->message : "This address is not connected to");
          return NULL;
        }
      g_ptr_array_add (addresses, g_inet_socket_address_new (l->data, origin->port));
    }
  return g_steal_pointer (&addresses);
}

typedef struct
{
  LeydenHttpWire *wire;
  Origin         *origin;
  GCancellable   *cancellable;
} LookUp;

static void
looked_up_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autofree LookUp *look_up = data;
  g_autoptr(GCancellable) cancellable = look_up->cancellable;
  g_autoptr(GError) error = NULL;
  GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (object), result, &error);
  LeydenHttpWire *self = look_up->wire;
  Origin *origin = look_up->origin;

  /* The wire is gone. */
  if (g_cancellable_is_cancelled (cancellable))
    {
      g_resolver_free_addresses (found);
      return;
    }
  origin->looking_up = FALSE;
  g_clear_pointer (&origin->addresses, g_ptr_array_unref);
  if (error == NULL)
    origin->addresses = judge (self, origin, found, &error);
  g_resolver_free_addresses (found);
  origin->looked_up_us = g_get_monotonic_time ();
  if (error != NULL)
    fail_waiting (self, origin, error);
  else
    origin_serve (self, origin);
}

static void
look_up (LeydenHttpWire *self,
         Origin         *origin)
{
  g_autoptr(GResolver) resolver = NULL;
  g_autoptr(GInetAddress) literal = g_inet_address_new_from_string (origin->host);
  g_autoptr(GError) error = NULL;
  LookUp *asked;

  g_clear_pointer (&origin->addresses, g_ptr_array_unref);
  if (literal != NULL)
    {
      GList one = { literal, NULL, NULL };

      origin->addresses = judge (self, origin, &one, &error);
      origin->looked_up_us = G_MAXINT64;
      if (error != NULL)
        fail_waiting (self, origin, error);
      return;
    }
  origin->looking_up = TRUE;
  asked = g_new (LookUp, 1);
  *asked = (LookUp) { self, origin, g_object_ref (self->cancellable) };
  resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (resolver, origin->host, self->cancellable, looked_up_cb, asked);
}

/* ---- Origins ---- */

static void
origin_free (gpointer data)
{
  Origin *self = data;

  g_clear_pointer (&self->addresses, g_ptr_array_unref);
  g_free (self->name);
  g_free (self->host);
  g_free (self->host_header);
  g_free (self);
}

static gboolean
knows_addresses (Origin *self)
{
  return self->addresses != NULL && self->looked_up_us != 0
         && (self->looked_up_us == G_MAXINT64 || g_get_monotonic_time () - self->looked_up_us < LOOKED_UP_US);
}

/* Gives connections to those that wait. */
static void
origin_serve (LeydenHttpWire *self,
              Origin         *origin)
{
  /* Not within itself: who fails there is followed here. */
  if (origin->serving)
    return;
  origin->serving = TRUE;
  while (!g_queue_is_empty (&origin->waiting))
    {
      Call *call = g_queue_peek_head (&origin->waiting);
      Line *line = call->fresh ? NULL : g_queue_pop_tail (&origin->idle);

      if (line != NULL)
        self->n_idle--;
      else if (origin->n_lines - g_queue_get_length (&origin->idle) >= self->max_per_origin || origin->looking_up)
        break;
      else if (!knows_addresses (origin))
        {
          look_up (self, origin);
          continue;
        }
      g_queue_pop_head (&origin->waiting);
      if (line == NULL)
        {
          line = line_new (self, origin);
          line_begin (line, call);
          line_connect (line, ECONNREFUSED);
        }
      else
        line_begin (line, call);
    }
  origin->serving = FALSE;
}

static const Target *
find_target (LeydenHttpWire *self,
             const char     *uri)
{
  Target *target = g_hash_table_lookup (self->targets, uri);
  g_autoptr(GUri) parsed = NULL;
  g_autofree char *name = NULL;
  const char *query, *host;
  int port;

  if (target != NULL)
    return target;
  parsed = leyden_http_parse_uri (uri, NULL);
  if (parsed == NULL || !g_str_equal (g_uri_get_scheme (parsed), "http"))
    return NULL;
  host = g_uri_get_host (parsed);
  port = g_uri_get_port (parsed) > 0 ? g_uri_get_port (parsed) : 80;
  name = g_strdup_printf ("%s port %d", host, port);
  target = g_new0 (Target, 1);
  target->origin = g_hash_table_lookup (self->origins, name);
  if (target->origin == NULL)
    {
      Origin *origin = g_new0 (Origin, 1);

      origin->host = g_strdup (host);
      origin->port = (guint16)port;
      origin->host_header = g_strdup_printf (port == 80 ? "%s%s%s" : "%s%s%s:%d", strchr (host, ':') != NULL ? "[" : "", host,
                                             strchr (host, ':') != NULL ? "]" : "", port);
      origin->name = g_steal_pointer (&name);
      g_queue_init (&origin->idle);
      g_queue_init (&origin->waiting);
      g_hash_table_insert (self->origins, origin->name, origin);
      target->origin = origin;
    }
  query = g_uri_get_query (parsed);
  target->path = g_strconcat (*g_uri_get_path (parsed) != '\0' ? g_uri_get_path (parsed) : "/", query != NULL ? "?" : "", query, NULL);
  /* Calls under way point into it. */
  if (g_hash_table_size (self->targets) >= MAX_TARGETS && self->calls.length == 0 && self->ended.length == 0)
    g_hash_table_remove_all (self->targets);
  g_hash_table_insert (self->targets, g_strdup (uri), target);
  return target;
}

static void
target_free (gpointer data)
{
  Target *self = data;

  g_free (self->path);
  g_free (self);
}

/* ---- Answers ---- */

/* What a server compressed although it was asked not to. NULL: it does not unpack, or not into @max bytes. */
static GBytes *
unpack (GBytes     *body,
        const char *coding,
        gsize       max)
{
  GZlibCompressorFormat format = g_ascii_strcasecmp (coding, "deflate") == 0 ? G_ZLIB_COMPRESSOR_FORMAT_ZLIB : G_ZLIB_COMPRESSOR_FORMAT_GZIP;
  g_autoptr(GConverter) converter = G_CONVERTER (g_zlib_decompressor_new (format));
  g_autoptr(GInputStream) packed = g_memory_input_stream_new_from_bytes (body);
  g_autoptr(GInputStream) stream = g_converter_input_stream_new (packed, converter);
  g_autoptr(GByteArray) out = g_byte_array_new ();
  g_autofree char *block = g_malloc (READ_BLOCK);
  gssize n;

  while ((n = g_input_stream_read (stream, block, READ_BLOCK, NULL, NULL)) > 0 && out->len + (gsize)n <= max)
    g_byte_array_append (out, (const guint8 *)block, (guint)n);
  return n == 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&out)) : NULL;
}

static void
line_finish (Line    *self,
             gboolean reuse)
{
  LeydenHttpWire *wire = self->wire;
  Origin *origin = self->origin;
  const char *unsent;
  gboolean keep = reuse && next_part (self, &unsent) == 0;
  Call *call;
  GPtrArray *fields = leyden_http_answer_reader_get_fields (self->reader);
  const char *coding = leyden_http_answer_reader_get_field (self->reader, "Content-Encoding");
  g_autoptr(GBytes) body = leyden_http_answer_reader_take_body (self->reader);

  call = g_steal_pointer (&self->call);
  leyden_http_request_set_fields (call->request, leyden_http_answer_reader_get_status (self->reader), fields);
  if (coding != NULL && g_ascii_strcasecmp (coding, "identity") != 0)
    {
      g_autoptr(GBytes) unpacked = unpack (body, coding, call->request->max_body);

      g_bytes_unref (g_steal_pointer (&body));
      body = g_steal_pointer (&unpacked);
    }
  if (body != NULL)
    call_end (wire, call, g_steal_pointer (&body), NULL);
  else
    call_fail (wire, call, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("its answer does not unpack"));
  self->used = TRUE;
  if (keep)
    {
      self->idle_since_us = g_get_monotonic_time ();
      g_queue_push_tail (&origin->idle, self);
      wire->n_idle++;
    }
  else
    line_close (self);
  origin_serve (wire, origin);
}

static void
line_take (Line                  *self,
           LeydenHttpAnswerState  state,
           gboolean               reuse)
{
  g_autofree char *message = NULL;

  switch (state)
    {
    case LEYDEN_HTTP_ANSWER_MORE:
      break;
    case LEYDEN_HTTP_ANSWER_DONE:
      line_finish (self, reuse);
      break;
    case LEYDEN_HTTP_ANSWER_TOO_LARGE:
      {
        LeydenHttpWire *wire = self->wire;
        Origin *origin = self->origin;
        Call *call = g_steal_pointer (&self->call);

        message = g_strdup_printf (_("The answer of %s is larger than %" G_GSIZE_FORMAT " bytes"), origin->name, call->request->max_body);
        line_close (self);
        call_fail (wire, call, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TOO_LARGE, message);
        origin_serve (wire, origin);
      }
      break;
    case LEYDEN_HTTP_ANSWER_BROKEN:
    default:
      line_break (self, G_IO_ERROR_INVALID_DATA, _("what it sent is no whole HTTP answer"));
      break;
    }
}

static void
line_receive (Line *self)
{
  LeydenHttpWire *wire = self->wire;
  LeydenHttpAnswerState state;
  ssize_t n;
  gsize used;

  n = recv (self->fd, wire->block, READ_BLOCK, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  /* An idle one that says something, or ends. */
  if (self->call == NULL)
    line_close (self);
  else if (n < 0)
    {
      int code = errno;

      line_break (self, g_io_error_from_errno (code), g_strerror (code));
    }
  else if (n == 0 && !self->heard)
    line_break (self, G_IO_ERROR_CONNECTION_CLOSED, _("it closed the connection without an answer"));
  else if (n == 0)
    line_take (self, leyden_http_answer_reader_end (self->reader), FALSE);
  else
    {
      self->heard = TRUE;
      state = leyden_http_answer_reader_push (self->reader, wire->block, (gsize)n, &used);
      line_take (self, state, used == (gsize)n && leyden_http_answer_reader_keeps_alive (self->reader));
    }
}

/* ---- The loop ---- */

static void
look_at_line (Line   *self,
              guint32 events)
{
  if (self->fd >= 0 && !self->connected)
    {
      if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0)
        line_finish_connect (self);
      return;
    }
  if (self->fd >= 0 && (events & EPOLLOUT) != 0 && self->call != NULL)
    line_send (self);
  if (self->fd >= 0 && (events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0)
    line_receive (self);
}

/* Takes it from its connection, which is closed, or from the queue. */
static void
call_withdraw (Call *call)
{
  Line *line = call->line;

  if (line == NULL)
    {
      g_queue_remove (&call->target->origin->waiting, call);
      return;
    }
  line->call = NULL;
  line_close (line);
}

static void
expire_calls (LeydenHttpWire *self,
              gint64          now_us)
{
  GList *l = self->calls.head;

  while (l != NULL)
    {
      Call *call = l->data;
      Origin *origin = call->target->origin;

      l = l->next;
      if (call->until_us == 0 || call->until_us > now_us)
        continue;
      call_withdraw (call);
      call_fail (self, call, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "");
      origin_serve (self, origin);
      /* What was next may have ended too. */
      l = self->calls.head;
    }
}

static void
close_idle (LeydenHttpWire *self,
            gint64          before_us)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->origins);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Origin *origin = value;
      Line *line;

      while ((line = g_queue_peek_head (&origin->idle)) != NULL && line->idle_since_us <= before_us)
        line_close (line);
    }
}

static void
cancel_calls (LeydenHttpWire *self)
{
  while (self->calls.head != NULL)
    {
      Call *call = self->calls.head->data;

      call_withdraw (call);
      call_fail (self, call, G_IO_ERROR, G_IO_ERROR_CANCELLED, _("Cancelled"));
    }
}

static void
arm (LeydenHttpWire *self)
{
  gint64 next_us = -1;

  if (self->ended.length > 0)
    next_us = 0;
  else if (self->calls.length > 0)
    next_us = g_source_get_time (self->source) + TICK_US;
  else if (self->n_idle > 0)
    next_us = g_source_get_time (self->source) + G_USEC_PER_SEC;
  if (next_us == self->armed_us)
    return;
  self->armed_us = next_us;
  g_source_set_ready_time (self->source, next_us);
}

static void
wire_free (LeydenHttpWire *self)
{
  tell_ended (self);
  close_idle (self, G_MAXINT64);
  g_ptr_array_unref (self->closed);
  g_hash_table_unref (self->targets);
  g_hash_table_unref (self->origins);
  g_source_unref (self->source);
  g_object_unref (self->cancellable);
  close (self->epoll);
  g_free (self->block);
  g_free (self);
}

static gboolean
turn_cb (gpointer data)
{
  LeydenHttpWire *self = data;
  struct epoll_event events[EVENTS_PER_TURN];
  gint64 now_us = g_get_monotonic_time ();
  int n;

  self->turning = TRUE;
  if (self->cancelled)
    cancel_calls (self);
  n = epoll_wait (self->epoll, events, EVENTS_PER_TURN, 0);
  for (int i = 0; i < n; i++)
    look_at_line (events[i].data.ptr, events[i].events);
  if (now_us - self->ticked_us >= TICK_US)
    {
      self->ticked_us = now_us;
      expire_calls (self, now_us);
      close_idle (self, now_us - IDLE_US);
    }
  g_ptr_array_set_size (self->closed, 0);
  tell_ended (self);
  self->turning = FALSE;
  if (self->freed)
    {
      wire_free (self);
      return G_SOURCE_REMOVE;
    }
  arm (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
source_dispatch (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     data)
{
  return callback (data);
}

static GSourceFuncs source_funcs = { NULL, NULL, source_dispatch, NULL, NULL, NULL };

LeydenHttpWire *
leyden_http_wire_new (guint                   max_per_origin,
                      LeydenHttpAddressGuard  guard,
                      gpointer                guard_data)
{
  LeydenHttpWire *self = g_new0 (LeydenHttpWire, 1);

  g_return_val_if_fail (max_per_origin > 0, NULL);

  self->max_per_origin = max_per_origin;
  self->guard = guard;
  self->guard_data = guard_data;
  self->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll < 0)
    g_error ("No epoll: %s", g_strerror (errno));
  self->block = g_malloc (READ_BLOCK);
  self->origins = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, origin_free);
  self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, target_free);
  self->closed = g_ptr_array_new_with_free_func (line_free);
  self->cancellable = g_cancellable_new ();
  self->armed_us = -1;
  g_queue_init (&self->calls);
  g_queue_init (&self->ended);
  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "[leyden] http wire");
  g_source_set_callback (self->source, turn_cb, self, NULL);
  g_source_add_unix_fd (self->source, self->epoll, G_IO_IN);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
leyden_http_wire_free (LeydenHttpWire *self)
{
  g_return_if_fail (self != NULL && !self->freed);

  self->freed = TRUE;
  g_cancellable_cancel (self->cancellable);
  cancel_calls (self);
  if (self->turning)
    return;
  g_source_destroy (self->source);
  wire_free (self);
}

gboolean
leyden_http_wire_takes (const char *uri)
{
  return g_ascii_strncasecmp (uri, "http://", strlen ("http://")) == 0;
}

void
leyden_http_wire_send (LeydenHttpWire     *self,
                       LeydenHttpRequest  *request,
                       LeydenHttpWireDone  done,
                       gpointer            data)
{
  Call *call = g_new0 (Call, 1);
  gint64 now_us = g_get_monotonic_time ();

  g_return_if_fail (self != NULL && LEYDEN_IS_HTTP_REQUEST (request) && done != NULL);

  leyden_http_request_reset (request);
  call->request = g_object_ref (request);
  call->done = done;
  call->data = data;
  call->link.data = call;
  call->target = find_target (self, request->uri);
  g_queue_push_tail_link (&self->calls, &call->link);
  if (call->target == NULL || request->bad_header != NULL)
    {
      GError *error = NULL;

      if (call->target == NULL)
        g_set_error_literal (&error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_URI, _("Not an http or https address"));
      else
        g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                             _("A header with a line break or control character is not sent"));
      call_end (self, call, NULL, error);
      return;
    }
  if (request->timeout_ms > 0)
    call->until_us = now_us + (gint64)request->timeout_ms * 1000;
  g_queue_push_tail (&call->target->origin->waiting, call);
  if (!self->cancelled)
    origin_serve (self, call->target->origin);
  if (self->cancelled)
    wake (self);
  else if (!self->turning && (self->armed_us < 0 || self->armed_us > now_us + 2 * TICK_US))
    {
      /* The clock ticks. */
      self->armed_us = now_us + TICK_US;
      g_source_set_ready_time (self->source, self->armed_us);
    }
}

void
leyden_http_wire_cancel (LeydenHttpWire *self)
{
  g_return_if_fail (self != NULL);

  self->cancelled = TRUE;
  wake (self);
}
