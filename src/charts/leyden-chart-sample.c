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
