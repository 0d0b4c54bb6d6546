/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "leyden-redact.h"

#include "leyden-record-private.h"

#include <string.h>

/* No text of one token is longer, in any vocabulary that is in use. */
#define MAX_TOKEN 128

/* Where a text stands, of which the rules of masking depend. */
typedef enum
{
  ANYWHERE,
  LOGPROBS,             /* in what is told of each token */
  TOKEN,                /* the text of one token, there */
} Place;

typedef struct
{
  LeydenRedact function;
  LeydenRedact known;   /* of the texts of tokens; NULL: they are no exception */
  gpointer     data;
} Redactor;

static Place
place_of (const Redactor *self,
          const char     *key,
          Place           outside)
{
  static const char * const names[] = { "logprobs", "prompt_logprobs", NULL };
  static const char * const texts[] = { "token", "tokens", "decoded_token", NULL };

  if (key == NULL || self->known == NULL)
    return outside;
  if (g_strv_contains (names, key))
    return LOGPROBS;
  if (outside == ANYWHERE)
    return ANYWHERE;
  return g_strv_contains (texts, key) ? TOKEN : LOGPROBS;
}

/* What a model is trained with must stay what the model said: rules that guess do not touch the texts of tokens (numbers are touched by nobody).
 * What is known to be a secret goes out of everything. */
static LeydenRedact
choose (const Redactor *self,
        Place           place,
        gsize           length)
{
  return place == TOKEN && length <= MAX_TOKEN ? self->known : self->function;
}

/* A text may hold U+0000; what replaces sees the pieces between. NULL: nothing changes. */
static LeydenValue *
redact_string (LeydenValue    *value,
               const Redactor *self,
               Place           place)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);
  LeydenRedact function = choose (self, place, length);
  const char *end = text + length;
  g_autoptr(GString) out = NULL;

  for (const char *piece = text; piece <= end; )
    {
      gsize n = strlen (piece);
      g_autofree char *replaced = function (piece, (gssize) n, self->data);

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

static LeydenValue *redact (LeydenValue *value, const Redactor *self, Place place);

/* What becomes of the member or item @i: its key (NULL: the same) and value (NULL: the same). FALSE: nothing changes. */
static gboolean
redact_item (LeydenValue    *container,
             guint           i,
             const Redactor *self,
             Place           place,
             char          **new_key,
             LeydenValue   **new_item)
{
  const char *key = leyden_value_get_kind (container) == LEYDEN_VALUE_OBJECT ? leyden_value_get_key (container, i) : NULL;
  LeydenValue *item = leyden_value_get_item (container, i);
  /* {" the": -0.2}: there the key is the token. */
  gboolean is_token = place != ANYWHERE && leyden_value_get_kind (item) == LEYDEN_VALUE_NUMBER;

  *new_key = key != NULL ? choose (self, is_token ? TOKEN : ANYWHERE, strlen (key)) (key, -1, self->data) : NULL;
  if (*new_key != NULL && g_str_equal (*new_key, key))
    g_clear_pointer (new_key, g_free);
  *new_item = redact (item, self, place_of (self, key, place));
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
redact (LeydenValue    *value,
        const Redactor *self,
        Place           place)
{
  LeydenValueKind kind = leyden_value_get_kind (value);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = leyden_value_get_size (value);
  gboolean changed = FALSE;

  if (kind == LEYDEN_VALUE_STRING)
    return redact_string (value, self, place);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *new_key = NULL;
      LeydenValue *new_item;
      gboolean changes = redact_item (value, i, self, place, &new_key, &new_item);

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
  const Redactor self = { function, NULL, data };
  LeydenValue *changed = function ? redact (value, &self, ANYWHERE) : NULL;

  return changed ? changed : leyden_value_ref (value);
}

LeydenRecord *
leyden_redact_record (LeydenRecord *record,
                      LeydenRedact  function,
                      LeydenRedact  known,
                      gpointer      data)
{
  const Redactor self = { function, known, data };
  g_autoptr(LeydenValue) changed = function ? redact (record->payload, &self, ANYWHERE) : NULL;

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
