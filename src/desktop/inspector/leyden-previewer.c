/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-previewer.h"

/* Long enough that a word is typed, short enough to be felt as at once. */
#define DELAY_MS 120

struct _LeydenPreviewer
{
  LeydenPreviewWork  work;
  GDestroyNotify     free_input;
  GDestroyNotify     free_result;
  LeydenPreviewDone  done;
  gpointer           data;
  gpointer           waiting;           /* input of the next one */
  guint              source;
  gboolean           stale;             /* what runs was asked before the last request */
  GTask             *task;              /* that runs; the reference is the thread's */
};

/* What the thread has: it may outlive the previewer. */
typedef struct
{
  LeydenPreviewer   *previewer;         /* main loop only; NULL when it is gone */
  LeydenPreviewWork  work;
  GDestroyNotify     free_input;
  GDestroyNotify     free_result;
  gpointer           input;
} Job;

static gboolean start_cb (gpointer data);

static void
job_free (gpointer data)
{
  Job *job = data;

  job->free_input (job->input);
  g_free (job);
}

static void
work_cb (GTask        *task,
         gpointer      source,
         gpointer      data,
         GCancellable *cancellable)
{
  Job *job = data;
  GError *error = NULL;
  gpointer result = job->work (job->input, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, result, job->free_result);
}

static void
schedule (LeydenPreviewer *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  self->source = g_timeout_add (DELAY_MS, start_cb, self);
}

static void
done_cb (GObject      *source,
         GAsyncResult *async,
         gpointer      data)
{
  Job *job = g_task_get_task_data (G_TASK (async));
  LeydenPreviewer *self = job->previewer;
  g_autoptr(GError) error = NULL;
  gpointer result = g_task_propagate_pointer (G_TASK (async), &error);

  if (self != NULL)
    {
      self->task = NULL;
      if (self->waiting != NULL && self->source == 0)
        schedule (self);
      if (!self->stale)
        self->done (result, error, self->data);
    }
  if (result != NULL)
    job->free_result (result);
}

static gboolean
start_cb (gpointer data)
{
  LeydenPreviewer *self = data;
  Job *job;

  self->source = 0;
  if (self->task != NULL || self->waiting == NULL)
    return G_SOURCE_REMOVE;
  job = g_new0 (Job, 1);
  job->previewer = self;
  job->work = self->work;
  job->free_input = self->free_input;
  job->free_result = self->free_result;
  job->input = g_steal_pointer (&self->waiting);
  self->stale = FALSE;
  self->task = g_task_new (NULL, NULL, done_cb, NULL);
  g_task_set_task_data (self->task, job, job_free);
  g_task_run_in_thread (self->task, work_cb);
  g_object_unref (self->task);
  return G_SOURCE_REMOVE;
}

LeydenPreviewer *
leyden_previewer_new (LeydenPreviewWork  work,
                      GDestroyNotify     free_input,
                      GDestroyNotify     free_result,
                      LeydenPreviewDone  done,
                      gpointer           data)
{
  LeydenPreviewer *self = g_new0 (LeydenPreviewer, 1);

  self->work = work;
  self->free_input = free_input;
  self->free_result = free_result;
  self->done = done;
  self->data = data;
  return self;
}

void
leyden_previewer_free (LeydenPreviewer *self)
{
  if (self == NULL)
    return;
  leyden_previewer_cancel (self);
  if (self->task != NULL)
    ((Job *) g_task_get_task_data (self->task))->previewer = NULL;
  g_free (self);
}

void
leyden_previewer_request (LeydenPreviewer *self,
                          gpointer         input)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (input != NULL);

  leyden_previewer_cancel (self);
  self->waiting = input;
  schedule (self);
}

void
leyden_previewer_cancel (LeydenPreviewer *self)
{
  g_return_if_fail (self != NULL);

  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_pointer (&self->waiting, self->free_input);
  self->stale = TRUE;
}
