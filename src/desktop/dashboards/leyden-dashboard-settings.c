/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboard-settings.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-button.h"
#include "leyden-choice-row.h"
#include "leyden-dashboard-edit.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-time-range-button.h"

typedef struct
{
  GtkWidget *row;
  char      *name;              /* of the variable; NULL: a new one */
  char      *value;
} Variable;

struct _LeydenDashboardSettings
{
  AdwWindow      parent_instance;

  GCancellable  *cancellable;
  LeydenValue   *document;
  LeydenValue   *time;
  char          *zone;
  LeydenValue   *dimensions;
  GPtrArray     *variables;             /* Variable */

  GtkWidget     *title;
  GtkWidget     *description;
  GtkWidget     *refresh;
  GtkWidget     *keep_time;
  GtkWidget     *group;                 /* of the variables */
  GtkWidget     *verdict;
};

G_DEFINE_FINAL_TYPE (LeydenDashboardSettings, leyden_dashboard_settings, ADW_TYPE_WINDOW)

static guint done_signal;

static void
variable_free (gpointer data)
{
  Variable *variable = data;

  g_free (variable->name);
  g_free (variable->value);
  g_free (variable);
}

/* --- variables --- */

static void
fill_dimensions (LeydenDashboardSettings *self,
                 Variable                *variable)
{
  g_autofree char *chosen = g_strdup (leyden_choice_row_get_key (variable->row));

  leyden_choice_row_clear (variable->row);
  for (guint i = 0; i < leyden_value_get_size (self->dimensions); i++)
    {
      LeydenValue *dimension = leyden_value_get_item (self->dimensions, i);
      const char *name = leyden_value_get_member_string (dimension, "name", "");

      leyden_choice_row_add (variable->row, name, leyden_value_get_member_string (dimension, "title", name));
    }
  if (*chosen != '\0')
    leyden_choice_row_select (variable->row, chosen);
}

static void
remove_cb (LeydenDashboardSettings *self,
           GtkWidget               *button)
{
  for (guint i = 0; i < self->variables->len; i++)
    {
      Variable *variable = g_ptr_array_index (self->variables, i);

      if (!gtk_widget_is_ancestor (button, variable->row))
        continue;
      adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self->group), variable->row);
      g_ptr_array_remove_index (self->variables, i);
      return;
    }
}

static Variable *
add_variable (LeydenDashboardSettings *self,
              const char              *name,
              const char              *title,
              const char              *dimension,
              const char              *value)
{
  Variable *variable = g_new0 (Variable, 1);
  GtkWidget *remove = gtk_button_new_from_icon_name ("user-trash-symbolic");

  variable->name = g_strdup (name);
  variable->value = g_strdup (value);
  variable->row = leyden_choice_row_new (title);
  leyden_choice_row_select (variable->row, dimension);
  gtk_widget_set_valign (remove, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (remove, "flat");
  gtk_widget_set_tooltip_text (remove, _("Remove this variable"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Remove this variable"), -1);
  g_signal_connect_object (remove, "clicked", G_CALLBACK (remove_cb), self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (variable->row), remove);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), variable->row);
  g_ptr_array_add (self->variables, variable);
  fill_dimensions (self, variable);
  return variable;
}

static void
add_cb (LeydenDashboardSettings *self)
{
  if (self->variables->len < LEYDEN_DASHBOARD_MAX_VARIABLES)
    gtk_widget_grab_focus (add_variable (self, NULL, _("Variable"), "flow", "")->row);
}

static void
catalog_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenDashboardSettings) self = data;
  g_autoptr(LeydenValue) catalog = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *dimensions = leyden_value_get_member (catalog, "dimensions");

  if (dimensions == NULL || g_cancellable_is_cancelled (self->cancellable))
    return;
  self->dimensions = leyden_value_ref (dimensions);
  for (guint i = 0; i < self->variables->len; i++)
    fill_dimensions (self, g_ptr_array_index (self->variables, i));
}

static const char *
find_title (LeydenDashboardSettings *self,
            const char              *dimension)
{
  for (guint i = 0; i < leyden_value_get_size (self->dimensions); i++)
    {
      LeydenValue *known = leyden_value_get_item (self->dimensions, i);

      if (strcmp (leyden_value_get_member_string (known, "name", ""), dimension) == 0)
        return leyden_value_get_member_string (known, "title", dimension);
    }
  return dimension;
}

