/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What everybody shows of an experiment, and its verdict. */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-experiment-private.h"

#include <math.h>
#include <string.h>

#include "leyden-verdict.h"

guint64
leyden_experiment_get_wall_ms (LeydenExperiment *self)
{
  if (self->begun_us == 0)
    return self->wall_ms;
  return self->wall_ms + (guint64) ((g_get_monotonic_time () - self->begun_us) / 1000);
}

/* ---- The verdict ---- */

/* A failed rollout is not finite: the verdict counts it by the failure reward. */
static guint
collect_rewards (const LeydenTrainer          *trainer,
                 const LeydenTrainerCandidate *candidate,
                 double                       *rewards,
                 gboolean                     *simulated)
{
  guint n_errors = 0;

  for (guint i = 0; i < trainer->tests->len; i++)
    {
      const LeydenTrainItem *item = g_ptr_array_index (trainer->tests, i);
      const LeydenEvaluation *evaluation = candidate->evaluations[item->index];

      rewards[i] = evaluation->ok ? evaluation->reward : NAN;
      n_errors += evaluation->is_error;
      *simulated = *simulated || evaluation->simulated;
    }
  return n_errors;
}

static double
mean_of (const LeydenTrainer          *trainer,
         const LeydenTrainerCandidate *candidate)
{
  LeydenScore score;

  leyden_trainer_score_all ((LeydenTrainer *) trainer, candidate, (const LeydenTrainItem * const *) trainer->splits[1]->pdata,
                            trainer->splits[1]->len, &score);
  return score.mean;
}

/* From the test items alone, once they are complete. */
void
leyden_experiment_judge (LeydenExperiment *self)
{
  const LeydenTrainer *trainer = self->trainer;
  const LeydenTrainerCandidate *baseline, *best;
  g_autofree double *a = NULL, *b = NULL;
  g_autoptr(LeydenVerdict) verdict = NULL;
  LeydenVerdictData data = { 0 };

  if (!trainer->tested || self->verdict != NULL)
    return;
  baseline = g_ptr_array_index (trainer->candidates, 0);
  best = trainer->best != NULL ? trainer->best : baseline;
  a = g_new0 (double, trainer->tests->len);
  b = g_new0 (double, trainer->tests->len);
  data.baseline = a;
  data.candidate = best == baseline ? a : b;
  data.n_samples = trainer->tests->len;
  data.failure_reward = trainer->failure_reward;
  data.split = "test";
  data.seed = trainer->seed;
  data.baseline_errors = collect_rewards (trainer, baseline, a, &data.baseline_simulated);
  data.candidate_errors = collect_rewards (trainer, best, b, &data.candidate_simulated);
  verdict = leyden_verdict_compare (&data, NULL);
  if (verdict != NULL)
    self->verdict = leyden_verdict_to_value (verdict);
}

/* ---- The snapshot ---- */

static void
set_uint (LeydenValueBuilder *b,
          const char         *key,
          guint64             value)
{
  leyden_value_builder_set_int (b, key, (gint64) MIN (value, G_MAXINT64));
}

/* Seconds to the end of the budget at the pace of this stretch; NaN before there is one. */
static double
estimate_seconds (LeydenExperiment *self)
{
  const LeydenTrainer *trainer = self->trainer;
  double elapsed = (double) (g_get_monotonic_time () - self->worked_us) / G_USEC_PER_SEC;
  guint64 answered = trainer->task_calls - leyden_experiment_count_open (self);
  guint64 end = trainer->search_ended ? trainer->task_calls : trainer->budget.task_calls;
  double done = (double) answered - (double) self->calls_before;

  if (self->begun_us == 0 || !self->has_worked || done <= 0)
    return NAN;
  return elapsed / done * (double) (end - MIN (end, answered));
}

