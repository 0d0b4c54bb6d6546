/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-node-regex.h"
#include "leyden-number-text.h"
#include "leyden-text.h"

LEYDEN_DEFINE_NODE (LeydenNodeExtract, leyden_node_extract)

static gboolean
wants_last (LeydenNodeContext *context)
{
  return g_str_equal (leyden_node_context_get_parameter_string (context, "occurrence"), "last");
}

/* The wanted group of what was found; NULL without an error when it took no part. */
static LeydenValue *
pick_group (LeydenNodeContext  *context,
            LeydenValue        *groups,
            GError            **error)
{
  gint64 group = 0;
  LeydenValue *found;

  leyden_value_get_int (leyden_node_context_get_parameter (context, "group"), &group);
  if (group < 0 || group >= leyden_value_get_size (groups))
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The pattern has no group %d"), (int) group);
  found = leyden_value_get_item (groups, (guint) group);
  return leyden_value_is_null (found) ? NULL : leyden_value_ref (found);
}

static LeydenValue *
extract_regex (LeydenNodeContext  *context,
               LeydenValue        *input,
               GError            **error)
{
  const char *pattern = leyden_node_context_get_parameter_string (context, "pattern");
  g_autofree char *subject = leyden_node_text_of (input);
  g_autoptr(LeydenValue) groups = NULL;

  if (leyden_regex_may_run_away (pattern, strlen (subject)))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "The search may take longer");
      return NULL;
    }
  groups = wants_last (context) ? leyden_regex_match_last (pattern, subject, error) : leyden_regex_match (pattern, subject, error);
  return groups != NULL ? pick_group (context, groups, error) : NULL;
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

static gboolean
is_path (LeydenNodeContext *context)
{
  return g_str_equal (leyden_node_context_get_parameter_string (context, "method"), "json_path");
}

/* Outputs from what was found (NULL: nothing); takes @failure. */
static LeydenValue *
conclude (LeydenNodeContext  *context,
          LeydenValue        *found,
          GError             *failure,
          GError            **error)
{
  gboolean path = is_path (context);
  LeydenValue *value;

  if (failure != NULL)
    {
      g_propagate_error (error, failure);
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

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenValue *input = leyden_node_context_get_input (context, "text");
  GError *failure = NULL;
  g_autoptr(LeydenValue) found = is_path (context) ? extract_path (context, input, &failure) : extract_regex (context, input, &failure);

  return conclude (context, found, failure, error);
}

static void
searched_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenNodeContext *context = g_task_get_task_data (task);
  GError *failure = NULL;
  GError *error = NULL;
  g_autoptr(LeydenValue) groups = leyden_node_regex_finish (result, &failure);
  g_autoptr(LeydenValue) found = groups != NULL ? pick_group (context, groups, &failure) : NULL;
  LeydenValue *outputs = conclude (context, found, failure, &error);

  if (outputs != NULL)
    g_task_return_pointer (task, outputs, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

/* A search that may run away does so in a thread. */
static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  g_autofree char *subject = leyden_node_text_of (leyden_node_context_get_input (context, "text"));
  GTask *task = g_task_new (executor, NULL, callback, data);

  g_task_set_task_data (task, context, NULL);
  leyden_node_regex_async (leyden_node_context_get_parameter_string (context, "pattern"), subject, wants_last (context),
                           executor, searched_cb, task);
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
leyden_node_extract_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}
