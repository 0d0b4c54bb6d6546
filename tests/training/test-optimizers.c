/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "fake-trainer.h"
#include "leyden-experiment.h"

static const LeydenOptimizer * const optimizers[] = { &leyden_optimizer_reflect, &leyden_optimizer_apo };
#define N_SEEDS 10

static const FakeWorld usual = { .seed = 7, .task_calls = 480, .optimizer_calls = 150 };

static void
run (LeydenTrainer         *trainer,
     const LeydenOptimizer *optimizer)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (optimizer->check (leyden_trainer_get_slots (trainer), &error));
  optimizer->run (trainer, &error);
  g_assert_no_error (error);
}

static void
assert_budget (LeydenTrainer   *trainer,
               const FakeWorld *world)
{
  g_assert_cmpuint (fake_trainer_get_spent (trainer), <=, world->task_calls);
  g_assert_cmpuint (fake_trainer_get_asked (trainer), <=, world->optimizer_calls);
}

/* Over ten worlds: what is chosen is better on items that chose nothing, and nothing costs more than allowed. */
static void
test_improves (gconstpointer data)
{
  const LeydenOptimizer *optimizer = data;
  guint n_better = 0, n_worse = 0;
  double gain = 0;

  for (guint seed = 1; seed <= N_SEEDS; seed++)
    {
      FakeWorld world = usual;
      g_autoptr(LeydenTrainer) trainer = NULL;
      double before, after;

      world.seed = seed;
      trainer = fake_trainer_new (&world);
      run (trainer, optimizer);
      assert_budget (trainer, &world);
      g_test_message ("seed %u: %u task calls, %u optimizer calls, %u accepted, %u invalid, %u duplicates", seed, fake_trainer_get_spent (trainer),
                      fake_trainer_get_asked (trainer), fake_trainer_count_verdict (trainer, "accepted"),
                      fake_trainer_count_verdict (trainer, "invalid"), fake_trainer_count_verdict (trainer, "duplicate"));
      before = fake_trainer_test (trainer, leyden_trainer_get_baseline (trainer));
      after = fake_trainer_test (trainer, leyden_trainer_get_best (trainer));
      g_test_message ("seed %u: %.3f → %.3f", seed, before, after);
      n_better += after > before;
      n_worse += after < before;
      gain += (after - before) / N_SEEDS;
    }
  g_assert_cmpuint (n_better, >=, N_SEEDS - 1);
  g_assert_cmpuint (n_worse, ==, 0);
  g_assert_cmpfloat (gain, >, 0.2);
}

/* The same answers lead to the same course, to the last proposal; another seed to another. */
static void
test_repeats (gconstpointer data)
{
  const LeydenOptimizer *optimizer = data;
  FakeWorld other = usual;
  g_autoptr(LeydenTrainer) a = fake_trainer_new (&usual);
  g_autoptr(LeydenTrainer) b = fake_trainer_new (&usual);
  g_autoptr(LeydenTrainer) c = NULL;

  other.seed = 8;
  c = fake_trainer_new (&other);
  run (a, optimizer);
  run (b, optimizer);
  run (c, optimizer);
  g_assert_cmpuint (strlen (fake_trainer_get_lineage (a)), >, 0);
  g_assert_cmpstr (fake_trainer_get_lineage (a), ==, fake_trainer_get_lineage (b));
  g_assert_cmpstr (fake_trainer_get_lineage (a), !=, fake_trainer_get_lineage (c));
  g_assert_cmpuint (fake_trainer_get_spent (a), ==, fake_trainer_get_spent (b));
}

/* Whatever the model answers: it ends within the budget, and what cannot be used is invalid or a duplicate and never the best. */
static void
test_bad_models (gconstpointer data)
{
  static const struct { FakeModel model; const char *verdict; } models[] = {
    { FAKE_SILENT, "invalid" }, { FAKE_BABBLE, "invalid" }, { FAKE_PARROT, "duplicate" }, { FAKE_HUGE, "invalid" }, { FAKE_LOSES, "invalid" },
    { FAKE_FORGES, NULL },
  };
  const LeydenOptimizer *optimizer = data;

  for (gsize i = 0; i < G_N_ELEMENTS (models); i++)
    {
      FakeWorld world = usual;
      g_autoptr(LeydenTrainer) trainer = NULL;

      world.model = models[i].model;
      world.optimizer_calls = 40;
      trainer = fake_trainer_new (&world);
      run (trainer, optimizer);
      assert_budget (trainer, &world);
      g_test_message ("model %d: %u calls, %u asked", models[i].model, fake_trainer_get_spent (trainer), fake_trainer_get_asked (trainer));
      g_assert_cmpuint (fake_trainer_get_asked (trainer), >, 0);
      if (models[i].verdict == NULL)
        continue;
      g_assert_cmpuint (fake_trainer_count_verdict (trainer, models[i].verdict), >, 0);
      if (models[i].model != FAKE_LOSES)
        g_assert_true (leyden_trainer_get_best (trainer) == leyden_trainer_get_baseline (trainer));
    }
}

/* A repair is asked for when a placeholder is lost, once for each text; what it gives is checked too. */
static void
test_repair (gconstpointer data)
{
  const LeydenOptimizer *optimizer = data;
  FakeWorld world = usual;
  g_autoptr(LeydenTrainer) trainer = NULL;

  world.model = FAKE_LOSES;
  world.optimizer_calls = 60;
  trainer = fake_trainer_new (&world);
  run (trainer, optimizer);
  assert_budget (trainer, &world);
  g_assert_cmpuint (fake_trainer_get_repairs (trainer), >, 0);
  g_assert_cmpuint (fake_trainer_count_verdict (trainer, "invalid"), >=, fake_trainer_get_repairs (trainer) - 1);
  g_assert_null (strstr (fake_trainer_get_lineage (trainer), "ask/template: accepted"));
}

