/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-anthropic-wire.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-openai-private.h"
#include "leyden-text.h"

/* message_start ─► (content_block_start ─► content_block_delta… ─► content_block_stop)… ─► message_delta ─► message_stop */

#define MAX_TEXT (64 * 1024 * 1024)
#define MAX_BLOCKS 1024

typedef enum
{
  BLOCK_OTHER,                  /* thinking, and what comes later */
  BLOCK_TEXT,
  BLOCK_CALL,
} BlockKind;

typedef struct
{
  BlockKind    kind;
  char        *id;
  char        *name;
  LeydenValue *input;           /* as the block began */
  GString     *json;            /* pieces of it */
} Block;

struct _LeydenAnthropicAssembler
{
  GString     *text;
  GString     *delta;           /* text of the last push */
  GPtrArray   *blocks;
  char        *model;
  char        *reason;
  LeydenValue *first_usage;
  LeydenValue *usage;
  gsize        n_bytes;
  guint        flags;
  gboolean     has_text;
  gboolean     done;
};

static void
block_free (gpointer data)
{
  Block *self = data;

  g_free (self->id);
  g_free (self->name);
  g_clear_pointer (&self->input, leyden_value_unref);
  g_string_free (self->json, TRUE);
  g_free (self);
}

LeydenAnthropicAssembler *
leyden_anthropic_assembler_new (void)
{
  LeydenAnthropicAssembler *self = g_new0 (LeydenAnthropicAssembler, 1);

  self->text = g_string_new (NULL);
  self->delta = g_string_new (NULL);
  self->blocks = g_ptr_array_new_with_free_func (block_free);
  return self;
}

void
leyden_anthropic_assembler_free (LeydenAnthropicAssembler *self)
{
  if (self == NULL)
    return;
  g_string_free (self->text, TRUE);
  g_string_free (self->delta, TRUE);
  g_ptr_array_unref (self->blocks);
  g_free (self->model);
  g_free (self->reason);
  g_clear_pointer (&self->first_usage, leyden_value_unref);
  g_clear_pointer (&self->usage, leyden_value_unref);
  g_free (self);
}

static Block *
find_block (LeydenAnthropicAssembler  *self,
            LeydenValue               *event,
            GError                   **error)
{
  gint64 index = leyden_value_get_member_int (event, "index", -1);

  if (index < 0 || index >= MAX_BLOCKS)
    {
      leyden_openai_fail (error, _("a block of the stream has an index out of range"));
      return NULL;
    }
  while (self->blocks->len <= (guint) index)
    {
      Block *block = g_new0 (Block, 1);

      block->json = g_string_new (NULL);
      g_ptr_array_add (self->blocks, block);
    }
  return g_ptr_array_index (self->blocks, (guint) index);
}

static void
append_text (LeydenAnthropicAssembler *self,
             LeydenValue              *value)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);

  if (text == NULL)
    return;
  self->has_text = TRUE;
  g_string_append_len (self->delta, text, (gssize) length);
  g_string_append_len (self->text, text, (gssize) length);
}

static gboolean
start_block (LeydenAnthropicAssembler  *self,
             LeydenValue               *event,
             GError                   **error)
{
  LeydenValue *content = leyden_value_get_member (event, "content_block");
  const char *type = leyden_value_get_member_string (content, "type", "");
  Block *block = find_block (self, event, error);

  if (block == NULL)
    return FALSE;
  /* A block begins once; whatever says it again is not believed. */
  if (block->kind != BLOCK_OTHER)
    return TRUE;
  if (g_str_equal (type, "text"))
    {
      block->kind = BLOCK_TEXT;
      append_text (self, leyden_value_get_member (content, "text"));
    }
  else if (g_str_equal (type, "tool_use"))
    {
      block->kind = BLOCK_CALL;
      block->id = g_strdup (leyden_value_get_member_string (content, "id", NULL));
      block->name = g_strdup (leyden_value_get_member_string (content, "name", NULL));
      if (!leyden_value_is_null (leyden_value_get_member (content, "input")))
        block->input = leyden_value_ref (leyden_value_get_member (content, "input"));
    }
  return TRUE;
}

static gboolean
continue_block (LeydenAnthropicAssembler  *self,
                LeydenValue               *event,
                GError                   **error)
{
  LeydenValue *delta = leyden_value_get_member (event, "delta");
  const char *type = leyden_value_get_member_string (delta, "type", "");
  Block *block = find_block (self, event, error);
  gsize length;
  const char *json;

  if (block == NULL)
    return FALSE;
  if (g_str_equal (type, "text_delta"))
    append_text (self, leyden_value_get_member (delta, "text"));
  else if (g_str_equal (type, "input_json_delta") && (json = leyden_value_get_string (leyden_value_get_member (delta, "partial_json"), &length)) != NULL)
    g_string_append_len (block->json, json, (gssize) length);
  return TRUE;
}

static void
replace_value (LeydenValue **place,
               LeydenValue  *value)
{
  if (leyden_value_is_null (value))
    return;
  g_clear_pointer (place, leyden_value_unref);
  *place = leyden_value_ref (value);
}

static void
replace_text (char       **place,
              const char  *text)
{
  if (text == NULL || *text == '\0')
    return;
  g_free (*place);
  *place = g_strdup (text);
}

