/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-trainer-private.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"

/* Racing starts with a quarter of the items, but not with fewer than this. */
#define RACE_FIRST 4
/* Rollouts of one request that all got no answer. */
#define OUTAGE 8
/* Share of a limit on tokens or money that a candidate's call may be expected to take more than the mean. */
#define RESERVE_MARGIN 1.1

/* ---- What is known ---- */

static char *
known_key (const char *candidate,
           const char *item_key)
{
  return g_strconcat (candidate, "/", item_key, NULL);
}

const LeydenEvaluation *
leyden_trainer_learn (LeydenTrainer    *self,
                      const char       *candidate,
                      const char       *item_key,
                      LeydenEvaluation *evaluation)
{
  g_autofree char *key = known_key (candidate, item_key);
  LeydenEvaluation *known = g_hash_table_lookup (self->known, key);

  /* Nobody has counted an answer that another experiment did not get. */
  if (known != NULL && !known->is_error)
    {
      leyden_evaluation_free (evaluation);
      return known;
    }
  g_hash_table_insert (self->known, g_steal_pointer (&key), evaluation);
  return evaluation;
}

const LeydenEvaluation *
leyden_trainer_find_known (LeydenTrainer         *self,
                           const LeydenCandidate *candidate,
                           const LeydenTrainItem *item)
{
  g_autofree char *key = known_key (candidate->id, g_ptr_array_index (self->item_keys, item->index));

  return g_hash_table_lookup (self->known, key);
}

/* There was no answer, whatever the candidate was. A rollout that took too long is the candidate's. */
gboolean
leyden_error_kind_is_outside (const char *kind)
{
  static const char * const kinds[] = { "endpoint", "auth", "rate-limit", "quota", "unavailable", "protocol", "incomplete",
                                        "cancelled", "store", "unsafe", NULL };

  return kind != NULL && g_strv_contains (kinds, kind);
}

LeydenEvaluation *
leyden_trainer_read_row (LeydenTrainer             *self,
                         const LeydenEvaluationRow *row)
{
  LeydenEvaluation *out = g_new0 (LeydenEvaluation, 1);

  out->ok = row->ok && isfinite (row->reward);
  out->reward = out->ok ? row->reward : self->failure_reward;
  out->is_error = !out->ok && leyden_error_kind_is_outside (row->error_kind);
  out->error_kind = g_strdup (row->error_kind);
  out->feedback = g_strdup (row->feedback);
  out->answer = row->answer != NULL ? leyden_value_ref (row->answer) : NULL;
  out->rollout = g_strdup (row->rollout);
  out->tokens_in = row->tokens_in;
  out->tokens_out = row->tokens_out;
  out->cost = row->cost;
  out->latency_ms = row->latency_ms;
  out->simulated = row->simulated;
  return out;
}

