/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /api/rollouts: creation, lists, transitions, the completion log. */
#include "agl-helpers.h"

#include <signal.h>
#include <string.h>

#include "leyden-json.h"

#define R "/api/rollouts"

/* ---- Creation ---- */

static void
test_create (Agl           *fixture,
             gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", R, "[]", 201, "[]" },
    { "POST", R, "[{\"input\":{\"q\":1},\"rollout_id\":\"a\",\"status\":{\"state\":\"failed\"},\"more\":1}]", 201, "[" AGL_NEW ("a", "{\"q\":1}") "]" },
    /* The stored one, unchanged; also inside one batch. */
    { "POST", R, "[{\"input\":2,\"rollout_id\":\"a\"},{\"input\":3,\"rollout_id\":\"b\"},{\"input\":4,\"rollout_id\":\"b\"}]", 201,
      "[" AGL_NEW ("a", "{\"q\":1}") "," AGL_NEW ("b", "3") "," AGL_NEW ("b", "3") "]" },
    { "POST", R, "[{\"input\":null,\"rollout_id\":\"null\"}]", 201, "[" AGL_NEW ("null", "null") "]" },
    { "POST", R, "[{\"input\":0,\"rollout_id\":\"full\",\"is_train\":false,\"metadata\":{\"z\":[],\"batch_idx\":\"3\"},"
      "\"config\":{\"timeout_seconds\":-1,\"x\":1,\"local\":{\"agent_class\":\"os:system\",\"env_map\":{\"Q\":\"input.q\",\"R\":\"\"}},\"k8s\":{\"job_template\":\"{{x}}\"}}}]", 201,
      "[{\"rollout_id\":\"full\",\"input\":0,\"is_train\":false,\"config\":{\"timeout_seconds\":-1,\"local\":{\"agent_class\":\"os:system\","
      "\"env_map\":{\"Q\":\"input.q\",\"R\":\"\"}},\"k8s\":{\"job_template\":\"{{x}}\"}},\"metadata\":{\"batch_idx\":3,\"sample_idx_in_batch\":null,\"z\":[]},"
      AGL_STATUS ("queuing", "null", "null", "null", "1") "}]" },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"n\",\"config\":null,\"metadata\":null}]", 201, "[" AGL_NEW ("n", "1") "]" },
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":{}},\"rollout_id\":\"l\"}]", 201, "…\"local\":{\"agent_class\":null,\"env_map\":{}},\"k8s\":null}" },
    { "POST", R, "[{\"input\":1,\"config\":{\"k8s\":{}},\"rollout_id\":\"k\"}]", 201, "…\"local\":null,\"k8s\":{\"job_template\":null}}" },
    /* What an id may be; one with a slash is made and never found, "terminal" is the log. */
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"a b?#ä\"}]", 201, NULL },
    { "GET", R "/a%20b%3F%23%C3%A4", NULL, 200, "…\"rollout_id\":\"a b?#ä\"" },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"x/y\"}]", 201, NULL },
    { "GET", R "/x%2Fy", NULL, 404, "{\"detail\":\"Not Found\"}" },
    { "GET", R "/x/y", NULL, 404, "{\"detail\":\"Not Found\"}" },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"terminal\"}]", 201, NULL },
    { "GET", R "/terminal", NULL, 200, "{\"items\":[],\"next_after\":0,\"total_terminal\":0}" },
    { "PATCH", R "/terminal", "{}", 200, "…\"rollout_id\":\"terminal\"" },
  };
  g_autofree char *made = NULL;
  g_autoptr(LeydenValue) list = NULL;
  const char *id;

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
  made = agl_ask (fixture, "POST", R, "[{\"input\":1},{\"input\":1,\"rollout_id\":\"\"}]", NULL);
  list = leyden_json_parse (made, -1, NULL, NULL);
  for (guint i = 0; i < 2; i++)
    {
      id = leyden_value_get_member_string (leyden_value_get_item (list, i), "rollout_id", "");
      g_assert_cmpuint (strlen (id), ==, 32);
      g_assert_cmpuint (strspn (id, "0123456789abcdef"), ==, 32);
    }
}

