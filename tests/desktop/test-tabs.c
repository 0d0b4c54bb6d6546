/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desktop-test.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leyden-history-list.h"
#include "leyden-history-window.h"
#include "leyden-open-files.h"
#include "leyden-window-private.h"

/* Tabs of a window, and the list of the history. */

#define SAMPLE "calculator-agent"

static LeydenDocument *
get_document (LeydenWindow *window)
{
  return leyden_window_get_document (window);
}

static void
act (LeydenWindow *window,
     const char   *name)
{
  gtk_widget_activate_action (GTK_WIDGET (window), name, NULL);
}

static void
step (LeydenWindow *window,
      int           by)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.step-tab", "i", by);
}

static GtkWidget *
find_type (GtkWidget *root,
           GType      type)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_type (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static AdwTabView *
get_view (LeydenWindow *window)
{
  return ADW_TAB_VIEW (find_type (GTK_WIDGET (window), ADW_TYPE_TAB_VIEW));
}

static gboolean
has_dialog (gpointer data)
{
  AdwMessageDialog **dialog = data;
  GListModel *toplevels = gtk_window_get_toplevels ();

  *dialog = NULL;
  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr(GtkWidget) widget = g_list_model_get_item (toplevels, i);

      if (ADW_IS_MESSAGE_DIALOG (widget) && gtk_widget_get_mapped (widget))
        *dialog = ADW_MESSAGE_DIALOG (widget);
    }
  return *dialog != NULL;
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *) data == NULL;
}

static gboolean
has_one_tab (gpointer window)
{
  return leyden_window_get_n_tabs (window) == 1;
}

/* Each tab has its own document, undo, canvas and selection; a tab behind the others has no page. */
static void
test_apart (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  LeydenDocument *first, *second;
  LeydenCanvas *canvas;

  leyden_window_open_sample (window, SAMPLE);
  first = get_document (window);
  canvas = leyden_window_get_canvas (window);
  g_assert_cmpuint (leyden_window_get_n_tabs (window), ==, 1);
  g_assert_true (leyden_canvas_insert (canvas, "merge", NULL));
  act (window, "win.new");
  second = get_document (window);
  g_assert_cmpuint (leyden_window_get_n_tabs (window), ==, 2);
  g_assert_true (first != second);
  g_assert_true (canvas != leyden_window_get_canvas (window));
  g_assert_false (leyden_document_can_undo (second));
  act (window, "win.undo");
  g_assert_true (leyden_document_is_modified (first));
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  act (window, "win.undo");
  g_assert_false (leyden_document_is_modified (second));

  step (window, 1);
  g_assert_true (get_document (window) == first);
  g_assert_true (leyden_window_get_canvas (window) == canvas);
  g_assert_true (g_str_has_prefix (gtk_window_get_title (GTK_WINDOW (window)), "• "));
  g_assert_true (g_str_has_prefix (adw_tab_page_get_title (adw_tab_view_get_nth_page (get_view (window), 0)), "• "));
  act (window, "win.undo");
  g_assert_false (leyden_document_is_modified (first));
  g_assert_false (g_str_has_prefix (adw_tab_page_get_title (adw_tab_view_get_nth_page (get_view (window), 0)), "• "));
  step (window, -1);
  g_assert_true (get_document (window) == second);
  desktop_test_close (window);
}

/* A tab with unsaved changes asks; one without goes at once, and its parts with it. */
static void
test_close (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  AdwMessageDialog *dialog;
  gpointer canvas;

  leyden_window_open_sample (window, SAMPLE);
  act (window, "win.new");
  canvas = leyden_window_get_canvas (window);
  g_object_add_weak_pointer (canvas, &canvas);
  g_assert_true (leyden_canvas_insert (canvas, "merge", NULL));
  act (window, "win.close-tab");
  desktop_test_wait (has_dialog, &dialog);
  adw_message_dialog_response (dialog, "cancel");
  desktop_test_spin (50);
  g_assert_cmpuint (leyden_window_get_n_tabs (window), ==, 2);
  act (window, "win.close-tab");
  desktop_test_wait (has_dialog, &dialog);
  adw_message_dialog_response (dialog, "discard");
  desktop_test_wait (has_one_tab, window);
  desktop_test_wait (is_null, &canvas);
  g_assert_cmpuint (leyden_flow_get_n_nodes (leyden_document_get_flow (get_document (window))), >, 0);

  act (window, "win.new");
  act (window, "win.close-tab");
  desktop_test_wait (has_one_tab, window);
  desktop_test_close (window);
}

