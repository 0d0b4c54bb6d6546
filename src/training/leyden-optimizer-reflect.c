/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-pareto.h"
#include "leyden-reflection.h"

/* Reflective evolution. A pool of candidates, each scored on the same validation items; parents are drawn by how many of those items they
 * are best at; a model reads what a parent did on three training items and rewrites one of its prompts; the child is scored on the same
 * three, and enters the pool when it is better there. Two of the pool that changed different prompts may be merged.
 *
 * Source: Agrawal et al., “GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning” (arXiv 2507.19457), and the published
 * program of that name, 0.1.4. */

#define MINIBATCH 3
#define MAX_MERGES 5
#define MERGE_ITEMS 8
#define MAX_STEPS 500
/* So many proposals in a row of which nothing could be tried: the model has nothing new to say. */
#define MAX_BARREN 15
#define EPSILON 1e-9

typedef struct
{
  LeydenCandidate *candidate;
  double           mean;
  guint            next_slot;           /* of its prompts */
  int              parents[2];          /* in the pool, −1: none */
} Member;

typedef struct
{
  LeydenTrainer          *trainer;
  GPtrArray              *prompts;      /* LeydenSlot */
  GArray                 *pool;         /* Member; the first is the baseline */
  GPtrArray              *scored;       /* LeydenTrainItem: validation items that all of the pool are scored on */
  const LeydenTrainItem * const *train;
  guint                   n_train;
  guint                  *uses;         /* of each training item, by place in @train */
  guint                   n_epochs;
  GArray                 *epoch;        /* guint: places in @train, in the order of this epoch */
  guint                   epoch_at;
  guint                   n_idle;       /* minibatches in a row that had nothing to learn from */
  guint                   n_barren;
  guint                   n_merges;
  gboolean                merge_due;
  GHashTable             *merged;       /* "a b": pairs that were tried */
} Search;

static Member *
get_member (Search *self,
            guint   index)
{
  return &g_array_index (self->pool, Member, index);
}

/* ---- Items ---- */

static guint
find_place (Search                *self,
            const LeydenTrainItem *item)
{
  for (guint i = 0; i < self->n_train; i++)
    if (self->train[i] == item)
      return i;
  g_assert_not_reached ();
}

/* A shuffle of all training items, filled up to whole minibatches with those that were used least. */
static void
begin_epoch (Search *self)
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
next_minibatch (Search                 *self,
                const LeydenTrainItem  *items[MINIBATCH])
{
  guint n = 0;

  if (self->epoch_at >= self->epoch->len)
    begin_epoch (self);
  while (n < MINIBATCH && self->epoch_at < self->epoch->len)
    items[n++] = self->train[g_array_index (self->epoch, guint, self->epoch_at++)];
  return n;
}

/* ---- The pool ---- */

/* Scores @candidate on all validation items in use and takes it in. FALSE: stop now. */
static gboolean
add_member (Search          *self,
            LeydenCandidate *candidate,
            int              parent,
            int              other,
            guint            next_slot)
{
  Member member = { .candidate = candidate, .next_slot = next_slot, .parents = { parent, other } };
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
  if (!score.withheld && best != candidate && (best == NULL || isnan (best_score.mean) || score.mean > best_score.mean + EPSILON))
    leyden_trainer_set_best (self->trainer, candidate);
  return TRUE;
}

static double
best_mean (Search *self)
{
  double best = 0.0;

  for (guint i = 0; i < self->pool->len; i++)
    best = MAX (best, get_member (self, i)->mean);
  return best;
}

static LeydenPareto *
make_pareto (Search *self)
{
  LeydenPareto *out = leyden_pareto_new (self->pool->len, self->scored->len);

  for (guint i = 0; i < self->pool->len; i++)
    for (guint j = 0; j < self->scored->len; j++)
      leyden_pareto_set (out, i, j, leyden_trainer_get_evaluation (self->trainer, get_member (self, i)->candidate,
                                                                   g_ptr_array_index (self->scored, j))->reward);
  leyden_pareto_reduce (out);
  return out;
}

static double
sum_rewards (Search                 *self,
             const LeydenCandidate  *candidate,
             const LeydenTrainItem **items,
             guint                   n_items)
{
  double sum = 0.0;

  for (guint i = 0; i < n_items; i++)
    sum += leyden_trainer_get_evaluation (self->trainer, candidate, items[i])->reward;
  return sum;
}

