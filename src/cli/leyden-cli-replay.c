/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-engine.h"
#include "leyden-gateway.h"
#include "leyden-json.h"
#include "leyden-run-job.h"
#include "leyden-text.h"

#define PAGE 1000

static void
spin (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* Where records are read: from the file, or from the process that owns it. One of the two is set. */
typedef struct
{
  LeydenSqliteStore *store;
  LeydenOwner       *owner;
} Source;

static void
source_clear (Source *source)
{
  if (source->store != NULL)
    leyden_sqlite_store_close (source->store);
  g_clear_object (&source->store);
  g_clear_pointer (&source->owner, leyden_owner_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

static gboolean
source_open (Source     *source,
             const char *database,
             int        *status)
{
  g_autofree char *fallback = leyden_gateway_default_database ();
  g_autofree char *path = g_canonicalize_filename (database == NULL ? fallback : database, NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *name = leyden_text_path (path);

      leyden_cli_say (_("%s: there is no such database"), name);
      *status = LEYDEN_EXIT_FILE;
      return FALSE;
    }
  source->owner = leyden_owner_find (path);
  if (source->owner != NULL)
    return TRUE;
  source->store = leyden_cli_open_store (path, LEYDEN_STORE_OPEN_READ_ONLY, status);
  return source->store != NULL;
}

/* ---- States and records ---- */

static LeydenValue *
fold_store (Source      *source,
            const char  *rollout,
            gint64       until,
            GError     **error)
{
  g_autoptr(GAsyncResult) found = NULL;
  g_autoptr(GAsyncResult) folded = NULL;
  g_autoptr(LeydenRolloutRow) row = NULL;

  leyden_store_get_rollout_async (LEYDEN_STORE (source->store), rollout, NULL, leyden_cli_result_cb, &found);
  spin (&found);
  row = leyden_store_get_rollout_finish (LEYDEN_STORE (source->store), found, error);
  if (row == NULL)
    return NULL;
  if ((guint64)until > row->last_sequence)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("The rollout has %" PRIu64 " records"),
                   row->last_sequence);
      return NULL;
    }
  leyden_store_fold_async (LEYDEN_STORE (source->store), rollout, (guint64)until, leyden_rollout_reducer (), NULL,
                           leyden_cli_result_cb, &folded);
  spin (&folded);
  return leyden_store_fold_finish (LEYDEN_STORE (source->store), folded, error);
}

static LeydenValue *
fold_owner (Source      *source,
            const char  *rollout,
            gint64       until,
            GError     **error)
{
  g_autofree char *id = g_uri_escape_string (rollout, NULL, FALSE);
  g_autofree char *path = until == 0 ? g_strdup_printf ("/leyden/v1/rollouts/%s/state", id)
                                     : g_strdup_printf ("/leyden/v1/rollouts/%s/state?until=%" G_GINT64_FORMAT, id, until);

  return leyden_owner_get (source->owner, path, error);
}

/* One page as list of record values behind @after. */
static LeydenValue *
read_page (Source      *source,
           const char  *rollout,
           guint64      after,
           GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GPtrArray) records = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (source->owner != NULL)
    {
      g_autofree char *id = g_uri_escape_string (rollout, NULL, FALSE);
      g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/events?limit=%d&after=%" G_GUINT64_FORMAT, id, PAGE, after);
      g_autoptr(LeydenValue) answer = leyden_owner_get (source->owner, path, error);
      LeydenValue *list = leyden_value_get_member (answer, "records");

      return list == NULL ? NULL : leyden_value_ref (list);
    }
  leyden_store_read_rollout_async (LEYDEN_STORE (source->store), rollout, after, PAGE, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  records = leyden_store_read_rollout_finish (LEYDEN_STORE (source->store), result, error);
  if (records == NULL)
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < records->len; i++)
    leyden_value_builder_take (&b, leyden_record_to_value (g_ptr_array_index (records, i)));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* What a record says in a few words. */
static char *
summarize (LeydenValue *payload)
{
  static const char * const keys[] = { "message", "error", "reason", "value", "name", "model", "outputs", "result", "answer" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      LeydenValue *value = leyden_value_get_member (payload, keys[i]);
      const char *text = leyden_value_get_string (value, NULL);
      g_autofree char *json = NULL;

      if (leyden_value_is_null (value))
        continue;
      if (text == NULL)
        text = json = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      return leyden_text_escape (text, -1, 100);
    }
  return g_strdup ("");
}

static void
print_record (LeydenValue *record,
              gint64       begin)
{
  g_autofree char *node = leyden_text_escape (leyden_value_get_member_string (record, "node", ""), -1, 60);
  g_autofree char *type = leyden_text_escape (leyden_value_get_member_string (record, "type", ""), -1, 40);
  g_autofree char *words = summarize (leyden_value_get_member (record, "payload"));
  double ms = (double)(leyden_value_get_member_int (record, "time", begin) - begin) / 1e6;

  leyden_cli_print ("%6" G_GINT64_FORMAT "  %+10.1f ms  %-18s %-20s %s\n", leyden_value_get_member_int (record, "sequence", 0), ms, type,
                    node, words);
}

static int
print_records (Source     *source,
               const char *rollout,
               gint64      until)
{
  gint64 begin = 0;
  guint64 after = 0;

  for (;;)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) page = read_page (source, rollout, after, &error);
      guint n = leyden_value_get_size (page);

      if (page == NULL)
        return leyden_cli_fail (error);
      for (guint i = 0; i < n; i++)
        {
          LeydenValue *record = leyden_value_get_item (page, i);

          after = (guint64)leyden_value_get_member_int (record, "sequence", 0);
          if (begin == 0)
            begin = leyden_value_get_member_int (record, "time", 0);
          if (until != 0 && after > (guint64)until)
            return LEYDEN_EXIT_OK;
          print_record (record, begin);
        }
      if (n < PAGE || !leyden_cli_flush ())
        return LEYDEN_EXIT_OK;
    }
}

