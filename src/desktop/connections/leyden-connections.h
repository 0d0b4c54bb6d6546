/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-connection-link.h"

G_BEGIN_DECLS

/**
 * LeydenConnection: one backend that the person added. Immutable; a change is another object of the same id.
 */
#define LEYDEN_TYPE_CONNECTION (leyden_connection_get_type ())
G_DECLARE_FINAL_TYPE (LeydenConnection, leyden_connection, LEYDEN, CONNECTION, GObject)

/* @id NULL: a new one. @mirrored: an agl-server, which the local backend follows. @fingerprint: nullable. */
LeydenConnection *leyden_connection_new             (const char *id, const char *name, const char *uri, gboolean mirrored, gboolean has_key,
                                                     const char *fingerprint);
const char       *leyden_connection_get_id          (LeydenConnection *self);
const char       *leyden_connection_get_name        (LeydenConnection *self);
const char       *leyden_connection_get_uri         (LeydenConnection *self);
gboolean          leyden_connection_is_mirrored     (LeydenConnection *self);
gboolean          leyden_connection_has_key         (LeydenConnection *self);
const char       *leyden_connection_get_fingerprint (LeydenConnection *self);      /* nullable */
/* "connection-ID": what its key is called in the key ring. (transfer full) */
char             *leyden_connection_dup_secret      (LeydenConnection *self);

/**
 * LeydenConnections: what was added, in order, as a list model of LeydenConnection, kept in the settings; the keys are in the key ring,
 * where there is none in memory until the program ends.
 */
#define LEYDEN_TYPE_CONNECTIONS (leyden_connections_get_type ())
G_DECLARE_FINAL_TYPE (LeydenConnections, leyden_connections, LEYDEN, CONNECTIONS, GObject)

/* The one of this process. (transfer none) */
LeydenConnections *leyden_connections_get_default   (void);
/* (transfer none) (nullable) */
LeydenConnection  *leyden_connections_find          (LeydenConnections *self, const char *id);
/* Adds it, or puts it in the place of the one of its id. */
void               leyden_connections_put           (LeydenConnections *self, LeydenConnection *connection);
/* With its key. Signal "key-left" (LeydenConnection, GError), later: the key ring did not give it up. */
void               leyden_connections_remove        (LeydenConnections *self, const char *id);
/* Keeps @key. The answer is FALSE with @error where there is no key ring: it is then held in memory only. */
void               leyden_connections_store_key_async  (LeydenConnections *self, LeydenConnection *connection, const char *key,
                                                        GAsyncReadyCallback callback, gpointer data);
gboolean           leyden_connections_store_key_finish (LeydenConnections *self, GAsyncResult *result, GError **error);
/* (transfer full): "" for one without a key. */
void               leyden_connections_get_key_async    (LeydenConnections *self, LeydenConnection *connection, GCancellable *cancellable,
                                                        GAsyncReadyCallback callback, gpointer data);
char              *leyden_connections_get_key_finish   (LeydenConnections *self, GAsyncResult *result, GError **error);

G_END_DECLS
