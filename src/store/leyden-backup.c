/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a backup: archive on, a snapshot copied, blobs copied, the copy opened and checked, the manifest; the copy gets its name last. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-backup.h"

#include "leyden-blobs.h"
#include "leyden-copy.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FORMAT 1
/* A manifest is small. */
#define MAX_MANIFEST (1024 * 1024)

typedef struct
{
  char *path;
  char *temporary;
  char *blobs;
  char *manifest;
} Names;

static void
names_init (Names      *self,
            const char *path)
{
  self->path = g_canonicalize_filename (path, NULL);
  self->temporary = g_strconcat (self->path, ".new", NULL);
  self->blobs = g_strconcat (self->path, "-blobs", NULL);
  self->manifest = g_strconcat (self->path, ".json", NULL);
}

static void
names_clear (Names *self)
{
  g_free (self->path);
  g_free (self->temporary);
  g_free (self->blobs);
  g_free (self->manifest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Names, names_clear)

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
  else if (code == ENOENT)
    kind = LEYDEN_STORE_ERROR_NOT_FOUND;
  g_set_error (error, LEYDEN_STORE_ERROR, kind, "%s: %s", shown, g_strerror (code));
  return FALSE;
}

gboolean
leyden_backup_check_free (const char *path,
                          GError    **error)
{
  static const char * const endings[] = { "", "-blobs", ".json", "-wal" };
  GStatBuf info;

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *each = g_strconcat (path, endings[i], NULL);
      g_autofree char *shown = leyden_text_path (each);

      if (g_lstat (each, &info) != 0)
        continue;
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT, _("%s is there already; nothing is written over"), shown);
      return FALSE;
    }
  return TRUE;
}

/* --- the copy --- */

gboolean
leyden_backup_read_stamp (LeydenSql   *sql,
                          LeydenStamp *out,
                          GError     **error)
{
  g_autofree char *id = leyden_sql_get_text (sql, "SELECT id FROM store", error);
  gint64 number, position;

  if (id == NULL || !leyden_sql_get_int (sql, "SELECT n_commits FROM store", &number, error)
      || !leyden_sql_get_int (sql, "SELECT committed_ns FROM store", &out->time_ns, error)
      || !leyden_sql_get_int (sql, "SELECT last_position FROM store", &position, error))
    return FALSE;
  g_strlcpy (out->id, id, sizeof out->id);
  out->number = (guint64) MAX (number, 0);
  out->position = (guint64) MAX (position, 0);
  return TRUE;
}

static gboolean
make_empty (const char *path,
            GError    **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    return fail_errno (path, errno, error);
  close (fd);
  return TRUE;
}

/* Said before hours of copying. */
static gboolean
check_space (const Names *names,
             LeydenSql   *sql,
             GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (names->path);
  g_autofree char *shown = leyden_text_path (folder);
  g_autofree char *needed = NULL;
  g_autofree char *free_text = NULL;
  struct statvfs info;
  gint64 n_pages, page_size;
  guint64 available;

  if (!leyden_sql_get_int (sql, "PRAGMA page_count", &n_pages, error) || !leyden_sql_get_int (sql, "PRAGMA page_size", &page_size, error))
    return FALSE;
  if (statvfs (folder, &info) != 0)
    return TRUE;
  available = (guint64) info.f_bavail * info.f_frsize;
  if (available >= (guint64) (n_pages * page_size))
    return TRUE;
  needed = g_format_size ((guint64) (n_pages * page_size));
  free_text = g_format_size (available);
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FULL, _("%s: the backup needs %s, only %s are free"), shown, needed, free_text);
  return FALSE;
}

static gboolean
copy_snapshot (LeydenSqliteFile *file,
               const Names      *names,
               LeydenStamp      *stamp,
               GCancellable     *cancellable,
               GError          **error)
{
  g_autoptr(LeydenSql) sql = leyden_sqlite_file_open_reader (file, error);

  /* The transaction holds what the stamp says until the copy is made. */
  return sql != NULL && leyden_sql_exec (sql, "BEGIN", error) && leyden_backup_read_stamp (sql, stamp, error) && check_space (names, sql, error)
         && make_empty (names->temporary, error) && leyden_copy_database (sql, names->temporary, cancellable, error);
}

