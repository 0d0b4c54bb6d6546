/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-peers.h"

/* Runs that are looked into: each is a request. */
#define MAX_RUNS 20
#define RUNS "/leyden/v1/runs?limit=200"
#define ROLLOUTS "/leyden/v1/runs/%s/rollouts?limit=1000"

/*  rollout ──► its run ──► the runs ──► rollouts of a run ──► …of the next ──► all of them
 *                                       ▲ where two runs are given, these two */

typedef struct
{
  LeydenBackend      *backend;
  char               *rollout;          /* NULL where two runs are paired */
  LeydenValue        *row;              /* of it */
  LeydenValue        *run;              /* its run */
  GPtrArray          *runs;             /* LeydenValue: still to be looked into, the next last */
  LeydenValue        *current;          /* the run that is looked into */
  LeydenValue        *first;            /* rollouts of the first of two */
  LeydenValueBuilder  found;
} Peers;

static void
peers_free (gpointer data)
{
  Peers *self = data;

  g_object_unref (self->backend);
  g_free (self->rollout);
  g_clear_pointer (&self->row, leyden_value_unref);
  g_clear_pointer (&self->run, leyden_value_unref);
  g_ptr_array_unref (self->runs);
  g_clear_pointer (&self->current, leyden_value_unref);
  g_clear_pointer (&self->first, leyden_value_unref);
  leyden_value_builder_clear (&self->found);
  g_free (self);
}

static void look_into_next (GTask *task);

/* NULL after @task was ended. */
static LeydenValue *
take_answer (GTask        *task,
             GAsyncResult *result)
{
  Peers *self = g_task_get_task_data (task);
  GError *error = NULL;
  LeydenValue *answer = leyden_backend_request_finish (self->backend, result, &error);

  if (answer == NULL)
    g_task_return_error (task, error);
  return answer;
}

static void
request (GTask               *task,
         const char          *path,
         GAsyncReadyCallback  callback)
{
  Peers *self = g_task_get_task_data (task);

  leyden_backend_request_async (self->backend, "GET", path, NULL, g_task_get_cancellable (task), callback, task);
}

static gboolean
is_try (LeydenValue *run)
{
  return g_strcmp0 (leyden_value_get_member_string (run, "purpose", NULL), "try") == 0;
}

static const char *
get_item (LeydenValue *row)
{
  return leyden_value_get_member_string (row, "item", "");
}

static void
add_peers (Peers       *self,
           LeydenValue *rollouts)
{
  for (guint i = 0; i < leyden_value_get_size (rollouts); i++)
    {
      LeydenValue *row = leyden_value_get_item (rollouts, i);
      gboolean tries = is_try (self->run) && is_try (self->current);

      if (g_strcmp0 (leyden_value_get_member_string (row, "rollout", NULL), self->rollout) == 0)
        continue;
      if (!tries && !g_str_equal (get_item (row), get_item (self->row)))
        continue;
      leyden_value_builder_begin_object (&self->found);
      leyden_value_builder_set (&self->found, "rollout", row);
      leyden_value_builder_set (&self->found, "run", self->current);
      leyden_value_builder_end (&self->found);
    }
}

static void
add_pairs (Peers       *self,
           LeydenValue *second)
{
  g_autoptr(GHashTable) rows = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean single = leyden_value_get_size (self->first) == 1 && leyden_value_get_size (second) == 1;

  for (guint i = 0; i < leyden_value_get_size (second); i++)
    g_hash_table_insert (rows, (gpointer) get_item (leyden_value_get_item (second, i)), leyden_value_get_item (second, i));
  for (guint i = 0; i < leyden_value_get_size (self->first); i++)
    {
      LeydenValue *row = leyden_value_get_item (self->first, i);
      /* Of two tries there is no doubt which two are meant. */
      LeydenValue *other = single ? leyden_value_get_item (second, 0) : g_hash_table_lookup (rows, get_item (row));

      if (other == NULL)
        continue;
      leyden_value_builder_begin_object (&self->found);
      leyden_value_builder_set (&self->found, "item", leyden_value_get_member (row, "item"));
      leyden_value_builder_set (&self->found, "a", row);
      leyden_value_builder_set (&self->found, "b", other);
      leyden_value_builder_end (&self->found);
    }
}

