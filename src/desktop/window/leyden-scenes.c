/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-flow-pins.h"
#include "leyden-json.h"
#include "leyden-library.h"
#include "leyden-run-panel.h"
#include "leyden-session.h"
#include "leyden-settings.h"
#include "leyden-train-panel.h"
#include "leyden-train-setup.h"
#include "leyden-try-panel.h"
#include "leyden-window-private.h"

#define SAMPLE "calculator-agent"

/* Whatever the scenes before chose, the backend of this computer shows what follows. */
static void
start (LeydenWindow *window)
{
  if (leyden_session_get_connection (leyden_session_get_default ()) != NULL)
    leyden_session_switch (leyden_session_get_default (), NULL);
}

static void
design (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
}

static void
selected (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  leyden_canvas_show_element (leyden_window_get_canvas (window), LEYDEN_ELEMENT_NODE, "solveagt");
}

static void
badges (LeydenWindow *window)
{
  LeydenCanvas *canvas = leyden_window_get_canvas (window);

  leyden_window_open_sample (window, SAMPLE);
  leyden_canvas_set_node_status (canvas, "prompter", LEYDEN_NODE_STATE_SUCCEEDED, 137, 0.4);
  leyden_canvas_set_node_status (canvas, "solveagt", LEYDEN_NODE_STATE_RUNNING, 131, 1840);
  leyden_canvas_set_node_status (canvas, "exanswer", LEYDEN_NODE_STATE_SUCCEEDED, 129, 1.2);
  leyden_canvas_set_node_status (canvas, "evalnumb", LEYDEN_NODE_STATE_FAILED, 4, 0.3);
}

/* The map of the flow, closer than the whole. */
static void
map (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  g_settings_set_boolean (leyden_settings_get_default (), "show-map", TRUE);
  leyden_canvas_look (leyden_window_get_canvas (window), 1, 300, 100);
}

/* One node ran again: what was given, reused and is pinned. */
static void
one_node (LeydenWindow *window)
{
  LeydenCanvas *canvas = leyden_window_get_canvas (window);
  LeydenFlow *flow;
  g_autoptr(LeydenValue) outputs = leyden_json_parse ("{\"text\": \"Solve this problem:\"}", -1, NULL, NULL);
  g_autoptr(LeydenValue) pin = leyden_pin_new (outputs, NULL, 0, NULL, 0, TRUE);

  leyden_window_open_sample (window, SAMPLE);
  flow = leyden_document_get_flow (leyden_window_get_document (window));
  leyden_document_edit (leyden_window_get_document (window), leyden_edit_new_pin (flow, "prompter", pin), NULL);
  leyden_canvas_set_node_status (canvas, "prompter", LEYDEN_NODE_STATE_SUCCEEDED, 0, -1);
  leyden_canvas_set_node_origin (canvas, "prompter", LEYDEN_NODE_ORIGIN_PINNED);
  leyden_canvas_set_node_status (canvas, "question", LEYDEN_NODE_STATE_SUCCEEDED, 0, -1);
  leyden_canvas_set_node_origin (canvas, "question", LEYDEN_NODE_ORIGIN_EARLIER);
  leyden_canvas_set_node_status (canvas, "solveagt", LEYDEN_NODE_STATE_SUCCEEDED, 0, -1);
  leyden_canvas_set_node_origin (canvas, "solveagt", LEYDEN_NODE_ORIGIN_KEPT);
  leyden_canvas_set_node_status (canvas, "exanswer", LEYDEN_NODE_STATE_SUCCEEDED, 0, 1.2);
  leyden_canvas_show_element (canvas, LEYDEN_ELEMENT_NODE, "prompter");
  leyden_canvas_fit (canvas);
}

/* The keyboard's way to draw a wire, with what fits and what does not. */
static void
connecting (LeydenWindow *window)
{
  LeydenCanvas *canvas = leyden_window_get_canvas (window);
  LeydenCanvasNode *node;

  leyden_window_open_sample (window, SAMPLE);
  leyden_canvas_insert (canvas, "transform", NULL);
  leyden_canvas_show_element (canvas, LEYDEN_ELEMENT_NODE, "prompter");
  node = leyden_canvas_model_get_node (leyden_canvas_get_model (canvas), "prompter");
  if (node != NULL && node->view != NULL)
    gtk_widget_activate_action (node->view, "node.connect", NULL);
}

static void
problems (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  leyden_canvas_insert (leyden_window_get_canvas (window), "extract", NULL);
  leyden_canvas_insert (leyden_window_get_canvas (window), "chat", NULL);
  leyden_window_show_panel (window, "problems");
  leyden_canvas_fit (leyden_window_get_canvas (window));
}

static void
outline (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.view", "s", "outline");
}

static gboolean
reveal_library_cb (gpointer data)
{
  LeydenWindow *window = data;

  adw_flap_set_reveal_flap (window->tab->library_flap, TRUE);
  leyden_library_search (window->tab->library, "model");
  return G_SOURCE_REMOVE;
}

