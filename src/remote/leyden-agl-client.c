/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-agl-client.h"

#include "leyden-remote-private.h"

/* A list carries every input and every template of a job. */
#define MAX_ANSWER ((gsize)256 * 1024 * 1024)
#define TIMEOUT_MS 30000
/* What is larger is read in a thread, so that nobody waits for it. */
#define LARGE ((gsize)64 * 1024)
#define MAX_AT_ONCE 8
/* What one request costs a server of Python, and how fast that writes JSON. */
#define REQUEST_US 1500
#define BYTES_PER_US 40

struct _LeydenAglClient
{
  GObject           parent_instance;

  LeydenHttpClient *http;
  char             *base_uri;
  char             *key;
  char             *fingerprint;
  gboolean          has_skew;
  gint64            skew_ms;
  double            latency_ms;
  guint             n_asking;
  gint64            busy_since_us;
  gint64            busy_us;            /* in which a request was under way */
  gint64            n_requests;
  gint64            n_bytes;            /* of answers */
};

G_DEFINE_FINAL_TYPE (LeydenAglClient, leyden_agl_client, G_TYPE_OBJECT)

/* How an answer becomes what the caller wants. */
typedef gpointer (*Reader) (GBytes *body, gint64 after, GError **error);

typedef struct
{
  LeydenHttpRequest *request;
  GBytes            *body;
  Reader             read;
  GDestroyNotify     destroy;
  gint64             after;
  gint64             sent_us;
} Ask;

static void
ask_free (Ask *ask)
{
  g_object_unref (ask->request);
  g_clear_pointer (&ask->body, g_bytes_unref);
  g_free (ask);
}

static void
leyden_agl_client_finalize (GObject *object)
{
  LeydenAglClient *self = LEYDEN_AGL_CLIENT (object);

  g_clear_object (&self->http);
  g_free (self->base_uri);
  g_free (self->key);
  g_free (self->fingerprint);
  G_OBJECT_CLASS (leyden_agl_client_parent_class)->finalize (object);
}

static void
leyden_agl_client_class_init (LeydenAglClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_agl_client_finalize;
}

static void
leyden_agl_client_init (LeydenAglClient *self)
{
  self->http = leyden_http_client_new ();
  /* Who polls has the breaker. */
  leyden_http_client_set_limits (self->http, MAX_AT_ONCE, 0, 0);
}

LeydenAglClient *
leyden_agl_client_new (const char *base_uri,
                       const char *key,
                       const char *fingerprint)
{
  LeydenAglClient *self;

  g_return_val_if_fail (base_uri != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_AGL_CLIENT, NULL);
  self->base_uri = g_strdup (base_uri);
  self->key = g_strdup (key);
  self->fingerprint = g_strdup (fingerprint);
  return self;
}

gboolean
leyden_agl_client_get_skew (LeydenAglClient *self,
                            gint64          *skew_ms)
{
  g_return_val_if_fail (LEYDEN_IS_AGL_CLIENT (self), FALSE);
  *skew_ms = self->skew_ms;
  return self->has_skew;
}

double
leyden_agl_client_get_latency_ms (LeydenAglClient *self)
{
  g_return_val_if_fail (LEYDEN_IS_AGL_CLIENT (self), 0);
  return self->latency_ms;
}

gint64
leyden_agl_client_get_spent_us (LeydenAglClient *self)
{
  g_return_val_if_fail (LEYDEN_IS_AGL_CLIENT (self), 0);
  return MIN (self->busy_us, self->n_requests * REQUEST_US + self->n_bytes / BYTES_PER_US);
}

/* ---- One question ---- */

static void
read_answer (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);
  GError *error = NULL;
  gpointer value = ask->read (ask->body, ask->after, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, ask->destroy);
}

static void
read_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  read_answer (task);
}

