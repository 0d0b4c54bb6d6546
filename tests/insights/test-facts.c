/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts against the log itself, computed here in the plainest way; and that however they come about they are the same. */
#include "log-helpers.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leyden-engine.h"
#include "leyden-facts-writer.h"
#include "leyden-json.h"
#include "leyden-retention.h"
#include "leyden-store-backup.h"
#include "leyden-store-change.h"
#include "store-helpers.h"

typedef struct
{
  char              *folder;
  char              *path;
  LeydenSqliteStore *store;
} Fixture;

static void
open_store (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;

  fixture->store = store_open (fixture->path, LEYDEN_STORE_OPEN_RELAXED, &error);
  g_assert_no_error (error);
}

static void
close_store (Fixture *fixture)
{
  store_finish (LEYDEN_STORE (g_steal_pointer (&fixture->store)));
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "leyden.db", NULL);
  open_store (fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  if (fixture->store != NULL)
    close_store (fixture);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
grow (Fixture *fixture,
      guint64  seed,
      guint    n)
{
  LogWriter *writer = log_writer_new (LEYDEN_STORE (fixture->store), seed);

  for (guint i = 0; i < n; i++)
    log_writer_grow (writer);
  log_writer_free (writer);
}

static LeydenFacts *
start (Fixture *fixture,
       guint    n_records,
       guint    gather_ms)
{
  LeydenFacts *facts = leyden_facts_new (fixture->store);

  leyden_facts_set_limits (facts, n_records, gather_ms);
  leyden_facts_start (facts);
  return facts;
}

static void
stop (LeydenFacts *facts)
{
  leyden_facts_stop (facts);
  /* What is under way holds it for a moment more, a thread without telling. */
  while (g_atomic_int_get (&G_OBJECT (facts)->ref_count) > 1)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
  g_object_unref (facts);
}

static char *
project (Fixture *fixture,
         guint    n_records)
{
  LeydenFacts *facts = start (fixture, n_records, 1);
  char *dump;

  facts_catch_up (facts, fixture->store);
  dump = facts_dump (fixture->store);
  stop (facts);
  return dump;
}

/* --- against the log --- */

static gboolean
is_end_of_node (const LeydenRecord *record)
{
  return leyden_record_is (record, "node.finished") || leyden_record_is (record, "node.failed") || leyden_record_is (record, "node.skipped")
         || leyden_record_is (record, "node.cancelled");
}

/* The record of @types before number @at, of the same node and attempt; NULL: none, or one of @ends lies between. */
static const LeydenRecord *
look_back (GPtrArray  *records,
           guint       at,
           const char *type,
           gboolean    ordinal)
{
  const LeydenRecord *from = records->pdata[at];

  for (guint i = at; i > 0; i--)
    {
      const LeydenRecord *record = records->pdata[i - 1];

      if (leyden_record_is (record, "rollout.started") || leyden_record_is (record, "rollout.finished"))
        return NULL;
      if (!g_str_equal (record->node, from->node))
        continue;
      if (ordinal && leyden_value_get_member_int (record->payload, "ordinal", 0) != leyden_value_get_member_int (from->payload, "ordinal", 0))
        continue;
      if (leyden_record_is (record, type))
        return record;
      if (ordinal ? record->type == from->type : is_end_of_node (record))
        return NULL;
    }
  return NULL;
}

/* What the log says of one rollout, each sum by a walk of its own. */
typedef struct
{
  gint64 n_calls, n_tools, n_retries, n_ends, n_rewards, invalid, tokens_in, tokens_out;
  double cost, end_ms, wait_ms;
} Direct;

static double
wait_before (GPtrArray *records,
             guint      at)
{
  const LeydenRecord *record = records->pdata[at];

  /* Of the node itself: the record before of it said that it waits. */
  for (guint i = at; i > 0; i--)
    {
      const LeydenRecord *before = records->pdata[i - 1];

      if (leyden_record_is (before, "rollout.started") || leyden_record_is (before, "rollout.finished"))
        return 0;
      if (!g_str_equal (before->node, record->node) || *before->node == '\0' || leyden_record_is (before, "cache.hit"))
        continue;
      if (leyden_record_is (before, "node.waiting") || leyden_record_is (before, "node.retried"))
        return MAX (0, (double) (record->time_ns - before->time_ns) / 1e6);
      return 0;
    }
  return 0;
}

static double
pause_before (GPtrArray *records,
              guint      at)
{
  const LeydenRecord *record = records->pdata[at], *first = NULL;

  for (guint i = at; i > 0; i--)
    {
      const LeydenRecord *before = records->pdata[i - 1];

      if (leyden_record_is (before, "rollout.started") || leyden_record_is (before, "rollout.finished") || leyden_record_is (before, "rollout.resumed"))
        break;
      if (leyden_record_is (before, "rollout.paused"))
        first = before;
    }
  return first != NULL ? MAX (0, (double) (record->time_ns - first->time_ns) / 1e6) : 0;
}

static void
count_call (Direct             *direct,
            const LeydenRecord *record)
{
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");
  LeydenValue *usage = leyden_value_get_member (answer, "usage");

  direct->n_calls++;
  if (leyden_value_get_member (record->payload, "from") != NULL)
    return;
  direct->tokens_in += leyden_value_get_member_int (usage, "prompt_tokens", 0);
  direct->tokens_out += leyden_value_get_member_int (usage, "completion_tokens", 0);
  direct->cost += leyden_value_get_member_double (answer, "cost", 0);
}

static void
count_event (Direct             *direct,
             const LeydenRecord *record)
{
  const char *type = leyden_value_get_member_string (record->payload, "event_type", "reward");
  LeydenValue *data = leyden_record_is (record, "reward") ? record->payload : leyden_value_get_member (record->payload, "data");
  LeydenValue *usage = leyden_value_get_member (data, "usage");
  double value;

  if (g_str_equal (type, "model_request"))
    {
      direct->n_calls++;
      direct->n_retries += leyden_value_get_member_int (data, "retry_count", 0);
      direct->tokens_in += leyden_value_get_member_int (usage, "prompt_tokens", 0);
      direct->tokens_out += leyden_value_get_member_int (usage, "completion_tokens", 0);
    }
  else if (g_str_equal (type, "reward"))
    {
      gboolean good = leyden_value_get_double (leyden_value_get_member (data, "value"), &value) && isfinite (value);

      direct->n_rewards += good;
      direct->invalid += !good;
    }
}

static Direct
compute (GPtrArray *records)
{
  Direct direct = { 0 };

  for (guint i = 0; i < records->len; i++)
    {
      const LeydenRecord *record = records->pdata[i];

      if (leyden_record_is (record, "rollout.started"))
        direct = (Direct) { .n_ends = direct.n_ends, .end_ms = direct.end_ms, .n_rewards = direct.n_rewards };
      if (g_str_has_prefix (record->type, "node.") || g_str_has_prefix (record->type, "model.") || g_str_has_prefix (record->type, "tool."))
        direct.wait_ms += wait_before (records, i);
      if (leyden_record_is (record, "rollout.resumed") || leyden_record_is (record, "rollout.finished"))
        direct.wait_ms += pause_before (records, i);
      if (leyden_record_is (record, "model.response"))
        count_call (&direct, record);
      else if (leyden_record_is (record, "tool.returned"))
        direct.n_tools++;
      else if (leyden_record_is (record, "node.retried"))
        direct.n_retries++;
      else if (leyden_record_is (record, "agl.event") || leyden_record_is (record, "reward"))
        count_event (&direct, record);
      direct.n_ends += is_end_of_node (record);
    }
  return direct;
}

static double
number (Fixture    *fixture,
        const char *format,
        const char *rollout)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *text = g_strdup_printf (format, rollout);
#pragma GCC diagnostic pop
  g_autofree char *answer = facts_ask (fixture->store, text);

  return g_str_equal (answer, "-") ? NAN : g_ascii_strtod (answer, NULL);
}

