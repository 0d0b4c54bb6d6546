/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-trainer-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-verdict.h"

#define DEFAULT_TASK_CALLS 600
/* Optimiser calls that are not given: one to so many task calls. */
#define TASK_CALLS_PER_OPTIMIZER_CALL 4
#define ALPHA 0.05

static const char * const split_names[] = { "train", "validation", "test" };

static void
item_free (gpointer data)
{
  LeydenTrainItem *self = data;

  g_free (self->item);
  g_clear_pointer (&self->input, leyden_value_unref);
  g_clear_pointer (&self->expected, leyden_value_unref);
  g_clear_pointer (&self->question, leyden_value_unref);
  g_free (self);
}

static void
candidate_free (gpointer data)
{
  LeydenTrainerCandidate *self = data;

  leyden_candidate_free (self->candidate);
  g_free (self->evaluations);
  g_free (self);
}

void
leyden_evaluation_free (LeydenEvaluation *self)
{
  if (self == NULL)
    return;
  g_free (self->error_kind);
  g_free (self->feedback);
  g_free (self->rollout);
  g_clear_pointer (&self->answer, leyden_value_unref);
  g_free (self);
}

void
leyden_trainer_clear_request (LeydenTrainer *self)
{
  LeydenTrainerRequest *request = &self->request;

  g_clear_pointer (&request->jobs, g_ptr_array_unref);
  g_clear_pointer (&request->asks, g_ptr_array_unref);
  g_clear_pointer (&request->rollout, g_free);
  g_clear_pointer (&request->state, leyden_value_unref);
  request->kind = LEYDEN_TRAINER_NOTHING;
}

/* ---- Making ---- */

static const char *
find_role (LeydenValue *fields,
           const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);

      if (g_strcmp0 (leyden_value_get_member_string (field, "name", NULL), name) == 0)
        return leyden_value_get_member_string (field, "role", NULL);
    }
  return NULL;
}

/* The values of the fields that have the role "expected", or of those that have neither that nor "id". NULL when there is none. */
static LeydenValue *
dup_part (LeydenValue *fields,
          LeydenValue *input,
          gboolean     expected)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = 0;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (input); i++)
    {
      const char *name = leyden_value_get_key (input, i);
      const char *role = find_role (fields, name);

      if (g_strcmp0 (role, "id") == 0 || (g_strcmp0 (role, "expected") == 0) != expected)
        continue;
      leyden_value_builder_set (&b, name, leyden_value_get_item (input, i));
      n++;
    }
  leyden_value_builder_end (&b);
  return n > 0 || !expected ? leyden_value_builder_end_value (&b) : NULL;
}

static guint
find_split (const char *split)
{
  for (guint i = 0; i < G_N_ELEMENTS (split_names); i++)
    if (g_strcmp0 (split_names[i], split) == 0)
      return i;
  return 0;
}

static void
add_item (LeydenTrainer       *self,
          LeydenValue         *fields,
          GHashTable          *seen,
          const LeydenRunItem *from)
{
  LeydenTrainItem *item = g_new0 (LeydenTrainItem, 1);
  guint split = find_split (from->split);
  char *key;

  item->index = self->items->len;
  item->item = g_strdup (from->item);
  item->split = split_names[split];
  item->row = from->index;
  item->input = leyden_value_ref (from->input);
  item->expected = dup_part (fields, from->input, TRUE);
  item->question = dup_part (fields, from->input, FALSE);
  /* Two rows may have one name; each is itself. */
  if (g_hash_table_add (seen, g_strdup (from->item)))
    key = g_strdup (from->item);
  else
    key = g_strdup_printf ("%s@%" G_GINT64_FORMAT, from->item, from->index);
  g_ptr_array_add (self->items, item);
  g_ptr_array_add (self->item_keys, key);
  g_ptr_array_add (self->splits[split], item);
}