/* Numbers, texts and keys come back as the original sends them. */
static void
test_json (Agl           *fixture,
           gconstpointer  data)
{
  static const struct { const char *in, *out; } cases[] = {
    { "1E5", "100000.0" }, { "1e22", "1e+22" }, { "-0.0", "-0.0" }, { "123456789012345678901234567890", "123456789012345678901234567890" },
    { "NaN", "null" }, { "-Infinity", "null" }, { "1e400", "null" }, { "{\"b\":1,\"a\":2,\"b\":3}", "{\"b\":3,\"a\":2}" },
    { "\"\\u00e4\\u0000\\n\\/\"", "\"ä\\u0000\\n/\"" }, { "\"\\ud83d\\ude00\"", "\"😀\"" }, { " [ 1 , 2 ] ", "[1,2]" }, { "true", "true" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *body = g_strdup_printf ("[{\"rollout_id\":\"j%zu\",\"input\":%s}]", i, cases[i].in);
      g_autofree char *path = g_strdup_printf (R "/j%zu", i);
      g_autofree char *expected = g_strdup_printf ("…\"input\":%s,\"is_train\"", cases[i].out);

      agl_expect (fixture, "POST", R, body, 201, expected);
      agl_expect (fixture, "GET", path, NULL, 200, expected);
    }
}

/* ---- What does not fit ---- */

#define ITEM(type, loc, msg, input) "{\"type\":\"" type "\",\"loc\":[" loc "],\"msg\":\"" msg "\",\"input\":" input "}"
#define BAD(type, loc, msg, input) "{\"detail\":[" ITEM (type, loc, msg, input) "]}"
#define MISSING "Field required"
#define NO_LIST "Input should be a valid list"
#define NO_MODEL "Input should be a valid dictionary or object to extract fields from"
#define NO_DICT "Input should be a valid dictionary"
#define NO_STRING "Input should be a valid string"
#define NO_INT "Input should be a valid integer"
#define NO_INT_TEXT "Input should be a valid integer, unable to parse string as an integer"
#define FRACTION "Input should be a valid integer, got a number with a fractional part"
#define NO_BOOL "Input should be a valid boolean"
#define NO_BOOL_TEXT "Input should be a valid boolean, unable to interpret input"
#define STATES "'queuing', 'running', 'succeeded' or 'failed'"
#define NO_STATE(loc, input) "{\"type\":\"enum\",\"loc\":[" loc "],\"msg\":\"Input should be " STATES "\",\"input\":" input ",\"ctx\":{\"expected\":\"" STATES "\"}}"

static void
test_invalid (Agl           *fixture,
              gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", R, NULL, 422, BAD ("missing", "\"body\"", MISSING, "null") },
    { "POST", R, "null", 422, BAD ("missing", "\"body\"", MISSING, "null") },
    { "POST", R, "{}", 422, BAD ("list_type", "\"body\"", NO_LIST, "{}") },
    { "POST", R, "[1]", 422, BAD ("model_attributes_type", "\"body\",0", NO_MODEL, "1") },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"z\"},{\"a\":1},[]]", 422,
      "{\"detail\":[" ITEM ("missing", "\"body\",1,\"input\"", MISSING, "{\"a\":1}") "," ITEM ("model_attributes_type", "\"body\",2", NO_MODEL, "[]") "]}" },
    { "GET", R "/z", NULL, 404, "{\"detail\":\"Rollout not found: z\"}" },
    { "POST", R, "[{\"input\":1,\"is_train\":null}]", 422, BAD ("bool_type", "\"body\",0,\"is_train\"", NO_BOOL, "null") },
    { "POST", R, "[{\"input\":1,\"is_train\":2}]", 422, BAD ("bool_parsing", "\"body\",0,\"is_train\"", NO_BOOL_TEXT, "2") },
    { "POST", R, "[{\"input\":1,\"is_train\":1.5}]", 422, BAD ("bool_type", "\"body\",0,\"is_train\"", NO_BOOL, "1.5") },
    { "POST", R, "[{\"input\":1,\"is_train\":1e20}]", 422, BAD ("bool_type", "\"body\",0,\"is_train\"", NO_BOOL, "1e+20") },
    { "POST", R, "[{\"input\":1,\"config\":{\"timeout_seconds\":1e20}}]", 422, "…int_parsing_size" },
    { "POST", R, "[{\"input\":1,\"config\":{\"timeout_seconds\":\"1.\"}}]", 422, "…int_parsing\"" },
    { "POST", R, "[{\"input\":1,\"is_train\":\"maybe\"}]", 422, BAD ("bool_parsing", "\"body\",0,\"is_train\"", NO_BOOL_TEXT, "\"maybe\"") },
    { "POST", R, "[{\"input\":1,\"config\":[]}]", 422, BAD ("model_attributes_type", "\"body\",0,\"config\"", NO_MODEL, "[]") },
    { "POST", R, "[{\"input\":1,\"config\":{\"timeout_seconds\":null}}]", 422, BAD ("int_type", "\"body\",0,\"config\",\"timeout_seconds\"", NO_INT, "null") },
    { "POST", R, "[{\"input\":1,\"config\":{\"timeout_seconds\":1.5}}]", 422, BAD ("int_from_float", "\"body\",0,\"config\",\"timeout_seconds\"", FRACTION, "1.5") },
    { "POST", R, "[{\"input\":1,\"config\":{\"timeout_seconds\":\"1h\"}}]", 422, BAD ("int_parsing", "\"body\",0,\"config\",\"timeout_seconds\"", NO_INT_TEXT, "\"1h\"") },
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":3}}]", 422, BAD ("model_attributes_type", "\"body\",0,\"config\",\"local\"", NO_MODEL, "3") },
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":{\"agent_class\":1}}}]", 422, BAD ("string_type", "\"body\",0,\"config\",\"local\",\"agent_class\"", NO_STRING, "1") },
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":{\"env_map\":null}}}]", 422, BAD ("dict_type", "\"body\",0,\"config\",\"local\",\"env_map\"", NO_DICT, "null") },
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":{\"env_map\":{\"NAME\":1}}}}]", 422, BAD ("string_type", "\"body\",0,\"config\",\"local\",\"env_map\",\"NAME\"", NO_STRING, "1") },
    { "POST", R, "[{\"input\":1,\"config\":{\"k8s\":{\"job_template\":{}}}}]", 422, BAD ("string_type", "\"body\",0,\"config\",\"k8s\",\"job_template\"", NO_STRING, "{}") },
    { "POST", R, "[{\"input\":1,\"metadata\":[]}]", 422,
      "{\"detail\":[" ITEM ("model_attributes_type", "\"body\",0,\"metadata\",\"RolloutMetadata\"", NO_MODEL, "[]") ","
      ITEM ("dict_type", "\"body\",0,\"metadata\",\"dict[str,any]\"", NO_DICT, "[]") "]}" },
    { "POST", R, "[{\"input\":1,\"metadata\":{\"batch_idx\":\"x\"}}]", 422, BAD ("int_parsing", "\"body\",0,\"metadata\",\"batch_idx\"", NO_INT_TEXT, "\"x\"") },
    { "POST", R, "[{\"input\":1,\"metadata\":{\"batch_idx\":0.5}}]", 422, BAD ("int_from_float", "\"body\",0,\"metadata\",\"batch_idx\"", FRACTION, "0.5") },
    { "POST", R, "[{\"input\":1,\"rollout_id\":7}]", 422, BAD ("string_type", "\"body\",0,\"rollout_id\"", NO_STRING, "7") },
    { "GET", R, NULL, 422, BAD ("missing", "\"query\",\"state_in\"", MISSING, "null") },
    { "GET", R "?state_in[]=queuing", NULL, 422, BAD ("missing", "\"query\",\"state_in\"", MISSING, "null") },
    { "GET", R "?state_in=queuing&state_in=Running&limit=", NULL, 422,
      "{\"detail\":[" NO_STATE ("\"query\",\"state_in\",1", "\"Running\"") "," ITEM ("int_parsing", "\"query\",\"limit\"", NO_INT_TEXT, "\"\"") "]}" },
    { "GET", R "?state_in=queuing,running", NULL, 422, "{\"detail\":[" NO_STATE ("\"query\",\"state_in\",0", "\"queuing,running\"") "]}" },
    { "GET", R "?state_in=queuing&limit=1.5", NULL, 422, BAD ("int_parsing", "\"query\",\"limit\"", NO_INT_TEXT, "\"1.5\"") },
    { "GET", R "/terminal?after=NaN&limit=x", NULL, 422,
      "{\"detail\":[" ITEM ("int_parsing", "\"query\",\"after\"", NO_INT_TEXT, "\"NaN\"") "," ITEM ("int_parsing", "\"query\",\"limit\"", NO_INT_TEXT, "\"x\"") "]}" },
    { "PATCH", R "/none", NULL, 422, BAD ("missing", "\"body\"", MISSING, "null") },
    { "PATCH", R "/none", "[]", 422, BAD ("model_attributes_type", "\"body\"", NO_MODEL, "[]") },
    { "PATCH", R "/none", "{\"status\":1}", 422, BAD ("model_attributes_type", "\"body\",\"status\"", NO_MODEL, "1") },
    { "PATCH", R "/none", "{\"status\":{\"state\":\"done\"}}", 422, "{\"detail\":[" NO_STATE ("\"body\",\"status\",\"state\"", "\"done\"") "]}" },
    { "PATCH", R "/none", "{\"status\":{\"version\":1,\"error_message\":1,\"k8s_job_name\":[]}}", 422,
      "{\"detail\":[" ITEM ("string_type", "\"body\",\"status\",\"k8s_job_name\"", NO_STRING, "[]") ","
      ITEM ("string_type", "\"body\",\"status\",\"error_message\"", NO_STRING, "1") ","
      ITEM ("extra_forbidden", "\"body\",\"status\",\"version\"", "Extra inputs are not permitted", "1") "]}" },
    { "PATCH", R "/none", "{\"status\":{\"state\":\"failed\"}}", 404, "{\"detail\":\"Rollout not found: none\"}" },
    { "PATCH", R "/none", "{}", 404, NULL },
    { "POST", R, "[1,]", 422, "…{\"type\":\"json_invalid\",\"loc\":[\"body\"," },
    { "POST", R, "[] x", 422, "…\"msg\":\"JSON decode error\",\"input\":{},\"ctx\":{\"error\":" },
    /* Names that would change what an agent's program is (A37); a template is data (A38). */
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":{\"env_map\":{\"LD_PRELOAD\":\"x\"}}}}]", 422, "…\"env_map\",\"LD_PRELOAD\"]" },
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":{\"env_map\":{\"A=B\":\"x\"}}}}]", 422, "…value_error" },
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":{\"env_map\":{\"\":\"x\"}}}}]", 422, "…value_error" },
    { "POST", R, "[{\"input\":1,\"config\":{\"local\":{\"env_map\":{\"AGL_KEY\":\"x\"}}}}]", 422, "…value_error" },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"a\\nb\"}]", 422, "…value_error" },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"a\\u0000b\"}]", 422, "…value_error" },
    { "GET", R "?state_in=queuing", NULL, 200, "[]" },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_lax (Agl           *fixture,
          gconstpointer  data)
{
  static const struct { const char *in, *out; } ints[] = {
    { "7.0", "7" }, { "true", "1" }, { "false", "0" }, { "\" 12 \"", "12" }, { "\"-1_000\"", "-1000" }, { "\"+3.00\"", "3" }, { "\"007\"", "7" },
    { "1e2", "100" }, { "99999999999999999999999", "99999999999999999999999" }, { "\"-0\"", "0" },
  };
  static const struct { const char *in; gboolean out; } bools[] = {
    { "true", TRUE }, { "0", FALSE }, { "1.0", TRUE }, { "\"T\"", TRUE }, { "\"no\"", FALSE }, { "\"OFF\"", FALSE }, { "\"y\"", TRUE }, { "\"1\"", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ints); i++)
    {
      g_autofree char *body = g_strdup_printf ("[{\"input\":1,\"config\":{\"timeout_seconds\":%s}}]", ints[i].in);
      g_autofree char *expected = g_strdup_printf ("…\"timeout_seconds\":%s,", ints[i].out);

      agl_expect (fixture, "POST", R, body, 201, expected);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bools); i++)
    {
      g_autofree char *body = g_strdup_printf ("[{\"input\":1,\"is_train\":%s}]", bools[i].in);

      agl_expect (fixture, "POST", R, body, 201, bools[i].out ? "…\"is_train\":true" : "…\"is_train\":false");
    }
}

