/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a rollout becomes before anything runs: paths, variables, the environment. */
#include "leyden-work.h"

#include "leyden-json.h"

static LeydenWorkItem *
make_item (const char *json)
{
  g_autoptr(LeydenValue) rollout = leyden_json_parse (json, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);

  g_assert_nonnull (rollout);
  return leyden_work_item_new (rollout, "0", "k");
}

static void
test_resolve (void)
{
  static const struct { const char *value, *expected; } cases[] = {
    { "input", "{\"a\": {\"b\": [1, \"two\", {\"c\": null}]}, \"t\": \"text\", \"n\": 1.0, \"u\": \"ü\", \"f\": true}" },
    { "input.t", "text" }, { "input.n", "1.0" }, { "input.f", "true" }, { "input.a.b.0", "1" }, { "input.a.b.1", "two" },
    { "input.a.b.2", "{\"c\": null}" }, { "input.a.b.2.c", "null" }, { "input.a.b", "[1, \"two\", {\"c\": null}]" },
    { "inputs", "inputs" }, { "literal input.t", "literal input.t" }, { "", "" },
    { "input.x", NULL }, { "input.a.b.3", NULL }, { "input.a.b.-1", NULL }, { "input.a.b.x", NULL }, { "input.t.0", NULL }, { "input.", NULL },
    { "input..t", NULL },
  };
  g_autoptr(LeydenWorkItem) item = make_item ("{\"rollout_id\":\"r\",\"input\":{\"a\":{\"b\":[1,\"two\",{\"c\":null}]},\"t\":\"text\",\"n\":1.0,"
                                              "\"u\":\"ü\",\"f\":true}}");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *text = leyden_work_item_resolve (item, cases[i].value, &error);

      g_assert_cmpstr (text, ==, cases[i].expected);
      if (cases[i].expected == NULL)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

/* Hostile inputs A37 and A39, where the backend is somebody else's. */
static void
test_hostile (void)
{
  static const char * const names[] = { "LD_PRELOAD", "PATH", "PYTHONPATH", "AGL_KEY", "AGL_EVENT_URL", "A=B", "", "BASH_ENV" };
  const char * const environ[] = { "HOME=/h", "LEYDEN_KEY_X=secret", "AGL_KEY=old", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *json = g_strdup_printf ("{\"rollout_id\":\"r\",\"input\":1,\"config\":{\"local\":{\"env_map\":{\"%s\":\"x\"}}}}", names[i]);
      g_autoptr(LeydenWorkItem) item = make_item (json);
      g_autoptr(GError) error = NULL;
      g_auto(GStrv) made = leyden_work_item_make_environ (item, environ, "http://h", NULL, &error);

      g_assert_null (made);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
  {
    static const struct { const char *text; gint64 expected; } cases[] = {
      { "0", 0 }, { "-1", 0 }, { "1e18", 366 * 24 * 3600 }, { "60", 60 }, { "\"1h\"", 0 }, { "null", 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
      {
        g_autofree char *json = g_strdup_printf ("{\"rollout_id\":\"r\",\"input\":1,\"config\":{\"timeout_seconds\":%s}}", cases[i].text);
        g_autoptr(LeydenWorkItem) item = make_item (json);

        if (i != 2)
          g_assert_cmpint (item->timeout_s, ==, cases[i].expected);
        else
          g_assert_true (item->timeout_s == 0 || item->timeout_s == cases[i].expected);
      }
  }
}

static void
test_environ (void)
{
  g_autoptr(LeydenWorkItem) item = make_item ("{\"rollout_id\":\"a/b ü\",\"is_train\":false,\"input\":{\"q\":\"x\"},\"config\":{\"local\":{\"env_map\":{"
                                              "\"QUESTION\":\"input.q\",\"OPENAI_API_KEY\":\"own\"}}}}");
  const char * const environ[] = { "HOME=/h", "LEYDEN_KEY_X=secret", "AGL_KEY=old", NULL };
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) made = leyden_work_item_make_environ (item, environ, "http://h:1", NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (g_environ_getenv (made, "HOME"), ==, "/h");
  g_assert_cmpstr (g_environ_getenv (made, "QUESTION"), ==, "x");
  g_assert_cmpstr (g_environ_getenv (made, "OPENAI_API_KEY"), ==, "own");
  g_assert_cmpstr (g_environ_getenv (made, "AGL_KEY"), ==, "k");
  g_assert_null (g_environ_getenv (made, "LEYDEN_KEY_X"));
  g_assert_cmpstr (g_environ_getenv (made, "AGL_OPENAI_BASE_URL"), ==, "http://h:1/proxy/rollout/a%2Fb%20%C3%BC/attempt/0/mode/val/openai/v1");
  g_assert_cmpstr (g_environ_getenv (made, "AGL_EVENT_URL"), ==, "http://h:1/api/rollouts/a%2Fb%20%C3%BC/attempt/0/events");
}

static void
test_item (void)
{
  static const char * const none[] = { "{}", "[]", "1", "{\"rollout_id\":7}", "{\"rollout_id\":\"\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (none[i], -1, NULL, NULL);

      g_assert_null (leyden_work_item_new (value, "0", NULL));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/work/resolve", test_resolve);
  g_test_add_func ("/hostile/A37-A39-worker", test_hostile);
  g_test_add_func ("/work/environ", test_environ);
  g_test_add_func ("/work/item", test_item);
  return g_test_run ();
}
