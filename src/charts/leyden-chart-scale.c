/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-scale.h"

#include <float.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-chart-format.h"

/* However few pixels a mark is said to need. */
#define MOST_TICKS 200

/* Apart from each other, for equal ends of any size. */
static void
part (double *low,
      double *high)
{
  double room = *low == 0 ? 1 : MIN (fabs (*low) * 0.1, 1);

  /* A huge number plus one is itself. */
  if (*low - room == *low || *high + room == *high)
    room = fabs (*low) * 0.1;
  *low = MAX (*low - room, -DBL_MAX);
  *high = MIN (*high + room, DBL_MAX);
}

LeydenChartScale
leyden_chart_scale_make (double   low,
                         double   high,
                         gboolean log_scale)
{
  if (!isfinite (low) || !isfinite (high))
    {
      low = isfinite (low) ? low : isfinite (high) ? high : log_scale ? 1 : 0;
      high = isfinite (high) ? high : low;
      if (low == high && !log_scale)
        return (LeydenChartScale) { low, low + MAX (1, fabs (low) * 0.1), FALSE };
    }
  if (low > high)
    {
      double swap = low;

      low = high;
      high = swap;
    }
  if (log_scale)
    {
      high = high > 0 ? MAX (high, DBL_MIN * 10) : 10;
      low = low > 0 ? MAX (low, DBL_MIN) : MIN (high / 1000, 1);
      if (!(low < high))
        {
          low = MAX (low / 2, DBL_MIN);
          high = MIN (high * 2, DBL_MAX);
        }
      return (LeydenChartScale) { low, high, TRUE };
    }
  /* What no double stands between is as good as equal: there is nothing to divide. */
  if (low == high || high / 2 - low / 2 < 8 * DBL_EPSILON * MAX (fabs (low), fabs (high)))
    part (&low, &high);
  return (LeydenChartScale) { low, high, FALSE };
}

double
leyden_chart_scale_place (const LeydenChartScale *self,
                          double                  value)
{
  if (!isfinite (value) || (self->log && value <= 0))
    return NAN;
  if (self->log)
    return (log10 (value) - log10 (self->low)) / (log10 (self->high) - log10 (self->low));
  /* Halves: the distance of the ends may be larger than any double. */
  return (value / 2 - self->low / 2) / (self->high / 2 - self->low / 2);
}

double
leyden_chart_scale_value (const LeydenChartScale *self,
                          double                  place)
{
  if (self->log)
    return pow (10, log10 (self->low) + place * (log10 (self->high) - log10 (self->low)));
  return 2 * (self->low / 2 + place * (self->high / 2 - self->low / 2));
}

/* --- numbers --- */

static void
clear_tick (gpointer data)
{
  g_free (((LeydenChartTick *) data)->text);
}

static GArray *
new_ticks (void)
{
  GArray *ticks = g_array_new (FALSE, FALSE, sizeof (LeydenChartTick));

  g_array_set_clear_func (ticks, clear_tick);
  return ticks;
}

/* Takes @text. */
static void
add_tick (GArray *ticks,
          double  value,
          char   *text)
{
  LeydenChartTick tick = { value, text };

  g_array_append_val (ticks, tick);
}

static double
get_largest (const LeydenChartScale *self)
{
  return MAX (fabs (self->low), fabs (self->high));
}

static double
find_step (const LeydenChartScale *self,
           const char             *unit,
           guint                   most)
{
  return leyden_chart_unit_step (unit, get_largest (self), self->high / MAX (most, 1) - self->low / MAX (most, 1));
}

static GArray *
list_linear (const LeydenChartScale *self,
             const char             *unit,
             guint                   most)
{
  GArray *ticks = new_ticks ();
  double step = find_step (self, unit, most), first = ceil (self->low / step - 1e-9);

  for (guint i = 0; i < MOST_TICKS; i++)
    {
      double value = (first + i) * step;

      /* Where a step is less than what a double can say, each mark would be the same. */
      if (value > self->high + step * 1e-9 || !isfinite (value) || (i > 0 && value <= g_array_index (ticks, LeydenChartTick, ticks->len - 1).value))
        break;
      if (fabs (value) < step * 1e-6)
        value = 0;
      add_tick (ticks, value, leyden_chart_format_tick (value, step, get_largest (self), unit));
    }
  return ticks;
}

/* Powers of ten, each second or third … of them when there are many, with 2 and 5 when there are few. */
static GArray *
list_log (const LeydenChartScale *self,
          const char             *unit,
          guint                   most)
{
  GArray *ticks = new_ticks ();
  int from = (int) floor (log10 (self->low)), to = (int) ceil (log10 (self->high));
  int every = MAX (1, (int) ceil ((to - from + 1) / (double) MAX (most, 1)));
  gboolean between = every == 1 && (guint) (3 * (to - from)) <= most;

  for (int k = from; k <= to; k += every)
    for (int i = 0; i < (between ? 3 : 1); i++)
      {
        double value = (i == 0 ? 1 : i == 1 ? 2 : 5) * pow (10, k);

        if (value >= self->low * (1 - 1e-9) && value <= self->high * (1 + 1e-9) && isfinite (value))
          add_tick (ticks, value, leyden_chart_format_value (value, unit));
      }
  /* Within one power of ten nothing of it may stand. */
  if (ticks->len < 2)
    {
      LeydenChartScale plain = { self->low, self->high, FALSE };

      g_array_unref (ticks);
      return list_linear (&plain, unit, most);
    }
  return ticks;
}

GArray *
leyden_chart_scale_list_ticks (const LeydenChartScale *self,
                               const char             *unit,
                               guint                   most)
{
  g_return_val_if_fail (self != NULL && self->low < self->high, NULL);

  most = CLAMP (most, 1, MOST_TICKS / 4);
  return self->log ? list_log (self, unit, most) : list_linear (self, unit, most);
}

void
leyden_chart_scale_round (LeydenChartScale *self,
                          const char       *unit,
                          guint             most)
{
  double step;

  g_return_if_fail (self != NULL);

  if (self->log)
    {
      double low = pow (10, floor (log10 (self->low) + 1e-9)), high = pow (10, ceil (log10 (self->high) - 1e-9));

      self->low = low > 0 ? low : self->low;
      self->high = isfinite (high) && high > self->low ? high : self->high;
      return;
    }
  step = find_step (self, unit, CLAMP (most, 1, MOST_TICKS / 4));
  if (isfinite (floor (self->low / step + 1e-9) * step))
    self->low = floor (self->low / step + 1e-9) * step;
  if (isfinite (ceil (self->high / step - 1e-9) * step))
    self->high = ceil (self->high / step - 1e-9) * step;
  if (!(self->low < self->high))
    part (&self->low, &self->high);
}
