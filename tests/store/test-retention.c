/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What retention removes, and what it never does. */
#include "store-helpers.h"

#include "leyden-blob-marks.h"
#include "leyden-blobs.h"
#include "leyden-sqlite-store-private.h"
#include "leyden-store-agl.h"
#include "leyden-store-backup.h"
#include "leyden-store-change.h"
#include "leyden-store-sql.h"

#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#define DAY_NS G_GINT64_CONSTANT (86400000000000)

typedef struct
{
  char              *folder;
  char              *path;
  LeydenSqliteStore *sqlite;
  LeydenStore       *store;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture->sqlite = store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  fixture->store = LEYDEN_STORE (fixture->sqlite);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  store_finish (fixture->store);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static LeydenValue *
retain_as (Fixture               *fixture,
           const LeydenRetention *retention)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *answer;

  leyden_sqlite_store_retain_async (fixture->sqlite, retention, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  answer = leyden_sqlite_store_retain_finish (fixture->sqlite, result, &error);
  g_assert_no_error (error);
  return answer;
}

static LeydenValue *
retain (Fixture *fixture,
        gint64   before_ns,
        gint64   max_bytes)
{
  LeydenRetention retention = { before_ns, max_bytes, 0 };

  return retain_as (fixture, &retention);
}

/* A rollout with @n records that ended at @ended_ns; 0: it runs. */
static void
add_rollout (Fixture    *fixture,
             const char *rollout,
             const char *run,
             gint64      ended_ns,
             guint       n)
{
  g_autoptr(GPtrArray) records = make_records (rollout, 1, n);
  g_autoptr(LeydenRolloutRow) row = make_row (rollout, run, 0, ended_ns > 0 ? "succeeded" : "running");
  g_autoptr(GError) error = NULL;

  row->finished_ns = ended_ns;
  g_assert_true (store_append (fixture->store, records, row, &error));
  g_assert_no_error (error);
}

static void
add_run (Fixture    *fixture,
         const char *run,
         gint64      ended_ns)
{
  g_autoptr(LeydenRunRow) row = make_run (run, 1);

  g_free (row->state);
  row->state = g_strdup (ended_ns > 0 ? "succeeded" : "running");
  row->finished_ns = ended_ns;
  g_assert_true (store_put_run (fixture->store, row, NULL, NULL));
}

static gboolean
has (Fixture    *fixture,
     const char *rollout)
{
  g_autoptr(LeydenRolloutRow) row = store_get_rollout (fixture->store, rollout, NULL);

  return row != NULL;
}

static gint64
count (LeydenValue *answer,
       const char  *key)
{
  return leyden_value_get_member_int (answer, key, -1);
}

static void
assert_sound (Fixture *fixture)
{
  g_autoptr(LeydenValue) found = store_inspect (fixture->sqlite, NULL);

  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
}

static void
test_age (Fixture      *fixture,
          gconstpointer data)
{
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenRunRow) run = NULL;
  g_autoptr(GPtrArray) again = make_records ("old", 1, 3);
  g_autoptr(GPtrArray) rest = NULL;
  g_autoptr(LeydenValue) document = leyden_value_new_string ("of a run", -1);
  g_autoptr(LeydenValue) documents = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (store_put_document (fixture->store, "breakpoints", "done", document, NULL));
  g_assert_true (store_put_document (fixture->store, "breakpoints", "late", document, NULL));
  g_assert_true (store_put_document (fixture->store, "other", "done", document, NULL));
  add_run (fixture, "done", 5 * DAY_NS);
  add_run (fixture, "late", 50 * DAY_NS);
  add_run (fixture, "open", 0);
  add_rollout (fixture, "old", NULL, 5 * DAY_NS, 30);
  add_rollout (fixture, "young", NULL, 50 * DAY_NS, 3);
  add_rollout (fixture, "running", NULL, 0, 3);
  add_rollout (fixture, "of-done", "done", 4 * DAY_NS, 3);
  add_rollout (fixture, "of-late", "late", 4 * DAY_NS, 3);
  add_rollout (fixture, "of-open", "open", 4 * DAY_NS, 3);
  answer = retain (fixture, 10 * DAY_NS, 0);
  g_assert_cmpint (count (answer, "rollouts"), ==, 2);
  g_assert_cmpint (count (answer, "records"), ==, 33);
  g_assert_cmpint (count (answer, "runs"), ==, 1);
  g_assert_false (has (fixture, "old"));
  g_assert_false (has (fixture, "of-done"));
  /* A run goes as a whole, and not before it has ended. */
  g_assert_true (has (fixture, "of-late") && has (fixture, "of-open") && has (fixture, "young") && has (fixture, "running"));
  run = store_get_run (fixture->store, "done", NULL);
  g_assert_null (run);
  /* Its breakpoints go with it. */
  documents = store_list_documents (fixture->store, "breakpoints", NULL);
  g_assert_cmpuint (leyden_value_get_size (documents), ==, 1);
  g_assert_nonnull (leyden_value_get_member (documents, "late"));
  g_clear_pointer (&documents, leyden_value_unref);
  documents = store_list_documents (fixture->store, "other", NULL);
  g_assert_cmpuint (leyden_value_get_size (documents), ==, 1);
  assert_sound (fixture);
  /* The writer does not remember what is gone: the name can be used anew, positions never. */
  g_assert_true (store_append (fixture->store, again, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (((LeydenRecord *) again->pdata[0])->position, ==, 46);
  rest = store_read_run (fixture->store, NULL, 0, 0, NULL);
  g_assert_cmpuint (rest->len, ==, 15);
  assert_sound (fixture);
}

static void
test_size (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *text = g_strnfill (40000, 's');
  g_autoptr(LeydenValue) payload = make_payload (1, text);
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) nothing = NULL;
  guint n = 0;

  for (guint i = 0; i < 250; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("rollout-%03u", i);
      g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
      g_autoptr(LeydenRolloutRow) row = make_row (rollout, NULL, 0, i == 0 ? "running" : "failed");

      row->finished_ns = i == 0 ? 0 : (i + 1) * DAY_NS;
      g_ptr_array_add (records, make_record_with (rollout, 1, payload));
      g_assert_true (store_append (fixture->store, records, row, NULL));
    }
  nothing = retain (fixture, 0, 100 * 1024 * 1024);
  g_assert_cmpint (count (nothing, "rollouts"), ==, 0);
  /* 250 × 40 KB are 10 MB: a hundred must go, and it is the oldest that have ended. */
  answer = retain (fixture, 0, 7 * 1024 * 1024);
  g_assert_cmpint (count (answer, "rollouts"), >=, 50);
  g_assert_cmpint (count (answer, "rollouts"), <=, 200);
  g_assert_true (has (fixture, "rollout-000"));
  g_assert_false (has (fixture, "rollout-001"));
  g_assert_true (has (fixture, "rollout-249"));
  for (guint i = 1; i < 250; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("rollout-%03u", i);
      gboolean there = has (fixture, rollout);

      g_assert_true (n == 0 || there);
      n += there;
    }
  assert_sound (fixture);
}

/* --- Agent Lightning's --- */

static LeydenAglChange *
change_agl (Fixture         *fixture,
            LeydenAglChange *change)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenAglChange *done;

  leyden_sqlite_store_agl_change_async (fixture->sqlite, change, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  done = leyden_sqlite_store_agl_change_finish (fixture->sqlite, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (done->outcome, ==, LEYDEN_AGL_DONE);
  return done;
}

static void
create_agl (Fixture    *fixture,
            const char *rollout,
            gint64      now_ns)
{
  LeydenAglChange *change = leyden_agl_change_new (LEYDEN_AGL_CREATE, NULL);
  g_autoptr(LeydenAglChange) done = NULL;
  LeydenAglNew *each = g_new0 (LeydenAglNew, 1);

  each->rollout = g_strdup (rollout);
  each->body = g_strdup_printf ("{\"rollout_id\":\"%s\",\"metadata\":{},", rollout);
  each->data_id = g_strdup ("\"1\"");
  change->rollouts = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_agl_new_free);
  g_ptr_array_add (change->rollouts, each);
  change->now_ns = now_ns;
  done = change_agl (fixture, change);
}

static void
patch_agl (Fixture    *fixture,
           const char *rollout,
           const char *state,
           gint64      now_ns)
{
  LeydenAglChange *change = leyden_agl_change_new (LEYDEN_AGL_PATCH, rollout);
  g_autoptr(LeydenAglChange) done = NULL;

  change->has_state = TRUE;
  change->state = g_strdup (state);
  change->now_ns = now_ns;
  done = change_agl (fixture, change);
}

static void
hide_agl (Fixture    *fixture,
          const char *rollout,
          gint64      now_ns)
{
  LeydenAglChange *change = leyden_agl_change_new (LEYDEN_AGL_DELETE, rollout);
  g_autoptr(LeydenAglChange) done = NULL;

  change->now_ns = now_ns;
  done = change_agl (fixture, change);
}

/* What a trainer deleted is hidden until now, whatever its state was; what is queued or runs stays; the completion log goes on where it was. */
static void
test_agl (Fixture      *fixture,
          gconstpointer data)
{
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) terminal = NULL;
  g_autofree char *text = NULL;

  create_agl (fixture, "queued", DAY_NS);
  create_agl (fixture, "running", DAY_NS);
  patch_agl (fixture, "running", "running", DAY_NS);
  create_agl (fixture, "ended", DAY_NS);
  patch_agl (fixture, "ended", "running", DAY_NS);
  patch_agl (fixture, "ended", "succeeded", 2 * DAY_NS);
  create_agl (fixture, "hidden", DAY_NS);
  hide_agl (fixture, "hidden", 2 * DAY_NS);
  create_agl (fixture, "young", DAY_NS);
  patch_agl (fixture, "young", "running", DAY_NS);
  patch_agl (fixture, "young", "failed", 20 * DAY_NS);
  answer = retain (fixture, 10 * DAY_NS, 0);
  g_assert_cmpint (count (answer, "rollouts"), ==, 2);
  g_assert_cmpint (count (answer, "removed_by_trainer"), ==, 1);
  g_assert_true (has (fixture, "queued") && has (fixture, "running") && has (fixture, "young"));
  g_assert_false (has (fixture, "ended") || has (fixture, "hidden"));
  leyden_sqlite_store_agl_terminal_async (fixture->sqlite, 0, 100, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  terminal = leyden_sqlite_store_agl_answer_finish (fixture->sqlite, result, NULL);
  text = g_strndup (g_bytes_get_data (terminal, NULL), g_bytes_get_size (terminal));
  g_assert_null (strstr (text, "\"ended\""));
  g_assert_nonnull (strstr (text, "\"young\""));
  /* The name is free, and the log of it is a new one. */
  create_agl (fixture, "ended", 30 * DAY_NS);
  assert_sound (fixture);
}

/* --- what somebody deleted --- */

static gboolean
delete_cb (sqlite3   *db,
           gpointer   data,
           GError   **error)
{
  return leyden_sqlite_exec (db, data, error);
}

static void
change (Fixture    *fixture,
        const char *sql)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_change_async (fixture->sqlite, "delete", delete_cb, (gpointer) sql, NULL, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (leyden_sqlite_store_change_finish (fixture->sqlite, result, &error));
  g_assert_no_error (error);
}

/* It goes after its time, however young it is, and only when it has ended; what was restored stays. */
static void
test_deleted (Fixture      *fixture,
              gconstpointer data)
{
  const LeydenRetention retention = { 0, 0, 100 * DAY_NS };
  g_autoptr(LeydenValue) answer = NULL, nothing = NULL;

  add_run (fixture, "open", 0);
  add_rollout (fixture, "gone", NULL, 98 * DAY_NS, 5);
  add_rollout (fixture, "later", NULL, 98 * DAY_NS, 3);
  add_rollout (fixture, "kept", NULL, 1 * DAY_NS, 3);
  add_rollout (fixture, "running", NULL, 0, 3);
  add_rollout (fixture, "of-open", "open", 4 * DAY_NS, 3);
  change (fixture, "INSERT INTO deleted_rollouts (rollout, deleted_ns) SELECT id, CASE rollout WHEN 'later' THEN 101 ELSE 99 END * 86400000000000 FROM rollouts "
                   "WHERE rollout <> 'kept'");
  answer = retain_as (fixture, &retention);
  g_assert_cmpint (count (answer, "rollouts"), ==, 1);
  g_assert_cmpint (count (answer, "records"), ==, 5);
  g_assert_false (has (fixture, "gone"));
  g_assert_true (has (fixture, "later") && has (fixture, "kept") && has (fixture, "running") && has (fixture, "of-open"));
  nothing = retain_as (fixture, &retention);
  g_assert_cmpint (count (nothing, "rollouts"), ==, 0);
  assert_sound (fixture);
}

/* --- blobs --- */

static void
make_old (Fixture    *fixture,
          const char *sha256)
{
  g_autofree char *folder = g_strconcat (fixture->path, "-blobs", NULL);
  g_autofree char *path = leyden_blobs_path (folder, sha256);
  struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static char *
put_text (Fixture    *fixture,
          const char *text)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));

  return store_put_blob (fixture->store, bytes, NULL);
}

