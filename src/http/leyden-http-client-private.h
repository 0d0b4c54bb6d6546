/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "leyden-http-client.h"
#include "leyden-http-proxy.h"
#include "leyden-http-retry.h"

G_BEGIN_DECLS

struct _LeydenHttpRequest
{
  GObject parent_instance;
  char *method;
  char *uri;
  GPtrArray *headers;           /* (element-type utf8): name, value, … */
  GHashTable *secret_headers;   /* (element-type utf8): lower-case names that stay with the first origin; nullable */
  char *bad_header;             /* name of one that no request may carry */
  char *content_type;
  GBytes *body;
  GFile *body_file;
  guint timeout_ms;
  gsize max_body;
  guint max_tries;
  gboolean idempotent;
  gboolean reuse;
  void (*retry_cb) (LeydenHttpRequest *request, guint attempt, guint delay_ms, guint status, const char *reason,
                    gpointer data);
  gpointer retry_data;
  gboolean cross_origin;
  gboolean follow;
  LeydenHttpAddressGuard guard;
  gpointer guard_data;
  GDestroyNotify guard_destroy;
  char *pin;                    /* fingerprint; nullable */

  /* Of the last handshake; nullable. */
  LeydenValue *certificate;

  /* Of the last answer. */
  guint status;
  SoupMessageHeaders *answer_headers;
  char *answer_type;
};

/* Forgets an earlier answer. */
void         leyden_http_request_reset      (LeydenHttpRequest  *self);
void         leyden_http_request_set_answer (LeydenHttpRequest  *self,
                                             SoupMessage        *message);
/* @fields: name, value, … */
void         leyden_http_request_set_fields (LeydenHttpRequest  *self,
                                             guint               status,
                                             GPtrArray          *fields);
/* A message for @uri with headers and body, or NULL with @error. @bodyless: after a redirect that turned it into a GET. @foreign: to
 * another origin than the first, so without secret headers. */
SoupMessage *leyden_http_request_make       (LeydenHttpRequest  *self,
                                             GUri               *uri,
                                             gboolean            bodyless,
                                             gboolean            foreign,
                                             GError            **error);

/* A network address whose looked-up addresses pass the guard of @request before anybody connects to them. */
#define LEYDEN_TYPE_HTTP_ADDRESS (leyden_http_address_get_type ())
GType               leyden_http_address_get_type    (void);
GSocketConnectable *leyden_http_address_new         (LeydenHttpRequest  *request,
                                                     GUri               *uri);
/* What the guard said last. (transfer none) (nullable) */
const GError       *leyden_http_address_get_refusal (GSocketConnectable *self);

/* One scheme, host and port. Lives as long as the client. */
typedef struct
{
  char *name;                   /* "host port N", for messages */
  guint n_active;
  GQueue waiting;               /* (element-type LeydenHttpCall) for a slot */
  LeydenHttpBreaker breaker;
  char *failure;                /* the last one that the breaker counted; nullable */
  SoupSession *session;         /* of a guarded client: kept connections to this origin alone */
  GSocketConnectable *address;
} LeydenHttpOrigin;

typedef struct _LeydenHttpCall LeydenHttpCall;

LeydenHttpClient *leyden_http_client_new_with_resolver (GProxyResolver   *inner);
SoupSession      *leyden_http_client_get_session       (LeydenHttpClient *self);
/* One for a single guarded message, that connects to @address only. */
SoupSession      *leyden_http_session_new_guarded      (GSocketConnectable *address);
LeydenHttpProxy  *leyden_http_client_get_proxy         (LeydenHttpClient *self);
GMainContext     *leyden_http_client_get_context       (LeydenHttpClient *self);
LeydenHttpOrigin *leyden_http_client_get_origin        (LeydenHttpClient *self,
                                                        GUri             *uri);
guint             leyden_http_client_get_max_active    (LeydenHttpClient *self);

/* Runs @task (of a client; task data is the call). @event_cb makes it a stream. */
void              leyden_http_call_start               (LeydenHttpClient  *client,
                                                        LeydenHttpRequest *request,
                                                        LeydenSseCallback  event_cb,
                                                        gpointer           event_data,
                                                        GTask             *task);

/* Why a certificate is refused; NULL where it is not. (transfer full) */
char             *leyden_http_describe_certificate    (GTlsCertificateFlags flags);
/* (transfer full): @error of libsoup or GIO in our words, naming the origin and, where one was used, the proxy. */
GError           *leyden_http_error_translate          (const GError      *error,
                                                        const char        *origin,
                                                        const char        *proxy,
                                                        SoupMessage       *message);
/* Checked: http or https, a host, no user and password. */
GUri             *leyden_http_parse_uri                (const char        *text,
                                                        GError           **error);
gboolean          leyden_http_same_origin              (GUri              *a,
                                                        GUri              *b);

G_END_DECLS
