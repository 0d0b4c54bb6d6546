/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-run.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-check.h"
#include "leyden-json.h"
#include "leyden-models.h"
#include "leyden-nodes.h"
#include "leyden-run-job.h"
#include "leyden-secrets.h"
#include "leyden-text.h"

#define MAX_FLOW (64 * 1024 * 1024)
/* The endpoint that --model URL makes, and the name under which its key is looked up (LEYDEN_KEY_MODEL). */
#define COMMAND_ENDPOINT "command-line"
#define COMMAND_SECRET "model"
/* Calls at once that an endpoint may be told to take; more items than that wait for each other. */
#define MAX_CALLS 1024

/* One `leydenctl run`. */
typedef struct
{
  LeydenArguments   *arguments;
  gboolean           json;
  gboolean           over_dataset;
  LeydenFlow        *flow;
  LeydenSqliteStore *store;
  LeydenSecrets     *secrets;
  LeydenModels      *models;
  LeydenEngine      *engine;
  char              *endpoint;          /* what the run's model is */
  char              *model_name;
  LeydenValue       *input;
  LeydenValue       *definition;
  char              *key;
  char              *run_id;            /* of an equal run that is there */
  LeydenRun         *run;
  guint              printed;           /* items whose line is out */
  gboolean           finished;
} Job;

