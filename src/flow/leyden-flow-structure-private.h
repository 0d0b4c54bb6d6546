/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow-private.h"
#include "leyden-flow-structure.h"

G_BEGIN_DECLS

/* Space between what is in a container and its Input and Output. */
#define LEYDEN_STRUCTURE_GAP 80.0

/* New ids of one edit: unused in the flow and by one another. */
typedef struct
{
  LeydenFlow *flow;
  GHashTable *taken;
} LeydenNewIds;

void         leyden_new_ids_init        (LeydenNewIds *self, LeydenFlow *flow);
void         leyden_new_ids_clear       (LeydenNewIds *self);
char        *leyden_new_ids_make        (LeydenNewIds *self);
/* @wanted, unless it is taken. (transfer full) */
char        *leyden_new_ids_claim       (LeydenNewIds *self, LeydenElementKind kind, const char *wanted);

/* (transfer full) */
LeydenValue *leyden_structure_with_text (LeydenValue *value, const char *key, const char *text);
LeydenValue *leyden_structure_with_ends (LeydenValue *edge, const char *source, const char *source_port,
                                         const char *target, const char *target_port);
LeydenValue *leyden_structure_with_place (LeydenValue *value, double x, double y);
/* "leyden" is no id of a node: an edge's value, all new. (transfer full) */
LeydenValue *leyden_structure_new_edge  (const char *id, const char *source, const char *source_port, const char *target,
                                         const char *target_port);
/* Title of a node or of its kind, safe to show. (transfer full) */
char        *leyden_structure_dup_title (LeydenNodeTypes *types, LeydenNode *node);
/* Type of a port; ANY when there is none of that name, or no such node. @node: nullable. */
LeydenPortType leyden_structure_get_type (LeydenNodeTypes *types, LeydenNode *node, const char *port, gboolean output);
void         leyden_structure_grow      (graphene_rect_t *bounds, gboolean *any, const graphene_rect_t *more);
/* Where a container of that size stands for content with these bounds, and so back. */
graphene_point_t leyden_structure_get_place (const graphene_rect_t *content, graphene_size_t size);

G_END_DECLS
