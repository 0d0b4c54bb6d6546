/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-job.h"

#include <math.h>

static LeydenValue *
dup_dataset_name (LeydenValue *definition)
{
  LeydenValue *dataset = leyden_value_get_member (definition, "dataset");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_is_null (dataset))
    return leyden_value_new_null ();
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "name", leyden_value_get_member (dataset, "name"));
  leyden_value_builder_set (&b, "sha256", leyden_value_get_member (dataset, "sha256"));
  leyden_value_builder_set (&b, "split", leyden_value_get_member (dataset, "split"));
  leyden_value_builder_set (&b, "mapping", leyden_value_get_member (dataset, "mapping"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* What a row alone knows: counts and the mean, without interval. */
static LeydenValue *
summarize_row (const LeydenRunRow *row)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "done", row->n_done);
  leyden_value_builder_set_int (&b, "succeeded", row->n_succeeded);
  leyden_value_builder_set_int (&b, "failed", row->n_failed);
  leyden_value_builder_set_int (&b, "cancelled", row->n_cancelled);
  leyden_value_builder_set_int (&b, "running", row->n_running);
  leyden_value_builder_key (&b, "mean_reward");
  if (isnan (row->mean_reward))
    leyden_value_builder_add (&b, NULL);
  else
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_double (&b, "estimate", row->mean_reward);
      leyden_value_builder_set (&b, "low", NULL);
      leyden_value_builder_set (&b, "high", NULL);
      leyden_value_builder_set (&b, "n", NULL);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
is_simulated (LeydenValue *summary,
              LeydenValue *model)
{
  LeydenValue *said = leyden_value_get_member (summary, "simulated");

  if (leyden_value_get_kind (said) == LEYDEN_VALUE_BOOLEAN)
    return leyden_value_get_boolean (said);
  return g_strcmp0 (leyden_value_get_member_string (model, "endpoint", NULL), "simulated") == 0;
}

LeydenValue *
leyden_run_describe (const LeydenRunRow *row,
                         LeydenValue        *summary)
{
  LeydenValue *definition = row->definition;
  LeydenValue *model = leyden_value_get_member (definition, "model");
  g_autoptr(LeydenValue) counted = summary == NULL ? summarize_row (row) : leyden_value_ref (summary);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", row->run);
  leyden_value_builder_set_string (&b, "title", leyden_value_get_member_string (definition, "title", ""));
  leyden_value_builder_set_string (&b, "purpose", leyden_value_get_member_string (definition, "purpose", "run"));
  if (leyden_value_get_member (definition, "mirror") != NULL)
    leyden_value_builder_set (&b, "mirror", leyden_value_get_member (definition, "mirror"));
  leyden_value_builder_set_string (&b, "state", row->state);
  leyden_value_builder_set_int (&b, "created", row->created_ns);
  leyden_value_builder_set_int (&b, "finished", row->finished_ns);
  leyden_value_builder_set_int (&b, "n_items", row->n_items);
  leyden_value_builder_set_boolean (&b, "simulated", is_simulated (counted, model));
  leyden_value_builder_set_take (&b, "dataset", dup_dataset_name (definition));
  leyden_value_builder_set (&b, "flow_id", leyden_value_get_member (definition, "flow_id"));
  leyden_value_builder_set (&b, "flow_hash", leyden_value_get_member (definition, "flow_hash"));
  leyden_value_builder_set (&b, "model", model);
  leyden_value_builder_set (&b, "seed", leyden_value_get_member (definition, "seed"));
  if (!leyden_value_is_null (leyden_value_get_member (definition, "part")))
    leyden_value_builder_set (&b, "part", leyden_value_get_member (definition, "part"));
  if (!leyden_value_is_null (leyden_value_get_member (definition, "pinned")))
    leyden_value_builder_set (&b, "pinned", leyden_value_get_member (definition, "pinned"));
  if (!leyden_value_is_null (leyden_value_get_member (definition, "fork")))
    leyden_value_builder_set (&b, "fork", leyden_value_get_member (definition, "fork"));
  if (!leyden_value_is_null (leyden_value_get_member (definition, "imported")))
    leyden_value_builder_set (&b, "imported", leyden_value_get_member (definition, "imported"));
  leyden_value_builder_set (&b, "client_id", leyden_value_get_member (definition, "client_id"));
  leyden_value_builder_set (&b, "summary", counted);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
