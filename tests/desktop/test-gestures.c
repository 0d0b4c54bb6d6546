/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every gesture of the canvas by a real pointer and real keys. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include "leyden-library-row.h"

static void
test_move (Gestures      *fixture,
           gconstpointer  data)
{
  graphene_rect_t before = gestures_get (fixture, "prompter")->item.bounds;
  graphene_point_t at = gestures_center (fixture, "prompter");

  gestures_drag (fixture, at, GRAPHENE_POINT_INIT (at.x + 40, at.y + 120), NULL);
  g_assert_cmpfloat (gestures_get (fixture, "prompter")->item.bounds.origin.y, >, before.origin.y + 60);
  gestures_assert_undo (fixture, "Move Ask");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (graphene_rect_equal (&gestures_get (fixture, "prompter")->item.bounds, &before));
  desktop_events_key ("ctrl+shift+z", NULL);
  desktop_events_wait_until (!graphene_rect_equal (&gestures_get (fixture, "prompter")->item.bounds, &before));
}

static void
test_select (Gestures      *fixture,
             gconstpointer  data)
{
  graphene_point_t prompter = gestures_center (fixture, "prompter");
  graphene_point_t solver;

  desktop_events_click (fixture->widget, prompter.x, prompter.y, 1, 1, NULL);
  g_assert_true (gestures_is_selected (fixture, "prompter"));
  g_assert_cmpuint (leyden_selection_get_size (fixture->selection), ==, 1);
  solver = gestures_center (fixture, "solveagt");
  desktop_events_click (fixture->widget, solver.x, solver.y, 1, 1, "shift");
  g_assert_true (gestures_is_selected (fixture, "prompter"));
  g_assert_true (gestures_is_selected (fixture, "solveagt"));
  prompter = gestures_center (fixture, "prompter");
  desktop_events_click (fixture->widget, prompter.x, prompter.y, 1, 1, "shift");
  g_assert_false (gestures_is_selected (fixture, "prompter"));
  g_assert_false (leyden_document_can_undo (fixture->document));
  desktop_events_key ("Escape", NULL);
  g_assert_cmpuint (leyden_selection_get_size (fixture->selection), ==, 0);
}

static void
test_band (Gestures      *fixture,
           gconstpointer  data)
{
  graphene_rect_t one = gestures_get (fixture, "prompter")->item.bounds;
  graphene_rect_t other = gestures_get (fixture, "solveagt")->item.bounds;
  graphene_rect_t both;
  graphene_point_t from, to;

  graphene_rect_union (&one, &other, &both);
  from = gestures_in_view (fixture, both.origin.x - 14, both.origin.y - 14);
  to = gestures_in_view (fixture, both.origin.x + both.size.width - 20, both.origin.y + both.size.height + 6);
  desktop_events_move (fixture->widget, from.x, from.y);
  desktop_events_press (1, NULL);
  desktop_events_glide (fixture->widget, to.x, to.y);
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_BAND);
  desktop_events_release (1, NULL);
  g_assert_true (gestures_is_selected (fixture, "prompter"));
  g_assert_true (gestures_is_selected (fixture, "solveagt"));
  g_assert_false (leyden_document_can_undo (fixture->document));
}

static void
test_library (Gestures      *fixture,
              gconstpointer  data)
{
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  graphene_point_t to = gestures_free_place (fixture);
  graphene_point_t world = leyden_canvas_view_to_world (&fixture->canvas->view, to.x, to.y);
  GtkWidget *row;

  row = gestures_library_row (fixture, "chat");
  desktop_events_drag (row, 40, gtk_widget_get_height (row) / 2.0, fixture->widget, to.x, to.y, 1, NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  g_assert_nonnull (gestures_find_near (fixture, "chat", world));
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);
}

