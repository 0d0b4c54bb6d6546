/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* A longer value is not kept. */
#define LEYDEN_CACHE_MAX_VALUE (1024 * 1024)
/* Of so many nodes it is known what they depended on. */
#define LEYDEN_CACHE_MAX_LAST  20000

/* One change of what is kept of evaluations of nodes. What holds a secret, or is masked, is not kept: it would come back changed. */
typedef struct
{
  gboolean     clear;           /* removes what is kept of @flow, NULL: of all */
  char        *key;             /* nullable: only @last */
  char        *flow;
  char        *node;            /* path */
  LeydenValue *value;           /* what is kept under @key; NULL: it was used */
  LeydenValue *last;            /* what is known of the node now; nullable */
  gint64       time_ns;
  gint64       limit;           /* bytes that all values may take; the oldest go */
} LeydenCacheChange;

void leyden_cache_change_free (LeydenCacheChange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenCacheChange, leyden_cache_change_free)

G_END_DECLS
