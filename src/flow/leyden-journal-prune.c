/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-journal-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Journals that were closed stay for the history that is in them: so many, and so many bytes with their snapshots. */
#define MAX_CLOSED 50
#define MAX_CLOSED_BYTES (64u << 20)

typedef struct
{
  char    *name;
  goffset  size;
  gint64   time_ns;
} LeydenClosed;

static void
closed_free (LeydenClosed *self)
{
  g_free (self->name);
  g_free (self);
}

static int
compare_times (gconstpointer a,
               gconstpointer b)
{
  const LeydenClosed *first = *(LeydenClosed * const *) a;
  const LeydenClosed *second = *(LeydenClosed * const *) b;

  if (first->time_ns != second->time_ns)
    return first->time_ns > second->time_ns ? -1 : 1;
  return strcmp (first->name, second->name);
}

gboolean
leyden_journal_is_closed (const char *path)
{
  g_autoptr(LeydenValue) record = leyden_journal_plain_record ("closed");
  g_autoptr(GString) line = g_string_new (NULL);
  g_autofree char *end = NULL;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat info;
  gboolean closed;

  if (fd < 0)
    return FALSE;
  leyden_journal_append_line (line, record);
  end = g_malloc (line->len);
  closed = fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_size > (off_t) line->len
           && pread (fd, end, line->len, info.st_size - (off_t) line->len) == (gssize) line->len
           && memcmp (end, line->str, line->len) == 0;
  close (fd);
  return closed;
}

static goffset
size_of (const char *path)
{
  struct stat info;

  return lstat (path, &info) == 0 ? info.st_size : 0;
}

static LeydenClosed *
closed_new (const char *path,
            const char *name)
{
  g_autofree char *snapshot = g_strconcat (path, ".autosave", NULL);
  LeydenClosed *self;
  struct stat info;

  if (!leyden_journal_is_closed (path) || lstat (path, &info) != 0)
    return NULL;
  self = g_new0 (LeydenClosed, 1);
  self->name = g_strdup (name);
  self->size = info.st_size + size_of (snapshot);
  self->time_ns = info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec;
  return self;
}

/* Not one that another window has opened meanwhile: that holds the lock. */
static void
remove_closed (const char *folder,
               const char *name)
{
  g_autoptr(LeydenJournalContents) contents = leyden_journal_read (folder, name, NULL);

  if (contents != NULL && leyden_journal_is_closed (contents->path))
    leyden_journal_remove (contents);
}

/* What was recovered begins a journal anew: its snapshot may be all that is left of edits, though no record follows it. */
static gboolean
is_only_copy (LeydenJournalContents *contents)
{
  return contents->header.saved != contents->header.state && leyden_journal_get_snapshot (contents) != NULL;
}

/* A window that was killed before there was anything to lose. */
static void
remove_empty (const char *folder,
              const char *name)
{
  g_autoptr(LeydenJournalContents) contents = leyden_journal_read (folder, name, NULL);

  if (contents != NULL && contents->records->len == 0 && !contents->damaged && !is_only_copy (contents))
    leyden_journal_remove (contents);
}

/* An empty journal is its header. */
#define MAX_EMPTY_BYTES 4096

void
leyden_journal_prune (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr(GPtrArray) closed = g_ptr_array_new_with_free_func ((GDestroyNotify) closed_free);
  const char *name;
  goffset total = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      LeydenClosed *one = strchr (name, '.') == NULL ? closed_new (path, name) : NULL;

      if (one != NULL)
        g_ptr_array_add (closed, one);
      else if (strchr (name, '.') == NULL && size_of (path) < MAX_EMPTY_BYTES)
        remove_empty (folder, name);
    }
  g_ptr_array_sort (closed, compare_times);
  for (guint i = 0; i < closed->len; i++)
    {
      LeydenClosed *one = g_ptr_array_index (closed, i);

      total += one->size;
      if (i >= MAX_CLOSED || total > MAX_CLOSED_BYTES)
        remove_closed (folder, one->name);
    }
}
