/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"


#include "desktop-helpers.h"
#include "leyden-catalog.h"
#include "leyden-domain-editor.h"
#include "leyden-element-form.h"
#include "leyden-inspector.h"
#include "leyden-node-form.h"
#include "leyden-parameter-row.h"

/* The inspector over a document. */

typedef struct
{
  GtkWidget       *window;
  GtkWidget       *inspector;
  LeydenDocument  *document;
  LeydenSelection *selection;
} Panel;

static void
panel_open (Panel          *panel,
            LeydenDocument *document,
            int             width)
{
  panel->document = document;
  panel->selection = leyden_selection_new ();
  panel->inspector = leyden_inspector_new ();
  g_object_set (panel->inspector, "document", document, "selection", panel->selection, NULL);
  panel->window = test_window (panel->inspector, width, 800);
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

static LeydenParameterRow *
panel_row (Panel      *panel,
           const char *name)
{
  GtkWidget *row;

  for (guint i = 0; (row = test_find (panel->inspector, LEYDEN_TYPE_PARAMETER_ROW, i)) != NULL; i++)
    if (g_str_equal (leyden_parameter_row_get_parameter (LEYDEN_PARAMETER_ROW (row))->name, name))
      return LEYDEN_PARAMETER_ROW (row);
  return NULL;
}

static void
test_edit_and_undo (void)
{
  Panel panel = { 0 };
  GtkWidget *view;
  GtkTextBuffer *buffer;
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  panel_open (&panel, test_sample (), 320);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "prompter");
  view = test_find (GTK_WIDGET (panel_row (&panel, "template")), GTK_TYPE_TEXT_VIEW, 0);
  test_type (view, " Think.");
  test_type (view, " Twice.");
  g_assert_true (g_str_has_suffix (leyden_value_get_string (leyden_node_get_parameter (leyden_flow_get_node (panel_flow (&panel), "prompter"),
                                                                                       "template"), NULL), " Think. Twice."));
  /* What is typed without a pause is undone at once. */
  g_assert_true (leyden_document_undo (panel.document, NULL));
  g_assert_false (leyden_document_can_undo (panel.document));
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  g_assert_false (g_str_has_suffix (text, "Twice."));
  g_assert_true (view == test_find (GTK_WIDGET (panel_row (&panel, "template")), GTK_TYPE_TEXT_VIEW, 0));
  g_assert_true (leyden_document_redo (panel.document, NULL));
  panel_close (&panel);
}

static void
test_title (void)
{
  Panel panel = { 0 };
  GtkWidget *title;

  panel_open (&panel, test_sample (), 320);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "solveagt");
  title = test_find (panel.inspector, GTK_TYPE_ENTRY, 0);
  test_type (title, "!");
  g_assert_true (g_str_has_suffix (leyden_node_get_title (leyden_flow_get_node (panel_flow (&panel), "solveagt")), "!"));
  leyden_document_undo (panel.document, NULL);
  g_assert_false (g_str_has_suffix (gtk_editable_get_text (GTK_EDITABLE (title)), "!"));
  panel_close (&panel);
}

static void
test_trainable (void)
{
  Panel panel = { 0 };
  LeydenNode *node;
  GtkWidget *toggle;
  gboolean before;

  panel_open (&panel, test_sample (), 320);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "solveagt");
  node = leyden_flow_get_node (panel_flow (&panel), "solveagt");
  toggle = test_find (GTK_WIDGET (panel_row (&panel, "temperature")), GTK_TYPE_TOGGLE_BUTTON, 0);
  g_assert_nonnull (toggle);
  before = leyden_node_is_trainable (node, "temperature");
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (toggle)) == before);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (toggle), !before);
  g_assert_true (leyden_node_is_trainable (leyden_flow_get_node (panel_flow (&panel), "solveagt"), "temperature") == !before);
  leyden_document_undo (panel.document, NULL);
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (toggle)) == before);
  g_assert_true (leyden_node_is_trainable (leyden_flow_get_node (panel_flow (&panel), "solveagt"), "temperature") == before);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "calctool");
  g_assert_null (test_find (GTK_WIDGET (panel_row (&panel, "name")), GTK_TYPE_TOGGLE_BUTTON, 0));
  panel_close (&panel);
}

/* The entry of "trainable" as the file would have it. */
static void
assert_mark (Panel      *panel,
             const char *node,
             const char *parameter,
             const char *json)
{
  LeydenValue *mark = leyden_node_get_trainable (leyden_flow_get_node (panel_flow (panel), node), parameter);

  test_assert_value (mark, json);
}

