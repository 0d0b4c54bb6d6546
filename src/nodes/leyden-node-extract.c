/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-expression.h"
#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-number-text.h"
#include "leyden-text.h"

LEYDEN_DEFINE_NODE (LeydenNodeExtract, leyden_node_extract)

/* What the pattern finds: the wanted group, NULL without an error when nothing matches or the group took no part. */
static LeydenValue *
extract_regex (LeydenNodeContext  *context,
               LeydenValue        *input,
               GError            **error)
{
  const char *pattern = leyden_node_context_get_parameter_string (context, "pattern");
  gboolean last = g_str_equal (leyden_node_context_get_parameter_string (context, "occurrence"), "last");
  gint64 group = 0;
  g_autofree char *subject = leyden_node_text_of (input);
  g_autoptr(LeydenValue) groups = NULL;
  LeydenValue *found;

  leyden_value_get_int (leyden_node_context_get_parameter (context, "group"), &group);
  groups = last ? leyden_regex_match_last (pattern, subject, error) : leyden_regex_match (pattern, subject, error);
  if (groups == NULL)
    return NULL;
  if (group < 0 || group >= leyden_value_get_size (groups))
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The pattern has no group %d"), (int) group);
  found = leyden_value_get_item (groups, (guint) group);
  return leyden_value_is_null (found) ? NULL : leyden_value_ref (found);
}

/* Text is read as JSON first. */
static LeydenValue *
extract_path (LeydenNodeContext  *context,
              LeydenValue        *input,
              GError            **error)
{
  const char *path = leyden_node_context_get_parameter_string (context, "path");
  gsize length;
  const char *text = leyden_value_get_string (input, &length);
  g_autoptr(LeydenValue) parsed = NULL;
  g_autoptr(GError) local_error = NULL;

  if (text == NULL)
    return leyden_json_path_extract (input, path, error);
  parsed = leyden_json_parse (text, (gssize) length, NULL, &local_error);
  if (parsed == NULL)
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The text is not JSON: %s"), local_error->message);
  return leyden_json_path_extract (parsed, path, error);
}

static char *
shorten (LeydenValue *value)
{
  g_autofree char *text = leyden_node_text_of (value);

  return leyden_text_escape (text, -1, 80);
}

static LeydenValue *
to_number (LeydenValue  *found,
           GError      **error)
{
  g_autofree char *shown = NULL;
  double number;

  if (leyden_value_get_number_text (found) != NULL)
    return leyden_value_ref (found);
  if (leyden_number_from_value (found, &number))
    return leyden_value_new_double (number);
  shown = shorten (found);
  return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("“%s” is not a number"), shown);
}

static LeydenValue *
to_boolean (LeydenValue  *found,
            GError      **error)
{
  static const char * const yes[] = { "true", "yes", "1", "y", "on", NULL };
  static const char * const no[] = { "false", "no", "0", "n", "off", NULL };
  g_autofree char *text = NULL;
  g_autofree char *folded = NULL;
  g_autofree char *shown = NULL;

  if (leyden_value_get_kind (found) == LEYDEN_VALUE_BOOLEAN)
    return leyden_value_ref (found);
  text = leyden_node_text_of (found);
  folded = g_ascii_strdown (g_strstrip (text), -1);
  if (g_strv_contains (yes, folded))
    return leyden_value_new_boolean (TRUE);
  if (g_strv_contains (no, folded))
    return leyden_value_new_boolean (FALSE);
  shown = shorten (found);
  return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("“%s” is neither yes nor no"), shown);
}

static LeydenValue *
to_json (LeydenValue  *found,
         GError      **error)
{
  gsize length;
  const char *text = leyden_value_get_string (found, &length);
  g_autofree char *shown = NULL;
  LeydenValue *parsed;

  if (text == NULL)
    return leyden_value_ref (found);
  parsed = leyden_json_parse (text, (gssize) length, NULL, NULL);
  if (parsed != NULL)
    return parsed;
  shown = shorten (found);
  return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("“%s” is not JSON"), shown);
}

static LeydenValue *
convert (LeydenNodeContext  *context,
         LeydenValue        *found,
         GError            **error)
{
  const char *type = leyden_node_context_get_parameter_string (context, "type");
  g_autofree char *text = NULL;

  if (g_str_equal (type, "number"))
    return to_number (found, error);
  if (g_str_equal (type, "boolean"))
    return to_boolean (found, error);
  if (g_str_equal (type, "json"))
    return to_json (found, error);
  text = leyden_node_text_of (found);
  return leyden_value_new_string (text, -1);
}

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenValue *input = leyden_node_context_get_input (context, "text");
  gboolean path = g_str_equal (leyden_node_context_get_parameter_string (context, "method"), "json_path");
  GError *local_error = NULL;
  g_autoptr(LeydenValue) found = path ? extract_path (context, input, &local_error) : extract_regex (context, input, &local_error);
  LeydenValue *value;

  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return NULL;
    }
  if (found != NULL)
    {
      value = convert (context, found, error);
      return value != NULL ? leyden_node_output_one ("value", value) : NULL;
    }
  if (g_str_equal (leyden_node_context_get_parameter_string (context, "on_missing"), "null"))
    return leyden_node_output_one ("value", leyden_value_new_null ());
  return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE,
                                path ? _("Nothing stands at the path “%s”") : _("The pattern “%s” was not found"),
                                leyden_node_context_get_parameter_string (context, path ? "path" : "pattern"));
}

static void
leyden_node_extract_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
