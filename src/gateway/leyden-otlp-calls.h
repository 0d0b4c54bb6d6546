/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-otlp.h"
#include "leyden-prices.h"

G_BEGIN_DECLS

/* What spans say of calls, by OpenTelemetry's semantic conventions for generative AI 1.37, the names that these had before, and those of
 * OpenInference and OpenLLMetry where they name the same thing. */
typedef enum
{
  LEYDEN_OTLP_NO_CALL,
  LEYDEN_OTLP_MODEL_CALL,       /* chat, text_completion, generate_content, embeddings */
  LEYDEN_OTLP_TOOL_CALL,        /* execute_tool */
} LeydenOtlpCall;

LeydenOtlpCall leyden_otlp_find_call        (const LeydenOtlpSpan *span);
/* "request" of the record model.request or tool.called: {"endpoint", "body": {"model", "messages", …}}; {"name", "call_id", "arguments"}.
 * (transfer full) */
LeydenValue   *leyden_otlp_make_request     (const LeydenOtlpSpan *span, LeydenOtlpCall call);
/* "answer" of model.response or tool.returned; the cost by @prices where they know the model. (transfer full) */
LeydenValue   *leyden_otlp_make_answer      (const LeydenOtlpSpan *span, LeydenOtlpCall call, LeydenPrices *prices);
/* {"message", "code", "node"} of a span that failed. (transfer full) */
LeydenValue   *leyden_otlp_make_error       (const LeydenOtlpSpan *span, const char *path);
/* A reward or a score that an event of the span tells; FALSE: it is another event. @source: borrowed from the event, nullable. */
gboolean       leyden_otlp_read_reward      (LeydenValue *event, double *value, const char **source);
/* The span's attributes without those that the request and the answer hold. (transfer full) */
LeydenValue   *leyden_otlp_strip_attributes (const LeydenOtlpSpan *span, LeydenOtlpCall call);

G_END_DECLS
