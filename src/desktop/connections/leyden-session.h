/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-backend.h"
#include "leyden-connections.h"

G_BEGIN_DECLS

/**
 * LeydenSession: the application's connection to its backend and what all windows share of it: endpoints and their models.
 *
 * Properties (notify): "connection" (LeydenConnection, NULL: this computer's own backend), "read-only" (boolean: the key there may only look).
 * Signals: "endpoints-changed" (); "models-changed" (const char *endpoint); "switched" (): another backend is spoken with from now on, nothing of
 * the one before is so any more.
 */
#define LEYDEN_TYPE_SESSION (leyden_session_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSession, leyden_session, LEYDEN, SESSION, GObject)

/* The one of this process. (transfer none) */
LeydenSession *leyden_session_get_default      (void);
LeydenBackend *leyden_session_get_backend      (LeydenSession *self);
/* Connects when that was not done, or failed; starts a backend when there is none. Quick, may be called often. */
void           leyden_session_start            (LeydenSession *self);
/* Connects only where a backend runs already: opening a document starts no process. */
void           leyden_session_attach           (LeydenSession *self);
/* Speaks with the backend of @connection, NULL: with the local one. For an agl-server that is the local one too, which follows it. The choice is kept
 * for the next start. Does nothing when it is chosen already. */
void              leyden_session_switch         (LeydenSession *self, LeydenConnection *connection);
/* The same, also when it is chosen already: its key or certificate is another one. */
void              leyden_session_reconnect      (LeydenSession *self, LeydenConnection *connection);
/* (transfer none) (nullable) */
LeydenConnection *leyden_session_get_connection (LeydenSession *self);
/* Id of the mirror that is shown, NULL where the connection is none. */
const char    *leyden_session_get_mirror        (LeydenSession *self);
/* The backend of this computer: the one of get_backend, or beside a remote one another, connected when somebody asks. (transfer none) */
LeydenBackend *leyden_session_get_local         (LeydenSession *self);
gboolean       leyden_session_is_read_only      (LeydenSession *self);
/* Makes the local backend follow the agl-server of @connection; its key is handed over in memory. @callback is called with a result for
 * leyden_session_follow_finish(). */
void           leyden_session_follow_async      (LeydenSession *self, LeydenConnection *connection, GAsyncReadyCallback callback, gpointer data);
gboolean       leyden_session_follow_finish     (LeydenSession *self, GAsyncResult *result, GError **error);
/* A connection that was removed: the local backend follows it no more. */
void           leyden_session_unfollow          (LeydenSession *self, LeydenConnection *connection);
/* When a remote backend that does not answer is tried again, in monotonic µs; 0: not by itself. */
gint64         leyden_session_get_next_try_us   (LeydenSession *self);
/* Why there is no connection, which may be that the key was not found; NULL: it is there. */
const GError  *leyden_session_get_error         (LeydenSession *self);
/* Connects again after the backend was asked to end. */
void           leyden_session_restart          (LeydenSession *self);
/* The list of endpoints as of the last answer (never NULL; before: only the simulation). (transfer none) */
LeydenValue   *leyden_session_get_endpoints    (LeydenSession *self);
/* {"endpoint", "model"} that stands for a model parameter that is not set; nullable. (transfer none) */
LeydenValue   *leyden_session_get_default_model (LeydenSession *self);
void           leyden_session_refresh_endpoints (LeydenSession *self);
/* Ids of the models of an endpoint, as of the last answer, NULL while unknown: then they are asked for. (transfer none) */
LeydenValue   *leyden_session_get_models       (LeydenSession *self, const char *endpoint);

G_END_DECLS
