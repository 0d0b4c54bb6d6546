/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-training"

#include "leyden-verdict-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#define DEFAULT_POWER 0.8
#define BISECTIONS 60

char *
leyden_verdict_format_number (double      value,
                              int         digits,
                              const char *plus)
{
  char format[] = "%.0f";
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  format[2] = (char) ('0' + digits);
  g_ascii_formatd (text, sizeof text, format, value);
  /* No "-0.00". */
  if (strtod (text, NULL) == 0)
    g_ascii_formatd (text, sizeof text, format, 0);
  return g_strconcat (value > 0 && strpbrk (text, "123456789") != NULL ? plus : "", text, NULL);
}

char *
leyden_verdict_format_items (guint       n,
                             const char *split)
{
  if (g_strcmp0 (split, "test") == 0)
    return g_strdup_printf (ngettext ("%u test item", "%u test items", n), n);
  if (g_strcmp0 (split, "validation") == 0)
    return g_strdup_printf (ngettext ("%u validation item", "%u validation items", n), n);
  if (g_strcmp0 (split, "train") == 0)
    return g_strdup_printf (ngettext ("%u training item", "%u training items", n), n);
  return g_strdup_printf (ngettext ("%u item", "%u items", n), n);
}

/* Independent answers of 0 or 1, right with probability @before and @before + @improvement: how many pairs show it. */
static double
pairs_needed (double before,
              double improvement,
              double alpha,
              double power)
{
  double after = before + improvement;

  return leyden_stats_n_mcnemar (after * (1 - before), before * (1 - after), alpha, power);
}

/* The smallest improvement that n pairs show; NaN when even the largest possible is not enough. */
static double
detectable_of_shares (guint  n,
                      double before,
                      double alpha,
                      double power)
{
  double low = 0;
  double high = 1 - before;
  /* With fewer discordant pairs than this not even the exact test of all won rejects: 2 ÷ 2^k ≤ alpha. */
  double fewest = ceil (1 - log2 (alpha));

  if (n < fewest || !(high > 0) || !(pairs_needed (before, high, alpha, power) <= n))
    return NAN;
  for (int i = 0; i < BISECTIONS; i++)
    {
      double middle = (low + high) / 2;

      if (pairs_needed (before, middle, alpha, power) > n)
        low = middle;
      else
        high = middle;
    }
  return high;
}

static double
detectable_of_means (guint  n,
                     double sd,
                     double alpha,
                     double power)
{
  if (n < ceil (1 - log2 (alpha)))
    return NAN;
  return sqrt (leyden_stats_n_paired_mean (1, sd, alpha, power) / n);
}

static char *
format_plan (guint       n,
             const char *split,
             double      detectable,
             double      power)
{
  g_autofree char *items = leyden_verdict_format_items (n, split);
  g_autofree char *number = NULL;

  if (!isfinite (detectable))
    /* Translators: "4 test items". */
    return g_strdup_printf (_("%s are too few to show an improvement"), items);
  number = leyden_verdict_format_number (detectable, detectable < 0.01 ? 4 : 2, "+");
  /* Translators: "72 test items", the smallest improvement, a probability in per cent. */
  return g_strdup_printf (_("%s show an improvement of %s or more with a probability of %.0f %%"), items, number, power * 100);
}

LeydenValue *
leyden_verdict_plan (guint       n_items,
                     const char *split,
                     double      baseline_mean,
                     double      sd_difference,
                     guint       family,
                     double      alpha,
                     double      power)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  double level = (alpha > 0 && alpha < 1 ? alpha : LEYDEN_VERDICT_ALPHA) / MAX (family, 1);
  double chance = power > 0 && power < 1 ? power : DEFAULT_POWER;
  double before = isfinite (baseline_mean) ? CLAMP (baseline_mean, 0, 1) : 0.5;
  double detectable = isfinite (sd_difference) && sd_difference > 0
                        ? detectable_of_means (n_items, sd_difference, level, chance)
                        : detectable_of_shares (n_items, before, level, chance);
  g_autofree char *sentence = format_plan (n_items, split, detectable, chance);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_double (&b, "detectable", detectable);
  leyden_value_builder_set_int (&b, "n", n_items);
  leyden_value_builder_set_string (&b, "sentence", sentence);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
