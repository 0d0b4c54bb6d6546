/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening, in this order: the header as plain bytes (nothing is made beside a foreign file); lock; a read-only look
 * (log of another database, version, schema, soundness); backup and migrations; the writing connection. A new database is made
 * whole under another name and renamed, so that at the path there is never half a one. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-open.h"

#include "leyden-blobs.h"
#include "leyden-id.h"
#include "leyden-retention.h"
#include "leyden-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Smaller databases are checked at every opening; it takes some milliseconds. Larger ones only after an unclean end. */
#define CHECK_MAX_BYTES  (4 * 1024 * 1024)
#define CHECK_MAX_UNCLEAN_BYTES (256 * 1024 * 1024)
#define HEADER_SIZE 100

typedef struct
{
  gint64  size;
  guint32 application_id;
  guint32 user_version;
} Header;

static gboolean
fail (GError         **error,
      LeydenStoreError code,
      const char      *path,
      const char      *what)
{
  g_autofree char *shown = leyden_text_path (path);

  g_set_error (error, LEYDEN_STORE_ERROR, code, "%s: %s", shown, what);
  return FALSE;
}

static gboolean
fail_errno (GError    **error,
            const char *path,
            int         code)
{
  LeydenStoreError kind = LEYDEN_STORE_ERROR_FAILED;

  if (code == EACCES || code == EPERM || code == EROFS)
    kind = LEYDEN_STORE_ERROR_READ_ONLY;
  else if (code == ENOSPC || code == EDQUOT)
    kind = LEYDEN_STORE_ERROR_FULL;
  else if (code == ENOENT)
    kind = LEYDEN_STORE_ERROR_NOT_FOUND;
  return fail (error, kind, path, g_strerror (code));
}

/* The path with its folder's links followed, so that one file has one lock. */
static char *
resolve (const char *path)
{
  char *real = realpath (path, NULL);
  char *out;

  if (real == NULL)
    {
      g_autofree char *folder = g_path_get_dirname (path);
      g_autofree char *name = g_path_get_basename (path);

      real = realpath (folder, NULL);
      out = real ? g_build_filename (real, name, NULL) : g_canonicalize_filename (path, NULL);
    }
  else
    {
      out = g_strdup (real);
    }
  free (real);
  return out;
}

/* The first bytes as they are, read through SQLite's own descriptor: closing another one of the same file would drop the locks that a
 * connection of this process holds (fcntl(2), POSIX record locks). */
static gboolean
read_bytes (const char *path,
            guint8     *bytes,
            GError    **error)
{
  g_autofree char *uri = leyden_sql_uri (path, NULL);
  g_autoptr(LeydenSql) sql = leyden_sql_open (uri, SQLITE_OPEN_READONLY, error);
  sqlite3_file *file = NULL;
  int code;

  if (sql == NULL)
    return FALSE;
  code = sqlite3_file_control (sql->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK)
    code = file->pMethods->xRead (file, bytes, HEADER_SIZE, 0);
  return code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ || leyden_sql_fail (sql, code, error);
}

static gboolean
read_header (const char *path,
             Header     *out,
             GError    **error)
{
  guint8 bytes[HEADER_SIZE] = { 0 };
  GStatBuf info;

  if (g_stat (path, &info) != 0)
    return fail_errno (error, path, errno);
  if (!S_ISREG (info.st_mode))
    return fail (error, LEYDEN_STORE_ERROR_NOT_A_DATABASE, path, _("not a Leyden database: no plain file"));
  if (info.st_size == 0)
    return fail (error, LEYDEN_STORE_ERROR_NOT_A_DATABASE, path, _("not a Leyden database: the file is empty"));
  if (!read_bytes (path, bytes, error))
    return FALSE;
  if (info.st_size < HEADER_SIZE || memcmp (bytes, "SQLite format 3", 16) != 0)
    return fail (error, LEYDEN_STORE_ERROR_NOT_A_DATABASE, path, _("not a Leyden database"));
  memcpy (&out->user_version, bytes + 60, 4);
  memcpy (&out->application_id, bytes + 68, 4);
  out->user_version = GUINT32_FROM_BE (out->user_version);
  out->application_id = GUINT32_FROM_BE (out->application_id);
  out->size = info.st_size;
  return TRUE;
}

