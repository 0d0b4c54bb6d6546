/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-flow.h"

#include <glib/gi18n-lib.h>

#include "leyden-edit.h"
#include "leyden-flow-pins.h"
#include "leyden-gateway-private.h"
#include "leyden-json.h"
#include "leyden-run-pins.h"

/* Flow blob, part blob → both read → blobs of pins, one after another → put into the flow. */

typedef struct
{
  LeydenValue *definition;
  LeydenStore *store;
  char        *flow_path;
  char        *part_path;       /* of the blob of a part; NULL: the whole flow runs */
  LeydenFlow  *flow;
  LeydenValue *part;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *self = data;

  leyden_value_unref (self->definition);
  g_object_unref (self->store);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->part, leyden_value_unref);
  g_free (self->part_path);
  g_free (self->flow_path);
  g_free (self);
}

static void
fail (GTask  *task,
      GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

void
leyden_run_blob_missing (GError     **error,
                         const char  *what,
                         const char  *sha256)
{
  if (!g_error_matches (*error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    return;
  g_clear_error (error);
  g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_MISSING,
               _("The %s %.12s… is not in this backend; upload it first (PUT /leyden/v1/blobs/{sha256})"), what, sha256);
}

static GBytes *
read_file (const char  *path,
           GError     **error)
{
  char *text = NULL;
  gsize length = 0;

  return g_file_get_contents (path, &text, &length, error) ? g_bytes_new_take (text, length) : NULL;
}

LeydenFlow *
leyden_run_parse_flow (const char  *path,
                       GError     **error)
{
  /* Mapped: what is larger than any document can be is refused without being read. */
  g_autoptr(GMappedFile) mapped = g_mapped_file_new (path, FALSE, error);
  g_autoptr(GBytes) bytes = mapped != NULL ? g_mapped_file_get_bytes (mapped) : NULL;

  return bytes != NULL ? leyden_flow_parse (bytes, "flow", error) : NULL;
}

static gboolean
read_part (Reading  *self,
           GError  **error)
{
  g_autoptr(GBytes) bytes = NULL;

  if (self->part_path == NULL)
    return TRUE;
  bytes = read_file (self->part_path, error);
  if (bytes != NULL)
    self->part = leyden_json_parse_bytes (bytes, NULL, error);
  return self->part != NULL;
}

/* As if nothing were pinned. */
static gboolean
ignore_pins (Reading  *self,
             GError  **error)
{
  g_autoptr(LeydenEdit) edit = NULL;

  if (g_strcmp0 (leyden_value_get_member_string (self->definition, "pins", NULL), "ignore") == 0)
    edit = leyden_edit_new_unpin_all (self->flow);
  return edit == NULL || leyden_flow_apply (self->flow, edit, error);
}

static void
read_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Reading *self = task_data;
  GError *error = NULL;

  self->flow = leyden_run_parse_flow (self->flow_path, &error);
  if (self->flow == NULL || !ignore_pins (self, &error) || !read_part (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_return_boolean (task, TRUE);
}

static void
pinned_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (leyden_run_load_pins_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  GTask *task = user_data;
  Reading *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    leyden_run_load_pins_async (self->store, self->flow, FALSE, g_task_get_cancellable (task), pinned_cb, task);
  else
    fail (task, error);
}

static void
part_opened_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  GTask *task = user_data;
  Reading *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->part_path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);
  if (self->part_path == NULL)
    fail (task, error);
  else
    leyden_run_step_in_thread (task, read_thread, read_cb);
}

static void
flow_opened_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  GTask *task = user_data;
  Reading *self = g_task_get_task_data (task);
  const char *part = leyden_value_get_member_string (leyden_value_get_member (self->definition, "part"), "sha256", NULL);
  GError *error = NULL;

  self->flow_path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);
  if (self->flow_path == NULL)
    {
      leyden_run_blob_missing (&error, _("flow"), leyden_value_get_member_string (self->definition, "flow", ""));
      fail (task, error);
      return;
    }
  if (part != NULL)
    leyden_store_open_blob_async (self->store, part, g_task_get_cancellable (task), part_opened_cb, task);
  else
    leyden_run_step_in_thread (task, read_thread, read_cb);
}

void
leyden_run_read_flow_async (LeydenStore         *store,
                            LeydenValue         *definition,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Reading *self = g_new0 (Reading, 1);

  self->store = g_object_ref (store);
  self->definition = leyden_value_ref (definition);
  g_task_set_source_tag (task, leyden_run_read_flow_async);
  g_task_set_task_data (task, self, reading_free);
  leyden_store_open_blob_async (store, leyden_value_get_member_string (definition, "flow", ""), cancellable, flow_opened_cb, task);
}

LeydenFlow *
leyden_run_read_flow_finish (GAsyncResult  *result,
                             LeydenValue  **part,
                             GError       **error)
{
  Reading *self;

  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_run_read_flow_async), NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  self = g_task_get_task_data (G_TASK (result));
  *part = g_steal_pointer (&self->part);
  return g_steal_pointer (&self->flow);
}
