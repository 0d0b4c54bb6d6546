/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-edit.h"

#include <string.h>
#include "leyden-json.h"

/* Section W of the list of hostile inputs, as far as it concerns the text of a file; files themselves are in test-document.c,
 * checking in tests/catalog. Other members of the same classes stand beside the examples. */

static LeydenFlow *
parse (const char  *text,
       gssize       length,
       GError     **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, length < 0 ? strlen (text) : (gsize) length);

  return leyden_flow_parse (bytes, "in.leyden", error);
}

static void
refuse (const char *text,
        gssize      length,
        int         code,
        const char *part)
{
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = parse (text, length, &error);

  if (flow != NULL)
    g_error ("accepted, but \"%s\" was expected", part);
  g_assert_error (error, LEYDEN_FLOW_ERROR, code);
  if (strstr (error->message, part) == NULL)
    g_error ("\"%s\" is not in \"%s\"", part, error->message);
  /* One line, bounded, printable. */
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (strlen (error->message), <, 1500);
  for (const char *p = error->message; *p != '\0'; p++)
    g_assert_false (g_ascii_iscntrl (*p));
}

static LeydenFlow *
accept (const char *text,
        gssize      length)
{
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = parse (text, length, &error);

  g_assert_no_error (error);
  return flow;
}

static char *
serialize (LeydenFlow *flow)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (flow);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static char *
repeat (const char *before,
        const char *unit,
        guint       n,
        const char *after)
{
  GString *text = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append (text, unit);
  g_string_append (text, after);
  return g_string_free (text, FALSE);
}

#define HEAD "{\"leyden\":1,\"id\":\"f\","
#define NODE(rest) HEAD "\"nodes\":[{\"id\":\"a\",\"type\":\"t\"" rest "}]}"

