/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-agl.h"
#include "leyden-gateway-attach.h"
#include "leyden-gateway-backups.h"
#include "leyden-gateway-insights.h"

#include <string.h>
#include <unistd.h>

#include "leyden-check.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-otlp-receiver.h"
#include "leyden-reports.h"
#include "leyden-sources.h"
#include "leyden-rollout-file.h"
#include "leyden-webhooks.h"

/* ---- Small routes ---- */

static void
get_healthz (LeydenGateway      *self,
             LeydenHttpExchange *exchange)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "status", "ok");
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

static void
get_info (LeydenGateway      *self,
          LeydenHttpExchange *exchange)
{
  const LeydenPrincipal *principal = leyden_gateway_get_principal (exchange);
  g_autoptr(LeydenValue) info = leyden_gateway_dup_info (self);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (info); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (info, i), leyden_value_get_item (info, i));
  leyden_value_builder_set_string (&b, "key_name", principal->name);
  leyden_value_builder_set_string (&b, "role", leyden_gateway_role_to_string (principal->role));
  leyden_gateway_describe_facts (self, &b);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

static void
inspected_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  LeydenHttpExchange *exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = leyden_sqlite_store_inspect_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (value == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else
    leyden_http_exchange_respond_json (exchange, 200, value);
  leyden_http_exchange_unref (exchange);
}

static void
get_database (LeydenGateway      *self,
              LeydenHttpExchange *exchange)
{
  leyden_sqlite_store_inspect_async (self->store, NULL, inspected_cb, leyden_http_exchange_ref (exchange));
}

static void
get_components (LeydenGateway      *self,
                LeydenHttpExchange *exchange)
{
  if (self->components == NULL)
    {
      g_autoptr(LeydenValue) value = leyden_catalog_to_value (self->catalog);

      self->components = leyden_json_write_bytes (value, LEYDEN_JSON_COMPACT);
    }
  leyden_http_exchange_respond (exchange, 200, "application/json", self->components);
}

static gboolean
has_other_clients (LeydenGateway *self,
                   const char    *client)
{
  GHashTableIter iter;
  gpointer other;

  g_hash_table_iter_init (&iter, self->clients);
  while (g_hash_table_iter_next (&iter, &other, NULL))
    if (client == NULL || strcmp (client, other) != 0)
      return TRUE;
  return FALSE;
}

static gboolean
end_cb (gpointer data)
{
  g_signal_emit_by_name (data, "ended");
  return G_SOURCE_REMOVE;
}

static void
post_shutdown (LeydenGateway      *self,
               LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  const char *client = leyden_http_exchange_get_header (exchange, "X-Leyden-Client");
  g_autoptr(GSource) source = NULL;
  gboolean if_idle;

  if (body == NULL)
    return;
  if_idle = leyden_value_get_member_boolean (body, "if_idle", FALSE);
  if (if_idle && leyden_gateway_count_experiments (self) > 0)
    {
      leyden_http_exchange_respond_error (exchange, 409, "%u experiments are under way; pause or stop them first, or leave out if_idle",
                                          leyden_gateway_count_experiments (self));
      return;
    }
  if (if_idle && g_hash_table_size (self->active) > 0)
    {
      leyden_http_exchange_respond_error (exchange, 409, "%u runs are under way; cancel them first, or leave out if_idle",
                                          g_hash_table_size (self->active));
      return;
    }
  if (if_idle && has_other_clients (self, client))
    {
      leyden_http_exchange_respond_error (exchange, 409, "Another client is connected");
      return;
    }
  self->stopping = TRUE;
  leyden_gateway_respond_take (exchange, 202, leyden_json_parse ("{}", -1, NULL, NULL));
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_LOW);
  g_source_set_callback (source, end_cb, g_object_ref (self), g_object_unref);
  g_source_attach (source, g_main_context_get_thread_default ());
}

/* ---- Validation, in a thread: a flow may be large ---- */

static LeydenValue *
make_verdict (GPtrArray *problems)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "valid", !leyden_problems_have_errors (problems));
  leyden_value_builder_key (&b, "problems");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < problems->len; i++)
    leyden_value_builder_take (&b, leyden_problem_to_value (g_ptr_array_index (problems, i)));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
