/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include <glib/gstdio.h>

#include "leyden-bottom-panel.h"
#include "leyden-editor.h"
#include "leyden-library.h"
#include "leyden-outline.h"
#include "leyden-problems-panel.h"
#include "leyden-recent.h"
#include "leyden-run-panel.h"
#include "leyden-safe-text.h"
#include "leyden-screenshots.h"
#include "leyden-settings.h"
#include "leyden-start-page.h"

#define SAMPLE "calculator-agent"

static void
close_window (LeydenWindow *window)
{
  desktop_test_close (window);
}

/* Every template is instantiated; a fault in one is a warning, and warnings end the test. */
static void
test_templates (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autoptr(GtkBuilder) builder = gtk_builder_new_from_resource ("/io/github/leyden/Leyden/ui/leyden-help.ui");

  g_assert_true (LEYDEN_IS_BOTTOM_PANEL (leyden_window_get_panel (window)));
  gtk_window_destroy (GTK_WINDOW (gtk_builder_get_object (builder, "help")));
  close_window (window);
}

/* A question of one window leaves the others alone. */
static void
test_questions_apart (void)
{
  LeydenWindow *one = desktop_test_window (800, 600), *other = desktop_test_window (800, 600);
  GtkWidget *question = adw_message_dialog_new (GTK_WINDOW (one), "Really?", NULL);

  gtk_window_present (GTK_WINDOW (question));
  desktop_test_spin (50);
  g_assert_true (gtk_window_get_group (GTK_WINDOW (question)) == gtk_window_get_group (GTK_WINDOW (one)));
  g_assert_true (gtk_window_get_group (GTK_WINDOW (question)) != gtk_window_get_group (GTK_WINDOW (other)));
  gtk_window_destroy (GTK_WINDOW (question));
  close_window (one);
  close_window (other);
}

/* --- parts --- */

static GtkStack *
get_design (LeydenWindow *window)
{
  return GTK_STACK (gtk_widget_get_template_child (GTK_WIDGET (window), LEYDEN_TYPE_WINDOW, "design"));
}

static gboolean
has_editor (gpointer window)
{
  return gtk_stack_get_child_by_name (get_design (window), "editor") != NULL;
}

static gboolean
is_null (gpointer pointer)
{
  return *(gpointer *) pointer == NULL;
}

/* What the start page does not show comes after the first frame; a closed window is out of sight at once and soon gone. */
static void
test_parts (void)
{
  LeydenWindow *window = leyden_window_new (desktop_test_application ());
  gpointer watched = window;

  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  g_assert_false (has_editor (window));
  gtk_window_present (GTK_WINDOW (window));
  g_assert_false (has_editor (window));
  desktop_test_wait (has_editor, window);
  leyden_window_open_sample (window, SAMPLE);
  desktop_test_spin (100);
  gtk_window_close (GTK_WINDOW (window));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (window)));
  g_assert_null (gtk_window_get_application (GTK_WINDOW (window)));
  desktop_test_wait (is_null, &watched);
}

static void
count_cb (GdkFrameClock *clock,
          guint         *count)
{
  (*count)++;
}

/* Nothing moves while nobody does anything: not what waits for a backend in a place that is not shown. */
static void
test_idle (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GdkFrameClock *clock;
  guint count = 0;

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  leyden_window_open_sample (window, SAMPLE);
  desktop_test_wait (has_editor, window);
  desktop_test_spin (2500);
  clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  g_signal_connect (clock, "update", G_CALLBACK (count_cb), &count);
  desktop_test_spin (2000);
  g_signal_handlers_disconnect_by_func (clock, count_cb, &count);
  g_test_message ("%u frames in two seconds", count);
  g_assert_cmpuint (count, <, 15);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  leyden_window_close_now (window);
}

/* Closed before it was ever shown, and in the middle of building. */
static void
test_parts_closed_early (void)
{
  for (guint i = 0; i < 6; i++)
    {
      LeydenWindow *window = leyden_window_new (desktop_test_application ());
      gpointer watched = window;

      g_object_add_weak_pointer (G_OBJECT (window), &watched);
      if (i > 0)
        {
          gtk_window_present (GTK_WINDOW (window));
          gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
          for (guint n = 1; n < i; n++)
            g_main_context_iteration (NULL, FALSE);
        }
      leyden_window_close_now (window);
      desktop_test_wait (is_null, &watched);
    }
}

