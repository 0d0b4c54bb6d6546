/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-part.h"

#include <string.h>

#include "leyden-flow-pins.h"
#include "leyden-gateway-private.h"
#include "leyden-run-pins.h"

/* So many runs are looked at, and rollouts of each, until one has the values that are wanted. */
#define MAX_RUNS     500
#define MAX_ROLLOUTS 5
/* Reading a rollout may take long, and anybody who may run may ask: this much is read at most. What ran one node only is soon read. */
#define MAX_EFFORT     200
#define LONG_RECORDS   64
#define LONG_EFFORT    10
#define LIST_EFFORT    1

typedef struct
{
  LeydenStore     *store;
  LeydenNodeTypes *types;
  LeydenValue     *document;
  LeydenValue     *request;
  LeydenFlow      *flow;
  gboolean         ignore_pins;
  GPtrArray       *runs;        /* LeydenRunRow, newest first */
  guint            next_run;
  GPtrArray       *rollouts;    /* LeydenRolloutRow of the run, newest first */
  guint            next_rollout;
  guint            effort;      /* so far */
  gboolean         folded;      /* any rollout */
  gboolean       (*wanted) (gpointer data);
  gpointer         wanted_data;
  GError          *refusal;     /* why the newest that was looked at does not do */
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_object_unref (search->store);
  g_object_unref (search->types);
  leyden_value_unref (search->document);
  leyden_value_unref (search->request);
  g_clear_object (&search->flow);
  g_clear_pointer (&search->runs, g_ptr_array_unref);
  g_clear_pointer (&search->rollouts, g_ptr_array_unref);
  g_clear_error (&search->refusal);
  g_free (search);
}

static void look_on (GTask *task);

/* With what is known of @rollout; NULL: of none. TRUE when the task has returned. */
static gboolean
try_state (GTask       *task,
           const char  *rollout,
           LeydenValue *state)
{
  Search *search = g_task_get_task_data (task);
  LeydenPartRequest request = {
    .mode = leyden_value_get_member_string (search->request, "mode", "node"),
    .node = leyden_value_get_member_string (search->request, "node", ""),
    .typed = leyden_value_get_member (search->request, "inputs"), .rollout = rollout, .state = state,
  };
  g_autoptr(GError) error = NULL;
  LeydenValue *part = leyden_part_prepare (search->flow, search->types, &request, &error);

  if (part != NULL)
    g_task_return_pointer (task, part, (GDestroyNotify) leyden_value_unref);
  else if (!g_error_matches (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NO_VALUES))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    {
      if (search->refusal == NULL)
        search->refusal = g_steal_pointer (&error);
      return FALSE;
    }
  return TRUE;
}

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  Search *search = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) state = leyden_store_fold_finish (LEYDEN_STORE (object), result, &error);
  const char *named = leyden_value_get_member_string (search->request, "rollout", NULL);
  const char *rollout = leyden_value_get_member_string (state, "rollout", NULL);

  if (state == NULL && (named != NULL || !g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND)))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (state != NULL && try_state (task, rollout, state))
    return;
  else if (named != NULL)
    g_task_return_error (task, g_steal_pointer (&search->refusal));
  else
    look_on (task);
}

static void
fold (GTask      *task,
      const char *rollout)
{
  Search *search = g_task_get_task_data (task);

  leyden_store_fold_async (search->store, rollout, 0, leyden_rollout_reducer (), g_task_get_cancellable (task), folded_cb, g_object_ref (task));
}

static int
compare_newest_first (gconstpointer a,
                      gconstpointer b)
{
  const LeydenRolloutRow *x = *(LeydenRolloutRow * const *) a, *y = *(LeydenRolloutRow * const *) b;

  if (x->started_ns != y->started_ns)
    return x->started_ns > y->started_ns ? -1 : 1;
  return x->index < y->index ? 1 : x->index > y->index ? -1 : 0;
}

static void
rollouts_listed_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr(GTask) task = data;
  Search *search = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  g_clear_pointer (&search->rollouts, g_ptr_array_unref);
  search->next_rollout = 0;
  search->rollouts = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  if (search->rollouts == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_ptr_array_sort (search->rollouts, compare_newest_first);
  look_on (task);
}

