/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-reflection.h"

/* Textual gradients: a beam of candidates; each gets children by a critique of what it did on a few training items and an edit that
 * follows it; all race on validation items, and the best stay.
 *
 * Source: Pryzant et al., “Automatic Prompt Optimization with Gradient Descent and Beam Search” (arXiv 2305.03495), in the form of Agent
 * Lightning 0.3.0 (algorithm/apo), with these repairs: chance is seeded; texts proposed twice are one candidate; scores are kept and never
 * asked twice; candidates race on growing shares of the items in place of one batch of 16; failures count; placeholders are guarded; all
 * prompt slots take their turn; and what is chosen is tested on items that chose nothing. */

#define EPSILON 1e-9
#define MAX_ROUNDS 12
/* Rounds in a row without a child. */
#define MAX_BARREN 2
/* Rounds that a budget should allow before they grow wider. */
#define WANTED_ROUNDS 3
/* Validation items of one round's race. */
#define RACE_ITEMS 32
#define RACE_FIRST 4

/* Beam width, children of each, items of a critique: from the defaults of the source down to what a small budget can pay. */
typedef struct
{
  guint width;
  guint branch;
  guint batch;
} Shape;

static const Shape shapes[] = { { 4, 4, 4 }, { 3, 3, 4 }, { 2, 3, 4 }, { 2, 2, 3 }, { 1, 3, 3 }, { 1, 2, 3 } };

typedef struct
{
  LeydenTrainer          *trainer;
  GPtrArray              *prompts;      /* LeydenSlot */
  GPtrArray              *beam;         /* LeydenCandidate, best first */
  const LeydenTrainItem * const *train;
  guint                   n_train;
  const LeydenTrainItem * const *validation;
  guint                   n_validation;
  GPtrArray              *epoch;        /* LeydenTrainItem: training items in this epoch's order */
  guint                   epoch_at;
  guint                   n_epochs;
  const Shape            *shape;
  guint                   n_rounds;
  double                  best_mean;
} Search;

/* One child of a round. */
typedef struct
{
  LeydenCandidate   *parent;
  const LeydenSlot  *slot;
  GPtrArray         *items;             /* LeydenTrainItem: what the critique sees */
  LeydenRevision     revision;
  LeydenCandidate   *child;             /* NULL: nothing came of it */
} Plan;

/* ---- What things cost ---- */

/* Task calls of a race of @n_new candidates that nothing is known of, beside @width that are scored. */
static guint64
race_cost (guint n_new,
           guint width,
           guint n_items)
{
  guint n = MAX (RACE_FIRST, n_items / 4), left = n_new + width, seen = 0;
  guint64 cost = 0;

  for (n = MIN (n, n_items);; n = MIN (2 * n, n_items))
    {
      cost += (guint64) MIN (left, n_new + width) * (n - seen);
      seen = n;
      if (left <= width || n >= n_items)
        return cost;
      left = MAX (width, (left + 1) / 2);
    }
}

static guint64
round_cost (Search      *self,
            const Shape *shape)
{
  guint n_new = shape->width * shape->branch, n_race = MIN (RACE_ITEMS, self->n_validation);

  return (guint64) n_new * MIN (shape->batch, self->n_train) + race_cost (n_new, shape->width, n_race) + self->n_validation - n_race;
}

static gboolean
can_pay (Search      *self,
         const Shape *shape,
         guint        n_rounds)
{
  return n_rounds * round_cost (self, shape) <= leyden_trainer_get_task_calls_left (self->trainer) &&
         2 * (guint64) n_rounds * shape->width * shape->branch <= leyden_trainer_get_optimizer_calls_left (self->trainer);
}

/* The widest shape that leaves enough rounds, no wider than before; else what one round can be paid for. FALSE: none. */
static gboolean
choose_shape (Search *self)
{
  for (; self->shape + 1 < shapes + G_N_ELEMENTS (shapes) && !can_pay (self, self->shape, WANTED_ROUNDS - MIN (self->n_rounds, WANTED_ROUNDS - 1));
       self->shape++)
    ;
  return can_pay (self, self->shape, 1);
}

/* ---- A round ---- */

static void
plan_free (gpointer data)
{
  Plan *self = data;

  g_ptr_array_unref (self->items);
  leyden_revision_clear (&self->revision);
  g_free (self);
}

/* The next training items of endless shuffled epochs. */
static GPtrArray *
next_batch (Search *self)
{
  GPtrArray *out = g_ptr_array_new ();
  guint n = MIN (self->shape->batch, self->n_train);

  while (out->len < n)
    {
      const LeydenTrainItem *item;

      if (self->epoch == NULL || self->epoch_at >= self->epoch->len)
        {
          g_clear_pointer (&self->epoch, g_ptr_array_unref);
          self->epoch = leyden_trainer_shuffle (self->trainer, self->train, self->n_train, "epoch", self->n_epochs++);
          self->epoch_at = 0;
        }
      item = g_ptr_array_index (self->epoch, self->epoch_at++);
      if (!g_ptr_array_find (out, item, NULL))
        g_ptr_array_add (out, (gpointer) item);
    }
  return out;
}

