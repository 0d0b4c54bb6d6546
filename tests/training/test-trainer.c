/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pure half of an experiment, answered by a function of (candidate, item): no engine, no store, no main loop. */
#include <math.h>
#include <string.h>

#include "leyden-catalog.h"
#include "leyden-json.h"
#include "leyden-trainer-private.h"
#include "leyden-verdict.h"

typedef struct _World World;
struct _World
{
  guint64   seed;
  guint64   task_calls;
  gint64    optimizer_calls;
  guint64   tokens;
  double    cost;
  guint     n_train, n_validation, n_test;
  double  (*reward)  (const World *world, const LeydenCandidate *candidate, const LeydenTrainItem *item);   /* NaN: it failed */
  gboolean (*outside) (const World *world, const LeydenCandidate *candidate, const LeydenTrainItem *item);  /* nullable: no answer */
  guint     stop_after;         /* requests, 0: never */
  guint     stop_asks;          /* answers of the optimiser's model in one request, 0: never */
  GHashTable *answers;          /* call key → answer: what an earlier play has in its log; nullable */
};

/* What happened. */
typedef struct
{
  LeydenTrainer *trainer;
  GPtrArray     *log;           /* char *: each rollout, "key candidate item" */
  guint          n_requests;
  guint          n_rollouts;
  GArray        *asked;         /* guint: questions of each request to the optimiser's model */
  GHashTable    *answers;       /* call key → answer */
} Play;

static LeydenPlan *
get_plan (void)
{
  static LeydenPlan *plan;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GError) error = NULL;

  if (plan != NULL)
    return plan;
  bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/calculator-agent.leyden", 0, NULL);
  flow = leyden_flow_parse (bytes, "sample", &error);
  plan = leyden_plan_new (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), &error);
  g_assert_no_error (error);
  return plan;
}

static void
add_items (GArray     *items,
           const char *split,
           guint       n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"question\": \"%s %u?\", \"answer\": %u, \"data_id\": \"%s-%u\"}", split, i, i, split, i);
      LeydenRunItem item = { g_strdup_printf ("%s-%u", split, i), split, items->len, leyden_json_parse (text, -1, NULL, NULL) };

      g_array_append_val (items, item);
    }
}

static void
item_clear (gpointer data)
{
  LeydenRunItem *item = data;

  g_free ((char *) item->item);
  leyden_value_unref (item->input);
}

static LeydenTrainer *
make_trainer (const World           *world,
              const LeydenOptimizer *optimizer)
{
  g_autoptr(GArray) items = g_array_new (FALSE, FALSE, sizeof (LeydenRunItem));
  g_autoptr(GPtrArray) slots = leyden_slots_from_flow (leyden_plan_get_flow (get_plan ()), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), NULL);
  LeydenExperimentSpec spec = {
    .plan = get_plan (), .seed = world->seed,
    .budget = { .task_calls = world->task_calls, .optimizer_calls = world->optimizer_calls, .tokens = world->tokens, .cost = world->cost },
  };

  g_array_set_clear_func (items, item_clear);
  add_items (items, "train", world->n_train);
  add_items (items, "validation", world->n_validation);
  add_items (items, "test", world->n_test);
  spec.items = (const LeydenRunItem *) (gpointer) items->data;
  spec.n_items = items->len;
  return leyden_trainer_new (&spec, "experiment", optimizer, slots);
}

static LeydenEvaluation *
evaluate (const World            *world,
          const LeydenTrainerJob *job)
{
  LeydenEvaluation *out = g_new0 (LeydenEvaluation, 1);
  double reward = world->reward (world, job->candidate->candidate, job->item);

  out->is_error = world->outside != NULL && world->outside (world, job->candidate->candidate, job->item);
  out->ok = !out->is_error && isfinite (reward);
  out->reward = out->ok ? reward : 0;
  out->error_kind = out->is_error ? g_strdup ("unavailable") : NULL;
  out->feedback = out->is_error ? g_strdup ("gone") : NULL;
  out->tokens_in = 100;
  out->cost = 0.5;
  out->simulated = TRUE;
  return out;
}

static void
answer_jobs (const World *world,
             Play        *play)
{
  LeydenTrainer *trainer = play->trainer;

  for (guint i = 0; i < trainer->request.jobs->len; i++)
    {
      const LeydenTrainerJob *job = g_ptr_array_index (trainer->request.jobs, i);
      const char *item = g_ptr_array_index (trainer->item_keys, job->item->index);

      play->n_rollouts++;
      g_ptr_array_add (play->log, g_strdup_printf ("%s %s %s", job->call_key, job->candidate->candidate->id, item));
      leyden_trainer_learn (trainer, job->candidate->candidate->id, item, evaluate (world, job));
    }
}