/* What training may try, and the lock; each an edit that can be undone. */
static void
test_domain (void)
{
  Panel panel = { 0 };
  GtkWidget *row, *entry, *lock;

  panel_open (&panel, test_sample (), 320);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "solveagt");
  row = GTK_WIDGET (panel_row (&panel, "temperature"));
  entry = test_find (test_find (row, LEYDEN_TYPE_DOMAIN_EDITOR, 0), GTK_TYPE_ENTRY, 0);
  assert_mark (&panel, "solveagt", "temperature", "\"temperature\"");
  gtk_editable_set_text (GTK_EDITABLE (entry), "0, 0.5; 1.5");
  assert_mark (&panel, "solveagt", "temperature", "{\"name\": \"temperature\", \"domain\": [0, 0.5, 1.5]}");
  test_type (entry, ", warm");
  g_assert_true (test_shows (row, "“warm” is no number"));
  assert_mark (&panel, "solveagt", "temperature", "{\"name\": \"temperature\", \"domain\": [0, 0.5, 1.5]}");
  gtk_editable_set_text (GTK_EDITABLE (entry), "7");
  g_assert_true (test_shows (row, "Must be between 0 and 2"));
  test_picture (panel.window, "inspector-domain");
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  assert_mark (&panel, "solveagt", "temperature", "\"temperature\"");
  leyden_document_undo (panel.document, NULL);
  assert_mark (&panel, "solveagt", "temperature", "\"temperature\"");

  lock = test_find (row, GTK_TYPE_TOGGLE_BUTTON, 1);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (lock), TRUE);
  assert_mark (&panel, "solveagt", "temperature", "{\"name\": \"temperature\", \"locked\": true}");
  g_assert_false (leyden_node_is_trainable (leyden_flow_get_node (panel_flow (&panel), "solveagt"), "temperature"));
  g_assert_false (gtk_widget_is_sensitive (entry));
  leyden_document_undo (panel.document, NULL);
  g_assert_false (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (lock)));

  /* Models keep the endpoint that they had. */
  row = GTK_WIDGET (panel_row (&panel, "model"));
  entry = test_find (test_find (row, LEYDEN_TYPE_DOMAIN_EDITOR, 0), GTK_TYPE_ENTRY, 0);
  gtk_editable_set_text (GTK_EDITABLE (entry), "leyden-sim-small, leyden-sim-large");
  assert_mark (&panel, "solveagt", "model", "{\"name\": \"model\", \"domain\": [{\"endpoint\": \"simulated\", \"model\": \"leyden-sim-small\"},"
                                            " {\"endpoint\": \"simulated\", \"model\": \"leyden-sim-large\"}]}");

  /* A number has nothing to try until somebody says so. */
  row = GTK_WIDGET (panel_row (&panel, "max_turns"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (test_find (row, GTK_TYPE_TOGGLE_BUTTON, 0)), TRUE);
  assert_mark (&panel, "solveagt", "max_turns", "{\"name\": \"max_turns\", \"domain\": [4, 8, 16]}");
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (test_find (row, GTK_TYPE_TOGGLE_BUTTON, 0)), FALSE);
  g_assert_null (leyden_node_get_trainable (leyden_flow_get_node (panel_flow (&panel), "solveagt"), "max_turns"));

  /* Choices have a tick each. */
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "exanswer");
  row = GTK_WIDGET (panel_row (&panel, "occurrence"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (test_find (row, GTK_TYPE_TOGGLE_BUTTON, 0)), TRUE);
  assert_mark (&panel, "exanswer", "occurrence", "\"occurrence\"");
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (row, GTK_TYPE_CHECK_BUTTON, 0)), FALSE);
  assert_mark (&panel, "exanswer", "occurrence", "{\"name\": \"occurrence\", \"domain\": [\"last\"]}");
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (row, GTK_TYPE_CHECK_BUTTON, 0)), TRUE);
  assert_mark (&panel, "exanswer", "occurrence", "\"occurrence\"");
  panel_close (&panel);
}