static gboolean
has_errors (Search                 *self,
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
is_member (Search                *self,
           const LeydenCandidate *candidate)
{
  for (guint i = 0; i < self->pool->len; i++)
    if (get_member (self, i)->candidate == candidate)
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
note (Search     *self,
      Step       *step,
      const char *verdict,
      const char *why)
{
  leyden_trainer_note_proposal (self->trainer, 0, get_member (self, step->parent)->candidate, step->child, step->slot->id,
                                step->revision.critique, step->revision.value, verdict, why);
}

/* Asks for a new text. FALSE: stop now; step->child %NULL: nothing came of it, which is noted. What was rejected on other items before may
 * show on these what it is worth: three items say little. (The source goes on to the next step.) */
static gboolean
propose (Search *self,
         Step   *step)
{
  LeydenCandidate *parent = get_member (self, step->parent)->candidate;
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
judge (Search *self,
       Step   *step)
{
  Member *parent = get_member (self, step->parent);
  double before, after;
  g_autofree char *why = NULL;

  if (!leyden_trainer_evaluate (self->trainer, &step->child, 1, step->items, step->n_items))
    return FALSE;
  before = sum_rewards (self, parent->candidate, step->items, step->n_items);
  after = sum_rewards (self, step->child, step->items, step->n_items);
  /* Translators: rewards of the old and of the new version, and on how many items. */
  why = g_strdup_printf (_("%.3g before, %.3g after, on %u items"), before, after, step->n_items);
  if (has_errors (self, step->child, step->items, step->n_items) || after <= before + EPSILON)
    {
      note (self, step, "rejected", why);
      leyden_trainer_drop (self->trainer, step->child);
      return TRUE;
    }
  note (self, step, "accepted", why);
  self->merge_due = TRUE;
  return add_member (self, step->child, (int) step->parent, -1, parent->next_slot);
}

static gboolean
is_perfect (Search *self,
            Step   *step)
{
  return sum_rewards (self, get_member (self, step->parent)->candidate, step->items, step->n_items) >= step->n_items - EPSILON;
}

static gboolean
run_step (Search *self)
{
  g_autoptr(LeydenPareto) pareto = make_pareto (self);
  Step step = { 0 };
  LeydenRandom random;
  Member *parent;
  gboolean go_on;

  leyden_trainer_begin_step (self->trainer);
  leyden_trainer_random (self->trainer, &random, "parent", 0);
  step.parent = leyden_pareto_draw (pareto, leyden_random_u01 (&random));
  step.n_items = next_minibatch (self, step.items);
  parent = get_member (self, step.parent);
  if (!leyden_trainer_evaluate (self->trainer, &parent->candidate, 1, step.items, step.n_items))
    return FALSE;
  if (is_perfect (self, &step) || has_errors (self, parent->candidate, step.items, step.n_items))
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

/* ---- Merging ---- */

/* Marks @index and all before it in its line. */
static void
mark_ancestors (Search   *self,
                int       index,
                gboolean *marks)
{
  if (index < 0 || marks[index])
    return;
  marks[index] = TRUE;
  for (guint i = 0; i < 2; i++)
    mark_ancestors (self, get_member (self, (guint) index)->parents[i], marks);
}

/* The best common ancestor of two of which neither is the other's, and which is no better than either; −1: none. */
static int
find_ancestor (Search *self,
               guint   a,
               guint   b)
{
  g_autofree gboolean *of_a = g_new0 (gboolean, self->pool->len);
  g_autofree gboolean *of_b = g_new0 (gboolean, self->pool->len);
  double limit = MIN (get_member (self, a)->mean, get_member (self, b)->mean) + EPSILON;
  int best = -1;

  mark_ancestors (self, (int) a, of_a);
  mark_ancestors (self, (int) b, of_b);
  if (of_a[b] || of_b[a])
    return -1;
  for (guint i = 0; i < self->pool->len; i++)
    if (of_a[i] && of_b[i] && get_member (self, i)->mean <= limit &&
        (best < 0 || get_member (self, i)->mean > get_member (self, (guint) best)->mean))
      best = (int) i;
  return best;
}

/* For each slot the side that changed it; where both did, the better candidate's. NULL: no slot was changed by exactly one. */
static LeydenValue *
merge_slots (Search *self,
             guint   a,
             guint   b,
             guint   ancestor)
{
  Member *better = get_member (self, get_member (self, b)->mean > get_member (self, a)->mean + EPSILON ? b : a);
  Member *other = get_member (self, better == get_member (self, a) ? b : a);
  LeydenValue *old = get_member (self, ancestor)->candidate->slots;
  g_autoptr(LeydenValue) out = leyden_value_ref (better->candidate->slots);
  gboolean one_sided = FALSE, gains = FALSE;

  for (guint i = 0; i < self->prompts->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (self->prompts, i);
      LeydenValue *was = leyden_value_get_member (old, slot->id);
      LeydenValue *theirs = leyden_value_get_member (other->candidate->slots, slot->id);
      gboolean by_better = !leyden_value_equal (was, leyden_value_get_member (better->candidate->slots, slot->id));
      gboolean by_other = !leyden_value_equal (was, theirs);

      one_sided = one_sided || by_better != by_other;
      if (by_other && !by_better)
        {
          LeydenValue *next = leyden_value_with_member (out, slot->id, theirs);

          leyden_value_unref (out);
          out = next;
          gains = TRUE;
        }
    }
  return one_sided && gains ? g_steal_pointer (&out) : NULL;
}

/* The first pair, in an order by chance, that can be merged and was not tried. */
static LeydenValue *
find_merge (Search *self,
            guint  *a,
            guint  *b)
{
  g_autoptr(LeydenPareto) pareto = make_pareto (self);
  g_autoptr(GArray) front = leyden_pareto_dup_kept (pareto);
  LeydenRandom random;

  leyden_trainer_random (self->trainer, &random, "merge", 0);
  for (guint i = front->len; i > 1; i--)
    {
      guint j = (guint) leyden_random_below (&random, i), kept = g_array_index (front, guint, j);

      g_array_index (front, guint, j) = g_array_index (front, guint, i - 1);
      g_array_index (front, guint, i - 1) = kept;
    }
  for (guint i = 0; i < front->len; i++)
    for (guint j = i + 1; j < front->len; j++)
      {
        guint first = MIN (g_array_index (front, guint, i), g_array_index (front, guint, j));
        guint second = MAX (g_array_index (front, guint, i), g_array_index (front, guint, j));
        g_autofree char *key = g_strdup_printf ("%u %u", first, second);
        int ancestor = find_ancestor (self, first, second);
        LeydenValue *slots = ancestor >= 0 && !g_hash_table_contains (self->merged, key) ? merge_slots (self, first, second, (guint) ancestor) : NULL;

        if (slots != NULL)
          {
            g_hash_table_add (self->merged, g_steal_pointer (&key));
            *a = first;
            *b = second;
            return slots;
          }
      }
  return NULL;
}

/* Scored on a few validation items first, where the parents are known. FALSE: stop now. */
static gboolean
judge_merge (Search          *self,
             LeydenCandidate *child,
             guint            a,
             guint            b)
{
  g_autoptr(GPtrArray) few = leyden_trainer_shuffle (self->trainer, (const LeydenTrainItem * const *) self->scored->pdata, self->scored->len,
                                                     "merge-items", 0);
  const LeydenTrainItem **items = (const LeydenTrainItem **) few->pdata;
  guint n = MIN (few->len, MERGE_ITEMS);
  g_autofree char *why = NULL;
  double before, after;
  gboolean accepted;

  if (!leyden_trainer_evaluate (self->trainer, &child, 1, items, n))
    return FALSE;
  before = MAX (sum_rewards (self, get_member (self, a)->candidate, items, n), sum_rewards (self, get_member (self, b)->candidate, items, n));
  after = sum_rewards (self, child, items, n);
  accepted = after >= before - EPSILON && !has_errors (self, child, items, n);
  why = g_strdup_printf (_("%.3g before, %.3g after, on %u items"), before, after, n);
  leyden_trainer_note_proposal (self->trainer, 0, get_member (self, a)->candidate, child, NULL, NULL, NULL, accepted ? "accepted" : "rejected", why);
  if (accepted)
    return add_member (self, child, (int) a, (int) b, get_member (self, a)->next_slot);
  leyden_trainer_drop (self->trainer, child);
  return TRUE;
}

static gboolean
run_merge (Search *self)
{
  g_autoptr(LeydenValue) slots = NULL;
  LeydenCandidate *child, *parents[2];
  guint a, b;
  gboolean is_new;

  self->merge_due = FALSE;
  if (self->n_merges >= MAX_MERGES || self->pool->len < 3)
    return TRUE;
  leyden_trainer_begin_step (self->trainer);
  slots = find_merge (self, &a, &b);
  if (slots == NULL)
    return TRUE;
  self->n_merges++;
  parents[0] = get_member (self, a)->candidate;
  parents[1] = get_member (self, b)->candidate;
  child = leyden_trainer_add_candidate (self->trainer, slots, parents, 2, "merge", &is_new);
  if (!is_new)
    {
      leyden_trainer_note_proposal (self->trainer, 0, parents[0], child, NULL, NULL, NULL, "duplicate", NULL);
      return TRUE;
    }
  return judge_merge (self, child, a, b);
}

/* ---- The search ---- */

/* A step is worth beginning when the child that it may find can be scored. */
static gboolean
can_go_on (Search *self,
           guint   n_steps)
{
  guint n_batches = (self->n_train + MINIBATCH - 1) / MINIBATCH;

  return n_steps < MAX_STEPS && self->n_idle <= n_batches && self->n_barren < MAX_BARREN && best_mean (self) < 1.0 - EPSILON &&
         leyden_trainer_get_task_calls_left (self->trainer) >= 2 * MINIBATCH + self->scored->len &&
         leyden_trainer_get_optimizer_calls_left (self->trainer) > 0;
}

static gboolean
search (Search *self)
{
  if (!add_member (self, leyden_trainer_get_baseline (self->trainer), -1, -1, 0))
    return FALSE;
  for (guint i = 0; can_go_on (self, i); i++)
    if (!run_step (self) ||
        (self->merge_due && leyden_trainer_get_task_calls_left (self->trainer) >= MERGE_ITEMS + self->scored->len && !run_merge (self)))
      return FALSE;
  return TRUE;
}

static gboolean
run (LeydenTrainer  *trainer,
     GError        **error)
{
  Search self = { .trainer = trainer };
  gboolean done;

  self.prompts = leyden_reflection_list_slots (leyden_trainer_get_slots (trainer));
  self.pool = g_array_new (FALSE, FALSE, sizeof (Member));
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
