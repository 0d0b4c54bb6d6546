/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include "leyden-announce.h"
#include "leyden-node-view.h"

/* What the canvas says: hints, messages, badges. */

void
leyden_canvas_fail (LeydenCanvas *self,
                    const GError *error)
{
  g_signal_emit_by_name (self, "failed", error);
}

void
leyden_canvas_say (LeydenCanvas *self,
                   const char   *text)
{
  if (leyden_announce (GTK_WIDGET (self), text))
    return;
  gtk_label_set_text (GTK_LABEL (self->status), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->status), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
leyden_canvas_show_hint (LeydenCanvas *self,
                         const char   *text,
                         double        x,
                         double        y)
{
  gtk_widget_set_visible (self->hint, text != NULL && *text != '\0');
  if (text == NULL)
    return;
  gtk_label_set_text (GTK_LABEL (self->hint), text);
  self->pointer = GRAPHENE_POINT_INIT ((float) x, (float) y);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

void
leyden_canvas_announce (LeydenCanvas *self,
                        const char   *text)
{
  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  leyden_canvas_say (self, text);
}

void
leyden_canvas_activate_node (LeydenCanvas     *self,
                             LeydenCanvasNode *node)
{
  if (node->type == NULL || node->type->container == NULL
      || !gtk_widget_activate_action (GTK_WIDGET (self), "win.open-body", "s", node->id))
    g_signal_emit_by_name (self, "configure", node->id);
}

double
leyden_canvas_get_text_scale (LeydenCanvas *self)
{
  int dpi = 0;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-xft-dpi", &dpi, NULL);
  return dpi > 0 ? CLAMP (dpi / (96.0 * 1024), 0.5, 3) : 1;
}

/* --- badges --- */

void
leyden_canvas_set_node_origin (LeydenCanvas     *self,
                               const char       *id,
                               LeydenNodeOrigin  origin)
{
  LeydenCanvasNode *node;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (id != NULL);

  node = self->model != NULL ? leyden_canvas_model_get_node (self->model, id) : NULL;
  if (node == NULL || node->origin == origin)
    return;
  node->origin = origin;
  if (node->view != NULL)
    leyden_node_view_refresh (node->view);
}

void
leyden_canvas_set_node_status (LeydenCanvas    *self,
                               const char      *id,
                               LeydenNodeState  state,
                               guint64          count,
                               double           mean_ms)
{
  LeydenCanvasNode *node;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (id != NULL && state <= LEYDEN_NODE_STATE_SKIPPED);

  leyden_canvas_set_node_origin (self, id, LEYDEN_NODE_ORIGIN_RAN);
  node = self->model != NULL ? leyden_canvas_model_set_status (self->model, id, state, count, mean_ms) : NULL;
  if (node == NULL)
    return;
  if (node->view != NULL)
    leyden_node_view_refresh (node->view);
  else
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_canvas_clear_statuses (LeydenCanvas *self)
{
  g_return_if_fail (LEYDEN_IS_CANVAS (self));

  for (guint i = 0; self->model != NULL && i < leyden_canvas_model_get_nodes (self->model)->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (leyden_canvas_model_get_nodes (self->model), i);

      leyden_canvas_set_node_status (self, node->id, LEYDEN_NODE_STATE_NONE, 0, -1);
    }
  if (self->model != NULL)
    leyden_canvas_model_forget_statuses (self->model);
}

void
leyden_canvas_set_problems (LeydenCanvas *self,
                            GPtrArray    *problems)
{
  g_auto(GStrv) scope = NULL;
  GPtrArray *nodes;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  self->problems = problems != NULL ? g_ptr_array_ref (problems) : NULL;
  if (self->model == NULL)
    return;

  scope = leyden_flow_dup_scope (leyden_canvas_model_get_flow (self->model));
  nodes = leyden_canvas_model_get_nodes (self->model);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      node->n_errors = node->n_warnings = 0;
    }
  for (guint i = 0; problems != NULL && i < problems->len; i++)
    {
      const LeydenProblem *problem = g_ptr_array_index (problems, i);
      LeydenCanvasNode *node = leyden_canvas_find_problem_node (self, problem, scope);

      if (node != NULL && problem->severity == LEYDEN_PROBLEM_ERROR)
        node->n_errors++;
      else if (node != NULL && problem->severity == LEYDEN_PROBLEM_WARNING)
        node->n_warnings++;
    }
  for (guint i = 0; i < self->bound->len; i++)
    leyden_node_view_refresh (((LeydenCanvasNode *) g_ptr_array_index (self->bound, i))->view);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