/* Nothing to improve: prompts that have all, and rewards that no prompt changes. What is chosen then is no better on the test items than
 * chance makes it. */
static void
test_nothing_to_gain (gconstpointer data)
{
  const LeydenOptimizer *optimizer = data;
  double gain = 0;

  for (guint seed = 1; seed <= N_SEEDS; seed++)
    {
      FakeWorld perfect = usual, null = usual;
      g_autoptr(LeydenTrainer) a = NULL;
      g_autoptr(LeydenTrainer) b = NULL;

      perfect.seed = null.seed = seed;
      perfect.perfect = null.random_rewards = TRUE;
      a = fake_trainer_new (&perfect);
      run (a, optimizer);
      assert_budget (a, &perfect);
      g_assert_cmpfloat (fake_trainer_test (a, leyden_trainer_get_best (a)) - fake_trainer_test (a, leyden_trainer_get_baseline (a)), <, 0.06);
      b = fake_trainer_new (&null);
      run (b, optimizer);
      assert_budget (b, &null);
      gain += (fake_trainer_test (b, leyden_trainer_get_best (b)) - fake_trainer_test (b, leyden_trainer_get_baseline (b))) / N_SEEDS;
    }
  g_test_message ("mean gain of nothing: %+.3f", gain);
  /* Standard error of the mean over ten worlds of 60 items each: sqrt (2 · 0.24 / 600). */
  g_assert_cmpfloat (gain, <, 4 * 0.028);
  g_assert_cmpfloat (gain, >, -4 * 0.028);
}

/* Answers that do not come are never a win, and small budgets end without a fault. */
static void
test_failures_and_small_budgets (gconstpointer data)
{
  static const guint budgets[] = { 0, 1, 5, 20, 61, 70, 100, 200 };
  const LeydenOptimizer *optimizer = data;

  for (gsize i = 0; i < G_N_ELEMENTS (budgets); i++)
    for (guint fails_every = 0; fails_every <= 5; fails_every += 5)
      {
        FakeWorld world = usual;
        g_autoptr(LeydenTrainer) trainer = NULL;

        world.task_calls = budgets[i];
        world.optimizer_calls = budgets[i] / 4;
        world.fails_every = fails_every;
        trainer = fake_trainer_new (&world);
        run (trainer, optimizer);
        assert_budget (trainer, &world);
      }
}

/* Locked prompts stay, at no cost; without any prompt there is nothing to do, and it says so before anything is spent. */
static void
test_slots (gconstpointer data)
{
  const LeydenOptimizer *optimizer = data;
  g_autoptr(LeydenTrainer) trainer = fake_trainer_new (&usual);
  GPtrArray *slots = leyden_trainer_get_slots (trainer);
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < slots->len; i++)
    ((LeydenSlot *) g_ptr_array_index (slots, i))->locked = TRUE;
  run (trainer, optimizer);
  g_assert_cmpuint (fake_trainer_get_spent (trainer), ==, 0);
  g_assert_cmpuint (fake_trainer_get_asked (trainer), ==, 0);
  g_assert_true (leyden_trainer_get_best (trainer) == leyden_trainer_get_baseline (trainer));

  for (guint i = 0; i < slots->len; i++)
    ((LeydenSlot *) g_ptr_array_index (slots, i))->kind = LEYDEN_SLOT_ENUM;
  g_assert_false (optimizer->check (slots, &error));
  g_assert_error (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_SLOTS);
}

/* Two candidates that are each best somewhere and changed different prompts are merged, and the merge has what both have. */
static void
test_merge (void)
{
  const guint n_worlds = 40;
  guint n_merges = 0;

  for (guint seed = 1; seed <= n_worlds; seed++)
    {
      FakeWorld world = usual;
      g_autoptr(LeydenTrainer) trainer = NULL;
      LeydenCandidate *best;

      world.seed = seed;
      world.model = FAKE_ADDS;
      world.trade_off = TRUE;
      trainer = fake_trainer_new (&world);
      run (trainer, &leyden_optimizer_reflect);
      best = leyden_trainer_get_best (trainer);
      if (!g_str_equal (best->origin, "merge"))
        continue;
      n_merges++;
      g_assert_nonnull (strstr (leyden_value_get_member_string (best->slots, "ask/template", ""), "alpha"));
      g_assert_nonnull (strstr (leyden_value_get_member_string (best->slots, "solve/system", ""), "beta"));
      g_assert_cmpfloat (fake_trainer_test (trainer, best), ==, 1.0);
      g_assert_nonnull (strstr (fake_trainer_get_lineage (trainer), " -: accepted"));
    }
  g_test_message ("%u of %u ended in a merge", n_merges, n_worlds);
  g_assert_cmpuint (n_merges, >, 0);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *name; GTestDataFunc function; } tests[] = {
    { "improves", test_improves },
    { "repeats", test_repeats },
    { "bad-models", test_bad_models },
    { "repair", test_repair },
    { "nothing-to-gain", test_nothing_to_gain },
    { "failures-and-small-budgets", test_failures_and_small_budgets },
    { "slots", test_slots },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (optimizers); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (tests); j++)
      {
        g_autofree char *path = g_strdup_printf ("/optimizers/%s/%s", optimizers[i]->name, tests[j].name);

        g_test_add_data_func (path, optimizers[i], tests[j].function);
      }
  g_test_add_func ("/optimizers/reflect/merge", test_merge);
  return g_test_run ();
}
