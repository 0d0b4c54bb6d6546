/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events, the trainer's view of them, and the registry of models. */
#include "agl-helpers.h"

#include <signal.h>
#include <string.h>

#include "leyden-json.h"

#define R "/api/rollouts"
#define E(attempt) R "/r/attempt/" attempt "/events"
#define EVENT(type, attempt, data) "{\"event_type\":\"" type "\",\"rollout_id\":\"r\",\"attempt_id\":\"" attempt "\",\"timestamp\":0,\"data\":" data "}"
#define MAKE { "POST", R, "[{\"input\":1,\"rollout_id\":\"r\"}]", 201, NULL }

static void
test_post (Agl           *fixture,
           gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", E ("0"), "{\"event_type\":\"x\"}", 404, "{\"detail\":\"Rollout not found: r\"}" },
    { "GET", R "/r/events", NULL, 404, "{\"detail\":\"Rollout not found: r\"}" },
    MAKE,
    { "GET", R "/r/events", NULL, 200, "[]" },
    { "POST", E ("0"), "{\"event_type\":\"x\",\"timestamp\":5,\"attempt_id\":\"9\"}", 200, EVENT ("x", "0", "{}") },
    { "POST", E ("0"), "{\"event_type\":\"\",\"data\":{\"b\":1e3,\"a\":null}}", 200, EVENT ("", "0", "{\"b\":1000.0,\"a\":null}") },
    { "POST", E ("a%20b"), "{\"event_type\":\"y\"}", 200, EVENT ("y", "a b", "{}") },
    { "POST", E ("0"), "{\"event_type\":\"x\",\"data\":{\"n\":2}}", 200, NULL },
    { "GET", R "/r/events", NULL, 200, "[" EVENT ("x", "0", "{}") "," EVENT ("", "0", "{\"b\":1000.0,\"a\":null}") "," EVENT ("x", "0", "{\"n\":2}") "]" },
    { "GET", R "/r/events?event_type=x&format=other", NULL, 200, "[" EVENT ("x", "0", "{}") "," EVENT ("x", "0", "{\"n\":2}") "]" },
    { "GET", R "/r/events?event_type=", NULL, 200, "[" EVENT ("", "0", "{\"b\":1000.0,\"a\":null}") "]" },
    { "GET", R "/r/events?event_type=none", NULL, 200, "[]" },
    /* After the end, too. */
    { "PATCH", R "/r", "{\"status\":{\"state\":\"failed\"}}", 200, NULL },
    { "POST", E ("0"), "{\"event_type\":\"late\"}", 200, EVENT ("late", "0", "{}") },
    { "DELETE", R "/r", NULL, 204, NULL },
    { "GET", R "/r/events", NULL, 404, NULL },
    { "POST", E ("0"), "{\"event_type\":\"x\"}", 404, NULL },
    MAKE,
    { "GET", R "/r/events", NULL, 200, "[]" },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

/* The attempt that is shown follows last_attempt_id; those with events stand in the order of their first. */
static void
test_attempts (Agl           *fixture,
               gconstpointer  data)
{
  static const AglCase cases[] = {
    MAKE,
    { "POST", E ("2"), "{\"event_type\":\"two\"}", 200, NULL },
    { "POST", E ("0"), "{\"event_type\":\"zero\"}", 200, NULL },
    { "POST", E ("2"), "{\"event_type\":\"again\"}", 200, NULL },
    { "POST", E ("1"), "{\"event_type\":\"one\"}", 200, NULL },
    { "GET", R "/r", NULL, 200, "…\"attempts\":[\"2\",\"0\",\"1\"]}" },
    { "GET", R "/r/events", NULL, 200, "[" EVENT ("zero", "0", "{}") "]" },
    { "PATCH", R "/r", "{\"status\":{\"last_attempt_id\":\"2\"}}", 200, NULL },
    { "GET", R "/r/events", NULL, 200, "[" EVENT ("two", "2", "{}") "," EVENT ("again", "2", "{}") "]" },
    { "PATCH", R "/r", "{\"status\":{\"last_attempt_id\":\"\"}}", 200, NULL },
    { "GET", R "/r/events", NULL, 200, "[" EVENT ("zero", "0", "{}") "]" },
    { "PATCH", R "/r", "{\"status\":{\"last_attempt_id\":\"7\"}}", 200, NULL },
    { "GET", R "/r/events", NULL, 200, "[]" },
    { "PATCH", R "/r", "{\"status\":{\"last_attempt_id\":null}}", 200, NULL },
    { "GET", R "/r/events?event_type=zero", NULL, 200, "[" EVENT ("zero", "0", "{}") "]" },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_invalid (Agl           *fixture,
              gconstpointer  data)
{
#define BAD(type, loc, msg, input) "{\"detail\":[{\"type\":\"" type "\",\"loc\":[\"body\"" loc "],\"msg\":\"" msg "\",\"input\":" input "}]}"
  static const AglCase cases[] = {
    MAKE,
    { "POST", E ("0"), NULL, 422, BAD ("missing", "", "Field required", "null") },
    { "POST", E ("0"), "[]", 422, BAD ("model_attributes_type", "", "Input should be a valid dictionary or object to extract fields from", "[]") },
    { "POST", E ("0"), "{}", 422, BAD ("missing", ",\"event_type\"", "Field required", "{}") },
    { "POST", E ("0"), "{\"event_type\":1}", 422, BAD ("string_type", ",\"event_type\"", "Input should be a valid string", "1") },
    { "POST", E ("0"), "{\"event_type\":\"x\",\"data\":null}", 422, BAD ("dict_type", ",\"data\"", "Input should be a valid dictionary", "null") },
    { "POST", E ("0"), "{\"event_type\":\"x\",\"data\":[1]}", 422, BAD ("dict_type", ",\"data\"", "Input should be a valid dictionary", "[1]") },
    { "POST", R "/none/attempt/0/events", "{}", 422, NULL },
    { "GET", R "/r/events", NULL, 200, "[]" },
    { "POST", "/api/models", NULL, 422, BAD ("missing", "", "Field required", "null") },
    { "POST", "/api/models", "{}", 422, BAD ("list_type", "", "Input should be a valid list", "{}") },
    { "POST", "/api/models", "[{\"model\":\"m\"}]", 422, BAD ("missing", ",0,\"endpoint\"", "Field required", "{\"model\":\"m\"}") },
    { "POST", "/api/models", "[{\"model\":\"m\",\"endpoint\":\"\",\"version\":null}]", 422, BAD ("int_type", ",0,\"version\"", "Input should be a valid integer", "null") },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

/* ---- Triplets ---- */

/* One event's data, and what the trainer sees of it. */
static void
test_triplet (Agl           *fixture,
              gconstpointer  data)
{
#define NO_SERVER "\"server\":{\"model\":null,\"version\":null}"
#define CALL(prompt, response, probs, rest) "{\"prompt_token_ids\":" prompt ",\"response_token_ids\":" response ",\"response_log_probs\":" probs "," rest "}"
  static const struct { const char *type, *in, *out; } cases[] = {
    { "reward", "{\"value\":1.0,\"message\":\"m\"}", "{\"value\":1.0}" },
    { "reward", "{\"source\":null,\"reason\":\"r\",\"x\":1}", "{\"value\":null,\"source\":null,\"reason\":\"r\"}" },
    { "other", "{\"response\":{}}", "{\"response\":{}}" },
    { "model_request", "{}", CALL ("[]", "[]", "null", NO_SERVER) },
    { "model_request",
      "{\"response\":{\"prompt_token_ids\":[1,2],\"choices\":[{\"token_ids\":[7,8],\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-0.5},{\"logprob\":-0.25}]}},"
      "{\"token_ids\":[9]}],\"usage\":{}},\"server\":{\"model\":\"m\",\"endpoint\":\"http://x\",\"version\":3},\"http_status\":200,\"status\":\"ok\",\"latency_ms\":1.0}",
      CALL ("[1,2]", "[7,8]", "[-0.5,-0.25]", "\"server\":{\"model\":\"m\",\"version\":3},\"http_status\":200,\"status\":\"ok\"") },
    { "model_request", "{\"response\":{\"prompt_token_ids\":null,\"choices\":[{\"prompt_token_ids\":[4],\"token_ids\":null}]}}", CALL ("[4]", "null", "null", NO_SERVER) },
    { "model_request", "{\"response\":{\"prompt_token_ids\":false,\"choices\":[{\"prompt_token_ids\":[4]}]}}", CALL ("[4]", "[]", "null", NO_SERVER) },
    { "model_request", "{\"response\":{\"prompt_token_ids\":[],\"choices\":[{}]}}", CALL ("[]", "[]", "null", NO_SERVER) },
    { "model_request", "{\"response\":{\"prompt_token_ids\":[3],\"choices\":[]}}", CALL ("[3]", "[]", "null", NO_SERVER) },
    { "model_request", "{\"response\":{\"prompt_token_ids\":\"s\",\"choices\":[{\"token_ids\":\"t\"}]}}", CALL ("\"s\"", "\"t\"", "null", NO_SERVER) },
    /* Chunks of a stream. */
    { "model_request", "{\"response\":[{\"prompt_token_ids\":[]},{\"prompt_token_ids\":[1],\"choices\":[{\"token_ids\":[2]}]},3,{\"prompt_token_ids\":[9],\"choices\":[{\"token_ids\":[4,5]}]}]}",
      CALL ("[1]", "[2,4,5]", "null", NO_SERVER) },
    { "model_request", "{\"response\":\"text\"}", CALL ("[]", "[]", "null", NO_SERVER) },
    /* Log probabilities. */
    { "model_request", "{\"response\":{\"choices\":[{\"logprobs\":{\"token_logprobs\":[-1,\" -2.5 \",true,\"1_0\"]}}]}}", CALL ("[]", "[]", "[-1.0,-2.5,1.0,10.0]", NO_SERVER) },
    { "model_request", "{\"response\":{\"choices\":[{\"logprobs\":{\"content\":[]}}]}}", CALL ("[]", "[]", "[]", NO_SERVER) },
    { "model_request", "{\"response\":{\"choices\":[{\"logprobs\":{\"content\":[{\"logprob\":-1},{}],\"token_logprobs\":[1]}}]}}", CALL ("[]", "[]", "null", NO_SERVER) },
    { "model_request", "{\"response\":{\"choices\":[{\"logprobs\":{\"token_logprobs\":[-1,null]}}]}}", CALL ("[]", "[]", "null", NO_SERVER) },
    { "model_request", "{\"response\":{\"choices\":[{\"logprobs\":{\"token_logprobs\":[\"inf\"]}}]}}", CALL ("[]", "[]", "null", NO_SERVER) },
    { "model_request", "{\"response\":{\"choices\":[{\"logprobs\":[1]}]}}", CALL ("[]", "[]", "null", NO_SERVER) },
    /* Errors, and what the original fails on. */
    { "model_request", "{\"response\":{\"error\":null},\"http_status\":null,\"status\":\"error\"}", CALL ("[]", "[]", "null", NO_SERVER ",\"http_status\":null,\"status\":\"error\",\"error\":null") },
    { "model_request", "{\"server\":null,\"response\":{\"choices\":{\"a\":1}}}", CALL ("[]", "[]", "null", NO_SERVER) },
    { "model_request", "{\"server\":[],\"response\":{\"choices\":[1]}}", CALL ("[]", "[]", "null", NO_SERVER) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *make = g_strdup_printf ("[{\"input\":1,\"rollout_id\":\"r%zu\"}]", i);
      g_autofree char *post = g_strdup_printf (R "/r%zu/attempt/0/events", i);
      g_autofree char *get = g_strdup_printf (R "/r%zu/events?format=triplet", i);
      g_autofree char *body = g_strdup_printf ("{\"event_type\":\"%s\",\"data\":%s}", cases[i].type, cases[i].in);
      g_autofree char *expected = g_strdup_printf ("[{\"event_type\":\"%s\",\"rollout_id\":\"r%zu\",\"attempt_id\":\"0\",\"timestamp\":0,\"data\":%s}]",
                                                   cases[i].type, i, cases[i].out);

      agl_expect (fixture, "POST", R, make, 201, NULL);
      agl_expect (fixture, "POST", post, body, 200, NULL);
      agl_expect (fixture, "GET", get, NULL, 200, expected);
    }
}

static char *
list_responses (Agl        *fixture,
                const char *path)
{
  g_autofree char *answer = agl_ask (fixture, "GET", path, NULL, NULL);
  g_autoptr(LeydenValue) list = leyden_json_parse (answer, -1, NULL, NULL);
  g_autoptr(GString) out = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *event = leyden_value_get_item (list, i);
      LeydenValue *ids = leyden_value_lookup_pointer (event, "/data/response_token_ids");
      g_autofree char *text = ids != NULL ? leyden_json_write (ids, LEYDEN_JSON_COMPACT) : g_strdup ("reward");

      g_string_append_printf (out, "%s ", text);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Of calls with the same prompt the last stays, at its own place; those without ids are one prompt. */
static void
test_dedupe (Agl           *fixture,
             gconstpointer  data)
{
#define M(prompt, response) { "POST", E ("0"), "{\"event_type\":\"model_request\",\"data\":{\"response\":{\"prompt_token_ids\":" prompt ",\"choices\":[{\"token_ids\":" response "}]}}}", 200, NULL }
  static const AglCase cases[] = {
    MAKE,
    M ("[1,2]", "[10]"),
    { "POST", E ("0"), "{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}", 200, NULL },
    M ("[3,4]", "[20]"), M ("[1,2]", "[30]"), M ("null", "[40]"), M ("\"s\"", "[50]"), M ("[]", "[60]"), M ("[1.0,2]", "[70]"),
    M ("[true,2]", "[80]"), M ("[12]", "[90]"), M ("[\"1\",2]", "[91]"),
  };
  g_autofree char *triplets = NULL;
  g_autofree char *all = NULL;

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
  triplets = list_responses (fixture, R "/r/events?format=triplet");
  g_assert_cmpstr (triplets, ==, "reward [20] [60] [80] [90] [91] ");
  all = agl_ask (fixture, "GET", R "/r/events", NULL, NULL);
  g_assert_nonnull (strstr (all, "[1.0,2]"));
  g_free (g_steal_pointer (&triplets));
  triplets = list_responses (fixture, R "/r/events?format=triplet&event_type=model_request");
  g_assert_cmpstr (triplets, ==, "[20] [60] [80] [90] [91] ");
}

/* ---- Models ---- */

static void
test_models (Agl           *fixture,
             gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", "/api/models", "[]", 201, "[]" },
    { "POST", "/api/models", "[{\"model\":\"m\",\"endpoint\":\"http://127.0.0.1:8000/v1\"},{\"model\":\"m\",\"endpoint\":\"http://127.0.0.1:8000/v1\",\"version\":\"2\",\"x\":1}]", 201,
      "[{\"model\":\"m\",\"endpoint\":\"http://127.0.0.1:8000/v1\",\"version\":0},{\"model\":\"m\",\"endpoint\":\"http://127.0.0.1:8000/v1\",\"version\":2}]" },
    { "POST", "/api/models", "[{\"model\":\"\",\"endpoint\":\"\"},{\"model\":\"a\",\"endpoint\":\"not a url\"}]", 201, NULL },
    { "GET", "/api/models", NULL, 405, "{\"detail\":\"Method Not Allowed\"}" },
    { "DELETE", "/api/models", NULL, 200, "{\"status\":\"ok\"}" },
    { "DELETE", "/api/models", NULL, 200, "{\"status\":\"ok\"}" },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

/* A34: no such endpoint is ever called; the registry does not take it. */
static void
test_endpoints (Agl           *fixture,
                gconstpointer  data)
{
  static const char * const endpoints[] = {
    "file:///etc/passwd", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]:22/", "http://2130706433/", "http://user:pw@host/",
    "http://host/\\r\\nX: y", "http://[fe80::1]/", "http://0x7f000001/v1", "ftp://host/", "http://0.0.0.0/", "gopher://x/",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    {
      g_autofree char *body = g_strdup_printf ("[{\"model\":\"m\",\"endpoint\":\"%s\"}]", endpoints[i]);

      agl_expect (fixture, "POST", "/api/models", body, 422, "…{\"type\":\"value_error\",\"loc\":[\"body\",0,\"endpoint\"]");
    }
}

/* Large and many: token ids come back as they were, values that lie beside the log too. */
static void
test_large (Agl           *fixture,
            gconstpointer  data)
{
  g_autoptr(GString) body = g_string_new ("{\"event_type\":\"model_request\",\"data\":{\"response\":{\"prompt_token_ids\":[");
  g_autofree char *answer = NULL;
  guint status;

  agl_expect (fixture, "POST", R, "[{\"input\":1,\"rollout_id\":\"r\"}]", 201, NULL);
  for (guint i = 0; i < 200000; i++)
    g_string_append_printf (body, "%s%u", i > 0 ? "," : "", 100000 + i);
  g_string_append (body, "],\"choices\":[{\"token_ids\":[1]}]}}}");
  answer = agl_ask (fixture, "POST", E ("0"), body->str, &status);
  g_assert_cmpuint (status, ==, 200);
  g_free (answer);
  answer = agl_ask (fixture, "GET", R "/r/events?format=triplet", NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_nonnull (strstr (answer, "100000,100001,"));
  g_assert_nonnull (strstr (answer, ",299999],\"response_token_ids\":[1]"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add (name, Agl, NULL, agl_set_up, test, agl_tear_down)
  ADD ("/agl/events/post", test_post);
  ADD ("/agl/events/attempts", test_attempts);
  ADD ("/agl/events/invalid", test_invalid);
  ADD ("/agl/events/triplet", test_triplet);
  ADD ("/agl/events/dedupe", test_dedupe);
  ADD ("/agl/events/large", test_large);
  ADD ("/agl/models", test_models);
  ADD ("/hostile/A34/models", test_endpoints);
  return g_test_run ();
}
