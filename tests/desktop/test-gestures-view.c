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

/*
 * Touchpads: neither XTest nor GTK makes their events (gdk_scroll_event_new () is private), so these two begin where the controllers have understood
 * them: what the canvas makes of that.
 */
static void
test_touchpad (Gestures      *fixture,
               gconstpointer  data)
{
  GtkEventController *scroll = desktop_test_controller (fixture->widget, GTK_TYPE_EVENT_CONTROLLER_SCROLL, 0);
  LeydenCanvasView before = fixture->canvas->view;
  gboolean handled = FALSE;
  double x;

  g_signal_emit_by_name (scroll, "scroll", 0.25, -0.5, &handled);
  g_assert_true (handled);
  g_assert_cmpfloat (fixture->canvas->view.scale, ==, before.scale);
  g_assert_cmpfloat (fixture->canvas->view.x, <, before.x);
  g_assert_cmpfloat (fixture->canvas->view.y, >, before.y);
  g_assert_cmpfloat_with_epsilon ((fixture->canvas->view.y - before.y) / (fixture->canvas->view.x - before.x), -2, 0.01);

  /* Fingers that leave it in motion. */
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  x = fixture->canvas->view.x;
  g_signal_emit_by_name (scroll, "decelerate", 40.0, 0.0);
  desktop_events_wait_until (fixture->canvas->view.x < x - 20);
  desktop_events_wait_until (fixture->canvas->motion.tick_id == 0);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  x = fixture->canvas->view.x;
  g_signal_emit_by_name (scroll, "decelerate", 40.0, 0.0);
  desktop_events_settle ();
  g_assert_cmpfloat (fixture->canvas->view.x, ==, x);
}

static void
test_pinch (Gestures      *fixture,
            gconstpointer  data)
{
  GtkEventController *zoom = desktop_test_controller (fixture->widget, GTK_TYPE_GESTURE_ZOOM, 0);
  graphene_point_t at = gestures_center (fixture, "solveagt"), now;
  double scale = fixture->canvas->view.scale;

  desktop_events_move (fixture->widget, at.x, at.y);
  desktop_events_settle ();
  g_signal_emit_by_name (zoom, "begin", NULL);
  g_signal_emit_by_name (zoom, "scale-changed", 1.25);
  g_signal_emit_by_name (zoom, "scale-changed", 1.5);
  g_assert_cmpfloat_with_epsilon (fixture->canvas->view.scale, scale * 1.5, 1e-6);
  now = gestures_center (fixture, "solveagt");
  g_assert_cmpfloat_with_epsilon (now.x, at.x, 2);
  g_assert_cmpfloat_with_epsilon (now.y, at.y, 2);
  g_signal_emit_by_name (zoom, "scale-changed", 1.0);
  g_assert_cmpfloat_with_epsilon (fixture->canvas->view.scale, scale, 1e-6);
  /* What no hand can do. */
  g_signal_emit_by_name (zoom, "scale-changed", 0.0);
  g_signal_emit_by_name (zoom, "scale-changed", (double) NAN);
  g_assert_cmpfloat_with_epsilon (fixture->canvas->view.scale, scale, 1e-6);
}

static graphene_point_t
in_window (Gestures   *fixture,
           const char *id)
{
  graphene_point_t at = gestures_center (fixture, id), point;

  g_assert_true (gtk_widget_compute_point (fixture->widget, GTK_WIDGET (fixture->window), &at, &point));
  return point;
}

static void
wait_for_inspector (Gestures *fixture)
{
  GtkWidget *inspector = GTK_WIDGET (leyden_window_get_inspector (fixture->window));

  desktop_events_wait_until (gtk_widget_get_mapped (inspector) && gtk_widget_get_width (inspector) > 100);
  /* Longer than a second press may take. */
  desktop_test_spin (700);
}

/* The inspector opens beside the canvas, and before it in a language from right to left; what was clicked stays where it is. */
static void
test_click (Gestures      *fixture,
            gconstpointer  data)
{
  gboolean left = GPOINTER_TO_INT (data) != 0;
  /* Where the inspector does not open over it. */
  const char *id = left ? "evalnumb" : "prompter";
  graphene_point_t before, after, at;
  double scale;

  gtk_widget_set_direction (GTK_WIDGET (fixture->window), GTK_TEXT_DIR_LTR);
  if (left)
    {
      gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
      gtk_widget_set_direction (GTK_WIDGET (fixture->window), GTK_TEXT_DIR_NONE);
    }
  desktop_events_settle ();
  leyden_canvas_fit (fixture->canvas);
  desktop_events_settle ();
  before = in_window (fixture, id);
  scale = fixture->canvas->view.scale;
  at = gestures_center (fixture, id);
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  g_assert_true (gestures_is_selected (fixture, id));
  wait_for_inspector (fixture);
  after = in_window (fixture, id);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  g_assert_cmpfloat (fixture->canvas->view.scale, ==, scale);
  g_assert_cmpfloat_with_epsilon (after.x, before.x, 1.5);
  g_assert_cmpfloat_with_epsilon (after.y, before.y, 1.5);
}

/* What the inspector opened over is brought out from under it. */
static void
test_click_under (Gestures      *fixture,
                  gconstpointer  data)
{
  double scale = fixture->canvas->view.scale;
  graphene_rect_t bounds = gestures_get (fixture, "rewarder")->item.bounds;
  graphene_point_t at, end;

  leyden_canvas_look (fixture->canvas, 1, bounds.origin.x + bounds.size.width + 20 - gtk_widget_get_width (fixture->widget),
                      bounds.origin.y - 100);
  desktop_events_settle ();
  scale = fixture->canvas->view.scale;
  at = gestures_center (fixture, "rewarder");
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  g_assert_true (gestures_is_selected (fixture, "rewarder"));
  wait_for_inspector (fixture);
  g_assert_cmpfloat (fixture->canvas->view.scale, ==, scale);
  end = gestures_in_view (fixture, bounds.origin.x + bounds.size.width, bounds.origin.y);
  g_assert_cmpfloat (end.x, <, gtk_widget_get_width (fixture->widget));
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
  GESTURE ("/gestures/view/touchpad", test_touchpad);
  GESTURE ("/gestures/view/pinch", test_pinch);
  GESTURE ("/gestures/view/click", test_click);
  g_test_add ("/gestures/view/click/right-to-left", Gestures, GINT_TO_POINTER (1), gestures_set_up, test_click, gestures_tear_down);
  GESTURE ("/gestures/view/click/under", test_click_under);
  return desktop_test_run ();
}
