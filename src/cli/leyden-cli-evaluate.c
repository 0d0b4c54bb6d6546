/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-evaluate.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-cli-run.h"
#include "leyden-optimizer.h"
#include "leyden-text.h"

#define ALL_ROWS "all"
#define CONFIDENCE 0.95

/* One `leydenctl evaluate`. */
typedef struct
{
  LeydenArguments        *arguments;
  LeydenCliSession        session;
  LeydenEvaluationReport  report;
  guint                   passed;       /* passes that are done */
} Job;

static void
pass_free (LeydenPass *pass)
{
  if (pass->run != NULL)
    g_signal_handlers_disconnect_matched (pass->run, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, pass);
  g_clear_object (&pass->run);
  g_clear_object (&pass->flow);
  g_clear_pointer (&pass->definition, leyden_value_unref);
  g_free (pass->name);
  g_free (pass->rewards);
  g_free (pass);
}

static void
job_clear (Job *job)
{
  for (guint i = 0; i < job->report.passes->len; i++)
    {
      LeydenPass *pass = g_ptr_array_index (job->report.passes, i);

      if (pass->run != NULL)
        g_signal_handlers_disconnect_by_data (pass->run, job);
    }
  g_ptr_array_unref (job->report.passes);
  leyden_cli_session_clear (&job->session);
  g_clear_pointer (&job->report.verdicts, g_ptr_array_unref);
  g_clear_pointer (&job->report.dataset, leyden_value_unref);
  g_clear_pointer (&job->report.planned, leyden_value_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* ---- What is compared ---- */

static gboolean
add_pass (Job        *job,
          const char *path,
          int        *status)
{
  LeydenPass *pass = g_new0 (LeydenPass, 1);

  g_ptr_array_add (job->report.passes, pass);
  pass->name = leyden_text_path (path);
  pass->flow = leyden_cli_load_flow (path, status);
  return pass->flow != NULL && leyden_cli_check_pins (job->arguments, pass->flow, TRUE, status);
}

static gboolean
load_flows (Job *job,
            int *status)
{
  const char * const *against = leyden_arguments_get_texts (job->arguments, "against");

  if (!add_pass (job, leyden_arguments_get_operand (job->arguments, 0), status))
    return FALSE;
  for (guint i = 0; against[i] != NULL; i++)
    if (!add_pass (job, against[i], status))
      return FALSE;
  return TRUE;
}

static gboolean
define (Job         *job,
        LeydenPass  *pass,
        const char  *sha256,
        GError     **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!leyden_cli_session_begin_definition (&job->session, pass->flow, &b, error))
    return FALSE;
  leyden_cli_session_add_dataset (&job->session, pass->flow, &b, sha256, job->report.split);
  leyden_cli_session_add_options (&job->session, &b);
  leyden_value_builder_end (&b);
  pass->definition = leyden_value_builder_end_value (&b);
  return TRUE;
}

static gboolean
define_all (Job *job,
            int *status)
{
  g_autofree char *sha256 = NULL;
  g_autoptr(GError) error = NULL;

  sha256 = leyden_cli_import_blob (job->session.store, leyden_arguments_get_text (job->arguments, "dataset", NULL), &error);
  for (guint i = 0; sha256 != NULL && error == NULL && i < job->report.passes->len; i++)
    define (job, g_ptr_array_index (job->report.passes, i), sha256, &error);
  if (error != NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  job->report.dataset = leyden_value_ref (leyden_value_get_member (((LeydenPass *)g_ptr_array_index (job->report.passes, 0))->definition,
                                                                   "dataset"));
  return TRUE;
}

/* ---- Running them, one after the other ---- */

static double
reward_of (LeydenRun *run,
           guint      i)
{
  const LeydenRolloutRow *row = leyden_run_get_row (run, i);

  return g_strcmp0 (row->state, "succeeded") == 0 && isfinite (row->reward) ? row->reward : NAN;
}

/* Pairs in the order of the items, however they arrive: who is fast must not be who is right. The interval may be looked at all the time. */
static void
watch (Job        *job,
       LeydenPass *pass)
{
  const LeydenPass *flow = g_ptr_array_index (job->report.passes, 0);
  LeydenInterval interval;
  g_autofree char *note = NULL;
  double p;

  for (guint n = leyden_run_get_n_items (pass->run); pass->n_watched < n; pass->n_watched++)
    {
      if (!leyden_report_is_end (leyden_run_get_row (pass->run, pass->n_watched)->state))
        break;
      leyden_pair_sequence_add (&pass->watched, reward_of (pass->run, pass->n_watched), flow->rewards[pass->n_watched]);
      leyden_pair_sequence_get (&pass->watched, &interval, NULL);
      if (pass->decided_after == 0 && (interval.low > 0 || interval.high < 0))
        pass->decided_after = pass->n_watched + 1;
    }
  leyden_pair_sequence_get (&pass->watched, &interval, &p);
  if (isfinite (interval.estimate))
    note = g_strdup_printf ("%+.2f [%.2f, %.2f]", interval.estimate, interval.low, interval.high);
  leyden_cli_progress_note (note);
}

static void
begin_watch (Job        *job,
             LeydenPass *pass)
{
  const LeydenPass *flow = g_ptr_array_index (job->report.passes, 0);

  leyden_pair_sequence_init (&pass->watched, leyden_rewards_are_binary (flow->rewards, leyden_run_get_n_items (flow->run)),
                             (1 - CONFIDENCE) / (job->report.passes->len - 1));
}

static void
progress_cb (LeydenRun *run,
             Job       *job)
{
  g_autoptr(LeydenValue) summary = leyden_run_summarize (run);
  guint n = leyden_run_get_n_items (run);

  if (job->passed > 0)
    watch (job, g_ptr_array_index (job->report.passes, job->passed));
  leyden_cli_progress (job->passed * n + (guint)leyden_value_get_member_int (summary, "done", 0), job->report.passes->len * n,
                       job->report.passes->len == 1 ? leyden_value_get_member_double (summary, "remaining_s", -1) : -1);
}

static void
finished_cb (LeydenRun  *run,
             LeydenPass *pass)
{
  pass->finished = TRUE;
}

/* What the data can show at all is told before it is asked, and without a look at any answer. */
static void
plan (Job   *job,
      guint  n)
{
  if (job->report.passes->len < 2 || job->report.planned != NULL)
    return;
  job->report.planned = leyden_verdict_plan (n, job->report.split, NAN, NAN, job->report.passes->len - 1, 0, 0);
  if (!leyden_arguments_has (job->arguments, "json"))
    leyden_cli_say ("%s", leyden_value_get_member_string (job->report.planned, "sentence", ""));
}

static gboolean
run_pass (Job        *job,
          LeydenPass *pass,
          int        *status)
{
  g_autofree char *key = leyden_run_definition_hash (pass->definition);
  g_autofree char *run = NULL;
  g_autoptr(LeydenRunJob) ready = NULL;

  if (!leyden_cli_session_find_run (&job->session, key, &run, status))
    return FALSE;
  ready = leyden_cli_session_prepare (&job->session, pass->definition, status);
  if (ready == NULL)
    return FALSE;
  plan (job, leyden_run_job_get_n_items (ready));
  if (job->passed > 0)
    begin_watch (job, pass);
  pass->run = leyden_run_job_start (ready, job->session.engine, run, key, FALSE, FALSE);
  g_signal_connect (pass->run, "progress", G_CALLBACK (progress_cb), job);
  g_signal_connect (pass->run, "finished", G_CALLBACK (finished_cb), pass);
  while (!pass->finished && leyden_cli_get_signal () == 0)
    g_main_context_iteration (NULL, TRUE);
  if (!pass->finished)
    {
      leyden_cli_progress_end ();
      leyden_cli_say (leyden_arguments_has (job->arguments, "database") ? _("stopped; the same command goes on where it was")
                                                                        : _("stopped"));
      *status = 128 + leyden_cli_get_signal ();
      return FALSE;
    }
  if (leyden_run_get_error (pass->run) == NULL)
    return TRUE;
  *status = leyden_cli_fail (leyden_run_get_error (pass->run));
  return FALSE;
}

/* ---- What came of it ---- */

static gboolean
is_outside_error (Job                    *job,
                  const LeydenRolloutRow *row)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) state = NULL;

  leyden_store_fold_async (LEYDEN_STORE (job->session.store), row->rollout, 0, leyden_rollout_reducer (), NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  state = leyden_store_fold_finish (LEYDEN_STORE (job->session.store), result, NULL);
  return leyden_error_kind_is_outside (leyden_value_get_member_string (leyden_value_get_member (state, "error"), "code", NULL));
}

/* FALSE when the flow answers but gives no reward: it does not fail then, it cannot be evaluated. */
static gboolean
read_rewards (Job        *job,
              LeydenPass *pass,
              int        *status)
{
  guint n = leyden_run_get_n_items (pass->run);
  guint n_rewards = 0;
  guint n_succeeded = 0;

  pass->rewards = g_new (double, n);
  for (guint i = 0; i < n; i++)
    {
      const LeydenRolloutRow *row = leyden_run_get_row (pass->run, i);
      gboolean succeeded = g_strcmp0 (row->state, "succeeded") == 0;

      pass->rewards[i] = reward_of (pass->run, i);
      n_rewards += isfinite (pass->rewards[i]);
      n_succeeded += succeeded;
      pass->n_failed += !isfinite (pass->rewards[i]);
      pass->n_errors += !succeeded && is_outside_error (job, row);
      pass->simulated = pass->simulated || row->simulated;
    }
  if (n_succeeded == 0 || n_rewards > 0)
    return TRUE;
  leyden_cli_say (_("%s gives no reward; a reward node at its end says how good an answer is"), pass->name);
  *status = LEYDEN_EXIT_FAILED;
  return FALSE;
}

static void
find_mean (LeydenPass *pass)
{
  guint n = leyden_run_get_n_items (pass->run);
  g_autofree double *x = g_new (double, n);
  double sum;
  gboolean known = TRUE;

  for (guint i = 0; i < n; i++)
    x[i] = isfinite (pass->rewards[i]) ? pass->rewards[i] : 0;
  sum = leyden_stats_sum (x, n);
  if (leyden_rewards_are_binary (x, n))
    {
      pass->method = "wilson";
      leyden_stats_wilson ((guint64)sum, n, CONFIDENCE, &pass->mean);
    }
  else
    {
      pass->method = "t";
      known = leyden_stats_t_interval (x, n, CONFIDENCE, &pass->mean);
    }
  if (!known)
    pass->mean.low = pass->mean.high = NAN;
}

static gboolean
judge (Job *job,
       int *status)
{
  LeydenPass *flow = g_ptr_array_index (job->report.passes, 0);
  guint n_others = job->report.passes->len - 1;
  g_autofree LeydenVerdictData *data = g_new0 (LeydenVerdictData, n_others);
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < n_others; i++)
    {
      LeydenPass *other = g_ptr_array_index (job->report.passes, i + 1);
      gboolean same = leyden_value_equal (leyden_value_get_member (flow->definition, "flow_hash"),
                                          leyden_value_get_member (other->definition, "flow_hash"));

      data[i] = (LeydenVerdictData){
        .baseline = other->rewards, .candidate = same ? other->rewards : flow->rewards,
        .n_samples = leyden_run_get_n_items (flow->run),
        .baseline_simulated = other->simulated, .candidate_simulated = flow->simulated,
        .baseline_errors = other->n_errors, .candidate_errors = flow->n_errors,
        .split = job->report.split, .seed = (guint64)job->report.seed,
      };
    }
  if (n_others > 0)
    job->report.verdicts = leyden_verdict_compare_family (data, n_others, &error);
  if (error == NULL)
    return TRUE;
  *status = leyden_cli_fail (error);
  return FALSE;
}

