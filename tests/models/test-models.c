/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls over the wire, of a server that answers well or badly. */
#include "models-fixture.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define SSE_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define ANSWER "{\"model\":\"m\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}]," \
               "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}"
#define CHUNK(delta, rest) "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" delta "}" rest "}]}\n\n"
#define STREAM CHUNK ("\"role\":\"assistant\",\"content\":\"\"", "") CHUNK ("\"content\":\"caf\xc3\xa9 \"", "") CHUNK ("\"content\":\"\xe2\x82\xac 5\"", "") \
               CHUNK ("", ",\"finish_reason\":\"stop\"") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"
#define PATH "/v1/chat/completions"

static void
test_answer (Fixture       *f,
             gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };
  g_autofree char *request = NULL;

  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  probe_init (&probe, "local", FALSE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "hi");
  g_assert_cmpstr (text_at (probe.answer, "/endpoint"), ==, "local");
  g_assert_false (leyden_value_get_member_boolean (probe.answer, "simulated", TRUE));
  g_assert_cmpfloat (leyden_value_get_member_double (probe.answer, "latency_ms", -1), >=, 0);
  g_assert_null (leyden_value_get_member (probe.answer, "first_token_ms"));
  request = misbehaving_server_dup_request (f->server, 0);
  g_assert_nonnull (strstr (request, "\"model\":\"m-default\""));
  g_assert_nonnull (strstr (request, "\"max_completion_tokens\":9"));
  g_assert_null (strstr (request, "Authorization"));
  g_assert_null (strstr (request, "x_leyden"));
  g_assert_null (strstr (request, "X-Leyden-Seed"));
}

static void
test_stream (Fixture       *f,
             gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_raw (f->server, PATH, SSE_HEAD STREAM, -1, 0, 0, MISBEHAVE_CLOSE);
  probe_init (&probe, "local", TRUE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "café € 5");
  g_assert_cmpstr (probe.deltas->str, ==, "café € 5");
  g_assert_cmpfloat (leyden_value_get_member_double (probe.answer, "first_token_ms", -1), >=, 0);
  g_assert_cmpfloat (leyden_value_get_member_double (probe.answer, "first_token_ms", -1), <=, leyden_value_get_member_double (probe.answer, "latency_ms", -2));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (probe.answer, "usage"), "completion_tokens", 0), ==, 2);
  g_assert_null (leyden_value_get_member (probe.answer, "flags"));
}

/* A server that does not stream answers whole; that is fine. */
static void
test_stream_ignored (Fixture       *f,
                     gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  probe_init (&probe, "local", TRUE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "hi");
}

static void
test_key (Fixture       *f,
          gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (f->server, "/v1");
  g_autofree char *origin = misbehaving_server_dup_uri (f->server, "");
  const char *origins[] = { origin, NULL };
  g_auto(Probe) probe = { 0 };
  g_autofree char *request = NULL;

  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  models_set_endpoint (f, "keyed", uri, "mine", 0);
  leyden_secrets_set_session (f->secrets, "mine", "top-secret-value", origins);
  probe_init (&probe, "keyed", FALSE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  request = misbehaving_server_dup_request (f->server, 0);
  g_assert_nonnull (strstr (request, "Authorization: Bearer top-secret-value"));
}

/* A key that belongs elsewhere, or that is not there, makes no request. */
static void
test_key_refused (Fixture       *f,
                  gconstpointer  data)
{
  const char *elsewhere[] = { "https://other.example", NULL };
  g_autofree char *uri = misbehaving_server_dup_uri (f->server, "/v1");

  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  leyden_secrets_set_session (f->secrets, "theirs", "top-secret-value", elsewhere);
  models_set_endpoint (f, "theirs", uri, "theirs", 0);
  models_set_endpoint (f, "none", uri, "nowhere-to-be-found", 0);
  for (guint i = 0; i < 2; i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, i == 0 ? "theirs" : "none", FALSE);
      probe_run (f, &probe);
      g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_AUTH);
      g_assert_null (strstr (probe.error->message, "top-secret"));
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 0);
}

/* A server that repeats the key in its error does not get it into a message. */
static void
test_key_hidden (Fixture       *f,
                 gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (f->server, "/v1");
  g_autofree char *origin = misbehaving_server_dup_uri (f->server, "");
  const char *origins[] = { origin, NULL };
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_answer (f->server, PATH, 401, JSON, "{\"error\":{\"message\":\"wrong key top-secret-value\"}}");
  models_set_endpoint (f, "keyed", uri, "mine", 0);
  leyden_secrets_set_session (f->secrets, "mine", "top-secret-value", origins);
  probe_init (&probe, "keyed", FALSE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_AUTH);
  g_assert_null (strstr (probe.error->message, "top-secret-value"));
  g_assert_nonnull (strstr (probe.error->message, "wrong key"));
}

