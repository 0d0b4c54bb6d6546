/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spans of other programs: reading them in both encodings, and as rollouts. test-otlp-route.c: over HTTP. */
#include <math.h>
#include <string.h>

#include "leyden-engine.h"
#include "leyden-json.h"
#include "leyden-otlp-trace.h"
#include "leyden-timeline.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define BASE G_GINT64_CONSTANT (1767225600000000000)

/* ---- Reading ---- */

static GBytes *
read_corpus (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "gateway", "corpus-otlp", name, NULL);
  g_autoptr(GError) error = NULL;
  char *text;
  gsize length;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (text, length);
}

static LeydenOtlpBatch *
parse (const char *text)
{
  g_autoptr(GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenOtlpBatch *batch = leyden_otlp_parse_json (body, &error);

  g_assert_no_error (error);
  return batch;
}

static LeydenOtlpSpan *
span_at (LeydenOtlpBatch *batch,
         guint            i)
{
  g_assert_cmpuint (i, <, batch->spans->len);
  return batch->spans->pdata[i];
}

static void
assert_same (LeydenValue *a,
             LeydenValue *b)
{
  g_autofree char *x = leyden_json_write (a, LEYDEN_JSON_CANONICAL);
  g_autofree char *y = leyden_json_write (b, LEYDEN_JSON_CANONICAL);

  g_assert_cmpstr (x, ==, y);
}

/* The corpus was written by Google's own library from OpenTelemetry's own messages; the JSON is the same request. */
static void
test_encodings_agree (void)
{
  g_autoptr(GBytes) binary = read_corpus ("spans.pb");
  g_autoptr(GBytes) text = read_corpus ("spans.json");
  g_autoptr(LeydenOtlpBatch) one = NULL;
  g_autoptr(LeydenOtlpBatch) other = NULL;
  g_autoptr(GError) error = NULL;

  other = leyden_otlp_parse_json (text, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (other->spans->len, ==, 3);
  g_assert_cmpint (other->n_rejected, ==, 0);
  g_assert_cmpstr (leyden_value_get_member_string (span_at (other, 1)->attributes, "raw", NULL), ==, "AP8=");
  g_assert_cmpint (leyden_value_get_member_int (span_at (other, 1)->resource, "process.pid", 0), ==, 42);
  if (!leyden_otlp_has_protobuf ())
    {
      g_test_skip ("this build does not read protobuf");
      return;
    }
  one = leyden_otlp_parse_protobuf (binary, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (one->spans->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const LeydenOtlpSpan *x = span_at (one, i), *y = span_at (other, i);

      g_assert_cmpstr (x->trace_id, ==, TRACE);
      g_assert_cmpstr (x->trace_id, ==, y->trace_id);
      g_assert_cmpstr (x->span_id, ==, y->span_id);
      g_assert_cmpstr (x->parent_id, ==, y->parent_id);
      g_assert_cmpstr (x->name, ==, y->name);
      g_assert_cmpint (x->kind, ==, y->kind);
      g_assert_cmpint (x->start_ns, ==, y->start_ns);
      g_assert_cmpint (x->end_ns, ==, y->end_ns);
      g_assert_cmpint (x->failed, ==, y->failed);
      g_assert_cmpstr (x->message, ==, y->message);
      assert_same (x->attributes, y->attributes);
      assert_same (x->events, y->events);
      assert_same (x->links, y->links);
      assert_same (x->scope, y->scope);
      assert_same (x->resource, y->resource);
    }
}

#define SPAN_OF(ids) "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" ids "}]}]}]}"
#define IDS "\"traceId\":\"" TRACE "\",\"spanId\":\"00f067aa0ba902b7\""

static void
test_json_table (void)
{
  static const struct { const char *text; int n_spans; int n_rejected; } cases[] = {
    { "{}", 0, 0 },
    { "{\"resourceSpans\":null}", 0, 0 },
    { "{\"resourceSpans\":[{}]}", 0, 0 },
    { "{\"more\":[1],\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[]}]}]}", 0, 0 },
    { SPAN_OF (IDS ",\"startTimeUnixNano\":\"5\""), 1, 0 },
    { SPAN_OF (IDS ",\"startTimeUnixNano\":5,\"endTimeUnixNano\":4"), 1, 0 },
    { SPAN_OF (IDS), 0, 1 },
    { SPAN_OF (IDS ",\"startTimeUnixNano\":\"0\""), 0, 1 },
    { SPAN_OF (IDS ",\"startTimeUnixNano\":\"-5\""), 0, 1 },
    { SPAN_OF (IDS ",\"startTimeUnixNano\":\"99999999999999999999\""), 0, 1 },
    { SPAN_OF (IDS ",\"startTimeUnixNano\":\"9223372036854775808\""), 0, 1 },
    { SPAN_OF (IDS ",\"startTimeUnixNano\":1e300"), 0, 1 },
    { SPAN_OF ("\"traceId\":\"00000000000000000000000000000000\",\"spanId\":\"00f067aa0ba902b7\",\"startTimeUnixNano\":\"5\""), 0, 1 },
    { SPAN_OF ("\"traceId\":\"S/kvNXezTaajzpKdDg5HNg==\",\"spanId\":\"APBnqgupArc=\",\"startTimeUnixNano\":\"5\""), 0, 1 },
    { SPAN_OF ("\"traceId\":7,\"spanId\":[],\"startTimeUnixNano\":\"5\""), 0, 1 },
    { SPAN_OF (IDS ",\"startTimeUnixNano\":\"5\",\"attributes\":{},\"events\":7,\"links\":\"x\",\"status\":[],\"kind\":\"SPAN_KIND_CLIENT\",\"name\":5"), 1, 0 },
    { "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[7,null,[]]}]}]}", 0, 3 },
    { "[]", -1, 0 },
    { "7", -1, 0 },
    { "", -1, 0 },
    { "{\"resourceSpans\":{}}", -1, 0 },
    { "{\"resourceSpans\":[7]}", -1, 0 },
    { "{\"resourceSpans\":[{\"scopeSpans\":[[]]}]}", -1, 0 },
    { "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":7}]}]}", -1, 0 },
    { "{\"resourceSpans\":[]}{}", -1, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GBytes) body = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenOtlpBatch) batch = leyden_otlp_parse_json (body, &error);

      g_test_message ("%s", cases[i].text);
      g_assert_true ((batch == NULL) == (cases[i].n_spans < 0));
      g_assert_true ((error != NULL) == (batch == NULL));
      if (batch == NULL)
        continue;
      g_assert_cmpint (batch->spans->len, ==, cases[i].n_spans);
      g_assert_cmpint (batch->n_rejected, ==, cases[i].n_rejected);
      g_assert_true ((batch->reason != NULL) == (batch->n_rejected > 0));
    }
}

