/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include <math.h>
#include <time.h>

#include "leyden-canvas-private.h"
#include "leyden-node-view.h"

typedef struct
{
  LeydenWindow    *window;
  LeydenCanvas    *canvas;
  LeydenDocument  *document;
  LeydenFlow      *flow;
  LeydenSelection *selection;
} Fixture;

static gboolean
is_drawn (gpointer data)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (leyden_canvas_get_model (data), "solveagt");

  return node != NULL && node->view != NULL;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->window = desktop_test_window (1280, 800);
  leyden_window_open_sample (fixture->window, "calculator-agent");
  fixture->canvas = leyden_window_get_canvas (fixture->window);
  fixture->document = leyden_window_get_document (fixture->window);
  fixture->flow = leyden_document_get_flow (fixture->document);
  fixture->selection = leyden_window_get_selection (fixture->window);
  desktop_test_wait (is_drawn, fixture->canvas);
  desktop_test_spin (50);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  leyden_document_close (fixture->document, TRUE);
  desktop_test_close (fixture->window);
}

static LeydenCanvasNode *
get (Fixture    *fixture,
     const char *id)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (leyden_canvas_get_model (fixture->canvas), id);

  g_assert_nonnull (node);
  return node;
}

static guint
port (GPtrArray  *ports,
      const char *name)
{
  for (guint i = 0; i < ports->len; i++)
    if (g_str_equal (((LeydenPort *) g_ptr_array_index (ports, i))->name, name))
      return i;
  g_assert_not_reached ();
}

static graphene_point_t
port_in_view (Fixture    *fixture,
              const char *id,
              gboolean    output,
              const char *name)
{
  LeydenCanvasNode *node = get (fixture, id);
  graphene_point_t at = leyden_canvas_node_get_port_point (node, output, port (output ? node->outputs : node->inputs, name));

  return leyden_canvas_view_from_world (&fixture->canvas->view, at.x, at.y);
}

static void
drag (Fixture          *fixture,
      graphene_point_t  from,
      graphene_point_t  to)
{
  GtkEventController *gesture = desktop_test_controller (GTK_WIDGET (fixture->canvas), GTK_TYPE_GESTURE_DRAG, GDK_BUTTON_PRIMARY);
  double dx = to.x - from.x, dy = to.y - from.y;

  g_signal_emit_by_name (gesture, "drag-begin", (double) from.x, (double) from.y);
  for (guint i = 1; i <= 4; i++)
    {
      g_signal_emit_by_name (gesture, "drag-update", dx * i / 4, dy * i / 4);
      desktop_test_spin (5);
    }
  g_signal_emit_by_name (gesture, "drag-end", dx, dy);
  desktop_test_spin (30);
}

static graphene_point_t
center (Fixture    *fixture,
        const char *id)
{
  graphene_point_t at;

  graphene_rect_get_center (&get (fixture, id)->item.bounds, &at);
  return leyden_canvas_view_from_world (&fixture->canvas->view, at.x, at.y);
}

static guint
count_edges (Fixture    *fixture,
             const char *node,
             const char *input)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (fixture->flow, node, input);

  return edges->len;
}

/* --- pointer --- */

static void
test_click_and_drag (Fixture       *fixture,
                     gconstpointer  data)
{
  graphene_point_t at = center (fixture, "prompter");
  float x = get (fixture, "prompter")->item.bounds.origin.x;

  drag (fixture, at, at);
  g_assert_true (leyden_selection_contains (fixture->selection, LEYDEN_ELEMENT_NODE, "prompter"));
  g_assert_false (leyden_document_can_undo (fixture->document));
  at = center (fixture, "prompter");
  drag (fixture, at, GRAPHENE_POINT_INIT (at.x + 100, at.y));
  g_assert_cmpfloat (get (fixture, "prompter")->item.bounds.origin.x, >, x + 50);
  g_assert_cmpfloat (fmod (get (fixture, "prompter")->item.bounds.origin.x, LEYDEN_CANVAS_GRID), ==, 0);
  g_assert_cmpfloat (leyden_node_get_position (leyden_flow_get_node (fixture->flow, "prompter")).x, >, x + 50);
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  g_assert_cmpfloat (get (fixture, "prompter")->item.bounds.origin.x, ==, x);
}

static gboolean
is_press_over (gpointer data)
{
  return ((Fixture *) data)->canvas->press_id == 0;
}

