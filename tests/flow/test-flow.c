/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-flow.h"
#include "leyden-edge-points.h"

#include <string.h>
#include "leyden-json.h"

static LeydenFlow *
parse (const char  *text,
       GError     **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return leyden_flow_parse (bytes, "test.leyden", error);
}

static LeydenFlow *
parse_good (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = parse (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (flow);
  return flow;
}

static char *
serialize (LeydenFlow *flow)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (flow);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
assert_refused (const char *text,
                int         code,
                const char *part)
{
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = parse (text, &error);

  g_assert_null (flow);
  g_assert_error (error, LEYDEN_FLOW_ERROR, code);
  if (strstr (error->message, part) == NULL)
    g_error ("\"%s\" is not in \"%s\"", part, error->message);
}

static void
test_minimal (void)
{
  g_autoptr(LeydenFlow) flow = parse_good ("{\"leyden\":1,\"id\":\"a\"}");
  g_autofree char *text = serialize (flow);

  g_assert_cmpstr (text, ==, "{\n  \"leyden\": 1,\n  \"id\": \"a\",\n  \"nodes\": [],\n  \"edges\": []\n}\n");
  g_assert_cmpstr (leyden_flow_get_id (flow), ==, "a");
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 0);
}

static void
test_canonical_order (void)
{
  g_autoptr(LeydenFlow) flow = parse_good (
    "{\"zz\": 1.50, \"nodes\": [{\"extra\": {\"b\": 1e2, \"a\": 2}, \"type\": \"t\", \"id\": \"b\","
    " \"position\": {\"y\": 2.0, \"x\": 1, \"z\": 3}}, {\"id\": \"a\", \"type\": \"u\"}], \"id\": \"f\", \"aa\": [], \"leyden\": 1,"
    " \"edges\": [{\"target_port\": \"i\", \"target\": \"a\", \"source_port\": \"o\", \"source\": \"b\", \"id\": \"e\"}]}");
  g_autofree char *text = serialize (flow);
  g_autoptr(LeydenFlow) again = parse_good (text);
  g_autofree char *second = serialize (again);

  g_assert_cmpstr (text, ==, second);
  g_assert_true (g_str_has_prefix (text, "{\n  \"leyden\": 1,\n  \"id\": \"f\",\n  \"nodes\": [\n"));
  g_assert_nonnull (strstr (text, "\"id\": \"a\""));
  g_assert_true (strstr (text, "\"id\": \"a\"") < strstr (text, "\"id\": \"b\""));
  g_assert_nonnull (strstr (text, "\"x\": 1,\n        \"y\": 2,\n        \"z\": 3\n"));
  g_assert_nonnull (strstr (text, "\"b\": 100,\n        \"a\": 2\n"));
  g_assert_true (g_str_has_suffix (text, "  \"zz\": 1.5,\n  \"aa\": []\n}\n"));
}