static void
add_items (LeydenTrainer              *self,
           const LeydenExperimentSpec *spec)
{
  LeydenValue *fields = leyden_plan_get_input_fields (spec->plan);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < spec->n_items; i++)
    add_item (self, fields, seen, &spec->items[i]);
}

static int
compare_items (gconstpointer a,
               gconstpointer b)
{
  guint x = (*(const LeydenTrainItem * const *) a)->index, y = (*(const LeydenTrainItem * const *) b)->index;

  return (x > y) - (x < y);
}

/* @n of the test items, in their order. Files are often sorted: fewer than all are drawn, the same for every candidate. */
static void
choose_tests (LeydenTrainer *self,
              guint          n)
{
  GPtrArray *all = self->splits[2];
  g_autoptr(GPtrArray) drawn = leyden_trainer_shuffle (self, (const LeydenTrainItem * const *) all->pdata, all->len, "test", 0);

  g_ptr_array_set_size (drawn, (int) n);
  g_ptr_array_sort (drawn, compare_items);
  g_ptr_array_extend (self->tests, drawn, NULL, NULL);
}

/* The final test takes baseline and best over the test items, but never more than half of the budget. */
static void
set_budget (LeydenTrainer      *self,
            const LeydenBudget *budget)
{
  guint64 n_tests = self->splits[2]->len;

  self->budget = *budget;
  if (self->budget.task_calls == 0)
    self->budget.task_calls = DEFAULT_TASK_CALLS;
  if (self->budget.optimizer_calls < 0)
    self->budget.optimizer_calls = (gint64) MIN (self->budget.task_calls / TASK_CALLS_PER_OPTIMIZER_CALL, G_MAXINT64);
  n_tests = MIN (n_tests, self->budget.task_calls / 4);
  self->reserve = 2 * n_tests;
  choose_tests (self, (guint) n_tests);
}

static LeydenTrainerCandidate *
insert_candidate (LeydenTrainer   *self,
                  LeydenCandidate *candidate)
{
  LeydenTrainerCandidate *entry = g_new0 (LeydenTrainerCandidate, 1);

  candidate->ordinal = self->candidates->len;
  entry->candidate = candidate;
  entry->evaluations = g_new0 (const LeydenEvaluation *, self->items->len + 1);
  g_ptr_array_add (self->candidates, entry);
  g_hash_table_insert (self->by_id, candidate->id, entry);
  return entry;
}

LeydenTrainer *
leyden_trainer_new (const LeydenExperimentSpec *spec,
                    const char                 *experiment,
                    const LeydenOptimizer      *optimizer,
                    GPtrArray                  *slots)
{
  LeydenTrainer *self = g_new0 (LeydenTrainer, 1);

  self->experiment = g_strdup (experiment);
  self->seed = spec->seed;
  self->failure_reward = spec->failure_reward;
  self->optimizer = optimizer;
  self->slots = g_ptr_array_ref (slots);
  self->items = g_ptr_array_new_with_free_func (item_free);
  self->item_keys = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < G_N_ELEMENTS (self->splits); i++)
    self->splits[i] = g_ptr_array_new ();
  self->tests = g_ptr_array_new ();
  self->candidates = g_ptr_array_new_with_free_func (candidate_free);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_evaluation_free);
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) leyden_call_row_free);
  self->proposals = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_proposal_row_free);
  self->curve = g_array_new (FALSE, FALSE, sizeof (LeydenTrainerPoint));
  add_items (self, spec);
  set_budget (self, &spec->budget);
  self->coroutine = leyden_coroutine_new ("leyden-optimizer", leyden_trainer_main, self);
  return self;
}

