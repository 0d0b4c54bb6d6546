/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>

#include "leyden-arithmetic.h"
#include "leyden-number-text.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What a model writes as an expression or a number: a finite value or an error of one line, never both. */
int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr(GError) error = NULL;
  double value = NAN;

  if (leyden_arithmetic_evaluate (text, &value, &error))
    {
      g_autofree char *shown = leyden_number_to_text (value, 12);

      g_assert_true (isfinite (value) && error == NULL && *shown != '\0');
    }
  else
    g_assert_true (error != NULL && isnan (value) && g_utf8_validate (error->message, -1, NULL));
  if (g_utf8_validate (text, -1, NULL) && leyden_number_from_text (text, &value))
    g_assert_true (isfinite (value));
  return 0;
}
