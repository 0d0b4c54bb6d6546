/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LeydenAlertView: one alert rule: how it stands, what it saw over the past days, its history.
 *
 * Signals: "edit-requested" (); "removed" (); "problem" (const char *text).
 */
#define LEYDEN_TYPE_ALERT_VIEW (leyden_alert_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAlertView, leyden_alert_view, LEYDEN, ALERT_VIEW, GtkWidget)

GtkWidget  *leyden_alert_view_new    (const char *id);
const char *leyden_alert_view_get_id (LeydenAlertView *self);

G_END_DECLS