/* Who opens a flow finds the panes as he left them. */
static void
test_parts_remembered (void)
{
  GSettings *settings = leyden_settings_get_default ();
  LeydenWindow *window = desktop_test_window (1280, 800);
  int height;

  leyden_window_open_sample (window, SAMPLE);
  desktop_test_spin (100);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.toggle-library", NULL);
  height = gtk_widget_get_height (GTK_WIDGET (leyden_window_get_panel (window))) + 40;
  gtk_paned_set_position (GTK_PANED (gtk_widget_get_ancestor (GTK_WIDGET (leyden_window_get_panel (window)), GTK_TYPE_PANED)),
                          gtk_widget_get_height (gtk_widget_get_ancestor (GTK_WIDGET (leyden_window_get_panel (window)), GTK_TYPE_PANED))
                            - height);
  desktop_test_spin (100);
  g_assert_false (g_settings_get_boolean (settings, "library-visible"));
  g_assert_true (g_settings_get_boolean (settings, "inspector-visible"));
  close_window (window);
  g_assert_cmpint (g_settings_get_int (settings, "panel-height"), >=, height - 4);

  window = desktop_test_window (1280, 800);
  leyden_window_open_sample (window, SAMPLE);
  desktop_test_spin (100);
  g_assert_false (adw_flap_get_reveal_flap (LEYDEN_EDITOR (gtk_widget_get_ancestor (GTK_WIDGET (leyden_window_get_canvas (window)), LEYDEN_TYPE_EDITOR))->library_flap));
  g_assert_cmpint (ABS (gtk_widget_get_height (GTK_WIDGET (leyden_window_get_panel (window))) - height), <=, 4);
  close_window (window);
  g_settings_reset (settings, "library-visible");
  g_settings_reset (settings, "panel-height");
}

/* --- documents --- */

static void
test_new_and_undo (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GtkWidget *editor = gtk_widget_get_ancestor (GTK_WIDGET (leyden_window_get_canvas (window)), LEYDEN_TYPE_EDITOR);
  GtkWidget *hint = LEYDEN_EDITOR (editor)->empty_hint;
  LeydenDocument *document;
  LeydenFlow *flow;

  g_assert_true (leyden_window_is_pristine (window));
  g_assert_false (gtk_widget_get_visible (hint));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  g_assert_true (gtk_widget_get_visible (hint));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.view", "s", "outline");
  g_assert_false (gtk_widget_get_visible (hint));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.view", "s", "canvas");
  document = leyden_window_get_document (window);
  g_assert_nonnull (document);
  flow = leyden_document_get_flow (document);
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "prompt", NULL));
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 1);
  g_assert_true (leyden_document_is_modified (document));
  g_assert_true (g_str_has_prefix (gtk_window_get_title (GTK_WINDOW (window)), "•"));
  g_assert_false (gtk_widget_get_visible (hint));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.undo", NULL);
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 0);
  g_assert_true (gtk_widget_get_visible (hint));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.redo", NULL);
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 1);
  leyden_document_close (document, TRUE);
  close_window (window);
}

static gboolean
has_document (gpointer data)
{
  return leyden_window_get_document (data) != NULL;
}

static gboolean
is_saved (gpointer data)
{
  return !leyden_document_is_modified (leyden_window_get_document (data));
}

static char *
write_sample (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/" SAMPLE ".leyden", 0, NULL);
  char *path = g_build_filename (g_getenv ("XDG_DATA_HOME"), "sample.leyden", NULL);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL));
  return path;
}

