/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

#include "leyden-http-server-private.h"

#include <errno.h>
#include <gio/gnetworking.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* As many connections may wait for their accept as the kernel allows (net.core.somaxconn is 4096 by default). */
#define BACKLOG 4096
/* Letters a turn of the handlers' loop, so that a flood leaves the loop to others. */
#define HANDLERS_PER_TURN 64

struct _LeydenHttpServer
{
  GObject parent_instance;
  LeydenHttpCore *core;
  LeydenHttpDaemon *daemon;
  guint16 port;
};

G_DEFINE_QUARK (leyden-http-server-error-quark, leyden_http_server_error)
G_DEFINE_FINAL_TYPE (LeydenHttpServer, leyden_http_server, G_TYPE_OBJECT)

LeydenHttpCore *
leyden_http_core_new (void)
{
  LeydenHttpCore *self = g_new0 (LeydenHttpCore, 1);

  g_atomic_ref_count_init (&self->refs);
  self->header_ms = 10 * 1000;
  self->body_ms = 60 * 1000;
  self->idle_ms = 120 * 1000;
  self->heartbeat_ms = 15 * 1000;
  self->max_connections = 10000;
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->router = leyden_http_router_new ();
  self->handlers_context = g_main_context_ref_thread_default ();
  self->to_handlers = leyden_http_mailbox_new (self->handlers_context, HANDLERS_PER_TURN, TRUE, NULL, NULL);
  return self;
}

LeydenHttpCore *
leyden_http_core_ref (LeydenHttpCore *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
leyden_http_core_unref (LeydenHttpCore *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  if (self->authorize_destroy != NULL)
    self->authorize_destroy (self->authorize_data);
  if (self->observer_destroy != NULL)
    self->observer_destroy (self->observer_data);
  g_clear_pointer (&self->to_server, leyden_http_mailbox_free);
  leyden_http_mailbox_free (self->to_handlers);
  leyden_http_router_free (self->router);
  g_hash_table_unref (self->hosts);
  g_main_context_unref (self->handlers_context);
  g_free (self->spool_folder);
  g_free (self->certificate_pem);
  g_free (self->key_pem);
  g_free (self->client_ca_pem);
  g_free (self);
}

static void
leyden_http_server_dispose (GObject *object)
{
  leyden_http_server_stop (LEYDEN_HTTP_SERVER (object), 0);

  G_OBJECT_CLASS (leyden_http_server_parent_class)->dispose (object);
}

static void
leyden_http_server_finalize (GObject *object)
{
  LeydenHttpServer *self = LEYDEN_HTTP_SERVER (object);

  leyden_http_core_unref (self->core);

  G_OBJECT_CLASS (leyden_http_server_parent_class)->finalize (object);
}

static void
leyden_http_server_class_init (LeydenHttpServerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = leyden_http_server_dispose;
  object_class->finalize = leyden_http_server_finalize;
}

static void
leyden_http_server_init (LeydenHttpServer *self)
{
  self->core = leyden_http_core_new ();
  leyden_http_server_add_host (self, "localhost");
  leyden_http_server_add_host (self, "127.0.0.1");
  leyden_http_server_add_host (self, "[::1]");
}

LeydenHttpServer *
leyden_http_server_new (void)
{
  return g_object_new (LEYDEN_TYPE_HTTP_SERVER, NULL);
}

void
leyden_http_server_set_deadlines (LeydenHttpServer *self,
                                  guint             header_ms,
                                  guint             body_ms,
                                  guint             idle_ms)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL);

  self->core->header_ms = header_ms;
  self->core->body_ms = body_ms;
  self->core->idle_ms = idle_ms;
}

void
leyden_http_server_set_heartbeat (LeydenHttpServer *self,
                                  guint             interval_ms)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL);

  self->core->heartbeat_ms = interval_ms;
}

void
leyden_http_server_set_max_connections (LeydenHttpServer *self,
                                        guint             max)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL && max > 0);

  self->core->max_connections = max;
}

