/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "log-helpers.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-store-change.h"
#include "leyden-store-sql.h"

/* --- logs at random --- */

typedef struct
{
  LeydenRolloutRow *row;
  guint64           sequence;
  guint             attempt;
  gboolean          ended;
  guint             n_rounds;
} Grown;

static void
grown_free (gpointer data)
{
  Grown *self = data;

  leyden_rollout_row_free (self->row);
  g_free (self);
}

LogWriter *
log_writer_new (LeydenStore *store,
                guint64      seed)
{
  LogWriter *self = g_new0 (LogWriter, 1);

  self->store = g_object_ref (store);
  leyden_random_init (&self->random, seed);
  self->rollouts = g_ptr_array_new_with_free_func (grown_free);
  self->now_ns = G_GINT64_CONSTANT (1790000000000000000);
  return self;
}

void
log_writer_free (LogWriter *self)
{
  log_writer_wait (self);
  g_ptr_array_unref (self->rollouts);
  g_object_unref (self->store);
  g_free (self);
}

static guint
below (LogWriter *self,
       guint      n)
{
  return (guint) (leyden_random_u01 (&self->random) * n);
}

static void
add (LogWriter  *self,
     Grown      *grown,
     GPtrArray  *records,
     const char *type,
     const char *node,
     const char *format,
     ...) G_GNUC_PRINTF (6, 7);

/* Payloads in single quotes. */
static void
add (LogWriter  *self,
     Grown      *grown,
     GPtrArray  *records,
     const char *type,
     const char *node,
     const char *format,
     ...)
{
  g_autoptr(LeydenValue) payload = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  char attempt[12];
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (text, "'", '"');
  payload = leyden_json_parse (text, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, &error);
  g_assert_no_error (error);
  g_snprintf (attempt, sizeof attempt, "%u", grown->attempt);
  /* Mostly forwards, at times back, as clocks do. */
  self->now_ns += (gint64) below (self, 40000000) - 1000000;
  g_ptr_array_add (records, leyden_record_new (grown->row->rollout, attempt, ++grown->sequence, self->now_ns, "engine", type, node, payload));
}

static void
add_answer (LogWriter  *self,
            Grown      *grown,
            GPtrArray  *records,
            const char *node)
{
  guint ordinal = below (self, 2);

  add (self, grown, records, "model.request", node, "{'ordinal':%u,'request':{'endpoint':'e%u','body':{'model':'m%u'}}}", ordinal, below (self, 2), below (self, 3));
  switch (below (self, 6))
    {
    case 0:
      add (self, grown, records, "model.response", node, "{'ordinal':%u,'error':{'code':'rate-limit','message':'slow down'}}", ordinal);
      break;
    case 1:
      add (self, grown, records, "cache.hit", node, "{'ordinal':%u}", ordinal);
      G_GNUC_FALLTHROUGH;
    case 2:
      add (self, grown, records, "model.response", node, "{'ordinal':%u,'answer':{'model':'m9','usage':{'prompt_tokens':%u,'completion_tokens':7}}}", ordinal,
           below (self, 900));
      break;
    case 3:
      add (self, grown, records, "model.response", node, "{'ordinal':%u,'from':{'rollout':'x'},'answer':{'usage':{'prompt_tokens':5},'cost':1,'latency_ms':3}}", ordinal);
      break;
    case 4:
      break;
    default:
      add (self, grown, records, "model.response", node,
           "{'ordinal':%u,'answer':{'usage':{'prompt_tokens':%u,'completion_tokens':3},'cost':0.25,'simulated':true,'latency_ms':%u,'first_token_ms':2.5}}",
           ordinal, below (self, 90), below (self, 4000));
    }
}

