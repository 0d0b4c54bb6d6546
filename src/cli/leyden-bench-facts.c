/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-bench-facts.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-cli.h"
#include "leyden-facts-writer.h"
#include "leyden-random.h"
#include "leyden-rollups.h"
#include "leyden-store-change.h"
#include "leyden-store-sql.h"

/* Rows a transaction. */
#define CHUNK_ROLLOUTS 50000
#define CHUNK_POINTS   500000
#define SPAN_NS        (LEYDEN_BENCH_FACTS_DAYS * G_GINT64_CONSTANT (86400000000000))
#define POINT_SPAN_NS  (LEYDEN_BENCH_FACTS_POINT_DAYS * G_GINT64_CONSTANT (86400000000000))

typedef struct
{
  LeydenBenchFacts *facts;
  guint64           next;       /* rollout, or point */
  GPtrArray        *indexes;    /* char *: name, text that makes it, … */
  LeydenRandom      random;
} Fill;

/* --- indexes are made at the end, which is many times as quick --- */

static gboolean
note_index (sqlite3_stmt *statement,
            gpointer      data,
            GError      **error)
{
  g_ptr_array_add (data, g_strdup ((const char *) sqlite3_column_text (statement, 0)));
  g_ptr_array_add (data, g_strdup ((const char *) sqlite3_column_text (statement, 1)));
  return TRUE;
}

