/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/**
 * LeydenBookmark: a place of a flow that one comes back to by a number: an element, or what was seen of a flow. They stand in the file,
 * "bookmarks": {"1": {"scope": [containers, outermost first], "kind": "node", "id": text} or {"scope", "view": {"x", "y", "zoom"}}}, and do
 * not count for what a flow does (leyden_flow_hash()).
 */
#define LEYDEN_N_BOOKMARKS 9

typedef struct
{
  guint              number;            /* 1 to 9 */
  char             **scope;
  LeydenElementKind  kind;              /* FLOW: a view */
  char              *id;                /* "" for a view */
  double             x, y;              /* of a view: its middle in the world */
  double             zoom;              /* 1: at the size of the text */
} LeydenBookmark;

void            leyden_bookmark_free      (LeydenBookmark *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenBookmark, leyden_bookmark_free)

/* Those of a whole flow that can be read, by number. (transfer full) (element-type LeydenBookmark) */
GPtrArray      *leyden_bookmarks_list     (LeydenFlow *flow);
/* NULL: there is none. (transfer full) */
LeydenBookmark *leyden_bookmarks_get      (LeydenFlow *flow, guint number);
/* Edits of the whole flow. (transfer full) */
LeydenEdit     *leyden_bookmarks_set      (LeydenFlow *flow, const LeydenBookmark *bookmark);
LeydenEdit     *leyden_bookmarks_remove   (LeydenFlow *flow, guint number);

/* Where it is now: where it was, or, moved into or out of a container since, wherever an element has its id. FALSE: it is gone.
 * @scope (out, transfer full) */
gboolean        leyden_bookmark_find      (const LeydenBookmark *self, LeydenFlow *flow, char ***scope);
/* For a person: "Group › Solver", "Group, 80 %". (transfer full) */
char           *leyden_bookmark_dup_title (const LeydenBookmark *self, LeydenFlow *flow, LeydenNodeTypes *types);

G_END_DECLS
