/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-write.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-chart-plot.h"

#define PNG_SCALE 2

static const struct
{
  const char *extension;
  const char *media_type;
} formats[LEYDEN_N_CHART_FORMATS] = {
  [LEYDEN_CHART_SVG] = { "svg", "image/svg+xml" },
  [LEYDEN_CHART_PNG] = { "png", "image/png" },
  [LEYDEN_CHART_PDF] = { "pdf", "application/pdf" },
  [LEYDEN_CHART_CSV] = { "csv", "text/csv;charset=utf-8" },
};

gboolean
leyden_chart_format_from_name (const char        *name,
                               LeydenChartFormat *format)
{
  const char *dot = strrchr (name, '.');

  for (guint i = 0; dot != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_ascii_strcasecmp (dot + 1, formats[i].extension) == 0)
      {
        *format = (LeydenChartFormat) i;
        return TRUE;
      }
  return FALSE;
}

const char *
leyden_chart_format_get_media_type (LeydenChartFormat format)
{
  return formats[format].media_type;
}

static cairo_status_t
write_cb (void                *closure,
          const unsigned char *data,
          unsigned int         length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
create_surface (LeydenChart       *chart,
                LeydenChartFormat  format,
                double             width,
                double             height,
                GByteArray        *out)
{
  cairo_surface_t *surface;

  if (format == LEYDEN_CHART_SVG)
    {
      surface = cairo_svg_surface_create_for_stream (write_cb, out, width, height);
      cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
    }
  else if (format == LEYDEN_CHART_PDF)
    {
      surface = cairo_pdf_surface_create_for_stream (write_cb, out, width, height);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, leyden_chart_get_title (chart));
    }
  else
    surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) ceil (width * PNG_SCALE), (int) ceil (height * PNG_SCALE));
  return surface;
}

/* What the picture says, for who does not see it; cairo writes neither. */
static void
add_words (LeydenChart *chart,
           GByteArray  *svg)
{
  g_autofree char *words = leyden_chart_describe (chart);
  g_autofree char *element = g_markup_printf_escaped ("\n<title>%s</title>\n<desc>%s</desc>", leyden_chart_get_title (chart), words);
  const char *text = (const char *) svg->data;
  const char *root = g_strstr_len (text, (gssize) svg->len, "<svg");
  const char *end = root != NULL ? memchr (root, '>', svg->len - (gsize) (root - text)) : NULL;
  g_autoptr(GByteArray) rest = g_byte_array_new ();
  guint at;

  if (end == NULL)
    return;
  at = (guint) (end + 1 - text);
  g_byte_array_append (rest, svg->data + at, svg->len - at);
  g_byte_array_set_size (svg, at);
  g_byte_array_append (svg, (const guint8 *) element, (guint) strlen (element));
  g_byte_array_append (svg, rest->data, rest->len);
}

GBytes *
leyden_chart_write (LeydenChart             *chart,
                    LeydenChartFormat        format,
                    const LeydenChartStyle  *style,
                    double                   width,
                    double                   height,
                    GError                 **error)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  cairo_surface_t *surface;
  cairo_status_t status;
  cairo_t *cr;

  g_return_val_if_fail (LEYDEN_IS_CHART (chart) && (guint) format < LEYDEN_N_CHART_FORMATS && style != NULL, NULL);

  if (format == LEYDEN_CHART_CSV)
    {
      char *csv = leyden_chart_to_csv (chart);

      return g_bytes_new_take (csv, strlen (csv));
    }
  surface = create_surface (chart, format, width, height, out);
  cr = cairo_create (surface);
  if (format == LEYDEN_CHART_PNG)
    cairo_scale (cr, PNG_SCALE, PNG_SCALE);
  leyden_chart_paint (chart, cr, width, height, style);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && format == LEYDEN_CHART_PNG)
    status = cairo_surface_write_to_png_stream (surface, write_cb, out);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("the picture could not be drawn: %s"), cairo_status_to_string (status));
      return NULL;
    }
  if (format == LEYDEN_CHART_SVG)
    add_words (chart, out);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
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
