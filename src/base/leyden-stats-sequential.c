/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-stats-sequential.h"

#include <math.h>

#define BISECTIONS 60

double
leyden_stats_beta_binomial_log (double s,
                                double n,
                                double p0,
                                double a,
                                double b)
{
  double ln = leyden_stats_ln_beta (a + s, b + n - s) - leyden_stats_ln_beta (a, b);

  if (s > 0)
    ln -= s * log (p0);
  if (n - s > 0)
    ln -= (n - s) * log1p (-p0);
  return ln;
}

/* Where the martingale crosses the limit between @inside (below it) and @outside. */
static double
find_crossing (double s,
               double n,
               double limit,
               double a,
               double b,
               double inside,
               double outside)
{
  for (int i = 0; i < BISECTIONS; i++)
    {
      double middle = (inside + outside) / 2;

      if (leyden_stats_beta_binomial_log (s, n, middle, a, b) < limit)
        inside = middle;
      else
        outside = middle;
    }
  return (inside + outside) / 2;
}

void
leyden_stats_beta_binomial_cs (guint64         s,
                               guint64         n,
                               double          alpha,
                               double          a,
                               double          b,
                               LeydenInterval *out)
{
  double hits = (double) s;
  double count = (double) n;
  double limit = -log (alpha);

  g_return_if_fail (out != NULL);

  *out = (LeydenInterval) { n > 0 ? hits / count : NAN, 0, 1 };
  if (s > 0)
    out->low = find_crossing (hits, count, limit, a, b, out->estimate, 0);
  if (s < n)
    out->high = find_crossing (hits, count, limit, a, b, out->estimate, 1);
}

void
leyden_bernstein_init (LeydenBernstein *self,
                       double           alpha,
                       double           c)
{
  g_return_if_fail (self != NULL);

  *self = (LeydenBernstein) {
    .current = { NAN, 0, 1 }, .running = { NAN, 0, 1 },
    .level = log (2 / alpha), .cap = c, .mu = 0.5, .variance = 0.25,
  };
}

void
leyden_bernstein_add (LeydenBernstein *self,
                      double           x)
{
  double t;
  double bet;
  double half;

  g_return_if_fail (self != NULL);

  t = ++self->n;
  bet = MIN (sqrt (2 * self->level / (self->variance * t * log1p (t))), self->cap);
  self->bets += bet;
  self->winnings += bet * x;
  self->penalty += 4 * (x - self->mu) * (x - self->mu) * (-log1p (-bet) - bet) / 4;
  half = (self->level + self->penalty) / self->bets;
  self->current.estimate = self->running.estimate = self->winnings / self->bets;
  self->current.low = MAX (0, self->current.estimate - half);
  self->current.high = MIN (1, self->current.estimate + half);
  self->running.low = MAX (self->running.low, self->current.low);
  self->running.high = MIN (self->running.high, self->current.high);

  self->sum += x;
  self->mu = (0.5 + self->sum) / (t + 1);
  self->squares += (x - self->mu) * (x - self->mu);
  self->variance = (0.25 + self->squares) / (t + 1);
}

double
leyden_bernstein_log_evidence (const LeydenBernstein *self,
                               double                 mean)
{
  g_return_val_if_fail (self != NULL, 0);

  return fabs (self->winnings - self->bets * mean) - self->penalty;
}

void
leyden_stats_empirical_bernstein (const double   *x,
                                  gsize           n,
                                  double          alpha,
                                  double          c,
                                  LeydenInterval *out,
                                  LeydenInterval *running)
{
  LeydenBernstein sequence;

  g_return_if_fail (out != NULL);

  leyden_bernstein_init (&sequence, alpha, c);
  for (gsize i = 0; i < n; i++)
    leyden_bernstein_add (&sequence, x[i]);
  *out = sequence.current;
  if (running != NULL)
    *running = sequence.running;
}

double
leyden_stats_msprt (double n,
                    double mean,
                    double variance,
                    double tau2,
                    double theta0)
{
  double both = variance + n * tau2;
  double away = mean - theta0;

  return sqrt (variance / both) * exp (n * n * tau2 * away * away / (2 * variance * both));
}

void
leyden_stats_msprt_interval (double          n,
                             double          mean,
                             double          variance,
                             double          tau2,
                             double          alpha,
                             LeydenInterval *out)
{
  double both = variance + n * tau2;
  double half = sqrt (2 * variance * both / (n * n * tau2) * (-log (alpha) + log (both / variance) / 2));

  g_return_if_fail (out != NULL);

  *out = (LeydenInterval) { mean, mean - half, mean + half };
}

void
leyden_stats_asymptotic_cs (double          n,
                            double          mean,
                            double          sd,
                            double          rho2,
                            double          alpha,
                            LeydenInterval *out)
{
  double half = sd * sqrt (2 * (n * rho2 + 1) / (n * n * rho2) * log (sqrt (n * rho2 + 1) / alpha));

  g_return_if_fail (out != NULL);

  *out = (LeydenInterval) { mean, mean - half, mean + half };
}

double
leyden_stats_rho2_tightest_at (double n,
                               double alpha)
{
  double l = -2 * log (alpha);

  return (l + log (l) + 1) / n;
}

double
leyden_stats_sprt (guint64  k,
                   guint64  n,
                   double   p0,
                   double   p1,
                   double   alpha,
                   double   beta,
                   double  *lower,
                   double  *upper)
{
  if (lower != NULL)
    *lower = log (beta / (1 - alpha));
  if (upper != NULL)
    *upper = log ((1 - beta) / alpha);
  return (double) k * log (p1 / p0) + ((double) n - (double) k) * log ((1 - p1) / (1 - p0));
}

static double
z_both (double alpha)
{
  return -leyden_stats_normal_quantile (alpha / 2);
}

double
leyden_stats_n_two_proportions (double p1,
                                double p2,
                                double alpha,
                                double power)
{
  double mean = (p1 + p2) / 2;
  double root = z_both (alpha) * sqrt (2 * mean * (1 - mean))
                + leyden_stats_normal_quantile (power) * sqrt (p1 * (1 - p1) + p2 * (1 - p2));

  return pow (root / (p1 - p2), 2);
}

double
leyden_stats_n_two_means (double delta,
                          double sd,
                          double alpha,
                          double power)
{
  return 2 * leyden_stats_n_paired_mean (delta, sd, alpha, power);
}

double
leyden_stats_n_paired_mean (double delta,
                            double sd_difference,
                            double alpha,
                            double power)
{
  return pow ((z_both (alpha) + leyden_stats_normal_quantile (power)) * sd_difference / delta, 2);
}

double
leyden_stats_n_mcnemar (double p10,
                        double p01,
                        double alpha,
                        double power)
{
  double discordant = p10 + p01;
  double d = p10 - p01;

  return pow ((z_both (alpha) * sqrt (discordant) + leyden_stats_normal_quantile (power) * sqrt (discordant - d * d)) / d, 2);
}

double
leyden_stats_detectable (double p1,
                         double n,
                         double alpha,
                         double power)
{
  double low = p1;
  double high = 1;

  if (leyden_stats_n_two_proportions (p1, 1, alpha, power) > n)
    return NAN;
  for (int i = 0; i < BISECTIONS; i++)
    {
      double middle = (low + high) / 2;

      if (leyden_stats_n_two_proportions (p1, middle, alpha, power) > n)
        low = middle;
      else
        high = middle;
    }
  return high - p1;
}
