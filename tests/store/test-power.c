/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power cuts, full disks, disks that turn read-only, syncs that fail: what was acknowledged is there, once, and the store goes on. */
#include "store-helpers.h"

#include "cut-vfs.h"
#include "leyden-sqlite-store-private.h"
#include "leyden-store-backup.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* The sanitizer looks for what a cut of each kind does wrong, not for the one in two hundred; it needs ten times as long for each. */
#ifdef __SANITIZE_ADDRESS__
#define N_CUTS    60
#else
#define N_CUTS    200
#endif
#define N_STREAMS 12

/* One rollout that is written to. */
typedef struct
{
  LeydenStore *store;           /* NULL: resting */
  char        *rollout;
  guint64      next;            /* sequence of the first of @records */
  GPtrArray   *records;         /* under way, or not known whether they are there; nullable */
  guint64      acknowledged;    /* last sequence */
  guint        step;
  gboolean     busy;
} Stream;

typedef struct
{
  char       *folder;
  char       *path;
  GRand      *random;
  Stream      streams[N_STREAMS];
  GHashTable *positions;        /* rollout/sequence → position, of all that was acknowledged */
  gint64      document;         /* last number that was acknowledged */
  gint64      document_asked;
  gboolean    document_busy;
  guint       n_errors;
  GError     *last_error;       /* nullable */
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture->random = g_rand_new_with_seed (g_test_rand_int ());
  fixture->positions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < N_STREAMS; i++)
    {
      fixture->streams[i].rollout = g_strdup_printf ("rollout-%u", i);
      fixture->streams[i].next = 1;
    }
  /* Checkpoints every few commits, so that many cuts fall into one. */
  leyden_writer_set_checkpoint_pages (60);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  cut_vfs_forget ();
  leyden_writer_set_checkpoint_pages (0);
  for (guint i = 0; i < N_STREAMS; i++)
    {
      g_free (fixture->streams[i].rollout);
      g_clear_pointer (&fixture->streams[i].records, g_ptr_array_unref);
    }
  g_hash_table_unref (fixture->positions);
  g_clear_error (&fixture->last_error);
  g_rand_free (fixture->random);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* --- writing --- */

typedef struct
{
  Fixture *fixture;
  Stream  *stream;
} Write;

static void
note_error (Fixture *fixture,
            GError  *error)
{
  fixture->n_errors++;
  g_clear_error (&fixture->last_error);
  fixture->last_error = error;
}

static void
appended_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autofree Write *write = data;
  Stream *stream = write->stream;
  GError *error = NULL;

  stream->busy = FALSE;
  if (!leyden_store_append_finish (LEYDEN_STORE (object), result, &error))
    {
      note_error (write->fixture, error);
      return;
    }
  for (guint i = 0; i < stream->records->len; i++)
    {
      LeydenRecord *record = stream->records->pdata[i];

      g_hash_table_insert (write->fixture->positions, g_strdup_printf ("%s/%" G_GUINT64_FORMAT, record->rollout, record->sequence),
                           g_strdup_printf ("%" G_GUINT64_FORMAT, record->position));
      stream->acknowledged = record->sequence;
    }
  stream->next = stream->acknowledged + 1;
  g_clear_pointer (&stream->records, g_ptr_array_unref);
}

/* What was under way at a cut is told again, as it was; then something new. */
static void
write_stream (Fixture     *fixture,
              Stream      *stream,
              LeydenStore *store)
{
  Write *write = g_new (Write, 1);
  guint n = 1 + stream->step++ % 4;

  if (stream->records == NULL)
    stream->records = make_records (stream->rollout, stream->next, stream->next + n - 1);
  *write = (Write) { fixture, stream };
  stream->busy = TRUE;
  leyden_store_append_async (store, stream->records, NULL, appended_cb, write);
}

static void
document_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Fixture *fixture = data;
  GError *error = NULL;

  fixture->document_busy = FALSE;
  if (leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    fixture->document = fixture->document_asked;
  else
    note_error (fixture, error);
}

static void
write_document (Fixture     *fixture,
                LeydenStore *store)
{
  g_autoptr(LeydenValue) value = make_payload (++fixture->document_asked, "document");

  fixture->document_busy = TRUE;
  leyden_store_put_document_async (store, "test", "counter", value, document_cb, fixture);
}

static gboolean
is_busy (Fixture *fixture)
{
  gboolean busy = fixture->document_busy;

  for (guint i = 0; i < N_STREAMS; i++)
    busy = busy || fixture->streams[i].busy;
  return busy;
}

