/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-model-editor.h"

#include <glib/gi18n-lib.h>

#include "leyden-endpoint-dialog.h"
#include "leyden-model-list.h"
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
  GtkWidget     *list;          /* LeydenModelList in the popover */
  GtkWidget     *facts;         /* label: of the model that is chosen */
  LeydenValue   *prices;        /* list; NULL until the backend told them */
  gboolean       asked;         /* for the prices */
  GCancellable  *cancellable;
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

/* The endpoint as the backend describes it; NULL where it is not on this computer. */
static LeydenValue *
find_endpoint (LeydenModelEditor *self)
{
  LeydenValue *endpoints = leyden_session_get_endpoints (self->session);
  const char *wanted = selected_endpoint (self);

  for (guint i = 0; wanted != NULL && i < leyden_value_get_size (endpoints); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (endpoints, i), "name", NULL), wanted) == 0)
      return leyden_value_get_item (endpoints, i);
  return NULL;
}

static void
show_facts (LeydenModelEditor *self)
{
  LeydenValue *endpoint = find_endpoint (self);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  const char *id = gtk_editable_get_text (GTK_EDITABLE (self->model));
  g_autoptr(LeydenValue) model = NULL;
  g_autofree char *text = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "id", *id != '\0' ? id : leyden_value_get_member_string (endpoint, "default_model", NULL));
  leyden_value_builder_end (&builder);
  model = leyden_value_builder_end_value (&builder);
  text = leyden_model_describe (endpoint, model, self->prices);
  gtk_label_set_text (GTK_LABEL (self->facts), text);
  gtk_widget_set_visible (self->facts, *text != '\0');
}

static void
fill_models (LeydenModelEditor *self)
{
  const char *endpoint = selected_endpoint (self);
  LeydenValue *models = endpoint != NULL ? leyden_session_get_models (self->session, endpoint) : NULL;

  leyden_model_list_set (LEYDEN_MODEL_LIST (self->list), find_endpoint (self), models, self->prices);
}

static void
prices_received_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr(LeydenModelEditor) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *models = leyden_value_get_member (answer, "models");

  /* Without a backend there are no prices to show, and the choice works all the same; the next time asks again. */
  if (error != NULL)
    self->asked = FALSE;
  if (models == NULL || self->box == NULL)
    return;
  g_clear_pointer (&self->prices, leyden_value_unref);
  self->prices = leyden_value_ref (models);
  fill_models (self);
  show_facts (self);
}

static void
popover_shown_cb (LeydenModelEditor *self)
{
  fill_models (self);
  if (self->asked)
    return;
  self->asked = TRUE;
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", "/leyden/v1/prices", NULL, self->cancellable,
                                prices_received_cb, g_object_ref (self));
}

static void
add_endpoint_cb (LeydenModelEditor *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *dialog = leyden_endpoint_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, NULL);

  gtk_popover_popdown (GTK_POPOVER (self->popover));
  g_signal_connect_object (dialog, "saved", G_CALLBACK (leyden_session_refresh_endpoints), self->session, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
emit_value (LeydenModelEditor *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  const char *endpoint = selected_endpoint (self);
  const char *model = gtk_editable_get_text (GTK_EDITABLE (self->model));
  g_autoptr(LeydenValue) value = NULL;

  gtk_widget_set_visible (self->model_box, endpoint != NULL);
  show_facts (self);
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
model_chosen_cb (LeydenModelEditor *self,
                 const char        *model)
{
  gtk_editable_set_text (GTK_EDITABLE (self->model), model);
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
  show_facts (self);
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

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->prices, leyden_value_unref);
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

  self->list = leyden_model_list_new ();
  g_signal_connect_object (self->list, "chosen", G_CALLBACK (model_chosen_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list, "add-endpoint", G_CALLBACK (add_endpoint_cb), self, G_CONNECT_SWAPPED);
  self->popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->popover), self->list);
  g_signal_connect_object (self->popover, "show", G_CALLBACK (popover_shown_cb), self, G_CONNECT_SWAPPED);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), self->popover);
  gtk_widget_set_tooltip_text (button, _("Models of this endpoint"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Models of this endpoint"), -1);
  return button;
}

static void
leyden_model_editor_init (LeydenModelEditor *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
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
  self->facts = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->facts), 0);
  gtk_label_set_wrap (GTK_LABEL (self->facts), TRUE);
  gtk_widget_add_css_class (self->facts, "caption");
  gtk_widget_add_css_class (self->facts, "dim-label");
  gtk_widget_set_visible (self->facts, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->facts);
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
