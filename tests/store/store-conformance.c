/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every event store must do (design §6), whatever it is made of. */
#include "store-conformance-private.h"

#include "leyden-json.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const char *name;
  void      (*test) (LeydenStore *store);
} Case;

typedef struct
{
  const Case  *each;
  StoreFactory factory;
  StoreDone    done;
} Conformance;

static void
append (LeydenStore *store,
        const char  *rollout,
        guint64      first,
        guint64      last)
{
  g_autoptr(GPtrArray) records = make_records (rollout, first, last);
  g_autoptr(GError) error = NULL;

  g_assert_true (store_append (store, records, NULL, &error));
  g_assert_no_error (error);
}

static void
assert_sequences (GPtrArray *records,
                  guint64    first,
                  guint64    last)
{
  g_assert_cmpuint (records->len, ==, last + 1 - first);
  for (guint i = 0; i < records->len; i++)
    g_assert_cmpuint (((LeydenRecord *) records->pdata[i])->sequence, ==, first + i);
}

static void
test_round_trip (LeydenStore *store)
{
  g_autoptr(LeydenValue) payload = leyden_json_parse ("{\"big\":123456789012345678901234567890,\"text\":\"a\\u0000b \\ud83d\\ude00\",\"list\":[1,1.50,null,true],"
                                                      "\"$blob\":\"no blob\"}", -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);
  g_autoptr(LeydenRecord) record = leyden_record_new ("any text/ü id", "at'tempt", 1, -5, "user \"x\"", "agl.event", "map[0]/agent#2", payload);
  g_autoptr(GPtrArray) records = g_ptr_array_new ();
  g_autoptr(GPtrArray) read = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  LeydenRecord *got;

  g_assert_nonnull (payload);
  g_ptr_array_add (records, record);
  g_assert_true (store_append (store, records, NULL, &error));
  g_assert_cmpuint (record->position, ==, 1);
  read = store_read_rollout (store, "any text/ü id", 0, 0, &error);
  g_assert_no_error (error);
  assert_sequences (read, 1, 1);
  got = read->pdata[0];
  g_assert_cmpstr (got->rollout, ==, record->rollout);
  g_assert_cmpstr (got->attempt, ==, record->attempt);
  g_assert_cmpint (got->time_ns, ==, -5);
  g_assert_cmpuint (got->position, ==, 1);
  g_assert_cmpstr (got->actor, ==, record->actor);
  g_assert_true (got->type == record->type);
  g_assert_cmpstr (got->node, ==, record->node);
  before = leyden_json_write (payload, LEYDEN_JSON_COMPACT);
  after = leyden_json_write (got->payload, LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (before, ==, after);
}

static void
test_paging (LeydenStore *store)
{
  static const struct { guint64 after; guint limit; guint64 first; guint64 last; } cases[] = {
    { 0, 0, 1, 3000 }, { 0, 1, 1, 1 }, { 1, 1, 2, 2 }, { 9, 2, 10, 11 }, { 10, 1, 11, 11 }, { 1033, 5, 1034, 1038 }, { 2990, 100, 2991, 3000 },
    { 3000, 0, 3001, 3000 }, { 3001, 10, 3001, 3000 }, { G_MAXUINT64, 0, 1, 0 }, { 11, 1500, 12, 1511 },
  };

  append (store, "a", 1, 10);
  append (store, "a", 11, 11);
  append (store, "a", 12, 3000);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) records = store_read_rollout (store, "a", cases[i].after, cases[i].limit, &error);

      g_assert_no_error (error);
      assert_sequences (records, cases[i].first, cases[i].last);
    }
}

typedef struct
{
  guint64 next;
  guint64 enough;
} Scanned;

static gboolean
scan (GPtrArray *records,
      gpointer   data)
{
  Scanned *scanned = data;

  g_assert_cmpuint (records->len, >, 0);
  for (guint i = 0; i < records->len; i++)
    g_assert_cmpuint (((LeydenRecord *) records->pdata[i])->sequence, ==, scanned->next++);
  return scanned->next <= scanned->enough;
}