/* The last first: what comes of them does not depend on who answers first. With stop_asks that many are answered before the stop. */
static void
answer_asks (const World *world,
             Play        *play)
{
  GPtrArray *asks = play->trainer->request.asks;

  g_array_append_val (play->asked, asks->len);
  for (guint i = asks->len; i > 0; i--)
    {
      LeydenTrainerAsk *ask = g_ptr_array_index (asks, i - 1);
      g_autofree char *text = g_strdup_printf ("{\"text\": \"no %" G_GUINT64_FORMAT "\", \"tokens_in\": 7, \"tokens_out\": 3, \"cost\": 0.25}",
                                               ask->sample);

      if (world->stop_asks > 0 && asks->len - i == world->stop_asks)
        {
          leyden_trainer_stop (play->trainer, "user", FALSE);
          return;
        }
      ask->answer = leyden_json_parse (text, -1, NULL, NULL);
      g_hash_table_insert (play->answers, g_strdup (ask->call_key), leyden_value_ref (ask->answer));
    }
}

static void
play_free (Play *self)
{
  leyden_trainer_free (self->trainer);
  g_ptr_array_unref (self->log);
  g_array_unref (self->asked);
  g_hash_table_unref (self->answers);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Play, play_free)

/* One message, of one letter. */
static LeydenValue *
make_messages (char letter)
{
  g_autofree char *text = g_strdup_printf ("[{\"role\": \"user\", \"content\": \"%c\"}]", letter);

  return leyden_json_parse (text, -1, NULL, NULL);
}

/* What optimize_in_rounds() asks, as its log has it. */
static void
load_calls (LeydenTrainer *trainer,
            GHashTable    *answers)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, answers);
  while (g_hash_table_iter_next (&iter, &key, &value))
    for (char letter = 'a'; letter <= 'd'; letter++)
      {
        g_autoptr(LeydenValue) messages = make_messages (letter);
        LeydenCallRow *row;

        g_autofree char *own = leyden_trainer_call_key (trainer, 1, "critique", (guint) (letter - 'a'));

        if (!g_str_equal (own, key))
          continue;
        row = g_new0 (LeydenCallRow, 1);
        row->key = g_strdup (key);
        row->kind = g_strdup ("critique");
        row->request_hash = leyden_trainer_hash_ask ("critique", messages, 1);
        row->response = leyden_value_ref (value);
        g_hash_table_insert (trainer->calls, row->key, row);
      }
}

static Play *
play (const World           *world,
      const LeydenOptimizer *optimizer)
{
  Play *self = g_new0 (Play, 1);

  self->log = g_ptr_array_new_with_free_func (g_free);
  self->asked = g_array_new (FALSE, FALSE, sizeof (guint));
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  self->trainer = make_trainer (world, optimizer);
  if (world->answers != NULL)
    load_calls (self->trainer, world->answers);
  while (TRUE)
    {
      leyden_coroutine_resume (self->trainer->coroutine);
      if (leyden_coroutine_has_ended (self->trainer->coroutine))
        return self;
      if (++self->n_requests == world->stop_after)
        leyden_trainer_stop (self->trainer, "user", FALSE);
      else if (self->trainer->request.kind == LEYDEN_TRAINER_EVALUATE)
        answer_jobs (world, self);
      else if (self->trainer->request.kind == LEYDEN_TRAINER_ASK)
        answer_asks (world, self);
    }
}

/* ---- Worlds ---- */

static double
uniform (guint64     seed,
         const char *a,
         const char *b)
{
  const char *labels[] = { "world", a, b, NULL };
  LeydenRandom random;

  leyden_random_substream (&random, seed, labels);
  return leyden_random_u01 (&random);
}

/* Each candidate has its own luck, and all are equally good. */
static double
reward_null (const World           *world,
             const LeydenCandidate *candidate,
             const LeydenTrainItem *item)
{
  return uniform (world->seed, candidate->id, item->item) < 0.6;
}

/* The large model is better, and items have luck of their own. */
static double
reward_model (const World           *world,
              const LeydenCandidate *candidate,
              const LeydenTrainItem *item)
{
  LeydenValue *model = leyden_value_get_member (candidate->slots, "solveagt/model");
  const char *name = leyden_value_get_member_string (model, "model", "");

  return uniform (world->seed, "item", item->item) < (strstr (name, "large") != NULL ? 0.9 : 0.5);
}

