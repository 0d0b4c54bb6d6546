/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-mlflow-client.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-backend.h"
#include "leyden-json.h"
#include "leyden-remote-ask.h"
#include "leyden-text.h"

#define API "/api/2.0/mlflow"
#define MAX_AT_ONCE 6
/* The most that a page of experiments and runs may hold; a server gives fewer where it likes. */
#define PAGE 1000
#define HISTORY_PAGE 25000
/* A server whose pages do not end. */
#define MAX_PAGES 100

struct _LeydenMlflowClient
{
  GObject           parent_instance;

  LeydenHttpClient *http;
  char             *base_uri;
  char             *authorization;
};

G_DEFINE_FINAL_TYPE (LeydenMlflowClient, leyden_mlflow_client, G_TYPE_OBJECT)

static void
leyden_mlflow_client_finalize (GObject *object)
{
  LeydenMlflowClient *self = LEYDEN_MLFLOW_CLIENT (object);

  g_clear_object (&self->http);
  g_free (self->base_uri);
  g_free (self->authorization);
  G_OBJECT_CLASS (leyden_mlflow_client_parent_class)->finalize (object);
}

static void
leyden_mlflow_client_class_init (LeydenMlflowClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_mlflow_client_finalize;
}

static void
leyden_mlflow_client_init (LeydenMlflowClient *self)
{
  self->http = leyden_remote_client_new (MAX_AT_ONCE);
}

LeydenMlflowClient *
leyden_mlflow_client_new (const char *base_uri,
                          const char *authorization)
{
  LeydenMlflowClient *self;

  g_return_val_if_fail (base_uri != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_MLFLOW_CLIENT, NULL);
  self->base_uri = g_strdup (base_uri);
  self->authorization = g_strdup (authorization);
  return self;
}

/* ---- Pages, one after the other ---- */

/* One page as it was read. */
typedef struct
{
  gpointer        items;        /* GPtrArray, or GArray of points */
  GDestroyNotify  destroy;
  char           *token;
} Page;

static void
page_free (gpointer data)
{
  Page *self = data;

  g_clear_pointer (&self->items, self->destroy);
  g_free (self->token);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Page, page_free)

static Page *
page_new (gpointer        items,
          GDestroyNotify  destroy,
          char           *token)
{
  Page *page;

  if (items == NULL)
    {
      g_free (token);
      return NULL;
    }
  page = g_new0 (Page, 1);
  page->items = items;
  page->destroy = destroy;
  page->token = token;
  return page;
}

typedef struct Walk Walk;

typedef struct
{
  LeydenHttpRequest *(*make) (LeydenMlflowClient *self, const Walk *walk, const char *token);
  LeydenRemoteReader  read;             /* gives a Page */
  GDestroyNotify      destroy;          /* of its items */
} Question;

/* A question with all of its pages. */
struct Walk
{
  const Question *question;
  char           *id;                   /* of an experiment or a run; nullable */
  char           *text;                 /* filter or key; nullable */
  guint           limit;
  guint           n_pages;
  gpointer        items;                /* of the pages so far; NULL: none */
};

static void
walk_free (gpointer data)
{
  Walk *self = data;

  g_clear_pointer (&self->items, self->question->destroy);
  g_free (self->id);
  g_free (self->text);
  g_free (self);
}

static gboolean
is_points (const Walk *walk)
{
  return walk->question->destroy == (GDestroyNotify)g_array_unref;
}

static guint
count_items (const Walk *walk)
{
  return walk->items == NULL ? 0 : is_points (walk) ? ((GArray *)walk->items)->len : ((GPtrArray *)walk->items)->len;
}

static void
add_items (Walk *walk,
           Page *page)
{
  if (walk->items == NULL)
    walk->items = g_steal_pointer (&page->items);
  else if (is_points (walk))
    g_array_append_vals (walk->items, ((GArray *)page->items)->data, ((GArray *)page->items)->len);
  else
    g_ptr_array_extend_and_steal (walk->items, g_steal_pointer (&page->items));
  if (count_items (walk) > walk->limit && is_points (walk))
    g_array_set_size (walk->items, walk->limit);
  else if (count_items (walk) > walk->limit)
    g_ptr_array_set_size (walk->items, (int)walk->limit);
}

