/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-node-private.h"

LEYDEN_DEFINE_NODE (LeydenNodeReward, leyden_node_reward)

static void
log_reward (LeydenNodeContext *context,
            LeydenValue       *reward,
            LeydenValue       *parts)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) payload = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "value", reward);
  leyden_value_builder_set_string (&b, "source", leyden_node_context_get_path (context));
  leyden_value_builder_set (&b, "parts", parts);
  leyden_value_builder_end (&b);
  payload = leyden_value_builder_end_value (&b);
  leyden_node_context_log (context, "reward", payload);
}

static double
get_bound (LeydenNodeContext *context,
           const char        *name,
           double             fallback)
{
  double bound;

  return leyden_value_get_double (leyden_node_context_get_parameter (context, name), &bound) ? bound : fallback;
}

/* Weighted mean of the scores that arrived: Σ w·x ÷ Σ w, then kept within minimum and maximum. No score with a weight above 0:
 * skipped. */
static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenValue *weights = leyden_node_context_get_parameter (context, "weights");
  LeydenValue *inputs = leyden_node_context_get_inputs (context);
  double sum = 0, total = 0;

  for (guint i = 0; i < leyden_value_get_size (weights); i++)
    {
      double weight = 0, score;

      if (!leyden_value_get_double (leyden_value_get_member (inputs, leyden_value_get_key (weights, i)), &score))
        continue;
      leyden_value_get_double (leyden_value_get_item (weights, i), &weight);
      sum += weight * score;
      total += weight;
    }
  if (total <= 0)
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_SKIPPED, _("No score that counts arrived"));
  if (!isfinite (sum / total))
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The scores are too large to add"));
  {
    double clipped = MIN (MAX (sum / total, get_bound (context, "minimum", -INFINITY)), get_bound (context, "maximum", INFINITY));
    g_autoptr(LeydenValue) reward = leyden_value_new_double (clipped);

    log_reward (context, reward, inputs);
    return leyden_node_output_one ("reward", g_steal_pointer (&reward));
  }
}

static void
leyden_node_reward_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
