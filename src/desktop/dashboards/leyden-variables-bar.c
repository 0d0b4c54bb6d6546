/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-variables-bar.h"

#include <glib/gi18n-lib.h>

#include "leyden-text.h"
#include "leyden-wrap-box.h"

/* Values of a variable that are offered. */
#define MAX_VALUES 100
#define MAX_TITLE 24

typedef struct
{
  char          *name;
  char          *dimension;
  char          *value;                 /* "": all */
  GPtrArray     *values;                /* as in the list, the first is "" */
  GtkStringList *titles;
  GtkWidget     *box;
  GtkWidget     *choice;
} Variable;

struct _LeydenVariablesBar
{
  GtkWidget      parent_instance;

  LeydenSession *session;
  GCancellable  *cancellable;           /* of the question for values; NULL: none is under way */
  GPtrArray     *variables;             /* Variable */
  LeydenValue   *asked;                 /* for these */
  GtkWidget     *wrap;
  gboolean       filling;
};

G_DEFINE_FINAL_TYPE (LeydenVariablesBar, leyden_variables_bar, GTK_TYPE_WIDGET)

static guint changed_signal;

static void
variable_free (gpointer data)
{
  Variable *variable = data;

  g_free (variable->name);
  g_free (variable->dimension);
  g_free (variable->value);
  g_ptr_array_unref (variable->values);
  g_object_unref (variable->titles);
  gtk_widget_unparent (variable->box);
  g_free (variable);
}

/* --- values --- */

static guint
find_value (Variable   *variable,
            const char *value)
{
  for (guint i = 0; i < variable->values->len; i++)
    if (g_str_equal (g_ptr_array_index (variable->values, i), value))
      return i;
  return GTK_INVALID_LIST_POSITION;
}

static void
add_value (Variable   *variable,
           const char *value,
           const char *title)
{
  g_autofree char *shown = leyden_text_display (title, -1, MAX_TITLE, FALSE);

  if (find_value (variable, value) != GTK_INVALID_LIST_POSITION)
    return;
  g_ptr_array_add (variable->values, g_strdup (value));
  gtk_string_list_append (variable->titles, shown);
}

static void
select_value (LeydenVariablesBar *self,
              Variable           *variable)
{
  self->filling = TRUE;
  gtk_drop_down_set_selected (GTK_DROP_DOWN (variable->choice), find_value (variable, variable->value));
  self->filling = FALSE;
}

static void
fill (LeydenVariablesBar *self,
      Variable           *variable,
      LeydenValue        *result)
{
  LeydenValue *series = leyden_value_get_item (leyden_value_get_member (result, "series"), 0);
  LeydenValue *titles = leyden_value_get_member (series, "x");
  LeydenValue *keys = leyden_value_get_member (series, "keys");

  for (guint i = 0; i < leyden_value_get_size (titles) && i < MAX_VALUES; i++)
    {
      const char *title = leyden_value_get_string (leyden_value_get_item (titles, i), NULL);
      const char *key = leyden_value_get_string (leyden_value_get_item (keys, i), NULL);

      /* Rollouts that have no such thing cannot be asked for by its name. */
      if (title != NULL && *title != '\0' && !leyden_value_is_null (leyden_value_get_item (keys, i)))
        add_value (variable, key != NULL ? key : title, title);
    }
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenVariablesBar) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *results = leyden_value_get_member (answer, "results");

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  self->filling = TRUE;
  for (guint i = 0; i < self->variables->len && i < leyden_value_get_size (results); i++)
    fill (self, g_ptr_array_index (self->variables, i), leyden_value_get_item (results, i));
  self->filling = FALSE;
}

static LeydenValue *
make_body (LeydenVariablesBar *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "queries");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->variables->len; i++)
    {
      Variable *variable = g_ptr_array_index (self->variables, i);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "metric", "started");
      leyden_value_builder_set_string (&b, "aggregation", "count");
      leyden_value_builder_set_string (&b, "shape", "groups");
      leyden_value_builder_set_int (&b, "limit", MAX_VALUES);
      leyden_value_builder_set_int (&b, "from", 0);
      leyden_value_builder_set_int (&b, "to", g_get_real_time () * 1000);
      leyden_value_builder_key (&b, "split");
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_add_string (&b, variable->dimension);
      leyden_value_builder_end (&b);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
