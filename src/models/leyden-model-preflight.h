/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* What one answer has of what a trainer needs. */
typedef struct
{
  gboolean is_answer;           /* an object with choices */
  guint    n_prompt;            /* token ids of the prompt */
  guint    n_tokens;            /* of the answer */
  int      n_log_probs;         /* −1: none, or one of them is no number */
} LeydenPreflightFacts;

/* Reads the answer of a chat-completions request: vLLM's `prompt_token_ids` (of the answer or of its choice) and `token_ids`. Pure. */
void        leyden_preflight_read    (LeydenValue *answer, LeydenPreflightFacts *out);
const char *leyden_preflight_verdict (const LeydenPreflightFacts *facts);

G_END_DECLS
