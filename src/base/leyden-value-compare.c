/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-value-private.h"

/* A number text as sign, digits without zeros at either end, and the power of ten of the last digit. */
typedef struct
{
  gboolean    negative;
  const char *first;
  const char *last;             /* behind the last digit; a decimal point may stand between */
  gint64      exponent;
  gboolean    is_zero;
} Decimal;

static gint64
read_exponent (const char *text)
{
  gboolean negative = *text == '-';
  gint64 value = 0;

  if (*text == '-' || *text == '+')
    text++;
  for (; g_ascii_isdigit (*text); text++)
    value = MIN (value * 10 + (*text - '0'), G_MAXINT32);
  return negative ? -value : value;
}

static void
read_decimal (const char *text,
              Decimal    *out)
{
  const char *point;
  const char *end;

  out->negative = *text == '-';
  text += out->negative;
  end = text + strcspn (text, "eE");
  out->exponent = *end != '\0' ? read_exponent (end + 1) : 0;
  point = memchr (text, '.', (gsize) (end - text));
  if (point != NULL)
    out->exponent -= end - point - 1;
  while (text < end && (*text == '0' || *text == '.'))
    text++;
  while (end > text && (end[-1] == '0' || end[-1] == '.'))
    {
      if (end[-1] == '0')
        out->exponent++;
      end--;
    }
  out->first = text;
  out->last = end;
  out->is_zero = text == end;
}

static gboolean
digits_equal (const Decimal *a,
              const Decimal *b)
{
  const char *p = a->first;
  const char *q = b->first;

  for (;;)
    {
      if (p < a->last && *p == '.')
        p++;
      if (q < b->last && *q == '.')
        q++;
      if (p == a->last || q == b->last)
        return p == a->last && q == b->last;
      if (*p++ != *q++)
        return FALSE;
    }
}

static gboolean
numbers_equal (const LeydenValue *a,
               const LeydenValue *b)
{
  const char *x = leyden_value_text (a);
  const char *y = leyden_value_text (b);
  Decimal p;
  Decimal q;

  if (a->size == b->size && memcmp (x, y, a->size) == 0)
    return TRUE;
  read_decimal (x, &p);
  read_decimal (y, &q);
  if (p.is_zero || q.is_zero)
    return p.is_zero && q.is_zero;
  /* Integers of any size are exact; what has a fraction is the double nearest to it. */
  if (p.exponent >= 0 && q.exponent >= 0)
    return p.negative == q.negative && p.exponent == q.exponent && digits_equal (&p, &q);
  return leyden_number_to_double (x) == leyden_number_to_double (y);
}

static gboolean
objects_equal (const LeydenValue *a,
               const LeydenValue *b)
{
  for (guint32 i = 0; i < a->size; i++)
    {
      gsize length;
      const char *key = leyden_value_key_at (a, i, &length);
      gsize other_length;
      const char *other = leyden_value_key_at (b, i, &other_length);
      gssize found = i;

      /* Mostly the order is the same. */
      if (length != other_length || memcmp (key, other, length) != 0)
        found = leyden_value_find_key (b, key, length);
      if (found < 0 || !leyden_value_equal (leyden_value_items (a)[i], leyden_value_items (b)[found]))
        return FALSE;
    }
  return TRUE;
}

gboolean
leyden_value_equal (const LeydenValue *a,
                    const LeydenValue *b)
{
  if (a == b)
    return TRUE;
  if (leyden_value_get_kind (a) != leyden_value_get_kind (b))
    return FALSE;
  if (leyden_value_is_null (a))
    return TRUE;
  if (a->kind == LEYDEN_VALUE_NUMBER)
    return numbers_equal (a, b);
  if (a->size != b->size)
    return FALSE;

  switch ((LeydenValueKind) a->kind)
    {
    case LEYDEN_VALUE_STRING:
      return memcmp (leyden_value_text (a), leyden_value_text (b), a->size) == 0;
    case LEYDEN_VALUE_LIST:
      for (guint32 i = 0; i < a->size; i++)
        if (!leyden_value_equal (leyden_value_items (a)[i], leyden_value_items (b)[i]))
          return FALSE;
      return TRUE;
    case LEYDEN_VALUE_OBJECT:
      return objects_equal (a, b);
    case LEYDEN_VALUE_NULL:
    case LEYDEN_VALUE_BOOLEAN:
    case LEYDEN_VALUE_NUMBER:
    default:
      return TRUE;
    }
}

static guint
hash_bytes (const char *data,
            gsize       length,
            guint       seed)
{
  guint64 hash = leyden_key_hash (data, length);

  return (guint) (hash ^ (hash >> 32)) ^ seed;
}

guint
leyden_value_hash (const LeydenValue *self)
{
  guint hash;
  double number;

  if (leyden_value_is_null (self))
    return 1;

  hash = self->kind;
  switch ((LeydenValueKind) self->kind)
    {
    case LEYDEN_VALUE_BOOLEAN:
      return 2 + self->size;
    case LEYDEN_VALUE_NUMBER:
      number = leyden_number_to_double (leyden_value_text (self)) + 0.0;
      return hash_bytes ((const char *) &number, sizeof number, 3);
    case LEYDEN_VALUE_STRING:
      return hash_bytes (leyden_value_text (self), self->size, 5);
    case LEYDEN_VALUE_LIST:
      for (guint32 i = 0; i < self->size; i++)
        hash = hash * 31 + leyden_value_hash (leyden_value_items (self)[i]);
      return hash;
    case LEYDEN_VALUE_OBJECT:
      for (guint32 i = 0; i < self->size; i++)
        {
          gsize length;
          const char *key = leyden_value_key_at (self, i, &length);

          /* A sum, because order does not count. */
          hash += hash_bytes (key, length, 7) * 31 + leyden_value_hash (leyden_value_items (self)[i]) * 17;
        }
      return hash;
    case LEYDEN_VALUE_NULL:
    default:
      return 1;
    }
}
