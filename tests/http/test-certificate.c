/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a request tells of the certificate that it met. */
#include "misbehaving-server.h"

#include "leyden-http-client.h"

static char *
fingerprint_of (const char *file)
{
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_file (file, NULL);
  g_autoptr(GByteArray) der = NULL;

  g_assert_nonnull (certificate);
  g_object_get (certificate, "certificate", &der, NULL);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* (transfer full): what the request says of the certificate; NULL: nothing. */
static LeydenValue *
ask (LeydenHttpClient  *client,
     const char        *uri,
     const char        *pin,
     GError           **error)
{
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("GET", uri);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) body = NULL;

  leyden_http_request_set_pin (request, pin);
  leyden_http_client_send_async (client, request, NULL, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  body = leyden_http_client_send_finish (client, result, error);
  return leyden_http_request_dup_certificate (request);
}

/* The answers of one connection share one description; whether it is taken is asked of every request. */
static void
test_once (void)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "http", "certificates", "self-signed.pem", NULL);
  g_autofree char *fingerprint = NULL;
  g_autofree char *uri = NULL;
  g_autoptr(MisbehavingServer) server = NULL;
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenHttpClient) other = leyden_http_client_new ();
  g_autoptr(GError) error = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("GIO has no TLS here");
      return;
    }
  server = misbehaving_server_new_tls (file, &error);
  g_assert_no_error (error);
  fingerprint = fingerprint_of (file);
  uri = misbehaving_server_dup_uri (server, "/x");
  misbehaving_server_add_answer (server, "/x", 200, NULL, "here");

  first = ask (client, uri, fingerprint, &error);
  g_assert_no_error (error);
  second = ask (client, uri, fingerprint, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (misbehaving_server_get_n_requests (server), ==, 2);
  g_assert_nonnull (first);
  g_assert_true (first == second);
  g_assert_cmpstr (leyden_value_get_member_string (first, "fingerprint", ""), ==, fingerprint);
  g_assert_false (leyden_value_get_member_boolean (first, "trusted", TRUE));
  g_assert_cmpstr (leyden_value_get_member_string (first, "problem", ""), !=, "");

  refused = ask (other, uri, NULL, &error);
  g_assert_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TLS);
  g_assert_cmpstr (leyden_value_get_member_string (refused, "fingerprint", ""), ==, fingerprint);
  g_assert_cmpuint (misbehaving_server_get_n_requests (server), ==, 2);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/certificate/once", test_once);
  return g_test_run ();
}
