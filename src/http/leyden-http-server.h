/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* The HTTP server: libmicrohttpd in external epoll mode on a thread of its own, behind the guard of design §8 (one allowed
 * Host, allowed methods, no foreign Origin, framing, sizes, a deadline per phase, connection caps). No type of
 * libmicrohttpd leaves this folder. Handlers run in the GMainContext that was thread-default when the server
 * was made; they may answer at once or later, from any thread, exactly once.
 *
 * The guard, in its order, and what it answers ({"detail": "…"}, but for a head that libmicrohttpd itself refuses):
 *   method unknown 501; other than HTTP/1.1 505; over 100 headers or about 15 KiB of head 431; malformed header, Host or
 *   length not given exactly once 400; transfer encoding other than chunked 501; Expect other than 100-continue 417
 *   target over 8 KiB 414; not a path, broken escape, %00, control characters, invalid UTF-8 400
 *   Host not allowed 421; Origin or Sec-Fetch-Site of another origin 403; too many connections, or stopping, 503
 *   keys that contradict each other (/leyden/ only) 400; no or wrong key 401, in a flood of wrong ones 429; a key that may not 403,
 *   one that asks too often 429
 *   no such path 404; no such method for it 405 with Allow
 *   body over the route's limit 413; encoded, or not of the route's type, 415
 *   head or body not there in time 408; bodies of all connections over 256 MiB in memory 503; disk full 507
 * On Agent Lightning's paths (/api/, /proxy/, /healthz/, /openapi.json/) 404 and 405 come before the key, and a known path with a slash
 * behind is 307 to the one without, except below /proxy/rollout/.
 * What ends the connection says so. libmicrohttpd before 0.9.77 takes a bare LF or CR for a line's end, an empty header name,
 * and cuts a header value or path at a NUL, where no callback can see it; none of that makes two requests of one. */
#define LEYDEN_TYPE_HTTP_SERVER (leyden_http_server_get_type ())
G_DECLARE_FINAL_TYPE (LeydenHttpServer, leyden_http_server, LEYDEN, HTTP_SERVER, GObject)

/* One request and its answer. Reference-counted; dropping the last reference unanswered sends 500. */
typedef struct _LeydenHttpExchange LeydenHttpExchange;
/* A streamed answer (SSE or chunks). Reference-counted. */
typedef struct _LeydenHttpStream LeydenHttpStream;

typedef enum
{
  LEYDEN_HTTP_SERVER_ERROR_ADDRESS,     /* not ADDRESS:PORT, or not resolvable as a numeric address */
  LEYDEN_HTTP_SERVER_ERROR_IN_USE,
  LEYDEN_HTTP_SERVER_ERROR_DENIED,      /* privileged port */
  LEYDEN_HTTP_SERVER_ERROR_FAILED,
} LeydenHttpServerError;
#define LEYDEN_HTTP_SERVER_ERROR (leyden_http_server_error_quark ())
GQuark leyden_http_server_error_quark (void);

typedef enum
{
  LEYDEN_HTTP_ROUTE_DEFAULT      = 0,
  LEYDEN_HTTP_ROUTE_JSON         = 1 << 0,      /* a body must be application/json (or +json), else 415; no Content-Encoding */
  LEYDEN_HTTP_ROUTE_SPOOL        = 1 << 1,      /* the body goes to a file in the spool folder while its SHA-256 is taken */
  LEYDEN_HTTP_ROUTE_OPEN         = 1 << 2,      /* no key asked */
  LEYDEN_HTTP_ROUTE_FORMS_OK     = 1 << 3,      /* any content type */
  LEYDEN_HTTP_ROUTE_NO_HEAD      = 1 << 4,      /* HEAD is not answered for GET */
  LEYDEN_HTTP_ROUTE_ENCODED      = 1 << 5,      /* Content-Encoding is left to the handler: the body is as it came, and so is its limit */
} LeydenHttpRouteFlags;

typedef void     (*LeydenHttpHandler) (LeydenHttpExchange *exchange, gpointer user_data);

typedef enum
{
  LEYDEN_HTTP_ACCESS_GRANTED,
  LEYDEN_HTTP_ACCESS_UNKNOWN,           /* no key, or none that is right: 401 */
  LEYDEN_HTTP_ACCESS_FORBIDDEN,         /* a right key that may not do this: 403 */
  LEYDEN_HTTP_ACCESS_LIMITED,           /* a right key that asks too often: 429 with Retry-After */
} LeydenHttpAccess;
/* What the presented keys (NULL-terminated: of Authorization, then of X-API-Key; empty for none) may. Called in the server thread, once a
 * request and before the body is read; must be fast and thread-safe. @exchange is lent: its method, path, parameters, peer and route data
 * are there, and it takes a principal, or the words of a refusal. Not called for OPEN routes. */
