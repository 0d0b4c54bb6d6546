/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include "leyden-announce.h"
#include "leyden-canvas-private.h"
#include "leyden-chooser.h"
#include "leyden-outline-row.h"
#include "leyden-outline.h"

/* What is done without a pointer, and what is said to who does not see it. */

typedef struct
{
  LeydenWindow    *window;
  LeydenCanvas    *canvas;
  LeydenDocument  *document;
  LeydenFlow      *flow;
  LeydenSelection *selection;
} Fixture;

static gboolean
is_drawn (gpointer data)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (leyden_canvas_get_model (data), "solveagt");

  return node != NULL && node->view != NULL;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->window = desktop_test_window (1280, 800);
  leyden_window_open_sample (fixture->window, "calculator-agent");
  fixture->canvas = leyden_window_get_canvas (fixture->window);
  fixture->document = leyden_window_get_document (fixture->window);
  fixture->flow = leyden_document_get_flow (fixture->document);
  fixture->selection = leyden_window_get_selection (fixture->window);
  desktop_test_wait (is_drawn, fixture->canvas);
  desktop_test_spin (50);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  leyden_document_close (fixture->document, TRUE);
  desktop_test_close (fixture->window);
}

static GtkWidget *
find (GtkWidget *root,
      GType      type)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkWidget *
get_chooser (LeydenWindow *window)
{
  g_autoptr(GList) toplevels = gtk_window_list_toplevels ();

  for (GList *l = toplevels; l != NULL; l = l->next)
    if (LEYDEN_IS_CHOOSER (l->data) && gtk_window_get_transient_for (l->data) == GTK_WINDOW (window))
      return l->data;
  return NULL;
}

/* --- the list of ports --- */

static GtkListBoxRow *
get_row (Fixture *fixture,
         int      at)
{
  GtkWidget *chooser = get_chooser (fixture->window);

  g_assert_nonnull (chooser);
  return gtk_list_box_get_row_at_index (GTK_LIST_BOX (find (chooser, GTK_TYPE_LIST_BOX)), at);
}

static GtkListBoxRow *
find_row (Fixture    *fixture,
          const char *title)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = get_row (fixture, i)) != NULL; i++)
    if (g_str_equal (leyden_chooser_row_get_choice (LEYDEN_CHOOSER_ROW (row))->title, title))
      return row;
  g_error ("%s is not in the list", title);
}

static void
test_connect (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(GPtrArray) edges = NULL;
  gboolean refused = FALSE;
  GtkListBoxRow *row;

  g_assert_true (leyden_canvas_remove (fixture->canvas, LEYDEN_ELEMENT_EDGE, "wpromagt"));
  leyden_canvas_choose_target (fixture->canvas, "prompter", TRUE, 0);
  /* What fits comes first; what does not says why, and cannot be taken. */
  for (int i = 0; (row = get_row (fixture, i)) != NULL; i++)
    {
      const LeydenChoice *choice = leyden_chooser_row_get_choice (LEYDEN_CHOOSER_ROW (row));

      g_assert_true (!refused || choice->reason != NULL);
      refused = choice->reason != NULL;
    }
  g_assert_true (refused);
  row = find_row (fixture, "Solver, Prompt");
  g_assert_null (leyden_chooser_row_get_choice (LEYDEN_CHOOSER_ROW (row))->reason);
  gtk_widget_activate_action (GTK_WIDGET (row), "choice.take", NULL);
  desktop_test_spin (30);
  g_assert_null (get_chooser (fixture->window));
  edges = leyden_flow_list_edges_in (fixture->flow, "solveagt", "prompt");
  g_assert_cmpuint (edges->len, ==, 1);
}

static void
test_disconnect (Fixture       *fixture,
                 gconstpointer  data)
{
  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.disconnect", NULL);
  gtk_widget_activate_action (GTK_WIDGET (find_row (fixture, "Wire from Ask, Text to Solver, Prompt")), "choice.take", NULL);
  desktop_test_spin (30);
  g_assert_null (leyden_flow_get_edge (fixture->flow, "wpromagt"));
}

/* --- along wires --- */

