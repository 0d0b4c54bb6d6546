/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-column-cache.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* Up to so many rows a question is answered by the database, which needs some 0.02 s for them. */
#define FEW_ROWS 20000
/* If it looked at many more for that, memory is quicker all the same; in steps of SQLite’s machine, some ten for a row. */
#define FEW_STEPS 1000000
/* So many of them are no few if they are a good part of all: the columns of a small table are read at once. */
#define SOME_ROWS 500
#define GOOD_PART 10

/* Columns of every statement, before those of the keys. */
enum { COLUMN_TIME, COLUMN_VALUE, COLUMN_DIVISOR, COLUMN_SIMULATED, COLUMN_INVALID, COLUMN_KEYS };

LeydenColumns *
leyden_columns_new (guint    n_keys,
                    gboolean with_divisor)
{
  LeydenColumns *self = g_new0 (LeydenColumns, 1);

  g_assert (n_keys <= LEYDEN_COLUMNS_MAX_KEYS);
  self->n_keys = n_keys;
  self->room = 256;
  self->time = g_new (gint64, self->room);
  self->value = g_new (double, self->room);
  self->divisor = with_divisor ? g_new (double, self->room) : NULL;
  for (guint k = 0; k < n_keys; k++)
    {
      self->key[k] = g_new (guint32, self->room);
      self->keys[k] = leyden_keys_new ();
    }
  return self;
}

void
leyden_columns_free (LeydenColumns *self)
{
  if (self == NULL)
    return;
  g_free (self->time);
  g_free (self->value);
  g_free (self->divisor);
  g_free (self->simulated);
  for (guint e = 0; e < self->n_extra; e++)
    g_free (self->extra[e]);
  for (guint k = 0; k < self->n_keys; k++)
    {
      g_free (self->key[k]);
      leyden_keys_free (self->keys[k]);
    }
  g_free (self);
}

void
leyden_columns_reserve (LeydenColumns *self,
                        guint          room)
{
  if (room <= self->room)
    return;
  self->room = room;
  self->time = g_renew (gint64, self->time, self->room);
  self->value = g_renew (double, self->value, self->room);
  if (self->divisor != NULL)
    self->divisor = g_renew (double, self->divisor, self->room);
  if (self->simulated != NULL)
    self->simulated = g_renew (guint8, self->simulated, self->room);
  for (guint e = 0; e < self->n_extra; e++)
    self->extra[e] = g_renew (double, self->extra[e], self->room);
  for (guint k = 0; k < self->n_keys; k++)
    self->key[k] = g_renew (guint32, self->key[k], self->room);
}

void
leyden_columns_set_money (LeydenColumns *self,
                          LeydenMoney    money)
{
  g_assert (self->n == 0 && (money != LEYDEN_MONEY_RETURNS || self->divisor != NULL));
  self->money = money;
  if (money != LEYDEN_MONEY_NONE)
    self->simulated = g_renew (guint8, self->simulated, self->room);
}

static void
move_row (LeydenColumns *self,
          guint          from,
          guint          to)
{
  self->time[to] = self->time[from];
  self->value[to] = self->value[from];
  self->simulated[to] = self->simulated[from];
  if (self->divisor != NULL)
    self->divisor[to] = self->divisor[from];
  for (guint e = 0; e < self->n_extra; e++)
    self->extra[e][to] = self->extra[e][from];
  for (guint k = 0; k < self->n_keys; k++)
    self->key[k][to] = self->key[k][from];
}

void
leyden_columns_keep_money (LeydenColumns *self,
                           gboolean       simulated)
{
  guint n = 0;

  g_assert (self->money != LEYDEN_MONEY_NONE);
  if (simulated ? self->n == self->n_simulated + self->n_free : self->n_simulated == 0)
    return;
  self->first = self->last = 0;
  for (guint i = 0; i < self->n; i++)
    {
      gboolean kept = simulated ? self->simulated[i] || leyden_columns_is_free (self, i) : !self->simulated[i];

      if (!kept)
        continue;
      move_row (self, i, n++);
      self->first = self->first == 0 ? self->time[i] : MIN (self->first, self->time[i]);
      self->last = MAX (self->last, self->time[i]);
    }
  self->n = n;
  if (!simulated)
    self->n_simulated = 0;
}

