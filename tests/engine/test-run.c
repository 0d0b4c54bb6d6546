/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <math.h>
#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"

/* A row's number becomes its reward when it is below 1; 7 fails. */
static const char flow[] =
  "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"v\", \"type\": \"number\", \"required\": true}]},"
  " \"w\": {\"type\": \"probe\", \"does\": \"%s\", \"ms\": %u}, \"r\": {\"type\": \"reward\", \"maximum\": 100}, \"c\": {\"type\": \"if\", \"condition\": \"value < 5\"}},"
  " \"edges\": [\"i.v > w.n\", \"w.x > c.value\", \"c.then > r.score\"]}";

typedef struct
{
  LeydenRun *run;
  gboolean   finished;
  guint      n_progress;
  guint      n_started;
  guint      n_finished;
  guint      n_open;
  guint      max_open;
  GString   *order;
  guint      cancel_after;      /* 0: never */
  gboolean   retry_failed;
} RunWatch;

static void
progress_cb (LeydenRun *run,
             RunWatch  *self)
{
  self->n_progress++;
}

static void
started_cb (LeydenRun     *run,
            LeydenRollout *rollout,
            RunWatch      *self)
{
  self->n_started++;
  self->n_open++;
  self->max_open = MAX (self->max_open, self->n_open);
  g_string_append_printf (self->order, "%s ", leyden_rollout_get_row (rollout)->item);
}

static void
rollout_finished_cb (LeydenRun     *run,
                     LeydenRollout *rollout,
                     RunWatch      *self)
{
  self->n_finished++;
  self->n_open--;
  if (self->n_finished == self->cancel_after)
    leyden_run_cancel (run, "enough");
}

static void
finished_cb (LeydenRun *run,
             RunWatch  *self)
{
  g_assert_false (self->finished);
  self->finished = TRUE;
}

static void
run_watch_clear (RunWatch *self)
{
  g_signal_handlers_disconnect_by_data (self->run, self);
  g_object_unref (self->run);
  g_string_free (self->order, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunWatch, run_watch_clear)

static void
start (RunWatch     *self,
       LeydenEngine *engine,
       LeydenPlan   *plan,
       const char   *run,
       guint         n_items,
       guint         concurrency)
{
  g_autofree LeydenRunItem *items = g_new0 (LeydenRunItem, n_items + 1);
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  LeydenRunSpec spec = { .run = run, .plan = plan, .seed = 42, .concurrency = concurrency, .key = "key",
                         .retry_failed = self->retry_failed };

  for (guint i = 0; i < n_items; i++)
    {
      g_autofree char *input = g_strdup_printf ("{\"v\": %u}", i);

      g_ptr_array_add (values, test_json (input));
      g_ptr_array_add (names, g_strdup_printf ("item-%u", i));
      items[i] = (LeydenRunItem) { g_ptr_array_index (names, i), i % 2 ? "test" : "train", i, g_ptr_array_index (values, i) };
    }
  self->order = g_string_new (NULL);
  self->run = leyden_engine_start_run (engine, &spec, items, n_items);
  g_signal_connect (self->run, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (self->run, "rollout-started", G_CALLBACK (started_cb), self);
  g_signal_connect (self->run, "rollout-finished", G_CALLBACK (rollout_finished_cb), self);
  g_signal_connect (self->run, "finished", G_CALLBACK (finished_cb), self);
}

static LeydenPlan *
make_plan (const char *does,
           guint       ms)
{
  g_auto(GStrv) parts = g_strsplit (flow, "%s", 2);
  g_auto(GStrv) more = g_strsplit (parts[1], "%u", 2);
  g_autofree char *number = g_strdup_printf ("%u", ms);
  g_autofree char *text = g_strconcat (parts[0], does, more[0], number, more[1], NULL);

  return test_plan (text);
}

static void
test_summary (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("pass", 0);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_auto(RunWatch) watch = { 0, };
  g_autoptr(LeydenValue) summary = NULL;
  LeydenValue *mean, *nodes;

  start (&watch, engine, plan, NULL, 10, 3);
  wait_for (&watch.finished);
  g_assert_cmpstr (leyden_run_get_state (watch.run), ==, "succeeded");
  g_assert_cmpstr (watch.order->str, ==, "item-0 item-1 item-2 item-3 item-4 item-5 item-6 item-7 item-8 item-9 ");
  g_assert_cmpuint (watch.max_open, ==, 3);
  summary = leyden_run_summarize (watch.run);
  g_assert_cmpint (leyden_value_get_member_int (summary, "done", 0), ==, 10);
  g_assert_cmpint (leyden_value_get_member_int (summary, "succeeded", 0), ==, 10);
  g_assert_cmpint (leyden_value_get_member_int (summary, "running", 1), ==, 0);
  /* Rewards 0 to 4: mean 2, sd sqrt(2.5), t(0.975, 4) = 2.776445. */
  mean = leyden_value_get_member (summary, "mean_reward");
  g_assert_cmpint (leyden_value_get_member_int (mean, "n", 0), ==, 5);
  g_assert_cmpfloat (leyden_value_get_member_double (mean, "estimate", 0), ==, 2);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (mean, "low", 0), 2 - 2.7764451052 * sqrt (2.5 / 5), 1e-6);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (mean, "high", 0), 2 + 2.7764451052 * sqrt (2.5 / 5), 1e-6);
  nodes = leyden_value_get_member (summary, "nodes");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "r"), "succeeded", 0), ==, 5);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "r"), "skipped", 0), ==, 5);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "w"), "succeeded", 0), ==, 10);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "w"), "running", 1), ==, 0);
  g_assert_cmpfloat (leyden_value_get_member_double (summary, "remaining_s", 1), ==, 0);
}

