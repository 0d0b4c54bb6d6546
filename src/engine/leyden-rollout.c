/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-rollout-debug-private.h"

#define ENGINE_VERSION 1
#define DEFAULT_DEADLINE_S 3600
/* Beyond one start of every node. */
#define DEFAULT_MAX_STEPS 10000
/* Where containers are: a list may be long. */
#define DEFAULT_MAX_STEPS_INSIDE 1000000

enum
{
  SIGNAL_RECORD,
  SIGNAL_DELTA,
  SIGNAL_FINISHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LeydenRollout, leyden_rollout, G_TYPE_OBJECT)

/* Signals */

void
leyden_rollout_emit_record (LeydenRollout *self,
                            LeydenRecord  *record)
{
  g_signal_emit (self, signals[SIGNAL_RECORD], 0, record);
}

void
leyden_rollout_emit_delta (LeydenRollout *self,
                           const char    *node,
                           const char    *text)
{
  if (!self->ended)
    g_signal_emit (self, signals[SIGNAL_DELTA], 0, node, text);
}

void
leyden_rollout_emit_finished (LeydenRollout *self)
{
  g_autoptr(LeydenRollout) keep = g_object_ref (self);

  if (self->finished)
    return;
  self->finished = TRUE;
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
  leyden_engine_forget (self->engine, self);
}

/* Limits and results */

static void
check_cost (LeydenRollout *self)
{
  if (self->max_cost > 0 && self->row.cost > self->max_cost && !self->ended)
    {
      g_autoptr(GError) error = g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_DEADLINE,
                                             _("The cost of %g is over the limit of %g"), self->row.cost, self->max_cost);

      /* A paused one does not end. */
      if (self->root != NULL && leyden_rollout_is_paused (self))
        {
          g_autoptr(LeydenValue) described = leyden_rollout_describe_error (error, NULL);

          leyden_rollout_scope_failed (self->root, "failed", described);
        }
      else
        leyden_rollout_end (self, "failed", error, NULL);
    }
}

/* A count of tokens as a server tells it; nonsense counts as nothing. */
static gint64
read_tokens (LeydenValue *usage,
             const char  *key)
{
  gint64 n = 0;

  if (!leyden_value_get_int (leyden_value_get_member (usage, key), &n) || n < 0 || n > G_MAXINT32)
    return 0;
  return n;
}

void
leyden_rollout_count_usage (LeydenRollout *self,
                            LeydenValue   *answer,
                            gboolean       copied)
{
  LeydenValue *usage = leyden_value_get_member (answer, "usage");
  double cost = leyden_value_get_member_double (answer, "cost", 0);
  const char *kind = leyden_value_get_member_string (answer, "error_kind", NULL);

  /* What a fork has from elsewhere was spent there. */
  if (!copied)
    {
      self->row.tokens_in += read_tokens (usage, "prompt_tokens");
      self->row.tokens_out += read_tokens (usage, "completion_tokens");
      if (isfinite (cost) && cost > 0 && cost < 1e9)
        self->row.cost += cost;
    }
  if (leyden_value_get_member_boolean (answer, "simulated", FALSE))
    self->row.simulated = TRUE;
  if (kind != NULL && self->error_kind == NULL)
    self->error_kind = g_strdup (kind);
  check_cost (self);
}

void
leyden_rollout_set_reward (LeydenRollout *self,
                           LeydenValue   *payload)
{
  double value;

  if (leyden_value_get_double (leyden_value_get_member (payload, "value"), &value) && isfinite (value))
    self->row.reward = value;
}

/* The clock runs from the first thing that waits on; a stop before that counts too. */
static gint64
get_time_left (LeydenRollout *self)
{
  gint64 end = self->deadline_us != 0 ? self->deadline_us
                                      : self->started_us + self->stopped_us + (gint64) self->deadline_s * G_USEC_PER_SEC;

  return MAX (1, end - g_get_monotonic_time ());
}

void
leyden_rollout_watch_deadline (LeydenRollout *self)
{
  if (self->deadline_us != 0 || self->n_stops > 0)
    return;
  self->deadline_us = g_get_monotonic_time () + get_time_left (self);
  leyden_engine_watch_deadline (self->engine, self->deadline_us);
}

void
leyden_rollout_stop_clock (LeydenRollout *self)
{
  if (self->n_stops++ > 0)
    return;
  self->deadline_left_us = get_time_left (self);
  self->deadline_us = 0;
}

void
leyden_rollout_start_clock (LeydenRollout *self)
{
  g_assert (self->n_stops > 0);
  if (--self->n_stops > 0)
    return;
  self->deadline_us = g_get_monotonic_time () + self->deadline_left_us;
  self->deadline_left_us = 0;
  leyden_engine_watch_deadline (self->engine, self->deadline_us);
}

