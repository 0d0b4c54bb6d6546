/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "leyden-redact.h"

#include "leyden-record-private.h"

/* NULL: nothing in @value changes. Depth is bounded by the reader that made the value. */
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
    {
      gsize length;
      const char *text = leyden_value_get_string (value, &length);
      g_autofree char *replaced = function (text, (gssize) length, data);

      return replaced && !g_str_equal (replaced, text) ? leyden_value_new_string (replaced, -1) : NULL;
    }
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
      LeydenValue *new_item = redact (item, function, data);

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
