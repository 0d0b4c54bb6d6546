/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes of sources; help/sources.md. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-sources.h"

#include <string.h>

#include "leyden-backend.h"

#define SOURCE_KIND "source"
#define MAX_SOURCES 100
#define MAX_VALUES 5000
/* Runs whose metrics are told. */
#define RUNS 50

/* ---- From start to stop ---- */

void
leyden_gateway_init_sources (LeydenGateway *self)
{
  self->sources = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, leyden_source_unref);
}

/* A secret may go to the servers of the stored sources that name it, and nowhere else: not to one that somebody has only tested. */
static void
declare_origins (LeydenGateway *self,
                 const char    *secret)
{
  g_autoptr(GPtrArray) origins = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->sources);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_strcmp0 (((LeydenSource *)value)->secret, secret) == 0)
      g_ptr_array_add (origins, leyden_secrets_origin_of (((LeydenSource *)value)->uri));
  g_ptr_array_add (origins, NULL);
  leyden_secrets_declare_origins (self->secrets, secret, (const char * const *)origins->pdata);
}

/* @source NULL: there is none of that name any more. */
static void
set_source (LeydenGateway *self,
            const char    *name,
            LeydenSource  *source)
{
  LeydenSource *old = g_hash_table_lookup (self->sources, name);
  g_autofree char *secret = old != NULL ? g_strdup (old->secret) : NULL;

  if (source != NULL)
    g_hash_table_replace (self->sources, source->name, leyden_source_ref (source));
  else
    g_hash_table_remove (self->sources, name);
  if (secret != NULL)
    declare_origins (self, secret);
  if (source != NULL && source->secret != NULL)
    declare_origins (self, source->secret);
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenGateway *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);

  if (documents == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    {
      const char *name = leyden_value_get_key (documents, i);
      g_autoptr(GError) refused = NULL;
      g_autoptr(LeydenSource) source = leyden_source_new (name, leyden_value_get_item (documents, i), &refused);

      if (source == NULL)
        g_warning ("Source \"%s\" is left out: %s", name, refused->message);
      else
        set_source (self, name, source);
    }
  g_task_return_boolean (task, TRUE);
}

void
leyden_gateway_load_sources_async (LeydenGateway       *self,
                                   GAsyncReadyCallback  callback,
                                   gpointer             data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, leyden_gateway_load_sources_async);
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), SOURCE_KIND, NULL, loaded_cb, task);
}

gboolean
leyden_gateway_load_sources_finish (LeydenGateway  *self,
                                    GAsyncResult   *result,
                                    GError        **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- List, put, delete ---- */

void
leyden_gateway_list_sources (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GList) names = g_list_sort (g_hash_table_get_keys (self->sources), (GCompareFunc)strcmp);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "sources");
  leyden_value_builder_begin_list (&b);
  for (GList *l = names; l != NULL; l = l->next)
    leyden_value_builder_take (&b, leyden_source_to_document (g_hash_table_lookup (self->sources, l->data), TRUE));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

typedef struct
{
  LeydenGateway      *gateway;
  LeydenHttpExchange *exchange;
  LeydenSource       *source;           /* NULL: it is removed */
  char               *name;
  gint64              sent_us;
} Asked;

static Asked *
asked_new (LeydenGateway      *gateway,
           LeydenHttpExchange *exchange,
           LeydenSource       *source)
{
  Asked *asked = g_new0 (Asked, 1);

  asked->gateway = g_object_ref (gateway);
  asked->exchange = leyden_http_exchange_ref (exchange);
  asked->source = source != NULL ? leyden_source_ref (source) : NULL;
  asked->name = g_strdup (leyden_http_exchange_get_param (exchange, "name"));
  return asked;
}

static void
asked_free (gpointer data)
{
  Asked *self = data;

  g_object_unref (self->gateway);
  leyden_http_exchange_unref (self->exchange);
  g_clear_pointer (&self->source, leyden_source_unref);
  g_free (self->name);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (asked->exchange, error);
      return;
    }
  set_source (asked->gateway, asked->name, asked->source);
  if (asked->source == NULL)
    {
      leyden_http_exchange_respond (asked->exchange, 204, NULL, NULL);
      return;
    }
  leyden_gateway_respond_take (asked->exchange, 200, leyden_source_to_document (asked->source, TRUE));
}

