/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-work.h"

#include <string.h>

#include "leyden-dataset.h"
#include "leyden-id.h"
#include "leyden-json.h"

/* A month: the engine wants a limit where the rollout has none. */
#define NO_DEADLINE_S (31 * 24 * 3600)

void
leyden_work_flow_free (LeydenWorkFlow *self)
{
  g_free (self->name);
  g_free (self->id);
  leyden_plan_unref (self->plan);
  g_clear_pointer (&self->mapping, leyden_value_unref);
  g_free (self);
}

/* ---- The input ---- */

static gboolean
has_columns (LeydenValue *mapping,
             LeydenValue *input)
{
  for (guint i = 0; i < leyden_value_get_size (mapping); i++)
    {
      const char *column = leyden_value_get_string (leyden_value_get_item (mapping, i), NULL);

      if (column == NULL || leyden_value_get_member (input, column) == NULL)
        return FALSE;
    }
  return TRUE;
}

/* By the columns of the flow's data set where they are there, else by names as a data set's are guessed. */
static LeydenValue *
map_object (const LeydenWorkFlow  *self,
            LeydenValue           *input,
            GError               **error)
{
  g_autoptr(GBytes) row = leyden_json_write_bytes (input, LEYDEN_JSON_COMPACT);
  g_autoptr(LeydenDataset) rows = leyden_dataset_parse (row, LEYDEN_DATASET_JSONL, NULL, FALSE, error);
  g_autoptr(LeydenValue) mapping = NULL;

  if (rows == NULL)
    return NULL;
  if (self->mapping != NULL && has_columns (self->mapping, input))
    mapping = leyden_value_ref (self->mapping);
  else
    mapping = leyden_dataset_guess_mapping (rows, leyden_plan_get_input_fields (self->plan));
  return leyden_dataset_map_row (rows, 0, mapping);
}

LeydenValue *
leyden_work_flow_make_input (const LeydenWorkFlow  *self,
                             LeydenValue           *input,
                             GError               **error)
{
  LeydenValue *fields = leyden_plan_get_input_fields (self->plan);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_kind (input) == LEYDEN_VALUE_OBJECT && leyden_value_get_size (input) > 0)
    return map_object (self, input, error);
  if (leyden_value_get_size (fields) > 1)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the flow has several fields, and the rollout's input is not an object");
      return NULL;
    }
  leyden_value_builder_begin_object (&b);
  if (leyden_value_get_size (fields) == 1 && leyden_value_get_kind (input) != LEYDEN_VALUE_OBJECT)
    leyden_value_builder_set (&b, leyden_value_get_member_string (leyden_value_get_item (fields, 0), "name", ""), input);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- A rollout ---- */

typedef struct
{
  const LeydenWorkAgentsSpec *spec;
  LeydenRollout              *rollout;
  GPtrArray                  *rewards;  /* payloads, in order */
  GSource                    *cancelled;
  gboolean                    stopped;
} Run;

static void
run_free (gpointer data)
{
  Run *self = data;

  if (self->cancelled != NULL)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  if (self->rollout != NULL)
    leyden_work_transport_unbind (self->spec->transport, leyden_rollout_get_id (self->rollout));
  g_clear_object (&self->rollout);
  g_ptr_array_unref (self->rewards);
  g_free (self);
}

static void
add_event (LeydenValueBuilder *b,
           const char         *type,
           LeydenValue        *data)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "event_type", type);
  leyden_value_builder_set (b, "data", data);
  leyden_value_builder_end (b);
}

