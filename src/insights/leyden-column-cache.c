/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-column-cache-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

const TableInfo leyden_column_tables[N_TABLES] = {
  { LEYDEN_FACTS_ROLLOUTS, "main.rollout_facts r", "r.rollout", "r.changed", "SELECT revision FROM main.facts_cursor", NULL },
  { LEYDEN_FACTS_CALLS, "main.calls c", "c.position", "c.position", "SELECT ifnull (max (position), 0) FROM main.calls", "c.rollout" },
  { LEYDEN_FACTS_NODES, "main.node_ends n", "n.position", "n.position", "SELECT ifnull (max (position), 0) FROM main.node_ends", "n.rollout" },
  { LEYDEN_FACTS_WAITS, "main.waits w", "w.position", "w.position", "SELECT ifnull (max (position), 0) FROM main.waits", "w.rollout" },
};

/* Answers that are kept beside the columns. */
#define MAX_ANSWER_BYTES ((gsize)32 * 1024 * 1024)

/* ---- Making ---- */

static void
column_free (gpointer data)
{
  Column *self = data;

  g_free (self->name);
  leyden_sql_text_free (self->sql);
  leyden_keys_free (self->keys);
  g_byte_array_unref (self->data);
  g_free (self);
}

static Column *
column_new (const char          *name,
            Type                 type,
            const LeydenSqlText *sql)
{
  Column *self = g_new0 (Column, 1);

  self->name = g_strdup (name);
  self->type = type;
  self->sql = leyden_sql_text_new ("");
  leyden_sql_text_append (self->sql, sql);
  self->keys = type == TYPE_KEY ? leyden_keys_new () : NULL;
  self->data = g_byte_array_new ();
  self->used_us = g_get_monotonic_time ();
  return self;
}

static void
column_free_cb (gpointer column,
                gpointer data)
{
  column_free (column);
}

static void
table_clear (Table *self)
{
  self->mark = -1;
  g_array_set_size (self->ids, 0);
  g_hash_table_remove_all (self->columns);
  g_array_set_size (self->rollouts, 0);
}

LeydenColumnCache *
leyden_column_cache_new (gsize max_bytes)
{
  LeydenColumnCache *self = g_new0 (LeydenColumnCache, 1);

  self->refs = 1;
  self->max_bytes = max_bytes;
  self->removed = -1;
  self->answers = leyden_answers_new (MAX_ANSWER_BYTES);
  g_rw_lock_init (&self->lock);
  for (TableId t = 0; t < N_TABLES; t++)
    {
      self->tables[t].id = t;
      self->tables[t].mark = -1;
      self->tables[t].ids = g_array_new (FALSE, FALSE, sizeof (gint64));
      self->tables[t].rollouts = g_array_new (FALSE, FALSE, sizeof (guint32));
      self->tables[t].columns = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, column_free);
    }
  return self;
}

