/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-blob-marks.h"

#include "leyden-blobs.h"
#include "leyden-segment.h"

#include <glib/gstdio.h>
#include <string.h>

#define DIGEST_LENGTH 64
/* Larger ones are data sets of other programs: what they say is no reference of ours. */
#define MAX_SCANNED   (64 * 1024 * 1024)

/* So many segments in one statement. While one is read, the write-ahead log behind it cannot be taken over into the database. */
#define RANGE 256

typedef struct
{
  const char *folder;
  GHashTable *marks;
  GPtrArray  *waiting;          /* digests (borrowed from marks) whose content was not looked at yet */
  gint64      last;             /* position of the last segment */
  guint       n_rows;           /* segments of this range */
} Marking;

static void
mark (const char *sha256,
      gpointer    data)
{
  Marking *self = data;
  char *owned;

  if (g_hash_table_contains (self->marks, sha256))
    return;
  owned = g_strndup (sha256, DIGEST_LENGTH);
  g_hash_table_add (self->marks, owned);
  g_ptr_array_add (self->waiting, owned);
}

static gboolean
is_digit (char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Runs of exactly 64 digits. */
static void
scan (Marking    *self,
      const char *text,
      gsize       length)
{
  gsize start = 0;

  for (gsize i = 0; i <= length; i++)
    {
      if (i < length && is_digit (text[i]))
        continue;
      if (i - start == DIGEST_LENGTH)
        {
          g_autofree char *sha256 = g_strndup (text + start, DIGEST_LENGTH);
          mark (sha256, self);
        }
      start = i + 1;
    }
}

static void
scan_row (Marking      *self,
          sqlite3_stmt *statement)
{
  for (int i = 0; i < sqlite3_column_count (statement); i++)
    {
      int type = sqlite3_column_type (statement, i);

      if (type == SQLITE_TEXT || type == SQLITE_BLOB)
        scan (self, sqlite3_column_blob (statement, i), (gsize) sqlite3_column_bytes (statement, i));
    }
}

typedef void (*EachRow) (Marking *self, sqlite3_stmt *statement);

static gboolean
each_row (Marking      *self,
          LeydenSql    *sql,
          const char   *text,
          EachRow       each,
          GCancellable *cancellable,
          GError      **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (sql->db, text, -1, &statement, NULL);
  gboolean cancelled = FALSE;

  while (code == SQLITE_OK && !cancelled && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      each (self, statement);
      cancelled = g_cancellable_set_error_if_cancelled (cancellable, error);
      code = SQLITE_OK;
    }
  if (!cancelled && code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE;
}

/* A segment that is damaged may still name blobs in its texts; scan_row saw them. */
static void
scan_segment (Marking      *self,
              sqlite3_stmt *statement)
{
  const guint8 *body = sqlite3_column_blob (statement, 0);

  scan_row (self, statement);
  leyden_segment_each_blob (body, (gsize) sqlite3_column_bytes (statement, 0), (guint64) sqlite3_column_int64 (statement, 1), mark, self, NULL);
}

static void
scan_segment_of_range (Marking      *self,
                       sqlite3_stmt *statement)
{
  scan_segment (self, statement);
  self->last = sqlite3_column_int64 (statement, 2);
  self->n_rows++;
}

/* Segments keep their positions, and new ones stand behind: nothing is passed over between two ranges. */
static gboolean
scan_segments (Marking      *self,
               LeydenSql    *sql,
               GCancellable *cancellable,
               GError      **error)
{
  gint64 from = G_MININT64;

  do
    {
      g_autofree char *text = g_strdup_printf ("SELECT body, n_records, position FROM segments WHERE position >= %" G_GINT64_FORMAT
                                               " ORDER BY position LIMIT %d", from, RANGE);

      self->n_rows = 0;
      if (!each_row (self, sql, text, scan_segment_of_range, cancellable, error))
        return FALSE;
      from = self->last < G_MAXINT64 ? self->last + 1 : G_MAXINT64;
    }
  while (self->n_rows == RANGE);
  return TRUE;
}

static void
collect_table (Marking      *self,
               sqlite3_stmt *statement)
{
  g_ptr_array_add (self->waiting, sqlite3_mprintf ("SELECT * FROM \"%w\"", sqlite3_column_text (statement, 0)));
}

/* All other tables, whatever they are. */
static gboolean
scan_tables (Marking      *self,
             LeydenSql    *sql,
             GCancellable *cancellable,
             GError      **error)
{
  g_autoptr(GPtrArray) queries = g_ptr_array_new_with_free_func (sqlite3_free);
  Marking tables = { self->folder, self->marks, queries, 0, 0 };
  gboolean ok = each_row (&tables, sql, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('segments', 'rollouts') "
                          "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", collect_table, cancellable, error);

  for (guint i = 0; ok && i < queries->len; i++)
    ok = each_row (self, sql, queries->pdata[i], scan_row, cancellable, error);
  return ok;
}

static void
scan_blob (Marking    *self,
           const char *sha256)
{
  g_autofree char *path = leyden_blobs_path (self->folder, sha256);
  g_autofree char *text = NULL;
  GStatBuf info;
  gsize length;

  if (g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_size <= MAX_SCANNED && g_file_get_contents (path, &text, &length, NULL))
    scan (self, text, length);
}

GHashTable *
leyden_blob_marks (LeydenSql    *sql,
                   const char   *blobs,
                   GCancellable *cancellable,
                   GError      **error)
{
  g_autoptr(GHashTable) marks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GPtrArray) waiting = g_ptr_array_new ();
  Marking self = { blobs, marks, waiting, 0, 0 };

  if (!scan_segments (&self, sql, cancellable, error)
      || !scan_tables (&self, sql, cancellable, error))
    return NULL;
  while (waiting->len > 0)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      scan_blob (&self, g_ptr_array_steal_index_fast (waiting, waiting->len - 1));
    }
  return g_steal_pointer (&marks);
}
