/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions of dashboards: what can be asked, many questions in one request, and what may be spent. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-budgets.h"
#include "leyden-gateway-insights.h"
#include "leyden-json.h"
#include "leyden-measures.h"
#include "leyden-query.h"
#include "leyden-store-sql.h"

#define MAX_QUERIES 100
/* Questions of one request that are under way at once: the others of this backend shall get on, too. */
#define AT_ONCE     3
/* So often it is looked whether somebody still waits for the answer. */
#define LOOK_MS     200

/* ---- POST /leyden/v1/insights/query ---- */

typedef struct
{
  guint               refs;
  LeydenGateway      *gateway;
  LeydenHttpExchange *exchange;
  LeydenValue        *queries;
  GPtrArray          *results;          /* LeydenValue, in the order of the questions */
  guint               next;
  guint               n_busy;
  GCancellable       *cancellable;
  GSource            *look;             /* nullable */
} Batch;

typedef struct
{
  Batch *batch;
  guint  index;
} Asked;

static void
batch_unref (Batch *self)
{
  if (--self->refs > 0)
    return;
  if (self->look != NULL)
    g_source_destroy (self->look);
  g_clear_pointer (&self->look, g_source_unref);
  g_object_unref (self->gateway);
  leyden_http_exchange_unref (self->exchange);
  leyden_value_unref (self->queries);
  g_ptr_array_unref (self->results);
  g_object_unref (self->cancellable);
  g_free (self);
}

static LeydenValue *
describe_error (const GError *error)
{
  const char *kind = "failed";
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    kind = "invalid";
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    kind = "timeout";
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "error", error->message);
  leyden_value_builder_set_string (&b, "kind", kind);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
respond (Batch *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "results");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->results->len; i++)
    leyden_value_builder_add (&b, self->results->pdata[i]);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (self->exchange, 200, leyden_value_builder_end_value (&b));
}

static void ask_more (Batch *self);

static void
take_result (Asked       *asked,
             LeydenValue *result,
             GError      *error)
{
  Batch *self = asked->batch;

  self->results->pdata[asked->index] = result != NULL ? result : describe_error (error);
  self->n_busy--;
  ask_more (self);
  batch_unref (self);
  g_free (asked);
}

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *answer = leyden_gateway_ask_finish (LEYDEN_GATEWAY (object), result, &error);

  take_result (data, answer, error);
}

static void
ask_one (Batch *self,
         guint  index)
{
  LeydenValue *query = leyden_value_get_item (self->queries, index);
  Asked *asked = g_new (Asked, 1);

  *asked = (Asked) { self, index };
  self->refs++;
  self->n_busy++;
  leyden_gateway_ask_async (self->gateway, query, self->cancellable, asked_cb, asked);
}

static void
ask_more (Batch *self)
{
  guint n = leyden_value_get_size (self->queries);

  while (self->next < n && self->n_busy < AT_ONCE)
    ask_one (self, self->next++);
  if (self->next == n && self->n_busy == 0 && self->look != NULL)
    {
      g_source_destroy (self->look);
      g_clear_pointer (&self->look, g_source_unref);
      respond (self);
    }
}

static gboolean
look_cb (gpointer data)
{
  Batch *self = data;

  if (leyden_http_exchange_has_hung_up (self->exchange))
    g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

void
leyden_gateway_query_insights (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenValue *queries = leyden_value_get_member (body, "queries");
  guint n = leyden_value_get_size (queries);
  Batch *batch;

  if (body == NULL)
    return;
  if (leyden_value_get_kind (queries) != LEYDEN_VALUE_LIST || n > MAX_QUERIES)
    {
      leyden_http_exchange_respond_error (exchange, 422, _("“queries” is a list of at most %d questions"), MAX_QUERIES);
      return;
    }
  /* What was sampled since stands in the next answer. */
  leyden_facts_flush (self->facts);
  batch = g_new0 (Batch, 1);
  batch->refs = 1;
  batch->gateway = g_object_ref (self);
  batch->exchange = leyden_http_exchange_ref (exchange);
  batch->queries = leyden_value_ref (queries);
  batch->results = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  g_ptr_array_set_size (batch->results, (int)n);
  batch->cancellable = g_cancellable_new ();
  batch->look = g_timeout_source_new (LOOK_MS);
  g_source_set_callback (batch->look, look_cb, batch, NULL);
  g_source_attach (batch->look, g_main_context_get_thread_default ());
  ask_more (batch);
  batch_unref (batch);
}

/* ---- GET /leyden/v1/insights/metrics ---- */

/* A metric of points: its unit and the labels of its series. */
typedef struct
{
  char       *unit;
  GHashTable *labels;           /* set */
} PointMetric;

static void
point_metric_free (gpointer data)
{
  PointMetric *self = data;

  g_free (self->unit);
  g_hash_table_unref (self->labels);
  g_free (self);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *)a, *(const char * const *)b);
}

