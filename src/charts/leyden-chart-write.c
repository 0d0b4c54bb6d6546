/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-write.h"

#include <string.h>

#include "leyden-chart-plot.h"

#define PNG_SCALE 2

gboolean
leyden_chart_format_from_name (const char        *name,
                               LeydenChartFormat *format)
{
  LeydenPaintFormat painted;
  const char *dot = strrchr (name, '.');
  gboolean csv = dot != NULL && g_ascii_strcasecmp (dot, ".csv") == 0;

  if (!csv && !leyden_paint_format_from_name (name, &painted))
    return FALSE;
  *format = csv ? LEYDEN_CHART_CSV : (LeydenChartFormat) painted;
  return TRUE;
}

const char *
leyden_chart_format_get_media_type (LeydenChartFormat format)
{
  return format == LEYDEN_CHART_CSV ? "text/csv;charset=utf-8" : leyden_paint_format_get_media_type ((LeydenPaintFormat) format);
}

typedef struct
{
  LeydenChart            *chart;
  const LeydenChartStyle *style;
  double                  width, height;
} Painting;

static void
paint_cb (cairo_t  *cr,
          gpointer  data)
{
  const Painting *painting = data;

  leyden_chart_paint (painting->chart, cr, painting->width, painting->height, painting->style);
}

GBytes *
leyden_chart_write (LeydenChart             *chart,
                    LeydenChartFormat        format,
                    const LeydenChartStyle  *style,
                    double                   width,
                    double                   height,
                    GError                 **error)
{
  Painting painting = { chart, style, width, height };
  g_autofree char *words = NULL;

  g_return_val_if_fail (LEYDEN_IS_CHART (chart) && (guint) format < LEYDEN_N_CHART_FORMATS && style != NULL, NULL);

  if (format == LEYDEN_CHART_CSV)
    {
      char *csv = leyden_chart_to_csv (chart);

      return g_bytes_new_take (csv, strlen (csv));
    }
  words = leyden_chart_describe (chart);
  return leyden_paint_file ((LeydenPaintFormat) format, width, height, PNG_SCALE, leyden_chart_get_title (chart), words, paint_cb, &painting, error);
}

/* --- in a thread --- */

typedef struct
{
  LeydenChart       *chart;
  LeydenChartFormat  format;
  LeydenChartStyle   style;
  double             width, height;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_object_unref (job->chart);
  g_free (job);
}

static void
write_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Job *job = data;
  GError *error = NULL;
  GBytes *bytes = leyden_chart_write (job->chart, job->format, &job->style, job->width, job->height, &error);

  if (bytes != NULL)
    g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_chart_write_async (LeydenChart            *chart,
                          LeydenChartFormat       format,
                          const LeydenChartStyle *style,
                          double                  width,
                          double                  height,
                          GCancellable           *cancellable,
                          GAsyncReadyCallback     callback,
                          gpointer                data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Job *job;

  g_return_if_fail (LEYDEN_IS_CHART (chart) && (guint) format < LEYDEN_N_CHART_FORMATS && style != NULL);

  job = g_new0 (Job, 1);
  job->chart = leyden_chart_copy (chart);
  job->format = format;
  job->style = *style;
  job->style.font = NULL;
  job->width = width;
  job->height = height;
  g_task_set_source_tag (task, leyden_chart_write_async);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, write_thread);
}

GBytes *
leyden_chart_write_finish (GAsyncResult  *result,
                           GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
