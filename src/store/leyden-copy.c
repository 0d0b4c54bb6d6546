/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-copy.h"

#include "leyden-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

/* Pages a step, so that a cancel is heard. */
#define STEP_PAGES 16384
#define BUFFER     (256 * 1024)

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
leyden_copy_database (LeydenSql    *sql,
                      const char   *to,
                      GCancellable *cancellable,
                      GError      **error)
{
  g_autofree char *uri = leyden_sql_uri (to, NULL);
  g_autoptr(LeydenSql) copy = leyden_sql_open (uri, SQLITE_OPEN_READWRITE, error);
  gboolean cancelled = FALSE;
  sqlite3_backup *backup;
  int code;

  if (copy == NULL)
    return FALSE;
  backup = sqlite3_backup_init (copy->db, "main", sql->db, "main");
  if (backup == NULL)
    return leyden_sql_fail (copy, sqlite3_errcode (copy->db), error);
  do
    cancelled = g_cancellable_set_error_if_cancelled (cancellable, error);
  while (!cancelled && sqlite3_backup_step (backup, STEP_PAGES) == SQLITE_OK);
  code = sqlite3_backup_finish (backup);
  if (cancelled)
    return FALSE;
  if (code != SQLITE_OK)
    return leyden_sql_fail (copy, code, error);
  return leyden_sql_exec (copy, "PRAGMA journal_mode = DELETE", error);
}

gboolean
leyden_copy_verify (const char *path,
                    guint       version,
                    GError    **error)
{
  g_autofree char *uri = leyden_sql_uri (path, "immutable=1");
  g_autoptr(LeydenSql) copy = leyden_sql_open (uri, SQLITE_OPEN_READONLY, error);
  g_autofree char *verdict = NULL;
  gint64 found = -1;

  if (copy == NULL || !(verdict = leyden_sql_get_text (copy, "PRAGMA integrity_check (1)", error))
      || !leyden_sql_get_int (copy, "PRAGMA user_version", &found, error))
    return FALSE;
  if (g_str_equal (verdict, "ok") && found == (gint64) version)
    return TRUE;
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The backup copy is not sound: %s"), verdict);
  return FALSE;
}

gboolean
leyden_copy_sync (const char *path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

/* Reads @path; what is read goes to the checksum and to @out, each if given. */
static gboolean
read_through (const char *path,
              GChecksum  *checksum,
              int         out)
{
  g_autofree guint8 *buffer = g_malloc (BUFFER);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean ok = fd >= 0;
  gssize n = 1;
  int code;

  while (ok && n > 0)
    {
      n = read (fd, buffer, BUFFER);
      if (n < 0 && errno == EINTR)
        {
          n = 1;
          continue;
        }
      ok = n >= 0;
      if (n > 0 && checksum != NULL)
        g_checksum_update (checksum, buffer, n);
      for (gssize done = 0; ok && out >= 0 && done < n;)
        {
          gssize written = write (out, buffer + done, (gsize) (n - done));

          ok = written >= 0 || errno == EINTR;
          done += MAX (written, 0);
        }
    }
  code = errno;
  if (fd >= 0)
    close (fd);
  errno = code;
  return ok;
}

char *
leyden_copy_digest (const char *path,
                    GError    **error)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  if (read_through (path, checksum, -1))
    return g_strdup (g_checksum_get_string (checksum));
  fail_errno (path, errno, error);
  return NULL;
}

gboolean
leyden_copy_file (const char *from,
                  const char *to,
                  GError    **error)
{
  int fd = open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean ok;

  if (fd < 0)
    return fail_errno (to, errno, error);
  ok = read_through (from, NULL, fd) || fail_errno (from, errno, error);
  close (fd);
  return ok;
}
