/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Best of N: sequential halving (Karnin, Koren and Somekh, ICML 2013) over assignments of the slots that have a fixed choice. */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-demonstrations.h"
#include "leyden-experiment.h"

/* With fewer items in the first round chance decides it. */
#define MIN_PULLS 8
/* Few-shot sets that are tried where the mark names none, by number of pairs. */
static const guint example_sizes[] = { 4, 8 };
/* Assignments are drawn; so many misses in a row mean that nearly all are taken. */
#define MAX_MISSES 200

/* The values of one slot, the first one at index 0. */
typedef struct
{
  const LeydenSlot *slot;
  GPtrArray        *values;             /* LeydenValue */
} Choice;

static void
choice_free (gpointer data)
{
  Choice *self = data;

  g_ptr_array_unref (self->values);
  g_free (self);
}

/* ---- The arms ---- */

static void
add_value (Choice      *choice,
           LeydenValue *value)
{
  for (guint i = 0; i < choice->values->len; i++)
    if (leyden_value_equal (g_ptr_array_index (choice->values, i), value))
      return;
  g_ptr_array_add (choice->values, leyden_value_ref (value));
}

static void
add_labelled_sets (Choice    *choice,
                   GPtrArray *train)
{
  for (guint i = 0; i < G_N_ELEMENTS (example_sizes); i++)
    {
      g_autoptr(LeydenValue) list = leyden_demonstrations_label ((const LeydenTrainItem * const *) train->pdata, train->len, example_sizes[i]);

      if (leyden_value_get_size (list) == example_sizes[i])
        add_value (choice, list);
    }
}

/* Slots that have more than one value. @train: shuffled; its first items are the ones that few-shot sets are made of. */
static GPtrArray *
list_choices (GPtrArray *slots,
              GPtrArray *train)
{
  GPtrArray *choices = g_ptr_array_new_with_free_func (choice_free);

  for (guint i = 0; i < slots->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (slots, i);
      Choice *choice;

      if (slot->locked)
        continue;
      choice = g_new0 (Choice, 1);
      choice->slot = slot;
      choice->values = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
      add_value (choice, slot->value);
      /* Each is there once, and one of them is the first value. */
      for (guint j = 0; j < leyden_value_get_size (slot->domain); j++)
        if (!leyden_value_equal (leyden_value_get_item (slot->domain, j), slot->value))
          g_ptr_array_add (choice->values, leyden_value_ref (leyden_value_get_item (slot->domain, j)));
      if (slot->kind == LEYDEN_SLOT_EXAMPLES && slot->domain == NULL && train != NULL)
        add_labelled_sets (choice, train);
      if (choice->values->len > 1)
        g_ptr_array_add (choices, choice);
      else
        choice_free (choice);
    }
  return choices;
}

static LeydenCandidate *
add_arm (LeydenTrainer *trainer,
         GPtrArray     *choices,
         const guint   *picks,
         gboolean      *is_new)
{
  LeydenCandidate *baseline = leyden_trainer_get_baseline (trainer);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) slots = NULL;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < choices->len; i++)
    {
      const Choice *choice = g_ptr_array_index (choices, i);

      leyden_value_builder_set (&b, choice->slot->id, g_ptr_array_index (choice->values, picks[i]));
    }
  leyden_value_builder_end (&b);
  slots = leyden_value_builder_end_value (&b);
  return leyden_trainer_add_candidate (trainer, slots, &baseline, 1, "sample", is_new);
}

/* The arms are added as long as the first round can give each of them enough items. */
static guint
count_affordable (guint64 budget)
{
  guint n = 1;

  while (n < 1024)
    {
      guint rounds = (guint) ceil (log2 (n + 1));

      if (budget / ((guint64) (n + 1) * MAX (rounds, 1)) < MIN_PULLS)
        break;
      n++;
    }
  return n;
}

/* Each other value alone, so that every slot is tried by itself. */
static void
add_single_changes (LeydenTrainer *trainer,
                    GPtrArray     *choices,
                    guint          most,
                    GPtrArray     *arms)
{
  g_autofree guint *picks = g_new0 (guint, choices->len + 1);

  for (guint i = 0; i < choices->len; i++)
    {
      const Choice *choice = g_ptr_array_index (choices, i);

      for (guint j = 1; j < choice->values->len && arms->len < most; j++)
        {
          picks[i] = j;
          g_ptr_array_add (arms, add_arm (trainer, choices, picks, NULL));
        }
      picks[i] = 0;
    }
}

static void
add_drawn (LeydenTrainer *trainer,
           GPtrArray     *choices,
           guint          most,
           GPtrArray     *arms)
{
  g_autofree guint *picks = g_new0 (guint, choices->len + 1);
  guint misses = 0;

  for (guint draw = 0; arms->len < most && misses < MAX_MISSES; draw++)
    {
      LeydenRandom random;
      LeydenCandidate *arm;
      gboolean is_new;

      leyden_trainer_random (trainer, &random, "halving-arm", draw);
      for (guint i = 0; i < choices->len; i++)
        picks[i] = (guint) leyden_random_below (&random, ((Choice *) g_ptr_array_index (choices, i))->values->len);
      arm = add_arm (trainer, choices, picks, &is_new);
      misses = is_new ? 0 : misses + 1;
      if (is_new)
        g_ptr_array_add (arms, arm);
    }
}

/* ---- The rounds ---- */

typedef struct
{
  LeydenCandidate *candidate;
  LeydenScore      score;
} Arm;