/* A value in lists in lists, deeper than is kept: what lies too deep is null, the rest is there. */
static void
test_json_deep (void)
{
  g_autoptr(GString) text = g_string_new ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" IDS ",\"startTimeUnixNano\":\"5\",\"attributes\":[{\"key\":\"a\",\"value\":");
  g_autoptr(LeydenOtlpBatch) batch = NULL;
  LeydenValue *value;
  guint depth = 0;

  for (guint i = 0; i < 50; i++)
    g_string_append (text, "{\"arrayValue\":{\"values\":[");
  g_string_append (text, "{\"intValue\":\"1\"}");
  for (guint i = 0; i < 50; i++)
    g_string_append (text, "]}}");
  g_string_append (text, "}]}]}]}]}");
  batch = parse (text->str);
  value = leyden_value_get_member (span_at (batch, 0)->attributes, "a");
  while (leyden_value_get_kind (value) == LEYDEN_VALUE_LIST)
    {
      value = leyden_value_get_item (value, 0);
      depth++;
    }
  g_assert_cmpuint (depth, ==, LEYDEN_OTLP_MAX_DEPTH);
  g_assert_true (leyden_value_is_null (value));
}

/* ---- Protobuf that nobody writes ---- */

static gboolean
parses (GByteArray *body)
{
  g_autoptr(GBytes) bytes = g_bytes_new (body->data, body->len);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenOtlpBatch) batch = leyden_otlp_parse_protobuf (bytes, &error);

  g_assert_true ((batch == NULL) == (error != NULL));
  return batch != NULL;
}

static void
append_varint (GByteArray *out,
               guint64     value)
{
  guint8 byte;

  do
    {
      byte = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);
      g_byte_array_append (out, &byte, 1);
      value >>= 7;
    }
  while (value > 0);
}

