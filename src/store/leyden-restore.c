/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Restoring: the backup is copied; archived commits are laid over it, page by page, up to the point that is asked for; of the last one, what came
 * after a position is taken away again; the result is checked, gets a new id, its blobs, and at last its name. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-backup.h"

#include "leyden-blob-marks.h"
#include "leyden-blobs.h"
#include "leyden-copy.h"
#include "leyden-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  const LeydenRestoreOptions *options;
  GCancellable *cancellable;
  LeydenValue  *manifest;       /* nullable */
  char         *out;            /* its name in the end */
  char         *path;           /* until then */
  char         *before;         /* the database one commit earlier; made only for a cut */
  char         *archive;        /* nullable */
  int           fd;             /* of @path while commits are applied, −1 */
  LeydenStamp   stamp;          /* of what @path is */
  guint64       n_commits;
  gboolean      reached;        /* the point */
  gint64        n_cut;
  GString      *notice;         /* nullable */
} Restore;

static void
restore_clear (Restore *self)
{
  if (self->fd >= 0)
    close (self->fd);
  if (self->path != NULL)
    g_unlink (self->path);
  if (self->before != NULL)
    g_unlink (self->before);
  g_clear_pointer (&self->manifest, leyden_value_unref);
  g_free (self->out);
  g_free (self->path);
  g_free (self->before);
  g_free (self->archive);
  if (self->notice != NULL)
    g_string_free (self->notice, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Restore, restore_clear)

static gboolean
fail_errno (const char *path,
            int         code,
            GError    **error)
{
  g_autofree char *shown = leyden_text_path (path);

  g_set_error (error, LEYDEN_STORE_ERROR, code == ENOSPC || code == EDQUOT ? LEYDEN_STORE_ERROR_FULL : LEYDEN_STORE_ERROR_FAILED, "%s: %s", shown,
               g_strerror (code));
  return FALSE;
}

/* To the microsecond, so that what is said can be given back as a point. */
static char *
format_time (gint64 ns)
{
  g_autoptr(GDateTime) second = g_date_time_new_from_unix_utc (ns / G_GINT64_CONSTANT (1000000000));
  g_autoptr(GDateTime) time = second ? g_date_time_add (second, ns % G_GINT64_CONSTANT (1000000000) / 1000) : NULL;

  return time ? g_date_time_format_iso8601 (time) : g_strdup ("?");
}

static void
add_notice (Restore    *self,
            const char *text)
{
  if (self->notice == NULL)
    self->notice = g_string_new (NULL);
  if (self->notice->len > 0)
    g_string_append_c (self->notice, ' ');
  g_string_append (self->notice, text);
}

/* --- the copy of the backup --- */

/* A manifest is only needed for going forward; a plain copy of a database can be restored as it is. */
static gboolean
read_manifest (Restore *self,
               GError **error)
{
  const LeydenRestoreOptions *options = self->options;
  g_autoptr(GError) local = NULL;

  self->manifest = leyden_backup_read_manifest (options->backup, &local);
  if (self->manifest == NULL && (options->point != LEYDEN_RESTORE_AS_IT_IS || !g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND)))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  self->archive = g_strdup (options->archive ? options->archive : leyden_value_get_member_string (self->manifest, "archive", NULL));
  return TRUE;
}

static gboolean
check_digest (Restore *self,
              GError **error)
{
  const char *expected = leyden_value_get_member_string (self->manifest, "sha256", NULL);
  g_autofree char *found = NULL;
  g_autofree char *shown = NULL;

  if (expected == NULL)
    return TRUE;
  found = leyden_copy_digest (self->path, error);
  if (found == NULL || g_str_equal (found, expected))
    return found != NULL;
  shown = leyden_text_path (self->options->backup);
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("%s: the backup was changed after it was made: its SHA-256 is %s, not %s"), shown,
               found, expected);
  return FALSE;
}

