/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-data-image.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-experiment-parts.h"
#include "leyden-text.h"

#define MAX_URL (24 * 1024 * 1024)
#define MAX_PIXELS 40000000
/* Shown at most so high. */
#define MAX_HEIGHT 320
#define MAX_NAMED 200

static const char * const types[] = { "image/png", "image/jpeg", "image/gif", "image/webp" };

typedef struct
{
  char       *data;             /* base64 */
  const char *type;
  gboolean    too_large;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->data);
  g_free (job);
}

/* The header says how large it will be: nothing is decoded of what is too large. */
static void
size_cb (GdkPixbufLoader *loader,
         int              width,
         int              height,
         Job             *job)
{
  if ((gint64) width * height <= MAX_PIXELS)
    return;
  job->too_large = TRUE;
  gdk_pixbuf_loader_set_size (loader, 0, 0);
}

static void
decode_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Job *job = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_mime_type (job->type, &error);
  gsize length = 0;
  GdkPixbuf *pixbuf;

  if (loader == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (strlen (job->data) > 1)
    g_base64_decode_inplace (job->data, &length);
  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_cb), job);
  if (!gdk_pixbuf_loader_write (loader, (const guchar *) job->data, length, &error))
    gdk_pixbuf_loader_close (loader, NULL);
  else
    gdk_pixbuf_loader_close (loader, &error);
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (job->too_large)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "too large");
  else if (error != NULL || pixbuf == NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "broken");
  else
    g_task_return_pointer (task, g_object_ref (pixbuf), g_object_unref);
}

static void
decoded_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GtkWidget) box = data;
  GtkWidget *label = gtk_widget_get_first_child (box);
  g_autoptr(GError) error = NULL;
  g_autoptr(GdkPixbuf) pixbuf = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr(GdkTexture) texture = NULL;
  g_autofree char *text = NULL;
  GtkWidget *picture;

  if (label == NULL)
    return;
  if (pixbuf == NULL)
    {
      gtk_label_set_text (GTK_LABEL (label), g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE) ? _("An image that is too large to be shown")
                                                                                                     : _("An image that cannot be read"));
      return;
    }
  texture = gdk_texture_new_for_pixbuf (pixbuf);
  picture = gtk_picture_new_for_paintable (GDK_PAINTABLE (texture));
  text = g_strdup_printf (_("Image, %d × %d pixels"), gdk_texture_get_width (texture), gdk_texture_get_height (texture));
  gtk_picture_set_alternative_text (GTK_PICTURE (picture), text);
  gtk_picture_set_can_shrink (GTK_PICTURE (picture), TRUE);
  gtk_widget_set_size_request (picture, -1, MIN (gdk_texture_get_height (texture), MAX_HEIGHT));
  gtk_widget_set_halign (picture, GTK_ALIGN_START);
  gtk_label_set_text (GTK_LABEL (label), text);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_prepend (GTK_BOX (box), picture);
}

/* "data:image/png;base64,…": where the data begins; NULL for anything else. */
static const char *
find_data (const char  *url,
           const char **type)
{
  if (g_ascii_strncasecmp (url, "data:", 5) != 0)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      gsize length = strlen (types[i]);
      const char *mark = url + 5 + length;

      if (g_ascii_strncasecmp (url + 5, types[i], length) != 0 || g_ascii_strncasecmp (mark, ";base64,", 8) != 0)
        continue;
      *type = types[i];
      return mark + 8;
    }
  return NULL;
}

static char *
name_other (const char *url)
{
  g_autofree char *head = g_strndup (url, strcspn (url, ","));
  g_autofree char *shown = NULL;

  if (g_ascii_strncasecmp (url, "data:", 5) == 0)
    {
      shown = leyden_text_display (head, -1, 60, FALSE);
      return g_strdup_printf (_("Data of a kind that is not shown: %s"), shown);
    }
  shown = leyden_text_display (url, -1, MAX_NAMED, FALSE);
  return g_strdup_printf (_("Image at %s; it is not fetched."), shown);
}

GtkWidget *
leyden_data_image_new (const char *url)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  const char *type = NULL;
  const char *data;
  g_autofree char *text = NULL;
  GtkWidget *label;

  g_return_val_if_fail (url != NULL, NULL);

  data = find_data (url, &type);
  if (data == NULL)
    text = name_other (url);
  else
    text = g_strdup (strlen (data) > MAX_URL ? _("An image that is too large to be shown") : _("Reading the image…"));
  label = leyden_part_label (text, NULL);
  gtk_label_set_selectable (GTK_LABEL (label), data == NULL);
  gtk_box_append (GTK_BOX (box), label);
  if (data != NULL && strlen (data) <= MAX_URL)
    {
      /* Not its source: the thread may be the last to let go of that, and a widget ends on the main thread only. */
      g_autoptr(GTask) task = g_task_new (NULL, NULL, decoded_cb, g_object_ref (box));
      Job *job = g_new0 (Job, 1);

      job->data = g_strdup (data);
      job->type = type;
      g_task_set_task_data (task, job, job_free);
      g_task_run_in_thread (task, decode_thread);
    }
  return box;
}
