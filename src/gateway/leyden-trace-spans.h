/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-record.h"

G_BEGIN_DECLS

/* The log of a rollout as spans of OpenTelemetry: JSON objects of OTLP (opentelemetry-proto, trace/v1), attributes by the semantic conventions
 * for generative AI 1.37. One span for each attempt ("invoke_agent"), below it one for each node, each model call ("chat") and each tool call
 * ("execute_tool"); rewards are events. Never a prompt, an answer, an argument or a result. Ids come from the rollout's id, so a rollout that
 * is exported twice is the same trace. */
typedef struct
{
  const char *rollout;
  const char *title;            /* of the flow, nullable */
  const char *run;              /* nullable */
  const char *item;             /* nullable */
  const char *split;            /* nullable */
  const char *traceparent;      /* of whoever asked for the run: linked; nullable */
} LeydenTraceSubject;

/* More spans of one rollout are left out; its first span says how many. */
#define LEYDEN_TRACE_MAX_SPANS 2000

/* @records: (element-type LeydenRecord), in order. (transfer full) (element-type LeydenValue) */
GPtrArray   *leyden_trace_make_spans (const LeydenTraceSubject *subject, GPtrArray *records);
/* The body of a POST to a collector. (transfer full) */
LeydenValue *leyden_trace_make_body  (GPtrArray *spans, const char *service);

G_END_DECLS
