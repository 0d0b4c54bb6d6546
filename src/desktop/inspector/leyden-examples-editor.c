/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-examples-editor.h"

#include <glib/gi18n-lib.h>

#include "leyden-text-editor.h"

struct _LeydenExamplesEditor
{
  LeydenRowsEditor parent_instance;
};

G_DEFINE_FINAL_TYPE (LeydenExamplesEditor, leyden_examples_editor, LEYDEN_TYPE_ROWS_EDITOR)

/* A row remembers its value; an edit of one side replaces that side. */
static void
side_edited_cb (GtkWidget   *side,
                LeydenValue *value,
                gpointer     data)
{
  GtkWidget *box = gtk_widget_get_parent (side);
  LeydenValue *row = g_object_get_data (G_OBJECT (box), "row");
  LeydenValue *changed = leyden_value_with_member (row, gtk_widget_get_name (side), value);

  g_object_set_data_full (G_OBJECT (box), "row", changed, (GDestroyNotify) leyden_value_unref);
  leyden_rows_editor_changed (data);
}

static void
append_side (GtkWidget        *box,
             LeydenRowsEditor *editor,
             LeydenValue      *row,
             const char       *key,
             const char       *label)
{
  GtkWidget *title = gtk_label_new (label);
  GtkWidget *side = leyden_text_editor_new (LEYDEN_PARAMETER_MULTILINE);

  gtk_widget_set_name (side, key);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (title, "caption");
  gtk_widget_add_css_class (title, "dim-label");
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (side), leyden_value_get_member (row, key));
  leyden_text_editor_set_accessible_label (LEYDEN_TEXT_EDITOR (side), label);
  g_signal_connect_object (side, "edited", G_CALLBACK (side_edited_cb), editor, 0);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), side);
}

static GtkWidget *
build_row (LeydenRowsEditor *editor,
           LeydenValue      *row)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  g_object_set_data_full (G_OBJECT (box), "row", leyden_value_ref (row), (GDestroyNotify) leyden_value_unref);
  append_side (box, editor, row, "input", _("Input"));
  append_side (box, editor, row, "output", _("Output"));
  return box;
}

static void
update_row (LeydenRowsEditor *editor,
            GtkWidget        *box,
            LeydenValue      *row)
{
  g_object_set_data_full (G_OBJECT (box), "row", leyden_value_ref (row), (GDestroyNotify) leyden_value_unref);
  for (GtkWidget *side = gtk_widget_get_first_child (box); side != NULL; side = gtk_widget_get_next_sibling (side))
    if (LEYDEN_IS_VALUE_EDITOR (side))
      leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (side), leyden_value_get_member (row, gtk_widget_get_name (side)));
}

static LeydenValue *
read_row (LeydenRowsEditor *editor,
          GtkWidget        *box)
{
  return leyden_value_ref (g_object_get_data (G_OBJECT (box), "row"));
}

static LeydenValue *
make_row (LeydenRowsEditor *editor,
          LeydenValue      *rows)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "input", "");
  leyden_value_builder_set_string (&builder, "output", "");
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
leyden_examples_editor_class_init (LeydenExamplesEditorClass *klass)
{
  LeydenRowsEditorClass *rows_class = LEYDEN_ROWS_EDITOR_CLASS (klass);

  rows_class->build_row = build_row;
  rows_class->update_row = update_row;
  rows_class->read_row = read_row;
  rows_class->make_row = make_row;
}

static void
leyden_examples_editor_init (LeydenExamplesEditor *self)
{
  leyden_rows_editor_set_labels (LEYDEN_ROWS_EDITOR (self), _("Add an Example"), _("Remove this example"));
}

GtkWidget *
leyden_examples_editor_new (void)
{
  return g_object_new (LEYDEN_TYPE_EXAMPLES_EDITOR, NULL);
}