/* ---- Transitions ---- */

static const char * const states[] = { "queuing", "running", "succeeded", "failed" };

static void
bring_to (Agl        *fixture,
          const char *id,
          guint       state)
{
  g_autofree char *body = g_strdup_printf ("[{\"input\":1,\"rollout_id\":\"%s\"}]", id);
  g_autofree char *path = g_strdup_printf (R "/%s", id);

  agl_expect (fixture, "POST", R, body, 201, NULL);
  if (state == 1 || state == 2)
    agl_expect (fixture, "PATCH", path, "{\"status\":{\"state\":\"running\"}}", 200, NULL);
  if (state == 2)
    agl_expect (fixture, "PATCH", path, "{\"status\":{\"state\":\"succeeded\"}}", 200, NULL);
  if (state == 3)
    agl_expect (fixture, "PATCH", path, "{\"status\":{\"state\":\"failed\"}}", 200, NULL);
}

static void
test_transitions (Agl           *fixture,
                  gconstpointer  data)
{
  static const gboolean legal[4][4] = { { FALSE, TRUE, FALSE, TRUE }, { FALSE, FALSE, TRUE, TRUE }, { FALSE, }, { FALSE, } };

  for (guint from = 0; from < 4; from++)
    for (guint to = 0; to < 5; to++)
      {
        g_autofree char *id = g_strdup_printf ("t%u%u", from, to);
        g_autofree char *path = g_strdup_printf (R "/%s", id);
        g_autofree char *body = to < 4 ? g_strdup_printf ("{\"status\":{\"state\":\"%s\",\"error_message\":\"e\"}}", states[to])
                                       : g_strdup ("{\"status\":{\"state\":null,\"error_message\":\"e\"}}");
        g_autofree char *refused = g_strdup_printf ("{\"detail\":\"Rollout %s: cannot transition %s -> %s\"}", id, states[from], to < 4 ? states[to] : "None");
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;

        bring_to (fixture, id, from);
        before = agl_ask (fixture, "GET", path, NULL, NULL);
        if (to < 4 && legal[from][to])
          {
            g_autofree char *expected = g_strdup_printf ("…\"state\":\"%s\"", states[to]);

            agl_expect (fixture, "PATCH", path, body, 200, expected);
            continue;
          }
        agl_expect (fixture, "PATCH", path, body, 409, refused);
        after = agl_ask (fixture, "GET", path, NULL, NULL);
        g_assert_cmpstr (before, ==, after);
      }
}

