/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_PROBLEM_ERROR,         /* cannot run */
  LEYDEN_PROBLEM_WARNING,       /* runs, but is probably not meant */
  LEYDEN_PROBLEM_NOTICE,
} LeydenSeverity;

/* One finding. Immutable, owned by its array. */
typedef struct
{
  LeydenSeverity     severity;
  const char        *code;              /* stable, "edge-target-missing" */
  LeydenElementKind  kind;
  char             **scope;             /* containers that it is in, outermost first; empty: none */
  char              *id;                /* element, "" for the flow */
  char              *port;              /* or parameter; nullable */
  char              *pointer;           /* JSON pointer in the canonical file */
  char              *message;           /* translated, names node (title) and port */
  char              *repair_label;      /* translated, nullable */
  LeydenEdit        *repair;            /* nullable */
} LeydenProblem;

void       leyden_problem_free      (LeydenProblem *self);
/* Everything that is wrong, errors first, then by element; (element-type LeydenProblem). Bodies of containers are checked too. Any thread
 * that has the flow to itself, O(nodes + edges). */
GPtrArray *leyden_flow_check        (LeydenFlow *flow, LeydenNodeTypes *types);
LeydenValue *leyden_problem_to_value (LeydenProblem *self);
gboolean   leyden_problems_have_errors (GPtrArray *problems);

/* The edit that puts a converting node into @edge (whose ports have these types); NULL when no node converts. The three ids are
 * those of the node and of the two wires that replace @edge. (transfer full) (nullable) */
LeydenEdit  *leyden_edit_new_conversion (LeydenFlow *flow, LeydenEdge *edge, LeydenPortType from, LeydenPortType to,
                                         const char *node_id, const char *first_id, const char *second_id);

G_END_DECLS