static void
add_budget (LeydenExperiment   *self,
            LeydenValueBuilder *b)
{
  const LeydenTrainer *trainer = self->trainer;

  leyden_value_builder_key (b, "budget");
  leyden_value_builder_begin_object (b);
  set_uint (b, "task_calls", trainer->budget.task_calls);
  set_uint (b, "optimizer_calls", (guint64) trainer->budget.optimizer_calls);
  if (trainer->budget.tokens > 0)
    set_uint (b, "tokens", trainer->budget.tokens);
  if (trainer->budget.cost > 0)
    leyden_value_builder_set_double (b, "cost", trainer->budget.cost);
  if (trainer->budget.wall_s > 0)
    set_uint (b, "wall_s", trainer->budget.wall_s);
  set_uint (b, "reserve", trainer->reserve);
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "spent");
  leyden_value_builder_begin_object (b);
  set_uint (b, "task_calls", trainer->task_calls - leyden_experiment_count_open (self));
  set_uint (b, "cached", trainer->cached);
  set_uint (b, "reused", trainer->reused);
  set_uint (b, "optimizer_calls", trainer->optimizer_calls);
  set_uint (b, "tokens", trainer->tokens);
  leyden_value_builder_set_double (b, "cost", trainer->cost);
  set_uint (b, "wall_ms", leyden_experiment_get_wall_ms (self));
  leyden_value_builder_end (b);
  leyden_value_builder_set_double (b, "seconds_left", self->finished_ns != 0 ? 0 : estimate_seconds (self));
}

static void
add_splits (LeydenExperiment   *self,
            LeydenValueBuilder *b)
{
  static const char * const names[] = { "train", "validation", "test" };

  leyden_value_builder_key (b, "splits");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    set_uint (b, names[i], self->trainer->splits[i]->len);
  leyden_value_builder_end (b);
}

/* What the test can show, told before it is made; the baseline's score on validation is all that may be used. */
static void
add_planned (LeydenExperiment   *self,
             LeydenValueBuilder *b)
{
  const LeydenTrainer *trainer = self->trainer;
  double mean = trainer->candidates->len > 0 ? mean_of (trainer, g_ptr_array_index (trainer->candidates, 0)) : NAN;

  if (self->planned == NULL && isfinite (mean))
    self->planned = leyden_verdict_plan (trainer->tests->len, "test", mean, NAN, 1, 0, 0);
  if (self->planned != NULL)
    leyden_value_builder_set (b, "planned", self->planned);
  else
    leyden_value_builder_set_take (b, "planned", leyden_verdict_plan (trainer->tests->len, "test", NAN, NAN, 1, 0, 0));
}

static void
add_slots (LeydenExperiment   *self,
           LeydenValueBuilder *b)
{
  leyden_value_builder_key (b, "slots");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->slots->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (self->slots, i);

      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "slot", slot->id);
      leyden_value_builder_set_string (b, "node", slot->node);
      leyden_value_builder_set_string (b, "title", slot->title);
      leyden_value_builder_set_string (b, "kind", leyden_slot_kind_to_string (slot->kind));
      leyden_value_builder_set (b, "value", slot->value);
      if (slot->domain != NULL)
        leyden_value_builder_set (b, "domain", slot->domain);
      leyden_value_builder_set_boolean (b, "locked", slot->locked);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static void
add_curve (LeydenExperiment   *self,
           LeydenValueBuilder *b)
{
  leyden_value_builder_key (b, "curve");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->trainer->curve->len; i++)
    {
      const LeydenTrainerPoint *point = &g_array_index (self->trainer->curve, LeydenTrainerPoint, i);

      leyden_value_builder_begin_object (b);
      set_uint (b, "task_calls", point->task_calls);
      leyden_value_builder_set_double (b, "best", point->best);
      leyden_value_builder_set_double (b, "low", point->low);
      leyden_value_builder_set_double (b, "high", point->high);
      leyden_value_builder_set_string (b, "candidate", point->candidate->id);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static const char *
state_of (LeydenExperiment             *self,
          const LeydenTrainerCandidate *entry,
          const LeydenScore            *score)
{
  if (entry->dropped && entry != self->trainer->best)
    return "dropped";
  return score->n == self->trainer->splits[1]->len || self->trainer->search_ended ? "scored" : "racing";
}

static void
add_candidate (LeydenExperiment             *self,
               const LeydenTrainerCandidate *entry,
               LeydenValueBuilder           *b)
{
  LeydenTrainer *trainer = self->trainer;
  const LeydenCandidate *candidate = entry->candidate;
  LeydenScore score, everywhere;

  leyden_trainer_score_all (trainer, entry, (const LeydenTrainItem * const *) trainer->splits[1]->pdata, trainer->splits[1]->len, &score);
  leyden_trainer_score_all (trainer, entry, (const LeydenTrainItem * const *) trainer->items->pdata, trainer->items->len, &everywhere);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "candidate", candidate->id);
  leyden_value_builder_key (b, "parents");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; candidate->parents[i] != NULL; i++)
    leyden_value_builder_add_string (b, candidate->parents[i]);
  leyden_value_builder_end (b);
  leyden_value_builder_set_string (b, "origin", candidate->origin);
  set_uint (b, "step", candidate->step);
  leyden_value_builder_set (b, "slots", candidate->slots);
  leyden_value_builder_set_double (b, "mean", score.withheld ? NAN : score.mean);
  leyden_value_builder_set_double (b, "low", score.n > 0 && !score.withheld ? score.low : NAN);
  leyden_value_builder_set_double (b, "high", score.n > 0 && !score.withheld ? score.high : NAN);
  set_uint (b, "n", score.n);
  leyden_value_builder_set_double (b, "cost", everywhere.cost);
  set_uint (b, "errors", score.n_errors);
  leyden_value_builder_set_boolean (b, "withheld", score.withheld);
  leyden_value_builder_set_string (b, "state", state_of (self, entry, &score));
  leyden_value_builder_end (b);
}

