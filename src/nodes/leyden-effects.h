/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"
#include "leyden-node-types.h"

G_BEGIN_DECLS

/* What is asked for by one node rather than by its kind. */
LeydenEffects leyden_effects_of_http    (const char *method, gboolean idempotency);
LeydenEffects leyden_effects_of_command (const char *effects);
/* Titles of the nodes of a flow, those of bodies included, whose effect must not happen twice by itself. (transfer full), may be empty */
GStrv         leyden_effects_list_once  (LeydenFlow *flow, LeydenNodeTypes *types);

G_END_DECLS
