/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-helpers.h"
#include "leyden-completion.h"
#include "leyden-inspector.h"
#include "leyden-parameter-row.h"
#include "leyden-prompt-editor.h"

/* The editor of prompts in the inspector. */

typedef struct
{
  GtkWidget       *window;
  GtkWidget       *inspector;
  LeydenDocument  *document;
  LeydenSelection *selection;
} Panel;

static void
panel_open (Panel      *panel,
            const char *node)
{
  panel->document = test_sample ();
  panel->selection = leyden_selection_new ();
  panel->inspector = leyden_inspector_new ();
  g_object_set (panel->inspector, "document", panel->document, "selection", panel->selection, NULL);
  panel->window = test_window (panel->inspector, 360, 800);
  leyden_selection_set (panel->selection, LEYDEN_ELEMENT_NODE, node);
}

static void
panel_close (Panel *panel)
{
  gtk_window_destroy (GTK_WINDOW (panel->window));
  test_settle ();
  leyden_document_close (panel->document, TRUE);
  g_assert_finalize_object (panel->document);
  g_assert_finalize_object (panel->selection);
}

static LeydenFlow *
panel_flow (Panel *panel)
{
  return leyden_document_get_flow (panel->document);
}

static const char *
get_template (Panel *panel)
{
  return leyden_value_get_string (leyden_node_get_parameter (leyden_flow_get_node (panel_flow (panel), "prompter"), "template"), NULL);
}

static GtkWidget *
get_editor (GtkWidget *root)
{
  GtkWidget *editor = test_find (root, LEYDEN_TYPE_PROMPT_EDITOR, 0);

  g_assert_nonnull (editor);
  return editor;
}

static void
set_text (GtkWidget  *editor,
          const char *text)
{
  GtkWidget *view = test_find (editor, GTK_TYPE_TEXT_VIEW, 0);

  gtk_widget_grab_focus (view);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), text, -1);
}

/* As the key does it: through the controllers of the view. */
static void
press (GtkWidget       *view,
       guint            key,
       GdkModifierType  held)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (view);
  gboolean handled = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers) && !handled; i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller) && gtk_event_controller_get_propagation_phase (controller) == GTK_PHASE_CAPTURE)
        g_signal_emit_by_name (controller, "key-pressed", key, 0, held, &handled);
    }
  g_assert_true (handled);
}

static LeydenValue *
make_state (void)
{
  return test_value ("{\"nodes\": {\"question\": {\"outputs\": {\"question\": \"What is 2 + 2?\"}}}}");
}

/* A name is completed, its input is made and wired; all of it can be undone. */
static void
test_complete (void)
{
  Panel panel = { 0 };
  GtkWidget *editor, *view;
  g_autoptr(GPtrArray) edges = NULL;

  panel_open (&panel, "prompter");
  editor = get_editor (panel.inspector);
  view = test_find (editor, GTK_TYPE_TEXT_VIEW, 0);
  set_text (editor, "Row {{ data");
  test_settle ();
  test_picture (panel.window, "prompt-completion");
  press (view, GDK_KEY_Return, 0);
  g_assert_cmpstr (get_template (&panel), ==, "Row {{ data_id }}");
  edges = leyden_flow_list_edges_in (panel_flow (&panel), "prompter", "data_id");
  g_assert_cmpuint (edges->len, ==, 1);
  g_assert_cmpstr (leyden_edge_get_source (g_ptr_array_index (edges, 0)), ==, "question");
  while (leyden_document_can_undo (panel.document))
    g_assert_true (leyden_document_undo (panel.document, NULL));
  g_assert_null (strstr (get_template (&panel), "data_id"));
  /* By key also where nothing was typed; Escape closes the list and nothing else. */
  set_text (editor, "");
  press (view, GDK_KEY_space, GDK_CONTROL_MASK);
  press (view, GDK_KEY_Down, 0);
  press (view, GDK_KEY_Up, 0);
  press (view, GDK_KEY_Escape, 0);
  g_assert_cmpstr (get_template (&panel), ==, "");
  panel_close (&panel);
}

