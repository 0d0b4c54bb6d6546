/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-rollout-list.h"

#include "leyden-csv.h"
#include "leyden-json.h"
#include "leyden-store-sql.h"

typedef enum
{
  CELL_TEXT,
  CELL_INT,
  CELL_DOUBLE,                          /* NULL: none */
  CELL_FLAG,
} CellKind;

#define NAME(column) "(SELECT name FROM main.names WHERE id = " column ")"

/* Names are those of the view “rollouts”, and of a rollout elsewhere in the API where that has them. */
static const struct
{
  const char *name;
  const char *column;
  CellKind    kind;
} cells[] = {
  { "rollout", "o.rollout", CELL_TEXT },
  { "run", "(SELECT run FROM main.runs WHERE id = f.run)", CELL_TEXT },
  { "executor", "f.executor", CELL_TEXT },
  { "purpose", "f.purpose", CELL_TEXT },
  { "flow", NAME ("f.flow"), CELL_TEXT },
  { "flow_title", "f.flow_title", CELL_TEXT },
  { "version", NAME ("f.version"), CELL_TEXT },
  { "dataset", NAME ("f.dataset"), CELL_TEXT },
  { "dataset_name", "f.dataset_name", CELL_TEXT },
  { "split", "f.split", CELL_TEXT },
  { "item", "f.item", CELL_TEXT },
  { "item_index", "f.item_index", CELL_INT },
  { "model", NAME ("f.model"), CELL_TEXT },
  { "experiment", "(SELECT experiment FROM main.experiments WHERE id = f.experiment)", CELL_TEXT },
  { "candidate", NAME ("f.candidate"), CELL_TEXT },
  { "step", "f.step", CELL_INT },
  { "finished_step", "f.finished_step", CELL_INT },
  { "train", "f.is_train", CELL_FLAG },
  { "state", "f.state", CELL_TEXT },
  { "reward", "f.reward", CELL_DOUBLE },
  { "invalid_rewards", "f.invalid", CELL_INT },
  { "created_ns", "f.created_ns", CELL_INT },
  { "started_ns", "f.started_ns", CELL_INT },
  { "finished_ns", "f.finished_ns", CELL_INT },
  { "queued_ms", "f.queued_ms", CELL_DOUBLE },
  { "latency_ms", "f.latency_ms", CELL_DOUBLE },
  { "wait_ms", "f.wait_ms", CELL_DOUBLE },
  { "model_calls", "f.n_model_calls", CELL_INT },
  { "tool_calls", "f.n_tool_calls", CELL_INT },
  { "retries", "f.n_retries", CELL_INT },
  { "cache_hits", "f.n_cache_hits", CELL_INT },
  { "tokens_in", "f.tokens_in", CELL_INT },
  { "tokens_out", "f.tokens_out", CELL_INT },
  { "cost", "f.cost", CELL_DOUBLE },
  { "simulated", "f.simulated", CELL_FLAG },
  { "error", "f.error", CELL_TEXT },
  { "error_kind", NAME ("f.error_kind"), CELL_TEXT },
  { "error_node", NAME ("f.error_node"), CELL_TEXT },
};

static void
add_cell (LeydenValueBuilder *b,
          sqlite3_stmt       *statement,
          guint               i)
{
  const char *name = cells[i].name;
  gboolean null = sqlite3_column_type (statement, (int) i) == SQLITE_NULL;

  if (null)
    leyden_value_builder_set (b, name, NULL);
  else if (cells[i].kind == CELL_TEXT)
    leyden_value_builder_set_string (b, name, (const char *) sqlite3_column_text (statement, (int) i));
  else if (cells[i].kind == CELL_INT)
    leyden_value_builder_set_int (b, name, sqlite3_column_int64 (statement, (int) i));
  else if (cells[i].kind == CELL_DOUBLE)
    leyden_value_builder_set_double (b, name, sqlite3_column_double (statement, (int) i));
  else
    leyden_value_builder_set_boolean (b, name, sqlite3_column_int (statement, (int) i) != 0);
}

static gboolean
add_row (LeydenValueBuilder  *b,
         sqlite3_stmt        *statement,
         gint64               id,
         GError             **error)
{
  int result;

  sqlite3_bind_int64 (statement, 1, id);
  result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    {
      leyden_value_builder_begin_object (b);
      for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
        add_cell (b, statement, i);
      leyden_value_builder_end (b);
    }
  else if (result == SQLITE_DONE)
    leyden_value_builder_add (b, NULL);
  else
    leyden_sql_text_fail (sqlite3_db_handle (statement), error);
  sqlite3_reset (statement);
  return result == SQLITE_ROW || result == SQLITE_DONE;
}

LeydenValue *
leyden_rollout_rows_read (sqlite3       *db,
                          const gint64  *ids,
                          guint          n,
                          GError       **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenSqlText) sql = leyden_sql_text_new ("SELECT ");
  g_autoptr(LeydenStatement) statement = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    leyden_sql_text_printf (sql, "%s%s", i > 0 ? ", " : "", cells[i].column);
  leyden_sql_text_add (sql, " FROM main.rollout_facts f JOIN main.rollouts o ON o.id = f.rollout WHERE f.rollout = ?1 AND f.deleted_ns = 0");
  statement = leyden_sqlite_prepare (db, sql->text->str, error);
  if (statement == NULL)
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    if (!add_row (&b, statement, ids[i], error))
      return NULL;
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Files ---- */

void
leyden_rollout_rows_add_csv_head (GString *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    g_string_append_printf (out, "%s%s", i > 0 ? "," : "", cells[i].name);
  g_string_append (out, "\r\n");
}

void
leyden_rollout_rows_add_csv (GString     *out,
                             LeydenValue *rows)
{
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    {
      LeydenValue *row = leyden_value_get_item (rows, i);

      for (guint k = 0; k < G_N_ELEMENTS (cells) && !leyden_value_is_null (row); k++)
        {
          if (k > 0)
            g_string_append_c (out, ',');
          leyden_csv_add_value (out, leyden_value_get_member (row, cells[k].name));
        }
      if (!leyden_value_is_null (row))
        g_string_append (out, "\r\n");
    }
}

void
leyden_rollout_rows_add_jsonl (GString     *out,
                               LeydenValue *rows)
{
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    {
      LeydenValue *row = leyden_value_get_item (rows, i);
      g_autofree char *line = leyden_value_is_null (row) ? NULL : leyden_json_write (row, LEYDEN_JSON_COMPACT);

      if (line != NULL)
        g_string_append_printf (out, "%s\n", line);
    }
}
