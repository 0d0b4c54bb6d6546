/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-value-private.h"

static gboolean
is_integer_text (const char *text)
{
  return strpbrk (text, ".eE") == NULL;
}

/* Integers of any size are exact; what has a fraction or an exponent is the double nearest to it. */
static gboolean
numbers_equal (const LeydenValue *a,
               const LeydenValue *b)
{
  const char *x = leyden_value_text (a);
  const char *y = leyden_value_text (b);

  if (a->size == b->size && memcmp (x, y, a->size) == 0)
    return TRUE;
  if (is_integer_text (x) && is_integer_text (y))
    return (strcmp (x, "0") == 0 && strcmp (y, "-0") == 0) || (strcmp (x, "-0") == 0 && strcmp (y, "0") == 0);
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
