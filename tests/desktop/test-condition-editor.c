/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-helpers.h"
#include "leyden-condition-rows.h"
#include "leyden-expression-editor.h"
#include "leyden-inspector.h"
#include "leyden-parameter-row.h"

/* Expressions and conditions in the inspector. */

#define FLOW                                                                                                                          \
  "{\"leyden\": 1, \"id\": \"x\", \"nodes\": ["                                                                                       \
  "{\"id\": \"start\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"score\", \"type\": \"number\"},"               \
  " {\"name\": \"name\", \"type\": \"text\"}]}},"                                                                                     \
  "{\"id\": \"test\", \"type\": \"if\", \"parameters\": {\"inputs\": [{\"name\": \"score\", \"type\": \"number\"},"                   \
  " {\"name\": \"name\", \"type\": \"text\"}], \"condition\": \"score > 10\"}},"                                                      \
  "{\"id\": \"ways\", \"type\": \"switch\", \"parameters\": {\"inputs\": [{\"name\": \"score\", \"type\": \"number\"}],"              \
  " \"cases\": [{\"name\": \"low\", \"condition\": \"score < 1\"}, {\"name\": \"two\", \"value\": 2}]}},"                             \
  "{\"id\": \"calc\", \"type\": \"transform\", \"parameters\": {\"inputs\": [{\"name\": \"score\", \"type\": \"number\"}],"           \
  " \"expression\": \"score * 2\"}}],"                                                                                                \
  "\"edges\": [{\"id\": \"e1\", \"source\": \"start\", \"source_port\": \"score\", \"target\": \"test\", \"target_port\": \"score\"},"  \
  "{\"id\": \"e2\", \"source\": \"start\", \"source_port\": \"name\", \"target\": \"test\", \"target_port\": \"name\"},"              \
  "{\"id\": \"e3\", \"source\": \"start\", \"source_port\": \"score\", \"target\": \"calc\", \"target_port\": \"score\"}]}"

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
  g_autoptr(LeydenValue) state = test_value ("{\"nodes\": {\"start\": {\"outputs\": {\"score\": 12, \"name\": \"Ada\"}}}}");

  panel->document = test_document (FLOW);
  panel->selection = leyden_selection_new ();
  panel->inspector = leyden_inspector_new ();
  g_object_set (panel->inspector, "document", panel->document, "selection", panel->selection, NULL);
  panel->window = test_window (panel->inspector, 360, 800);
  leyden_inspector_set_state (LEYDEN_INSPECTOR (panel->inspector), state);
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

static LeydenValue *
get_parameter (Panel      *panel,
               const char *node,
               const char *name)
{
  return leyden_node_get_parameter (leyden_flow_get_node (leyden_document_get_flow (panel->document), node), name);
}

static GtkWidget *
get_editor (Panel *panel)
{
  GtkWidget *editor = test_find (panel->inspector, LEYDEN_TYPE_EXPRESSION_EDITOR, 0);

  g_assert_nonnull (editor);
  return editor;
}

static GtkWidget *
get_rows (Panel *panel)
{
  return test_find (get_editor (panel), LEYDEN_TYPE_CONDITION_ROWS, 0);
}

static void
assert_condition (Panel      *panel,
                  const char *wanted)
{
  g_assert_cmpstr (leyden_value_get_string (get_parameter (panel, "test", "condition"), NULL), ==, wanted);
}

static GtkWidget *
get_drop_down (GtkWidget  *root,
               const char *title)
{
  GtkWidget *widget;

  for (guint i = 0; (widget = test_find (root, GTK_TYPE_DROP_DOWN, i)) != NULL; i++)
    {
      GListModel *model = gtk_drop_down_get_model (GTK_DROP_DOWN (widget));

      for (guint j = 0; j < g_list_model_get_n_items (model); j++)
        {
          g_autoptr(GtkStringObject) string = g_list_model_get_item (model, j);

          if (g_str_equal (gtk_string_object_get_string (string), title))
            {
              gtk_drop_down_set_selected (GTK_DROP_DOWN (widget), j);
              return widget;
            }
        }
    }
  g_test_message ("no drop-down has “%s”", title);
  g_assert_not_reached ();
}

