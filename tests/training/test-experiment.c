/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments over the engine and a store: equal at any concurrency, resumed anywhere, paused, stopped. */
#include "experiment-helpers.h"

#include <math.h>
#include <string.h>

#include "leyden-edit.h"
#include "leyden-json.h"

/* Limits of tokens and money hold to the call, whatever is under way at once. */
static void
test_limits (Fixture      *fixture,
             gconstpointer data)
{
  g_autofree char *one = NULL;
  g_autofree char *many = NULL;

  for (guint i = 0; i < 2; i++)
    {
      LeydenExperimentSpec spec = test_make_spec (fixture, "halving");
      g_autoptr(LeydenExperiment) experiment = NULL;

      spec.budget.tokens = 120000;
      spec.concurrency = i == 0 ? 1 : 8;
      spec.fresh = TRUE;
      experiment = test_make (fixture, &spec);
      test_finish (experiment);
      g_assert_no_error (leyden_experiment_get_error (experiment));
      g_assert_cmpstr (experiment->trainer->stop_reason, ==, "tokens");
      g_assert_true (experiment->trainer->tested);
      *(i == 0 ? &one : &many) = test_comparable (experiment);
    }
  test_assert_same (one, many);
}

static const char * const all_optimizers[] = { "halving", "examples", "reflect", "apo" };

static void
test_equal (Fixture      *fixture,
            gconstpointer data)
{
  const char *optimizer = data;
  g_autofree char *one = test_train_once (fixture, optimizer, 8, TRUE);
  g_autofree char *two = test_train_once (fixture, optimizer, 1, TRUE);
  g_autofree char *three = test_train_once (fixture, optimizer, 100, TRUE);
  g_autofree char *four = test_train_once (fixture, optimizer, 8, FALSE);

  test_assert_same (one, two);
  test_assert_same (one, three);
  test_assert_same (one, four);
}

/* ---- Interrupted anywhere ---- */

static GPtrArray *
list_evaluations (LeydenStore *store,
                  const char  *env)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *rows;

  leyden_store_list_evaluations_async (store, env, NULL, test_result_cb, &result);
  rows = leyden_store_list_evaluations_finish (store, test_wait_result (&result), &error);
  g_assert_no_error (error);
  return rows;
}

