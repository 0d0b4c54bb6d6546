/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/**
 * LeydenSelection: which elements of a flow are selected: one object for canvas, outline, inspector and problems.
 *
 * Signal "changed" (): after the set changed; once for a change of many.
 */
#define LEYDEN_TYPE_SELECTION (leyden_selection_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSelection, leyden_selection, LEYDEN, SELECTION, GObject)

LeydenSelection *leyden_selection_new      (void);
gboolean         leyden_selection_contains (LeydenSelection *self, LeydenElementKind kind, const char *id);
guint            leyden_selection_get_size (LeydenSelection *self);
/* Ids of one kind in byte order, NULL-terminated. (transfer full) */
char           **leyden_selection_list     (LeydenSelection *self, LeydenElementKind kind);
/* The one selected element; FALSE when none or several are. @id (out) (transfer none) */
gboolean         leyden_selection_get_single (LeydenSelection *self, LeydenElementKind *kind, const char **id);
void             leyden_selection_clear    (LeydenSelection *self);
/* Only this one. */
void             leyden_selection_set      (LeydenSelection *self, LeydenElementKind kind, const char *id);
void             leyden_selection_add      (LeydenSelection *self, LeydenElementKind kind, const char *id);
void             leyden_selection_remove   (LeydenSelection *self, LeydenElementKind kind, const char *id);
void             leyden_selection_toggle   (LeydenSelection *self, LeydenElementKind kind, const char *id);
/* Drops what the flow no longer has. */
void             leyden_selection_prune    (LeydenSelection *self, LeydenFlow *flow);
/* Between these "changed" is held back and emitted once. May be nested. */
void             leyden_selection_freeze   (LeydenSelection *self);
void             leyden_selection_thaw     (LeydenSelection *self);

G_END_DECLS
