/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-rollout-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>

#include "leyden-flow.h"
#include "leyden-json.h"
#include "leyden-redact.h"
#include "leyden-run-flow.h"
#include "leyden-run-job.h"
#include "leyden-run-pins.h"

/* Row → run → its flow → its input → head of the file → records, as they come. */
typedef struct
{
  LeydenStore       *store;
  LeydenNodeTypes   *types;
  char              *rollout;
  char              *path;
  char              *part;              /* what is written, until it is whole; NULL: nothing is there */
  LeydenStoreRedact  redact;
  gpointer           redact_data;
  LeydenRolloutRow  *row;
  LeydenRunRow      *run;
  LeydenFlow        *flow;              /* NULL: it ran none, or it is gone */
  LeydenValue       *input;             /* the same */
  FILE              *out;
  gboolean           any;
  int                error;             /* of the system, the first; 0: none */
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  g_object_unref (export->store);
  g_object_unref (export->types);
  g_free (export->rollout);
  g_free (export->path);
  g_clear_pointer (&export->row, leyden_rollout_row_free);
  g_clear_pointer (&export->run, leyden_run_row_free);
  g_clear_object (&export->flow);
  g_clear_pointer (&export->input, leyden_value_unref);
  if (export->out != NULL)
    fclose (export->out);
  if (export->part != NULL)
    g_unlink (export->part);
  g_free (export->part);
  g_free (export);
}

/* The first counts: what fails after it says less. */
static void
note_error (Export *export)
{
  if (export->error == 0)
    export->error = errno;
}

static void
write_text (Export     *export,
            const char *text)
{
  if (fputs (text, export->out) < 0)
    note_error (export);
}

static void
write_value (Export      *export,
             LeydenValue *value)
{
  g_autoptr(LeydenValue) redacted = value != NULL ? leyden_redact_value (value, export->redact, export->redact_data) : leyden_value_new_null ();
  g_autofree char *text = leyden_json_write (redacted, LEYDEN_JSON_COMPACT);

  write_text (export, text);
}

static gboolean
write_records (GPtrArray *records,
               gpointer   data)
{
  Export *export = data;

  for (guint i = 0; i < records->len && export->error == 0; i++)
    {
      g_autoptr(LeydenRecord) redacted = leyden_redact_record (g_ptr_array_index (records, i), export->redact, NULL, export->redact_data);
      g_autoptr(LeydenValue) value = leyden_record_to_value (redacted);
      g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);

      write_text (export, export->any ? ",\n" : "\n");
      write_text (export, text);
      export->any = TRUE;
    }
  return export->error == 0;
}

static void
records_written_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr(GTask) task = data;
  Export *export = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_store_scan_rollout_finish (LEYDEN_STORE (object), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  write_text (export, "\n]}\n");
  if (fclose (g_steal_pointer (&export->out)) != 0)
    note_error (export);
  if (export->error == 0 && g_rename (export->part, export->path) != 0)
    note_error (export);
  if (export->error != 0)
    {
      g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (export->error), "%s: %s", export->path, g_strerror (export->error));
      return;
    }
  g_clear_pointer (&export->part, g_free);
  g_task_return_boolean (task, TRUE);
}

