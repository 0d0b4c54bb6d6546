/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* A window with the numbers behind a panel as a table, to read and to export. @result: (nullable): an answer; @zone: of its times. */
GtkWidget *leyden_panel_data_new (GtkWindow *parent, const char *title, LeydenValue *result, const char *zone);

G_END_DECLS