static void
test_elements (void)
{
  g_autoptr(LeydenFlow) flow = parse_good (
    "{\"leyden\": 1, \"id\": \"f\", \"title\": \"T\", \"nodes\": [{\"id\": \"a\", \"type\": \"chat\", \"title\": \"Ask\","
    " \"position\": {\"x\": 1e18, \"y\": -3}, \"parameters\": {\"p\": 5}, \"trainable\": [\"p\", {\"name\": \"r\", \"domain\": [1, 2]}, {\"name\": \"s\", \"locked\": true}], \"retry\": {\"max\": 3}}],"
    " \"frames\": [{\"id\": \"fr\", \"title\": \"F\", \"color\": \"blue\", \"position\": {\"x\": 1, \"y\": 2}, \"size\": {\"width\": 30, \"height\": 40}}],"
    " \"notes\": [{\"id\": \"no\", \"text\": \"hello\"}]}");
  LeydenNode *node = leyden_flow_get_node (flow, "a");
  LeydenFrame *frame = leyden_flow_get_frame (flow, "fr");
  LeydenNote *note = leyden_flow_get_note (flow, "no");
  graphene_rect_t bounds = leyden_frame_get_bounds (frame);
  gint64 number;

  g_assert_cmpstr (leyden_flow_get_title (flow), ==, "T");
  g_assert_cmpstr (leyden_node_get_type_name (node), ==, "chat");
  g_assert_cmpstr (leyden_node_get_title (node), ==, "Ask");
  /* W13: clamped where it is shown, untouched in the file. */
  g_assert_cmpfloat (leyden_node_get_position (node).x, ==, 1e6f);
  g_assert_cmpfloat (leyden_node_get_position (node).y, ==, -3);
  g_assert_cmpfloat (leyden_value_get_member_double (leyden_value_get_member (leyden_node_get_value (node), "position"), "x", 0), ==, 1e18);
  g_assert_true (leyden_value_get_int (leyden_node_get_parameter (node, "p"), &number));
  g_assert_cmpint (number, ==, 5);
  g_assert_true (leyden_node_is_trainable (node, "p"));
  g_assert_false (leyden_node_is_trainable (node, "q"));
  g_assert_null (leyden_node_get_trainable (node, "q"));
  g_assert_true (leyden_node_is_trainable (node, "r"));
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (leyden_node_get_trainable (node, "r"), "domain")), ==, 2);
  /* Marked and locked: it stays as it is. */
  g_assert_nonnull (leyden_node_get_trainable (node, "s"));
  g_assert_false (leyden_node_is_trainable (node, "s"));
  g_assert_cmpuint (leyden_node_get_retry_max (node), ==, 3);
  g_assert_cmpfloat (bounds.size.width, ==, 30);
  g_assert_cmpstr (leyden_frame_get_color (frame), ==, "blue");
  g_assert_cmpstr (leyden_note_get_text (note), ==, "hello");
  g_assert_null (leyden_note_get_color (note));
}

static void
test_format_key (void)
{
  g_autoptr(LeydenFlow) last = parse_good ("{\"id\":\"a\",\"leyden\":1}");
  g_autoptr(LeydenFlow) newer = parse_good ("{\"leyden\":999,\"id\":\"a\"}");

  g_assert_cmpint (leyden_flow_get_version (last), ==, 1);
  g_assert_cmpint (leyden_flow_get_version (newer), ==, 999);
  assert_refused ("{\"leyden\":999,\"id\":\"a\",\"nodes\":{}}", LEYDEN_FLOW_ERROR_VERSION, "newer Leyden");
  assert_refused ("{\"leyden\":\"1\",\"id\":\"a\"}", LEYDEN_FLOW_ERROR_FORMAT, "test.leyden:1:11 (/leyden)");
  assert_refused ("{\"leyden\":1.0,\"id\":\"a\"}", LEYDEN_FLOW_ERROR_FORMAT, "/leyden");
  assert_refused ("{\"leyden\":1e0,\"id\":\"a\"}", LEYDEN_FLOW_ERROR_FORMAT, "/leyden");
  assert_refused ("{\"leyden\":-1,\"id\":\"a\"}", LEYDEN_FLOW_ERROR_FORMAT, "/leyden");
  assert_refused ("{\"leyden\":0,\"id\":\"a\"}", LEYDEN_FLOW_ERROR_FORMAT, "/leyden");
  assert_refused ("{\"leyden\":null,\"id\":\"a\"}", LEYDEN_FLOW_ERROR_FORMAT, "/leyden");
  assert_refused ("{\"id\":\"a\"}", LEYDEN_FLOW_ERROR_FORMAT, "\"leyden\": 1");
  assert_refused ("{\"leyden\":1}", LEYDEN_FLOW_ERROR_FORMAT, "“id”");
}