static graphene_point_t
center_in_window (Fixture    *fixture,
                  const char *id)
{
  graphene_point_t at = center (fixture, id), point;

  g_assert_true (gtk_widget_compute_point (GTK_WIDGET (fixture->canvas), GTK_WIDGET (fixture->window), &at, &point));
  return point;
}

/* The first press may open the inspector; the second one must meet the same node, and later nothing moves either. */
static void
test_double_click (Fixture       *fixture,
                   gconstpointer  data)
{
  graphene_point_t at, before;
  double zoom;

  g_object_set (gtk_settings_get_default (), "gtk-double-click-time", 3000, NULL);
  leyden_canvas_fit (fixture->canvas);
  desktop_test_spin (50);
  zoom = leyden_canvas_get_zoom (fixture->canvas);
  at = center (fixture, "prompter");
  before = center_in_window (fixture, "prompter");
  drag (fixture, at, at);
  gtk_widget_set_margin_end (GTK_WIDGET (fixture->canvas), gtk_widget_get_width (GTK_WIDGET (fixture->canvas)) / 2);
  for (guint i = 0; i < 2; i++)
    {
      if (i > 0)
        desktop_test_wait (is_press_over, fixture);
      desktop_test_spin (100);
      g_assert_cmpfloat (leyden_canvas_get_zoom (fixture->canvas), ==, zoom);
      g_assert_cmpfloat_with_epsilon (center_in_window (fixture, "prompter").x, before.x, 0.5);
    }
  gtk_settings_reset_property (gtk_settings_get_default (), "gtk-double-click-time");
}

static void
test_connect_and_undo (Fixture       *fixture,
                       gconstpointer  data)
{
  g_assert_cmpuint (count_edges (fixture, "rewarder", "score"), ==, 1);
  g_assert_true (leyden_canvas_insert (fixture->canvas, "evaluator", NULL));
  desktop_test_spin (50);
  /* From the extractor's value to the new evaluator's input. */
  {
    g_auto(GStrv) ids = leyden_selection_list (fixture->selection, LEYDEN_ELEMENT_NODE);

    g_assert_cmpuint (g_strv_length (ids), ==, 1);
    drag (fixture, port_in_view (fixture, "exanswer", TRUE, "value"), port_in_view (fixture, ids[0], FALSE, "actual"));
    g_assert_cmpuint (count_edges (fixture, ids[0], "actual"), ==, 1);
    g_assert_true (leyden_document_undo (fixture->document, NULL));
    g_assert_cmpuint (count_edges (fixture, ids[0], "actual"), ==, 0);
    g_assert_true (leyden_document_redo (fixture->document, NULL));
    g_assert_cmpuint (count_edges (fixture, ids[0], "actual"), ==, 1);
  }
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  GtkEventController *gesture = desktop_test_controller (GTK_WIDGET (fixture->canvas), GTK_TYPE_GESTURE_DRAG, GDK_BUTTON_PRIMARY);
  graphene_point_t from = port_in_view (fixture, "calctool", TRUE, "tools");
  graphene_point_t to = port_in_view (fixture, "exanswer", FALSE, "text");
  guint n_edges = leyden_flow_get_n_edges (fixture->flow);

  g_signal_emit_by_name (gesture, "drag-begin", (double) from.x, (double) from.y);
  g_signal_emit_by_name (gesture, "drag-update", (double) (to.x - from.x), (double) (to.y - from.y));
  desktop_test_spin (30);
  g_assert_true (gtk_widget_get_visible (fixture->canvas->hint));
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (fixture->canvas->hint)), !=, "");
  g_assert_cmpint (fixture->canvas->connection.verdict, ==, LEYDEN_CONNECT_NO);
  g_signal_emit_by_name (gesture, "drag-end", (double) (to.x - from.x), (double) (to.y - from.y));
  desktop_test_spin (30);
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n_edges);
  g_assert_false (gtk_widget_get_visible (fixture->canvas->hint));
}

/* The end of a wire is taken off its input and let go elsewhere: one step back brings it all back. */
static void
test_reconnect (Fixture       *fixture,
                gconstpointer  data)
{
  graphene_point_t from = port_in_view (fixture, "solveagt", FALSE, "prompt");

  drag (fixture, from, GRAPHENE_POINT_INIT (from.x - 20, from.y + 250));
  g_assert_cmpuint (count_edges (fixture, "solveagt", "prompt"), ==, 0);
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  g_assert_cmpuint (count_edges (fixture, "solveagt", "prompt"), ==, 1);
}