#define FACT(column) "SELECT " column " FROM rollout_facts WHERE rollout = (SELECT id FROM rollouts WHERE rollout = '%s')"

static void
assert_near (double a,
             double b)
{
  if (isnan (a) || isnan (b))
    g_assert_true (isnan (a) && isnan (b));
  else
    g_assert_cmpfloat_with_epsilon (a, b, 1e-9 * (1 + fabs (a)));
}

/* The engine's own fold agrees, where it says the same. */
static void
check_fold (Fixture    *fixture,
            const char *rollout)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) state = store_fold (LEYDEN_STORE (fixture->store), rollout, 0, leyden_rollout_reducer (), &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  if (leyden_value_get_member (state, "error_kind") == NULL)
    return;
  text = g_strdup_printf ("SELECT (SELECT name FROM names WHERE id = error_kind) FROM rollout_facts WHERE rollout = (SELECT id FROM rollouts WHERE rollout = '%s')", rollout);
  {
    g_autofree char *kind = facts_ask (fixture->store, text);

    g_assert_cmpstr (kind, ==, leyden_value_get_member_string (state, "error_kind", NULL));
  }
}

static void
check_rollout (Fixture    *fixture,
               const char *rollout)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = store_read_rollout (LEYDEN_STORE (fixture->store), rollout, 0, 0, &error);
  g_autoptr(LeydenRolloutRow) row = store_get_rollout (LEYDEN_STORE (fixture->store), rollout, &error);
  Direct direct = compute (records);

  g_assert_no_error (error);
  assert_near (number (fixture, FACT ("n_model_calls"), rollout), (double) direct.n_calls);
  assert_near (number (fixture, FACT ("n_tool_calls"), rollout), (double) direct.n_tools);
  assert_near (number (fixture, FACT ("n_retries"), rollout), (double) direct.n_retries);
  assert_near (number (fixture, FACT ("invalid"), rollout), (double) direct.invalid);
  assert_near (number (fixture, FACT ("tokens_in"), rollout), (double) direct.tokens_in);
  assert_near (number (fixture, FACT ("tokens_out"), rollout), (double) direct.tokens_out);
  assert_near (number (fixture, FACT ("cost"), rollout), direct.cost);
  assert_near (number (fixture, FACT ("wait_ms"), rollout), direct.wait_ms);
  assert_near (number (fixture, FACT ("reward"), rollout), row->reward);
  assert_near (number (fixture, FACT ("latency_ms"), rollout), row->latency_ms);
  assert_near (number (fixture, FACT ("finished_ns"), rollout), (double) row->finished_ns);
  assert_near (number (fixture, "SELECT count (*) FROM node_ends WHERE rollout = (SELECT id FROM rollouts WHERE rollout = '%s')", rollout), (double) direct.n_ends);
  assert_near (number (fixture, "SELECT count (*) FROM points JOIN series ON series.id = series WHERE metric = 'reward' AND rollout = "
                                "(SELECT id FROM rollouts WHERE rollout = '%s')", rollout), (double) direct.n_rewards);
  check_fold (fixture, rollout);
  for (guint i = 0; i < records->len; i++)
    {
      const LeydenRecord *record = records->pdata[i];
      const LeydenRecord *begun = is_end_of_node (record) ? look_back (records, i, "node.started", FALSE) : NULL;
      g_autofree char *position = g_strdup_printf ("%" G_GUINT64_FORMAT, record->position);

      if (!is_end_of_node (record))
        continue;
      /* Modelled times of its calls may say more. */
      if (begun != NULL)
        g_assert_cmpfloat (number (fixture, "SELECT ms FROM node_ends WHERE position = %s", position), >=, (double) (record->time_ns - begun->time_ns) / 1e6);
      else
        g_assert_true (isnan (number (fixture, "SELECT ms FROM node_ends WHERE position = %s", position)));
    }
}

