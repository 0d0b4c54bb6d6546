/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "leyden-flow.h"
#include "leyden-text.h"

#define MAX_LINKS 40

static gboolean
fault (GError     **error,
       int          code,
       const char  *path,
       const char  *message)
{
  g_autofree char *shown = leyden_text_path (path);

  g_set_error (error, LEYDEN_FLOW_ERROR, code, "%s: %s", shown, message);
  return FALSE;
}

static const char *
explain_errno (int number)
{
  switch (number)
    {
    case EACCES:
    case EPERM:
      return _("permission denied; check the rights of the file and its folder, or save it elsewhere");
    case ENOENT:
      return _("no such file or folder");
    case ENOSPC:
    case EDQUOT:
      return _("no space left on the disk; free some, or save it elsewhere");
    case EROFS:
      return _("the disk is read-only; save it elsewhere");
    case ELOOP:
      return _("too many links");
    case ENXIO:
    case ENODEV:
    case EISDIR:
      return _("not a regular file");
    default:
      return g_strerror (number);
    }
}

void
leyden_file_sum (LeydenFileStamp *stamp,
                 GBytes          *bytes)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  g_strlcpy (stamp->sha256, sum, sizeof stamp->sha256);
}

static void
fill_stamp (LeydenFileStamp   *stamp,
            const struct stat *info)
{
  stamp->device = info->st_dev;
  stamp->inode = info->st_ino;
  stamp->size = (guint64) info->st_size;
  stamp->time_ns = (gint64) info->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info->st_mtim.tv_nsec;
  *stamp->sha256 = '\0';
}

/* Reads to the end, whatever the size was said to be; NULL with errno, EFBIG above @max. */
static GBytes *
read_all (int    fd,
          gsize  size_hint,
          gsize  max)
{
  g_autoptr(GByteArray) data = g_byte_array_sized_new ((guint) MIN (size_hint + 1, max + 1));

  for (;;)
    {
      guint length = data->len;
      gsize step = MAX (4096, MIN (size_hint + 1 > length ? size_hint + 1 - length : 65536, 1u << 24));
      gssize n;

      g_byte_array_set_size (data, (guint) (length + step));
      n = read (fd, data->data + length, step);
      g_byte_array_set_size (data, (guint) (length + (n > 0 ? (gsize) n : 0)));
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return NULL;
      if (n == 0)
        return g_byte_array_free_to_bytes (g_steal_pointer (&data));
      if (data->len > max)
        {
          errno = EFBIG;
          return NULL;
        }
    }
}

static GBytes *
read_remote (GFile            *file,
             gsize             max_bytes,
             LeydenFileStamp  *stamp,
             GError          **error)
{
  g_autofree char *uri = g_file_get_uri (file);
  g_autoptr(GFileInfo) info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                                                 G_FILE_QUERY_INFO_NONE, NULL, error);
  struct stat none = { 0 };
  char *contents;
  gsize length;
  GBytes *bytes;

  if (info == NULL)
    return NULL;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      fault (error, LEYDEN_FLOW_ERROR_FILE, uri, _("not a regular file"));
      return NULL;
    }
  if (g_file_info_get_size (info) > (goffset) max_bytes)
    {
      fault (error, LEYDEN_FLOW_ERROR_LIMIT, uri, _("larger than a flow may be (64 MiB)"));
      return NULL;
    }
  if (!g_file_load_contents (file, NULL, &contents, &length, NULL, error))
    return NULL;
  bytes = g_bytes_new_take (contents, length);
  fill_stamp (stamp, &none);
  return bytes;
}

static GBytes *
read_regular (int               fd,
              const char       *path,
              gsize             max_bytes,
              LeydenFileStamp  *stamp,
              GError          **error)
{
  struct stat info;
  GBytes *bytes;

  if (fstat (fd, &info) != 0)
    {
      fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (errno));
      return NULL;
    }
  if (!S_ISREG (info.st_mode))
    {
      fault (error, LEYDEN_FLOW_ERROR_FILE, path, _("not a regular file"));
      return NULL;
    }
  if (info.st_size < 0 || (guint64) info.st_size > max_bytes)
    {
      fault (error, LEYDEN_FLOW_ERROR_LIMIT, path, _("larger than a flow may be (64 MiB)"));
      return NULL;
    }
  bytes = read_all (fd, (gsize) info.st_size, max_bytes);
  if (bytes == NULL)
    {
      if (errno == EFBIG)
        fault (error, LEYDEN_FLOW_ERROR_LIMIT, path, _("larger than a flow may be (64 MiB)"));
      else
        fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (errno));
      return NULL;
    }
  fill_stamp (stamp, &info);
  return bytes;
}

GBytes *
leyden_file_read (GFile            *file,
                  gsize             max_bytes,
                  LeydenFileStamp  *stamp,
                  GError          **error)
{
  const char *path = g_file_peek_path (file);
  struct stat info;
  GBytes *bytes;
  int fd;

  if (path == NULL)
    return read_remote (file, max_bytes, stamp, error);
  /* Looked at before it is opened: opening a device can do something. */
  if (stat (path, &info) != 0)
    {
      fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (errno));
      return NULL;
    }
  if (!S_ISREG (info.st_mode))
    {
      fault (error, LEYDEN_FLOW_ERROR_FILE, path, _("not a regular file"));
      return NULL;
    }
  fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    {
      fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (errno));
      return NULL;
    }
  bytes = read_regular (fd, path, max_bytes, stamp, error);
  close (fd);
  return bytes;
}

