/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-rollout-file.h"

#include <math.h>
#include <string.h>

#include "leyden-engine.h"
#include "leyden-flow.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-run-job.h"
#include "leyden-run-pins.h"

/* So many records go to the store at once: whoever reads one of them reads all of these. */
#define CHUNK       500
#define CHUNK_BYTES (8 * 1024 * 1024)

/*
 * File → checked, its flow read, its state folded (in a thread) → id free? → flow kept → run marked as unfinished → run and row
 *      → read again, some records at a time (in threads) → to the store → mark away: now it is there
 */
typedef struct
{
  LeydenStore       *store;
  char              *path;
  GMappedFile       *mapped;
  LeydenRolloutFile *file;
  LeydenRolloutRecords *records;
  GPtrArray         *some;              /* that go to the store next */
  GBytes            *flow;              /* canonical; NULL: without one */
  char              *flow_id, *flow_hash, *title;
  char              *flow_sha256;
  char              *run;               /* that is made for it */
  LeydenRolloutRow  *row;
  gboolean           renamed;           /* it has not the id that it had in the file */
  gpointer           state;             /* of the fold, while it is read */
  guint64            n_written;
} Import;

static void
import_free (gpointer data)
{
  Import *import = data;

  g_object_unref (import->store);
  g_free (import->path);
  g_clear_pointer (&import->records, leyden_rollout_records_free);
  g_clear_pointer (&import->some, g_ptr_array_unref);
  g_clear_pointer (&import->file, leyden_rollout_file_free);
  g_clear_pointer (&import->mapped, g_mapped_file_unref);
  g_clear_pointer (&import->state, leyden_rollout_reducer ()->free);
  g_clear_pointer (&import->flow, g_bytes_unref);
  g_free (import->flow_id);
  g_free (import->flow_hash);
  g_free (import->title);
  g_free (import->flow_sha256);
  g_free (import->run);
  g_clear_pointer (&import->row, leyden_rollout_row_free);
  g_free (import);
}

static void
fail (GTask  *task,
      GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* ---- Records ---- */

static void write_more (GTask *task);

static void
unmarked_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  GTask *task = data;
  GError *error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      fail (task, error);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  GTask *task = data;
  Import *import = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_store_append_finish (LEYDEN_STORE (object), result, &error))
    fail (task, error);
  else if (import->n_written < import->file->n_records)
    write_more (task);
  else
    leyden_store_put_document_async (import->store, LEYDEN_STORE_UNFINISHED, import->run, NULL, unmarked_cb, task);
}

static void
read_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Import *import = data;
  GError *error = NULL;
  g_autoptr(GPtrArray) some = leyden_rollout_records_read (import->records, CHUNK, CHUNK_BYTES, &error);

  if (some == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < some->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (some, i);

      some->pdata[i] = leyden_record_new (import->row->rollout, record->attempt, record->sequence, record->time_ns, record->actor, record->type,
                                          record->node, record->payload);
      leyden_record_unref (record);
    }
  import->some = g_steal_pointer (&some);
  g_task_return_boolean (task, TRUE);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  GTask *task = data;
  Import *import = g_task_get_task_data (task);
  g_autoptr(GPtrArray) some = g_steal_pointer (&import->some);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      fail (task, error);
      return;
    }
  import->n_written += some->len;
  leyden_store_append_async (import->store, some, import->row, written_cb, task);
}

static void
write_more (GTask *task)
{
  leyden_run_step_in_thread (task, read_thread, read_cb);
}

static void put_run (GTask *task);

static void
take_new_id (Import *import)
{
  g_free (import->row->rollout);
  import->row->rollout = leyden_id_new_uuid7 ();
  import->renamed = TRUE;
}

static void
run_put_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  GTask *task = data;
  Import *import = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error))
    write_more (task);
  else if (g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT) && !import->renamed)
    {
      /* Somebody took the id after it was looked up. */
      take_new_id (import);
      put_run (task);
    }
  else
    fail (task, g_steal_pointer (&error));
}

/* ---- The run ---- */

