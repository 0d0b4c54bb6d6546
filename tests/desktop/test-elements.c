/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands on the canvas beside plain nodes and wires, by a real pointer and real keys. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include <math.h>
#include <string.h>

#include "leyden-box-view.h"
#include "leyden-edge-points.h"
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

/* --- reroute points --- */

static LeydenCanvasEdge *
get_wire (Gestures *fixture)
{
  LeydenCanvasNode *node = gestures_get (fixture, "evalnumb");

  for (guint i = 0; i < node->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);

      if (edge->target == node && g_str_equal (leyden_edge_get_target_port (edge->edge), "expected"))
        return edge;
    }
  g_assert_not_reached ();
}

static graphene_point_t
get_point (Gestures *fixture,
           guint     index)
{
  graphene_point_t at = get_wire (fixture)->points[index];

  return leyden_canvas_view_from_world (&fixture->canvas->view, at.x, at.y);
}

static guint
count_points (Gestures *fixture)
{
  guint n;

  leyden_edge_get_points (get_wire (fixture)->edge, &n);
  g_assert_cmpuint (n, ==, get_wire (fixture)->n_points);
  return n;
}

static void
test_points (Gestures      *fixture,
             gconstpointer  data)
{
  graphene_point_t at = gestures_wire (fixture, "evalnumb", "expected");
  graphene_point_t to = GRAPHENE_POINT_INIT (at.x, at.y + 70);
  graphene_point_t before;

  desktop_events_click (fixture->widget, at.x, at.y, 1, 2, NULL);
  desktop_events_wait_until (count_points (fixture) == 1);
  gestures_assert_undo (fixture, "Add Reroute Point");
  g_assert_cmpfloat_with_epsilon (get_point (fixture, 0).x, at.x, 4);

  gestures_drag (fixture, get_point (fixture, 0), to, NULL);
  gestures_assert_undo (fixture, "Move Reroute Point");
  g_assert_cmpfloat (get_point (fixture, 0).y, >, at.y + 40);
  g_assert_true (leyden_selection_contains (fixture->selection, LEYDEN_ELEMENT_EDGE, get_wire (fixture)->id));

  /* By keys: it is active. */
  before = get_point (fixture, 0);
  desktop_events_key ("alt+Down", "alt+Down", NULL);
  desktop_events_wait_until (get_point (fixture, 0).y > before.y + 5);
  g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, 8);
  desktop_events_key ("shift+r", NULL);
  desktop_events_wait_until (count_points (fixture) == 2);
  desktop_events_key ("period", "Delete", NULL);
  desktop_events_wait_until (count_points (fixture) == 1);
  gestures_assert_undo (fixture, "Remove Reroute Point");
  desktop_events_key ("ctrl+z", "ctrl+z", "ctrl+z", NULL);
  desktop_events_wait_until (count_points (fixture) == 1 && fabsf (get_point (fixture, 0).y - before.y) < 2);

  /* A double click on it takes it away. */
  at = get_point (fixture, 0);
  desktop_events_click (fixture->widget, at.x, at.y, 1, 2, NULL);
  desktop_events_wait_until (count_points (fixture) == 0);
}

/* Both ends move: the point goes with them. */
static void
test_points_follow (Gestures      *fixture,
                    gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "question");
  graphene_point_t place, after;

  g_assert_true (leyden_canvas_add_point (fixture->canvas, get_wire (fixture), 0.5));
  place = get_wire (fixture)->points[0];
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "question");
  leyden_selection_add (fixture->selection, LEYDEN_ELEMENT_NODE, "evalnumb");
  gestures_drag (fixture, at, GRAPHENE_POINT_INIT (at.x, at.y + 96), NULL);
  after = get_wire (fixture)->points[0];
  g_assert_cmpfloat (after.y, >, place.y + 50);
  g_assert_cmpfloat_with_epsilon (after.x, place.x, 30);
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (graphene_point_near (&get_wire (fixture)->points[0], &place, 0.5f));
  g_assert_cmpuint (count_points (fixture), ==, 1);

  /* Arranging leads wires straight again. */
  leyden_selection_clear (fixture->selection);
  desktop_events_key ("ctrl+shift+l", NULL);
  desktop_events_wait_until (count_points (fixture) == 0);
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (count_points (fixture) == 1);
}

