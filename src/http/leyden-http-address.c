/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

#include "leyden-http-client-private.h"

/* A name is looked up and each address judged where the connection is made: what was checked is what is connected to. It stays a
 * GNetworkAddress, since TLS takes the name that a certificate must be for from there. */
typedef struct
{
  GNetworkAddress    parent_instance;

  LeydenHttpRequest *request;
  GError            *refusal;
} LeydenHttpAddress;

typedef GNetworkAddressClass LeydenHttpAddressClass;

static void connectable_init (GSocketConnectableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenHttpAddress, leyden_http_address, G_TYPE_NETWORK_ADDRESS,
                               G_IMPLEMENT_INTERFACE (G_TYPE_SOCKET_CONNECTABLE, connectable_init))

/* Enumerator: passes on what the guard lets through. */
typedef struct
{
  GSocketAddressEnumerator  parent_instance;

  LeydenHttpAddress        *address;
  GSocketAddressEnumerator *inner;
} GuardedEnumerator;

typedef GSocketAddressEnumeratorClass GuardedEnumeratorClass;

static GType guarded_enumerator_get_type (void);
G_DEFINE_FINAL_TYPE (GuardedEnumerator, guarded_enumerator, G_TYPE_SOCKET_ADDRESS_ENUMERATOR)

/* Takes @found (nullable); one refused address ends it: a name that stands for good and bad ones is a bad name. */
static GSocketAddress *
judge (GuardedEnumerator  *self,
       GSocketAddress     *found,
       GError            **error)
{
  LeydenHttpRequest *request = self->address->request;
  GNetworkAddress *name = G_NETWORK_ADDRESS (self->address);
  g_autoptr(GSocketAddress) owned = found;
  g_autoptr(GError) refusal = NULL;

  if (owned == NULL)
    return NULL;
  if (G_IS_INET_SOCKET_ADDRESS (owned)
      && request->guard (g_network_address_get_hostname (name), g_network_address_get_port (name),
                         g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (owned)), request->guard_data, &refusal))
    {
      g_clear_error (&self->address->refusal);
      return g_steal_pointer (&owned);
    }
  g_clear_error (&self->address->refusal);
  self->address->refusal = g_error_new_literal (LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS,
                                                refusal != NULL ? refusal->message : "This kind of address is not connected to");
  g_propagate_error (error, g_error_copy (self->address->refusal));
  return NULL;
}

static GSocketAddress *
guarded_enumerator_next (GSocketAddressEnumerator  *enumerator,
                         GCancellable              *cancellable,
                         GError                   **error)
{
  GuardedEnumerator *self = (GuardedEnumerator *) enumerator;

  return judge (self, g_socket_address_enumerator_next (self->inner, cancellable, error), error);
}

static void
next_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  GSocketAddress *found = g_socket_address_enumerator_next_finish (G_SOCKET_ADDRESS_ENUMERATOR (object), result, &error);
  GSocketAddress *allowed = error == NULL ? judge (g_task_get_source_object (task), found, &error) : NULL;

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, allowed, g_object_unref);
}

static void
guarded_enumerator_next_async (GSocketAddressEnumerator *enumerator,
                               GCancellable             *cancellable,
                               GAsyncReadyCallback       callback,
                               gpointer                  data)
{
  GuardedEnumerator *self = (GuardedEnumerator *) enumerator;
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, guarded_enumerator_next_async);
  g_socket_address_enumerator_next_async (self->inner, cancellable, next_cb, task);
}

static GSocketAddress *
guarded_enumerator_next_finish (GSocketAddressEnumerator  *enumerator,
                                GAsyncResult              *result,
                                GError                   **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
guarded_enumerator_finalize (GObject *object)
{
  GuardedEnumerator *self = (GuardedEnumerator *) object;

  g_clear_object (&self->inner);
  g_clear_object (&self->address);
  G_OBJECT_CLASS (guarded_enumerator_parent_class)->finalize (object);
}

static void
guarded_enumerator_class_init (GuardedEnumeratorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = guarded_enumerator_finalize;
  klass->next = guarded_enumerator_next;
  klass->next_async = guarded_enumerator_next_async;
  klass->next_finish = guarded_enumerator_next_finish;
}

static void
guarded_enumerator_init (GuardedEnumerator *self)
{
}

static GSocketConnectableIface *parent_iface;

static GSocketAddressEnumerator *
enumerate (GSocketConnectable *connectable)
{
  GuardedEnumerator *self = g_object_new (guarded_enumerator_get_type (), NULL);

  self->address = (LeydenHttpAddress *) g_object_ref (connectable);
  self->inner = parent_iface->enumerate (connectable);
  return G_SOCKET_ADDRESS_ENUMERATOR (self);
}

static void
connectable_init (GSocketConnectableIface *iface)
{
  parent_iface = g_type_interface_peek_parent (iface);
  iface->enumerate = enumerate;
  iface->proxy_enumerate = enumerate;
}

static void
leyden_http_address_finalize (GObject *object)
{
  LeydenHttpAddress *self = (LeydenHttpAddress *) object;

  g_clear_object (&self->request);
  g_clear_error (&self->refusal);
  G_OBJECT_CLASS (leyden_http_address_parent_class)->finalize (object);
}

static void
leyden_http_address_class_init (LeydenHttpAddressClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_http_address_finalize;
}

static void
leyden_http_address_init (LeydenHttpAddress *self)
{
}

GSocketConnectable *
leyden_http_address_new (LeydenHttpRequest *request,
                         GUri              *uri)
{
  gboolean tls = g_str_equal (g_uri_get_scheme (uri), "https");
  int port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : tls ? 443 : 80;
  LeydenHttpAddress *self = g_object_new (LEYDEN_TYPE_HTTP_ADDRESS, "hostname", g_uri_get_host (uri), "port", (guint) port,
                                          "scheme", g_uri_get_scheme (uri), NULL);

  self->request = g_object_ref (request);
  return G_SOCKET_CONNECTABLE (self);
}

const GError *
leyden_http_address_get_refusal (GSocketConnectable *self)
{
  return ((LeydenHttpAddress *) self)->refusal;
}