/* What still waits in the optimiser is told to stop first. */
void
leyden_trainer_free (LeydenTrainer *self)
{
  if (self == NULL)
    return;
  if (self->request.kind != LEYDEN_TRAINER_NOTHING)
    {
      leyden_trainer_stop (self, "closed", TRUE);
      leyden_coroutine_resume (self->coroutine);
    }
  leyden_coroutine_free (self->coroutine);
  leyden_trainer_clear_request (self);
  leyden_experiment_batch_free (self->unsaved);
  g_clear_error (&self->error);
  g_array_unref (self->curve);
  g_ptr_array_unref (self->proposals);
  g_hash_table_unref (self->by_id);
  g_ptr_array_unref (self->candidates);
  g_hash_table_unref (self->calls);
  g_hash_table_unref (self->known);
  g_ptr_array_unref (self->tests);
  for (guint i = 0; i < G_N_ELEMENTS (self->splits); i++)
    g_ptr_array_unref (self->splits[i]);
  g_ptr_array_unref (self->item_keys);
  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->slots);
  g_free (self->experiment);
  g_free (self);
}

/* ---- What the optimiser asks for ---- */

guint64
leyden_trainer_get_seed (LeydenTrainer *self)
{
  return self->seed;
}

GPtrArray *
leyden_trainer_get_slots (LeydenTrainer *self)
{
  return self->slots;
}

LeydenCandidate *
leyden_trainer_get_baseline (LeydenTrainer *self)
{
  LeydenTrainerCandidate *entry = g_ptr_array_index (self->candidates, 0);

  return entry->candidate;
}

const LeydenTrainItem * const *
leyden_trainer_get_items (LeydenTrainer *self,
                          const char    *split,
                          guint         *n)
{
  guint index = find_split (split);

  g_return_val_if_fail (index < 2, NULL);

  *n = self->splits[index]->len;
  return (const LeydenTrainItem * const *) self->splits[index]->pdata;
}

/**
 * leyden_trainer_random:
 * @self: the trainer
 * @out: (out caller-allocates): the generator
 * @part: what is drawn, unique in the optimiser
 * @ordinal: number of the draw in this step
 *
 * A generator of its own for every draw: one more draw in one place changes nothing elsewhere.
 */
void
leyden_trainer_random (LeydenTrainer *self,
                       LeydenRandom  *out,
                       const char    *part,
                       guint          ordinal)
{
  char step[16], number[16];
  const char *labels[] = { "train", part, step, number, NULL };

  g_snprintf (step, sizeof step, "%u", self->step);
  g_snprintf (number, sizeof number, "%u", ordinal);
  leyden_random_substream (out, self->seed, labels);
}

GPtrArray *
leyden_trainer_shuffle (LeydenTrainer                 *self,
                        const LeydenTrainItem * const *items,
                        guint                          n,
                        const char                    *part,
                        guint                          ordinal)
{
  GPtrArray *out = g_ptr_array_sized_new (n);
  LeydenRandom random;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (out, (gpointer) items[i]);
  leyden_trainer_random (self, &random, part, ordinal);
  for (guint i = n; i > 1; i--)
    {
      guint j = (guint) leyden_random_below (&random, i);
      gpointer swap = out->pdata[i - 1];

      out->pdata[i - 1] = out->pdata[j];
      out->pdata[j] = swap;
    }
  return out;
}

guint
leyden_trainer_begin_step (LeydenTrainer *self)
{
  self->n_evaluations = 0;
  self->n_asks = 0;
  self->n_races = 0;
  return ++self->step;
}

guint64
leyden_trainer_get_task_calls_left (LeydenTrainer *self)
{
  guint64 end = self->budget.task_calls - (self->testing ? 0 : self->reserve);

  return end > self->task_calls ? end - self->task_calls : 0;
}

guint64
leyden_trainer_get_optimizer_calls_left (LeydenTrainer *self)
{
  guint64 end = (guint64) self->budget.optimizer_calls;

  return end > self->optimizer_calls ? end - self->optimizer_calls : 0;
}

/* ---- Candidates ---- */

LeydenTrainerCandidate *
leyden_trainer_find (LeydenTrainer *self,
                     const char    *candidate)
{
  return candidate != NULL ? g_hash_table_lookup (self->by_id, candidate) : NULL;
}

