/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rollout that goes on from a place in another one's log, with something changed: a run of its own. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-fork-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-edit.h"
#include "leyden-fork.h"
#include "leyden-gateway-access.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-run-flow.h"
#include "leyden-text.h"

/* A key that a client chose, kept apart from those of runs. */
#define CLIENT_KEY "fork:"

/*
 *  rollout ─► its run ─► what ran (job) ─► records ─► its document, or the one that is named ─► parameters put in, kept
 *          ─► what will run (job) ─► the fork's log ─► run and log on disk ─► live: the engine resumes it
 */

void
leyden_fork_free (gpointer data)
{
  LeydenFork *fork = data;

  if (fork->key != NULL)
    g_hash_table_remove (fork->self->creating, fork->key);
  g_free (fork->key);
  g_object_unref (fork->self);
  leyden_http_exchange_unref (fork->exchange);
  leyden_value_unref (fork->body);
  leyden_value_unref (fork->edits);
  g_clear_pointer (&fork->row, leyden_rollout_row_free);
  g_clear_pointer (&fork->definition, leyden_value_unref);
  g_clear_pointer (&fork->before, leyden_run_job_free);
  g_clear_object (&fork->flow);
  g_clear_pointer (&fork->document, leyden_value_unref);
  g_clear_pointer (&fork->kept, leyden_kept_flow_free);
  g_clear_pointer (&fork->new_definition, leyden_value_unref);
  g_clear_pointer (&fork->after, leyden_run_job_free);
  g_clear_pointer (&fork->records, g_ptr_array_unref);
  g_clear_pointer (&fork->log, g_ptr_array_unref);
  g_clear_pointer (&fork->new_row, leyden_rollout_row_free);
  g_clear_error (&fork->failure);
  g_free (fork->run);
  g_free (fork);
}

gboolean
leyden_fork_goes_on (LeydenFork  *fork,
                     gboolean     done,
                     GError     **error)
{
  if (!done)
    leyden_gateway_respond_gerror (fork->exchange, *error);
  else if (fork->self->stopping || fork->self->store == NULL)
    leyden_http_exchange_respond_error (fork->exchange, 503, "%s", _("The backend is about to end"));
  return done && !fork->self->stopping && fork->self->store != NULL;
}

static void
run_step (LeydenFork          *fork,
          GTaskThreadFunc      func,
          GAsyncReadyCallback  callback)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, fork);

  g_task_set_source_tag (task, func);
  g_task_set_task_data (task, fork, NULL);
  g_task_run_in_thread (task, func);
}

/* ---- The log ---- */

