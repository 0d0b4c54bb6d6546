/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What /openapi.json says of bodies is what is taken and answered. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"
#include "misbehaving-server.h"

#define JSON "Content-Type: application/json\r\n"
#define V "/leyden/v1"

/* ---- JSON Schema, as much of it as the description uses ---- */

static char *check (LeydenValue *api, LeydenValue *schema, LeydenValue *value, const char *place);

static char * G_GNUC_PRINTF (2, 3)
refuse (const char *place,
        const char *format,
        ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return g_strdup_printf ("%s: %s", *place != '\0' ? place : "/", text);
}

static gboolean
is_type (LeydenValue *value,
         const char  *type)
{
  static const struct { const char *name; LeydenValueKind kind; } kinds[] = {
    { "null", LEYDEN_VALUE_NULL }, { "boolean", LEYDEN_VALUE_BOOLEAN }, { "number", LEYDEN_VALUE_NUMBER }, { "string", LEYDEN_VALUE_STRING },
    { "array", LEYDEN_VALUE_LIST }, { "object", LEYDEN_VALUE_OBJECT },
  };
  gint64 whole;

  if (g_str_equal (type, "integer"))
    return leyden_value_get_int (value, &whole);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (type, kinds[i].name))
      return leyden_value_get_kind (value) == kinds[i].kind;
  g_error ("The description has the type “%s”", type);
}

static char *
check_type (LeydenValue *types,
            LeydenValue *value,
            const char  *place)
{
  g_autofree char *wanted = leyden_json_write (types, LEYDEN_JSON_COMPACT);
  g_autofree char *shown = NULL;

  if (leyden_value_get_kind (types) == LEYDEN_VALUE_STRING && is_type (value, leyden_value_get_string (types, NULL)))
    return NULL;
  for (guint i = 0; leyden_value_get_kind (types) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (types); i++)
    if (is_type (value, leyden_value_get_string (leyden_value_get_item (types, i), NULL)))
      return NULL;
  shown = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  return refuse (place, "%.200s is no %s", shown, wanted);
}

static char *
check_choice (LeydenValue *choices,
              LeydenValue *value,
              const char  *place)
{
  for (guint i = 0; i < leyden_value_get_size (choices); i++)
    if (leyden_value_equal (leyden_value_get_item (choices, i), value))
      return NULL;
  return refuse (place, "“%s” is none of the choices", leyden_value_get_string (value, NULL));
}

static char *
check_members (LeydenValue *api,
               LeydenValue *schema,
               LeydenValue *value,
               const char  *place)
{
  LeydenValue *properties = leyden_value_get_member (schema, "properties");
  LeydenValue *others = leyden_value_get_member (schema, "additionalProperties");

  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      const char *key = leyden_value_get_key (value, i);
      LeydenValue *wanted = leyden_value_get_member (properties, key);
      g_autofree char *here = g_strdup_printf ("%s/%s", place, key);
      char *problem = NULL;

      if (wanted == NULL && others != NULL && leyden_value_get_kind (others) == LEYDEN_VALUE_BOOLEAN && !leyden_value_get_boolean (others))
        return refuse (here, "is not described");
      if (wanted == NULL && leyden_value_get_kind (others) == LEYDEN_VALUE_OBJECT)
        wanted = others;
      if (wanted != NULL)
        problem = check (api, wanted, leyden_value_get_item (value, i), here);
      if (problem != NULL)
        return problem;
    }
  return NULL;
}

static char *
check_required (LeydenValue *names,
                LeydenValue *value,
                const char  *place)
{
  for (guint i = 0; i < leyden_value_get_size (names); i++)
    if (leyden_value_get_member (value, leyden_value_get_string (leyden_value_get_item (names, i), NULL)) == NULL)
      return refuse (place, "has no “%s”", leyden_value_get_string (leyden_value_get_item (names, i), NULL));
  return NULL;
}

static char *
check_items (LeydenValue *api,
             LeydenValue *schema,
             LeydenValue *value,
             const char  *place)
{
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      g_autofree char *here = g_strdup_printf ("%s/%u", place, i);
      char *problem = check (api, schema, leyden_value_get_item (value, i), here);

      if (problem != NULL)
        return problem;
    }
  return NULL;
}