static void
print_state (LeydenValue *state)
{
  g_autofree char *text = leyden_json_write (state, LEYDEN_JSON_CANONICAL);

  leyden_cli_print ("%s\n", text);
}

static void
print_outcome (LeydenValue *state)
{
  g_autofree char *words = leyden_text_escape (leyden_value_get_member_string (state, "state", "?"), -1, 40);
  double reward = leyden_value_get_member_double (state, "reward", NAN);

  if (isnan (reward))
    leyden_cli_print (_("State: %s\n"), words);
  else
    leyden_cli_print (_("State: %s, reward %.4g\n"), words, reward);
  if (leyden_value_get_member_boolean (state, "simulated", FALSE))
    leyden_cli_print (_("Simulated: answers and latencies come from the simulated model\n"));
}

static int
run_replay (LeydenArguments *arguments)
{
  const char *rollout = leyden_arguments_get_operand (arguments, 0);
  gint64 until = leyden_arguments_get_integer (arguments, "until", 0);
  g_auto(Source) source = { NULL, };
  g_autoptr(LeydenValue) state = NULL;
  g_autoptr(GError) error = NULL;
  int status = LEYDEN_EXIT_OK;

  if (!g_utf8_validate (rollout, -1, NULL) || *rollout == '\0')
    return leyden_arguments_refuse (arguments, _("ROLLOUT must be the id of a rollout (“leydenctl runs” and “run --json” name them)"));
  if (!source_open (&source, leyden_arguments_get_text (arguments, "database", NULL), &status))
    return status;
  state = source.owner != NULL ? fold_owner (&source, rollout, until, &error) : fold_store (&source, rollout, until, &error);
  if (state == NULL)
    return leyden_cli_fail (error);
  if (leyden_arguments_has (arguments, "json"))
    {
      print_state (state);
      return LEYDEN_EXIT_OK;
    }
  status = print_records (&source, rollout, until);
  print_outcome (state);
  return status;
}

