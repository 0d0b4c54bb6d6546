/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

/* What gestures draw over the flow while they last. */

static void
trace (LeydenCanvas      *self,
       cairo_t           *cr,
       const LeydenCurve *curve)
{
  graphene_point_t p[4];

  for (guint i = 0; i < 4; i++)
    p[i] = leyden_canvas_view_from_world (&self->view, curve->p[i].x, curve->p[i].y);
  cairo_move_to (cr, p[0].x, p[0].y);
  cairo_curve_to (cr, p[1].x, p[1].y, p[2].x, p[2].y, p[3].x, p[3].y);
}

static void
trace_edge (LeydenCanvas           *self,
            cairo_t                *cr,
            const LeydenCanvasEdge *edge)
{
  guint n;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);

  for (guint i = 0; i < n; i++)
    trace (self, cr, &curves[i]);
}

static double
get_width (LeydenCanvas *self)
{
  return CLAMP (2.5 * self->view.scale, 1.5, 4);
}

/* The wire whose other node is being chosen. */
static void
draw_pending (LeydenCanvas *self,
              cairo_t      *cr)
{
  const LeydenPendingWire *pending = &self->pending;
  LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, pending->node);
  GPtrArray *ports = node == NULL ? NULL : pending->output ? node->outputs : node->inputs;
  graphene_point_t fixed;
  LeydenCurve curve;

  if (ports == NULL || pending->port >= ports->len)
    return;
  fixed = leyden_canvas_node_get_port_point (node, pending->output, pending->port);
  curve = pending->output ? leyden_curve_between (fixed, pending->at) : leyden_curve_between (pending->at, fixed);
  gdk_cairo_set_source_rgba (cr, &self->style.port[((LeydenPort *) g_ptr_array_index (ports, pending->port))->type]);
  cairo_set_line_width (cr, get_width (self));
  cairo_set_dash (cr, (const double[]) { 6, 4 }, 2, 0);
  trace (self, cr, &curve);
  cairo_stroke (cr);
}

/* The wire that what is dragged would go into. */
static void
draw_splice (LeydenCanvas *self,
             cairo_t      *cr)
{
  gdk_cairo_set_source_rgba (cr, &self->style.accent);
  cairo_set_line_width (cr, get_width (self) * 2);
  cairo_set_dash (cr, NULL, 0, 0);
  trace_edge (self, cr, self->splice);
  cairo_stroke (cr);
}

/* The stroke, and what it cuts. */
static void
draw_cut (LeydenCanvas *self,
          cairo_t      *cr)
{
  gdk_cairo_set_source_rgba (cr, &self->style.error);
  cairo_set_line_width (cr, get_width (self) * 2);
  for (guint i = 0; i < self->crossed->len; i++)
    {
      trace_edge (self, cr, g_ptr_array_index (self->crossed, i));
      cairo_stroke (cr);
    }
  cairo_set_line_width (cr, 1.5);
  cairo_set_dash (cr, (const double[]) { 5, 3 }, 2, 0);
  for (guint i = 0; i < self->stroke->len; i++)
    {
      graphene_point_t at = g_array_index (self->stroke, graphene_point_t, i);

      at = leyden_canvas_view_from_world (&self->view, at.x, at.y);
      cairo_line_to (cr, at.x, at.y);
    }
  cairo_stroke (cr);
}

/* A veil over what does not take the wire that is being drawn. */
static void
draw_dimmed (LeydenCanvas *self,
             GtkSnapshot  *snapshot)
{
  GdkRGBA veil = leyden_canvas_style_fade (&self->style.ground, 0.6);

  for (guint i = 0; i < self->bound->len; i++)
    {
      const LeydenCanvasNode *node = g_ptr_array_index (self->bound, i);
      const graphene_rect_t *bounds = &node->item.bounds;
      graphene_point_t at = leyden_canvas_view_from_world (&self->view, bounds->origin.x, bounds->origin.y);

      if (node->dimmed)
        gtk_snapshot_append_color (snapshot, &veil, &GRAPHENE_RECT_INIT (at.x, at.y, (float) (bounds->size.width * self->view.scale),
                                                                         (float) (bounds->size.height * self->view.scale)));
    }
}

void
leyden_canvas_draw_gestures (LeydenCanvas *self,
                             GtkSnapshot  *snapshot,
                             int           width,
                             int           height)
{
  cairo_t *cr;

  if (self->model != NULL && self->tool == LEYDEN_TOOL_CONNECT)
    draw_dimmed (self, snapshot);
  if (self->model == NULL || (self->pending.node == NULL && self->splice == NULL && self->tool != LEYDEN_TOOL_CUT))
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  if (self->pending.node != NULL)
    draw_pending (self, cr);
  if (self->splice != NULL)
    draw_splice (self, cr);
  if (self->tool == LEYDEN_TOOL_CUT)
    draw_cut (self, cr);
  cairo_destroy (cr);
}
