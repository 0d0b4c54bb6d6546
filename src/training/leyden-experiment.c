/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-experiment-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-flow-mode.h"
#include "leyden-id.h"
#include "leyden-json.h"

#define DEFAULT_CONCURRENCY 8
#define CHANGED_US (G_USEC_PER_SEC / 4)
#define SAVE_US (2 * G_USEC_PER_SEC)
/* Changes when rollouts mean something else than before: nothing older is taken over then. */
#define EVALUATION_VERSION 1
#define SIMULATED_CRITIC "leyden-sim-critic"

enum
{
  SIGNAL_CHANGED,
  SIGNAL_FINISHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_QUARK (leyden-experiment-error-quark, leyden_experiment_error)
G_DEFINE_FINAL_TYPE (LeydenExperiment, leyden_experiment, G_TYPE_OBJECT)

/* ---- Making ---- */

/* Everything that an answer depends on besides candidate and item. */
static char *
hash_environment (LeydenExperiment *self,
                  const char       *outside)
{
  LeydenValue *dataset = leyden_value_get_member (self->definition, "dataset");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  char seed[24];

  g_snprintf (seed, sizeof seed, "%" G_GUINT64_FORMAT, self->trainer->seed);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "version", EVALUATION_VERSION);
  leyden_value_builder_set_string (&b, "flow", leyden_plan_get_hash (self->plan));
  leyden_value_builder_set_string (&b, "training", leyden_plan_get_training_hash (self->plan));
  leyden_value_builder_set (&b, "model", leyden_value_get_member (self->definition, "model"));
  leyden_value_builder_set (&b, "dataset", leyden_value_get_member (dataset, "sha256"));
  leyden_value_builder_set (&b, "mapping", leyden_value_get_member (dataset, "mapping"));
  if (!leyden_value_is_null (leyden_value_get_member (dataset, "columns")))
    leyden_value_builder_set (&b, "columns", leyden_value_get_member (dataset, "columns"));
  if (outside != NULL)
    leyden_value_builder_set_string (&b, "outside", outside);
  leyden_value_builder_set_string (&b, "seed", seed);
  leyden_value_builder_set_int (&b, "deadline_s", self->deadline_s);
  leyden_value_builder_set_string (&b, "salt", self->fresh ? self->id : NULL);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_hash (value);
}