LeydenColumnCache *
leyden_column_cache_ref (LeydenColumnCache *self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
leyden_column_cache_unref (LeydenColumnCache *self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  for (TableId t = 0; t < N_TABLES; t++)
    {
      g_array_unref (self->tables[t].ids);
      g_array_unref (self->tables[t].rollouts);
      g_hash_table_unref (self->tables[t].columns);
    }
  leyden_answers_free (self->answers);
  g_rw_lock_clear (&self->lock);
  g_free (self);
}

void
leyden_column_cache_set_eager (LeydenColumnCache *self,
                               gboolean           eager)
{
  self->eager = eager;
}

gboolean
leyden_column_cache_is_eager (LeydenColumnCache *self)
{
  return self->eager;
}

static gsize
count_bytes (LeydenColumnCache *self)
{
  gsize bytes = 0;

  for (TableId t = 0; t < N_TABLES; t++)
    {
      GHashTableIter iter;
      gpointer column;

      bytes += self->tables[t].ids->len * sizeof (gint64) + self->tables[t].rollouts->len * sizeof (guint32);
      g_hash_table_iter_init (&iter, self->tables[t].columns);
      while (g_hash_table_iter_next (&iter, NULL, &column))
        bytes += ((Column *)column)->data->len;
    }
  return bytes;
}

gsize
leyden_column_cache_get_bytes (LeydenColumnCache *self)
{
  gsize bytes;

  g_rw_lock_reader_lock (&self->lock);
  bytes = count_bytes (self);
  g_rw_lock_reader_unlock (&self->lock);
  return bytes + leyden_answers_get_bytes (self->answers);
}

LeydenAnswers *
leyden_column_cache_get_answers (LeydenColumnCache *self)
{
  return self->answers;
}

static void
drop_unused (LeydenColumnCache *self,
             gint64             since_us)
{
  for (TableId t = 0; t < N_TABLES; t++)
    {
      GHashTableIter iter;
      gpointer column;

      g_hash_table_iter_init (&iter, self->tables[t].columns);
      while (g_hash_table_iter_next (&iter, NULL, &column))
        if (((Column *)column)->used_us < since_us)
          g_hash_table_iter_remove (&iter);
    }
  /* Calls find their rollouts by the rows of these. */
  for (TableId t = N_TABLES; t > 0; t--)
    if (g_hash_table_size (self->tables[t - 1].columns) == 0
        && (t - 1 != TABLE_ROLLOUTS || (self->tables[TABLE_CALLS].mark < 0 && self->tables[TABLE_NODES].mark < 0 && self->tables[TABLE_WAITS].mark < 0)))
      table_clear (&self->tables[t - 1]);
}

void
leyden_column_cache_trim (LeydenColumnCache *self,
                          gint64             idle_us)
{
  g_rw_lock_writer_lock (&self->lock);
  drop_unused (self, g_get_monotonic_time () - idle_us);
  g_rw_lock_writer_unlock (&self->lock);
  leyden_answers_trim (self->answers, g_get_monotonic_time () - idle_us);
}

/* The one that was not used for longest goes until there is room. What @since_us was used stays. */
static void
make_room (LeydenColumnCache *self,
           gint64             since_us)
{
  while (count_bytes (self) > self->max_bytes)
    {
      gint64 oldest = since_us;

      for (TableId t = 0; t < N_TABLES; t++)
        {
          GHashTableIter iter;
          gpointer column;

          g_hash_table_iter_init (&iter, self->tables[t].columns);
          while (g_hash_table_iter_next (&iter, NULL, &column))
            oldest = MIN (oldest, ((Column *)column)->used_us);
        }
      if (oldest == since_us)
        return;
      drop_unused (self, oldest + 1);
    }
}

/* ---- Rows ---- */

static void
append (Column       *self,
        sqlite3_stmt *statement,
        int           c)
{
  gint64 integer;
  double real;
  guint32 key;
  guint8 flag;

  switch (self->type)
    {
    case TYPE_INT:
      integer = sqlite3_column_int64 (statement, c);
      g_byte_array_append (self->data, (const guint8 *)&integer, sizeof integer);
      break;
    case TYPE_REAL:
      real = sqlite3_column_type (statement, c) == SQLITE_NULL ? NAN : sqlite3_column_double (statement, c);
      g_byte_array_append (self->data, (const guint8 *)&real, sizeof real);
      break;
    case TYPE_KEY:
      key = leyden_keys_add (self->keys, statement, c);
      g_byte_array_append (self->data, (const guint8 *)&key, sizeof key);
      break;
    case TYPE_FLAG:
    default:
      flag = sqlite3_column_double (statement, c) != 0;
      g_byte_array_append (self->data, &flag, sizeof flag);
      break;
    }
}

static void
replace (Column       *self,
         guint         row,
         sqlite3_stmt *statement,
         int           c)
{
  switch (self->type)
    {
    case TYPE_INT:
      ((gint64 *)(gpointer)self->data->data)[row] = sqlite3_column_int64 (statement, c);
      break;
    case TYPE_REAL:
      ((double *)(gpointer)self->data->data)[row] = sqlite3_column_type (statement, c) == SQLITE_NULL ? NAN : sqlite3_column_double (statement, c);
      break;
    case TYPE_KEY:
      ((guint32 *)(gpointer)self->data->data)[row] = leyden_keys_add (self->keys, statement, c);
      break;
    case TYPE_FLAG:
    default:
      self->data->data[row] = sqlite3_column_double (statement, c) != 0;
      break;
    }
}

/* Row of an id; G_MAXUINT32: there is none. */
static guint32
find_row (const Table *self,
          gint64       id)
{
  const gint64 *ids = (const gint64 *)(gpointer)self->ids->data;
  guint low = 0, high = self->ids->len;

  /* Mostly none is missing. */
  if (high > 0 && id >= ids[0] && id - ids[0] < high && ids[id - ids[0]] == id)
    return (guint32)(id - ids[0]);
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (ids[middle] < id)
        low = middle + 1;
      else
        high = middle;
    }
  return low < self->ids->len && ids[low] == id ? low : G_MAXUINT32;
}

