/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-key-set.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "leyden-value-private.h"

static guint64 hash_seed[4];

/* Random for the process: nobody outside can compute keys that collide. */
static void
ensure_seed (void)
{
  static gsize ready;

  if (g_once_init_enter (&ready))
    {
      if (getrandom (hash_seed, sizeof hash_seed, GRND_NONBLOCK) != (gssize) sizeof hash_seed)
        for (guint i = 0; i < G_N_ELEMENTS (hash_seed); i++)
          hash_seed[i] = ((guint64) g_random_int () << 32) | g_random_int ();
      hash_seed[0] |= 1;
      hash_seed[1] |= 1;
      g_once_init_leave (&ready, 1);
    }
}

static inline guint64
load64 (const char *p)
{
  guint64 v;

  memcpy (&v, p, sizeof v);
  return v;
}

static inline guint64
fold (guint64 a,
      guint64 b)
{
  __uint128_t product = (__uint128_t) a * b;

  return (guint64) product ^ (guint64) (product >> 64);
}

/* A folded multiplication of 16 bytes at a time, keyed by the seed; the tail is read overlapping. */
guint64
leyden_key_hash (const char *text,
                 gsize       length)
{
  guint64 hash;
  guint64 a = 0;
  guint64 b = 0;

  ensure_seed ();
  hash = hash_seed[2] ^ length;
  for (; length > 16; text += 16, length -= 16)
    hash = fold (hash ^ load64 (text) ^ hash_seed[0], load64 (text + 8) ^ hash_seed[1]);
  if (length >= 8)
    {
      a = load64 (text);
      b = load64 (text + length - 8);
    }
  else
    {
      memcpy (&a, text, length);
    }
  hash = fold (hash ^ a ^ hash_seed[0], b ^ hash_seed[1]);
  return fold (hash ^ hash_seed[3], hash_seed[1]);
}

void
leyden_key_frame_begin (LeydenKeyFrame *frame,
                        LeydenKeyStack *stack)
{
  frame->first_key = stack->n_keys;
  frame->first_text = stack->n_text;
  frame->used_bits = 0;
}

static void
insert_slot (LeydenKeyFrame *frame,
             guint64         hash,
             guint32         position)
{
  guint32 mask = (1u << frame->used_bits) - 1;
  guint32 slot = (guint32) hash & mask;

  while (frame->slots[slot] != 0)
    slot = (slot + 1) & mask;
  frame->slots[slot] = position + 1;
}

/* Few keys are told apart by their first eight bytes; hashing them would cost more than it saves. */
static inline guint64
key_prefix (const char *text,
            gsize       length)
{
  guint32 first;
  guint32 last;

  if (length >= 8)
    return load64 (text);
  if (length >= 4)
    {
      memcpy (&first, text, sizeof first);
      memcpy (&last, text + length - 4, sizeof last);
      return (guint64) last << 32 | first;
    }
  if (length == 0)
    return 0;
  return (guint64) (guchar) text[0] << 16 | (guint64) (guchar) text[length / 2] << 8 | (guchar) text[length - 1];
}

static void
hash_all (LeydenKeyFrame *frame,
          LeydenKeyStack *stack)
{
  for (LeydenKey *key = stack->keys + frame->first_key; key < stack->keys + stack->n_keys; key++)
    key->hash = leyden_key_hash (stack->text + key->offset, key->length);
}

static void
rebuild (LeydenKeyFrame *frame,
         LeydenKeyStack *stack)
{
  guint32 n = stack->n_keys - frame->first_key;

  if (frame->used_bits == 0)
    hash_all (frame, stack);

  frame->used_bits = frame->used_bits == 0 ? 5 : frame->used_bits + 1;
  if (frame->slot_bits < frame->used_bits)
    {
      g_free (frame->slots);
      frame->slots = g_new (guint32, (gsize) 1 << frame->used_bits);
      frame->slot_bits = frame->used_bits;
    }
  memset (frame->slots, 0, sizeof (guint32) << frame->used_bits);
  for (guint32 i = 0; i < n; i++)
    insert_slot (frame, stack->keys[frame->first_key + i].hash, i);
}

