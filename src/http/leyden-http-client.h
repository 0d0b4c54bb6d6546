/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenHttpError:
 * @LEYDEN_HTTP_ERROR_CONNECT: could not connect or resolve; the message names host, port and, where used, the proxy
 * @LEYDEN_HTTP_ERROR_TLS: certificate refused, with the reason
 * @LEYDEN_HTTP_ERROR_TIMEOUT: no answer in time
 * @LEYDEN_HTTP_ERROR_BROKEN: connection closed or reset in the middle; body shorter than announced
 * @LEYDEN_HTTP_ERROR_TOO_LARGE: body (decoded) or one SSE line over the limit
 * @LEYDEN_HTTP_ERROR_REDIRECT: a redirect that is not followed (another origin, a loop, not http)
 * @LEYDEN_HTTP_ERROR_BREAKER: the circuit breaker of this origin is open; says for how long
 * @LEYDEN_HTTP_ERROR_URI: not an http or https address, or with user and password in it
 * @LEYDEN_HTTP_ERROR_ADDRESS: the host stands for an address that the request's guard refuses
 */
typedef enum
{
  LEYDEN_HTTP_ERROR_CONNECT,
  LEYDEN_HTTP_ERROR_TLS,
  LEYDEN_HTTP_ERROR_TIMEOUT,
  LEYDEN_HTTP_ERROR_BROKEN,
  LEYDEN_HTTP_ERROR_TOO_LARGE,
  LEYDEN_HTTP_ERROR_REDIRECT,
  LEYDEN_HTTP_ERROR_BREAKER,
  LEYDEN_HTTP_ERROR_URI,
  LEYDEN_HTTP_ERROR_ADDRESS,
} LeydenHttpError;
#define LEYDEN_HTTP_ERROR (leyden_http_error_quark ())
GQuark leyden_http_error_quark (void);

/* A client over SoupSession: connection pool per origin, retry with full jitter that honours Retry-After (capped at 60 s),
 * a circuit breaker per origin, limits on size and time. Loopback never goes through a proxy. Redirects are followed only
 * within one origin. Belongs to the thread-default context of its making. */
#define LEYDEN_TYPE_HTTP_CLIENT (leyden_http_client_get_type ())
G_DECLARE_FINAL_TYPE (LeydenHttpClient, leyden_http_client, LEYDEN, HTTP_CLIENT, GObject)

/* One request to be sent, and what came back. */
#define LEYDEN_TYPE_HTTP_REQUEST (leyden_http_request_get_type ())
G_DECLARE_FINAL_TYPE (LeydenHttpRequest, leyden_http_request, LEYDEN, HTTP_REQUEST, GObject)

LeydenHttpRequest *leyden_http_request_new            (const char *method, const char *uri);
void               leyden_http_request_set_header     (LeydenHttpRequest *self, const char *name, const char *value);
void               leyden_http_request_set_bearer     (LeydenHttpRequest *self, const char *key);     /* never logged */
void               leyden_http_request_set_json       (LeydenHttpRequest *self, LeydenValue *body);
void               leyden_http_request_set_body       (LeydenHttpRequest *self, const char *content_type, GBytes *body);
/* Uploads a file without reading it into memory. */
void               leyden_http_request_set_body_file  (LeydenHttpRequest *self, const char *content_type, GFile *file);
/* Of one try, from the sending to the last byte; of an event stream, the longest silence. 0: none; 60 000 */
void               leyden_http_request_set_timeout    (LeydenHttpRequest *self, guint total_ms);
void               leyden_http_request_set_max_body   (LeydenHttpRequest *self, gsize max_bytes);     /* 64 MiB */
/* Tries in all (1: no retry, default 1). Retried: CONNECT, BROKEN before any answer when idempotent, 408, 429, 500, 502,
 * 503, 504, 529. POST counts as idempotent only when @idempotent. */
void               leyden_http_request_set_retry      (LeydenHttpRequest *self, guint max_tries, gboolean idempotent);
/* As set_header; the value is a secret: it never follows a redirect to another origin. Headers whose names sound like one (Authorization, X-API-Key,
 * …token…) never do either. */
void               leyden_http_request_set_secret_header (LeydenHttpRequest *self, const char *name, const char *value);
/* Whether a redirect of a GET or HEAD may lead to another origin (never from https to http, never with secret headers). */
void               leyden_http_request_set_cross_origin (LeydenHttpRequest *self, gboolean allowed);
/* Whether redirects are followed (TRUE); else they are answers like others. */
void               leyden_http_request_set_follow     (LeydenHttpRequest *self, gboolean follow);
/* Decides about every address that the request would connect to, redirects included, after the name is looked up and on the very
 * address that is connected to (so a name that changes its mind between check and use gains nothing). FALSE with @error set:
 * nothing is sent there, and the request ends with LEYDEN_HTTP_ERROR_ADDRESS. Guarded requests use no proxy, share no connection. */
typedef gboolean (*LeydenHttpAddressGuard) (const char *host, guint16 port, GInetAddress *address, gpointer data, GError **error);
void               leyden_http_request_set_guard      (LeydenHttpRequest *self, LeydenHttpAddressGuard guard, gpointer data,
                                                       GDestroyNotify destroy);