static void
add_candidates (LeydenExperiment   *self,
                LeydenValueBuilder *b)
{
  leyden_value_builder_key (b, "candidates");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->trainer->candidates->len; i++)
    add_candidate (self, g_ptr_array_index (self->trainer->candidates, i), b);
  leyden_value_builder_end (b);
}

static void
add_proposals (LeydenExperiment   *self,
               LeydenValueBuilder *b)
{
  leyden_value_builder_key (b, "proposals");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->trainer->proposals->len; i++)
    {
      const LeydenProposalRow *row = g_ptr_array_index (self->trainer->proposals, i);

      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_int (b, "step", row->step);
      leyden_value_builder_set_int (b, "ordinal", row->ordinal);
      leyden_value_builder_set_string (b, "parent", row->parent);
      leyden_value_builder_set_string (b, "candidate", row->candidate);
      leyden_value_builder_set_string (b, "slot", row->slot);
      leyden_value_builder_set_string (b, "critique", row->critique);
      leyden_value_builder_set_string (b, "verdict", row->verdict);
      leyden_value_builder_set_string (b, "why", row->why);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static void
add_head (LeydenExperiment   *self,
          LeydenValueBuilder *b)
{
  const LeydenTrainer *trainer = self->trainer;
  LeydenValue *dataset = leyden_value_get_member (self->definition, "dataset");
  gboolean ended = self->finished_ns != 0;

  leyden_value_builder_set_string (b, "experiment", self->id);
  leyden_value_builder_set_string (b, "state", self->state);
  leyden_value_builder_set_string (b, "stop_reason", trainer->search_ended || trainer->stopping ? trainer->stop_reason : NULL);
  leyden_value_builder_set_string (b, "search", trainer->search_ended || (trainer->stopping && !trainer->testing) ? "ended" : "running");
  leyden_value_builder_set_string (b, "error", self->error != NULL ? self->error->message : NULL);
  leyden_value_builder_set_string (b, "optimizer", trainer->optimizer->name);
  leyden_value_builder_set_string (b, "title", leyden_flow_get_title (leyden_plan_get_flow (self->plan)));
  leyden_value_builder_set (b, "flow", leyden_value_get_member (self->definition, "flow"));
  leyden_value_builder_set (b, "flow_id", leyden_value_get_member (self->definition, "flow_id"));
  leyden_value_builder_key (b, "dataset");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set (b, "name", leyden_value_get_member (dataset, "name"));
  leyden_value_builder_set (b, "sha256", leyden_value_get_member (dataset, "sha256"));
  leyden_value_builder_end (b);
  set_uint (b, "seed", trainer->seed);
  leyden_value_builder_set_int (b, "created_ns", self->created_ns);
  leyden_value_builder_set_int (b, "finished_ns", ended ? self->finished_ns : 0);
  leyden_value_builder_set_boolean (b, "simulated", trainer->simulated);
  leyden_value_builder_set_boolean (b, "reproducible", !trainer->real);
}

LeydenValue *
leyden_experiment_build_snapshot (LeydenExperiment *self)
{
  const LeydenTrainer *trainer = self->trainer;
  const LeydenTrainerCandidate *baseline = trainer->candidates->len > 0 ? g_ptr_array_index (trainer->candidates, 0) : NULL;
  const LeydenTrainerCandidate *best = trainer->best != NULL ? trainer->best : baseline;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  add_head (self, &b);
  add_budget (self, &b);
  add_splits (self, &b);
  add_planned (self, &b);
  add_slots (self, &b);
  leyden_value_builder_set_string (&b, "baseline", baseline != NULL ? baseline->candidate->id : NULL);
  leyden_value_builder_set_string (&b, "best", best != NULL ? best->candidate->id : NULL);
  add_curve (self, &b);
  add_candidates (self, &b);
  add_proposals (self, &b);
  leyden_value_builder_set (&b, "verdict", self->verdict);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* One that had ended before it was started here shows what was stored; it has done nothing itself. */
static gboolean
shows_stored (LeydenExperiment *self)
{
  return self->stored != NULL && self->finished_ns != 0 && self->trainer->candidates->len == 0;
}

LeydenValue *
leyden_experiment_snapshot (LeydenExperiment *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT (self), NULL);

  return shows_stored (self) ? leyden_value_ref (self->stored) : leyden_experiment_build_snapshot (self);
}

static LeydenValue *
find_slots (LeydenValue *snapshot,
            const char  *candidate)
{
  LeydenValue *list = leyden_value_get_member (snapshot, "candidates");

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *entry = leyden_value_get_item (list, i);

      if (g_strcmp0 (leyden_value_get_member_string (entry, "candidate", NULL), candidate) == 0)
        return leyden_value_get_member (entry, "slots");
    }
  return NULL;
}