typedef LeydenHttpAccess (*LeydenHttpAuthorize) (LeydenHttpExchange *exchange, const char * const *keys, gpointer user_data);
/* Told of every answer, refusals of the guard too, when its head goes out: server thread, must be fast. @duration_us since the request
 * line. Method, path and route data are NULL where the request was refused before they were known. */
typedef void     (*LeydenHttpObserver)  (LeydenHttpExchange *exchange, guint status, gint64 duration_us, gpointer user_data);

LeydenHttpServer *leyden_http_server_new           (void);
/* Settings, before start. Times in milliseconds: header 10 000, body 60 000, keep-alive 120 000. */
void              leyden_http_server_set_deadlines (LeydenHttpServer *self, guint header_ms, guint body_ms, guint idle_ms);
/* Silence on an event stream before a comment goes out (15 000). */
void              leyden_http_server_set_heartbeat (LeydenHttpServer *self, guint interval_ms);
void              leyden_http_server_set_max_connections (LeydenHttpServer *self, guint max);    /* 10 000 */
void              leyden_http_server_set_authorize (LeydenHttpServer *self, LeydenHttpAuthorize authorize, gpointer data,
                                                    GDestroyNotify destroy);
void              leyden_http_server_set_observer  (LeydenHttpServer *self, LeydenHttpObserver observer, gpointer data,
                                                    GDestroyNotify destroy);
void              leyden_http_server_set_spool_folder (LeydenHttpServer *self, const char *path);
/* Serves HTTPS only: certificate (with its chain) and key as PEM text. Start fails with FAILED when they are not usable. */
void              leyden_http_server_set_tls       (LeydenHttpServer *self, const char *certificate_pem, const char *key_pem);
/* With TLS: clients must show a certificate of one of these authorities (PEM), valid now and made for clients; else the handshake fails. */
void              leyden_http_server_set_client_ca (LeydenHttpServer *self, const char *authorities_pem);
/* Adds an allowed Host (name or address, without port: any port goes). localhost, 127.0.0.1, [::1] and the listen
 * address are allowed by themselves. */
void              leyden_http_server_add_host      (LeydenHttpServer *self, const char *host);
/* @pattern: "/leyden/v1/runs/{id}", the last part may be "{path...}" (the rest with slashes). @max_body in bytes.
 * A path that no route has: 404; a method that no route of the path has: 405 with Allow. HEAD is answered for GET. */
void              leyden_http_server_add_route     (LeydenHttpServer *self, const char *method, const char *pattern,
                                                    LeydenHttpRouteFlags flags, guint64 max_body,
                                                    LeydenHttpHandler handler, gpointer user_data);
/* Binds @address ("127.0.0.1", "::1"), port 0 for a free one, and serves. Synchronous and quick. */
gboolean          leyden_http_server_start         (LeydenHttpServer *self, const char *address, guint16 port, GError **error);
guint16           leyden_http_server_get_port      (LeydenHttpServer *self);
/* Version of libmicrohttpd that runs, for --version and for the warning about old ones on other than loopback addresses. */
const char       *leyden_http_server_get_library   (void);
guint             leyden_http_server_get_n_connections (LeydenHttpServer *self);
/* Requests that were given to a handler and wait for their answer; a stream is answered when it begins. */
guint             leyden_http_server_get_n_handling (LeydenHttpServer *self);
/* Stops accepting, lets answers under way finish for @grace_ms (turning the handlers' loop meanwhile when the caller may),
 * then closes; joins the thread. No handler and no callback runs after it returned. A stopped server stays stopped. */
void              leyden_http_server_stop          (LeydenHttpServer *self, guint grace_ms);

/* Ends the connections on which a stream goes out to a principal that @match takes; what else is under way is answered. Any thread, while the
 * server runs; @match is called in the server's. */
typedef gboolean (*LeydenHttpPrincipalMatch) (gpointer principal, gpointer data);
void              leyden_http_server_end_streams   (LeydenHttpServer *self, LeydenHttpPrincipalMatch match, gpointer data,
                                                    GDestroyNotify destroy);

