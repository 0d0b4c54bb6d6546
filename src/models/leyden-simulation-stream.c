/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include <string.h>

#include "leyden-simulation-request.h"

/* Cuts a finished answer into the pieces of a stream: the role, one chunk a word, the end of each choice, the usage. */

typedef struct
{
  LeydenValue *completion;
  GPtrArray   *chunks;
  double       first_ms;        /* before the first word */
  double       token_ms;        /* for each token after that */
  gboolean     started;
  LeydenValue *choice;
  guint        at;              /* tokens of the choice given so far */
} Stream;

static void
chunk_free (gpointer data)
{
  LeydenSimulationChunk *self = data;

  leyden_value_unref (self->chunk);
  g_free (self);
}

static void
begin_chunk (Stream             *self,
             LeydenValueBuilder *b)
{
  static const char * const kept[] = { "id", "created", "model", "system_fingerprint" };

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "object", "chat.completion.chunk");
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    leyden_value_builder_set (b, kept[i], leyden_value_get_member (self->completion, kept[i]));
}

static void
take_chunk (Stream             *self,
            LeydenValueBuilder *b,
            double              wait_ms)
{
  LeydenSimulationChunk *chunk = g_new0 (LeydenSimulationChunk, 1);

  leyden_value_builder_end (b);
  chunk->wait_ms = wait_ms;
  chunk->chunk = leyden_value_builder_end_value (b);
  g_ptr_array_add (self->chunks, chunk);
}

static void
add_label (LeydenValueBuilder *b)
{
  leyden_value_builder_key (b, "x_leyden");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_boolean (b, "simulated", TRUE);
  leyden_value_builder_end (b);
}

/* Items [at, at + n) of a list. */
static LeydenValue *
slice (LeydenValue *list,
       guint        at,
       guint        n)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = at; i < at + n && i < leyden_value_get_size (list); i++)
    leyden_value_builder_add (&b, leyden_value_get_item (list, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Adds one chunk that carries @n_tokens; takes @delta. */
static void
add_piece (Stream      *self,
           LeydenValue *delta,
           guint        n_tokens,
           const char  *finish)
{
  LeydenValue *logprobs = leyden_value_get_member (leyden_value_get_member (self->choice, "logprobs"), "content");
  LeydenValue *ids = leyden_value_get_member (self->choice, "token_ids");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  begin_chunk (self, &b);
  leyden_value_builder_key (&b, "choices");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "index", leyden_value_get_member (self->choice, "index"));
  leyden_value_builder_set_take (&b, "delta", delta);
  if (logprobs != NULL && n_tokens > 0)
    {
      leyden_value_builder_key (&b, "logprobs");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_take (&b, "content", slice (logprobs, self->at, n_tokens));
      leyden_value_builder_end (&b);
    }
  if (ids != NULL && n_tokens > 0)
    leyden_value_builder_set_take (&b, "token_ids", slice (ids, self->at, n_tokens));
  leyden_value_builder_set_string (&b, "finish_reason", finish);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  if (!self->started && leyden_value_get_member (self->completion, "prompt_token_ids") != NULL)
    leyden_value_builder_set (&b, "prompt_token_ids", leyden_value_get_member (self->completion, "prompt_token_ids"));
  if (finish != NULL)
    leyden_value_builder_set (&b, "x_leyden", leyden_value_get_member (self->completion, "x_leyden"));
  else
    add_label (&b);
  take_chunk (self, &b, (self->started ? 0.0 : self->first_ms) + n_tokens * self->token_ms);
  self->started = TRUE;
  self->at += n_tokens;
}

static LeydenValue *
make_role_delta (LeydenValue *content)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "assistant");
  leyden_value_builder_set_string (&b, "content", leyden_value_is_null (content) ? NULL : "");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
make_text_delta (const char *text,
                 gsize       length)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "content", leyden_value_new_string (text, (gssize) length));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* @call: whose id and name to give, or NULL for a piece of arguments only. */
