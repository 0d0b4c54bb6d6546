/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-query-private.h"

#include <math.h>

#include "leyden-sketch.h"
#include "leyden-stats.h"

#define CONFIDENCE 0.95

void
leyden_cell_init (LeydenCell *self)
{
  *self = (LeydenCell) { .min = INFINITY, .max = -INFINITY, .last_time = G_MININT64, .last = NAN };
}

void
leyden_cell_clear (LeydenCell *self)
{
  g_clear_pointer (&self->values, g_array_unref);
  if (self->sketch != NULL)
    leyden_sketch_free (self->sketch);
  self->sketch = NULL;
}

double
leyden_cell_get_sum (const LeydenCell *self)
{
  return self->sum + self->rest;
}

/* Puts the number of rank @rank (from 0) at its place, smaller ones before it, larger ones behind (Hoare's selection). */
static double
select_rank (double *values,
             guint   n,
             guint   rank)
{
  guint low = 0, high = n - 1;

  while (low < high)
    {
      double pivot = values[low + (high - low) / 2];
      guint i = low, j = high;

      while (TRUE)
        {
          while (values[i] < pivot)
            i++;
          while (values[j] > pivot)
            j--;
          if (i >= j)
            break;
          {
            double swap = values[i];

            values[i++] = values[j];
            values[j--] = swap;
          }
        }
      if (rank <= j)
        high = j;
      else
        low = j + 1;
    }
  return values[rank];
}

/* Type 7, as leyden_stats_quantile() has it, without sorting all. */
static double
quantile_of (double *values,
             guint   n,
             double  p)
{
  double h = (n - 1) * p;
  guint rank = (guint)floor (h);
  double low = select_rank (values, n, rank);
  double high = low;

  if (rank + 1 == n || h == rank)
    return low;
  high = values[rank + 1];
  for (guint i = rank + 2; i < n; i++)
    high = MIN (high, values[i]);
  return low + (h - rank) * (high - low);
}

static double
get_quantile (LeydenCell *self,
              double      p)
{
  if (self->sketch != NULL)
    return leyden_sketch_get_count (self->sketch) > 0 ? CLAMP (leyden_sketch_quantile (self->sketch, p), self->min, self->max) : NAN;
  if (self->values == NULL)
    return NAN;
  return quantile_of ((double *)(gpointer)self->values->data, self->values->len, p);
}

static double
get_sd (const LeydenCell *self)
{
  return self->n > 1 ? sqrt (MAX (self->m2, 0) / (double)(self->n - 1)) : NAN;
}

double
leyden_cell_get (LeydenCell        *self,
                 LeydenMeasureKind  kind,
                 LeydenAggregation  aggregation,
                 double             seconds,
                 double             total)
{
  double sum = leyden_cell_get_sum (self);

  switch (aggregation)
    {
    /* Counting nothing gives nothing; all else has no answer there. */
    case LEYDEN_AGGREGATION_COUNT: return (double)self->n;
    case LEYDEN_AGGREGATION_SUM: return sum;
    case LEYDEN_AGGREGATION_RATE: return seconds > 0 ? sum / seconds : NAN;
    default: break;
    }
  if (kind == LEYDEN_MEASURE_RATIO)
    return self->divisor != 0 ? sum / self->divisor : NAN;
  if (self->n == 0)
    return NAN;
  switch ((int)aggregation)
    {
    case LEYDEN_AGGREGATION_MEAN: return sum / (double)self->n;
    case LEYDEN_AGGREGATION_MIN: return self->min;
    case LEYDEN_AGGREGATION_MAX: return self->max;
    case LEYDEN_AGGREGATION_STD: return get_sd (self);
    case LEYDEN_AGGREGATION_LAST: return self->last;
    case LEYDEN_AGGREGATION_SHARE:
      if (kind == LEYDEN_MEASURE_FLAGS)
        return sum / (double)self->n;
      return total != 0 ? sum / total : NAN;
    default: return get_quantile (self, leyden_aggregation_get_quantile (aggregation));
    }
}

gboolean
leyden_cell_get_band (LeydenCell        *self,
                      LeydenMeasureKind  kind,
                      LeydenAggregation  aggregation,
                      LeydenBand         band,
                      double            *low,
                      double            *high)
{
  LeydenInterval interval;
  double half;

  if (self->n == 0 || band == LEYDEN_BAND_NONE)
    return FALSE;
  if (band == LEYDEN_BAND_QUANTILES)
    {
      *low = get_quantile (self, 0.1);
      *high = get_quantile (self, 0.9);
      return !isnan (*low);
    }
  if (kind == LEYDEN_MEASURE_FLAGS && (aggregation == LEYDEN_AGGREGATION_MEAN || aggregation == LEYDEN_AGGREGATION_SHARE))
    {
      leyden_stats_wilson ((guint64)leyden_cell_get_sum (self), self->n, CONFIDENCE, &interval);
      *low = interval.low;
      *high = interval.high;
      return TRUE;
    }
  if (aggregation != LEYDEN_AGGREGATION_MEAN || kind == LEYDEN_MEASURE_RATIO || self->n < 2)
    return FALSE;
  half = leyden_stats_t_quantile (1 - (1 - CONFIDENCE) / 2, (double)(self->n - 1)) * get_sd (self) / sqrt ((double)self->n);
  *low = leyden_cell_get_sum (self) / (double)self->n - half;
  *high = leyden_cell_get_sum (self) / (double)self->n + half;
  return TRUE;
}

/* ---- Grid ---- */

LeydenGrid *
leyden_grid_new (guint n_series,
                 guint n_x)
{
  LeydenGrid *self = g_new0 (LeydenGrid, 1);

  self->n_series = n_series;
  self->n_x = n_x;
  self->cells = g_ptr_array_new ();
  g_ptr_array_set_size (self->cells, (int)n_series);
  return self;
}

void
leyden_grid_free (LeydenGrid *self)
{
  if (self == NULL)
    return;
  for (guint s = 0; s < self->n_series; s++)
    {
      LeydenCell *cells = self->cells->pdata[s];

      for (guint x = 0; cells != NULL && x < self->n_x; x++)
        leyden_cell_clear (&cells[x]);
      g_free (cells);
    }
  g_ptr_array_unref (self->cells);
  g_free (self);
}

LeydenCell *
leyden_grid_get (LeydenGrid *self,
                 guint       series,
                 guint       x)
{
  LeydenCell *cells = self->cells->pdata[series];

  if (cells == NULL)
    {
      cells = self->cells->pdata[series] = g_new (LeydenCell, self->n_x);
      for (guint i = 0; i < self->n_x; i++)
        leyden_cell_init (&cells[i]);
    }
  return &cells[x];
}

LeydenCell *
leyden_grid_peek (LeydenGrid *self,
                  guint       series,
                  guint       x)
{
  LeydenCell *cells = self->cells->pdata[series];

  return cells != NULL ? &cells[x] : NULL;
}
