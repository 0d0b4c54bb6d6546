/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training on the command line, with every optimiser: it improves the sample and shows it on rows that chose nothing, says the same twice,
 * ends the same after any number of crashes, and finds nothing where there is nothing. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

#define MAX_KILLS 12

static const char * const optimizers[] = { "reflect", "apo", "examples", "halving" };

typedef struct
{
  Sandbox sandbox;
  char   *flow;
  char   *dataset;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->flow = sample_path ("calculator-agent.leyden");
  fixture->dataset = sample_path ("arithmetic.jsonl");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->flow);
  g_free (fixture->dataset);
}

/* The last line: the experiment as it ended. */
static LeydenValue *
last_line (Outcome *outcome)
{
  g_autoptr(GPtrArray) lines = NULL;

  if (outcome->status != 0)
    g_test_message ("%s", outcome->err);
  g_assert_cmpint (outcome->status, ==, 0);
  lines = outcome_lines (outcome);
  g_assert_cmpuint (lines->len, >, 0);
  return leyden_value_ref (g_ptr_array_index (lines, lines->len - 1));
}

static LeydenValue *
train (Fixture    *fixture,
       const char *optimizer,
       const char *concurrency,
       const char *database)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer", optimizer,
                                            "--budget", "600", "--seed", "7", "--concurrency", concurrency, "--json",
                                            database != NULL ? "--database" : NULL, database, NULL);

  return last_line (outcome);
}

/* Without what is the name and the time of one training. */
static char *
essence (LeydenValue *snapshot)
{
  static const char * const own[] = { "experiment", "created_ns", "finished_ns" };
  g_autoptr(LeydenValue) value = leyden_value_ref (snapshot);
  g_autoptr(LeydenValue) spent = leyden_value_with_member (leyden_value_get_member (snapshot, "spent"), "wall_ms", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    {
      LeydenValue *next = leyden_value_with_member (value, own[i], NULL);

      leyden_value_unref (value);
      value = next;
    }
  {
    g_autoptr(LeydenValue) whole = leyden_value_with_member (value, "spent", spent);

    return leyden_json_write (whole, LEYDEN_JSON_CANONICAL);
  }
}

/* Budget 600, seed 7: the interval of the difference on the test rows is above zero, and a second training, one rollout at a time, is equal to
 * the last byte. */
static void
test_improves (Fixture       *fixture,
               gconstpointer  optimizer)
{
  g_autoptr(LeydenValue) a = train (fixture, optimizer, "8", NULL);
  g_autoptr(LeydenValue) b = train (fixture, optimizer, "1", NULL);
  g_autofree char *left = essence (a);
  g_autofree char *right = essence (b);
  LeydenValue *verdict = leyden_value_get_member (a, "verdict");

  g_test_message ("%s: %s", (const char *) optimizer, leyden_value_get_member_string (verdict, "sentence", ""));
  g_assert_cmpstr (leyden_value_get_key (a, leyden_value_get_size (a) - 1), ==, "verdict");
  g_assert_cmpstr (leyden_value_get_member_string (a, "state", NULL), ==, "finished");
  g_assert_true (leyden_value_get_member_boolean (a, "simulated", FALSE));
  g_assert_cmpfloat (leyden_value_get_member_double (verdict, "low", -1), >, 0);
  g_assert_cmpfloat (leyden_value_get_member_double (verdict, "difference", 0), >, leyden_value_get_member_double (verdict, "low", 1));
  g_assert_cmpfloat (leyden_value_get_member_double (verdict, "difference", 1), <, leyden_value_get_member_double (verdict, "high", 0));
  g_assert_cmpint (leyden_value_get_member_int (verdict, "n", 0), ==,
                   leyden_value_get_member_int (leyden_value_get_member (a, "splits"), "test", -1));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (a, "spent"), "task_calls", 1000), <=, 600);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (a, "spent"), "optimizer_calls", 1000), <=, 150);
  g_assert_cmpstr (left, ==, right);
}

/* Starts a training and kills it after @after_ms unless it ended before; TRUE when it ended. */
static gboolean
start_and_kill (Fixture     *fixture,
                const char  *optimizer,
                const char  *database,
                guint        after_ms)
{
  const char *argv[] = { fixture->sandbox.leydenctl, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer", optimizer, "--budget",
                         "600", "--seed", "7", "--json", "--database", database, NULL };
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_set_environ (launcher, fixture->sandbox.environ);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_usleep (after_ms * 1000);
  g_subprocess_send_signal (process, SIGKILL);
  g_subprocess_wait (process, NULL, NULL);
  return g_subprocess_get_if_exited (process);
}

