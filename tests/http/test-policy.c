/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-http"

#include <libsoup/soup.h>
#include <string.h>

#include "leyden-http-client.h"
#include "leyden-http-policy.h"

static void
test_reach (void)
{
  static const struct { const char *address; LeydenAddressReach reach; } cases[] = {
    { "93.184.216.34", LEYDEN_ADDRESS_PUBLIC },      { "8.8.8.8", LEYDEN_ADDRESS_PUBLIC },
    { "2606:2800:220:1::1", LEYDEN_ADDRESS_PUBLIC }, { "::ffff:8.8.8.8", LEYDEN_ADDRESS_PUBLIC },
    { "64:ff9b::8.8.8.8", LEYDEN_ADDRESS_PUBLIC },
    { "127.0.0.1", LEYDEN_ADDRESS_PRIVATE },         { "127.255.255.254", LEYDEN_ADDRESS_PRIVATE },
    { "10.0.0.1", LEYDEN_ADDRESS_PRIVATE },          { "172.16.0.1", LEYDEN_ADDRESS_PRIVATE },
    { "172.31.255.255", LEYDEN_ADDRESS_PRIVATE },    { "192.168.1.1", LEYDEN_ADDRESS_PRIVATE },
    { "100.64.0.1", LEYDEN_ADDRESS_PRIVATE },        { "100.127.255.255", LEYDEN_ADDRESS_PRIVATE },
    { "::1", LEYDEN_ADDRESS_PRIVATE },               { "fd00::1", LEYDEN_ADDRESS_PRIVATE },
    { "::ffff:127.0.0.1", LEYDEN_ADDRESS_PRIVATE },  { "64:ff9b::10.0.0.1", LEYDEN_ADDRESS_PRIVATE },
    { "2002:7f00:1::", LEYDEN_ADDRESS_PRIVATE },     { "198.19.0.1", LEYDEN_ADDRESS_PRIVATE },
    { "169.254.169.254", LEYDEN_ADDRESS_FORBIDDEN }, { "::ffff:169.254.169.254", LEYDEN_ADDRESS_FORBIDDEN },
    { "64:ff9b::a9fe:a9fe", LEYDEN_ADDRESS_FORBIDDEN }, { "2002:a9fe:a9fe::1", LEYDEN_ADDRESS_FORBIDDEN },
    { "fe80::1", LEYDEN_ADDRESS_FORBIDDEN },         { "0.0.0.0", LEYDEN_ADDRESS_FORBIDDEN },
    { "0.1.2.3", LEYDEN_ADDRESS_FORBIDDEN },         { "::", LEYDEN_ADDRESS_FORBIDDEN },
    { "224.0.0.1", LEYDEN_ADDRESS_FORBIDDEN },       { "255.255.255.255", LEYDEN_ADDRESS_FORBIDDEN },
    { "240.0.0.1", LEYDEN_ADDRESS_FORBIDDEN },       { "ff02::1", LEYDEN_ADDRESS_FORBIDDEN },
    { "2001::1", LEYDEN_ADDRESS_FORBIDDEN },         { "2001:db8::1", LEYDEN_ADDRESS_FORBIDDEN },
    { "::127.0.0.1", LEYDEN_ADDRESS_FORBIDDEN },     { "64:ff9b:1::1", LEYDEN_ADDRESS_FORBIDDEN },
    { "172.15.255.255", LEYDEN_ADDRESS_PUBLIC },     { "172.32.0.1", LEYDEN_ADDRESS_PUBLIC },
    { "100.128.0.1", LEYDEN_ADDRESS_PUBLIC },        { "4000::1", LEYDEN_ADDRESS_FORBIDDEN },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GInetAddress) address = g_inet_address_new_from_string (cases[i].address);

      g_test_message ("%s", cases[i].address);
      g_assert_cmpint (leyden_address_get_reach (address), ==, cases[i].reach);
    }
}

/* ---- A resolver whose names stand for what the test says ---- */

typedef struct { GResolver parent_instance; } LyingResolver;
typedef struct { GResolverClass parent_class; } LyingResolverClass;

static GType lying_resolver_get_type (void);
G_DEFINE_FINAL_TYPE (LyingResolver, lying_resolver, G_TYPE_RESOLVER)

static const char *lies[8];             /* one answer a look-up, the last one again and again */
static guint n_lookups;

static GList *
answer (void)
{
  guint at = n_lookups++;

  while (at > 0 && lies[at] == NULL)
    at--;
  return g_list_append (NULL, g_inet_address_new_from_string (lies[at]));
}

static void
lookup_async (GResolver                *resolver,
              const char               *name,
              GResolverNameLookupFlags  flags,
              GCancellable             *cancellable,
              GAsyncReadyCallback       callback,
              gpointer                  data)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, callback, data);

  g_task_return_pointer (task, flags == G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY ? NULL : answer (), (GDestroyNotify) g_resolver_free_addresses);
}

static GList *
lookup_finish (GResolver     *resolver,
               GAsyncResult  *result,
               GError       **error)
{
  GList *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found == NULL && (error == NULL || *error == NULL))
    g_set_error_literal (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "none");
  return found;
}

