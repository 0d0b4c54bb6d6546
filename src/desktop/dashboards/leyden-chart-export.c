/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-view-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "leyden-chart-write.h"
#include "leyden-text.h"

/* Charts to files and to the clipboard. Files are drawn light, for paper, as large as the chart is on the screen but not smaller than is legible. */

#define LEAST_WIDTH 640
#define LEAST_HEIGHT 360

typedef struct
{
  LeydenChartView *view;
  GFile           *file;
} Export;

static void
export_free (Export *self)
{
  g_object_unref (self->view);
  g_clear_object (&self->file);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Export, export_free)

static void
fail (LeydenChartView *self,
      const GError    *error)
{
  g_autofree char *text = leyden_text_display (error->message, -1, 300, FALSE);

  g_signal_emit_by_name (self, "problem", text);
}

static void
write_async (LeydenChartView     *self,
             LeydenChartFormat    format,
             gboolean             dark,
             GAsyncReadyCallback  callback,
             gpointer             data)
{
  LeydenChartStyle style;
  double width = MAX (gtk_widget_get_width (GTK_WIDGET (self)), LEAST_WIDTH), height = MAX (gtk_widget_get_height (GTK_WIDGET (self)), LEAST_HEIGHT);

  leyden_chart_style_init (&style, dark);
  style.mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  leyden_chart_write_async (self->chart, format, &style, width, height, NULL, callback, data);
}

/* --- to a file --- */

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Export) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_file_get_basename (self->file);
  g_autofree char *shown = leyden_text_display (name, -1, 80, FALSE);
  g_autofree char *text = NULL;

  if (!g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    {
      g_prefix_error (&error, "%s: ", shown);
      fail (self->view, error);
      return;
    }
  text = g_strdup_printf (_("The chart was written to %s"), shown);
  g_signal_emit_by_name (self->view, "message", text);
}

static void
drawn_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Export *self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_chart_write_finish (result, &error);

  if (bytes == NULL)
    {
      fail (self->view, error);
      export_free (self);
      return;
    }
  g_file_replace_contents_bytes_async (self->file, bytes, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, NULL, written_cb, self);
}

void
leyden_chart_view_export (LeydenChartView *self,
                          GFile           *file)
{
  g_autofree char *name = g_file_get_basename (file);
  LeydenChartFormat format;
  Export *export;

  g_return_if_fail (LEYDEN_IS_CHART_VIEW (self) && G_IS_FILE (file));

  if (self->chart == NULL)
    return;
  if (!leyden_chart_format_from_name (name, &format))
    {
      g_autofree char *shown = leyden_text_display (name, -1, 80, FALSE);
      g_autoptr(GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, _("%s: end the name with .png, .svg, .pdf or .csv, which says what to write"), shown);

      fail (self, error);
      return;
    }
  export = g_new0 (Export, 1);
  export->view = g_object_ref (self);
  export->file = g_object_ref (file);
  write_async (self, format, FALSE, drawn_cb, export);
}

static void
response_cb (GtkFileChooserNative *chooser,
             int                   response,
             LeydenChartView      *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;

  if (file != NULL)
    leyden_chart_view_export (self, file);
  g_object_unref (chooser);
}

static void
export_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenChartView *self = LEYDEN_CHART_VIEW (widget);
  const char *extension = g_variant_get_string (parameter, NULL);
  g_autofree char *title = NULL;
  g_autofree char *proposed = NULL;
  GtkFileChooserNative *chooser;
  GtkFileFilter *filter;

  if (self->chart == NULL)
    return;
  title = g_strdup (*leyden_chart_get_title (self->chart) != '\0' ? leyden_chart_get_title (self->chart) : _("Chart"));
  proposed = g_strdup_printf ("%s.%s", g_strdelimit (title, "/\\", '-'), extension);
  chooser = gtk_file_chooser_native_new (_("Export the Chart"), GTK_WINDOW (gtk_widget_get_root (widget)), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), proposed);
  filter = gtk_file_filter_new ();
  gtk_file_filter_add_suffix (filter, extension);
  gtk_file_chooser_set_filter (GTK_FILE_CHOOSER (chooser), filter);
  g_object_unref (filter);
  g_signal_connect_object (chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* --- to the clipboard --- */

static GdkContentProvider *
make_text_provider (GBytes *csv)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (csv, NULL), g_bytes_get_size (csv));
  GdkContentProvider *providers[2] = {
    gdk_content_provider_new_for_bytes (leyden_chart_format_get_media_type (LEYDEN_CHART_CSV), csv),
    gdk_content_provider_new_typed (G_TYPE_STRING, text),
  };

  return gdk_content_provider_new_union (providers, 2);
}

static void
data_written_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  g_autoptr(Export) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) csv = leyden_chart_write_finish (result, &error);
  g_autoptr(GdkContentProvider) provider = NULL;

  if (csv == NULL)
    {
      fail (self->view, error);
      return;
    }
  provider = make_text_provider (csv);
  gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (self->view)), provider);
  g_signal_emit_by_name (self->view, "message", _("The data was copied"));
}

static void
picture_drawn_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(Export) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) png = leyden_chart_write_finish (result, &error);
  g_autofree char *csv = NULL;
  g_autoptr(GBytes) text = NULL;
  g_autoptr(GdkContentProvider) provider = NULL;
  GdkContentProvider *providers[2];

  if (png == NULL || self->view->chart == NULL)
    {
      if (error != NULL)
        fail (self->view, error);
      return;
    }
  csv = leyden_chart_to_csv (self->view->chart);
  text = g_bytes_new (csv, strlen (csv));
  providers[0] = gdk_content_provider_new_for_bytes (leyden_chart_format_get_media_type (LEYDEN_CHART_PNG), png);
  providers[1] = make_text_provider (text);
  provider = gdk_content_provider_new_union (providers, 2);
  gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (self->view)), provider);
  g_signal_emit_by_name (self->view, "message", _("The chart was copied as a picture and as data"));
}

static void
copy (LeydenChartView *self,
      gboolean         picture)
{
  Export *export;

  if (self->chart == NULL)
    return;
  export = g_new0 (Export, 1);
  export->view = g_object_ref (self);
  if (picture)
    write_async (self, LEYDEN_CHART_PNG, adw_style_manager_get_dark (adw_style_manager_get_default ()), picture_drawn_cb, export);
  else
    write_async (self, LEYDEN_CHART_CSV, FALSE, data_written_cb, export);
}

static void
copy_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  copy (LEYDEN_CHART_VIEW (widget), TRUE);
}

static void
copy_data_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  copy (LEYDEN_CHART_VIEW (widget), FALSE);
}

void
leyden_chart_view_class_add_export (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "chart.export", "s", export_action);
  gtk_widget_class_install_action (klass, "chart.copy", NULL, copy_action);
  gtk_widget_class_install_action (klass, "chart.copy-data", NULL, copy_data_action);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_c, GDK_CONTROL_MASK, "chart.copy", NULL);
}