LeydenValue *
leyden_experiment_dup_best_slots (LeydenExperiment *self)
{
  g_autoptr(LeydenValue) snapshot = leyden_experiment_snapshot (self);
  LeydenValue *baseline = find_slots (snapshot, leyden_value_get_member_string (snapshot, "baseline", NULL));
  LeydenValue *best = find_slots (snapshot, leyden_value_get_member_string (snapshot, "best", NULL));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (best); i++)
    {
      const char *slot = leyden_value_get_key (best, i);
      LeydenValue *value = leyden_value_get_item (best, i);

      if (!leyden_value_equal (value, leyden_value_get_member (baseline, slot)))
        leyden_value_builder_set (&b, slot, value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Item by item ---- */

static const LeydenEvaluation *
find_evaluation (LeydenExperiment *self,
                 const char       *candidate,
                 guint             item)
{
  g_autofree char *key = g_strconcat (candidate, "/", g_ptr_array_index (self->trainer->item_keys, item), NULL);

  return g_hash_table_lookup (self->trainer->known, key);
}

static void
add_side (LeydenValueBuilder     *b,
          const char             *name,
          const LeydenEvaluation *evaluation)
{
  if (evaluation == NULL)
    {
      leyden_value_builder_set (b, name, NULL);
      return;
    }
  leyden_value_builder_key (b, name);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_double (b, "reward", evaluation->reward);
  leyden_value_builder_set_string (b, "rollout", evaluation->rollout);
  leyden_value_builder_set (b, "answer", evaluation->answer);
  if (evaluation->error_kind != NULL)
    leyden_value_builder_set_string (b, "error", evaluation->error_kind);
  leyden_value_builder_end (b);
}

static const char *
outcome_of (const LeydenEvaluation *a,
            const LeydenEvaluation *b)
{
  if (b->reward > a->reward)
    return "won";
  if (b->reward < a->reward)
    return "lost";
  return leyden_value_equal (a->answer, b->answer) ? "same" : "changed";
}

LeydenValue *
leyden_experiment_grid (LeydenExperiment *self,
                        const char       *a,
                        const char       *b,
                        const char       *split)
{
  g_autoptr(LeydenValue) snapshot = NULL;
  g_auto(LeydenValueBuilder) out = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT (self), NULL);

  snapshot = leyden_experiment_snapshot (self);
  if (find_slots (snapshot, a) == NULL || find_slots (snapshot, b) == NULL)
    return NULL;
  leyden_value_builder_begin_object (&out);
  leyden_value_builder_key (&out, "items");
  leyden_value_builder_begin_list (&out);
  for (guint i = 0; i < self->trainer->items->len; i++)
    {
      const LeydenTrainItem *item = g_ptr_array_index (self->trainer->items, i);
      const LeydenEvaluation *left = find_evaluation (self, a, i);
      const LeydenEvaluation *right = find_evaluation (self, b, i);

      if ((left == NULL && right == NULL) || (split != NULL && strcmp (split, item->split) != 0))
        continue;
      leyden_value_builder_begin_object (&out);
      leyden_value_builder_set_string (&out, "item", item->item);
      leyden_value_builder_set_string (&out, "split", item->split);
      add_side (&out, "a", left);
      add_side (&out, "b", right);
      leyden_value_builder_set_string (&out, "outcome", left != NULL && right != NULL ? outcome_of (left, right) : NULL);
      leyden_value_builder_end (&out);
    }
  leyden_value_builder_end (&out);
  leyden_value_builder_end (&out);
  return leyden_value_builder_end_value (&out);
}
