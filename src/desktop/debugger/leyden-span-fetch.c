/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-span-fetch.h"

#include "leyden-rollout-fetch.h"

static void
tree_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  g_task_return_pointer (task, leyden_span_tree_new (data), (GDestroyNotify) leyden_span_tree_unref);
}

static void
fetched_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  LeydenValue *answer = leyden_rollout_fetch_finish (result, &error);

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, answer, (GDestroyNotify) leyden_value_unref);
  g_task_run_in_thread (task, tree_thread);
}

void
leyden_span_fetch_async (LeydenRolloutView   *view,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, leyden_span_fetch_async);
  leyden_rollout_fetch_async (view, "/timeline", cancellable, fetched_cb, task);
}

LeydenSpanTree *
leyden_span_fetch_finish (GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
