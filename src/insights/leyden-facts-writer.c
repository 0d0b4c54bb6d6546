/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-facts-writer-private.h"

#include "leyden-json.h"

#include <math.h>
#include <string.h>

/* Both are caches: it is enough to hold what recurs. */
#define MAX_KNOWN 50000
/* Rollouts without records that one write takes. */
#define MAX_QUEUED 500

static GHashTable *
ids_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

LeydenFactsWriter *
leyden_facts_writer_new (void)
{
  LeydenFactsWriter *self = g_new0 (LeydenFactsWriter, 1);

  self->names = ids_new ();
  self->series = ids_new ();
  self->new_names = g_ptr_array_new_with_free_func (g_free);
  self->new_series = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
leyden_facts_writer_free (LeydenFactsWriter *self)
{
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->series);
  g_ptr_array_unref (self->new_names);
  g_ptr_array_unref (self->new_series);
  g_free (self);
}

void
leyden_facts_writer_committed (LeydenFactsWriter *self)
{
  g_ptr_array_set_size (self->new_names, 0);
  g_ptr_array_set_size (self->new_series, 0);
  if (g_hash_table_size (self->names) > MAX_KNOWN)
    g_hash_table_remove_all (self->names);
  if (g_hash_table_size (self->series) > MAX_KNOWN)
    g_hash_table_remove_all (self->series);
}

/* What a transaction made that came to nothing. */
static void
forget_new (LeydenFactsWriter *self)
{
  for (guint i = 0; i < self->new_names->len; i++)
    g_hash_table_remove (self->names, self->new_names->pdata[i]);
  for (guint i = 0; i < self->new_series->len; i++)
    g_hash_table_remove (self->series, self->new_series->pdata[i]);
  g_ptr_array_set_size (self->new_names, 0);
  g_ptr_array_set_size (self->new_series, 0);
}

static void
remember (GHashTable *ids,
          GPtrArray  *new,
          const char *key,
          gint64      id)
{
  g_hash_table_insert (ids, g_strdup (key), g_memdup2 (&id, sizeof id));
  g_ptr_array_add (new, g_strdup (key));
}

/* --- names and series --- */

/* The first column of the first row of @text with the values bound, 0 without a row. */
static gboolean
get_id (sqlite3    *db,
        const char *text,
        const char *a,
        const char *b,
        const char *c,
        const char *d,
        gint64     *id,
        GError    **error)
{
  const char *values[] = { a, b, c, d };
  g_autoptr(GError) local = NULL;
  sqlite3_stmt *statement = leyden_sqlite_prepare (db, text, error);

  if (statement == NULL)
    return FALSE;
  for (int i = 0; i < MIN (sqlite3_bind_parameter_count (statement), (int) G_N_ELEMENTS (values)); i++)
    leyden_facts_bind_text (statement, i + 1, values[i]);
  *id = leyden_sqlite_next (statement, &local) ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_finalize (statement);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
leyden_facts_writer_get_name (LeydenFactsWriter *self,
                              sqlite3           *db,
                              const char        *name,
                              gint64            *id,
                              GError           **error)
{
  const gint64 *known = name != NULL ? g_hash_table_lookup (self->names, name) : NULL;

  *id = known != NULL ? *known : 0;
  if (name == NULL || known != NULL)
    return TRUE;
  if (!get_id (db, "SELECT id FROM names WHERE name = ?1", name, NULL, NULL, NULL, id, error)
      || (*id == 0 && !get_id (db, "INSERT INTO names (name) VALUES (?1) RETURNING id", name, NULL, NULL, NULL, id, error)))
    return FALSE;
  remember (self->names, self->new_names, name, *id);
  return TRUE;
}

static gboolean
bind_name (LeydenFactsWriter *self,
           sqlite3_stmt      *statement,
           int                index,
           const char        *name,
           GError           **error)
{
  gint64 id;

  if (!leyden_facts_writer_get_name (self, sqlite3_db_handle (statement), name, &id, error))
    return FALSE;
  leyden_facts_bind_id (statement, index, id);
  return TRUE;
}

/* Canonical: {"flow": …, "part": …}, each only when it is there. */
static char *
write_labels (const char *flow,
              const char *part)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) labels = NULL;

  leyden_value_builder_begin_object (&b);
  if (flow != NULL && *flow != '\0')
    leyden_value_builder_set_string (&b, "flow", flow);
  if (part != NULL)
    leyden_value_builder_set_string (&b, "part", part);
  leyden_value_builder_end (&b);
  labels = leyden_value_builder_end_value (&b);
  return leyden_json_write (labels, LEYDEN_JSON_CANONICAL);
}

