/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-job-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-edit.h"
#include "leyden-gateway-private.h"
#include "leyden-part.h"
#include "leyden-redact.h"
#include "leyden-run-flow.h"
#include "leyden-text.h"

G_DEFINE_QUARK (leyden-gateway-error-quark, leyden_gateway_error)

static void
item_clear (gpointer data)
{
  LeydenRunJobItem *item = data;

  g_free (item->item);
  g_free (item->split);
  leyden_value_unref (item->input);
}

void
leyden_run_job_free (LeydenRunJob *self)
{
  if (self == NULL)
    return;
  leyden_value_unref (self->definition);
  g_clear_object (&self->store);
  g_clear_object (&self->types);
  g_clear_object (&self->dataset);
  g_clear_pointer (&self->plan, leyden_plan_unref);
  g_clear_pointer (&self->items, g_array_unref);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->part, leyden_value_unref);
  g_clear_pointer (&self->debug, leyden_debug_unref);
  g_free (self);
}

/* ---- Flow: give nodes without a model the run's, plan. In a thread. ---- */

static LeydenValue *
dup_model_parameter (LeydenValue *model)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", leyden_value_get_member_string (model, "endpoint", NULL));
  if (!leyden_value_is_null (leyden_value_get_member (model, "model")))
    leyden_value_builder_set (&b, "model", leyden_value_get_member (model, "model"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
add_model (LeydenEdit         *edit,
           const char * const *scope,
           LeydenNode         *node,
           LeydenNodeTypes    *types,
           LeydenValue        *model)
{
  const LeydenNodeType *type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));

  for (guint i = 0; type != NULL && i < type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (type->parameters, i);

      if (parameter->kind == LEYDEN_PARAMETER_MODEL && leyden_node_types_is_in_use (types, node, parameter)
          && leyden_value_is_null (leyden_node_types_get_parameter (types, node, parameter->name)))
        leyden_edit_add_in (edit, scope, LEYDEN_ELEMENT_NODE, leyden_node_get_id (node),
                            (const char * const[]) { "parameters", parameter->name, NULL }, model);
    }
}

static void
add_models (LeydenEdit      *edit,
            LeydenFlow      *flow,
            LeydenNodeTypes *types,
            LeydenValue     *model)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);
  g_auto(GStrv) scope = leyden_flow_dup_scope (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      LeydenFlow *body = leyden_flow_get_body (flow, leyden_node_get_id (node));

      add_model (edit, (const char * const *) scope, node, types, model);
      if (body != NULL)
        add_models (edit, body, types, model);
    }
}

/* The run's model is put into the flow that runs, so that it holds for a resume whatever the default is then. */
static gboolean
apply_model (LeydenFlow       *flow,
             LeydenNodeTypes  *types,
             LeydenValue      *model,
             GError          **error)
{
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("model");
  g_autoptr(LeydenValue) value = NULL;

  if (leyden_value_is_null (model))
    return TRUE;
  value = dup_model_parameter (model);
  add_models (edit, flow, types, value);
  return leyden_edit_get_n_changes (edit) == 0 || leyden_flow_apply (flow, edit, error);
}

static void
plan_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  LeydenRunJob *self = task_data;
  g_autoptr(LeydenFlow) flow = g_steal_pointer (&self->flow);
  GError *error = NULL;

  if (apply_model (flow, self->types, leyden_value_get_member (self->definition, "model"), &error))
    self->plan = self->part != NULL ? leyden_plan_new_part (flow, self->types, self->part, &error) : leyden_plan_new (flow, self->types, &error);

  if (self->plan != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* ---- Preparing: flow → plan → data set blob → rows ---- */

static void
job_done (GTask  *task,
          GError *error)
{
  g_autoptr(GTask) owned = task;

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static LeydenValue *
get_own_mapping (LeydenRunJob *self)
{
  LeydenValue *mapping = leyden_value_get_member (leyden_run_job_find_own_dataset (self), "mapping");

  return leyden_value_get_kind (mapping) == LEYDEN_VALUE_OBJECT
           ? leyden_value_ref (mapping)
           : leyden_dataset_guess_mapping (self->dataset, leyden_plan_get_input_fields (self->plan));
}

static void
own_dataset_loaded_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  GTask *task = user_data;
  LeydenRunJob *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->dataset = leyden_dataset_load_finish (result, &error);
  if (self->dataset != NULL)
    {
      g_autoptr(LeydenValue) mapping = get_own_mapping (self);

      leyden_run_job_add_training_rows (self, mapping);
    }
  g_clear_object (&self->dataset);
  job_done (task, error);
}

static void
own_dataset_opened_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  GTask *task = user_data;
  LeydenRunJob *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);

  if (path != NULL)
    {
      leyden_dataset_load_async (path, leyden_value_get_member_string (leyden_run_job_find_own_dataset (self), "name", "data.jsonl"), -1, NULL, FALSE, 0,
                                 g_task_get_cancellable (task), own_dataset_loaded_cb, task);
      return;
    }
  /* Then it was never run over here: the node that would learn from it says so. */
  if (g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    g_clear_error (&error);
  job_done (task, error);
}

