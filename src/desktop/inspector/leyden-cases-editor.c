/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-cases-editor.h"

#include <glib/gi18n-lib.h>

#include "leyden-expression-editor.h"
#include "leyden-json.h"

struct _LeydenCasesEditor
{
  LeydenRowsEditor parent_instance;
};

G_DEFINE_FINAL_TYPE (LeydenCasesEditor, leyden_cases_editor, LEYDEN_TYPE_ROWS_EDITOR)

/* Index in the list of kinds. */
enum
{
  BY_CONDITION,
  BY_VALUE,
};

static GtkWidget *
get_part (GtkWidget  *box,
          const char *name)
{
  return g_object_get_data (G_OBJECT (box), name);
}

static void
set_text (GtkWidget  *entry,
          const char *text)
{
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (entry)), text))
    gtk_editable_set_text (GTK_EDITABLE (entry), text);
}

/* A value that is a text stands as it is, any other as JSON; what is typed stays a text, which compares the same. */
static char *
show_value (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);

  return text != NULL ? g_strdup (text) : leyden_json_write (value, LEYDEN_JSON_COMPACT);
}

/* What the editor of conditions said last. */
static const char *
get_condition (GtkWidget *box)
{
  const char *text = g_object_get_data (G_OBJECT (box), "condition-text");

  return text != NULL ? text : "";
}

static void
set_condition (GtkWidget  *box,
               const char *text)
{
  g_autoptr(LeydenValue) value = leyden_value_new_string (text, -1);

  g_object_set_data_full (G_OBJECT (box), "condition-text", g_strdup (text), g_free);
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (get_part (box, "condition")), value);
}

static void
show_kind (GtkWidget *box)
{
  gboolean by_value = gtk_drop_down_get_selected (GTK_DROP_DOWN (get_part (box, "kind"))) == BY_VALUE;

  gtk_widget_set_visible (get_part (box, "text"), by_value);
  gtk_widget_set_visible (get_part (box, "condition"), !by_value);
}

static void
kind_selected_cb (GtkWidget  *kind,
                  GParamSpec *pspec,
                  gpointer    data)
{
  GtkWidget *box = gtk_widget_get_parent (gtk_widget_get_parent (kind));

  /* What was typed as the one is a start for the other. */
  if (gtk_drop_down_get_selected (GTK_DROP_DOWN (kind)) == BY_CONDITION && *get_condition (box) == '\0')
    set_condition (box, gtk_editable_get_text (GTK_EDITABLE (get_part (box, "text"))));
  show_kind (box);
  leyden_rows_editor_changed (data);
}

static void
condition_edited_cb (GtkWidget   *condition,
                     LeydenValue *value,
                     gpointer     data)
{
  GtkWidget *box = gtk_widget_get_parent (condition);

  g_object_set_data_full (G_OBJECT (box), "condition-text", g_strdup (leyden_value_get_string (value, NULL)), g_free);
  leyden_rows_editor_changed (data);
}

static void
condition_invalid_cb (LeydenValueEditor *editor,
                      const char        *message)
{
  leyden_value_editor_emit_invalid (editor, message);
}

static void
set_row_context (LeydenRowsEditor    *editor,
                 GtkWidget           *box,
                 LeydenEditorContext *context)
{
  leyden_value_editor_set_context (LEYDEN_VALUE_EDITOR (get_part (box, "condition")), context);
}

static void
update_row (LeydenRowsEditor *editor,
            GtkWidget        *box,
            LeydenValue      *row)
{
  const char *condition = leyden_value_get_member_string (row, "condition", NULL);
  g_autofree char *value = condition == NULL ? show_value (leyden_value_get_member (row, "value")) : NULL;

  g_object_set_data_full (G_OBJECT (box), "case", leyden_value_ref (row), (GDestroyNotify) leyden_value_unref);
  set_text (get_part (box, "name"), leyden_value_get_member_string (row, "name", ""));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (get_part (box, "kind")), condition != NULL ? BY_CONDITION : BY_VALUE);
  if (condition == NULL)
    set_text (get_part (box, "text"), value);
  else
    set_condition (box, condition);
  show_kind (box);
}

