/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql.h"

G_BEGIN_DECLS

/* A row under the reader's hands; @ok becomes FALSE at the first column that cannot be. */
typedef struct
{
  sqlite3_stmt *statement;
  gboolean      ok;
} LeydenRowReader;

/* NULL where the column is NULL and not @required. (transfer full) */
char   *leyden_row_take_text   (LeydenRowReader *row, int column, gboolean required);
gint64  leyden_row_take_int    (LeydenRowReader *row, int column, gint64 minimum);
/* NaN where the column is NULL and not @required. */
double  leyden_row_take_double (LeydenRowReader *row, int column, gboolean required);
/* NaN is bound as NULL. */
void    leyden_row_bind_double (sqlite3_stmt *statement, int index, double value);

/* Rows of statements whose columns are those of leyden-sql.c. A row that cannot be (text where a number belongs, NULL in a required
 * column) gives NULL; the caller skips and counts it. */
LeydenRolloutRow *leyden_sqlite_read_rollout_row (sqlite3_stmt *statement);
LeydenRunRow     *leyden_sqlite_read_run_row     (sqlite3_stmt *statement, gint64 *id);
/* Binds ?1 to ?19 of INSERT_ROLLOUT and UPDATE_ROLLOUT. @run: id, 0 for none. @row lives until the step. */
void              leyden_sqlite_bind_rollout     (sqlite3_stmt *statement, const LeydenRolloutRow *row, gint64 run,
                                                  guint64 last_sequence, guint64 last_position);

G_END_DECLS
