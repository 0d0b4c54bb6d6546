/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of a rollout, events that anybody may post among it, one JSON document a line: {"type", "node", "attempt", "payload"}. Whatever it
 * says, its spans are ones that a collector takes. */
#include <string.h>

#include "leyden-json.h"
#include "leyden-record-private.h"
#include "leyden-trace-spans.h"

/* After 1970 by more than any call may have lasted. */
#define BEGIN_NS G_GINT64_CONSTANT (1767225600000000000)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
assert_id (const char *id,
           gsize       length)
{
  g_assert_nonnull (id);
  g_assert_cmpuint (strlen (id), ==, length);
  g_assert_cmpuint (strspn (id, "0123456789abcdef"), ==, length);
  g_assert_cmpuint (strspn (id, "0"), <, length);
}

/* A time stands as text. */
static guint64
time_of (LeydenValue *span,
         const char  *key)
{
  guint64 time_ns = 0;

  g_assert_true (g_ascii_string_to_unsigned (leyden_value_get_member_string (span, key, ""), 10, 0, G_MAXINT64, &time_ns, NULL));
  return time_ns;
}

static void
check_span (LeydenValue *span)
{
  const char *parent = leyden_value_get_member_string (span, "parentSpanId", "");

  assert_id (leyden_value_get_member_string (span, "traceId", NULL), 32);
  assert_id (leyden_value_get_member_string (span, "spanId", NULL), 16);
  if (*parent != '\0')
    assert_id (parent, 16);
  g_assert_cmpstr (leyden_value_get_member_string (span, "name", ""), !=, "");
  g_assert_cmpuint (time_of (span, "startTimeUnixNano"), <=, time_of (span, "endTimeUnixNano"));
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  const LeydenTraceSubject subject = { "r", NULL, "run", "1", "train", NULL };
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto(GStrv) lines = g_strsplit (text, "\n", 64);
  g_autoptr(GPtrArray) spans = NULL;
  g_autoptr(LeydenValue) body = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autofree char *json = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr(LeydenValue) line = leyden_json_parse (lines[i], -1, &limits, NULL);
      LeydenValue *payload = leyden_value_get_member (line, "payload");
      const char *type = leyden_value_get_member_string (line, "type", "");

      /* The store has no others. */
      if (leyden_value_get_kind (payload) == LEYDEN_VALUE_OBJECT && leyden_record_type_is_valid (type, strlen (type)))
        g_ptr_array_add (records, leyden_record_new ("r", leyden_value_get_member_string (line, "attempt", "0"), i + 1, BEGIN_NS + i, "engine", type,
                                                     leyden_value_get_member_string (line, "node", ""), payload));
    }
  spans = leyden_trace_make_spans (&subject, records);
  g_assert_cmpuint (spans->len, <=, LEYDEN_TRACE_MAX_SPANS);
  for (guint i = 0; i < spans->len; i++)
    check_span (g_ptr_array_index (spans, i));
  body = leyden_trace_make_body (spans, "leyden");
  json = leyden_json_write (body, LEYDEN_JSON_COMPACT);
  again = leyden_json_parse (json, -1, NULL, NULL);
  g_assert_nonnull (again);
  return 0;
}
