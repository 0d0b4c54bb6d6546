/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* A window that says what each panel of a dashboard means. */
GtkWidget *leyden_dashboard_about_new (GtkWindow *parent, LeydenValue *document);

G_END_DECLS
