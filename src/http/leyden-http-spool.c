/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

struct _LeydenHttpSpool
{
  char *path;
  int fd;
  GChecksum *checksum;
};

static gboolean
fail (const char  *path,
      int          code,
      GError     **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", name, g_strerror (code));
  return FALSE;
}

LeydenHttpSpool *
leyden_http_spool_new (const char  *folder,
                       GError     **error)
{
  g_autofree char *path = g_build_filename (folder, "body-XXXXXX", NULL);
  LeydenHttpSpool *self;
  int fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      fail (path, errno, error);
      return NULL;
    }
  self = g_new0 (LeydenHttpSpool, 1);
  self->path = g_steal_pointer (&path);
  self->fd = fd;
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  return self;
}

void
leyden_http_spool_free (LeydenHttpSpool *self)
{
  if (self->fd >= 0)
    close (self->fd);
  if (self->path != NULL)
    g_unlink (self->path);
  g_free (self->path);
  g_checksum_free (self->checksum);
  g_free (self);
}

gboolean
leyden_http_spool_write (LeydenHttpSpool  *self,
                         const char       *bytes,
                         gsize             length,
                         GError          **error)
{
  g_checksum_update (self->checksum, (const guchar *) bytes, (gssize) length);
  while (length > 0)
    {
      ssize_t n = write (self->fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail (self->path, errno, error);
      bytes += n;
      length -= (gsize) n;
    }
  return TRUE;
}

gboolean
leyden_http_spool_finish (LeydenHttpSpool  *self,
                          GError          **error)
{
  int fd = self->fd;

  self->fd = -1;
  if (close (fd) < 0)
    return fail (self->path, errno, error);
  return TRUE;
}

const char *
leyden_http_spool_get_path (LeydenHttpSpool *self)
{
  return self->path;
}

const char *
leyden_http_spool_get_sha256 (LeydenHttpSpool *self)
{
  return self->fd < 0 ? g_checksum_get_string (self->checksum) : NULL;
}

char *
leyden_http_spool_steal (LeydenHttpSpool *self)
{
  return g_steal_pointer (&self->path);
}
