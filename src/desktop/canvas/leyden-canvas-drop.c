/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

/* What comes from outside of the canvas: nodes dragged from the library, values and fragments out of files. */

/* The wire that a node from the library would go into is shown. */
static GdkDragAction
drop_motion_cb (GtkDropTarget *target,
                double         x,
                double         y,
                LeydenCanvas  *self)
{
  const GValue *value = gtk_drop_target_get_value (target);
  LeydenDraggedType *dragged = value != NULL ? g_value_get_boxed (value) : NULL;

  self->pointer = GRAPHENE_POINT_INIT ((float) x, (float) y);
  if (self->model != NULL && dragged != NULL && dragged->type != NULL)
    leyden_canvas_splice_look_for (self, dragged->type, leyden_canvas_view_to_world (&self->view, x, y));
  return GDK_ACTION_COPY;
}

static void
drop_leave_cb (GtkDropTarget *target,
               LeydenCanvas  *self)
{
  leyden_canvas_splice_forget (self);
}

static gboolean
drop_cb (GtkDropTarget *target,
         const GValue  *value,
         double         x,
         double         y,
         LeydenCanvas  *self)
{
  LeydenDraggedType *dragged = g_value_get_boxed (value);
  LeydenCanvasEdge *edge;
  graphene_point_t at;

  if (self->model == NULL || dragged == NULL || dragged->type == NULL)
    return FALSE;
  at = leyden_canvas_view_to_world (&self->view, x, y);
  edge = leyden_canvas_splice_look_for (self, dragged->type, at);
  leyden_canvas_splice_forget (self);
  if (edge != NULL)
    return leyden_canvas_insert_into (self, dragged->type, edge, at);
  return leyden_canvas_insert (self, dragged->type, &at);
}

void
leyden_canvas_add_drop (LeydenCanvas *self)
{
  GtkEventController *controller;

  controller = GTK_EVENT_CONTROLLER (gtk_drop_target_new (LEYDEN_TYPE_DRAGGED_TYPE, GDK_ACTION_COPY));
  gtk_drop_target_set_preload (GTK_DROP_TARGET (controller), TRUE);
  g_signal_connect (controller, "motion", G_CALLBACK (drop_motion_cb), self);
  g_signal_connect (controller, "leave", G_CALLBACK (drop_leave_cb), self);
  g_signal_connect (controller, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

graphene_point_t
leyden_canvas_to_world (LeydenCanvas *self,
                        double        x,
                        double        y)
{
  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), GRAPHENE_POINT_INIT (0, 0));
  return leyden_canvas_view_to_world (&self->view, x, y);
}

gboolean
leyden_canvas_insert_constant (LeydenCanvas           *self,
                               const char             *title,
                               LeydenValue            *value,
                               const graphene_point_t *at)
{
  const LeydenNodeType *type;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(LeydenValue) json = NULL;
  g_autofree char *label = NULL;
  g_autofree char *id = NULL;
  graphene_point_t place;

  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), FALSE);
  g_return_val_if_fail (title != NULL && value != NULL, FALSE);

  type = leyden_node_types_lookup (self->types, "constant");
  if (self->model == NULL || type == NULL)
    return FALSE;
  place = at != NULL ? GRAPHENE_POINT_INIT (at->x - (float) type->width / 2, at->y - (float) LEYDEN_NODE_HEADER)
                     : leyden_canvas_find_open_place (self, type);
  label = g_strdup_printf (_("Add %s"), title);
  edit = leyden_edit_new (label);
  json = leyden_value_new_string ("json", -1);
  id = leyden_canvas_add_type (self, edit, type, place.x, place.y);
  leyden_edit_set_title (edit, id, title);
  leyden_edit_set_parameter (edit, id, "type", json);
  leyden_edit_set_parameter (edit, id, "json", value);
  if (!leyden_canvas_apply (self, g_steal_pointer (&edit)))
    return FALSE;
  leyden_canvas_show_element (self, LEYDEN_ELEMENT_NODE, id);
  return TRUE;
}