/* Writes from all sides while @go_on says so, then waits for all answers. */
static void
write_while (Fixture     *fixture,
             LeydenStore *store,
             gboolean   (*go_on) (Fixture *fixture))
{
  while (go_on (fixture))
    {
      for (guint i = 0; i < N_STREAMS; i++)
        if (!fixture->streams[i].busy)
          write_stream (fixture, &fixture->streams[i], store);
      if (!fixture->document_busy)
        write_document (fixture, store);
      g_main_context_iteration (NULL, TRUE);
    }
  while (is_busy (fixture))
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
power_is_on (Fixture *fixture)
{
  return !cut_vfs_is_dead ();
}

/* --- checking --- */

static void
check_records (Fixture   *fixture,
               GPtrArray *records)
{
  g_autoptr(GHashTable) next = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_found = 0;

  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];
      g_autofree char *key = g_strdup_printf ("%s/%" G_GUINT64_FORMAT, record->rollout, record->sequence);
      const char *position = g_hash_table_lookup (fixture->positions, key);

      /* Nothing twice, nothing between missing. */
      g_assert_cmpuint (record->position, ==, i + 1);
      g_assert_cmpuint (record->sequence, ==, 1 + GPOINTER_TO_UINT (g_hash_table_lookup (next, record->rollout)));
      g_hash_table_insert (next, record->rollout, GUINT_TO_POINTER (record->sequence));
      g_assert_cmpint (leyden_value_get_member_int (record->payload, "n", 0), ==, (gint64) record->sequence);
      if (position != NULL)
        g_assert_cmpuint (g_ascii_strtoull (position, NULL, 10), ==, record->position);
      n_found += position != NULL;
    }
  g_assert_cmpuint (n_found, ==, g_hash_table_size (fixture->positions));
}

static void
check (Fixture     *fixture,
       LeydenStore *store)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = store_read_run (store, NULL, 0, 0, &error);
  g_autoptr(LeydenValue) documents = NULL;
  g_autoptr(LeydenValue) found = NULL;
  gint64 number;

  g_assert_no_error (error);
  check_records (fixture, records);
  documents = store_list_documents (store, "test", &error);
  g_assert_no_error (error);
  number = leyden_value_get_member_int (leyden_value_get_member (documents, "counter"), "n", 0);
  g_assert_cmpint (number, >=, fixture->document);
  g_assert_cmpint (number, <=, fixture->document_asked);
  found = store_inspect (LEYDEN_SQLITE_STORE (store), &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
}

static LeydenSqliteStore *
open_ok (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *store = store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error);

  g_assert_no_error (error);
  return store;
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
back_up (LeydenSqliteStore *store,
         const char        *path)
{
  LeydenBackupOptions options = { path, NULL, NULL };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_back_up_async (store, &options, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  manifest = leyden_sqlite_store_back_up_finish (store, result, &error);
  g_assert_no_error (error);
}

/* The archive has all of it: restored, it is the same. */
static void
check_archive (Fixture    *fixture,
               const char *backup)
{
  g_autofree char *out = g_build_filename (fixture->folder, "restored.db", NULL);
  LeydenRestoreOptions options = { backup, out, LEYDEN_RESTORE_LATEST, 0, NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) report = leyden_backup_restore (&options, NULL, &error);
  g_autoptr(GPtrArray) records = NULL;
  LeydenSqliteStore *store;

  g_assert_no_error (error);
  store = store_open (out, LEYDEN_STORE_OPEN_READ_ONLY, &error);
  g_assert_no_error (error);
  records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, &error);
  g_assert_no_error (error);
  check_records (fixture, records);
  store_finish (LEYDEN_STORE (store));
}

/* The lock file of a machine that lost its power is not empty. */
static void
leave_lock (Fixture *fixture)
{
  g_autofree char *lock = g_strconcat (fixture->path, ".lock", NULL);

  g_assert_true (g_file_set_contents (lock, "{\"pid\":1}", -1, NULL));
}

static void
test_cuts (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *backup = g_build_filename (fixture->folder, "backup", NULL);
  LeydenSqliteStore *store = open_ok (fixture);

  write_document (fixture, LEYDEN_STORE (store));
  while (is_busy (fixture))
    g_main_context_iteration (NULL, TRUE);
  back_up (store, backup);
  store_finish (LEYDEN_STORE (store));
  for (guint i = 0; i < N_CUTS; i++)
    {
      g_autoptr(GError) error = NULL;

      cut_vfs_arm ((guint) g_rand_int_range (fixture->random, 1, i % 3 == 0 ? 20 : 200));
      store = store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error);
      if (store != NULL)
        {
          write_while (fixture, LEYDEN_STORE (store), power_is_on);
          store_finish (LEYDEN_STORE (store));
        }
      g_assert_true (cut_vfs_is_dead ());
      cut_vfs_restart (fixture->random);
      leave_lock (fixture);
      /* Sometimes the next finds what the cut left, as it is. */
      if (i % 4 == 3)
        continue;
      store = open_ok (fixture);
      check (fixture, LEYDEN_STORE (store));
      store_finish (LEYDEN_STORE (store));
    }
  store = open_ok (fixture);
  check (fixture, LEYDEN_STORE (store));
  store_finish (LEYDEN_STORE (store));
  check_archive (fixture, backup);
  g_assert_cmpuint (g_hash_table_size (fixture->positions), >, N_CUTS);
  g_test_message ("%u cuts, %u records acknowledged", N_CUTS, g_hash_table_size (fixture->positions));
}

