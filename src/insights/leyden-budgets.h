/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* What may be spent and what successes are worth, as set by the user: {"currency": "EUR", "month": amount, "flows": {id: amount},
 * "value_per_success": {id: amount}}; amounts null or absent: not set. A document of the store. */
#define LEYDEN_BUDGETS_KIND "insights"
#define LEYDEN_BUDGETS_NAME "budgets"
#define LEYDEN_BUDGETS_MAX_FLOWS 500

/* Errors: %G_IO_ERROR_INVALID_ARGUMENT. */
gboolean     leyden_budgets_check (LeydenValue  *budgets,
                                   GError      **error);
/* As stored; without any an object that sets nothing. (transfer full) */
LeydenValue *leyden_budgets_read  (sqlite3      *db);
/* Amount of the month of a flow (id), or of all (NULL); NaN: not set. */
double       leyden_budgets_get   (LeydenValue  *budgets,
                                   const char   *flow);

G_END_DECLS