static void
test_direct (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *dump = NULL;

  grow (fixture, 11, 400);
  dump = project (fixture, 2000);
  g_assert_nonnull (strstr (dump, "call "));
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("r-%u", i);

      check_rollout (fixture, rollout);
    }
}

/* Every stretch of every level against the points in it. */
static void
test_rollups (Fixture      *fixture,
              gconstpointer data)
{
  g_autofree char *dump = NULL;
  g_autofree char *wrong = NULL;
  g_autofree char *missing = NULL;

  grow (fixture, 12, 600);
  dump = project (fixture, 37);
  wrong = facts_ask (fixture->store,
    "SELECT level, bucket FROM rollups r WHERE count <> (SELECT count (*) FROM points p WHERE p.series = r.series AND time_ns >= bucket * 1000000000 "
    "AND time_ns < (bucket + level) * 1000000000) "
    "OR abs (sum - (SELECT sum (value) FROM points p WHERE p.series = r.series AND time_ns >= bucket * 1000000000 AND time_ns < (bucket + level) * 1000000000)) > 1e-9 "
    "OR min <> (SELECT min (value) FROM points p WHERE p.series = r.series AND time_ns >= bucket * 1000000000 AND time_ns < (bucket + level) * 1000000000) "
    "OR max <> (SELECT max (value) FROM points p WHERE p.series = r.series AND time_ns >= bucket * 1000000000 AND time_ns < (bucket + level) * 1000000000) "
    "OR last_ns <> (SELECT max (time_ns) FROM points p WHERE p.series = r.series AND time_ns >= bucket * 1000000000 AND time_ns < (bucket + level) * 1000000000) "
    "OR first_ns <> (SELECT min (time_ns) FROM points p WHERE p.series = r.series AND time_ns >= bucket * 1000000000 AND time_ns < (bucket + level) * 1000000000) "
    "OR (sketch IS NULL) <> (min = max)");
  g_assert_cmpstr (wrong, ==, "");
  missing = facts_ask (fixture->store, "SELECT count (*) FROM points p, (SELECT DISTINCT level FROM rollups) l WHERE NOT EXISTS (SELECT 1 FROM rollups r "
                                       "WHERE r.level = l.level AND r.series = p.series AND bucket = time_ns / 1000000000 / l.level * l.level)");
  g_assert_cmpstr (missing, ==, "0");
}

