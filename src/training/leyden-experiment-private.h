/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-trainer-private.h"

G_BEGIN_DECLS

/* The outward half of an experiment: it does what the trainer asks for, one request at a time, and stores each answer before the trainer
 * sees it. */
struct _LeydenExperiment
{
  GObject                parent_instance;

  LeydenEngine          *engine;
  LeydenStore           *store;         /* the engine's */
  LeydenModelTransport  *transport;
  LeydenPlan            *plan;
  LeydenNodeTypes       *types;
  GPtrArray             *slots;         /* LeydenSlot */
  LeydenTrainer         *trainer;
  LeydenValue           *definition;
  char                  *id;
  char                  *key;
  char                  *env;           /* what all evaluations depend on */
  char                  *endpoint;      /* of the optimiser's model */
  char                  *model;         /* nullable: the endpoint's own */
  guint                  concurrency;
  double                 time_scale;
  guint                  deadline_s;

  const char            *state;         /* static */
  gint64                 created_ns;
  gint64                 finished_ns;
  GError                *error;
  LeydenValue           *stored;        /* the snapshot of an earlier process; what is shown when it had ended */
  LeydenValue           *verdict;
  LeydenValue           *planned;

  gint64                 begun_us;      /* monotonic; 0: nothing is under way */
  guint64                wall_ms;       /* of earlier stretches */
  guint64                calls_before;  /* task calls that were answered when the work of this stretch began */
  gint64                 worked_us;     /* monotonic: when that was */
  GPtrArray             *active;        /* LeydenRollout */
  GCancellable          *cancellable;   /* of the optimiser's model */
  guint                  next_job;
  guint                  n_writing;
  guint                  next_ask;
  guint                  n_asking;      /* questions under way to the optimiser's model, with the pauses before they are asked again */
  GSource               *changed_source;
  gint64                 changed_us;
  gint64                 saved_us;
  guint                  fresh : 1;
  guint                  rerun_unsafe : 1;
  guint                  started : 1;
  guint                  paused : 1;
  guint                  held : 1;      /* the request waits for the end of the pause */
  guint                  busy : 1;      /* a request is under way */
  guint                  has_worked : 1;        /* in this stretch */
  guint                  suspended : 1;
  guint                  finished : 1;
};

/* leyden-experiment-work.c: begins trainer->request; leyden_experiment_advance() when it is done. */
void           leyden_experiment_perform        (LeydenExperiment *self);
/* Starts what of the request may start now; calls leyden_experiment_advance() when nothing is left. */
void           leyden_experiment_go_on          (LeydenExperiment *self);
/* Task calls that are counted and not yet answered. */
guint64        leyden_experiment_count_open     (LeydenExperiment *self);
void           leyden_experiment_let_go         (LeydenExperiment *self, gboolean cancel);

/* leyden-experiment.c: gives the trainer its turn. */
void           leyden_experiment_advance        (LeydenExperiment *self);
/* Takes @error. */
void           leyden_experiment_fail           (LeydenExperiment *self, GError *error);
void           leyden_experiment_changed        (LeydenExperiment *self);
/* A batch with what the trainer has to be saved; (transfer full). */
LeydenExperimentBatch *leyden_experiment_new_batch (LeydenExperiment *self);
void           leyden_experiment_write          (LeydenExperiment *self, LeydenExperimentBatch *batch, GAsyncReadyCallback callback, gpointer data);

/* leyden-experiment-snapshot.c */
LeydenValue   *leyden_experiment_build_snapshot (LeydenExperiment *self);
void           leyden_experiment_judge          (LeydenExperiment *self);
guint64        leyden_experiment_get_wall_ms    (LeydenExperiment *self);

G_END_DECLS
