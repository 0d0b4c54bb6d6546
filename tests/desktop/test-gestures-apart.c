/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes from one window to another, and from one process to another: this program starts itself as the other one.
 *
 *   --copier          copies a node of the sample by pointer and keys, says so, and stays until its input ends
 *   --manager FILE…   a window from which the files are dragged, as from a file manager; says so, and stays until its input ends
 */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include <glib/gstdio.h>

#define MANAGER_X 20
#define MANAGER_Y 856
#define READY "ready\n"

static char *program;

/* --- the other process --- */

static void
stay (void)
{
  char byte;

  g_print (READY);
  fflush (stdout);
  /* The clipboard and the drag are served meanwhile. */
  {
    g_autoptr(GIOChannel) input = g_io_channel_unix_new (STDIN_FILENO);
    gsize n = 1;

    g_io_channel_set_flags (input, G_IO_FLAG_NONBLOCK, NULL);
    while (g_io_channel_read_chars (input, &byte, 1, &n, NULL) == G_IO_STATUS_AGAIN)
      desktop_events_settle ();
  }
}

static void
copy (void)
{
  Gestures fixture = { NULL };
  graphene_point_t at;

  gestures_set_up (&fixture, NULL);
  at = gestures_center (&fixture, "prompter");
  desktop_events_click (fixture.widget, at.x, at.y, 1, 1, NULL);
  desktop_events_key ("ctrl+c", NULL);
  /* Out of the way of the other's pointer. */
  desktop_events_place (GTK_WINDOW (fixture.window), 3000, 3000);
  stay ();
  gestures_tear_down (&fixture, NULL);
}

static GdkContentProvider *
prepare_cb (GtkDragSource *source,
            double         x,
            double         y,
            gpointer       data)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (data));
  return gdk_content_provider_new_for_value (&value);
}

static void
manage (char **paths)
{
  GtkWidget *window = gtk_window_new (), *icon = gtk_label_new ("files");
  GtkDragSource *source = gtk_drag_source_new ();
  GSList *files = NULL;

  for (guint i = 0; paths[i] != NULL; i++)
    files = g_slist_append (files, g_file_new_for_path (paths[i]));
  gtk_drag_source_set_actions (source, GDK_ACTION_COPY);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), files);
  gtk_widget_add_controller (icon, GTK_EVENT_CONTROLLER (source));
  gtk_window_set_child (GTK_WINDOW (window), icon);
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), 120, 40);
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);
  desktop_events_place (GTK_WINDOW (window), MANAGER_X, MANAGER_Y);
  stay ();
  gtk_window_destroy (GTK_WINDOW (window));
  g_slist_free_full (files, g_object_unref);
}

/* --- the test --- */

typedef struct
{
  GSubprocess      *process;
  GDataInputStream *output;
  char             *line;
  gboolean          done;
} Other;

static void
line_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Other *other = data;

  other->line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (object), result, NULL, NULL);
  other->done = TRUE;
}

static Other *
start (const char * const *arguments)
{
  Other *other = g_new0 (Other, 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) words = g_ptr_array_new ();

  g_ptr_array_add (words, program);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (words, (char *) arguments[i]);
  g_ptr_array_add (words, NULL);
  other->process = g_subprocess_newv ((const char * const *) words->pdata, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  other->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (other->process));
  do
    {
      g_clear_pointer (&other->line, g_free);
      other->done = FALSE;
      g_data_input_stream_read_line_async (other->output, G_PRIORITY_DEFAULT, NULL, line_cb, other);
      desktop_events_wait_until (other->done);
      g_assert_nonnull (other->line);
    }
  while (strcmp (other->line, "ready") != 0);
  return other;
}

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_assert_true (g_subprocess_wait_check_finish (G_SUBPROCESS (object), result, NULL));
  *(gboolean *) data = TRUE;
}

static void
end (Other *other)
{
  gboolean ended = FALSE;

  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (other->process), NULL, NULL));
  g_subprocess_wait_check_async (other->process, NULL, ended_cb, &ended);
  desktop_events_wait_until (ended);
  g_object_unref (other->output);
  g_object_unref (other->process);
  g_free (other->line);
  g_free (other);
}

static const char *
find_pasted (LeydenSelection *selection,
             LeydenFlow      *flow)
{
  g_auto(GStrv) ids = leyden_selection_list (selection, LEYDEN_ELEMENT_NODE);

  return g_strv_length (ids) == 1 ? leyden_node_get_title (leyden_flow_get_node (flow, ids[0])) : NULL;
}

