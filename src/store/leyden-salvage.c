/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can still be read of a damaged database goes into a new one. Rows are read from both ends of a table, and from many places between, each until
 * SQLite meets damage; rows that cannot be are left out; a log keeps what stands before its first gap. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-backup.h"

#include "leyden-blob-marks.h"
#include "leyden-blobs.h"
#include "leyden-copy.h"
#include "leyden-segment.h"
#include "leyden-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Places between the ends of a table that are tried when neither end leads there. */
#define N_PROBES 256

typedef struct
{
  LeydenSql    *from;
  LeydenSql    *to;
  GCancellable *cancellable;
  gint64        n_rows;         /* of the tables that count */
  gint64        n_cut;          /* records behind a gap */
  gboolean      damage;         /* somewhere SQLite met some */
  /* of the table under way */
  const char   *table;
  char         *columns;
  sqlite3_stmt *insert;
} Salvage;

/* In an order in which what is referred to comes first. `checkpoints` and `node_cache` only save time; of the facts, what is not derived is kept. */
static const char * const tables[] = {
  "runs", "rollouts", "segments", "documents", "experiments", "candidates", "evaluations", "proposals", "call_log", "agl_rollouts", "agl_bodies",
  "agl_attempts", "agl_models", "leases", "audit", "webhook_states", "deliveries", "delivery_attempts", "alert_states", "alert_history",
  "agl_registrations", "deleted_rollouts", "series", "points", "rollups",
};

/* What refers to nothing any more. */
static const char * const repairs[] = {
  "UPDATE rollouts SET run = NULL WHERE run NOT IN (SELECT id FROM runs)",
  "DELETE FROM segments WHERE rollout NOT IN (SELECT id FROM rollouts)",
  "UPDATE segments SET run = NULL WHERE run NOT IN (SELECT id FROM runs)",
  "DELETE FROM candidates WHERE experiment NOT IN (SELECT id FROM experiments)",
  "DELETE FROM proposals WHERE experiment NOT IN (SELECT id FROM experiments)",
  "DELETE FROM call_log WHERE experiment NOT IN (SELECT id FROM experiments)",
  "DELETE FROM agl_rollouts WHERE log NOT IN (SELECT rollout FROM rollouts)",
  "DELETE FROM agl_rollouts WHERE listed = 1 AND id NOT IN (SELECT rollout FROM agl_bodies)",
  "DELETE FROM agl_bodies WHERE rollout NOT IN (SELECT id FROM agl_rollouts)",
  "DELETE FROM agl_attempts WHERE rollout NOT IN (SELECT id FROM agl_rollouts)",
  "DELETE FROM leases WHERE rollout NOT IN (SELECT id FROM agl_rollouts)",
  "DELETE FROM points WHERE series NOT IN (SELECT id FROM series WHERE kind = 'sample')",
  "DELETE FROM rollups WHERE series NOT IN (SELECT id FROM series WHERE kind = 'sample')",
  "DELETE FROM series WHERE kind <> 'sample'",
  "UPDATE agl_log SET n_terminal = max (n_terminal, coalesce ((SELECT max (terminal) FROM agl_rollouts), 0))",
  "UPDATE store SET last_position = max (last_position, coalesce ((SELECT max (position + n_records - 1) FROM segments), 0))",
};

/* --- rows --- */

/* Columns that both have, as a list; @n: how many. NULL: the table is not there, or what it is cannot be read. */
static char *
common_columns (Salvage *self,
                guint   *n)
{
  g_autofree char *text = g_strdup_printf ("SELECT name FROM pragma_table_info ('%s')", self->table);
  g_autoptr(GHashTable) there = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GString) out = g_string_new (NULL);
  LeydenSql *both[] = { self->from, self->to };

  *n = 0;
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      sqlite3_stmt *statement = NULL;

      if (sqlite3_prepare_v2 (both[i]->db, text, -1, &statement, NULL) != SQLITE_OK)
        return NULL;
      while (sqlite3_step (statement) == SQLITE_ROW)
        {
          const char *name = (const char *) sqlite3_column_text (statement, 0);

          if (i == 0)
            g_hash_table_add (there, g_strdup (name));
          else if (g_hash_table_contains (there, name))
            g_string_append_printf (out, "%s%s", (*n)++ > 0 ? ", " : "", name);
        }
      sqlite3_finalize (statement);
    }
  return *n > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

