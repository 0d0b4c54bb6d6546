/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which points are drawn, against looking at every one. */
#include <math.h>

#include "leyden-chart-sample.h"
#include "leyden-chart-track.h"

static double
draw_number (GRand *rand,
             guint  kind)
{
  if (kind > 0 && g_rand_int_range (rand, 0, 10) == 0)
    return NAN;
  /* Few different ones: many are equal. */
  return kind == 2 ? g_rand_int_range (rand, -3, 3) : g_rand_double_range (rand, -100, 100);
}

static gboolean
find_directly (const double *values,
               guint         from,
               guint         to,
               guint        *lowest,
               guint        *highest)
{
  *lowest = *highest = LEYDEN_CHART_NONE;
  for (guint i = from; i < to; i++)
    {
      if (isnan (values[i]))
        continue;
      if (*lowest == LEYDEN_CHART_NONE || values[i] < values[*lowest])
        *lowest = i;
      if (*highest == LEYDEN_CHART_NONE || values[i] > values[*highest])
        *highest = i;
    }
  return *lowest != LEYDEN_CHART_NONE;
}

static void
test_extremes (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);

  for (guint kind = 0; kind < 3; kind++)
    {
      g_autoptr(LeydenChartTrack) track = leyden_chart_track_new ();
      g_autoptr(LeydenChartTrack) copy = NULL;

      for (guint n = 0; n < 6000; n++)
        {
          leyden_chart_track_append (track, draw_number (rand, kind));
          /* At every size, a stretch or two; at some, all that matter. */
          for (guint k = 0; k < (n % 257 == 0 ? 300 : 2); k++)
            {
              guint from = (guint) g_rand_int_range (rand, 0, (gint32) n + 2), to = (guint) g_rand_int_range (rand, 0, (gint32) n + 3);
              guint lowest, highest, low, high;
              gboolean found = leyden_chart_track_find_extremes (track, from, to, &lowest, &highest);

              g_assert_cmpint (found, ==, find_directly (leyden_chart_track_get_values (track), from, MIN (to, n + 1), &low, &high));
              g_assert_cmpuint (lowest, ==, low);
              g_assert_cmpuint (highest, ==, high);
            }
        }
      copy = leyden_chart_track_copy (track);
      leyden_chart_track_append (copy, 1000);
      g_assert_cmpuint (leyden_chart_track_get_size (track), ==, 6000);
    }
}

static void
test_infinite (void)
{
  g_autoptr(LeydenChartTrack) track = leyden_chart_track_new ();
  guint lowest, highest;

  leyden_chart_track_append (track, INFINITY);
  leyden_chart_track_append (track, -INFINITY);
  leyden_chart_track_append (track, NAN);
  g_assert_false (leyden_chart_track_find_extremes (track, 0, 3, &lowest, &highest));
  leyden_chart_track_append (track, -1e308);
  leyden_chart_track_append (track, 1e308);
  g_assert_true (leyden_chart_track_find_extremes (track, 0, G_MAXUINT, &lowest, &highest));
  g_assert_cmpuint (lowest, ==, 3);
  g_assert_cmpuint (highest, ==, 4);
}

/* A million points in a thousand columns: of each column the extremes are among what is kept, and the ends, in order, none twice. */
static void
test_columns (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (11);
  g_autoptr(LeydenChartTrack) track = leyden_chart_track_new ();
  const guint n = 1000000, columns = 1000;
  guint spike = 654321, n_kept = 0;
  gboolean seen = FALSE;

  for (guint i = 0; i < n; i++)
    leyden_chart_track_append (track, i == spike ? 1e6 : draw_number (rand, 1));
  for (guint c = 0; c < columns; c++)
    {
      guint from = c * (n / columns), to = from + n / columns, lowest, highest, kept[4], count;
      gboolean has_low = FALSE, has_high = FALSE;
      const double *values = leyden_chart_track_get_values (track);

      count = leyden_chart_sample_column (track, from, to, kept);
      g_assert_true (find_directly (values, from, to, &lowest, &highest));
      for (guint i = 0; i < count; i++)
        {
          g_assert_false (isnan (values[kept[i]]));
          has_low = has_low || values[kept[i]] == values[lowest];
          has_high = has_high || values[kept[i]] == values[highest];
          seen = seen || kept[i] == spike;
          if (i > 0)
            g_assert_cmpuint (kept[i], >, kept[i - 1]);
        }
      g_assert_true (has_low && has_high);
      n_kept += count;
    }
  g_assert_true (seen);
  g_assert_cmpuint (n_kept, <=, 4 * columns);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sample/extremes", test_extremes);
  g_test_add_func ("/sample/infinite", test_infinite);
  g_test_add_func ("/sample/columns", test_columns);
  return g_test_run ();
}
