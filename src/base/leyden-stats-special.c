/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-stats.h"

#include <float.h>
#include <math.h>

/* Natural logarithm of the gamma function; thread-safe, unlike lgamma. */
static double
ln_gamma (double x)
{
  int sign;

  return lgamma_r (x, &sign);
}

/**
 * leyden_stats_ln_beta:
 *
 * ln B(@a, @b), for positive arguments.
 */
double
leyden_stats_ln_beta (double a,
                      double b)
{
  return ln_gamma (a) + ln_gamma (b) - ln_gamma (a + b);
}

/**
 * leyden_stats_ln_choose:
 *
 * ln of the number of ways to choose @k of @n; −∞ where there is none.
 */
double
leyden_stats_ln_choose (double n,
                        double k)
{
  if (k < 0 || k > n)
    return -INFINITY;
  return ln_gamma (n + 1) - ln_gamma (k + 1) - ln_gamma (n - k + 1);
}

/**
 * leyden_stats_normal_cdf:
 *
 * Φ(@z) of the standard normal distribution.
 */
double
leyden_stats_normal_cdf (double z)
{
  return 0.5 * erfc (-z * M_SQRT1_2);
}

/**
 * leyden_stats_normal_quantile:
 * @p: probability; 0 gives −∞, 1 gives ∞, outside NaN
 *
 * z with Φ(z) = @p. A first value (Abramowitz and Stegun, 26.2.23) and Halley steps on the tail, so that small
 * probabilities keep their digits.
 */
double
leyden_stats_normal_quantile (double p)
{
  double tail = MIN (p, 1 - p);
  double t;
  double z;

  if (!(p >= 0 && p <= 1))
    return NAN;
  if (tail == 0)
    return p == 0 ? -INFINITY : INFINITY;
  if (p == 0.5)
    return 0;

  t = sqrt (-2 * log (tail));
  z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int i = 0; i < 4; i++)
    {
      double u = (0.5 * erfc (z * M_SQRT1_2) - tail) * sqrt (2 * M_PI) * exp (z * z / 2);

      z += u / (1 - z * u / 2);
    }
  return p < 0.5 ? -z : z;
}

/* The continued fraction of DLMF 8.17.22 by the modified method of Lentz. */
static double
beta_fraction (double a,
               double b,
               double x)
{
  const double tiny = 1e-300;
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  double h;

  d = 1 / (fabs (d) < tiny ? tiny : d);
  h = d;
  for (int m = 1; m < 100000; m++)
    {
      double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      double delta;

      d = 1 + even * d;
      c = 1 + even / c;
      d = 1 / (fabs (d) < tiny ? tiny : d);
      c = fabs (c) < tiny ? tiny : c;
      h *= d * c;
      d = 1 + odd * d;
      c = 1 + odd / c;
      d = 1 / (fabs (d) < tiny ? tiny : d);
      c = fabs (c) < tiny ? tiny : c;
      delta = d * c;
      h *= delta;
      if (fabs (delta - 1) < DBL_EPSILON)
        break;
    }
  return h;
}

/**
 * leyden_stats_ibeta:
 *
 * The regularised incomplete beta function I_x(@a, @b), for positive @a and @b; @x is clamped to 0…1.
 */
double
leyden_stats_ibeta (double a,
                    double b,
                    double x)
{
  double front;

  if (!(a > 0 && b > 0) || isnan (x))
    return NAN;
  if (x <= 0)
    return 0;
  if (x >= 1)
    return 1;

  front = exp (a * log (x) + b * log1p (-x) - leyden_stats_ln_beta (a, b));
  if (x < (a + 1) / (a + b + 2))
    return front * beta_fraction (a, b, x) / a;
  return 1 - front * beta_fraction (b, a, 1 - x) / b;
}

/**
 * leyden_stats_ibeta_inv:
 * @p: 0…1
 *
 * x with I_x(@a, @b) = @p, by Newton steps guarded by bisection.
 */
double
leyden_stats_ibeta_inv (double a,
                        double b,
                        double p)
{
  double low = 0;
  double high = 1;
  double x = a / (a + b);
  double ln_beta = leyden_stats_ln_beta (a, b);

  if (!(a > 0 && b > 0 && p >= 0 && p <= 1))
    return NAN;
  if (p == 0 || p == 1)
    return p;

  for (int i = 0; i < 200 && high - low > DBL_MIN; i++)
    {
      double excess = leyden_stats_ibeta (a, b, x) - p;
      double density = exp ((a - 1) * log (x) + (b - 1) * log1p (-x) - ln_beta);
      double next;

      if (excess == 0)
        return x;
      if (excess > 0)
        high = x;
      else
        low = x;
      next = x - excess / density;
      /* Far out the step may run away; where x is tiny, halving its logarithm finds it in few steps. */
      if (!(next > low && next < high))
        next = low == 0 && i > 60 ? high * 1e-3 : low + (high - low) / 2;
      if (fabs (next - x) <= 0x1p-53 * x)
        return next;
      x = next;
    }
  return x;
}

/**
 * leyden_stats_t_two_sided_p:
 *
 * Probability that Student's t with @df degrees of freedom is at least as far from 0 as @t.
 */
double
leyden_stats_t_two_sided_p (double t,
                            double df)
{
  return leyden_stats_ibeta (df / 2, 0.5, df / (df + t * t));
}

/**
 * leyden_stats_t_quantile:
 *
 * t with P(T ≤ t) = @p for Student's distribution of @df degrees of freedom (any positive number).
 */
double
leyden_stats_t_quantile (double p,
                         double df)
{
  double both_tails = 2 * MIN (p, 1 - p);
  double t;

  if (!(p >= 0 && p <= 1 && df > 0))
    return NAN;
  if (both_tails == 0)
    return p == 0 ? -INFINITY : INFINITY;

  /* x = df ÷ (df + t²); near the middle its complement keeps more digits. */
  if (both_tails < 0.5)
    {
      double x = leyden_stats_ibeta_inv (df / 2, 0.5, both_tails);

      t = sqrt (df * (1 - x) / x);
    }
  else
    {
      double y = leyden_stats_ibeta_inv (0.5, df / 2, 1 - both_tails);

      t = sqrt (df * y / (1 - y));
    }
  return p < 0.5 ? -t : t;
}
