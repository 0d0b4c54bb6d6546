/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

/* libcurl's multi interface in a GMainContext: its sockets in one epoll, its clock as the source's ready time. */
#include "leyden-http-wire.h"

#include <curl/curl.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "leyden-http-client-private.h"

#define EVENTS_PER_TURN 256
#define IDLE_S 60L
#define MAX_FIELDS 200
/* Handles that are kept for later calls; each has its buffers. */
#define MAX_KEPT 256
#define MAX_ORIGINS 1024

/* Of a URI that calls went to; reference counted. */
typedef struct
{
  char    *name;                /* "host port N", for messages */
  char    *host;
  guint16  port;
} Origin;

typedef struct
{
  LeydenHttpWire     *wire;
  LeydenHttpRequest  *request;
  LeydenHttpWireDone  done;
  gpointer            data;
  Origin             *origin;   /* NULL: it was none */
  CURL               *easy;
  struct curl_slist  *headers;
  guint               status;
  GPtrArray          *fields;   /* (element-type utf8): name, value, … of the last head */
  GByteArray         *answer;
  gboolean            too_large;
  GError             *refusal;  /* the guard's */
  GList               link;     /* in calls */
  GSource            *watch;    /* of its cancellable, while it is under way; nullable */
  GBytes             *body;
  GError             *error;
} Call;

struct _LeydenHttpWire
{
  LeydenHttpAddressGuard  guard;
  gpointer                guard_data;
  CURLM                  *multi;
  GSource                *source;
  int                     epoll;
  gint64                  timer_us;     /* when libcurl wants to be called; -1: not */
  gint64                  armed_us;     /* ready time of the source */
  GHashTable             *origins;      /* URI → Origin */
  GPtrArray              *kept;         /* CURL */
  GQueue                  calls;        /* Call under way, by their links */
  GQueue                  ended;        /* Call to be told */
  gboolean                cancelled;
  gboolean                turning;
  gboolean                freed;
};

static void
wire_arm (LeydenHttpWire *self)
{
  gint64 next_us = self->ended.length > 0 || (self->cancelled && self->calls.length > 0) ? 0 : self->timer_us;

  /* At the end of a turn it is armed anyway. */
  if (self->turning || next_us == self->armed_us)
    return;
  self->armed_us = next_us;
  g_source_set_ready_time (self->source, next_us);
}

/* ---- The end of a call ---- */

static void
origin_clear (gpointer data)
{
  Origin *self = data;

  g_free (self->name);
  g_free (self->host);
}

static void
origin_unref (gpointer data)
{
  g_rc_box_release_full (data, origin_clear);
}

/* Its handle goes, with the connection when the answer is not whole. */
static void
call_release (Call *self)
{
  LeydenHttpWire *wire = self->wire;

  if (self->easy != NULL)
    {
      curl_multi_remove_handle (wire->multi, self->easy);
      if (wire->kept->len < MAX_KEPT)
        {
          curl_easy_reset (self->easy);
          g_ptr_array_add (wire->kept, self->easy);
        }
      else
        curl_easy_cleanup (self->easy);
      self->easy = NULL;
    }
  g_clear_pointer (&self->headers, curl_slist_free_all);
}

/* Takes @body and @error. */
static void
call_end (Call   *self,
          GBytes *body,
          GError *error)
{
  LeydenHttpWire *wire = self->wire;

  if (self->watch != NULL)
    g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
  call_release (self);
  g_queue_unlink (&wire->calls, &self->link);
  self->body = body;
  self->error = error;
  g_queue_push_tail (&wire->ended, self);
  wire_arm (wire);
}

static void
call_fail (Call         *self,
           GIOErrorEnum  code,
           const char   *message)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, (int) code, message);

  call_end (self, NULL, leyden_http_error_translate (error, self->origin->name, NULL, NULL));
}

static void
call_free (Call *self)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_error (&self->error);
  g_clear_error (&self->refusal);
  g_clear_pointer (&self->origin, origin_unref);
  g_clear_pointer (&self->answer, g_byte_array_unref);
  g_ptr_array_unref (self->fields);
  g_object_unref (self->request);
  g_free (self);
}

static void
tell_ended (LeydenHttpWire *self)
{
  Call *call;

  while ((call = g_queue_pop_head (&self->ended)) != NULL)
    {
      call->done (call->body, call->error, call->data);
      call_free (call);
    }
}

