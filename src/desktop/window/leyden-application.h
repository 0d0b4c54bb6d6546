/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LeydenApplication: one instance a session (D-Bus), a window for every open flow.
 *
 * Actions: app.quit, app.new-window, app.preferences, app.help, app.about.
 */
#define LEYDEN_TYPE_APPLICATION (leyden_application_get_type ())
G_DECLARE_FINAL_TYPE (LeydenApplication, leyden_application, LEYDEN, APPLICATION, AdwApplication)

LeydenApplication *leyden_application_new       (void);
/* Into the active window when nothing is in it, else into a new one; a window that has it already comes to the front. */
void               leyden_application_open_file (LeydenApplication *self, GFile *file);
/* Another file is open, or one no longer: what a kill would bring back. */
void               leyden_application_files_changed (LeydenApplication *self);

G_END_DECLS
