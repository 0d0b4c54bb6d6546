/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the backend is reached: its listeners, TLS, and which addresses may do without. With TLS there is a second, plain listener on
 * loopback, which the rendezvous file names, so that windows and programs of this machine need neither the certificate's name nor one of
 * their own. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-access.h"
#include "leyden-gateway-ops.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "leyden-text.h"

#define MAX_PEM (1024 * 1024)
/* The first libmicrohttpd with the fixes of 2026 to request smuggling and suspended connections. */
#define SAFE_LIBRARY "1.0.10"

static gboolean
is_loopback (const char *address)
{
  g_autoptr(GInetAddress) inet = g_inet_address_new_from_string (address);

  return inet != NULL && g_inet_address_get_is_loopback (inet);
}

/* NULL after an error. @secret: others should not read it. */
static char *
read_pem (const char  *path,
          gboolean     secret,
          GError     **error)
{
  g_autofree char *name = leyden_text_path (path);
  g_autofree char *text = NULL;
  g_autoptr(GError) local_error = NULL;
  struct stat status;

  if (g_stat (path, &status) != 0)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, "%s: %s", name, g_strerror (errno));
      return NULL;
    }
  if (!S_ISREG (status.st_mode) || status.st_size > MAX_PEM)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("%s is not a small regular file with PEM text"), name);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, NULL, &local_error))
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("%s cannot be read: %s"), name, local_error->message);
      return NULL;
    }
  if (strstr (text, secret ? "PRIVATE KEY-----" : "CERTIFICATE-----") == NULL)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE,
                   secret ? _("%s holds no private key (“-----BEGIN PRIVATE KEY-----”)")
                          : _("%s holds no certificate (“-----BEGIN CERTIFICATE-----”)"), name);
      return NULL;
    }
  if (secret && (status.st_mode & 077) != 0)
    g_message (_("Others may read the key of the certificate, %s (mode %04o); make it 0600"), name, status.st_mode & 07777);
  return g_steal_pointer (&text);
}

static int
compare_versions (const char *a,
                  const char *b)
{
  for (;;)
    {
      gint64 x = g_ascii_strtoll (a, (char **) &a, 10);
      gint64 y = g_ascii_strtoll (b, (char **) &b, 10);

      if (x != y)
        return x < y ? -1 : 1;
      if (*a != '.' || *b != '.')
        return 0;
      a++;
      b++;
    }
}

static void
warn_of_library (const char *address)
{
  const char *version = leyden_http_server_get_library ();

  if (compare_versions (version, SAFE_LIBRARY) < 0)
    g_message (_("Others reach %s, and libmicrohttpd %s lacks security fixes that %s has (malformed requests are taken leniently); where that "
                 "matters, put a reverse proxy before it"), address, version, SAFE_LIBRARY);
}

gboolean
leyden_gateway_prepare_doors (LeydenGateway               *self,
                              const LeydenGatewayOptions  *options,
                              GError                     **error)
{
  gboolean half = (options->tls_cert == NULL) != (options->tls_key == NULL);

  if (half || (options->client_ca != NULL && options->tls_cert == NULL))
    {
      g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_ADDRESS,
                           half ? _("TLS needs a certificate and its key: --tls-cert and --tls-key go together")
                                : _("--client-ca needs TLS: --tls-cert and --tls-key"));
      return FALSE;
    }
  if (!is_loopback (self->address) && options->tls_cert == NULL && !options->insecure)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_POLICY,
                   _("serving on %s without TLS would send the key and all data in the clear; use a loopback address, or --tls-cert and "
                     "--tls-key, or --insecure behind a proxy that adds TLS"), self->address);
      return FALSE;
    }
  if (!is_loopback (self->address))
    warn_of_library (self->address);
  if (options->tls_cert == NULL)
    return TRUE;
  self->tls_cert = read_pem (options->tls_cert, FALSE, error);
  if (self->tls_cert != NULL)
    self->tls_key = read_pem (options->tls_key, TRUE, error);
  if (self->tls_key != NULL && options->client_ca != NULL)
    self->client_ca = read_pem (options->client_ca, FALSE, error);
  return self->tls_key != NULL && (options->client_ca == NULL || self->client_ca != NULL);
}

/* Whom the certificate is for may be asked for by these names. */
static void
add_certified_hosts (LeydenHttpServer *server,
                     const char       *pem)
{
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, NULL);
  g_autoptr(GPtrArray) names = certificate != NULL ? g_tls_certificate_get_dns_names (certificate) : NULL;
  g_autoptr(GPtrArray) addresses = certificate != NULL ? g_tls_certificate_get_ip_addresses (certificate) : NULL;

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      gsize length;
      const char *name = g_bytes_get_data (g_ptr_array_index (names, i), &length);
      g_autofree char *text = g_strndup (name, length);

      if (strlen (text) == length && strchr (text, '*') == NULL && g_str_is_ascii (text) && *text != '\0')
        leyden_http_server_add_host (server, text);
    }
  for (guint i = 0; addresses != NULL && i < addresses->len; i++)
    {
      g_autofree char *text = g_inet_address_to_string (g_ptr_array_index (addresses, i));

      leyden_http_server_add_host (server, text);
    }
}

static LeydenHttpServer *
make_server (LeydenGateway *self)
{
  LeydenHttpServer *server = leyden_http_server_new ();

  leyden_http_server_set_authorize (server, leyden_access_authorize, leyden_access_ref (self->access), leyden_access_unref);
  leyden_http_server_set_observer (server, leyden_gateway_observe, self, NULL);
  leyden_http_server_set_spool_folder (server, self->spool);
  leyden_gateway_add_routes (self, server);
  return server;
}

static gboolean
start (LeydenHttpServer  *server,
       const char        *address,
       guint16            port,
       guint16            last,
       GError           **error)
{
  g_autoptr(GError) local_error = NULL;

  /* Where nobody says which port, it is the one of the last time: what was told to agents stays true. */
  if (port == 0 && last != 0 && leyden_http_server_start (server, address, last, NULL))
    return TRUE;
  if (leyden_http_server_start (server, address, port, &local_error))
    return TRUE;
  g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_ADDRESS, local_error->message);
  return FALSE;
}

gboolean
leyden_gateway_open_doors (LeydenGateway       *self,
                           guint16              port,
                           guint16              last_port,
                           const char * const  *hosts,
                           GError             **error)
{
  self->server = make_server (self);
  for (guint i = 0; hosts != NULL && hosts[i] != NULL; i++)
    leyden_http_server_add_host (self->server, hosts[i]);
  if (self->tls_cert != NULL)
    {
      leyden_http_server_set_tls (self->server, self->tls_cert, self->tls_key);
      leyden_http_server_set_client_ca (self->server, self->client_ca);
      add_certified_hosts (self->server, self->tls_cert);
    }
  if (!start (self->server, self->address, port, last_port, error))
    return FALSE;
  if (self->tls_cert == NULL)
    return TRUE;
  self->local_server = make_server (self);
  return start (self->local_server, "127.0.0.1", 0, 0, error);
}
