/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is special to the SQLite store: groups, the lock, secrets, disk errors, checkpoints of folds, the end. */
#include "store-helpers.h"

#include "leyden-blobs.h"
#include "leyden-sqlite-store-private.h"
#include "leyden-store-agl.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char              *folder;
  char              *path;
  LeydenSqliteStore *sqlite;
  LeydenStore       *store;
} Fixture;

static void
fixture_open (Fixture             *fixture,
              LeydenStoreOpenFlags flags)
{
  g_autoptr(GError) error = NULL;

  fixture->sqlite = store_open (fixture->path, flags, &error);
  g_assert_no_error (error);
  fixture->store = LEYDEN_STORE (fixture->sqlite);
}

static void
fixture_close (Fixture *fixture)
{
  store_finish (fixture->store);
  fixture->store = NULL;
  fixture->sqlite = NULL;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture_open (fixture, LEYDEN_STORE_OPEN_DEFAULT);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  if (fixture->store != NULL)
    fixture_close (fixture);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
append (Fixture    *fixture,
        const char *rollout,
        guint64     first,
        guint64     last)
{
  g_autoptr(GPtrArray) records = make_records (rollout, first, last);
  g_autoptr(GError) error = NULL;

  g_assert_true (store_append (fixture->store, records, NULL, &error));
  g_assert_no_error (error);
}

static gint64
query (const char *path,
       const char *text)
{
  sqlite3 *db;
  sqlite3_stmt *statement;
  gint64 out;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, text, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  out = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return out;
}

/* --- groups --- */

static void
count_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_assert_true (leyden_store_append_finish (LEYDEN_STORE (object), result, NULL));
  *(guint *) data -= 1;
}

static void
test_group_commit (Fixture      *fixture,
                   gconstpointer data)
{
  guint n_waiting = 2000;

  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("r%u", i % 20);
      g_autoptr(GPtrArray) records = make_records (rollout, 1 + i / 20, 1 + i / 20);

      leyden_store_append_async (fixture->store, records, NULL, count_cb, &n_waiting);
    }
  while (n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (leyden_sqlite_store_get_n_commits (fixture->sqlite), <, 1000);
  fixture_close (fixture);
  /* A segment holds what a rollout appended in one commit. */
  g_assert_cmpint (query (fixture->path, "SELECT count (*) FROM segments"), <, 1500);
  g_assert_cmpint (query (fixture->path, "SELECT sum (n_records) FROM segments"), ==, 2000);
  g_assert_cmpint (query (fixture->path, "SELECT last_position FROM store"), ==, 2000);
}

