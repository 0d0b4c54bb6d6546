/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments over the engine and a store: equal at any concurrency, resumed anywhere, cached, paused, stopped, and honest. */
#include <math.h>
#include <string.h>

#include "engine-helpers.h"
#include "leyden-dataset.h"
#include "leyden-edit.h"
#include "leyden-experiment-private.h"
#include "leyden-json.h"
#include "leyden-models.h"

/* ---- The sample over the simulation ---- */

typedef struct
{
  LeydenStore          *store;
  LeydenModels         *models;
  LeydenEngine         *engine;
  LeydenModelTransport *transport;
  LeydenPlan           *plan;
  GArray               *items;          /* LeydenRunItem */
  LeydenValue          *definition;
} Fixture;

static LeydenValue *
resource_json (const char *path)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data (path, 0, NULL);

  g_assert_nonnull (bytes);
  return leyden_json_parse_bytes (bytes, NULL, NULL);
}

static LeydenPlan *
plan_of (LeydenValue *flow_value)
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

static void
set_up (Fixture      *fixture,
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
  fixture->plan = plan_of (flow);
  fixture->items = load_items ();
  fixture->definition = test_json ("{\"title\": \"T\", \"flow_id\": \"f\", \"dataset\": {\"name\": \"d\", \"sha256\": \"00\"}}");
}

static void
tear_down (Fixture      *fixture,
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

static LeydenExperimentSpec
make_spec (Fixture    *fixture,
           const char *optimizer)
{
  return (LeydenExperimentSpec) {
    .plan = fixture->plan, .types = test_types (), .definition = fixture->definition,
    .items = (const LeydenRunItem *) (gpointer) fixture->items->data, .n_items = fixture->items->len, .optimizer = optimizer,
    .budget = { .task_calls = 400, .optimizer_calls = -1 }, .seed = 7,
  };
}

static LeydenExperiment *
make (Fixture                    *fixture,
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
static void
finish (LeydenExperiment *experiment)
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
static char *
comparable (LeydenExperiment *experiment)
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
static void
assert_same (const char *a,
             const char *b)
{
  gsize at = 0;

  while (a[at] != '\0' && a[at] == b[at])
    at++;
  if (a[at] != b[at])
    g_error ("from %" G_GSIZE_FORMAT ": %.200s\ninstead of %.200s", at, a + at - MIN (at, 60), b + at - MIN (at, 60));
}

static char *
train_once (Fixture    *fixture,
            const char *optimizer,
            guint       concurrency,
            gboolean    fresh)
{
  LeydenExperimentSpec spec = make_spec (fixture, optimizer);
  g_autoptr(LeydenExperiment) experiment = NULL;

  spec.concurrency = concurrency;
  spec.fresh = fresh;
  experiment = make (fixture, &spec);
  finish (experiment);
  g_assert_no_error (leyden_experiment_get_error (experiment));
  g_assert_cmpstr (leyden_experiment_get_state (experiment), ==, "finished");
  return comparable (experiment);
}

/* Limits of tokens and money hold to the call, whatever is under way at once. */
static void
test_limits (Fixture      *fixture,
             gconstpointer data)
{
  g_autofree char *one = NULL;
  g_autofree char *many = NULL;

  for (guint i = 0; i < 2; i++)
    {
      LeydenExperimentSpec spec = make_spec (fixture, "halving");
      g_autoptr(LeydenExperiment) experiment = NULL;

      spec.budget.tokens = 120000;
      spec.concurrency = i == 0 ? 1 : 8;
      spec.fresh = TRUE;
      experiment = make (fixture, &spec);
      finish (experiment);
      g_assert_no_error (leyden_experiment_get_error (experiment));
      g_assert_cmpstr (experiment->trainer->stop_reason, ==, "tokens");
      g_assert_true (experiment->trainer->tested);
      *(i == 0 ? &one : &many) = comparable (experiment);
    }
  assert_same (one, many);
}

static const char * const all_optimizers[] = { "halving", "examples", "reflect", "apo" };

static void
test_equal (Fixture      *fixture,
            gconstpointer data)
{
  const char *optimizer = data;
  g_autofree char *one = train_once (fixture, optimizer, 8, TRUE);
  g_autofree char *two = train_once (fixture, optimizer, 1, TRUE);
  g_autofree char *three = train_once (fixture, optimizer, 100, TRUE);
  g_autofree char *four = train_once (fixture, optimizer, 8, FALSE);

  assert_same (one, two);
  assert_same (one, three);
  assert_same (one, four);
}

/* ---- Interrupted anywhere ---- */

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static LeydenExperimentBatch *
read_experiment (LeydenStore *store,
                 const char  *id)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenExperimentBatch *batch;

  leyden_store_read_experiment_async (store, id, NULL, result_cb, &result);
  batch = leyden_store_read_experiment_finish (store, wait_result (&result), &error);
  g_assert_no_error (error);
  return batch;
}

static GPtrArray *
list_evaluations (LeydenStore *store,
                  const char  *env)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *rows;

  leyden_store_list_evaluations_async (store, env, NULL, result_cb, &result);
  rows = leyden_store_list_evaluations_finish (store, wait_result (&result), &error);
  g_assert_no_error (error);
  return rows;
}

