/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-random.h"

#include <math.h>

#include "leyden-id.h"
#include "leyden-stats.h"

static guint64
splitmix64 (guint64 *state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9E3779B97F4A7C15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static inline guint64
rotate (guint64 x,
        int     k)
{
  return (x << k) | (x >> (64 - k));
}

/* Source: Blackman and Vigna, “Scrambled linear pseudorandom number generators” (arXiv 1805.01407): xoshiro256**. */
void
leyden_random_init (LeydenRandom *self,
                    guint64       seed)
{
  g_return_if_fail (self != NULL);

  for (guint i = 0; i < 4; i++)
    self->s[i] = splitmix64 (&seed);
}

void
leyden_random_substream (LeydenRandom       *self,
                         guint64             seed,
                         const char * const *labels)
{
  g_autoptr(GString) text = g_string_new (NULL);

  g_string_printf (text, "%" G_GUINT64_FORMAT, seed);
  for (guint i = 0; labels != NULL && labels[i] != NULL; i++)
    {
      g_string_append_c (text, '\x1F');
      g_string_append (text, labels[i]);
    }
  leyden_random_init (self, leyden_fnv1a64 (text->str, text->len));
}

guint64
leyden_random_u64 (LeydenRandom *self)
{
  guint64 *s = self->s;
  guint64 result = rotate (s[1] * 5, 7) * 9;
  guint64 t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate (s[3], 45);
  return result;
}

double
leyden_random_u01 (LeydenRandom *self)
{
  return (double) (leyden_random_u64 (self) >> 11) * 0x1p-53;
}

guint64
leyden_random_below (LeydenRandom *self,
                     guint64       n)
{
  return (guint64) floor (leyden_random_u01 (self) * (double) n);
}

double
leyden_random_normal (LeydenRandom *self)
{
  return leyden_stats_normal_quantile (MAX (leyden_random_u01 (self), 0x1p-53));
}