static void ask_page (GTask *task, const char *token);

static void
page_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  Walk *walk = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(Page) page = leyden_remote_ask_finish (object, result, &error);

  if (page == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  add_items (walk, page);
  walk->n_pages++;
  if (*page->token != '\0' && count_items (walk) < walk->limit && walk->n_pages < MAX_PAGES)
    ask_page (g_steal_pointer (&task), page->token);
  else
    g_task_return_pointer (task, g_steal_pointer (&walk->items), walk->question->destroy);
}

/* Takes @task. */
static void
ask_page (GTask      *task,
          const char *token)
{
  LeydenMlflowClient *self = g_task_get_source_object (task);
  Walk *walk = g_task_get_task_data (task);
  g_autoptr(LeydenHttpRequest) request = walk->question->make (self, walk, token);

  leyden_remote_ask_async (G_OBJECT (self), self->http, request, self->authorization, walk->question->read, page_free, g_task_get_cancellable (task), page_cb, task);
}

static void
begin_walk (LeydenMlflowClient  *self,
            const Question      *question,
            const char          *id,
            const char          *text,
            guint                limit,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Walk *walk = g_new0 (Walk, 1);

  walk->question = question;
  walk->id = g_strdup (id);
  walk->text = g_strdup (text);
  walk->limit = limit;
  g_task_set_source_tag (task, begin_walk);
  g_task_set_task_data (task, walk, walk_free);
  ask_page (task, NULL);
}

static gpointer
finish (LeydenMlflowClient  *self,
        GAsyncResult        *result,
        GError             **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Questions ---- */

static LeydenHttpRequest *
new_post (LeydenMlflowClient *self,
          const char         *path,
          LeydenValueBuilder *b)
{
  g_autofree char *uri = g_strconcat (self->base_uri, API, path, NULL);
  g_autoptr(LeydenValue) body = leyden_value_builder_end_value (b);
  LeydenHttpRequest *request = leyden_http_request_new ("POST", uri);

  leyden_http_request_set_json (request, body);
  return request;
}

static void
set_order (LeydenValueBuilder *b,
           const char         *order)
{
  leyden_value_builder_key (b, "order_by");
  leyden_value_builder_begin_list (b);
  leyden_value_builder_add_string (b, order);
  leyden_value_builder_end (b);
}

static LeydenHttpRequest *
make_experiments (LeydenMlflowClient *self,
                  const Walk         *walk,
                  const char         *token)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "max_results", MIN (walk->limit, PAGE));
  set_order (&b, "last_update_time DESC");
  if (token != NULL)
    leyden_value_builder_set_string (&b, "page_token", token);
  leyden_value_builder_end (&b);
  return new_post (self, "/experiments/search", &b);
}

static LeydenHttpRequest *
make_runs (LeydenMlflowClient *self,
           const Walk         *walk,
           const char         *token)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "experiment_ids");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_string (&b, walk->id);
  leyden_value_builder_end (&b);
  if (walk->text != NULL && *walk->text != '\0')
    leyden_value_builder_set_string (&b, "filter", walk->text);
  leyden_value_builder_set_int (&b, "max_results", MIN (walk->limit, PAGE));
  set_order (&b, "attributes.start_time DESC");
  if (token != NULL)
    leyden_value_builder_set_string (&b, "page_token", token);
  leyden_value_builder_end (&b);
  return new_post (self, "/runs/search", &b);
}

static LeydenHttpRequest *
make_history (LeydenMlflowClient *self,
              const Walk         *walk,
              const char         *token)
{
  g_autoptr(GString) fields = g_string_new (NULL);
  g_autofree char *size = g_strdup_printf ("%u", MIN (walk->limit, HISTORY_PAGE));
  g_autofree char *uri = NULL;

  leyden_remote_append_field (fields, "run_id", walk->id);
  leyden_remote_append_field (fields, "metric_key", walk->text);
  leyden_remote_append_field (fields, "max_results", size);
  if (token != NULL)
    leyden_remote_append_field (fields, "page_token", token);
  uri = g_strconcat (self->base_uri, API, "/metrics/get-history?", fields->str, NULL);
  return leyden_http_request_new ("GET", uri);
}

