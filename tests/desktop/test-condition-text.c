/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <string.h>

#include "leyden-catalog.h"
#include "leyden-condition-text.h"
#include "leyden-json.h"
#include "leyden-python-check.h"
#include "leyden-sql-complete.h"

/* What the editors of expressions know, without a display. */

#define FLOW                                                                                                                          \
  "{\"leyden\": 1, \"id\": \"x\", \"nodes\": ["                                                                                       \
  "{\"id\": \"start\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"order\", \"type\": \"object\"}]}},"            \
  "{\"id\": \"test\", \"type\": \"if\", \"parameters\": {\"inputs\": [{\"name\": \"order\", \"type\": \"object\"},"                   \
  " {\"name\": \"name\", \"type\": \"text\"}, {\"name\": \"select\", \"type\": \"number\"}, {\"name\": \"flag\", \"type\": \"boolean\"}]}}],"  \
  "\"edges\": [{\"id\": \"e1\", \"source\": \"start\", \"source_port\": \"order\", \"target\": \"test\", \"target_port\": \"order\"}]}"
#define STATE                                                                                                                         \
  "{\"nodes\": {\"start\": {\"outputs\": {\"order\": {\"total\": 12, \"items\": [1, 2], \"a key\": \"x\"}}}}}"

static LeydenEditorContext *
make_context (void)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (FLOW, strlen (FLOW));
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "test", NULL);
  g_autoptr(LeydenValue) state = leyden_json_parse (STATE, -1, NULL, NULL);

  return leyden_editor_context_new (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), "test", state);
}

static void
test_operands (void)
{
  static const struct
  {
    const char      *title;
    LeydenFieldKind  kind;
  } wanted[] = {
    { "order", LEYDEN_FIELD_OBJECT }, { "order.total", LEYDEN_FIELD_NUMBER }, { "order.items", LEYDEN_FIELD_OBJECT },
    { "Items in order.items", LEYDEN_FIELD_NUMBER }, { "order.\"a key\"", LEYDEN_FIELD_TEXT }, { "name", LEYDEN_FIELD_TEXT },
    { "Length of name", LEYDEN_FIELD_NUMBER }, { "select", LEYDEN_FIELD_NUMBER }, { "flag", LEYDEN_FIELD_BOOLEAN },
  };
  g_autoptr(LeydenEditorContext) context = make_context ();
  g_autoptr(GPtrArray) operands = leyden_condition_list_operands (context);

  g_assert_cmpuint (operands->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < operands->len; i++)
    {
      g_autofree char *title = leyden_condition_operand_title (g_ptr_array_index (operands, i));

      g_assert_cmpstr (title, ==, wanted[i].title);
      g_assert_cmpint (leyden_condition_guess_kind (context, g_ptr_array_index (operands, i)), ==, wanted[i].kind);
    }
}

/* Every operator has a name, is offered for some kind, and is kept where it is in use. */
static void
test_operators (void)
{
  for (LeydenConditionOperator op = 0; op < LEYDEN_CONDITION_N_OPERATORS; op++)
    {
      gboolean offered = FALSE;

      for (LeydenFieldKind kind = 0; kind <= LEYDEN_FIELD_OBJECT; kind++)
        {
          g_autoptr(GArray) list = leyden_condition_list_operators (kind, op);
          g_autoptr(GArray) other = leyden_condition_list_operators (kind, LEYDEN_CONDITION_NULL);
          gboolean there = FALSE;

          for (guint i = 0; i < list->len; i++)
            there = there || g_array_index (list, LeydenConditionOperator, i) == op;
          g_assert_true (there);
          offered = offered || list->len == other->len;
          g_assert_nonnull (leyden_condition_operator_title (op, kind));
        }
      g_assert_true (offered);
    }
}

