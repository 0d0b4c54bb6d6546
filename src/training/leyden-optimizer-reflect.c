/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-optimizer-reflect-private.h"

/* Reflective evolution. A pool of candidates, each scored on the same validation items; parents are drawn by how many of those items they
 * are best at; a model reads what a parent did on three training items and rewrites one of its prompts; the child is scored on the same
 * three, and enters the pool when it is better there. Two of the pool that changed different prompts may be merged.
 *
 * Source: Agrawal et al., “GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning” (arXiv 2507.19457), and the published
 * program of that name, 0.1.4. */

#define MINIBATCH 3
#define MAX_STEPS 500
/* So many proposals in a row of which nothing could be tried: the model has nothing new to say. */
#define MAX_BARREN 15

LeydenReflectMember *
leyden_reflect_get_member (LeydenReflectSearch *self,
                           guint                index)
{
  return &g_array_index (self->pool, LeydenReflectMember, index);
}

/* ---- Items ---- */

static guint
find_place (LeydenReflectSearch   *self,
            const LeydenTrainItem *item)
{
  for (guint i = 0; i < self->n_train; i++)
    if (self->train[i] == item)
      return i;
  g_assert_not_reached ();
}

/* A shuffle of all training items, filled up to whole minibatches with those that were used least. */
static void
begin_epoch (LeydenReflectSearch *self)
{
  g_autoptr(GPtrArray) order = leyden_trainer_shuffle (self->trainer, self->train, self->n_train, "epoch", self->n_epochs++);

  g_array_set_size (self->epoch, 0);
  self->epoch_at = 0;
  for (guint i = 0; i < order->len; i++)
    {
      guint place = find_place (self, g_ptr_array_index (order, i));

      g_array_append_val (self->epoch, place);
      self->uses[place]++;
    }
  while (self->n_train >= MINIBATCH && self->epoch->len % MINIBATCH != 0)
    {
      guint least = g_array_index (self->epoch, guint, 0);

      for (guint i = 1; i < self->n_train; i++)
        if (self->uses[g_array_index (self->epoch, guint, i)] < self->uses[least])
          least = g_array_index (self->epoch, guint, i);
      g_array_append_val (self->epoch, least);
      self->uses[least]++;
    }
}

static guint
next_minibatch (LeydenReflectSearch   *self,
                const LeydenTrainItem *items[MINIBATCH])
{
  guint n = 0;

  if (self->epoch_at >= self->epoch->len)
    begin_epoch (self);
  while (n < MINIBATCH && self->epoch_at < self->epoch->len)
    items[n++] = self->train[g_array_index (self->epoch, guint, self->epoch_at++)];
  return n;
}

/* ---- The pool ---- */

gboolean
leyden_reflect_add_member (LeydenReflectSearch *self,
                           LeydenCandidate     *candidate,
                           int                  parent,
                           int                  other,
                           guint                next_slot)
{
  LeydenReflectMember member = { .candidate = candidate, .next_slot = next_slot, .parents = { parent, other } };
  const LeydenTrainItem * const *items = (const LeydenTrainItem * const *) self->scored->pdata;
  LeydenCandidate *best = leyden_trainer_get_best (self->trainer);
  LeydenScore score, best_score;

  if (!leyden_trainer_evaluate (self->trainer, &candidate, 1, items, self->scored->len))
    return FALSE;
  leyden_trainer_score (self->trainer, candidate, items, self->scored->len, &score);
  member.mean = score.mean;
  g_array_append_val (self->pool, member);
  if (best != NULL)
    leyden_trainer_score (self->trainer, best, items, self->scored->len, &best_score);
  if (!score.withheld && best != candidate && (best == NULL || isnan (best_score.mean) || score.mean > best_score.mean + LEYDEN_REFLECT_EPSILON))
    leyden_trainer_set_best (self->trainer, candidate);
  return TRUE;
}

static double
best_mean (LeydenReflectSearch *self)
{
  double best = 0.0;

  for (guint i = 0; i < self->pool->len; i++)
    best = MAX (best, leyden_reflect_get_member (self, i)->mean);
  return best;
}

