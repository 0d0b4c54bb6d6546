/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenAlertWatch: what the backend says of its alert rules, for all windows of the application: asked once, then followed.
 *
 * Property: "n-firing" (uint, notify). Signals: "changed" (): rules or their states are others; "news" (LeydenValue *alert): one fires or is over,
 * and people are to be told.
 */
#define LEYDEN_TYPE_ALERT_WATCH (leyden_alert_watch_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAlertWatch, leyden_alert_watch, LEYDEN, ALERT_WATCH, GObject)

/* The one of this process. (transfer none) */
LeydenAlertWatch *leyden_alert_watch_get_default  (void);
/* Rules with their states: a list, as of the last answer; NULL before. (transfer none) */
LeydenValue      *leyden_alert_watch_get_alerts   (LeydenAlertWatch *self);
/* One of them; NULL: there is none. (transfer none) */
LeydenValue      *leyden_alert_watch_find         (LeydenAlertWatch *self, const char *id);
guint             leyden_alert_watch_get_n_firing (LeydenAlertWatch *self);
/* Why there is no answer; NULL: there is one, or none was asked for. (transfer none) */
const char       *leyden_alert_watch_get_problem  (LeydenAlertWatch *self);
/* Asks again. */
void              leyden_alert_watch_refresh      (LeydenAlertWatch *self);
/* The catalogue of metrics, as GET /leyden/v1/insights/metrics has it; NULL while unknown. (transfer none) */
LeydenValue      *leyden_alert_watch_get_metrics  (LeydenAlertWatch *self);
/* Its entry for a rule's metric; NULL: unknown. (transfer none) */
LeydenValue      *leyden_alert_watch_find_metric  (LeydenAlertWatch *self, const char *name);

G_END_DECLS
