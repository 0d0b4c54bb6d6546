/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-ops.h"

#include <string.h>

#include "leyden-log.h"
#include "leyden-text.h"
#include "leyden-trace.h"

#define CLOCK_MS 1000
/* For traces that wait at the end. */
#define FLUSH_MS 2000
#define MIN_FREE_BYTES ((guint64)64 * 1024 * 1024)

/* ---- The loop's lag ---- */

static gboolean
clock_cb (gpointer data)
{
  LeydenOps *self = data;
  gint64 now_us = g_get_monotonic_time ();

  self->lag_us[self->n_lags++ % G_N_ELEMENTS (self->lag_us)] = MAX (now_us - self->clock_due_us, 0);
  self->clock_due_us = now_us + CLOCK_MS * 1000;
  g_source_set_ready_time (self->clock, self->clock_due_us);
  return G_SOURCE_CONTINUE;
}

double
leyden_ops_lag_ms (LeydenOps *self)
{
  /* Also what the turn that is due has waited so far. */
  gint64 most_us = self->clock == NULL ? 0 : MAX (g_get_monotonic_time () - self->clock_due_us, 0);

  for (guint i = 0; i < MIN (self->n_lags, G_N_ELEMENTS (self->lag_us)); i++)
    most_us = MAX (most_us, self->lag_us[i]);
  return (double)most_us / 1000;
}

static gboolean
dispatch_clock (GSource     *source,
                GSourceFunc  callback,
                gpointer     data)
{
  return callback (data);
}

static GSourceFuncs clock_funcs = { NULL, NULL, dispatch_clock, NULL, NULL, NULL };

static void
start_clock (LeydenOps *self)
{
  self->clock_due_us = g_get_monotonic_time () + CLOCK_MS * 1000;
  self->clock = g_source_new (&clock_funcs, sizeof (GSource));
  g_source_set_static_name (self->clock, "[leyden] lag of the loop");
  g_source_set_callback (self->clock, clock_cb, self, NULL);
  g_source_set_ready_time (self->clock, self->clock_due_us);
  g_source_attach (self->clock, g_main_context_get_thread_default ());
}

/* ---- Life ---- */

static LeydenLogRequests
parse_log_requests (const char *text)
{
  if (g_strcmp0 (text, "all") == 0)
    return LEYDEN_LOG_REQUESTS_ALL;
  return g_strcmp0 (text, "none") == 0 ? LEYDEN_LOG_REQUESTS_NONE : LEYDEN_LOG_REQUESTS_ERRORS;
}

LeydenOps *
leyden_ops_new (LeydenGateway              *gateway,
                const LeydenGatewayOptions *options)
{
  LeydenOps *self = g_new0 (LeydenOps, 1);

  self->gateway = gateway;
  self->figures = leyden_metrics_new (leyden_figures, G_N_ELEMENTS (leyden_figures));
  self->log_requests = parse_log_requests (options->log_requests);
  self->min_free_bytes = options->min_free_mib == NULL ? MIN_FREE_BYTES : (guint64)*options->min_free_mib * 1024 * 1024;
  self->asking = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_http_exchange_unref);
  return self;
}

gboolean
leyden_ops_prepare (LeydenOps                   *self,
                    const LeydenGatewayOptions  *options,
                    GError                     **error)
{
  char **headers = NULL;

  if (options->trace_endpoint == NULL)
    return TRUE;
  if (options->trace_headers_file != NULL)
    {
      headers = leyden_trace_export_read_headers (options->trace_headers_file, error);
      if (headers == NULL)
        return FALSE;
    }
  self->traces = leyden_trace_export_new (self, options->trace_endpoint, headers, options->trace_service);
  return TRUE;
}

void
leyden_ops_free (LeydenOps *self)
{
  leyden_ops_end (self);
  leyden_metrics_free (self->figures);
  g_ptr_array_unref (self->asking);
  g_free (self->store_problem);
  g_free (self);
}

static void
committed_cb (LeydenStore *store,
              GPtrArray   *records,
              LeydenOps   *self)
{
  leyden_ops_count_records (self, records);
}

/* Values of secrets, which an error of somebody else may repeat, are not for the log. */
static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact (data, text, length);
}

void
leyden_ops_begin (LeydenOps *self)
{
  leyden_log_set_redact (redact_cb, g_object_ref (self->gateway->secrets), g_object_unref);
  self->committed = g_signal_connect (self->gateway->store, "committed", G_CALLBACK (committed_cb), self);
  start_clock (self);
}

