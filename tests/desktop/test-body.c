/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include "leyden-breadcrumb.h"
#include "leyden-editor.h"
#include "leyden-outline.h"
#include "leyden-json.h"
#include "leyden-problems-panel.h"
#include "leyden-train-panel.h"

/* The window inside a container: what is shown, edited and told there, and the ways in and out. */

static LeydenWindow *
open_sheet (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);

  leyden_window_open_sample (window, "worksheet");
  desktop_test_spin (300);
  return window;
}

static void
close_window (LeydenWindow *window)
{
  leyden_window_close_now (window);
  desktop_test_spin (20);
}

static LeydenFlow *
get_flow (LeydenWindow *window)
{
  return leyden_canvas_model_get_flow (leyden_canvas_get_model (leyden_window_get_canvas (window)));
}

static LeydenFlow *
get_whole (LeydenWindow *window)
{
  return leyden_document_get_flow (leyden_window_get_document (window));
}

static GtkWidget *
find_widget (GtkWidget *root,
             GType      type)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_widget (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
is_inside (LeydenWindow *window)
{
  GtkWidget *path = find_widget (GTK_WIDGET (window), LEYDEN_TYPE_BREADCRUMB);
  gboolean inside = leyden_flow_get_container (get_flow (window)) != NULL;

  g_assert_cmpint (gtk_widget_get_visible (path), ==, inside);
  return inside;
}

static void
activate (LeydenWindow *window,
          const char   *action)
{
  gtk_widget_activate_action (GTK_WIDGET (window), action, NULL);
  desktop_test_spin (50);
}

/* Enter on the container, Escape back; what one came out of is selected. */
static void
test_in_and_out (void)
{
  LeydenWindow *window = open_sheet ();
  LeydenCanvas *canvas = leyden_window_get_canvas (window);
  LeydenCanvasNode *node;
  g_autofree char *nameless = NULL;
  LeydenElementKind kind;
  const char *id = NULL;

  g_assert_false (is_inside (window));
  leyden_canvas_show_element (canvas, LEYDEN_ELEMENT_NODE, "foreachq");
  desktop_test_spin (100);
  node = leyden_canvas_model_get_node (leyden_canvas_get_model (canvas), "foreachq");
  g_assert_nonnull (node->view);
  gtk_widget_activate_action (node->view, "node.configure", NULL);
  desktop_test_spin (200);
  g_assert_true (is_inside (window));
  g_assert_nonnull (leyden_flow_get_node (get_flow (window), "solveagt"));
  nameless = desktop_test_find_nameless (GTK_WIDGET (window));
  g_assert_cmpstr (nameless, ==, "");

  leyden_selection_set (leyden_window_get_selection (window), LEYDEN_ELEMENT_NODE, "solveagt");
  gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.unselect", NULL);
  g_assert_true (is_inside (window));
  gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.unselect", NULL);
  desktop_test_spin (50);
  g_assert_false (is_inside (window));
  g_assert_true (leyden_selection_get_single (leyden_window_get_selection (window), &kind, &id));
  g_assert_cmpstr (id, ==, "foreachq");
  close_window (window);
}

/* An edit inside is an edit of the document: undone from anywhere, and the ports outside follow. */
static void
test_edit (void)
{
  LeydenWindow *window = open_sheet ();
  LeydenCanvas *canvas = leyden_window_get_canvas (window);
  LeydenDocument *document = leyden_window_get_document (window);
  g_autofree char *before = leyden_flow_hash (get_whole (window));
  guint n;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-body", "s", "foreachq");
  desktop_test_spin (200);
  n = leyden_flow_get_n_nodes (get_flow (window));
  g_assert_true (leyden_canvas_insert (canvas, "transform", NULL));
  desktop_test_spin (50);
  g_assert_cmpuint (leyden_flow_get_n_nodes (get_flow (window)), ==, n + 1);
  g_assert_cmpuint (leyden_flow_get_n_nodes (get_whole (window)), ==, 3);
  g_assert_true (leyden_document_is_modified (document));

  activate (window, "win.leave-body");
  g_assert_false (is_inside (window));
  activate (window, "win.undo");
  {
    g_autofree char *after = leyden_flow_hash (get_whole (window));

    g_assert_cmpstr (after, ==, before);
  }
  close_window (window);
}

/* A new container has an Input and an Output inside. */
static void
test_new_container (void)
{
  LeydenWindow *window = open_sheet ();
  LeydenCanvas *canvas = leyden_window_get_canvas (window);
  LeydenElementKind kind;
  const char *id = NULL;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-body", "s", "foreachq");
  desktop_test_spin (200);
  g_assert_true (leyden_canvas_insert (canvas, "loop", NULL));
  g_assert_true (leyden_selection_get_single (leyden_window_get_selection (window), &kind, &id));
  gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.open-body", NULL);
  desktop_test_spin (100);
  g_assert_cmpuint (leyden_flow_get_n_nodes (get_flow (window)), ==, 2);
  g_assert_nonnull (leyden_flow_find_node (get_flow (window), "input"));
  g_assert_nonnull (leyden_flow_find_node (get_flow (window), "output"));
  /* Undoing what made it leads out of it. */
  activate (window, "win.undo");
  g_assert_true (is_inside (window));
  g_assert_nonnull (leyden_flow_get_node (get_flow (window), "solveagt"));
  close_window (window);
}

/* Whoever removes the container from outside leaves nobody in it. */
static void
test_removed (void)
{
  LeydenWindow *window = open_sheet ();
  LeydenEdit *edit = leyden_edit_new ("Remove");
  g_autoptr(GError) error = NULL;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-body", "s", "foreachq");
  desktop_test_spin (100);
  leyden_edit_remove_node (edit, get_whole (window), "foreachq");
  leyden_document_edit (leyden_window_get_document (window), edit, &error);
  g_assert_no_error (error);
  desktop_test_spin (50);
  g_assert_false (is_inside (window));
  g_assert_cmpuint (leyden_flow_get_n_nodes (get_flow (window)), ==, 2);
  close_window (window);
}

static gboolean
is_checked (gpointer data)
{
  GPtrArray *problems = leyden_problems_panel_get_list (data);

  for (guint i = 0; problems != NULL && i < problems->len; i++)
    if (((LeydenProblem *) g_ptr_array_index (problems, i))->scope[0] != NULL)
      return TRUE;
  return FALSE;
}

/* A problem inside is shown on the container from outside, and on its node inside; it leads there. */
static void
test_problems (void)
{
  LeydenWindow *window = open_sheet ();
  LeydenCanvas *canvas = leyden_window_get_canvas (window);
  GtkWidget *panel = leyden_bottom_panel_get_child (leyden_window_get_panel (window), "problems");
  LeydenCanvasNode *node;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-body", "s", "foreachq");
  desktop_test_spin (100);
  g_assert_true (leyden_canvas_insert (canvas, "chat", NULL));
  activate (window, "win.leave-body");
  desktop_test_wait (is_checked, panel);
  desktop_test_spin (50);
  node = leyden_canvas_model_get_node (leyden_canvas_get_model (canvas), "foreachq");
  g_assert_cmpuint (node->n_errors, >, 0);
  for (guint i = 0; i < leyden_problems_panel_get_list (LEYDEN_PROBLEMS_PANEL (panel))->len; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (leyden_problems_panel_get_list (LEYDEN_PROBLEMS_PANEL (panel)), i);

      if (problem->severity == LEYDEN_PROBLEM_ERROR)
        {
          g_signal_emit_by_name (panel, "show-element", (int) problem->kind, problem->id, problem->scope);
          desktop_test_spin (50);
          g_assert_true (is_inside (window));
          g_assert_true (leyden_selection_contains (leyden_window_get_selection (window), LEYDEN_ELEMENT_NODE, problem->id));
          node = leyden_canvas_model_get_node (leyden_canvas_get_model (canvas), problem->id);
          g_assert_cmpuint (node->n_errors, >, 0);
          break;
        }
    }
  close_window (window);
}

/* Badges of a run: on the container, and on what is inside when that is shown. */
static void
test_badges (void)
{
  LeydenWindow *window = open_sheet ();
  LeydenCanvas *canvas = leyden_window_get_canvas (window);
  GtkWidget *run = leyden_bottom_panel_get_child (leyden_window_get_panel (window), "run");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) statuses = NULL;
  LeydenCanvasNode *node;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "foreachq/solveagt");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "state", "succeeded");
  leyden_value_builder_set_int (&b, "count", 12);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  statuses = leyden_value_builder_end_value (&b);
  g_signal_emit_by_name (run, "node-statuses", statuses);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-body", "s", "foreachq");
  desktop_test_spin (50);
  node = leyden_canvas_model_get_node (leyden_canvas_get_model (canvas), "solveagt");
  g_assert_cmpint (node->state, ==, LEYDEN_NODE_STATE_SUCCEEDED);
  g_assert_cmpuint (node->count, ==, 12);
  close_window (window);
}

