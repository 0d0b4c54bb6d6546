/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-announce.h"
#include "leyden-breakpoints.h"
#include "leyden-catalog.h"
#include "leyden-debug-panel.h"
#include "leyden-debug-path.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"
#include "leyden-timeline-view.h"
#include "leyden-try-panel.h"
#include "leyden-try-state.h"
#include "leyden-values-dialog.h"

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

LeydenRolloutView *
leyden_tab_get_debug_view (LeydenTab *self)
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
  LeydenRolloutView *view = leyden_tab_get_debug_view (self);
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
  /* What it does is to be seen. */
  if (!leyden_rollout_view_is_live (view))
    {
      leyden_rollout_view_set_position (view, 0);
      leyden_window_toast (self->window, _("Back at the newest record, where the rollout stands"));
    }
  leyden_rollout_view_command (view, command, path);
}

/* Only what is looked at: nothing of it runs again. */
static void
step_back_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  LeydenDebugPanel *panel = get_panel (LEYDEN_WINDOW (data)->tab);

  if (panel != NULL)
    leyden_timeline_view_step (LEYDEN_TIMELINE_VIEW (leyden_debug_panel_get_page (panel, "timeline")), -1);
}

static void
update_keys (LeydenWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  LeydenRolloutView *view = leyden_tab_get_debug_view (self->tab);

  /* A dialog of it may have the focus meanwhile. */
  if (application != NULL && gtk_application_get_active_window (application) == GTK_WINDOW (self))
    leyden_actions_set_paused (application, view != NULL && leyden_rollout_view_is_paused (view));
}

/* Starts what Try would, to be debugged. */
static void
start_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       data)
{
  LeydenWindow *self = data;

  if (self->tab->document == NULL || self->tab->panel == NULL)
    return;
  leyden_window_show_panel (self, "try");
  leyden_try_panel_debug (LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (self->tab->panel, "try")));
}

static void
leave_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       data)
{
  LeydenWindow *self = data;

  /* What is paused is not left behind unasked. */
  if (leyden_window_ask_paused (self, self->tab, FALSE))
    return;
  leyden_tab_leave_debug (self->tab);
}

static void
enable (LeydenWindow *self,
        const char   *name,
        gboolean      enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)), enabled);
}

void
leyden_window_update_debug (LeydenWindow *self)
{
  LeydenRolloutView *view = leyden_tab_get_debug_view (self->tab);

  enable (self, "debug-start", self->tab->document != NULL && !leyden_session_is_read_only (leyden_session_get_default ()));
  enable (self, "debug-fork", view != NULL && leyden_rollout_view_get_state (view) != NULL && !leyden_session_is_read_only (leyden_session_get_default ()));
  enable (self, "debug-compare", self->tab->fork != NULL);
  enable (self, "debug-try-all", self->tab->fork != NULL
                                 && leyden_value_get_member_string (leyden_value_get_member (self->tab->fork, "edit"), "parameter", NULL) != NULL);
  enable (self, "debug-leave", view != NULL);
  enable (self, "export-rollout", view != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *name = g_strconcat ("debug-", commands[i], NULL);
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

      g_simple_action_set_enabled (G_SIMPLE_ACTION (action), can (leyden_tab_get_debug_view (self->tab), commands[i]));
    }
  enable (self, "debug-step-back", view != NULL && leyden_rollout_view_get_until (view) > 1);
  leyden_window_update_held (self);
  update_keys (self);
}

/* GTK opens the menu with F10, before the keys of the program are looked at. While one can step, it is ours; a disabled action lets it through. */
static void
add_step_key (LeydenWindow *self)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_F10, 0),
                                                                                               gtk_named_action_new ("win.debug-step")));
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

void
leyden_window_add_debug (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "debug-start", .activate = start_action },
    { .name = "debug-leave", .activate = leave_action },
    { .name = "debug-step-back", .activate = step_back_action },
  };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *name = g_strconcat ("debug-", commands[i], NULL);
      g_autoptr(GSimpleAction) action = g_simple_action_new (name, NULL);

      g_signal_connect (action, "activate", G_CALLBACK (command_action), self);
      g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (action));
    }
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  add_step_key (self);
  leyden_window_add_marks (self);
  leyden_window_add_fork (self);
  leyden_window_add_held (self);
  leyden_window_add_paused (self);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (update_keys), NULL);
}