static inline gboolean
key_matches (const LeydenKeyStack *stack,
             const LeydenKey      *key,
             guint64               hash,
             const char           *text,
             gsize                 length)
{
  return key->hash == hash && key->length == length && memcmp (stack->text + key->offset, text, length) == 0;
}

static gint64
find (const LeydenKeyFrame *frame,
      const LeydenKeyStack *stack,
      guint64               hash,
      const char           *text,
      gsize                 length)
{
  const LeydenKey *keys = stack->keys + frame->first_key;
  guint32 n = stack->n_keys - frame->first_key;

  if (frame->used_bits == 0)
    {
      for (guint32 i = 0; i < n; i++)
        if (key_matches (stack, &keys[i], hash, text, length))
          return i;
      return -1;
    }

  for (guint32 mask = (1u << frame->used_bits) - 1, slot = (guint32) hash & mask;
       frame->slots[slot] != 0;
       slot = (slot + 1) & mask)
    {
      guint32 position = frame->slots[slot] - 1;

      if (key_matches (stack, &keys[position], hash, text, length))
        return position;
    }
  return -1;
}

static void
push_key (LeydenKeyStack *stack,
          guint64         hash,
          const char     *text,
          gsize           length,
          gsize           source)
{
  if (stack->n_keys == stack->n_keys_allocated)
    {
      stack->n_keys_allocated = MAX (64, stack->n_keys_allocated * 2);
      stack->keys = g_renew (LeydenKey, stack->keys, stack->n_keys_allocated);
    }
  if (length + 1 > stack->n_text_allocated - stack->n_text)
    {
      gsize wanted = MAX ((gsize) stack->n_text + length + 1, (gsize) stack->n_text_allocated * 2);

      if (wanted > G_MAXUINT32)
        g_error ("keys of open objects are longer than 4 GiB");
      stack->n_text_allocated = (guint32) MAX (1024, wanted);
      stack->text = g_realloc (stack->text, stack->n_text_allocated);
    }
  stack->keys[stack->n_keys++] = (LeydenKey) { hash, source, stack->n_text, (guint32) length };
  memcpy (stack->text + stack->n_text, text, length);
  stack->text[stack->n_text + length] = '\0';
  stack->n_text += (guint32) length + 1;
}

gint64
leyden_key_frame_add (LeydenKeyFrame *frame,
                      LeydenKeyStack *stack,
                      const char     *text,
                      gsize           length,
                      gsize           source)
{
  guint64 hash = frame->used_bits == 0 ? key_prefix (text, length) : leyden_key_hash (text, length);
  gint64 found = find (frame, stack, hash, text, length);
  guint32 n;

  if (found >= 0)
    return found;

  push_key (stack, hash, text, length, source);
  n = stack->n_keys - frame->first_key;
  if (n > (frame->used_bits == 0 ? LEYDEN_VALUE_MAX_LINEAR : 1u << (frame->used_bits - 1)))
    rebuild (frame, stack);
  else if (frame->used_bits != 0)
    insert_slot (frame, hash, n - 1);
  return -1;
}

void
leyden_key_frame_end (LeydenKeyFrame *frame,
                      LeydenKeyStack *stack)
{
  stack->n_keys = frame->first_key;
  stack->n_text = frame->first_text;
}

void
leyden_key_frame_clear (LeydenKeyFrame *frame)
{
  g_clear_pointer (&frame->slots, g_free);
  frame->slot_bits = 0;
  frame->used_bits = 0;
}

void
leyden_key_stack_clear (LeydenKeyStack *stack)
{
  g_free (stack->keys);
  g_free (stack->text);
  memset (stack, 0, sizeof *stack);
}
