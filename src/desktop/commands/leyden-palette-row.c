/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-palette-row.h"

#include <glib/gi18n-lib.h>

#include "leyden-fuzzy.h"
#include "leyden-safe-text.h"

struct _LeydenPaletteRow
{
  GtkListBoxRow       parent_instance;

  const LeydenAction *action;
  char               *reason;
  char               *key;              /* nullable */
  char               *title;            /* folded */
  char               *keywords;         /* folded */
};

G_DEFINE_FINAL_TYPE (LeydenPaletteRow, leyden_palette_row, GTK_TYPE_LIST_BOX_ROW)

static void
run_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  g_signal_emit_by_name (widget, "activate");
}

static void
leyden_palette_row_finalize (GObject *object)
{
  LeydenPaletteRow *self = LEYDEN_PALETTE_ROW (object);

  g_free (self->reason);
  g_free (self->key);
  g_free (self->title);
  g_free (self->keywords);
  G_OBJECT_CLASS (leyden_palette_row_parent_class)->finalize (object);
}

static void
leyden_palette_row_class_init (LeydenPaletteRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_palette_row_finalize;
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "command.run", NULL, run_action);
}

static void
leyden_palette_row_init (LeydenPaletteRow *self)
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

static void
build (LeydenPaletteRow *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  const char *second = self->reason != NULL ? self->reason : leyden_action_section_title (self->action->section);

  gtk_widget_add_css_class (row, "commandrow");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), make_label (_(self->action->title), self->reason != NULL ? "dim-label" : NULL));
  gtk_box_append (GTK_BOX (texts), make_label (second, "caption"));
  gtk_box_append (GTK_BOX (row), texts);
  if (self->key != NULL)
    {
      GtkWidget *key = make_label (self->key, "dim-label");

      gtk_widget_set_valign (key, GTK_ALIGN_CENTER);
      gtk_label_set_ellipsize (GTK_LABEL (key), PANGO_ELLIPSIZE_NONE);
      gtk_box_append (GTK_BOX (row), key);
    }
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), row);
}

GtkWidget *
leyden_palette_row_new (const LeydenAction *action,
                        const char         *reason)
{
  LeydenPaletteRow *self = g_object_new (LEYDEN_TYPE_PALETTE_ROW, NULL);
  g_autofree char *description = NULL;

  g_return_val_if_fail (action != NULL && action->title != NULL, NULL);

  self->action = action;
  self->reason = g_strdup (reason);
  self->key = leyden_action_dup_key_label (action);
  self->title = leyden_fuzzy_fold (_(action->title));
  self->keywords = action->keywords != NULL ? leyden_fuzzy_fold (_(action->keywords)) : NULL;
  build (self);
  description = g_strjoin (", ", reason != NULL ? reason : leyden_action_section_title (action->section), self->key, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _(action->title),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_DISABLED, reason != NULL, -1);
  return GTK_WIDGET (self);
}

const LeydenAction *
leyden_palette_row_get_action (LeydenPaletteRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_PALETTE_ROW (self), NULL);
  return self->action;
}

gboolean
leyden_palette_row_is_possible (LeydenPaletteRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_PALETTE_ROW (self), FALSE);
  return self->reason == NULL;
}

guint
leyden_palette_row_score (LeydenPaletteRow *self,
                          const char       *query)
{
  g_return_val_if_fail (LEYDEN_IS_PALETTE_ROW (self), 0);
  return leyden_fuzzy_score (query, self->title, self->keywords);
}

char *
leyden_palette_row_dup_spoken (LeydenPaletteRow *self)
{
  GString *text;

  g_return_val_if_fail (LEYDEN_IS_PALETTE_ROW (self), NULL);

  text = g_string_new (_(self->action->title));
  if (self->key != NULL)
    g_string_append_printf (text, ", %s", self->key);
  if (self->reason != NULL)
    g_string_append_printf (text, ", %s", self->reason);
  return g_string_free (text, FALSE);
}
