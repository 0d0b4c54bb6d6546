/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups, names, bookmarks, finding and replacing by real keys and a real pointer. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

static void
select_two (Gestures *fixture)
{
  graphene_point_t at = gestures_center (fixture, "prompter");

  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  at = gestures_center (fixture, "exanswer");
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, "shift");
}

/* What the agent uses is not selected: refused, and nothing changed. With it, it works, and comes apart again into the same bytes. */
static void
test_group (Gestures      *fixture,
            gconstpointer  data)
{
  g_autoptr(GBytes) before = leyden_flow_serialize (fixture->flow);
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  LeydenElementKind kind;
  const char *id;
  graphene_point_t at;

  select_two (fixture);
  desktop_events_key ("ctrl+g", NULL);
  g_assert_false (leyden_document_can_undo (fixture->document));
  at = gestures_center (fixture, "solveagt");
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, "shift");
  at = gestures_center (fixture, "calctool");
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, "shift");
  desktop_events_key ("ctrl+g", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n - 3);
  gestures_assert_undo (fixture, "Collapse into Group");
  g_assert_true (leyden_selection_get_single (fixture->selection, &kind, &id));
  g_assert_cmpstr (leyden_node_get_type_name (leyden_flow_get_node (fixture->flow, id)), ==, "subflow");

  desktop_events_key ("ctrl+shift+g", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);
  g_assert_cmpuint (leyden_selection_get_size (fixture->selection), ==, 4);
  {
    g_autoptr(GBytes) expanded = leyden_flow_serialize (fixture->flow);

    g_assert_true (g_bytes_equal (expanded, before));
  }
  desktop_events_key ("ctrl+z", "ctrl+z", NULL);
  desktop_events_wait_until (!leyden_document_can_undo (fixture->document));
  {
    g_autoptr(GBytes) undone = leyden_flow_serialize (fixture->flow);

    g_assert_true (g_bytes_equal (undone, before));
  }
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/structure/group", test_group);
  return desktop_test_run ();
}