void
leyden_rollout_check_deadline (LeydenRollout *self,
                               gint64         now_us)
{
  g_autoptr(GError) error = NULL;

  if (self->ended || self->deadline_us == 0 || now_us < self->deadline_us)
    return;
  error = g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_DEADLINE,
                       ngettext ("Not finished after %u second", "Not finished after %u seconds", self->deadline_s),
                       self->deadline_s);
  leyden_rollout_end (self, "failed", error, NULL);
  leyden_engine_schedule (self->engine, self);
}

/* The end */

static void
log_finished (LeydenRollout *self,
              LeydenValue   *error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!self->recording)
    {
      self->sequence++;
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "state", self->row.state);
  if (self->root != NULL && self->root->result != NULL && error == NULL)
    leyden_value_builder_set (&b, "result", self->root->result);
  if (error != NULL)
    leyden_value_builder_set (&b, "error", error);
  if (self->error_kind != NULL)
    leyden_value_builder_set_string (&b, "error_kind", self->error_kind);
  leyden_value_builder_set_double (&b, "latency_ms", self->row.latency_ms);
  leyden_value_builder_end (&b);
  leyden_rollout_log (self, "rollout.finished", "", leyden_value_builder_end_value (&b));
}

static double
modelled_latency (LeydenRollout *self)
{
  return self->root != NULL ? round ((double) leyden_scope_get_clock (self->root) * 1000) / 1000 : 0;
}

static void
fill_row_at_end (LeydenRollout *self,
                 LeydenValue   *error)
{
  self->row.finished_ns = leyden_time_now_ns ();
  if (self->row.simulated || self->resumed)
    self->row.latency_ms = modelled_latency (self);
  else
    self->row.latency_ms = (double) (g_get_monotonic_time () - self->started_us - self->stopped_us) / 1000;
  if (error != NULL)
    {
      leyden_set_string (&self->row.error, leyden_value_get_member_string (error, "message", ""));
      leyden_set_string (&self->row.error_node, leyden_value_get_member_string (error, "node", NULL));
    }
  else if (self->error_kind != NULL)
    leyden_set_string (&self->row.error, self->error_kind);
}

/* @error is {message, code, node}, as the log holds it, or NULL. */
void
leyden_rollout_end_with (LeydenRollout *self,
                         const char    *state,
                         LeydenValue   *error)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  leyden_rollout_debug_end (self);
  leyden_set_string (&self->row.state, state);
  if (self->root != NULL)
    leyden_scope_cancel (self->root, state, error);
  leyden_rollout_cancel_unread (self, state, error);
  fill_row_at_end (self, error);
  log_finished (self, error);
  leyden_rollout_refuse_decisions (self);
  leyden_rollout_drop_questions (self, "");
  leyden_rollout_drop_held (self);
  leyden_engine_schedule (self->engine, self);
}

void
leyden_rollout_end (LeydenRollout *self,
                    const char    *state,
                    const GError  *error,
                    const char    *node)
{
  g_autoptr(LeydenValue) described = error != NULL ? leyden_rollout_describe_error (error, node) : NULL;

  leyden_rollout_end_with (self, state, described);
}

/* Start */

/* What of it the log tells at its start; the values stand in records of their own. */
static LeydenValue *
describe_part (LeydenValue *part)
{
  static const char * const names[] = { "mode", "node", "rollout" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (leyden_value_get_member (part, names[i]) != NULL)
      leyden_value_builder_set (&b, names[i], leyden_value_get_member (part, names[i]));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
log_rollout_started (LeydenRollout *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *input_hash = NULL;
  char seed[24];

  if (!self->recording)
    {
      self->sequence++;
      return;
    }
  input_hash = leyden_json_hash (self->input);
  g_snprintf (seed, sizeof seed, "%" G_GUINT64_FORMAT, self->seed);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "flow", self->plan->hash);
  leyden_value_builder_set_string (&b, "input", input_hash);
  leyden_value_builder_set_take (&b, "seed", leyden_value_new_number (seed, -1));
  if (self->sample != 0)
    leyden_value_builder_set_int (&b, "sample", (gint64) self->sample);
  if (self->slots != NULL)
    leyden_value_builder_set (&b, "slots", self->slots);
  if (self->training != NULL)
    leyden_value_builder_set (&b, "training", self->training);
  if (self->part != NULL)
    leyden_value_builder_set_take (&b, "part", describe_part (self->part));
  leyden_value_builder_set_int (&b, "engine", ENGINE_VERSION);
  leyden_value_builder_set_string (&b, "executor", "leyden");
  leyden_value_builder_set_string (&b, "item", self->row.item);
  leyden_value_builder_end (&b);
  leyden_rollout_log (self, "rollout.started", "", leyden_value_builder_end_value (&b));
}

void
leyden_rollout_begin (LeydenRollout *self)
{
  self->row.started_ns = leyden_time_now_ns ();
  log_rollout_started (self);
  if (!self->ended)
    leyden_rollout_give (self);
  if (self->ended)              /* a listener to the record cancelled */
    return;
  leyden_scope_begin (self->root);
  leyden_rollout_debug_read_done (self, FALSE);
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenRollout) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);

  self->loading = FALSE;
  if (!self->ended)
    {
      if (records != NULL ? records->len == 0 : g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
        leyden_rollout_begin (self);
      else if (records == NULL || !leyden_rollout_resume (self, records, &error))
        {
          /* Nothing of it can be trusted, and nothing is written: the log stays as it is. */
          self->recording = FALSE;
          leyden_rollout_end (self, "failed", error, NULL);
        }
    }
  leyden_engine_schedule (self->engine, self);
}

