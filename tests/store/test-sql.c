/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doors for tables of other rooms: questions in threads, changes in the writer. */
#include "store-helpers.h"

#include "leyden-readers.h"
#include "leyden-store-change.h"
#include "leyden-store-sql.h"

typedef struct
{
  char              *folder;
  LeydenSqliteStore *store;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;

  fixture->folder = make_folder ();
  path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture->store = store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  if (fixture->store != NULL)
    store_finish (LEYDEN_STORE (fixture->store));
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

typedef struct
{
  gboolean done;
  gpointer answer;
  GError  *error;
} Answer;

static void
select_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Answer *answer = data;

  answer->answer = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &answer->error);
  answer->done = TRUE;
}

static void
change_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Answer *answer = data;

  answer->answer = GINT_TO_POINTER (leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &answer->error));
  answer->done = TRUE;
}

static void
wait_for (Answer *answer)
{
  while (!answer->done)
    g_main_context_iteration (NULL, TRUE);
}

/* The one number of the question @data. */
static gpointer
get_number (sqlite3      *db,
            gpointer      data,
            GCancellable *cancellable,
            GError      **error)
{
  sqlite3_stmt *statement = leyden_sqlite_prepare (db, data, error);
  gpointer answer = NULL;

  if (statement != NULL && leyden_sqlite_next (statement, error))
    answer = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  return answer;
}

static char *
ask (Fixture      *fixture,
     const char   *text,
     guint         limit_ms,
     GCancellable *cancellable,
     GError      **error)
{
  Answer answer = { 0 };

  leyden_sqlite_store_select_async (fixture->store, get_number, g_strdup (text), g_free, g_free, limit_ms, cancellable, select_cb, &answer);
  wait_for (&answer);
  if (answer.error != NULL)
    g_propagate_error (error, answer.error);
  return answer.answer;
}

static gboolean
put_name (sqlite3 *db,
          gpointer data,
          GError **error)
{
  g_autofree char *text = g_strdup_printf ("INSERT INTO names (name) VALUES ('%s')", (char *) data);

  return leyden_sqlite_exec (db, text, error);
}

/* Does half and fails. */
static gboolean
put_two (sqlite3 *db,
         gpointer data,
         GError **error)
{
  return put_name (db, data, error) && put_name (db, data, error);
}

static void
change (Fixture            *fixture,
        LeydenSqliteChange  func,
        const char         *name,
        gboolean            later,
        Answer             *answer)
{
  if (later)
    leyden_sqlite_store_change_later_async (fixture->store, "names", func, g_strdup (name), g_free, change_cb, answer);
  else
    leyden_sqlite_store_change_async (fixture->store, "names", func, g_strdup (name), g_free, change_cb, answer);
}

#define ENDLESS "WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t) SELECT count (*) FROM t"

