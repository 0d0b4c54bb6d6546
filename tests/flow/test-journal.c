/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document-helpers.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leyden-document-private.h"

/* The journal of a document. Crashes are real: the test starts itself as a child that edits and kills itself. */

/* In the child: edits, then a crash. */
static int
run_child (const char *folder,
           const char *mode)
{
  Fixture fixture;
  g_autoptr(LeydenDocument) document = NULL;

  fixture_open (&fixture, folder);
  document = g_str_equal (mode, "new") ? leyden_document_new (fixture.state) : load_good (&fixture);
  if (g_str_equal (mode, "empty"))
    {
      g_autofree char *journal = g_build_filename (fixture.state, "journal", NULL);
      g_autoptr(LeydenDocument) fresh = leyden_document_new (fixture.state);

      while (!g_file_test (journal, G_FILE_TEST_IS_DIR))
        g_usleep (1000);
      g_usleep (50000);
      kill (getpid (), SIGKILL);
    }
  else if (g_str_equal (mode, "new"))
    {
      LeydenEdit *edit = leyden_edit_new ("Add");

      leyden_edit_add_node (edit, "a", "t", "Fresh", 0, 0, NULL);
      leyden_document_edit (document, edit, NULL);
      edit_title (document, "a", "Fresher", NULL);
    }
  else if (g_str_equal (mode, "compact"))
    {
      leyden_journal_set_limits (document->journal, 2000, 0);
      for (guint i = 0; i < 40; i++)
        {
          g_autofree char *title = g_strdup_printf ("T%u", i);

          edit_title (document, "a", title, NULL);
          while (leyden_journal_is_compacting (document->journal))
            g_main_context_iteration (NULL, FALSE);
        }
      undo (document);
    }
  else
    {
      edit_title (document, "a", "One", NULL);
      edit_title (document, "a", "Two", NULL);
      edit_title (document, "b", "x", "typing");
      edit_title (document, "b", "xy", "typing");
      if (g_str_equal (mode, "close"))
        {
          leyden_document_close (document, FALSE);
          return 0;
        }
      if (g_str_equal (mode, "save"))
        save_good (document, NULL);
      if (g_str_equal (mode, "half-save"))
        {
          g_autoptr(GBytes) bytes = leyden_flow_serialize (leyden_document_get_flow (document));
          LeydenFileStamp stamp = { 0 };

          undo (document);
          leyden_file_replace (fixture.file, bytes, NULL, &stamp, NULL);
          kill (getpid (), SIGKILL);
        }
      if (g_str_equal (mode, "save-as"))
        {
          g_autofree char *path = g_build_filename (folder, "other.leyden", NULL);
          g_autoptr(GFile) other = g_file_new_for_path (path);

          save_good (document, other);
        }
      edit_title (document, "a", "Three", NULL);
      undo (document);
    }
  kill (getpid (), SIGKILL);
  return 1;
}

static void
crash (Fixture    *fixture,
       const char *mode)
{
  g_autoptr(GError) error = NULL;
  char *argv[] = { (char *) "/proc/self/exe", (char *) "--child", fixture->folder, (char *) mode, NULL };
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  int status;

  argv[0] = self;
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
}

static void
test_crash (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(GPtrArray) list = NULL;
  g_autoptr(LeydenDocument) document = NULL;
  LeydenJournalInfo *info;
  g_autofree char *text = NULL;
  gboolean recovered;

  crash (fixture, "edit");
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 1);
  info = g_ptr_array_index (list, 0);
  g_assert_cmpstr (info->id, ==, "doc-1");
  g_assert_cmpstr (info->title, ==, "Small");
  g_assert_cmpuint (info->n_edits, ==, 3);
  g_assert_true (g_str_has_suffix (info->uri, "/doc.leyden"));

  document = load_good (fixture);
  g_object_get (document, "recovered", &recovered, NULL);
  g_assert_true (recovered);
  g_assert_true (leyden_document_is_modified (document));
  g_assert_cmpstr (get_title (document, "a"), ==, "Two");
  g_assert_cmpstr (get_title (document, "b"), ==, "xy");
  redo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "Three");
  undo (document);
  undo (document);
  g_assert_cmpstr (get_title (document, "b"), ==, "");
  undo (document);
  undo (document);
  g_assert_false (leyden_document_can_undo (document));
  g_assert_false (leyden_document_is_modified (document));
  text = content (document);
  g_assert_cmpstr (text, ==, document_small);
}

