/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

/* What models cost, as this backend counts it: the shipped table and the user's own entries over it. */

static LeydenValue *
describe (LeydenPrices *prices)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = leyden_prices_list (prices);
  const GError *error = leyden_prices_get_error (prices);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "models", list);
  leyden_value_builder_set_string (&b, "error", error != NULL ? error->message : NULL);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_gateway_get_prices (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  leyden_gateway_respond_take (exchange, 200, describe (leyden_models_get_prices (self->models)));
}

/* {"models": the user's entries, all of them} */
void
leyden_gateway_put_prices (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenPrices *prices = leyden_models_get_prices (self->models);
  g_autoptr(GError) error = NULL;

  if (body == NULL)
    return;
  if (leyden_prices_set_user (prices, leyden_value_get_member (body, "models"), &error))
    leyden_gateway_respond_take (exchange, 200, describe (prices));
  else
    leyden_gateway_respond_gerror (exchange, error);
}
