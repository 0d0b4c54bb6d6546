/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-palette.h"
#include "leyden-history-window.h"
#include "leyden-recent.h"
#include "leyden-run-panel.h"
#include "leyden-session.h"
#include "leyden-shortcuts.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

/* Every command of the window is an action; buttons, menus and shortcuts only name it. */

static void
new_action (GSimpleAction *action,
            GVariant      *parameter,
            gpointer       data)
{
  leyden_window_new_document (data);
}

static void
open_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  leyden_window_choose_file (data);
}

static void
open_recent_action (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       data)
{
  g_autoptr(GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  leyden_application_open_file (LEYDEN_APPLICATION (gtk_window_get_application (data)), file);
}

static void
open_sample_action (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       data)
{
  leyden_window_open_sample (data, g_variant_get_string (parameter, NULL));
}

static void
save_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  leyden_window_save (data, LEYDEN_WINDOW (data)->tab, LEYDEN_CLOSE_NOTHING);
}

static void
save_as_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  leyden_window_save_as (data, LEYDEN_WINDOW (data)->tab, LEYDEN_CLOSE_NOTHING);
}

/* Through the history, and says which edit that was: @format with its name. */
static void
step (LeydenWindow  *self,
      gboolean     (*go) (LeydenDocument *document, GError **error),
      const char    *property,
      const char    *format)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *label = NULL;
  g_autofree char *safe = NULL;
  g_autoptr(GString) text = g_string_new (format);

  g_object_get (self->tab->document, property, &label, NULL);
  safe = leyden_text_display (label != NULL ? label : "", -1, 80, FALSE);
  g_string_replace (text, "%s", safe, 1);
  self->stepping = TRUE;
  if (!go (self->tab->document, &error))
    leyden_window_toast (self, error->message);
  else
    leyden_announce (GTK_WIDGET (self), text->str);
  self->stepping = FALSE;
}

static void
undo_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  LeydenWindow *self = data;
  LeydenDashboardView *dashboard = leyden_window_get_dashboard (self);

  if (leyden_window_shows_runs (self))
    leyden_window_undo_deletion (self);
  else if (dashboard != NULL)
    leyden_dashboard_view_undo (dashboard);
  else if (leyden_document_can_undo (self->tab->document))
    step (self, leyden_document_undo, "undo-label", _("Undone: %s"));
}

static void
redo_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  LeydenWindow *self = data;
  LeydenDashboardView *dashboard = leyden_window_get_dashboard (self);

  if (leyden_window_shows_runs (self))
    return;
  if (dashboard != NULL)
    leyden_dashboard_view_redo (dashboard);
  else if (leyden_document_can_redo (self->tab->document))
    step (self, leyden_document_redo, "redo-label", _("Done again: %s"));
}

/* A key leads there; what is typed next belongs into the page. */
static void
show_panel_action (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       data)
{
  LeydenWindow *self = data;
  const char *page = g_variant_get_string (parameter, NULL);
  GtkWidget *child = leyden_bottom_panel_get_child (self->tab->panel, page);
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));

  leyden_window_show_panel (self, page);
  if (child != NULL && (focus == NULL || !gtk_widget_is_ancestor (focus, child)))
    gtk_widget_child_focus (child, GTK_DIR_TAB_FORWARD);
}

static void
run_action (GSimpleAction *action,
            GVariant      *parameter,
            gpointer       data)
{
  LeydenWindow *self = data;

  leyden_window_show_panel (self, "run");
  leyden_run_panel_start_when_ready (LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (self->tab->panel, "run")));
}

static void
add_node_action (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       data)
{
  LeydenWindow *self = data;

  if (self->tab->document == NULL)
    return;
  adw_view_stack_set_visible_child_name (self->views, "design");
  adw_flap_set_reveal_flap (self->tab->library_flap, TRUE);
  leyden_library_focus_search (self->tab->library);
}

/* "canvas.…" belongs to the canvas and is only found from inside it; this reaches it from menus. */
static void
canvas_action (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       data)
{
  LeydenWindow *self = data;
  g_autofree char *name = g_strconcat ("canvas.", g_variant_get_string (parameter, NULL), NULL);

  if (self->tab->document != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self->tab->canvas), name, NULL);
}

static void
zoom_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  LeydenWindow *self = data;
  double factor = g_variant_get_double (parameter);

  if (self->tab->document == NULL)
    return;
  leyden_canvas_zoom_to (self->tab->canvas, factor > 0 ? leyden_canvas_get_zoom (self->tab->canvas) * factor : 1);
}

