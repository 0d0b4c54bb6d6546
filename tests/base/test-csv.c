/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of CSV files, which spreadsheets open. */
#include "leyden-csv.h"
#include "leyden-json.h"

static void
test_cells (void)
{
  static const struct { const char *text; const char *expected; } cases[] = {
    { "plain", "plain" }, { NULL, "" }, { "", "" }, { "a,b", "\"a,b\"" }, { "a\"b", "\"a\"\"b\"" },
    { "=1+1", "\"'=1+1\"" }, { "+1", "\"'+1\"" }, { "-1", "\"'-1\"" }, { "@x", "\"'@x\"" },
    { "\t=1", "\"'\t=1\"" }, { "\r=1", "\"'\r=1\"" }, { "  =1", "\"'  =1\"" }, { " x", "\" x\"" },
    { "\xef\xbc\x9d" "1", "\"'\xef\xbc\x9d" "1\"" }, { "1=2", "1=2" }, { "a;b", "\"a;b\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GString) out = g_string_new (NULL);

      leyden_csv_add_cell (out, cases[i].text);
      g_assert_cmpstr (out->str, ==, cases[i].expected);
    }
}

static void
test_values (void)
{
  static const struct { const char *json; const char *expected; } cases[] = {
    { "null", "" }, { "-1", "-1" }, { "-0.25", "-0.25" }, { "true", "true" }, { "false", "false" }, { "\"\"", "" },
    { "\"-1\"", "\"'-1\"" }, { "\"=HYPERLINK(1)\"", "\"'=HYPERLINK(1)\"" }, { "[1,2]", "\"[1,2]\"" }, { "{\"a\":\"=1\"}", "\"{\"\"a\"\":\"\"=1\"\"}\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (cases[i].json, -1, NULL, NULL);
      g_autoptr(GString) out = g_string_new (NULL);

      g_assert_nonnull (value);
      leyden_csv_add_value (out, value);
      g_assert_cmpstr (out->str, ==, cases[i].expected);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/csv/cells", test_cells);
  g_test_add_func ("/csv/values", test_values);
  return g_test_run ();
}
