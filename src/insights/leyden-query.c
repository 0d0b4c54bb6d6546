/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-column-cache.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-answers.h"
#include "leyden-budgets.h"
#include "leyden-json.h"
#include "leyden-store-sql.h"

/* Columns in memory: so much at most, and so long after the last question that read one. */
#define CACHE_MAX_BYTES ((gsize)384 * 1024 * 1024)
#define CACHE_IDLE_S    600

static gboolean
is_sql (LeydenValue *query)
{
  return leyden_value_get_member (query, "sql") != NULL;
}

static gboolean
check_sql (LeydenValue  *query,
           GError      **error)
{
  const char *text = leyden_value_get_member_string (query, "sql", NULL);
  gint64 from = leyden_value_get_member_int (query, "from", 0), to = leyden_value_get_member_int (query, "to", LEYDEN_TIME_MAX);

  if (text != NULL && *text != '\0' && strlen (text) <= LEYDEN_SQL_MAX_TEXT && from >= 0 && to <= LEYDEN_TIME_MAX)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“sql” is a text of at most %d bytes, “from” and “to” are ns since 1970"),
               LEYDEN_SQL_MAX_TEXT);
  return FALSE;
}

gboolean
leyden_query_check (LeydenValue  *query,
                    GError      **error)
{
  g_autoptr(LeydenQuery) parsed = NULL;

  if (is_sql (query))
    return check_sql (query, error);
  parsed = leyden_query_parse (query, g_get_real_time () * 1000, error);
  return parsed != NULL;
}

/* What a success is worth, by flow; NULL for those of which it is not set. FALSE: it is set for none. */
static gboolean
add_value_sql (LeydenSqlText *sql,
               LeydenValue   *budgets)
{
  LeydenValue *values = leyden_value_get_member (budgets, "value_per_success");
  guint n = 0;

  leyden_sql_text_add (sql, "CASE r.flow");
  for (guint i = 0; i < leyden_value_get_size (values); i++)
    {
      g_autoptr(LeydenValue) flow = leyden_value_new_string (leyden_value_get_key (values, i), -1);

      if (leyden_value_get_kind (leyden_value_get_item (values, i)) != LEYDEN_VALUE_NUMBER)
        continue;
      leyden_sql_text_add (sql, " WHEN (SELECT id FROM main.names WHERE name = ");
      leyden_sql_text_add_value (sql, flow);
      leyden_sql_text_add (sql, ") THEN ");
      leyden_sql_text_add_value (sql, leyden_value_get_item (values, i));
      n++;
    }
  /* A CASE without a WHEN is none. */
  leyden_sql_text_add (sql, n == 0 ? " WHEN NULL THEN NULL END" : " END");
  return n > 0;
}

static LeydenColumns *
read_values (sqlite3            *db,
             const LeydenQuery  *query,
             gint64              from,
             gint64              to,
             gboolean           *is_worthless,
             GError            **error)
{
  LeydenRead read = { .from = from, .to = to };
  g_autoptr(LeydenSqlText) sql = NULL;

  for (guint k = 0; k < query->n_split; k++)
    read.keys[read.n_keys++] = query->split[k]->column;
  if (query->shape == LEYDEN_SHAPE_STEP)
    read.keys[read.n_keys++] = g_str_equal (query->measure->name, LEYDEN_MEASURE_CARRY_OVER) ? "r.finished_step" : "r.step";
  if (query->measure->value == NULL)
    {
      gboolean is_roi = query->measure->kind == LEYDEN_MEASURE_RATIO;
      g_autoptr(LeydenValue) budgets = leyden_budgets_read (db);

      sql = leyden_sql_text_new (is_roi ? "(" : "");
      *is_worthless = !add_value_sql (sql, budgets);
      leyden_sql_text_add (sql, is_roi ? ") * (r.state = 'succeeded') - r.cost" : "");
      read.value_sql = sql;
    }
  return leyden_columns_read (db, query, &read, error);
}

