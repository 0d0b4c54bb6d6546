/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox sandbox;
  char   *flow;
  char   *dataset;
  char   *database;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->flow = sample_path ("calculator-agent.leyden");
  fixture->dataset = sample_path ("arithmetic.jsonl");
  fixture->database = sandbox_path (&fixture->sandbox, "runs.db");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->flow);
  g_free (fixture->dataset);
  g_free (fixture->database);
}

/* Equal as design §7 says: item, split, state, reward, tokens, in the same order. */
static void
assert_equal_runs (Outcome *a,
                   Outcome *b)
{
  static const char * const keys[] = { "item", "split", "state", "reward", "tokens" };
  g_autoptr(GPtrArray) left = outcome_lines (a);
  g_autoptr(GPtrArray) right = outcome_lines (b);

  g_assert_cmpint (left->len, ==, right->len);
  for (guint i = 0; i + 1 < left->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (keys); k++)
      {
        LeydenValue *x = leyden_value_get_member (g_ptr_array_index (left, i), keys[k]);
        LeydenValue *y = leyden_value_get_member (g_ptr_array_index (right, i), keys[k]);

        g_assert_nonnull (x);
        g_assert_nonnull (y);
        g_assert_true (leyden_value_equal (x, y));
      }
}

static Outcome *
run_sample (Fixture    *fixture,
            const char *database)
{
  if (database == NULL)
    return sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", fixture->dataset, "--seed", "7", "--json", NULL);
  return sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", fixture->dataset, "--seed", "7", "--json", "--database",
                      database, NULL);
}

static void
test_table (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", fixture->dataset, "--split", "test", NULL);
  static const char * const words[] = { "Items", "Mean reward", "95 % interval", "Failures", "p50", "p95", "Tokens", "Simulated" };

  g_assert_cmpint (outcome->status, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_nonnull (strstr (outcome->out, words[i]));
  /* No terminal: no bar. */
  g_assert_cmpstr (outcome->err, ==, "");
}

static void
test_shape (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const keys[] = { "item", "rollout", "split", "state", "reward", "latency_ms", "tokens", "error" };
  g_autoptr(Outcome) outcome = run_sample (fixture, NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);
  LeydenValue *summary;

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_cmpint (lines->len, >=, 241);
  for (guint i = 0; i + 1 < lines->len; i++)
    {
      LeydenValue *line = g_ptr_array_index (lines, i);

      g_assert_cmpint (leyden_value_get_size (line), ==, G_N_ELEMENTS (keys));
      for (guint k = 0; k < G_N_ELEMENTS (keys); k++)
        g_assert_cmpstr (leyden_value_get_key (line, k), ==, keys[k]);
    }
  summary = leyden_value_get_member (g_ptr_array_index (lines, lines->len - 1), "summary");
  g_assert_cmpint (leyden_value_get_member_int (summary, "done", 0), ==, lines->len - 1);
  g_assert_true (leyden_value_get_member_boolean (summary, "simulated", FALSE));
}

static void
test_equal (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(Outcome) first = run_sample (fixture, NULL);
  g_autoptr(Outcome) second = run_sample (fixture, NULL);
  g_autoptr(Outcome) slow = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", fixture->dataset, "--seed", "7", "--json",
                                         "--concurrency", "1", NULL);

  g_assert_cmpint (first->status, ==, 0);
  assert_equal_runs (first, second);
  assert_equal_runs (first, slow);
}

static const char *
rollout_of (GPtrArray *lines,
            guint      index)
{
  return leyden_value_get_member_string (g_ptr_array_index (lines, index), "rollout", "");
}

static void
test_again (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(Outcome) first = run_sample (fixture, fixture->database);
  g_autoptr(Outcome) second = run_sample (fixture, fixture->database);
  g_autoptr(Outcome) fresh = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", fixture->dataset, "--seed", "7",
                                          "--json", "--database", fixture->database, "--fresh", NULL);
  g_autoptr(GPtrArray) a = outcome_lines (first);
  g_autoptr(GPtrArray) b = outcome_lines (second);
  g_autoptr(GPtrArray) c = outcome_lines (fresh);

  assert_equal_runs (first, second);
  assert_equal_runs (first, fresh);
  /* Printed again, not run again. */
  g_assert_cmpstr (rollout_of (a, 5), ==, rollout_of (b, 5));
  g_assert_cmpstr (rollout_of (a, 5), !=, rollout_of (c, 5));
}

