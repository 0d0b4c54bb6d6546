/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-json.h"

static const char * const error_names[] = { "syntax", "unknown", "evaluation", "limit", "type" };

static LeydenExpressionType
type_of (const char *name)
{
  static const char * const names[] = { "any", "boolean", "number", "text", "json" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      return (LeydenExpressionType) i;
  g_assert_not_reached ();
}

static LeydenValue *
evaluate (const char           *text,
          const char           *row,
          LeydenExpressionType  type,
          GError              **error)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (row, -1, NULL, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  g_autoptr(LeydenExpression) expression = NULL;

  for (guint i = 0; i < leyden_value_get_size (value); i++)
    g_ptr_array_add (names, (gpointer) leyden_value_get_key (value, i));
  g_ptr_array_add (names, NULL);
  expression = leyden_expression_new (text, (const char * const *) names->pdata, type, error);
  return expression != NULL ? leyden_expression_evaluate (expression, value, 0, error) : NULL;
}

static void
run_case (LeydenValue *test)
{
  const char *text = leyden_value_get_member_string (test, "text", NULL);
  const char *wanted = leyden_value_get_member_string (test, "error", NULL);
  LeydenValue *row = leyden_value_get_member (test, "row");
  LeydenValue *extra = leyden_value_get_member (test, "names");
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  g_autoptr(LeydenExpression) expression = NULL;
  g_autoptr(LeydenValue) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *found = NULL;

  for (guint i = 0; i < leyden_value_get_size (row); i++)
    g_ptr_array_add (names, (gpointer) leyden_value_get_key (row, i));
  for (guint i = 0; i < leyden_value_get_size (extra); i++)
    g_ptr_array_add (names, (gpointer) leyden_value_get_string (leyden_value_get_item (extra, i), NULL));
  g_ptr_array_add (names, NULL);

  expression = leyden_expression_new (text, (const char * const *) names->pdata,
                                      type_of (leyden_value_get_member_string (test, "type", "any")), &error);
  if (expression != NULL)
    result = leyden_expression_evaluate (expression, row, 0, &error);
  if (leyden_value_get_member (test, "sql") != NULL)
    g_assert_cmpstr (leyden_expression_get_sql (expression), ==, leyden_value_get_member_string (test, "sql", NULL));
  g_assert_true ((result == NULL) == (error != NULL));
  if (error != NULL)
    {
      g_assert_true (error->domain == LEYDEN_EXPRESSION_ERROR);
      g_test_message ("%s: %s", text, error->message);
      if (g_strcmp0 (wanted, error_names[error->code]) != 0)
        g_error ("%s: %s error, not %s: %s", text, error_names[error->code], wanted, error->message);
      return;
    }
  found = leyden_json_write (result, LEYDEN_JSON_CANONICAL);
  if (wanted != NULL || !leyden_value_equal (result, leyden_value_get_member (test, "result")))
    g_error ("%s: gives %s", text, found);
}

static void
test_cases (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "base", "expression-cases.json", NULL);
  g_autofree char *contents = NULL;
  g_autoptr(LeydenValue) data = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *cases;

  g_assert_true (g_file_get_contents (path, &contents, NULL, &error));
  data = leyden_json_parse (contents, -1, NULL, &error);
  g_assert_no_error (error);
  cases = leyden_value_get_member (data, "cases");
  g_assert_cmpuint (leyden_value_get_size (cases), >, 100);
  for (guint i = 0; i < leyden_value_get_size (cases); i++)
    run_case (leyden_value_get_item (cases, i));
}

/* Each function of the list can be called, and each has what the inspector shows. */
static void
test_functions (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/expression-functions.json",
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(LeydenValue) data = leyden_json_parse_bytes (bytes, NULL, NULL);
  LeydenValue *functions = leyden_value_get_member (data, "functions");

  for (guint i = 0; i < leyden_value_get_size (functions); i++)
    {
      LeydenValue *function = leyden_value_get_item (functions, i);
      const char *name = leyden_value_get_member_string (function, "name", NULL);
      gint64 n = leyden_value_get_member_int (function, "min", -1);
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenExpression) expression = NULL;

      g_assert_cmpuint (strlen (leyden_value_get_member_string (function, "description", "")), >, 15);
      g_assert_cmpint (n, >=, 0);
      if (!g_ascii_isalpha (name[0]))
        continue;
      g_string_printf (text, "(SELECT %s%s(", g_str_equal (leyden_value_get_member_string (function, "kind", ""), "table") ? "1 FROM " : "", name);
      for (gint64 j = 0; j < n; j++)
        g_string_append (text, j > 0 ? ", 1" : "1");
      g_string_append (text, "))");
      expression = leyden_expression_new (text->str, NULL, LEYDEN_EXPRESSION_ANY, &error);
      g_assert_no_error (error);
    }
}

static void
test_hints (void)
{
  static const struct { const char *text; const char *part; } cases[] = {
    { "a && 1", "write AND" }, { "é = 1 === 2", "character 7: SQL has no “===”; write =" }, { "a !== 2", "write <>" },
    { "a = 1 || b = 2", "write OR" }, { "a.length", "length(a)" }, { "a.trim()", "no methods" },
    { "a.b", "a ->> '$.b'" }, { "a == null", "IS NULL" }, { "a <> null", "IS NOT NULL" }, { "a ? b : 1", "iif(a, b, c)" },
    { "!a", "NOT" }, { "a[0]", "a ->> '$[0]'" }, { "a = \"math\"", "'math'" }, { "c + 1", "inputs: a, b, é" },
    { "a ?? 1", "ifnull" }, { "a +", "still missing" }, { "random()", "“random” is not available" },
    { "(SELECT 1 FROM sqlite_schema)", "no other table" }, { "(SELECT 1, 2)", "one value" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) value = evaluate (cases[i].text, "{\"a\":1,\"b\":2,\"é\":3}", LEYDEN_EXPRESSION_ANY, &error);

      if (error == NULL || strstr (error->message, cases[i].part) == NULL)
        g_error ("%s: %s", cases[i].text, error != NULL ? error->message : "no error");
    }
}