static void
take_result (Call     *self,
             CURLcode  code)
{
  switch (code)
    {
    case CURLE_OK:
      leyden_http_request_set_fields (self->request, self->status, self->fields);
      call_end (self, self->answer != NULL ? g_byte_array_free_to_bytes (g_steal_pointer (&self->answer)) : g_bytes_new_static ("", 0), NULL);
      break;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      if (self->refusal != NULL)
        call_end (self, NULL, g_steal_pointer (&self->refusal));
      else
        call_fail (self, code == CURLE_COULDNT_CONNECT ? G_IO_ERROR_CONNECTION_REFUSED : G_IO_ERROR_HOST_NOT_FOUND, curl_easy_strerror (code));
      break;
    case CURLE_OPERATION_TIMEDOUT:
      call_fail (self, G_IO_ERROR_TIMED_OUT, "");
      break;
    default:
      if (self->too_large || code == CURLE_FILESIZE_EXCEEDED)
        call_end (self, NULL, g_error_new (LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TOO_LARGE, _("The answer of %s is larger than %zu bytes"),
                                           self->origin->name, self->request->max_body));
      else
        call_fail (self, G_IO_ERROR_INVALID_DATA, curl_easy_strerror (code));
      break;
    }
}

/* ---- What libcurl asks ---- */

static int
socket_cb (CURL         *easy,
           curl_socket_t fd,
           int           what,
           void         *data,
           void         *known)
{
  LeydenHttpWire *self = data;
  struct epoll_event event = { .data.fd = fd };

  if (what == CURL_POLL_REMOVE)
    {
      epoll_ctl (self->epoll, EPOLL_CTL_DEL, fd, NULL);
      return 0;
    }
  event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0);
  if (epoll_ctl (self->epoll, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0)
    epoll_ctl (self->epoll, known == NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  curl_multi_assign (self->multi, fd, self);
  return 0;
}

static int
timer_cb (CURLM *multi,
          long   timeout_ms,
          void  *data)
{
  LeydenHttpWire *self = data;

  self->timer_us = timeout_ms < 0 ? -1 : timeout_ms == 0 ? 0 : g_get_monotonic_time () + timeout_ms * 1000;
  wire_arm (self);
  return 0;
}

/* The very address that is connected to is judged. Once one was refused the name is a bad one, whatever else it stands for. */
static curl_socket_t
open_socket_cb (void                 *data,
                curlsocktype          purpose,
                struct curl_sockaddr *address)
{
  Call *self = data;
  g_autoptr(GSocketAddress) native = g_socket_address_new_from_native (&address->addr, address->addrlen);
  g_autoptr(GError) refusal = NULL;

  if (self->refusal != NULL || !G_IS_INET_SOCKET_ADDRESS (native))
    return CURL_SOCKET_BAD;
  if (self->wire->guard == NULL
      || self->wire->guard (self->origin->host, self->origin->port, g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (native)),
                            self->wire->guard_data, &refusal))
    return socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  self->refusal = g_error_new_literal (LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS,
                                       refusal != NULL ? refusal->message : "This address is not connected to");
  return CURL_SOCKET_BAD;
}

/* A new head: that of an interim answer is forgotten. */
static gboolean
take_status (Call       *self,
             const char *line,
             gsize       length)
{
  if (length < 12 || (memcmp (line, "HTTP/1.1 ", 9) != 0 && memcmp (line, "HTTP/1.0 ", 9) != 0))
    return FALSE;
  self->status = (guint) g_ascii_strtoull (line + 9, NULL, 10);
  g_ptr_array_set_size (self->fields, 0);
  return self->status >= 100 && self->status <= 999 && self->status != 101;
}

static const char *
find_field (Call       *self,
            const char *name)
{
  for (guint i = 0; i + 1 < self->fields->len; i += 2)
    if (g_ascii_strcasecmp (self->fields->pdata[i], name) == 0)
      return self->fields->pdata[i + 1];
  return NULL;
}

/* libcurl is lenient; here a line without a name, a folded one and lengths that contradict each other are faults. */
static gboolean
take_field (Call       *self,
            const char *line,
            gsize       length)
{
  const char *colon = memchr (line, ':', length);
  g_autofree char *name = colon == NULL ? NULL : g_strndup (line, (gsize) (colon - line));
  g_autofree char *value = NULL;
  const char *before;

  if (name == NULL || *name == '\0' || strpbrk (name, " \t") != NULL || memchr (line, '\0', length) != NULL
      || self->fields->len >= 2 * MAX_FIELDS)
    return FALSE;
  value = g_strstrip (g_strndup (colon + 1, length - (gsize) (colon + 1 - line)));
  if (g_ascii_strcasecmp (name, "Content-Length") == 0)
    {
      before = find_field (self, "Content-Length");
      if (*value == '\0' || strspn (value, "0123456789") != strlen (value) || (before != NULL && strcmp (before, value) != 0))
        return FALSE;
    }
  g_ptr_array_add (self->fields, g_steal_pointer (&name));
  g_ptr_array_add (self->fields, g_steal_pointer (&value));
  return TRUE;
}