/* The window asks for one tab after the other, each over its flow; "cancel" leaves all as they are. */
static void
test_close_window (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  gpointer watched = window;
  AdwMessageDialog *dialog;

  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  for (guint i = 0; i < 3; i++)
    {
      act (window, "win.new");
      g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
    }
  g_assert_cmpuint (leyden_window_get_n_tabs (window), ==, 3);
  gtk_window_close (GTK_WINDOW (window));
  desktop_test_wait (has_dialog, &dialog);
  adw_message_dialog_response (dialog, "discard");
  desktop_test_spin (50);
  desktop_test_wait (has_dialog, &dialog);
  adw_message_dialog_response (dialog, "cancel");
  desktop_test_spin (50);
  g_assert_cmpuint (leyden_window_get_n_tabs (window), ==, 3);
  gtk_window_close (GTK_WINDOW (window));
  for (guint i = 0; i < 3; i++)
    {
      desktop_test_wait (has_dialog, &dialog);
      adw_message_dialog_response (dialog, "discard");
      desktop_test_spin (100);
    }
  desktop_test_wait (is_null, &watched);
}

static gboolean
is_loaded (gpointer window)
{
  return get_document (window) != NULL && leyden_document_get_file (get_document (window)) != NULL;
}

static gboolean
has_two_tabs (gpointer window)
{
  return leyden_window_get_n_tabs (window) == 2;
}

/* A file that is open is not opened again: its tab is shown. */
static void
test_same_file (void)
{
  static const char text[] = "{\"leyden\":1,\"id\":\"tab-%u\",\"title\":\"Flow %u\",\"nodes\":[],\"edges\":[]}";
  LeydenWindow *window = desktop_test_window (1280, 800);
  GFile *files[2];
  g_autofree char *folder = g_dir_make_tmp ("leyden-tabs-XXXXXX", NULL);

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u.leyden", folder, i);
      g_autofree char *content = g_strdup_printf (text, i, i);

      g_file_set_contents (path, content, -1, NULL);
      files[i] = g_file_new_for_path (path);
      leyden_application_open_file (desktop_test_application (), files[i]);
    }
  desktop_test_wait (is_loaded, window);
  desktop_test_wait (has_two_tabs, window);
  leyden_application_open_file (desktop_test_application (), files[0]);
  g_assert_true (g_file_equal (leyden_document_get_file (get_document (window)), files[0]));
  leyden_application_open_file (desktop_test_application (), files[1]);
  g_assert_true (g_file_equal (leyden_document_get_file (get_document (window)), files[1]));
  desktop_test_spin (200);
  g_assert_cmpuint (leyden_window_get_n_tabs (window), ==, 2);
  desktop_test_close (window);
  g_object_unref (files[0]);
  g_object_unref (files[1]);
}