void
leyden_http_server_set_authorize (LeydenHttpServer   *self,
                                  LeydenHttpAuthorize authorize,
                                  gpointer            data,
                                  GDestroyNotify      destroy)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL);

  if (self->core->authorize_destroy != NULL)
    self->core->authorize_destroy (self->core->authorize_data);
  self->core->authorize = authorize;
  self->core->authorize_data = data;
  self->core->authorize_destroy = destroy;
}

void
leyden_http_server_set_observer (LeydenHttpServer  *self,
                                 LeydenHttpObserver observer,
                                 gpointer           data,
                                 GDestroyNotify     destroy)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL);

  if (self->core->observer_destroy != NULL)
    self->core->observer_destroy (self->core->observer_data);
  self->core->observer = observer;
  self->core->observer_data = data;
  self->core->observer_destroy = destroy;
}

void
leyden_http_server_set_spool_folder (LeydenHttpServer *self,
                                     const char       *path)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL);

  g_free (self->core->spool_folder);
  self->core->spool_folder = g_strdup (path);
}

void
leyden_http_server_set_tls (LeydenHttpServer *self,
                            const char       *certificate_pem,
                            const char       *key_pem)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL);
  g_return_if_fail (certificate_pem != NULL && key_pem != NULL);

  g_free (self->core->certificate_pem);
  g_free (self->core->key_pem);
  self->core->certificate_pem = g_strdup (certificate_pem);
  self->core->key_pem = g_strdup (key_pem);
}

void
leyden_http_server_set_client_ca (LeydenHttpServer *self,
                                  const char       *authorities_pem)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL);

  g_free (self->core->client_ca_pem);
  self->core->client_ca_pem = g_strdup (authorities_pem);
}

void
leyden_http_server_add_host (LeydenHttpServer *self,
                             const char       *host)
{
  gboolean bare_ipv6;

  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL && host != NULL);

  bare_ipv6 = host[0] != '[' && strchr (host, ':') != NULL;
  if (bare_ipv6)
    {
      g_autofree char *bracketed = g_strdup_printf ("[%s]", host);
      g_hash_table_add (self->core->hosts, g_ascii_strdown (bracketed, -1));
    }
  else
    g_hash_table_add (self->core->hosts, g_ascii_strdown (host, -1));
}

void
leyden_http_server_add_route (LeydenHttpServer     *self,
                              const char           *method,
                              const char           *pattern,
                              LeydenHttpRouteFlags  flags,
                              guint64               max_body,
                              LeydenHttpHandler     handler,
                              gpointer              user_data)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL);
  g_return_if_fail (method != NULL && pattern != NULL && handler != NULL);

  leyden_http_router_add (self->core->router, method, pattern, flags, max_body, handler, user_data);
}

static LeydenHttpServerError
error_of_errno (int code)
{
  switch (code)
    {
    case EADDRINUSE:
      return LEYDEN_HTTP_SERVER_ERROR_IN_USE;
    case EACCES:
    case EPERM:
      return LEYDEN_HTTP_SERVER_ERROR_DENIED;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return LEYDEN_HTTP_SERVER_ERROR_ADDRESS;
    default:
      return LEYDEN_HTTP_SERVER_ERROR_FAILED;
    }
}

static gboolean
bind_and_listen (int                     fd,
                 GSocketAddress         *address,
                 struct sockaddr_storage *native,
                 GError                **error)
{
  socklen_t length = (socklen_t) g_socket_address_get_native_size (address);
  int on = 1;

  if (!g_socket_address_to_native (address, native, sizeof *native, error))
    return FALSE;
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
      && bind (fd, (struct sockaddr *) native, length) == 0 && listen (fd, BACKLOG) == 0)
    {
      length = sizeof *native;
      if (getsockname (fd, (struct sockaddr *) native, &length) == 0)
        return TRUE;
    }
  return FALSE;
}