static void
test_l01 (Fixture       *f,
          gconstpointer  data)
{
  static const struct { const char *headers; const char *body; const char *part; } answers[] = {
    { "Content-Type: text/html\r\n", "<h1>Welcome\x1b[2J</h1>", "text/html" },
    { "Content-Type: text/plain\r\n", ANSWER, "text/plain" },
    { JSON, "", "nothing" },
    { JSON, "\xef\xbb\xbf" ANSWER, "no JSON" },
    { NULL, ANSWER, "no type" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    misbehaving_server_add_answer (f->server, PATH, 200, answers[i].headers, answers[i].body);
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, "local", i % 2 == 1);
      probe_run (f, &probe);
      g_test_message ("%s", probe.error != NULL ? probe.error->message : "answer");
      g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL);
      g_assert_true (g_str_has_prefix (probe.error->message, "The server: status 200"));
      g_assert_nonnull (strstr (probe.error->message, answers[i].part));
      g_assert_null (strchr (probe.error->message, '\x1b'));
    }
}

/* Cut off at every byte: an answer only when the server said its end, else an error that holds the partial text. */
static void
test_l10 (Fixture       *f,
          gconstpointer  data)
{
  const char *whole = STREAM;
  gsize length = strlen (whole);
  const char *finish = strstr (whole, "\"finish_reason\"");
  gsize said = (gsize) (strstr (finish, "\n\n") - whole) + 1;
  guint n_answers = 0;

  for (gsize i = 0; i <= length; i++)
    {
      g_autofree char *bytes = g_strdup_printf ("%s%.*s", SSE_HEAD, (int) i, whole);

      misbehaving_server_add_raw (f->server, PATH, bytes, (gssize) (strlen (SSE_HEAD) + i), 0, 0, MISBEHAVE_CLOSE);
    }
  for (gsize i = 0; i <= length; i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, "local", TRUE);
      probe_run (f, &probe);
      if (probe.answer != NULL)
        {
          g_assert_cmpuint (i, >=, said);
          g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "café € 5");
          n_answers++;
        }
      else
        {
          g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_INCOMPLETE);
          g_assert_true (g_str_has_prefix ("café € 5", probe.deltas->str));
          if (probe.deltas->len > 0)
            g_assert_nonnull (strstr (probe.error->message, probe.deltas->str));
        }
    }
  g_assert_cmpuint (n_answers, >, 2);
}

/* The same events in any pieces, with any line ends. */
static void
test_l11_l14 (Fixture       *f,
              gconstpointer  data)
{
  static const char mixed[] = SSE_HEAD ": a comment\r\n\r\nid: 7\r\nevent: x\rretry: 5\r\n\r\n"
                              "data:{\"choices\":[{\"delta\":{\"content\":\"caf\xc3\xa9\"}}]}\r\rdata: {\"choices\":[{\"delta\":{\r\ndata: \"content\":\" x\"},\n"
                              "data: \"finish_reason\":\"stop\"}]}\n\nunknown: y\r\n\r\ndata: [DONE]\r\n\r\n";

  for (guint piece = 1; piece <= 7; piece++)
    {
      g_auto(Probe) probe = { 0 };
      g_autofree char *path = g_strdup_printf ("/%u/chat/completions", piece);
      g_autofree char *base = g_strdup_printf ("/%u", piece);
      g_autofree char *uri = misbehaving_server_dup_uri (f->server, base);

      misbehaving_server_add_raw (f->server, path, mixed, -1, piece, 0, MISBEHAVE_CLOSE);
      models_set_endpoint (f, "pieces", uri, NULL, 0);
      probe_init (&probe, "pieces", TRUE);
      probe_run (f, &probe);
      g_assert_no_error (probe.error);
      g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "café x");
    }
}

static void
test_l14_invalid (Fixture       *f,
                  gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_raw (f->server, PATH, SSE_HEAD CHUNK ("\"content\":\"a\xff" "b\"", ",\"finish_reason\":\"stop\"") "data: [DONE]\n\n", -1, 0, 0,
                              MISBEHAVE_CLOSE);
  probe_init (&probe, "local", TRUE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "a\xef\xbf\xbd" "b");
  g_assert_cmpstr (text_at (probe.answer, "/flags/0"), ==, "invalid_utf8");
}