static gboolean
has_items (const LeydenExperimentSpec *spec,
           const char                 *split)
{
  for (guint i = 0; i < spec->n_items; i++)
    if (g_strcmp0 (spec->items[i].split, split) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
check_items (const LeydenExperimentSpec  *spec,
             GError                     **error)
{
  static const char * const splits[] = { "train", "validation", "test" };

  for (guint i = 0; i < G_N_ELEMENTS (splits); i++)
    if (!has_items (spec, splits[i]))
      {
        g_set_error (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_ITEMS,
                     _("The data set has no rows of the split “%s”; training needs train, validation and test"), splits[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_slots (GPtrArray              *slots,
             const LeydenOptimizer  *optimizer,
             GError                **error)
{
  for (guint i = 0; i < slots->len; i++)
    if (!((LeydenSlot *) g_ptr_array_index (slots, i))->locked)
      return optimizer->check == NULL || optimizer->check (slots, error);
  g_set_error (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_SLOTS,
               _("Nothing in this flow is marked as trainable; mark a prompt, the examples, a model or another parameter first"));
  return FALSE;
}

/* Without one every answer is worth the same, and the calls would be spent for nothing. Containers hold none. */
static gboolean
check_reward (LeydenFlow  *flow,
              GError     **error)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    if (leyden_node_get_mode (g_ptr_array_index (nodes, i)) == LEYDEN_NODE_MODE_ON
        && strcmp (leyden_node_get_type_name (g_ptr_array_index (nodes, i)), "reward") == 0)
      return TRUE;
  g_set_error_literal (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_REWARD,
                       _("The flow has no Reward, so it cannot be trained; add one that says how good an answer is"));
  return FALSE;
}

/* A kind that asks a model in one of its ways has a parameter for it that is shown in that way alone. */
static gboolean
node_reaches_out (LeydenNode      *node,
                  LeydenNodeTypes *types)
{
  const LeydenNodeType *type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));

  if (type == NULL || type->effects == LEYDEN_EFFECTS_NONE)
    return FALSE;
  for (guint i = 0; i < type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (type->parameters, i);

      if (parameter->kind == LEYDEN_PARAMETER_MODEL)
        return leyden_node_types_is_in_use (types, node, parameter);
    }
  return TRUE;
}

/* Whether answers can differ although nothing was changed. */
static gboolean
flow_reaches_out (LeydenFlow      *flow,
                  LeydenNodeTypes *types)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      LeydenFlow *body = leyden_flow_get_body (flow, leyden_node_get_id (node));

      if (leyden_node_get_mode (node) != LEYDEN_NODE_MODE_ON)
        continue;
      if (node_reaches_out (node, types) || (body != NULL && flow_reaches_out (body, types)))
        return TRUE;
    }
  return FALSE;
}

/* The model of the first node that names one; the simulation has one of its own for optimisers. */
static void
choose_model (LeydenExperiment           *self,
              const LeydenExperimentSpec *spec)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (leyden_plan_get_flow (self->plan));
  LeydenValue *found = NULL;

  for (guint i = 0; i < nodes->len && found == NULL; i++)
    {
      LeydenValue *model = leyden_node_get_parameter (g_ptr_array_index (nodes, i), "model");

      if (leyden_value_get_member_string (model, "endpoint", NULL) != NULL)
        found = model;
    }
  self->endpoint = g_strdup (spec->endpoint != NULL ? spec->endpoint : leyden_value_get_member_string (found, "endpoint", "simulated"));
  if (spec->model != NULL)
    self->model = g_strdup (spec->model);
  else if (strcmp (self->endpoint, "simulated") == 0)
    self->model = g_strdup (SIMULATED_CRITIC);
  else if (g_strcmp0 (self->endpoint, leyden_value_get_member_string (found, "endpoint", NULL)) == 0)
    self->model = g_strdup (leyden_value_get_member_string (found, "model", NULL));
}

