/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-query-private.h"

G_BEGIN_DECLS

/**
 * LeydenAnswers:
 *
 * Answers that still hold: who opens a dashboard again, or looks on while other facts move, gets what was worked out before. An answer is kept when
 * its rows came from columns in memory, and is given again as long as nothing can have changed in it: no fact of the tables that it reads, no
 * budget, and nothing between the end of the time it was asked for and the end that is asked for now. Any thread.
 *
 *   asked:   from ├──────────────┤ to
 *   again:   from ├───────────────────┤ to'       no row between to and to', the same edges of the stretches of time
 */
typedef struct _LeydenAnswers LeydenAnswers;

LeydenAnswers *leyden_answers_new       (gsize                max_bytes);
void           leyden_answers_free      (LeydenAnswers       *self);
/* A question and the facts when it was asked, from finding to keeping. */
typedef struct
{
  char   *key;                          /* NULL: of a kind that is not kept */
  gint64  marks[5];                     /* what changed last in each table, and how many rows went */
  gint64  next;                         /* of SQL: up to here its end may move */
} LeydenAnswerState;
void           leyden_answer_state_clear (LeydenAnswerState  *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenAnswerState, leyden_answer_state_clear)
/* The answer to @value, which is @query; NULL: none is kept. (transfer full) */
LeydenValue   *leyden_answers_find      (LeydenAnswers       *self,
                                         sqlite3             *db,
                                         LeydenValue         *value,
                                         const LeydenQuery   *query,
                                         LeydenAnswerState   *state);
/* After the question was answered: @query says how far it looked. */
void           leyden_answers_keep      (LeydenAnswers       *self,
                                         LeydenAnswerState   *state,
                                         const LeydenQuery   *query,
                                         LeydenValue         *answer);
/* The same for SQL of people, of which only that about rollouts that ended in a range of time is kept. */
LeydenValue   *leyden_answers_find_sql  (LeydenAnswers       *self,
                                         sqlite3             *db,
                                         LeydenValue         *value,
                                         gint64               from,
                                         gint64               to,
                                         LeydenAnswerState   *state);
void           leyden_answers_keep_sql  (LeydenAnswers       *self,
                                         LeydenAnswerState   *state,
                                         gint64               from,
                                         gint64               to,
                                         LeydenValue         *answer);
/* Frees what nobody asked for since @since_us. */
void           leyden_answers_trim      (LeydenAnswers       *self,
                                         gint64               since_us);
gsize          leyden_answers_get_bytes (LeydenAnswers       *self);
/* How often one was given again. */
guint          leyden_answers_get_found (LeydenAnswers       *self);

G_END_DECLS