/* Crash after crash: what was recovered is still in the journal. */
static void
test_crash_twice (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = NULL;
  guint steps = 0;

  crash (fixture, "edit");
  crash (fixture, "edit");
  document = load_good (fixture);
  g_assert_cmpstr (get_title (document, "b"), ==, "xy");
  while (leyden_document_can_undo (document))
    {
      undo (document);
      steps++;
    }
  /* "x", "xy" of the second child come more than a moment after those of the first or join them. */
  g_assert_cmpuint (steps, >=, 5);
  g_assert_cmpstr (get_title (document, "a"), ==, "");
}

static void
test_crash_after_save (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GPtrArray) list = NULL;

  crash (fixture, "save");
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 0);
  document = load_good (fixture);
  g_assert_false (leyden_document_is_modified (document));
  g_assert_cmpstr (get_title (document, "a"), ==, "Two");
  undo (document);
  undo (document);
  undo (document);
  g_assert_false (leyden_document_can_undo (document));
  g_assert_true (leyden_document_is_modified (document));
  g_assert_cmpstr (get_title (document, "a"), ==, "");
}

/* The file is written, the journal does not know it yet: history and journal go with the file all the same, also the next time. */
static void
test_crash_in_save (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GPtrArray) list = NULL;

  crash (fixture, "half-save");
  document = load_good (fixture);
  g_assert_cmpstr (get_title (document, "b"), ==, "");
  g_assert_true (leyden_document_is_modified (document));
  redo (document);
  g_assert_cmpstr (get_title (document, "b"), ==, "xy");
  g_assert_false (leyden_document_is_modified (document));
  for (guint i = 0; i < 40; i++)
    edit_title (document, "a", i % 2 == 0 ? "More" : "Less", NULL);
  leyden_document_close (document, FALSE);
  g_clear_object (&document);

  document = load_good (fixture);
  for (guint i = 0; i < 40; i++)
    undo (document);
  g_assert_false (leyden_document_is_modified (document));
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 0);
}

static void
test_crash_after_save_as (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "other.leyden", NULL);
  g_autoptr(GFile) other = g_file_new_for_path (path);
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(LeydenDocument) moved = NULL;
  g_autoptr(GError) error = NULL;

  crash (fixture, "save-as");
  document = load_good (fixture);
  /* The old file was not touched, and what happened to the other one is none of its business. */
  g_assert_cmpstr (get_title (document, "a"), ==, "");
  g_assert_false (leyden_document_is_modified (document));
  moved = load (fixture, other, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (get_title (moved, "a"), ==, "Two");
  g_assert_true (leyden_document_can_undo (moved));
}

static void
test_crash_new (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(GPtrArray) list = NULL;
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;
  LeydenJournalInfo *info;

  crash (fixture, "new");
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 1);
  info = g_ptr_array_index (list, 0);
  g_assert_null (info->uri);
  g_assert_cmpuint (info->n_edits, ==, 2);
  document = recover (fixture, info->id, &error);
  g_assert_no_error (error);
  g_assert_null (leyden_document_get_file (document));
  g_assert_true (leyden_document_is_modified (document));
  g_assert_cmpstr (get_title (document, "a"), ==, "Fresher");
  undo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "Fresh");
  undo (document);
  g_assert_cmpuint (leyden_flow_get_n_nodes (leyden_document_get_flow (document)), ==, 0);
}

static void
test_compaction (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = NULL;
  g_autofree char *text = NULL;
  guint steps = 0;

  crash (fixture, "compact");
  document = load_good (fixture);
  g_assert_cmpstr (get_title (document, "a"), ==, "T38");
  redo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "T39");
  while (leyden_document_can_undo (document))
    {
      undo (document);
      steps++;
    }
  g_assert_cmpuint (steps, ==, 40);
  g_assert_false (leyden_document_is_modified (document));
  text = content (document);
  g_assert_cmpstr (text, ==, document_small);
}

