/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-value-private.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-json.h"

#define SMALL_MIN (-16)
#define SMALL_MAX 1023

typedef struct
{
  LeydenValue head;
  char        text[8];
} SmallText;

static LeydenValue null_value = { 1, LEYDEN_VALUE_NULL, LEYDEN_VALUE_FLAG_STATIC, 0, 0, 0 };
static LeydenValue false_value = { 1, LEYDEN_VALUE_BOOLEAN, LEYDEN_VALUE_FLAG_STATIC, 0, 0, 0 };
static LeydenValue true_value = { 1, LEYDEN_VALUE_BOOLEAN, LEYDEN_VALUE_FLAG_STATIC, 0, 1, 0 };
static LeydenValue empty_list = { 1, LEYDEN_VALUE_LIST, LEYDEN_VALUE_FLAG_STATIC, 1, 0, 0 };
static SmallText empty_string = { { 1, LEYDEN_VALUE_STRING, LEYDEN_VALUE_FLAG_STATIC, 0, 0, 0 }, "" };
static SmallText small_ints[SMALL_MAX - SMALL_MIN + 1];

G_DEFINE_BOXED_TYPE (LeydenValue, leyden_value, leyden_value_ref, leyden_value_unref)

LeydenValue *
leyden_value_ref (const LeydenValue *self)
{
  LeydenValue *value = (LeydenValue *) self;

  g_return_val_if_fail (self != NULL, NULL);

  if (!(self->flags & LEYDEN_VALUE_FLAG_STATIC))
    __atomic_fetch_add (&value->ref_count, 1, __ATOMIC_RELAXED);
  return value;
}

void
leyden_value_unref (LeydenValue *self)
{
  g_return_if_fail (self != NULL);

  if (self->flags & LEYDEN_VALUE_FLAG_STATIC)
    return;
  if (__atomic_fetch_sub (&self->ref_count, 1, __ATOMIC_RELEASE) != 1)
    return;
  __atomic_thread_fence (__ATOMIC_ACQUIRE);

  if (self->kind >= LEYDEN_VALUE_LIST)
    for (guint32 i = 0; i < self->size; i++)
      leyden_value_unref (leyden_value_items (self)[i]);
  g_free (self);
}

LeydenValue *
leyden_value_new_null (void)
{
  return &null_value;
}

LeydenValue *
leyden_value_new_boolean (gboolean value)
{
  return value ? &true_value : &false_value;
}

LeydenValue *
leyden_value_new_text (LeydenValueKind kind,
                       const char     *text,
                       gsize           length)
{
  LeydenValue *self;

  if (length == 0 && kind == LEYDEN_VALUE_STRING)
    return &empty_string.head;
  if (length >= G_MAXUINT32)
    g_error ("a text of %zu bytes is too long for a value", length);

  self = g_malloc (sizeof (LeydenValue) + length + 1);
  *self = (LeydenValue) { .ref_count = 1, .kind = (guint8) kind, .size = (guint32) length };
  memcpy (leyden_value_text (self), text, length);
  leyden_value_text (self)[length] = '\0';
  return self;
}

LeydenValue *
leyden_value_small_int (gint64 value)
{
  static gsize ready;

  if (value < SMALL_MIN || value > SMALL_MAX)
    return NULL;

  if (g_once_init_enter (&ready))
    {
      for (int i = SMALL_MIN; i <= SMALL_MAX; i++)
        {
          SmallText *small = &small_ints[i - SMALL_MIN];
          int length = g_snprintf (small->text, sizeof small->text, "%d", i);

          small->head = (LeydenValue) { .ref_count = 1, .kind = LEYDEN_VALUE_NUMBER,
                                        .flags = LEYDEN_VALUE_FLAG_STATIC, .size = (guint32) length };
        }
      g_once_init_leave (&ready, 1);
    }
  return &small_ints[value - SMALL_MIN].head;
}

LeydenValue *
leyden_value_new_int (gint64 value)
{
  LeydenValue *small = leyden_value_small_int (value);
  char buffer[24];
  int length;

  if (small != NULL)
    return small;
  length = g_snprintf (buffer, sizeof buffer, "%" G_GINT64_FORMAT, value);
  return leyden_value_new_text (LEYDEN_VALUE_NUMBER, buffer, (gsize) length);
}

