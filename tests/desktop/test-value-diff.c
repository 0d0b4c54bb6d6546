/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where two JSON values differ; no display. */
#include <string.h>

#include "leyden-compare-item.h"
#include "leyden-json.h"
#include "leyden-value-diff.h"

static LeydenValue *
parse (const char *json)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

/* "path: before > after", one a line; "-" is nothing. */
static char *
tell (GPtrArray *changes)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < changes->len; i++)
    {
      LeydenValueChange *change = g_ptr_array_index (changes, i);
      g_autofree char *a = change->a != NULL ? leyden_json_write (change->a, LEYDEN_JSON_COMPACT) : g_strdup ("-");
      g_autofree char *b = change->b != NULL ? leyden_json_write (change->b, LEYDEN_JSON_COMPACT) : g_strdup ("-");

      g_string_append_printf (text, "%s: %s > %s\n", change->path, a, b);
    }
  return g_string_free (text, FALSE);
}

static void
test_places (void)
{
  static const struct { const char *a, *b, *told; } cases[] = {
    { "1", "1.0", "" },
    { "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "" },
    { "1", "2", "$: 1 > 2\n" },
    { "{\"a\":{\"b\":[1,{\"c\":null}]}}", "{\"a\":{\"b\":[1,{\"c\":false}]}}", "$.a.b[1].c: null > false\n" },
    { "{\"a\":1}", "{\"b\":1}", "$.a: 1 > -\n$.b: - > 1\n" },
    { "{\"a\":null}", "{}", "$.a: null > -\n" },
    { "[1,2,3]", "[0,1,2,3]", "$[0]: - > 0\n" },
    { "[1,2,3]", "[1,3]", "$[1]: 2 > -\n" },
    { "[1,2,3]", "[1,9,8,3]", "$[1]: 2 > 9\n$[2]: - > 8\n" },
    { "[]", "{}", "$: [] > {}\n" },
    { "{\"a b\":1,\"it's\":2,\"\":3}", "{\"a b\":0,\"it's\":0,\"\":0}", "$.\"a b\": 1 > 0\n$.\"it's\": 2 > 0\n$.\"\": 3 > 0\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) a = parse (cases[i].a);
      g_autoptr(LeydenValue) b = parse (cases[i].b);
      gboolean more = TRUE;
      g_autoptr(GPtrArray) changes = leyden_value_diff (a, b, 100, &more);
      g_autofree char *told = tell (changes);

      g_assert_cmpstr (told, ==, cases[i].told);
      g_assert_false (more);
    }
}

static void
test_nothing (void)
{
  g_autoptr(LeydenValue) value = parse ("[1]");
  g_autoptr(GPtrArray) none = leyden_value_diff (NULL, NULL, 10, NULL);
  g_autoptr(GPtrArray) added = leyden_value_diff (NULL, value, 10, NULL);

  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (added->len, ==, 1);
}

/* Long and deep: bounded, and told. */
static void
test_limits (void)
{
  g_autoptr(GString) a = g_string_new ("["), deep_a = g_string_new (NULL), deep_b = g_string_new (NULL);
  g_autoptr(LeydenValue) many = NULL, few = parse ("[]"), first = NULL, second = NULL;
  g_autoptr(GPtrArray) changes = NULL, deep = NULL;
  gboolean more = FALSE;

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (a, "%s%u", i > 0 ? "," : "", i);
  g_string_append_c (a, ']');
  many = parse (a->str);
  changes = leyden_value_diff (many, few, 50, &more);
  g_assert_cmpuint (changes->len, ==, 50);
  g_assert_true (more);
  for (guint i = 0; i < 190; i++)
    {
      g_string_append_c (deep_a, '[');
      g_string_append_c (deep_b, '[');
    }
  g_string_append (deep_a, "1");
  g_string_append (deep_b, "2");
  for (guint i = 0; i < 190; i++)
    {
      g_string_append_c (deep_a, ']');
      g_string_append_c (deep_b, ']');
    }
  first = parse (deep_a->str);
  second = parse (deep_b->str);
  deep = leyden_value_diff (first, second, 50, &more);
  g_assert_cmpuint (deep->len, ==, 1);
}

static void
test_words (void)
{
  static const struct { const char *node, *described; } nodes[] = {
    { "{\"same\":true}", "The same" },
    { "{\"a\":{\"state\":\"succeeded\"},\"b\":null}", "Only in the first" },
    { "{\"a\":null,\"b\":{\"state\":\"failed\"}}", "Only in the second" },
    { "{\"a\":{\"state\":\"succeeded\"},\"b\":{\"state\":\"failed\"}}", "Succeeded, then Failed" },
    { "{\"a\":{\"state\":\"succeeded\"},\"b\":{\"state\":\"succeeded\"},\"ports\":[{\"port\":\"text\",\"same\":false},{\"port\":\"ok\",\"same\":true}]}", "Differs: text" },
    { "{\"ports\":7}", "Differs" },
  };
  g_autoptr(LeydenValue) numbers = parse ("{\"reward\":{\"a\":0.5,\"b\":1},\"cost\":{\"a\":0.25,\"b\":null},\"latency_ms\":{\"a\":2000,\"b\":500},\"odd\":7}");
  g_autofree char *reward = leyden_compare_format_number (numbers, "reward");
  g_autofree char *cost = leyden_compare_format_number (numbers, "cost");
  g_autofree char *latency = leyden_compare_format_number (numbers, "latency_ms");
  g_autoptr(LeydenValue) credits = parse ("{\"a\":{\"simulated\":true},\"b\":{\"simulated\":true},\"cost\":{\"a\":0.25,\"b\":0.5}}");
  g_autofree char *simulated = leyden_compare_format_number (credits, "cost");

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++)
    {
      g_autoptr(LeydenValue) node = parse (nodes[i].node);
      g_autoptr(LeydenCompareItem) item = leyden_compare_item_new (node);
      g_autofree char *described = leyden_compare_item_describe (item);

      g_assert_cmpstr (described, ==, nodes[i].described);
    }
  g_assert_cmpstr (reward, ==, "\xE2\x81\xA6" "0.500 ⟶ 1.000 (+0.500)\xE2\x81\xA9");
  g_assert_cmpstr (cost, ==, "\xE2\x81\xA6" "$0.250000 ⟶ –\xE2\x81\xA9");
  g_assert_cmpstr (simulated, ==, "\xE2\x81\xA6" "0.250000 ⟶ 0.500000 (+0.250000)\xE2\x81\xA9");
  g_assert_cmpstr (latency, ==, "\xE2\x81\xA6" "2.0 s ⟶ 500 ms (−1.5 s)\xE2\x81\xA9");
  g_assert_null (leyden_compare_format_number (numbers, "odd"));
  g_assert_null (leyden_compare_format_number (NULL, "reward"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value-diff/places", test_places);
  g_test_add_func ("/value-diff/nothing", test_nothing);
  g_test_add_func ("/value-diff/limits", test_limits);
  g_test_add_func ("/compare-item/words", test_words);
  return g_test_run ();
}
