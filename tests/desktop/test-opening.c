/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostile-files.h"
#include "leyden-bottom-panel.h"

/* Opening runs nothing: the window opens every hostile file under a tracer, shows its panels and selects its nodes; no process is started, no
 * connection made, and no file written outside the folders of the program. This program traces itself: with --child it is the window. */

#define MARK_BEGIN "/leyden-mark/begin"
#define MARK_END "/leyden-mark/end"

/* More than a parser sees: what would start something if it were obeyed. */
static const HostileFile tempting[] = {
  { "W39", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"prompt\", \"parameters\": {\"template\": \"{{ a }}{{ a }}\"}}]"), -1, 0, "" },
  { "W41", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"subflow\", \"parameters\": {\"flow\": \"tempting-1.leyden\"}}]"), -1, 0, "" },
  { "W42", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"subflow\", \"parameters\": {\"flow\": \"../../../../etc/passwd\"}}]"), -1, 0, "" },
  { "W43", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"command\", \"parameters\": {\"command\": [\"sh\", \"-c\", \"touch x\"]}}]"), -1, 0, "" },
  { "W44", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"chat\", \"parameters\": {\"model\": {\"endpoint\": \"http://169.254.169.254/\", "
                 "\"model\": \"m\", \"headers\": {\"x\": \"sk-0123456789abcdef\"}}}}]"), -1, 0, "" },
  { "D01", FLOW ("\"data\": {\"name\": \"d\", \"hint\": \"http://example.com/d.jsonl\", \"sha256\": "
                 "\"0000000000000000000000000000000000000000000000000000000000000000\", \"mapping\": {}}, \"nodes\": []"), -1, 0, "" },
};

/* --- the child: the window --- */

static gboolean
is_settled (gpointer data)
{
  GListModel *windows = gtk_window_get_toplevels ();

  if (leyden_window_get_document (data) != NULL)
    return TRUE;
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWindow) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_mapped (GTK_WIDGET (window)))
        {
          adw_message_dialog_response (ADW_MESSAGE_DIALOG (window), "close");
          return TRUE;
        }
    }
  return FALSE;
}

static void
look_around (LeydenWindow *window)
{
  static const char * const pages[] = { "run", "problems", "try" };
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (leyden_document_get_flow (leyden_window_get_document (window)));

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      leyden_window_show_panel (window, pages[i]);
      desktop_test_spin (30);
    }
  for (guint i = 0; i < MIN (nodes->len, 4); i++)
    {
      leyden_canvas_show_element (leyden_window_get_canvas (window), LEYDEN_ELEMENT_NODE, leyden_node_get_id (g_ptr_array_index (nodes, i)));
      desktop_test_spin (30);
    }
}

static void
open_one (const char *path)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  leyden_window_open_file (window, file);
  while (!is_settled (window))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      desktop_test_spin (10);
    }
  if (leyden_window_get_document (window) != NULL)
    look_around (window);
  leyden_window_close_now (window);
  desktop_test_spin (30);
}

static int
be_the_window (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  LeydenWindow *first = desktop_test_window (1280, 800);
  const char *name;

  gtk_widget_activate_action (GTK_WIDGET (first), "win.new", NULL);
  desktop_test_spin (300);
  (void) access (MARK_BEGIN, F_OK);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      open_one (path);
    }
  (void) access (MARK_END, F_OK);
  g_print ("opened %s\n", g_get_user_state_dir ());
  fflush (stdout);
  _exit (0);
}

/* --- the parent: the tracer's user --- */

static void
write_file (const char *folder,
            const char *name,
            const char *text,
            gssize      length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, length, NULL));
}

static void
write_brackets (const char *folder,
                const char *name,
                const char *one,
                guint       n)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append (text, one);
  write_file (folder, name, text->str, (gssize) text->len);
}

