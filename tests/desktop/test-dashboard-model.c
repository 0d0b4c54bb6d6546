/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of dashboards in the window what needs no display: changes and their history, answers joined and told as tables, times that are typed, completion. */
#include <math.h>
#include <string.h>

#include "leyden-budget-dialog.h"
#include "leyden-dashboard-edit.h"
#include "leyden-dashboard-result.h"
#include "leyden-json.h"
#include "leyden-time-range-button.h"
#include "leyden-view-complete.h"

static LeydenValue *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
assert_json (LeydenValue *value,
             const char  *expected)
{
  g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (text, ==, expected);
}

static LeydenValue *
make_document (void)
{
  return parse ("{\"leyden-dashboard\":1,\"id\":\"d\",\"title\":\"T\",\"variables\":[{\"name\":\"flow\",\"title\":\"Flow\",\"dimension\":\"flow\",\"value\":\"\"}],"
                "\"panels\":[{\"id\":\"a\",\"kind\":\"text\",\"x\":0,\"y\":0,\"w\":6,\"h\":2},{\"id\":\"b\",\"kind\":\"text\",\"x\":0,\"y\":2,\"w\":6,\"h\":3}]}");
}

static void
test_edit (void)
{
  g_autoptr(LeydenValue) document = make_document ();
  g_autoptr(LeydenValue) fresh = leyden_dashboard_new_panel (document);
  g_autoptr(LeydenValue) added = leyden_dashboard_with_panel (document, fresh);
  g_autoptr(LeydenValue) removed = leyden_dashboard_without_panel (added, "a");
  g_autoptr(LeydenValue) twice = NULL;
  g_autofree char *id = NULL;
  g_autoptr(GError) error = NULL;

  /* Beside what is there, and filtered by what is chosen above. */
  leyden_dashboard_check (added, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_lookup_pointer (added, "/panels/2"), "x", -1), ==, 6);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_lookup_pointer (added, "/panels/2"), "y", -1), ==, 0);
  assert_json (leyden_value_lookup_pointer (added, "/panels/2/queries/0/filter"), "[[\"flow\",\"=\",\"$flow\"]]");
  /* What was below falls up. */
  g_assert_cmpint (leyden_value_get_member_int (leyden_dashboard_get_panel (removed, "b"), "y", -1), ==, 0);
  twice = leyden_dashboard_with_duplicate (document, "a", &id);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (twice, "panels")), ==, 3);
  g_assert_nonnull (leyden_dashboard_get_panel (twice, id));
  g_assert_cmpstr (id, !=, "a");
}

static void
test_copy (void)
{
  g_autoptr(LeydenValue) document = make_document ();
  g_autoptr(LeydenValue) copy = leyden_dashboard_copy (document, "Mine");
  g_autoptr(LeydenValue) fresh = leyden_dashboard_new ("New");
  g_autoptr(GError) error = NULL;

  g_assert_cmpstr (leyden_value_get_member_string (copy, "title", NULL), ==, "Mine");
  g_assert_cmpstr (leyden_value_get_member_string (copy, "id", NULL), !=, "d");
  leyden_dashboard_check (copy, &error);
  g_assert_no_error (error);
  leyden_dashboard_check (fresh, &error);
  g_assert_no_error (error);
}

static void
test_history (void)
{
  g_autoptr(LeydenValue) document = make_document ();
  g_autoptr(LeydenValue) one = leyden_dashboard_with_string (document, "title", "One");
  g_autoptr(LeydenValue) two = leyden_dashboard_with_string (document, "title", "Two");
  g_autoptr(LeydenDashboardHistory) history = leyden_dashboard_history_new (document);

  g_assert_null (leyden_dashboard_history_undo (history));
  g_assert_false (leyden_dashboard_history_change (history, "Nothing", document));
  g_assert_true (leyden_dashboard_history_change (history, "First", one));
  g_assert_true (leyden_dashboard_history_change (history, "Second", two));
  g_assert_cmpstr (leyden_dashboard_history_undo (history), ==, "Second");
  g_assert_true (leyden_value_equal (leyden_dashboard_history_get (history), one));
  g_assert_cmpstr (leyden_dashboard_history_undo (history), ==, "First");
  g_assert_true (leyden_value_equal (leyden_dashboard_history_get (history), document));
  g_assert_null (leyden_dashboard_history_undo (history));
  g_assert_cmpstr (leyden_dashboard_history_redo (history), ==, "First");
  /* Another way from there: what was taken back is gone. */
  g_assert_true (leyden_dashboard_history_change (history, "Other", document));
  g_assert_null (leyden_dashboard_history_redo (history));
  g_assert_cmpstr (leyden_dashboard_history_get_undo_label (history), ==, "Other");
}