/* What the copy says of itself; refuses what is newer or not ours. */
static gboolean
look_at_copy (Restore *self,
              guint   *version,
              GError **error)
{
  g_autofree char *uri = leyden_sql_uri (self->path, "immutable=1");
  g_autoptr(LeydenMigrations) migrations = leyden_migrations_load (error);
  g_autoptr(LeydenSql) sql = migrations ? leyden_sql_open (uri, SQLITE_OPEN_READONLY, error) : NULL;
  g_autofree char *shown = leyden_text_path (self->options->backup);
  gint64 id, number;

  if (sql == NULL || !leyden_sql_get_int (sql, "PRAGMA application_id", &id, error)
      || !leyden_sql_get_int (sql, "PRAGMA user_version", &number, error))
    {
      g_prefix_error (error, "%s: ", shown);
      return FALSE;
    }
  if (id != LEYDEN_SQL_APPLICATION_ID || number < 1)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE, _("%s: not a Leyden database"), shown);
      return FALSE;
    }
  if (number > (gint64) leyden_migrations_get_latest (migrations))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NEWER,
                   _("%s: made by a newer Leyden: its version is %" PRId64 ", this program knows %u"), shown, number,
                   leyden_migrations_get_latest (migrations));
      return FALSE;
    }
  *version = (guint) number;
  if (self->manifest == NULL)
    return TRUE;
  return leyden_backup_read_stamp (sql, &self->stamp, error);
}

/* --- commits over it --- */

static gboolean
write_whole (int           fd,
             const guint8 *bytes,
             gsize         size,
             gint64        offset)
{
  while (size > 0)
    {
      gssize n = pwrite (fd, bytes, size, offset);

      if (n < 0 && errno != EINTR)
        return FALSE;
      bytes += MAX (n, 0);
      offset += MAX (n, 0);
      size -= (gsize) MAX (n, 0);
    }
  return TRUE;
}

static gboolean
apply_pages (Restore            *self,
             const LeydenCommit *commit,
             GError            **error)
{
  const guint8 *at = commit->frames;

  for (guint32 i = 0; i < commit->n_frames; i++)
    {
      guint32 page;

      memcpy (&page, at, 4);
      page = GUINT32_FROM_LE (page);
      /* A page behind the end was cut off by the commit itself. */
      if (page == 0
          || (page <= commit->n_pages && !write_whole (self->fd, at + 4, commit->page_size, (gint64) (page - 1) * commit->page_size)))
        return fail_errno (self->path, page == 0 ? EINVAL : errno, error);
      at += 4 + commit->page_size;
    }
  if (ftruncate (self->fd, (off_t) commit->n_pages * commit->page_size) != 0)
    return fail_errno (self->path, errno, error);
  self->stamp.number = commit->stamp.number;
  self->stamp.time_ns = commit->stamp.time_ns;
  self->stamp.position = commit->stamp.position;
  self->n_commits++;
  return TRUE;
}

/* Whether @commit is still wanted; notes when it is the last. */
static gboolean
is_wanted (Restore            *self,
           const LeydenCommit *commit)
{
  switch (self->options->point)
    {
    case LEYDEN_RESTORE_TIME:
      self->reached = commit->stamp.time_ns > self->options->value;
      return !self->reached;
    case LEYDEN_RESTORE_POSITION:
      self->reached = commit->stamp.position >= (guint64) self->options->value;
      return TRUE;
    case LEYDEN_RESTORE_COMMIT:
      self->reached = commit->stamp.number >= (guint64) self->options->value;
      return TRUE;
    default:
      return TRUE;
    }
}

/* Whether it must be reached exactly, and is from the start. */
static gboolean
is_exact (Restore  *self,
          gboolean *there)
{
  LeydenRestorePoint point = self->options->point;
  guint64 value = (guint64) self->options->value;

  *there = (point == LEYDEN_RESTORE_POSITION && self->stamp.position == value)
           || (point == LEYDEN_RESTORE_COMMIT && self->stamp.number == value);
  return point == LEYDEN_RESTORE_POSITION || point == LEYDEN_RESTORE_COMMIT;
}

