/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-models.h"

#include "leyden-json.h"
#include "../../src/models/leyden-models-private.h"
#include "misbehaving-server.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define SSE_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define ANSWER "{\"model\":\"m\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}]," \
               "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}"
#define JSON "Content-Type: application/json\r\n"
#define CHUNK(delta, rest) "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" delta "}" rest "}]}\n\n"
#define STREAM CHUNK ("\"role\":\"assistant\",\"content\":\"\"", "") CHUNK ("\"content\":\"caf\xc3\xa9 \"", "") CHUNK ("\"content\":\"\xe2\x82\xac 5\"", "") \
               CHUNK ("", ",\"finish_reason\":\"stop\"") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"
#define PATH "/v1/chat/completions"

typedef struct
{
  MisbehavingServer *server;
  LeydenSecrets     *secrets;
  LeydenModels      *models;
} Fixture;

static void
set_endpoint (Fixture    *f,
              const char *name,
              const char *base_uri,
              const char *secret,
              guint       concurrency)
{
  LeydenEndpoint endpoint = { .name = (char *) name, .title = (char *) "The server", .base_uri = (char *) base_uri, .wire = (char *) "openai",
                              .secret = (char *) secret, .default_model = (char *) "m-default", .concurrency = concurrency };
  g_autoptr(GError) error = NULL;

  leyden_models_set_endpoint (f->models, &endpoint, &error);
  g_assert_no_error (error);
}

static void
fixture_set_up (Fixture       *f,
                gconstpointer  data)
{
  g_autofree char *uri = NULL;

  f->server = misbehaving_server_new ();
  f->secrets = leyden_secrets_new ();
  f->models = leyden_models_new (f->secrets);
  leyden_models_set_pause_percent (f->models, 1);
  uri = misbehaving_server_dup_uri (f->server, "/v1/");
  set_endpoint (f, "local", uri, NULL, 0);
}

static void
fixture_tear_down (Fixture       *f,
                   gconstpointer  data)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (f->models);
  g_assert_finalize_object (f->secrets);
  misbehaving_server_free (f->server);
}

/* One call and what was heard of it. */
typedef struct
{
  LeydenModelCall  call;
  LeydenValue     *body;
  GString         *deltas;
  guint            n_deltas;
  GPtrArray       *waits;
  guint            longest_ms;
  GCancellable    *cancellable;
  gboolean         done;
  LeydenValue     *answer;
  GError          *error;
} Probe;

static void
delta_cb (const char *text,
          gpointer    data)
{
  Probe *probe = data;

  g_assert_false (probe->done);
  g_string_append (probe->deltas, text);
  probe->n_deltas++;
}

static void
waiting_cb (const char *reason,
            guint       ms,
            gpointer    data)
{
  Probe *probe = data;

  g_ptr_array_add (probe->waits, g_strdup (reason));
  probe->longest_ms = MAX (probe->longest_ms, ms);
}

static void
probe_init (Probe      *probe,
            const char *endpoint,
            gboolean    stream)
{
  *probe = (Probe) { 0 };
  probe->body = leyden_json_parse ("{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"max_tokens\":9}", -1, NULL, NULL);
  probe->deltas = g_string_new (NULL);
  probe->waits = g_ptr_array_new_with_free_func (g_free);
  probe->cancellable = g_cancellable_new ();
  probe->call = (LeydenModelCall) { .endpoint = endpoint, .body = probe->body, .world_seed = 42, .stream = stream, .timeout_s = 20,
                                    .delta = delta_cb, .waiting = waiting_cb, .data = probe };
}

static void
probe_clear (Probe *probe)
{
  g_clear_pointer (&probe->body, leyden_value_unref);
  g_string_free (probe->deltas, TRUE);
  g_ptr_array_unref (probe->waits);
  g_object_unref (probe->cancellable);
  g_clear_pointer (&probe->answer, leyden_value_unref);
  g_clear_error (&probe->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Probe, probe_clear)

static void
done_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Probe *probe = data;

  probe->answer = leyden_model_transport_send_finish (LEYDEN_MODEL_TRANSPORT (object), result, &probe->error);
  probe->done = TRUE;
}

static void
start (Fixture *f,
       Probe   *probe)
{
  leyden_model_transport_send_async (LEYDEN_MODEL_TRANSPORT (f->models), &probe->call, probe->cancellable, done_cb, probe);
}

