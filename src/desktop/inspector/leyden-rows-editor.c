/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rows-editor.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  GtkWidget   *box;
  GtkWidget   *rows;
  GtkWidget   *add_button;
  char        *remove_label;
  LeydenValue *shown;
  LeydenEditorContext *context;         /* nullable */
  gboolean     updating;
} LeydenRowsEditorPrivate;

static void value_editor_iface_init (LeydenValueEditorInterface *iface);
G_DEFINE_ABSTRACT_TYPE_WITH_CODE (LeydenRowsEditor, leyden_rows_editor, GTK_TYPE_WIDGET,
                                  G_ADD_PRIVATE (LeydenRowsEditor)
                                  G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_VALUE_EDITOR, value_editor_iface_init))

static LeydenValue *
read_rows (LeydenRowsEditor *self)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  LeydenRowsEditorClass *klass = LEYDEN_ROWS_EDITOR_GET_CLASS (self);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&builder);
  for (GtkWidget *row = gtk_widget_get_first_child (priv->rows); row != NULL; row = gtk_widget_get_next_sibling (row))
    leyden_value_builder_take (&builder, klass->read_row (self, gtk_widget_get_first_child (row)));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
remove_clicked_cb (GtkButton *button,
                   gpointer   data)
{
  LeydenRowsEditor *self = data;
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  GtkWidget *row = gtk_widget_get_parent (GTK_WIDGET (button));

  gtk_widget_grab_focus (priv->add_button);
  gtk_box_remove (GTK_BOX (priv->rows), row);
  leyden_rows_editor_changed (self);
}

static GtkWidget *
append_row (LeydenRowsEditor *self,
            LeydenValue      *value)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *content = LEYDEN_ROWS_EDITOR_GET_CLASS (self)->build_row (self, value);
  GtkWidget *button = gtk_button_new_from_icon_name ("list-remove-symbolic");

  gtk_widget_set_hexpand (content, TRUE);
  /* At the same height as the content: Tab goes from top to bottom, then along the line. */
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, priv->remove_label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, priv->remove_label, -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_clicked_cb), self, 0);
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_add_css_class (row, "fieldrow");
  gtk_box_append (GTK_BOX (row), content);
  gtk_box_append (GTK_BOX (row), button);
  gtk_box_append (GTK_BOX (priv->rows), row);
  if (LEYDEN_ROWS_EDITOR_GET_CLASS (self)->set_row_context != NULL)
    LEYDEN_ROWS_EDITOR_GET_CLASS (self)->set_row_context (self, content, priv->context);
  return content;
}

static void
add_clicked_cb (LeydenRowsEditor *self)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  g_autoptr(LeydenValue) rows = read_rows (self);
  g_autoptr(LeydenValue) row = LEYDEN_ROWS_EDITOR_GET_CLASS (self)->make_row (self, rows);

  gtk_widget_set_visible (priv->rows, TRUE);
  gtk_widget_child_focus (append_row (self, row), GTK_DIR_TAB_FORWARD);
  leyden_rows_editor_changed (self);
}

/* The content of the row at @index; NULL behind the last. */
static GtkWidget *
get_row (LeydenRowsEditor *self,
         guint             index)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  GtkWidget *row = gtk_widget_get_first_child (priv->rows);

  for (guint i = 0; i < index && row != NULL; i++)
    row = gtk_widget_get_next_sibling (row);
  return row != NULL ? gtk_widget_get_first_child (row) : NULL;
}

static void
show_rows (LeydenRowsEditor *self,
           LeydenValue      *rows)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  guint n = leyden_value_get_kind (rows) == LEYDEN_VALUE_LIST ? leyden_value_get_size (rows) : 0;
  GtkWidget *row;

  for (guint i = 0; i < n; i++)
    {
      GtkWidget *content = get_row (self, i);

      if (content != NULL)
        LEYDEN_ROWS_EDITOR_GET_CLASS (self)->update_row (self, content, leyden_value_get_item (rows, i));
      else
        append_row (self, leyden_value_get_item (rows, i));
    }
  while ((row = get_row (self, n)) != NULL)
    gtk_box_remove (GTK_BOX (priv->rows), gtk_widget_get_parent (row));
  gtk_widget_set_visible (priv->rows, n > 0);
}

