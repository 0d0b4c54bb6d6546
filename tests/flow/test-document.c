/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document-helpers.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leyden-document-private.h"
#include "leyden-flow-private.h"

/* Documents with their file. */

static void
test_life (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);
  g_autofree char *text = NULL;
  g_autofree char *title = leyden_document_dup_title (document);
  g_autoptr(LeydenDocument) again = NULL;

  g_assert_cmpstr (title, ==, "Small");
  g_assert_false (leyden_document_is_modified (document));
  assert_undo_label (document, NULL);
  edit_title (document, "a", "First", NULL);
  assert_undo_label (document, "Rename");
  g_assert_true (leyden_document_is_modified (document));
  g_assert_true (journal_exists (fixture, "doc-1"));
  edit_title (document, "a", "Second", NULL);
  undo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "First");
  g_assert_true (leyden_document_can_redo (document));
  save_good (document, NULL);
  g_assert_false (leyden_document_is_modified (document));
  /* The history goes on after a save. */
  redo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "Second");
  g_assert_true (leyden_document_is_modified (document));
  undo (document);
  g_assert_false (leyden_document_is_modified (document));
  undo (document);
  g_assert_true (leyden_document_is_modified (document));
  redo (document);
  leyden_document_close (document, FALSE);
  text = read_file (fixture->path);
  g_assert_nonnull (strstr (text, "\"title\": \"First\""));
  again = load_good (fixture);
  g_assert_cmpstr (get_title (again, "a"), ==, "First");
  /* What it was opened with and what was done then is of no more use. */
  g_assert_true (leyden_document_can_undo (again));
  leyden_document_close (again, TRUE);
  g_assert_false (journal_exists (fixture, "doc-1"));
}

static void
test_merge (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);

  edit_title (document, "a", "x", "typing-a");
  edit_title (document, "a", "xy", "typing-a");
  edit_title (document, "a", "xyz", "typing-a");
  edit_title (document, "b", "other", "typing-b");
  undo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "xyz");
  undo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "");
  g_assert_false (leyden_document_can_undo (document));
  redo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "xyz");
  /* A save is a border. */
  save_good (document, NULL);
  edit_title (document, "a", "xyz!", "typing-a");
  undo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "xyz");
  g_assert_false (leyden_document_is_modified (document));
}

static void
test_kept_bytes (Fixture       *fixture,
                 gconstpointer  data)
{
  /* W22, W27, W29: byte order mark, CRLF, tabs, odd order, unknown fields at every level. */
  static const char odd[] = "\xef\xbb\xbf{\"zz\": {\"b\": 1.50},\r\n\t\"id\": \"odd\", \"leyden\": 1, \"nodes\": [ {\"type\":\"t\", \"qq\":[ ], \"id\":\"a\"} ]}";
  g_autoptr(LeydenDocument) document = NULL;
  g_autofree char *other = g_build_filename (fixture->folder, "copy.leyden", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (other);
  g_autofree char *text = NULL;
  g_autofree char *undone = NULL;

  put (fixture->path, odd, sizeof odd - 1);
  document = load_good (fixture);
  save_good (document, file);
  text = read_file (other);
  g_assert_cmpstr (text, ==, odd);
  edit_title (document, "a", "T", NULL);
  undo (document);
  save_good (document, NULL);
  undone = read_file (other);
  g_assert_cmpstr (undone, ==, odd);
  edit_title (document, "a", "T", NULL);
  save_good (document, NULL);
  g_free (undone);
  undone = read_file (other);
  g_assert_true (g_str_has_prefix (undone, "{\n  \"leyden\": 1,\n  \"id\": \"odd\","));
  g_assert_nonnull (strstr (undone, "\"qq\": []"));
  g_assert_nonnull (strstr (undone, "\"b\": 1.5\n"));
}

/* W36: an id is data and leads nowhere. */
static void
test_ids (Fixture       *fixture,
          gconstpointer  data)
{
  static const char * const ids[] = { "../x", "a/b", "__proto__", "CON", "constructor", "Ä", "x\\ny", ".", "..", "-" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"leyden\":1,\"id\":\"%s\",\"nodes\":[{\"id\":\"%s\",\"type\":\"t\"}]}", ids[i], ids[i]);
      g_autofree char *id = NULL;
      g_autofree char *key = NULL;
      g_autofree char *outside = g_build_filename (fixture->state, "x", NULL);
      g_autoptr(LeydenDocument) document = NULL;

      put (fixture->path, text, -1);
      document = load_good (fixture);
      id = g_strdup (leyden_flow_get_id (leyden_document_get_flow (document)));
      key = leyden_journal_key (id);
      g_assert_cmpuint (strspn (key, "abcdefghijklmnopqrstuvwxyz0123456789-"), ==, strlen (key));
      edit_title (document, id, "T", NULL);
      g_assert_true (journal_exists (fixture, key));
      g_assert_false (g_file_test (outside, G_FILE_TEST_EXISTS));
      leyden_document_close (document, TRUE);
    }
}

