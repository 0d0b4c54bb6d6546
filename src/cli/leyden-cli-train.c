/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "leyden-catalog.h"
#include "leyden-cli-run.h"
#include "leyden-cli-session.h"
#include "leyden-effects.h"
#include "leyden-experiment-job.h"
#include "leyden-flow-slots.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define MAX_SHOWN_VALUE 400

/* One `leydenctl train`. */
typedef struct
{
  LeydenArguments  *arguments;
  LeydenCliSession  session;
  LeydenFlow       *flow;
  LeydenValue      *definition;
  char             *key;
  char             *id;                 /* of an equal one that is there */
  LeydenExperiment *experiment;
  gboolean          finished;
} Job;

static void
job_clear (Job *job)
{
  if (job->experiment != NULL)
    {
      g_signal_handlers_disconnect_by_data (job->experiment, job);
      leyden_experiment_suspend (job->experiment);
    }
  g_clear_object (&job->experiment);
  leyden_cli_session_clear (&job->session);
  g_clear_object (&job->flow);
  g_clear_pointer (&job->definition, leyden_value_unref);
  g_free (job->key);
  g_free (job->id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* ---- What is trained ---- */

static void
add_budget (Job                *job,
            LeydenValueBuilder *b)
{
  static const struct
  {
    const char *option;
    const char *member;
  } limits[] = { { "budget", "task_calls" }, { "optimizer-calls", "optimizer_calls" }, { "max-tokens", "tokens" }, { "max-seconds", "wall_s" } };
  const char *cost = leyden_arguments_get_text (job->arguments, "max-cost", NULL);

  leyden_value_builder_key (b, "budget");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "task_calls", 600);
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    if (leyden_arguments_has (job->arguments, limits[i].option))
      leyden_value_builder_set_int (b, limits[i].member, leyden_arguments_get_integer (job->arguments, limits[i].option, 0));
  if (cost != NULL)
    leyden_value_builder_set_double (b, "cost", g_ascii_strtod (cost, NULL));
  leyden_value_builder_end (b);
}

/* A training that asked another server, or ran another version of a program, is another one. Takes @definition. */
static LeydenValue *
add_outside (Job         *job,
             LeydenValue *definition)
{
  g_autoptr(LeydenValue) taken = definition;
  g_autofree char *hash = leyden_experiment_hash_outside (job->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), job->session.models,
                                                          leyden_value_get_member (definition, "model"));
  g_autoptr(LeydenValue) value = hash != NULL ? leyden_value_new_string (hash, -1) : NULL;

  return leyden_value_with_member (taken, "outside", value);
}

static gboolean
define (Job *job,
        int *status)
{
  g_autofree char *dataset_sha256 = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  dataset_sha256 = leyden_cli_import_blob (job->session.store, leyden_arguments_get_text (job->arguments, "dataset", NULL), &error);
  if (dataset_sha256 == NULL || !leyden_cli_session_begin_definition (&job->session, job->flow, &b, &error))
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  leyden_cli_session_add_dataset (&job->session, job->flow, &b, dataset_sha256, NULL);
  leyden_cli_session_add_options (&job->session, &b);
  leyden_value_builder_set_string (&b, "optimizer", leyden_arguments_get_text (job->arguments, "optimizer", "reflect"));
  add_budget (job, &b);
  if (leyden_arguments_has (job->arguments, "optimizer-model"))
    leyden_value_builder_set_string (&b, "optimizer_model", leyden_arguments_get_text (job->arguments, "optimizer-model", NULL));
  if (leyden_arguments_has (job->arguments, "fresh"))
    leyden_value_builder_set_boolean (&b, "fresh", TRUE);
  leyden_value_builder_end (&b);
  job->definition = add_outside (job, leyden_value_builder_end_value (&b));
  job->key = leyden_experiment_definition_hash (job->definition);
  return TRUE;
}

