/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-job.h"

#include <glib/gi18n-lib.h>

#include "leyden-dataset.h"
#include "leyden-edit.h"
#include "leyden-gateway-private.h"
#include "leyden-json.h"
#include "leyden-part.h"
#include "leyden-redact.h"
#include "leyden-run-flow.h"
#include "leyden-text.h"

G_DEFINE_QUARK (leyden-gateway-error-quark, leyden_gateway_error)

typedef struct
{
  char        *item;
  char        *split;
  gint64       index;
  LeydenValue *input;
} Item;

struct _LeydenRunJob
{
  LeydenValue     *definition;
  LeydenStore     *store;
  LeydenNodeTypes *types;
  LeydenFlow      *flow;                /* until it is planned */
  LeydenValue     *part;                /* NULL: the whole flow runs */
  LeydenPlan      *plan;
  LeydenDataset   *dataset;
  LeydenDebug     *debug;               /* nullable */
  GArray          *items;               /* Item */
};

static void
item_clear (gpointer data)
{
  Item *item = data;

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

/* ---- Items ---- */

/* The value of the field with role "id" names the item, as data_id does in a data set. */
static char *
dup_item_of_input (LeydenPlan  *plan,
                   LeydenValue *input)
{
  LeydenValue *fields = leyden_plan_get_input_fields (plan);

  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      LeydenValue *value;

      if (g_strcmp0 (leyden_value_get_member_string (field, "role", NULL), "id") != 0)
        continue;
      value = leyden_value_get_member (input, leyden_value_get_member_string (field, "name", ""));
      if (leyden_value_get_kind (value) == LEYDEN_VALUE_STRING)
        return g_strdup (leyden_value_get_string (value, NULL));
      if (!leyden_value_is_null (value))
        return leyden_json_write (value, LEYDEN_JSON_CANONICAL);
    }
  return g_strdup ("0");
}

static void
add_input (LeydenRunJob *self)
{
  LeydenValue *own = leyden_value_get_member (self->definition, "input");
  LeydenValue *input = self->part != NULL ? leyden_value_get_member (self->part, "input") : own;
  Item item = { dup_item_of_input (self->plan, input), NULL, 0, leyden_value_ref (input) };

  g_array_append_val (self->items, item);
}

static gboolean
has_column (LeydenDataset *dataset,
            const char    *name)
{
  LeydenValue *columns = leyden_dataset_get_columns (dataset);

  for (guint i = 0; i < leyden_value_get_size (columns); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (columns, i), "name", NULL), name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
has_field (LeydenValue *fields,
           const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", NULL), name) == 0)
      return TRUE;
  return FALSE;
}

/* Single fields that the definition names a column for, over what was given or guessed. NULL: there is no such field or column. */
static LeydenValue *
put_columns (LeydenRunJob  *self,
             LeydenValue   *mapping,
             LeydenValue   *columns,
             GError       **error)
{
  LeydenValue *fields = leyden_plan_get_input_fields (self->plan);
  LeydenValue *all = leyden_value_ref (mapping);

  for (guint i = 0; i < leyden_value_get_size (columns); i++)
    {
      const char *field = leyden_value_get_key (columns, i);
      const char *column = leyden_value_get_string (leyden_value_get_item (columns, i), NULL);
      gboolean no_field = !has_field (fields, field);
      LeydenValue *more;

      if (no_field || !has_column (self->dataset, column))
        {
          g_autofree char *shown = leyden_text_escape (no_field ? field : column != NULL ? column : "", -1, 80);

          g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION,
                       no_field ? _("The flow has no input “%s”") : _("The data set has no column “%s”"), shown);
          leyden_value_unref (all);
          return NULL;
        }
      more = leyden_value_with_member (all, field, leyden_value_get_item (columns, i));
      leyden_value_unref (all);
      all = more;
    }
  return all;
}

/* A required field that no column feeds would fail every row: said once, before anything starts. */
static gboolean
check_mapping (LeydenRunJob  *self,
               LeydenValue   *mapping,
               GError       **error)
{
  LeydenValue *fields = leyden_plan_get_input_fields (self->plan);

  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      const char *name = leyden_value_get_member_string (field, "name", "");
      g_autofree char *shown = NULL;

      if (!leyden_value_get_member_boolean (field, "required", FALSE)
          || !leyden_value_is_null (leyden_value_get_member (field, "default"))
          || has_column (self->dataset, leyden_value_get_member_string (mapping, name, NULL)))
        continue;
      shown = leyden_text_escape (name, -1, 80);
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION,
                   _("No column of the data set feeds the required input “%s”; map one to it"), shown);
      return FALSE;
    }
  return TRUE;
}

/* Types whose values are read from text. */
static gboolean
find_kind (const char      *type,
           LeydenValueKind *kind)
{
  static const struct
  {
    const char      *type;
    LeydenValueKind  kind;
  } kinds[] = {
    { "number", LEYDEN_VALUE_NUMBER }, { "reward", LEYDEN_VALUE_NUMBER }, { "boolean", LEYDEN_VALUE_BOOLEAN },
    { "object", LEYDEN_VALUE_OBJECT }, { "list", LEYDEN_VALUE_LIST }, { "messages", LEYDEN_VALUE_LIST },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kinds[i].type, type) == 0)
      {
        *kind = kinds[i].kind;
        return TRUE;
      }
  return FALSE;
}

