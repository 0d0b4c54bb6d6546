/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>

#include "leyden-judge.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What a judge answers: a judgement within its bounds, or none. */
int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  for (guint compares = 0; compares < 2; compares++)
    {
      LeydenJudgement judgement = { -1, NULL };

      if (!leyden_judgement_parse (text, compares, &judgement))
        continue;
      g_assert_true (judgement.score >= 0 && judgement.score <= 1);
      g_assert_true (g_utf8_validate (judgement.reason, -1, NULL));
      g_free (judgement.reason);
    }
  return 0;
}