static gboolean
drop_indexes (sqlite3 *db,
              gpointer data,
              GError **error)
{
  Fill *fill = data;

  g_ptr_array_set_size (fill->indexes, 0);
  if (!leyden_sqlite_run (db, "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'rollout_facts' AND sql IS NOT NULL", note_index,
                          fill->indexes, error, ""))
    return FALSE;
  for (guint i = 0; i < fill->indexes->len; i += 2)
    {
      g_autofree char *text = g_strdup_printf ("DROP INDEX %s", (char *) fill->indexes->pdata[i]);

      if (!leyden_sqlite_exec (db, text, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
make_indexes (sqlite3 *db,
              gpointer data,
              GError **error)
{
  Fill *fill = data;

  for (guint i = 1; i < fill->indexes->len; i += 2)
    if (!leyden_sqlite_exec (db, fill->indexes->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* --- rollouts --- */

static gboolean
put_names (sqlite3 *db,
           gpointer data,
           GError **error)
{
  /* 1 to 8 flows, 9 to 16 versions, 17 to 20 models, 21 a data set, 22 to 25 kinds of errors. */
  return leyden_sqlite_exec (db, "WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 25) "
                                 "INSERT INTO names (id, name) SELECT n, CASE WHEN n < 9 THEN 'flow-' || n WHEN n < 17 THEN 'version-' || (n - 8) "
                                 "WHEN n < 21 THEN 'model-' || (n - 16) WHEN n = 21 THEN 'dataset' ELSE 'error-' || (n - 21) END FROM t", error);
}

static gboolean
put_rollouts (sqlite3 *db,
              gpointer data,
              GError **error)
{
  Fill *fill = data;
  guint64 end = MIN (fill->next + CHUNK_ROLLOUTS, (guint64) fill->facts->n_rollouts + 1);
  gint64 step = SPAN_NS / fill->facts->n_rollouts;
  /* A hash of the number stands in for chance. */
  g_autofree char *rollouts = g_strdup_printf (
    "WITH RECURSIVE t (n) AS (VALUES (%" PRIu64 ") UNION ALL SELECT n + 1 FROM t WHERE n + 1 < %" PRIu64 "), "
    "u AS (SELECT n, (n * 2654435761) & 0xffffffff AS h FROM t) "
    "INSERT INTO rollouts (id, rollout, executor, item_index, item, split, state, reward, started_ns, finished_ns, latency_ms, tokens_in, tokens_out, cost, simulated, "
    "last_sequence, last_position) SELECT n, printf ('rollout-%%08u', n), 'leyden', n %% 1000, 'item-' || (n %% 10000), CASE WHEN n %% 3 THEN 'train' ELSE 'test' END, "
    "CASE WHEN h %% 17 THEN 'succeeded' ELSE 'failed' END, (h %% 101) / 100.0, %" PRId64 " + n * %" PRId64 ", %" PRId64 " + n * %" PRId64 " + h, h / 1e6, "
    "h %% 4096, h %% 511, (h %% 99991) / 1e6, 0, 0, 0 FROM u", fill->next, end, LEYDEN_BENCH_FACTS_BEGIN_NS, step, LEYDEN_BENCH_FACTS_BEGIN_NS, step);
  g_autofree char *facts = g_strdup_printf (
    "INSERT INTO rollout_facts (rollout, executor, purpose, flow, flow_title, version, dataset, dataset_name, split, item, item_index, model, step, finished_step, "
    "is_train, state, reward, invalid, created_ns, started_ns, finished_ns, queued_ms, latency_ms, wait_ms, model_ms, tool_ms, n_model_calls, n_tool_calls, n_retries, "
    "n_cache_hits, tokens_in, tokens_out, cost, simulated, error, error_kind, deleted_ns, changed) "
    "SELECT id, executor, 'run', 1 + id %% 8, 'Flow ' || (1 + id %% 8), 9 + id %% 8, 21, 'data.jsonl', split, item, item_index, 17 + id %% 4, id / 1000, id / 1000, "
    "split = 'train', state, reward, 0, started_ns, started_ns, finished_ns, 0, latency_ms, 0, latency_ms * 0.8, latency_ms * 0.1, 3, 1, 0, 0, tokens_in, tokens_out, "
    "cost, 0, CASE WHEN state = 'failed' THEN 'It failed' END, CASE WHEN state = 'failed' THEN 22 + id %% 4 END, 0, 1 "
    "FROM rollouts WHERE id >= %" PRIu64 " AND id < %" PRIu64, fill->next, end);

  return leyden_sqlite_exec (db, rollouts, error) && leyden_sqlite_exec (db, facts, error);
}

/* --- points --- */

static gboolean
put_series (sqlite3 *db,
            gpointer data,
            GError **error)
{
  g_autofree char *cursor = g_strdup_printf ("UPDATE facts_cursor SET projection = %d, revision = 1, rollout = (SELECT max (id) FROM rollouts)",
                                             LEYDEN_FACTS_PROJECTION);

  return leyden_sqlite_exec (db, "WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 8) "
                                 "INSERT INTO series (id, metric, labels, unit, kind) SELECT n, 'bench', '{\"flow\":\"flow-' || n || '\"}', '', 'log' FROM t", error)
         && leyden_sqlite_exec (db, cursor, error);
}

/* One series after the other, in the order of time: as the table lies. */
static gboolean
put_points (sqlite3 *db,
            gpointer data,
            GError **error)
{
  Fill *fill = data;
  guint64 n_points = (guint64) fill->facts->n_rollouts * fill->facts->n_points, a_series = MAX (1, n_points / LEYDEN_BENCH_FACTS_FLOWS);
  g_autoptr(LeydenRollups) rollups = leyden_rollups_new (db, error);
  sqlite3_stmt *put = leyden_sqlite_prepare (db, "INSERT OR REPLACE INTO points (series, time_ns, n, value) VALUES (?1, ?2, ?3, ?4)", error);
  gboolean ok = rollups != NULL && put != NULL;

  for (guint64 i = fill->next; ok && i < MIN (fill->next + CHUNK_POINTS, n_points); i++)
    {
      gint64 series = MIN (1 + (gint64) (i / a_series), LEYDEN_BENCH_FACTS_FLOWS);
      gint64 time_ns = LEYDEN_BENCH_FACTS_BEGIN_NS + (gint64) (i % a_series) * (POINT_SPAN_NS / (gint64) a_series);
      double value = sin ((double) (i % a_series) / (double) a_series * 40) + 0.3 * leyden_random_u01 (&fill->random);

      sqlite3_bind_int64 (put, 1, series);
      sqlite3_bind_int64 (put, 2, time_ns);
      sqlite3_bind_int64 (put, 3, (gint64) i + 1);
      sqlite3_bind_double (put, 4, value);
      ok = leyden_sqlite_finish (put, error) && leyden_rollups_add (rollups, series, 0, time_ns, value, error);
    }
  sqlite3_finalize (put);
  return ok && leyden_rollups_write (rollups, error);
}

/* --- all --- */

static gboolean
change (LeydenSqliteStore *store,
        LeydenSqliteChange func,
        Fill              *fill,
        GError           **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_sqlite_store_change_async (store, "bench", func, fill, NULL, leyden_cli_result_cb, &result);
  leyden_cli_wait (&result);
  return result != NULL && leyden_sqlite_store_change_finish (store, result, error);
}

static gboolean
fill_all (LeydenSqliteStore *store,
          Fill              *fill,
          GError           **error)
{
  guint64 n_points = (guint64) fill->facts->n_rollouts * fill->facts->n_points;

  if (!change (store, drop_indexes, fill, error) || !change (store, put_names, fill, error))
    return FALSE;
  for (fill->next = 1; fill->next <= fill->facts->n_rollouts; fill->next += CHUNK_ROLLOUTS)
    if (!change (store, put_rollouts, fill, error))
      return FALSE;
  if (!change (store, make_indexes, fill, error) || !change (store, put_series, fill, error))
    return FALSE;
  for (fill->next = 0; fill->next < n_points; fill->next += CHUNK_POINTS)
    if (!change (store, put_points, fill, error))
      return FALSE;
  return TRUE;
}

gboolean
leyden_bench_facts_fill (const char *database,
                         gpointer    data,
                         GError    **error)
{
  int status = LEYDEN_EXIT_OK;
  g_autoptr(LeydenSqliteStore) store = leyden_cli_open_store (database, LEYDEN_STORE_OPEN_RELAXED, &status);
  g_autoptr(GPtrArray) indexes = g_ptr_array_new_with_free_func (g_free);
  Fill fill = { .facts = data, .indexes = indexes };
  gboolean ok;

  if (store == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The database to be measured could not be made"));
      return FALSE;
    }
  leyden_random_init (&fill.random, 42);
  ok = fill_all (store, &fill, error);
  leyden_sqlite_store_close (store);
  return ok;
}
