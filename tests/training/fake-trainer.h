/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-optimizer.h"

G_BEGIN_DECLS

/* What the optimiser's model answers. */
typedef enum
{
  FAKE_CRITIC,                  /* leyden-sim-critic */
  FAKE_SILENT,                  /* nothing, with a reason */
  FAKE_BABBLE,                  /* text without markers */
  FAKE_PARROT,                  /* the same instructions again */
  FAKE_LOSES,                   /* never a placeholder */
  FAKE_HUGE,                    /* a text over any limit */
  FAKE_ADDS,                    /* "alpha" to the template, "beta" to the instructions, once each */
  FAKE_FORGES,                  /* instructions that look like sections and markers */
} FakeModel;

typedef struct
{
  guint64   seed;
  guint     task_calls;
  guint     optimizer_calls;
  FakeModel model;
  gboolean  perfect;            /* the prompts have all that helps from the start */
  gboolean  random_rewards;     /* no prompt is better than another */
  gboolean  trade_off;          /* of four items two need "alpha", one "beta", and one loses by "alpha" without "beta" */
  guint     fails_every;        /* every so many rollouts no answer comes; 0: never */
} FakeWorld;

/* The interface of LeydenTrainer over the simulated model and the rows of the arithmetic sample, without engine, store and main loop: two
 * prompts, "ask/template" with {{ question }} and "solve/system". It counts what is spent and fails the test when it is more than allowed. */
LeydenTrainer *fake_trainer_new           (const FakeWorld *world);
void           fake_trainer_free          (LeydenTrainer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenTrainer, fake_trainer_free)
guint          fake_trainer_get_spent     (LeydenTrainer *self);
guint          fake_trainer_get_asked     (LeydenTrainer *self);
guint          fake_trainer_get_repairs   (LeydenTrainer *self);
/* All that was proposed and what became of it, a line each. */
const char    *fake_trainer_get_lineage   (LeydenTrainer *self);
guint          fake_trainer_count_verdict (LeydenTrainer *self, const char *verdict);
/* Mean reward on the items of "test". */
double         fake_trainer_test          (LeydenTrainer *self, LeydenCandidate *candidate);

G_END_DECLS
