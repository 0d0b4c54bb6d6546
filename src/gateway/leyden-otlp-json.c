/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp.h"

#include "leyden-json.h"

static gboolean
refuse (GError     **error,
        const char  *text)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, text);
  return FALSE;
}

/* 64-bit numbers are texts, and some senders write them as numbers all the same. */
static guint64
read_time (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);
  guint64 time = 0;

  if (text == NULL)
    text = leyden_value_get_number_text (value);
  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &time, NULL))
    return G_MAXUINT64;
  return time;
}

static LeydenValue *
read_integer (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);
  gint64 number;

  if (text != NULL && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return leyden_value_new_int (number);
  return leyden_value_ref (value);
}

static LeydenValue *read_attributes (LeydenValue *list, guint depth);

static LeydenValue *
read_any (LeydenValue *value,
          guint        depth)
{
  static const char * const plain[] = { "stringValue", "boolValue", "doubleValue", "bytesValue" };
  LeydenValue *member, *values;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    if ((member = leyden_value_get_member (value, plain[i])) != NULL && leyden_value_get_kind (member) != LEYDEN_VALUE_LIST
        && leyden_value_get_kind (member) != LEYDEN_VALUE_OBJECT)
      return leyden_value_ref (member);
  if ((member = leyden_value_get_member (value, "intValue")) != NULL && leyden_value_get_size (member) == 0)
    return read_integer (member);
  if (depth >= LEYDEN_OTLP_MAX_DEPTH)
    return leyden_value_new_null ();
  if ((member = leyden_value_get_member (value, "kvlistValue")) != NULL)
    return read_attributes (leyden_value_get_member (member, "values"), depth + 1);
  if ((member = leyden_value_get_member (value, "arrayValue")) == NULL)
    return leyden_value_new_null ();
  values = leyden_value_get_member (member, "values");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; leyden_value_get_kind (values) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (values); i++)
    leyden_value_builder_take (&b, read_any (leyden_value_get_item (values, i), depth + 1));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