static LeydenValue *
new_object (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* What the flow reached when the experiment began is kept with it. */
static LeydenValue *
make_definition (const LeydenExperimentSpec *spec)
{
  g_autoptr(LeydenValue) definition = spec->definition != NULL ? leyden_value_ref (spec->definition) : new_object ();
  g_autoptr(LeydenValue) outside = spec->outside != NULL ? leyden_value_new_string (spec->outside, -1) : NULL;

  return leyden_value_with_member (definition, "outside", outside);
}

/**
 * leyden_experiment_new:
 * @engine: runs the rollouts; must have a store
 * @transport: answers the optimiser's own questions
 * @spec: what it is; copied or referenced
 * @error: return location
 *
 * Nothing is written and nothing runs before leyden_experiment_start().
 *
 * Errors: %LEYDEN_EXPERIMENT_ERROR
 *
 * Returns: (transfer full): the experiment
 */
LeydenExperiment *
leyden_experiment_new (LeydenEngine                *engine,
                       LeydenModelTransport        *transport,
                       const LeydenExperimentSpec  *spec,
                       GError                     **error)
{
  const LeydenOptimizer *optimizer;
  g_autoptr(GPtrArray) slots = NULL;
  LeydenExperiment *self;

  g_return_val_if_fail (LEYDEN_IS_ENGINE (engine) && leyden_engine_get_store (engine) != NULL, NULL);
  g_return_val_if_fail (LEYDEN_IS_MODEL_TRANSPORT (transport), NULL);
  g_return_val_if_fail (spec != NULL && spec->plan != NULL && spec->types != NULL, NULL);

  optimizer = leyden_optimizer_find (spec->optimizer);
  if (optimizer == NULL)
    {
      g_set_error (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_OPTIMIZER, _("There is no optimiser “%s”"), spec->optimizer);
      return NULL;
    }
  slots = leyden_slots_from_flow (leyden_plan_get_flow (spec->plan), spec->types, leyden_value_get_member (spec->definition, "models"));
  if (!check_slots (slots, optimizer, error) || !check_reward (leyden_plan_get_flow (spec->plan), error) || !check_items (spec, error))
    return NULL;

  leyden_plan_learn_from_items (spec->plan, spec->items, spec->n_items);
  self = g_object_new (LEYDEN_TYPE_EXPERIMENT, NULL);
  self->engine = g_object_ref (engine);
  self->store = g_object_ref (leyden_engine_get_store (engine));
  self->transport = g_object_ref (transport);
  self->plan = leyden_plan_ref (spec->plan);
  self->types = g_object_ref (spec->types);
  self->slots = g_ptr_array_ref (slots);
  self->definition = make_definition (spec);
  self->id = spec->experiment != NULL ? g_strdup (spec->experiment) : leyden_id_new_uuid7 ();
  self->key = g_strdup (spec->key);
  self->concurrency = spec->concurrency != 0 ? spec->concurrency : DEFAULT_CONCURRENCY;
  self->time_scale = spec->time_scale;
  self->deadline_s = spec->deadline_s;
  self->rerun_unsafe = spec->rerun_unsafe != FALSE;
  self->created_ns = leyden_time_now_ns ();
  choose_model (self, spec);
  self->fresh = spec->fresh != FALSE;
  self->trainer = leyden_trainer_new (spec, self->id, optimizer, slots);
  self->env = hash_environment (self, spec->outside);
  self->trainer->reaches_out = flow_reaches_out (leyden_plan_get_flow (self->plan), self->types);
  return self;
}

/* ---- News ---- */

static gboolean
changed_cb (gpointer data)
{
  LeydenExperiment *self = data;

  g_clear_pointer (&self->changed_source, g_source_unref);
  self->changed_us = g_get_monotonic_time ();
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
clear_changed (LeydenExperiment *self)
{
  if (self->changed_source == NULL)
    return;
  g_source_destroy (self->changed_source);
  g_clear_pointer (&self->changed_source, g_source_unref);
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenExperiment) self = data;
  GError *error = NULL;

  if (leyden_store_put_experiment_finish (LEYDEN_STORE (object), result, &error) || self->finished || self->suspended)
    g_clear_error (&error);
  else
    leyden_experiment_fail (self, error);
}

static void
save (LeydenExperiment *self)
{
  self->saved_us = g_get_monotonic_time ();
  leyden_experiment_write (self, leyden_experiment_new_batch (self), saved_cb, g_object_ref (self));
}

/* At most four times a second, but always after the last change; what is shown is stored now and then too. */
void
leyden_experiment_changed (LeydenExperiment *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 wait = self->changed_us + CHANGED_US - now;

  if (self->changed_source != NULL || self->finished || self->suspended)
    return;
  if (now - self->saved_us >= SAVE_US)
    save (self);
  self->changed_source = g_timeout_source_new ((guint) (MAX (wait, 0) / 1000));
  g_source_set_callback (self->changed_source, changed_cb, self, NULL);
  g_source_attach (self->changed_source, g_main_context_get_thread_default ());
}

/* ---- Storing ---- */

static LeydenExperimentRow *
make_row (LeydenExperiment *self)
{
  LeydenExperimentRow *row = leyden_experiment_row_new ();

  row->experiment = g_strdup (self->id);
  row->key = g_strdup (self->key);
  g_free (row->state);
  row->state = g_strdup (self->state);
  row->created_ns = self->created_ns;
  row->finished_ns = self->finished_ns;
  row->definition = leyden_value_ref (self->definition);
  row->snapshot = leyden_experiment_build_snapshot (self);
  return row;
}

LeydenExperimentBatch *
leyden_experiment_new_batch (LeydenExperiment *self)
{
  LeydenExperimentBatch *batch = leyden_trainer_take_unsaved (self->trainer);

  return batch != NULL ? batch : leyden_experiment_batch_new (self->id);
}

void
leyden_experiment_write (LeydenExperiment      *self,
                         LeydenExperimentBatch *batch,
                         GAsyncReadyCallback    callback,
                         gpointer               data)
{
  /* The row goes along only where nothing else is written: it is large. */
  if (batch->row == NULL && batch->calls->len == 0)
    batch->row = make_row (self);
  leyden_store_put_experiment_async (self->store, batch, callback, data);
}

/* ---- The end ---- */

static void
end_saved_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenExperiment) self = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_experiment_finish (LEYDEN_STORE (object), result, &error) && self->error == NULL)
    {
      self->error = g_steal_pointer (&error);
      self->state = "failed";
    }
  if (self->suspended || self->finished)
    return;
  clear_changed (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  self->finished = TRUE;
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
  g_object_unref (self);                /* the one from start */
}

