/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The document of a dashboard: what is taken, what is refused and in which words, and what is asked by it. */
#include "leyden-dashboard.h"

#include <string.h>

#include "leyden-json.h"

#define NS G_GINT64_CONSTANT (1000000000)
#define PANEL "{\"id\":\"p\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":6,\"h\":4,\"queries\":[{\"metric\":\"reward\"}]}"
#define HEAD "{\"leyden-dashboard\":1,\"id\":\"d\","

static LeydenValue *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_taken (void)
{
  static const char * const good[] = {
    HEAD "\"panels\":[]}",
    HEAD "\"title\":\"T\",\"description\":\"D\",\"time\":{\"range\":\"7d\"},\"zone\":\"Europe/Berlin\",\"refresh_s\":-1,\"panels\":[" PANEL "],\"kept\":{\"a\":1}}",
    HEAD "\"time\":{\"from\":1,\"to\":2},\"zone\":\"\",\"variables\":[{\"name\":\"flow\",\"dimension\":\"flow\",\"value\":\"\"}],\"panels\":["
    "{\"id\":\"t\",\"kind\":\"text\",\"x\":0,\"y\":0,\"w\":12,\"h\":1,\"options\":{\"text\":\"Hello\"}},"
    "{\"id\":\"s\",\"kind\":\"table\",\"x\":0,\"y\":1,\"w\":12,\"h\":24,\"queries\":[{\"sql\":\"SELECT 1\"},{\"live\":\"workers\"},"
    "{\"metric\":\"reward\",\"aggregation\":\"p90\",\"shape\":\"step\",\"split\":[\"flow\",\"model\"],\"filter\":[[\"state\",\"in\",[\"failed\"]]]}]}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr(LeydenValue) document = parse (good[i]);
      g_autoptr(GError) error = NULL;

      leyden_dashboard_check (document, &error);
      g_assert_no_error (error);
    }
}

/* What is wrong, and how the message begins: with its place. */
static void
test_refused (void)
{
  static const struct
  {
    const char *text;
    const char *place;
  } bad[] = {
    { "[]", "dashboard: must be an object, not list" },
    { "{}", "leyden-dashboard: must be 1" },
    { "{\"leyden-dashboard\":\"1\"}", "leyden-dashboard: must be 1" },
    { "{\"leyden-dashboard\":1,\"panels\":[]}", "id: must be 1 to 64 letters" },
    { "{\"leyden-dashboard\":1,\"id\":\"../x\",\"panels\":[]}", "id: must be 1 to 64 letters" },
    { HEAD "\"title\":7,\"panels\":[]}", "title: must be a text" },
    { HEAD "\"x\":7}", "panels: must be a list; it may be empty" },
    { HEAD "\"panels\":[" PANEL "," PANEL "]}", "panels[1].id: \"p\" stands twice" },
    { HEAD "\"panels\":[7]}", "panels[0]: must be an object" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"pie\"}]}", "panels[0].kind: must be one of line, area" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\"}]}", "panels[0].x: is missing; it must be an integer from 0 to 11" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":13,\"h\":1}]}", "panels[0].w: must be an integer from 1 to 12" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0.5,\"y\":0,\"w\":1,\"h\":1}]}", "panels[0].x: must be an integer" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":8,\"y\":0,\"w\":8,\"h\":1}]}", "panels[0].w: reaches over the 12 columns" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":1,\"h\":1}]}", "panels[0].queries: a panel of the kind \"line\" needs" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"text\",\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"queries\":[{\"sql\":\"\"}]}]}", "panels[0].queries: a panel of the kind \"text\"" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"queries\":[{}]}]}", "panels[0].queries[0]: must have exactly one of" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"queries\":[{\"sql\":\"\",\"metric\":\"m\"}]}]}", "panels[0].queries[0]: must have exactly one of" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"queries\":[{\"live\":\"cats\"}]}]}", "panels[0].queries[0].live: must be one of workers" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"queries\":[{\"metric\":\"m\",\"split\":[\"a\",\"b\",\"c\"]}]}]}", "panels[0].queries[0].split: has 3 entries; at most 2" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"queries\":[{\"metric\":\"m\",\"filter\":[[\"a\",\"=\"]]}]}]}", "panels[0].queries[0].filter[0]: must be [dimension" },
    { HEAD "\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"queries\":[{\"metric\":\"m\",\"aggregation\":\"median\"}]}]}", "panels[0].queries[0].aggregation: must be one of count" },
    { HEAD "\"zone\":\"Moon/Crater\",\"panels\":[]}", "zone: is none that is known here" },
    { HEAD "\"time\":{\"range\":\"soon\"},\"panels\":[]}", "time: must be {\"range\"" },
    { HEAD "\"time\":{\"from\":2,\"to\":2},\"panels\":[]}", "time: must be {\"range\"" },
    { HEAD "\"time\":[],\"panels\":[]}", "time: must be {\"range\"" },
    { HEAD "\"refresh_s\":-2,\"panels\":[]}", "refresh_s: must be an integer from -1" },
    { HEAD "\"variables\":[{\"name\":\"a\"},{\"name\":\"a\"}],\"panels\":[]}", "variables[1].name: \"a\" stands twice" },
    { HEAD "\"variables\":{},\"panels\":[]}", "variables: must be a list" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) document = parse (bad[i].text);
      g_autoptr(GError) error = NULL;

      g_assert_false (leyden_dashboard_check (document, &error));
      g_assert_error (error, LEYDEN_DASHBOARD_ERROR, LEYDEN_DASHBOARD_ERROR_INVALID);
      if (!g_str_has_prefix (error->message, bad[i].place))
        g_error ("%s\n  says %s\n  not  %s", bad[i].text, error->message, bad[i].place);
    }
}