static void
test_no_items (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("pass", 0);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_auto(RunWatch) watch = { 0, };
  g_autoptr(LeydenValue) summary = NULL;

  start (&watch, engine, plan, NULL, 0, 3);
  wait_for (&watch.finished);
  g_assert_cmpstr (leyden_run_get_state (watch.run), ==, "succeeded");
  summary = leyden_run_summarize (watch.run);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (summary, "mean_reward")));
}

static void
test_failures_count (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("fail", 0);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_auto(RunWatch) watch = { 0, };
  g_autoptr(LeydenValue) summary = NULL;

  start (&watch, engine, plan, NULL, 4, 2);
  wait_for (&watch.finished);
  /* All reached an end. */
  g_assert_cmpstr (leyden_run_get_state (watch.run), ==, "succeeded");
  summary = leyden_run_summarize (watch.run);
  g_assert_cmpint (leyden_value_get_member_int (summary, "failed", 0), ==, 4);
  g_assert_cmpstr (leyden_run_get_row (watch.run, 3)->error_node, ==, "w");
}

static void
test_progress_is_throttled (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("pass", 0);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_auto(RunWatch) watch = { 0, };
  gint64 begin = g_get_monotonic_time ();

  start (&watch, engine, plan, NULL, 3000, 8);
  wait_for (&watch.finished);
  /* Ten a second, one at the start and one at the end. */
  g_assert_cmpuint (watch.n_progress, <=, 3 + (g_get_monotonic_time () - begin) / 100000);
  g_assert_cmpuint (watch.n_progress, >=, 2);
  g_assert_cmpuint (watch.n_finished, ==, 3000);
}

/* A thousand agents at once, each waiting for its answer. */
static void
test_thousand (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("async", 200);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_auto(RunWatch) watch = { 0, };

  probe_counts.max_open = 0;
  start (&watch, engine, plan, NULL, 1000, 1000);
  wait_for (&watch.finished);
  g_assert_cmpuint (probe_counts.max_open, ==, 1000);
  g_assert_cmpuint (watch.n_finished, ==, 1000);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpstr (leyden_run_get_row (watch.run, i)->state, ==, "succeeded");
}

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(GHashTable **) data = leyden_run_count_nodes_finish (result, &error);
  g_assert_no_error (error);
}

static LeydenValue *
count_nodes (LeydenStore *store,
             const char  *run)
{
  g_autoptr(GHashTable) counted = NULL;
  g_autoptr(GPtrArray) none = g_ptr_array_new ();
  g_autoptr(LeydenValue) summary = NULL;

  leyden_run_count_nodes_async (store, run, G_MAXUINT64, NULL, NULL, counted_cb, &counted);
  while (counted == NULL)
    g_main_context_iteration (NULL, TRUE);
  summary = leyden_run_summarize_rows (run, "succeeded", none, 0, counted);
  return leyden_value_ref (leyden_value_get_member (summary, "nodes"));
}