/* --- lining up, frames --- */

static void
test_align (Gestures      *fixture,
            gconstpointer  data)
{
  static const char * const ids[] = { "question", "calctool", "evalnumb" };
  graphene_rect_t before[3], now[3];

  for (guint i = 0; i < 3; i++)
    {
      leyden_selection_add (fixture->selection, LEYDEN_ELEMENT_NODE, ids[i]);
      before[i] = gestures_get (fixture, ids[i])->item.bounds;
    }
  gtk_widget_grab_focus (fixture->widget);
  desktop_events_key ("ctrl+shift+Up", NULL);
  desktop_events_wait_until (gestures_get (fixture, "evalnumb")->item.bounds.origin.y == before[1].origin.y);
  gestures_assert_undo (fixture, "Align Top");
  desktop_events_key ("ctrl+shift+h", NULL);
  desktop_events_settle ();
  gestures_assert_undo (fixture, "Distribute Horizontally");
  for (guint i = 0; i < 3; i++)
    now[i] = gestures_get (fixture, ids[i])->item.bounds;
  g_assert_cmpfloat_with_epsilon (now[1].origin.x - now[0].origin.x - now[0].size.width, now[2].origin.x - now[1].origin.x - now[1].size.width, 1.01);
  desktop_events_key ("ctrl+z", "ctrl+z", NULL);
  desktop_events_wait_until (!leyden_document_can_undo (fixture->document));
  for (guint i = 0; i < 3; i++)
    g_assert_true (graphene_rect_equal (&gestures_get (fixture, ids[i])->item.bounds, &before[i]));
}

/* A wire whose ends are lined up the same way goes with them. */
static void
test_align_points (Gestures      *fixture,
                   gconstpointer  data)
{
  static const graphene_point_t points[] = { { 100, 500 }, { 140, 520 } };
  LeydenCanvasEdge *wire = leyden_canvas_model_get_edge (fixture->canvas->model, "wpromagt");
  LeydenEdit *edit = leyden_edit_new ("Prepare");
  const graphene_point_t *now;
  guint n;

  leyden_edit_move_node (edit, "prompter", 0, 400);
  leyden_edit_move_node (edit, "solveagt", 400, 400);
  leyden_edit_move_node (edit, "question", -400, 100);
  leyden_edit_set_points (edit, wire->edge, points, 2);
  g_assert_true (leyden_document_edit (fixture->document, edit, NULL));
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "prompter");
  leyden_selection_add (fixture->selection, LEYDEN_ELEMENT_NODE, "solveagt");
  leyden_selection_add (fixture->selection, LEYDEN_ELEMENT_NODE, "question");
  gtk_widget_activate_action (fixture->widget, "canvas.align", "s", "top");
  gestures_assert_undo (fixture, "Align Top");
  g_assert_cmpfloat (gestures_get (fixture, "solveagt")->item.bounds.origin.y, ==, 100);
  now = leyden_edge_get_points (leyden_flow_get_edge (fixture->flow, "wpromagt"), &n);
  g_assert_cmpuint (n, ==, 2);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpfloat (now[i].x, ==, points[i].x);
      g_assert_cmpfloat (now[i].y, ==, points[i].y - 300);
    }
}