static void
test_newer (void)
{
  g_autoptr(LeydenValue) document = parse ("{\"leyden-dashboard\":2,\"id\":\"d\",\"something\":\"else\"}");
  g_autoptr(GError) error = NULL;

  g_assert_false (leyden_dashboard_check (document, &error));
  g_assert_error (error, LEYDEN_DASHBOARD_ERROR, LEYDEN_DASHBOARD_ERROR_NEWER);
}

static void
test_bounded (void)
{
  g_autoptr(GString) text = g_string_new (HEAD "\"panels\":[");
  g_autoptr(LeydenValue) document = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i <= LEYDEN_DASHBOARD_MAX_PANELS; i++)
    g_string_append_printf (text, "%s{\"id\":\"p%u\",\"kind\":\"text\",\"x\":0,\"y\":0,\"w\":1,\"h\":1}", i > 0 ? "," : "", i);
  g_string_append (text, "]}");
  document = parse (text->str);
  g_assert_false (leyden_dashboard_check (document, &error));
  g_assert_true (g_str_has_prefix (error->message, "panels: has 61 entries; at most 60"));
}

static gint64
ns_of (const char *iso)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (iso, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * NS;
}

/* In Berlin the clocks went forward on 30 March 2025 at 2:00 and back on 26 October at 3:00. */
static void
test_time (void)
{
  static const struct
  {
    const char *range;
    const char *zone;
    const char *now;
    const char *from;
    const char *to;
  } cases[] = {
    { "15m", "UTC", "2025-03-30T12:00:00Z", "2025-03-30T11:45:00Z", "2025-03-30T12:00:00Z" },
    { "24h", "Europe/Berlin", "2025-03-30T12:00:00Z", "2025-03-29T12:00:00Z", "2025-03-30T12:00:00Z" },
    /* A day of 23 hours, and one of 25. */
    { "1d", "Europe/Berlin", "2025-03-30T12:00:00Z", "2025-03-29T13:00:00Z", "2025-03-30T12:00:00Z" },
    { "1w", "Europe/Berlin", "2025-10-26T12:00:00Z", "2025-10-19T11:00:00Z", "2025-10-26T12:00:00Z" },
    { "today", "Europe/Berlin", "2025-03-30T12:00:00Z", "2025-03-29T23:00:00Z", "2025-03-30T12:00:00Z" },
    { "today", "UTC", "2025-03-30T12:00:00Z", "2025-03-30T00:00:00Z", "2025-03-30T12:00:00Z" },
    { "yesterday", "Europe/Berlin", "2025-03-31T12:00:00Z", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z" },
    { "yesterday", "Europe/Berlin", "2025-10-27T12:00:00Z", "2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z" },
    { "week", "UTC", "2025-03-30T12:00:00Z", "2025-03-24T00:00:00Z", "2025-03-30T12:00:00Z" },
    { "week", "UTC", "2025-03-31T12:00:00Z", "2025-03-31T00:00:00Z", "2025-03-31T12:00:00Z" },
    { "month", "Europe/Berlin", "2025-03-31T22:30:00Z", "2025-03-31T22:00:00Z", "2025-03-31T22:30:00Z" },
    { "year", "America/New_York", "2025-01-01T03:00:00Z", "2024-01-01T05:00:00Z", "2025-01-01T03:00:00Z" },
    { "all", "UTC", "2025-03-30T12:00:00Z", "1970-01-01T00:00:00Z", "2025-03-30T12:00:00Z" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"range\":\"%s\"}", cases[i].range);
      g_autoptr(LeydenValue) time = parse (text);
      gint64 from, to;

      g_assert_true (leyden_dashboard_resolve_time (time, cases[i].zone, ns_of (cases[i].now), &from, &to));
      g_assert_cmpint (from, ==, ns_of (cases[i].from));
      g_assert_cmpint (to, ==, ns_of (cases[i].to));
    }
}

static void
test_ranges (void)
{
  static const char * const bad[] = { "", "m", "0m", "-1h", "1", "1y", "1 h", "1hh", "99999d", "999999999999999999h", "Today", NULL };

  for (guint i = 0; bad[i] != NULL; i++)
    g_assert_false (leyden_dashboard_is_range (bad[i]));
  g_assert_false (leyden_dashboard_is_range (NULL));
  g_assert_true (leyden_dashboard_is_range ("3660d"));
}

static void
test_queries (void)
{
  static const struct
  {
    const char *query;
    const char *variables;
    const char *expected;
  } cases[] = {
    { "{\"metric\":\"reward\",\"filter\":[[\"flow\",\"=\",\"$flow\"],[\"state\",\"=\",\"failed\"]]}", "{\"flow\":\"\"}",
      "{\"metric\":\"reward\",\"filter\":[[\"state\",\"=\",\"failed\"]],\"from\":1,\"to\":2,\"zone\":\"UTC\"}" },
    { "{\"metric\":\"reward\",\"filter\":[[\"flow\",\"=\",\"$flow\"]]}", "{\"flow\":\"a'b\"}",
      "{\"metric\":\"reward\",\"filter\":[[\"flow\",\"=\",\"a'b\"]],\"from\":1,\"to\":2,\"zone\":\"UTC\"}" },
    /* No variable of that name: a text that begins so. */
    { "{\"metric\":\"reward\",\"filter\":[[\"item\",\"=\",\"$5\"]],\"zone\":\"Asia/Tokyo\",\"from\":7}", "{\"flow\":\"x\"}",
      "{\"metric\":\"reward\",\"filter\":[[\"item\",\"=\",\"$5\"]],\"zone\":\"Asia/Tokyo\",\"from\":7,\"to\":2}" },
    { "{\"sql\":\"SELECT '$flow', $flow, $flower FROM rollouts WHERE $none IS NULL\"}", "{\"flow\":\"a'; DROP\",\"none\":\"\"}",
      "{\"sql\":\"SELECT '$flow', 'a''; DROP', $flower FROM rollouts WHERE NULL IS NULL\",\"from\":1,\"to\":2,\"zone\":\"UTC\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) query = parse (cases[i].query);
      g_autoptr(LeydenValue) variables = parse (cases[i].variables);
      g_autoptr(LeydenValue) made = leyden_dashboard_make_query (query, variables, 1, 2, "UTC");
      g_autofree char *text = leyden_json_write (made, LEYDEN_JSON_COMPACT);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_cells (void)
{
  g_autoptr(LeydenValue) document = parse (HEAD "\"variables\":[{\"name\":\"flow\",\"value\":\"f\"}],\"panels\":[" PANEL ",{\"id\":\"q\",\"kind\":\"text\",\"x\":0,\"y\":9,\"w\":3,\"h\":2}]}");
  g_autofree LeydenGridCell *cells = NULL;
  g_autoptr(LeydenValue) moved = NULL;
  g_autoptr(LeydenValue) variables = leyden_dashboard_get_variables (document);
  gsize n;

  cells = leyden_dashboard_get_cells (document, &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpint (cells[1].y, ==, 4);
  cells[1].x = 9;
  moved = leyden_dashboard_with_cells (document, cells, n);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_lookup_pointer (moved, "/panels/1"), "x", -1), ==, 9);
  g_assert_cmpint (leyden_dashboard_find_panel (moved, "q"), ==, 1);
  g_assert_cmpint (leyden_dashboard_find_panel (moved, "none"), ==, -1);
  g_assert_cmpstr (leyden_value_get_member_string (variables, "flow", NULL), ==, "f");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dashboard/taken", test_taken);
  g_test_add_func ("/dashboard/refused", test_refused);
  g_test_add_func ("/dashboard/newer", test_newer);
  g_test_add_func ("/dashboard/bounded", test_bounded);
  g_test_add_func ("/dashboard/time", test_time);
  g_test_add_func ("/dashboard/ranges", test_ranges);
  g_test_add_func ("/dashboard/queries", test_queries);
  g_test_add_func ("/dashboard/cells", test_cells);
  return g_test_run ();
}