static void
add_flow (Import             *import,
          LeydenValueBuilder *b)
{
  g_autoptr(LeydenValue) nothing = leyden_json_parse ("{}", -1, NULL, NULL);

  if (import->flow_sha256 == NULL)
    return;
  leyden_value_builder_set_string (b, "flow", import->flow_sha256);
  leyden_value_builder_set_string (b, "flow_id", import->flow_id);
  leyden_value_builder_set_string (b, "flow_hash", import->flow_hash);
  leyden_value_builder_set (b, "input", import->file->input != NULL ? import->file->input : nothing);
}

static LeydenValue *
make_definition (Import *import)
{
  LeydenValue *model = leyden_value_get_member (import->file->run, "model"), *seed = leyden_value_get_member (import->file->run, "seed");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) definition = NULL;
  g_autoptr(LeydenValue) bare = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", leyden_value_get_member_string (import->file->run, "title", import->title));
  leyden_value_builder_set_string (&b, "purpose", "try");
  add_flow (import, &b);
  if (!leyden_value_is_null (model))
    leyden_value_builder_set (&b, "model", model);
  if (!leyden_value_is_null (seed))
    leyden_value_builder_set (&b, "seed", seed);
  leyden_value_builder_key (&b, "imported");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", import->file->rollout);
  leyden_value_builder_set_int (&b, "time", leyden_time_now_ns ());
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  definition = leyden_value_builder_end_value (&b);
  if (import->flow_sha256 == NULL || leyden_run_definition_check (definition, NULL))
    return g_steal_pointer (&definition);
  /* What no definition may say is left out; the records are what matters. */
  bare = leyden_value_with_member (definition, "model", NULL);
  return leyden_value_with_member (bare, "seed", NULL);
}

/* Takes @task. */
static void
put_run (GTask *task)
{
  Import *import = g_task_get_task_data (task);
  g_autoptr(LeydenRunRow) run = leyden_run_row_new ();
  g_autoptr(GPtrArray) rows = g_ptr_array_new ();

  run->run = g_strdup (import->run);
  g_free (run->state);
  run->state = g_strdup (import->row->state);
  run->created_ns = leyden_time_now_ns ();
  run->finished_ns = run->created_ns;
  leyden_value_unref (run->definition);
  run->definition = make_definition (import);
  run->n_items = 1;
  g_free (import->row->run);
  import->row->run = g_strdup (run->run);
  g_ptr_array_add (rows, import->row);
  leyden_store_put_run_async (import->store, run, rows, run_put_cb, task);
}

static void
marked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GTask *task = data;
  GError *error = NULL;

  if (leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    put_run (task);
  else
    fail (task, error);
}

/* Whoever ends the process from here on, or fills the disk, leaves what the next opening of the store removes. */
static void
mark (GTask *task)
{
  Import *import = g_task_get_task_data (task);
  g_autoptr(LeydenValue) value = leyden_value_new_string (import->row->rollout, -1);

  import->run = leyden_id_new_uuid7 ();
  leyden_store_put_document_async (import->store, LEYDEN_STORE_UNFINISHED, import->run, value, marked_cb, task);
}

static void
flow_put_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  GTask *task = data;
  Import *import = g_task_get_task_data (task);
  GError *error = NULL;

  import->flow_sha256 = leyden_store_put_blob_finish (LEYDEN_STORE (object), result, &error);
  if (import->flow_sha256 != NULL)
    mark (task);
  else
    fail (task, error);
}

/* It keeps its id where nobody has it. */
static void
looked_up_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  GTask *task = data;
  Import *import = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRolloutRow) there = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (there == NULL && !g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    {
      fail (task, g_steal_pointer (&error));
      return;
    }
  if (there != NULL)
    take_new_id (import);
  if (import->flow != NULL)
    leyden_store_put_blob_async (import->store, import->flow, flow_put_cb, task);
  else
    mark (task);
}

/* ---- The file ---- */

