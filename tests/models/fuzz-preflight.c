/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of servers that are asked whether they return token ids: every one gets a verdict. */
#include "../../src/models/leyden-model-preflight.h"

#include <stdint.h>
#include <string.h>

#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenValue) answer = leyden_json_parse ((const char *) data, (gssize) size, &limits, NULL);
  LeydenPreflightFacts facts;
  const char *verdict;

  leyden_preflight_read (answer, &facts);
  verdict = leyden_preflight_verdict (&facts);
  g_assert_true (facts.is_answer || strcmp (verdict, "refused") == 0);
  g_assert_true (strcmp (verdict, "ready") != 0 || (facts.n_tokens > 0 && facts.n_log_probs == (int) facts.n_tokens));
  return 0;
}
