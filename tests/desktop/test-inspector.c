/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <math.h>

#include "desktop-helpers.h"
#include "leyden-catalog.h"
#include "leyden-domain-editor.h"
#include "leyden-element-form.h"
#include "leyden-fields-editor.h"
#include "leyden-inspector.h"
#include "leyden-model-editor.h"
#include "leyden-node-form.h"
#include "leyden-parameter-row.h"

/* --- editors, one by one --- */

typedef struct
{
  GtkWidget   *window;
  GtkWidget   *editor;
  guint        n_edited;
  LeydenValue *edited;
  char        *invalid;
} Fixture;

static void
edited_cb (GtkWidget   *editor,
           LeydenValue *value,
           Fixture     *fixture)
{
  fixture->n_edited++;
  g_clear_pointer (&fixture->edited, leyden_value_unref);
  fixture->edited = leyden_value_ref (value);
}

static void
invalid_cb (GtkWidget  *editor,
            const char *message,
            Fixture    *fixture)
{
  g_free (fixture->invalid);
  fixture->invalid = g_strdup (message);
}

static LeydenParameter
parameter_of (LeydenParameterKind kind)
{
  static const char * const choices[] = { "one", "two", NULL };
  static const char * const titles[] = { "First", "Second", NULL };
  static char name[] = "value";
  LeydenParameter parameter = {
    .name = name, .title = name, .kind = kind, .minimum = -INFINITY, .maximum = INFINITY,
    .choices = (char **) choices, .choice_titles = (char **) titles,
  };

  parameter.fallback = leyden_value_new_int (0);
  return parameter;
}

static void
fixture_build (Fixture               *fixture,
               const LeydenParameter *parameter)
{
  fixture->editor = leyden_value_editor_new_for (parameter);
  g_signal_connect (fixture->editor, "edited", G_CALLBACK (edited_cb), fixture);
  g_signal_connect (fixture->editor, "invalid", G_CALLBACK (invalid_cb), fixture);
  fixture->window = test_window (fixture->editor, 320, 300);
}

static void
fixture_set (Fixture    *fixture,
             const char *json)
{
  g_autoptr(LeydenValue) value = test_value (json);

  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (fixture->editor), value);
}

static void
fixture_clear (Fixture *fixture)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  g_clear_pointer (&fixture->edited, leyden_value_unref);
  g_clear_pointer (&fixture->invalid, g_free);
}

static const struct
{
  LeydenParameterKind kind;
  const char         *value;
  const char         *typed;
  const char         *result;
  const char         *other;
} texts[] = {
  { LEYDEN_PARAMETER_TEXT, "\"abc\"", "d", "\"abcd\"", "\"other\"" },
  { LEYDEN_PARAMETER_MULTILINE, "\"one\\ntwo\"", "!", "\"one\\ntwo!\"", "\"\"" },
  { LEYDEN_PARAMETER_TEMPLATE, "\"{{ a }}\"", " x", "\"{{ a }} x\"", "\"{{ b }}\"" },
  { LEYDEN_PARAMETER_EXPRESSION, "\"a > 1\"", "0", "\"a > 10\"", "\"a\"" },
  { LEYDEN_PARAMETER_REGEX, "\"a+\"", "b", "\"a+b\"", "\"c\"" },
  { LEYDEN_PARAMETER_JSON_PATH, "\"$.a\"", "b", "\"$.ab\"", "\"$\"" },
  { LEYDEN_PARAMETER_SECRET, "{\"secret\": \"openai\"}", "2", "{\"secret\": \"openai2\"}", "null" },
  { LEYDEN_PARAMETER_JSON, "12", "3", "123", "[1, {\"a\": null}]" },
  { LEYDEN_PARAMETER_SCHEMA, "7", "0", "70", "{\"type\": \"object\"}" },
};

