/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration is taken whole, each value one that the command line would take, or refused with a place in it. */
#include <stdint.h>

#include "leyden-cli-config.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) values = leyden_config_parse (leyden_serve_settings, leyden_command_serve.options, (const char *)data, size,
                                                     "f", "/x", &error);

  g_assert_true ((values == NULL) == (error != NULL));
  if (values == NULL)
    {
      g_assert_true (g_str_has_prefix (error->message, "f:"));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  for (guint i = 0; i < values->len; i++)
    {
      LeydenConfigValue *value = g_ptr_array_index (values, i);

      for (guint j = 0; value->values[j] != NULL; j++)
        g_assert_null (leyden_option_check (value->option, "it", value->values[j]));
    }
  return 0;
}
