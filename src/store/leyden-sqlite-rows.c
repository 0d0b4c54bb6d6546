/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "leyden-sqlite-rows.h"

#include "leyden-segment.h"

#include <math.h>
#include <string.h>

char *
leyden_row_take_text (LeydenRowReader *row,
                      int              column,
                      gboolean         required)
{
  const char *text;
  int size;

  if (sqlite3_column_type (row->statement, column) == SQLITE_NULL && !required)
    return NULL;
  if (sqlite3_column_type (row->statement, column) != SQLITE_TEXT)
    {
      row->ok = FALSE;
      return NULL;
    }
  text = (const char *) sqlite3_column_text (row->statement, column);
  size = sqlite3_column_bytes (row->statement, column);
  if (text == NULL || !g_utf8_validate (text, size, NULL))
    {
      row->ok = FALSE;
      return NULL;
    }
  return g_strndup (text, (gsize) size);
}

gint64
leyden_row_take_int (LeydenRowReader *row,
                     int              column,
                     gint64           minimum)
{
  gint64 value = sqlite3_column_int64 (row->statement, column);

  if (sqlite3_column_type (row->statement, column) != SQLITE_INTEGER || value < minimum)
    row->ok = FALSE;
  return value;
}

double
leyden_row_take_double (LeydenRowReader *row,
                        int              column,
                        gboolean         required)
{
  int type = sqlite3_column_type (row->statement, column);
  double value = sqlite3_column_double (row->statement, column);

  if (type == SQLITE_NULL && !required)
    return NAN;
  if ((type != SQLITE_FLOAT && type != SQLITE_INTEGER) || !isfinite (value))
    row->ok = FALSE;
  return value;
}

LeydenRolloutRow *
leyden_sqlite_read_rollout_row (sqlite3_stmt *statement)
{
  g_autoptr(LeydenRolloutRow) out = g_new0 (LeydenRolloutRow, 1);
  LeydenRowReader row = { statement, TRUE };

  out->rollout = leyden_row_take_text (&row, 0, TRUE);
  out->run = leyden_row_take_text (&row, 1, FALSE);
  out->executor = leyden_row_take_text (&row, 2, TRUE);
  out->index = leyden_row_take_int (&row, 3, G_MININT64);
  out->item = leyden_row_take_text (&row, 4, FALSE);
  out->split = leyden_row_take_text (&row, 5, FALSE);
  out->state = leyden_row_take_text (&row, 6, TRUE);
  out->reward = leyden_row_take_double (&row, 7, FALSE);
  out->started_ns = leyden_row_take_int (&row, 8, 0);
  out->finished_ns = leyden_row_take_int (&row, 9, 0);
  out->latency_ms = leyden_row_take_double (&row, 10, FALSE);
  out->tokens_in = leyden_row_take_int (&row, 11, G_MININT64);
  out->tokens_out = leyden_row_take_int (&row, 12, G_MININT64);
  out->cost = leyden_row_take_double (&row, 13, TRUE);
  out->simulated = leyden_row_take_int (&row, 14, 0) != 0;
  out->error = leyden_row_take_text (&row, 15, FALSE);
  out->error_node = leyden_row_take_text (&row, 16, FALSE);
  out->last_sequence = (guint64) leyden_row_take_int (&row, 17, 0);
  out->last_position = (guint64) leyden_row_take_int (&row, 18, 0);
  return row.ok ? g_steal_pointer (&out) : NULL;
}

LeydenRunRow *
leyden_sqlite_read_run_row (sqlite3_stmt *statement,
                            gint64       *id)
{
  g_autoptr(LeydenRunRow) out = g_new0 (LeydenRunRow, 1);
  g_autofree char *definition = NULL;
  LeydenRowReader row = { statement, TRUE };

  out->run = leyden_row_take_text (&row, 0, TRUE);
  out->key = leyden_row_take_text (&row, 1, FALSE);
  out->state = leyden_row_take_text (&row, 2, TRUE);
  out->created_ns = leyden_row_take_int (&row, 3, 0);
  out->finished_ns = leyden_row_take_int (&row, 4, 0);
  definition = leyden_row_take_text (&row, 5, TRUE);
  out->n_items = leyden_row_take_int (&row, 6, 0);
  *id = leyden_row_take_int (&row, 7, G_MININT64);
  out->mean_reward = NAN;
  if (definition != NULL)
    out->definition = leyden_segment_parse_json (definition, strlen (definition), NULL);
  return row.ok && leyden_value_get_kind (out->definition) == LEYDEN_VALUE_OBJECT ? g_steal_pointer (&out) : NULL;
}

/* SQLite stores NaN as NULL. */
void
leyden_row_bind_double (sqlite3_stmt *statement,
                        int           index,
                        double        value)
{
  if (isfinite (value))
    sqlite3_bind_double (statement, index, value);
  else
    sqlite3_bind_null (statement, index);
}

void
leyden_sqlite_bind_rollout (sqlite3_stmt           *statement,
                            const LeydenRolloutRow *row,
                            gint64                  run,
                            guint64                 last_sequence,
                            guint64                 last_position)
{
  leyden_sql_bind_text (statement, 1, row->rollout);
  if (run != 0)
    sqlite3_bind_int64 (statement, 2, run);
  leyden_sql_bind_text (statement, 3, row->executor ? row->executor : "leyden");
  sqlite3_bind_int64 (statement, 4, row->index);
  leyden_sql_bind_text (statement, 5, row->item);
  leyden_sql_bind_text (statement, 6, row->split);
  leyden_sql_bind_text (statement, 7, row->state ? row->state : "running");
  leyden_row_bind_double (statement, 8, row->reward);
  sqlite3_bind_int64 (statement, 9, MAX (row->started_ns, 0));
  sqlite3_bind_int64 (statement, 10, MAX (row->finished_ns, 0));
  leyden_row_bind_double (statement, 11, row->latency_ms);
  sqlite3_bind_int64 (statement, 12, row->tokens_in);
  sqlite3_bind_int64 (statement, 13, row->tokens_out);
  sqlite3_bind_double (statement, 14, isfinite (row->cost) ? row->cost : 0);
  sqlite3_bind_int64 (statement, 15, row->simulated != FALSE);
  leyden_sql_bind_text (statement, 16, row->error);
  leyden_sql_bind_text (statement, 17, row->error_node);
  sqlite3_bind_int64 (statement, 18, (gint64) last_sequence);
  sqlite3_bind_int64 (statement, 19, (gint64) last_position);
}
