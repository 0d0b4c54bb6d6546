/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "leyden-redact.h"

#include "leyden-record-private.h"

#include <string.h>

/* What a model is trained with must stay what the model said: token ids, and the texts and chances of single tokens. */
static gboolean
is_exempt (const char *key)
{
  static const char * const names[] = {
    "token_ids", "prompt_token_ids", "response_token_ids", "completion_token_ids", "output_token_ids", "logprobs", "prompt_logprobs", NULL,
  };

  return key != NULL && g_strv_contains (names, key);
}

/* A text may hold U+0000; what replaces sees the pieces between. NULL: nothing changes. */
static LeydenValue *
redact_string (LeydenValue *value,
               LeydenRedact function,
               gpointer     data)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);
  const char *end = text + length;
  g_autoptr(GString) out = NULL;

  for (const char *piece = text; piece <= end; )
    {
      gsize n = strlen (piece);
      g_autofree char *replaced = function (piece, (gssize) n, data);

      if (replaced != NULL && out == NULL && (strlen (replaced) != n || memcmp (replaced, piece, n) != 0))
        out = g_string_new_len (text, (gssize) (piece - text));
      if (out != NULL)
        g_string_append (out, replaced != NULL ? replaced : piece);
      if (out != NULL && piece + n < end)
        g_string_append_c (out, '\0');
      piece += n + 1;
    }
  return out != NULL ? leyden_value_new_string (out->str, (gssize) out->len) : NULL;
}

static LeydenValue *redact (LeydenValue *value, LeydenRedact function, gpointer data);

/* What becomes of the member or item @i: its key (NULL: the same) and value (NULL: the same). FALSE: nothing changes. */
static gboolean
redact_item (LeydenValue  *container,
             guint         i,
             LeydenRedact  function,
             gpointer      data,
             char        **new_key,
             LeydenValue **new_item)
{
  const char *key = leyden_value_get_kind (container) == LEYDEN_VALUE_OBJECT ? leyden_value_get_key (container, i) : NULL;

  *new_key = key != NULL ? function (key, -1, data) : NULL;
  if (*new_key != NULL && g_str_equal (*new_key, key))
    g_clear_pointer (new_key, g_free);
  *new_item = is_exempt (key) ? NULL : redact (leyden_value_get_item (container, i), function, data);
  return *new_key != NULL || *new_item != NULL;
}

static void
copy_item (LeydenValueBuilder *b,
           LeydenValue        *container,
           guint               i,
           const char         *new_key,
           LeydenValue        *new_item)
{
  if (leyden_value_get_kind (container) == LEYDEN_VALUE_OBJECT)
    leyden_value_builder_key (b, new_key != NULL ? new_key : leyden_value_get_key (container, i));
  leyden_value_builder_take (b, new_item != NULL ? new_item : leyden_value_ref (leyden_value_get_item (container, i)));
}

/* NULL: nothing in @value changes; then nothing is built. Depth is bounded by the reader that made the value. */
static LeydenValue *
redact (LeydenValue *value,
        LeydenRedact function,
        gpointer     data)
{
  LeydenValueKind kind = leyden_value_get_kind (value);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = leyden_value_get_size (value);
  gboolean changed = FALSE;

  if (kind == LEYDEN_VALUE_STRING)
    return redact_string (value, function, data);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *new_key = NULL;
      LeydenValue *new_item;
      gboolean changes = redact_item (value, i, function, data, &new_key, &new_item);

      if (changes && !changed)
        {
          changed = TRUE;
          if (kind == LEYDEN_VALUE_OBJECT)
            leyden_value_builder_begin_object (&b);
          else
            leyden_value_builder_begin_list (&b);
          for (guint j = 0; j < i; j++)
            copy_item (&b, value, j, NULL, NULL);
        }
      if (changed)
        copy_item (&b, value, i, new_key, new_item);
    }
  if (!changed)
    return NULL;
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_redact_value (LeydenValue *value,
                     LeydenRedact function,
                     gpointer     data)
{
  LeydenValue *changed = function ? redact (value, function, data) : NULL;

  return changed ? changed : leyden_value_ref (value);
}

LeydenRecord *
leyden_redact_record (LeydenRecord *record,
                      LeydenRedact  function,
                      gpointer      data)
{
  g_autoptr(LeydenValue) changed = function ? redact (record->payload, function, data) : NULL;

  return changed ? leyden_record_with_payload (record, changed) : leyden_record_ref (record);
}

static void
redact_text (char       **text,
             LeydenRedact function,
             gpointer     data)
{
  char *changed = *text ? function (*text, -1, data) : NULL;

  if (changed != NULL)
    {
      g_free (*text);
      *text = changed;
    }
}

void
leyden_redact_row (LeydenRolloutRow *row,
                   LeydenRedact      function,
                   gpointer          data)
{
  if (function == NULL)
    return;
  redact_text (&row->item, function, data);
  redact_text (&row->error, function, data);
}
