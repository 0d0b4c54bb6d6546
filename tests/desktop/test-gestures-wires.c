/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wires are cut, joined, and take nodes in, by a real pointer and real keys. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

/* Alt and a stroke: two wires at once; the stroke is shown meanwhile. */
static void
test_cut (Gestures      *fixture,
          gconstpointer  data)
{
  guint n = leyden_flow_get_n_edges (fixture->flow);
  graphene_point_t one = gestures_wire (fixture, "exanswer", "text");
  graphene_point_t other = gestures_wire (fixture, "evalnumb", "expected");

  desktop_events_move (fixture->widget, one.x, one.y - 12);
  desktop_events_press (1, "alt");
  desktop_events_glide (fixture->widget, one.x, one.y + 16);
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_CUT);
  g_assert_cmpuint (fixture->canvas->crossed->len, ==, 1);
  g_assert_true (gtk_widget_get_visible (fixture->canvas->hint));
  desktop_events_glide (fixture->widget, other.x, other.y - 20);
  desktop_events_glide (fixture->widget, other.x, other.y + 20);
  g_assert_cmpuint (fixture->canvas->crossed->len, ==, 2);
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n);
  desktop_events_release (1, "alt");
  g_assert_cmpuint (gestures_count_edges (fixture, "exanswer", "text"), ==, 0);
  g_assert_cmpuint (gestures_count_edges (fixture, "evalnumb", "expected"), ==, 0);
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n - 2);
  gestures_assert_undo (fixture, "Cut 2 Wires");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_edges (fixture->flow) == n);
  g_assert_false (leyden_document_can_undo (fixture->document));

  /* Escape leaves all as it is. */
  one = gestures_wire (fixture, "exanswer", "text");
  desktop_events_move (fixture->widget, one.x, one.y - 12);
  desktop_events_press (1, "alt");
  desktop_events_glide (fixture->widget, one.x, one.y + 16);
  desktop_events_key ("Escape", NULL);
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_NONE);
  desktop_events_release (1, "alt");
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n);
}

/* Where Alt is the window manager's: the right button and Ctrl. Without a stroke it is the menu. */
static void
test_cut_right (Gestures      *fixture,
                gconstpointer  data)
{
  guint n = leyden_flow_get_n_edges (fixture->flow);
  graphene_point_t one = gestures_wire (fixture, "exanswer", "text");

  desktop_events_move (fixture->widget, one.x, one.y - 12);
  desktop_events_press (3, "ctrl");
  g_assert_null (desktop_events_find (fixture->widget, GTK_TYPE_POPOVER, NULL));
  desktop_events_glide (fixture->widget, one.x, one.y + 16);
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_CUT);
  desktop_events_key ("Escape", NULL);
  desktop_events_glide (fixture->widget, one.x, one.y - 16);
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_NONE);
  desktop_events_release (3, "ctrl");
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n);

  desktop_events_move (fixture->widget, one.x, one.y - 12);
  desktop_events_press (3, "ctrl");
  desktop_events_glide (fixture->widget, one.x, one.y + 16);
  desktop_events_release (3, "ctrl");
  g_assert_cmpuint (gestures_count_edges (fixture, "exanswer", "text"), ==, 0);
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n - 1);
  gestures_assert_undo (fixture, "Cut 1 Wire");
  g_assert_null (desktop_events_find (fixture->widget, GTK_TYPE_POPOVER, NULL));

  desktop_events_click (fixture->widget, one.x, one.y + 40, 3, 1, "ctrl");
  desktop_events_wait_until (desktop_events_find (fixture->widget, GTK_TYPE_POPOVER, NULL) != NULL);
  desktop_events_key ("Escape", NULL);
}

static const char *
get_source (Gestures   *fixture,
            const char *id,
            const char *input)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (fixture->flow, id, input);

  g_assert_cmpuint (edges->len, ==, 1);
  return leyden_edge_get_source (g_ptr_array_index (edges, 0));
}

/* Nothing lies upon the node, and what follows it stands behind it. */
static void
assert_room (Gestures   *fixture,
             const char *id)
{
  LeydenCanvasNode *node = gestures_get (fixture, id);
  g_autoptr(GPtrArray) near = g_ptr_array_new ();

  leyden_canvas_model_query (fixture->canvas->model, &node->item.bounds, near);
  g_assert_cmpuint (near->len, ==, 1);
  for (guint i = 0; i < node->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);

      if (edge->source == node)
        g_assert_cmpfloat (edge->target->item.bounds.origin.x, >, node->item.bounds.origin.x + node->item.bounds.size.width);
    }
}

/* Into a wire between two that stand close to one another: what follows makes room, and one step takes all back. */
static void
test_splice_room (Gestures      *fixture,
                  gconstpointer  data)
{
  graphene_point_t wire = gestures_wire (fixture, "exanswer", "text");
  graphene_rect_t before = gestures_get (fixture, "exanswer")->item.bounds, pinned;
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  GtkWidget *row = gestures_library_row (fixture, "python");
  g_autofree char *id = NULL;

  desktop_events_move (row, 40, gtk_widget_get_height (row) / 2.0);
  desktop_events_press (1, NULL);
  desktop_events_glide (fixture->widget, wire.x, wire.y);
  desktop_events_wait_until (fixture->canvas->splice != NULL);
  desktop_events_release (1, NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  id = g_strdup (get_source (fixture, "exanswer", "text"));
  g_assert_cmpstr (id, !=, "solveagt");
  pinned = gestures_get (fixture, id)->item.bounds;
  assert_room (fixture, id);
  g_assert_cmpfloat (gestures_get (fixture, "exanswer")->item.bounds.origin.x, >, before.origin.x);
  g_assert_true (graphene_rect_equal (&pinned, &gestures_get (fixture, id)->item.bounds));
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);
  g_assert_true (graphene_rect_equal (&before, &gestures_get (fixture, "exanswer")->item.bounds));
  g_assert_false (leyden_document_can_undo (fixture->document));
}

