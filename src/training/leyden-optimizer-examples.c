/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Few-shot examples: bootstrapped from the flow's own successes and drawn at random (after Khattab et al., “DSPy”, arXiv 2310.03714;
 * BootstrapFewShotWithRandomSearch of dspy 3). No model is asked besides the flow's. */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-demonstrations.h"
#include "leyden-experiment.h"

/* The defaults of the original. */
#define MAX_BOOTSTRAPPED 4
#define MAX_LABELLED 16
#define N_RANDOM_SETS 16
/* An answer this good is worth showing. */
#define THRESHOLD 0.999
/* Items that are run at once while successes are looked for. */
#define CHUNK 8
/* Of the budget, at most this part is spent on looking. */
#define BOOTSTRAP_SHARE 4

/* ---- Successes ---- */

/* A list of pairs for one slot's node: of the items at @found, from their traces, then labelled ones up to MAX_LABELLED. */
static gboolean
make_list (LeydenTrainer    *trainer,
           const LeydenSlot *slot,
           GPtrArray        *found,
           GPtrArray        *order,
           guint             n_labelled,
           LeydenValue     **out)
{
  LeydenCandidate *baseline = leyden_trainer_get_baseline (trainer);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = 0;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < found->len; i++)
    {
      const LeydenEvaluation *evaluation = leyden_trainer_get_evaluation (trainer, baseline, g_ptr_array_index (found, i));
      g_autoptr(LeydenValue) state = NULL;
      LeydenValue *pair;

      if (!leyden_trainer_read_trace (trainer, evaluation, &state))
        return FALSE;
      pair = leyden_demonstration_from_trace (state, slot->node);
      if (pair == NULL)
        continue;
      leyden_value_builder_take (&b, pair);
      n++;
    }
  for (guint i = 0; i < order->len && n < n_labelled; i++)
    {
      const LeydenTrainItem *item = g_ptr_array_index (order, i);
      LeydenValue *pair = g_ptr_array_find (found, item, NULL) ? NULL : leyden_demonstration_from_item (item);

      if (pair == NULL)
        continue;
      leyden_value_builder_take (&b, pair);
      n++;
    }
  leyden_value_builder_end (&b);
  *out = leyden_value_builder_end_value (&b);
  return TRUE;
}

static void
collect (LeydenTrainer *trainer,
         GPtrArray     *order,
         guint          from,
         guint          to,
         guint          k,
         GPtrArray     *found)
{
  LeydenCandidate *baseline = leyden_trainer_get_baseline (trainer);

  for (guint i = from; i < to && found->len < k; i++)
    {
      const LeydenTrainItem *item = g_ptr_array_index (order, i);
      const LeydenEvaluation *evaluation = leyden_trainer_get_evaluation (trainer, baseline, item);

      if (evaluation != NULL && evaluation->ok && evaluation->reward >= THRESHOLD)
        g_ptr_array_add (found, (gpointer) item);
    }
}

/* Runs the flow over @order until @k items went well, or @allowance is spent. FALSE: stop now. */
static gboolean
bootstrap (LeydenTrainer *trainer,
           GPtrArray     *order,
           guint          k,
           guint64       *allowance,
           GPtrArray     *found)
{
  LeydenCandidate *baseline = leyden_trainer_get_baseline (trainer);

  for (guint at = 0; at < order->len && found->len < k; at += CHUNK)
    {
      guint n = MIN (CHUNK, order->len - at);
      const LeydenTrainItem * const *items = (const LeydenTrainItem * const *) order->pdata + at;
      guint64 cost = leyden_trainer_count_missing (trainer, &baseline, 1, items, n);

      if (cost > *allowance)
        break;
      *allowance -= cost;
      if (!leyden_trainer_evaluate (trainer, &baseline, 1, items, n))
        return FALSE;
      collect (trainer, order, at, at + n, k, found);
    }
  return TRUE;
}

/* ---- Candidates ---- */

/* One assignment: for every slot of examples the same items. */
static gboolean
add_set (LeydenTrainer *trainer,
         GPtrArray     *found,
         GPtrArray     *order,
         guint          n_labelled,
         GPtrArray     *candidates)
{
  LeydenCandidate *baseline = leyden_trainer_get_baseline (trainer);
  GPtrArray *slots = leyden_trainer_get_slots (trainer);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) values = NULL;
  LeydenCandidate *candidate;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < slots->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (slots, i);
      LeydenValue *list = NULL;

      if (slot->kind != LEYDEN_SLOT_EXAMPLES || slot->locked)
        continue;
      if (!make_list (trainer, slot, found, order, n_labelled, &list))
        return FALSE;
      leyden_value_builder_set_take (&b, slot->id, list);
    }
  leyden_value_builder_end (&b);
  values = leyden_value_builder_end_value (&b);
  candidate = leyden_trainer_add_candidate (trainer, values, &baseline, 1, "demo", NULL);
  if (!g_ptr_array_find (candidates, candidate, NULL))
    g_ptr_array_add (candidates, candidate);
  return TRUE;
}

