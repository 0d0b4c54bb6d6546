/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment-helpers.h"

#include <math.h>
#include <string.h>

#include "leyden-edit.h"
#include "leyden-json.h"

static LeydenValue *
resource_json (const char *path)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data (path, 0, NULL);

  g_assert_nonnull (bytes);
  return leyden_json_parse_bytes (bytes, NULL, NULL);
}

LeydenPlan *
test_plan_of (LeydenValue *flow_value)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_from_value (flow_value, &error);
  LeydenPlan *plan;

  g_assert_no_error (error);
  /* The run's model, as whoever prepares a run puts it in. */
  if (leyden_flow_get_node (flow, "solveagt") != NULL)
    {
      g_autoptr(LeydenEdit) edit = leyden_edit_new ("model");
      g_autoptr(LeydenValue) model = test_json ("{\"endpoint\": \"simulated\", \"model\": \"leyden-sim-medium\"}");

      leyden_edit_set_parameter (edit, "solveagt", "model", model);
      g_assert_true (leyden_flow_apply (flow, edit, &error));
    }
  plan = leyden_plan_new (flow, test_types (), &error);
  g_assert_no_error (error);
  return plan;
}

static void
item_clear (gpointer data)
{
  LeydenRunItem *item = data;

  g_free ((char *) item->item);
  leyden_value_unref (item->input);
}

static GArray *
new_items (void)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (LeydenRunItem));

  g_array_set_clear_func (items, item_clear);
  return items;
}

static GArray *
load_items (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/arithmetic.jsonl", 0, NULL);
  g_autoptr(LeydenDataset) dataset = leyden_dataset_parse (bytes, LEYDEN_DATASET_JSONL, NULL, FALSE, NULL);
  GArray *items = new_items ();

  for (guint i = 0; i < leyden_dataset_get_n_rows (dataset); i++)
    {
      LeydenValue *row = leyden_dataset_get_row (dataset, i);
      g_autoptr(LeydenValue) number = leyden_json_parse (leyden_value_get_member_string (row, "answer", "0"), -1, NULL, NULL);
      g_autoptr(LeydenValue) whole = leyden_value_with_member (row, "answer", number);
      LeydenRunItem item = { leyden_dataset_dup_item (dataset, i), leyden_dataset_get_split (dataset, i), i,
                             leyden_value_with_member (whole, "split", NULL) };

      g_array_append_val (items, item);
    }
  return items;
}

void
test_set_up (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(LeydenValue) flow = resource_json ("/io/github/leyden/Leyden/samples/calculator-agent.leyden");

  leyden_secrets_set_use_keyring (secrets, FALSE);
  fixture->store = test_store ();
  fixture->models = leyden_models_new (secrets);
  fixture->transport = g_object_ref (LEYDEN_MODEL_TRANSPORT (fixture->models));
  fixture->engine = leyden_engine_new (test_types (), fixture->store);
  leyden_nodes_register (fixture->engine, fixture->models, fixture->transport);
  fixture->plan = test_plan_of (flow);
  fixture->items = load_items ();
  fixture->definition = test_json ("{\"title\": \"T\", \"flow_id\": \"f\", \"dataset\": {\"name\": \"d\", \"sha256\": \"00\"}}");
}

void
test_tear_down (Fixture      *fixture,
                gconstpointer data)
{
  g_clear_object (&fixture->engine);
  g_clear_object (&fixture->transport);
  g_clear_object (&fixture->models);
  g_array_unref (fixture->items);
  leyden_plan_unref (fixture->plan);
  leyden_value_unref (fixture->definition);
  test_store_done (fixture->store);
}

LeydenExperimentSpec
test_make_spec (Fixture    *fixture,
                const char *optimizer)
{
  return (LeydenExperimentSpec) {
    .plan = fixture->plan, .types = test_types (), .definition = fixture->definition,
    .items = (const LeydenRunItem *) (gpointer) fixture->items->data, .n_items = fixture->items->len, .optimizer = optimizer,
    .budget = { .task_calls = 400, .optimizer_calls = -1 }, .seed = 7,
  };
}

LeydenExperiment *
test_make (Fixture                    *fixture,
           const LeydenExperimentSpec *spec)
{
  g_autoptr(GError) error = NULL;
  LeydenExperiment *experiment = leyden_experiment_new (fixture->engine, fixture->transport, spec, &error);

  g_assert_no_error (error);
  return experiment;
}

static void
finished_cb (LeydenExperiment *experiment,
             gboolean         *done)
{
  g_assert_false (*done);
  *done = TRUE;
}

/* Without a time limit: a test fails by its own. */
void
test_finish (LeydenExperiment *experiment)
{
  gboolean done = FALSE;

  g_signal_connect (experiment, "finished", G_CALLBACK (finished_cb), &done);
  if (strcmp (leyden_experiment_get_state (experiment), "queued") == 0)
    leyden_experiment_start (experiment);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handlers_disconnect_by_data (experiment, &done);
  g_assert_true (leyden_experiment_is_finished (experiment));
}

/* The snapshot without what differs between equal trainings: ids, times, and what @also names. */
char *
test_comparable (LeydenExperiment *experiment)
{
  static const char * const names[] = { "experiment", "created_ns", "finished_ns", "state" };
  g_autoptr(LeydenValue) snapshot = leyden_experiment_snapshot (experiment);
  g_autoptr(LeydenValue) timeless = leyden_value_with_member (leyden_value_get_member (snapshot, "spent"), "wall_ms", NULL);
  g_autoptr(LeydenValue) spent = leyden_value_with_member (timeless, "reused", NULL);
  g_autoptr(LeydenValue) out = leyden_value_with_member (snapshot, "spent", spent);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(LeydenValue) before = g_steal_pointer (&out);

      out = leyden_value_with_member (before, names[i], NULL);
    }
  return leyden_json_write (out, LEYDEN_JSON_CANONICAL);
}

/* The whole texts are long: what stands around the first difference is shown. */
void
test_assert_same (const char *a,
                  const char *b)
{
  gsize at = 0;

  while (a[at] != '\0' && a[at] == b[at])
    at++;
  if (a[at] != b[at])
    g_error ("from %" G_GSIZE_FORMAT ": %.200s\ninstead of %.200s", at, a + at - MIN (at, 60), b + at - MIN (at, 60));
}

char *
test_train_once (Fixture    *fixture,
                 const char *optimizer,
                 guint       concurrency,
                 gboolean    fresh)
{
  LeydenExperimentSpec spec = test_make_spec (fixture, optimizer);
  g_autoptr(LeydenExperiment) experiment = NULL;

  spec.concurrency = concurrency;
  spec.fresh = fresh;
  experiment = test_make (fixture, &spec);
  test_finish (experiment);
  g_assert_no_error (leyden_experiment_get_error (experiment));
  g_assert_cmpstr (leyden_experiment_get_state (experiment), ==, "finished");
  return test_comparable (experiment);
}

void
test_result_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

GAsyncResult *
test_wait_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

LeydenExperimentBatch *
test_read_experiment (LeydenStore *store,
                      const char  *id)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenExperimentBatch *batch;

  leyden_store_read_experiment_async (store, id, NULL, test_result_cb, &result);
  batch = leyden_store_read_experiment_finish (store, test_wait_result (&result), &error);
  g_assert_no_error (error);
  return batch;
}

void
test_add (const char    *path,
          gconstpointer  data,
          void         (*test) (Fixture *, gconstpointer))
{
  g_autofree char *full = data != NULL ? g_strconcat (path, "/", data, NULL) : g_strdup (path);

  g_test_add (full, Fixture, data, test_set_up, test, test_tear_down);
}