static LeydenColumns *
read_columns (sqlite3            *db,
              const LeydenQuery  *query,
              gint64              from,
              gint64              to,
              gboolean           *is_worthless,
              GError            **error)
{
  switch ((int)query->measure->kind)
    {
    case LEYDEN_MEASURE_SPREAD:
      return leyden_query_read_spread (db, query, from, to, error);
    case LEYDEN_MEASURE_PHASES:
      return leyden_query_read_phases (db, query, from, to, error);
    default:
      return read_values (db, query, from, to, is_worthless, error);
    }
}

/* The answer with one more warning. */
static LeydenValue *
warn (LeydenValue *answer,
      const char  *text)
{
  LeydenValue *warnings = leyden_value_get_member (answer, "warnings");
  g_autoptr(LeydenValue) warning = leyden_value_new_string (text, -1);
  g_autoptr(LeydenValue) more = leyden_value_with_item (warnings, leyden_value_get_size (warnings), warning);
  LeydenValue *warned = leyden_value_with_member (answer, "warnings", more);

  leyden_value_unref (answer);
  return warned;
}

/* How many credits of the simulation there are; NaN: the metric does not tell. */
static double
sum_credits (const LeydenQuery   *query,
             const LeydenColumns *columns)
{
  const double *costs = columns->money == LEYDEN_MONEY_RETURNS ? columns->divisor : query->measure->value != NULL ? columns->value : NULL;
  LeydenCell cell;

  if (costs == NULL)
    return NAN;
  leyden_cell_init (&cell);
  for (guint i = 0; i < columns->n; i++)
    if (columns->simulated[i])
      leyden_cell_add_sum (&cell, costs[i]);
  return leyden_cell_get_sum (&cell);
}

/* Real money where there is any, else credits: never both in one number. (transfer full) (nullable): what was left out, in words. */
static char *
settle_money (const LeydenQuery *query,
              LeydenColumns     *columns,
              gboolean          *is_simulated)
{
  double credits;
  g_autofree char *number = NULL;

  *is_simulated = FALSE;
  if (columns->money == LEYDEN_MONEY_NONE || columns->n_simulated == 0)
    return NULL;
  *is_simulated = !query->real_only && columns->n == columns->n_simulated + columns->n_free;
  if (*is_simulated)
    return NULL;
  credits = sum_credits (query, columns);
  leyden_columns_keep_money (columns, FALSE);
  if (isnan (credits))
    return g_strdup (_("Without what is simulated."));
  if (credits == 0)
    return NULL;
  number = g_strdup_printf (fabs (credits) < 0.1 ? "%.4f" : "%.2f", credits);
  return g_strdup_printf (_("Without %s credits of simulated calls."), number);
}

static LeydenValue *
run_rows (sqlite3      *db,
          LeydenQuery  *query,
          GError      **error)
{
  gboolean is_worthless = FALSE;
  g_autoptr(LeydenColumns) columns = read_columns (db, query, query->from, query->to, &is_worthless, error);
  g_autoptr(LeydenColumns) previous = NULL;
  const LeydenMeasure *asked = query->measure;
  LeydenMeasure measure = *asked;
  gint64 before = 0;
  gboolean is_simulated;
  g_autofree char *left_out = NULL;
  LeydenValue *answer;

  if (columns == NULL)
    return NULL;
  left_out = settle_money (query, columns, &is_simulated);
  /* Stretches of time begin with the first row, if there is one. */
  query->next = query->from == 0 && columns->first == 0 && query->shape != LEYDEN_SHAPE_VALUE && query->shape != LEYDEN_SHAPE_STEP ? 0 : columns->next;
  if (query->from == 0)
    query->from = columns->first > 0 ? MIN (columns->first, query->to - 1) : MAX (query->to - 86400 * LEYDEN_NS_PER_S, 0);
  if (query->compare)
    {
      before = leyden_query_get_previous (query);
      previous = read_columns (db, query, before, MIN (before + (query->to - query->from), query->from), &is_worthless, error);
      if (previous == NULL)
        return NULL;
      if (previous->money != LEYDEN_MONEY_NONE)
        leyden_columns_keep_money (previous, is_simulated);
    }
  if (measure.kind == LEYDEN_MEASURE_SPREAD)
    measure.kind = g_str_equal (measure.name, "no-signal") ? LEYDEN_MEASURE_FLAGS : LEYDEN_MEASURE_VALUES;
  else if (measure.kind == LEYDEN_MEASURE_PHASES)
    measure.kind = LEYDEN_MEASURE_VALUES;
  query->measure = &measure;
  answer = leyden_query_shape (db, query, columns, previous, before, error);
  query->measure = asked;
  if (answer != NULL && left_out != NULL)
    answer = warn (answer, left_out);
  return answer != NULL && is_worthless ? warn (answer, _("It is not set what a success is worth.")) : answer;
}