/* --- however they come about --- */

/* In one go, record by record, in the middle of everything. */
static void
test_batches (Fixture      *fixture,
              gconstpointer data)
{
  static const guint sizes[] = { 1, 3, 50, 100000 };
  g_autofree char *first = NULL;

  grow (fixture, 13, 150);
  first = project (fixture, 2000);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *again = NULL;

      facts_begin_anew (fixture->store);
      again = project (fixture, sizes[i]);
      facts_assert_same (first, again);
    }
}

/* Beside the writers, from their commits; stopped and begun again at random. */
static void
test_following (Fixture      *fixture,
                gconstpointer data)
{
  LogWriter *writer = log_writer_new (LEYDEN_STORE (fixture->store), 14);
  LeydenFacts *facts = start (fixture, 40, 2);
  g_autofree char *live = NULL;
  g_autofree char *fresh = NULL;

  for (guint i = 0; i < 600; i++)
    {
      log_writer_grow (writer);
      if (i % 7 == 0)
        log_writer_wait (writer);
      if (i % 97 == 96)
        {
          stop (facts);
          facts = start (fixture, 40, 2);
        }
    }
  log_writer_free (writer);
  facts_catch_up (facts, fixture->store);
  live = facts_dump (fixture->store);
  stop (facts);
  facts_begin_anew (fixture->store);
  fresh = project (fixture, 2000);
  facts_assert_same (fresh, live);
}

/* A process that writes logs and facts; killed by the parent. */
static void
write_until_killed (const char *path,
                    guint64     seed)
{
  Fixture fixture = { .path = (char *) path };
  LogWriter *writer;

  open_store (&fixture);
  start (&fixture, 25, 1);
  writer = log_writer_new (LEYDEN_STORE (fixture.store), seed);
  for (;;)
    {
      log_writer_grow (writer);
      log_writer_wait (writer);
      g_main_context_iteration (NULL, FALSE);
    }
}

/* The names of rollouts begin anew in each process, so that each is another database. */
static void
test_kills (void)
{
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *folder = make_folder ();
      g_autofree char *path = g_build_filename (folder, "leyden.db", NULL);
      g_autofree char *seed = g_strdup_printf ("%u", 100 + i);
      g_autofree char *killed = NULL;
      g_autofree char *fresh = NULL;
      g_autoptr(GError) error = NULL;
      Fixture fixture = { .folder = folder, .path = path };
      g_autofree char *program = g_file_read_link ("/proc/self/exe", &error);
      char *argv[] = { program, (char *) "--write", path, seed, NULL };
      GPid pid;

      g_assert_true (g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error));
      g_usleep (100000 + (gulong) g_test_rand_int_range (0, 500000));
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        {
          open_store (&fixture);
          killed = project (&fixture, 2000);
          facts_begin_anew (fixture.store);
          fresh = project (&fixture, 2000);
          facts_assert_same (fresh, killed);
          close_store (&fixture);
        }
      remove_tree (folder);
    }
}

/* --- what stays and what goes --- */

static void
retained_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = leyden_sqlite_store_retain_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  g_assert_no_error (error);
  *(gint64 *) data = leyden_value_get_member_int (value, "rollouts", -1);
}

