/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-run.h"

#include <glib/gi18n-lib.h>

#include "leyden-cli-people.h"
#include "leyden-cli-session.h"
#include "leyden-json.h"

/* One `leydenctl run`. */
typedef struct
{
  LeydenArguments   *arguments;
  LeydenCliSession   session;
  gboolean           json;
  gboolean           over_dataset;
  gboolean           is_part;           /* one node, or from a node on */
  LeydenFlow        *flow;
  LeydenValue       *input;
  LeydenValue       *definition;
  char              *key;
  char              *run_id;            /* of an equal run that is there */
  LeydenRun         *run;
  LeydenCliPeople   *people;
  guint              printed;           /* items whose line is out */
  gboolean           finished;
} Job;

static void
job_clear (Job *job)
{
  if (job->run != NULL)
    g_signal_handlers_disconnect_by_data (job->run, job);
  g_clear_pointer (&job->people, leyden_cli_people_free);
  g_clear_object (&job->run);
  leyden_cli_session_clear (&job->session);
  g_clear_object (&job->flow);
  g_clear_pointer (&job->input, leyden_value_unref);
  g_clear_pointer (&job->definition, leyden_value_unref);
  g_free (job->key);
  g_free (job->run_id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* ---- What is run ---- */

static gboolean
read_input (Job *job,
            int *status)
{
  const char *text = leyden_arguments_get_text (job->arguments, "input", "{}");
  g_autoptr(GError) error = NULL;

  job->input = leyden_json_parse (text, -1, NULL, &error);
  if (job->input != NULL && leyden_value_get_kind (job->input) == LEYDEN_VALUE_OBJECT)
    return TRUE;
  leyden_cli_say ("--input: %s", error == NULL ? _("expected a JSON object: field to value") : error->message);
  *status = LEYDEN_EXIT_FAILED;
  return FALSE;
}

static gboolean
define (Job *job,
        int *status)
{
  const char *dataset = leyden_arguments_get_text (job->arguments, "dataset", NULL);
  const char *split = leyden_cli_canonical_split (leyden_arguments_get_text (job->arguments, "split", NULL));
  g_autofree char *dataset_sha256 = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (dataset != NULL)
    dataset_sha256 = leyden_cli_import_blob (job->session.store, dataset, &error);
  if (error != NULL || !leyden_cli_session_begin_definition (&job->session, job->flow, &b, &error))
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  if (dataset != NULL)
    leyden_cli_session_add_dataset (&job->session, job->flow, &b, dataset_sha256, split);
  else if (job->is_part)
    {
      if (!leyden_cli_session_add_part (&job->session, job->flow, &b, job->input, &error))
        {
          *status = leyden_cli_fail (error);
          return FALSE;
        }
    }
  else
    leyden_value_builder_set (&b, "input", job->input);
  leyden_cli_session_add_options (&job->session, &b);
  leyden_value_builder_end (&b);
  job->definition = leyden_value_builder_end_value (&b);
  job->key = leyden_run_definition_hash (job->definition);
  return TRUE;
}

/* ---- Running ---- */

/* Lines come in item order: an item that is early waits for the ones before it. */
static void
print_ready (Job *job)
{
  if (!job->json || !job->over_dataset)
    return;
  while (job->printed < leyden_run_get_n_items (job->run))
    {
      const LeydenRolloutRow *row = leyden_run_get_row (job->run, job->printed);

      if (!leyden_report_is_end (row->state))
        break;
      leyden_report_item (row);
      job->printed++;
    }
  if (!leyden_cli_flush ())
    job->finished = TRUE;
}

static void
progress_cb (LeydenRun *run,
             Job       *job)
{
  g_autoptr(LeydenValue) summary = leyden_run_summarize (run);

  print_ready (job);
  leyden_cli_progress ((guint)leyden_value_get_member_int (summary, "done", 0), leyden_run_get_n_items (run),
                       leyden_value_get_member_double (summary, "remaining_s", -1));
}

static void
finished_cb (LeydenRun *run,
             Job       *job)
{
  print_ready (job);
  job->finished = TRUE;
}

static gboolean
start (Job *job,
       int *status)
{
  g_autoptr(LeydenRunJob) ready = leyden_cli_session_prepare (&job->session, job->definition, status);
  gboolean rerun = g_strcmp0 (leyden_arguments_get_text (job->arguments, "on-unsafe-resume", "fail"), "rerun") == 0;

  if (ready == NULL)
    return FALSE;
  job->people = leyden_cli_people_new (job->arguments, job->json, status);
  if (job->people == NULL)
    return FALSE;
  job->run = leyden_run_job_start (ready, job->session.engine, job->run_id, job->key, rerun, FALSE);
  leyden_cli_people_watch (job->people, job->run);
  g_signal_connect (job->run, "progress", G_CALLBACK (progress_cb), job);
  g_signal_connect (job->run, "finished", G_CALLBACK (finished_cb), job);
  return TRUE;
}

static LeydenValue *
read_result (Job                     *job,
             const LeydenRolloutRow  *row,
             GError                 **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) state = NULL;
  LeydenValue *value;

  leyden_store_fold_async (LEYDEN_STORE (job->session.store), row->rollout, 0, leyden_rollout_reducer (), NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  state = leyden_store_fold_finish (LEYDEN_STORE (job->session.store), result, error);
  if (state == NULL)
    return NULL;
  value = leyden_value_get_member (state, "result");
  /* A part that does not reach an Output gives what its node gave. */
  if (value == NULL && job->is_part)
    value = leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (state, "nodes"),
                                                              leyden_value_get_member_string (leyden_value_get_member (job->definition, "part"), "node", "")),
                                     "outputs");
  return value == NULL ? leyden_value_new_null () : leyden_value_ref (value);
}