validate_thread (GTask        *task,
                 gpointer      source,
                 gpointer      task_data,
                 GCancellable *cancellable)
{
  LeydenHttpExchange *exchange = task_data;
  LeydenGateway *self = source;
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GPtrArray) problems = NULL;
  g_autoptr(GError) error = NULL;

  flow = leyden_flow_parse (leyden_http_exchange_get_body (exchange), "body", &error);
  if (flow == NULL)
    {
      leyden_gateway_respond_gerror (exchange, error);
      return;
    }
  problems = leyden_flow_check (flow, LEYDEN_NODE_TYPES (self->catalog));
  leyden_gateway_respond_take (exchange, 200, make_verdict (problems));
}

static void
post_validate (LeydenGateway      *self,
               LeydenHttpExchange *exchange)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, NULL, NULL);

  g_task_set_source_tag (task, post_validate);
  g_task_set_task_data (task, leyden_http_exchange_ref (exchange), (GDestroyNotify)leyden_http_exchange_unref);
  g_task_run_in_thread (task, validate_thread);
}

/* ---- Clients and the clock of --idle-exit ---- */

static gboolean
is_busy (LeydenGateway *self)
{
  return g_hash_table_size (self->active) > 0 || leyden_gateway_count_experiments (self) > 0
         || leyden_proxy_get_n_inflight (self->proxy) > 0 || leyden_gateway_count_attached (self) > 0
         || self->n_leases > 0 || (self->webhooks != NULL && leyden_webhooks_is_busy (self->webhooks)) || leyden_backups_is_busy (self->backups) || leyden_reports_is_busy (self->reports) || leyden_event_hub_get_n_clients (self->hub) > 0;
}

static gboolean
idle_cb (gpointer data)
{
  LeydenGateway *self = data;

  g_clear_pointer (&self->idle, g_source_unref);
  if (is_busy (self))
    return G_SOURCE_REMOVE;
  self->stopping = TRUE;
  g_object_ref (self);
  g_signal_emit_by_name (self, "ended");
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

/* While a run, a training or a client is there the clock stands still; whoever ends calls this again. */
void
leyden_gateway_touch (LeydenGateway *self)
{
  if (self->idle != NULL)
    g_source_destroy (self->idle);
  g_clear_pointer (&self->idle, g_source_unref);
  if (self->idle_exit_s == 0 || self->stopping || self->hub == NULL || is_busy (self))
    return;
  self->idle = g_timeout_source_new_seconds (self->idle_exit_s);
  g_source_set_callback (self->idle, idle_cb, self, NULL);
  g_source_attach (self->idle, g_main_context_get_thread_default ());
}

void
leyden_gateway_client_joined (LeydenGateway *self,
                              const char    *client)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->clients, client));

  g_hash_table_insert (self->clients, g_strdup (client), GUINT_TO_POINTER (n + 1));
  leyden_gateway_touch (self);
}

void
leyden_gateway_client_left (LeydenGateway *self,
                            const char    *client)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->clients, client));

  if (n > 1)
    g_hash_table_insert (self->clients, g_strdup (client), GUINT_TO_POINTER (n - 1));
  else
    g_hash_table_remove (self->clients, client);
  leyden_gateway_touch (self);
}

/* ---- The table ---- */

static void get_openapi (LeydenGateway *self, LeydenHttpExchange *exchange);

#define OPEN LEYDEN_HTTP_ROUTE_OPEN
#define JSON LEYDEN_HTTP_ROUTE_JSON
#define SPOOL (LEYDEN_HTTP_ROUTE_SPOOL | LEYDEN_HTTP_ROUTE_FORMS_OK)
#define NONE LEYDEN_HTTP_ROUTE_DEFAULT
#define BODY LEYDEN_MAX_BODY
#define FLOW LEYDEN_MAX_FLOW
#define AGL (LEYDEN_HTTP_ROUTE_FORMS_OK | LEYDEN_HTTP_ROUTE_NO_HEAD)
#define WIRE LEYDEN_MAX_WIRE
#define ENCODED LEYDEN_HTTP_ROUTE_ENCODED
#define VIEWER LEYDEN_ROLE_VIEWER
#define AUTHOR LEYDEN_ROLE_AUTHOR
#define OPERATOR LEYDEN_ROLE_OPERATOR
#define ADMIN LEYDEN_ROLE_ADMIN
#define ROLLOUT LEYDEN_ACCESS_ROLLOUT_KEY
#define OWN_AUDIT LEYDEN_ACCESS_OWN_AUDIT