static void
copy_row (Salvage      *self,
          sqlite3_stmt *row)
{
  for (int i = 0; i < sqlite3_column_count (row); i++)
    sqlite3_bind_value (self->insert, i + 1, sqlite3_column_value (row, i));
  /* One that is there already, or cannot be, is left out. */
  if (sqlite3_step (self->insert) == SQLITE_DONE)
    self->n_rows += sqlite3_changes (self->to->db);
  sqlite3_reset (self->insert);
  sqlite3_clear_bindings (self->insert);
}

/* Rows in the order of @tail until damage. FALSE with @error: cancelled. */
static gboolean
copy_rows (Salvage    *self,
           const char *tail,
           gboolean   *whole,
           GError    **error)
{
  g_autofree char *text = g_strdup_printf ("SELECT %s FROM %s %s", self->columns, self->table, tail);
  sqlite3_stmt *rows = NULL;
  gboolean cancelled = FALSE;
  int code = sqlite3_prepare_v2 (self->from->db, text, -1, &rows, NULL);

  while (code == SQLITE_OK && !cancelled && (code = sqlite3_step (rows)) == SQLITE_ROW)
    {
      copy_row (self, rows);
      cancelled = g_cancellable_set_error_if_cancelled (self->cancellable, error);
      code = SQLITE_OK;
    }
  sqlite3_finalize (rows);
  *whole = code == SQLITE_DONE;
  return !cancelled;
}

/* The key by which the table lies: "rowid", or the columns of the primary key. */
static char *
table_key (Salvage *self)
{
  g_autofree char *text = g_strdup_printf ("SELECT group_concat (name || ' DESC', ', ') FROM pragma_table_info ('%s') WHERE pk > 0", self->table);
  g_autofree char *probe = g_strdup_printf ("SELECT rowid FROM %s LIMIT 0", self->table);

  if (leyden_sql_exec (self->to, probe, NULL))
    return g_strdup ("rowid DESC");
  return leyden_sql_get_text (self->to, text, NULL);
}