/* What the body says is one; NULL after 422. */
static LeydenSource *
read_source (LeydenHttpExchange *exchange,
             LeydenValue        *body)
{
  g_autoptr(GError) error = NULL;
  LeydenSource *source = leyden_source_new (leyden_http_exchange_get_param (exchange, "name"), body, &error);

  if (source == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
  return source;
}

void
leyden_gateway_put_source (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  const char *name = leyden_http_exchange_get_param (exchange, "name");
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(LeydenSource) source = NULL;
  g_autoptr(LeydenValue) document = NULL;

  if (body == NULL)
    return;
  if (!leyden_source_is_name (name))
    leyden_http_exchange_respond_error (exchange, 422, "The name of a source has 1 to %d lower-case letters, digits or '-'", LEYDEN_SOURCE_MAX_NAME);
  else if (g_hash_table_size (self->sources) >= MAX_SOURCES && !g_hash_table_contains (self->sources, name))
    leyden_http_exchange_respond_error (exchange, 409, "There are %d sources; that is as many as there can be", MAX_SOURCES);
  else if ((source = read_source (exchange, body)) != NULL)
    {
      document = leyden_source_to_document (source, FALSE);
      leyden_store_put_document_async (LEYDEN_STORE (self->store), SOURCE_KIND, name, document, stored_cb, asked_new (self, exchange, source));
    }
}

/* NULL after 404. */
static LeydenSource *
find (LeydenGateway      *self,
      LeydenHttpExchange *exchange)
{
  const char *name = leyden_http_exchange_get_param (exchange, "name");
  LeydenSource *source = g_hash_table_lookup (self->sources, name);

  if (source == NULL)
    leyden_http_exchange_respond_error (exchange, 404, "There is no source \"%s\"", name);
  return source;
}

void
leyden_gateway_delete_source (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  LeydenSource *source = find (self, exchange);

  if (source != NULL)
    leyden_store_put_document_async (LEYDEN_STORE (self->store), SOURCE_KIND, source->name, NULL, stored_cb, asked_new (self, exchange, NULL));
}

/* ---- Test: does it answer, and what is it? ---- */

static void
respond_tested (Asked        *asked,
                const char   *version,
                const GError *error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "ok", version != NULL);
  if (version != NULL)
    {
      leyden_value_builder_set_string (&b, "version", version);
      leyden_value_builder_set_double (&b, "latency_ms", (double)(g_get_monotonic_time () - asked->sent_us) / 1000);
    }
  else
    leyden_value_builder_set_string (&b, "error", error->message);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (asked->exchange, 200, leyden_value_builder_end_value (&b));
}

static void
version_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *version = NULL;

  if (asked->source->is_mlflow)
    version = leyden_mlflow_client_get_version_finish (LEYDEN_MLFLOW_CLIENT (object), result, &error);
  else
    {
      value = leyden_prometheus_client_get_version_finish (LEYDEN_PROMETHEUS_CLIENT (object), result, &error);
      version = g_strdup (leyden_value_get_string (value, NULL));
    }
  if (version == NULL)
    leyden_source_close (asked->source);
  respond_tested (asked, version, error);
}

static void
test_opened_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  LeydenSource *source = asked->source;

  if (!leyden_source_open_finish (source, result, &error))
    respond_tested (asked, NULL, error);
  else if (source->is_mlflow)
    leyden_mlflow_client_get_version_async (source->mlflow, NULL, version_cb, g_steal_pointer (&asked));
  else
    leyden_prometheus_client_get_version_async (source->prometheus, NULL, version_cb, g_steal_pointer (&asked));
}

/* Of what is stored, or of settings that are not stored yet. */
void
leyden_gateway_test_source (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  g_autoptr(LeydenSource) given = NULL;
  LeydenSource *source = NULL;
  Asked *asked;

  if (body == NULL)
    return;
  if (leyden_value_get_size (body) > 0)
    source = given = read_source (exchange, body);
  else
    source = find (self, exchange);
  if (source == NULL)
    return;
  asked = asked_new (self, exchange, source);
  asked->sent_us = g_get_monotonic_time ();
  leyden_source_open_async (source, self->secrets, NULL, test_opened_cb, asked);
}

/* ---- What there is to choose from, for who writes a question ---- */