/* What it gave, then its rewards: the last one is the rollout's. */
static LeydenValue *
make_events (Run *self)
{
  LeydenValue *result = leyden_rollout_get_result (self->rollout);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  if (result != NULL)
    {
      g_auto(LeydenValueBuilder) output = LEYDEN_VALUE_BUILDER_INIT;
      g_autoptr(LeydenValue) data = NULL;

      leyden_value_builder_begin_object (&output);
      leyden_value_builder_set (&output, "output", result);
      leyden_value_builder_end (&output);
      data = leyden_value_builder_end_value (&output);
      add_event (&b, "agent_output", data);
    }
  for (guint i = 0; i < self->rewards->len; i++)
    add_event (&b, "reward", g_ptr_array_index (self->rewards, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
record_cb (LeydenRollout *rollout,
           LeydenRecord  *record,
           Run           *self)
{
  if (strcmp (record->type, "reward") == 0)
    g_ptr_array_add (self->rewards, leyden_value_ref (record->payload));
}

static void
finished_cb (LeydenRollout *rollout,
             gpointer       data)
{
  g_autoptr(GTask) task = data;
  Run *self = g_task_get_task_data (task);
  const LeydenRolloutRow *row = leyden_rollout_get_row (rollout);
  g_autoptr(LeydenValue) events = make_events (self);
  gboolean ok = strcmp (leyden_rollout_get_state (rollout), "succeeded") == 0;
  const char *error = row->error != NULL ? row->error : "the flow failed";

  g_signal_handlers_disconnect_by_data (rollout, self);
  g_signal_handlers_disconnect_by_data (rollout, task);
  if (self->stopped)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  else
    g_task_return_pointer (task, leyden_work_outcome_new (ok ? NULL : error, events), (GDestroyNotify)leyden_work_outcome_free);
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  Run *self = g_task_get_task_data (data);

  self->stopped = TRUE;
  leyden_rollout_cancel (self->rollout, "the worker ends, or has lost the rollout");
  return G_SOURCE_REMOVE;
}

static void
start (GTask                *task,
       const LeydenWorkFlow *flow,
       const LeydenWorkItem *item,
       LeydenValue          *input)
{
  Run *self = g_task_get_task_data (task);
  g_autofree char *local = leyden_id_new_uuid7 ();
  g_autofree char *uri = leyden_work_item_dup_model_uri (item, self->spec->base);
  GCancellable *cancellable = g_task_get_cancellable (task);
  LeydenRolloutSpec spec = {
    .rollout = local, .attempt = item->attempt, .item = item->rollout, .split = item->train ? "train" : "validation", .plan = flow->plan,
    .input = input, .seed = (guint64)leyden_arguments_get_integer (self->spec->session->arguments, "seed", 42),
    .sample = leyden_fnv1a64 (item->rollout, strlen (item->rollout)) >> 33,
    .deadline_s = item->timeout_s > 0 ? (guint)item->timeout_s : NO_DEADLINE_S,
  };

  leyden_work_transport_bind (self->spec->transport, local, uri, item->key);
  self->rollout = leyden_engine_start_rollout (self->spec->session->engine, &spec);
  g_signal_connect (self->rollout, "record", G_CALLBACK (record_cb), self);
  g_signal_connect (self->rollout, "finished", G_CALLBACK (finished_cb), g_object_ref (task));
  if (cancellable == NULL)
    return;
  self->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->cancelled, G_SOURCE_FUNC (cancelled_cb), task, NULL);
  g_source_attach (self->cancelled, g_task_get_context (task));
}

void
leyden_work_flow_run_async (const LeydenWorkFlow       *self,
                            const LeydenWorkAgentsSpec *spec,
                            const LeydenWorkItem       *item,
                            GCancellable               *cancellable,
                            GAsyncReadyCallback         callback,
                            gpointer                    data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Run *run = g_new0 (Run, 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) input = leyden_work_flow_make_input (self, item->input, &error);

  run->spec = spec;
  run->rewards = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  g_task_set_source_tag (task, leyden_work_flow_run_async);
  g_task_set_task_data (task, run, run_free);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (input == NULL)
    g_task_return_pointer (task, leyden_work_outcome_new (error->message, NULL), (GDestroyNotify)leyden_work_outcome_free);
  else
    start (task, self, item, input);
}

LeydenWorkOutcome *
leyden_work_flow_run_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_work_flow_run_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
