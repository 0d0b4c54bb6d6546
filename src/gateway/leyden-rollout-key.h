/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Keys of agents: good for one attempt of one rollout until a time, and kept nowhere. The text is
 *
 *   lr1 . seconds since the epoch . rollout . attempt . HMAC-SHA256 of all before by the backend's secret
 *
 * with the names and the HMAC in base64url without padding. */
#define LEYDEN_ROLLOUT_KEY_PREFIX "lr1."
#define LEYDEN_ROLLOUT_SECRET_SIZE 32

/* @secret: LEYDEN_ROLLOUT_SECRET_SIZE bytes. (transfer full). Part of the last second counts as the whole. */
char     *leyden_rollout_key_make (const guint8 *secret, const char *rollout, const char *attempt, gint64 expires_ns);
/* Whether @key was made with @secret and has not ended. Takes the same time for every wrong HMAC. */
gboolean  leyden_rollout_key_read (const guint8 *secret, const char *key, gint64 now_ns, char **rollout, char **attempt);

G_END_DECLS