/* The large model would be the best, but most of its answers do not come; half of the small one's rollouts fail. */
static double
reward_failing (const World           *world,
                const LeydenCandidate *candidate,
                const LeydenTrainItem *item)
{
  const char *name = leyden_value_get_member_string (leyden_value_get_member (candidate->slots, "solveagt/model"), "model", "");

  if (strstr (name, "small") != NULL)
    return item->index % 2 == 0 ? NAN : 1;
  return strstr (name, "large") != NULL ? 1 : 0.75;
}

static gboolean
outside_large (const World           *world,
               const LeydenCandidate *candidate,
               const LeydenTrainItem *item)
{
  const char *name = leyden_value_get_member_string (leyden_value_get_member (candidate->slots, "solveagt/model"), "model", "");

  return strstr (name, "large") != NULL && item->index % 4 == 0;
}

static const World usual = { .seed = 7, .task_calls = 600, .optimizer_calls = -1, .n_train = 180, .n_validation = 60, .n_test = 60, .reward = reward_model };

static const LeydenOptimizer * const quiet_optimizers[] = { &leyden_optimizer_halving, &leyden_optimizer_examples };

/* ---- Tests ---- */

static void
test_equal (void)
{
  for (guint o = 0; o < G_N_ELEMENTS (quiet_optimizers); o++)
    {
      g_autoptr(Play) one = play (&usual, quiet_optimizers[o]);
      g_autoptr(Play) two = play (&usual, quiet_optimizers[o]);
      World other = usual;
      g_autoptr(Play) three = NULL;

      g_assert_cmpuint (one->log->len, ==, two->log->len);
      for (guint i = 0; i < one->log->len; i++)
        g_assert_cmpstr (g_ptr_array_index (one->log, i), ==, g_ptr_array_index (two->log, i));
      g_assert_cmpstr (leyden_trainer_get_best (one->trainer)->id, ==, leyden_trainer_get_best (two->trainer)->id);
      other.seed = 8;
      three = play (&other, quiet_optimizers[o]);
      g_assert_cmpstr (g_ptr_array_index (one->log, one->log->len - 130), !=, g_ptr_array_index (three->log, three->log->len - 130));
    }
}

/* Never one call more, whatever the budget; nothing is run twice; half of it is kept for the test at most. */
static void
test_budget (void)
{
  for (guint o = 0; o < G_N_ELEMENTS (quiet_optimizers); o++)
    for (guint budget = 1; budget < 700; budget += budget < 20 ? 1 : 37)
      {
        World world = usual;
        g_autoptr(Play) game = NULL;
        g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

        world.task_calls = budget;
        game = play (&world, quiet_optimizers[o]);
        g_assert_cmpuint (game->n_rollouts, <=, budget);
        g_assert_cmpuint (game->n_rollouts, ==, game->trainer->task_calls);
        g_assert_cmpuint (game->trainer->reserve, <=, budget / 2);
        g_assert_cmpint (game->trainer->budget.optimizer_calls, ==, budget / 4);
        for (guint i = 0; i < game->log->len; i++)
          g_assert_true (g_hash_table_add (seen, strchr (g_ptr_array_index (game->log, i), ' ')));
        if (budget >= 4)
          g_assert_true (game->trainer->tested);
        g_assert_no_error (game->trainer->error);
      }
}

static void
test_limits (void)
{
  World world = usual;
  g_autoptr(Play) tokens = NULL;
  g_autoptr(Play) cost = NULL;

  world.tokens = 30000;
  tokens = play (&world, &leyden_optimizer_halving);
  g_assert_cmpstr (tokens->trainer->stop_reason, ==, "tokens");
  g_assert_true (tokens->trainer->tested);
  g_assert_cmpuint (tokens->trainer->tokens, <, 60000);
  world = usual;
  world.cost = 100;
  cost = play (&world, &leyden_optimizer_examples);
  g_assert_cmpstr (cost->trainer->stop_reason, ==, "cost");
  g_assert_true (cost->trainer->tested);
  /* Stopping for money is no error. */
  g_assert_no_error (cost->trainer->error);
}

/* The function of a test's own optimiser. */
static gboolean (*optimize) (LeydenTrainer *trainer);
static gboolean
run_optimize (LeydenTrainer  *trainer,
              GError        **error)
{
  return optimize (trainer);
}
static const LeydenOptimizer own = { .name = "own", .title = "", .description = "", .run = run_optimize };

