/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-private.h"

G_BEGIN_DECLS

/* Whether a search may take longer than the main loop bears: a repeated group that itself repeats or chooses, or a long text. Errs
 * towards yes. */
gboolean     leyden_regex_may_run_away (const char *pattern, gsize subject_length);
/* The search in a thread. Finish as leyden_regex_match(): NULL without an error when nothing matches. */
void         leyden_node_regex_async   (const char *pattern, const char *subject, gboolean last, gpointer source,
                                        GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_node_regex_finish  (GAsyncResult *result, GError **error);

G_END_DECLS