static const LeydenOption replay_options[] = {
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own)") },
  { "until", LEYDEN_OPTION_INTEGER, 1, G_MAXINT64, FALSE, "SEQUENCE", N_ ("Only up to this record") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("The state there, as one canonical JSON document") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_replay = {
  "replay", "ROLLOUT", 1, 1, replay_options, N_ ("Show what happened in a rollout; nothing is run again"),
  N_ ("A database that a backend owns is read through that backend."), run_replay,
};

/* ---- Runs ---- */

static LeydenValue *
list_owner (Source  *source,
            gint64   limit,
            GError **error)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs?limit=%" G_GINT64_FORMAT, limit);
  g_autoptr(LeydenValue) answer = leyden_owner_get (source->owner, path, error);
  LeydenValue *list = leyden_value_get_member (answer, "runs");

  return list == NULL ? NULL : leyden_value_ref (list);
}

static LeydenValue *
list_store (Source  *source,
            gint64   limit,
            GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GPtrArray) rows = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_store_list_runs_async (LEYDEN_STORE (source->store), NULL, (guint)limit, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  rows = leyden_store_list_runs_finish (LEYDEN_STORE (source->store), result, error);
  if (rows == NULL)
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < rows->len; i++)
    leyden_value_builder_take (&b, leyden_run_describe (g_ptr_array_index (rows, i), NULL));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static char *
format_time (gint64 ns)
{
  g_autoptr(GDateTime) time = ns <= 0 ? NULL : g_date_time_new_from_unix_local (ns / G_GINT64_CONSTANT (1000000000));

  return time == NULL ? g_strdup ("–") : g_date_time_format (time, "%Y-%m-%d %H:%M");
}

static void
print_run (LeydenValue *run)
{
  LeydenValue *summary = leyden_value_get_member (run, "summary");
  double reward = leyden_value_get_member_double (leyden_value_get_member (summary, "mean_reward"), "estimate", NAN);
  g_autofree char *created = format_time (leyden_value_get_member_int (run, "created", 0));
  g_autofree char *title = leyden_text_escape (leyden_value_get_member_string (run, "title", ""), -1, 60);
  g_autofree char *state = leyden_text_escape (leyden_value_get_member_string (run, "state", ""), -1, 20);
  g_autofree char *shown = isnan (reward) ? g_strdup ("–") : g_strdup_printf ("%.3f", reward);
  g_autofree char *done = g_strdup_printf ("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, leyden_value_get_member_int (summary, "done", 0),
                                           leyden_value_get_member_int (run, "n_items", 0));

  leyden_cli_print ("%s  %s  %-11s %9s  %6s  %s%s\n", leyden_value_get_member_string (run, "run", "?"), created, state, done, shown,
                    title, leyden_value_get_member_boolean (run, "simulated", FALSE) ? _("  (simulated)") : "");
}

/* --- the rollouts of one --- */

static LeydenValue *
list_rollouts_owner (Source      *source,
                     const char  *run,
                     gint64       after,
                     GError     **error)
{
  g_autofree char *id = g_uri_escape_string (run, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts?limit=%d&after=%" G_GINT64_FORMAT, id, PAGE, after);
  g_autoptr(LeydenValue) answer = leyden_owner_get (source->owner, path, error);
  LeydenValue *list = leyden_value_get_member (answer, "rollouts");

  return list == NULL ? NULL : leyden_value_ref (list);
}

static gboolean
has_run (Source      *source,
         const char  *run,
         GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenRunRow) row = NULL;

  leyden_store_get_run_async (LEYDEN_STORE (source->store), run, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  row = leyden_store_get_run_finish (LEYDEN_STORE (source->store), result, error);
  return row != NULL;
}

static LeydenValue *
list_rollouts_store (Source      *source,
                     const char  *run,
                     gint64       after,
                     GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GPtrArray) rows = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!has_run (source, run, error))
    return NULL;
  leyden_store_list_rollouts_async (LEYDEN_STORE (source->store), run, NULL, after, PAGE, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (source->store), result, error);
  if (rows == NULL)
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < rows->len; i++)
    leyden_value_builder_take (&b, leyden_rollout_row_to_value (g_ptr_array_index (rows, i)));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
