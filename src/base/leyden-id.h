/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char   *leyden_id_new_uuid7    (void);                 /* 32 hex digits, time-ordered, any thread */
char   *leyden_id_new_node     (GRand *random);        /* 8 of a-z2-7; NULL: unpredictable */
gint64  leyden_time_now_ns     (void);                 /* nanoseconds since the epoch */
/* FNV-1a-64 (offset 14695981039346656037, prime 1099511628211). */
guint64 leyden_fnv1a64         (const void *data, gsize length);
/* Constant time in the length of @secret. */
gboolean leyden_secure_equal   (const char *secret, const char *given);
char   *leyden_random_key      (void);                 /* 43 characters base64url of 32 random bytes */

G_END_DECLS
