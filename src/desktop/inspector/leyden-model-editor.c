/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-model-editor.h"

#include <glib/gi18n-lib.h>

#include "leyden-session.h"
#include "leyden-text.h"

struct _LeydenModelEditor
{
  GtkWidget      parent_instance;

  LeydenSession *session;
  GtkWidget     *box;
  GtkWidget     *endpoint;      /* drop-down: first row is "the run's model" */
  GtkWidget     *model_box;
  GtkWidget     *model;         /* entry */
  GtkWidget     *list;          /* list box of models in the popover */
  GtkWidget     *popover;
  GPtrArray     *names;         /* of the endpoints, as in the drop-down behind its first row */
  LeydenValue   *shown;
  gboolean       updating;
};

static void value_editor_iface_init (LeydenValueEditorInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenModelEditor, leyden_model_editor, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_VALUE_EDITOR, value_editor_iface_init))

static const char *
selected_endpoint (LeydenModelEditor *self)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->endpoint));

  return selected == 0 || selected > self->names->len ? NULL : g_ptr_array_index (self->names, selected - 1);
}

static void
fill_models (LeydenModelEditor *self)
{
  const char *endpoint = selected_endpoint (self);
  LeydenValue *models = endpoint != NULL ? leyden_session_get_models (self->session, endpoint) : NULL;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
  for (guint i = 0; i < leyden_value_get_size (models); i++)
    {
      const char *id = leyden_value_get_member_string (leyden_value_get_item (models, i), "id", NULL);
      g_autofree char *text = id != NULL ? leyden_text_display (id, -1, 80, FALSE) : NULL;
      GtkWidget *label;

      if (id == NULL)
        continue;
      label = gtk_label_new (text);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      g_object_set_data_full (G_OBJECT (label), "model", g_strdup (id), g_free);
      gtk_list_box_append (GTK_LIST_BOX (self->list), label);
    }
}

static void
emit_value (LeydenModelEditor *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  const char *endpoint = selected_endpoint (self);
  const char *model = gtk_editable_get_text (GTK_EDITABLE (self->model));
  g_autoptr(LeydenValue) value = NULL;

  gtk_widget_set_visible (self->model_box, endpoint != NULL);
  if (self->updating)
    return;
  if (endpoint == NULL)
    value = leyden_value_new_null ();
  else
    {
      leyden_value_builder_begin_object (&builder);
      leyden_value_builder_set_string (&builder, "endpoint", endpoint);
      leyden_value_builder_set_string (&builder, "model", *model != '\0' ? model : NULL);
      leyden_value_builder_end (&builder);
      value = leyden_value_builder_end_value (&builder);
    }
  if (leyden_value_equal (value, self->shown))
    return;
  g_clear_pointer (&self->shown, leyden_value_unref);
  self->shown = leyden_value_ref (value);
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), value);
}

static void
endpoint_selected_cb (LeydenModelEditor *self)
{
  if (!self->updating)
    {
      self->updating = TRUE;
      gtk_editable_set_text (GTK_EDITABLE (self->model), "");
      self->updating = FALSE;
    }
  emit_value (self);
}

static void
model_activated_cb (LeydenModelEditor *self,
                    GtkListBoxRow     *row)
{
  gtk_editable_set_text (GTK_EDITABLE (self->model), g_object_get_data (G_OBJECT (gtk_list_box_row_get_child (row)), "model"));
  gtk_popover_popdown (GTK_POPOVER (self->popover));
}

static const char *
title_of_endpoint (LeydenValue *endpoint)
{
  if (leyden_value_get_member_boolean (endpoint, "simulated", FALSE))
    return _("Simulated model");
  return leyden_value_get_member_string (endpoint, "title", leyden_value_get_member_string (endpoint, "name", ""));
}

static void
append_endpoint (LeydenModelEditor *self,
                 GtkStringList     *titles,
                 const char        *name,
                 const char        *title)
{
  g_autofree char *text = leyden_text_display (title, -1, 60, FALSE);

  g_ptr_array_add (self->names, g_strdup (name));
  gtk_string_list_append (titles, text);
}

