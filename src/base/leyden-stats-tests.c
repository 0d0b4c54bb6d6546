/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-stats-tests.h"

#include <math.h>
#include <stdlib.h>

#include "leyden-stats.h"

static const LeydenTest undefined = { NAN, NAN, NAN };

LeydenTest
leyden_stats_welch (const double *a,
                    gsize         n_a,
                    const double *b,
                    gsize         n_b)
{
  double v_a;
  double v_b;
  LeydenTest test;

  if (n_a < 2 || n_b < 2)
    return undefined;
  v_a = pow (leyden_stats_sd (a, n_a), 2) / (double) n_a;
  v_b = pow (leyden_stats_sd (b, n_b), 2) / (double) n_b;
  if (v_a + v_b == 0)
    return undefined;
  test.statistic = (leyden_stats_mean (a, n_a) - leyden_stats_mean (b, n_b)) / sqrt (v_a + v_b);
  test.df = (v_a + v_b) * (v_a + v_b) / (v_a * v_a / (double) (n_a - 1) + v_b * v_b / (double) (n_b - 1));
  test.p = leyden_stats_t_two_sided_p (test.statistic, test.df);
  return test;
}

LeydenTest
leyden_stats_paired_t (const double *a,
                       const double *b,
                       gsize         n)
{
  g_autofree double *d = g_new (double, n);
  LeydenTest test = undefined;
  double sd;

  for (gsize i = 0; i < n; i++)
    d[i] = a[i] - b[i];
  sd = leyden_stats_sd (d, n);
  if (!(sd > 0))
    return test;
  test.statistic = leyden_stats_mean (d, n) / (sd / sqrt ((double) n));
  test.df = (double) (n - 1);
  test.p = leyden_stats_t_two_sided_p (test.statistic, test.df);
  return test;
}

double
leyden_stats_sign_flip (const double *d,
                        gsize         n)
{
  double observed = fabs (leyden_stats_sum (d, n));
  guint count = 0;

  if (n > 20)
    return NAN;
  for (guint flips = 0; flips < 1u << n; flips++)
    {
      double sum = 0;

      for (gsize i = 0; i < n; i++)
        sum += flips >> i & 1 ? -d[i] : d[i];
      count += fabs (sum) >= observed - 1e-12;
    }
  return count / (double) (1u << n);
}

static double
binomial_probability (double k,
                      double n,
                      double p)
{
  double ln = leyden_stats_ln_choose (n, k);

  if (k > 0)
    ln += k * log (p);
  if (n - k > 0)
    ln += (n - k) * log1p (-p);
  return exp (ln);
}

double
leyden_stats_mcnemar (guint64  b,
                      guint64  c,
                      double  *mid_p)
{
  guint64 least = MIN (b, c);
  double n = (double) (b + c);
  double at = binomial_probability ((double) least, n, 0.5);
  double below;

  /* P(Bin(n, ½) ≤ k) is I(n − k, k + 1) at ½, which does not tire of large counts. */
  below = b + c == 0 ? 1 : leyden_stats_ibeta (n - (double) least, (double) least + 1, 0.5);
  if (mid_p != NULL)
    *mid_p = MIN (1, 2 * below - at);
  return MIN (1, 2 * below);
}

double
leyden_stats_binomial (guint64 k,
                       guint64 n,
                       double  p)
{
  double limit = binomial_probability ((double) k, (double) n, p) * (1 + 1e-7);
  double sum = 0;

  for (guint64 i = 0; i <= n; i++)
    {
      double probability = binomial_probability ((double) i, (double) n, p);

      if (probability <= limit)
        sum += probability;
    }
  return MIN (1, sum);
}

LeydenTest
leyden_stats_two_proportions (guint64 k1,
                              guint64 n1,
                              guint64 k2,
                              guint64 n2)
{
  double pooled = (double) (k1 + k2) / (double) (n1 + n2);
  double variance = pooled * (1 - pooled) * (1 / (double) n1 + 1 / (double) n2);
  LeydenTest test = undefined;

  if (!(variance > 0))
    return test;
  test.statistic = ((double) k1 / (double) n1 - (double) k2 / (double) n2) / sqrt (variance);
  test.p = erfc (fabs (test.statistic) * M_SQRT1_2);
  return test;
}

double
leyden_stats_fisher (guint64 a,
                     guint64 b,
                     guint64 c,
                     guint64 d)
{
  double row = (double) (a + b);
  double column = (double) (a + c);
  double n = (double) (a + b + c + d);
  double all = leyden_stats_ln_choose (n, column);
  double limit = 0;
  double sum = 0;
  guint64 low = a > d ? a - d : 0;
  guint64 high = MIN (a + b, a + c);

  limit = exp (leyden_stats_ln_choose (row, (double) a) + leyden_stats_ln_choose (n - row, column - (double) a) - all)
          * (1 + 1e-7);
  for (guint64 i = low; i <= high; i++)
    {
      double p = exp (leyden_stats_ln_choose (row, (double) i) + leyden_stats_ln_choose (n - row, column - (double) i) - all);

      if (p <= limit)
        sum += p;
    }
  return MIN (1, sum);
}

typedef struct
{
  double value;
  gsize  place;
} Ranked;

static int
compare_ranked (gconstpointer a,
                gconstpointer b)
{
  const Ranked *x = a;
  const Ranked *y = b;

  if (x->value != y->value)
    return x->value < y->value ? -1 : 1;
  return (x->place > y->place) - (x->place < y->place);
}

