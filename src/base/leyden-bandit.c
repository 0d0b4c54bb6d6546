/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-bandit.h"

#include <math.h>

#include "leyden-stats.h"

#define MAX_LOGIT 10

double
leyden_bandit_ucb1 (double successes,
                    double n,
                    double t)
{
  return n > 0 ? successes / n + sqrt (2 * log (t) / n) : INFINITY;
}

/* Divergence of two Bernoulli distributions. */
static double
bernoulli_kl (double p,
              double q)
{
  double kl = 0;

  if (p > 0)
    kl += p * log (p / q);
  if (p < 1)
    kl += (1 - p) * log ((1 - p) / (1 - q));
  return kl;
}

double
leyden_bandit_kl_ucb (double successes,
                      double n,
                      double t)
{
  double mean = successes / n;
  double low = mean;
  double high = 1;

  if (!(n > 0))
    return INFINITY;
  for (int i = 0; i < 60; i++)
    {
      double middle = (low + high) / 2;

      if (n * bernoulli_kl (mean, middle) <= log (t))
        low = middle;
      else
        high = middle;
    }
  return low;
}

guint
leyden_bandit_thompson (const LeydenArm *arms,
                        const double    *costs,
                        guint            n_arms,
                        double           a,
                        double           b,
                        LeydenRandom    *random,
                        double          *theta)
{
  guint pick = 0;
  double best = -INFINITY;

  for (guint i = 0; i < n_arms; i++)
    {
      double draw = leyden_stats_ibeta_inv (a + arms[i].successes, b + arms[i].n - arms[i].successes,
                                            leyden_random_u01 (random));
      double net = draw - (costs != NULL ? costs[i] : 0);

      if (theta != NULL)
        theta[i] = draw;
      if (net > best)
        {
          best = net;
          pick = i;
        }
    }
  return pick;
}

void
leyden_bandit_thompson_shares (const LeydenArm *arms,
                               const double    *costs,
                               guint            n_arms,
                               double           a,
                               double           b,
                               LeydenRandom    *random,
                               guint            n_draws,
                               double          *shares)
{
  for (guint i = 0; i < n_arms; i++)
    shares[i] = 0;
  for (guint i = 0; i < n_draws && n_arms > 0; i++)
    shares[leyden_bandit_thompson (arms, costs, n_arms, a, b, random, NULL)] += 1.0 / n_draws;
}

GArray *
leyden_bandit_halving_schedule (guint n_arms,
                                guint budget)
{
  GArray *rounds = g_array_new (FALSE, FALSE, sizeof (LeydenHalvingRound));
  guint n_rounds = n_arms > 1 ? g_bit_storage (n_arms - 1) : 0;

  for (guint left = n_arms; left > 1; left = (left + 1) / 2)
    {
      LeydenHalvingRound round = { left, (double) (budget / ((guint64) left * n_rounds)) };

      g_array_append_val (rounds, round);
    }
  return rounds;
}

GPtrArray *
leyden_bandit_hyperband (guint most_items,
                         guint eta)
{
  GPtrArray *brackets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  guint most_halvings = 0;

  if (eta < 2 || most_items < 1)
    return brackets;

  for (guint64 power = eta; power <= most_items; power *= eta)
    most_halvings++;
  for (guint s = most_halvings + 1; s-- > 0;)
    {
      GArray *rounds = g_array_new (FALSE, FALSE, sizeof (LeydenHalvingRound));
      guint64 power = 1;
      guint64 arms;
      guint64 scale = 1;

      for (guint i = 0; i < s; i++)
        power *= eta;
      arms = ((most_halvings + 1) * power + s) / (s + 1);
      for (guint i = 0; i <= s; i++, scale *= eta)
        {
          LeydenHalvingRound round = { (guint) (arms / scale), most_items / (double) power * (double) scale };

          g_array_append_val (rounds, round);
        }
      g_ptr_array_add (brackets, rounds);
    }
  return brackets;
}

void
leyden_policy_advantages (const double *rewards,
                          gsize         n,
                          gboolean      normalize,
                          double        epsilon,
                          double       *out)
{
  double mean = leyden_stats_mean (rewards, n);
  double scale = normalize && n > 1 ? leyden_stats_sd (rewards, n) + epsilon : 1;

  for (gsize i = 0; i < n; i++)
    out[i] = n > 1 ? (rewards[i] - mean) / scale : 0;
}

void
leyden_policy_softmax (const double *logits,
                       gsize         n,
                       double       *out)
{
  double largest = -INFINITY;
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, logits[i]);
  for (gsize i = 0; i < n; i++)
    sum += out[i] = exp (logits[i] - largest);
  for (gsize i = 0; i < n; i++)
    out[i] /= sum;
}

void
leyden_policy_step (double                 *logits,
                    const double           *reference,
                    gsize                   n,
                    const guint            *choices,
                    const double           *advantages,
                    gsize                   group,
                    const LeydenPolicyStep *step,
                    double                 *gradient)
{
  g_autofree double *p = g_new (double, n);
  g_autofree double *q = g_new (double, n);
  g_autofree double *ln_ratio = g_new (double, n);
  g_autofree double *ln_p = g_new (double, n);
  double divergence = 0;
  double entropy = 0;

  leyden_policy_softmax (logits, n, p);
  leyden_policy_softmax (reference, n, q);
  for (gsize k = 0; k < n; k++)
    {
      ln_ratio[k] = p[k] > 0 ? log (p[k] / q[k]) : 0;
      ln_p[k] = p[k] > 0 ? log (p[k]) : 0;
      divergence += p[k] * ln_ratio[k];
      entropy -= p[k] * ln_p[k];
    }
  for (gsize k = 0; k < n; k++)
    {
      double slope = 0;

      for (gsize i = 0; i < group; i++)
        slope += advantages[i] * ((choices[i] == k) - p[k]);
      slope = (group > 0 ? slope / (double) group : 0) - step->kl * p[k] * (ln_ratio[k] - divergence)
              - step->entropy * p[k] * (ln_p[k] + entropy);
      logits[k] = CLAMP (logits[k] + step->learning_rate * slope, -MAX_LOGIT, MAX_LOGIT);
      if (gradient != NULL)
        gradient[k] = slope;
    }
}
