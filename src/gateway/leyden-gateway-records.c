/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a rollout as lists show them: filtered, and what is large cut short. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-shorten.h"

#define DEFAULT_LIMIT 500
#define MAX_LIMIT     5000
/* So many are looked at for one answer, whatever is found: the next question goes on from there. */
#define MAX_LOOKED_AT 100000
/* Of a payload's JSON; of each text in it. */
#define MAX_PAYLOAD   8192
#define MAX_TEXT      1024
#define MAX_QUERY     1000

typedef struct
{
  LeydenHttpExchange *exchange;
  char               *type;             /* prefix; "" for all */
  char               *node;
  char               *text;             /* folded; NULL: any */
  guint               limit;
  guint               looked_at;
  guint64             last;             /* looked at */
  guint64             end;              /* of the log */
  GPtrArray          *found;            /* LeydenValue */
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  leyden_http_exchange_unref (search->exchange);
  g_free (search->type);
  g_free (search->node);
  g_free (search->text);
  g_ptr_array_unref (search->found);
  g_free (search);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, search_free)

/* Cutting short */

/* @json: of the payload. */
static LeydenValue *
describe (LeydenRecord *record,
          const char   *json)
{
  g_autoptr(LeydenValue) whole = leyden_record_to_value (record);
  g_autoptr(LeydenValue) payload = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gsize length = strlen (json);

  if (length <= MAX_PAYLOAD)
    return g_steal_pointer (&whole);
  payload = leyden_value_shorten (record->payload, MAX_PAYLOAD, MAX_TEXT);
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (whole); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (whole, i), leyden_value_get_item (whole, i));
  leyden_value_builder_set (&b, "payload", payload);
  leyden_value_builder_set_boolean (&b, "truncated", TRUE);
  leyden_value_builder_set_int (&b, "bytes", (gint64) length);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Looking, in a thread of the store */

static gboolean
holds (const char *text,
       const char *folded)
{
  g_autofree char *same = g_utf8_casefold (text, -1);

  return strstr (same, folded) != NULL;
}

static gboolean
is_wanted (Search       *search,
           LeydenRecord *record)
{
  return g_str_has_prefix (record->type, search->type) && g_str_has_prefix (record->node, search->node);
}

static gboolean
look (GPtrArray *records,
      gpointer   data)
{
  Search *search = data;

  for (guint i = 0; i < records->len && search->found->len < search->limit && search->looked_at < MAX_LOOKED_AT; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);
      g_autofree char *json = NULL;

      search->last = record->sequence;
      search->looked_at++;
      if (!is_wanted (search, record))
        continue;
      json = leyden_json_write (record->payload, LEYDEN_JSON_COMPACT);
      if (search->text == NULL || holds (json, search->text) || holds (record->node, search->text) || holds (record->type, search->text))
        g_ptr_array_add (search->found, describe (record, json));
    }
  return search->found->len < search->limit && search->looked_at < MAX_LOOKED_AT;
}

static void
looked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Search) search = data;
  g_autoptr(GError) error = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!leyden_store_scan_rollout_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (search->exchange, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "records");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < search->found->len; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (search->found, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "next_after");
  if (search->last < search->end)
    leyden_value_builder_add_int (&b, (gint64) search->last);
  else
    leyden_value_builder_add (&b, NULL);
  leyden_value_builder_set_int (&b, "last", (gint64) search->end);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (search->exchange, 200, leyden_value_builder_end_value (&b));
}

static void
row_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(Search) search = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRolloutRow) row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (row == NULL)
    {
      leyden_gateway_respond_gerror (search->exchange, error);
      return;
    }
  search->end = MAX (row->last_sequence, search->last);
  leyden_store_scan_rollout_async (LEYDEN_STORE (object), row->rollout, search->last, look, search, NULL, looked_cb, search);
  g_steal_pointer (&search);
}

/* As it stands in JSON: with its quotes and backslashes escaped. */
static char *
fold_text (const char *text)
{
  g_autoptr(LeydenValue) value = leyden_value_new_string (text, -1);
  g_autofree char *json = leyden_json_write (value, LEYDEN_JSON_COMPACT);

  json[strlen (json) - 1] = '\0';
  return g_utf8_casefold (json + 1, -1);
}

static char *
dup_query (LeydenHttpExchange *exchange,
           const char         *name)
{
  const char *text = leyden_http_exchange_get_query (exchange, name);

  return g_strdup (text != NULL ? text : "");
}

void
leyden_gateway_list_records (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  const char *text = leyden_http_exchange_get_query (exchange, "text");
  gint64 after, limit;
  Search *search;

  if (!leyden_gateway_query_int (exchange, "after", 0, G_MAXINT64, 0, &after)
      || !leyden_gateway_query_int (exchange, "limit", 1, MAX_LIMIT, DEFAULT_LIMIT, &limit))
    return;
  if (text != NULL && strlen (text) > MAX_QUERY)
    {
      leyden_http_exchange_respond_error (exchange, 422, "Query \"text\" may have at most %d bytes", MAX_QUERY);
      return;
    }
  search = g_new0 (Search, 1);
  search->exchange = leyden_http_exchange_ref (exchange);
  search->type = dup_query (exchange, "type");
  search->node = dup_query (exchange, "node");
  search->text = text != NULL && *text != '\0' ? fold_text (text) : NULL;
  search->limit = (guint) limit;
  search->last = (guint64) after;
  search->found = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  leyden_store_get_rollout_async (LEYDEN_STORE (self->store), leyden_http_exchange_get_param (exchange, "rollout"), NULL, row_cb, search);
}

/* One, whole */

static void
record_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenHttpExchange) exchange = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (records == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else if (records->len == 0)
    leyden_http_exchange_respond_error (exchange, 404, "%s", _("There is no such record"));
  else
    leyden_gateway_respond_take (exchange, 200, leyden_record_to_value (g_ptr_array_index (records, 0)));
}

void
leyden_gateway_get_record (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  gint64 sequence;

  if (!g_ascii_string_to_signed (leyden_http_exchange_get_param (exchange, "sequence"), 10, 1, G_MAXINT64, &sequence, NULL))
    {
      leyden_http_exchange_respond_error (exchange, 404, "%s", _("There is no such record"));
      return;
    }
  leyden_store_read_rollout_async (LEYDEN_STORE (self->store), leyden_http_exchange_get_param (exchange, "rollout"), (guint64) sequence - 1, 1,
                                   NULL, record_cb, leyden_http_exchange_ref (exchange));
}
