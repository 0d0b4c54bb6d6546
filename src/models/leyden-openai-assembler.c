/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-openai-private.h"
#include "leyden-text.h"

#define MAX_TEXT (64 * 1024 * 1024)

/* One tool call; its pieces arrive keyed by index. */
typedef struct
{
  char    *id;
  char    *name;
  GString *arguments;
} Call;

struct _LeydenOpenaiAssembler
{
  GString     *text;
  GString     *refusal;
  GPtrArray   *calls;
  GString     *delta;           /* text of the last push */
  char        *model;
  char        *finish;
  LeydenValue *usage;
  LeydenValue *block;           /* the fullest x_leyden seen */
  GPtrArray   *log_probs;       /* (element-type LeydenValue): one for each token, where the server tells them */
  gsize        n_bytes;
  guint        flags;
  gboolean     has_text;
  gboolean     done;
};

static void
call_free (gpointer data)
{
  Call *self = data;

  g_free (self->id);
  g_free (self->name);
  g_string_free (self->arguments, TRUE);
  g_free (self);
}

LeydenOpenaiAssembler *
leyden_openai_assembler_new (void)
{
  LeydenOpenaiAssembler *self = g_new0 (LeydenOpenaiAssembler, 1);

  self->text = g_string_new (NULL);
  self->refusal = g_string_new (NULL);
  self->delta = g_string_new (NULL);
  self->calls = g_ptr_array_new_with_free_func (call_free);
  self->log_probs = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  return self;
}

void
leyden_openai_assembler_free (LeydenOpenaiAssembler *self)
{
  if (self == NULL)
    return;
  g_string_free (self->text, TRUE);
  g_string_free (self->refusal, TRUE);
  g_string_free (self->delta, TRUE);
  g_ptr_array_unref (self->calls);
  g_ptr_array_unref (self->log_probs);
  g_free (self->model);
  g_free (self->finish);
  g_clear_pointer (&self->usage, leyden_value_unref);
  g_clear_pointer (&self->block, leyden_value_unref);
  g_free (self);
}

static void
append_string (GString     *out,
               LeydenValue *value)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);

  if (text != NULL)
    g_string_append_len (out, text, (gssize) length);
}

static void
read_content (LeydenOpenaiAssembler *self,
              LeydenValue           *content)
{
  LeydenValueKind kind = leyden_value_get_kind (content);

  if (kind == LEYDEN_VALUE_STRING)
    append_string (self->delta, content);
  else if (kind == LEYDEN_VALUE_LIST)
    for (guint i = 0; i < leyden_value_get_size (content); i++)
      append_string (self->delta, leyden_value_get_member (leyden_value_get_item (content, i), "text"));
  self->has_text = self->has_text || kind == LEYDEN_VALUE_STRING || kind == LEYDEN_VALUE_LIST;
  g_string_append_len (self->text, self->delta->str, (gssize) self->delta->len);
}

/* An absent index is the call after the last when the piece has a name, else the last one. */
static Call *
find_call (LeydenOpenaiAssembler  *self,
           LeydenValue            *piece,
           gboolean                has_name,
           GError                **error)
{
  gint64 last = (gint64) self->calls->len - 1;
  gint64 index = leyden_value_get_member_int (piece, "index", has_name ? last + 1 : MAX (last, 0));

  if (index < 0 || index >= LEYDEN_OPENAI_MAX_CALLS)
    {
      leyden_openai_fail (error, _("a tool call has an index out of range"));
      return NULL;
    }
  while (self->calls->len <= (guint) index)
    {
      Call *call = g_new0 (Call, 1);

      call->arguments = g_string_new (NULL);
      g_ptr_array_add (self->calls, call);
    }
  return g_ptr_array_index (self->calls, (guint) index);
}

static gboolean
read_calls (LeydenOpenaiAssembler  *self,
            LeydenValue            *pieces,
            GError                **error)
{
  if (leyden_value_get_kind (pieces) != LEYDEN_VALUE_LIST)
    return TRUE;
  for (guint i = 0; i < leyden_value_get_size (pieces); i++)
    {
      LeydenValue *piece = leyden_value_get_item (pieces, i);
      LeydenValue *function = leyden_value_get_member (piece, "function");
      const char *id = leyden_value_get_member_string (piece, "id", NULL);
      const char *name = leyden_value_get_member_string (function, "name", NULL);
      Call *call = find_call (self, piece, name != NULL && *name != '\0', error);

      if (call == NULL)
        return FALSE;
      if (call->id == NULL && id != NULL && *id != '\0')
        call->id = g_strdup (id);
      if (call->name == NULL && name != NULL && *name != '\0')
        call->name = g_strdup (name);
      append_string (call->arguments, leyden_value_get_member (function, "arguments"));
    }
  return TRUE;
}

static void
read_log_probs (LeydenOpenaiAssembler *self,
                LeydenValue           *content)
{
  for (guint i = 0; leyden_value_get_kind (content) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (content); i++)
    g_ptr_array_add (self->log_probs, leyden_value_ref (leyden_value_get_item (content, i)));
}

