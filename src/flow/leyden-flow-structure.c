/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-structure.h"

#include <math.h>
#include "leyden-flow-structure-private.h"
#include "leyden-text.h"

/* What collapsing, expanding and replacing share. */

void
leyden_new_ids_init (LeydenNewIds *self,
                     LeydenFlow   *flow)
{
  self->flow = flow;
  self->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
leyden_new_ids_clear (LeydenNewIds *self)
{
  g_clear_pointer (&self->taken, g_hash_table_unref);
}

char *
leyden_new_ids_make (LeydenNewIds *self)
{
  char *id = leyden_flow_new_element_id (self->flow);

  while (g_hash_table_contains (self->taken, id))
    {
      g_free (id);
      id = leyden_flow_new_element_id (self->flow);
    }
  g_hash_table_add (self->taken, g_strdup (id));
  return id;
}

char *
leyden_new_ids_claim (LeydenNewIds      *self,
                      LeydenElementKind  kind,
                      const char        *wanted)
{
  if (leyden_flow_get_element (self->flow, kind, wanted) != NULL || g_hash_table_contains (self->taken, wanted))
    return leyden_new_ids_make (self);
  g_hash_table_add (self->taken, g_strdup (wanted));
  return g_strdup (wanted);
}

LeydenValue *
leyden_structure_with_text (LeydenValue *value,
                            const char  *key,
                            const char  *text)
{
  g_autoptr(LeydenValue) member = leyden_value_new_string (text, -1);

  return leyden_value_with_member (value, key, member);
}

LeydenValue *
leyden_structure_with_ends (LeydenValue *edge,
                            const char  *source,
                            const char  *source_port,
                            const char  *target,
                            const char  *target_port)
{
  g_autoptr(LeydenValue) a = leyden_structure_with_text (edge, "source", source);
  g_autoptr(LeydenValue) b = leyden_structure_with_text (a, "source_port", source_port);
  g_autoptr(LeydenValue) c = leyden_structure_with_text (b, "target", target);

  return leyden_structure_with_text (c, "target_port", target_port);
}

/* What else a position holds stays. */
LeydenValue *
leyden_structure_with_place (LeydenValue *value,
                             double       x,
                             double       y)
{
  const double limit = (double) LEYDEN_FLOW_MAX_COORDINATE;
  LeydenValue *position = leyden_value_get_member (value, "position");
  g_autoptr(LeydenValue) left = leyden_value_new_double (CLAMP (x, -limit, limit));
  g_autoptr(LeydenValue) top = leyden_value_new_double (CLAMP (y, -limit, limit));
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) moved = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set (&builder, "x", left);
  leyden_value_builder_set (&builder, "y", top);
  for (guint i = 0; leyden_value_get_kind (position) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (position); i++)
    {
      const char *key = leyden_value_get_key (position, i);

      if (!g_str_equal (key, "x") && !g_str_equal (key, "y"))
        leyden_value_builder_set (&builder, key, leyden_value_get_item (position, i));
    }
  leyden_value_builder_end (&builder);
  moved = leyden_value_builder_end_value (&builder);
  return leyden_value_with_member (value, "position", moved);
}

LeydenValue *
leyden_structure_new_edge (const char *id,
                           const char *source,
                           const char *source_port,
                           const char *target,
                           const char *target_port)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "id", id);
  leyden_value_builder_set_string (&builder, "source", source);
  leyden_value_builder_set_string (&builder, "source_port", source_port);
  leyden_value_builder_set_string (&builder, "target", target);
  leyden_value_builder_set_string (&builder, "target_port", target_port);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

char *
leyden_structure_dup_title (LeydenNodeTypes *types,
                            LeydenNode      *node)
{
  const LeydenNodeType *type = leyden_node_types_lookup (types, node->type);

  return leyden_text_display (*node->title != '\0' ? node->title : type != NULL ? type->title : node->type, -1, 60, FALSE);
}

LeydenPortType
leyden_structure_get_type (LeydenNodeTypes *types,
                           LeydenNode      *node,
                           const char      *port,
                           gboolean         output)
{
  g_autoptr(GPtrArray) ports = node == NULL ? NULL : output ? leyden_node_types_dup_outputs (types, node) : leyden_node_types_dup_inputs (types, node);
  LeydenPort *found = ports != NULL ? leyden_ports_find (ports, port) : NULL;

  return found != NULL ? found->type : LEYDEN_PORT_ANY;
}

void
leyden_structure_grow (graphene_rect_t       *bounds,
                       gboolean              *any,
                       const graphene_rect_t *more)
{
  if (*any)
    graphene_rect_union (bounds, more, bounds);
  else
    *bounds = *more;
  *any = TRUE;
}

/* Whole numbers, so that there and back meets the same place. */
graphene_point_t
leyden_structure_get_place (const graphene_rect_t *content,
                            graphene_size_t        size)
{
  return GRAPHENE_POINT_INIT (roundf (content->origin.x + (content->size.width - size.width) / 2),
                              roundf (content->origin.y + (content->size.height - size.height) / 2));
}