static void
test_join (void)
{
  g_autoptr(LeydenValue) queries = parse ("[{\"metric\":\"latency\",\"aggregation\":\"p50\",\"name\":\"p50\"},{\"metric\":\"latency\",\"aggregation\":\"p99\"},{\"metric\":\"x\"}]");
  g_autoptr(LeydenValue) results = parse ("[{\"shape\":\"time\",\"unit\":\"ms\",\"title\":\"Latency\",\"series\":[{\"name\":\"\",\"x\":[1],\"y\":[2]}],\"simulated\":\"all\"},"
                                          "{\"shape\":\"time\",\"unit\":\"ms\",\"title\":\"Latency\",\"series\":[{\"name\":\"\",\"x\":[1],\"y\":[9]}],\"simulated\":\"none\",\"warnings\":[\"W\"]},"
                                          "{\"error\":\"There is no metric x\"}]");
  g_autoptr(LeydenValue) joined = leyden_dashboard_result_join (queries, results);

  assert_json (leyden_value_get_member (joined, "series"), "[{\"name\":\"p50\",\"x\":[1],\"y\":[2]},{\"name\":\"Latency (p99)\",\"x\":[1],\"y\":[9]}]");
  assert_json (leyden_value_get_member (joined, "warnings"), "[\"W\",\"There is no metric x\"]");
  g_assert_cmpstr (leyden_value_get_member_string (joined, "simulated", NULL), ==, "some");
}

/* What has no number does not make money of what is simulated. */
static void
test_join_simulated (void)
{
  g_autoptr(LeydenValue) queries = parse ("[{\"metric\":\"value\"},{\"metric\":\"cost\"}]");
  g_autoptr(LeydenValue) results = parse ("[{\"shape\":\"groups\",\"unit\":\"currency\",\"currency\":\"EUR\",\"series\":[{\"name\":\"\",\"x\":[\"f\"],\"y\":[null]}],\"simulated\":\"none\"},"
                                          "{\"shape\":\"groups\",\"unit\":\"currency\",\"currency\":\"EUR\",\"series\":[{\"name\":\"\",\"x\":[\"f\"],\"y\":[0.7]}],\"simulated\":\"all\"}]");
  g_autoptr(LeydenValue) joined = leyden_dashboard_result_join (queries, results);
  g_autoptr(LeydenValue) table = leyden_dashboard_result_tabulate (joined);

  g_assert_cmpstr (leyden_value_get_member_string (joined, "simulated", NULL), ==, "all");
  g_assert_cmpstr (leyden_dashboard_result_name_unit (joined, "currency"), ==, "credits");
  g_assert_cmpstr (leyden_dashboard_result_name_unit (leyden_value_get_item (results, 0), "currency"), ==, "EUR");
  g_assert_cmpstr (leyden_dashboard_result_name_unit (joined, "reward"), ==, "");
  g_assert_cmpstr (leyden_dashboard_result_name_unit (joined, "ms"), ==, "ms");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_lookup_pointer (table, "/columns/1"), "unit", NULL), ==, "credits");
  g_assert_cmpstr (leyden_value_get_member_string (table, "simulated", NULL), ==, "all");
}

/* Credits and real money have no axis in common. */
static void
test_join_money (void)
{
  g_autoptr(LeydenValue) queries = parse ("[{\"metric\":\"value\"},{\"metric\":\"cost\"}]");
  g_autoptr(LeydenValue) results = parse ("[{\"shape\":\"groups\",\"unit\":\"currency\",\"title\":\"Value\",\"series\":[{\"name\":\"\",\"x\":[\"f\"],\"y\":[2.5]}],\"simulated\":\"all\"},"
                                          "{\"shape\":\"groups\",\"unit\":\"currency\",\"title\":\"Cost\",\"series\":[{\"name\":\"\",\"x\":[\"f\"],\"y\":[0.0045]}],\"simulated\":\"none\"}]");
  g_autoptr(LeydenValue) joined = leyden_dashboard_result_join (queries, results);

  assert_json (leyden_value_get_member (joined, "series"), "[{\"name\":\"Cost\",\"x\":[\"f\"],\"y\":[0.0045]}]");
  assert_json (leyden_value_get_member (joined, "warnings"), "[\"Value is in credits of the simulation and is left out.\"]");
  g_assert_cmpstr (leyden_value_get_member_string (joined, "simulated", NULL), ==, "none");
  g_assert_cmpstr (leyden_dashboard_result_name_unit (joined, "currency"), ==, "USD");
}

