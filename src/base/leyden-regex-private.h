/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The compiled pattern, from the thread's cache. (transfer none): valid until the next call. Errors as leyden_regex_check. */
GRegex  *leyden_regex_compile (const char *pattern, GError **error);
/* 1 match, 0 none, -1 @error (LEYDEN_EXPRESSION_ERROR_LIMIT). @info (nullable) must be freed. */
int      leyden_regex_run     (GRegex *regex, const char *subject, gssize length, GMatchInfo **info, GError **error);
/* Whether @pattern is in the common subset; its groups are counted. */
gboolean leyden_regex_parse   (const char *pattern, guint *n_groups, GError **error);

G_END_DECLS