/* An equal experiment that is in the database is continued, or shown again. */
static gboolean
find_equal (Job *job,
            int *status)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;

  if (leyden_arguments_has (job->arguments, "fresh"))
    return TRUE;
  leyden_store_list_experiments_async (LEYDEN_STORE (job->session.store), job->key, 1, NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  rows = leyden_store_list_experiments_finish (LEYDEN_STORE (job->session.store), result, &error);
  if (rows == NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  /* One that failed is begun anew; what it found out is there for the new one. */
  if (rows->len > 0 && g_strcmp0 (((LeydenExperimentRow *) g_ptr_array_index (rows, 0))->state, "failed") != 0)
    {
      const LeydenExperimentRow *row = g_ptr_array_index (rows, 0);

      /* What it was begun with goes on with it: it may have been begun afresh. */
      job->id = g_strdup (row->experiment);
      leyden_value_unref (job->definition);
      job->definition = leyden_value_ref (row->definition);
    }
  return TRUE;
}

/* ---- Running ---- */

static void
changed_cb (LeydenExperiment *experiment,
            Job              *job)
{
  g_autoptr(LeydenValue) snapshot = leyden_experiment_snapshot (experiment);
  LeydenValue *budget = leyden_value_get_member (snapshot, "budget");
  LeydenValue *spent = leyden_value_get_member (snapshot, "spent");

  leyden_cli_progress ((guint) leyden_value_get_member_int (spent, "task_calls", 0), (guint) leyden_value_get_member_int (budget, "task_calls", 0),
                       leyden_value_get_member_double (snapshot, "seconds_left", -1));
}

static void
finished_cb (LeydenExperiment *experiment,
             Job              *job)
{
  job->finished = TRUE;
}

static gboolean
reruns_unsafe (LeydenArguments *arguments)
{
  return strcmp (leyden_arguments_get_text (arguments, "on-unsafe-resume", "fail"), "rerun") == 0;
}

/* A training does all that the flow does, again and again. */
static void
warn_of_effects (Job *job)
{
  g_auto(GStrv) titles = leyden_effects_list_once (job->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  g_autofree char *list = g_strjoinv (", ", titles);
  g_autofree char *shown = leyden_text_display (list, -1, 400, FALSE);

  if (titles[0] != NULL)
    leyden_cli_say (_("warning: what these nodes do may not be undone, and the training does it in every task call: %s"), shown);
}

static gboolean
start (Job *job,
       int *status)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenRunJob) ready = NULL;
  g_autoptr(GError) error = NULL;

  if (leyden_experiment_definition_check (job->definition, &error))
    {
      leyden_run_job_prepare_async (LEYDEN_STORE (job->session.store), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), job->definition, NULL,
                                    leyden_cli_result_cb, &result);
      leyden_cli_spin (&result);
      ready = leyden_run_job_prepare_finish (result, &error);
    }
  if (ready != NULL && job->id == NULL)
    {
      g_autoptr(GAsyncResult) listed = NULL;

      leyden_run_job_ask_models_async (ready, job->session.models, leyden_cli_result_cb, &listed);
      leyden_cli_spin (&listed);
      leyden_run_job_ask_models_finish (ready, listed);
    }
  if (ready != NULL)
    job->experiment = leyden_run_job_make_experiment (ready, job->session.engine, job->session.models, job->id, job->key, reruns_unsafe (job->arguments),
                                                      &error);
  if (job->experiment == NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  g_signal_connect (job->experiment, "changed", G_CALLBACK (changed_cb), job);
  g_signal_connect (job->experiment, "finished", G_CALLBACK (finished_cb), job);
  leyden_experiment_start (job->experiment);
  return TRUE;
}

/* ---- What came of it ---- */

static gboolean
write_output (Job *job,
              int *status)
{
  const char *path = leyden_arguments_get_text (job->arguments, "output", NULL);
  g_autoptr(LeydenValue) slots = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) missing = NULL;

  if (path == NULL)
    return TRUE;
  slots = leyden_experiment_dup_best_slots (job->experiment);
  edit = leyden_slots_to_edit (job->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), slots, _("Use trained version"), &missing);
  if (missing != NULL)
    {
      g_autofree char *shown = leyden_text_escape (missing[0], -1, 80);

      g_set_error (&error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("The flow no longer has what “%s” was trained for"), shown);
    }
  else if (leyden_edit_get_n_changes (edit) == 0 || leyden_flow_apply (job->flow, edit, &error))
    {
      bytes = leyden_flow_serialize (job->flow);
      if (g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666, &error))
        return TRUE;
    }
  leyden_cli_say ("--output: %s", error->message);
  *status = bytes != NULL ? LEYDEN_EXIT_FILE : LEYDEN_EXIT_FAILED;
  return FALSE;
}

G_GNUC_PRINTF (2, 3)
static void
print_line (const char *title,
            const char *format,
            ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  leyden_cli_print ("%s%*s%s\n", title, (int) MAX (16 - g_utf8_strlen (title, -1), 1), "", text);
}

static const char *
find_title (LeydenValue *snapshot,
            const char  *slot)
{
  LeydenValue *slots = leyden_value_get_member (snapshot, "slots");

  for (guint i = 0; i < leyden_value_get_size (slots); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (slots, i), "slot", NULL), slot) == 0)
      return leyden_value_get_member_string (leyden_value_get_item (slots, i), "title", slot);
  return slot;
}