/* The end of a wire is taken off and let go in the open; then the wire is drawn anew. */
static void
test_connect (Gestures      *fixture,
              gconstpointer  data)
{
  graphene_point_t open = gestures_free_place (fixture);

  g_assert_cmpuint (gestures_count_edges (fixture, "solveagt", "prompt"), ==, 1);
  gestures_drag (fixture, gestures_port (fixture, "solveagt", FALSE, "prompt"), open, NULL);
  g_assert_cmpuint (gestures_count_edges (fixture, "solveagt", "prompt"), ==, 0);
  gestures_assert_undo (fixture, "Disconnect");
  gestures_drag (fixture, gestures_port (fixture, "prompter", TRUE, "text"), gestures_port (fixture, "solveagt", FALSE, "prompt"), NULL);
  g_assert_cmpuint (gestures_count_edges (fixture, "solveagt", "prompt"), ==, 1);
  gestures_assert_undo (fixture, "Connect");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (gestures_count_edges (fixture, "solveagt", "prompt") == 0);
}

static void
test_frame (Gestures      *fixture,
            gconstpointer  data)
{
  GPtrArray *boxes = leyden_canvas_model_get_boxes (fixture->canvas->model);
  guint n = boxes->len;
  LeydenCanvasBox *box;
  graphene_rect_t before;
  graphene_point_t corner;

  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "prompter");
  gtk_widget_activate_action (fixture->widget, "canvas.add-frame", NULL);
  desktop_events_settle ();
  desktop_events_key ("Escape", NULL);
  boxes = leyden_canvas_model_get_boxes (fixture->canvas->model);
  g_assert_cmpuint (boxes->len, ==, n + 1);
  box = g_ptr_array_index (boxes, boxes->len - 1);
  before = box->bounds;
  corner = gestures_in_view (fixture, before.origin.x + before.size.width - 5, before.origin.y + before.size.height - 5);
  gestures_drag (fixture, corner, GRAPHENE_POINT_INIT (corner.x + 60, corner.y + 45), NULL);
  g_assert_cmpfloat (box->bounds.size.width, >, before.size.width + 30);
  g_assert_cmpfloat (box->bounds.size.height, >, before.size.height + 20);
  g_assert_true (graphene_point_equal (&box->bounds.origin, &before.origin));
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (graphene_rect_equal (&box->bounds, &before));
}

static void
test_pan (Gestures      *fixture,
          gconstpointer  data)
{
  graphene_point_t at = gestures_free_place (fixture);
  LeydenCanvasView before = fixture->canvas->view;

  desktop_events_drag (fixture->widget, at.x, at.y, fixture->widget, at.x - 80, at.y - 60, 2, NULL);
  g_assert_cmpfloat_with_epsilon (fixture->canvas->view.x, before.x - 80, 3);
  g_assert_cmpfloat_with_epsilon (fixture->canvas->view.y, before.y - 60, 3);
  gtk_widget_grab_focus (fixture->widget);
  before = fixture->canvas->view;
  desktop_events_key_down ("space");
  desktop_events_drag (fixture->widget, at.x - 80, at.y - 60, fixture->widget, at.x, at.y, 1, NULL);
  desktop_events_key_up ("space");
  g_assert_cmpfloat_with_epsilon (fixture->canvas->view.x, before.x + 80, 3);
  g_assert_cmpuint (leyden_selection_get_size (fixture->selection), ==, 0);
  g_assert_false (leyden_document_can_undo (fixture->document));
}

/* Zoom keeps what is under the pointer. */
static void
test_wheel (Gestures      *fixture,
            gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "solveagt");
  double before = fixture->canvas->view.scale;

  desktop_events_scroll (fixture->widget, at.x, at.y, -2, "ctrl");
  desktop_events_wait_until (fixture->canvas->view.scale > before * 1.1);
  g_assert_cmpfloat_with_epsilon (gestures_center (fixture, "solveagt").x, at.x, 2);
  g_assert_cmpfloat_with_epsilon (gestures_center (fixture, "solveagt").y, at.y, 2);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/gestures/move", test_move);
  GESTURE ("/gestures/select", test_select);
  GESTURE ("/gestures/band", test_band);
  GESTURE ("/gestures/library", test_library);
  GESTURE ("/gestures/connect", test_connect);
  GESTURE ("/gestures/frame", test_frame);
  GESTURE ("/gestures/pan", test_pan);
  GESTURE ("/gestures/wheel", test_wheel);
  return desktop_test_run ();
}
