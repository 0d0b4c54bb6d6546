/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long the turns of the main loop take: each from the end of poll() to the next one. Of each half second the longest is kept: as it was on the clock, without
 * the time in which the thread was ready to run and others had the processor ("own"), and as what this thread worked of it. */
typedef struct _LeydenBenchTurns LeydenBenchTurns;

LeydenBenchTurns *leyden_bench_turns_new      (void);
void              leyden_bench_turns_free     (LeydenBenchTurns *self);
void              leyden_bench_turns_begin    (LeydenBenchTurns *self);
void              leyden_bench_turns_end      (LeydenBenchTurns *self);
/* (element-type double), in ms; borrowed. */
GArray           *leyden_bench_turns_get_wall (LeydenBenchTurns *self);
GArray           *leyden_bench_turns_get_own  (LeydenBenchTurns *self);
GArray           *leyden_bench_turns_get_cpu  (LeydenBenchTurns *self);

/* Adds ', "METRIC": [numbers]'. */
void              leyden_bench_tell           (GString *out, const char *metric, GArray *values);

G_END_DECLS
