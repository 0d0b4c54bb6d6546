/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LeydenTextIndexError:
 * @LEYDEN_TEXT_INDEX_ERROR_MISSING: SQLite was built without full-text search
 * @LEYDEN_TEXT_INDEX_ERROR_FAILED: the index could not be made or asked (memory)
 */
typedef enum
{
  LEYDEN_TEXT_INDEX_ERROR_MISSING,
  LEYDEN_TEXT_INDEX_ERROR_FAILED,
} LeydenTextIndexError;
#define LEYDEN_TEXT_INDEX_ERROR (leyden_text_index_error_quark ())
GQuark leyden_text_index_error_quark (void);

/* A full-text index in memory (SQLite's FTS5). Does not change after making; any thread may search, one at a time. */
typedef struct _LeydenTextIndex LeydenTextIndex;

typedef enum
{
  LEYDEN_TEXT_MATCH_ANY,        /* at least one of the words; more and rarer ones count more */
  LEYDEN_TEXT_MATCH_ALL,
  LEYDEN_TEXT_MATCH_PHRASE,     /* the words in this order, beside each other */
} LeydenTextMatch;

typedef struct
{
  guint  document;              /* index into the texts */
  double score;                 /* BM25 as FTS5 has it, turned so that more is better */
} LeydenTextHit;

/* @texts: (array length=n_texts). Words are folded by case and accents; @stem: also by English endings (Porter). */
LeydenTextIndex *leyden_text_index_new    (const char * const *texts, guint n_texts, gboolean stem, GError **error);
void             leyden_text_index_free   (LeydenTextIndex *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenTextIndex, leyden_text_index_free)
guint            leyden_text_index_get_n  (LeydenTextIndex *self);
/* (transfer full) (element-type LeydenTextHit): the best @k, best first, equals in the order of the texts. The query is words, never a query
 * language; signs in it mean nothing. Empty when it has no words. */
GArray          *leyden_text_index_search (LeydenTextIndex *self, const char *query, LeydenTextMatch match, guint k, GError **error);

G_END_DECLS
