/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-mlflow-client.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-remote-private.h"
#include "leyden-text.h"

void
leyden_mlflow_experiment_free (gpointer data)
{
  LeydenMlflowExperiment *self = data;

  g_free (self->id);
  g_free (self->name);
  g_free (self);
}

void
leyden_mlflow_run_free (gpointer data)
{
  LeydenMlflowRun *self = data;

  g_free (self->id);
  g_free (self->name);
  g_free (self->status);
  g_clear_pointer (&self->metrics, leyden_value_unref);
  g_clear_pointer (&self->params, leyden_value_unref);
  g_free (self);
}

/* {"error_code": "RESOURCE_DOES_NOT_EXIST", "message"} */
static gboolean
check (GBytes       *body,
       guint         status,
       LeydenValue **value,
       GError      **error)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  const char *code, *message;

  *value = leyden_json_parse_bytes (body, &limits, NULL);
  code = leyden_value_get_member_string (*value, "error_code", NULL);
  message = leyden_value_get_member_string (*value, "message", NULL);
  if (status >= 400 && code != NULL && message != NULL)
    {
      g_autofree char *line = leyden_text_escape (message, -1, 500);
      gboolean missing = strcmp (code, "RESOURCE_DOES_NOT_EXIST") == 0;

      g_set_error_literal (error, LEYDEN_REMOTE_ERROR,
                           missing ? LEYDEN_REMOTE_ERROR_NOT_FOUND : status == 400 ? LEYDEN_REMOTE_ERROR_INVALID : LEYDEN_REMOTE_ERROR_UNAVAILABLE, line);
      return FALSE;
    }
  if (!leyden_remote_check_status (status, NULL, error))
    return FALSE;
  if (leyden_value_get_kind (*value) == LEYDEN_VALUE_OBJECT)
    return TRUE;
  g_set_error_literal (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL, _("The answer is not that of an MLflow server"));
  return FALSE;
}

/* Numbers of 64 bits may be texts, and so are "NaN" and "Infinity". */
static double
read_double (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);
  double number = NAN;
  char *end = NULL;

  if (text == NULL)
    return leyden_value_get_double (value, &number) ? number : NAN;
  number = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' ? number : NAN;
}

static gint64
read_int (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);
  gint64 number = 0;

  if (text != NULL)
    g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL);
  else
    leyden_value_get_int (value, &number);
  return number;
}

/* Milliseconds since the epoch; what no clock shows is 0. */
static gint64
read_time (LeydenValue *value)
{
  gint64 ms = read_int (value);

  return ms > 0 && ms < G_MAXINT64 / 1000000 ? ms * 1000000 : 0;
}

static LeydenValue *
find_list (LeydenValue *object,
           const char  *name)
{
  LeydenValue *list = leyden_value_get_member (object, name);

  return leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? list : NULL;
}

static void
set_token (char       **token,
           LeydenValue *value)
{
  *token = g_strdup (leyden_value_get_member_string (value, "next_page_token", ""));
}

GPtrArray *
leyden_mlflow_experiments_parse (GBytes  *body,
                                 guint    status,
                                 char   **token,
                                 GError **error)
{
  g_autoptr(LeydenValue) value = NULL;
  GPtrArray *experiments;
  LeydenValue *list;

  if (!check (body, status, &value, error))
    return NULL;
  list = find_list (value, "experiments");
  experiments = g_ptr_array_new_with_free_func (leyden_mlflow_experiment_free);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *item = leyden_value_get_item (list, i);
      const char *id = leyden_value_get_member_string (item, "experiment_id", NULL), *name = leyden_value_get_member_string (item, "name", NULL);
      LeydenMlflowExperiment *experiment;

      if (id == NULL || name == NULL)
        continue;
      experiment = g_new0 (LeydenMlflowExperiment, 1);
      experiment->id = g_strdup (id);
      experiment->name = g_strdup (name);
      g_ptr_array_add (experiments, experiment);
    }
  set_token (token, value);
  return experiments;
}

/* A list of {"key", "value"} as an object. */
static LeydenValue *
read_pairs (LeydenValue *list,
            gboolean     numbers)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *item = leyden_value_get_item (list, i);
      const char *key = leyden_value_get_member_string (item, "key", NULL);
      LeydenValue *value = leyden_value_get_member (item, "value");

      if (key != NULL && numbers)
        leyden_value_builder_set_double (&b, key, read_double (value));
      else if (key != NULL)
        leyden_value_builder_set (&b, key, value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenMlflowRun *
read_run (LeydenValue *item)
{
  LeydenValue *info = leyden_value_get_member (item, "info"), *data = leyden_value_get_member (item, "data");
  const char *id = leyden_value_get_member_string (info, "run_id", NULL);
  LeydenMlflowRun *run;

  if (id == NULL)
    return NULL;
  run = g_new0 (LeydenMlflowRun, 1);
  run->id = g_strdup (id);
  run->name = g_strdup (leyden_value_get_member_string (info, "run_name", id));
  run->status = g_strdup (leyden_value_get_member_string (info, "status", ""));
  run->started_ns = read_time (leyden_value_get_member (info, "start_time"));
  run->ended_ns = read_time (leyden_value_get_member (info, "end_time"));
  run->metrics = read_pairs (find_list (data, "metrics"), TRUE);
  run->params = read_pairs (find_list (data, "params"), FALSE);
  return run;
}

GPtrArray *
leyden_mlflow_runs_parse (GBytes  *body,
                          guint    status,
                          char   **token,
                          GError **error)
{
  g_autoptr(LeydenValue) value = NULL;
  GPtrArray *runs;
  LeydenValue *list;

  if (!check (body, status, &value, error))
    return NULL;
  list = find_list (value, "runs");
  runs = g_ptr_array_new_with_free_func (leyden_mlflow_run_free);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenMlflowRun *run = read_run (leyden_value_get_item (list, i));

      if (run != NULL)
        g_ptr_array_add (runs, run);
    }
  set_token (token, value);
  return runs;
}

GArray *
leyden_mlflow_history_parse (GBytes  *body,
                             guint    status,
                             char   **token,
                             GError **error)
{
  g_autoptr(LeydenValue) value = NULL;
  GArray *points;
  LeydenValue *list;

  if (!check (body, status, &value, error))
    return NULL;
  list = find_list (value, "metrics");
  points = g_array_new (FALSE, FALSE, sizeof (LeydenMlflowPoint));
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *item = leyden_value_get_item (list, i);
      LeydenMlflowPoint point = {
        .step = read_int (leyden_value_get_member (item, "step")), .time_ns = read_time (leyden_value_get_member (item, "timestamp")),
        .value = read_double (leyden_value_get_member (item, "value")),
      };

      g_array_append_val (points, point);
    }
  set_token (token, value);
  return points;
}
