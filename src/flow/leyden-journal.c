/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-journal-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "leyden-file-private.h"
#include "leyden-text.h"

/* Half of the promise of two seconds, the other half is the disk's. */
#define SYNC_DELAY_US (G_USEC_PER_SEC)
#define RETRY_DELAY_US (10 * G_USEC_PER_SEC)
#define COMPACTION_BYTES (8u << 20)
#define MAX_KEYS 99
/* An edit that comes while the journal is still being made waits this long for it; after that it is written as soon as it is there. */
#define START_WAIT_US (100 * 1000)

typedef enum
{
  START_RUNNING,                /* the thread has folder, snapshot and header in hand */
  START_DONE,
  START_FAILED,
} LeydenJournalStart;

/* Steps for a thread to write. Edits that were applied do not change any more. */
typedef struct
{
  LeydenEdit *edit;
  const char *kind;
  guint64     state;
  gboolean    join;
} LeydenStoredEdit;

static gpointer journal_thread (gpointer data);

struct _LeydenJournal
{
  char                    *folder;
  char                    *path;                /* NULL before the first record */
  LeydenJournalHeader      header;
  /* Of the thread until it has started. */
  GBytes                  *base;                /* snapshot for the start; NULL afterwards */
  GArray                  *history;             /* LeydenStoredEdit that led to it; NULL afterwards, and for none */
  char                    *replaced;            /* a journal that is removed once this one is there; nullable */
  int                      fd;
  gsize                    size;                /* bytes of whole lines */
  gsize                    limit;               /* compaction above it */
  gboolean                 broken;              /* a record is missing: only a compaction helps */
  gint64                   broken_time;
  gint64                   retry_us;            /* between attempts to begin again after a failure */
  LeydenJournalFailedFunc  failed;
  gpointer                 failed_data;

  GTask                   *compaction;          /* borrowed while it runs */
  GString                 *pending;             /* lines since it began */

  GThread                 *thread;
  GMutex                   lock;                /* guards what follows */
  GCond                    cond;
  LeydenJournalStart       start;
  GError                  *start_error;         /* why it failed; nullable */
  GString                 *queue;               /* lines that wait for the start */
  gboolean                 dirty;
  gboolean                 started;             /* snapshot and folder are not synced yet */
  gboolean                 stop;
};

static char *
dup_or_null (const char *text)
{
  return text != NULL ? g_strdup (text) : NULL;
}

static void
header_copy (LeydenJournalHeader       *to,
             const LeydenJournalHeader *from)
{
  *to = *from;
  to->id = g_strdup (from->id);
  to->title = g_strdup (from->title);
  to->uri = dup_or_null (from->uri);
  to->file_sha256 = g_strdup (from->file_sha256);
}

static void
header_clear (LeydenJournalHeader *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->uri, g_free);
  g_clear_pointer (&self->file_sha256, g_free);
}

/* Anything may stand in an id; a file name must not lead anywhere. */
char *
leyden_journal_key (const char *id)
{
  gsize length = strlen (id);
  g_autofree char *sum = NULL;

  if (length >= 1 && length <= 64 && strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-") == length)
    return g_strdup (id);
  sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, (gssize) length);
  sum[32] = '\0';
  return g_strconcat ("h-", sum, NULL);
}

char *
leyden_journal_folder (const char *state_folder)
{
  if (state_folder != NULL)
    return g_build_filename (state_folder, "journal", NULL);
  return g_build_filename (g_get_user_state_dir (), "leyden", "journal", NULL);
}

static void
stored_edit_clear (gpointer data)
{
  leyden_edit_unref (((LeydenStoredEdit *) data)->edit);
}

static void
store_steps (GArray     *stored,
             GPtrArray  *steps,
             const char *kind)
{
  for (guint i = 0; i < steps->len; i++)
    {
      LeydenStep *step = g_ptr_array_index (steps, i);

      for (guint k = 0; k < step->edits->len; k++)
        {
          LeydenStoredEdit one = { leyden_edit_ref (g_ptr_array_index (step->edits, k)), kind, step->state, k > 0 };

          g_array_append_val (stored, one);
        }
    }
}

static GArray *
store_history (LeydenHistory *history)
{
  GArray *stored = g_array_new (FALSE, FALSE, sizeof (LeydenStoredEdit));

  g_array_set_clear_func (stored, stored_edit_clear);
  store_steps (stored, history->past, "past");
  store_steps (stored, history->future, "future");
  return stored;
}

