/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-report-maker.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-chart-format.h"
#include "leyden-dashboard-result.h"
#include "leyden-dashboard.h"
#include "leyden-gateway-insights.h"

#define DASHBOARDS "dashboards"

gboolean
leyden_report_maker_check (LeydenValue  *request,
                           GError      **error)
{
  const char *dashboard = leyden_value_get_member_string (request, "dashboard", NULL), *experiment = leyden_value_get_member_string (request, "experiment", NULL);
  const char *zone = leyden_value_get_member_string (request, "zone", "");
  LeydenValue *time = leyden_value_get_member (request, "time"), *variables = leyden_value_get_member (request, "variables");
  g_autoptr(GTimeZone) found = leyden_dashboard_find_zone (zone);
  const char *problem = NULL;
  gint64 from, to;

  if ((dashboard == NULL) == (experiment == NULL))
    problem = _("name one “dashboard” or one “experiment”");
  else if (strlen (dashboard != NULL ? dashboard : experiment) > 200)
    problem = _("no dashboard or experiment is called so");
  else if (found == NULL)
    problem = _("zone: there is no time zone of that name");
  else if (time != NULL && !leyden_dashboard_resolve_time (time, zone, G_GINT64_CONSTANT (1800000000000000000), &from, &to))
    problem = _("time: must be {\"range\": \"24h\"} or {\"from\", \"to\"}");
  else if (variables != NULL && leyden_value_get_kind (variables) != LEYDEN_VALUE_OBJECT)
    problem = _("variables: must be an object of names and values");
  if (problem == NULL)
    return TRUE;
  g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, problem);
  return FALSE;
}

/* --- a dashboard: its document, its questions one after the other, its report --- */

typedef struct
{
  LeydenValue  *request;
  LeydenValue  *document;
  LeydenValue  *variables;
  LeydenReport *report;
  char         *zone;
  gint64        now_ns, from_ns, to_ns;
  guint         panel;          /* that is being asked */
  guint         query;
  GPtrArray    *results;        /* of its queries so far */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  leyden_value_unref (work->request);
  g_clear_pointer (&work->document, leyden_value_unref);
  g_clear_pointer (&work->variables, leyden_value_unref);
  g_clear_pointer (&work->report, leyden_report_free);
  g_ptr_array_unref (work->results);
  g_free (work->zone);
  g_free (work);
}

static LeydenValue *
get_panel (Work *work)
{
  return leyden_value_get_item (leyden_value_get_member (work->document, "panels"), work->panel);
}

/* The panel's options, with the zone and the stretch of time where x is time. */
static LeydenValue *
make_options (Work        *work,
              LeydenValue *panel,
              LeydenValue *result)
{
  LeydenValue *options = leyden_value_get_member (panel, "options");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "zone", work->zone);
  if (strcmp (leyden_value_get_member_string (result, "shape", ""), "time") == 0 && work->from_ns > 0)
    {
      leyden_value_builder_set_int (&b, "from", work->from_ns);
      leyden_value_builder_set_int (&b, "to", work->to_ns);
    }
  for (guint i = 0; leyden_value_get_kind (options) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (options); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (options, i), leyden_value_get_item (options, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
list_results (Work *work)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < work->results->len; i++)
    leyden_value_builder_add (&b, work->results->pdata[i]);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
finish_panel (Work *work)
{
  LeydenValue *panel = get_panel (work);
  const char *title = leyden_value_get_member_string (panel, "title", ""), *kind = leyden_value_get_member_string (panel, "kind", "");
  const char *text = leyden_value_get_member_string (leyden_value_get_member (panel, "options"), "text", "");
  g_autoptr(LeydenValue) results = list_results (work);
  g_autoptr(LeydenValue) result = leyden_dashboard_result_join (leyden_value_get_member (panel, "queries"), results);

  if (strcmp (kind, "text") == 0)
    leyden_report_add_text (work->report, title, text);
  else
    {
      g_autoptr(LeydenValue) options = make_options (work, panel, result);

      leyden_report_add_panel (work->report, title, kind, result, options);
    }
  g_ptr_array_set_size (work->results, 0);
  work->query = 0;
  work->panel++;
}

static void ask_next (GTask *task);

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  Work *work = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  LeydenValue *answer = leyden_gateway_ask_finish (LEYDEN_GATEWAY (object), result, &error);

  if (answer == NULL)
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "error", error->message);
      leyden_value_builder_end (&b);
      answer = leyden_value_builder_end_value (&b);
    }
  g_ptr_array_add (work->results, answer);
  work->query++;
  ask_next (g_steal_pointer (&task));
}