static void
put (LeydenStore           *store,
     LeydenExperimentBatch *batch)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_store_put_experiment_async (store, batch, result_cb, &result);
  leyden_store_put_experiment_finish (store, wait_result (&result), &error);
  g_assert_no_error (error);
}

/* The log of a rollout goes with its evaluation. */
static void
copy_rollout (LeydenStore *from,
              LeydenStore *to,
              const char  *rollout)
{
  g_autoptr(GAsyncResult) records_result = NULL, row_result = NULL, result = NULL;
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(LeydenRolloutRow) row = NULL;
  g_autoptr(GError) error = NULL;

  leyden_store_read_rollout_async (from, rollout, 0, 0, NULL, result_cb, &records_result);
  records = leyden_store_read_rollout_finish (from, wait_result (&records_result), &error);
  g_assert_no_error (error);
  leyden_store_get_rollout_async (from, rollout, NULL, result_cb, &row_result);
  row = leyden_store_get_rollout_finish (from, wait_result (&row_result), &error);
  g_assert_no_error (error);
  leyden_store_append_async (to, records, row, result_cb, &result);
  g_assert_true (leyden_store_append_finish (to, wait_result (&result), &error));
}

static LeydenCallRow *
copy_call (const LeydenCallRow *row)
{
  LeydenCallRow *copy = g_memdup2 (row, sizeof *row);

  copy->key = g_strdup (row->key);
  copy->kind = g_strdup (row->kind);
  copy->request_hash = g_strdup (row->request_hash);
  copy->response = leyden_value_ref (row->response);
  return copy;
}

/* What a process killed after its @n-th answer has left: the row as it began, and of the evaluations those of its calls. */
static LeydenExperimentBatch *
cut (const LeydenExperimentBatch *whole,
     GPtrArray                   *evaluations,
     guint                        n)
{
  LeydenExperimentBatch *part = leyden_experiment_batch_new (whole->experiment);
  g_autoptr(GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  part->row = leyden_experiment_row_copy (whole->row);
  g_free (part->row->state);
  part->row->state = g_strdup ("running");
  part->row->finished_ns = 0;
  g_clear_pointer (&part->row->snapshot, leyden_value_unref);
  for (guint i = 0; i < n; i++)
    {
      const LeydenCallRow *call = g_ptr_array_index (whole->calls, i);
      const char *candidate = leyden_value_get_member_string (call->response, "candidate", NULL);

      g_ptr_array_add (part->calls, copy_call (call));
      if (candidate != NULL)
        g_hash_table_add (known, g_strconcat (candidate, "/", leyden_value_get_member_string (call->response, "item", ""), NULL));
    }
  for (guint i = 0; i < evaluations->len; i++)
    {
      LeydenEvaluationRow *row = leyden_evaluation_row_copy (g_ptr_array_index (evaluations, i));
      g_autofree char *key = g_strconcat (row->candidate, "/", row->item, NULL);

      if (g_hash_table_contains (known, key))
        g_ptr_array_add (part->evaluations, row);
      else
        leyden_evaluation_row_free (row);
    }
  return part;
}

static void
test_resume (Fixture      *fixture,
             gconstpointer data)
{
  const char *optimizer = data;
  LeydenExperimentSpec spec = make_spec (fixture, optimizer);
  g_autoptr(LeydenExperiment) whole = NULL;
  g_autoptr(LeydenExperimentBatch) batch = NULL;
  g_autoptr(GPtrArray) evaluations = NULL;
  g_autofree char *expected = NULL;

  spec.fresh = TRUE;
  spec.experiment = "e-whole";
  whole = make (fixture, &spec);
  finish (whole);
  expected = comparable (whole);
  batch = read_experiment (fixture->store, "e-whole");
  evaluations = list_evaluations (fixture->store, whole->env);
  g_assert_cmpuint (batch->calls->len, ==, whole->trainer->task_calls + whole->trainer->optimizer_calls);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LeydenExperiment) again = NULL;
      g_autofree char *got = NULL;
      guint n = i == 0 ? batch->calls->len : (guint) g_test_rand_int_range (0, (gint32) batch->calls->len);

      {
        g_autoptr(LeydenExperimentBatch) part = NULL;
        Fixture other = *fixture;

        other.store = test_store ();
        other.engine = leyden_engine_new (test_types (), other.store);
        leyden_nodes_register (other.engine, other.models, other.transport);
        part = cut (batch, evaluations, n);
        for (guint j = 0; j < part->evaluations->len; j++)
          copy_rollout (fixture->store, other.store, ((LeydenEvaluationRow *) g_ptr_array_index (part->evaluations, j))->rollout);
        put (other.store, g_steal_pointer (&part));
        again = make (&other, &spec);
        finish (again);
        got = comparable (again);
        g_test_message ("%s after %u of %u answers", optimizer, n, batch->calls->len);
        assert_same (got, expected);
        g_clear_object (&again);
        g_clear_object (&other.engine);
        test_store_done (other.store);
      }
    }
}

