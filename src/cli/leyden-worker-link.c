/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-worker.h"

#include "leyden-http-retry.h"
#include "leyden-json.h"

/* Of one try: a list of 500 rollouts with large inputs may take its time. */
#define TIMEOUT_MS 30000
#define MAX_PAUSE_MS 10000
#define MAX_CONNECTIONS 1024

struct _LeydenWorkerLink
{
  LeydenHttpClient *http;
  char             *base;
  char             *key;
  char             *pin;
};

LeydenWorkerLink *
leyden_worker_link_new (const char *base,
                        const char *key,
                        const char *pin)
{
  LeydenWorkerLink *self = g_new0 (LeydenWorkerLink, 1);

  self->http = leyden_http_client_new ();
  /* Whoever asks waits in its own way; a breaker would only hide why. */
  leyden_http_client_set_limits (self->http, MAX_CONNECTIONS, 0, 0);
  self->base = g_strdup (base);
  self->key = g_strdup (key);
  self->pin = g_strdup (pin);
  return self;
}

void
leyden_worker_link_free (LeydenWorkerLink *self)
{
  g_object_unref (self->http);
  g_free (self->base);
  g_free (self->key);
  g_free (self->pin);
  g_free (self);
}

typedef struct
{
  LeydenWorkerLink  *link;              /* borrowed: it outlives what it asks */
  char              *method;
  char              *uri;
  LeydenValue       *body;
  gboolean           persistent;
  LeydenHttpRequest *request;
  guint              n_tries;
  GSource           *pause;
  GSource           *watch;
  LeydenValue       *answer;
} Ask;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
ask_free (gpointer data)
{
  Ask *self = data;

  drop_source (&self->pause);
  drop_source (&self->watch);
  g_clear_object (&self->request);
  g_clear_pointer (&self->body, leyden_value_unref);
  g_clear_pointer (&self->answer, leyden_value_unref);
  g_free (self->method);
  g_free (self->uri);
  g_free (self);
}

static void try_once (GTask *task);

static gboolean
pause_over_cb (gpointer data)
{
  g_autoptr(GTask) task = g_object_ref (data);
  Ask *self = g_task_get_task_data (task);

  drop_source (&self->pause);
  drop_source (&self->watch);
  try_once (task);
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  g_autoptr(GTask) task = g_object_ref (data);
  Ask *self = g_task_get_task_data (task);

  drop_source (&self->pause);
  drop_source (&self->watch);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
try_later (GTask      *task,
           const char *after)
{
  Ask *self = g_task_get_task_data (task);
  guint delay_ms = leyden_http_retry_delay_ms (MIN (self->n_tries, 5), g_random_double (), after, g_get_real_time () / G_USEC_PER_SEC);

  self->pause = g_timeout_source_new (CLAMP (delay_ms, 100, MAX_PAUSE_MS));
  g_source_set_callback (self->pause, pause_over_cb, g_object_ref (task), g_object_unref);
  g_source_attach (self->pause, g_task_get_context (task));
  if (g_task_get_cancellable (task) == NULL)
    return;
  self->watch = g_cancellable_source_new (g_task_get_cancellable (task));
  g_source_set_callback (self->watch, G_SOURCE_FUNC (cancelled_cb), g_object_ref (task), g_object_unref);
  g_source_attach (self->watch, g_task_get_context (task));
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(GTask) task = data;
  Ask *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  guint status = leyden_http_request_get_status (self->request);

  if (g_task_return_error_if_cancelled (task))
    {
      g_clear_error (&error);
      return;
    }
  if (self->persistent && (body == NULL || status == 408 || status == 429 || status >= 500))
    {
      g_clear_error (&error);
      try_later (task, body != NULL ? leyden_http_request_get_response_header (self->request, "Retry-After") : NULL);
      return;
    }
  if (body == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  self->answer = leyden_json_parse_bytes (body, &limits, NULL);
  g_task_return_int (task, (gssize)status);
}

static void
try_once (GTask *task)
{
  Ask *self = g_task_get_task_data (task);

  self->n_tries++;
  g_clear_object (&self->request);
  self->request = leyden_http_request_new (self->method, self->uri);
  if (self->link->key != NULL)
    leyden_http_request_set_bearer (self->request, self->link->key);
  if (self->body != NULL)
    leyden_http_request_set_json (self->request, self->body);
  leyden_http_request_set_timeout (self->request, TIMEOUT_MS);
  leyden_http_request_set_pin (self->request, self->link->pin);
  leyden_http_client_send_async (self->link->http, self->request, g_task_get_cancellable (task), answered_cb, g_object_ref (task));
}

void
leyden_worker_link_ask_async (LeydenWorkerLink    *self,
                              const char          *method,
                              const char          *path,
                              LeydenValue         *body,
                              gboolean             persistent,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Ask *ask = g_new0 (Ask, 1);

  ask->link = self;
  ask->method = g_strdup (method);
  ask->uri = g_strconcat (self->base, path, NULL);
  ask->body = body != NULL ? leyden_value_ref (body) : NULL;
  ask->persistent = persistent;
  g_task_set_source_tag (task, leyden_worker_link_ask_async);
  g_task_set_task_data (task, ask, ask_free);
  if (!g_task_return_error_if_cancelled (task))
    try_once (task);
}

gboolean
leyden_worker_link_ask_finish (GAsyncResult  *result,
                               guint         *status,
                               LeydenValue  **answer,
                               GError       **error)
{
  GError *local_error = NULL;
  Ask *ask;

  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_worker_link_ask_async), FALSE);

  ask = g_task_get_task_data (G_TASK (result));
  *status = (guint)g_task_propagate_int (G_TASK (result), &local_error);
  *answer = g_steal_pointer (&ask->answer);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, local_error);
  return FALSE;
}
