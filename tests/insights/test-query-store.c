/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions in threads of a store: several at once, given up on when nobody waits for them. */
#include "facts-helpers.h"
#include "leyden-query.h"
#include "leyden-store-change.h"
#include "store-helpers.h"

#define N_AT_ONCE 12

typedef struct
{
  char              *folder;
  LeydenSqliteStore *store;
} Fixture;

static gboolean
fill (sqlite3 *db,
      gpointer data,
      GError **error)
{
  for (int i = 1; i <= 300; i++)
    {
      g_autofree char *set = g_strdup_printf ("reward = %d, finished_ns = %d000000000", i, i);

      facts_rollout (db, i, set);
    }
  return TRUE;
}

static void
changed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  g_assert_no_error (error);
  *(gboolean *)data = TRUE;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  gboolean done = FALSE;

  fixture->folder = make_folder ();
  path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture->store = store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  leyden_sqlite_store_change_async (fixture->store, "facts", fill, NULL, NULL, changed_cb, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  store_finish (LEYDEN_STORE (fixture->store));
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

typedef struct
{
  guint        n_done;
  LeydenValue *answers[N_AT_ONCE];
  GError      *errors[N_AT_ONCE];
} Answers;

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Answers *answers = data;

  answers->answers[answers->n_done] = leyden_query_run_finish (LEYDEN_SQLITE_STORE (object), result, &answers->errors[answers->n_done]);
  answers->n_done++;
}

static void
wait_for (Answers *answers,
          guint    n)
{
  while (answers->n_done < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
answers_clear (Answers *answers)
{
  for (guint i = 0; i < answers->n_done; i++)
    {
      g_clear_pointer (&answers->answers[i], leyden_value_unref);
      g_clear_error (&answers->errors[i]);
    }
}

static void
test_at_once (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(LeydenValue) query = facts_json ("{'metric': 'reward', 'aggregation': 'sum', 'shape': 'value', 'from': 0}");
  Answers answers = { 0 };

  for (guint i = 0; i < N_AT_ONCE; i++)
    leyden_query_run_async (fixture->store, query, NULL, answered_cb, &answers);
  wait_for (&answers, N_AT_ONCE);
  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      double sum = 0;

      g_assert_no_error (answers.errors[i]);
      g_assert_true (leyden_value_get_double (leyden_value_lookup_pointer (answers.answers[i], "/series/0/y/0"), &sum));
      g_assert_cmpfloat (sum, ==, 300 * 301 / 2);
    }
  answers_clear (&answers);
}

/* More of them than threads, none of which would end in our lifetime. */
static void
test_given_up (Fixture      *fixture,
               gconstpointer data)
{
  g_autoptr(LeydenValue) endless = facts_json ("{'sql': 'SELECT count (*) FROM rollouts a, rollouts b, rollouts c, rollouts d, rollouts e, rollouts f, "
                                               "rollouts g, rollouts h'}");
  g_autoptr(LeydenValue) query = facts_json ("{'metric': 'ended', 'shape': 'value', 'from': 0}");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Answers answers = { 0 }, after = { 0 };

  for (guint i = 0; i < N_AT_ONCE; i++)
    leyden_query_run_async (fixture->store, endless, cancellable, answered_cb, &answers);
  g_cancellable_cancel (cancellable);
  wait_for (&answers, N_AT_ONCE);
  for (guint i = 0; i < N_AT_ONCE; i++)
    g_assert_error (answers.errors[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  leyden_query_run_async (fixture->store, query, NULL, answered_cb, &after);
  wait_for (&after, 1);
  g_assert_no_error (after.errors[0]);
  answers_clear (&answers);
  answers_clear (&after);
}

/* One that takes too long says so. */
static void
test_late (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(LeydenValue) endless = facts_json ("{'sql': 'SELECT count (*) FROM rollouts a, rollouts b, rollouts c, rollouts d, rollouts e, rollouts f, "
                                               "rollouts g, rollouts h'}");
  Answers answers = { 0 };

  leyden_query_run_async (fixture->store, endless, NULL, answered_cb, &answers);
  wait_for (&answers, 1);
  g_assert_error (answers.errors[0], G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  answers_clear (&answers);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/query-store/at-once", Fixture, NULL, set_up, test_at_once, tear_down);
  g_test_add ("/query-store/given-up", Fixture, NULL, set_up, test_given_up, tear_down);
  g_test_add ("/query-store/late", Fixture, NULL, set_up, test_late, tear_down);
  return g_test_run ();
}
