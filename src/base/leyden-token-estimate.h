/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * leyden_token_estimate:
 * @text: UTF-8
 *
 * How many tokens a model is likely to make of @text. Every model counts its own way, and only its answer tells the true number; this is
 * the rule of thumb that the makers of models give for English, four characters a token, and one token a character for scripts that
 * are written without spaces (Han, kana, Hangul), half a token for each other letter outside ASCII. O(length), any thread.
 *
 * Source of the four characters: OpenAI, “What are tokens and how to count them?”. The rule for other scripts is ours, on the safe side.
 *
 * Returns: tokens; 0 for an empty text, else at least 1
 */
guint leyden_token_estimate (const char *text);

G_END_DECLS