/* Cut at every byte: what is whole comes back, nothing else happens. */
static void
test_cut_journal (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->state, "journal", "doc-1", NULL);
  g_autofree char *snapshot = g_strconcat (path, ".autosave", NULL);
  g_autofree char *journal = NULL;
  g_autofree char *base = NULL;
  gsize length;

  crash (fixture, "edit");
  g_assert_true (g_file_get_contents (path, &journal, &length, NULL));
  base = read_file (snapshot);
  for (gsize cut = 0; cut <= length; cut += cut + 40 > length ? 1 : 7)
    {
      g_autoptr(LeydenDocument) document = NULL;
      guint lines = 0;

      put (path, journal, (gssize) cut);
      put (snapshot, base, -1);
      for (gsize i = 0; i < cut; i++)
        lines += journal[i] == '\n';
      document = load_good (fixture);
      if (leyden_document_can_undo (document) != (lines > 1))
        g_error ("cut at %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT ", %u lines: %s", cut, length, lines, get_title (document, "a"));
      if (lines == 2)
        g_assert_cmpstr (get_title (document, "a"), ==, "One");
      /* It goes on being a good journal. */
      edit_title (document, "b", "after", NULL);
      leyden_document_close (document, FALSE);
      g_clear_object (&document);
      document = load_good (fixture);
      g_assert_cmpstr (get_title (document, "b"), ==, "after");
      leyden_document_close (document, TRUE);
      remove_tree (fixture->state);
      g_mkdir_with_parents (fixture->state, 0700);
      {
        g_autofree char *folder = g_path_get_dirname (path);

        g_mkdir_with_parents (folder, 0700);
      }
    }
}

/* After a power cut the journal is worth nothing without what it begins from. */
static void
test_synced (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *strace = g_find_program_in_path ("strace");
  g_autofree char *log = g_build_filename (fixture->folder, "trace", NULL);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *text = NULL;
  g_auto(GStrv) environ = g_environ_setenv (g_get_environ (), "ASAN_OPTIONS", "detect_leaks=0", TRUE);
  char *argv[] = { strace, (char *) "-f", (char *) "-y", (char *) "-e", (char *) "trace=fsync,fdatasync", (char *) "-o", log,
                   self, (char *) "--child", fixture->folder, (char *) "close", NULL };

  if (strace == NULL)
    {
      g_test_skip ("needs strace");
      return;
    }
  g_assert_true (g_spawn_sync (NULL, argv, environ, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, NULL, NULL));
  text = read_file (log);
  if (text == NULL || strstr (text, "sync(") == NULL)
    {
      g_test_skip ("strace may not trace here");
      return;
    }
  g_assert_nonnull (strstr (text, "journal/doc-1>"));
  g_assert_nonnull (strstr (text, "journal/doc-1.autosave>"));
  g_assert_nonnull (strstr (text, "/journal>"));
}

/* A journal with a bad line in the middle comes back up to there; all of it, and what it began from, is kept, and that is said. */
static void
test_garbled_line (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->state, "journal", "doc-1", NULL);
  g_autofree char *kept = g_strconcat (path, ".broken", NULL);
  g_autofree char *kept_snapshot = g_strconcat (kept, ".autosave", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *snapshot = NULL;
  g_autoptr(LeydenDocument) document = NULL;
  char *line;

  crash (fixture, "edit");
  before = read_file (path);
  line = strstr (before, "\"Two\"");
  g_assert_nonnull (line);
  line[1] = 'X';
  put (path, before, -1);
  document = load_good (fixture);
  g_assert_cmpstr (get_title (document, "a"), ==, "One");
  g_assert_nonnull (strstr (leyden_document_get_recovery_note (document), "doc-1.broken"));
  after = read_file (kept);
  g_assert_cmpstr (after, ==, before);
  snapshot = read_file (kept_snapshot);
  g_assert_cmpstr (snapshot, ==, document_small);
  /* What came back is safe from the next crash. */
  leyden_document_close (document, FALSE);
  g_clear_object (&document);
  document = load_good (fixture);
  g_assert_cmpstr (get_title (document, "a"), ==, "One");
  g_assert_null (leyden_document_get_recovery_note (document));
  g_assert_true (leyden_document_can_undo (document));
}

