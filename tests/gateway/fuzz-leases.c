/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies of /leyden/v1/leases: what is taken is within the limits, and no known secret is left in the message. */
#include <string.h>

#include "leyden-json.h"
#include "leyden-lease-request.h"

#define SECRET "known-secret-0123456789-abcdefghij"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_take (LeydenValue *body)
{
  g_autoptr(LeydenAglChange) change = leyden_agl_change_new (LEYDEN_AGL_LEASE, NULL);
  g_autoptr(GError) error = NULL;
  gboolean taken = leyden_lease_request_read (body, change, &error);

  g_assert_true (taken == (error == NULL));
  if (!taken)
    return;
  g_assert_cmpuint (strlen (change->worker), >, 0);
  g_assert_cmpuint (strlen (change->worker), <=, LEYDEN_LEASE_MAX_NAME);
  for (const char *at = change->worker; *at != '\0'; at++)
    g_assert_true (g_ascii_isgraph (*at));
  g_assert_cmpint (change->ttl_ns, >, 0);
  g_assert_cmpint (change->ttl_ns, <=, LEYDEN_LEASE_MAX_TTL_S * G_GINT64_CONSTANT (1000000000));
  g_assert_cmpuint (change->limit, <=, LEYDEN_LEASE_MAX_LIMIT);
  g_assert_cmpuint (g_strv_length (change->holds), ==, leyden_value_get_size (leyden_value_get_member (body, "holds")));
  g_assert_cmpuint (g_strv_length (change->holds), <=, LEYDEN_LEASE_MAX_HOLDS);
}

static void
check_end (LeydenValue   *body,
           LeydenSecrets *secrets)
{
  static const char * const states[] = { "succeeded", "failed", "queuing", NULL };
  g_autoptr(LeydenAglChange) change = leyden_agl_change_new (LEYDEN_AGL_END_LEASE, NULL);
  g_autoptr(GError) error = NULL;
  gboolean taken = leyden_lease_request_read_end (body, secrets, change, &error);

  g_assert_true (taken == (error == NULL));
  if (!taken)
    return;
  g_assert_true (g_strv_contains (states, change->state));
  g_assert_cmpuint (change->events->len, ==, leyden_value_get_size (leyden_value_get_member (body, "events")));
  g_assert_cmpuint (change->events->len, <=, LEYDEN_LEASE_MAX_EVENTS);
  if (change->error_message != NULL)
    {
      g_autoptr(LeydenValue) message = leyden_json_parse (change->error_message, -1, NULL, NULL);

      g_assert_cmpint (leyden_value_get_kind (message), ==, LEYDEN_VALUE_STRING);
      g_assert_null (strstr (change->error_message, SECRET));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_STRICT };
  g_autoptr(LeydenValue) body = leyden_json_parse ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr(LeydenSecrets) secrets = NULL;

  /* The route takes objects alone. */
  if (leyden_value_get_kind (body) != LEYDEN_VALUE_OBJECT)
    return 0;
  secrets = leyden_secrets_new ();
  leyden_secrets_remember (secrets, SECRET);
  check_take (body);
  check_end (body, secrets);
  return 0;
}