static void
test_removed (Fixture      *fixture,
              gconstpointer data)
{
  LeydenRetention retention = { .before_ns = G_GINT64_CONSTANT (1790000000000000000) + G_GINT64_CONSTANT (30000000000) };
  g_autofree char *live = NULL;
  g_autofree char *fresh = NULL;
  LeydenFacts *facts;
  gint64 n = -1;

  grow (fixture, 15, 800);
  facts = start (fixture, 500, 1);
  facts_catch_up (facts, fixture->store);
  leyden_sqlite_store_retain_async (fixture->store, &retention, retained_cb, &n);
  while (n < 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (n, >, 3);
  facts_catch_up (facts, fixture->store);
  live = facts_dump (fixture->store);
  stop (facts);
  facts_begin_anew (fixture->store);
  fresh = project (fixture, 2000);
  facts_assert_same (fresh, live);
}

/* A rollout that was removed, and another of the same name. */
static void
test_again (Fixture      *fixture,
            gconstpointer data)
{
  LeydenRetention retention = { .before_ns = 1000 };
  LeydenFacts *facts = start (fixture, 500, 1);
  g_autofree char *text = NULL;

  for (guint round = 0; round < 2; round++)
    {
      g_autoptr(LeydenRolloutRow) row = make_row ("again", NULL, 0, "succeeded");
      g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
      g_autoptr(GError) error = NULL;
      gint64 n = -1;

      row->finished_ns = 10;
      for (guint i = 0; i < 5; i++)
        {
          g_autofree char *json = g_strdup_printf ("{\"value\":%u}", 10 * round + i);
          g_autoptr(LeydenValue) payload = leyden_json_parse (json, -1, NULL, NULL);

          g_ptr_array_add (records, leyden_record_new ("again", "0", i + 1, 5, "user", "reward", "", payload));
        }
      g_assert_true (store_append (LEYDEN_STORE (fixture->store), records, row, &error));
      facts_catch_up (facts, fixture->store);
      if (round == 1)
        break;
      leyden_sqlite_store_retain_async (fixture->store, &retention, retained_cb, &n);
      while (n < 0)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (n, ==, 1);
    }
  facts_catch_up (facts, fixture->store);
  text = facts_ask (fixture->store, "SELECT group_concat (value, ' ') FROM (SELECT value FROM points ORDER BY n); SELECT count (*) FROM rollout_facts; "
                                    "SELECT removed FROM facts_cursor; SELECT count, sum FROM rollups WHERE level = 60");
  g_assert_cmpstr (text, ==, "10.0 11.0 12.0 13.0 14.0\n1\n2\n5 60.0");
  stop (facts);
}

/* What the log does not say outlives a new projection: deletions by the user, samples. */
static void
test_kept (Fixture      *fixture,
           gconstpointer data)
{
  LeydenFacts *facts;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *deleted = NULL;
  g_autofree char *samples = NULL;

  grow (fixture, 16, 60);
  facts = start (fixture, 500, 1);
  for (guint i = 0; i < 30; i++)
    leyden_facts_add_sample (facts, "process_cpu_seconds_total", "{}", "s", G_GINT64_CONSTANT (1790000000000000000) + i * G_GINT64_CONSTANT (10000000000), i);
  leyden_facts_add_sample (facts, "leyden_ready", "{}", NULL, 1, NAN);
  leyden_facts_flush (facts);
  facts_catch_up (facts, fixture->store);
  facts_change (fixture->store, "INSERT INTO deleted_rollouts VALUES (2, 77); UPDATE rollout_facts SET deleted_ns = 77 WHERE rollout = 2");
  before = facts_dump (fixture->store);
  stop (facts);
  facts_begin_anew (fixture->store);
  after = project (fixture, 2000);
  facts_assert_same (before, after);
  deleted = facts_ask (fixture->store, "SELECT rollout, deleted_ns FROM rollout_facts WHERE deleted_ns > 0");
  g_assert_cmpstr (deleted, ==, "2 77");
  samples = facts_ask (fixture->store, "SELECT count, sum, last, sketch IS NULL FROM rollups JOIN series ON series.id = series WHERE kind = 'sample' AND level = 21600");
  g_assert_cmpstr (samples, ==, "30 435.0 29.0 0");
}

typedef struct
{
  LeydenFactsWriter *writer;
  LeydenFactsBatch  *batch;
} Write;

static gboolean
write_some (sqlite3 *db,
            gpointer data,
            GError **error)
{
  Write *write = data;

  return leyden_facts_writer_write (write->writer, db, write->batch, error);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_assert_true (leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, NULL));
  *(gboolean *) data = TRUE;
}

