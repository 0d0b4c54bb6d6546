/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <sqlite3.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-json.h"

static void
test_match (void)
{
  static const struct { const char *pattern; const char *subject; const char *expected; } cases[] = {
    { "a(b)?c", "xac", "[\"ac\",null]" },
    { "(?P<n>\\d+)\\.(?P<f>\\d+)", "pi 3.14", "[\"3.14\",\"3\",\"14\"]" },
    { "(?P<q>['\"]).*?(?P=q)", "say 'it' now", "[\"'it'\",\"'\"]" },
    { "(a|b)\\1", "abb", "[\"bb\",\"b\"]" },
    { "^x$", "x\n", "[\"x\"]" },
    { "(?m)^b$", "a\nb\nc", "[\"b\"]" },
    { "(?s)a.b", "a\nb", "[\"a\\nb\"]" },
    { "a.b", "a\rb", "[\"a\\rb\"]" },
    { "(?i)ÄB", "äb", "[\"äb\"]" },
    { "(?i:a)B", "AB", "[\"AB\"]" },
    { "\\w+", "größe!", "[\"größe\"]" },
    { "(?<=\\$)\\d{2,3}", "$1234", "[\"123\"]" },
    { "(?<!a)b(?=c)(?!cd)", "abc bcd bce", "[\"b\"]" },
    { "[]x-]+", "a]x-b", "[\"]x-\"]" },
    { "[^\\s\\]]+", "  ab]", "[\"ab\"]" },
    { "{\"a\": (\\d)}", "{\"a\": 5}", "[\"{\\\"a\\\": 5}\",\"5\"]" },
    { "\\x41\\n", "A\n", "[\"A\\n\"]" },
    { "", "x", "[\"\"]" },
    { "a||b", "b", "[\"\"]" },
    { "\\bcat\\b", "a cat!", "[\"cat\"]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) groups = leyden_regex_match (cases[i].pattern, cases[i].subject, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      if (groups == NULL)
        g_error ("%s does not match", cases[i].pattern);
      text = leyden_json_write (groups, LEYDEN_JSON_COMPACT);
      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_no_match (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_regex_match ("^b", "ab", &error));
  g_assert_no_error (error);
  g_assert_null (leyden_regex_match ("a.b", "a\nb", &error));
  g_assert_no_error (error);
}

static void
test_refused (void)
{
  static const struct { const char *pattern; guint character; } cases[] = {
    { "(", 1 }, { "a)", 2 }, { "[a", 1 }, { "*a", 1 }, { "a**", 3 }, { "a++", 2 }, { "ab?+", 3 }, { "a{2}+", 2 }, { "a{2}{3}", 5 },
    { "(?>a)", 1 }, { "a\\Kb", 2 }, { "\\Qa\\E", 1 }, { "(?R)", 1 }, { "(?1)", 1 }, { "(?&n)", 1 }, { "(?P>n)", 1 },
    { "(*FAIL)", 1 }, { "(*UTF8)a", 1 }, { "é(?<n>a)", 2 }, { "(?'n'a)", 1 }, { "[[:alpha:]]", 2 }, { "\\h", 1 }, { "\\R", 1 },
    { "\\X", 1 }, { "\\v", 1 }, { "\\z", 1 }, { "\\Z", 1 }, { "\\G", 1 }, { "\\B", 1 }, { "\\pL", 1 }, { "\\p{L}", 1 }, { "\\N", 1 }, { "\\C", 1 },
    { "\\u0041", 1 }, { "\\cA", 1 }, { "\\e", 1 }, { "\\0", 1 }, { "\\07", 1 }, { "\\8", 1 }, { "\\1(a)", 1 }, { "(a\\1)", 3 },
    { "\\g1", 1 }, { "\\k<n>", 1 }, { "(?(1)a|b)", 1 }, { "(?#c)", 1 }, { "(?|a|b)", 1 }, { "(?x)a b", 1 }, { "(?a)b", 1 },
    { "a(?i)b", 2 }, { "(?-i)a", 1 }, { "(?C1)", 1 }, { "(?P<1a>x)", 5 }, { "(?P<a>x)(?P<a>y)", 9 }, { "(?P=a)", 1 },
    { "a{,3}", 2 }, { "a{3,2}", 2 }, { "a{1001}", 2 }, { "[z-a]", 2 }, { "[\\d-z]", 2 }, { "\\x4", 1 }, { "\\x{41}", 1 },
    { "(?<=a+)b", 1 }, { "(?<=a|bc)d", 1 }, { "(?=a)*", 6 }, { "^*", 2 }, { "\\b+", 3 }, { "a\\", 2 }, { "(?", 1 }, { "(?:", 1 },
    { "[a\\", 3 }, { "[a-\\Q]", 4 }, { "(?)", 1 }, { "(?ii)a", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *place = g_strdup_printf ("character %u:", cases[i].character);

      if (leyden_regex_check (cases[i].pattern, &error))
        g_error ("%s is accepted", cases[i].pattern);
      g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX);
      if (strstr (error->message, place) == NULL)
        g_error ("%s: %s", cases[i].pattern, error->message);
    }
}

static void
test_runaway (void)
{
  static const char subject[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_regex_check ("(a+)+$", NULL));
  g_assert_null (leyden_regex_match ("(a+)+$", subject, &error));
  g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "too long"));
}

