/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <math.h>
#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"
#include "leyden-models.h"

/* The sample flow over its rows with the simulated model: the same at any concurrency. */

static LeydenFlow *
load_sample (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/calculator-agent.leyden",
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow;

  g_assert_nonnull (bytes);
  flow = leyden_flow_parse (bytes, "calculator-agent.leyden", &error);
  g_assert_no_error (error);
  return flow;
}

static GPtrArray *
load_rows (void)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/arithmetic.jsonl", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      g_ptr_array_add (rows, test_json (lines[i]));
  return rows;
}

static void
set_flag (LeydenRun *run,
          gboolean  *flag)
{
  *flag = TRUE;
}

static char *
describe_rows (LeydenRun *run)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < leyden_run_get_n_items (run); i++)
    {
      const LeydenRolloutRow *row = leyden_run_get_row (run, i);

      g_string_append_printf (text, "%s %s %s %g %" G_GINT64_FORMAT " %s\n", row->item, row->split, row->state, row->reward,
                              row->tokens_in + row->tokens_out, row->error != NULL ? row->error : "-");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
run_sample (LeydenStore *store,
            guint        concurrency,
            guint64      seed,
            double      *mean)
{
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(GPtrArray) rows = load_rows ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPlan) plan = leyden_plan_new (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), &error);
  g_autoptr(LeydenEngine) engine = leyden_engine_new (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), store);
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(LeydenModels) models = leyden_models_new (secrets);
  g_autofree LeydenRunItem *items = g_new0 (LeydenRunItem, rows->len);
  LeydenRunSpec spec = { .plan = plan, .seed = seed, .concurrency = concurrency };
  g_autoptr(LeydenRun) run = NULL;
  g_autoptr(LeydenValue) summary = NULL;
  gboolean done = FALSE;

  g_assert_no_error (error);
  leyden_nodes_register (engine, models, LEYDEN_MODEL_TRANSPORT (models));
  for (guint i = 0; i < rows->len; i++)
    {
      LeydenValue *row = g_ptr_array_index (rows, i);

      items[i] = (LeydenRunItem) { leyden_value_get_member_string (row, "data_id", NULL), leyden_value_get_member_string (row, "split", NULL), i, row };
    }
  run = leyden_engine_start_run (engine, &spec, items, rows->len);
  g_signal_connect (run, "finished", G_CALLBACK (set_flag), &done);
  wait_for (&done);
  g_assert_cmpstr (leyden_run_get_state (run), ==, "succeeded");
  summary = leyden_run_summarize (run);
  {
    g_autofree char *text = leyden_json_write (summary, LEYDEN_JSON_COMPACT);

    g_test_message ("%s; %s", text, leyden_run_get_row (run, 0)->error);
  }
  g_assert_true (leyden_value_get_member_boolean (summary, "simulated", FALSE));
  *mean = leyden_value_get_member_double (leyden_value_get_member (summary, "mean_reward"), "estimate", NAN);
  return describe_rows (run);
}

static void
test_deterministic (void)
{
  double mean_one, mean_many, mean_other;
  g_autofree char *one = run_sample (NULL, 1, 7, &mean_one);
  g_autofree char *many = run_sample (NULL, 64, 7, &mean_many);
  g_autofree char *other = run_sample (NULL, 64, 8, &mean_other);

  g_test_message ("mean reward %g and %g", mean_one, mean_other);
  g_assert_cmpstr (one, ==, many);
  g_assert_cmpstr (one, !=, other);
  g_assert_cmpfloat (mean_one, >, 0.05);
  g_assert_cmpfloat (mean_one, <, 0.999);
  g_assert_null (strstr (one, "failed"));
}

static void
test_stored (void)
{
  LeydenStore *store = test_store ();
  double mean, stored_mean;
  g_autofree char *plain = run_sample (NULL, 8, 7, &mean);
  g_autofree char *stored = run_sample (store, 8, 7, &stored_mean);

  g_assert_cmpstr (plain, ==, stored);
  test_store_done (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sample/deterministic", test_deterministic);
  g_test_add_func ("/sample/stored", test_stored);
  return g_test_run ();
}
