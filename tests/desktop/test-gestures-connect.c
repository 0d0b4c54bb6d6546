/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a wire fits and what it does not, and problems where they are, by a real pointer and real keys. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include "leyden-node-view.h"

static GtkWidget *
get_label (Gestures   *fixture,
           const char *text)
{
  return desktop_events_find (fixture->widget, GTK_TYPE_LABEL, text);
}

/* What does not fit is dimmed and says why; letting go there changes nothing. */
static void
test_refused (Gestures      *fixture,
              gconstpointer  data)
{
  graphene_point_t from = gestures_port (fixture, "calctool", TRUE, "tools");
  graphene_point_t to = gestures_center (fixture, "prompter");
  guint n = leyden_flow_get_n_edges (fixture->flow);
  const char *hint;

  desktop_events_move (fixture->widget, from.x, from.y);
  desktop_events_press (1, NULL);
  desktop_events_glide (fixture->widget, to.x, to.y + 20);
  g_assert_true (gestures_get (fixture, "prompter")->dimmed);
  g_assert_false (gestures_get (fixture, "calctool")->dimmed);
  g_assert_cmpint (fixture->canvas->connection.verdict, ==, LEYDEN_CONNECT_NO);
  g_assert_true (gtk_widget_get_visible (fixture->canvas->hint));
  hint = gtk_label_get_text (GTK_LABEL (fixture->canvas->hint));
  g_assert_nonnull (strstr (hint, "“Tools” input"));
  desktop_events_release (1, NULL);
  g_assert_cmpuint (leyden_flow_get_n_edges (fixture->flow), ==, n);
  g_assert_false (leyden_document_can_undo (fixture->document));
  g_assert_false (gestures_get (fixture, "prompter")->dimmed);

  from = gestures_port (fixture, "prompter", TRUE, "text");
  to = gestures_center (fixture, "calctool");
  desktop_events_move (fixture->widget, from.x, from.y);
  desktop_events_press (1, NULL);
  desktop_events_glide (fixture->widget, to.x, to.y);
  g_assert_true (gestures_get (fixture, "calctool")->dimmed);
  g_assert_false (gestures_get (fixture, "exanswer")->dimmed);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (fixture->canvas->hint)), ==, "It has no inputs");
  g_assert_true (gtk_widget_get_visible (fixture->canvas->hint));
  desktop_events_release (1, NULL);
  g_assert_false (leyden_document_can_undo (fixture->document));
}

static LeydenCanvasNode *
get_feeder (Gestures *fixture)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (fixture->flow, "rewarder", "score");

  return edges->len == 1 ? gestures_get (fixture, leyden_edge_get_source (g_ptr_array_index (edges, 0))) : NULL;
}

/* A text becomes a reward in two ways: which is asked, once by pointer and once by key. */
static void
test_conversion (Gestures      *fixture,
                 gconstpointer  data)
{
  static const char last[] = "The last number in it", yes[] = "1 if it says yes or true, else 0";
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  graphene_point_t from = gestures_port (fixture, "evalnumb", TRUE, "reason");
  GtkWidget *item;

  gestures_drag (fixture, from, gestures_port (fixture, "rewarder", FALSE, "score"), NULL);
  desktop_events_wait_until (get_label (fixture, last) != NULL);
  desktop_events_settle ();
  item = get_label (fixture, yes);
  g_assert_nonnull (item);
  desktop_events_click (item, 20, 8, 1, 1, NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  g_assert_cmpstr (get_feeder (fixture)->type->type, ==, "transform");
  gestures_assert_undo (fixture, "Connect");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);
  g_assert_cmpstr (get_feeder (fixture)->id, ==, "evalnumb");

  from = gestures_port (fixture, "evalnumb", TRUE, "reason");
  desktop_events_click (fixture->widget, from.x, from.y, 1, 1, NULL);
  desktop_events_key ("space", NULL);
  desktop_events_wait_until (fixture->canvas->tool == LEYDEN_TOOL_CONNECT);
  desktop_events_type ("reward");
  desktop_events_wait_until (fixture->canvas->connection.target == gestures_get (fixture, "rewarder"));
  g_assert_cmpint (fixture->canvas->connection.verdict, ==, LEYDEN_CONNECT_CONVERTS);
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (get_label (fixture, last) != NULL);
  desktop_events_settle ();
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  g_assert_cmpstr (get_feeder (fixture)->type->type, ==, "extract");
}

/* A wire that does not fit is a problem at the node that it goes to; its badge has the repair. */
static void
test_problem (Gestures      *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Break");
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (fixture->flow, "rewarder", "score");
  LeydenCanvasNode *rewarder = gestures_get (fixture, "rewarder");
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  graphene_point_t badge;
  GtkWidget *repair;

  leyden_edit_remove_edge (edit, leyden_edge_get_id (g_ptr_array_index (edges, 0)));
  leyden_edit_add_edge (edit, "aaaaaaaa", "evalnumb", "reason", "rewarder", "score");
  g_assert_true (leyden_document_edit (fixture->document, g_steal_pointer (&edit), NULL));
  desktop_events_wait_until (rewarder->n_errors > 0);
  badge = gestures_in_view (fixture, rewarder->item.bounds.origin.x + rewarder->item.bounds.size.width - 18,
                            rewarder->item.bounds.origin.y + 22);
  desktop_events_click (fixture->widget, badge.x, badge.y, 1, 1, NULL);
  desktop_events_wait_until (get_label (fixture, "Put an Extract node between them") != NULL);
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (get_label (fixture, "Put an Extract node between them") == NULL);
  g_assert_true (gestures_is_selected (fixture, "rewarder"));
  desktop_events_key ("ctrl+period", NULL);
  desktop_events_wait_until (get_label (fixture, "Put an Extract node between them") != NULL);
  repair = gtk_widget_get_ancestor (get_label (fixture, "Put an Extract node between them"), GTK_TYPE_BUTTON);
  g_assert_nonnull (repair);
  desktop_events_click (repair, gtk_widget_get_width (repair) / 2.0, gtk_widget_get_height (repair) / 2.0, 1, 1, NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  desktop_events_wait_until (gestures_get (fixture, "rewarder")->n_errors == 0);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/gestures/connect/refused", test_refused);
  GESTURE ("/gestures/connect/conversion", test_conversion);
  GESTURE ("/gestures/connect/problem", test_problem);
  return desktop_test_run ();
}
