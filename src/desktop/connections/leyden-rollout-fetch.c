/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-fetch.h"

#include "leyden-json.h"

/* What a backend sends holds what models answered, read by the rules of the wire, inside records of its own. */
static void
parse_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_depth = 1000, .max_keys = 200000 };
  GError *error = NULL;
  LeydenValue *value = leyden_json_parse_bytes (data, &limits, &error);

  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static void
fetched_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  GBytes *bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);

  if (bytes == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, bytes, (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, parse_thread);
}

void
leyden_rollout_fetch_async (LeydenRolloutView   *view,
                            const char          *tail,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  GTask *task;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (LEYDEN_IS_ROLLOUT_VIEW (view) && tail != NULL);

  id = leyden_backend_escape (leyden_rollout_view_get_rollout (view));
  path = g_strconcat ("/leyden/v1/rollouts/", id, tail, NULL);
  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_rollout_fetch_async);
  leyden_backend_fetch_async (leyden_session_get_backend (leyden_rollout_view_get_session (view)), path, cancellable, fetched_cb, task);
}

LeydenValue *
leyden_rollout_fetch_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