/* Values in ascending order with their places. (transfer full) */
static Ranked *
sort_ranked (const double *x,
             gsize         n)
{
  Ranked *ranked = g_new (Ranked, n);

  for (gsize i = 0; i < n; i++)
    ranked[i] = (Ranked) { x[i], i };
  if (n > 0)
    qsort (ranked, n, sizeof *ranked, compare_ranked);
  return ranked;
}

/* P(W ≤ w) of the sum of a random set of the ranks 1…n. */
static double
signed_rank_cdf (gsize n,
                 gsize w)
{
  gsize most = n * (n + 1) / 2;
  g_autofree double *p = g_new0 (double, most + 1);
  double sum = 0;

  p[0] = 1;
  for (gsize rank = 1; rank <= n; rank++)
    for (gsize s = rank * (rank + 1) / 2 + 1; s-- > 0;)
      p[s] = (p[s] + (s >= rank ? p[s - rank] : 0)) / 2;
  for (gsize s = 0; s <= MIN (w, most); s++)
    sum += p[s];
  return sum;
}

LeydenTest
leyden_stats_wilcoxon (const double *d,
                       gsize         n)
{
  g_autofree double *sizes = NULL;
  g_autofree Ranked *ranked = NULL;
  LeydenTest test = undefined;
  gsize positive = 0;
  gsize negative;

  if (n > 200)
    return test;
  sizes = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    sizes[i] = fabs (d[i]);
  ranked = sort_ranked (sizes, n);
  for (gsize i = 0; i < n; i++)
    {
      if (ranked[i].value == 0 || (i > 0 && ranked[i].value == ranked[i - 1].value))
        return test;
      if (d[ranked[i].place] > 0)
        positive += i + 1;
    }
  negative = n * (n + 1) / 2 - positive;
  test.statistic = (double) positive;
  test.p = MIN (1, 2 * signed_rank_cdf (n, MIN (positive, negative)));
  return test;
}

LeydenTest
leyden_stats_mann_whitney (const double *a,
                           gsize         n_a,
                           const double *b,
                           gsize         n_b)
{
  gsize n = n_a + n_b;
  double count = (double) n;
  double product = (double) n_a * (double) n_b;
  g_autofree double *all = g_new (double, n);
  g_autofree Ranked *ranked = NULL;
  double ranks = 0;
  double ties = 0;
  double variance;
  LeydenTest test = undefined;

  for (gsize i = 0; i < n; i++)
    all[i] = i < n_a ? a[i] : b[i - n_a];
  ranked = sort_ranked (all, n);
  for (gsize i = 0, j; i < n; i = j)
    {
      double length;

      for (j = i; j < n && ranked[j].value == ranked[i].value; j++)
        ;
      length = (double) (j - i);
      ties += length * length * length - length;
      for (gsize k = i; k < j; k++)
        if (ranked[k].place < n_a)
          ranks += (double) (i + j + 1) / 2;
    }
  variance = product / 12 * (count + 1 - ties / (count * (count - 1)));
  test.statistic = ranks - (double) n_a * ((double) n_a + 1) / 2;
  if (variance > 0)
    test.p = MIN (1, erfc ((fabs (test.statistic - product / 2) - 0.5) / sqrt (variance) * M_SQRT1_2));
  return test;
}

void
leyden_stats_holm (const double *p,
                   gsize         n,
                   double       *out)
{
  g_autofree Ranked *ranked = sort_ranked (p, n);
  double largest = 0;

  for (gsize i = 0; i < n; i++)
    {
      largest = MAX (largest, (double) (n - i) * ranked[i].value);
      out[ranked[i].place] = MIN (1, largest);
    }
}

static void
step_up (const double *p,
         gsize         n,
         double        scale,
         double       *out)
{
  g_autofree Ranked *ranked = sort_ranked (p, n);
  double least = 1;

  for (gsize i = n; i-- > 0;)
    {
      least = MIN (least, scale * ranked[i].value / (double) (i + 1));
      out[ranked[i].place] = least;
    }
}

void
leyden_stats_benjamini_hochberg (const double *p,
                                 gsize         n,
                                 double       *out)
{
  step_up (p, n, (double) n, out);
}

void
leyden_stats_benjamini_yekutieli (const double *p,
                                  gsize         n,
                                  double       *out)
{
  double harmonic = 0;

  for (gsize i = 1; i <= n; i++)
    harmonic += 1 / (double) i;
  step_up (p, n, (double) n * harmonic, out);
}

double
leyden_stats_cohen_d (const double *a,
                      gsize         n_a,
                      const double *b,
                      gsize         n_b,
                      double       *g)
{
  double df = (double) n_a + (double) n_b - 2;
  double v_a = pow (leyden_stats_sd (a, n_a), 2);
  double v_b = pow (leyden_stats_sd (b, n_b), 2);
  double pooled = sqrt ((v_a * ((double) n_a - 1) + v_b * ((double) n_b - 1)) / df);
  double d = (leyden_stats_mean (a, n_a) - leyden_stats_mean (b, n_b)) / pooled;

  if (g != NULL)
    *g = d * (1 - 3 / (4 * df - 1));
  return d;
}

double
leyden_stats_cohen_h (double p1,
                      double p2)
{
  return 2 * asin (sqrt (p1)) - 2 * asin (sqrt (p2));
}
