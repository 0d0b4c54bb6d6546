/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <math.h>

#include "leyden-flow-mode.h"

/* Draws what is not a widget: dots, wires, far-away nodes, the rubber band. Wires never get a render node of their own: one cairo
 * node holds all that rest, another those that move (reference: measured on GTK 4.8 to 4.24). */

#define MIN_DOT_DISTANCE 14.0
#define WIRE_WIDTH 2.0
#define TOLERANCE 0.4
#define NO_ANTIALIAS_FROM 2000  /* wires in sight */

static void
set_color (cairo_t       *cr,
           const GdkRGBA *color,
           double         alpha)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha * alpha);
}

static void
draw_dots (LeydenCanvas *self,
           GtkSnapshot  *snapshot,
           int           width,
           int           height)
{
  double step = LEYDEN_CANVAS_GRID * self->view.scale;
  double size, x0, y0;
  cairo_t *cr;

  while (step < MIN_DOT_DISTANCE)
    step *= 2;
  size = self->view.scale >= 1.5 ? 2 : 1.5;
  x0 = fmod (self->view.x, step);
  y0 = fmod (self->view.y, step);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  set_color (cr, &self->style.grid, 1);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  for (double y = y0 < 0 ? y0 + step : y0; y < height; y += step)
    for (double x = x0 < 0 ? x0 + step : x0; x < width; x += step)
      cairo_rectangle (cr, floor (x), floor (y), size, size);
  cairo_fill (cr);
  cairo_destroy (cr);
}

static void
trace (LeydenCanvas      *self,
       cairo_t           *cr,
       const LeydenCurve *curve,
       gboolean           straight)
{
  graphene_point_t p[4];

  for (guint i = 0; i < 4; i++)
    p[i] = leyden_canvas_view_from_world (&self->view, curve->p[i].x, curve->p[i].y);
  cairo_move_to (cr, p[0].x, p[0].y);
  if (straight)
    cairo_line_to (cr, p[3].x, p[3].y);
  else
    cairo_curve_to (cr, p[1].x, p[1].y, p[2].x, p[2].y, p[3].x, p[3].y);
}

static void
trace_edge (LeydenCanvas           *self,
            cairo_t                *cr,
            const LeydenCanvasEdge *edge,
            gboolean                straight)
{
  guint n;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);

  for (guint i = 0; i < n; i++)
    trace (self, cr, &curves[i], straight);
}

static void
set_dashes (LeydenCanvas     *self,
            cairo_t          *cr,
            LeydenCanvasEdge *edge)
{
  double unit = MAX (self->view.scale, 0.5);
  const double broken[] = { 3 * unit, 4 * unit };
  const double tools[] = { 8 * unit, 4 * unit };

  if (edge->broken)
    cairo_set_dash (cr, broken, 2, 0);
  else if (edge->type == LEYDEN_PORT_TOOLS)
    cairo_set_dash (cr, tools, 2, 0);
  else
    cairo_set_dash (cr, NULL, 0, 0);
}

/* Nothing comes out of a disabled node. */
static double
get_wire_alpha (LeydenCanvasEdge *edge)
{
  return edge->source != NULL && leyden_node_get_mode (edge->source->node) == LEYDEN_NODE_MODE_DISABLED ? 0.35 : 0.85;
}

static void
draw_wire (LeydenCanvas     *self,
           cairo_t          *cr,
           LeydenCanvasEdge *edge,
           gboolean          rough,
           gboolean          strong)
{
  const GdkRGBA *color = edge->broken ? &self->style.error : &self->style.port[edge->type];
  double width = rough ? 1 : CLAMP (WIRE_WIDTH * self->view.scale, 1, 4);

  if (strong)
    {
      set_color (cr, &self->style.accent, 0.35);
      cairo_set_dash (cr, NULL, 0, 0);
      cairo_set_line_width (cr, width + 5);
      trace_edge (self, cr, edge, rough);
      cairo_stroke (cr);
    }
  set_color (cr, color, strong ? 1 : get_wire_alpha (edge));
  if (!rough)
    set_dashes (self, cr, edge);
  cairo_set_line_width (cr, strong ? width + 0.5 : width);
  trace_edge (self, cr, edge, rough);
  cairo_stroke (cr);
  if (!rough && edge->n_points > 0)
    leyden_canvas_draw_points (self, cr, edge, color);
}