static void
test_select (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_autofree char *text = ask (fixture, "SELECT projection FROM facts_cursor", 0, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "0");
  g_assert_null (ask (fixture, ENDLESS, 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_null (ask (fixture, "DELETE FROM names", 0, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_null (ask (fixture, ENDLESS, 0, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* What is sorted stands in memory: a question with a limit must not take all that the machine has. */
static void
test_select_large (Fixture      *fixture,
                   gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  void *much = sqlite3_malloc64 ((G_GUINT64_CONSTANT (1) << 30) + 4096);

  g_assert_nonnull (much);
  g_assert_null (ask (fixture, ENDLESS, 60000, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  sqlite3_free (much);
}

/* More than can run at once: the others begin as soon as one ends, whatever it came to. */
static void
test_select_many (Fixture      *fixture,
                  gconstpointer data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Answer endless[LEYDEN_READERS_MAX * 2] = { { 0 } };
  Answer quick[LEYDEN_READERS_MAX * 3] = { { 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (endless); i++)
    leyden_sqlite_store_select_async (fixture->store, get_number, g_strdup (ENDLESS), g_free, g_free, 0, cancellable, select_cb, &endless[i]);
  for (guint i = 0; i < G_N_ELEMENTS (quick); i++)
    leyden_sqlite_store_select_async (fixture->store, get_number, g_strdup ("SELECT projection FROM facts_cursor"), g_free, g_free, 0, NULL, select_cb, &quick[i]);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (quick); i++)
    g_assert_false (quick[i].done);
  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < G_N_ELEMENTS (endless); i++)
    {
      wait_for (&endless[i]);
      g_assert_error (endless[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&endless[i].error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (quick); i++)
    {
      wait_for (&quick[i]);
      g_assert_no_error (quick[i].error);
      g_assert_cmpstr (quick[i].answer, ==, "0");
      g_free (quick[i].answer);
    }
}

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (50000);
  g_cancellable_cancel (data);
  return NULL;
}

/* One that runs is stopped by its cancellable, and those that run at the end by the end. */
static void
test_select_interrupted (Fixture      *fixture,
                         gconstpointer data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);
  Answer answers[6] = { 0 };

  g_assert_null (ask (fixture, ENDLESS, 0, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    leyden_sqlite_store_select_async (fixture->store, get_number, g_strdup (ENDLESS), g_free, g_free, 0, NULL, select_cb, &answers[i]);
  g_usleep (50000);
  leyden_sqlite_store_close (fixture->store);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      wait_for (&answers[i]);
      g_assert_error (answers[i].error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
      g_clear_error (&answers[i].error);
    }
}

/* A failed change leaves nothing, and does not harm those beside it. */
static void
test_change (Fixture      *fixture,
             gconstpointer data)
{
  Answer a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
  g_autofree char *text = NULL;

  change (fixture, put_name, "a", FALSE, &a);
  change (fixture, put_two, "b", FALSE, &b);
  change (fixture, put_name, "c", FALSE, &c);
  change (fixture, put_name, "d", TRUE, &d);
  wait_for (&a);
  wait_for (&b);
  wait_for (&c);
  wait_for (&d);
  g_assert_no_error (a.error);
  g_assert_error (b.error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
  g_clear_error (&b.error);
  g_assert_no_error (c.error);
  g_assert_no_error (d.error);
  text = ask (fixture, "SELECT group_concat (name, '') FROM (SELECT name FROM names ORDER BY name)", 0, NULL, NULL);
  g_assert_cmpstr (text, ==, "acd");
}

static gboolean
refuse_names (const char *actor,
               const char *what,
               const char *object,
               gpointer    data)
{
  return !g_str_equal (object, "names");
}

static void
test_change_refused (Fixture      *fixture,
                     gconstpointer data)
{
  Answer a = { 0 }, b = { 0 };

  leyden_sqlite_store_set_authorize (fixture->store, refuse_names, NULL, NULL);
  change (fixture, put_name, "a", FALSE, &a);
  wait_for (&a);
  g_assert_error (a.error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_REFUSED);
  g_clear_error (&a.error);
  leyden_sqlite_store_close (fixture->store);
  change (fixture, put_name, "b", TRUE, &b);
  wait_for (&b);
  g_assert_error (b.error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
  g_clear_error (&b.error);
}

/* What waits for its turn is done at the end, too. */
static void
test_change_at_end (Fixture      *fixture,
                    gconstpointer data)
{
  Answer answers[20] = { 0 };
  g_autofree char *path = g_strdup (leyden_sqlite_store_get_path (fixture->store));
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      char name[] = { (char) ('a' + i), '\0' };

      change (fixture, put_name, name, i % 2, &answers[i]);
    }
  leyden_sqlite_store_close (fixture->store);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      wait_for (&answers[i]);
      g_assert_no_error (answers[i].error);
    }
  store_finish (LEYDEN_STORE (g_steal_pointer (&fixture->store)));
  fixture->store = store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  text = ask (fixture, "SELECT count (*) FROM names", 0, NULL, NULL);
  g_assert_cmpstr (text, ==, "20");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/store-sql/select", Fixture, NULL, set_up, test_select, tear_down);
  g_test_add ("/store-sql/select/large", Fixture, NULL, set_up, test_select_large, tear_down);
  g_test_add ("/store-sql/select/many", Fixture, NULL, set_up, test_select_many, tear_down);
  g_test_add ("/store-sql/select/interrupted", Fixture, NULL, set_up, test_select_interrupted, tear_down);
  g_test_add ("/store-sql/change", Fixture, NULL, set_up, test_change, tear_down);
  g_test_add ("/store-sql/change/refused", Fixture, NULL, set_up, test_change_refused, tear_down);
  g_test_add ("/store-sql/change/at-end", Fixture, NULL, set_up, test_change_at_end, tear_down);
  return g_test_run ();
}