LeydenValue *
leyden_query_run (sqlite3      *db,
                  LeydenValue  *query,
                  gint64        now_ns,
                  GError      **error)
{
  return leyden_query_run_cached (db, NULL, query, now_ns, error);
}

/* Money is told in the currency that the user has set. */
static LeydenValue *
add_currency (LeydenValue *answer,
              sqlite3     *db)
{
  g_autoptr(LeydenValue) budgets = NULL;
  g_autoptr(LeydenValue) currency = NULL;
  LeydenValue *told;

  if (g_strcmp0 (leyden_value_get_member_string (answer, "unit", NULL), "currency") != 0
      && g_strcmp0 (leyden_value_get_member_string (answer, "value_unit", NULL), "currency") != 0)
    return answer;
  budgets = leyden_budgets_read (db);
  currency = leyden_value_new_string (leyden_value_get_member_string (budgets, "currency", "USD"), -1);
  told = leyden_value_with_member (answer, "currency", currency);
  leyden_value_unref (answer);
  return told;
}

static LeydenValue *
run_measure (sqlite3      *db,
             LeydenQuery  *query,
             GError      **error)
{
  switch (query->measure->kind)
    {
    case LEYDEN_MEASURE_SPANS: return leyden_query_run_spans (db, query, error);
    case LEYDEN_MEASURE_BUDGET: return leyden_query_run_budget (db, query, error);
    case LEYDEN_MEASURE_DRIFT: return leyden_query_run_drift (db, query, error);
    case LEYDEN_MEASURE_POINTS: return leyden_query_run_points (db, query, error);
    case LEYDEN_MEASURE_VALUES:
    case LEYDEN_MEASURE_FLAGS:
    case LEYDEN_MEASURE_EVENTS:
    case LEYDEN_MEASURE_RATIO:
    case LEYDEN_MEASURE_SPREAD:
    case LEYDEN_MEASURE_PHASES:
    default: return run_rows (db, query, error);
    }
}

static LeydenValue *
run_sql (sqlite3        *db,
         LeydenAnswers  *answers,
         LeydenValue    *query,
         gint64          now_ns,
         GError        **error)
{
  gint64 to = leyden_value_get_member_int (query, "to", now_ns);
  gint64 from = leyden_value_get_member_int (query, "from", to - 86400 * LEYDEN_NS_PER_S);
  g_auto(LeydenAnswerState) state = { NULL };
  LeydenValue *answer = answers != NULL ? leyden_answers_find_sql (answers, db, query, from, to, &state) : NULL;

  if (answer != NULL)
    return answer;
  answer = leyden_query_run_sql (db, query, from, to, error);
  if (answer != NULL && answers != NULL)
    leyden_answers_keep_sql (answers, &state, from, to, answer);
  return answer;
}

LeydenValue *
leyden_query_run_cached (sqlite3           *db,
                         LeydenColumnCache *cache,
                         LeydenValue       *query,
                         gint64             now_ns,
                         GError           **error)
{
  LeydenAnswers *answers = cache != NULL ? leyden_column_cache_get_answers (cache) : NULL;
  g_autoptr(LeydenQuery) parsed = NULL;
  g_auto(LeydenAnswerState) state = { NULL };
  LeydenValue *answer = NULL;

  if (is_sql (query))
    return check_sql (query, error) ? run_sql (db, answers, query, now_ns, error) : NULL;
  parsed = leyden_query_parse (query, now_ns, error);
  if (parsed == NULL)
    return NULL;
  parsed->cache = cache;
  if (answers != NULL && (answer = leyden_answers_find (answers, db, query, parsed, &state)) != NULL)
    return answer;
  answer = run_measure (db, parsed, error);
  if (answer == NULL)
    return NULL;
  answer = add_currency (answer, db);
  if (answers != NULL)
    leyden_answers_keep (answers, &state, parsed, answer);
  return answer;
}