LeydenValue *
leyden_value_new_double (double value)
{
  char buffer[32];

  g_return_val_if_fail (isfinite (value), leyden_value_new_null ());

  leyden_json_format_double (buffer, value);
  return leyden_value_new_number (buffer, -1);
}

/* Grammar of RFC 8259, section 6. */
gboolean
leyden_number_check (const char *text,
                     gsize       length,
                     gboolean   *is_integer)
{
  const char *p = text;
  const char *end = text + length;

  *is_integer = TRUE;
  if (p < end && *p == '-')
    p++;
  if (p == end || !g_ascii_isdigit (*p))
    return FALSE;
  if (*p == '0')
    p++;
  else
    while (p < end && g_ascii_isdigit (*p))
      p++;
  if (p < end && *p == '.')
    {
      *is_integer = FALSE;
      if (++p == end || !g_ascii_isdigit (*p))
        return FALSE;
      while (p < end && g_ascii_isdigit (*p))
        p++;
    }
  if (p < end && (*p | 0x20) == 'e')
    {
      *is_integer = FALSE;
      p++;
      if (p < end && (*p == '+' || *p == '-'))
        p++;
      if (p == end || !g_ascii_isdigit (*p))
        return FALSE;
      while (p < end && g_ascii_isdigit (*p))
        p++;
    }
  return p == end;
}

LeydenValue *
leyden_value_new_number (const char *text,
                         gssize      length)
{
  gsize n;
  gboolean is_integer;

  g_return_val_if_fail (text != NULL, leyden_value_new_null ());
  n = length < 0 ? strlen (text) : (gsize) length;
  g_return_val_if_fail (leyden_number_check (text, n, &is_integer), leyden_value_new_null ());

  if (is_integer && n <= 4 && !(n == 2 && text[0] == '-' && text[1] == '0'))
    {
      char buffer[8] = { 0 };
      LeydenValue *small;

      memcpy (buffer, text, n);
      small = leyden_value_small_int (atoi (buffer));
      if (small != NULL)
        return small;
    }
  return leyden_value_new_text (LEYDEN_VALUE_NUMBER, text, n);
}

LeydenValue *
leyden_value_new_string (const char *text,
                         gssize      length)
{
  g_return_val_if_fail (text != NULL, leyden_value_new_null ());

  return leyden_value_new_text (LEYDEN_VALUE_STRING, text, length < 0 ? strlen (text) : (gsize) length);
}

LeydenValue *
leyden_value_new_list_take (LeydenValue **items,
                            guint32       size)
{
  LeydenValue *self;
  guint16 depth = 0;

  if (size == 0)
    return &empty_list;

  self = g_malloc (sizeof (LeydenValue) + sizeof (LeydenValue *) * size);
  memcpy (leyden_value_items (self), items, sizeof (LeydenValue *) * size);
  for (guint32 i = 0; i < size; i++)
    depth = MAX (depth, items[i]->depth);
  *self = (LeydenValue) { .ref_count = 1, .kind = LEYDEN_VALUE_LIST, .depth = (guint16) (depth + 1), .size = size };
  return self;
}

LeydenValueKind
leyden_value_get_kind (const LeydenValue *self)
{
  return self != NULL ? self->kind : LEYDEN_VALUE_NULL;
}

const char *
leyden_value_kind_to_string (LeydenValueKind kind)
{
  static const char * const names[] = { "null", "boolean", "number", "string", "list", "object" };

  g_return_val_if_fail ((guint) kind < G_N_ELEMENTS (names), "null");

  return names[kind];
}

gboolean
leyden_value_is_null (const LeydenValue *self)
{
  return self == NULL || self->kind == LEYDEN_VALUE_NULL;
}

gboolean
leyden_value_get_boolean (const LeydenValue *self)
{
  return self != NULL && self->kind == LEYDEN_VALUE_BOOLEAN && self->size != 0;
}