static LeydenCandidate *
add_model (LeydenTrainer *trainer,
           const char    *model)
{
  g_autofree char *text = g_strdup_printf ("{\"solveagt/model\": {\"endpoint\": \"simulated\", \"model\": \"%s\"}}", model);
  g_autoptr(LeydenValue) slots = leyden_json_parse (text, -1, NULL, NULL);
  LeydenCandidate *baseline = leyden_trainer_get_baseline (trainer);

  return leyden_trainer_add_candidate (trainer, slots, &baseline, 1, "sample", NULL);
}

/* A budget for fewer than all test items draws them, for every candidate the same; one for all of them draws nothing. */
static void
test_sample (void)
{
  World world = usual;
  g_autoptr(Play) whole = play (&world, &leyden_optimizer_halving);
  g_autoptr(Play) one = NULL;
  g_autoptr(Play) two = NULL;
  g_autoptr(Play) other = NULL;
  guint n_first = 0, n_same = 0;

  g_assert_cmpuint (whole->trainer->tests->len, ==, 60);
  for (guint i = 0; i < 60; i++)
    g_assert_true (g_ptr_array_index (whole->trainer->tests, i) == g_ptr_array_index (whole->trainer->splits[2], i));
  world.task_calls = 80;
  one = play (&world, &leyden_optimizer_halving);
  two = play (&world, &leyden_optimizer_examples);
  world.seed = 8;
  other = play (&world, &leyden_optimizer_halving);
  g_assert_cmpuint (one->trainer->tests->len, ==, 20);
  g_assert_cmpuint (two->trainer->tests->len, ==, 20);
  for (guint i = 0; i < 20; i++)
    {
      const LeydenTrainItem *item = g_ptr_array_index (one->trainer->tests, i);

      g_assert_cmpstr (item->item, ==, ((const LeydenTrainItem *) g_ptr_array_index (two->trainer->tests, i))->item);
      n_first += item == g_ptr_array_index (one->trainer->splits[2], i);
      n_same += g_str_equal (item->item, ((const LeydenTrainItem *) g_ptr_array_index (other->trainer->tests, i))->item);
      if (i > 0)
        g_assert_cmpuint (item->index, >, ((const LeydenTrainItem *) g_ptr_array_index (one->trainer->tests, i - 1))->index);
    }
  g_assert_cmpuint (n_first, <, 20);
  g_assert_cmpuint (n_same, <, 20);
}

/* All that it has in one batch. */
static gboolean
optimize_at_once (LeydenTrainer *trainer)
{
  LeydenCandidate *field[] = { add_model (trainer, "leyden-sim-small"), add_model (trainer, "leyden-sim-large") };
  guint n = 0;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (trainer, "train", &n);

  return leyden_trainer_evaluate (trainer, field, 2, items, n);
}

static gboolean
optimize_many_asks (LeydenTrainer *trainer)
{
  g_autoptr(LeydenValue) messages = make_messages ('a');
  LeydenAsk asks[40];

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    asks[i] = (LeydenAsk) { .kind = "critique", .messages = messages };
  g_assert_false (leyden_trainer_ask_all (trainer, asks, G_N_ELEMENTS (asks)));
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      g_free (asks[i].answer);
      g_free (asks[i].why);
    }
  return FALSE;
}

/* A limit ends a batch in its middle, with the call that reaches it, and what the test will take is counted in. */
static void
test_limits_within (void)
{
  World world = usual;
  g_autoptr(Play) tokens = NULL;
  g_autoptr(Play) cost = NULL;
  g_autoptr(Play) asks = NULL;

  world.task_calls = 5000;
  world.tokens = 30050;
  optimize = optimize_at_once;
  tokens = play (&world, &own);
  g_assert_cmpstr (tokens->trainer->stop_reason, ==, "tokens");
  g_assert_true (tokens->trainer->tested);
  g_assert_cmpuint (tokens->trainer->tokens, <=, 30050);
  g_assert_cmpuint (tokens->trainer->task_calls, ==, 169 + 60);
  world.tokens = 0;
  world.cost = 100.25;
  cost = play (&world, &own);
  g_assert_cmpstr (cost->trainer->stop_reason, ==, "cost");
  g_assert_cmpfloat (cost->trainer->cost, <=, 100.25);
  g_assert_cmpuint (cost->trainer->task_calls, ==, 69 + 60);
  /* Questions of the optimiser too. */
  world.cost = 107.5;
  world.optimizer_calls = 1000;
  optimize = optimize_many_asks;
  asks = play (&world, &own);
  g_assert_cmpstr (asks->trainer->stop_reason, ==, "cost");
  g_assert_cmpuint (asks->trainer->optimizer_calls, ==, 15);
}