static void
test_patch (Agl           *fixture,
            gconstpointer  data)
{
#define P(body, state, job, attempt, error, version) \
  { "PATCH", R "/p", body, 200, AGL_ROLLOUT ("p", "1", AGL_STATUS (state, job, attempt, error, version)) }
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"p\"}]", 201, NULL },
    /* Nothing to change raises nothing. */
    P ("{}", "queuing", "null", "null", "null", "1"),
    P ("{\"status\":null,\"input\":9}", "queuing", "null", "null", "null", "1"),
    P ("{\"status\":{}}", "queuing", "null", "null", "null", "1"),
    P ("{\"status\":{\"k8s_job_name\":\"j\",\"last_attempt_id\":\"\"}}", "queuing", "\"j\"", "\"\"", "null", "2"),
    /* Equal values count. */
    P ("{\"status\":{\"k8s_job_name\":\"j\"}}", "queuing", "\"j\"", "\"\"", "null", "3"),
    P ("{\"status\":{\"state\":\"running\",\"last_attempt_id\":\"1\"}}", "running", "\"j\"", "\"1\"", "null", "4"),
    P ("{\"status\":{\"k8s_job_name\":null}}", "running", "null", "\"1\"", "null", "5"),
    P ("{\"status\":{\"state\":\"failed\",\"error_message\":\"a\\u0000ä\"}}", "failed", "null", "\"1\"", "\"a\\u0000ä\"", "6"),
    /* A terminal one can still be patched. */
    P ("{\"status\":{\"error_message\":null,\"last_attempt_id\":null}}", "failed", "null", "null", "null", "7"),
    { "DELETE", R "/p", NULL, 204, "" },
    { "DELETE", R "/p", NULL, 204, "" },
    { "DELETE", R "/never", NULL, 204, "" },
    { "GET", R "/p", NULL, 404, "{\"detail\":\"Rollout not found: p\"}" },
    { "PATCH", R "/p", "{}", 404, NULL },
    { "POST", R, "[{\"input\":2,\"rollout_id\":\"p\"}]", 201, "[" AGL_NEW ("p", "2") "]" },
    { "GET", R "/p", NULL, 200, "{\"rollout\":" AGL_NEW ("p", "2") ",\"attempts\":[]}" },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