static char *
check_alternatives (LeydenValue *api,
                    LeydenValue *schemas,
                    LeydenValue *value,
                    const char  *place)
{
  g_autoptr(GString) all = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (schemas); i++)
    {
      g_autofree char *problem = check (api, leyden_value_get_item (schemas, i), value, place);

      if (problem == NULL)
        return NULL;
      g_string_append_printf (all, "%s; ", problem);
    }
  return refuse (place, "%s", all->str);
}

static char *
check_bound (const char  *keyword,
             double       bound,
             LeydenValue *value,
             const char  *place)
{
  gsize length = 0;
  double number = 0;

  if (g_str_has_suffix (keyword, "Items"))
    number = leyden_value_get_size (value);
  else if (g_str_has_suffix (keyword, "Length") && leyden_value_get_string (value, &length) != NULL)
    number = (double)length;
  else if (!leyden_value_get_double (value, &number))
    return NULL;
  if (g_str_has_prefix (keyword, "min") ? number >= bound : number <= bound)
    return NULL;
  return refuse (place, "%g is beyond the %s %g", number, keyword, bound);
}

/* One keyword of a schema. A keyword that is not known here fails: nothing is described that is not looked at. */
static char *
check_keyword (LeydenValue *api,
               LeydenValue *schema,
               guint        index,
               LeydenValue *value,
               const char  *place)
{
  static const char * const words[] = { "description", "title", "default", "format", "additionalProperties", NULL };
  static const char * const bounds[] = { "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", NULL };
  const char *keyword = leyden_value_get_key (schema, index);
  LeydenValue *what = leyden_value_get_item (schema, index);
  double bound = 0;

  if (g_strv_contains (words, keyword))
    return NULL;
  if (g_str_equal (keyword, "$ref"))
    return check (api, leyden_value_lookup_pointer (api, leyden_value_get_string (what, NULL) + 1), value, place);
  if (g_str_equal (keyword, "type"))
    return check_type (what, value, place);
  if (g_str_equal (keyword, "enum"))
    return check_choice (what, value, place);
  if (g_str_equal (keyword, "properties"))
    return check_members (api, schema, value, place);
  if (g_str_equal (keyword, "required"))
    return check_required (what, value, place);
  if (g_str_equal (keyword, "items"))
    return check_items (api, what, value, place);
  if (g_str_equal (keyword, "anyOf"))
    return check_alternatives (api, what, value, place);
  if (g_strv_contains (bounds, keyword) && leyden_value_get_double (what, &bound))
    return check_bound (keyword, bound, value, place);
  if (!g_str_equal (keyword, "allOf"))
    g_error ("The description has the keyword “%s”", keyword);
  for (guint i = 0; i < leyden_value_get_size (what); i++)
    {
      char *problem = check (api, leyden_value_get_item (what, i), value, place);

      if (problem != NULL)
        return problem;
    }
  return NULL;
}

/* What is wrong, NULL: nothing. */
static char *
check (LeydenValue *api,
       LeydenValue *schema,
       LeydenValue *value,
       const char  *place)
{
  char *problem = NULL;

  g_assert_cmpint (leyden_value_get_kind (schema), ==, LEYDEN_VALUE_OBJECT);
  for (guint i = 0; problem == NULL && i < leyden_value_get_size (schema); i++)
    problem = check_keyword (api, schema, i, value, place);
  if (problem == NULL && leyden_value_get_member (schema, "properties") == NULL && leyden_value_get_member (schema, "additionalProperties") != NULL)
    problem = check_members (api, schema, value, place);
  return problem;
}

