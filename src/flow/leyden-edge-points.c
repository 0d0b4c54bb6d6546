/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-edge-points.h"

#include <math.h>
#include "leyden-flow-private.h"

static const char * const point_keys[] = { "x", "y", NULL };

static gboolean
read_point (LeydenValue      *value,
            graphene_point_t *point)
{
  double x, y;

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT || !leyden_value_get_double (leyden_value_get_member (value, "x"), &x)
      || !leyden_value_get_double (leyden_value_get_member (value, "y"), &y))
    return FALSE;
  *point = GRAPHENE_POINT_INIT ((float) CLAMP (x, -LEYDEN_FLOW_MAX_COORDINATE, LEYDEN_FLOW_MAX_COORDINATE),
                                (float) CLAMP (y, -LEYDEN_FLOW_MAX_COORDINATE, LEYDEN_FLOW_MAX_COORDINATE));
  return TRUE;
}

gboolean
leyden_edge_read_points (LeydenValue       *value,
                         graphene_point_t **points,
                         guint             *n_points)
{
  LeydenValue *list = leyden_value_get_member (value, "points");
  guint n;
  g_autofree graphene_point_t *read = NULL;

  *points = NULL;
  *n_points = 0;
  if (list == NULL)
    return TRUE;
  n = leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? leyden_value_get_size (list) : LEYDEN_MAX_EDGE_POINTS + 1;
  if (n > LEYDEN_MAX_EDGE_POINTS)
    return FALSE;
  read = g_new (graphene_point_t, n + 1);
  for (guint i = 0; i < n; i++)
    if (!read_point (leyden_value_get_item (list, i), &read[i]))
      return FALSE;
  if (n > 0)
    *points = g_steal_pointer (&read);
  *n_points = n;
  return TRUE;
}

LeydenValue *
leyden_edge_canonical_points (LeydenValue *edge)
{
  LeydenValue *list = leyden_value_get_member (edge, "points");
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) ordered = NULL;
  gboolean same = TRUE;

  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return leyden_value_ref (edge);
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      g_autoptr(LeydenValue) point = leyden_flow_order_keys (leyden_value_get_item (list, i), point_keys);

      same = same && point == leyden_value_get_item (list, i);
      leyden_value_builder_add (&builder, point);
    }
  leyden_value_builder_end (&builder);
  ordered = leyden_value_builder_end_value (&builder);
  return same ? leyden_value_ref (edge) : leyden_value_with_member (edge, "points", ordered);
}

const graphene_point_t *
leyden_edge_get_points (LeydenEdge *self,
                        guint      *n_points)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (n_points != NULL, NULL);

  *n_points = self->n_points;
  return self->points;
}

/* A whole number where it is one, as the file has it elsewhere; else to a tenth. */
static LeydenValue *
make_number (float number)
{
  return leyden_value_new_double (round ((double) number * 10) / 10);
}

static LeydenValue *
make_points (LeydenValue            *before,
             const graphene_point_t *points,
             guint                   n_points)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  gboolean keep = leyden_value_get_kind (before) == LEYDEN_VALUE_LIST && leyden_value_get_size (before) == n_points;

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < n_points; i++)
    {
      LeydenValue *old = keep ? leyden_value_get_item (before, i) : NULL;

      leyden_value_builder_begin_object (&builder);
      leyden_value_builder_set_take (&builder, "x", make_number (points[i].x));
      leyden_value_builder_set_take (&builder, "y", make_number (points[i].y));
      for (guint k = 0; leyden_value_get_kind (old) == LEYDEN_VALUE_OBJECT && k < leyden_value_get_size (old); k++)
        if (!g_strv_contains (point_keys, leyden_value_get_key (old, k)))
          leyden_value_builder_set (&builder, leyden_value_get_key (old, k), leyden_value_get_item (old, k));
      leyden_value_builder_end (&builder);
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

void
leyden_edit_set_points (LeydenEdit             *self,
                        LeydenEdge             *edge,
                        const graphene_point_t *points,
                        guint                   n_points)
{
  static const char * const path[] = { "points", NULL };
  g_autoptr(LeydenValue) value = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (edge != NULL);
  g_return_if_fail (n_points <= LEYDEN_MAX_EDGE_POINTS);

  if (n_points > 0)
    value = make_points (leyden_value_get_member (edge->element.value, "points"), points, n_points);
  leyden_edit_add (self, LEYDEN_ELEMENT_EDGE, edge->element.id, path, value);
}

LeydenValue *
leyden_edge_move_points (LeydenEdge *self,
                         float       dx,
                         float       dy)
{
  g_autofree graphene_point_t *moved = NULL;
  g_autoptr(LeydenValue) list = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->n_points == 0)
    return leyden_value_ref (self->element.value);
  moved = g_new (graphene_point_t, self->n_points);
  for (guint i = 0; i < self->n_points; i++)
    moved[i] = GRAPHENE_POINT_INIT (CLAMP (self->points[i].x + dx, -LEYDEN_FLOW_MAX_COORDINATE, LEYDEN_FLOW_MAX_COORDINATE),
                                    CLAMP (self->points[i].y + dy, -LEYDEN_FLOW_MAX_COORDINATE, LEYDEN_FLOW_MAX_COORDINATE));
  list = make_points (leyden_value_get_member (self->element.value, "points"), moved, self->n_points);
  return leyden_value_with_member (self->element.value, "points", list);
}
