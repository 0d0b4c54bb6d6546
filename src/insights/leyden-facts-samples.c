/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of the backend's own: no log tells them. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-facts-private.h"

#include "leyden-store-change.h"

#include <math.h>

/* More do not wait for the log to be read. */
#define MAX_SAMPLES    20000

void
leyden_facts_take_samples (LeydenFacts *self)
{
  GArray *taken = self->samples;

  self->samples = leyden_facts_points_new ();
  if (taken->len > 0)
    g_array_append_vals (self->batch->points, taken->data, taken->len);
  /* Their names are the batch's now. */
  g_array_set_clear_func (taken, NULL);
  g_array_unref (taken);
}

void
leyden_facts_add_sample (LeydenFacts *self,
                         const char  *metric,
                         const char  *labels,
                         const char  *unit,
                         gint64       time_ns,
                         double       value)
{
  LeydenFactsPoint point = { .time_ns = time_ns, .value = value, .step = G_MININT64 };

  g_return_if_fail (LEYDEN_IS_FACTS (self));
  g_return_if_fail (metric != NULL && labels != NULL);

  if (!isfinite (value) || self->samples->len >= MAX_SAMPLES)
    return;
  point.metric = g_ref_string_new_intern (metric);
  point.labels = g_ref_string_new_intern (labels);
  point.unit = unit != NULL ? g_ref_string_new_intern (unit) : NULL;
  g_array_append_val (self->samples, point);
}

void
leyden_facts_flush (LeydenFacts *self)
{
  g_return_if_fail (LEYDEN_IS_FACTS (self));

  if (self->samples->len == 0)
    return;
  self->look = TRUE;
  if (self->state == LEYDEN_FACTS_FOLLOWING)
    leyden_facts_step_later (self, self->gather_ms);
}

static gboolean
prune_samples (sqlite3 *db,
               gpointer data,
               GError **error)
{
  return leyden_rollups_prune (db, *(const gint64 *) data, error);
}

static void
pruned_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenFacts) self = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error) && self->state != LEYDEN_FACTS_STOPPED)
    g_signal_emit_by_name (self, "failed", error);
}

void
leyden_facts_prune (LeydenFacts *self,
                    gint64       now_ns)
{
  g_return_if_fail (LEYDEN_IS_FACTS (self));

  leyden_sqlite_store_change_later_async (self->store, "facts", prune_samples, g_memdup2 (&now_ns, sizeof now_ns), g_free, pruned_cb, g_object_ref (self));
}
