/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Trace context (W3C Trace Context, level 1): which trace a piece of work belongs to, and which span is its parent.
 *
 *   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *   version  trace id (16 bytes)        span id (8 bytes) flags (bit 0: sampled)
 *
 * A rollout has a trace of its own, made from its id: so what a model server was told during the rollout, and what is exported of it later
 * or after a restart, carry the same ids. */
typedef struct
{
  char   trace_id[33];                  /* lower-case hex, never all zeros */
  char   span_id[17];
  guint8 flags;
} LeydenTrace;

/* FALSE: not a `traceparent` (NULL is none). Of later versions what version 00 knows is read, as the standard asks. */
gboolean leyden_trace_parse      (const char *traceparent, LeydenTrace *trace);
/* Whether a `tracestate` may be handed on as it is: 1 to 512 printable ASCII characters. */
gboolean leyden_trace_is_state   (const char *tracestate);
/* As a `traceparent` of version 00. (transfer full) */
char    *leyden_trace_to_string  (const LeydenTrace *self);
/* The trace of @rollout, sampled; its span is that of the rollout's attempt @attempt. */
void     leyden_trace_of_rollout (const char *rollout, const char *attempt, LeydenTrace *trace);
/* Turns to the span of something inside: equal names under equal parents give equal ids. */
void     leyden_trace_enter      (LeydenTrace *self, const char *name);
/* Turns to a new span that nobody else has. */
void     leyden_trace_branch     (LeydenTrace *self);

G_END_DECLS
