/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-value-pane.h"

#include <glib/gi18n-lib.h>

#include "leyden-data-image.h"
#include "leyden-debug-text.h"
#include "leyden-paged-text.h"

struct _LeydenValuePane
{
  GtkWidget        parent_instance;

  GtkWidget       *box;
  GtkWidget       *title;
  LeydenPagedText *text;
  GtkWidget       *picture;             /* nullable */
  GtkWidget       *sound;
  GtkMediaStream  *stream;              /* nullable */
  GtkWidget       *note;                /* why something is not shown */
  LeydenValue     *value;               /* as it was given; nullable */
};

G_DEFINE_FINAL_TYPE (LeydenValuePane, leyden_value_pane, GTK_TYPE_WIDGET)

static void
tell (LeydenValuePane *self,
      const char      *text)
{
  gtk_label_set_text (GTK_LABEL (self->note), text);
  gtk_widget_set_visible (self->note, TRUE);
}

static void
show_picture (LeydenValuePane *self,
              const char      *url)
{
  self->picture = leyden_data_image_new (url);
  gtk_box_append (GTK_BOX (self->box), self->picture);
}

static void
stream_error_cb (LeydenValuePane *self)
{
  if (gtk_media_stream_get_error (self->stream) == NULL)
    return;
  gtk_widget_set_visible (self->sound, FALSE);
  tell (self, _("This sound cannot be played: this computer has no player for it."));
}

static void
show_sound (LeydenValuePane *self)
{
  g_autoptr(GBytes) bytes = leyden_debug_decode (self->value, "audio/");
  g_autoptr(GInputStream) input = bytes != NULL ? g_memory_input_stream_new_from_bytes (bytes) : NULL;

  if (input == NULL)
    {
      tell (self, _("This sound cannot be played: it is too large or damaged."));
      return;
    }
  self->stream = gtk_media_file_new_for_input_stream (input);
  g_signal_connect_object (self->stream, "notify::error", G_CALLBACK (stream_error_cb), self, G_CONNECT_SWAPPED);
  gtk_media_controls_set_media_stream (GTK_MEDIA_CONTROLS (self->sound), self->stream);
  gtk_widget_set_visible (self->sound, TRUE);
  stream_error_cb (self);
}

static void
clear (LeydenValuePane *self)
{
  if (self->picture != NULL)
    gtk_box_remove (GTK_BOX (self->box), g_steal_pointer (&self->picture));
  gtk_media_controls_set_media_stream (GTK_MEDIA_CONTROLS (self->sound), NULL);
  g_clear_object (&self->stream);
  gtk_widget_set_visible (self->sound, FALSE);
  gtk_widget_set_visible (self->note, FALSE);
  g_clear_pointer (&self->value, leyden_value_unref);
}

void
leyden_value_pane_set_value (LeydenValuePane *self,
                             const char      *title,
                             LeydenValue     *value)
{
  const char *text;
  gboolean media;

  g_return_if_fail (LEYDEN_IS_VALUE_PANE (self));
  g_return_if_fail (title != NULL);

  gtk_label_set_text (GTK_LABEL (self->title), title);
  if (self->value != NULL && value != NULL && leyden_value_equal (self->value, value))
    return;
  clear (self);
  self->value = value != NULL ? leyden_value_ref (value) : NULL;
  text = leyden_value_get_string (value, NULL);
  media = text != NULL && (g_str_has_prefix (text, "data:image/") || g_str_has_prefix (text, "data:audio/") || g_str_has_prefix (text, "data:video/"));
  /* What is shown as a picture is not shown as its letters too. */
  leyden_paged_text_set_value (self->text, media ? NULL : value);
  gtk_widget_set_visible (GTK_WIDGET (self->text), value != NULL && !media);
  if (!media)
    return;
  if (g_str_has_prefix (text, "data:image/"))
    show_picture (self, text);
  else if (g_str_has_prefix (text, "data:audio/"))
    show_sound (self);
  else
    tell (self, _("Video is not played here."));
}

/* --- class --- */

static void
leyden_value_pane_dispose (GObject *object)
{
  LeydenValuePane *self = LEYDEN_VALUE_PANE (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->value, leyden_value_unref);
  G_OBJECT_CLASS (leyden_value_pane_parent_class)->dispose (object);
}

static void
leyden_value_pane_class_init (LeydenValuePaneClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_value_pane_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
create_label (const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
leyden_value_pane_init (LeydenValuePane *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->title = create_label ("caption-heading");
  self->text = LEYDEN_PAGED_TEXT (leyden_paged_text_new_prose (_("Value")));
  self->sound = gtk_media_controls_new (NULL);
  self->note = create_label ("dim-label");
  gtk_box_append (GTK_BOX (self->box), self->title);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->text));
  gtk_box_append (GTK_BOX (self->box), self->sound);
  gtk_box_append (GTK_BOX (self->box), self->note);
  gtk_widget_set_visible (GTK_WIDGET (self->text), FALSE);
  gtk_widget_set_visible (self->sound, FALSE);
  gtk_widget_set_visible (self->note, FALSE);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_value_pane_new (void)
{
  return g_object_new (LEYDEN_TYPE_VALUE_PANE, NULL);
}