/* Without a role: viewers may GET, authors all else. What operators and admins do is audited. */
static const LeydenRoute routes[] = {
  { "GET", "/healthz", OPEN, 0, get_healthz },
  { "GET", "/readyz", OPEN, 0, leyden_gateway_get_readyz },
  { "GET", "/metrics", NONE, 0, leyden_gateway_get_metrics },
  { "GET", "/openapi.json", OPEN, 0, get_openapi },
  { "POST", "/api/rollouts", AGL, WIRE, leyden_gateway_agl_create },
  { "GET", "/api/rollouts", AGL, WIRE, leyden_gateway_agl_list },
  { "GET", "/api/rollouts/terminal", AGL, WIRE, leyden_gateway_agl_terminal },
  { "GET", "/api/rollouts/{rollout_id}", AGL, WIRE, leyden_gateway_agl_get, VIEWER | ROLLOUT },
  { "PATCH", "/api/rollouts/{rollout_id}", AGL, WIRE, leyden_gateway_agl_patch },
  { "DELETE", "/api/rollouts/{rollout_id}", AGL, WIRE, leyden_gateway_agl_delete, OPERATOR },
  { "POST", "/api/rollouts/{rollout_id}/attempt/{attempt_id}/events", AGL, WIRE, leyden_gateway_agl_post_event, AUTHOR | ROLLOUT },
  { "GET", "/api/rollouts/{rollout_id}/events", AGL, WIRE, leyden_gateway_agl_events, VIEWER | ROLLOUT },
  { "POST", "/api/models", AGL, WIRE, leyden_gateway_agl_put_models, OPERATOR },
  { "DELETE", "/api/models", AGL, WIRE, leyden_gateway_agl_clear_models, OPERATOR },
  { "GET", "/leyden/v1/info", NONE, 0, get_info },
  { "GET", "/leyden/v1/database", NONE, 0, get_database },
  { "POST", "/leyden/v1/shutdown", JSON, BODY, post_shutdown, ADMIN },
  { "GET", "/leyden/v1/components", NONE, 0, get_components },
  { "POST", "/leyden/v1/validate", JSON, FLOW, post_validate, VIEWER },
  { "PUT", "/leyden/v1/blobs/{sha256}", SPOOL, LEYDEN_MAX_BLOB, leyden_gateway_put_blob },
  { "GET", "/leyden/v1/blobs/{sha256}", NONE, 0, leyden_gateway_get_blob },
  { "GET", "/leyden/v1/datasets/{sha256}", NONE, 0, leyden_gateway_get_dataset },
  { "POST", "/leyden/v1/datasets/{sha256}/mapping", JSON, BODY, leyden_gateway_guess_mapping, VIEWER },
  { "GET", "/leyden/v1/flows/{flow}/versions", NONE, 0, leyden_gateway_list_versions },
  { "POST", "/leyden/v1/flows/{flow}/versions", JSON, BODY, leyden_gateway_add_version },
  { "POST", "/leyden/v1/runs", JSON, FLOW, leyden_gateway_create_run },
  { "GET", "/leyden/v1/runs", NONE, 0, leyden_gateway_list_runs },
  { "GET", "/leyden/v1/runs/{run}", NONE, 0, leyden_gateway_get_run },
  { "GET", "/leyden/v1/runs/{run}/flow", NONE, 0, leyden_gateway_get_run_flow },
  { "POST", "/leyden/v1/runs/{run}/cancel", JSON, BODY, leyden_gateway_cancel_run },
  { "POST", "/leyden/v1/runs/{run}/resume", JSON, BODY, leyden_gateway_resume_run },
  { "GET", "/leyden/v1/runs/{run}/breakpoints", NONE, 0, leyden_gateway_get_breakpoints },
  { "PUT", "/leyden/v1/runs/{run}/breakpoints", JSON, BODY, leyden_gateway_put_breakpoints },
  { "GET", "/leyden/v1/runs/{run}/debug", NONE, 0, leyden_gateway_get_run_debug },
  { "POST", "/leyden/v1/runs/{run}/detach", JSON, BODY, leyden_gateway_detach_debugger },
  { "GET", "/leyden/v1/runs/{run}/compare", NONE, 0, leyden_gateway_compare_runs },
  { "GET", "/leyden/v1/runs/{run}/rollouts", NONE, 0, leyden_gateway_list_rollouts },
  { "GET", "/leyden/v1/runs/{run}/events", NONE, 0, leyden_gateway_run_events },
  { "GET", "/leyden/v1/cache", NONE, 0, leyden_gateway_get_cache },
  { "DELETE", "/leyden/v1/cache", NONE, 0, leyden_gateway_clear_cache, AUTHOR | OWN_AUDIT },
  { "GET", "/leyden/v1/events", NONE, 0, leyden_gateway_all_events },
  { "GET", "/leyden/v1/rollouts", NONE, 0, leyden_gateway_list_agents },
  { "POST", "/leyden/v1/rollouts/query", JSON, BODY, leyden_gateway_query_rollouts, VIEWER },
  { "GET", "/leyden/v1/rollouts/export", NONE, 0, leyden_gateway_export_rollouts },
  { "POST", "/leyden/v1/rollouts/delete", JSON, BODY, leyden_gateway_delete_rollouts, OPERATOR },
  { "POST", "/leyden/v1/rollouts/restore", JSON, BODY, leyden_gateway_restore_rollouts, OPERATOR },
  { "GET", "/leyden/v1/rollouts/{rollout}", NONE, 0, leyden_gateway_get_rollout },
  { "DELETE", "/leyden/v1/rollouts/{rollout}", NONE, 0, leyden_gateway_delete_rollout, OPERATOR },
  { "POST", "/leyden/v1/rollouts/{rollout}/restore", JSON, BODY, leyden_gateway_restore_rollout, OPERATOR },
  { "POST", "/leyden/v1/rollouts/{rollout}/retry", JSON, BODY, leyden_gateway_retry_rollout },
  { "POST", "/leyden/v1/rollouts/import", SPOOL, LEYDEN_ROLLOUT_FILE_MAX, leyden_gateway_import_rollout },
  { "GET", "/leyden/v1/rollouts/{rollout}/export", NONE, 0, leyden_gateway_export_rollout },
  { "GET", "/leyden/v1/rollouts/{rollout}/state", NONE, 0, leyden_gateway_get_state },
  { "GET", "/leyden/v1/rollouts/{rollout}/reading", NONE, 0, leyden_gateway_get_reading },
  { "GET", "/leyden/v1/rollouts/{rollout}/timeline", NONE, 0, leyden_gateway_get_timeline },
  { "GET", "/leyden/v1/rollouts/{rollout}/compare", NONE, 0, leyden_gateway_compare_rollouts },
  { "POST", "/leyden/v1/rollouts/{rollout}/evaluate", JSON, BODY, leyden_gateway_evaluate_watches, VIEWER },
  { "POST", "/leyden/v1/rollouts/{rollout}/fork", JSON, FLOW, leyden_gateway_fork_rollout },
  { "GET", "/leyden/v1/rollouts/{rollout}/records", NONE, 0, leyden_gateway_list_records },
  { "GET", "/leyden/v1/rollouts/{rollout}/records/{sequence}", NONE, 0, leyden_gateway_get_record },
  { "GET", "/leyden/v1/rollouts/{rollout}/events", NONE, 0, leyden_gateway_rollout_events },
  { "GET", "/leyden/v1/rollouts/{rollout}/training", NONE, 0, leyden_gateway_get_training },
  { "GET", "/leyden/v1/rollouts/{rollout}/training/calls/{call}", NONE, 0, leyden_gateway_get_training_call },
  { "GET", "/leyden/v1/rollouts/{rollout}/debug", NONE, 0, leyden_gateway_get_debug },
  { "POST", "/leyden/v1/rollouts/{rollout}/debug", JSON, BODY, leyden_gateway_post_debug },
  { "POST", "/leyden/v1/rollouts/{rollout}/edits", JSON, BODY, leyden_gateway_post_edit },
  { "POST", "/leyden/v1/rollouts/{rollout}/cancel", JSON, BODY, leyden_gateway_cancel_rollout },
  { "POST", "/leyden/v1/rollouts/{rollout}/answers", JSON, BODY, leyden_gateway_answer_rollout },
  { "POST", "/leyden/v1/rollouts/{rollout}/feedback", JSON, BODY, leyden_gateway_put_feedback },
  { "POST", "/leyden/v1/preflight", JSON, BODY, leyden_gateway_preflight, OPERATOR },
  { "POST", "/leyden/v1/calls", JSON, WIRE, leyden_gateway_send_call, AUTHOR | OWN_AUDIT },
  { "POST", "/leyden/v1/attach", JSON, BODY, leyden_gateway_attach },
  /* It gives a key. */
  { "GET", "/leyden/v1/attach/{rollout}", NONE, 0, leyden_gateway_get_attached, AUTHOR },
  { "DELETE", "/leyden/v1/attach/{rollout}", NONE, 0, leyden_gateway_detach },
  { "POST", "/leyden/v1/experiments", JSON, FLOW, leyden_gateway_create_experiment },
  { "GET", "/leyden/v1/experiments", NONE, 0, leyden_gateway_list_experiments },
  { "GET", "/leyden/v1/experiments/{experiment}", NONE, 0, leyden_gateway_get_experiment },
  { "GET", "/leyden/v1/experiments/{experiment}/grid", NONE, 0, leyden_gateway_get_experiment_grid },
  { "GET", "/leyden/v1/experiments/{experiment}/events", NONE, 0, leyden_gateway_experiment_events },
  { "POST", "/leyden/v1/experiments/{experiment}/pause", JSON, BODY, leyden_gateway_pause_experiment },
  { "POST", "/leyden/v1/experiments/{experiment}/resume", JSON, BODY, leyden_gateway_resume_experiment },
  { "POST", "/leyden/v1/experiments/{experiment}/stop", JSON, BODY, leyden_gateway_stop_experiment },
  { "GET", "/leyden/v1/insights/metrics", NONE, 0, leyden_gateway_list_metrics },
  { "POST", "/leyden/v1/insights/query", JSON, BODY, leyden_gateway_query_insights, VIEWER },
  { "GET", "/leyden/v1/insights/budgets", NONE, 0, leyden_gateway_get_budgets },
  { "PUT", "/leyden/v1/insights/budgets", JSON, BODY, leyden_gateway_put_budgets, OPERATOR },
  { "GET", "/leyden/v1/dashboards", NONE, 0, leyden_gateway_list_dashboards },
  { "GET", "/leyden/v1/dashboards/{id}", NONE, 0, leyden_gateway_get_dashboard },
  { "PUT", "/leyden/v1/dashboards/{id}", JSON, BODY, leyden_gateway_put_dashboard },
  { "DELETE", "/leyden/v1/dashboards/{id}", NONE, 0, leyden_gateway_delete_dashboard },
  { "GET", "/leyden/v1/reports", NONE, 0, leyden_gateway_list_reports },
  { "POST", "/leyden/v1/reports", JSON, BODY, leyden_gateway_make_report },
  { "GET", "/leyden/v1/reports/{id}", NONE, 0, leyden_gateway_get_report },
  { "DELETE", "/leyden/v1/reports/{id}", NONE, 0, leyden_gateway_delete_report },
  { "GET", "/leyden/v1/schedules", NONE, 0, leyden_gateway_list_schedules },
  { "PUT", "/leyden/v1/schedules/{id}", JSON, BODY, leyden_gateway_put_schedule },
  { "DELETE", "/leyden/v1/schedules/{id}", NONE, 0, leyden_gateway_delete_schedule },
  { "GET", "/leyden/v1/alerts", NONE, 0, leyden_gateway_list_alerts },
  { "GET", "/leyden/v1/alerts/history", NONE, 0, leyden_gateway_list_alert_history },
  { "POST", "/leyden/v1/alerts/preview", JSON, BODY, leyden_gateway_preview_alert, VIEWER },
  { "GET", "/leyden/v1/alerts/{id}", NONE, 0, leyden_gateway_get_alert },
  { "PUT", "/leyden/v1/alerts/{id}", JSON, BODY, leyden_gateway_put_alert, OPERATOR },
  { "DELETE", "/leyden/v1/alerts/{id}", NONE, 0, leyden_gateway_delete_alert, OPERATOR },
  { "POST", "/leyden/v1/alerts/{id}/acknowledge", JSON, BODY, leyden_gateway_acknowledge_alert, AUTHOR | OWN_AUDIT },
  /* An address may hold what should stay between sender and receiver. */
  { "GET", "/leyden/v1/webhooks", NONE, 0, leyden_gateway_list_webhooks, OPERATOR },
  { "GET", "/leyden/v1/webhooks/{name}", NONE, 0, leyden_gateway_get_webhook, OPERATOR },
  { "PUT", "/leyden/v1/webhooks/{name}", JSON, BODY, leyden_gateway_put_webhook, OPERATOR },
  { "DELETE", "/leyden/v1/webhooks/{name}", NONE, 0, leyden_gateway_delete_webhook, OPERATOR },
  { "POST", "/leyden/v1/webhooks/{name}/rotate", JSON, BODY, leyden_gateway_rotate_webhook, OPERATOR },
  { "POST", "/leyden/v1/webhooks/{name}/test", JSON, BODY, leyden_gateway_test_webhook, OPERATOR },
  { "POST", "/leyden/v1/webhooks/{name}/replay", JSON, BODY, leyden_gateway_replay_webhook, OPERATOR },
  { "GET", "/leyden/v1/webhooks/{name}/deliveries", NONE, 0, leyden_gateway_list_deliveries, OPERATOR },
  { "GET", "/leyden/v1/deliveries/{id}", NONE, 0, leyden_gateway_get_delivery, OPERATOR },
  { "POST", "/leyden/v1/deliveries/{id}/replay", JSON, BODY, leyden_gateway_replay_delivery, OPERATOR },
  { "GET", "/leyden/v1/mirrors", NONE, 0, leyden_gateway_list_mirrors },
  { "GET", "/leyden/v1/mirrors/{mirror}", NONE, 0, leyden_gateway_get_mirror },
  { "PUT", "/leyden/v1/mirrors/{mirror}", JSON, BODY, leyden_gateway_put_mirror, OPERATOR },
  { "DELETE", "/leyden/v1/mirrors/{mirror}", NONE, 0, leyden_gateway_delete_mirror, OPERATOR },
  { "POST", "/leyden/v1/mirrors/{mirror}/poll", JSON, BODY, leyden_gateway_poll_mirror, OPERATOR },
  { "POST", "/leyden/v1/mirrors/{mirror}/pause", JSON, BODY, leyden_gateway_pause_mirror, OPERATOR },
  { "POST", "/leyden/v1/mirrors/{mirror}/resume", JSON, BODY, leyden_gateway_resume_mirror, OPERATOR },
  { "POST", "/leyden/v1/mirrors/{mirror}/models", JSON, BODY, leyden_gateway_put_mirror_models, OPERATOR },
  { "DELETE", "/leyden/v1/mirrors/{mirror}/models", NONE, 0, leyden_gateway_clear_mirror_models, OPERATOR },
  { "GET", "/leyden/v1/sources", NONE, 0, leyden_gateway_list_sources },
  { "PUT", "/leyden/v1/sources/{name}", JSON, BODY, leyden_gateway_put_source, OPERATOR },
  { "DELETE", "/leyden/v1/sources/{name}", NONE, 0, leyden_gateway_delete_source, OPERATOR },
  { "POST", "/leyden/v1/sources/{name}/test", JSON, BODY, leyden_gateway_test_source, OPERATOR },
  { "GET", "/leyden/v1/sources/{name}/values", NONE, 0, leyden_gateway_list_source_values },
  { "GET", "/leyden/v1/endpoints", NONE, 0, leyden_gateway_list_endpoints },
  { "PUT", "/leyden/v1/endpoints/{name}", JSON, BODY, leyden_gateway_put_endpoint, OPERATOR },
  { "DELETE", "/leyden/v1/endpoints/{name}", NONE, 0, leyden_gateway_delete_endpoint, OPERATOR },
  { "PUT", "/leyden/v1/default-model", JSON, BODY, leyden_gateway_put_default, OPERATOR },
  { "GET", "/leyden/v1/endpoints/{name}/models", NONE, 0, leyden_gateway_list_models, AUTHOR },
  { "POST", "/leyden/v1/endpoints/{name}/request", JSON, BODY, leyden_gateway_describe_call, VIEWER },
  { "POST", "/leyden/v1/probe", JSON, BODY, leyden_gateway_probe, OPERATOR },
  { "PUT", "/leyden/v1/secrets/{name}", JSON, BODY, leyden_gateway_put_secret, OPERATOR },
  { "GET", "/leyden/v1/keys", NONE, 0, leyden_gateway_list_keys, ADMIN },
  { "POST", "/leyden/v1/keys", JSON, BODY, leyden_gateway_make_key, ADMIN | OWN_AUDIT },
  { "POST", "/leyden/v1/keys/{name}/rotate", JSON, BODY, leyden_gateway_rotate_key, ADMIN | OWN_AUDIT },
  { "DELETE", "/leyden/v1/keys/{name}", NONE, 0, leyden_gateway_revoke_key, ADMIN | OWN_AUDIT },
  { "POST", "/leyden/v1/rollout-keys", JSON, BODY, leyden_gateway_make_rollout_key_route, AUTHOR | OWN_AUDIT },
  { "GET", "/leyden/v1/masking", NONE, 0, leyden_gateway_get_masking },
  { "PUT", "/leyden/v1/masking", JSON, BODY, leyden_gateway_put_masking, ADMIN | OWN_AUDIT },
  { "POST", "/leyden/v1/masking/try", JSON, BODY, leyden_gateway_try_masking, VIEWER },
  { "GET", "/leyden/v1/audit", NONE, 0, leyden_gateway_list_audit, ADMIN },
  { "GET", "/leyden/v1/audit/verify", NONE, 0, leyden_gateway_verify_audit, ADMIN },
  { "GET", "/leyden/v1/prices", NONE, 0, leyden_gateway_get_prices },
  { "PUT", "/leyden/v1/prices", JSON, BODY, leyden_gateway_put_prices, OPERATOR },
  { "POST", "/leyden/v1/permissions", JSON, FLOW, leyden_gateway_find_permissions, VIEWER },
  { "GET", "/leyden/v1/approvals", NONE, 0, leyden_gateway_list_approvals },
  { "PUT", "/leyden/v1/approvals/{hash}", JSON, BODY, leyden_gateway_put_approval, ADMIN },
  { "DELETE", "/leyden/v1/approvals/{hash}", NONE, 0, leyden_gateway_delete_approval, ADMIN },
  { "POST", "/leyden/v1/leases", JSON, BODY, leyden_gateway_take_leases },
  { "GET", "/leyden/v1/leases", NONE, 0, leyden_gateway_list_leases },
  { "POST", "/leyden/v1/leases/{lease}/end", JSON, BODY, leyden_gateway_end_lease },
  { "GET", "/leyden/v1/backups", NONE, 0, leyden_gateway_list_backups, OPERATOR },
  { "POST", "/leyden/v1/backups", JSON, BODY, leyden_gateway_make_backup, OPERATOR },
  { "GET", "/leyden/v1/backups/{backup}", NONE, 0, leyden_gateway_get_backup, OPERATOR },
  { "POST", "/leyden/v1/retention", JSON, BODY, leyden_gateway_retain, ADMIN },
  { "GET", "/simulated/v1/models", NONE, 0, leyden_gateway_simulated_models },
  { "POST", "/proxy/rollout/{rollout}/attempt/{attempt}/mode/{mode}/openai/v1/{path...}", AGL, WIRE, leyden_gateway_proxy_call, AUTHOR | ROLLOUT },
  { "POST", "/proxy/pause", AGL, WIRE, leyden_gateway_proxy_pause, OPERATOR },
  { "POST", "/proxy/resume", AGL, WIRE, leyden_gateway_proxy_resume, OPERATOR },
  { "GET", "/proxy/state", AGL, 0, leyden_gateway_proxy_state },
  { "POST", "/v1/traces", ENCODED, WIRE, leyden_gateway_post_traces },
  { "POST", "/simulated/v1/chat/completions", JSON, BODY, leyden_gateway_simulated_chat, VIEWER },
};

