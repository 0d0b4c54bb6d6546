/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes as a key, as a request for one, as rules of masking: any bytes. Nothing is a rollout key that was not made with the secret; what is
 * taken as rules stays the same rules, and what they leave of a text they leave again. */
#include <stdint.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-key.h"
#include "leyden-mask.h"
#include "leyden-rollout-key.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const guint8 secret[LEYDEN_ROLLOUT_SECRET_SIZE] = "0123456789abcdef0123456789abcde";

static void
check_rollout_key (const char *text)
{
  g_autofree char *rollout = NULL;
  g_autofree char *attempt = NULL;
  g_autofree char *made = NULL;

  if (!leyden_rollout_key_read (secret, text, 0, &rollout, &attempt))
    return;
  made = leyden_rollout_key_make (secret, rollout, attempt, g_ascii_strtoll (text + strlen (LEYDEN_ROLLOUT_KEY_PREFIX), NULL, 10) * 1000000000);
  g_assert_cmpstr (made, ==, text);
}

static void
check_request (LeydenValue *value)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenKey) key = leyden_key_from_request (value, "fuzz", 1, &error);
  g_autoptr(LeydenValue) stored = NULL;
  g_autoptr(LeydenKey) again = NULL;

  g_assert_true ((key == NULL) == (error != NULL));
  if (key == NULL)
    return;
  g_free (leyden_key_rotate (key, 0, 1));
  stored = leyden_key_to_value (key);
  again = leyden_key_from_value (key->name, stored, NULL);
  g_assert_nonnull (again);
  g_assert_cmpint (again->expires_ns, ==, key->expires_ns);
}

static void
check_mask (LeydenMask *mask,
            const char *text,
            gsize       length)
{
  g_autofree char *once = leyden_mask_apply (mask, text, (gssize) length, LEYDEN_MASK_STORED);

  g_assert_true (once == NULL || strlen (once) != length || memcmp (once, text, length) != 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr(LeydenValue) value = leyden_json_parse (text, -1, NULL, NULL);
  g_autoptr(LeydenMask) personal = NULL;
  g_autoptr(LeydenMask) mask = NULL;
  g_autoptr(LeydenValue) on = leyden_json_parse ("{\"personal\": true}", -1, NULL, NULL);

  check_rollout_key (text);
  personal = leyden_mask_from_value (on, NULL);
  check_mask (personal, text, strlen (text));
  if (value == NULL)
    return 0;
  check_request (value);
  mask = leyden_mask_from_value (value, NULL);
  if (mask != NULL)
    {
      g_autoptr(LeydenValue) stored = leyden_mask_to_value (mask);
      g_autoptr(LeydenMask) again = leyden_mask_from_value (stored, NULL);

      g_assert_nonnull (again);
    }
  return 0;
}