/* Shows, is edited once a keystroke, and says nothing when somebody else changes the value. */
static void
test_texts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      LeydenParameter parameter = parameter_of (texts[i].kind);
      Fixture fixture = { 0 };
      GtkWidget *text;

      fixture_build (&fixture, &parameter);
      text = test_find (fixture.editor, GTK_TYPE_TEXT_VIEW, 0);
      if (text == NULL)
        text = test_find (fixture.editor, GTK_TYPE_ENTRY, 0);
      fixture_set (&fixture, texts[i].value);
      g_assert_cmpuint (fixture.n_edited, ==, 0);
      test_type (text, texts[i].typed);
      g_assert_cmpuint (fixture.n_edited, ==, 1);
      test_assert_value (fixture.edited, texts[i].result);
      fixture_set (&fixture, texts[i].other);
      fixture_set (&fixture, texts[i].other);
      fixture_set (&fixture, texts[i].value);
      g_assert_cmpuint (fixture.n_edited, ==, 1);
      test_type (text, texts[i].typed);
      g_assert_cmpuint (fixture.n_edited, ==, 2);
      test_assert_value (fixture.edited, texts[i].result);
      fixture_clear (&fixture);
      leyden_value_unref (parameter.fallback);
    }
}

/* The cursor keeps its place in what did not change. */
static void
test_cursor (void)
{
  LeydenParameter line = parameter_of (LEYDEN_PARAMETER_TEXT), lines = parameter_of (LEYDEN_PARAMETER_MULTILINE);
  Fixture fixture = { 0 };
  GtkTextBuffer *buffer;
  GtkTextIter iter;
  GtkWidget *entry;

  fixture_build (&fixture, &line);
  entry = test_find (fixture.editor, GTK_TYPE_ENTRY, 0);
  fixture_set (&fixture, "\"one two three\"");
  gtk_editable_set_position (GTK_EDITABLE (entry), 3);
  fixture_set (&fixture, "\"one two trees\"");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "one two trees");
  g_assert_cmpint (gtk_editable_get_position (GTK_EDITABLE (entry)), ==, 3);
  fixture_set (&fixture, "\"one two trees\"");
  g_assert_cmpint (gtk_editable_get_position (GTK_EDITABLE (entry)), ==, 3);
  fixture_clear (&fixture);

  fixture = (Fixture) { 0 };
  fixture_build (&fixture, &lines);
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (test_find (fixture.editor, GTK_TYPE_TEXT_VIEW, 0)));
  fixture_set (&fixture, "\"äöü\\nßæø\\nend\"");
  gtk_text_buffer_get_iter_at_offset (buffer, &iter, 9);
  gtk_text_buffer_place_cursor (buffer, &iter);
  fixture_set (&fixture, "\"äöü and more\\nßæø\\nend\"");
  gtk_text_buffer_get_iter_at_mark (buffer, &iter, gtk_text_buffer_get_insert (buffer));
  g_assert_cmpint (gtk_text_iter_get_offset (&iter), ==, 9 + 9);
  fixture_clear (&fixture);
  leyden_value_unref (line.fallback);
  leyden_value_unref (lines.fallback);
}

static void
test_half_json (void)
{
  LeydenParameter parameter = parameter_of (LEYDEN_PARAMETER_JSON);
  Fixture fixture = { 0 };
  GtkWidget *view;

  fixture_build (&fixture, &parameter);
  view = test_find (fixture.editor, GTK_TYPE_TEXT_VIEW, 0);
  fixture_set (&fixture, "null");
  test_type (view, "[1,");
  g_assert_nonnull (fixture.invalid);
  g_assert_cmpuint (fixture.n_edited, ==, 0);
  test_type (view, " 2]");
  g_assert_null (fixture.invalid);
  g_assert_cmpuint (fixture.n_edited, ==, 1);
  test_assert_value (fixture.edited, "[1, 2]");
  fixture_clear (&fixture);
  leyden_value_unref (parameter.fallback);
}

static void
test_too_long (void)
{
  static const LeydenParameterKind kinds[] = { LEYDEN_PARAMETER_TEXT, LEYDEN_PARAMETER_MULTILINE };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      LeydenParameter parameter = parameter_of (kinds[i]);
      g_autofree char *text = g_strnfill (1024 * 1024, 'x');
      g_autoptr(LeydenValue) value = leyden_value_new_string (text, -1);
      Fixture fixture = { 0 };

      fixture_build (&fixture, &parameter);
      leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (fixture.editor), value);
      test_settle ();
      g_assert_nonnull (fixture.invalid);
      g_assert_cmpuint (fixture.n_edited, ==, 0);
      fixture_set (&fixture, "\"short\"");
      g_assert_null (fixture.invalid);
      fixture_clear (&fixture);
      leyden_value_unref (parameter.fallback);
    }
}

