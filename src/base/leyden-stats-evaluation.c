/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-stats-evaluation.h"

#include <math.h>

#include "leyden-stats.h"

void
leyden_stats_off_policy (const LeydenOffPolicyRow *rows,
                         gsize                     n,
                         double                    clip,
                         LeydenOffPolicy          *out)
{
  g_autofree double *w = g_new (double, n);
  g_autofree double *squares = g_new (double, n);
  g_autofree double *weighted = g_new (double, n);
  g_autofree double *clipped = g_new (double, n);
  g_autofree double *direct = g_new (double, n);
  g_autofree double *robust = g_new (double, n);
  g_autofree double *residual = g_new (double, n);
  double count = (double) n;
  double sum;

  g_return_if_fail (out != NULL);

  for (gsize i = 0; i < n; i++)
    {
      w[i] = rows[i].target / rows[i].logged;
      squares[i] = w[i] * w[i];
      weighted[i] = w[i] * rows[i].reward;
      clipped[i] = MIN (w[i], clip) * rows[i].reward;
      direct[i] = rows[i].value;
      robust[i] = rows[i].value + w[i] * (rows[i].reward - rows[i].predicted);
    }
  sum = leyden_stats_sum (w, n);
  out->ips = leyden_stats_mean (weighted, n);
  out->ips_se = leyden_stats_sd (weighted, n) / sqrt (count);
  out->snips = leyden_stats_sum (weighted, n) / sum;
  for (gsize i = 0; i < n; i++)
    residual[i] = squares[i] * pow (rows[i].reward - out->snips, 2);
  out->snips_se = sqrt (leyden_stats_sum (residual, n)) / sum;
  out->clipped = leyden_stats_mean (clipped, n);
  out->dm = leyden_stats_mean (direct, n);
  out->dr = leyden_stats_mean (robust, n);
  out->dr_se = leyden_stats_sd (robust, n) / sqrt (count);
  out->ess = sum * sum / leyden_stats_sum (squares, n);
  out->w_mean = sum / count;
}

gboolean
leyden_stats_off_policy_is_weak (const LeydenOffPolicy *estimates,
                                 gsize                  n)
{
  g_return_val_if_fail (estimates != NULL, TRUE);

  return !(estimates->ess >= 30 && estimates->ess / (double) n >= 0.1
           && estimates->w_mean >= 0.8 && estimates->w_mean <= 1.2);
}

/* C(m, k) ÷ C(n, k) */
static double
choose_ratio (guint m,
              guint n,
              guint k)
{
  double ratio = 1;

  if (k > n)
    return NAN;
  if (m < k)
    return 0;
  for (guint i = 0; i < k; i++)
    ratio *= (double) (m - i) / (double) (n - i);
  return ratio;
}

double
leyden_stats_pass_at_k (guint n,
                        guint c,
                        guint k)
{
  g_return_val_if_fail (c <= n, NAN);

  return 1 - choose_ratio (n - c, n, k);
}

double
leyden_stats_pass_hat_k (guint n,
                         guint c,
                         guint k)
{
  g_return_val_if_fail (c <= n, NAN);

  return choose_ratio (c, n, k);
}

double
leyden_stats_elo_update (double *ra,
                         double *rb,
                         double  score_a,
                         double  k)
{
  double expected = 1 / (1 + pow (10, (*rb - *ra) / 400));

  *ra += k * (score_a - expected);
  *rb -= k * (score_a - expected);
  return expected;
}

/* Whether wins lead from player 0 to all others, forwards or, with @backwards, against their direction. */
static gboolean
reaches_all (const double *wins,
             guint         n,
             gboolean      backwards)
{
  g_autofree gboolean *seen = g_new0 (gboolean, n);
  g_autofree guint *stack = g_new (guint, n);
  guint n_stack = 0;
  guint n_seen = 1;

  seen[0] = TRUE;
  stack[n_stack++] = 0;
  while (n_stack > 0)
    {
      guint i = stack[--n_stack];

      for (guint j = 0; j < n; j++)
        if (!seen[j] && (backwards ? wins[j * n + i] : wins[i * n + j]) > 0)
          {
            seen[j] = TRUE;
            stack[n_stack++] = j;
            n_seen++;
          }
    }
  return n_seen == n;
}

static void
normalize_strengths (double *p,
                     guint   n)
{
  double ln = 0;

  for (guint i = 0; i < n; i++)
    ln += log (p[i]);
  for (guint i = 0; i < n; i++)
    p[i] /= exp (ln / n);
}

/* One round of p_i ← W_i ÷ Σ n_ij ÷ (p_i + p_j); the largest relative change. */
static double
improve_strengths (const double *wins,
                   guint         n,
                   double        padding,
                   double       *p,
                   double       *next)
{
  double change = 0;

  for (guint i = 0; i < n; i++)
    {
      double won = 0;
      double played = 0;

      for (guint j = 0; j < n; j++)
        if (j != i)
          {
            won += wins[i * n + j] + padding;
            played += (wins[i * n + j] + wins[j * n + i] + 2 * padding) / (p[i] + p[j]);
          }
      next[i] = won / played;
    }
  normalize_strengths (next, n);
  for (guint i = 0; i < n; i++)
    {
      change = MAX (change, fabs (next[i] / p[i] - 1));
      p[i] = next[i];
    }
  return change;
}

void
leyden_stats_bradley_terry (const double *wins,
                            guint         n,
                            double       *ratings,
                            gboolean     *padded)
{
  g_autofree double *p = g_new (double, n);
  g_autofree double *next = g_new (double, n);
  gboolean pad = n > 1 && !(reaches_all (wins, n, FALSE) && reaches_all (wins, n, TRUE));

  if (padded != NULL)
    *padded = pad;
  for (guint i = 0; i < n; i++)
    p[i] = 1;
  if (n > 1)
    for (guint round = 0; round < 100000; round++)
      if (improve_strengths (wins, n, pad ? 0.1 : 0, p, next) < 1e-13)
        break;
  for (guint i = 0; i < n; i++)
    ratings[i] = 1500 + 400 * log10 (p[i]);
}

double
leyden_stats_cohen_kappa (const double *m,
                          guint         n,
                          double       *observed,
                          double       *expected)
{
  double total = leyden_stats_sum (m, (gsize) n * n);
  double po = 0;
  double pe = 0;

  for (guint i = 0; i < n; i++)
    {
      double row = 0;
      double column = 0;

      for (guint j = 0; j < n; j++)
        {
          row += m[i * n + j];
          column += m[j * n + i];
        }
      po += m[i * n + i] / total;
      pe += row / total * (column / total);
    }
  if (observed != NULL)
    *observed = po;
  if (expected != NULL)
    *expected = pe;
  return (po - pe) / (1 - pe);
}

double
leyden_stats_brier (const double *p,
                    const double *y,
                    gsize         n)
{
  g_autofree double *squares = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    squares[i] = (p[i] - y[i]) * (p[i] - y[i]);
  return leyden_stats_mean (squares, n);
}

double
leyden_stats_ece10 (const double *p,
                    const double *y,
                    gsize         n)
{
  double away[10] = { 0 };
  double error = 0;

  for (gsize i = 0; i < n; i++)
    away[(gsize) CLAMP (floor (p[i] * 10), 0, 9)] += p[i] - y[i];
  for (guint bin = 0; bin < 10; bin++)
    error += fabs (away[bin]) / (double) n;
  return error;
}