static LeydenTrainerCandidate *
entry_of (LeydenTrainer         *self,
          const LeydenCandidate *candidate)
{
  LeydenTrainerCandidate *entry;

  g_assert (candidate->ordinal < self->candidates->len);
  entry = g_ptr_array_index (self->candidates, candidate->ordinal);
  g_assert (entry->candidate == candidate);
  return entry;
}

/* All slots, in their order: what is given, else what @base has; locked ones stay. */
static LeydenValue *
complete_slots (LeydenTrainer *self,
                LeydenValue   *slots,
                LeydenValue   *base)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < self->slots->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (self->slots, i);
      LeydenValue *value = leyden_value_get_member (slots, slot->id);

      if (value == NULL)
        value = leyden_value_get_member (base, slot->id);
      leyden_value_builder_set (&b, slot->id, slot->locked || value == NULL ? slot->value : value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenExperimentBatch *
get_unsaved (LeydenTrainer *self)
{
  if (self->unsaved == NULL)
    self->unsaved = leyden_experiment_batch_new (self->experiment);
  return self->unsaved;
}

static void
save_candidate (LeydenTrainer         *self,
                const LeydenCandidate *candidate)
{
  LeydenCandidateRow *row = g_new0 (LeydenCandidateRow, 1);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; candidate->parents[i] != NULL; i++)
    leyden_value_builder_add_string (&b, candidate->parents[i]);
  leyden_value_builder_end (&b);
  row->candidate = g_strdup (candidate->id);
  row->ordinal = candidate->ordinal;
  row->step = candidate->step;
  row->origin = g_strdup (candidate->origin);
  row->parents = leyden_value_builder_end_value (&b);
  row->slots = leyden_value_ref (candidate->slots);
  g_ptr_array_add (get_unsaved (self)->candidates, row);
}

LeydenExperimentBatch *
leyden_trainer_take_unsaved (LeydenTrainer *self)
{
  return g_steal_pointer (&self->unsaved);
}

LeydenCandidate *
leyden_trainer_add_candidate (LeydenTrainer            *self,
                              LeydenValue              *slots,
                              LeydenCandidate * const  *parents,
                              guint                     n_parents,
                              const char               *origin,
                              gboolean                 *is_new)
{
  LeydenValue *base = n_parents > 0 ? parents[0]->slots : NULL;
  g_autoptr(LeydenValue) complete = NULL;
  g_autofree const char **ids = g_new0 (const char *, n_parents + 1);
  g_autofree char *id = NULL;
  LeydenTrainerCandidate *entry;

  if (base == NULL && self->candidates->len > 0)
    base = leyden_trainer_get_baseline (self)->slots;
  complete = complete_slots (self, slots, base);
  id = leyden_candidate_hash (complete);
  entry = leyden_trainer_find (self, id);
  if (is_new != NULL)
    *is_new = entry == NULL;
  if (entry != NULL)
    return entry->candidate;
  for (guint i = 0; i < n_parents; i++)
    ids[i] = parents[i]->id;
  entry = insert_candidate (self, leyden_candidate_new (complete, ids, origin, self->step));
  save_candidate (self, entry->candidate);
  return entry->candidate;
}

void
leyden_trainer_drop (LeydenTrainer   *self,
                     LeydenCandidate *candidate)
{
  entry_of (self, candidate)->dropped = TRUE;
}

const LeydenEvaluation *
leyden_trainer_get_evaluation (LeydenTrainer         *self,
                               const LeydenCandidate *candidate,
                               const LeydenTrainItem *item)
{
  return entry_of (self, candidate)->evaluations[item->index];
}

/* ---- Scores ---- */