static void
test_hidden_parameters (void)
{
  Panel panel = { 0 };

  panel_open (&panel, test_sample (), 320);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "exanswer");
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (panel_row (&panel, "pattern"))));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (panel_row (&panel, "path"))));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (GTK_WIDGET (panel_row (&panel, "method")), GTK_TYPE_DROP_DOWN, 0)), 1);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (panel_row (&panel, "pattern"))));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (panel_row (&panel, "path"))));
  leyden_document_undo (panel.document, NULL);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (panel_row (&panel, "pattern"))));
  panel_close (&panel);
}

static void
test_messages (void)
{
  Panel panel = { 0 };
  GtkWidget *row;

  panel_open (&panel, test_sample (), 320);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "exanswer");
  row = GTK_WIDGET (panel_row (&panel, "pattern"));
  test_type (test_find (row, GTK_TYPE_ENTRY, 0), "(");
  g_assert_true (gtk_widget_has_css_class (leyden_parameter_row_get_editor (LEYDEN_PARAMETER_ROW (row)), "invalid"));
  test_picture (panel.window, "inspector-invalid");
  leyden_document_undo (panel.document, NULL);
  g_assert_false (gtk_widget_has_css_class (leyden_parameter_row_get_editor (LEYDEN_PARAMETER_ROW (row)), "invalid"));
  panel_close (&panel);
}

/* Renaming a field renames the port, and its wires go with it: one edit, one undo. */
static void
test_rename_port (void)
{
  Panel panel = { 0 };
  g_autoptr(GPtrArray) before = NULL, after = NULL, back = NULL;

  panel_open (&panel, test_sample (), 320);
  before = leyden_flow_list_edges_out (panel_flow (&panel), "question", "question");
  g_assert_cmpuint (before->len, ==, 1);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "question");
  test_type (test_find (GTK_WIDGET (panel_row (&panel, "fields")), GTK_TYPE_ENTRY, 0), "s");
  after = leyden_flow_list_edges_out (panel_flow (&panel), "question", "questions");
  g_assert_cmpuint (after->len, ==, 1);
  leyden_document_undo (panel.document, NULL);
  back = leyden_flow_list_edges_out (panel_flow (&panel), "question", "question");
  g_assert_cmpuint (back->len, ==, 1);
  panel_close (&panel);
}

/* A node of every kind, with its defaults. */
static void
test_every_kind (void)
{
  g_autoptr(GPtrArray) types = leyden_catalog_list (leyden_catalog_get_default ());

  g_assert_cmpuint (types->len, >=, 12);
  for (guint i = 0; i < types->len; i++)
    {
      const LeydenNodeType *type = g_ptr_array_index (types, i);
      g_autofree char *name = g_strdup_printf ("inspector-%s", type->type);
      LeydenEdit *edit = leyden_edit_new ("Add");
      Panel panel = { 0 };
      int minimum;

      panel_open (&panel, test_sample (), 320);
      leyden_edit_add_node (edit, "newnodeq", type->type, NULL, 0, 0, NULL);
      g_assert_true (leyden_document_edit (panel.document, edit, NULL));
      leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "newnodeq");
      test_settle ();
      g_assert_true (LEYDEN_IS_NODE_FORM (test_find (panel.inspector, LEYDEN_TYPE_NODE_FORM, 0)));
      if (test_find (panel.inspector, GTK_TYPE_EXPANDER, 0) != NULL)
        gtk_expander_set_expanded (GTK_EXPANDER (test_find (panel.inspector, GTK_TYPE_EXPANDER, 0)), TRUE);
      test_settle ();
      for (guint j = 0; j < type->parameters->len; j++)
        g_assert_nonnull (panel_row (&panel, ((LeydenParameter *) g_ptr_array_index (type->parameters, j))->name));
      gtk_widget_measure (panel.inspector, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
      g_test_message ("%s: at least %d px", type->type, minimum);
      if (g_getenv ("LEYDEN_TEST_VARIANT") == NULL)
        g_assert_cmpint (minimum, <=, 300);
      test_assert_reachable (panel.inspector);
      test_picture (panel.window, name);
      panel_close (&panel);
    }
}

static void
test_unknown_kind (void)
{
  Panel panel = { 0 };

  panel_open (&panel,
              test_document ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"aaaaaaaa\", \"type\": \"of-tomorrow\", \"parameters\": {\"a\": 1}}],"
                             " \"edges\": []}"),
              320);
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "aaaaaaaa");
  g_assert_true (test_shows (panel.inspector, "not installed"));
  test_type (test_find (panel.inspector, GTK_TYPE_ENTRY, 0), "Kept");
  test_assert_value (leyden_node_get_parameters (leyden_flow_get_node (panel_flow (&panel), "aaaaaaaa")), "{\"a\": 1}");
  test_picture (panel.window, "inspector-unknown");
  panel_close (&panel);
}

