/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-interchange"

#include "config.h"
#include "leyden-picture-private.h"

#include <glib/gi18n-lib.h>

#define USUAL_SCALE 2.0

G_DEFINE_QUARK (leyden-picture-error-quark, leyden_picture_error)

typedef struct
{
  LeydenPictureScene  *scene;
  LeydenPaintFormat  format;
  double               scale;
  gboolean             dark;
  gboolean             transparent;
} Job;

static void
job_free (Job *job)
{
  leyden_picture_scene_free (job->scene);
  g_free (job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_free)

/* --- drawing, on any thread --- */

static void
paint_cb (cairo_t  *cr,
          gpointer  data)
{
  const Job *job = data;

  leyden_picture_draw (job->scene, cr, job->dark, job->transparent);
}

static GBytes *
draw (Job     *job,
      GError **error)
{
  g_autoptr(GError) failed = NULL;
  GBytes *bytes = leyden_paint_file (job->format, job->scene->extent.size.width, job->scene->extent.size.height, job->scale, job->scene->title, NULL,
                                     paint_cb, job, &failed);

  if (bytes == NULL)
    g_set_error_literal (error, LEYDEN_PICTURE_ERROR, LEYDEN_PICTURE_ERROR_FAILED, failed->message);
  return bytes;
}

/* --- jobs --- */

static Job *
job_new (LeydenFlow                  *flow,
         LeydenNodeTypes             *types,
         const LeydenPictureOptions  *options,
         GError                     **error)
{
  g_autoptr(Job) job = g_new0 (Job, 1);

  job->scene = leyden_picture_scene_new (flow, types, options->only);
  if (job->scene == NULL)
    {
      g_set_error_literal (error, LEYDEN_PICTURE_ERROR, LEYDEN_PICTURE_ERROR_EMPTY,
                           options->only != NULL ? _("nothing is selected that a picture could show") : _("the flow is empty: there is nothing to show"));
      return NULL;
    }
  job->format = options->format;
  job->dark = options->dark;
  job->transparent = options->transparent;
  job->scale = options->format != LEYDEN_PAINT_PNG ? 1 : options->scale > 0 ? options->scale : USUAL_SCALE;
  if (options->format == LEYDEN_PAINT_PNG)
    job->scale = MIN (job->scale, (LEYDEN_PICTURE_MAX_SIDE - 1) / MAX (job->scene->extent.size.width, job->scene->extent.size.height));
  return g_steal_pointer (&job);
}

static void
draw_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  GError *error = NULL;
  GBytes *bytes = draw (data, &error);

  if (bytes != NULL)
    g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_picture_export_async (LeydenFlow                 *flow,
                             LeydenNodeTypes            *types,
                             const LeydenPictureOptions *options,
                             GCancellable               *cancellable,
                             GAsyncReadyCallback         callback,
                             gpointer                    data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr(GError) error = NULL;
  Job *job;

  g_return_if_fail (flow != NULL && types != NULL && options != NULL);

  g_task_set_source_tag (task, leyden_picture_export_async);
  job = job_new (flow, types, options, &error);
  if (job == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, draw_thread);
}

GBytes *
leyden_picture_export_finish (GAsyncResult  *result,
                              double        *scale,
                              GError       **error)
{
  Job *job = g_task_get_task_data (G_TASK (result));

  if (scale != NULL)
    *scale = job != NULL ? job->scale : 0;
  return g_task_propagate_pointer (G_TASK (result), error);
}

GBytes *
leyden_picture_export (LeydenFlow                  *flow,
                       LeydenNodeTypes             *types,
                       const LeydenPictureOptions  *options,
                       double                      *scale,
                       GError                     **error)
{
  g_autoptr(Job) job = NULL;

  g_return_val_if_fail (flow != NULL && types != NULL && options != NULL, NULL);

  job = job_new (flow, types, options, error);
  if (job == NULL)
    return NULL;
  if (scale != NULL)
    *scale = job->scale;
  return draw (job, error);
}
