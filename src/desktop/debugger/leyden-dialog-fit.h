/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A default size that is no larger than the window (nullable) that the dialog belongs to: on a narrow screen it would not be seen whole. */
void leyden_dialog_fit (GtkWindow *dialog, GtkWindow *parent, int width, int height);

G_END_DECLS