/* Where a link leads in the end, also when nothing is there yet. */
static char *
resolve_links (const char  *path,
               GError     **error)
{
  char *at = g_strdup (path);

  for (guint i = 0; i < MAX_LINKS; i++)
    {
      g_autofree char *target = g_file_read_link (at, NULL);
      g_autofree char *folder = NULL;
      char *next;

      if (target == NULL)
        return at;
      folder = g_path_get_dirname (at);
      next = g_path_is_absolute (target) ? g_strdup (target) : g_build_filename (folder, target, NULL);
      g_free (at);
      at = next;
    }
  fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (ELOOP));
  g_free (at);
  return NULL;
}

gboolean
leyden_file_write_all (int         fd,
                       const char *data,
                       gsize       length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      length -= (gsize) n;
    }
  return TRUE;
}

gboolean
leyden_file_sync (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean done;
  int number;

  if (fd < 0)
    return FALSE;
  done = fsync (fd) == 0;
  number = errno;
  close (fd);
  errno = number;
  return done;
}

/* Fills the new file and puts it in the place of @path. errno on FALSE. */
static gboolean
fill_and_rename (int                fd,
                 const char        *temporary,
                 const char        *path,
                 GBytes            *bytes,
                 const struct stat *old,
                 struct stat       *now)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  if (!leyden_file_write_all (fd, data, length))
    return FALSE;
  if (old != NULL)
    {
      /* The owner can only be kept by root or when it is us; the group often can. The mode comes last, for chown clears bits. */
      if ((old->st_uid != geteuid () || old->st_gid != getegid ()) && fchown (fd, old->st_uid, old->st_gid) != 0
          && fchown (fd, (uid_t) -1, old->st_gid) != 0)
        g_debug ("Owner of %s is not kept: %s", path, g_strerror (errno));
      if (fchmod (fd, old->st_mode & 07777) != 0)
        return FALSE;
    }
  return fsync (fd) == 0 && rename (temporary, path) == 0 && fstat (fd, now) == 0;
}

static gboolean
replace_path (const char         *path,
              GBytes             *bytes,
              const struct stat  *old,
              LeydenFileStamp    *stamp,
              GError            **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *temporary = g_build_filename (folder, ".leyden-XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, old != NULL ? 0600 : 0666);
  struct stat now;
  gboolean done;
  int number;

  if (fd < 0)
    return fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (errno));
  done = fill_and_rename (fd, temporary, path, bytes, old, &now);
  number = errno;
  close (fd);
  if (!done)
    {
      unlink (temporary);
      return fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (number));
    }
  /* Some file systems cannot sync a folder; the rename is done all the same. */
  if (!leyden_file_sync (folder))
    g_debug ("%s: %s", folder, g_strerror (errno));
  fill_stamp (stamp, &now);
  leyden_file_sum (stamp, bytes);
  return TRUE;
}

/* TRUE when what is on disk is what was expected. */
static gboolean
check_unchanged (const char             *path,
                 const struct stat      *info,
                 const LeydenFileStamp  *expected,
                 GError                **error)
{
  gint64 time_ns = (gint64) info->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info->st_mtim.tv_nsec;
  g_autoptr(GFile) file = NULL;
  g_autoptr(GBytes) bytes = NULL;
  LeydenFileStamp now = { 0 };

  if (info->st_dev == expected->device && info->st_ino == expected->inode && (guint64) info->st_size == expected->size
      && time_ns == expected->time_ns)
    return TRUE;
  /* Touched, copied, restored: only the content counts. */
  file = g_file_new_for_path (path);
  bytes = leyden_file_read (file, G_MAXUINT / 2, &now, NULL);
  if (bytes != NULL)
    leyden_file_sum (&now, bytes);
  if (bytes != NULL && g_str_equal (now.sha256, expected->sha256))
    return TRUE;
  return fault (error, LEYDEN_FLOW_ERROR_CHANGED, path,
                _("was changed by another program since it was opened; save under another name, or overwrite it"));
}

gboolean
leyden_file_replace (GFile                  *file,
                     GBytes                 *bytes,
                     const LeydenFileStamp  *expected,
                     LeydenFileStamp        *stamp,
                     GError                **error)
{
  const char *given = g_file_peek_path (file);
  g_autofree char *path = NULL;
  struct stat info;

  if (given == NULL)
    {
      struct stat none = { 0 };

      fill_stamp (stamp, &none);
      leyden_file_sum (stamp, bytes);
      return g_file_replace_contents (file, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, FALSE,
                                      G_FILE_CREATE_NONE, NULL, NULL, error);
    }
  path = resolve_links (given, error);
  if (path == NULL)
    return FALSE;
  if (stat (path, &info) != 0)
    {
      if (errno != ENOENT)
        return fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (errno));
      return replace_path (path, bytes, NULL, stamp, error);
    }
  if (!S_ISREG (info.st_mode))
    return fault (error, LEYDEN_FLOW_ERROR_FILE, path, _("not a regular file"));
  /* A file that may not be written is not replaced either, though its folder would allow it. */
  if (access (path, W_OK) != 0)
    return fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (errno));
  if (expected != NULL && !check_unchanged (path, &info, expected, error))
    return FALSE;
  return replace_path (path, bytes, &info, stamp, error);
}

gboolean
leyden_file_write_private (const char  *path,
                           GBytes      *bytes,
                           gboolean     sync,
                           GError     **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean done;
  int number;

  if (fd < 0)
    return fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (errno));
  done = leyden_file_write_all (fd, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) && (!sync || fsync (fd) == 0);
  number = errno;
  close (fd);
  return done || fault (error, LEYDEN_FLOW_ERROR_FILE, path, explain_errno (number));
}
