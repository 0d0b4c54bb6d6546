/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-work.h"


#include "leyden-http-retry.h"
#include "leyden-json.h"
#include "leyden-openai-wire.h"

#define DEFAULT_TIMEOUT_S 120
#define MAX_PAUSE_MS 30000
/* What the proxy itself has tried six times is tried this often again, as the clients of agents do. */
#define MAX_FAULTS 3
#define POLICY_ENDPOINT "policy"

typedef struct
{
  char *uri;                    /* …/openai/v1 */
  char *key;                    /* nullable */
} Binding;

struct _LeydenWorkTransport
{
  GObject           parent_instance;
  LeydenModels     *models;
  LeydenHttpClient *http;
  GHashTable       *bindings;   /* rollout → Binding */
  char             *pin;        /* of the backend's certificate, nullable */
};

static void transport_init (LeydenModelTransportInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenWorkTransport, leyden_work_transport, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_MODEL_TRANSPORT, transport_init))

/*
 *  ask ─┬─ 2xx ─► answer
 *   ▲   ├─ paused, nobody trains, the backend is away ─► pause (as long as the rollout lasts) ─┐
 *   │   ├─ 5xx of the model ─► pause, MAX_FAULTS times ────────────────────────────────────────┤
 *   │   └─ anything else ─► error                                                              │
 *   └──────────────────────────────────────────────────────────────────────────────────────────┘
 */
typedef struct
{
  char              *uri;
  char              *key;
  LeydenValue       *body;
  guint              timeout_ms;
  LeydenHttpRequest *request;
  GSource           *pause;
  GSource           *watch;             /* while it pauses */
  gint64             started_us;
  guint              n_tries;
  guint              n_faults;
  void             (*waiting) (const char *reason, guint ms, gpointer data);
  gpointer           data;
} Call;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
call_free (gpointer data)
{
  Call *self = data;

  drop_source (&self->pause);
  drop_source (&self->watch);
  g_clear_object (&self->request);
  leyden_value_unref (self->body);
  g_free (self->uri);
  g_free (self->key);
  g_free (self);
}

static void
binding_free (gpointer data)
{
  Binding *self = data;

  g_free (self->uri);
  g_free (self->key);
  g_free (self);
}

static void ask (GTask *task);

static gboolean
pause_over_cb (gpointer data)
{
  g_autoptr(GTask) task = g_object_ref (data);
  Call *self = g_task_get_task_data (task);

  drop_source (&self->pause);
  drop_source (&self->watch);
  ask (task);
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  g_autoptr(GTask) task = g_object_ref (data);
  Call *self = g_task_get_task_data (task);

  drop_source (&self->pause);
  drop_source (&self->watch);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
pause_then_ask (GTask *task,
                guint  status)
{
  Call *self = g_task_get_task_data (task);
  const char *after = status != 0 ? leyden_http_request_get_response_header (self->request, "Retry-After") : NULL;
  guint delay_ms = leyden_http_retry_delay_ms (MIN (self->n_tries, 6), g_random_double (), after, g_get_real_time () / G_USEC_PER_SEC);

  delay_ms = CLAMP (delay_ms, 100, MAX_PAUSE_MS);
  if (self->waiting != NULL)
    self->waiting (status == 429 ? "rate-limit" : "retry", delay_ms, self->data);
  self->pause = g_timeout_source_new (delay_ms);
  g_source_set_callback (self->pause, pause_over_cb, g_object_ref (task), g_object_unref);
  g_source_attach (self->pause, g_task_get_context (task));
  if (g_task_get_cancellable (task) == NULL)
    return;
  self->watch = g_cancellable_source_new (g_task_get_cancellable (task));
  g_source_set_callback (self->watch, G_SOURCE_FUNC (cancelled_cb), g_object_ref (task), g_object_unref);
  g_source_attach (self->watch, g_task_get_context (task));
}

static void
answer (GTask  *task,
        GBytes *body)
{
  Call *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) parsed = leyden_openai_parse_answer (body, &error);
  g_autoptr(LeydenValue) endpoint = leyden_value_new_string (POLICY_ENDPOINT, -1);
  g_autoptr(LeydenValue) latency = leyden_value_new_double ((double)(g_get_monotonic_time () - self->started_us) / 1000);
  g_autoptr(LeydenValue) named = NULL;

  if (parsed == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  named = leyden_value_with_member (parsed, "endpoint", endpoint);
  if (leyden_value_get_member (named, "latency_ms") == NULL)
    g_task_return_pointer (task, leyden_value_with_member (named, "latency_ms", latency), (GDestroyNotify)leyden_value_unref);
  else
    g_task_return_pointer (task, g_steal_pointer (&named), (GDestroyNotify)leyden_value_unref);
}

static gboolean
is_away (const GError *error)
{
  return g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_CONNECT) || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BROKEN);
}

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GTask) task = data;
  Call *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  guint status = leyden_http_request_get_status (self->request);

  if (g_task_return_error_if_cancelled (task))
    g_clear_error (&error);
  else if (body == NULL && is_away (error))
    {
      g_clear_error (&error);
      pause_then_ask (task, 0);
    }
  else if (body == NULL)
    {
      g_task_return_new_error (task, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE, "%s", error->message);
      g_clear_error (&error);
    }
  else if (status >= 200 && status <= 299)
    answer (task, body);
  else if (status == 429 || status == 503)
    pause_then_ask (task, status);
  else if ((status == 408 || status == 409 || status >= 500) && ++self->n_faults <= MAX_FAULTS)
    pause_then_ask (task, status);
  else
    {
      leyden_openai_set_error (&error, status, body);
      g_task_return_error (task, error);
    }
}

