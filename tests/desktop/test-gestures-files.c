/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files are dragged from another window, as from a file manager, by a real pointer. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include <glib/gstdio.h>

/* The smallest PNG: one transparent point. */
static const guint8 png[] = {
  0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 'I', 'H', 'D', 'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15,
  0xc4, 0x89, 0, 0, 0, 0x0a, 'I', 'D', 'A', 'T', 0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, 'I', 'E', 'N',
  'D', 0xae, 0x42, 0x60, 0x82,
};

static GdkContentProvider *
prepare_cb (GtkDragSource *source,
            double         x,
            double         y,
            gpointer       data)
{
  GSList **files = data;
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (*files));
  return gdk_content_provider_new_for_value (&value);
}

/* A window below the other one; what is dragged from it are @files. */
static GtkWidget *
make_manager (GSList **files)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *icon = gtk_label_new ("files");
  GtkDragSource *source = gtk_drag_source_new ();

  gtk_drag_source_set_actions (source, GDK_ACTION_COPY);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), files);
  gtk_widget_add_controller (icon, GTK_EVENT_CONTROLLER (source));
  gtk_window_set_child (GTK_WINDOW (window), icon);
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), 120, 40);
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);
  desktop_events_place (GTK_WINDOW (window), 20, 856);
  return window;
}

static char *
write_file (const char    *name,
            gconstpointer  content,
            gssize         length)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "dropped", NULL);
  char *path = g_build_filename (folder, name, NULL);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, content, length, NULL));
  return path;
}

static void
add_file (GSList    **files,
          const char *path)
{
  *files = g_slist_append (*files, g_file_new_for_path (path));
}

static void
drop (Gestures   *fixture,
      GtkWidget  *manager,
      GSList    **files,
      double      x,
      double      y)
{
  GtkWidget *icon = gtk_window_get_child (GTK_WINDOW (manager));

  desktop_events_drag (icon, 30, 15, fixture->widget, x, y, 1, NULL);
  g_slist_free_full (g_steal_pointer (files), g_object_unref);
}

static gboolean
says (Gestures   *fixture,
      const char *part)
{
  GtkWidget *toast = NULL;
  g_autoptr(GPtrArray) stack = g_ptr_array_new ();

  g_ptr_array_add (stack, fixture->window);
  while (stack->len > 0 && toast == NULL)
    {
      GtkWidget *widget = g_ptr_array_steal_index_fast (stack, stack->len - 1);

      if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), part) != NULL)
        toast = widget;
      for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
        g_ptr_array_add (stack, child);
    }
  return toast != NULL;
}

/* A picture and what is none, at once; then a data set; then a fragment. */
static void
test_files (Gestures      *fixture,
            gconstpointer  data)
{
  static const char fragment[] = "{\"leyden_fragment\": 1, \"nodes\": [{\"id\": \"aaaaaaaa\", \"type\": \"merge\","
                                 "\"position\": {\"x\": 5000, \"y\": 7000}}], \"edges\": [], \"frames\": [], \"notes\": []}";
  g_autofree char *picture = write_file ("cat.png", png, sizeof png);
  g_autofree char *text = write_file ("readme.txt", "hello", -1);
  g_autofree char *rows = write_file ("rows.jsonl", "{\"question\": \"1+1\", \"expected\": 2}\n", -1);
  g_autofree char *part = write_file ("part.json", fragment, -1);
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  graphene_point_t open = gestures_free_place (fixture);
  graphene_point_t world = leyden_canvas_view_to_world (&fixture->canvas->view, open.x, open.y);
  GSList *files = NULL;
  GtkWidget *manager = make_manager (&files);
  LeydenCanvasNode *node;

  add_file (&files, picture);
  add_file (&files, text);
  drop (fixture, manager, &files, open.x, open.y);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n + 1);
  node = gestures_find_near (fixture, "constant", world);
  g_assert_nonnull (node);
  g_assert_cmpstr (leyden_node_get_title (node->node), ==, "cat.png");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_node_types_get_parameter (fixture->canvas->types, node->node, "json"), "mime",
                                                   NULL), ==, "image/png");
  gestures_assert_undo (fixture, "Add cat.png");
  desktop_events_wait_until (says (fixture, "readme.txt"));

  add_file (&files, rows);
  open = gestures_free_place (fixture);
  drop (fixture, manager, &files, open.x, open.y);
  desktop_events_wait_until (says (fixture, "rows.jsonl"));

  add_file (&files, part);
  open = gestures_free_place (fixture);
  world = leyden_canvas_view_to_world (&fixture->canvas->view, open.x, open.y);
  drop (fixture, manager, &files, open.x, open.y);
  desktop_events_wait_until (gestures_find_near (fixture, "merge", world) != NULL);
  gtk_window_destroy (GTK_WINDOW (manager));
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/gestures/files", test_files);
  return desktop_test_run ();
}
