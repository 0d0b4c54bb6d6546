/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gstdio.h>

#include "leyden-json.h"

/* One PUT: the body lies in the spool, its digest taken on the way. */
typedef struct
{
  LeydenHttpExchange *exchange;
  char               *sha256;
  char               *spooled;          /* ours since it was stolen */
} Upload;

static void
upload_free (Upload *upload)
{
  if (upload->spooled != NULL)
    g_unlink (upload->spooled);
  leyden_http_exchange_unref (upload->exchange);
  g_free (upload->sha256);
  g_free (upload->spooled);
  g_free (upload);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Upload, upload_free)

static void
respond_digest (LeydenHttpExchange *exchange,
                guint               status,
                const char         *sha256)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "sha256", sha256);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, status, leyden_value_builder_end_value (&b));
}

static void
adopted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(Upload) upload = user_data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_adopt_blob_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (upload->exchange, error);
      return;
    }
  g_clear_pointer (&upload->spooled, g_free);
  respond_digest (upload->exchange, 201, upload->sha256);
}

static void
present_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(Upload) upload = user_data;
  g_autofree char *path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, NULL);

  if (path != NULL)
    {
      respond_digest (upload->exchange, 200, upload->sha256);
      return;
    }
  upload->spooled = leyden_http_exchange_steal_spool (upload->exchange);
  leyden_store_adopt_blob_async (LEYDEN_STORE (object), upload->spooled, upload->sha256, adopted_cb, upload);
  upload = NULL;
}

void
leyden_gateway_put_blob (LeydenGateway      *self,
                         LeydenHttpExchange *exchange)
{
  const char *wanted = leyden_http_exchange_get_param (exchange, "sha256");
  const char *actual = leyden_http_exchange_get_spool_sha256 (exchange);
  Upload *upload;

  if (!leyden_gateway_is_sha256 (wanted))
    {
      leyden_http_exchange_respond_error (exchange, 422, "The digest must be 64 hex digits in lower case");
      return;
    }
  if (g_strcmp0 (wanted, actual) != 0)
    {
      leyden_http_exchange_respond_error (exchange, 422, "The body has the digest %s, not %s; nothing was stored",
                                          actual == NULL ? "of nothing" : actual, wanted);
      return;
    }
  upload = g_new0 (Upload, 1);
  upload->exchange = leyden_http_exchange_ref (exchange);
  upload->sha256 = g_strdup (wanted);
  leyden_store_open_blob_async (LEYDEN_STORE (self->store), wanted, NULL, present_cb, upload);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  LeydenHttpExchange *exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);

  if (path == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else
    leyden_http_exchange_respond_file (exchange, 200, "application/octet-stream", path);
  leyden_http_exchange_unref (exchange);
}

void
leyden_gateway_get_blob (LeydenGateway      *self,
                         LeydenHttpExchange *exchange)
{
  const char *sha256 = leyden_http_exchange_get_param (exchange, "sha256");

  if (!leyden_gateway_is_sha256 (sha256))
    {
      leyden_http_exchange_respond_error (exchange, 404, "There is no such blob: a digest has 64 hex digits in lower case");
      return;
    }
  leyden_store_open_blob_async (LEYDEN_STORE (self->store), sha256, NULL, opened_cb, leyden_http_exchange_ref (exchange));
}