/* FALSE without an error: it was enough. */
static gboolean
apply_commit (const LeydenCommit *commit,
              gpointer            data,
              GError            **error)
{
  Restore *self = data;

  if (self->reached)
    return FALSE;
  if (commit->stamp.number <= self->stamp.number)
    return TRUE;
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (commit->stamp.number != self->stamp.number + 1)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("The archive has a gap: commit %" PRIu64 " is missing, the next is %" PRIu64),
                   self->stamp.number + 1, commit->stamp.number);
      return FALSE;
    }
  if (!is_wanted (self, commit))
    return FALSE;
  /* What came after the position is found by what was there before. */
  if (self->options->point == LEYDEN_RESTORE_POSITION && commit->stamp.position > (guint64) self->options->value
      && !leyden_copy_file (self->path, self->before, error))
    return FALSE;
  return apply_pages (self, commit, error) && !self->reached;
}

static gboolean
read_log_file (guint8  *buffer,
               gsize    size,
               gint64   offset,
               gpointer data)
{
  return pread (GPOINTER_TO_INT (data), buffer, size, offset) == (gssize) size;
}

static gboolean
apply_logged (const LeydenCommit *commit,
              gpointer            data,
              GError            **error)
{
  Restore *self = data;

  /* The log of another database, or of this one after another restoring. */
  if (!g_str_equal (commit->stamp.id, self->stamp.id))
    return TRUE;
  return apply_commit (commit, data, error);
}

/* What the original has committed and not yet archived: its log lies beside it, also when its process was killed. */
static gboolean
apply_log (Restore *self,
           GError **error)
{
  const char *database = leyden_value_get_member_string (self->manifest, "database", NULL);
  g_autofree char *path = database ? g_strconcat (database, "-wal", NULL) : NULL;
  g_autofree char *uri = leyden_sql_uri (self->path, "immutable=1");
  g_autoptr(LeydenSql) sql = NULL;
  LeydenLogCursor cursor = { { 0 } };
  GError *local = NULL;
  gint64 page = 0;
  gboolean ok;
  int fd = path ? open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

  if (fd < 0)
    return TRUE;
  cursor.stamp = self->stamp;
  sql = leyden_sql_open (uri, SQLITE_OPEN_READONLY, error);
  ok = sql != NULL && leyden_sql_get_int (sql, "SELECT rootpage FROM sqlite_schema WHERE name = 'store'", &page, error);
  g_clear_pointer (&sql, leyden_sql_close);
  if (ok)
    leyden_log_read (&cursor, read_log_file, GINT_TO_POINTER (fd), (guint32) page, apply_logged, self, &local);
  close (fd);
  if (local != NULL)
    g_propagate_error (error, local);
  return ok && local == NULL;
}

/* The point lies before the backup. */
static gboolean
check_not_before (Restore *self,
                  GError **error)
{
  const LeydenRestoreOptions *options = self->options;
  g_autofree char *time = format_time (self->stamp.time_ns + 999);

  if ((options->point == LEYDEN_RESTORE_TIME && options->value < self->stamp.time_ns)
      || (options->point == LEYDEN_RESTORE_POSITION && (guint64) options->value < self->stamp.position)
      || (options->point == LEYDEN_RESTORE_COMMIT && (guint64) options->value < self->stamp.number))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND,
                   _("The backup is of %s (position %" PRIu64 "), which is after that; take an earlier one"), time, self->stamp.position);
      return FALSE;
    }
  return TRUE;
}

static void
say_end (Restore    *self,
         GError    **error)
{
  g_autofree char *time = format_time (self->stamp.time_ns);

  if (*error != NULL)
    g_prefix_error (error, _("Only until %s (position %" PRIu64 ") everything is there: "), time, self->stamp.position);
  else
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("What was archived ends at %s (position %" PRIu64 ")"), time,
                 self->stamp.position);
}

/* One that is elsewhere, or on a disk that is not there now, would pass for one in which nothing happened. */
static gboolean
read_archive (Restore *self,
              GError **error)
{
  g_autofree char *path = self->archive ? leyden_archive_path (self->archive, self->stamp.id) : NULL;
  g_autofree char *shown = NULL;

  if (path == NULL)
    return TRUE;
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return leyden_archive_read (self->archive, self->stamp.id, self->stamp.number, apply_commit, self, error);
  shown = leyden_text_path (path);
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("The archive %s is not there"), shown);
  return FALSE;
}