/* A little later: a flap that folds for the first time closes. */
static void
library (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 250, reveal_library_cb, g_object_ref (window), g_object_unref);
}

static void
runs (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  adw_view_stack_set_visible_child_name (leyden_window_get_views (window), "runs");
}

static gboolean
reveal_inspector_cb (gpointer data)
{
  LeydenWindow *window = data;

  leyden_selection_set (leyden_window_get_selection (window), LEYDEN_ELEMENT_NODE, "solveagt");
  adw_flap_set_reveal_flap (window->tab->inspector_flap, TRUE);
  return G_SOURCE_REMOVE;
}

static void
inspector (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 250, reveal_inspector_cb, g_object_ref (window), g_object_unref);
}

/* With the backend: how a rollout and a run look when they are well under way. */
static void
try (LeydenWindow *window)
{
  LeydenTryPanel *panel = LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "try"));
  g_autoptr(LeydenValue) question =
    leyden_value_new_string ("Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?", -1);

  leyden_window_open_sample (window, SAMPLE);
  leyden_window_show_panel (window, "try");
  leyden_try_panel_set_value (panel, "question", question);
  leyden_try_panel_start (panel);
}

static gboolean
start_run_cb (gpointer data)
{
  LeydenRunPanel *panel = data;

  if (!leyden_run_panel_can_start (panel) && gtk_widget_get_mapped (GTK_WIDGET (panel)))
    return G_SOURCE_CONTINUE;
  leyden_run_panel_start (panel);
  return G_SOURCE_REMOVE;
}

static void
run (LeydenWindow *window)
{
  LeydenRunPanel *panel = LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "run"));

  leyden_window_open_sample (window, SAMPLE);
  leyden_window_show_panel (window, "run");
  g_timeout_add_full (G_PRIORITY_DEFAULT, 100, start_run_cb, g_object_ref (panel), g_object_unref);
}

/* What a training is made of, before it starts. */
static void
train (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  leyden_window_show_panel (window, "train");
}

static LeydenTrainPanel *
get_train_panel (LeydenWindow *window)
{
  return LEYDEN_TRAIN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "train"));
}

static GtkWidget *
find_setup (GtkWidget *widget)
{
  GtkWidget *found = NULL;

  if (LEYDEN_IS_TRAIN_SETUP (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find_setup (child);
  return found;
}

static gboolean
start_training_cb (gpointer data)
{
  LeydenTrainPanel *panel = data;

  if (!leyden_train_panel_can_start (panel) && gtk_widget_get_mapped (GTK_WIDGET (panel)))
    return G_SOURCE_CONTINUE;
  leyden_train_panel_start (panel);
  return G_SOURCE_REMOVE;
}

static void
begin_training (LeydenWindow *window)
{
  LeydenTrainPanel *panel = get_train_panel (window);

  train (window);
  leyden_train_setup_set_budget (LEYDEN_TRAIN_SETUP (find_setup (GTK_WIDGET (panel))), 300);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 100, start_training_cb, g_object_ref (panel), g_object_unref);
}

/* Under way. */
static void
training (LeydenWindow *window)
{
  begin_training (window);
}

/* The page of the training that the scene before began, and the list. */
static gboolean
show_experiment_cb (gpointer data)
{
  LeydenWindow *window = data;
  LeydenExperimentView *view;

  /* Closed meanwhile. */
  if (leyden_window_get_document (window) == NULL || !gtk_widget_get_visible (GTK_WIDGET (window)))
    return G_SOURCE_REMOVE;
  view = leyden_train_panel_get_view (get_train_panel (window));
  if (view == NULL)
    return G_SOURCE_CONTINUE;
  leyden_window_show_experiment (window, leyden_experiment_view_get_id (view));
  return G_SOURCE_REMOVE;
}

static void
experiment (LeydenWindow *window)
{
  begin_training (window);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 500, show_experiment_cb, g_object_ref (window), g_object_unref);
}

static void
experiments (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  adw_view_stack_set_visible_child_name (leyden_window_get_views (window), "experiments");
}

/* A container among other nodes, and what is inside it. */
static void
container (LeydenWindow *window)
{
  leyden_window_open_sample (window, "worksheet");
  leyden_canvas_set_node_status (leyden_window_get_canvas (window), "foreachq", LEYDEN_NODE_STATE_SUCCEEDED, 1, 5120);
  leyden_canvas_show_element (leyden_window_get_canvas (window), LEYDEN_ELEMENT_NODE, "foreachq");
}

static void
body (LeydenWindow *window)
{
  leyden_window_open_sample (window, "worksheet");
  leyden_tab_open_body (window->tab, "foreachq");
  leyden_canvas_set_node_status (leyden_window_get_canvas (window), "solveagt", LEYDEN_NODE_STATE_RUNNING, 2, 1840);
}

static void
palette (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.command-palette", NULL);
}

