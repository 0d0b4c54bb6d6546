/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-bench-server.h"
#include "leyden-cli-bench.h"

G_BEGIN_DECLS

/* The ready dashboards of a server over leyden_bench_facts_fill(). FALSE after a message. */
gboolean leyden_bench_boards (LeydenBench *bench, LeydenBenchServer *server);

G_END_DECLS
