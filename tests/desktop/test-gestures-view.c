/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The view of the canvas, its map and its guides by a real pointer and real keys. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include <math.h>

#include "leyden-minimap.h"

static void
test_wheel (Gestures      *fixture,
            gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "solveagt"), now;
  double scale = fixture->canvas->view.scale, y = fixture->canvas->view.y;

  desktop_events_scroll (fixture->widget, at.x, at.y, -3, "ctrl");
  desktop_events_wait_until (fixture->canvas->view.scale > scale * 1.4);
  /* What is under the pointer stays there. */
  now = gestures_center (fixture, "solveagt");
  g_assert_cmpfloat_with_epsilon (now.x, at.x, 3);
  g_assert_cmpfloat_with_epsilon (now.y, at.y, 3);
  desktop_events_scroll (fixture->widget, at.x, at.y, 3, "ctrl");
  desktop_events_wait_until (fixture->canvas->view.scale < scale * 1.001);
  y = fixture->canvas->view.y;
  desktop_events_scroll (fixture->widget, at.x, at.y, 1, NULL);
  desktop_events_wait_until (fixture->canvas->view.y < y - 30);
}

static void
test_keys (Gestures      *fixture,
           gconstpointer  data)
{
  double zoom;

  desktop_events_key ("ctrl+0", NULL);
  desktop_events_wait_until (fabs (leyden_canvas_get_zoom (fixture->canvas) - 1) < 1e-6);
  desktop_events_key ("ctrl+plus", NULL);
  desktop_events_wait_until (leyden_canvas_get_zoom (fixture->canvas) > 1.2);
  desktop_events_key ("ctrl+minus", NULL);
  desktop_events_wait_until (leyden_canvas_get_zoom (fixture->canvas) < 1.01);
  desktop_events_key ("ctrl+9", NULL);
  desktop_events_wait_until (leyden_canvas_get_zoom (fixture->canvas) < 0.95);
  zoom = leyden_canvas_get_zoom (fixture->canvas);
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "prompter");
  leyden_canvas_take_focus (fixture->canvas);
  desktop_events_key ("ctrl+8", NULL);
  desktop_events_wait_until (leyden_canvas_get_zoom (fixture->canvas) > zoom * 1.05);
}

static void
test_pan (Gestures      *fixture,
          gconstpointer  data)
{
  graphene_point_t at = gestures_free_place (fixture);
  LeydenCanvasView before = fixture->canvas->view;

  desktop_events_drag (fixture->widget, at.x, at.y, fixture->widget, at.x + 80, at.y + 30, 2, NULL);
  desktop_events_wait_until (fixture->canvas->view.x > before.x + 70);
  g_assert_cmpfloat_with_epsilon (fixture->canvas->view.x, before.x + 80, 3);
  g_assert_cmpfloat_with_epsilon (fixture->canvas->view.y, before.y + 30, 3);
  g_assert_cmpfloat (fixture->canvas->view.scale, ==, before.scale);
}

static LeydenMinimap *
open_map (Gestures *fixture)
{
  GtkWidget *map = NULL;

  desktop_events_key ("ctrl+m", NULL);
  desktop_events_wait_until ((map = desktop_events_find (GTK_WIDGET (fixture->window), LEYDEN_TYPE_MINIMAP, NULL)) != NULL
                             && gtk_widget_get_width (map) > 0);
  desktop_events_settle ();
  return LEYDEN_MINIMAP (map);
}

static graphene_point_t
get_middle (Gestures *fixture)
{
  return leyden_canvas_view_to_world (&fixture->canvas->view, gtk_widget_get_width (fixture->widget) / 2.0,
                                      gtk_widget_get_height (fixture->widget) / 2.0);
}

static void
test_map (Gestures      *fixture,
          gconstpointer  data)
{
  LeydenMinimap *map = open_map (fixture);
  graphene_point_t node, at, before;

  leyden_canvas_look (fixture->canvas, 2, -5000, -5000);
  desktop_events_settle ();
  graphene_rect_get_center (&gestures_get (fixture, "solveagt")->item.bounds, &node);
  at = leyden_minimap_from_world (map, node.x, node.y);
  desktop_events_click (GTK_WIDGET (map), at.x, at.y, 1, 1, NULL);
  /* A pixel of the map is several of the world. */
  desktop_events_wait_until (fabsf (get_middle (fixture).x - node.x) < 20 && fabsf (get_middle (fixture).y - node.y) < 20);

  before = get_middle (fixture);
  desktop_events_key ("Right", NULL);
  desktop_events_wait_until (get_middle (fixture).x > before.x + 20);
  before = get_middle (fixture);
  at = leyden_minimap_from_world (map, before.x, before.y);
  desktop_events_drag (GTK_WIDGET (map), at.x, at.y, GTK_WIDGET (map), at.x - 20, at.y, 1, NULL);
  desktop_events_wait_until (get_middle (fixture).x < before.x - 50);
  g_assert_false (leyden_document_can_undo (fixture->document));

  desktop_events_key ("ctrl+m", NULL);
  desktop_events_wait_until (!gtk_widget_get_mapped (GTK_WIDGET (map)));
}

/* A node comes into line with its neighbor, though that is not on the grid. */
static void
test_guides (Gestures      *fixture,
             gconstpointer  data)
{
  LeydenCanvasNode *moved = gestures_get (fixture, "prompter"), *other = gestures_get (fixture, "solveagt");
  graphene_point_t at = gestures_center (fixture, "prompter"), to;
  float goal = other->item.bounds.origin.x + other->item.bounds.size.width - moved->item.bounds.size.width;
  double scale = fixture->canvas->view.scale;

  to = GRAPHENE_POINT_INIT (at.x + (float) ((goal - moved->item.bounds.origin.x) * scale) + 2, at.y + (float) (210 * scale));
  desktop_events_move (fixture->widget, at.x, at.y);
  desktop_events_press (1, NULL);
  desktop_events_glide (fixture->widget, to.x, to.y);
  desktop_events_wait_until (fixture->canvas->guides[0].on);
  desktop_events_release (1, NULL);
  desktop_events_wait_until (fixture->canvas->tool == LEYDEN_TOOL_NONE);
  moved = gestures_get (fixture, "prompter");
  other = gestures_get (fixture, "solveagt");
  /* Right edges, or whatever was nearer still. */
  g_assert_true (fabsf (moved->item.bounds.origin.x - goal) < 0.5f
                 || fabsf (moved->item.bounds.origin.x - other->item.bounds.origin.x) < 0.5f
                 || fabsf (2 * (moved->item.bounds.origin.x - other->item.bounds.origin.x)
                           - (other->item.bounds.size.width - moved->item.bounds.size.width)) < 1);
  gestures_assert_undo (fixture, "Move Ask");
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/gestures/view/wheel", test_wheel);
  GESTURE ("/gestures/view/keys", test_keys);
  GESTURE ("/gestures/view/pan", test_pan);
  GESTURE ("/gestures/view/map", test_map);
  GESTURE ("/gestures/view/guides", test_guides);
  return desktop_test_run ();
}