/* A node that every rollout passes has run in all of them, in whichever process, and the log says the same. */
static void
check_counts (RunWatch    *watch,
              LeydenStore *store)
{
  g_autoptr(LeydenValue) live = leyden_run_summarize (watch->run);
  g_autoptr(LeydenValue) stored = count_nodes (store, leyden_run_get_id (watch->run));
  LeydenValue *nodes = leyden_value_get_member (live, "nodes");

  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "i"), "succeeded", 0), ==, 20);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "w"), "running", -1), ==, 0);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *a = leyden_value_get_item (nodes, i);
      LeydenValue *b = leyden_value_get_member (stored, leyden_value_get_key (nodes, i));

      g_assert_cmpint (leyden_value_get_member_int (a, "succeeded", -1), ==, leyden_value_get_member_int (b, "succeeded", -2));
      g_assert_cmpint (leyden_value_get_member_int (a, "skipped", -1), ==, leyden_value_get_member_int (b, "skipped", -2));
      g_assert_true (g_str_equal (leyden_value_get_key (nodes, i), "w") == (leyden_value_get_member_double (b, "mean_ms", 0) > 4));
    }
}

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(LeydenValue **) data = leyden_store_fold_finish (LEYDEN_STORE (object), result, NULL);
}

/* What failed begins anew when that is asked for: as the next attempt in the same log, and only that attempt counts. */
static void
test_retry_failed (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("fail-now", 0);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_auto(RunWatch) watch = { 0, };
  g_auto(RunWatch) plain = { 0, };
  g_auto(RunWatch) again = { .retry_failed = TRUE };
  g_autoptr(LeydenValue) nodes = NULL;
  g_autoptr(LeydenValue) live = NULL;
  g_autoptr(LeydenValue) fold = NULL;

  probe_counts.failing = TRUE;
  start (&watch, engine, plan, "failing", 6, 2);
  wait_for (&watch.finished);
  probe_counts.failing = FALSE;
  g_assert_cmpstr (leyden_run_get_row (watch.run, 3)->state, ==, "failed");

  /* Not asked for: they stay what they are. */
  start (&plain, engine, plan, "failing", 6, 2);
  wait_for (&plain.finished);
  g_assert_cmpuint (plain.n_started, ==, 0);

  start (&again, engine, plan, "failing", 6, 2);
  wait_for (&again.finished);
  g_assert_cmpuint (again.n_started, ==, 6);
  for (guint i = 0; i < 6; i++)
    {
      const LeydenRolloutRow *row = leyden_run_get_row (again.run, i);

      g_assert_cmpstr (row->state, ==, "succeeded");
      g_assert_cmpstr (row->rollout, ==, leyden_run_get_row (watch.run, i)->rollout);
      g_assert_null (row->error);
    }
  live = leyden_run_summarize (again.run);
  nodes = count_nodes (store, "failing");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "w"), "succeeded", 0), ==, 6);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "w"), "failed", -1), ==, 0);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (leyden_value_get_member (live, "nodes"), "w"), "failed", -1), ==, 0);
  g_assert_cmpint (leyden_value_get_member_int (live, "succeeded", 0), ==, 6);

  leyden_store_fold_async (store, leyden_run_get_row (again.run, 0)->rollout, G_MAXUINT64, leyden_rollout_reducer (), NULL, folded_cb, &fold);
  while (fold == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (leyden_value_get_member_string (fold, "attempt", ""), ==, "1");
  g_assert_cmpstr (leyden_value_get_member_string (fold, "state", ""), ==, "succeeded");
  g_assert_true (leyden_value_get_kind (leyden_value_get_member (fold, "error")) == LEYDEN_VALUE_NULL);
  test_store_done (store);
}

static void
test_cancel (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("async", 5);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(LeydenValue) summary = NULL;
  g_auto(RunWatch) watch = { .cancel_after = 4 };
  g_auto(RunWatch) again = { 0, };

  start (&watch, engine, plan, "cancelled-run", 20, 3);
  wait_for (&watch.finished);
  g_assert_cmpstr (leyden_run_get_state (watch.run), ==, "cancelled");
  g_assert_cmpuint (watch.n_started, <, 20);
  g_assert_cmpuint (watch.n_open, ==, 0);
  summary = leyden_run_summarize (watch.run);
  g_assert_cmpint (leyden_value_get_member_int (summary, "done", 0), ==, watch.n_finished);

  /* Taken up again: what was cancelled stays, the rest is done. */
  start (&again, engine, plan, "cancelled-run", 20, 3);
  wait_for (&again.finished);
  g_assert_cmpstr (leyden_run_get_state (again.run), ==, "succeeded");
  g_assert_cmpuint (again.n_started + watch.n_started, ==, 20);
  check_counts (&again, store);
  test_store_done (store);
}

