/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store-helpers.h"

#include <glib/gstdio.h>

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  return *result;
}

LeydenSqliteStore *
store_open (const char          *path,
            LeydenStoreOpenFlags flags,
            GError             **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_sqlite_store_open_async (path, flags, NULL, result_cb, &result);
  return leyden_sqlite_store_open_finish (wait_for (&result), error);
}

LeydenValue *
store_inspect (LeydenSqliteStore *store,
               GError           **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_sqlite_store_inspect_async (store, NULL, result_cb, &result);
  return leyden_sqlite_store_inspect_finish (store, wait_for (&result), error);
}

gboolean
store_append (LeydenStore             *store,
              GPtrArray               *records,
              const LeydenRolloutRow  *row,
              GError                 **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_append_async (store, records, row, result_cb, &result);
  return leyden_store_append_finish (store, wait_for (&result), error);
}

gboolean
store_put_run (LeydenStore         *store,
               const LeydenRunRow  *run,
               GPtrArray           *rows,
               GError             **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_put_run_async (store, run, rows, result_cb, &result);
  return leyden_store_put_run_finish (store, wait_for (&result), error);
}

GPtrArray *
store_read_rollout (LeydenStore  *store,
                    const char   *rollout,
                    guint64       after,
                    guint         limit,
                    GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_read_rollout_async (store, rollout, after, limit, NULL, result_cb, &result);
  return leyden_store_read_rollout_finish (store, wait_for (&result), error);
}

gboolean
store_scan_rollout (LeydenStore      *store,
                    const char       *rollout,
                    guint64           after,
                    LeydenStoreScan   func,
                    gpointer          data,
                    GError          **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_scan_rollout_async (store, rollout, after, func, data, NULL, result_cb, &result);
  return leyden_store_scan_rollout_finish (store, wait_for (&result), error);
}

GPtrArray *
store_read_run (LeydenStore  *store,
                const char   *run,
                guint64       after,
                guint         limit,
                GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_read_run_async (store, run, after, limit, NULL, result_cb, &result);
  return leyden_store_read_run_finish (store, wait_for (&result), error);
}

LeydenValue *
store_fold (LeydenStore          *store,
            const char           *rollout,
            guint64               until,
            const LeydenReducer  *reducer,
            GError              **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_fold_async (store, rollout, until, reducer, NULL, result_cb, &result);
  return leyden_store_fold_finish (store, wait_for (&result), error);
}

GPtrArray *
store_list_runs (LeydenStore  *store,
                 const char   *key,
                 guint         limit,
                 GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_list_runs_async (store, key, limit, NULL, result_cb, &result);
  return leyden_store_list_runs_finish (store, wait_for (&result), error);
}

LeydenRunRow *
store_get_run (LeydenStore  *store,
               const char   *run,
               GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_get_run_async (store, run, NULL, result_cb, &result);
  return leyden_store_get_run_finish (store, wait_for (&result), error);
}

GPtrArray *
store_list_rollouts (LeydenStore  *store,
                     const char   *run,
                     const char   *state,
                     gint64        after,
                     guint         limit,
                     GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_list_rollouts_async (store, run, state, after, limit, NULL, result_cb, &result);
  return leyden_store_list_rollouts_finish (store, wait_for (&result), error);
}

LeydenRolloutRow *
store_get_rollout (LeydenStore  *store,
                   const char   *rollout,
                   GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_get_rollout_async (store, rollout, NULL, result_cb, &result);
  return leyden_store_get_rollout_finish (store, wait_for (&result), error);
}

char *
store_put_blob (LeydenStore  *store,
                GBytes       *bytes,
                GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_put_blob_async (store, bytes, result_cb, &result);
  return leyden_store_put_blob_finish (store, wait_for (&result), error);
}

gboolean
store_adopt_blob (LeydenStore  *store,
                  const char   *path,
                  const char   *sha256,
                  GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_adopt_blob_async (store, path, sha256, result_cb, &result);
  return leyden_store_adopt_blob_finish (store, wait_for (&result), error);
}

char *
store_open_blob (LeydenStore  *store,
                 const char   *sha256,
                 GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_open_blob_async (store, sha256, NULL, result_cb, &result);
  return leyden_store_open_blob_finish (store, wait_for (&result), error);
}

gboolean
store_put_document (LeydenStore  *store,
                    const char   *kind,
                    const char   *name,
                    LeydenValue  *value,
                    GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_put_document_async (store, kind, name, value, result_cb, &result);
  return leyden_store_put_document_finish (store, wait_for (&result), error);
}

LeydenValue *
store_list_documents (LeydenStore  *store,
                      const char   *kind,
                      GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_list_documents_async (store, kind, NULL, result_cb, &result);
  return leyden_store_list_documents_finish (store, wait_for (&result), error);
}

LeydenValue *
store_get_document (LeydenStore  *store,
                    const char   *kind,
                    const char   *name,
                    GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_get_document_async (store, kind, name, NULL, result_cb, &result);
  return leyden_store_get_document_finish (store, wait_for (&result), error);
}

gboolean
store_put_experiment (LeydenStore           *store,
                      LeydenExperimentBatch *batch,
                      GError               **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_put_experiment_async (store, batch, result_cb, &result);
  return leyden_store_put_experiment_finish (store, wait_for (&result), error);
}