/* --- disks that fail --- */

static guint until;

static gboolean
has_operations (Fixture *fixture)
{
  return cut_vfs_count () < until;
}

static gboolean
has_failed (Fixture *fixture)
{
  return fixture->n_errors < 20;
}

typedef struct
{
  int              code;
  LeydenStoreError error;
} Trouble;

/* From some operation on the disk takes nothing more, then again; a cut comes later. Tried at many places. */
static void
test_trouble (Fixture      *fixture,
              gconstpointer data)
{
  const Trouble *trouble = data;

  for (guint i = 0; i < 40; i++)
    {
      LeydenSqliteStore *store = open_ok (fixture);
      guint first = 1 + (guint) g_rand_int_range (fixture->random, 0, 120);

      fixture->n_errors = 0;
      cut_vfs_fail (first, G_MAXUINT, trouble->code);
      write_while (fixture, LEYDEN_STORE (store), has_failed);
      /* Clear, whether in the log or in a checkpoint. */
      g_assert_error (fixture->last_error, LEYDEN_STORE_ERROR, (int) trouble->error);
      /* All that was acknowledged can be read meanwhile. */
      check (fixture, LEYDEN_STORE (store));
      cut_vfs_fail (0, 0, 0);
      fixture->n_errors = 0;
      until = 60;
      write_while (fixture, LEYDEN_STORE (store), has_operations);
      g_assert_cmpuint (fixture->n_errors, ==, 0);
      check (fixture, LEYDEN_STORE (store));
      if (i % 2 == 0)
        {
          cut_vfs_arm (1);
          write_while (fixture, LEYDEN_STORE (store), power_is_on);
        }
      store_finish (LEYDEN_STORE (store));
      if (cut_vfs_is_dead ())
        cut_vfs_restart (fixture->random);
    }
}

/* One operation fails, most of all a sync: what it should have synced is not there after a cut, and is not acknowledged by the next sync. */
static void
test_single (Fixture      *fixture,
             gconstpointer data)
{
  for (guint i = 0; i < 60; i++)
    {
      LeydenSqliteStore *store = open_ok (fixture);

      fixture->n_errors = 0;
      until = 200;
      cut_vfs_fail ((guint) g_rand_int_range (fixture->random, 1, 150), 1, EIO);
      write_while (fixture, LEYDEN_STORE (store), has_operations);
      cut_vfs_arm (1);
      write_while (fixture, LEYDEN_STORE (store), power_is_on);
      store_finish (LEYDEN_STORE (store));
      cut_vfs_restart (fixture->random);
      store = open_ok (fixture);
      check (fixture, LEYDEN_STORE (store));
      store_finish (LEYDEN_STORE (store));
    }
}

/* A disk that cannot be read: clear errors; all is there when it can. */
static void
test_reads (Fixture      *fixture,
            gconstpointer data)
{
  LeydenSqliteStore *store = open_ok (fixture);
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(GError) error = NULL;

  until = 100;
  cut_vfs_arm (0);
  write_while (fixture, LEYDEN_STORE (store), has_operations);
  store_finish (LEYDEN_STORE (store));
  store = open_ok (fixture);
  cut_vfs_fail_reads (TRUE);
  records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, &error);
  g_assert_null (records);
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED);
  cut_vfs_fail_reads (FALSE);
  check (fixture, LEYDEN_STORE (store));
  store_finish (LEYDEN_STORE (store));
}

int
main (int    argc,
      char **argv)
{
  static const Trouble full = { ENOSPC, LEYDEN_STORE_ERROR_FULL };
  static const Trouble read_only = { EROFS, LEYDEN_STORE_ERROR_READ_ONLY };
  static const Trouble broken = { EIO, LEYDEN_STORE_ERROR_FAILED };
  static const struct { const char *path; void (*test) (Fixture *, gconstpointer); gconstpointer data; } cases[] = {
    { "/power/cuts", test_cuts },
    { "/disk/full", test_trouble, &full },
    { "/disk/read-only", test_trouble, &read_only },
    { "/disk/broken", test_trouble, &broken },
    { "/disk/single-failure", test_single },
    { "/disk/reads", test_reads },
  };

  g_test_init (&argc, &argv, NULL);
  cut_vfs_install ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, cases[i].data, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