static void
write_long_line (GOutputStream *out,
                 GCancellable  *stopped,
                 gpointer       data)
{
  g_autofree char *block = g_strnfill (1 << 20, 'x');

  g_output_stream_write_all (out, SSE_HEAD "data: ", strlen (SSE_HEAD "data: "), NULL, stopped, NULL);
  for (guint i = 0; i < 100; i++)
    if (!g_output_stream_write_all (out, block, 1 << 20, NULL, stopped, NULL))
      return;
}

static void
test_l12 (Fixture       *f,
          gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_func (f->server, PATH, write_long_line, NULL);
  probe_init (&probe, "local", TRUE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL);
}

static void
test_l13 (Fixture       *f,
          gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_raw (f->server, PATH, SSE_HEAD CHUNK ("\"content\":\"Half an ans\"", ""), -1, 0, 0, MISBEHAVE_RESET);
  probe_init (&probe, "local", TRUE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_INCOMPLETE);
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 1);
}

static void
test_l15 (Fixture       *f,
          gconstpointer  data)
{
  static const char * const headers[] = {
    JSON, JSON "Retry-After: -1\r\n", JSON "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", JSON "Retry-After: 1000000000\r\n", JSON "Retry-After: soon\r\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_auto(Probe) probe = { 0 };
      g_autofree char *base = g_strdup_printf ("/%" G_GSIZE_FORMAT, i);
      g_autofree char *path = g_strdup_printf ("%s/chat/completions", base);
      g_autofree char *uri = misbehaving_server_dup_uri (f->server, base);

      misbehaving_server_add_answer (f->server, path, 429, headers[i], "{\"error\":{\"message\":\"slow\"}}");
      misbehaving_server_add_answer (f->server, path, 200, JSON, ANSWER);
      models_set_endpoint (f, "slow", uri, NULL, 0);
      probe_init (&probe, "slow", FALSE);
      probe_run (f, &probe);
      g_assert_no_error (probe.error);
      g_assert_cmpuint (probe.waits->len, ==, 1);
      g_assert_cmpstr (g_ptr_array_index (probe.waits, 0), ==, "rate-limit");
      /* One percent of the cap. */
      g_assert_cmpuint (probe.longest_ms, <=, 600);
    }
}

static void
test_rate_limit (Fixture       *f,
                 gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_answer (f->server, PATH, 429, JSON, "{\"error\":{\"message\":\"slow\"}}");
  probe_init (&probe, "local", FALSE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_RATE_LIMIT);
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 4);
}

static void
test_quota (Fixture       *f,
            gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_answer (f->server, PATH, 429, JSON, "{\"error\":{\"message\":\"pay\",\"type\":\"insufficient_quota\"}}");
  probe_init (&probe, "local", TRUE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_QUOTA);
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 1);
}

static void
test_500 (Fixture       *f,
          gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_answer (f->server, PATH, 500, NULL, "oops");
  misbehaving_server_add_answer (f->server, PATH, 503, NULL, "");
  misbehaving_server_add_raw (f->server, PATH, SSE_HEAD STREAM, -1, 0, 0, MISBEHAVE_CLOSE);
  probe_init (&probe, "local", TRUE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpuint (probe.waits->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (probe.waits, 0), ==, "retry");
  g_assert_cmpstr (probe.deltas->str, ==, "café € 5");
}

static void
test_request_error (Fixture       *f,
                    gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_answer (f->server, PATH, 404, JSON, "{\"error\":{\"message\":\"model \\u001b[31mx not found\"}}");
  probe_init (&probe, "local", FALSE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_REQUEST);
  g_assert_nonnull (strstr (probe.error->message, "not found"));
  g_assert_null (strchr (probe.error->message, '\x1b'));
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 1);
}

/* The old name of the limit is learnt once. */
static void
test_old_limit (Fixture       *f,
                gconstpointer  data)
{
  misbehaving_server_add_answer (f->server, PATH, 400, JSON, "{\"error\":{\"message\":\"Unsupported parameter: 'max_completion_tokens'\"}}");
  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  for (guint i = 0; i < 2; i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, "local", FALSE);
      probe_run (f, &probe);
      g_assert_no_error (probe.error);
      g_assert_cmpuint (probe.waits->len, ==, 0);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *request = misbehaving_server_dup_request (f->server, i);

      g_assert_cmpint (strstr (request, "\"max_tokens\":9") != NULL, ==, i > 0);
      g_assert_cmpint (strstr (request, "\"max_completion_tokens\":9") != NULL, ==, i == 0);
    }
}

