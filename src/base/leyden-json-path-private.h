/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* Whether @path (what follows “$”) is a path; @error is LEYDEN_EXPRESSION_ERROR_SYNTAX. */
gboolean     leyden_json_path_check (const char *path, GError **error);
/* Value at a checked path (what follows “$”), or NULL. (transfer none) */
LeydenValue *leyden_json_path_walk  (LeydenValue *value, const char *path);

G_END_DECLS