static size_t
header_cb (char   *line,
           size_t  size,
           size_t  n,
           void   *data)
{
  Call *self = data;
  gsize length = n;

  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
    length--;
  /* What follows a body is a trailer. */
  if (length == 0 || self->answer != NULL)
    return n;
  if (length >= 5 && memcmp (line, "HTTP/", 5) == 0)
    return take_status (self, line, length) ? n : 0;
  return take_field (self, line, length) ? n : 0;
}

static size_t
body_cb (char   *bytes,
         size_t  size,
         size_t  n,
         void   *data)
{
  Call *self = data;

  if (self->answer == NULL)
    self->answer = g_byte_array_new ();
  if (self->answer->len + n > self->request->max_body)
    {
      self->too_large = TRUE;
      return 0;
    }
  g_byte_array_append (self->answer, (const guint8 *) bytes, (guint) n);
  return n;
}

/* ---- The loop ---- */

static void
cancel_calls (LeydenHttpWire *self)
{
  while (self->calls.head != NULL)
    call_fail (self->calls.head->data, G_IO_ERROR_CANCELLED, _("Cancelled"));
}

static void
read_results (LeydenHttpWire *self)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (self->multi, &left)) != NULL)
    {
      Call *call = NULL;
      CURLcode code = message->data.result;

      if (message->msg != CURLMSG_DONE)
        continue;
      curl_easy_getinfo (message->easy_handle, CURLINFO_PRIVATE, (char **) &call);
      take_result (call, code);
    }
}

static void
wire_free (LeydenHttpWire *self)
{
  tell_ended (self);
  for (guint i = 0; i < self->kept->len; i++)
    curl_easy_cleanup (g_ptr_array_index (self->kept, i));
  g_ptr_array_unref (self->kept);
  curl_multi_cleanup (self->multi);
  g_hash_table_unref (self->origins);
  g_source_unref (self->source);
  close (self->epoll);
  g_free (self);
}