read_attributes (LeydenValue *list,
                 guint        depth)
{
  guint n = leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? MIN (leyden_value_get_size (list), LEYDEN_OTLP_MAX_ATTRIBUTES) : 0;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *attribute = leyden_value_get_item (list, i);
      gsize length = 0;
      const char *key = leyden_value_get_string (leyden_value_get_member (attribute, "key"), &length);

      if (key == NULL)
        continue;
      leyden_value_builder_key_length (&b, key, length);
      leyden_value_builder_take (&b, read_any (leyden_value_get_member (attribute, "value"), depth));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
read_events (LeydenValue *list)
{
  guint n = leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? MIN (leyden_value_get_size (list), LEYDEN_OTLP_MAX_EVENTS) : 0;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (n == 0)
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *event = leyden_value_get_item (list, i);
      g_autoptr(LeydenValue) attributes = read_attributes (leyden_value_get_member (event, "attributes"), 0);

      leyden_value_builder_take (&b, leyden_otlp_make_event (leyden_value_get_member_string (event, "name", ""),
                                                             read_time (leyden_value_get_member (event, "timeUnixNano")), attributes));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
read_links (LeydenValue *list)
{
  guint n = leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? MIN (leyden_value_get_size (list), LEYDEN_OTLP_MAX_EVENTS) : 0;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (n == 0)
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *link = leyden_value_get_item (list, i);
      char trace_id[33], span_id[17];

      if (leyden_otlp_copy_id (trace_id, leyden_value_get_member_string (link, "traceId", NULL), 16)
          && leyden_otlp_copy_id (span_id, leyden_value_get_member_string (link, "spanId", NULL), 8))
        leyden_value_builder_take (&b, leyden_otlp_make_link (trace_id, span_id));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
read_scope (LeydenValue *value)
{
  static const char * const members[] = { "name", "version" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    return NULL;
  leyden_value_builder_begin_object (&b);
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (leyden_value_get_member_string (value, members[i], NULL) != NULL)
      leyden_value_builder_set (&b, members[i], leyden_value_get_member (value, members[i]));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
read_span (LeydenOtlpBatch *batch,
           LeydenValue     *value,
           LeydenValue     *scope,
           LeydenValue     *resource)
{
  LeydenValue *status = leyden_value_get_member (value, "status");
  LeydenOtlpSpan *span;

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    {
      leyden_otlp_batch_reject (batch, "A span is not an object");
      return;
    }
  span = leyden_otlp_span_new ();
  leyden_otlp_copy_id (span->trace_id, leyden_value_get_member_string (value, "traceId", NULL), 16);
  leyden_otlp_copy_id (span->span_id, leyden_value_get_member_string (value, "spanId", NULL), 8);
  leyden_otlp_copy_id (span->parent_id, leyden_value_get_member_string (value, "parentSpanId", NULL), 8);
  span->name = g_strdup (leyden_value_get_member_string (value, "name", ""));
  span->kind = (int)CLAMP (leyden_value_get_member_int (value, "kind", 0), 0, 5);
  span->failed = leyden_value_get_member_int (status, "code", 0) == 2;
  span->message = g_strdup (leyden_value_get_member_string (status, "message", NULL));
  span->attributes = read_attributes (leyden_value_get_member (value, "attributes"), 0);
  span->events = read_events (leyden_value_get_member (value, "events"));
  span->links = read_links (leyden_value_get_member (value, "links"));
  span->scope = scope != NULL ? leyden_value_ref (scope) : NULL;
  span->resource = leyden_value_ref (resource);
  leyden_otlp_batch_add (batch, span, read_time (leyden_value_get_member (value, "startTimeUnixNano")),
                         read_time (leyden_value_get_member (value, "endTimeUnixNano")));
}

/* A list that may be missing. */
static gboolean
find_list (LeydenValue  *object,
           const char   *name,
           LeydenValue **list,
           GError      **error)
{
  g_autofree char *text = NULL;

  *list = leyden_value_get_member (object, name);
  if (leyden_value_get_kind (object) == LEYDEN_VALUE_OBJECT
      && (leyden_value_is_null (*list) || leyden_value_get_kind (*list) == LEYDEN_VALUE_LIST))
    return TRUE;
  text = g_strdup_printf ("Expected an object with a list \"%s\"", name);
  return refuse (error, text);
}

static gboolean
read_scope_spans (LeydenOtlpBatch  *batch,
                  LeydenValue      *value,
                  LeydenValue      *resource,
                  GError          **error)
{
  g_autoptr(LeydenValue) scope = read_scope (leyden_value_get_member (value, "scope"));
  LeydenValue *spans;

  if (!find_list (value, "spans", &spans, error))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (spans); i++)
    read_span (batch, leyden_value_get_item (spans, i), scope, resource);
  return TRUE;
}

static gboolean
read_resource_spans (LeydenOtlpBatch  *batch,
                     LeydenValue      *value,
                     GError          **error)
{
  LeydenValue *described = leyden_value_get_member (value, "resource");
  g_autoptr(LeydenValue) resource = read_attributes (leyden_value_get_member (described, "attributes"), 0);
  LeydenValue *scopes;

  if (!find_list (value, "scopeSpans", &scopes, error))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (scopes); i++)
    if (!read_scope_spans (batch, leyden_value_get_item (scopes, i), resource, error))
      return FALSE;
  return TRUE;
}

LeydenOtlpBatch *
leyden_otlp_parse_json (GBytes  *body,
                        GError **error)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenOtlpBatch) batch = leyden_otlp_batch_new ();
  g_autoptr(LeydenValue) value = leyden_json_parse_bytes (body, &limits, error);
  LeydenValue *resources;

  if (value == NULL || !find_list (value, "resourceSpans", &resources, error))
    return NULL;
  for (guint i = 0; i < leyden_value_get_size (resources); i++)
    if (!read_resource_spans (batch, leyden_value_get_item (resources, i), error))
      return NULL;
  return g_steal_pointer (&batch);
}