/* The header has whole seconds: the middle of the one that it names. */
static void
note_times (LeydenAglClient *self,
            Ask             *ask)
{
  gint64 unix_s;

  self->latency_ms = (double)(g_get_monotonic_time () - ask->sent_us) / 1000;
  self->has_skew = leyden_http_request_get_date (ask->request, &unix_s);
  if (self->has_skew)
    self->skew_ms = unix_s * 1000 + 500 - (g_get_real_time () / 1000 - (gint64)self->latency_ms / 2);
}

static void
note_answer (LeydenAglClient *self,
             const Ask       *ask)
{
  if (--self->n_asking == 0)
    self->busy_us += g_get_monotonic_time () - self->busy_since_us;
  self->n_requests++;
  if (ask->body != NULL)
    self->n_bytes += (gint64)g_bytes_get_size (ask->body);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenAglClient *self = g_task_get_source_object (task);
  Ask *ask = g_task_get_task_data (task);
  GError *error = NULL;

  ask->body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  note_answer (self, ask);
  if (ask->body != NULL)
    note_times (self, ask);
  if (ask->body == NULL || !leyden_remote_check_status (leyden_http_request_get_status (ask->request), ask->body, &error))
    g_task_return_error (task, error);
  else if (g_bytes_get_size (ask->body) > LARGE)
    g_task_run_in_thread (task, read_thread);
  else
    read_answer (task);
}

static void
ask (LeydenAglClient     *self,
     const char          *method,
     const char          *path,
     LeydenValue         *body,
     gint64               after,
     Reader               read,
     GDestroyNotify       destroy,
     GCancellable        *cancellable,
     GAsyncReadyCallback  callback,
     gpointer             data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  g_autofree char *uri = g_strconcat (self->base_uri, path, NULL);
  Ask *each = g_new0 (Ask, 1);

  each->request = leyden_http_request_new (method, uri);
  each->read = read;
  each->destroy = destroy;
  each->after = after;
  each->sent_us = g_get_monotonic_time ();
  if (self->n_asking++ == 0)
    self->busy_since_us = each->sent_us;
  if (self->key != NULL)
    leyden_http_request_set_bearer (each->request, self->key);
  leyden_http_request_set_pin (each->request, self->fingerprint);
  leyden_http_request_set_timeout (each->request, TIMEOUT_MS);
  leyden_http_request_set_max_body (each->request, MAX_ANSWER);
  leyden_http_request_set_follow (each->request, FALSE);
  if (body != NULL)
    leyden_http_request_set_json (each->request, body);
  g_task_set_source_tag (task, ask);
  g_task_set_task_data (task, each, (GDestroyNotify)ask_free);
  leyden_http_client_send_async (self->http, each->request, cancellable, answered_cb, task);
}

static gpointer
finish (LeydenAglClient  *self,
        GAsyncResult     *result,
        GError          **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Questions ---- */

static gpointer
read_list (GBytes  *body,
           gint64   after,
           GError **error)
{
  return leyden_agl_list_parse (body, error);
}

static gpointer
read_page (GBytes  *body,
           gint64   after,
           GError **error)
{
  return leyden_agl_page_parse (body, after, error);
}

static gpointer
read_detail (GBytes  *body,
             gint64   after,
             GError **error)
{
  return leyden_agl_detail_parse (body, error);
}

static gpointer
read_events (GBytes  *body,
             gint64   after,
             GError **error)
{
  return leyden_agl_events_parse (body, error);
}

static gpointer
read_proxy_state (GBytes  *body,
                  gint64   after,
                  GError **error)
{
  return leyden_agl_proxy_state_parse (body, error);
}

static gpointer
read_nothing (GBytes  *body,
              gint64   after,
              GError **error)
{
  return GINT_TO_POINTER (TRUE);
}

void
leyden_agl_client_list_async (LeydenAglClient     *self,
                              guint                limit,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts?state_in=queuing&state_in=running&limit=%u", limit);

  g_return_if_fail (LEYDEN_IS_AGL_CLIENT (self));
  ask (self, "GET", path, NULL, 0, read_list, (GDestroyNotify)leyden_agl_list_free, cancellable, callback, data);
}

LeydenAglList *
leyden_agl_client_list_finish (LeydenAglClient  *self,
                               GAsyncResult     *result,
                               GError          **error)
{
  return finish (self, result, error);
}

void
leyden_agl_client_terminal_async (LeydenAglClient     *self,
                                  gint64               after,
                                  guint                limit,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             data)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts/terminal?after=%" G_GINT64_FORMAT "&limit=%u", after, limit);

  g_return_if_fail (LEYDEN_IS_AGL_CLIENT (self));
  ask (self, "GET", path, NULL, after, read_page, (GDestroyNotify)leyden_agl_page_free, cancellable, callback, data);
}

