/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* What alert rules and webhooks say, in words. All (transfer full) unless said otherwise, one line each; what comes from outside is in it, not yet
 * cleaned for the screen. */

/* "Firing"; (transfer none). */
const char *leyden_alert_state_title     (const char *state);
const char *leyden_alert_state_icon      (const char *state);
/* A class of the style sheet: "error", "warning", "success", "dim-label". */
const char *leyden_alert_state_style     (const char *state, const char *severity);
/* "Info"; (transfer none). */
const char *leyden_alert_severity_title  (const char *severity);
/* A number in the unit of an answer; "–" for NaN. */
char       *leyden_alert_format_value    (double value, const char *unit);
/* The unit of the thresholds of a rule of @kind over a metric with @unit; @aggregation: NULL: as usual. (transfer none) */
const char *leyden_alert_get_unit        (const char *kind, const char *aggregation, const char *unit);
/* "5 min", "1 h 30 min". */
char       *leyden_alert_format_span     (gint64 seconds);
/* ns since the epoch, in the zone of this computer; "–" for 0. */
char       *leyden_alert_format_time     (gint64 time_ns);
/* What a rule watches: "Reward below 0.5 over 1 h, for 5 min". @title: of its metric. */
char       *leyden_alert_describe_rule   (LeydenValue *rule, const char *title, const char *unit);
/* How it stands: "Firing since 14:05 · 0.3 · acknowledged by ann". */
char       *leyden_alert_describe_status (LeydenValue *rule, const char *unit);
/* "3 times in the past 7 days, the last on …". */
char       *leyden_alert_describe_preview (LeydenValue *preview, guint days);
/* One entry of the history. @rule (nullable): as it is now; @unit: of its metric. */
char       *leyden_alert_describe_entry  (LeydenValue *entry, LeydenValue *rule, const char *unit);
/* "rollout.failed" → "A rollout failed". */
char       *leyden_webhook_describe_event (const char *event);
/* "Delivered 12, waiting 3, failed 1". */
char       *leyden_webhook_describe_counts (LeydenValue *hook);
/* Why nothing goes out, or what went wrong last; NULL: all is well. */
char       *leyden_webhook_describe_problem (LeydenValue *hook);
char       *leyden_webhook_describe_delivery (LeydenValue *delivery);

G_END_DECLS