static void
test_rubber_band (Fixture       *fixture,
                  gconstpointer  data)
{
  graphene_rect_t extent;
  graphene_point_t from, to;

  g_assert_true (leyden_canvas_model_get_extent (leyden_canvas_get_model (fixture->canvas), &extent));
  from = leyden_canvas_view_from_world (&fixture->canvas->view, extent.origin.x - 20, extent.origin.y - 20);
  to = leyden_canvas_view_from_world (&fixture->canvas->view, extent.origin.x + extent.size.width + 20,
                                      extent.origin.y + extent.size.height + 20);
  drag (fixture, from, to);
  g_assert_cmpuint (leyden_selection_get_size (fixture->selection), >=, 8);
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.delete", NULL);
  g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, 0);
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, 0);
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, 8);
}

/* C06: a drag that is cancelled changes nothing and leaves nothing behind. */
static void
test_cancel (Fixture       *fixture,
             gconstpointer  data)
{
  GtkEventController *gesture = desktop_test_controller (GTK_WIDGET (fixture->canvas), GTK_TYPE_GESTURE_DRAG, GDK_BUTTON_PRIMARY);
  graphene_point_t from = center (fixture, "prompter");
  float x = get (fixture, "prompter")->item.bounds.origin.x;

  g_signal_emit_by_name (gesture, "drag-begin", (double) from.x, (double) from.y);
  g_signal_emit_by_name (gesture, "drag-update", 120.0, 40.0);
  g_assert_cmpfloat (get (fixture, "prompter")->item.bounds.origin.x, >, x);
  g_assert_true (desktop_test_key (GTK_WIDGET (fixture->canvas), GDK_KEY_Escape, 0));
  g_assert_cmpfloat (get (fixture, "prompter")->item.bounds.origin.x, ==, x);
  g_signal_emit_by_name (gesture, "drag-end", 120.0, 40.0);
  g_assert_cmpfloat (get (fixture, "prompter")->item.bounds.origin.x, ==, x);
  g_assert_false (leyden_document_can_undo (fixture->document));
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_NONE);
}

static void
test_drop (Fixture       *fixture,
           gconstpointer  data)
{
  GtkEventController *target = desktop_test_controller (GTK_WIDGET (fixture->canvas), GTK_TYPE_DROP_TARGET, 0);
  static const struct
  {
    const char *type;
    gboolean    accepted;
  } cases[] = { { "transform", TRUE }, { "evil.exec", FALSE }, { "", FALSE }, { "../x", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenDraggedType dragged = { (char *) cases[i].type };
      g_auto(GValue) value = G_VALUE_INIT;
      guint n_nodes = leyden_flow_get_n_nodes (fixture->flow);
      gboolean handled = FALSE;

      g_value_init (&value, LEYDEN_TYPE_DRAGGED_TYPE);
      g_value_set_boxed (&value, &dragged);
      g_signal_emit_by_name (target, "drop", &value, 300.0, 500.0, &handled);
      g_assert_true (handled == cases[i].accepted);
      g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, n_nodes + (cases[i].accepted ? 1 : 0));
    }
}

static gboolean
has_few_views (gpointer data)
{
  return LEYDEN_CANVAS (data)->bound->len <= 2;
}

static gboolean
has_all_views (gpointer data)
{
  return LEYDEN_CANVAS (data)->bound->len == 8;
}

static void
test_zoom (Fixture       *fixture,
           gconstpointer  data)
{
  double zoom = leyden_canvas_get_zoom (fixture->canvas);

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.zoom", "d", 1.25);
  g_assert_cmpfloat_with_epsilon (leyden_canvas_get_zoom (fixture->canvas), zoom * 1.25, 1e-6);
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.zoom", "d", 0.0);
  g_assert_cmpfloat_with_epsilon (leyden_canvas_get_zoom (fixture->canvas), 1, 1e-6);
  for (guint i = 0; i < 60; i++)
    gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.zoom", "d", 0.8);
  /* Far away only what is pinned keeps a widget. */
  desktop_test_wait (has_few_views, fixture->canvas);
  g_assert_cmpfloat (fixture->canvas->view.scale, >=, LEYDEN_CANVAS_MIN_SCALE);
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.canvas", "s", "fit");
  desktop_test_wait (has_all_views, fixture->canvas);
}