static gboolean
evaluate_all (Job *job,
              int *status)
{
  for (guint i = 0; i < job->report.passes->len; i++)
    {
      LeydenPass *pass = g_ptr_array_index (job->report.passes, i);

      if (!run_pass (job, pass, status) || !read_rewards (job, pass, status))
        return FALSE;
      find_mean (pass);
      if (i > 0)
        watch (job, pass);
      job->passed++;
    }
  leyden_cli_progress_end ();
  return judge (job, status);
}

gboolean
leyden_evaluation_fails (const LeydenEvaluationReport *self,
                         const LeydenVerdict          *verdict)
{
  if (verdict->withheld)
    return TRUE;
  if (self->margin_given)
    return !(verdict->low > -self->margin);
  return verdict->significant && verdict->difference < 0;
}

static int
find_status (Job *job)
{
  int status = LEYDEN_EXIT_OK;

  if (!leyden_arguments_has (job->arguments, "fail-if-worse"))
    return status;
  for (guint i = 0; i < job->report.verdicts->len; i++)
    {
      const LeydenVerdict *verdict = g_ptr_array_index (job->report.verdicts, i);
      const char *other = ((LeydenPass *)g_ptr_array_index (job->report.passes, i + 1))->name;

      if (!leyden_evaluation_fails (&job->report, verdict))
        continue;
      status = LEYDEN_EXIT_FAILED;
      if (verdict->withheld)
        leyden_cli_say (_("not enough answers to compare with %s"), other);
      else if (job->report.margin_given)
        leyden_cli_say (_("it may be worse than %s by %g or more"), other, job->report.margin);
      else
        leyden_cli_say (_("it is worse than %s"), other);
    }
  return status;
}

