/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "leyden-pareto.h"
#include "leyden-random.h"

typedef struct
{
  guint       n_items;
  const char *rows;             /* scores as digits, candidates apart by "|" */
  const char *counts;           /* sets that each stands in, 0: taken out */
} Case;

static const Case cases[] = {
  { 3, "111", "3" },
  { 3, "000", "3" },
  { 3, "110|111", "03" },
  { 3, "111|111", "30" },                /* equal: the later one goes */
  { 4, "1100|0011", "22" },
  { 4, "1100|0011|1010", "220" },        /* each set of the third holds another one */
  { 4, "1000|0111|1111", "004" },
  { 3, "100|010|001", "111" },
  { 2, "90|05|90", "110" },
  { 5, "11000|01100|00110|00011", "2202" },
};

static LeydenPareto *
make (const Case *c,
      guint      *n_candidates)
{
  g_auto(GStrv) rows = g_strsplit (c->rows, "|", -1);
  LeydenPareto *pareto = leyden_pareto_new (g_strv_length (rows), c->n_items);

  *n_candidates = g_strv_length (rows);
  for (guint i = 0; i < *n_candidates; i++)
    for (guint j = 0; j < c->n_items; j++)
      leyden_pareto_set (pareto, i, j, (rows[i][j] - '0') / 9.0);
  leyden_pareto_reduce (pareto);
  return pareto;
}

static void
test_reduce (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint n;
      g_autoptr(LeydenPareto) pareto = make (&cases[i], &n);
      g_autoptr(GArray) kept = leyden_pareto_dup_kept (pareto);
      guint n_kept = 0;

      g_test_message ("%s", cases[i].rows);
      for (guint j = 0; j < n; j++)
        {
          g_assert_cmpuint (leyden_pareto_get_count (pareto, j), ==, (guint) (cases[i].counts[j] - '0'));
          n_kept += cases[i].counts[j] != '0';
        }
      g_assert_cmpuint (kept->len, ==, n_kept);
    }
}

/* Drawn in proportion to the sets, within four standard errors; the ends of the unit interval are in range. */
static void
test_draw (void)
{
  const Case c = { 5, "99900|00099|00090", "320" };
  guint n, counts[3] = { 0 };
  g_autoptr(LeydenPareto) pareto = make (&c, &n);
  LeydenRandom random;
  const guint n_draws = 5000;

  leyden_random_init (&random, 7);
  for (guint i = 0; i < n_draws; i++)
    counts[leyden_pareto_draw (pareto, leyden_random_u01 (&random))]++;
  g_assert_cmpuint (counts[2], ==, 0);
  g_assert_cmpfloat (fabs (counts[0] - 0.6 * n_draws), <, 4 * sqrt (n_draws * 0.24));
  g_assert_cmpuint (leyden_pareto_draw (pareto, 0.0), ==, 0);
  g_assert_cmpuint (leyden_pareto_draw (pareto, 1.0 - 1e-16), ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pareto/reduce", test_reduce);
  g_test_add_func ("/pareto/draw", test_draw);
  return g_test_run ();
}