static gint64
read_number (sqlite3    *db,
             const char *text)
{
  g_autoptr(LeydenStatement) statement = NULL;

  if (sqlite3_prepare_v2 (db, text, -1, &statement, NULL) != SQLITE_OK || sqlite3_step (statement) != SQLITE_ROW)
    return -1;
  return sqlite3_column_int64 (statement, 0);
}

guint64
leyden_column_cache_estimate_rows (sqlite3        *db,
                                   LeydenFactTable facts)
{
  g_autofree char *text = NULL;
  TableId t = 0;

  while (leyden_column_tables[t].facts != facts)
    t++;
  text = g_strdup_printf ("SELECT (SELECT max (%s) FROM %s) - (SELECT min (%s) FROM %s)", leyden_column_tables[t].id, leyden_column_tables[t].from,
                          leyden_column_tables[t].id, leyden_column_tables[t].from);
  return (guint64)MAX (read_number (db, text), 0) + 1;
}

/* @columns of the rows after @mark; all of them: of the whole table. */
static sqlite3_stmt *
prepare (const Table  *self,
         sqlite3      *db,
         GPtrArray    *columns,
         gint64        mark,
         GError      **error)
{
  g_autoptr(LeydenSqlText) sql = leyden_sql_text_new ("SELECT ");

  leyden_sql_text_add (sql, leyden_column_tables[self->id].id);
  leyden_sql_text_printf (sql, ", %s", leyden_column_tables[self->id].rollout != NULL ? leyden_column_tables[self->id].rollout : "0");
  for (guint c = 0; c < columns->len; c++)
    {
      leyden_sql_text_add (sql, ", ");
      leyden_sql_text_append (sql, ((Column *)columns->pdata[c])->sql);
    }
  leyden_sql_text_printf (sql, " FROM %s", leyden_column_tables[self->id].from);
  if (mark >= 0)
    {
      leyden_sql_text_printf (sql, " WHERE %s > ", leyden_column_tables[self->id].changed);
      leyden_sql_text_add_int (sql, mark);
    }
  leyden_sql_text_printf (sql, " ORDER BY %s", leyden_column_tables[self->id].id);
  /* Texts are bound without a copy: they are those of the columns, which outlive the statement. */
  return leyden_sql_text_prepare (sql, db, error);
}

enum { FIRST_COLUMN = 2 };

static void
append_row (Table        *self,
            sqlite3_stmt *statement,
            GPtrArray    *columns)
{
  gint64 id = sqlite3_column_int64 (statement, 0);

  g_array_append_val (self->ids, id);
  for (guint c = 0; c < columns->len; c++)
    append (columns->pdata[c], statement, FIRST_COLUMN + (int)c);
}

static GPtrArray *
list_columns (const Table *self)
{
  GPtrArray *columns = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer column;

  g_hash_table_iter_init (&iter, self->columns);
  while (g_hash_table_iter_next (&iter, NULL, &column))
    g_ptr_array_add (columns, column);
  return columns;
}