static void
test_scan (LeydenStore *store)
{
  Scanned all = { 1, G_MAXUINT64 }, rest = { 6, G_MAXUINT64 }, few = { 1, 5 }, none = { 1, 0 };
  g_autoptr(GError) error = NULL;

  append (store, "a", 1, 10);
  append (store, "a", 11, 11);
  append (store, "a", 12, 3000);
  g_assert_true (store_scan_rollout (store, "a", 0, scan, &all, &error));
  g_assert_cmpuint (all.next, ==, 3001);
  g_assert_true (store_scan_rollout (store, "a", 5, scan, &rest, &error));
  g_assert_cmpuint (rest.next, ==, 3001);
  g_assert_true (store_scan_rollout (store, "a", 0, scan, &few, &error));
  g_assert_cmpuint (few.next, <, 3001);
  g_assert_true (store_scan_rollout (store, "a", 3000, scan, &none, &error));
  g_assert_no_error (error);
  g_assert_false (store_scan_rollout (store, "b", 0, scan, &none, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_assert_cmpuint (none.next, ==, 1);
}

static void
test_sequence_conflicts (LeydenStore *store)
{
  static const guint64 firsts[] = { 2, 5, G_MAXINT64 };
  g_autoptr(GPtrArray) read = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (firsts); i++)
    {
      g_autoptr(GPtrArray) records = make_records ("a", firsts[i], firsts[i]);
      g_autoptr(GError) error = NULL;

      g_assert_false (store_append (store, records, NULL, &error));
      g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
      g_assert_cmpuint (((LeydenRecord *) records->pdata[0])->position, ==, 0);
    }
  append (store, "a", 1, 3);
  {
    g_autoptr(GPtrArray) records = make_records ("a", 5, 6);
    g_autoptr(GError) error = NULL;

    g_assert_false (store_append (store, records, NULL, &error));
    g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
    g_assert_nonnull (strstr (error->message, "4"));
  }
  {
    /* A gap inside, and two rollouts in one append. */
    g_autoptr(GPtrArray) records = make_records ("a", 4, 4);
    g_autoptr(GPtrArray) other = make_records ("a", 4, 4);
    g_autoptr(GError) error = NULL;

    g_ptr_array_add (records, make_record ("a", 6));
    g_assert_false (store_append (store, records, NULL, &error));
    g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
    g_clear_error (&error);
    g_ptr_array_add (other, make_record ("b", 5));
    g_assert_false (store_append (store, other, NULL, &error));
    g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
  }
  read = store_read_run (store, NULL, 0, 0, NULL);
  assert_sequences (read, 1, 3);
}

static void
test_append_again (LeydenStore *store)
{
  g_autoptr(GPtrArray) again = make_records ("a", 2, 6);
  g_autoptr(GPtrArray) other = NULL;
  g_autoptr(GPtrArray) read = NULL;
  g_autoptr(LeydenValue) payload = make_payload (99, "other");
  g_autoptr(GError) error = NULL;

  append (store, "a", 1, 3);
  append (store, "b", 1, 1);
  append (store, "a", 1, 3);
  /* Two old ones, then new ones. */
  g_assert_true (store_append (store, again, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (((LeydenRecord *) again->pdata[0])->position, ==, 2);
  g_assert_cmpuint (((LeydenRecord *) again->pdata[1])->position, ==, 3);
  g_assert_cmpuint (((LeydenRecord *) again->pdata[2])->position, ==, 5);
  read = store_read_rollout (store, "a", 0, 0, NULL);
  assert_sequences (read, 1, 6);

  other = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_ptr_array_add (other, make_record_with ("a", 6, payload));
  g_ptr_array_add (other, make_record ("a", 7));
  g_assert_false (store_append (store, other, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
  g_clear_pointer (&read, g_ptr_array_unref);
  read = store_read_rollout (store, "a", 0, 0, NULL);
  assert_sequences (read, 1, 6);
}

static void
count_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_store_append_finish (LEYDEN_STORE (object), result, &error));
  g_assert_no_error (error);
  *(guint *) data -= 1;
}

static void
committed_cb (LeydenStore *store,
              GPtrArray   *records,
              gpointer     data)
{
  GPtrArray *seen = data;

  g_assert_cmpuint (records->len, >, 0);
  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (seen, leyden_record_ref (records->pdata[i]));
}

/* 64 rollouts of 40 appends of 3 records, all under way at once. */
static void
test_concurrent (LeydenStore *store)
{
  g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GPtrArray) all = NULL;
  guint n_waiting = 0;

  g_signal_connect (store, "committed", G_CALLBACK (committed_cb), seen);
  for (guint i = 0; i < 40; i++)
    for (guint r = 0; r < 64; r++)
      {
        g_autofree char *rollout = g_strdup_printf ("r%u", r);
        g_autoptr(GPtrArray) records = make_records (rollout, 1 + 3 * i, 3 + 3 * i);

        n_waiting++;
        leyden_store_append_async (store, records, NULL, count_cb, &n_waiting);
      }
  while (n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handlers_disconnect_by_data (store, seen);

  /* What was announced is what is stored: every position once, in order. */
  all = store_read_run (store, NULL, 0, 0, NULL);
  g_assert_cmpuint (all->len, ==, 40 * 64 * 3);
  g_assert_cmpuint (seen->len, ==, all->len);
  for (guint i = 0; i < all->len; i++)
    {
      LeydenRecord *stored = all->pdata[i];
      LeydenRecord *announced = seen->pdata[i];

      g_assert_cmpuint (stored->position, ==, i + 1);
      g_assert_cmpuint (announced->position, ==, i + 1);
      g_assert_cmpstr (stored->rollout, ==, announced->rollout);
      g_assert_cmpuint (stored->sequence, ==, announced->sequence);
    }
  for (guint r = 0; r < 64; r++)
    {
      g_autofree char *rollout = g_strdup_printf ("r%u", r);
      g_autoptr(GPtrArray) records = store_read_rollout (store, rollout, 0, 0, NULL);

      assert_sequences (records, 1, 120);
    }
}

/* A stream that stops after any record goes on with the next. */
static void
test_resume_positions (LeydenStore *store)
{
  g_autoptr(LeydenRunRow) run = make_run ("run", 1);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  g_autoptr(GPtrArray) whole = NULL;

  g_ptr_array_add (rows, make_row ("a", "run", 0, "queued"));
  g_ptr_array_add (rows, make_row ("b", "run", 1, "queued"));
  g_assert_true (store_put_run (store, run, rows, NULL));
  append (store, "a", 1, 5);
  append (store, "elsewhere", 1, 7);
  append (store, "b", 1, 3);
  append (store, "a", 6, 6);
  append (store, "b", 4, 20);
  whole = store_read_run (store, "run", 0, 0, NULL);
  g_assert_cmpuint (whole->len, ==, 26);
  for (guint i = 0; i <= whole->len; i++)
    for (guint limit = 0; limit <= 7; limit += 7)
      {
        guint64 after = i ? ((LeydenRecord *) whole->pdata[i - 1])->position : 0;
        g_autoptr(GPtrArray) rest = store_read_run (store, "run", after, limit, NULL);

        g_assert_cmpuint (rest->len, ==, limit ? MIN (limit, whole->len - i) : whole->len - i);
        for (guint k = 0; k < rest->len; k++)
          g_assert_cmpuint (((LeydenRecord *) rest->pdata[k])->position, ==, ((LeydenRecord *) whole->pdata[i + k])->position);
      }
  {
    g_autoptr(GPtrArray) none = store_read_run (store, "unknown", 0, 0, NULL);
    g_autoptr(GPtrArray) middle = store_read_run (store, NULL, 8, 3, NULL);

    g_assert_cmpuint (none->len, ==, 0);
    g_assert_cmpuint (((LeydenRecord *) middle->pdata[0])->position, ==, 9);
    g_assert_cmpuint (middle->len, ==, 3);
  }
}

static void
test_rows (LeydenStore *store)
{
  g_autoptr(LeydenRunRow) run = make_run ("run", 1);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  g_autoptr(GPtrArray) records = make_records ("ro-3", 1, 4);
  g_autoptr(LeydenRolloutRow) row = make_row ("ro-3", NULL, 3, "succeeded");
  g_autoptr(LeydenRolloutRow) got = NULL;
  g_autoptr(LeydenRolloutRow) missing = NULL;
  g_autoptr(GError) error = NULL;

  for (int i = 0; i < 10; i++)
    {
      g_autofree char *name = g_strdup_printf ("ro-%d", i);
      g_ptr_array_add (rows, make_row (name, NULL, i, "queued"));
    }
  g_assert_true (store_put_run (store, run, rows, &error));
  row->reward = 0.75;
  row->started_ns = 5;
  row->finished_ns = 9;
  row->latency_ms = 1.5;
  row->tokens_in = 10;
  row->tokens_out = 20;
  row->cost = 0.125;
  row->simulated = TRUE;
  row->split = g_strdup ("test");
  row->error = g_strdup ("an error");
  row->error_node = g_strdup ("n#1");
  g_assert_true (store_append (store, records, row, &error));

  got = store_get_rollout (store, "ro-3", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (got->run, ==, "run");
  g_assert_cmpstr (got->state, ==, "succeeded");
  g_assert_cmpstr (got->split, ==, "test");
  g_assert_cmpstr (got->item, ==, "item-3");
  g_assert_cmpstr (got->executor, ==, "leyden");
  g_assert_cmpfloat (got->reward, ==, 0.75);
  g_assert_cmpfloat (got->latency_ms, ==, 1.5);
  g_assert_cmpfloat (got->cost, ==, 0.125);
  g_assert_cmpint (got->started_ns, ==, 5);
  g_assert_cmpint (got->finished_ns, ==, 9);
  g_assert_cmpint (got->tokens_in, ==, 10);
  g_assert_cmpint (got->tokens_out, ==, 20);
  g_assert_true (got->simulated);
  g_assert_cmpstr (got->error, ==, "an error");
  g_assert_cmpstr (got->error_node, ==, "n#1");
  g_assert_cmpuint (got->last_sequence, ==, 4);
  g_assert_cmpuint (got->last_position, ==, 4);

  /* The run written again leaves its rollouts as they are. */
  g_assert_true (store_put_run (store, run, rows, &error));
  leyden_rollout_row_free (got);
  got = store_get_rollout (store, "ro-3", &error);
  g_assert_cmpstr (got->state, ==, "succeeded");

  /* A row without records. */
  g_free (row->state);
  row->state = g_strdup ("failed");
  row->reward = NAN;
  g_assert_true (store_append (store, NULL, row, &error));
  leyden_rollout_row_free (got);
  got = store_get_rollout (store, "ro-3", &error);
  g_assert_cmpstr (got->state, ==, "failed");
  g_assert_true (isnan (got->reward));
  g_assert_cmpuint (got->last_sequence, ==, 4);
  g_assert_cmpuint (got->last_position, ==, 4);

  missing = store_get_rollout (store, "nobody", &error);
  g_assert_null (missing);
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
}

static void
test_row_of_another_run (LeydenStore *store)
{
  g_autoptr(LeydenRunRow) one = make_run ("one", 1);
  g_autoptr(LeydenRunRow) two = make_run ("two", 2);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  g_autoptr(LeydenRolloutRow) wrong = make_row ("a", "two", 0, "running");
  g_autoptr(LeydenRolloutRow) unknown = make_row ("b", "three", 0, "running");
  g_autoptr(LeydenRolloutRow) late = make_row ("late", "one", 5, "running");
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(LeydenRunRow) got = NULL;
  g_autoptr(GError) error = NULL;

  g_ptr_array_add (rows, make_row ("a", NULL, 0, "queued"));
  g_assert_true (store_put_run (store, one, rows, &error));
  g_assert_false (store_put_run (store, two, rows, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
  g_clear_error (&error);
  got = store_get_run (store, "two", &error);
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (store_put_run (store, two, NULL, &error));
  g_assert_false (store_append (store, NULL, wrong, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (store_append (store, NULL, unknown, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* Records first, then the run: they are found through it. */
  append (store, "late", 1, 3);
  g_assert_true (store_append (store, NULL, late, &error));
  append (store, "late", 4, 5);
  records = store_read_run (store, "one", 0, 0, &error);
  assert_sequences (records, 1, 5);
}

static void
test_run_counts (LeydenStore *store)
{
  static const struct { const char *state; double reward; } cases[] = {
    { "queued", NAN }, { "running", NAN }, { "waiting", NAN }, { "paused", 0.5 }, { "succeeded", 1 }, { "succeeded", 0 }, { "succeeded", 0.25 },
    { "failed", NAN }, { "failed", 0 }, { "cancelled", NAN },
  };
  g_autoptr(LeydenRunRow) run = make_run ("run", 7);
  g_autoptr(LeydenRunRow) got = NULL;
  g_autoptr(LeydenRunRow) missing = NULL;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  g_autoptr(GPtrArray) listed = NULL;
  g_autoptr(GPtrArray) page = NULL;
  g_autoptr(GPtrArray) none = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strdup_printf ("r%u", i);
      LeydenRolloutRow *row = make_row (name, NULL, i, cases[i].state);

      row->reward = cases[i].reward;
      g_ptr_array_add (rows, row);
    }
  run->n_items = 12;
  run->finished_ns = 11;
  g_assert_true (store_put_run (store, run, rows, &error));
  got = store_get_run (store, "run", &error);
  g_assert_no_error (error);
  g_assert_cmpint (got->n_items, ==, 12);
  g_assert_cmpint (got->n_done, ==, 6);
  g_assert_cmpint (got->n_succeeded, ==, 3);
  g_assert_cmpint (got->n_failed, ==, 2);
  g_assert_cmpint (got->n_cancelled, ==, 1);
  g_assert_cmpint (got->n_running, ==, 3);
  g_assert_cmpfloat (got->mean_reward, ==, 0.35);
  g_assert_cmpint (got->created_ns, ==, 7);
  g_assert_cmpint (got->finished_ns, ==, 11);

  listed = store_list_rollouts (store, "run", "succeeded", -1, 0, &error);
  g_assert_cmpuint (listed->len, ==, 3);
  g_assert_cmpint (((LeydenRolloutRow *) listed->pdata[0])->index, ==, 4);
  page = store_list_rollouts (store, "run", NULL, 3, 4, &error);
  g_assert_cmpuint (page->len, ==, 4);
  g_assert_cmpint (((LeydenRolloutRow *) page->pdata[0])->index, ==, 4);
  none = store_list_rollouts (store, "unknown", NULL, -1, 0, &error);
  g_assert_cmpuint (none->len, ==, 0);
  missing = store_get_run (store, "unknown", &error);
  g_assert_null (missing);
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
}

static void
test_list_runs (LeydenStore *store)
{
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(GPtrArray) two = NULL;
  g_autoptr(GPtrArray) keyed = NULL;
  g_autoptr(GPtrArray) loose = NULL;
  g_autoptr(LeydenRunRow) changed = make_run ("run-2", 2);
  g_autoptr(LeydenRunRow) got = NULL;
  g_autoptr(GError) error = NULL;

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("run-%d", i);
      g_autoptr(LeydenRunRow) run = make_run (name, i);

      run->key = g_strdup (i % 2 ? "odd" : NULL);
      g_assert_true (store_put_run (store, run, NULL, &error));
    }
  all = store_list_runs (store, NULL, 0, &error);
  g_assert_cmpuint (all->len, ==, 5);
  g_assert_cmpstr (((LeydenRunRow *) all->pdata[0])->run, ==, "run-4");
  g_assert_cmpstr (((LeydenRunRow *) all->pdata[4])->run, ==, "run-0");
  two = store_list_runs (store, NULL, 2, &error);
  g_assert_cmpuint (two->len, ==, 2);
  keyed = store_list_runs (store, "odd", 0, &error);
  g_assert_cmpuint (keyed->len, ==, 2);
  g_assert_cmpstr (((LeydenRunRow *) keyed->pdata[0])->run, ==, "run-3");

  g_free (changed->state);
  changed->state = g_strdup ("succeeded");
  leyden_value_unref (changed->definition);
  changed->definition = make_payload (5, "def");
  g_assert_true (store_put_run (store, changed, NULL, &error));
  got = store_get_run (store, "run-2", &error);
  g_assert_cmpstr (got->state, ==, "succeeded");
  g_assert_true (leyden_value_equal (got->definition, changed->definition));

  append (store, "loose", 1, 1);
  loose = store_list_rollouts (store, NULL, NULL, -1, 0, &error);
  g_assert_cmpuint (loose->len, ==, 1);
  g_assert_cmpstr (((LeydenRolloutRow *) loose->pdata[0])->state, ==, "running");
}

static void
test_fold (LeydenStore *store)
{
  static const guint64 untils[] = { 1, 2, 255, 256, 257, 511, 512, 513, 999, 1000 };
  g_autoptr(LeydenValue) whole = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(LeydenValue) missing = NULL;
  g_autoptr(GError) error = NULL;
  gpointer state = count_reducer ()->init ();
  guint next = 0;

  for (guint64 i = 1; i <= 1000; i += 50)
    append (store, "a", i, i + 49);
  whole = store_fold (store, "a", 0, count_reducer (), &error);
  g_assert_no_error (error);
  for (guint64 i = 1; i <= 1000; i++)
    {
      g_autoptr(LeydenRecord) record = make_record ("a", i);

      count_reducer ()->apply (state, record);
      if (i == untils[next])
        {
          g_autoptr(LeydenValue) expected = count_reducer ()->serialise (state);
          g_autoptr(LeydenValue) until = store_fold (store, "a", i, count_reducer (), &error);

          g_assert_no_error (error);
          g_assert_true (leyden_value_equal (expected, until));
          next++;
        }
    }
  count_reducer ()->free (state);
  g_assert_cmpuint (next, ==, G_N_ELEMENTS (untils));
  again = store_fold (store, "a", 5000, count_reducer (), &error);
  g_assert_true (leyden_value_equal (whole, again));
  g_assert_cmpint (leyden_value_get_member_int (whole, "count", 0), ==, 1000);
  missing = store_fold (store, "nobody", 0, count_reducer (), &error);
  g_assert_null (missing);
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
}

static void
test_blobs (LeydenStore *store)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static ("hello", 5);
  g_autoptr(GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr(GError) error = NULL;
  g_autofree char *sha256 = store_put_blob (store, bytes, &error);
  g_autofree char *again = store_put_blob (store, bytes, &error);
  g_autofree char *nothing = store_put_blob (store, empty, &error);
  g_autofree char *path = store_open_blob (store, sha256, &error);
  g_autofree char *folder = make_folder ();
  g_autofree char *file = g_build_filename (folder, "upload", NULL);
  g_autofree char *adopted_sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "adopted", -1);
  g_autofree char *adopted = NULL;
  g_autofree char *text = NULL;
  static const char * const bad[] = {
    "", "..", "../../etc/passwd", "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9825",
  };

  g_assert_cmpstr (sha256, ==, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  g_assert_cmpstr (again, ==, sha256);
  g_assert_nonnull (nothing);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "hello");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (store_open_blob (store, bad[i], &error));
      g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
      g_clear_error (&error);
    }

  g_assert_true (g_file_set_contents (file, "adopted", -1, NULL));
  g_assert_true (store_adopt_blob (store, file, adopted_sha256, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  adopted = store_open_blob (store, adopted_sha256, &error);
  g_assert_nonnull (adopted);
  g_assert_false (store_adopt_blob (store, file, adopted_sha256, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  remove_tree (folder);
}

static void
test_large_payload (LeydenStore *store)
{
  static const gsize sizes[] = { 10, 65000, 65536, 70000, 3000000, 20 };
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GPtrArray) read = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = g_strnfill (sizes[i], 'x');
      g_autoptr(LeydenValue) payload = make_payload (i, text);

      g_ptr_array_add (records, make_record_with ("a", i + 1, payload));
    }
  g_assert_true (store_append (store, records, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (store_append (store, records, NULL, &error));
  read = store_read_rollout (store, "a", 0, 0, &error);
  g_assert_no_error (error);
  assert_sequences (read, 1, G_N_ELEMENTS (sizes));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_true (leyden_value_equal (((LeydenRecord *) read->pdata[i])->payload, ((LeydenRecord *) records->pdata[i])->payload));
}

static void
test_documents (LeydenStore *store)
{
  g_autoptr(LeydenValue) one = make_payload (1, "one");
  g_autoptr(LeydenValue) two = make_payload (2, "two");
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) other = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(LeydenValue) none = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (store_put_document (store, "endpoint", "b", one, &error));
  g_assert_true (store_put_document (store, "endpoint", "a", one, &error));
  g_assert_true (store_put_document (store, "endpoint", "a", two, &error));
  g_assert_true (store_put_document (store, "other", "a", one, &error));
  g_assert_true (store_put_document (store, "endpoint", "gone", one, &error));
  g_assert_true (store_put_document (store, "endpoint", "gone", NULL, &error));
  g_assert_true (store_put_document (store, "endpoint", "never there", NULL, &error));
  list = store_list_documents (store, "endpoint", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (leyden_value_get_size (list), ==, 2);
  g_assert_cmpstr (leyden_value_get_key (list, 0), ==, "a");
  g_assert_true (leyden_value_equal (leyden_value_get_member (list, "a"), two));
  g_assert_true (leyden_value_equal (leyden_value_get_member (list, "b"), one));
  other = store_list_documents (store, "nothing", &error);
  g_assert_cmpuint (leyden_value_get_size (other), ==, 0);
  found = store_get_document (store, "endpoint", "a", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (leyden_value_get_size (found), ==, 1);
  g_assert_true (leyden_value_equal (leyden_value_get_member (found, "a"), two));
  none = store_get_document (store, "endpoint", "gone", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (leyden_value_get_size (none), ==, 0);
}

static void
cancelled_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_run_finish (LEYDEN_STORE (object), result, &error);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) data = TRUE;
}

static void
test_cancel (LeydenStore *store)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  gboolean done = FALSE;

  append (store, "a", 1, 10);
  g_cancellable_cancel (cancellable);
  leyden_store_read_run_async (store, NULL, 0, 0, cancellable, cancelled_cb, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
run_case (gconstpointer data)
{
  const Conformance *self = data;
  LeydenStore *store = self->factory ();

  self->each->test (store);
  self->done (store);
}

void
store_conformance_add (const char  *prefix,
                       StoreFactory factory,
                       StoreDone    done)
{
  static const Case cases[] = {
    { "round-trip", test_round_trip },
    { "paging", test_paging },
    { "scan", test_scan },
    { "sequence-conflicts", test_sequence_conflicts },
    { "append-again", test_append_again },
    { "concurrent", test_concurrent },
    { "resume-positions", test_resume_positions },
    { "rows", test_rows },
    { "row-of-another-run", test_row_of_another_run },
    { "run-counts", test_run_counts },
    { "list-runs", test_list_runs },
    { "fold", test_fold },
    { "blobs", test_blobs },
    { "large-payload", test_large_payload },
    { "documents", test_documents },
    { "experiments", store_conformance_experiments },
    { "cache", store_conformance_cache },
    { "cancel", test_cancel },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/%s/%s", prefix, cases[i].name);
      Conformance *each = g_new0 (Conformance, 1);

      *each = (Conformance) { &cases[i], factory, done };
      g_test_add_data_func_full (path, each, run_case, g_free);
    }
}
