/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-archive.h"

#include "leyden-blobs.h"
#include "leyden-json.h"
#include "leyden-store.h"
#include "leyden-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define PREFIX    "frames-"
#define TEMPORARY "new-frames"
/* A file holds about so much, so that reading one takes little memory. */
#define MAX_FILE  (16 * 1024 * 1024)
/* Nobody's file of frames is longer: one commit is at most some hundred MiB. */
#define MAX_READ  ((gint64) 4 * 1024 * 1024 * 1024)
/* See leyden-archive.h. */
#define MIN_LIMIT ((guint64) 1024 * 1024 * 1024)
#define DATABASES 4

struct _LeydenArchive
{
  char            *path;                /* FOLDER/ID */
  char            *id;
  guint32          stamp_page;
  LeydenLogCursor  cursor;
  LeydenStamp      last;
  /* while commits are taken */
  GByteArray      *file;
  guint64          first;               /* number of its first commit */
  LeydenStamp      pending;             /* of its last */
};

static gboolean
fail_errno (const char *path,
            int         code,
            GError    **error)
{
  g_autofree char *shown = leyden_text_path (path);
  LeydenStoreError kind = LEYDEN_STORE_ERROR_FAILED;

  if (code == ENOSPC || code == EDQUOT)
    kind = LEYDEN_STORE_ERROR_FULL;
  else if (code == EROFS || code == EACCES || code == EPERM)
    kind = LEYDEN_STORE_ERROR_READ_ONLY;
  g_set_error (error, LEYDEN_STORE_ERROR, kind, "%s: %s", shown, g_strerror (code));
  return FALSE;
}

/* --- which folder --- */

static char *
mark_path (const char *database)
{
  return g_strconcat (database, ".archive", NULL);
}

char *
leyden_archive_find (const char *database)
{
  g_autofree char *path = mark_path (database);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) value = NULL;
  const char *folder;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return NULL;
  value = leyden_json_parse (text, (gssize) length, NULL, NULL);
  folder = leyden_value_get_member_string (value, "folder", NULL);
  return folder != NULL && g_path_is_absolute (folder) ? g_strdup (folder) : NULL;
}

static gboolean
write_file (const char   *folder,
            const char   *name,
            const guint8 *bytes,
            gsize         size,
            GError      **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *temporary = g_build_filename (folder, TEMPORARY, NULL);
  int fd = open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean ok = fd >= 0;

  while (ok && size > 0)
    {
      gssize n = write (fd, bytes, MIN (size, 1 << 30));

      ok = n >= 0 || errno == EINTR;
      bytes += MAX (n, 0);
      size -= (gsize) MAX (n, 0);
    }
  ok = ok && fsync (fd) == 0;
  if (!ok)
    fail_errno (path, errno, error);
  if (fd >= 0)
    close (fd);
  if (ok && g_rename (temporary, path) != 0)
    ok = fail_errno (path, errno, error);
  if (!ok)
    g_unlink (temporary);
  return ok && leyden_blobs_sync_folder (folder, error);
}

gboolean
leyden_archive_mark (const char *database,
                     const char *folder,
                     GError    **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *path = mark_path (database);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *before = leyden_archive_find (database);
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return fail_errno (folder, errno, error);
  if (g_strcmp0 (before, folder) == 0)
    return TRUE;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "folder", folder);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  return write_file (parent, name, (const guint8 *) text, strlen (text), error);
}

char *
leyden_archive_path (const char *folder,
                     const char *id)
{
  return g_build_filename (folder, id, NULL);
}

/* --- what is there --- */

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(char * const *) a, *(char * const *) b);
}

static guint64
first_of (const char *name)
{
  return g_ascii_strtoull (name + strlen (PREFIX), NULL, 10);
}

/* Names of the files of frames, in order. */
static GPtrArray *
list_files (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, PREFIX) && strspn (name + strlen (PREFIX), "0123456789") == 20 && strlen (name) == strlen (PREFIX) + 20)
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
read_file (const char      *path,
           const char      *name,
           LeydenCommitEach each,
           gpointer         data,
           GError         **error)
{
  g_autofree char *file = g_build_filename (path, name, NULL);
  g_autofree char *shown = leyden_text_path (file);
  g_autofree char *bytes = NULL;
  g_autoptr(GError) local = NULL;
  GStatBuf info;
  gsize size;

  if (g_lstat (file, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > MAX_READ)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("%s: not a file of frames"), shown);
      return FALSE;
    }
  if (!g_file_get_contents (file, &bytes, &size, &local))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "%s: %s", shown, local->message);
      return FALSE;
    }
  if (leyden_frames_read ((const guint8 *) bytes, size, each, data, error))
    return TRUE;
  g_prefix_error (error, "%s: ", shown);
  return FALSE;
}

