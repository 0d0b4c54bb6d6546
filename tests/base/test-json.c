/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "leyden-json.h"

static const LeydenJsonLimits wire = { .policy = LEYDEN_JSON_WIRE };

static void
test_round_trip (void)
{
  static const char * const texts[] = {
    "null", "true", "false", "0", "-0", "1", "-1", "1023", "1024", "-17", "1.5e10", "9223372036854775807", "\"\"", "[]",
    "{}", "[[],{},[1,2,[3]]]", "{\"a\":1,\"b\":{\"c\":[true,null]},\"\":0}", "\"é ✓ 😀\"", "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\"",
    "\"seven77\"", "\"eight888\"", "\"nine99999\"", "\"sixteen characters\\nand more behind\"",
    "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    for (guint policy = 0; policy < 2; policy++)
      {
        LeydenJsonLimits limits = { .policy = policy };
        g_autoptr(GError) error = NULL;
        g_autofree char *spaced = g_strdup_printf (" \r\n\t%s \n", texts[i]);
        g_autoptr(LeydenValue) value = leyden_json_parse (spaced, -1, &limits, &error);
        g_autofree char *text = NULL;

        g_assert_no_error (error);
        text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
        g_assert_cmpstr (text, ==, texts[i]);
      }
}

static void
test_decode (void)
{
  static const struct { const char *text; const char *expected; } cases[] = {
    { "\"\\u0041\\u00e9\\u20AC\"", "Aé€" }, { "\"\\ud83d\\ude00\"", "😀" }, { "\"a\\/b\"", "a/b" },
    { "\"\\uFFFF\"", "\xEF\xBF\xBF" }, { "\"x\\ty\\nz\"", "x\ty\nz" }, { "\"\x7F\"", "\x7F" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) value = leyden_json_parse (cases[i].text, -1, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (leyden_value_get_string (value, NULL), ==, cases[i].expected);
    }
}

typedef struct
{
  const char      *id;
  const char      *text;
  LeydenJsonError  code;
  const char      *part;        /* of the message */
} Refusal;

static const Refusal refusals[] = {
  { "W01", "", LEYDEN_JSON_ERROR_EMPTY, "empty" },
  { "W02", " \n\r\t \n", LEYDEN_JSON_ERROR_EMPTY, "empty" },
  { "W03", "{\n  \"title\": \"cut", LEYDEN_JSON_ERROR_SYNTAX, "2:12: the text ends inside the string" },
  { "W04", "{}\n{}", LEYDEN_JSON_ERROR_SYNTAX, "2:1: text after the end" },
  { "W09", "{\"nodes\":[],\n \"nodes\":[]}", LEYDEN_JSON_ERROR_DUPLICATE, "2:2: the key “nodes” stands twice in this object, first at 1:2" },
  { "W09b", "{\"a\":0,\"\\u0061\":0}", LEYDEN_JSON_ERROR_DUPLICATE, "1:8: the key “a”" },
  { "W10", "{\"x\":1e999}", LEYDEN_JSON_ERROR_RANGE, "1:6: this number is out of range" },
  { "W10b", "-1e999", LEYDEN_JSON_ERROR_RANGE, "1:1:" },
  { "W10c", "1.0e309", LEYDEN_JSON_ERROR_RANGE, "1:1:" },
  { "W11", "{\"seed\": 18446744073709551616}", LEYDEN_JSON_ERROR_RANGE, "1:10: this integer is out of range" },
  { "W11b", "9223372036854775808", LEYDEN_JSON_ERROR_RANGE, "integer" },
  { "W11d", "99999999999999999999", LEYDEN_JSON_ERROR_RANGE, "integer" },
  { "W11c", "-9223372036854775809", LEYDEN_JSON_ERROR_RANGE, "integer" },
  { "W12", "[\nNaN]", LEYDEN_JSON_ERROR_SYNTAX, "2:1: “NaN” is not a JSON number" },
  { "W12b", "Infinity", LEYDEN_JSON_ERROR_SYNTAX, "“Infinity”" },
  { "W12c", "-Infinity", LEYDEN_JSON_ERROR_SYNTAX, "1:1: not a JSON number" },
  { "W23", "\"ab\xFF\"", LEYDEN_JSON_ERROR_ENCODING, "not UTF-8: byte FF (byte 3)" },
  { "W24", "\"\xC0\xAF\"", LEYDEN_JSON_ERROR_ENCODING, "(byte 1)" },
  { "W24b", "\"\xE0\x80\xAF\"", LEYDEN_JSON_ERROR_ENCODING, "not UTF-8" },
  { "W24c", "\"\xED\xA0\x80\"", LEYDEN_JSON_ERROR_ENCODING, "not UTF-8" },
  { "W24d", "\"\xF4\x90\x80\x80\"", LEYDEN_JSON_ERROR_ENCODING, "not UTF-8" },
  { "W24e", "\"\xF0\x9F\x98\"", LEYDEN_JSON_ERROR_ENCODING, "not UTF-8" },
  { "W24f", "{}\xFF", LEYDEN_JSON_ERROR_ENCODING, "not UTF-8" },
  { "W25", "[\"\\ud800\"]", LEYDEN_JSON_ERROR_SYNTAX, "1:3: “\\ud800” is half of a surrogate pair" },
  { "W25b", "\"\\udc00\"", LEYDEN_JSON_ERROR_SYNTAX, "surrogate" },
  { "W25c", "\"\\ud800\\u0041\"", LEYDEN_JSON_ERROR_SYNTAX, "surrogate" },
  { "W25d", "\"\\ud800x\"", LEYDEN_JSON_ERROR_SYNTAX, "surrogate" },
  { "W26", "\"a\\u0000b\"", LEYDEN_JSON_ERROR_SYNTAX, "u0000" },
  { "quotes", "{'a':1}", LEYDEN_JSON_ERROR_SYNTAX, "double quotes" },
  { "comment", "[1, // x\n2]", LEYDEN_JSON_ERROR_SYNTAX, "comments are not JSON" },
  { "var", "var x = {}", LEYDEN_JSON_ERROR_SYNTAX, "expected a value, found “v”" },
  { "comma", "[1,]", LEYDEN_JSON_ERROR_SYNTAX, "1:4: expected a value, found “]”" },
  { "comma2", "{\"a\":1,}", LEYDEN_JSON_ERROR_SYNTAX, "expected a key in double quotes, found “}”" },
  { "comma3", "[1 2]", LEYDEN_JSON_ERROR_SYNTAX, "expected “,” or “]”" },
  { "colon", "{\"a\" 1}", LEYDEN_JSON_ERROR_SYNTAX, "expected “:”" },
  { "mixed", "[1}", LEYDEN_JSON_ERROR_SYNTAX, "expected “,” or “]”" },
  { "mixed2", "{\"a\":1]", LEYDEN_JSON_ERROR_SYNTAX, "expected “,” or “}”" },
  { "open", "[1", LEYDEN_JSON_ERROR_SYNTAX, "the text ends where" },
  { "open2", "{\"a\":", LEYDEN_JSON_ERROR_SYNTAX, "the text ends where a value" },
  { "open3", "{", LEYDEN_JSON_ERROR_SYNTAX, "the text ends where a key" },
  { "escape", "\"\\x41\"", LEYDEN_JSON_ERROR_SYNTAX, "a backslash in a text" },
  { "escape2", "\"\\u12\"", LEYDEN_JSON_ERROR_SYNTAX, "four hexadecimal digits" },
  { "escape3", "\"\\", LEYDEN_JSON_ERROR_SYNTAX, "the text ends inside" },
  { "newline", "\"a\nb\"", LEYDEN_JSON_ERROR_SYNTAX, "U+000A" },
  { "number", "01", LEYDEN_JSON_ERROR_SYNTAX, "not a JSON number" },
  { "number2", "1.", LEYDEN_JSON_ERROR_SYNTAX, "not a JSON number" },
  { "number3", "-", LEYDEN_JSON_ERROR_SYNTAX, "not a JSON number" },
  { "number4", ".5", LEYDEN_JSON_ERROR_SYNTAX, "expected a value" },
  { "number5", "+1", LEYDEN_JSON_ERROR_SYNTAX, "expected a value" },
  { "number6", "1e", LEYDEN_JSON_ERROR_SYNTAX, "not a JSON number" },
  { "number7", "1-2", LEYDEN_JSON_ERROR_SYNTAX, "not a JSON number" },
  { "number8", "0x10", LEYDEN_JSON_ERROR_SYNTAX, "text after the end" },
  { "word", "nul", LEYDEN_JSON_ERROR_SYNTAX, "expected a value" },
  { "word2", "True", LEYDEN_JSON_ERROR_SYNTAX, "expected a value" },
  { "word3", "nullx", LEYDEN_JSON_ERROR_SYNTAX, "expected a value" },
};

/* The reader that goes token by token must refuse the same, in the same words. */
static void
assert_pull_refuses (const char   *text,
                     gsize         length,
                     const GError *expected)
{
  g_autoptr(LeydenJsonReader) reader = leyden_json_reader_new (text, length, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) again = NULL;
  LeydenJsonToken token;

  do
    token = leyden_json_reader_next (reader, &error);
  while (token != LEYDEN_JSON_TOKEN_END && token != LEYDEN_JSON_TOKEN_ERROR);
  g_assert_error (error, expected->domain, expected->code);
  g_assert_cmpstr (error->message, ==, expected->message);
  g_assert_cmpint (leyden_json_reader_next (reader, &again), ==, LEYDEN_JSON_TOKEN_ERROR);
  g_assert_cmpstr (again->message, ==, expected->message);
}

static void
test_refusal (gconstpointer data)
{
  const Refusal *refusal = data;
  g_autoptr(GError) error = NULL;
  /* A copy without a NUL behind it, so that the sanitizer sees a read beyond the end. */
  gsize length = strlen (refusal->text);
  g_autofree char *copy = g_memdup2 (refusal->text, length);
  g_autoptr(LeydenValue) value = leyden_json_parse (copy != NULL ? copy : "", (gssize) length, NULL, &error);

  g_assert_null (value);
  g_assert_error (error, LEYDEN_JSON_ERROR, (int) refusal->code);
  if (strstr (error->message, refusal->part) == NULL)
    g_error ("%s: “%s” does not say “%s”", refusal->id, error->message, refusal->part);
  assert_pull_refuses (copy != NULL ? copy : "", length, error);
}

static void
test_wire (void)
{
  static const struct { const char *text; const char *expected; } cases[] = {
    { "[NaN,Infinity,-Infinity,1e400,-1e400]", "[null,null,null,null,null]" },
    { "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
    { "[99999999999999999999,-18446744073709551616]", "[99999999999999999999,-18446744073709551616]" },
    { "\"\\ud800\"", "\"\xEF\xBF\xBD\"" }, { "\"\\udc00x\"", "\"\xEF\xBF\xBDx\"" },
    { "\"\\ud800\\ud83d\\ude00\"", "\"\xEF\xBF\xBD😀\"" }, { "\"a\\u0000b\"", "\"a\\u0000b\"" },
    { "{\"a\\u0000b\":1,\"a\":2}", "{\"a\\u0000b\":1,\"a\":2}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) value = leyden_json_parse (cases[i].text, -1, &wire, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

/* Whatever number we write is read again, by the strict policy too, and is the same. */
static void
test_written_doubles (void)
{
  static const double numbers[] = {
    1e19, -1e19, 12e18, 9223372036854775808.0, -9223372036854775808.0, 18446744073709551616.0, 1e20, 123456789012345678901.0,
    999999999999999868928.0, 1e21, 1e22, 9007199254740993.0, 1.7976931348623157e308, 5e-324, -0.0, 1e-7,
  };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) value = leyden_value_new_double (numbers[i]);
      g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      g_autoptr(LeydenValue) again = leyden_json_parse (text, -1, NULL, &error);
      double number;

      g_assert_no_error (error);
      g_assert_true (leyden_value_get_double (again, &number));
      g_assert_cmpfloat (number, ==, numbers[i]);
    }
}

/* Long enough that equal texts share a node, while repeated keys let go of some of them. */
static void
test_shared (void)
{
  g_autoptr(GString) text = g_string_new ("[");
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *last = NULL;

  for (guint i = 0; i < 400; i++)
    g_string_append_printf (text, "{\"a\":\"gone%u\",\"b\":\"kept\",\"a\":[\"gone%u\",\"kept\",12345,\"%u\"],\"a\":\"kept\"},", i % 7, i % 7, i);
  g_string_append (text, "0]");
  value = leyden_json_parse (text->str, -1, &wire, NULL);
  for (guint i = 0; i < 400; i++)
    {
      LeydenValue *item = leyden_value_get_item (value, i);

      g_assert_cmpstr (leyden_value_get_member_string (item, "a", NULL), ==, "kept");
      g_assert_cmpstr (leyden_value_get_member_string (item, "b", NULL), ==, "kept");
    }
  last = leyden_json_write (leyden_value_get_item (value, 399), LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (last, ==, "{\"a\":\"kept\",\"b\":\"kept\"}");
}

static void
test_wire_refuses (void)
{
  static const char * const texts[] = { "", "{} {}", "[1,]", "{'a':1}", "\"\xFF\"", "nan", "-Inf", "\xEF\xBB\xBF{}", "+1", "01" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_json_parse (texts[i], -1, &wire, &error));
      g_assert_nonnull (error);
    }
}

static char *
repeat (const char *unit,
        gsize       n,
        const char *middle,
        const char *close)
{
  GString *text = g_string_sized_new (n * 4);

  for (gsize i = 0; i < n; i++)
    g_string_append (text, unit);
  g_string_append (text, middle);
  for (gsize i = 0; i < n && close != NULL; i++)
    g_string_append (text, close);
  return g_string_free (text, FALSE);
}

static void
assert_limit (const char *text)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_json_parse (text, -1, NULL, &error));
  g_assert_error (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_LIMIT);
  assert_pull_refuses (text, strlen (text), error);
}

static void
test_depth (void)
{
  g_autofree char *fits = repeat ("[", 200, "", "]");
  g_autofree char *more = repeat ("[", 201, "", "]");
  g_autofree char *objects = repeat ("{\"a\":", 201, "1", "}");
  LeydenJsonLimits two = { .max_depth = 2 };
  g_autoptr(LeydenValue) value = leyden_json_parse (fits, -1, NULL, NULL);

  g_assert_nonnull (value);
  assert_limit (more);
  assert_limit (objects);
  g_assert_null (leyden_json_parse ("[[[]]]", -1, &two, NULL));
}

static gpointer
deep_thread (gpointer data)
{
  assert_limit (data);
  return NULL;
}

/* Also on a stack of 64 KiB. */
static void
run_deep (const char *unit,
          gsize       n)
{
  g_autofree char *text = repeat (unit, n, "", NULL);
  pthread_attr_t attributes;
  pthread_t thread;

  assert_limit (text);
  g_assert_cmpint (pthread_attr_init (&attributes), ==, 0);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpint (pthread_attr_setstacksize (&attributes, 64 * 1024), ==, 0);
#else
  g_assert_cmpint (pthread_attr_setstacksize (&attributes, 512 * 1024), ==, 0);
#endif
  g_assert_cmpint (pthread_create (&thread, &attributes, deep_thread, text), ==, 0);
  g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
  pthread_attr_destroy (&attributes);
}

static void
test_million_brackets (void)
{
  run_deep ("[", 1000000);
}

static void
test_deep_objects (void)
{
  run_deep ("{\"a\":", 100000);
}

static void
test_bom (void)
{
  g_autoptr(LeydenValue) value = leyden_json_parse ("\xEF\xBB\xBF{\"a\":1}", -1, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (leyden_value_get_member_int (value, "a", 0), ==, 1);
  g_assert_null (leyden_json_parse ("\xEF\xBB\xBF{x}", -1, NULL, &error));
  g_assert_nonnull (strstr (error->message, "1:2:"));
  g_clear_error (&error);
  g_assert_null (leyden_json_parse ("\xEF\xBB\xBF", -1, NULL, &error));
  g_assert_error (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_EMPTY);
  g_assert_null (leyden_json_parse ("\xEF\xBB\xBF\xEF\xBB\xBF{}", -1, NULL, NULL));
}

static void
test_utf16 (void)
{
  static const struct { const char *text; gsize length; } cases[] = {
    { "\xFF\xFE{\0}\0", 6 }, { "\xFE\xFF\0{\0}", 6 }, { "{\0}\0", 4 }, { "\0{\0}", 4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_json_parse (cases[i].text, (gssize) cases[i].length, NULL, &error));
      g_assert_error (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_ENCODING);
      g_assert_nonnull (strstr (error->message, "looks like UTF-16"));
    }
}

static void
test_line_ends (void)
{
  g_autoptr(LeydenValue) value = leyden_json_parse ("{\r\n\t\"a\":\t1\r\n}\r\n", -1, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (leyden_value_get_member_int (value, "a", 0), ==, 1);
  g_assert_null (leyden_json_parse ("{\r\n\r\n  x", -1, NULL, &error));
  g_assert_nonnull (strstr (error->message, "3:3:"));
}

/* 2^n keys of "Az" and "BY", which all have one g_str_hash. */
static char *
colliding_object (guint n_keys)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < n_keys; i++)
    {
      g_string_append (text, i > 0 ? ",\"" : "\"");
      for (guint bit = 0; bit < 15; bit++)
        g_string_append (text, i >> bit & 1 ? "Az" : "BY");
      g_string_append (text, "\":1");
    }
  g_string_append (text, "}");
  return g_string_free (text, FALSE);
}

/* Found by counting: a reader that compares every pair would need 2·10^8 comparisons for each of the rounds. */
static void
test_collisions (void)
{
  g_autofree char *text = colliding_object (20000);
  g_autofree char *allowed = colliding_object (10000);
  LeydenJsonLimits limits = { .max_keys = 20000 };
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_json_parse (text, -1, NULL, &error));
  g_assert_error (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_LIMIT);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (text, -1, &limits, NULL);
      g_autoptr(LeydenValue) fits = leyden_json_parse (allowed, -1, NULL, NULL);

      g_assert_cmpuint (leyden_value_get_size (value), ==, 20000);
      g_assert_cmpuint (leyden_value_get_size (fits), ==, 10000);
      g_assert_cmpint (leyden_value_get_member_int (value, "AzBYBYBYBYBYBYBYBYBYBYBYBYBYBY", 0), ==, 1);
    }
}

