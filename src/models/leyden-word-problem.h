/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A word problem that the simulation can read: the text of a template of data/simulation/arithmetic.json with any numbers,
 * names and things in its slots. */
typedef struct
{
  gsize      start;             /* bytes of the text that was searched */
  gsize      end;
  double     value;
  char      *expression;        /* "12 * 3.5 - 8", for a calculator */
  GPtrArray *steps;             /* (element-type utf8): "12 × 3.5 = 42" */
} LeydenWordProblem;

void       leyden_word_problem_free (LeydenWordProblem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenWordProblem, leyden_word_problem_free)

/* Every problem in @text (UTF-8), in order, none overlapping. (element-type LeydenWordProblem) (transfer full) */
GPtrArray *leyden_word_problem_find (const char *text,
                                     gsize       length);
/* A number as people write it: "1,250", "2.5", "3/4", "two thirds", "-4". FALSE when it is none. */
gboolean   leyden_word_number_parse (const char *text,
                                     double     *value);
/* "forty-two point five". */
char      *leyden_word_number_spell (double      value);

G_END_DECLS