static void
test_follow (Fixture       *fixture,
             gconstpointer  data)
{
  LeydenElementKind kind;
  const char *id;

  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.follow", "i", 1);
  g_assert_cmpstr (leyden_canvas_get_current_node (fixture->canvas)->id, ==, "solveagt");
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.follow", "i", -1);
  g_assert_cmpstr (leyden_canvas_get_current_node (fixture->canvas)->id, ==, "prompter");
  /* To its wires: in, out, and round. */
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.next-wire", "i", 1);
  g_assert_true (leyden_selection_get_single (fixture->selection, &kind, &id));
  g_assert_cmpint (kind, ==, LEYDEN_ELEMENT_EDGE);
  g_assert_cmpstr (id, ==, "wqprompt");
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.next-wire", "i", 1);
  g_assert_true (leyden_selection_contains (fixture->selection, LEYDEN_ELEMENT_EDGE, "wpromagt"));
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.next-wire", "i", 1);
  g_assert_true (leyden_selection_contains (fixture->selection, LEYDEN_ELEMENT_EDGE, "wqprompt"));
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.delete", NULL);
  g_assert_null (leyden_flow_get_edge (fixture->flow, "wqprompt"));
  g_assert_nonnull (leyden_flow_get_node (fixture->flow, "prompter"));
}

/* --- announcements --- */

static void
test_announce (Fixture       *fixture,
               gconstpointer  data)
{
  GtkWidget *label = find (GTK_WIDGET (fixture->window), GTK_TYPE_LABEL);
  GtkWidget *said = gtk_label_new (NULL);

  g_assert_nonnull (label);
  leyden_announce_by (GTK_WINDOW (fixture->window), GTK_LABEL (g_object_ref_sink (said)));
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i % 50);

      g_assert_true (leyden_announce (label, text));
    }
  desktop_test_spin (400);
  /* The latest, and not a flood. */
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (said)), ==, "47; 48; 49");
  leyden_announce (label, "once more");
  desktop_test_spin (400);
  g_assert_true (g_str_has_prefix (gtk_label_get_text (GTK_LABEL (said)), "once more"));
  g_assert_true (leyden_canvas_remove (fixture->canvas, LEYDEN_ELEMENT_EDGE, "wpromagt"));
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
  desktop_test_spin (400);
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (said)), "Undone: "));
  leyden_announce_by (GTK_WINDOW (fixture->window), GTK_LABEL (label));
  g_object_unref (said);
}

/* --- outline --- */

static GtkSelectionModel *
get_list (LeydenOutline *outline)
{
  return gtk_list_view_get_model (GTK_LIST_VIEW (find (GTK_WIDGET (outline), GTK_TYPE_LIST_VIEW)));
}

static gboolean
is_filled (gpointer data)
{
  return g_list_model_get_n_items (G_LIST_MODEL (get_list (data))) > 0;
}

static guint
find_item (GListModel *list,
           const char *id)
{
  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr(GtkStringObject) item = g_list_model_get_item (list, i);

      if (g_str_equal (gtk_string_object_get_string (item), id))
        return i;
    }
  g_error ("%s is not in the outline", id);
}

/* Every node, port and wire, and what is done there. */
static void
test_outline (Fixture       *fixture,
              gconstpointer  data)
{
  LeydenOutline *outline = LEYDEN_OUTLINE (find (GTK_WIDGET (fixture->window), LEYDEN_TYPE_OUTLINE));
  GPtrArray *nodes = leyden_canvas_model_get_nodes (leyden_canvas_get_model (fixture->canvas));
  guint wanted = nodes->len + leyden_canvas_model_get_edges (leyden_canvas_get_model (fixture->canvas))->len;
  GtkSelectionModel *list;

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.view", "s", "outline");
  desktop_test_wait (is_filled, outline);
  list = get_list (outline);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      wanted += node->inputs->len + node->outputs->len;
    }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, wanted);

  /* The selection goes both ways, for wires too. */
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_EDGE, "wpromagt");
  g_assert_true (gtk_selection_model_is_selected (list, find_item (G_LIST_MODEL (list), "prompter\x1fwire\x1fwpromagt")));
  gtk_selection_model_select_item (list, find_item (G_LIST_MODEL (list), "exanswer"), TRUE);
  g_assert_true (leyden_selection_contains (fixture->selection, LEYDEN_ELEMENT_NODE, "exanswer"));

  /* What the canvas does with the selection the outline does. */
  gtk_widget_activate_action (GTK_WIDGET (outline), "canvas.duplicate", NULL);
  g_assert_cmpuint (nodes->len, ==, 9);
  gtk_widget_activate_action (GTK_WIDGET (outline), "canvas.delete", NULL);
  g_assert_cmpuint (nodes->len, ==, 8);
  gtk_selection_model_select_item (list, find_item (G_LIST_MODEL (list), "prompter\x1fwire\x1fwpromagt"), TRUE);
  gtk_widget_activate_action (GTK_WIDGET (outline), "canvas.delete", NULL);
  g_assert_null (leyden_flow_get_edge (fixture->flow, "wpromagt"));
  desktop_test_spin (50);

  gtk_widget_activate_action (GTK_WIDGET (outline), "outline.show-parts", NULL);
  desktop_test_spin (50);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 8);
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.view", "s", "canvas");
}

