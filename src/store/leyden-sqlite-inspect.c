/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-read.h"

#include "leyden-blobs.h"
#include "leyden-segment.h"
#include "leyden-sqlite-rows.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>

/* More would only bury the first. */
#define MAX_PROBLEMS 100

static void
add_problem (GPtrArray  *problems,
             const char *text)
{
  if (problems->len < MAX_PROBLEMS)
    g_ptr_array_add (problems, leyden_text_escape (text, -1, 300));
}

/* Goes through the rows of a statement that is not cached; @check gives what is wrong with a row, or NULL. */
typedef char *(*CheckRow) (sqlite3_stmt *statement, gpointer data);

static gboolean
check_rows (LeydenSql    *sql,
            const char   *text,
            CheckRow      check,
            gpointer      data,
            GPtrArray    *problems,
            GCancellable *cancellable,
            GError      **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (sql->db, text, -1, &statement, NULL);
  gboolean cancelled = FALSE;

  while (code == SQLITE_OK && !cancelled && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autofree char *problem = check (statement, data);

      if (problem != NULL)
        add_problem (problems, problem);
      cancelled = g_cancellable_set_error_if_cancelled (cancellable, error);
      code = SQLITE_OK;
    }
  /* The store is being closed: that says nothing about the database. */
  if (code == SQLITE_INTERRUPT)
    cancelled = !leyden_sql_fail (sql, code, error);
  else if (code != SQLITE_OK && code != SQLITE_DONE)
    add_problem (problems, sqlite3_errmsg (sql->db));
  sqlite3_finalize (statement);
  return !cancelled;
}

static char *
integrity_row (sqlite3_stmt *statement,
               gpointer      data)
{
  const char *text = (const char *) sqlite3_column_text (statement, 0);

  return g_strcmp0 (text, "ok") == 0 ? NULL : g_strdup (text ? text : "?");
}

static char *
run_row (sqlite3_stmt *statement,
         gpointer      data)
{
  gint64 id;
  LeydenRunRow *row = leyden_sqlite_read_run_row (statement, &id);

  if (row == NULL)
    return g_strdup_printf (_("The row %lld of runs cannot be"), sqlite3_column_int64 (statement, 7));
  leyden_run_row_free (row);
  return NULL;
}

static char *
rollout_row (sqlite3_stmt *statement,
             gpointer      data)
{
  LeydenRolloutRow *row = leyden_sqlite_read_rollout_row (statement);

  if (row == NULL)
    return g_strdup_printf (_("The row %lld of rollouts cannot be"), sqlite3_column_int64 (statement, 19));
  leyden_rollout_row_free (row);
  return NULL;
}

static GBytes *
read_blob (const char *sha256,
           gpointer    data,
           GError    **error)
{
  return leyden_blobs_read (((LeydenReadContext *) data)->blobs, sha256, error);
}

typedef struct
{
  LeydenReadContext *context;
  gint64             rollout;
  guint64            next;      /* sequence */
  guint64            last;      /* what the rollout's row says */
  guint64            n_records;
} SegmentCheck;

/* Segments in (rollout, sequence) order: decodable, without gap, none missing at the end. */
static char *
segment_row (sqlite3_stmt *statement,
             gpointer      data)
{
  SegmentCheck *self = data;
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GError) error = NULL;
  gint64 rollout = sqlite3_column_int64 (statement, 0);
  const char *name = (const char *) sqlite3_column_text (statement, 1);
  guint64 position = (guint64) sqlite3_column_int64 (statement, 3);
  guint64 sequence = (guint64) sqlite3_column_int64 (statement, 4);
  guint64 n_records = (guint64) sqlite3_column_int64 (statement, 5);
  const guint8 *body = sqlite3_column_blob (statement, 6);
  guint64 expected;

  if (rollout != self->rollout)
    {
      self->rollout = rollout;
      self->next = 1;
    }
  expected = self->next;
  self->next = sequence + n_records;
  self->n_records += n_records;
  if (name == NULL)
    return g_strdup_printf (_("The segment at position %" PRIu64 " belongs to no rollout"), position);
  if (body == NULL || sqlite3_column_type (statement, 6) != SQLITE_BLOB)
    return g_strdup_printf (_("The segment at position %" PRIu64 " of rollout %s cannot be"), position, name);
  if (sequence != expected)
    return g_strdup_printf (_("The log of rollout %s has %" PRIu64 " where %" PRIu64 " is next"), name, sequence, expected);
  if (!leyden_segment_read (body, (gsize) sqlite3_column_bytes (statement, 6), name, sequence, position, n_records, 0, 0, read_blob,
                            self->context, records, &error))
    return g_strdup (error->message);
  return NULL;
}