static gboolean
is_plain_id (const char *id)
{
  return strlen (id) <= 128 && strspn (id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == strlen (id) && *id != '\0';
}

static char *
dup_short (LeydenValue *object,
           const char  *key)
{
  const char *text = leyden_value_get_member_string (object, key, NULL);

  return text != NULL && strlen (text) <= 200 ? g_strdup (text) : NULL;
}

/* What lists show of it comes out of its records, not out of what the file says of them. */
static void
make_row (Import *import)
{
  g_autoptr(LeydenValue) fold = leyden_rollout_reducer ()->serialise (import->state);
  LeydenValue *usage, *error;
  LeydenRolloutRow *row = import->row = leyden_rollout_row_new ();
  const char *word;

  g_clear_pointer (&import->state, leyden_rollout_reducer ()->free);
  usage = leyden_value_get_member (fold, "usage");
  error = leyden_value_get_member (fold, "error");
  word = leyden_value_get_member_string (fold, "state", "");
  row->rollout = is_plain_id (import->file->rollout) ? g_strdup (import->file->rollout) : leyden_id_new_uuid7 ();
  g_free (row->executor);
  row->executor = g_strdup ("leyden");
  g_free (row->state);
  /* Nobody goes on with one that was under way. */
  row->state = g_strdup (strcmp (word, "succeeded") == 0 || strcmp (word, "failed") == 0 ? word : "cancelled");
  row->index = CLAMP (leyden_value_get_member_int (import->file->row, "index", 0), 0, G_MAXINT32);
  row->item = dup_short (import->file->row, "item");
  row->split = dup_short (import->file->row, "split");
  row->reward = leyden_value_get_member_double (fold, "reward", NAN);
  row->latency_ms = leyden_value_get_member_double (fold, "latency_ms", NAN);
  row->started_ns = leyden_value_get_member_int (fold, "started", 0);
  row->finished_ns = leyden_value_get_member_int (fold, "finished", 0);
  row->tokens_in = leyden_value_get_member_int (usage, "tokens_in", 0);
  row->tokens_out = leyden_value_get_member_int (usage, "tokens_out", 0);
  row->cost = leyden_value_get_member_double (usage, "cost", 0);
  row->simulated = leyden_value_get_member_boolean (fold, "simulated", FALSE);
  row->error = dup_short (error, "message");
  row->error_node = dup_short (error, "node");
}

static gboolean
read_flow (Import  *import,
           GError **error)
{
  g_autoptr(LeydenFlow) flow = NULL;

  if (import->file->flow == NULL)
    return TRUE;
  flow = leyden_flow_from_value (import->file->flow, error);
  if (flow == NULL)
    return FALSE;
  import->flow = leyden_flow_serialize (flow);
  import->flow_id = g_strdup (leyden_flow_get_id (flow));
  import->flow_hash = leyden_flow_hash (flow);
  import->title = g_strdup (leyden_flow_get_title (flow));
  return TRUE;
}

static void
fold_record (LeydenRecord *record,
             gpointer      data)
{
  leyden_rollout_reducer ()->apply (data, record);
}

static gboolean
read_file (Import  *import,
           GError **error)
{
  const char *text;
  gsize length;

  import->mapped = g_mapped_file_new (import->path, FALSE, error);
  if (import->mapped == NULL)
    return FALSE;
  text = g_mapped_file_get_contents (import->mapped);
  length = g_mapped_file_get_length (import->mapped);
  import->state = leyden_rollout_reducer ()->init ();
  import->file = leyden_rollout_file_parse (text, length, fold_record, import->state, error);
  if (import->file == NULL || !read_flow (import, error))
    return FALSE;
  make_row (import);
  import->records = leyden_rollout_records_new (text, length);
  return TRUE;
}

static void
parse_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  GError *error = NULL;

  if (read_file (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
parsed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GTask *task = data;
  Import *import = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    leyden_store_get_rollout_async (import->store, import->row->rollout, NULL, looked_up_cb, task);
  else
    fail (task, error);
}

void
leyden_rollout_import_async (LeydenStore         *store,
                             const char          *path,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  Import *import = g_new0 (Import, 1);

  import->store = g_object_ref (store);
  import->path = g_strdup (path);
  g_task_set_source_tag (task, leyden_rollout_import_async);
  g_task_set_task_data (task, import, import_free);
  leyden_run_step_in_thread (task, parse_thread, parsed_cb);
}

gboolean
leyden_rollout_import_finish (GAsyncResult  *result,
                              char         **run,
                              char         **rollout,
                              GError       **error)
{
  Import *import = g_task_get_task_data (G_TASK (result));

  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_rollout_import_async), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *run = g_strdup (import->row->run);
  *rollout = g_strdup (import->row->rollout);
  return TRUE;
}