/* Drawn apart: moves, is selected or under the pointer. */
static gboolean
is_dynamic (LeydenCanvas     *self,
            LeydenCanvasEdge *edge)
{
  return edge == self->hovered || edge == self->connection.taken
         || (edge->source != NULL && edge->source->moving) || (edge->target != NULL && edge->target->moving)
         || leyden_selection_contains (self->selection, LEYDEN_ELEMENT_EDGE, edge->id);
}

static cairo_t *
begin_wires (GtkSnapshot *snapshot,
             int          width,
             int          height,
             gboolean     rough)
{
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));

  cairo_set_tolerance (cr, TOLERANCE);
  cairo_set_antialias (cr, rough ? CAIRO_ANTIALIAS_NONE : CAIRO_ANTIALIAS_FAST);
  return cr;
}

static GskRenderNode *
make_resting_wires (LeydenCanvas *self,
                    int           width,
                    int           height)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);
  graphene_rect_t extent = leyden_canvas_view_get_extent (&self->view, width, height, 4);
  g_autoptr(GPtrArray) visible = g_ptr_array_new ();
  gboolean rough;
  cairo_t *cr;

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (leyden_canvas_edge_touches (edge, &extent) && !is_dynamic (self, edge))
        g_ptr_array_add (visible, edge);
    }
  self->n_visible_wires = visible->len;
  rough = (self->rough && visible->len > 500) || visible->len > NO_ANTIALIAS_FROM || self->view.scale < LEYDEN_CANVAS_LOD_SCALE / 2;
  cr = begin_wires (snapshot, width, height, rough);
  for (guint i = 0; i < visible->len; i++)
    draw_wire (self, cr, g_ptr_array_index (visible, i), rough, FALSE);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

static void
draw_resting_wires (LeydenCanvas *self,
                    GtkSnapshot  *snapshot,
                    int           width,
                    int           height)
{
  gboolean same = self->wires != NULL && self->wires_view.scale == self->view.scale && self->wires_view.x == self->view.x
                  && self->wires_view.y == self->view.y && self->wires_width == width && self->wires_height == height
                  && self->wires_rough == self->rough;

  if (!same)
    {
      g_clear_pointer (&self->wires, gsk_render_node_unref);
      self->wires = make_resting_wires (self, width, height);
      self->wires_view = self->view;
      self->wires_width = width;
      self->wires_height = height;
      self->wires_rough = self->rough;
    }
  if (self->wires != NULL)
    gtk_snapshot_append_node (snapshot, self->wires);
}

static void
draw_connection (LeydenCanvas *self,
                 GtkSnapshot  *snapshot,
                 int           width,
                 int           height)
{
  cairo_t *cr = begin_wires (snapshot, width, height, FALSE);
  const LeydenConnection *connection = &self->connection;
  graphene_point_t fixed = leyden_canvas_node_get_port_point (connection->node, connection->from_output, connection->port);
  graphene_point_t free_end = connection->point;
  GPtrArray *ports = connection->from_output ? connection->node->outputs : connection->node->inputs;
  const LeydenPort *port = g_ptr_array_index (ports, connection->port);
  const GdkRGBA *color = &self->style.port[port->type];
  LeydenCurve curve;

  if (connection->target != NULL)
    free_end = leyden_canvas_node_get_port_point (connection->target, !connection->from_output, connection->target_port);
  curve = connection->from_output ? leyden_curve_between (fixed, free_end) : leyden_curve_between (free_end, fixed);
  if (connection->target != NULL && connection->verdict == LEYDEN_CONNECT_NO)
    color = &self->style.error;
  set_color (cr, color, 1);
  cairo_set_line_width (cr, CLAMP (2.5 * self->view.scale, 1.5, 4));
  cairo_set_dash (cr, NULL, 0, 0);
  trace (self, cr, &curve, FALSE);
  cairo_stroke (cr);
  cairo_destroy (cr);
}

