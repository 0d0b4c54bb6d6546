/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* One place in which two JSON values differ. */
typedef struct
{
  char        *path;            /* "$.items[2].name", as expressions write it; of a list, the place in the first one where it has one */
  LeydenValue *a;               /* NULL: it is not there */
  LeydenValue *b;               /* NULL: it is not there */
} LeydenValueChange;

/* Where @a and @b (both nullable: not there) differ, in the order of the first, then what the second has besides; at most @limit places. What lists have in
 * common at their beginning and end is no difference, wherever it stands. @more (out) (nullable): there are further ones. (element-type
 * LeydenValueChange) (transfer full) */
GPtrArray *leyden_value_diff (LeydenValue *a,
                              LeydenValue *b,
                              guint        limit,
                              gboolean    *more);

G_END_DECLS