/* What a race of @n candidates down to one takes at most. */
static guint64
race_cost (guint n,
           guint n_items)
{
  guint at = MIN (MAX (4, n_items / 4), n_items);
  guint before = 0;
  guint64 cost = 0;

  while (TRUE)
    {
      cost += (guint64) n * (at - before);
      if (n <= 1 || at == n_items)
        return cost;
      n = (n + 1) / 2;
      before = at;
      at = MIN (2 * at, n_items);
    }
}

/* The sets, in order: none, labelled alone, the first successes, then random ones as long as the race can be paid. */
static gboolean
make_sets (LeydenTrainer *trainer,
           guint          n_validation,
           GPtrArray     *candidates)
{
  guint n_train = 0;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (trainer, "train", &n_train);
  g_autoptr(GPtrArray) none = g_ptr_array_new ();
  g_autoptr(GPtrArray) given = g_ptr_array_new ();
  g_autoptr(GPtrArray) first = g_ptr_array_new ();
  guint64 allowance = leyden_trainer_get_task_calls_left (trainer) / BOOTSTRAP_SHARE;

  for (guint i = 0; i < n_train; i++)
    g_ptr_array_add (given, (gpointer) items[i]);
  if (!add_set (trainer, none, given, 0, candidates) || !add_set (trainer, none, given, MAX_LABELLED, candidates)
      || !bootstrap (trainer, given, MAX_BOOTSTRAPPED, &allowance, first)
      || !add_set (trainer, first, given, MAX_LABELLED, candidates))
    return FALSE;
  for (guint i = 0; i < N_RANDOM_SETS && race_cost (candidates->len + 1, n_validation) <= leyden_trainer_get_task_calls_left (trainer); i++)
    {
      g_autoptr(GPtrArray) order = leyden_trainer_shuffle (trainer, items, n_train, "examples-order", i);
      g_autoptr(GPtrArray) found = g_ptr_array_new ();
      LeydenRandom random;

      leyden_trainer_random (trainer, &random, "examples-size", i);
      allowance = MIN (allowance, leyden_trainer_get_task_calls_left (trainer)
                                  - race_cost (candidates->len + 1, n_validation));
      if (!bootstrap (trainer, order, 1 + (guint) leyden_random_below (&random, MAX_BOOTSTRAPPED), &allowance, found)
          || !add_set (trainer, found, order, MAX_LABELLED, candidates))
        return FALSE;
    }
  return TRUE;
}

static gboolean
run (LeydenTrainer  *trainer,
     GError        **error)
{
  guint n = 0;
  const LeydenTrainItem * const *validation = leyden_trainer_get_items (trainer, "validation", &n);
  g_autoptr(GPtrArray) candidates = g_ptr_array_new ();
  g_autoptr(GPtrArray) winners = NULL;

  leyden_trainer_begin_step (trainer);
  g_ptr_array_add (candidates, leyden_trainer_get_baseline (trainer));
  if (!make_sets (trainer, n, candidates))
    return FALSE;
  leyden_trainer_begin_step (trainer);
  if (!leyden_trainer_race (trainer, (LeydenCandidate * const *) candidates->pdata, candidates->len, validation, n, 1, &winners))
    return FALSE;
  leyden_trainer_set_best (trainer, g_ptr_array_index (winners, 0));
  return TRUE;
}

static gboolean
check (GPtrArray  *slots,
       GError    **error)
{
  for (guint i = 0; i < slots->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (slots, i);

      if (slot->kind == LEYDEN_SLOT_EXAMPLES && !slot->locked)
        return TRUE;
    }
  g_set_error (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_SLOTS,
               _("Few-shot examples need a slot for them: mark the examples of a model node as trainable"));
  return FALSE;
}

const LeydenOptimizer leyden_optimizer_examples = {
  "examples", N_ ("Few-shot examples"), N_ ("Looks for the examples that help most, among rows of the data set and the flow's own successes."),
  FALSE, check, run,
};