/* @out becomes a field of that number that holds what it was. */
static void
wrap (GByteArray **out,
      guint        field)
{
  g_autoptr(GByteArray) inner = *out;

  *out = g_byte_array_new ();
  append_varint (*out, field << 3 | 2);
  append_varint (*out, inner->len);
  g_byte_array_append (*out, inner->data, inner->len);
}

static void
test_protobuf_cut (void)
{
  g_autoptr(GBytes) whole = read_corpus ("spans.pb");
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (whole, &size);
  guint n_read = 0;

  if (!leyden_otlp_has_protobuf ())
    {
      g_test_skip ("this build does not read protobuf");
      return;
    }
  for (gsize length = 0; length <= size; length++)
    {
      g_autoptr(GByteArray) body = g_byte_array_append (g_byte_array_new (), data, (guint)length);

      n_read += parses (body);
    }
  /* Nothing at all is an empty request. */
  g_assert_cmpuint (n_read, ==, 2);
}

/* An attribute in which objects lie in lists, a hundred thousand deep: no stack runs over. */
static void
test_protobuf_deep (void)
{
  static const guint outer[] = { 9, 2, 2, 1 };
  g_autoptr(GByteArray) body = g_byte_array_new ();

  if (!leyden_otlp_has_protobuf ())
    {
      g_test_skip ("this build does not read protobuf");
      return;
    }
  for (guint i = 0; i < 2000; i++)
    {
      wrap (&body, 1);
      wrap (&body, 5);
    }
  wrap (&body, 2);
  for (gsize i = 0; i < G_N_ELEMENTS (outer); i++)
    wrap (&body, outer[i]);
  g_assert_true (parses (body));
}

/* Two bytes that the reader of the library notes in forty: sixteen million of them are refused, and quickly. */
static void
test_protobuf_many (void)
{
  g_autoptr(GByteArray) body = g_byte_array_new ();

  if (!leyden_otlp_has_protobuf ())
    {
      g_test_skip ("this build does not read protobuf");
      return;
    }
  g_byte_array_set_size (body, 32 * 1024 * 1024);
  for (guint i = 0; i < body->len; i += 2)
    {
      body->data[i] = 1 << 3 | 2;
      body->data[i + 1] = 0;
    }
  g_assert_false (parses (body));
}

/* Fields that stand once stand a million times: the last one counts, and nothing is copied a million times. */
static void
test_protobuf_again (void)
{
  g_autoptr(GByteArray) body = g_byte_array_new ();
  g_autoptr(GByteArray) resource = g_byte_array_new ();
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LeydenOtlpBatch) batch = NULL;

  if (!leyden_otlp_has_protobuf ())
    {
      g_test_skip ("this build does not read protobuf");
      return;
    }
  wrap (&resource, 1);
  wrap (&resource, 1);
  for (guint i = 0; i < 500000; i++)
    g_byte_array_append (body, resource->data, resource->len);
  wrap (&body, 1);
  g_assert_true (parses (body));
}