/* Rows are named by the reader; the file is known by its own name only, since it lies here as a blob. */
static void
name_dataset (LeydenRunJob  *self,
              GError       **error)
{
  const char *name = leyden_value_get_member_string (leyden_value_get_member (self->definition, "dataset"), "name", NULL);
  g_autofree char *shown = NULL;

  if (name == NULL || *error == NULL || (*error)->domain != LEYDEN_DATASET_ERROR || (*error)->code == LEYDEN_DATASET_ERROR_FILE)
    return;
  shown = leyden_text_escape (name, -1, 200);
  g_prefix_error (error, "%s: ", shown);
}

static void
dataset_loaded_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  GTask *task = user_data;
  LeydenRunJob *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->dataset = leyden_dataset_load_finish (result, &error);
  name_dataset (self, &error);
  if (self->dataset != NULL)
    leyden_run_job_add_rows (self, &error);
  /* Rows live on in the items. */
  g_clear_object (&self->dataset);
  job_done (task, error);
}

static int
get_format (LeydenValue *dataset)
{
  const char *format = leyden_value_get_member_string (dataset, "format", NULL);

  if (format == NULL)
    return -1;
  return strcmp (format, "csv") == 0 ? LEYDEN_DATASET_CSV : LEYDEN_DATASET_JSONL;
}

static void
dataset_opened_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  GTask *task = user_data;
  LeydenRunJob *self = g_task_get_task_data (task);
  LeydenValue *dataset = leyden_value_get_member (self->definition, "dataset");
  g_autofree char *path = NULL;
  GError *error = NULL;

  path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);
  if (path == NULL)
    {
      leyden_run_blob_missing (&error, _("data set"), leyden_value_get_member_string (dataset, "sha256", ""));
      job_done (task, error);
      return;
    }
  leyden_dataset_load_async (path, leyden_value_get_member_string (dataset, "name", "data.jsonl"), get_format (dataset),
                             leyden_value_get_member_string (dataset, "encoding", NULL), FALSE, 0, g_task_get_cancellable (task),
                             dataset_loaded_cb, task);
}

static void
planned_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  GTask *task = user_data;
  LeydenRunJob *self = g_task_get_task_data (task);
  LeydenValue *dataset = leyden_value_get_member (self->definition, "dataset");
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      job_done (task, error);
      return;
    }
  if (leyden_value_is_null (dataset))
    {
      leyden_run_job_add_input (self);
      if (leyden_plan_learns (self->plan) && leyden_run_job_find_own_dataset (self) != NULL)
        leyden_store_open_blob_async (self->store, leyden_value_get_member_string (leyden_run_job_find_own_dataset (self), "sha256", ""),
                                      g_task_get_cancellable (task), own_dataset_opened_cb, task);
      else
        job_done (task, NULL);
      return;
    }
  leyden_store_open_blob_async (self->store, leyden_value_get_member_string (dataset, "sha256", ""), g_task_get_cancellable (task),
                                dataset_opened_cb, task);
}

static void
run_in_thread (GTask              *task,
               GTaskThreadFunc     func,
               GAsyncReadyCallback callback)
{
  g_autoptr(GTask) part = g_task_new (NULL, g_task_get_cancellable (task), callback, task);

  g_task_set_source_tag (part, func);
  g_task_set_task_data (part, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (part, func);
}

static void
flow_read_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  GTask *task = user_data;
  LeydenRunJob *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->flow = leyden_run_read_flow_finish (result, &self->part, &error);
  if (self->flow == NULL)
    job_done (task, error);
  else
    run_in_thread (task, plan_thread, planned_cb);
}

void
leyden_run_job_prepare_async (LeydenStore         *store,
                              LeydenNodeTypes     *types,
                              LeydenValue         *definition,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  LeydenRunJob *self;
  GTask *task;
  GError *error = NULL;
  const char *flow;

  g_return_if_fail (LEYDEN_IS_STORE (store) && LEYDEN_IS_NODE_TYPES (types));

  self = g_new0 (LeydenRunJob, 1);
  self->definition = leyden_value_ref (definition);
  self->store = g_object_ref (store);
  self->types = g_object_ref (types);
  self->items = g_array_new (FALSE, FALSE, sizeof (LeydenRunJobItem));
  g_array_set_clear_func (self->items, item_clear);
  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_run_job_prepare_async);
  g_task_set_task_data (task, self, (GDestroyNotify)leyden_run_job_free);

  if (!leyden_run_definition_check (definition, &error))
    {
      job_done (task, error);
      return;
    }
  flow = leyden_value_get_member_string (definition, "flow", NULL);
  if (!leyden_gateway_is_sha256 (flow))
    {
      error = g_error_new_literal (LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, "\"flow\" must be the digest of a document");
      job_done (task, error);
      return;
    }
  leyden_run_read_flow_async (store, definition, cancellable, flow_read_cb, task);
}