static GtkWidget *
new_entry (GtkWidget  *box,
           const char *part,
           const char *label)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_enable_undo (GTK_EDITABLE (entry), FALSE);
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), 6);
  gtk_widget_set_hexpand (entry, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data (G_OBJECT (box), part, entry);
  return entry;
}

static GtkWidget *
build_row (LeydenRowsEditor *editor,
           LeydenValue      *row)
{
  const char *kinds[] = { _("when"), _("equals"), NULL };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *kind = gtk_drop_down_new_from_strings (kinds);
  GtkWidget *condition = leyden_expression_editor_new (TRUE, LEYDEN_EXPRESSION_PART);

  gtk_accessible_update_property (GTK_ACCESSIBLE (kind), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Condition or value"), -1);
  g_object_set_data (G_OBJECT (box), "kind", kind);
  g_object_set_data (G_OBJECT (box), "condition", condition);
  gtk_box_append (GTK_BOX (line), new_entry (box, "name", _("Name of the case")));
  gtk_box_append (GTK_BOX (line), kind);
  gtk_box_append (GTK_BOX (box), line);
  gtk_box_append (GTK_BOX (box), new_entry (box, "text", _("Value of the case")));
  gtk_box_append (GTK_BOX (box), condition);
  update_row (editor, box, row);
  g_signal_connect_object (get_part (box, "name"), "changed", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_part (box, "text"), "changed", G_CALLBACK (leyden_rows_editor_changed), editor, G_CONNECT_SWAPPED);
  g_signal_connect_object (kind, "notify::selected", G_CALLBACK (kind_selected_cb), editor, 0);
  g_signal_connect_object (condition, "edited", G_CALLBACK (condition_edited_cb), editor, 0);
  g_signal_connect_object (condition, "invalid", G_CALLBACK (condition_invalid_cb), editor, G_CONNECT_SWAPPED);
  return box;
}

/* Members that the row does not show stay; a value that was not touched keeps its type. */
static LeydenValue *
read_row (LeydenRowsEditor *editor,
          GtkWidget        *box)
{
  LeydenValue *before = g_object_get_data (G_OBJECT (box), "case");
  gboolean by_value = gtk_drop_down_get_selected (GTK_DROP_DOWN (get_part (box, "kind"))) == BY_VALUE;
  const char *text = by_value ? gtk_editable_get_text (GTK_EDITABLE (get_part (box, "text"))) : get_condition (box);
  LeydenValue *old = leyden_value_get_member (before, "value");
  g_autofree char *shown = old != NULL ? show_value (old) : NULL;
  g_autoptr(LeydenValue) name = leyden_value_new_string (gtk_editable_get_text (GTK_EDITABLE (get_part (box, "name"))), -1);
  g_autoptr(LeydenValue) content = by_value && g_strcmp0 (shown, text) == 0 ? leyden_value_ref (old) : leyden_value_new_string (text, -1);
  g_autoptr(LeydenValue) named = leyden_value_with_member (before, "name", name);
  g_autoptr(LeydenValue) without = leyden_value_with_member (named, by_value ? "condition" : "value", NULL);

  return leyden_value_with_member (without, by_value ? "value" : "condition", content);
}

static LeydenValue *
make_row (LeydenRowsEditor *editor,
          LeydenValue      *rows)
{
  g_autofree char *name = leyden_rows_editor_make_name (rows, "case");
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", name);
  leyden_value_builder_set_string (&builder, "condition", "value IS NULL");
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
leyden_cases_editor_class_init (LeydenCasesEditorClass *klass)
{
  LeydenRowsEditorClass *rows_class = LEYDEN_ROWS_EDITOR_CLASS (klass);

  rows_class->build_row = build_row;
  rows_class->update_row = update_row;
  rows_class->read_row = read_row;
  rows_class->make_row = make_row;
  rows_class->set_row_context = set_row_context;
  rows_class->check_rows = leyden_value_editor_check_names;
}

static void
leyden_cases_editor_init (LeydenCasesEditor *self)
{
  leyden_rows_editor_set_labels (LEYDEN_ROWS_EDITOR (self), _("Add a Case"), _("Remove this case"));
}

GtkWidget *
leyden_cases_editor_new (void)
{
  return g_object_new (LEYDEN_TYPE_CASES_EDITOR, NULL);
}
