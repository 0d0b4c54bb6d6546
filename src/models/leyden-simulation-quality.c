/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-private.h"

#include <math.h>
#include <stdarg.h>

#include "leyden-id.h"
#include "leyden-random.h"

#define MAX_LABELS 12

/* The quality table: what helps in which family, and how much (on the logit scale). */
static const LeydenSimulationFamily families[] = {
  { "arith", -0.4, 0.25, { { "format", 1.2 }, { "steps", 1.1 }, { "units", 0.5 }, { "check", 0.4 }, { "calc", 1.3 } } },
  { "extract", -0.2, 0.45, { { "format", 1.5 }, { "nulls", 0.8 }, { "verbatim", 0.6 }, { "dates", 0.7 }, { "nojunk", 0.4 } } },
  { "route", 0.1, 0.6, { { "labels", 1.3 }, { "define", 0.9 }, { "tie", 0.6 }, { "priority", 0.5 }, { "one", 0.4 } } },
  { "tool", -0.6, 0.3, { { "must", 1.2 }, { "args", 1.0 }, { "stop", 0.6 }, { "tz", 0.5 }, { "confirm", 0.4 } } },
  { "mail", 0.3, 0.5, { { "labels", 1.1 }, { "define", 0.8 }, { "phishing", 0.5 }, { "headers", 0.4 }, { "one", 0.4 } } },
};

static double
logit (double u)
{
  return log (u / (1.0 - u));
}

const LeydenSimulationFamily *
leyden_simulation_find_family (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (families[i].name, name))
      return &families[i];
  return NULL;
}

double
leyden_simulation_weight (const LeydenSimulationFamily *family,
                          const char                   *feature)
{
  for (gsize i = 0; i < LEYDEN_SIMULATION_N_FEATURES; i++)
    if (g_str_equal (family->features[i].name, feature))
      return family->features[i].weight;
  return 0.0;
}

double
leyden_simulation_uniform (guint64 seed,
                           ...)
{
  const char *labels[MAX_LABELS + 1];
  LeydenRandom random;
  double u;
  va_list arguments;
  gsize n = 0;

  va_start (arguments, seed);
  while (n < MAX_LABELS && (labels[n] = va_arg (arguments, const char *)) != NULL)
    n++;
  va_end (arguments);
  labels[n] = NULL;

  leyden_random_substream (&random, seed, labels);
  u = leyden_random_u01 (&random);
  return CLAMP (u, 1e-12, 1.0 - 1e-12);
}

char *
leyden_simulation_signature (const char * const *features,
                             guint               junk)
{
  g_autofree char *names = g_strjoinv (",", (char **) features);
  g_autofree char *text = g_strdup_printf ("%s|%u", names, junk);

  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", leyden_fnv1a64 (text, strlen (text)));
}

double
leyden_simulation_logistic (double eta)
{
  return 1.0 / (1.0 + exp (-eta));
}

/**
 * leyden_simulation_quality:
 * @seed: the world's seed
 * @family: "arith", "extract", "route", "tool" or "mail"
 * @item: id of the item
 * @features: (array zero-terminated=1): names of the features present, sorted; a name that the family does not
 *   know has weight 0 but counts towards the length of the prompt
 * @junk: parts of the prompt that only distract
 * @temperature: 0 and above
 * @n: sample number
 * @shots: usable examples
 * @ability: of the model, on the logit scale: −0.8, 0, +0.8
 * @out: (out caller-allocates): the result; untouched when %FALSE
 *
 * The rule by which the simulation answers right or wrong. At temperature 0 the luck of an item is the same for every prompt, so
 * adding a useful feature never loses an item. Any thread.
 *
 * Returns: %FALSE for an unknown family
 */
gboolean
leyden_simulation_quality (guint64                  seed,
                           const char              *family,
                           const char              *item,
                           const char * const      *features,
                           guint                    junk,
                           double                   temperature,
                           guint64                  n,
                           guint                    shots,
                           double                   ability,
                           LeydenSimulationQuality *out)
{
  const LeydenSimulationFamily *row;
  guint n_features = 0;
  double eta, margin;

  g_return_val_if_fail (family != NULL && item != NULL && features != NULL && out != NULL, FALSE);

  row = leyden_simulation_find_family (family);
  if (row == NULL)
    return FALSE;

  eta = row->base + ability;
  for (; features[n_features] != NULL; n_features++)
    eta += leyden_simulation_weight (row, features[n_features]);
  eta -= 0.35 * junk;
  eta -= 0.08 * MAX (0.0, (double) n_features + junk - 6.0);
  eta += row->shots * log2 (1.0 + shots);
  eta -= 1.2 * (leyden_simulation_uniform (seed, "diff", family, item, NULL) - 0.5);

  margin = eta + logit (leyden_simulation_uniform (seed, "item", family, item, NULL));
  if (temperature > 0.0)
    {
      g_autofree char *signature = leyden_simulation_signature (features, junk);
      g_autofree char *sample = g_strdup_printf ("%" G_GUINT64_FORMAT, n);

      margin += 0.6 * temperature * logit (leyden_simulation_uniform (seed, "samp", family, item, sample, signature, NULL));
    }
  margin -= 0.5 * MAX (0.0, temperature - 0.7);

  out->eta = eta;
  out->margin = margin;
  out->correct = margin > 0.0;
  return TRUE;
}