/* A certificate that the system does not trust is taken when its fingerprint (SHA-256 of its DER form, 64 lower-case hex digits) is this one. NULL: none is. */
void               leyden_http_request_set_pin        (LeydenHttpRequest *self, const char *fingerprint);
/* The certificate that the server showed last: {"fingerprint", "subject", "issuer", "not_before", "not_after" (ISO 8601 or null), "trusted", "problem" (text or
 * null)}; NULL when there was none. Also after LEYDEN_HTTP_ERROR_TLS. (transfer full) */
LeydenValue       *leyden_http_request_dup_certificate (LeydenHttpRequest *self);
/* A POST goes over a connection that is there already (FALSE: never, a new one is made). One that turns out to be closed then may have brought
 * it over before: it is sent again, so it must be repeatable. */
void               leyden_http_request_set_reuse      (LeydenHttpRequest *self, gboolean reuse);
/* Called before each pause: the try that failed (from 1), the pause, and why (status, or 0 with an error text). */
void               leyden_http_request_set_retry_cb   (LeydenHttpRequest *self,
                                                       void (*callback) (LeydenHttpRequest *request, guint attempt,
                                                                         guint delay_ms, guint status,
                                                                         const char *reason, gpointer data),
                                                       gpointer data);
guint              leyden_http_request_get_status     (LeydenHttpRequest *self);      /* of the last answer, 0 before */
const char        *leyden_http_request_get_response_header (LeydenHttpRequest *self, const char *name);
/* When the server says that it answered, in seconds since the epoch; FALSE: it does not say. */
gboolean           leyden_http_request_get_date       (LeydenHttpRequest *self, gint64 *unix_s);
/* Object: lower-case name to first value, at most 100, without cookies. (transfer full) */
LeydenValue       *leyden_http_request_dup_response_headers (LeydenHttpRequest *self);
const char        *leyden_http_request_get_content_type (LeydenHttpRequest *self);    /* of the answer, lower case, without parameters */

LeydenHttpClient  *leyden_http_client_new             (void);
/* Per origin: connections at once (default 64; more calls wait, which costs no time-out), and the breaker: opens after @failures in a row for @open_ms (5, 10 000);
 * failures 0 switches it off. */
void               leyden_http_client_set_limits      (LeydenHttpClient *self, guint max_per_origin, guint failures, guint open_ms);
/* A guard of all addresses that requests without one of their own connect to; connections are kept and shared, no proxy is used. Before the
 * first request. */
void               leyden_http_client_set_guard       (LeydenHttpClient *self, LeydenHttpAddressGuard guard, gpointer data,
                                                       GDestroyNotify destroy);
/* Where it has connected to: [{"origin": "https://host:443", "breaker": "closed" | "open" | "trial", "failures", "active", "waiting",
 * "failure": words of the last one | null}], sorted. In the client's context. (transfer full) */
LeydenValue       *leyden_http_client_list_origins    (LeydenHttpClient *self);
/* The whole answer, whatever its status. (libsoup before 3.6 does not tell a chunked answer cut off between two chunks from
 * a whole one: readers look for the end of their format, "[DONE]" or the last bracket.) */
void               leyden_http_client_send_async      (LeydenHttpClient *self, LeydenHttpRequest *request,
                                                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GBytes            *leyden_http_client_send_finish     (LeydenHttpClient *self, GAsyncResult *result, GError **error);

/* Server-sent events. @event is "message" by default; @id the last event id seen ("" for none); @data NUL-terminated,
 * invalid UTF-8 replaced by U+FFFD. Return FALSE to stop reading (finish then returns TRUE). */
typedef gboolean (*LeydenSseCallback) (const char *event, const char *data, gsize length, const char *id, gpointer user_data);
/* Sends and reads the stream to its end. A status other than 2xx, or another content type than text/event-stream, collects the body
 * instead: finish gives it in @body. No total time-out while bytes arrive; silence over the request's time-out (60 s) is TIMEOUT. */
void               leyden_http_client_stream_async    (LeydenHttpClient *self, LeydenHttpRequest *request,
                                                       LeydenSseCallback callback_event, gpointer event_data,
                                                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean           leyden_http_client_stream_finish   (LeydenHttpClient *self, GAsyncResult *result, GBytes **body, GError **error);

/* Parser of event streams (WHATWG HTML, "server-sent events"): push bytes in any pieces. Lines over @max_line: error. */
typedef struct _LeydenSseParser LeydenSseParser;
LeydenSseParser   *leyden_sse_parser_new              (gsize max_line, LeydenSseCallback callback, gpointer data);   /* 0: 16 MiB */
void               leyden_sse_parser_free             (LeydenSseParser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSseParser, leyden_sse_parser_free)
/* FALSE with @error set on a limit, FALSE without when the callback asked to stop. */
gboolean           leyden_sse_parser_push             (LeydenSseParser *self, const char *bytes, gsize length, GError **error);
/* Last "retry:" in milliseconds, or 0. */
guint              leyden_sse_parser_get_retry_ms     (LeydenSseParser *self);
gboolean           leyden_sse_parser_saw_invalid_utf8 (LeydenSseParser *self);

G_END_DECLS