static void
test_zip (void)
{
  g_autoptr(GZlibCompressor) zip = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  g_autofree guint8 *zeros = g_malloc0 (1024 * 1024);
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr(GOutputStream) stream = g_converter_output_stream_new (memory, G_CONVERTER (zip));
  g_autoptr(GBytes) bomb = NULL;
  g_autoptr(GBytes) half = NULL;
  g_autoptr(GBytes) text = g_bytes_new_static ("hello", 5);
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 80; i++)
    g_assert_true (g_output_stream_write_all (stream, zeros, 1024 * 1024, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  bomb = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
  g_assert_cmpuint (g_bytes_get_size (bomb), <, 200000);
  g_assert_null (leyden_otlp_unzip (bomb, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);
  half = g_bytes_new_from_bytes (bomb, 0, 1000);
  g_assert_null (leyden_otlp_unzip (half, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (leyden_otlp_unzip (text, &error));
  g_assert_nonnull (error);
}

/* ---- Calls ---- */

/* One span with attributes as a JSON object. */
static LeydenOtlpSpan *
make_span (const char *attributes)
{
  LeydenOtlpSpan *span = leyden_otlp_span_new ();
  g_autoptr(GError) error = NULL;

  span->name = g_strdup ("a span");
  span->start_ns = BASE;
  span->end_ns = BASE + 2500000;
  span->attributes = leyden_json_parse (attributes, -1, NULL, &error);
  g_assert_no_error (error);
  return span;
}

static void
test_call_names (void)
{
  static const struct { const char *attributes; LeydenOtlpCall call; const char *model; int in; int out; } cases[] = {
    { "{}", LEYDEN_OTLP_NO_CALL, NULL, 0, 0 },
    { "{\"gen_ai.operation.name\":\"invoke_agent\",\"gen_ai.request.model\":\"m\"}", LEYDEN_OTLP_NO_CALL, NULL, 0, 0 },
    { "{\"gen_ai.operation.name\":\"chat\",\"gen_ai.request.model\":\"m\",\"gen_ai.usage.input_tokens\":3,\"gen_ai.usage.output_tokens\":2}", LEYDEN_OTLP_MODEL_CALL, "m", 3, 2 },
    { "{\"gen_ai.operation.name\":\"embeddings\",\"gen_ai.response.model\":\"e\",\"gen_ai.usage.input_tokens\":9}", LEYDEN_OTLP_MODEL_CALL, "e", 9, 0 },
    { "{\"gen_ai.system\":\"openai\",\"gen_ai.request.model\":\"m\",\"gen_ai.usage.prompt_tokens\":4,\"gen_ai.usage.completion_tokens\":1}", LEYDEN_OTLP_MODEL_CALL, "m", 4, 1 },
    { "{\"openinference.span.kind\":\"LLM\",\"llm.model_name\":\"m\",\"llm.token_count.prompt\":5,\"llm.token_count.completion\":6}", LEYDEN_OTLP_MODEL_CALL, "m", 5, 6 },
    { "{\"llm.request.type\":\"chat\",\"gen_ai.request.model\":\"m\",\"gen_ai.usage.input_tokens\":-4,\"gen_ai.usage.output_tokens\":1e30}", LEYDEN_OTLP_MODEL_CALL, "m", -1, -1 },
    { "{\"gen_ai.operation.name\":\"chat\",\"gen_ai.usage.input_tokens\":\"many\"}", LEYDEN_OTLP_MODEL_CALL, NULL, -1, -1 },
    { "{\"gen_ai.operation.name\":\"execute_tool\"}", LEYDEN_OTLP_TOOL_CALL, NULL, 0, 0 },
    { "{\"gen_ai.tool.name\":\"t\"}", LEYDEN_OTLP_TOOL_CALL, NULL, 0, 0 },
    { "{\"traceloop.span.kind\":\"tool\"}", LEYDEN_OTLP_TOOL_CALL, NULL, 0, 0 },
    { "{\"openinference.span.kind\":\"CHAIN\"}", LEYDEN_OTLP_NO_CALL, NULL, 0, 0 },
  };
  g_autoptr(LeydenPrices) prices = leyden_prices_new ("/nonexistent/prices.json");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenOtlpSpan *span = make_span (cases[i].attributes);
      LeydenOtlpCall call = leyden_otlp_find_call (span);
      g_autoptr(LeydenValue) answer = NULL;
      LeydenValue *usage;

      g_test_message ("%s", cases[i].attributes);
      g_assert_cmpint (call, ==, cases[i].call);
      if (call == LEYDEN_OTLP_MODEL_CALL)
        {
          answer = leyden_otlp_make_answer (span, call, prices);
          usage = leyden_value_get_member (answer, "usage");
          g_assert_cmpstr (leyden_value_get_member_string (answer, "model", NULL), ==, cases[i].model);
          g_assert_cmpint (leyden_value_get_member_int (usage, "prompt_tokens", -1), ==, cases[i].in);
          g_assert_cmpint (leyden_value_get_member_int (usage, "completion_tokens", -1), ==, cases[i].out);
          g_assert_cmpfloat (leyden_value_get_member_double (answer, "latency_ms", 0), ==, 2.5);
        }
      leyden_otlp_span_free (span);
    }
}

/* By the list that is shipped; what it does not know has no cost, which is not 0; what is simulated costs nothing. */
static void
test_call_cost (void)
{
  static const struct { const char *attributes; double cost; } cases[] = {
    { "\"gen_ai.provider.name\":\"openai\",\"gen_ai.request.model\":\"gpt-4o\"", 0.0045 },
    { "\"gen_ai.system\":\"OpenAI\",\"gen_ai.response.model\":\"gpt-4o-2024-08-06\"", 0.0045 },
    { "\"gen_ai.provider.name\":\"any\",\"server.address\":\"api.openai.com\",\"gen_ai.request.model\":\"gpt-4o\"", 0.0045 },
    { "\"gen_ai.provider.name\":\"anthropic\",\"gen_ai.request.model\":\"claude-haiku-4-5\"", 0.002 },
    { "\"gen_ai.provider.name\":\"openai\",\"gen_ai.request.model\":\"gpt-unknown\"", NAN },
    { "\"gen_ai.request.model\":\"gpt-4o\"", NAN },
    { "\"gen_ai.provider.name\":\"openai\",\"gen_ai.request.model\":\"gpt-4o\",\"leyden.simulated\":true", NAN },
  };
  g_autoptr(LeydenPrices) prices = leyden_prices_new ("/nonexistent/prices.json");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{%s,\"gen_ai.usage.input_tokens\":1000,\"gen_ai.usage.output_tokens\":200}", cases[i].attributes);
      LeydenOtlpSpan *span = make_span (text);
      g_autoptr(LeydenValue) answer = leyden_otlp_make_answer (span, leyden_otlp_find_call (span), prices);
      double cost = leyden_value_get_member_double (answer, "cost", NAN);

      g_test_message ("%s", text);
      g_assert_true (isnan (cost) == isnan (cases[i].cost));
      if (!isnan (cost))
        g_assert_cmpfloat_with_epsilon (cost, cases[i].cost, 1e-9);
      g_assert_cmpint (leyden_value_get_member_boolean (answer, "simulated", FALSE), ==, strstr (text, "simulated") != NULL);
      leyden_otlp_span_free (span);
    }
}

static void
test_call_messages (void)
{
  static const struct { const char *attributes; const char *request; const char *answer; } cases[] = {
    { "\"gen_ai.input.messages\":\"[{\\\"role\\\":\\\"system\\\",\\\"parts\\\":[{\\\"type\\\":\\\"text\\\",\\\"content\\\":\\\"be brief\\\"}]}]\","
      "\"gen_ai.output.messages\":[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"4\"}]}]",
      "[{\"content\":\"be brief\",\"role\":\"system\"}]", "{\"content\":\"4\",\"role\":\"assistant\"}" },
    { "\"gen_ai.prompt.0.role\":\"user\",\"gen_ai.prompt.0.content\":\"2+2\",\"gen_ai.completion.0.content\":\"4\"",
      "[{\"content\":\"2+2\",\"role\":\"user\"}]", "{\"content\":\"4\",\"role\":\"assistant\"}" },
    { "\"llm.input_messages.0.message.role\":\"user\",\"llm.input_messages.0.message.content\":\"hi\"", "[{\"content\":\"hi\",\"role\":\"user\"}]", "null" },
    { "\"gen_ai.input.messages\":\"no json\"", "null", "null" },
  };
  g_autoptr(LeydenPrices) prices = leyden_prices_new ("/nonexistent/prices.json");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"gen_ai.operation.name\":\"chat\",%s}", cases[i].attributes);
      LeydenOtlpSpan *span = make_span (text);
      g_autoptr(LeydenValue) request = leyden_otlp_make_request (span, LEYDEN_OTLP_MODEL_CALL);
      g_autoptr(LeydenValue) answer = leyden_otlp_make_answer (span, LEYDEN_OTLP_MODEL_CALL, prices);
      g_autofree char *messages = leyden_json_write (leyden_value_lookup_pointer (request, "/body/messages"), LEYDEN_JSON_CANONICAL);
      g_autofree char *message = leyden_json_write (leyden_value_get_member (answer, "message"), LEYDEN_JSON_CANONICAL);

      g_assert_cmpstr (messages, ==, cases[i].request);
      g_assert_cmpstr (message, ==, cases[i].answer);
      leyden_otlp_span_free (span);
    }
}

