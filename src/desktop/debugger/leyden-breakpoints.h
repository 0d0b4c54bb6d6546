/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-document.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* One breakpoint as an item of a list. Properties (notify): value (LeydenValue, as the backend takes it: {"id", "when", "node", …}), hits (uint: how
 * often it was met in the run that is looked at). */
#define LEYDEN_TYPE_BREAKPOINT (leyden_breakpoint_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBreakpoint, leyden_breakpoint, LEYDEN, BREAKPOINT, GObject)

LeydenValue *leyden_breakpoint_get_value   (LeydenBreakpoint *self);
const char  *leyden_breakpoint_get_id      (LeydenBreakpoint *self);
gboolean     leyden_breakpoint_is_enabled  (LeydenBreakpoint *self);
guint        leyden_breakpoint_get_hits    (LeydenBreakpoint *self);
/* "Before “Solver”, when value > 3, once": for a row and a screen reader; @flow (nullable) gives titles. Safe text. (transfer full) */
char        *leyden_breakpoint_describe    (LeydenValue *value, LeydenFlow *flow);
/* One that stops before @node, or on the wire @edge (nullable) that begins at it; not set yet. (transfer full) */
LeydenValue *leyden_breakpoint_make        (const char *node, const char *edge);
/* The names that its condition may read in @flow, NULL-terminated. (transfer full) */
char       **leyden_breakpoint_list_names  (LeydenValue *value, LeydenFlow *flow);

/**
 * LeydenBreakpoints: the breakpoints and watches of one document. They are kept in the state folder of this computer, not in the file. Breakpoints go with
 * each run that the window starts, but for those that stop at a condition of their own (“Run until…”) and those that prove a change, which stop nowhere;
 * and those of a run under way that is looked at are taken over, whoever set them.
 *
 * Is a GListModel of LeydenBreakpoint, in the order in which they were set. Signal: "changed" (): one was set, changed or removed, or a watch was.
 */
#define LEYDEN_TYPE_BREAKPOINTS (leyden_breakpoints_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBreakpoints, leyden_breakpoints, LEYDEN, BREAKPOINTS, GObject)

/* The one of a document, which keeps it. (transfer none) */
LeydenBreakpoints *leyden_breakpoints_get_for     (LeydenDocument *document);
/* What was kept has been read. */
gboolean           leyden_breakpoints_is_loaded   (LeydenBreakpoints *self);
/* Adds @value, or puts it in the place of that with the same id. Without id it gets one; gives it. (transfer none) */
LeydenBreakpoint  *leyden_breakpoints_set         (LeydenBreakpoints *self, LeydenValue *value);
void               leyden_breakpoints_set_enabled (LeydenBreakpoints *self, LeydenBreakpoint *breakpoint, gboolean enabled);
void               leyden_breakpoints_remove      (LeydenBreakpoints *self, LeydenBreakpoint *breakpoint);
/* The first at a node ("before", "after", "failure" of that node) or, @edge not NULL, on a wire of the flow that @node (path of its source) is in;
 * NULL when there is none. (transfer none) */
LeydenBreakpoint  *leyden_breakpoints_find        (LeydenBreakpoints *self, const char *node, const char *edge);
/* Sets one there, or removes those that are there. TRUE: one is there now. */
gboolean           leyden_breakpoints_toggle      (LeydenBreakpoints *self, const char *node, const char *edge);
gboolean           leyden_breakpoints_any_enabled (LeydenBreakpoints *self);
/* The list that a run's definition and PUT …/breakpoints take. (transfer full) */
LeydenValue       *leyden_breakpoints_to_value    (LeydenBreakpoints *self);
/* What the backend says of them: hits so far, and what was switched off by being met once. */
void               leyden_breakpoints_take_hits   (LeydenBreakpoints *self, LeydenValue *list);

/* Expressions to watch. (transfer none) (element-type GtkStringObject) */
GListModel        *leyden_breakpoints_get_watches (LeydenBreakpoints *self);
void               leyden_breakpoints_set_watch   (LeydenBreakpoints *self, guint index, const char *expression);   /* @index the size: appends; NULL: removes */

G_END_DECLS