/* One that was there keeps its name, by which queries know it; a new one is called as its dimension. */
static LeydenValue *
make_variables (LeydenDashboardSettings *self)
{
  LeydenValue *before = leyden_value_get_member (self->document, "variables");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->variables->len; i++)
    {
      Variable *variable = g_ptr_array_index (self->variables, i);
      const char *dimension = leyden_choice_row_get_key (variable->row);
      const char *title = NULL;

      for (guint k = 0; k < leyden_value_get_size (before); k++)
        if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (before, k), "name", NULL), variable->name) == 0)
          title = leyden_value_get_member_string (leyden_value_get_item (before, k), "title", NULL);
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", variable->name != NULL ? variable->name : dimension);
      leyden_value_builder_set_string (&b, "title", title != NULL ? title : find_title (self, dimension));
      leyden_value_builder_set_string (&b, "dimension", dimension);
      leyden_value_builder_set_string (&b, "value", variable->value);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* --- the end --- */

static LeydenValue *
make_document (LeydenDashboardSettings *self)
{
  g_autoptr(LeydenValue) titled = leyden_dashboard_with_string (self->document, "title", gtk_editable_get_text (GTK_EDITABLE (self->title)));
  g_autoptr(LeydenValue) described = leyden_dashboard_with_string (titled, "description", gtk_editable_get_text (GTK_EDITABLE (self->description)));
  g_autoptr(LeydenValue) refresh = leyden_value_new_int (g_ascii_strtoll (leyden_choice_row_get_key (self->refresh), NULL, 10));
  g_autoptr(LeydenValue) refreshed = leyden_value_with_member (described, "refresh_s", refresh);
  g_autoptr(LeydenValue) variables = make_variables (self);
  g_autoptr(LeydenValue) chosen = leyden_value_with_member (refreshed, "variables", variables);
  g_autoptr(LeydenValue) zoned = NULL;

  if (!gtk_switch_get_active (GTK_SWITCH (self->keep_time)))
    return g_steal_pointer (&chosen);
  zoned = leyden_dashboard_with_string (chosen, "zone", self->zone);
  return leyden_value_with_member (zoned, "time", self->time);
}

gboolean
leyden_dashboard_settings_finish (LeydenDashboardSettings *self)
{
  g_autoptr(LeydenValue) document = NULL;
  g_autoptr(GError) error = NULL;

  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_SETTINGS (self), FALSE);

  document = make_document (self);
  if (*leyden_value_get_member_string (document, "title", "") == '\0')
    {
      gtk_label_set_text (GTK_LABEL (self->verdict), _("The dashboard needs a title"));
      gtk_widget_set_visible (self->verdict, TRUE);
      gtk_widget_grab_focus (self->title);
      return FALSE;
    }
  if (!leyden_dashboard_check (document, &error))
    {
      leyden_label_set_safe_text (GTK_LABEL (self->verdict), error->message, 400);
      gtk_widget_set_visible (self->verdict, TRUE);
      return FALSE;
    }
  g_signal_emit (self, done_signal, 0, document);
  gtk_window_close (GTK_WINDOW (self));
  return TRUE;
}

static void
done_cb (LeydenDashboardSettings *self)
{
  leyden_dashboard_settings_finish (self);
}

/* --- class --- */

static void
leyden_dashboard_settings_dispose (GObject *object)
{
  g_cancellable_cancel (LEYDEN_DASHBOARD_SETTINGS (object)->cancellable);
  G_OBJECT_CLASS (leyden_dashboard_settings_parent_class)->dispose (object);
}

static void
leyden_dashboard_settings_finalize (GObject *object)
{
  LeydenDashboardSettings *self = LEYDEN_DASHBOARD_SETTINGS (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->document, leyden_value_unref);
  g_clear_pointer (&self->time, leyden_value_unref);
  g_clear_pointer (&self->dimensions, leyden_value_unref);
  g_ptr_array_unref (self->variables);
  g_free (self->zone);
  G_OBJECT_CLASS (leyden_dashboard_settings_parent_class)->finalize (object);
}

static void
leyden_dashboard_settings_class_init (LeydenDashboardSettingsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_dashboard_settings_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_dashboard_settings_finalize;
  done_signal = g_signal_new ("done", LEYDEN_TYPE_DASHBOARD_SETTINGS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static GtkWidget *
create_header (LeydenDashboardSettings *self)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = leyden_button_new_with_mnemonic (_("_Cancel"));
  GtkWidget *done = leyden_button_new_with_mnemonic (_("_Apply"));

  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (cancel), "window.close");
  gtk_widget_add_css_class (done, "suggested-action");
  g_signal_connect_object (done, "clicked", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), done);
  return header;
}

