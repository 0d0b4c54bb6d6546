/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-choice-editor.h"

struct _LeydenChoiceEditor
{
  GtkWidget   parent_instance;

  GtkWidget  *toggle;           /* BOOLEAN, else NULL */
  GtkWidget  *dropdown;
  char      **choices;
  gboolean    updating;
};

static void value_editor_iface_init (LeydenValueEditorInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenChoiceEditor, leyden_choice_editor, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_VALUE_EDITOR, value_editor_iface_init))

static void
changed_cb (LeydenChoiceEditor *self)
{
  g_autoptr(LeydenValue) value = NULL;
  guint selected;

  if (self->updating)
    return;
  if (self->toggle != NULL)
    value = leyden_value_new_boolean (gtk_switch_get_active (GTK_SWITCH (self->toggle)));
  else
    {
      selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->dropdown));
      if (selected >= g_strv_length (self->choices))
        return;
      value = leyden_value_new_string (self->choices[selected], -1);
    }
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), value);
}

static void
leyden_choice_editor_set_value (LeydenValueEditor *editor,
                                LeydenValue       *value)
{
  LeydenChoiceEditor *self = LEYDEN_CHOICE_EDITOR (editor);
  const char *text = leyden_value_get_string (value, NULL);

  self->updating = TRUE;
  if (self->toggle != NULL)
    gtk_switch_set_active (GTK_SWITCH (self->toggle), leyden_value_get_boolean (value));
  else
    {
      guint index = GTK_INVALID_LIST_POSITION;

      for (guint i = 0; text != NULL && self->choices[i] != NULL; i++)
        if (g_str_equal (self->choices[i], text))
          index = i;
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->dropdown), index);
    }
  self->updating = FALSE;
}

static void
value_editor_iface_init (LeydenValueEditorInterface *iface)
{
  iface->set_value = leyden_choice_editor_set_value;
}

static void
leyden_choice_editor_dispose (GObject *object)
{
  LeydenChoiceEditor *self = LEYDEN_CHOICE_EDITOR (object);

  g_clear_pointer (&self->toggle, gtk_widget_unparent);
  g_clear_pointer (&self->dropdown, gtk_widget_unparent);
  g_clear_pointer (&self->choices, g_strfreev);
  G_OBJECT_CLASS (leyden_choice_editor_parent_class)->dispose (object);
}

static gboolean
leyden_choice_editor_grab_focus (GtkWidget *widget)
{
  LeydenChoiceEditor *self = LEYDEN_CHOICE_EDITOR (widget);

  return gtk_widget_grab_focus (self->toggle != NULL ? self->toggle : self->dropdown);
}

static void
leyden_choice_editor_class_init (LeydenChoiceEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_choice_editor_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = leyden_choice_editor_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_choice_editor_init (LeydenChoiceEditor *self)
{
}

GtkWidget *
leyden_choice_editor_new (const LeydenParameter *parameter)
{
  LeydenChoiceEditor *self = g_object_new (LEYDEN_TYPE_CHOICE_EDITOR, NULL);

  if (parameter->kind == LEYDEN_PARAMETER_BOOLEAN)
    {
      self->toggle = gtk_switch_new ();
      gtk_widget_set_halign (self->toggle, GTK_ALIGN_START);
      gtk_widget_set_valign (self->toggle, GTK_ALIGN_CENTER);
      g_signal_connect_object (self->toggle, "notify::active", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
      gtk_widget_set_parent (self->toggle, GTK_WIDGET (self));
      return GTK_WIDGET (self);
    }
  self->choices = g_strdupv (parameter->choices);
  self->dropdown = gtk_drop_down_new_from_strings ((const char * const *) parameter->choice_titles);
  g_signal_connect_object (self->dropdown, "notify::selected", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->dropdown, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
