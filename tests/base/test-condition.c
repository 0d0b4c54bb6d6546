/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-base"

#include "leyden-condition.h"
#include "leyden-expression.h"
#include "leyden-json.h"

static const char * const names[] = { "a", "b", "text", "list", "order", "my field", "Größe", NULL };

/* Read as rows and written back. */
static const struct
{
  const char *text;
  const char *written;
} cases[] = {
  { "a = 1", "a = 1" },
  { "A == -1.5", "a = -1.5" },
  { "a != 'it''s'", "a <> 'it''s'" },
  { "a<=1 and b>2", "a <= 1 AND b > 2" },
  { "a = 1 OR b = 2 AND text = 'x'", "a = 1 OR (b = 2 AND text = 'x')" },
  { "(a = 1 OR b = 2) AND text = 'x'", "(a = 1 OR b = 2) AND text = 'x'" },
  { "((a = 1))", "a = 1" },
  { "NOT a = 1", "NOT (a = 1)" },
  { "NOT (a = 1 OR b = 2)", "NOT (a = 1 OR b = 2)" },
  { "NOT NOT a = 1", "NOT (NOT (a = 1))" },
  { "a", "a" },
  { "NOT a", "NOT a" },
  { "a IS NULL AND b IS NOT NULL", "a IS NULL AND b IS NOT NULL" },
  { "a = b", "a = b" },
  { "a < order_", NULL },
  { "\"order\" = 1", "\"order\" = 1" },
  { "[my field] = 1", "\"my field\" = 1" },
  { "Größe > 3", "\"Größe\" > 3" },
  { "a ->> '$.total' >= 10", "a ->> '$.total' >= 10" },
  { "a ->> 'total' = 'x'", "a ->> '$.total' = 'x'" },
  { "a ->> '$.items[#-1].\"a key\"' = 1", "a ->> '$.items[#-1].\"a key\"' = 1" },
  { "length(text) > 10", "length(text) > 10" },
  { "json_array_length(a ->> '$.items') = 0", "json_array_length(a ->> '$.items') = 0" },
  { "instr(text, 'x') > 0", "instr(text, 'x') > 0" },
  { "instr(text, 'x') = 0", "instr(text, 'x') = 0" },
  { "substr(text, 1, 2) = 'éa'", "substr(text, 1, 2) = 'éa'" },
  { "substr(text, -1) = 'é'", "substr(text, -1) = 'é'" },
  { "text LIKE '%x%' AND text NOT LIKE 'y_'", "text LIKE '%x%' AND text NOT LIKE 'y_'" },
  { "text REGEXP '^a+$'", "text REGEXP '^a+$'" },
  { "text IN ('a', 'b', 3)", "text IN ('a', 'b', 3)" },
  { "a NOT IN (1)", "a NOT IN (1)" },
  { "a BETWEEN 1 AND 2", "a >= 1 AND a <= 2" },
  { "a BETWEEN 1 AND 2 OR b = 1", "(a >= 1 AND a <= 2) OR b = 1" },
  { "a NOT BETWEEN 1 AND 2", "NOT (a >= 1 AND a <= 2)" },
  { "a = TRUE AND b = false", "a = 1 AND b = 0" },
  { "a = 1 -- why", "a = 1" },
  /* What no row says stays SQL. */
  { "", NULL },
  { "a = ", NULL },
  { "a + 1 > 2", NULL },
  { "(a) = 1", NULL },
  { "1 = a", NULL },
  { "a = 1 || 'x'", NULL },
  { "a = 1 COLLATE NOCASE", NULL },
  { "CASE WHEN a THEN 1 ELSE 0 END", NULL },
  { "a IS 1", NULL },
  { "a LIKE b", NULL },
  { "a LIKE 'x' ESCAPE '!'", NULL },
  { "substr(text, 1, 3) = 'ab'", NULL },
  { "substr(text, 2, 2) = 'ab'", NULL },
  { "instr(text, 'x') > 1", NULL },
  { "unknown = 1", NULL },
  { "a = 0x10", NULL },
  { "a -> '$.x' = 1", NULL },
  { "a ->> '$' = 1", NULL },
  { "a ->> 0 = 1", NULL },
  { "a IN (SELECT 1)", NULL },
  { "a IN ()", NULL },
  { "a = 1 && b = 2", NULL },
  { "(a = 1", NULL },
  { "a = NULL", NULL },
};

