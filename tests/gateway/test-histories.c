/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-gateway"

#include <glib/gstdio.h>
#include <string.h>

#include "leyden-engine.h"
#include "leyden-histories.h"
#include "leyden-json.h"
#include "store-helpers.h"

/* Rollouts that are looked at: out of memory, as the log grows, when others push them out, when the log is gone. */

typedef struct
{
  char            *folder;
  LeydenStore     *store;
  LeydenHistories *histories;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;

  fixture->folder = make_folder ();
  path = g_build_filename (fixture->folder, "histories.db", NULL);
  fixture->store = LEYDEN_STORE (store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_no_error (error);
  fixture->histories = leyden_histories_new (fixture->store);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  leyden_histories_free (fixture->histories);
  store_finish (fixture->store);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

/* Rounds of a map: start and end of a node, and its value. */
static void
grow (Fixture    *fixture,
      const char *rollout,
      guint64     first,
      guint64     last)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GError) error = NULL;

  for (guint64 i = first; i <= last; i++)
    {
      g_autofree char *node = g_strdup_printf ("m[%" G_GUINT64_FORMAT "]/a", i / 2);
      g_autofree char *text = g_strdup_printf ("{\"outputs\": {\"o\": %" G_GUINT64_FORMAT "}}", i);
      g_autoptr(LeydenValue) payload = leyden_json_parse (text, -1, NULL, NULL);

      g_ptr_array_add (records, leyden_record_new (rollout, "0", i, (gint64) i, "engine", i == 1 ? "rollout.started" : i % 2 == 0 ? "node.started" : "node.finished",
                                                   i == 1 ? "" : node, payload));
    }
  g_assert_true (store_append (fixture->store, records, NULL, &error));
  g_assert_no_error (error);
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static LeydenValue *
summarise (LeydenTimeline *timeline,
           gpointer        data)
{
  return leyden_timeline_summarise (timeline, *(guint64 *) data, "", 100);
}

/* The summary and the values at @until are what the fold says. */
static void
check (Fixture    *fixture,
       const char *rollout,
       guint64     until)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRolloutRow) row = store_get_rollout (fixture->store, rollout, &error);
  g_autoptr(GAsyncResult) asked = NULL;
  g_autoptr(GAsyncResult) folded = NULL;
  g_autoptr(LeydenValue) summary = NULL;
  g_autoptr(LeydenValue) values = NULL;
  g_autoptr(LeydenValue) state = store_fold (fixture->store, rollout, until, leyden_rollout_reducer (), &error);
  g_autofree char *round = g_strdup_printf ("m[%" G_GUINT64_FORMAT "]/", until / 2);
  g_autofree char *path = g_strconcat (round, "a", NULL);
  const char * const prefixes[] = { round, NULL };

  g_assert_no_error (error);
  leyden_histories_ask_async (fixture->histories, row, until, summarise, &until, NULL, result_cb, &asked);
  leyden_histories_fold_async (fixture->histories, row, until, prefixes, 100, result_cb, &folded);
  summary = leyden_histories_ask_finish (wait_for (&asked), &error);
  g_assert_no_error (error);
  values = leyden_histories_fold_finish (wait_for (&folded), &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (summary, "sequence", 0), ==, (gint64) until);
  g_assert_cmpstr (leyden_value_get_member_string (summary, "rollout", ""), ==, rollout);
  g_assert_true (leyden_value_equal (leyden_value_get_member (leyden_value_get_member (values, "nodes"), path),
                                     leyden_value_get_member (leyden_value_get_member (state, "nodes"), path)));
}

/* Who waits for a long log is told how far it is. */
static void
test_progress (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenRolloutRow) row = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GAsyncResult) asked = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  guint64 until = 20000, n_read = 7, before = 0;

  grow (fixture, "a", 1, 20000);
  row = store_get_rollout (fixture->store, "a", &error);
  g_assert_no_error (error);
  g_assert_false (leyden_histories_get_progress (fixture->histories, "a", &n_read));
  g_assert_cmpuint (n_read, ==, 0);
  leyden_histories_ask_async (fixture->histories, row, until, summarise, &until, NULL, result_cb, &asked);
  g_assert_true (leyden_histories_get_progress (fixture->histories, "a", &n_read));
  while (leyden_histories_get_progress (fixture->histories, "a", &n_read))
    {
      g_assert_cmpuint (n_read, >=, before);
      before = n_read;
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (n_read, ==, until);
  answer = leyden_histories_ask_finish (wait_for (&asked), &error);
  g_assert_no_error (error);
}

static void
test_growing (Fixture       *fixture,
              gconstpointer  data)
{
  grow (fixture, "a", 1, 1000);
  check (fixture, "a", 1000);
  check (fixture, "a", 3);
  grow (fixture, "a", 1001, 1501);
  check (fixture, "a", 1501);
  check (fixture, "a", 999);
}

