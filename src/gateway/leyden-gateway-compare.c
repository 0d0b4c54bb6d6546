/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two rollouts side by side. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-compare.h"

#define MAX_NODES 2000

typedef struct
{
  LeydenGateway      *gateway;
  LeydenHttpExchange *exchange;
  LeydenRolloutRow   *rows[2];
  GPtrArray          *records[2];
} Compare;

static void
compare_free (gpointer data)
{
  Compare *self = data;

  g_object_unref (self->gateway);
  leyden_http_exchange_unref (self->exchange);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&self->rows[i], leyden_rollout_row_free);
      g_clear_pointer (&self->records[i], g_ptr_array_unref);
    }
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Compare, compare_free)

static void
write_figure (LeydenValueBuilder *b,
              const char         *key,
              double              x,
              double              y)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_double (b, "a", x);
  leyden_value_builder_set_double (b, "b", y);
  leyden_value_builder_set_double (b, "difference", y - x);
  leyden_value_builder_end (b);
}

static void
compare_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  Compare *self = data;
  const LeydenRolloutRow *x = self->rows[0], *y = self->rows[1];
  g_autoptr(LeydenValue) logs = leyden_compare_logs (self->records[0], self->records[1], MAX_NODES);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "a", leyden_rollout_row_to_value (x));
  leyden_value_builder_set_take (&b, "b", leyden_rollout_row_to_value (y));
  for (guint i = 0; i < leyden_value_get_size (logs); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (logs, i), leyden_value_get_item (logs, i));
  write_figure (&b, "reward", x->reward, y->reward);
  write_figure (&b, "cost", x->cost, y->cost);
  write_figure (&b, "latency_ms", x->latency_ms, y->latency_ms);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (self->exchange, 200, leyden_value_builder_end_value (&b));
  g_task_return_boolean (task, TRUE);
}

/* What the thread worked on is freed here, where the backend may end. */
static void
compared_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  compare_free (data);
}

static void read_next (Compare *self);

static void
records_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Compare) self = data;
  g_autoptr(GError) error = NULL;
  GPtrArray *records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (records == NULL)
    {
      leyden_gateway_respond_gerror (self->exchange, error);
      return;
    }
  self->records[self->records[0] != NULL ? 1 : 0] = records;
  read_next (g_steal_pointer (&self));
}

static void
row_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(Compare) self = data;
  g_autoptr(GError) error = NULL;
  LeydenRolloutRow *row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (row == NULL)
    {
      leyden_gateway_respond_gerror (self->exchange, error);
      return;
    }
  self->rows[self->rows[0] != NULL ? 1 : 0] = row;
  read_next (g_steal_pointer (&self));
}

/* What is missing yet: both rows, then both logs. */
static void
read_next (Compare *self)
{
  LeydenStore *store = LEYDEN_STORE (self->gateway->store);
  const char *with = leyden_http_exchange_get_query (self->exchange, "with");
  g_autoptr(GTask) task = NULL;

  if (self->rows[0] == NULL)
    leyden_store_get_rollout_async (store, leyden_http_exchange_get_param (self->exchange, "rollout"), NULL, row_cb, self);
  else if (self->rows[1] == NULL)
    leyden_store_get_rollout_async (store, with, NULL, row_cb, self);
  else if (self->rows[0]->last_sequence + self->rows[1]->last_sequence > LEYDEN_GATEWAY_MAX_RECORDS)
    {
      leyden_http_exchange_respond_error (self->exchange, 409, _("Both together have more than %d records: they are too long to be compared"),
                                          LEYDEN_GATEWAY_MAX_RECORDS);
      compare_free (self);
    }
  else if (self->records[0] == NULL)
    leyden_store_read_rollout_async (store, self->rows[0]->rollout, 0, 0, NULL, records_cb, self);
  else if (self->records[1] == NULL)
    leyden_store_read_rollout_async (store, self->rows[1]->rollout, 0, 0, NULL, records_cb, self);
  else
    {
      task = g_task_new (NULL, NULL, compared_cb, self);
      g_task_set_source_tag (task, compare_thread);
      g_task_set_task_data (task, self, NULL);
      g_task_run_in_thread (task, compare_thread);
    }
}

void
leyden_gateway_compare_rollouts (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  const char *with = leyden_http_exchange_get_query (exchange, "with");
  Compare *compare;

  if (with == NULL || *with == '\0')
    {
      leyden_http_exchange_respond_error (exchange, 422, "Query \"with\" must name the other rollout");
      return;
    }
  compare = g_new0 (Compare, 1);
  compare->gateway = g_object_ref (self);
  compare->exchange = leyden_http_exchange_ref (exchange);
  read_next (compare);
}