/* Starts a run at real pace and waits for its first lines. */
static GSubprocess *
start_slow (Fixture *fixture)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr(GDataInputStream) lines = NULL;
  g_autoptr(GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_set_environ (launcher, fixture->sandbox.environ);
  process = g_subprocess_launcher_spawn (launcher, &error, fixture->sandbox.leydenctl, "run", fixture->flow, "--dataset",
                                         fixture->dataset, "--seed", "7", "--json", "--database", fixture->database, "--pace", "real",
                                         "--concurrency", "40", NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, &error);

      g_assert_no_error (error);
      g_assert_nonnull (line);
    }
  return process;
}

static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(GSubprocess) process = start_slow (fixture);
  g_autoptr(Outcome) continued = NULL;
  g_autoptr(Outcome) undisturbed = run_sample (fixture, NULL);
  g_autoptr(Outcome) runs = NULL;

  g_subprocess_send_signal (process, SIGKILL);
  g_subprocess_wait (process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_signaled (process));

  continued = run_sample (fixture, fixture->database);
  g_assert_cmpint (continued->status, ==, 0);
  assert_equal_runs (continued, undisturbed);
  runs = sandbox_run (&fixture->sandbox, "runs", "--database", fixture->database, "--json", NULL);
  g_assert_cmpint (runs->status, ==, 0);
  /* Continued, not begun again. */
  g_assert_null (strchr (strchr (runs->out, '\n') + 1, '{'));
}

static void
test_signal (Fixture       *fixture,
             gconstpointer  data)
{
  int number = GPOINTER_TO_INT (data);
  g_autoptr(GSubprocess) process = start_slow (fixture);
  g_autoptr(Outcome) continued = NULL;
  g_autoptr(Outcome) undisturbed = run_sample (fixture, NULL);

  g_subprocess_send_signal (process, number);
  g_subprocess_wait (process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 128 + number);
  continued = run_sample (fixture, fixture->database);
  assert_equal_runs (continued, undisturbed);
}

static void
test_input (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(Outcome) json = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--json", "--input",
                                         "{\"question\": \"A box holds 12 apples. How many apples do 3 boxes hold?\", \"answer\": 36}", NULL);
  g_autoptr(Outcome) broken = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", "{\"question\":", NULL);
  g_autoptr(Outcome) list = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", "[]", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (json);

  g_assert_cmpint (json->status, ==, 0);
  g_assert_cmpint (lines->len, ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (g_ptr_array_index (lines, 0), "state", ""), ==, "succeeded");
  g_assert_nonnull (leyden_value_get_member (g_ptr_array_index (lines, 0), "result"));
  g_assert_cmpint (broken->status, ==, 1);
  g_assert_cmpint (list->status, ==, 1);
}

static void
test_statuses (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *bad = sandbox_write (&fixture->sandbox, "bad.leyden", "{\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"a\", \"type\": "
                                        "\"evil.exec\"}]}", -1);
  g_autofree char *rows = sandbox_write (&fixture->sandbox, "bad.jsonl", "{\"question\": \"x\", \"answer\": 1}\n[1]\n", -1);
  g_autofree char *unmapped = sandbox_write (&fixture->sandbox, "other.jsonl", "{\"zzz\": 1, \"yyy\": 2}\n", -1);
  g_autofree char *text = sandbox_write (&fixture->sandbox, "text.db", "this is no database, only some text that is long enough", -1);
  g_autoptr(Outcome) invalid = sandbox_run (&fixture->sandbox, "run", bad, NULL);
  g_autoptr(Outcome) missing = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", "/nonexistent.jsonl", NULL);
  g_autoptr(Outcome) folder = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", "/", NULL);
  g_autoptr(Outcome) row = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", rows, NULL);
  g_autoptr(Outcome) column = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", unmapped, NULL);
  g_autoptr(Outcome) split = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", fixture->dataset, "--split", "x", NULL);
  g_autoptr(Outcome) database = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", "{}", "--database", text, NULL);
  g_autoptr(Outcome) model = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", "{}", "--model", "file:///etc/passwd", NULL);
  g_autoptr(Outcome) both = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", "{}", "--dataset", rows, NULL);
  g_autofree char *kept = NULL;

  g_assert_cmpint (invalid->status, ==, 1);
  g_assert_cmpint (missing->status, ==, 3);
  g_assert_cmpint (folder->status, ==, 3);
  g_assert_cmpint (row->status, ==, 1);
  g_assert_nonnull (strstr (row->err, "bad.jsonl: row 2"));
  g_assert_cmpint (column->status, ==, 1);
  g_assert_nonnull (strstr (column->err, "question"));
  g_assert_cmpint (split->status, ==, 2);
  g_assert_cmpint (database->status, ==, 3);
  g_assert_true (g_file_get_contents (text, &kept, NULL, NULL));
  g_assert_true (g_str_has_prefix (kept, "this is no database"));
  g_assert_cmpint (model->status, ==, 2);
  g_assert_cmpint (both->status, ==, 2);
}