/* W45, W49: things that are no files, or none of a sane size. */
static void
make_special (const char *folder)
{
  g_autofree char *fifo = g_build_filename (folder, "fifo.leyden", NULL);
  g_autofree char *directory = g_build_filename (folder, "directory.leyden", NULL);
  g_autofree char *device = g_build_filename (folder, "zero.leyden", NULL);
  g_autofree char *sparse = g_build_filename (folder, "sparse.leyden", NULL);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (g_mkdir (directory, 0700), ==, 0);
  g_assert_cmpint (symlink ("/dev/zero", device), ==, 0);
  write_file (folder, "sparse.leyden", "{}", -1);
  if (truncate (sparse, G_GINT64_CONSTANT (2) * 1024 * 1024 * 1024) != 0)
    g_remove (sparse);
}

static char *
make_files (void)
{
  char *folder = g_dir_make_tmp ("leyden-hostile-XXXXXX", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (hostile_files); i++)
    {
      g_autofree char *name = g_strdup_printf ("hostile-%u-%s.leyden", i, hostile_files[i].id);

      write_file (folder, name, hostile_files[i].text, hostile_files[i].length);
    }
  for (guint i = 0; i < G_N_ELEMENTS (tempting); i++)
    {
      g_autofree char *name = g_strdup_printf ("tempting-%u.leyden", i);

      write_file (folder, name, tempting[i].text, tempting[i].length);
    }
  write_brackets (folder, "W07.leyden", "[", 1000000);
  write_brackets (folder, "W08.leyden", "{\"a\":", 100000);
  make_special (folder);
  return folder;
}

static void
remove_files (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (folder);
}

/* Whether a line of the trace is one that opening a file must not cause. */
static const char *
find_fault (const char *line)
{
  static const char * const never[] = { "execve(", "execveat(", "fork(", "connect(", "bind(", "listen(", "accept(", "accept4(", "socketpair(" };

  for (guint i = 0; i < G_N_ELEMENTS (never); i++)
    if (strstr (line, never[i]) != NULL)
      return never[i];
  /* Threads are no processes. */
  if ((strstr (line, "clone(") != NULL || strstr (line, "clone3(") != NULL) && strstr (line, "CLONE_THREAD") == NULL)
    return "clone";
  if (strstr (line, "socket(") != NULL && strstr (line, "AF_INET") != NULL)
    return "socket";
  return NULL;
}

/* Whether a line of the trace makes, changes or removes a file that is not in @home: the first path of the line, as the kernel got it. */
static gboolean
writes_outside (const char *line,
                const char *home)
{
  static const char * const changes[] = { "creat(", "mkdir(", "mkdirat(", "mknod(", "mknodat(", "rename(", "renameat(", "renameat2(", "unlink(", "unlinkat(",
                                          "rmdir(", "link(", "linkat(", "symlink(", "symlinkat(", "truncate(", "chmod(", "fchmodat(" };
  static const char * const no_files[] = { "/dev/", "/proc/", "/sys/" };
  const char *path = strchr (line, '"');
  gboolean found = strstr (line, "open") != NULL
                   && (strstr (line, "O_WRONLY") != NULL || strstr (line, "O_RDWR") != NULL || strstr (line, "O_CREAT") != NULL);

  for (guint i = 0; i < G_N_ELEMENTS (changes) && !found; i++)
    {
      const char *call = strstr (line, changes[i]);

      found = call != NULL && (path == NULL || call < path) && (call == line || call[-1] == ' ');
    }
  if (!found || path == NULL || strstr (line, ") = -1 ") != NULL || g_str_has_prefix (path + 1, home))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (no_files); i++)
    if (g_str_has_prefix (path + 1, no_files[i]))
      return FALSE;
  return TRUE;
}

static void
check_trace (const char *text,
             const char *home)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean inside = FALSE;
  guint n_inside = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *fault;

      if (strstr (lines[i], MARK_END) != NULL)
        inside = FALSE;
      fault = inside ? find_fault (lines[i]) : NULL;
      if (fault != NULL || (inside && writes_outside (lines[i], home)))
        g_error ("opening a file did this: %s", lines[i]);
      n_inside += inside;
      if (strstr (lines[i], MARK_BEGIN) != NULL)
        inside = TRUE;
    }
  g_assert_false (inside);
  g_test_message ("%u calls between the marks", n_inside);
}

