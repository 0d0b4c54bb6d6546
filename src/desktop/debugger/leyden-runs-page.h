/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenRunsPage: every run the backend knows, newest first, with how it stands.
 *
 * Signal "run-activated" (LeydenValue *run): the user asks to see it.
 */
#define LEYDEN_TYPE_RUNS_PAGE (leyden_runs_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRunsPage, leyden_runs_page, LEYDEN, RUNS_PAGE, GtkWidget)

GtkWidget *leyden_runs_page_new (void);

G_END_DECLS