/* Killed again and again, a little later each time, and taken up each time: the end is that of a training that nobody disturbed. */
static void
test_killed (Fixture       *fixture,
             gconstpointer  optimizer)
{
  g_autofree char *quiet = sandbox_path (&fixture->sandbox, "quiet.db");
  g_autofree char *killed = sandbox_path (&fixture->sandbox, "killed.db");
  g_autoptr(LeydenValue) whole = train (fixture, optimizer, "8", quiet);
  g_autoptr(LeydenValue) pieces = NULL;
  g_autofree char *left = NULL;
  g_autofree char *right = NULL;
  guint n_kills = 0;

  while (n_kills < MAX_KILLS && !start_and_kill (fixture, optimizer, killed, 150 + 120 * n_kills))
    n_kills++;
  g_test_message ("killed %u times", n_kills);
  pieces = train (fixture, optimizer, "8", killed);
  left = essence (whole);
  right = essence (pieces);
  g_assert_cmpuint (n_kills, >, 0);
  g_assert_cmpstr (left, ==, right);
}

/* The sample with some of its text replaced. */
static void
change_flow (Fixture           *fixture,
             const char * const pairs[][2],
             gsize              n_pairs)
{
  g_autofree char *text = NULL;
  GString *changed;

  g_assert_true (g_file_get_contents (fixture->flow, &text, NULL, NULL));
  changed = g_string_new (text);
  for (gsize i = 0; i < n_pairs; i++)
    g_assert_cmpuint (g_string_replace (changed, pairs[i][0], pairs[i][1], 1), ==, 1);
  g_free (fixture->flow);
  fixture->flow = sandbox_write (&fixture->sandbox, "changed.leyden", changed->str, (gssize) changed->len);
  g_string_free (changed, TRUE);
}

/* A prompt that has all that helps: no version is better, and the verdict says so. */
static void
test_nothing_to_gain (Fixture       *fixture,
                      gconstpointer  optimizer)
{
  static const char * const pairs[][2] = {
    { "You solve word problems. Use the calculator for the arithmetic.",
      "You solve word problems step by step. Use the calculator for the arithmetic. Convert the units. Check your answer. "
      "Give the final line as: Answer: <number>" },
  };
  g_autoptr(LeydenValue) snapshot = NULL;
  LeydenValue *verdict;

  change_flow (fixture, pairs, G_N_ELEMENTS (pairs));
  snapshot = train (fixture, optimizer, "8", NULL);
  verdict = leyden_value_get_member (snapshot, "verdict");
  g_assert_cmpstr (leyden_value_get_member_string (snapshot, "state", NULL), ==, "finished");
  g_assert_false (leyden_value_get_member_boolean (verdict, "significant", TRUE));
  g_assert_nonnull (strstr (leyden_value_get_member_string (verdict, "sentence", ""), "no difference shown"));
}

/* Without any prompt that is marked there is nothing to train, and it says what to do. */
static void
test_no_prompts (Fixture       *fixture,
                 gconstpointer  optimizer)
{
  static const char * const pairs[][2] = {
    { "\"trainable\": [\n        \"template\"\n      ]", "\"trainable\": []" },
    { "\"system\",\n        \"examples\",", "\"examples\"," },
  };
  g_autoptr(Outcome) outcome = NULL;

  change_flow (fixture, pairs, G_N_ELEMENTS (pairs));
  outcome = sandbox_run (&fixture->sandbox, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer", optimizer, "--json", NULL);
  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_nonnull (strstr (outcome->err, "Mark a prompt as trainable"));
}

/* With all prompts locked nothing is asked and nothing changes. */
static void
test_all_locked (Fixture       *fixture,
                 gconstpointer  optimizer)
{
  static const char * const pairs[][2] = {
    { "\"trainable\": [\n        \"template\"\n      ]", "\"trainable\": [{\"name\": \"template\", \"locked\": true}]" },
    { "\"system\",\n        \"examples\",", "{\"name\": \"system\", \"locked\": true}, \"examples\"," },
  };
  g_autoptr(LeydenValue) snapshot = NULL;
  LeydenValue *verdict;

  change_flow (fixture, pairs, G_N_ELEMENTS (pairs));
  snapshot = train (fixture, optimizer, "8", NULL);
  verdict = leyden_value_get_member (snapshot, "verdict");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (snapshot, "candidates")), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (snapshot, "spent"), "optimizer_calls", -1), ==, 0);
  g_assert_nonnull (strstr (leyden_value_get_member_string (verdict, "sentence", ""), "no difference shown"));
}

/* A locked prompt is the same in every candidate; the other one is what changes. */
static void
test_locked (Fixture       *fixture,
             gconstpointer  optimizer)
{
  static const char * const pairs[][2] = {
    { "\"system\",\n        \"examples\",", "{\"name\": \"system\", \"locked\": true},\n        \"examples\"," },
  };
  g_autoptr(LeydenValue) snapshot = NULL;
  LeydenValue *candidates;
  guint n_changed = 0;

  change_flow (fixture, pairs, G_N_ELEMENTS (pairs));
  snapshot = train (fixture, optimizer, "8", NULL);
  candidates = leyden_value_get_member (snapshot, "candidates");
  g_assert_cmpuint (leyden_value_get_size (candidates), >, 1);
  for (guint i = 0; i < leyden_value_get_size (candidates); i++)
    {
      LeydenValue *slots = leyden_value_get_member (leyden_value_get_item (candidates, i), "slots");

      g_assert_cmpstr (leyden_value_get_member_string (slots, "solveagt/system", "You solve word problems. Use the calculator for the arithmetic."),
                       ==, "You solve word problems. Use the calculator for the arithmetic.");
      n_changed += !g_str_equal (leyden_value_get_member_string (slots, "prompter/template", ""), "Solve this problem:\n\n{{ question }}");
      g_assert_nonnull (strstr (leyden_value_get_member_string (slots, "prompter/template", ""), "{{ question }}"));
    }
  g_assert_cmpuint (n_changed, >, 0);
}