static void
draw_moving_wires (LeydenCanvas *self,
                   GtkSnapshot  *snapshot,
                   int           width,
                   int           height)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);
  graphene_rect_t extent = leyden_canvas_view_get_extent (&self->view, width, height, 4);
  cairo_t *cr = NULL;

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);
      gboolean strong;

      if (!is_dynamic (self, edge) || edge == self->connection.taken || !leyden_canvas_edge_touches (edge, &extent))
        continue;
      if (cr == NULL)
        cr = begin_wires (snapshot, width, height, FALSE);
      strong = edge == self->hovered || leyden_selection_contains (self->selection, LEYDEN_ELEMENT_EDGE, edge->id);
      draw_wire (self, cr, edge, FALSE, strong);
    }
  if (cr != NULL)
    cairo_destroy (cr);
}

/* Nodes that have no widget: far away, or their turn has not come. */
static void
draw_rectangles (LeydenCanvas *self,
                 GtkSnapshot  *snapshot,
                 int           width,
                 int           height)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
  graphene_rect_t extent = leyden_canvas_view_get_extent (&self->view, width, height, 0);
  gboolean far = self->view.scale < LEYDEN_CANVAS_LOD_SCALE;

  leyden_canvas_model_query (self->model, &extent, nodes);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);
      graphene_point_t at = leyden_canvas_view_from_world (&self->view, node->item.bounds.origin.x, node->item.bounds.origin.y);
      graphene_rect_t rect = GRAPHENE_RECT_INIT (at.x, at.y, (float) (node->item.bounds.size.width * self->view.scale),
                                                 (float) (node->item.bounds.size.height * self->view.scale));
      GdkRGBA color;

      if (node->view != NULL)
        continue;
      color = node->state == LEYDEN_NODE_STATE_FAILED || node->n_errors > 0 ? self->style.error
              : *leyden_canvas_style_get_category (&self->style, node->type != NULL ? node->type->category : NULL);
      color.alpha *= far && leyden_node_get_mode (node->node) == LEYDEN_NODE_MODE_ON ? 0.75f : 0.35f;
      if (leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, node->id))
        color = self->style.accent;
      gtk_snapshot_append_color (snapshot, &color, &rect);
    }
}

static void
draw_band (LeydenCanvas *self,
           GtkSnapshot  *snapshot)
{
  graphene_point_t at = leyden_canvas_view_from_world (&self->view, self->band.origin.x, self->band.origin.y);
  graphene_rect_t rect = GRAPHENE_RECT_INIT (at.x, at.y, (float) (self->band.size.width * self->view.scale),
                                             (float) (self->band.size.height * self->view.scale));
  GdkRGBA fill = leyden_canvas_style_fade (&self->style.accent, 0.15);
  GskRoundedRect outline;

  gtk_snapshot_append_color (snapshot, &fill, &rect);
  gsk_rounded_rect_init_from_rect (&outline, &rect, 0);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]) { 1, 1, 1, 1 },
                              (GdkRGBA[4]) { self->style.accent, self->style.accent, self->style.accent, self->style.accent });
}

void
leyden_canvas_draw (LeydenCanvas *self,
                    GtkSnapshot  *snapshot)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);

  if (!self->style_loaded)
    {
      leyden_canvas_style_load (&self->style, widget);
      self->style_loaded = TRUE;
    }
  if (self->show_grid)
    draw_dots (self, snapshot, width, height);
  if (self->model != NULL)
    {
      gtk_widget_snapshot_child (widget, self->backdrop, snapshot);
      draw_resting_wires (self, snapshot, width, height);
      draw_rectangles (self, snapshot, width, height);
      draw_moving_wires (self, snapshot, width, height);
      gtk_widget_snapshot_child (widget, self->world, snapshot);
    }
  if (self->tool == LEYDEN_TOOL_CONNECT)
    draw_connection (self, snapshot, width, height);
  if (self->tool == LEYDEN_TOOL_BAND)
    draw_band (self, snapshot);
  leyden_canvas_draw_gestures (self, snapshot, width, height);
  if (self->rename != NULL)
    gtk_widget_snapshot_child (widget, self->rename, snapshot);
  gtk_widget_snapshot_child (widget, self->hint, snapshot);
}
