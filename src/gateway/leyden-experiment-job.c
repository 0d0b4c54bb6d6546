/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-experiment-job.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-permission.h"
#include "leyden-text.h"

#define DEFAULT_OPTIMIZER "reflect"
#define MAX_TASK_CALLS 10000000

static gboolean
refuse (GError     **error,
        const char  *field,
        const char  *what)
{
  g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, "\"%s\" %s", field, what);
  return FALSE;
}

static gboolean
check_count (LeydenValue  *value,
             const char   *field,
             gint64        minimum,
             GError      **error)
{
  gint64 n;

  return leyden_value_is_null (value) || (leyden_value_get_int (value, &n) && n >= minimum && n <= MAX_TASK_CALLS)
         || refuse (error, field, "must be an integer of at most 10000000");
}

/* Of what is without limit when it is left out: 0 would be read as either. */
static gboolean
check_amount (LeydenValue  *value,
              const char   *field,
              GError      **error)
{
  double amount;

  return leyden_value_is_null (value) || (leyden_value_get_double (value, &amount) && amount > 0)
         || refuse (error, field, "must be a number above 0; leave it out for no limit");
}

static gboolean
check_tokens (LeydenValue  *value,
              GError      **error)
{
  gint64 n;

  return leyden_value_is_null (value) || (leyden_value_get_int (value, &n) && n > 0)
         || refuse (error, "budget.tokens", "must be an integer above 0; leave it out for no limit");
}

static gboolean
check_budget (LeydenValue  *budget,
              GError      **error)
{
  if (leyden_value_get_kind (budget) != LEYDEN_VALUE_OBJECT)
    return check_count (budget, "budget", 1, error);
  return check_count (leyden_value_get_member (budget, "task_calls"), "budget.task_calls", 1, error)
         && check_count (leyden_value_get_member (budget, "optimizer_calls"), "budget.optimizer_calls", 0, error)
         && check_tokens (leyden_value_get_member (budget, "tokens"), error)
         && check_amount (leyden_value_get_member (budget, "cost"), "budget.cost", error)
         && check_amount (leyden_value_get_member (budget, "wall_s"), "budget.wall_s", error);
}

static const char *
get_optimizer (LeydenValue *definition)
{
  return leyden_value_get_member_string (definition, "optimizer", DEFAULT_OPTIMIZER);
}

gboolean
leyden_experiment_definition_check (LeydenValue  *definition,
                                    GError      **error)
{
  LeydenValue *dataset = leyden_value_get_member (definition, "dataset");
  double failure_reward = leyden_value_get_member_double (definition, "failure_reward", 0);

  if (!leyden_run_definition_check (definition, error))
    return FALSE;
  if (leyden_value_is_null (dataset))
    return refuse (error, "dataset", "must be given");
  if (!leyden_value_is_null (leyden_value_get_member (dataset, "split")))
    return refuse (error, "dataset.split", "has no place here: training needs all three");
  if (failure_reward < 0 || failure_reward > 1)
    return refuse (error, "failure_reward", "must be from 0 to 1");
  if (leyden_optimizer_find (get_optimizer (definition)) == NULL)
    {
      g_autofree char *shown = leyden_text_escape (get_optimizer (definition), -1, 60);

      g_set_error (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_OPTIMIZER, _("There is no optimiser “%s”"), shown);
      return FALSE;
    }
  return check_budget (leyden_value_get_member (definition, "budget"), error);
}

char *
leyden_experiment_definition_hash (LeydenValue *definition)
{
  static const char * const names[] = { "budget", "optimizer_model", "failure_reward", "deadline_s" };
  g_autofree char *run = leyden_run_definition_hash (definition);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", run);
  leyden_value_builder_set_string (&b, "optimizer", get_optimizer (definition));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    leyden_value_builder_set (&b, names[i], leyden_value_get_member (definition, names[i]));
  if (leyden_value_get_member_string (definition, "outside", NULL) != NULL)
    leyden_value_builder_set (&b, "outside", leyden_value_get_member (definition, "outside"));
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_hash (value);
}

static LeydenBudget
read_budget (LeydenValue *budget)
{
  LeydenBudget out = { .optimizer_calls = -1 };
  gint64 n = 0;

  if (leyden_value_get_int (budget, &n))
    out.task_calls = (guint64) MAX (n, 0);
  if (leyden_value_get_kind (budget) != LEYDEN_VALUE_OBJECT)
    return out;
  out.task_calls = (guint64) MAX (leyden_value_get_member_int (budget, "task_calls", 0), 0);
  out.optimizer_calls = leyden_value_get_member_int (budget, "optimizer_calls", -1);
  out.tokens = (guint64) MAX (leyden_value_get_member_int (budget, "tokens", 0), 0);
  out.cost = leyden_value_get_member_double (budget, "cost", 0);
  out.wall_s = (guint) CLAMP (ceil (leyden_value_get_member_double (budget, "wall_s", 0)), 0, G_MAXINT32);
  return out;
}

