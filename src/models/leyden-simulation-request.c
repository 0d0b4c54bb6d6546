/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-request.h"

#include <gio/gio.h>

#include "leyden-text.h"

#define MAX_CHOICES 128
#define MAX_TOP_LOGPROBS 20
#define DEFAULT_KAPPA 0.7

static const char * const calculator_words[] = { "calc", "arithmetic", "evaluate" };

static gboolean
refuse (GError    **error,
        const char *format,
        ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError    **error,
        const char *format,
        ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (LEYDEN_SIMULATION_ERROR, LEYDEN_SIMULATION_ERROR_REQUEST, format, arguments);
  va_end (arguments);
  return FALSE;
}

char *
leyden_simulation_message_text (LeydenValue *message)
{
  LeydenValue *content = leyden_value_get_member (message, "content");
  gsize length;
  const char *text = leyden_value_get_string (content, &length);
  GString *out;

  if (text != NULL)
    {
      char *copy = g_memdup2 (text, length + 1);

      for (gsize i = 0; i < length; i++)
        if (copy[i] == '\0')
          copy[i] = ' ';
      return copy;
    }
  out = g_string_new (NULL);
  if (leyden_value_get_kind (content) == LEYDEN_VALUE_LIST)
    for (guint i = 0; i < leyden_value_get_size (content); i++)
      g_string_append (out, leyden_value_get_member_string (leyden_value_get_item (content, i), "text", ""));
  return g_string_free (out, FALSE);
}

static gboolean
check_content (LeydenValue *message,
               guint        index,
               const char  *role,
               GError     **error)
{
  LeydenValue *content = leyden_value_get_member (message, "content");
  LeydenValueKind kind = leyden_value_get_kind (content);

  if (kind == LEYDEN_VALUE_NULL)
    return g_str_equal (role, "assistant") || refuse (error, "messages[%u].content is missing", index);
  if (kind != LEYDEN_VALUE_STRING && kind != LEYDEN_VALUE_LIST)
    return refuse (error, "messages[%u].content must be text or a list of parts, not %s", index, leyden_value_kind_to_string (kind));
  for (guint i = 0; kind == LEYDEN_VALUE_LIST && i < leyden_value_get_size (content); i++)
    {
      LeydenValue *part = leyden_value_get_item (content, i);
      const char *type = leyden_value_get_member_string (part, "type", NULL);

      if (type == NULL)
        return refuse (error, "messages[%u].content[%u].type is missing", index, i);
      if (g_str_equal (type, "text") && leyden_value_get_member_string (part, "text", NULL) == NULL)
        return refuse (error, "messages[%u].content[%u].text is missing", index, i);
    }
  return TRUE;
}

static gboolean
check_messages (LeydenValue *messages,
                GError     **error)
{
  static const char * const roles[] = { "system", "developer", "user", "assistant", "tool", NULL };

  if (leyden_value_get_kind (messages) != LEYDEN_VALUE_LIST || leyden_value_get_size (messages) == 0)
    return refuse (error, "messages must be a list with at least one message");
  for (guint i = 0; i < leyden_value_get_size (messages); i++)
    {
      LeydenValue *message = leyden_value_get_item (messages, i);
      const char *role = leyden_value_get_member_string (message, "role", "");

      if (!g_strv_contains (roles, role))
        {
          g_autofree char *shown = leyden_text_escape (role, -1, 40);
          return refuse (error, "messages[%u].role “%s” is not known", i, shown);
        }
      if (!check_content (message, i, role, error))
        return FALSE;
      if (g_str_equal (role, "tool") && leyden_value_get_member_string (message, "tool_call_id", NULL) == NULL)
        return refuse (error, "messages[%u].tool_call_id is missing", i);
    }
  return TRUE;
}

/* An absent or null member leaves @value alone. */
static gboolean
read_number (LeydenValue *request,
             const char  *name,
             double       low,
             double       high,
             double      *value,
             GError     **error)
{
  LeydenValue *member = leyden_value_get_member (request, name);
  double number;

  if (leyden_value_is_null (member))
    return TRUE;
  if (!leyden_value_get_double (member, &number) || number < low || number > high)
    return refuse (error, "%s must be a number from %g to %g", name, low, high);
  *value = number;
  return TRUE;
}