typedef struct
{
  gboolean   done;
  GPtrArray *rows;
  LeydenRunRow *run;
} Listed;

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Listed *listed = data;
  g_autoptr(GError) error = NULL;

  listed->rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  g_assert_no_error (error);
  listed->done = TRUE;
}

static void
got_run_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Listed *listed = data;
  g_autoptr(GError) error = NULL;

  listed->run = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  g_assert_no_error (error);
  listed->done = TRUE;
}

static void
test_stored_rows (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("pass", 0);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_auto(RunWatch) watch = { 0, };
  g_auto(RunWatch) again = { 0, };
  Listed listed = { FALSE, NULL, NULL };
  g_autoptr(LeydenValue) live = NULL;
  g_autoptr(LeydenValue) stored = NULL;

  start (&watch, engine, plan, "the-run", 12, 4);
  wait_for (&watch.finished);
  leyden_store_list_rollouts_async (store, "the-run", NULL, -1, 0, NULL, listed_cb, &listed);
  wait_for (&listed.done);
  g_assert_cmpuint (listed.rows->len, ==, 12);
  for (guint i = 0; i < 12; i++)
    {
      const LeydenRolloutRow *row = g_ptr_array_index (listed.rows, i);
      const LeydenRolloutRow *mine = leyden_run_get_row (watch.run, i);

      g_assert_cmpstr (row->state, ==, "succeeded");
      g_assert_cmpstr (row->rollout, ==, mine->rollout);
      g_assert_cmpstr (row->item, ==, mine->item);
      g_assert_cmpstr (row->split, ==, i % 2 ? "test" : "train");
      g_assert_true (i < 5 ? row->reward == i : isnan (row->reward));
      g_assert_cmpuint (row->last_sequence, ==, mine->last_sequence);
      g_assert_cmpuint (row->last_sequence, >, 0);
    }
  live = leyden_run_summarize (watch.run);
  stored = leyden_run_summarize_rows ("the-run", "succeeded", listed.rows, 12, NULL);
  g_assert_true (leyden_value_equal (leyden_value_get_member (live, "mean_reward"), leyden_value_get_member (stored, "mean_reward")));
  g_assert_true (leyden_value_equal (leyden_value_get_member (live, "succeeded"), leyden_value_get_member (stored, "succeeded")));
  g_ptr_array_unref (listed.rows);

  listed.done = FALSE;
  leyden_store_get_run_async (store, "the-run", NULL, got_run_cb, &listed);
  wait_for (&listed.done);
  g_assert_cmpstr (listed.run->state, ==, "succeeded");
  g_assert_cmpstr (listed.run->key, ==, "key");
  g_assert_cmpint (listed.run->n_succeeded, ==, 12);
  g_assert_cmpint (listed.run->finished_ns, >, 0);
  leyden_run_row_free (listed.run);

  /* A finished run is shown again: nothing starts. */
  start (&again, engine, plan, "the-run", 12, 4);
  wait_for (&again.finished);
  g_assert_cmpuint (again.n_started, ==, 0);
  g_assert_cmpstr (leyden_run_get_state (again.run), ==, "succeeded");
  g_assert_cmpfloat (leyden_run_get_row (again.run, 4)->reward, ==, 4);
  /* Its figures are those of the run, and none are made up of what did not run here. */
  {
    g_autoptr(LeydenValue) summary = leyden_run_summarize (again.run);

    g_assert_cmpint (leyden_value_get_member_int (summary, "succeeded", 0), ==, 12);
    g_assert_cmpfloat (leyden_value_get_member_double (summary, "elapsed_s", 0), >, 0);
    g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (summary, "nodes")), ==, 0);
  }
  test_store_done (store);
}

static void
copied_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GError) error = NULL;

  if (g_object_get_data (object, "append"))
    leyden_store_append_finish (LEYDEN_STORE (object), result, &error);
  else
    leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error);
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

