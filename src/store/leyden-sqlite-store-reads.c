/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reading half of the store: each question in a thread with a reader of its own. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-store-private.h"

typedef enum
{
  READ_ROLLOUT,
  READ_SCAN,
  READ_RUN,
  READ_FOLD,
  READ_LIST_RUNS,
  READ_GET_RUN,
  READ_LIST_ROLLOUTS,
  READ_GET_ROLLOUT,
  READ_DOCUMENTS,
  READ_INSPECT,
  READ_LIST_EXPERIMENTS,
  READ_GET_EXPERIMENT,
  READ_EXPERIMENT,
  READ_LIST_EVALUATIONS,
  READ_CACHED,
  READ_COUNT_CACHE,
} ReadKind;

typedef struct
{
  ReadKind       kind;
  LeydenReadArgs args;
} Read;

static void
read_free (gpointer data)
{
  Read *self = data;

  g_free (self->args.name);
  g_free (self->args.state);
  g_free (self->args.node);
  g_free (self);
}

/* A checkpoint that cannot be kept is no loss. */
static void
keep_checkpoints (LeydenSqliteStore *self,
                  GPtrArray         *checkpoints)
{
  for (guint i = 0; i < checkpoints->len; i++)
    {
      LeydenRequest *request = leyden_request_new (LEYDEN_REQUEST_CHECKPOINT, NULL);

      request->checkpoint = checkpoints->pdata[i];
      if (!leyden_writer_push (self->writer, request))
        leyden_request_free (request);
    }
}

static LeydenValue *
read_fold (LeydenSqliteStore *self,
           LeydenSql         *sql,
           LeydenReadContext *context,
           LeydenReadArgs    *args,
           GCancellable      *cancellable,
           GError           **error)
{
  g_autoptr(GPtrArray) checkpoints = g_ptr_array_new ();
  LeydenValue *value = leyden_read_fold (sql, context, args, self->read_only ? NULL : checkpoints, cancellable, error);

  keep_checkpoints (self, checkpoints);
  return value;
}

static gpointer
do_read (LeydenSqliteStore *self,
         Read              *read,
         LeydenSql         *sql,
         GDestroyNotify    *destroy,
         GCancellable      *cancellable,
         GError           **error)
{
  LeydenReadContext context = { self->file->blobs, &self->n_skipped };
  LeydenReadArgs *args = &read->args;

  switch (read->kind)
    {
    case READ_ROLLOUT:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_rollout (sql, &context, args, cancellable, error);
    case READ_SCAN:
      return GINT_TO_POINTER (leyden_read_scan (sql, &context, args, cancellable, error));
    case READ_RUN:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_run (sql, &context, args, cancellable, error);
    case READ_FOLD:
      *destroy = (GDestroyNotify) leyden_value_unref;
      return read_fold (self, sql, &context, args, cancellable, error);
    case READ_LIST_RUNS:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_list_runs (sql, &context, args, cancellable, error);
    case READ_GET_RUN:
      *destroy = (GDestroyNotify) leyden_run_row_free;
      return leyden_read_get_run (sql, &context, args, cancellable, error);
    case READ_LIST_ROLLOUTS:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_list_rollouts (sql, &context, args, cancellable, error);
    case READ_GET_ROLLOUT:
      *destroy = (GDestroyNotify) leyden_rollout_row_free;
      return leyden_read_get_rollout (sql, &context, args, cancellable, error);
    case READ_DOCUMENTS:
      *destroy = (GDestroyNotify) leyden_value_unref;
      return leyden_read_documents (sql, &context, args, cancellable, error);
    case READ_INSPECT:
      *destroy = (GDestroyNotify) leyden_value_unref;
      return leyden_read_inspect (sql, &context, self->file->path, self->file->notice, cancellable, error);
    case READ_LIST_EXPERIMENTS:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_list_experiments (sql, &context, args, cancellable, error);
    case READ_GET_EXPERIMENT:
      *destroy = (GDestroyNotify) leyden_experiment_row_free;
      return leyden_read_get_experiment (sql, &context, args, cancellable, error);
    case READ_EXPERIMENT:
      *destroy = (GDestroyNotify) leyden_experiment_batch_free;
      return leyden_read_experiment (sql, &context, args, cancellable, error);
    case READ_LIST_EVALUATIONS:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_list_evaluations (sql, &context, args, cancellable, error);
    case READ_CACHED:
      *destroy = (GDestroyNotify) leyden_value_unref;
      return leyden_read_cached (sql, &context, args, cancellable, error);
    case READ_COUNT_CACHE:
      *destroy = (GDestroyNotify) leyden_value_unref;
      return leyden_read_count_cache (sql, &context, args, cancellable, error);
    default:
      g_assert_not_reached ();
    }
}

