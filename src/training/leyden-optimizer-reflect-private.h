/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-pareto.h"
#include "leyden-reflection.h"

G_BEGIN_DECLS

/* The halves of reflective search: new prompts (leyden-optimizer-reflect.c) and merges (leyden-optimizer-reflect-merge.c). */

/* Rewards that differ by less are equal. */
#define LEYDEN_REFLECT_EPSILON 1e-9

typedef struct
{
  LeydenCandidate *candidate;
  double           mean;
  guint            next_slot;           /* of its prompts */
  int              parents[2];          /* in the pool, −1: none */
} LeydenReflectMember;

typedef struct
{
  LeydenTrainer          *trainer;
  GPtrArray              *prompts;      /* LeydenSlot */
  GArray                 *pool;         /* LeydenReflectMember; the first is the baseline */
  GPtrArray              *scored;       /* LeydenTrainItem: validation items that all of the pool are scored on */
  const LeydenTrainItem * const *train;
  guint                   n_train;
  guint                  *uses;         /* of each training item, by place in @train */
  guint                   n_epochs;
  GArray                 *epoch;        /* guint: places in @train, in the order of this epoch */
  guint                   epoch_at;
  guint                   n_idle;       /* minibatches in a row that had nothing to learn from */
  guint                   n_barren;     /* proposals in a row that could not be tried */
  guint                   n_merges;
  gboolean                merge_due;    /* a candidate came into the pool */
  GHashTable             *merged;       /* "a b": pairs that were tried */
} LeydenReflectSearch;

LeydenReflectMember *leyden_reflect_get_member  (LeydenReflectSearch    *self,
                                                 guint                   index);
/* Scores @candidate on all validation items in use and takes it in. FALSE: stop now. */
gboolean             leyden_reflect_add_member  (LeydenReflectSearch    *self,
                                                 LeydenCandidate        *candidate,
                                                 int                     parent,
                                                 int                     other,
                                                 guint                   next_slot);
LeydenPareto        *leyden_reflect_make_pareto (LeydenReflectSearch    *self);
double               leyden_reflect_sum_rewards (LeydenReflectSearch    *self,
                                                 const LeydenCandidate  *candidate,
                                                 const LeydenTrainItem **items,
                                                 guint                   n_items);
gboolean             leyden_reflect_has_errors  (LeydenReflectSearch    *self,
                                                 const LeydenCandidate  *candidate,
                                                 const LeydenTrainItem **items,
                                                 guint                   n_items);
/* Tries to merge two of the pool, when that is due and there are two. FALSE: stop now. */
gboolean             leyden_reflect_merge       (LeydenReflectSearch    *self);

G_END_DECLS