/* ---- Shown again, the grid, using the version ---- */

static void
test_shown_again (Fixture      *fixture,
                  gconstpointer data)
{
  LeydenExperimentSpec spec = make_spec (fixture, "halving");
  g_autoptr(LeydenExperiment) one = NULL;
  g_autoptr(LeydenExperiment) two = NULL;
  g_autoptr(LeydenValue) a = NULL, b = NULL, grid = NULL, other = NULL, slots = NULL;
  const char *baseline, *best;
  LeydenValue *items;
  guint won = 0, lost = 0;
  double difference;

  spec.experiment = "again";
  one = make (fixture, &spec);
  finish (one);
  a = leyden_experiment_snapshot (one);
  two = make (fixture, &spec);
  finish (two);
  b = leyden_experiment_snapshot (two);
  g_assert_true (leyden_value_equal (a, b));
  g_assert_cmpstr (leyden_value_get_key (b, leyden_value_get_size (b) - 1), ==, "verdict");
  g_assert_cmpuint (two->trainer->candidates->len, ==, 0);

  baseline = leyden_value_get_member_string (b, "baseline", NULL);
  best = leyden_value_get_member_string (b, "best", NULL);
  grid = leyden_experiment_grid (two, baseline, best, "test");
  items = leyden_value_get_member (grid, "items");
  g_assert_cmpuint (leyden_value_get_size (items), ==, 60);
  for (guint i = 0; i < leyden_value_get_size (items); i++)
    {
      const char *outcome = leyden_value_get_member_string (leyden_value_get_item (items, i), "outcome", "");

      won += strcmp (outcome, "won") == 0;
      lost += strcmp (outcome, "lost") == 0;
    }
  difference = leyden_value_get_member_double (leyden_value_get_member (b, "verdict"), "difference", NAN);
  g_assert_cmpfloat_with_epsilon (difference, ((double) won - lost) / 60, 1e-12);
  other = leyden_experiment_grid (one, baseline, best, "test");
  g_assert_true (leyden_value_equal (grid, other));
  g_assert_null (leyden_experiment_grid (two, baseline, "0000000000000000", NULL));
  slots = leyden_experiment_dup_best_slots (two);
  g_assert_cmpuint (leyden_value_get_size (slots), >, 0);
  g_assert_cmpuint (leyden_value_get_size (slots), <, 5);
}

/* What the issue asks of the sample: better on rows that nobody has seen. */
static void
test_improves (Fixture      *fixture,
               gconstpointer data)
{
  LeydenExperimentSpec spec = make_spec (fixture, data);
  g_autoptr(LeydenExperiment) experiment = NULL;
  g_autoptr(LeydenValue) snapshot = NULL;
  LeydenValue *verdict;

  spec.budget.task_calls = 600;
  experiment = make (fixture, &spec);
  finish (experiment);
  snapshot = leyden_experiment_snapshot (experiment);
  verdict = leyden_value_get_member (snapshot, "verdict");
  g_test_message ("%s: %s", (const char *) data, leyden_value_get_member_string (verdict, "sentence", ""));
  g_assert_cmpfloat (leyden_value_get_member_double (verdict, "low", -1), >, 0);
  g_assert_cmpint (leyden_value_get_member_int (verdict, "n", 0), ==, 60);
  g_assert_true (leyden_value_get_member_boolean (snapshot, "simulated", FALSE));
  g_assert_true (leyden_value_get_member_boolean (snapshot, "reproducible", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (snapshot, "spent"), "task_calls", 0), <=, 600);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (snapshot, "spent"), "optimizer_calls", 0), <=, 150);
}

/* ---- Orders ---- */

static void
pause_cb (LeydenExperiment *experiment,
          gpointer          data)
{
  guint *n = data;

  if (++*n == 1)
    leyden_experiment_pause (experiment);
}

