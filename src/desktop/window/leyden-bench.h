/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-application.h"

G_BEGIN_DECLS

/* "first-window", "smallest-adw-window", "idle-60s": prints one JSON object {"bench", "ms", "cpu_ms", "pss_mib"} and ends the
 * application. ms: from the start of the process to the first frame; for idle-60s ms is the time that was watched and cpu_ms what it cost.
 * LEYDEN_BENCH_SECONDS shortens the minute. */
gboolean leyden_bench_is_known (const char *name);
void     leyden_bench_run      (LeydenApplication *application, const char *name, guint n_nodes);

/* "canvas": one JSON object {"bench", "nodes", "width", "height", METRIC: [numbers, one a repetition]…}. */
void     leyden_bench_canvas_run (LeydenApplication *application, guint n_nodes);

/* "debugger": one JSON object {"bench", "items", "cases": [{"case": "follow-timeline" | "follow-events" | "follow-console", "events": [n],
 * "events_per_s": [rate at which they came], "stall_ms": [longest turn of the main loop in each half second, without the time in
 * which other programs had the processor], "stall_wall_ms": [with it], "stall_cpu_ms": [what the main thread worked of the longest]}]}. @n_items of the list that
 * the rollout maps over; each makes seven events. With LEYDEN_BENCH_DATABASE (a database with a rollout "long") instead the cases "window-state" and
 * "window-timeline": {"records", "first_paint_ms" until the rollout is seen, "progress_told" how often meanwhile, "scrub_ms": [a move until it is drawn],
 * stalls as above}. */
void     leyden_bench_debugger_run (LeydenApplication *application, guint n_items);

/* "dashboards": one JSON object {"bench", "points", "cases": [{"case": "chart-N" | "pan-N" | "live-N" | "table-jump-N" | "table-scroll-N", "first_paint_ms": […],
 * "frame_ms": [what each frame took], "points_per_s", "stall_ms", "stall_own_ms", "stall_cpu_ms" (as above)}]}. */
void     leyden_bench_dashboards_run (LeydenApplication *application, guint n_points);

double   leyden_bench_get_cpu_ms  (void);        /* of this process */
double   leyden_bench_get_pss_mib (void);

G_END_DECLS
