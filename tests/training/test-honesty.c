/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole trainings of a flow that cannot be improved: every temperature answers equally well in truth, however the scores fall. The search picks
 * the luckiest one, and the verdict on the test items must not believe it. Where one temperature is better in truth, it must. */
#include <string.h>

#include "engine-helpers.h"
#include "leyden-experiment.h"
#include "leyden-id.h"
#include "leyden-models.h"

#define N_TRAIN 20
#define N_VALIDATION 20
#define N_TEST 40
#define N_EXPERIMENTS 100
/* 5 % of 100 and two standard errors, as 34 of 500. */
#define MOST_FALSE 9

#define FLOW \
  "{\"leyden\": 1, \"id\": \"null\", \"title\": \"Null\", \"nodes\": [" \
  "{\"id\": \"chat\", \"type\": \"chat\", \"parameters\": {\"model\": {\"endpoint\": \"simulated\", \"model\": \"m\"}}, " \
  "\"trainable\": [{\"name\": \"temperature\", \"domain\": [0, 0.2, 0.4, 0.6, 0.8, 1]}]}," \
  "{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"question\", \"type\": \"text\", \"required\": true}, " \
  "{\"name\": \"answer\", \"type\": \"text\", \"role\": \"expected\"}]}}," \
  "{\"id\": \"judge\", \"type\": \"evaluator\", \"parameters\": {\"method\": \"exact\"}}," \
  "{\"id\": \"score\", \"type\": \"reward\"}], \"edges\": [" \
  "{\"id\": \"a\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"chat\", \"target_port\": \"prompt\"}," \
  "{\"id\": \"b\", \"source\": \"chat\", \"source_port\": \"text\", \"target\": \"judge\", \"target_port\": \"actual\"}," \
  "{\"id\": \"c\", \"source\": \"in\", \"source_port\": \"answer\", \"target\": \"judge\", \"target_port\": \"expected\"}," \
  "{\"id\": \"d\", \"source\": \"judge\", \"source_port\": \"score\", \"target\": \"score\", \"target_port\": \"score\"}]}"

/* The world of the experiment that runs. */
static guint64 world;
static double lift;             /* what a temperature of 1 is better by */

/* A share that depends on nothing but these words. */
static double
share_of (const char *format,
          ...)
{
  va_list arguments;
  g_autofree char *text = NULL;
  LeydenRandom random;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  leyden_random_init (&random, leyden_fnv1a64 (text, strlen (text)));
  return leyden_random_u01 (&random);
}

/* An item is as easy as it is; whether it is solved falls anew for each temperature. */
static LeydenValue *
answer (const LeydenModelCall *call,
        GError               **error)
{
  LeydenValue *messages = leyden_value_get_member (call->body, "messages");
  const char *question = leyden_value_get_member_string (leyden_value_get_item (messages, leyden_value_get_size (messages) - 1), "content", "");
  double temperature = leyden_value_get_member_double (call->body, "temperature", 0);
  double easy = share_of ("easy %" G_GUINT64_FORMAT " %s", world, question);
  double luck = share_of ("luck %" G_GUINT64_FORMAT " %s %.1f", world, question, temperature);

  if (temperature == 1)
    easy += lift;
  return test_answer_text (luck < easy ? "right" : "wrong");
}

typedef struct
{
  LeydenStore          *store;
  LeydenModels         *models;
  LeydenModelTransport *transport;
  LeydenEngine         *engine;
  LeydenPlan           *plan;
  LeydenValue          *definition;
  LeydenRunItem         items[N_TRAIN + N_VALIDATION + N_TEST];
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(LeydenValue) value = test_json (FLOW);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_from_value (value, &error);

  g_assert_no_error (error);
  leyden_secrets_set_use_keyring (secrets, FALSE);
  fixture->store = test_store ();
  fixture->models = leyden_models_new (secrets);
  fixture->transport = LEYDEN_MODEL_TRANSPORT (test_transport_new (answer));
  fixture->engine = leyden_engine_new (test_types (), fixture->store);
  leyden_nodes_register (fixture->engine, fixture->models, fixture->transport);
  fixture->plan = leyden_plan_new (flow, test_types (), &error);
  g_assert_no_error (error);
  fixture->definition = test_json ("{\"title\": \"Null\", \"dataset\": {\"name\": \"d\", \"sha256\": \"00\"}}");
  for (guint i = 0; i < G_N_ELEMENTS (fixture->items); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"question\": \"%u\", \"answer\": \"right\"}", i);

      fixture->items[i] = (LeydenRunItem) {
        g_strdup_printf ("%u", i), i < N_TRAIN ? "train" : i < N_TRAIN + N_VALIDATION ? "validation" : "test", i, test_json (text),
      };
    }
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  for (guint i = 0; i < G_N_ELEMENTS (fixture->items); i++)
    {
      g_free ((char *) fixture->items[i].item);
      leyden_value_unref (fixture->items[i].input);
    }
  g_clear_object (&fixture->engine);
  g_clear_object (&fixture->transport);
  g_clear_object (&fixture->models);
  leyden_plan_unref (fixture->plan);
  leyden_value_unref (fixture->definition);
  test_store_done (fixture->store);
}

