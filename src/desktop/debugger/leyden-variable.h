/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-flow.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* What a variable is. Nodes, and what they hold, are headings; the rest are values. */
typedef enum
{
  LEYDEN_VARIABLE_INPUT,                /* what came into the rollout */
  LEYDEN_VARIABLE_NODE,                 /* its outputs and parameters are below */
  LEYDEN_VARIABLE_OUTPUT,               /* of a node, by its port */
  LEYDEN_VARIABLE_PARAMETER,
  LEYDEN_VARIABLE_MEMBER,               /* of an object or list */
  LEYDEN_VARIABLE_MORE,                 /* stands for further members; activated it makes room for them */
} LeydenVariableKind;

/**
 * LeydenVariable: a line of the tree of what a rollout holds. Properties (notify): "value" (LeydenValue, nullable).
 */
#define LEYDEN_TYPE_VARIABLE (leyden_variable_get_type ())
G_DECLARE_FINAL_TYPE (LeydenVariable, leyden_variable, LEYDEN, VARIABLE, GObject)

LeydenVariableKind leyden_variable_get_kind      (LeydenVariable *self);
/* As it is shown: safe text. */
const char        *leyden_variable_get_title     (LeydenVariable *self);
/* Path of the node that it belongs to; NULL for the input. */
const char        *leyden_variable_get_node      (LeydenVariable *self);
/* Port or parameter that it belongs to; NULL above those. */
const char        *leyden_variable_get_member    (LeydenVariable *self);
LeydenValue       *leyden_variable_get_value     (LeydenVariable *self);
/* An output or parameter itself, which an edit can put another value for. */
gboolean           leyden_variable_is_whole      (LeydenVariable *self);
/* What is below it, at most so many at once; NULL when nothing can be. (transfer full) (nullable) */
GListModel        *leyden_variable_list_children (LeydenVariable *self);
/* Of LEYDEN_VARIABLE_MORE: shows more of its siblings. */
void               leyden_variable_show_more     (LeydenVariable *self);
/* An expression that watches it, "\"Solver\" ->> '$.answer'"; NULL when there is none. (transfer full) */
char              *leyden_variable_dup_watch     (LeydenVariable *self);

/* Values whose title or text has @text in it, at most @max. (transfer full) (element-type LeydenVariable) */
GListModel        *leyden_variables_search       (GListModel *list, const char *text, guint max);

G_END_DECLS