/* A legend in which two entries have the same name says nothing. */
static void
test_join_names (void)
{
  g_autoptr(LeydenValue) queries = parse ("[{\"metric\":\"ended\",\"name\":\"Ended\",\"compare\":\"previous\"},{\"metric\":\"cost\",\"split\":[\"flow\"]},{\"metric\":\"ended\",\"name\":\"Ended\"}]");
  g_autoptr(LeydenValue) results = parse ("[{\"shape\":\"time\",\"title\":\"Ended\",\"series\":[{\"name\":\"Ended\",\"y\":[2]},{\"name\":\"Ended, before\",\"labels\":{\"period\":\"previous\"},\"y\":[1]}]},"
                                          "{\"shape\":\"time\",\"title\":\"Cost\",\"series\":[{\"name\":\"Agent\",\"y\":[1]},{\"name\":\"Agent\",\"y\":[3]}]},"
                                          "{\"shape\":\"time\",\"title\":\"Ended\",\"series\":[{\"name\":\"\",\"y\":[2]}]}]");
  g_autoptr(LeydenValue) joined = leyden_dashboard_result_join (queries, results);
  static const char * const names[] = { "Ended", "Ended, before", "Cost: Agent", "Cost: Agent (2)", "Ended (2)" };
  LeydenValue *series = leyden_value_get_member (joined, "series");

  g_assert_cmpuint (leyden_value_get_size (series), ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (series, i), "name", NULL), ==, names[i]);
}

static void
test_join_failed (void)
{
  g_autoptr(LeydenValue) queries = parse ("[{\"metric\":\"x\"}]");
  g_autoptr(LeydenValue) results = parse ("[{\"error\":\"There is no metric x\"}]");
  g_autoptr(LeydenValue) joined = leyden_dashboard_result_join (queries, results);
  g_autoptr(LeydenValue) nothing = parse ("[]");
  g_autoptr(LeydenValue) none = leyden_dashboard_result_join (nothing, nothing);

  assert_json (joined, "{\"error\":\"There is no metric x\"}");
  g_assert_true (leyden_value_is_null (none));
}

static void
test_empty (void)
{
  static const struct
  {
    const char *result;
    gboolean    empty;
    gboolean    blank;
  } cases[] = {
    { "{\"series\":[]}", TRUE, TRUE },
    { "{\"series\":[{\"x\":[1],\"y\":[null]}]}", TRUE, TRUE },
    { "{\"series\":[{\"x\":[1],\"y\":[0]}]}", FALSE, TRUE },
    { "{\"series\":[{\"x\":[1],\"y\":[0.5]}]}", FALSE, FALSE },
    { "{\"columns\":[],\"rows\":[]}", TRUE, TRUE },
    { "{\"columns\":[{\"name\":\"a\"}],\"rows\":[[1]]}", FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) result = parse (cases[i].result);

      g_assert_cmpint (leyden_dashboard_result_is_empty (result), ==, cases[i].empty);
      g_assert_cmpint (leyden_dashboard_result_is_blank (result), ==, cases[i].blank);
    }
}

static void
test_table (void)
{
  g_autoptr(LeydenValue) result = parse ("{\"shape\":\"step\",\"unit\":\"reward\",\"series\":[{\"name\":\"A\",\"x\":[2,1],\"y\":[0.2,0.1]},{\"name\":\"B\",\"x\":[3,1],\"y\":[0.3,null]}]}");
  g_autoptr(LeydenValue) table = leyden_dashboard_result_tabulate (result);

  assert_json (leyden_value_get_member (table, "rows"), "[[1,0.1,null],[2,0.2,null],[3,null,0.3]]");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (table, "columns")), ==, 3);
}

static gint64
ns_of (const char *iso)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (iso, NULL);

  return g_date_time_to_unix (time) * 1000000000;
}

