/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-proxy.h"

#include <string.h>

/* More hosts than this are not remembered; the message then does not name the proxy. */
#define MAX_REMEMBERED 1000

struct _LeydenHttpProxy
{
  GObject parent_instance;
  GProxyResolver *inner;
  GMutex lock;
  GHashTable *used;             /* (element-type utf8 utf8): host, proxy */
};

static void leyden_http_proxy_init_resolver (GProxyResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenHttpProxy, leyden_http_proxy, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_PROXY_RESOLVER, leyden_http_proxy_init_resolver))

gboolean
leyden_http_proxy_is_local (const char *host)
{
  g_autoptr(GInetAddress) address = NULL;
  g_autofree char *bare = NULL;
  gsize length = strlen (host);

  if (length > 0 && host[length - 1] == '.')
    length--;
  if ((length == 9 && g_ascii_strncasecmp (host, "localhost", 9) == 0)
      || (length > 10 && g_ascii_strncasecmp (host + length - 10, ".localhost", 10) == 0))
    return TRUE;
  bare = host[0] == '[' ? g_strndup (host + 1, length > 2 ? length - 2 : 0) : g_strdup (host);
  address = g_inet_address_new_from_string (bare);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
is_local_uri (const char *uri)
{
  g_autofree char *host = NULL;

  return g_uri_split_network (uri, G_URI_FLAGS_NONE, NULL, &host, NULL, NULL) && host != NULL
         && leyden_http_proxy_is_local (host);
}

static char **
direct (void)
{
  static const char * const answer[] = { "direct://", NULL };

  return g_strdupv ((char **) answer);
}

static char *
describe_proxy (const char *proxy)
{
  g_autofree char *host = NULL;
  int port;

  if (proxy == NULL || g_str_has_prefix (proxy, "direct:")
      || !g_uri_split_network (proxy, G_URI_FLAGS_NONE, NULL, &host, &port, NULL) || host == NULL)
    return NULL;
  return port > 0 ? g_strdup_printf ("%s:%d", host, port) : g_strdup (host);
}

static void
remember (LeydenHttpProxy *self,
          const char      *uri,
          char           **proxies)
{
  g_autofree char *host = NULL;
  g_autofree char *proxy = describe_proxy (proxies != NULL ? proxies[0] : NULL);

  if (!g_uri_split_network (uri, G_URI_FLAGS_NONE, NULL, &host, NULL, NULL) || host == NULL)
    return;
  g_mutex_lock (&self->lock);
  if (proxy == NULL)
    g_hash_table_remove (self->used, host);
  else if (g_hash_table_size (self->used) < MAX_REMEMBERED)
    g_hash_table_replace (self->used, g_steal_pointer (&host), g_steal_pointer (&proxy));
  g_mutex_unlock (&self->lock);
}

static gboolean
resolver_is_supported (GProxyResolver *resolver)
{
  return TRUE;
}

static char **
resolver_lookup (GProxyResolver *resolver,
                 const char     *uri,
                 GCancellable   *cancellable,
                 GError        **error)
{
  LeydenHttpProxy *self = LEYDEN_HTTP_PROXY (resolver);
  char **proxies;

  if (is_local_uri (uri))
    return direct ();
  proxies = g_proxy_resolver_lookup (self->inner, uri, cancellable, error);
  remember (self, uri, proxies);
  return proxies;
}

static void
looked_up_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GTask) task = data;
  g_autoptr(GError) error = NULL;
  char **proxies = g_proxy_resolver_lookup_finish (G_PROXY_RESOLVER (object), result, &error);

  if (proxies == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  remember (g_task_get_source_object (task), g_task_get_task_data (task), proxies);
  g_task_return_pointer (task, proxies, (GDestroyNotify) g_strfreev);
}

static void
resolver_lookup_async (GProxyResolver     *resolver,
                       const char         *uri,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            data)
{
  LeydenHttpProxy *self = LEYDEN_HTTP_PROXY (resolver);
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, resolver_lookup_async);
  if (is_local_uri (uri))
    {
      g_task_return_pointer (task, direct (), (GDestroyNotify) g_strfreev);
      return;
    }
  g_task_set_task_data (task, g_strdup (uri), g_free);
  g_proxy_resolver_lookup_async (self->inner, uri, cancellable, looked_up_cb, g_steal_pointer (&task));
}

static char **
resolver_lookup_finish (GProxyResolver *resolver,
                        GAsyncResult   *result,
                        GError        **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
leyden_http_proxy_finalize (GObject *object)
{
  LeydenHttpProxy *self = LEYDEN_HTTP_PROXY (object);

  g_object_unref (self->inner);
  g_hash_table_unref (self->used);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (leyden_http_proxy_parent_class)->finalize (object);
}

static void
leyden_http_proxy_class_init (LeydenHttpProxyClass *class)
{
  G_OBJECT_CLASS (class)->finalize = leyden_http_proxy_finalize;
}

static void
leyden_http_proxy_init_resolver (GProxyResolverInterface *iface)
{
  iface->is_supported = resolver_is_supported;
  iface->lookup = resolver_lookup;
  iface->lookup_async = resolver_lookup_async;
  iface->lookup_finish = resolver_lookup_finish;
}

static void
leyden_http_proxy_init (LeydenHttpProxy *self)
{
  g_mutex_init (&self->lock);
  self->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

LeydenHttpProxy *
leyden_http_proxy_new (GProxyResolver *inner)
{
  LeydenHttpProxy *self = g_object_new (LEYDEN_TYPE_HTTP_PROXY, NULL);

  self->inner = g_object_ref (inner != NULL ? inner : g_proxy_resolver_get_default ());
  return self;
}

char *
leyden_http_proxy_dup_used (LeydenHttpProxy *self,
                            const char      *host)
{
  char *proxy;

  g_mutex_lock (&self->lock);
  proxy = g_strdup (g_hash_table_lookup (self->used, host));
  g_mutex_unlock (&self->lock);
  return proxy;
}
