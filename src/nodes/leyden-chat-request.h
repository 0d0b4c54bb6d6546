/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-private.h"

G_BEGIN_DECLS

/* What chat and agent share: the conversation, the request, the call. */

/* System message, examples, the messages that came in, and the prompt (with the image). SKIPPED when neither prompt nor messages
 * arrived. (transfer full): list */
LeydenValue *leyden_chat_messages     (LeydenNodeContext *context, GError **error);
/* {"endpoint", "body", "sample", "timeout_s", "policy"?}: what the call's key is made of. @tools: list of function tools, or NULL. */
LeydenValue *leyden_chat_request      (LeydenNodeContext *context, LeydenModels *models, LeydenValue *messages, LeydenValue *tools);
/* @transport must live until the call has answered. */
void         leyden_chat_call_async   (LeydenNodeContext *context, LeydenModelTransport *transport, LeydenValue *request,
                                       GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_chat_call_finish  (LeydenNodeContext *context, GAsyncResult *result, GError **error);
/* The text of an answer's message: content, parts of it joined, or the refusal. (transfer full) */
char        *leyden_chat_text         (LeydenValue *message);
/* The message as it goes back into the conversation: role, content, tool_calls. (transfer full) */
LeydenValue *leyden_chat_echo         (LeydenValue *message);
LeydenValue *leyden_list_append       (LeydenValue *list, LeydenValue *item);

/* Sum over calls. */
typedef struct
{
  gint64 tokens_in;
  gint64 tokens_out;
  double cost;
  double latency_ms;
  guint  n_calls;
  guint  n_unpriced;            /* of them with a price that is not known */
} LeydenChatUsage;
void         leyden_chat_usage_add    (LeydenChatUsage *self, LeydenValue *answer);
LeydenValue *leyden_chat_usage_to_value (const LeydenChatUsage *self);

G_END_DECLS