ask (LeydenVariablesBar *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  g_autoptr(LeydenValue) body = NULL;

  if (self->variables->len == 0 || self->cancellable != NULL || !gtk_widget_get_mapped (GTK_WIDGET (self))
      || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  self->cancellable = g_cancellable_new ();
  body = make_body (self);
  leyden_backend_request_async (backend, "POST", "/leyden/v1/insights/query", body, self->cancellable, received_cb, g_object_ref (self));
}

/* --- choosing --- */

static void
selected_cb (LeydenVariablesBar *self,
             GParamSpec         *pspec,
             GtkDropDown        *choice)
{
  guint selected = gtk_drop_down_get_selected (choice);

  for (guint i = 0; i < self->variables->len && !self->filling; i++)
    {
      Variable *variable = g_ptr_array_index (self->variables, i);

      if (variable->choice != GTK_WIDGET (choice) || selected >= variable->values->len
          || g_str_equal (g_ptr_array_index (variable->values, selected), variable->value))
        continue;
      g_free (variable->value);
      variable->value = g_strdup (g_ptr_array_index (variable->values, selected));
      g_signal_emit (self, changed_signal, 0);
      return;
    }
}

static void
add_variable (LeydenVariablesBar *self,
              LeydenValue        *value)
{
  Variable *variable = g_new0 (Variable, 1);
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (value, "title", leyden_value_get_member_string (value, "name", "")), -1,
                                                MAX_TITLE, FALSE);
  GtkWidget *label = gtk_label_new (title);

  variable->name = g_strdup (leyden_value_get_member_string (value, "name", ""));
  variable->dimension = g_strdup (leyden_value_get_member_string (value, "dimension", variable->name));
  variable->value = g_strdup (leyden_value_get_member_string (value, "value", ""));
  variable->values = g_ptr_array_new_with_free_func (g_free);
  variable->titles = gtk_string_list_new (NULL);
  variable->choice = gtk_drop_down_new (g_object_ref (G_LIST_MODEL (variable->titles)), gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string"));
  gtk_drop_down_set_enable_search (GTK_DROP_DOWN (variable->choice), TRUE);
  variable->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (variable->box), label);
  gtk_box_append (GTK_BOX (variable->box), variable->choice);
  gtk_widget_set_parent (variable->box, self->wrap);
  gtk_accessible_update_property (GTK_ACCESSIBLE (variable->choice), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  add_value (variable, "", _("All"));
  if (*variable->value != '\0')
    add_value (variable, variable->value, variable->value);
  select_value (self, variable);
  g_signal_connect_object (variable->choice, "notify::selected", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->variables, variable);
}

/* --- class --- */

static void
leyden_variables_bar_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_variables_bar_parent_class)->map (widget);
  ask (LEYDEN_VARIABLES_BAR (widget));
}

static void
leyden_variables_bar_dispose (GObject *object)
{
  LeydenVariablesBar *self = LEYDEN_VARIABLES_BAR (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_ptr_array_set_size (self->variables, 0);
  g_clear_pointer (&self->wrap, gtk_widget_unparent);
  g_clear_pointer (&self->asked, leyden_value_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_variables_bar_parent_class)->dispose (object);
}

static void
leyden_variables_bar_finalize (GObject *object)
{
  g_ptr_array_unref (LEYDEN_VARIABLES_BAR (object)->variables);
  G_OBJECT_CLASS (leyden_variables_bar_parent_class)->finalize (object);
}

static void
leyden_variables_bar_class_init (LeydenVariablesBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_variables_bar_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_variables_bar_finalize;
  widget_class->map = leyden_variables_bar_map;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  changed_signal = g_signal_new ("changed", LEYDEN_TYPE_VARIABLES_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_variables_bar_init (LeydenVariablesBar *self)
{
  self->variables = g_ptr_array_new_with_free_func (variable_free);
  self->wrap = leyden_wrap_box_new ();
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (self->wrap), FALSE);
  gtk_widget_set_parent (self->wrap, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Variables"), -1);
}

GtkWidget *
leyden_variables_bar_new (LeydenSession *session)
{
  LeydenVariablesBar *self = g_object_new (LEYDEN_TYPE_VARIABLES_BAR, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (leyden_session_get_backend (session), "notify::state", G_CALLBACK (ask), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

void
leyden_variables_bar_set (LeydenVariablesBar *self,
                          LeydenValue        *variables)
{
  g_return_if_fail (LEYDEN_IS_VARIABLES_BAR (self));

  if (self->asked != NULL && leyden_value_equal (self->asked, variables))
    return;
  g_clear_pointer (&self->asked, leyden_value_unref);
  self->asked = variables != NULL ? leyden_value_ref (variables) : leyden_value_new_null ();
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_ptr_array_set_size (self->variables, 0);
  for (guint i = 0; i < leyden_value_get_size (variables); i++)
    add_variable (self, leyden_value_get_item (variables, i));
  gtk_widget_set_visible (GTK_WIDGET (self), self->variables->len > 0);
  ask (self);
}

gboolean
leyden_variables_bar_choose (LeydenVariablesBar *self,
                             const char         *name,
                             const char         *value,
                             const char         *title)
{
  g_return_val_if_fail (LEYDEN_IS_VARIABLES_BAR (self), FALSE);

  for (guint i = 0; i < self->variables->len; i++)
    {
      Variable *variable = g_ptr_array_index (self->variables, i);

      if (!g_str_equal (variable->name, name))
        continue;
      g_free (variable->value);
      variable->value = g_strdup (value);
      add_value (variable, value, title != NULL ? title : value);
      select_value (self, variable);
      return TRUE;
    }
  return FALSE;
}

LeydenValue *
leyden_variables_bar_get_values (LeydenVariablesBar *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_VARIABLES_BAR (self), NULL);

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < self->variables->len; i++)
    {
      Variable *variable = g_ptr_array_index (self->variables, i);

      leyden_value_builder_set_string (&b, variable->name, variable->value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
