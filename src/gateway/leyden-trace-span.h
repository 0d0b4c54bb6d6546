/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-trace.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* One span while it is made, and how it is written. opentelemetry/proto/trace/v1/trace.proto: SpanKind, as a number in JSON. */
enum
{
  LEYDEN_SPAN_INTERNAL = 1,
  LEYDEN_SPAN_CLIENT = 3,
};

typedef struct
{
  LeydenTrace trace;            /* span_id: its own */
  char        parent_id[17];    /* "" for none */
  char       *name;
  int         kind;
  gint64      start_ns;
  gint64      end_ns;           /* 0: still open */
  GPtrArray  *attributes;       /* LeydenValue {"key", "value"} */
  GPtrArray  *events;           /* nullable */
  gboolean    failed;
  char       *problem;
} LeydenSpan;

void         leyden_span_free      (gpointer self);
/* @error: {"message", "code"}, or a text; nullable. */
void         leyden_span_set_error (LeydenSpan *self, LeydenValue *error);
/* @self nullable. More than 128 events of one span are left out. */
void         leyden_span_add_event (LeydenSpan *self, gint64 time_ns, const char *name, GPtrArray *attributes);
/* @traceparent (nullable): linked by a span without a parent. (transfer full) */
LeydenValue *leyden_span_to_value  (const LeydenSpan *self, const char *traceparent);

/* Attributes are lists of {"key", "value"}. Texts come from outside: they become short, one line, without what looks like a key. What is not
 * there adds nothing. */
void leyden_span_attributes_add_text       (GPtrArray *attributes, const char *key, const char *text);
void leyden_span_attributes_add_texts      (GPtrArray *attributes, const char *key, const char *text);        /* a list of one */
void leyden_span_attributes_add_int        (GPtrArray *attributes, const char *key, gint64 value);
void leyden_span_attributes_add_int_member (GPtrArray *attributes, const char *key, LeydenValue *object, const char *member);
void leyden_span_attributes_add_boolean    (GPtrArray *attributes, const char *key, gboolean value);
void leyden_span_attributes_add_number     (GPtrArray *attributes, const char *key, LeydenValue *object, const char *member);

G_END_DECLS