/* Takes @task. */
static void
ask_next (GTask *task)
{
  Work *work = g_task_get_task_data (task);
  guint n_panels = leyden_value_get_size (leyden_value_get_member (work->document, "panels"));

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  for (; work->panel < n_panels; finish_panel (work))
    {
      LeydenValue *queries = leyden_value_get_member (get_panel (work), "queries");
      g_autoptr(LeydenValue) query = NULL;

      if (work->query >= leyden_value_get_size (queries))
        continue;
      query = leyden_dashboard_make_query (leyden_value_get_item (queries, work->query), work->variables, work->from_ns, work->to_ns, work->zone);
      leyden_gateway_ask_async (g_task_get_source_object (task), query, g_task_get_cancellable (task), answered_cb, task);
      return;
    }
  g_task_return_pointer (task, g_steal_pointer (&work->report), (GDestroyNotify) leyden_report_free);
  g_object_unref (task);
}

/* Those of the document, with what the request says of them. */
static LeydenValue *
make_variables (LeydenValue *document,
                LeydenValue *asked)
{
  LeydenValue *variables = leyden_dashboard_get_variables (document);

  for (guint i = 0; leyden_value_get_kind (asked) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (asked); i++)
    if (leyden_value_get_member (variables, leyden_value_get_key (asked, i)) != NULL)
      {
        LeydenValue *changed = leyden_value_with_member (variables, leyden_value_get_key (asked, i), leyden_value_get_item (asked, i));

        leyden_value_unref (variables);
        variables = changed;
      }
  return variables;
}

static char *
find_zone_name (LeydenValue *request,
                LeydenValue *document)
{
  const char *name = leyden_value_get_member_string (request, "zone", "");
  g_autoptr(GTimeZone) zone = NULL;

  if (*name == '\0')
    name = leyden_value_get_member_string (document, "zone", "");
  /* That of this machine has a name, too. */
  zone = leyden_dashboard_find_zone (name);
  return g_strdup (zone != NULL ? g_time_zone_get_identifier (zone) : "UTC");
}

static void
add_head (Work *work)
{
  g_autoptr(GTimeZone) zone = g_time_zone_new_identifier (work->zone);
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  g_autofree char *period = NULL;

  if (zone == NULL)
    zone = g_time_zone_new_utc ();
  from = work->from_ns > 0 ? leyden_chart_format_time ((double) work->from_ns, zone, 60e9) : g_strdup (_("the beginning"));
  to = leyden_chart_format_time ((double) work->to_ns, zone, 60e9);
  period = g_strdup_printf (_("%s to %s"), from, to);
  leyden_report_add_fact (work->report, _("Period"), period);
  leyden_report_add_fact (work->report, _("Time zone"), work->zone);
  for (guint i = 0; i < leyden_value_get_size (work->variables); i++)
    {
      const char *value = leyden_value_get_string (leyden_value_get_item (work->variables, i), NULL);

      if (value != NULL && *value != '\0')
        leyden_report_add_fact (work->report, leyden_value_get_key (work->variables, i), value);
    }
}

