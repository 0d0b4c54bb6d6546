/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenMirrorView: a mirror of the local backend as the window follows it. It holds what the backend said last.
 *
 * Property: mirror (LeydenValue, nullable until the first answer).
 */
#define LEYDEN_TYPE_MIRROR_VIEW (leyden_mirror_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenMirrorView, leyden_mirror_view, LEYDEN, MIRROR_VIEW, GObject)

LeydenMirrorView *leyden_mirror_view_new         (LeydenSession *session, const char *id);
const char       *leyden_mirror_view_get_id      (LeydenMirrorView *self);
/* (transfer none) (nullable) */
LeydenValue      *leyden_mirror_view_get_mirror  (LeydenMirrorView *self);
/* "connecting" until it is known; as of the backend afterwards. */
const char       *leyden_mirror_view_get_state   (LeydenMirrorView *self);
/* POST to the mirror, @what "pause", "resume" or "poll". The callback gets a result for leyden_mirror_view_ask_finish(). */
void              leyden_mirror_view_ask_async   (LeydenMirrorView *self, const char *what, LeydenValue *body, GAsyncReadyCallback callback,
                                                  gpointer data);
gboolean          leyden_mirror_view_ask_finish  (LeydenMirrorView *self, GAsyncResult *result, GError **error);
/* Follows no more. */
void              leyden_mirror_view_close       (LeydenMirrorView *self);

G_END_DECLS