static gboolean
optimize_failing (LeydenTrainer *trainer)
{
  LeydenCandidate *field[] = { leyden_trainer_get_baseline (trainer), add_model (trainer, "leyden-sim-small"), add_model (trainer, "leyden-sim-large") };
  guint n = 0;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (trainer, "validation", &n);
  g_autoptr(GPtrArray) order = NULL;
  LeydenScore score;

  g_assert_true (leyden_trainer_evaluate (trainer, field, 3, items, n));
  /* What failed is in the denominator. */
  leyden_trainer_score (trainer, field[1], items, n, &score);
  g_assert_cmpuint (score.n, ==, n);
  g_assert_cmpfloat (score.mean, ==, 0.5);
  g_assert_cmpuint (score.n_errors, ==, 0);
  g_assert_false (score.withheld);
  /* What had no answer is too; but with so many of them there is no score. */
  leyden_trainer_score (trainer, field[2], items, n, &score);
  g_assert_cmpuint (score.n, ==, n);
  g_assert_cmpuint (score.n_errors, ==, n / 4);
  g_assert_true (score.withheld);
  g_assert_true (leyden_trainer_race (trainer, field, 3, items, n, 1, &order));
  g_assert_true (g_ptr_array_index (order, 0) == field[0]);
  leyden_trainer_set_best (trainer, field[2]);
  g_assert_true (leyden_trainer_get_best (trainer) == field[0]);
  leyden_trainer_set_best (trainer, field[1]);
  g_assert_true (leyden_trainer_get_best (trainer) == field[1]);
  return TRUE;
}

static void
test_failures (void)
{
  World world = usual;
  g_autoptr(Play) game = NULL;

  world.reward = reward_failing;
  world.outside = outside_large;
  optimize = optimize_failing;
  game = play (&world, &own);
  g_assert_true (game->trainer->tested);
  /* Also when nobody chooses by hand. */
  {
    g_autoptr(Play) halving = play (&world, &leyden_optimizer_halving);
    LeydenCandidate *best = leyden_trainer_get_best (halving->trainer);
    const char *name = leyden_value_get_member_string (leyden_value_get_member (best->slots, "solveagt/model"), "model", "");

    g_assert_null (strstr (name, "large"));
  }
}

static gboolean
outside_all (const World           *world,
             const LeydenCandidate *candidate,
             const LeydenTrainItem *item)
{
  return TRUE;
}

static gboolean
outside_some (const World           *world,
              const LeydenCandidate *candidate,
              const LeydenTrainItem *item)
{
  return item->index % 7 == 0;
}

/* A model that is not there does not cost the budget, and the training says so; neither does one that is away too often for a score. */
static void
test_outage (void)
{
  for (guint i = 0; i < 2; i++)
    {
      World world = usual;
      g_autoptr(Play) game = NULL;

      world.outside = i == 0 ? outside_all : outside_some;
      game = play (&world, &leyden_optimizer_halving);
      g_assert_error (game->trainer->error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_MODEL);
      g_assert_nonnull (strstr (game->trainer->error->message, "gone"));
      g_assert_cmpuint (game->n_rollouts, ==, 60);
      g_assert_false (game->trainer->tested);
    }
}

static guint64 cached_after, calls_after;

