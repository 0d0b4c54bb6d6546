/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-rate-limiter.h"

#include <arpa/inet.h>
#include <string.h>

#define SLOTS 16
/* The slot that is under way, and those before that a window ending in it can touch. */
#define KEPT (SLOTS + 1)

typedef struct
{
  char   *who;
  guint   slot_ms;
  gint64  slot;                 /* number of the newest, from 0 at the clock's start */
  guint   counts[KEPT];         /* of slot number n at n mod KEPT */
  guint64 total;
  GList   link;
} Entry;

struct _LeydenRateLimiter
{
  guint       max_entries;
  GHashTable *entries;          /* who (borrowed) → Entry */
  GQueue      order;            /* by their links, who asked last at the tail */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->who);
  g_free (entry);
}

LeydenRateLimiter *
leyden_rate_limiter_new (guint max_entries)
{
  LeydenRateLimiter *self = g_new0 (LeydenRateLimiter, 1);

  self->max_entries = max_entries;
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  g_queue_init (&self->order);
  return self;
}

void
leyden_rate_limiter_free (LeydenRateLimiter *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

static Entry *
find_entry (LeydenRateLimiter *self,
            const char        *who)
{
  Entry *entry = g_hash_table_lookup (self->entries, who);

  if (entry != NULL)
    {
      g_queue_unlink (&self->order, &entry->link);
      g_queue_push_tail_link (&self->order, &entry->link);
      return entry;
    }
  if (g_hash_table_size (self->entries) >= self->max_entries)
    {
      Entry *oldest = g_queue_peek_head (&self->order);

      g_queue_unlink (&self->order, &oldest->link);
      g_hash_table_remove (self->entries, oldest->who);
    }
  entry = g_new0 (Entry, 1);
  entry->who = g_strdup (who);
  entry->link.data = entry;
  g_hash_table_insert (self->entries, entry->who, entry);
  g_queue_push_tail_link (&self->order, &entry->link);
  return entry;
}

/* Empties the slots that time has passed over. */
static void
advance (Entry  *entry,
         guint   window_ms,
         gint64  now_ms)
{
  guint slot_ms = MAX ((window_ms + SLOTS - 1) / SLOTS, 1);
  gint64 slot = now_ms / slot_ms;

  if (slot_ms != entry->slot_ms || slot - entry->slot >= KEPT)
    {
      memset (entry->counts, 0, sizeof entry->counts);
      entry->total = 0;
      entry->slot_ms = slot_ms;
      entry->slot = slot;
    }
  while (entry->slot < slot)
    {
      entry->slot++;
      entry->total -= entry->counts[entry->slot % KEPT];
      entry->counts[entry->slot % KEPT] = 0;
    }
}

/* When enough of what is counted has left the window for one more. */
static guint
find_wait (const Entry *entry,
           guint        limit,
           gint64       now_ms)
{
  guint64 total = entry->total;

  for (gint64 slot = entry->slot - KEPT + 1; slot <= entry->slot; slot++)
    {
      if (slot < 0)
        continue;
      total -= entry->counts[slot % KEPT];
      if (total < limit)
        return (guint) MAX ((slot + KEPT) * entry->slot_ms - now_ms, 1);
    }
  return KEPT * entry->slot_ms;
}

static void
add (Entry *entry)
{
  entry->counts[entry->slot % KEPT]++;
  entry->total++;
}

guint
leyden_rate_limiter_take (LeydenRateLimiter *self,
                          const char        *who,
                          guint              limit,
                          guint              window_ms,
                          gint64             now_ms)
{
  Entry *entry = find_entry (self, who);

  advance (entry, window_ms, now_ms);
  if (entry->total >= limit)
    return find_wait (entry, limit, now_ms);
  add (entry);
  return 0;
}

guint
leyden_rate_limiter_count (LeydenRateLimiter *self,
                           const char        *who,
                           guint              window_ms,
                           gint64             now_ms)
{
  Entry *entry = find_entry (self, who);

  advance (entry, window_ms, now_ms);
  add (entry);
  return (guint) MIN (entry->total, (guint64) G_MAXUINT);
}

guint
leyden_rate_limiter_peek (LeydenRateLimiter *self,
                          const char        *who,
                          guint              window_ms,
                          gint64             now_ms)
{
  Entry *entry = g_hash_table_lookup (self->entries, who);

  if (entry == NULL)
    return 0;
  advance (entry, window_ms, now_ms);
  return (guint) MIN (entry->total, (guint64) G_MAXUINT);
}

void
leyden_rate_limiter_group (const char *address,
                           char       *out,
                           gsize       size)
{
  struct in6_addr ipv6;

  if (strchr (address, ':') == NULL || inet_pton (AF_INET6, address, &ipv6) != 1)
    {
      g_strlcpy (out, address, size);
      return;
    }
  memset (&ipv6.s6_addr[8], 0, 8);
  inet_ntop (AF_INET6, &ipv6, out, (socklen_t) size);
}
