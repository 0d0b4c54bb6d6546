/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-application.h"

G_BEGIN_DECLS

/* Writes FOLDER/SCENE-VARIANT.png for every scene and variant, then ends the application; status 1 when one failed. Each variant runs in a
 * process of its own, with settings and state of its own. */
void     leyden_screenshots_run    (LeydenApplication *application, const char *folder);
/* A widget as it is drawn, into a PNG file. G_IO_ERROR_BUSY: it has not been drawn yet. */
gboolean leyden_screenshots_save   (GtkWidget *widget, const char *path, GError **error);

G_END_DECLS
