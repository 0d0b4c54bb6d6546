/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "leyden-fork.h"
#include "leyden-json.h"
#include "leyden-segment.h"
#include "replay-helpers.h"

/* The state at a position is the same, bit for bit, however it was come by. */

static char *
write_state (gpointer state)
{
  g_autoptr(LeydenValue) value = leyden_rollout_reducer ()->serialise (state);

  return leyden_json_write (value, LEYDEN_JSON_COMPACT);
}

/* (element-type utf8): the plain fold after each record. */
static GPtrArray *
list_states (GPtrArray *records)
{
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  GPtrArray *states = g_ptr_array_new_with_free_func (g_free);
  gpointer state = reducer->init ();

  for (guint i = 0; i < records->len; i++)
    {
      reducer->apply (state, g_ptr_array_index (records, i));
      g_ptr_array_add (states, write_state (state));
    }
  reducer->free (state);
  return states;
}

static LeydenValue *
parse (const char *text)
{
  return leyden_segment_parse_json (text, strlen (text), NULL);
}

/* As what ran long ago is read: from the text of a checkpoint, and on from there. */
static void
check_from_checkpoint (GPtrArray *records,
                       GPtrArray *states,
                       guint      at)
{
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  g_autoptr(LeydenValue) value = parse (g_ptr_array_index (states, at));
  gpointer state;

  g_assert_nonnull (value);
  state = reducer->restore (value);
  g_assert_nonnull (state);
  for (guint i = at + 1; i < records->len; i++)
    {
      g_autofree char *text = NULL;

      reducer->apply (state, g_ptr_array_index (records, i));
      text = write_state (state);
      g_assert_cmpstr (text, ==, g_ptr_array_index (states, i));
    }
  reducer->free (state);
}

static void
test_checkpoints (void)
{
  g_autoptr(GPtrArray) logs = replay_make_logs ();

  for (guint i = 0; i < logs->len; i++)
    {
      GPtrArray *records = g_ptr_array_index (logs, i);
      g_autoptr(GPtrArray) states = list_states (records);

      for (guint at = 0; at < records->len; at++)
        check_from_checkpoint (records, states, at);
    }
}

typedef struct
{
  gboolean     done;
  LeydenValue *state;
} Folded;

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Folded *folded = data;
  g_autoptr(GError) error = NULL;

  folded->state = leyden_store_fold_finish (LEYDEN_STORE (object), result, &error);
  g_assert_no_error (error);
  folded->done = TRUE;
}

static char *
fold_stored (LeydenStore *store,
             const char  *rollout,
             guint64      until)
{
  Folded folded = { FALSE, NULL };
  g_autoptr(LeydenValue) state = NULL;

  leyden_store_fold_async (store, rollout, until, leyden_rollout_reducer (), NULL, folded_cb, &folded);
  wait_for (&folded.done);
  state = folded.state;
  return leyden_json_write (state, LEYDEN_JSON_COMPACT);
}

/* A log long enough that the store keeps states of it: the second time they are used. */
static void
test_store_states (void)
{
  LeydenStore *store = test_store ();
  g_autoptr(GString) input = g_string_new ("{\"list\": [0");
  ReplayFlow flow = replay_flows[1];
  g_autoptr(Watch) watch = NULL;
  g_autoptr(GPtrArray) states = NULL;
  const char *rollout;

  for (guint i = 1; i < 120; i++)
    g_string_append (input, ", 0");
  g_string_append (input, "]}");
  flow.input = input->str;
  watch = replay_run (store, &flow);
  rollout = leyden_rollout_get_id (watch->rollout);
  states = list_states (watch->records);
  g_assert_cmpuint (states->len, >, 1000);
  for (guint round = 0; round < 2; round++)
    {
      g_autofree char *newest = fold_stored (store, rollout, 0);

      g_assert_cmpstr (newest, ==, g_ptr_array_index (states, states->len - 1));
      for (guint n = states->len; n > 0; n -= MIN (n, 37))
        {
          g_autofree char *text = fold_stored (store, rollout, n);

          g_assert_cmpstr (text, ==, g_ptr_array_index (states, n - 1));
        }
    }
  g_clear_pointer (&watch, watch_free);
  test_store_done (store);
}

/* A transport that ends the test. */
static LeydenValue *
call_nobody (const LeydenModelCall  *call,
             GError                **error)
{
  g_error ("A model was called");
  return NULL;
}

/* To take up a rollout that has ended shows it again and calls nobody; nor does a fork from its end without a change. */
static void
test_no_calls (void)
{
  LeydenStore *store = test_store ();

  for (guint i = 0; i < n_replay_flows; i++)
    {
      g_autoptr(Watch) first = replay_run (store, &replay_flows[i]);
      g_autoptr(TestTransport) transport = test_transport_new (call_nobody);
      g_autoptr(LeydenEngine) engine = test_engine (store, transport);
      g_autoptr(LeydenPlan) plan = test_plan (replay_flows[i].flow);
      g_autoptr(LeydenValue) input = test_json (replay_flows[i].input);
      g_autofree char *id = g_strdup (leyden_rollout_get_id (first->rollout));
      g_autofree char *fork_id = g_strconcat ("fork-of-", replay_flows[i].name, NULL);
      LeydenForkSpec fork = { .rollout = fork_id, .before = plan, .after = plan, .records = first->records, .until = G_MAXUINT64, .now_ns = 1 };
      LeydenRolloutSpec spec = { .rollout = id, .plan = plan, .input = input, .seed = 7 };
      g_autoptr(GPtrArray) log = NULL;
      g_autoptr(Watch) again = watch_new (leyden_engine_start_rollout (engine, &spec));
      g_autoptr(Watch) forked = NULL;

      watch_wait (again);
      g_assert_cmpuint (again->records->len, ==, 0);
      g_assert_cmpstr (leyden_rollout_get_state (again->rollout), ==, leyden_rollout_get_state (first->rollout));
      log = leyden_fork_make_log (&fork, NULL);
      test_put_prefix (store, log, log->len, fork_id);
      spec.rollout = fork_id;
      forked = watch_new (leyden_engine_start_rollout (engine, &spec));
      watch_wait (forked);
      g_assert_cmpstr (leyden_rollout_get_state (forked->rollout), ==, leyden_rollout_get_state (first->rollout));
      g_assert_true (leyden_value_equal (leyden_rollout_get_result (forked->rollout), leyden_rollout_get_result (first->rollout)));
    }
  test_store_done (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replay/checkpoints", test_checkpoints);
  g_test_add_func ("/replay/store", test_store_states);
  g_test_add_func ("/replay/no-calls", test_no_calls);
  return g_test_run ();
}
