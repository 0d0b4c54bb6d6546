/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-shorten.h"

#include <string.h>

/* Of what stands around a value in JSON: quotes, comma, colon. */
#define AROUND 4

typedef struct
{
  gsize    left;
  gsize    max_text;
  gboolean cut;
} Shortening;

static LeydenValue *
shorten_text (Shortening *self,
              const char *text,
              gsize       length)
{
  gsize keep = MIN (MIN (length, self->max_text), self->left);

  self->left -= keep;
  self->cut |= keep < length;
  while (keep < length && keep > 0 && ((guchar) text[keep] & 0xc0) == 0x80)
    keep--;
  return leyden_value_new_string (text, (gssize) keep);
}

static LeydenValue *
shorten (Shortening  *self,
         LeydenValue *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValueKind kind = leyden_value_get_kind (value);
  gsize length = 0;
  const char *text = leyden_value_get_string (value, &length);
  guint n = leyden_value_get_size (value);

  if (text != NULL)
    return shorten_text (self, text, length);
  if (kind != LEYDEN_VALUE_LIST && kind != LEYDEN_VALUE_OBJECT)
    return leyden_value_ref (value);
  if (kind == LEYDEN_VALUE_LIST)
    leyden_value_builder_begin_list (&b);
  else
    leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < n; i++)
    {
      gsize key_length = 0;
      const char *key = leyden_value_get_key_length (value, i, &key_length);

      if (self->left <= AROUND + key_length)
        {
          self->left = 0;
          self->cut = TRUE;
          break;
        }
      self->left -= AROUND + key_length;
      if (kind == LEYDEN_VALUE_OBJECT)
        leyden_value_builder_key_length (&b, key, key_length);
      leyden_value_builder_take (&b, shorten (self, leyden_value_get_item (value, i)));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_value_shorten (LeydenValue *value,
                      gsize        max_bytes,
                      gsize        max_text)
{
  Shortening self = { max_bytes, max_text, FALSE };
  LeydenValue *shorter = shorten (&self, value);

  if (self.cut)
    return shorter;
  leyden_value_unref (shorter);
  return leyden_value_ref (value);
}
