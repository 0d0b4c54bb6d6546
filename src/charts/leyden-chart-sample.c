/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-sample.h"

#include <math.h>

static guint
add_index (guint *kept,
           guint  n,
           guint  index)
{
  if (n > 0 && kept[n - 1] >= index)
    return n;
  kept[n] = index;
  return n + 1;
}

guint
leyden_chart_sample_column (const LeydenChartTrack *track,
                            guint                   from,
                            guint                   to,
                            guint                   kept[4])
{
  const double *values = leyden_chart_track_get_values (track);
  guint lowest, highest, first = from, last, n = 0;

  to = MIN (to, leyden_chart_track_get_size (track));
  if (to <= from)
    return 0;
  if (to - from <= 4)
    {
      for (guint i = from; i < to; i++)
        if (!isnan (values[i]))
          kept[n++] = i;
      return n;
    }
  if (!leyden_chart_track_find_extremes (track, from, to, &lowest, &highest))
    return 0;
  last = to - 1;
  while (isnan (values[first]))
    first++;
  while (isnan (values[last]))
    last--;
  n = add_index (kept, n, first);
  n = add_index (kept, n, MIN (lowest, highest));
  n = add_index (kept, n, MAX (lowest, highest));
  return add_index (kept, n, last);
}

GArray *
leyden_chart_sample_lttb (const double *x,
                          const double *y,
                          guint         n,
                          guint         keep)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (guint));
  guint chosen = 0, last;
  double width;

  g_return_val_if_fail (keep >= 3 && (n == 0 || (x != NULL && y != NULL)), kept);

  if (n <= keep)
    {
      for (guint i = 0; i < n; i++)
        g_array_append_val (kept, i);
      return kept;
    }
  g_array_append_val (kept, chosen);
  width = (n - 2.0) / (keep - 2.0);
  for (guint bucket = 0; bucket < keep - 2; bucket++)
    {
      guint from = (guint) floor (bucket * width) + 1, to = (guint) floor ((bucket + 1) * width) + 1;
      guint next_to = MIN ((guint) floor ((bucket + 2) * width) + 1, n);
      double mean_x = 0, mean_y = 0, largest = -1;
      guint best = from;

      for (guint i = to; i < next_to; i++)
        {
          mean_x += x[i] / (next_to - to);
          mean_y += y[i] / (next_to - to);
        }
      for (guint i = from; i < to; i++)
        {
          double area = fabs ((x[chosen] - mean_x) * (y[i] - y[chosen]) - (x[chosen] - x[i]) * (mean_y - y[chosen]));

          if (area > largest)
            {
              largest = area;
              best = i;
            }
        }
      chosen = best;
      g_array_append_val (kept, chosen);
    }
  last = n - 1;
  g_array_append_val (kept, last);
  return kept;
}
