/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of the conformance test that is about experiments, and about results of nodes that are kept. */
#include "store-conformance-private.h"

#include <math.h>

static LeydenExperimentBatch *
make_experiment (const char *id,
                 gint64      created_ns)
{
  LeydenExperimentBatch *batch = leyden_experiment_batch_new (id);

  batch->row = leyden_experiment_row_new ();
  batch->row->experiment = g_strdup (id);
  batch->row->key = g_strdup ("key");
  batch->row->created_ns = created_ns;
  batch->row->definition = make_payload (created_ns, "definition");
  return batch;
}

static LeydenEvaluationRow *
make_evaluation (const char *env,
                 const char *item,
                 double      reward)
{
  LeydenEvaluationRow *row = leyden_evaluation_row_new ();

  row->env = g_strdup (env);
  row->candidate = g_strdup ("0123456789abcdef");
  row->item = g_strdup (item);
  row->rollout = g_strdup ("r");
  row->ok = TRUE;
  row->reward = reward;
  row->answer = make_payload (1, item);
  return row;
}

static void
add_parts (LeydenExperimentBatch *batch,
           const char            *verdict,
           const char            *response)
{
  LeydenCandidateRow *candidate = g_new0 (LeydenCandidateRow, 1);
  LeydenProposalRow *proposal = g_new0 (LeydenProposalRow, 1);
  LeydenCallRow *call = g_new0 (LeydenCallRow, 1);

  *candidate = (LeydenCandidateRow) { g_strdup ("0123456789abcdef"), 0, 0, g_strdup ("seed"), leyden_value_new_int (1), make_payload (1, verdict) };
  *proposal = (LeydenProposalRow) { 2, 1, g_strdup ("p"), NULL, g_strdup ("s"), NULL, NULL, g_strdup (verdict), NULL };
  *call = (LeydenCallRow) { g_strdup ("k"), g_strdup ("ask"), 2, 0, g_strdup ("h"), leyden_value_new_string (response, -1), 3, 4 };
  g_ptr_array_add (batch->candidates, candidate);
  g_ptr_array_add (batch->proposals, proposal);
  g_ptr_array_add (batch->calls, call);
}

static void
put_cached (LeydenStore *store,
            const char  *key,
            const char  *flow,
            gint64       n,
            gsize        length,
            gint64       limit)
{
  LeydenCacheChange *change = g_new0 (LeydenCacheChange, 1);
  g_autofree char *text = g_strnfill (length, 'x');
  g_autoptr(GError) error = NULL;

  change->key = g_strdup (key);
  change->flow = g_strdup (flow);
  change->node = g_strdup ("node");
  change->value = make_payload (n, text);
  change->last = make_payload (n, "last");
  change->time_ns = n;
  change->limit = limit;
  g_assert_true (store_change_cache (store, change, &error));
  g_assert_no_error (error);
}

static gint64
get_cached (LeydenStore *store,
            const char  *key,
            const char  *flow,
            const char  *member)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) got = store_get_cached (store, key, flow, "node", &error);

  g_assert_no_error (error);
  return leyden_value_get_member_int (leyden_value_get_member (got, member), "n", -1);
}