static void
add_points (LogWriter *self,
            Grown     *grown,
            GPtrArray *records)
{
  static const char * const rewards[] = { "1", "0.5", "-2", "1e999", "null", "'high'", "1e-3", "0.5" };
  const char *reward = rewards[below (self, G_N_ELEMENTS (rewards))];

  switch (below (self, 4))
    {
    case 0:
      add (self, grown, records, "reward", "", "{'value':%s,'parts':{'a':%u,'b':'x','c':0.5}}", reward, below (self, 3));
      break;
    case 1:
      add (self, grown, records, "agl.event", "", "{'event_type':'reward','data':{'value':%s}}", reward);
      break;
    case 2:
      add (self, grown, records, "agl.event", "", "{'event_type':'metric','data':{'name':'loss','value':%s,'step':%u}}", reward, below (self, 50));
      break;
    default:
      add (self, grown, records, "agl.event", "", "{'event_type':'model_request','data':{'model':'policy','model_version':'%u','status':'%s','retry_count':%u,"
           "'latency_ms':12.5,'usage':{'prompt_tokens':11,'completion_tokens':2},'server':{'endpoint':'http://a'}}}", below (self, 9),
           below (self, 3) ? "ok" : "error", below (self, 2));
      return;
    }
  if (below (self, 3) == 0)
    return;
  if (strcmp (reward, "1e999") != 0 && *reward != 'n' && *reward != '\'')
    grown->row->reward = g_ascii_strtod (reward, NULL);
}

static void
add_node (LogWriter *self,
          Grown     *grown,
          GPtrArray *records)
{
  static const char * const ends[] = { "node.finished", "node.finished", "node.failed", "node.cancelled" };
  g_autofree char *node = g_strdup_printf (below (self, 2) ? "map[%u]/solve" : "node%u", below (self, 4));
  g_autofree char *turn = g_strdup_printf ("%s#%u", node, below (self, 3));
  g_autofree char *tool = g_strdup_printf ("%s/calc", turn);
  const char *end = ends[below (self, G_N_ELEMENTS (ends))];

  if (below (self, 12) == 0)
    {
      add (self, grown, records, "node.skipped", node, "{}");
      return;
    }
  add (self, grown, records, "node.started", node, "{'inputs':{}}");
  if (below (self, 3) == 0)
    add_answer (self, grown, records, turn);
  if (below (self, 5) == 0)
    {
      add (self, grown, records, "tool.called", tool, "{'ordinal':0,'request':{'name':'calculator'}}");
      add (self, grown, records, "tool.returned", tool, "{'ordinal':0,'answer':{'value':1}}");
    }
  if (below (self, 8) == 0)
    add (self, grown, records, "node.waiting", node, "{'reason':'rate-limit'}");
  if (below (self, 8) == 0)
    {
      add (self, grown, records, "node.retried", node, "{'try':2,'wait_ms':5,'error':{'code':'unavailable'}}");
      add (self, grown, records, "node.started", node, "{'inputs':{},'try':2}");
    }
  if (below (self, 10) == 0)
    add_answer (self, grown, records, node);
  if (below (self, 10) > 0)
    add (self, grown, records, end, node, strcmp (end, "node.failed") == 0 ? "{'error':{'code':'value','message':'no'}}" : "{'outputs':{}}");
}

static void
set_text (char      **place,
          const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static void
add_start (LogWriter *self,
           Grown     *grown,
           GPtrArray *records)
{
  add (self, grown, records, "rollout.started", "", "{'flow':'f%u','input':'i','seed':1,'executor':'leyden','item':'%s'}", below (self, 2), grown->row->item);
  grown->row->started_ns = self->now_ns;
  set_text (&grown->row->state, "running");
}

static void
add_end (LogWriter *self,
         Grown     *grown,
         GPtrArray *records)
{
  gboolean failed = below (self, 3) == 0;

  add (self, grown, records, "rollout.finished", "", failed ? "{'state':'failed','error':{'code':'value','message':'no','node':'map[2]/solve'},'latency_ms':12}"
                                                            : "{'state':'succeeded','latency_ms':12}");
  set_text (&grown->row->state, failed ? "failed" : "succeeded");
  set_text (&grown->row->error, failed ? "no" : NULL);
  set_text (&grown->row->error_node, failed ? "map[2]/solve" : NULL);
  grown->row->finished_ns = self->now_ns;
  grown->row->latency_ms = 12;
  grown->ended = TRUE;
}

static void
add_pause (LogWriter *self,
           Grown     *grown,
           GPtrArray *records)
{
  add (self, grown, records, "rollout.paused", "", "{'reason':'breakpoint'}");
  if (below (self, 2))
    add (self, grown, records, "rollout.resumed", "", "{}");
}

/* A lease that was taken over: all begins again. */
static void
add_attempt (LogWriter *self,
             Grown     *grown,
             GPtrArray *records)
{
  grown->attempt++;
  grown->row->reward = NAN;
  grown->ended = FALSE;
  add_start (self, grown, records);
}

static void
appended_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  LogWriter *self = data;
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_store_append_finish (LEYDEN_STORE (object), result, &error));
  g_assert_no_error (error);
  self->n_pending--;
}

