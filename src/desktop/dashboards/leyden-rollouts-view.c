/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollouts-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-rollout-columns.h"
#include "leyden-safe-text.h"
#include "leyden-spinner.h"

#define COLUMN_PREFIX "column-"

/* --- what stands there when there are no rows, or one of them --- */

static void
try_cb (LeydenRolloutsPage *self)
{
  leyden_rollouts_page_ask_try (self);
}

static void
clear_cb (LeydenRolloutsPage *self)
{
  leyden_rollout_filter_set_query (self->filter, NULL);
}

static void
connect_cb (LeydenRolloutsPage *self)
{
  leyden_session_start (self->session);
}

static GtkWidget *
create_status_page (LeydenRolloutsPage *self,
                    const char         *icon,
                    const char         *title,
                    const char         *description,
                    const char         *label,
                    GCallback           callback)
{
  GtkWidget *page = adw_status_page_new ();
  GtkWidget *button = gtk_button_new_with_label (label);

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), icon);
  leyden_status_page_set_safe (ADW_STATUS_PAGE (page), title, description);
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  gtk_widget_add_css_class (button, "suggested-action");
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  adw_status_page_set_child (ADW_STATUS_PAGE (page), button);
  return page;
}

GtkWidget *
leyden_rollouts_page_create_stack (LeydenRolloutsPage *self)
{
  GtkStack *stack = GTK_STACK (gtk_stack_new ());

  gtk_stack_add_named (stack, GTK_WIDGET (self->table), "table");
  gtk_stack_add_named (stack, create_status_page (self, "view-list-symbolic", _("No Rollouts Yet"),
                                                  _("Each time a flow runs over an input there is a rollout: what went in, what happened, what came out, and how good it was."),
                                                  _("Try a Flow"), G_CALLBACK (try_cb)), "empty");
  gtk_stack_add_named (stack, create_status_page (self, "edit-find-symbolic", _("No Rollout Is Like That"), NULL, _("Show All"), G_CALLBACK (clear_cb)), "none");
  gtk_stack_add_named (stack, leyden_spinner_new_connecting (), "connecting");
  gtk_stack_add_named (stack, create_status_page (self, "dialog-error-symbolic", "", NULL, _("Try Again"), G_CALLBACK (connect_cb)), "failed");
  gtk_stack_set_hhomogeneous (stack, FALSE);
  gtk_stack_set_vhomogeneous (stack, FALSE);
  gtk_widget_set_vexpand (GTK_WIDGET (stack), TRUE);
  self->stack = GTK_WIDGET (stack);
  return self->stack;
}

