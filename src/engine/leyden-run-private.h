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

G_END_DECLS