static LeydenValue *
list_value_edits (LeydenFork *fork)
{
  LeydenValue *edits = fork->edits;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (edits); i++)
    if (leyden_value_get_member (leyden_value_get_item (edits, i), "port") != NULL)
      leyden_value_builder_add (&b, leyden_value_get_item (edits, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
log_thread (GTask        *task,
            gpointer      source,
            gpointer      data,
            GCancellable *cancellable)
{
  LeydenFork *fork = data;
  g_autoptr(LeydenValue) edits = list_value_edits (fork);
  LeydenForkSpec spec = {
    .rollout = fork->new_row->rollout, .before = leyden_run_job_get_plan (fork->before), .after = leyden_run_job_get_plan (fork->after),
    .records = fork->records, .until = fork->until, .edits = edits, .actor = leyden_gateway_get_actor (fork->exchange),
    .paused = leyden_value_get_member_boolean (fork->body, "paused", FALSE), .now_ns = leyden_time_now_ns (),
  };
  GError *error = NULL;

  fork->log = leyden_fork_make_log (&spec, &error);
  if (fork->log != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Masking, or a data set's mapping, may have changed since. */
static gboolean
has_same_input (LeydenFork *fork)
{
  g_autofree LeydenRunItem *items = leyden_run_job_list_items (fork->after);
  g_autofree char *hash = leyden_json_hash (items[0].input);
  LeydenRecord *started = g_ptr_array_index (fork->log, 0);

  return g_strcmp0 (leyden_value_get_member_string (started->payload, "input", NULL), hash) == 0;
}

static void
log_made_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_fork_goes_on (fork, g_task_propagate_boolean (G_TASK (result), &error), &error))
    return;
  g_clear_pointer (&fork->records, g_ptr_array_unref);
  if (!has_same_input (fork))
    {
      leyden_http_exchange_respond_error (fork->exchange, 409, "%s", _("The input is not what it was when the rollout ran: it is masked in another way now"));
      return;
    }
  fork->new_row->started_ns = ((LeydenRecord *) g_ptr_array_index (fork->log, 0))->time_ns;
  leyden_fork_write (g_steal_pointer (&fork));
}

/* ---- What will run ---- */

static void
make_row (LeydenFork *fork)
{
  g_autofree LeydenRunItem *items = leyden_run_job_list_items (fork->after);

  fork->run = leyden_id_new_uuid7 ();
  fork->new_row = leyden_rollout_row_new ();
  fork->new_row->rollout = leyden_id_new_uuid7 ();
  fork->new_row->run = g_strdup (fork->run);
  g_free (fork->new_row->executor);
  fork->new_row->executor = g_strdup ("leyden");
  fork->new_row->index = items[0].index;
  fork->new_row->item = g_strdup (items[0].item);
  fork->new_row->split = g_strdup (items[0].split);
}

static void
after_prepared_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;

  fork->after = leyden_gateway_finish_job (fork->self, result, &error);
  if (!leyden_fork_goes_on (fork, fork->after != NULL, &error))
    return;
  make_row (fork);
  run_step (g_steal_pointer (&fork), log_thread, log_made_cb);
}

/* That of the other run, of the one row, with another flow. */
static LeydenValue *
make_new_definition (LeydenFork *fork)
{
  static const char * const copied[] = { "model", "seed", "input", "dataset", "pace", "deadline_s", "pins", "cache", NULL };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_gateway_describe_flow (&b, fork->kept, leyden_value_get_member (fork->definition, "title"));
  for (guint i = 0; copied[i] != NULL; i++)
    if (leyden_value_get_member (fork->definition, copied[i]) != NULL)
      leyden_value_builder_set (&b, copied[i], leyden_value_get_member (fork->definition, copied[i]));
  leyden_value_builder_set_string (&b, "purpose", "try");
  leyden_value_builder_key (&b, "fork");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", fork->row->rollout);
  leyden_value_builder_set_int (&b, "until", (gint64) fork->until);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
flow_kept_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) exchanges = g_ptr_array_new ();

  fork->kept = leyden_gateway_keep_flow_finish (result, &error);
  if (!leyden_fork_goes_on (fork, fork->kept != NULL, &error))
    return;
  g_ptr_array_add (exchanges, fork->exchange);
  if (!leyden_gateway_check_permissions (fork->self, fork->kept->permissions, exchanges))
    return;
  fork->new_definition = make_new_definition (fork);
  leyden_run_job_prepare_async (LEYDEN_STORE (fork->self->store), LEYDEN_NODE_TYPES (fork->self->catalog), fork->new_definition, NULL,
                                after_prepared_cb, fork);
  fork = NULL;
}

static gboolean
add_parameter_edit (LeydenFork   *fork,
                    LeydenEdit   *change,
                    LeydenValue  *edit,
                    GError      **error)
{
  const char *path = leyden_value_get_member_string (edit, "node", "");
  const char *name = leyden_value_get_member_string (edit, "parameter", "");
  g_autofree char *collapsed = leyden_node_path_collapse (path);
  g_autofree char *shown = leyden_text_escape (path, -1, 80);
  g_autofree char *shown_name = leyden_text_escape (name, -1, 80);
  g_auto(GStrv) scope = NULL;
  LeydenNode *node = leyden_flow_find_path (fork->flow, collapsed, &scope);
  const LeydenNodeType *type = node == NULL ? NULL : leyden_node_types_lookup (LEYDEN_NODE_TYPES (fork->self->catalog),
                                                                               leyden_node_get_type_name (node));

  for (guint i = 0; type != NULL && i < type->parameters->len; i++)
    if (strcmp (((const LeydenParameter *) g_ptr_array_index (type->parameters, i))->name, name) == 0)
      {
        leyden_edit_add_in (change, (const char * const *) scope, LEYDEN_ELEMENT_NODE, leyden_node_get_id (node),
                            (const char * const[]) { "parameters", name, NULL }, leyden_value_get_member (edit, "value"));
        return TRUE;
      }
  if (node == NULL)
    g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_INPUT, _("The flow has no node “%s”"), shown);
  else
    g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_INPUT, _("The node has no parameter “%s”"), shown_name);
  return FALSE;
}

