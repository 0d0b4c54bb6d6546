/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-facts-fold.h"
#include "leyden-rollups.h"

G_BEGIN_DECLS

/* Which facts are made of a log, and how. Facts of another version are thrown away and made anew. */
#define LEYDEN_FACTS_PROJECTION 2

/* What the facts reach (table `facts_cursor`). */
typedef struct
{
  guint64 position;
  guint64 last;                 /* position of the log's last record */
  int     projection;
} LeydenFactsCursor;

/**
 * LeydenFactsWriter:
 *
 * Writes facts into the database, in transactions of the caller's. It remembers the numbers of texts and series. One thread at a time.
 */
typedef struct _LeydenFactsWriter LeydenFactsWriter;

LeydenFactsWriter *leyden_facts_writer_new       (void);
void               leyden_facts_writer_free      (LeydenFactsWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFactsWriter, leyden_facts_writer_free)
/* Writes @batch, rows of rollouts that have no records yet, and moves the cursor to the batch's position. May be called again with the same batch
 * when the transaction was rolled back. */
gboolean           leyden_facts_writer_write     (LeydenFactsWriter *self, sqlite3 *db, LeydenFactsBatch *batch, GError **error);
/* The last write is committed. */
void               leyden_facts_writer_committed (LeydenFactsWriter *self);

/* Removes at most @limit rows of what is derived, and begins the version of the projection anew when nothing is left: @done. */
gboolean           leyden_facts_clear            (sqlite3 *db, guint limit, gboolean *done, GError **error);
gboolean           leyden_facts_get_cursor       (sqlite3 *db, LeydenFactsCursor *cursor, GError **error);

G_END_DECLS