/* A model that is not there: every item fails with a reason; --fail-on-error makes that a status. */
static void
test_no_model (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *rows = sandbox_write (&fixture->sandbox, "one.jsonl", "{\"question\": \"How much is 1 + 1?\", \"answer\": 2}\n", -1);
  g_autoptr(Outcome) strict = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", rows, "--json", "--model",
                                           "http://127.0.0.1:1/v1", "--model-name", "m", "--fail-on-error", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (strict);

  g_assert_cmpint (strict->status, ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (g_ptr_array_index (lines, 0), "state", ""), ==, "failed");
  g_assert_nonnull (leyden_value_get_member_string (g_ptr_array_index (lines, 0), "error", NULL));
}

/* A failure says at which node it came, and how a flow gets its input where none was given. */
static void
test_failed_node (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr(Outcome) text = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", "{}", NULL);
  g_autoptr(Outcome) bare = sandbox_run (&fixture->sandbox, "run", fixture->flow, NULL);
  g_autoptr(Outcome) json = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", "{}", "--json", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (json);
  const char *error = leyden_value_get_member_string (g_ptr_array_index (lines, 0), "error", "");

  g_assert_cmpint (text->status, ==, 1);
  g_assert_nonnull (strstr (text->err, "question: "));
  g_assert_null (strstr (text->err, "--dataset"));
  g_assert_cmpint (bare->status, ==, 1);
  g_assert_nonnull (strstr (bare->err, "--dataset"));
  g_assert_true (g_str_has_prefix (error, "question: "));
}

/* What the simulation does not know is said in words, and counted. */
static void
test_not_simulated (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *rows = sandbox_write (&fixture->sandbox, "free.jsonl", "{\"question\": \"Who are you?\", \"answer\": 1}\n"
                                         "{\"question\": \"Why?\", \"answer\": 1}\n", -1);
  g_autoptr(Outcome) one = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", "{\"question\": \"Who are you?\"}", NULL);
  g_autoptr(Outcome) table = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", rows, NULL);

  g_assert_nonnull (strstr (one->err, "only knows"));
  g_assert_null (strstr (one->err, "not_simulated"));
  g_assert_nonnull (strstr (table->out, "2 items"));
}

/* Columns that no guess would find: the flow was told, in the window. */
static void
test_mapping (Fixture       *fixture,
              gconstpointer  data)
{
  static const char flow_text[] =
    "{\"leyden\": 1, \"id\": \"m\", \"datasets\": [{\"name\": \"rows.jsonl\", \"mapping\": {\"a\": \"zzz\", \"b\": \"yyy\"}}], \"nodes\": ["
    "{\"id\": \"i\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"a\", \"type\": \"text\", \"required\": true},"
    " {\"name\": \"b\", \"type\": \"text\", \"required\": true}]}}]}";
  g_autofree char *flow = sandbox_write (&fixture->sandbox, "mapped.leyden", flow_text, -1);
  g_autofree char *rows = sandbox_write (&fixture->sandbox, "rows.jsonl", "{\"zzz\": \"1\", \"yyy\": \"2\"}\n", -1);
  g_autofree char *other = sandbox_write (&fixture->sandbox, "other.jsonl", "{\"zzz\": \"1\", \"yyy\": \"2\"}\n", -1);
  g_autofree char *folder = sandbox_path (&fixture->sandbox, "folder");
  g_autofree char *wrong = NULL;
  g_autoptr(Outcome) mapped = sandbox_run (&fixture->sandbox, "run", flow, "--dataset", rows, "--json", NULL);
  g_autoptr(Outcome) guessed = sandbox_run (&fixture->sandbox, "run", flow, "--dataset", other, "--json", NULL);
  g_autoptr(Outcome) missing = NULL;
  g_autoptr(GPtrArray) lines = outcome_lines (mapped);

  g_assert_cmpint (mapped->status, ==, 0);
  g_assert_cmpstr (leyden_value_get_member_string (g_ptr_array_index (lines, 0), "state", ""), ==, "succeeded");
  g_assert_cmpint (guessed->status, ==, 1);
  /* A mapping that names a column which is not there: said once, not row by row. */
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  wrong = sandbox_write (&fixture->sandbox, "folder/rows.jsonl", "{\"zzz\": \"1\"}\n", -1);
  missing = sandbox_run (&fixture->sandbox, "run", flow, "--dataset", wrong, NULL);
  g_assert_cmpint (missing->status, ==, 1);
  g_assert_nonnull (strstr (missing->err, "“b”"));
}

