/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-lock.h"

#include "leyden-json.h"
#include "leyden-store.h"
#include "leyden-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define MAX_CONTENT 4096

struct _LeydenLock
{
  int      fd;
  gboolean was_unclean;
};

static char *
lock_path (const char *database)
{
  return g_strconcat (database, ".lock", NULL);
}

static LeydenValue *
read_content (int fd)
{
  char buffer[MAX_CONTENT];
  gssize n = pread (fd, buffer, sizeof buffer, 0);

  return n > 0 ? leyden_json_parse (buffer, n, NULL, NULL) : NULL;
}

static void
set_locked_error (int         fd,
                  const char *database,
                  GError    **error)
{
  g_autoptr(LeydenValue) content = read_content (fd);
  g_autofree char *path = leyden_text_path (database);
  g_autofree char *owner = leyden_text_escape (leyden_value_get_member_string (content, "owner", ""), -1, 200);
  gint64 pid = leyden_value_get_member_int (content, "pid", 0);

  if (pid > 0 && *owner != '\0')
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_LOCKED,
                 _("%s is in use by process %" PRId64 " at %s"), path, pid, owner);
  else if (pid > 0)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_LOCKED,
                 _("%s is in use by process %" PRId64), path, pid);
  else
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_LOCKED, _("%s is in use by another process"), path);
}

static gboolean
write_content (int         fd,
               const char *owner)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;
  gssize length;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "pid", getpid ());
  if (owner != NULL)
    leyden_value_builder_set_string (&b, "owner", owner);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  length = (gssize) strlen (text);
  return pwrite (fd, text, (gsize) length, 0) == length && ftruncate (fd, length) == 0;
}

LeydenLock *
leyden_lock_acquire (const char *database,
                     GError    **error)
{
  g_autofree char *path = lock_path (database);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  char byte;
  LeydenLock *self;

  if (fd < 0)
    {
      int code = errno;
      g_set_error (error, LEYDEN_STORE_ERROR,
                   code == EACCES || code == EROFS || code == EPERM ? LEYDEN_STORE_ERROR_READ_ONLY
                   : code == ENOSPC || code == EDQUOT ? LEYDEN_STORE_ERROR_FULL : LEYDEN_STORE_ERROR_FAILED,
                   _("Cannot lock the database: %s: %s"), path, g_strerror (code));
      return NULL;
    }
  if (fcntl (fd, F_OFD_SETLK, &lock) != 0)
    {
      int code = errno;
      if (code == EAGAIN || code == EACCES)
        set_locked_error (fd, database, error);
      else
        g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED,
                     _("Cannot lock the database: %s: %s. A folder on a network without locks cannot hold it"), path, g_strerror (code));
      close (fd);
      return NULL;
    }
  self = g_new0 (LeydenLock, 1);
  self->fd = fd;
  self->was_unclean = pread (fd, &byte, 1, 0) == 1;
  if (!write_content (fd, NULL))
    {
      int code = errno;
      g_set_error (error, LEYDEN_STORE_ERROR, code == ENOSPC || code == EDQUOT ? LEYDEN_STORE_ERROR_FULL : LEYDEN_STORE_ERROR_FAILED,
                   _("Cannot lock the database: %s: %s"), path, g_strerror (code));
      close (fd);
      g_free (self);
      return NULL;
    }
  return self;
}

gboolean
leyden_lock_was_unclean (LeydenLock *self)
{
  return self->was_unclean;
}

gboolean
leyden_lock_set_owner (LeydenLock *self,
                       const char *owner,
                       GError    **error)
{
  if (write_content (self->fd, owner))
    return TRUE;
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("Cannot write the lock file: %s"), g_strerror (errno));
  return FALSE;
}

void
leyden_lock_release (LeydenLock *self)
{
  if (self == NULL)
    return;
  if (ftruncate (self->fd, 0) != 0)
    g_debug ("The lock file could not be emptied: %s", g_strerror (errno));
  close (self->fd);
  g_free (self);
}

char *
leyden_lock_find_owner (const char *database)
{
  g_autofree char *path = lock_path (database);
  g_autoptr(LeydenValue) content = NULL;
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

  if (fd < 0)
    return NULL;
  if (fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
    content = read_content (fd);
  close (fd);
  return g_strdup (leyden_value_get_member_string (content, "owner", NULL));
}