/* What changed since, in all columns. FALSE without @error: a row came before others, so that all must be read anew. */
static gboolean
follow (LeydenColumnCache *self,
        Table             *table,
        sqlite3           *db,
        gint64             mark,
        GError           **error)
{
  g_autoptr(GPtrArray) columns = list_columns (table);
  g_autoptr(LeydenStatement) statement = prepare (table, db, columns, table->mark, error);
  const Table *rollouts = &self->tables[TABLE_ROLLOUTS];
  int code = SQLITE_ERROR;

  while (statement != NULL && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);
      gint64 last = table->ids->len > 0 ? g_array_index (table->ids, gint64, table->ids->len - 1) : G_MININT64;
      guint32 row = table->id == TABLE_ROLLOUTS ? find_row (table, id) : G_MAXUINT32;
      guint32 link;

      if (row == G_MAXUINT32 && (table->id == TABLE_WAITS ? id < last : id <= last))
        return FALSE;
      if (row == G_MAXUINT32)
        append_row (table, statement, columns);
      for (guint c = 0; row != G_MAXUINT32 && c < columns->len; c++)
        replace (columns->pdata[c], row, statement, FIRST_COLUMN + (int)c);
      if (table->id == TABLE_ROLLOUTS)
        continue;
      link = find_row (rollouts, sqlite3_column_int64 (statement, 1));
      g_array_append_val (table->rollouts, link);
    }
  if (code != SQLITE_DONE)
    {
      if (statement != NULL)
        leyden_sql_text_fail (db, error);
      return FALSE;
    }
  table->mark = mark;
  return TRUE;
}

/* Reads @columns of all rows: of those that are there when others are loaded already. */
static gboolean
load (LeydenColumnCache *self,
      Table             *table,
      sqlite3           *db,
      GPtrArray         *columns,
      GError           **error)
{
  gboolean is_first = table->mark < 0;
  gint64 mark = is_first ? read_number (db, leyden_column_tables[table->id].mark) : table->mark;
  g_autoptr(LeydenStatement) statement = NULL;
  guint n = 0;
  int code = SQLITE_ERROR;

  statement = prepare (table, db, columns, -1, error);
  while (statement != NULL && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      if (!is_first && (n >= table->ids->len || g_array_index (table->ids, gint64, n) != id))
        return FALSE;
      n++;
      if (!is_first)
        {
          for (guint c = 0; c < columns->len; c++)
            append (columns->pdata[c], statement, FIRST_COLUMN + (int)c);
          continue;
        }
      append_row (table, statement, columns);
      if (table->id != TABLE_ROLLOUTS)
        {
          guint32 link = find_row (&self->tables[TABLE_ROLLOUTS], sqlite3_column_int64 (statement, 1));

          g_array_append_val (table->rollouts, link);
        }
    }
  if (code != SQLITE_DONE)
    {
      if (statement != NULL)
        leyden_sql_text_fail (db, error);
      return FALSE;
    }
  table->mark = mark;
  return n == table->ids->len;
}

/* Whether all columns are there; for who may load them they are noted as used. */
static gboolean
find_columns (LeydenColumnCache *self,
              Plan              *plan)
{
  gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < plan->n; i++)
    {
      Column *column = g_hash_table_lookup (self->tables[plan->wanted[i].table].columns, plan->wanted[i].name);

      plan->wanted[i].column = column;
      if (column == NULL)
        return FALSE;
      if (plan->can_load)
        column->used_us = now;
    }
  return TRUE;
}

/* Nothing has happened since: the tables of the plan are those of the database, or newer. */
static gboolean
is_current (LeydenColumnCache *self,
            const Plan        *plan,
            sqlite3           *db)
{
  if (read_number (db, "SELECT removed FROM main.facts_cursor") != self->removed)
    return FALSE;
  for (TableId t = 0; t < N_TABLES; t++)
    if ((t == TABLE_ROLLOUTS || t == plan->table)
        && (self->tables[t].mark < 0 || read_number (db, leyden_column_tables[t].mark) > self->tables[t].mark))
      return FALSE;
  return TRUE;
}

static void
clear_all (LeydenColumnCache *self)
{
  for (TableId t = 0; t < N_TABLES; t++)
    table_clear (&self->tables[t]);
}

