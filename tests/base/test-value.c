/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-value.h"

static LeydenValue *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (value);
  return value;
}

static void
assert_compact (const LeydenValue *value,
                const char        *expected)
{
  g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_scalars (void)
{
  g_autoptr(LeydenValue) text = leyden_value_new_string ("a\0b", 3);
  g_autoptr(LeydenValue) big = leyden_value_new_int (G_MININT64);
  g_autoptr(LeydenValue) real = leyden_value_new_double (0.1);
  gsize length;
  gint64 integer;
  double number;

  g_assert_true (leyden_value_is_null (NULL));
  g_assert_true (leyden_value_is_null (leyden_value_new_null ()));
  g_assert_true (leyden_value_get_boolean (leyden_value_new_boolean (TRUE)));
  g_assert_false (leyden_value_get_boolean (leyden_value_new_boolean (FALSE)));
  g_assert_true (leyden_value_new_int (7) == leyden_value_new_int (7));
  g_assert_true (leyden_value_get_int (leyden_value_new_int (-16), &integer));
  g_assert_cmpint (integer, ==, -16);
  leyden_value_get_string (text, &length);
  g_assert_cmpmem (leyden_value_get_string (text, NULL), length, "a\0b", 3);
  g_assert_true (leyden_value_get_int (big, &integer));
  g_assert_cmpint (integer, ==, G_MININT64);
  g_assert_true (leyden_value_get_double (real, &number));
  g_assert_cmpfloat (number, ==, 0.1);
  g_assert_cmpstr (leyden_value_get_number_text (real), ==, "0.1");
  g_assert_cmpint (leyden_value_get_size (text), ==, 0);
  g_assert_null (leyden_value_get_item (text, 0));
  g_assert_null (leyden_value_get_key (NULL, 0));
  g_assert_cmpstr (leyden_value_kind_to_string (LEYDEN_VALUE_LIST), ==, "list");
}

static void
test_integers (void)
{
  static const struct { const char *text; gboolean fits; gint64 value; } cases[] = {
    { "0", TRUE, 0 }, { "-0", TRUE, 0 }, { "1.0", TRUE, 1 }, { "1e2", TRUE, 100 }, { "1.5", FALSE, 0 },
    { "9223372036854775807", TRUE, G_MAXINT64 }, { "-9223372036854775808", TRUE, G_MININT64 },
    { "9223372036854775807.000", TRUE, G_MAXINT64 }, { "9223372036854775808", FALSE, 0 },
    { "-9223372036854775809", FALSE, 0 }, { "18446744073709551616", FALSE, 0 }, { "1e300", FALSE, 0 },
    { "100000000000000000000e-19", TRUE, 10 }, { "0.5e1", TRUE, 5 }, { "99999999999999999999999", FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) value = leyden_value_new_number (cases[i].text, -1);
      gint64 integer = 0;

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (leyden_value_get_int (value, &integer), ==, cases[i].fits);
      g_assert_cmpint (integer, ==, cases[i].value);
    }
}

static void
test_builder (void)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenValue) inner = parse ("[1]");

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "text", "x");
  leyden_value_builder_set_int (&builder, "n", 5);
  leyden_value_builder_set_double (&builder, "d", NAN);
  leyden_value_builder_key (&builder, "list");
  leyden_value_builder_begin_list (&builder);
  leyden_value_builder_add (&builder, inner);
  leyden_value_builder_add_boolean (&builder, TRUE);
  leyden_value_builder_add_string (&builder, NULL);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  leyden_value_builder_set_int (&builder, "n", 6);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  assert_compact (value, "{\"text\":\"x\",\"n\":6,\"d\":null,\"list\":[[1],true,null,{}]}");

  /* The builder is empty again; what is half built is freed by clear. */
  leyden_value_builder_begin_list (&builder);
  leyden_value_builder_add_string (&builder, "half");
}