static void
plain_lookup_async (GResolver           *resolver,
                    const char          *name,
                    GCancellable        *cancellable,
                    GAsyncReadyCallback  callback,
                    gpointer             data)
{
  lookup_async (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT, cancellable, callback, data);
}

static void
lying_resolver_class_init (LyingResolverClass *klass)
{
  GResolverClass *resolver = G_RESOLVER_CLASS (klass);

  resolver->lookup_by_name_with_flags_async = lookup_async;
  resolver->lookup_by_name_with_flags_finish = lookup_finish;
  resolver->lookup_by_name_async = plain_lookup_async;
  resolver->lookup_by_name_finish = lookup_finish;
}

static void
lying_resolver_init (LyingResolver *self)
{
}

/* ---- Servers ---- */

static char *location;
static char *seen_secret;
static char *seen_plain;
static GStrv seen_names;
static guint n_requests;

static void
add_name (const char *name,
          const char *value,
          gpointer    data)
{
  g_strv_builder_add (data, name);
}

static void
server_cb (SoupServer        *server,
           SoupServerMessage *message,
           const char        *path,
           GHashTable        *query,
           gpointer           data)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();

  n_requests++;
  soup_message_headers_foreach (headers, add_name, names);
  g_clear_pointer (&seen_names, g_strfreev);
  seen_names = g_strv_builder_end (names);
  g_clear_pointer (&seen_secret, g_free);
  g_clear_pointer (&seen_plain, g_free);
  seen_secret = g_strdup (soup_message_headers_get_one (headers, "X-Secret"));
  seen_plain = g_strdup (soup_message_headers_get_one (headers, "X-Plain"));
  if (g_str_equal (path, "/away"))
    soup_server_message_set_redirect (message, 302, location);
  else
    {
      soup_server_message_set_status (message, 200, NULL);
      soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "here", 4);
    }
}

static SoupServer *
make_server (guint16 *port)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  GSList *uris;
  g_autoptr(GError) error = NULL;

  soup_server_add_handler (server, NULL, server_cb, NULL, NULL);
  soup_server_listen (server, address, 0, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  *port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return server;
}

static guint16 allowed_port;

/* Loopback only at one port. */
static gboolean
guard (const char    *host,
       guint16        port,
       GInetAddress  *address,
       gpointer       data,
       GError       **error)
{
  if (leyden_address_get_reach (address) == LEYDEN_ADDRESS_PUBLIC || (g_inet_address_get_is_loopback (address) && port == allowed_port))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "not %s port %u", host, port);
  return FALSE;
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GBytes *
get (const char  *method,
     const char  *uri,
     GError     **error)
{
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new (method, uri);
  g_autoptr(GAsyncResult) result = NULL;

  leyden_http_request_set_guard (request, guard, NULL, NULL);
  leyden_http_request_set_cross_origin (request, TRUE);
  leyden_http_request_set_secret_header (request, "X-Secret", "hush");
  leyden_http_request_set_header (request, "X-Plain", "open");
  leyden_http_request_set_timeout (request, 5000);
  leyden_http_client_send_async (client, request, NULL, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return leyden_http_client_send_finish (client, result, error);
}

static void
check_refused (const char *uri)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = NULL;
  guint before = n_requests;

  g_test_message ("%s", uri);
  body = get ("GET", uri, &error);
  g_assert_null (body);
  /* Not every C library reads a bare number as an address. */
  if (!g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_CONNECT) || strstr (uri, "2130706433") == NULL)
    g_assert_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS);
  g_assert_cmpuint (n_requests, ==, before);
}

static void
test_guard (void)
{
  guint16 port, other_port;
  g_autoptr(SoupServer) server = make_server (&port);
  g_autoptr(SoupServer) other = make_server (&other_port);
  g_autofree char *good = g_strdup_printf ("http://127.0.0.1:%u/", port);
  g_autofree char *bad = g_strdup_printf ("http://127.0.0.1:%u/", other_port);
  g_autofree char *number = g_strdup_printf ("http://2130706433:%u/", other_port);
  g_autofree char *mapped = g_strdup_printf ("http://[::ffff:127.0.0.1]:%u/", other_port);
  g_autofree char *name = g_strdup_printf ("http://localhost:%u/", other_port);
  g_autoptr(GBytes) body = NULL;
  g_autoptr(GError) error = NULL;

  allowed_port = port;
  body = get ("GET", good, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), "here", 4);
  check_refused (bad);
  check_refused (number);
  check_refused (mapped);
  check_refused (name);
}

/* A name that is public when it is looked at and loopback when it is used. */
static void
test_rebinding (void)
{
  guint16 port;
  g_autoptr(SoupServer) server = make_server (&port);
  g_autoptr(GResolver) before = g_resolver_get_default ();
  g_autoptr(GResolver) liar = g_object_new (lying_resolver_get_type (), NULL);
  g_autofree char *uri = g_strdup_printf ("http://rebind.example:%u/", port);

  allowed_port = 0;
  g_resolver_set_default (liar);
  lies[0] = "127.0.0.1";
  lies[1] = NULL;
  n_lookups = 0;
  check_refused (uri);
  g_assert_cmpuint (n_lookups, >, 0);
  g_resolver_set_default (before);
}