/* The listening socket, or -1. Made here, not by the library, for its backlog. */
static int
open_socket (const char  *host,
             guint16      port,
             guint16     *bound_port,
             GError     **error)
{
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);
  struct sockaddr_storage native;
  int fd, code;

  if (address == NULL)
    {
      g_set_error (error, LEYDEN_HTTP_SERVER_ERROR, LEYDEN_HTTP_SERVER_ERROR_ADDRESS,
                   _("“%s” is not a numeric address"), host);
      return -1;
    }
  fd = socket (g_socket_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? AF_INET6 : AF_INET,
               SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || !bind_and_listen (fd, address, &native, error))
    {
      code = errno;
      if (error != NULL && *error == NULL)
        g_set_error (error, LEYDEN_HTTP_SERVER_ERROR, error_of_errno (code), _("Cannot listen on %s port %u: %s"),
                     host, port, g_strerror (code));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  *bound_port = native.ss_family == AF_INET6 ? g_ntohs (((struct sockaddr_in6 *) (void *) &native)->sin6_port)
                                             : g_ntohs (((struct sockaddr_in *) (void *) &native)->sin_port);
  return fd;
}

/* A client that leaves must not end the program; only a signal that nobody handles is changed. */
static void
ignore_sigpipe (void)
{
  struct sigaction old;

  if (sigaction (SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
    signal (SIGPIPE, SIG_IGN);
}

/* Ten thousand connections need as many descriptors, and the soft limit is usually 1024. */
static void
raise_descriptor_limit (guint n_connections)
{
  struct rlimit limit;
  rlim_t wanted = (rlim_t) n_connections + 1024;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : MIN (wanted, limit.rlim_max);
  setrlimit (RLIMIT_NOFILE, &limit);
}

gboolean
leyden_http_server_start (LeydenHttpServer  *self,
                          const char        *address,
                          guint16            port,
                          GError           **error)
{
  g_autoptr(GError) local_error = NULL;
  int fd;

  g_return_val_if_fail (LEYDEN_IS_HTTP_SERVER (self) && self->daemon == NULL && address != NULL, FALSE);

  leyden_http_server_add_host (self, address);
  ignore_sigpipe ();
  raise_descriptor_limit (self->core->max_connections);
  fd = open_socket (address, port, &self->port, &local_error);
  if (fd >= 0)
    {
      self->daemon = leyden_http_daemon_new (self->core, fd, &local_error);
      if (self->daemon == NULL)
        close (fd);
    }
  if (self->daemon == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return self->daemon != NULL;
}

guint16
leyden_http_server_get_port (LeydenHttpServer *self)
{
  g_return_val_if_fail (LEYDEN_IS_HTTP_SERVER (self), 0);

  return self->port;
}

guint
leyden_http_server_get_n_connections (LeydenHttpServer *self)
{
  g_return_val_if_fail (LEYDEN_IS_HTTP_SERVER (self), 0);

  return (guint) g_atomic_int_get (&self->core->n_connections);
}

guint
leyden_http_server_get_n_handling (LeydenHttpServer *self)
{
  g_return_val_if_fail (LEYDEN_IS_HTTP_SERVER (self), 0);

  return (guint) g_atomic_int_get (&self->core->n_handling);
}

const char *
leyden_http_server_get_library (void)
{
  return MHD_get_version ();
}

void
leyden_http_server_end_streams (LeydenHttpServer         *self,
                                LeydenHttpPrincipalMatch  match,
                                gpointer                  data,
                                GDestroyNotify            destroy)
{
  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self) && match != NULL);

  if (self->daemon != NULL)
    leyden_http_daemon_end_streams (self->daemon, match, data, destroy);
  else if (destroy != NULL)
    destroy (data);
}

void
leyden_http_server_stop (LeydenHttpServer *self,
                         guint             grace_ms)
{
  LeydenHttpCore *core;

  g_return_if_fail (LEYDEN_IS_HTTP_SERVER (self));

  if (self->daemon == NULL)
    return;
  core = self->core;
  leyden_http_daemon_stop (g_steal_pointer (&self->daemon), grace_ms);
  /* The last closed callbacks; requests that no handler saw yet are dropped. */
  g_atomic_int_set (&core->stopped, 1);
  if (g_main_context_acquire (core->handlers_context))
    {
      leyden_http_mailbox_flush (core->to_handlers);
      g_main_context_release (core->handlers_context);
    }
  leyden_http_mailbox_close (core->to_handlers);
}