static int
compare_arms (gconstpointer a,
              gconstpointer b)
{
  const Arm *x = a, *y = b;
  gboolean x_counts = x->score.n > 0 && !x->score.withheld;
  gboolean y_counts = y->score.n > 0 && !y->score.withheld;

  if (x_counts != y_counts)
    return x_counts ? -1 : 1;
  if (x_counts && x->score.mean != y->score.mean)
    return x->score.mean > y->score.mean ? -1 : 1;
  return x->candidate->ordinal < y->candidate->ordinal ? -1 : 1;
}

/* Keeps the better half, best first. */
static void
halve (LeydenTrainer                 *trainer,
       GPtrArray                     *arms,
       const LeydenTrainItem * const *items,
       guint                          n_items)
{
  g_autofree Arm *ranked = g_new0 (Arm, arms->len);
  guint keep = (arms->len + 1) / 2;

  for (guint i = 0; i < arms->len; i++)
    {
      ranked[i].candidate = g_ptr_array_index (arms, i);
      leyden_trainer_score (trainer, ranked[i].candidate, items, n_items, &ranked[i].score);
    }
  qsort (ranked, arms->len, sizeof (Arm), compare_arms);
  for (guint i = 0; i < arms->len; i++)
    {
      arms->pdata[i] = ranked[i].candidate;
      if (i >= keep)
        leyden_trainer_drop (trainer, ranked[i].candidate);
    }
  g_ptr_array_set_size (arms, (int) keep);
}

/* What is played on: validation first, then what of train is in no few-shot set. */
static GPtrArray *
make_pool (LeydenTrainer *trainer,
           GPtrArray     *train)
{
  guint n = 0;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (trainer, "validation", &n);
  GPtrArray *pool = leyden_trainer_shuffle (trainer, items, n, "halving-validation", 0);

  for (guint i = example_sizes[G_N_ELEMENTS (example_sizes) - 1]; i < train->len; i++)
    g_ptr_array_add (pool, g_ptr_array_index (train, i));
  return pool;
}

/* The winner over all validation items, as far as the budget goes; the baseline stays where that does not show it better. */
static gboolean
settle (LeydenTrainer   *trainer,
        LeydenCandidate *winner)
{
  LeydenCandidate *baseline = leyden_trainer_get_baseline (trainer);
  LeydenCandidate *pair[] = { baseline, winner };
  LeydenScore first, last;
  guint n = 0;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (trainer, "validation", &n);

  if (leyden_trainer_count_missing (trainer, pair, 2, items, n) <= leyden_trainer_get_task_calls_left (trainer)
      && !leyden_trainer_evaluate (trainer, pair, 2, items, n))
    return FALSE;
  leyden_trainer_score (trainer, baseline, items, n, &first);
  leyden_trainer_score (trainer, winner, items, n, &last);
  leyden_trainer_set_best (trainer, last.n < first.n || last.mean > first.mean ? winner : baseline);
  return TRUE;
}

static gboolean
run (LeydenTrainer  *trainer,
     GError        **error)
{
  guint64 budget = leyden_trainer_get_task_calls_left (trainer);
  guint n_train = 0, at = 0, rounds;
  const LeydenTrainItem * const *train_items = leyden_trainer_get_items (trainer, "train", &n_train);
  g_autoptr(GPtrArray) train = leyden_trainer_shuffle (trainer, train_items, n_train, "halving-train", 0);
  g_autoptr(GPtrArray) choices = list_choices (leyden_trainer_get_slots (trainer), train);
  g_autoptr(GPtrArray) pool = make_pool (trainer, train);
  g_autoptr(GPtrArray) arms = g_ptr_array_new ();
  guint most = count_affordable (budget);

  leyden_trainer_begin_step (trainer);
  g_ptr_array_add (arms, leyden_trainer_get_baseline (trainer));
  add_single_changes (trainer, choices, most, arms);
  add_drawn (trainer, choices, most, arms);
  rounds = (guint) ceil (log2 (arms->len));
  for (guint round = 0; round < rounds; round++)
    {
      guint pulls = (guint) MIN (budget / ((guint64) arms->len * rounds), pool->len - at);

      if (round > 0)
        leyden_trainer_begin_step (trainer);
      if (!leyden_trainer_evaluate (trainer, (LeydenCandidate * const *) arms->pdata, arms->len,
                                    (const LeydenTrainItem * const *) pool->pdata + at, pulls))
        return FALSE;
      at += pulls;
      halve (trainer, arms, (const LeydenTrainItem * const *) pool->pdata, at);
      leyden_trainer_set_best (trainer, g_ptr_array_index (arms, 0));
    }
  return settle (trainer, g_ptr_array_index (arms, 0));
}

static gboolean
check (GPtrArray  *slots,
       GError    **error)
{
  g_autoptr(GPtrArray) choices = list_choices (slots, NULL);

  if (choices->len > 0)
    return TRUE;
  for (guint i = 0; i < slots->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (slots, i);

      if (slot->kind == LEYDEN_SLOT_EXAMPLES && !slot->locked)
        return TRUE;
    }
  g_set_error (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_SLOTS,
               _("Best of N chooses among fixed values: mark a model, a temperature, examples or a choice as trainable"));
  return FALSE;
}

const LeydenOptimizer leyden_optimizer_halving = {
  "halving", N_ ("Best of N (halving)"), N_ ("Tries the values of models, temperatures, examples and choices, and keeps the better half each round."),
  FALSE, check, run,
};