static void
test_many_keys (void)
{
  for (guint n = 0; n < 2000; n = n < 20 ? n + 1 : n * 3)
    {
      g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
      g_autoptr(LeydenValue) value = NULL;

      leyden_value_builder_begin_object (&builder);
      for (guint i = 0; i < n; i++)
        {
          g_autofree char *key = g_strdup_printf ("key%u", i);
          leyden_value_builder_set_int (&builder, key, i);
        }
      leyden_value_builder_end (&builder);
      value = leyden_value_builder_end_value (&builder);
      g_assert_cmpuint (leyden_value_get_size (value), ==, n);
      for (guint i = 0; i < n; i++)
        {
          g_autofree char *key = g_strdup_printf ("key%u", i);

          g_assert_cmpint (leyden_value_get_member_int (value, key, -1), ==, i);
          g_assert_cmpstr (leyden_value_get_key (value, i), ==, key);
        }
      g_assert_null (leyden_value_get_member (value, "key"));
      g_assert_null (leyden_value_get_member (value, ""));
    }
}

static void
test_wide_object (void)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < 70000; i++)
    {
      char key[16];

      g_snprintf (key, sizeof key, "%x", i);
      leyden_value_builder_set_int (&builder, key, i);
    }
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  g_assert_cmpint (leyden_value_get_member_int (value, "1116f", 0), ==, 69999);
  g_assert_cmpint (leyden_value_get_member_int (value, "ffff", 0), ==, 65535);
  g_assert_null (leyden_value_get_member (value, "11170"));
}

static void
test_members (void)
{
  g_autoptr(LeydenValue) value = parse ("{\"s\":\"x\",\"i\":3,\"d\":2.5,\"b\":true,\"n\":null}");

  g_assert_cmpstr (leyden_value_get_member_string (value, "s", "?"), ==, "x");
  g_assert_cmpstr (leyden_value_get_member_string (value, "i", "?"), ==, "?");
  g_assert_cmpint (leyden_value_get_member_int (value, "i", 9), ==, 3);
  g_assert_cmpint (leyden_value_get_member_int (value, "d", 9), ==, 9);
  g_assert_cmpfloat (leyden_value_get_member_double (value, "d", 9), ==, 2.5);
  g_assert_cmpfloat (leyden_value_get_member_double (value, "i", 9), ==, 3);
  g_assert_cmpfloat (leyden_value_get_member_double (value, "none", 9), ==, 9);
  g_assert_true (leyden_value_get_member_boolean (value, "b", FALSE));
  g_assert_true (leyden_value_get_member_boolean (value, "n", TRUE));
}

static void
test_pointer (void)
{
  g_autoptr(LeydenValue) value = parse ("{\"a\":[1,{\"b/c\":2,\"m~n\":3,\"\":4}],\"~1\":5}");
  gint64 integer;
  static const struct { const char *pointer; gint64 value; } cases[] = {
    { "/a/0", 1 }, { "/a/1/b~1c", 2 }, { "/a/1/m~0n", 3 }, { "/a/1/", 4 }, { "/~01", 5 },
    { "/a/2", -1 }, { "/a/01", -1 }, { "/a/-", -1 }, { "/a/0/x", -1 }, { "a", -1 }, { "/x", -1 },
    { "/a/99999999999999999999", -1 },
  };

  g_assert_true (leyden_value_lookup_pointer (value, "") == value);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      integer = -1;
      leyden_value_get_int (leyden_value_lookup_pointer (value, cases[i].pointer), &integer);
      g_assert_cmpint (integer, ==, cases[i].value);
    }
}

static void
test_equal (void)
{
  static const struct { const char *a; const char *b; gboolean equal; } cases[] = {
    { "1", "1.0", TRUE }, { "1", "10e-1", TRUE }, { "100", "1e2", TRUE }, { "0", "-0.0", TRUE }, { "0", "-0", TRUE }, { "1", "-1", FALSE },
    { "123456789012345678901.0", "123456789012345680000", TRUE }, { "1", "2", FALSE },
    { "0.1", "0.10000000000000000555", TRUE }, { "9007199254740993", "9007199254740992", FALSE },
    { "9007199254740993", "9007199254740993.0", TRUE }, { "1", "true", FALSE }, { "1", "\"1\"", FALSE },
    { "-1", "1", FALSE },
    { "{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1}", TRUE }, { "{\"a\":1}", "{\"b\":1}", FALSE },
    { "{\"a\":1}", "{\"a\":1,\"b\":1}", FALSE }, { "[1,2]", "[2,1]", FALSE }, { "[]", "{}", FALSE },
    { "null", "false", FALSE }, { "\"a\"", "\"a\"", TRUE }, { "\"a\"", "\"b\"", FALSE },
  };
  LeydenJsonLimits wire = { .policy = LEYDEN_JSON_WIRE };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) a = leyden_json_parse (cases[i].a, -1, &wire, NULL);
      g_autoptr(LeydenValue) b = leyden_json_parse (cases[i].b, -1, &wire, NULL);

      g_test_message ("%s %s", cases[i].a, cases[i].b);
      g_assert_cmpint (leyden_value_equal (a, b), ==, cases[i].equal);
      g_assert_cmpint (leyden_value_equal (b, a), ==, cases[i].equal);
      if (cases[i].equal)
        g_assert_cmpuint (leyden_value_hash (a), ==, leyden_value_hash (b));
    }
  g_assert_true (leyden_value_equal (NULL, leyden_value_new_null ()));
}