static gboolean
optimize_race (LeydenTrainer *trainer)
{
  static const char * const models[] = { "leyden-sim-small", "leyden-sim-medium", "leyden-sim-large" };
  LeydenCandidate *field[13] = { leyden_trainer_get_baseline (trainer) };
  guint n = 0, n_field = 1;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (trainer, "validation", &n);
  g_autoptr(GPtrArray) order = NULL;
  g_autoptr(GPtrArray) again = NULL;
  guint64 before;

  leyden_trainer_begin_step (trainer);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"solveagt/model\": {\"endpoint\": \"simulated\", \"model\": \"%s\"}, \"solveagt/system\": \"%u\"}",
                                               models[i % 3], i);
      g_autoptr(LeydenValue) slots = leyden_json_parse (text, -1, NULL, NULL);

      field[n_field++] = leyden_trainer_add_candidate (trainer, slots, NULL, 0, "sample", NULL);
    }
  before = trainer->task_calls;
  g_assert_true (leyden_trainer_race (trainer, field, n_field, items, n, 2, &order));
  /* 13 over 15 items, 7 over 30, 4 over 60 (the baseline is known from the start). */
  calls_after = trainer->task_calls - before;
  g_assert_cmpuint (order->len, ==, 2);
  /* Four are as good: the earlier ones. */
  g_assert_true (g_ptr_array_index (order, 0) == field[3]);
  g_assert_true (g_ptr_array_index (order, 1) == field[6]);
  before = trainer->task_calls;
  cached_after = trainer->cached;
  g_assert_true (leyden_trainer_race (trainer, (LeydenCandidate * const *) order->pdata, 2, items, n, 1, &again));
  g_assert_cmpuint (trainer->task_calls, ==, before);
  cached_after = trainer->cached - cached_after;
  g_assert_true (g_ptr_array_index (again, 0) == field[3]);
  return TRUE;
}

static void
test_race (void)
{
  g_autoptr(Play) game = NULL;

  optimize = optimize_race;
  game = play (&usual, &own);
  g_assert_cmpuint (calls_after, <=, 12 * 15 + 7 * 15 + 4 * 30);
  g_assert_cmpuint (calls_after, >=, 12 * 15 + 6 * 15 + 3 * 30);
  g_assert_cmpuint (cached_after, >, 0);
}

static gboolean
optimize_candidates (LeydenTrainer *trainer)
{
  LeydenCandidate *baseline = leyden_trainer_get_baseline (trainer);
  g_autoptr(LeydenValue) same = leyden_json_parse ("{\"solveagt/temperature\": 0.0}", -1, NULL, NULL);
  g_autoptr(LeydenValue) part = leyden_json_parse ("{\"solveagt/system\": \"B\"}", -1, NULL, NULL);
  g_autoptr(LeydenValue) more = leyden_json_parse ("{\"solveagt/temperature\": 1}", -1, NULL, NULL);
  LeydenCandidate *child, *grandchild;
  gboolean is_new = TRUE;

  /* The same values are the same candidate. */
  g_assert_true (leyden_trainer_add_candidate (trainer, same, &baseline, 1, "edit", &is_new) == baseline);
  g_assert_false (is_new);
  child = leyden_trainer_add_candidate (trainer, part, &baseline, 1, "edit", &is_new);
  g_assert_true (is_new);
  /* What is left out is inherited from the parent. */
  grandchild = leyden_trainer_add_candidate (trainer, more, &child, 1, "edit", &is_new);
  g_assert_cmpstr (leyden_value_get_member_string (grandchild->slots, "solveagt/system", ""), ==, "B");
  g_assert_cmpstr (grandchild->parents[0], ==, child->id);
  g_assert_cmpuint (leyden_value_get_size (grandchild->slots), ==, trainer->slots->len);
  leyden_slots_find (trainer->slots, "solveagt/system")->locked = TRUE;
  grandchild = leyden_trainer_add_candidate (trainer, part, NULL, 0, "edit", NULL);
  g_assert_true (grandchild == baseline);
  leyden_trainer_note_proposal (trainer, 0, baseline, child, "solveagt/system", "why not", NULL, "rejected", NULL);
  leyden_trainer_note_proposal (trainer, 1, baseline, NULL, "solveagt/system", NULL, NULL, "invalid", "empty");
  leyden_trainer_note_proposal (trainer, 0, baseline, child, "solveagt/system", "why not", NULL, "accepted", NULL);
  g_assert_cmpuint (trainer->proposals->len, ==, 2);
  g_assert_cmpstr (((LeydenProposalRow *) trainer->proposals->pdata[1])->verdict, ==, "accepted");
  return TRUE;
}

static void
test_candidates (void)
{
  g_autoptr(Play) game = NULL;

  optimize = optimize_candidates;
  game = play (&usual, &own);
  g_assert_true (game->trainer->tested);
}

static gboolean
optimize_asking (LeydenTrainer *trainer)
{
  g_autoptr(LeydenValue) messages = leyden_json_parse ("[{\"role\": \"user\", \"content\": \"x\"}]", -1, NULL, NULL);

  while (TRUE)
    {
      g_autofree char *answer = NULL;
      g_autofree char *why = NULL;

      leyden_trainer_begin_step (trainer);
      if (!leyden_trainer_ask (trainer, "critique", messages, 1, &answer, &why))
        return FALSE;
      g_assert_true (g_str_has_prefix (answer, "no "));
    }
}