char *
leyden_trainer_call_key (LeydenTrainer *self,
                         guint          step,
                         const char    *kind,
                         guint          ordinal)
{
  g_autofree char *text = g_strdup_printf ("%s|%u|%s|%u", self->experiment, step, kind, ordinal);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* ---- Limits ---- */

/* Which limit these amounts would reach, with what the final test will take; NULL: none. (transfer none) */
static const char *
find_limit (LeydenTrainer *self,
            double         tokens,
            double         cost,
            double         task_calls)
{
  double share = task_calls > 0 ? RESERVE_MARGIN * (double) self->reserve / task_calls : 0;

  if (self->testing)
    return NULL;
  if (self->budget.tokens > 0 && tokens * (1 + share) >= (double) self->budget.tokens)
    return "tokens";
  return self->budget.cost > 0 && cost * (1 + share) >= self->budget.cost ? "cost" : NULL;
}

/* Whether tokens or money are used up but for what the final test will take. */
static gboolean
is_over_limit (LeydenTrainer *self)
{
  const char *limit = find_limit (self, (double) self->tokens, self->cost, (double) self->task_calls);

  if (limit != NULL)
    leyden_trainer_stop (self, limit, FALSE);
  return limit != NULL;
}

/* How many of @n calls may be under way at once, at least 1: the next one begins only when no limit is reached though each before it takes as
 * much as the dearest so far. As long as nothing is known of what they take, as many as were answered. It hangs on the answers alone, not on how
 * many are asked for at the same time. */
static guint
count_affordable (LeydenTrainer              *self,
                  const LeydenTrainerDearest *dearest,
                  guint                       n,
                  gboolean                    are_tasks)
{
  guint i = 1;

  if (self->testing || (self->budget.tokens == 0 && self->budget.cost <= 0))
    return n;
  if ((self->budget.tokens > 0 && dearest->tokens <= 0) || (self->budget.cost > 0 && dearest->cost <= 0))
    n = (guint) MIN ((guint64) n, MAX (dearest->n, 1));
  while (i < n && find_limit (self, (double) self->tokens + i * dearest->tokens, self->cost + i * dearest->cost,
                              (double) self->task_calls + (are_tasks ? i : 0)) == NULL)
    i++;
  return i;
}

static void
note_spent (LeydenTrainer        *self,
            LeydenTrainerDearest *dearest,
            gint64                tokens,
            double                cost)
{
  self->tokens += (guint64) MAX (tokens, 0);
  self->cost += cost;
  dearest->n++;
  dearest->tokens = MAX (dearest->tokens, (double) tokens);
  dearest->cost = MAX (dearest->cost, cost);
}

/* ---- Evaluating ---- */

static void
job_free (gpointer data)
{
  LeydenTrainerJob *self = data;

  g_free (self->call_key);
  g_free (self);
}

/* Stands in for an answer while the missing ones are listed, so that none is listed twice. */
static const LeydenEvaluation listed;

/* What is wanted and was never asked for, once each, in order of candidate and item. */
static GPtrArray *
list_missing (LeydenTrainer                 *self,
              LeydenCandidate * const       *candidates,
              guint                          n_candidates,
              const LeydenTrainItem * const *items,
              guint                          n_items)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func (job_free);

  for (guint i = 0; i < n_candidates; i++)
    for (guint j = 0; j < n_items; j++)
      {
        LeydenTrainerCandidate *entry = g_ptr_array_index (self->candidates, candidates[i]->ordinal);
        LeydenTrainerJob *job;

        if (entry->evaluations[items[j]->index] != NULL)
          continue;
        entry->evaluations[items[j]->index] = &listed;
        job = g_new0 (LeydenTrainerJob, 1);
        job->candidate = entry;
        job->item = items[j];
        g_ptr_array_add (jobs, job);
      }
  for (guint i = 0; i < jobs->len; i++)
    {
      LeydenTrainerJob *job = g_ptr_array_index (jobs, i);

      job->candidate->evaluations[job->item->index] = NULL;
    }
  return jobs;
}

guint64
leyden_trainer_count_missing (LeydenTrainer                 *self,
                              LeydenCandidate * const       *candidates,
                              guint                          n_candidates,
                              const LeydenTrainItem * const *items,
                              guint                          n_items)
{
  g_autoptr(GPtrArray) jobs = list_missing (self, candidates, n_candidates, items, n_items);

  return jobs->len;
}

/* Whether the stored call is this one; a log of another course of events is not believed. */
static gboolean
is_own_call (LeydenTrainer          *self,
             const LeydenTrainerJob *job)
{
  const LeydenCallRow *call = g_hash_table_lookup (self->calls, job->call_key);

  return call != NULL && g_strcmp0 (leyden_value_get_member_string (call->response, "candidate", NULL), job->candidate->candidate->id) == 0
         && g_strcmp0 (leyden_value_get_member_string (call->response, "item", NULL), g_ptr_array_index (self->item_keys, job->item->index)) == 0;
}

/* Leaves in @jobs what the outside must do: rollouts, and notes of answers that are taken over. */
static void
number_jobs (LeydenTrainer *self,
             GPtrArray     *jobs,
             GPtrArray     *all)
{
  for (guint i = 0; i < all->len; i++)
    {
      LeydenTrainerJob *job = g_ptr_array_index (all, i);
      const LeydenEvaluation *known = leyden_trainer_find_known (self, job->candidate->candidate, job->item);
      gboolean own;

      job->step = self->step;
      job->ordinal = self->n_evaluations++;
      job->call_key = leyden_trainer_call_key (self, job->step, "evaluate", job->ordinal);
      own = is_own_call (self, job);
      if (known != NULL && own)
        {
          const LeydenCallRow *call = g_hash_table_lookup (self->calls, job->call_key);

          self->reused += leyden_value_get_member_boolean (call->response, "reused", FALSE);
          continue;
        }
      job->reuse = known != NULL && !known->is_error;
      self->reused += job->reuse;
      g_ptr_array_add (jobs, job);
    }
}