static void
spin_until_idle (LeydenExperiment *experiment)
{
  while (experiment->active->len > 0 || experiment->n_writing > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_pause (Fixture      *fixture,
            gconstpointer data)
{
  LeydenExperimentSpec spec = make_spec (fixture, "examples");
  g_autofree char *expected = train_once (fixture, "examples", 0, TRUE);
  g_autoptr(LeydenExperiment) experiment = NULL;
  g_autoptr(LeydenExperimentBatch) stored = NULL;
  g_autofree char *got = NULL;
  guint n = 0;

  spec.fresh = TRUE;
  spec.experiment = "paused";
  experiment = make (fixture, &spec);
  g_signal_connect (experiment, "changed", G_CALLBACK (pause_cb), &n);
  leyden_experiment_start (experiment);
  while (n == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (leyden_experiment_get_state (experiment), ==, "paused");
  spin_until_idle (experiment);
  stored = read_experiment (fixture->store, "paused");
  g_assert_cmpstr (stored->row->state, ==, "paused");
  {
    guint64 calls = g_hash_table_size (experiment->trainer->known);

    for (guint i = 0; i < 200; i++)
      g_main_context_iteration (NULL, FALSE);
    g_assert_cmpuint (g_hash_table_size (experiment->trainer->known), ==, calls);
  }
  leyden_experiment_pause (experiment);
  leyden_experiment_resume (experiment);
  leyden_experiment_resume (experiment);
  finish (experiment);
  got = comparable (experiment);
  assert_same (got, expected);
}

typedef struct
{
  LeydenExperiment *experiment;
  gboolean          with_test;
} Stop;

static gboolean
stop_cb (gpointer data)
{
  Stop *stop = data;

  if (stop->experiment->trainer == NULL || stop->experiment->trainer->step == 0)
    return G_SOURCE_CONTINUE;
  leyden_experiment_stop (stop->experiment, stop->with_test);
  return G_SOURCE_REMOVE;
}

static void
test_stop (Fixture      *fixture,
           gconstpointer data)
{
  for (int with_test = 0; with_test <= 1; with_test++)
    {
      LeydenExperimentSpec spec = make_spec (fixture, "halving");
      g_autofree char *id = g_strdup_printf ("stopped-%d", with_test);
      g_autoptr(LeydenExperiment) experiment = NULL;
      g_autoptr(LeydenExperiment) again = NULL;
      g_autoptr(LeydenValue) snapshot = NULL, shown = NULL;
      LeydenValue *verdict;

      spec.fresh = TRUE;
      spec.concurrency = 2;
      spec.experiment = id;
      experiment = make (fixture, &spec);
      g_timeout_add (1, stop_cb, &(Stop) { experiment, with_test });
      finish (experiment);
      g_assert_cmpstr (leyden_experiment_get_state (experiment), ==, "stopped");
      snapshot = leyden_experiment_snapshot (experiment);
      g_assert_cmpstr (leyden_value_get_member_string (snapshot, "stop_reason", ""), ==, "user");
      verdict = leyden_value_get_member (snapshot, "verdict");
      g_assert_cmpint (leyden_value_get_kind (verdict), ==, with_test ? LEYDEN_VALUE_OBJECT : LEYDEN_VALUE_NULL);
      again = make (fixture, &spec);
      finish (again);
      shown = leyden_experiment_snapshot (again);
      g_assert_true (leyden_value_equal (snapshot, shown));
    }
}

/* Let go in the middle, taken up by another object: as if nothing had been. */
static void
suspend_cb (LeydenExperiment *experiment,
            gpointer          data)
{
  gboolean *done = data;

  if (experiment->trainer->task_calls > 60 && !*done)
    {
      *done = TRUE;
      leyden_experiment_suspend (experiment);
    }
}

static void
test_suspend (Fixture      *fixture,
              gconstpointer data)
{
  LeydenExperimentSpec spec = make_spec (fixture, "halving");
  g_autofree char *expected = train_once (fixture, "halving", 0, TRUE);
  g_autoptr(GPtrArray) rollouts = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(LeydenExperiment) two = NULL;
  LeydenExperiment *one;
  g_autofree char *got = NULL;
  gboolean done = FALSE;

  spec.fresh = TRUE;
  spec.experiment = "suspended";
  one = make (fixture, &spec);
  g_signal_connect (one, "changed", G_CALLBACK (suspend_cb), &done);
  leyden_experiment_start (one);
  while (!done)
    {
      g_ptr_array_set_size (rollouts, 0);
      for (guint i = 0; i < one->active->len; i++)
        g_ptr_array_add (rollouts, g_object_ref (g_ptr_array_index (one->active, i)));
      g_main_context_iteration (NULL, TRUE);
    }
  for (guint i = 0; i < rollouts->len; i++)
    while (!leyden_rollout_is_finished (g_ptr_array_index (rollouts, i)))
      g_main_context_iteration (NULL, TRUE);
  while (one->n_writing > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < 50; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_finalize_object (one);
  two = make (fixture, &spec);
  finish (two);
  got = comparable (two);
  assert_same (got, expected);
}

/* ---- A world of its own: a model that answers as the test wants ---- */

#define SMALL_FLOW \
  "{\"leyden\": 1, \"id\": \"small\", \"title\": \"Small\", \"nodes\": [" \
  "{\"id\": \"chat\", \"type\": \"chat\", \"parameters\": {\"system\": \"Be plain.\"}, \"trainable\": [\"system\", \"temperature\"]}," \
  "{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"question\", \"type\": \"text\", \"required\": true}, " \
  "{\"name\": \"answer\", \"type\": \"text\", \"role\": \"expected\"}]}}," \
  "{\"id\": \"judge\", \"type\": \"evaluator\", \"title\": \"Right?\", \"parameters\": {\"method\": \"exact\"}}," \
  "{\"id\": \"score\", \"type\": \"reward\"}], \"edges\": [" \
  "{\"id\": \"a\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"chat\", \"target_port\": \"prompt\"}," \
  "{\"id\": \"b\", \"source\": \"chat\", \"source_port\": \"text\", \"target\": \"judge\", \"target_port\": \"actual\"}," \
  "{\"id\": \"c\", \"source\": \"in\", \"source_port\": \"answer\", \"target\": \"judge\", \"target_port\": \"expected\"}," \
  "{\"id\": \"d\", \"source\": \"judge\", \"source_port\": \"score\", \"target\": \"score\", \"target_port\": \"score\"}]}"

#define REWARDLESS_FLOW \
  "{\"leyden\": 1, \"id\": \"worthless\", \"nodes\": [" \
  "{\"id\": \"chat\", \"type\": \"chat\", \"parameters\": {\"system\": \"Be plain.\"}, \"trainable\": [\"system\", \"temperature\"]}," \
  "{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"question\", \"type\": \"text\", \"required\": true}]}}], " \
  "\"edges\": [{\"id\": \"a\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"chat\", \"target_port\": \"prompt\"}]}"

static double
temperature_of (const LeydenModelCall *call)
{
  return leyden_value_get_member_double (call->body, "temperature", 0);
}

/* The number that the question holds. */
static guint64
question_of (const LeydenModelCall *call)
{
  LeydenValue *messages = leyden_value_get_member (call->body, "messages");
  const char *text = leyden_value_get_member_string (leyden_value_get_item (messages, leyden_value_get_size (messages) - 1), "content", "");

  return g_ascii_strtoull (text, NULL, 10);
}

/* Two of three are right, whatever the temperature. */
static LeydenValue *
answer_evenly (const LeydenModelCall *call,
               GError               **error)
{
  return test_answer_text (question_of (call) % 3 == 0 ? "wrong" : "right");
}

/* Warm is better, but every fourth item has no answer there. */
static LeydenValue *
answer_without_model (const LeydenModelCall *call,
                      GError               **error)
{
  if (temperature_of (call) == 1 && question_of (call) % 4 == 0)
    {
      g_set_error_literal (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_RATE_LIMIT, "too many");
      return NULL;
    }
  return test_answer_text (temperature_of (call) == 1 || question_of (call) % 2 == 0 ? "right" : "wrong");
}

/* Warm is better where it does not fail; cold never fails. */
static LeydenValue *
answer_or_fail (const LeydenModelCall *call,
                GError               **error)
{
  if (temperature_of (call) > 0 && question_of (call) % 2 == 0)
    {
      g_set_error_literal (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_REQUEST, "no");
      return NULL;
    }
  return test_answer_text (temperature_of (call) > 0 || question_of (call) % 5 != 0 ? "right" : "wrong");
}

static gboolean critic_answers;

static LeydenValue *
answer_no_critic (const LeydenModelCall *call,
                  GError               **error)
{
  if (g_strcmp0 (leyden_value_get_member_string (call->body, "model", NULL), "critic") != 0)
    return answer_evenly (call, error);
  if (critic_answers)
    return test_answer_text ("nothing to say");
  g_set_error_literal (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_AUTH, "no key");
  return NULL;
}

static TestTransport *
use_small (Fixture   *fixture,
           TestAnswer answer)
{
  TestTransport *transport = test_transport_new (answer);
  g_autoptr(LeydenValue) flow = test_json (SMALL_FLOW);

  leyden_plan_unref (fixture->plan);
  fixture->plan = plan_of (flow);
  g_object_unref (fixture->transport);
  fixture->transport = LEYDEN_MODEL_TRANSPORT (transport);
  g_object_unref (fixture->engine);
  fixture->engine = leyden_engine_new (test_types (), fixture->store);
  leyden_nodes_register (fixture->engine, fixture->models, fixture->transport);
  g_array_set_size (fixture->items, 0);
  for (guint i = 0; i < 120; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"question\": \"%u\", \"answer\": \"right\"}", i);
      LeydenRunItem item = { g_strdup_printf ("%u", i), i < 60 ? "train" : i < 90 ? "validation" : "test", i, test_json (text) };

      g_array_append_val (fixture->items, item);
    }
  return transport;
}

static LeydenValue *
find_candidate (LeydenValue *snapshot,
                double       temperature)
{
  LeydenValue *list = leyden_value_get_member (snapshot, "candidates");

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *slots = leyden_value_get_member (leyden_value_get_item (list, i), "slots");

      if (leyden_value_get_member_double (slots, "chat/temperature", -1) == temperature)
        return leyden_value_get_item (list, i);
    }
  return NULL;
}

static void
test_no_difference (Fixture      *fixture,
                    gconstpointer data)
{
  LeydenExperimentSpec spec;
  g_autoptr(LeydenExperiment) experiment = NULL;
  g_autoptr(LeydenValue) snapshot = NULL;
  g_autoptr(LeydenValue) slots = NULL;
  LeydenValue *verdict;

  use_small (fixture, answer_evenly);
  spec = make_spec (fixture, "halving");
  experiment = make (fixture, &spec);
  finish (experiment);
  snapshot = leyden_experiment_snapshot (experiment);
  verdict = leyden_value_get_member (snapshot, "verdict");
  g_assert_nonnull (strstr (leyden_value_get_member_string (verdict, "sentence", ""), "no difference shown"));
  g_assert_false (leyden_value_get_member_boolean (verdict, "significant", TRUE));
  g_assert_cmpstr (leyden_value_get_member_string (snapshot, "best", "a"), ==, leyden_value_get_member_string (snapshot, "baseline", "b"));
  slots = leyden_experiment_dup_best_slots (experiment);
  g_assert_cmpuint (leyden_value_get_size (slots), ==, 0);
}

static void
test_withheld (Fixture      *fixture,
               gconstpointer data)
{
  LeydenExperimentSpec spec;
  g_autoptr(LeydenExperiment) experiment = NULL;
  g_autoptr(LeydenValue) snapshot = NULL;
  LeydenValue *warm;

  use_small (fixture, answer_without_model);
  spec = make_spec (fixture, "halving");
  experiment = make (fixture, &spec);
  finish (experiment);
  snapshot = leyden_experiment_snapshot (experiment);
  warm = find_candidate (snapshot, 1);
  g_assert_true (leyden_value_get_member_boolean (warm, "withheld", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (warm, "errors", 0), >, 0);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (warm, "mean")));
  g_assert_cmpstr (leyden_value_get_member_string (snapshot, "best", ""), !=, leyden_value_get_member_string (warm, "candidate", ""));
}

static void
test_failures_count (Fixture      *fixture,
                     gconstpointer data)
{
  LeydenExperimentSpec spec;
  g_autoptr(LeydenExperiment) experiment = NULL;
  g_autoptr(LeydenValue) snapshot = NULL;
  LeydenValue *warm;

  use_small (fixture, answer_or_fail);
  spec = make_spec (fixture, "halving");
  experiment = make (fixture, &spec);
  finish (experiment);
  snapshot = leyden_experiment_snapshot (experiment);
  warm = find_candidate (snapshot, 0.3);
  g_assert_false (leyden_value_get_member_boolean (warm, "withheld", TRUE));
  /* All that it answered was right; what failed counts as nothing. */
  g_assert_cmpfloat (leyden_value_get_member_double (warm, "mean", 1), <, 0.8);
  g_assert_cmpstr (leyden_value_get_member_string (snapshot, "best", "a"), ==, leyden_value_get_member_string (snapshot, "baseline", "b"));
}

static void
test_cache (Fixture      *fixture,
            gconstpointer data)
{
  TestTransport *transport = use_small (fixture, answer_or_fail);
  LeydenExperimentSpec spec = make_spec (fixture, "halving");
  g_autoptr(LeydenExperiment) one = make (fixture, &spec);
  g_autoptr(LeydenExperiment) two = NULL;
  g_autoptr(LeydenExperiment) three = NULL;
  g_autoptr(LeydenExperiment) four = NULL;
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  guint n;

  finish (one);
  n = transport->n_calls;
  g_assert_cmpuint (n, ==, one->trainer->task_calls);
  two = make (fixture, &spec);
  finish (two);
  /* Nothing was asked, and nothing came out otherwise. */
  g_assert_cmpuint (transport->n_calls, ==, n);
  g_assert_cmpuint (two->trainer->reused, ==, two->trainer->task_calls);
  a = comparable (one);
  b = comparable (two);
  assert_same (a, b);
  spec.fresh = TRUE;
  three = make (fixture, &spec);
  finish (three);
  g_assert_cmpuint (transport->n_calls, ==, 2 * n);
  g_assert_cmpuint (three->trainer->reused, ==, 0);
  /* Another seed is another world. */
  spec.fresh = FALSE;
  spec.seed = 8;
  four = make (fixture, &spec);
  finish (four);
  g_assert_cmpuint (four->trainer->reused, ==, 0);
}

/* Another server, or another version of a script: nothing of the old one is taken over, nothing unfinished goes on, and what is finished is shown. */
static void
test_outside (Fixture      *fixture,
              gconstpointer data)
{
  TestTransport *transport = use_small (fixture, answer_or_fail);
  LeydenExperimentSpec spec = make_spec (fixture, "halving");
  g_autoptr(LeydenExperiment) one = NULL;
  g_autoptr(LeydenExperiment) two = NULL;
  g_autoptr(LeydenExperiment) same = NULL;
  g_autoptr(LeydenExperiment) shown = NULL;
  g_autoptr(LeydenExperiment) changed = NULL;
  g_autoptr(LeydenValue) grid = NULL;
  LeydenExperiment *cut;
  guint n;

  spec.outside = "first";
  spec.experiment = "one";
  one = make (fixture, &spec);
  finish (one);
  n = transport->n_calls;
  spec.experiment = "two";
  spec.outside = "second";
  two = make (fixture, &spec);
  finish (two);
  g_assert_cmpuint (two->trainer->reused, ==, 0);
  g_assert_cmpuint (transport->n_calls, ==, 2 * n);
  spec.experiment = "same";
  spec.outside = "first";
  same = make (fixture, &spec);
  finish (same);
  g_assert_cmpuint (same->trainer->reused, ==, same->trainer->task_calls);
  spec.experiment = "one";
  spec.outside = "second";
  shown = make (fixture, &spec);
  finish (shown);
  g_assert_cmpstr (leyden_experiment_get_state (shown), ==, "finished");
  g_assert_cmpuint (transport->n_calls, ==, 2 * n);
  {
    g_autoptr(LeydenValue) snapshot = leyden_experiment_snapshot (shown);
    const char *baseline = leyden_value_get_member_string (snapshot, "baseline", "");

    grid = leyden_experiment_grid (shown, baseline, baseline, "test");
    g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (grid, "items")), >, 0);
    g_assert_cmpint (leyden_value_get_kind (leyden_value_get_member (leyden_value_get_item (leyden_value_get_member (grid, "items"), 0), "a")), ==,
                     LEYDEN_VALUE_OBJECT);
  }
  spec.experiment = "cut";
  spec.fresh = TRUE;
  spec.outside = "first";
  cut = make (fixture, &spec);
  leyden_experiment_start (cut);
  while (cut->trainer->task_calls == 0)
    g_main_context_iteration (NULL, TRUE);
  leyden_experiment_suspend (cut);
  while (g_main_context_iteration (NULL, FALSE));
  g_object_unref (cut);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_object (&changed);
      spec.outside = "second";
      changed = make (fixture, &spec);
      finish (changed);
      g_assert_cmpstr (leyden_experiment_get_state (changed), ==, "failed");
      g_assert_error (leyden_experiment_get_error (changed), LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_DEFINITION);
    }
}