static void
view_state_cb (GSimpleAction *action,
               GVariant      *state,
               gpointer       data)
{
  LeydenWindow *self = data;
  const char *name = g_variant_get_string (state, NULL);

  if (self->tab->canvas_stack == NULL || gtk_stack_get_child_by_name (self->tab->canvas_stack, name) == NULL)
    return;
  leyden_tab_set_panel_alone (self->tab, FALSE);
  gtk_stack_set_visible_child_name (self->tab->canvas_stack, name);
  gtk_widget_set_visible (self->tab->zoom_box, g_str_equal (name, "canvas"));
  g_simple_action_set_state (action, state);
  leyden_window_update_empty_hint (self);
}

/* --- panes --- */

typedef enum
{
  PANE_LIBRARY,
  PANE_CANVAS,
  PANE_INSPECTOR,
  PANE_PANEL,
  N_PANES
} Pane;

static GtkWidget *
get_pane (LeydenWindow *self,
          Pane          pane)
{
  GtkWidget *widgets[N_PANES] = {
    GTK_WIDGET (self->tab->library), gtk_stack_get_visible_child (self->tab->canvas_stack), GTK_WIDGET (self->tab->inspector), GTK_WIDGET (self->tab->panel),
  };

  return widgets[pane];
}

static gboolean
focus_pane (LeydenWindow *self,
            Pane          pane)
{
  switch (pane)
    {
    case PANE_LIBRARY:
      if (!adw_flap_get_reveal_flap (self->tab->library_flap))
        return FALSE;
      leyden_library_focus_search (self->tab->library);
      return TRUE;
    case PANE_CANVAS:
      return gtk_stack_get_visible_child (self->tab->canvas_stack) == GTK_WIDGET (self->tab->outline)
               ? leyden_outline_take_focus (self->tab->outline) : leyden_canvas_take_focus (self->tab->canvas);
    case PANE_INSPECTOR:
      return adw_flap_get_reveal_flap (self->tab->inspector_flap)
             && gtk_widget_child_focus (GTK_WIDGET (self->tab->inspector), GTK_DIR_TAB_FORWARD);
    case PANE_PANEL:
      return gtk_widget_get_visible (GTK_WIDGET (self->tab->panel))
             && gtk_widget_child_focus (GTK_WIDGET (self->tab->panel), GTK_DIR_TAB_FORWARD);
    case N_PANES:
    default:
      return FALSE;
    }
}

static void
next_pane_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  LeydenWindow *self = data;
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));
  int step = g_variant_get_int32 (parameter);
  int at = PANE_CANVAS - step;

  if (self->tab->document == NULL)
    return;
  for (int pane = 0; focus != NULL && pane < N_PANES; pane++)
    if (focus == get_pane (self, (Pane) pane) || gtk_widget_is_ancestor (focus, get_pane (self, (Pane) pane)))
      at = pane;
  for (int i = 0; i < N_PANES; i++)
    {
      at = (at + step + N_PANES) % N_PANES;
      if (focus_pane (self, (Pane) at))
        return;
    }
}

static void
toggle_library_action (GSimpleAction *action,
                       GVariant      *parameter,
                       gpointer       data)
{
  LeydenWindow *self = data;

  if (self->tab->document != NULL)
    adw_flap_set_reveal_flap (self->tab->library_flap, !adw_flap_get_reveal_flap (self->tab->library_flap));
}

static void
toggle_inspector_action (GSimpleAction *action,
                         GVariant      *parameter,
                         gpointer       data)
{
  LeydenWindow *self = data;

  if (self->tab->document != NULL)
    adw_flap_set_reveal_flap (self->tab->inspector_flap, !adw_flap_get_reveal_flap (self->tab->inspector_flap));
}

static void
toggle_panel_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  LeydenWindow *self = data;

  leyden_tab_set_panel_alone (self->tab, FALSE);
  g_settings_set_boolean (self->settings, "panel-visible", !g_settings_get_boolean (self->settings, "panel-visible"));
}

static void
enlarge_panel_cb (GSimpleAction *action,
                  GVariant      *state,
                  gpointer       data)
{
  LeydenWindow *self = data;
  gboolean alone = g_variant_get_boolean (state);

  if (alone)
    g_settings_set_boolean (self->settings, "panel-visible", TRUE);
  leyden_tab_set_panel_alone (self->tab, alone);
  leyden_announce (GTK_WIDGET (self), alone ? _("Only the panel is shown") : _("The flow is shown again"));
}

static void
open_body_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  leyden_tab_open_body (LEYDEN_WINDOW (data)->tab, g_variant_get_string (parameter, NULL));
}

/* Of the flow that is shown, "solve/check". */
static void
show_path_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  LeydenWindow *self = data;
  g_autofree char *path = leyden_flow_join_path ((const char * const *) self->tab->scope, g_variant_get_string (parameter, NULL));

  leyden_tab_show_node_path (self->tab, path);
}

