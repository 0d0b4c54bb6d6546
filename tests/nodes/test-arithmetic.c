/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <string.h>

#include "leyden-arithmetic.h"
#include "leyden-number-text.h"

typedef struct
{
  const char *text;
  const char *result;           /* to 12 digits; NULL: an error */
  int         code;             /* of the error */
} Case;

static const Case cases[] = {
  { "1+2*3", "7" }, { "(1+2)*3", "9" }, { "2^3^2", "512" }, { "-2^2", "-4" }, { "(-2)^2", "4" }, { "2**10", "1024" },
  { "2^-1", "0.5" }, { "7/2", "3.5" }, { "10 % 3", "1" }, { "-7 % 3", "-1" }, { "10 % (1+2)", "1" }, { "15%", "0.15" },
  { "200 * 15%", "30" }, { "15% of 80", "12" }, { "50% + 1", "1.5" }, { "50%*2", "1" }, { "0.1 + 0.2", "0.3" },
  { "1/3", "0.333333333333" }, { "1,234.5 * 2", "2469" }, { "1,234,567", "1234567" }, { "max(1,234)", "234" },
  { "max(1, 2, 3)", "3" }, { "min(4, (1,000))", "4" }, { "sqrt(1,600)", "40" }, { "sqrt(2)^2", "2" }, { "abs(-3)", "3" },
  { "round(2.5)", "3" }, { "round(-2.5)", "-3" }, { "round(1.005, 2)", "1.01" }, { "floor(-1.5)", "-2" }, { "ceil(1.2)", "2" },
  { "ln(e)", "1" }, { "log(1000)", "3" }, { "log10(100)", "2" }, { "log2(8)", "3" }, { "log(8, 2)", "3" }, { "exp(0)", "1" },
  { "sin(pi/2)", "1" }, { "cos(0)", "1" }, { "tan(0)", "0" }, { "PI", "3.14159265359" }, { "3 × 4 ÷ 2", "6" }, { "5 − 7", "-2" },
  { "√16 + √(9)", "7" }, { "$4.20 * 3", "12.6" }, { " 12 = ", "12" }, { "+5", "5" }, { "--5", "5" }, { ".5 + 1.", "1.5" },
  { "1e3", "1000" }, { "1e-7", "1e-07" }, { "2e", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "123456789012345", "123456789012345" },
  { "2^60", "1.15292150461e+18" }, { "mod(10, 4)", "2" }, { "pow(2, 8)", "256" }, { "hypot(3,4)", "5" }, { "sum(1,2,3,4)", "10" },
  { "0*-1", "0" },
  { "1/0", NULL, LEYDEN_ARITHMETIC_ERROR_DOMAIN }, { "5 % 0", NULL, LEYDEN_ARITHMETIC_ERROR_DOMAIN }, { "0^-1", NULL, LEYDEN_ARITHMETIC_ERROR_DOMAIN },
  { "sqrt(-1)", NULL, LEYDEN_ARITHMETIC_ERROR_DOMAIN }, { "ln(0)", NULL, LEYDEN_ARITHMETIC_ERROR_DOMAIN },
  { "10^1000", NULL, LEYDEN_ARITHMETIC_ERROR_DOMAIN }, { "1e999", NULL, LEYDEN_ARITHMETIC_ERROR_DOMAIN }, { "(-8)^0.5", NULL, LEYDEN_ARITHMETIC_ERROR_DOMAIN },
  { "", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "1 +", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "(1", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX },
  { "1)", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "1 2", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "1,23", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX },
  { "sqrt()", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "sqrt(1) 2", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "pow(2)", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX },
  { "max", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "x + 1", NULL, LEYDEN_ARITHMETIC_ERROR_UNKNOWN }, { "system(1)", NULL, LEYDEN_ARITHMETIC_ERROR_UNKNOWN },
  { "__import__('os')", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "1; 2", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX }, { "\xff", NULL, LEYDEN_ARITHMETIC_ERROR_SYNTAX },
};

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *shown = g_strescape (cases[i].text, NULL);
      double value = 99;
      gboolean ok = leyden_arithmetic_evaluate (cases[i].text, &value, &error);

      g_test_message ("%s", shown);
      if (cases[i].result != NULL)
        {
          g_autofree char *text = leyden_number_to_text (value, 12);

          g_assert_no_error (error);
          g_assert_true (ok);
          g_assert_cmpstr (text, ==, cases[i].result);
        }
      else
        {
          g_assert_error (error, LEYDEN_ARITHMETIC_ERROR, cases[i].code);
          g_assert_false (ok);
          g_assert_cmpfloat (value, ==, 99);
        }
    }
}