/* The check itself finds what is wrong. */
static void
test_check (void)
{
  static const struct { const char *schema, *value; gboolean good; } cases[] = {
    { "{\"type\":\"integer\"}", "1", TRUE }, { "{\"type\":\"integer\"}", "1.5", FALSE }, { "{\"type\":[\"string\",\"null\"]}", "null", TRUE },
    { "{\"type\":[\"string\",\"null\"]}", "1", FALSE }, { "{\"enum\":[\"a\",\"b\"]}", "\"b\"", TRUE }, { "{\"enum\":[\"a\",\"b\"]}", "\"c\"", FALSE },
    { "{\"required\":[\"a\"]}", "{}", FALSE }, { "{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1}", TRUE },
    { "{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"b\":1}", FALSE }, { "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}", FALSE },
    { "{\"properties\":{\"a\":{}}}", "{\"b\":1}", TRUE }, { "{\"additionalProperties\":{\"type\":\"number\"}}", "{\"b\":\"x\"}", FALSE },
    { "{\"items\":{\"type\":\"number\"}}", "[1,2]", TRUE }, { "{\"items\":{\"type\":\"number\"}}", "[1,null]", FALSE },
    { "{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"null\"}]}", "null", TRUE }, { "{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"null\"}]}", "\"\"", FALSE },
    { "{\"allOf\":[{\"type\":\"number\"},{\"minimum\":1}]}", "0", FALSE }, { "{\"maximum\":1}", "2", FALSE }, { "{\"maxItems\":1}", "[1,2]", FALSE },
    { "{\"minLength\":1}", "\"\"", FALSE }, { "{\"$ref\":\"#/components/x\"}", "1", TRUE }, { "{\"$ref\":\"#/components/x\"}", "true", FALSE },
  };
  g_autoptr(LeydenValue) api = leyden_json_parse ("{\"components\":{\"x\":{\"type\":\"integer\"}}}", -1, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) schema = leyden_json_parse (cases[i].schema, -1, NULL, NULL);
      g_autoptr(LeydenValue) value = leyden_json_parse (cases[i].value, -1, NULL, NULL);
      g_autofree char *problem = check (api, schema, value, "");

      g_test_message ("%s %s: %s", cases[i].schema, cases[i].value, problem);
      g_assert_true ((problem == NULL) == cases[i].good);
    }
}

/* ---- Asking ---- */

typedef struct
{
  Sandbox      sandbox;
  Server      *server;
  LeydenValue *api;
  GHashTable  *seen;            /* operations that were answered with success */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *database = NULL;

  sandbox_set_up (&fixture->sandbox);
  database = sandbox_path (&fixture->sandbox, "leyden.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, NULL);
  fixture->api = server_expect (fixture->server, 200, "GET", "/openapi.json", NULL);
  fixture->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  g_hash_table_unref (fixture->seen);
  leyden_value_unref (fixture->api);
  sandbox_tear_down (&fixture->sandbox);
}

static LeydenValue *
find_json (LeydenValue *described)
{
  return leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (described, "content"), "application/json"), "schema");
}

static void
assert_fits (Fixture     *fixture,
             LeydenValue *schema,
             LeydenValue *value,
             const char  *of)
{
  g_autofree char *problem = schema != NULL ? check (fixture->api, schema, value, "") : g_strdup ("is not described");

  if (problem != NULL)
    g_error ("%s %s", of, problem);
}

/* Asks @path, one of the paths that @pattern describes (NULL: itself), and compares request and answer with the description. (transfer full) (nullable) */
static LeydenValue *
ask (Fixture    *fixture,
     guint       expected,
     const char *method,
     const char *pattern,
     const char *path,
     const char *body)
{
  const char *described = pattern != NULL ? pattern : path;
  g_autofree char *small = g_ascii_strdown (method, -1);
  g_autofree char *code = g_strdup_printf ("%u", expected);
  g_autofree char *of = g_strdup_printf ("%s %s, %s:", method, path, code);
  LeydenValue *operation = leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (fixture->api, "paths"), described), small);
  LeydenValue *responses = leyden_value_get_member (operation, "responses");
  LeydenValue *response = leyden_value_get_member (responses, expected < 400 ? code : "default");
  LeydenValue *answer;

  if (body != NULL && expected < 400)
    {
      g_autoptr(LeydenValue) sent = leyden_json_parse (body, -1, NULL, NULL);

      assert_fits (fixture, find_json (leyden_value_get_member (operation, "requestBody")), sent, of);
    }
  answer = server_expect (fixture->server, expected, method, path, body);
  if (response == NULL)
    g_error ("%s is not described", of);
  if (leyden_value_get_member (response, "content") != NULL)
    assert_fits (fixture, find_json (response), answer, of);
  else
    g_assert_null (answer);
  if (expected < 400)
    g_hash_table_add (fixture->seen, g_strdup_printf ("%s %s", method, described));
  return answer;
}

static void
ask_only (Fixture    *fixture,
          guint       expected,
          const char *method,
          const char *pattern,
          const char *path,
          const char *body)
{
  LeydenValue *answer = ask (fixture, expected, method, pattern, path, body);

  g_clear_pointer (&answer, leyden_value_unref);
}

