/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include "leyden-json.h"

/* Data sets that were looked at last; a preview is followed by the mapping of the same. */
#define MAX_CACHED 4

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenValue        *fields;           /* mapping asked, else preview */
  char               *sha256;
  char               *name;
  char               *encoding;
  char               *cache_key;
  int                 format;
  gboolean            skip_bad;
  guint               limit;
} Ask;

static void
ask_free (Ask *ask)
{
  g_object_unref (ask->self);
  leyden_http_exchange_unref (ask->exchange);
  g_clear_pointer (&ask->fields, leyden_value_unref);
  g_free (ask->sha256);
  g_free (ask->name);
  g_free (ask->encoding);
  g_free (ask->cache_key);
  g_free (ask);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ask, ask_free)

static LeydenValue *
count_splits (LeydenDataset *dataset)
{
  static const char * const names[] = { "train", "validation", "test" };
  gint64 counts[G_N_ELEMENTS (names)] = { 0 };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n_rows = leyden_dataset_get_n_rows (dataset);

  for (guint row = 0; row < n_rows; row++)
    {
      const char *split = leyden_dataset_get_split (dataset, row);

      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        counts[i] += strcmp (split, names[i]) == 0;
    }
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    leyden_value_builder_set_int (&b, names[i], counts[i]);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
make_preview (Ask           *ask,
              LeydenDataset *dataset)
{
  guint n_rows = leyden_dataset_get_n_rows (dataset);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", ask->name);
  leyden_value_builder_set_string (&b, "sha256", ask->sha256);
  leyden_value_builder_set_int (&b, "n_rows", n_rows);
  leyden_value_builder_set (&b, "columns", leyden_dataset_get_columns (dataset));
  leyden_value_builder_set_take (&b, "splits", count_splits (dataset));
  leyden_value_builder_key (&b, "rows");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < MIN (n_rows, ask->limit); i++)
    leyden_value_builder_add (&b, leyden_dataset_get_row (dataset, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_set (&b, "errors", leyden_dataset_get_errors (dataset));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
answer (Ask           *ask,
        LeydenDataset *dataset)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (ask->fields == NULL)
    {
      leyden_gateway_respond_take (ask->exchange, 200, make_preview (ask, dataset));
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "mapping", leyden_dataset_guess_mapping (dataset, ask->fields));
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (ask->exchange, 200, leyden_value_builder_end_value (&b));
}

static void
remember (Ask           *ask,
          LeydenDataset *dataset)
{
  LeydenGateway *self = ask->self;

  if (!g_hash_table_contains (self->datasets, ask->cache_key))
    g_queue_push_tail (&self->dataset_order, g_strdup (ask->cache_key));
  g_hash_table_insert (self->datasets, g_strdup (ask->cache_key), g_object_ref (dataset));
  while (self->dataset_order.length > MAX_CACHED)
    {
      g_autofree char *oldest = g_queue_pop_head (&self->dataset_order);

      g_hash_table_remove (self->datasets, oldest);
    }
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Ask) ask = user_data;
  g_autoptr(LeydenDataset) dataset = NULL;
  g_autoptr(GError) error = NULL;

  dataset = leyden_dataset_load_finish (result, &error);
  if (dataset == NULL)
    {
      leyden_gateway_respond_gerror (ask->exchange, error);
      return;
    }
  remember (ask, dataset);
  answer (ask, dataset);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Ask) ask = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);

  if (path == NULL)
    {
      leyden_gateway_respond_gerror (ask->exchange, error);
      return;
    }
  leyden_dataset_load_async (path, ask->name, ask->format, ask->encoding, ask->skip_bad, 0, NULL, loaded_cb, ask);
  ask = NULL;
}

static void
ask_begin (Ask *ask)
{
  LeydenGateway *self = ask->self;
  LeydenDataset *dataset;

  ask->cache_key = g_strdup_printf ("%s|%d|%s|%d|%s", ask->sha256, ask->format, ask->encoding == NULL ? "" : ask->encoding,
                                    ask->skip_bad, ask->format < 0 ? ask->name : "");
  dataset = g_hash_table_lookup (self->datasets, ask->cache_key);
  if (dataset == NULL)
    {
      leyden_store_open_blob_async (LEYDEN_STORE (self->store), ask->sha256, NULL, opened_cb, ask);
      return;
    }
  answer (ask, dataset);
  ask_free (ask);
}

static int
parse_format (const char *format)
{
  if (format == NULL)
    return -1;
  return strcmp (format, "csv") == 0 ? LEYDEN_DATASET_CSV : LEYDEN_DATASET_JSONL;
}

static Ask *
ask_new (LeydenGateway      *self,
         LeydenHttpExchange *exchange,
         const char         *name,
         const char         *format,
         const char         *encoding)
{
  const char *sha256 = leyden_http_exchange_get_param (exchange, "sha256");
  Ask *ask;

  if (!leyden_gateway_is_sha256 (sha256))
    {
      leyden_http_exchange_respond_error (exchange, 404, "There is no such data set: a digest has 64 hex digits in lower case");
      return NULL;
    }
  ask = g_new0 (Ask, 1);
  ask->self = g_object_ref (self);
  ask->exchange = leyden_http_exchange_ref (exchange);
  ask->sha256 = g_strdup (sha256);
  ask->name = g_strdup (name == NULL ? "data.jsonl" : name);
  ask->encoding = g_strdup (encoding);
  ask->format = parse_format (format);
  return ask;
}

static const char * const formats[] = { "jsonl", "csv", NULL };

void
leyden_gateway_get_dataset (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  const char *format;
  gint64 limit, skip_bad;
  Ask *ask;

  if (!leyden_gateway_query_choice (exchange, "format", formats, &format)
      || !leyden_gateway_query_int (exchange, "limit", 0, 1000, 20, &limit)
      || !leyden_gateway_query_int (exchange, "skip_bad", 0, 1, 0, &skip_bad))
    return;
  ask = ask_new (self, exchange, leyden_http_exchange_get_query (exchange, "name"), format,
                 leyden_http_exchange_get_query (exchange, "encoding"));
  if (ask == NULL)
    return;
  ask->limit = (guint)limit;
  ask->skip_bad = skip_bad != 0;
  ask_begin (ask);
}

void
leyden_gateway_guess_mapping (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *format = leyden_value_get_member_string (body, "format", NULL);
  LeydenValue *fields = leyden_value_get_member (body, "fields");
  Ask *ask;

  if (body == NULL)
    return;
  if (leyden_value_get_kind (fields) != LEYDEN_VALUE_LIST)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"fields\" must be the list of fields of an input node");
      return;
    }
  if (format != NULL && !g_strv_contains (formats, format))
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"format\" must be jsonl or csv");
      return;
    }
  ask = ask_new (self, exchange, leyden_value_get_member_string (body, "name", NULL), format,
                 leyden_value_get_member_string (body, "encoding", NULL));
  if (ask == NULL)
    return;
  ask->fields = leyden_value_ref (fields);
  ask->skip_bad = leyden_value_get_member_boolean (body, "skip_bad", FALSE);
  ask_begin (ask);
}
