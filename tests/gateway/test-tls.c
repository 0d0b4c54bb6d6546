/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `leydenctl serve` over TLS, with certificates made here by openssl. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox sandbox;
  char   *database;
} Fixture;

static void
openssl (Fixture    *fixture,
         const char *arguments)
{
  g_autofree char *line = g_strconcat ("openssl ", arguments, NULL);
  g_auto(GStrv) argv = NULL;
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, NULL));
  g_spawn_sync (fixture->sandbox.root, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s", line, err);
}

static void
make_authority (Fixture    *fixture,
                const char *name)
{
  g_autofree char *line = g_strdup_printf ("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.pem -subj /CN=%s "
                                           "-days 2 -addext keyUsage=critical,keyCertSign", name, name, name);

  openssl (fixture, line);
}

static void
make_certificate (Fixture    *fixture,
                  const char *authority,
                  const char *name,
                  const char *extensions)
{
  g_autofree char *file = g_strconcat (name, ".ext", NULL);
  g_autofree char *path = sandbox_write (&fixture->sandbox, file, extensions, -1);
  g_autofree char *request = g_strdup_printf ("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.csr -subj /CN=%s",
                                              name, name, name);
  g_autofree char *sign = g_strdup_printf ("x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -out %s.pem -days 2 -extfile %s",
                                           name, authority, authority, name, path);

  openssl (fixture, request);
  openssl (fixture, sign);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *program = g_find_program_in_path ("openssl");

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "tls.db");
  if (program == NULL || !g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return;
  make_authority (fixture, "authority");
  make_authority (fixture, "stranger");
  make_certificate (fixture, "authority", "server", "subjectAltName=IP:127.0.0.1,DNS:leyden.test\nextendedKeyUsage=serverAuth\n");
  make_certificate (fixture, "authority", "client", "extendedKeyUsage=clientAuth\n");
  make_certificate (fixture, "stranger", "foreigner", "extendedKeyUsage=clientAuth\n");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

static gboolean
skips (Fixture *fixture)
{
  g_autofree char *path = sandbox_path (&fixture->sandbox, "server.pem");
  gboolean there = g_file_test (path, G_FILE_TEST_EXISTS);

  if (!there)
    g_test_skip ("openssl or GIO's TLS (glib-networking) is missing");
  return !there;
}

static GTlsCertificate *
load (Fixture    *fixture,
      const char *name)
{
  g_autofree char *pem = g_strconcat (name, ".pem", NULL);
  g_autofree char *key = g_strconcat (name, ".key", NULL);
  g_autofree char *pem_path = sandbox_path (&fixture->sandbox, pem);
  g_autofree char *key_path = sandbox_path (&fixture->sandbox, key);
  g_autoptr(GError) error = NULL;
  GTlsCertificate *certificate = g_tls_certificate_new_from_files (pem_path, key_path, &error);

  g_assert_no_error (error);
  return certificate;
}

/* The answer to GET @path with the trust that a client of "authority" has; NULL: no connection. @client: its certificate, nullable. */
static char *
get (Fixture    *fixture,
     Server     *server,
     const char *client,
     const char *host,
     const char *path)
{
  g_autofree char *authority = sandbox_path (&fixture->sandbox, "authority.pem");
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", path, host,
                                              server->key);
  g_autoptr(GTlsDatabase) database = g_tls_file_database_new (authority, NULL);
  g_autoptr(GTlsCertificate) certificate = client != NULL ? load (fixture, client) : NULL;
  g_autoptr(GSocketClient) connector = g_socket_client_new ();
  g_autoptr(GSocketConnectable) identity = g_network_address_new (host, server->port);
  g_autoptr(GSocketConnection) socket = NULL;
  g_autoptr(GIOStream) tls = NULL;
  g_autoptr(GString) answer = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  char buffer[4096];
  gssize n;

  socket = g_socket_client_connect_to_host (connector, "127.0.0.1", server->port, NULL, &error);
  g_assert_no_error (error);
  tls = g_tls_client_connection_new (G_IO_STREAM (socket), identity, &error);
  g_assert_no_error (error);
  g_tls_connection_set_database (G_TLS_CONNECTION (tls), database);
  if (certificate != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (tls), certificate);
  if (!g_output_stream_write_all (g_io_stream_get_output_stream (tls), request, strlen (request), NULL, NULL, NULL))
    return NULL;
  while ((n = g_input_stream_read (g_io_stream_get_input_stream (tls), buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (answer, buffer, n);
  return answer->len > 0 ? g_strdup (answer->str) : NULL;
}

static Server *
serve (Fixture    *fixture,
       const char *listen,
       const char *client_ca)
{
  g_autofree char *cert = sandbox_path (&fixture->sandbox, "server.pem");
  g_autofree char *key = sandbox_path (&fixture->sandbox, "server.key");
  g_autofree char *authority = sandbox_path (&fixture->sandbox, "authority.pem");

  if (client_ca != NULL)
    return sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--listen", listen, "--tls-cert", cert, "--tls-key", key,
                          "--client-ca", authority, NULL);
  return sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--listen", listen, "--tls-cert", cert, "--tls-key", key, NULL);
}

/* An address that others reach is served with TLS and without --insecure; the certificate's names are answered. */
static void
test_serve (Fixture       *fixture,
            gconstpointer  data)
{
  Server *server;
  g_autofree char *answer = NULL;
  g_autofree char *named = NULL;
  g_autofree char *other = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *request = NULL;

  if (skips (fixture))
    return;
  server = serve (fixture, "0.0.0.0:0", NULL);
  answer = get (fixture, server, NULL, "127.0.0.1", "/leyden/v1/info");
  g_assert_nonnull (answer);
  g_assert_cmpuint (raw_status (answer), ==, 200);
  named = get (fixture, server, NULL, "leyden.test", "/leyden/v1/info");
  g_assert_nonnull (named);
  g_assert_cmpuint (raw_status (named), ==, 200);
  /* A client that checks whom it speaks to does not speak to this one. */
  other = get (fixture, server, NULL, "other.test", "/healthz");
  g_assert_null (other);
  request = g_strdup_printf ("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  plain = server_raw (server, request, -1);
  g_assert_cmpuint (raw_status (plain), ==, 0);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

static void
test_client_certificate (Fixture       *fixture,
                         gconstpointer  data)
{
  Server *server;
  g_autofree char *without = NULL;
  g_autofree char *foreign = NULL;
  g_autofree char *purpose = NULL;
  g_autofree char *right = NULL;

  if (skips (fixture))
    return;
  server = serve (fixture, "127.0.0.1:0", "authority.pem");
  without = get (fixture, server, NULL, "127.0.0.1", "/healthz");
  g_assert_null (without);
  foreign = get (fixture, server, "foreigner", "127.0.0.1", "/healthz");
  g_assert_null (foreign);
  /* Signed by the right authority, but made for a server. */
  purpose = get (fixture, server, "server", "127.0.0.1", "/healthz");
  g_assert_null (purpose);
  right = get (fixture, server, "client", "127.0.0.1", "/leyden/v1/info");
  g_assert_nonnull (right);
  g_assert_cmpuint (raw_status (right), ==, 200);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

/* Programs of this machine find a way in that needs no certificate. */
static void
test_local_programs (Fixture       *fixture,
                     gconstpointer  data)
{
  Server *server;
  g_autoptr(Outcome) outcome = NULL;

  if (skips (fixture))
    return;
  server = serve (fixture, "127.0.0.1:0", "authority.pem");
  outcome = sandbox_run (&fixture->sandbox, "runs", "--database", fixture->database, "--json", NULL);
  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

static void
test_refusals (Fixture       *fixture,
               gconstpointer  data)
{
  const char *database = fixture->database;
  g_autofree char *cert = sandbox_path (&fixture->sandbox, "server.pem");
  g_autofree char *key = sandbox_path (&fixture->sandbox, "server.key");
  g_autofree char *other = sandbox_path (&fixture->sandbox, "client.key");
  g_autofree char *text = sandbox_write (&fixture->sandbox, "note.txt", "no PEM", -1);
  g_autofree char *missing = sandbox_path (&fixture->sandbox, "missing.pem");
  const struct
  {
    int         status;
    const char *arguments[8];
  } cases[] = {
    { 5, { "--listen", "0.0.0.0:0" } },
    { 5, { "--listen", "[::]:0" } },
    { 2, { "--tls-cert", cert } },
    { 2, { "--tls-key", key } },
    { 2, { "--client-ca", cert } },
    { 3, { "--tls-cert", missing, "--tls-key", key } },
    { 3, { "--tls-cert", cert, "--tls-key", text } },
    { 3, { "--tls-cert", cert, "--tls-key", other } },
    { 3, { "--tls-cert", cert, "--tls-key", key, "--client-ca", text } },
  };

  if (skips (fixture))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GPtrArray) argv = g_ptr_array_new ();
      g_autoptr(Outcome) outcome = NULL;

      g_ptr_array_add (argv, fixture->sandbox.leydenctl);
      g_ptr_array_add (argv, (char *) "serve");
      g_ptr_array_add (argv, (char *) "--database");
      g_ptr_array_add (argv, (char *) database);
      for (guint j = 0; cases[i].arguments[j] != NULL; j++)
        g_ptr_array_add (argv, (char *) cases[i].arguments[j]);
      g_ptr_array_add (argv, NULL);
      outcome = sandbox_run_argv (&fixture->sandbox, (const char * const *) argv->pdata);
      g_test_message ("case %" G_GSIZE_FORMAT ": %s", i, outcome->err);
      g_assert_cmpint (outcome->status, ==, cases[i].status);
    }
}

/* A client that begins a handshake and does not go on is sent away like any that does not speak, and holds up nobody. */
static void
test_silent (Fixture       *fixture,
             gconstpointer  data)
{
  Server *server;
  g_autoptr(GSocketClient) connector = g_socket_client_new ();
  g_autoptr(GSocketConnection) silent = NULL;
  g_autofree char *answer = NULL;
  g_autoptr(GError) error = NULL;
  char buffer[16];

  if (skips (fixture))
    return;
  server = serve (fixture, "127.0.0.1:0", NULL);
  silent = g_socket_client_connect_to_host (connector, "127.0.0.1", server->port, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (silent)), "\x16\x03\x01", 3, NULL, NULL, NULL));
  answer = get (fixture, server, NULL, "127.0.0.1", "/healthz");
  g_assert_nonnull (answer);
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (silent)), buffer, sizeof buffer, NULL, NULL), <=, 0);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/tls/serve", Fixture, NULL, set_up, test_serve, tear_down);
  g_test_add ("/tls/client-certificate", Fixture, NULL, set_up, test_client_certificate, tear_down);
  g_test_add ("/tls/local-programs", Fixture, NULL, set_up, test_local_programs, tear_down);
  g_test_add ("/tls/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  g_test_add ("/tls/silent", Fixture, NULL, set_up, test_silent, tear_down);
  return g_test_run ();
}