static GtkWidget *
create_head (LeydenDashboardSettings *self)
{
  static const struct { const char *key; const char *title; } intervals[] = {
    { "0", N_("As It Happens") }, { "5", N_("Every 5 Seconds") }, { "30", N_("Every 30 Seconds") }, { "300", N_("Every 5 Minutes") },
    { "3600", N_("Every Hour") }, { "-1", N_("Only When Asked") },
  };
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *keep = adw_action_row_new ();

  self->title = adw_entry_row_new ();
  self->description = adw_entry_row_new ();
  self->refresh = leyden_choice_row_new (_("Ask Again"));
  self->keep_time = gtk_switch_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->title), _("Title"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->description), _("Description"));
  for (guint i = 0; i < G_N_ELEMENTS (intervals); i++)
    leyden_choice_row_add (self->refresh, intervals[i].key, _(intervals[i].title));
  gtk_widget_set_valign (self->keep_time, GTK_ALIGN_CENTER);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (keep), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (keep), _("Begin With the Time Shown Now"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (keep), self->keep_time);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (keep), self->keep_time);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->title);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->description);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->refresh);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), keep);
  return group;
}

static void
leyden_dashboard_settings_init (LeydenDashboardSettings *self)
{
  GtkWidget *outer = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *add = leyden_button_new_with_mnemonic (_("Add a _Variable"));

  leyden_part_outlive_parent (GTK_WINDOW (self));
  self->cancellable = g_cancellable_new ();
  self->variables = g_ptr_array_new_with_free_func (variable_free);
  self->verdict = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->verdict), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->verdict), 0);
  gtk_widget_add_css_class (self->verdict, "error");
  gtk_widget_set_visible (self->verdict, FALSE);
  self->group = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self->group), _("Variables"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->group), _("A choice above the panels. It counts for queries that have a filter with $ and its name."));
  gtk_widget_set_halign (add, GTK_ALIGN_START);
  g_signal_connect_object (add, "clicked", G_CALLBACK (add_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_css_class (box, "paneleditor");
  gtk_box_append (GTK_BOX (box), self->verdict);
  gtk_box_append (GTK_BOX (box), create_head (self));
  gtk_box_append (GTK_BOX (box), self->group);
  gtk_box_append (GTK_BOX (box), add);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (outer), create_header (self));
  gtk_box_append (GTK_BOX (outer), scroller);
  adw_window_set_content (ADW_WINDOW (self), outer);
  gtk_window_set_title (GTK_WINDOW (self), _("Settings of the Dashboard"));
  gtk_window_set_default_size (GTK_WINDOW (self), 520, 600);
}

GtkWidget *
leyden_dashboard_settings_new (GtkWindow     *parent,
                               LeydenSession *session,
                               LeydenValue   *document,
                               LeydenValue   *time,
                               const char    *zone,
                               int            refresh_s)
{
  LeydenDashboardSettings *self = g_object_new (LEYDEN_TYPE_DASHBOARD_SETTINGS, "transient-for", parent, "modal", TRUE, "destroy-with-parent", TRUE, NULL);
  LeydenValue *variables = leyden_value_get_member (document, "variables");
  g_autofree char *refresh = g_strdup_printf ("%d", refresh_s);

  self->document = leyden_value_ref (document);
  self->time = leyden_value_ref (time);
  self->zone = g_strdup (zone);
  gtk_editable_set_text (GTK_EDITABLE (self->title), leyden_value_get_member_string (document, "title", ""));
  gtk_editable_set_text (GTK_EDITABLE (self->description), leyden_value_get_member_string (document, "description", ""));
  leyden_choice_row_select (self->refresh, refresh);
  for (guint i = 0; i < leyden_value_get_size (variables); i++)
    {
      LeydenValue *variable = leyden_value_get_item (variables, i);
      const char *name = leyden_value_get_member_string (variable, "name", "");

      add_variable (self, name, leyden_value_get_member_string (variable, "title", name), leyden_value_get_member_string (variable, "dimension", name),
                    leyden_value_get_member_string (variable, "value", ""));
    }
  leyden_backend_request_async (leyden_session_get_backend (session), "GET", "/leyden/v1/insights/metrics", NULL, self->cancellable, catalog_cb,
                                g_object_ref (self));
  return GTK_WIDGET (self);
}
