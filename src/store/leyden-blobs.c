/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-blobs.h"

#include "leyden-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_PREFIX "new-"

/* A use makes a blob young again when it is so old. */
#define RENEW_S 3600

/* Who finds a blob that is there makes it young again before anybody can sweep it. */
static GMutex sweep_mutex;

static gboolean
fail_errno (const char *path,
            int         code,
            GError    **error)
{
  LeydenStoreError kind = LEYDEN_STORE_ERROR_FAILED;

  if (code == ENOSPC || code == EDQUOT)
    kind = LEYDEN_STORE_ERROR_FULL;
  else if (code == EROFS || code == EACCES || code == EPERM)
    kind = LEYDEN_STORE_ERROR_READ_ONLY;
  else if (code == ENOENT)
    kind = LEYDEN_STORE_ERROR_NOT_FOUND;
  g_set_error (error, LEYDEN_STORE_ERROR, kind, "%s: %s", path, g_strerror (code));
  return FALSE;
}

gboolean
leyden_blobs_is_digest (const char *sha256)
{
  return sha256 != NULL && strlen (sha256) == 64 && strspn (sha256, "0123456789abcdef") == 64;
}

static char *
shard_path (const char *folder,
            const char *sha256)
{
  g_autofree char *shard = g_strndup (sha256, 2);

  return g_build_filename (folder, shard, NULL);
}

char *
leyden_blobs_path (const char *folder,
                   const char *sha256)
{
  g_autofree char *shard = shard_path (folder, sha256);

  return g_build_filename (shard, sha256 + 2, NULL);
}

gboolean
leyden_blobs_sync_folder (const char *folder,
                          GError    **error)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);

  if (!ok)
    fail_errno (folder, errno, error);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Makes FOLDER/ab; a new folder's entry is synced in its parent. */
static gboolean
ensure_shard (const char *folder,
              const char *sha256,
              GError    **error)
{
  g_autofree char *shard = shard_path (folder, sha256);
  g_autofree char *parent = g_path_get_dirname (folder);

  if (g_file_test (shard, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (g_mkdir (folder, 0700) != 0 && errno != EEXIST)
    return fail_errno (folder, errno, error);
  if (!leyden_blobs_sync_folder (parent, error))
    return FALSE;
  if (g_mkdir (shard, 0700) != 0 && errno != EEXIST)
    return fail_errno (shard, errno, error);
  return leyden_blobs_sync_folder (folder, error);
}

static gboolean
write_all (int           fd,
           const guint8 *data,
           gsize         size)
{
  while (size > 0)
    {
      gssize n = write (fd, data, MIN (size, 1 << 30));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      size -= (gsize) n;
    }
  return TRUE;
}

/* Renames the synced file @from to the blob's name and syncs the folder. */
static gboolean
install (const char *folder,
         const char *from,
         const char *sha256,
         GError    **error)
{
  g_autofree char *path = leyden_blobs_path (folder, sha256);
  g_autofree char *shard = shard_path (folder, sha256);

  if (g_rename (from, path) != 0)
    return fail_errno (path, errno, error);
  return leyden_blobs_sync_folder (shard, error);
}

static gboolean
write_new (const char   *folder,
           const char   *sha256,
           gconstpointer data,
           gsize         size,
           GError      **error)
{
  g_autofree char *temporary = leyden_blobs_dup_template (folder);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return fail_errno (folder, errno, error);
  ok = write_all (fd, data, size) && fsync (fd) == 0;
  if (!ok)
    fail_errno (temporary, errno, error);
  if (close (fd) != 0 && ok)
    ok = fail_errno (temporary, errno, error);
  ok = ok && install (folder, temporary, sha256, error);
  if (!ok)
    g_unlink (temporary);
  return ok;
}

/* The digest of a file; NULL with errno. */
static char *
digest_file (const char *path)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *buffer = g_malloc (1 << 16);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gssize n = -1;
  int code;

  while (fd >= 0 && ((n = read (fd, buffer, 1 << 16)) > 0 || (n < 0 && errno == EINTR)))
    if (n > 0)
      g_checksum_update (checksum, buffer, n);
  code = errno;
  if (fd >= 0)
    close (fd);
  errno = code;
  return n == 0 ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}

/* Whether it is there; it counts as put now. */
static gboolean
renew (const char *path)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&sweep_mutex);

  return utimensat (AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) == 0;
}