/* Of fifty that say the same at the same time one is heard. */
static void
test_race (Agl           *fixture,
           gconstpointer  data)
{
  static const char body[] = "{\"status\":{\"state\":\"running\"}}";
  g_autofree char *request = g_strdup_printf ("PATCH " R "/race HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
                                              "Content-Length: %zu\r\n\r\n%s", fixture->server->key, strlen (body), body);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GPtrArray) connections = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_done = 0, n_refused = 0;

  bring_to (fixture, "race", 0);
  for (guint i = 0; i < 50; i++)
    g_ptr_array_add (connections, g_socket_client_connect_to_host (client, "127.0.0.1", fixture->server->port, NULL, NULL));
  for (guint i = 0; i < connections->len; i++)
    g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (connections->pdata[i]), request, strlen (request), NULL, NULL, NULL));
  for (guint i = 0; i < connections->len; i++)
    {
      char answer[4096] = "";
      gsize n;

      g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (connections->pdata[i]), answer, sizeof answer - 1, &n, NULL, NULL));
      n_done += raw_status (answer) == 200;
      n_refused += raw_status (answer) == 409;
    }
  g_assert_cmpuint (n_done, ==, 1);
  g_assert_cmpuint (n_refused, ==, 49);
  agl_expect (fixture, "GET", R "/race", NULL, 200, "…\"version\":2,");
}

