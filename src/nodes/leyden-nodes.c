/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-json.h"
#include "leyden-node-private.h"

static const char * const model_error_names[] = {
  "endpoint", "auth", "request", "rate-limit", "quota", "unavailable", "protocol", "incomplete", NULL
};

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

/**
 * leyden_nodes_register:
 * @engine: gets an executor for every built-in kind
 * @models: the endpoints; resolves a null model parameter at the time of the call
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

  leyden_node_error_register (LEYDEN_MODEL_ERROR, model_error_names);
  leyden_engine_register (engine, "chat", chat);
  leyden_engine_register (engine, "agent", agent);
  leyden_engine_register (engine, "classifier", classifier);
  register_type (engine, "calculator", leyden_node_calculator_get_type ());
  register_type (engine, "evaluator", leyden_node_evaluator_get_type ());
  register_type (engine, "extract", leyden_node_extract_get_type ());
  register_type (engine, "if", leyden_node_if_get_type ());
  register_type (engine, "input", leyden_node_input_get_type ());
  register_type (engine, "merge", leyden_node_merge_get_type ());
  register_type (engine, "output", leyden_node_output_get_type ());
  register_type (engine, "prompt", leyden_node_prompt_get_type ());
  register_type (engine, "reward", leyden_node_reward_get_type ());
  register_type (engine, "transform", leyden_node_transform_get_type ());
}
