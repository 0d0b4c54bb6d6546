/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-bench-turns.h"

G_BEGIN_DECLS

/* The table of @n rollouts in @window (shown, empty): jumps by the scrollbar, and a way through row after row, with answers of a backend that come a few
 * milliseconds later. Appends two cases to @out. FALSE: it was not drawn. */
gboolean leyden_bench_rollouts (AdwApplicationWindow *window, LeydenBenchTurns *turns, guint n, GString *out);

G_END_DECLS
