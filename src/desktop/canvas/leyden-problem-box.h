/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-check.h"

G_BEGIN_DECLS

/* How a problem is shown wherever it is shown: its severity, what it says, where it is, and a button that repairs it. @place (nullable):
 * where, when that is not seen. @tall: the button stands below, for a narrow place. @repair (out, nullable): the button, NULL without a
 * repair. */
GtkWidget *leyden_problem_box_new (const LeydenProblem *problem, const char *place, gboolean tall, GtkWidget **repair);

G_END_DECLS
