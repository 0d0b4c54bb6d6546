/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

/*
 * The flow is one picture, opaque and as large as the canvas: ground, dots, frames and notes, wires, nodes. Dots, boxes and wires are painted by hand, all of
 * them for every frame; nodes are copied from their pictures (leyden-canvas-raster.c), frames and notes drawn by cairo. What gestures add lies above it.
 * So the renderer gets one texture, however large the flow is, and what is seen while the view moves is what is seen when it rests.
 */

#define MIN_DOT_DISTANCE 14.0
#define WIRE_WIDTH 2.0
#define DEAD_STRENGTH 0.35f
#define BUDGET_US 25000         /* for pictures of nodes in a frame, when nothing moves */
#define MOVING_BUDGET_US 5000
#define MANY_ITEMS 64           /* widgets that are on their way out, far away */

typedef struct
{
  LeydenCanvas     *canvas;
  LeydenPainter    *painter;
  LeydenCanvasView  view;               /* in pixels of the picture */
  graphene_rect_t   extent;             /* of the world that it shows */
  gboolean          far;
} Drawing;

static void
set_color (cairo_t       *cr,
           const GdkRGBA *color,
           double         alpha)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha * alpha);
}

static GdkRGBA
mix (const GdkRGBA *color,
     const GdkRGBA *ground,
     float          part)
{
  return (GdkRGBA) { ground->red + (color->red - ground->red) * part, ground->green + (color->green - ground->green) * part,
                     ground->blue + (color->blue - ground->blue) * part, 1 };
}

static void
draw_dots (const Drawing *drawing)
{
  double step = LEYDEN_CANVAS_GRID * drawing->view.scale;
  int factor = gtk_widget_get_scale_factor (GTK_WIDGET (drawing->canvas));

  while (step < MIN_DOT_DISTANCE * factor)
    step *= 2;
  leyden_painter_dots (drawing->painter, drawing->view.x, drawing->view.y, step, drawing->view.scale >= 1.5 ? 2 : 1, &drawing->canvas->style.grid);
}

/* Frames and notes: few, and too large to keep pictures of. */
static void
draw_boxes (const Drawing *drawing)
{
  GArray *items = leyden_canvas_world_get_items (LEYDEN_CANVAS_WORLD (drawing->canvas->backdrop));
  cairo_t *cr;

  if (items->len == 0)
    return;
  leyden_painter_touch (drawing->painter);
  cr = cairo_create (drawing->painter->surface);
  cairo_translate (cr, drawing->view.x, drawing->view.y);
  cairo_scale (cr, drawing->view.scale, drawing->view.scale);
  for (guint i = 0; i < items->len; i++)
    {
      const LeydenWorldItem *item = &g_array_index (items, LeydenWorldItem, i);

      if (!graphene_rect_intersection (&item->bounds, &drawing->extent, NULL))
        continue;
      cairo_save (cr);
      cairo_translate (cr, item->bounds.origin.x, item->bounds.origin.y);
      gsk_render_node_draw (item->node, cr);
      cairo_restore (cr);
    }
  cairo_destroy (cr);
}

/* --- wires --- */

static LeydenCurve
to_pixels (const Drawing     *drawing,
           const LeydenCurve *curve)
{
  LeydenCurve pixels;

  for (guint i = 0; i < 4; i++)
    pixels.p[i] = leyden_canvas_view_from_world (&drawing->view, curve->p[i].x, curve->p[i].y);
  return pixels;
}

static LeydenDash
get_dash (const Drawing          *drawing,
          const LeydenCanvasEdge *edge)
{
  double unit = MAX (drawing->view.scale, 0.5);

  if (edge->broken)
    return (LeydenDash) { 3 * unit, 4 * unit };
  return edge->type == LEYDEN_PORT_TOOLS ? (LeydenDash) { 8 * unit, 4 * unit } : (LeydenDash) { 0, 0 };
}

static void
draw_points (const Drawing    *drawing,
             LeydenCanvasEdge *edge,
             const GdkRGBA    *color)
{
  int factor = gtk_widget_get_scale_factor (GTK_WIDGET (drawing->canvas));
  cairo_t *cr;

  leyden_painter_touch (drawing->painter);
  cr = cairo_create (drawing->painter->surface);
  cairo_scale (cr, factor, factor);
  leyden_canvas_draw_points (drawing->canvas, cr, edge, color);
  cairo_destroy (cr);
}

static void
draw_marks (const Drawing    *drawing,
            LeydenCanvasEdge *edge)
{
  cairo_t *cr;

  leyden_painter_touch (drawing->painter);
  cr = cairo_create (drawing->painter->surface);
  leyden_canvas_draw_marks (drawing->canvas, cr, edge, &drawing->view);
  cairo_destroy (cr);
}