static LeydenValue *
describe_run (Export *export)
{
  static const char * const names[] = { "title", "model", "seed" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; export->run != NULL && i < G_N_ELEMENTS (names); i++)
    if (leyden_value_get_member (export->run->definition, names[i]) != NULL)
      leyden_value_builder_set (&b, names[i], leyden_value_get_member (export->run->definition, names[i]));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
write_head (Export *export)
{
  g_autoptr(LeydenValue) row = leyden_rollout_row_to_value (export->row);
  g_autoptr(LeydenValue) run = describe_run (export);
  g_autoptr(GBytes) bytes = export->flow != NULL ? leyden_flow_serialize (export->flow) : NULL;
  g_autoptr(LeydenValue) flow = bytes != NULL ? leyden_json_parse_bytes (bytes, NULL, NULL) : NULL;

  fprintf (export->out, "{\"leyden-rollout\": %d,\n\"rollout\": ", LEYDEN_ROLLOUT_FILE_VERSION);
  write_value (export, row);
  write_text (export, ",\n\"run\": ");
  write_value (export, run);
  write_text (export, ",\n\"flow\": ");
  write_value (export, flow);
  write_text (export, ",\n\"input\": ");
  write_value (export, export->input);
  write_text (export, ",\n\"records\": [");
}

/* What was said in a rollout is for its owner to give away. */
static void
head_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Export *export = data;
  g_autofree char *part = g_strconcat (export->path, ".part", NULL);

  export->out = g_fopen (part, "we");
  if (export->out == NULL || fchmod (fileno (export->out), 0600) != 0)
    note_error (export);
  if (export->out != NULL)
    export->part = g_steal_pointer (&part);
  if (export->error != 0)
    {
      g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (export->error), "%s: %s", export->path, g_strerror (export->error));
      return;
    }
  write_head (export);
  g_task_return_boolean (task, TRUE);
}

static void
head_written_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  GTask *task = data;
  Export *export = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    leyden_store_scan_rollout_async (export->store, export->rollout, 0, write_records, export, NULL, records_written_cb, task);
  else
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
}

/* Takes @task. Flows and inputs are large at times: they are written in a thread as the records are. */
static void
write_file (GTask *task)
{
  leyden_run_step_in_thread (task, head_thread, head_written_cb);
}

/* The flow, the input and the run say more; without them the records still tell what happened. */
static void
job_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  GTask *task = data;
  Export *export = g_task_get_task_data (task);
  g_autoptr(LeydenRunJob) job = leyden_run_job_prepare_finish (result, NULL);
  g_autofree LeydenRunItem *items = job != NULL ? leyden_run_job_list_items (job) : NULL;

  if (job != NULL && leyden_run_job_get_n_items (job) == 1)
    export->input = leyden_value_ref (items[0].input);
  write_file (task);
}

static void
flow_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  GTask *task = data;
  Export *export = g_task_get_task_data (task);
  g_autoptr(LeydenValue) part = NULL;
  g_autoptr(LeydenValue) definition = NULL;

  export->flow = leyden_run_read_flow_finish (result, &part, NULL);
  if (export->flow == NULL || part != NULL)
    {
      write_file (task);
      return;
    }
  definition = leyden_run_definition_of_row (export->run->definition, export->row->index);
  leyden_run_job_prepare_async (export->store, export->types, definition, NULL, job_cb, task);
}

static void
run_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  GTask *task = data;
  Export *export = g_task_get_task_data (task);

  export->run = leyden_store_get_run_finish (LEYDEN_STORE (object), result, NULL);
  if (export->run != NULL && leyden_value_get_member_string (export->run->definition, "flow", NULL) != NULL)
    leyden_run_read_flow_async (export->store, export->run->definition, NULL, flow_cb, task);
  else
    write_file (task);
}

static void
row_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  GTask *task = data;
  Export *export = g_task_get_task_data (task);
  GError *error = NULL;

  export->row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (export->row == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (export->row->run != NULL)
    leyden_store_get_run_async (export->store, export->row->run, NULL, run_cb, task);
  else
    write_file (task);
}

void
leyden_rollout_export_async (LeydenStore         *store,
                             LeydenNodeTypes     *types,
                             const char          *rollout,
                             const char          *path,
                             LeydenStoreRedact    redact,
                             gpointer             redact_data,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  Export *export = g_new0 (Export, 1);

  export->store = g_object_ref (store);
  export->types = g_object_ref (types);
  export->rollout = g_strdup (rollout);
  export->path = g_strdup (path);
  export->redact = redact;
  export->redact_data = redact_data;
  g_task_set_source_tag (task, leyden_rollout_export_async);
  g_task_set_task_data (task, export, export_free);
  leyden_store_get_rollout_async (store, rollout, NULL, row_cb, task);
}

gboolean
leyden_rollout_export_finish (GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_rollout_export_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