/* Blobs that are damaged or went missing are found by the check of the copy, which says whether anything needs them. */
static gboolean
copy_blobs (const char   *from,
            const char   *to,
            const char   *like,
            GCancellable *cancellable,
            GError      **error)
{
  g_autoptr(GPtrArray) digests = leyden_blobs_list (from);

  for (guint i = 0; i < digests->len; i++)
    {
      g_autoptr(GError) local = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (leyden_blobs_copy (from, to, like, digests->pdata[i], &local) || g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT)
          || g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
        continue;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

LeydenValue *
leyden_backup_inspect (const char   *path,
                       const char   *blobs,
                       GCancellable *cancellable,
                       GError      **error)
{
  g_autoptr(LeydenMigrations) migrations = leyden_migrations_load (error);
  g_autoptr(LeydenSqliteFile) file = NULL;
  g_autoptr(LeydenSql) sql = NULL;
  LeydenReadContext context = { NULL, NULL };
  guint n_skipped = 0;

  if (migrations != NULL)
    file = leyden_sqlite_file_open (path, LEYDEN_STORE_OPEN_READ_ONLY, migrations, error);
  if (file == NULL || !(sql = leyden_sqlite_file_open_reader (file, error)))
    return NULL;
  context.blobs = blobs ? blobs : file->blobs;
  context.n_skipped = &n_skipped;
  return leyden_read_inspect (sql, &context, file->path, file->notice, cancellable, error);
}

/* --- the manifest --- */

static void
copy_member (LeydenValueBuilder *b,
             LeydenValue        *from,
             const char         *key)
{
  leyden_value_builder_set (b, key, leyden_value_get_member (from, key));
}

static void
add_counts (LeydenValueBuilder *b,
            LeydenValue        *found)
{
  static const char * const keys[] = { "runs", "rollouts", "segments", "records", "last_position", "documents" };

  leyden_value_builder_key (b, "counts");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    copy_member (b, found, keys[i]);
  leyden_value_builder_end (b);
}

static void
add_check (LeydenValueBuilder *b,
           LeydenValue        *found,
           gint64              took_us)
{
  leyden_value_builder_key (b, "check");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "checked", leyden_time_now_ns ());
  leyden_value_builder_set_int (b, "took_ms", took_us / 1000);
  copy_member (b, found, "sound");
  copy_member (b, found, "problems");
  leyden_value_builder_end (b);
}

static LeydenValue *
make_manifest (LeydenSqliteFile  *file,
               const LeydenStamp *stamp,
               const char        *archive,
               const char        *sha256,
               LeydenValue       *found,
               gint64             took_us)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "leyden_backup", FORMAT);
  leyden_value_builder_set_string (&b, "id", stamp->id);
  copy_member (&b, found, "version");
  leyden_value_builder_set_string (&b, "database", file->path);
  leyden_value_builder_set_string (&b, "archive", archive);
  leyden_value_builder_set_int (&b, "made", leyden_time_now_ns ());
  leyden_value_builder_set_int (&b, "commit", (gint64) stamp->number);
  leyden_value_builder_set_int (&b, "committed", stamp->time_ns);
  leyden_value_builder_set_int (&b, "position", (gint64) stamp->position);
  copy_member (&b, found, "size");
  leyden_value_builder_set_string (&b, "sha256", sha256);
  copy_member (&b, found, "blobs");
  copy_member (&b, found, "blobs_size");
  add_counts (&b, found);
  add_check (&b, found, took_us);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
write_manifest (const Names *names,
                LeydenValue *manifest,
                GError     **error)
{
  g_autofree char *text = leyden_json_write (manifest, LEYDEN_JSON_PRETTY);
  g_autoptr(GError) local = NULL;

  if (g_file_set_contents_full (names->manifest, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &local))
    return TRUE;
  g_set_error (error, LEYDEN_STORE_ERROR, g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? LEYDEN_STORE_ERROR_FULL : LEYDEN_STORE_ERROR_FAILED,
               "%s", local->message);
  return FALSE;
}