LeydenPareto *
leyden_reflect_make_pareto (LeydenReflectSearch *self)
{
  LeydenPareto *out = leyden_pareto_new (self->pool->len, self->scored->len);

  for (guint i = 0; i < self->pool->len; i++)
    for (guint j = 0; j < self->scored->len; j++)
      leyden_pareto_set (out, i, j, leyden_trainer_get_evaluation (self->trainer, leyden_reflect_get_member (self, i)->candidate,
                                                                   g_ptr_array_index (self->scored, j))->reward);
  leyden_pareto_reduce (out);
  return out;
}

double
leyden_reflect_sum_rewards (LeydenReflectSearch    *self,
                            const LeydenCandidate  *candidate,
                            const LeydenTrainItem **items,
                            guint                   n_items)
{
  double sum = 0.0;

  for (guint i = 0; i < n_items; i++)
    sum += leyden_trainer_get_evaluation (self->trainer, candidate, items[i])->reward;
  return sum;
}

gboolean
leyden_reflect_has_errors (LeydenReflectSearch    *self,
                           const LeydenCandidate  *candidate,
                           const LeydenTrainItem **items,
                           guint                   n_items)
{
  for (guint i = 0; i < n_items; i++)
    if (leyden_trainer_get_evaluation (self->trainer, candidate, items[i])->is_error)
      return TRUE;
  return FALSE;
}

static gboolean
is_member (LeydenReflectSearch   *self,
           const LeydenCandidate *candidate)
{
  for (guint i = 0; i < self->pool->len; i++)
    if (leyden_reflect_get_member (self, i)->candidate == candidate)
      return TRUE;
  return FALSE;
}

/* ---- A step: one new prompt ---- */

/* What a step does, from its parent to its child. */
typedef struct
{
  guint                  parent;
  const LeydenSlot      *slot;
  const LeydenTrainItem *items[MINIBATCH];
  guint                  n_items;
  LeydenRevision         revision;
  LeydenCandidate       *child;
} Step;

static void
note (LeydenReflectSearch *self,
      Step                *step,
      const char          *verdict,
      const char          *why)
{
  leyden_trainer_note_proposal (self->trainer, 0, leyden_reflect_get_member (self, step->parent)->candidate, step->child, step->slot->id,
                                step->revision.critique, step->revision.value, verdict, why);
}

/* Asks for a new text. FALSE: stop now; step->child %NULL: nothing came of it, which is noted. What was rejected on other items before may
 * show on these what it is worth: three items say little. (The source goes on to the next step.) */
static gboolean
propose (LeydenReflectSearch *self,
         Step                *step)
{
  LeydenCandidate *parent = leyden_reflect_get_member (self, step->parent)->candidate;
  g_autoptr(LeydenReflection) reflection = leyden_reflection_new (self->trainer, parent, step->slot);
  g_autoptr(LeydenValue) slots = NULL;
  LeydenRandom random;
  gboolean is_new;

  for (guint i = 0; i < step->n_items; i++)
    if (!leyden_reflection_add_item (reflection, step->items[i]))
      return FALSE;
  leyden_trainer_random (self->trainer, &random, "wording", 0);
  if (!leyden_reflection_reflect (reflection, &random, &step->revision))
    return FALSE;
  if (step->revision.value == NULL)
    {
      note (self, step, "invalid", step->revision.why);
      return TRUE;
    }
  slots = leyden_value_with_member (parent->slots, step->slot->id, step->revision.value);
  step->child = leyden_trainer_add_candidate (self->trainer, slots, &parent, 1, "edit", &is_new);
  if (!is_new && is_member (self, step->child))
    {
      note (self, step, "duplicate", NULL);
      step->child = NULL;
    }
  return TRUE;
}

/* Takes the child in when it is better than its parent on the same items. FALSE: stop now. */
static gboolean
judge (LeydenReflectSearch *self,
       Step                *step)
{
  LeydenReflectMember *parent = leyden_reflect_get_member (self, step->parent);
  double before, after;
  g_autofree char *why = NULL;

  if (!leyden_trainer_evaluate (self->trainer, &step->child, 1, step->items, step->n_items))
    return FALSE;
  before = leyden_reflect_sum_rewards (self, parent->candidate, step->items, step->n_items);
  after = leyden_reflect_sum_rewards (self, step->child, step->items, step->n_items);
  /* Translators: rewards of the old and of the new version, and on how many items. */
  why = g_strdup_printf (_("%.3g before, %.3g after, on %u items"), before, after, step->n_items);
  if (leyden_reflect_has_errors (self, step->child, step->items, step->n_items) || after <= before + LEYDEN_REFLECT_EPSILON)
    {
      note (self, step, "rejected", why);
      leyden_trainer_drop (self->trainer, step->child);
      return TRUE;
    }
  note (self, step, "accepted", why);
  self->merge_due = TRUE;
  return leyden_reflect_add_member (self, step->child, (int) step->parent, -1, parent->next_slot);
}