/* A flow whose model is marked and says nothing more: what the server has is tried, and what that was is kept: the second time nobody is there
 * to be asked. */
static void
test_models (Fixture       *fixture,
             gconstpointer  data)
{
  static const char flow[] =
    "{\"leyden\": 1, \"id\": \"small\", \"title\": \"Small\", \"nodes\": [{\"id\": \"chat\", \"type\": \"chat\", \"trainable\": [\"model\"]}, "
    "{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"question\", \"type\": \"text\"}, "
    "{\"name\": \"answer\", \"type\": \"text\", \"role\": \"expected\"}]}}, "
    "{\"id\": \"judge\", \"type\": \"evaluator\", \"parameters\": {\"method\": \"contains\"}}, {\"id\": \"score\", \"type\": \"reward\"}], \"edges\": ["
    "{\"id\": \"a\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"chat\", \"target_port\": \"prompt\"},"
    "{\"id\": \"b\", \"source\": \"chat\", \"source_port\": \"text\", \"target\": \"judge\", \"target_port\": \"actual\"},"
    "{\"id\": \"c\", \"source\": \"in\", \"source_port\": \"answer\", \"target\": \"judge\", \"target_port\": \"expected\"},"
    "{\"id\": \"d\", \"source\": \"judge\", \"source_port\": \"score\", \"target\": \"score\", \"target_port\": \"score\"}]}";
  g_autofree char *path = sandbox_write (&fixture->sandbox, "small.leyden", flow, -1);
  g_autofree char *database = sandbox_path (&fixture->sandbox, "models.db");
  Server *server = sandbox_serve (&fixture->sandbox, NULL);
  g_autofree char *uri = server_uri (server, "/simulated/v1");
  const char *arguments[] = { g_getenv ("LEYDENCTL"), "train", path, "--dataset", fixture->dataset, "--optimizer", "halving", "--budget", "300", "--seed", "7", "--json",
                              "--model", uri, "--model-name", "leyden-sim-small", "--database", database, NULL };
  g_autoptr(Outcome) first = NULL;
  g_autoptr(Outcome) second = NULL;
  g_autoptr(LeydenValue) snapshot = NULL;
  g_autofree char *domain = NULL;

  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "LEYDEN_KEY_MODEL", server->key, TRUE);
  first = sandbox_run_argv (&fixture->sandbox, arguments);
  snapshot = last_line (first);
  domain = leyden_json_write (leyden_value_lookup_pointer (snapshot, "/slots/0/domain"), LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (domain, ==, "[{\"endpoint\":\"command-line\",\"model\":\"leyden-sim-small\"},{\"endpoint\":\"command-line\",\"model\":\"leyden-sim-medium\"},"
                   "{\"endpoint\":\"command-line\",\"model\":\"leyden-sim-large\"}]");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (snapshot, "candidates")), ==, 3);

  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
  second = sandbox_run_argv (&fixture->sandbox, arguments);
  g_assert_cmpint (second->status, ==, 0);
  g_assert_cmpstr (second->out, ==, first->out);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (optimizers); i++)
    {
      g_autofree char *improves = g_strdup_printf ("/cli/train/%s/improves", optimizers[i]);
      g_autofree char *killed = g_strdup_printf ("/cli/train/%s/killed", optimizers[i]);

      g_test_add (improves, Fixture, optimizers[i], set_up, test_improves, tear_down);
      g_test_add (killed, Fixture, optimizers[i], set_up, test_killed, tear_down);
    }
  for (gsize i = 0; i < 2; i++)
    {
      g_autofree char *nothing = g_strdup_printf ("/cli/train/%s/nothing-to-gain", optimizers[i]);
      g_autofree char *none = g_strdup_printf ("/cli/train/%s/no-prompts", optimizers[i]);
      g_autofree char *all = g_strdup_printf ("/cli/train/%s/all-locked", optimizers[i]);
      g_autofree char *locked = g_strdup_printf ("/cli/train/%s/locked", optimizers[i]);

      g_test_add (nothing, Fixture, optimizers[i], set_up, test_nothing_to_gain, tear_down);
      g_test_add (none, Fixture, optimizers[i], set_up, test_no_prompts, tear_down);
      g_test_add (all, Fixture, optimizers[i], set_up, test_all_locked, tear_down);
      g_test_add (locked, Fixture, optimizers[i], set_up, test_locked, tear_down);
    }
  g_test_add ("/cli/train/models", Fixture, NULL, set_up, test_models, tear_down);
  return g_test_run ();
}
