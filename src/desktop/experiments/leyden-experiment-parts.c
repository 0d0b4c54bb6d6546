/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-experiment-parts.h"

#include <glib/gi18n-lib.h>

#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-theme.h"
#include "leyden-word-diff.h"
#include "leyden-wrap-box.h"

#define MAX_SLOT_CHARS 20000

GtkWidget *
leyden_part_label (const char *text,
                   const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

void
leyden_part_set_text (GtkWidget  *label,
                      const char *text,
                      guint       max_chars)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, max_chars, TRUE) : NULL;

  gtk_label_set_text (GTK_LABEL (label), shown != NULL ? shown : "");
  gtk_widget_set_visible (label, shown != NULL);
}

GtkWidget *
leyden_part_chip (const char *text,
                  const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "chip");
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  gtk_widget_set_valign (label, GTK_ALIGN_CENTER);
  return label;
}

/* --- what changed in a text --- */

typedef struct
{
  GArray *parts;                /* LeydenWords over the text shown: start and length in it */
} Diff;

static void
diff_free (Diff *diff)
{
  g_array_unref (diff->parts);
  g_free (diff);
}

static void
add_color (PangoAttrList *list,
           GtkWidget     *widget,
           const char    *name,
           const LeydenWords *part)
{
  GdkRGBA color;
  PangoAttribute *background, *tint;

  if (!leyden_theme_look_up_color (widget, name, &color))
    return;
  /* A tint behind the words: as text these colours would be hard to read. */
  background = pango_attr_background_new ((guint16) (color.red * 65535), (guint16) (color.green * 65535), (guint16) (color.blue * 65535));
  tint = pango_attr_background_alpha_new (65535 / 4);
  for (guint i = 0; i < 2; i++)
    {
      PangoAttribute *attribute = i == 0 ? background : tint;

      attribute->start_index = (guint) part->start;
      attribute->end_index = (guint) (part->start + part->length);
      pango_attr_list_insert (list, attribute);
    }
}

/* Colour is never the only sign. */
static void
paint_diff (GtkWidget *label)
{
  Diff *diff = g_object_get_data (G_OBJECT (label), "diff");
  PangoAttrList *list = pango_attr_list_new ();

  for (guint i = 0; i < diff->parts->len; i++)
    {
      const LeydenWords *part = &g_array_index (diff->parts, LeydenWords, i);
      PangoAttribute *line;

      if (part->kind == LEYDEN_WORDS_SAME)
        continue;
      line = part->kind == LEYDEN_WORDS_REMOVED ? pango_attr_strikethrough_new (TRUE) : pango_attr_underline_new (PANGO_UNDERLINE_SINGLE);
      line->start_index = (guint) part->start;
      line->end_index = (guint) (part->start + part->length);
      pango_attr_list_insert (list, line);
      add_color (list, label, part->kind == LEYDEN_WORDS_REMOVED ? "error_color" : "success_color", part);
    }
  gtk_label_set_attributes (GTK_LABEL (label), list);
  pango_attr_list_unref (list);
}

/* Removed and added words side by side would run into one another when read aloud. */
static void
say_diff (GString           *words,
          const LeydenWords *part,
          const char        *text)
{
  g_autofree char *piece = g_strndup (text, part->length);

  if (part->kind == LEYDEN_WORDS_SAME)
    g_string_append (words, piece);
  else
    /* Translators: read aloud where a text was changed. */
    g_string_append_printf (words, part->kind == LEYDEN_WORDS_REMOVED ? _(" (removed: %s) ") : _(" (added: %s) "), g_strstrip (piece));
}

GtkWidget *
leyden_part_diff (const char *before,
                  const char *after)
{
  g_autofree char *from = leyden_text_display (before, -1, MAX_SLOT_CHARS, TRUE);
  g_autofree char *to = leyden_text_display (after, -1, MAX_SLOT_CHARS, TRUE);
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GString) words = g_string_new (NULL);
  GtkWidget *label = leyden_part_label (NULL, "promptdiff");
  Diff *diff = g_new0 (Diff, 1);

  diff->parts = leyden_word_diff (from, to);
  for (guint i = 0; i < diff->parts->len; i++)
    {
      LeydenWords *part = &g_array_index (diff->parts, LeydenWords, i);
      const char *source = (part->kind == LEYDEN_WORDS_ADDED ? to : from) + part->start;

      say_diff (words, part, source);
      part->start = text->len;
      g_string_append_len (text, source, (gssize) part->length);
    }
  g_object_set_data_full (G_OBJECT (label), "diff", diff, (GDestroyNotify) diff_free);
  gtk_label_set_text (GTK_LABEL (label), text->str);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  paint_diff (label);
  g_signal_connect (label, "realize", G_CALLBACK (paint_diff), NULL);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (paint_diff), label, G_CONNECT_SWAPPED);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, words->str, -1);
  return label;
}