static gboolean
find_series (LeydenFactsWriter      *self,
             sqlite3                *db,
             const LeydenFactsPoint *point,
             const char             *flow,
             gint64                 *id,
             GError                **error)
{
  g_autofree char *labels = point->labels == NULL ? write_labels (flow, point->part) : NULL;
  const char *text = labels != NULL ? labels : point->labels;
  g_autofree char *key = g_strconcat (point->metric, "\x1f", text, NULL);
  const gint64 *known = g_hash_table_lookup (self->series, key);

  *id = known != NULL ? *known : 0;
  if (known != NULL)
    return TRUE;
  if (!get_id (db, "SELECT id FROM series WHERE metric = ?1 AND labels = ?2", point->metric, text, NULL, NULL, id, error)
      || (*id == 0 && !get_id (db, "INSERT INTO series (metric, labels, unit, kind) VALUES (?1, ?2, ?3, ?4) RETURNING id", point->metric, text,
                               point->unit != NULL ? point->unit : "", point->fold != NULL ? "log" : "sample", id, error)))
    return FALSE;
  remember (self->series, self->new_series, key, *id);
  return TRUE;
}

/* --- rows --- */

static void
bind_double (sqlite3_stmt *statement,
             int           index,
             double        value)
{
  if (isfinite (value))
    sqlite3_bind_double (statement, index, value);
  else
    sqlite3_bind_null (statement, index);
}

static gboolean
is_gone (LeydenFactsFold *fold)
{
  return fold != NULL && leyden_facts_fold_get_id (fold) < 0;
}

static gboolean
write_call (LeydenFactsWriter *self,
            sqlite3_stmt      *put,
            gconstpointer      row,
            GError           **error)
{
  const LeydenFactsCall *call = row;

  sqlite3_bind_int64 (put, 1, (gint64) call->position);
  sqlite3_bind_int64 (put, 2, leyden_facts_fold_get_id (call->fold));
  sqlite3_bind_int64 (put, 3, call->time_ns);
  sqlite3_bind_int (put, 5, call->tool);
  bind_double (put, 9, call->latency_ms);
  bind_double (put, 10, call->first_token_ms);
  sqlite3_bind_int64 (put, 11, call->tokens_in);
  sqlite3_bind_int64 (put, 12, call->tokens_out);
  sqlite3_bind_double (put, 13, call->cost);
  sqlite3_bind_int (put, 14, call->simulated);
  sqlite3_bind_int (put, 15, call->cached);
  return bind_name (self, put, 4, call->node, error) && bind_name (self, put, 6, call->model, error)
         && bind_name (self, put, 7, call->endpoint, error) && bind_name (self, put, 8, call->error_kind, error);
}

static gboolean
write_node_end (LeydenFactsWriter *self,
                sqlite3_stmt      *put,
                gconstpointer      row,
                GError           **error)
{
  const LeydenFactsNodeEnd *end = row;

  sqlite3_bind_int64 (put, 1, (gint64) end->position);
  sqlite3_bind_int64 (put, 2, leyden_facts_fold_get_id (end->fold));
  sqlite3_bind_int64 (put, 3, end->time_ns);
  sqlite3_bind_int (put, 5, (int) end->state);
  bind_double (put, 6, end->ms);
  sqlite3_bind_int64 (put, 7, end->tries);
  return bind_name (self, put, 4, end->node, error) && bind_name (self, put, 8, end->error_kind, error);
}

static gboolean
write_wait (LeydenFactsWriter *self,
            sqlite3_stmt      *put,
            gconstpointer      row,
            GError           **error)
{
  const LeydenFactsWait *wait = row;

  sqlite3_bind_int64 (put, 1, (gint64) wait->position);
  sqlite3_bind_int (put, 2, (int) wait->n);
  sqlite3_bind_int64 (put, 3, leyden_facts_fold_get_id (wait->fold));
  sqlite3_bind_int64 (put, 4, wait->time_ns);
  sqlite3_bind_double (put, 7, wait->ms);
  return bind_name (self, put, 5, wait->node, error) && bind_name (self, put, 6, wait->reason, error);
}

typedef gboolean (*BindRow) (LeydenFactsWriter *self, sqlite3_stmt *put, gconstpointer row, GError **error);

/* Each row begins with its fold. */
static gboolean
write_rows (LeydenFactsWriter *self,
            sqlite3           *db,
            GArray            *rows,
            const char        *text,
            BindRow            bind,
            GError           **error)
{
  sqlite3_stmt *put;
  gboolean ok = TRUE;

  if (rows->len == 0)
    return TRUE;
  put = leyden_sqlite_prepare (db, text, error);
  if (put == NULL)
    return FALSE;
  for (guint i = 0; ok && i < rows->len; i++)
    {
      gconstpointer row = rows->data + i * g_array_get_element_size (rows);

      if (is_gone (*(LeydenFactsFold * const *) row))
        continue;
      ok = bind (self, put, row, error) && leyden_sqlite_finish (put, error);
    }
  sqlite3_finalize (put);
  return ok;
}

