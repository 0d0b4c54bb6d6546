/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-rows.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  fuzz_rows (data, size, LEYDEN_DATASET_JSONL, NULL);
  return 0;
}
