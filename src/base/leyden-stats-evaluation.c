/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-base"

#include "leyden-stats-evaluation.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-random.h"

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
leyden_stats_off_policy_check (const LeydenOffPolicyRow  *rows,
                               gsize                      n,
                               GError                   **error)
{
  for (gsize i = 0; i < n; i++)
    {
      const char *why = NULL;

      if (!(rows[i].logged > 0 && rows[i].logged <= 1))
        why = _("the probability of the action that was taken was not logged");
      else if (!(rows[i].target >= 0 && rows[i].target <= 1))
        why = _("the probability under the new policy is not between 0 and 1");
      else if (!isfinite (rows[i].reward))
        why = _("the reward is missing");
      if (why == NULL)
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("Row %zu: %s"), i + 1, why);
      return FALSE;
    }
  return TRUE;
}

typedef struct
{
  double sum;
  double n;
} Tally;

static void
tally_add (Tally  *tally,
           double  reward)
{
  tally->sum += reward;
  tally->n++;
}

/* Means of one half of the rows for the rows of the other. */
static void
fit_half (const guint  *context,
          const guint  *action,
          const double *reward,
          gsize         n,
          guint         n_contexts,
          guint         n_actions,
          guint         half,
          double       *q)
{
  g_autofree Tally *cells = g_new0 (Tally, (gsize) n_contexts * n_actions);
  g_autofree Tally *contexts = g_new0 (Tally, n_contexts);
  Tally all = { 0, 0 };

  for (gsize i = half; i < n; i += 2)
    {
      tally_add (&cells[(gsize) context[i] * n_actions + action[i]], reward[i]);
      tally_add (&contexts[context[i]], reward[i]);
      tally_add (&all, reward[i]);
    }
  for (gsize i = 1 - half; i < n; i += 2)
    for (guint k = 0; k < n_actions; k++)
      {
        const Tally *tally = &cells[(gsize) context[i] * n_actions + k];

        if (tally->n == 0)
          tally = contexts[context[i]].n > 0 ? &contexts[context[i]] : &all;
        q[i * n_actions + k] = tally->n > 0 ? tally->sum / tally->n : 0;
      }
}

void
leyden_stats_cross_fit (const guint  *context,
                        const guint  *action,
                        const double *reward,
                        gsize         n,
                        guint         n_contexts,
                        guint         n_actions,
                        double       *q)
{
  for (gsize i = 0; i < n; i++)
    g_return_if_fail (context[i] < n_contexts && action[i] < n_actions);
  fit_half (context, action, reward, n, n_contexts, n_actions, 0, q);
  fit_half (context, action, reward, n, n_contexts, n_actions, 1, q);
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
  if (c > n)
    return NAN;
  return 1 - choose_ratio (n - c, n, k);
}

double
leyden_stats_pass_hat_k (guint n,
                         guint c,
                         guint k)
{
  if (c > n)
    return NAN;
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

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

/* As many games as were played, each drawn from those that were. */
static void
draw_games (const double *wins,
            gsize         n_cells,
            double        total,
            LeydenRandom *random,
            double       *drawn)
{
  for (gsize i = 0; i < n_cells; i++)
    drawn[i] = 0;
  for (guint64 game = 0; game < (guint64) round (total); game++)
    {
      double at = leyden_random_u01 (random) * total;
      gsize cell = 0;

      while (cell + 1 < n_cells && at >= wins[cell])
        at -= wins[cell++];
      drawn[cell]++;
    }
}

void
leyden_stats_bradley_terry_intervals (const double   *wins,
                                      guint           n,
                                      guint           n_resamples,
                                      guint64         seed,
                                      double          confidence,
                                      LeydenInterval *out)
{
  gsize n_cells = (gsize) n * n;
  g_autofree double *drawn = g_new (double, n_cells);
  g_autofree double *ratings = g_new (double, n);
  g_autofree double *all = g_new (double, (gsize) n * n_resamples);
  double total = leyden_stats_sum (wins, n_cells);
  LeydenRandom random;

  leyden_random_init (&random, seed);
  for (guint b = 0; b < n_resamples; b++)
    {
      draw_games (wins, n_cells, total, &random, drawn);
      leyden_stats_bradley_terry (drawn, n, ratings, NULL);
      for (guint i = 0; i < n; i++)
        all[(gsize) i * n_resamples + b] = ratings[i];
    }
  leyden_stats_bradley_terry (wins, n, ratings, NULL);
  for (guint i = 0; i < n; i++)
    {
      double *mine = all + (gsize) i * n_resamples;

      if (n_resamples > 0)
        qsort (mine, n_resamples, sizeof *mine, compare_doubles);
      out[i] = (LeydenInterval) {
        ratings[i],
        leyden_stats_quantile (mine, n_resamples, (1 - confidence) / 2),
        leyden_stats_quantile (mine, n_resamples, (1 + confidence) / 2),
      };
    }
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

gboolean
leyden_stats_judge_is_weak (double kappa,
                            gsize  n_labels)
{
  return !(kappa >= 0.4) || n_labels < 50;
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
    if (isnan (p[i]))
      return NAN;
  for (gsize i = 0; i < n; i++)
    away[(gsize) CLAMP (floor (p[i] * 10), 0, 9)] += p[i] - y[i];
  for (guint bin = 0; bin < 10; bin++)
    error += fabs (away[bin]) / (double) n;
  return error;
}
