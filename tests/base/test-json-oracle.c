/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json-glib as the oracle: generated documents, written in odd ways, read alike by both. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"

static void
append_string (GString *out,
               GRand   *random)
{
  static const char * const pieces[] = {
    "a", "plain text ", "\\n", "\\\"", "\\\\", "\\/", "\\t", "é", "✓", "😀", "\\u00e9", "\\u20AC", "\\ud83d\\ude00", "\x7f",
    "0123456789abcdef", " ",
  };

  g_string_append_c (out, '"');
  for (int n = g_rand_int_range (random, 0, 6); n > 0; n--)
    g_string_append (out, pieces[g_rand_int_range (random, 0, G_N_ELEMENTS (pieces))]);
  g_string_append_c (out, '"');
}

static void
append_space (GString *out,
              GRand   *random)
{
  static const char * const spaces[] = { "", "", "", " ", "\n", "\t", "\r\n", "  " };

  g_string_append (out, spaces[g_rand_int_range (random, 0, G_N_ELEMENTS (spaces))]);
}

static void
append_number (GString *out,
               GRand   *random)
{
  switch (g_rand_int_range (random, 0, 4))
    {
    case 0:
      g_string_append_printf (out, "%d", g_rand_int_range (random, -2000, 2000));
      break;
    case 1:
      g_string_append_printf (out, "%" G_GINT64_FORMAT, ((gint64) g_rand_int (random) << 31) - g_rand_int (random));
      break;
    case 2:
      g_string_append_printf (out, "%d.%03u", g_rand_int_range (random, -50, 50), g_rand_int_range (random, 0, 1000));
      break;
    default:
      g_string_append_printf (out, "%de%d", g_rand_int_range (random, 1, 99), g_rand_int_range (random, -30, 30));
      break;
    }
}

static void
append_value (GString *out,
              GRand   *random,
              guint    depth)
{
  static const char * const words[] = { "null", "true", "false" };
  int kind = g_rand_int_range (random, 0, depth < 6 ? 7 : 4);
  int n = g_rand_int_range (random, 0, 14);

  append_space (out, random);
  if (kind == 0)
    g_string_append (out, words[g_rand_int_range (random, 0, 3)]);
  else if (kind == 1)
    append_string (out, random);
  else if (kind < 4)
    append_number (out, random);
  else
    {
      gboolean object = kind > 4;

      g_string_append_c (out, object ? '{' : '[');
      for (int i = 0; i < n; i++)
        {
          if (i > 0)
            g_string_append_c (out, ',');
          append_space (out, random);
          if (object)
            {
              g_string_append_printf (out, "\"key%d%s\"", i, i % 3 == 0 ? "ä" : "");
              append_space (out, random);
              g_string_append_c (out, ':');
            }
          append_value (out, random, depth + 1);
        }
      append_space (out, random);
      g_string_append_c (out, object ? '}' : ']');
    }
  append_space (out, random);
}

static void assert_same (LeydenValue *value, JsonNode *node);

static void
assert_same_scalar (LeydenValue *value,
                    JsonNode    *node)
{
  gint64 integer;
  double number;

  if (json_node_get_value_type (node) == G_TYPE_STRING)
    {
      g_assert_cmpstr (leyden_value_get_string (value, NULL), ==, json_node_get_string (node));
    }
  else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    {
      g_assert_cmpint (leyden_value_get_kind (value), ==, LEYDEN_VALUE_BOOLEAN);
      g_assert_cmpint (leyden_value_get_boolean (value), ==, json_node_get_boolean (node));
    }
  else if (json_node_get_value_type (node) == G_TYPE_INT64)
    {
      g_assert_true (leyden_value_get_int (value, &integer));
      g_assert_cmpint (integer, ==, json_node_get_int (node));
    }
  else
    {
      g_assert_true (leyden_value_get_double (value, &number));
      g_assert_cmpfloat (number, ==, json_node_get_double (node));
    }
}

static void
assert_same (LeydenValue *value,
             JsonNode    *node)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      {
        JsonObject *object = json_node_get_object (node);
        g_autoptr(GList) members = json_object_get_members (object);
        guint i = 0;

        g_assert_cmpint (leyden_value_get_kind (value), ==, LEYDEN_VALUE_OBJECT);
        g_assert_cmpuint (leyden_value_get_size (value), ==, json_object_get_size (object));
        for (GList *l = members; l != NULL; l = l->next, i++)
          {
            g_assert_cmpstr (leyden_value_get_key (value, i), ==, l->data);
            assert_same (leyden_value_get_member (value, l->data), json_object_get_member (object, l->data));
          }
        break;
      }
    case JSON_NODE_ARRAY:
      {
        JsonArray *array = json_node_get_array (node);

        g_assert_cmpint (leyden_value_get_kind (value), ==, LEYDEN_VALUE_LIST);
        g_assert_cmpuint (leyden_value_get_size (value), ==, json_array_get_length (array));
        for (guint i = 0; i < json_array_get_length (array); i++)
          assert_same (leyden_value_get_item (value, i), json_array_get_element (array, i));
        break;
      }
    case JSON_NODE_VALUE:
      assert_same_scalar (value, node);
      break;
    case JSON_NODE_NULL:
    default:
      g_assert_true (leyden_value_is_null (value));
      break;
    }
}

static void
test_generated (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (11);

  for (guint i = 0; i < 400; i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(JsonParser) parser = json_parser_new ();
      g_autoptr(LeydenValue) value = NULL;
      g_autoptr(GError) error = NULL;
      g_autofree char *compact = NULL;

      append_value (text, random, i % 4);
      value = leyden_json_parse (text->str, (gssize) text->len, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (json_parser_load_from_data (parser, text->str, (gssize) text->len, &error));
      assert_same (value, json_parser_get_root (parser));

      /* And json-glib reads what we write. */
      compact = leyden_json_write (value, i % 2 ? LEYDEN_JSON_COMPACT : LEYDEN_JSON_PRETTY);
      g_assert_true (json_parser_load_from_data (parser, compact, -1, &error));
      assert_same (value, json_parser_get_root (parser));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-oracle/generated", test_generated);
  return g_test_run ();
}
