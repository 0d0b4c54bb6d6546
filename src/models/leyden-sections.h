/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LeydenSections: named texts in one prompt, each between two lines of its own.
 *
 *   <instructions 3fa91c02>
 *   any text
 *   </instructions 3fa91c02>
 *
 * The texts come from flows, data sets and models and may hold anything, also lines like these. The eight hex digits are a hash of all
 * texts, chosen so that they stand in none of them: a text can neither close its section nor open another.
 */
typedef struct
{
  GPtrArray *names;             /* (element-type utf8) */
  GPtrArray *texts;             /* (element-type utf8), as many */
} LeydenSections;

#define LEYDEN_SECTIONS_INIT { NULL, NULL }

/* @name: [a-z0-9-]{1,40}. @text NULL: nothing is added. Names may repeat. */
void        leyden_sections_add     (LeydenSections *self, const char *name, const char *text);
void        leyden_sections_add_take (LeydenSections *self, const char *name, char *text);
/* Appends all sections with an empty line between them. */
void        leyden_sections_write   (const LeydenSections *self, GString *out);
/* The sections of a prompt that leyden_sections_write() made, in order. The digits of the first section count; what is not whole is left
 * out. FALSE when there is none. */
gboolean    leyden_sections_read    (LeydenSections *self, const char *prompt);
/* The first section of that name, or NULL. */
const char *leyden_sections_get     (const LeydenSections *self, const char *name);
void        leyden_sections_clear   (LeydenSections *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenSections, leyden_sections_clear)

G_END_DECLS
