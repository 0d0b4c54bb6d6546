/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

/* What libmicrohttpd leaves to its user of TLS: it asks clients for a certificate, but neither insists nor looks at it. */
#include "leyden-http-server-private.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

void
leyden_http_tls_demand_certificate (struct MHD_Connection *mhd)
{
  /* Read during the handshake, so that they outlive this call. */
  static gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *) GNUTLS_KP_TLS_WWW_CLIENT, 0 };
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  gnutls_session_t session = info != NULL ? info->tls_session : NULL;

  g_assert (session != NULL);
  gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUIRE);
  /* The handshake fails unless the certificate is signed by the authority, in its time, and made for a client. */
  gnutls_session_set_verify_cert2 (session, &purpose, 1, 0);
}