/* They count from here on. All are known, but when the search was stopped in their middle: what was not done is not spent then. */
static void
take_answers (LeydenTrainer *self,
              GPtrArray     *all)
{
  for (guint i = 0; i < all->len; i++)
    {
      LeydenTrainerJob *job = g_ptr_array_index (all, i);
      const LeydenEvaluation *evaluation = leyden_trainer_find_known (self, job->candidate->candidate, job->item);

      if (evaluation == NULL)
        {
          self->task_calls--;
          continue;
        }
      job->candidate->evaluations[job->item->index] = evaluation;
      note_spent (self, &self->dearest_task, evaluation->tokens_in + evaluation->tokens_out, evaluation->cost);
      self->simulated = self->simulated || evaluation->simulated;
      self->real = self->real || (self->reaches_out && !evaluation->simulated && !evaluation->is_error);
    }
}

/* A model that answers nothing at all, so many times at once, is not there: the rest of the budget would be spent on the same. */
static gboolean
check_outage (LeydenTrainer *self,
              GPtrArray     *all)
{
  const LeydenEvaluation *last = NULL;

  for (guint i = 0; i < all->len; i++)
    {
      const LeydenTrainerJob *job = g_ptr_array_index (all, i);

      last = job->candidate->evaluations[job->item->index];
      if (last == NULL || !last->is_error)
        return TRUE;
    }
  if (all->len < OUTAGE)
    return TRUE;
  leyden_trainer_fail (self, last->feedback != NULL ? last->feedback : last->error_kind);
  return FALSE;
}

/* Gives the turn away until the request is done. */
static gboolean
wait_for_answer (LeydenTrainer *self)
{
  if (self->replay_only)
    self->stopping = TRUE;
  else
    leyden_coroutine_yield (self->coroutine);
  return !self->stopping;
}

/* Does some of them that the limits allow at once. */
static gboolean
evaluate_part (LeydenTrainer *self,
               GPtrArray     *part)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  gboolean go_on = TRUE;

  if (is_over_limit (self))
    return FALSE;
  self->task_calls += part->len;
  number_jobs (self, jobs, part);
  if (jobs->len > 0)
    {
      self->request.kind = LEYDEN_TRAINER_EVALUATE;
      self->request.jobs = g_ptr_array_ref (jobs);
      go_on = wait_for_answer (self);
      leyden_trainer_clear_request (self);
    }
  take_answers (self, part);
  return go_on;
}

gboolean
leyden_trainer_evaluate (LeydenTrainer                 *self,
                         LeydenCandidate * const       *candidates,
                         guint                          n_candidates,
                         const LeydenTrainItem * const *items,
                         guint                          n_items)
{
  g_autoptr(GPtrArray) all = NULL;
  gboolean go_on = TRUE;

  if (self->stopping)
    return FALSE;
  /* What is asked for again is no longer dropped. */
  for (guint i = 0; i < n_candidates; i++)
    ((LeydenTrainerCandidate *) g_ptr_array_index (self->candidates, candidates[i]->ordinal))->dropped = FALSE;
  all = list_missing (self, candidates, n_candidates, items, n_items);
  if (all->len > leyden_trainer_get_task_calls_left (self))
    {
      leyden_trainer_stop (self, "budget", FALSE);
      self->stopping = TRUE;
      return FALSE;
    }
  self->cached += (guint64) n_candidates * n_items - all->len;
  for (guint i = 0; go_on && i < all->len;)
    {
      guint n = count_affordable (self, &self->dearest_task, all->len - i, TRUE);
      g_autoptr(GPtrArray) part = g_ptr_array_sized_new (n);

      for (guint j = 0; j < n; j++)
        g_ptr_array_add (part, g_ptr_array_index (all, i + j));
      go_on = evaluate_part (self, part);
      i += n;
    }
  return go_on && check_outage (self, all);
}

/* ---- Racing ---- */

typedef struct
{
  LeydenCandidate *candidate;
  LeydenScore      score;
} Runner;

static int
compare_runners (gconstpointer a,
                 gconstpointer b)
{
  const Runner *x = a, *y = b;

  return leyden_trainer_compare (&x->score, x->candidate, &y->score, y->candidate);
}