/* A list of what can be recovered does not hold what is opened at the same time. */
static void
test_list_while_opening (Fixture       *fixture,
                         gconstpointer  data)
{
  GAsyncResult *lists[8] = { NULL };
  g_autoptr(LeydenDocument) document = load_good (fixture);

  for (guint i = 0; i < 3000; i++)
    edit_title (document, "a", i % 2 == 0 ? "even" : "odd", NULL);
  leyden_document_close (document, FALSE);
  g_clear_object (&document);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    leyden_journal_list_async (fixture->state, NULL, result_cb, &lists[i]);
  document = load_good (fixture);
  g_assert_cmpstr (get_title (document, "a"), ==, "odd");
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr(GPtrArray) list = leyden_journal_list_finish (wait_for (&lists[i]), NULL);

      g_assert_cmpuint (list->len, <=, 1);
      g_object_unref (lists[i]);
    }
}

/* What cannot be recovered at all is said once, not at every start. */
static void
test_hopeless (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *snapshot = g_build_filename (fixture->state, "journal", "doc-1.autosave", NULL);
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GPtrArray) list = NULL;
  g_autoptr(GError) error = NULL;

  crash (fixture, "edit");
  put (snapshot, "{\"leyden\":1,", -1);
  put (fixture->path, "{\"leyden\":1,\"id\":\"doc-1\",\"nodes\":[]}", -1);
  document = recover (fixture, "doc-1", &error);
  g_assert_null (document);
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "doc-1.broken"));
  g_assert_true (journal_exists (fixture, "doc-1.broken"));
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 0);
}

/* G09: the journal is of another state of the file. */
static void
test_other_file (Fixture       *fixture,
                 gconstpointer  data)
{
  static const char changed[] = "{\"leyden\":1,\"id\":\"doc-1\",\"nodes\":[{\"id\":\"z\",\"type\":\"t\"}]}";
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(LeydenDocument) copy = NULL;
  g_autoptr(GPtrArray) list = NULL;
  g_autoptr(GPtrArray) none = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  crash (fixture, "edit");
  put (fixture->path, changed, -1);
  document = load_good (fixture);
  g_assert_false (leyden_document_is_modified (document));
  g_assert_nonnull (leyden_flow_get_node (leyden_document_get_flow (document), "z"));
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 1);
  copy = recover (fixture, ((LeydenJournalInfo *) g_ptr_array_index (list, 0))->id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (get_title (copy, "a"), ==, "Two");
  g_assert_null (leyden_document_get_file (copy));
  g_assert_cmpstr (leyden_flow_get_id (leyden_document_get_flow (copy)), !=, "doc-1");
  undo (copy);
  g_assert_cmpstr (get_title (copy, "b"), ==, "");
  text = read_file (fixture->path);
  g_assert_cmpstr (text, ==, changed);
  /* Both are open now. */
  none = list_journals (fixture);
  g_assert_cmpuint (none->len, ==, 0);
  /* A recovered copy is itself safe from the next crash. */
  g_assert_true (journal_exists (fixture, leyden_flow_get_id (leyden_document_get_flow (copy))));
}

static void
test_damaged_snapshot (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autofree char *snapshot = g_build_filename (fixture->state, "journal", "doc-1.autosave", NULL);
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(LeydenDocument) gone = NULL;
  g_autoptr(GError) error = NULL;

  crash (fixture, "edit");
  put (snapshot, "{\"leyden\":1,", -1);
  document = load_good (fixture);
  /* The file itself is the beginning. */
  g_assert_cmpstr (get_title (document, "a"), ==, "Two");
  leyden_document_close (document, FALSE);
  put (snapshot, "{\"leyden\":1,", -1);
  g_unlink (fixture->path);
  gone = recover (fixture, "doc-1", &error);
  g_assert_null (gone);
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE);
  g_assert_true (journal_exists (fixture, "doc-1"));
}

