/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <string.h>

#include "leyden-dashboard.h"
#include "leyden-gateway-insights.h"
#include "leyden-json.h"

/* Dashboards: the ready ones, which are compiled in and never change, and those of the people here, documents of the store. Each of these has a
 * revision that counts its changes; who changes an older one than there is finds out (409). */

#define KIND "dashboards"
#define READY "ready-"
#define RESOURCE "/io/github/leyden/Leyden/dashboards/"
#define MAX_DASHBOARDS 500

static const char * const ready[] = { "training", "operations", "cost", "quality", "machine" };

LeydenValue *
leyden_gateway_load_ready_dashboard (const char *id)
{
  g_autofree char *path = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (!g_str_has_prefix (id, READY))
    return NULL;
  path = g_strconcat (RESOURCE, id + strlen (READY), ".json", NULL);
  bytes = g_resources_lookup_data (path, 0, NULL);
  return bytes != NULL ? leyden_json_parse_bytes (bytes, NULL, NULL) : NULL;
}

/* A row of the list, with the document when @whole. */
static LeydenValue *
describe (const char  *id,
          LeydenValue *document,
          gint64       revision,
          gint64       changed_ns,
          gboolean     whole)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "id", id);
  leyden_value_builder_set_string (&b, "title", leyden_value_get_member_string (document, "title", ""));
  leyden_value_builder_set_string (&b, "description", leyden_value_get_member_string (document, "description", ""));
  leyden_value_builder_set_boolean (&b, "ready", g_str_has_prefix (id, READY));
  leyden_value_builder_set_int (&b, "revision", revision);
  if (changed_ns > 0)
    leyden_value_builder_set_int (&b, "changed", changed_ns);
  leyden_value_builder_set_int (&b, "n_panels", leyden_value_get_size (leyden_value_get_member (document, "panels")));
  if (whole)
    leyden_value_builder_set (&b, "dashboard", document);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
describe_stored (const char  *id,
                 LeydenValue *stored,
                 gboolean     whole)
{
  return describe (id, leyden_value_get_member (stored, "dashboard"), leyden_value_get_member_int (stored, "revision", 1),
                   leyden_value_get_member_int (stored, "changed", 0), whole);
}

/* ---- Reading ---- */

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(LeydenHttpExchange) exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) own = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (own == NULL)
    {
      leyden_gateway_respond_gerror (exchange, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "dashboards");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < G_N_ELEMENTS (ready); i++)
    {
      g_autofree char *id = g_strconcat (READY, ready[i], NULL);
      g_autoptr(LeydenValue) document = leyden_gateway_load_ready_dashboard (id);

      leyden_value_builder_take (&b, describe (id, document, 0, 0, FALSE));
    }
  for (guint i = 0; i < leyden_value_get_size (own); i++)
    leyden_value_builder_take (&b, describe_stored (leyden_value_get_key (own, i), leyden_value_get_item (own, i), FALSE));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_list_dashboards (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), KIND, NULL, listed_cb, leyden_http_exchange_ref (exchange));
}

static void
respond_unknown (LeydenHttpExchange *exchange,
                 const char         *id)
{
  leyden_http_exchange_respond_error (exchange, 404, "There is no dashboard \"%s\"", id);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(LeydenHttpExchange) exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) found = leyden_store_get_document_finish (LEYDEN_STORE (object), result, &error);
  const char *id = leyden_http_exchange_get_param (exchange, "id");
  LeydenValue *stored = leyden_value_get_member (found, id);

  if (found == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else if (stored == NULL)
    respond_unknown (exchange, id);
  else
    leyden_gateway_respond_take (exchange, 200, describe_stored (id, stored, TRUE));
}

void
leyden_gateway_get_dashboard (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "id");
  g_autoptr(LeydenValue) document = leyden_gateway_load_ready_dashboard (id);

  if (document != NULL)
    leyden_gateway_respond_take (exchange, 200, describe (id, document, 0, 0, TRUE));
  else if (g_str_has_prefix (id, READY))
    respond_unknown (exchange, id);
  else
    leyden_store_get_document_async (LEYDEN_STORE (self->store), KIND, id, NULL, read_cb, leyden_http_exchange_ref (exchange));
}

/* ---- Changing ---- */

/* A change on its way: what there is, is read, compared and written. One at a time of a dashboard. */
typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  char               *id;
  gint64              revision;         /* that the client has seen; −1: any */
  LeydenValue        *document;         /* nullable: it is removed */
  LeydenValue        *stored;           /* what is being written */
} Change;

static void
change_free (Change *change)
{
  g_hash_table_remove (change->self->changing_dashboards, change->id);
  leyden_http_exchange_unref (change->exchange);
  g_clear_pointer (&change->document, leyden_value_unref);
  g_clear_pointer (&change->stored, leyden_value_unref);
  g_free (change->id);
  g_object_unref (change->self);
  g_free (change);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  g_autoptr(GError) error = NULL;
  gint64 revision = leyden_value_get_member_int (change->stored, "revision", 0);

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    leyden_gateway_respond_gerror (change->exchange, error);
  else if (change->document == NULL)
    leyden_http_exchange_respond (change->exchange, 204, NULL, NULL);
  else
    leyden_gateway_respond_take (change->exchange, revision == 1 ? 201 : 200, describe_stored (change->id, change->stored, FALSE));
}