/* The outline lists what is inside below the container; a row leads there. */
static void
test_outline (void)
{
  LeydenWindow *window = open_sheet ();
  GtkWidget *outline = find_widget (GTK_WIDGET (window), LEYDEN_TYPE_OUTLINE);
  GtkWidget *list;
  GListModel *rows;
  gboolean found = FALSE;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.view", "s", "outline");
  desktop_test_spin (200);
  list = find_widget (outline, GTK_TYPE_LIST_VIEW);
  gtk_widget_activate_action (outline, "outline.show-parts", NULL);
  desktop_test_spin (100);
  rows = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)));
  g_assert_cmpuint (g_list_model_get_n_items (rows), ==, 9);
  for (guint i = 0; i < g_list_model_get_n_items (rows); i++)
    {
      g_autoptr(GtkStringObject) row = g_list_model_get_item (rows, i);

      if (!g_str_equal (gtk_string_object_get_string (row), "foreachq/exanswer"))
        continue;
      found = TRUE;
      g_signal_emit_by_name (list, "activate", i);
      break;
    }
  g_assert_true (found);
  desktop_test_spin (100);
  g_assert_true (is_inside (window));
  g_assert_true (leyden_selection_contains (leyden_window_get_selection (window), LEYDEN_ELEMENT_NODE, "exanswer"));
  close_window (window);
}