/* The program ended in the middle of a run: some rollouts had finished, one was under way, others had not begun. */
static void
test_continue (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("pass", 0);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(LeydenRunRow) run = leyden_run_row_new ();
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(LeydenValue) input = test_json ("{\"v\": 1}");
  g_autofree char *input_hash = leyden_json_hash (input);
  g_autofree char *payload = g_strdup_printf ("{\"flow\": \"%s\", \"input\": \"%s\", \"seed\": 42}", leyden_plan_get_hash (plan), input_hash);
  g_autoptr(LeydenValue) started = test_json (payload);
  g_auto(RunWatch) watch = { 0, };
  gboolean done = FALSE;

  g_free (run->run);
  run->run = g_strdup ("half-run");
  g_free (run->state);
  run->state = g_strdup ("running");
  run->created_ns = 1;
  run->n_items = 4;
  run->definition = test_json ("{\"made\": \"before\"}");
  for (guint i = 0; i < 3; i++)
    {
      LeydenRolloutRow *row = leyden_rollout_row_new ();

      row->rollout = g_strdup_printf ("half-%u", i);
      row->run = g_strdup ("half-run");
      g_free (row->executor);
      row->executor = g_strdup ("leyden");
      g_free (row->state);
      row->state = g_strdup (i == 0 ? "succeeded" : i == 1 ? "running" : "queued");
      row->reward = i == 0 ? 99 : NAN;
      row->index = i;
      row->item = g_strdup_printf ("item-%u", i);
      g_ptr_array_add (rows, row);
    }
  leyden_store_put_run_async (store, run, rows, copied_cb, &done);
  wait_for (&done);
  done = FALSE;
  g_object_set_data (G_OBJECT (store), "append", run);
  g_ptr_array_add (records, leyden_record_new ("half-1", "0", 1, 5, "engine", "rollout.started", "", started));
  leyden_store_append_async (store, records, g_ptr_array_index (rows, 1), copied_cb, &done);
  wait_for (&done);

  start (&watch, engine, plan, "half-run", 4, 4);
  wait_for (&watch.finished);
  g_assert_cmpstr (leyden_run_get_state (watch.run), ==, "succeeded");
  g_assert_cmpuint (watch.n_started, ==, 3);
  g_assert_cmpfloat (leyden_run_get_row (watch.run, 0)->reward, ==, 99);
  g_assert_cmpstr (leyden_run_get_row (watch.run, 1)->rollout, ==, "half-1");
  g_assert_cmpint (leyden_run_get_row (watch.run, 1)->started_ns, ==, 5);
  g_assert_cmpfloat (leyden_run_get_row (watch.run, 1)->reward, ==, 1);
  g_assert_cmpstr (leyden_run_get_row (watch.run, 2)->rollout, ==, "half-2");
  g_assert_cmpfloat (leyden_run_get_row (watch.run, 3)->reward, ==, 3);
  test_store_done (store);
}

static gboolean
close_cb (gpointer data)
{
  leyden_sqlite_store_close (data);
  return G_SOURCE_REMOVE;
}

static void
test_store_fails (void)
{
  g_autoptr(LeydenPlan) plan = make_plan ("async", 30);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_auto(RunWatch) watch = { 0, };

  start (&watch, engine, plan, NULL, 40, 2);
  g_timeout_add (50, close_cb, store);
  wait_for (&watch.finished);
  g_assert_cmpstr (leyden_run_get_state (watch.run), ==, "failed");
  g_assert_nonnull (leyden_run_get_error (watch.run));
  g_assert_cmpuint (watch.n_started, <, 40);
  g_object_unref (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/summary", test_summary);
  g_test_add_func ("/run/no-items", test_no_items);
  g_test_add_func ("/run/failures-count", test_failures_count);
  g_test_add_func ("/run/progress-is-throttled", test_progress_is_throttled);
  g_test_add_func ("/run/thousand", test_thousand);
  g_test_add_func ("/run/retry-failed", test_retry_failed);
  g_test_add_func ("/run/cancel", test_cancel);
  g_test_add_func ("/run/stored-rows", test_stored_rows);
  g_test_add_func ("/run/continue", test_continue);
  g_test_add_func ("/run/store-fails", test_store_fails);
  return g_test_run ();
}