static void
write_change (Change *change,
              gint64  revision)
{
  LeydenStore *store = LEYDEN_STORE (change->self->store);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (change->document != NULL)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_int (&b, "revision", revision);
      leyden_value_builder_set_int (&b, "changed", g_get_real_time () * 1000);
      leyden_value_builder_set (&b, "dashboard", change->document);
      leyden_value_builder_end (&b);
      change->stored = leyden_value_builder_end_value (&b);
    }
  leyden_store_put_document_async (store, KIND, change->id, change->stored, written_cb, change);
}

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) own = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);

  if (own == NULL)
    leyden_gateway_respond_gerror (change->exchange, error);
  else if (leyden_value_get_size (own) >= MAX_DASHBOARDS)
    leyden_http_exchange_respond_error (change->exchange, 422, "There are %d dashboards already; remove one first", MAX_DASHBOARDS);
  else
    write_change (g_steal_pointer (&change), 1);
}

/* FALSE: answered. */
static gboolean
check_revision (Change      *change,
                LeydenValue *stored)
{
  gint64 revision = stored != NULL ? leyden_value_get_member_int (stored, "revision", 1) : 0;

  if (stored == NULL && change->document == NULL)
    respond_unknown (change->exchange, change->id);
  else if (change->revision >= 0 && change->revision != revision && stored == NULL)
    leyden_http_exchange_respond_error (change->exchange, 409, "The dashboard \"%s\" was removed meanwhile; to make it again leave out \"revision\"",
                                        change->id);
  else if (change->revision >= 0 && change->revision != revision)
    leyden_http_exchange_respond_error (change->exchange, 409,
                                        "The dashboard \"%s\" was changed meanwhile: its revision is %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT "; read it again",
                                        change->id, revision, change->revision);
  else
    return TRUE;
  return FALSE;
}

static void
compared_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) found = leyden_store_get_document_finish (LEYDEN_STORE (object), result, &error);
  LeydenValue *stored = leyden_value_get_member (found, change->id);

  if (found == NULL)
    leyden_gateway_respond_gerror (change->exchange, error);
  else if (!check_revision (change, stored))
    return;
  else if (stored == NULL)
    leyden_store_list_documents_async (LEYDEN_STORE (object), KIND, NULL, counted_cb, g_steal_pointer (&change));
  else
    write_change (g_steal_pointer (&change), leyden_value_get_member_int (stored, "revision", 1) + 1);
}

/* FALSE: answered. */
static gboolean
is_own (LeydenHttpExchange *exchange,
        const char         *id)
{
  if (g_str_has_prefix (id, READY))
    leyden_http_exchange_respond_error (exchange, 403, "Ready dashboards stay as they are; duplicate \"%s\" and change the copy", id);
  else if (!leyden_dashboard_is_id (id))
    leyden_http_exchange_respond_error (exchange, 422, "The id of a dashboard has 1 to 64 letters, digits, '-' or '_'");
  else
    return TRUE;
  return FALSE;
}

static void
begin_change (LeydenGateway      *self,
              LeydenHttpExchange *exchange,
              gint64              revision,
              LeydenValue        *document)
{
  const char *id = leyden_http_exchange_get_param (exchange, "id");
  Change *change;

  if (!g_hash_table_add (self->changing_dashboards, g_strdup (id)))
    {
      leyden_http_exchange_respond_error (exchange, 409, "The dashboard \"%s\" is being changed at this moment; read it again", id);
      return;
    }
  change = g_new0 (Change, 1);
  change->self = g_object_ref (self);
  change->exchange = leyden_http_exchange_ref (exchange);
  change->id = g_strdup (id);
  change->revision = revision;
  change->document = document != NULL ? leyden_value_ref (document) : NULL;
  leyden_store_get_document_async (LEYDEN_STORE (self->store), KIND, id, NULL, compared_cb, change);
}

/* {"revision"?: what was read, 0: a new one; "dashboard": document} */
void
leyden_gateway_put_dashboard (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *id = leyden_http_exchange_get_param (exchange, "id");
  LeydenValue *document = leyden_value_get_member (body, "dashboard");
  LeydenValue *seen = leyden_value_get_member (body, "revision");
  g_autoptr(GError) error = NULL;
  gint64 revision = -1;

  if (body == NULL || !is_own (exchange, id))
    return;
  if (seen != NULL && (!leyden_value_get_int (seen, &revision) || revision < 0))
    leyden_http_exchange_respond_error (exchange, 422, "\"revision\" must be the revision that was read, or 0 for a new dashboard");
  else if (g_bytes_get_size (leyden_http_exchange_get_body (exchange)) > LEYDEN_DASHBOARD_MAX_BYTES)
    leyden_http_exchange_respond_error (exchange, 413, "A dashboard has at most %d KiB", LEYDEN_DASHBOARD_MAX_BYTES / 1024);
  else if (!leyden_dashboard_check (document, &error))
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
  else if (strcmp (leyden_value_get_member_string (document, "id", ""), id) != 0)
    leyden_http_exchange_respond_error (exchange, 422, "id: must be \"%s\", as in the path", id);
  else
    begin_change (self, exchange, revision, document);
}

/* Query "revision": only that one. */
void
leyden_gateway_delete_dashboard (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  gint64 revision;

  if (is_own (exchange, leyden_http_exchange_get_param (exchange, "id"))
      && leyden_gateway_query_int (exchange, "revision", 0, G_MAXINT64, -1, &revision))
    begin_change (self, exchange, revision, NULL);
}