static void
attach_agent_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  leyden_window_attach_agent (data);
}

static void
show_training_action (GSimpleAction *action,
                      GVariant      *parameter,
                      gpointer       data)
{
  leyden_window_show_agent (data, g_variant_get_string (parameter, NULL));
}

static void
leave_body_action (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       data)
{
  LeydenTab *tab = LEYDEN_WINDOW (data)->tab;
  guint depth = leyden_tab_get_depth (tab);

  if (depth > 0)
    leyden_tab_leave_body (tab, depth - 1);
}

static void
history_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  gtk_window_present (GTK_WINDOW (leyden_history_window_get (data)));
}

static void
close_tab_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  leyden_window_close_tab (data, LEYDEN_WINDOW (data)->tab);
}

static void
step_tab_action (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       data)
{
  leyden_window_step_tab (data, g_variant_get_int32 (parameter));
}

/* Design, Runs, Experiments, Dashboards. */
static void
place_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       data)
{
  LeydenWindow *self = data;
  const char *name = g_variant_get_string (parameter, NULL);

  if (adw_view_stack_get_child_by_name (self->views, name) != NULL)
    adw_view_stack_set_visible_child_name (self->views, name);
}

static void
palette_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  gtk_window_present (GTK_WINDOW (leyden_palette_new (data)));
}

static void
shortcuts_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  GtkWindow *shortcuts = leyden_shortcuts_new ();

  gtk_window_set_transient_for (shortcuts, data);
  gtk_window_present (shortcuts);
}

static const GActionEntry entries[] = {
  { .name = "place", .activate = place_action, .parameter_type = "s" },
  { .name = "command-palette", .activate = palette_action },
  { .name = "show-help-overlay", .activate = shortcuts_action },
  { .name = "history", .activate = history_action },
  { .name = "close-tab", .activate = close_tab_action },
  { .name = "step-tab", .activate = step_tab_action, .parameter_type = "i" },
  { .name = "open-body", .activate = open_body_action, .parameter_type = "s" },
  { .name = "leave-body", .activate = leave_body_action },
  { .name = "show-path", .activate = show_path_action, .parameter_type = "s" },
  { .name = "attach-agent", .activate = attach_agent_action },
  { .name = "show-training", .activate = show_training_action, .parameter_type = "s" },
  { .name = "new", .activate = new_action },
  { .name = "open", .activate = open_action },
  { .name = "open-recent", .activate = open_recent_action, .parameter_type = "s" },
  { .name = "open-sample", .activate = open_sample_action, .parameter_type = "s" },
  { .name = "save", .activate = save_action },
  { .name = "save-as", .activate = save_as_action },
  { .name = "undo", .activate = undo_action },
  { .name = "redo", .activate = redo_action },
  { .name = "show-panel", .activate = show_panel_action, .parameter_type = "s" },
  { .name = "run", .activate = run_action },
  { .name = "add-node", .activate = add_node_action },
  { .name = "canvas", .activate = canvas_action, .parameter_type = "s" },
  { .name = "zoom", .activate = zoom_action, .parameter_type = "d" },
  { .name = "next-pane", .activate = next_pane_action, .parameter_type = "i" },
  { .name = "toggle-library", .activate = toggle_library_action },
  { .name = "toggle-inspector", .activate = toggle_inspector_action },
  { .name = "toggle-panel", .activate = toggle_panel_action },
  { .name = "enlarge-panel", .state = "false", .change_state = enlarge_panel_cb },
  { .name = "view", .parameter_type = "s", .state = "'canvas'", .change_state = view_state_cb },
};

static void
history_click_cb (LeydenWindow *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self), "history", NULL);
}

/* Beside the key and the menu, as in other programs: the other button of the mouse on what takes a step. */
static void
add_history_click (LeydenWindow *self,
                   GtkButton    *button)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_object (click, "pressed", G_CALLBACK (history_click_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (button), GTK_EVENT_CONTROLLER (click));
}

void
leyden_window_add_actions (LeydenWindow *self)
{
  g_autoptr(GAction) grid = g_settings_create_action (self->settings, "show-grid");
  g_autoptr(GAction) snap = g_settings_create_action (self->settings, "snap-to-grid");
  g_autoptr(GAction) map = g_settings_create_action (self->settings, "show-map");
  g_autoptr(GAction) forks = g_settings_create_action (self->settings, "compare-forks");

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  leyden_window_add_find (self);
  add_history_click (self, self->undo_button);
  add_history_click (self, self->redo_button);
  leyden_window_add_node_actions (self);
  leyden_window_add_debug (self);
  leyden_window_add_calls (self);
  leyden_window_add_compare (self);
  leyden_window_add_dashboards (self);
  leyden_window_add_rollout (self);
  leyden_window_add_rollouts (self);
  leyden_window_add_bookmarks (self);
  g_action_map_add_action (G_ACTION_MAP (self), grid);
  g_action_map_add_action (G_ACTION_MAP (self), snap);
  g_action_map_add_action (G_ACTION_MAP (self), map);
  g_action_map_add_action (G_ACTION_MAP (self), forks);
}