/* A call that was cut in the middle of what may not happen twice is one without an answer, unless it was asked for. */
static void
test_unsafe (Fixture      *fixture,
             gconstpointer data)
{
  LeydenEvaluation *read;
  LeydenExperimentSpec spec = make_spec (fixture, "halving");
  g_autoptr(LeydenExperiment) plain = make (fixture, &spec);
  g_autoptr(LeydenEvaluationRow) row = leyden_evaluation_row_new ();

  g_assert_false (plain->rerun_unsafe);
  row->candidate = g_strdup ("c");
  row->item = g_strdup ("i");
  row->error_kind = g_strdup ("unsafe");
  row->reward = NAN;
  read = leyden_trainer_read_row (plain->trainer, row);
  g_assert_true (read->is_error);
  g_assert_false (read->ok);
  leyden_evaluation_free (read);
}

static void
test_no_critic (Fixture      *fixture,
                gconstpointer data)
{
  LeydenExperimentSpec spec;
  g_autoptr(LeydenExperiment) one = NULL;
  g_autoptr(LeydenExperiment) two = NULL;
  g_autoptr(LeydenExperimentBatch) stored = NULL;

  use_small (fixture, answer_no_critic);
  critic_answers = FALSE;
  spec = make_spec (fixture, "reflect");
  spec.experiment = "critic";
  spec.endpoint = "somewhere";
  spec.model = "critic";
  one = make (fixture, &spec);
  finish (one);
  g_assert_cmpstr (leyden_experiment_get_state (one), ==, "failed");
  g_assert_error (leyden_experiment_get_error (one), LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_MODEL);
  stored = read_experiment (fixture->store, "critic");
  g_assert_cmpstr (stored->row->state, ==, "failed");
  /* With the key it goes on. */
  critic_answers = TRUE;
  two = make (fixture, &spec);
  finish (two);
  g_assert_no_error (leyden_experiment_get_error (two));
  g_assert_cmpstr (leyden_experiment_get_state (two), ==, "finished");
}