static Grown *
begin (LogWriter *self,
       GPtrArray *records)
{
  Grown *grown = g_new0 (Grown, 1);

  grown->row = leyden_rollout_row_new ();
  grown->row->rollout = g_strdup_printf ("r-%u", self->rollouts->len);
  grown->row->index = self->rollouts->len;
  set_text (&grown->row->executor, "leyden");
  grown->row->item = g_strdup_printf ("item-%u", self->rollouts->len % 7);
  grown->row->split = g_strdup (self->rollouts->len % 3 ? "train" : "test");
  grown->row->reward = NAN;
  grown->row->latency_ms = NAN;
  g_ptr_array_add (self->rollouts, grown);
  add_start (self, grown, records);
  return grown;
}

void
log_writer_grow (LogWriter *self)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  Grown *grown = self->rollouts->len == 0 || below (self, 5) == 0 ? begin (self, records)
                                                                  : self->rollouts->pdata[below (self, self->rollouts->len)];
  guint n = 1 + below (self, 4);

  for (guint i = 0; i < n; i++)
    {
      guint what = below (self, 20);

      if (grown->ended && what > 0)
        add_points (self, grown, records);
      else if (what == 0)
        add_attempt (self, grown, records);
      else if (what < 3)
        add_end (self, grown, records);
      else if (what < 4)
        add_pause (self, grown, records);
      else if (what < 8)
        add_points (self, grown, records);
      else
        add_node (self, grown, records);
    }
  self->n_pending++;
  leyden_store_append_async (self->store, records, grown->row, appended_cb, self);
}