/* Training reaches what stands in a container: its slots lead there, and using a version is one step of the whole flow. */
static void
test_training (void)
{
  LeydenWindow *window = open_sheet ();
  GtkWidget *panel = find_widget (GTK_WIDGET (window), LEYDEN_TYPE_TRAIN_PANEL);
  g_autofree char *before = leyden_flow_hash (get_whole (window));
  g_autofree char *after = NULL;
  g_autofree char *text = g_strdup_printf ("{\"experiment\": \"e\", \"flow_id\": \"%s\", \"candidates\": [{\"candidate\": \"c\", "
                                           "\"slots\": {\"foreachq/solveagt/temperature\": 0.7}}]}", leyden_flow_get_id (get_whole (window)));
  g_autoptr(LeydenValue) snapshot = leyden_json_parse (text, -1, NULL, NULL);
  LeydenElementKind kind;
  const char *id = NULL;
  double temperature = 0;

  g_assert_nonnull (snapshot);
  g_signal_emit_by_name (panel, "show-node", "foreachq/solveagt");
  desktop_test_spin (100);
  g_assert_true (is_inside (window));
  g_assert_true (leyden_selection_get_single (leyden_window_get_selection (window), &kind, &id));
  g_assert_cmpstr (id, ==, "solveagt");
  activate (window, "win.leave-body");

  g_signal_emit_by_name (panel, "use-version", snapshot, "c");
  g_assert_true (leyden_value_get_double (leyden_node_get_parameter (leyden_flow_find_path (get_whole (window), "foreachq/solveagt", NULL),
                                                                     "temperature"), &temperature));
  g_assert_cmpfloat (temperature, ==, 0.7);
  activate (window, "win.undo");
  after = leyden_flow_hash (get_whole (window));
  g_assert_cmpstr (after, ==, before);
  close_window (window);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/body/in-and-out", test_in_and_out);
  g_test_add_func ("/body/edit", test_edit);
  g_test_add_func ("/body/new-container", test_new_container);
  g_test_add_func ("/body/removed", test_removed);
  g_test_add_func ("/body/problems", test_problems);
  g_test_add_func ("/body/badges", test_badges);
  g_test_add_func ("/body/outline", test_outline);
  g_test_add_func ("/body/training", test_training);
  return desktop_test_run ();
}
