/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-cache.h"
#include "leyden-rollout-private.h"

G_BEGIN_DECLS

/* Looks for what a node gave when it ran with the same; FALSE: it runs now, in any case. */
gboolean leyden_rollout_cache_begin  (LeydenScope *scope, guint node);
/* The node of @context succeeded: kept when it was looked for. */
void     leyden_rollout_cache_keep   (LeydenNodeContext *context, LeydenValue *outputs);
/* @context did something that a kept value would not do again. @reason: static. */
void     leyden_rollout_cache_refuse (LeydenNodeContext *context, const char *reason);

G_END_DECLS
