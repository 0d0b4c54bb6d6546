/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-private.h"

/* What others may ask nodes, edges, frames and notes. */

LeydenNode *
leyden_node_ref (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (LeydenNode *) leyden_element_ref (&self->element);
}

void
leyden_node_unref (LeydenNode *self)
{
  g_return_if_fail (self != NULL);
  leyden_element_unref (&self->element);
}

const char *
leyden_node_get_id (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->element.id;
}

const char *
leyden_node_get_type_name (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->type;
}

const char *
leyden_node_get_title (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->title;
}

graphene_point_t
leyden_node_get_position (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, GRAPHENE_POINT_INIT_ZERO);
  return self->position;
}

LeydenValue *
leyden_node_get_parameters (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->parameters;
}

LeydenValue *
leyden_node_get_parameter (LeydenNode *self,
                           const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);
  return leyden_value_get_member (self->parameters, name);
}

const char *
leyden_trainable_get_name (LeydenValue *entry)
{
  return leyden_value_get_kind (entry) == LEYDEN_VALUE_OBJECT ? leyden_value_get_member_string (entry, "name", NULL)
                                                              : leyden_value_get_string (entry, NULL);
}

LeydenValue *
leyden_node_get_trainable (LeydenNode *self,
                           const char *parameter)
{
  LeydenValue *list;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (parameter != NULL, NULL);

  list = leyden_value_get_member (self->element.value, "trainable");
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *entry = leyden_value_get_item (list, i);

      if (g_strcmp0 (leyden_trainable_get_name (entry), parameter) == 0)
        return entry;
    }
  return NULL;
}

gboolean
leyden_node_is_trainable (LeydenNode *self,
                          const char *parameter)
{
  LeydenValue *entry;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (parameter != NULL, FALSE);

  entry = leyden_node_get_trainable (self, parameter);
  return entry != NULL && !leyden_value_get_member_boolean (entry, "locked", FALSE);
}

guint
leyden_node_get_retry_max (LeydenNode *self)
{
  gint64 max;

  g_return_val_if_fail (self != NULL, 0);

  max = leyden_value_get_member_int (leyden_value_get_member (self->element.value, "retry"), "max", 0);
  return (guint) CLAMP (max, 0, 100);
}

LeydenValue *
leyden_node_get_body (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return leyden_value_get_member (self->element.value, "flow");
}

GPtrArray *
leyden_node_get_body_ends (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->ends;
}

LeydenValue *
leyden_node_get_value (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->element.value;
}

LeydenEdge *
leyden_edge_ref (LeydenEdge *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (LeydenEdge *) leyden_element_ref (&self->element);
}

void
leyden_edge_unref (LeydenEdge *self)
{
  g_return_if_fail (self != NULL);
  leyden_element_unref (&self->element);
}

const char *
leyden_edge_get_id (LeydenEdge *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->element.id;
}

const char *
leyden_edge_get_source (LeydenEdge *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->source;
}

const char *
leyden_edge_get_source_port (LeydenEdge *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->source_port;
}

const char *
leyden_edge_get_target (LeydenEdge *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->target;
}

const char *
leyden_edge_get_target_port (LeydenEdge *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->target_port;
}

LeydenValue *
leyden_edge_get_value (LeydenEdge *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->element.value;
}

LeydenFrame *
leyden_frame_ref (LeydenFrame *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (LeydenFrame *) leyden_element_ref (&self->element);
}

void
leyden_frame_unref (LeydenFrame *self)
{
  g_return_if_fail (self != NULL);
  leyden_element_unref (&self->element);
}

const char *
leyden_frame_get_id (LeydenFrame *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->element.id;
}

const char *
leyden_frame_get_title (LeydenFrame *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->title;
}

graphene_rect_t
leyden_frame_get_bounds (LeydenFrame *self)
{
  g_return_val_if_fail (self != NULL, GRAPHENE_RECT_INIT (0, 0, 0, 0));
  return self->bounds;
}

const char *
leyden_frame_get_color (LeydenFrame *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->color;
}

LeydenValue *
leyden_frame_get_value (LeydenFrame *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->element.value;
}

LeydenNote *
leyden_note_ref (LeydenNote *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (LeydenNote *) leyden_element_ref (&self->element);
}

void
leyden_note_unref (LeydenNote *self)
{
  g_return_if_fail (self != NULL);
  leyden_element_unref (&self->element);
}

const char *
leyden_note_get_id (LeydenNote *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->element.id;
}

const char *
leyden_note_get_text (LeydenNote *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->text;
}

graphene_rect_t
leyden_note_get_bounds (LeydenNote *self)
{
  g_return_val_if_fail (self != NULL, GRAPHENE_RECT_INIT (0, 0, 0, 0));
  return self->bounds;
}

const char *
leyden_note_get_color (LeydenNote *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->color;
}

LeydenValue *
leyden_note_get_value (LeydenNote *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->element.value;
}