/* All operations below a path were asked. */
static void
assert_all_seen (Fixture    *fixture,
                 const char *prefix)
{
  LeydenValue *paths = leyden_value_get_member (fixture->api, "paths");
  guint n = 0;

  for (guint i = 0; i < leyden_value_get_size (paths); i++)
    for (guint j = 0; g_str_has_prefix (leyden_value_get_key (paths, i), prefix) && j < leyden_value_get_size (leyden_value_get_item (paths, i)); j++)
      {
        g_autofree char *method = g_ascii_strup (leyden_value_get_key (leyden_value_get_item (paths, i), j), -1);
        g_autofree char *operation = g_strdup_printf ("%s %s", method, leyden_value_get_key (paths, i));

        n++;
        if (!g_hash_table_contains (fixture->seen, operation))
          g_error ("%s was not asked", operation);
      }
  g_assert_cmpuint (n, >, 0);
}

/* ---- What is served ---- */

static void
run_items (Fixture *fixture)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autoptr(LeydenValue) body = sample_run (sha256, 3, "fast", NULL);
  g_autoptr(LeydenValue) made = server_ask (fixture->server, "POST", V "/runs", body, NULL);

  leyden_value_unref (server_wait_run (fixture->server, value_text_at (made, "/run")));
}

/* Every metric in every shape: an answer, or what is wrong with the question. */
static void
ask_metrics (Fixture *fixture)
{
  static const char * const shapes[] = { "time", "step", "histogram", "groups", "heat", "value", "points", "table" };
  static const char * const more[] = { "", ",\"split\":[\"model\"],\"band\":\"ci\",\"compare\":\"previous\"", ",\"split\":[\"flow\",\"item\"],\"limit\":1" };
  g_autoptr(LeydenValue) catalogue = ask (fixture, 200, "GET", NULL, V "/insights/metrics", NULL);
  LeydenValue *metrics = leyden_value_get_member (catalogue, "metrics");

  g_assert_cmpuint (leyden_value_get_size (metrics), >, 30);
  for (guint i = 0; i < leyden_value_get_size (metrics); i++)
    {
      g_autoptr(GString) body = g_string_new ("{\"queries\":[");

      for (gsize k = 0; k < G_N_ELEMENTS (shapes) * G_N_ELEMENTS (more); k++)
        g_string_append_printf (body, "%s{\"metric\":\"%s\",\"shape\":\"%s\"%s}", k > 0 ? "," : "",
                                leyden_value_get_member_string (leyden_value_get_item (metrics, i), "name", ""), shapes[k % G_N_ELEMENTS (shapes)],
                                more[k / G_N_ELEMENTS (shapes)]);
      g_string_append (body, "]}");
      ask_only (fixture, 200, "POST", NULL, V "/insights/query", body->str);
    }
}

static void
test_insights (Fixture       *fixture,
               gconstpointer  data)
{
  static const char others[] = "{\"queries\":["
                               "{\"sql\":\"SELECT * FROM rollouts WHERE created_ns >= :from\",\"from\":0},{\"sql\":\"SELECT 1 AS a_ms, NULL AS b\"},{\"sql\":\"DROP TABLE x\"},"
                               "{\"live\":\"workers\"},{\"live\":\"mirrors\"},{\"live\":\"endpoints\"},{\"live\":\"queues\"},{\"live\":\"storage\"},"
                               "{\"source\":\"none\",\"promql\":\"up\"},"
                               "{\"metric\":\"reward\",\"aggregation\":\"p90\",\"filter\":[[\"state\",\"=\",\"succeeded\"],[\"model\",\"not null\"]],"
                               "\"where\":\"tokens >= 0\",\"zone\":\"Europe/Berlin\",\"interval\":\"day\",\"order\":\"name\"},"
                               "{\"metric\":\"latency\",\"shape\":\"table\",\"split\":[\"flow\"],\"interval\":60}]}";

  run_items (fixture);
  ask_only (fixture, 200, "GET", NULL, V "/insights/budgets", NULL);
  ask_only (fixture, 200, "PUT", NULL, V "/insights/budgets", "{\"currency\":\"EUR\",\"month\":100,\"flows\":{\"f\":1},\"value_per_success\":{\"f\":2}}");
  ask_only (fixture, 422, "PUT", NULL, V "/insights/budgets", "{\"currency\":\"euro\"}");
  ask_metrics (fixture);
  ask_only (fixture, 200, "POST", NULL, V "/insights/query", others);
  ask_only (fixture, 422, "POST", NULL, V "/insights/query", "{}");
  assert_all_seen (fixture, V "/insights");
}

