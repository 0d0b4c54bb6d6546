/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/**
 * LeydenNodeTitles: what people call the nodes whose paths stand in facts: as the latest versions of the flows that ran have it.
 */
typedef struct _LeydenNodeTitles LeydenNodeTitles;

/* Blocks: files are read. What cannot be read has no titles. */
LeydenNodeTitles *leyden_node_titles_read (sqlite3 *db);
void              leyden_node_titles_free (LeydenNodeTitles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenNodeTitles, leyden_node_titles_free)
/* @path as in facts, rounds as [*]. With the path behind it where several nodes have that title. NULL: it has none, or flows disagree. (transfer full) */
char             *leyden_node_titles_find (LeydenNodeTitles *self, const char *path);

G_END_DECLS
