/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

#include "leyden-http-client-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (leyden-http-error-quark, leyden_http_error)

/* What a certificate is refused for, the most telling first. */
static const struct
{
  GTlsCertificateFlags flag;
  const char *reason;
} tls_reasons[] = {
  { G_TLS_CERTIFICATE_EXPIRED, N_("it has expired") },
  { G_TLS_CERTIFICATE_NOT_ACTIVATED, N_("it is not valid yet") },
  { G_TLS_CERTIFICATE_REVOKED, N_("it was revoked") },
  { G_TLS_CERTIFICATE_BAD_IDENTITY, N_("it is for another host") },
  { G_TLS_CERTIFICATE_INSECURE, N_("its algorithm or key is too weak") },
  { G_TLS_CERTIFICATE_UNKNOWN_CA, N_("it is not signed by an authority known here") },
};

char *
leyden_http_describe_certificate (GTlsCertificateFlags flags)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tls_reasons); i++)
    {
      if ((flags & tls_reasons[i].flag) != 0)
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "",
                                g_dgettext (GETTEXT_PACKAGE, tls_reasons[i].reason));
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

static LeydenHttpError
code_of_io (int code)
{
  switch (code)
    {
    case G_IO_ERROR_CONNECTION_REFUSED:
    case G_IO_ERROR_HOST_NOT_FOUND:
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
    case G_IO_ERROR_PROXY_FAILED:
    case G_IO_ERROR_PROXY_AUTH_FAILED:
    case G_IO_ERROR_PROXY_NEED_AUTH:
    case G_IO_ERROR_PROXY_NOT_ALLOWED:
      return LEYDEN_HTTP_ERROR_CONNECT;
    case G_IO_ERROR_TIMED_OUT:
      return LEYDEN_HTTP_ERROR_TIMEOUT;
    default:
      return LEYDEN_HTTP_ERROR_BROKEN;
    }
}

static LeydenHttpError
code_of (const GError *error)
{
  if (error->domain == G_RESOLVER_ERROR)
    return LEYDEN_HTTP_ERROR_CONNECT;
  if (error->domain == G_TLS_ERROR)
    return error->code == G_TLS_ERROR_EOF ? LEYDEN_HTTP_ERROR_BROKEN : LEYDEN_HTTP_ERROR_TLS;
  if (error->domain == G_IO_ERROR)
    return code_of_io (error->code);
  return LEYDEN_HTTP_ERROR_BROKEN;
}

GError *
leyden_http_error_translate (const GError *error,
                             const char   *origin,
                             const char   *proxy,
                             SoupMessage  *message)
{
  g_autofree char *certificate = NULL;
  g_autofree char *through = NULL;
  LeydenHttpError code;

  if (error->domain == LEYDEN_HTTP_ERROR || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    return g_error_copy (error);

  code = code_of (error);
  through = proxy != NULL ? g_strdup_printf (_(" through the proxy %s"), proxy) : g_strdup ("");
  switch (code)
    {
    case LEYDEN_HTTP_ERROR_TLS:
      certificate = leyden_http_describe_certificate (message != NULL ? soup_message_get_tls_peer_certificate_errors (message) : 0);
      if (certificate != NULL)
        return g_error_new (LEYDEN_HTTP_ERROR, (int) code, _("The certificate of %s%s was refused: %s"), origin, through, certificate);
      return g_error_new (LEYDEN_HTTP_ERROR, (int) code, _("No secure connection to %s%s: %s"), origin, through, error->message);
    case LEYDEN_HTTP_ERROR_CONNECT:
      return g_error_new (LEYDEN_HTTP_ERROR, (int) code, _("Could not connect to %s%s: %s"), origin, through, error->message);
    case LEYDEN_HTTP_ERROR_TIMEOUT:
      return g_error_new (LEYDEN_HTTP_ERROR, (int) code, _("No answer from %s%s in time"), origin, through);
    default:
      return g_error_new (LEYDEN_HTTP_ERROR, (int) code, _("The connection to %s%s broke: %s"), origin, through, error->message);
    }
}

GUri *
leyden_http_parse_uri (const char *text,
                       GError    **error)
{
  g_autoptr(GUri) uri = NULL;
  const char *host;

  for (const char *p = text; *p != '\0'; p++)
    {
      if ((guchar) *p <= 0x20 || *p == 0x7f)
        {
          g_set_error_literal (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_URI, _("The address has a space or control character in it"));
          return NULL;
        }
    }
  uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS | G_URI_FLAGS_HAS_PASSWORD, NULL);
  host = uri != NULL ? g_uri_get_host (uri) : NULL;
  if (host == NULL || *host == '\0'
      || (!g_str_equal (g_uri_get_scheme (uri), "http") && !g_str_equal (g_uri_get_scheme (uri), "https")))
    {
      g_set_error_literal (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_URI, _("Not an http or https address"));
      return NULL;
    }
  if (g_uri_get_userinfo (uri) != NULL)
    {
      g_set_error_literal (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_URI,
                           _("The address has a user name or password in it; give the key separately"));
      return NULL;
    }
  return g_steal_pointer (&uri);
}

static int
port_of (GUri *uri)
{
  int port = g_uri_get_port (uri);

  if (port > 0)
    return port;
  return g_str_equal (g_uri_get_scheme (uri), "https") ? 443 : 80;
}

gboolean
leyden_http_same_origin (GUri *a,
                         GUri *b)
{
  return g_str_equal (g_uri_get_scheme (a), g_uri_get_scheme (b))
         && g_ascii_strcasecmp (g_uri_get_host (a), g_uri_get_host (b)) == 0 && port_of (a) == port_of (b);
}
