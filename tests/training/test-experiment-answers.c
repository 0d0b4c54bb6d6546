/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments over a model that answers as the test wants: null results, failures, the cache, another server, no critic. */
#include "experiment-helpers.h"

#include <math.h>
#include <string.h>

#include "leyden-edit.h"
#include "leyden-json.h"

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
  fixture->plan = test_plan_of (flow);
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
  spec = test_make_spec (fixture, "halving");
  experiment = test_make (fixture, &spec);
  test_finish (experiment);
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
  spec = test_make_spec (fixture, "halving");
  experiment = test_make (fixture, &spec);
  test_finish (experiment);
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
  spec = test_make_spec (fixture, "halving");
  experiment = test_make (fixture, &spec);
  test_finish (experiment);
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
  LeydenExperimentSpec spec = test_make_spec (fixture, "halving");
  g_autoptr(LeydenExperiment) one = test_make (fixture, &spec);
  g_autoptr(LeydenExperiment) two = NULL;
  g_autoptr(LeydenExperiment) three = NULL;
  g_autoptr(LeydenExperiment) four = NULL;
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  guint n;

  test_finish (one);
  n = transport->n_calls;
  g_assert_cmpuint (n, ==, one->trainer->task_calls);
  two = test_make (fixture, &spec);
  test_finish (two);
  /* Nothing was asked, and nothing came out otherwise. */
  g_assert_cmpuint (transport->n_calls, ==, n);
  g_assert_cmpuint (two->trainer->reused, ==, two->trainer->task_calls);
  a = test_comparable (one);
  b = test_comparable (two);
  test_assert_same (a, b);
  spec.fresh = TRUE;
  three = test_make (fixture, &spec);
  test_finish (three);
  g_assert_cmpuint (transport->n_calls, ==, 2 * n);
  g_assert_cmpuint (three->trainer->reused, ==, 0);
  /* Another seed is another world. */
  spec.fresh = FALSE;
  spec.seed = 8;
  four = test_make (fixture, &spec);
  test_finish (four);
  g_assert_cmpuint (four->trainer->reused, ==, 0);
}

/* Another server, or another version of a script: nothing of the old one is taken over, nothing unfinished goes on, and what is finished is shown. */
static void
test_outside (Fixture      *fixture,
              gconstpointer data)
{
  TestTransport *transport = use_small (fixture, answer_or_fail);
  LeydenExperimentSpec spec = test_make_spec (fixture, "halving");
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
  one = test_make (fixture, &spec);
  test_finish (one);
  n = transport->n_calls;
  spec.experiment = "two";
  spec.outside = "second";
  two = test_make (fixture, &spec);
  test_finish (two);
  g_assert_cmpuint (two->trainer->reused, ==, 0);
  g_assert_cmpuint (transport->n_calls, ==, 2 * n);
  spec.experiment = "same";
  spec.outside = "first";
  same = test_make (fixture, &spec);
  test_finish (same);
  g_assert_cmpuint (same->trainer->reused, ==, same->trainer->task_calls);
  spec.experiment = "one";
  spec.outside = "second";
  shown = test_make (fixture, &spec);
  test_finish (shown);
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
  cut = test_make (fixture, &spec);
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
      changed = test_make (fixture, &spec);
      test_finish (changed);
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
  LeydenExperimentSpec spec = test_make_spec (fixture, "halving");
  g_autoptr(LeydenExperiment) plain = test_make (fixture, &spec);
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
  spec = test_make_spec (fixture, "reflect");
  spec.experiment = "critic";
  spec.endpoint = "somewhere";
  spec.model = "critic";
  one = test_make (fixture, &spec);
  test_finish (one);
  g_assert_cmpstr (leyden_experiment_get_state (one), ==, "failed");
  g_assert_error (leyden_experiment_get_error (one), LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_MODEL);
  stored = test_read_experiment (fixture->store, "critic");
  g_assert_cmpstr (stored->row->state, ==, "failed");
  /* With the key it goes on. */
  critic_answers = TRUE;
  two = test_make (fixture, &spec);
  test_finish (two);
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
  LeydenExperimentSpec spec = test_make_spec (fixture, "apo");
  g_autoptr(LeydenExperiment) experiment = NULL;

  spec.experiment = id;
  spec.endpoint = "somewhere";
  spec.model = "critic";
  spec.concurrency = concurrency;
  spec.budget.optimizer_calls = 40;
  max_critics = 0;
  experiment = test_make (fixture, &spec);
  test_finish (experiment);
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
  LeydenExperimentSpec spec = test_make_spec (fixture, "nobody");
  g_autoptr(LeydenValue) flow = test_json (SMALL_FLOW);
  g_autoptr(LeydenFlow) unmarked = leyden_flow_from_value (flow, NULL);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("unmark");
  g_autoptr(LeydenValue) locked = test_json ("[{\"name\": \"temperature\", \"locked\": true}]");
  g_autoptr(LeydenPlan) plan = NULL;
  g_autoptr(LeydenPlan) small = test_plan_of (flow);
  g_autoptr(LeydenValue) rewardless = test_json (REWARDLESS_FLOW);
  g_autoptr(LeydenPlan) worthless = test_plan_of (rewardless);
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

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_add ("/experiment/no-difference", NULL, test_no_difference);
  test_add ("/experiment/withheld", NULL, test_withheld);
  test_add ("/experiment/failures-count", NULL, test_failures_count);
  test_add ("/experiment/cache", NULL, test_cache);
  test_add ("/experiment/outside", NULL, test_outside);
  test_add ("/experiment/unsafe", NULL, test_unsafe);
  test_add ("/experiment/no-critic", NULL, test_no_critic);
  test_add ("/experiment/critic-together", NULL, test_critic_together);
  test_add ("/experiment/refused", NULL, test_refused);
  return g_test_run ();
}
