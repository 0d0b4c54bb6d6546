/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_ELEMENT_FLOW,          /* top-level properties: title, description, datasets, view */
  LEYDEN_ELEMENT_NODE,
  LEYDEN_ELEMENT_EDGE,
  LEYDEN_ELEMENT_FRAME,
  LEYDEN_ELEMENT_NOTE,
} LeydenElementKind;

/**
 * LeydenEdit: one finished change: a list of (element kind, id, path inside the element, value before, value after), a label and
 * an actor. Invertible and serialisable: {"label", "actor", "time", "merge", "changes": [{"kind", "id", "path": [..], "before", "after"}]};
 * an absent "before"/"after" means that nothing was/is there. An empty path is the whole element. A change in the body of a container
 * has "scope": [ids of the containers, outermost first]. Reference-counted; before it is applied it only needs "after".
 */
typedef struct _LeydenEdit LeydenEdit;
#define LEYDEN_TYPE_EDIT (leyden_edit_get_type ())
GType        leyden_edit_get_type     (void) G_GNUC_CONST;

/* One change as seen by views. Strings belong to the edit. */
typedef struct
{
  LeydenElementKind   kind;
  const char         *id;               /* "" for FLOW */
  const char * const *path;             /* NULL-terminated, may be empty */
  LeydenValue        *before;           /* NULL: was not there */
  LeydenValue        *after;            /* NULL: is no longer there */
  const char * const *scope;            /* ids of the containers in whose body it is, outermost first; may be empty */
} LeydenChange;

LeydenEdit  *leyden_edit_new          (const char *label);            /* translated, "Move Agent" */
LeydenEdit  *leyden_edit_ref          (LeydenEdit *self);
void         leyden_edit_unref        (LeydenEdit *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenEdit, leyden_edit_unref)
void         leyden_edit_set_actor    (LeydenEdit *self, const char *actor);   /* default "user" */
/* Edits with the same key that follow one another within two seconds undo as one (typing, arrow keys). */
void         leyden_edit_set_merge_key (LeydenEdit *self, const char *key);
/* As leyden_edit_add() for one change in the body at @scope. */
void         leyden_edit_add_in       (LeydenEdit *self, const char * const *scope, LeydenElementKind kind, const char *id,
                                       const char * const *path, LeydenValue *after);
/* The changes, those that are added later too, are of the body at @scope (NULL or empty: of the whole flow). */
void         leyden_edit_set_scope    (LeydenEdit *self, const char * const *scope);
/* Sets (@after NULL: removes) what stands at @path (NULL-terminated; NULL or empty: the whole element). */
void         leyden_edit_add          (LeydenEdit *self, LeydenElementKind kind, const char *id,
                                       const char * const *path, LeydenValue *after);
/* Convenience over leyden_edit_add; all take ids. */
void         leyden_edit_add_node     (LeydenEdit *self, const char *id, const char *type, const char *title,
                                       float x, float y, LeydenValue *parameters);
void         leyden_edit_remove_node  (LeydenEdit *self, LeydenFlow *flow, const char *id);   /* with its edges */
void         leyden_edit_move_node    (LeydenEdit *self, const char *id, float x, float y);
void         leyden_edit_set_parameter (LeydenEdit *self, const char *id, const char *name, LeydenValue *value);
void         leyden_edit_set_title    (LeydenEdit *self, const char *id, const char *title);
void         leyden_edit_add_edge     (LeydenEdit *self, const char *id, const char *source, const char *source_port,
                                       const char *target, const char *target_port);
void         leyden_edit_remove_edge  (LeydenEdit *self, const char *id);

const char  *leyden_edit_get_label    (LeydenEdit *self);
const char  *leyden_edit_get_actor    (LeydenEdit *self);
guint        leyden_edit_get_n_changes (LeydenEdit *self);
const LeydenChange *leyden_edit_get_change (LeydenEdit *self, guint index);
LeydenEdit  *leyden_edit_invert       (LeydenEdit *self);             /* (transfer full); only of an applied one */
LeydenValue *leyden_edit_to_value     (LeydenEdit *self);
LeydenEdit  *leyden_edit_from_value   (LeydenValue *value, GError **error);
/* Applies to the flow: all or nothing; fills "before"; emits "changed". Without history and journal: views and tools go through
 * leyden_document_edit(). */
gboolean     leyden_flow_apply        (LeydenFlow *flow, LeydenEdit *edit, GError **error);

/* A fragment for clipboard and templates: {"leyden_fragment": 1, nodes, edges, frames, notes}; secrets never. */
LeydenValue *leyden_flow_copy_fragment (LeydenFlow *flow, const char * const *ids);
/* An edit that inserts it with new ids at an offset; edges to outside are dropped and counted. @ids (out, transfer full): new ids. */
LeydenEdit  *leyden_flow_paste_fragment (LeydenFlow *flow, LeydenValue *fragment, float dx, float dy,
                                         guint *n_dropped, char ***ids, GError **error);

G_END_DECLS