static void
put (LeydenStore           *store,
     LeydenExperimentBatch *batch)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_store_put_experiment_async (store, batch, test_result_cb, &result);
  leyden_store_put_experiment_finish (store, test_wait_result (&result), &error);
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

  leyden_store_read_rollout_async (from, rollout, 0, 0, NULL, test_result_cb, &records_result);
  records = leyden_store_read_rollout_finish (from, test_wait_result (&records_result), &error);
  g_assert_no_error (error);
  leyden_store_get_rollout_async (from, rollout, NULL, test_result_cb, &row_result);
  row = leyden_store_get_rollout_finish (from, test_wait_result (&row_result), &error);
  g_assert_no_error (error);
  leyden_store_append_async (to, records, row, test_result_cb, &result);
  g_assert_true (leyden_store_append_finish (to, test_wait_result (&result), &error));
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
  LeydenExperimentSpec spec = test_make_spec (fixture, optimizer);
  g_autoptr(LeydenExperiment) whole = NULL;
  g_autoptr(LeydenExperimentBatch) batch = NULL;
  g_autoptr(GPtrArray) evaluations = NULL;
  g_autofree char *expected = NULL;

  spec.fresh = TRUE;
  spec.experiment = "e-whole";
  whole = test_make (fixture, &spec);
  test_finish (whole);
  expected = test_comparable (whole);
  batch = test_read_experiment (fixture->store, "e-whole");
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
        again = test_make (&other, &spec);
        test_finish (again);
        got = test_comparable (again);
        g_test_message ("%s after %u of %u answers", optimizer, n, batch->calls->len);
        test_assert_same (got, expected);
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
  LeydenExperimentSpec spec = test_make_spec (fixture, "halving");
  g_autoptr(LeydenExperiment) one = NULL;
  g_autoptr(LeydenExperiment) two = NULL;
  g_autoptr(LeydenValue) a = NULL, b = NULL, grid = NULL, other = NULL, slots = NULL;
  const char *baseline, *best;
  LeydenValue *items;
  guint won = 0, lost = 0;
  double difference;

  spec.experiment = "again";
  one = test_make (fixture, &spec);
  test_finish (one);
  a = leyden_experiment_snapshot (one);
  two = test_make (fixture, &spec);
  test_finish (two);
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
  LeydenExperimentSpec spec = test_make_spec (fixture, data);
  g_autoptr(LeydenExperiment) experiment = NULL;
  g_autoptr(LeydenValue) snapshot = NULL;
  LeydenValue *verdict;

  spec.budget.task_calls = 600;
  experiment = test_make (fixture, &spec);
  test_finish (experiment);
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
  LeydenExperimentSpec spec = test_make_spec (fixture, "examples");
  g_autofree char *expected = test_train_once (fixture, "examples", 0, TRUE);
  g_autoptr(LeydenExperiment) experiment = NULL;
  g_autoptr(LeydenExperimentBatch) stored = NULL;
  g_autofree char *got = NULL;
  guint n = 0;

  spec.fresh = TRUE;
  spec.experiment = "paused";
  experiment = test_make (fixture, &spec);
  g_signal_connect (experiment, "changed", G_CALLBACK (pause_cb), &n);
  leyden_experiment_start (experiment);
  while (n == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (leyden_experiment_get_state (experiment), ==, "paused");
  spin_until_idle (experiment);
  stored = test_read_experiment (fixture->store, "paused");
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
  test_finish (experiment);
  got = test_comparable (experiment);
  test_assert_same (got, expected);
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
      LeydenExperimentSpec spec = test_make_spec (fixture, "halving");
      g_autofree char *id = g_strdup_printf ("stopped-%d", with_test);
      g_autoptr(LeydenExperiment) experiment = NULL;
      g_autoptr(LeydenExperiment) again = NULL;
      g_autoptr(LeydenValue) snapshot = NULL, shown = NULL;
      LeydenValue *verdict;

      spec.fresh = TRUE;
      spec.concurrency = 2;
      spec.experiment = id;
      experiment = test_make (fixture, &spec);
      g_timeout_add (1, stop_cb, &(Stop) { experiment, with_test });
      test_finish (experiment);
      g_assert_cmpstr (leyden_experiment_get_state (experiment), ==, "stopped");
      snapshot = leyden_experiment_snapshot (experiment);
      g_assert_cmpstr (leyden_value_get_member_string (snapshot, "stop_reason", ""), ==, "user");
      verdict = leyden_value_get_member (snapshot, "verdict");
      g_assert_cmpint (leyden_value_get_kind (verdict), ==, with_test ? LEYDEN_VALUE_OBJECT : LEYDEN_VALUE_NULL);
      again = test_make (fixture, &spec);
      test_finish (again);
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
  LeydenExperimentSpec spec = test_make_spec (fixture, "halving");
  g_autofree char *expected = test_train_once (fixture, "halving", 0, TRUE);
  g_autoptr(GPtrArray) rollouts = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(LeydenExperiment) two = NULL;
  LeydenExperiment *one;
  gpointer watched;
  g_autofree char *got = NULL;
  gboolean done = FALSE;

  spec.fresh = TRUE;
  spec.experiment = "suspended";
  watched = one = test_make (fixture, &spec);
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
  g_object_add_weak_pointer (G_OBJECT (one), &watched);
  g_object_unref (one);
  for (guint i = 0; i < 3000 && watched != NULL; i++)
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_usleep (10000);
    }
  g_assert_null (watched);
  two = test_make (fixture, &spec);
  test_finish (two);
  got = test_comparable (two);
  test_assert_same (got, expected);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (all_optimizers); i++)
    {
      test_add ("/experiment/equal", all_optimizers[i], test_equal);
      test_add ("/experiment/resume", all_optimizers[i], test_resume);
      test_add ("/experiment/improves", all_optimizers[i], test_improves);
    }
  test_add ("/experiment/shown-again", NULL, test_shown_again);
  test_add ("/experiment/limits", NULL, test_limits);
  test_add ("/experiment/pause", NULL, test_pause);
  test_add ("/experiment/stop", NULL, test_stop);
  test_add ("/experiment/suspend", NULL, test_suspend);
  return g_test_run ();
}
