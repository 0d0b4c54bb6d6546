/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window reads of a rollout's state; no display. */
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-try-state.h"

static LeydenValue *
parse (const char *json)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_names (void)
{
  static const struct { const char *json, *name; gboolean final, unknown; const char *error; } cases[] = {
    { "{}", "running", FALSE, FALSE, NULL },
    { "{\"state\":\"waiting\"}", "waiting", FALSE, FALSE, NULL },
    { "{\"state\":\"succeeded\"}", "succeeded", TRUE, FALSE, NULL },
    { "{\"state\":\"cancelled\"}", "cancelled", TRUE, FALSE, NULL },
    { "{\"state\":\"failed\",\"error\":\"no\"}", "failed", TRUE, FALSE, "no" },
    { "{\"state\":\"failed\",\"error\":{\"message\":\"so\"},\"error_kind\":\"not_simulated\"}", "failed", TRUE, TRUE, "so" },
    { "{\"state\":7,\"error\":[1],\"error_kind\":{}}", "running", FALSE, FALSE, NULL },
    { "[]", "running", FALSE, FALSE, NULL },
  };

  g_assert_cmpstr (leyden_try_state_get_name (NULL), ==, "running");
  g_assert_false (leyden_try_state_is_final (NULL));
  g_assert_null (leyden_try_state_get_error (NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) state = parse (cases[i].json);

      g_test_message ("%s", cases[i].json);
      g_assert_cmpstr (leyden_try_state_get_name (state), ==, cases[i].name);
      g_assert_cmpint (leyden_try_state_is_final (state), ==, cases[i].final);
      g_assert_cmpint (leyden_try_state_is_unknown (state), ==, cases[i].unknown);
      g_assert_cmpstr (leyden_try_state_get_error (state), ==, cases[i].error);
    }
}

static void
test_one_node (void)
{
  static const struct { const char *json; gboolean one; } cases[] = {
    { "{\"part\":{\"mode\":\"node\",\"node\":\"a\"}}", TRUE }, { "{\"part\":{\"mode\":\"from\",\"node\":\"a\"}}", FALSE },
    { "{\"part\":\"node\"}", FALSE }, { "{\"part\":{\"mode\":7}}", FALSE }, { "{}", FALSE }, { "[]", FALSE },
  };

  g_assert_false (leyden_try_state_is_one_node (NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) state = parse (cases[i].json);

      g_assert_cmpint (leyden_try_state_is_one_node (state), ==, cases[i].one);
    }
}

static void
test_format (void)
{
  static const struct { const char *json, *line; } cases[] = {
    { "{\"state\":\"queued\"}", "Queued" },
    { "{\"state\":\"succeeded\",\"latency_ms\":1500}", "Succeeded · 1.5 s" },
    { "{\"state\":\"succeeded\",\"usage\":{\"tokens_in\":1,\"tokens_out\":0}}", "Succeeded · 1 token" },
    { "{\"state\":\"failed\",\"latency_ms\":20,\"usage\":{\"tokens_in\":3,\"tokens_out\":4},\"reward\":0.5}",
      "Failed · 20 ms · 7 tokens · reward 0.50" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) state = parse (cases[i].json);
      g_autofree char *line = leyden_try_state_format (state);

      g_assert_cmpstr (line, ==, cases[i].line);
    }
}

static void
test_words (void)
{
  g_autoptr(LeydenValue) state = parse ("{\"nodes\":{\"b\":{\"calls\":[{\"answer\":{\"message\":{\"content\":\"late\"}},\"finished\":9},"
                                        "{\"answer\":null,\"finished\":20}]},"
                                        "\"a\":{\"calls\":[{\"answer\":{\"message\":{\"content\":\"early\"}},\"finished\":3}]},\"c\":4}}");
  g_autoptr(LeydenValue) nothing = parse ("{\"a\":null,\"b\":null}");
  g_autoptr(LeydenValue) something = parse ("{\"a\":null,\"b\":false}");

  g_assert_cmpstr (leyden_try_state_get_last_words (state), ==, "late");
  g_assert_null (leyden_try_state_get_last_words (NULL));
  g_assert_false (leyden_try_state_has_value (NULL));
  g_assert_false (leyden_try_state_has_value (nothing));
  g_assert_true (leyden_try_state_has_value (something));
}

/* Rounds of a container are one badge: what runs counts before what has failed. */
static void
test_statuses (void)
{
  g_autoptr(LeydenValue) state = parse ("{\"nodes\":{\"a\":{\"state\":\"succeeded\",\"started\":1000000,\"finished\":3000000},"
                                        "\"a#1\":{\"state\":\"failed\"},"
                                        "\"m[0]/x\":{\"state\":\"failed\",\"started\":1000000,\"finished\":5000000},"
                                        "\"m[1]/x\":{\"state\":\"succeeded\",\"started\":1000000,\"finished\":3000000},"
                                        "\"m[2]/x\":{\"state\":\"running\",\"started\":1000000}}}");
  g_autoptr(LeydenValue) statuses = leyden_try_state_make_statuses (state);
  g_autoptr(LeydenValue) none = leyden_try_state_make_statuses (NULL);
  LeydenValue *a = leyden_value_get_member (statuses, "a");
  LeydenValue *x = leyden_value_get_member (statuses, "m/x");

  g_assert_cmpint (leyden_value_get_size (none), ==, 0);
  g_assert_cmpint (leyden_value_get_size (statuses), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (a, "state", NULL), ==, "succeeded");
  g_assert_cmpint (leyden_value_get_member_int (a, "count", 0), ==, 1);
  g_assert_cmpfloat (leyden_value_get_member_double (a, "mean_ms", NAN), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (x, "state", NULL), ==, "running");
  g_assert_cmpint (leyden_value_get_member_int (x, "count", 0), ==, 3);
  g_assert_cmpfloat (leyden_value_get_member_double (x, "mean_ms", NAN), ==, 3);
}

/* A summary counts rounds that it does not list, and what is listed of them is not counted twice. */
static void
test_rounds (void)
{
  g_autoptr(LeydenValue) state = parse ("{\"nodes\":{\"m\":{\"state\":\"running\"},\"m[7]/x\":{\"state\":\"succeeded\",\"started\":1000000,\"finished\":3000000}},"
                                        "\"rounds\":{\"m/x\":{\"succeeded\":41,\"failed\":1}}}");
  g_autoptr(LeydenValue) statuses = leyden_try_state_make_statuses (state);
  LeydenValue *x = leyden_value_get_member (statuses, "m/x");

  g_assert_cmpint (leyden_value_get_size (statuses), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (x, "state", NULL), ==, "failed");
  g_assert_cmpint (leyden_value_get_member_int (x, "count", 0), ==, 42);
  g_assert_cmpfloat (leyden_value_get_member_double (x, "mean_ms", NAN), ==, 2);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/try-state/one-node", test_one_node);
  g_test_add_func ("/try-state/names", test_names);
  g_test_add_func ("/try-state/format", test_format);
  g_test_add_func ("/try-state/words", test_words);
  g_test_add_func ("/try-state/statuses", test_statuses);
  g_test_add_func ("/try-state/rounds", test_rounds);
  return g_test_run ();
}
