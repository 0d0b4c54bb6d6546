/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-sketch.h"

#include <float.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#define VERSION    1
/* Keys of positive numbers are positive, of negative ones negative, in the order of the numbers; that of 0 is 0. The logarithm of the
 * smallest normal double has the index -35 403. */
#define KEY_OFFSET 36000
#define KEY_MAX    72000
/* ln of the factor by which a bucket is wider than the one before: (1 + error) / (1 - error). */
#define LOG_GAMMA  0.020000666706669524

typedef struct
{
  gint32  key;
  guint64 count;
} Bucket;

struct _LeydenSketch
{
  GArray  *buckets;             /* Bucket, by key */
  guint64  count;
};

static gint32
key_of (double value)
{
  double size = fabs (value);
  gint32 key;

  if (size < DBL_MIN)
    return 0;
  key = (gint32) ceil (log (size) / LOG_GAMMA) + KEY_OFFSET;
  return value > 0 ? key : -key;
}

/* The number that is no farther than the error from every number of the bucket. */
static double
value_of (gint32 key)
{
  double size;

  if (key == 0)
    return 0;
  size = exp ((ABS (key) - KEY_OFFSET) * LOG_GAMMA) * (1 - LEYDEN_SKETCH_ERROR);
  size = MIN (size, DBL_MAX);
  return key > 0 ? size : -size;
}

LeydenSketch *
leyden_sketch_new (void)
{
  LeydenSketch *self = g_new0 (LeydenSketch, 1);

  self->buckets = g_array_new (FALSE, FALSE, sizeof (Bucket));
  return self;
}

void
leyden_sketch_free (LeydenSketch *self)
{
  g_array_unref (self->buckets);
  g_free (self);
}

/* Index of the first bucket whose key is not below @key. */
static guint
find (const LeydenSketch *self,
      gint32              key)
{
  guint low = 0, high = self->buckets->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->buckets, Bucket, middle).key < key)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
add_key (LeydenSketch *self,
         gint32        key,
         guint64       count)
{
  guint i = find (self, key);
  Bucket bucket = { key, count };

  self->count += count;
  if (i < self->buckets->len && g_array_index (self->buckets, Bucket, i).key == key)
    g_array_index (self->buckets, Bucket, i).count += count;
  else
    g_array_insert_val (self->buckets, i, bucket);
}

void
leyden_sketch_add (LeydenSketch *self,
                   double        value,
                   guint64       count)
{
  g_return_if_fail (self != NULL && isfinite (value));

  if (count > 0)
    add_key (self, key_of (value), count);
}

void
leyden_sketch_merge (LeydenSketch       *self,
                     const LeydenSketch *other)
{
  g_return_if_fail (self != NULL && other != NULL && self != other);

  for (guint i = 0; i < other->buckets->len; i++)
    {
      const Bucket *bucket = &g_array_index (other->buckets, Bucket, i);

      add_key (self, bucket->key, bucket->count);
    }
}

guint64
leyden_sketch_get_count (const LeydenSketch *self)
{
  return self->count;
}

/* The number of rank @rank (from 0). */
static double
at_rank (const LeydenSketch *self,
         guint64             rank)
{
  guint64 seen = 0;

  for (guint i = 0; i < self->buckets->len; i++)
    {
      const Bucket *bucket = &g_array_index (self->buckets, Bucket, i);

      seen += bucket->count;
      if (rank < seen)
        return value_of (bucket->key);
    }
  return NAN;
}

/**
 * leyden_sketch_quantile:
 * @p: 0 to 1
 *
 * Between the two nearest ranks as leyden_stats_quantile() does it with the numbers themselves.
 *
 * Returns: the quantile, to within %LEYDEN_SKETCH_ERROR of the two numbers it lies between; NaN of an empty sketch
 */
double
leyden_sketch_quantile (const LeydenSketch *self,
                        double              p)
{
  double place, low;
  guint64 rank;

  g_return_val_if_fail (self != NULL && p >= 0 && p <= 1, NAN);

  if (self->count == 0)
    return NAN;
  place = p * (double) (self->count - 1);
  rank = (guint64) floor (place);
  low = at_rank (self, rank);
  if (rank + 1 >= self->count || place == (double) rank)
    return low;
  return low + (place - (double) rank) * (at_rank (self, rank + 1) - low);
}

guint64
leyden_sketch_count_below (const LeydenSketch *self,
                           double              value)
{
  gint32 key = key_of (value);
  guint64 count = 0;

  for (guint i = 0; i < self->buckets->len && g_array_index (self->buckets, Bucket, i).key <= key; i++)
    count += g_array_index (self->buckets, Bucket, i).count;
  return count;
}

/* --- bytes --- */

static void
put_varint (GByteArray *out,
            guint64     value)
{
  guint8 bytes[10];
  guint n = 0;

  do
    {
      bytes[n] = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);
      value >>= 7;
      n++;
    }
  while (value > 0);
  g_byte_array_append (out, bytes, n);
}

static gboolean
get_varint (const guint8 **at,
            const guint8  *end,
            guint64       *value)
{
  *value = 0;
  for (guint shift = 0; *at < end && shift < 64; shift += 7)
    {
      guint8 byte = *(*at)++;

      *value |= (guint64) (byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return TRUE;
    }
  return FALSE;
}

void
leyden_sketch_to_bytes (const LeydenSketch *self,
                        GByteArray         *out)
{
  guint8 version = VERSION;
  gint64 before = 0;

  g_byte_array_append (out, &version, 1);
  for (guint i = 0; i < self->buckets->len; i++)
    {
      const Bucket *bucket = &g_array_index (self->buckets, Bucket, i);
      gint64 distance = bucket->key - before;

      put_varint (out, distance < 0 ? (guint64) (-distance) * 2 - 1 : (guint64) distance * 2);
      put_varint (out, bucket->count);
      before = bucket->key;
    }
}

/**
 * leyden_sketch_add_bytes:
 * @data: what leyden_sketch_to_bytes() wrote
 *
 * Adds a stored sketch, without making it first.
 *
 * Errors: %G_IO_ERROR_INVALID_DATA when the bytes are no sketch; @self then may hold a part of it.
 */
gboolean
leyden_sketch_add_bytes (LeydenSketch  *self,
                         gconstpointer  data,
                         gsize          length,
                         GError       **error)
{
  const guint8 *at = data;
  const guint8 *end = at + length;
  gint64 key = 0;
  gboolean ok = length > 0 && *at++ == VERSION;

  while (ok && at < end)
    {
      guint64 distance, count;

      ok = get_varint (&at, end, &distance) && distance <= 4 * KEY_MAX && get_varint (&at, end, &count) && count > 0
           && count <= G_MAXUINT64 - self->count;
      if (!ok)
        break;
      key += distance & 1 ? -(gint64) (distance + 1) / 2 : (gint64) distance / 2;
      ok = ABS (key) <= KEY_MAX;
      if (ok)
        add_key (self, (gint32) key, count);
    }
  if (!ok)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("The stored distribution is damaged"));
  return ok;
}

LeydenSketch *
leyden_sketch_from_bytes (gconstpointer data,
                          gsize         length,
                          GError      **error)
{
  g_autoptr(LeydenSketch) self = leyden_sketch_new ();

  return leyden_sketch_add_bytes (self, data, length, error) ? g_steal_pointer (&self) : NULL;
}
