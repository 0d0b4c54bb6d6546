/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* @value with texts cut off after @max_text bytes (between characters), and lists and objects after about @max_bytes of JSON in all; the same
 * value when nothing has to go. (transfer full) */
LeydenValue *leyden_value_shorten (LeydenValue *value, gsize max_bytes, gsize max_text);

G_END_DECLS
