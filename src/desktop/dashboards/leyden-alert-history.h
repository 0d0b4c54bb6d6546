/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LeydenAlertHistory: what alert rules did, newest first; older entries when they are asked for.
 *
 * Signal: "alert-activated" (const char *id) where the history of all rules is shown.
 */
#define LEYDEN_TYPE_ALERT_HISTORY (leyden_alert_history_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAlertHistory, leyden_alert_history, LEYDEN, ALERT_HISTORY, GtkWidget)

/* @alert: of one rule; NULL: of all. */
GtkWidget *leyden_alert_history_new     (const char *alert);
/* Asks again. */
void       leyden_alert_history_refresh (LeydenAlertHistory *self);

G_END_DECLS