static void
test_round_trip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenCondition) condition = leyden_condition_parse (cases[i].text, names, &error);
      g_autoptr(LeydenCondition) again = NULL;
      g_autofree char *written = condition != NULL ? leyden_condition_write (condition) : NULL;

      g_test_message ("%s", cases[i].text);
      g_assert_cmpstr (written, ==, cases[i].written);
      g_assert_true ((condition == NULL) == (error != NULL));
      if (condition == NULL)
        {
          g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX);
          g_assert_cmpuint (strlen (error->message), >, 10);
          continue;
        }
      g_assert_nonnull (condition->children);
      again = leyden_condition_parse (written, names, &error);
      g_assert_no_error (error);
      g_assert_true (leyden_condition_equal (condition, again));
    }
}

/* The same answer for the same row, before and after. */
static void
test_meaning (void)
{
  static const char * const rows[] = {
    "{}", "{\"a\": 1, \"b\": 2, \"text\": \"x\"}", "{\"a\": 0, \"b\": null, \"text\": \"éa\", \"order\": 1}",
    "{\"a\": {\"total\": 12, \"items\": []}, \"text\": \"axé\", \"Größe\": 4}", "{\"a\": 1.5, \"b\": \"1.5\", \"my field\": 1, \"text\": 3}",
    "{\"a\": -1.5, \"text\": \"aaa\", \"b\": 1.5}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; cases[i].written != NULL && j < G_N_ELEMENTS (rows); j++)
      {
        g_autoptr(LeydenValue) row = leyden_json_parse (rows[j], -1, NULL, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(GError) error_after = NULL;
        g_autoptr(LeydenExpression) before = leyden_expression_new (cases[i].text, names, LEYDEN_EXPRESSION_BOOLEAN, &error);
        g_autoptr(LeydenExpression) after = leyden_expression_new (cases[i].written, names, LEYDEN_EXPRESSION_BOOLEAN, &error);
        g_autoptr(LeydenValue) left = NULL;
        g_autoptr(LeydenValue) right = NULL;

        g_assert_no_error (error);
        left = leyden_expression_evaluate (before, row, 0, &error);
        right = leyden_expression_evaluate (after, row, 0, &error_after);
        g_test_message ("%s, %s", cases[i].text, rows[j]);
        g_assert_true ((left == NULL) == (right == NULL));
        g_assert_true (left == NULL || leyden_value_equal (left, right));
      }
}

/* Built by hand, as the editor does. */
static void
test_build (void)
{
  g_autoptr(LeydenCondition) group = leyden_condition_new_group (FALSE);
  g_autoptr(LeydenCondition) copy = NULL;
  g_autoptr(LeydenValue) quote = leyden_value_new_string ("it's", -1);
  g_autoptr(LeydenValue) yes = leyden_value_new_boolean (TRUE);
  g_autofree char *nothing = leyden_condition_write (group);
  g_autofree char *text = NULL;
  LeydenCondition *inner = leyden_condition_new_group (TRUE);

  g_assert_null (nothing);
  g_ptr_array_add (group->children, inner);
  nothing = leyden_condition_write (group);
  g_assert_null (nothing);
  g_ptr_array_add (group->children, leyden_condition_new_rule ("select", LEYDEN_CONDITION_ENDS, quote));
  g_ptr_array_add (inner->children, leyden_condition_new_rule ("a", LEYDEN_CONDITION_EQUAL, yes));
  g_ptr_array_add (inner->children, leyden_condition_new_rule ("a", LEYDEN_CONDITION_NULL, NULL));
  g_ptr_array_add (inner->children, leyden_condition_new_group (FALSE));
  text = leyden_condition_write (group);
  g_assert_cmpstr (text, ==, "(a = 1 OR a IS NULL) AND substr(\"select\", -4) = 'it''s'");
  copy = leyden_condition_copy (group);
  g_assert_true (leyden_condition_equal (group, copy));
  inner->negated = TRUE;
  g_assert_false (leyden_condition_equal (group, copy));
}

/* Deep and long ones are left to SQL. */
static void
test_limits (void)
{
  g_autoptr(GString) deep = g_string_new ("a");
  g_autoptr(GString) wide = g_string_new ("a = 1");
  g_autoptr(GString) nots = g_string_new (NULL);

  for (guint i = 0; i < 60; i++)
    {
      g_string_prepend_c (deep, '(');
      g_string_append_c (deep, ')');
      g_string_append (nots, "NOT ");
    }
  g_string_append (nots, "a");
  for (guint i = 0; i < LEYDEN_CONDITION_MAX_RULES; i++)
    g_string_append (wide, " OR a = 1");
  g_assert_null (leyden_condition_parse (deep->str, names, NULL));
  g_assert_null (leyden_condition_parse (nots->str, names, NULL));
  g_assert_null (leyden_condition_parse (wide->str, names, NULL));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/condition/round-trip", test_round_trip);
  g_test_add_func ("/condition/meaning", test_meaning);
  g_test_add_func ("/condition/build", test_build);
  g_test_add_func ("/condition/limits", test_limits);
  return g_test_run ();
}
