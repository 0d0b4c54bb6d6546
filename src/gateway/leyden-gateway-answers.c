/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include "leyden-json.h"
#include "leyden-model.h"
#include "leyden-text.h"

/* What an error of a lower room means to a client. A code of −1 stands for the rest of its domain. */
typedef struct
{
  GQuark (*domain) (void);
  int      code;
  guint    status;
} StatusRule;

static const StatusRule status_rules[] = {
  { leyden_gateway_error_quark, LEYDEN_GATEWAY_ERROR_DEFINITION, 422 },
  { leyden_gateway_error_quark, LEYDEN_GATEWAY_ERROR_MISSING, 409 },
  { leyden_store_error_quark, LEYDEN_STORE_ERROR_NOT_FOUND, 404 },
  { leyden_store_error_quark, LEYDEN_STORE_ERROR_CONFLICT, 409 },
  { leyden_store_error_quark, LEYDEN_STORE_ERROR_REFUSED, 403 },
  { leyden_store_error_quark, LEYDEN_STORE_ERROR_FULL, 507 },
  { leyden_store_error_quark, LEYDEN_STORE_ERROR_READ_ONLY, 507 },
  { leyden_store_error_quark, -1, 503 },
  { leyden_flow_error_quark, LEYDEN_FLOW_ERROR_LIMIT, 413 },
  { leyden_flow_error_quark, -1, 422 },
  { leyden_engine_error_quark, LEYDEN_ENGINE_ERROR_NO_VALUES, 409 },
  { leyden_engine_error_quark, -1, 422 },
  { leyden_experiment_error_quark, LEYDEN_EXPERIMENT_ERROR_MODEL, 502 },
  { leyden_experiment_error_quark, -1, 422 },
  { leyden_dataset_error_quark, LEYDEN_DATASET_ERROR_LIMIT, 422 },
  { leyden_dataset_error_quark, -1, 422 },
  { leyden_json_error_quark, -1, 422 },
  { leyden_model_error_quark, -1, 502 },
  { leyden_http_error_quark, -1, 502 },
  { leyden_secrets_error_quark, -1, 422 },
  { leyden_approval_error_quark, -1, 403 },
  { leyden_prices_error_quark, LEYDEN_PRICES_ERROR_INVALID, 422 },
  { leyden_prices_error_quark, -1, 503 },
};

static guint
status_of (const GError *error)
{
  for (guint i = 0; i < G_N_ELEMENTS (status_rules); i++)
    {
      const StatusRule *rule = &status_rules[i];

      if (error->domain == rule->domain () && (rule->code == -1 || rule->code == error->code))
        return rule->status;
    }
  return 503;
}

void
leyden_gateway_respond_gerror (LeydenHttpExchange *exchange,
                               const GError       *error)
{
  guint status = status_of (error);

  if (status == 503)
    leyden_http_exchange_add_header (exchange, "Retry-After", "1");
  leyden_http_exchange_respond_error (exchange, status, "%s", error->message);
}

void
leyden_gateway_respond_take (LeydenHttpExchange *exchange,
                             guint               status,
                             LeydenValue        *value)
{
  leyden_http_exchange_respond_json (exchange, status, value);
  leyden_value_unref (value);
}

LeydenValue *
leyden_gateway_read_body (LeydenHttpExchange *exchange,
                          gboolean            empty_ok)
{
  GBytes *body = leyden_http_exchange_get_body (exchange);
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_STRICT };
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;

  if (empty_ok && g_bytes_get_size (body) == 0)
    return leyden_json_parse ("{}", -1, NULL, NULL);

  value = leyden_json_parse_bytes (body, &limits, &error);
  if (value == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "Body: %s", error->message);
  else if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    leyden_http_exchange_respond_error (exchange, 422, "Body: expected an object, got %s",
                                        leyden_value_kind_to_string (leyden_value_get_kind (value)));
  else
    return g_steal_pointer (&value);
  return NULL;
}

gboolean
leyden_gateway_query_int (LeydenHttpExchange *exchange,
                          const char         *name,
                          gint64              minimum,
                          gint64              maximum,
                          gint64              fallback,
                          gint64             *out)
{
  guint n = leyden_http_exchange_get_n_query (exchange, name);
  const char *text;

  *out = fallback;
  if (n == 0)
    return TRUE;

  text = leyden_http_exchange_get_query (exchange, name);
  if (n == 1 && text != NULL && g_ascii_string_to_signed (text, 10, minimum, maximum, out, NULL))
    return TRUE;
  leyden_http_exchange_respond_error (exchange, 422,
                                      "Query \"%s\" must be one integer from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, name,
                                      minimum, maximum);
  return FALSE;
}

gboolean
leyden_gateway_query_choice (LeydenHttpExchange  *exchange,
                             const char          *name,
                             const char * const  *choices,
                             const char         **out)
{
  guint n = leyden_http_exchange_get_n_query (exchange, name);
  const char *text = n == 0 ? NULL : leyden_http_exchange_get_query (exchange, name);
  g_autofree char *list = NULL;

  *out = text;
  if (n == 0 || (n == 1 && text != NULL && g_strv_contains (choices, text)))
    return TRUE;
  list = g_strjoinv (", ", (char **)choices);
  leyden_http_exchange_respond_error (exchange, 422, "Query \"%s\" must be one of %s", name, list);
  return FALSE;
}

gboolean
leyden_gateway_is_sha256 (const char *text)
{
  return text != NULL && strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}