/* ---- What a flow reaches ---- */

/* Names of the endpoints in models anywhere in @value: parameters, values that may be tried, bodies. */
static void
collect_endpoints (LeydenValue *value,
                   GHashTable  *names)
{
  LeydenValueKind kind = leyden_value_get_kind (value);
  const char *endpoint = leyden_value_get_member_string (value, "endpoint", NULL);

  if (endpoint != NULL)
    g_hash_table_add (names, g_strdup (endpoint));
  if (kind == LEYDEN_VALUE_OBJECT || kind == LEYDEN_VALUE_LIST)
    for (guint i = 0; i < leyden_value_get_size (value); i++)
      collect_endpoints (leyden_value_get_item (value, i), names);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static void
describe_endpoint (GPtrArray            *parts,
                   const LeydenEndpoint *endpoint)
{
  if (endpoint != NULL && !endpoint->simulated)
    g_ptr_array_add (parts, g_strjoin ("\n", "endpoint", endpoint->name, endpoint->base_uri != NULL ? endpoint->base_uri : "",
                                       endpoint->wire != NULL ? endpoint->wire : "",
                                       endpoint->default_model != NULL ? endpoint->default_model : "", NULL));
}

char *
leyden_experiment_hash_outside (LeydenFlow      *flow,
                                LeydenNodeTypes *types,
                                LeydenModels    *models,
                                LeydenValue     *model)
{
  g_autoptr(LeydenValue) document = leyden_flow_to_value (flow);
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GPtrArray) permissions = leyden_permissions_of_flow (flow, types);
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  GHashTableIter iter;
  gpointer name;

  collect_endpoints (document, names);
  collect_endpoints (model, names);
  g_hash_table_add (names, g_strdup (leyden_models_get_default_endpoint (models)));
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    describe_endpoint (parts, leyden_models_get_endpoint (models, name));
  for (guint i = 0; i < permissions->len; i++)
    {
      const LeydenPermission *permission = g_ptr_array_index (permissions, i);

      if (permission->program != NULL)
        g_ptr_array_add (parts, g_strconcat ("program\n", permission->hash, NULL));
    }
  if (parts->len == 0)
    return NULL;
  g_ptr_array_sort (parts, compare_names);
  g_ptr_array_add (parts, NULL);
  text = g_strjoinv ("\n\n", (char **) parts->pdata);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

LeydenExperiment *
leyden_run_job_make_experiment (LeydenRunJob  *self,
                                LeydenEngine  *engine,
                                LeydenModels  *models,
                                const char    *experiment,
                                const char    *key,
                                gboolean       rerun_unsafe,
                                GError       **error)
{
  LeydenValue *definition = leyden_run_job_get_definition (self);
  LeydenValue *model = leyden_value_get_member (definition, "optimizer_model");
  g_autofree LeydenRunItem *items = leyden_run_job_list_items (self);
  g_autofree char *outside = leyden_experiment_hash_outside (leyden_plan_get_flow (leyden_run_job_get_plan (self)), leyden_run_job_get_types (self),
                                                             models, leyden_value_get_member (definition, "model"));
  LeydenExperimentSpec spec = {
    .experiment = experiment, .key = key, .plan = leyden_run_job_get_plan (self), .types = leyden_run_job_get_types (self),
    .definition = definition, .items = items, .n_items = leyden_run_job_get_n_items (self), .optimizer = get_optimizer (definition),
    .budget = read_budget (leyden_value_get_member (definition, "budget")),
    .seed = (guint64) leyden_value_get_member_int (definition, "seed", 42),
    .concurrency = (guint) leyden_value_get_member_int (definition, "concurrency", 0),
    .failure_reward = leyden_value_get_member_double (definition, "failure_reward", 0),
    .deadline_s = (guint) leyden_value_get_member_int (definition, "deadline_s", 0),
    .fresh = leyden_value_get_member_boolean (definition, "fresh", FALSE),
    .rerun_unsafe = rerun_unsafe, .outside = outside,
    .endpoint = leyden_value_get_member_string (model, "endpoint", NULL),
    .model = leyden_value_get_member_string (model, "model", leyden_value_get_string (model, NULL)),
  };

  spec.time_scale = leyden_run_definition_get_time_scale (definition);
  return leyden_experiment_new (engine, LEYDEN_MODEL_TRANSPORT (models), &spec, error);
}