/* Fills the drop-down with the endpoints there are, and one that the value names but this computer does not have. */
static void
fill_endpoints (LeydenModelEditor *self)
{
  LeydenValue *endpoints = leyden_session_get_endpoints (self->session);
  const char *wanted = leyden_value_get_member_string (self->shown, "endpoint", NULL);
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected = 0;

  self->updating = TRUE;
  g_ptr_array_set_size (self->names, 0);
  gtk_string_list_append (titles, _("The run’s model"));
  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    {
      LeydenValue *endpoint = leyden_value_get_item (endpoints, i);
      const char *name = leyden_value_get_member_string (endpoint, "name", "");

      append_endpoint (self, titles, name, title_of_endpoint (endpoint));
      if (g_strcmp0 (name, wanted) == 0)
        selected = self->names->len;
    }
  if (wanted != NULL && selected == 0)
    {
      g_autofree char *title = g_strdup_printf (_("%s (not on this computer)"), wanted);

      append_endpoint (self, titles, wanted, title);
      selected = self->names->len;
    }
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->endpoint), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->endpoint), selected);
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->model)), leyden_value_get_member_string (self->shown, "model", "")))
    gtk_editable_set_text (GTK_EDITABLE (self->model), leyden_value_get_member_string (self->shown, "model", ""));
  self->updating = FALSE;
  gtk_widget_set_visible (self->model_box, selected != 0);
}

static void
leyden_model_editor_set_value (LeydenValueEditor *editor,
                               LeydenValue       *value)
{
  LeydenModelEditor *self = LEYDEN_MODEL_EDITOR (editor);

  if (self->shown != NULL && leyden_value_equal (self->shown, value))
    return;
  g_clear_pointer (&self->shown, leyden_value_unref);
  self->shown = value != NULL ? leyden_value_ref (value) : leyden_value_new_null ();
  fill_endpoints (self);
}

static void
value_editor_iface_init (LeydenValueEditorInterface *iface)
{
  iface->set_value = leyden_model_editor_set_value;
}

static void
leyden_model_editor_dispose (GObject *object)
{
  LeydenModelEditor *self = LEYDEN_MODEL_EDITOR (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->shown, leyden_value_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_model_editor_parent_class)->dispose (object);
}

static void
leyden_model_editor_class_init (LeydenModelEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_model_editor_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
create_model_list (LeydenModelEditor *self)
{
  GtkWidget *button = gtk_menu_button_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *empty = gtk_label_new (_("No models known"));

  gtk_widget_add_css_class (empty, "dim-label");
  self->list = gtk_list_box_new ();
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->list), empty);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (model_activated_cb), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 300);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  self->popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->popover), scroller);
  g_signal_connect_object (self->popover, "show", G_CALLBACK (fill_models), self, G_CONNECT_SWAPPED);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), self->popover);
  gtk_widget_set_tooltip_text (button, _("Models of this endpoint"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Models of this endpoint"), -1);
  return button;
}

static void
leyden_model_editor_init (LeydenModelEditor *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->endpoint = gtk_drop_down_new (NULL, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->endpoint), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Endpoint"), -1);
  self->model_box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  self->model = gtk_entry_new ();
  gtk_editable_set_enable_undo (GTK_EDITABLE (self->model), FALSE);
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->model), _("The endpoint’s default model"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->model), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Model"), -1);
  gtk_widget_set_hexpand (self->model, TRUE);
  gtk_box_append (GTK_BOX (self->model_box), self->model);
  gtk_box_append (GTK_BOX (self->model_box), create_model_list (self));
  gtk_widget_add_css_class (self->model_box, "linked");
  gtk_box_append (GTK_BOX (self->box), self->endpoint);
  gtk_box_append (GTK_BOX (self->box), self->model_box);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));

  g_signal_connect_object (self->endpoint, "notify::selected", G_CALLBACK (endpoint_selected_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "changed", G_CALLBACK (emit_value), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "endpoints-changed", G_CALLBACK (fill_endpoints), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "models-changed", G_CALLBACK (fill_models), self, G_CONNECT_SWAPPED);
  fill_endpoints (self);
}

GtkWidget *
leyden_model_editor_new (void)
{
  return g_object_new (LEYDEN_TYPE_MODEL_EDITOR, NULL);
}