static void
test_open_save (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autofree char *path = write_sample ();
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_auto(GStrv) recent = NULL;
  g_autofree char *uri = g_file_get_uri (file);

  leyden_window_open_file (window, file);
  desktop_test_wait (has_document, window);
  g_file_get_contents (path, &before, NULL, NULL);
  recent = leyden_recent_list ();
  g_assert_cmpstr (recent[0], ==, uri);
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.save", NULL);
  desktop_test_wait (is_saved, window);
  g_file_get_contents (path, &after, NULL, NULL);
  g_assert_cmpstr (before, !=, after);
  g_assert_nonnull (strstr (after, "\"merge\""));
  close_window (window);
  g_remove (path);
}

static gboolean
has_dialog (gpointer data)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWindow) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_mapped (GTK_WIDGET (window)))
        {
          if (data != NULL)
            *(AdwMessageDialog **) data = ADW_MESSAGE_DIALOG (window);
          return TRUE;
        }
    }
  return FALSE;
}

/* W47: replaced on disk while open: asks, nothing is overwritten. */
static void
test_changed (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autofree char *path = write_sample ();
  g_autoptr(GFile) file = g_file_new_for_path (path);
  AdwMessageDialog *dialog = NULL;
  g_autofree char *after = NULL;
  static const char other[] = "{\"leyden\": 1, \"id\": \"other\", \"nodes\": [], \"edges\": []}\n";

  leyden_window_open_file (window, file);
  desktop_test_wait (has_document, window);
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  g_assert_true (g_file_set_contents (path, other, -1, NULL));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.save", NULL);
  desktop_test_wait (has_dialog, &dialog);
  g_file_get_contents (path, &after, NULL, NULL);
  g_assert_cmpstr (after, ==, other);
  g_assert_true (leyden_document_is_modified (leyden_window_get_document (window)));
  adw_message_dialog_response (dialog, "overwrite");
  desktop_test_wait (is_saved, window);
  close_window (window);
  g_remove (path);
}

/* W46: no permission: the reason is shown, the document stays modified. */
static void
test_save_fails (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autofree char *path = write_sample ();
  g_autoptr(GFile) file = g_file_new_for_path (path);
  AdwMessageDialog *dialog = NULL;

  leyden_window_open_file (window, file);
  desktop_test_wait (has_document, window);
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  /* A folder stands where the file was: no right in the world replaces it. */
  g_remove (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.save", NULL);
  desktop_test_wait (has_dialog, &dialog);
  g_assert_true (leyden_document_is_modified (leyden_window_get_document (window)));
  adw_message_dialog_response (dialog, "cancel");
  desktop_test_spin (50);
  leyden_document_close (leyden_window_get_document (window), TRUE);
  close_window (window);
  g_rmdir (path);
}

/* W01: an empty file: an error, and the window stays on the start page. */
static void
test_open_fails (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autofree char *path = g_build_filename (g_getenv ("XDG_DATA_HOME"), "empty.leyden", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  AdwMessageDialog *dialog = NULL;

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  leyden_window_open_file (window, file);
  desktop_test_wait (has_dialog, &dialog);
  g_assert_null (leyden_window_get_document (window));
  g_assert_true (leyden_window_is_pristine (window));
  adw_message_dialog_response (dialog, "close");
  desktop_test_spin (50);
  close_window (window);
  g_remove (path);
}

static void
test_close_asks (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  AdwMessageDialog *dialog = NULL;
  gpointer weak = window;

  g_object_add_weak_pointer (G_OBJECT (window), &weak);
  leyden_window_open_sample (window, SAMPLE);
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  gtk_window_close (GTK_WINDOW (window));
  desktop_test_wait (has_dialog, &dialog);
  adw_message_dialog_response (dialog, "cancel");
  desktop_test_spin (100);
  g_assert_nonnull (weak);
  gtk_window_close (GTK_WINDOW (window));
  desktop_test_wait (has_dialog, &dialog);
  adw_message_dialog_response (dialog, "discard");
  desktop_test_spin (300);
  g_assert_null (weak);
}

static void
drop_files (LeydenWindow *window,
            GSList       *files)
{
  GtkEventController *target = desktop_test_controller (GTK_WIDGET (window), GTK_TYPE_DROP_TARGET, 0);
  g_auto(GValue) value = G_VALUE_INIT;
  gboolean handled = FALSE;

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_set_boxed (&value, files);
  g_signal_emit_by_name (target, "drop", &value, 100.0, 100.0, &handled);
}

static gboolean
shows (GtkWidget  *widget,
       const char *part)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), part) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (shows (child, part))
      return TRUE;
  return FALSE;
}