static void
read_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  GDestroyNotify destroy = NULL;
  GError *error = NULL;
  LeydenSql *sql = leyden_readers_acquire (self->readers, &error);
  gpointer answer = NULL;

  if (sql != NULL)
    {
      answer = do_read (self, data, sql, &destroy, cancellable, &error);
      leyden_readers_release (self->readers, sql);
    }
  if (answer != NULL)
    g_task_return_pointer (task, answer, destroy);
  else
    g_task_return_error (task, error);
}

static void
start_read (LeydenSqliteStore   *self,
            ReadKind             kind,
            const LeydenReadArgs *args,
            GCancellable        *cancellable,
            gpointer             tag,
            GAsyncReadyCallback  callback,
            gpointer             data)
{
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, cancellable, tag, callback, data);
  Read *read = g_new0 (Read, 1);

  read->kind = kind;
  read->args = *args;
  read->args.name = g_strdup (args->name);
  read->args.state = g_strdup (args->state);
  read->args.node = g_strdup (args->node);
  g_task_set_task_data (task, read, read_free);
  g_task_run_in_thread (task, read_thread);
}

static void
sqlite_read_rollout_async (LeydenStore        *store,
                           const char         *rollout,
                           guint64             after_sequence,
                           guint               limit,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) rollout, .after = after_sequence, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_ROLLOUT, &args, cancellable, sqlite_read_rollout_async, callback, data);
}

static void
sqlite_scan_rollout_async (LeydenStore        *store,
                           const char         *rollout,
                           guint64             after_sequence,
                           LeydenStoreScan     func,
                           gpointer            func_data,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) rollout, .after = after_sequence, .scan = func, .scan_data = func_data };

  start_read (LEYDEN_SQLITE_STORE (store), READ_SCAN, &args, cancellable, sqlite_scan_rollout_async, callback, data);
}

static gboolean
sqlite_scan_rollout_finish (LeydenStore   *store,
                            GAsyncResult  *result,
                            GError       **error)
{
  return GPOINTER_TO_INT (leyden_sqlite_store_finish_pointer (store, result, error));
}

static void
sqlite_read_run_async (LeydenStore        *store,
                       const char         *run,
                       guint64             after_position,
                       guint               limit,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) run, .after = after_position, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_RUN, &args, cancellable, sqlite_read_run_async, callback, data);
}

static void
sqlite_fold_async (LeydenStore         *store,
                   const char          *rollout,
                   guint64              until_sequence,
                   const LeydenReducer *reducer,
                   GCancellable        *cancellable,
                   GAsyncReadyCallback  callback,
                   gpointer             data)
{
  LeydenReadArgs args = { .name = (char *) rollout, .after = until_sequence, .reducer = reducer };

  start_read (LEYDEN_SQLITE_STORE (store), READ_FOLD, &args, cancellable, sqlite_fold_async, callback, data);
}

static void
sqlite_list_runs_async (LeydenStore        *store,
                        const char         *key,
                        guint               limit,
                        GCancellable       *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) key, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_LIST_RUNS, &args, cancellable, sqlite_list_runs_async, callback, data);
}

static void
sqlite_get_run_async (LeydenStore        *store,
                      const char         *run,
                      GCancellable       *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) run };

  start_read (LEYDEN_SQLITE_STORE (store), READ_GET_RUN, &args, cancellable, sqlite_get_run_async, callback, data);
}

static void
sqlite_list_rollouts_async (LeydenStore        *store,
                            const char         *run,
                            const char         *state,
                            gint64              after_index,
                            guint               limit,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) run, .state = (char *) state, .after_index = after_index, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_LIST_ROLLOUTS, &args, cancellable, sqlite_list_rollouts_async, callback, data);
}

static void
sqlite_get_rollout_async (LeydenStore        *store,
                          const char         *rollout,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) rollout };

  start_read (LEYDEN_SQLITE_STORE (store), READ_GET_ROLLOUT, &args, cancellable, sqlite_get_rollout_async, callback, data);
}

