/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#define SAMPLE "calculator-agent"

/* What opens over the canvas. */

GtkWidget *
leyden_scene_pick_popover (LeydenWindow *window)
{
  GtkWidget *canvas = GTK_WIDGET (leyden_window_get_canvas (window));

  for (GtkWidget *child = gtk_widget_get_first_child (canvas); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_POPOVER (child) && gtk_widget_get_mapped (child))
      return child;
  return NULL;
}

static LeydenCanvas *
open_sample (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  return leyden_window_get_canvas (window);
}

static gboolean
search_cb (gpointer data)
{
  GtkWidget *canvas = GTK_WIDGET (leyden_window_get_canvas (data));

  gtk_widget_activate_action (canvas, "canvas.insert-for-port", "(sbu)", "prompter", TRUE, 0u);
  return G_SOURCE_REMOVE;
}

/* What a text may go into, at the end of a wire that was let go. */
void
leyden_scene_insert (LeydenWindow *window)
{
  open_sample (window);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 400, search_cb, g_object_ref (window), g_object_unref);
}

/* The check runs in a thread, a moment after the edit; until it is done there is nothing to show. */
static gboolean
show_problems_cb (gpointer data)
{
  LeydenCanvas *canvas = leyden_window_get_canvas (data);

  if (canvas == NULL || leyden_scene_pick_popover (data) != NULL)
    return G_SOURCE_REMOVE;
  gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.problems", NULL);
  return G_SOURCE_CONTINUE;
}

/* A wire that does not fit, and an input that waits. */
void
leyden_scene_node_problems (LeydenWindow *window)
{
  LeydenCanvas *canvas = open_sample (window);
  LeydenDocument *document = leyden_window_get_document (window);
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (leyden_document_get_flow (document), "rewarder", "score");
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("");
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < edges->len; i++)
    leyden_edit_remove_edge (edit, leyden_edge_get_id (g_ptr_array_index (edges, i)));
  leyden_edit_add_edge (edit, "aaaaaaaa", "evalnumb", "reason", "rewarder", "score");
  if (!leyden_document_edit (document, g_steal_pointer (&edit), &error))
    g_error ("%s", error->message);
  leyden_canvas_show_element (canvas, LEYDEN_ELEMENT_NODE, "rewarder");
  g_timeout_add_full (G_PRIORITY_DEFAULT, 400, show_problems_cb, g_object_ref (window), g_object_unref);
}
