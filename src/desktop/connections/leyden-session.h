/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-backend.h"

G_BEGIN_DECLS

/**
 * LeydenSession: the application's connection to its backend and what all windows share of it: endpoints and their models.
 *
 * Signals: "endpoints-changed" (); "models-changed" (const char *endpoint).
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