double
leyden_number_to_double (const char *text)
{
  static locale_t c_locale;
  static gsize ready;

  if (g_once_init_enter (&ready))
    {
      c_locale = newlocale (LC_ALL_MASK, "C", (locale_t) 0);
      g_once_init_leave (&ready, 1);
    }
  return strtod_l (text, NULL, c_locale);
}

/* The digits of @text as far as they make an int64; stops at the first character that is no digit. */
static gboolean
read_int (const char  *text,
          gint64      *out,
          const char **rest)
{
  gboolean negative = *text == '-';
  guint64 value = 0;

  for (text += negative; g_ascii_isdigit (*text); text++)
    {
      if (value > (G_MAXUINT64 - 9) / 10)
        return FALSE;
      value = value * 10 + (guint64) (*text - '0');
    }
  *rest = text;
  if (value > (guint64) G_MAXINT64 + negative)
    return FALSE;
  *out = negative ? (gint64) (0 - value) : (gint64) value;
  return TRUE;
}

gboolean
leyden_value_get_int (const LeydenValue *self,
                      gint64            *out)
{
  const char *text;
  const char *rest;
  gint64 value = 0;
  double real;

  if (self == NULL || self->kind != LEYDEN_VALUE_NUMBER)
    return FALSE;

  text = leyden_value_text (self);
  if (!read_int (text, &value, &rest))
    {
      /* 1 followed by twenty zeros and e-19 is an integer too; the double decides below. */
      rest = text;
      if (strpbrk (text, ".eE") == NULL)
        return FALSE;
    }
  if (*rest == '.')
    {
      const char *zeros = rest + 1 + strspn (rest + 1, "0");

      if (*zeros == '\0')
        rest = zeros;
    }
  if (*rest != '\0')
    {
      real = leyden_number_to_double (text);
      /* 2^63 is exact as a double; beyond 2^53 a double says nothing about the last digits, but the text does. */
      if (!(real >= -0x1p63 && real < 0x1p63) || real != floor (real))
        return FALSE;
      value = (gint64) real;
    }
  if (out != NULL)
    *out = value;
  return TRUE;
}

gboolean
leyden_value_get_double (const LeydenValue *self,
                         double            *out)
{
  double value;

  if (self == NULL || self->kind != LEYDEN_VALUE_NUMBER)
    return FALSE;
  value = leyden_number_to_double (leyden_value_text (self));
  if (!isfinite (value))
    return FALSE;
  if (out != NULL)
    *out = value;
  return TRUE;
}

const char *
leyden_value_get_number_text (const LeydenValue *self)
{
  return self != NULL && self->kind == LEYDEN_VALUE_NUMBER ? leyden_value_text (self) : NULL;
}

const char *
leyden_value_get_string (const LeydenValue *self,
                         gsize             *length)
{
  gboolean is_string = self != NULL && self->kind == LEYDEN_VALUE_STRING;

  if (length != NULL)
    *length = is_string ? self->size : 0;
  return is_string ? leyden_value_text (self) : NULL;
}

guint
leyden_value_get_size (const LeydenValue *self)
{
  return self != NULL && self->kind >= LEYDEN_VALUE_LIST ? self->size : 0;
}

LeydenValue *
leyden_value_get_item (const LeydenValue *self,
                       guint              index)
{
  if (index >= leyden_value_get_size (self))
    return NULL;
  return leyden_value_items (self)[index];
}

const char *
leyden_value_get_key_length (const LeydenValue *self,
                             guint              index,
                             gsize             *length)
{
  gsize n = 0;
  const char *key = NULL;

  if (self != NULL && self->kind == LEYDEN_VALUE_OBJECT && index < self->size)
    key = leyden_value_key_at (self, index, &n);
  if (length != NULL)
    *length = n;
  return key;
}

const char *
leyden_value_get_key (const LeydenValue *self,
                      guint              index)
{
  return leyden_value_get_key_length (self, index, NULL);
}

static gssize
find_linear (const LeydenValue *self,
             const char        *key,
             gsize              length)
{
  const guint32 *offsets = leyden_value_key_offsets (self);
  const char *text = leyden_value_key_text (self);

  for (guint32 i = 0; i < self->size; i++)
    if (offsets[i + 1] - offsets[i] - 1 == length && memcmp (text + offsets[i], key, length) == 0)
      return i;
  return -1;
}

