/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alert rules and webhooks from any JSON: what is taken is written as it is read. */
#include <gio/gio.h>
#include <stdint.h>

#include "leyden-alert.h"
#include "leyden-json.h"
#include "leyden-webhook.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

static void
try_rule (LeydenValue *value)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAlertRule) rule = leyden_alert_rule_from_value ("rule", value, &error);
  g_autoptr(LeydenAlertRule) again = NULL;
  g_autoptr(LeydenAlertStatus) status = NULL;
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;

  g_assert_true ((rule == NULL) == (error != NULL));
  if (rule == NULL)
    return;
  first = leyden_alert_rule_to_value (rule);
  again = leyden_alert_rule_from_value ("rule", first, NULL);
  g_assert_nonnull (again);
  second = leyden_alert_rule_to_value (again);
  g_assert_true (leyden_value_equal (first, second));
  status = leyden_alert_status_new (0);
  for (int i = -3; i < 4; i++)
    {
      LeydenAlertReading reading = { .value = i * 1e3, .n = 10 };

      leyden_alert_step (status, rule, &reading, (gint64) (i + 4) * G_GINT64_CONSTANT (40000000000000));
      leyden_alert_take_news (status, rule, (gint64) (i + 4) * G_GINT64_CONSTANT (40000000000000));
    }
}

static void
try_webhook (LeydenValue *value)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenWebhook) hook = leyden_webhook_from_value ("hook", value, TRUE, &error);
  g_autoptr(LeydenValue) stored = NULL;
  g_autoptr(LeydenWebhook) again = NULL;

  g_assert_true ((hook == NULL) == (error != NULL));
  if (hook == NULL)
    return;
  stored = leyden_webhook_to_value (hook, TRUE);
  again = leyden_webhook_from_value ("hook", stored, TRUE, NULL);
  g_assert_nonnull (again);
  g_assert_cmpstr (again->uri, ==, hook->uri);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes,
                        size_t         size)
{
  g_autoptr(LeydenValue) value = leyden_json_parse ((const char *) bytes, (gssize) size, NULL, NULL);

  if (value == NULL)
    return 0;
  try_rule (value);
  try_webhook (value);
  return 0;
}