/* A frame round two nodes gets a colour and carries them. */
static void
test_frame (Gestures      *fixture,
            gconstpointer  data)
{
  graphene_rect_t before = gestures_get (fixture, "prompter")->item.bounds;
  guint n = leyden_canvas_model_get_boxes (fixture->canvas->model)->len;
  LeydenElementKind kind;
  const char *id;
  LeydenCanvasBox *frame;
  graphene_point_t title;
  graphene_size_t size;

  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "prompter");
  leyden_selection_add (fixture->selection, LEYDEN_ELEMENT_NODE, "solveagt");
  gtk_widget_grab_focus (fixture->widget);
  desktop_events_key ("shift+f", NULL);
  desktop_events_wait_until (leyden_canvas_model_get_boxes (fixture->canvas->model)->len == n + 1);
  desktop_events_settle ();
  desktop_events_key ("ctrl+a", NULL);
  desktop_events_type ("Solve");
  desktop_events_key ("Return", NULL);
  g_assert_true (leyden_selection_get_single (fixture->selection, &kind, &id) && kind == LEYDEN_ELEMENT_FRAME);
  frame = leyden_canvas_model_get_box (fixture->canvas->model, kind, id);
  desktop_events_wait_until (g_str_equal (frame->text, "Solve"));
  gtk_widget_activate_action (fixture->widget, "canvas.color", "s", "green");
  desktop_events_wait_until (g_strcmp0 (frame->color, "green") == 0);
  gestures_assert_undo (fixture, "Change Color");
  g_assert_true (gtk_widget_has_css_class (frame->view, "green"));
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_FRAME, frame->id);
  size = frame->bounds.size;
  desktop_events_key ("shift+Right", "shift+Down", NULL);
  desktop_events_wait_until (frame->bounds.size.width > size.width && frame->bounds.size.height > size.height);
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (frame->bounds.size.width == size.width && frame->bounds.size.height == size.height);
  title = gestures_in_view (fixture, frame->bounds.origin.x + 60, frame->bounds.origin.y + 14);
  gestures_drag (fixture, title, GRAPHENE_POINT_INIT (title.x, title.y + 80), NULL);
  g_assert_cmpfloat (gestures_get (fixture, "prompter")->item.bounds.origin.y, >, before.origin.y + 50);
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (graphene_rect_equal (&gestures_get (fixture, "prompter")->item.bounds, &before));
}

/* --- clipboard --- */

typedef struct
{
  char    *text;
  gboolean done;
} Read;

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Read *read = data;

  read->text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (object), result, NULL);
  read->done = TRUE;
}

static void
test_clipboard (Gestures      *fixture,
                gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "prompter"), to, world;
  GdkClipboard *clipboard = gtk_widget_get_clipboard (fixture->widget);
  LeydenCanvasNode *pasted;
  Read read = { NULL, FALSE };
  g_auto(GStrv) selected = NULL;

  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  desktop_events_key ("ctrl+c", NULL);
  g_assert_true (gdk_content_formats_contain_mime_type (gdk_clipboard_get_formats (clipboard), "application/x-leyden-fragment+json"));
  gdk_clipboard_read_text_async (clipboard, NULL, read_cb, &read);
  desktop_events_wait_until (read.done);
  g_assert_nonnull (strstr (read.text, "\"leyden_fragment\": 1"));
  g_free (read.text);

  /* At the pointer, then beside it. */
  to = gestures_free_place (fixture);
  world = leyden_canvas_view_to_world (&fixture->canvas->view, to.x, to.y);
  desktop_events_move (fixture->widget, to.x, to.y);
  desktop_events_key ("ctrl+v", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == 9);
  gestures_assert_undo (fixture, "Paste");
  selected = leyden_selection_list (fixture->selection, LEYDEN_ELEMENT_NODE);
  g_assert_cmpuint (g_strv_length (selected), ==, 1);
  pasted = gestures_get (fixture, selected[0]);
  g_assert_cmpstr (selected[0], !=, "prompter");
  g_assert_cmpfloat_with_epsilon (pasted->item.bounds.origin.x, world.x, 2 * LEYDEN_CANVAS_GRID);
  g_assert_cmpfloat_with_epsilon (pasted->item.bounds.origin.y, world.y, 2 * LEYDEN_CANVAS_GRID);
  desktop_events_key ("ctrl+v", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == 10);
  g_clear_pointer (&selected, g_strfreev);
  selected = leyden_selection_list (fixture->selection, LEYDEN_ELEMENT_NODE);
  g_assert_cmpfloat_with_epsilon (gestures_get (fixture, selected[0])->item.bounds.origin.x, pasted->item.bounds.origin.x + LEYDEN_CANVAS_GRID, 1);

  desktop_events_key ("ctrl+d", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == 11);
  desktop_events_key ("ctrl+x", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == 10);
  desktop_events_key ("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", NULL);
  desktop_events_wait_until (!leyden_document_can_undo (fixture->document));
  g_assert_cmpuint (leyden_flow_get_n_nodes (fixture->flow), ==, 8);
}

/* --- notes --- */