#undef OPEN
#undef JSON
#undef SPOOL
#undef NONE
#undef BODY
#undef FLOW
#undef AGL
#undef WIRE
#undef ENCODED
#undef VIEWER
#undef AUTHOR
#undef OPERATOR
#undef ADMIN
#undef ROLLOUT
#undef OWN_AUDIT

static void
get_openapi (LeydenGateway      *self,
             LeydenHttpExchange *exchange)
{
  if (self->openapi == NULL)
    {
      g_autoptr(LeydenValue) value = leyden_gateway_make_openapi (routes, G_N_ELEMENTS (routes));

      self->openapi = leyden_json_write_bytes (value, LEYDEN_JSON_COMPACT);
    }
  leyden_http_exchange_respond (exchange, 200, "application/json", self->openapi);
}

typedef struct
{
  LeydenGateway     *gateway;           /* borrowed: the server does not outlive it */
  const LeydenRoute *route;
} BoundRoute;

LeydenGatewayRole
leyden_route_get_role (const LeydenRoute *route)
{
  LeydenGatewayRole role = route->access & LEYDEN_ACCESS_ROLE_MASK;

  if (role != LEYDEN_ROLE_DEFAULT)
    return role;
  return strcmp (route->method, "GET") == 0 ? LEYDEN_ROLE_VIEWER : LEYDEN_ROLE_AUTHOR;
}

