/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that people paste, and who answers there. */
#include <math.h>
#include <signal.h>
#include <string.h>

#include "agl-double.h"
#include "cli-helpers.h"
#include "leyden-backend.h"
#include "leyden-connection-link.h"
#include "leyden-connection-probe.h"
#include "misbehaving-server.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* ---- Links ---- */

static void
test_link (void)
{
  static const struct { const char *text, *uri, *key, *fingerprint, *name; } cases[] = {
    { "http://host:8080", "http://host:8080", NULL, NULL, NULL },
    { "  https://HOST.example/  ", "https://host.example", NULL, NULL, NULL },
    { "host.example:8443", "https://host.example:8443", NULL, NULL, NULL },
    { "localhost:8080", "http://localhost:8080", NULL, NULL, NULL },
    { "127.0.0.1:8080", "http://127.0.0.1:8080", NULL, NULL, NULL },
    { "[::1]:8080", "http://[::1]:8080", NULL, NULL, NULL },
    { "https://[FD00::1]:8443/", "https://[fd00::1]:8443", NULL, NULL, NULL },
    { "https://host/leyden/v1/", "https://host", NULL, NULL, NULL },
    { "https://host/prefix/api", "https://host/prefix", NULL, NULL, NULL },
    { "https://user:pw@host", "https://host", "pw", NULL, NULL },
    { "https://token@host", "https://host", "token", NULL, NULL },
    { "leyden://host:8443", "https://host:8443", NULL, NULL, NULL },
    { "leyden://host?tls=0&key=a-b_c", "http://host", "a-b_c", NULL, NULL },
    { "leyden://host?key=k&fingerprint=sha256:" HEX "&name=Big%20machine", "https://host", "k", HEX, "Big machine" },
    { "leyden://host?fingerprint=" HEX, "https://host", NULL, HEX, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenConnectionLink) link = leyden_connection_link_parse (cases[i].text, &error);
      g_autoptr(LeydenConnectionLink) again = NULL;
      g_autofree char *formatted = NULL;

      g_assert_no_error (error);
      g_assert_cmpstr (link->uri, ==, cases[i].uri);
      g_assert_cmpstr (link->key, ==, cases[i].key);
      g_assert_cmpstr (link->fingerprint, ==, cases[i].fingerprint);
      g_assert_cmpstr (link->name, ==, cases[i].name);
      formatted = leyden_connection_link_format (link);
      again = leyden_connection_link_parse (formatted, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (again->uri, ==, cases[i].uri);
      g_assert_cmpstr (again->name, ==, cases[i].name);
    }
}

/* Refused, or shown in its ASCII form; no message quotes a key. */
static void
test_link_hostile (void)
{
  static const char * const refused[] = {
    "", "   ", "javascript:alert(1)", "file:///etc/passwd", "ftp://host", "https://", "https://ho st", "https://host\r\nX: y", "https://host:0",
    "https://host:99999", "https://host?x=1", "https://host#top", "leyden://host?fingerprint=12", "leyden://host?key=a%0d%0ab",
    "https://-oProxyCommand", "https://ho\xe2\x80\x8bst", "https://a/b c", "https://secret-key:x@",
  };
  g_autoptr(LeydenConnectionLink) alike = leyden_connection_link_parse ("https://\xd0\xb0pple.example", NULL);
  g_autofree char *long_one = g_strnfill (100000, 'a');
  g_autoptr(GError) too_long = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenConnectionLink) link = leyden_connection_link_parse (refused[i], &error);

      if (link != NULL)
        g_error ("“%s” was taken as %s", refused[i], link->uri);
      g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_INVALID);
      g_assert_null (strstr (error->message, "secret-key"));
      g_assert_null (strchr (error->message, '\n'));
    }
  g_assert_cmpstr (alike->uri, ==, "https://xn--pple-43d.example");
  g_assert_null (leyden_connection_link_parse (long_one, &too_long));
  g_assert_error (too_long, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_INVALID);
}

static void
test_exposed (void)
{
  g_assert_true (leyden_connection_is_exposed ("http://host:8080"));
  g_assert_true (leyden_connection_is_exposed ("http://192.168.1.7"));
  g_assert_false (leyden_connection_is_exposed ("https://host"));
  g_assert_false (leyden_connection_is_exposed ("http://127.0.0.1:8080"));
  g_assert_false (leyden_connection_is_exposed ("http://[::1]:8080"));
  g_assert_false (leyden_connection_is_exposed ("http://localhost"));
}

