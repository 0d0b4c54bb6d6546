/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-alert-watch.h"

G_BEGIN_DECLS

/**
 * LeydenAlertButton: a mark for the header bar that is there while alerts fire, with their number. Pressed, it does "win.show-alerts" with "" or the
 * id of the only one.
 */
#define LEYDEN_TYPE_ALERT_BUTTON (leyden_alert_button_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAlertButton, leyden_alert_button, LEYDEN, ALERT_BUTTON, GtkWidget)

GtkWidget *leyden_alert_button_new (void);

/* A notification on the desktop for @alert, which fires or is over, as its rule says; "app.show-alert" with its id opens it. */
void       leyden_alert_notify     (GApplication *application, LeydenValue *alert);

G_END_DECLS
