/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-fields-editor.h"

#include <glib/gi18n-lib.h>

struct _LeydenFieldsEditor
{
  LeydenRowsEditor parent_instance;
};

G_DEFINE_FINAL_TYPE (LeydenFieldsEditor, leyden_fields_editor, LEYDEN_TYPE_ROWS_EDITOR)

/* Types that a field may have: not `tools`, which no row of data can hold. */
static const LeydenPortType types[] = {
  LEYDEN_PORT_ANY, LEYDEN_PORT_TEXT, LEYDEN_PORT_NUMBER, LEYDEN_PORT_BOOLEAN, LEYDEN_PORT_OBJECT, LEYDEN_PORT_LIST,
  LEYDEN_PORT_MESSAGES, LEYDEN_PORT_IMAGE, LEYDEN_PORT_AUDIO, LEYDEN_PORT_VIDEO, LEYDEN_PORT_FILE, LEYDEN_PORT_REWARD,
};

static guint
index_of_type (const char *name)
{
  LeydenPortType type;

  if (name != NULL && leyden_port_type_from_string (name, &type))
    for (guint i = 0; i < G_N_ELEMENTS (types); i++)
      if (types[i] == type)
        return i;
  return 0;
}

static GtkWidget *
build_row (LeydenRowsEditor *editor,
           LeydenValue      *row)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *name = gtk_entry_new ();
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  GtkWidget *type, *required;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    gtk_string_list_append (titles, leyden_port_type_get_title (types[i]));
  type = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&titles)), NULL);
  required = gtk_check_button_new ();

  gtk_editable_set_text (GTK_EDITABLE (name), leyden_value_get_member_string (row, "name", ""));
  gtk_editable_set_width_chars (GTK_EDITABLE (name), 6);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (type), index_of_type (leyden_value_get_member_string (row, "type", "any")));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (required), leyden_value_get_member_boolean (row, "required", FALSE));
  gtk_widget_set_tooltip_text (required, _("Required"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (name), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name of the field"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (type), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Type of the field"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (required), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Required"), -1);

  g_object_set_data_full (G_OBJECT (box), "row", leyden_value_ref (row), (GDestroyNotify) leyden_value_unref);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), type);
  gtk_box_append (GTK_BOX (box), required);
  g_signal_connect_object (name, "changed", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  g_signal_connect_object (type, "notify::selected", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  g_signal_connect_object (required, "toggled", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  return box;
}

static LeydenValue *
read_row (LeydenRowsEditor *editor,
          GtkWidget        *box)
{
  GtkWidget *name = gtk_widget_get_first_child (box);
  GtkWidget *type = gtk_widget_get_next_sibling (name);
  GtkWidget *required = gtk_widget_get_next_sibling (type);
  guint selected = MIN (gtk_drop_down_get_selected (GTK_DROP_DOWN (type)), G_N_ELEMENTS (types) - 1);
  gboolean is_required = gtk_check_button_get_active (GTK_CHECK_BUTTON (required));
  LeydenValue *before = g_object_get_data (G_OBJECT (box), "row");
  g_autoptr(LeydenValue) name_value = leyden_value_new_string (gtk_editable_get_text (GTK_EDITABLE (name)), -1);
  g_autoptr(LeydenValue) type_value = leyden_value_new_string (leyden_port_type_to_string (types[selected]), -1);
  g_autoptr(LeydenValue) required_value = leyden_value_new_boolean (is_required);
  g_autoptr(LeydenValue) named = leyden_value_with_member (before, "name", name_value);
  g_autoptr(LeydenValue) typed = leyden_value_with_member (named, "type", type_value);

  if (leyden_value_get_member_boolean (before, "required", FALSE) == is_required)
    return g_steal_pointer (&typed);
  return leyden_value_with_member (typed, "required", is_required ? required_value : NULL);
}

static LeydenValue *
make_row (LeydenRowsEditor *editor,
          guint             n)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *name = g_strdup_printf ("value%u", n + 1);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", n == 0 ? "value" : name);
  leyden_value_builder_set_string (&builder, "type", "any");
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
leyden_fields_editor_class_init (LeydenFieldsEditorClass *klass)
{
  LeydenRowsEditorClass *rows_class = LEYDEN_ROWS_EDITOR_CLASS (klass);

  rows_class->build_row = build_row;
  rows_class->read_row = read_row;
  rows_class->make_row = make_row;
}

static void
leyden_fields_editor_init (LeydenFieldsEditor *self)
{
  leyden_rows_editor_set_labels (LEYDEN_ROWS_EDITOR (self), _("Add a Field"), _("Remove this field"));
}

GtkWidget *
leyden_fields_editor_new (void)
{
  return g_object_new (LEYDEN_TYPE_FIELDS_EDITOR, NULL);
}
