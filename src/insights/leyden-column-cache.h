/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-query-private.h"

G_BEGIN_DECLS

/**
 * LeydenColumnCache:
 *
 * Facts in memory, by columns: each is an SQL expression (with its parameters) over the rows of a table, read once and then kept up with what
 * changed. A question over a million rollouts looks at some arrays instead of a million rows of a table. Columns that nobody asked for in a
 * while go, as does what was used least when they take too much room. Any thread.
 *
 * What changes in the facts is found by rollout_facts.changed and by the positions of the other tables; when rows went (facts_cursor.removed)
 * everything is read anew.
 */
LeydenColumnCache *leyden_column_cache_new   (gsize              max_bytes);
LeydenColumnCache *leyden_column_cache_ref   (LeydenColumnCache *self);
/* For tests: few rows come from the columns, too. */
void               leyden_column_cache_set_eager (LeydenColumnCache *self,
                                              gboolean           eager);
gboolean           leyden_column_cache_is_eager (LeydenColumnCache *self);
/* What leyden_columns_read() gives, from the columns. @load: columns that are not there yet are read, else %NULL without @error says that some
 * are missing. */
LeydenColumns     *leyden_column_cache_read  (LeydenColumnCache *self,
                                              sqlite3           *db,
                                              const LeydenQuery *query,
                                              const LeydenRead  *read,
                                              gboolean           load,
                                              GError           **error);
/* How many rows a table has, or more: ids that are in use, and those between them. */
guint64            leyden_column_cache_estimate_rows (sqlite3        *db,
                                              LeydenFactTable facts);
/* Frees what nobody asked for in @idle_us. */
void               leyden_column_cache_trim  (LeydenColumnCache *self,
                                              gint64             idle_us);
gsize              leyden_column_cache_get_bytes (LeydenColumnCache *self);
/* What was answered out of the columns. (transfer none) */
struct _LeydenAnswers *leyden_column_cache_get_answers (LeydenColumnCache *self);

G_END_DECLS
