/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A proxy resolver that never sends loopback anywhere else, and remembers what it said for the message of a failure. */
#define LEYDEN_TYPE_HTTP_PROXY (leyden_http_proxy_get_type ())
G_DECLARE_FINAL_TYPE (LeydenHttpProxy, leyden_http_proxy, LEYDEN, HTTP_PROXY, GObject)

/* @inner (nullable: the default) answers for all other hosts. */
LeydenHttpProxy *leyden_http_proxy_new      (GProxyResolver  *inner);
gboolean         leyden_http_proxy_is_local (const char      *host);
/* "host:port" of the proxy last named for @host, without user and password; NULL: none. */
char            *leyden_http_proxy_dup_used (LeydenHttpProxy *self,
                                             const char      *host);

G_END_DECLS