char *
leyden_blobs_put (const char   *folder,
                  gconstpointer data,
                  gsize         size,
                  GError      **error)
{
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);
  g_autofree char *path = leyden_blobs_path (folder, sha256);
  g_autofree char *shard = shard_path (folder, sha256);
  g_autofree char *there = NULL;
  GStatBuf info;

  if (!ensure_shard (folder, sha256, error))
    return NULL;
  if (g_lstat (path, &info) == 0 && (gsize) info.st_size == size && renew (path))
    there = digest_file (path);
  if (g_strcmp0 (there, sha256) == 0)
    return leyden_blobs_sync_folder (shard, error) ? g_steal_pointer (&sha256) : NULL;
  return write_new (folder, sha256, data, size, error) ? g_steal_pointer (&sha256) : NULL;
}

/* From another file system: copied in pieces, so that a file that shrinks meanwhile does no harm. */
static gboolean
copy_in (const char *folder,
         const char *path,
         const char *sha256,
         GError    **error)
{
  g_autofree char *temporary = leyden_blobs_dup_template (folder);
  g_autofree guint8 *buffer = g_malloc (1 << 16);
  int from = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  int to = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  gboolean ok = from >= 0 && to >= 0;
  gssize n = 1;

  while (ok && n > 0)
    {
      n = read (from, buffer, 1 << 16);
      ok = (n >= 0 || errno == EINTR) && (n <= 0 || write_all (to, buffer, (gsize) n));
      n = n < 0 ? 1 : n;
    }
  ok = ok && fsync (to) == 0;
  if (!ok)
    fail_errno (path, errno, error);
  if (from >= 0)
    close (from);
  if (to >= 0)
    close (to);
  ok = ok && install (folder, temporary, sha256, error);
  g_unlink (ok ? path : temporary);
  return ok;
}

gboolean
leyden_blobs_adopt (const char *folder,
                    const char *path,
                    const char *sha256,
                    GError    **error)
{
  g_autofree char *target = NULL;
  struct stat info;
  gboolean ok;
  int fd;

  if (!leyden_blobs_is_digest (sha256))
    {
      g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("Not a SHA-256 digest"));
      return FALSE;
    }
  if (!ensure_shard (folder, sha256, error))
    return FALSE;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  ok = fd >= 0 && fstat (fd, &info) == 0;
  if (ok && !S_ISREG (info.st_mode))
    {
      errno = EINVAL;
      ok = FALSE;
    }
  ok = ok && fchmod (fd, 0600) == 0 && fsync (fd) == 0;
  if (!ok)
    fail_errno (path, errno, error);
  if (fd >= 0)
    close (fd);
  if (!ok)
    return FALSE;

  target = leyden_blobs_path (folder, sha256);
  if (rename (path, target) == 0)
    {
      g_autofree char *shard = shard_path (folder, sha256);
      return leyden_blobs_sync_folder (shard, error);
    }
  return errno == EXDEV ? copy_in (folder, path, sha256, error) : fail_errno (target, errno, error);
}

char *
leyden_blobs_find (const char *folder,
                   const char *sha256,
                   GError    **error)
{
  g_autofree char *path = NULL;
  g_autofree char *digest = NULL;
  GStatBuf info;

  if (!leyden_blobs_is_digest (sha256))
    {
      g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("Not a SHA-256 digest"));
      return NULL;
    }
  path = leyden_blobs_path (folder, sha256);
  if (g_lstat (path, &info) != 0 || !S_ISREG (info.st_mode))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("The blob %s is missing"), sha256);
      return NULL;
    }
  /* Whoever asks may be about to name it. On a disk that cannot be written nothing is swept. */
  if (g_get_real_time () / G_USEC_PER_SEC - info.st_mtime > RENEW_S)
    renew (path);
  if (info.st_size > LEYDEN_BLOBS_VERIFY_MAX)
    return g_steal_pointer (&path);
  digest = digest_file (path);
  if (digest == NULL)
    {
      fail_errno (path, errno, error);
      return NULL;
    }
  if (!g_str_equal (digest, sha256))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The blob %s is damaged"), sha256);
      return NULL;
    }
  return g_steal_pointer (&path);
}

GBytes *
leyden_blobs_read (const char *folder,
                   const char *sha256,
                   GError    **error)
{
  g_autofree char *path = leyden_blobs_path (folder, sha256);
  g_autofree char *digest = NULL;
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, NULL))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The blob %s is missing"), sha256);
      return NULL;
    }
  digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guint8 *) data, size);
  if (!g_str_equal (digest, sha256))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The blob %s is damaged"), sha256);
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

char *
leyden_blobs_dup_template (const char *folder)
{
  return g_build_filename (folder, TEMPORARY_PREFIX "XXXXXX", NULL);
}

void
leyden_blobs_clean (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, TEMPORARY_PREFIX))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        g_unlink (path);
      }
}