/* ---- The command ---- */

static gboolean
read_margin (Job *job)
{
  const char *text = leyden_arguments_get_text (job->arguments, "margin", NULL);
  char *end = NULL;

  if (text == NULL)
    return TRUE;
  job->report.margin_given = TRUE;
  job->report.margin = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (job->report.margin) && job->report.margin > 0;
}

static gboolean
check_arguments (Job *job,
                 int *status)
{
  LeydenArguments *arguments = job->arguments;
  const char *split = leyden_arguments_get_text (arguments, "split", "test");
  const char *pace = leyden_arguments_get_text (arguments, "pace", "fast");
  gboolean compares = leyden_arguments_has (arguments, "against");

  job->report.split = leyden_cli_canonical_split (split);
  if (!leyden_arguments_has (arguments, "dataset"))
    *status = leyden_arguments_refuse (arguments, _("--dataset is needed: the rows to evaluate on"));
  else if (job->report.split == NULL && strcmp (split, ALL_ROWS) != 0)
    *status = leyden_arguments_refuse (arguments, _("--split must be train, validation, test or all"));
  else if (!leyden_cli_check_map (arguments, status))
    return FALSE;
  else if (strcmp (pace, "fast") != 0 && strcmp (pace, "real") != 0)
    *status = leyden_arguments_refuse (arguments, _("--pace must be fast or real"));
  else if (leyden_arguments_has (arguments, "fail-if-worse") && !compares)
    *status = leyden_arguments_refuse (arguments, _("--fail-if-worse needs --against"));
  else if (leyden_arguments_has (arguments, "margin") && !leyden_arguments_has (arguments, "fail-if-worse"))
    *status = leyden_arguments_refuse (arguments, _("--margin needs --fail-if-worse"));
  else if (!read_margin (job))
    *status = leyden_arguments_refuse (arguments, _("--margin must be a number above 0"));
  else
    return TRUE;
  return FALSE;
}

