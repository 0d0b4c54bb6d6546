/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-rollout-list.h"

#include <string.h>

/* Places of ids are looked up in an array: ids of a store lie close together. Where they do not, one change stands for all. */
#define MAX_SPREAD 16

#define NONE G_MAXUINT32

/* What is not the same at the start and end of both lists. */
typedef struct
{
  const gint64 *before;
  const gint64 *after;
  guint         n_before;
  guint         n_after;
  guint         offset;                 /* of both, from the start */
} Middle;

static Middle
find_middle (const gint64 *before,
             guint         n_before,
             const gint64 *after,
             guint         n_after)
{
  guint start = 0, end = 0, n = MIN (n_before, n_after);

  while (start < n && before[start] == after[start])
    start++;
  while (end < n - start && before[n_before - 1 - end] == after[n_after - 1 - end])
    end++;
  return (Middle) { before + start, after + start, n_before - start - end, n_after - start - end, start };
}

static LeydenValue *
make_changes (GArray *changes)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < changes->len; i += 3)
    {
      leyden_value_builder_begin_list (&b);
      for (guint k = 0; k < 3; k++)
        leyden_value_builder_add_int (&b, g_array_index (changes, guint, i + k));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
add_change (GArray *changes,
            guint   position,
            guint   removed,
            guint   added)
{
  const guint change[] = { position, removed, added };

  if (removed > 0 || added > 0)
    g_array_append_vals (changes, change, G_N_ELEMENTS (change));
}

/* Where each id of the list before stands in the list after; NONE: nowhere. NULL: the ids are too far apart. (transfer full) */
static guint32 *
find_places (const Middle *middle)
{
  gint64 low = middle->after[0], high = low;
  guint64 spread;
  g_autofree guint32 *places = NULL;
  guint32 *found;

  for (guint i = 0; i < middle->n_after; i++)
    {
      low = MIN (low, middle->after[i]);
      high = MAX (high, middle->after[i]);
    }
  spread = (guint64) high - (guint64) low + 1;
  if (spread > MAX_SPREAD * (guint64) (middle->n_after + middle->n_before) + 65536)
    return NULL;
  places = g_new (guint32, spread);
  memset (places, 0xff, spread * sizeof *places);
  for (guint i = 0; i < middle->n_after; i++)
    places[middle->after[i] - low] = i;
  found = g_new (guint32, middle->n_before);
  for (guint i = 0; i < middle->n_before; i++)
    found[i] = middle->before[i] < low || middle->before[i] > high ? NONE : places[middle->before[i] - low];
  return found;
}

/* Leaves in @places only a longest rising sequence of them: rows that stay. Patience sorting with the end of each pile and links back; what only rises
 * takes one comparison a row. */
static void
keep_rising (guint32 *places,
             guint    n)
{
  g_autofree guint32 *ends = g_new (guint32, n), *links = g_new (guint32, n);
  guint length = 0, next;

  for (guint i = 0; i < n; i++)
    {
      guint low = 0, high = length;

      if (places[i] == NONE)
        continue;
      if (length > 0 && places[ends[length - 1]] < places[i])
        low = length;
      else
        while (low < high)
          {
            guint middle = low + (high - low) / 2;

            if (places[ends[middle]] < places[i])
              low = middle + 1;
            else
              high = middle;
          }
      links[i] = low > 0 ? ends[low - 1] : NONE;
      ends[low] = i;
      length = MAX (length, low + 1);
    }
  next = length > 0 ? ends[length - 1] : NONE;
  for (guint i = n; i-- > 0; )
    if (i == next)
      next = links[i];
    else
      places[i] = NONE;
}

/* FALSE: too many. */
static gboolean
list_changes (const Middle  *middle,
              const guint32 *places,
              GArray        *changes)
{
  guint removed = 0, next = 0;

  for (guint i = 0; i < middle->n_before; i++)
    {
      if (places[i] == NONE)
        {
          removed++;
          continue;
        }
      add_change (changes, middle->offset + next, removed, places[i] - next);
      removed = 0;
      next = places[i] + 1;
      if (changes->len > 3 * LEYDEN_ROLLOUT_MAX_CHANGES)
        return FALSE;
    }
  add_change (changes, middle->offset + next, removed, middle->n_after - next);
  return changes->len <= 3 * LEYDEN_ROLLOUT_MAX_CHANGES;
}

LeydenValue *
leyden_rollout_list_diff (const gint64 *before,
                          guint         n_before,
                          const gint64 *after,
                          guint         n_after)
{
  Middle middle = find_middle (before, n_before, after, n_after);
  g_autoptr(GArray) changes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree guint32 *places = NULL;

  if (middle.n_before > 0 && middle.n_after > 0)
    places = find_places (&middle);
  if (places != NULL)
    keep_rising (places, middle.n_before);
  if (places == NULL || !list_changes (&middle, places, changes))
    {
      g_array_set_size (changes, 0);
      add_change (changes, middle.offset, middle.n_before, middle.n_after);
    }
  return make_changes (changes);
}