/* Parents are the beam, repeated up to its width; each has its children, whose slots take turns. */
static GPtrArray *
plan_children (Search *self)
{
  GPtrArray *out = g_ptr_array_new_with_free_func (plan_free);

  for (guint i = 0; i < self->shape->width; i++)
    for (guint j = 0; j < self->shape->branch; j++)
      {
        Plan *plan = g_new0 (Plan, 1);

        plan->parent = g_ptr_array_index (self->beam, i % self->beam->len);
        plan->slot = g_ptr_array_index (self->prompts, (self->n_rounds + i * self->shape->branch + j) % self->prompts->len);
        plan->items = next_batch (self);
        g_ptr_array_add (out, plan);
      }
  return out;
}

static gboolean
is_perfect (Search     *self,
            const Plan *plan)
{
  for (guint i = 0; i < plan->items->len; i++)
    if (leyden_trainer_get_evaluation (self->trainer, plan->parent, g_ptr_array_index (plan->items, i))->reward < 1.0 - EPSILON)
      return FALSE;
  return TRUE;
}

static void
note (Search          *self,
      const Plan      *plan,
      guint            ordinal,
      LeydenCandidate *child,
      const char      *verdict,
      const char      *why)
{
  leyden_trainer_note_proposal (self->trainer, ordinal, plan->parent, child, plan->slot->id, plan->revision.critique, plan->revision.value,
                                verdict, why);
}

/* What the critique of a child sees. NULL: stop now. */
static LeydenReflection *
make_reflection (Search     *self,
                 const Plan *plan)
{
  g_autoptr(LeydenReflection) reflection = leyden_reflection_new (self->trainer, plan->parent, plan->slot);

  for (guint i = 0; i < plan->items->len; i++)
    if (!leyden_reflection_add_item (reflection, g_ptr_array_index (plan->items, i)))
      return NULL;
  return g_steal_pointer (&reflection);
}

/* plan->child stays %NULL when nothing came of it, which is noted. */
static void
add_child (Search *self,
           Plan   *plan,
           guint   ordinal)
{
  g_autoptr(LeydenValue) slots = NULL;
  LeydenCandidate *made;
  gboolean is_new;

  if (plan->revision.value == NULL)
    {
      note (self, plan, ordinal, NULL, "invalid", plan->revision.why);
      return;
    }
  slots = leyden_value_with_member (plan->parent->slots, plan->slot->id, plan->revision.value);
  made = leyden_trainer_add_candidate (self->trainer, slots, &plan->parent, 1, "edit", &is_new);
  note (self, plan, ordinal, made, is_new ? "accepted" : "duplicate", NULL);
  plan->child = is_new ? made : NULL;
}

/* The children do not depend on each other: the model is asked for all at once. FALSE: stop now. */
static gboolean
revise (Search    *self,
        GPtrArray *plans)
{
  g_autoptr(GPtrArray) reflections = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_reflection_free);
  g_autofree LeydenRandom *randoms = g_new0 (LeydenRandom, plans->len);
  g_autofree LeydenRevision *revisions = g_new0 (LeydenRevision, plans->len);
  g_autofree guint *ordinals = g_new0 (guint, plans->len);
  guint n = 0;
  gboolean go_on;

  for (guint i = 0; i < plans->len; i++)
    {
      Plan *plan = g_ptr_array_index (plans, i);
      LeydenReflection *reflection;

      if (is_perfect (self, plan))
        continue;
      reflection = make_reflection (self, plan);
      if (reflection == NULL)
        return FALSE;
      g_ptr_array_add (reflections, reflection);
      leyden_trainer_random (self->trainer, &randoms[n], "wording", i);
      ordinals[n++] = i;
    }
  go_on = leyden_reflection_critique_and_edit ((LeydenReflection * const *) reflections->pdata, randoms, revisions, n);
  for (guint i = 0; i < n; i++)
    {
      Plan *plan = g_ptr_array_index (plans, ordinals[i]);

      plan->revision = revisions[i];
      if (go_on)
        add_child (self, plan, ordinals[i]);
    }
  return go_on;
}

/* Fills in the children of a round. FALSE: stop now. */
static gboolean
make_children (Search    *self,
               GPtrArray *plans)
{
  for (guint i = 0; i < plans->len; i++)
    {
      Plan *plan = g_ptr_array_index (plans, i);

      if (!leyden_trainer_evaluate (self->trainer, &plan->parent, 1, (const LeydenTrainItem * const *) plan->items->pdata, plan->items->len))
        return FALSE;
    }
  return revise (self, plans);
}

