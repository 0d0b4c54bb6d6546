/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole answers and refusals of a server. An answer always has a message and a finish reason, an error is always one line. */
#include <stdint.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-openai-wire.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) refusal = NULL;
  g_autoptr(LeydenValue) answer = leyden_openai_parse_answer (bytes, &error);

  if (answer != NULL)
    {
      g_autofree char *text = leyden_json_write (answer, LEYDEN_JSON_COMPACT);

      g_assert_cmpint (leyden_value_get_kind (leyden_value_get_member (answer, "message")), ==, LEYDEN_VALUE_OBJECT);
      g_assert_nonnull (leyden_value_get_member_string (answer, "finish_reason", NULL));
      g_assert_true (g_utf8_validate (text, -1, NULL));
    }
  else
    {
      g_assert_nonnull (error);
      g_assert_null (strpbrk (error->message, "\n\r\x1b"));
    }
  leyden_openai_set_error (&refusal, 400 + (guint) (size % 200), bytes);
  g_assert_nonnull (refusal);
  g_assert_true (g_utf8_validate (refusal->message, -1, NULL));
  g_assert_null (strpbrk (refusal->message, "\n\r\x1b"));
  return 0;
}