static void
test_numbers (void)
{
  LeydenParameter number = parameter_of (LEYDEN_PARAMETER_NUMBER), integer = parameter_of (LEYDEN_PARAMETER_INTEGER);
  Fixture fixture = { 0 };
  GtkWidget *spin;

  number.maximum = 2;
  number.minimum = 0;
  number.step = 0.1;
  fixture_build (&fixture, &number);
  spin = test_find (fixture.editor, GTK_TYPE_SPIN_BUTTON, 0);
  fixture_set (&fixture, "0.123456");
  /* What happens when the focus goes through it. */
  gtk_spin_button_update (GTK_SPIN_BUTTON (spin));
  g_assert_cmpuint (fixture.n_edited, ==, 0);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), 1.5);
  g_assert_cmpuint (fixture.n_edited, ==, 1);
  test_assert_value (fixture.edited, "1.5");
  fixture_set (&fixture, "1");
  g_assert_cmpuint (fixture.n_edited, ==, 1);
  fixture_clear (&fixture);

  fixture = (Fixture) { 0 };
  fixture_build (&fixture, &integer);
  spin = test_find (fixture.editor, GTK_TYPE_SPIN_BUTTON, 0);
  fixture_set (&fixture, "3");
  gtk_spin_button_spin (GTK_SPIN_BUTTON (spin), GTK_SPIN_STEP_FORWARD, 1);
  test_assert_value (fixture.edited, "4");
  g_assert_cmpuint (fixture.n_edited, ==, 1);
  fixture_clear (&fixture);
  leyden_value_unref (number.fallback);
  leyden_value_unref (integer.fallback);
}

static void
test_optional_number (void)
{
  LeydenParameter parameter = parameter_of (LEYDEN_PARAMETER_NUMBER);
  Fixture fixture = { 0 };
  GtkWidget *entry;

  leyden_value_unref (parameter.fallback);
  parameter.fallback = leyden_value_new_null ();
  fixture_build (&fixture, &parameter);
  entry = test_find (fixture.editor, GTK_TYPE_ENTRY, 0);
  fixture_set (&fixture, "null");
  test_type (entry, "4");
  test_type (entry, "2");
  test_assert_value (fixture.edited, "42");
  g_assert_cmpuint (fixture.n_edited, ==, 2);
  test_type (entry, "x");
  g_assert_nonnull (fixture.invalid);
  g_assert_cmpuint (fixture.n_edited, ==, 2);
  gtk_editable_delete_text (GTK_EDITABLE (entry), 0, -1);
  g_assert_null (fixture.invalid);
  test_assert_value (fixture.edited, "null");
  fixture_clear (&fixture);
  leyden_value_unref (parameter.fallback);
}

static void
test_choices (void)
{
  LeydenParameter boolean = parameter_of (LEYDEN_PARAMETER_BOOLEAN), choice = parameter_of (LEYDEN_PARAMETER_ENUM);
  Fixture fixture = { 0 };
  GtkWidget *widget;

  fixture_build (&fixture, &boolean);
  widget = test_find (fixture.editor, GTK_TYPE_SWITCH, 0);
  fixture_set (&fixture, "true");
  g_assert_true (gtk_switch_get_active (GTK_SWITCH (widget)));
  g_assert_cmpuint (fixture.n_edited, ==, 0);
  gtk_switch_set_active (GTK_SWITCH (widget), FALSE);
  g_assert_cmpuint (fixture.n_edited, ==, 1);
  test_assert_value (fixture.edited, "false");
  fixture_clear (&fixture);

  fixture = (Fixture) { 0 };
  fixture_build (&fixture, &choice);
  widget = test_find (fixture.editor, GTK_TYPE_DROP_DOWN, 0);
  fixture_set (&fixture, "\"two\"");
  g_assert_cmpuint (gtk_drop_down_get_selected (GTK_DROP_DOWN (widget)), ==, 1);
  fixture_set (&fixture, "\"of a newer version\"");
  g_assert_cmpuint (gtk_drop_down_get_selected (GTK_DROP_DOWN (widget)), ==, GTK_INVALID_LIST_POSITION);
  g_assert_cmpuint (fixture.n_edited, ==, 0);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (widget), 0);
  g_assert_cmpuint (fixture.n_edited, ==, 1);
  test_assert_value (fixture.edited, "\"one\"");
  fixture_clear (&fixture);
  leyden_value_unref (boolean.fallback);
  leyden_value_unref (choice.fallback);
}

