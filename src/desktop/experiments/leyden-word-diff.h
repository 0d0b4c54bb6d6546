/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_WORDS_SAME,
  LEYDEN_WORDS_REMOVED,
  LEYDEN_WORDS_ADDED,
} LeydenWordsKind;

/* A piece of one of the two texts: @start and @length in bytes, of the text before (SAME, REMOVED) or after (ADDED). */
typedef struct
{
  LeydenWordsKind kind;
  gsize           start;
  gsize           length;
} LeydenWords;

/* What changed from @before to @after, word by word: pieces in reading order, what was removed ahead of what was added in its place;
 * neighbours differ in kind. Both valid UTF-8. Texts that differ in more than some thousand words are told as replaced from the first
 * difference to the last. Time and memory are bounded by that. (element-type LeydenWords) (transfer full) */
GArray *leyden_word_diff (const char *before,
                          const char *after);

G_END_DECLS