/* All tables that are held go on together: rows of calls know those of rollouts. */
static gboolean
follow_all (LeydenColumnCache *self,
            sqlite3           *db,
            GError           **error)
{
  gint64 removed = read_number (db, "SELECT removed FROM main.facts_cursor");
  g_autoptr(GError) local = NULL;

  /* Rows went; which ones is not told. */
  if (removed != self->removed)
    clear_all (self);
  self->removed = removed;
  for (TableId t = 0; t < N_TABLES; t++)
    {
      Table *table = &self->tables[t];
      gint64 mark;

      if (table->mark < 0)
        continue;
      mark = read_number (db, leyden_column_tables[t].mark);
      if (mark <= table->mark || follow (self, table, db, mark, &local))
        continue;
      clear_all (self);
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      return local == NULL && (error == NULL || *error == NULL);
    }
  return TRUE;
}

static GPtrArray *
list_missing (LeydenColumnCache *self,
              Plan              *plan,
              TableId            table)
{
  GPtrArray *missing = g_ptr_array_new ();

  for (guint i = 0; i < plan->n; i++)
    {
      const Wanted *wanted = &plan->wanted[i];
      gboolean is_there = wanted->table != table || g_hash_table_contains (self->tables[table].columns, wanted->name);

      for (guint m = 0; !is_there && m < missing->len; m++)
        is_there = g_str_equal (((Column *)missing->pdata[m])->name, wanted->name);
      if (!is_there)
        g_ptr_array_add (missing, column_new (wanted->name, wanted->type, wanted->sql));
    }
  return missing;
}

/* What most questions read, so that the first one of a dashboard reads it for all of them. */
static const struct { TableId table; Type type; const char *text; } usual[] = {
  { TABLE_ROLLOUTS, TYPE_INT, "r.finished_ns" }, { TABLE_ROLLOUTS, TYPE_INT, "r.started_ns" }, { TABLE_ROLLOUTS, TYPE_INT, "r.created_ns" },
  { TABLE_ROLLOUTS, TYPE_INT, "r.invalid" }, { TABLE_ROLLOUTS, TYPE_REAL, "r.reward" }, { TABLE_ROLLOUTS, TYPE_REAL, "r.latency_ms" },
  { TABLE_ROLLOUTS, TYPE_REAL, "r.cost" }, { TABLE_ROLLOUTS, TYPE_REAL, "r.tokens_in" }, { TABLE_ROLLOUTS, TYPE_REAL, "r.tokens_out" },
  { TABLE_ROLLOUTS, TYPE_REAL, "r.tokens_in + r.tokens_out" }, { TABLE_ROLLOUTS, TYPE_FLAG, "r.state = 'succeeded'" },
  { TABLE_ROLLOUTS, TYPE_FLAG, "r.state = 'failed'" }, { TABLE_ROLLOUTS, TYPE_FLAG, "r.state IN ('succeeded', 'failed')" },
  { TABLE_ROLLOUTS, TYPE_FLAG, "r.simulated" }, { TABLE_ROLLOUTS, TYPE_FLAG, "r.deleted_ns" }, { TABLE_ROLLOUTS, TYPE_KEY, "r.flow" },
  { TABLE_ROLLOUTS, TYPE_KEY, "r.step" },
  { TABLE_CALLS, TYPE_INT, "c.time_ns" }, { TABLE_CALLS, TYPE_REAL, "c.latency_ms" }, { TABLE_CALLS, TYPE_REAL, "c.cost" },
  { TABLE_CALLS, TYPE_FLAG, "c.kind = 0" }, { TABLE_CALLS, TYPE_FLAG, "c.kind = 0 AND c.cached = 0" }, { TABLE_CALLS, TYPE_FLAG, "c.cached" },
  { TABLE_CALLS, TYPE_FLAG, "c.error_kind IS NOT NULL" }, { TABLE_CALLS, TYPE_FLAG, "c.simulated" }, { TABLE_CALLS, TYPE_KEY, "c.model" },
  { TABLE_CALLS, TYPE_KEY, "c.node" }, { TABLE_CALLS, TYPE_KEY, "c.endpoint" },
};

