/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles of sketches against those of the numbers themselves. */
#include <float.h>
#include <gio/gio.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-random.h"
#include "leyden-sketch.h"
#include "leyden-stats.h"

static const double parts[] = { 0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1 };

static int
compare (gconstpointer a,
         gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static void
assert_quantiles (const LeydenSketch *sketch,
                  double             *values,
                  gsize               n)
{
  qsort (values, n, sizeof (double), compare);
  g_assert_cmpuint (leyden_sketch_get_count (sketch), ==, n);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      double exact = leyden_stats_quantile (values, n, parts[i]);
      gsize low = (gsize) floor (parts[i] * (double) (n - 1));
      double size = MAX (fabs (values[low]), fabs (values[MIN (low + 1, n - 1)]));

      g_assert_cmpfloat_with_epsilon (leyden_sketch_quantile (sketch, parts[i]), exact, size * LEYDEN_SKETCH_ERROR * (1 + 1e-9) + 1e-300);
    }
}

static void
fill (double *values,
      gsize   n,
      int     kind)
{
  LeydenRandom random;

  leyden_random_init (&random, 7 + kind);
  for (gsize i = 0; i < n; i++)
    {
      double u = leyden_random_u01 (&random);

      values[i] = kind == 0 ? u : kind == 1 ? exp (40 * (u - 0.5)) : kind == 2 ? (u - 0.5) * 1000 : (double) (i % 3) - 1;
    }
}

static void
test_quantiles (void)
{
  for (int kind = 0; kind < 4; kind++)
    for (gsize n = 1; n < 20000; n = n * 3 + 1)
      {
        g_autoptr(LeydenSketch) sketch = leyden_sketch_new ();
        g_autofree double *values = g_new (double, n);

        fill (values, n, kind);
        for (gsize i = 0; i < n; i++)
          leyden_sketch_add (sketch, values[i], 1);
        assert_quantiles (sketch, values, n);
      }
}

static void
test_edges (void)
{
  static const double edges[] = { 0, 1, -1, DBL_MIN, -DBL_MIN, DBL_MAX, -DBL_MAX, 5e-324, 1e-9, 1e9 };
  g_autoptr(LeydenSketch) empty = leyden_sketch_new ();

  g_assert_true (isnan (leyden_sketch_quantile (empty, 0.5)));
  for (guint i = 0; i < G_N_ELEMENTS (edges); i++)
    {
      g_autoptr(LeydenSketch) sketch = leyden_sketch_new ();
      double answer;

      leyden_sketch_add (sketch, edges[i], 3);
      answer = leyden_sketch_quantile (sketch, 0.5);
      g_assert_true (isfinite (answer));
      g_assert_cmpfloat (fabs (answer - edges[i]), <=, fabs (edges[i]) * LEYDEN_SKETCH_ERROR * (1 + 1e-9) + 1e-307);
      g_assert_cmpuint (leyden_sketch_count_below (sketch, edges[i]), ==, 3);
    }
}

/* What was stored in two halves and added up is what was made at once. */
static void
test_bytes (void)
{
  g_autoptr(LeydenSketch) whole = leyden_sketch_new ();
  g_autoptr(LeydenSketch) even = leyden_sketch_new ();
  g_autoptr(LeydenSketch) odd = leyden_sketch_new ();
  g_autoptr(LeydenSketch) sum = leyden_sketch_new ();
  g_autoptr(LeydenSketch) read = NULL;
  g_autoptr(GByteArray) a = g_byte_array_new ();
  g_autoptr(GByteArray) b = g_byte_array_new ();
  g_autoptr(GByteArray) c = g_byte_array_new ();
  g_autoptr(GByteArray) d = g_byte_array_new ();
  g_autoptr(GError) error = NULL;
  double values[3000];

  fill (values, G_N_ELEMENTS (values), 2);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      leyden_sketch_add (whole, values[i], 1);
      leyden_sketch_add (i % 2 ? odd : even, values[i], 1);
    }
  leyden_sketch_to_bytes (even, a);
  leyden_sketch_to_bytes (odd, b);
  leyden_sketch_to_bytes (whole, c);
  g_assert_true (leyden_sketch_add_bytes (sum, a->data, a->len, &error));
  leyden_sketch_merge (sum, odd);
  leyden_sketch_to_bytes (sum, d);
  g_assert_cmpmem (c->data, c->len, d->data, d->len);
  read = leyden_sketch_from_bytes (c->data, c->len, &error);
  g_assert_no_error (error);
  assert_quantiles (read, values, G_N_ELEMENTS (values));
}

static void
test_damaged (void)
{
  static const struct { const char *bytes; gsize n; } cases[] = {
    { "", 0 }, { "\x02", 1 }, { "\x01\x02", 2 }, { "\x01\x80", 2 }, { "\x01\x02\x00", 3 },
    { "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12 }, { "\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x02", 14 },
    { "\x01\xff\xff\x3f\x01", 5 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_sketch_from_bytes (cases[i].bytes, cases[i].n, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sketch/quantiles", test_quantiles);
  g_test_add_func ("/sketch/edges", test_edges);
  g_test_add_func ("/sketch/bytes", test_bytes);
  g_test_add_func ("/sketch/damaged", test_damaged);
  return g_test_run ();
}
