/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-interchange"

#include "config.h"
#include "leyden-picture-private.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define USUAL_SCALE 2.0

G_DEFINE_QUARK (leyden-picture-error-quark, leyden_picture_error)

static const struct
{
  const char *extension;
  const char *media_type;
} formats[] = {
  [LEYDEN_PICTURE_SVG] = { "svg", "image/svg+xml" },
  [LEYDEN_PICTURE_PNG] = { "png", "image/png" },
  [LEYDEN_PICTURE_PDF] = { "pdf", "application/pdf" },
};

typedef struct
{
  LeydenPictureScene  *scene;
  LeydenPictureFormat  format;
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

gboolean
leyden_picture_format_from_name (const char          *name,
                                 LeydenPictureFormat *format)
{
  const char *dot = strrchr (name, '.');

  for (guint i = 0; dot != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_ascii_strcasecmp (dot + 1, formats[i].extension) == 0)
      {
        *format = (LeydenPictureFormat) i;
        return TRUE;
      }
  return FALSE;
}

const char *
leyden_picture_format_get_extension (LeydenPictureFormat format)
{
  return formats[format].extension;
}

const char *
leyden_picture_format_get_media_type (LeydenPictureFormat format)
{
  return formats[format].media_type;
}

/* --- drawing, on any thread --- */

static cairo_status_t
write_cb (void                *closure,
          const unsigned char *data,
          unsigned int         length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
create_surface (const Job  *job,
                GByteArray *out)
{
  double width = job->scene->extent.size.width, height = job->scene->extent.size.height;
  cairo_surface_t *surface;

  switch (job->format)
    {
    case LEYDEN_PICTURE_SVG:
      surface = cairo_svg_surface_create_for_stream (write_cb, out, width, height);
      cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
      return surface;
    case LEYDEN_PICTURE_PDF:
      surface = cairo_pdf_surface_create_for_stream (write_cb, out, width, height);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, job->scene->title);
      return surface;
    case LEYDEN_PICTURE_PNG:
    default:
      return cairo_image_surface_create (CAIRO_FORMAT_ARGB32, MAX (1, (int) ceil (width * job->scale)), MAX (1, (int) ceil (height * job->scale)));
    }
}

/* A reader of the screen says what a picture shows by its title, which cairo does not write. */
static void
add_svg_title (GByteArray *svg,
               const char *title)
{
  g_autofree char *element = g_markup_printf_escaped ("\n<title>%s</title>", title);
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

static GBytes *
draw (const Job  *job,
      GError    **error)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  cairo_surface_t *surface = create_surface (job, out);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  if (job->format == LEYDEN_PICTURE_PNG)
    cairo_scale (cr, job->scale, job->scale);
  leyden_picture_draw (job->scene, cr, job->dark, job->transparent);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && job->format == LEYDEN_PICTURE_PNG)
    status = cairo_surface_write_to_png_stream (surface, write_cb, out);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error (error, LEYDEN_PICTURE_ERROR, LEYDEN_PICTURE_ERROR_FAILED, _("the picture could not be drawn: %s"), cairo_status_to_string (status));
      return NULL;
    }
  if (job->format == LEYDEN_PICTURE_SVG)
    add_svg_title (out, job->scene->title);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
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
  job->scale = options->format != LEYDEN_PICTURE_PNG ? 1 : options->scale > 0 ? options->scale : USUAL_SCALE;
  if (options->format == LEYDEN_PICTURE_PNG)
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