static gboolean
is_of_flow (Search             *search,
            const LeydenRunRow *run)
{
  return g_strcmp0 (leyden_value_get_member_string (run->definition, "flow_id", NULL), leyden_flow_get_id (search->flow)) == 0
         && strcmp (leyden_value_get_member_string (run->definition, "purpose", ""), "mirror") != 0;
}

/* No longer wanted: the task has returned. */
static gboolean
give_up (GTask *task)
{
  Search *search = g_task_get_task_data (task);

  if (!search->folded || search->wanted == NULL || search->wanted (search->wanted_data))
    return g_task_return_error_if_cancelled (task);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Nobody waits for the run any more");
  return TRUE;
}

/* The next rollout of the run, else the next run; when there is none, that is told. */
static void
look_on (GTask *task)
{
  Search *search = g_task_get_task_data (task);

  if (give_up (task))
    return;
  while (search->rollouts != NULL && search->effort < MAX_EFFORT && search->next_rollout < MIN (search->rollouts->len, MAX_ROLLOUTS))
    {
      const LeydenRolloutRow *row = g_ptr_array_index (search->rollouts, search->next_rollout++);

      if (row->last_sequence == 0)
        continue;
      search->effort += row->last_sequence > LONG_RECORDS ? LONG_EFFORT : 1;
      search->folded = TRUE;
      fold (task, row->rollout);
      return;
    }
  while (search->effort < MAX_EFFORT && search->next_run < search->runs->len)
    {
      const LeydenRunRow *run = g_ptr_array_index (search->runs, search->next_run++);

      if (!is_of_flow (search, run))
        continue;
      search->effort += LIST_EFFORT;
      leyden_store_list_rollouts_async (search->store, run->run, NULL, -1, 0, g_task_get_cancellable (task), rollouts_listed_cb,
                                        g_object_ref (task));
      return;
    }
  if (search->refusal != NULL || !try_state (task, NULL, NULL))
    g_task_return_error (task, g_steal_pointer (&search->refusal));
}

static void
runs_listed_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(GTask) task = data;
  Search *search = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  search->runs = leyden_store_list_runs_finish (LEYDEN_STORE (object), result, &error);
  if (search->runs == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    look_on (task);
}

/* As the run will see it. */
static gboolean
drop_pins (Search  *search,
           GError **error)
{
  g_autoptr(LeydenEdit) edit = search->ignore_pins ? leyden_edit_new_unpin_all (search->flow) : NULL;

  return edit == NULL || leyden_flow_apply (search->flow, edit, error);
}

static void
parse_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Search *search = data;
  GError *error = NULL;

  search->flow = leyden_flow_from_value (search->document, &error);
  if (search->flow == NULL || !drop_pins (search, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_return_boolean (task, TRUE);
}

static void
pinned_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  Search *search = g_task_get_task_data (task);
  const char *rollout = leyden_value_get_member_string (search->request, "rollout", NULL);
  GError *error = NULL;

  if (!leyden_run_load_pins_finish (result, &error))
    g_task_return_error (task, error);
  else if (rollout != NULL)
    fold (task, rollout);
  else
    leyden_store_list_runs_async (search->store, NULL, MAX_RUNS, g_task_get_cancellable (task), runs_listed_cb, g_object_ref (task));
}

static void
parsed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GTask *task = data;
  Search *search = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      /* The run that is made of it says which one is not here. */
      leyden_run_load_pins_async (search->store, search->flow, TRUE, g_task_get_cancellable (task), pinned_cb, task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

void
leyden_run_find_part_async (LeydenStore         *store,
                            LeydenNodeTypes     *types,
                            LeydenValue         *flow,
                            LeydenValue         *request,
                            gboolean             ignore_pins,
                            gboolean           (*wanted) (gpointer data),
                            gpointer             wanted_data,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Search *search = g_new0 (Search, 1);

  g_return_if_fail (LEYDEN_IS_STORE (store) && LEYDEN_IS_NODE_TYPES (types));

  search->store = g_object_ref (store);
  search->types = g_object_ref (types);
  search->document = leyden_value_ref (flow);
  search->request = leyden_value_ref (request);
  search->ignore_pins = ignore_pins;
  search->wanted = wanted;
  search->wanted_data = wanted_data;
  g_task_set_source_tag (task, leyden_run_find_part_async);
  g_task_set_task_data (task, search, search_free);
  leyden_run_step_in_thread (task, parse_thread, parsed_cb);
}

LeydenValue *
leyden_run_find_part_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_run_find_part_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
