/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* Records of a log in words. What is returned is safe to show. */

/* "Node started", for "node.started"; a type that is not known as it is. (transfer full) */
char       *leyden_record_type_title (const char *type);
/* What the record says, in one line of at most @max_chars: the error, the answer, the value. "" when there is nothing. (transfer full) */
char       *leyden_record_summarize  (LeydenValue *record, guint max_chars);

/* Groups that records can be filtered by: title and prefix of the types ("" for all). */
guint       leyden_record_get_n_groups (void);
const char *leyden_record_group_title  (guint group);
const char *leyden_record_group_prefix (guint group);

G_END_DECLS