static void
finished_cb (LeydenExperiment *experiment,
             gboolean         *done)
{
  *done = TRUE;
}

/* The verdict of one whole training. (transfer full) */
static LeydenValue *
train (Fixture *fixture,
       guint64  seed)
{
  LeydenExperimentSpec spec = {
    .plan = fixture->plan, .types = test_types (), .definition = fixture->definition, .items = fixture->items,
    .n_items = G_N_ELEMENTS (fixture->items), .optimizer = "halving", .budget = { .task_calls = 260, .optimizer_calls = -1 }, .seed = seed,
    .concurrency = 32,
  };
  g_autoptr(LeydenExperiment) experiment = NULL;
  g_autoptr(LeydenValue) snapshot = NULL;
  g_autoptr(GError) error = NULL;
  gboolean done = FALSE;

  world = seed;
  experiment = leyden_experiment_new (fixture->engine, fixture->transport, &spec, &error);
  g_assert_no_error (error);
  g_signal_connect (experiment, "finished", G_CALLBACK (finished_cb), &done);
  leyden_experiment_start (experiment);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (leyden_experiment_get_error (experiment));
  snapshot = leyden_experiment_snapshot (experiment);
  g_assert_cmpstr (leyden_value_get_member_string (snapshot, "state", ""), ==, "finished");
  return leyden_value_ref (leyden_value_get_member (snapshot, "verdict"));
}

typedef struct
{
  guint n_won;                  /* significantly better */
  guint n_lost;
  guint n_chosen;               /* another candidate than the baseline was tested */
} Count;

static Count
train_many (Fixture *fixture,
            guint64  first,
            guint    n)
{
  Count count = { 0, 0, 0 };

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenValue) verdict = train (fixture, first + i);
      gboolean significant = leyden_value_get_member_boolean (verdict, "significant", FALSE);
      double low = leyden_value_get_member_double (verdict, "low", -1);

      count.n_won += significant && low > 0;
      count.n_lost += significant && low <= 0;
      count.n_chosen += strcmp (leyden_value_get_member_string (verdict, "method", "same"), "same") != 0;
      g_assert_true (significant == !g_str_equal (leyden_value_get_member_string (verdict, "sentence", ""), "no difference shown"));
    }
  return count;
}

static void
test_null (Fixture       *fixture,
           gconstpointer  data)
{
  Count count;

  lift = 0;
  count = train_many (fixture, 1000, N_EXPERIMENTS);
  g_test_message ("%u false winners and %u false losers of %u trainings, %u of which chose another candidate", count.n_won, count.n_lost,
                  N_EXPERIMENTS, count.n_chosen);
  g_assert_cmpuint (count.n_won + count.n_lost, <=, MOST_FALSE);
  /* It was tempted. */
  g_assert_cmpuint (count.n_chosen, >, N_EXPERIMENTS / 2);
}

static void
test_lift (Fixture       *fixture,
           gconstpointer  data)
{
  Count count;

  lift = 0.6;
  count = train_many (fixture, 5000, 20);
  g_test_message ("%u of 20 improvements were found and shown", count.n_won);
  g_assert_cmpuint (count.n_won, >=, 14);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/honesty/null-trainings", Fixture, NULL, set_up, test_null, tear_down);
  g_test_add ("/honesty/real-improvements", Fixture, NULL, set_up, test_lift, tear_down);
  return g_test_run ();
}