static void
test_large (void)
{
  g_autofree char *subject = g_strnfill (1 << 20, 'a');
  g_autoptr(GString) nested = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) match = leyden_regex_match ("[\\s\\S]*", subject, &error);
  gsize length;

  g_assert_no_error (error);
  leyden_value_get_string (leyden_value_get_item (match, 0), &length);
  g_assert_cmpuint (length, ==, 1 << 20);
  for (guint i = 0; i < 51; i++)
    g_string_append (nested, "(");
  g_assert_false (leyden_regex_check (nested->str, NULL));
  g_assert_false (leyden_regex_check ("(((a{1000}){1000}){1000}){1000}", NULL));
}

static const char * const documents[] = {
  "{\"a\":1,\"b\":[10,[20,21],{\"c\":\"x\"}],\"d e\":{\"f\":null},\"g.h\":true,\"\":5}", "[1,2,3]", "[]", "\"text\"", "null",
};

static const char * const paths[] = {
  "$", "$.a", "$.b[0]", "$.b[1][1]", "$.b[2].c", "$.b[#-1].c", "$.b[#-3]", "$.b[#-4]", "$.b[#]", "$.\"d e\".f", "$.\"g.h\"",
  "$.g.h", "$[0]", "$[#-1]", "$[2]", "$[3]", "$.x", "$.a.b", "$.a[0]", "$.d e", "$[00]", "$.b[01]", "a", "", "$a", "$.", "$..a",
  "$[", "$[a]", "$[-1]", "$[#-]", "$.b[#-x]", "$.\"a", "$.\"\"", "$[#]", "$.b[0", "$ .a", "$[1].x",
};

/* SQLite is the oracle: the same value; where it fails we fail. Where it stops before the mistake we may be stricter. */
static void
test_path_like_sqlite (void)
{
  sqlite3 *db;
  sqlite3_stmt *statement;

  g_assert_cmpint (sqlite3_open (":memory:", &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, "SELECT json_quote(json_extract(?1, ?2)), json_type(?1, ?2)", -1, &statement, NULL), ==, SQLITE_OK);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    for (guint j = 0; j < G_N_ELEMENTS (paths); j++)
      {
        g_autoptr(LeydenValue) value = leyden_json_parse (documents[i], -1, NULL, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(LeydenValue) found = leyden_json_path_extract (value, paths[j], &error);
        g_autoptr(LeydenValue) expected = NULL;
        int result;

        sqlite3_bind_text (statement, 1, documents[i], -1, SQLITE_STATIC);
        sqlite3_bind_text (statement, 2, paths[j], -1, SQLITE_STATIC);
        result = sqlite3_step (statement);
        g_test_message ("%s %s", documents[i], paths[j]);
        if (result != SQLITE_ROW)
          {
            g_assert_null (found);
            g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX);
          }
        else if (sqlite3_column_type (statement, 1) == SQLITE_NULL)
          {
            g_assert_null (found);
          }
        else
          {
            g_assert_no_error (error);
            g_assert_nonnull (found);
            expected = leyden_json_parse ((const char *) sqlite3_column_text (statement, 0), -1, NULL, NULL);
            if (leyden_value_get_kind (found) == LEYDEN_VALUE_BOOLEAN)
              g_assert_cmpint (leyden_value_get_boolean (found), ==, sqlite3_column_int (statement, 0));
            else
              g_assert_true (leyden_value_equal (found, expected));
          }
        sqlite3_reset (statement);
      }
  sqlite3_finalize (statement);
  sqlite3_close (db);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/regex/match", test_match);
  g_test_add_func ("/regex/no-match", test_no_match);
  g_test_add_func ("/regex/refused", test_refused);
  g_test_add_func ("/regex/large", test_large);
  g_test_add_func ("/hostile/W40", test_runaway);
  g_test_add_func ("/json-path/like-sqlite", test_path_like_sqlite);
  return g_test_run ();
}