/* Sorts @field by its scores over the first @n of @order. */
static void
rank (LeydenTrainer *self,
      GPtrArray     *field,
      GPtrArray     *order,
      guint          n)
{
  g_autofree Runner *runners = g_new0 (Runner, field->len + 1);

  for (guint i = 0; i < field->len; i++)
    {
      runners[i].candidate = g_ptr_array_index (field, i);
      leyden_trainer_score (self, runners[i].candidate, (const LeydenTrainItem * const *) order->pdata, n, &runners[i].score);
    }
  qsort (runners, field->len, sizeof (Runner), compare_runners);
  for (guint i = 0; i < field->len; i++)
    field->pdata[i] = runners[i].candidate;
}

/* Drops all behind the first @n. */
static void
cut (LeydenTrainer *self,
     GPtrArray     *field,
     guint          n)
{
  for (guint i = n; i < field->len; i++)
    leyden_trainer_drop (self, g_ptr_array_index (field, i));
  if (field->len > n)
    g_ptr_array_set_size (field, (int) n);
}

gboolean
leyden_trainer_race (LeydenTrainer                  *self,
                     LeydenCandidate * const        *candidates,
                     guint                           n_candidates,
                     const LeydenTrainItem * const  *items,
                     guint                           n_items,
                     guint                           width,
                     GPtrArray                     **out)
{
  g_autoptr(GPtrArray) order = leyden_trainer_shuffle (self, items, n_items, "race", self->n_races++);
  g_autoptr(GPtrArray) field = g_ptr_array_new ();
  guint n = MIN (MAX (RACE_FIRST, n_items / 4), n_items);

  *out = NULL;
  for (guint i = 0; i < n_candidates; i++)
    g_ptr_array_add (field, candidates[i]);
  while (TRUE)
    {
      if (!leyden_trainer_evaluate (self, (LeydenCandidate * const *) field->pdata, field->len,
                                    (const LeydenTrainItem * const *) order->pdata, n))
        return FALSE;
      rank (self, field, order, n);
      if (field->len <= width || n == n_items)
        break;
      cut (self, field, MAX (width, (field->len + 1) / 2));
      n = MIN (2 * n, n_items);
    }
  cut (self, field, width);
  *out = g_steal_pointer (&field);
  return TRUE;
}

/* ---- The optimiser's own model ---- */

char *
leyden_trainer_hash_ask (const char  *kind,
                         LeydenValue *messages,
                         double       temperature)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "kind", kind);
  leyden_value_builder_set (&b, "messages", messages);
  leyden_value_builder_set_double (&b, "temperature", temperature);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_hash (value);
}

static void
ask_free (gpointer data)
{
  LeydenTrainerAsk *self = data;

  g_free (self->kind);
  g_free (self->call_key);
  g_clear_pointer (&self->messages, leyden_value_unref);
  g_clear_pointer (&self->answer, leyden_value_unref);
  g_free (self);
}

/* What the log has for it; a log of another course of events is not believed. */
static LeydenValue *
find_own_answer (LeydenTrainer          *self,
                 const LeydenTrainerAsk *ask)
{
  const LeydenCallRow *call = g_hash_table_lookup (self->calls, ask->call_key);
  g_autofree char *hash = NULL;

  if (call == NULL)
    return NULL;
  hash = leyden_trainer_hash_ask (ask->kind, ask->messages, ask->temperature);
  return g_strcmp0 (hash, call->request_hash) == 0 ? leyden_value_ref (call->response) : NULL;
}

/* (element-type LeydenTrainerAsk): numbered in their order. */
static GPtrArray *
number_asks (LeydenTrainer   *self,
             const LeydenAsk *asks,
             guint            n)
{
  GPtrArray *out = g_ptr_array_new_with_free_func (ask_free);

  for (guint i = 0; i < n; i++)
    {
      LeydenTrainerAsk *ask = g_new0 (LeydenTrainerAsk, 1);

      ask->kind = g_strdup (asks[i].kind);
      ask->step = self->step;
      ask->ordinal = self->n_asks++;
      ask->sample = self->optimizer_calls + i;
      ask->call_key = leyden_trainer_call_key (self, ask->step, ask->kind, ask->ordinal);
      ask->messages = leyden_value_ref (asks[i].messages);
      ask->temperature = asks[i].temperature;
      ask->answer = find_own_answer (self, ask);
      g_ptr_array_add (out, ask);
    }
  return out;
}

