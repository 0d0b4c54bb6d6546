/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-model.h"

G_BEGIN_DECLS

/* Anthropic's Messages wire as functions of bytes; no I/O here. Calls and answers have the OpenAI form on our side.
 * Source: the Messages API, header anthropic-version 2023-06-01. */

#define LEYDEN_ANTHROPIC_VERSION "2023-06-01"

/* The body to send. @model: for a body without one, nullable. A limit is required there: without one 4096. Seeds, log probabilities and numbers of answers
 * do not exist there and are left out; a wish for JSON becomes a sentence of the system text. (transfer full) */
LeydenValue *leyden_anthropic_make_body    (const LeydenModelCall *call, const char *model);
/* An answer as a transport gives it, without endpoint and latency. Errors: LEYDEN_MODEL_ERROR. (transfer full) */
LeydenValue *leyden_anthropic_parse_answer (GBytes *bytes, GError **error);
/* Makes the error of an answer with a status that is not 2xx, or of an error in a stream (@status 200). @body nullable. */
void         leyden_anthropic_set_error    (GError **error, guint status, GBytes *body);

/* Puts an answer together from the events of a stream. */
typedef struct _LeydenAnthropicAssembler LeydenAnthropicAssembler;

LeydenAnthropicAssembler *leyden_anthropic_assembler_new     (void);
void                      leyden_anthropic_assembler_free    (LeydenAnthropicAssembler *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAnthropicAssembler, leyden_anthropic_assembler_free)
/* The data of one event. @delta: (out) (transfer none) (nullable): new text, until the next push. */
gboolean                  leyden_anthropic_assembler_push    (LeydenAnthropicAssembler *self, const char *data, gsize length,
                                                              const char **delta, GError **error);
gboolean                  leyden_anthropic_assembler_is_done (LeydenAnthropicAssembler *self);
void                      leyden_anthropic_assembler_mark_invalid_utf8 (LeydenAnthropicAssembler *self);
/* The answer; INCOMPLETE when the stream ended too early. (transfer full) */
LeydenValue              *leyden_anthropic_assembler_finish  (LeydenAnthropicAssembler *self, GError **error);

/* Shared by the two readers. "stop" for "end_turn" … */
const char *leyden_anthropic_finish_reason (const char *stop_reason);
/* Usage in the OpenAI form; NULL for none. @earlier (nullable): of the beginning of a stream. (transfer full) */
LeydenValue *leyden_anthropic_read_usage   (LeydenValue *earlier, LeydenValue *usage);

G_END_DECLS