static void
end (LeydenExperiment *self,
     const char       *state)
{
  self->wall_ms = leyden_experiment_get_wall_ms (self);
  self->begun_us = 0;
  self->state = state;
  self->finished_ns = leyden_time_now_ns ();
  leyden_experiment_judge (self);
  leyden_experiment_write (self, leyden_experiment_new_batch (self), end_saved_cb, g_object_ref (self));
}

void
leyden_experiment_fail (LeydenExperiment *self,
                        GError           *error)
{
  if (self->error != NULL || self->finished_ns != 0)
    {
      g_error_free (error);
      return;
    }
  self->error = error;
  leyden_experiment_let_go (self, TRUE);
  self->busy = FALSE;
  end (self, "failed");
}

void
leyden_experiment_advance (LeydenExperiment *self)
{
  LeydenTrainer *trainer = self->trainer;
  gboolean was_searching = !trainer->search_ended;

  if (self->finished_ns != 0 || self->suspended)
    return;
  leyden_coroutine_resume (trainer->coroutine);
  if (was_searching && trainer->search_ended)
    save (self);
  leyden_experiment_changed (self);
  if (!leyden_coroutine_has_ended (trainer->coroutine))
    leyden_experiment_perform (self);
  else if (trainer->error != NULL)
    leyden_experiment_fail (self, g_error_copy (trainer->error));
  else
    end (self, g_strcmp0 (trainer->stop_reason, "user") == 0 ? "stopped" : "finished");
}

/* ---- Start: new, or taken up again ---- */

static void
evaluations_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(LeydenExperiment) self = data;
  GError *error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_evaluations_finish (LEYDEN_STORE (object), result, &error);

  if (self->suspended)
    {
      g_clear_error (&error);
      return;
    }
  if (rows == NULL)
    {
      leyden_experiment_fail (self, error);
      return;
    }
  for (guint i = 0; i < rows->len; i++)
    {
      const LeydenEvaluationRow *row = g_ptr_array_index (rows, i);

      leyden_trainer_learn (self->trainer, row->candidate, row->item, leyden_trainer_read_row (self->trainer, row));
    }
  self->begun_us = g_get_monotonic_time ();
  if (self->finished_ns != 0)
    {
      /* Ended before: shown again, nothing is done. */
      self->begun_us = 0;
      self->finished = TRUE;
      g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
      g_object_unref (self);
      return;
    }
  leyden_experiment_advance (self);
}

static void
list_evaluations (LeydenExperiment *self)
{
  leyden_store_list_evaluations_async (self->store, self->env, NULL, evaluations_cb, g_object_ref (self));
}

static void
begun_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenExperiment) self = data;
  GError *error = NULL;
  gboolean ok = leyden_store_put_experiment_finish (LEYDEN_STORE (object), result, &error);

  if (self->suspended)
    g_clear_error (&error);
  else if (ok)
    list_evaluations (self);
  else
    leyden_experiment_fail (self, error);
}

static const char *
intern_state (const char *state)
{
  static const char * const states[] = { "queued", "running", "paused", "stopped", "finished", "failed" };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (states[i], state) == 0)
      return states[i];
  return "running";
}

static gboolean
is_end (const char *state)
{
  return strcmp (state, "stopped") == 0 || strcmp (state, "finished") == 0;
}

/* What an unfinished one has found out came from other servers or programs than those that would answer now: both in one verdict would compare what
 * cannot be compared. */
static gboolean
check_outside (LeydenExperiment           *self,
               const LeydenExperimentRow  *row,
               GError                    **error)
{
  if (is_end (row->state) || g_strcmp0 (leyden_value_get_member_string (row->definition, "outside", NULL),
                                        leyden_value_get_member_string (self->definition, "outside", NULL)) == 0)
    return TRUE;
  g_set_error_literal (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_DEFINITION,
                       _("A server, program or script that the flow uses has changed since this training began; train anew"));
  return FALSE;
}

