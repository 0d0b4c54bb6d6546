/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-cli.h"

G_BEGIN_DECLS

/* What a benchmark measured. Every figure is a list of repetitions; median, p95, minimum and maximum are told. */
typedef struct _LeydenBench LeydenBench;

guint    leyden_bench_get_size    (LeydenBench *self, guint fallback);          /* --size */
double   leyden_bench_get_seconds (LeydenBench *self, double fallback);         /* --seconds, of one case */
/* Only some cases; NULL or empty: all. */
const char * const *leyden_bench_get_cases (LeydenBench *self);
const char *leyden_bench_get_text    (LeydenBench *self, const char *option);    /* nullable */
gint64   leyden_bench_get_integer (LeydenBench *self, const char *option);       /* 0: not given */
/* One repetition of a figure; the first names the unit. */
void     leyden_bench_add         (LeydenBench *self, const char *case_name, const char *metric, const char *unit, double value);

/* CPU time of this process, user and system, in milliseconds. */
double   leyden_bench_cpu_ms      (void);
double   leyden_bench_now_s       (void);
/* A flow of @n nodes and half as many edges again, the same every time, as a file. (transfer full) */
GBytes  *leyden_bench_make_flow   (guint n);

/* Each fills @bench; a status other than 0 after a message. */
int      leyden_bench_engine      (LeydenBench *bench);
int      leyden_bench_file        (LeydenBench *bench);
int      leyden_bench_layout      (LeydenBench *bench);
int      leyden_bench_store       (LeydenBench *bench);
int      leyden_bench_gateway     (LeydenBench *bench);
int      leyden_bench_desktop     (LeydenBench *bench);
int      leyden_bench_canvas      (LeydenBench *bench);
int      leyden_bench_debugger    (LeydenBench *bench);
int      leyden_bench_dashboards  (LeydenBench *bench);
/* A part of it: beside MLflow, where there is one. */
int      leyden_bench_peer        (LeydenBench *bench);

/* The window beside this program, else the installed one; NULL after a message. (transfer full) */
char        *leyden_bench_find_window (void);
/* FALSE after a message. */
gboolean     leyden_bench_has_display (void);
/* Runs `leyden --bench ARGUMENTS…` once: its one line of JSON, NULL after a message. (transfer full) */
LeydenValue *leyden_bench_run_window  (const char *window, const char * const *arguments);

G_END_DECLS