LeydenValue *
leyden_backup_read_manifest (const char *backup,
                             GError    **error)
{
  g_autofree char *path = g_strconcat (backup, ".json", NULL);
  g_autofree char *shown = leyden_text_path (path);
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;
  GStatBuf info;
  gsize length;
  gint64 format;

  if (g_stat (path, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > MAX_MANIFEST || !g_file_get_contents (path, &text, &length, NULL))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("%s: there is no manifest of a backup"), shown);
      return NULL;
    }
  value = leyden_json_parse (text, (gssize) length, NULL, NULL);
  format = leyden_value_get_member_int (value, "leyden_backup", 0);
  if (format == FORMAT)
    return g_steal_pointer (&value);
  if (format > FORMAT)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NEWER, _("%s: made by a newer Leyden: its format is %" PRId64 ", this program knows %d"),
                 shown, format, FORMAT);
  else
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("%s: not the manifest of a backup"), shown);
  return NULL;
}

/* --- all of it --- */

static void
remove_folder (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
leyden_backup_remove (const char *backup)
{
  g_auto(Names) names = { NULL, };

  names_init (&names, backup);
  g_unlink (names.path);
  g_unlink (names.temporary);
  g_unlink (names.manifest);
  remove_folder (names.blobs);
}

/* From here on nothing of what is committed is lost to the archive. A backup without one is still a backup. */
static char *
start_archive (LeydenSqliteFile          *file,
               LeydenWriter              *writer,
               const LeydenBackupOptions *options)
{
  g_autofree char *there = leyden_archive_find (file->path);
  g_autofree char *beside = g_strconcat (file->path, "-archive", NULL);
  const char *wanted = options->archive ? options->archive : there ? there : beside;
  g_autofree char *folder = g_canonicalize_filename (wanted, NULL);

  if (writer == NULL || file->temporary != NULL || !leyden_archive_mark (file->path, folder, NULL)
      || !leyden_writer_set_archive (writer, folder, NULL))
    return NULL;
  return g_steal_pointer (&folder);
}

static LeydenValue *
finish_copy (LeydenSqliteFile          *file,
             const Names               *names,
             const LeydenBackupOptions *options,
             const LeydenStamp         *stamp,
             const char                *archive,
             GCancellable              *cancellable,
             GError                   **error)
{
  g_autofree char *like = options->like ? g_strconcat (options->like, "-blobs", NULL) : NULL;
  g_autofree char *folder = g_path_get_dirname (names->path);
  g_autofree char *sha256 = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(LeydenValue) manifest = NULL;
  gint64 start_us;

  if (!copy_blobs (file->blobs, names->blobs, like, cancellable, error))
    return NULL;
  if (!leyden_copy_sync (names->temporary))
    {
      fail_errno (names->temporary, errno, error);
      return NULL;
    }
  start_us = g_get_monotonic_time ();
  found = leyden_backup_inspect (names->temporary, names->blobs, cancellable, error);
  if (found == NULL || !(sha256 = leyden_copy_digest (names->temporary, error)))
    return NULL;
  manifest = make_manifest (file, stamp, archive, sha256, found, g_get_monotonic_time () - start_us);
  if (!write_manifest (names, manifest, error))
    return NULL;
  if (g_rename (names->temporary, names->path) != 0)
    {
      fail_errno (names->path, errno, error);
      return NULL;
    }
  return leyden_blobs_sync_folder (folder, error) ? g_steal_pointer (&manifest) : NULL;
}

LeydenValue *
leyden_backup_make (LeydenSqliteFile          *file,
                    LeydenWriter              *writer,
                    const LeydenBackupOptions *options,
                    GCancellable              *cancellable,
                    GError                   **error)
{
  g_auto(Names) names = { NULL, };
  g_autofree char *folder = NULL;
  g_autofree char *archive = NULL;
  LeydenStamp stamp = { .number = 0 };
  LeydenValue *manifest = NULL;

  names_init (&names, options->path);
  folder = g_path_get_dirname (names.path);
  if (!leyden_backup_check_free (names.path, error))
    return NULL;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      fail_errno (folder, errno, error);
      return NULL;
    }
  archive = start_archive (file, writer, options);
  if (copy_snapshot (file, &names, &stamp, cancellable, error))
    manifest = finish_copy (file, &names, options, &stamp, archive, cancellable, error);
  if (manifest == NULL)
    leyden_backup_remove (names.path);
  return manifest;
}