/* A31: 130 deep is our own limit's matter, 1e400 a policy, and a key is text. */
static void
test_event_data (void)
{
  g_autofree char *deep = repeat ("[", 130, "", "]");
  LeydenJsonLimits event = { .policy = LEYDEN_JSON_WIRE, .max_depth = 100 };
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = leyden_json_parse ("{\"'; DROP TABLE events;--\":1e400}", -1, &wire, NULL);

  g_assert_null (leyden_json_parse (deep, -1, &event, &error));
  g_assert_error (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_LIMIT);
  g_assert_cmpstr (leyden_value_get_key (value, 0), ==, "'; DROP TABLE events;--");
  g_assert_true (leyden_value_is_null (leyden_value_get_item (value, 0)));
}

/* Sent on as it came, or not at all. */
static void
test_not_finite (void)
{
  static const char * const refused[] = { "NaN", "[Infinity]", "{\"a\":-Infinity}", "1e400", "-1e999" };
  static const char * const taken[] = { "1e308", "99999999999999999999", "{\"a\":1,\"a\":2}", "\"\\u0000\"", "\"NaN\"" };
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .refuse_not_finite = TRUE };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr(LeydenValue) lax = leyden_json_parse (refused[i], -1, &wire, NULL);

      g_assert_nonnull (lax);
      g_assert_null (leyden_json_parse (refused[i], -1, &limits, NULL));
    }
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (taken[i], -1, &limits, NULL);

      g_assert_nonnull (value);
    }
}