void
log_writer_wait (LogWriter *self)
{
  while (self->n_pending > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* --- questions --- */

typedef struct
{
  gboolean done;
  char    *text;
} Answer;

static void
select_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Answer *answer = data;
  g_autoptr(GError) error = NULL;

  answer->text = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  g_assert_no_error (error);
  answer->done = TRUE;
}

/* Lines of all statements of @data. */
static gpointer
list_rows (sqlite3      *db,
           gpointer      data,
           GCancellable *cancellable,
           GError      **error)
{
  g_autoptr(GString) out = g_string_new (NULL);
  const char *rest = data;

  while (*rest != '\0')
    {
      sqlite3_stmt *statement = NULL;
      int n;

      g_assert_cmpint (sqlite3_prepare_v2 (db, rest, -1, &statement, &rest), ==, SQLITE_OK);
      n = sqlite3_column_count (statement);
      while (sqlite3_step (statement) == SQLITE_ROW)
        for (int i = 0; i < n; i++)
          g_string_append_printf (out, "%s%s", sqlite3_column_type (statement, i) == SQLITE_NULL ? "-" : (const char *) sqlite3_column_text (statement, i),
                                  i + 1 < n ? " " : "\n");
      sqlite3_finalize (statement);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
facts_ask (LeydenSqliteStore *store,
           const char        *text)
{
  Answer answer = { 0 };

  leyden_sqlite_store_select_async (store, list_rows, g_strdup (text), g_free, g_free, 0, NULL, select_cb, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  g_strchomp (answer.text);
  return answer.text;
}

#define NAME(column) "(SELECT name FROM names WHERE id = " column ")"

char *
facts_dump (LeydenSqliteStore *store)
{
  return facts_ask (store,
    "SELECT 'rollout', rollout, run, executor, purpose, " NAME ("flow") ", flow_title, " NAME ("version") ", " NAME ("dataset") ", dataset_name, split, item, item_index, "
    NAME ("model") ", experiment, " NAME ("candidate") ", step, finished_step, is_train, state, reward, invalid, created_ns, started_ns, finished_ns, queued_ms, "
    "latency_ms, wait_ms, model_ms, tool_ms, n_model_calls, n_tool_calls, n_retries, n_cache_hits, tokens_in, tokens_out, cost, simulated, error, "
    NAME ("error_kind") ", " NAME ("error_node") ", deleted_ns FROM rollout_facts ORDER BY rollout;"
    "SELECT 'call', position, rollout, time_ns, " NAME ("node") ", kind, " NAME ("model") ", " NAME ("endpoint") ", " NAME ("error_kind") ", latency_ms, first_token_ms, "
    "tokens_in, tokens_out, cost, simulated, cached FROM calls ORDER BY position;"
    "SELECT 'end', position, rollout, time_ns, " NAME ("node") ", state, ms, tries, " NAME ("error_kind") " FROM node_ends ORDER BY position;"
    "SELECT 'wait', position, n, rollout, time_ns, " NAME ("node") ", " NAME ("reason") ", ms FROM waits ORDER BY position, n;"
    "SELECT 'point', metric, labels, unit, kind, time_ns, n, value, step, rollout FROM points JOIN series ON series.id = series ORDER BY metric, labels, time_ns, n;"
    "SELECT 'rollup', level, metric, labels, bucket, count, printf ('%.9g', sum), printf ('%.9g', sum2), min, max, first, first_ns, last, last_ns, hex (sketch) "
    "FROM rollups JOIN series ON series.id = series ORDER BY level, metric, labels, bucket;"
    "SELECT 'stale', count (*) FROM rollups_stale; SELECT 'position', position FROM facts_cursor");
}

void
facts_assert_same (const char *a,
                   const char *b)
{
  g_auto(GStrv) x = g_strsplit (a, "\n", -1);
  g_auto(GStrv) y = g_strsplit (b, "\n", -1);

  for (guint i = 0; x[i] != NULL && y[i] != NULL; i++)
    g_assert_cmpstr (x[i], ==, y[i]);
  g_assert_cmpuint (g_strv_length (x), ==, g_strv_length (y));
}

/* --- changes --- */

static gboolean
run_text (sqlite3 *db,
          gpointer data,
          GError **error)
{
  return leyden_sqlite_exec (db, data, error);
}

static void
change_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

void
facts_change (LeydenSqliteStore *store,
              const char        *text)
{
  gboolean done = FALSE;

  leyden_sqlite_store_change_async (store, "facts", run_text, g_strdup (text), g_free, change_cb, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

void
facts_begin_anew (LeydenSqliteStore *store)
{
  facts_change (store, "UPDATE facts_cursor SET projection = 0");
}

void
facts_catch_up (LeydenFacts       *facts,
                LeydenSqliteStore *store)
{
  g_autofree char *text = facts_ask (store, "SELECT last_position FROM store");
  guint64 last = g_ascii_strtoull (text, NULL, 10);

  while (!leyden_facts_is_following (facts) || leyden_facts_get_position (facts) < last)
    g_main_context_iteration (NULL, TRUE);
  /* Rows of what has no records, and stretches of removed points. */
  for (;;)
    {
      g_autofree char *left = facts_ask (store, "SELECT (SELECT count (*) FROM rollups_stale) + (SELECT count (*) FROM rollouts WHERE id > (SELECT rollout FROM facts_cursor))");

      if (g_str_equal (left, "0"))
        return;
      leyden_facts_look (facts);
      g_main_context_iteration (NULL, TRUE);
    }
}