static void
test_refused (void)
{
  assert_refused ("[]", LEYDEN_FLOW_ERROR_FORMAT, "expected an object");
  assert_refused ("42", LEYDEN_FLOW_ERROR_FORMAT, "expected an object");
  assert_refused ("null", LEYDEN_FLOW_ERROR_FORMAT, "expected an object");
  assert_refused ("\"x\"", LEYDEN_FLOW_ERROR_FORMAT, "expected an object");
  assert_refused ("{\"leyden\":1,\"id\":\"a\",\n\"nodes\":[{\"id\":\"n\",\"type\":\"t\",\n \"position\":{\"x\":\"left\"}}]}",
                  LEYDEN_FLOW_ERROR_FORMAT, "test.leyden:3:18 (/nodes/0/position/x)");
  assert_refused ("{\"leyden\":1,\"id\":\"a\",\"nodes\":[7]}", LEYDEN_FLOW_ERROR_FORMAT, "/nodes/0");
  assert_refused ("{\"leyden\":1,\"id\":\"a\",\"nodes\":[{\"type\":\"t\"}]}", LEYDEN_FLOW_ERROR_FORMAT, "“id”");
  assert_refused ("{\"leyden\":1,\"id\":\"a\",\"edges\":[{\"id\":\"e\"}]}", LEYDEN_FLOW_ERROR_FORMAT, "“source”");
  assert_refused ("{\"leyden\":1,\"id\":\"a\",\"view\":3}", LEYDEN_FLOW_ERROR_FORMAT, "/view");
}

static char *
nested_field (guint depth)
{
  g_autofree char *open = g_strnfill (depth, '[');
  g_autofree char *close = g_strnfill (depth, ']');

  return g_strdup_printf ("{\"leyden\":1,\"id\":\"a\",\"unknown\":%s%s}", open, close);
}

static void
test_nested_field (void)
{
  g_autofree char *fits = nested_field (200);
  g_autofree char *more = nested_field (201);
  g_autoptr(LeydenFlow) flow = parse_good (fits);
  g_autofree char *text = serialize (flow);
  g_autoptr(LeydenFlow) again = parse_good (text);

  assert_refused (more, LEYDEN_FLOW_ERROR_SYNTAX, "nested deeper than");
}

static void
test_duplicates (void)
{
  g_autoptr(LeydenFlow) flow = parse_good (
    "{\"leyden\":1,\"id\":\"f\",\"nodes\":[{\"id\":\"a\",\"type\":\"one\"},{\"id\":\"a\",\"type\":\"two\"},{\"id\":\"a\",\"type\":\"three\"}]}");
  g_autofree char *text = serialize (flow);

  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 3);
  g_assert_cmpstr (leyden_node_get_type_name (leyden_flow_get_node (flow, "a")), ==, "one");
  g_assert_cmpstr (leyden_node_get_type_name (leyden_flow_get_node (flow, "a\n2")), ==, "two");
  g_assert_nonnull (strstr (text, "\"id\": \"a\",\n      \"type\": \"three\""));
  g_assert_null (strstr (text, "a\\n"));
}

static void
test_adjacency (void)
{
  g_autoptr(LeydenFlow) flow = parse_good (
    "{\"leyden\":1,\"id\":\"f\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\"},{\"id\":\"b\",\"type\":\"t\"}],\"edges\":["
    "{\"id\":\"y\",\"source\":\"a\",\"source_port\":\"o\",\"target\":\"b\",\"target_port\":\"i\"},"
    "{\"id\":\"x\",\"source\":\"a\",\"source_port\":\"p\",\"target\":\"b\",\"target_port\":\"i\"},"
    "{\"id\":\"z\",\"source\":\"b\",\"source_port\":\"o\",\"target\":\"gone\",\"target_port\":\"i\"}]}");
  g_autoptr(GPtrArray) out = leyden_flow_list_edges_out (flow, "a", NULL);
  g_autoptr(GPtrArray) port = leyden_flow_list_edges_out (flow, "a", "p");
  g_autoptr(GPtrArray) in = leyden_flow_list_edges_in (flow, "b", "i");
  g_autoptr(GPtrArray) dangling = leyden_flow_list_edges_in (flow, "gone", NULL);

  g_assert_cmpuint (out->len, ==, 2);
  g_assert_cmpstr (leyden_edge_get_id (g_ptr_array_index (out, 0)), ==, "x");
  g_assert_cmpuint (port->len, ==, 1);
  g_assert_cmpuint (in->len, ==, 2);
  g_assert_cmpuint (dangling->len, ==, 1);
}

