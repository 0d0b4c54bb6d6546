/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <math.h>

#include "leyden-verdict.h"

/* Two runs over the same rows: what they say about each other. */

#define MAX_ROWS 100000

typedef struct
{
  LeydenHttpExchange *exchange;
  char               *run;
  GPtrArray          *baseline;         /* LeydenRolloutRow; NULL until they are read */
} Comparison;

static void
comparison_free (Comparison *self)
{
  leyden_http_exchange_unref (self->exchange);
  g_free (self->run);
  g_clear_pointer (&self->baseline, g_ptr_array_unref);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Comparison, comparison_free)

static gboolean
has_ended (const LeydenRolloutRow *row)
{
  return g_str_equal (row->state, "succeeded") || g_str_equal (row->state, "failed");
}

/* Pairs rows of the same item. Those that only one of the runs has ended are left out. */
static guint
pair (GPtrArray         *baseline,
      GPtrArray         *candidate,
      GArray            *before,
      GArray            *after,
      LeydenVerdictData *data)
{
  g_autoptr(GHashTable) by_item = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < baseline->len; i++)
    {
      LeydenRolloutRow *row = g_ptr_array_index (baseline, i);

      if (has_ended (row) && row->item != NULL)
        g_hash_table_insert (by_item, row->item, row);
    }
  for (guint i = 0; i < candidate->len; i++)
    {
      LeydenRolloutRow *row = g_ptr_array_index (candidate, i);
      LeydenRolloutRow *other = row->item != NULL && has_ended (row) ? g_hash_table_lookup (by_item, row->item) : NULL;

      if (other == NULL)
        continue;
      g_array_append_val (before, other->reward);
      g_array_append_val (after, row->reward);
      data->baseline_simulated = data->baseline_simulated || other->simulated;
      data->candidate_simulated = data->candidate_simulated || row->simulated;
    }
  return before->len;
}

static void
candidate_listed_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr(Comparison) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  g_autoptr(GArray) before = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(GArray) after = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(LeydenVerdict) verdict = NULL;
  LeydenVerdictData data = { .seed = 42 };

  if (rows == NULL)
    {
      leyden_gateway_respond_gerror (self->exchange, error);
      return;
    }
  data.n_samples = pair (self->baseline, rows, before, after, &data);
  data.baseline = (const double *) (gpointer) before->data;
  data.candidate = (const double *) (gpointer) after->data;
  if (data.n_samples > 0)
    verdict = leyden_verdict_compare (&data, &error);
  if (verdict != NULL)
    leyden_gateway_respond_take (self->exchange, 200, leyden_verdict_to_value (verdict));
  else
    leyden_http_exchange_respond_error (self->exchange, 409, "%s", error != NULL ? error->message : "The runs have no row in common that both have ended");
}

static void
baseline_listed_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Comparison) self = user_data;
  g_autoptr(GError) error = NULL;
  const char *run = self->run;

  self->baseline = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  if (self->baseline == NULL)
    leyden_gateway_respond_gerror (self->exchange, error);
  else
    leyden_store_list_rollouts_async (LEYDEN_STORE (object), run, NULL, -1, MAX_ROWS, NULL, candidate_listed_cb, g_steal_pointer (&self));
}

void
leyden_gateway_compare_runs (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  const char *with = leyden_http_exchange_get_query (exchange, "with");
  Comparison *comparison;

  if (with == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"with\" must be the id of the run to compare with");
      return;
    }
  comparison = g_new0 (Comparison, 1);
  comparison->exchange = leyden_http_exchange_ref (exchange);
  comparison->run = g_strdup (leyden_http_exchange_get_param (exchange, "run"));
  leyden_store_list_rollouts_async (LEYDEN_STORE (self->store), with, NULL, -1, MAX_ROWS, NULL, baseline_listed_cb, comparison);
}