static void
test_note (Gestures      *fixture,
           gconstpointer  data)
{
  guint n = leyden_canvas_model_get_boxes (fixture->canvas->model)->len;
  LeydenElementKind kind;
  const char *id;
  LeydenCanvasBox *note;
  const LeydenMarkdown *shown;

  gtk_widget_grab_focus (fixture->widget);
  desktop_events_key ("shift+n", NULL);
  desktop_events_wait_until (leyden_canvas_model_get_boxes (fixture->canvas->model)->len == n + 1);
  desktop_events_settle ();
  desktop_events_type ("# Why");
  desktop_events_key ("Return", NULL);
  desktop_events_type ("http://example.org/ <b>");
  desktop_events_key ("Escape", NULL);
  g_assert_true (leyden_selection_get_single (fixture->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NOTE);
  note = leyden_canvas_model_get_box (fixture->canvas->model, kind, id);
  desktop_events_wait_until (g_str_has_prefix (note->text, "# Why"));
  desktop_events_settle ();
  shown = leyden_box_view_get_markdown (note->view);
  g_assert_cmpstr (shown->text, ==, "Why\nhttp://example.org/ <b>");
  g_assert_cmpuint (shown->links->len, ==, 1);
  g_assert_cmpstr (leyden_box_view_find_link (note->view, 30, 45), ==, "http://example.org/");
  g_assert_null (leyden_box_view_find_link (note->view, 30, 12));
  /* Nothing but an address is opened, whoever asks. */
  gtk_widget_activate_action (fixture->widget, "canvas.open-link", "s", "file:///etc/passwd");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_wait_until (*note->text == '\0');
}

/* --- arranging --- */

static gboolean
is_at_rest (Gestures *fixture)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (fixture->canvas->model);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);
      graphene_point_t at = leyden_node_get_position (node->node);

      if (!graphene_point_near (&node->item.bounds.origin, &at, 0.1f))
        return FALSE;
    }
  return fixture->canvas->glide == NULL;
}

/* How many frames something was on its way. */
static gboolean
count_cb (GtkWidget     *widget,
          GdkFrameClock *clock,
          gpointer       data)
{
  guint *n = data;

  *n += LEYDEN_CANVAS (widget)->glide != NULL;
  return G_SOURCE_CONTINUE;
}

/* Nodes go to their places; without motion they are there at once. */
static void
test_arrange (Gestures      *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Mess");
  guint n_frames = 0, tick;

  leyden_edit_move_node (edit, "solveagt", 900, 700);
  leyden_edit_move_node (edit, "evalnumb", 905, 705);
  g_assert_true (leyden_document_edit (fixture->document, g_steal_pointer (&edit), NULL));
  gtk_widget_grab_focus (fixture->widget);
  desktop_events_key ("shift+l", NULL);
  desktop_events_wait_until (is_at_rest (fixture) && !graphene_rect_intersection (&gestures_get (fixture, "solveagt")->item.bounds,
                                                                                 &gestures_get (fixture, "evalnumb")->item.bounds, NULL));
  gestures_assert_undo (fixture, "Make Room");
  g_object_set (gtk_widget_get_settings (fixture->widget), "gtk-enable-animations", TRUE, NULL);
  tick = gtk_widget_add_tick_callback (fixture->widget, count_cb, &n_frames, NULL);
  gtk_widget_activate_action (fixture->widget, "canvas.arrange", NULL);
  desktop_events_wait_until (n_frames > 0 && is_at_rest (fixture));
  gtk_widget_remove_tick_callback (fixture->widget, tick);
  gestures_assert_undo (fixture, "Arrange");
  desktop_events_key ("ctrl+z", NULL);
  desktop_events_settle ();
  g_object_set (gtk_widget_get_settings (fixture->widget), "gtk-enable-animations", FALSE, NULL);
  gtk_widget_activate_action (fixture->widget, "canvas.make-room", NULL);
  g_assert_true (is_at_rest (fixture));
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/elements/modes", test_modes);
  GESTURE ("/elements/bypass-refused", test_bypass_refused);
  GESTURE ("/elements/points", test_points);
  GESTURE ("/elements/points-follow", test_points_follow);
  GESTURE ("/elements/align", test_align);
  GESTURE ("/elements/align-points", test_align_points);
  GESTURE ("/elements/frame", test_frame);
  GESTURE ("/elements/clipboard", test_clipboard);
  GESTURE ("/elements/note", test_note);
  GESTURE ("/elements/arrange", test_arrange);
  return desktop_test_run ();
}
