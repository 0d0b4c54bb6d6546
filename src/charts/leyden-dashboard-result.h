/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* Answers to queries: POST /leyden/v1/insights/query. */

/* The answers of all queries of a panel as one: their series side by side, each told by the "name" of its query where it has one. The first error when
 * all failed; else errors are among the warnings. @results: a list, as many as there are queries. (transfer full) */
LeydenValue *leyden_dashboard_result_join     (LeydenValue *queries, LeydenValue *results);
/* Neither a row nor a number. */
gboolean     leyden_dashboard_result_is_empty (LeydenValue *result);
/* The same, or its numbers are all 0. */
gboolean     leyden_dashboard_result_is_blank (LeydenValue *result);
/* What @unit, of one of its numbers, is called: rewards have none, amounts are in the currency of the budget, and what is simulated is no money.
 * (transfer none): lives as long as @result and @unit */
const char  *leyden_dashboard_result_name_unit (LeydenValue *result, const char *unit);
/* As a table: a row for each x, a column for each series. A table stays one. (transfer full) */
LeydenValue *leyden_dashboard_result_tabulate (LeydenValue *result);

G_END_DECLS