static void
test_fields (void)
{
  LeydenParameter parameter = parameter_of (LEYDEN_PARAMETER_FIELDS);
  Fixture fixture = { 0 };
  GtkWidget *entry;

  fixture_build (&fixture, &parameter);
  leyden_fields_editor_set_roles (LEYDEN_FIELDS_EDITOR (fixture.editor), TRUE);
  fixture_set (&fixture, "[{\"name\": \"question\", \"type\": \"text\", \"title\": \"Question\", \"required\": true},"
                         " {\"name\": \"x\", \"type\": \"of-tomorrow\", \"role\": \"of-tomorrow\", \"more\": 1}]");
  g_assert_cmpuint (fixture.n_edited, ==, 0);
  entry = test_find (fixture.editor, GTK_TYPE_ENTRY, 0);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "question");
  test_type (entry, "s");
  g_assert_cmpuint (fixture.n_edited, ==, 1);
  test_assert_value (fixture.edited, "[{\"name\": \"questions\", \"type\": \"text\", \"title\": \"Question\", \"required\": true},"
                                     " {\"name\": \"x\", \"type\": \"of-tomorrow\", \"role\": \"of-tomorrow\", \"more\": 1}]");

  /* Another value of the same length: the same widgets. */
  fixture_set (&fixture, "[{\"name\": \"a\", \"type\": \"number\"}, {\"name\": \"b\", \"type\": \"any\", \"role\": \"id\"}]");
  g_assert_true (test_find (fixture.editor, GTK_TYPE_ENTRY, 0) == entry);
  g_assert_cmpuint (fixture.n_edited, ==, 1);

  g_signal_emit_by_name (test_find_button (fixture.editor, "Add a Field"), "clicked");
  test_assert_value (fixture.edited, "[{\"name\": \"a\", \"type\": \"number\"}, {\"name\": \"b\", \"type\": \"any\", \"role\": \"id\"},"
                                     " {\"name\": \"value\", \"type\": \"any\"}]");
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (fixture.editor, GTK_TYPE_DROP_DOWN, 1)), 1);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (fixture.editor, GTK_TYPE_CHECK_BUTTON, 2)), TRUE);
  test_assert_value (fixture.edited,
                     "[{\"name\": \"a\", \"type\": \"number\", \"role\": \"expected\"}, {\"name\": \"b\", \"type\": \"any\", \"role\": \"id\"},"
                     " {\"name\": \"value\", \"type\": \"any\", \"required\": true}]");

  /* A name twice, or none, is no value yet. */
  fixture.n_edited = 0;
  gtk_editable_delete_text (GTK_EDITABLE (entry), 0, -1);
  g_assert_nonnull (fixture.invalid);
  test_type (entry, "b");
  g_assert_nonnull (fixture.invalid);
  g_assert_cmpuint (fixture.n_edited, ==, 0);
  test_type (entry, "b");
  g_assert_null (fixture.invalid);
  g_assert_cmpuint (fixture.n_edited, ==, 1);

  g_signal_emit_by_name (gtk_widget_get_next_sibling (gtk_widget_get_parent (gtk_widget_get_parent (entry))), "clicked");
  test_assert_value (fixture.edited, "[{\"name\": \"b\", \"type\": \"any\", \"role\": \"id\"}, {\"name\": \"value\", \"type\": \"any\", \"required\": true}]");
  test_assert_reachable (fixture.editor);
  fixture_clear (&fixture);
  leyden_value_unref (parameter.fallback);
}