static void
test_repair (void)
{
  Panel panel = { 0 };
  GtkWidget *editor;

  panel_open (&panel, "prompter");
  editor = get_editor (panel.inspector);
  set_text (editor, "{{ quesiton }} {{ answer }}");
  test_settle ();
  g_assert_true (test_shows (panel.inspector, "Nothing is connected to “quesiton”"));
  test_picture (panel.window, "prompt-repair");
  g_signal_emit_by_name (test_find_button (editor, "Connect Word problem · answer"), "clicked");
  g_assert_false (test_shows (panel.inspector, "Nothing is connected to “answer”"));
  set_text (editor, "{{ question }} {{ quesiton }}");
  g_signal_emit_by_name (test_find_button (editor, "Use “question”"), "clicked");
  g_assert_cmpstr (get_template (&panel), ==, "{{ question }} {{ question }}");
  g_assert_null (test_find_button (editor, "Use “question”"));
  panel_close (&panel);
}

static void
test_preview (void)
{
  Panel panel = { 0 };
  g_autoptr(LeydenValue) state = make_state ();
  GtkWidget *editor;

  panel_open (&panel, "prompter");
  editor = get_editor (panel.inspector);
  set_text (editor, "Say: {{ question }}");
  g_assert_true (test_shows (editor, "≈ 5 tokens"));
  leyden_prompt_editor_set_preview (LEYDEN_PROMPT_EDITOR (editor), TRUE);
  g_assert_true (test_shows (editor, "No value is known yet"));
  leyden_inspector_set_state (LEYDEN_INSPECTOR (panel.inspector), state);
  test_wait_until (test_shows (editor, "Say: What is 2 + 2?"));
  g_assert_true (test_shows (editor, "≈ 5 with the last values"));
  test_picture (panel.window, "prompt-preview");
  set_text (editor, "Tell: {{ question }}");
  test_wait_until (test_shows (editor, "Tell: What is 2 + 2?"));
  leyden_inspector_set_state (LEYDEN_INSPECTOR (panel.inspector), NULL);
  g_assert_true (test_shows (editor, "No value is known yet"));
  /* It may go while a thread works for it. */
  leyden_inspector_set_state (LEYDEN_INSPECTOR (panel.inspector), state);
  panel_close (&panel);
}

/* The same text in a window of its own: what is typed in one stands in the other, and undo is the document's. */
static void
test_large (void)
{
  Panel panel = { 0 };
  LeydenParameterRow *row;
  GtkWidget *large = NULL;
  g_autoptr(GListModel) windows = NULL;

  panel_open (&panel, "prompter");
  row = LEYDEN_PARAMETER_ROW (test_find (panel.inspector, LEYDEN_TYPE_PARAMETER_ROW, 0));
  leyden_parameter_row_expand (row);
  test_settle ();
  windows = g_object_ref (gtk_window_get_toplevels ());
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWidget) window = g_list_model_get_item (windows, i);

      if (window != panel.window && gtk_window_get_transient_for (GTK_WINDOW (window)) == GTK_WINDOW (panel.window))
        large = window;
    }
  g_assert_nonnull (large);
  set_text (get_editor (large), "{{ question");
  g_assert_cmpstr (get_template (&panel), ==, "{{ question");
  g_assert_true (test_shows (large, "without"));
  set_text (get_editor (large), "Large {{ question }}");
  g_assert_cmpstr (get_template (&panel), ==, "Large {{ question }}");
  test_picture (large, "prompt-large");
  g_assert_true (leyden_document_undo (panel.document, NULL));
  g_assert_cmpstr (get_template (&panel), !=, "Large {{ question }}");
  /* With the node goes the window. */
  leyden_selection_clear (panel.selection);
  test_settle ();
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWidget) window = g_list_model_get_item (windows, i);

      g_assert_true (window != large);
    }
  panel_close (&panel);
}

/* A paragraph is a step of undo, and what is typed elsewhere is another. */
static void
test_undo (void)
{
  Panel panel = { 0 };
  GtkWidget *view;
  g_autofree char *before = NULL;

  panel_open (&panel, "prompter");
  before = g_strdup (get_template (&panel));
  view = test_find (get_editor (panel.inspector), GTK_TYPE_TEXT_VIEW, 0);
  test_type (view, " a");
  test_type (view, "b\n");
  test_type (view, "c");
  g_assert_true (leyden_document_undo (panel.document, NULL));
  g_assert_true (g_str_has_suffix (get_template (&panel), " ab\n"));
  g_assert_true (leyden_document_undo (panel.document, NULL));
  g_assert_cmpstr (get_template (&panel), ==, before);
  panel_close (&panel);
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/prompt-editor/complete", test_complete);
  g_test_add_func ("/prompt-editor/repair", test_repair);
  g_test_add_func ("/prompt-editor/preview", test_preview);
  g_test_add_func ("/prompt-editor/large", test_large);
  g_test_add_func ("/prompt-editor/undo", test_undo);
  return g_test_run ();
}
