/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-private.h"

G_BEGIN_DECLS

/* A model as judge: what an evaluator with the method "judge" does. */

/* What a judge said of an answer, or of two. */
typedef struct
{
  double  score;                /* 0…1; of a comparison: 1 first, 0.5 neither, 0 second */
  char   *reason;
} LeydenJudgement;

/* Reads the reply: the last JSON object of the text that is a judgement. @compares: {"better": "first"|"second"|"tie"}, else {"score": 0…1}. FALSE when
 * there is none; a score that is no number or out of range is none. */
gboolean     leyden_judgement_parse  (const char *text, gboolean compares, LeydenJudgement *out);
/* To the nearest step of the scale "pass" (0, 1), "five" (quarters) or "unit" (as it is). */
double       leyden_judgement_round  (double score, const char *scale);

void         leyden_judge_async      (LeydenNodeContext *context, LeydenModels *models, LeydenModelTransport *transport, gpointer source,
                                      GAsyncReadyCallback callback, gpointer data);
/* The evaluator's outputs. */
LeydenValue *leyden_judge_finish     (GAsyncResult *result, GError **error);

G_END_DECLS