/* --- another value --- */

typedef struct
{
  LeydenTab         *tab;       /* a reference */
  LeydenRolloutView *view;      /* whose value it is */
  char              *node;
  char              *member;
  gboolean           parameter;
} Editing;

static void
editing_free (gpointer  data,
              GClosure *closure)
{
  Editing *editing = data;

  g_object_unref (editing->tab);
  g_object_unref (editing->view);
  g_free (editing->node);
  g_free (editing->member);
  g_free (editing);
}

gboolean
leyden_tab_check_debug_view (LeydenTab         *self,
                             LeydenRolloutView *view)
{
  if (leyden_tab_get_debug_view (self) == view)
    return TRUE;
  leyden_window_toast (self->window, _("Another rollout is looked at by now: nothing was changed"));
  return FALSE;
}

static void
typed_cb (LeydenValuesDialog *dialog,
          LeydenValue        *values,
          Editing            *editing)
{
  LeydenValue *value = leyden_value_get_member (values, editing->member);

  if (value == NULL || !leyden_tab_check_debug_view (editing->tab, editing->view))
    return;
  if (!leyden_rollout_view_edit (editing->view, editing->node, editing->parameter ? NULL : editing->member, editing->parameter ? editing->member : NULL, value))
    leyden_window_toast (editing->tab->window, _("A command is on its way: nothing was changed"));
}

static void
edited_cb (LeydenTab *self)
{
  leyden_announce (GTK_WIDGET (self->window), _("The value was changed"));
}

/* How it is typed: as the port says, a parameter as what it is now. */
static LeydenPortType
find_type (LeydenTab   *self,
           const char  *node,
           const char  *member,
           gboolean     parameter,
           LeydenValue *value)
{
  LeydenNode *item = leyden_debug_path_find_node (leyden_document_get_flow (self->document), node);
  g_autoptr(GPtrArray) ports = item != NULL && !parameter ? leyden_node_types_dup_outputs (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), item) : NULL;
  const LeydenPort *port = ports != NULL ? leyden_ports_find (ports, member) : NULL;

  if (port != NULL)
    return port->type;
  return leyden_value_get_kind (value) == LEYDEN_VALUE_STRING ? LEYDEN_PORT_TEXT
         : leyden_value_get_kind (value) == LEYDEN_VALUE_NUMBER ? LEYDEN_PORT_NUMBER : LEYDEN_PORT_ANY;
}

