/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

#include "leyden-http-client-private.h"

/* The session's own limits are out of the way: calls wait for a slot of their origin here, where waiting costs no time-out. */
#define SESSION_MAX_CONNECTIONS 100000
#define SESSION_IDLE_S 60

struct _LeydenHttpClient
{
  GObject parent_instance;
  SoupSession *session;
  LeydenHttpProxy *proxy;
  GMainContext *context;
  GHashTable *origins;          /* (element-type utf8 LeydenHttpOrigin) */
  guint max_per_origin;
  guint max_failures;
  guint open_ms;
  LeydenHttpAddressGuard guard;
  gpointer guard_data;
  GDestroyNotify guard_destroy;
};

G_DEFINE_FINAL_TYPE (LeydenHttpClient, leyden_http_client, G_TYPE_OBJECT)

static void
origin_free (gpointer data)
{
  LeydenHttpOrigin *origin = data;

  /* A call holds the client, so nobody can wait here any more. */
  g_assert (g_queue_is_empty (&origin->waiting));
  if (origin->session != NULL)
    soup_session_abort (origin->session);
  g_clear_object (&origin->session);
  g_clear_object (&origin->address);
  g_free (origin->name);
  g_free (origin->failure);
  g_free (origin);
}

static void
leyden_http_client_dispose (GObject *object)
{
  LeydenHttpClient *self = LEYDEN_HTTP_CLIENT (object);

  if (self->session != NULL)
    soup_session_abort (self->session);
  g_clear_object (&self->session);

  G_OBJECT_CLASS (leyden_http_client_parent_class)->dispose (object);
}

static void
leyden_http_client_finalize (GObject *object)
{
  LeydenHttpClient *self = LEYDEN_HTTP_CLIENT (object);

  g_hash_table_unref (self->origins);
  if (self->guard_destroy != NULL)
    self->guard_destroy (self->guard_data);
  g_clear_object (&self->proxy);
  g_main_context_unref (self->context);

  G_OBJECT_CLASS (leyden_http_client_parent_class)->finalize (object);
}

static void
leyden_http_client_class_init (LeydenHttpClientClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = leyden_http_client_dispose;
  object_class->finalize = leyden_http_client_finalize;
}

static void
leyden_http_client_init (LeydenHttpClient *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, origin_free);
  self->max_per_origin = 64;
  self->max_failures = 5;
  self->open_ms = 10000;
}

LeydenHttpClient *
leyden_http_client_new_with_resolver (GProxyResolver *inner)
{
  LeydenHttpClient *self = g_object_new (LEYDEN_TYPE_HTTP_CLIENT, NULL);

  self->proxy = leyden_http_proxy_new (inner);
  self->session = g_object_new (SOUP_TYPE_SESSION,
                                "proxy-resolver", self->proxy,
                                "max-conns", SESSION_MAX_CONNECTIONS,
                                "max-conns-per-host", SESSION_MAX_CONNECTIONS,
                                "timeout", 0,
                                "idle-timeout", SESSION_IDLE_S,
                                "user-agent", "leyden/" PACKAGE_VERSION,
                                NULL);
  /* Keys go where their request says, and nowhere else. */
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_AUTH_MANAGER);
  return self;
}

/* No proxy: it would look the name up by itself, and reach what we refuse. */
SoupSession *
leyden_http_session_new_guarded (GSocketConnectable *address)
{
  SoupSession *session = g_object_new (SOUP_TYPE_SESSION,
                                       "proxy-resolver", NULL,
                                       "remote-connectable", address,
                                       "max-conns", SESSION_MAX_CONNECTIONS,
                                       "max-conns-per-host", SESSION_MAX_CONNECTIONS,
                                       "timeout", 0,
                                       "idle-timeout", SESSION_IDLE_S,
                                       "user-agent", "leyden/" PACKAGE_VERSION,
                                       NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  return session;
}

LeydenHttpClient *
leyden_http_client_new (void)
{
  return leyden_http_client_new_with_resolver (NULL);
}

void
leyden_http_client_set_limits (LeydenHttpClient *self,
                               guint             max_per_origin,
                               guint             failures,
                               guint             open_ms)
{
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (LEYDEN_IS_HTTP_CLIENT (self) && max_per_origin > 0);

  self->max_per_origin = max_per_origin;
  self->max_failures = failures;
  self->open_ms = open_ms;
  g_hash_table_iter_init (&iter, self->origins);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenHttpOrigin *origin = value;

      origin->breaker.limit = failures;
      origin->breaker.open_ms = open_ms;
    }
}

