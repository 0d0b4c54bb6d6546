/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-client.h"

G_BEGIN_DECLS

/* A client for many calls at once to few servers, in one loop, over libcurl: plain http, whole answers, kept connections, and no more. What
 * it is not asked for (TLS, event streams, redirects, retries, proxies) LeydenHttpClient does; libsoup takes 0.4 to 3 ms of CPU a call
 * there. Belongs to the thread-default context of its making. */
typedef struct _LeydenHttpWire LeydenHttpWire;

/* @body NULL: @error, as of LeydenHttpClient. The answer's status and headers stand in the request. */
typedef void (*LeydenHttpWireDone) (GBytes *body, const GError *error, gpointer data);

/* Every address is judged by @guard, as of leyden_http_client_set_guard(). */
LeydenHttpWire *leyden_http_wire_new    (guint max_per_origin, LeydenHttpAddressGuard guard, gpointer guard_data);
/* Calls that are under way are cancelled, and told. */
void            leyden_http_wire_free   (LeydenHttpWire *self);
/* Whether it can send to @uri at all. */
gboolean        leyden_http_wire_takes  (const char *uri);
/* The request's timeout, largest body, headers and body count. @done is called later, once, in the loop. @cancellable (nullable): ends
 * this call with G_IO_ERROR_CANCELLED. */
void            leyden_http_wire_send   (LeydenHttpWire *self, LeydenHttpRequest *request, GCancellable *cancellable,
                                         LeydenHttpWireDone done, gpointer data);
/* All calls under way end with G_IO_ERROR_CANCELLED, later, in the loop. Also for those that are sent afterwards. */
void            leyden_http_wire_cancel (LeydenHttpWire *self);

G_END_DECLS