static void
say_error (const LeydenRolloutRow *row)
{
  g_autofree char *error = leyden_report_dup_error (row);

  leyden_cli_say ("%s", error);
}

static int
report_one (Job *job)
{
  const LeydenRolloutRow *row = leyden_run_get_row (job->run, 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = read_result (job, row, &error);

  if (value == NULL)
    return leyden_cli_fail (error);
  leyden_report_result (row, value, job->json);
  if (!job->json && leyden_report_is_not_simulated (row))
    leyden_cli_say (_("The simulated model only knows the problems of the samples; --model asks a real one"));
  else if (!job->json && row->error != NULL)
    {
      say_error (row);
      if (!leyden_arguments_has (job->arguments, "input"))
        leyden_cli_say (_("The flow ran without input: give it some with --input JSON, or rows with --dataset FILE"));
    }
  if (!job->json && row->simulated)
    leyden_cli_say (_("Simulated: the answer comes from the simulated model"));
  return strcmp (row->state, "succeeded") == 0 ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}

/* The address of a model that an error begins with ("http://localhost:8000/v1: no answer"); NULL: it has another cause. */
static char *
dup_endpoint (const LeydenRolloutRow *row)
{
  const char *error = row->error;
  const char *end = error != NULL && (g_str_has_prefix (error, "http://") || g_str_has_prefix (error, "https://")) ? strstr (error, ": ") : NULL;

  return end != NULL && strcmp (row->state, "failed") == 0 ? g_strndup (error, (gsize)(end - error)) : NULL;
}

/* Items that failed have reached an end, and the status says no more than that. That nothing at all was measured has to be said. */
static void
warn_of_endpoint (GPtrArray *rows)
{
  g_autofree char *first = rows->len > 0 ? dup_endpoint (g_ptr_array_index (rows, 0)) : NULL;

  for (guint i = 1; first != NULL && i < rows->len; i++)
    {
      g_autofree char *endpoint = dup_endpoint (g_ptr_array_index (rows, i));

      if (g_strcmp0 (endpoint, first) != 0)
        return;
    }
  if (first == NULL)
    return;
  leyden_cli_say (_("warning: every item failed at the model endpoint %s: this says nothing about the flow. See that a server answers there "
                    "and that its key is right, then run it again with --fresh"), first);
}

static int
report_all (Job *job)
{
  g_autoptr(LeydenValue) summary = leyden_run_summarize (job->run);
  g_autoptr(GPtrArray) rows = g_ptr_array_new ();
  gint64 failed = leyden_value_get_member_int (summary, "failed", 0);
  gint64 done = leyden_value_get_member_int (summary, "done", 0);

  for (guint i = 0; i < leyden_run_get_n_items (job->run); i++)
    g_ptr_array_add (rows, (gpointer)leyden_run_get_row (job->run, i));
  leyden_cli_progress_end ();
  if (job->json)
    leyden_report_summary (summary);
  else
    leyden_report_table (summary, rows);
  warn_of_endpoint (rows);
  if (done < rows->len || (failed > 0 && leyden_arguments_has (job->arguments, "fail-on-error")))
    return LEYDEN_EXIT_FAILED;
  return LEYDEN_EXIT_OK;
}

static int
wait_and_report (Job *job)
{
  const GError *error;

  while (!job->finished && leyden_cli_get_signal () == 0 && !leyden_cli_people_is_stuck (job->people))
    g_main_context_iteration (NULL, TRUE);
  leyden_cli_progress_end ();
  leyden_cli_people_warn_unused (job->people);
  if (!job->finished && leyden_cli_get_signal () == 0)
    {
      leyden_cli_say (leyden_arguments_has (job->arguments, "database")
                        ? _("nothing goes on without an answer; the same command with it goes on where it was")
                        : _("nothing goes on without an answer; run it again with it"));
      return LEYDEN_EXIT_FAILED;
    }
  if (!job->finished)
    {
      leyden_cli_say (leyden_arguments_has (job->arguments, "database") ? _("stopped; the same command goes on where it was")
                                                                        : _("stopped"));
      return 128 + leyden_cli_get_signal ();
    }
  error = leyden_run_get_error (job->run);
  if (error != NULL)
    return leyden_cli_fail (error);
  return job->over_dataset ? report_all (job) : report_one (job);
}

static gboolean
check_arguments (LeydenArguments *arguments,
                 int             *status)
{
  const char *split = leyden_arguments_get_text (arguments, "split", NULL);
  const char *pace = leyden_arguments_get_text (arguments, "pace", "fast");
  const char *resume = leyden_arguments_get_text (arguments, "on-unsafe-resume", "fail");

  if (leyden_arguments_has (arguments, "input") && leyden_arguments_has (arguments, "dataset"))
    *status = leyden_arguments_refuse (arguments, _("--input and --dataset exclude each other"));
  else if (split != NULL && !leyden_arguments_has (arguments, "dataset"))
    *status = leyden_arguments_refuse (arguments, _("--split needs --dataset"));
  else if (split != NULL && leyden_cli_canonical_split (split) == NULL)
    *status = leyden_arguments_refuse (arguments, _("--split must be train, validation or test"));
  else if (strcmp (pace, "fast") != 0 && strcmp (pace, "real") != 0)
    *status = leyden_arguments_refuse (arguments, _("--pace must be fast or real"));
  else if (strcmp (resume, "rerun") != 0 && strcmp (resume, "fail") != 0)
    *status = leyden_arguments_refuse (arguments, _("--on-unsafe-resume must be rerun or fail"));
  else
    return leyden_cli_check_part (arguments, status) && leyden_cli_check_map (arguments, status);
  return FALSE;
}

static int
run (LeydenArguments *arguments)
{
  g_auto(Job) job = { 0 };
  int status = LEYDEN_EXIT_OK;

  job.arguments = arguments;
  job.session.arguments = arguments;
  job.json = leyden_arguments_has (arguments, "json");
  job.over_dataset = leyden_arguments_has (arguments, "dataset");
  job.is_part = leyden_arguments_has (arguments, "node") || leyden_arguments_has (arguments, "from");
  if (!check_arguments (arguments, &status) || (!job.over_dataset && !read_input (&job, &status)))
    return status;
  job.flow = leyden_cli_load_flow (leyden_arguments_get_operand (arguments, 0), &status);
  if (job.flow == NULL || !leyden_cli_check_pins (arguments, job.flow, FALSE, &status))
    return status;

  leyden_cli_catch_signals ();
  if (!leyden_cli_session_open (&job.session, &status) || !define (&job, &status)
      || (!job.is_part && !leyden_cli_session_find_run (&job.session, job.key, &job.run_id, &status)) || !start (&job, &status))
    return status;
  return wait_and_report (&job);
}

static const LeydenOption options[] = {
  { "input", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "JSON", N_ ("One input: an object, field to value") },
  { "dataset", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("A data set: JSONL or CSV") },
  LEYDEN_CLI_MAP_OPTION,
  { "split", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Only its rows of train, validation or test") },
  { "node", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NODE", N_ ("Only that node, with what the last run in --database gave it; --input: its inputs instead") },
  { "from", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NODE", N_ ("That node and what depends on it, the rest from the last run in --database") },
  { "no-cache", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("With --node and --from: reuse no kept results of nodes") },
  LEYDEN_CLI_PINS_OPTION,
  { "model", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "simulated|URL", N_ ("Where models answer (simulated); anthropic+URL for that wire; a key is LEYDEN_KEY_MODEL") },
  { "model-name", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Model of nodes that name none") },
  { "concurrency", LEYDEN_OPTION_INTEGER, 1, 10000, FALSE, "N", N_ ("Items at once (8)") },
  { "seed", LEYDEN_OPTION_INTEGER, 0, G_MAXINT64, FALSE, "N", N_ ("Root of all that is random (42)") },
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keep the run there, and continue an equal one (a temporary one)") },
  { "fresh", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Run anew even when an equal run is in the database") },
  { "pace", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "fast|real", N_ ("Whether the simulation really waits (fast)") },
  { "approve", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "HASH", N_ ("Let it run that command, or reach that address, in this run") },
  { "allow-unsandboxed", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Let approved commands run without a sandbox") },
  LEYDEN_CLI_ANSWER_OPTION,
  { "on-unsafe-resume", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "rerun|fail", N_ ("Effects in doubt after an interruption (fail)") },
  { "secrets-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keys of models, JSON name to value, mode 0600") },
  { "fail-on-error", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Status 1 when an item failed") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON an item, then {\"summary\": …}") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_run_flow = {
  "run", "FLOW", 1, 1, options, N_ ("Run a flow over one input or a data set"),
  N_ ("A run is known by its flow, its input or data set with split, its model and its seed: an unfinished one in --database is "
      "continued, a finished one is printed again. Without a model server everything is simulated, and says so."),
  run,
};
