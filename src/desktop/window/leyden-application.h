/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LeydenApplication: one instance a session (D-Bus), a window for every open flow.
 *
 * Actions: app.quit, app.new-window, app.preferences, app.shortcuts, app.help, app.about, app.open-uri (s).
 */
#define LEYDEN_TYPE_APPLICATION (leyden_application_get_type ())
G_DECLARE_FINAL_TYPE (LeydenApplication, leyden_application, LEYDEN, APPLICATION, AdwApplication)

LeydenApplication *leyden_application_new (void);

G_END_DECLS
