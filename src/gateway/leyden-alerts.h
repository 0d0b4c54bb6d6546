/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-alert.h"
#include "leyden-webhooks.h"

G_BEGIN_DECLS

/* The rules of a backend at work: asked every ten seconds, and soon after something was committed. What changes stands in the database, with its
 * line of the history and what is to be sent, before anybody sees it; a crash in between evaluates again, and nothing fires twice. */
#define LEYDEN_TYPE_ALERTS (leyden_alerts_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAlerts, leyden_alerts, LEYDEN, ALERTS, GObject)

LeydenAlerts *leyden_alerts_new         (LeydenSqliteStore *store, LeydenWebhooks *webhooks);
/* For tests: another clock than that of the machine, and evaluations when they are asked for alone. */
void          leyden_alerts_set_clock   (LeydenAlerts *self, LeydenClock clock, gpointer data);
/* @row: of the rule whose state or value changed, see leyden_alerts_dup_row(). @news: "firing", "acknowledged" or "resolved" when people are to be
 * told; else NULL. */
typedef void (*LeydenAlertsChanged)     (LeydenAlerts *self, LeydenValue *row, const char *news, gpointer owner);
/* While it says FALSE the facts do not say what is, and no rule is asked. */
typedef gboolean (*LeydenAlertsReady)   (gpointer owner);
/* Who is told, and asked (both nullable). */
void          leyden_alerts_set_owner   (LeydenAlerts *self, LeydenAlertsChanged changed, LeydenAlertsReady ready, gpointer owner);
void          leyden_alerts_load_async  (LeydenAlerts *self, GAsyncReadyCallback callback, gpointer data);
gboolean      leyden_alerts_load_finish (LeydenAlerts *self, GAsyncResult *result, GError **error);
void          leyden_alerts_stop        (LeydenAlerts *self);

/* Asks all rules now; the answer when what changed is on disk. */
void          leyden_alerts_evaluate_async  (LeydenAlerts *self, GAsyncReadyCallback callback, gpointer data);
gboolean      leyden_alerts_evaluate_finish (LeydenAlerts *self, GAsyncResult *result, GError **error);
/* Facts have changed. */
void          leyden_alerts_poke        (LeydenAlerts *self);

/* (transfer none); NULL: there is none. */
const LeydenAlertRule *leyden_alerts_get (LeydenAlerts *self, const char *id);
/* Ids, sorted by title. (transfer container) (element-type utf8) */
GPtrArray    *leyden_alerts_list        (LeydenAlerts *self);
guint         leyden_alerts_count_firing (LeydenAlerts *self);
/* The rule with "status": {"state", "since", "value", "label", "evaluated", "episode", "actor", "problem", "quiet"}. (transfer full) */
LeydenValue  *leyden_alerts_dup_row     (LeydenAlerts *self, const char *id);
gint64        leyden_alerts_get_now     (LeydenAlerts *self);

/* Errors of all: LEYDEN_STORE_ERROR. */
void          leyden_alerts_put_async   (LeydenAlerts *self, const LeydenAlertRule *rule, GAsyncReadyCallback callback, gpointer data);
void          leyden_alerts_remove_async (LeydenAlerts *self, const char *id, GAsyncReadyCallback callback, gpointer data);
/* LEYDEN_STORE_ERROR_CONFLICT: it does not fire. @note: nullable. */
void          leyden_alerts_acknowledge_async (LeydenAlerts *self, const char *id, const char *actor, const char *note, GAsyncReadyCallback callback,
                                               gpointer data);
/* Of the three above. */
gboolean      leyden_alerts_change_finish (LeydenAlerts *self, GAsyncResult *result, GError **error);

G_END_DECLS
