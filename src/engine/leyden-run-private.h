/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine-private.h"
#include "leyden-plan-private.h"

G_BEGIN_DECLS

/* What the badge of a node shows. */
typedef struct
{
  gint64 running;
  gint64 succeeded;
  gint64 failed;
  gint64 skipped;
  double sum_ms;
  gint64 n_ms;
} LeydenNodeStats;

typedef struct
{
  const char                     *run;
  const char                     *state;
  const LeydenRolloutRow * const *rows;
  guint                           n_rows;
  gint64                          n_items;
  guint                           n_paused;
  double                          elapsed_s;
  double                          remaining_s;  /* NaN: not known */
  const LeydenPlan               *plan;         /* NULL: no nodes */
  const LeydenNodeStats          *nodes;        /* by number of the plan's nodes */
  GHashTable                     *counted;      /* without a plan: by node path, nullable */
} LeydenRunFigures;

/* The document of leyden_run_summarize(). */
LeydenValue *leyden_run_summarize_figures (const LeydenRunFigures *figures);

struct _LeydenRun
{
  GObject           parent_instance;

  LeydenEngine     *engine;
  LeydenPlan       *plan;
  char             *id;
  char             *key;
  char             *state;
  LeydenValue      *definition;
  guint64           seed;
  guint             concurrency;
  double            time_scale;
  guint             deadline_s;
  gboolean          rerun_unsafe;
  gboolean          ask_people;
  gboolean          retry_failed;
  LeydenValue      *part;
  LeydenDebug      *debug;
  LeydenCacheMode   cache;
  gint64            created_ns;

  guint             n_items;
  LeydenRolloutRow **rows;              /* by item */
  LeydenValue     **inputs;             /* by item; NULL once it is done */
  gboolean         *known;              /* by item: the store had it before */
  GPtrArray        *active;             /* LeydenRollout */
  guint             next;               /* item to look at next */
  guint             n_done_before;      /* when this process took it up */
  guint             n_done;
  LeydenNodeStats  *nodes;
  gint64            begun_us;
  gint64            ended_us;
  gint64            progress_us;        /* when progress was told last */
  GSource          *progress_source;
  GError           *error;
  gboolean          began;
  gboolean          cancelled;
  gboolean          writing_end;
  gboolean          finished;
};

/* leyden-run.c */
/* Something of its figures is new. */
void leyden_run_changed         (LeydenRun *self);
/* Nothing is written. */
void leyden_run_finish          (LeydenRun *self);
/* Takes @error. */
void leyden_run_store_failed    (LeydenRun *self, GError *error);
/* The run and @rows (nullable) go to the store; then it begins. */
void leyden_run_write_beginning (LeydenRun *self, GPtrArray *rows);

/* leyden-run-take-up.c: looks into the store; then it begins, or has ended. */
void leyden_run_take_up         (LeydenRun *self);

G_END_DECLS
