/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-dataset.h"
#include "leyden-text.h"

#define BUFFER (256 * 1024)
#define MAX_SIZE ((gint64)4 * 1024 * 1024 * 1024)

static gboolean
fail (GError     **error,
      const char  *path,
      const char  *what)
{
  g_autofree char *name = leyden_text_path (path);

  g_set_error (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_FILE, "%s: %s", name, what);
  return FALSE;
}

static gboolean
write_all (int           fd,
           const guint8 *bytes,
           gsize         length)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      bytes += n;
      length -= (gsize)n;
    }
  return TRUE;
}

/* The file may change while it is read; what was copied is what is hashed and used. */
static gboolean
copy (int          from,
      int          to,
      GChecksum   *checksum,
      const char  *path,
      GError     **error)
{
  g_autofree guint8 *buffer = g_malloc (BUFFER);
  gint64 total = 0;
  gssize n;

  while ((n = read (from, buffer, BUFFER)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail (error, path, g_strerror (errno));
      total += n;
      if (total > MAX_SIZE)
        return fail (error, path, _("more than 4 GiB"));
      g_checksum_update (checksum, buffer, n);
      if (!write_all (to, buffer, (gsize)n))
        return fail (error, _("the database’s folder"), g_strerror (errno));
    }
  return fsync (to) == 0 ? TRUE : fail (error, _("the database’s folder"), g_strerror (errno));
}

static int
open_regular (const char  *path,
              GError     **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status;

  if (fd < 0)
    {
      fail (error, path, g_strerror (errno));
      return -1;
    }
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    return fd;
  close (fd);
  fail (error, path, _("not a regular file"));
  return -1;
}

static gboolean
adopt (LeydenSqliteStore  *store,
       const char         *path,
       const char         *sha256,
       GError            **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_adopt_blob_async (LEYDEN_STORE (store), path, sha256, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return leyden_store_adopt_blob_finish (LEYDEN_STORE (store), result, error);
}

char *
leyden_cli_import_blob (LeydenSqliteStore  *store,
                        const char         *path,
                        GError            **error)
{
  g_autofree char *temporary = NULL;
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gboolean done = FALSE;
  int from, to;

  from = open_regular (path, error);
  if (from < 0)
    return NULL;
  temporary = leyden_sqlite_store_dup_template (store, error);
  to = temporary != NULL ? g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600) : -1;
  if (to < 0 && temporary != NULL)
    fail (error, temporary, g_strerror (errno));
  else if (to >= 0)
    done = copy (from, to, checksum, path, error);
  close (from);
  if (to >= 0)
    close (to);
  if (done)
    done = adopt (store, temporary, g_checksum_get_string (checksum), error);
  if (to >= 0)
    g_unlink (temporary);
  return done ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}
