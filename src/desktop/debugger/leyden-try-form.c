/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-try-form.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-text.h"
#include "leyden-text-editor.h"

struct _LeydenTryForm
{
  GtkWidget    parent_instance;

  GtkWidget   *box;
  LeydenValue *fields;
  gboolean     chat;
  GtkWidget   *message;         /* entry of chat mode, nullable */
  GHashTable  *values;          /* field → LeydenValue typed so far */
  GHashTable  *invalid;         /* field → message */
};

G_DEFINE_FINAL_TYPE (LeydenTryForm, leyden_try_form, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_SUBMIT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static LeydenPortType
type_of (LeydenValue *field)
{
  LeydenPortType type = LEYDEN_PORT_ANY;

  leyden_port_type_from_string (leyden_value_get_member_string (field, "type", "any"), &type);
  return type;
}

static gboolean
is_json (LeydenPortType type)
{
  return type == LEYDEN_PORT_OBJECT || type == LEYDEN_PORT_LIST || type == LEYDEN_PORT_MESSAGES || type == LEYDEN_PORT_NUMBER ||
         type == LEYDEN_PORT_BOOLEAN || type == LEYDEN_PORT_REWARD;
}

static gboolean
is_hidden (LeydenValue *field)
{
  return g_strcmp0 (leyden_value_get_member_string (field, "role", "input"), "id") == 0;
}

static void
edited_cb (GtkWidget   *editor,
           LeydenValue *value,
           gpointer     data)
{
  LeydenTryForm *self = data;

  g_hash_table_insert (self->values, g_strdup (g_object_get_data (G_OBJECT (editor), "field")), leyden_value_ref (value));
}

static void
invalid_cb (GtkWidget  *editor,
            const char *message,
            gpointer    data)
{
  LeydenTryForm *self = data;
  const char *field = g_object_get_data (G_OBJECT (editor), "field");

  if (message == NULL)
    g_hash_table_remove (self->invalid, field);
  else
    g_hash_table_insert (self->invalid, g_strdup (field), g_strdup (message));
}

static char *
label_of (LeydenValue *field)
{
  const char *title = leyden_value_get_member_string (field, "title", NULL);
  g_autofree char *shown =
    leyden_text_display (title != NULL ? title : leyden_value_get_member_string (field, "name", ""), -1, 60, FALSE);

  if (leyden_value_get_member_boolean (field, "required", FALSE))
    return g_steal_pointer (&shown);
  return g_strdup_printf (_("%s (optional)"), shown);
}

/* A number in a line of text is shown as it is typed. */
static void
show_value (GtkWidget   *editor,
            LeydenValue *value)
{
  LeydenValueKind kind = leyden_value_get_kind (value);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) typed = NULL;

  if (g_object_get_data (G_OBJECT (editor), "is-text") != NULL && kind != LEYDEN_VALUE_STRING && kind != LEYDEN_VALUE_NULL)
    {
      text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      typed = leyden_value_new_string (text, -1);
    }
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (editor), typed != NULL ? typed : value);
}

static void
append_field (LeydenTryForm *self,
              LeydenValue   *field)
{
  const char *name = leyden_value_get_member_string (field, "name", "");
  LeydenPortType type = type_of (field);
  gboolean expected = g_strcmp0 (leyden_value_get_member_string (field, "role", ""), "expected") == 0;
  g_autofree char *title = label_of (field);
  GtkWidget *label = gtk_label_new (title);
  gboolean one_line = expected || type == LEYDEN_PORT_NUMBER;
  gboolean is_text = one_line || !is_json (type);
  GtkWidget *editor = leyden_text_editor_new (one_line ? LEYDEN_PARAMETER_TEXT : is_text ? LEYDEN_PARAMETER_MULTILINE : LEYDEN_PARAMETER_JSON);
  LeydenValue *value = g_hash_table_lookup (self->values, name);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "caption-heading");
  leyden_text_editor_set_accessible_label (LEYDEN_TEXT_EDITOR (editor), title);
  leyden_text_editor_set_enable_undo (LEYDEN_TEXT_EDITOR (editor), TRUE);
  g_object_set_data_full (G_OBJECT (editor), "field", g_strdup (name), g_free);
  g_object_set_data (G_OBJECT (editor), "is-text", GINT_TO_POINTER (is_text));
  show_value (editor, value != NULL ? value : leyden_value_get_member (field, "default"));
  g_signal_connect_object (editor, "edited", G_CALLBACK (edited_cb), self, 0);
  g_signal_connect_object (editor, "invalid", G_CALLBACK (invalid_cb), self, 0);
  gtk_box_append (GTK_BOX (self->box), label);
  gtk_box_append (GTK_BOX (self->box), editor);
}