static gboolean
apply_archive (Restore *self,
               GError **error)
{
  gboolean exact, ok;

  if (!check_not_before (self, error))
    return FALSE;
  exact = is_exact (self, &self->reached);
  self->fd = open (self->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (self->fd < 0)
    return fail_errno (self->path, errno, error);
  ok = (self->reached || read_archive (self, error))
       && (self->reached || apply_log (self, error));
  /* A later time than the last commit is the last commit: nothing else was done until then. */
  if (!ok || (exact && !self->reached))
    {
      if (error != NULL && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        say_end (self, error);
      return FALSE;
    }
  if (self->archive == NULL)
    add_notice (self, _("Nothing was archived after this backup."));
  close (self->fd);
  self->fd = -1;
  return TRUE;
}

static gboolean
cut (Restore *self,
     GError **error)
{
  if (self->options->point != LEYDEN_RESTORE_POSITION || self->stamp.position <= (guint64) self->options->value)
    return TRUE;
  if (!leyden_restore_cut (self->path, self->before, (guint64) self->options->value, &self->n_cut, error))
    return FALSE;
  self->stamp.position = (guint64) self->options->value;
  return TRUE;
}

/* --- the end --- */

static gboolean
settle (Restore *self,
        GError **error)
{
  g_autofree char *uri = leyden_sql_uri (self->path, NULL);
  g_autoptr(LeydenSql) sql = leyden_sql_open (uri, SQLITE_OPEN_READWRITE, error);

  /* The original's archive and log are not this database's, which goes another way from here. */
  return sql != NULL && leyden_sql_exec (sql, "PRAGMA journal_mode = DELETE", error)
         && leyden_sql_exec (sql, "UPDATE store SET id = lower (hex (randomblob (16)))", error);
}

/* Blobs that the database names, from the backup, the archive, or the original. */
static gboolean
fetch_blobs (Restore *self,
             guint   *n_fetched,
             guint   *n_missing,
             GError **error)
{
  const char *database = leyden_value_get_member_string (self->manifest, "database", NULL);
  const char *id = leyden_value_get_member_string (self->manifest, "id", "");
  g_autofree char *beside = g_strconcat (self->options->backup, "-blobs", NULL);
  g_autofree char *archived = self->archive ? g_build_filename (self->archive, id, "blobs", NULL) : NULL;
  g_autofree char *original = database ? g_strconcat (database, "-blobs", NULL) : NULL;
  g_autofree char *to = g_strconcat (self->out, "-blobs", NULL);
  const char *places[] = { beside, archived, original };
  g_autofree char *uri = leyden_sql_uri (self->path, "immutable=1");
  g_autoptr(LeydenSql) sql = leyden_sql_open (uri, SQLITE_OPEN_READONLY, error);
  g_autoptr(GHashTable) named = NULL;
  gboolean any = TRUE;

  /* A blob may name others: again until nothing new is found. */
  for (guint before = 0; sql != NULL && any; before = *n_fetched)
    {
      GHashTableIter iter;
      gpointer sha256;

      g_clear_pointer (&named, g_hash_table_unref);
      named = leyden_blob_marks (sql, to, self->cancellable, error);
      if (named == NULL)
        return FALSE;
      *n_fetched = *n_missing = 0;
      g_hash_table_iter_init (&iter, named);
      while (g_hash_table_iter_next (&iter, &sha256, NULL))
        {
          g_autoptr(GError) local = NULL;
          gboolean found = FALSE;

          for (guint i = 0; !found && i < G_N_ELEMENTS (places); i++)
            {
              g_clear_error (&local);
              found = places[i] != NULL && leyden_blobs_copy (places[i], to, NULL, sha256, &local);
              if (g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FULL))
                {
                  g_propagate_error (error, g_steal_pointer (&local));
                  return FALSE;
                }
            }
          *n_fetched += found;
          *n_missing += !found;
        }
      any = *n_fetched > before;
    }
  return sql != NULL;
}

static LeydenValue *
describe (Restore     *self,
          LeydenValue *found,
          guint        n_fetched,
          guint        n_missing)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "database", self->out);
  leyden_value_builder_set_int (&b, "commit", (gint64) self->stamp.number);
  leyden_value_builder_set_int (&b, "time", self->stamp.time_ns);
  leyden_value_builder_set_int (&b, "position", (gint64) self->stamp.position);
  leyden_value_builder_set_int (&b, "commits", (gint64) self->n_commits);
  leyden_value_builder_set_int (&b, "records_cut", self->n_cut);
  leyden_value_builder_set_int (&b, "blobs", n_fetched);
  leyden_value_builder_set_int (&b, "names_without_blob", n_missing);
  leyden_value_builder_set (&b, "runs", leyden_value_get_member (found, "runs"));
  leyden_value_builder_set (&b, "rollouts", leyden_value_get_member (found, "rollouts"));
  leyden_value_builder_set (&b, "records", leyden_value_get_member (found, "records"));
  leyden_value_builder_set_boolean (&b, "sound", found == NULL || leyden_value_get_member_boolean (found, "sound", FALSE));
  leyden_value_builder_set (&b, "problems", leyden_value_get_member (found, "problems"));
  leyden_value_builder_set_string (&b, "notice", self->notice ? self->notice->str : NULL);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* An older version is checked by SQLite alone; it goes forward when it is opened. */