static void
print_changes (Job         *job,
               LeydenValue *snapshot)
{
  g_autoptr(LeydenValue) slots = leyden_experiment_dup_best_slots (job->experiment);

  if (leyden_value_is_null (leyden_value_get_member (snapshot, "verdict")))
    {
      leyden_cli_print ("%s\n", _("Nothing can be said: the training ended before anything was tested. A larger --budget helps."));
      return;
    }
  if (leyden_value_get_size (slots) == 0)
    {
      leyden_cli_print ("%s\n", _("Nothing was found that is better than the flow as it is."));
      return;
    }
  leyden_cli_print ("%s\n", _("What it changes:"));
  for (guint i = 0; i < leyden_value_get_size (slots); i++)
    {
      LeydenValue *value = leyden_value_get_item (slots, i);
      const char *plain = leyden_value_get_string (value, NULL);
      g_autofree char *text = plain != NULL ? g_strdup (plain) : leyden_json_write (value, LEYDEN_JSON_CANONICAL);
      g_autofree char *title = leyden_text_escape (find_title (snapshot, leyden_value_get_key (slots, i)), -1, 80);
      g_autofree char *shown = leyden_text_escape (text, -1, MAX_SHOWN_VALUE);

      leyden_cli_print ("  %s: %s\n", title, shown);
    }
}

static void
print_report (Job         *job,
              LeydenValue *snapshot)
{
  LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");
  LeydenValue *spent = leyden_value_get_member (snapshot, "spent");
  double before = leyden_value_get_member_double (verdict, "baseline_mean", NAN);
  double after = leyden_value_get_member_double (verdict, "best_mean", NAN);

  print_line (_("Verdict"), "%s", leyden_value_get_member_string (verdict, "sentence", _("none: nothing was tested")));
  if (isfinite (before) && isfinite (after))
    print_line (_("Mean reward"), _("%.3f before, %.3f after, on rows that the training never saw"), before, after);
  print_line (_("Can be shown"), "%s", leyden_value_get_member_string (leyden_value_get_member (snapshot, "planned"), "sentence", ""));
  print_line (_("Candidates"), "%u", leyden_value_get_size (leyden_value_get_member (snapshot, "candidates")));
  print_line (_("Spent"), _("%" PRId64 " task calls, %" PRId64 " optimiser calls, %" PRId64 " tokens"),
              leyden_value_get_member_int (spent, "task_calls", 0), leyden_value_get_member_int (spent, "optimizer_calls", 0),
              leyden_value_get_member_int (spent, "tokens", 0));
  if (leyden_value_get_member_boolean (snapshot, "simulated", FALSE))
    print_line (_("Simulated"), "%s", _("yes: answers, latencies and tokens come from the simulated model"));
  if (!leyden_value_get_member_boolean (snapshot, "reproducible", TRUE))
    print_line (_("Reproducible"), "%s", _("no: the model may answer otherwise the next time"));
  print_changes (job, snapshot);
}

static int
wait_and_report (Job *job)
{
  g_autoptr(LeydenValue) snapshot = NULL;
  int status = LEYDEN_EXIT_OK;

  while (!job->finished && leyden_cli_get_signal () == 0)
    g_main_context_iteration (NULL, TRUE);
  leyden_cli_progress_end ();
  if (!job->finished)
    {
      leyden_cli_say (leyden_arguments_has (job->arguments, "database") ? _("stopped; the same command goes on where it was")
                                                                        : _("stopped"));
      return 128 + leyden_cli_get_signal ();
    }
  if (leyden_experiment_get_error (job->experiment) != NULL)
    return leyden_cli_fail (leyden_experiment_get_error (job->experiment));
  snapshot = leyden_experiment_snapshot (job->experiment);
  if (leyden_arguments_has (job->arguments, "json"))
    leyden_cli_print_value (snapshot);
  else
    print_report (job, snapshot);
  return write_output (job, &status) ? LEYDEN_EXIT_OK : status;
}