/* W30 to W35. */
static void
test_hostile_titles (void)
{
  g_autofree char *long_title = g_strnfill (1024 * 1024, 'W');
  g_autoptr(GString) marks = g_string_new ("a");
  const char *titles[6];

  for (guint i = 0; i < 200; i++)
    g_string_append (marks, "\xcc\x81");
  titles[0] = "<b>bold";
  titles[1] = "Tom & Jerry";
  titles[2] = "\xe2\x80\xae" "exe.json";
  titles[3] = long_title;
  titles[4] = marks->str;
  titles[5] = "\xe2\x80\x8b";
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      Panel panel = { 0 };
      LeydenEdit *edit = leyden_edit_new ("Rename");
      GtkWidget *label;
      int height;

      panel_open (&panel, test_sample (), 320);
      leyden_edit_set_title (edit, "prompter", titles[i]);
      g_assert_true (leyden_document_edit (panel.document, edit, NULL));
      leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "prompter");
      test_settle ();
      leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "solveagt");
      test_settle ();
      /* As its neighbour names it. */
      if (i < 2)
        g_assert_true (test_shows (panel.inspector, titles[i]));
      label = test_find (panel.inspector, LEYDEN_TYPE_NODE_FORM, 0);
      gtk_widget_measure (label, GTK_ORIENTATION_HORIZONTAL, -1, &height, NULL, NULL, NULL);
      g_assert_cmpint (height, <=, 600);
      g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (panel_flow (&panel), "prompter")), ==, titles[i]);
      panel_close (&panel);
    }
}

static void
test_read_only (void)
{
  Panel panel = { 0 };

  panel_open (&panel,
              test_document ("{\"leyden\": 99, \"id\": \"x\", \"nodes\": [{\"id\": \"aaaaaaaa\", \"type\": \"prompt\"}], \"edges\": []}"), 320);
  g_assert_nonnull (leyden_document_get_read_only_reason (panel.document));
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "aaaaaaaa");
  g_assert_false (gtk_widget_is_sensitive (test_find (panel.inspector, GTK_TYPE_ENTRY, 0)));
  panel_close (&panel);
}

static void
test_selection (void)
{
  Panel panel = { 0 };
  LeydenEdit *edit;

  panel_open (&panel, test_sample (), 320);
  g_assert_true (LEYDEN_IS_ELEMENT_FORM (test_find (panel.inspector, LEYDEN_TYPE_ELEMENT_FORM, 0)));
  g_assert_true (test_shows (panel.inspector, "nodes"));
  test_picture (panel.window, "inspector-flow");
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "prompter");
  leyden_selection_add (panel.selection, LEYDEN_ELEMENT_NODE, "solveagt");
  g_assert_true (test_shows (panel.inspector, "2 Selected"));
  test_picture (panel.window, "inspector-several");
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_EDGE, "wagtextr");
  g_assert_true (test_shows (panel.inspector, "From"));
  test_picture (panel.window, "inspector-edge");

  /* Deleted while it is shown, and there again. */
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "prompter");
  g_assert_nonnull (test_find (panel.inspector, LEYDEN_TYPE_NODE_FORM, 0));
  edit = leyden_edit_new ("Delete");
  leyden_edit_remove_node (edit, panel_flow (&panel), "prompter");
  g_assert_true (leyden_document_edit (panel.document, edit, NULL));
  g_assert_null (test_find (panel.inspector, LEYDEN_TYPE_NODE_FORM, 0));
  leyden_document_undo (panel.document, NULL);
  g_assert_nonnull (test_find (panel.inspector, LEYDEN_TYPE_NODE_FORM, 0));
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "never-was");
  g_assert_null (test_find (panel.inspector, LEYDEN_TYPE_NODE_FORM, 0));
  g_object_set (panel.inspector, "document", NULL, NULL);
  g_assert_true (test_shows (panel.inspector, "Nothing Selected"));
  panel_close (&panel);
}