static gboolean
read_integer (LeydenValue *request,
              const char  *name,
              guint        low,
              guint        high,
              guint       *value,
              GError     **error)
{
  LeydenValue *member = leyden_value_get_member (request, name);
  gint64 number;

  if (leyden_value_is_null (member))
    return TRUE;
  if (!leyden_value_get_int (member, &number) || number < low || number > high)
    return refuse (error, "%s must be a whole number from %u to %u", name, low, high);
  *value = (guint) number;
  return TRUE;
}

static gboolean
read_boolean (LeydenValue *request,
              const char  *name,
              gboolean    *value,
              GError     **error)
{
  LeydenValue *member = leyden_value_get_member (request, name);

  if (leyden_value_is_null (member))
    return TRUE;
  if (leyden_value_get_kind (member) != LEYDEN_VALUE_BOOLEAN)
    return refuse (error, "%s must be true or false", name);
  *value = leyden_value_get_boolean (member);
  return TRUE;
}

static gboolean
read_stop (LeydenSimulationRequest *self,
           LeydenValue             *stop,
           GError                 **error)
{
  if (leyden_value_is_null (stop))
    return TRUE;
  if (leyden_value_get_kind (stop) == LEYDEN_VALUE_STRING)
    {
      self->stop[self->n_stop++] = leyden_value_get_string (stop, NULL);
      return TRUE;
    }
  if (leyden_value_get_kind (stop) != LEYDEN_VALUE_LIST || leyden_value_get_size (stop) > G_N_ELEMENTS (self->stop))
    return refuse (error, "stop must be text or a list of at most four texts");
  for (guint i = 0; i < leyden_value_get_size (stop); i++)
    {
      const char *text = leyden_value_get_string (leyden_value_get_item (stop, i), NULL);

      if (text == NULL)
        return refuse (error, "stop[%u] must be text", i);
      if (*text != '\0')
        self->stop[self->n_stop++] = text;
    }
  return TRUE;
}

/* The argument that takes the calculation: "expression", else the first that is text. */
static const char *
find_expression_argument (LeydenValue *function)
{
  LeydenValue *properties = leyden_value_lookup_pointer (function, "/parameters/properties");

  if (leyden_value_get_member (properties, "expression") != NULL)
    return "expression";
  for (guint i = 0; i < leyden_value_get_size (properties); i++)
    if (g_str_equal (leyden_value_get_member_string (leyden_value_get_item (properties, i), "type", ""), "string"))
      return leyden_value_get_key (properties, i);
  return NULL;
}

static gboolean
is_calculator (LeydenValue *function)
{
  const char *name = leyden_value_get_member_string (function, "name", "");
  g_autofree char *folded = g_utf8_strdown (name, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (calculator_words); i++)
    if (strstr (folded, calculator_words[i]) != NULL)
      return TRUE;
  return leyden_value_lookup_pointer (function, "/parameters/properties/expression") != NULL;
}

static gboolean
read_tools (LeydenSimulationRequest *self,
            LeydenValue             *request,
            GError                 **error)
{
  LeydenValue *choice = leyden_value_get_member (request, "tool_choice");
  const char *chosen = leyden_value_get_string (leyden_value_lookup_pointer (choice, "/function/name"), NULL);

  self->tools = leyden_value_get_member (request, "tools");
  if (leyden_value_is_null (self->tools))
    {
      self->tools = NULL;
      return TRUE;
    }
  if (leyden_value_get_kind (self->tools) != LEYDEN_VALUE_LIST)
    return refuse (error, "tools must be a list");
  for (guint i = 0; i < leyden_value_get_size (self->tools); i++)
    {
      LeydenValue *function = leyden_value_get_member (leyden_value_get_item (self->tools, i), "function");
      const char *name = leyden_value_get_member_string (function, "name", NULL);
      const char *argument = find_expression_argument (function);

      if (name == NULL)
        return refuse (error, "tools[%u].function.name is missing", i);
      if (self->calculator == NULL && argument != NULL && is_calculator (function) &&
          (chosen == NULL || g_str_equal (chosen, name)))
        {
          self->calculator = name;
          self->calculator_argument = argument;
        }
    }
  if (g_strcmp0 (leyden_value_get_string (choice, NULL), "none") == 0)
    self->calculator = NULL;
  self->tool_required = self->calculator != NULL &&
                        (chosen != NULL || g_strcmp0 (leyden_value_get_string (choice, NULL), "required") == 0);
  return TRUE;
}