gssize
leyden_value_find_key (const LeydenValue *self,
                       const char        *key,
                       gsize              length)
{
  const guint32 *offsets = leyden_value_key_offsets (self);
  const char *text = leyden_value_key_text (self);
  const guint16 *narrow = (const guint16 *) (offsets + self->size + 1);
  const guint32 *wide = offsets + self->size + 1;
  guint32 mask;

  if (self->index_bits == 0)
    return find_linear (self, key, length);

  mask = (1u << self->index_bits) - 1;
  for (guint32 slot = (guint32) leyden_key_hash (key, length) & mask;; slot = (slot + 1) & mask)
    {
      guint32 i = self->size < 65535 ? narrow[slot] : wide[slot];

      if (i-- == 0)
        return -1;
      if (offsets[i + 1] - offsets[i] - 1 == length && memcmp (text + offsets[i], key, length) == 0)
        return i;
    }
}

LeydenValue *
leyden_value_get_member (const LeydenValue *self,
                         const char        *key)
{
  gssize i;

  g_return_val_if_fail (key != NULL, NULL);

  if (self == NULL || self->kind != LEYDEN_VALUE_OBJECT)
    return NULL;
  i = leyden_value_find_key (self, key, strlen (key));
  return i < 0 ? NULL : leyden_value_items (self)[i];
}

const char *
leyden_value_get_member_string (const LeydenValue *self,
                                const char        *key,
                                const char        *fallback)
{
  const char *text = leyden_value_get_string (leyden_value_get_member (self, key), NULL);

  return text != NULL ? text : fallback;
}

gint64
leyden_value_get_member_int (const LeydenValue *self,
                             const char        *key,
                             gint64             fallback)
{
  gint64 value;

  return leyden_value_get_int (leyden_value_get_member (self, key), &value) ? value : fallback;
}

double
leyden_value_get_member_double (const LeydenValue *self,
                                const char        *key,
                                double             fallback)
{
  double value;

  return leyden_value_get_double (leyden_value_get_member (self, key), &value) ? value : fallback;
}

gboolean
leyden_value_get_member_boolean (const LeydenValue *self,
                                 const char        *key,
                                 gboolean           fallback)
{
  LeydenValue *member = leyden_value_get_member (self, key);

  return leyden_value_get_kind (member) == LEYDEN_VALUE_BOOLEAN ? leyden_value_get_boolean (member) : fallback;
}

/* "0" or digits without a leading zero (RFC 6901, section 4). */
static gboolean
read_pointer_index (const char *part,
                    gsize       length,
                    guint      *index)
{
  guint64 value = 0;

  if (length == 0 || length > 10 || (part[0] == '0' && length > 1))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (part[i]))
        return FALSE;
      value = value * 10 + (guint64) (part[i] - '0');
    }
  *index = (guint) MIN (value, G_MAXUINT);
  return TRUE;
}

static LeydenValue *
pointer_step (const LeydenValue *value,
              const char        *part,
              gsize              length)
{
  g_autoptr(GString) key = NULL;
  gssize found;
  guint index;

  if (value->kind == LEYDEN_VALUE_LIST)
    return read_pointer_index (part, length, &index) ? leyden_value_get_item (value, index) : NULL;
  if (value->kind != LEYDEN_VALUE_OBJECT)
    return NULL;

  key = g_string_new_len (part, (gssize) length);
  g_string_replace (key, "~1", "/", 0);
  g_string_replace (key, "~0", "~", 0);
  found = leyden_value_find_key (value, key->str, key->len);
  return found < 0 ? NULL : leyden_value_items (value)[found];
}

LeydenValue *
leyden_value_lookup_pointer (const LeydenValue *self,
                             const char        *pointer)
{
  g_return_val_if_fail (pointer != NULL, NULL);

  while (self != NULL && *pointer == '/')
    {
      gsize length = strcspn (pointer + 1, "/");

      self = pointer_step (self, pointer + 1, length);
      pointer += 1 + length;
    }
  return *pointer == '\0' ? (LeydenValue *) self : NULL;
}