/* --- points --- */

static gboolean
write_point (LeydenFactsWriter      *self,
             LeydenFactsRows        *rows,
             sqlite3_stmt           *put,
             LeydenRollups          *rollups,
             const LeydenFactsPoint *point,
             GError                **error)
{
  const char *flow = point->fold != NULL ? g_hash_table_lookup (rows->flows, point->fold) : NULL;
  gint64 series;

  if (!find_series (self, rows->db, point, flow, &series, error))
    return FALSE;
  sqlite3_bind_int64 (put, 1, series);
  sqlite3_bind_int64 (put, 2, point->time_ns);
  sqlite3_bind_int64 (put, 3, (gint64) point->position);
  sqlite3_bind_double (put, 4, point->value);
  if (point->step != G_MININT64)
    sqlite3_bind_int64 (put, 5, point->step);
  else
    sqlite3_bind_null (put, 5);
  leyden_facts_bind_id (put, 6, point->fold != NULL ? leyden_facts_fold_get_id (point->fold) : 0);
  if (!leyden_sqlite_finish (put, error))
    return FALSE;
  return sqlite3_changes (rows->db) == 0
         || leyden_rollups_add (rollups, series, point->fold != NULL ? 0 : LEYDEN_ROLLUP_SAMPLE_LEVEL, point->time_ns, point->value, error);
}

static gboolean
write_points (LeydenFactsWriter *self,
              LeydenFactsRows   *rows,
              GArray            *points,
              GError           **error)
{
  g_autoptr(LeydenRollups) rollups = NULL;
  sqlite3_stmt *put;
  gboolean ok = TRUE;

  if (points->len == 0)
    return TRUE;
  rollups = leyden_rollups_new (rows->db, error);
  if (rollups == NULL)
    return FALSE;
  put = leyden_sqlite_prepare (rows->db, "INSERT OR IGNORE INTO points (series, time_ns, n, value, step, rollout) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", error);
  if (put == NULL)
    return FALSE;
  for (guint i = 0; ok && i < points->len; i++)
    {
      const LeydenFactsPoint *point = &g_array_index (points, LeydenFactsPoint, i);

      ok = is_gone (point->fold) || write_point (self, rows, put, rollups, point, error);
    }
  sqlite3_finalize (put);
  return ok && leyden_rollups_write (rollups, error);
}

/* --- all --- */

static gboolean
write_folds (LeydenFactsRows *rows,
             GPtrArray       *folds,
             GError         **error)
{
  for (guint i = 0; i < folds->len; i++)
    {
      LeydenFactsFold *fold = folds->pdata[i];

      if (!leyden_facts_rows_find (rows, fold, error)
          || (!is_gone (fold) && !leyden_facts_rows_write (rows, leyden_facts_fold_get_id (fold), fold, error)))
        return FALSE;
    }
  return TRUE;
}

/* Rows of rollouts that came without records since the last time, so that what waits is seen. */
static gboolean
write_queued (LeydenFactsRows *rows,
              gboolean        *more,
              GError         **error)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr(GError) local = NULL;
  g_autofree char *set = NULL;
  sqlite3_stmt *list;
  gint64 last = 0;

  /* Numbers of rows that were removed are given again. */
  if (!leyden_sqlite_exec (rows->db, "UPDATE facts_cursor SET rollout = (SELECT coalesce (max (id), 0) FROM rollouts) "
                                     "WHERE rollout > (SELECT coalesce (max (id), 0) FROM rollouts)", error))
    return FALSE;
  list = leyden_sqlite_prepare (rows->db, "SELECT id FROM rollouts WHERE id > (SELECT rollout FROM facts_cursor) ORDER BY id LIMIT " G_STRINGIFY (MAX_QUEUED),
                                error);
  if (list == NULL)
    return FALSE;
  while (leyden_sqlite_next (list, &local))
    {
      last = sqlite3_column_int64 (list, 0);
      g_array_append_val (ids, last);
    }
  sqlite3_finalize (list);
  for (guint i = 0; local == NULL && i < ids->len; i++)
    leyden_facts_rows_write (rows, g_array_index (ids, gint64, i), NULL, &local);
  *more = ids->len == MAX_QUEUED;
  set = g_strdup_printf ("UPDATE facts_cursor SET rollout = %" G_GINT64_FORMAT, last);
  if (local == NULL && (ids->len == 0 || leyden_sqlite_exec (rows->db, set, &local)))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