/* The page of a file that comes to a window with a flow is built one part in a turn, and shown when it is whole; meanwhile it is known to be there. */
static void
test_built_in_turns (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autofree char *folder = g_dir_make_tmp ("leyden-tabs-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "turns.leyden", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  guint n_turns = 0, n_built = 0;

  g_assert_true (g_file_set_contents (path, "{\"leyden\":1,\"id\":\"turns\",\"title\":\"Turns\",\"nodes\":[],\"edges\":[]}", -1, NULL));
  leyden_window_open_sample (window, SAMPLE);
  leyden_window_open_file (window, file);
  while (leyden_window_get_n_tabs (window) < 2)
    {
      g_main_context_iteration (NULL, TRUE);
      if (window->next_tab == NULL)
        continue;
      g_assert_cmpuint (window->next_tab->n_built, <=, n_built + 1);
      g_assert_true (leyden_window_has_file (window, file));
      n_turns += window->next_tab->n_built != n_built;
      n_built = window->next_tab->n_built;
      /* Asked for twice. */
      if (n_built == 2)
        g_assert_true (leyden_window_show_file (window, file));
    }
  g_assert_cmpuint (n_turns, >, 4);
  g_assert_null (window->next_tab);
  g_assert_true (g_file_equal (leyden_document_get_file (get_document (window)), file));
  g_assert_true (leyden_tab_is_built (window->tab));

  /* Another flow that comes first takes what there is of the page. */
  leyden_window_close_tab (window, window->tab);
  desktop_test_wait (has_one_tab, window);
  leyden_window_open_file (window, file);
  while (window->next_tab == NULL)
    g_main_context_iteration (NULL, TRUE);
  leyden_window_new_document (window);
  desktop_test_wait (has_two_tabs, window);
  desktop_test_wait (is_loaded, window);
  g_assert_true (leyden_window_has_file (window, file));

  /* A window that is closed meanwhile shows nothing any more. */
  leyden_window_open_sample (window, SAMPLE);
  desktop_test_close (window);
  window = desktop_test_window (1280, 800);
  leyden_window_open_sample (window, SAMPLE);
  leyden_window_open_file (window, file);
  while (window->next_tab == NULL)
    g_main_context_iteration (NULL, TRUE);
  desktop_test_close (window);
  g_unlink (path);
  g_rmdir (folder);
}

/* A tab that is torn off goes on in a window of its own. */
static void
test_tear_off (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800), *other;
  LeydenDocument *document;
  LeydenCanvas *canvas;
  AdwTabView *target = NULL;

  leyden_window_open_sample (window, SAMPLE);
  act (window, "win.new");
  document = get_document (window);
  canvas = leyden_window_get_canvas (window);
  g_signal_emit_by_name (get_view (window), "create-window", &target);
  g_assert_nonnull (target);
  adw_tab_view_transfer_page (get_view (window), adw_tab_view_get_nth_page (get_view (window), 1), target, 0);
  other = LEYDEN_WINDOW (gtk_widget_get_root (GTK_WIDGET (target)));
  desktop_test_wait (has_one_tab, other);
  desktop_test_wait (has_one_tab, window);
  g_assert_true (get_document (other) == document);
  g_assert_true (leyden_window_get_canvas (other) == canvas);
  g_assert_true (get_document (window) != document);
  g_assert_true (leyden_canvas_insert (canvas, "merge", NULL));
  g_assert_true (g_str_has_prefix (gtk_window_get_title (GTK_WINDOW (other)), "• "));
  act (other, "win.undo");
  desktop_test_close (other);
  desktop_test_close (window);
}

static gboolean
is_saved (gpointer document)
{
  return !leyden_document_is_modified (document);
}

/* A tab that goes elsewhere while it is saved is told about there, even when that window is closed before the end. */
static void
test_move_saving (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800), *other;
  g_autofree char *folder = g_dir_make_tmp ("leyden-tabs-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "moved.leyden", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(LeydenDocument) document = NULL;
  AdwTabView *target = NULL;

  g_assert_true (g_file_set_contents (path, "{\"leyden\":1,\"id\":\"moved\",\"title\":\"Moved\",\"nodes\":[],\"edges\":[]}", -1, NULL));
  leyden_application_open_file (desktop_test_application (), file);
  desktop_test_wait (is_loaded, window);
  document = g_object_ref (get_document (window));
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  leyden_window_open_sample (window, SAMPLE);
  step (window, -1);
  g_assert_true (get_document (window) == document);
  /* Looking for a file shows nothing. */
  step (window, 1);
  g_assert_true (leyden_window_has_file (window, file));
  g_assert_true (get_document (window) != document);
  step (window, 1);
  g_signal_emit_by_name (get_view (window), "create-window", &target);
  other = LEYDEN_WINDOW (gtk_widget_get_root (GTK_WIDGET (target)));
  act (window, "win.save");
  adw_tab_view_transfer_page (get_view (window), adw_tab_view_get_nth_page (get_view (window), 0), target, 0);
  desktop_test_close (other);
  desktop_test_wait (is_saved, document);
  desktop_test_spin (200);
  desktop_test_close (window);
  g_unlink (path);
  g_rmdir (folder);
}