static void
draw_wire (const Drawing    *drawing,
           LeydenCanvasEdge *edge,
           gboolean          strong)
{
  const LeydenCanvasStyle *style = &drawing->canvas->style;
  const GdkRGBA *own = edge->broken ? &style->error : &style->port[edge->type];
  /* Nothing comes out of a disabled node. */
  const LeydenMarks *marks = leyden_canvas_find_edge_marks (drawing->canvas, edge->id);
  gboolean dead = (edge->source != NULL && edge->source->mode == LEYDEN_NODE_MODE_DISABLED) || (marks != NULL && marks->flags & LEYDEN_MARK_DEAD);
  GdkRGBA color = mix (own, &style->ground, strong ? 1 : dead ? DEAD_STRENGTH : LEYDEN_WIRE_STRENGTH);
  double width = CLAMP (WIRE_WIDTH * drawing->view.scale, 1, 4);
  guint n;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);

  for (guint i = 0; strong && i < n; i++)
    {
      GdkRGBA halo = mix (&style->accent, &style->ground, 0.35f);
      LeydenCurve curve = to_pixels (drawing, &curves[i]);

      leyden_painter_curve (drawing->painter, &curve, width + 5, (LeydenDash) { 0, 0 }, &halo);
    }
  for (guint i = 0; i < n; i++)
    {
      LeydenCurve curve = to_pixels (drawing, &curves[i]);

      if (drawing->far)
        leyden_painter_line (drawing->painter, curve.p[0], curve.p[3], width, &color);
      else
        leyden_painter_curve (drawing->painter, &curve, strong ? width + 0.5 : width, get_dash (drawing, edge), &color);
    }
  if (edge->n_points > 0 && !drawing->far)
    draw_points (drawing, edge, &color);
  if (marks != NULL && !drawing->far)
    draw_marks (drawing, edge);
}

/* Drawn above the others: moves, is selected or under the pointer. */
static gboolean
is_above (LeydenCanvas     *self,
          LeydenCanvasEdge *edge,
          gboolean          any_selected)
{
  return edge == self->hovered || (edge->source != NULL && edge->source->moving) || (edge->target != NULL && edge->target->moving)
         || (any_selected && leyden_selection_contains (self->selection, LEYDEN_ELEMENT_EDGE, edge->id));
}

static gboolean
is_in_sight (const Drawing    *drawing,
             LeydenCanvasEdge *edge)
{
  if (!drawing->far || edge->n_points > 0)
    return leyden_canvas_edge_touches (edge, &drawing->extent);
  return MAX (edge->curve.p[0].x, edge->curve.p[3].x) >= drawing->extent.origin.x
         && MIN (edge->curve.p[0].x, edge->curve.p[3].x) <= drawing->extent.origin.x + drawing->extent.size.width
         && MAX (edge->curve.p[0].y, edge->curve.p[3].y) >= drawing->extent.origin.y
         && MIN (edge->curve.p[0].y, edge->curve.p[3].y) <= drawing->extent.origin.y + drawing->extent.size.height;
}

/* Those that lie above are kept for later in @above. */
static void
draw_wires (const Drawing *drawing,
            GPtrArray     *above)
{
  LeydenCanvas *self = drawing->canvas;
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);
  gboolean any_selected = leyden_selection_get_size (self->selection) > 0;

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (edge == self->connection.taken || !is_in_sight (drawing, edge))
        continue;
      if (is_above (self, edge, any_selected))
        g_ptr_array_add (above, edge);
      else
        draw_wire (drawing, edge, FALSE);
    }
}

static void
draw_wires_above (const Drawing *drawing,
                  GPtrArray     *above)
{
  LeydenCanvas *self = drawing->canvas;

  for (guint i = 0; i < above->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (above, i);

      draw_wire (drawing, edge, edge == self->hovered || leyden_selection_contains (self->selection, LEYDEN_ELEMENT_EDGE, edge->id));
    }
}

/* --- nodes --- */

static GdkRGBA
get_node_color (const Drawing    *drawing,
                LeydenCanvasNode *node,
                gboolean          any_selected)
{
  const LeydenCanvasStyle *style = &drawing->canvas->style;

  const LeydenMarks *marks = leyden_canvas_find_node_marks (drawing->canvas, node->id);

  if (any_selected && leyden_selection_contains (drawing->canvas->selection, LEYDEN_ELEMENT_NODE, node->id))
    return style->accent;
  if (marks != NULL && marks->flags & LEYDEN_MARK_CURRENT)
    return style->warning;
  return mix (node->state == LEYDEN_NODE_STATE_FAILED || node->n_errors > 0 ? &style->error
              : leyden_canvas_style_get_category (style, node->type != NULL ? node->type->category : NULL),
              &style->ground, drawing->far && node->mode == LEYDEN_NODE_MODE_ON ? LEYDEN_FAR_STRENGTH : 0.35f);
}

