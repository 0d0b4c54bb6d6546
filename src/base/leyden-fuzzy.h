/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * leyden_fuzzy_fold:
 * @text: valid UTF-8
 *
 * What is compared: without case and without marks on letters ("Über" and "uber" are the same).
 *
 * Returns: (transfer full)
 */
char *leyden_fuzzy_fold  (const char *text);

/**
 * leyden_fuzzy_score:
 * @query: folded; words in any order, separated by spaces
 * @title: folded; the letters of a word may stand apart in it ("svas" finds "save as")
 * @keywords: (nullable): folded; a word must be in it as it is, at the beginning of one of its words
 *
 * How well a thing answers to what was typed. Letters at the beginning of a word and letters that follow one another count more;
 * what is in the keywords counts less than anything in the title. Time O(length of query · length of title).
 *
 * Returns: 0 when a word of @query is found nowhere, else more for what fits better; the same for everything when @query is empty
 */
guint leyden_fuzzy_score (const char *query, const char *title, const char *keywords);

G_END_DECLS