static LeydenValue *
check (Restore  *self,
       guint     version,
       GError  **error)
{
  g_autofree char *blobs = g_strconcat (self->out, "-blobs", NULL);
  g_autoptr(LeydenMigrations) migrations = leyden_migrations_load (error);

  if (migrations == NULL)
    return NULL;
  if (version == leyden_migrations_get_latest (migrations))
    return leyden_backup_inspect (self->path, blobs, self->cancellable, error);
  add_notice (self, _("It is of an older version and goes forward when it is opened."));
  return leyden_copy_verify (self->path, version, error) ? leyden_value_new_null () : NULL;
}

static gboolean
prepare (Restore *self,
         guint   *version,
         GError **error)
{
  const LeydenRestoreOptions *options = self->options;
  g_autofree char *folder = NULL;
  GStatBuf info;

  self->out = g_canonicalize_filename (options->out, NULL);
  folder = g_path_get_dirname (self->out);
  if (g_stat (options->backup, &info) != 0 || !S_ISREG (info.st_mode))
    {
      g_autofree char *shown = leyden_text_path (options->backup);

      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE, _("%s: there is no such backup"), shown);
      return FALSE;
    }
  if (!leyden_backup_check_free (self->out, error))
    return FALSE;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    return fail_errno (folder, errno, error);
  if (!read_manifest (self, error))
    return FALSE;
  self->path = g_strconcat (self->out, ".new", NULL);
  self->before = g_strconcat (self->out, ".before", NULL);
  g_unlink (self->path);
  g_unlink (self->before);
  return leyden_copy_file (options->backup, self->path, error) && check_digest (self, error) && look_at_copy (self, version, error);
}

LeydenValue *
leyden_backup_restore (const LeydenRestoreOptions *options,
                       GCancellable               *cancellable,
                       GError                    **error)
{
  g_auto(Restore) self = { .options = options, .cancellable = cancellable, .fd = -1 };
  g_autofree char *folder = NULL;
  g_autoptr(LeydenValue) found = NULL;
  guint version = 0, n_fetched = 0, n_missing = 0;
  GError *local = NULL;

  if (!prepare (&self, &version, error))
    return NULL;
  folder = g_path_get_dirname (self.out);
  if ((options->point == LEYDEN_RESTORE_AS_IT_IS || apply_archive (&self, &local)) && cut (&self, &local) && settle (&self, &local)
      && fetch_blobs (&self, &n_fetched, &n_missing, &local))
    found = check (&self, version, &local);
  if (found != NULL && (!leyden_copy_sync (self.path) || g_rename (self.path, self.out) != 0))
    {
      fail_errno (self.out, errno, &local);
      g_clear_pointer (&found, leyden_value_unref);
    }
  if (found == NULL || !leyden_blobs_sync_folder (folder, &local))
    {
      leyden_backup_remove (self.out);
      g_propagate_error (error, local);
      return NULL;
    }
  return describe (&self, leyden_value_is_null (found) ? NULL : found, n_fetched, n_missing);
}
