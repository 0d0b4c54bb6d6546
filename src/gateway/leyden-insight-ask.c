/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-insights.h"

#include "leyden-query.h"
#include "leyden-sources.h"

/* One question, to whom it may concern: what is the case now, another server, or the facts. */

static void
take (GTask       *task,
      LeydenValue *answer,
      GError      *error)
{
  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
live_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  GError *error = NULL;
  LeydenValue *answer = leyden_gateway_query_live_finish (LEYDEN_GATEWAY (object), result, &error);

  take (data, answer, error);
}

static void
source_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GError *error = NULL;
  LeydenValue *answer = leyden_gateway_query_source_finish (LEYDEN_GATEWAY (object), result, &error);

  take (data, answer, error);
}

static void
facts_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  GError *error = NULL;
  LeydenValue *answer = leyden_query_run_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  take (data, answer, error);
}

void
leyden_gateway_ask_async (LeydenGateway       *self,
                          LeydenValue         *query,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, leyden_gateway_ask_async);
  if (leyden_value_get_member (query, "live") != NULL)
    leyden_gateway_query_live_async (self, query, cancellable, live_cb, task);
  else if (leyden_gateway_is_source_query (query))
    leyden_gateway_query_source_async (self, query, cancellable, source_cb, task);
  else
    leyden_query_run_async (self->store, query, cancellable, facts_cb, task);
}

LeydenValue *
leyden_gateway_ask_finish (LeydenGateway  *self,
                           GAsyncResult   *result,
                           GError        **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