/* ---- Traces ---- */

typedef struct
{
  LeydenOtlpTrace *trace;
  LeydenPrices    *prices;
  GPtrArray       *records;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  LeydenRolloutRow *row = leyden_rollout_row_new ();

  row->rollout = g_strdup ("otlp-" TRACE);
  self->trace = leyden_otlp_trace_new (TRACE, row);
  self->prices = leyden_prices_new ("/nonexistent/prices.json");
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  leyden_otlp_trace_free (self->trace);
  g_ptr_array_unref (self->records);
  g_assert_finalize_object (self->prices);
}

/* Adds the spans of a request; how many records that made. @spans: {"id", "parent"?, "name", "from", "to", "failed"?} of ms, in JSON without
 * quotes around anything but names: "1 0 name 0 5" a line. */
static guint
add_spans (Fixture    *self,
           const char *lines)
{
  g_auto(GStrv) split = g_strsplit (lines, "\n", -1);
  g_autoptr(GPtrArray) spans = g_ptr_array_new_with_free_func (leyden_otlp_span_free);
  GPtrArray *records;
  guint n, n_refused = 0;

  for (guint i = 0; split[i] != NULL; i++)
    {
      g_auto(GStrv) words = g_strsplit (split[i], " ", -1);
      LeydenOtlpSpan *span = leyden_otlp_span_new ();

      g_assert_cmpuint (g_strv_length (words), >=, 5);
      g_strlcpy (span->trace_id, TRACE, sizeof span->trace_id);
      g_snprintf (span->span_id, sizeof span->span_id, "%016x", atoi (words[0]));
      if (strcmp (words[1], "0") != 0)
        g_snprintf (span->parent_id, sizeof span->parent_id, "%016x", atoi (words[1]));
      span->name = g_strdup (words[2]);
      span->start_ns = BASE + atoi (words[3]) * 1000000;
      span->end_ns = BASE + atoi (words[4]) * 1000000;
      span->failed = words[5] != NULL;
      span->message = g_strdup (words[5]);
      span->attributes = leyden_json_parse (strcmp (words[2], "chat") == 0 ? "{\"gen_ai.operation.name\":\"chat\",\"gen_ai.provider.name\":\"openai\","
                                            "\"gen_ai.request.model\":\"gpt-4o\",\"gen_ai.usage.input_tokens\":1000,\"gen_ai.usage.output_tokens\":200}" : "{}",
                                            -1, NULL, NULL);
      span->resource = leyden_json_parse ("{\"service.name\":\"s\"}", -1, NULL, NULL);
      g_ptr_array_add (spans, span);
    }
  records = leyden_otlp_trace_add (self->trace, spans, self->prices, &n_refused);
  g_assert_cmpuint (n_refused, ==, 0);
  n = records->len;
  g_ptr_array_extend_and_steal (self->records, records);
  return n;
}

