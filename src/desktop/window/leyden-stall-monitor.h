/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* With LEYDEN_STALL_LOG=FILE in the environment: writes one line for every turn of the main loop over 50 ms,
 * "TIME_US DURATION_MS CPU_MS QUEUED_MS" (CLOCK_MONOTONIC at its end; what the thread worked of it, and what it waited for the processor),
 * and one "start TIME_US" at the beginning. */
void leyden_stall_monitor_start (void);

G_END_DECLS