/* Facts of records number @first to @last. Written twice, as after a commit that failed for the sake of something else. */
static void
write_records (Fixture           *fixture,
               LeydenFactsWriter *writer,
               LeydenFactsFold   *fold,
               GPtrArray         *records,
               guint              first,
               guint              last)
{
  g_autoptr(LeydenFactsBatch) batch = leyden_facts_batch_new ();
  Write write = { writer, batch };

  for (guint i = first; i <= last; i++)
    leyden_facts_fold_apply (fold, records->pdata[i - 1], batch);
  batch->position = last;
  for (guint i = 0; i < 2; i++)
    {
      gboolean done = FALSE;

      leyden_sqlite_store_change_async (fixture->store, "facts", write_some, &write, NULL, written_cb, &done);
      while (!done)
        g_main_context_iteration (NULL, TRUE);
    }
}

/* The row of the list says already that it has ended; the facts say so with the last record. */
static void
test_ahead (Fixture      *fixture,
            gconstpointer data)
{
  static const struct { const char *type, *payload; } lines[] = {
    { "rollout.started", "{}" }, { "model.request", "{\"ordinal\":0}" },
    { "model.response", "{\"ordinal\":0,\"answer\":{\"usage\":{\"prompt_tokens\":10}}}" }, { "rollout.finished", "{\"state\":\"succeeded\"}" },
  };
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(LeydenRolloutRow) row = make_row ("r", NULL, 0, "succeeded");
  g_autoptr(LeydenFactsWriter) writer = leyden_facts_writer_new ();
  g_autoptr(LeydenFactsFold) fold = leyden_facts_fold_new ("r");
  g_autoptr(GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr(LeydenValue) payload = leyden_json_parse (lines[i].payload, -1, NULL, NULL);

      g_ptr_array_add (records, leyden_record_new ("r", "0", i + 1, 100 + i, "engine", lines[i].type, i == 1 || i == 2 ? "n" : "", payload));
    }
  row->reward = 0.5;
  row->started_ns = 100;
  row->finished_ns = 103;
  g_assert_true (store_append (LEYDEN_STORE (fixture->store), records, row, &error));
  write_records (fixture, writer, fold, records, 1, 2);
  before = facts_ask (fixture->store, "SELECT state, reward, finished_ns, tokens_in FROM rollout_facts");
  g_assert_cmpstr (before, ==, "running - 0 0");
  leyden_facts_writer_committed (writer);
  write_records (fixture, writer, fold, records, 3, 4);
  after = facts_ask (fixture->store, "SELECT state, reward, finished_ns, tokens_in, (SELECT count (*) FROM calls), (SELECT position FROM facts_cursor) "
                                     "FROM rollout_facts");
  g_assert_cmpstr (after, ==, "succeeded 0.5 103 10 1 4");
}

/* Samples grow old: points first, then the shorter stretches. */
static void
test_pruned (Fixture      *fixture,
             gconstpointer data)
{
  const gint64 day = G_GINT64_CONSTANT (86400000000000), now = 500 * day;
  static const int ages[] = { 1, 3, 30, 100, 400 };
  static const struct { const char *text, *expected; } cases[] = {
    { "SELECT count (*) FROM points JOIN series ON series.id = series WHERE kind = 'sample'", "1" },
    { "SELECT group_concat (n, ' ') FROM (SELECT count (*) AS n FROM rollups JOIN series ON series.id = series WHERE kind = 'sample' GROUP BY level ORDER BY level)",
      "2 3 4 4" },
  };
  LeydenFacts *facts = start (fixture, 500, 1);

  facts_catch_up (facts, fixture->store);
  for (guint i = 0; i < G_N_ELEMENTS (ages); i++)
    leyden_facts_add_sample (facts, "leyden_ready", "{}", NULL, now - ages[i] * day, i);
  leyden_facts_flush (facts);
  while (TRUE)
    {
      g_autofree char *n = facts_ask (fixture->store, cases[0].text);

      if (g_str_equal (n, "5"))
        break;
      g_main_context_iteration (NULL, TRUE);
    }
  leyden_facts_prune (facts, now);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *left = facts_ask (fixture->store, cases[i].text);

      while (i == 0 && !g_str_equal (left, "1"))
        {
          g_main_context_iteration (NULL, FALSE);
          g_free (left);
          left = facts_ask (fixture->store, cases[i].text);
        }
      g_assert_cmpstr (left, ==, cases[i].expected);
    }
  stop (facts);
}