/* With what somebody set in the rollout its flow is what ran. A flow that is named says all itself. */
static gboolean
add_settings (LeydenFork  *fork,
              LeydenEdit  *change,
              GError     **error)
{
  g_autoptr(LeydenValue) settings = NULL;

  if (!leyden_value_is_null (leyden_value_get_member (fork->body, "flow")))
    return TRUE;
  settings = leyden_fork_list_settings (leyden_run_job_get_plan (fork->before), fork->records, fork->until);
  for (guint i = 0; i < leyden_value_get_size (settings); i++)
    if (!add_parameter_edit (fork, change, leyden_value_get_item (settings, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
change_parameters (LeydenFork  *fork,
                   GError     **error)
{
  LeydenValue *edits = fork->edits;
  g_autoptr(LeydenEdit) change = leyden_edit_new ("fork");

  if (!add_settings (fork, change, error))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (edits); i++)
    {
      LeydenValue *edit = leyden_value_get_item (edits, i);

      if (leyden_value_get_member (edit, "parameter") != NULL && !add_parameter_edit (fork, change, edit, error))
        return FALSE;
    }
  return leyden_edit_get_n_changes (change) == 0 || leyden_flow_apply (fork->flow, change, error);
}

static LeydenFlow *
read_document (LeydenFork  *fork,
               char        *path,
               GError     **error)
{
  LeydenValue *given = leyden_value_get_member (fork->body, "flow");

  if (leyden_value_get_kind (given) == LEYDEN_VALUE_OBJECT)
    return leyden_flow_from_value (given, error);
  return leyden_run_parse_flow (path, error);
}

static void
document_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  LeydenFork *fork = data;
  g_autoptr(GBytes) bytes = NULL;
  GError *error = NULL;

  fork->flow = read_document (fork, g_object_get_data (G_OBJECT (task), "path"), &error);
  if (fork->flow != NULL && change_parameters (fork, &error))
    {
      bytes = leyden_flow_serialize (fork->flow);
      fork->document = leyden_json_parse_bytes (bytes, NULL, &error);
    }
  if (fork->document != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
document_read_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_fork_goes_on (fork, g_task_propagate_boolean (G_TASK (result), &error), &error))
    return;
  leyden_gateway_keep_flow_async (fork->self, fork->document, flow_kept_cb, fork);
  fork = NULL;
}

static void
read_flow (LeydenFork *fork,
           char       *path)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, document_read_cb, fork);

  g_task_set_source_tag (task, document_thread);
  g_task_set_task_data (task, fork, NULL);
  g_object_set_data_full (G_OBJECT (task), "path", path, g_free);
  g_task_run_in_thread (task, document_thread);
}

static void
blob_opened_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;
  char *path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);

  if (path == NULL && g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    leyden_http_exchange_respond_error (fork->exchange, 422, "%s", _("The flow is not here; upload it first"));
  else if (leyden_fork_goes_on (fork, path != NULL, &error))
    read_flow (g_steal_pointer (&fork), path);
  else
    g_free (path);
}

/* ---- What ran ---- */

static void
records_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;
  const char *flow = leyden_value_get_member_string (fork->body, "flow", leyden_value_get_member_string (fork->definition, "flow", ""));

  fork->records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (!leyden_fork_goes_on (fork, fork->records != NULL, &error))
    return;
  if (leyden_value_get_kind (leyden_value_get_member (fork->body, "flow")) == LEYDEN_VALUE_OBJECT)
    read_flow (g_steal_pointer (&fork), NULL);
  else
    {
      leyden_store_open_blob_async (LEYDEN_STORE (fork->self->store), flow, NULL, blob_opened_cb, fork);
      fork = NULL;
    }
}