static void
test_limits (void)
{
  LeydenJsonLimits bytes = { .max_bytes = 4 };
  LeydenJsonLimits values = { .max_values = 3 };
  LeydenJsonLimits keys = { .max_keys = 1 };
  g_autoptr(LeydenValue) a = leyden_json_parse ("[12]", -1, &bytes, NULL);
  g_autoptr(LeydenValue) b = leyden_json_parse ("[1,2]", -1, &values, NULL);
  g_autoptr(LeydenValue) c = leyden_json_parse ("[{\"a\":1},{\"a\":2}]", -1, &keys, NULL);

  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_assert_nonnull (c);
  g_assert_null (leyden_json_parse ("[123]", -1, &bytes, NULL));
  g_assert_null (leyden_json_parse ("[1,2,3]", -1, &values, NULL));
  g_assert_null (leyden_json_parse ("{\"a\":1,\"b\":2}", -1, &keys, NULL));
}

static void
test_pull (void)
{
  static const char text[] = "{\"a\":[1,\"x\\n\"],\"skip\":{\"b\":[{}]},\"c\":{\"d\":null}}";
  g_autoptr(LeydenJsonReader) reader = leyden_json_reader_new (text, strlen (text), NULL);
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *compact = NULL;
  gsize length;

  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_BEGIN_OBJECT);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_KEY);
  g_assert_cmpstr (leyden_json_reader_get_text (reader, &length), ==, "a");
  g_assert_cmpuint (length, ==, 1);
  g_assert_cmpuint (leyden_json_reader_get_offset (reader), ==, 1);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_BEGIN_LIST);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_NUMBER);
  g_assert_cmpstr (leyden_json_reader_get_text (reader, NULL), ==, "1");
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_STRING);
  g_assert_cmpstr (leyden_json_reader_get_text (reader, NULL), ==, "x\n");
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_END_LIST);
  g_assert_null (leyden_json_reader_get_text (reader, NULL));
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_KEY);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_BEGIN_OBJECT);
  g_assert_true (leyden_json_reader_skip_value (reader, NULL));
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_KEY);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_BEGIN_OBJECT);
  value = leyden_json_reader_read_value (reader, NULL);
  compact = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (compact, ==, "{\"d\":null}");
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_END_OBJECT);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_END);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_END);
}

