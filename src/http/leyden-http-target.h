/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A request target, taken apart on its raw bytes and decoded exactly once: split at '/' first, decoded after, so that an
 * encoded slash never becomes a separator. */
typedef struct
{
  char *path;           /* decoded but for "%2F" and "%25", which stay, so that it splits like the raw one */
  GPtrArray *segments;  /* (element-type utf8): decoded; "/" is one empty segment */
  GPtrArray *query;     /* (element-type utf8): name, value, name, value…; decoded, '+' is a space */
} LeydenHttpTarget;

#define LEYDEN_HTTP_TARGET_MAX 8192     /* bytes; more is 414 */

/* NULL with @status (400 or 414) and @detail (static) when the target is not one that we serve: not starting with '/', a
 * broken or %00 escape, control characters or invalid UTF-8 in the path, a raw space or '#'. */
LeydenHttpTarget *leyden_http_target_parse (const char        *raw,
                                            guint             *status,
                                            const char       **detail);
void              leyden_http_target_free  (LeydenHttpTarget  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHttpTarget, leyden_http_target_free)

/* Value @n of @name, or NULL. */
const char       *leyden_http_target_get_query   (LeydenHttpTarget *self,
                                                  const char       *name,
                                                  guint             n);
guint             leyden_http_target_count_query (LeydenHttpTarget *self,
                                                  const char       *name);

G_END_DECLS