static char *
repeat (const char *text,
        guint       n,
        const char *middle,
        const char *end)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append (out, text);
  g_string_append (out, middle);
  for (guint i = 0; i < n; i++)
    g_string_append (out, end);
  return g_string_free (out, FALSE);
}

static void
check_limit (char     *text,
             gboolean  fits)
{
  g_autofree char *owned = text;
  g_autoptr(GError) error = NULL;
  double value;

  g_assert_cmpint (leyden_arithmetic_evaluate (owned, &value, &error), ==, fits);
  if (!fits)
    g_assert_error (error, LEYDEN_ARITHMETIC_ERROR, LEYDEN_ARITHMETIC_ERROR_LIMIT);
}

static void
test_limits (void)
{
  check_limit (repeat ("(", 99, "1", ")"), TRUE);
  check_limit (repeat ("(", 100, "1", ")"), FALSE);
  check_limit (repeat ("√", 99, "1", ""), TRUE);
  check_limit (repeat ("√", 3000, "1", ""), FALSE);
  check_limit (repeat ("2^", 200, "1", ""), FALSE);
  check_limit (repeat ("-", 9999, "1", ""), TRUE);
  check_limit (repeat ("-", 10000, "1", ""), FALSE);
  check_limit (repeat ("1+", 4999, "1", ""), TRUE);
}

static void
test_digits (void)
{
  static const struct { double value; guint digits; const char *text; } table[] = {
    { 1.0 / 3, 3, "0.333" }, { 2.0 / 3, 1, "0.7" }, { 1234.5678, 6, "1234.57" }, { 1234.5678, 2, "1235" }, { -0.0, 12, "0" },
    { 1e15, 12, "1e+15" }, { 999999999999999, 12, "999999999999999" }, { 0.000001, 12, "0.000001" }, { 0.1 + 0.2, 15, "0.3" },
    { -1.5, 12, "-1.5" }, { 100, 1, "100" }, { 1e-9, 12, "1e-09" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *text = leyden_number_to_text (table[i].value, table[i].digits);

      g_assert_cmpstr (text, ==, table[i].text);
    }
}

static void
test_number_text (void)
{
  static const struct { const char *text; double value; } good[] = {
    { "72", 72 }, { " -3.5 ", -3.5 }, { "1,234.5", 1234.5 }, { "1e3", 1000 }, { ".5", 0.5 }, { "72.", 72 }, { "$4.20", 4.2 },
    { "-$3", -3 }, { "€1,000", 1000 }, { "15 %", 0.15 }, { "3/4", 0.75 }, { "−2", -2 }, { "+7", 7 }, { "1234567", 1234567 },
  };
  static const char * const bad[] = {
    "", " ", "abc", "12 apples", "1,23", "1,2345", ",123", "1/0", "--1", "NaN", "inf", "0x10", "1e999", "1 2", "$", "%", "1/", "1.2.3", "1,234,56",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      double value = 0;

      g_test_message ("%s", good[i].text);
      g_assert_true (leyden_number_from_text (good[i].text, &value));
      g_assert_cmpfloat (value, ==, good[i].value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      double value = 99;

      g_test_message ("%s", bad[i]);
      g_assert_false (leyden_number_from_text (bad[i], &value));
      g_assert_cmpfloat (value, ==, 99);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arithmetic/table", test_table);
  g_test_add_func ("/arithmetic/limits", test_limits);
  g_test_add_func ("/arithmetic/digits", test_digits);
  g_test_add_func ("/number-text", test_number_text);
  return g_test_run ();
}
