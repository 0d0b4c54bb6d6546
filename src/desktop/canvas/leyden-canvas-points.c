/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-edge-points.h"

/* Points that wires are led through: added, chosen, moved and taken away, by the pointer and by keys. One of them may be active: what the
 * arrow keys and Delete then mean. Its wire is selected as long as it is. */

#define NEAR 12.0               /* view units from the pointer to a wire */

static LeydenCanvasEdge *
get_active (LeydenCanvas *self)
{
  LeydenCanvasEdge *edge;

  if (self->model == NULL || self->point_edge == NULL)
    return NULL;
  edge = leyden_canvas_model_get_edge (self->model, self->point_edge);
  if (edge == NULL || self->point >= edge->n_points || !leyden_selection_contains (self->selection, LEYDEN_ELEMENT_EDGE, edge->id))
    return NULL;
  return edge;
}

gboolean
leyden_canvas_has_active_point (LeydenCanvas *self)
{
  return get_active (self) != NULL;
}

void
leyden_canvas_activate_point (LeydenCanvas     *self,
                              LeydenCanvasEdge *edge,
                              guint             point)
{
  g_autofree char *text = NULL;

  if (!leyden_selection_contains (self->selection, LEYDEN_ELEMENT_EDGE, edge->id))
    leyden_selection_set (self->selection, LEYDEN_ELEMENT_EDGE, edge->id);
  g_free (self->point_edge);
  self->point_edge = g_strdup (edge->id);
  self->point = point;
  text = g_strdup_printf (_("Reroute point %u of %u"), point + 1, edge->n_points);
  leyden_canvas_say (self, text);
  leyden_canvas_wires_changed (self);
}

gboolean
leyden_canvas_leave_point (LeydenCanvas *self)
{
  gboolean active = get_active (self) != NULL;

  g_clear_pointer (&self->point_edge, g_free);
  if (active)
    leyden_canvas_wires_changed (self);
  return active;
}

void
leyden_canvas_draw_points (LeydenCanvas           *self,
                           cairo_t                *cr,
                           const LeydenCanvasEdge *edge,
                           const GdkRGBA          *color)
{
  const LeydenCanvasEdge *active = get_active (self);
  double radius = CLAMP (4 * self->view.scale, 2, 8);

  cairo_set_dash (cr, NULL, 0, 0);
  for (guint i = 0; i < edge->n_points; i++)
    {
      graphene_point_t at = leyden_canvas_view_from_world (&self->view, edge->points[i].x, edge->points[i].y);

      cairo_new_sub_path (cr);
      cairo_arc (cr, at.x, at.y, radius, 0, 2 * G_PI);
      cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha);
      cairo_fill (cr);
      if (edge != active || i != self->point)
        continue;
      cairo_new_sub_path (cr);
      cairo_arc (cr, at.x, at.y, radius + 3.5, 0, 2 * G_PI);
      cairo_set_source_rgba (cr, self->style.accent.red, self->style.accent.green, self->style.accent.blue, self->style.accent.alpha);
      cairo_set_line_width (cr, 2);
      cairo_stroke (cr);
    }
}

/* --- edits --- */

static gboolean
set_points (LeydenCanvas           *self,
            LeydenCanvasEdge       *edge,
            const graphene_point_t *points,
            guint                   n_points,
            const char             *label,
            gboolean                merge)
{
  LeydenEdit *edit = leyden_edit_new (label);

  leyden_edit_set_points (edit, edge->edge, points, n_points);
  if (merge)
    leyden_edit_set_merge_key (edit, "move-point");
  if (leyden_canvas_apply (self, edit))
    return TRUE;
  leyden_canvas_edge_place_points (edge, NULL, 0);
  leyden_canvas_wires_changed (self);
  return FALSE;
}

gboolean
leyden_canvas_add_point (LeydenCanvas     *self,
                         LeydenCanvasEdge *edge,
                         double            t)
{
  graphene_point_t at = leyden_canvas_edge_get_point (edge, t);
  guint index = MIN ((guint) (CLAMP (t, 0, 1) * (edge->n_points + 1)), edge->n_points);
  g_autofree graphene_point_t *points = g_new (graphene_point_t, edge->n_points + 1);
  g_autofree char *id = g_strdup (edge->id);

  if (edge->n_points >= LEYDEN_MAX_EDGE_POINTS)
    {
      g_autofree char *text = g_strdup_printf (_("A wire has at most %d reroute points"), LEYDEN_MAX_EDGE_POINTS);

      g_signal_emit_by_name (self, "message", text);
      return FALSE;
    }
  for (guint i = 0; i < edge->n_points + 1; i++)
    points[i] = i < index ? edge->points[i] : i == index ? at : edge->points[i - 1];
  if (!set_points (self, edge, points, edge->n_points + 1, _("Add Reroute Point"), FALSE))
    return FALSE;
  edge = leyden_canvas_model_get_edge (self->model, id);
  if (edge != NULL && index < edge->n_points)
    leyden_canvas_activate_point (self, edge, index);
  return TRUE;
}