/* --- keyboard --- */

static void
test_arrows (Fixture       *fixture,
             gconstpointer  data)
{
  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
  g_assert_true (gtk_root_get_focus (GTK_ROOT (fixture->window)) == get (fixture, "prompter")->view);
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.focus", "i", LEYDEN_CANVAS_RIGHT);
  g_assert_true (gtk_root_get_focus (GTK_ROOT (fixture->window)) == get (fixture, "solveagt")->view);
  g_assert_true (leyden_selection_contains (fixture->selection, LEYDEN_ELEMENT_NODE, "solveagt"));
}

static void
test_move_keys (Fixture       *fixture,
                gconstpointer  data)
{
  float x = get (fixture, "prompter")->item.bounds.origin.x;

  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
  for (guint i = 0; i < 3; i++)
    gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.move", "(ii)", 1, 0);
  g_assert_cmpfloat (get (fixture, "prompter")->item.bounds.origin.x, ==, x + 3 * LEYDEN_CANVAS_GRID);
  /* Steps in a row undo as one. */
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  g_assert_cmpfloat (get (fixture, "prompter")->item.bounds.origin.x, ==, x);
}

static gboolean
is_arranged (gpointer data)
{
  return leyden_document_can_undo (data);
}

/* From left to right along the wires, as one edit. */
static void
test_arrange (Fixture       *fixture,
              gconstpointer  data)
{
  LeydenFlow *flow = leyden_document_get_flow (fixture->document);
  g_autoptr(GBytes) before = leyden_flow_serialize (flow);
  g_autoptr(GBytes) after = NULL;
  g_autoptr(GPtrArray) edges = NULL;

  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.arrange", NULL);
  desktop_test_wait (is_arranged, fixture->document);
  edges = leyden_flow_list_edges (flow);
  g_assert_cmpuint (edges->len, >, 0);
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);

      g_assert_cmpfloat (leyden_node_get_position (leyden_flow_get_node (flow, leyden_edge_get_source (edge))).x, <,
                         leyden_node_get_position (leyden_flow_get_node (flow, leyden_edge_get_target (edge))).x);
    }
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  g_assert_false (leyden_document_can_undo (fixture->document));
  after = leyden_flow_serialize (flow);
  g_assert_true (g_bytes_equal (before, after));
}

static void
test_tab (Fixture       *fixture,
          gconstpointer  data)
{
  LeydenNodeView *view;
  guint n_ports = 0;

  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "solveagt");
  view = get (fixture, "solveagt")->view;
  while (gtk_widget_child_focus (GTK_WIDGET (fixture->canvas), GTK_DIR_TAB_FORWARD))
    {
      g_assert_true (LEYDEN_IS_PORT_VIEW (gtk_root_get_focus (GTK_ROOT (fixture->window))));
      g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (fixture->window)), GTK_WIDGET (view)));
      n_ports++;
      g_assert_cmpuint (n_ports, <, 50);
    }
  g_assert_cmpuint (n_ports, ==, get (fixture, "solveagt")->inputs->len + get (fixture, "solveagt")->outputs->len);
}

static void
test_connect_by_keyboard (Fixture       *fixture,
                          gconstpointer  data)
{
  LeydenCanvasNode *node = get (fixture, "solveagt");
  guint n_edges = leyden_flow_get_n_edges (fixture->flow);
  guint i;

  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "solveagt");
  gtk_widget_activate_action (node->view, "node.connect", NULL);
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_CONNECT);
  /* By letters to a port, by Escape out of it, and again. */
  g_assert_true (desktop_test_key (node->view, GDK_KEY_Escape, 0));
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_NONE);
  gtk_widget_activate_action (node->view, "node.connect", NULL);
  for (i = 0; i < 40 && fixture->canvas->connection.target != get (fixture, "resulted"); i++)
    g_assert_true (desktop_test_key (node->view, GDK_KEY_Down, 0));
  g_assert_cmpuint (i, <, 40);
  g_assert_true (desktop_test_key (node->view, GDK_KEY_Return, 0));
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_NONE);
  /* It took the place of the wire that was there. */
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n_edges);
  g_assert_true (leyden_document_undo (fixture->document, NULL));
}

