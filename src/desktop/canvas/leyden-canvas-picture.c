/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-picture.h"
#include "leyden-text.h"

/* The flow that is shown, or what is selected of it, as a picture: to a file, or on the clipboard. */

#define CHOICE_LOOK "look"
#define LOOK_LIGHT "light"
#define LOOK_DARK "dark"
#define LOOK_TRANSPARENT "transparent"

typedef struct
{
  LeydenCanvas        *canvas;
  GFile               *file;            /* NULL: to the clipboard */
  LeydenPaintFormat  format;
  LeydenFlow          *flow;
  LeydenNodeTypes     *types;           /* the canvas forgets its own when its tab is closed meanwhile */
  GHashTable          *only;            /* nullable */
  GBytes              *png;             /* of the clipboard, while the SVG is drawn */
} Export;

static void
export_free (Export *self)
{
  g_object_unref (self->canvas);
  g_clear_object (&self->file);
  g_object_unref (self->flow);
  g_object_unref (self->types);
  g_clear_pointer (&self->only, g_hash_table_unref);
  g_clear_pointer (&self->png, g_bytes_unref);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Export, export_free)

/* What a picture can show of the selection; NULL: nothing is selected, so all. */
static GHashTable *
get_wanted (LeydenCanvas *self)
{
  static const LeydenElementKind kinds[] = { LEYDEN_ELEMENT_NODE, LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE };
  g_autoptr(GHashTable) wanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_auto(GStrv) ids = leyden_selection_list (self->selection, kinds[i]);

      for (guint j = 0; ids[j] != NULL; j++)
        g_hash_table_add (wanted, g_strdup (ids[j]));
    }
  return g_hash_table_size (wanted) > 0 ? g_steal_pointer (&wanted) : NULL;
}

static Export *
export_new (LeydenCanvas *canvas)
{
  Export *self = g_new0 (Export, 1);

  self->canvas = g_object_ref (canvas);
  self->flow = g_object_ref (leyden_canvas_model_get_flow (canvas->model));
  self->types = g_object_ref (canvas->types);
  self->only = get_wanted (canvas);
  return self;
}

static gboolean
is_dark (void)
{
  return adw_style_manager_get_dark (adw_style_manager_get_default ());
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
      leyden_canvas_fail (self->canvas, error);
      return;
    }
  text = g_strdup_printf (_("The picture was written to %s"), shown);
  g_signal_emit_by_name (self->canvas, "message", text);
}

static void
drawn_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Export *self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_picture_export_finish (result, NULL, &error);

  if (bytes == NULL)
    {
      leyden_canvas_fail (self->canvas, error);
      export_free (self);
      return;
    }
  g_file_replace_contents_bytes_async (self->file, bytes, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, NULL, written_cb, self);
}

void
leyden_canvas_export_picture (LeydenCanvas *self,
                              GFile        *file,
                              const char   *look)
{
  g_autofree char *name = g_file_get_basename (file);
  Export *export;
  LeydenPictureOptions options = {
    .dark = g_strcmp0 (look, LOOK_DARK) == 0,
    .transparent = g_strcmp0 (look, LOOK_TRANSPARENT) == 0,
  };

  g_return_if_fail (LEYDEN_IS_CANVAS (self) && G_IS_FILE (file) && self->model != NULL);

  if (!leyden_paint_format_from_name (name, &options.format))
    {
      g_autofree char *shown = leyden_text_display (name, -1, 80, FALSE);
      g_autoptr(GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, _("%s: end the name with .svg, .png or .pdf, which says what to write"), shown);

      leyden_canvas_fail (self, error);
      return;
    }
  export = export_new (self);
  export->file = g_object_ref (file);
  options.only = export->only;
  leyden_picture_export_async (export->flow, export->types, &options, NULL, drawn_cb, export);
}

