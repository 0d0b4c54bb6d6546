/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-debug-panel.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"

/* The debugger of a tab, and its commands: win.debug-COMMAND. */

/* As the backend calls them. */
static const char * const commands[] = { "continue", "pause", "step", "step-into", "step-out", "run-to", "stop" };

/* NULL while the page is not there. */
static LeydenDebugPanel *
get_panel (LeydenTab *self)
{
  GtkWidget *panel = self->panel != NULL ? leyden_bottom_panel_get_child (self->panel, "debug") : NULL;

  return panel != NULL ? LEYDEN_DEBUG_PANEL (panel) : NULL;
}

static LeydenRolloutView *
get_view (LeydenTab *self)
{
  LeydenDebugPanel *panel = get_panel (self);

  return panel != NULL ? leyden_debug_panel_get_view (panel) : NULL;
}

/* --- commands --- */

static gboolean
can (LeydenRolloutView *view,
     const char        *command)
{
  LeydenValue *list = view != NULL ? leyden_value_get_member (leyden_rollout_view_get_debug (view), "can") : NULL;

  if (view != NULL && leyden_rollout_view_is_busy (view))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (list, i), NULL), command) == 0)
      return TRUE;
  return FALSE;
}

static void
command_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  LeydenTab *self = LEYDEN_WINDOW (data)->tab;
  LeydenRolloutView *view = get_view (self);
  const char *command = g_action_get_name (G_ACTION (action)) + strlen ("debug-");
  LeydenCanvasNode *node = leyden_canvas_get_current_node (self->canvas);
  g_autofree char *path = NULL;

  if (g_str_equal (command, "run-to") && node == NULL)
    {
      leyden_canvas_announce (self->canvas, _("Select one node first"));
      return;
    }
  if (g_str_equal (command, "run-to"))
    path = leyden_flow_join_path ((const char * const *) self->scope, node->id);
  leyden_rollout_view_command (view, command, path);
}

static void
update_keys (LeydenWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  LeydenRolloutView *view = get_view (self->tab);

  if (application != NULL && gtk_window_is_active (GTK_WINDOW (self)))
    leyden_actions_set_paused (application, view != NULL && leyden_rollout_view_is_paused (view));
}

void
leyden_window_update_debug (LeydenWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *name = g_strconcat ("debug-", commands[i], NULL);
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

      g_simple_action_set_enabled (G_SIMPLE_ACTION (action), can (get_view (self->tab), commands[i]));
    }
  update_keys (self);
}

void
leyden_window_add_debug (LeydenWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *name = g_strconcat ("debug-", commands[i], NULL);
      g_autoptr(GSimpleAction) action = g_simple_action_new (name, NULL);

      g_signal_connect (action, "activate", G_CALLBACK (command_action), self);
      g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (action));
    }
  g_signal_connect (self, "notify::is-active", G_CALLBACK (update_keys), NULL);
}

/* --- what a tab looks at --- */

static void
debug_cb (LeydenTab *self)
{
  if (leyden_tab_is_shown (self))
    leyden_window_update_debug (self->window);
}

static void
failed_cb (LeydenTab *self,
           GError    *error)
{
  leyden_window_toast (self->window, error->message);
}

static void
show_node_cb (LeydenTab  *self,
              const char *path)
{
  adw_view_stack_set_visible_child_name (self->window->views, "design");
  leyden_tab_show_node_path (self, path);
}

void
leyden_tab_end_debug (LeydenTab *self)
{
  LeydenRolloutView *view = get_view (self);

  if (view == NULL)
    return;
  g_signal_handlers_disconnect_by_data (view, self);
  leyden_rollout_view_close (view);
  leyden_debug_panel_set_view (get_panel (self), NULL);
  debug_cb (self);
}

void
leyden_tab_debug (LeydenTab  *self,
                  const char *rollout)
{
  g_autoptr(LeydenRolloutView) view = NULL;

  g_return_if_fail (LEYDEN_IS_TAB (self));
  g_return_if_fail (rollout != NULL);

  if (get_panel (self) == NULL || self->document == NULL)
    return;
  if (get_view (self) != NULL && g_str_equal (leyden_rollout_view_get_rollout (get_view (self)), rollout))
    return;
  leyden_tab_end_debug (self);
  view = leyden_rollout_view_new (leyden_session_get_default (), rollout);
  g_signal_connect_object (view, "notify::debug", G_CALLBACK (debug_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::busy", G_CALLBACK (debug_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  leyden_debug_panel_set_view (get_panel (self), view);
  debug_cb (self);
}

void
leyden_tab_connect_debug (LeydenTab *self)
{
  leyden_tab_add_calls (self);
  g_signal_connect_object (get_panel (self), "show-node", G_CALLBACK (show_node_cb), self, G_CONNECT_SWAPPED);
}
