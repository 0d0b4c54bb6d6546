/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"

G_BEGIN_DECLS

/* Sees what a rollout does without records; used by runs. */
typedef struct
{
  /* A node's state changed; @ms is the time it took, when it ended. */
  void (*node_changed) (gpointer data, guint node, guint from, guint to, double ms);
  gpointer data;
} LeydenRolloutObserver;

/* As leyden_engine_start_rollout(); @fresh: the store holds nothing of it for certain. */
LeydenRollout      *leyden_engine_start_rollout_full (LeydenEngine *self, const LeydenRolloutSpec *spec, gboolean fresh,
                                                      const LeydenRolloutObserver *observer);
/* Puts a rollout in the queue of those that have something to do. */
void                leyden_engine_schedule           (LeydenEngine *self, LeydenRollout *rollout);
/* Its deadline counts from now on. */
void                leyden_engine_watch_deadline     (LeydenEngine *self, gint64 deadline_us);
/* The rollout has emitted "finished": drops the engine's reference. */
void                leyden_engine_forget             (LeydenEngine *self, LeydenRollout *rollout);
/* Executors of a plan's nodes, NULL where the type has none; cached in the plan. */
LeydenNodeExecutor **leyden_engine_bind              (LeydenEngine *self, LeydenPlan *plan);
/* (transfer full) */
LeydenValue        *leyden_engine_identify_model     (LeydenEngine *self, LeydenValue *model);
GMainContext       *leyden_engine_get_context        (LeydenEngine *self);
LeydenNodeTypes    *leyden_engine_get_types          (LeydenEngine *self);

G_END_DECLS
