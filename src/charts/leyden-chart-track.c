/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-track.h"

#include <math.h>

/* Numbers, or blocks, under a block of the level above. */
#define FAN 16

typedef struct
{
  guint lowest;                 /* LEYDEN_CHART_NONE: only gaps */
  guint highest;
} Block;

/* Level 0 has a block for each FAN numbers, level k one for each FAN blocks of level k − 1. The last block of a level covers what is there. */
struct _LeydenChartTrack
{
  GArray    *values;            /* double */
  GPtrArray *levels;            /* GArray of Block */
};

LeydenChartTrack *
leyden_chart_track_new (void)
{
  LeydenChartTrack *self = g_new0 (LeydenChartTrack, 1);

  self->values = g_array_new (FALSE, FALSE, sizeof (double));
  self->levels = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  return self;
}

void
leyden_chart_track_free (LeydenChartTrack *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->values);
  g_ptr_array_unref (self->levels);
  g_free (self);
}

LeydenChartTrack *
leyden_chart_track_copy (const LeydenChartTrack *self)
{
  LeydenChartTrack *copy;

  if (self == NULL)
    return NULL;
  copy = g_new0 (LeydenChartTrack, 1);
  copy->values = g_array_copy (self->values);
  copy->levels = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  for (guint i = 0; i < self->levels->len; i++)
    g_ptr_array_add (copy->levels, g_array_copy (self->levels->pdata[i]));
  return copy;
}

guint
leyden_chart_track_get_size (const LeydenChartTrack *self)
{
  return self->values->len;
}

const double *
leyden_chart_track_get_values (const LeydenChartTrack *self)
{
  return (const double *) (gpointer) self->values->data;
}

/* Takes the number at @index into the extremes so far; the first of equal ones stays. */
static void
take (const double *values,
      guint         index,
      Block        *block)
{
  if (index == LEYDEN_CHART_NONE || isnan (values[index]))
    return;
  if (block->lowest == LEYDEN_CHART_NONE || values[index] < values[block->lowest]
      || (values[index] == values[block->lowest] && index < block->lowest))
    block->lowest = index;
  if (block->highest == LEYDEN_CHART_NONE || values[index] > values[block->highest]
      || (values[index] == values[block->highest] && index < block->highest))
    block->highest = index;
}

/* A level whose first block says what the blocks below it say. */
static GArray *
add_level (LeydenChartTrack *self)
{
  GArray *level = g_array_new (FALSE, FALSE, sizeof (Block));
  GArray *below = self->levels->len > 0 ? self->levels->pdata[self->levels->len - 1] : NULL;
  Block first = { LEYDEN_CHART_NONE, LEYDEN_CHART_NONE };

  for (guint i = 0; below != NULL && i < MIN (below->len, FAN); i++)
    {
      take (leyden_chart_track_get_values (self), g_array_index (below, Block, i).lowest, &first);
      take (leyden_chart_track_get_values (self), g_array_index (below, Block, i).highest, &first);
    }
  g_array_append_val (level, first);
  g_ptr_array_add (self->levels, level);
  return level;
}

void
leyden_chart_track_append (LeydenChartTrack *self,
                           double            value)
{
  double kept = isfinite (value) ? value : NAN;
  guint index = self->values->len, at = index / FAN;

  g_array_append_val (self->values, kept);
  /* A level above begins when the one below has a second block; until then the one block says all. */
  for (guint k = 0;; k++)
    {
      GArray *level = k < self->levels->len ? self->levels->pdata[k] : add_level (self);

      if (at >= level->len)
        {
          Block none = { LEYDEN_CHART_NONE, LEYDEN_CHART_NONE };

          g_array_append_val (level, none);
        }
      take (leyden_chart_track_get_values (self), index, &g_array_index (level, Block, at));
      if (level->len < 2)
        return;
      at /= FAN;
    }
}

/* Whole blocks of level @k from @from to @to (in blocks), by the blocks above where they fit. */
static void
take_blocks (const LeydenChartTrack *self,
             guint                   k,
             guint                   from,
             guint                   to,
             Block                  *found)
{
  const double *values = leyden_chart_track_get_values (self);
  GArray *level = self->levels->pdata[k];

  while (from < to)
    {
      if (from % FAN == 0 && to - from >= FAN && k + 1 < self->levels->len)
        {
          guint end = to / FAN;

          take_blocks (self, k + 1, from / FAN, end, found);
          from = end * FAN;
          continue;
        }
      take (values, g_array_index (level, Block, from).lowest, found);
      take (values, g_array_index (level, Block, from).highest, found);
      from++;
    }
}

gboolean
leyden_chart_track_find_extremes (const LeydenChartTrack *self,
                                  guint                   from,
                                  guint                   to,
                                  guint                  *lowest,
                                  guint                  *highest)
{
  const double *values = leyden_chart_track_get_values (self);
  Block found = { LEYDEN_CHART_NONE, LEYDEN_CHART_NONE };

  to = MIN (to, self->values->len);
  while (from < to)
    {
      if (from % FAN == 0 && to - from >= FAN)
        {
          guint end = to / FAN;

          take_blocks (self, 0, from / FAN, end, &found);
          from = end * FAN;
          continue;
        }
      take (values, from, &found);
      from++;
    }
  *lowest = found.lowest;
  *highest = found.highest;
  return found.lowest != LEYDEN_CHART_NONE;
}
