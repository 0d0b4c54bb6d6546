/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include "leyden-id.h"
#include "leyden-text.h"

#include <string.h>

/* Versions of a flow: what was saved, when, and in one line what changed. The flow itself is a blob. They are small documents of the kind
 * "flow-version/<flow id>", named by their time in ns, so that they stand in order; a blob that one names is in use, and retention leaves it. */

#define KIND "flow-version/"
#define MAX_VERSIONS 200        /* of one flow; the oldest go */
#define MAX_ID 200
#define MAX_LINE 400
#define DIGEST_LENGTH 64

static char *
get_kind (LeydenHttpExchange *exchange)
{
  const char *flow = leyden_http_exchange_get_param (exchange, "flow");

  if (*flow != '\0' && strlen (flow) <= MAX_ID)
    return g_strconcat (KIND, flow, NULL);
  leyden_http_exchange_respond_error (exchange, 422, "The id of a flow has 1 to %d bytes", MAX_ID);
  return NULL;
}

/* ---- List ---- */

static void
add_version (LeydenValueBuilder *b,
             const char         *name,
             LeydenValue        *value)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "version", name);
  leyden_value_builder_set_int (b, "time", g_ascii_strtoll (name, NULL, 10));
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    leyden_value_builder_set (b, leyden_value_get_key (value, i), leyden_value_get_item (value, i));
  leyden_value_builder_end (b);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(LeydenHttpExchange) exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) list = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (list == NULL)
    {
      leyden_gateway_respond_gerror (exchange, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "versions");
  leyden_value_builder_begin_list (&b);
  for (guint i = leyden_value_get_size (list); i > 0; i--)
    add_version (&b, leyden_value_get_key (list, i - 1), leyden_value_get_item (list, i - 1));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_list_versions (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  g_autofree char *kind = get_kind (exchange);

  if (kind != NULL)
    leyden_store_list_documents_async (LEYDEN_STORE (self->store), kind, NULL, listed_cb, leyden_http_exchange_ref (exchange));
}

/* ---- One more ---- */

typedef struct
{
  LeydenStore        *store;
  LeydenHttpExchange *exchange;
  char               *kind;
  char               *name;
  LeydenValue        *value;
} Adding;

static void
adding_free (Adding *adding)
{
  g_object_unref (adding->store);
  leyden_http_exchange_unref (adding->exchange);
  g_free (adding->kind);
  g_free (adding->name);
  leyden_value_unref (adding->value);
  g_free (adding);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Adding, adding_free)

static void
respond_version (LeydenHttpExchange *exchange,
                 guint               status,
                 const char         *name,
                 LeydenValue        *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  add_version (&b, name, value);
  leyden_gateway_respond_take (exchange, status, leyden_value_builder_end_value (&b));
}

static void
dropped_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GError) error = NULL;

  /* The next version tries again. */
  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    g_debug ("An old version stays: %s", error->message);
}

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Adding) adding = user_data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    leyden_gateway_respond_gerror (adding->exchange, error);
  else
    respond_version (adding->exchange, 201, adding->name, adding->value);
}

/* Saved twice without a change it is one version, also when an answer was lost. */
static void
known_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(Adding) adding = user_data;
  LeydenStore *store = LEYDEN_STORE (object);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) list = leyden_store_list_documents_finish (store, result, &error);
  guint n = leyden_value_get_size (list);
  LeydenValue *last = n > 0 ? leyden_value_get_item (list, n - 1) : NULL;
  Adding *next;

  if (list == NULL)
    {
      leyden_gateway_respond_gerror (adding->exchange, error);
      return;
    }
  if (g_strcmp0 (leyden_value_get_member_string (last, "sha256", NULL), leyden_value_get_member_string (adding->value, "sha256", "")) == 0)
    {
      respond_version (adding->exchange, 200, leyden_value_get_key (list, n - 1), last);
      return;
    }
  for (guint i = 0; i + MAX_VERSIONS <= n; i++)
    leyden_store_put_document_async (store, adding->kind, leyden_value_get_key (list, i), NULL, dropped_cb, NULL);
  next = g_steal_pointer (&adding);
  leyden_store_put_document_async (store, next->kind, next->name, next->value, stored_cb, next);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Adding) adding = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);
  Adding *next;

  if (path == NULL)
    {
      leyden_http_exchange_respond_error (adding->exchange, 422, "The flow is not in this backend; upload it first (PUT /leyden/v1/blobs/{sha256})");
      return;
    }
  next = g_steal_pointer (&adding);
  leyden_store_list_documents_async (LEYDEN_STORE (object), next->kind, NULL, known_cb, next);
}

static gboolean
is_digest (const char *text)
{
  return text != NULL && strlen (text) == DIGEST_LENGTH && strspn (text, "0123456789abcdef") == DIGEST_LENGTH;
}

static void
set_line (LeydenValueBuilder *b,
          LeydenValue        *body,
          const char         *key)
{
  g_autofree char *line = leyden_text_display (leyden_value_get_member_string (body, key, ""), -1, MAX_LINE, FALSE);

  leyden_value_builder_set_string (b, key, line);
}

void
leyden_gateway_add_version (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *sha256 = leyden_value_get_member_string (body, "sha256", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *kind = NULL;
  Adding *adding;

  if (body == NULL)
    return;
  if (!is_digest (sha256))
    {
      leyden_http_exchange_respond_error (exchange, 422, "Expected {\"sha256\": 64 hex digits, \"title\": text, \"summary\": text}");
      return;
    }
  kind = get_kind (exchange);
  if (kind == NULL)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "sha256", sha256);
  set_line (&b, body, "title");
  set_line (&b, body, "summary");
  leyden_value_builder_end (&b);
  adding = g_new0 (Adding, 1);
  adding->store = g_object_ref (LEYDEN_STORE (self->store));
  adding->exchange = leyden_http_exchange_ref (exchange);
  adding->kind = g_steal_pointer (&kind);
  adding->name = g_strdup_printf ("%020" G_GINT64_FORMAT, leyden_time_now_ns ());
  adding->value = leyden_value_builder_end_value (&b);
  leyden_store_open_blob_async (adding->store, sha256, NULL, opened_cb, adding);
}