static void
test_l16_l17 (Fixture       *f,
              gconstpointer  data)
{
  g_autoptr(MisbehavingServer) other = misbehaving_server_new ();
  g_autofree char *there = misbehaving_server_dup_uri (other, PATH);
  g_autofree char *uri = misbehaving_server_dup_uri (f->server, "/v1");
  g_autofree char *here = misbehaving_server_dup_uri (f->server, PATH);
  g_autofree char *origin = misbehaving_server_dup_uri (f->server, "");
  const char *origins[] = { origin, NULL };
  const char *targets[] = { there, there, there, "file:///etc/passwd", here };
  static const guint statuses[] = { 301, 307, 308, 307, 308 };

  misbehaving_server_add_answer (other, PATH, 200, JSON, ANSWER);
  models_set_endpoint (f, "keyed", uri, "mine", 0);
  leyden_secrets_set_session (f->secrets, "mine", "top-secret-value", origins);
  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autofree char *headers = g_strdup_printf ("Location: %s\r\n", targets[i]);

      misbehaving_server_add_answer (f->server, PATH, statuses[i], headers, "");
    }
  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, "keyed", FALSE);
      probe_run (f, &probe);
      g_test_message ("%s", probe.error != NULL ? probe.error->message : "answer");
      g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_REQUEST);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (other), ==, 0);
}

static void
test_l18 (Fixture       *f,
          gconstpointer  data)
{
  /* A body that is too short, a connection reset in the middle: not sent again, the answer had begun. */
  misbehaving_server_add_raw (f->server, PATH, OK_HEAD "Content-Length: 5000\r\n\r\n" ANSWER, -1, 0, 0, MISBEHAVE_CLOSE);
  misbehaving_server_add_raw (f->server, PATH, OK_HEAD "Content-Length: 5000\r\n\r\n{\"choi", -1, 0, 0, MISBEHAVE_RESET);
  misbehaving_server_add_raw (f->server, PATH, OK_HEAD "Content-Length: 20\r\n\r\n" ANSWER, -1, 0, 0, MISBEHAVE_CLOSE);
  for (guint i = 0; i < 3; i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, "local", FALSE);
      probe_run (f, &probe);
      g_test_message ("%s", probe.error != NULL ? probe.error->message : "answer");
      g_assert_error (probe.error, LEYDEN_MODEL_ERROR, (int) (i == 2 ? LEYDEN_MODEL_ERROR_PROTOCOL : LEYDEN_MODEL_ERROR_UNAVAILABLE));
      g_assert_cmpuint (probe.waits->len, ==, 0);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 3);
}

/* Nothing was answered: the call is sent again. */
static void
test_l18_before_answer (Fixture       *f,
                        gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_raw (f->server, PATH, "", 0, 0, 0, MISBEHAVE_RESET);
  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  probe_init (&probe, "local", FALSE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpuint (probe.waits->len, ==, 1);
}

static void
test_l19 (Fixture       *f,
          gconstpointer  data)
{
  g_autoptr(GConverter) zip = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr(GOutputStream) out = g_converter_output_stream_new (memory, zip);
  g_autofree char *zeros = g_strnfill (1 << 20, ' ');
  g_autoptr(GByteArray) answer = g_byte_array_new ();
  g_autofree char *head = NULL;
  g_auto(Probe) probe = { 0 };
  gsize size;

  for (guint i = 0; i < 200; i++)
    g_assert_true (g_output_stream_write_all (out, zeros, 1 << 20, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (out, NULL, NULL));
  size = g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (memory));
  head = g_strdup_printf (OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n", size);
  g_byte_array_append (answer, (const guint8 *) head, (guint) strlen (head));
  g_byte_array_append (answer, g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (memory)), (guint) size);
  misbehaving_server_add_raw (f->server, PATH, (const char *) answer->data, answer->len, 0, 0, MISBEHAVE_CLOSE);
  probe_init (&probe, "local", FALSE);
  probe_run (f, &probe);
  g_test_message ("%s", probe.error != NULL ? probe.error->message : "answer");
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL);
}

static void
test_timeout (Fixture       *f,
              gconstpointer  data)
{
  for (guint i = 0; i < 2; i++)
    {
      g_auto(Probe) probe = { 0 };

      misbehaving_server_add_raw (f->server, PATH, i == 0 ? "" : SSE_HEAD CHUNK ("\"content\":\"x\"", ""), -1, 0, 0, MISBEHAVE_HANG);
      probe_init (&probe, "local", i == 1);
      probe.call.timeout_s = 1;
      probe_run (f, &probe);
      g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE);
      g_assert_nonnull (strstr (probe.error->message, "1 second"));
    }
}