static void
test_dashboards (Fixture       *fixture,
                 gconstpointer  data)
{
  static const char document[] = "{\"revision\":0,\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"mine\",\"title\":\"Mine\",\"time\":{\"range\":\"7d\"},\"zone\":\"\","
                                 "\"refresh_s\":0,\"variables\":[{\"name\":\"m\",\"dimension\":\"model\",\"value\":\"\"}],"
                                 "\"panels\":[{\"id\":\"p\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":6,\"h\":4,\"queries\":[{\"metric\":\"reward\"}]}]}}";
  static const char again[] = "{\"revision\":1,\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"mine\",\"panels\":[]}}";
  g_autoptr(LeydenValue) list = ask (fixture, 200, "GET", NULL, V "/dashboards", NULL);

  for (guint i = 0; i < leyden_value_get_size (value_at (list, "/dashboards")); i++)
    {
      g_autofree char *path = g_strconcat (V "/dashboards/", leyden_value_get_member_string (leyden_value_get_item (value_at (list, "/dashboards"), i), "id", ""), NULL);

      ask_only (fixture, 200, "GET", V "/dashboards/{id}", path, NULL);
    }
  ask_only (fixture, 201, "PUT", V "/dashboards/{id}", V "/dashboards/mine", document);
  ask_only (fixture, 409, "PUT", V "/dashboards/{id}", V "/dashboards/mine", document);
  ask_only (fixture, 200, "PUT", V "/dashboards/{id}", V "/dashboards/mine", again);
  ask_only (fixture, 200, "GET", V "/dashboards/{id}", V "/dashboards/mine", NULL);
  ask_only (fixture, 403, "PUT", V "/dashboards/{id}", V "/dashboards/ready-cost", again);
  ask_only (fixture, 204, "DELETE", V "/dashboards/{id}", V "/dashboards/mine", NULL);
  ask_only (fixture, 404, "GET", V "/dashboards/{id}", V "/dashboards/mine", NULL);
  assert_all_seen (fixture, V "/dashboards");
}

static void
test_reports (Fixture       *fixture,
              gconstpointer  data)
{
  static const char request[] = "{\"dashboard\":\"ready-cost\",\"format\":\"html\",\"title\":\"Costs\",\"zone\":\"UTC\",\"time\":{\"range\":\"month\"},\"variables\":{}}";
  static const char schedule[] = "{\"dashboard\":\"ready-cost\",\"every\":\"week\",\"at\":\"07:30\",\"weekday\":2,\"zone\":\"UTC\",\"keep\":3}";
  static const char off[] = "{\"experiment\":\"none\",\"every\":\"month\",\"at\":\"07:30\",\"day\":31,\"enabled\":false,\"time\":{\"from\":1,\"to\":2}}";
  g_autoptr(LeydenValue) made = ask (fixture, 201, "POST", NULL, V "/reports", request);
  g_autofree char *path = g_strconcat (V "/reports/", value_text_at (made, "/report"), NULL);
  LeydenValue *operation = leyden_value_get_member (leyden_value_lookup_pointer (fixture->api, "/paths/~1leyden~1v1~1reports~1{id}"), "get");
  guint status = 0;
  LeydenValue *file;

  ask_only (fixture, 200, "GET", NULL, V "/reports", NULL);
  ask_only (fixture, 404, "POST", NULL, V "/reports", "{\"dashboard\":\"none\"}");
  ask_only (fixture, 422, "POST", NULL, V "/reports", "{}");
  /* No JSON. */
  file = server_ask (fixture->server, "GET", path, NULL, &status);
  g_clear_pointer (&file, leyden_value_unref);
  g_assert_cmpuint (status, ==, 200);
  g_assert_nonnull (leyden_value_lookup_pointer (operation, "/responses/200/content/application~1pdf/schema"));
  g_hash_table_add (fixture->seen, g_strdup ("GET " V "/reports/{id}"));
  ask_only (fixture, 204, "DELETE", V "/reports/{id}", path, NULL);
  ask_only (fixture, 404, "DELETE", V "/reports/{id}", path, NULL);
  assert_all_seen (fixture, V "/reports");

  ask_only (fixture, 200, "PUT", V "/schedules/{id}", V "/schedules/one", schedule);
  ask_only (fixture, 200, "PUT", V "/schedules/{id}", V "/schedules/two", off);
  ask_only (fixture, 422, "PUT", V "/schedules/{id}", V "/schedules/two", "{}");
  ask_only (fixture, 200, "GET", NULL, V "/schedules", NULL);
  ask_only (fixture, 204, "DELETE", V "/schedules/{id}", V "/schedules/one", NULL);
  assert_all_seen (fixture, V "/schedules");
}