/* A switch; one that nobody touched and that has no default gives no value, as an empty line does. */
static void
switched_cb (GtkSwitch  *toggle,
             GParamSpec *pspec,
             gpointer    data)
{
  LeydenTryForm *self = data;

  g_hash_table_insert (self->values, g_strdup (g_object_get_data (G_OBJECT (toggle), "field")),
                       leyden_value_new_boolean (gtk_switch_get_active (toggle)));
}

static void
show_switch (LeydenTryForm *self,
             GtkWidget     *toggle,
             LeydenValue   *value)
{
  g_signal_handlers_block_by_func (toggle, switched_cb, self);
  gtk_switch_set_active (GTK_SWITCH (toggle), leyden_value_get_boolean (value));
  g_signal_handlers_unblock_by_func (toggle, switched_cb, self);
}

static void
append_switch (LeydenTryForm *self,
               LeydenValue   *field)
{
  const char *name = leyden_value_get_member_string (field, "name", "");
  g_autofree char *title = label_of (field);
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *label = gtk_label_new (title);
  GtkWidget *toggle = gtk_switch_new ();
  LeydenValue *value = g_hash_table_lookup (self->values, name);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (label, "caption-heading");
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (toggle), GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, NULL, -1);
  g_object_set_data_full (G_OBJECT (toggle), "field", g_strdup (name), g_free);
  g_object_set_data_full (G_OBJECT (row), "field", g_strdup (name), g_free);
  g_object_set_data (G_OBJECT (row), "switch", toggle);
  g_signal_connect_object (toggle, "notify::active", G_CALLBACK (switched_cb), self, 0);
  show_switch (self, toggle, value != NULL ? value : leyden_value_get_member (field, "default"));
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), toggle);
  gtk_box_append (GTK_BOX (self->box), row);
}

static void
submit (LeydenTryForm *self)
{
  g_signal_emit (self, signals[SIGNAL_SUBMIT], 0);
}

static void
append_message (LeydenTryForm *self)
{
  self->message = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->message), _("Message"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->message), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Message"), -1);
  g_signal_connect_object (self->message, "activate", G_CALLBACK (submit), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), self->message);
}

void
leyden_try_form_set_fields (LeydenTryForm *self,
                            LeydenValue   *fields,
                            gboolean       chat)
{
  GtkWidget *child;

  g_return_if_fail (LEYDEN_IS_TRY_FORM (self));

  if (self->fields != NULL && self->chat == chat && leyden_value_equal (self->fields, fields))
    return;
  g_clear_pointer (&self->fields, leyden_value_unref);
  self->fields = fields != NULL ? leyden_value_ref (fields) : leyden_value_new_null ();
  self->chat = chat;
  self->message = NULL;
  g_hash_table_remove_all (self->invalid);
  while ((child = gtk_widget_get_first_child (self->box)) != NULL)
    gtk_box_remove (GTK_BOX (self->box), child);

  if (chat)
    {
      append_message (self);
      return;
    }
  for (guint i = 0; i < leyden_value_get_size (self->fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (self->fields, i);

      if (is_hidden (field))
        continue;
      if (type_of (field) == LEYDEN_PORT_BOOLEAN)
        append_switch (self, field);
      else
        append_field (self, field);
    }
}

gboolean
leyden_try_form_is_chat (LeydenTryForm *self)
{
  g_return_val_if_fail (LEYDEN_IS_TRY_FORM (self), FALSE);
  return self->chat;
}

const char *
leyden_try_form_get_message (LeydenTryForm *self)
{
  g_return_val_if_fail (LEYDEN_IS_TRY_FORM (self), "");
  return self->message != NULL ? gtk_editable_get_text (GTK_EDITABLE (self->message)) : "";
}

void
leyden_try_form_set_message (LeydenTryForm *self,
                             const char    *text)
{
  g_return_if_fail (LEYDEN_IS_TRY_FORM (self));
  if (self->message != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->message), text);
}

