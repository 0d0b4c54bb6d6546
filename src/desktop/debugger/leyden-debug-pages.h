/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-debug-panel.h"

G_BEGIN_DECLS

/* Adds the pages that look at a rollout in time: timeline, events, console. */
void leyden_debug_pages_add (LeydenDebugPanel *panel);

G_END_DECLS