static void
wait_for (Probe *probe)
{
  while (!probe->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
run (Fixture *f,
     Probe   *probe)
{
  start (f, probe);
  wait_for (probe);
}

static const char *
text_at (LeydenValue *value,
         const char  *pointer)
{
  return leyden_value_get_string (leyden_value_lookup_pointer (value, pointer), NULL);
}

static void
test_answer (Fixture       *f,
             gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };
  g_autofree char *request = NULL;

  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  probe_init (&probe, "local", FALSE);
  run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "hi");
  g_assert_cmpstr (text_at (probe.answer, "/endpoint"), ==, "local");
  g_assert_false (leyden_value_get_member_boolean (probe.answer, "simulated", TRUE));
  g_assert_cmpfloat (leyden_value_get_member_double (probe.answer, "latency_ms", -1), >=, 0);
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
  run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "café € 5");
  g_assert_cmpstr (probe.deltas->str, ==, "café € 5");
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
  run (f, &probe);
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
  set_endpoint (f, "keyed", uri, "mine", 0);
  leyden_secrets_set_session (f->secrets, "mine", "top-secret-value", origins);
  probe_init (&probe, "keyed", FALSE);
  run (f, &probe);
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
  set_endpoint (f, "theirs", uri, "theirs", 0);
  set_endpoint (f, "none", uri, "nowhere-to-be-found", 0);
  for (guint i = 0; i < 2; i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, i == 0 ? "theirs" : "none", FALSE);
      run (f, &probe);
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
  set_endpoint (f, "keyed", uri, "mine", 0);
  leyden_secrets_set_session (f->secrets, "mine", "top-secret-value", origins);
  probe_init (&probe, "keyed", FALSE);
  run (f, &probe);
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
      run (f, &probe);
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
      run (f, &probe);
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
      set_endpoint (f, "pieces", uri, NULL, 0);
      probe_init (&probe, "pieces", TRUE);
      run (f, &probe);
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
  run (f, &probe);
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
  run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL);
}