/* Rows that say the SQL, are changed, and say it again. */
static void
test_rows (void)
{
  Panel panel = { 0 };
  GtkWidget *rows, *entry;

  panel_open (&panel, "test");
  rows = get_rows (&panel);
  g_assert_true (gtk_widget_get_visible (rows));
  test_wait_until (test_shows (panel.inspector, "Holds with the last values"));
  entry = test_find (rows, GTK_TYPE_ENTRY, 0);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "10");
  test_type (entry, "0");
  assert_condition (&panel, "score > 100");
  test_wait_until (test_shows (panel.inspector, "Does not hold"));
  /* Half a number is none: it stays in the field, and the condition as it was. */
  test_type (entry, "e");
  assert_condition (&panel, "score > 100");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "100e");
  g_assert_true (test_shows (panel.inspector, "A number is needed here"));
  test_type (entry, "2");
  assert_condition (&panel, "score > 100e2");
  get_drop_down (rows, "is missing");
  assert_condition (&panel, "score IS NULL");
  g_signal_emit_by_name (test_find_button (rows, "Add a Condition"), "clicked");
  assert_condition (&panel, "score IS NULL AND score IS NOT NULL");
  rows = get_rows (&panel);
  test_settle ();
  get_drop_down (rows, "One of these holds");
  assert_condition (&panel, "score IS NULL OR score IS NOT NULL");
  g_signal_emit_by_name (test_find_button (rows, "Add a Group"), "clicked");
  assert_condition (&panel, "score IS NULL OR score IS NOT NULL OR score IS NOT NULL");
  test_picture (panel.window, "condition-rows");
  while (test_find_icon_button (rows, "list-remove-symbolic") != NULL)
    g_signal_emit_by_name (test_find_icon_button (rows, "list-remove-symbolic"), "clicked");
  g_assert_true (test_shows (panel.inspector, "At least one condition must stand here."));
  while (leyden_document_can_undo (panel.document))
    g_assert_true (leyden_document_undo (panel.document, NULL));
  assert_condition (&panel, "score > 10");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (test_find (rows, GTK_TYPE_ENTRY, 0))), ==, "10");
  panel_close (&panel);
}

/* Operators by type, and another field to compare with. */
static void
test_types (void)
{
  Panel panel = { 0 };
  GtkWidget *rows;

  panel_open (&panel, "test");
  rows = get_rows (&panel);
  get_drop_down (rows, "name");
  g_assert_true (test_shows (panel.inspector, "10"));
  get_drop_down (rows, "contains");
  assert_condition (&panel, "instr(name, '10') > 0");
  get_drop_down (rows, "Length of name");
  get_drop_down (rows, "is above");
  get_drop_down (rows, "field");
  assert_condition (&panel, "length(name) > score");
  panel_close (&panel);
}

/* What no row says is SQL, with the reason. */
static void
test_sql (void)
{
  Panel panel = { 0 };
  GtkWidget *editor, *view;

  panel_open (&panel, "test");
  editor = get_editor (&panel);
  leyden_expression_editor_set_rows (LEYDEN_EXPRESSION_EDITOR (editor), FALSE);
  g_assert_false (gtk_widget_get_visible (get_rows (&panel)));
  view = test_find (editor, GTK_TYPE_TEXT_VIEW, 0);
  test_type (view, " + 1");
  assert_condition (&panel, "score > 10 + 1");
  g_assert_true (test_shows (editor, "Only as SQL"));
  g_assert_false (gtk_widget_get_sensitive (test_find_button (editor, "SQL")));
  test_wait_until (test_shows (editor, "Holds with the last values"));
  test_picture (panel.window, "condition-sql");
  test_type (view, " &&");
  g_assert_false (test_shows (editor, "Only as SQL"));
  g_assert_true (test_shows (panel.inspector, "write AND"));
  g_assert_true (leyden_document_undo (panel.document, NULL));
  leyden_expression_editor_set_rows (LEYDEN_EXPRESSION_EDITOR (editor), TRUE);
  g_assert_true (gtk_widget_get_visible (get_rows (&panel)));
  panel_close (&panel);
}

static void
test_result (void)
{
  Panel panel = { 0 };
  GtkWidget *editor;

  panel_open (&panel, "calc");
  editor = get_editor (&panel);
  g_assert_null (test_find (editor, LEYDEN_TYPE_CONDITION_ROWS, 0));
  test_wait_until (test_shows (editor, "With the last values: 24"));
  test_type (test_find (editor, GTK_TYPE_TEXT_VIEW, 0), " + 0.5");
  test_wait_until (test_shows (editor, "With the last values: 24.5"));
  test_picture (panel.window, "expression-result");
  leyden_inspector_set_state (LEYDEN_INSPECTOR (panel.inspector), NULL);
  g_assert_true (test_shows (editor, "Try the flow once"));
  panel_close (&panel);
}

/* Each case of a switch has its rows. */
static void
test_cases (void)
{
  Panel panel = { 0 };
  GtkWidget *rows;

  panel_open (&panel, "ways");
  rows = get_rows (&panel);
  g_assert_true (gtk_widget_get_visible (rows));
  test_type (test_find (rows, GTK_TYPE_ENTRY, 0), "5");
  test_assert_value (get_parameter (&panel, "ways", "cases"),
                     "[{\"name\": \"low\", \"condition\": \"score < 15\"}, {\"name\": \"two\", \"value\": 2}]");
  test_picture (panel.window, "condition-cases");
  g_assert_true (leyden_document_undo (panel.document, NULL));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (test_find (rows, GTK_TYPE_ENTRY, 0))), ==, "1");
  panel_close (&panel);
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/condition-editor/rows", test_rows);
  g_test_add_func ("/condition-editor/types", test_types);
  g_test_add_func ("/condition-editor/sql", test_sql);
  g_test_add_func ("/condition-editor/result", test_result);
  g_test_add_func ("/condition-editor/cases", test_cases);
  return g_test_run ();
}