/* Fills in what the log has no answer to. */
static gboolean
ask_outside (LeydenTrainer *self,
             GPtrArray     *all)
{
  g_autoptr(GPtrArray) open = g_ptr_array_new ();
  gboolean go_on = TRUE;

  for (guint i = 0; i < all->len; i++)
    if (((LeydenTrainerAsk *) g_ptr_array_index (all, i))->answer == NULL)
      g_ptr_array_add (open, g_ptr_array_index (all, i));
  if (open->len == 0)
    return TRUE;
  self->request.kind = LEYDEN_TRAINER_ASK;
  self->request.asks = g_ptr_array_ref (open);
  go_on = wait_for_answer (self);
  leyden_trainer_clear_request (self);
  return go_on;
}

static void
count_answer (LeydenTrainer *self,
              LeydenValue   *answer)
{
  self->optimizer_calls++;
  note_spent (self, &self->dearest_ask, leyden_value_get_member_int (answer, "tokens_in", 0) + leyden_value_get_member_int (answer, "tokens_out", 0),
              leyden_value_get_member_double (answer, "cost", 0));
  self->simulated = self->simulated || leyden_value_get_member_boolean (answer, "simulated", FALSE);
  self->real = self->real || !leyden_value_get_member_boolean (answer, "simulated", FALSE);
}

/* Asks some of them that the limits allow at once. */
static gboolean
ask_part (LeydenTrainer *self,
          LeydenAsk     *asks,
          guint          n)
{
  g_autoptr(GPtrArray) all = NULL;
  gboolean go_on;

  if (is_over_limit (self))
    return FALSE;
  all = number_asks (self, asks, n);
  go_on = ask_outside (self, all);
  /* When the search was stopped in their middle, what was answered is spent and the rest is not. */
  for (guint i = 0; i < n; i++)
    {
      const LeydenTrainerAsk *ask = g_ptr_array_index (all, i);

      if (ask->answer == NULL)
        continue;
      count_answer (self, ask->answer);
      asks[i].answer = g_strdup (leyden_value_get_member_string (ask->answer, "text", NULL));
      asks[i].why = g_strdup (leyden_value_get_member_string (ask->answer, "why", NULL));
    }
  return go_on;
}

gboolean
leyden_trainer_ask_all (LeydenTrainer *self,
                        LeydenAsk     *asks,
                        guint          n)
{
  gboolean go_on = TRUE;

  for (guint i = 0; i < n; i++)
    asks[i].answer = asks[i].why = NULL;
  if (self->stopping)
    return FALSE;
  if (n > 0 && is_over_limit (self))
    return FALSE;
  if (leyden_trainer_get_optimizer_calls_left (self) < n)
    {
      leyden_trainer_stop (self, "optimizer-calls", FALSE);
      return FALSE;
    }
  for (guint i = 0; go_on && i < n;)
    {
      guint part = count_affordable (self, &self->dearest_ask, n - i, FALSE);

      go_on = ask_part (self, asks + i, part);
      i += part;
    }
  return go_on;
}

gboolean
leyden_trainer_ask (LeydenTrainer  *self,
                    const char     *kind,
                    LeydenValue    *messages,
                    double          temperature,
                    char          **answer,
                    char          **why)
{
  LeydenAsk ask = { .kind = kind, .messages = messages, .temperature = temperature };
  gboolean go_on = leyden_trainer_ask_all (self, &ask, 1);

  *answer = ask.answer;
  if (why != NULL)
    *why = ask.why;
  else
    g_free (ask.why);
  return go_on;
}

gboolean
leyden_trainer_read_trace (LeydenTrainer           *self,
                           const LeydenEvaluation  *evaluation,
                           LeydenValue            **state)
{
  gboolean go_on;

  *state = NULL;
  if (self->stopping)
    return FALSE;
  /* A trace is no call to the outside: it is read again in a replay. */
  self->request.kind = LEYDEN_TRAINER_TRACE;
  self->request.rollout = g_strdup (evaluation->rollout);
  leyden_coroutine_yield (self->coroutine);
  go_on = !self->stopping;
  if (go_on)
    *state = g_steal_pointer (&self->request.state);
  leyden_trainer_clear_request (self);
  return go_on;
}
