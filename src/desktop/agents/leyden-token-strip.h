/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenTokenStrip: the tokens of a model's answer, each on the colour of its probability. The pointer over a token, or the text cursor on it,
 * says below what it is: text, id, log-probability.
 */
#define LEYDEN_TYPE_TOKEN_STRIP (leyden_token_strip_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTokenStrip, leyden_token_strip, LEYDEN, TOKEN_STRIP, GtkWidget)

GtkWidget  *leyden_token_strip_new         (void);
/* @tokens: list of {"id"?, "text" or null, "log_prob" or null, "others"?: list of {"token", "logprob"} that might have come instead}; @first: which of the
 * answer's @total the first one is, from 0. */
void        leyden_token_strip_set_tokens  (LeydenTokenStrip *self, LeydenValue *tokens, guint first, guint total);
guint       leyden_token_strip_get_n       (LeydenTokenStrip *self);
/* What is said of a token; NULL beyond the last. (transfer full) */
char       *leyden_token_strip_describe    (LeydenTokenStrip *self, guint index);
/* 0 (most probable) to 4; 5 when its probability is not known. */
guint       leyden_token_strip_get_level   (LeydenTokenStrip *self, guint index);

G_END_DECLS