static void
test_element_forms (void)
{
  Panel panel = { 0 };

  panel_open (&panel,
              test_document ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [], \"edges\": [],"
                             " \"frames\": [{\"id\": \"ffffffff\", \"title\": \"Frame\", \"bounds\": [0, 0, 100, 100]}],"
                             " \"notes\": [{\"id\": \"nnnnnnnn\", \"text\": \"Note\", \"bounds\": [0, 0, 100, 100]}]}"),
              320);
  test_type (test_find (panel.inspector, GTK_TYPE_ENTRY, 0), "Title");
  g_assert_cmpstr (leyden_flow_get_title (panel_flow (&panel)), ==, "Title");
  leyden_document_undo (panel.document, NULL);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (test_find (panel.inspector, GTK_TYPE_ENTRY, 0))), ==, "");
  if (leyden_flow_get_frame (panel_flow (&panel), "ffffffff") != NULL)
    {
      leyden_selection_set (panel.selection, LEYDEN_ELEMENT_FRAME, "ffffffff");
      test_type (test_find (panel.inspector, GTK_TYPE_ENTRY, 0), "s");
      g_assert_cmpstr (leyden_frame_get_title (leyden_flow_get_frame (panel_flow (&panel), "ffffffff")), ==, "Frames");
      leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NOTE, "nnnnnnnn");
      test_type (test_find (panel.inspector, GTK_TYPE_TEXT_VIEW, 0), "s");
      g_assert_cmpstr (leyden_note_get_text (leyden_flow_get_note (panel_flow (&panel), "nnnnnnnn")), ==, "Notes");
    }
  else
    g_assert_not_reached ();
  panel_close (&panel);
}

/* A title in there would be shown nowhere. */
/* Connections are told by the titles of their ports; what has no such port any more, by its name. */
static void
test_connections (void)
{
  Panel panel = { 0 };
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Wire");
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) edges = NULL;

  panel_open (&panel, test_sample (), 320);
  leyden_edit_add_edge (edit, "aaaaaaaa", "evalnumb", "gone", "rewarder", "score");
  g_assert_true (leyden_document_edit (panel.document, g_steal_pointer (&edit), &error));
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_NODE, "evalnumb");
  test_settle ();
  g_assert_nonnull (test_find_label (panel.inspector, "Expected ← Word problem · Expected answer"));
  g_assert_nonnull (test_find_label (panel.inspector, "Answer ← Final answer · Value"));
  g_assert_nonnull (test_find_label (panel.inspector, "gone → Reward · score"));
  edges = leyden_flow_list_edges_in (panel_flow (&panel), "evalnumb", "expected");
  leyden_selection_set (panel.selection, LEYDEN_ELEMENT_EDGE, leyden_edge_get_id (g_ptr_array_index (edges, 0)));
  test_settle ();
  g_assert_nonnull (test_find_label (panel.inspector, "From Word problem · Expected answer\nTo Right number? · Expected"));
  panel_close (&panel);
}

static void
test_inside (void)
{
  const char *scope[] = { "gggggggg", NULL };
  g_autoptr(LeydenDocument) document = test_document ("{\"leyden\": 1, \"id\": \"x\", \"edges\": [], \"nodes\": [{\"id\": \"gggggggg\","
                                                      " \"type\": \"subflow\", \"flow\": {\"nodes\": [], \"edges\": []}}]}");
  Panel panel = { 0 };

  panel_open (&panel, leyden_document_open_body (document, scope), 320);
  g_assert_null (test_find (panel.inspector, GTK_TYPE_ENTRY, 0));
  g_assert_null (test_find (panel.inspector, GTK_TYPE_TEXT_VIEW, 0));
  panel_close (&panel);
}

int
main (int    argc,
      char **argv)
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/inspector/edit-and-undo", test_edit_and_undo);
  g_test_add_func ("/inspector/title", test_title);
  g_test_add_func ("/inspector/trainable", test_trainable);
  g_test_add_func ("/inspector/domain", test_domain);
  g_test_add_func ("/inspector/hidden-parameters", test_hidden_parameters);
  g_test_add_func ("/inspector/messages", test_messages);
  g_test_add_func ("/inspector/rename-port", test_rename_port);
  g_test_add_func ("/inspector/every-kind", test_every_kind);
  g_test_add_func ("/inspector/unknown-kind", test_unknown_kind);
  g_test_add_func ("/inspector/read-only", test_read_only);
  g_test_add_func ("/inspector/selection", test_selection);
  g_test_add_func ("/inspector/element-forms", test_element_forms);
  g_test_add_func ("/inspector/connections", test_connections);
  g_test_add_func ("/inspector/inside", test_inside);
  g_test_add_func ("/hostile/W30-W35", test_hostile_titles);
  return g_test_run ();
}
