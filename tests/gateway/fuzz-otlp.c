/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies of /v1/traces in both encodings. Whatever is taken becomes a log whose records follow one another, which the fold and the timeline
 * read; the same spans again add nothing. */
#include <string.h>

#include "leyden-engine.h"
#include "leyden-json.h"
#include "leyden-otlp-trace.h"
#include "leyden-timeline.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_span (const LeydenOtlpSpan *span)
{
  g_assert_cmpuint (strlen (span->trace_id), ==, 32);
  g_assert_cmpuint (strlen (span->span_id), ==, 16);
  g_assert_cmpuint (strspn (span->trace_id, "0123456789abcdef"), ==, 32);
  g_assert_cmpstr (span->parent_id, !=, span->span_id);
  g_assert_cmpint (span->start_ns, >, 0);
  g_assert_cmpint (span->end_ns, >=, span->start_ns);
  g_assert_cmpint (leyden_value_get_kind (span->attributes), ==, LEYDEN_VALUE_OBJECT);
  g_assert_true (g_utf8_validate (span->name, -1, NULL));
}

static void
check_records (GPtrArray *records)
{
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  g_autoptr(LeydenTimeline) timeline = leyden_timeline_new ("otlp");
  g_autoptr(LeydenValue) spans = NULL;
  g_autoptr(LeydenValue) state = NULL;
  gpointer fold = reducer->init ();

  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];
      g_autofree char *text = leyden_json_write (record->payload, LEYDEN_JSON_COMPACT);

      g_assert_cmpuint (record->sequence, ==, i + 1);
      g_assert_true (g_utf8_validate (record->node, -1, NULL));
      g_assert_true (g_utf8_validate (text, -1, NULL));
      leyden_timeline_add (timeline, record);
      reducer->apply (fold, record);
    }
  spans = leyden_timeline_list_spans (timeline, records->len, "", 1000);
  state = reducer->serialise (fold);
  g_assert_cmpint (leyden_value_get_kind (state), ==, LEYDEN_VALUE_OBJECT);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (spans, "spans")), >, 0);
  reducer->free (fold);
}

/* The spans of the first one's trace. */
static void
check_trace (LeydenOtlpBatch *batch,
             LeydenPrices    *prices)
{
  const LeydenOtlpSpan *first = batch->spans->pdata[0];
  LeydenRolloutRow *row = leyden_rollout_row_new ();
  g_autoptr(GPtrArray) of_trace = g_ptr_array_new ();
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(GPtrArray) again = NULL;
  LeydenOtlpTrace *trace;
  guint n_refused = 0;

  row->rollout = g_strdup ("otlp");
  trace = leyden_otlp_trace_new (first->trace_id, row);
  for (guint i = 0; i < batch->spans->len; i++)
    if (strcmp (((LeydenOtlpSpan *)batch->spans->pdata[i])->trace_id, first->trace_id) == 0)
      g_ptr_array_add (of_trace, batch->spans->pdata[i]);
  records = leyden_otlp_trace_add (trace, of_trace, prices, &n_refused);
  g_assert_cmpuint (n_refused, ==, 0);
  g_assert_cmpuint (records->len, >=, 3);
  check_records (records);
  again = leyden_otlp_trace_add (trace, of_trace, prices, &n_refused);
  g_assert_cmpuint (again->len, ==, 0);
  leyden_otlp_trace_free (trace);
}

static void
check_batch (LeydenOtlpBatch *batch,
             const GError    *error,
             LeydenPrices    *prices)
{
  g_assert_true ((batch != NULL) == (error == NULL));
  if (batch == NULL)
    return;
  g_assert_true ((batch->n_rejected > 0) == (batch->reason != NULL));
  for (guint i = 0; i < batch->spans->len; i++)
    check_span (batch->spans->pdata[i]);
  if (batch->spans->len > 0)
    check_trace (batch, prices);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(GBytes) body = g_bytes_new_static (data, size);
  g_autoptr(LeydenPrices) prices = leyden_prices_new ("/nonexistent/prices.json");
  g_autoptr(GError) json_error = NULL;
  g_autoptr(GError) protobuf_error = NULL;
  g_autoptr(GError) zip_error = NULL;
  g_autoptr(LeydenOtlpBatch) json = leyden_otlp_parse_json (body, &json_error);
  g_autoptr(LeydenOtlpBatch) protobuf = leyden_otlp_parse_protobuf (body, &protobuf_error);
  g_autoptr(GBytes) plain = leyden_otlp_unzip (body, &zip_error);

  check_batch (json, json_error, prices);
  check_batch (protobuf, protobuf_error, prices);
  g_assert_true ((plain != NULL) == (zip_error == NULL));
  return 0;
}