static gboolean
has_blob (Fixture    *fixture,
          const char *sha256)
{
  g_autofree char *folder = g_strconcat (fixture->path, "-blobs", NULL);
  g_autofree char *path = leyden_blobs_path (folder, sha256);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_blobs (Fixture      *fixture,
            gconstpointer data)
{
  g_autofree char *large = g_strnfill (100000, 'x');
  g_autoptr(LeydenValue) payload = make_payload (1, large);
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autofree char *dataset = put_text (fixture, "rows");
  g_autofree char *flow_text = g_strdup_printf ("{\"datasets\":[{\"sha256\":\"%s\"}]}", dataset);
  g_autofree char *flow = put_text (fixture, flow_text);
  g_autofree char *unnamed = put_text (fixture, "nobody names it");
  g_autofree char *fresh = put_text (fixture, "nobody names it yet");
  g_autofree char *used = put_text (fixture, "found again");
  g_autofree char *found = NULL;
  g_autofree char *folder = g_strconcat (fixture->path, "-blobs", NULL);
  g_autoptr(GPtrArray) digests = NULL;
  g_autoptr(LeydenRunRow) run = make_run ("run", 1);
  g_autoptr(LeydenValue) answer = NULL;

  g_clear_pointer (&run->definition, leyden_value_unref);
  {
    g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

    leyden_value_builder_begin_object (&b);
    leyden_value_builder_set_string (&b, "flow", flow);
    leyden_value_builder_end (&b);
    run->definition = leyden_value_builder_end_value (&b);
  }
  g_assert_true (store_put_run (fixture->store, run, NULL, NULL));
  g_ptr_array_add (records, make_record_with ("a", 1, payload));
  g_assert_true (store_append (fixture->store, records, NULL, NULL));
  digests = leyden_blobs_list (folder);
  g_assert_cmpuint (digests->len, ==, 6);
  for (guint i = 0; i < digests->len; i++)
    if (!g_str_equal (digests->pdata[i], fresh))
      make_old (fixture, digests->pdata[i]);
  /* Whoever asks for one may be about to name it. */
  found = store_open_blob (fixture->store, used, NULL);
  answer = retain (fixture, 1, 0);
  g_assert_cmpint (count (answer, "blobs"), ==, 1);
  g_assert_cmpint (count (answer, "bytes"), ==, strlen ("nobody names it"));
  g_assert_false (has_blob (fixture, unnamed));
  g_assert_true (has_blob (fixture, fresh) && has_blob (fixture, flow) && has_blob (fixture, dataset) && has_blob (fixture, used));
  assert_sound (fixture);
}

static int
count_statement (unsigned  type,
                 void     *data,
                 void     *statement,
                 void     *text)
{
  *(guint *) data += strstr (sqlite3_sql (statement), "FROM segments") != NULL;
  return 0;
}

/* However many segments there are, no statement reads all of them: what is written meanwhile need not wait in the log until it ends. */
static void
test_marks (Fixture      *fixture,
            gconstpointer data)
{
  static const gint64 others[] = { G_MININT64 + 1, -1, 5000000000, G_MAXINT64 };
  g_autofree char *path = g_build_filename (fixture->folder, "marks.db", NULL);
  g_autofree char *uri = leyden_sql_uri (path, NULL);
  g_autoptr(GHashTable) marks = NULL;
  g_autoptr(GError) error = NULL;
  LeydenSql *sql = leyden_sql_open (uri, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &error);
  guint n_statements = 0;

  g_assert_no_error (error);
  g_assert_true (leyden_sql_exec (sql, "CREATE TABLE segments (position INTEGER PRIMARY KEY, n_records INTEGER, body BLOB); BEGIN", &error));
  for (guint i = 0; i < 2000 + G_N_ELEMENTS (others); i++)
    {
      gint64 position = i < 2000 ? (gint64) i * 3 : others[i - 2000];
      g_autofree char *text = g_strdup_printf ("INSERT INTO segments VALUES (%" G_GINT64_FORMAT ", 1, CAST ('%064x' AS BLOB))", position, i);

      g_assert_true (leyden_sql_exec (sql, text, &error));
    }
  g_assert_true (leyden_sql_exec (sql, "COMMIT", &error));
  sqlite3_trace_v2 (sql->db, SQLITE_TRACE_STMT, count_statement, &n_statements);
  marks = leyden_blob_marks (sql, fixture->folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (marks), ==, 2000 + G_N_ELEMENTS (others));
  g_assert_cmpuint (n_statements, >=, 5);
  leyden_sql_close (sql);
}

/* A backup and its archive still have what retention took away afterwards. */
static void
test_back (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *backup = g_build_filename (fixture->folder, "backup", NULL);
  g_autofree char *out = g_build_filename (fixture->folder, "out.db", NULL);
  g_autofree char *large = g_strnfill (100000, 'x');
  g_autoptr(LeydenValue) payload = make_payload (1, large);
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  LeydenBackupOptions options = { backup, NULL, NULL };
  LeydenRestoreOptions restore = { backup, out, LEYDEN_RESTORE_POSITION, 4, NULL };
  g_autoptr(LeydenRolloutRow) row = make_row ("large", NULL, 0, "succeeded");
  g_autofree char *folder = g_strconcat (fixture->path, "-blobs", NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) report = NULL;
  g_autoptr(GPtrArray) digests = NULL;
  g_autoptr(GError) error = NULL;

  add_rollout (fixture, "old", NULL, DAY_NS, 3);
  leyden_sqlite_store_back_up_async (fixture->sqlite, &options, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  manifest = leyden_sqlite_store_back_up_finish (fixture->sqlite, result, &error);
  g_assert_no_error (error);
  g_ptr_array_add (records, make_record_with ("large", 1, payload));
  row->finished_ns = DAY_NS;
  g_assert_true (store_append (fixture->store, records, row, NULL));
  digests = leyden_blobs_list (folder);
  g_assert_cmpuint (digests->len, ==, 1);
  make_old (fixture, digests->pdata[0]);
  answer = retain (fixture, 10 * DAY_NS, 0);
  g_assert_cmpint (count (answer, "rollouts"), ==, 2);
  g_assert_cmpint (count (answer, "blobs"), ==, 1);
  g_assert_false (has_blob (fixture, digests->pdata[0]));
  report = leyden_backup_restore (&restore, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (report, "sound", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (report, "rollouts", 0), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (report, "blobs", 0), ==, 1);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; void (*test) (Fixture *, gconstpointer); } cases[] = {
    { "/retention/age", test_age },
    { "/retention/size", test_size },
    { "/retention/agl", test_agl },
    { "/retention/deleted", test_deleted },
    { "/retention/blobs", test_blobs },
    { "/retention/marks", test_marks },
    { "/retention/back", test_back },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