typedef struct
{
  LeydenWindow *window;
  const char   *part;
} Said;

static gboolean
is_said (gpointer data)
{
  const Said *said = data;

  return shows (GTK_WIDGET (said->window), said->part);
}

/* C05: an address is not fetched, a folder and a device are refused with their name, nothing is opened and nothing hangs. */
static void
test_drop (void)
{
  static const char * const cases[][2] = {
    { "http://localhost:1/x.leyden", "“x.leyden” is not on this computer" },
    { "file:///usr", "“usr” is a folder" },
    { "file:///nonexistent/x.leyden", "“x.leyden” could not be read" },
    { "file:///dev/zero", "“zero” is no file" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenWindow *window = desktop_test_window (1280, 800);
      GSList *files = g_slist_prepend (NULL, g_file_new_for_uri (cases[i][0]));
      Said said = { window, cases[i][1] };

      drop_files (window, files);
      g_slist_free_full (files, g_object_unref);
      desktop_test_wait (is_said, &said);
      g_assert_null (leyden_window_get_document (window));
      close_window (window);
    }
}

/* --- recovery --- */

static void
journals_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  *(GPtrArray **) data = leyden_journal_list_finish (result, NULL);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static void
test_recover (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autoptr(GPtrArray) journals = NULL;
  LeydenFlow *flow;

  /* Closed without saving and without discarding: what a crash leaves. */
  leyden_window_open_sample (window, SAMPLE);
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  close_window (window);

  leyden_journal_list_async (NULL, NULL, journals_cb, &journals);
  desktop_test_wait (is_set, &journals);
  g_assert_cmpuint (journals->len, ==, 1);
  window = desktop_test_window (1280, 800);
  leyden_window_recover (window, ((LeydenJournalInfo *) g_ptr_array_index (journals, 0))->id);
  desktop_test_wait (has_document, window);
  flow = leyden_document_get_flow (leyden_window_get_document (window));
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 9);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.undo", NULL);
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 8);
  leyden_document_close (leyden_window_get_document (window), TRUE);
  close_window (window);
}

/* --- recent files --- */

/* G10: a thousand of them, all missing: bounded, and nobody looks at them. */
static void
test_recent_bounded (void)
{
  g_autoptr(GPtrArray) many = g_ptr_array_new_with_free_func (g_free);
  g_auto(GStrv) list = NULL;
  GtkWidget *page;

  for (guint i = 0; i < 1000; i++)
    g_ptr_array_add (many, g_strdup_printf ("file:///nonexistent/%u.leyden", i));
  g_ptr_array_add (many, NULL);
  g_settings_set_strv (leyden_settings_get_default (), "recent-files", (const char * const *) many->pdata);
  list = leyden_recent_list ();
  g_assert_cmpuint (g_strv_length (list), ==, 20);
  page = g_object_ref_sink (leyden_start_page_new ());
  g_object_unref (page);
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *path = g_strdup_printf ("/nonexistent/new-%u", i);
      g_autoptr(GFile) file = g_file_new_for_path (path);

      leyden_recent_add (file);
    }
  g_strfreev (g_steal_pointer (&list));
  list = leyden_recent_list ();
  g_assert_cmpuint (g_strv_length (list), ==, 20);
  g_assert_cmpstr (list[0], ==, "file:///nonexistent/new-29");
  leyden_recent_clear ();
}

/* --- problems --- */

static gboolean
has_list (gpointer data)
{
  return leyden_problems_panel_get_list (data) != NULL;
}

