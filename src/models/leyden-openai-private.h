/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-openai-wire.h"

G_BEGIN_DECLS

/* Shared by the two readers of answers: whole ones and streams. */

/* No model calls more tools than that in one answer. */
#define LEYDEN_OPENAI_MAX_CALLS 128

enum
{
  LEYDEN_OPENAI_FLAG_USAGE_INVALID = 1 << 0,
  LEYDEN_OPENAI_FLAG_INVALID_UTF8  = 1 << 1,
  LEYDEN_OPENAI_FLAG_CALLS_DROPPED = 1 << 2,
  LEYDEN_OPENAI_FLAG_NO_DONE       = 1 << 3,
};

/* Sets LEYDEN_MODEL_ERROR_PROTOCOL; always FALSE. */
gboolean     leyden_openai_fail           (GError            **error,
                                           const char         *format,
                                           ...) G_GNUC_PRINTF (2, 3);
void         leyden_openai_add_usage      (LeydenValueBuilder *b,
                                           LeydenValue        *usage,
                                           guint              *flags);
void         leyden_openai_add_flags      (LeydenValueBuilder *b,
                                           guint               flags);
void         leyden_openai_add_simulation (LeydenValueBuilder *b,
                                           LeydenValue        *block);
/* "logprobs": {"content": @content}; nothing where the server told none. */
void         leyden_openai_add_log_probs  (LeydenValueBuilder *b,
                                           LeydenValue        *content);
void         leyden_openai_add_call       (LeydenValueBuilder *b,
                                           const char         *id,
                                           guint               index,
                                           const char         *name,
                                           LeydenValue        *arguments);
/* Whether a stream came to its end: it gave a reason, or said that it is done after some content. FALSE: @error tells what of @text came.
 * A reason without a word of being done is a flag. */
gboolean     leyden_openai_check_end      (gboolean            has_reason,
                                           gboolean            done,
                                           gboolean            has_content,
                                           const GString      *text,
                                           guint              *flags,
                                           GError            **error);
gboolean     leyden_openai_check_error    (LeydenValue        *answer,
                                           GError            **error);
/* Invalid UTF-8 becomes U+FFFD, with a flag. */
LeydenValue *leyden_openai_parse_wire     (const char         *text,
                                           gsize               length,
                                           guint              *flags,
                                           GError            **error);

G_END_DECLS