void
leyden_http_client_set_guard (LeydenHttpClient       *self,
                              LeydenHttpAddressGuard  guard,
                              gpointer                data,
                              GDestroyNotify          destroy)
{
  g_return_if_fail (LEYDEN_IS_HTTP_CLIENT (self) && guard != NULL && self->guard == NULL);
  g_return_if_fail (g_hash_table_size (self->origins) == 0);

  self->guard = guard;
  self->guard_data = data;
  self->guard_destroy = destroy;
}

SoupSession *
leyden_http_client_get_session (LeydenHttpClient *self)
{
  return self->session;
}

LeydenHttpProxy *
leyden_http_client_get_proxy (LeydenHttpClient *self)
{
  return self->proxy;
}

GMainContext *
leyden_http_client_get_context (LeydenHttpClient *self)
{
  return self->context;
}

guint
leyden_http_client_get_max_active (LeydenHttpClient *self)
{
  return self->max_per_origin;
}

LeydenHttpOrigin *
leyden_http_client_get_origin (LeydenHttpClient *self,
                               GUri             *uri)
{
  gboolean tls = g_str_equal (g_uri_get_scheme (uri), "https");
  int port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : tls ? 443 : 80;
  g_autofree char *host = g_ascii_strdown (g_uri_get_host (uri), -1);
  g_autofree char *key = g_strdup_printf ("%s://%s:%d", g_uri_get_scheme (uri), host, port);
  LeydenHttpOrigin *origin = g_hash_table_lookup (self->origins, key);

  if (origin == NULL)
    {
      origin = g_new0 (LeydenHttpOrigin, 1);
      origin->name = g_strdup_printf ("%s port %d", host, port);
      origin->breaker.limit = self->max_failures;
      origin->breaker.open_ms = self->open_ms;
      g_queue_init (&origin->waiting);
      if (self->guard != NULL)
        {
          g_autoptr(LeydenHttpRequest) bearer = leyden_http_request_new ("GET", key);

          leyden_http_request_set_guard (bearer, self->guard, self->guard_data, NULL);
          origin->address = leyden_http_address_new (bearer, uri);
          origin->session = leyden_http_session_new_guarded (origin->address);
        }
      g_hash_table_insert (self->origins, g_steal_pointer (&key), origin);
    }
  return origin;
}

static const char *
breaker_state (const LeydenHttpBreaker *breaker,
               gint64                   now_us)
{
  if (breaker->open_until_us == 0)
    return "closed";
  return breaker->on_trial || breaker->open_until_us <= now_us ? "trial" : "open";
}

LeydenValue *
leyden_http_client_list_origins (LeydenHttpClient *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GList) names = NULL;

  g_return_val_if_fail (LEYDEN_IS_HTTP_CLIENT (self), NULL);

  names = g_list_sort (g_hash_table_get_keys (self->origins), (GCompareFunc)strcmp);
  leyden_value_builder_begin_list (&b);
  for (GList *l = names; l != NULL; l = l->next)
    {
      const LeydenHttpOrigin *origin = g_hash_table_lookup (self->origins, l->data);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "origin", l->data);
      leyden_value_builder_set_string (&b, "breaker", breaker_state (&origin->breaker, g_get_monotonic_time ()));
      leyden_value_builder_set_int (&b, "failures", origin->breaker.n_failures);
      leyden_value_builder_set_int (&b, "active", origin->n_active);
      leyden_value_builder_set_int (&b, "waiting", origin->waiting.length);
      leyden_value_builder_set_string (&b, "failure", origin->failure);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_http_client_send_async (LeydenHttpClient    *self,
                               LeydenHttpRequest   *request,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (LEYDEN_IS_HTTP_CLIENT (self) && LEYDEN_IS_HTTP_REQUEST (request));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_http_client_send_async);
  leyden_http_call_start (self, request, NULL, NULL, task);
}

GBytes *
leyden_http_client_send_finish (LeydenHttpClient  *self,
                                GAsyncResult      *result,
                                GError           **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
leyden_http_client_stream_async (LeydenHttpClient    *self,
                                 LeydenHttpRequest   *request,
                                 LeydenSseCallback    callback_event,
                                 gpointer             event_data,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (LEYDEN_IS_HTTP_CLIENT (self) && LEYDEN_IS_HTTP_REQUEST (request) && callback_event != NULL);

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_http_client_stream_async);
  leyden_http_call_start (self, request, callback_event, event_data, task);
}

gboolean
leyden_http_client_stream_finish (LeydenHttpClient  *self,
                                  GAsyncResult      *result,
                                  GBytes           **body,
                                  GError           **error)
{
  g_autoptr(GError) local_error = NULL;
  g_autoptr(GBytes) bytes = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  /* NULL without an error: the events were read. */
  bytes = g_task_propagate_pointer (G_TASK (result), &local_error);
  if (body != NULL)
    *body = g_steal_pointer (&bytes);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}