static void
test_l13 (Fixture       *f,
          gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_raw (f->server, PATH, SSE_HEAD CHUNK ("\"content\":\"Half an ans\"", ""), -1, 0, 0, MISBEHAVE_RESET);
  probe_init (&probe, "local", TRUE);
  run (f, &probe);
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
      set_endpoint (f, "slow", uri, NULL, 0);
      probe_init (&probe, "slow", FALSE);
      run (f, &probe);
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
  run (f, &probe);
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
  run (f, &probe);
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
  run (f, &probe);
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
  run (f, &probe);
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
      run (f, &probe);
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
  set_endpoint (f, "keyed", uri, "mine", 0);
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
      run (f, &probe);
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
      run (f, &probe);
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
  run (f, &probe);
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
  run (f, &probe);
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
      run (f, &probe);
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

  set_endpoint (f, "busy", uri, NULL, 1);
  misbehaving_server_add_raw (f->server, "/busy/chat/completions", "", 0, 0, 0, MISBEHAVE_HANG);
  misbehaving_server_add_answer (f->server, PATH, 503, "Retry-After: 15\r\n", "");
  leyden_models_set_pause_percent (f->models, 100);
  probe_init (&first, "busy", FALSE);
  probe_init (&queued, "busy", TRUE);
  probe_init (&paused, "local", FALSE);
  probe_init (&early, "local", FALSE);
  g_cancellable_cancel (early.cancellable);
  start (f, &first);
  start (f, &queued);
  start (f, &paused);
  start (f, &early);
  wait_for (&early);
  while (paused.waits->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (queued.cancellable);
  wait_for (&queued);
  g_assert_false (first.done);
  g_cancellable_cancel (paused.cancellable);
  wait_for (&paused);
  g_timeout_add (20, cancel_cb, first.cancellable);
  wait_for (&first);
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

  set_endpoint (f, "slow", uri, NULL, 2);
  misbehaving_server_add_func (f->server, "/slow/chat/completions", write_slowly, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      probe_init (&probes[i], "slow", FALSE);
      start (f, &probes[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      wait_for (&probes[i]);
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

  set_endpoint (f, "gone", "http://127.0.0.1:9/v1", NULL, 0);
  probe_init (&probe, "gone", TRUE);
  run (f, &probe);
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
      run (f, &probe);
      g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 5);
}

static void
test_unknown_endpoint (Fixture       *f,
                       gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  probe_init (&probe, "nowhere\x1b", FALSE);
  run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  g_assert_null (strchr (probe.error->message, '\x1b'));
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Probe *probe = data;

  probe->answer = leyden_models_list_models_finish (LEYDEN_MODELS (object), result, &probe->error);
  probe->done = TRUE;
}

static void
test_list_models (Fixture       *f,
                  gconstpointer  data)
{
  static const struct { const char *endpoint; const char *body; const char *first; } lists[] = {
    { "local", "{\"object\":\"list\",\"data\":[{\"id\":\"a\",\"x\":1},{\"id\":7},{\"id\":\"b\"}]}", "a" },
    { "local", "{\"models\":[{\"name\":\"llama\"}]}", "llama" },
    { "local", "[{\"id\":\"z\"}]", "z" },
    { "local", "<html>", NULL },
    { "simulated", NULL, "leyden-sim-small" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    if (lists[i].body != NULL)
      misbehaving_server_add_answer (f->server, "/v1/models", 200, JSON, lists[i].body);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, lists[i].endpoint, FALSE);
      leyden_models_list_models_async (f->models, lists[i].endpoint, NULL, listed_cb, &probe);
      wait_for (&probe);
      if (lists[i].first == NULL)
        g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL);
      else
        {
          g_assert_no_error (probe.error);
          g_assert_cmpstr (text_at (probe.answer, "/0/id"), ==, lists[i].first);
        }
    }
}

static void
probed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Probe *probe = data;

  probe->answer = leyden_models_probe_finish (LEYDEN_MODELS (object), result, &probe->error);
  probe->done = TRUE;
}

/* One port with models, one with something else, one that hangs, one where nothing listens. */
static void
test_probe (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr(MisbehavingServer) other = misbehaving_server_new ();
  g_autoptr(MisbehavingServer) hanging = misbehaving_server_new ();
  guint16 ports[] = { 9, misbehaving_server_get_port (other), misbehaving_server_get_port (hanging), misbehaving_server_get_port (f->server), 0 };
  g_auto(Probe) probe = { 0 };
  g_autoptr(LeydenEndpoint) endpoint = NULL;

  misbehaving_server_add_answer (f->server, "/v1/models", 200, JSON, "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
  misbehaving_server_add_answer (other, "/v1/models", 200, "Content-Type: text/html\r\n", "<h1>A camera</h1>");
  misbehaving_server_add_raw (hanging, "/v1/models", "", 0, 0, 0, MISBEHAVE_HANG);
  leyden_models_set_probe_ports (f->models, ports);
  probe_init (&probe, "local", FALSE);
  leyden_models_probe_async (f->models, NULL, probed_cb, &probe);
  wait_for (&probe);
  g_assert_no_error (probe.error);
  g_assert_cmpuint (leyden_value_get_size (probe.answer), ==, 1);
  g_assert_cmpstr (text_at (probe.answer, "/0/models/1"), ==, "b");
  endpoint = leyden_endpoint_from_value (leyden_value_lookup_pointer (probe.answer, "/0/endpoint"), &probe.error);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (endpoint->default_model, ==, "a");
}

static void
test_registry (Fixture       *f,
               gconstpointer  data)
{
  g_autoptr(GPtrArray) names = NULL;
  LeydenEndpoint simulated = { .name = (char *) "simulated", .base_uri = (char *) "http://h/", .wire = (char *) "openai" };
  g_autoptr(GError) error = NULL;

  set_endpoint (f, "another", "http://h/v1", NULL, 0);
  names = leyden_models_list_endpoints (f->models);
  g_assert_cmpuint (names->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (names, 0), ==, "simulated");
  g_assert_cmpstr (g_ptr_array_index (names, 1), ==, "another");
  g_assert_false (leyden_models_set_endpoint (f->models, &simulated, &error));
  g_assert_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  g_assert_false (leyden_models_remove_endpoint (f->models, "simulated"));
  g_assert_cmpstr (leyden_models_get_default_endpoint (f->models), ==, "simulated");
  g_assert_cmpstr (leyden_models_get_default_model (f->models), ==, "leyden-sim-medium");
  leyden_models_set_default (f->models, "another", NULL);
  g_assert_cmpstr (leyden_models_get_default_model (f->models), ==, "m-default");
  leyden_models_set_default (f->models, "another", "other");
  g_assert_cmpstr (leyden_models_get_default_model (f->models), ==, "other");
  g_assert_true (leyden_models_remove_endpoint (f->models, "another"));
  g_assert_cmpstr (leyden_models_get_default_endpoint (f->models), ==, "simulated");
}

#define PROBLEM "{\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"Step by step. Write the last line with the number: What is 25% of 80?\"}]}"

static void
set_problem (Probe *probe)
{
  g_clear_pointer (&probe->body, leyden_value_unref);
  probe->body = leyden_json_parse (PROBLEM, -1, NULL, NULL);
  probe->call.body = probe->body;
}

/* The same answer at any pace; only how it arrives differs. */
static void
test_simulated (Fixture       *f,
                gconstpointer  data)
{
  static const double scales[] = { 0.0, 0.005 };
  g_autoptr(LeydenValue) first = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (scales); i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, NULL, TRUE);
      set_problem (&probe);
      probe.call.time_scale = scales[i];
      start (f, &probe);
      g_assert_false (probe.done);
      wait_for (&probe);
      g_assert_no_error (probe.error);
      g_assert_true (leyden_value_get_member_boolean (probe.answer, "simulated", FALSE));
      g_assert_cmpstr (text_at (probe.answer, "/endpoint"), ==, "simulated");
      g_assert_cmpstr (text_at (probe.answer, "/model"), ==, "leyden-sim-medium");
      g_assert_cmpstr (text_at (probe.answer, "/currency"), ==, "sim credits");
      g_assert_cmpfloat (leyden_value_get_member_double (probe.answer, "latency_ms", 0), >, 100);
      g_assert_cmpstr (probe.deltas->str, ==, text_at (probe.answer, "/message/content"));
      if (i == 0)
        first = leyden_value_ref (probe.answer);
      else
        {
          g_assert_true (leyden_value_equal (first, probe.answer));
          g_assert_cmpuint (probe.n_deltas, >, 2);
        }
    }
}