/* "type node" of each. */
static char *
list_records (Fixture *self)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->records->len; i++)
    {
      LeydenRecord *record = self->records->pdata[i];

      g_assert_cmpuint (record->sequence, ==, i + 1);
      g_string_append_printf (text, "%s%s %s", i > 0 ? "\n" : "", record->type, record->node);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static LeydenTimeline *
make_timeline (Fixture *self)
{
  LeydenTimeline *timeline = leyden_timeline_new ("otlp-" TRACE);

  for (guint i = 0; i < self->records->len; i++)
    leyden_timeline_add (timeline, self->records->pdata[i]);
  return timeline;
}

/* "path in path" of each span that is a node, "!" behind those on the critical path. */
static char *
list_spans (Fixture *self)
{
  g_autoptr(LeydenTimeline) timeline = make_timeline (self);
  g_autoptr(LeydenValue) value = leyden_timeline_list_spans (timeline, self->records->len, "", 1000);
  LeydenValue *spans = leyden_value_get_member (value, "spans");
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (spans); i++)
    {
      LeydenValue *span = leyden_value_get_item (spans, i);
      LeydenValue *outer = leyden_value_get_item (spans, (guint)leyden_value_get_member_int (span, "parent", 100000));

      if (strcmp (leyden_value_get_member_string (span, "kind", ""), "node") != 0)
        continue;
      g_string_append_printf (text, "%s%s in %s%s", text->len > 0 ? "\n" : "", leyden_value_get_member_string (span, "path", ""),
                              leyden_value_is_null (leyden_value_get_member (span, "parent")) ? "-" : leyden_value_get_member_string (outer, "path", ""),
                              leyden_value_get_member_boolean (span, "critical", FALSE) ? "!" : "");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_trace_order (Fixture       *self,
                  gconstpointer  data)
{
  g_autofree char *records = NULL;
  g_autofree char *spans = NULL;

  /* As exporters send them: what ended first comes first. */
  add_spans (self, "3 2 chat 1 3\n4 2 search/web 3 4\n2 1 step 1 5\n5 1 chat 5 6\n1 0 agent 0 7");
  records = list_records (self);
  g_assert_cmpstr (records, ==,
                   "rollout.started \nnode.started agent\nnode.started step\nnode.started chat\nmodel.request chat\nnode.started search∕web\n"
                   "model.response chat\nnode.finished chat\nnode.finished search∕web\nnode.started chat[2]\nmodel.request chat[2]\n"
                   "node.finished step\nmodel.response chat[2]\nnode.finished chat[2]\nnode.finished agent\nrollout.finished ");
  spans = list_spans (self);
  g_assert_cmpstr (spans, ==, "agent in -!\nstep in agent!\nchat in step!\nsearch∕web in step!\nchat[2] in agent!");
  g_assert_cmpstr (self->trace->row->state, ==, "succeeded");
  g_assert_cmpfloat (self->trace->row->latency_ms, ==, 7);
  g_assert_cmpint (self->trace->row->tokens_in, ==, 2000);
  g_assert_cmpfloat_with_epsilon (self->trace->row->cost, 0.009, 1e-9);
  g_assert_cmpstr (self->trace->row->item, ==, "agent");
}

/* In three requests, the outer ones last, and one that is late; the log is read again in between. */
static void
test_trace_late (Fixture       *self,
                 gconstpointer  data)
{
  g_autofree char *spans = NULL;
  g_autoptr(LeydenTimeline) timeline = NULL;
  g_autoptr(LeydenValue) summary = NULL;
  LeydenRolloutRow *row;

  add_spans (self, "3 2 chat 1 3");
  g_assert_cmpstr (self->trace->row->state, ==, "running");
  g_assert_false (self->trace->finished);
  /* The same once more: its sender did not hear the answer. */
  g_assert_cmpuint (add_spans (self, "3 2 chat 1 3"), ==, 0);
  row = leyden_rollout_row_copy (self->trace->row);
  leyden_otlp_trace_free (self->trace);
  self->trace = leyden_otlp_trace_new (TRACE, row);
  for (guint i = 0; i < self->records->len; i++)
    leyden_otlp_trace_recall (self->trace, self->records->pdata[i]);
  g_assert_cmpuint (add_spans (self, "3 2 chat 1 3"), ==, 0);
  add_spans (self, "6 2 chat 4 6");
  add_spans (self, "2 1 step 1 8\n1 0 agent 0 9");
  g_assert_true (self->trace->finished);
  g_assert_cmpint (self->trace->row->started_ns, ==, BASE);
  g_assert_cmpfloat (self->trace->row->latency_ms, ==, 9);
  add_spans (self, "7 1 late 2 3");
  spans = list_spans (self);
  g_assert_cmpstr (spans, ==, "agent in -!\nchat in step!\nstep in agent!\nlate in agent\nchat[2] in step!");
  timeline = make_timeline (self);
  summary = leyden_timeline_summarise (timeline, self->records->len, "", 100);
  g_assert_cmpint (leyden_value_get_member_int (summary, "started", 0), ==, BASE);
  g_assert_cmpstr (leyden_value_get_member_string (summary, "state", ""), ==, "succeeded");
}

static void
test_trace_failed (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr(LeydenValue) state = NULL;
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  gpointer fold = reducer->init ();

  /* One that failed within, and was mended; then one as a whole. */
  add_spans (self, "2 1 tool 1 2 no\n1 0 agent 0 3");
  g_assert_cmpstr (self->trace->row->state, ==, "succeeded");
  g_assert_null (self->trace->row->error);
  add_spans (self, "4 0 again 5 6 broken");
  g_assert_cmpstr (self->trace->row->state, ==, "failed");
  g_assert_cmpstr (self->trace->row->error, ==, "broken");
  g_assert_cmpstr (self->trace->row->error_node, ==, "tool");
  /* A root that went well does not undo it. */
  add_spans (self, "5 0 more 6 7");
  g_assert_cmpstr (self->trace->row->state, ==, "failed");
  for (guint i = 0; i < self->records->len; i++)
    reducer->apply (fold, self->records->pdata[i]);
  state = reducer->serialise (fold);
  reducer->free (fold);
  g_assert_cmpstr (leyden_value_get_member_string (state, "state", ""), ==, "failed");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (state, "/nodes/tool/error/message"), NULL), ==, "no");
  g_assert_nonnull (leyden_value_lookup_pointer (state, "/nodes/tool/outputs/attributes"));
}