static gboolean
check_identity (const char *path,
                gint64      application_id,
                gint64      version,
                guint       latest,
                GError    **error)
{
  g_autofree char *what = NULL;

  if (application_id != LEYDEN_SQL_APPLICATION_ID)
    {
      what = g_strdup_printf (_("not a Leyden database: its application id is 0x%08x, ours 0x%08x"),
                              (guint) application_id, LEYDEN_SQL_APPLICATION_ID);
      return fail (error, LEYDEN_STORE_ERROR_NOT_A_DATABASE, path, what);
    }
  if (version > (gint64) latest)
    {
      what = g_strdup_printf (_("made by a newer Leyden: its version is %" PRId64 ", this program knows %u"), version, latest);
      return fail (error, LEYDEN_STORE_ERROR_NEWER, path, what);
    }
  if (version < 1)
    return fail (error, LEYDEN_STORE_ERROR_CORRUPT, path, _("the database has no version"));
  return TRUE;
}

static gint64
file_size (const char *path)
{
  GStatBuf info;

  return g_stat (path, &info) == 0 ? info.st_size : -1;
}

/* A log of another database would be taken for ours page by page: every commit writes the row `store`, whose id tells. */
static gboolean
check_log_is_ours (const char *path,
                   LeydenSql  *sql,
                   GError    **error)
{
  g_autofree char *uri = leyden_sql_uri (path, "immutable=1");
  g_autoptr(LeydenSql) alone = leyden_sql_open (uri, SQLITE_OPEN_READONLY, error);
  g_autofree char *without = NULL;
  g_autofree char *with = NULL;
  g_autoptr(GError) local = NULL;

  if (alone == NULL || !(with = leyden_sql_get_text (sql, "SELECT id FROM store", error)))
    return FALSE;
  without = leyden_sql_get_text (alone, "SELECT id FROM store", &local);
  /* A checkpoint that was cut off has written some pages and not yet others: the file alone is no database until the log, which still
   * holds them all, is laid over it. There is nothing without the log then that could be preferred. */
  if (without == NULL && g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT))
    return TRUE;
  if (without == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (g_str_equal (without, with))
    return TRUE;
  return fail (error, LEYDEN_STORE_ERROR_CORRUPT, path,
               _("the file “-wal” beside it belongs to another database; nothing was changed. Move it away to open the state without it"));
}

/* Whether the write-ahead log has a header that SQLite reads; else its content is passed over. */
static gboolean
log_is_readable (const char *log)
{
  guint8 magic[4] = { 0 };
  int fd = open (log, O_RDONLY | O_CLOEXEC);
  gboolean ok = fd >= 0 && pread (fd, magic, 4, 0) == 4;

  if (fd >= 0)
    close (fd);
  return ok && magic[0] == 0x37 && magic[1] == 0x7f && magic[2] == 0x06 && (magic[3] & 0xfe) == 0x82;
}

void
leyden_sqlite_file_add_notice (LeydenSqliteFile *self,
                               const char       *text)
{
  g_autofree char *before = g_steal_pointer (&self->notice);

  self->notice = before ? g_strconcat (before, " ", text, NULL) : g_strdup (text);
}