static void
test_read_after_key (void)
{
  static const char text[] = "{\"a\":5,\"b\":[1,2]}";
  g_autoptr(LeydenJsonReader) reader = leyden_json_reader_new (text, strlen (text), NULL);
  g_autoptr(LeydenValue) five = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) nothing = NULL;
  g_autoptr(GError) error = NULL;
  gint64 integer = 0;

  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_BEGIN_OBJECT);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_KEY);
  five = leyden_json_reader_read_value (reader, NULL);
  g_assert_true (leyden_value_get_int (five, &integer));
  g_assert_cmpint (integer, ==, 5);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_KEY);
  list = leyden_json_reader_read_value (reader, NULL);
  g_assert_cmpuint (leyden_value_get_size (list), ==, 2);
  g_assert_cmpint (leyden_json_reader_next (reader, NULL), ==, LEYDEN_JSON_TOKEN_END_OBJECT);
  nothing = leyden_json_reader_read_value (reader, &error);
  g_assert_null (nothing);
  g_assert_error (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_SYNTAX);
}

static void
test_locate (void)
{
  static const char text[] = "{\n  \"nodes\": [\n    {\"id\": \"a\"},\n    {\"i/d\": 7, \"é\": {\"x~y\": 1}}\n  ]\n}\n";
  static const struct { const char *pointer; guint line; guint column; } cases[] = {
    { "", 1, 1 }, { "/nodes", 2, 12 }, { "/nodes/0", 3, 5 }, { "/nodes/0/id", 3, 12 }, { "/nodes/1/i~1d", 4, 13 },
    { "/nodes/1/é/x~0y", 4, 29 },
  };
  guint line;
  guint column;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_true (leyden_json_locate (text, strlen (text), cases[i].pointer, &line, &column));
      g_assert_cmpuint (line, ==, cases[i].line);
      g_assert_cmpuint (column, ==, cases[i].column);
    }
  g_assert_false (leyden_json_locate (text, strlen (text), "/none", &line, &column));
  g_assert_false (leyden_json_locate (text, strlen (text), "/nodes/2", &line, &column));
  g_assert_false (leyden_json_locate (text, strlen (text), "/nodes/00", &line, &column));
  g_assert_false (leyden_json_locate (text, strlen (text), "nodes", &line, &column));
}