static void
test_fingerprint (void)
{
  g_autofree char *shown = leyden_fingerprint_format (HEX);
  g_autofree char *back = leyden_fingerprint_normalize (shown);

  g_assert_true (g_str_has_prefix (shown, "00:11:22:33"));
  g_assert_cmpuint (strlen (shown), ==, 95);
  g_assert_cmpstr (back, ==, HEX);
  g_assert_null (leyden_fingerprint_normalize ("00:11"));
  g_assert_null (leyden_fingerprint_normalize (HEX "00"));
  g_assert_null (leyden_fingerprint_normalize ("x"));
}

/* ---- Who answers ---- */

static LeydenProbe *
probe (const char *uri,
       const char *key,
       const char *fingerprint)
{
  g_autoptr(LeydenConnectionLink) link = leyden_connection_link_new (uri, key, fingerprint);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenProbe *found;

  leyden_connection_probe_async (link, NULL, spin_result_cb, &result);
  spin (&result);
  found = leyden_connection_probe_finish (result, &error);
  g_assert_no_error (error);
  return found;
}

static void
test_probe_leyden (void)
{
  Sandbox sandbox;
  Server *server;
  g_autofree char *uri = NULL;
  g_autoptr(LeydenProbe) good = NULL;
  g_autoptr(LeydenProbe) wrong = NULL;

  sandbox_set_up (&sandbox);
  server = sandbox_serve (&sandbox, NULL);
  uri = server_uri (server, "");
  good = probe (uri, server->key, NULL);
  g_assert_cmpint (good->outcome, ==, LEYDEN_PROBE_GOOD);
  g_assert_cmpint (good->kind, ==, LEYDEN_SERVER_LEYDEN);
  g_assert_nonnull (good->version);
  g_assert_cmpstr (good->role, ==, "admin");
  g_assert_true (good->latency_ms > 0);
  g_assert_true (good->has_skew);
  g_assert_cmpint (ABS (good->skew_ms), <, 5000);
  g_assert_null (good->certificate);

  wrong = probe (uri, "not-the-key-at-all", NULL);
  g_assert_cmpint (wrong->outcome, ==, LEYDEN_PROBE_KEY);
  g_assert_cmpint (wrong->kind, ==, LEYDEN_SERVER_LEYDEN);
  g_assert_nonnull (wrong->reason);
  g_assert_null (strstr (wrong->reason, "not-the-key-at-all"));
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  sandbox_tear_down (&sandbox);
}

static void
test_probe_agl (void)
{
  g_autoptr(AglDouble) agl = agl_double_new ("agl-server.py", "--key", "k", NULL);
  g_autoptr(AglDouble) open = agl_double_new ("agl-server.py", NULL);
  g_autoptr(LeydenProbe) good = probe (agl->url, "k", NULL);
  g_autoptr(LeydenProbe) wrong = probe (agl->url, "x", NULL);
  g_autoptr(LeydenProbe) without = probe (agl->url, NULL, NULL);
  g_autoptr(LeydenProbe) keyless = probe (open->url, NULL, NULL);

  g_assert_cmpint (good->outcome, ==, LEYDEN_PROBE_GOOD);
  g_assert_cmpint (good->kind, ==, LEYDEN_SERVER_AGL);
  g_assert_cmpstr (good->version, ==, "1.0.0");
  g_assert_null (good->role);
  g_assert_cmpint (wrong->outcome, ==, LEYDEN_PROBE_KEY);
  g_assert_cmpint (wrong->kind, ==, LEYDEN_SERVER_AGL);
  g_assert_cmpint (without->outcome, ==, LEYDEN_PROBE_KEY);
  g_assert_cmpstr (without->reason, !=, wrong->reason);
  g_assert_cmpint (keyless->outcome, ==, LEYDEN_PROBE_GOOD);
}

static void
test_probe_neither (void)
{
  g_autoptr(AglDouble) upstream = agl_double_new ("upstream.py", NULL);
  g_autoptr(LeydenProbe) other = probe (upstream->url, "k", NULL);
  g_autoptr(LeydenProbe) nobody = NULL;

  g_assert_cmpint (other->outcome, ==, LEYDEN_PROBE_NEITHER);
  g_assert_nonnull (other->reason);
  g_assert_null (strchr (other->reason, '\n'));
  nobody = probe ("http://127.0.0.1:1", "k", NULL);
  g_assert_cmpint (nobody->outcome, ==, LEYDEN_PROBE_UNREACHABLE);
  g_assert_nonnull (nobody->reason);
}