void
leyden_canvas_remove_point (LeydenCanvas     *self,
                            LeydenCanvasEdge *edge,
                            guint             point)
{
  g_autofree graphene_point_t *points = g_new (graphene_point_t, edge->n_points);
  guint n = 0;

  g_return_if_fail (point < edge->n_points);

  for (guint i = 0; i < edge->n_points; i++)
    if (i != point)
      points[n++] = edge->points[i];
  leyden_canvas_leave_point (self);
  if (set_points (self, edge, points, n, _("Remove Reroute Point"), FALSE))
    leyden_canvas_say (self, _("Reroute point removed"));
}

gboolean
leyden_canvas_remove_active_point (LeydenCanvas *self)
{
  LeydenCanvasEdge *edge = get_active (self);

  if (edge == NULL)
    return FALSE;
  leyden_canvas_remove_point (self, edge, self->point);
  return TRUE;
}

/* --- moving one --- */

static void
place_active (LeydenCanvas     *self,
              LeydenCanvasEdge *edge,
              graphene_point_t  to)
{
  g_autofree graphene_point_t *points = g_memdup2 (edge->points, edge->n_points * sizeof (graphene_point_t));

  points[self->point] = to;
  leyden_canvas_edge_place_points (edge, points, edge->n_points);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_canvas_drag_point (LeydenCanvas     *self,
                          graphene_point_t  to)
{
  LeydenCanvasEdge *edge = get_active (self);

  if (edge == NULL)
    return;
  if (self->snap)
    to = GRAPHENE_POINT_INIT ((float) leyden_canvas_snap (to.x), (float) leyden_canvas_snap (to.y));
  place_active (self, edge, to);
}

void
leyden_canvas_commit_point (LeydenCanvas *self,
                            gboolean      merge)
{
  LeydenCanvasEdge *edge = get_active (self);
  g_autofree graphene_point_t *points = NULL;
  const graphene_point_t *before;
  guint n;

  if (edge == NULL)
    return;
  before = leyden_edge_get_points (edge->edge, &n);
  if (n != edge->n_points || graphene_point_equal (&before[self->point], &edge->points[self->point]))
    return;
  points = g_memdup2 (edge->points, edge->n_points * sizeof (graphene_point_t));
  set_points (self, edge, points, edge->n_points, _("Move Reroute Point"), merge);
}

void
leyden_canvas_cancel_point (LeydenCanvas *self)
{
  LeydenCanvasEdge *edge = get_active (self);

  if (edge != NULL)
    leyden_canvas_edge_place_points (edge, NULL, 0);
  leyden_canvas_wires_changed (self);
}

gboolean
leyden_canvas_nudge_point (LeydenCanvas *self,
                           int           dx,
                           int           dy)
{
  LeydenCanvasEdge *edge = get_active (self);
  const double step = LEYDEN_CANVAS_GRID / 2;

  if (edge == NULL)
    return FALSE;
  place_active (self, edge, GRAPHENE_POINT_INIT (edge->points[self->point].x + (float) (dx * step),
                                                 edge->points[self->point].y + (float) (dy * step)));
  leyden_canvas_commit_point (self, TRUE);
  return TRUE;
}

/* --- going with nodes --- */

/* Wires of which both ends are on the way. */
static gboolean
goes_along (LeydenCanvasEdge *edge)
{
  return edge->n_points > 0 && edge->source != NULL && edge->target != NULL && edge->source->moving && edge->target->moving;
}

void
leyden_canvas_shift_edge (LeydenCanvasEdge *edge,
                          LeydenEdit       *edit,
                          float             dx,
                          float             dy)
{
  g_autofree graphene_point_t *points = NULL;
  const graphene_point_t *before;
  guint n;

  before = leyden_edge_get_points (edge->edge, &n);
  points = g_new (graphene_point_t, n + 1);
  for (guint k = 0; k < n; k++)
    points[k] = GRAPHENE_POINT_INIT (before[k].x + dx, before[k].y + dy);
  if (edit != NULL)
    leyden_edit_set_points (edit, edge->edge, points, n);
  else
    leyden_canvas_edge_place_points (edge, points, n);
}

void
leyden_canvas_shift_points (LeydenCanvas *self,
                            LeydenEdit   *edit,
                            float         dx,
                            float         dy)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (goes_along (edge))
        leyden_canvas_shift_edge (edge, edit, dx, dy);
    }
}

