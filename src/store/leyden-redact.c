/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "leyden-redact.h"

#include "leyden-record-private.h"

#include <string.h>

/* NULL: nothing in @value changes. Depth is bounded by the reader that made the value. */
/* What a model is trained with must stay what the model said: token ids, and the texts and chances of single tokens. */
static gboolean
is_exempt (const char *key)
{
  static const char * const names[] = {
    "token_ids", "prompt_token_ids", "response_token_ids", "completion_token_ids", "output_token_ids", "logprobs", "prompt_logprobs", NULL,
  };

  return key != NULL && g_strv_contains (names, key);
}

/* A text may hold U+0000; what replaces sees the pieces between. */
static LeydenValue *
redact_string (LeydenValue *value,
               LeydenRedact function,
               gpointer     data)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);
  g_autoptr(GString) out = g_string_sized_new (length);
  const char *end = text + length;

  for (const char *piece = text; ; )
    {
      gsize n = strlen (piece);
      g_autofree char *replaced = function (piece, (gssize) n, data);

      g_string_append (out, replaced != NULL ? replaced : piece);
      piece += n;
      if (piece >= end)
        break;
      g_string_append_c (out, '\0');
      piece++;
    }
  if (out->len == length && memcmp (out->str, text, length) == 0)
    return NULL;
  return leyden_value_new_string (out->str, (gssize) out->len);
}

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
  if (n == 0)
    return NULL;
  if (kind == LEYDEN_VALUE_OBJECT)
    leyden_value_builder_begin_object (&b);
  else
    leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *item = leyden_value_get_item (value, i);
      const char *key = kind == LEYDEN_VALUE_OBJECT ? leyden_value_get_key (value, i) : NULL;
      g_autofree char *new_key = key ? function (key, -1, data) : NULL;
      LeydenValue *new_item = is_exempt (key) ? NULL : redact (item, function, data);

      changed = changed || (new_key != NULL && !g_str_equal (new_key, key)) || new_item != NULL;
      if (key != NULL)
        leyden_value_builder_key (&b, new_key ? new_key : key);
      leyden_value_builder_take (&b, new_item ? new_item : leyden_value_ref (item));
    }
  leyden_value_builder_end (&b);
  return changed ? leyden_value_builder_end_value (&b) : NULL;
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