static void
append_stored (GString *text,
               GArray  *stored)
{
  for (guint i = 0; i < stored->len; i++)
    {
      LeydenStoredEdit *one = &g_array_index (stored, LeydenStoredEdit, i);
      g_autoptr(LeydenValue) record = leyden_journal_edit_record (one->kind, one->edit, one->state, one->join);

      leyden_journal_append_line (text, record);
    }
}

LeydenJournal *
leyden_journal_new (const char                *state_folder,
                    const LeydenJournalHeader *header,
                    GBytes                    *base,
                    LeydenHistory             *history,
                    const char                *replaced)
{
  LeydenJournal *self = g_new0 (LeydenJournal, 1);

  self->folder = leyden_journal_folder (state_folder);
  header_copy (&self->header, header);
  self->base = g_bytes_ref (base);
  self->history = history != NULL ? store_history (history) : NULL;
  self->replaced = g_strdup (replaced);
  self->queue = g_string_new (NULL);
  self->fd = -1;
  self->limit = COMPACTION_BYTES;
  self->retry_us = RETRY_DELAY_US;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->thread = g_thread_new ("leyden-journal", journal_thread, self);
  return self;
}

LeydenJournal *
leyden_journal_resume (LeydenJournalContents *contents)
{
  LeydenJournal *self = g_new0 (LeydenJournal, 1);

  self->folder = g_path_get_dirname (contents->path);
  self->path = g_strdup (contents->path);
  header_copy (&self->header, &contents->header);
  self->start = START_DONE;
  self->fd = contents->fd;
  contents->fd = -1;
  self->size = contents->good_length;
  self->limit = MAX (COMPACTION_BYTES, 2 * self->size);
  self->retry_us = RETRY_DELAY_US;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  /* What a crash cut off would make the next line bad too. */
  if (ftruncate (self->fd, (off_t) self->size) != 0)
    self->broken = TRUE;
  return self;
}

void
leyden_journal_set_failed_func (LeydenJournal           *self,
                                LeydenJournalFailedFunc  func,
                                gpointer                 data)
{
  g_mutex_lock (&self->lock);
  self->failed = func;
  self->failed_data = data;
  g_mutex_unlock (&self->lock);
}

void
leyden_journal_set_limits (LeydenJournal *self,
                           gsize          bytes,
                           gint64         retry_us)
{
  self->limit = bytes;
  self->retry_us = retry_us;
}

static gboolean
fault (GError     **error,
       const char  *path,
       int          number)
{
  g_autofree char *shown = leyden_text_path (path);

  g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE,
               _("%s: %s. Changes are not protected against a crash; save the file."), shown, g_strerror (number));
  return FALSE;
}

/* What the journal begins from, and that both files have names. Without them the lines are worth nothing. */
static gboolean
sync_start (LeydenJournal *self)
{
  g_autofree char *snapshot = g_strconcat (self->path, ".autosave", NULL);

  return leyden_file_sync (snapshot) && leyden_file_sync (self->folder);
}

/* Syncs what was written within a second; syncs once more before it ends. */
static void
keep_synced (LeydenJournal *self)
{
  gboolean told = FALSE;

  g_mutex_lock (&self->lock);
  while (self->dirty || !self->stop)
    {
      gboolean started;
      gint64 end;
      int fd;

      if (!self->dirty)
        {
          g_cond_wait (&self->cond, &self->lock);
          continue;
        }
      end = g_get_monotonic_time () + SYNC_DELAY_US;
      while (!self->stop && g_cond_wait_until (&self->cond, &self->lock, end))
        ;
      self->dirty = FALSE;
      started = self->started;
      self->started = FALSE;
      fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 3);
      g_mutex_unlock (&self->lock);
      if ((fd < 0 || fdatasync (fd) != 0 || (started && !sync_start (self))) && !told && self->failed != NULL)
        {
          g_autoptr(GError) error = NULL;

          fault (&error, self->path, errno);
          self->failed (error, self->failed_data);
          told = TRUE;
        }
      if (fd >= 0)
        close (fd);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
}

static void
mark_dirty (LeydenJournal *self)
{
  g_mutex_lock (&self->lock);
  if (!self->dirty)
    {
      self->dirty = TRUE;
      g_cond_broadcast (&self->cond);
    }
  g_mutex_unlock (&self->lock);
  if (self->thread == NULL)
    self->thread = g_thread_new ("leyden-journal", journal_thread, self);
}

