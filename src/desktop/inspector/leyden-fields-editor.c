/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-fields-editor.h"

#include <glib/gi18n-lib.h>

struct _LeydenFieldsEditor
{
  LeydenRowsEditor parent_instance;

  gboolean         roles;
};

/* The widgets of one row. */
typedef struct
{
  GtkWidget   *name;
  GtkWidget   *type;
  GtkWidget   *required;
  GtkWidget   *role;                    /* NULL where fields have none */
  LeydenValue *row;                     /* as it came; what it says beyond these widgets is kept */
} FieldRow;

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

static const char * const roles[] = { "input", "expected", "id" };

static void
field_row_free (gpointer data)
{
  FieldRow *field = data;

  g_clear_pointer (&field->row, leyden_value_unref);
  g_free (field);
}

static FieldRow *
get_field (GtkWidget *box)
{
  return g_object_get_data (G_OBJECT (box), "field");
}

static guint
index_of_role (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if (g_strcmp0 (name, roles[i]) == 0)
      return i;
  return 0;
}

static void
update_row (LeydenRowsEditor *editor,
            GtkWidget        *box,
            LeydenValue      *row)
{
  FieldRow *field = get_field (box);
  const char *name = leyden_value_get_member_string (row, "name", "");

  g_clear_pointer (&field->row, leyden_value_unref);
  field->row = leyden_value_ref (row);
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (field->name)), name))
    gtk_editable_set_text (GTK_EDITABLE (field->name), name);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (field->type), index_of_type (leyden_value_get_member_string (row, "type", "any")));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (field->required), leyden_value_get_member_boolean (row, "required", FALSE));
  if (field->role != NULL)
    gtk_drop_down_set_selected (GTK_DROP_DOWN (field->role), index_of_role (leyden_value_get_member_string (row, "role", "input")));
}

static void
name_widget (GtkWidget  *widget,
             const char *label)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static GtkWidget *
new_types (void)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  GtkWidget *type;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    gtk_string_list_append (titles, leyden_port_type_get_title (types[i]));
  type = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&titles)), NULL);
  name_widget (type, _("Type of the field"));
  return type;
}

static GtkWidget *
new_roles (void)
{
  const char *titles[] = { _("Input"), _("Expected answer"), _("Row id"), NULL };
  GtkWidget *role = gtk_drop_down_new_from_strings (titles);

  gtk_widget_set_hexpand (role, TRUE);
  name_widget (role, _("What the field is for"));
  return role;
}

static GtkWidget *
build_row (LeydenRowsEditor *editor,
           LeydenValue      *row)
{
  LeydenFieldsEditor *self = LEYDEN_FIELDS_EDITOR (editor);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *first = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *second = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  FieldRow *field = g_new0 (FieldRow, 1);

  g_object_set_data_full (G_OBJECT (box), "field", field, field_row_free);
  field->name = gtk_entry_new ();
  gtk_editable_set_enable_undo (GTK_EDITABLE (field->name), FALSE);
  gtk_editable_set_width_chars (GTK_EDITABLE (field->name), 6);
  gtk_widget_set_hexpand (field->name, TRUE);
  name_widget (field->name, _("Name of the field"));
  field->type = new_types ();
  field->required = gtk_check_button_new_with_label (_("Required"));
  field->role = self->roles ? new_roles () : NULL;
  update_row (editor, box, row);

  gtk_box_append (GTK_BOX (first), field->name);
  gtk_box_append (GTK_BOX (first), field->type);
  if (field->role != NULL)
    gtk_box_append (GTK_BOX (second), field->role);
  gtk_box_append (GTK_BOX (second), field->required);
  gtk_box_append (GTK_BOX (box), first);
  gtk_box_append (GTK_BOX (box), second);
  g_signal_connect_object (field->name, "changed", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  g_signal_connect_object (field->type, "notify::selected", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  g_signal_connect_object (field->required, "toggled", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  if (field->role != NULL)
    g_signal_connect_object (field->role, "notify::selected", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  return box;
}

static LeydenValue *
with_text (LeydenValue *row,
           const char  *key,
           const char  *text)
{
  g_autoptr(LeydenValue) value = leyden_value_new_string (text, -1);

  return leyden_value_with_member (row, key, value);
}

/* What the drop-downs cannot say (a type or role of a newer version) stays until another one is chosen. */
static LeydenValue *
with_choices (FieldRow    *field,
              LeydenValue *row)
{
  guint type = gtk_drop_down_get_selected (GTK_DROP_DOWN (field->type));
  guint role = field->role != NULL ? gtk_drop_down_get_selected (GTK_DROP_DOWN (field->role)) : 0;
  g_autoptr(LeydenValue) typed = NULL;

  if (type < G_N_ELEMENTS (types) && type != index_of_type (leyden_value_get_member_string (row, "type", "any")))
    typed = with_text (row, "type", leyden_port_type_to_string (types[type]));
  else
    typed = leyden_value_ref (row);
  if (field->role != NULL && role < G_N_ELEMENTS (roles) &&
      role != index_of_role (leyden_value_get_member_string (row, "role", "input")))
    return with_text (typed, "role", roles[role]);
  return g_steal_pointer (&typed);
}

static LeydenValue *
read_row (LeydenRowsEditor *editor,
          GtkWidget        *box)
{
  FieldRow *field = get_field (box);
  gboolean is_required = gtk_check_button_get_active (GTK_CHECK_BUTTON (field->required));
  g_autoptr(LeydenValue) required = is_required ? leyden_value_new_boolean (TRUE) : NULL;
  g_autoptr(LeydenValue) named = with_text (field->row, "name", gtk_editable_get_text (GTK_EDITABLE (field->name)));
  g_autoptr(LeydenValue) chosen = with_choices (field, named);

  if (leyden_value_get_member_boolean (chosen, "required", FALSE) == is_required)
    return g_steal_pointer (&chosen);
  return leyden_value_with_member (chosen, "required", required);
}

static LeydenValue *
make_row (LeydenRowsEditor *editor,
          LeydenValue      *rows)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *name = leyden_rows_editor_make_name (rows, "value");

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", name);
  leyden_value_builder_set_string (&builder, "type", "any");
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
leyden_fields_editor_class_init (LeydenFieldsEditorClass *klass)
{
  LeydenRowsEditorClass *rows_class = LEYDEN_ROWS_EDITOR_CLASS (klass);

  rows_class->build_row = build_row;
  rows_class->update_row = update_row;
  rows_class->read_row = read_row;
  rows_class->make_row = make_row;
  rows_class->check_rows = leyden_value_editor_check_names;
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

void
leyden_fields_editor_set_roles (LeydenFieldsEditor *self,
                                gboolean            roles_wanted)
{
  g_return_if_fail (LEYDEN_IS_FIELDS_EDITOR (self));
  self->roles = roles_wanted;
}