/* --- actions --- */

/* Wires that an action is about: the selected ones, else those of the port or the node that has the focus. */
static GPtrArray *
list_meant (LeydenCanvas *self)
{
  g_auto(GStrv) ids = leyden_selection_list (self->selection, LEYDEN_ELEMENT_EDGE);
  gboolean output = FALSE;
  int port = -1;
  LeydenCanvasNode *node = NULL;
  GPtrArray *edges;

  if (ids[0] == NULL)
    {
      node = leyden_canvas_get_focus_node (self, &output, &port);
      if (node != NULL && port >= 0)
        return leyden_canvas_node_list_edges (node, output, (guint) port);
    }
  edges = g_ptr_array_new ();
  for (guint i = 0; ids[i] != NULL; i++)
    {
      LeydenCanvasEdge *edge = leyden_canvas_model_get_edge (self->model, ids[i]);

      if (edge != NULL)
        g_ptr_array_add (edges, edge);
    }
  if (ids[0] == NULL && node != NULL)
    for (guint i = 0; i < node->edges->len; i++)
      g_ptr_array_add (edges, g_ptr_array_index (node->edges, i));
  return edges;
}

/* Where the longest piece has its middle. */
static double
find_room (LeydenCanvasEdge *edge)
{
  guint n, best = 0;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);
  double longest = -1;

  for (guint i = 0; i < n; i++)
    {
      double length = hypot (curves[i].p[3].x - curves[i].p[0].x, curves[i].p[3].y - curves[i].p[0].y);

      if (length <= longest)
        continue;
      longest = length;
      best = i;
    }
  return (best + 0.5) / n;
}

/* At the pointer when it is on the wire, else where there is room. */
static void
add_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  g_autoptr(GPtrArray) edges = NULL;
  graphene_point_t pointer;
  LeydenCanvasEdge *edge;
  double t;

  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  edges = list_meant (self);
  if (edges->len != 1)
    {
      g_signal_emit_by_name (self, "message", _("Select one wire, or go to a port that has one, to lead it through a point"));
      return;
    }
  edge = g_ptr_array_index (edges, 0);
  pointer = leyden_canvas_view_to_world (&self->view, self->pointer.x, self->pointer.y);
  if (leyden_canvas_edge_get_distance (edge, pointer, &t) > NEAR / self->view.scale)
    t = find_room (edge);
  leyden_canvas_add_point (self, edge, t);
}

static void
next_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  int step = g_variant_get_int32 (parameter), total = 0, at = -1;
  LeydenCanvasEdge *active = get_active (self);
  g_autoptr(GPtrArray) edges = self->model != NULL ? list_meant (self) : g_ptr_array_new ();

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (edge == active)
        at = total + (int) self->point;
      total += (int) edge->n_points;
    }
  if (total == 0)
    {
      gtk_widget_error_bell (widget);
      return;
    }
  at = at < 0 ? (step > 0 ? 0 : total - 1) : (at + step + total) % total;
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (at < (int) edge->n_points)
        {
          leyden_canvas_activate_point (self, edge, (guint) at);
          return;
        }
      at -= (int) edge->n_points;
    }
}

static void
clear_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  g_autoptr(GPtrArray) edges = self->model != NULL ? list_meant (self) : g_ptr_array_new ();
  LeydenEdit *edit = leyden_edit_new (_("Remove Reroute Points"));

  for (guint i = 0; i < edges->len; i++)
    if (((LeydenCanvasEdge *) g_ptr_array_index (edges, i))->n_points > 0)
      leyden_edit_set_points (edit, ((LeydenCanvasEdge *) g_ptr_array_index (edges, i))->edge, NULL, 0);
  if (leyden_edit_get_n_changes (edit) > 0)
    leyden_canvas_apply (self, edit);
  else
    leyden_edit_unref (edit);
}

void
leyden_canvas_append_points (LeydenCanvas *self,
                             GMenu        *menu)
{
  LeydenElementKind kind;
  const char *id;
  LeydenCanvasEdge *edge;

  if (!leyden_selection_get_single (self->selection, &kind, &id) || kind != LEYDEN_ELEMENT_EDGE)
    return;
  edge = leyden_canvas_model_get_edge (self->model, id);
  g_menu_append (menu, _("Add Reroute Point"), "canvas.add-point");
  if (edge != NULL && edge->n_points > 0)
    g_menu_append (menu, _("Remove Reroute Points"), "canvas.clear-points");
}

void
leyden_canvas_class_add_points (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.add-point", NULL, add_action);
  gtk_widget_class_install_action (klass, "canvas.clear-points", NULL, clear_action);
  gtk_widget_class_install_action (klass, "canvas.next-point", "i", next_action);
}