/* Opens a file that was not there and locks it; who else holds it only looks at it for a moment. −1 with errno. */
static int
open_new (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd >= 0 && flock (fd, LOCK_EX) != 0)
    {
      int number = errno;

      close (fd);
      errno = number;
      return -1;
    }
  return fd;
}

static int
open_free_key (LeydenJournal *self)
{
  g_autofree char *key = leyden_journal_key (self->header.id);
  int fd = -1;

  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    return -1;
  for (guint i = 1; i <= MAX_KEYS && fd < 0; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup (key) : g_strdup_printf ("%s-%u", key, i);

      g_free (self->path);
      self->path = g_build_filename (self->folder, name, NULL);
      fd = open_new (self->path);
      if (fd < 0 && errno != EEXIST)
        return -1;
    }
  return fd;
}

/* Nothing stays behind, not even the name, which another window may take before the next attempt. */
static gboolean
undo_start (LeydenJournal *self,
            int            fd)
{
  g_autofree char *snapshot = g_strconcat (self->path, ".autosave", NULL);

  unlink (snapshot);
  unlink (self->path);
  close (fd);
  g_clear_pointer (&self->path, g_free);
  return FALSE;
}

/* Creates snapshot and journal with its header and history. In the thread. */
static gboolean
start (LeydenJournal  *self,
       GError        **error)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->base);
  g_autoptr(LeydenValue) header = leyden_journal_header_to_value (&self->header, sum);
  g_autofree char *snapshot = NULL;
  g_autoptr(GString) line = g_string_new (NULL);
  int fd = open_free_key (self);

  if (fd < 0)
    {
      fault (error, self->path != NULL ? self->path : self->folder, errno);
      g_clear_pointer (&self->path, g_free);
      return FALSE;
    }
  leyden_journal_append_line (line, header);
  if (self->history != NULL)
    append_stored (line, self->history);
  snapshot = g_strconcat (self->path, ".autosave", NULL);
  if (!leyden_file_write_private (snapshot, self->base, FALSE, error))
    return undo_start (self, fd);
  if (!leyden_file_write_all (fd, line->str, line->len))
    {
      fault (error, self->path, errno);
      return undo_start (self, fd);
    }
  self->fd = fd;
  self->size = line->len;
  g_clear_pointer (&self->base, g_bytes_unref);
  g_clear_pointer (&self->history, g_array_unref);
  if (self->replaced != NULL)
    {
      g_autofree char *old = g_strconcat (self->replaced, ".autosave", NULL);

      unlink (old);
      unlink (self->replaced);
    }
  return TRUE;
}

static gboolean
write_queue (LeydenJournal  *self,
             GString        *lines,
             GError        **error)
{
  if (!leyden_file_write_all (self->fd, lines->str, lines->len))
    return fault (error, self->path, errno);
  self->size += lines->len;
  return TRUE;
}

/* Whatever was written meanwhile comes right behind the start, in its order. */
static void
make_start (LeydenJournal *self)
{
  g_autoptr(GError) error = NULL;
  gboolean done = start (self, &error);
  gboolean lost = FALSE;        /* lines that whoever wrote them takes for written */
  LeydenJournalFailedFunc failed;

  g_mutex_lock (&self->lock);
  while (done && self->queue->len > 0)
    {
      GString *lines = self->queue;

      self->queue = g_string_new (NULL);
      g_mutex_unlock (&self->lock);
      done = write_queue (self, lines, &error);
      lost = !done;
      g_string_free (lines, TRUE);
      g_mutex_lock (&self->lock);
      self->dirty = TRUE;
    }
  /* Otherwise the next write says it. */
  failed = !done && (lost || self->queue->len > 0) ? self->failed : NULL;
  self->dirty = self->dirty && done;
  self->start = done ? START_DONE : START_FAILED;
  self->started = done;
  self->start_error = error != NULL ? g_error_copy (error) : NULL;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  if (failed != NULL)
    failed (error, self->failed_data);
}

static gpointer
journal_thread (gpointer data)
{
  LeydenJournal *self = data;

  if (self->start == START_RUNNING)
    make_start (self);
  keep_synced (self);
  return NULL;
}