static void
test_hash (void)
{
  g_autoptr(LeydenFlow) a = parse_good ("{\"leyden\":1,\"id\":\"f\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"title\":\"X\",\"position\":{\"x\":1,\"y\":1},\"parameters\":{\"p\":1}}]}");
  g_autoptr(LeydenFlow) b = parse_good ("{\"leyden\":1,\"id\":\"g\",\"title\":\"Q\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"parameters\":{\"p\":1}}],\"notes\":[{\"id\":\"n\"}]}");
  g_autoptr(LeydenFlow) c = parse_good ("{\"leyden\":1,\"id\":\"f\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"parameters\":{\"p\":2}}]}");
  g_autofree char *x = leyden_flow_hash (a);
  g_autofree char *y = leyden_flow_hash (b);
  g_autofree char *z = leyden_flow_hash (c);

  g_assert_cmpuint (strlen (x), ==, 64);
  g_assert_cmpstr (x, ==, y);
  g_assert_cmpstr (x, !=, z);
}

#define LED(points) "{\"leyden\":1,\"id\":\"f\",\"nodes\":[],\"edges\":[{\"id\":\"e\",\"source\":\"a\",\"source_port\":\"o\",\"target\":\"b\",\"target_port\":\"i\"" points "}]}"

/* Points of a wire: looks alone; what is none of that is kept. */
static void
test_points (void)
{
  g_autoptr(LeydenFlow) plain = parse_good (LED (""));
  g_autoptr(LeydenFlow) led = parse_good (LED (",\"mine\":1,\"points\":[{\"y\":2e0,\"x\":1,\"z\":3},{\"x\":1e9,\"y\":-5}]"));
  g_autoptr(LeydenFlow) same = parse_good (LED (",\"points\":[{\"x\":1,\"y\":2}],\"mine\":1"));
  g_autoptr(LeydenFlow) odd = parse_good (LED (",\"points\":[{\"x\":1},7]"));
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("x");
  g_autofree char *a = leyden_flow_hash (led);
  g_autofree char *b = leyden_flow_hash (same);
  g_autofree char *c = leyden_flow_hash (plain);
  g_autoptr(GBytes) bytes = leyden_flow_serialize (led);
  g_autoptr(GBytes) kept = leyden_flow_serialize (odd);
  g_autoptr(GError) error = NULL;
  const graphene_point_t *points;
  guint n;

  g_assert_cmpstr (a, ==, b);
  g_assert_cmpstr (a, !=, c);
  points = leyden_edge_get_points (leyden_flow_get_edge (led, "e"), &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpfloat (points[0].x, ==, 1);
  g_assert_cmpfloat (points[1].x, ==, 1e6f);
  g_assert_nonnull (g_strstr_len (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                                  "\"target_port\": \"i\",\n      \"points\": [\n        {\n          \"x\": 1,\n          \"y\": 2,\n          \"z\": 3\n        }"));
  g_assert_null (leyden_edge_get_points (leyden_flow_get_edge (odd, "e"), &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_nonnull (g_strstr_len (g_bytes_get_data (kept, NULL), (gssize) g_bytes_get_size (kept), "\"x\": 1\n"));

  leyden_edit_set_points (edit, leyden_flow_get_edge (led, "e"), (graphene_point_t[]) { { 5, 6.04f }, { 7, 8 } }, 2);
  g_assert_true (leyden_flow_apply (led, edit, &error));
  g_assert_no_error (error);
  points = leyden_edge_get_points (leyden_flow_get_edge (led, "e"), &n);
  g_assert_cmpfloat (points[0].y, ==, 6);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_item (leyden_value_get_member (leyden_edge_get_value (leyden_flow_get_edge (led, "e")), "points"), 0), "z", 0), ==, 3);
}

static void
test_conversions (void)
{
  for (int from = 0; from < LEYDEN_N_PORT_TYPES; from++)
    for (int to = 0; to < LEYDEN_N_PORT_TYPES; to++)
      {
        g_autofree char *reason = NULL;
        const char *node = NULL;
        LeydenConversion conversion = leyden_port_type_convert (from, to, &reason, &node);

        g_assert_cmpint (conversion == LEYDEN_CONVERSION_SAME, ==, from == to);
        g_assert_cmpint (reason != NULL, ==, conversion >= LEYDEN_CONVERSION_OFFERED);
        g_assert_cmpint (node != NULL, ==, conversion == LEYDEN_CONVERSION_OFFERED);
      }
  g_assert_cmpint (leyden_port_type_convert (LEYDEN_PORT_NUMBER, LEYDEN_PORT_TEXT, NULL, NULL), ==, LEYDEN_CONVERSION_SILENT);
  g_assert_cmpint (leyden_port_type_convert (LEYDEN_PORT_TEXT, LEYDEN_PORT_NUMBER, NULL, NULL), ==, LEYDEN_CONVERSION_OFFERED);
  g_assert_cmpint (leyden_port_type_convert (LEYDEN_PORT_TOOLS, LEYDEN_PORT_ANY, NULL, NULL), ==, LEYDEN_CONVERSION_REFUSED);
  g_assert_cmpint (leyden_port_type_convert (LEYDEN_PORT_TEXT, LEYDEN_PORT_IMAGE, NULL, NULL), ==, LEYDEN_CONVERSION_REFUSED);
}

static void
test_coerce (void)
{
  static const struct
  {
    LeydenPortType  to;
    const char     *value;
    const char     *result;     /* NULL: refused */
  } cases[] = {
    { LEYDEN_PORT_ANY, "{\"a\":1}", "{\"a\":1}" },
    { LEYDEN_PORT_TEXT, "42.50", "\"42.5\"" },
    { LEYDEN_PORT_TEXT, "true", "\"true\"" },
    { LEYDEN_PORT_TEXT, "{\"b\":1,\"a\":[2]}", "\"{\\\"a\\\":[2],\\\"b\\\":1}\"" },
    { LEYDEN_PORT_TEXT, "null", "null" },
    { LEYDEN_PORT_NUMBER, "true", "1" },
    { LEYDEN_PORT_NUMBER, "\"42\"", NULL },
    { LEYDEN_PORT_REWARD, "0.5", "0.5" },
    { LEYDEN_PORT_BOOLEAN, "1", NULL },
    { LEYDEN_PORT_OBJECT, "[]", NULL },
    { LEYDEN_PORT_LIST, "[1]", "[1]" },
    { LEYDEN_PORT_MESSAGES, "\"hi\"", "[{\"role\":\"user\",\"content\":\"hi\"}]" },
    { LEYDEN_PORT_MESSAGES, "[{\"role\":\"user\"}]", "[{\"role\":\"user\"}]" },
    { LEYDEN_PORT_MESSAGES, "[1]", NULL },
    { LEYDEN_PORT_IMAGE, "5", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (cases[i].value, -1, NULL, NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) result = leyden_port_type_coerce (cases[i].to, value, &error);
      g_autofree char *text = result != NULL ? leyden_json_write (result, LEYDEN_JSON_COMPACT) : NULL;

      g_assert_cmpstr (text, ==, cases[i].result);
      g_assert_cmpint (error != NULL, ==, result == NULL);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/minimal", test_minimal);
  g_test_add_func ("/flow/canonical-order", test_canonical_order);
  g_test_add_func ("/flow/elements", test_elements);
  g_test_add_func ("/flow/format-key", test_format_key);
  g_test_add_func ("/flow/refused", test_refused);
  g_test_add_func ("/flow/duplicates", test_duplicates);
  g_test_add_func ("/hostile/W06", test_nested_field);
  g_test_add_func ("/flow/adjacency", test_adjacency);
  g_test_add_func ("/flow/hash", test_hash);
  g_test_add_func ("/flow/points", test_points);
  g_test_add_func ("/port-type/conversions", test_conversions);
  g_test_add_func ("/port-type/coerce", test_coerce);
  return g_test_run ();
}