/* A node is dropped on a wire: one that is there, and one from the library. */
static void
test_splice (Gestures      *fixture,
             gconstpointer  data)
{
  graphene_point_t open = gestures_free_place (fixture), world, wire;
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  const LeydenCanvasNode *node;
  g_autofree char *id = NULL;
  GtkWidget *row;

  world = leyden_canvas_view_to_world (&fixture->canvas->view, open.x, open.y);
  g_assert_true (leyden_canvas_insert (fixture->canvas, "python", &world));
  desktop_events_settle ();
  node = gestures_find_near (fixture, "python", world);
  id = g_strdup (node->id);
  wire = gestures_wire (fixture, "evalnumb", "expected");
  open = gestures_center (fixture, id);
  desktop_events_move (fixture->widget, open.x, open.y);
  desktop_events_press (1, NULL);
  desktop_events_glide (fixture->widget, wire.x, wire.y);
  g_assert_nonnull (fixture->canvas->splice);
  g_assert_true (gtk_widget_get_visible (fixture->canvas->hint));
  desktop_events_release (1, NULL);
  gestures_assert_undo (fixture, "Insert into Wire");
  assert_room (fixture, id);
  g_assert_cmpstr (get_source (fixture, "evalnumb", "expected"), ==, id);
  g_assert_cmpstr (get_source (fixture, id, "value"), ==, "question");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (gestures_count_edges (fixture, id, "value") == 0);
  g_assert_cmpstr (get_source (fixture, "evalnumb", "expected"), ==, "question");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);

  row = gestures_library_row (fixture, "python");
  wire = gestures_wire (fixture, "evalnumb", "expected");
  desktop_events_move (row, 40, gtk_widget_get_height (row) / 2.0);
  desktop_events_press (1, NULL);
  desktop_events_glide (fixture->widget, wire.x, wire.y);
  desktop_events_wait_until (fixture->canvas->splice != NULL);
  desktop_events_release (1, NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  g_assert_cmpstr (get_source (fixture, get_source (fixture, "evalnumb", "expected"), "value"), ==, "question");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);
  g_assert_cmpstr (get_source (fixture, "evalnumb", "expected"), ==, "question");
  g_assert_null (fixture->canvas->splice);
}

/* Ctrl+Delete: what came through the node goes on without it. */
static void
test_join (Gestures      *fixture,
           gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "solveagt");

  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  desktop_events_key ("ctrl+Delete", NULL);
  desktop_events_wait_until (leyden_canvas_model_get_node (fixture->canvas->model, "solveagt") == NULL);
  g_assert_cmpstr (get_source (fixture, "exanswer", "text"), ==, "prompter");
  gestures_assert_undo (fixture, "Delete and Join Wires");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_canvas_model_get_node (fixture->canvas->model, "solveagt") != NULL);
  g_assert_cmpstr (get_source (fixture, "exanswer", "text"), ==, "solveagt");

  /* Two in a row at once. */
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "solveagt");
  leyden_selection_add (fixture->selection, LEYDEN_ELEMENT_NODE, "prompter");
  desktop_events_key ("ctrl+BackSpace", NULL);
  desktop_events_wait_until (leyden_canvas_model_get_node (fixture->canvas->model, "prompter") == NULL);
  g_assert_cmpstr (get_source (fixture, "exanswer", "text"), ==, "question");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_canvas_model_get_node (fixture->canvas->model, "prompter") != NULL);
}

static gboolean
is_focused (Gestures   *fixture,
            const char *label)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (fixture->window));
  GtkWidget *first = focus != NULL ? desktop_events_find (focus, GTK_TYPE_LABEL, NULL) : NULL;

  return first != NULL && g_str_equal (gtk_label_get_text (GTK_LABEL (first)), label);
}

/* The menu of a port by pointer and by key. */
static void
test_port_menu (Gestures      *fixture,
                gconstpointer  data)
{
  graphene_point_t at = gestures_port (fixture, "solveagt", FALSE, "prompt");

  desktop_events_click (fixture->widget, at.x, at.y, 3, 1, NULL);
  desktop_events_wait_until (desktop_events_find (fixture->widget, GTK_TYPE_LABEL, "Cut the Wire from Ask") != NULL);
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (desktop_events_find (fixture->widget, GTK_TYPE_LABEL, "Cut the Wire from Ask") == NULL);
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  desktop_events_key ("Menu", NULL);
  desktop_events_wait_until (desktop_events_find (fixture->widget, GTK_TYPE_LABEL, "Cut the Wire from Ask") != NULL);
  for (guint i = 0; i < 8 && !is_focused (fixture, "Cut the Wire from Ask"); i++)
    desktop_events_key ("Down", NULL);
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (gestures_count_edges (fixture, "solveagt", "prompt") == 0);
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (gestures_count_edges (fixture, "solveagt", "prompt") == 1);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/gestures/wires/cut", test_cut);
  GESTURE ("/gestures/wires/cut/right", test_cut_right);
  GESTURE ("/gestures/wires/splice", test_splice);
  GESTURE ("/gestures/wires/splice/room", test_splice_room);
  GESTURE ("/gestures/wires/join", test_join);
  GESTURE ("/gestures/wires/port-menu", test_port_menu);
  return desktop_test_run ();
}