static gboolean
turn_cb (gpointer data)
{
  LeydenHttpWire *self = data;
  struct epoll_event events[EVENTS_PER_TURN];
  int n, running;

  self->turning = TRUE;
  if (self->cancelled)
    cancel_calls (self);
  n = epoll_wait (self->epoll, events, EVENTS_PER_TURN, 0);
  for (int i = 0; i < n; i++)
    curl_multi_socket_action (self->multi, events[i].data.fd,
                              ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) | ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0)
                                | ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0), &running);
  if (self->timer_us >= 0 && self->timer_us <= g_get_monotonic_time ())
    {
      self->timer_us = -1;
      curl_multi_socket_action (self->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
  read_results (self);
  tell_ended (self);
  self->turning = FALSE;
  if (self->freed)
    {
      wire_free (self);
      return G_SOURCE_REMOVE;
    }
  wire_arm (self);
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
  static gsize initialized;
  LeydenHttpWire *self = g_new0 (LeydenHttpWire, 1);

  g_return_val_if_fail (max_per_origin > 0, NULL);

  if (g_once_init_enter (&initialized))
    {
      curl_global_init (CURL_GLOBAL_NOTHING);
      g_once_init_leave (&initialized, 1);
    }
  self->guard = guard;
  self->guard_data = guard_data;
  self->timer_us = -1;
  self->armed_us = -1;
  self->epoll = epoll_create1 (EPOLL_CLOEXEC);
  self->multi = curl_multi_init ();
  if (self->epoll < 0 || self->multi == NULL)
    g_error ("No epoll or no memory");
  curl_multi_setopt (self->multi, CURLMOPT_SOCKETFUNCTION, socket_cb);
  curl_multi_setopt (self->multi, CURLMOPT_SOCKETDATA, self);
  curl_multi_setopt (self->multi, CURLMOPT_TIMERFUNCTION, timer_cb);
  curl_multi_setopt (self->multi, CURLMOPT_TIMERDATA, self);
  curl_multi_setopt (self->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  curl_multi_setopt (self->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long) max_per_origin);
  curl_multi_setopt (self->multi, CURLMOPT_MAXCONNECTS, (long) max_per_origin);
  self->origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, origin_unref);
  self->kept = g_ptr_array_new ();
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

/* ---- A call begins ---- */

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  call_fail (data, G_IO_ERROR_CANCELLED, _("Cancelled"));
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (Call         *self,
                   GCancellable *cancellable)
{
  self->watch = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (cancelled_cb), self, NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
}

/* (transfer full): NULL: no plain http. */
static Origin *
find_origin (LeydenHttpWire *self,
             const char     *uri)
{
  Origin *origin = g_hash_table_lookup (self->origins, uri);
  g_autoptr(GUri) parsed = NULL;

  if (origin != NULL)
    return g_rc_box_acquire (origin);
  parsed = leyden_http_parse_uri (uri, NULL);
  if (parsed == NULL || !g_str_equal (g_uri_get_scheme (parsed), "http"))
    return NULL;
  origin = g_rc_box_new0 (Origin);
  origin->host = g_strdup (g_uri_get_host (parsed));
  origin->port = (guint16) (g_uri_get_port (parsed) > 0 ? g_uri_get_port (parsed) : 80);
  origin->name = g_strdup_printf ("%s port %u", origin->host, origin->port);
  if (g_hash_table_size (self->origins) >= MAX_ORIGINS)
    g_hash_table_remove_all (self->origins);
  g_hash_table_insert (self->origins, g_strdup (uri), g_rc_box_acquire (origin));
  return origin;
}

static void
add_header (Call       *self,
            const char *name,
            const char *value)
{
  /* A header without a value is written so. */
  g_autofree char *line = *value != '\0' ? g_strconcat (name, ": ", value, NULL) : g_strconcat (name, ";", NULL);

  self->headers = curl_slist_append (self->headers, line);
}

static void
add_body (Call *self)
{
  LeydenHttpRequest *request = self->request;

  if (request->body != NULL)
    {
      curl_easy_setopt (self->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) g_bytes_get_size (request->body));
      curl_easy_setopt (self->easy, CURLOPT_POSTFIELDS, g_bytes_get_data (request->body, NULL));
      add_header (self, "Content-Type", request->content_type);
    }
  if (!g_str_equal (request->method, request->body != NULL ? "POST" : "GET"))
    curl_easy_setopt (self->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
call_start (Call *self)
{
  LeydenHttpWire *wire = self->wire;
  LeydenHttpRequest *request = self->request;
  CURL *easy = wire->kept->len > 0 ? g_ptr_array_remove_index_fast (wire->kept, wire->kept->len - 1) : curl_easy_init ();

  self->easy = easy;
  curl_easy_setopt (easy, CURLOPT_PRIVATE, self);
  curl_easy_setopt (easy, CURLOPT_URL, request->uri);
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt (easy, CURLOPT_PATH_AS_IS, 1L);
  /* No proxy: it would look the name up by itself, and reach what we refuse. */
  curl_easy_setopt (easy, CURLOPT_PROXY, "");
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (easy, CURLOPT_USERAGENT, "leyden/" PACKAGE_VERSION);
  curl_easy_setopt (easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  curl_easy_setopt (easy, CURLOPT_MAXAGE_CONN, IDLE_S);
  curl_easy_setopt (easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) MIN (request->max_body, (gsize) G_MAXINT64));
  curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) request->timeout_ms);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, open_socket_cb);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, self);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, header_cb);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, self);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, body_cb);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, self);
  for (guint i = 0; i + 1 < request->headers->len; i += 2)
    add_header (self, request->headers->pdata[i], request->headers->pdata[i + 1]);
  /* Nothing waits for a "100 Continue". */
  self->headers = curl_slist_append (self->headers, "Expect:");
  add_body (self);
  curl_easy_setopt (easy, CURLOPT_HTTPHEADER, self->headers);
  curl_multi_add_handle (wire->multi, easy);
}

void
leyden_http_wire_send (LeydenHttpWire     *self,
                       LeydenHttpRequest  *request,
                       GCancellable       *cancellable,
                       LeydenHttpWireDone  done,
                       gpointer            data)
{
  Call *call = g_new0 (Call, 1);

  g_return_if_fail (self != NULL && LEYDEN_IS_HTTP_REQUEST (request) && done != NULL);

  leyden_http_request_reset (request);
  call->wire = self;
  call->request = g_object_ref (request);
  call->done = done;
  call->data = data;
  call->fields = g_ptr_array_new_with_free_func (g_free);
  call->link.data = call;
  call->origin = find_origin (self, request->uri);
  g_queue_push_tail_link (&self->calls, &call->link);
  if (call->origin == NULL)
    call_end (call, NULL, g_error_new_literal (LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_URI, _("Not an http or https address")));
  else if (request->bad_header != NULL)
    call_end (call, NULL, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                               _("A header with a line break or control character is not sent")));
  else if (self->cancelled)
    wire_arm (self);
  else
    {
      if (cancellable != NULL)
        watch_cancellable (call, cancellable);
      call_start (call);
    }
}

void
leyden_http_wire_cancel (LeydenHttpWire *self)
{
  g_return_if_fail (self != NULL);

  self->cancelled = TRUE;
  wire_arm (self);
}