static void
add_point_metric (LeydenValueBuilder *b,
                  const char         *name,
                  PointMetric        *metric)
{
  g_autofree char *full = g_strconcat ("point:", name, NULL);
  g_autofree const char **labels = (const char **)g_hash_table_get_keys_as_array (metric->labels, NULL);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", full);
  leyden_value_builder_set_string (b, "title", name);
  leyden_value_builder_set_string (b, "description", _("Series of points, as it was reported."));
  leyden_value_builder_set_string (b, "unit", metric->unit);
  leyden_value_builder_set_string (b, "aggregation", "mean");
  leyden_value_builder_key (b, "aggregations");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < LEYDEN_N_AGGREGATIONS; i++)
    leyden_value_builder_add_string (b, leyden_aggregation_get_name (i));
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "dimensions");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; labels[i] != NULL; i++)
    leyden_value_builder_add_string (b, labels[i]);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static GHashTable *
read_point_metrics (sqlite3  *db,
                    GError  **error)
{
  sqlite3_stmt *statement = leyden_sqlite_prepare (db, "SELECT metric, labels, unit FROM series ORDER BY id LIMIT 20000", error);
  g_autoptr(GHashTable) metrics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, point_metric_free);
  g_autoptr(GError) local = NULL;

  while (statement != NULL && leyden_sqlite_next (statement, &local))
    {
      const char *name = (const char *)sqlite3_column_text (statement, 0);
      g_autoptr(LeydenValue) labels = leyden_json_parse ((const char *)sqlite3_column_text (statement, 1), -1, NULL, NULL);
      PointMetric *metric = g_hash_table_lookup (metrics, name);

      if (metric == NULL)
        {
          metric = g_new0 (PointMetric, 1);
          metric->unit = g_strdup ((const char *)sqlite3_column_text (statement, 2));
          metric->labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
          g_hash_table_insert (metrics, g_strdup (name), metric);
        }
      for (guint i = 0; leyden_value_get_kind (labels) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (labels); i++)
        g_hash_table_add (metric->labels, g_strdup (leyden_value_get_key (labels, i)));
    }
  sqlite3_finalize (statement);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return statement == NULL || (error != NULL && *error != NULL) ? NULL : g_steal_pointer (&metrics);
}

/* The catalogue with the metrics of points behind its own. */
static gpointer
list_in_thread (sqlite3       *db,
                gpointer       data,
                GCancellable  *cancellable,
                GError       **error)
{
  g_autoptr(GHashTable) points = read_point_metrics (db, error);
  g_autoptr(LeydenValue) all = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) names = NULL;
  LeydenValue *own;
  GHashTableIter iter;
  gpointer name;

  if (points == NULL)
    return NULL;
  all = leyden_measures_to_value ();
  own = leyden_value_get_member (all, "metrics");
  names = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, points);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "metrics");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (own); i++)
    leyden_value_builder_add (&b, leyden_value_get_item (own, i));
  for (guint i = 0; i < names->len; i++)
    add_point_metric (&b, names->pdata[i], g_hash_table_lookup (points, names->pdata[i]));
  leyden_value_builder_end (&b);
  leyden_value_builder_set (&b, "dimensions", leyden_value_get_member (all, "dimensions"));
  leyden_value_builder_set (&b, "views", leyden_value_get_member (all, "views"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenHttpExchange) exchange = data;
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (value != NULL)
    leyden_gateway_respond_take (exchange, 200, value);
  else
    leyden_gateway_respond_gerror (exchange, error);
}

void
leyden_gateway_list_metrics (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  leyden_sqlite_store_select_async (self->store, list_in_thread, NULL, NULL, (GDestroyNotify)leyden_value_unref, LEYDEN_SQL_LIMIT_MS, NULL, read_cb,
                                    leyden_http_exchange_ref (exchange));
}

/* ---- GET, PUT /leyden/v1/insights/budgets ---- */

static gpointer
read_budgets_in_thread (sqlite3       *db,
                        gpointer       data,
                        GCancellable  *cancellable,
                        GError       **error)
{
  return leyden_budgets_read (db);
}

void
leyden_gateway_get_budgets (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  leyden_sqlite_store_select_async (self->store, read_budgets_in_thread, NULL, NULL, (GDestroyNotify)leyden_value_unref, LEYDEN_SQL_LIMIT_MS, NULL,
                                    read_cb, leyden_http_exchange_ref (exchange));
}

typedef struct
{
  LeydenHttpExchange *exchange;
  LeydenValue        *budgets;
} Put;

static void
put_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autofree Put *put = data;
  g_autoptr(LeydenHttpExchange) exchange = put->exchange;
  g_autoptr(GError) error = NULL;

  if (leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_take (exchange, 200, put->budgets);
      return;
    }
  leyden_value_unref (put->budgets);
  leyden_gateway_respond_gerror (exchange, error);
}

void
leyden_gateway_put_budgets (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(GError) error = NULL;
  Put *put;

  if (body == NULL)
    return;
  if (!leyden_budgets_check (body, &error))
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
      return;
    }
  put = g_new (Put, 1);
  *put = (Put) { leyden_http_exchange_ref (exchange), leyden_value_ref (body) };
  leyden_store_put_document_async (LEYDEN_STORE (self->store), LEYDEN_BUDGETS_KIND, LEYDEN_BUDGETS_NAME, body, put_cb, put);
}