/* --- values --- */

char *
leyden_part_format_slot (const char  *kind,
                         LeydenValue *value)
{
  if (value == NULL)
    return g_strdup ("–");
  if (g_strcmp0 (kind, "model") == 0)
    {
      const char *model = leyden_value_get_kind (value) == LEYDEN_VALUE_STRING ? leyden_value_get_string (value, NULL)
                                                                                : leyden_value_get_member_string (value, "model", NULL);
      const char *endpoint = leyden_value_get_member_string (value, "endpoint", NULL);

      if (leyden_value_is_null (value))
        return g_strdup (_("The run’s model"));
      if (model != NULL && endpoint != NULL)
        /* Translators: a model and the endpoint that offers it. */
        return g_strdup_printf (_("%s (%s)"), model, endpoint);
      if (model != NULL || endpoint != NULL)
        return g_strdup (model != NULL ? model : endpoint);
    }
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_BOOLEAN)
    return g_strdup (leyden_value_get_boolean (value) ? _("On") : _("Off"));
  if (leyden_value_is_null (value))
    return g_strdup (_("Not set"));
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_LIST && leyden_value_get_size (value) == 0)
    return g_strdup (_("None"));
  return leyden_format_value (value, MAX_SLOT_CHARS);
}

static void
disclosure_toggled_cb (GtkToggleButton *button,
                       GtkWidget       *child)
{
  gboolean open = gtk_toggle_button_get_active (button);
  GtkWidget *icon = gtk_widget_get_first_child (gtk_button_get_child (GTK_BUTTON (button)));

  gtk_widget_set_visible (child, open);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), open ? "pan-down-symbolic" : "pan-end-symbolic");
  gtk_accessible_update_state (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_STATE_EXPANDED, open, -1);
}

GtkWidget *
leyden_part_disclosure (const char *title,
                        GtkWidget  *child)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *button = gtk_toggle_button_new (), *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_box_append (GTK_BOX (line), gtk_image_new_from_icon_name ("pan-end-symbolic"));
  gtk_box_append (GTK_BOX (line), label);
  gtk_button_set_child (GTK_BUTTON (button), line);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "disclosure");
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_widget_set_visible (child, FALSE);
  gtk_accessible_update_state (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_STATE_EXPANDED, FALSE, -1);
  g_signal_connect_object (button, "toggled", G_CALLBACK (disclosure_toggled_cb), child, 0);
  g_object_set_data (G_OBJECT (box), "label", label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, title != NULL ? title : "", -1);
  gtk_box_append (GTK_BOX (box), button);
  gtk_box_append (GTK_BOX (box), child);
  return box;
}

void
leyden_part_disclosure_set_title (GtkWidget  *disclosure,
                                  const char *title)
{
  gtk_label_set_text (GTK_LABEL (g_object_get_data (G_OBJECT (disclosure), "label")), title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_first_child (disclosure)), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
}

GtkWidget *
leyden_part_buttons (GtkWidget *first,
                     ...)
{
  GtkWidget *box = leyden_wrap_box_new ();
  va_list list;

  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (box), FALSE);
  va_start (list, first);
  for (GtkWidget *button = first; button != NULL; button = va_arg (list, GtkWidget *))
    {
      gtk_widget_set_halign (button, GTK_ALIGN_START);
      gtk_widget_set_parent (button, box);
    }
  va_end (list);
  return box;
}

GtkWidget *
leyden_part_tile (const char  *title,
                  GtkWidget  **number)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *caption = gtk_label_new (title);

  *number = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (caption), 0);
  gtk_widget_add_css_class (caption, "caption");
  gtk_widget_add_css_class (caption, "dim-label");
  gtk_label_set_xalign (GTK_LABEL (*number), 0);
  gtk_widget_add_css_class (*number, "title-4");
  gtk_widget_add_css_class (*number, "numeric");
  gtk_accessible_update_property (GTK_ACCESSIBLE (*number), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, title, -1);
  gtk_widget_add_css_class (box, "card");
  gtk_widget_add_css_class (box, "tile");
  gtk_box_append (GTK_BOX (box), caption);
  gtk_box_append (GTK_BOX (box), *number);
  return box;
}

static void
unrealize_cb (GtkWindow *dialog)
{
  gtk_window_set_transient_for (dialog, NULL);
}

void
leyden_part_outlive_parent (GtkWindow *dialog)
{
  g_signal_connect (dialog, "unrealize", G_CALLBACK (unrealize_cb), NULL);
}