static void
respond_values (Asked       *asked,
                LeydenValue *list)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = leyden_value_get_size (list);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "values");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n && i < MAX_VALUES; i++)
    if (leyden_value_get_kind (leyden_value_get_item (list, i)) == LEYDEN_VALUE_STRING)
      leyden_value_builder_add (&b, leyden_value_get_item (list, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_boolean (&b, "truncated", n > MAX_VALUES);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (asked->exchange, 200, leyden_value_builder_end_value (&b));
}

/* Its own words; what the way to it said is an error of another machine as well. */
static void
respond_failed (Asked        *asked,
                const GError *error)
{
  if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_AUTH))
    leyden_source_close (asked->source);
  leyden_http_exchange_respond_error (asked->exchange, 502, "%s", error->message);
}

static void
labels_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) list = leyden_prometheus_client_list_labels_finish (LEYDEN_PROMETHEUS_CLIENT (object), result, &error);

  if (list != NULL)
    respond_values (asked, list);
  else
    respond_failed (asked, error);
}

static void
metrics_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) runs = leyden_mlflow_client_search_runs_finish (LEYDEN_MLFLOW_CLIENT (object), result, &error);
  g_autoptr(GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;

  if (runs == NULL)
    {
      respond_failed (asked, error);
      return;
    }
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < runs->len; i++)
    {
      LeydenValue *metrics = ((LeydenMlflowRun *)runs->pdata[i])->metrics;

      for (guint j = 0; j < leyden_value_get_size (metrics); j++)
        if (g_hash_table_add (known, (gpointer)leyden_value_get_key (metrics, j)))
          leyden_value_builder_add_string (&b, leyden_value_get_key (metrics, j));
    }
  leyden_value_builder_end (&b);
  list = leyden_value_builder_end_value (&b);
  respond_values (asked, list);
}

static void
experiments_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) experiments = leyden_mlflow_client_list_experiments_finish (LEYDEN_MLFLOW_CLIENT (object), result, &error);
  const char *wanted = leyden_http_exchange_get_query (asked->exchange, "experiment");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;

  if (experiments == NULL)
    {
      respond_failed (asked, error);
      return;
    }
  for (guint i = 0; wanted != NULL && i < experiments->len; i++)
    {
      const LeydenMlflowExperiment *experiment = experiments->pdata[i];

      if (strcmp (experiment->name, wanted) != 0 && strcmp (experiment->id, wanted) != 0)
        continue;
      leyden_mlflow_client_search_runs_async (LEYDEN_MLFLOW_CLIENT (object), experiment->id, NULL, RUNS, NULL, metrics_cb, g_steal_pointer (&asked));
      return;
    }
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; wanted == NULL && i < experiments->len; i++)
    leyden_value_builder_add_string (&b, ((LeydenMlflowExperiment *)experiments->pdata[i])->name);
  leyden_value_builder_end (&b);
  list = leyden_value_builder_end_value (&b);
  respond_values (asked, list);
}

static void
values_opened_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  LeydenSource *source = asked->source;
  const char *what = leyden_http_exchange_get_query (asked->exchange, "what");
  const char *label = leyden_http_exchange_get_query (asked->exchange, "label");

  if (!leyden_source_open_finish (source, result, &error))
    respond_failed (asked, error);
  else if (source->is_mlflow)
    leyden_mlflow_client_list_experiments_async (source->mlflow, MAX_VALUES, NULL, experiments_cb, g_steal_pointer (&asked));
  else
    leyden_prometheus_client_list_labels_async (source->prometheus, strcmp (what, "labels") == 0 ? label : "__name__", NULL, labels_cb,
                                                g_steal_pointer (&asked));
}

void
leyden_gateway_list_source_values (LeydenGateway      *self,
                                   LeydenHttpExchange *exchange)
{
  static const char * const prometheus[] = { "metrics", "labels", NULL };
  static const char * const mlflow[] = { "experiments", "metrics", NULL };
  LeydenSource *source = find (self, exchange);
  const char *what;

  if (source == NULL || !leyden_gateway_query_choice (exchange, "what", source->is_mlflow ? mlflow : prometheus, &what))
    return;
  if (what == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "\"what\" must say what is wanted: \"metrics\", \"labels\" or \"experiments\"");
  else if (source->is_mlflow && strcmp (what, "metrics") == 0 && leyden_http_exchange_get_query (exchange, "experiment") == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "\"experiment\" must name one");
  else
    leyden_source_open_async (source, self->secrets, NULL, values_opened_cb, asked_new (self, exchange, source));
}