void
leyden_trainer_score_all (LeydenTrainer                 *self,
                          const LeydenTrainerCandidate  *candidate,
                          const LeydenTrainItem * const *items,
                          guint                          n_items,
                          LeydenScore                   *out)
{
  LeydenMeanSequence sequence;
  LeydenInterval interval;
  double sum = 0;

  *out = (LeydenScore) { .mean = NAN, .low = 0, .high = 1 };
  leyden_mean_sequence_init_open (&sequence, ALPHA);
  for (guint i = 0; i < n_items; i++)
    {
      const LeydenEvaluation *evaluation = candidate->evaluations[items[i]->index];

      if (evaluation == NULL)
        continue;
      out->n++;
      out->n_errors += evaluation->is_error;
      out->cost += evaluation->cost;
      sum += evaluation->reward;
      leyden_mean_sequence_add (&sequence, evaluation->reward);
    }
  if (out->n == 0)
    return;
  out->mean = sum / out->n;
  out->withheld = out->n_errors * 10 > out->n;
  leyden_mean_sequence_get (&sequence, &interval);
  out->low = interval.low;
  out->high = interval.high;
}

void
leyden_trainer_score (LeydenTrainer                 *self,
                      const LeydenCandidate         *candidate,
                      const LeydenTrainItem * const *items,
                      guint                          n_items,
                      LeydenScore                   *out)
{
  leyden_trainer_score_all (self, entry_of (self, candidate), items, n_items, out);
}