static void
rollouts_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  Peers *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) answer = take_answer (task, result);
  LeydenValue *rollouts = leyden_value_get_member (answer, "rollouts");

  if (answer == NULL)
    return;
  if (self->rollout != NULL)
    add_peers (self, rollouts);
  else if (self->first == NULL)
    self->first = rollouts != NULL ? leyden_value_ref (rollouts) : leyden_value_new_null ();
  else
    add_pairs (self, rollouts);
  look_into_next (g_steal_pointer (&task));
}

/* Takes @task. */
static void
look_into_next (GTask *task)
{
  g_autoptr(GTask) owned = task;
  Peers *self = g_task_get_task_data (task);
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  g_clear_pointer (&self->current, leyden_value_unref);
  if (self->runs->len == 0)
    {
      leyden_value_builder_end (&self->found);
      g_task_return_pointer (owned, leyden_value_builder_end_value (&self->found), (GDestroyNotify) leyden_value_unref);
      return;
    }
  self->current = leyden_value_ref (g_ptr_array_index (self->runs, self->runs->len - 1));
  g_ptr_array_set_size (self->runs, (int) self->runs->len - 1);
  id = leyden_backend_escape (leyden_value_get_member_string (self->current, "run", ""));
  path = g_strdup_printf (ROLLOUTS, id);
  request (g_steal_pointer (&owned), path, rollouts_cb);
}

static void
runs_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  Peers *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) answer = take_answer (task, result);
  LeydenValue *runs = leyden_value_get_member (answer, "runs");
  const char *flow = leyden_value_get_member_string (self->run, "flow_id", NULL);

  if (answer == NULL)
    return;
  for (guint i = 0; i < leyden_value_get_size (runs) && self->runs->len < MAX_RUNS; i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (runs, i), "flow_id", NULL), flow) == 0)
      g_ptr_array_insert (self->runs, 0, leyden_value_ref (leyden_value_get_item (runs, i)));
  look_into_next (g_steal_pointer (&task));
}

static void
run_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(GTask) task = data;
  Peers *self = g_task_get_task_data (task);

  self->run = take_answer (task, result);
  if (self->run != NULL)
    request (g_steal_pointer (&task), RUNS, runs_cb);
}

static void
rollout_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GTask) task = data;
  Peers *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) answer = take_answer (task, result);
  g_autofree char *run = NULL;
  g_autofree char *path = NULL;

  if (answer == NULL)
    return;
  self->row = leyden_value_ref (leyden_value_get_member (answer, "rollout") != NULL ? leyden_value_get_member (answer, "rollout") : answer);
  run = leyden_backend_escape (leyden_value_get_member_string (answer, "run", ""));
  path = g_strconcat ("/leyden/v1/runs/", run, NULL);
  request (g_steal_pointer (&task), path, run_cb);
}

static GTask *
start (LeydenSession       *session,
       GCancellable        *cancellable,
       GAsyncReadyCallback  callback,
       gpointer             data)
{
  GTask *task = g_task_new (session, cancellable, callback, data);
  Peers *self = g_new0 (Peers, 1);

  self->backend = g_object_ref (leyden_session_get_backend (session));
  self->runs = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  leyden_value_builder_begin_list (&self->found);
  g_task_set_source_tag (task, start);
  g_task_set_task_data (task, self, peers_free);
  return task;
}

void
leyden_rollout_peers_async (LeydenSession       *session,
                            const char          *rollout,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  GTask *task;
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (LEYDEN_IS_SESSION (session) && rollout != NULL);

  task = start (session, cancellable, callback, data);
  ((Peers *) g_task_get_task_data (task))->rollout = g_strdup (rollout);
  escaped = leyden_backend_escape (rollout);
  path = g_strconcat ("/leyden/v1/rollouts/", escaped, NULL);
  request (task, path, rollout_cb);
}

static void
add_run (Peers      *self,
         const char *id)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", id);
  leyden_value_builder_end (&b);
  g_ptr_array_add (self->runs, leyden_value_builder_end_value (&b));
}

void
leyden_rollout_pairs_async (LeydenSession       *session,
                            const char          *run_a,
                            const char          *run_b,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  GTask *task;

  g_return_if_fail (LEYDEN_IS_SESSION (session) && run_a != NULL && run_b != NULL);

  task = start (session, cancellable, callback, data);
  add_run (g_task_get_task_data (task), run_b);
  add_run (g_task_get_task_data (task), run_a);
  look_into_next (task);
}

LeydenValue *
leyden_rollout_peers_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, start), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
