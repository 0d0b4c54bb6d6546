/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-dataset-reader.h"
#include "leyden-text.h"

/* Reads a file in a thread. What the file held when it was opened counts: it is read with read(), never mapped, up to the size that
 * it had then; a file that became shorter, or was written over in place, is an error. */

#define BLOCK ((gsize) 64 * 1024)
#define PROGRESS_US (G_USEC_PER_SEC / 10)

typedef struct
{
  char                  *path;
  char                  *shown;         /* for messages */
  LeydenDatasetFormat    format;
  char                  *encoding;
  gboolean               skip_bad;
  guint                  max_rows;
  LeydenDatasetProgress  progress;
  gpointer               progress_data;
} Load;

/* News on its way to the context of the caller; holds the task, so that none comes after the end. */
typedef struct
{
  GTask   *task;
  guint64  n_bytes;
  guint64  n_total;
} News;

static void
load_free (gpointer data)
{
  Load *self = data;

  g_free (self->path);
  g_free (self->shown);
  g_free (self->encoding);
  g_free (self);
}

static void
news_free (gpointer data)
{
  News *self = data;

  g_object_unref (self->task);
  g_free (self);
}

static gboolean
tell_cb (gpointer data)
{
  News *self = data;
  Load *load = g_task_get_task_data (self->task);

  if (!g_task_get_completed (self->task))
    load->progress (self->n_bytes, self->n_total, load->progress_data);
  return G_SOURCE_REMOVE;
}

static void
tell (GTask   *task,
      guint64  n_bytes,
      guint64  n_total)
{
  News *news = g_new0 (News, 1);

  news->task = g_object_ref (task);
  news->n_bytes = n_bytes;
  news->n_total = n_total;
  g_main_context_invoke_full (g_task_get_context (task), G_PRIORITY_DEFAULT, tell_cb, news, news_free);
}

static gboolean
fail (GError     **error,
      const Load  *load,
      const char  *reason)
{
  g_set_error (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_FILE, "%s: %s", load->shown, reason);
  return FALSE;
}

/* −1 with @error. O_NONBLOCK, so that a pipe does not wait for its other end. */
static int
open_regular (const Load   *load,
              struct stat  *info,
              GError      **error)
{
  int fd = g_open (load->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);

  if (fd < 0)
    {
      fail (error, load, g_strerror (errno));
      return -1;
    }
  if (fstat (fd, info) != 0)
    fail (error, load, g_strerror (errno));
  else if (!S_ISREG (info->st_mode))
    fail (error, load, _("not a regular file"));
  else
    return fd;
  close (fd);
  return -1;
}

static gboolean
read_blocks (GTask                *task,
             int                   fd,
             guint64               n_total,
             LeydenDatasetReader  *reader,
             GChecksum            *checksum,
             guint64              *n_read,
             GError              **error)
{
  Load *load = g_task_get_task_data (task);
  g_autofree char *block = g_malloc (BLOCK);
  gint64 told_us = g_get_monotonic_time ();

  while (*n_read < n_total && !leyden_dataset_reader_is_full (reader))
    {
      gssize n = read (fd, block, MIN (BLOCK, n_total - *n_read));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail (error, load, g_strerror (errno));
      if (n == 0)
        return fail (error, load, _("the file became shorter while it was read"));
      *n_read += (guint64) n;
      g_checksum_update (checksum, (const guchar *) block, n);
      if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), error) ||
          !leyden_dataset_reader_push (reader, block, (gsize) n, error))
        return FALSE;
      if (load->progress != NULL && g_get_monotonic_time () - told_us >= PROGRESS_US)
        {
          told_us = g_get_monotonic_time ();
          tell (task, *n_read, n_total);
        }
    }
  return TRUE;
}

static gboolean
check_unchanged (const Load         *load,
                 int                 fd,
                 const struct stat  *before,
                 GError            **error)
{
  struct stat after;

  if (fstat (fd, &after) != 0)
    return fail (error, load, g_strerror (errno));
  if (after.st_size < before->st_size)
    return fail (error, load, _("the file became shorter while it was read"));
  if (after.st_size == before->st_size &&
      (after.st_mtim.tv_sec != before->st_mtim.tv_sec || after.st_mtim.tv_nsec != before->st_mtim.tv_nsec))
    return fail (error, load, _("the file was changed while it was read"));
  return TRUE;
}

static LeydenDataset *
load_file (GTask   *task,
           GError **error)
{
  Load *load = g_task_get_task_data (task);
  g_autoptr(LeydenDatasetReader) reader = NULL;
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  struct stat info;
  guint64 n_read = 0, n_total;
  gboolean good;
  int fd;

  reader = leyden_dataset_reader_new (load->format, load->encoding, load->skip_bad, load->max_rows, error);
  fd = reader != NULL ? open_regular (load, &info, error) : -1;
  if (fd < 0)
    return NULL;
  n_total = (guint64) info.st_size;
  good = read_blocks (task, fd, n_total, reader, checksum, &n_read, error) && check_unchanged (load, fd, &info, error);
  close (fd);
  if (!good)
    return NULL;
  if (load->progress != NULL)
    tell (task, n_read, n_total);
  return leyden_dataset_reader_finish (reader, n_read == n_total ? g_checksum_get_string (checksum) : NULL, error);
}

static void
load_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  GError *error = NULL;
  LeydenDataset *dataset = load_file (task, &error);

  if (dataset != NULL)
    g_task_return_pointer (task, dataset, g_object_unref);
  else
    g_task_return_error (task, error);
}

static LeydenDatasetFormat
format_of_name (const char *name)
{
  g_autofree char *folded = g_ascii_strdown (name, -1);

  return g_str_has_suffix (folded, ".csv") || g_str_has_suffix (folded, ".tsv") ? LEYDEN_DATASET_CSV : LEYDEN_DATASET_JSONL;
}

void
leyden_dataset_load_with_progress_async (const char            *path,
                                         const char            *name,
                                         int                    format,
                                         const char            *encoding,
                                         gboolean               skip_bad,
                                         guint                  max_rows,
                                         LeydenDatasetProgress  progress,
                                         gpointer               progress_data,
                                         GCancellable          *cancellable,
                                         GAsyncReadyCallback    callback,
                                         gpointer               data)
{
  g_autoptr(GTask) task = NULL;
  Load *load;

  g_return_if_fail (path != NULL);

  load = g_new0 (Load, 1);
  load->path = g_strdup (path);
  load->shown = leyden_text_path (name != NULL ? name : path);
  load->format = format >= 0 ? (LeydenDatasetFormat) format : format_of_name (name != NULL ? name : path);
  load->encoding = g_strdup (encoding);
  load->skip_bad = skip_bad;
  load->max_rows = max_rows;
  load->progress = progress;
  load->progress_data = progress_data;
  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_dataset_load_with_progress_async);
  g_task_set_task_data (task, load, load_free);
  g_task_run_in_thread (task, load_thread);
}

void
leyden_dataset_load_async (const char          *path,
                           const char          *name,
                           int                  format,
                           const char          *encoding,
                           gboolean             skip_bad,
                           guint                max_rows,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             data)
{
  leyden_dataset_load_with_progress_async (path, name, format, encoding, skip_bad, max_rows, NULL, NULL, cancellable, callback, data);
}

LeydenDataset *
leyden_dataset_load_finish (GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