static void
test_asks (void)
{
  World world = usual;
  g_autoptr(Play) game = NULL;

  optimize = optimize_asking;
  game = play (&world, &own);
  g_assert_cmpuint (game->trainer->optimizer_calls, ==, 150);
  g_assert_cmpstr (game->trainer->stop_reason, ==, "optimizer-calls");
  g_assert_true (game->trainer->tested);
}

/* Four that do not depend on each other, in rounds; what became of the last round. */
static LeydenAsk round_asks[4];

static void
clear_round (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (round_asks); i++)
    {
      g_clear_pointer (&round_asks[i].answer, g_free);
      g_clear_pointer (&round_asks[i].why, g_free);
    }
}

static gboolean
optimize_in_rounds (LeydenTrainer *trainer)
{
  gboolean go_on = TRUE;

  while (go_on)
    {
      clear_round ();
      leyden_trainer_begin_step (trainer);
      for (guint i = 0; i < G_N_ELEMENTS (round_asks); i++)
        round_asks[i] = (LeydenAsk) { .kind = "critique", .messages = make_messages ((char) ('a' + i)), .temperature = 1 };
      go_on = leyden_trainer_ask_all (trainer, round_asks, G_N_ELEMENTS (round_asks));
      for (guint i = 0; i < G_N_ELEMENTS (round_asks); i++)
        {
          g_autofree char *expected = g_strdup_printf ("no %" G_GUINT64_FORMAT, trainer->optimizer_calls - 4 + i);

          leyden_value_unref (round_asks[i].messages);
          if (go_on)
            g_assert_cmpstr (round_asks[i].answer, ==, expected);
        }
      g_assert_true (!go_on || leyden_trainer_ask_all (trainer, NULL, 0));
    }
  return FALSE;
}

/* Asked at the same time, taken in their order; all or nothing of the budget. */
static void
test_asks_together (void)
{
  World world = usual;
  g_autoptr(Play) game = NULL;

  world.optimizer_calls = 10;
  optimize = optimize_in_rounds;
  game = play (&world, &own);
  g_assert_cmpuint (game->asked->len, ==, 2);
  g_assert_cmpuint (g_array_index (game->asked, guint, 0), ==, 4);
  g_assert_cmpuint (game->trainer->optimizer_calls, ==, 8);
  g_assert_cmpuint (game->trainer->tokens, ==, 80 + 120 * 100);
  g_assert_cmpstr (game->trainer->stop_reason, ==, "optimizer-calls");
  g_assert_true (game->trainer->tested);
  for (guint i = 0; i < G_N_ELEMENTS (round_asks); i++)
    g_assert_null (round_asks[i].answer);
  clear_round ();
}

/* Stopped in their middle, what was answered is spent; a play that finds these in its log asks for the others alone, and under the same
 * numbers. */
static void
test_asks_stopped (void)
{
  World world = usual;
  g_autoptr(Play) stopped = NULL;
  g_autoptr(Play) resumed = NULL;

  world.stop_asks = 3;
  optimize = optimize_in_rounds;
  stopped = play (&world, &own);
  g_assert_cmpuint (stopped->trainer->optimizer_calls, ==, 3);
  g_assert_cmpuint (g_hash_table_size (stopped->answers), ==, 3);
  g_assert_null (round_asks[0].answer);
  g_assert_cmpstr (round_asks[1].answer, ==, "no 1");
  g_assert_cmpstr (round_asks[3].answer, ==, "no 3");
  clear_round ();

  world.stop_asks = 0;
  world.optimizer_calls = 4;
  world.answers = stopped->answers;
  resumed = play (&world, &own);
  g_assert_cmpuint (resumed->asked->len, ==, 1);
  g_assert_cmpuint (g_array_index (resumed->asked, guint, 0), ==, 1);
  g_assert_cmpuint (g_hash_table_size (resumed->answers), ==, 1);
  g_assert_cmpuint (resumed->trainer->optimizer_calls, ==, 4);
  clear_round ();
}

static gboolean
optimize_for_ever (LeydenTrainer *trainer)
{
  LeydenCandidate *field[] = { leyden_trainer_get_baseline (trainer), add_model (trainer, "leyden-sim-large") };
  guint n = 0;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (trainer, "validation", &n);

  for (guint i = 0; i < n; i++)
    {
      leyden_trainer_begin_step (trainer);
      if (!leyden_trainer_evaluate (trainer, field, 2, &items[i], 1))
        {
          /* Once told, every call says so. */
          g_assert_false (leyden_trainer_evaluate (trainer, field, 2, items, n));
          return FALSE;
        }
      leyden_trainer_set_best (trainer, field[1]);
    }
  return TRUE;
}