static void
test_time (void)
{
  static const struct
  {
    const char *text;
    const char *zone;
    gboolean    end;
    const char *expected;       /* NULL: refused */
  } cases[] = {
    { "2026-11-03", "UTC", FALSE, "2026-11-03T00:00:00Z" },
    { " 2026-11-03 ", "UTC", TRUE, "2026-11-04T00:00:00Z" },
    { "2026-11-03 14:30", "Europe/Berlin", FALSE, "2026-11-03T13:30:00Z" },
    { "2026-11-03T14:30:05", "Europe/Berlin", TRUE, "2026-11-03T13:30:05Z" },
    /* A day of 25 hours is over 25 hours later. */
    { "2026-10-25", "Europe/Berlin", FALSE, "2026-10-24T22:00:00Z" },
    { "2026-10-25", "Europe/Berlin", TRUE, "2026-10-25T23:00:00Z" },
    { "", "UTC", FALSE, NULL },
    { "tomorrow", "UTC", FALSE, NULL },
    { "2026-13-03", "UTC", FALSE, NULL },
    { "1960-01-01", "UTC", FALSE, NULL },
    { "2026-11-03", "No/Where", FALSE, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 ns = -1;

      g_assert_cmpint (leyden_time_range_parse (cases[i].text, cases[i].zone, cases[i].end, &ns), ==, cases[i].expected != NULL);
      if (cases[i].expected != NULL)
        g_assert_cmpint (ns, ==, ns_of (cases[i].expected));
    }
}

static void
test_describe_time (void)
{
  static const char * const cases[][2] = {
    { "{\"range\":\"24h\"}", "Last 24 Hours" }, { "{\"range\":\"1h\"}", "Last Hour" }, { "{\"range\":\"3w\"}", "Last 3 Weeks" }, { "{\"range\":\"month\"}", "This Month" },
    { "{\"from\":1793750400000000000,\"to\":1793836800000000000}", "2026-11-04 00:00 – 2026-11-05 00:00" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) time = parse (cases[i][0]);
      g_autofree char *text = leyden_time_range_describe (time, "UTC");

      g_assert_cmpstr (text, ==, cases[i][1]);
    }
}

static void
test_budget (void)
{
  double amount;

  g_assert_true (leyden_budget_parse ("", &amount) && isnan (amount));
  g_assert_true (leyden_budget_parse (" 12.50 ", &amount));
  g_assert_cmpfloat (amount, ==, 12.5);
  g_assert_true (leyden_budget_parse ("12,50", &amount));
  g_assert_cmpfloat (amount, ==, 12.5);
  g_assert_false (leyden_budget_parse ("-1", &amount));
  g_assert_false (leyden_budget_parse ("1e400", &amount));
  g_assert_false (leyden_budget_parse ("12 USD", &amount));
  g_assert_false (leyden_budget_parse ("nan", &amount));
  g_assert_false (leyden_budget_parse ("1,000.50", &amount));
}

/* What is offered at the bar, the first of it; "" nothing. */
static void
test_complete (void)
{
  static const struct
  {
    const char *text;           /* "|": the cursor */
    gboolean    asked;
    const char *first;
  } cases[] = {
    { "SELECT rew| FROM rollouts", FALSE, "reward" },
    { "SELECT * FROM ro|", FALSE, "rollouts" },
    { "SELECT * FROM |", TRUE, "rollouts" },
    { "SELECT * FROM |", FALSE, "" },
    { "SELECT lat| FROM calls", FALSE, "latency_ms" },
    { "SELECT lat| FROM rollouts", FALSE, "" },
    { "SELECT calls.lat|", FALSE, "latency_ms" },
    { "SELECT calls.|", FALSE, "latency_ms" },
    { "SELECT * FROM rollouts WHERE t > :fr|", FALSE, ":from" },
    { "sel|", FALSE, "SELECT" },
    { "SELECT 'ä', rew| FROM rollouts", FALSE, "reward" },
  };
  g_autoptr(LeydenValue) views = parse ("[{\"name\":\"rollouts\",\"columns\":[{\"name\":\"reward\",\"description\":\"R\"},{\"name\":\"cost\"}]},"
                                        "{\"name\":\"calls\",\"columns\":[{\"name\":\"latency_ms\"}]}]");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(GStrv) halves = g_strsplit (cases[i].text, "|", 2);
      g_autofree char *text = g_strconcat (halves[0], halves[1], NULL);
      guint start = 0, cursor = (guint) g_utf8_strlen (halves[0], -1);
      g_autoptr(GPtrArray) found = leyden_view_complete (text, cursor, cases[i].asked, views, &start);

      if ((found != NULL ? ((LeydenProposal *) g_ptr_array_index (found, 0))->insert : "")[0] == '\0')
        g_assert_cmpstr (cases[i].first, ==, "");
      else
        g_assert_cmpstr (((LeydenProposal *) g_ptr_array_index (found, 0))->insert, ==, cases[i].first);
      g_assert_cmpuint (start, <=, cursor);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dashboard-model/edit", test_edit);
  g_test_add_func ("/dashboard-model/copy", test_copy);
  g_test_add_func ("/dashboard-model/history", test_history);
  g_test_add_func ("/dashboard-model/join", test_join);
  g_test_add_func ("/dashboard-model/join-simulated", test_join_simulated);
  g_test_add_func ("/dashboard-model/join-money", test_join_money);
  g_test_add_func ("/dashboard-model/join-names", test_join_names);
  g_test_add_func ("/dashboard-model/join-failed", test_join_failed);
  g_test_add_func ("/dashboard-model/empty", test_empty);
  g_test_add_func ("/dashboard-model/table", test_table);
  g_test_add_func ("/dashboard-model/time", test_time);
  g_test_add_func ("/dashboard-model/describe-time", test_describe_time);
  g_test_add_func ("/dashboard-model/budget", test_budget);
  g_test_add_func ("/dashboard-model/complete", test_complete);
  return g_test_run ();
}