/* Whether the journal is there. FALSE without an error: @line is written when it is. */
static gboolean
await_start (LeydenJournal  *self,
             GString        *line,
             GError        **error)
{
  gint64 end = g_get_monotonic_time () + START_WAIT_US;
  LeydenJournalStart now;

  g_mutex_lock (&self->lock);
  while (self->start == START_RUNNING && g_cond_wait_until (&self->cond, &self->lock, end))
    ;
  now = self->start;
  if (now == START_RUNNING)
    {
      g_string_append_len (self->queue, line->str, (gssize) line->len);
      self->dirty = TRUE;
    }
  g_mutex_unlock (&self->lock);
  if (now == START_FAILED)
    g_propagate_error (error, g_error_copy (self->start_error));
  return now == START_DONE;
}

static gboolean
append (LeydenJournal  *self,
        GString        *line,
        GError        **error)
{
  g_autoptr(GError) local = NULL;
  int number;

  if (!await_start (self, line, &local))
    {
      gboolean queued = local == NULL;

      if (!queued)
        g_propagate_error (error, g_steal_pointer (&local));
      return queued;
    }
  if (leyden_file_write_all (self->fd, line->str, line->len))
    {
      self->size += line->len;
      mark_dirty (self);
      return TRUE;
    }
  number = errno;
  /* Half a line would hide the ones behind it. */
  if (ftruncate (self->fd, (off_t) self->size) != 0)
    g_debug ("%s: %s", self->path, g_strerror (errno));
  return fault (error, self->path, number);
}

gboolean
leyden_journal_write (LeydenJournal  *self,
                      LeydenValue    *record,
                      GError        **error)
{
  g_autoptr(GString) line = g_string_new (NULL);

  leyden_journal_append_line (line, record);
  if (self->pending != NULL)
    g_string_append_len (self->pending, line->str, (gssize) line->len);
  if (self->broken)
    return TRUE;                /* said once; a compaction will bring it back */
  if (append (self, line, error))
    return TRUE;
  self->broken = TRUE;
  self->broken_time = g_get_monotonic_time ();
  return FALSE;
}

static gboolean
is_starting (LeydenJournal *self)
{
  gboolean running;

  g_mutex_lock (&self->lock);
  running = self->start == START_RUNNING;
  g_mutex_unlock (&self->lock);
  return running;
}

gboolean
leyden_journal_wants_compaction (LeydenJournal *self)
{
  if (self->compaction != NULL || is_starting (self))
    return FALSE;
  if (self->broken)
    return g_get_monotonic_time () - self->broken_time >= self->retry_us;
  return self->size > self->limit;
}

gboolean
leyden_journal_is_compacting (LeydenJournal *self)
{
  return self->compaction != NULL;
}

/* What the thread needs, and the file that it made. */
typedef struct
{
  LeydenJournal *journal;       /* NULL once it was closed; main thread only */
  char          *path;
  char          *snapshot_path;
  GBytes        *snapshot;
  GArray        *history;       /* LeydenStoredEdit */
  GString       *text;
  int            fd;
} LeydenCompaction;

static void
compaction_free (LeydenCompaction *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self->snapshot_path);
  g_bytes_unref (self->snapshot);
  g_array_unref (self->history);
  g_string_free (self->text, TRUE);
  g_free (self);
}