/* ---- Lists ---- */

static void
test_list (Agl           *fixture,
           gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":0,\"rollout_id\":\"a\"},{\"input\":0,\"rollout_id\":\"b\"},{\"input\":0,\"rollout_id\":\"c\"}]", 201, NULL },
    { "PATCH", R "/a", "{\"status\":{\"state\":\"running\"}}", 200, NULL },
    { "PATCH", R "/b", "{\"status\":{\"state\":\"failed\"}}", 200, NULL },
    { "GET", R "?state_in=succeeded", NULL, 200, "[]" },
    { "GET", R "?state_in=queuing&state_in=queuing", NULL, 200, "[" AGL_NEW ("c", "0") "]" },
    { "GET", R "?state_in=queuing&state_in=running&limit=0", NULL, 200, "[]" },
    { "GET", R "?state_in=queuing&limit=-1", NULL, 200, "[]" },
    { "GET", R "?state_in=queuing&limit=99999999999999999999", NULL, 200, "[" AGL_NEW ("c", "0") "]" },
    { "GET", R "?state_in=queuing&limit=0&limit=%2B1.0", NULL, 200, "[" AGL_NEW ("c", "0") "]" },
    { "GET", R "?state_in=queuing&state_in=running&limit=%201", NULL, 200,
      "[" AGL_ROLLOUT ("a", "0", AGL_STATUS ("running", "null", "null", "null", "2")) "]" },
    /* By creation, whatever the state; what is made again goes to the end. */
    { "GET", R "?state_in=queuing&state_in=failed&state_in=running", NULL, 200,
      "[" AGL_ROLLOUT ("a", "0", AGL_STATUS ("running", "null", "null", "null", "2")) ","
      AGL_ROLLOUT ("b", "0", AGL_STATUS ("failed", "null", "null", "null", "2")) "," AGL_NEW ("c", "0") "]" },
    { "DELETE", R "/a", NULL, 204, "" },
    { "POST", R, "[{\"input\":5,\"rollout_id\":\"a\"}]", 201, NULL },
    { "GET", R "?state_in=queuing&state_in=running", NULL, 200, "[" AGL_NEW ("c", "0") "," AGL_NEW ("a", "5") "]" },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_terminal (Agl           *fixture,
               gconstpointer  data)
{
#define END(id, state) { "PATCH", R "/" id, "{\"status\":{\"state\":\"" state "\"}}", 200, NULL }
#define DONE(id, state, data_id) "{\"rollout_id\":\"" id "\",\"state\":\"" state "\",\"data_id\":\"" data_id "\",\"is_train\":true}"
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":{\"data_id\":\"A\"},\"rollout_id\":\"a\"},{\"input\":{\"data_id\":0,\"instance_id\":7},\"rollout_id\":\"b\"},"
      "{\"input\":{\"data_id\":[1, 2]},\"rollout_id\":\"c\"},{\"input\":{\"data_id\":false,\"instance_id\":\"\"},\"rollout_id\":\"d\"},"
      "{\"input\":[],\"rollout_id\":\"e\"}]", 201, NULL },
    { "GET", R "/terminal", NULL, 200, "{\"items\":[],\"next_after\":0,\"total_terminal\":0}" },
    { "GET", R "/terminal?after=9", NULL, 200, "{\"items\":[],\"next_after\":9,\"total_terminal\":0}" },
    END ("c", "failed"), END ("a", "running"), END ("a", "succeeded"), END ("b", "failed"), END ("d", "failed"), END ("e", "failed"),
    /* In the order of transitions. */
    { "GET", R "/terminal", NULL, 200, "{\"items\":[" DONE ("c", "failed", "[1,2]") "," DONE ("a", "succeeded", "A") "," DONE ("b", "failed", "7") ","
      DONE ("d", "failed", "") "," DONE ("e", "failed", "") "],\"next_after\":5,\"total_terminal\":5}" },
    { "GET", R "/terminal?after=-3&limit=0", NULL, 200, "{\"items\":[" DONE ("c", "failed", "[1,2]") "],\"next_after\":1,\"total_terminal\":5}" },
    { "GET", R "/terminal?after=1&limit=2", NULL, 200, "{\"items\":[" DONE ("a", "succeeded", "A") "," DONE ("b", "failed", "7") "],\"next_after\":3,\"total_terminal\":5}" },
    /* Deleted entries keep their place and are not shown, not under the same name either. */
    { "DELETE", R "/a", NULL, 204, NULL },
    { "GET", R "/terminal?after=1&limit=1", NULL, 200, "{\"items\":[],\"next_after\":2,\"total_terminal\":5}" },
    { "GET", R "/terminal?after=1&limit=2", NULL, 200, "{\"items\":[" DONE ("b", "failed", "7") "],\"next_after\":3,\"total_terminal\":5}" },
    { "POST", R, "[{\"input\":0,\"rollout_id\":\"a\"}]", 201, NULL },
    { "GET", R "/terminal?after=1&limit=1", NULL, 200, "{\"items\":[],\"next_after\":2,\"total_terminal\":5}" },
    END ("a", "failed"),
    { "GET", R "/terminal?after=5", NULL, 200, "{\"items\":[" DONE ("a", "failed", "") "],\"next_after\":6,\"total_terminal\":6}" },
    { "GET", R "/terminal?after=99999999999999999999", NULL, 200, "…\"items\":[]" },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

