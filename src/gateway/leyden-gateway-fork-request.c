/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_CLIENT_ID 200

/* ---- What is asked for ---- */

static gboolean
has_only (LeydenValue        *object,
          const char * const *names)
{
  for (guint i = 0; i < leyden_value_get_size (object); i++)
    if (!g_strv_contains (names, leyden_value_get_key (object, i)))
      return FALSE;
  return TRUE;
}

static gboolean
is_edit (LeydenValue *edit)
{
  static const char * const names[] = { "node", "port", "parameter", "value", NULL };
  gboolean port = leyden_value_get_member_string (edit, "port", NULL) != NULL;
  gboolean parameter = leyden_value_get_member_string (edit, "parameter", NULL) != NULL;

  return has_only (edit, names) && leyden_value_get_member_string (edit, "node", NULL) != NULL && port != parameter
         && leyden_value_get_member (edit, "value") != NULL;
}

gboolean
leyden_gateway_check_fork (LeydenHttpExchange *exchange,
                           LeydenValue        *body)
{
  LeydenValue *edits = leyden_value_get_member (body, "edits"), *until = leyden_value_get_member (body, "until");
  LeydenValue *flow = leyden_value_get_member (body, "flow"), *paused = leyden_value_get_member (body, "paused");
  static const char * const names[] = { "until", "edits", "flow", "paused", "client_id", NULL };
  const char *client_id = leyden_value_get_member_string (body, "client_id", NULL);
  gint64 sequence = 1;

  /* A word that is spelled wrong must not make another fork than the one that was meant. */
  if (!has_only (body, names))
    leyden_http_exchange_respond_error (exchange, 422, "A fork has \"until\", \"edits\", \"flow\", \"paused\" and \"client_id\", and nothing else");
  else if (!leyden_value_is_null (leyden_value_get_member (body, "client_id")) && (client_id == NULL || *client_id == '\0' || strlen (client_id) > MAX_CLIENT_ID))
    leyden_http_exchange_respond_error (exchange, 422, "\"client_id\" must have 1 to %d bytes", MAX_CLIENT_ID);
  else if (!leyden_value_is_null (until) && (!leyden_value_get_int (until, &sequence) || sequence < 1))
    leyden_http_exchange_respond_error (exchange, 422, "\"until\" must be the sequence of a record");
  else if (!leyden_value_is_null (edits) && leyden_value_get_kind (edits) != LEYDEN_VALUE_LIST)
    leyden_http_exchange_respond_error (exchange, 422, "\"edits\" must be a list");
  else if (!leyden_value_is_null (flow) && leyden_value_get_kind (flow) != LEYDEN_VALUE_OBJECT
           && !leyden_gateway_is_sha256 (leyden_value_get_string (flow, NULL)))
    leyden_http_exchange_respond_error (exchange, 422, "\"flow\" must be the digest of a document, or a document");
  else if (!leyden_value_is_null (paused) && leyden_value_get_kind (paused) != LEYDEN_VALUE_BOOLEAN)
    leyden_http_exchange_respond_error (exchange, 422, "\"paused\" must be true or false");
  else
    {
      for (guint i = 0; i < leyden_value_get_size (edits); i++)
        if (!is_edit (leyden_value_get_item (edits, i)))
          {
            leyden_http_exchange_respond_error (exchange, 422, "\"edits\"[%u] must be {\"node\", \"port\" or \"parameter\", \"value\"}", i);
            return FALSE;
          }
      return TRUE;
    }
  return FALSE;
}

LeydenValue *
leyden_gateway_mask_edits (LeydenGateway *self,
                           LeydenValue   *edits)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (edits); i++)
    {
      LeydenValue *edit = leyden_value_get_item (edits, i);
      g_autoptr(LeydenValue) value = leyden_gateway_mask_entered (self, leyden_value_get_member (edit, "value"));
      g_autoptr(LeydenValue) masked = leyden_value_with_member (edit, "value", value);

      leyden_value_builder_add (&b, masked);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Asked again ---- */

/* A client that lost the answer to a fork asks again with the same client_id, and gets the same fork. */

typedef struct
{
  LeydenGateway        *self;
  LeydenHttpExchange   *exchange;
  LeydenRunRow         *run;            /* of the fork that is there; nullable */
  LeydenForkUnknown     func;
  gpointer              data;
  GDestroyNotify        destroy;
} Look;

static void
look_free (Look *look)
{
  if (look->data != NULL)
    look->destroy (look->data);
  g_clear_pointer (&look->run, leyden_run_row_free);
  leyden_http_exchange_unref (look->exchange);
  g_object_unref (look->self);
  g_free (look);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void
rollouts_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Look) look = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(LeydenValue) rollout = NULL;

  if (rows == NULL)
    leyden_gateway_respond_gerror (look->exchange, error);
  else if (rows->len == 0)
    leyden_http_exchange_respond_error (look->exchange, 409, "%s", _("A fork with that client_id could not be made"));
  else
    {
      run = leyden_run_describe (look->run, NULL);
      rollout = leyden_value_new_string (((LeydenRolloutRow *) g_ptr_array_index (rows, 0))->rollout, -1);
      leyden_gateway_respond_take (look->exchange, 200, leyden_value_with_member (run, "rollout", rollout));
    }
}

static void
runs_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(Look) look = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_runs_finish (LEYDEN_STORE (object), result, &error);

  if (rows == NULL)
    leyden_gateway_respond_gerror (look->exchange, error);
  else if (rows->len == 0)
    look->func (g_steal_pointer (&look->data));
  else
    {
      look->run = leyden_run_row_copy (g_ptr_array_index (rows, 0));
      leyden_store_list_rollouts_async (LEYDEN_STORE (object), look->run->run, NULL, -1, 1, NULL, rollouts_cb, look);
      look = NULL;
    }
}

void
leyden_gateway_look_for_fork (LeydenGateway      *self,
                              LeydenHttpExchange *exchange,
                              const char         *key,
                              LeydenForkUnknown   func,
                              gpointer            data,
                              GDestroyNotify      destroy)
{
  Look *look = g_new0 (Look, 1);

  *look = (Look) { g_object_ref (self), leyden_http_exchange_ref (exchange), NULL, func, data, destroy };
  leyden_store_list_runs_async (LEYDEN_STORE (self->store), key, 1, NULL, runs_cb, look);
}
