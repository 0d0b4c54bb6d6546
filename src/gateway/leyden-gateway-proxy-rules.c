/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-proxy-private.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"

#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 8000

guint64
leyden_proxy_hash (const char *rollout)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;
  guint64 first;

  g_checksum_update (checksum, (const guchar *)rollout, (gssize)strlen (rollout));
  g_checksum_get_digest (checksum, digest, &length);
  memcpy (&first, digest, sizeof first);
  return GUINT64_FROM_BE (first);
}

LeydenValue *
leyden_proxy_choose (LeydenValue *servers,
                     const char  *rollout)
{
  guint n = leyden_value_get_size (servers);

  g_assert (n > 0);
  return leyden_value_get_item (servers, (guint)(leyden_proxy_hash (rollout) % n));
}

/* Code point order is the byte order of UTF-8. */
static int
compare_endpoints (gconstpointer a,
                   gconstpointer b)
{
  return strcmp (leyden_value_get_member_string (*(LeydenValue **)a, "endpoint", ""),
                 leyden_value_get_member_string (*(LeydenValue **)b, "endpoint", ""));
}

LeydenValue *
leyden_proxy_sort_servers (LeydenValue *models,
                           const char  *model)
{
  g_autoptr(GPtrArray) found = g_ptr_array_new ();
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  for (guint i = 0; i < leyden_value_get_size (models); i++)
    {
      LeydenValue *one = leyden_value_get_item (models, i);

      if (g_strcmp0 (leyden_value_get_member_string (one, "model", NULL), model) == 0)
        g_ptr_array_add (found, one);
    }
  g_ptr_array_sort (found, compare_endpoints);
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < found->len; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (found, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_proxy_parse (GBytes *body)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .refuse_not_finite = TRUE, .refuse_surrogates = TRUE };
  g_autoptr(LeydenValue) value = NULL;
  gsize length;
  const char *text = g_bytes_get_data (body, &length);

  if (length == 0)
    return leyden_json_parse ("{}", -1, NULL, NULL);
  /* A byte order mark is no part of the text (RFC 8259, section 8.1). */
  if (length >= 3 && memcmp (text, "\xEF\xBB\xBF", 3) == 0)
    {
      text += 3;
      length -= 3;
    }
  value = leyden_json_parse (text, (gssize)length, &limits, NULL);
  return value != NULL && leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT ? g_steal_pointer (&value) : NULL;
}

GBytes *
leyden_proxy_write (LeydenValue *value)
{
  return leyden_json_write_bytes (value, LEYDEN_JSON_PYTHON);
}

/* Takes both. */
static LeydenValue *
put (LeydenValue *object,
     const char  *key,
     LeydenValue *value)
{
  LeydenValue *changed = leyden_value_with_member (object, key, value);

  leyden_value_unref (object);
  leyden_value_unref (value);
  return changed;
}

/* With a fraction also when it is whole: 1.0. */
static LeydenValue *
new_float (double value)
{
  char text[32];

  return leyden_value_new_number (leyden_json_format_double_python (text, value), -1);
}

LeydenValue *
leyden_proxy_force (const LeydenProxyRules *rules,
                    LeydenValue            *body,
                    gboolean                train)
{
  LeydenValue *forced = leyden_value_ref (body);

  forced = put (forced, "model", leyden_value_new_string (rules->model, -1));
  forced = put (forced, "temperature", new_float (train ? rules->train_temperature : rules->val_temperature));
  forced = put (forced, "return_token_ids", leyden_value_new_boolean (TRUE));
  if (train && rules->log_probs)
    forced = put (forced, "logprobs", leyden_value_new_boolean (TRUE));
  return forced;
}

gboolean
leyden_proxy_is_truthy (LeydenValue *value)
{
  double number;
  gsize length;

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_NULL:
      return FALSE;
    case LEYDEN_VALUE_BOOLEAN:
      return leyden_value_get_boolean (value);
    case LEYDEN_VALUE_NUMBER:
      return !leyden_value_get_double (value, &number) || number != 0;
    case LEYDEN_VALUE_STRING:
      leyden_value_get_string (value, &length);
      return length > 0;
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
      return leyden_value_get_size (value) > 0;
    default:
      g_assert_not_reached ();
    }
}

gboolean
leyden_proxy_retries_status (guint status)
{
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

guint
leyden_proxy_pause_ms (guint  n_tries,
                       double uniform)
{
  double pause = MIN (ldexp (FIRST_PAUSE_MS, (int)n_tries - 1), LONGEST_PAUSE_MS);

  return (guint)(pause * (0.75 + uniform / 2));
}

char *
leyden_proxy_uri (const char *endpoint,
                  const char *path)
{
  gsize length = strlen (endpoint);

  while (length > 0 && endpoint[length - 1] == '/')
    length--;
  return g_strdup_printf ("%.*s/%s", (int)length, endpoint, path);
}

/* Of choice 0, when it is a text that says something. */
static LeydenValue *
find_finish_reason (LeydenValue *response)
{
  LeydenValue *choices = leyden_value_get_member (response, "choices");
  LeydenValue *first = leyden_value_get_kind (choices) == LEYDEN_VALUE_LIST ? leyden_value_get_item (choices, 0) : NULL;
  LeydenValue *reason = leyden_value_get_member (first, "finish_reason");

  return leyden_value_get_kind (reason) == LEYDEN_VALUE_STRING && leyden_proxy_is_truthy (reason) ? reason : NULL;
}

static LeydenValue *
describe_server (LeydenValue *server)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "model", leyden_value_get_member (server, "model"));
  leyden_value_builder_set (&b, "endpoint", leyden_value_get_member (server, "endpoint"));
  leyden_value_builder_set (&b, "version", leyden_value_get_member (server, "version"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_proxy_event (LeydenValue *server,
                    LeydenValue *request,
                    LeydenValue *response,
                    double       latency_ms,
                    guint        status,
                    guint        n_retries,
                    const char  *problem)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *usage = leyden_value_get_member (response, "usage");

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "model", leyden_value_get_member (server, "model"));
  leyden_value_builder_set (&b, "model_version", leyden_value_get_member (server, "version"));
  leyden_value_builder_set (&b, "request", request);
  leyden_value_builder_set (&b, "response", response);
  leyden_value_builder_set_take (&b, "server", describe_server (server));
  leyden_value_builder_set_take (&b, "latency_ms", new_float (round (latency_ms * 1000) / 1000));
  leyden_value_builder_set_int (&b, "http_status", status);
  leyden_value_builder_set_string (&b, "status", status < 400 && problem == NULL ? "ok" : "error");
  leyden_value_builder_set_int (&b, "retry_count", n_retries);
  leyden_value_builder_set (&b, "usage", leyden_value_get_kind (usage) == LEYDEN_VALUE_OBJECT ? usage : NULL);
  leyden_value_builder_set (&b, "finish_reason", find_finish_reason (response));
  if (problem != NULL)
    leyden_value_builder_set_string (&b, "problem", problem);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
