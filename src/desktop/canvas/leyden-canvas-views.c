/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <math.h>

#include "leyden-minimap.h"
#include "leyden-node-view.h"

/* Widgets for what is visible, from a pool. */

#define BINDS_PER_FRAME 40      /* when there is time, more */
#define MARGIN 120.0            /* view units around what is visible for which widgets exist */
#define MAX_PINNED_SELECTION 64
#define SHARP_MS 60             /* after the scale changed last; all is sharp 150 ms after it */
#define BIND_US 4000            /* of a frame */
#define DETAILS_IN_MOTION 6

static gboolean
is_pinned (LeydenCanvas     *self,
           LeydenCanvasNode *node,
           LeydenCanvasNode *focus)
{
  if (node == focus || node->moving || node == self->connection.node || node == self->connection.target)
    return TRUE;
  return leyden_selection_get_size (self->selection) <= MAX_PINNED_SELECTION
         && leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, node->id);
}

static void
relate_neighbors (LeydenCanvasNode *node)
{
  for (guint i = 0; i < node->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);

      if (edge->source != NULL && edge->source != node && edge->source->view != NULL)
        leyden_node_view_relate (edge->source->view);
    }
}

void
leyden_canvas_unbind (LeydenCanvas     *self,
                      LeydenCanvasNode *node)
{
  LeydenNodeView *view = node->view;

  leyden_node_view_unbind (view);
  leyden_rasters_forget (self->rasters, GTK_WIDGET (view));
  relate_neighbors (node);
  gtk_widget_set_child_visible (GTK_WIDGET (view), FALSE);
  /* A screen reader does not see that by itself. */
  gtk_accessible_update_state (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  g_ptr_array_add (self->pool, view);
}

void
leyden_canvas_bind_now (LeydenCanvas     *self,
                        LeydenCanvasNode *node)
{
  GtkWidget *view;

  if (node->view != NULL)
    return;
  if (self->pool->len > 0)
    view = g_ptr_array_steal_index_fast (self->pool, self->pool->len - 1);
  else
    {
      view = leyden_node_view_new (self);
      gtk_widget_set_parent (view, self->world);
    }
  leyden_node_view_bind (LEYDEN_NODE_VIEW (view), node);
  leyden_node_view_set_selected (LEYDEN_NODE_VIEW (view),
                                 leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, node->id));
  gtk_widget_set_child_visible (view, TRUE);
  gtk_accessible_reset_state (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_STATE_HIDDEN);
  leyden_node_view_relate (LEYDEN_NODE_VIEW (view));
  relate_neighbors (node);
  g_ptr_array_add (self->bound, node);
  gtk_widget_queue_allocate (self->world);
}

/* Shows more or less of the nodes, some in each frame. TRUE when some are left. */
static gboolean
sync_detail (LeydenCanvas *self)
{
  guint n = 0;

  self->detail = leyden_node_detail_at (self->view.scale);
  for (guint i = 0; i < self->bound->len; i++)
    if (leyden_node_view_needs_detail (((LeydenCanvasNode *) g_ptr_array_index (self->bound, i))->view))
      {
        if (n++ == (self->rough ? DETAILS_IN_MOTION : BINDS_PER_FRAME))
          return TRUE;
        leyden_node_view_update_detail (((LeydenCanvasNode *) g_ptr_array_index (self->bound, i))->view);
      }
  return FALSE;
}

/* Binds what came into view, as far as the time of a frame goes, and frees what left it. TRUE when something is left for the next frame. */
static gboolean
sync_views (LeydenCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  LeydenCanvasNode *focus = leyden_canvas_get_focus_node (self, NULL, NULL);
  graphene_rect_t extent = leyden_canvas_view_get_extent (&self->view, gtk_widget_get_width (widget),
                                                          gtk_widget_get_height (widget), MARGIN);
  gboolean far = self->view.scale < LEYDEN_CANVAS_LOD_SCALE;
  g_autoptr(GPtrArray) visible = g_ptr_array_new ();
  guint n_binds = 0, n_frees = 0;
  gint64 end = g_get_monotonic_time () + BIND_US;

  for (guint i = self->bound->len; i > 0; i--)
    {
      LeydenCanvasNode *node = g_ptr_array_index (self->bound, i - 1);

      if ((!far && graphene_rect_intersection (&node->item.bounds, &extent, NULL)) || is_pinned (self, node, focus))
        continue;
      if (n_frees++ == BINDS_PER_FRAME)
        break;
      leyden_canvas_unbind (self, node);
      g_ptr_array_remove_index_fast (self->bound, i - 1);
    }
  if (far)
    return n_frees > BINDS_PER_FRAME;
  leyden_canvas_model_query (self->model, &extent, visible);
  for (guint i = 0; i < visible->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (visible, i);

      if (node->view != NULL)
        continue;
      if ((n_binds >= BINDS_PER_FRAME || self->rough) && g_get_monotonic_time () > end)
        return TRUE;
      leyden_canvas_bind_now (self, node);
      n_binds++;
    }
  return n_frees > BINDS_PER_FRAME;
}

static gboolean
sync_cb (GtkWidget     *widget,
         GdkFrameClock *clock,
         gpointer       data)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  int width = gtk_widget_get_width (widget);

  gtk_widget_queue_draw (widget);
  if (self->model != NULL && width > 0)
    {
      gboolean more;

      /* Not only when it is laid out: what is bound before that would be what nobody will see. */
      leyden_canvas_settle_fit (self, width, gtk_widget_get_height (widget));
      more = sync_detail (self);
      if (sync_views (self) || more)
        return G_SOURCE_CONTINUE;
    }
  self->sync_id = 0;
  if (self->told_scale == self->view.scale)
    return G_SOURCE_REMOVE;
  self->told_scale = self->view.scale;
  g_object_notify (G_OBJECT (self), "zoom");
  return G_SOURCE_REMOVE;
}

void
leyden_canvas_queue_sync (LeydenCanvas *self)
{
  if (self->sync_id == 0)
    self->sync_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), sync_cb, NULL, NULL);
}

static gboolean
sharp_cb (gpointer data)
{
  LeydenCanvas *self = data;

  self->sharp_id = 0;
  self->rough = FALSE;
  /* How many is known when the next frame is drawn. */
  self->n_unsharp = MAX (self->n_unsharp, 1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

void
leyden_canvas_view_changed (LeydenCanvas *self)
{
  leyden_canvas_view_clamp (&self->view);
  if (self->view.scale != self->sharp_scale)
    {
      self->sharp_scale = self->view.scale;
      self->rough = self->view.scale >= LEYDEN_CANVAS_LOD_SCALE && self->bound->len > 0;
      g_clear_handle_id (&self->sharp_id, g_source_remove);
      if (self->rough)
        self->sharp_id = g_timeout_add (SHARP_MS, sharp_cb, self);
    }
  if (self->minimap != NULL)
    leyden_minimap_changed (LEYDEN_MINIMAP (self->minimap), FALSE);
  leyden_canvas_queue_sync (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_canvas_wires_changed (LeydenCanvas *self)
{
  if (self->minimap != NULL)
    leyden_minimap_changed (LEYDEN_MINIMAP (self->minimap), TRUE);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

LeydenCanvasView
leyden_canvas_get_drawn_view (LeydenCanvas *self)
{
  int factor = gtk_widget_get_scale_factor (GTK_WIDGET (self));

  return (LeydenCanvasView) { self->view.scale, round (self->view.x * factor) / factor, round (self->view.y * factor) / factor };
}