static void
take_stored (LeydenExperiment      *self,
             LeydenExperimentBatch *batch)
{
  const LeydenExperimentRow *row = batch->row;
  LeydenValue *spent = leyden_value_get_member (row->snapshot, "spent");

  self->state = intern_state (row->state);
  self->created_ns = row->created_ns;
  self->stored = row->snapshot != NULL ? leyden_value_ref (row->snapshot) : NULL;
  self->wall_ms = (guint64) MAX (leyden_value_get_member_int (spent, "wall_ms", 0), 0);
  if (self->key == NULL)
    self->key = g_strdup (row->key);
  if (is_end (self->state))
    {
      self->finished_ns = MAX (row->finished_ns, 1);
      self->verdict = leyden_value_ref (leyden_value_get_member (self->stored, "verdict"));
      g_free (self->env);
      self->env = hash_environment (self, leyden_value_get_member_string (row->definition, "outside", NULL));
    }
  else
    {
      self->paused = strcmp (self->state, "paused") == 0;
      self->state = self->paused ? "paused" : "running";
    }
  if (g_strcmp0 (leyden_value_get_member_string (self->stored, "search", NULL), "ended") == 0)
    {
      self->trainer->replay_only = TRUE;
      self->trainer->stop_reason = g_intern_string (leyden_value_get_member_string (self->stored, "stop_reason", NULL));
    }
  g_ptr_array_set_free_func (batch->calls, NULL);
  for (guint i = 0; i < batch->calls->len; i++)
    {
      LeydenCallRow *call = g_ptr_array_index (batch->calls, i);

      g_hash_table_insert (self->trainer->calls, call->key, call);
    }
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenExperiment) self = data;
  GError *error = NULL;
  g_autoptr(LeydenExperimentBatch) batch = leyden_store_read_experiment_finish (LEYDEN_STORE (object), result, &error);

  if (self->suspended)
    {
      g_clear_error (&error);
      return;
    }
  if (batch != NULL)
    {
      if (!check_outside (self, batch->row, &error))
        {
          leyden_value_unref (self->definition);
          self->definition = leyden_value_ref (batch->row->definition);
          leyden_experiment_fail (self, error);
          return;
        }
      take_stored (self, batch);
      if (self->finished_ns != 0)
        {
          list_evaluations (self);
          return;
        }
    }
  else if (!g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    {
      leyden_experiment_fail (self, error);
      return;
    }
  g_clear_error (&error);
  leyden_experiment_write (self, leyden_experiment_new_batch (self), begun_cb, g_object_ref (self));
}

static gboolean
start_cb (gpointer data)
{
  LeydenExperiment *self = data;

  if (!self->suspended)
    leyden_store_read_experiment_async (self->store, self->id, NULL, found_cb, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

/**
 * leyden_experiment_start:
 * @self: a new experiment
 *
 * Begins in the next turn of the main loop. An id that the store knows is continued: the optimiser runs from its beginning, and every call
 * that has an answer in the store gets it at once. One that had ended is only shown; one that failed is tried again.
 */
void
leyden_experiment_start (LeydenExperiment *self)
{
  g_autoptr(GSource) source = NULL;

  g_return_if_fail (LEYDEN_IS_EXPERIMENT (self));
  g_return_if_fail (!self->started);

  self->started = TRUE;
  self->state = "running";
  g_object_ref (self);                  /* until it ends */
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, start_cb, g_object_ref (self), g_object_unref);
  g_source_attach (source, g_main_context_get_thread_default ());
}

/* ---- Orders ---- */

static gboolean
is_under_way (LeydenExperiment *self)
{
  return self->started && !self->finished && !self->suspended && self->finished_ns == 0;
}

void
leyden_experiment_pause (LeydenExperiment *self)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT (self));

  if (!is_under_way (self) || self->paused)
    return;
  self->paused = TRUE;
  self->wall_ms = leyden_experiment_get_wall_ms (self);
  self->begun_us = 0;
  self->state = "paused";
  save (self);
  leyden_experiment_changed (self);
}