/* Those that lost the race. */
static void
drop_losers (Search                        *self,
             GPtrArray                     *plans,
             const LeydenTrainItem * const *items,
             guint                          n_items)
{
  for (guint i = 0; i < plans->len; i++)
    {
      Plan *plan = g_ptr_array_index (plans, i);
      g_autofree char *why = NULL;
      LeydenScore score;

      if (plan->child == NULL || g_ptr_array_find (self->beam, plan->child, NULL))
        continue;
      leyden_trainer_score (self->trainer, plan->child, items, n_items, &score);
      /* Translators: a mean reward, and on how many items. */
      why = g_strdup_printf (_("%.3g on %u items: others were better"), score.mean, score.n);
      note (self, plan, i, plan->child, "rejected", why);
      leyden_trainer_drop (self->trainer, plan->child);
    }
}

/* The beam and its children on a share of the validation items, the same for all. FALSE: stop now. */
static gboolean
choose_beam (Search    *self,
             GPtrArray *plans)
{
  g_autoptr(GPtrArray) order = leyden_trainer_shuffle (self->trainer, self->validation, self->n_validation, "race", 0);
  const LeydenTrainItem * const *items = (const LeydenTrainItem * const *) order->pdata;
  guint n_items = MIN (RACE_ITEMS, order->len);
  g_autoptr(GPtrArray) all = g_ptr_array_new ();
  GPtrArray *next = NULL;

  g_ptr_array_extend (all, self->beam, NULL, NULL);
  for (guint i = 0; i < plans->len; i++)
    {
      Plan *plan = g_ptr_array_index (plans, i);

      if (plan->child != NULL)
        g_ptr_array_add (all, plan->child);
    }
  if (!leyden_trainer_race (self->trainer, (LeydenCandidate * const *) all->pdata, all->len, items, n_items, self->shape->width, &next))
    return FALSE;
  g_ptr_array_unref (self->beam);
  self->beam = next;
  drop_losers (self, plans, items, n_items);
  return TRUE;
}

/* The best of the beam on all validation items in use; the best so far when it is better there. FALSE: stop now. */
static gboolean
score_first (Search *self)
{
  LeydenCandidate *first = g_ptr_array_index (self->beam, 0);
  LeydenScore score;

  if (!leyden_trainer_evaluate (self->trainer, &first, 1, self->validation, self->n_validation))
    return FALSE;
  leyden_trainer_score (self->trainer, first, self->validation, self->n_validation, &score);
  if (!score.withheld && score.mean > self->best_mean + EPSILON)
    {
      self->best_mean = score.mean;
      if (leyden_trainer_get_best (self->trainer) != first)
        leyden_trainer_set_best (self->trainer, first);
    }
  return TRUE;
}

static guint
count_children (GPtrArray *plans)
{
  guint n = 0;

  for (guint i = 0; i < plans->len; i++)
    n += ((Plan *) g_ptr_array_index (plans, i))->child != NULL;
  return n;
}

static gboolean
search (Search *self)
{
  guint n_barren = 0;

  if (!score_first (self))
    return FALSE;
  for (; self->n_rounds < MAX_ROUNDS && n_barren < MAX_BARREN && self->best_mean < 1.0 - EPSILON && choose_shape (self); self->n_rounds++)
    {
      g_autoptr(GPtrArray) plans = NULL;
      guint n_children;

      leyden_trainer_begin_step (self->trainer);
      plans = plan_children (self);
      if (!make_children (self, plans))
        return FALSE;
      n_children = count_children (plans);
      n_barren = n_children == 0 ? n_barren + 1 : 0;
      if (n_children > 0 && (!choose_beam (self, plans) || !score_first (self)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
run (LeydenTrainer  *trainer,
     GError        **error)
{
  Search self = { .trainer = trainer, .best_mean = -1.0, .shape = shapes };
  g_autoptr(GPtrArray) scored = NULL;
  gboolean done;

  self.prompts = leyden_reflection_list_slots (leyden_trainer_get_slots (trainer));
  self.train = leyden_trainer_get_items (trainer, "train", &self.n_train);
  scored = leyden_reflection_choose_scored (trainer);
  self.validation = (const LeydenTrainItem * const *) scored->pdata;
  self.n_validation = scored->len;
  self.beam = g_ptr_array_new ();
  g_ptr_array_add (self.beam, leyden_trainer_get_baseline (trainer));
  done = self.prompts->len == 0 || search (&self);

  g_ptr_array_unref (self.prompts);
  g_ptr_array_unref (self.beam);
  g_clear_pointer (&self.epoch, g_ptr_array_unref);
  return done;
}

const LeydenOptimizer leyden_optimizer_apo = {
  .name = "apo",
  .title = N_("Textual gradients (APO)"),
  .description = N_("A model criticises what went wrong and edits the prompts accordingly; the versions race, and the best go on"),
  .asks_model = TRUE,
  .check = leyden_reflection_check_slots,
  .run = run,
};
