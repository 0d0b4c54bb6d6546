/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-document.h"

#include <glib/gi18n-lib.h>
#include "leyden-document-private.h"
#include "leyden-flow-private.h"

typedef struct
{
  GFile           *file;
  GBytes          *bytes;
  guint64          state;       /* that the bytes show; edits go on meanwhile */
  gboolean         check;
  LeydenFileStamp  expected;
  LeydenFileStamp  stamp;
} LeydenSave;

static void
save_free (LeydenSave *self)
{
  g_object_unref (self->file);
  g_bytes_unref (self->bytes);
  g_free (self);
}

static void
save_in_thread (GTask        *task,
                gpointer      source,
                gpointer      task_data,
                GCancellable *cancellable)
{
  LeydenSave *self = task_data;
  GError *error = NULL;

  if (leyden_file_replace (self->file, self->bytes, self->check ? &self->expected : NULL, &self->stamp, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
is_own_file (LeydenDocument *self,
             GFile          *file)
{
  return self->file != NULL && g_file_equal (self->file, file);
}

void
leyden_document_save_async (LeydenDocument      *self,
                            GFile               *file,
                            gboolean             overwrite,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_autoptr(GTask) task = NULL;
  LeydenSave *save;

  g_return_if_fail (LEYDEN_IS_DOCUMENT (self) && self->root == NULL);
  g_return_if_fail (file == NULL || G_IS_FILE (file));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_document_save_async);
  /* Once it is in the thread it is done or not done; "cancelled" would say neither. */
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (file == NULL)
    file = self->file;
  if (file == NULL)
    {
      g_task_return_new_error (task, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE, _("The flow has no file yet: choose one."));
      return;
    }
  if (leyden_flow_get_version (self->flow) > LEYDEN_FLOW_FORMAT && is_own_file (self, file))
    {
      g_task_return_new_error (task, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_READ_ONLY, "%s", self->read_only_reason);
      return;
    }
  save = g_new0 (LeydenSave, 1);
  save->file = g_object_ref (file);
  save->bytes = leyden_document_dup_content (self);
  save->state = leyden_history_get_state (self->history);
  save->check = !overwrite && is_own_file (self, file);
  save->expected = self->stamp;
  g_task_set_task_data (task, save, (GDestroyNotify) save_free);
  g_task_run_in_thread (task, save_in_thread);
}

void
leyden_document_record_saved (LeydenDocument *self)
{
  g_autofree char *uri = g_file_get_uri (self->file);
  g_autoptr(LeydenValue) record = leyden_journal_saved_record (self->stamp.sha256, self->saved, uri);
  g_autoptr(GError) error = NULL;

  if (self->journal != NULL && !leyden_journal_write (self->journal, record, &error))
    leyden_document_report_journal (self, error);
}

static void
remember (LeydenDocument *self,
          LeydenSave     *save)
{
  self->saved = save->state;
  self->stamp = save->stamp;
  g_clear_pointer (&self->bytes_before, g_bytes_unref);
  self->bytes_before = g_steal_pointer (&self->bytes);
  self->bytes = g_bytes_ref (save->bytes);
  if (g_set_object (&self->file, save->file))
    g_object_notify (G_OBJECT (self), "file");
  /* Without an edit there is no journal, and none is begun for this. */
  if (self->history->past->len > 0 || self->history->future->len > 0)
    leyden_document_record_saved (self);
  if (self->journal != NULL && self->history->past->len == 0 && self->history->future->len == 0)
    {
      leyden_journal_close (g_steal_pointer (&self->journal), FALSE);
      leyden_document_start_journal (self, NULL);
    }
  leyden_document_update (self);
}

gboolean
leyden_document_save_finish (LeydenDocument  *self,
                             GAsyncResult    *result,
                             GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  remember (self, g_task_get_task_data (G_TASK (result)));
  return TRUE;
}

void
leyden_document_dup_saved (LeydenDocument  *self,
                           GBytes         **before,
                           GBytes         **after)
{
  g_return_if_fail (LEYDEN_IS_DOCUMENT (self));

  self = leyden_document_get_root (self);
  *before = self->bytes_before != NULL ? g_bytes_ref (self->bytes_before) : NULL;
  *after = self->bytes != NULL ? g_bytes_ref (self->bytes) : leyden_flow_serialize (self->flow);
}