static void
sqlite_list_documents_async (LeydenStore        *store,
                             const char         *kind,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) kind };

  start_read (LEYDEN_SQLITE_STORE (store), READ_DOCUMENTS, &args, cancellable, sqlite_list_documents_async, callback, data);
}

static void
sqlite_get_document_async (LeydenStore        *store,
                           const char         *kind,
                           const char         *name,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) kind, .node = (char *) name };

  start_read (LEYDEN_SQLITE_STORE (store), READ_DOCUMENTS, &args, cancellable, sqlite_get_document_async, callback, data);
}

static void
sqlite_list_experiments_async (LeydenStore        *store,
                               const char         *key,
                               guint               limit,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) key, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_LIST_EXPERIMENTS, &args, cancellable, sqlite_list_experiments_async, callback, data);
}

static void
sqlite_get_experiment_async (LeydenStore        *store,
                             const char         *experiment,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) experiment };

  start_read (LEYDEN_SQLITE_STORE (store), READ_GET_EXPERIMENT, &args, cancellable, sqlite_get_experiment_async, callback, data);
}

static void
sqlite_read_experiment_async (LeydenStore        *store,
                              const char         *experiment,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) experiment };

  start_read (LEYDEN_SQLITE_STORE (store), READ_EXPERIMENT, &args, cancellable, sqlite_read_experiment_async, callback, data);
}

static void
sqlite_list_evaluations_async (LeydenStore        *store,
                               const char         *env,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) env };

  start_read (LEYDEN_SQLITE_STORE (store), READ_LIST_EVALUATIONS, &args, cancellable, sqlite_list_evaluations_async, callback, data);
}

static void
sqlite_get_cached_async (LeydenStore        *store,
                         const char         *key,
                         const char         *flow,
                         const char         *node,
                         GCancellable       *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) key, .state = (char *) flow, .node = (char *) node };

  start_read (LEYDEN_SQLITE_STORE (store), READ_CACHED, &args, cancellable, sqlite_get_cached_async, callback, data);
}

static void
sqlite_count_cache_async (LeydenStore        *store,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            data)
{
  LeydenReadArgs args = { 0 };

  start_read (LEYDEN_SQLITE_STORE (store), READ_COUNT_CACHE, &args, cancellable, sqlite_count_cache_async, callback, data);
}

void
leyden_sqlite_store_inspect_async (LeydenSqliteStore  *self,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            data)
{
  LeydenReadArgs args = { 0 };

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  start_read (self, READ_INSPECT, &args, cancellable, leyden_sqlite_store_inspect_async, callback, data);
}

LeydenValue *
leyden_sqlite_store_inspect_finish (LeydenSqliteStore *self,
                                    GAsyncResult      *result,
                                    GError           **error)
{
  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}

void
leyden_sqlite_store_init_reads (LeydenStoreInterface *iface)
{
  iface->read_rollout_async = sqlite_read_rollout_async;
  iface->read_rollout_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->scan_rollout_async = sqlite_scan_rollout_async;
  iface->scan_rollout_finish = sqlite_scan_rollout_finish;
  iface->read_run_async = sqlite_read_run_async;
  iface->read_run_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->fold_async = sqlite_fold_async;
  iface->fold_finish = (LeydenValue *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->list_runs_async = sqlite_list_runs_async;
  iface->list_runs_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->get_run_async = sqlite_get_run_async;
  iface->get_run_finish = (LeydenRunRow *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->list_rollouts_async = sqlite_list_rollouts_async;
  iface->list_rollouts_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->get_rollout_async = sqlite_get_rollout_async;
  iface->get_rollout_finish = (LeydenRolloutRow *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->get_document_async = sqlite_get_document_async;
  iface->get_document_finish = (LeydenValue *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->list_documents_async = sqlite_list_documents_async;
  iface->list_documents_finish = (LeydenValue *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->list_experiments_async = sqlite_list_experiments_async;
  iface->list_experiments_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->get_experiment_async = sqlite_get_experiment_async;
  iface->get_experiment_finish = (LeydenExperimentRow *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->read_experiment_async = sqlite_read_experiment_async;
  iface->read_experiment_finish = (LeydenExperimentBatch *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->get_cached_async = sqlite_get_cached_async;
  iface->get_cached_finish = (LeydenValue *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->count_cache_async = sqlite_count_cache_async;
  iface->count_cache_finish = (LeydenValue *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->list_evaluations_async = sqlite_list_evaluations_async;
  iface->list_evaluations_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
}