static gboolean
read_format (LeydenSimulationRequest *self,
             LeydenValue             *format,
             GError                 **error)
{
  const char *type;

  if (leyden_value_is_null (format))
    return TRUE;
  type = leyden_value_get_member_string (format, "type", "");
  if (g_str_equal (type, "text"))
    return TRUE;
  if (g_str_equal (type, "json_object"))
    self->format = LEYDEN_SIMULATION_JSON_OBJECT;
  else if (g_str_equal (type, "json_schema"))
    self->format = LEYDEN_SIMULATION_JSON_SCHEMA;
  else
    return refuse (error, "response_format.type must be text, json_object or json_schema");
  self->schema = leyden_value_lookup_pointer (format, "/json_schema/schema");
  if (self->format == LEYDEN_SIMULATION_JSON_SCHEMA && leyden_value_get_kind (self->schema) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "response_format.json_schema.schema must be an object");
  return TRUE;
}

static gboolean
read_seeds (LeydenSimulationRequest *self,
            LeydenValue             *request,
            GError                 **error)
{
  LeydenValue *world = leyden_value_get_member (leyden_value_get_member (request, "x_leyden"), "seed");
  LeydenValue *sample = leyden_value_get_member (request, "seed");
  gint64 number;

  if (!leyden_value_is_null (world))
    {
      if (!leyden_value_get_int (world, &number) || number < 0)
        return refuse (error, "x_leyden.seed must be a whole number from 0");
      self->seed = (guint64) number;
    }
  if (!leyden_value_is_null (sample))
    {
      if (!leyden_value_get_int (sample, &number))
        return refuse (error, "seed must be a whole number");
      self->sample = (guint64) number;
    }
  return TRUE;
}

static gboolean
read_limits (LeydenSimulationRequest *self,
             LeydenValue             *request,
             GError                 **error)
{
  return read_number (request, "temperature", 0.0, 2.0, &self->temperature, error) &&
         read_integer (request, "n", 1, MAX_CHOICES, &self->n_choices, error) &&
         read_integer (request, "max_tokens", 1, G_MAXINT32, &self->max_tokens, error) &&
         read_integer (request, "max_completion_tokens", 1, G_MAXINT32, &self->max_tokens, error) &&
         read_boolean (request, "logprobs", &self->logprobs, error) &&
         read_integer (request, "top_logprobs", 0, MAX_TOP_LOGPROBS, &self->top_logprobs, error) &&
         read_boolean (request, "return_token_ids", &self->return_token_ids, error) &&
         read_number (leyden_value_get_member (request, "x_leyden"), "kappa", 0.0, 1.0, &self->kappa, error) &&
         read_stop (self, leyden_value_get_member (request, "stop"), error);
}

gboolean
leyden_simulation_request_read (LeydenSimulationRequest *self,
                                LeydenValue             *request,
                                guint64                  world_seed,
                                guint64                  ordinal,
                                GError                 **error)
{
  LeydenValue *model = leyden_value_get_member (request, "model");
  const char *id = leyden_value_get_string (model, NULL);

  *self = (LeydenSimulationRequest) { .n_choices = 1, .temperature = 1.0, .seed = world_seed, .sample = ordinal,
                                      .kappa = DEFAULT_KAPPA };

  if (leyden_value_get_kind (request) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "the request must be an object");
  if (!leyden_value_is_null (model) && id == NULL)
    return refuse (error, "model must be text");
  self->model = leyden_simulation_find_model (id);
  if (self->model == NULL)
    {
      g_autofree char *shown = leyden_text_escape (id, -1, 80);

      g_set_error (error, LEYDEN_SIMULATION_ERROR, LEYDEN_SIMULATION_ERROR_MODEL,
                   "The simulation has no model “%s”. It has leyden-sim-small, leyden-sim-medium and leyden-sim-large", shown);
      return FALSE;
    }
  self->messages = leyden_value_get_member (request, "messages");
  return check_messages (self->messages, error) &&
         read_seeds (self, request, error) &&
         read_limits (self, request, error) &&
         (!self->top_logprobs || self->logprobs || refuse (error, "top_logprobs needs logprobs")) &&
         read_tools (self, request, error) &&
         read_format (self, leyden_value_get_member (request, "response_format"), error);
}
