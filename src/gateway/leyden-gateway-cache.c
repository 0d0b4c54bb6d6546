/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of evaluations of nodes: figures, and forgetting it. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

void
leyden_gateway_make_cache (LeydenGateway *self)
{
  g_autoptr(LeydenNodeCache) cache = leyden_node_cache_new (LEYDEN_STORE (self->store), LEYDEN_NODE_CACHE_MEMORY, LEYDEN_NODE_CACHE_STORED);

  leyden_engine_set_cache (self->engine, cache);
}

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenHttpExchange) exchange = data;
  g_autoptr(GError) error = NULL;
  LeydenValue *figures = leyden_node_cache_count_finish (LEYDEN_NODE_CACHE (object), result, &error);

  if (figures == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else
    leyden_gateway_respond_take (exchange, 200, figures);
}

void
leyden_gateway_get_cache (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  leyden_node_cache_count_async (leyden_engine_get_cache (self->engine), counted_cb, leyden_http_exchange_ref (exchange));
}

static void
cleared_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenHttpExchange) exchange = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_node_cache_clear_finish (LEYDEN_NODE_CACHE (object), result, &error))
    leyden_gateway_respond_gerror (exchange, error);
  else
    leyden_node_cache_count_async (LEYDEN_NODE_CACHE (object), counted_cb, g_steal_pointer (&exchange));
}

/* What one flow gave may be forgotten by whoever may run it; all that is kept is everybody's. */
void
leyden_gateway_clear_cache (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  const char *flow = leyden_http_exchange_get_query (exchange, "flow");

  if (flow == NULL && leyden_gateway_get_principal (exchange)->role < LEYDEN_ROLE_OPERATOR)
    {
      leyden_http_exchange_respond_error (exchange, 403, "Clearing what is kept of all flows needs the role operator; name one: ?flow=ID");
      return;
    }
  leyden_gateway_audit (self, exchange, "cache.cleared", flow, NULL);
  leyden_node_cache_clear_async (leyden_engine_get_cache (self->engine), flow, cleared_cb, leyden_http_exchange_ref (exchange));
}
