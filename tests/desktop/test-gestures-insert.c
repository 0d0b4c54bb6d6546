/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choosing a node where it shall stand, by a real pointer and real keys. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include "leyden-insert-popover.h"

static GtkWidget *
get_popover (Gestures *fixture)
{
  return desktop_events_find (fixture->widget, LEYDEN_TYPE_INSERT_POPOVER, NULL);
}

static GtkWidget *
find_row (Gestures   *fixture,
          const char *title)
{
  GtkWidget *label = desktop_events_find (get_popover (fixture), GTK_TYPE_LABEL, title);

  return label != NULL ? gtk_widget_get_ancestor (label, GTK_TYPE_LIST_BOX_ROW) : NULL;
}

static void
wait_for_popover (Gestures *fixture)
{
  desktop_events_wait_until (get_popover (fixture) != NULL);
  desktop_events_settle ();
}

/* Double click, words, Enter; the slash, arrows, Escape; one undo. */
static void
test_search (Gestures      *fixture,
             gconstpointer  data)
{
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  graphene_point_t at = gestures_free_place (fixture);
  graphene_point_t world = leyden_canvas_view_to_world (&fixture->canvas->view, at.x, at.y);
  GtkWidget *row;

  desktop_events_click (fixture->widget, at.x, at.y, 1, 2, NULL);
  wait_for_popover (fixture);
  desktop_events_type ("model call");
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  g_assert_nonnull (gestures_find_near (fixture, "chat", world));
  gestures_assert_undo (fixture, "Add Model call");
  desktop_events_wait_until (get_popover (fixture) == NULL);
  g_assert_true (gestures_is_selected (fixture, gestures_find_near (fixture, "chat", world)->id));
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);

  desktop_events_move (fixture->widget, at.x, at.y);
  gtk_widget_grab_focus (fixture->widget);
  desktop_events_key ("slash", NULL);
  wait_for_popover (fixture);
  /* What is typed in the list goes on in the search. */
  desktop_events_key ("Down", "Down", "Up", NULL);
  desktop_events_type ("nothing is called so");
  g_assert_nonnull (desktop_events_find (get_popover (fixture), GTK_TYPE_LABEL, "Nothing fits"));
  desktop_events_key ("Return", NULL);
  g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, n);
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (get_popover (fixture) == NULL);
  /* The keys belong to the canvas again. */
  g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (fixture->window)), fixture->widget)
                 || gtk_widget_is_focus (fixture->widget));

  desktop_events_key ("slash", NULL);
  wait_for_popover (fixture);
  desktop_events_type ("python");
  row = find_row (fixture, "Python");
  g_assert_nonnull (row);
  desktop_events_click (row, 40, gtk_widget_get_height (row) / 2.0, 1, 1, NULL);
  desktop_events_wait_until (gestures_find_near (fixture, "python", world) != NULL);
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);
}

static guint
count_rows (Gestures *fixture)
{
  GtkWidget *list = desktop_events_find (get_popover (fixture), GTK_TYPE_LIST_BOX, NULL);
  guint n = 0;

  for (GtkWidget *row = gtk_widget_get_first_child (list); row != NULL; row = gtk_widget_get_next_sibling (row))
    n++;
  return n;
}

/* A wire that is let go in the open, from an output and from an input. */
static void
test_wire (Gestures      *fixture,
           gconstpointer  data)
{
  guint n_nodes = leyden_flow_get_n_nodes (fixture->flow), n_edges = leyden_flow_get_n_edges (fixture->flow);
  graphene_point_t open = gestures_free_place (fixture);
  graphene_point_t world = leyden_canvas_view_to_world (&fixture->canvas->view, open.x, open.y);
  LeydenCanvasNode *node;
  guint n;

  gestures_drag (fixture, gestures_port (fixture, "prompter", TRUE, "text"), open, NULL);
  wait_for_popover (fixture);
  g_assert_nonnull (fixture->canvas->pending.node);
  /* A text cannot go into a tool. */
  n = count_rows (fixture);
  g_assert_cmpuint (n, >, 5);
  g_assert_null (find_row (fixture, "Calculator"));
  desktop_events_type ("model call");
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n_nodes + 1);
  g_assert_null (fixture->canvas->pending.node);
  node = gestures_find_near (fixture, "chat", world);
  g_assert_nonnull (node);
  g_assert_cmpuint (gestures_count_edges (fixture, node->id, "prompt"), ==, 1);
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n_nodes
                             && leyden_flow_get_n_edges (fixture->flow) == n_edges);

  /* From an input: what gives a list of messages. */
  open = gestures_free_place (fixture);
  world = leyden_canvas_view_to_world (&fixture->canvas->view, open.x, open.y);
  gestures_drag (fixture, gestures_port (fixture, "solveagt", FALSE, "messages"), open, NULL);
  wait_for_popover (fixture);
  desktop_events_type ("memory");
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (gestures_count_edges (fixture, "solveagt", "messages") == 1);
  g_assert_nonnull (gestures_find_near (fixture, "memory", world));
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n_nodes
                             && leyden_flow_get_n_edges (fixture->flow) == n_edges);

  /* Escape: nothing was drawn. */
  gestures_drag (fixture, gestures_port (fixture, "prompter", TRUE, "text"), open, NULL);
  wait_for_popover (fixture);
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (get_popover (fixture) == NULL);
  g_assert_null (fixture->canvas->pending.node);
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n_edges);
  g_assert_false (leyden_document_can_undo (fixture->document));
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/gestures/insert/search", test_search);
  GESTURE ("/gestures/insert/wire", test_wire);
  return desktop_test_run ();
}
