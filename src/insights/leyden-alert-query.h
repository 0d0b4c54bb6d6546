/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-alert.h"
#include "leyden-query.h"

G_BEGIN_DECLS

/* What a rule asks of the facts. */

#define LEYDEN_ALERT_MAX_DAYS 31

/* The value of @rule at @now_ns; what cannot be read stands in @reading as a problem. @held: as for leyden_query_run_held(). */
void         leyden_alert_read    (sqlite3 *db, LeydenColumnCache *held, const LeydenAlertRule *rule, gint64 now_ns, LeydenAlertReading *reading);

/**
 * leyden_alert_preview:
 * @days: how far back, 1 to LEYDEN_ALERT_MAX_DAYS
 *
 * What @rule sees now, and when it would have fired: in steps of its window (or longer ones, for many days), where the rule itself looks at a
 * window that moves every ten seconds. The last step is now.
 *
 * Returns: (transfer full): {"value", "n", "label", "problem", "breach", "unit", "bucket_s", "x": [ns], "y": [number|null],
 *   "fired": [{"from", "to" (null: still), "value": the worst}], "note"?}; NULL with @error
 */
LeydenValue *leyden_alert_preview (sqlite3 *db, LeydenColumnCache *held, const LeydenAlertRule *rule, gint64 now_ns, guint days, GError **error);

G_END_DECLS
