/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which keystrokes are one step of undo: what is typed or deleted in one direction at one place, up to the end of a paragraph. A pause ends
 * a step as well, but that the history knows. */
typedef struct
{
  char    *field;               /* what is typed in */
  guint    serial;              /* of the step */
  gsize    place;               /* bytes: where the next keystroke must be */
  gboolean deleting;
  gboolean ended;               /* by a new line */
} LeydenTyping;

/* The step that the change of @field from @before to @after (nullable: no text) belongs to: a number that stays the same as long as
 * keystrokes belong together. */
guint leyden_typing_step  (LeydenTyping *self,
                           const char   *field,
                           const char   *before,
                           const char   *after);
void  leyden_typing_clear (LeydenTyping *self);

G_END_DECLS
