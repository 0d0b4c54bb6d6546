/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-rendezvous.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-backend.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-text.h"

/* More than any real one; a file that is larger is not ours. */
#define MAX_SIZE (64 * 1024)

LeydenRendezvous *
leyden_rendezvous_copy (const LeydenRendezvous *self)
{
  LeydenRendezvous *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_new0 (LeydenRendezvous, 1);
  copy->address = g_strdup (self->address);
  copy->port = self->port;
  copy->key = g_strdup (self->key);
  copy->approval_key = g_strdup (self->approval_key);
  copy->pid = self->pid;
  copy->started_ns = self->started_ns;
  copy->database = g_strdup (self->database);
  copy->version = g_strdup (self->version);
  return copy;
}

void
leyden_rendezvous_free (LeydenRendezvous *self)
{
  if (self == NULL)
    return;
  g_free (self->address);
  g_free (self->key);
  g_free (self->approval_key);
  g_free (self->database);
  g_free (self->version);
  g_free (self);
}

char *
leyden_rendezvous_folder (void)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  const char *flatpak = g_getenv ("FLATPAK_ID");
  const char *fixed = g_getenv ("LEYDEN_RENDEZVOUS_FOLDER");

  if (fixed != NULL && g_path_is_absolute (fixed))
    return g_strdup (fixed);
  if (runtime == NULL || !g_path_is_absolute (runtime) || access (runtime, W_OK) != 0)
    return g_build_filename (g_get_user_cache_dir (), "leyden", "run", NULL);
  if (flatpak != NULL && *flatpak != '\0' && strchr (flatpak, '/') == NULL)
    return g_build_filename (runtime, "app", flatpak, NULL);
  return g_build_filename (runtime, "leyden", NULL);
}

char *
leyden_rendezvous_path (const char *folder,
                        const char *database)
{
  g_autofree char *name = NULL;

  g_return_val_if_fail (folder != NULL, NULL);

  if (database != NULL)
    {
      name = g_strdup_printf ("database-%016" G_GINT64_MODIFIER "x.json", leyden_fnv1a64 (database, strlen (database)));
      return g_build_filename (folder, name, NULL);
    }
  return g_build_filename (folder, "backend.json", NULL);
}

/* Numeric addresses only: a name would be looked up, and a key must not go where a resolver says. */
static gboolean
is_address (const char *text)
{
  return text != NULL && g_hostname_is_ip_address (text);
}

LeydenRendezvous *
leyden_rendezvous_parse (const char  *text,
                         gsize        length,
                         GError     **error)
{
  g_autoptr(LeydenRendezvous) self = g_new0 (LeydenRendezvous, 1);
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) local_error = NULL;
  gint64 port;

  value = leyden_json_parse (text, (gssize)length, NULL, &local_error);
  if (value == NULL)
    {
      g_set_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL, _("The rendezvous file is broken: %s"),
                   local_error->message);
      return NULL;
    }

  port = leyden_value_get_member_int (value, "port", 0);
  self->address = g_strdup (leyden_value_get_member_string (value, "address", NULL));
  self->key = g_strdup (leyden_value_get_member_string (value, "key", NULL));
  self->approval_key = g_strdup (leyden_value_get_member_string (value, "approval_key", NULL));
  self->pid = leyden_value_get_member_int (value, "pid", 0);
  self->started_ns = leyden_value_get_member_int (value, "started", 0);
  self->database = g_strdup (leyden_value_get_member_string (value, "database", ""));
  self->version = g_strdup (leyden_value_get_member_string (value, "version", ""));

  if (port < 1 || port > G_MAXUINT16 || self->pid < 1 || self->pid > G_MAXINT32 || !is_address (self->address) || self->key == NULL
      || strpbrk (self->key, "\r\n \t") != NULL || *self->key == '\0')
    {
      g_set_error_literal (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL,
                           _("The rendezvous file does not name a port, address, key and process"));
      return NULL;
    }
  self->port = (guint16)port;
  return g_steal_pointer (&self);
}

/* Ours and for nobody else: a file that another user could have put there would send our requests to him. */
static gboolean
check_owner (int          fd,
             const char  *path,
             GError     **error)
{
  struct stat status;
  g_autofree char *name = leyden_text_path (path);

  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && status.st_uid == geteuid () && (status.st_mode & 077) == 0
      && status.st_size <= MAX_SIZE)
    return TRUE;

  g_set_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL,
               _("%s is not a rendezvous file of this user with mode 0600; it was not used"), name);
  return FALSE;
}