LeydenHttpExchange *leyden_http_exchange_ref        (LeydenHttpExchange *self);
void                leyden_http_exchange_unref      (LeydenHttpExchange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHttpExchange, leyden_http_exchange_unref)
const char         *leyden_http_exchange_get_method (LeydenHttpExchange *self);
const char         *leyden_http_exchange_get_path   (LeydenHttpExchange *self);      /* decoded, valid UTF-8 */
/* Numeric address of the client, without port; an IPv4 address in IPv6's clothes as IPv4. */
const char         *leyden_http_exchange_get_peer   (LeydenHttpExchange *self);
/* What its route was added with; NULL when nothing serves the path. */
gpointer            leyden_http_exchange_get_route_data (LeydenHttpExchange *self);
/* Who asks, as the authorisation found; belongs to the exchange. NULL on OPEN routes. */
void                leyden_http_exchange_set_principal (LeydenHttpExchange *self, gpointer principal, GDestroyNotify destroy);
gpointer            leyden_http_exchange_get_principal (LeydenHttpExchange *self);
/* For the authorisation: words of the refusal (NULL: usual ones), and the seconds of its Retry-After. */
void                leyden_http_exchange_set_refusal (LeydenHttpExchange *self, guint retry_after_s, const char *detail);
/* For the authorisation: a 401 goes out after so long. Where a body comes with the request, or too many wait already, 429 goes out at once. */
void                leyden_http_exchange_set_delay  (LeydenHttpExchange *self, guint delay_ms);
/* A {name} of the pattern, decoded once; NULL when the pattern has none. */
const char         *leyden_http_exchange_get_param  (LeydenHttpExchange *self, const char *name);
/* Query: first value, number of values, and value n; NULL when absent. Decoded. */
const char         *leyden_http_exchange_get_query  (LeydenHttpExchange *self, const char *name);
guint               leyden_http_exchange_get_n_query (LeydenHttpExchange *self, const char *name);
const char         *leyden_http_exchange_get_query_nth (LeydenHttpExchange *self, const char *name, guint n);
const char         *leyden_http_exchange_get_header (LeydenHttpExchange *self, const char *name);
GBytes             *leyden_http_exchange_get_body   (LeydenHttpExchange *self);      /* (transfer none), empty for none */
/* For answers that take long: the body counts no longer among those in memory. Before the answer, by the one who answers. */
void                leyden_http_exchange_drop_body  (LeydenHttpExchange *self);
/* SPOOL: path of the file (removed with the exchange unless stolen) and its digest in hex. */
const char         *leyden_http_exchange_get_spool_path (LeydenHttpExchange *self);
const char         *leyden_http_exchange_get_spool_sha256 (LeydenHttpExchange *self);
char               *leyden_http_exchange_steal_spool (LeydenHttpExchange *self);
/* Whether the client left, or at least sends no more (it may have half-closed its connection and still read): long work need not go on
 * for it. Any thread. */
gboolean            leyden_http_exchange_has_hung_up (LeydenHttpExchange *self);
/* Answers; any thread, once. */
void                leyden_http_exchange_add_header (LeydenHttpExchange *self, const char *name, const char *value);
void                leyden_http_exchange_respond    (LeydenHttpExchange *self, guint status, const char *content_type,
                                                     GBytes *body);
void                leyden_http_exchange_respond_json (LeydenHttpExchange *self, guint status, LeydenValue *value);
/* {"detail": "…"}; escaped, one line, at most 500 characters of anything from outside. */
void                leyden_http_exchange_respond_error (LeydenHttpExchange *self, guint status, const char *format, ...)
                                                     G_GNUC_PRINTF (3, 4);
/* A file, sent without reading it into memory. */
void                leyden_http_exchange_respond_file (LeydenHttpExchange *self, guint status, const char *content_type,
                                                     const char *path);
/* Starts a chunked answer. For "text/event-stream" a comment goes out every 15 s of silence. */
LeydenHttpStream   *leyden_http_exchange_respond_stream (LeydenHttpExchange *self, guint status, const char *content_type);

LeydenHttpStream   *leyden_http_stream_ref          (LeydenHttpStream *self);
void                leyden_http_stream_unref        (LeydenHttpStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHttpStream, leyden_http_stream_unref)
/* Queues bytes; FALSE when the client is gone or more than 8 MiB wait (then the stream is closed). Any thread. */
gboolean            leyden_http_stream_write        (LeydenHttpStream *self, GBytes *bytes);
/* One SSE event; @id, @event nullable; @data may have several lines. */
gboolean            leyden_http_stream_write_event  (LeydenHttpStream *self, const char *id, const char *event,
                                                     const char *data, gssize length);
gsize               leyden_http_stream_get_pending  (LeydenHttpStream *self);
void                leyden_http_stream_close        (LeydenHttpStream *self);
/* Back-pressure for producers that can wait: called in the handlers' context when, after at least 256 KiB waited, less do. */
void                leyden_http_stream_set_drained_cb (LeydenHttpStream *self, void (*callback) (LeydenHttpStream *stream, gpointer data), gpointer data);
/* Called once in the handlers' context when the client went away or the stream was closed by the server's stop. */
void                leyden_http_stream_set_closed_cb (LeydenHttpStream *self, void (*callback) (LeydenHttpStream *stream, gpointer data), gpointer data);

G_END_DECLS