static void
test_styles (void)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (
    "{\"b\":[1.0,1E5,1e-7,-0.0,-0,1e21,1e22,9007199254740993,0.1e1,\"\\u20ac</\"],\"a\":{},\"\\ue000\":1,\"\\ud83d\\ude00\":[]}",
    -1, NULL, NULL);
  g_autofree char *canonical = leyden_json_write (value, LEYDEN_JSON_CANONICAL);
  g_autofree char *python = leyden_json_write (value, LEYDEN_JSON_PYTHON);
  g_autofree char *pretty = leyden_json_write (value, LEYDEN_JSON_PRETTY);

  g_assert_cmpstr (canonical, ==, "{\"a\":{},\"b\":[1,100000,1e-7,0,0,1e+21,1e+22,9007199254740993,1,\"€</\"],\"😀\":[],\"\xEE\x80\x80\":1}");
  g_assert_cmpstr (python, ==, "{\"b\":[1.0,100000.0,1e-07,-0.0,-0,1e+21,1e+22,9007199254740993,1.0,\"€</\"],\"a\":{},\"\xEE\x80\x80\":1,\"😀\":[]}");
  g_assert_cmpstr (pretty, ==, "{\n  \"b\": [\n    1.0,\n    1E5,\n    1e-7,\n    -0.0,\n    -0,\n    1e21,\n    1e22,\n"
                               "    9007199254740993,\n    0.1e1,\n    \"€</\"\n  ],\n  \"a\": {},\n  \"\xEE\x80\x80\": 1,\n"
                               "  \"😀\": []\n}\n");
}