static void
test_stop (void)
{
  World world = usual;
  g_autoptr(Play) game = NULL;

  world.stop_after = 10;
  optimize = optimize_for_ever;
  game = play (&world, &own);
  g_assert_cmpstr (game->trainer->stop_reason, ==, "user");
  g_assert_true (game->trainer->tested);
  /* The baseline, eight answers before the stop, and the test. */
  g_assert_cmpuint (game->n_rollouts, ==, 60 + 8 + 120);
  g_assert_cmpuint (game->trainer->task_calls, ==, game->n_rollouts);
}

/* What does not know an answer ends, and holds nothing. */
static void
test_abandoned (void)
{
  LeydenTrainer *trainer = make_trainer (&usual, &leyden_optimizer_halving);

  leyden_trainer_free (trainer);
  trainer = make_trainer (&usual, &leyden_optimizer_examples);
  leyden_coroutine_resume (trainer->coroutine);
  g_assert_cmpint (trainer->request.kind, ==, LEYDEN_TRAINER_EVALUATE);
  leyden_trainer_free (trainer);
}

static void
test_call_keys (void)
{
  LeydenTrainer *trainer = make_trainer (&usual, &leyden_optimizer_halving);
  g_autofree char *key = leyden_trainer_call_key (trainer, 3, "evaluate", 14);
  g_autofree char *expected = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "experiment|3|evaluate|14", -1);

  g_assert_cmpstr (key, ==, expected);
  leyden_trainer_free (trainer);
}

/* Equally good candidates: of 500 trainings at most 34 may be told as improvements (5 % and the error of so many). */
static void
test_null (gconstpointer data)
{
  const LeydenOptimizer *optimizer = data;
  guint n_winners = 0, n_changed = 0;

  for (guint i = 0; i < 500; i++)
    {
      World world = usual;
      g_autoptr(Play) game = NULL;
      g_autoptr(LeydenVerdict) verdict = NULL;
      double a[60], b[60];
      LeydenVerdictData compared = { .baseline = a, .candidate = b, .n_samples = 60 };
      const LeydenTrainerCandidate *baseline, *best;

      world.seed = i;
      world.reward = reward_null;
      game = play (&world, optimizer);
      g_assert_true (game->trainer->tested);
      baseline = g_ptr_array_index (game->trainer->candidates, 0);
      best = game->trainer->best;
      for (guint j = 0; j < 60; j++)
        {
          const LeydenTrainItem *item = g_ptr_array_index (game->trainer->tests, j);

          a[j] = baseline->evaluations[item->index]->reward;
          b[j] = best->evaluations[item->index]->reward;
        }
      n_changed += best != baseline;
      verdict = leyden_verdict_compare (&compared, NULL);
      n_winners += verdict->significant;
    }
  g_test_message ("%s: %u false winners of 500, %u other than the baseline", optimizer->name, n_winners, n_changed);
  g_assert_cmpuint (n_changed, >, 100);
  g_assert_cmpuint (n_winners, <=, 34);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trainer/equal", test_equal);
  g_test_add_func ("/trainer/budget", test_budget);
  g_test_add_func ("/trainer/limits", test_limits);
  g_test_add_func ("/trainer/limits/within-a-batch", test_limits_within);
  g_test_add_func ("/trainer/test-sample", test_sample);
  g_test_add_func ("/trainer/failures", test_failures);
  g_test_add_func ("/trainer/outage", test_outage);
  g_test_add_func ("/trainer/race", test_race);
  g_test_add_func ("/trainer/candidates", test_candidates);
  g_test_add_func ("/trainer/asks", test_asks);
  g_test_add_func ("/trainer/asks/together", test_asks_together);
  g_test_add_func ("/trainer/asks/stopped", test_asks_stopped);
  g_test_add_func ("/trainer/stop", test_stop);
  g_test_add_func ("/trainer/abandoned", test_abandoned);
  g_test_add_func ("/trainer/call-keys", test_call_keys);
  g_test_add_data_func ("/trainer/null/halving", &leyden_optimizer_halving, test_null);
  g_test_add_data_func ("/trainer/null/examples", &leyden_optimizer_examples, test_null);
  return g_test_run ();
}