static void
edit_value_cb (LeydenTab   *self,
               const char  *node,
               const char  *member,
               gboolean     parameter,
               LeydenValue *value)
{
  g_autoptr(GPtrArray) ports = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_port_free);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) initial = NULL;
  LeydenPort *port = g_new0 (LeydenPort, 1);
  LeydenRolloutView *view = leyden_tab_get_debug_view (self);
  LeydenValuesDialog *dialog;
  Editing *editing;

  port->name = g_strdup (member);
  port->title = g_strdup (member);
  port->type = find_type (self, node, member, parameter, value);
  g_ptr_array_add (ports, port);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set (&builder, member, value);
  leyden_value_builder_end (&builder);
  initial = leyden_value_builder_end_value (&builder);
  dialog = leyden_values_dialog_new (GTK_WINDOW (self->window), parameter ? _("Edit a Parameter") : _("Edit a Value"),
                                     parameter ? _("It counts for this rollout alone; the flow stays as it is.")
                                               : _("What has not started yet gets it in place of what the node gave. The log tells both."),
                                     _("Change"), ports, initial);
  editing = g_new0 (Editing, 1);
  editing->tab = g_object_ref (self);
  editing->view = g_object_ref (view);
  editing->node = g_strdup (node);
  editing->member = g_strdup (member);
  editing->parameter = parameter;
  g_signal_connect_data (dialog, "done", G_CALLBACK (typed_cb), editing, editing_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- what a tab looks at --- */

static void
debug_cb (LeydenTab *self)
{
  leyden_tab_update_debug_marks (self);
  if (leyden_tab_is_shown (self))
    leyden_window_update_debug (self->window);
}

/* The badges of the canvas, and what the inspector knows of the values, are those of the position. */
static void
state_cb (LeydenTab *self)
{
  LeydenRolloutView *view = leyden_tab_get_debug_view (self);
  LeydenValue *state = view != NULL ? leyden_rollout_view_get_state (view) : NULL;
  g_autoptr(LeydenValue) statuses = NULL;

  if (state == NULL)
    return;
  statuses = leyden_try_state_make_statuses (state);
  leyden_tab_take_statuses (self, statuses);
  leyden_tab_update_debug_marks (self);
  if (leyden_tab_is_shown (self))
    leyden_window_update_debug (self->window);
  if (!leyden_rollout_view_is_summary (view))
    {
      leyden_tab_take_rollout (self, state);
      leyden_inspector_set_state (self->inspector, state);
    }
}

/* The node that it stopped at comes into view, once for each stop. */
static void
paused_cb (LeydenTab *self)
{
  LeydenRolloutView *view = leyden_tab_get_debug_view (self);
  LeydenValue *debug = view != NULL ? leyden_rollout_view_get_debug (view) : NULL;
  const char *node = leyden_value_get_member_string (debug, "node", NULL);
  g_autofree char *place = NULL;

  debug_cb (self);
  /* The next stop there is another one. */
  if (view == NULL || !leyden_rollout_view_is_paused (view))
    g_clear_pointer (&self->stopped_at, g_free);
  if (view == NULL || node == NULL || !leyden_rollout_view_is_paused (view) || !leyden_rollout_view_is_live (view)
      || g_strcmp0 (self->stopped_at, node) == 0)
    return;
  g_free (self->stopped_at);
  self->stopped_at = g_strdup (node);
  place = leyden_debug_path_dup_place (node);
  leyden_tab_look_at (self, place);
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

static void
set_told (LeydenTab  *self,
          const char *rollout)
{
  GtkWidget *try = leyden_bottom_panel_get_child (self->panel, "try");

  if (try != NULL)
    leyden_try_panel_set_told (LEYDEN_TRY_PANEL (try), rollout);
}

static void
stop_looking (LeydenTab *self)
{
  leyden_tab_remember_paused (self, self->debugged);
  g_signal_handlers_disconnect_by_data (self->debugged, self);
  leyden_rollout_view_close (self->debugged);
  g_clear_object (&self->debugged);
  set_told (self, NULL);
  g_clear_pointer (&self->stopped_at, g_free);
  leyden_tab_set_notice (self, LEYDEN_NOTICE_FLOW, NULL, NULL, NULL);
}

/* --- the flow as it ran --- */

typedef struct
{
  LeydenTab         *tab;
  LeydenRolloutView *view;
} AskedFlow;

static void
asked_flow_free (AskedFlow *asked)
{
  g_object_unref (asked->tab);
  g_object_unref (asked->view);
  g_free (asked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AskedFlow, asked_flow_free)

static void
flow_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(AskedFlow) asked = data;
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, NULL);
  g_autoptr(LeydenFlow) flow = bytes != NULL ? leyden_flow_parse (bytes, "flow", NULL) : NULL;

  /* A rollout of an agl-server has none. */
  if (flow == NULL || asked->tab->debugged != asked->view || leyden_tab_get_debug_view (asked->tab) != asked->view)
    return;
  if (leyden_debug_panel_set_flow (get_panel (asked->tab), flow))
    leyden_tab_set_notice (asked->tab, LEYDEN_NOTICE_FLOW, _("The flow has changed since this rollout ran. The debugger shows its parameters as they were then."), NULL, NULL);
}

/* The document may have been edited since, or be another version. */
static void
row_cb (LeydenTab *self)
{
  AskedFlow *asked;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  if (self->flow_asked || self->debugged == NULL || leyden_rollout_view_get_run (self->debugged) == NULL)
    return;
  self->flow_asked = TRUE;
  leyden_tab_read_breakpoints (self);
  asked = g_new0 (AskedFlow, 1);
  asked->tab = g_object_ref (self);
  asked->view = g_object_ref (self->debugged);
  id = leyden_backend_escape (leyden_rollout_view_get_run (self->debugged));
  path = g_strdup_printf ("/leyden/v1/runs/%s/flow", id);
  leyden_backend_fetch_async (leyden_session_get_backend (leyden_session_get_default ()), path, NULL, flow_cb, asked);
}

void
leyden_tab_end_debug (LeydenTab *self)
{
  if (leyden_tab_get_debug_view (self) == NULL)
    return;
  stop_looking (self);
  leyden_debug_panel_set_view (get_panel (self), NULL);
  debug_cb (self);
}

void
leyden_tab_leave_debug (LeydenTab *self)
{
  if (leyden_tab_get_debug_view (self) == NULL)
    return;
  leyden_tab_end_debug (self);
  leyden_tab_take_statuses (self, NULL);
  leyden_tab_take_rollout (self, NULL);
  leyden_inspector_set_state (self->inspector, NULL);
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
  if (leyden_tab_get_debug_view (self) != NULL && g_str_equal (leyden_rollout_view_get_rollout (leyden_tab_get_debug_view (self)), rollout))
    return;
  leyden_tab_ask_left (self, rollout);
  leyden_tab_end_debug (self);
  view = leyden_rollout_view_new (leyden_session_get_default (), rollout);
  g_signal_connect_object (view, "notify::debug", G_CALLBACK (paused_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::busy", G_CALLBACK (debug_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::position", G_CALLBACK (debug_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::row", G_CALLBACK (row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  g_set_object (&self->debugged, view);
  set_told (self, rollout);
  self->flow_asked = FALSE;
  leyden_debug_panel_set_view (get_panel (self), view);
  debug_cb (self);
}

/* --- what is tried --- */

/* The debugger looks at what is tried when it was asked to, or when the rollout may stop somewhere. */
static void
rollout_cb (LeydenTab  *self,
            const char *rollout,
            gboolean    debug)
{
  if (self->document == NULL)
    return;
  if (debug || leyden_breakpoints_any_enabled (leyden_breakpoints_get_for (self->document)) || leyden_tab_get_debug_view (self) != NULL)
    leyden_tab_debug (self, rollout);
  if (debug)
    leyden_window_show_panel (self->window, "debug");
}

/* Who opens the panel sees what was tried last. */
static void
page_cb (LeydenTab *self)
{
  LeydenTryPanel *try = LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (self->panel, "try"));

  if (g_strcmp0 (leyden_bottom_panel_get_page (self->panel), "debug") == 0 && leyden_tab_get_debug_view (self) == NULL && try != NULL
      && leyden_try_panel_get_rollout (try) != NULL)
    leyden_tab_debug (self, leyden_try_panel_get_rollout (try));
}

static void
breakpoints_cb (LeydenTab *self)
{
  if (self->document == NULL || self->canvas == NULL)
    return;
  leyden_tab_update_marks (self);
  leyden_tab_send_breakpoints (self);
}

/* The panel has another document: its breakpoints. */
static void
document_cb (LeydenTab *self)
{
  LeydenBreakpoints *store = self->document != NULL ? leyden_breakpoints_get_for (self->document) : NULL;

  if (self->breakpoints != NULL)
    g_signal_handlers_disconnect_by_func (self->breakpoints, breakpoints_cb, self);
  g_set_object (&self->breakpoints, store);
  if (self->debugged != NULL)
    stop_looking (self);
  g_clear_pointer (&self->fork, leyden_value_unref);
  leyden_tab_set_notice (self, LEYDEN_NOTICE_FORK, NULL, NULL, NULL);
  if (store != NULL)
    g_signal_connect_object (store, "changed", G_CALLBACK (breakpoints_cb), self, G_CONNECT_SWAPPED);
}

void
leyden_tab_connect_debug (LeydenTab *self)
{
  GtkWidget *try = leyden_bottom_panel_get_child (self->panel, "try");

  leyden_tab_add_calls (self);
  g_signal_connect_object (get_panel (self), "show-node", G_CALLBACK (show_node_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_panel (self), "edit-value", G_CALLBACK (edit_value_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_panel (self), "notify::document", G_CALLBACK (document_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (try, "rollout", G_CALLBACK (rollout_cb), self, G_CONNECT_SWAPPED);
  g_signal_handlers_disconnect_by_func (self->panel, page_cb, self);
  g_signal_connect_object (self->panel, "notify::page", G_CALLBACK (page_cb), self, G_CONNECT_SWAPPED);
  leyden_tab_connect_paused (self);
}
