/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client of many calls, against servers that do what no server should. */
#include "misbehaving-server.h"

#include <string.h>

#include "leyden-http-wire.h"

typedef struct
{
  MisbehavingServer *server;
  LeydenHttpWire    *wire;
  guint              n_told;
} Fixture;

static void
fixture_set_up (Fixture       *self,
                gconstpointer  data)
{
  self->server = misbehaving_server_new ();
  self->wire = leyden_http_wire_new (4, NULL, NULL);
}

static void
fixture_tear_down (Fixture       *self,
                   gconstpointer  data)
{
  g_clear_pointer (&self->wire, leyden_http_wire_free);
  misbehaving_server_free (self->server);
}

typedef struct
{
  LeydenHttpRequest *request;
  GBytes            *body;
  GError            *error;
  guint             *n_told;
} Told;

static void
told_clear (Told *self)
{
  g_clear_object (&self->request);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_error (&self->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Told, told_clear)

static void
told_cb (GBytes       *body,
         const GError *error,
         gpointer      data)
{
  Told *told = data;

  g_assert_true ((body == NULL) == (error != NULL));
  told->body = body != NULL ? g_bytes_ref (body) : NULL;
  told->error = error != NULL ? g_error_copy (error) : NULL;
  (*told->n_told)++;
}

static void
start_cancellable (Fixture      *self,
                   const char   *uri,
                   Told         *told,
                   guint         timeout_ms,
                   gsize         max_body,
                   GCancellable *cancellable)
{
  g_autoptr(GBytes) body = g_bytes_new_static ("{}", 2);

  *told = (Told) { leyden_http_request_new ("POST", uri), NULL, NULL, &self->n_told };
  leyden_http_request_set_header (told->request, "Accept", "*/*");
  leyden_http_request_set_body (told->request, "application/json", body);
  leyden_http_request_set_timeout (told->request, timeout_ms);
  if (max_body > 0)
    leyden_http_request_set_max_body (told->request, max_body);
  leyden_http_wire_send (self->wire, told->request, cancellable, told_cb, told);
}

static void
start (Fixture    *self,
       const char *uri,
       Told       *told,
       guint       timeout_ms,
       gsize       max_body)
{
  start_cancellable (self, uri, told, timeout_ms, max_body, NULL);
}

static void
wait_for (Fixture *self,
          guint    n)
{
  while (self->n_told < n)
    g_main_context_iteration (NULL, TRUE);
  self->n_told = 0;
}

static void
ask (Fixture    *self,
     const char *path,
     Told       *told)
{
  g_autofree char *uri = misbehaving_server_dup_uri (self->server, path);

  start (self, uri, told, 20000, 1000);
  wait_for (self, 1);
}

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct
{
  const char     *bytes;
  MisbehavingEnd  end;
  guint           status;               /* 0: @code */
  const char     *body;
  int             code;
} answers[] = {
  { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour", MISBEHAVE_KEEP, 200, "four", 0 },
  { "HTTP/1.1 200\r\nContent-Length:4\r\n\r\nfour", MISBEHAVE_KEEP, 200, "four", 0 },
  { "HTTP/1.1 200 OK\ncontent-length: 4\n\nfour", MISBEHAVE_KEEP, 200, "four", 0 },
  { "HTTP/1.0 200 OK\r\n\r\nup to the end", MISBEHAVE_CLOSE, 200, "up to the end", 0 },
  { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n", MISBEHAVE_KEEP, 201, "", 0 },
  { "HTTP/1.1 204 Nothing\r\nContent-Length: 9\r\n\r\n", MISBEHAVE_KEEP, 204, "", 0 },
  { "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n002\r\nde\r\n0\r\nTrailer: 1\r\n\r\n", MISBEHAVE_KEEP, 503, "abcde", 0 },
  /* Length and chunks: chunks. */
  { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", MISBEHAVE_KEEP, 200, "abcde", 0 },
  { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nfour", MISBEHAVE_KEEP, 200, "four", 0 },
  { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour and more", MISBEHAVE_KEEP, 200, "four", 0 },
  { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nfour", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nfour", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour", MISBEHAVE_CLOSE, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour", MISBEHAVE_RESET, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", MISBEHAVE_CLOSE, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nBad header\r\n\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/2 200 OK\r\n\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 101 Switching\r\n\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "SSH-2.0-OpenSSH\r\n\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "", MISBEHAVE_CLOSE, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "", MISBEHAVE_RESET, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
  { "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", MISBEHAVE_HANG, 0, NULL, LEYDEN_HTTP_ERROR_TOO_LARGE },
  { "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", MISBEHAVE_KEEP, 0, NULL, LEYDEN_HTTP_ERROR_TOO_LARGE },
  { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED "\r\n1f5\r\n"
    HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED "x", MISBEHAVE_HANG, 0, NULL, LEYDEN_HTTP_ERROR_TOO_LARGE },
  { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", MISBEHAVE_HANG, 0, NULL, LEYDEN_HTTP_ERROR_BROKEN },
};

/* Each answer in one piece and byte by byte. */
static void
test_answers (Fixture       *self,
              gconstpointer  data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    for (guint piece = 0; piece < 2; piece++)
      {
        g_autofree char *path = g_strdup_printf ("/%zu/%u", i, piece);
        g_auto(Told) told = { NULL, };

        misbehaving_server_add_raw (self->server, path, answers[i].bytes, -1, piece, 0, answers[i].end);
        ask (self, path, &told);
        g_test_message ("%zu: %s", i, told.error != NULL ? told.error->message : "an answer");
        if (answers[i].status == 0)
          {
            g_assert_error (told.error, LEYDEN_HTTP_ERROR, answers[i].code);
            continue;
          }
        g_assert_no_error (told.error);
        g_assert_cmpuint (leyden_http_request_get_status (told.request), ==, answers[i].status);
        g_assert_cmpmem (g_bytes_get_data (told.body, NULL), g_bytes_get_size (told.body), answers[i].body, strlen (answers[i].body));
      }
}

static void
test_headers (Fixture       *self,
              gconstpointer  data)
{
  g_auto(Told) told = { NULL, };
  g_autofree char *sent = NULL;
  g_autofree char *host = g_strdup_printf ("Host: 127.0.0.1:%u\r\n", misbehaving_server_get_port (self->server));

  misbehaving_server_add_answer (self->server, "/a", 200, "Content-Type: Application/JSON; charset=utf-8\r\nRetry-After:  3 \r\n", "{}");
  ask (self, "/a", &told);
  g_assert_cmpstr (leyden_http_request_get_content_type (told.request), ==, "application/json");
  g_assert_cmpstr (leyden_http_request_get_response_header (told.request, "retry-after"), ==, "3");
  sent = misbehaving_server_dup_request (self->server, 0);
  g_assert_true (g_str_has_prefix (sent, "POST /a HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (sent, host));
  g_assert_nonnull (strstr (sent, "Accept: */*\r\n"));
  g_assert_nonnull (strstr (sent, "Content-Type: application/json\r\nContent-Length: 2\r\n"));
  g_assert_true (g_str_has_suffix (sent, "\r\n\r\n{}"));
}

/* What a server packs although it was asked not to is unpacked, up to the limit. */
static void
test_packed (Fixture       *self,
             gconstpointer  data)
{
  static const guint8 packed[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0 };
  g_autoptr(GByteArray) bytes = g_byte_array_new ();
  const char *head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n";
  g_auto(Told) good = { NULL, };
  g_auto(Told) bad = { NULL, };

  G_STATIC_ASSERT (sizeof packed == 25);
  g_byte_array_append (bytes, (const guint8 *) head, (guint) strlen (head));
  g_byte_array_append (bytes, packed, sizeof packed);
  misbehaving_server_add_raw (self->server, "/good", (const char *) bytes->data, bytes->len, 0, 0, MISBEHAVE_KEEP);
  bytes->data[strlen (head) + 12] ^= 0x55;
  misbehaving_server_add_raw (self->server, "/bad", (const char *) bytes->data, bytes->len, 0, 0, MISBEHAVE_KEEP);
  ask (self, "/good", &good);
  g_assert_no_error (good.error);
  g_assert_cmpmem (g_bytes_get_data (good.body, NULL), g_bytes_get_size (good.body), "hello", 5);
  ask (self, "/bad", &bad);
  g_assert_error (bad.error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BROKEN);
}

/* Connections are kept and shared, no more than allowed are open, and all that wait get their turn. */
static void
test_many (Fixture       *self,
           gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (self->server, "/many");
  Told told[50];

  misbehaving_server_add_answer (self->server, "/many", 200, NULL, "ok");
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    start (self, uri, &told[i], 20000, 0);
  wait_for (self, G_N_ELEMENTS (told));
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    {
      g_assert_no_error (told[i].error);
      told_clear (&told[i]);
    }
  g_assert_cmpuint (misbehaving_server_get_max_connections (self->server), <=, 4);
}

/* A kept connection that the server closed meanwhile is not the call's fault: it goes over a new one. */
static void
test_closed_meanwhile (Fixture       *self,
                       gconstpointer  data)
{
  for (guint i = 0; i < 5; i++)
    {
      g_auto(Told) told = { NULL, };

      if (i == 0)
        misbehaving_server_add_raw (self->server, "/x", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", -1, 0, 0, MISBEHAVE_CLOSE);
      ask (self, "/x", &told);
      g_assert_no_error (told.error);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (self->server), ==, 5);
}

static void
test_timeout (Fixture       *self,
              gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (self->server, "/never");
  Told told[6];

  misbehaving_server_add_raw (self->server, "/never", "", -1, 0, 0, MISBEHAVE_HANG);
  /* Two more than may be open: those that only wait end too. */
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    start (self, uri, &told[i], 300, 0);
  wait_for (self, G_N_ELEMENTS (told));
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    {
      g_assert_error (told[i].error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TIMEOUT);
      told_clear (&told[i]);
    }
}

static void
test_no_server (Fixture       *self,
                gconstpointer  data)
{
  static const char * const uris[] = { "http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/" };
  g_auto(Told) nowhere = { NULL, };

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_auto(Told) told = { NULL, };

      start (self, uris[i], &told, 20000, 0);
      wait_for (self, 1);
      g_assert_error (told.error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_CONNECT);
    }
  start (self, "http://:pass@/", &nowhere, 20000, 0);
  wait_for (self, 1);
  g_assert_error (nowhere.error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_URI);
}

/* A name is looked up, and the server found at whichever of its addresses it listens on. */
static void
test_name (Fixture       *self,
           gconstpointer  data)
{
  g_autofree char *uri = g_strdup_printf ("http://localhost:%u/name", misbehaving_server_get_port (self->server));
  g_auto(Told) told = { NULL, };

  misbehaving_server_add_answer (self->server, "/name", 200, NULL, "ok");
  start (self, uri, &told, 20000, 0);
  wait_for (self, 1);
  g_assert_no_error (told.error);
}

static gboolean
refuse_cb (const char    *host,
           guint16        port,
           GInetAddress  *address,
           gpointer       data,
           GError       **error)
{
  g_set_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS, "not %s", host);
  return FALSE;
}

static void
test_guard (Fixture       *self,
            gconstpointer  data)
{
  g_autofree char *name = g_strdup_printf ("http://localhost:%u/name", misbehaving_server_get_port (self->server));
  g_autofree char *literal = misbehaving_server_dup_uri (self->server, "/name");
  const char *uris[] = { name, literal };

  leyden_http_wire_free (self->wire);
  self->wire = leyden_http_wire_new (4, refuse_cb, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_auto(Told) told = { NULL, };

      start (self, uris[i], &told, 20000, 0);
      wait_for (self, 1);
      g_assert_error (told.error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (self->server), ==, 0);
}

static void
test_cancel (Fixture       *self,
             gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (self->server, "/never");
  Told told[6];

  misbehaving_server_add_raw (self->server, "/never", "", -1, 0, 0, MISBEHAVE_HANG);
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    start (self, uri, &told[i], 0, 0);
  leyden_http_wire_cancel (self->wire);
  g_assert_cmpuint (self->n_told, ==, 0);
  wait_for (self, G_N_ELEMENTS (told));
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    {
      g_assert_error (told[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      told_clear (&told[i]);
    }
}

/* One call of several ends, before it began or under way, and its place goes to the next; the others stay. */
static void
test_cancel_one (Fixture       *self,
                 gconstpointer  data)
{
  g_autofree char *never = misbehaving_server_dup_uri (self->server, "/never");
  g_autofree char *ok = misbehaving_server_dup_uri (self->server, "/ok");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Told told[6];

  misbehaving_server_add_raw (self->server, "/never", "", -1, 0, 0, MISBEHAVE_HANG);
  misbehaving_server_add_answer (self->server, "/ok", 200, NULL, "{}");
  for (guint i = 0; i < 4; i++)
    start_cancellable (self, never, &told[i], 0, 0, i < 3 ? cancellable : NULL);
  while (misbehaving_server_get_n_requests (self->server) < 4)
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (cancellable);
  wait_for (self, 3);
  start_cancellable (self, never, &told[4], 0, 0, cancellable);
  wait_for (self, 1);
  g_assert_error (told[4].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  start (self, ok, &told[5], 0, 0);
  wait_for (self, 1);
  g_assert_no_error (told[5].error);
  g_assert_null (told[3].error);
  for (guint i = 0; i < 3; i++)
    g_assert_error (told[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_pointer (&self->wire, leyden_http_wire_free);
  g_assert_error (told[3].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    told_clear (&told[i]);
}

/* Freed while a name is looked up and calls wait: all are told. */
static void
test_free (Fixture       *self,
           gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (self->server, "/never");
  g_autofree char *name = g_strdup_printf ("http://localhost:%u/name", misbehaving_server_get_port (self->server));
  g_auto(Told) one = { NULL, };
  g_auto(Told) two = { NULL, };

  misbehaving_server_add_raw (self->server, "/never", "", -1, 0, 0, MISBEHAVE_HANG);
  start (self, uri, &one, 0, 0);
  start (self, name, &two, 0, 0);
  g_clear_pointer (&self->wire, leyden_http_wire_free);
  g_assert_cmpuint (self->n_told, ==, 2);
  for (guint i = 0; i < 20; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (10 * 1000);
    }
}

/* A body that does not fit into the socket's buffer, to a server that reads slowly. */
static void
test_large (Fixture       *self,
            gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (self->server, "/large");
  g_autofree char *text = g_malloc (8 * 1024 * 1024);
  g_autoptr(GBytes) body = NULL;
  g_autofree char *sent = NULL;
  g_auto(Told) told = { NULL, };

  memset (text, 'x', 8 * 1024 * 1024);
  body = g_bytes_new_take (g_steal_pointer (&text), 8 * 1024 * 1024);
  misbehaving_server_add_answer (self->server, "/large", 200, NULL, "ok");
  told = (Told) { leyden_http_request_new ("POST", uri), NULL, NULL, &self->n_told };
  leyden_http_request_set_body (told.request, "application/json", body);
  leyden_http_wire_send (self->wire, told.request, NULL, told_cb, &told);
  wait_for (self, 1);
  g_assert_no_error (told.error);
  sent = misbehaving_server_dup_request (self->server, 0);
  g_assert_cmpuint (strlen (strstr (sent, "\r\n\r\n") + 4), ==, 8 * 1024 * 1024);
}

int
main (int   argc,
      char *argv[])
{
  static const struct { const char *name; void (*test) (Fixture *self, gconstpointer data); } tests[] = {
    { "answers", test_answers }, { "headers", test_headers }, { "packed", test_packed }, { "many", test_many },
    { "closed-meanwhile", test_closed_meanwhile }, { "timeout", test_timeout }, { "no-server", test_no_server }, { "name", test_name },
    { "guard", test_guard }, { "cancel", test_cancel }, { "cancel-one", test_cancel_one }, { "free", test_free }, { "large", test_large },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/wire/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, fixture_set_up, tests[i].test, fixture_tear_down);
    }
  return g_test_run ();
}
