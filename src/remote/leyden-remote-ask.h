/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-client.h"

G_BEGIN_DECLS

/* How an answer becomes what the caller wants; NULL with @error set where it is none. May run in a thread. */
typedef gpointer (*LeydenRemoteReader) (GBytes *body, guint status, GError **error);

/* Sends one request of a client and reads its answer, a large one in a thread. @object: the client, source of the result. @authorization: value
 * of that header, a secret; nullable. @destroy: frees what @read gives. */
void     leyden_remote_ask_async  (GObject *object, LeydenHttpClient *http, LeydenHttpRequest *request, const char *authorization,
                                   LeydenRemoteReader read, GDestroyNotify destroy, GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer data);
gpointer leyden_remote_ask_finish (GObject *object, GAsyncResult *result, GError **error);
/* A client that never connects to link-local and multicast addresses, for servers of the operator's choice. (transfer full) */
LeydenHttpClient *leyden_remote_client_new (guint max_at_once);
/* The value of the header Authorization: "Bearer …", or "Basic …" where @user is given. NULL without @secret. (transfer full) */
char    *leyden_remote_make_authorization (const char *user, const char *secret);
/* "name=value", form-encoded, "&" in front unless it is the first. */
void     leyden_remote_append_field (GString *form, const char *name, const char *value);

G_END_DECLS
