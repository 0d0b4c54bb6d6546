/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <math.h>

#include "leyden-canvas-guides.h"

#define NEAR 6.0                /* pixels */
#define MAX_OTHERS 400          /* in sight; of more, each is too small to aim at */

/* --- finding, without GTK --- */

/* A box seen along one axis. */
typedef struct
{
  double start;
  double end;
  double across_start;
  double across_end;
} Span;

static Span
get_span (const graphene_rect_t *rect,
          gboolean               level)
{
  double left = rect->origin.x, top = rect->origin.y, right = left + rect->size.width, bottom = top + rect->size.height;

  return level ? (Span) { top, bottom, left, right } : (Span) { left, right, top, bottom };
}

static void
try_line (const Span  *moving,
          const Span  *other,
          double       mine,
          double       theirs,
          double       tolerance,
          LeydenGuide *best)
{
  double shift = theirs - mine;

  gboolean same = best->on && fabs (theirs - best->at) < 1e-3 && fabs (shift - best->shift) < 1e-3;

  if (fabs (shift) > tolerance || (best->on && !same && fabs (shift) >= fabs (best->shift)))
    return;
  if (!same)
    *best = (LeydenGuide) { TRUE, shift, theirs, moving->across_start, moving->across_end };
  best->from = MIN (best->from, other->across_start);
  best->to = MAX (best->to, other->across_end);
}

void
leyden_guides_find (const graphene_rect_t *moving,
                    GArray                *others,
                    double                 tolerance,
                    LeydenGuide           *upright,
                    LeydenGuide           *level)
{
  *upright = *level = (LeydenGuide) { FALSE };
  for (guint axis = 0; axis < 2; axis++)
    {
      LeydenGuide *best = axis == 0 ? upright : level;
      Span span = get_span (moving, axis == 1);

      for (guint i = 0; i < others->len; i++)
        {
          Span other = get_span (&g_array_index (others, graphene_rect_t, i), axis == 1);

          try_line (&span, &other, span.start, other.start, tolerance, best);
          try_line (&span, &other, span.end, other.end, tolerance, best);
          try_line (&span, &other, (span.start + span.end) / 2, (other.start + other.end) / 2, tolerance, best);
        }
    }
}

/* --- on the canvas --- */

static void
collect_others (LeydenCanvas *self,
                GArray       *others)
{
  GtkWidget *widget = GTK_WIDGET (self);
  graphene_rect_t extent = leyden_canvas_view_get_extent (&self->view, gtk_widget_get_width (widget), gtk_widget_get_height (widget), 0);
  g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->model);

  leyden_canvas_model_query (self->model, &extent, nodes);
  if (nodes->len > MAX_OTHERS)
    return;
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      if (!node->moving)
        g_array_append_val (others, node->item.bounds);
    }
  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (!box->moving && graphene_rect_intersection (&box->bounds, &extent, NULL))
        g_array_append_val (others, box->bounds);
    }
}

/* Neighbours win over the grid. */
void
leyden_canvas_align_moves (LeydenCanvas *self,
                           double       *dx,
                           double       *dy)
{
  g_autoptr(GArray) others = g_array_new (FALSE, FALSE, sizeof (graphene_rect_t));
  const LeydenCanvasMove *first;
  graphene_rect_t moving;

  self->guides[0].on = self->guides[1].on = FALSE;
  if (!self->snap || self->moves->len == 0)
    return;
  first = &g_array_index (self->moves, LeydenCanvasMove, 0);
  moving = first->from;
  for (guint i = 1; i < self->moves->len; i++)
    graphene_rect_union (&moving, &g_array_index (self->moves, LeydenCanvasMove, i).from, &moving);
  moving.origin.x += (float) *dx;
  moving.origin.y += (float) *dy;
  collect_others (self, others);
  leyden_guides_find (&moving, others, NEAR / self->view.scale, &self->guides[0], &self->guides[1]);
  *dx = self->guides[0].on ? *dx + self->guides[0].shift : leyden_canvas_snap (first->from.origin.x + *dx) - first->from.origin.x;
  *dy = self->guides[1].on ? *dy + self->guides[1].shift : leyden_canvas_snap (first->from.origin.y + *dy) - first->from.origin.y;
}

void
leyden_canvas_draw_guides (LeydenCanvas *self,
                           GtkSnapshot  *snapshot)
{
  if (self->tool != LEYDEN_TOOL_MOVE)
    return;
  for (guint i = 0; i < 2; i++)
    {
      const LeydenGuide *guide = &self->guides[i];
      graphene_point_t from, to;

      if (!guide->on)
        continue;
      from = i == 0 ? leyden_canvas_view_from_world (&self->view, guide->at, guide->from)
                    : leyden_canvas_view_from_world (&self->view, guide->from, guide->at);
      to = i == 0 ? leyden_canvas_view_from_world (&self->view, guide->at, guide->to)
                  : leyden_canvas_view_from_world (&self->view, guide->to, guide->at);
      gtk_snapshot_append_color (snapshot, &self->style.accent,
                                 &GRAPHENE_RECT_INIT (roundf (from.x) - (i == 0 ? 0 : 8), roundf (from.y) - (i == 0 ? 8 : 0),
                                                      i == 0 ? 1 : to.x - from.x + 16, i == 0 ? to.y - from.y + 16 : 1));
    }
}