/* --- what is possible now --- */

static void
enable (LeydenWindow *self,
        const char   *name,
        gboolean      enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)), enabled);
}

/* What they would take back, or do again, at the place that is shown; NULL: nothing. */
static char *
dup_step_label (LeydenWindow *self,
                gboolean      redo)
{
  LeydenDashboardView *dashboard = leyden_window_get_dashboard (self);
  char *label = NULL;

  if (leyden_window_shows_runs (self))
    return redo ? NULL : leyden_window_dup_deletion_label (self);
  if (dashboard != NULL)
    return g_strdup (redo ? leyden_dashboard_view_get_redo_label (dashboard) : leyden_dashboard_view_get_undo_label (dashboard));
  if (self->tab->document != NULL)
    g_object_get (self->tab->document, redo ? "redo-label" : "undo-label", &label, NULL);
  return label;
}

static void
set_tooltip (GtkButton  *button,
             const char *label,
             const char *plain)
{
  g_autofree char *safe = label != NULL ? leyden_text_display (label, -1, 80, FALSE) : NULL;
  g_autofree char *text = NULL;

  text = safe != NULL ? g_strdup_printf ("%s: %s", plain, safe) : g_strdup (plain);
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
update_title (LeydenWindow *self)
{
  g_autofree char *text = leyden_tab_dup_title (self->tab);
  /* Its label asks for the whole of its text also where it is not shown, and would push out the buttons beside it. */
  g_autofree char *brief = leyden_text_display (text, -1, 24, FALSE);

  gtk_window_set_title (GTK_WINDOW (self), text);
  gtk_label_set_text (self->brief_title, brief);
  gtk_label_set_text (self->title_label, self->tab->document != NULL ? text : "");
}

void
leyden_window_update_empty_hint (LeydenWindow *self)
{
  gboolean empty = self->tab->document != NULL && leyden_document_get_read_only_reason (self->tab->document) == NULL
                   && self->tab->shown != NULL
                   && leyden_flow_get_n_nodes (leyden_document_get_flow (self->tab->shown)) == 0;

  if (self->tab->empty_hint == NULL)
    return;
  gtk_widget_set_visible (self->tab->empty_hint,
                          empty && g_strcmp0 (gtk_stack_get_visible_child_name (self->tab->canvas_stack), "canvas") == 0);
}

void
leyden_window_update_actions (LeydenWindow *self)
{
  gboolean open = self->tab->document != NULL;
  gboolean designing = g_strcmp0 (adw_view_stack_get_visible_child_name (self->views), "design") == 0;
  gboolean writable = open && leyden_document_get_read_only_reason (self->tab->document) == NULL;
  g_autofree char *undo = dup_step_label (self, FALSE);
  g_autofree char *redo = dup_step_label (self, TRUE);

  enable (self, "save", writable && !self->tab->saving);
  enable (self, "save-as", open && !self->tab->saving);
  enable (self, "undo", undo != NULL);
  enable (self, "redo", redo != NULL);
  enable (self, "history", open);
  enable (self, "step-tab", leyden_window_get_n_tabs (self) > 1);
  enable (self, "leave-body", leyden_tab_get_depth (self->tab) > 0);
  enable (self, "canvas", open);
  enable (self, "find", open);
  enable (self, "replace", writable);
  enable (self, "show-panel", open);
  enable (self, "enlarge-panel", open && self->tab->panel != NULL);
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), "enlarge-panel")), g_variant_new_boolean (self->tab->panel_alone));
  enable (self, "attach-agent", !leyden_session_is_read_only (leyden_session_get_default ()));
  enable (self, "run", open && !leyden_session_is_read_only (leyden_session_get_default ()));
  set_tooltip (self->undo_button, undo, _("Undo"));
  set_tooltip (self->redo_button, redo, _("Redo"));
  gtk_widget_set_visible (self->library_button, open && designing);
  gtk_widget_set_visible (self->inspector_button, open && designing);
  gtk_widget_set_visible (self->run_button, open);
  gtk_widget_set_visible (self->train_button, open);
  leyden_window_update_empty_hint (self);
  if (gtk_window_get_application (GTK_WINDOW (self)) != NULL)
    leyden_application_files_changed (LEYDEN_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))));
  update_title (self);
  leyden_window_update_debug (self);
  leyden_window_update_bookmarks (self);
}
