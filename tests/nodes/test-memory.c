/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"

/* Two turns of a conversation, a value that is replaced, and one that is forgotten. */
static const char flow[] =
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}, {\"name\": \"list\", \"type\": \"any\"}]},"
  " \"m1\": {\"type\": \"memory\", \"role\": \"user\", \"keep\": 3},"
  " \"m2\": {\"type\": \"memory\", \"role\": \"assistant\", \"keep\": 3},"
  " \"m3\": {\"type\": \"memory\", \"keep\": 3},"
  " \"s1\": {\"type\": \"memory\", \"action\": \"set\", \"@name\": \"last\"},"
  " \"c1\": {\"type\": \"memory\", \"action\": \"clear\", \"@name\": \"last\"},"
  " \"r1\": {\"type\": \"memory\", \"action\": \"read\"},"
  " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"all\", \"type\": \"any\"}, {\"name\": \"messages\", \"type\": \"any\"}, {\"name\": \"set\", \"type\": \"any\"},"
  " {\"name\": \"gone\", \"type\": \"any\"}]}},"
  " \"edges\": [\"in.q > m1.value\", \"in.q > m2.value\", \"m1.value > m2.after\", \"in.list > m3.value\", \"m2.value > m3.after\", \"m3.value > s1.value\","
  " \"s1.value > c1.after\", \"c1.value > r1.after\", \"r1.value > o.all\", \"r1.messages > o.messages\", \"s1.value > o.set\", \"c1.value > o.gone\"]}";

static const char input[] = "{\"q\": \"hello\", \"list\": [7, {\"role\": \"user\", \"content\": \"again\"}]}";

/* Of four the newest three stay; what is no message is not among the messages. */
static const char expected[] =
  "{\"all\":[{\"content\":\"hello\",\"role\":\"assistant\"},7,{\"content\":\"again\",\"role\":\"user\"}],\"gone\":null,"
  "\"messages\":[{\"content\":\"hello\",\"role\":\"assistant\"},{\"content\":\"again\",\"role\":\"user\"}],"
  "\"set\":[{\"content\":\"hello\",\"role\":\"assistant\"},7,{\"content\":\"again\",\"role\":\"user\"}]}";

static void
check_result (Watch *watch)
{
  g_autofree char *result = NULL;

  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error, ==, NULL);
  result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);
  g_assert_cmpstr (result, ==, expected);
}

/* Every rollout begins with nothing, whatever ran before it in this engine. */
static void
test_turns (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (flow);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(Watch) watch = run_once (engine, plan, input);

      check_result (watch);
    }
}

/* After a crash between any two records nothing is remembered twice, and nothing is forgotten. */
static void
test_resume (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (flow);
  LeydenStore *store = test_store ();

  {
    g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
    g_autoptr(Watch) whole = run_once (engine, plan, input);
    g_autoptr(LeydenValue) row = test_json (input);

    check_result (whole);
    g_assert_cmpuint (watch_count (whole, "memory.changed", "m3"), ==, 1);
    for (guint n = 1; n <= whole->records->len; n++)
      {
        g_autofree char *rollout = g_strdup_printf ("cut-%u", n);
        LeydenRolloutSpec spec = { .plan = plan, .input = row, .seed = 42, .rollout = rollout };
        g_autoptr(Watch) watch = NULL;

        g_test_message ("cut after %u records", n);
        test_put_prefix (store, whole->records, n, rollout);
        watch = watch_new (leyden_engine_start_rollout (engine, &spec));
        watch_wait (watch);
        check_result (watch);
      }
  }
  test_store_done (store);
}

/* The rounds of a loop share it, also when they are taken up again in the middle. */
static const char loop_flow[] =
  "{\"leyden\": 1, \"id\": \"loop\", \"title\": \"Loop\", \"nodes\": [{\"id\": \"in\", \"type\": \"input\", "
  "\"parameters\": {\"fields\": [{\"name\": \"n\", \"type\": \"number\"}]}}, {\"id\": \"lo\", \"type\": \"loop\", "
  "\"parameters\": {\"condition\": \"n < 3\", \"max_iterations\": 10}, \"flow\": {\"nodes\": [{\"id\": \"bi\", \"type\": \"input\", "
  "\"parameters\": {\"fields\": [{\"name\": \"n\", \"type\": \"number\"}]}}, {\"id\": \"bo\", \"type\": \"output\", "
  "\"parameters\": {\"fields\": [{\"name\": \"n\", \"type\": \"number\"}, {\"name\": \"all\", \"type\": \"any\"}]}}, {\"id\": \"me\", "
  "\"type\": \"memory\", \"parameters\": {}}, {\"id\": \"tr\", \"type\": \"transform\", \"parameters\": {\"expression\": \"value + 1\"}}], "
  "\"edges\": [{\"id\": \"b1\", \"source\": \"bi\", \"source_port\": \"n\", \"target\": \"tr\", \"target_port\": \"value\"}, {\"id\": \"b2\", "
  "\"source\": \"bi\", \"source_port\": \"n\", \"target\": \"me\", \"target_port\": \"value\"}, {\"id\": \"b3\", \"source\": \"tr\", "
  "\"source_port\": \"result\", \"target\": \"bo\", \"target_port\": \"n\"}, {\"id\": \"b4\", \"source\": \"me\", \"source_port\": \"value\", "
  "\"target\": \"bo\", \"target_port\": \"all\"}]}}, {\"id\": \"ou\", \"type\": \"output\", \"parameters\": {\"fields\": [{\"name\": \"all\", "
  "\"type\": \"any\"}]}}], \"edges\": [{\"id\": \"e1\", \"source\": \"in\", \"source_port\": \"n\", \"target\": \"lo\", \"target_port\": \"n\"}, "
  "{\"id\": \"e2\", \"source\": \"lo\", \"source_port\": \"all\", \"target\": \"ou\", \"target_port\": \"all\"}]}";