static gboolean
read_event (LeydenAnthropicAssembler  *self,
            LeydenValue               *event,
            const char                *data,
            gsize                      length,
            GError                   **error)
{
  const char *type = leyden_value_get_member_string (event, "type", "");
  LeydenValue *message = leyden_value_get_member (event, "message");

  if (leyden_value_get_kind (event) != LEYDEN_VALUE_OBJECT)
    return leyden_openai_fail (error, _("an event of the stream is %s, not an object"),
                               leyden_value_kind_to_string (leyden_value_get_kind (event)));
  if (g_str_equal (type, "error") || !leyden_value_is_null (leyden_value_get_member (event, "error")))
    {
      g_autoptr(GBytes) bytes = g_bytes_new (data, length);

      leyden_anthropic_set_error (error, 200, bytes);
      return FALSE;
    }
  if (g_str_equal (type, "content_block_start"))
    return start_block (self, event, error);
  if (g_str_equal (type, "content_block_delta"))
    return continue_block (self, event, error);
  if (g_str_equal (type, "message_start"))
    {
      replace_text (&self->model, leyden_value_get_member_string (message, "model", NULL));
      replace_value (&self->first_usage, leyden_value_get_member (message, "usage"));
    }
  else if (g_str_equal (type, "message_delta"))
    {
      replace_text (&self->reason, leyden_value_get_member_string (leyden_value_get_member (event, "delta"), "stop_reason", NULL));
      replace_value (&self->usage, leyden_value_get_member (event, "usage"));
    }
  else if (g_str_equal (type, "message_stop"))
    self->done = TRUE;
  return TRUE;
}

gboolean
leyden_anthropic_assembler_push (LeydenAnthropicAssembler  *self,
                                 const char                *data,
                                 gsize                      length,
                                 const char               **delta,
                                 GError                   **error)
{
  g_autoptr(LeydenValue) event = NULL;
  g_autoptr(GError) reason = NULL;

  g_return_val_if_fail (self != NULL && data != NULL, FALSE);

  if (delta != NULL)
    *delta = NULL;
  g_string_truncate (self->delta, 0);
  self->n_bytes += length;
  if (self->n_bytes > MAX_TEXT)
    return leyden_openai_fail (error, _("the stream is longer than 64 MiB"));
  event = leyden_openai_parse_wire (data, length, &self->flags, &reason);
  if (event == NULL)
    {
      g_autoptr(GBytes) bytes = g_bytes_new (data, length);
      g_autofree char *quote = leyden_openai_quote (bytes);

      return leyden_openai_fail (error, _("an event of the stream is no JSON (%s): %s"), reason->message, quote);
    }
  if (!read_event (self, event, data, length, error))
    return FALSE;
  if (delta != NULL && self->delta->len > 0)
    *delta = self->delta->str;
  return TRUE;
}

gboolean
leyden_anthropic_assembler_is_done (LeydenAnthropicAssembler *self)
{
  return self->done;
}

void
leyden_anthropic_assembler_mark_invalid_utf8 (LeydenAnthropicAssembler *self)
{
  self->flags |= LEYDEN_OPENAI_FLAG_INVALID_UTF8;
}

static gboolean
add_calls (LeydenAnthropicAssembler  *self,
           LeydenValueBuilder        *b,
           GError                   **error)
{
  guint n = 0;

  for (guint i = 0; i < self->blocks->len; i++)
    {
      Block *block = g_ptr_array_index (self->blocks, i);
      g_autoptr(LeydenValue) arguments = NULL;

      if (block->kind != BLOCK_CALL)
        continue;
      if (block->name == NULL)
        return leyden_openai_fail (error, _("tool call %u of the stream has no name"), n + 1);
      if (n >= LEYDEN_OPENAI_MAX_CALLS)
        {
          self->flags |= LEYDEN_OPENAI_FLAG_CALLS_DROPPED;
          break;
        }
      if (n == 0)
        {
          leyden_value_builder_key (b, "tool_calls");
          leyden_value_builder_begin_list (b);
        }
      if (block->json->len > 0)
        arguments = leyden_value_new_string (block->json->str, (gssize) block->json->len);
      leyden_openai_add_call (b, block->id, n++, block->name, arguments != NULL ? arguments : block->input);
    }
  if (n > 0)
    leyden_value_builder_end (b);
  return TRUE;
}

LeydenValue *
leyden_anthropic_assembler_finish (LeydenAnthropicAssembler  *self,
                                   GError                   **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) usage = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  if (!leyden_openai_check_end (self->reason != NULL, self->done, self->has_text || self->blocks->len > 0, self->text, &self->flags, error))
    return NULL;
  usage = leyden_anthropic_read_usage (self->first_usage, self->usage);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "message");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "assistant");
  if (self->has_text)
    leyden_value_builder_set_take (&b, "content", leyden_value_new_string (self->text->str, (gssize) self->text->len));
  else
    leyden_value_builder_set (&b, "content", NULL);
  if (!add_calls (self, &b, error))
    return NULL;
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "finish_reason", leyden_anthropic_finish_reason (self->reason));
  leyden_openai_add_usage (&b, usage, &self->flags);
  leyden_value_builder_set_string (&b, "model", self->model);
  leyden_value_builder_set_boolean (&b, "simulated", FALSE);
  leyden_openai_add_flags (&b, self->flags);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