static void
test_disconnect_port (Fixture       *fixture,
                      gconstpointer  data)
{
  LeydenCanvasNode *solver = get (fixture, "solveagt");
  GtkWidget *input = leyden_node_view_get_port (solver->view, FALSE, port (solver->inputs, "prompt"));

  g_assert_cmpuint (count_edges (fixture, "solveagt", "prompt"), ==, 1);
  gtk_widget_activate_action (input, "port.disconnect", NULL);
  g_assert_cmpuint (count_edges (fixture, "solveagt", "prompt"), ==, 0);
  g_assert_nonnull (leyden_flow_get_node (fixture->flow, "solveagt"));
  gtk_widget_activate_action (input, "port.disconnect", NULL);
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  g_assert_cmpuint (count_edges (fixture, "solveagt", "prompt"), ==, 1);
}

/* --- notes and frames --- */

static void
test_next_box (Fixture       *fixture,
               gconstpointer  data)
{
  LeydenElementKind kind, first;

  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.next-box", NULL);
  g_assert_true (leyden_selection_get_single (fixture->selection, &first, NULL));
  g_assert_cmpint (first, ==, LEYDEN_ELEMENT_FRAME);
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.next-box", NULL);
  g_assert_true (leyden_selection_get_single (fixture->selection, &kind, NULL));
  g_assert_cmpint (kind, ==, LEYDEN_ELEMENT_NOTE);
}

static void
test_boxes (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(GPtrArray) notes = NULL;
  g_autoptr(GPtrArray) frames = NULL;
  guint n_notes, n_frames;

  notes = leyden_flow_list_notes (fixture->flow);
  frames = leyden_flow_list_frames (fixture->flow);
  n_notes = notes->len;
  n_frames = frames->len;
  leyden_canvas_add_note (fixture->canvas);
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "prompter");
  leyden_canvas_add_frame (fixture->canvas);
  desktop_test_spin (100);
  g_ptr_array_unref (g_steal_pointer (&notes));
  g_ptr_array_unref (g_steal_pointer (&frames));
  notes = leyden_flow_list_notes (fixture->flow);
  frames = leyden_flow_list_frames (fixture->flow);
  g_assert_cmpuint (notes->len, ==, n_notes + 1);
  g_assert_cmpuint (frames->len, ==, n_frames + 1);
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  g_assert_true (leyden_document_undo (fixture->document, NULL));
}

/* --- clipboard --- */

static void
test_copy_paste (Fixture       *fixture,
                 gconstpointer  data)
{
  leyden_canvas_select_all (fixture->canvas);
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.copy", NULL);
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.paste", NULL);
  for (guint i = 0; i < 100 && leyden_flow_get_n_nodes (fixture->flow) == 8; i++)
    desktop_test_spin (20);
  g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, 16);
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, 8);
}

static void
message_cb (LeydenCanvas *canvas,
            const char   *text,
            char        **message)
{
  g_free (*message);
  *message = g_strdup (text);
}

/* C01, C03: not a fragment, or far too much. */
static void
test_paste_hostile (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *huge = g_strnfill (9 * 1024 * 1024, 'x');
  const char *texts[] = { "", "{\"other\": 1}", "[[[[", huge };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *message = NULL;
      gulong handler = g_signal_connect (fixture->canvas, "message", G_CALLBACK (message_cb), &message);

      gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (fixture->canvas)), texts[i]);
      gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.paste", NULL);
      for (guint j = 0; j < 200 && message == NULL; j++)
        desktop_test_spin (20);
      g_assert_nonnull (message);
      g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, 8);
      g_signal_handler_disconnect (fixture->canvas, handler);
    }
}

/* --- accessibility --- */

static void
test_names (Fixture       *fixture,
            gconstpointer  data)
{
  LeydenCanvasNode *solver = get (fixture, "solveagt");
  LeydenCanvasNode *prompter = get (fixture, "prompter");
  GtkWidget *output, *input;

  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (solver->view), GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (solver->view), GTK_ACCESSIBLE_PROPERTY_LABEL, "Solver, node");
  output = leyden_node_view_get_port (prompter->view, TRUE, 0);
  input = leyden_node_view_get_port (solver->view, FALSE, port (solver->inputs, "prompt"));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (output), GTK_ACCESSIBLE_PROPERTY_LABEL, "Text, output of Ask");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (output), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "Text; to Solver, prompt");
  gtk_test_accessible_assert_relation (GTK_ACCESSIBLE (output), GTK_ACCESSIBLE_RELATION_FLOW_TO, input, NULL);
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "solveagt");
  gtk_test_accessible_assert_state (GTK_ACCESSIBLE (solver->view), GTK_ACCESSIBLE_STATE_SELECTED, TRUE);
}

