/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenDashboardSettings: a window with what a dashboard is as a whole: title, description, refresh, time and variables.
 *
 * Signal: "done" (LeydenValue *document): with the changes.
 */
#define LEYDEN_TYPE_DASHBOARD_SETTINGS (leyden_dashboard_settings_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDashboardSettings, leyden_dashboard_settings, LEYDEN, DASHBOARD_SETTINGS, AdwWindow)

/* @time, @zone: as they are shown now, which may become those of the dashboard. */
GtkWidget *leyden_dashboard_settings_new    (GtkWindow               *parent,
                                             LeydenSession           *session,
                                             LeydenValue             *document,
                                             LeydenValue             *time,
                                             const char              *zone,
                                             int                      refresh_s);
/* As its button does; FALSE when it cannot be kept, which is said. */
gboolean   leyden_dashboard_settings_finish (LeydenDashboardSettings *self);

G_END_DECLS
