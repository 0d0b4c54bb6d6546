/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rollouts that leave as a file, and come as one. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "leyden-id.h"
#include "leyden-rollout-file.h"

typedef struct
{
  LeydenGateway      *gateway;
  LeydenHttpExchange *exchange;
  LeydenSecrets      *secrets;
  char               *path;             /* ours: removed at the end */
} Transfer;

static void
transfer_free (gpointer data)
{
  Transfer *transfer = data;

  g_unlink (transfer->path);
  g_free (transfer->path);
  g_object_unref (transfer->secrets);
  leyden_http_exchange_unref (transfer->exchange);
  g_object_unref (transfer->gateway);
  g_free (transfer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Transfer, transfer_free)

static Transfer *
transfer_new (LeydenGateway      *self,
              LeydenHttpExchange *exchange,
              char               *path)
{
  Transfer *transfer = g_new (Transfer, 1);

  *transfer = (Transfer) { g_object_ref (self), leyden_http_exchange_ref (exchange), g_object_ref (self->secrets), path };
  return transfer;
}

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact_changed (data, text, length);
}

/* What is open stays readable after its name is gone. */
static void
exported_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Transfer) transfer = data;
  g_autoptr(GError) error = NULL;

  if (leyden_rollout_export_finish (result, &error))
    leyden_http_exchange_respond_file (transfer->exchange, 200, "application/json", transfer->path);
  else
    leyden_gateway_respond_gerror (transfer->exchange, error);
}

void
leyden_gateway_export_rollout (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  g_autofree char *id = leyden_id_new_uuid7 ();
  Transfer *transfer = transfer_new (self, exchange, g_strdup_printf ("%s/export-%s", self->spool, id));

  leyden_rollout_export_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (self->catalog), leyden_http_exchange_get_param (exchange, "rollout"),
                               transfer->path, redact_cb, transfer->secrets, exported_cb, transfer);
}

static void
imported_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Transfer) transfer = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!leyden_rollout_import_finish (result, &run, &rollout, &error))
    {
      leyden_gateway_respond_gerror (transfer->exchange, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", run);
  leyden_value_builder_set_string (&b, "rollout", rollout);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (transfer->exchange, 201, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_import_rollout (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  char *path = leyden_http_exchange_steal_spool (exchange);
  Transfer *transfer;

  if (path == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", _("This is no exported rollout"));
      return;
    }
  transfer = transfer_new (self, exchange, path);
  leyden_rollout_import_async (LEYDEN_STORE (self->store), transfer->path, imported_cb, transfer);
}