GtkWidget *
leyden_rollouts_page_create_page_side (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *back = gtk_button_new (), *content = adw_button_content_new ();

  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (content), "go-previous-symbolic");
  adw_button_content_set_label (ADW_BUTTON_CONTENT (content), _("Rollouts"));
  gtk_button_set_child (GTK_BUTTON (back), content);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (back), "rollouts.back");
  gtk_widget_set_tooltip_text (back, _("Back to the list"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (back), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back to the list"), -1);
  gtk_widget_add_css_class (back, "flat");
  gtk_widget_add_css_class (bar, "toolbar");
  gtk_box_append (GTK_BOX (bar), back);
  gtk_box_append (GTK_BOX (box), bar);
  return box;
}

/* --- order: the headers do the same, but no key reaches them, and cards have none --- */

void
leyden_rollouts_page_update_view (LeydenRolloutsPage *self)
{
  gboolean descending;
  const char *sort = leyden_rollout_table_get_sort (self->table, &descending);

  g_action_group_change_action_state (G_ACTION_GROUP (self->view_actions), "sort", g_variant_new_string (sort));
  g_action_group_change_action_state (G_ACTION_GROUP (self->view_actions), "descending", g_variant_new_boolean (descending));
}

static void
sort_cb (GSimpleAction *action,
         GVariant      *state,
         gpointer       data)
{
  LeydenRolloutsPage *self = data;
  gboolean descending;
  const char *sort = leyden_rollout_table_get_sort (self->table, &descending);

  g_simple_action_set_state (action, state);
  if (g_str_equal (g_action_get_name (G_ACTION (action)), "sort"))
    sort = g_variant_get_string (state, NULL);
  else
    descending = g_variant_get_boolean (state);
  leyden_rollout_table_set_sort (self->table, sort, descending);
}

/* --- columns --- */

static void
append_shown (GPtrArray  *ids,
              GStrv       shown,
              const char *id,
              gboolean    added)
{
  guint n, own = 0;
  const LeydenRolloutColumn *columns = leyden_rollout_columns_get (&n);

  for (guint i = 0; shown[i] != NULL; i++)
    if (!g_str_equal (shown[i], id))
      g_ptr_array_add (ids, shown[i]);
  while (own < n && !g_str_equal (columns[own].id, id))
    own++;
  if (added && own < n)
    g_ptr_array_add (ids, (gpointer) columns[own].id);
}

/* One at least stays. */
static void
column_cb (GSimpleAction *action,
           GVariant      *state,
           gpointer       data)
{
  LeydenRolloutsPage *self = data;
  g_auto(GStrv) shown = leyden_rollout_columns_load ();
  g_autoptr(GPtrArray) ids = g_ptr_array_new ();

  append_shown (ids, shown, g_action_get_name (G_ACTION (action)) + strlen (COLUMN_PREFIX), g_variant_get_boolean (state));
  if (ids->len == 0)
    return;
  g_simple_action_set_state (action, state);
  g_ptr_array_add (ids, NULL);
  leyden_rollout_columns_save ((const char * const *) ids->pdata);
  leyden_rollout_table_load_columns (self->table);
}

static void
add_state (LeydenRolloutsPage *self,
           const char         *name,
           const GVariantType *type,
           GVariant           *state,
           GCallback           changed)
{
  g_autoptr(GSimpleAction) action = g_simple_action_new_stateful (name, type, state);

  g_signal_connect_object (action, "change-state", changed, self, 0);
  g_action_map_add_action (G_ACTION_MAP (self->view_actions), G_ACTION (action));
}

static GMenuModel *
create_menu (LeydenRolloutsPage *self)
{
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) order = g_menu_new (), direction = g_menu_new (), columns_menu = g_menu_new ();
  g_auto(GStrv) shown = leyden_rollout_columns_load ();
  gboolean descending;
  const char *sort = leyden_rollout_table_get_sort (self->table, &descending);
  guint n;
  const LeydenRolloutColumn *columns = leyden_rollout_columns_get (&n);

  add_state (self, "sort", G_VARIANT_TYPE_STRING, g_variant_new_string (sort), G_CALLBACK (sort_cb));
  add_state (self, "descending", NULL, g_variant_new_boolean (descending), G_CALLBACK (sort_cb));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strconcat (COLUMN_PREFIX, columns[i].id, NULL);
      g_autofree char *detailed = g_strconcat ("rolloutview.", name, NULL);
      g_autofree char *by = g_strdup_printf ("rolloutview.sort::%s", columns[i].id);

      add_state (self, name, NULL, g_variant_new_boolean (g_strv_contains ((const char * const *) shown, columns[i].id)), G_CALLBACK (column_cb));
      g_menu_append (columns_menu, leyden_rollout_column_title (&columns[i]), detailed);
      g_menu_append (order, leyden_rollout_column_title (&columns[i]), by);
    }
  g_menu_append (direction, _("Largest or Newest First"), "rolloutview.descending");
  g_menu_append_submenu (menu, _("Columns"), G_MENU_MODEL (columns_menu));
  g_menu_append_submenu (menu, _("Sort By"), G_MENU_MODEL (order));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (direction));
  return G_MENU_MODEL (menu);
}

void
leyden_rollouts_page_add_view_tools (LeydenRolloutsPage *self)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr(GMenuModel) menu = NULL;

  self->view_actions = g_simple_action_group_new ();
  menu = create_menu (self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "rolloutview", G_ACTION_GROUP (self->view_actions));
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _("View"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), menu);
  gtk_widget_set_tooltip_text (button, _("Columns and Order"));
  leyden_rollout_filter_add_tool (self->filter, button);
}