/* W30, W31, W33, W34, W35: titles from outside. */
static void
test_titles (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *huge = g_strnfill (1024 * 1024, 'x');
  g_autoptr(GString) marks = g_string_new ("a");
  const char *titles[5];

  for (guint i = 0; i < 200; i++)
    g_string_append (marks, "\xcc\x81");
  titles[0] = "<b>bold";
  titles[1] = "Tom & Jerry";
  titles[2] = huge;
  titles[3] = marks->str;
  titles[4] = "\xe2\x80\x8b";
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      LeydenEdit *edit = leyden_edit_new ("title");
      g_autofree char *shown = NULL;
      g_autofree char *nameless = NULL;

      leyden_edit_set_title (edit, "prompter", titles[i]);
      g_assert_true (leyden_document_edit (fixture->document, edit, NULL));
      desktop_test_spin (50);
      shown = leyden_canvas_node_dup_title (get (fixture, "prompter"));
      g_assert_cmpuint (g_utf8_strlen (shown, -1), <, 300);
      g_assert_cmpuint (g_utf8_strlen (shown, -1), >, 0);
      if (i < 2)
        g_assert_cmpstr (shown, ==, titles[i]);
      nameless = desktop_test_find_nameless (GTK_WIDGET (fixture->canvas));
      g_assert_cmpstr (nameless, ==, "");
    }
}

/* The mark is one more parameter: set, undone, shown and told. */
static void
test_policy (Fixture       *fixture,
             gconstpointer  data)
{
  const char * const path[] = { "parameters", "policy", NULL };
  g_autoptr(LeydenValue) yes = leyden_value_new_boolean (TRUE);
  LeydenEdit *edit = leyden_edit_new ("policy");

  g_assert_false (leyden_canvas_node_is_policy (get (fixture, "solveagt")));
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, "solveagt", path, yes);
  g_assert_true (leyden_document_edit (fixture->document, edit, NULL));
  desktop_test_spin (50);
  g_assert_true (leyden_canvas_node_is_policy (get (fixture, "solveagt")));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (get (fixture, "solveagt")->view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "Agent, trained by the cluster, trainable");
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  desktop_test_spin (50);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (get (fixture, "solveagt")->view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "Agent, trainable");
}

static void
test_status (Fixture       *fixture,
             gconstpointer  data)
{
  leyden_canvas_set_node_status (fixture->canvas, "solveagt", LEYDEN_NODE_STATE_RUNNING, 12, 1500);
  g_assert_true (gtk_widget_has_css_class (get (fixture, "solveagt")->view, "running"));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (get (fixture, "solveagt")->view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "Agent, trainable, running");
  leyden_canvas_set_node_status (fixture->canvas, "nobody", LEYDEN_NODE_STATE_RUNNING, 1, 1);
  /* Deleted and brought back, it still says so; what happened meanwhile too. */
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "solveagt");
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.delete", NULL);
  g_assert_null (leyden_canvas_model_get_node (leyden_canvas_get_model (fixture->canvas), "solveagt"));
  leyden_canvas_set_node_status (fixture->canvas, "solveagt", LEYDEN_NODE_STATE_SUCCEEDED, 13, 1400);
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  desktop_test_spin (100);
  g_assert_cmpint (get (fixture, "solveagt")->state, ==, LEYDEN_NODE_STATE_SUCCEEDED);
  g_assert_cmpuint (get (fixture, "solveagt")->count, ==, 13);
  leyden_canvas_set_node_status (fixture->canvas, "solveagt", LEYDEN_NODE_STATE_RUNNING, 13, 1400);
  g_assert_true (gtk_widget_has_css_class (get (fixture, "solveagt")->view, "running"));
  leyden_canvas_clear_statuses (fixture->canvas);
  g_assert_false (gtk_widget_has_css_class (get (fixture, "solveagt")->view, "running"));
}