typedef struct
{
  const char      *id;
  LeydenCommitEach each;
  gpointer         data;
  guint64          next;                /* the number that must come; 0: any */
} Reading;

static gboolean
check_commit (const LeydenCommit *commit,
              gpointer            data,
              GError            **error)
{
  Reading *self = data;

  if (!g_str_equal (commit->stamp.id, self->id))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The frames belong to another database"));
      return FALSE;
    }
  if (self->next != 0 && commit->stamp.number != self->next && commit->stamp.number + 1 != self->next)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND,
                   _("The archive has a gap: commit %" PRIu64 " is missing, the next is %" PRIu64), self->next, commit->stamp.number);
      return FALSE;
    }
  self->next = commit->stamp.number + 1;
  return self->each (commit, self->data, error);
}

gboolean
leyden_archive_read (const char      *folder,
                     const char      *id,
                     guint64          after,
                     LeydenCommitEach each,
                     gpointer         data,
                     GError         **error)
{
  g_autofree char *path = leyden_archive_path (folder, id);
  g_autoptr(GPtrArray) names = list_files (path);
  Reading reading = { id, each, data, 0 };
  g_autoptr(GError) local = NULL;
  guint start = 0;

  while (start + 1 < names->len && first_of (names->pdata[start + 1]) <= after + 1)
    start++;
  for (guint i = start; i < names->len; i++)
    if (!read_file (path, names->pdata[i], check_commit, &reading, &local))
      break;
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

char *
leyden_archive_blobs (const char *folder,
                      const char *id)
{
  return g_build_filename (folder, id, "blobs", NULL);
}

static void
prune_blobs (const char *blobs,
             gint64      time_ns)
{
  g_autoptr(GPtrArray) digests = leyden_blobs_list (blobs);
  GStatBuf info;

  for (guint i = 0; i < digests->len; i++)
    {
      g_autofree char *path = leyden_blobs_path (blobs, digests->pdata[i]);

      if (g_lstat (path, &info) == 0 && info.st_mtime < time_ns / G_GINT64_CONSTANT (1000000000))
        g_unlink (path);
    }
}

void
leyden_archive_prune (const char *folder,
                      const char *id,
                      guint64     number,
                      gint64      time_ns)
{
  g_autofree char *path = leyden_archive_path (folder, id);
  g_autofree char *blobs = leyden_archive_blobs (folder, id);
  g_autoptr(GPtrArray) names = list_files (path);

  for (guint i = 0; i + 1 < names->len && first_of (names->pdata[i + 1]) <= number; i++)
    {
      g_autofree char *file = g_build_filename (path, names->pdata[i], NULL);
      g_unlink (file);
    }
  prune_blobs (blobs, time_ns);
}

void
leyden_archive_count (const char *folder,
                      const char *id,
                      guint64    *n_files,
                      guint64    *n_bytes)
{
  g_autofree char *path = leyden_archive_path (folder, id);
  g_autoptr(GPtrArray) names = list_files (path);
  GStatBuf info;

  *n_files = names->len;
  *n_bytes = 0;
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, names->pdata[i], NULL);

      if (g_lstat (file, &info) == 0)
        *n_bytes += (guint64) info.st_size;
    }
}

/* --- taking --- */

static gboolean
note_last (const LeydenCommit *commit,
           gpointer            data,
           GError            **error)
{
  *(LeydenStamp *) data = commit->stamp;
  return TRUE;
}

/* The last commit of the last file. A file that is damaged is left behind: what comes is kept, and the gap is found when it is read. */
static void
find_last (LeydenArchive *self)
{
  g_autoptr(GPtrArray) names = list_files (self->path);

  if (names->len > 0)
    read_file (self->path, names->pdata[names->len - 1], note_last, &self->last, NULL);
}

/* Which database it is, and what its archive has. */
static gboolean
identify (LeydenArchive *self,
          const char    *folder,
          LeydenSql     *sql,
          GError       **error)
{
  g_free (self->id);
  g_free (self->path);
  self->path = NULL;
  self->id = leyden_sql_get_text (sql, "SELECT id FROM store", error);
  if (self->id == NULL)
    return FALSE;
  if (strlen (self->id) != 32 || strspn (self->id, "0123456789abcdef") != 32)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The database’s id cannot be"));
      return FALSE;
    }
  self->path = leyden_archive_path (folder, self->id);
  if (g_mkdir_with_parents (self->path, 0700) != 0)
    return fail_errno (self->path, errno, error);
  self->last = (LeydenStamp) { .number = 0 };
  find_last (self);
  return TRUE;
}

