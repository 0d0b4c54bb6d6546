/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-verdict.h"

#include <math.h>

#include "leyden-stats-sequential.h"

/* Of the level of a pair sequence this part asks who wins discordant pairs (alone it decides), the rest how many there are. */
#define SHARE_OF_LEVEL 0.8
#define LARGEST_BET 0.5

static const LeydenInterval anything = { NAN, 0, 1 };

/* Both hold at all times, so their common part does. An empty one (the world changed meanwhile) becomes its nearest point. */
static void
intersect (LeydenInterval       *running,
           const LeydenInterval *now)
{
  running->estimate = now->estimate;
  if (now->low > running->high)
    running->low = running->high;
  else if (now->high < running->low)
    running->high = running->low;
  else
    {
      running->low = MAX (running->low, now->low);
      running->high = MIN (running->high, now->high);
    }
}

void
leyden_pair_sequence_init (LeydenPairSequence *self,
                           gboolean            binary,
                           double              alpha)
{
  g_return_if_fail (self != NULL && alpha > 0 && alpha < 1);

  *self = (LeydenPairSequence) { .binary = binary, .alpha = alpha, .share = anything, .discordant = anything };
  leyden_bernstein_init (&self->bernstein, alpha, LARGEST_BET);
}

static void
add_binary_pair (LeydenPairSequence *self,
                 double              baseline,
                 double              candidate)
{
  LeydenInterval now;
  guint64 discordant;

  if ((baseline != 0 && baseline != 1) || (candidate != 0 && candidate != 1))
    {
      self->broken = TRUE;
      return;
    }
  self->won += candidate > baseline;
  self->lost += candidate < baseline;
  discordant = self->won + self->lost;
  leyden_stats_beta_binomial_cs (discordant, self->n, self->alpha * (1 - SHARE_OF_LEVEL), 1, 1, &now);
  intersect (&self->discordant, &now);
  if (candidate == baseline)
    return;
  leyden_stats_beta_binomial_cs (self->won, discordant, self->alpha * SHARE_OF_LEVEL, 1, 1, &now);
  intersect (&self->share, &now);
  self->largest = MAX (self->largest, leyden_stats_beta_binomial_log ((double) self->won, (double) discordant, 0.5, 1, 1));
}

static void
add_real_pair (LeydenPairSequence *self,
               double              baseline,
               double              candidate)
{
  if (!(baseline >= 0 && baseline <= 1 && candidate >= 0 && candidate <= 1))
    {
      self->broken = TRUE;
      return;
    }
  leyden_bernstein_add (&self->bernstein, (candidate - baseline + 1) / 2);
  intersect (&self->share, &self->bernstein.current);
  self->largest = MAX (self->largest, leyden_bernstein_log_evidence (&self->bernstein, 0.5));
}

void
leyden_pair_sequence_add (LeydenPairSequence *self,
                          double              baseline,
                          double              candidate)
{
  double before = isfinite (baseline) ? baseline : 0;
  double after = isfinite (candidate) ? candidate : 0;

  g_return_if_fail (self != NULL);

  self->n++;
  if (self->broken)
    return;
  if (self->binary)
    add_binary_pair (self, before, after);
  else
    add_real_pair (self, before, after);
}

static LeydenInterval
get_binary_difference (const LeydenPairSequence *self)
{
  const LeydenInterval *share = &self->share;
  const LeydenInterval *discordant = &self->discordant;
  double low = 2 * share->low - 1;
  double high = 2 * share->high - 1;

  return (LeydenInterval) {
    ((double) self->won - (double) self->lost) / (double) self->n,
    low * (low > 0 ? discordant->low : discordant->high),
    high * (high < 0 ? discordant->low : discordant->high),
  };
}

/* ln of what the largest martingale must reach at the level p is constant − ln p. */
static double
get_p (const LeydenPairSequence *self)
{
  double constant = self->binary ? -log (SHARE_OF_LEVEL) : log (2);

  return MIN (1, exp (constant - self->largest));
}

void
leyden_pair_sequence_get (const LeydenPairSequence *self,
                          LeydenInterval           *out,
                          double                   *p)
{
  g_return_if_fail (self != NULL && out != NULL);

  if (self->broken)
    *out = (LeydenInterval) { NAN, NAN, NAN };
  else if (self->n == 0)
    *out = (LeydenInterval) { NAN, -1, 1 };
  else if (self->binary)
    *out = get_binary_difference (self);
  else
    *out = (LeydenInterval) { 2 * self->bernstein.sum / self->bernstein.n - 1, 2 * self->share.low - 1, 2 * self->share.high - 1 };
  if (p != NULL)
    *p = self->broken ? 1 : get_p (self);
}

void
leyden_mean_sequence_init (LeydenMeanSequence *self,
                           gboolean            binary,
                           double              alpha)
{
  g_return_if_fail (self != NULL && alpha > 0 && alpha < 1);

  *self = (LeydenMeanSequence) { .binary = binary, .fractions = !binary, .alpha = alpha };
  leyden_bernstein_init (&self->bernstein, alpha, LARGEST_BET);
}

void
leyden_mean_sequence_init_open (LeydenMeanSequence *self,
                                double              alpha)
{
  g_return_if_fail (self != NULL && alpha > 0 && alpha < 1);

  *self = (LeydenMeanSequence) { .alpha = alpha / 2 };
  leyden_bernstein_init (&self->bernstein, alpha / 2, LARGEST_BET);
}

void
leyden_mean_sequence_add (LeydenMeanSequence *self,
                          double              reward)
{
  double value = isfinite (reward) ? reward : 0;
  gboolean whole = value == 0 || value == 1;

  g_return_if_fail (self != NULL);

  self->n++;
  self->hits += value == 1;
  self->fractions = self->fractions || !whole;
  if (self->binary ? !whole : !(value >= 0 && value <= 1))
    self->broken = TRUE;
  if (!self->broken && !self->binary)
    leyden_bernstein_add (&self->bernstein, value);
}

void
leyden_mean_sequence_get (const LeydenMeanSequence *self,
                          LeydenInterval           *out)
{
  g_return_if_fail (self != NULL && out != NULL);

  if (self->broken)
    *out = (LeydenInterval) { NAN, NAN, NAN };
  else if (self->n == 0)
    *out = anything;
  else if (!self->fractions)
    leyden_stats_beta_binomial_cs (self->hits, self->n, self->alpha, 1, 1, out);
  else
    *out = (LeydenInterval) { self->bernstein.sum / self->bernstein.n, self->bernstein.running.low, self->bernstein.running.high };
}
