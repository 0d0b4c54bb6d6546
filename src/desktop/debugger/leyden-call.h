/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* What a call of a rollout's state says (data/schema/state.json, "call"), and what can be made of it. Nothing here is safe to show: what is shown
 * goes through leyden_text_display(). Everything accepts any JSON: a log may come from a file. */

gboolean     leyden_call_is_model           (LeydenValue *call);
/* "running", "failed" or "succeeded". */
const char  *leyden_call_get_state          (LeydenValue *call);
/* The chat-completions body of a model's call; else NULL. (transfer none) */
LeydenValue *leyden_call_get_body           (LeydenValue *call);
/* Of its request; nullable. (transfer none) */
LeydenValue *leyden_call_get_messages       (LeydenValue *call);
/* The one that answered, else that was asked; name of the tool; "" when unknown. (transfer none) */
const char  *leyden_call_get_model          (LeydenValue *call);
/* Milliseconds; NaN: not known. */
double       leyden_call_get_latency_ms     (LeydenValue *call);
double       leyden_call_get_first_token_ms (LeydenValue *call);
/* "prompt_tokens" or "completion_tokens"; −1: not known. */
gint64       leyden_call_get_tokens         (LeydenValue *call, const char *which);
/* Message of its error; NULL without one. (transfer none) */
const char  *leyden_call_get_error          (LeydenValue *call);
/* The words of an answer: content, or its parts joined; "" without. (transfer full) */
char        *leyden_call_dup_answer         (LeydenValue *answer);
/* The text of a message's content, parts of other kinds left out. (transfer full) */
char        *leyden_call_dup_content        (LeydenValue *content);
/* For LeydenTokenStrip: list of {"text", "log_prob", "others"}; NULL where the server told none. At most @limit from @offset; how many there are in all is
 * stored in @total. (transfer full) */
LeydenValue *leyden_call_make_tokens        (LeydenValue *answer, guint offset, guint limit, guint *total);
/* An example of this call for a data set: {"messages", "answer"}; the answer's text, or the message where it calls tools. (transfer full) */
LeydenValue *leyden_call_make_row           (LeydenValue *call);

/**
 * leyden_call_make_curl:
 * @base_uri: (nullable): of the endpoint, without trailing slash; %NULL: it is not known, and the command reads $BASE_URL
 * @body: what is sent
 *
 * A command for a POSIX shell that makes the call again. The key is left out: it reads $OPENAI_API_KEY. Nothing in @base_uri or @body
 * is taken as a command, whatever it holds; what could not be seen in a terminal, or change what is seen, stands there as JSON's \u escapes.
 *
 * Returns: (transfer full): text without a new line at its end
 */
char        *leyden_call_make_curl          (const char *base_uri, LeydenValue *body);
/* The same of a request as a backend describes it (POST /leyden/v1/endpoints/{name}/request): in whatever form its server takes. @uri: instead of
 * its own; nullable. %NULL: what came is no description. (transfer full) (nullable) */
char        *leyden_call_make_wire_curl     (LeydenValue *request, const char *uri);
/* The variable of the shell that such a command reads the key from. (transfer none) (nullable) */
const char  *leyden_call_get_key_variable   (LeydenValue *request);

G_END_DECLS
