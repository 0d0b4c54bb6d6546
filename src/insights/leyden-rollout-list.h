/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-filter.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutQuestion:
 *
 * Which rollouts a table lists, and in which order: {"sort": [[column, "asc" | "desc"], …], "filter", "where", "text"}, all of them optional; "filter" and
 * "where" as of leyden_filter_parse(). Without an order: the newest first. Rollouts that are alike in all that is sorted by follow in the order
 * of their making. Where there is no value, the row stands last.
 */
typedef struct _LeydenRolloutQuestion LeydenRolloutQuestion;

/* Errors: %G_IO_ERROR_INVALID_ARGUMENT, whose message names what is wrong. Other members of @value are passed over. (transfer full) (nullable) */
LeydenRolloutQuestion *leyden_rollout_question_parse  (LeydenValue                  *value,
                                                       GError                      **error);
void                   leyden_rollout_question_free   (LeydenRolloutQuestion        *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRolloutQuestion, leyden_rollout_question_free)
/* Questions with the same key have the same answer. (transfer none) */
const char            *leyden_rollout_question_get_key (const LeydenRolloutQuestion *self);

/**
 * leyden_rollout_question_collect:
 * @ids: (element-type gint64): rollouts.id of all rows, in order, are appended to it
 *
 * Reads the whole list: of a million rows some tenths of a second, and 8 bytes a row. Rows that were deleted are not in it.
 */
gboolean               leyden_rollout_question_collect (LeydenRolloutQuestion       *self,
                                                        sqlite3                     *db,
                                                        GArray                      *ids,
                                                        GError                     **error);

/* Up to so many changes are told one by one. */
#define LEYDEN_ROLLOUT_MAX_CHANGES 256

/**
 * leyden_rollout_list_diff:
 *
 * How one list becomes the other: a list of [position, removed, added] in rising order, each position in the list as it is after the changes before it. Rows
 * that changed places with others are removed here and added there; as few as possible. Where it is more than %LEYDEN_ROLLOUT_MAX_CHANGES, one change
 * stands for all. Each id stands once in a list. (transfer full)
 */
LeydenValue           *leyden_rollout_list_diff       (const gint64                 *before,
                                                       guint                         n_before,
                                                       const gint64                 *after,
                                                       guint                         n_after);

/**
 * leyden_rollout_rows_read:
 *
 * The rows of @ids, as objects, in this order; null for one that is no more.
 *
 * Returns: (transfer full) (nullable): a list
 */
LeydenValue           *leyden_rollout_rows_read       (sqlite3                      *db,
                                                       const gint64                 *ids,
                                                       guint                         n,
                                                       GError                      **error);
/* Names of the columns of a file of rows, a line; and rows as such lines. Cells that a spreadsheet would take for a formula get a “'” before them; line
 * breaks in a cell stay, in quotes. Null rows are left out. */
void                   leyden_rollout_rows_add_csv_head (GString                    *out);
void                   leyden_rollout_rows_add_csv    (GString                      *out,
                                                       LeydenValue                  *rows);
/* An object a line. */
void                   leyden_rollout_rows_add_jsonl  (GString                      *out,
                                                       LeydenValue                  *rows);

G_END_DECLS
