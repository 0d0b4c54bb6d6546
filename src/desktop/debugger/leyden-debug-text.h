/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/* What a rollout that is looked at says, in words; no widget. @view NULL: none is. */

/* Where it stands and why: "Paused before “Solver”: breakpoint, if value > 3". One line, safe. (transfer full) */
char       *leyden_debug_describe      (LeydenRolloutView *view);
/* Path of the node that it stands at, or that is under way deepest; NULL when none is. (transfer full) */
char       *leyden_debug_dup_current   (LeydenRolloutView *view);
/* Kind of a value: "text", "number", "list of 3", "object", "image", "audio", "nothing". (transfer full) */
char       *leyden_debug_dup_type      (LeydenValue       *value);
/* A value in one line: text as it is, a list or object as compact JSON, an image by its kind and size. Safe, at most @max_chars; a large value is not
 * written out for it. (transfer full) */
char       *leyden_debug_dup_preview   (LeydenValue       *value,
                                        guint              max_chars);
/* The bytes of a "data:" address with a media type that begins with @kind ("audio/"); NULL: it is none. (transfer full) */
GBytes     *leyden_debug_decode        (LeydenValue       *value,
                                        const char        *kind);

G_END_DECLS