/* ---- Durable ---- */

/* All that was acknowledged is there after a kill. */
static void
test_killed (Agl           *fixture,
             gconstpointer  data)
{
  g_auto(GStrv) before = g_new0 (char *, 5);
  static const char * const questions[] = { R "?state_in=queuing&state_in=running&state_in=failed", R "/terminal", R "/b", R "/b/events" };
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":{\"x\":\"ä\"},\"rollout_id\":\"a\"},{\"input\":2,\"rollout_id\":\"b\"},{\"input\":3,\"rollout_id\":\"c\"}]", 201, NULL },
    { "PATCH", R "/b", "{\"status\":{\"state\":\"running\",\"last_attempt_id\":\"0\"}}", 200, NULL },
    { "POST", R "/b/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":1}}", 200, NULL },
    { "DELETE", R "/c", NULL, 204, NULL },
    { "PATCH", R "/b", "{\"status\":{\"state\":\"failed\"}}", 200, NULL },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
  for (guint i = 0; i < 4; i++)
    before[i] = agl_ask (fixture, "GET", questions[i], NULL, NULL);
  agl_restart (fixture, SIGKILL);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *after = agl_ask (fixture, "GET", questions[i], NULL, NULL);

      g_assert_cmpstr (before[i], ==, after);
    }
  agl_expect (fixture, "GET", R "/c", NULL, 404, NULL);
  agl_expect (fixture, "POST", R, "[{\"input\":4,\"rollout_id\":\"c\"}]", 201, "[" AGL_NEW ("c", "4") "]");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/agl/rollouts/" name, Agl, NULL, agl_set_up, test, agl_tear_down)
  ADD ("create", test_create);
  ADD ("json", test_json);
  ADD ("invalid", test_invalid);
  ADD ("lax", test_lax);
  ADD ("transitions", test_transitions);
  ADD ("patch", test_patch);
  g_test_add ("/hostile/A29", Agl, NULL, agl_set_up, test_race, agl_tear_down);
  ADD ("list", test_list);
  ADD ("terminal", test_terminal);
  ADD ("killed", test_killed);
  return g_test_run ();
}