/* Of a salvaged database facts are made anew, and samples are kept. */
static void
test_salvaged (Fixture      *fixture,
               gconstpointer data)
{
  g_autofree char *out = g_build_filename (fixture->folder, "out.db", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) report = NULL;
  Fixture salvaged = { .path = out };
  LeydenFacts *facts;

  grow (fixture, 17, 120);
  facts = start (fixture, 500, 1);
  leyden_facts_add_sample (facts, "leyden_ready", "{}", NULL, 1, 1);
  leyden_facts_flush (facts);
  facts_catch_up (facts, fixture->store);
  before = facts_dump (fixture->store);
  stop (facts);
  close_store (fixture);
  report = leyden_backup_salvage (fixture->path, out, NULL, &error);
  g_assert_no_error (error);
  open_store (&salvaged);
  after = project (&salvaged, 2000);
  facts_assert_same (before, after);
  close_store (&salvaged);
}

/* Rollouts that wait have a row before they have a record. */
static void
test_queued (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(LeydenRunRow) run = make_run ("run", 5);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  LeydenFacts *facts = start (fixture, 500, 1);

  facts_catch_up (facts, fixture->store);
  for (guint i = 0; i < 1200; i++)
    {
      g_autofree char *name = g_strdup_printf ("q-%u", i);

      g_ptr_array_add (rows, make_row (name, "run", i, "queued"));
    }
  g_assert_true (store_put_run (LEYDEN_STORE (fixture->store), run, rows, &error));
  leyden_facts_look (facts);
  facts_catch_up (facts, fixture->store);
  text = facts_ask (fixture->store, "SELECT count (*), state, count (DISTINCT item_index), run FROM rollout_facts GROUP BY state");
  g_assert_cmpstr (text, ==, "1200 queued 1200 1");
  stop (facts);
}

static void
test_paths (void)
{
  static const char * const cases[][2] = {
    { "solve", "solve" }, { "solve[3]/check", "solve[*]/check" }, { "agent#2/calculator", "agent/calculator" }, { "a[12]/b[0]/c#11", "a[*]/b[*]/c" },
    { "a[x]/b#c", "a[x]/b#c" }, { "a[", "a[" }, { "a[3", "a[3" }, { "#4", NULL }, { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenName *name = leyden_facts_collapse_path (cases[i][0]);

      g_assert_cmpstr (name, ==, cases[i][1]);
      g_clear_pointer (&name, g_ref_string_release);
    }
}

int
main (int   argc,
      char *argv[])
{
  if (argc == 4 && g_str_equal (argv[1], "--write"))
    write_until_killed (argv[2], g_ascii_strtoull (argv[3], NULL, 10));
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/facts/paths", test_paths);
  g_test_add ("/facts/direct", Fixture, NULL, set_up, test_direct, tear_down);
  g_test_add ("/facts/rollups", Fixture, NULL, set_up, test_rollups, tear_down);
  g_test_add ("/facts/batches", Fixture, NULL, set_up, test_batches, tear_down);
  g_test_add ("/facts/following", Fixture, NULL, set_up, test_following, tear_down);
  g_test_add_func ("/facts/kills", test_kills);
  g_test_add ("/facts/removed", Fixture, NULL, set_up, test_removed, tear_down);
  g_test_add ("/facts/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/facts/kept", Fixture, NULL, set_up, test_kept, tear_down);
  g_test_add ("/facts/ahead", Fixture, NULL, set_up, test_ahead, tear_down);
  g_test_add ("/facts/pruned", Fixture, NULL, set_up, test_pruned, tear_down);
  g_test_add ("/facts/salvaged", Fixture, NULL, set_up, test_salvaged, tear_down);
  g_test_add ("/facts/queued", Fixture, NULL, set_up, test_queued, tear_down);
  return g_test_run ();
}