static void
test_no_journal (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = NULL;
  guint count = 0;

  /* A file where the folder should be. */
  put (fixture->state, "", -1);
  document = load_good (fixture);
  g_signal_connect (document, "journal-failed", G_CALLBACK (failed_cb), &count);
  edit_title (document, "a", "One", NULL);
  edit_title (document, "a", "Two", NULL);
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpstr (get_title (document, "a"), ==, "Two");
  undo (document);
  save_good (document, NULL);
}

/* The disk comes back: so does the journal, with all that was done meanwhile. */
static void
test_journal_again (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(LeydenDocument) again = NULL;
  guint count = 0;

  put (fixture->state, "", -1);
  document = load_good (fixture);
  g_signal_connect (document, "journal-failed", G_CALLBACK (failed_cb), &count);
  leyden_journal_set_limits (document->journal, 1 << 20, G_MAXINT64);
  edit_title (document, "a", "One", NULL);
  edit_title (document, "a", "Two", NULL);
  g_unlink (fixture->state);
  leyden_journal_set_limits (document->journal, 1 << 20, 0);
  edit_title (document, "a", "Three", NULL);
  g_assert_true (leyden_journal_is_compacting (document->journal));
  edit_title (document, "a", "Four", NULL);
  while (leyden_journal_is_compacting (document->journal))
    g_main_context_iteration (NULL, TRUE);
  edit_title (document, "a", "Five", NULL);
  g_assert_cmpuint (count, ==, 1);
  leyden_document_close (document, FALSE);
  again = load_good (fixture);
  g_assert_cmpstr (get_title (again, "a"), ==, "Five");
  for (guint i = 0; i < 5; i++)
    undo (again);
  g_assert_false (leyden_document_is_modified (again));
}

/* A clean close keeps the history of a file: the next time one can go back, and forward again. */
static void
test_history_stays (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);
  g_autoptr(GPtrArray) list = NULL;

  edit_title (document, "a", "One", NULL);
  edit_title (document, "a", "Two", NULL);
  save_good (document, NULL);
  edit_title (document, "a", "Three", NULL);
  undo (document);
  leyden_document_close (document, FALSE);
  g_clear_object (&document);
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 0);

  document = load_good (fixture);
  g_assert_false (leyden_document_is_modified (document));
  g_assert_cmpstr (get_title (document, "a"), ==, "Two");
  redo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "Three");
  undo (document);
  undo (document);
  undo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "");
  redo (document);
  redo (document);
  g_assert_false (leyden_document_is_modified (document));
  leyden_document_close (document, FALSE);
  g_clear_object (&document);

  /* Of a file that is another one now there is no history. */
  put (fixture->path, document_small, -1);
  document = load_good (fixture);
  g_assert_true (leyden_document_can_undo (document) || leyden_document_can_redo (document));
  leyden_document_close (document, TRUE);
  g_clear_object (&document);
  document = load_good (fixture);
  g_assert_false (leyden_document_can_undo (document) || leyden_document_can_redo (document));
}

/* Of the journals that were closed only the last stay; those with unsaved edits all do. */
static void
test_prune (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *folder = g_build_filename (fixture->state, "journal", NULL);
  g_autoptr(GPtrArray) list = NULL;
  guint n_there = 0;

  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/doc-%02u.leyden", fixture->folder, i);
      g_autofree char *text = g_strdup_printf ("{\"leyden\":1,\"id\":\"many-%02u\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\"}],\"edges\":[]}", i);
      g_autoptr(GFile) file = g_file_new_for_path (path);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenDocument) document = NULL;

      put (path, text, -1);
      document = load (fixture, file, &error);
      g_assert_no_error (error);
      edit_title (document, "a", "One", NULL);
      if (i > 0)
        save_good (document, NULL);
      leyden_document_close (document, FALSE);
    }
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 1);
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *key = g_strdup_printf ("many-%02u", i);

      n_there += journal_exists (fixture, key);
    }
  g_assert_true (journal_exists (fixture, "many-00"));
  g_assert_false (journal_exists (fixture, "many-01"));
  g_assert_true (journal_exists (fixture, "many-59"));
  g_assert_cmpuint (n_there, ==, 51);
}