LeydenValue *
leyden_query_run_held (sqlite3            *db,
                       LeydenColumnCache  *held,
                       LeydenValue        *query,
                       gint64              now_ns,
                       GError            **error)
{
  g_autoptr(LeydenQuery) parsed = NULL;
  LeydenValue *answer;

  if (is_sql (query))
    return leyden_query_run_cached (db, NULL, query, now_ns, error);
  parsed = leyden_query_parse (query, now_ns, error);
  if (parsed == NULL)
    return NULL;
  parsed->cache = held;
  parsed->held_only = TRUE;
  parsed->real_only = TRUE;
  answer = run_measure (db, parsed, error);
  return answer != NULL ? add_currency (answer, db) : NULL;
}

/* ---- In threads of a store, which has the columns of its facts ---- */

typedef struct
{
  LeydenColumnCache *cache;
  GSource           *trim;              /* nullable: while something was asked lately */
} Memory;

static gboolean
trim_cb (gpointer data)
{
  Memory *self = data;

  leyden_column_cache_trim (self->cache, CACHE_IDLE_S * G_USEC_PER_SEC);
  if (leyden_column_cache_get_bytes (self->cache) > 0)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->trim, g_source_unref);
  return G_SOURCE_REMOVE;
}

static void
memory_free (gpointer data)
{
  Memory *self = data;

  if (self->trim != NULL)
    g_source_destroy (self->trim);
  g_clear_pointer (&self->trim, g_source_unref);
  leyden_column_cache_unref (self->cache);
  g_free (self);
}

static LeydenColumnCache *
get_cache (LeydenSqliteStore *store)
{
  Memory *memory = g_object_get_data (G_OBJECT (store), "leyden-column-cache");

  if (memory == NULL)
    {
      memory = g_new0 (Memory, 1);
      memory->cache = leyden_column_cache_new (CACHE_MAX_BYTES);
      g_object_set_data_full (G_OBJECT (store), "leyden-column-cache", memory, memory_free);
    }
  if (memory->trim == NULL)
    {
      memory->trim = g_timeout_source_new_seconds (CACHE_IDLE_S / 4);
      g_source_set_callback (memory->trim, trim_cb, memory, NULL);
      g_source_attach (memory->trim, g_main_context_get_thread_default ());
    }
  return memory->cache;
}

LeydenColumnCache *
leyden_query_dup_held (LeydenSqliteStore *store)
{
  Memory *memory = g_object_get_data (G_OBJECT (store), "leyden-column-cache");

  return memory != NULL ? leyden_column_cache_ref (memory->cache) : NULL;
}

typedef struct
{
  LeydenColumnCache *cache;
  LeydenValue       *query;
} Asked;

static void
asked_free (gpointer data)
{
  Asked *self = data;

  leyden_column_cache_unref (self->cache);
  leyden_value_unref (self->query);
  g_free (self);
}

static gpointer
run_in_thread (sqlite3       *db,
               gpointer       data,
               GCancellable  *cancellable,
               GError       **error)
{
  Asked *asked = data;

  return leyden_query_run_cached (db, asked->cache, asked->query, g_get_real_time () * 1000, error);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  g_autoptr(GError) error = NULL;
  LeydenValue *answer = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify)leyden_value_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
leyden_query_run_async (LeydenSqliteStore   *store,
                        LeydenValue         *query,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             data)
{
  GTask *task;
  Asked *asked;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (store));

  task = g_task_new (store, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_query_run_async);
  asked = g_new (Asked, 1);
  *asked = (Asked) { leyden_column_cache_ref (get_cache (store)), leyden_value_ref (query) };
  leyden_sqlite_store_select_async (store, run_in_thread, asked, asked_free, (GDestroyNotify)leyden_value_unref, is_sql (query) ? LEYDEN_SQL_LIMIT_MS : LEYDEN_QUERY_LIMIT_MS,
                                    cancellable, answered_cb, task);
}

LeydenValue *
leyden_query_run_finish (LeydenSqliteStore  *store,
                         GAsyncResult       *result,
                         GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