/* ---- SQL ---- */

static void
add_from (LeydenSqlText *sql,
          LeydenFactTable facts,
          gboolean       with_rollouts)
{
  static const struct { LeydenFactTable facts; const char *from, *alias; } tables[] = {
    { LEYDEN_FACTS_CALLS, "main.calls c", "c" },
    { LEYDEN_FACTS_NODES, "main.node_ends n", "n" },
    { LEYDEN_FACTS_WAITS, "main.waits w", "w" },
  };

  if (facts == LEYDEN_FACTS_ROLLOUTS)
    {
      leyden_sql_text_add (sql, " FROM main.rollout_facts r WHERE r.deleted_ns = 0");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      if (tables[i].facts != facts)
        continue;
      leyden_sql_text_printf (sql, " FROM %s", tables[i].from);
      if (with_rollouts)
        leyden_sql_text_printf (sql, " JOIN main.rollout_facts r ON r.rollout = %s.rollout WHERE r.deleted_ns = 0", tables[i].alias);
      else
        leyden_sql_text_printf (sql, " WHERE %s.rollout NOT IN (SELECT rollout FROM main.rollout_facts WHERE deleted_ns > 0)", tables[i].alias);
    }
}

gboolean
leyden_read_needs_rollouts (const LeydenQuery *query,
                            const LeydenRead  *read)
{
  if (query->measure->facts == LEYDEN_FACTS_ROLLOUTS || (leyden_filter_get_facts (query->filter) & LEYDEN_FACTS_ROLLOUTS) != 0)
    return TRUE;
  for (guint k = 0; k < read->n_keys; k++)
    if (g_str_has_prefix (read->keys[k], "r.") || g_str_has_prefix (read->keys[k], "(r."))
      return TRUE;
  return FALSE;
}

static const char *
simulated_of (LeydenFactTable facts,
              gboolean    with_rollouts)
{
  if (facts == LEYDEN_FACTS_CALLS)
    return "c.simulated";
  return with_rollouts ? "r.simulated" : "0";
}

static LeydenSqlText *
make_sql (const LeydenQuery *query,
          const LeydenRead  *read)
{
  const LeydenMeasure *measure = query->measure;
  const char *condition = read->condition != NULL ? read->condition : measure->condition;
  const char *time = read->time != NULL ? read->time : measure->time;
  gboolean with_rollouts = leyden_read_needs_rollouts (query, read);
  gboolean is_reward = g_strcmp0 (measure->value, "r.reward") == 0;
  LeydenSqlText *sql = leyden_sql_text_new ("SELECT ");

  leyden_sql_text_printf (sql, "%s, ", time);
  if (read->value_sql != NULL)
    leyden_sql_text_append (sql, read->value_sql);
  else
    leyden_sql_text_add (sql, read->value != NULL ? read->value : measure->value);
  leyden_sql_text_printf (sql, ", %s, %s, %s", read->divisor != NULL ? read->divisor : measure->divisor != NULL ? measure->divisor : "NULL",
                          simulated_of (measure->facts, with_rollouts), is_reward ? "r.invalid" : "0");
  for (guint k = 0; k < read->n_keys; k++)
    leyden_sql_text_printf (sql, ", %s", read->keys[k]);
  for (guint e = 0; e < read->n_extra; e++)
    leyden_sql_text_printf (sql, ", %s", read->extra[e]);
  add_from (sql, measure->facts, with_rollouts);
  leyden_sql_text_printf (sql, " AND %s >= ", time);
  leyden_sql_text_add_int (sql, MAX (read->from, 1));
  leyden_sql_text_printf (sql, " AND %s < ", time);
  leyden_sql_text_add_int (sql, read->to);
  if (condition != NULL && *condition != '\0')
    leyden_sql_text_printf (sql, " AND (%s)", condition);
  if (read->end_after > 0)
    leyden_sql_text_printf (sql, " AND (r.finished_ns = 0 OR r.finished_ns > %" G_GINT64_FORMAT ")", read->end_after);
  leyden_filter_add_sql (query->filter, sql);
  return sql;
}