static void
ask (GTask *task)
{
  LeydenWorkTransport *transport = g_task_get_source_object (task);
  Call *self = g_task_get_task_data (task);
  g_autofree char *uri = g_strconcat (self->uri, "/chat/completions", NULL);

  self->n_tries++;
  g_clear_object (&self->request);
  self->request = leyden_http_request_new ("POST", uri);
  if (self->key != NULL)
    leyden_http_request_set_bearer (self->request, self->key);
  leyden_http_request_set_header (self->request, "Accept", "application/json");
  leyden_http_request_set_json (self->request, self->body);
  leyden_http_request_set_timeout (self->request, self->timeout_ms);
  leyden_http_request_set_pin (self->request, transport->pin);
  leyden_http_client_send_async (transport->http, self->request, g_task_get_cancellable (task), asked_cb, g_object_ref (task));
}

static void
plain_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  LeydenValue *answered = leyden_model_transport_send_finish (LEYDEN_MODEL_TRANSPORT (object), result, &error);

  if (answered == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, answered, (GDestroyNotify)leyden_value_unref);
}

static void
leyden_work_transport_send_async (LeydenModelTransport  *object,
                                  const LeydenModelCall *call,
                                  GCancellable          *cancellable,
                                  GAsyncReadyCallback    callback,
                                  gpointer               data)
{
  LeydenWorkTransport *self = LEYDEN_WORK_TRANSPORT (object);
  const Binding *binding = call->policy && call->rollout != NULL ? g_hash_table_lookup (self->bindings, call->rollout) : NULL;
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, data);
  Call *own;

  g_task_set_source_tag (task, leyden_work_transport_send_async);
  if (binding == NULL)
    {
      leyden_model_transport_send_async (LEYDEN_MODEL_TRANSPORT (self->models), call, cancellable, plain_cb, g_steal_pointer (&task));
      return;
    }
  own = g_new0 (Call, 1);
  own->uri = g_strdup (binding->uri);
  own->key = g_strdup (binding->key);
  {
    LeydenModelCall whole = *call;

    whole.stream = FALSE;
    /* No seed: the rollouts of one group are to differ. */
    own->body = leyden_openai_make_body (&whole, "auto", LEYDEN_OPENAI_NO_SEED, FALSE);
  }
  own->timeout_ms = (call->timeout_s > 0 ? call->timeout_s : DEFAULT_TIMEOUT_S) * 1000;
  own->started_us = g_get_monotonic_time ();
  own->waiting = call->waiting;
  own->data = call->data;
  g_task_set_task_data (task, own, call_free);
  ask (task);
}

static LeydenValue *
leyden_work_transport_send_finish (LeydenModelTransport  *object,
                                   GAsyncResult          *result,
                                   GError               **error)
{
  g_return_val_if_fail (g_task_is_valid (result, object), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
transport_init (LeydenModelTransportInterface *iface)
{
  iface->send_async = leyden_work_transport_send_async;
  iface->send_finish = leyden_work_transport_send_finish;
}

static void
leyden_work_transport_finalize (GObject *object)
{
  LeydenWorkTransport *self = LEYDEN_WORK_TRANSPORT (object);

  g_clear_object (&self->models);
  g_clear_object (&self->http);
  g_hash_table_unref (self->bindings);
  g_free (self->pin);
  G_OBJECT_CLASS (leyden_work_transport_parent_class)->finalize (object);
}

static void
leyden_work_transport_class_init (LeydenWorkTransportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_work_transport_finalize;
}

static void
leyden_work_transport_init (LeydenWorkTransport *self)
{
  self->bindings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, binding_free);
  self->http = leyden_http_client_new ();
  /* We wait in our own way; a breaker would only hide why. */
  leyden_http_client_set_limits (self->http, 1024, 0, 0);
}

LeydenWorkTransport *
leyden_work_transport_new (LeydenModels *models,
                           const char   *pin)
{
  LeydenWorkTransport *self = g_object_new (LEYDEN_TYPE_WORK_TRANSPORT, NULL);

  self->models = g_object_ref (models);
  self->pin = g_strdup (pin);
  return self;
}

void
leyden_work_transport_bind (LeydenWorkTransport *self,
                            const char          *local,
                            const char          *uri,
                            const char          *key)
{
  Binding *binding = g_new0 (Binding, 1);

  binding->uri = g_strdup (uri);
  binding->key = g_strdup (key);
  g_hash_table_replace (self->bindings, g_strdup (local), binding);
}

void
leyden_work_transport_unbind (LeydenWorkTransport *self,
                              const char          *local)
{
  g_hash_table_remove (self->bindings, local);
}