/* What was typed, as a value of the field's type. NULL: nothing was typed, or (with @problem, transfer full) it is no such value. */
static LeydenValue *
value_of_field (LeydenTryForm *self,
                LeydenValue   *field,
                char         **problem)
{
  LeydenValue *typed = g_hash_table_lookup (self->values, leyden_value_get_member_string (field, "name", ""));
  const char *text = leyden_value_get_string (typed, NULL);
  LeydenPortType type = type_of (field);
  gboolean is_number = type == LEYDEN_PORT_NUMBER || type == LEYDEN_PORT_REWARD;
  g_autoptr(LeydenValue) value = NULL;

  if (typed == NULL)
    typed = leyden_value_get_member (field, "default");
  /* What a switch shows that must say something. */
  if (typed == NULL && type == LEYDEN_PORT_BOOLEAN && leyden_value_get_member_boolean (field, "required", FALSE))
    return leyden_value_new_boolean (FALSE);
  if (typed == NULL || leyden_value_is_null (typed) || g_strcmp0 (text, "") == 0)
    return NULL;
  if (!is_number || text == NULL)
    return leyden_value_ref (typed);
  value = leyden_json_parse (text, -1, NULL, NULL);
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_NUMBER)
    return g_steal_pointer (&value);
  *problem = g_strdup (_("a number is needed, such as 12.5"));
  return NULL;
}

static LeydenValue *
get_chat_input (LeydenTryForm *self,
                LeydenValue   *history)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  gboolean placed = FALSE;

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < leyden_value_get_size (self->fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (self->fields, i);
      const char *name = leyden_value_get_member_string (field, "name", "");

      if (type_of (field) == LEYDEN_PORT_MESSAGES)
        leyden_value_builder_set (&builder, name, history);
      else if (!placed && g_strcmp0 (leyden_value_get_member_string (field, "role", "input"), "input") == 0)
        {
          leyden_value_builder_set_string (&builder, name, leyden_try_form_get_message (self));
          placed = TRUE;
        }
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_try_form_get_input (LeydenTryForm *self,
                           LeydenValue   *history,
                           char         **message)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_TRY_FORM (self), NULL);

  if (self->chat)
    return get_chat_input (self, history);
  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < leyden_value_get_size (self->fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (self->fields, i);
      const char *name = leyden_value_get_member_string (field, "name", "");
      g_autofree char *problem = g_strdup (g_hash_table_lookup (self->invalid, name));
      g_autoptr(LeydenValue) value = problem == NULL ? value_of_field (self, field, &problem) : NULL;

      if (problem != NULL || (value == NULL && leyden_value_get_member_boolean (field, "required", FALSE)))
        {
          g_autofree char *shown = leyden_text_display (leyden_value_get_member_string (field, "title", name), -1, 60, FALSE);

          *message = problem != NULL ? g_strdup_printf ("%s: %s", shown, problem) : g_strdup_printf (_("%s is needed."), shown);
          return NULL;
        }
      if (value != NULL)
        leyden_value_builder_set (&builder, name, value);
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

void
leyden_try_form_set_value (LeydenTryForm *self,
                           const char    *field,
                           LeydenValue   *value)
{
  g_return_if_fail (LEYDEN_IS_TRY_FORM (self));

  g_hash_table_insert (self->values, g_strdup (field), leyden_value_ref (value));
  for (GtkWidget *child = gtk_widget_get_first_child (self->box); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (g_strcmp0 (g_object_get_data (G_OBJECT (child), "field"), field) == 0)
      {
        GtkWidget *toggle = g_object_get_data (G_OBJECT (child), "switch");

        if (toggle != NULL)
          show_switch (self, toggle, value);
        else
          show_value (child, value);
      }
}

static gboolean
submit_shortcut_cb (GtkWidget *widget,
                    GVariant  *arguments,
                    gpointer   data)
{
  submit (LEYDEN_TRY_FORM (widget));
  return TRUE;
}

static void
leyden_try_form_dispose (GObject *object)
{
  LeydenTryForm *self = LEYDEN_TRY_FORM (object);

  self->message = NULL;
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->fields, leyden_value_unref);
  g_clear_pointer (&self->values, g_hash_table_unref);
  g_clear_pointer (&self->invalid, g_hash_table_unref);
  G_OBJECT_CLASS (leyden_try_form_parent_class)->dispose (object);
}

static void
leyden_try_form_class_init (LeydenTryFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_try_form_dispose;
  signals[SIGNAL_SUBMIT] =
    g_signal_new ("submit", LEYDEN_TYPE_TRY_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_try_form_init (LeydenTryForm *self)
{
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();

  /* Before the text view, which would take it as a new line. */
  gtk_event_controller_set_propagation_phase (shortcuts, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (shortcuts),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("<Control>Return|<Control>KP_Enter"),
                                                          gtk_callback_action_new (submit_shortcut_cb, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), shortcuts);
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  self->invalid = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_try_form_new (void)
{
  return g_object_new (LEYDEN_TYPE_TRY_FORM, NULL);
}