static gpointer
read_experiments (GBytes  *body,
                  guint    status,
                  GError **error)
{
  char *token = NULL;
  GPtrArray *items = leyden_mlflow_experiments_parse (body, status, &token, error);

  return page_new (items, (GDestroyNotify)g_ptr_array_unref, token);
}

static gpointer
read_runs (GBytes  *body,
           guint    status,
           GError **error)
{
  char *token = NULL;
  GPtrArray *items = leyden_mlflow_runs_parse (body, status, &token, error);

  return page_new (items, (GDestroyNotify)g_ptr_array_unref, token);
}

static gpointer
read_history (GBytes  *body,
              guint    status,
              GError **error)
{
  char *token = NULL;
  GArray *items = leyden_mlflow_history_parse (body, status, &token, error);

  return page_new (items, (GDestroyNotify)g_array_unref, token);
}

static const Question experiments = { make_experiments, read_experiments, (GDestroyNotify)g_ptr_array_unref };
static const Question runs = { make_runs, read_runs, (GDestroyNotify)g_ptr_array_unref };
static const Question history = { make_history, read_history, (GDestroyNotify)g_array_unref };

void
leyden_mlflow_client_list_experiments_async (LeydenMlflowClient  *self,
                                             guint                limit,
                                             GCancellable        *cancellable,
                                             GAsyncReadyCallback  callback,
                                             gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_MLFLOW_CLIENT (self));

  begin_walk (self, &experiments, NULL, NULL, limit, cancellable, callback, data);
}

GPtrArray *
leyden_mlflow_client_list_experiments_finish (LeydenMlflowClient  *self,
                                              GAsyncResult        *result,
                                              GError             **error)
{
  return finish (self, result, error);
}

void
leyden_mlflow_client_search_runs_async (LeydenMlflowClient  *self,
                                        const char          *experiment_id,
                                        const char          *filter,
                                        guint                limit,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_MLFLOW_CLIENT (self));
  g_return_if_fail (experiment_id != NULL);

  begin_walk (self, &runs, experiment_id, filter, limit, cancellable, callback, data);
}

GPtrArray *
leyden_mlflow_client_search_runs_finish (LeydenMlflowClient  *self,
                                         GAsyncResult        *result,
                                         GError             **error)
{
  return finish (self, result, error);
}

void
leyden_mlflow_client_get_history_async (LeydenMlflowClient  *self,
                                        const char          *run_id,
                                        const char          *key,
                                        guint                limit,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_MLFLOW_CLIENT (self));
  g_return_if_fail (run_id != NULL && key != NULL);

  begin_walk (self, &history, run_id, key, limit, cancellable, callback, data);
}

GArray *
leyden_mlflow_client_get_history_finish (LeydenMlflowClient  *self,
                                         GAsyncResult        *result,
                                         GError             **error)
{
  return finish (self, result, error);
}

/* Plain text: "3.1.0". */
static gpointer
read_version (GBytes  *body,
              guint    status,
              GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data (body, &size);

  if (status < 200 || status >= 300)
    {
      g_set_error (error, LEYDEN_REMOTE_ERROR, status == 401 ? LEYDEN_REMOTE_ERROR_AUTH : LEYDEN_REMOTE_ERROR_UNAVAILABLE,
                   _("The server answered with status %u"), status);
      return NULL;
    }
  if (size == 0 || size > 40 || !g_ascii_isdigit (*text))
    {
      g_set_error_literal (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL, _("The answer is not that of an MLflow server"));
      return NULL;
    }
  return leyden_text_escape (text, (gssize)size, 40);
}

void
leyden_mlflow_client_get_version_async (LeydenMlflowClient  *self,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             data)
{
  g_autofree char *uri = g_strconcat (self->base_uri, "/version", NULL);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("GET", uri);

  g_return_if_fail (LEYDEN_IS_MLFLOW_CLIENT (self));
  leyden_remote_ask_async (G_OBJECT (self), self->http, request, self->authorization, read_version, g_free, cancellable, callback, data);
}

char *
leyden_mlflow_client_get_version_finish (LeydenMlflowClient  *self,
                                         GAsyncResult        *result,
                                         GError             **error)
{
  return leyden_remote_ask_finish (G_OBJECT (self), result, error);
}
