/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether an endpoint returns what a trainer needs, asked of servers of every kind. */
#include "models-fixture.h"

#include "../../src/models/leyden-model-preflight.h"

static void
judged_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Probe *probe = data;

  probe->answer = leyden_models_preflight_finish (LEYDEN_MODELS (object), result, &probe->error);
  probe->done = TRUE;
}

static LeydenValue *
judge (Fixture    *f,
       const char *endpoint,
       const char *key)
{
  g_auto(Probe) probe = { 0 };

  probe_init (&probe, endpoint, FALSE);
  leyden_models_preflight_async (f->models, leyden_models_get_endpoint (f->models, endpoint), NULL, key, NULL, judged_cb, &probe);
  probe_wait (&probe);
  g_assert_no_error (probe.error);
  return g_steal_pointer (&probe.answer);
}

/* What one answer has in it. */
static void
test_facts (void)
{
  static const struct { const char *answer, *verdict; guint n_prompt, n_tokens; int n_log_probs; } cases[] = {
    { "{\"prompt_token_ids\":[1,2],\"choices\":[{\"token_ids\":[7,8],\"logprobs\":{\"content\":[{\"logprob\":-1},{\"logprob\":-2}]}}]}", "ready", 2, 2, 2 },
    { "{\"choices\":[{\"prompt_token_ids\":[1],\"token_ids\":[7],\"logprobs\":{\"token_logprobs\":[-1]}}]}", "ready", 1, 1, 1 },
    { "{\"prompt_token_ids\":[1],\"choices\":[{\"token_ids\":[7,8],\"logprobs\":{\"content\":[{\"logprob\":-1}]}}]}", "no-log-probs", 1, 2, 1 },
    { "{\"prompt_token_ids\":[1],\"choices\":[{\"token_ids\":[7,8],\"logprobs\":{\"content\":[{\"logprob\":-1},{\"logprob\":null}]}}]}", "no-log-probs", 1, 2, -1 },
    { "{\"prompt_token_ids\":[1],\"choices\":[{\"token_ids\":[7,8]}]}", "no-log-probs", 1, 2, -1 },
    { "{\"prompt_token_ids\":[1],\"choices\":[{\"token_ids\":null}]}", "no-token-ids", 1, 0, -1 },
    { "{\"choices\":[{\"token_ids\":[7]}]}", "no-token-ids", 0, 1, -1 },
    { "{\"prompt_token_ids\":[1],\"choices\":[{\"token_ids\":[7,\"8\"]}]}", "no-token-ids", 1, 0, -1 },
    { "{\"choices\":[{\"message\":{}}]}", "no-token-ids", 0, 0, -1 },
    { "{\"choices\":[]}", "refused", 0, 0, -1 },
    { "{\"choices\":{\"a\":1}}", "refused", 0, 0, -1 },
    { "[1]", "refused", 0, 0, -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) answer = leyden_json_parse (cases[i].answer, -1, NULL, NULL);
      LeydenPreflightFacts facts;

      leyden_preflight_read (answer, &facts);
      g_assert_cmpuint (facts.n_prompt, ==, cases[i].n_prompt);
      g_assert_cmpuint (facts.n_tokens, ==, cases[i].n_tokens);
      g_assert_cmpint (facts.n_log_probs, ==, cases[i].n_log_probs);
      g_assert_cmpstr (leyden_preflight_verdict (&facts), ==, cases[i].verdict);
    }
}

#define PATH "/v1/chat/completions"
#define READY "{\"prompt_token_ids\":[1],\"choices\":[{\"message\":{\"content\":\"4\"},\"token_ids\":[7],\"logprobs\":{\"content\":[{\"logprob\":-1}]}}]}"
#define PLAIN "{\"choices\":[{\"message\":{\"content\":\"4\"}}]}"

/* It is asked as the proxy asks, with the key. */
static void
test_ready (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) found = NULL;
  g_autofree char *request = NULL;

  misbehaving_server_add_answer (f->server, PATH, 200, JSON, READY);
  found = judge (f, "local", "sk-preflight");
  g_assert_cmpstr (text_at (found, "/verdict"), ==, "ready");
  g_assert_true (leyden_value_get_member_boolean (found, "token_ids", FALSE));
  request = misbehaving_server_dup_request (f->server, 0);
  g_assert_nonnull (strstr (request, "\"return_token_ids\":true"));
  g_assert_nonnull (strstr (request, "\"logprobs\":true"));
  g_assert_nonnull (strstr (request, "Bearer sk-preflight"));
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 1);
}

/* A server that does not know the field is asked once more without it. */
static void
test_refused_field (Fixture       *f,
                    gconstpointer  data)
{
  g_autoptr(LeydenValue) found = NULL;
  g_autofree char *second = NULL;

  misbehaving_server_add_answer (f->server, PATH, 400, JSON, "{\"error\":{\"message\":\"Unrecognized request argument: return_token_ids\"}}");
  misbehaving_server_add_answer (f->server, PATH, 200, JSON, PLAIN);
  found = judge (f, "local", NULL);
  g_assert_cmpstr (text_at (found, "/verdict"), ==, "no-token-ids");
  g_assert_nonnull (strstr (text_at (found, "/refusal"), "return_token_ids"));
  second = misbehaving_server_dup_request (f->server, 1);
  g_assert_null (strstr (second, "return_token_ids"));
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 2);
}

static void
test_others (Fixture       *f,
             gconstpointer  data)
{
  static const struct { guint status; const char *headers, *body, *verdict; } cases[] = {
    { 200, JSON, PLAIN, "no-token-ids" },
    { 401, JSON, "{\"error\":{\"message\":\"no such key\"}}", "refused" },
    { 404, JSON, "{}", "refused" },
    { 500, JSON, "boom", "refused" },
    { 200, "Content-Type: text/html\r\n", "<h1>A camera</h1>", "refused" },
    { 200, JSON, "{\"choices\":[]}", "refused" },
    { 200, JSON, "", "refused" },
    { 302, "Location: http://169.254.169.254/\r\n", "", "refused" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    misbehaving_server_add_answer (f->server, PATH, cases[i].status, cases[i].headers, cases[i].body);
  misbehaving_server_add_raw (f->server, PATH, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", -1, 0, 0, MISBEHAVE_RESET);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) found = judge (f, "local", NULL);

      g_assert_cmpstr (text_at (found, "/verdict"), ==, cases[i].verdict);
      g_assert_cmpint (leyden_value_get_member_int (found, "status", 0), ==, cases[i].status);
      g_assert_cmpstr (text_at (found, "/detail"), !=, "");
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, G_N_ELEMENTS (cases));
  {
    g_autoptr(LeydenValue) broken = judge (f, "local", NULL);

    g_assert_cmpstr (text_at (broken, "/verdict"), ==, "unreachable");
  }
}

/* The built-in model returns both; nothing is sent anywhere. */
static void
test_simulated (Fixture       *f,
                gconstpointer  data)
{
  g_autoptr(LeydenValue) found = judge (f, "simulated", NULL);

  g_assert_cmpstr (text_at (found, "/verdict"), ==, "ready");
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/models/preflight/facts", test_facts);
  ADD ("/models/preflight/ready", test_ready);
  ADD ("/models/preflight/refused-field", test_refused_field);
  ADD ("/models/preflight/others", test_others);
  ADD ("/models/preflight/simulated", test_simulated);
  return g_test_run ();
}