write_all (LeydenFactsWriter *self,
           LeydenFactsRows   *rows,
           LeydenFactsBatch  *batch,
           GError           **error)
{
  return write_folds (rows, batch->folds, error) && write_queued (rows, &batch->more, error)
         && write_rows (self, rows->db, batch->calls,
                        "INSERT OR REPLACE INTO calls (position, rollout, time_ns, node, kind, model, endpoint, error_kind, latency_ms, first_token_ms, tokens_in, "
                        "tokens_out, cost, simulated, cached) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)", write_call, error)
         && write_rows (self, rows->db, batch->node_ends,
                        "INSERT OR REPLACE INTO node_ends (position, rollout, time_ns, node, state, ms, tries, error_kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                        write_node_end, error)
         && write_rows (self, rows->db, batch->waits,
                        "INSERT OR REPLACE INTO waits (position, n, rollout, time_ns, node, reason, ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", write_wait, error)
         && write_points (self, rows, batch->points, error);
}

gboolean
leyden_facts_writer_write (LeydenFactsWriter *self,
                           sqlite3           *db,
                           LeydenFactsBatch  *batch,
                           GError           **error)
{
  g_autofree char *move = g_strdup_printf ("UPDATE facts_cursor SET position = max (position, %" G_GUINT64_FORMAT ")", batch->position);
  LeydenFactsRows rows = { NULL };
  gint64 revision;
  gboolean ok;

  forget_new (self);
  if (!get_id (db, "UPDATE facts_cursor SET revision = revision + 1 RETURNING revision", NULL, NULL, NULL, NULL, &revision, error))
    return FALSE;
  ok = leyden_facts_rows_init (&rows, self, db, revision, error) && write_all (self, &rows, batch, error) && leyden_sqlite_exec (db, move, error);
  leyden_facts_rows_clear (&rows);
  return ok;
}

/* --- the whole --- */

gboolean
leyden_facts_get_cursor (sqlite3           *db,
                         LeydenFactsCursor *cursor,
                         GError           **error)
{
  g_autoptr(GError) local = NULL;
  sqlite3_stmt *statement = leyden_sqlite_prepare (db, "SELECT position, projection, (SELECT last_position FROM store) FROM facts_cursor", error);

  if (statement == NULL)
    return FALSE;
  if (leyden_sqlite_next (statement, &local))
    {
      cursor->position = (guint64) sqlite3_column_int64 (statement, 0);
      cursor->projection = sqlite3_column_int (statement, 1);
      cursor->last = (guint64) sqlite3_column_int64 (statement, 2);
    }
  sqlite3_finalize (statement);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
leyden_facts_clear (sqlite3  *db,
                    guint     limit,
                    gboolean *done,
                    GError  **error)
{
  static const char * const removals[] = {
    "DELETE FROM rollout_facts WHERE rollout IN (SELECT rollout FROM rollout_facts LIMIT %u)",
    "DELETE FROM calls WHERE position IN (SELECT position FROM calls LIMIT %u)",
    "DELETE FROM node_ends WHERE position IN (SELECT position FROM node_ends LIMIT %u)",
    "DELETE FROM waits WHERE (position, n) IN (SELECT position, n FROM waits LIMIT %u)",
    "DELETE FROM points WHERE (series, time_ns, n) IN (SELECT series, time_ns, n FROM points WHERE series IN (SELECT id FROM series WHERE kind = 'log') LIMIT %u)",
    "DELETE FROM rollups WHERE (level, series, bucket) IN (SELECT level, series, bucket FROM rollups WHERE series IN (SELECT id FROM series WHERE kind = 'log') LIMIT %u)",
  };
  g_autofree char *begin = g_strdup_printf ("UPDATE facts_cursor SET position = 0, rollout = 0, revision = revision + 1, removed = removed + 1, projection = %d",
                                            LEYDEN_FACTS_PROJECTION);

  *done = FALSE;
  if (!leyden_sqlite_exec (db, "UPDATE facts_cursor SET projection = 0, position = 0, rollout = 0 WHERE projection <> 0 OR position <> 0 OR rollout <> 0", error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (removals); i++)
    {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      g_autofree char *text = g_strdup_printf (removals[i], limit);
#pragma GCC diagnostic pop

      if (!leyden_sqlite_exec (db, text, error))
        return FALSE;
      if (sqlite3_changes (db) > 0)
        return TRUE;
    }
  *done = TRUE;
  return leyden_sqlite_exec (db, "DELETE FROM rollups_stale; DELETE FROM series WHERE kind = 'log'; DELETE FROM names", error)
         && leyden_sqlite_exec (db, begin, error);
}
