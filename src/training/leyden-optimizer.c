/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-optimizer.h"

static const LeydenOptimizer * const optimizers[] = {
  &leyden_optimizer_reflect,
  &leyden_optimizer_apo,
  &leyden_optimizer_examples,
  &leyden_optimizer_halving,
  NULL,
};

const LeydenOptimizer * const *
leyden_optimizer_list (void)
{
  return optimizers;
}

const LeydenOptimizer *
leyden_optimizer_find (const char *name)
{
  for (guint i = 0; optimizers[i] != NULL; i++)
    if (g_strcmp0 (optimizers[i]->name, name) == 0)
      return optimizers[i];
  return NULL;
}