/* From places between what the ends gave. */
static gboolean
copy_between (Salvage *self,
              GError **error)
{
  g_autofree char *highest = g_strdup_printf ("SELECT coalesce (max (rowid), 0) FROM %s", self->table);
  gboolean whole;
  gint64 max;

  if (!leyden_sql_get_int (self->to, highest, &max, NULL))
    return TRUE;
  for (guint i = 1; i < N_PROBES; i++)
    {
      g_autofree char *tail = g_strdup_printf ("WHERE rowid >= %" PRId64 " AND rowid < %" PRId64 " ORDER BY rowid",
                                               (gint64) ((double) max * i / N_PROBES), (gint64) ((double) max * (i + 1) / N_PROBES) + 1);

      if (!copy_rows (self, tail, &whole, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
prepare_insert (Salvage *self,
                guint    n,
                GError **error)
{
  g_autoptr(GString) text = g_string_new (NULL);
  int code;

  g_string_append_printf (text, "INSERT OR IGNORE INTO %s (%s) VALUES (?", self->table, self->columns);
  for (guint i = 1; i < n; i++)
    g_string_append (text, ", ?");
  g_string_append_c (text, ')');
  code = sqlite3_prepare_v2 (self->to->db, text->str, -1, &self->insert, NULL);
  return code == SQLITE_OK || leyden_sql_fail (self->to, code, error);
}

static gboolean
copy_table (Salvage *self,
            GError **error)
{
  g_autofree char *key = NULL;
  g_autofree char *backwards = NULL;
  gboolean ok, whole;
  guint n;

  self->columns = common_columns (self, &n);
  if (self->columns == NULL)
    return TRUE;
  key = table_key (self);
  ok = prepare_insert (self, n, error) && copy_rows (self, "", &whole, error);
  if (ok && !whole)
    {
      self->damage = TRUE;
      backwards = g_strdup_printf ("ORDER BY %s", key ? key : "1 DESC");
      ok = copy_rows (self, backwards, &whole, error);
      if (ok && !whole && g_strcmp0 (key, "rowid DESC") == 0)
        ok = copy_between (self, error);
    }
  sqlite3_finalize (self->insert);
  self->insert = NULL;
  g_clear_pointer (&self->columns, g_free);
  return ok;
}

/* --- logs --- */

static GBytes *
read_blob (const char *sha256,
           gpointer    data,
           GError    **error)
{
  return leyden_blobs_read (data, sha256, error);
}

/* Keeps of each rollout the segments before the first that is missing or cannot be read. */
static gboolean
cut_logs (Salvage    *self,
          const char *blobs,
          GError    **error)
{
  sqlite3_stmt *segments = NULL;
  sqlite3_stmt *drop = NULL;
  gint64 rollout = 0, next = 1;
  gboolean broken = FALSE;
  int code = sqlite3_prepare_v2 (self->to->db, "SELECT rollout, sequence, n_records, position, body FROM segments ORDER BY rollout, sequence", -1,
                                 &segments, NULL);

  if (code == SQLITE_OK)
    code = sqlite3_prepare_v2 (self->to->db, "INSERT INTO temp.broken (position) VALUES (?1)", -1, &drop, NULL);
  while (code == SQLITE_OK && (code = sqlite3_step (segments)) == SQLITE_ROW)
    {
      g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
      gint64 each = sqlite3_column_int64 (segments, 0), sequence = sqlite3_column_int64 (segments, 1), n = sqlite3_column_int64 (segments, 2);

      if (each != rollout)
        {
          rollout = each;
          next = 1;
          broken = FALSE;
        }
      broken = broken || sequence != next || n <= 0
               || !leyden_segment_read (sqlite3_column_blob (segments, 4), (gsize) sqlite3_column_bytes (segments, 4), "?", (guint64) sequence,
                                        (guint64) sqlite3_column_int64 (segments, 3), (guint64) n, 0, 0, read_blob, (gpointer) blobs, records, NULL);
      next = sequence + n;
      code = SQLITE_OK;
      if (!broken)
        continue;
      self->n_cut += MAX (n, 0);
      sqlite3_bind_int64 (drop, 1, sqlite3_column_int64 (segments, 3));
      code = sqlite3_step (drop) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
      sqlite3_reset (drop);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (self->to, code, error);
  sqlite3_finalize (segments);
  sqlite3_finalize (drop);
  return code == SQLITE_DONE;
}

static gboolean
mend_logs (Salvage    *self,
           const char *blobs,
           GError    **error)
{
  return leyden_sql_exec (self->to, "CREATE TEMP TABLE broken (position INTEGER PRIMARY KEY)", error) && cut_logs (self, blobs, error)
         && leyden_sql_exec (self->to, "DELETE FROM segments WHERE position IN (SELECT position FROM temp.broken)", error)
         && leyden_sql_exec (self->to, "UPDATE rollouts SET last_sequence = coalesce ((SELECT max (sequence + n_records - 1) FROM segments s "
                             "WHERE s.rollout = rollouts.id), 0)", error)
         && leyden_sql_exec (self->to, "DELETE FROM agl_attempts WHERE sequence > (SELECT o.last_sequence FROM agl_rollouts a "
                             "JOIN rollouts o ON o.rollout = a.log WHERE a.id = agl_attempts.rollout)", error);
}

/* --- all of it --- */

static LeydenSql *
make_database (const char *path,
               GError    **error)
{
  g_autofree char *uri = leyden_sql_uri (path, NULL);
  g_autofree char *set_id = g_strdup_printf ("PRAGMA application_id = %d", LEYDEN_SQL_APPLICATION_ID);
  g_autoptr(LeydenMigrations) migrations = leyden_migrations_load (error);
  g_autoptr(LeydenSql) sql = NULL;
  int fd = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, errno == ENOSPC ? LEYDEN_STORE_ERROR_FULL : LEYDEN_STORE_ERROR_FAILED, "%s: %s", path, g_strerror (errno));
      return NULL;
    }
  close (fd);
  sql = migrations ? leyden_sql_open (uri, SQLITE_OPEN_READWRITE, error) : NULL;
  if (sql == NULL || !leyden_sql_exec (sql, set_id, error) || !leyden_migrations_run (migrations, sql, 0, error)
      || !leyden_sql_exec (sql, "PRAGMA foreign_keys = OFF", error))
    return NULL;
  return g_steal_pointer (&sql);
}

/* Counters of the old one, where they can be read, so that positions and commits are never given twice. */
static gboolean
copy_counters (Salvage *self,
               GError **error)
{
  static const char * const counters[][2] = {
    { "store", "last_position" }, { "store", "n_commits" }, { "store", "committed_ns" }, { "agl_log", "n_terminal" },
  };
  gint64 value;

  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      g_autofree char *get = g_strdup_printf ("SELECT %s FROM %s", counters[i][1], counters[i][0]);
      g_autofree char *text = NULL;

      if (!leyden_sql_get_int (self->from, get, &value, NULL) || value < 0)
        continue;
      text = g_strdup_printf ("UPDATE %s SET %s = %" PRId64, counters[i][0], counters[i][1], value);
      if (!leyden_sql_exec (self->to, text, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
copy_all (Salvage    *self,
          const char *blobs,
          GError    **error)
{
  if (!leyden_sql_exec (self->to, "BEGIN", error) || !copy_counters (self, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      self->table = tables[i];
      if (!copy_table (self, error))
        return FALSE;
    }
  if (!mend_logs (self, blobs, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (repairs); i++)
    if (!leyden_sql_exec (self->to, repairs[i], error))
      return FALSE;
  return leyden_sql_exec (self->to, "COMMIT", error);
}

static gboolean
copy_blobs (LeydenSql    *sql,
            const char   *from,
            const char   *to,
            GCancellable *cancellable,
            GError      **error)
{
  g_autoptr(GPtrArray) digests = leyden_blobs_list (from);

  for (guint i = 0; i < digests->len; i++)
    {
      g_autoptr(GError) local = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (!leyden_blobs_copy (from, to, NULL, digests->pdata[i], &local) && g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FULL))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return TRUE;
}

static LeydenValue *
describe (const char    *out,
          const Salvage *self,
          LeydenValue   *found)
{
  static const char * const keys[] = { "runs", "rollouts", "records", "documents", "sound", "problems" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "database", out);
  leyden_value_builder_set_boolean (&b, "damaged", self->damage || self->n_cut > 0);
  leyden_value_builder_set_int (&b, "rows", self->n_rows);
  leyden_value_builder_set_int (&b, "records_cut", self->n_cut);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    leyden_value_builder_set (&b, keys[i], leyden_value_get_member (found, keys[i]));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* With its log, if that can be read; else without. */
static LeydenSql *
open_damaged (const char *path,
              GError    **error)
{
  static const char * const queries[] = { NULL, "immutable=1" };
  gint64 n;

  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_autofree char *uri = leyden_sql_uri (path, queries[i]);
      g_autoptr(LeydenSql) sql = NULL;

      g_clear_error (error);
      sql = leyden_sql_open (uri, SQLITE_OPEN_READONLY, error);
      if (sql == NULL)
        continue;
      sqlite3_db_config (sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
      if (leyden_sql_get_int (sql, "SELECT count (*) FROM sqlite_schema WHERE name = 'rollouts'", &n, error) && n == 1)
        return g_steal_pointer (&sql);
    }
  if (*error == NULL)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE, _("not a Leyden database"));
  g_prefix_error (error, _("Nothing of it can be read: "));
  return NULL;
}

static LeydenValue *
salvage (const char   *damaged,
         const char   *path,
         const char   *out,
         GCancellable *cancellable,
         GError      **error)
{
  g_autofree char *from_blobs = g_strconcat (damaged, "-blobs", NULL);
  g_autofree char *blobs = g_strconcat (out, "-blobs", NULL);
  g_autofree char *folder = g_path_get_dirname (out);
  g_autoptr(LeydenSql) from = NULL;
  g_autoptr(LeydenSql) to = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(GError) local = NULL;
  Salvage self = { .cancellable = cancellable };

  from = open_damaged (damaged, &local);
  if (from == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  to = make_database (path, error);
  self.from = from;
  self.to = to;
  if (to == NULL || !copy_blobs (from, from_blobs, blobs, cancellable, error) || !copy_all (&self, blobs, error))
    return NULL;
  g_clear_pointer (&to, leyden_sql_close);
  found = leyden_backup_inspect (path, blobs, cancellable, error);
  if (found == NULL)
    return NULL;
  if (!leyden_copy_sync (path) || g_rename (path, out) != 0)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "%s: %s", out, g_strerror (errno));
      return NULL;
    }
  return leyden_blobs_sync_folder (folder, error) ? describe (out, &self, found) : NULL;
}

LeydenValue *
leyden_backup_salvage (const char   *damaged,
                       const char   *out,
                       GCancellable *cancellable,
                       GError      **error)
{
  g_autofree char *target = g_canonicalize_filename (out, NULL);
  g_autofree char *path = g_strconcat (target, ".new", NULL);
  g_autofree char *folder = g_path_get_dirname (target);
  g_autofree char *shown = leyden_text_path (damaged);
  LeydenValue *answer;

  if (!g_file_test (damaged, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE, _("%s: there is no such database"), shown);
      return NULL;
    }
  if (!leyden_backup_check_free (target, error))
    return NULL;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "%s: %s", folder, g_strerror (errno));
      return NULL;
    }
  answer = salvage (damaged, path, target, cancellable, error);
  if (answer == NULL)
    {
      leyden_backup_remove (target);
      g_prefix_error (error, "%s: ", shown);
    }
  return answer;
}