static void
test_examples (void)
{
  LeydenParameter parameter = parameter_of (LEYDEN_PARAMETER_EXAMPLES);
  Fixture fixture = { 0 };

  fixture_build (&fixture, &parameter);
  fixture_set (&fixture, "[]");
  g_signal_emit_by_name (test_find_button (fixture.editor, "Add an Example"), "clicked");
  test_assert_value (fixture.edited, "[{\"input\": \"\", \"output\": \"\"}]");
  test_type (test_find (fixture.editor, GTK_TYPE_TEXT_VIEW, 0), "2+2");
  test_type (test_find (fixture.editor, GTK_TYPE_TEXT_VIEW, 1), "4");
  test_assert_value (fixture.edited, "[{\"input\": \"2+2\", \"output\": \"4\"}]");
  g_assert_cmpuint (fixture.n_edited, ==, 3);
  fixture_set (&fixture, "[{\"input\": \"2+3\", \"output\": \"5\", \"why\": true}]");
  test_type (test_find (fixture.editor, GTK_TYPE_TEXT_VIEW, 1), "!");
  test_assert_value (fixture.edited, "[{\"input\": \"2+3\", \"output\": \"5!\", \"why\": true}]");
  g_signal_emit_by_name (test_find (fixture.editor, GTK_TYPE_BUTTON, 0), "clicked");
  test_assert_value (fixture.edited, "[]");
  fixture_clear (&fixture);
  leyden_value_unref (parameter.fallback);
}

static void
test_weights (void)
{
  LeydenParameter parameter = parameter_of (LEYDEN_PARAMETER_WEIGHTS);
  Fixture fixture = { 0 };
  GtkWidget *entry;

  fixture_build (&fixture, &parameter);
  fixture_set (&fixture, "{\"score\": 1}");
  g_signal_emit_by_name (test_find_button (fixture.editor, "Add a Part"), "clicked");
  test_assert_value (fixture.edited, "{\"score\": 1, \"score2\": 1}");
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (test_find (fixture.editor, GTK_TYPE_SPIN_BUTTON, 1)), 0.5);
  test_assert_value (fixture.edited, "{\"score\": 1, \"score2\": 0.5}");
  entry = test_find (fixture.editor, GTK_TYPE_ENTRY, 1);
  fixture.n_edited = 0;
  gtk_editable_delete_text (GTK_EDITABLE (entry), 5, 6);
  g_assert_nonnull (fixture.invalid);
  g_assert_cmpuint (fixture.n_edited, ==, 0);
  test_type (entry, "s");
  test_assert_value (fixture.edited, "{\"score\": 1, \"scores\": 0.5}");
  g_assert_null (fixture.invalid);
  fixture_clear (&fixture);
  leyden_value_unref (parameter.fallback);
}

static void
test_model (void)
{
  LeydenParameter parameter = parameter_of (LEYDEN_PARAMETER_MODEL);
  Fixture fixture = { 0 };
  GtkWidget *dropdown, *entry;

  fixture_build (&fixture, &parameter);
  dropdown = test_find (fixture.editor, GTK_TYPE_DROP_DOWN, 0);
  entry = test_find (fixture.editor, GTK_TYPE_ENTRY, 0);
  fixture_set (&fixture, "null");
  g_assert_cmpuint (gtk_drop_down_get_selected (GTK_DROP_DOWN (dropdown)), ==, 0);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (dropdown), 1);
  g_assert_cmpuint (fixture.n_edited, ==, 1);
  test_assert_value (fixture.edited, "{\"endpoint\": \"simulated\", \"model\": null}");
  test_type (entry, "m");
  test_assert_value (fixture.edited, "{\"endpoint\": \"simulated\", \"model\": \"m\"}");
  test_settle ();
  test_assert_reachable (fixture.editor);
  g_assert_cmpuint (fixture.n_edited, ==, 2);
  /* An endpoint that this computer does not have stays what it is. */
  fixture_set (&fixture, "{\"endpoint\": \"elsewhere\", \"model\": \"big\"}");
  g_assert_cmpuint (fixture.n_edited, ==, 2);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "big");
  test_type (entry, "ger");
  test_assert_value (fixture.edited, "{\"endpoint\": \"elsewhere\", \"model\": \"bigger\"}");
  gtk_drop_down_set_selected (GTK_DROP_DOWN (dropdown), 0);
  test_assert_value (fixture.edited, "null");
  fixture_clear (&fixture);
  leyden_value_unref (parameter.fallback);
}

