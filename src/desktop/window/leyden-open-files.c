/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-open-files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-id.h"
#include "leyden-json.h"

#define MAX_TAKEN 50
/* A state is written anew from the beginning above this. */
#define MAX_BYTES (64 * 1024)

struct _LeydenOpenFiles
{
  char        *folder;
  char       **uris;            /* as they were set last; nullable */
  GThreadPool *pool;            /* one thread; the rest is its own */
  char        *path;
  int          fd;
  gsize        size;
  gboolean     failed;
};

static char *
get_folder (const char *state_folder)
{
  if (state_folder != NULL)
    return g_build_filename (state_folder, "windows", NULL);
  return g_build_filename (g_get_user_state_dir (), "leyden", "windows", NULL);
}

static gboolean
open_own (LeydenOpenFiles *self)
{
  g_autofree char *name = leyden_id_new_node (NULL);

  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    return FALSE;
  self->path = g_build_filename (self->folder, name, NULL);
  self->fd = open (self->path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  return self->fd >= 0 && flock (self->fd, LOCK_EX) == 0;
}

/* In the thread. */
static void
write_line (gpointer data,
            gpointer user_data)
{
  LeydenOpenFiles *self = user_data;
  g_autofree char *line = data;
  gsize length = strlen (line);

  if (self->failed)
    return;
  if ((self->fd < 0 && !open_own (self)) || (self->size + length > MAX_BYTES && ftruncate (self->fd, 0) != 0)
      || write (self->fd, line, length) != (gssize) length)
    {
      /* What is open is not lost by this, only not brought back. */
      g_debug ("%s: %s", self->folder, g_strerror (errno));
      self->failed = TRUE;
      return;
    }
  self->size = self->size + length > MAX_BYTES ? length : self->size + length;
}

LeydenOpenFiles *
leyden_open_files_new (const char *state_folder)
{
  LeydenOpenFiles *self = g_new0 (LeydenOpenFiles, 1);

  self->folder = get_folder (state_folder);
  self->fd = -1;
  self->pool = g_thread_pool_new (write_line, self, 1, FALSE, NULL);
  return self;
}

void
leyden_open_files_free (LeydenOpenFiles *self)
{
  if (self == NULL)
    return;
  g_thread_pool_free (self->pool, FALSE, TRUE);
  if (self->fd >= 0)
    {
      unlink (self->path);
      close (self->fd);
    }
  g_free (self->path);
  g_free (self->folder);
  g_strfreev (self->uris);
  g_free (self);
}

void
leyden_open_files_set (LeydenOpenFiles    *self,
                       const char * const *uris)
{
  static const char * const none[] = { NULL };
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *json = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (uris != NULL);

  if (g_strv_equal (self->uris != NULL ? (const char * const *) self->uris : none, uris))
    return;
  g_strfreev (self->uris);
  self->uris = g_strdupv ((char **) uris);
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; uris[i] != NULL; i++)
    leyden_value_builder_add_string (&builder, uris[i]);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  json = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  g_thread_pool_push (self->pool, g_strconcat (json, "\n", NULL), NULL);
}

/* --- what was left --- */

static void
add_uris (GPtrArray  *uris,
          const char *text,
          gsize       length)
{
  const char *end = length > 0 ? memrchr (text, '\n', length) : NULL;
  const char *start = end != NULL ? memrchr (text, '\n', (gsize) (end - text)) : NULL;
  g_autoptr(LeydenValue) list = NULL;

  if (end == NULL)
    return;
  start = start != NULL ? start + 1 : text;
  list = leyden_json_parse (start, end - start, NULL, NULL);
  if (list == NULL || leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return;
  for (guint i = 0; i < leyden_value_get_size (list) && uris->len < MAX_TAKEN; i++)
    {
      const char *uri = leyden_value_get_string (leyden_value_get_item (list, i), NULL);

      /* Ours are of this computer. */
      if (uri != NULL && g_str_has_prefix (uri, "file:///") && !g_ptr_array_find_with_equal_func (uris, uri, g_str_equal, NULL))
        g_ptr_array_add (uris, g_strdup (uri));
    }
}

static void
take_one (GPtrArray  *uris,
          const char *path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree char *text = NULL;
  struct stat info;
  gssize n = 0;

  if (fd < 0)
    return;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    {
      text = g_malloc (2 * MAX_BYTES);
      n = pread (fd, text, 2 * MAX_BYTES, 0);
      unlink (path);
    }
  close (fd);
  if (text != NULL && n > 0)
    add_uris (uris, text, (gsize) n);
}

char **
leyden_open_files_take (const char *state_folder)
{
  g_autofree char *folder = get_folder (state_folder);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr(GPtrArray) uris = g_ptr_array_new ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      take_one (uris, path);
    }
  g_ptr_array_add (uris, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&uris), FALSE);
}