/* RFC 8785, appendix B, and the doubles next to powers of two, where nearest and shortest part. */
static void
test_doubles (void)
{
  static const struct { guint64 bits; const char *expected; } cases[] = {
    { 0x0000000000000000, "0" }, { 0x8000000000000000, "0" }, { 0x0000000000000001, "5e-324" },
    { 0x8000000000000001, "-5e-324" }, { 0x7fefffffffffffff, "1.7976931348623157e+308" },
    { 0x4340000000000000, "9007199254740992" }, { 0xc340000000000000, "-9007199254740992" },
    { 0x4430000000000000, "295147905179352830000" }, { 0x44b52d02c7e14af5, "9.999999999999997e+22" },
    { 0x44b52d02c7e14af6, "1e+23" }, { 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
    { 0x444b1ae4d6e2ef4e, "999999999999999700000" }, { 0x444b1ae4d6e2ef4f, "999999999999999900000" },
    { 0x444b1ae4d6e2ef50, "1e+21" }, { 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
    { 0x3eb0c6f7a0b5ed8d, "0.000001" }, { 0x41b3de4355555553, "333333333.3333332" },
    { 0x41b3de4355555554, "333333333.33333325" }, { 0x41b3de4355555555, "333333333.3333333" },
    { 0x41b3de4355555556, "333333333.3333334" }, { 0x41b3de4355555557, "333333333.33333343" },
    { 0xbecbf647612f3696, "-0.0000033333333333333333" }, { 0x43143ff3c1cb0959, "1424953923781206.2" },
    { 0x3d30000000000000, "5.684341886080802e-14" }, { 0x3fb999999999999a, "0.1" }, { 0x3ff0000000000000, "1" },
  };
  char buffer[32];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double value;

      memcpy (&value, &cases[i].bits, sizeof value);
      g_assert_cmpstr (leyden_json_format_double (buffer, value), ==, cases[i].expected);
    }
  g_assert_cmpstr (leyden_json_format_double_python (buffer, 1e16), ==, "1e+16");
  g_assert_cmpstr (leyden_json_format_double_python (buffer, 1e15), ==, "1000000000000000.0");
  g_assert_cmpstr (leyden_json_format_double_python (buffer, 0.0001), ==, "0.0001");
  g_assert_cmpstr (leyden_json_format_double_python (buffer, 0.00001), ==, "1e-05");
  g_assert_cmpstr (leyden_json_format_double_python (buffer, -1e-300), ==, "-1e-300");
}

static void
test_doubles_random (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (3);
  char buffer[32];

  for (guint i = 0; i < 20000; i++)
    {
      guint64 bits = (guint64) g_rand_int (random) << 32 | g_rand_int (random);
      double value;

      if (i % 4 == 0)
        bits &= 0xFFF0000000000000;     /* powers of two */
      memcpy (&value, &bits, sizeof value);
      if (!isfinite (value))
        continue;
      g_assert_true (g_ascii_strtod (leyden_json_format_double (buffer, value), NULL) == value);
      g_assert_true (g_ascii_strtod (leyden_json_format_double_python (buffer, value), NULL) == value);
    }
}

/* Decimals of up to 16 digits, and times: what was written is what is written again. */
static void
test_short_doubles (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (5);
  char buffer[32];

  for (guint i = 0; i < 20000; i++)
    {
      guint64 whole = (guint64) g_rand_int (random) % 1000000000;
      guint64 micros = (guint64) g_rand_int (random) % 1000000;
      g_autofree char *text = g_strdup_printf ("%s%" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT, i % 2 ? "-" : "",
                                               i % 3 == 0 ? 1700000000 + whole : i % 3 == 1 ? whole : 0, micros);
      g_autoptr(LeydenValue) value = NULL;
      g_autofree char *written = NULL;
      gsize length = strlen (text);

      while (text[length - 1] == '0' && text[length - 2] != '.')
        text[--length] = '\0';
      if (i % 3 == 2 && micros < 100)
        continue;                       /* has an exponent */
      g_assert_cmpstr (leyden_json_format_double_python (buffer, g_ascii_strtod (text, NULL)), ==, text);
      value = leyden_json_parse (text, -1, NULL, NULL);
      written = leyden_json_write (value, LEYDEN_JSON_PYTHON);
      g_assert_cmpstr (written, ==, text);
    }
}

/* Texts that are not what Python writes become it. */
static void
test_python_texts (void)
{
  static const char * const texts[][2] = {
    { "0.0", "0.0" }, { "-0.0", "-0.0" }, { "0.10", "0.1" }, { "1.50", "1.5" }, { "10.00", "10.0" }, { "100.0", "100.0" }, { "0.0001", "0.0001" },
    { "0.00001", "1e-05" }, { "0.000123", "0.000123" }, { "0.0000123", "1.23e-05" }, { "123456789012345.0", "123456789012345.0" },
    { "1234567890123456.0", "1234567890123456.0" }, { "12345678901234567.0", "1.2345678901234568e+16" }, { "0.1000000000000000055", "0.1" },
    { "0.30000000000000004", "0.30000000000000004" }, { "1.5e3", "1500.0" }, { "5.684341886080801e-14", "5.684341886080801e-14" },
    { "4503599627370496.5", "4503599627370496.0" }, { "2251799813685248.25", "2251799813685248.0" }, { "0.000100000000000001", "0.000100000000000001" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (texts[i][0], -1, NULL, NULL);
      g_autofree char *written = leyden_json_write (value, LEYDEN_JSON_PYTHON);

      g_assert_cmpstr (written, ==, texts[i][1]);
    }
}

static void
test_hash (void)
{
  g_autoptr(LeydenValue) a = leyden_json_parse ("{\"b\":1.0,\"a\":[\"é\"]}", -1, NULL, NULL);
  g_autoptr(LeydenValue) b = leyden_json_parse (" {\"a\":[\"\\u00e9\"], \"b\":1} ", -1, NULL, NULL);
  g_autofree char *x = leyden_json_hash (a);
  g_autofree char *y = leyden_json_hash (b);
  g_autofree char *expected = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "{\"a\":[\"é\"],\"b\":1}", -1);

  g_assert_cmpstr (x, ==, y);
  g_assert_cmpstr (x, ==, expected);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/round-trip", test_round_trip);
  g_test_add_func ("/json/decode", test_decode);
  g_test_add_func ("/json/wire", test_wire);
  g_test_add_func ("/json/written-doubles", test_written_doubles);
  g_test_add_func ("/json/wire-refuses", test_wire_refuses);
  g_test_add_func ("/json/shared", test_shared);
  g_test_add_func ("/json/limits", test_limits);
  g_test_add_func ("/json/pull", test_pull);
  g_test_add_func ("/json/read-after-key", test_read_after_key);
  g_test_add_func ("/json/locate", test_locate);
  g_test_add_func ("/json/styles", test_styles);
  g_test_add_func ("/json/doubles", test_doubles);
  g_test_add_func ("/json/doubles-random", test_doubles_random);
  g_test_add_func ("/json/hash", test_hash);
  g_test_add_func ("/json/double/short", test_short_doubles);
  g_test_add_func ("/json/double/python-texts", test_python_texts);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", refusals[i].id[0] == 'W' ? "/hostile" : "/json/refuses", refusals[i].id);

      g_test_add_data_func (path, &refusals[i], test_refusal);
    }
  g_test_add_func ("/hostile/W06", test_depth);
  g_test_add_func ("/hostile/W07", test_million_brackets);
  g_test_add_func ("/hostile/W08", test_deep_objects);
  g_test_add_func ("/hostile/W27", test_bom);
  g_test_add_func ("/hostile/W28", test_utf16);
  g_test_add_func ("/hostile/W29", test_line_ends);
  g_test_add_func ("/hostile/W50", test_collisions);
  g_test_add_func ("/hostile/A31", test_event_data);
  g_test_add_func ("/json/not-finite", test_not_finite);
  return g_test_run ();
}