LeydenAglPage *
leyden_agl_client_terminal_finish (LeydenAglClient  *self,
                                   GAsyncResult     *result,
                                   GError          **error)
{
  return finish (self, result, error);
}

void
leyden_agl_client_get_async (LeydenAglClient     *self,
                             const char          *rollout,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  g_autofree char *part = leyden_backend_escape (rollout);
  g_autofree char *path = g_strconcat ("/api/rollouts/", part, NULL);

  g_return_if_fail (LEYDEN_IS_AGL_CLIENT (self));
  ask (self, "GET", path, NULL, 0, read_detail, (GDestroyNotify)leyden_agl_rollout_free, cancellable, callback, data);
}

LeydenAglRollout *
leyden_agl_client_get_finish (LeydenAglClient  *self,
                              GAsyncResult     *result,
                              GError          **error)
{
  return finish (self, result, error);
}

void
leyden_agl_client_events_async (LeydenAglClient     *self,
                                const char          *rollout,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  g_autofree char *part = leyden_backend_escape (rollout);
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s/events", part);

  g_return_if_fail (LEYDEN_IS_AGL_CLIENT (self));
  ask (self, "GET", path, NULL, 0, read_events, (GDestroyNotify)g_ptr_array_unref, cancellable, callback, data);
}

GPtrArray *
leyden_agl_client_events_finish (LeydenAglClient  *self,
                                 GAsyncResult     *result,
                                 GError          **error)
{
  return finish (self, result, error);
}

static void
ask_proxy (LeydenAglClient     *self,
           const char          *method,
           const char          *path,
           LeydenValue         *body,
           GCancellable        *cancellable,
           GAsyncReadyCallback  callback,
           gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_AGL_CLIENT (self));
  ask (self, method, path, body, 0, read_proxy_state, (GDestroyNotify)leyden_agl_proxy_state_free, cancellable, callback, data);
}

void
leyden_agl_client_proxy_state_async (LeydenAglClient     *self,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             data)
{
  ask_proxy (self, "GET", "/proxy/state", NULL, cancellable, callback, data);
}

void
leyden_agl_client_pause_async (LeydenAglClient     *self,
                               gint64               retry_after_s,
                               const char          *reason,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "retry_after_seconds", retry_after_s);
  leyden_value_builder_set_string (&b, "reason", reason);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  ask_proxy (self, "POST", "/proxy/pause", body, cancellable, callback, data);
}

void
leyden_agl_client_resume_async (LeydenAglClient     *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  ask_proxy (self, "POST", "/proxy/resume", NULL, cancellable, callback, data);
}

LeydenAglProxyState *
leyden_agl_client_proxy_state_finish (LeydenAglClient  *self,
                                      GAsyncResult     *result,
                                      GError          **error)
{
  return finish (self, result, error);
}

void
leyden_agl_client_set_models_async (LeydenAglClient     *self,
                                    LeydenValue         *models,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_AGL_CLIENT (self));
  ask (self, models == NULL ? "DELETE" : "POST", "/api/models", models, 0, read_nothing, NULL, cancellable, callback, data);
}

gboolean
leyden_agl_client_set_models_finish (LeydenAglClient  *self,
                                     GAsyncResult     *result,
                                     GError          **error)
{
  return finish (self, result, error) != NULL;
}