static void
test_problems (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  LeydenProblemsPanel *panel = LEYDEN_PROBLEMS_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "problems"));
  LeydenCanvasModel *model;
  LeydenCanvasNode *node;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "extract", NULL));
  desktop_test_wait (has_list, panel);
  desktop_test_spin (400);
  g_assert_cmpuint (leyden_problems_panel_get_list (panel)->len, >, 0);
  model = leyden_canvas_get_model (leyden_window_get_canvas (window));
  node = g_ptr_array_index (leyden_canvas_model_get_nodes (model), 0);
  g_assert_cmpuint (node->n_errors, >, 0);
  g_signal_emit_by_name (panel, "show-element", LEYDEN_ELEMENT_NODE, node->id, NULL);
  g_assert_true (leyden_selection_contains (leyden_window_get_selection (window), LEYDEN_ELEMENT_NODE, node->id));
  leyden_document_close (leyden_window_get_document (window), TRUE);
  close_window (window);
}

/* --- text from outside --- */

static void
test_safe_text (void)
{
  GtkWidget *label = g_object_ref_sink (gtk_label_new (NULL));
  g_autoptr(AdwToast) toast = leyden_toast_new_safe ("<b>Tom & Jerry");

  leyden_label_set_safe_text (GTK_LABEL (label), "<b>bold & \x1b[31m", 100);
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (label)), "<b>bold &"));
  g_assert_null (strchr (gtk_label_get_text (GTK_LABEL (label)), '\x1b'));
  g_assert_cmpstr (adw_toast_get_title (toast), ==, "&lt;b&gt;Tom &amp; Jerry");
  g_object_unref (label);
}

static void
test_panes (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GtkWidget *first;

  leyden_window_open_sample (window, SAMPLE);
  desktop_test_spin (100);
  first = gtk_root_get_focus (GTK_ROOT (window));
  g_assert_nonnull (first);
  g_assert_true (gtk_widget_is_ancestor (first, GTK_WIDGET (leyden_window_get_canvas (window))));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.next-pane", "i", -1);
  g_assert_nonnull (gtk_widget_get_ancestor (gtk_root_get_focus (GTK_ROOT (window)), LEYDEN_TYPE_LIBRARY));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.next-pane", "i", 1);
  g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (window)), GTK_WIDGET (leyden_window_get_canvas (window))));
  /* The key that opens Try leads into its form. */
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-panel", "s", "try");
  g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (window)),
                                         leyden_bottom_panel_get_child (leyden_window_get_panel (window), "try")));
  g_assert_true (GTK_IS_TEXT (gtk_root_get_focus (GTK_ROOT (window))) || GTK_IS_TEXT_VIEW (gtk_root_get_focus (GTK_ROOT (window))));
  close_window (window);
}

/* A title of any length leaves the buttons of the header bar where they are. */
static void
test_long_title (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GtkWidget *undo = GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (window), LEYDEN_TYPE_WINDOW, "undo_button"));
  g_autoptr(GString) text = g_string_new ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [], \"edges\": [], \"title\": \"");
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 500; i++)
    g_string_append (text, "WWWWW");
  g_string_append (text, "\"}");
  bytes = g_bytes_new (text->str, text->len);
  document = leyden_document_new_from_bytes (NULL, bytes, "x", FALSE, &error);
  g_assert_no_error (error);
  leyden_window_set_document (window, document);
  desktop_test_spin (200);
  /* The squeezer that holds it hides it where the room is short. */
  g_assert_true (gtk_widget_get_child_visible (gtk_widget_get_parent (undo)));
  close_window (window);
}

static gboolean
is_header_whole (LeydenWindow *window,
                 gboolean      large)
{
  GtkWidget *bin = GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (window), LEYDEN_TYPE_WINDOW, "switcher_bin"));
  AdwViewSwitcherBar *bar = ADW_VIEW_SWITCHER_BAR (gtk_widget_get_template_child (GTK_WIDGET (window), LEYDEN_TYPE_WINDOW, "switcher_bar"));
  GtkWidget *train = GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (window), LEYDEN_TYPE_WINDOW, "train_button"));

  for (GtkWidget *item = gtk_widget_get_first_child (gtk_widget_get_parent (train)); item != NULL; item = gtk_widget_get_next_sibling (item))
    if (ADW_IS_SQUEEZER (item) && gtk_widget_get_visible (item) && gtk_widget_get_visible (gtk_widget_get_first_child (item))
        && adw_squeezer_get_visible_child (ADW_SQUEEZER (item)) == NULL)
      return FALSE;
  return gtk_widget_get_mapped (bin) == !large && adw_view_switcher_bar_get_reveal (bar) == large;
}

