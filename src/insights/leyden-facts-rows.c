/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of rollout_facts: what lists of rollouts show (table `rollouts`), where it came from (runs, experiments, Agent Lightning's table), and the sums of
 * its fold. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-facts-writer-private.h"

#include "leyden-json.h"

#include <math.h>
#include <string.h>

#define NO_STEP G_MININT64
/* What stands before the name of a traced program in place of the id of a flow. */
#define LEYDEN_FACTS_PROGRAM "otlp:"

/* A row of `rollouts` under way to rollout_facts. Texts belong to the statement. */
typedef struct
{
  gint64      rollout, run;
  const char *name, *executor, *item, *split, *state, *error, *error_node;
  gint64      item_index, started_ns, finished_ns;
  gboolean    simulated;
  gboolean    has_agl, listed, is_train;
  gboolean    is_ahead;
  gint64      agl_created_ns;
} Row;

static void
origin_free (gpointer data)
{
  LeydenFactsOrigin *self = data;

  g_free (self->flow);
  g_free (self->title);
  g_free (self->version);
  g_free (self->dataset);
  g_free (self->dataset_name);
  g_free (self->purpose);
  g_free (self->model);
  g_free (self);
}

gboolean
leyden_facts_rows_init (LeydenFactsRows   *self,
                        LeydenFactsWriter *writer,
                        sqlite3           *db,
                        gint64             revision,
                        GError           **error)
{
  const struct { sqlite3_stmt **place; const char *text; } statements[] = {
    { &self->find, "SELECT id FROM rollouts WHERE rollout = ?1" },
    { &self->get, "SELECT id, run, rollout, executor, item, split, state, error, error_node, item_index, started_ns, finished_ns, simulated, reward, latency_ms, last_sequence "
                  "FROM rollouts WHERE id = ?1" },
    { &self->agl, "SELECT listed, is_train, created_ns FROM agl_rollouts WHERE log = ?1" },
    { &self->registrations, "SELECT count (*) FROM agl_registrations WHERE time_ns <= ?1" },
    { &self->run, "SELECT id, created_ns, definition FROM runs WHERE id = ?1" },
    { &self->experiment, "SELECT id, created_ns, definition FROM experiments WHERE experiment = ?1" },
    { &self->put,
      "INSERT INTO rollout_facts (rollout, run, executor, purpose, flow, flow_title, version, dataset, dataset_name, split, item, item_index, model, experiment, "
      "candidate, step, finished_step, is_train, state, reward, invalid, created_ns, started_ns, finished_ns, queued_ms, latency_ms, wait_ms, model_ms, tool_ms, "
      "n_model_calls, n_tool_calls, n_retries, n_cache_hits, tokens_in, tokens_out, cost, simulated, error, error_kind, error_node, deleted_ns, changed) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, "
      "?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, coalesce ((SELECT deleted_ns FROM deleted_rollouts WHERE rollout = ?1), 0), ?41) "
      "ON CONFLICT (rollout) DO UPDATE SET run = excluded.run, executor = excluded.executor, purpose = excluded.purpose, flow = excluded.flow, "
      "flow_title = excluded.flow_title, version = excluded.version, dataset = excluded.dataset, dataset_name = excluded.dataset_name, split = excluded.split, "
      "item = excluded.item, item_index = excluded.item_index, model = excluded.model, experiment = excluded.experiment, candidate = excluded.candidate, "
      "step = excluded.step, finished_step = excluded.finished_step, is_train = excluded.is_train, state = excluded.state, reward = excluded.reward, "
      "invalid = excluded.invalid, created_ns = excluded.created_ns, started_ns = excluded.started_ns, finished_ns = excluded.finished_ns, "
      "queued_ms = excluded.queued_ms, latency_ms = excluded.latency_ms, wait_ms = excluded.wait_ms, model_ms = excluded.model_ms, tool_ms = excluded.tool_ms, "
      "n_model_calls = excluded.n_model_calls, n_tool_calls = excluded.n_tool_calls, n_retries = excluded.n_retries, n_cache_hits = excluded.n_cache_hits, "
      "tokens_in = excluded.tokens_in, tokens_out = excluded.tokens_out, cost = excluded.cost, simulated = excluded.simulated, error = excluded.error, "
      "error_kind = excluded.error_kind, error_node = excluded.error_node, changed = excluded.changed" },
  };

  *self = (LeydenFactsRows) { .writer = writer, .db = db, .revision = revision };
  self->runs = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, origin_free);
  self->experiments = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, origin_free);
  self->flows = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, g_free);
  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    {
      *statements[i].place = leyden_sqlite_prepare (db, statements[i].text, error);
      if (*statements[i].place == NULL)
        return FALSE;
    }
  return TRUE;
}

