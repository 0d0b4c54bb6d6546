/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "gestures-fixture.h"

#include "desktop-events.h"
#include "leyden-library.h"
#include "leyden-library-row.h"

static gboolean
is_drawn (LeydenCanvas *canvas)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (canvas->model, "solveagt");

  return node != NULL && node->view != NULL;
}

void
gestures_set_up (Gestures      *self,
                 gconstpointer  data)
{
  g_assert_true (desktop_events_available ());
  self->window = desktop_test_window (1270, 850);
  leyden_window_open_sample (self->window, "calculator-agent");
  self->canvas = leyden_window_get_canvas (self->window);
  self->widget = GTK_WIDGET (self->canvas);
  self->document = leyden_window_get_document (self->window);
  self->flow = leyden_document_get_flow (self->document);
  self->selection = leyden_window_get_selection (self->window);
  desktop_events_focus (GTK_WINDOW (self->window));
  desktop_events_wait_until (is_drawn (self->canvas));
  desktop_events_settle ();
}

void
gestures_tear_down (Gestures      *self,
                    gconstpointer  data)
{
  leyden_document_close (self->document, TRUE);
  desktop_test_close (self->window);
}

LeydenCanvasNode *
gestures_get (Gestures   *self,
              const char *id)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (self->canvas->model, id);

  g_assert_nonnull (node);
  return node;
}

gboolean
gestures_is_selected (Gestures   *self,
                      const char *id)
{
  return leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, id);
}

guint
gestures_count_edges (Gestures   *self,
                      const char *node,
                      const char *input)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (self->flow, node, input);

  return edges->len;
}

void
gestures_assert_undo (Gestures   *self,
                      const char *label)
{
  g_autofree char *undo = NULL;

  g_object_get (self->document, "undo-label", &undo, NULL);
  g_assert_cmpstr (undo, ==, label);
}

LeydenCanvasNode *
gestures_find_near (Gestures         *self,
                    const char       *type,
                    graphene_point_t  world)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->canvas->model);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);
      graphene_rect_t around = node->item.bounds;

      graphene_rect_inset (&around, -24, -24);
      if (node->type != NULL && g_str_equal (node->type->type, type) && graphene_rect_contains_point (&around, &world))
        return node;
    }
  return NULL;
}

graphene_point_t
gestures_in_view (Gestures *self,
                  double    x,
                  double    y)
{
  return leyden_canvas_view_from_world (&self->canvas->view, x, y);
}

graphene_point_t
gestures_center (Gestures   *self,
                 const char *id)
{
  graphene_point_t at;

  graphene_rect_get_center (&gestures_get (self, id)->item.bounds, &at);
  return gestures_in_view (self, at.x, at.y);
}

graphene_point_t
gestures_port (Gestures   *self,
               const char *id,
               gboolean    output,
               const char *name)
{
  LeydenCanvasNode *node = gestures_get (self, id);
  GPtrArray *ports = output ? node->outputs : node->inputs;

  for (guint i = 0; i < ports->len; i++)
    if (g_str_equal (((LeydenPort *) g_ptr_array_index (ports, i))->name, name))
      {
        graphene_point_t at = leyden_canvas_node_get_port_point (node, output, i);

        return gestures_in_view (self, at.x, at.y);
      }
  g_error ("%s has no port %s", id, name);
}

graphene_point_t
gestures_wire (Gestures   *self,
               const char *id,
               const char *input)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (self->flow, id, input);
  LeydenCanvasEdge *edge;
  graphene_point_t at;

  g_assert_cmpuint (edges->len, ==, 1);
  edge = leyden_canvas_model_get_edge (self->canvas->model, leyden_edge_get_id (g_ptr_array_index (edges, 0)));
  at = leyden_curve_get_point (&edge->curve, 0.5);
  return gestures_in_view (self, at.x, at.y);
}

graphene_point_t
gestures_free_place (Gestures *self)
{
  int width = gtk_widget_get_width (self->widget), height = gtk_widget_get_height (self->widget);

  for (int y = height - 120; y > 60; y -= 20)
    for (int x = 140; x < width - 140; x += 20)
      {
        graphene_point_t at = leyden_canvas_view_to_world (&self->canvas->view, x, y);
        graphene_rect_t around = GRAPHENE_RECT_INIT (at.x - 120, at.y - 70, 240, 140);
        g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
        LeydenCanvasHit hit;

        leyden_canvas_model_query (self->canvas->model, &around, nodes);
        leyden_canvas_model_hit (self->canvas->model, at, 40, &hit);
        if (nodes->len == 0 && hit.kind == LEYDEN_CANVAS_HIT_NOTHING)
          return GRAPHENE_POINT_INIT ((float) x, (float) y);
      }
  g_error ("nothing is free on the canvas");
}

void
gestures_drag (Gestures         *self,
               graphene_point_t  from,
               graphene_point_t  to,
               const char       *modifiers)
{
  desktop_events_drag (self->widget, from.x, from.y, self->widget, to.x, to.y, 1, modifiers);
}

static GtkWidget *
find_row (GtkWidget  *widget,
          const char *type)
{
  if (LEYDEN_IS_LIBRARY_ROW (widget) && g_str_equal (leyden_library_row_get_node_type (LEYDEN_LIBRARY_ROW (widget))->type, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_row (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

GtkWidget *
gestures_library_row (Gestures   *self,
                      const char *type)
{
  GtkWidget *library = desktop_events_find (GTK_WIDGET (self->window), LEYDEN_TYPE_LIBRARY, NULL);
  GtkWidget *row;

  g_assert_nonnull (library);
  leyden_library_search (LEYDEN_LIBRARY (library), type);
  row = find_row (library, type);
  g_assert_nonnull (row);
  desktop_events_settle ();
  return row;
}