static void
test_values (void)
{
  static const struct
  {
    const char              *typed;
    LeydenFieldKind          kind;
    LeydenConditionOperator  op;
    const char              *json;      /* NULL: no value */
    const char              *shown;     /* NULL: as typed */
  } cases[] = {
    { "12", LEYDEN_FIELD_NUMBER, LEYDEN_CONDITION_EQUAL, "12", NULL },
    { " -1.5 ", LEYDEN_FIELD_NUMBER, LEYDEN_CONDITION_EQUAL, "-1.5", "-1.5" },
    { "", LEYDEN_FIELD_NUMBER, LEYDEN_CONDITION_EQUAL, NULL, NULL },
    { "1 2", LEYDEN_FIELD_NUMBER, LEYDEN_CONDITION_EQUAL, NULL, NULL },
    { "\"a\"", LEYDEN_FIELD_NUMBER, LEYDEN_CONDITION_EQUAL, "\"a\"", "a" },
    { "12", LEYDEN_FIELD_TEXT, LEYDEN_CONDITION_EQUAL, "\"12\"", NULL },
    { "12", LEYDEN_FIELD_ANY, LEYDEN_CONDITION_EQUAL, "12", NULL },
    { "\"12\"", LEYDEN_FIELD_ANY, LEYDEN_CONDITION_EQUAL, "\"12\"", NULL },
    { "a, b", LEYDEN_FIELD_ANY, LEYDEN_CONDITION_EQUAL, "\"a, b\"", NULL },
    { "\"say \"\"hi\"\"\"", LEYDEN_FIELD_TEXT, LEYDEN_CONDITION_EQUAL, "\"say \\\"hi\\\"\"", "say \"hi\"" },
    { "\"open", LEYDEN_FIELD_TEXT, LEYDEN_CONDITION_EQUAL, NULL, NULL },
    { "\"a\" b", LEYDEN_FIELD_TEXT, LEYDEN_CONDITION_EQUAL, NULL, NULL },
    { "\" a\"", LEYDEN_FIELD_TEXT, LEYDEN_CONDITION_EQUAL, "\" a\"", NULL },
    { "", LEYDEN_FIELD_TEXT, LEYDEN_CONDITION_EQUAL, "\"\"", NULL },
    { "a, \"b, c\", 3", LEYDEN_FIELD_ANY, LEYDEN_CONDITION_ONE_OF, "[\"a\", \"b, c\", 3]", NULL },
    { "1,2", LEYDEN_FIELD_NUMBER, LEYDEN_CONDITION_ONE_OF, "[1, 2]", "1, 2" },
    { "1,", LEYDEN_FIELD_NUMBER, LEYDEN_CONDITION_ONE_OF, NULL, NULL },
    { "12", LEYDEN_FIELD_ANY, LEYDEN_CONDITION_CONTAINS, "\"12\"", NULL },
    { "\"x", LEYDEN_FIELD_ANY, LEYDEN_CONDITION_CONTAINS, "\"\\\"x\"", NULL },
    { "", LEYDEN_FIELD_ANY, LEYDEN_CONDITION_CONTAINS, NULL, NULL },
    { "(", LEYDEN_FIELD_TEXT, LEYDEN_CONDITION_MATCHES, NULL, NULL },
    { "^a+", LEYDEN_FIELD_TEXT, LEYDEN_CONDITION_MATCHES, "\"^a+\"", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *problem = NULL;
      g_autoptr(LeydenValue) value = leyden_condition_read_value (cases[i].typed, cases[i].kind, cases[i].op, &problem);
      g_autoptr(LeydenValue) wanted = cases[i].json != NULL ? leyden_json_parse (cases[i].json, -1, NULL, NULL) : NULL;
      g_autofree char *shown = value != NULL ? leyden_condition_show_value (value, cases[i].kind, cases[i].op) : NULL;

      g_test_message ("%u: %s", i, cases[i].typed);
      g_assert_true ((value == NULL) == (cases[i].json == NULL));
      g_assert_true ((value == NULL) == (problem != NULL));
      g_assert_true (value == NULL || leyden_value_equal (value, wanted));
      if (value != NULL)
        g_assert_cmpstr (shown, ==, cases[i].shown != NULL ? cases[i].shown : cases[i].typed);
    }
}

static void
assert_completed (LeydenEditorContext *context,
                  const char          *text,
                  gboolean             asked,
                  const char          *label,
                  const char          *wanted)
{
  const char *bar = strchr (text, '|');
  g_autofree char *before = g_strndup (text, (gsize) (bar - text));
  g_autofree char *whole = g_strconcat (before, bar + 1, NULL);
  guint start = 0;
  g_autoptr(GPtrArray) proposals =
    leyden_sql_complete (whole, (guint) g_utf8_pointer_to_offset (text, bar), asked, context, &start);

  g_test_message ("%s", text);
  if (label == NULL)
    {
      g_assert_null (proposals);
      return;
    }
  g_assert_nonnull (proposals);
  for (guint i = 0; i < proposals->len; i++)
    {
      const LeydenProposal *proposal = g_ptr_array_index (proposals, i);
      g_autofree char *kept = g_utf8_substring (whole, 0, start);
      g_autofree char *result = g_strconcat (kept, proposal->insert, bar + 1, NULL);

      if (!g_str_equal (proposal->label, label))
        continue;
      g_assert_cmpstr (result, ==, wanted);
      return;
    }
  g_test_fail ();
}

static void
test_complete (void)
{
  g_autoptr(LeydenEditorContext) context = make_context ();

  assert_completed (context, "na| = 1", FALSE, "name", "name = 1");
  assert_completed (context, "1 + SEL|", FALSE, "select", "1 + \"select\"");
  assert_completed (context, "leng|", FALSE, "length", "length(");
  assert_completed (context, "|", TRUE, "order", "\"order\"");
  assert_completed (context, "order ->> '$.|", FALSE, "total", "order ->> '$.total'");
  assert_completed (context, "order->>'$.it|", FALSE, "items", "order->>'$.items'");
  assert_completed (context, "n|", FALSE, NULL, NULL);
  assert_completed (context, "12|", FALSE, NULL, NULL);
  assert_completed (context, "name|", FALSE, NULL, NULL);
  assert_completed (context, "zzz|", TRUE, NULL, NULL);
  assert_completed (NULL, "na|", TRUE, NULL, NULL);
}

/* --- Python, as far as can be known without it --- */

static void
test_python (void)
{
  static const struct
  {
    const char *script;
    guint       line;           /* 0: nothing is wrong */
  } cases[] = {
    { "", 0 }, { "\n\n# only a comment", 0 }, { "result = inputs[\"value\"]\n", 0 },
    { "if a:\n    b = 1\nelse:\n    b = 2\nresult = b\n", 0 },
    { "if a: b = 1\nresult = b", 0 }, { "x: int = 3", 0 }, { "f = lambda x: x\ng = {'a': 1,\n  'b': 2}\n", 0 },
    { "def f(a,\n   b):\n\treturn (a +\n  b)\n", 0 }, { "a = 1 + \\\n  2\n", 0 }, { "t = '''if (:\n  x'''\n", 0 },
    { "t = 'it\\'s' + \"a#b\" # it's (\n", 0 }, { "if a:\n  # why\n\n    b = 1\n", 0 },
    { "class A:\n    def f(self):\n        pass\n    x = 1\ny = 2\n", 0 },
    { "a = (1,\nb = 2\n", 1 }, { "a = 1)\n", 1 }, { "a = [1)\n", 1 }, { "a = 1\nb = 'open\nc = 2\n", 2 },
    { "a = \"\"\"open\n\n", 1 }, { "a = 1\n  b = 2\n", 2 }, { "  a = 1\n", 1 }, { "if a:\nb = 1\n", 2 }, { "if a:\n", 1 },
    { "if a:\n        b = 1\n    c = 2\n", 3 }, { "if a:\n        b = 1\n\tc = 2\n", 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint line = 99;
      g_autofree char *problem = leyden_python_check (cases[i].script, &line);

      if ((problem == NULL) != (cases[i].line == 0) || line != cases[i].line)
        g_error ("case %u: line %u, %s", i, line, problem);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/condition-text/operands", test_operands);
  g_test_add_func ("/condition-text/operators", test_operators);
  g_test_add_func ("/condition-text/values", test_values);
  g_test_add_func ("/condition-text/complete", test_complete);
  g_test_add_func ("/python/check", test_python);
  return g_test_run ();
}
