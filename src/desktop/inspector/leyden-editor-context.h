/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"

G_BEGIN_DECLS

/* An output of another node that an input could be wired to without a circle. */
typedef struct
{
  char           *node;
  char           *title;        /* of the node, as a person knows it */
  char           *port;
  LeydenPortType  type;
} LeydenEditorOffer;

/**
 * LeydenEditorContext: what an editor may know of the node whose value it edits: its inputs, what came in by them last, and what could be
 * connected. A snapshot, immutable, reference-counted; no widget.
 */
typedef struct
{
  char        **names;          /* what expressions may read: the inputs, in the order of the node; of a container more */
  GArray       *types;          /* LeydenPortType of each name */
  char         *node;
  LeydenValue  *outputs;        /* object: what the node itself gave last; nullable */
  char         *result_type;    /* the node's parameter “type”: what an expression becomes; "" without */
  GHashTable   *wired;          /* set of the inputs that have a wire */
  LeydenValue  *values;         /* object: input to the value that was last on its wire; NULL: nothing is known */
  char         *inputs_parameter; /* the parameter that makes the inputs; nullable */
  GPtrArray    *offers;         /* LeydenEditorOffer, nearest node first */
} LeydenEditorContext;

/* @node must be there. @state (nullable): the fold of the rollout that is shown (data/schema/state.json). (transfer full) */
LeydenEditorContext *leyden_editor_context_new       (LeydenFlow          *flow,
                                                      LeydenNodeTypes     *types,
                                                      const char          *node,
                                                      LeydenValue         *state);
LeydenEditorContext *leyden_editor_context_ref       (LeydenEditorContext *self);
void                 leyden_editor_context_unref     (LeydenEditorContext *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenEditorContext, leyden_editor_context_unref)
/* Lets go of the one in @place and takes @context (nullable) instead; they may be the same. */
void                 leyden_editor_context_set       (LeydenEditorContext **place, LeydenEditorContext *context);
gboolean             leyden_editor_context_has_name  (LeydenEditorContext *self,
                                                      const char          *name);
LeydenPortType       leyden_editor_context_get_type  (LeydenEditorContext *self,
                                                      const char          *name);
/* The last value of an input; NULL where nothing is known. (transfer none) */
LeydenValue         *leyden_editor_context_get_value (LeydenEditorContext *self,
                                                      const char          *name);
/* The name nearest to @name in @names by edits (at most a third of its length), NULL when none is near. */
const char          *leyden_editor_context_nearest   (const char * const  *names,
                                                      const char          *name);

G_END_DECLS