/* Takes @task and @document. */
static void
begin_dashboard (GTask       *task,
                 LeydenValue *document)
{
  Work *work = g_task_get_task_data (task);
  LeydenValue *time = leyden_value_get_member (work->request, "time");
  const char *title = leyden_value_get_member_string (work->request, "title", leyden_value_get_member_string (document, "title", ""));

  work->document = document;
  work->zone = find_zone_name (work->request, document);
  work->variables = make_variables (document, leyden_value_get_member (work->request, "variables"));
  if (!leyden_dashboard_resolve_time (time != NULL ? time : leyden_value_get_member (document, "time"), work->zone, work->now_ns, &work->from_ns, &work->to_ns))
    {
      work->from_ns = work->now_ns - G_GINT64_CONSTANT (86400000000000);
      work->to_ns = work->now_ns;
    }
  work->report = leyden_report_new (title, leyden_value_get_member_string (document, "description", ""), work->zone, work->now_ns);
  add_head (work);
  ask_next (task);
}

static void
document_read_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(GTask) task = data;
  Work *work = g_task_get_task_data (task);
  const char *id = leyden_value_get_member_string (work->request, "dashboard", "");
  GError *error = NULL;
  g_autoptr(LeydenValue) found = leyden_store_get_document_finish (LEYDEN_STORE (object), result, &error);
  LeydenValue *document = leyden_value_get_member (leyden_value_get_member (found, id), "dashboard");

  if (found == NULL)
    g_task_return_error (task, error);
  else if (document == NULL)
    g_task_return_new_error (task, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no dashboard “%s”"), id);
  else
    begin_dashboard (g_steal_pointer (&task), leyden_value_ref (document));
}

/* --- an experiment --- */

static void
return_experiment (GTask       *task,
                   LeydenValue *snapshot)
{
  Work *work = g_task_get_task_data (task);
  g_autofree char *zone = find_zone_name (work->request, NULL);
  const char *title = leyden_value_get_member_string (work->request, "title", NULL);

  g_task_return_pointer (task, leyden_report_from_experiment (snapshot, title, zone, work->now_ns), (GDestroyNotify) leyden_report_free);
}

static void
experiment_read_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  LeydenExperimentRow *row = leyden_store_get_experiment_finish (LEYDEN_STORE (object), result, &error);

  if (row == NULL)
    g_task_return_error (task, error);
  else
    {
      g_autoptr(LeydenValue) snapshot = leyden_gateway_stored_snapshot (row);

      return_experiment (task, snapshot);
      leyden_experiment_row_free (row);
    }
}

/* Takes @task. */
static void
begin_experiment (GTask         *task,
                  LeydenGateway *gateway,
                  const char    *id)
{
  LeydenActiveExperiment *active = g_hash_table_lookup (gateway->experiments, id);

  if (active != NULL && active->live != NULL && active->begun)
    {
      g_autoptr(LeydenValue) snapshot = leyden_experiment_snapshot (active->live);

      return_experiment (task, snapshot);
      g_object_unref (task);
      return;
    }
  leyden_store_get_experiment_async (LEYDEN_STORE (gateway->store), id, g_task_get_cancellable (task), experiment_read_cb, task);
}

void
leyden_report_maker_run_async (LeydenGateway       *gateway,
                               LeydenValue         *request,
                               gint64               now_ns,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (gateway, cancellable, callback, data);
  const char *dashboard = leyden_value_get_member_string (request, "dashboard", NULL);
  LeydenValue *ready;
  Work *work = g_new0 (Work, 1);

  work->request = leyden_value_ref (request);
  work->now_ns = now_ns;
  work->results = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  g_task_set_source_tag (task, leyden_report_maker_run_async);
  g_task_set_task_data (task, work, work_free);
  if (dashboard == NULL)
    {
      begin_experiment (g_steal_pointer (&task), gateway, leyden_value_get_member_string (request, "experiment", ""));
      return;
    }
  ready = leyden_gateway_load_ready_dashboard (dashboard);
  if (ready != NULL)
    begin_dashboard (g_steal_pointer (&task), ready);
  else
    leyden_store_get_document_async (LEYDEN_STORE (gateway->store), DASHBOARDS, dashboard, cancellable, document_read_cb, g_steal_pointer (&task));
}

LeydenReport *
leyden_report_maker_run_finish (LeydenGateway  *gateway,
                                GAsyncResult   *result,
                                GError        **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
