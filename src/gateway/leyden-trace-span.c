/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-trace-span.h"

#include <string.h>

#include "leyden-text.h"
#include "leyden-trace-spans.h"

#define MAX_EVENTS 128
#define MAX_TEXT 256
#define SCHEMA "https://opentelemetry.io/schemas/1.37.0"

/* opentelemetry/proto/trace/v1/trace.proto: StatusCode, as a number in JSON. */
enum { STATUS_UNSET = 0, STATUS_ERROR = 2 };

void
leyden_span_free (gpointer data)
{
  LeydenSpan *self = data;

  g_free (self->name);
  g_free (self->problem);
  g_ptr_array_unref (self->attributes);
  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_free (self);
}

/* ---- Attributes ---- */

/* {"key": @key, "value": {@type: @value}}; takes @value. */
static void
add_attribute (GPtrArray   *attributes,
               const char  *key,
               const char  *type,
               LeydenValue *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "key", key);
  leyden_value_builder_key (&b, "value");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, type, value);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  g_ptr_array_add (attributes, leyden_value_builder_end_value (&b));
}

/* @text from outside: short, in one line, without what looks like a key. NULL adds nothing. */
void
leyden_span_attributes_add_text (GPtrArray  *attributes,
                                 const char *key,
                                 const char *text)
{
  g_autofree char *line = text == NULL ? NULL : leyden_text_escape (text, -1, MAX_TEXT);
  g_autofree char *masked = line == NULL ? NULL : leyden_text_mask_secrets (line, -1);

  if (line != NULL && *line != '\0')
    add_attribute (attributes, key, "stringValue", leyden_value_new_string (masked != NULL ? masked : line, -1));
}

/* 64-bit integers are text in JSON (proto3's mapping). */
void
leyden_span_attributes_add_int (GPtrArray  *attributes,
                                const char *key,
                                gint64      value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  add_attribute (attributes, key, "intValue", leyden_value_new_string (text, -1));
}

void
leyden_span_attributes_add_boolean (GPtrArray  *attributes,
                                    const char *key,
                                    gboolean    value)
{
  add_attribute (attributes, key, "boolValue", leyden_value_new_boolean (value));
}

static void
add_double (GPtrArray  *attributes,
            const char *key,
            double      value)
{
  add_attribute (attributes, key, "doubleValue", leyden_value_new_double (value));
}

void
leyden_span_attributes_add_number (GPtrArray   *attributes,
                                   const char  *key,
                                   LeydenValue *object,
                                   const char  *member)
{
  double value;

  if (leyden_value_get_double (leyden_value_get_member (object, member), &value))
    add_double (attributes, key, value);
}

void
leyden_span_attributes_add_int_member (GPtrArray   *attributes,
                                       const char  *key,
                                       LeydenValue *object,
                                       const char  *member)
{
  gint64 value;

  if (leyden_value_get_int (leyden_value_get_member (object, member), &value))
    leyden_span_attributes_add_int (attributes, key, value);
}

/* A list of one text. */
void
leyden_span_attributes_add_texts (GPtrArray  *attributes,
                                  const char *key,
                                  const char *text)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *line = text == NULL ? NULL : leyden_text_escape (text, -1, MAX_TEXT);

  if (line == NULL)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "values");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "stringValue", line);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  add_attribute (attributes, key, "arrayValue", leyden_value_builder_end_value (&b));
}

/* ---- What happened ---- */

void
leyden_span_set_error (LeydenSpan  *span,
                       LeydenValue *error)
{
  const char *message = leyden_value_get_member_string (error, "message", NULL);

  span->failed = TRUE;
  g_free (span->problem);
  span->problem = g_strdup (message != NULL ? message : leyden_value_get_string (error, NULL));
  leyden_span_attributes_add_text (span->attributes, "error.type", leyden_value_get_member_string (error, "code", "_OTHER"));
}

void
leyden_span_add_event (LeydenSpan *span,
                       gint64      time_ns,
                       const char *name,
                       GPtrArray  *attributes)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, time_ns);

  if (span == NULL || (span->events != NULL && span->events->len >= MAX_EVENTS))
    return;
  if (span->events == NULL)
    span->events = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "timeUnixNano", time);
  leyden_value_builder_set_string (&b, "name", name);
  leyden_value_builder_key (&b, "attributes");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < attributes->len; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (attributes, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  g_ptr_array_add (span->events, leyden_value_builder_end_value (&b));
}

/* ---- As JSON ---- */

static void
set_time (LeydenValueBuilder *b,
          const char         *key,
          gint64              time_ns)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, time_ns);

  leyden_value_builder_set_string (b, key, text);
}

static void
set_list (LeydenValueBuilder *b,
          const char         *key,
          GPtrArray          *values)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < values->len; i++)
    leyden_value_builder_add (b, g_ptr_array_index (values, i));
  leyden_value_builder_end (b);
}

static void
set_status (LeydenValueBuilder *b,
            const LeydenSpan   *span)
{
  g_autofree char *line = span->problem == NULL ? NULL : leyden_text_escape (span->problem, -1, MAX_TEXT);
  g_autofree char *masked = line == NULL ? NULL : leyden_text_mask_secrets (line, -1);

  leyden_value_builder_key (b, "status");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "code", span->failed ? STATUS_ERROR : STATUS_UNSET);
  if (line != NULL)
    leyden_value_builder_set_string (b, "message", masked != NULL ? masked : line);
  leyden_value_builder_end (b);
}

static void
set_link (LeydenValueBuilder *b,
          const char         *traceparent)
{
  LeydenTrace trace;

  if (!leyden_trace_parse (traceparent, &trace))
    return;
  leyden_value_builder_key (b, "links");
  leyden_value_builder_begin_list (b);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "traceId", trace.trace_id);
  leyden_value_builder_set_string (b, "spanId", trace.span_id);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_span_to_value (const LeydenSpan *span,
                      const char       *traceparent)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "traceId", span->trace.trace_id);
  leyden_value_builder_set_string (&b, "spanId", span->trace.span_id);
  if (*span->parent_id != '\0')
    leyden_value_builder_set_string (&b, "parentSpanId", span->parent_id);
  leyden_value_builder_set_string (&b, "name", span->name);
  leyden_value_builder_set_int (&b, "kind", span->kind);
  set_time (&b, "startTimeUnixNano", span->start_ns);
  set_time (&b, "endTimeUnixNano", span->end_ns);
  set_list (&b, "attributes", span->attributes);
  if (span->events != NULL)
    set_list (&b, "events", span->events);
  if (*span->parent_id == '\0')
    set_link (&b, traceparent);
  set_status (&b, span);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_trace_make_body (GPtrArray  *spans,
                        const char *service)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) resource = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);

  leyden_span_attributes_add_text (resource, "service.name", service);
  leyden_span_attributes_add_text (resource, "service.version", PACKAGE_VERSION);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "resourceSpans");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "resource");
  leyden_value_builder_begin_object (&b);
  set_list (&b, "attributes", resource);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "scopeSpans");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "scope");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", "leyden");
  leyden_value_builder_set_string (&b, "version", PACKAGE_VERSION);
  leyden_value_builder_end (&b);
  set_list (&b, "spans", spans);
  leyden_value_builder_set_string (&b, "schemaUrl", SCHEMA);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "schemaUrl", SCHEMA);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
