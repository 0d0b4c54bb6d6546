/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <string.h>

#include "leyden-flow-pins.h"
#include "leyden-permission.h"

/* A flow that came with a request: read and written canonically in a thread, then kept as a blob. */

void
leyden_kept_flow_free (LeydenKeptFlow *self)
{
  g_free (self->sha256);
  g_free (self->id);
  g_free (self->hash);
  g_free (self->title);
  g_free (self->pins);
  g_clear_pointer (&self->permissions, g_ptr_array_unref);
  g_free (self);
}

typedef struct
{
  LeydenGateway  *gateway;
  LeydenValue    *value;
  GBytes         *bytes;
  LeydenKeptFlow *kept;
} Keeping;

static void
keeping_free (Keeping *keeping)
{
  g_object_unref (keeping->gateway);
  leyden_value_unref (keeping->value);
  g_clear_pointer (&keeping->bytes, g_bytes_unref);
  g_clear_pointer (&keeping->kept, leyden_kept_flow_free);
  g_free (keeping);
}

static void
read_flow_thread (GTask        *task,
                  gpointer      source,
                  gpointer      task_data,
                  GCancellable *cancellable)
{
  Keeping *keeping = task_data;
  g_autoptr(LeydenFlow) flow = NULL;
  GError *error = NULL;

  flow = leyden_flow_from_value (keeping->value, &error);
  if (flow == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  keeping->bytes = leyden_flow_serialize (flow);
  keeping->kept = g_new0 (LeydenKeptFlow, 1);
  keeping->kept->id = g_strdup (leyden_flow_get_id (flow));
  keeping->kept->hash = leyden_flow_hash (flow);
  keeping->kept->title = g_strdup (leyden_flow_get_title (flow));
  keeping->kept->pins = leyden_flow_name_pins (flow);
  keeping->kept->permissions = leyden_permissions_of_flow (flow, LEYDEN_NODE_TYPES (keeping->gateway->catalog));
  g_task_return_boolean (task, TRUE);
}

static void
flow_stored_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Keeping *keeping = g_task_get_task_data (task);
  GError *error = NULL;

  keeping->kept->sha256 = leyden_store_put_blob_finish (LEYDEN_STORE (object), result, &error);
  if (keeping->kept->sha256 != NULL)
    g_task_return_pointer (task, g_steal_pointer (&keeping->kept), (GDestroyNotify)leyden_kept_flow_free);
  else
    g_task_return_error (task, error);
}

static void
flow_read_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Keeping *keeping = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_error (task, error);
  else if (keeping->gateway->store == NULL)
    g_task_return_new_error (task, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");
  else
    leyden_store_put_blob_async (LEYDEN_STORE (keeping->gateway->store), keeping->bytes, flow_stored_cb, g_steal_pointer (&task));
}

void
leyden_gateway_keep_flow_async (LeydenGateway       *self,
                                LeydenValue         *flow,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  g_autoptr(GTask) reading = NULL;
  Keeping *keeping = g_new0 (Keeping, 1);

  keeping->gateway = g_object_ref (self);
  keeping->value = leyden_value_ref (flow);
  g_task_set_source_tag (task, leyden_gateway_keep_flow_async);
  g_task_set_task_data (task, keeping, (GDestroyNotify)keeping_free);
  reading = g_task_new (NULL, NULL, flow_read_cb, task);
  g_task_set_source_tag (reading, read_flow_thread);
  g_task_set_task_data (reading, keeping, NULL);
  g_task_run_in_thread (reading, read_flow_thread);
}

LeydenKeptFlow *
leyden_gateway_keep_flow_finish (GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_gateway_keep_flow_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
leyden_gateway_describe_flow (LeydenValueBuilder   *b,
                              const LeydenKeptFlow *flow,
                              LeydenValue          *title)
{
  leyden_value_builder_set_string (b, "title", leyden_value_is_null (title) ? flow->title : leyden_value_get_string (title, NULL));
  leyden_value_builder_set_string (b, "flow", flow->sha256);
  leyden_value_builder_set_string (b, "flow_id", flow->id);
  leyden_value_builder_set_string (b, "flow_hash", flow->hash);
  if (flow->pins != NULL)
    leyden_value_builder_set_string (b, "pinned", flow->pins);
}

/* With the model's name put in, so that the run means the same when a default changes. */
LeydenValue *
leyden_gateway_resolve_model (LeydenGateway *self,
                              LeydenValue   *model)
{
  LeydenModels *models = self->models;
  const char *endpoint = leyden_value_get_member_string (model, "endpoint", NULL);
  const char *name = leyden_value_get_member_string (model, "model", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (endpoint == NULL)
    return leyden_gateway_dup_default_model (self);
  if (name == NULL && strcmp (endpoint, leyden_models_get_default_endpoint (models)) == 0)
    name = leyden_models_get_default_model (models);
  else if (name == NULL && leyden_models_get_endpoint (models, endpoint) != NULL)
    name = leyden_models_get_endpoint (models, endpoint)->default_model;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", endpoint);
  leyden_value_builder_set_string (&b, "model", name);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_gateway_make_definition (LeydenGateway        *self,
                                LeydenValue          *body,
                                const LeydenKeptFlow *flow,
                                const char * const   *copied)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_gateway_describe_flow (&b, flow, leyden_value_get_member (body, "title"));
  leyden_value_builder_set_take (&b, "model", leyden_gateway_resolve_model (self, leyden_value_get_member (body, "model")));
  leyden_value_builder_set_int (&b, "seed", leyden_value_get_member_int (body, "seed", 42));
  for (; *copied != NULL; copied++)
    if (!leyden_value_is_null (leyden_value_get_member (body, *copied)))
      leyden_value_builder_set (&b, *copied, leyden_value_get_member (body, *copied));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