static char *
cut_row (sqlite3_stmt *statement,
         gpointer      data)
{
  return g_strdup_printf (_("The log of rollout %s is cut off after record %lld"), (const char *) sqlite3_column_text (statement, 0),
                          sqlite3_column_int64 (statement, 1));
}

static gint64
file_size (const char *path)
{
  GStatBuf info;

  return g_stat (path, &info) == 0 ? info.st_size : 0;
}

static void
set_count (LeydenValueBuilder *b,
           LeydenSql          *sql,
           const char         *key,
           const char         *text)
{
  gint64 n = 0;

  if (leyden_sql_get_int (sql, text, &n, NULL))
    leyden_value_builder_set_int (b, key, n);
  else
    leyden_value_builder_set (b, key, NULL);
}

static gboolean
find_problems (LeydenSql         *sql,
               LeydenReadContext *context,
               GPtrArray         *problems,
               gint64            *n_records,
               GCancellable      *cancellable,
               GError           **error)
{
  SegmentCheck segments = { .context = context };
  gboolean ok =
    check_rows (sql, "PRAGMA integrity_check", integrity_row, NULL, problems, cancellable, error)
    && check_rows (sql, "SELECT run, key, state, created_ns, finished_ns, definition, n_items, id FROM runs", run_row, NULL, problems,
                   cancellable, error)
    && check_rows (sql, "SELECT o.rollout, r.run, o.executor, o.item_index, o.item, o.split, o.state, o.reward, o.started_ns, "
                   "o.finished_ns, o.latency_ms, o.tokens_in, o.tokens_out, o.cost, o.simulated, o.error, o.error_node, o.last_sequence, "
                   "o.last_position, o.id FROM rollouts o LEFT JOIN runs r ON r.id = o.run", rollout_row, NULL, problems, cancellable, error)
    && check_rows (sql, "SELECT s.rollout, o.rollout, o.last_sequence, s.position, s.sequence, s.n_records, "
                   "CASE WHEN length (s.body) <= 67108864 THEN s.body END FROM segments s LEFT JOIN rollouts o ON o.id = s.rollout "
                   "ORDER BY s.rollout, s.sequence", segment_row, &segments, problems, cancellable, error)
    && check_rows (sql, "SELECT o.rollout, coalesce (max (s.sequence + s.n_records - 1), 0) AS last FROM rollouts o "
                   "LEFT JOIN segments s ON s.rollout = o.id GROUP BY o.id HAVING last < o.last_sequence", cut_row, NULL, problems,
                   cancellable, error);

  *n_records = (gint64) MIN (segments.n_records, G_MAXINT64);
  return ok;
}

LeydenValue *
leyden_read_inspect (LeydenSql         *sql,
                     LeydenReadContext *context,
                     const char        *path,
                     const char        *notice,
                     GCancellable      *cancellable,
                     GError           **error)
{
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  g_autofree char *shown = leyden_text_path (path);
  guint64 n_blobs, blobs_size;
  gint64 n_records;

  if (!find_problems (sql, context, problems, &n_records, cancellable, error))
    return NULL;
  leyden_blobs_count (context->blobs, &n_blobs, &blobs_size);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "path", shown);
  set_count (&b, sql, "version", "PRAGMA user_version");
  leyden_value_builder_set_int (&b, "size", file_size (path));
  leyden_value_builder_set_int (&b, "log_size", file_size (log));
  set_count (&b, sql, "runs", "SELECT count (*) FROM runs");
  set_count (&b, sql, "rollouts", "SELECT count (*) FROM rollouts");
  set_count (&b, sql, "segments", "SELECT count (*) FROM segments");
  leyden_value_builder_set_int (&b, "records", n_records);
  set_count (&b, sql, "last_position", "SELECT last_position FROM store");
  set_count (&b, sql, "documents", "SELECT count (*) FROM documents");
  set_count (&b, sql, "checkpoints", "SELECT count (*) FROM checkpoints");
  leyden_value_builder_set_int (&b, "blobs", (gint64) n_blobs);
  leyden_value_builder_set_int (&b, "blobs_size", (gint64) blobs_size);
  leyden_value_builder_set_boolean (&b, "sound", problems->len == 0);
  leyden_value_builder_key (&b, "problems");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < problems->len; i++)
    leyden_value_builder_add_string (&b, problems->pdata[i]);
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "notice", notice);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
