/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-alert.h"
#include "leyden-outbox.h"

G_BEGIN_DECLS

/* How rules stand, what they did, and who is told: tables of data/migrations/010-alerts.sql. Like leyden-outbox.h for the rest. */

/* As stored, NULL without @error: never evaluated. (transfer full) */
LeydenAlertStatus *leyden_alert_log_load   (sqlite3 *db, const char *alert, GError **error);
/* What changed of a rule, all in one change. */
typedef struct
{
  LeydenAlertRule   *rule;
  LeydenAlertStatus *status;            /* from here on */
  const char        *entered;           /* state for the history, static; NULL: none */
  const char        *news;              /* "firing", "acknowledged", "resolved": told to webhooks; NULL: nobody */
  char              *note;              /* nullable */
  GPtrArray         *hooks;             /* (element-type LeydenWebhook): all there are */
  const char        *source;            /* of events */
  gint64             now_ns;
  GPtrArray         *told;              /* (element-type utf8) set: names of those to whom something was added */
} LeydenAlertChange;
LeydenAlertChange *leyden_alert_change_new  (const LeydenAlertRule *rule, const LeydenAlertStatus *status);
void               leyden_alert_change_free (LeydenAlertChange *self);
/* Twice the same is once: an episode enters each state once, and its events have the same ids again. */
gboolean           leyden_alert_log_write  (sqlite3 *db, LeydenAlertChange *change, GError **error);
/* A rule was removed. Its history stays. */
gboolean           leyden_alert_log_forget (sqlite3 *db, const char *alert, GError **error);
/* Entries older than a year go. */
gboolean           leyden_alert_log_prune  (sqlite3 *db, gint64 now_ns, GError **error);
/* [{"id", "alert", "title", "severity", "episode", "state", "time", "value", "actor", "note"}], newest first. @alert NULL: of all. */
LeydenValue       *leyden_alert_log_list   (sqlite3 *db, const char *alert, gint64 before, guint limit, GError **error);

G_END_DECLS