void
leyden_ops_end (LeydenOps *self)
{
  leyden_ops_drop_asking (self);
  if (self->traces != NULL && self->gateway->store != NULL)
    leyden_trace_export_flush (self->traces, FLUSH_MS);
  g_clear_pointer (&self->traces, leyden_trace_export_free);
  if (self->committed != 0)
    g_clear_signal_handler (&self->committed, self->gateway->store);
  if (self->clock != NULL)
    {
      g_source_destroy (self->clock);
      leyden_log_set_redact (NULL, NULL, NULL);
    }
  g_clear_pointer (&self->clock, g_source_unref);
}

/* ---- A request was answered ---- */

static const char *
group_of (const char *path)
{
  static const struct { const char *prefix; const char *group; } groups[] = {
    { "/api/", "api" }, { "/proxy/", "proxy" }, { "/leyden/", "leyden" }, { "/simulated/", "simulated" },
  };

  for (guint i = 0; path != NULL && i < G_N_ELEMENTS (groups); i++)
    if (g_str_has_prefix (path, groups[i].prefix))
      return groups[i].group;
  return "other";
}

static void
add_list (LeydenValueBuilder *b,
          const char         *key,
          const char         *item)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  leyden_value_builder_add_string (b, item);
  leyden_value_builder_end (b);
}

/* Names of the Elastic Common Schema. The query stays out: what is written there may be a key. */
static LeydenValue *
describe_request (LeydenHttpExchange    *exchange,
                  const LeydenPrincipal *principal,
                  guint                  status,
                  gint64                 duration_us)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *path = leyden_http_exchange_get_path (exchange);
  const char *method = leyden_http_exchange_get_method (exchange);
  g_autofree char *shown = path == NULL ? NULL : leyden_text_escape (path, -1, 500);
  LeydenTrace trace;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "event.dataset", "leyden.access");
  leyden_value_builder_set_string (&b, "event.kind", "event");
  add_list (&b, "event.category", "web");
  add_list (&b, "event.type", "access");
  leyden_value_builder_set_string (&b, "event.outcome", status < 400 ? "success" : "failure");
  leyden_value_builder_set_int (&b, "event.duration", duration_us * 1000);
  if (method != NULL)
    leyden_value_builder_set_string (&b, "http.request.method", method);
  leyden_value_builder_set_int (&b, "http.response.status_code", status);
  if (shown != NULL)
    leyden_value_builder_set_string (&b, "url.path", shown);
  leyden_value_builder_set_string (&b, "client.ip", leyden_http_exchange_get_peer (exchange));
  if (*principal->name != '\0')
    {
      leyden_value_builder_set_string (&b, "user.name", principal->name);
      add_list (&b, "user.roles", leyden_gateway_role_to_string (principal->role));
    }
  if (leyden_trace_parse (leyden_http_exchange_get_header (exchange, "traceparent"), &trace))
    leyden_value_builder_set_string (&b, "trace.id", trace.trace_id);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
log_request (LeydenHttpExchange *exchange,
             guint               status,
             gint64              duration_us)
{
  const LeydenPrincipal *principal = leyden_gateway_get_principal (exchange);
  g_autoptr(LeydenValue) fields = describe_request (exchange, principal, status, duration_us);
  const char *method = leyden_value_get_member_string (fields, "http.request.method", "?");
  const char *path = leyden_value_get_member_string (fields, "url.path", "?");
  g_autofree char *message = g_strdup_printf ("%s %s %u %.1f ms %s%s%s", method, path, status, (double)duration_us / 1000,
                                              leyden_http_exchange_get_peer (exchange), *principal->name == '\0' ? "" : " ", principal->name);

  leyden_log_event (status >= 500 ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, message, fields);
}

void
leyden_ops_observe (LeydenHttpExchange *exchange,
                    guint               status,
                    gint64              duration_us,
                    gpointer            data)
{
  LeydenOps *self = data;
  const LeydenRoute *route = leyden_gateway_get_route (exchange);
  char code[8];

  g_snprintf (code, sizeof code, "%u", status);
  /* The route's own method and path, so that nobody outside makes up labels. */
  leyden_metrics_add (self->figures, LEYDEN_FIGURE_HTTP_REQUESTS, 1, route == NULL ? "none" : route->method,
                      route == NULL ? "none" : route->pattern, code, NULL);
  leyden_metrics_observe (self->figures, LEYDEN_FIGURE_HTTP_SECONDS, (double)duration_us / 1e6,
                          route == NULL ? "other" : group_of (route->pattern), NULL);
  if (self->log_requests == LEYDEN_LOG_REQUESTS_ALL || (self->log_requests == LEYDEN_LOG_REQUESTS_ERRORS && status >= 500))
    log_request (exchange, status, duration_us);
}