/* Without a root: what has no parent here decides. */
static void
test_trace_give_up (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr(GPtrArray) records = NULL;

  add_spans (self, "2 9 part 1 2\n3 2 inner 1 2 no");
  records = leyden_otlp_trace_give_up (self->trace);
  g_assert_cmpuint (records->len, ==, 1);
  g_assert_cmpstr (self->trace->row->state, ==, "succeeded");
  add_spans (self, "4 9 other 3 4 no");
  g_clear_pointer (&records, g_ptr_array_unref);
  records = leyden_otlp_trace_give_up (self->trace);
  g_assert_cmpstr (self->trace->row->state, ==, "failed");
}

/* Each the parent of the other, and a name that looks like a path. */
static void
test_trace_ring (Fixture       *self,
                 gconstpointer  data)
{
  g_autofree char *spans = NULL;

  add_spans (self, "1 2 a/b#1[2] 0 5\n2 3 b 0 5\n3 1 c 0 5");
  spans = list_spans (self);
  /* Two of the three lie in one another, and the ring is open somewhere. */
  g_assert_nonnull (strstr (spans, " in -"));
  g_assert_nonnull (strstr (spans, "a∕b♯1(2)"));
}

static void
test_trace_many (Fixture       *self,
                 gconstpointer  data)
{
  g_autoptr(GPtrArray) spans = g_ptr_array_new_with_free_func (leyden_otlp_span_free);
  g_autoptr(GPtrArray) records = NULL;
  guint n_refused = 0;

  for (guint i = 0; i < LEYDEN_OTLP_MAX_TRACE + 5; i++)
    {
      LeydenOtlpSpan *span = make_span ("{}");

      g_snprintf (span->span_id, sizeof span->span_id, "%016x", i + 1);
      span->resource = leyden_value_ref (span->attributes);
      g_ptr_array_add (spans, span);
    }
  records = leyden_otlp_trace_add (self->trace, spans, self->prices, &n_refused);
  g_assert_cmpuint (n_refused, ==, 5);
  g_assert_cmpuint (records->len, ==, 2 * LEYDEN_OTLP_MAX_TRACE + 2);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/otlp/encodings-agree", test_encodings_agree);
  g_test_add_func ("/otlp/json/table", test_json_table);
  g_test_add_func ("/otlp/json/deep", test_json_deep);
  g_test_add_func ("/otlp/protobuf/cut", test_protobuf_cut);
  g_test_add_func ("/otlp/protobuf/deep", test_protobuf_deep);
  g_test_add_func ("/otlp/protobuf/many", test_protobuf_many);
  g_test_add_func ("/otlp/protobuf/again", test_protobuf_again);
  g_test_add_func ("/otlp/zip", test_zip);
  g_test_add_func ("/otlp/call/names", test_call_names);
  g_test_add_func ("/otlp/call/cost", test_call_cost);
  g_test_add_func ("/otlp/call/messages", test_call_messages);
  g_test_add ("/otlp/trace/order", Fixture, NULL, set_up, test_trace_order, tear_down);
  g_test_add ("/otlp/trace/late", Fixture, NULL, set_up, test_trace_late, tear_down);
  g_test_add ("/otlp/trace/failed", Fixture, NULL, set_up, test_trace_failed, tear_down);
  g_test_add ("/otlp/trace/give-up", Fixture, NULL, set_up, test_trace_give_up, tear_down);
  g_test_add ("/otlp/trace/ring", Fixture, NULL, set_up, test_trace_ring, tear_down);
  g_test_add ("/otlp/trace/many", Fixture, NULL, set_up, test_trace_many, tear_down);
  return g_test_run ();
}