static LeydenValue *
make_call_delta (LeydenValue *call,
                 guint        index,
                 const char  *arguments,
                 gsize        length)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "tool_calls");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "index", index);
  if (call != NULL)
    {
      leyden_value_builder_set (&b, "id", leyden_value_get_member (call, "id"));
      leyden_value_builder_set_string (&b, "type", "function");
    }
  leyden_value_builder_key (&b, "function");
  leyden_value_builder_begin_object (&b);
  if (call != NULL)
    leyden_value_builder_set (&b, "name", leyden_value_lookup_pointer (call, "/function/name"));
  leyden_value_builder_set_take (&b, "arguments", leyden_value_new_string (arguments, (gssize) length));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Length of the first word with the white space after it. */
static gsize
word_length (const char *text)
{
  gsize n = strcspn (text, " \n");

  return n + strspn (text + n, " \n");
}

static void
stream_call (Stream      *self,
             LeydenValue *call,
             guint        index)
{
  LeydenValue *function = leyden_value_get_member (call, "function");
  const char *name = leyden_value_get_member_string (function, "name", "");
  const char *arguments = leyden_value_get_member_string (function, "arguments", "");

  add_piece (self, make_call_delta (call, index, "", 0), (guint) strlen (name) + 2, NULL);
  for (gsize n; *arguments != '\0'; arguments += n)
    {
      n = word_length (arguments);
      add_piece (self, make_call_delta (NULL, index, arguments, n), (guint) n, NULL);
    }
}

static void
stream_choice (Stream *self)
{
  LeydenValue *message = leyden_value_get_member (self->choice, "message");
  LeydenValue *calls = leyden_value_get_member (message, "tool_calls");
  const char *finish = leyden_value_get_member_string (self->choice, "finish_reason", "stop");
  const char *text = leyden_value_get_member_string (message, "content", "");

  self->at = 0;
  add_piece (self, make_role_delta (leyden_value_get_member (message, "content")), 0, NULL);
  for (gsize n; *text != '\0'; text += n)
    {
      n = word_length (text);
      add_piece (self, make_text_delta (text, n), (guint) n, NULL);
    }
  for (guint i = 0; i < leyden_value_get_size (calls); i++)
    stream_call (self, leyden_value_get_item (calls, i), i);
  {
    g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

    leyden_value_builder_begin_object (&b);
    leyden_value_builder_end (&b);
    add_piece (self, leyden_value_builder_end_value (&b), g_str_equal (finish, "length") ? 0 : 1, finish);
  }
}

static void
add_usage_chunk (Stream *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  begin_chunk (self, &b);
  leyden_value_builder_key (&b, "choices");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_set (&b, "usage", leyden_value_get_member (self->completion, "usage"));
  add_label (&b);
  take_chunk (self, &b, 0.0);
}

/**
 * leyden_simulation_stream:
 * @completion: from leyden_simulation_complete()
 * @include_usage: whether a last chunk with empty choices tells the usage
 *
 * The waits of all chunks add up to x_leyden.latency_ms.
 *
 * Returns: (element-type LeydenSimulationChunk) (transfer full): the chunks in order; "data: [DONE]" is the caller's
 */
GPtrArray *
leyden_simulation_stream (LeydenValue *completion,
                          gboolean     include_usage)
{
  LeydenValue *block = leyden_value_get_member (completion, "x_leyden");
  LeydenValue *choices = leyden_value_get_member (completion, "choices");
  double latency = leyden_value_get_member_double (block, "latency_ms", 0.0);
  gint64 n_tokens = leyden_value_get_member_int (leyden_value_get_member (completion, "usage"), "completion_tokens", 0);
  Stream stream = { .completion = completion };

  stream.chunks = g_ptr_array_new_with_free_func (chunk_free);
  stream.first_ms = leyden_value_get_member_double (block, "first_token_ms", 0.0);
  stream.token_ms = n_tokens > 0 ? (latency - stream.first_ms) / (double) n_tokens : 0.0;
  for (guint i = 0; i < leyden_value_get_size (choices); i++)
    {
      stream.choice = leyden_value_get_item (choices, i);
      stream_choice (&stream);
    }
  if (include_usage)
    add_usage_chunk (&stream);
  return stream.chunks;
}
