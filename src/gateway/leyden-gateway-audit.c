/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit log: what was done by whom, and who was refused. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include "leyden-id.h"
#include "leyden-store-audit.h"

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