static void
job_clear (Job *job)
{
  if (job->run != NULL)
    g_signal_handlers_disconnect_by_data (job->run, job);
  g_clear_object (&job->run);
  g_clear_object (&job->engine);
  if (job->store != NULL)
    leyden_sqlite_store_close (job->store);
  g_clear_object (&job->store);
  g_clear_object (&job->models);
  g_clear_object (&job->secrets);
  g_clear_object (&job->flow);
  g_clear_pointer (&job->input, leyden_value_unref);
  g_clear_pointer (&job->definition, leyden_value_unref);
  g_free (job->endpoint);
  g_free (job->model_name);
  g_free (job->key);
  g_free (job->run_id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static void
spin (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* ---- The flow ---- */

static gboolean
load_flow (Job *job,
           int *status)
{
  const char *path = leyden_arguments_get_operand (job->arguments, 0);
  g_autofree char *name = leyden_text_path (path);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GPtrArray) problems = NULL;
  g_autoptr(GError) error = NULL;

  bytes = leyden_cli_read_file (path, MAX_FLOW, &error);
  if (bytes != NULL)
    job->flow = leyden_flow_parse (bytes, name, &error);
  if (job->flow == NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  problems = leyden_flow_check (job->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  if (!leyden_problems_have_errors (problems))
    return TRUE;
  for (guint i = 0; i < problems->len && i < 20; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (problems, i);

      if (problem->severity == LEYDEN_PROBLEM_ERROR)
        leyden_cli_say ("%s: %s", name, problem->message);
    }
  leyden_cli_say (_("%s cannot run; “leydenctl validate” says where and how to repair it"), name);
  *status = LEYDEN_EXIT_FAILED;
  return FALSE;
}

/* ---- Models ---- */

static gboolean
load_stored_endpoints (Job     *job,
                       GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) endpoints = NULL;

  leyden_store_list_documents_async (LEYDEN_STORE (job->store), "endpoint", NULL, leyden_cli_result_cb, &result);
  spin (&result);
  endpoints = leyden_store_list_documents_finish (LEYDEN_STORE (job->store), result, error);
  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    {
      g_autoptr(LeydenEndpoint) endpoint = leyden_endpoint_from_value (leyden_value_get_item (endpoints, i), NULL);

      if (endpoint != NULL)
        leyden_models_set_endpoint (job->models, endpoint, NULL);
    }
  return endpoints != NULL;
}

static LeydenValue *
describe_endpoint (Job        *job,
                   const char *uri,
                   gboolean    with_secret)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", COMMAND_ENDPOINT);
  leyden_value_builder_set_string (&b, "title", uri);
  leyden_value_builder_set_string (&b, "base_uri", uri);
  leyden_value_builder_set_string (&b, "wire", "openai");
  leyden_value_builder_set_string (&b, "secret", with_secret ? COMMAND_SECRET : NULL);
  leyden_value_builder_set_string (&b, "default_model", leyden_arguments_get_text (job->arguments, "model-name", NULL));
  leyden_value_builder_set_int (&b, "concurrency", MIN (leyden_arguments_get_integer (job->arguments, "concurrency", 8), MAX_CALLS));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
set_command_endpoint (Job         *job,
                      const char  *uri,
                      gboolean     with_secret,
                      GError     **error)
{
  g_autoptr(LeydenValue) value = describe_endpoint (job, uri, with_secret);
  g_autoptr(LeydenEndpoint) endpoint = leyden_endpoint_from_value (value, error);

  return endpoint != NULL && leyden_models_set_endpoint (job->models, endpoint, error);
}

/* Whether there is a key for the address; one that may not go there is an error. */
static gboolean
find_key (Job         *job,
          const char  *uri,
          gboolean    *found,
          GError     **error)
{
  g_autofree char *origin = leyden_secrets_origin_of (uri);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) local_error = NULL;
  g_autofree char *key = NULL;

  leyden_secrets_lookup_async (job->secrets, COMMAND_SECRET, origin, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  key = leyden_secrets_lookup_finish (job->secrets, result, &local_error);
  *found = key != NULL;
  if (key != NULL || g_error_matches (local_error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
set_up_model (Job  *job,
              int  *status)
{
  const char *model = leyden_arguments_get_text (job->arguments, "model", "simulated");
  g_autoptr(GError) error = NULL;
  gboolean with_key = FALSE;

  if (strstr (model, "://") == NULL)
    {
      job->endpoint = g_strdup (model);
      if (leyden_models_get_endpoint (job->models, model) != NULL)
        return TRUE;
      *status = leyden_arguments_refuse (job->arguments, _("--model must be “simulated” or an http(s) address like "
                                                           "http://127.0.0.1:11434/v1"));
      return FALSE;
    }
  job->endpoint = g_strdup (COMMAND_ENDPOINT);
  /* With the secret first, so that its origin is allowed when it is looked up. */
  if (!set_command_endpoint (job, model, TRUE, &error))
    {
      *status = leyden_arguments_refuse (job->arguments, "--model: %s", error->message);
      return FALSE;
    }
  if (find_key (job, model, &with_key, &error) && (with_key || set_command_endpoint (job, model, FALSE, &error)))
    return TRUE;
  *status = leyden_cli_fail (error);
  return FALSE;
}

/* --model-name, else the endpoint's own, else the first that the server lists. */
static gboolean
choose_model_name (Job *job,
                   int *status)
{
  const char *given = leyden_arguments_get_text (job->arguments, "model-name", NULL);
  const char *own = leyden_models_get_endpoint (job->models, job->endpoint)->default_model;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(GError) error = NULL;

  if (given == NULL && strcmp (job->endpoint, leyden_models_get_default_endpoint (job->models)) == 0)
    own = leyden_models_get_default_model (job->models);
  job->model_name = g_strdup (given != NULL ? given : own);
  if (job->model_name != NULL)
    return TRUE;
  leyden_models_list_models_async (job->models, job->endpoint, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  list = leyden_models_list_models_finish (job->models, result, &error);
  job->model_name = g_strdup (leyden_value_get_member_string (leyden_value_get_item (list, 0), "id", NULL));
  if (job->model_name != NULL)
    {
      leyden_cli_say (_("using the model %s; --model-name chooses another"), job->model_name);
      return TRUE;
    }
  if (error != NULL)
    *status = leyden_cli_fail (error);
  else
    *status = leyden_arguments_refuse (job->arguments, _("the server names no model; give --model-name"));
  return FALSE;
}

static gboolean
set_up_engine (Job *job,
               int *status)
{
  const char *secrets = leyden_arguments_get_text (job->arguments, "secrets-file", NULL);
  g_autoptr(GError) error = NULL;

  job->secrets = leyden_secrets_new ();
  leyden_secrets_set_use_keyring (job->secrets, FALSE);
  job->models = leyden_models_new (job->secrets);
  if ((secrets != NULL && !leyden_secrets_load_file (job->secrets, secrets, &error)) || !load_stored_endpoints (job, &error))
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  if (!set_up_model (job, status) || !choose_model_name (job, status))
    return FALSE;
  job->engine = leyden_engine_new (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), LEYDEN_STORE (job->store));
  leyden_nodes_register (job->engine, job->models, LEYDEN_MODEL_TRANSPORT (job->models));
  return TRUE;
}

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact (data, text, length);
}

/* ---- What is run ---- */

static const char *
canonical_split (const char *split)
{
  static const struct
  {
    const char *given;
    const char *split;
  } names[] = {
    { "train", "train" }, { "validation", "validation" }, { "val", "validation" },
    { "valid", "validation" }, { "dev", "validation" }, { "test", "test" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (names[i].given, split) == 0)
      return names[i].split;
  return NULL;
}

static gboolean
read_input (Job *job,
            int *status)
{
  const char *text = leyden_arguments_get_text (job->arguments, "input", "{}");
  g_autoptr(GError) error = NULL;

  job->input = leyden_json_parse (text, -1, NULL, &error);
  if (job->input != NULL && leyden_value_get_kind (job->input) == LEYDEN_VALUE_OBJECT)
    return TRUE;
  leyden_cli_say ("--input: %s", error == NULL ? _("expected a JSON object: field to value") : error->message);
  *status = LEYDEN_EXIT_FAILED;
  return FALSE;
}

static char *
put_flow (Job     *job,
          GError **error)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (job->flow);
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_put_blob_async (LEYDEN_STORE (job->store), bytes, leyden_cli_result_cb, &result);
  spin (&result);
  return leyden_store_put_blob_finish (LEYDEN_STORE (job->store), result, error);
}

/* The columns that the flow was told for this very data set, else for one of this name; NULL: they are guessed. */
static LeydenValue *
find_mapping (Job        *job,
              const char *sha256,
              const char *name)
{
  LeydenValue *list = leyden_flow_get_property_value (job->flow, "datasets");
  LeydenValue *found = NULL;

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *entry = leyden_value_get_item (list, i);
      LeydenValue *mapping = leyden_value_get_member (entry, "mapping");

      if (leyden_value_get_kind (mapping) != LEYDEN_VALUE_OBJECT)
        continue;
      if (g_strcmp0 (leyden_value_get_member_string (entry, "sha256", NULL), sha256) == 0)
        return mapping;
      if (found == NULL && g_strcmp0 (leyden_value_get_member_string (entry, "name", NULL), name) == 0)
        found = mapping;
    }
  return found;
}

static void
add_dataset (Job                *job,
             LeydenValueBuilder *b,
             const char         *sha256)
{
  const char *path = leyden_arguments_get_text (job->arguments, "dataset", "");
  const char *split = leyden_arguments_get_text (job->arguments, "split", NULL);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_filename_display_name (base);
  LeydenValue *mapping = find_mapping (job, sha256, name);

  leyden_value_builder_key (b, "dataset");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "sha256", sha256);
  leyden_value_builder_set_string (b, "name", name);
  if (mapping != NULL)
    leyden_value_builder_set (b, "mapping", mapping);
  if (split != NULL)
    leyden_value_builder_set_string (b, "split", canonical_split (split));
  leyden_value_builder_end (b);
}

static gboolean
define (Job *job,
        int *status)
{
  const char *dataset = leyden_arguments_get_text (job->arguments, "dataset", NULL);
  g_autofree char *flow_hash = leyden_flow_hash (job->flow);
  g_autofree char *flow_sha256 = NULL;
  g_autofree char *dataset_sha256 = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  flow_sha256 = put_flow (job, &error);
  if (flow_sha256 != NULL && dataset != NULL)
    dataset_sha256 = leyden_cli_import_blob (job->store, dataset, &error);
  if (error != NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", leyden_flow_get_title (job->flow));
  leyden_value_builder_set_string (&b, "purpose", "run");
  leyden_value_builder_set_string (&b, "flow", flow_sha256);
  leyden_value_builder_set_string (&b, "flow_id", leyden_flow_get_id (job->flow));
  leyden_value_builder_set_string (&b, "flow_hash", flow_hash);
  if (dataset != NULL)
    add_dataset (job, &b, dataset_sha256);
  else
    leyden_value_builder_set (&b, "input", job->input);
  leyden_value_builder_key (&b, "model");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", job->endpoint);
  leyden_value_builder_set_string (&b, "model", job->model_name);
  if (strcmp (job->endpoint, COMMAND_ENDPOINT) == 0)
    leyden_value_builder_set_string (&b, "uri", leyden_arguments_get_text (job->arguments, "model", NULL));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_int (&b, "seed", leyden_arguments_get_integer (job->arguments, "seed", 42));
  leyden_value_builder_set_int (&b, "concurrency", leyden_arguments_get_integer (job->arguments, "concurrency", 8));
  leyden_value_builder_set_string (&b, "pace", leyden_arguments_get_text (job->arguments, "pace", "fast"));
  leyden_value_builder_end (&b);
  job->definition = leyden_value_builder_end_value (&b);
  job->key = leyden_run_definition_hash (job->definition);
  return TRUE;
}

/* An equal run that is in the database is continued, or shown again. */
static gboolean
find_equal (Job *job,
            int *status)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;

  if (leyden_arguments_has (job->arguments, "fresh"))
    return TRUE;
  leyden_store_list_runs_async (LEYDEN_STORE (job->store), job->key, 1, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  rows = leyden_store_list_runs_finish (LEYDEN_STORE (job->store), result, &error);
  if (rows == NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  if (rows->len > 0)
    job->run_id = g_strdup (((LeydenRunRow *)g_ptr_array_index (rows, 0))->run);
  return TRUE;
}

/* ---- Running ---- */

static gboolean
is_end (const char *state)
{
  return g_strcmp0 (state, "succeeded") == 0 || g_strcmp0 (state, "failed") == 0 || g_strcmp0 (state, "cancelled") == 0;
}

/* Lines come in item order: an item that is early waits for the ones before it. */
static void
print_ready (Job *job)
{
  if (!job->json || !job->over_dataset)
    return;
  while (job->printed < leyden_run_get_n_items (job->run))
    {
      const LeydenRolloutRow *row = leyden_run_get_row (job->run, job->printed);

      if (!is_end (row->state))
        break;
      leyden_report_item (row);
      job->printed++;
    }
  if (!leyden_cli_flush ())
    job->finished = TRUE;
}

static void
progress_cb (LeydenRun *run,
             Job       *job)
{
  g_autoptr(LeydenValue) summary = leyden_run_summarize (run);

  print_ready (job);
  leyden_cli_progress ((guint)leyden_value_get_member_int (summary, "done", 0), leyden_run_get_n_items (run),
                       leyden_value_get_member_double (summary, "remaining_s", -1));
}

static void
finished_cb (LeydenRun *run,
             Job       *job)
{
  print_ready (job);
  job->finished = TRUE;
}

static gboolean
start (Job *job,
       int *status)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenRunJob) ready = NULL;
  g_autoptr(GError) error = NULL;
  gboolean rerun = g_strcmp0 (leyden_arguments_get_text (job->arguments, "on-unsafe-resume", "fail"), "rerun") == 0;

  leyden_run_job_prepare_async (LEYDEN_STORE (job->store), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), job->definition, NULL,
                                leyden_cli_result_cb, &result);
  spin (&result);
  ready = leyden_run_job_prepare_finish (result, &error);
  if (ready == NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  job->run = leyden_run_job_start (ready, job->engine, job->run_id, job->key, rerun);
  g_signal_connect (job->run, "progress", G_CALLBACK (progress_cb), job);
  g_signal_connect (job->run, "finished", G_CALLBACK (finished_cb), job);
  return TRUE;
}

static LeydenValue *
read_result (Job                     *job,
             const LeydenRolloutRow  *row,
             GError                 **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) state = NULL;
  LeydenValue *value;

  leyden_store_fold_async (LEYDEN_STORE (job->store), row->rollout, 0, leyden_rollout_reducer (), NULL, leyden_cli_result_cb, &result);
  spin (&result);
  state = leyden_store_fold_finish (LEYDEN_STORE (job->store), result, error);
  if (state == NULL)
    return NULL;
  value = leyden_value_get_member (state, "result");
  return value == NULL ? leyden_value_new_null () : leyden_value_ref (value);
}

static void
say_error (const LeydenRolloutRow *row)
{
  g_autofree char *error = leyden_report_dup_error (row);

  leyden_cli_say ("%s", error);
}

static int
report_one (Job *job)
{
  const LeydenRolloutRow *row = leyden_run_get_row (job->run, 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = read_result (job, row, &error);

  if (value == NULL)
    return leyden_cli_fail (error);
  leyden_report_result (row, value, job->json);
  if (!job->json && leyden_report_is_not_simulated (row))
    leyden_cli_say (_("The simulated model only knows the problems of the samples; --model asks a real one"));
  else if (!job->json && row->error != NULL)
    {
      say_error (row);
      if (!leyden_arguments_has (job->arguments, "input"))
        leyden_cli_say (_("The flow ran without input: give it some with --input JSON, or rows with --dataset FILE"));
    }
  if (!job->json && row->simulated)
    leyden_cli_say (_("Simulated: the answer comes from the simulated model"));
  return strcmp (row->state, "succeeded") == 0 ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}

static int
report_all (Job *job)
{
  g_autoptr(LeydenValue) summary = leyden_run_summarize (job->run);
  g_autoptr(GPtrArray) rows = g_ptr_array_new ();
  gint64 failed = leyden_value_get_member_int (summary, "failed", 0);
  gint64 done = leyden_value_get_member_int (summary, "done", 0);

  for (guint i = 0; i < leyden_run_get_n_items (job->run); i++)
    g_ptr_array_add (rows, (gpointer)leyden_run_get_row (job->run, i));
  leyden_cli_progress_end ();
  if (job->json)
    leyden_report_summary (summary);
  else
    leyden_report_table (summary, rows);
  if (done < rows->len || (failed > 0 && leyden_arguments_has (job->arguments, "fail-on-error")))
    return LEYDEN_EXIT_FAILED;
  return LEYDEN_EXIT_OK;
}

static int
wait_and_report (Job *job)
{
  const GError *error;

  while (!job->finished && leyden_cli_get_signal () == 0)
    g_main_context_iteration (NULL, TRUE);
  if (!job->finished)
    {
      leyden_cli_say (leyden_arguments_has (job->arguments, "database") ? _("stopped; the same command goes on where it was")
                                                                        : _("stopped"));
      return 128 + leyden_cli_get_signal ();
    }
  error = leyden_run_get_error (job->run);
  if (error != NULL)
    return leyden_cli_fail (error);
  return job->over_dataset ? report_all (job) : report_one (job);
}

static gboolean
check_arguments (LeydenArguments *arguments,
                 int             *status)
{
  const char *split = leyden_arguments_get_text (arguments, "split", NULL);
  const char *pace = leyden_arguments_get_text (arguments, "pace", "fast");
  const char *resume = leyden_arguments_get_text (arguments, "on-unsafe-resume", "fail");

  if (leyden_arguments_has (arguments, "input") && leyden_arguments_has (arguments, "dataset"))
    *status = leyden_arguments_refuse (arguments, _("--input and --dataset exclude each other"));
  else if (split != NULL && !leyden_arguments_has (arguments, "dataset"))
    *status = leyden_arguments_refuse (arguments, _("--split needs --dataset"));
  else if (split != NULL && canonical_split (split) == NULL)
    *status = leyden_arguments_refuse (arguments, _("--split must be train, validation or test"));
  else if (strcmp (pace, "fast") != 0 && strcmp (pace, "real") != 0)
    *status = leyden_arguments_refuse (arguments, _("--pace must be fast or real"));
  else if (strcmp (resume, "rerun") != 0 && strcmp (resume, "fail") != 0)
    *status = leyden_arguments_refuse (arguments, _("--on-unsafe-resume must be rerun or fail"));
  else
    return TRUE;
  return FALSE;
}

static int
run (LeydenArguments *arguments)
{
  g_auto(Job) job = { 0 };
  int status = LEYDEN_EXIT_OK;

  job.arguments = arguments;
  job.json = leyden_arguments_has (arguments, "json");
  job.over_dataset = leyden_arguments_has (arguments, "dataset");
  if (!check_arguments (arguments, &status) || (!job.over_dataset && !read_input (&job, &status)) || !load_flow (&job, &status))
    return status;

  leyden_cli_catch_signals ();
  job.store = leyden_cli_open_store (leyden_arguments_get_text (arguments, "database", NULL), LEYDEN_STORE_OPEN_DEFAULT, &status);
  if (job.store == NULL || !set_up_engine (&job, &status))
    return status;
  leyden_sqlite_store_set_redact (job.store, redact_cb, g_object_ref (job.secrets), g_object_unref);
  if (!define (&job, &status) || !find_equal (&job, &status) || !start (&job, &status))
    return status;
  return wait_and_report (&job);
}

static const LeydenOption options[] = {
  { "input", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "JSON", N_ ("One input: an object, field to value") },
  { "dataset", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("A data set: JSONL or CSV") },
  { "split", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Only its rows of train, validation or test") },
  { "model", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "simulated|URL", N_ ("Where models answer (simulated); a key is LEYDEN_KEY_MODEL") },
  { "model-name", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Model of nodes that name none") },
  { "concurrency", LEYDEN_OPTION_INTEGER, 1, 10000, FALSE, "N", N_ ("Items at once (8)") },
  { "seed", LEYDEN_OPTION_INTEGER, 0, G_MAXINT64, FALSE, "N", N_ ("Root of all that is random (42)") },
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keep the run there, and continue an equal one (a temporary one)") },
  { "fresh", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Run anew even when an equal run is in the database") },
  { "pace", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "fast|real", N_ ("Whether the simulation really waits (fast)") },
  { "approve", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "HASH", N_ ("Approve a command node for this run") },
  { "allow-unsandboxed", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Let approved commands run without a sandbox") },
  { "on-unsafe-resume", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "rerun|fail", N_ ("Effects in doubt after an interruption (fail)") },
  { "secrets-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keys of models, JSON name to value, mode 0600") },
  { "fail-on-error", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Status 1 when an item failed") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON an item, then {\"summary\": …}") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_run_flow = {
  "run", "FLOW", 1, 1, options, N_ ("Run a flow over one input or a data set"),
  N_ ("A run is known by its flow, its input or data set with split, its model and its seed: an unfinished one in --database is "
      "continued, a finished one is printed again. Without a model server everything is simulated, and says so."),
  run,
};