static gboolean
has_attempts (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(LeydenValue) listed = ask (fixture, 200, "GET", V "/webhooks/{name}/deliveries", V "/webhooks/mine/deliveries?limit=1", NULL);
  g_autofree char *path = g_strdup_printf (V "/deliveries/%" G_GINT64_FORMAT, leyden_value_get_member_int (value_at (listed, "/deliveries/0"), "id", 0));
  g_autoptr(LeydenValue) whole = ask (fixture, 200, "GET", V "/deliveries/{id}", path, NULL);

  return leyden_value_get_size (leyden_value_get_member (whole, "attempts")) > 0;
}

static void
test_webhooks (Fixture       *fixture,
               gconstpointer  data)
{
  /* Nobody listens there. */
  static const char settings[] = "{\"title\":\"Mine\",\"uri\":\"http://127.0.0.1:9/hook\",\"events\":[\"run.*\"],\"allow_private\":true}";
  g_autoptr(LeydenValue) tested = NULL;
  g_autofree char *again = NULL;

  ask_only (fixture, 201, "PUT", V "/webhooks/{name}", V "/webhooks/mine", settings);
  ask_only (fixture, 200, "PUT", V "/webhooks/{name}", V "/webhooks/mine", settings);
  ask_only (fixture, 422, "PUT", V "/webhooks/{name}", V "/webhooks/mine", "{}");
  ask_only (fixture, 200, "POST", V "/webhooks/{name}/rotate", V "/webhooks/mine/rotate", "{\"overlap_s\":60}");
  tested = ask (fixture, 202, "POST", V "/webhooks/{name}/test", V "/webhooks/mine/test", "{}");
  wait_until (has_attempts, fixture);
  ask_only (fixture, 200, "GET", NULL, V "/webhooks", NULL);
  ask_only (fixture, 200, "GET", V "/webhooks/{name}", V "/webhooks/mine", NULL);
  ask_only (fixture, 202, "POST", V "/webhooks/{name}/replay", V "/webhooks/mine/replay", "{}");
  again = g_strdup_printf (V "/deliveries/%" G_GINT64_FORMAT "/replay", leyden_value_get_member_int (tested, "delivery", 0));
  ask_only (fixture, 202, "POST", V "/deliveries/{id}/replay", again, "{}");
  ask_only (fixture, 404, "GET", V "/deliveries/{id}", V "/deliveries/999", NULL);
  ask_only (fixture, 204, "DELETE", V "/webhooks/{name}", V "/webhooks/mine", NULL);
  assert_all_seen (fixture, V "/webhooks");
  assert_all_seen (fixture, V "/deliveries");
}

static gboolean
fires (gpointer data)
{
  g_autoptr(LeydenValue) alert = ask (data, 200, "GET", V "/alerts/{id}", V "/alerts/mine", NULL);

  return g_strcmp0 (value_text_at (alert, "/status/state"), "firing") == 0;
}

static void
test_alerts (Fixture       *fixture,
             gconstpointer  data)
{
  static const char rule[] = "{\"title\":\"Mine\",\"query\":{\"metric\":\"created\"},\"above\":-1,\"clear\":-2,\"over_s\":60,\"severity\":\"info\"}";
  static const char whole[] = "{\"title\":\"Night\",\"enabled\":false,\"kind\":\"budget\",\"query\":{\"metric\":\"budget-used\"},\"above\":0.9,\"for_s\":60,\"min_n\":2,"
                              "\"forecast\":true,\"quiet\":{\"from\":\"22:00\",\"to\":\"07:00\",\"zone\":\"UTC\",\"days\":[\"sat\",\"sun\"]},\"severity\":\"critical\","
                              "\"desktop\":false,\"webhooks\":[]}";
  static const char preview[] = "{\"rule\":{\"title\":\"Mine\",\"query\":{\"metric\":\"created\"},\"above\":-1},\"days\":1}";

  ask_only (fixture, 201, "PUT", V "/alerts/{id}", V "/alerts/mine", rule);
  ask_only (fixture, 200, "PUT", V "/alerts/{id}", V "/alerts/mine", rule);
  ask_only (fixture, 201, "PUT", V "/alerts/{id}", V "/alerts/night", whole);
  ask_only (fixture, 422, "PUT", V "/alerts/{id}", V "/alerts/mine", "{}");
  ask_only (fixture, 200, "POST", NULL, V "/alerts/preview", preview);
  wait_until (fires, fixture);
  ask_only (fixture, 200, "POST", V "/alerts/{id}/acknowledge", V "/alerts/mine/acknowledge", "{\"note\":\"I look\"}");
  ask_only (fixture, 409, "POST", V "/alerts/{id}/acknowledge", V "/alerts/mine/acknowledge", "{}");
  ask_only (fixture, 200, "GET", NULL, V "/alerts", NULL);
  ask_only (fixture, 204, "DELETE", V "/alerts/{id}", V "/alerts/mine", NULL);
  ask_only (fixture, 200, "GET", V "/alerts/history", V "/alerts/history?limit=10", NULL);
  ask_only (fixture, 404, "GET", V "/alerts/{id}", V "/alerts/mine", NULL);
  assert_all_seen (fixture, V "/alerts");
}