static gboolean
is_perfect (LeydenReflectSearch *self,
            Step                *step)
{
  LeydenCandidate *parent = leyden_reflect_get_member (self, step->parent)->candidate;

  return leyden_reflect_sum_rewards (self, parent, step->items, step->n_items) >= step->n_items - LEYDEN_REFLECT_EPSILON;
}

static gboolean
run_step (LeydenReflectSearch *self)
{
  g_autoptr(LeydenPareto) pareto = leyden_reflect_make_pareto (self);
  Step step = { 0 };
  LeydenRandom random;
  LeydenReflectMember *parent;
  gboolean go_on;

  leyden_trainer_begin_step (self->trainer);
  leyden_trainer_random (self->trainer, &random, "parent", 0);
  step.parent = leyden_pareto_draw (pareto, leyden_random_u01 (&random));
  step.n_items = next_minibatch (self, step.items);
  parent = leyden_reflect_get_member (self, step.parent);
  if (!leyden_trainer_evaluate (self->trainer, &parent->candidate, 1, step.items, step.n_items))
    return FALSE;
  if (is_perfect (self, &step) || leyden_reflect_has_errors (self, parent->candidate, step.items, step.n_items))
    {
      self->n_idle++;
      return TRUE;
    }
  self->n_idle = 0;
  step.slot = g_ptr_array_index (self->prompts, parent->next_slot);
  parent->next_slot = (parent->next_slot + 1) % self->prompts->len;
  go_on = propose (self, &step);
  self->n_barren = step.child == NULL ? self->n_barren + 1 : 0;
  if (go_on && step.child != NULL)
    go_on = judge (self, &step);
  leyden_revision_clear (&step.revision);
  return go_on;
}

/* ---- The search ---- */

/* A step is worth beginning when the child that it may find can be scored. */
static gboolean
can_go_on (LeydenReflectSearch *self,
           guint                n_steps)
{
  guint n_batches = (self->n_train + MINIBATCH - 1) / MINIBATCH;

  return n_steps < MAX_STEPS && self->n_idle <= n_batches && self->n_barren < MAX_BARREN && best_mean (self) < 1.0 - LEYDEN_REFLECT_EPSILON &&
         leyden_trainer_get_task_calls_left (self->trainer) >= 2 * MINIBATCH + self->scored->len &&
         leyden_trainer_get_optimizer_calls_left (self->trainer) > 0;
}

static gboolean
search (LeydenReflectSearch *self)
{
  if (!leyden_reflect_add_member (self, leyden_trainer_get_baseline (self->trainer), -1, -1, 0))
    return FALSE;
  for (guint i = 0; can_go_on (self, i); i++)
    if (!run_step (self) || !leyden_reflect_merge (self))
      return FALSE;
  return TRUE;
}

static gboolean
run (LeydenTrainer *trainer,
     GError       **error)
{
  LeydenReflectSearch self = { .trainer = trainer };
  gboolean done;

  self.prompts = leyden_reflection_list_slots (leyden_trainer_get_slots (trainer));
  self.pool = g_array_new (FALSE, FALSE, sizeof (LeydenReflectMember));
  self.scored = leyden_reflection_choose_scored (trainer);
  self.train = leyden_trainer_get_items (trainer, "train", &self.n_train);
  self.uses = g_new0 (guint, self.n_train + 1);
  self.epoch = g_array_new (FALSE, FALSE, sizeof (guint));
  self.merged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  done = self.prompts->len == 0 || search (&self);

  g_ptr_array_unref (self.prompts);
  g_array_unref (self.pool);
  g_ptr_array_unref (self.scored);
  g_free (self.uses);
  g_array_unref (self.epoch);
  g_hash_table_unref (self.merged);
  return done;
}

const LeydenOptimizer leyden_optimizer_reflect = {
  .name = "reflect",
  .title = N_("Reflective search (GEPA)"),
  .description = N_("A model reads what went wrong on a few items and rewrites one prompt; what is better on them is kept"),
  .asks_model = TRUE,
  .check = leyden_reflection_check_slots,
  .run = run,
};