static void
test_simulated_free (Fixture       *f,
                     gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  probe_init (&probe, "simulated", FALSE);
  run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/error_kind"), ==, "not_simulated");
  g_assert_cmpuint (probe.n_deltas, ==, 0);
}

static void
test_simulated_error (Fixture       *f,
                      gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  probe_init (&probe, "simulated", FALSE);
  g_clear_pointer (&probe.body, leyden_value_unref);
  probe.body = leyden_json_parse ("{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", -1, NULL, NULL);
  probe.call.body = probe.body;
  run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_REQUEST);
}

static void
test_simulated_cancel (Fixture       *f,
                       gconstpointer  data)
{
  Probe probes[40];

  for (gsize i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      probe_init (&probes[i], "simulated", TRUE);
      set_problem (&probes[i]);
      probes[i].call.time_scale = i == 0 ? 0.0 : 1000.0;
      start (f, &probes[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      g_cancellable_cancel (probes[i].cancellable);
      wait_for (&probes[i]);
      g_assert_error (probes[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpuint (probes[i].n_deltas, ==, 0);
      probe_clear (&probes[i]);
    }
}

/* A resolver that knows one name, which stands for a link-local address. */
#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)
struct _TestResolver
{
  GResolver parent_instance;
};
G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
test_resolver_lookup_async (GResolver           *resolver,
                            const char          *name,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, callback, data);

  g_task_return_pointer (task, g_list_append (NULL, g_inet_address_new_from_string ("169.254.169.254")), NULL);
}

static GList *
test_resolver_lookup_finish (GResolver     *resolver,
                             GAsyncResult  *result,
                             GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = test_resolver_lookup_async;
  G_RESOLVER_CLASS (klass)->lookup_by_name_finish = test_resolver_lookup_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

static void
test_a34_by_name (Fixture       *f,
                  gconstpointer  data)
{
  g_autoptr(GResolver) before = g_resolver_get_default ();
  g_autoptr(GResolver) resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_auto(Probe) probe = { 0 };
  g_auto(Probe) list = { 0 };

  g_resolver_set_default (resolver);
  set_endpoint (f, "metadata", "http://metadata.example/v1", NULL, 0);
  probe_init (&probe, "metadata", FALSE);
  run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  probe_init (&list, "metadata", FALSE);
  leyden_models_list_models_async (f->models, "metadata", NULL, listed_cb, &list);
  wait_for (&list);
  g_assert_error (list.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  g_resolver_set_default (before);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

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
  ADD ("/models/unknown-endpoint", test_unknown_endpoint);
  ADD ("/models/list-models", test_list_models);
  ADD ("/models/probe", test_probe);
  ADD ("/models/registry", test_registry);
  ADD ("/models/simulated", test_simulated);
  ADD ("/models/simulated-free", test_simulated_free);
  ADD ("/models/simulated-error", test_simulated_error);
  ADD ("/models/simulated-cancel", test_simulated_cancel);
  ADD ("/hostile/A34-by-name", test_a34_by_name);
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