LeydenArchive *
leyden_archive_open (const char *folder,
                     LeydenSql  *sql,
                     GError    **error)
{
  g_autoptr(LeydenArchive) self = g_new0 (LeydenArchive, 1);
  gint64 page = 0, number = 0;

  if (!identify (self, folder, sql, error)
      || !leyden_sql_get_int (sql, "SELECT rootpage FROM sqlite_schema WHERE name = 'store'", &page, error)
      || !leyden_sql_get_int (sql, "SELECT n_commits FROM store", &number, error))
    return NULL;
  self->stamp_page = (guint32) page;
  /* The archive knows a future of this database: an older copy was laid in its place, or a power cut took what was not synced. What comes
   * now is another one, so the database gets another id and the archive another folder. */
  if (number < (gint64) MIN (self->last.number, G_MAXINT64)
      && (!leyden_sql_exec (sql, "UPDATE store SET id = lower (hex (randomblob (16))), n_commits = n_commits + 1", error)
          || !identify (self, folder, sql, error)))
    return NULL;
  return g_steal_pointer (&self);
}

void
leyden_archive_free (LeydenArchive *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->file, g_byte_array_unref);
  g_free (self->path);
  g_free (self->id);
  g_free (self);
}

LeydenStamp
leyden_archive_get_last (LeydenArchive *self)
{
  return self->last;
}

/* A commit that did not count itself could have the number of the file before; nothing is ever written over. */
static char *
free_name (LeydenArchive *self)
{
  guint64 number = self->first;

  while (TRUE)
    {
      g_autofree char *name = g_strdup_printf (PREFIX "%020" PRIu64, number++);
      g_autofree char *path = g_build_filename (self->path, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&name);
    }
}

static gboolean
end_file (LeydenArchive *self,
          GError       **error)
{
  g_autofree char *name = NULL;

  if (self->file->len == 0)
    return TRUE;
  name = free_name (self);
  if (!write_file (self->path, name, self->file->data, self->file->len, error))
    return FALSE;
  self->last = self->pending;
  g_byte_array_set_size (self->file, 0);
  return TRUE;
}

/* Takes the oldest files away while all together are too long. */
static void
limit_size (LeydenArchive *self,
            LeydenSql     *sql)
{
  g_autoptr(GPtrArray) names = list_files (self->path);
  guint64 total = 0, limit = MIN_LIMIT;
  gint64 n_pages, page_size;
  guint i = names->len;
  GStatBuf info;

  if (leyden_sql_get_int (sql, "PRAGMA page_count", &n_pages, NULL) && leyden_sql_get_int (sql, "PRAGMA page_size", &page_size, NULL))
    limit = MAX (limit, (guint64) (n_pages * page_size) * DATABASES);
  for (; i > 0; i--)
    {
      g_autofree char *file = g_build_filename (self->path, names->pdata[i - 1], NULL);

      total += g_lstat (file, &info) == 0 ? (guint64) info.st_size : 0;
      if (total > limit && i < names->len)
        g_unlink (file);
    }
}

typedef struct
{
  LeydenArchive   *archive;
  LeydenLogCursor *cursor;              /* where the reading is */
} Taking;

static gboolean
take_commit (const LeydenCommit *commit,
             gpointer            data,
             GError            **error)
{
  Taking *taking = data;
  LeydenArchive *self = taking->archive;

  if (commit->stamp.number <= self->last.number)
    return TRUE;
  if (self->file->len > MAX_FILE)
    {
      if (!end_file (self, error))
        return FALSE;
      self->cursor = *taking->cursor;
    }
  if (self->file->len == 0)
    {
      leyden_frames_write_header (self->file, commit->page_size, self->id);
      self->first = commit->stamp.number;
    }
  leyden_frames_write_commit (self->file, commit);
  self->pending = commit->stamp;
  return TRUE;
}

/* Through SQLite's own file, so that what is read is what its VFS has. */
static gboolean
read_log (guint8  *buffer,
          gsize    size,
          gint64   offset,
          gpointer data)
{
  sqlite3_file *file = data;

  return file->pMethods->xRead (file, buffer, (int) size, offset) == SQLITE_OK;
}

gboolean
leyden_archive_take (LeydenArchive *self,
                     LeydenSql     *sql,
                     GError       **error)
{
  LeydenLogCursor cursor = self->cursor;
  LeydenStamp before = self->last;
  Taking taking = { self, &cursor };
  sqlite3_file *file = NULL;
  gint64 position;
  gboolean ok;

  /* The log is opened by the first question. */
  if (!leyden_sql_get_int (sql, "SELECT last_position FROM store", &position, error))
    return FALSE;
  if (sqlite3_file_control (sql->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK || file == NULL || file->pMethods == NULL)
    return TRUE;
  self->file = g_byte_array_new ();
  ok = leyden_log_read (&cursor, read_log, file, self->stamp_page, take_commit, &taking, error) && end_file (self, error);
  if (ok)
    self->cursor = cursor;
  if (self->last.number != before.number)
    limit_size (self, sql);
  g_clear_pointer (&self->file, g_byte_array_unref);
  return ok;
}
