/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "leyden-random.h"

/* Blocks until the kernel's generator is ready, which on a running desktop it is. */
static void
fill_random (gpointer buffer,
             gsize    length)
{
  guint8 *p = buffer;

  while (length > 0)
    {
      gssize n = getrandom (p, length, 0);

      if (n < 0 && errno != EINTR)
        g_error ("getrandom: %s", g_strerror (errno));
      if (n > 0)
        {
          p += n;
          length -= (gsize) n;
        }
    }
}

gint64
leyden_time_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return (gint64) now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

/* Milliseconds in the upper bits, a fraction of 1/4096 ms in the lower 12; never twice the same in a process
 * (RFC 9562, section 6.2, method 3). */
static guint64
next_stamp (void)
{
  static guint64 last;
  guint64 ns = (guint64) leyden_time_now_ns ();
  guint64 stamp = ((ns / 1000000) << 12) | ((ns % 1000000) * 4096 / 1000000);
  guint64 seen = __atomic_load_n (&last, __ATOMIC_RELAXED);
  guint64 wanted;

  do
    wanted = MAX (stamp, seen + 1);
  while (!__atomic_compare_exchange_n (&last, &seen, wanted, FALSE, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return wanted;
}

char *
leyden_id_new_uuid7 (void)
{
  static __thread LeydenRandom random;
  guint64 stamp = next_stamp ();
  guint64 low;

  if (random.s[0] == 0)
    {
      fill_random (&random, sizeof random);
      random.s[0] |= 1;
    }
  low = (leyden_random_u64 (&random) >> 2) | (G_GUINT64_CONSTANT (2) << 62);
  return g_strdup_printf ("%012" G_GINT64_MODIFIER "x7%03x%016" G_GINT64_MODIFIER "x",
                          stamp >> 12, (guint) (stamp & 0xFFF), low);
}

char *
leyden_id_new_node (GRand *random)
{
  static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  char id[9] = { 0 };
  guint8 bytes[8];

  if (random == NULL)
    fill_random (bytes, sizeof bytes);
  else
    for (guint i = 0; i < sizeof bytes; i++)
      bytes[i] = (guint8) g_rand_int_range (random, 0, 256);
  for (guint i = 0; i < sizeof bytes; i++)
    id[i] = alphabet[bytes[i] & 31];
  return g_strdup (id);
}

guint64
leyden_fnv1a64 (const void *data,
                gsize       length)
{
  const guint8 *p = data;
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037);

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ p[i]) * G_GUINT64_CONSTANT (1099511628211);
  return hash;
}

gboolean
leyden_secure_equal (const char *secret,
                     const char *given)
{
  volatile guint difference;
  gsize secret_length;
  gsize given_length;

  /* An empty secret protects nothing: it equals nothing. */
  if (secret == NULL || given == NULL || *secret == '\0')
    return FALSE;

  secret_length = strlen (secret);
  given_length = strlen (given);
  difference = secret_length != given_length;
  for (gsize i = 0; i < secret_length; i++)
    difference |= (guint) (guchar) secret[i] ^ (guchar) given[MIN (i, given_length)];
  return difference == 0;
}

char *
leyden_random_key (void)
{
  guint8 bytes[32];
  g_autofree char *base64 = NULL;

  fill_random (bytes, sizeof bytes);
  base64 = g_base64_encode (bytes, sizeof bytes);
  base64[43] = '\0';
  for (char *p = base64; *p != '\0'; p++)
    *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
  return g_steal_pointer (&base64);
}