static void
add_usual (GPtrArray *missing,
           TableId    table)
{
  for (guint u = 0; u < G_N_ELEMENTS (usual); u++)
    {
      g_autoptr(LeydenSqlText) sql = leyden_sql_text_new (usual[u].text);
      g_autofree char *name = leyden_column_make_name (usual[u].type, sql);
      gboolean is_there = usual[u].table != table;

      for (guint m = 0; !is_there && m < missing->len; m++)
        is_there = g_str_equal (((Column *)missing->pdata[m])->name, name);
      if (!is_there)
        g_ptr_array_add (missing, column_new (name, usual[u].type, sql));
    }
}

/* With the writer's lock. FALSE without @error: it did not work out, ask the database. */
static gboolean
load_missing (LeydenColumnCache *self,
              Plan              *plan,
              sqlite3           *db,
              GError           **error)
{
  const TableId both[] = { TABLE_ROLLOUTS, plan->table };

  for (guint i = 0; i < (plan->table == TABLE_ROLLOUTS ? 1 : 2); i++)
    {
      Table *table = &self->tables[both[i]];
      g_autoptr(GPtrArray) missing = list_missing (self, plan, both[i]);
      gboolean ok;

      /* An older view of the database than that of the other columns, which stay. */
      if (missing->len > 0 && table->mark >= 0 && read_number (db, leyden_column_tables[table->id].mark) != table->mark)
        {
          g_ptr_array_foreach (missing, column_free_cb, NULL);
          return FALSE;
        }
      if (missing->len > 0 && table->mark < 0)
        add_usual (missing, both[i]);
      ok = missing->len == 0 || load (self, table, db, missing, error);

      for (guint m = 0; m < missing->len; m++)
        {
          Column *column = missing->pdata[m];

          if (ok)
            g_hash_table_replace (table->columns, column->name, column);
          else
            column_free (column);
        }
      if (!ok)
        {
          clear_all (self);
          return FALSE;
        }
    }
  return TRUE;
}

/* Tries under the reader's lock; NULL: columns are missing or old. */
static LeydenColumns *
try_read (LeydenColumnCache *self,
          sqlite3           *db,
          Plan              *plan,
          const LeydenQuery *query,
          const LeydenRead  *read)
{
  LeydenColumns *out = NULL;

  g_rw_lock_reader_lock (&self->lock);
  if (is_current (self, plan, db) && find_columns (self, plan))
    {
      out = leyden_columns_new (read->n_keys, plan->divisor >= 0);
      leyden_columns_add_extra (out, read->n_extra);
      leyden_columns_set_money (out, leyden_query_get_money (query));
      leyden_columns_reserve (out, self->tables[plan->table].ids->len);
      leyden_column_plan_take (plan, &self->tables[plan->table], read, out);
    }
  g_rw_lock_reader_unlock (&self->lock);
  return out;
}

static gboolean
has_columns (LeydenColumnCache *self,
             Plan              *plan)
{
  gboolean found;

  g_rw_lock_reader_lock (&self->lock);
  found = find_columns (self, plan);
  g_rw_lock_reader_unlock (&self->lock);
  return found;
}

LeydenColumns *
leyden_column_cache_read (LeydenColumnCache *self,
                          sqlite3           *db,
                          const LeydenQuery *query,
                          const LeydenRead  *read,
                          gboolean           can_load,
                          GError           **error)
{
  LeydenColumns *out = NULL;
  GError *local = NULL;
  Plan plan;

  leyden_column_plan_init (&plan, query, read);
  plan.can_load = can_load;
  if (can_load || has_columns (self, &plan))
    {
      /* Others may drop columns in between, when room is short. */
      for (guint i = 0; i < 3 && local == NULL && (out = try_read (self, db, &plan, query, read)) == NULL; i++)
        {
          gint64 since_us = g_get_monotonic_time ();

          g_rw_lock_writer_lock (&self->lock);
          if (follow_all (self, db, &local) && load_missing (self, &plan, db, &local) && find_columns (self, &plan))
            make_room (self, since_us);
          g_rw_lock_writer_unlock (&self->lock);
        }
    }
  leyden_column_plan_clear (&plan);
  if (local != NULL)
    g_propagate_error (error, local);
  return out;
}
