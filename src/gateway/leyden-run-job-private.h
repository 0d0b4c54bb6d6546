/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-dataset.h"
#include "leyden-run-job.h"

G_BEGIN_DECLS

typedef struct
{
  char        *item;
  char        *split;
  gint64       index;
  LeydenValue *input;
} LeydenRunJobItem;

struct _LeydenRunJob
{
  LeydenValue     *definition;
  LeydenStore     *store;
  LeydenNodeTypes *types;
  LeydenFlow      *flow;                /* until it is planned */
  LeydenValue     *part;                /* NULL: the whole flow runs */
  LeydenPlan      *plan;
  LeydenDataset   *dataset;
  LeydenDebug     *debug;               /* nullable */
  GArray          *items;               /* LeydenRunJobItem */
};

/* leyden-run-job-items.c: when the flow is planned and, but for the first, the data set is read. */
void         leyden_run_job_add_input         (LeydenRunJob *self);
gboolean     leyden_run_job_add_rows          (LeydenRunJob *self, GError **error);
void         leyden_run_job_add_training_rows (LeydenRunJob *self, LeydenValue *mapping);
/* (transfer none) (nullable) */
LeydenValue *leyden_run_job_find_own_dataset  (LeydenRunJob *self);

G_END_DECLS