/* An empty cell or null gives a field of numbers nothing: the row runs, without a reward where nothing was expected. */
static void
test_empty_cells (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *cells = sandbox_write (&fixture->sandbox, "cells.csv", "data_id,question,answer\na,How much is 1 + 1?,\nb,How much is 1 + 1?, \n"
                                          "c,How much is 1 + 1?,2\nd,How much is 1 + 1?,two\n", -1);
  g_autofree char *rows = sandbox_write (&fixture->sandbox, "rows.jsonl", "{\"question\": \"How much is 1 + 1?\", \"answer\": null}\n"
                                         "{\"question\": \"How much is 1 + 1?\", \"answer\": 2}\n", -1);
  g_autoptr(Outcome) csv = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", cells, "--json", NULL);
  g_autoptr(Outcome) jsonl = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", rows, "--json", NULL);
  g_autoptr(GPtrArray) a = outcome_lines (csv);
  g_autoptr(GPtrArray) b = outcome_lines (jsonl);
  static const char * const states[] = { "succeeded", "succeeded", "succeeded", "failed" };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      LeydenValue *line = g_ptr_array_index (a, i);

      g_assert_cmpstr (leyden_value_get_member_string (line, "state", ""), ==, states[i]);
      g_assert_true (leyden_value_is_null (leyden_value_get_member (line, "reward")) == (i != 2));
    }
  g_assert_true (leyden_value_is_null (leyden_value_get_member (g_ptr_array_index (b, 0), "reward")));
  g_assert_false (leyden_value_is_null (leyden_value_get_member (g_ptr_array_index (b, 1), "reward")));
}

static void
test_replay (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(Outcome) run = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", fixture->dataset, "--split", "test", "--json",
                                        "--database", fixture->database, NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (run);
  const char *rollout = rollout_of (lines, 0);
  g_autoptr(Outcome) text = sandbox_run (&fixture->sandbox, "replay", "--database", fixture->database, rollout, NULL);
  g_autoptr(Outcome) whole = sandbox_run (&fixture->sandbox, "replay", "--database", fixture->database, rollout, "--json", NULL);
  g_autoptr(Outcome) early = sandbox_run (&fixture->sandbox, "replay", "--database", fixture->database, rollout, "--json", "--until", "3", NULL);
  g_autoptr(Outcome) none = sandbox_run (&fixture->sandbox, "replay", "--database", fixture->database, "x' OR '1'='1", NULL);
  g_autoptr(Outcome) late = sandbox_run (&fixture->sandbox, "replay", "--database", fixture->database, rollout, "--until", "99999", NULL);
  g_autoptr(GPtrArray) state = outcome_lines (whole);
  g_autoptr(GPtrArray) before = outcome_lines (early);
  g_autofree char *canonical = leyden_json_write (g_ptr_array_index (state, 0), LEYDEN_JSON_CANONICAL);

  g_assert_nonnull (strstr (text->out, "rollout.started"));
  g_assert_nonnull (strstr (text->out, "rollout.finished"));
  g_assert_nonnull (strstr (text->out, "Simulated"));
  g_assert_cmpstr (leyden_value_get_member_string (g_ptr_array_index (state, 0), "state", ""), ==, "succeeded");
  g_assert_cmpstr (leyden_value_get_member_string (g_ptr_array_index (before, 0), "state", ""), ==, "running");
  g_assert_cmpint (leyden_value_get_member_int (g_ptr_array_index (before, 0), "sequence", 0), ==, 3);
  g_assert_true (g_str_has_prefix (whole->out, canonical));
  g_assert_cmpint (none->status, ==, 1);
  g_assert_cmpint (late->status, ==, 1);
}