static void
start (LeydenRollout *self)
{
  LeydenStore *store = leyden_engine_get_store (self->engine);

  self->started = TRUE;
  self->recording = store != NULL || g_signal_has_handler_pending (self, signals[SIGNAL_RECORD], 0, FALSE);
  self->started_us = g_get_monotonic_time ();
  leyden_rollout_init_scope (self);
  leyden_set_string (&self->row.state, "running");
  if (store != NULL && !self->fresh)
    {
      self->loading = TRUE;
      leyden_store_read_rollout_async (store, self->row.rollout, 0, 0, NULL, loaded_cb, g_object_ref (self));
    }
  else
    leyden_rollout_begin (self);
}

/* One step of what is on top of the stack; FALSE when there is nothing to do. */
static gboolean
step (LeydenRollout *self)
{
  LeydenWork *work = self->debugger == NULL ? self->work : leyden_rollout_debug_pick (self);
  g_autoptr(LeydenScope) scope = NULL;
  guint node;

  if (work == NULL)
    return FALSE;
  if (work->bodies != NULL)
    {
      leyden_bodies_advance (work->bodies);
      return TRUE;
    }
  /* It may end within. */
  scope = leyden_scope_ref ((LeydenScope *) work);
  node = leyden_scope_pop_ready (scope);
  if (node != LEYDEN_PLAN_NONE)
    {
      leyden_rollout_start_node (scope, node);
      return TRUE;
    }
  leyden_work_remove (self, work);
  if (scope->owner != NULL && scope->n_open == 0)
    leyden_bodies_round_ended (scope, NULL);
  return TRUE;
}

gboolean
leyden_rollout_pump (LeydenRollout *self,
                     gint64         until_us)
{
  guint n = 0;

  if (!self->started && !self->ended)
    start (self);
  while (!self->ended && !self->loading && step (self))
    if ((++n & 3) == 0 && g_get_monotonic_time () >= until_us)
      {
        leyden_rollout_check_deadline (self, g_get_monotonic_time ());
        return TRUE;
      }
  if (!self->ended && !self->loading && leyden_rollout_release_held (self))
    return TRUE;
  if (!self->ended && !self->loading && !leyden_rollout_debug_settle (self) && self->root->n_open == 0)
    leyden_rollout_end (self, "succeeded", NULL, NULL);
  leyden_rollout_flush (self);
  return FALSE;
}

/**
 * leyden_rollout_cancel:
 * @self: the rollout
 * @reason: (nullable): one line for the log
 *
 * Ends the rollout as cancelled: what runs is told to stop, its late answers are dropped. "finished" follows as soon as the log
 * is durable. Nothing happens when it has ended.
 */
void
leyden_rollout_cancel (LeydenRollout *self,
                       const char    *reason)
{
  g_autoptr(GError) error = NULL;

  g_return_if_fail (LEYDEN_IS_ROLLOUT (self));

  if (self->ended)
    return;
  error = g_error_new_literal (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_CANCELLED,
                               reason != NULL ? reason : _("Cancelled"));
  if (self->loading)
    self->recording = FALSE;
  leyden_rollout_end (self, "cancelled", error, NULL);
}

const char *
leyden_rollout_get_id (LeydenRollout *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), NULL);
  return self->row.rollout;
}

const char *
leyden_rollout_get_state (LeydenRollout *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), NULL);
  return self->row.state;
}

gboolean
leyden_rollout_is_finished (LeydenRollout *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), FALSE);
  return self->finished;
}

LeydenValue *
leyden_rollout_get_result (LeydenRollout *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), NULL);
  return self->ended && self->root != NULL ? self->root->result : NULL;
}

const LeydenRolloutRow *
leyden_rollout_get_row (LeydenRollout *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), NULL);
  return &self->row;
}