/* From farther away titles take the whole node. */
static void
titles (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  leyden_canvas_look (leyden_window_get_canvas (window), 0.42, -40, -100);
}

static void
shortcuts (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-help-overlay", NULL);
}

static void
tabs (LeydenWindow *window)
{
  leyden_window_open_sample (window, "calculator-agent");
  leyden_window_open_sample (window, "worksheet");
  leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.step-tab", "i", -1);
}

static void
history (LeydenWindow *window)
{
  static const char * const types[] = { "merge", "prompt", "output", "merge" };

  leyden_window_open_sample (window, "calculator-agent");
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    leyden_canvas_insert (leyden_window_get_canvas (window), types[i], NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.undo", NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.history", NULL);
}

static const LeydenScene scenes[] = {
  { "start", start, 500 },
  { "design", design, 700 },
  { "selected", selected, 700 },
  { "badges", badges, 700 },
  { "titles", titles, 900 },
  { "map", map, 700 },
  { "one-node", one_node, 700 },
  { "connecting", connecting, 700 },
  { "elements", leyden_scene_elements, 900 },
  { "find", leyden_scene_find, 900 },
  { "deep", leyden_scene_deep, 700 },
  { "insert", leyden_scene_insert, 1500, leyden_scene_pick_popover },
  { "node-problems", leyden_scene_node_problems, 2500, leyden_scene_pick_popover },
  { "container", container, 700 },
  { "body", body, 700 },
  { "problems", problems, 1200 },
  { "outline", outline, 700 },
  { "library", library, 800 },
  { "inspector", inspector, 800 },
  { "prompt", leyden_scene_prompt, 1200 },
  { "condition", leyden_scene_condition, 1200 },
  { "palette", palette, 900 },
  { "shortcuts", shortcuts, 900, leyden_scene_pick_dialog },
  { "tabs", tabs, 900 },
  { "history", history, 900 },
  { "no-rollouts", leyden_scene_no_rollouts, 2500 },
  { "try", try, 5000 },
  { "calls", leyden_scene_calls, 1200 },
  { "call-resend", leyden_scene_call_resend, 1500, leyden_scene_pick_dialog },
  { "compare", leyden_scene_compare, 1200, leyden_scene_pick_dialog },
  { "run", run, 7000 },
  { "debugger", leyden_scene_debugger, 6500 },
  { "timeline", leyden_scene_timeline, 6500 },
  { "events", leyden_scene_events, 6500 },
  { "console", leyden_scene_console, 6500 },
  { "runs", runs, 1500 },
  { "rollouts", leyden_scene_rollouts, 9000 },
  { "rollout-filter", leyden_scene_rollout_filter, 10000 },
  { "rollout-selection", leyden_scene_rollout_selection, 9000 },
  { "rollout", leyden_scene_rollout, 13000 },
  { "rollout-calls", leyden_scene_rollout_calls, 13000 },
  { "no-experiments", experiments, 1200 },
  { "no-agents", leyden_scene_no_agents, 1200 },
  { "attach", leyden_scene_attach, 1500 },
  { "endpoint", leyden_scene_endpoint, 1500 },
  { "agent", leyden_scene_agent, 4000 },
  { "agents", leyden_scene_agents, 2500 },
  { "train", train, 2000 },
  { "training", training, 6000 },
  { "experiment", experiment, 8000 },
  { "experiments", experiments, 1500 },
  { "charts", leyden_scene_charts, 1500, leyden_scene_pick_dialog },
  { "alerts", leyden_scene_alerts, 6000 },
  { "alert-editor", leyden_scene_alert_editor, 4000, leyden_scene_pick_dialog },
  { "webhook", leyden_scene_webhook, 6000 },
  { "webhook-editor", leyden_scene_webhook_editor, 4000, leyden_scene_pick_dialog },
  { "report", leyden_scene_report, 4000, leyden_scene_pick_dialog },
  { "source", leyden_scene_source, 1500, leyden_scene_pick_dialog },
  { "dashboards", leyden_scene_dashboards, 1500 },
  { "dashboard", leyden_scene_dashboard, 9000 },
  { "dashboard-edit", leyden_scene_dashboard_edit, 9000 },
  { "panel-editor", leyden_scene_panel_editor, 9000, leyden_scene_pick_dialog },
  { "add-connection", leyden_scene_add_connection, 2500, leyden_scene_pick_dialog },
  { "certificate", leyden_scene_certificate, 700, leyden_scene_pick_dialog },
  { "connections", leyden_scene_connections, 700, leyden_scene_pick_dialog },
  { "connections-menu", leyden_scene_connections_menu, 1600, leyden_scene_pick_menu },
  { "unreachable", leyden_scene_unreachable, 1600, leyden_scene_pick_menu },
  { "mirror", leyden_scene_mirror, 4000 },
  { "mirror-rollout", leyden_scene_mirror_rollout, 4500 },
};

const LeydenScene *
leyden_scenes_list (guint *n)
{
  *n = G_N_ELEMENTS (scenes);
  return scenes;
}