static void
test_names (void)
{
  static const char * const names[] = { "b", "a", "unused", "c d", NULL };
  g_autoptr(LeydenExpression) expression = leyden_expression_new ("a + B + \"c d\" || 'unused'", names,
                                                                  LEYDEN_EXPRESSION_ANY, NULL);
  g_autofree char *joined = g_strjoinv (",", (char **) leyden_expression_get_names (expression));
  static const char * const twice[] = { "a", "A", NULL };
  g_autoptr(GError) error = NULL;

  g_assert_cmpstr (joined, ==, "a,b,c d");
  g_assert_null (leyden_expression_new ("a", twice, LEYDEN_EXPRESSION_ANY, &error));
  g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_UNKNOWN);
}

/* A condition over a table has columns, not inputs. */
static void
test_columns (void)
{
  static const char * const columns[] = { "tokens", "cost", NULL };
  static const struct { const char *text, *message; } cases[] = {
    { "tokns > 3", "there is no column “tokns”; a text stands in single quotes: 'tokns'. Columns: tokens, cost" },
    { "tokens IN (SELECT 1 FROM sqlite_schema)", "a condition reads the columns of its row, json_each and json_tree, and no other table" },
    { "tokens && cost", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_expression_new_for_table (cases[i].text, columns, LEYDEN_EXPRESSION_BOOLEAN, &error));
      if (cases[i].message != NULL)
        g_assert_cmpstr (error->message, ==, cases[i].message);
      g_assert_null (strstr (error->message, "input"));
    }
}

static void
test_limits (void)
{
  g_autofree char *large = g_strnfill ((1 << 20) + 1, 'x');
  g_autofree char *row = g_strdup_printf ("{\"a\":\"%s\",\"b\":1}", large);
  g_autoptr(GString) deep = g_string_new (NULL);
  g_autoptr(GString) chain = g_string_new ("1");
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) unused = evaluate ("b", row, LEYDEN_EXPRESSION_ANY, NULL);

  g_assert_nonnull (unused);
  g_assert_null (evaluate ("length(a) + b", row, LEYDEN_EXPRESSION_ANY, &error));
  g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT);
  g_clear_error (&error);
  for (guint i = 0; i < 30000; i++)
    g_string_append (deep, "(-");
  g_assert_null (evaluate (deep->str, "{}", LEYDEN_EXPRESSION_ANY, &error));
  g_clear_error (&error);
  for (guint i = 0; i < 200; i++)
    g_string_append (chain, " + 1");
  g_assert_null (evaluate (chain->str, "{}", LEYDEN_EXPRESSION_ANY, &error));
  g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT);
}

static gpointer
evaluate_thread (gpointer expression)
{
  g_autoptr(LeydenValue) row = leyden_json_parse ("{\"a\":20}", -1, NULL, NULL);

  for (guint i = 0; i < 500; i++)
    {
      g_autoptr(LeydenValue) value = leyden_expression_evaluate (expression, row, 0, NULL);
      gint64 integer = 0;

      g_assert_true (leyden_value_get_int (value, &integer));
      g_assert_cmpint (integer, ==, 41);
    }
  return NULL;
}

/* Made in one thread, used in others. */
static void
test_threads (void)
{
  static const char * const names[] = { "a", NULL };
  g_autoptr(LeydenExpression) expression = leyden_expression_new ("a * 2 + 1", names, LEYDEN_EXPRESSION_NUMBER, NULL);
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("evaluate", evaluate_thread, expression);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* More statements than the cache holds. */
static void
test_cache (void)
{
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < 600; i++)
      {
        g_autofree char *text = g_strdup_printf ("a + %u", i);
        g_autoptr(LeydenValue) value = evaluate (text, "{\"a\":1}", LEYDEN_EXPRESSION_NUMBER, NULL);
        gint64 integer = 0;

        g_assert_true (leyden_value_get_int (value, &integer));
        g_assert_cmpint (integer, ==, i + 1);
      }
}

/* The memory that a sort of long texts would need is bounded, too. */
static void
test_memory (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) row = g_string_new ("{\"items\":[0");
  g_autofree char *text = g_strnfill (500000, 'x');

  for (guint i = 0; i < 3000; i++)
    g_string_append_printf (row, ",%u", i);
  g_string_append_printf (row, "],\"a\":\"%s\"}", text);
  g_assert_null (evaluate ("(SELECT x FROM (SELECT a || value AS x FROM json_each(items) ORDER BY x DESC) LIMIT 1 OFFSET 2999)",
                           row->str, LEYDEN_EXPRESSION_TEXT, &error));
  g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/expression/cases", test_cases);
  g_test_add_func ("/expression/functions", test_functions);
  g_test_add_func ("/expression/hints", test_hints);
  g_test_add_func ("/expression/names", test_names);
  g_test_add_func ("/expression/columns", test_columns);
  g_test_add_func ("/expression/limits", test_limits);
  g_test_add_func ("/expression/threads", test_threads);
  g_test_add_func ("/expression/cache", test_cache);
  g_test_add_func ("/expression/memory", test_memory);
  return g_test_run ();
}