static void
test_modes (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *journal = g_build_filename (fixture->state, "journal", "doc-1", NULL);
  g_autofree char *folder = g_build_filename (fixture->state, "journal", NULL);
  g_autofree char *snapshot = g_strconcat (journal, ".autosave", NULL);
  g_autoptr(LeydenDocument) document = NULL;
  mode_t mask = umask (0);
  GStatBuf info;

  document = load_good (fixture);
  edit_title (document, "a", "T", NULL);
  umask (mask);
  g_assert_cmpint (g_stat (journal, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (snapshot, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (folder, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0700);
}

/* What is edited while a save runs is not in the file, and counts as unsaved. */
static void
test_edit_while_saving (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  edit_title (document, "a", "Saved", NULL);
  leyden_document_save_async (document, NULL, FALSE, NULL, result_cb, &result);
  edit_title (document, "a", "Later", NULL);
  g_assert_true (leyden_document_save_finish (document, wait_for (&result), &error));
  g_assert_no_error (error);
  g_assert_true (leyden_document_is_modified (document));
  text = read_file (fixture->path);
  g_assert_nonnull (strstr (text, "Saved"));
  undo (document);
  g_assert_false (leyden_document_is_modified (document));
}

static void
test_two_windows (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr(LeydenDocument) first = load_good (fixture);
  g_autoptr(LeydenDocument) second = NULL;

  edit_title (first, "a", "First", NULL);
  second = load_good (fixture);
  g_assert_cmpstr (get_title (second, "a"), ==, "");
  edit_title (second, "a", "Second", NULL);
  g_assert_true (journal_exists (fixture, "doc-1-2"));
  leyden_document_close (second, TRUE);
  g_assert_true (journal_exists (fixture, "doc-1"));
}

static void
test_newer (Fixture       *fixture,
            gconstpointer  data)
{
  static const char newer[] = "{\"leyden\":999,\"id\":\"doc-1\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\"}]}";
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) saved = NULL;
  g_autofree char *other = g_build_filename (fixture->folder, "copy.leyden", NULL);
  g_autoptr(GFile) copy = g_file_new_for_path (other);
  g_autofree char *text = NULL;
  LeydenEdit *edit = leyden_edit_new ("x");

  put (fixture->path, newer, -1);
  document = load_good (fixture);
  g_assert_nonnull (strstr (leyden_document_get_read_only_reason (document), "newer"));
  leyden_edit_set_title (edit, "a", "T");
  g_assert_false (leyden_document_edit (document, edit, &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_READ_ONLY);
  g_assert_false (save (document, NULL, TRUE, &saved));
  g_assert_error (saved, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_READ_ONLY);
  save_good (document, copy);
  text = read_file (other);
  g_assert_cmpstr (text, ==, newer);
}

static void
test_duplicates (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit = leyden_edit_new ("x");
  LeydenEdit *repair = leyden_edit_new ("Repair");
  LeydenElement *second;
  g_autoptr(LeydenValue) id = leyden_value_new_string ("c", -1);
  g_autoptr(LeydenValue) value = NULL;
  gboolean read_only;

  put (fixture->path, "{\"leyden\":1,\"id\":\"doc-1\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\"},{\"id\":\"a\",\"type\":\"u\"}]}", -1);
  document = load_good (fixture);
  g_object_get (document, "read-only", &read_only, NULL);
  g_assert_true (read_only);
  leyden_edit_set_title (edit, "a", "T");
  g_assert_false (leyden_document_edit (document, edit, &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_READ_ONLY);
  second = leyden_flow_get_element (leyden_document_get_flow (document), LEYDEN_ELEMENT_NODE, "a\n2");
  value = leyden_value_with_member (second->value, "id", id);
  leyden_edit_add (repair, LEYDEN_ELEMENT_NODE, "a\n2", NULL, NULL);
  leyden_edit_add (repair, LEYDEN_ELEMENT_NODE, "c", NULL, value);
  g_assert_true (leyden_document_edit (document, repair, NULL));
  g_assert_null (leyden_document_get_read_only_reason (document));
  edit_title (document, "a", "T", NULL);
  undo (document);
  undo (document);
  g_assert_nonnull (leyden_document_get_read_only_reason (document));
}

static void
assert_not_loaded (Fixture    *fixture,
                   const char *path,
                   int         code,
                   const char *part)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GError) error = NULL;
  LeydenDocument *document = load (fixture, file, &error);

  g_assert_null (document);
  g_assert_error (error, LEYDEN_FLOW_ERROR, code);
  if (strstr (error->message, part) == NULL)
    g_error ("\"%s\" is not in \"%s\"", part, error->message);
}

static void
test_odd_files (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *fifo = g_build_filename (fixture->folder, "fifo.leyden", NULL);
  g_autofree char *name = g_build_filename (fixture->folder, "socket.leyden", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_strlcpy (address.sun_path, name, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  assert_not_loaded (fixture, fixture->folder, LEYDEN_FLOW_ERROR_FILE, "not a regular file");
  assert_not_loaded (fixture, fifo, LEYDEN_FLOW_ERROR_FILE, "not a regular file");
  assert_not_loaded (fixture, name, LEYDEN_FLOW_ERROR_FILE, "not a regular file");
  assert_not_loaded (fixture, "/dev/zero", LEYDEN_FLOW_ERROR_FILE, "not a regular file");
  assert_not_loaded (fixture, "/nowhere/x.leyden", LEYDEN_FLOW_ERROR_FILE, "no such file");
  close (fd);
}

static void
test_sparse (Fixture       *fixture,
             gconstpointer  data)
{
  int fd = open (fixture->path, O_WRONLY);

  if (ftruncate (fd, (off_t) 2 << 30) != 0)
    {
      g_test_skip ("no sparse files here");
      close (fd);
      return;
    }
  close (fd);
  assert_not_loaded (fixture, fixture->path, LEYDEN_FLOW_ERROR_LIMIT, "64 MiB");
}

static void
test_changed (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) again = NULL;
  g_autofree char *text = NULL;

  edit_title (document, "a", "Mine", NULL);
  put (fixture->path, "{\"leyden\":1,\"id\":\"doc-1\",\"title\":\"Theirs\"}", -1);
  g_assert_false (save (document, NULL, FALSE, &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_CHANGED);
  g_assert_true (leyden_document_is_modified (document));
  text = read_file (fixture->path);
  g_assert_nonnull (strstr (text, "Theirs"));
  g_assert_true (save (document, NULL, TRUE, &again));
  g_assert_no_error (again);
  g_assert_false (leyden_document_is_modified (document));
  /* Touched only: no question. */
  g_clear_pointer (&text, g_free);
  text = read_file (fixture->path);
  put (fixture->path, text, -1);
  edit_title (document, "a", "More", NULL);
  save_good (document, NULL);
}

static void
test_links (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *link = g_build_filename (fixture->folder, "link.leyden", NULL);
  g_autofree char *second = g_build_filename (fixture->folder, "second.leyden", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (second);
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  GStatBuf info;

  g_assert_cmpint (symlink ("doc.leyden", link), ==, 0);
  g_assert_cmpint (symlink ("link.leyden", second), ==, 0);
  g_assert_cmpint (g_chmod (fixture->path, 0640), ==, 0);
  document = load (fixture, file, &error);
  g_assert_no_error (error);
  edit_title (document, "a", "Through", NULL);
  save_good (document, NULL);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_test (second, G_FILE_TEST_IS_SYMLINK));
  text = read_file (fixture->path);
  g_assert_nonnull (strstr (text, "Through"));
  g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0640);
}

/* W46; root may do everything, so the test goes on as nobody in a child. */
static void
test_no_permission (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { self, (char *) "--child-nobody", fixture->folder, NULL };
  /* The leak checker cannot look into a process that gave up its rights. */
  g_auto(GStrv) env = g_environ_setenv (g_get_environ (), "ASAN_OPTIONS", "detect_leaks=0:abort_on_error=1", TRUE);
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  int status;

  g_assert_cmpint (g_chmod (fixture->folder, 0755), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (fixture->state, 0777), ==, 0);
  g_assert_cmpint (g_chmod (fixture->state, 0777), ==, 0);
  g_spawn_sync (NULL, argv, env, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    {
      g_test_skip ("cannot become another user here");
      return;
    }
  g_assert_cmpint (status, ==, 0);
}

static int
run_nobody (const char *folder)
{
  Fixture fixture;
  g_autofree char *secret = g_build_filename (folder, "secret.leyden", NULL);
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) other = NULL;
  g_autoptr(GFile) file = g_file_new_for_path (secret);
  g_autofree char *text = NULL;

  fixture_open (&fixture, folder);
  put (secret, document_small, -1);
  if (g_chmod (secret, 0) != 0)
    return 77;
  if (geteuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
    return 77;
  if (access (secret, R_OK) == 0 || access (folder, X_OK) != 0)
    return 77;
  document = load_good (&fixture);
  edit_title (document, "a", "T", NULL);
  g_assert_cmpint (g_chmod (folder, 0555), <=, 0);
  if (access (folder, W_OK) == 0)
    return 77;
  g_assert_false (save (document, NULL, FALSE, &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "doc.leyden"));
  g_assert_nonnull (strstr (error->message, "permission"));
  g_assert_true (leyden_document_is_modified (document));
  text = read_file (fixture.path);
  g_assert_cmpstr (text, ==, document_small);
  g_assert_null (load (&fixture, file, &other));
  g_assert_error (other, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE);
  g_assert_nonnull (strstr (other->message, "permission"));
  g_clear_object (&document);
  fixture_close (&fixture);
  return 0;
}

/* No space: a limit on the size of files fails the same calls. In a child, because it holds for the whole process. */
static void
test_full_disk (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { self, (char *) "--child-full", fixture->folder, NULL };
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GDir) dir = NULL;
  const char *name;
  int status;

  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  text = read_file (fixture->path);
  g_assert_cmpstr (text, ==, document_small);
  dir = g_dir_open (fixture->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_false (g_str_has_prefix (name, ".leyden-"));
}

static int
run_full (const char *folder)
{
  const struct rlimit limit = { 100, 100 };
  Fixture fixture;
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;
  guint count = 0;

  fixture_open (&fixture, folder);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  document = load_good (&fixture);
  g_signal_connect (document, "journal-failed", G_CALLBACK (failed_cb), &count);
  edit_title (document, "a", "T", NULL);
  edit_title (document, "a", "U", NULL);
  g_assert_cmpuint (count, ==, 1);
  g_assert_false (save (document, NULL, FALSE, &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE);
  g_assert_true (leyden_document_is_modified (document));
  undo (document);
  g_assert_cmpstr (get_title (document, "a"), ==, "T");
  g_assert_false (journal_exists (&fixture, "doc-1"));
  g_clear_object (&document);
  fixture_close (&fixture);
  return 0;
}

/* Random edits, then everything back and forth, with a crash-free reopening in between. */
static void
test_random (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (11);
  g_autoptr(LeydenDocument) document = load_good (fixture);
  g_autoptr(LeydenDocument) again = NULL;
  g_autoptr(GPtrArray) states = g_ptr_array_new_with_free_func (g_free);
  guint n = 0;

  g_ptr_array_add (states, content (document));
  for (guint i = 0; i < 200; i++)
    {
      LeydenEdit *edit = leyden_edit_new ("Random");
      g_autofree char *id = g_strdup_printf ("n%d", g_rand_int_range (random, 0, 20));

      if (g_rand_boolean (random) || leyden_flow_get_node (leyden_document_get_flow (document), id) == NULL)
        leyden_edit_add_node (edit, id, "t", id, (float) g_rand_double (random) * 100, 0, NULL);
      else
        leyden_edit_remove_node (edit, leyden_document_get_flow (document), id);
      g_assert_true (leyden_document_edit (document, edit, NULL));
      g_ptr_array_add (states, content (document));
    }
  for (guint i = 0; i < 70; i++)
    undo (document);
  leyden_document_close (document, FALSE);
  again = load_good (fixture);
  for (int i = 130; i >= 0; i--)
    {
      g_autofree char *text = content (again);

      g_assert_cmpstr (text, ==, g_ptr_array_index (states, (guint) i));
      if (i > 0)
        undo (again);
    }
  while (leyden_document_can_redo (again))
    {
      redo (again);
      n++;
    }
  g_assert_cmpuint (n, ==, 200);
  {
    g_autofree char *text = content (again);

    g_assert_cmpstr (text, ==, g_ptr_array_index (states, 200));
  }
}

static void
test_limit (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);
  guint n = 0;

  for (guint i = 0; i < LEYDEN_HISTORY_LENGTH + 50; i++)
    {
      g_autofree char *title = g_strdup_printf ("T%u", i);

      edit_title (document, "a", title, NULL);
    }
  while (leyden_document_can_undo (document))
    {
      undo (document);
      n++;
    }
  g_assert_cmpuint (n, ==, LEYDEN_HISTORY_LENGTH);
  g_assert_cmpstr (get_title (document, "a"), ==, "T49");
  g_assert_true (leyden_document_is_modified (document));
}

static void
count_cb (LeydenFlow *flow,
          LeydenEdit *edit,
          guint      *n)
{
  (*n)++;
}

/* The history as a list, and a jump in it: one change for those who look, and it comes back after a crash like single steps. */
static void
test_go_to (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);
  g_autoptr(GError) error = NULL;
  guint n = 0;

  edit_title (document, "a", "One", NULL);
  edit_title (document, "a", "Two", NULL);
  edit_title (document, "b", "x", "typing");
  edit_title (document, "b", "xy", "typing");
  g_assert_cmpuint (leyden_document_get_n_steps (document), ==, 3);
  g_assert_cmpuint (leyden_document_get_position (document), ==, 3);
  g_assert_cmpstr (leyden_document_get_step_label (document, 1), ==, "Rename");
  g_assert_cmpint (leyden_document_get_step_time (document, 0), <=, leyden_document_get_step_time (document, 2));
  g_assert_true (leyden_document_is_step_saved (document, 0));
  g_assert_false (leyden_document_is_step_saved (document, 3));
  g_signal_connect (leyden_document_get_flow (document), "changed", G_CALLBACK (count_cb), &n);
  g_assert_true (leyden_document_go_to (document, 1, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (get_title (document, "a"), ==, "One");
  g_assert_cmpstr (get_title (document, "b"), ==, "");
  g_assert_cmpuint (leyden_document_get_position (document), ==, 1);
  g_assert_cmpuint (leyden_document_get_n_steps (document), ==, 3);
  g_assert_true (leyden_document_go_to (document, 3, &error));
  g_assert_cmpstr (get_title (document, "b"), ==, "xy");
  g_assert_true (leyden_document_go_to (document, 2, &error));
  leyden_document_close (document, FALSE);
  g_clear_object (&document);
  document = load_good (fixture);
  g_assert_cmpuint (leyden_document_get_position (document), ==, 2);
  g_assert_cmpuint (leyden_document_get_n_steps (document), ==, 3);
  g_assert_cmpstr (get_title (document, "a"), ==, "Two");
}

/* Steps of many changes are dropped before they fill the memory, but never the last one. */
static void
test_limit_of_changes (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);
  g_autoptr(LeydenValue) value = leyden_value_new_int (1);
  guint n = 0;

  for (guint i = 0; i < 6; i++)
    {
      g_autoptr(GError) error = NULL;
      LeydenEdit *edit = leyden_edit_new ("Many");

      for (guint k = 0; k < LEYDEN_HISTORY_CHANGES / 4; k++)
        leyden_edit_set_parameter (edit, "a", "p", value);
      leyden_document_edit (document, edit, &error);
      g_assert_no_error (error);
    }
  for (; leyden_document_can_undo (document); n++)
    undo (document);
  g_assert_cmpuint (n, ==, 4);
}

static void
test_from_bytes (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (document_small, strlen (document_small));
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenDocument) document = leyden_document_new_from_bytes (fixture->state, bytes, "sample", TRUE, &error);
  g_autoptr(LeydenDocument) empty = leyden_document_new (fixture->state);
  g_autofree char *title = leyden_document_dup_title (empty);

  g_assert_no_error (error);
  g_assert_cmpstr (leyden_flow_get_id (leyden_document_get_flow (document)), !=, "doc-1");
  g_assert_false (leyden_document_is_modified (document));
  g_assert_cmpstr (title, ==, "Untitled");
  g_assert_false (save (document, NULL, FALSE, &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--child-nobody"))
    return run_nobody (argv[2]);
  if (argc == 3 && g_str_equal (argv[1], "--child-full"))
    return run_full (argv[2]);
  g_test_init (&argc, &argv, NULL);
  ADD ("/document/life", test_life);
  ADD ("/document/merge", test_merge);
  ADD ("/document/random", test_random);
  ADD ("/document/go-to", test_go_to);
  ADD ("/document/limit", test_limit);
  ADD ("/document/limit-of-changes", test_limit_of_changes);
  ADD ("/document/from-bytes", test_from_bytes);
  ADD ("/document/two-windows", test_two_windows);
  ADD ("/document/modes", test_modes);
  ADD ("/document/edit-while-saving", test_edit_while_saving);
  ADD ("/hostile/W14", test_duplicates);
  ADD ("/hostile/W20", test_newer);
  ADD ("/hostile/W22", test_kept_bytes);
  ADD ("/hostile/W36", test_ids);
  ADD ("/hostile/W45", test_odd_files);
  ADD ("/hostile/W46", test_no_permission);
  ADD ("/hostile/W46/full", test_full_disk);
  ADD ("/hostile/W47", test_changed);
  ADD ("/hostile/W48", test_links);
  ADD ("/hostile/W49", test_sparse);
  return g_test_run ();
}