static TestTransport *watched;
static guint max_critics, critic_fails_at;

/* A critic whose answers depend on the question alone, and who counts how many questions wait for one. */
static LeydenValue *
answer_with_critic (const LeydenModelCall *call,
                    GError               **error)
{
  const char *request = leyden_value_get_string (leyden_value_lookup_pointer (call->body, "/messages/1/content"), NULL);
  g_autofree char *text = NULL;

  if (g_strcmp0 (leyden_value_get_member_string (call->body, "model", NULL), "critic") != 0)
    return answer_evenly (call, error);
  max_critics = MAX (max_critics, watched->n_open);
  if (critic_fails_at > 0 && call->sample == critic_fails_at)
    {
      g_set_error_literal (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_AUTH, "no key");
      return NULL;
    }
  if (!g_str_has_prefix (request, "Task: edit"))
    return test_answer_text ("- Say more.");
  text = g_strdup_printf ("<new_text>Be plain, number %" G_GUINT64_FORMAT ".</new_text>", call->sample);
  return test_answer_text (text);
}

static LeydenValue *
train_with_critic (Fixture    *fixture,
                   const char *id,
                   guint       concurrency)
{
  LeydenExperimentSpec spec = make_spec (fixture, "apo");
  g_autoptr(LeydenExperiment) experiment = NULL;

  spec.experiment = id;
  spec.endpoint = "somewhere";
  spec.model = "critic";
  spec.concurrency = concurrency;
  spec.budget.optimizer_calls = 40;
  max_critics = 0;
  experiment = make (fixture, &spec);
  finish (experiment);
  if (critic_fails_at > 0)
    g_assert_error (leyden_experiment_get_error (experiment), LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_MODEL);
  else
    g_assert_no_error (leyden_experiment_get_error (experiment));
  return leyden_experiment_snapshot (experiment);
}

