/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies of Agent Lightning's API: what is accepted as a rollout is JSON again, what is refused has errors; a triplet is made of anything. */
#include "leyden-gateway-agl.h"

#include <stdint.h>
#include <string.h>

#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_json (const char *text,
            gsize       length)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_depth = 1000 };
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = leyden_json_parse (text, (gssize)length, &limits, &error);

  g_assert_no_error (error);
  g_assert_nonnull (value);
}

static void
check_rollout (LeydenValue   *value,
               LeydenSecrets *secrets)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  LeydenAglNew *rollout;

  leyden_agl_errors_init (&errors, "body");
  rollout = leyden_agl_check_rollout (&errors, value, secrets);
  g_assert_true ((rollout == NULL) == (errors.n > 0));
  if (rollout != NULL)
    {
      g_autofree char *whole = g_strconcat (rollout->body, "\"status\":{}}", NULL);

      check_json (whole, strlen (whole));
      check_json (rollout->data_id, strlen (rollout->data_id));
      leyden_agl_new_free (rollout);
    }
  else
    {
      g_autofree char *list = g_strconcat ("[", errors.items->str, "]", NULL);

      check_json (list, strlen (list));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_depth = 256, .refuse_surrogates = TRUE };
  g_autoptr(LeydenValue) value = leyden_json_parse ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr(LeydenSecrets) secrets = NULL;
  g_autoptr(LeydenValue) call = NULL;
  g_autoptr(LeydenValue) reward = NULL;

  if (value == NULL)
    return 0;
  secrets = leyden_secrets_new ();
  check_rollout (value, secrets);
  call = leyden_agl_make_triplet ("model_request", value);
  g_assert_nonnull (leyden_value_get_member (call, "prompt_token_ids"));
  g_assert_nonnull (leyden_value_get_member (call, "response_token_ids"));
  reward = leyden_agl_make_triplet ("reward", value);
  g_assert_nonnull (leyden_value_get_member (reward, "value"));
  return 0;
}