/* What is kept is there again, no more than the limit, and the oldest goes; what nodes depended on outlives it. */
void
store_conformance_cache (LeydenStore *store)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) empty = store_count_cache (store, &error);
  g_autoptr(LeydenValue) counted = NULL;
  g_autoptr(LeydenValue) cleared = NULL;
  g_autoptr(LeydenValue) left = NULL;
  LeydenCacheChange *change;

  g_assert_cmpint (leyden_value_get_member_int (empty, "entries", -1), ==, 0);
  g_assert_cmpint (get_cached (store, "a", "flow", "value"), ==, -1);
  put_cached (store, "a", "flow", 1, 100, 100000);
  put_cached (store, "b", "other", 2, 100, 100000);
  put_cached (store, "a", "flow", 3, 100, 100000);
  g_assert_cmpint (get_cached (store, "a", "flow", "value"), ==, 3);
  g_assert_cmpint (get_cached (store, "a", "flow", "last"), ==, 3);
  g_assert_cmpint (get_cached (store, "b", "flow", "value"), ==, 2);      /* by its content, whoever made it */
  counted = store_count_cache (store, &error);
  g_assert_cmpint (leyden_value_get_member_int (counted, "entries", -1), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (counted, "bytes", -1), >, 200);

  /* b is the oldest until it is used. */
  change = g_new0 (LeydenCacheChange, 1);
  change->key = g_strdup ("b");
  change->flow = g_strdup ("other");
  change->node = g_strdup ("node");
  change->time_ns = 4;
  g_assert_true (store_change_cache (store, change, &error));
  put_cached (store, "c", "flow", 5, 100, 350);
  g_assert_cmpint (get_cached (store, "a", "flow", "value"), ==, -1);
  g_assert_cmpint (get_cached (store, "b", "other", "value"), ==, 2);
  g_assert_cmpint (get_cached (store, "c", "flow", "value"), ==, 5);

  /* Longer than anything may be: not kept, and no error. */
  put_cached (store, "d", "flow", 6, LEYDEN_CACHE_MAX_VALUE + 1, 0);
  g_assert_cmpint (get_cached (store, "d", "flow", "value"), ==, -1);
  g_assert_cmpint (get_cached (store, "d", "flow", "last"), ==, 6);

  change = g_new0 (LeydenCacheChange, 1);
  change->clear = TRUE;
  change->flow = g_strdup ("flow");
  g_assert_true (store_change_cache (store, change, &error));
  g_assert_cmpint (get_cached (store, "c", "flow", "value"), ==, -1);
  g_assert_cmpint (get_cached (store, "b", "other", "value"), ==, 2);
  cleared = store_get_cached (store, "c", "flow", "node", &error);
  g_assert_true (leyden_value_get_member_boolean (cleared, "cleared", FALSE));
  change = g_new0 (LeydenCacheChange, 1);
  change->clear = TRUE;
  g_assert_true (store_change_cache (store, change, &error));
  left = store_count_cache (store, &error);
  g_assert_cmpint (leyden_value_get_member_int (left, "entries", -1), ==, 0);
}

/* A candidate and an evaluation stay what they were; a proposal, a call and the row are what was said last. */
void
store_conformance_experiments (LeydenStore *store)
{
  LeydenExperimentBatch *batch = make_experiment ("e", 1);
  g_autoptr(LeydenExperimentBatch) got = NULL;
  g_autoptr(LeydenExperimentRow) missing = NULL;
  g_autoptr(GPtrArray) evaluations = NULL;
  g_autoptr(GPtrArray) listed = NULL;
  g_autoptr(GError) error = NULL;

  add_parts (batch, "rejected", "one");
  g_ptr_array_add (batch->evaluations, make_evaluation ("env", "a", 0.25));
  g_ptr_array_add (batch->evaluations, make_evaluation ("env", "b", NAN));
  g_ptr_array_add (batch->evaluations, make_evaluation ("other", "a", 1));
  g_assert_true (store_put_experiment (store, batch, &error));
  batch = leyden_experiment_batch_new ("e");
  add_parts (batch, "accepted", "two");
  g_ptr_array_add (batch->evaluations, make_evaluation ("env", "a", 0.75));
  g_assert_true (store_put_experiment (store, batch, &error));
  g_assert_true (store_put_experiment (store, make_experiment ("f", 2), &error));
  batch = make_experiment ("e", 9);
  g_free (batch->row->state);
  batch->row->state = g_strdup ("finished");
  batch->row->snapshot = make_payload (7, "snapshot");
  g_assert_true (store_put_experiment (store, batch, &error));

  got = store_read_experiment (store, "e", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (got->row->state, ==, "finished");
  g_assert_cmpint (got->row->created_ns, ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (got->row->snapshot, "n", 0), ==, 7);
  g_assert_cmpuint (got->candidates->len, ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (((LeydenCandidateRow *) got->candidates->pdata[0])->slots, "text", ""), ==, "rejected");
  g_assert_cmpuint (got->proposals->len, ==, 1);
  g_assert_cmpstr (((LeydenProposalRow *) got->proposals->pdata[0])->verdict, ==, "accepted");
  g_assert_cmpuint (got->calls->len, ==, 1);
  g_assert_cmpstr (leyden_value_get_string (((LeydenCallRow *) got->calls->pdata[0])->response, NULL), ==, "two");
  evaluations = store_list_evaluations (store, "env", &error);
  g_assert_cmpuint (evaluations->len, ==, 2);
  g_assert_cmpfloat (((LeydenEvaluationRow *) evaluations->pdata[0])->reward, ==, 0.25);
  g_assert_true (isnan (((LeydenEvaluationRow *) evaluations->pdata[1])->reward));
  listed = store_list_experiments (store, "key", 0, &error);
  g_assert_cmpuint (listed->len, ==, 2);
  g_assert_cmpstr (((LeydenExperimentRow *) listed->pdata[0])->experiment, ==, "f");

  missing = store_get_experiment (store, "unknown", &error);
  g_assert_null (missing);
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (store_put_experiment (store, leyden_experiment_batch_new ("unknown"), &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
}