/* Copied in one window, pasted in another one of the same program. */
static void
test_windows (Gestures      *fixture,
              gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "prompter");
  LeydenWindow *other = desktop_test_window (1270, 850);
  LeydenFlow *flow;
  LeydenCanvas *canvas;
  guint n;

  leyden_window_open_sample (other, "calculator-agent");
  canvas = leyden_window_get_canvas (other);
  flow = leyden_document_get_flow (leyden_window_get_document (other));
  n = leyden_flow_get_n_nodes (flow);
  desktop_events_focus (GTK_WINDOW (fixture->window));
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  desktop_events_key ("ctrl+c", NULL);
  desktop_events_focus (GTK_WINDOW (other));
  desktop_events_click (GTK_WIDGET (canvas), 60, 400, 1, 1, NULL);
  desktop_events_key ("ctrl+v", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (flow) == n + 1);
  g_assert_cmpstr (find_pasted (leyden_window_get_selection (other), flow), ==, "Ask");
  g_assert_false (leyden_document_can_undo (fixture->document));
  leyden_document_close (leyden_window_get_document (other), TRUE);
  desktop_test_close (other);
}

/* Copied in another program, through the clipboard of the display. */
static void
test_processes (Gestures      *fixture,
                gconstpointer  data)
{
  static const char * const arguments[] = { "--copier", NULL };
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  Other *other = start (arguments);
  graphene_point_t open;

  desktop_events_focus (GTK_WINDOW (fixture->window));
  open = gestures_free_place (fixture);
  desktop_events_click (fixture->widget, open.x, open.y, 1, 1, NULL);
  g_assert_false (gdk_clipboard_is_local (gtk_widget_get_clipboard (fixture->widget)));
  desktop_events_key ("ctrl+v", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  g_assert_cmpstr (find_pasted (fixture->selection, fixture->flow), ==, "Ask");
  gestures_assert_undo (fixture, "Paste");
  end (other);
}

static char *
write_file (const char *name,
            const char *content,
            gssize      length)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "dragged", NULL);
  char *path = g_build_filename (folder, name, NULL);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, content, length, NULL));
  return path;
}

/* From the window of the other process to a point of the canvas. */
static void
drag_here (Gestures   *fixture,
           const char *path,
           double      x,
           double      y)
{
  const char * const arguments[] = { "--manager", path, NULL };
  Other *other = start (arguments);
  double dx, dy;

  desktop_events_place (GTK_WINDOW (fixture->window), 0, 0);
  gtk_native_get_surface_transform (GTK_NATIVE (fixture->window), &dx, &dy);
  desktop_events_drag (GTK_WIDGET (fixture->window), MANAGER_X + 30 - dx, MANAGER_Y + 15 - dy, fixture->widget, x, y, 1, NULL);
  desktop_events_settle ();
  end (other);
}

static gboolean
shows (GtkWidget  *root,
       const char *part)
{
  if (GTK_IS_LABEL (root) && gtk_widget_get_mapped (root) && strstr (gtk_label_get_text (GTK_LABEL (root)), part) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (shows (child, part))
      return TRUE;
  return FALSE;
}

/* A data set is taken for the runs of the flow that is shown; a flow opens. */
static void
test_drag (Gestures      *fixture,
           gconstpointer  data)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *rows = write_file ("dragged-rows.jsonl", "{\"question\": \"1+1\", \"expected\": 2}\n", -1);
  g_autofree char *flow = NULL;
  graphene_point_t open = gestures_free_place (fixture);

  drag_here (fixture, rows, open.x, open.y);
  desktop_events_wait_until (shows (GTK_WIDGET (fixture->window), "dragged-rows.jsonl"));

  bytes = leyden_flow_serialize (fixture->flow);
  flow = write_file ("dragged.leyden", g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  drag_here (fixture, flow, open.x, open.y);
  {
    g_autoptr(GFile) file = g_file_new_for_path (flow);

    desktop_events_wait_until (leyden_window_has_file (fixture->window, file));
  }
}

int
main (int    argc,
      char **argv)
{
  gboolean copier = argc > 1 && strcmp (argv[1], "--copier") == 0, manager = argc > 1 && strcmp (argv[1], "--manager") == 0;

  program = argv[0];
  desktop_test_init (&argc, &argv);
  if (copier)
    copy ();
  else if (manager)
    manage (argv + 2);
  if (copier || manager)
    return 0;
  GESTURE ("/gestures/apart/windows", test_windows);
  GESTURE ("/gestures/apart/processes", test_processes);
  GESTURE ("/gestures/apart/drag", test_drag);
  return desktop_test_run ();
}
