/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A traceparent that is taken is written as one that is taken and means the same; a tracestate that is handed on fits into one header. */
#include <stdint.h>
#include <string.h>

#include "leyden-trace.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autofree char *written = NULL;
  LeydenTrace trace, again;

  if (leyden_trace_is_state (text))
    g_assert_null (strpbrk (text, "\r\n"));
  if (!leyden_trace_parse (text, &trace))
    return 0;
  written = leyden_trace_to_string (&trace);
  g_assert_true (leyden_trace_parse (written, &again));
  g_assert_cmpstr (trace.trace_id, ==, again.trace_id);
  g_assert_cmpstr (trace.span_id, ==, again.span_id);
  g_assert_cmpuint (trace.flags, ==, again.flags);
  g_assert_true (strstr (text, trace.trace_id) != NULL && strstr (text, trace.span_id) != NULL);
  return 0;
}