/* Nodes that have no widget: far away, or their turn has not come. */
static void
draw_rectangles (const Drawing *drawing)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
  gboolean any_selected = leyden_selection_get_size (drawing->canvas->selection) > 0;

  leyden_canvas_model_query (drawing->canvas->model, &drawing->extent, nodes);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);
      const graphene_rect_t *bounds = &node->item.bounds;
      graphene_point_t at;
      GdkRGBA color;

      if (node->view != NULL)
        continue;
      at = leyden_canvas_view_from_world (&drawing->view, bounds->origin.x, bounds->origin.y);
      color = get_node_color (drawing, node, any_selected);
      leyden_painter_rect (drawing->painter, at.x, at.y, bounds->size.width * drawing->view.scale, bounds->size.height * drawing->view.scale, &color);
    }
}

static void
draw_nodes (const Drawing *drawing)
{
  LeydenCanvas *self = drawing->canvas;
  GArray *items = leyden_canvas_world_get_items (LEYDEN_CANVAS_WORLD (self->world));
  gboolean moving = self->rough || (drawing->far && items->len > MANY_ITEMS);

  leyden_painter_touch (drawing->painter);
  self->n_unsharp = leyden_rasters_draw (self->rasters, drawing->painter->surface, items, &drawing->view, moving,
                                         moving ? MOVING_BUDGET_US : BUDGET_US, &self->style.card);
  if (self->n_unsharp > 0)
    leyden_canvas_queue_sync (self);
}

/* Layers are asked to draw themselves, into nothing: they keep what their children gave. */
static void
collect_layer (LeydenCanvas *self,
               GtkWidget    *layer)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;

  gtk_widget_snapshot_child (GTK_WIDGET (self), layer, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  g_clear_pointer (&node, gsk_render_node_unref);
}

/* Not as a texture: GTK 4.8 takes every pixel of one through floating point before cairo sees it. */
static void
append_picture (GtkSnapshot         *snapshot,
                const LeydenPainter *painter,
                int                  factor,
                int                  width,
                int                  height)
{
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));

  cairo_scale (cr, 1.0 / factor, 1.0 / factor);
  cairo_set_source_surface (cr, painter->surface, 0, 0);
  cairo_paint (cr);
  cairo_destroy (cr);
}

static void
draw_picture (LeydenCanvas *self,
              GtkSnapshot  *snapshot,
              int           width,
              int           height)
{
  int factor = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  LeydenCanvasView view = leyden_canvas_get_drawn_view (self);
  Drawing drawing = { self, &self->pictures[self->n_drawn++ % 2], { view.scale * factor, view.x * factor, view.y * factor },
                      leyden_canvas_view_get_extent (&view, width, height, 4), view.scale < LEYDEN_CANVAS_LOD_SCALE };
  g_autoptr(GPtrArray) above = g_ptr_array_new ();

  leyden_painter_begin (drawing.painter, width * factor, height * factor, &self->style.ground);
  if (drawing.painter->pixels == NULL)
    return;
  if (self->show_grid)
    draw_dots (&drawing);
  if (self->model != NULL)
    {
      collect_layer (self, self->backdrop);
      collect_layer (self, self->world);
      draw_boxes (&drawing);
      draw_wires (&drawing, above);
      draw_rectangles (&drawing);
      draw_wires_above (&drawing, above);
      draw_nodes (&drawing);
    }
  leyden_painter_touch (drawing.painter);
  append_picture (snapshot, drawing.painter, factor, width, height);
}

/* --- above the picture --- */

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
draw_connection (LeydenCanvas *self,
                 GtkSnapshot  *snapshot,
                 int           width,
                 int           height)
{
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
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
  trace (self, cr, &curve);
  cairo_stroke (cr);
  cairo_destroy (cr);
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
  draw_picture (self, snapshot, width, height);
  if (self->tool == LEYDEN_TOOL_CONNECT)
    draw_connection (self, snapshot, width, height);
  if (self->tool == LEYDEN_TOOL_BAND)
    draw_band (self, snapshot);
  leyden_canvas_draw_guides (self, snapshot);
  leyden_canvas_draw_gestures (self, snapshot, width, height);
  if (self->rename != NULL)
    gtk_widget_snapshot_child (widget, self->rename, snapshot);
  gtk_widget_snapshot_child (widget, self->hint, snapshot);
}