/* L24: refused with the reason, and by its fingerprint that one alone. */
static void
test_probe_certificates (void)
{
  static const char * const files[] = { "expired.pem", "other-host.pem", "self-signed.pem" };

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("GIO has no TLS here");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *file = g_test_build_filename (G_TEST_DIST, "http", "certificates", files[i], NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(MisbehavingServer) server = misbehaving_server_new_tls (file, &error);
      g_autofree char *uri = NULL;
      g_autoptr(LeydenProbe) refused = NULL;
      g_autoptr(LeydenProbe) other = NULL;
      g_autoptr(LeydenProbe) trusted = NULL;
      const char *fingerprint;

      g_assert_no_error (error);
      uri = g_strdup_printf ("https://localhost:%u", misbehaving_server_get_port (server));
      refused = probe (uri, "k", NULL);
      g_assert_cmpint (refused->outcome, ==, LEYDEN_PROBE_UNTRUSTED);
      fingerprint = leyden_value_get_member_string (refused->certificate, "fingerprint", NULL);
      g_assert_nonnull (fingerprint);
      g_assert_cmpuint (strlen (fingerprint), ==, 64);
      g_assert_nonnull (leyden_value_get_member_string (refused->certificate, "problem", NULL));
      g_assert_false (leyden_value_get_member_boolean (refused->certificate, "trusted", TRUE));

      other = probe (uri, "k", HEX);
      g_assert_cmpint (other->outcome, ==, LEYDEN_PROBE_UNTRUSTED);
      trusted = probe (uri, "k", fingerprint);
      g_assert_cmpint (trusted->outcome, ==, LEYDEN_PROBE_NEITHER);
    }
}

/* ---- Another target ---- */

static void
connect_to (LeydenBackend *backend)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_backend_connect_async (backend, NULL, spin_result_cb, &result);
  spin (&result);
  leyden_backend_connect_finish (backend, result, &error);
  g_assert_no_error (error);
}

static void
count_cb (guint *count)
{
  (*count)++;
}

/* An answer of the one before is none of the next; nobody says that a backend restarted. */
static void
test_target (void)
{
  Sandbox one, two;
  Server *first, *second;
  g_autofree char *first_uri = NULL;
  g_autofree char *second_uri = NULL;
  g_autoptr(LeydenBackend) backend = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;
  guint n_restarted = 0;

  sandbox_set_up (&one);
  sandbox_set_up (&two);
  first = sandbox_serve (&one, NULL);
  second = sandbox_serve (&two, NULL);
  first_uri = server_uri (first, "");
  second_uri = server_uri (second, "");
  backend = leyden_backend_new_for_uri (first_uri, first->key);
  g_signal_connect_swapped (backend, "restarted", G_CALLBACK (count_cb), &n_restarted);
  connect_to (backend);
  g_assert_cmpint (leyden_value_get_member_int (leyden_backend_get_info (backend), "pid", 0), ==, first->pid);

  leyden_backend_request_async (backend, "GET", "/leyden/v1/info", NULL, NULL, spin_result_cb, &result);
  leyden_backend_set_target (backend, second_uri, second->key, NULL);
  g_assert_cmpint (leyden_backend_get_state (backend), ==, LEYDEN_BACKEND_OFFLINE);
  g_assert_null (leyden_backend_get_info (backend));
  spin (&result);
  answer = leyden_backend_request_finish (backend, result, &error);
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_UNAVAILABLE);
  connect_to (backend);
  g_assert_cmpint (leyden_value_get_member_int (leyden_backend_get_info (backend), "pid", 0), ==, second->pid);
  g_assert_cmpuint (n_restarted, ==, 0);
  g_assert_false (leyden_backend_is_local (backend));
  leyden_backend_close (backend);
  g_assert_cmpint (server_end (first, SIGTERM), ==, 0);
  g_assert_cmpint (server_end (second, SIGTERM), ==, 0);
  sandbox_tear_down (&one);
  sandbox_tear_down (&two);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection/link", test_link);
  g_test_add_func ("/hostile/G03", test_link_hostile);
  g_test_add_func ("/connection/exposed", test_exposed);
  g_test_add_func ("/connection/fingerprint", test_fingerprint);
  g_test_add_func ("/connection/probe/leyden", test_probe_leyden);
  g_test_add_func ("/connection/probe/agl", test_probe_agl);
  g_test_add_func ("/connection/probe/neither", test_probe_neither);
  g_test_add_func ("/hostile/L24/connection", test_probe_certificates);
  g_test_add_func ("/connection/target", test_target);
  return g_test_run ();
}