static void
test_starts_nothing (gconstpointer program)
{
  g_autofree char *strace = g_find_program_in_path ("strace");
  g_autofree char *folder = NULL;
  g_autofree char *log = NULL;
  g_autofree char *text = NULL;
  g_autofree char *out = NULL;
  g_autofree char *state = NULL;
  g_autofree char *home = NULL;
  const char *opened;
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr(GSubprocess) child = NULL;
  g_autoptr(GError) error = NULL;
  int fd;

  if (strace == NULL)
    {
      g_test_skip ("strace is not installed");
      return;
    }
  fd = g_file_open_tmp ("leyden-trace-XXXXXX", &log, &error);
  g_assert_no_error (error);
  close (fd);
  folder = make_files ();
  /* The leak detector is a tracer too, and there can be only one. */
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "detect_leaks=0", TRUE);
  child = g_subprocess_launcher_spawn (launcher, &error, strace, "-f", "-qq", "-e", 
                                       "trace=process,network,file",
                                       "-o", log, program, "--child", folder, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (child, NULL, NULL, &out, NULL, &error));
  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  g_remove (log);
  remove_files (folder);
  if (strstr (text, "execve(") == NULL)
    {
      g_test_skip ("strace may not trace here");
      return;
    }
  g_assert_cmpint (g_subprocess_get_exit_status (child), ==, 0);
  opened = strstr (out, "opened ");
  g_assert_nonnull (opened);
  g_assert_nonnull (strstr (text, MARK_BEGIN));
  /* All its folders lie beside each other in one of the test's own. */
  state = g_strndup (opened + strlen ("opened "), strcspn (opened + strlen ("opened "), "\n"));
  home = g_path_get_dirname (state);
  g_assert_nonnull (strstr (home, "leyden"));
  check_trace (text, home);
}

/* The trace is read right: each of these lines would be found. */
static void
test_faults (void)
{
  static const char * const bad[] = {
    "12 execve(\"/bin/sh\", [\"sh\"], 0x7f) = 0", "12 vfork() = 13", "12 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 3",
    "12 connect(9, {sa_family=AF_UNIX, sun_path=\"/x\"}, 110) = 0", "12 socket(AF_INET6, SOCK_STREAM, 0) = 4",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_nonnull (find_fault (bad[i]));
  g_assert_null (find_fault ("12 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88) = 4"));
  g_assert_null (find_fault ("12 recvmsg(5, {msg_name=NULL}, 0) = 32"));
  g_assert_true (writes_outside ("12 openat(AT_FDCWD, \"/home/a/x\", O_WRONLY|O_CREAT, 0600) = 4", "/tmp/test"));
  g_assert_true (writes_outside ("12 unlink(\"/home/a/x\") = 0", "/tmp/test"));
  g_assert_true (writes_outside ("mkdir(\"/home/a/x\", 0700) = 0", "/tmp/test"));
  g_assert_false (writes_outside ("12 openat(AT_FDCWD, \"/home/a/x\", O_RDONLY|O_CLOEXEC) = 4", "/tmp/test"));
  g_assert_false (writes_outside ("12 rename(\"/tmp/test/a\", \"/tmp/test/b\") = 0", "/tmp/test"));
  g_assert_false (writes_outside ("12 mkdir(\"/home/a\", 0700) = -1 EEXIST (File exists)", "/tmp/test"));
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);

  if (argc == 3 && g_str_equal (argv[1], "--child"))
    {
      const char *folder = argv[2];

      argc = 1;
      desktop_test_init (&argc, &argv);
      return be_the_window (folder);
    }
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/opening/faults", test_faults);
  g_test_add_data_func ("/opening/starts-nothing", self, test_starts_nothing);
  return desktop_test_run ();
}