/* Many ask at once for what is not read yet. */
static void
test_many (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenRolloutRow) row = NULL;
  GAsyncResult *results[50] = { NULL };
  guint64 untils[50];

  grow (fixture, "a", 1, 2000);
  row = store_get_rollout (fixture->store, "a", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      untils[i] = 1 + i * 40;
      leyden_histories_ask_async (fixture->histories, row, untils[i], summarise, &untils[i], NULL, result_cb, &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GAsyncResult) result = wait_for (&results[i]);
      g_autoptr(LeydenValue) summary = leyden_histories_ask_finish (result, &error);

      g_assert_no_error (error);
      g_assert_cmpint (leyden_value_get_member_int (summary, "sequence", 0), ==, (gint64) untils[i]);
    }
}

typedef struct
{
  GMutex   lock;
  GCond    cond;
  gboolean begun, let_go;
} Gate;

static gboolean
wait_at (Gate     *gate,
         gboolean *open)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (!*open && g_cond_wait_until (&gate->cond, &gate->lock, end))
    ;
  return *open;
}

/* As the waterfall of a long log, which takes its time: here, until it is let go. */
static LeydenValue *
take_long (LeydenTimeline *timeline,
           gpointer        data)
{
  Gate *gate = data;
  gboolean let_go;

  g_mutex_lock (&gate->lock);
  gate->begun = TRUE;
  g_cond_broadcast (&gate->cond);
  let_go = wait_at (gate, &gate->let_go);
  g_mutex_unlock (&gate->lock);
  return leyden_value_new_boolean (let_go);
}

/* Who moves through time does not wait for another who looks at all of it. */
static void
test_aside (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenRolloutRow) row = NULL;
  g_autoptr(GAsyncResult) asked = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;
  Gate gate = { 0 };

  g_mutex_init (&gate.lock);
  g_cond_init (&gate.cond);
  grow (fixture, "a", 1, 1000);
  row = store_get_rollout (fixture->store, "a", NULL);
  check (fixture, "a", 1000);
  leyden_histories_ask_async (fixture->histories, row, 1000, take_long, &gate, NULL, result_cb, &asked);
  g_mutex_lock (&gate.lock);
  g_assert_true (wait_at (&gate, &gate.begun));
  g_mutex_unlock (&gate.lock);
  for (guint64 at = 1; at <= 1000; at += 111)
    check (fixture, "a", at);
  g_mutex_lock (&gate.lock);
  gate.let_go = TRUE;
  g_cond_broadcast (&gate.cond);
  g_mutex_unlock (&gate.lock);
  answer = leyden_histories_ask_finish (wait_for (&asked), &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_get_boolean (answer));
  g_cond_clear (&gate.cond);
  g_mutex_clear (&gate.lock);
}

static void
test_pushed_out (Fixture       *fixture,
                 gconstpointer  data)
{
  static const char * const names[] = { "a", "b", "c" };

  leyden_histories_set_limit (fixture->histories, 1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    grow (fixture, names[i], 1, 500 + 100 * i);
  for (guint i = 0; i < 4 * G_N_ELEMENTS (names); i++)
    check (fixture, names[i % G_N_ELEMENTS (names)], 500 - i);
}

/* What is asked for while the reader ends is answered or refused, never left waiting; what is no log is an error. */
static void
test_ends (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenRolloutRow) row = NULL;
  g_autoptr(LeydenRolloutRow) nobody = leyden_rollout_row_new ();
  g_autoptr(GAsyncResult) missing = NULL;
  g_autoptr(GAsyncResult) late = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) nothing = NULL;
  guint64 until = 1500;

  grow (fixture, "a", 1, 1500);
  row = store_get_rollout (fixture->store, "a", NULL);
  nobody->rollout = g_strdup ("nobody");
  nobody->last_sequence = 10;
  leyden_histories_ask_async (fixture->histories, nobody, 10, summarise, &until, NULL, result_cb, &missing);
  nothing = leyden_histories_ask_finish (wait_for (&missing), &error);
  g_assert_null (nothing);
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  leyden_histories_ask_async (fixture->histories, row, until, summarise, &until, NULL, result_cb, &late);
  leyden_histories_free (fixture->histories);
  fixture->histories = leyden_histories_new (fixture->store);
  nothing = leyden_histories_ask_finish (wait_for (&late), &error);
  g_assert_true (nothing != NULL || error != NULL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/histories/growing", Fixture, NULL, set_up, test_growing, tear_down);
  g_test_add ("/histories/progress", Fixture, NULL, set_up, test_progress, tear_down);
  g_test_add ("/histories/many", Fixture, NULL, set_up, test_many, tear_down);
  g_test_add ("/histories/aside", Fixture, NULL, set_up, test_aside, tear_down);
  g_test_add ("/histories/pushed-out", Fixture, NULL, set_up, test_pushed_out, tear_down);
  g_test_add ("/histories/ends", Fixture, NULL, set_up, test_ends, tear_down);
  return g_test_run ();
}