static void
test_with (void)
{
  g_autoptr(LeydenValue) object = parse ("{\"a\":1,\"b\":2}");
  g_autoptr(LeydenValue) list = parse ("[1,2]");
  g_autoptr(LeydenValue) changed = leyden_value_with_member (object, "a", list);
  g_autoptr(LeydenValue) added = leyden_value_with_member (object, "c", leyden_value_new_null ());
  g_autoptr(LeydenValue) removed = leyden_value_with_member (object, "a", NULL);
  g_autoptr(LeydenValue) item = leyden_value_with_item (list, 0, object);
  g_autoptr(LeydenValue) shorter = leyden_value_with_item (list, 0, NULL);
  g_autoptr(LeydenValue) longer = leyden_value_with_item (list, 2, leyden_value_new_int (3));

  assert_compact (changed, "{\"a\":[1,2],\"b\":2}");
  assert_compact (added, "{\"a\":1,\"b\":2,\"c\":null}");
  assert_compact (removed, "{\"b\":2}");
  assert_compact (item, "[{\"a\":1,\"b\":2},2]");
  assert_compact (shorter, "[2]");
  assert_compact (longer, "[1,2,3]");
  assert_compact (object, "{\"a\":1,\"b\":2}");
  g_assert_true (leyden_value_get_member (changed, "a") == list);
}

static gpointer
share_thread (gpointer data)
{
  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(LeydenValue) mine = leyden_value_ref (data);
      g_autoptr(LeydenValue) item = leyden_value_ref (leyden_value_get_item (mine, 1));

      g_assert_cmpint (leyden_value_get_size (mine), ==, 2);
    }
  leyden_value_unref (data);
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr(LeydenValue) value = parse ("[1,\"shared\"]");
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("share", share_thread, leyden_value_ref (value));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  assert_compact (value, "[1,\"shared\"]");
}

static void
test_too_deep (void)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  guint depth = g_test_subprocess () ? 1001 : 1000;

  for (guint i = 0; i < depth; i++)
    leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < depth; i++)
    leyden_value_builder_end (&builder);
  leyden_value_unref (leyden_value_builder_end_value (&builder));
  if (g_test_subprocess ())
    return;

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*deeper than 1000*");
}

static void
test_boxed (void)
{
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) copy = G_VALUE_INIT;

  g_value_init (&value, LEYDEN_TYPE_VALUE);
  g_value_take_boxed (&value, parse ("[\"boxed\"]"));
  g_value_init (&copy, LEYDEN_TYPE_VALUE);
  g_value_copy (&value, &copy);
  g_assert_true (g_value_get_boxed (&value) == g_value_get_boxed (&copy));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value/scalars", test_scalars);
  g_test_add_func ("/value/integers", test_integers);
  g_test_add_func ("/value/builder", test_builder);
  g_test_add_func ("/value/many-keys", test_many_keys);
  g_test_add_func ("/value/wide-object", test_wide_object);
  g_test_add_func ("/value/members", test_members);
  g_test_add_func ("/value/pointer", test_pointer);
  g_test_add_func ("/value/equal", test_equal);
  g_test_add_func ("/value/with", test_with);
  g_test_add_func ("/value/threads", test_threads);
  g_test_add_func ("/value/too-deep", test_too_deep);
  g_test_add_func ("/value/boxed", test_boxed);
  return g_test_run ();
}
