/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-model.h"

G_BEGIN_DECLS

/* The OpenAI chat-completions wire as functions of bytes; no I/O here.
 * Source: openai-openapi, specification 2.3.0. */

/* What a server turned out not to take; remembered for each endpoint. */
typedef enum
{
  LEYDEN_OPENAI_OLD_MAX_TOKENS   = 1 << 0,      /* wants max_tokens for max_completion_tokens */
  LEYDEN_OPENAI_NO_STREAM_USAGE  = 1 << 1,      /* no stream_options */
  LEYDEN_OPENAI_NO_SEED          = 1 << 2,
} LeydenOpenaiQuirks;

/* The body to send. @model: for a body without one, nullable. (transfer full) */
LeydenValue *leyden_openai_make_body    (const LeydenModelCall *call,
                                         const char            *model,
                                         LeydenOpenaiQuirks     quirks,
                                         gboolean               simulated);
/* The quirk that a refusal (400 or 422) names, 0: none. */
LeydenOpenaiQuirks leyden_openai_find_quirk (LeydenValue *sent,
                                             GBytes      *refusal);
/* A chat.completion object as answer of a transport, without endpoint and latency. (transfer full) */
LeydenValue *leyden_openai_read_answer  (LeydenValue  *completion,
                                         GError      **error);
/* The same from bytes; PROTOCOL quotes what came. */
LeydenValue *leyden_openai_parse_answer (GBytes       *bytes,
                                         GError      **error);
/* Makes the error of an answer with a status that is not 2xx. @body nullable. */
void         leyden_openai_set_error    (GError      **error,
                                         guint         status,
                                         GBytes       *body);
/* Quotes at most 200 characters, escaped, without anything that looks like a key. (transfer full) */
char        *leyden_openai_quote        (GBytes       *bytes);

/* Puts an answer together from the chunks of a stream. */
typedef struct _LeydenOpenaiAssembler LeydenOpenaiAssembler;

LeydenOpenaiAssembler *leyden_openai_assembler_new    (void);
void                   leyden_openai_assembler_free   (LeydenOpenaiAssembler  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenOpenaiAssembler, leyden_openai_assembler_free)
/* The data of one event. @delta: (out) (transfer none) (nullable): new text, until the next push. */
gboolean               leyden_openai_assembler_push   (LeydenOpenaiAssembler  *self,
                                                       const char             *data,
                                                       gsize                   length,
                                                       const char            **delta,
                                                       GError                **error);
gboolean               leyden_openai_assembler_is_done (LeydenOpenaiAssembler *self);
/* Notes that bytes of the stream were not UTF-8. */
void                   leyden_openai_assembler_mark_invalid_utf8 (LeydenOpenaiAssembler *self);
/* The answer; INCOMPLETE when the stream ended too early. (transfer full) */
LeydenValue           *leyden_openai_assembler_finish (LeydenOpenaiAssembler  *self,
                                                       GError                **error);

G_END_DECLS
