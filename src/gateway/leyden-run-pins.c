/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-pins.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-run-flow.h"
#include "leyden-text.h"

/* Pinned outputs that are too large for the document lie in blobs; a plan wants them in it. */

/* Of pinned nodes, each once. (element-type utf8) */
static GPtrArray *
list_blobs (LeydenFlow *flow)
{
  g_autoptr(GPtrArray) pins = leyden_flow_list_pins (flow);
  GPtrArray *digests = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < pins->len; i++)
    {
      const char *digest = leyden_pin_get_digest (leyden_node_get_pin (((LeydenPin *) g_ptr_array_index (pins, i))->node));

      if (digest != NULL && !g_ptr_array_find_with_equal_func (digests, digest, g_str_equal, NULL))
        g_ptr_array_add (digests, g_strdup (digest));
    }
  return digests;
}

static LeydenValue *
read_outputs (const LeydenPin  *pin,
              const char       *path,
              GError          **error)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = leyden_text_escape (pin->title, -1, 60);
  g_autoptr(LeydenValue) outputs = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, error) || (outputs = leyden_json_parse (text, (gssize) length, NULL, error)) == NULL)
    {
      g_prefix_error (error, _("The values that “%s” is pinned to: "), shown);
      return NULL;
    }
  if (leyden_value_get_kind (outputs) == LEYDEN_VALUE_OBJECT)
    return g_steal_pointer (&outputs);
  g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FORMAT, _("The values that “%s” is pinned to are no outputs"), shown);
  return NULL;
}

/* What the blobs say in their place. @paths: digest → file. */
static gboolean
put_outputs (LeydenFlow  *flow,
             GHashTable  *paths,
             GError     **error)
{
  g_autoptr(GPtrArray) pins = leyden_flow_list_pins (flow);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("pins");

  for (guint i = 0; i < pins->len; i++)
    {
      LeydenPin *pin = g_ptr_array_index (pins, i);
      const char *digest = leyden_pin_get_digest (leyden_node_get_pin (pin->node));
      const char *path = digest != NULL ? g_hash_table_lookup (paths, digest) : NULL;
      g_autoptr(LeydenValue) outputs = NULL;

      if (path == NULL)
        continue;
      outputs = read_outputs (pin, path, error);
      if (outputs == NULL)
        return FALSE;
      leyden_edit_add_in (edit, (const char * const *) pin->scope, LEYDEN_ELEMENT_NODE, leyden_node_get_id (pin->node),
                          (const char * const[]) { "pin", "outputs", NULL }, outputs);
    }
  return leyden_edit_get_n_changes (edit) == 0 || leyden_flow_apply (flow, edit, error);
}

/* --- listed in a thread → opened one after another → put into the flow in a thread --- */

typedef struct
{
  LeydenStore *store;
  LeydenFlow  *flow;
  gboolean     missing_ok;
  GPtrArray   *digests;         /* not yet opened */
  GHashTable  *paths;           /* digest → file */
} Loading;

static void
loading_free (gpointer data)
{
  Loading *self = data;

  g_object_unref (self->store);
  g_object_unref (self->flow);
  g_clear_pointer (&self->digests, g_ptr_array_unref);
  g_hash_table_unref (self->paths);
  g_free (self);
}

static void
list_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Loading *self = data;

  self->digests = list_blobs (self->flow);
  g_task_return_boolean (task, TRUE);
}

static void
put_thread (GTask        *task,
            gpointer      source,
            gpointer      data,
            GCancellable *cancellable)
{
  Loading *self = data;
  GError *error = NULL;

  if (put_outputs (self->flow, self->paths, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
leyden_run_step_in_thread (GTask               *task,
                           GTaskThreadFunc      func,
                           GAsyncReadyCallback  callback)
{
  g_autoptr(GTask) step = g_task_new (NULL, g_task_get_cancellable (task), callback, task);

  g_task_set_source_tag (step, func);
  g_task_set_task_data (step, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (step, func);
}

static void
put_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void open_next (GTask *task);

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GTask *task = data;
  Loading *self = g_task_get_task_data (task);
  g_autofree char *digest = g_ptr_array_steal_index (self->digests, self->digests->len - 1);
  g_autoptr(GError) error = NULL;
  char *path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);

  if (path != NULL)
    g_hash_table_insert (self->paths, g_steal_pointer (&digest), path);
  else if (!self->missing_ok || !g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    {
      leyden_run_blob_missing (&error, _("pinned value"), digest);
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  open_next (task);
}

static void
open_next (GTask *task)
{
  Loading *self = g_task_get_task_data (task);

  if (self->digests->len == 0)
    leyden_run_step_in_thread (task, put_thread, put_cb);
  else
    leyden_store_open_blob_async (self->store, g_ptr_array_index (self->digests, self->digests->len - 1), g_task_get_cancellable (task), opened_cb,
                                  task);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GTask *task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      open_next (task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

void
leyden_run_load_pins_async (LeydenStore         *store,
                            LeydenFlow          *flow,
                            gboolean             missing_ok,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Loading *self = g_new0 (Loading, 1);

  self->store = g_object_ref (store);
  self->flow = g_object_ref (flow);
  self->missing_ok = missing_ok;
  self->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_task_set_source_tag (task, leyden_run_load_pins_async);
  g_task_set_task_data (task, self, loading_free);
  leyden_run_step_in_thread (task, list_thread, listed_cb);
}

gboolean
leyden_run_load_pins_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_run_load_pins_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