/* The first edits come before the thread has made the journal: they are in it all the same, in their order. */
static void
test_early (Fixture       *fixture,
            gconstpointer  data)
{
  for (guint i = 0; i < 40; i++)
    {
      g_autoptr(LeydenDocument) document = load_good (fixture);
      g_autoptr(LeydenDocument) again = NULL;

      edit_title (document, "a", "One", NULL);
      edit_title (document, "a", "Two", NULL);
      leyden_document_close (document, FALSE);
      again = load_good (fixture);
      g_assert_cmpstr (get_title (again, "a"), ==, "Two");
      undo (again);
      undo (again);
      g_assert_false (leyden_document_can_undo (again));
      leyden_document_close (again, TRUE);
    }
}

/* A new document that was killed before its first edit leaves nothing behind for good. */
static void
test_crash_empty (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *folder = g_build_filename (fixture->state, "journal", NULL);
  g_autoptr(GPtrArray) list = NULL;
  g_autoptr(GDir) dir = NULL;

  crash (fixture, "empty");
  dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (g_dir_read_name (dir));
  g_clear_pointer (&dir, g_dir_close);
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 0);
  dir = g_dir_open (folder, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
}

/* Recovered with nothing but the snapshot, and killed again before an edit: that must not look like nothing. */
static void
test_crash_recovered (Fixture       *fixture,
                      gconstpointer  data)
{
  static const char text[] = "{\"leyden\":1,\"id\":\"only\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"title\":\"Kept\"}],\"edges\":[]}";
  g_autofree char *folder = g_build_filename (fixture->state, "journal", NULL);
  LeydenJournalHeader header = { (char *) "only", (char *) "Only", NULL, (char *) "", 0, G_MAXUINT64, 0 };
  g_autoptr(GBytes) base = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GPtrArray) list = NULL;
  g_autoptr(GError) error = NULL;

  leyden_journal_close (leyden_journal_new (fixture->state, &header, base, NULL, NULL), TRUE);
  g_assert_true (journal_exists (fixture, "only"));
  leyden_journal_prune (folder);
  g_assert_true (journal_exists (fixture, "only"));
  list = list_journals (fixture);
  g_assert_cmpuint (list->len, ==, 1);
  document = recover (fixture, "only", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (get_title (document, "a"), ==, "Kept");
  g_assert_true (leyden_document_is_modified (document));
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "--child"))
    return run_child (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
  ADD ("/journal/crash", test_crash);
  ADD ("/journal/crash-twice", test_crash_twice);
  ADD ("/journal/crash-after-save", test_crash_after_save);
  ADD ("/journal/crash-in-save", test_crash_in_save);
  ADD ("/journal/crash-after-save-as", test_crash_after_save_as);
  ADD ("/journal/crash-new", test_crash_new);
  ADD ("/journal/compaction", test_compaction);
  ADD ("/journal/cut", test_cut_journal);
  ADD ("/journal/damaged-snapshot", test_damaged_snapshot);
  ADD ("/journal/synced", test_synced);
  ADD ("/journal/garbled-line", test_garbled_line);
  ADD ("/journal/list-while-opening", test_list_while_opening);
  ADD ("/journal/hopeless", test_hopeless);
  ADD ("/journal/history-stays", test_history_stays);
  ADD ("/journal/prune", test_prune);
  ADD ("/journal/early", test_early);
  ADD ("/journal/crash-empty", test_crash_empty);
  ADD ("/journal/crash-recovered", test_crash_recovered);
  ADD ("/journal/impossible", test_no_journal);
  ADD ("/journal/possible-again", test_journal_again);
  ADD ("/hostile/G09", test_other_file);
  return g_test_run ();
}