static void
test_loop (void)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (loop_flow, strlen (loop_flow));
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) loop = leyden_flow_parse (bytes, "loop", &error);
  g_autoptr(LeydenPlan) plan = NULL;
  g_autoptr(LeydenValue) row = test_json ("{\"n\": 0}");
  LeydenStore *store = test_store ();

  g_assert_no_error (error);
  plan = leyden_plan_new (loop, test_types (), &error);
  g_assert_no_error (error);
  {
    g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
    g_autoptr(Watch) whole = run_once (engine, plan, "{\"n\": 0}");

    for (guint n = 0; n <= whole->records->len; n++)
      {
        g_autofree char *rollout = g_strdup_printf ("loop-%u", n);
        LeydenRolloutSpec spec = { .plan = plan, .input = row, .seed = 42, .rollout = rollout };
        g_autoptr(Watch) watch = NULL;
        g_autofree char *result = NULL;

        if (n > 0)
          test_put_prefix (store, whole->records, n, rollout);
        watch = watch_new (leyden_engine_start_rollout (engine, &spec));
        watch_wait (watch);
        result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);
        g_assert_cmpstr (result, ==, "{\"all\":[0,1,2]}");
      }
  }
  test_store_done (store);
}

/* A list of any length is one change, whose time goes by its length. */
static void
test_long (void)
{
  static const guint lengths[] = { 0, 1, 99999, 100000, 150000 };
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"first\", \"type\": \"any\"},"
                                          " {\"name\": \"list\", \"type\": \"any\"}]}, \"a\": {\"type\": \"memory\", \"action\": \"set\"},"
                                          " \"b\": {\"type\": \"memory\", \"keep\": 100000}, \"o\": {\"type\": \"output\", \"fields\":"
                                          " [{\"name\": \"v\", \"type\": \"any\"}]}}, \"edges\": [\"in.first > a.value\", \"in.list > b.value\","
                                          " \"a.value > b.after\", \"b.value > o.v\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr(GString) text = g_string_new ("{\"first\": \"begin\", \"list\": [");
      g_autoptr(Watch) watch = NULL;
      LeydenValue *all;
      guint kept = MIN (lengths[i] + 1, 100000);
      guint n_old = kept > lengths[i] ? 1 : 0;
      gint64 number;

      for (guint j = 0; j < lengths[i]; j++)
        g_string_append_printf (text, "%s%u", j > 0 ? "," : "", j);
      g_string_append (text, "]}");
      watch = run_once (engine, plan, text->str);
      all = leyden_value_get_member (leyden_rollout_get_result (watch->rollout), "v");
      g_assert_cmpuint (leyden_value_get_size (all), ==, kept);
      g_assert_cmpuint (watch_count (watch, "memory.changed", "b"), ==, 1);
      if (n_old > 0)
        g_assert_cmpstr (leyden_value_get_string (leyden_value_get_item (all, 0), NULL), ==, "begin");
      for (guint j = n_old; j < kept; j++)
        {
          g_assert_true (leyden_value_get_int (leyden_value_get_item (all, j), &number));
          g_assert_cmpint (number, ==, lengths[i] - kept + j);
        }
    }
}

static void
test_nothing (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"m\": {\"type\": \"memory\"}}, \"edges\": []}");
  g_autoptr(LeydenPlan) read = test_plan ("{\"nodes\": {\"m\": {\"type\": \"memory\", \"action\": \"read\"}, \"o\": {\"type\": \"output\", \"fields\":"
                                          " [{\"name\": \"v\", \"type\": \"any\"}, {\"name\": \"l\", \"type\": \"any\"}]}},"
                                          " \"edges\": [\"m.value > o.v\", \"m.messages > o.l\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) failed = run_once (engine, plan, "{}");
  g_autoptr(Watch) empty = run_once (engine, read, "{}");
  g_autofree char *result = leyden_json_write (leyden_rollout_get_result (empty->rollout), LEYDEN_JSON_CANONICAL);

  g_assert_nonnull (strstr (leyden_rollout_get_row (failed->rollout)->error, "nothing to remember"));
  g_assert_cmpstr (result, ==, "{\"l\":[],\"v\":null}");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory/turns", test_turns);
  g_test_add_func ("/memory/resume", test_resume);
  g_test_add_func ("/memory/loop", test_loop);
  g_test_add_func ("/memory/long", test_long);
  g_test_add_func ("/memory/nothing", test_nothing);
  return g_test_run ();
}
