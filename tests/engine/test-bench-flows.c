/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <malloc.h>

#include "engine-helpers.h"
#include "leyden-json.h"

/* The flows of `leydenctl bench engine` do what their names say, and their files are canonical. */

static LeydenPlan *
load_ten (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/bench/ten.leyden", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GBytes) again = NULL;
  g_autoptr(GError) error = NULL;
  LeydenPlan *plan;

  g_assert_nonnull (bytes);
  flow = leyden_flow_parse (bytes, "ten.leyden", &error);
  g_assert_no_error (error);
  again = leyden_flow_serialize (flow);
  g_assert_cmpmem (g_bytes_get_data (again, NULL), g_bytes_get_size (again), g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  plan = leyden_plan_new (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), &error);
  g_assert_no_error (error);
  return plan;
}

/* An input, eight nodes of a type that copy, an output. */
static LeydenPlan *
make_copies (const char *type,
             const char *input,
             const char *output)
{
  g_autoptr(GString) text = g_string_new ("{\"nodes\": {\"n0\": {\"type\": \"input\", \"fields\": [{\"name\": \"value\", \"type\": \"any\"}]}");
  g_autofree char *last = g_strdup_printf ("n8.%s", output);

  for (guint i = 1; i <= 8; i++)
    g_string_append_printf (text, ", \"n%u\": {\"type\": \"%s\"}", i, type);
  g_string_append_printf (text, ", \"n9\": {\"type\": \"output\"}}, \"edges\": [\"n0.value > n1.%s\"", input);
  for (guint i = 1; i < 8; i++)
    g_string_append_printf (text, ", \"n%u.%s > n%u.%s\"", i, output, i + 1, input);
  g_string_append_printf (text, ", \"%s > n9.result\"]}", last);
  return test_plan (text->str);
}

static void
check (LeydenPlan *plan,
       const char *input,
       const char *result)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, input);
  g_autofree char *text = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);

  g_assert_cmpstr (text, ==, result);
}

static void
test_flows (void)
{
  g_autoptr(LeydenPlan) ten = load_ten ();
  g_autoptr(LeydenPlan) merges = make_copies ("merge", "values", "value");
  g_autoptr(LeydenPlan) transforms = make_copies ("transform", "value", "result");

  /* {"text": "Hello world, step one", "stage": "two"} has 49 characters. */
  check (ten, "{\"who\": \"world\"}", "{\"result\":0.49}");
  check (merges, "{\"value\": {\"a\": [1]}}", "{\"result\":{\"a\":[1]}}");
  check (transforms, "{\"value\": 7}", "{\"result\":7}");
}

/* --bench: runs for two seconds each, for a person with a profiler. */
static gboolean
count_cb (gpointer rollout,
          guint   *left)
{
  (*left)--;
  return FALSE;
}

static void
measure (const char *name,
         LeydenPlan *plan,
         const char *input,
         guint       in_flight)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) value = test_json (input);
  LeydenRolloutSpec spec = { .plan = plan, .input = value, .seed = 42, .item = "x" };
  gint64 begin = g_get_monotonic_time ();
  guint n = 0;

  while (g_get_monotonic_time () - begin < 2 * G_USEC_PER_SEC)
    {
      guint left = in_flight;

      for (guint i = 0; i < in_flight; i++)
        {
          g_autoptr(LeydenRollout) rollout = leyden_engine_start_rollout (engine, &spec);

          g_signal_connect (rollout, "finished", G_CALLBACK (count_cb), &left);
        }
      while (left > 0)
        g_main_context_iteration (NULL, TRUE);
      n += in_flight;
    }
  g_printerr ("%s: %.0f runs/s\n", name, n / ((double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC));
}

/* Growth of the heap for each of a thousand rollouts that wait half way. */
static void
measure_memory (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (
    "{\"nodes\": {\"n0\": {\"type\": \"input\", \"fields\": [{\"name\": \"value\", \"type\": \"any\"}]}, \"n1\": {\"type\": \"merge\"}, \"n2\": {\"type\": \"merge\"},"
    " \"n3\": {\"type\": \"merge\"}, \"n4\": {\"type\": \"probe\", \"does\": \"hang\"}, \"n5\": {\"type\": \"probe\"}, \"n6\": {\"type\": \"probe\"}, \"n7\": {\"type\": \"probe\"},"
    " \"n8\": {\"type\": \"probe\"}, \"n9\": {\"type\": \"output\"}}, \"edges\": [\"n0.value > n1.values\", \"n1.value > n2.values\", \"n2.value > n3.values\","
    " \"n3.value > n4.a\", \"n4.x > n5.a\", \"n5.x > n6.a\", \"n6.x > n7.a\", \"n7.x > n8.a\", \"n8.x > n9.result\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) value = test_json ("{\"value\": \"text\"}");
  g_autoptr(GPtrArray) rollouts = g_ptr_array_new_with_free_func (g_object_unref);
  LeydenRolloutSpec spec = { .plan = plan, .input = value, .seed = 42, .item = "item-1" };
  gsize before = mallinfo2 ().uordblks;

  for (guint i = 0; i < 1000; i++)
    g_ptr_array_add (rollouts, leyden_engine_start_rollout (engine, &spec));
  while (probe_counts.n_open < 1000)
    g_main_context_iteration (NULL, TRUE);
  g_printerr ("waiting: %.0f bytes a rollout, of it about 500 in the probe's task and source\n", (mallinfo2 ().uordblks - before) / 1000.0);
}

int
main (int    argc,
      char **argv)
{
  if (argc > 1 && g_str_equal (argv[1], "--bench"))
    {
      g_autoptr(LeydenPlan) ten = load_ten ();
      g_autoptr(LeydenPlan) merges = make_copies ("merge", "values", "value");
      g_autoptr(LeydenPlan) transforms = make_copies ("transform", "value", "result");

      measure ("merges", merges, "{\"value\": 1}", 1000);
      measure ("transforms", transforms, "{\"value\": \"text\"}", 1000);
      measure ("ten", ten, "{\"who\": \"world\"}", 1000);
      measure_memory ();
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench-flows", test_flows);
  return g_test_run ();
}