static void
expect_conflict_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (leyden_store_append_finish (LEYDEN_STORE (object), result, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
  *(guint *) data -= 1;
}

/* A refused append does not take others of its group along. */
static void
test_refusal_in_a_group (Fixture      *fixture,
                         gconstpointer data)
{
  guint n_waiting = 300;

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr(GPtrArray) good = make_records ("good", 1 + i, 1 + i);
      g_autoptr(GPtrArray) bad = make_records ("bad", 2 + i, 2 + i);
      g_autoptr(GPtrArray) again = make_records ("good", 1, 1 + i);

      leyden_store_append_async (fixture->store, good, NULL, count_cb, &n_waiting);
      leyden_store_append_async (fixture->store, bad, NULL, expect_conflict_cb, &n_waiting);
      leyden_store_append_async (fixture->store, again, NULL, count_cb, &n_waiting);
    }
  while (n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  {
    g_autoptr(GPtrArray) all = store_read_run (fixture->store, NULL, 0, 0, NULL);
    g_autoptr(LeydenRolloutRow) none = store_get_rollout (fixture->store, "bad", NULL);

    g_assert_cmpuint (all->len, ==, 100);
    g_assert_null (none);
  }
}

/* --- the end --- */

static void
test_close_commits (Fixture      *fixture,
                    gconstpointer data)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  g_autoptr(GPtrArray) late = make_records ("a", 501, 501);
  g_autoptr(GError) error = NULL;
  guint n_waiting = 500;

  for (guint i = 0; i < 500; i++)
    {
      g_autoptr(GPtrArray) records = make_records ("a", 1 + i, 1 + i);
      leyden_store_append_async (fixture->store, records, NULL, count_cb, &n_waiting);
    }
  leyden_sqlite_store_close (fixture->sqlite);
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_cmpint (query (fixture->path, "SELECT sum (n_records) FROM segments"), ==, 500);
  while (n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);

  g_assert_false (store_append (fixture->store, late, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_null (store_read_rollout (fixture->store, "a", 0, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_run_finish (LEYDEN_STORE (object), result, &error);

  /* Whole, or an error; never a part. */
  if (records != NULL)
    g_assert_cmpuint (records->len, ==, 20000);
  else
    g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
  *(guint *) data -= 1;
}

static void
test_close_while_reading (Fixture      *fixture,
                          gconstpointer data)
{
  guint n_waiting = 12;

  append (fixture, "a", 1, 20000);
  for (guint i = 0; i < 12; i++)
    leyden_store_read_run_async (fixture->store, NULL, 0, 0, NULL, read_cb, &n_waiting);
  g_usleep (3000);
  leyden_sqlite_store_close (fixture->sqlite);
  while (n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
close_in_handler_cb (LeydenStore *store,
                     GPtrArray   *records,
                     gpointer     data)
{
  leyden_sqlite_store_close (LEYDEN_SQLITE_STORE (store));
}

static void
test_close_in_handler (Fixture      *fixture,
                       gconstpointer data)
{
  g_signal_connect (fixture->store, "committed", G_CALLBACK (close_in_handler_cb), NULL);
  append (fixture, "a", 1, 3);
}

static void
test_reopen (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(LeydenMigrations) migrations = leyden_migrations_load (NULL);
  g_autoptr(GPtrArray) records = NULL;
  GStatBuf info;

  append (fixture, "a", 1, 10);
  for (int i = 0; i < 3; i++)
    {
      fixture_close (fixture);
      fixture_open (fixture, i == 1 ? LEYDEN_STORE_OPEN_RELAXED : LEYDEN_STORE_OPEN_DEFAULT);
      append (fixture, "a", 11 + i, 11 + i);
    }
  records = store_read_run (fixture->store, NULL, 0, 0, NULL);
  g_assert_cmpuint (records->len, ==, 13);
  g_assert_cmpuint (((LeydenRecord *) records->pdata[12])->position, ==, 13);
  g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (query (fixture->path, "PRAGMA application_id"), ==, 0x4c657953);
  g_assert_cmpint (query (fixture->path, "PRAGMA user_version"), ==, leyden_migrations_get_latest (migrations));
}

/* --- the lock --- */

static void
test_lock (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());
  g_autofree char *owner = NULL;
  g_autofree char *link = g_build_filename (fixture->folder, "link.db", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_sqlite_store_find_owner (fixture->path));
  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, pid));
  g_clear_error (&error);

  leyden_sqlite_store_set_owner (fixture->sqlite, "http://127.0.0.1:4711");
  owner = leyden_sqlite_store_find_owner (fixture->path);
  g_assert_cmpstr (owner, ==, "http://127.0.0.1:4711");
  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, "http://127.0.0.1:4711"));
  g_clear_error (&error);

  /* By another name the same file. */
  g_assert_cmpint (symlink (fixture->path, link), ==, 0);
  g_assert_null (store_open (link, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_LOCKED);

  leyden_sqlite_store_set_owner (fixture->sqlite, "short");
  g_free (owner);
  owner = leyden_sqlite_store_find_owner (link);
  g_assert_cmpstr (owner, ==, "short");
  fixture_close (fixture);
  g_assert_null (leyden_sqlite_store_find_owner (fixture->path));
  fixture_open (fixture, LEYDEN_STORE_OPEN_DEFAULT);
}

static void
test_read_only_beside_owner (Fixture      *fixture,
                             gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(GPtrArray) more = make_records ("a", 4, 4);
  g_autoptr(LeydenValue) state = NULL;
  LeydenSqliteStore *beside;

  append (fixture, "a", 1, 3);
  beside = store_open (fixture->path, LEYDEN_STORE_OPEN_READ_ONLY, &error);
  g_assert_no_error (error);
  records = store_read_rollout (LEYDEN_STORE (beside), "a", 0, 0, &error);
  g_assert_cmpuint (records->len, ==, 3);
  g_assert_false (store_append (LEYDEN_STORE (beside), more, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_READ_ONLY);
  g_clear_error (&error);
  state = store_fold (LEYDEN_STORE (beside), "a", 0, count_reducer (), &error);
  g_assert_no_error (error);
  append (fixture, "a", 4, 6);
  g_ptr_array_unref (records);
  records = store_read_rollout (LEYDEN_STORE (beside), "a", 0, 0, &error);
  g_assert_cmpuint (records->len, ==, 6);
  store_finish (LEYDEN_STORE (beside));
  append (fixture, "a", 7, 7);
}

/* --- the door --- */

static gboolean
refuse_mallory (const char *actor,
                const char *what,
                const char *object,
                gpointer    data)
{
  g_ptr_array_add (data, g_strdup_printf ("%s %s %s", actor, what, object));
  return !g_str_equal (actor, "mallory") && !g_str_equal (object, "secret");
}

static void
test_authorize (Fixture      *fixture,
                gconstpointer data)
{
  GPtrArray *asked = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) records = make_records ("a", 1, 2);
  g_autoptr(LeydenRunRow) run = make_run ("secret", 1);
  g_autoptr(LeydenRolloutRow) row = make_row ("secret", NULL, 0, "running");
  g_autoptr(LeydenValue) value = make_payload (1, "x");
  g_autoptr(GBytes) bytes = g_bytes_new_static ("x", 1);
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *blob = NULL;

  leyden_sqlite_store_set_authorize (fixture->sqlite, refuse_mallory, asked, (GDestroyNotify) g_ptr_array_unref);
  g_ptr_array_add (records, leyden_record_new ("a", "0", 3, 1, "mallory", "reward", "", NULL));
  g_assert_false (store_append (fixture->store, records, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (store_put_run (fixture->store, run, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (store_append (fixture->store, NULL, row, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_true (store_put_document (fixture->store, "kind", "name", value, &error));
  g_assert_true (store_put_document (fixture->store, "kind", "name", NULL, &error));
  blob = store_put_blob (fixture->store, bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (asked->pdata[0], ==, "engine append a");
  g_assert_cmpstr (asked->pdata[1], ==, "mallory append a");
  g_assert_cmpstr (asked->pdata[2], ==, "engine run secret");
  g_assert_cmpstr (asked->pdata[3], ==, "engine append secret");
  g_assert_cmpstr (asked->pdata[4], ==, "engine document kind/name");
  g_assert_cmpstr (asked->pdata[5], ==, "engine delete kind/name");
  g_assert_cmpstr (asked->pdata[6], ==, "engine blob ");
  all = store_read_run (fixture->store, NULL, 0, 0, &error);
  g_assert_cmpuint (all->len, ==, 0);
}

/* --- secrets --- */

#define SECRET "sk-\"quoted\"\\secret"

static char *
redact (const char *text,
        gssize      length,
        gpointer    data)
{
  g_auto(GStrv) parts = NULL;

  if (strstr (text, SECRET) == NULL)
    return NULL;
  parts = g_strsplit (text, SECRET, -1);
  return g_strjoinv ("••••", parts);
}

static void
announced_cb (LeydenStore *store,
              GPtrArray   *records,
              gpointer     data)
{
  LeydenValue **payload = data;

  if (*payload == NULL)
    *payload = leyden_value_ref (((LeydenRecord *) records->pdata[0])->payload);
}

/* No file of the store holds any part that only the secret has. */
static void
assert_absent (const char *folder,
               const char *text)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *content = NULL;
      gsize size;

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        {
          assert_absent (path, text);
          continue;
        }
      g_assert_true (g_file_get_contents (path, &content, &size, NULL));
      g_assert_null (memmem (content, size, text, strlen (text)));
    }
}

static void
test_redaction (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(LeydenValue) payload = make_payload (1, "key " SECRET " and " SECRET ".");
  g_autoptr(LeydenValue) expected = make_payload (1, "key •••• and ••••.");
  g_autoptr(LeydenValue) announced = NULL;
  g_autofree char *long_text = g_strnfill (100000, 'x');
  g_autofree char *long_secret = g_strconcat (long_text, SECRET, NULL);
  g_autoptr(LeydenValue) long_payload = make_payload (2, long_secret);
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GPtrArray) read = NULL;
  g_autoptr(LeydenRolloutRow) row = make_row ("a", NULL, 0, "failed");
  g_autoptr(LeydenRolloutRow) got = NULL;
  g_autoptr(LeydenRunRow) run = make_run ("run", 1);
  g_autoptr(LeydenValue) documents = NULL;
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_set_redact (fixture->sqlite, redact, NULL, NULL, NULL);
  g_signal_connect (fixture->store, "committed", G_CALLBACK (announced_cb), &announced);
  g_ptr_array_add (records, make_record_with ("a", 1, payload));
  g_ptr_array_add (records, make_record_with ("a", 2, long_payload));
  row->error = g_strdup ("Refused: " SECRET);
  leyden_value_unref (run->definition);
  run->definition = leyden_value_ref (payload);
  g_assert_true (store_append (fixture->store, records, row, &error));
  g_assert_cmpuint (((LeydenRecord *) records->pdata[1])->position, ==, 2);
  g_assert_true (store_put_run (fixture->store, run, NULL, &error));
  g_assert_true (store_put_document (fixture->store, "endpoint", "x", payload, &error));
  /* Told again after a lost answer, with the secret: it is equal. */
  g_assert_true (store_append (fixture->store, records, row, &error));
  g_assert_no_error (error);

  read = store_read_rollout (fixture->store, "a", 0, 1, NULL);
  g_assert_true (leyden_value_equal (((LeydenRecord *) read->pdata[0])->payload, expected));
  g_assert_true (leyden_value_equal (announced, expected));
  got = store_get_rollout (fixture->store, "a", NULL);
  g_assert_cmpstr (got->error, ==, "Refused: ••••");
  documents = store_list_documents (fixture->store, "endpoint", NULL);
  g_assert_true (leyden_value_equal (leyden_value_get_member (documents, "x"), expected));
  fixture_close (fixture);
  assert_absent (fixture->folder, "quoted");
}

static char *
leave (const char *text,
       gssize      length,
       gpointer    data)
{
  return NULL;
}

/* Where nothing has to go out, all texts of an experiment are what they were. */
static void
test_nothing_to_redact (Fixture      *fixture,
                        gconstpointer data)
{
  LeydenExperimentBatch *batch = leyden_experiment_batch_new ("e");
  LeydenProposalRow *proposal = g_new0 (LeydenProposalRow, 1);
  g_autoptr(LeydenExperimentBatch) got = NULL;
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_set_redact (fixture->sqlite, leave, NULL, NULL, NULL);
  batch->row = leyden_experiment_row_new ();
  batch->row->experiment = g_strdup ("e");
  batch->row->key = g_strdup ("key");
  batch->row->definition = make_payload (1, "definition");
  *proposal = (LeydenProposalRow) { 2, 1, g_strdup ("p"), NULL, g_strdup ("s"), g_strdup ("too short"), NULL, g_strdup ("accepted"), g_strdup ("2 of 3") };
  g_ptr_array_add (batch->proposals, proposal);
  g_assert_true (store_put_experiment (fixture->store, batch, &error));
  got = store_read_experiment (fixture->store, "e", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (got->proposals->len, ==, 1);
  proposal = got->proposals->pdata[0];
  g_assert_cmpstr (proposal->critique, ==, "too short");
  g_assert_cmpstr (proposal->verdict, ==, "accepted");
  g_assert_cmpstr (proposal->why, ==, "2 of 3");
}

/* --- a log as a trainer looks at it --- */

/* "cut first last n" */
static GBytes *
format_log (const LeydenAglLog *log,
            gpointer            data)
{
  const LeydenRecord *first = log->records->pdata[0];
  const LeydenRecord *last = log->records->pdata[log->records->len - 1];
  char *text = g_strdup_printf ("%d %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u", log->cut, first->sequence, last->sequence, log->records->len);

  return g_bytes_new_take (text, strlen (text) + 1);
}

static void
log_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(GBytes **) data = leyden_sqlite_store_agl_answer_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  g_assert_no_error (error);
}

/* However long it is, so many records are looked at, the last ones; and it says so. */
static void
test_long_log (Fixture      *fixture,
               gconstpointer data)
{
  const struct { const char *rollout; guint n; const char *expected; } cases[] = {
    { "short", LEYDEN_AGL_LOG_RECORDS, "0 1 10000 10000" },
    { "long", LEYDEN_AGL_LOG_RECORDS + 5, "1 6 10005 10000" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GPtrArray) records = make_records (cases[i].rollout, 1, cases[i].n);
      g_autoptr(LeydenRolloutRow) row = make_row (cases[i].rollout, NULL, 0, "succeeded");
      g_autoptr(GBytes) answer = NULL;

      g_assert_true (store_append (fixture->store, records, row, NULL));
      leyden_sqlite_store_agl_log_async (fixture->sqlite, cases[i].rollout, format_log, NULL, NULL, log_cb, &answer);
      while (answer == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpstr (g_bytes_get_data (answer, NULL), ==, cases[i].expected);
    }
}

/* --- disk errors --- */

static void
test_full (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *text = g_strnfill (60000, 'x');
  g_autoptr(LeydenValue) payload = make_payload (1, text);
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(LeydenRolloutRow) row = make_row ("a", NULL, 0, "succeeded");
  g_autoptr(LeydenRolloutRow) got = NULL;
  g_autoptr(GPtrArray) read = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(GError) error = NULL;

  append (fixture, "a", 1, 2);
  for (guint i = 0; i < 10; i++)
    g_ptr_array_add (records, make_record_with ("a", 3 + i, payload));
  leyden_sqlite_store_limit_pages (fixture->sqlite, 3);
  for (int i = 0; i < 2; i++)
    {
      g_assert_false (store_append (fixture->store, records, row, &error));
      g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FULL);
      g_clear_error (&error);
      g_assert_cmpuint (((LeydenRecord *) records->pdata[0])->position, ==, 0);
    }
  got = store_get_rollout (fixture->store, "a", NULL);
  g_assert_cmpstr (got->state, ==, "running");
  g_assert_cmpuint (got->last_sequence, ==, 2);
  read = store_read_rollout (fixture->store, "a", 0, 0, NULL);
  g_assert_cmpuint (read->len, ==, 2);

  leyden_sqlite_store_limit_pages (fixture->sqlite, -1);
  g_assert_true (store_append (fixture->store, records, row, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (((LeydenRecord *) records->pdata[0])->position, ==, 3);
  found = store_inspect (fixture->sqlite, NULL);
  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
}

/* The write itself fails (a limit of the size of files), in the log or in a blob. */
static void
test_write_error (Fixture      *fixture,
                  gconstpointer data)
{
  struct rlimit before, limit;
  g_autofree char *text = g_strnfill (60000, 'x');
  g_autofree char *long_text = g_strnfill (3000000, 'y');
  g_autoptr(LeydenValue) payload = make_payload (1, text);
  g_autoptr(LeydenValue) long_payload = make_payload (1, long_text);
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GPtrArray) large = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GPtrArray) read = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(GError) error = NULL;

  append (fixture, "a", 1, 2);
  for (guint i = 0; i < 100; i++)
    g_ptr_array_add (records, make_record_with ("a", 3 + i, payload));
  g_ptr_array_add (large, make_record_with ("b", 1, long_payload));
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 1 << 20;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_false (store_append (fixture->store, records, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (store_append (fixture->store, large, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);

  g_assert_true (store_append (fixture->store, records, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (store_append (fixture->store, large, NULL, &error));
  g_assert_no_error (error);
  read = store_read_run (fixture->store, NULL, 0, 0, NULL);
  g_assert_cmpuint (read->len, ==, 103);
  g_assert_cmpuint (((LeydenRecord *) read->pdata[102])->position, ==, 103);
  found = store_inspect (fixture->sqlite, NULL);
  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
}

/* --- checkpoints of folds --- */

static void
test_fold_checkpoints (Fixture      *fixture,
                       gconstpointer data)
{
  g_autoptr(LeydenValue) whole = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(LeydenValue) broken = NULL;
  int applied;

  append (fixture, "a", 1, 1000);
  g_atomic_int_set (&count_reducer_applied, 0);
  whole = store_fold (fixture->store, "a", 0, count_reducer (), NULL);
  g_assert_cmpint (g_atomic_int_get (&count_reducer_applied), ==, 1000);
  fixture_close (fixture);
  g_assert_cmpint (query (fixture->path, "SELECT count (*) FROM checkpoints WHERE reducer = 'count/1'"), ==, 3);

  fixture_open (fixture, LEYDEN_STORE_OPEN_DEFAULT);
  g_atomic_int_set (&count_reducer_applied, 0);
  again = store_fold (fixture->store, "a", 0, count_reducer (), NULL);
  applied = g_atomic_int_get (&count_reducer_applied);
  g_assert_cmpint (applied, ==, 1000 - 768);
  g_assert_true (leyden_value_equal (whole, again));
  fixture_close (fixture);

  /* One that cannot be read is as if it were not there. */
  {
    sqlite3 *db;

    g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
    g_assert_cmpint (sqlite3_exec (db, "UPDATE checkpoints SET state = '{broken'", NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close (db);
  }
  fixture_open (fixture, LEYDEN_STORE_OPEN_DEFAULT);
  broken = store_fold (fixture->store, "a", 0, count_reducer (), NULL);
  g_assert_true (leyden_value_equal (whole, broken));
}

/* A state that grows with every record. */

static gpointer
growing_init (void)
{
  return g_string_new (NULL);
}

static void
growing_apply (gpointer      state,
               LeydenRecord *record)
{
  g_string_append_printf (state, "%060" G_GUINT64_FORMAT, record->sequence);
}

static LeydenValue *
growing_serialise (gpointer state)
{
  return leyden_value_new_string (((GString *) state)->str, -1);
}

static gpointer
growing_restore (LeydenValue *value)
{
  return g_string_new (leyden_value_get_string (value, NULL));
}

static void
growing_free (gpointer state)
{
  g_string_free (state, TRUE);
}

/* All that is kept of it together is no more than a few times the last of it. */
static void
test_fold_growing (Fixture      *fixture,
                   gconstpointer data)
{
  static const LeydenReducer reducer = { "growing/1", growing_init, growing_apply, growing_serialise, growing_restore, growing_free };
  static const guint64 untils[] = { 1, 256, 5000, 7777, 10000 };
  g_autoptr(LeydenValue) whole = NULL;

  append (fixture, "a", 1, 10000);
  whole = store_fold (fixture->store, "a", 0, &reducer, NULL);
  fixture_close (fixture);
  g_assert_cmpint (query (fixture->path, "SELECT count (*) FROM checkpoints"), >, 2);
  g_assert_cmpint (query (fixture->path, "SELECT sum (length (state)) FROM checkpoints"), <, 4 * 60 * 10000);

  fixture_open (fixture, LEYDEN_STORE_OPEN_DEFAULT);
  for (guint i = 0; i < G_N_ELEMENTS (untils); i++)
    {
      g_autoptr(LeydenValue) part = store_fold (fixture->store, "a", untils[i], &reducer, NULL);

      g_assert_cmpuint (strlen (leyden_value_get_string (part, NULL)), ==, 60 * untils[i]);
      g_assert_true (g_str_has_prefix (leyden_value_get_string (whole, NULL), leyden_value_get_string (part, NULL)));
    }
}

/* --- blobs --- */

static void
test_damaged_blob (Fixture      *fixture,
                   gconstpointer data)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static ("hello", 5);
  g_autofree char *sha256 = store_put_blob (fixture->store, bytes, NULL);
  g_autofree char *path = store_open_blob (fixture->store, sha256, NULL);
  g_autofree char *again = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_set_contents (path, "hellO", 5, NULL));
  g_assert_null (store_open_blob (fixture->store, sha256, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
  g_clear_error (&error);
  again = store_put_blob (fixture->store, bytes, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "hello");
}

static void
test_missing_payload (Fixture      *fixture,
                      gconstpointer data)
{
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autoptr(LeydenValue) payload = make_payload (1, text);
  g_autoptr(GPtrArray) records = make_records ("a", 1, 1);
  g_autofree char *blobs = g_strconcat (fixture->path, "-blobs", NULL);
  g_autoptr(GPtrArray) first = NULL;
  g_autoptr(GPtrArray) rest = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(GError) error = NULL;

  append (fixture, "b", 1, 1);
  g_ptr_array_add (records, make_record_with ("a", 2, payload));
  g_assert_true (store_append (fixture->store, records, NULL, &error));
  append (fixture, "b", 2, 2);
  remove_tree (blobs);
  g_assert_null (store_read_rollout (fixture->store, "a", 0, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
  g_clear_error (&error);
  first = store_read_rollout (fixture->store, "a", 0, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (first->len, ==, 1);
  /* The view of everything goes on without it, and says so. */
  rest = store_read_run (fixture->store, NULL, 0, 0, &error);
  g_assert_cmpuint (rest->len, ==, 2);
  g_assert_cmpuint (leyden_sqlite_store_get_n_skipped (fixture->sqlite), ==, 1);
  found = store_inspect (fixture->sqlite, &error);
  g_assert_false (leyden_value_get_member_boolean (found, "sound", TRUE));
}

/* An import that a crash cut off leaves nothing behind. */
static void
test_cut_import (Fixture      *fixture,
                 gconstpointer data)
{
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "x", -1);
  g_autofree char *kept = leyden_sqlite_store_dup_template (fixture->sqlite, NULL);
  g_autofree char *lost = leyden_sqlite_store_dup_template (fixture->sqlite, NULL);
  g_autofree char *found = NULL;
  g_autoptr(GError) error = NULL;

  close (g_mkstemp (kept));
  close (g_mkstemp (lost));
  g_assert_true (g_file_set_contents (kept, "x", 1, NULL));
  g_assert_true (store_adopt_blob (fixture->store, kept, sha256, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (lost, G_FILE_TEST_EXISTS));
  fixture_close (fixture);
  fixture_open (fixture, LEYDEN_STORE_OPEN_DEFAULT);
  g_assert_false (g_file_test (lost, G_FILE_TEST_EXISTS));
  found = store_open_blob (fixture->store, sha256, &error);
  g_assert_no_error (error);
  g_assert_nonnull (found);
}

static void
test_adopt_no_link (Fixture      *fixture,
                    gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->folder, "target", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "x", -1);
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (target, "x", 1, NULL));
  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_false (store_adopt_blob (fixture->store, link, sha256, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (store_adopt_blob (fixture->store, fixture->folder, sha256, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (store_adopt_blob (fixture->store, target, "../x", &error));
  g_assert_nonnull (error);
  g_assert_true (g_file_test (target, G_FILE_TEST_EXISTS));
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; void (*test) (Fixture *, gconstpointer); } cases[] = {
    { "/sqlite-store/group-commit", test_group_commit },
    { "/sqlite-store/refusal-in-a-group", test_refusal_in_a_group },
    { "/sqlite-store/close-commits", test_close_commits },
    { "/sqlite-store/close-while-reading", test_close_while_reading },
    { "/sqlite-store/close-in-handler", test_close_in_handler },
    { "/sqlite-store/reopen", test_reopen },
    { "/sqlite-store/lock", test_lock },
    { "/sqlite-store/read-only-beside-owner", test_read_only_beside_owner },
    { "/sqlite-store/authorize", test_authorize },
    { "/sqlite-store/redaction", test_redaction },
    { "/sqlite-store/nothing-to-redact", test_nothing_to_redact },
    { "/sqlite-store/long-log", test_long_log },
    { "/sqlite-store/full", test_full },
    { "/sqlite-store/write-error", test_write_error },
    { "/sqlite-store/fold-checkpoints", test_fold_checkpoints },
    { "/sqlite-store/fold-growing", test_fold_growing },
    { "/sqlite-store/damaged-blob", test_damaged_blob },
    { "/sqlite-store/cut-import", test_cut_import },
    { "/sqlite-store/missing-payload", test_missing_payload },
    { "/sqlite-store/adopt-no-link", test_adopt_no_link },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