LeydenRunJob *
leyden_run_job_prepare_finish (GAsyncResult  *result,
                               GError       **error)
{
  LeydenRunJob *self, *copy;

  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_run_job_prepare_async), NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  /* The task keeps an empty shell. */
  self = g_task_get_task_data (G_TASK (result));
  copy = g_new0 (LeydenRunJob, 1);
  copy->definition = leyden_value_ref (self->definition);
  copy->store = g_object_ref (self->store);
  copy->types = g_object_ref (self->types);
  copy->plan = g_steal_pointer (&self->plan);
  copy->part = g_steal_pointer (&self->part);
  copy->items = g_steal_pointer (&self->items);
  return copy;
}

void
leyden_run_job_redact (LeydenRunJob *self,
                       char       *(*redact) (const char *text, gssize length, gpointer data),
                       gpointer      data)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      LeydenRunJobItem *item = &g_array_index (self->items, LeydenRunJobItem, i);
      LeydenValue *redacted = leyden_redact_value (item->input, redact, data);

      leyden_value_unref (item->input);
      item->input = redacted;
    }
}

LeydenRunItem *
leyden_run_job_list_items (LeydenRunJob *self)
{
  LeydenRunItem *items = g_new0 (LeydenRunItem, self->items->len + 1);

  for (guint i = 0; i < self->items->len; i++)
    {
      LeydenRunJobItem *item = &g_array_index (self->items, LeydenRunJobItem, i);

      items[i] = (LeydenRunItem){ item->item, item->split, item->index, item->input };
    }
  return items;
}

const char *
leyden_run_job_get_scope (LeydenRunJob *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return leyden_value_get_member_string (self->part, "scope", NULL);
}

LeydenDebug *
leyden_run_job_get_debug (LeydenRunJob *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->debug;
}

void
leyden_run_job_set_debug (LeydenRunJob *self,
                          LeydenDebug  *debug)
{
  g_return_if_fail (self != NULL);

  leyden_debug_ref (debug);
  g_clear_pointer (&self->debug, leyden_debug_unref);
  self->debug = debug;
}

LeydenNodeTypes *
leyden_run_job_get_types (LeydenRunJob *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->types;
}

LeydenValue *
leyden_run_job_get_definition (LeydenRunJob *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->definition;
}

void
leyden_run_job_set_definition (LeydenRunJob *self,
                               LeydenValue  *definition)
{
  leyden_value_ref (definition);
  leyden_value_unref (self->definition);
  self->definition = definition;
}

LeydenRun *
leyden_run_job_start (LeydenRunJob *self,
                      LeydenEngine *engine,
                      const char   *run,
                      const char   *key,
                      gboolean      rerun_unsafe,
                      gboolean      retry_failed)
{
  g_autofree LeydenRunItem *items = NULL;
  LeydenRunSpec spec = { 0 };

  g_return_val_if_fail (self != NULL && self->plan != NULL, NULL);

  items = leyden_run_job_list_items (self);
  spec.run = run;
  spec.key = key;
  spec.plan = self->plan;
  spec.definition = self->definition;
  spec.seed = (guint64)leyden_value_get_member_int (self->definition, "seed", 42);
  spec.concurrency = (guint)leyden_value_get_member_int (self->definition, "concurrency", 0);
  spec.time_scale = leyden_run_definition_get_time_scale (self->definition);
  spec.deadline_s = (guint)leyden_value_get_member_int (self->definition, "deadline_s", 0);
  spec.rerun_unsafe = rerun_unsafe;
  spec.ask_people = TRUE;
  spec.retry_failed = retry_failed;
  spec.part = self->part;
  spec.debug = self->debug;
  spec.cache = leyden_run_definition_get_cache (self->definition);
  return leyden_engine_start_run (engine, &spec, items, self->items->len);
}

guint
leyden_run_job_get_n_items (LeydenRunJob *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->items->len;
}

LeydenPlan *
leyden_run_job_get_plan (LeydenRunJob *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->plan;
}

LeydenCacheMode
leyden_run_definition_get_cache (LeydenValue *definition)
{
  gboolean try = g_strcmp0 (leyden_value_get_member_string (definition, "purpose", NULL), "try") == 0
                 || !leyden_value_is_null (leyden_value_get_member (definition, "part"));
  const char *cache = leyden_value_get_member_string (definition, "cache", try ? "use" : "off");

  return strcmp (cache, "use") == 0 ? LEYDEN_CACHE_USE : strcmp (cache, "refresh") == 0 ? LEYDEN_CACHE_REFRESH : LEYDEN_CACHE_OFF;
}

double
leyden_run_definition_get_time_scale (LeydenValue *definition)
{
  const char *pace = leyden_value_get_member_string (definition, "pace", "real");

  return g_str_equal (pace, "fast") ? 0 : g_str_equal (pace, "brisk") ? 0.1 : 1;
}