GPtrArray *
store_list_experiments (LeydenStore *store,
                        const char  *key,
                        guint        limit,
                        GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_list_experiments_async (store, key, limit, NULL, result_cb, &result);
  return leyden_store_list_experiments_finish (store, wait_for (&result), error);
}

LeydenExperimentRow *
store_get_experiment (LeydenStore *store,
                      const char  *experiment,
                      GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_get_experiment_async (store, experiment, NULL, result_cb, &result);
  return leyden_store_get_experiment_finish (store, wait_for (&result), error);
}

LeydenExperimentBatch *
store_read_experiment (LeydenStore *store,
                       const char  *experiment,
                       GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_read_experiment_async (store, experiment, NULL, result_cb, &result);
  return leyden_store_read_experiment_finish (store, wait_for (&result), error);
}

GPtrArray *
store_list_evaluations (LeydenStore *store,
                        const char  *env,
                        GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_list_evaluations_async (store, env, NULL, result_cb, &result);
  return leyden_store_list_evaluations_finish (store, wait_for (&result), error);
}

LeydenValue *
store_get_cached (LeydenStore *store,
                  const char  *key,
                  const char  *flow,
                  const char  *node,
                  GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_get_cached_async (store, key, flow, node, NULL, result_cb, &result);
  return leyden_store_get_cached_finish (store, wait_for (&result), error);
}

LeydenValue *
store_count_cache (LeydenStore *store,
                   GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_count_cache_async (store, NULL, result_cb, &result);
  return leyden_store_count_cache_finish (store, wait_for (&result), error);
}

gboolean
store_change_cache (LeydenStore       *store,
                    LeydenCacheChange *change,
                    GError           **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_change_cache_async (store, change, result_cb, &result);
  return leyden_store_change_cache_finish (store, wait_for (&result), error);
}

void
store_finish (LeydenStore *store)
{
  gpointer weak = store;

  leyden_sqlite_store_close (LEYDEN_SQLITE_STORE (store));
  g_object_add_weak_pointer (G_OBJECT (store), &weak);
  g_object_unref (store);
  for (guint i = 0; g_atomic_pointer_get (&weak) != NULL && i < 5000; i++)
    g_usleep (1000);
  g_assert_null (g_atomic_pointer_get (&weak));
}

/* --- things to store --- */

LeydenValue *
make_payload (gint64      n,
              const char *text)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "n", n);
  leyden_value_builder_set_string (&b, "text", text);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenRecord *
make_record_with (const char  *rollout,
                  guint64      sequence,
                  LeydenValue *payload)
{
  static const char * const types[] = { "node.started", "node.finished", "reward" };

  return leyden_record_new (rollout, "0", sequence, 1700000000000000000 + (gint64) (sequence % 1000000), "engine", types[sequence % 3],
                            sequence % 2 ? "solve[3]/check" : "", payload);
}

LeydenRecord *
make_record (const char *rollout,
             guint64     sequence)
{
  g_autoptr(LeydenValue) payload = make_payload ((gint64) sequence, "some text");

  return make_record_with (rollout, sequence, payload);
}

GPtrArray *
make_records (const char *rollout,
              guint64     first,
              guint64     last)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

  for (guint64 i = first; i <= last; i++)
    g_ptr_array_add (records, make_record (rollout, i));
  return records;
}

LeydenRolloutRow *
make_row (const char *rollout,
          const char *run,
          gint64      index,
          const char *state)
{
  LeydenRolloutRow *row = leyden_rollout_row_new ();

  row->rollout = g_strdup (rollout);
  row->run = g_strdup (run);
  row->index = index;
  row->item = g_strdup_printf ("item-%" G_GINT64_FORMAT, index);
  g_free (row->state);
  row->state = g_strdup (state);
  return row;
}

LeydenRunRow *
make_run (const char *run,
          gint64      created_ns)
{
  LeydenRunRow *row = leyden_run_row_new ();

  row->run = g_strdup (run);
  row->created_ns = created_ns;
  return row;
}

/* --- a reducer --- */

typedef struct
{
  gint64 sum;
  gint64 count;
} Count;

int count_reducer_applied;

static gpointer
count_init (void)
{
  return g_new0 (Count, 1);
}

static void
count_apply (gpointer      state,
             LeydenRecord *record)
{
  Count *self = state;

  self->sum += leyden_value_get_member_int (record->payload, "n", 0) * (1 + self->count % 7);
  self->count++;
  g_atomic_int_inc (&count_reducer_applied);
}

static LeydenValue *
count_serialise (gpointer state)
{
  Count *self = state;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "sum", self->sum);
  leyden_value_builder_set_int (&b, "count", self->count);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gpointer
count_restore (LeydenValue *value)
{
  Count *self = count_init ();

  self->sum = leyden_value_get_member_int (value, "sum", 0);
  self->count = leyden_value_get_member_int (value, "count", 0);
  return self;
}

const LeydenReducer *
count_reducer (void)
{
  static const LeydenReducer reducer = { "count/1", count_init, count_apply, count_serialise, count_restore, g_free };

  return &reducer;
}

/* --- folders --- */

char *
make_folder (void)
{
  g_autoptr(GError) error = NULL;
  char *folder = g_dir_make_tmp ("leyden-test-store-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

void
remove_tree (const char *path)
{
  g_autoptr(GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  g_remove (path);
}
