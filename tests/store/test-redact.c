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
    /* Whatever it is called. */
    { "{\"token_ids\":[\"x\"],\"logprobs\":{\"content\":[{\"token\":\"x\"}]}}", "{\"token_ids\":[\"*\"],\"logprobs\":{\"content\":[{\"token\":\"*\"}]}}" },
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

/* "!" is known to be secret. */
static char *
replace_known (const char *text,
               gssize      length,
               gpointer    data)
{
  g_autofree char *copy = g_strndup (text, length < 0 ? strlen (text) : (gsize) length);

  return strchr (copy, '!') != NULL ? g_strdelimit (g_steal_pointer (&copy), "!", '*') : NULL;
}

static char *
replace_both (const char *text,
              gssize      length,
              gpointer    data)
{
  g_autofree char *copy = g_strndup (text, length < 0 ? strlen (text) : (gsize) length);

  return strpbrk (copy, "!x") != NULL ? g_strdelimit (g_steal_pointer (&copy), "!x", '*') : NULL;
}

/* The texts of tokens are no matter of guessing; a known secret goes out of them, too, and no name of a member hides one. */
static void
test_tokens (void)
{
  g_autofree char *long_text = g_strnfill (200, 'x');
  g_autofree char *long_masked = g_strnfill (200, '*');
  g_autofree char *long_token = g_strdup_printf ("{\"logprobs\":{\"tokens\":[\"%s\"]}}", long_text);
  g_autofree char *long_expected = g_strdup_printf ("{\"logprobs\":{\"tokens\":[\"%s\"]}}", long_masked);
  const char * const cases[][2] = {
    { "{\"logprobs\":{\"content\":[{\"token\":\"x\",\"logprob\":-1,\"top_logprobs\":[{\"token\":\"x!\"}]}]},\"note\":\"x\"}",
      "{\"logprobs\":{\"content\":[{\"token\":\"x\",\"logprob\":-1,\"top_logprobs\":[{\"token\":\"x*\"}]}]},\"note\":\"*\"}" },
    { "{\"logprobs\":{\"tokens\":[\"x\",\"!\"],\"top_logprobs\":[{\"x\":-1,\"!\":-2}]}}",
      "{\"logprobs\":{\"tokens\":[\"x\",\"*\"],\"top_logprobs\":[{\"x\":-1,\"*\":-2}]}}" },
    { "{\"prompt_logprobs\":[null,{\"7\":{\"decoded_token\":\"x\",\"rank\":1}}]}", "{\"prompt_logprobs\":[null,{\"7\":{\"decoded_token\":\"x\",\"rank\":1}}]}" },
    /* What only calls itself so. */
    { "{\"logprobs\":\"x!\"}", "{\"logprobs\":\"**\"}" },
    { "{\"logprobs\":{\"note\":\"x!\",\"token\":{\"note\":\"x\"}}}", "{\"logprobs\":{\"note\":\"**\",\"token\":{\"note\":\"*\"}}}" },
    { "{\"token_ids\":[1,\"!\",{\"a\":\"x\"}],\"token\":\"x\"}", "{\"token_ids\":[1,\"*\",{\"a\":\"*\"}],\"token\":\"*\"}" },
    { "{\"logprobs\":{\"x\":\"a\"}}", "{\"logprobs\":{\"*\":\"a\"}}" },
    { long_token, long_expected },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
      g_autoptr(LeydenValue) value = leyden_json_parse (cases[i][0], -1, &limits, NULL);
      g_autoptr(LeydenRecord) record = leyden_record_new ("r", "0", 1, 1000, "agl", "agl.event", "", value);
      g_autoptr(LeydenRecord) redacted = leyden_redact_record (record, replace_both, replace_known, NULL);
      g_autofree char *text = leyden_json_write (redacted->payload, LEYDEN_JSON_COMPACT);

      g_assert_cmpstr (text, ==, cases[i][1]);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redact/values", test_values);
  g_test_add_func ("/redact/unchanged", test_unchanged);
  g_test_add_func ("/redact/tokens", test_tokens);
  return g_test_run ();
}