gboolean
leyden_route_is_audited (const LeydenRoute *route)
{
  if (strcmp (route->method, "GET") == 0)
    return FALSE;
  return (route->access & LEYDEN_ACCESS_OWN_AUDIT) != 0 || leyden_route_get_role (route) >= LEYDEN_ROLE_OPERATOR;
}

const LeydenRoute *
leyden_gateway_get_route (LeydenHttpExchange *exchange)
{
  const BoundRoute *bound = leyden_http_exchange_get_route_data (exchange);

  return bound != NULL ? bound->route : NULL;
}

/* On its way to the disk before the handler's own writes are. */
static void
audit_request (LeydenGateway      *self,
               LeydenHttpExchange *exchange,
               const LeydenRoute  *route)
{
  g_autofree char *action = NULL;

  if (!leyden_route_is_audited (route) || (route->access & LEYDEN_ACCESS_OWN_AUDIT) != 0)
    return;
  action = g_strdup_printf ("%s %s", route->method, route->pattern);
  leyden_gateway_audit (self, exchange, action, leyden_http_exchange_get_path (exchange), NULL);
}

static void
dispatch_cb (LeydenHttpExchange *exchange,
             gpointer            data)
{
  BoundRoute *bound = data;

  if ((bound->route->flags & LEYDEN_HTTP_ROUTE_OPEN) != 0 || bound->route->handler == leyden_gateway_get_metrics)
    {
      /* Whoever watches does not use the backend, and goes on watching when it ends. */
      bound->route->handler (bound->gateway, exchange);
      return;
    }
  if (bound->gateway->draining)
    {
      leyden_http_exchange_add_header (exchange, "Retry-After", "1");
      leyden_http_exchange_respond_error (exchange, 503, "The backend is about to end");
      return;
    }
  leyden_gateway_touch (bound->gateway);
  audit_request (bound->gateway, exchange, bound->route);
  bound->route->handler (bound->gateway, exchange);
}