static gboolean
read_choice (LeydenOpenaiAssembler  *self,
             LeydenValue            *choice,
             GError                **error)
{
  LeydenValue *delta = leyden_value_get_member (choice, "delta");
  const char *finish = leyden_value_get_member_string (choice, "finish_reason", NULL);

  /* Only the first of several answers is asked for. */
  if (leyden_value_get_member_int (choice, "index", 0) != 0)
    return TRUE;
  read_content (self, leyden_value_get_member (delta, "content"));
  append_string (self->refusal, leyden_value_get_member (delta, "refusal"));
  read_log_probs (self, leyden_value_get_member (leyden_value_get_member (choice, "logprobs"), "content"));
  if (!read_calls (self, leyden_value_get_member (delta, "tool_calls"), error))
    return FALSE;
  if (finish != NULL && *finish != '\0' && self->finish == NULL)
    self->finish = g_strdup (finish);
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

static gboolean
read_chunk (LeydenOpenaiAssembler  *self,
            LeydenValue            *chunk,
            GError                **error)
{
  LeydenValue *choices = leyden_value_get_member (chunk, "choices");
  LeydenValue *block = leyden_value_get_member (chunk, "x_leyden");
  const char *model = leyden_value_get_member_string (chunk, "model", NULL);

  if (leyden_value_get_kind (chunk) != LEYDEN_VALUE_OBJECT)
    return leyden_openai_fail (error, _("an event of the stream is %s, not an object"),
                               leyden_value_kind_to_string (leyden_value_get_kind (chunk)));
  if (!leyden_openai_check_error (chunk, error))
    return FALSE;
  if (self->model == NULL && model != NULL)
    self->model = g_strdup (model);
  replace_value (&self->usage, leyden_value_get_member (chunk, "usage"));
  if (leyden_value_get_size (block) >= leyden_value_get_size (self->block))
    replace_value (&self->block, block);
  for (guint i = 0; leyden_value_get_kind (choices) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (choices); i++)
    if (!read_choice (self, leyden_value_get_item (choices, i), error))
      return FALSE;
  return TRUE;
}

gboolean
leyden_openai_assembler_push (LeydenOpenaiAssembler  *self,
                              const char             *data,
                              gsize                   length,
                              const char            **delta,
                              GError                **error)
{
  g_autoptr(LeydenValue) chunk = NULL;
  g_autoptr(GError) reason = NULL;

  g_return_val_if_fail (self != NULL && data != NULL, FALSE);

  if (delta != NULL)
    *delta = NULL;
  g_string_truncate (self->delta, 0);
  if (length == 6 && memcmp (data, "[DONE]", 6) == 0)
    {
      self->done = TRUE;
      return TRUE;
    }
  self->n_bytes += length;
  if (self->n_bytes > MAX_TEXT)
    return leyden_openai_fail (error, _("the stream is longer than 64 MiB"));
  chunk = leyden_openai_parse_wire (data, length, &self->flags, &reason);
  if (chunk == NULL)
    {
      g_autoptr(GBytes) bytes = g_bytes_new (data, length);
      g_autofree char *quote = leyden_openai_quote (bytes);

      return leyden_openai_fail (error, _("an event of the stream is no JSON (%s): %s"), reason->message, quote);
    }
  if (!read_chunk (self, chunk, error))
    return FALSE;
  if (delta != NULL && self->delta->len > 0)
    *delta = self->delta->str;
  return TRUE;
}

gboolean
leyden_openai_assembler_is_done (LeydenOpenaiAssembler *self)
{
  return self->done;
}

void
leyden_openai_assembler_mark_invalid_utf8 (LeydenOpenaiAssembler *self)
{
  self->flags |= LEYDEN_OPENAI_FLAG_INVALID_UTF8;
}

static gboolean
add_calls (LeydenOpenaiAssembler  *self,
           LeydenValueBuilder     *b,
           GError                **error)
{
  if (self->calls->len == 0)
    return TRUE;
  leyden_value_builder_key (b, "tool_calls");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->calls->len; i++)
    {
      Call *call = g_ptr_array_index (self->calls, i);
      g_autoptr(LeydenValue) arguments = leyden_value_new_string (call->arguments->str, (gssize) call->arguments->len);

      if (call->name == NULL)
        return leyden_openai_fail (error, _("tool call %u of the stream has no name"), i + 1);
      leyden_openai_add_call (b, call->id, i, call->name, arguments);
    }
  leyden_value_builder_end (b);
  return TRUE;
}

static LeydenValue *
make_list (GPtrArray *items)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < items->len; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (items, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_openai_assembler_finish (LeydenOpenaiAssembler  *self,
                                GError                **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) log_probs = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  log_probs = make_list (self->log_probs);
  if (!leyden_openai_check_end (self->finish != NULL, self->done, self->has_text || self->calls->len > 0, self->text, &self->flags, error))
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "message");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "assistant");
  if (self->text->len > 0 || (self->has_text && self->calls->len == 0))
    leyden_value_builder_set_take (&b, "content", leyden_value_new_string (self->text->str, (gssize) self->text->len));
  else
    leyden_value_builder_set (&b, "content", NULL);
  if (!add_calls (self, &b, error))
    return NULL;
  if (self->refusal->len > 0)
    leyden_value_builder_set_take (&b, "refusal", leyden_value_new_string (self->refusal->str, (gssize) self->refusal->len));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "finish_reason", self->finish != NULL ? self->finish : "stop");
  leyden_openai_add_usage (&b, self->usage, &self->flags);
  leyden_value_builder_set_string (&b, "model", self->model);
  leyden_openai_add_log_probs (&b, log_probs);
  leyden_openai_add_simulation (&b, self->block);
  leyden_openai_add_flags (&b, self->flags);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