static void
count_shard (const char *path,
             guint64    *n_blobs,
             guint64    *n_bytes)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  GStatBuf info;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *blob = g_build_filename (path, name, NULL);

      if (g_lstat (blob, &info) != 0)
        continue;
      *n_blobs += 1;
      *n_bytes += (guint64) info.st_size;
    }
}

void
leyden_blobs_count (const char *folder,
                    guint64    *n_blobs,
                    guint64    *n_bytes)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  *n_blobs = *n_bytes = 0;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strlen (name) == 2)
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        count_shard (path, n_blobs, n_bytes);
      }
}

/* --- copies and sweeping --- */

static int
compare_digests (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(char * const *) a, *(char * const *) b);
}

static void
list_shard (const char *folder,
            const char *shard,
            GPtrArray  *out)
{
  g_autofree char *path = g_build_filename (folder, shard, NULL);
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *sha256 = g_strconcat (shard, name, NULL);

      if (leyden_blobs_is_digest (sha256))
        g_ptr_array_add (out, g_steal_pointer (&sha256));
    }
}

GPtrArray *
leyden_blobs_list (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *out = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strlen (name) == 2)
      list_shard (folder, name, out);
  g_ptr_array_sort (out, compare_digests);
  return out;
}

/* Writes @from to the new file @to, synced, and gives the digest of what was written. */
static char *
copy_file (const char *from,
           const char *to,
           GError    **error)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *buffer = g_malloc (1 << 16);
  int in = open (from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  int out = in >= 0 ? open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
  const char *failed = in >= 0 ? to : from;
  gboolean ok = in >= 0 && out >= 0;
  gssize n = 1;

  while (ok && n > 0)
    {
      n = read (in, buffer, 1 << 16);
      if (n < 0 && errno == EINTR)
        n = 1;
      else if (n < 0)
        ok = FALSE;
      else
        {
          g_checksum_update (checksum, buffer, n);
          ok = write_all (out, buffer, (gsize) n);
        }
    }
  ok = ok && fsync (out) == 0;
  if (!ok)
    fail_errno (failed, errno, error);
  if (in >= 0)
    close (in);
  if (out >= 0)
    close (out);
  return ok ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}

/* Links @other to @target when it still is what its name says: damage must not pass from one copy to all that follow. */
static gboolean
link_sound (const char *other,
            const char *target,
            const char *sha256)
{
  g_autofree char *digest = NULL;

  if (link (other, target) != 0)
    return FALSE;
  digest = digest_file (target);
  if (g_strcmp0 (digest, sha256) == 0)
    return TRUE;
  g_unlink (target);
  return FALSE;
}

gboolean
leyden_blobs_copy (const char *from,
                   const char *to,
                   const char *like,
                   const char *sha256,
                   GError    **error)
{
  g_autofree char *source = leyden_blobs_path (from, sha256);
  g_autofree char *target = leyden_blobs_path (to, sha256);
  g_autofree char *other = like ? leyden_blobs_path (like, sha256) : NULL;
  g_autofree char *shard = shard_path (to, sha256);
  g_autofree char *temporary = leyden_blobs_dup_template (to);
  g_autofree char *digest = NULL;
  int fd;

  if (!ensure_shard (to, sha256, error))
    return FALSE;
  if (g_file_test (target, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  if (other != NULL && link_sound (other, target, sha256))
    return leyden_blobs_sync_folder (shard, error);
  fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_errno (to, errno, error);
  close (fd);
  g_unlink (temporary);
  digest = copy_file (source, temporary, error);
  if (digest != NULL && !g_str_equal (digest, sha256))
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The blob %s is damaged"), sha256);
  if (g_strcmp0 (digest, sha256) == 0 && install (to, temporary, sha256, error))
    return TRUE;
  g_unlink (temporary);
  return FALSE;
}

gboolean
leyden_blobs_sweep (const char *folder,
                    const char *sha256,
                    gint64      min_age_s,
                    const char *to,
                    guint64    *n_bytes)
{
  g_autofree char *path = leyden_blobs_path (folder, sha256);
  gboolean gone = FALSE;
  GStatBuf info;

  if (to != NULL && !leyden_blobs_copy (folder, to, NULL, sha256, NULL))
    return FALSE;
  g_mutex_lock (&sweep_mutex);
  if (g_lstat (path, &info) == 0 && g_get_real_time () / G_USEC_PER_SEC - info.st_mtime >= min_age_s)
    gone = g_unlink (path) == 0;
  g_mutex_unlock (&sweep_mutex);
  if (gone)
    *n_bytes += (guint64) info.st_size;
  return gone;
}