static void
test_empty (void)
{
  refuse ("", 0, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
  refuse (" \n\t\r\n ", -1, LEYDEN_FLOW_ERROR_SYNTAX, "empty");
  refuse ("\xef\xbb\xbf", -1, LEYDEN_FLOW_ERROR_SYNTAX, "empty");
}

static void
test_cut (void)
{
  const char text[] = NODE (",\"title\":\"Hello\"");

  refuse (HEAD "\n\"title\":\"cut", -1, LEYDEN_FLOW_ERROR_SYNTAX, "2");
  for (gsize i = 1; i < sizeof text - 1; i++)
    refuse (text, (gssize) i, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
}

static void
test_trailing (void)
{
  refuse (HEAD "\"nodes\":[]}\n{\"leyden\":1}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
  refuse (HEAD "\"nodes\":[]} x", -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
  refuse (HEAD "\"nodes\":[]},", -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
}

static void
test_top_level (void)
{
  refuse ("[]", -1, LEYDEN_FLOW_ERROR_FORMAT, "expected an object");
  refuse ("42", -1, LEYDEN_FLOW_ERROR_FORMAT, "expected an object");
  refuse ("null", -1, LEYDEN_FLOW_ERROR_FORMAT, "expected an object");
  refuse ("\"x\"", -1, LEYDEN_FLOW_ERROR_FORMAT, "expected an object");
}

static void
test_depth (void)
{
  g_autofree char *opened = repeat ("", "[", 200, "");
  g_autofree char *closed = repeat ("", "]", 200, "");
  g_autofree char *deep = g_strconcat (HEAD "\"x\":", opened, closed, "}", NULL);
  g_autofree char *deeper = g_strconcat (HEAD "\"x\":[", opened, closed, "]}", NULL);
  g_autoptr(LeydenFlow) flow = accept (deep, -1);
  g_autofree char *text = serialize (flow);
  g_autoptr(LeydenFlow) again = accept (text, -1);

  g_assert_nonnull (again);
  refuse (deeper, -1, LEYDEN_FLOW_ERROR_SYNTAX, "nested deeper");
}

static gpointer
parse_deep (gpointer data)
{
  refuse (data, -1, LEYDEN_FLOW_ERROR_SYNTAX, "nested deeper");
  return NULL;
}

static void
test_brackets (void)
{
  g_autofree char *brackets = repeat ("", "[", 1000000, "");
  g_autofree char *objects = repeat ("", "{\"a\":", 100000, "");

  g_thread_join (g_thread_new ("deep", parse_deep, brackets));
  g_thread_join (g_thread_new ("deep", parse_deep, objects));
  parse_deep (brackets);
}

static void
test_duplicate_key (void)
{
  refuse (HEAD "\"nodes\":[],\n\"nodes\":[]}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "nodes");
  refuse (NODE (",\"type\":\"u\""), -1, LEYDEN_FLOW_ERROR_SYNTAX, "type");
  refuse (HEAD "\"\\u0061\":1,\"a\":2}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
}

static void
test_numbers (void)
{
  refuse (NODE (",\"position\":{\"x\":1e999,\"y\":0}"), -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
  refuse (NODE (",\"position\":{\"x\":-1e999,\"y\":0}"), -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
}

static void
test_big_integer (void)
{
  g_autoptr(LeydenFlow) flow = accept (NODE (",\"parameters\":{\"seed\":9223372036854775807}"), -1);
  g_autofree char *text = serialize (flow);

  g_assert_nonnull (strstr (text, "9223372036854775807"));
  /* A big number with an exponent becomes digits in the canonical form; the file that is written can be read. */
  {
    g_autoptr(LeydenFlow) big = accept (NODE (",\"position\":{\"x\":12e18,\"y\":-1.5E20}"), -1);
    g_autofree char *first = serialize (big);
    g_autoptr(LeydenFlow) again = accept (first, -1);
    g_autofree char *second = serialize (again);

    g_assert_cmpstr (first, ==, second);
  }
  refuse (NODE (",\"parameters\":{\"seed\":18446744073709551616}"), -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
  refuse (NODE (",\"parameters\":{\"seed\":-9223372036854775809}"), -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
}

static void
test_words (void)
{
  static const char * const words[] = { "NaN", "Infinity", "-Infinity", "undefined", "True", "'x'", "01", "+1", ".5", "1.", "0x10", "/* */ 1" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *text = g_strconcat (HEAD "\n\"x\":", words[i], "}", NULL);

      refuse (text, -1, LEYDEN_FLOW_ERROR_SYNTAX, "2");
    }
}

static void
test_far_positions (void)
{
  g_autoptr(LeydenFlow) flow = accept ("{\"leyden\":1,\"id\":\"f\",\"view\":{\"x\":0,\"y\":0,\"zoom\":1e-300},\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"position\":{\"x\":1e18,\"y\":-1e300}}]}", -1);
  g_autofree char *text = serialize (flow);
  graphene_point_t position = leyden_node_get_position (leyden_flow_get_node (flow, "a"));

  g_assert_cmpfloat (position.x, ==, 1e6f);
  g_assert_cmpfloat (position.y, ==, -1e6f);
  g_assert_nonnull (strstr (text, "\"x\": 1000000000000000000"));
  g_assert_nonnull (strstr (text, "\"y\": -1e+300"));
  g_assert_nonnull (strstr (text, "\"zoom\": 1e-300"));
}

static char *
many_nodes (guint n)
{
  GString *text = g_string_new (HEAD "\"nodes\":[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s{\"id\":\"n%u\",\"type\":\"t\"}", i > 0 ? "," : "", i);
  g_string_append (text, "]}");
  return g_string_free (text, FALSE);
}

static void
test_many_nodes (void)
{
  g_autofree char *most = many_nodes (100000);
  g_autofree char *more = many_nodes (100001);
  g_autoptr(LeydenFlow) flow = accept (most, -1);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("One more");
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 100000);
  refuse (more, -1, LEYDEN_FLOW_ERROR_LIMIT, "100000");
  leyden_edit_add_node (edit, "last", "t", "", 0, 0, NULL);
  g_assert_false (leyden_flow_apply (flow, edit, &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
}

/* All with one id: bounded too. */
static void
test_many_duplicates (void)
{
  g_autofree char *text = repeat (HEAD "\"nodes\":[", "{\"id\":\"a\",\"type\":\"t\"},", 50000, "{\"id\":\"b\",\"type\":\"t\"}]}");
  g_autoptr(LeydenFlow) flow = accept (text, -1);

  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 50001);
}

static void
test_unknown_type (void)
{
  g_autoptr(LeydenFlow) flow = accept (HEAD "\"nodes\":[{\"id\":\"a\",\"type\":\"evil.exec\",\"command\":[\"sh\",\"-c\",\"x\"],\"parameters\":{\"q\":{\"w\":[null]}}}]}", -1);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Move");
  g_autofree char *text = NULL;

  leyden_edit_move_node (edit, "a", 1, 2);
  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  text = serialize (flow);
  g_assert_nonnull (strstr (text, "\"command\": [\n        \"sh\",\n        \"-c\",\n        \"x\"\n      ]"));
}

static void
test_format (void)
{
  static const char * const bad[] = { "\"1\"", "1.0", "-1", "0", "1e0", "null", "true", "[1]", "{}", "9223372036854775808" };
  g_autoptr(LeydenFlow) late = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"leyden\":%s,\"id\":\"f\"}", bad[i]);
      g_autoptr(GError) error = NULL;

      g_assert_null (parse (text, -1, &error));
      g_assert_nonnull (error);
    }
  refuse ("{\"id\":\"f\"}", -1, LEYDEN_FLOW_ERROR_FORMAT, "\"leyden\": 1");
  refuse ("{\"Leyden\":1,\"id\":\"f\"}", -1, LEYDEN_FLOW_ERROR_FORMAT, "\"leyden\": 1");
  late = accept ("{\"id\":\"f\",\"leyden\":1}", -1);
  g_assert_cmpint (leyden_flow_get_version (late), ==, 1);
}

static void
test_encoding (void)
{
  static const char utf16[] = "\xff\xfe{\0\"\0l\0\"\0:\0" "1\0}\0";

  refuse (HEAD "\"title\":\"a\xff" "b\"}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "UTF-8");
  refuse (HEAD "\"title\":\"\xc0\xaf\"}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "UTF-8");
  refuse (HEAD "\"title\":\"\xed\xa0\x80\"}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "UTF-8");
  refuse (HEAD "\"title\":\"\xf4\x90\x80\x80\"}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "UTF-8");
  refuse (utf16, sizeof utf16 - 1, LEYDEN_FLOW_ERROR_SYNTAX, "UTF-16");
}

static void
test_surrogate (void)
{
  refuse (HEAD "\"title\":\"\\ud800\"}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
  refuse (HEAD "\"title\":\"\\udc00\\ud800\"}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
}

static void
test_nul (void)
{
  refuse (NODE (",\"title\":\"a\\u0000b\""), -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
  refuse (HEAD "\"x\\u0000\":1}", -1, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
  refuse (HEAD "\"x\":1}\0", sizeof HEAD + 6, LEYDEN_FLOW_ERROR_SYNTAX, "in.leyden");
}

static void
test_line_ends (void)
{
  g_autoptr(LeydenFlow) flow = accept ("\xef\xbb\xbf{\r\n\t\"leyden\":\t1,\r\"id\":\"f\"\r\n}\r\n", -1);

  g_assert_cmpstr (leyden_flow_get_id (flow), ==, "f");
}

/* W30, W31, W32, W33: titles are kept as they are; making them safe is for whoever shows them. */
static void
test_titles (void)
{
  g_autofree char *long_title = repeat ("", "x", 1 << 20, "");
  const char *titles[] = { "<b>bold", "Tom & Jerry", "\xe2\x80\xae" "exe.json", "\xe2\x80\x8b", long_title };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      g_autofree char *text = g_strconcat (HEAD "\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"title\":\"", titles[i], "\"}]}", NULL);
      g_autoptr(LeydenFlow) flow = accept (text, -1);
      g_autofree char *file = serialize (flow);

      g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (flow, "a")), ==, titles[i]);
      g_assert_nonnull (strstr (file, titles[i]));
    }
}

static void
test_odd_ids (void)
{
  static const char * const ids[] = { "__proto__", "constructor", "../x", "a/b", "CON", "~1", "", " " };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *text = g_strdup_printf (HEAD "\"nodes\":[{\"id\":\"%s\",\"type\":\"t\"}]}", ids[i]);
      g_autoptr(LeydenFlow) flow = NULL;

      if (*ids[i] == '\0')
        {
          refuse (text, -1, LEYDEN_FLOW_ERROR_FORMAT, "“id”");
          continue;
        }
      flow = accept (text, -1);
      g_assert_nonnull (leyden_flow_get_node (flow, ids[i]));
    }
}

/* W37 and the like: names of files and pointers in messages are escaped. */
static void
test_escapes (void)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static ("{", 1);
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_flow_parse (bytes, "\033]0;x\007\n.leyden", &error));
  for (const char *p = error->message; *p != '\0'; p++)
    g_assert_false (g_ascii_iscntrl (*p));
  refuse (HEAD "\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"position\":\"\\u001b]0;x\\u0007\"}]}", -1, LEYDEN_FLOW_ERROR_FORMAT, "position");
}

static void
test_colliding_keys (void)
{
  g_autoptr(GString) text = g_string_new (HEAD "\"x\":{");

  for (guint i = 0; i < 20000; i++)
    {
      g_string_append (text, i > 0 ? ",\"" : "\"");
      for (guint bit = 0; bit < 15; bit++)
        g_string_append (text, (i >> bit & 1) != 0 ? "Az" : "BY");
      g_string_append (text, "\":1");
    }
  g_string_append (text, "}}");
  refuse (text->str, (gssize) text->len, LEYDEN_FLOW_ERROR_SYNTAX, "10000");
}

static void
test_size (void)
{
  g_autoptr(GBytes) bytes = g_bytes_new_take (g_malloc0 ((64u << 20) + 1), (64u << 20) + 1);
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_flow_parse (bytes, "big", &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_LIMIT);
}

/* The members that are structure, each of a wrong kind. */
static void
test_wrong_kinds (void)
{
  static const char * const keys[] = { "title", "description", "datasets", "view", "nodes", "edges", "frames", "notes" };
  static const char * const node_keys[] = { "title", "position", "parameters", "trainable", "retry", "flow" };
  static const char * const marks[] = { "7", "null", "[]", "{}", "{\"name\":1}", "{\"name\":\"q\",\"domain\":1}" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *text = g_strdup_printf (HEAD "\"%s\":7}", keys[i]);

      refuse (text, -1, LEYDEN_FLOW_ERROR_FORMAT, keys[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (node_keys); i++)
    {
      g_autofree char *text = g_strdup_printf (NODE (",\"%s\":null"), node_keys[i]);

      refuse (text, -1, LEYDEN_FLOW_ERROR_FORMAT, node_keys[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      g_autofree char *text = g_strdup_printf (NODE (",\"trainable\":[\"p\",%s]"), marks[i]);

      refuse (text, -1, LEYDEN_FLOW_ERROR_FORMAT, "trainable");
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hostile/W01", test_empty);
  g_test_add_func ("/hostile/W02", test_empty);
  g_test_add_func ("/hostile/W03", test_cut);
  g_test_add_func ("/hostile/W04", test_trailing);
  g_test_add_func ("/hostile/W05", test_top_level);
  g_test_add_func ("/hostile/W06", test_depth);
  g_test_add_func ("/hostile/W07", test_brackets);
  g_test_add_func ("/hostile/W08", test_brackets);
  g_test_add_func ("/hostile/W09", test_duplicate_key);
  g_test_add_func ("/hostile/W10", test_numbers);
  g_test_add_func ("/hostile/W11", test_big_integer);
  g_test_add_func ("/hostile/W12", test_words);
  g_test_add_func ("/hostile/W13", test_far_positions);
  g_test_add_func ("/hostile/W14/many", test_many_duplicates);
  g_test_add_func ("/hostile/W17", test_many_nodes);
  g_test_add_func ("/hostile/W19", test_unknown_type);
  g_test_add_func ("/hostile/W21", test_format);
  g_test_add_func ("/hostile/W23", test_encoding);
  g_test_add_func ("/hostile/W24", test_encoding);
  g_test_add_func ("/hostile/W25", test_surrogate);
  g_test_add_func ("/hostile/W26", test_nul);
  g_test_add_func ("/hostile/W27", test_line_ends);
  g_test_add_func ("/hostile/W28", test_encoding);
  g_test_add_func ("/hostile/W29", test_line_ends);
  g_test_add_func ("/hostile/W30", test_titles);
  g_test_add_func ("/hostile/W31", test_titles);
  g_test_add_func ("/hostile/W32", test_titles);
  g_test_add_func ("/hostile/W33", test_titles);
  g_test_add_func ("/hostile/W36/nodes", test_odd_ids);
  g_test_add_func ("/hostile/W37", test_escapes);
  g_test_add_func ("/hostile/W49/memory", test_size);
  g_test_add_func ("/hostile/W50", test_colliding_keys);
  g_test_add_func ("/hostile/kinds", test_wrong_kinds);
  return g_test_run ();
}