void
leyden_experiment_resume (LeydenExperiment *self)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT (self));

  if (!is_under_way (self) || !self->paused)
    return;
  self->paused = FALSE;
  self->begun_us = g_get_monotonic_time ();
  self->has_worked = FALSE;
  self->state = "running";
  save (self);
  leyden_experiment_changed (self);
  if (self->held)
    leyden_experiment_perform (self);
  else
    leyden_experiment_go_on (self);
}

/**
 * leyden_experiment_stop:
 * @self: the experiment
 * @with_test: whether the best so far is still compared with the baseline on the test items
 *
 * Ends the search. Rollouts under way are cancelled; what is known stays. The state becomes "stopped" when all of it is stored.
 */
void
leyden_experiment_stop (LeydenExperiment *self,
                        gboolean          with_test)
{
  LeydenTrainer *trainer;

  g_return_if_fail (LEYDEN_IS_EXPERIMENT (self));

  trainer = self->trainer;
  if (!is_under_way (self) || (trainer->search_ended && with_test))
    return;
  leyden_trainer_stop (trainer, "user", !with_test);
  trainer->stop_reason = "user";
  self->paused = FALSE;
  self->state = "running";
  if (trainer->request.kind == LEYDEN_TRAINER_NOTHING)
    return;
  save (self);
  for (guint i = 0; i < self->active->len; i++)
    leyden_rollout_cancel (g_ptr_array_index (self->active, i), _("The training was stopped"));
  if (self->held)
    {
      self->held = FALSE;
      leyden_experiment_advance (self);
    }
  else
    leyden_experiment_go_on (self);
}

void
leyden_experiment_suspend (LeydenExperiment *self)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT (self));

  if (!self->started || self->finished || self->suspended)
    return;
  self->suspended = TRUE;
  clear_changed (self);
  g_cancellable_cancel (self->cancellable);
  leyden_experiment_let_go (self, FALSE);
  g_object_unref (self);                /* the one from start */
}

/* ---- Asking ---- */

const char *
leyden_experiment_get_id (LeydenExperiment *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT (self), NULL);
  return self->id;
}

const char *
leyden_experiment_get_state (LeydenExperiment *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT (self), NULL);
  return self->state;
}

gboolean
leyden_experiment_is_finished (LeydenExperiment *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT (self), FALSE);
  return self->finished;
}

const GError *
leyden_experiment_get_error (LeydenExperiment *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT (self), NULL);
  return self->error;
}

static void
leyden_experiment_dispose (GObject *object)
{
  LeydenExperiment *self = LEYDEN_EXPERIMENT (object);

  clear_changed (self);
  leyden_experiment_let_go (self, FALSE);
  G_OBJECT_CLASS (leyden_experiment_parent_class)->dispose (object);
}

static void
leyden_experiment_finalize (GObject *object)
{
  LeydenExperiment *self = LEYDEN_EXPERIMENT (object);

  g_clear_pointer (&self->trainer, leyden_trainer_free);
  g_clear_pointer (&self->active, g_ptr_array_unref);
  g_clear_pointer (&self->slots, g_ptr_array_unref);
  g_clear_pointer (&self->definition, leyden_value_unref);
  g_clear_pointer (&self->stored, leyden_value_unref);
  g_clear_pointer (&self->verdict, leyden_value_unref);
  g_clear_pointer (&self->planned, leyden_value_unref);
  g_clear_pointer (&self->plan, leyden_plan_unref);
  g_clear_object (&self->types);
  g_clear_object (&self->transport);
  g_clear_object (&self->store);
  g_clear_object (&self->engine);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_free (self->id);
  g_free (self->key);
  g_free (self->env);
  g_free (self->endpoint);
  g_free (self->model);

  G_OBJECT_CLASS (leyden_experiment_parent_class)->finalize (object);
}

static void
leyden_experiment_class_init (LeydenExperimentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = leyden_experiment_dispose;
  object_class->finalize = leyden_experiment_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_experiment_init (LeydenExperiment *self)
{
  self->state = "queued";
  self->active = g_ptr_array_new_with_free_func (g_object_unref);
  self->cancellable = g_cancellable_new ();
}
