/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands that run flows share: the flow, the models, the store, the engine, and how a run is described. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-session.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-check.h"
#include "leyden-cli-run.h"
#include "leyden-nodes.h"
#include "leyden-permission.h"
#include "leyden-text.h"

#define MAX_FLOW (64 * 1024 * 1024)
/* The endpoint that --model URL makes, and the name under which its key is looked up (LEYDEN_KEY_MODEL). */
#define COMMAND_ENDPOINT "command-line"
#define COMMAND_SECRET "model"
#define ANTHROPIC "anthropic+"
/* Calls at once that an endpoint may be told to take; more items than that wait for each other. */
#define MAX_CALLS 1024

void
leyden_cli_spin (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* ---- The flow ---- */

LeydenFlow *
leyden_cli_load_flow (const char *path,
                      int        *status)
{
  g_autofree char *name = leyden_text_path (path);
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GPtrArray) problems = NULL;
  g_autoptr(GError) error = NULL;

  bytes = leyden_cli_read_file (path, MAX_FLOW, &error);
  if (bytes != NULL)
    flow = leyden_flow_parse (bytes, name, &error);
  if (flow == NULL)
    {
      *status = leyden_cli_fail (error);
      return NULL;
    }
  problems = leyden_flow_check (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  if (!leyden_problems_have_errors (problems))
    return g_steal_pointer (&flow);
  for (guint i = 0; i < problems->len && i < 20; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (problems, i);

      if (problem->severity == LEYDEN_PROBLEM_ERROR)
        leyden_cli_say ("%s: %s", name, problem->message);
    }
  leyden_cli_say (_("%s cannot run; “leydenctl validate” says where and how to repair it"), name);
  *status = LEYDEN_EXIT_FAILED;
  return NULL;
}

/* ---- Models ---- */

static gboolean
load_stored_endpoints (LeydenCliSession *self,
                       GError          **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) endpoints = NULL;

  leyden_store_list_documents_async (LEYDEN_STORE (self->store), "endpoint", NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  endpoints = leyden_store_list_documents_finish (LEYDEN_STORE (self->store), result, error);
  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    {
      g_autoptr(LeydenEndpoint) endpoint = leyden_endpoint_from_value (leyden_value_get_item (endpoints, i), NULL);

      if (endpoint != NULL)
        leyden_models_set_endpoint (self->models, endpoint, NULL);
    }
  return endpoints != NULL;
}

/* "anthropic+https://…" names a server of that wire. */
static gboolean
is_anthropic (LeydenCliSession *self)
{
  return g_str_has_prefix (leyden_arguments_get_text (self->arguments, "model", ""), ANTHROPIC);
}

static LeydenValue *
describe_endpoint (LeydenCliSession *self,
                   const char       *uri,
                   gboolean          with_secret)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", COMMAND_ENDPOINT);
  leyden_value_builder_set_string (&b, "title", uri);
  leyden_value_builder_set_string (&b, "base_uri", uri);
  leyden_value_builder_set_string (&b, "wire", is_anthropic (self) ? "anthropic" : "openai");
  leyden_value_builder_set_string (&b, "secret", with_secret ? COMMAND_SECRET : NULL);
  leyden_value_builder_set_string (&b, "default_model", leyden_arguments_get_text (self->arguments, "model-name", NULL));
  leyden_value_builder_set_int (&b, "concurrency", MIN (leyden_arguments_get_integer (self->arguments, "concurrency", 8), MAX_CALLS));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
set_command_endpoint (LeydenCliSession *self,
                      const char       *uri,
                      gboolean          with_secret,
                      GError          **error)
{
  g_autoptr(LeydenValue) value = describe_endpoint (self, uri, with_secret);
  g_autoptr(LeydenEndpoint) endpoint = leyden_endpoint_from_value (value, error);

  return endpoint != NULL && leyden_models_set_endpoint (self->models, endpoint, error);
}

/* Whether there is a key for the address; one that may not go there is an error. */
static gboolean
find_key (LeydenCliSession *self,
          const char       *uri,
          gboolean         *found,
          GError          **error)
{
  g_autofree char *origin = leyden_secrets_origin_of (uri);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) local_error = NULL;
  g_autofree char *key = NULL;

  leyden_secrets_lookup_async (self->secrets, COMMAND_SECRET, origin, NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  key = leyden_secrets_lookup_finish (self->secrets, result, &local_error);
  *found = key != NULL;
  if (key != NULL || g_error_matches (local_error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
set_up_model (LeydenCliSession *self,
              int              *status)
{
  const char *model = leyden_arguments_get_text (self->arguments, "model", "simulated");
  g_autoptr(GError) error = NULL;
  gboolean with_key = FALSE;

  if (strstr (model, "://") == NULL)
    {
      self->endpoint = g_strdup (model);
      if (leyden_models_get_endpoint (self->models, model) != NULL)
        return TRUE;
      *status = leyden_arguments_refuse (self->arguments, _("--model must be “simulated” or an http(s) address like "
                                                           "http://127.0.0.1:11434/v1"));
      return FALSE;
    }
  self->endpoint = g_strdup (COMMAND_ENDPOINT);
  if (is_anthropic (self))
    model += strlen (ANTHROPIC);
  /* With the secret first, so that its origin is allowed when it is looked up. */
  if (!set_command_endpoint (self, model, TRUE, &error))
    {
      *status = leyden_arguments_refuse (self->arguments, "--model: %s", error->message);
      return FALSE;
    }
  if (find_key (self, model, &with_key, &error) && (with_key || set_command_endpoint (self, model, FALSE, &error)))
    return TRUE;
  *status = leyden_cli_fail (error);
  return FALSE;
}

/* --model-name, else the endpoint's own, else the first that the server lists. */
static gboolean
choose_model_name (LeydenCliSession *self,
                   int              *status)
{
  const char *given = leyden_arguments_get_text (self->arguments, "model-name", NULL);
  const char *own = leyden_models_get_endpoint (self->models, self->endpoint)->default_model;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(GError) error = NULL;

  if (given == NULL && strcmp (self->endpoint, leyden_models_get_default_endpoint (self->models)) == 0)
    own = leyden_models_get_default_model (self->models);
  self->model_name = g_strdup (given != NULL ? given : own);
  if (self->model_name != NULL)
    return TRUE;
  leyden_models_list_models_async (self->models, self->endpoint, NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  list = leyden_models_list_models_finish (self->models, result, &error);
  self->model_name = g_strdup (leyden_value_get_member_string (leyden_value_get_item (list, 0), "id", NULL));
  if (self->model_name != NULL)
    {
      leyden_cli_say (_("using the model %s; --model-name chooses another"), self->model_name);
      return TRUE;
    }
  if (error != NULL)
    *status = leyden_cli_fail (error);
  else
    *status = leyden_arguments_refuse (self->arguments, _("the server names no model; give --model-name"));
  return FALSE;
}

/* --approve and --allow-unsandboxed hold for this run only. */
static gboolean
set_up_approvals (LeydenCliSession *self,
                  int              *status)
{
  const char * const *hashes = leyden_arguments_get_texts (self->arguments, "approve");

  self->approvals = leyden_approvals_new (NULL);
  leyden_approvals_set_allow_unsandboxed (self->approvals, leyden_arguments_has (self->arguments, "allow-unsandboxed"));
  for (guint i = 0; hashes != NULL && hashes[i] != NULL; i++)
    {
      if (strlen (hashes[i]) != 64 || strspn (hashes[i], "0123456789abcdef") != 64)
        {
          *status = leyden_arguments_refuse (self->arguments, _("--approve needs the whole hash, 64 digits"));
          return FALSE;
        }
      leyden_approvals_grant_session (self->approvals, hashes[i]);
    }
  return TRUE;
}

static gboolean
set_up_engine (LeydenCliSession *self,
               int              *status)
{
  const char *secrets = leyden_arguments_get_text (self->arguments, "secrets-file", NULL);
  g_autoptr(GError) error = NULL;

  self->secrets = leyden_secrets_new ();
  leyden_secrets_set_use_keyring (self->secrets, FALSE);
  self->models = leyden_models_new (self->secrets);
  if ((secrets != NULL && !leyden_secrets_load_file (self->secrets, secrets, &error)) || !load_stored_endpoints (self, &error))
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  if (!set_up_approvals (self, status) || !set_up_model (self, status) || !choose_model_name (self, status))
    return FALSE;
  self->engine = leyden_engine_new (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), LEYDEN_STORE (self->store));
  leyden_nodes_register (self->engine, self->models, LEYDEN_MODEL_TRANSPORT (self->models));
  leyden_nodes_register_outside (self->engine, self->secrets, self->approvals);
  {
    g_autoptr(LeydenNodeCache) cache = leyden_node_cache_new (LEYDEN_STORE (self->store), LEYDEN_NODE_CACHE_MEMORY, LEYDEN_NODE_CACHE_STORED);

    leyden_engine_set_cache (self->engine, cache);
  }
  return TRUE;
}

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact_changed (data, text, length);
}

static char *
redact_settings_cb (const char *text,
                    gssize      length,
                    gpointer    data)
{
  return leyden_secrets_redact_known_changed (data, text, length);
}

gboolean
leyden_cli_session_open (LeydenCliSession *self,
                         int              *status)
{
  self->store = leyden_cli_open_store (leyden_arguments_get_text (self->arguments, "database", NULL), LEYDEN_STORE_OPEN_DEFAULT, status);
  if (self->store == NULL || !set_up_engine (self, status))
    return FALSE;
  leyden_sqlite_store_set_redact (self->store, redact_cb, redact_settings_cb, g_object_ref (self->secrets), g_object_unref);
  return TRUE;
}

void
leyden_cli_session_clear (LeydenCliSession *self)
{
  g_clear_object (&self->engine);
  if (self->store != NULL)
    leyden_sqlite_store_close (self->store);
  g_clear_object (&self->store);
  g_clear_object (&self->approvals);
  g_clear_object (&self->models);
  g_clear_object (&self->secrets);
  g_clear_pointer (&self->endpoint, g_free);
  g_clear_pointer (&self->model_name, g_free);
}

/* ---- What is run ---- */

const char *
leyden_cli_canonical_split (const char *split)
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

char *
leyden_cli_session_put_flow (LeydenCliSession *self,
                             LeydenFlow       *flow,
                             GError          **error)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (flow);
  g_autoptr(GPtrArray) permissions = leyden_permissions_of_flow (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  g_autoptr(GAsyncResult) result = NULL;

  if (!leyden_permissions_check (permissions, self->approvals, error))
    return NULL;
  leyden_store_put_blob_async (LEYDEN_STORE (self->store), bytes, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  return leyden_store_put_blob_finish (LEYDEN_STORE (self->store), result, error);
}

gboolean
leyden_cli_session_begin_definition (LeydenCliSession    *self,
                                     LeydenFlow          *flow,
                                     LeydenValueBuilder  *b,
                                     GError             **error)
{
  g_autofree char *sha256 = leyden_cli_session_put_flow (self, flow, error);
  g_autofree char *hash = NULL;

  if (sha256 == NULL)
    return FALSE;
  hash = leyden_flow_hash (flow);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "title", leyden_flow_get_title (flow));
  leyden_value_builder_set_string (b, "purpose", "run");
  leyden_value_builder_set_string (b, "flow", sha256);
  leyden_value_builder_set_string (b, "flow_id", leyden_flow_get_id (flow));
  leyden_value_builder_set_string (b, "flow_hash", hash);
  return TRUE;
}

/* The columns that the flow was told for this very data set, else for one of this name; NULL: they are guessed. */
static LeydenValue *
find_mapping (LeydenFlow *flow,
              const char *sha256,
              const char *name)
{
  LeydenValue *list = leyden_flow_get_property_value (flow, "datasets");
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

gboolean
leyden_cli_check_map (LeydenArguments *arguments,
                      int             *status)
{
  const char * const *maps = leyden_arguments_get_texts (arguments, "map");

  for (guint i = 0; maps[i] != NULL; i++)
    {
      const char *equals = strchr (maps[i], '=');

      if (equals != NULL && equals > maps[i] && equals[1] != '\0')
        continue;
      *status = leyden_arguments_refuse (arguments, _("--map must be FIELD=COLUMN"));
      return FALSE;
    }
  if (maps[0] == NULL || leyden_arguments_has (arguments, "dataset"))
    return TRUE;
  *status = leyden_arguments_refuse (arguments, _("--map needs --dataset"));
  return FALSE;
}

static void
add_columns (LeydenCliSession   *self,
             LeydenValueBuilder *b)
{
  const char * const *maps = leyden_arguments_get_texts (self->arguments, "map");

  if (maps[0] == NULL)
    return;
  leyden_value_builder_key (b, "columns");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; maps[i] != NULL; i++)
    {
      const char *equals = strchr (maps[i], '=');
      g_autofree char *field = g_strndup (maps[i], (gsize)(equals - maps[i]));

      leyden_value_builder_set_string (b, field, equals + 1);
    }
  leyden_value_builder_end (b);
}

void
leyden_cli_session_add_dataset (LeydenCliSession   *self,
                                LeydenFlow         *flow,
                                LeydenValueBuilder *b,
                                const char         *sha256,
                                const char         *split)
{
  const char *path = leyden_arguments_get_text (self->arguments, "dataset", "");
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_filename_display_name (base);
  LeydenValue *mapping = find_mapping (flow, sha256, name);

  leyden_value_builder_key (b, "dataset");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "sha256", sha256);
  leyden_value_builder_set_string (b, "name", name);
  if (mapping != NULL)
    leyden_value_builder_set (b, "mapping", mapping);
  add_columns (self, b);
  if (split != NULL)
    leyden_value_builder_set_string (b, "split", split);
  leyden_value_builder_end (b);
}

void
leyden_cli_session_add_options (LeydenCliSession   *self,
                                LeydenValueBuilder *b)
{
  leyden_value_builder_key (b, "model");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "endpoint", self->endpoint);
  leyden_value_builder_set_string (b, "model", self->model_name);
  if (strcmp (self->endpoint, COMMAND_ENDPOINT) == 0)
    leyden_value_builder_set_string (b, "uri", leyden_arguments_get_text (self->arguments, "model", NULL));
  leyden_value_builder_end (b);
  leyden_value_builder_set_int (b, "seed", leyden_arguments_get_integer (self->arguments, "seed", 42));
  leyden_value_builder_set_int (b, "concurrency", leyden_arguments_get_integer (self->arguments, "concurrency", 8));
  leyden_value_builder_set_string (b, "pace", leyden_arguments_get_text (self->arguments, "pace", "fast"));
}

gboolean
leyden_cli_session_find_run (LeydenCliSession  *self,
                             const char        *key,
                             char             **run,
                             int               *status)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;

  *run = NULL;
  if (leyden_arguments_has (self->arguments, "fresh"))
    return TRUE;
  leyden_store_list_runs_async (LEYDEN_STORE (self->store), key, 1, NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  rows = leyden_store_list_runs_finish (LEYDEN_STORE (self->store), result, &error);
  if (rows == NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  if (rows->len > 0)
    *run = g_strdup (((LeydenRunRow *)g_ptr_array_index (rows, 0))->run);
  return TRUE;
}

LeydenRunJob *
leyden_cli_session_prepare (LeydenCliSession *self,
                            LeydenValue      *definition,
                            int              *status)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenRunJob *job;

  leyden_run_job_prepare_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), definition, NULL,
                                leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  job = leyden_run_job_prepare_finish (result, &error);
  if (job == NULL)
    *status = leyden_cli_fail (error);
  return job;
}
