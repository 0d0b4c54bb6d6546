/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-permission.h"

/* What flows want to do on this machine, and what its user lets them do. A grant needs the approval key, which stands in the
 * rendezvous file and nowhere else: who holds only the backend's key, from wherever, cannot approve anything. */

static LeydenValue *
make_permissions (LeydenGateway *self,
                  GPtrArray     *permissions,
                  const char    *detail)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (detail != NULL)
    leyden_value_builder_set_string (&b, "detail", detail);
  leyden_value_builder_key (&b, "permissions");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < permissions->len; i++)
    leyden_value_builder_take (&b, leyden_permission_to_value (g_ptr_array_index (permissions, i), self->approvals));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

gboolean
leyden_gateway_check_permissions (LeydenGateway *self,
                                  GPtrArray     *permissions,
                                  GPtrArray     *exchanges)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = NULL;

  if (leyden_permissions_check (permissions, self->approvals, &error))
    return TRUE;
  value = make_permissions (self, permissions, error->message);
  for (guint i = 0; i < exchanges->len; i++)
    leyden_http_exchange_respond_json (g_ptr_array_index (exchanges, i), 403, value);
  return FALSE;
}

/* ---- What a flow wants; programs are read to hash them, so in a thread ---- */

typedef struct
{
  LeydenHttpExchange *exchange;
  LeydenValue        *flow;
  GPtrArray          *permissions;
} Finding;

static void
finding_free (gpointer data)
{
  Finding *self = data;

  leyden_http_exchange_unref (self->exchange);
  leyden_value_unref (self->flow);
  g_clear_pointer (&self->permissions, g_ptr_array_unref);
  g_free (self);
}

static void
find_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  LeydenGateway *self = source;
  Finding *finding = task_data;
  g_autoptr(LeydenFlow) flow = NULL;
  GError *error = NULL;

  flow = leyden_flow_from_value (finding->flow, &error);
  if (flow == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  finding->permissions = leyden_permissions_of_flow (flow, LEYDEN_NODE_TYPES (self->catalog));
  leyden_sandbox_find (NULL);
  g_task_return_boolean (task, TRUE);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  LeydenGateway *self = LEYDEN_GATEWAY (object);
  Finding *finding = g_task_get_task_data (G_TASK (result));
  g_autoptr(GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    leyden_gateway_respond_take (finding->exchange, 200, make_permissions (self, finding->permissions, NULL));
  else
    leyden_gateway_respond_gerror (finding->exchange, error);
}

void
leyden_gateway_find_permissions (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenValue *flow = leyden_value_get_member (body, "flow");
  g_autoptr(GTask) task = NULL;
  Finding *finding;

  if (body == NULL)
    return;
  if (leyden_value_get_kind (flow) != LEYDEN_VALUE_OBJECT)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"flow\" must be a flow document");
      return;
    }
  task = g_task_new (self, NULL, found_cb, NULL);
  finding = g_new0 (Finding, 1);
  finding->exchange = leyden_http_exchange_ref (exchange);
  finding->flow = leyden_value_ref (flow);
  g_task_set_source_tag (task, leyden_gateway_find_permissions);
  g_task_set_task_data (task, finding, finding_free);
  g_task_run_in_thread (task, find_thread);
}

/* ---- What is approved ---- */

void
leyden_gateway_list_approvals (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) list = leyden_approvals_list (self->approvals, &error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (list == NULL)
    {
      leyden_gateway_respond_gerror (exchange, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "approvals", list);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

static gboolean
is_loopback (const char *address)
{
  g_autoptr(GInetAddress) inet = g_inet_address_new_from_string (address);

  return inet != NULL && g_inet_address_get_is_loopback (inet);
}

/* A backend that others reach grants nothing: its machine's user types `leydenctl approve`. */
static gboolean
may_approve (LeydenGateway *self,
             LeydenValue   *body)
{
  const char *key = leyden_value_get_member_string (body, "approval_key", NULL);

  return is_loopback (self->address) && key != NULL && leyden_secure_equal (self->approval_key, key);
}

void
leyden_gateway_put_approval (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *hash = leyden_http_exchange_get_param (exchange, "hash");
  LeydenValue *what = leyden_value_get_member (body, "what");
  g_autofree char *true_hash = NULL;
  g_autoptr(GError) error = NULL;

  if (body == NULL)
    return;
  if (!may_approve (self, body))
    {
      leyden_http_exchange_respond_error (exchange, 403, "Approvals are given on this machine only: in the window, or with leydenctl approve");
      return;
    }
  if (leyden_value_get_kind (what) == LEYDEN_VALUE_OBJECT)
    true_hash = leyden_json_hash (what);
  if (g_strcmp0 (true_hash, hash) != 0)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"what\" does not have this hash");
      return;
    }
  if (leyden_approvals_grant (self->approvals, what, leyden_value_get_member_string (body, "title", ""),
                              leyden_value_get_member_boolean (body, "unsandboxed", FALSE), &error))
    leyden_gateway_respond_take (exchange, 200, leyden_json_parse ("{}", -1, NULL, NULL));
  else
    leyden_gateway_respond_gerror (exchange, error);
}

void
leyden_gateway_delete_approval (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  const char *hash = leyden_http_exchange_get_param (exchange, "hash");
  g_autoptr(GError) error = NULL;
  guint n = 0;

  if (!leyden_gateway_is_sha256 (hash))
    leyden_http_exchange_respond_error (exchange, 404, "No such approval");
  else if (!leyden_approvals_revoke (self->approvals, hash, &n, &error))
    leyden_gateway_respond_gerror (exchange, error);
  else if (n == 0)
    leyden_http_exchange_respond_error (exchange, 404, "No such approval");
  else
    leyden_gateway_respond_take (exchange, 200, leyden_json_parse ("{}", -1, NULL, NULL));
}