static void
compact_in_thread (GTask        *task,
                   gpointer      source,
                   gpointer      task_data,
                   GCancellable *cancellable)
{
  LeydenCompaction *self = task_data;
  g_autofree char *folder = g_path_get_dirname (self->path);
  GError *error = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      fault (&error, folder, errno);
      g_task_return_error (task, error);
      return;
    }
  append_stored (self->text, self->history);
  unlink (self->path);
  if (!leyden_file_write_private (self->snapshot_path, self->snapshot, TRUE, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->fd = open_new (self->path);
  if (self->fd < 0 || !leyden_file_write_all (self->fd, self->text->str, self->text->len) || fsync (self->fd) != 0)
    {
      fault (&error, self->path, errno);
      g_task_return_error (task, error);
      return;
    }
  g_task_return_boolean (task, TRUE);
}

/* The journal goes first: with it in place the new snapshot is found under either name. */
static gboolean
swap (LeydenJournal     *self,
      LeydenCompaction  *done,
      GError           **error)
{
  g_autofree char *snapshot = NULL;
  int old = self->fd;

  if (!leyden_file_write_all (done->fd, self->pending->str, self->pending->len))
    return fault (error, done->path, errno);
  if (self->path == NULL)
    {
      int fd = open_free_key (self);

      if (fd < 0)
        return fault (error, self->folder, errno);
      close (fd);
    }
  if (rename (done->path, self->path) != 0)
    return fault (error, self->path, errno);
  snapshot = g_strconcat (self->path, ".autosave", NULL);
  if (rename (done->snapshot_path, snapshot) != 0)
    g_debug ("%s: %s", snapshot, g_strerror (errno));
  g_mutex_lock (&self->lock);
  self->fd = done->fd;
  g_mutex_unlock (&self->lock);
  done->fd = -1;
  if (old >= 0)
    close (old);
  self->size = done->text->len + self->pending->len;
  self->limit = MAX (self->limit, 2 * self->size);
  self->broken = FALSE;
  g_mutex_lock (&self->lock);
  self->start = START_DONE;
  g_mutex_unlock (&self->lock);
  mark_dirty (self);
  return TRUE;
}

static void
compacted_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      data)
{
  LeydenCompaction *done = g_task_get_task_data (G_TASK (result));
  LeydenJournal *self = done->journal;
  g_autoptr(GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error) || self == NULL || !swap (self, done, &error))
    {
      unlink (done->path);
      unlink (done->snapshot_path);
    }
  if (self == NULL)
    return;
  if (error != NULL)
    {
      self->broken_time = g_get_monotonic_time ();
      self->limit *= 2;
      g_debug ("Compaction: %s", error->message);
    }
  self->compaction = NULL;
  g_string_free (g_steal_pointer (&self->pending), TRUE);
}

void
leyden_journal_compact (LeydenJournal             *self,
                        const LeydenJournalHeader *header,
                        GBytes                    *snapshot,
                        LeydenHistory             *history)
{
  LeydenCompaction *compaction = g_new0 (LeydenCompaction, 1);
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, snapshot);
  g_autoptr(LeydenValue) value = leyden_journal_header_to_value (header, sum);
  g_autofree char *key = leyden_journal_key (self->header.id);
  g_autofree char *stem = NULL;
  g_autoptr(GTask) task = NULL;

  g_assert (self->compaction == NULL);

  compaction->journal = self;
  compaction->fd = -1;
  stem = self->path != NULL ? g_strdup (self->path) : g_build_filename (self->folder, key, NULL);
  compaction->path = g_strconcat (stem, ".new", NULL);
  compaction->snapshot_path = g_strconcat (stem, ".autosave.new", NULL);
  compaction->snapshot = g_bytes_ref (snapshot);
  compaction->text = g_string_new (NULL);
  leyden_journal_append_line (compaction->text, value);
  compaction->history = store_history (history);

  header_clear (&self->header);
  header_copy (&self->header, header);
  self->pending = g_string_new (NULL);
  task = g_task_new (NULL, NULL, compacted_cb, NULL);
  g_task_set_source_tag (task, leyden_journal_compact);
  g_task_set_task_data (task, compaction, (GDestroyNotify) compaction_free);
  self->compaction = task;
  g_task_run_in_thread (task, compact_in_thread);
}

void
leyden_journal_close (LeydenJournal *self,
                      gboolean       keep)
{
  if (self == NULL)
    return;
  if (self->compaction != NULL)
    {
      ((LeydenCompaction *) g_task_get_task_data (self->compaction))->journal = NULL;
      g_string_free (self->pending, TRUE);
    }
  if (self->thread != NULL)
    {
      g_mutex_lock (&self->lock);
      self->stop = TRUE;
      self->dirty = self->dirty && keep;
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->lock);
      g_thread_join (self->thread);
    }
  if (self->fd >= 0 && !keep)
    {
      g_autofree char *snapshot = g_strconcat (self->path, ".autosave", NULL);

      unlink (snapshot);
      unlink (self->path);
    }
  if (self->fd >= 0)
    close (self->fd);
  header_clear (&self->header);
  g_clear_pointer (&self->base, g_bytes_unref);
  g_clear_pointer (&self->history, g_array_unref);
  g_clear_error (&self->start_error);
  if (self->queue != NULL)
    g_string_free (self->queue, TRUE);
  g_free (self->replaced);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self->folder);
  g_free (self->path);
  g_free (self);
}