static gboolean
check_arguments (LeydenArguments *arguments,
                 int             *status)
{
  const char *optimizer = leyden_arguments_get_text (arguments, "optimizer", "reflect");
  const char *pace = leyden_arguments_get_text (arguments, "pace", "fast");
  const char *cost = leyden_arguments_get_text (arguments, "max-cost", "1");
  const char *resume = leyden_arguments_get_text (arguments, "on-unsafe-resume", "fail");
  g_autoptr(GString) names = g_string_new (NULL);
  char *end = NULL;

  for (guint i = 0; leyden_optimizer_list ()[i] != NULL; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", leyden_optimizer_list ()[i]->name);
  if (!leyden_arguments_has (arguments, "dataset"))
    *status = leyden_arguments_refuse (arguments, _("--dataset is needed: rows to train, to choose and to test on"));
  else if (leyden_optimizer_find (optimizer) == NULL)
    *status = leyden_arguments_refuse (arguments, _("--optimizer must be one of %s"), names->str);
  else if (strcmp (pace, "fast") != 0 && strcmp (pace, "real") != 0)
    *status = leyden_arguments_refuse (arguments, _("--pace must be fast or real"));
  else if (!(g_ascii_strtod (cost, &end) > 0) || end == cost || *end != '\0' || !isfinite (g_ascii_strtod (cost, NULL)))
    *status = leyden_arguments_refuse (arguments, _("--max-cost must be a number above 0"));
  else if (strcmp (resume, "rerun") != 0 && strcmp (resume, "fail") != 0)
    *status = leyden_arguments_refuse (arguments, _("--on-unsafe-resume must be rerun or fail"));
  else
    return leyden_cli_check_map (arguments, status);
  return FALSE;
}

/* Found out before the training, not after it. */
static gboolean
check_output (LeydenArguments *arguments,
              int             *status)
{
  const char *path = leyden_arguments_get_text (arguments, "output", NULL);
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;

  if (path == NULL || (!g_file_test (path, G_FILE_TEST_IS_DIR) && g_access (folder, W_OK) == 0))
    return TRUE;
  leyden_cli_say (_("--output: %s cannot be written"), path);
  *status = LEYDEN_EXIT_FILE;
  return FALSE;
}

static int
train (LeydenArguments *arguments)
{
  g_auto(Job) job = { 0 };
  int status = LEYDEN_EXIT_OK;

  job.arguments = arguments;
  job.session.arguments = arguments;
  if (!check_arguments (arguments, &status) || !check_output (arguments, &status))
    return status;
  job.flow = leyden_cli_load_flow (leyden_arguments_get_operand (arguments, 0), &status);
  if (job.flow == NULL || !leyden_cli_check_pins (arguments, job.flow, TRUE, &status))
    return status;
  leyden_cli_catch_signals ();
  if (!leyden_cli_session_open (&job.session, &status) || !define (&job, &status) || !find_equal (&job, &status))
    return status;
  warn_of_effects (&job);
  if (!start (&job, &status))
    return status;
  return wait_and_report (&job);
}

static const LeydenOption options[] = {
  { "dataset", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("A data set with rows of train, validation and test: JSONL or CSV") },
  LEYDEN_CLI_MAP_OPTION,
  LEYDEN_CLI_PINS_OPTION,
  { "optimizer", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("reflect, apo, examples or halving (reflect)") },
  { "budget", LEYDEN_OPTION_INTEGER, 1, 10000000, FALSE, "N", N_ ("Task calls: rollouts of one candidate on one row (600)") },
  { "optimizer-calls", LEYDEN_OPTION_INTEGER, 0, 10000000, FALSE, "N", N_ ("Calls of the optimiser's own model (a quarter of the budget)") },
  { "max-tokens", LEYDEN_OPTION_INTEGER, 1, G_MAXINT64, FALSE, "N", N_ ("End the search before so many tokens are used") },
  { "max-cost", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "AMOUNT", N_ ("End the search before so much is spent") },
  { "max-seconds", LEYDEN_OPTION_INTEGER, 1, G_MAXINT32, FALSE, "N", N_ ("End the search after this time; the test follows") },
  { "optimizer-model", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Model that criticises and rewrites (that of the flow)") },
  { "model", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "simulated|URL", N_ ("Where models answer (simulated); a key is LEYDEN_KEY_MODEL") },
  { "model-name", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Model of nodes that name none") },
  { "concurrency", LEYDEN_OPTION_INTEGER, 1, 10000, FALSE, "N", N_ ("Rollouts at once (8); the result does not depend on it") },
  { "seed", LEYDEN_OPTION_INTEGER, 0, G_MAXINT64, FALSE, "N", N_ ("Root of all that is random (42)") },
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keep the training there, and continue an equal one (a temporary one)") },
  { "on-unsafe-resume", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "rerun|fail", N_ ("Effects in doubt after an interruption (fail)") },
  { "fresh", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Train anew, and take no answers over from earlier trainings") },
  { "output", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Write the flow with the best values there") },
  { "pace", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "fast|real", N_ ("Whether the simulation really waits (fast)") },
  { "approve", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "HASH", N_ ("Let it run that command, or reach that address, in this run") },
  { "allow-unsandboxed", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Let approved commands run without a sandbox") },
  { "secrets-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keys of models, JSON name to value, mode 0600") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON whose last member is the verdict") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_train = {
  "train", "FLOW", 1, 1, options, N_ ("Improve what a flow has marked as trainable"),
  N_ ("Only parameters that are marked as trainable change. The search uses the rows of train and validation; the verdict comes from the rows of "
      "test, where the flow as it was and the best version are compared row by row, and says “no difference shown” when there is none. A training is "
      "known by its flow, data set, model, optimiser, budget and seed: an unfinished one in --database is continued, a finished one is printed again."),
  train,
};
