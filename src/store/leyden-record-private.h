/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-record.h"

G_BEGIN_DECLS

/* 1 to 64 of a-z 0-9 . _ -: types are interned, so text from outside must not fill memory for ever. */
gboolean      leyden_record_type_is_valid (const char *type, gsize length);
/* Everything but the position. */
gboolean      leyden_record_equal         (LeydenRecord *a, LeydenRecord *b);
/* The same record with another payload, without a position. */
LeydenRecord *leyden_record_with_payload  (LeydenRecord *self, LeydenValue *payload);

G_END_DECLS