void
leyden_facts_rows_clear (LeydenFactsRows *self)
{
  sqlite3_stmt *statements[] = { self->find, self->get, self->agl, self->registrations, self->run, self->experiment, self->put };

  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    sqlite3_finalize (statements[i]);
  g_hash_table_unref (self->runs);
  g_hash_table_unref (self->experiments);
  g_hash_table_unref (self->flows);
}

gboolean
leyden_facts_rows_find (LeydenFactsRows *self,
                        LeydenFactsFold *fold,
                        GError         **error)
{
  g_autoptr(GError) local = NULL;

  sqlite3_bind_text (self->find, 1, leyden_facts_fold_get_rollout (fold), -1, SQLITE_STATIC);
  leyden_facts_fold_set_id (fold, leyden_sqlite_next (self->find, &local) ? sqlite3_column_int64 (self->find, 0) : -1);
  sqlite3_reset (self->find);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- where it came from --- */

static char *
dup_member (LeydenValue *value,
            const char  *name)
{
  return g_strdup (leyden_value_get_member_string (value, name, NULL));
}

/* A traced program has no document, but is one all the same: by the name it gives itself. */
static char *
dup_flow (LeydenValue *definition)
{
  const char *program = leyden_value_get_member_string (definition, "service", NULL) != NULL ? leyden_value_get_member_string (definition, "title", NULL) : NULL;

  return program != NULL && *program != '\0' ? g_strconcat (LEYDEN_FACTS_PROGRAM, program, NULL) : dup_member (definition, "flow_id");
}

static LeydenFactsOrigin *
read_origin (sqlite3_stmt *statement,
             GError      **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(LeydenValue) definition = NULL;
  LeydenFactsOrigin *origin = g_new0 (LeydenFactsOrigin, 1);
  LeydenValue *dataset;

  if (leyden_sqlite_next (statement, &local))
    {
      origin->id = sqlite3_column_int64 (statement, 0);
      origin->created_ns = sqlite3_column_int64 (statement, 1);
      definition = leyden_json_parse ((const char *) sqlite3_column_text (statement, 2), sqlite3_column_bytes (statement, 2), NULL, NULL);
    }
  sqlite3_reset (statement);
  if (local != NULL)
    {
      origin_free (origin);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  dataset = leyden_value_get_member (definition, "dataset");
  origin->flow = dup_flow (definition);
  origin->title = dup_member (definition, "title");
  origin->version = dup_member (definition, "flow_hash");
  origin->purpose = dup_member (definition, "purpose");
  origin->model = dup_member (leyden_value_get_member (definition, "model"), "model");
  origin->dataset = dup_member (dataset, "sha256");
  origin->dataset_name = dup_member (dataset, "name");
  return origin;
}

static gboolean
find_run (LeydenFactsRows          *self,
          gint64                    run,
          const LeydenFactsOrigin **out,
          GError                  **error)
{
  LeydenFactsOrigin *origin = g_hash_table_lookup (self->runs, &run);

  if (origin == NULL)
    {
      sqlite3_bind_int64 (self->run, 1, run);
      origin = read_origin (self->run, error);
      if (origin == NULL)
        return FALSE;
      g_hash_table_insert (self->runs, g_memdup2 (&run, sizeof run), origin);
    }
  *out = origin;
  return TRUE;
}

static gboolean
find_experiment (LeydenFactsRows          *self,
                 const char               *experiment,
                 const LeydenFactsOrigin **out,
                 GError                  **error)
{
  LeydenFactsOrigin *origin = g_hash_table_lookup (self->experiments, experiment);

  if (origin == NULL)
    {
      sqlite3_bind_text (self->experiment, 1, experiment, -1, SQLITE_STATIC);
      origin = read_origin (self->experiment, error);
      if (origin == NULL)
        return FALSE;
      g_hash_table_insert (self->experiments, g_strdup (experiment), origin);
    }
  *out = origin;
  return TRUE;
}

/* A log of Agent Lightning's: as its API has it. */
static gboolean
read_agl (LeydenFactsRows *self,
          Row             *row,
          GError         **error)
{
  g_autoptr(GError) local = NULL;

  sqlite3_bind_text (self->agl, 1, row->name, -1, SQLITE_STATIC);
  row->has_agl = leyden_sqlite_next (self->agl, &local);
  if (row->has_agl)
    {
      row->listed = sqlite3_column_int (self->agl, 0) != 0;
      row->is_train = sqlite3_column_int (self->agl, 1) != 0;
      row->agl_created_ns = sqlite3_column_int64 (self->agl, 2);
    }
  sqlite3_reset (self->agl);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* How many registrations of models there were up to then: the step of a training from outside. NO_STEP: none. */
static gboolean
count_registrations (LeydenFactsRows *self,
                     gint64           time_ns,
                     gint64          *step,
                     GError         **error)
{
  g_autoptr(GError) local = NULL;

  sqlite3_bind_int64 (self->registrations, 1, time_ns);
  *step = leyden_sqlite_next (self->registrations, &local) ? sqlite3_column_int64 (self->registrations, 0) : 0;
  if (*step == 0)
    *step = NO_STEP;
  sqlite3_reset (self->registrations);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static const char *
choose_purpose (const Row               *row,
                const LeydenFactsTotals *totals,
                const LeydenFactsOrigin *origin)
{
  if (totals->experiment != NULL)
    return "experiment";
  if (strcmp (row->executor, "otlp") == 0)
    return "otlp";
  if (strcmp (row->executor, "mirror") == 0)
    return "trainer";
  if (strcmp (row->executor, "agl") == 0)
    return row->has_agl && !row->listed ? "attached" : "trainer";
  if (totals->is_try || (origin != NULL && g_strcmp0 (origin->purpose, "try") == 0))
    return "try";
  return "run";
}

/* What is traced was created elsewhere, at a time that nobody told; of what is mirrored its server tells. */
static gint64
choose_creation (const Row               *row,
                 const LeydenFactsTotals *totals,
                 const LeydenFactsOrigin *origin)
{
  gint64 first_ns = row->started_ns > 0 ? row->started_ns : totals->first_ns;

  if (totals->created_ns > 0)
    return totals->created_ns;
  if (row->has_agl)
    return row->agl_created_ns;
  if (strcmp (row->executor, "leyden") == 0 && row->run != 0 && origin != NULL && (first_ns == 0 || origin->created_ns < first_ns))
    return origin->created_ns;
  return first_ns;
}

/* --- the row --- */

static void
bind_double (sqlite3_stmt *statement,
             int           index,
             double        value)
{
  if (isfinite (value))
    sqlite3_bind_double (statement, index, value);
  else
    sqlite3_bind_null (statement, index);
}

/* @column −1: nothing. */
static void
bind_column (sqlite3_stmt *statement,
             int           index,
             sqlite3_stmt *from,
             int           column)
{
  if (column < 0 || sqlite3_column_type (from, column) == SQLITE_NULL)
    sqlite3_bind_null (statement, index);
  else
    bind_double (statement, index, sqlite3_column_double (from, column));
}

static void
bind_step (sqlite3_stmt *statement,
           int           index,
           gint64        step)
{
  if (step != NO_STEP)
    sqlite3_bind_int64 (statement, index, step);
  else
    sqlite3_bind_null (statement, index);
}

static gboolean
bind_names (LeydenFactsRows         *self,
            const Row               *row,
            const LeydenFactsTotals *totals,
            const LeydenFactsOrigin *origin,
            GError                 **error)
{
  g_autoptr(GRefString) error_node = leyden_facts_collapse_path (row->error_node);
  const struct { int index; const char *name; } names[] = {
    { 5, origin != NULL ? origin->flow : NULL },
    { 7, origin != NULL && origin->version != NULL ? origin->version : totals->version },
    { 8, origin != NULL ? origin->dataset : NULL },
    { 13, totals->model != NULL ? totals->model : origin != NULL ? origin->model : NULL },
    { 15, totals->candidate },
    { 39, totals->error_kind },
    { 40, error_node },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gint64 id;

      if (!leyden_facts_writer_get_name (self->writer, self->db, names[i].name, &id, error))
        return FALSE;
      leyden_facts_bind_id (self->put, names[i].index, id);
    }
  return TRUE;
}

static gboolean
bind_steps (LeydenFactsRows         *self,
            const Row               *row,
            const LeydenFactsTotals *totals,
            gint64                   created_ns,
            GError                 **error)
{
  gint64 step = totals->step, finished_step = totals->finished_step;

  if (row->has_agl && row->listed)
    {
      gint64 registered, ended;

      if (!count_registrations (self, created_ns, &registered, error) || !count_registrations (self, row->finished_ns, &ended, error))
        return FALSE;
      if (registered != NO_STEP)
        step = registered;
      if (registered != NO_STEP && ended != NO_STEP)
        finished_step = ended;
    }
  bind_step (self->put, 16, step);
  bind_step (self->put, 17, row->finished_ns > 0 ? finished_step : NO_STEP);
  return TRUE;
}

static gboolean
bind_row (LeydenFactsRows         *self,
          const Row               *row,
          const LeydenFactsTotals *totals,
          const LeydenFactsOrigin *origin,
          GError                 **error)
{
  sqlite3_stmt *put = self->put;
  gint64 created_ns = choose_creation (row, totals, origin);
  gboolean is_train = totals->is_train >= 0 ? totals->is_train : row->has_agl ? row->is_train : g_strcmp0 (row->split, "train") == 0;

  sqlite3_bind_int64 (put, 1, row->rollout);
  leyden_facts_bind_id (put, 2, row->run);
  leyden_facts_bind_text (put, 3, row->executor);
  leyden_facts_bind_text (put, 4, choose_purpose (row, totals, origin));
  leyden_facts_bind_text (put, 6, origin != NULL ? origin->title : NULL);
  leyden_facts_bind_text (put, 9, origin != NULL ? origin->dataset_name : NULL);
  leyden_facts_bind_text (put, 10, row->split);
  leyden_facts_bind_text (put, 11, totals->item != NULL ? totals->item : row->item);
  sqlite3_bind_int64 (put, 12, row->item_index);
  leyden_facts_bind_id (put, 14, totals->experiment != NULL && origin != NULL ? origin->id : 0);
  sqlite3_bind_int64 (put, 18, is_train);
  leyden_facts_bind_text (put, 19, row->state);
  bind_column (put, 20, self->get, row->is_ahead ? -1 : 13);
  sqlite3_bind_int64 (put, 21, totals->invalid);
  sqlite3_bind_int64 (put, 22, created_ns);
  sqlite3_bind_int64 (put, 23, row->started_ns);
  sqlite3_bind_int64 (put, 24, row->finished_ns);
  bind_double (put, 25, row->started_ns > 0 ? MAX (0, (double) (row->started_ns - created_ns) / 1e6) : NAN);
  bind_column (put, 26, self->get, row->is_ahead ? -1 : 14);
  sqlite3_bind_double (put, 27, totals->wait_ms);
  sqlite3_bind_double (put, 28, totals->model_ms);
  sqlite3_bind_double (put, 29, totals->tool_ms);
  sqlite3_bind_int64 (put, 30, totals->n_model_calls);
  sqlite3_bind_int64 (put, 31, totals->n_tool_calls);
  sqlite3_bind_int64 (put, 32, totals->n_retries);
  sqlite3_bind_int64 (put, 33, totals->n_cache_hits);
  sqlite3_bind_int64 (put, 34, totals->tokens_in);
  sqlite3_bind_int64 (put, 35, totals->tokens_out);
  sqlite3_bind_double (put, 36, totals->cost);
  sqlite3_bind_int64 (put, 37, row->simulated);
  leyden_facts_bind_text (put, 38, row->error);
  sqlite3_bind_int64 (put, 41, self->revision);
  return bind_names (self, row, totals, origin, error) && bind_steps (self, row, totals, created_ns, error);
}

static const char *
column_text (sqlite3_stmt *statement,
             int           column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

static void
read_row (LeydenFactsRows *self,
          Row             *row)
{
  *row = (Row) {
    .rollout = sqlite3_column_int64 (self->get, 0), .run = sqlite3_column_int64 (self->get, 1), .name = column_text (self->get, 2),
    .executor = column_text (self->get, 3), .item = column_text (self->get, 4), .split = column_text (self->get, 5), .state = column_text (self->get, 6),
    .error = column_text (self->get, 7), .error_node = column_text (self->get, 8), .item_index = sqlite3_column_int64 (self->get, 9),
    .started_ns = sqlite3_column_int64 (self->get, 10), .finished_ns = sqlite3_column_int64 (self->get, 11), .simulated = sqlite3_column_int (self->get, 12) != 0,
  };
}

/* The row of a list may be ahead of the records that facts were made of: it is not said to have ended before its last calls are counted. */
static void
hold_back (LeydenFactsRows         *self,
           Row                     *row,
           LeydenFactsFold         *fold,
           const LeydenFactsTotals *totals)
{
  row->is_ahead = !totals->ended && sqlite3_column_int64 (self->get, 15) > (gint64) leyden_facts_fold_get_sequence (fold);
  if (!row->is_ahead)
    return;
  row->state = "running";
  row->error = row->error_node = NULL;
  row->finished_ns = 0;
}

/* What comes from outside for a rollout of ours stands in a log beside, which is no rollout of its own. */
static gboolean
is_beside (const Row *row)
{
  return row->has_agl && !row->listed && g_str_has_suffix (row->name, "/events");
}

static gboolean
has_facts (LeydenFactsRows *self,
           gint64           rollout)
{
  g_autofree char *text = g_strdup_printf ("SELECT 1 FROM rollout_facts WHERE rollout = %" G_GINT64_FORMAT, rollout);
  sqlite3_stmt *statement = leyden_sqlite_prepare (self->db, text, NULL);
  gboolean found = statement != NULL && leyden_sqlite_next (statement, NULL);

  sqlite3_finalize (statement);
  return found;
}

static gboolean
write_read (LeydenFactsRows *self,
            LeydenFactsFold *fold,
            GError         **error)
{
  LeydenFactsTotals none = { .step = NO_STEP, .finished_step = NO_STEP, .is_train = -1 };
  const LeydenFactsTotals *totals = fold != NULL ? leyden_facts_fold_get_totals (fold) : &none;
  const LeydenFactsOrigin *origin = NULL;
  Row row;

  read_row (self, &row);
  if (strcmp (row.executor, "agl") == 0 && !read_agl (self, &row, error))
    return FALSE;
  if (is_beside (&row) || (fold == NULL && has_facts (self, row.rollout)))
    return TRUE;
  if (totals->experiment != NULL ? !find_experiment (self, totals->experiment, &origin, error)
                                 : row.run != 0 && !find_run (self, row.run, &origin, error))
    return FALSE;
  if (fold != NULL)
    hold_back (self, &row, fold, totals);
  if (fold != NULL)
    g_hash_table_insert (self->flows, fold, g_strdup (origin != NULL && origin->flow != NULL ? origin->flow : ""));
  return bind_row (self, &row, totals, origin, error) && leyden_sqlite_finish (self->put, error);
}

gboolean
leyden_facts_rows_write (LeydenFactsRows *self,
                         gint64           rollout,
                         LeydenFactsFold *fold,
                         GError         **error)
{
  g_autoptr(GError) local = NULL;
  gboolean ok;

  sqlite3_bind_int64 (self->get, 1, rollout);
  ok = !leyden_sqlite_next (self->get, &local) || write_read (self, fold, &local);
  sqlite3_reset (self->get);
  if (ok && local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