/* Cells of CSV are text, and so are many numbers of JSONL: what a typed field takes is read from them, and an empty cell or null
 * gives it nothing (NULL). What does not read stays as it is, and the engine says which field refused it. */
static LeydenValue *
read_cell (LeydenValue *cell,
           const char  *type)
{
  const char *text = leyden_value_get_string (cell, NULL);
  g_autofree char *bare = text != NULL ? g_strstrip (g_strdup (text)) : NULL;
  g_autoptr(LeydenValue) value = NULL;
  LeydenValueKind kind;

  if (!find_kind (type, &kind) || (text == NULL && !leyden_value_is_null (cell)))
    return leyden_value_ref (cell);
  if (text == NULL || *bare == '\0')
    return NULL;
  value = leyden_json_parse (bare, -1, NULL, NULL);
  return value != NULL && leyden_value_get_kind (value) == kind ? g_steal_pointer (&value) : leyden_value_ref (cell);
}

static const char *
find_type (LeydenValue *fields,
           const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", NULL), name) == 0)
      return leyden_value_get_member_string (leyden_value_get_item (fields, i), "type", NULL);
  return NULL;
}

static LeydenValue *
map_row (LeydenRunJob *self,
         guint         index,
         LeydenValue  *mapping)
{
  LeydenValue *fields = leyden_plan_get_input_fields (self->plan);
  g_autoptr(LeydenValue) row = leyden_dataset_map_row (self->dataset, index, mapping);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (row); i++)
    {
      const char *name = leyden_value_get_key (row, i);
      LeydenValue *value = read_cell (leyden_value_get_item (row, i), find_type (fields, name));

      if (value != NULL)
        leyden_value_builder_set_take (&b, name, value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Kinds that learn see the train rows of the whole data set, whatever part of it is run over. */
static void
add_training_rows (LeydenRunJob *self,
                   LeydenValue  *mapping)
{
  guint n_rows = leyden_dataset_get_n_rows (self->dataset);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) rows = NULL;

  if (!leyden_plan_learns (self->plan))
    return;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n_rows; i++)
    if (g_str_equal (leyden_dataset_get_split (self->dataset, i), "train"))
      leyden_value_builder_take (&b, map_row (self, i, mapping));
  leyden_value_builder_end (&b);
  rows = leyden_value_builder_end_value (&b);
  if (leyden_value_get_size (rows) > 0)
    leyden_plan_set_training_rows (self->plan, rows);
}

static gboolean
add_rows (LeydenRunJob  *self,
          GError       **error)
{
  LeydenValue *definition = leyden_value_get_member (self->definition, "dataset");
  LeydenValue *given = leyden_value_get_member (definition, "mapping");
  const char *split = leyden_value_get_member_string (definition, "split", NULL);
  gint64 limit = leyden_value_get_member_int (definition, "limit", G_MAXINT32);
  gint64 only = leyden_value_get_member_int (definition, "row", -1);
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(LeydenValue) mapping = NULL;
  guint n_rows = leyden_dataset_get_n_rows (self->dataset);

  found = leyden_value_is_null (given)
            ? leyden_dataset_guess_mapping (self->dataset, leyden_plan_get_input_fields (self->plan))
            : leyden_value_ref (given);
  mapping = put_columns (self, found, leyden_value_get_member (definition, "columns"), error);
  if (mapping == NULL || !check_mapping (self, mapping, error))
    return FALSE;
  add_training_rows (self, mapping);

  for (guint i = 0; i < n_rows && self->items->len < limit; i++)
    {
      const char *row_split = leyden_dataset_get_split (self->dataset, i);
      Item item;

      if ((split != NULL && strcmp (split, row_split) != 0) || (only >= 0 && only != i))
        continue;
      item.item = leyden_dataset_dup_item (self->dataset, i);
      item.split = g_strdup (row_split);
      item.index = i;
      item.input = map_row (self, i, mapping);
      g_array_append_val (self->items, item);
    }
  if (self->items->len > 0)
    return TRUE;
  if (only >= 0)
    g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("The data set has no such row"));
  else
    g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("The data set has no rows of the split “%s”"),
                 split == NULL ? "" : split);
  return FALSE;
}

/* The first data set that the flow names, for kinds that learn when a single input is tried. */
static LeydenValue *
find_own_dataset (LeydenRunJob *self)
{
  LeydenValue *list = leyden_flow_get_property_value (leyden_plan_get_flow (self->plan), "datasets");

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (leyden_gateway_is_sha256 (leyden_value_get_member_string (leyden_value_get_item (list, i), "sha256", NULL)))
      return leyden_value_get_item (list, i);
  return NULL;
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
  LeydenValue *mapping = leyden_value_get_member (find_own_dataset (self), "mapping");

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

      add_training_rows (self, mapping);
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
      leyden_dataset_load_async (path, leyden_value_get_member_string (find_own_dataset (self), "name", "data.jsonl"), -1, NULL, FALSE, 0,
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
    add_rows (self, &error);
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
      add_input (self);
      if (leyden_plan_learns (self->plan) && find_own_dataset (self) != NULL)
        leyden_store_open_blob_async (self->store, leyden_value_get_member_string (find_own_dataset (self), "sha256", ""),
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
  self->items = g_array_new (FALSE, FALSE, sizeof (Item));
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
      Item *item = &g_array_index (self->items, Item, i);
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
      Item *item = &g_array_index (self->items, Item, i);

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