static void
response_cb (GtkFileChooserNative *chooser,
             int                   response,
             LeydenCanvas         *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;

  if (file != NULL && self->model != NULL)
    leyden_canvas_export_picture (self, file, gtk_file_chooser_get_choice (GTK_FILE_CHOOSER (chooser), CHOICE_LOOK));
  g_object_unref (chooser);
}

static char *
propose_name (LeydenCanvas *self)
{
  g_autofree char *title = leyden_text_display (leyden_flow_get_title (leyden_canvas_model_get_flow (self->model)), -1, 60, FALSE);

  return g_strdup_printf ("%s.svg", g_strdelimit (title, "/\\", '-'));
}

static void
export_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  const char *looks[] = { LOOK_LIGHT, LOOK_DARK, LOOK_TRANSPARENT, NULL };
  const char *titles[] = { _("Light"), _("Dark"), _("Without background"), NULL };
  g_autofree char *proposed = NULL;
  GtkFileChooserNative *chooser;

  if (self->model == NULL)
    return;
  proposed = propose_name (self);
  chooser = gtk_file_chooser_native_new (leyden_selection_get_size (self->selection) > 0 ? _("Export the Selection as a Picture") : _("Export as a Picture"),
                                         GTK_WINDOW (gtk_widget_get_root (widget)), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), proposed);
  for (guint i = 0; i < 3; i++)
    {
      static const char * const names[] = { "SVG", "PNG", "PDF" };
      GtkFileFilter *filter = gtk_file_filter_new ();

      gtk_file_filter_set_name (filter, names[i]);
      gtk_file_filter_add_suffix (filter, leyden_paint_format_get_extension ((LeydenPaintFormat) i));
      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), filter);
      g_object_unref (filter);
    }
  gtk_file_chooser_add_choice (GTK_FILE_CHOOSER (chooser), CHOICE_LOOK, _("Look"), looks, titles);
  gtk_file_chooser_set_choice (GTK_FILE_CHOOSER (chooser), CHOICE_LOOK, is_dark () ? LOOK_DARK : LOOK_LIGHT);
  g_signal_connect_object (chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* --- to the clipboard --- */

static void
svg_drawn_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(Export) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) svg = leyden_picture_export_finish (result, NULL, &error);
  g_autoptr(GdkContentProvider) both = NULL;
  GdkContentProvider *providers[2];

  if (svg == NULL)
    {
      leyden_canvas_fail (self->canvas, error);
      return;
    }
  providers[0] = gdk_content_provider_new_for_bytes (leyden_paint_format_get_media_type (LEYDEN_PAINT_PNG), self->png);
  providers[1] = gdk_content_provider_new_for_bytes (leyden_paint_format_get_media_type (LEYDEN_PAINT_SVG), svg);
  both = gdk_content_provider_new_union (providers, 2);
  gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (self->canvas)), both);
  g_signal_emit_by_name (self->canvas, "message", self->only != NULL ? _("The selection was copied as a picture") : _("The flow was copied as a picture"));
}

static void
png_drawn_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  Export *self = data;
  g_autoptr(GError) error = NULL;
  LeydenPictureOptions options = { .format = LEYDEN_PAINT_SVG, .dark = is_dark (), .only = self->only };

  self->png = leyden_picture_export_finish (result, NULL, &error);
  if (self->png == NULL)
    {
      leyden_canvas_fail (self->canvas, error);
      export_free (self);
      return;
    }
  leyden_picture_export_async (self->flow, self->types, &options, NULL, svg_drawn_cb, self);
}

static void
copy_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  Export *export;

  if (self->model == NULL)
    return;
  export = export_new (self);
  leyden_picture_export_async (export->flow, export->types,
                               &(LeydenPictureOptions) { .format = LEYDEN_PAINT_PNG, .dark = is_dark (), .only = export->only }, NULL,
                               png_drawn_cb, export);
}

void
leyden_canvas_class_add_picture (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.export-picture", NULL, export_action);
  gtk_widget_class_install_action (klass, "canvas.copy-picture", NULL, copy_action);
}
