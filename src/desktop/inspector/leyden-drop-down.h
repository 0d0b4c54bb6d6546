/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A list of strings to choose from, without a model yet, whose titles give way where there is no room for them. */
GtkWidget *leyden_drop_down_new (void);

G_END_DECLS