static void
test_sources (Fixture       *fixture,
              gconstpointer  data)
{
  static const char queries[] = "{\"queries\":[{\"source\":\"prom\",\"promql\":\"up\",\"from\":1000000000,\"to\":61000000000,\"interval\":60},"
                                "{\"source\":\"prom\",\"promql\":\"up\",\"shape\":\"table\",\"from\":1000000000,\"to\":61000000000}]}";
  static const char nobody[] = "{\"kind\":\"mlflow\",\"uri\":\"http://127.0.0.1:9\",\"auth\":\"basic\",\"user\":\"u\",\"secret\":\"source-ml\"}";
  MisbehavingServer *other = misbehaving_server_new ();
  g_autofree char *uri = misbehaving_server_dup_uri (other, "");
  g_autofree char *settings = g_strdup_printf ("{\"kind\":\"prometheus\",\"uri\":\"%s\"}", uri);

  misbehaving_server_add_answer (other, "/api/v1/status/buildinfo", 200, JSON, "{\"status\":\"success\",\"data\":{\"version\":\"3.1.0\"}}");
  misbehaving_server_add_answer (other, "/api/v1/label/__name__/values", 200, JSON, "{\"status\":\"success\",\"data\":[\"up\",7]}");
  misbehaving_server_add_answer (other, "/api/v1/label/__name__/values", 400, JSON, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no\"}");
  misbehaving_server_add_answer (other, "/api/v1/query_range", 200, JSON,
                                 "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"__name__\":\"up\"},\"values\":[[1,\"1\"],[61,\"NaN\"]]}]}}");
  misbehaving_server_add_answer (other, "/api/v1/query", 200, JSON,
                                 "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"up\"},\"value\":[61,\"1\"]}]}}");
  ask_only (fixture, 200, "PUT", V "/sources/{name}", V "/sources/prom", settings);
  ask_only (fixture, 200, "PUT", V "/sources/{name}", V "/sources/ml", nobody);
  ask_only (fixture, 422, "PUT", V "/sources/{name}", V "/sources/prom", "{}");
  ask_only (fixture, 200, "GET", NULL, V "/sources", NULL);
  ask_only (fixture, 200, "POST", V "/sources/{name}/test", V "/sources/prom/test", "{}");
  ask_only (fixture, 200, "POST", V "/sources/{name}/test", V "/sources/prom/test", nobody);
  ask_only (fixture, 200, "GET", V "/sources/{name}/values", V "/sources/prom/values?what=metrics", NULL);
  ask_only (fixture, 502, "GET", V "/sources/{name}/values", V "/sources/prom/values?what=metrics", NULL);
  ask_only (fixture, 200, "POST", NULL, V "/insights/query", queries);
  ask_only (fixture, 204, "DELETE", V "/sources/{name}", V "/sources/ml", NULL);
  assert_all_seen (fixture, V "/sources");
  misbehaving_server_free (other);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/openapi/check", test_check);
#define ADD(name, test) g_test_add ("/openapi/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("insights", test_insights);
  ADD ("dashboards", test_dashboards);
  ADD ("reports", test_reports);
  ADD ("webhooks", test_webhooks);
  ADD ("alerts", test_alerts);
  ADD ("sources", test_sources);
  return g_test_run ();
}
