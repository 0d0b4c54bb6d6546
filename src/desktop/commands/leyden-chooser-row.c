/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chooser-row.h"

#include "leyden-safe-text.h"

struct _LeydenChooserRow
{
  GtkListBoxRow  parent_instance;

  LeydenChoice  *choice;
};

G_DEFINE_FINAL_TYPE (LeydenChooserRow, leyden_chooser_row, GTK_TYPE_LIST_BOX_ROW)

LeydenChoice *
leyden_choice_new (const char *id,
                   const char *title,
                   const char *detail,
                   const char *key,
                   const char *reason)
{
  LeydenChoice *self = g_new0 (LeydenChoice, 1);

  g_return_val_if_fail (id != NULL && title != NULL, NULL);

  self->id = g_strdup (id);
  self->title = g_strdup (title);
  self->detail = g_strdup (detail);
  self->key = g_strdup (key);
  self->reason = g_strdup (reason);
  return self;
}

void
leyden_choice_free (LeydenChoice *self)
{
  g_free (self->id);
  g_free (self->title);
  g_free (self->detail);
  g_free (self->key);
  g_free (self->reason);
  g_free (self);
}

static void
take_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  g_signal_emit_by_name (widget, "activate");
}

static void
leyden_chooser_row_finalize (GObject *object)
{
  leyden_choice_free (LEYDEN_CHOOSER_ROW (object)->choice);
  G_OBJECT_CLASS (leyden_chooser_row_parent_class)->finalize (object);
}

static void
leyden_chooser_row_class_init (LeydenChooserRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_chooser_row_finalize;
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "choice.take", NULL, take_action);
}

static void
leyden_chooser_row_init (LeydenChooserRow *self)
{
}

static GtkWidget *
make_label (const char *text,
            const char *style)
{
  GtkWidget *label = gtk_label_new (NULL);

  leyden_label_set_safe_text (GTK_LABEL (label), text, 200);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static const char *
get_second_line (LeydenChooserRow *self)
{
  return self->choice->reason != NULL ? self->choice->reason : self->choice->detail;
}

static void
build (LeydenChooserRow *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_add_css_class (row, "commandrow");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (texts), make_label (self->choice->title, self->choice->reason != NULL ? "dim-label" : NULL));
  if (get_second_line (self) != NULL)
    gtk_box_append (GTK_BOX (texts), make_label (get_second_line (self), "caption"));
  gtk_box_append (GTK_BOX (row), texts);
  if (self->choice->key != NULL)
    {
      GtkWidget *key = make_label (self->choice->key, "dim-label");

      gtk_widget_set_valign (key, GTK_ALIGN_CENTER);
      gtk_label_set_ellipsize (GTK_LABEL (key), PANGO_ELLIPSIZE_NONE);
      gtk_box_append (GTK_BOX (row), key);
    }
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), row);
}

GtkWidget *
leyden_chooser_row_new (LeydenChoice *choice)
{
  LeydenChooserRow *self = g_object_new (LEYDEN_TYPE_CHOOSER_ROW, NULL);
  g_autoptr(GString) description = g_string_new (NULL);

  g_return_val_if_fail (choice != NULL, NULL);

  self->choice = choice;
  build (self);
  if (get_second_line (self) != NULL)
    g_string_append (description, get_second_line (self));
  if (choice->key != NULL)
    g_string_append_printf (description, "%s%s", description->len > 0 ? ", " : "", choice->key);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, choice->title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description->str, -1);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_DISABLED, choice->reason != NULL, -1);
  return GTK_WIDGET (self);
}

const LeydenChoice *
leyden_chooser_row_get_choice (LeydenChooserRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHOOSER_ROW (self), NULL);
  return self->choice;
}

char *
leyden_chooser_row_dup_spoken (LeydenChooserRow *self)
{
  GString *text;

  g_return_val_if_fail (LEYDEN_IS_CHOOSER_ROW (self), NULL);

  text = g_string_new (self->choice->title);
  if (self->choice->key != NULL)
    g_string_append_printf (text, ", %s", self->choice->key);
  if (get_second_line (self) != NULL)
    g_string_append_printf (text, ", %s", get_second_line (self));
  return g_string_free (text, FALSE);
}