/* The tabs fit a phone. */
static void
test_narrow (void)
{
  LeydenWindow *window = desktop_test_window (360, 640);
  int minimum;

  for (guint i = 0; i < 4; i++)
    {
      leyden_window_open_sample (window, SAMPLE);
      desktop_test_spin (20);
    }
  g_assert_cmpuint (leyden_window_get_n_tabs (window), ==, 4);
  desktop_test_spin (200);
  gtk_widget_measure (GTK_WIDGET (window), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  desktop_test_close (window);
}

/* --- history --- */

/* The list has every step; a row leads there in one go, and the list follows what is done. */
static void
test_history (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GtkWidget *history, *list;
  GListModel *model;
  g_autofree char *label = NULL;
  g_autofree char *nameless = NULL;

  leyden_window_open_sample (window, SAMPLE);
  for (guint i = 0; i < 3; i++)
    g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  act (window, "win.history");
  history = leyden_history_window_get (window);
  g_assert_true (gtk_widget_get_visible (history));
  list = find_type (history, GTK_TYPE_LIST_VIEW);
  model = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, leyden_document_get_n_steps (get_document (window)) + 1);
  desktop_test_spin (200);
  nameless = desktop_test_find_nameless (history);
  g_assert_cmpstr (nameless, ==, "");
  g_signal_emit_by_name (list, "activate", 1u);
  g_assert_cmpuint (leyden_document_get_position (get_document (window)), ==, 1);
  g_signal_emit_by_name (list, "activate", 0u);
  g_assert_false (leyden_document_is_modified (get_document (window)));
  g_signal_emit_by_name (list, "activate", 2u);
  g_assert_cmpuint (leyden_document_get_position (get_document (window)), ==, 2);
  /* An edit takes the place of what was undone. */
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, leyden_document_get_n_steps (get_document (window)) + 1);
  desktop_test_spin (100);
  /* It goes with the tab, and with the window. */
  act (window, "win.new");
  model = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1);
  desktop_test_close (window);
}

/* --- what comes back after a kill --- */

static int
hold_files (const char *folder)
{
  LeydenOpenFiles *files = leyden_open_files_new (folder);

  leyden_open_files_set (files, (const char * const[]) { "file:///tmp/a.leyden", NULL });
  leyden_open_files_set (files, (const char * const[]) { "file:///tmp/a.leyden", "file:///tmp/b%20c.leyden", "http://x/", NULL });
  g_usleep (G_USEC_PER_SEC / 5);
  kill (getpid (), SIGKILL);
  return 1;
}

static void
test_open_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("leyden-open-XXXXXX", NULL);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { self, (char *) "--hold-files", folder, NULL };
  LeydenOpenFiles *running = leyden_open_files_new (folder);
  g_auto(GStrv) taken = NULL;
  g_auto(GStrv) again = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  /* Those of a program that runs stay its own. */
  leyden_open_files_set (running, (const char * const[]) { "file:///tmp/mine.leyden", NULL });
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFSIGNALED (status));
  taken = leyden_open_files_take (folder);
  g_assert_cmpuint (g_strv_length (taken), ==, 2);
  g_assert_cmpstr (taken[0], ==, "file:///tmp/a.leyden");
  g_assert_cmpstr (taken[1], ==, "file:///tmp/b%20c.leyden");
  again = leyden_open_files_take (folder);
  g_assert_cmpuint (g_strv_length (again), ==, 0);
  /* The end leaves nothing. */
  leyden_open_files_free (running);
  g_strfreev (again);
  again = leyden_open_files_take (folder);
  g_assert_cmpuint (g_strv_length (again), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--hold-files"))
    return hold_files (argv[2]);
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/tabs/open-files", test_open_files);
  g_test_add_func ("/tabs/apart", test_apart);
  g_test_add_func ("/tabs/close", test_close);
  g_test_add_func ("/tabs/close-window", test_close_window);
  g_test_add_func ("/tabs/same-file", test_same_file);
  g_test_add_func ("/tabs/built-in-turns", test_built_in_turns);
  g_test_add_func ("/tabs/tear-off", test_tear_off);
  g_test_add_func ("/tabs/move-saving", test_move_saving);
  g_test_add_func ("/tabs/narrow", test_narrow);
  g_test_add_func ("/history/list", test_history);
  return desktop_test_run ();
}