/* Better first: an answer before none, the higher mean, the earlier candidate. */
int
leyden_trainer_compare (const LeydenScore     *a,
                        const LeydenCandidate *x,
                        const LeydenScore     *b,
                        const LeydenCandidate *y)
{
  gboolean a_counts = a->n > 0 && !a->withheld;
  gboolean b_counts = b->n > 0 && !b->withheld;

  if (a_counts != b_counts)
    return a_counts ? -1 : 1;
  if (a_counts && a->mean != b->mean)
    return a->mean > b->mean ? -1 : 1;
  return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

void
leyden_trainer_set_best (LeydenTrainer   *self,
                         LeydenCandidate *candidate)
{
  LeydenTrainerCandidate *entry = entry_of (self, candidate);
  LeydenTrainerPoint point = { .task_calls = self->task_calls, .candidate = candidate };
  LeydenScore score;

  leyden_trainer_score_all (self, entry, (const LeydenTrainItem * const *) self->splits[1]->pdata, self->splits[1]->len, &score);
  if (score.withheld)
    return;
  self->best = entry;
  point.best = score.mean;
  point.low = score.low;
  point.high = score.high;
  g_array_append_val (self->curve, point);
}

LeydenCandidate *
leyden_trainer_get_best (LeydenTrainer *self)
{
  return self->best != NULL ? self->best->candidate : leyden_trainer_get_baseline (self);
}

/* ---- Lineage ---- */

static LeydenProposalRow *
copy_proposal (const LeydenProposalRow *row)
{
  LeydenProposalRow *copy = g_memdup2 (row, sizeof *row);

  copy->parent = g_strdup (row->parent);
  copy->candidate = g_strdup (row->candidate);
  copy->slot = g_strdup (row->slot);
  copy->critique = g_strdup (row->critique);
  copy->value = row->value != NULL ? leyden_value_ref (row->value) : NULL;
  copy->verdict = g_strdup (row->verdict);
  copy->why = g_strdup (row->why);
  return copy;
}

static LeydenProposalRow *
find_proposal (LeydenTrainer *self,
               guint          step,
               guint          ordinal)
{
  for (guint i = self->proposals->len; i > 0; i--)
    {
      LeydenProposalRow *row = g_ptr_array_index (self->proposals, i - 1);

      if (row->step == step && row->ordinal == ordinal)
        return row;
    }
  return NULL;
}

void
leyden_trainer_note_proposal (LeydenTrainer         *self,
                              guint                  ordinal,
                              const LeydenCandidate *parent,
                              const LeydenCandidate *candidate,
                              const char            *slot,
                              const char            *critique,
                              LeydenValue           *value,
                              const char            *verdict,
                              const char            *why)
{
  LeydenProposalRow said = {
    .step = self->step, .ordinal = ordinal, .parent = parent->id, .candidate = candidate != NULL ? candidate->id : NULL,
    .slot = (char *) slot, .critique = (char *) critique, .value = value, .verdict = (char *) verdict, .why = (char *) why,
  };
  LeydenProposalRow *row = find_proposal (self, self->step, ordinal);

  if (row != NULL)
    g_ptr_array_remove (self->proposals, row);
  g_ptr_array_add (self->proposals, copy_proposal (&said));
  g_ptr_array_add (get_unsaved (self)->proposals, copy_proposal (&said));
}

/* ---- The whole ---- */

void
leyden_trainer_fail (LeydenTrainer *self,
                     const char    *why)
{
  if (self->error == NULL)
    g_set_error (&self->error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_MODEL, _("The flow's model does not answer: %s"), why);
  leyden_trainer_stop (self, "model", TRUE);
}

static const LeydenEvaluation *
find_error (LeydenTrainer                 *self,
            const LeydenCandidate         *candidate,
            const LeydenTrainItem * const *items,
            guint                          n)
{
  for (guint i = 0; i < n; i++)
    {
      const LeydenEvaluation *evaluation = leyden_trainer_get_evaluation (self, candidate, items[i]);

      if (evaluation != NULL && evaluation->is_error)
        return evaluation;
    }
  return NULL;
}

/* How good the flow is as it stands: the beginning of the curve, and free to every optimiser after it. Where it has no score for want of
 * answers there would be nothing to compare with. */
static gboolean
score_baseline (LeydenTrainer *self)
{
  LeydenScore score;
  LeydenCandidate *baseline = leyden_trainer_get_baseline (self);
  guint n = 0;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (self, "validation", &n);

  n = (guint) MIN (n, leyden_trainer_get_task_calls_left (self) / 2);
  if (n > 0 && !leyden_trainer_evaluate (self, &baseline, 1, items, n))
    return FALSE;
  leyden_trainer_score (self, baseline, items, n, &score);
  if (score.withheld)
    {
      const LeydenEvaluation *error = find_error (self, baseline, items, n);

      leyden_trainer_fail (self, error->feedback != NULL ? error->feedback : error->error_kind);
      return FALSE;
    }
  leyden_trainer_set_best (self, baseline);
  return TRUE;
}

/* Both over the same items that nobody has seen: the verdict is made from this alone. */
static void
test (LeydenTrainer *self)
{
  LeydenCandidate *pair[] = { leyden_trainer_get_baseline (self), leyden_trainer_get_best (self) };

  self->stopping = FALSE;
  self->replay_only = FALSE;
  self->testing = TRUE;
  leyden_trainer_begin_step (self);
  self->tested = self->tests->len > 0
                 && leyden_trainer_evaluate (self, pair, pair[0] == pair[1] ? 1 : 2,
                                             (const LeydenTrainItem * const *) self->tests->pdata, self->tests->len);
}

void
leyden_trainer_main (gpointer data)
{
  LeydenTrainer *self = data;
  g_autoptr(LeydenValue) first = leyden_candidate_first_slots (self->slots);

  leyden_trainer_add_candidate (self, first, NULL, 0, "seed", NULL);
  if (score_baseline (self))
    self->optimizer->run (self, &self->error);
  if (self->stop_reason == NULL)
    self->stop_reason = "done";
  self->search_ended = TRUE;
  if (self->error == NULL && !self->halted)
    test (self);
}

void
leyden_trainer_stop (LeydenTrainer *self,
                     const char    *reason,
                     gboolean       halt)
{
  if (self->stop_reason == NULL)
    self->stop_reason = reason;
  self->halted = self->halted || halt;
  if (!self->testing || halt)
    self->stopping = TRUE;
}