static void
leyden_rows_editor_set_value (LeydenValueEditor *editor,
                              LeydenValue       *value)
{
  LeydenRowsEditor *self = LEYDEN_ROWS_EDITOR (editor);
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  g_autoptr(LeydenValue) rows = NULL;

  if (priv->shown != NULL && leyden_value_equal (priv->shown, value))
    return;
  g_clear_pointer (&priv->shown, leyden_value_unref);
  priv->shown = value != NULL ? leyden_value_ref (value) : leyden_value_new_null ();

  priv->updating = TRUE;
  rows = LEYDEN_ROWS_EDITOR_GET_CLASS (self)->to_rows (self, value);
  show_rows (self, rows);
  priv->updating = FALSE;
  leyden_value_editor_emit_invalid (editor, NULL);
}

static void
leyden_rows_editor_set_context (LeydenValueEditor   *editor,
                                LeydenEditorContext *context)
{
  LeydenRowsEditor *self = LEYDEN_ROWS_EDITOR (editor);
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  GtkWidget *row;

  if (context != NULL)
    leyden_editor_context_ref (context);
  g_clear_pointer (&priv->context, leyden_editor_context_unref);
  priv->context = context;
  if (LEYDEN_ROWS_EDITOR_GET_CLASS (self)->set_row_context == NULL)
    return;
  priv->updating = TRUE;
  for (guint i = 0; (row = get_row (self, i)) != NULL; i++)
    LEYDEN_ROWS_EDITOR_GET_CLASS (self)->set_row_context (self, row, context);
  priv->updating = FALSE;
}

void
leyden_rows_editor_changed (LeydenRowsEditor *self)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);
  LeydenRowsEditorClass *klass = LEYDEN_ROWS_EDITOR_GET_CLASS (self);
  g_autoptr(LeydenValue) rows = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *problem = NULL;

  g_return_if_fail (LEYDEN_IS_ROWS_EDITOR (self));

  if (priv->updating)
    return;
  rows = read_rows (self);
  gtk_widget_set_visible (priv->rows, leyden_value_get_size (rows) > 0);
  problem = klass->check_rows != NULL ? klass->check_rows (rows) : NULL;
  leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), problem);
  if (problem != NULL)
    return;
  value = klass->from_rows (self, rows);
  if (leyden_value_equal (value, priv->shown))
    return;
  g_clear_pointer (&priv->shown, leyden_value_unref);
  priv->shown = leyden_value_ref (value);
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), value);
}

static LeydenValue *
same_value (LeydenRowsEditor *self,
            LeydenValue      *value)
{
  return value != NULL ? leyden_value_ref (value) : leyden_value_new_null ();
}

static void
value_editor_iface_init (LeydenValueEditorInterface *iface)
{
  iface->set_value = leyden_rows_editor_set_value;
  iface->set_context = leyden_rows_editor_set_context;
}

static void
leyden_rows_editor_dispose (GObject *object)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (LEYDEN_ROWS_EDITOR (object));

  g_clear_pointer (&priv->box, gtk_widget_unparent);
  g_clear_pointer (&priv->shown, leyden_value_unref);
  g_clear_pointer (&priv->context, leyden_editor_context_unref);
  g_clear_pointer (&priv->remove_label, g_free);
  G_OBJECT_CLASS (leyden_rows_editor_parent_class)->dispose (object);
}

static void
leyden_rows_editor_class_init (LeydenRowsEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_rows_editor_dispose;
  klass->to_rows = same_value;
  klass->from_rows = same_value;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_rows_editor_init (LeydenRowsEditor *self)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);

  priv->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  priv->rows = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  priv->add_button = gtk_button_new ();
  gtk_widget_set_halign (priv->add_button, GTK_ALIGN_START);
  gtk_widget_add_css_class (priv->add_button, "addrow");
  g_signal_connect_object (priv->add_button, "clicked", G_CALLBACK (add_clicked_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (priv->box), priv->rows);
  gtk_box_append (GTK_BOX (priv->box), priv->add_button);
  gtk_widget_set_parent (priv->box, GTK_WIDGET (self));
}

void
leyden_rows_editor_set_labels (LeydenRowsEditor *self,
                               const char       *add_label,
                               const char       *remove_label)
{
  LeydenRowsEditorPrivate *priv = leyden_rows_editor_get_instance_private (self);

  g_return_if_fail (LEYDEN_IS_ROWS_EDITOR (self));
  gtk_button_set_label (GTK_BUTTON (priv->add_button), add_label);
  g_free (priv->remove_label);
  priv->remove_label = g_strdup (remove_label);
}

static gboolean
has_name (LeydenValue *rows,
          const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (rows, i), "name", NULL), name) == 0)
      return TRUE;
  return FALSE;
}

char *
leyden_rows_editor_make_name (LeydenValue *rows,
                              const char  *base)
{
  g_autofree char *name = g_strdup (base);

  for (guint i = 2; has_name (rows, name); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s%u", base, i);
    }
  return g_steal_pointer (&name);
}
