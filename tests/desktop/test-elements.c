/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands on the canvas beside plain nodes and wires, by a real pointer and real keys. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include "leyden-flow-mode.h"

static LeydenNodeMode
get_mode (Gestures   *fixture,
          const char *id)
{
  return leyden_node_get_mode (leyden_flow_get_node (fixture->flow, id));
}

static void
test_modes (Gestures      *fixture,
            gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "prompter");

  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  desktop_events_key ("shift+d", NULL);
  desktop_events_wait_until (get_mode (fixture, "prompter") == LEYDEN_NODE_MODE_DISABLED);
  g_assert_true (gtk_widget_has_css_class (gestures_get (fixture, "prompter")->view, "disabled"));
  gestures_assert_undo (fixture, "Disable Ask");
  desktop_events_key ("ctrl+b", NULL);
  desktop_events_wait_until (get_mode (fixture, "prompter") == LEYDEN_NODE_MODE_BYPASSED);
  g_assert_true (gtk_widget_has_css_class (gestures_get (fixture, "prompter")->view, "bypassed"));
  g_assert_false (gtk_widget_has_css_class (gestures_get (fixture, "prompter")->view, "disabled"));
  desktop_events_key ("ctrl+b", NULL);
  desktop_events_wait_until (get_mode (fixture, "prompter") == LEYDEN_NODE_MODE_ON);
  gestures_assert_undo (fixture, "Enable Ask");
  desktop_events_key ("ctrl+z", "ctrl+z", "ctrl+z", NULL);
  desktop_events_wait_until (!leyden_document_can_undo (fixture->document));
  g_assert_cmpint (get_mode (fixture, "prompter"), ==, LEYDEN_NODE_MODE_ON);
}

/* An output has nothing to pass anything to. */
static void
test_bypass_refused (Gestures      *fixture,
                     gconstpointer  data)
{
  g_autoptr(LeydenNode) output = leyden_node_ref (leyden_flow_find_node (fixture->flow, "output"));

  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, leyden_node_get_id (output));
  gtk_widget_activate_action (fixture->widget, "canvas.bypass", NULL);
  g_assert_cmpint (get_mode (fixture, leyden_node_get_id (output)), ==, LEYDEN_NODE_MODE_ON);
  g_assert_false (leyden_document_can_undo (fixture->document));
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/elements/modes", test_modes);
  GESTURE ("/elements/bypass-refused", test_bypass_refused);
  return desktop_test_run ();
}
