/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit log: what was done by whom, and who was refused. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-access.h"
#include "leyden-gateway-ops.h"
#include "leyden-gateway-private.h"

#include "leyden-id.h"
#include "leyden-store-audit.h"

#define DEFAULT_LINES 1000
#define MAX_LINES 10000

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GError) error = NULL;

  if (!leyden_sqlite_store_add_audit_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    g_message ("A line of the audit log could not be written: %s", error->message);
}

static void
add_who (LeydenValueBuilder *b,
         LeydenHttpExchange *exchange)
{
  const LeydenPrincipal *principal;

  if (exchange == NULL)
    {
      leyden_value_builder_set_string (b, "actor", "backend");
      return;
    }
  principal = leyden_gateway_get_principal (exchange);
  leyden_value_builder_set_string (b, "actor", principal->name);
  leyden_value_builder_set_string (b, "role", leyden_gateway_role_to_string (principal->role));
  if (principal->rollout != NULL)
    leyden_value_builder_set_string (b, "rollout", principal->rollout);
  leyden_value_builder_set_string (b, "address", leyden_http_exchange_get_peer (exchange));
}

void
leyden_gateway_audit (LeydenGateway      *self,
                      LeydenHttpExchange *exchange,
                      const char         *action,
                      const char         *object,
                      LeydenValue        *detail)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) line = NULL;

  g_return_if_fail (LEYDEN_IS_GATEWAY (self) && action != NULL);

  if (self->store == NULL)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "time", leyden_time_now_ns ());
  add_who (&b, exchange);
  leyden_value_builder_set_string (&b, "action", action);
  if (object != NULL)
    leyden_value_builder_set_string (&b, "object", object);
  if (detail != NULL)
    leyden_value_builder_set (&b, "detail", detail);
  leyden_value_builder_end (&b);
  line = leyden_value_builder_end_value (&b);
  leyden_sqlite_store_add_audit_async (self->store, line, written_cb, NULL);
}

/* ---- Refusals, and requests that failed ---- */

static void
refused_cb (const char *what,
            const char *who,
            const char *address,
            const char *method,
            const char *path,
            guint       n,
            gpointer    data)
{
  LeydenGateway *self = data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) detail = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "address", address);
  leyden_value_builder_set_string (&b, "method", method);
  leyden_value_builder_set_string (&b, "path", path);
  if (*who != '\0')
    leyden_value_builder_set_string (&b, "key_name", who);
  leyden_value_builder_set_int (&b, "times", n);
  leyden_value_builder_end (&b);
  detail = leyden_value_builder_end_value (&b);
  leyden_gateway_audit (self, NULL, what, NULL, detail);
}

/* A request that was audited when it came, and did not go well. */
typedef struct
{
  LeydenGateway *gateway;
  char          *actor;
  char          *method;
  char          *path;
  guint          status;
} Failure;

static void
failure_free (gpointer data)
{
  Failure *failure = data;

  g_object_unref (failure->gateway);
  g_free (failure->actor);
  g_free (failure->method);
  g_free (failure->path);
  g_free (failure);
}

static gboolean
failed_cb (gpointer data)
{
  Failure *failure = data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) detail = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "key_name", failure->actor);
  leyden_value_builder_set_string (&b, "method", failure->method);
  leyden_value_builder_set_int (&b, "status", failure->status);
  leyden_value_builder_end (&b);
  detail = leyden_value_builder_end_value (&b);
  leyden_gateway_audit (failure->gateway, NULL, "request.failed", failure->path, detail);
  return G_SOURCE_REMOVE;
}

void
leyden_gateway_observe (LeydenHttpExchange *exchange,
                        guint               status,
                        gint64              duration_us,
                        gpointer            data)
{
  LeydenGateway *self = data;
  const LeydenRoute *route = leyden_gateway_get_route (exchange);
  const LeydenPrincipal *principal = leyden_gateway_get_principal (exchange);
  Failure *failure;

  leyden_ops_observe (exchange, status, duration_us, self->ops);
  /* Who was refused at the door is noted there. */
  if (status < 400 || status == 429 || route == NULL || !leyden_route_is_audited (route) || principal->role < leyden_route_get_role (route)
      || g_atomic_pointer_get (&self->audit_context) == NULL)
    return;
  failure = g_new (Failure, 1);
  failure->gateway = g_object_ref (self);
  failure->actor = g_strdup (principal->name);
  failure->method = g_strdup (leyden_http_exchange_get_method (exchange));
  failure->path = g_strdup (leyden_http_exchange_get_path (exchange));
  failure->status = status;
  g_main_context_invoke_full (self->audit_context, G_PRIORITY_DEFAULT, failed_cb, failure, failure_free);
}

void
leyden_gateway_start_audit (LeydenGateway *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) detail = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "version", PACKAGE_VERSION);
  leyden_value_builder_set_string (&b, "listen", self->address);
  leyden_value_builder_set_boolean (&b, "tls", self->tls_cert != NULL);
  leyden_value_builder_set_boolean (&b, "client_certificates", self->client_ca != NULL);
  leyden_value_builder_set_boolean (&b, "recovered", self->recovered);
  leyden_value_builder_end (&b);
  detail = leyden_value_builder_end_value (&b);
  leyden_gateway_audit (self, NULL, "backend.started", NULL, detail);
  leyden_limits_set_refused (leyden_access_get_limits (self->access), refused_cb, self);
  g_atomic_pointer_set (&self->audit_context, g_main_context_ref_thread_default ());
}

void
leyden_gateway_stop_audit (LeydenGateway *self,
                           gboolean       was_started)
{
  leyden_limits_set_refused (leyden_access_get_limits (self->access), NULL, NULL);
  if (was_started)
    leyden_gateway_audit (self, NULL, "backend.ended", NULL, NULL);
}

/* ---- Routes ---- */

static void
respond_value (LeydenHttpExchange *exchange,
               LeydenValue        *value,
               const GError       *error)
{
  if (value == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else
    leyden_http_exchange_respond_json (exchange, 200, value);
  leyden_http_exchange_unref (exchange);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) lines = leyden_sqlite_store_list_audit_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  g_autoptr(LeydenValue) answer = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (lines != NULL)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set (&b, "lines", lines);
      leyden_value_builder_end (&b);
      answer = leyden_value_builder_end_value (&b);
    }
  respond_value (user_data, answer, error);
}

void
leyden_gateway_list_audit (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  gint64 after, limit;

  if (!leyden_gateway_query_int (exchange, "after", 0, G_MAXINT64, 0, &after)
      || !leyden_gateway_query_int (exchange, "limit", 1, MAX_LINES, DEFAULT_LINES, &limit))
    return;
  leyden_sqlite_store_list_audit_async (self->store, (guint64) after, (guint) limit, NULL, listed_cb, leyden_http_exchange_ref (exchange));
}

static void
verified_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) verdict = leyden_sqlite_store_verify_audit_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  respond_value (user_data, verdict, error);
}

void
leyden_gateway_verify_audit (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  const char *head = leyden_http_exchange_get_query (exchange, "head");
  gint64 n;

  if (!leyden_gateway_query_int (exchange, "line", 1, G_MAXINT64, 0, &n))
    return;
  if ((n > 0) != (head != NULL) || (head != NULL && !leyden_gateway_is_sha256 (head)))
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"line\" and \"head\" (64 hexadecimal digits) go together");
      return;
    }
  leyden_sqlite_store_verify_audit_async (self->store, (guint64) n, head, NULL, verified_cb, leyden_http_exchange_ref (exchange));
}