static gssize
read_all (int    fd,
          char  *buffer,
          gsize  size)
{
  gsize n = 0;

  while (n < size)
    {
      gssize got = read (fd, buffer + n, size - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0)
        break;
      n += (gsize)got;
    }
  return (gssize)n;
}

LeydenRendezvous *
leyden_rendezvous_read (const char  *path,
                        GError     **error)
{
  g_autofree char *buffer = NULL;
  LeydenRendezvous *self = NULL;
  gssize n;
  int fd;

  g_return_val_if_fail (path != NULL, NULL);

  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT)
    return NULL;
  if (fd < 0)
    {
      int code = errno;
      g_autofree char *name = leyden_text_path (path);

      g_set_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL, _("%s cannot be read: %s"), name, g_strerror (code));
      return NULL;
    }

  if (check_owner (fd, path, error))
    {
      buffer = g_malloc (MAX_SIZE);
      n = read_all (fd, buffer, MAX_SIZE);
      if (n >= 0)
        self = leyden_rendezvous_parse (buffer, (gsize)n, error);
      else
        g_set_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL, "%s", g_strerror (errno));
    }
  close (fd);
  return self;
}

static LeydenValue *
to_value (const LeydenRendezvous *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "port", self->port);
  leyden_value_builder_set_string (&b, "address", self->address);
  leyden_value_builder_set_string (&b, "key", self->key);
  if (self->approval_key != NULL)
    leyden_value_builder_set_string (&b, "approval_key", self->approval_key);
  leyden_value_builder_set_int (&b, "pid", self->pid);
  leyden_value_builder_set_int (&b, "started", self->started_ns);
  leyden_value_builder_set_string (&b, "database", self->database);
  leyden_value_builder_set_string (&b, "version", self->version);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

gboolean
leyden_rendezvous_write (const LeydenRendezvous  *self,
                         const char              *path,
                         GError                 **error)
{
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;

  g_return_val_if_fail (self != NULL && path != NULL, FALSE);

  folder = g_path_get_dirname (path);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      int code = errno;

      name = leyden_text_path (folder);
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), _("The folder %s cannot be made: %s"), name,
                   g_strerror (code));
      return FALSE;
    }
  value = to_value (self);
  text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

void
leyden_rendezvous_remove (const LeydenRendezvous *self,
                          const char             *path)
{
  g_autoptr(LeydenRendezvous) there = NULL;

  g_return_if_fail (self != NULL && path != NULL);

  there = leyden_rendezvous_read (path, NULL);
  if (there != NULL && there->pid == self->pid && there->started_ns == self->started_ns)
    g_unlink (path);
}

gboolean
leyden_rendezvous_is_alive (const LeydenRendezvous *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  /* A sandbox has process numbers of its own; there only the connection tells. */
  if (g_getenv ("FLATPAK_ID") != NULL)
    return TRUE;
  return kill ((pid_t)self->pid, 0) == 0 || errno == EPERM;
}

/* ---- Finding one without holding up the main loop ---- */

typedef struct
{
  char *folder;
  char *database;
} Find;

static void
find_free (gpointer data)
{
  Find *find = data;

  g_free (find->folder);
  g_free (find->database);
  g_free (find);
}

static void
find_in_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  Find *find = data;
  g_autofree char *folder = find->folder != NULL ? g_strdup (find->folder) : leyden_rendezvous_folder ();
  g_autofree char *path = leyden_rendezvous_path (folder, find->database);
  g_autoptr(GError) error = NULL;
  LeydenRendezvous *there = leyden_rendezvous_read (path, &error);

  if (error != NULL)
    g_info ("%s", error->message);
  if (there != NULL && !leyden_rendezvous_is_alive (there))
    g_clear_pointer (&there, leyden_rendezvous_free);
  g_task_return_pointer (task, there, (GDestroyNotify)leyden_rendezvous_free);
}

void
leyden_rendezvous_find_async (const char          *folder,
                              const char          *database,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Find *find = g_new0 (Find, 1);

  find->folder = g_strdup (folder);
  find->database = g_strdup (database);
  g_task_set_source_tag (task, leyden_rendezvous_find_async);
  g_task_set_task_data (task, find, find_free);
  g_task_run_in_thread (task, find_in_thread);
}

LeydenRendezvous *
leyden_rendezvous_find_finish (GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