static gboolean
cancel_cb (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

/* While the server says nothing, while waiting to try again, and in the queue. */
static void
test_cancel (Fixture       *f,
             gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (f->server, "/busy");
  g_auto(Probe) first = { 0 };
  g_auto(Probe) queued = { 0 };
  g_auto(Probe) paused = { 0 };
  g_auto(Probe) early = { 0 };

  models_set_endpoint (f, "busy", uri, NULL, 1);
  misbehaving_server_add_raw (f->server, "/busy/chat/completions", "", 0, 0, 0, MISBEHAVE_HANG);
  misbehaving_server_add_answer (f->server, PATH, 503, "Retry-After: 15\r\n", "");
  leyden_models_set_pause_percent (f->models, 100);
  probe_init (&first, "busy", FALSE);
  probe_init (&queued, "busy", TRUE);
  probe_init (&paused, "local", FALSE);
  probe_init (&early, "local", FALSE);
  g_cancellable_cancel (early.cancellable);
  probe_start (f, &first);
  probe_start (f, &queued);
  probe_start (f, &paused);
  probe_start (f, &early);
  probe_wait (&early);
  while (paused.waits->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (queued.cancellable);
  probe_wait (&queued);
  g_assert_false (first.done);
  g_cancellable_cancel (paused.cancellable);
  probe_wait (&paused);
  g_timeout_add (20, cancel_cb, first.cancellable);
  probe_wait (&first);
  g_assert_error (first.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error (queued.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error (paused.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error (early.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static int n_at_once, n_most;

static void
write_slowly (GOutputStream *out,
              GCancellable  *stopped,
              gpointer       data)
{
  g_autofree char *answer = g_strdup_printf (OK_HEAD "Connection: close\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", strlen (ANSWER), ANSWER);

  int now = g_atomic_int_add (&n_at_once, 1) + 1;

  for (int most = g_atomic_int_get (&n_most); now > most; most = g_atomic_int_get (&n_most))
    if (g_atomic_int_compare_and_exchange (&n_most, most, now))
      break;
  g_usleep (20000);
  g_atomic_int_add (&n_at_once, -1);
  g_output_stream_write_all (out, answer, strlen (answer), NULL, stopped, NULL);
}

static void
test_concurrency (Fixture       *f,
                  gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (f->server, "/slow");
  Probe probes[8];

  models_set_endpoint (f, "slow", uri, NULL, 2);
  misbehaving_server_add_func (f->server, "/slow/chat/completions", write_slowly, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      probe_init (&probes[i], "slow", FALSE);
      probe_start (f, &probes[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      probe_wait (&probes[i]);
      g_assert_no_error (probes[i].error);
      probe_clear (&probes[i]);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 8);
  g_assert_cmpint (g_atomic_int_get (&n_most), <=, 2);
}

static void
test_no_server (Fixture       *f,
                gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  models_set_endpoint (f, "gone", "http://127.0.0.1:9/v1", NULL, 0);
  probe_init (&probe, "gone", TRUE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE);
  g_assert_cmpuint (probe.waits->len, ==, 3);
}

static void
test_breaker (Fixture       *f,
              gconstpointer  data)
{
  misbehaving_server_add_answer (f->server, PATH, 500, NULL, "");
  for (guint i = 0; i < 3; i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, "local", FALSE);
      probe_run (f, &probe);
      g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 5);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/models/answer", test_answer);
  ADD ("/models/stream", test_stream);
  ADD ("/models/stream-ignored", test_stream_ignored);
  ADD ("/models/key", test_key);
  ADD ("/models/key-refused", test_key_refused);
  ADD ("/models/key-hidden", test_key_hidden);
  ADD ("/models/rate-limit", test_rate_limit);
  ADD ("/models/quota", test_quota);
  ADD ("/models/500", test_500);
  ADD ("/models/request-error", test_request_error);
  ADD ("/models/old-limit", test_old_limit);
  ADD ("/models/timeout", test_timeout);
  ADD ("/models/cancel", test_cancel);
  ADD ("/models/concurrency", test_concurrency);
  ADD ("/models/no-server", test_no_server);
  ADD ("/models/breaker", test_breaker);
  ADD ("/hostile/L01", test_l01);
  ADD ("/hostile/L10", test_l10);
  ADD ("/hostile/L11-L14", test_l11_l14);
  ADD ("/hostile/L12", test_l12);
  ADD ("/hostile/L13", test_l13);
  ADD ("/hostile/L14", test_l14_invalid);
  ADD ("/hostile/L15", test_l15);
  ADD ("/hostile/L16-L17", test_l16_l17);
  ADD ("/hostile/L18", test_l18);
  ADD ("/hostile/L18-before-answer", test_l18_before_answer);
  ADD ("/hostile/L19", test_l19);
  return g_test_run ();
}