static void
assert_same_course (LeydenValue *a,
                    LeydenValue *b)
{
  static const char * const members[] = { "candidates", "proposals", "curve", "best", "verdict" };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_assert_true (leyden_value_equal (leyden_value_get_member (a, members[i]), leyden_value_get_member (b, members[i])));
}

/* The questions of a round are asked at the same time, as many as the experiment does at once, and what comes of them is the same. */
static void
test_critic_together (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr(LeydenValue) one = NULL;
  g_autoptr(LeydenValue) many = NULL;
  g_autoptr(LeydenValue) resumed = NULL;

  critic_fails_at = 0;
  watched = use_small (fixture, answer_with_critic);
  watched->delay_ms = 1;
  one = train_with_critic (fixture, "one", 1);
  g_assert_cmpuint (max_critics, ==, 1);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (one, "proposals")), >, 4);
  many = train_with_critic (fixture, "many", 4);
  g_assert_cmpuint (max_critics, ==, 4);
  assert_same_course (one, many);

  /* One of them without an answer ends it while others are under way; started again it asks for the rest. */
  critic_fails_at = 2;
  leyden_value_unref (train_with_critic (fixture, "again", 4));
  critic_fails_at = 0;
  resumed = train_with_critic (fixture, "again", 4);
  assert_same_course (one, resumed);
}

