/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include <string.h>
#include "leyden-json.h"
#include "leyden-http-client.h"
#include "leyden-node-private.h"
#include "leyden-process.h"

static const char * const model_error_names[] = {
  "endpoint", "auth", "request", "rate-limit", "quota", "unavailable", "protocol", "incomplete", NULL
};

static const char * const http_error_names[] = {
  "connect", "tls", "timeout", "broken", "too-large", "redirect", "breaker", "address", "refused-address", NULL
};
static const char * const process_error_names[] = { "start", "timeout", "output", "processes", "status", "result", NULL };
static const char * const approval_error_names[] = { "approval", "unsandboxed", "approvals-file", NULL };
static const char * const secrets_error_names[] = { "secret", "secret-origin", "secret", "secret", NULL };

LeydenValue *
leyden_node_output_one (const char  *name,
                        LeydenValue *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, name, value);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

char *
leyden_node_text_of (LeydenValue *value)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);

  if (text != NULL)
    return g_strndup (text, length);
  if (leyden_value_is_null (value))
    return g_strdup ("");
  return leyden_json_write (value, LEYDEN_JSON_CANONICAL);
}

LeydenValue *
leyden_node_new_error (GError            **error,
                       LeydenEngineError   code,
                       const char         *format,
                       ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, LEYDEN_ENGINE_ERROR, (int) code, message);
  return NULL;
}

static void
register_type (LeydenEngine *engine,
               const char   *type,
               GType         gtype)
{
  g_autoptr(LeydenNodeExecutor) executor = g_object_new (gtype, NULL);

  leyden_engine_register (engine, type, executor);
}

void
leyden_nodes_register_outside (LeydenEngine    *engine,
                               LeydenSecrets   *secrets,
                               LeydenApprovals *approvals)
{
  g_autoptr(LeydenNodeExecutor) http = leyden_node_http_new (secrets, approvals);
  g_autoptr(LeydenNodeExecutor) python = leyden_node_command_new ("python", approvals);
  g_autoptr(LeydenNodeExecutor) command = leyden_node_command_new ("command", approvals);

  leyden_node_error_register (LEYDEN_HTTP_ERROR, http_error_names);
  leyden_node_error_register (LEYDEN_PROCESS_ERROR, process_error_names);
  leyden_node_error_register (LEYDEN_APPROVAL_ERROR, approval_error_names);
  leyden_node_error_register (LEYDEN_SECRETS_ERROR, secrets_error_names);
  leyden_engine_register (engine, "http", http);
  leyden_engine_register (engine, "python", python);
  leyden_engine_register (engine, "command", command);
}

/* Where a model parameter leads, whatever the endpoint is called: an address that changes is another model. */
static LeydenValue *
identify_model (LeydenValue *model,
                gpointer     data)
{
  LeydenModels *models = data;
  const char *name = leyden_value_get_member_string (model, "endpoint", NULL);
  const char *wanted = leyden_value_get_member_string (model, "model", NULL);
  const LeydenEndpoint *endpoint;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (name == NULL)
    name = leyden_models_get_default_endpoint (models);
  if (wanted == NULL && strcmp (name, leyden_models_get_default_endpoint (models)) == 0)
    wanted = leyden_models_get_default_model (models);
  endpoint = leyden_models_get_endpoint (models, name);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", name);
  leyden_value_builder_set_string (&b, "model", wanted == NULL && endpoint != NULL ? endpoint->default_model : wanted);
  if (endpoint != NULL)
    {
      leyden_value_builder_set_string (&b, "base_uri", endpoint->base_uri);
      leyden_value_builder_set_string (&b, "wire", endpoint->wire);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/**
 * leyden_nodes_register:
 * @engine: gets an executor for every built-in kind
 * @models: (nullable): the endpoints; resolves a null model parameter at the time of the call
 * @transport: answers the model calls
 */
void
leyden_nodes_register (LeydenEngine         *engine,
                       LeydenModels         *models,
                       LeydenModelTransport *transport)
{
  g_autoptr(LeydenNodeExecutor) chat = leyden_node_chat_new (models, transport);
  g_autoptr(LeydenNodeExecutor) agent = leyden_node_agent_new (models, transport);
  g_autoptr(LeydenNodeExecutor) classifier = leyden_node_classifier_new ();
  g_autoptr(LeydenNodeExecutor) retrieve = leyden_node_retrieve_new ();
  g_autoptr(LeydenApprovals) approvals = leyden_approvals_new (NULL);
  g_autoptr(LeydenSecrets) secrets = models != NULL ? g_object_ref (leyden_models_get_secrets (models)) : leyden_secrets_new ();
  g_autoptr(LeydenNodeExecutor) evaluator = leyden_node_evaluator_new (models, transport);

  leyden_node_error_register (LEYDEN_MODEL_ERROR, model_error_names);
  leyden_node_error_register_capture (leyden_model_error_get_capture);
  /* The executors of chat and agent keep the models. */
  if (models != NULL)
    leyden_engine_set_identify_model (engine, identify_model, models);
  leyden_engine_register (engine, "chat", chat);
  leyden_engine_register (engine, "agent", agent);
  leyden_engine_register (engine, "classifier", classifier);
  leyden_engine_register (engine, "evaluator", evaluator);
  leyden_engine_register (engine, "retrieve", retrieve);
  register_type (engine, "calculator", leyden_node_calculator_get_type ());
  register_type (engine, "constant", leyden_node_constant_get_type ());
  register_type (engine, "extract", leyden_node_extract_get_type ());
  register_type (engine, "human", leyden_node_human_get_type ());
  register_type (engine, "if", leyden_node_if_get_type ());
  register_type (engine, "input", leyden_node_input_get_type ());
  register_type (engine, "loop", leyden_node_loop_get_type ());
  register_type (engine, "map", leyden_node_map_get_type ());
  register_type (engine, "memory", leyden_node_memory_get_type ());
  register_type (engine, "merge", leyden_node_merge_get_type ());
  register_type (engine, "output", leyden_node_output_get_type ());
  register_type (engine, "prompt", leyden_node_prompt_get_type ());
  register_type (engine, "reward", leyden_node_reward_get_type ());
  register_type (engine, "subflow", leyden_node_subflow_get_type ());
  register_type (engine, "switch", leyden_node_switch_get_type ());
  register_type (engine, "transform", leyden_node_transform_get_type ());
  leyden_nodes_register_outside (engine, secrets, approvals);
}
