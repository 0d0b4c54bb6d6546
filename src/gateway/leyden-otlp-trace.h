/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-otlp-calls.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/* More spans of one trace are rejected. */
#define LEYDEN_OTLP_MAX_TRACE 20000

/* One trace as a rollout: what must be known of its log to go on with it. Its records are the ordinary ones:
 *
 *   rollout.started    {"executor": "otlp", "item", "trace", "service", "resource"}, before all others
 *   node.started       of a span: {"span", "parent"?, "name", "kind", "scope"?, "links"?, "resource"? where it is another}
 *   model.request, tool.called       where the span is a call; model.response, tool.returned
 *   reward             of an event that tells one
 *   node.finished, node.failed       {"outputs": {"attributes", "events"?}, "error"?}
 *   rollout.finished   when a span without a parent has come, and again with a later one; or when nothing came for long
 *
 * Their times are the sender's. A span that ends late comes behind what it holds, so paths say nothing of what lies in what ("parent" does): a
 * span's path is its name, with "[2]", "[3]" … from the second of that name on. */
typedef struct
{
  char             *trace_id;
  LeydenRolloutRow *row;
  guint64           sequence;
  GHashTable       *span_ids;   /* set */
  GHashTable       *names;      /* name → how many of it there are */
  GHashTable       *parents;    /* path of a span that failed → the id of its parent, "" for none */
  LeydenValue      *resource;   /* nullable */
  char             *failed;     /* path of the span that failed first; nullable */
  gint64            last_ns;    /* the latest end */
  gboolean          finished;
  gboolean          root_failed;
} LeydenOtlpTrace;

/* @row (transfer full): a new one, or as it is stored. */
LeydenOtlpTrace *leyden_otlp_trace_new     (const char *trace_id, LeydenRolloutRow *row);
void             leyden_otlp_trace_free    (LeydenOtlpTrace *self);
/* What its log says, record after record. */
void             leyden_otlp_trace_recall  (LeydenOtlpTrace *self, LeydenRecord *record);
/* Records of the spans that are not there yet, in the order of their times; the row and all else says what is so behind them. @n_refused
 * (out): spans that the trace has no room for. Empty: nothing is new. (transfer full) (element-type LeydenRecord) */
GPtrArray       *leyden_otlp_trace_add     (LeydenOtlpTrace *self, GPtrArray *spans, LeydenPrices *prices, guint *n_refused);
/* Nothing came for long: it ends as what has no known parent did. */
GPtrArray       *leyden_otlp_trace_give_up (LeydenOtlpTrace *self);
/* What a resource calls its program. */
const char      *leyden_otlp_find_service  (LeydenValue *resource);

G_END_DECLS