static void
assert_refused (Fixture                    *fixture,
                const LeydenExperimentSpec *spec,
                int                         code)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_experiment_new (fixture->engine, fixture->transport, spec, &error));
  g_assert_error (error, LEYDEN_EXPERIMENT_ERROR, code);
}

static void
test_refused (Fixture      *fixture,
              gconstpointer data)
{
  LeydenExperimentSpec spec = make_spec (fixture, "nobody");
  g_autoptr(LeydenValue) flow = test_json (SMALL_FLOW);
  g_autoptr(LeydenFlow) unmarked = leyden_flow_from_value (flow, NULL);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("unmark");
  g_autoptr(LeydenValue) locked = test_json ("[{\"name\": \"temperature\", \"locked\": true}]");
  g_autoptr(LeydenPlan) plan = NULL;
  g_autoptr(LeydenPlan) small = plan_of (flow);
  g_autoptr(LeydenValue) rewardless = test_json (REWARDLESS_FLOW);
  g_autoptr(LeydenPlan) worthless = plan_of (rewardless);
  const char *path[] = { "trainable", NULL };

  assert_refused (fixture, &spec, LEYDEN_EXPERIMENT_ERROR_OPTIMIZER);
  spec.optimizer = "examples";
  spec.plan = small;
  assert_refused (fixture, &spec, LEYDEN_EXPERIMENT_ERROR_SLOTS);
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, "chat", path, locked);
  g_assert_true (leyden_flow_apply (unmarked, edit, NULL));
  plan = leyden_plan_new (unmarked, test_types (), NULL);
  spec.optimizer = "halving";
  spec.plan = plan;
  assert_refused (fixture, &spec, LEYDEN_EXPERIMENT_ERROR_SLOTS);
  spec.plan = worthless;
  assert_refused (fixture, &spec, LEYDEN_EXPERIMENT_ERROR_REWARD);
  spec.plan = fixture->plan;
  spec.n_items = 1;
  assert_refused (fixture, &spec, LEYDEN_EXPERIMENT_ERROR_ITEMS);
}

static void
add (const char    *path,
     gconstpointer  data,
     void         (*test) (Fixture *, gconstpointer))
{
  g_autofree char *full = data != NULL ? g_strconcat (path, "/", data, NULL) : g_strdup (path);

  g_test_add (full, Fixture, data, set_up, test, tear_down);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (all_optimizers); i++)
    {
      add ("/experiment/equal", all_optimizers[i], test_equal);
      add ("/experiment/resume", all_optimizers[i], test_resume);
      add ("/experiment/improves", all_optimizers[i], test_improves);
    }
  add ("/experiment/shown-again", NULL, test_shown_again);
  add ("/experiment/limits", NULL, test_limits);
  add ("/experiment/pause", NULL, test_pause);
  add ("/experiment/stop", NULL, test_stop);
  add ("/experiment/suspend", NULL, test_suspend);
  add ("/experiment/no-difference", NULL, test_no_difference);
  add ("/experiment/withheld", NULL, test_withheld);
  add ("/experiment/failures-count", NULL, test_failures_count);
  add ("/experiment/cache", NULL, test_cache);
  add ("/experiment/outside", NULL, test_outside);
  add ("/experiment/unsafe", NULL, test_unsafe);
  add ("/experiment/no-critic", NULL, test_no_critic);
  add ("/experiment/critic-together", NULL, test_critic_together);
  add ("/experiment/refused", NULL, test_refused);
  return g_test_run ();
}