static int
evaluate (LeydenArguments *arguments)
{
  g_auto(Job) job = { 0 };
  int status = LEYDEN_EXIT_OK;

  job.arguments = arguments;
  job.session.arguments = arguments;
  job.report.passes = g_ptr_array_new_with_free_func ((GDestroyNotify)pass_free);
  job.report.seed = leyden_arguments_get_integer (arguments, "seed", 42);
  if (!check_arguments (&job, &status) || !load_flows (&job, &status))
    return status;
  leyden_cli_catch_signals ();
  if (!leyden_cli_session_open (&job.session, &status) || !define_all (&job, &status) || !evaluate_all (&job, &status))
    return status;
  if (leyden_arguments_has (arguments, "json"))
    leyden_evaluation_print_json (&job.report);
  else
    leyden_evaluation_print_table (&job.report);
  return find_status (&job);
}

static const LeydenOption options[] = {
  { "dataset", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("A data set: JSONL or CSV") },
  { "split", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Its rows of train, validation, test, or all (test)") },
  LEYDEN_CLI_MAP_OPTION,
  LEYDEN_CLI_PINS_OPTION,
  { "against", LEYDEN_OPTION_FILE, 0, 0, TRUE, "FLOW2", N_ ("Compare with this flow, row by row") },
  { "fail-if-worse", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Status 1 when the flow is significantly worse than one of these") },
  { "margin", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "REWARD", N_ ("Status 1 unless it is shown to be less than this worse") },
  { "model", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "simulated|URL", N_ ("Where models answer (simulated); a key is LEYDEN_KEY_MODEL") },
  { "model-name", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Model of nodes that name none") },
  { "concurrency", LEYDEN_OPTION_INTEGER, 1, 10000, FALSE, "N", N_ ("Items at once (8)") },
  { "seed", LEYDEN_OPTION_INTEGER, 0, G_MAXINT64, FALSE, "N", N_ ("Root of all that is random (42)") },
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keep the runs there, and continue equal ones (a temporary one)") },
  { "fresh", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Run anew even when an equal run is in the database") },
  { "pace", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "fast|real", N_ ("Whether the simulation really waits (fast)") },
  { "approve", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "HASH", N_ ("Let it run that command, or reach that address, in this run") },
  { "allow-unsandboxed", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Let approved commands run without a sandbox") },
  { "secrets-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keys of models, JSON name to value, mode 0600") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON an item, then one whose last member is the verdict") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_evaluate = {
  "evaluate", "FLOW", 1, 1, options, N_ ("Measure a flow, or compare it with others"),
  /* xgettext: no-c-format */
  N_ ("The mean reward with its 95 % interval; a row that failed counts as 0. With --against both flows answer the same rows, and the verdict says how "
      "much better FLOW is than FLOW2, or “no difference shown”. Worse is: the verdict is significant and negative. With --margin it is the other way "
      "round: FLOW must show that it is less than the margin worse (the low end of the interval is above −REWARD). Several --against are one family, "
      "corrected by Holm. When the model did not answer for more than a tenth of the rows there is no verdict, and --fail-if-worse gives status 1."),
  evaluate,
};
