/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <math.h>

#include "desktop-helpers.h"
#include "leyden-fields-editor.h"

/* The editors of parameters, one by one. */

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
  /* As it is typed; what is beyond the range stays, and the row says so. */
  gtk_editable_set_text (GTK_EDITABLE (spin), "12");
  test_assert_value (fixture.edited, "12");
  gtk_editable_set_text (GTK_EDITABLE (spin), "1");
  test_assert_value (fixture.edited, "1");
  gtk_editable_set_text (GTK_EDITABLE (spin), "-");
  g_assert_nonnull (fixture.invalid);
  test_assert_value (fixture.edited, "1");
  gtk_editable_set_text (GTK_EDITABLE (spin), "25");
  g_assert_null (fixture.invalid);
  gtk_spin_button_update (GTK_SPIN_BUTTON (spin));
  test_assert_value (fixture.edited, "25");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (spin)), ==, "25.00");
  /* The buttons stop at its ends. */
  fixture_set (&fixture, "1.95");
  gtk_spin_button_spin (GTK_SPIN_BUTTON (spin), GTK_SPIN_STEP_FORWARD, 0.1);
  test_assert_value (fixture.edited, "2");
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
  return g_test_run ();
}