static gboolean
is_renaming (gpointer data)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (data));

  return focus != NULL && gtk_widget_get_mapped (focus) && GTK_IS_TEXT (focus);
}

/* What opens something on the canvas shows the canvas first. */
static void
test_outline_rename (Fixture       *fixture,
                     gconstpointer  data)
{
  LeydenOutline *outline = LEYDEN_OUTLINE (find (GTK_WIDGET (fixture->window), LEYDEN_TYPE_OUTLINE));

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.view", "s", "outline");
  desktop_test_wait (is_filled, outline);
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (fixture->canvas)));
  gtk_selection_model_select_item (get_list (outline), find_item (G_LIST_MODEL (get_list (outline)), "exanswer"), TRUE);
  gtk_widget_activate_action (GTK_WIDGET (outline), "canvas.rename", NULL);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (fixture->canvas)));
  desktop_test_wait (is_renaming, fixture->window);
  g_assert_nonnull (fixture->canvas->rename);
  gtk_editable_set_text (GTK_EDITABLE (fixture->canvas->rename), "The answer");
  leyden_canvas_rename_finish (fixture->canvas, TRUE, TRUE);
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (fixture->flow, "exanswer")), ==, "The answer");

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.view", "s", "outline");
  gtk_widget_activate_action (GTK_WIDGET (outline), "canvas.insert", NULL);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (fixture->canvas)));
  g_assert_nonnull (fixture->canvas->popover);
  gtk_popover_popdown (GTK_POPOVER (fixture->canvas->popover));
  desktop_test_spin (50);
}

static gboolean
is_asked (gpointer data)
{
  GListModel *toplevels = gtk_window_get_toplevels ();
  AdwMessageDialog **dialog = data;

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr(GtkWidget) widget = g_list_model_get_item (toplevels, i);

      if (ADW_IS_MESSAGE_DIALOG (widget) && gtk_widget_get_mapped (widget))
        *dialog = ADW_MESSAGE_DIALOG (widget);
    }
  return *dialog != NULL;
}

/* Closing in the middle of a title does not lose it: it is a change that is asked about. */
static void
test_close_typing (Fixture       *fixture,
                   gconstpointer  data)
{
  AdwMessageDialog *dialog = NULL;

  leyden_canvas_rename (fixture->canvas, LEYDEN_ELEMENT_NODE, "exanswer");
  g_assert_nonnull (fixture->canvas->rename);
  gtk_editable_set_text (GTK_EDITABLE (fixture->canvas->rename), "Half a title");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.close-tab", NULL);
  desktop_test_wait (is_asked, &dialog);
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (fixture->flow, "exanswer")), ==, "Half a title");
  g_assert_true (leyden_document_is_modified (fixture->document));
  adw_message_dialog_response (dialog, "cancel");
  desktop_test_spin (50);
}

#define ADD(path, func) g_test_add ("/access/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  ADD ("connect", test_connect);
  ADD ("disconnect", test_disconnect);
  ADD ("follow", test_follow);
  ADD ("announce", test_announce);
  ADD ("outline", test_outline);
  ADD ("outline-rename", test_outline_rename);
  ADD ("close-typing", test_close_typing);
  return desktop_test_run ();
}
