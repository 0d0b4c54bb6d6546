/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-executor.h"

G_BEGIN_DECLS

/* Copies its first input to its first output: a node that costs nothing. */
#define LEYDEN_TYPE_BENCH_COPIER (leyden_bench_copier_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBenchCopier, leyden_bench_copier, LEYDEN, BENCH_COPIER, GObject)

/* The same, but answers only when it is told to: holds rollouts half way. */
#define LEYDEN_TYPE_BENCH_HOLDER (leyden_bench_holder_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBenchHolder, leyden_bench_holder, LEYDEN, BENCH_HOLDER, GObject)
guint leyden_bench_holder_get_n_held (LeydenBenchHolder *self);
void  leyden_bench_holder_release    (LeydenBenchHolder *self);

G_END_DECLS