static void
leyden_rollout_finalize (GObject *object)
{
  LeydenRollout *self = LEYDEN_ROLLOUT (object);

  if (self->root != NULL)
    leyden_work_remove (self, &self->root->work);
  g_clear_pointer (&self->debugger, leyden_debugger_free);
  g_free (self->detached_by);
  g_clear_pointer (&self->debug, leyden_debug_unref);
  g_clear_pointer (&self->root, leyden_scope_unref);
  g_slist_free_full (self->waiters, g_free);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->memo, g_hash_table_unref);
  g_clear_pointer (&self->memory, g_hash_table_unref);
  g_clear_pointer (&self->questions, g_hash_table_unref);
  g_clear_pointer (&self->asked, g_hash_table_unref);
  g_clear_pointer (&self->doubt, g_hash_table_unref);
  g_clear_pointer (&self->edited_calls, g_hash_table_unref);
  g_clear_pointer (&self->unread, g_hash_table_unref);
  g_clear_pointer (&self->decisions, g_hash_table_unref);
  g_clear_pointer (&self->input, leyden_value_unref);
  g_clear_pointer (&self->slots, leyden_value_unref);
  g_clear_pointer (&self->training, leyden_value_unref);
  g_clear_pointer (&self->part, leyden_value_unref);
  g_clear_pointer (&self->cache_pending, g_hash_table_unref);
  g_clear_pointer (&self->plan, leyden_plan_unref);
  g_clear_object (&self->engine);
  g_free (self->attempt);
  g_free (self->error_kind);
  g_clear_error (&self->store_error);
  g_free (self->row.rollout);
  g_free (self->row.run);
  g_free (self->row.executor);
  g_free (self->row.item);
  g_free (self->row.split);
  g_free (self->row.state);
  g_free (self->row.error);
  g_free (self->row.error_node);

  G_OBJECT_CLASS (leyden_rollout_parent_class)->finalize (object);
}

static void
leyden_rollout_class_init (LeydenRolloutClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_rollout_finalize;

  signals[SIGNAL_RECORD] = g_signal_new ("record", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_DELTA] = g_signal_new ("delta", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                           G_TYPE_NONE, 0);
}

static void
leyden_rollout_init (LeydenRollout *self)
{
  self->row.reward = NAN;
  self->row.latency_ms = NAN;
}

static LeydenValue *
new_empty_object (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
init_row (LeydenRolloutRow        *row,
          const LeydenRolloutSpec *spec)
{
  row->rollout = spec->rollout != NULL ? g_strdup (spec->rollout) : leyden_id_new_uuid7 ();
  row->run = g_strdup (spec->run);
  row->executor = g_strdup ("leyden");
  row->index = spec->index;
  row->item = g_strdup (spec->item);
  row->split = g_strdup (spec->split);
  row->state = g_strdup ("queued");
}

static guint
get_default_max_steps (LeydenPlan *plan)
{
  return plan->n_numbers > plan->n_nodes ? DEFAULT_MAX_STEPS_INSIDE : DEFAULT_MAX_STEPS + plan->n_nodes;
}

LeydenRollout *
leyden_rollout_new (LeydenEngine                *engine,
                    const LeydenRolloutSpec     *spec,
                    gboolean                     fresh,
                    const LeydenRolloutObserver *observer)
{
  LeydenRollout *self = g_object_new (LEYDEN_TYPE_ROLLOUT, NULL);

  self->engine = g_object_ref (engine);
  self->plan = leyden_plan_ref (spec->plan);
  init_row (&self->row, spec);
  self->attempt = g_strdup (spec->attempt != NULL ? spec->attempt : "0");
  self->input = spec->input != NULL ? leyden_value_ref (spec->input) : new_empty_object ();
  self->slots = spec->slots != NULL ? leyden_value_ref (spec->slots) : NULL;
  self->training = spec->training != NULL ? leyden_value_ref (spec->training) : NULL;
  self->part = spec->part != NULL ? leyden_value_ref (spec->part) : NULL;
  self->cache = spec->cache;
  self->seed = spec->seed;
  self->sample = spec->sample;
  self->time_scale = spec->time_scale;
  self->deadline_s = spec->deadline_s != 0 ? spec->deadline_s : DEFAULT_DEADLINE_S;
  self->max_steps = spec->max_steps != 0 ? spec->max_steps : get_default_max_steps (spec->plan);
  self->max_cost = spec->max_cost;
  self->rerun_unsafe = spec->rerun_unsafe != FALSE;
  self->ask_unsafe = spec->ask_unsafe != FALSE;
  self->ask_people = spec->ask_people != FALSE;
  self->again = spec->again != FALSE;
  self->fresh = fresh != FALSE;
  self->start_paused = spec->paused != FALSE;
  self->debug = spec->debug != NULL ? leyden_debug_ref (spec->debug) : NULL;
  if (observer != NULL)
    self->observer = *observer;
  return self;
}