static void
before_prepared_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;

  fork->before = leyden_run_job_prepare_finish (result, &error);
  if (!leyden_fork_goes_on (fork, fork->before != NULL, &error))
    return;
  leyden_store_read_rollout_async (LEYDEN_STORE (fork->self->store), fork->row->rollout, 0, (guint) fork->until, NULL, records_cb, fork);
  fork = NULL;
}

static void
run_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRunRow) run = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);

  if (!leyden_fork_goes_on (fork, run != NULL, &error))
    return;
  if (leyden_value_get_member_string (run->definition, "flow", NULL) == NULL)
    leyden_http_exchange_respond_error (fork->exchange, 409, "%s", _("Its run did not run a flow here: there is nothing to go on with"));
  else if (!leyden_value_is_null (leyden_value_get_member (run->definition, "part")))
    leyden_http_exchange_respond_error (fork->exchange, 409, "%s", _("It ran a part of the flow only: run that part again with other inputs"));
  else
    {
      fork->definition = leyden_run_definition_of_row (run->definition, fork->row->index);
      leyden_run_job_prepare_async (LEYDEN_STORE (object), LEYDEN_NODE_TYPES (fork->self->catalog), fork->definition, NULL, before_prepared_cb,
                                    fork);
      fork = NULL;
    }
}

static void
row_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;

  fork->row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (!leyden_fork_goes_on (fork, fork->row != NULL, &error))
    return;
  if (fork->until == 0)
    fork->until = fork->row->last_sequence;
  if (fork->until > fork->row->last_sequence)
    leyden_http_exchange_respond_error (fork->exchange, 422, _("The rollout has %" PRIu64 " records"), fork->row->last_sequence);
  else if (fork->row->run == NULL || strcmp (fork->row->executor, "leyden") != 0)
    leyden_http_exchange_respond_error (fork->exchange, 409, "%s", _("Only what ran a flow of Leyden's in a run can be forked"));
  else if (fork->until > LEYDEN_GATEWAY_MAX_RECORDS)
    leyden_http_exchange_respond_error (fork->exchange, 409, _("It has more than %d records there: it is too long to be forked"), LEYDEN_GATEWAY_MAX_RECORDS);
  else
    {
      leyden_store_get_run_async (LEYDEN_STORE (object), fork->row->run, NULL, run_read_cb, fork);
      fork = NULL;
    }
}

static void
read_row (gpointer data)
{
  LeydenFork *fork = data;

  leyden_store_get_rollout_async (LEYDEN_STORE (fork->self->store), leyden_http_exchange_get_param (fork->exchange, "rollout"), NULL, row_read_cb, fork);
}

/* Takes @body. */
static void
begin (LeydenGateway      *self,
       LeydenHttpExchange *exchange,
       LeydenValue        *body)
{
  const char *client_id = leyden_value_get_member_string (body, "client_id", NULL);
  LeydenFork *fork = g_new0 (LeydenFork, 1);

  fork->self = g_object_ref (self);
  fork->exchange = leyden_http_exchange_ref (exchange);
  fork->until = (guint64) leyden_value_get_member_int (body, "until", 0);
  fork->edits = leyden_gateway_mask_edits (self, leyden_value_get_member (body, "edits"));
  fork->body = body;
  if (client_id == NULL)
    {
      read_row (fork);
      return;
    }
  fork->key = g_strconcat (CLIENT_KEY, client_id, NULL);
  if (g_hash_table_contains (self->creating, fork->key))
    {
      g_clear_pointer (&fork->key, g_free);
      leyden_http_exchange_respond_error (exchange, 409, "%s", _("A fork with that client_id is being made; ask again in a moment"));
      leyden_fork_free (fork);
      return;
    }
  g_hash_table_insert (self->creating, g_strdup (fork->key), g_ptr_array_new ());
  leyden_gateway_look_for_fork (self, exchange, fork->key, read_row, fork, leyden_fork_free);
}

void
leyden_gateway_fork_rollout (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);

  if (body != NULL && leyden_gateway_check_fork (exchange, body))
    begin (self, exchange, g_steal_pointer (&body));
}

/* Of a rollout its first record says what it begins with; what follows is done anew. */
void
leyden_gateway_retry_rollout (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "until", 1);
  leyden_value_builder_end (&b);
  begin (self, exchange, leyden_value_builder_end_value (&b));
}
