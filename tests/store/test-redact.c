/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes out of values before they are stored, and what stays. */
#include <string.h>

#include "leyden-json.h"
#include "leyden-redact.h"

/* "x" is secret; NULL where there is none. */
static char *
replace (const char *text,
         gssize      length,
         gpointer    data)
{
  g_autofree char *copy = g_strndup (text, length < 0 ? strlen (text) : (gsize) length);

  (*(guint *) data)++;
  return strchr (copy, 'x') != NULL ? g_strdelimit (g_steal_pointer (&copy), "x", '*') : NULL;
}

static void
test_values (void)
{
  static const char * const cases[][2] = {
    { "\"axb\"", "\"a*b\"" },
    { "[1,\"x\",[],{\"a\":\"x\"},null]", "[1,\"*\",[],{\"a\":\"*\"},null]" },
    { "{\"a\":1,\"x\":\"b\",\"c\":[\"x\"]}", "{\"a\":1,\"*\":\"b\",\"c\":[\"*\"]}" },
    /* Pieces between zeros, wherever they stand. */
    { "\"a\\u0000x\\u0000b\"", "\"a\\u0000*\\u0000b\"" },
    { "\"x\\u0000\"", "\"*\\u0000\"" },
    { "\"\\u0000x\"", "\"\\u0000*\"" },
    { "\"\\u0000\\u0000x\\u0000\\u0000\"", "\"\\u0000\\u0000*\\u0000\\u0000\"" },
    /* What a model is trained with. */
    { "{\"token_ids\":[\"x\"],\"logprobs\":{\"content\":[{\"token\":\"x\"}]},\"note\":\"x\"}",
      "{\"token_ids\":[\"x\"],\"logprobs\":{\"content\":[{\"token\":\"x\"}]},\"note\":\"*\"}" },
    { "{\"tokens\":[\"x\"]}", "{\"tokens\":[\"*\"]}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
      g_autoptr(LeydenValue) value = leyden_json_parse (cases[i][0], -1, &limits, NULL);
      g_autoptr(LeydenValue) expected = leyden_json_parse (cases[i][1], -1, &limits, NULL);
      g_autoptr(LeydenValue) redacted = NULL;
      g_autoptr(LeydenValue) again = NULL;
      guint n = 0;

      redacted = leyden_redact_value (value, replace, &n);
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_true (leyden_value_equal (redacted, expected));
      /* Nothing is left to do, and nothing is made. */
      again = leyden_redact_value (redacted, replace, &n);
      g_assert_true (again == redacted);
    }
}

static void
test_unchanged (void)
{
  g_autoptr(LeydenValue) value = leyden_json_parse ("{\"a\": [1, 2, \"word\"], \"b\": {\"c\": null}}", -1, NULL, NULL);
  g_autoptr(LeydenValue) same = NULL;
  g_autoptr(LeydenValue) untouched = leyden_redact_value (value, NULL, NULL);
  guint n = 0;

  same = leyden_redact_value (value, replace, &n);
  g_assert_true (same == value && untouched == value);
  /* Three names and a text. */
  g_assert_cmpuint (n, ==, 4);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redact/values", test_values);
  g_test_add_func ("/redact/unchanged", test_unchanged);
  return g_test_run ();
}
