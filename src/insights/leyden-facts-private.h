/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-facts-writer.h"
#include "leyden-facts.h"

G_BEGIN_DECLS

typedef enum { LEYDEN_FACTS_STOPPED, LEYDEN_FACTS_STARTING, LEYDEN_FACTS_CLEARING, LEYDEN_FACTS_READING, LEYDEN_FACTS_FOLLOWING } LeydenFactsState;

struct _LeydenFacts
{
  GObject            parent_instance;

  LeydenSqliteStore *store;
  LeydenFactsWriter *writer;
  LeydenFactsState   state;
  gboolean           busy;              /* one step is under way */
  gboolean           look;              /* asked for */
  gboolean           look_once_more;
  guint64            position;          /* on disk */
  guint64            last;              /* heard of */
  GQueue             waiting;           /* LeydenRecord, of commits behind `position` */
  GArray            *samples;           /* LeydenFactsPoint */
  GPtrArray         *records;           /* of the batch that is being made */
  LeydenFactsBatch  *batch;             /* made and not yet written */
  GHashTable        *folds;             /* rollout → LeydenFactsFold */
  GQueue             histories;         /* History: what must be read before it can be made */
  GQueue             ended;             /* char *: rollouts in folds, the first to end first */
  GCancellable      *cancellable;
  gulong             committed_id;
  guint              timeout;           /* the next step */
  gint64             due_us;
  gint64             pause_us;          /* no step before this moment */
  gint64             began_us;          /* the batch under way */
  guint64            last_then;         /* `last` at that time */
  guint              batch_records, gather_ms;
};

/* Does what is to be done next, not before so long. */
void leyden_facts_step_later   (LeydenFacts *self, guint ms);
/* leyden-facts-samples.c: puts what waits into the batch. */
void leyden_facts_take_samples (LeydenFacts *self);

G_END_DECLS