/* --map names the column of a field; one that is not there is refused before anything runs. */
static void
test_map (Fixture       *fixture,
          gconstpointer  data)
{
  g_autofree char *path = sandbox_write (&fixture->sandbox, "other.csv",
                                         "note,what,answer\nx,A jug holds 2 litres of juice. How many glasses of 250 millilitres can be filled from it?,8\n", -1);
  g_autoptr(Outcome) right = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", path, "--map", "question=what", "--json", NULL);
  g_autoptr(Outcome) wrong = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", path, "--map", "question=note", "--json", NULL);
  g_autoptr(Outcome) no_column = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", path, "--map", "question=nope", NULL);
  g_autoptr(Outcome) no_field = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", path, "--map", "nope=what", NULL);
  g_autoptr(Outcome) malformed = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", path, "--map", "question", NULL);
  g_autoptr(Outcome) alone = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--map", "question=what", NULL);
  g_autoptr(GPtrArray) right_lines = outcome_lines (right);
  g_autoptr(GPtrArray) wrong_lines = outcome_lines (wrong);

  g_assert_cmpint (right->status, ==, 0);
  g_assert_cmpfloat (leyden_value_get_member_double (g_ptr_array_index (right_lines, 0), "reward", -1), ==, 1);
  g_assert_cmpint (wrong->status, ==, 0);
  g_assert_cmpfloat (leyden_value_get_member_double (g_ptr_array_index (wrong_lines, 0), "reward", -1), ==, 0);
  g_assert_cmpint (no_column->status, ==, 1);
  g_assert_nonnull (strstr (no_column->err, "nope"));
  g_assert_cmpint (no_field->status, ==, 1);
  g_assert_cmpint (malformed->status, ==, 2);
  g_assert_cmpint (alone->status, ==, 2);
}

/* Nobody answers at the endpoint: every item reached an end, but that nothing was measured is said, once. */
static void
test_no_endpoint (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *path = sandbox_write (&fixture->sandbox, "two.jsonl", "{\"question\": \"a\", \"answer\": 1}\n{\"question\": \"b\", \"answer\": 2}\n", -1);
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--dataset", path, "--model", "http://127.0.0.1:9/v1",
                                            "--model-name", "m", "--json", NULL);
  const char *warning = strstr (outcome->err, "every item failed at the model endpoint http://127.0.0.1:9/v1");

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_nonnull (warning);
  g_assert_null (strstr (warning + 1, "every item failed"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cli/run/table", Fixture, NULL, set_up, test_table, tear_down);
  g_test_add ("/cli/run/shape", Fixture, NULL, set_up, test_shape, tear_down);
  g_test_add ("/cli/run/equal", Fixture, NULL, set_up, test_equal, tear_down);
  g_test_add ("/cli/run/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/cli/run/killed", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add ("/hostile/X09/run-sigint", Fixture, GINT_TO_POINTER (SIGINT), set_up, test_signal, tear_down);
  g_test_add ("/hostile/X09/run-sigterm", Fixture, GINT_TO_POINTER (SIGTERM), set_up, test_signal, tear_down);
  g_test_add ("/cli/run/input", Fixture, NULL, set_up, test_input, tear_down);
  g_test_add ("/cli/run/statuses", Fixture, NULL, set_up, test_statuses, tear_down);
  g_test_add ("/cli/run/no-model", Fixture, NULL, set_up, test_no_model, tear_down);
  g_test_add ("/cli/run/failed-node", Fixture, NULL, set_up, test_failed_node, tear_down);
  g_test_add ("/cli/run/not-simulated", Fixture, NULL, set_up, test_not_simulated, tear_down);
  g_test_add ("/cli/run/mapping", Fixture, NULL, set_up, test_mapping, tear_down);
  g_test_add ("/cli/run/empty-cells", Fixture, NULL, set_up, test_empty_cells, tear_down);
  g_test_add ("/cli/run/replay", Fixture, NULL, set_up, test_replay, tear_down);
  g_test_add ("/cli/run/map", Fixture, NULL, set_up, test_map, tear_down);
  g_test_add ("/cli/run/no-endpoint", Fixture, NULL, set_up, test_no_endpoint, tear_down);
  return g_test_run ();
}