static gboolean
is_large_header (gpointer window)
{
  return is_header_whole (window, TRUE);
}

static gboolean
is_usual_header (gpointer window)
{
  return is_header_whole (window, FALSE);
}

/* Where the text is twice as large the places go to the bottom, and back: what stands beside them stays. */
static void
test_large_text (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GtkSettings *settings = gtk_settings_get_default ();

  leyden_window_open_sample (window, SAMPLE);
  desktop_test_wait (is_usual_header, window);
  g_object_set (settings, "gtk-xft-dpi", 2 * 96 * 1024, NULL);
  desktop_test_wait (is_large_header, window);
  g_object_set (settings, "gtk-xft-dpi", 96 * 1024, NULL);
  desktop_test_wait (is_usual_header, window);
  close_window (window);
}

/* The button of the header bar opens the page, also where the panel was closed; without a data set it waits for one. */
static void
test_run_action (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (window), "run");
  GSettings *settings = leyden_settings_get_default ();
  LeydenBottomPanel *panel = leyden_window_get_panel (window);

  g_assert_false (g_action_get_enabled (action));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  g_assert_true (g_action_get_enabled (action));
  leyden_bottom_panel_set_page (panel, "problems");
  g_settings_set_boolean (settings, "panel-visible", FALSE);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.run", NULL);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (panel)));
  g_assert_cmpstr (leyden_bottom_panel_get_page (panel), ==, "run");
  g_assert_null (leyden_run_panel_get_view (LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (panel, "run"))));
  g_settings_reset (settings, "panel-visible");
  leyden_document_close (leyden_window_get_document (window), TRUE);
  close_window (window);
}

static gboolean
is_taken (gpointer data)
{
  gpointer *both = data;
  g_autoptr(GError) error = NULL;
  gboolean saved = leyden_screenshots_save (both[0], both[1], &error);

  g_assert_true (saved || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY));
  return saved;
}

static void
test_screenshot (void)
{
  LeydenWindow *window = desktop_test_window (800, 600);
  g_autofree char *path = g_build_filename (g_getenv ("XDG_DATA_HOME"), "shot.png", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GdkTexture) texture = NULL;

  desktop_test_wait (is_taken, (gpointer[]) { window, path });
  texture = gdk_texture_new_from_filename (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gdk_texture_get_width (texture), >=, 780);
  close_window (window);
  g_remove (path);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/window/templates", test_templates);
  g_test_add_func ("/window/questions-apart", test_questions_apart);
  g_test_add_func ("/window/parts", test_parts);
  g_test_add_func ("/window/parts/closed-early", test_parts_closed_early);
  g_test_add_func ("/window/idle", test_idle);
  g_test_add_func ("/window/parts/remembered", test_parts_remembered);
  g_test_add_func ("/window/new-and-undo", test_new_and_undo);
  g_test_add_func ("/window/open-save", test_open_save);
  g_test_add_func ("/hostile/W47", test_changed);
  g_test_add_func ("/hostile/W46", test_save_fails);
  g_test_add_func ("/hostile/W01", test_open_fails);
  g_test_add_func ("/hostile/C05", test_drop);
  g_test_add_func ("/window/close-asks", test_close_asks);
  g_test_add_func ("/window/recover", test_recover);
  g_test_add_func ("/hostile/G10", test_recent_bounded);
  g_test_add_func ("/window/problems", test_problems);
  g_test_add_func ("/hostile/W30", test_safe_text);
  g_test_add_func ("/window/panes", test_panes);
  g_test_add_func ("/window/long-title", test_long_title);
  g_test_add_func ("/window/large-text", test_large_text);
  g_test_add_func ("/window/run", test_run_action);
  g_test_add_func ("/window/screenshot", test_screenshot);
  return desktop_test_run ();
}