void
leyden_gateway_add_routes (LeydenGateway    *self,
                           LeydenHttpServer *server)
{
  if (self->routes == NULL)
    self->routes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      BoundRoute *bound = g_new (BoundRoute, 1);

      bound->gateway = self;
      bound->route = &routes[i];
      g_ptr_array_add (self->routes, bound);
      leyden_http_server_add_route (server, routes[i].method, routes[i].pattern, routes[i].flags, routes[i].max_body,
                                    dispatch_cb, bound);
    }
}

static LeydenValue *
make_id_list (GPtrArray *ids)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < ids->len; i++)
    leyden_value_builder_add_string (&b, g_ptr_array_index (ids, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_gateway_dup_info (LeydenGateway *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *library = NULL;

  g_return_val_if_fail (LEYDEN_IS_GATEWAY (self), NULL);

  library = g_strdup_printf ("libmicrohttpd %s", leyden_http_server_get_library ());
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "version", PACKAGE_VERSION);
  leyden_value_builder_set_int (&b, "api", 1);
  leyden_value_builder_set_int (&b, "pid", (gint64)getpid ());
  leyden_value_builder_set_int (&b, "started", self->started_ns);
  leyden_value_builder_set_string (&b, "database", self->database);
  leyden_value_builder_set_string (&b, "http_library", library);
  leyden_value_builder_set_int (&b, "active_runs", g_hash_table_size (self->active));
  leyden_value_builder_set_int (&b, "active_experiments", leyden_gateway_count_experiments (self));
  leyden_value_builder_set_int (&b, "idle_exit_s", self->idle_exit_s);
  leyden_value_builder_set_string (&b, "last_start", self->recovered ? "recovered" : "clean");
  leyden_value_builder_set_take (&b, "resumed_runs", make_id_list (self->resumed));
  leyden_value_builder_set_take (&b, "resumed_experiments", make_id_list (self->resumed_experiments));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