/* "TEXT value in rollouts.reward": one row that cannot be. It is skipped and reported; the database can be used. */
static gboolean
concerns_one_row (const char *message)
{
  static const char * const kinds[] = { "NULL", "TEXT", "BLOB", "REAL", "INTEGER", "non-INTEGER", "non-REAL", "non-TEXT", "non-BLOB", "NUMERIC" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *prefix = g_strconcat (kinds[i], " value in ", NULL);

      if (g_str_has_prefix (message, prefix))
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_sound (LeydenSqliteFile *self,
             LeydenSql        *sql,
             GError          **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (sql->db, "PRAGMA quick_check", -1, &statement, NULL);
  g_autofree char *damage = NULL;
  gboolean bad_rows = FALSE;

  while (code == SQLITE_OK && damage == NULL && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *message = (const char *) sqlite3_column_text (statement, 0);

      if (message != NULL && concerns_one_row (message))
        bad_rows = TRUE;
      else if (g_strcmp0 (message, "ok") != 0)
        damage = leyden_text_escape (message ? message : "?", -1, 300);
      code = SQLITE_OK;
    }
  if (code != SQLITE_OK && code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_finalize (statement);
  if (damage != NULL)
    return fail (error, LEYDEN_STORE_ERROR_CORRUPT, self->path, damage);
  if (bad_rows)
    leyden_sqlite_file_add_notice (self, _("Some rows are damaged and are left out; an inspection names them."));
  return code == SQLITE_DONE;
}

/* NFS, SMB, CIFS, 9P: other hosts do not see our locks. */
static void
notice_network (LeydenSqliteFile *self)
{
  struct statfs info;

  if (statfs (self->path, &info) != 0)
    return;
  switch ((guint32) info.f_type)
    {
    case 0x6969: case 0x517b: case 0xff534d42: case 0xfe534d42: case 0x01021997:
      leyden_sqlite_file_add_notice (self, _("The database lies on a network folder: never open it from two computers at once."));
      break;
    default:
      break;
    }
}

LeydenSql *
leyden_sqlite_file_open_reader (LeydenSqliteFile *self,
                                GError          **error)
{
  LeydenSql *sql = leyden_sql_open (self->uri, SQLITE_OPEN_READONLY, error);

  /* Closing a reader must never move a log into the database: that is the writer's. */
  if (sql != NULL)
    sqlite3_db_config (sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  return sql;
}

/* A reader that works also in a folder where no file can be made, as long as there is no log to read. */
static LeydenSql *
open_look (LeydenSqliteFile *self,
           gboolean          read_only,
           gint64            log_size,
           GError          **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(LeydenSql) sql = leyden_sqlite_file_open_reader (self, &local);
  gint64 n;

  if (sql != NULL && leyden_sql_get_int (sql, "SELECT count (*) FROM sqlite_schema", &n, &local))
    return g_steal_pointer (&sql);
  if (read_only && log_size <= 0 && !g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT))
    {
      g_clear_pointer (&sql, leyden_sql_close);
      g_free (self->uri);
      self->uri = leyden_sql_uri (self->path, "immutable=1");
      sql = leyden_sqlite_file_open_reader (self, error);
      if (sql != NULL)
        leyden_sqlite_file_add_notice (self, _("The folder cannot be written: opened read-only, as it was at the start."));
      return g_steal_pointer (&sql);
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static gboolean
look (LeydenSqliteFile *self,
      gboolean          read_only,
      LeydenMigrations *migrations,
      gint64           *version,
      GError          **error)
{
  g_autofree char *log = g_strconcat (self->path, "-wal", NULL);
  gboolean unclean = self->lock != NULL && leyden_lock_was_unclean (self->lock);
  guint latest = leyden_migrations_get_latest (migrations);
  gint64 log_size = file_size (log);
  g_autoptr(LeydenSql) sql = NULL;
  gint64 application_id;
  Header header;

  if (!read_header (self->path, &header, error)
      || !check_identity (self->path, header.application_id, MAX (header.user_version, 1), latest, error))
    return FALSE;
  if (log_size > 0 && !log_is_readable (log))
    leyden_sqlite_file_add_notice (self, _("The write-ahead log was damaged: what stands here is the last state before it."));

  sql = open_look (self, read_only, log_size, error);
  if (sql == NULL || !leyden_sql_get_int (sql, "PRAGMA application_id", &application_id, error)
      || !leyden_sql_get_int (sql, "PRAGMA user_version", version, error)
      || !check_identity (self->path, application_id, *version, latest, error)
      || !leyden_migrations_check_schema (migrations, sql, (guint) *version, error))
    return FALSE;
  if (log_size > 0 && !check_log_is_ours (self->path, sql, error))
    return FALSE;
  if (read_only)
    return TRUE;
  return header.size > (unclean ? CHECK_MAX_UNCLEAN_BYTES : CHECK_MAX_BYTES) || check_sound (self, sql, error);
}

/* Makes a new database under another name and moves it to @path, where nothing stands. */
static gboolean
create (const char       *path,
        LeydenMigrations *migrations,
        GError          **error)
{
  g_autofree char *temporary = g_strconcat (path, ".new", NULL);
  g_autofree char *uri = leyden_sql_uri (temporary, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *set_id = g_strdup_printf ("PRAGMA application_id = %d", LEYDEN_SQL_APPLICATION_ID);
  g_autoptr(LeydenSql) sql = NULL;
  int fd = open (temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean ok;

  if (fd < 0)
    return fail_errno (error, path, errno);
  sql = leyden_sql_open (uri, SQLITE_OPEN_READWRITE, error);
  ok = sql != NULL && leyden_sql_exec (sql, set_id, error) && leyden_migrations_run (migrations, sql, 0, error)
       && leyden_sql_exec (sql, "PRAGMA journal_mode = WAL", error);
  g_clear_pointer (&sql, leyden_sql_close);
  if (ok && fsync (fd) != 0)
    ok = fail_errno (error, path, errno);
  close (fd);
  if (ok && renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) != 0
      && (errno == EEXIST || g_file_test (path, G_FILE_TEST_EXISTS) || g_rename (temporary, path) != 0))
    ok = fail_errno (error, path, errno);
  ok = ok && leyden_blobs_sync_folder (folder, error);
  if (!ok)
    g_unlink (temporary);
  return ok;
}

static LeydenSql *
open_writer (LeydenSqliteFile    *self,
             LeydenStoreOpenFlags flags,
             GError             **error)
{
  g_autoptr(LeydenSql) sql = leyden_sql_open (self->uri, SQLITE_OPEN_READWRITE, error);
  g_autofree char *mode = NULL;
  const char *sync = "FULL";

  if (sql == NULL)
    return NULL;
  /* Whatever ends the opening: a log that is not archived yet stays. The writer's thread ends it. */
  sqlite3_db_config (sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  mode = leyden_sql_get_text (sql, "PRAGMA journal_mode = WAL", error);
  if (mode == NULL)
    return NULL;
  if (!g_str_equal (mode, "wal"))
    {
      fail (error, LEYDEN_STORE_ERROR_FAILED, self->path, _("this file system cannot hold a write-ahead log"));
      return NULL;
    }
  if (sqlite3_db_readonly (sql->db, "main") == 1)
    {
      fail (error, LEYDEN_STORE_ERROR_READ_ONLY, self->path, _("the file cannot be written; it can be opened read-only"));
      return NULL;
    }
  if (self->temporary != NULL)
    sync = "OFF";               /* it is thrown away at the end */
  else if (flags & LEYDEN_STORE_OPEN_RELAXED)
    sync = "NORMAL";
  {
    g_autofree char *pragmas = g_strdup_printf ("PRAGMA synchronous = %s; PRAGMA cache_size = -16000; "
                                                "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 0", sync);
    if (!leyden_sql_exec (sql, pragmas, error))
      return NULL;
  }
  return g_steal_pointer (&sql);
}

static gboolean
open_writable (LeydenSqliteFile    *self,
               LeydenStoreOpenFlags flags,
               LeydenMigrations    *migrations,
               GError             **error)
{
  gboolean is_new = !g_file_test (self->path, G_FILE_TEST_EXISTS);
  gint64 version;
  Header header;

  /* Before the lock: no file is made beside what is not ours. */
  if (!is_new && (!read_header (self->path, &header, error)
                  || !check_identity (self->path, header.application_id, MAX (header.user_version, 1),
                                      leyden_migrations_get_latest (migrations), error)))
    return FALSE;
  self->lock = leyden_lock_acquire (self->path, error);
  if (self->lock == NULL)
    return FALSE;
  if (is_new && !g_file_test (self->path, G_FILE_TEST_EXISTS) && !create (self->path, migrations, error))
    return FALSE;
  if (!look (self, FALSE, migrations, &version, error))
    return FALSE;
  if (access (self->path, W_OK) != 0)
    return fail (error, LEYDEN_STORE_ERROR_READ_ONLY, self->path, _("the file cannot be written; it can be opened read-only"));
  self->writer = open_writer (self, flags, error);
  if (self->writer == NULL)
    return FALSE;
  if (version < (gint64) leyden_migrations_get_latest (migrations)
      && (!leyden_migrations_back_up (self->writer, self->path, (guint) version, error)
          || !leyden_migrations_run (migrations, self->writer, (guint) version, error)))
    return FALSE;
  if (!leyden_retention_remove_unfinished (self->writer, error))
    return FALSE;
  leyden_blobs_clean (self->blobs);
  notice_network (self);
  return TRUE;
}

static gboolean
open_read_only (LeydenSqliteFile *self,
                LeydenMigrations *migrations,
                GError          **error)
{
  gint64 version;

  if (!look (self, TRUE, migrations, &version, error))
    return FALSE;
  if (version < (gint64) leyden_migrations_get_latest (migrations))
    {
      g_autofree char *what = g_strdup_printf (_("its version is %" PRId64 ", this program reads %u: open it once for writing"),
                                               version, leyden_migrations_get_latest (migrations));
      return fail (error, LEYDEN_STORE_ERROR_READ_ONLY, self->path, what);
    }
  return TRUE;
}

static gboolean
prepare_path (LeydenSqliteFile *self,
              const char       *path,
              gboolean          read_only,
              GError          **error)
{
  if (path == NULL)
    {
      self->temporary = g_dir_make_tmp ("leyden-XXXXXX", error);
      if (self->temporary == NULL)
        return FALSE;
      self->path = g_build_filename (self->temporary, "leyden.db", NULL);
    }
  else
    {
      g_autofree char *folder = g_path_get_dirname (path);

      if (!read_only && g_mkdir_with_parents (folder, 0700) != 0)
        return fail_errno (error, folder, errno);
      self->path = resolve (path);
    }
  self->blobs = g_strconcat (self->path, "-blobs", NULL);
  self->uri = leyden_sql_uri (self->path, NULL);
  return TRUE;
}

LeydenSqliteFile *
leyden_sqlite_file_open (const char          *path,
                         LeydenStoreOpenFlags flags,
                         LeydenMigrations    *migrations,
                         GError             **error)
{
  g_autoptr(LeydenSqliteFile) self = g_new0 (LeydenSqliteFile, 1);
  gboolean read_only = path != NULL && (flags & LEYDEN_STORE_OPEN_READ_ONLY) != 0;

  if (!prepare_path (self, path, read_only, error))
    return NULL;
  if (!(read_only ? open_read_only (self, migrations, error) : open_writable (self, flags, migrations, error)))
    return NULL;
  return g_steal_pointer (&self);
}

static void
remove_folder (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_folder (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

void
leyden_sqlite_file_end (LeydenSqliteFile *self)
{
  g_clear_pointer (&self->writer, leyden_sql_close);
  g_clear_pointer (&self->lock, leyden_lock_release);
  if (self->temporary != NULL)
    remove_folder (self->temporary);
}

void
leyden_sqlite_file_close (LeydenSqliteFile *self)
{
  if (self == NULL)
    return;
  leyden_sqlite_file_end (self);
  g_free (self->path);
  g_free (self->blobs);
  g_free (self->temporary);
  g_free (self->uri);
  g_free (self->notice);
  g_free (self);
}