static void
test_checks (void)
{
  static const struct
  {
    LeydenParameterKind kind;
    gboolean            required;
    const char         *value;
    gboolean            good;
  } cases[] = {
    { LEYDEN_PARAMETER_TEXT, TRUE, "\"\"", FALSE },          { LEYDEN_PARAMETER_TEXT, TRUE, "\"a\"", TRUE },
    { LEYDEN_PARAMETER_TEXT, FALSE, "\"\"", TRUE },          { LEYDEN_PARAMETER_NUMBER, FALSE, "\"a\"", FALSE },
    { LEYDEN_PARAMETER_NUMBER, FALSE, "3", FALSE },          { LEYDEN_PARAMETER_NUMBER, FALSE, "2", TRUE },
    { LEYDEN_PARAMETER_INTEGER, FALSE, "0.5", FALSE },       { LEYDEN_PARAMETER_INTEGER, FALSE, "1", TRUE },
    { LEYDEN_PARAMETER_REGEX, FALSE, "\"(\"", FALSE },       { LEYDEN_PARAMETER_REGEX, FALSE, "\"a|b\"", TRUE },
    { LEYDEN_PARAMETER_TEMPLATE, FALSE, "\"{{ a\"", FALSE }, { LEYDEN_PARAMETER_TEMPLATE, FALSE, "\"{{ a }}\"", TRUE },
    { LEYDEN_PARAMETER_JSON_PATH, FALSE, "\"a.b\"", FALSE }, { LEYDEN_PARAMETER_JSON_PATH, FALSE, "\"$.a\"", TRUE },
    { LEYDEN_PARAMETER_EXPRESSION, FALSE, "\"value &&\"", FALSE }, { LEYDEN_PARAMETER_EXPRESSION, FALSE, "\"value > 1\"", TRUE },
    { LEYDEN_PARAMETER_EXPRESSION, FALSE, "\"missing > 1\"", FALSE },
    { LEYDEN_PARAMETER_FIELDS, TRUE, "[]", FALSE },          { LEYDEN_PARAMETER_FIELDS, TRUE, "[{\"name\": \"a\"}, {\"name\": \"a\"}]", FALSE },
    { LEYDEN_PARAMETER_WEIGHTS, TRUE, "{\"a\": -1}", FALSE }, { LEYDEN_PARAMETER_WEIGHTS, TRUE, "{\"a\": 0}", FALSE },
    { LEYDEN_PARAMETER_WEIGHTS, TRUE, "{\"a\": 1}", TRUE },
  };
  static const char * const names[] = { "value", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenParameter parameter = parameter_of (cases[i].kind);
      g_autoptr(LeydenValue) value = test_value (cases[i].value);
      g_autofree char *message = NULL;

      parameter.required = cases[i].required;
      if (cases[i].kind == LEYDEN_PARAMETER_NUMBER || cases[i].kind == LEYDEN_PARAMETER_INTEGER)
        parameter.maximum = 2;
      message = leyden_value_editor_check (&parameter, value, names);
      g_test_message ("%s: %s", cases[i].value, message != NULL ? message : "good");
      g_assert_true ((message == NULL) == cases[i].good);
      leyden_value_unref (parameter.fallback);
    }
}

/* --- the inspector over a document --- */

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
  g_test_add_func ("/editors/texts", test_texts);
  g_test_add_func ("/editors/cursor", test_cursor);
  g_test_add_func ("/editors/half-json", test_half_json);
  g_test_add_func ("/editors/too-long", test_too_long);
  g_test_add_func ("/editors/numbers", test_numbers);
  g_test_add_func ("/editors/optional-number", test_optional_number);
  g_test_add_func ("/editors/choices", test_choices);
  g_test_add_func ("/editors/fields", test_fields);
  g_test_add_func ("/editors/examples", test_examples);
  g_test_add_func ("/editors/weights", test_weights);
  g_test_add_func ("/editors/model", test_model);
  g_test_add_func ("/editors/checks", test_checks);
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
  g_test_add_func ("/inspector/inside", test_inside);
  g_test_add_func ("/hostile/W30-W35", test_hostile_titles);
  return g_test_run ();
}