/* --- the view of a file --- */

static LeydenDocument *
make_viewed (const char *view)
{
  g_autofree char *text =
    g_strdup_printf ("{\"leyden\": 1, \"id\": \"x\", \"view\": %s, \"nodes\": [{\"id\": \"a\", \"type\": \"prompt\", \"position\": "
                     "{\"x\": 300, \"y\": 200}}], \"edges\": []}", view);
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenDocument *document = leyden_document_new_from_bytes (NULL, bytes, "x", TRUE, &error);

  g_assert_no_error (error);
  return document;
}

/* What was seen last is seen again, and looking changes nothing; where that would show nothing, the flow is shown. */
static void
test_view_of_file (void)
{
  static const struct
  {
    const char *view;
    double      zoom;                   /* 0: fitted */
  } cases[] = {
    { "{\"x\": 250, \"y\": 150, \"zoom\": 1.5}", 1.5 }, { "{\"x\": 250, \"y\": 150, \"zoom\": 0.5}", 0.5 },
    { "{\"x\": 90000, \"y\": 150, \"zoom\": 1.5}", 0 }, { "{\"x\": 250, \"y\": 150, \"zoom\": 0}", 0 },
    { "{\"x\": 250, \"y\": 150, \"zoom\": 1e-300}", 0 }, { "{\"x\": 1e18, \"y\": -1e18, \"zoom\": 1}", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenWindow *window = desktop_test_window (1280, 800);
      LeydenCanvas *canvas = leyden_window_get_canvas (window);
      g_autoptr(LeydenDocument) document = make_viewed (cases[i].view);
      LeydenCanvasNode *node;

      leyden_window_set_document (window, document);
      desktop_test_spin (200);
      g_assert_false (leyden_document_is_modified (document));
      g_assert_false (leyden_document_can_undo (document));
      node = leyden_canvas_model_get_node (leyden_canvas_get_model (canvas), "a");
      g_assert_nonnull (node->view);
      if (cases[i].zoom > 0)
        {
          g_assert_cmpfloat_with_epsilon (leyden_canvas_get_zoom (canvas), cases[i].zoom, 1e-6);
          g_assert_cmpfloat_with_epsilon (canvas->view.x, -250 * cases[i].zoom, 1e-3);
          g_assert_cmpfloat_with_epsilon (canvas->view.y, -150 * cases[i].zoom, 1e-3);
        }
      leyden_document_close (document, TRUE);
      desktop_test_close (window);
    }
}

/* --- size --- */

/* Ten thousand nodes: widgets only for what is seen, and never more than forty new ones a frame. */
static void
test_many (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  LeydenCanvas *canvas = leyden_window_get_canvas (window);
  g_autoptr(LeydenDocument) document = leyden_document_new (NULL);
  LeydenEdit *edit = leyden_edit_new ("many");
  clock_t cpu;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *id = g_strdup_printf ("n%u", i);

      leyden_edit_add_node (edit, id, "transform", "", (float) (i % 100) * 240, (float) (i / 100) * 144, NULL);
      if (i % 100 > 0)
        {
          g_autofree char *edge = g_strdup_printf ("e%u", i);
          g_autofree char *before = g_strdup_printf ("n%u", i - 1);

          leyden_edit_add_edge (edit, edge, before, "result", id, "value");
        }
    }
  g_assert_true (leyden_document_edit (document, edit, &error));
  leyden_window_set_document (window, document);
  desktop_test_spin (300);
  g_assert_cmpuint (canvas->bound->len, <, 200);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.zoom", "d", 0.0);
  desktop_test_spin (300);
  cpu = clock ();
  for (guint i = 0; i < 30; i++)
    {
      guint n_before = canvas->pool->len + canvas->bound->len;

      canvas->view.x -= 300;
      leyden_canvas_view_changed (canvas);
      gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
      g_assert_cmpuint (canvas->pool->len + canvas->bound->len, <=, n_before + 3 * 40);
      g_assert_cmpuint (canvas->bound->len, <, 200);
    }
  g_test_message ("panning by 300 px: %.1f ms CPU a frame", (double) (clock () - cpu) * 1000 / CLOCKS_PER_SEC / 30);
  leyden_canvas_fit (canvas);
  desktop_test_wait (has_few_views, canvas);
  leyden_document_close (document, TRUE);
  desktop_test_close (window);
  desktop_test_spin (20);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

/* --- pictures --- */

static gboolean
has_text (gpointer data)
{
  return *(char **) data != NULL;
}

static void
failed_cb (LeydenCanvas *canvas,
           const GError *error,
           char        **out)
{
  message_cb (canvas, error->message, out);
}

/* To a file by its ending; one that says no format is refused. */
static void
test_picture_file (Fixture       *fixture,
                   gconstpointer  data)
{
  static const char * const starts[] = { "svg", "<?xml", "png", "\211PNG", "pdf", "%PDF-" };
  g_autofree char *failed = NULL;

  g_signal_connect (fixture->canvas, "failed", G_CALLBACK (failed_cb), &failed);
  for (guint i = 0; i < G_N_ELEMENTS (starts); i += 2)
    {
      g_autofree char *path = g_strdup_printf ("%s/picture.%s", g_get_user_cache_dir (), starts[i]);
      g_autoptr(GFile) file = g_file_new_for_path (path);
      g_autofree char *message = NULL;
      g_autofree char *contents = NULL;
      gulong handler = g_signal_connect (fixture->canvas, "message", G_CALLBACK (message_cb), &message);

      g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
      leyden_canvas_export_picture (fixture->canvas, file, "dark");
      desktop_test_wait (has_text, &message);
      g_signal_handler_disconnect (fixture->canvas, handler);
      g_assert_null (failed);
      g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
      g_assert_true (g_str_has_prefix (contents, starts[i + 1]));
    }
  {
    g_autoptr(GFile) file = g_file_new_for_path ("/nonexistent/picture.jpeg");

    leyden_canvas_export_picture (fixture->canvas, file, NULL);
    g_assert_nonnull (strstr (failed, "picture.jpeg"));
  }
}

/* On the clipboard for programs that draw and for those that do not. */
static void
test_picture_clipboard (Fixture       *fixture,
                        gconstpointer  data)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (fixture->canvas));
  g_autofree char *message = NULL;

  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "solveagt");
  g_signal_connect (fixture->canvas, "message", G_CALLBACK (message_cb), &message);
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.copy-picture", NULL);
  desktop_test_wait (has_text, &message);
  g_assert_true (gdk_content_formats_contain_mime_type (gdk_clipboard_get_formats (clipboard), "image/png"));
  g_assert_true (gdk_content_formats_contain_mime_type (gdk_clipboard_get_formats (clipboard), "image/svg+xml"));
  gdk_clipboard_set_text (clipboard, "");
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  ADD ("/canvas/pointer/click-and-drag", test_click_and_drag);
  ADD ("/canvas/pointer/double-click", test_double_click);
  ADD ("/canvas/pointer/connect-and-undo", test_connect_and_undo);
  ADD ("/canvas/pointer/refused", test_refused);
  ADD ("/canvas/pointer/reconnect", test_reconnect);
  ADD ("/canvas/pointer/rubber-band", test_rubber_band);
  ADD ("/hostile/C06", test_cancel);
  ADD ("/hostile/C07", test_drop);
  ADD ("/canvas/zoom", test_zoom);
  ADD ("/canvas/keyboard/arrows", test_arrows);
  ADD ("/canvas/keyboard/move", test_move_keys);
  ADD ("/canvas/keyboard/arrange", test_arrange);
  ADD ("/canvas/keyboard/tab", test_tab);
  ADD ("/canvas/keyboard/connect", test_connect_by_keyboard);
  ADD ("/canvas/keyboard/disconnect", test_disconnect_port);
  ADD ("/canvas/keyboard/next-box", test_next_box);
  ADD ("/canvas/boxes", test_boxes);
  ADD ("/canvas/clipboard", test_copy_paste);
  ADD ("/hostile/C01", test_paste_hostile);
  ADD ("/canvas/accessible/names", test_names);
  ADD ("/hostile/W33", test_titles);
  ADD ("/canvas/policy", test_policy);
  ADD ("/canvas/status", test_status);
  g_test_add_func ("/canvas/view-of-file", test_view_of_file);
  g_test_add_func ("/canvas/ten-thousand", test_many);
  ADD ("/canvas/picture/file", test_picture_file);
  ADD ("/canvas/picture/clipboard", test_picture_clipboard);
  return desktop_test_run ();
}