static void
take_row (LeydenColumns *self,
          sqlite3_stmt  *statement)
{
  double value;
  guint i;

  self->n_invalid += (guint64)MAX (sqlite3_column_int64 (statement, COLUMN_INVALID), 0);
  if (sqlite3_column_type (statement, COLUMN_VALUE) == SQLITE_NULL)
    return;
  value = sqlite3_column_double (statement, COLUMN_VALUE);
  if (!isfinite (value))
    {
      self->n_invalid++;
      return;
    }
  i = leyden_columns_add (self, sqlite3_column_int64 (statement, COLUMN_TIME), value);
  if (self->divisor != NULL)
    self->divisor[i] = sqlite3_column_double (statement, COLUMN_DIVISOR);
  leyden_columns_mark (self, i, sqlite3_column_int (statement, COLUMN_SIMULATED) != 0);
  for (guint k = 0; k < self->n_keys; k++)
    self->key[k][i] = leyden_keys_add (self->keys[k], statement, COLUMN_KEYS + (int)k);
  for (guint e = 0; e < self->n_extra; e++)
    self->extra[e][i] = sqlite3_column_double (statement, COLUMN_KEYS + (int)(self->n_keys + e));
}

void
leyden_columns_add_extra (LeydenColumns *self,
                          guint          n)
{
  self->n_extra = n;
  for (guint e = 0; e < n; e++)
    self->extra[e] = g_new (double, self->room);
}

/* @limit: with more rows it is given up, NULL without @error. @steps: that it took. */
static LeydenColumns *
read_sql (sqlite3           *db,
          const LeydenQuery *query,
          const LeydenRead  *read,
          guint              limit,
          int               *steps,
          GError           **error)
{
  g_autoptr(LeydenSqlText) sql = make_sql (query, read);
  g_autoptr(LeydenColumns) self = leyden_columns_new (read->n_keys, read->divisor != NULL || query->measure->divisor != NULL);
  g_autoptr(LeydenStatement) statement = NULL;
  guint n = 0;
  int code;

  leyden_columns_add_extra (self, read->n_extra);
  leyden_columns_set_money (self, leyden_query_get_money (query));
  statement = leyden_sql_text_prepare (sql, db, error);
  if (statement == NULL)
    return NULL;
  while ((code = sqlite3_step (statement)) == SQLITE_ROW && n++ < limit)
    take_row (self, statement);
  *steps = sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_VM_STEP, FALSE);
  if (code == SQLITE_ROW)
    return NULL;
  if (code != SQLITE_DONE)
    {
      leyden_sql_text_fail (db, error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

static gboolean
is_good_part (sqlite3             *db,
              const LeydenQuery   *query,
              const LeydenColumns *columns)
{
  return columns->n >= SOME_ROWS && (guint64)columns->n * GOOD_PART > leyden_column_cache_estimate_rows (db, query->measure->facts);
}

/* Few rows come from the database, many from memory. */
LeydenColumns *
leyden_columns_read (sqlite3           *db,
                     const LeydenQuery *query,
                     const LeydenRead  *read,
                     GError           **error)
{
  LeydenColumns *columns = NULL;
  GError *local = NULL;
  int steps = 0;

  leyden_filter_prepare (db);
  if (query->cache != NULL)
    {
      columns = leyden_column_cache_read (query->cache, db, query, read, FALSE, &local);
      if (columns == NULL && local == NULL && !query->held_only && !leyden_column_cache_is_eager (query->cache))
        columns = read_sql (db, query, read, FEW_ROWS, &steps, &local);
      if (columns != NULL && (steps > FEW_STEPS || is_good_part (db, query, columns)))
        g_clear_pointer (&columns, leyden_columns_free);
      if (columns == NULL && local == NULL && !query->held_only)
        columns = leyden_column_cache_read (query->cache, db, query, read, TRUE, &local);
    }
  if (columns == NULL && local == NULL)
    {
      columns = read_sql (db, query, read, LEYDEN_QUERY_MAX_ROWS, &steps, &local);
      if (columns == NULL && local == NULL)
        local = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("this question reads too many rows; ask about less time"));
    }
  if (local != NULL)
    g_propagate_error (error, local);
  return columns;
}
