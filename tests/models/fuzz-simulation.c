/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to the simulation, which also serves them over HTTP: an answer or an error, and an answer that is cut into a stream whole. */
#include <stdint.h>

#include "leyden-json.h"
#include "leyden-simulation.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenValue) request = leyden_json_parse (size > 0 ? (const char *) data : "", (gssize) size, &limits, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GPtrArray) chunks = NULL;

  if (request == NULL)
    return 0;
  answer = leyden_simulation_complete (request, 42, 0, &error);
  g_assert_true ((answer != NULL) != (error != NULL));
  if (answer == NULL)
    {
      g_assert_cmpuint (error->domain, ==, LEYDEN_SIMULATION_ERROR);
      return 0;
    }
  chunks = leyden_simulation_stream (answer, TRUE);
  for (guint i = 0; i < chunks->len; i++)
    {
      LeydenSimulationChunk *chunk = g_ptr_array_index (chunks, i);

      g_assert_true (chunk->wait_ms >= 0.0 && chunk->wait_ms < 1e9);
    }
  return 0;
}
