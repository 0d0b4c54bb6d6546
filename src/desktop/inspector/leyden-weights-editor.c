/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-weights-editor.h"

#include <glib/gi18n-lib.h>

struct _LeydenWeightsEditor
{
  LeydenRowsEditor parent_instance;
};

G_DEFINE_FINAL_TYPE (LeydenWeightsEditor, leyden_weights_editor, LEYDEN_TYPE_ROWS_EDITOR)

static void
update_row (LeydenRowsEditor *editor,
            GtkWidget        *box,
            LeydenValue      *row)
{
  GtkWidget *name = gtk_widget_get_first_child (box);
  GtkWidget *weight = gtk_widget_get_next_sibling (name);
  const char *text = leyden_value_get_member_string (row, "name", "");

  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (name)), text))
    gtk_editable_set_text (GTK_EDITABLE (name), text);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (weight), leyden_value_get_member_double (row, "weight", 1));
}

static GtkWidget *
build_row (LeydenRowsEditor *editor,
           LeydenValue      *row)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *name = gtk_entry_new ();
  GtkWidget *weight = gtk_spin_button_new_with_range (0, 1000, 0.1);

  gtk_editable_set_enable_undo (GTK_EDITABLE (name), FALSE);
  gtk_editable_set_enable_undo (GTK_EDITABLE (weight), FALSE);
  gtk_editable_set_width_chars (GTK_EDITABLE (name), 6);
  gtk_editable_set_width_chars (GTK_EDITABLE (weight), 4);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (weight), 2);
  leyden_value_editor_ignore_scrolling (weight);
  gtk_accessible_update_property (GTK_ACCESSIBLE (name), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name of the part"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (weight), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Weight"), -1);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), weight);
  update_row (editor, box, row);
  g_signal_connect_object (name, "changed", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  g_signal_connect_object (weight, "value-changed", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  return box;
}

static LeydenValue *
new_row (const char *name,
         double      weight)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", name);
  leyden_value_builder_set_double (&builder, "weight", weight);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenValue *
read_row (LeydenRowsEditor *editor,
          GtkWidget        *box)
{
  GtkWidget *name = gtk_widget_get_first_child (box);
  GtkWidget *weight = gtk_widget_get_next_sibling (name);

  return new_row (gtk_editable_get_text (GTK_EDITABLE (name)), gtk_spin_button_get_value (GTK_SPIN_BUTTON (weight)));
}

static LeydenValue *
make_row (LeydenRowsEditor *editor,
          LeydenValue      *rows)
{
  g_autofree char *name = leyden_rows_editor_make_name (rows, "score");

  return new_row (name, 1);
}

static LeydenValue *
to_rows (LeydenRowsEditor *editor,
         LeydenValue      *value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (value); i++)
    leyden_value_builder_take (&builder, new_row (leyden_value_get_key (value, i),
                                                  leyden_value_get_member_double (value, leyden_value_get_key (value, i), 1)));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenValue *
from_rows (LeydenRowsEditor *editor,
           LeydenValue      *rows)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    {
      LeydenValue *row = leyden_value_get_item (rows, i);

      leyden_value_builder_set (&builder, leyden_value_get_member_string (row, "name", ""), leyden_value_get_member (row, "weight"));
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
leyden_weights_editor_class_init (LeydenWeightsEditorClass *klass)
{
  LeydenRowsEditorClass *rows_class = LEYDEN_ROWS_EDITOR_CLASS (klass);

  rows_class->build_row = build_row;
  rows_class->update_row = update_row;
  rows_class->read_row = read_row;
  rows_class->make_row = make_row;
  rows_class->to_rows = to_rows;
  rows_class->from_rows = from_rows;
  rows_class->check_rows = leyden_value_editor_check_names;
}

static void
leyden_weights_editor_init (LeydenWeightsEditor *self)
{
  leyden_rows_editor_set_labels (LEYDEN_ROWS_EDITOR (self), _("Add a Part"), _("Remove this part"));
}

GtkWidget *
leyden_weights_editor_new (void)
{
  return g_object_new (LEYDEN_TYPE_WEIGHTS_EDITOR, NULL);
}