static void
test_redirects (void)
{
  guint16 port, other_port;
  g_autoptr(SoupServer) server = make_server (&port);
  g_autoptr(SoupServer) other = make_server (&other_port);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/away", port);
  static const char * const bad[] = { "file:///etc/passwd", "ftp://127.0.0.1/", "http://user:pw@127.0.0.1:1/", "javascript:alert(1)", "http://",
                                      "//", "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/" };

  allowed_port = port;
  /* Within the origin the secret goes along. */
  location = g_strdup ("/here");
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) body = get ("GET", uri, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (seen_secret, ==, "hush");
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) body = NULL;

      g_free (location);
      location = g_strdup (bad[i]);
      body = get ("GET", uri, &error);
      g_test_message ("%s: %s", bad[i], error != NULL ? error->message : "went through");
      g_assert_null (body);
      g_assert_nonnull (error);
    }
  /* To another port: refused by the guard on that hop, and without a secret where it is allowed. */
  g_free (location);
  location = g_strdup_printf ("http://127.0.0.1:%u/", other_port);
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) body = get ("GET", uri, &error);

    g_assert_null (body);
    g_assert_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS);
  }
  g_clear_pointer (&location, g_free);
}

static gboolean
allow_all (const char    *host,
           guint16        port,
           GInetAddress  *address,
           gpointer       data,
           GError       **error)
{
  return TRUE;
}

static void
test_secret_stays (void)
{
  guint16 port, other_port;
  g_autoptr(SoupServer) server = make_server (&port);
  g_autoptr(SoupServer) other = make_server (&other_port);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/away", port);
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  static const struct { const char *method; gboolean cross; gboolean follows; } cases[] = {
    { "GET", TRUE, TRUE }, { "GET", FALSE, FALSE }, { "PUT", TRUE, FALSE }, { "HEAD", TRUE, TRUE },
  };

  location = g_strdup_printf ("http://127.0.0.1:%u/", other_port);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenHttpRequest) request = leyden_http_request_new (cases[i].method, uri);
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GBytes) body = NULL;
      g_autoptr(GError) error = NULL;

      leyden_http_request_set_guard (request, allow_all, NULL, NULL);
      leyden_http_request_set_cross_origin (request, cases[i].cross);
      leyden_http_request_set_bearer (request, "bearer-key");
      leyden_http_request_set_secret_header (request, "x-SECRET", "hush");
      leyden_http_request_set_header (request, "X-Plain", "open");
      leyden_http_client_send_async (client, request, NULL, result_cb, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      body = leyden_http_client_send_finish (client, result, &error);
      g_assert_cmpint (body != NULL, ==, cases[i].follows);
      if (!cases[i].follows)
        {
          g_assert_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_REDIRECT);
          continue;
        }
      g_assert_cmpstr (seen_plain, ==, "open");
      g_assert_null (seen_secret);
    }
  g_clear_pointer (&location, g_free);
}

/* A key that was written as plain text by its server's name for it stays at home all the same. */
static void
test_key_stays (void)
{
  static const struct { const char *name; gboolean stays; } cases[] = {
    { "X-API-Key", TRUE }, { "api-key", TRUE }, { "X-Auth-User", TRUE }, { "X-Amz-Security-Token", TRUE }, { "Private-TOKEN", TRUE },
    { "X-Client-Secret", TRUE }, { "x-functions-key", TRUE }, { "Proxy-Cookie", TRUE }, { "X-Plain", FALSE }, { "Accept-Language", FALSE },
    { "X-Keyboard", FALSE },
  };
  guint16 port, other_port;
  g_autoptr(SoupServer) server = make_server (&port);
  g_autoptr(SoupServer) other = make_server (&other_port);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/away", port);
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();

  for (guint foreign = 0; foreign < 2; foreign++)
    {
      g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("GET", uri);
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GBytes) body = NULL;
      g_autoptr(GError) error = NULL;

      location = g_strdup_printf ("http://127.0.0.1:%u/", foreign ? other_port : port);
      leyden_http_request_set_guard (request, allow_all, NULL, NULL);
      leyden_http_request_set_cross_origin (request, TRUE);
      for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        leyden_http_request_set_header (request, cases[i].name, "sk-1");
      leyden_http_client_send_async (client, request, NULL, result_cb, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      body = leyden_http_client_send_finish (client, result, &error);
      g_assert_no_error (error);
      for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        g_assert_cmpint (g_strv_contains ((const char * const *) seen_names, cases[i].name), ==, !(foreign && cases[i].stays));
      g_clear_pointer (&location, g_free);
    }
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/reach", test_reach);
  g_test_add_func ("/policy/guard", test_guard);
  g_test_add_func ("/policy/rebinding", test_rebinding);
  g_test_add_func ("/policy/redirects", test_redirects);
  g_test_add_func ("/hostile/L16", test_secret_stays);
  g_test_add_func ("/policy/key-stays", test_key_stays);
  status = g_test_run ();
  g_free (seen_secret);
  g_free (seen_plain);
  g_strfreev (seen_names);
  return status;
}