print_rollout (LeydenValue *rollout)
{
  double reward = leyden_value_get_member_double (rollout, "reward", NAN), latency = leyden_value_get_member_double (rollout, "latency_ms", NAN);
  g_autofree char *id = leyden_text_escape (leyden_value_get_member_string (rollout, "rollout", "?"), -1, 80);
  g_autofree char *item = leyden_text_escape (leyden_value_get_member_string (rollout, "item", ""), -1, 30);
  g_autofree char *state = leyden_text_escape (leyden_value_get_member_string (rollout, "state", ""), -1, 20);
  g_autofree char *error = leyden_text_escape (leyden_value_get_member_string (rollout, "error", ""), -1, 100);
  g_autofree char *shown = isnan (reward) ? g_strdup ("–") : g_strdup_printf ("%.3f", reward);
  g_autofree char *took = isnan (latency) ? g_strdup ("–") : g_strdup_printf ("%.0f", latency);
  gint64 tokens = leyden_value_get_member_int (rollout, "tokens_in", 0) + leyden_value_get_member_int (rollout, "tokens_out", 0);

  leyden_cli_print ("%s  %-12s  %-11s %7s  %8s  %7" G_GINT64_FORMAT "  %s\n", id, item, state, shown, took, tokens, error);
}

static int
list_rollouts (Source     *source,
               const char *run,
               gint64      limit,
               gboolean    json)
{
  gint64 after = -1;
  guint n = PAGE;

  while (n == PAGE && limit > 0 && leyden_cli_flush ())
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) list = source->owner != NULL ? list_rollouts_owner (source, run, after, &error) : list_rollouts_store (source, run, after, &error);

      if (list == NULL)
        return leyden_cli_fail (error);
      n = leyden_value_get_size (list);
      for (guint i = 0; i < n && limit > 0; i++, limit--)
        {
          LeydenValue *rollout = leyden_value_get_item (list, i);

          after = leyden_value_get_member_int (rollout, "index", after);
          if (json)
            leyden_cli_print_value (rollout);
          else
            print_rollout (rollout);
        }
    }
  return LEYDEN_EXIT_OK;
}

static int
list_runs (Source  *source,
           gint64   limit,
           gboolean json)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) runs = source->owner != NULL ? list_owner (source, limit, &error) : list_store (source, limit, &error);

  if (runs == NULL)
    return leyden_cli_fail (error);
  for (guint i = 0; i < leyden_value_get_size (runs); i++)
    {
      if (json)
        leyden_cli_print_value (leyden_value_get_item (runs, i));
      else
        print_run (leyden_value_get_item (runs, i));
    }
  return LEYDEN_EXIT_OK;
}

static int
run_runs (LeydenArguments *arguments)
{
  const char *run = leyden_arguments_get_operand (arguments, 0);
  gboolean json = leyden_arguments_has (arguments, "json");
  g_auto(Source) source = { NULL, };
  int status = LEYDEN_EXIT_OK;

  if (run != NULL && (!g_utf8_validate (run, -1, NULL) || *run == '\0'))
    return leyden_arguments_refuse (arguments, _("RUN must be the id of a run (“leydenctl runs” names them)"));
  if (!source_open (&source, leyden_arguments_get_text (arguments, "database", NULL), &status))
    return status;
  if (run != NULL)
    return list_rollouts (&source, run, leyden_arguments_get_integer (arguments, "limit", G_MAXINT32), json);
  return list_runs (&source, MIN (leyden_arguments_get_integer (arguments, "limit", 100), 1000), json);
}

static const LeydenOption runs_options[] = {
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own)") },
  { "limit", LEYDEN_OPTION_INTEGER, 1, G_MAXINT32, FALSE, "N", N_ ("How many (100 runs, at most 1000; all rollouts)") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON a run, or a rollout") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_runs = {
  "runs", "[RUN]", 0, 1, runs_options, N_ ("List the runs of a database, newest first, or the rollouts of one"),
  N_ ("Columns: run, begun, state, items done of all, mean reward, title. With RUN: rollout, item, state, reward, milliseconds, tokens, error."), run_runs,
};
