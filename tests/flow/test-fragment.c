/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-edit.h"

#include <string.h>
#include "leyden-json.h"

static LeydenFlow *
make_flow (void)
{
  static const char text[] =
    "{\"leyden\":1,\"id\":\"f\",\"nodes\":["
    "{\"id\":\"a\",\"type\":\"t\",\"position\":{\"x\":10,\"y\":20,\"z\":1},\"parameters\":{\"k\":\"sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD\",\"s\":{\"secret\":\"openai\"}},\"later\":5},"
    "{\"id\":\"b\",\"type\":\"t\"},{\"id\":\"c\",\"type\":\"t\"}],\"edges\":["
    "{\"id\":\"ab\",\"source\":\"a\",\"source_port\":\"o\",\"target\":\"b\",\"target_port\":\"i\"},"
    "{\"id\":\"aa\",\"source\":\"a\",\"source_port\":\"o\",\"target\":\"a\",\"target_port\":\"i\"},"
    "{\"id\":\"bc\",\"source\":\"b\",\"source_port\":\"o\",\"target\":\"c\",\"target_port\":\"i\"}],"
    "\"frames\":[{\"id\":\"f\",\"title\":\"F\",\"position\":{\"x\":1,\"y\":2}}],\"notes\":[{\"id\":\"n\",\"text\":\"N\"}]}";
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);
  LeydenFlow *flow = leyden_flow_parse (bytes, "f", NULL);

  g_assert_nonnull (flow);
  leyden_flow_set_id_seed (flow, 3);
  return flow;
}

static void
test_copy (void)
{
  g_autoptr(LeydenFlow) flow = make_flow ();
  g_autoptr(LeydenValue) fragment = leyden_flow_copy_fragment (flow, (const char * const[]) { "a", "b", "f", "n", "gone", NULL });
  g_autofree char *text = leyden_json_write (fragment, LEYDEN_JSON_COMPACT);

  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (fragment, "nodes")), ==, 2);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (fragment, "edges")), ==, 3);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (fragment, "frames")), ==, 1);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (fragment, "notes")), ==, 1);
  g_assert_null (strstr (text, "sk-abc"));
  g_assert_nonnull (strstr (text, "{\"secret\":\"openai\"}"));
}

/* Pinned outputs stay at home, also those of what is inside. */
static void
test_pins (void)
{
  static const char text[] =
    "{\"leyden\":1,\"id\":\"f\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"pin\":{\"outputs\":{\"o\":\"private\"}},\"later\":5,"
    "\"flow\":{\"nodes\":[{\"id\":\"b\",\"type\":\"t\",\"pin\":{\"outputs\":{\"o\":\"private\"}},\"more\":6}],\"edges\":[]}}],\"edges\":[]}";
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "f", NULL);
  g_autoptr(LeydenValue) fragment = leyden_flow_copy_fragment (flow, (const char * const[]) { "a", NULL });
  g_autofree char *copy = leyden_json_write (fragment, LEYDEN_JSON_COMPACT);

  g_assert_null (strstr (copy, "private"));
  g_assert_null (strstr (copy, "pin"));
  g_assert_nonnull (strstr (copy, "\"later\":5"));
  g_assert_nonnull (strstr (copy, "\"more\":6"));
}

/* C02: new ids, loose wires dropped with a count, one step. */
static void
test_paste (void)
{
  g_autoptr(LeydenFlow) flow = make_flow ();
  g_autoptr(LeydenValue) fragment = leyden_flow_copy_fragment (flow, (const char * const[]) { "a", "b", "f", "n", NULL });
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) ids = NULL;
  guint n_dropped;
  g_autoptr(LeydenEdit) edit = leyden_flow_paste_fragment (flow, fragment, 100, 50.5f, &n_dropped, &ids, &error);
  g_autoptr(GPtrArray) in = NULL;
  g_autoptr(LeydenEdit) back = NULL;
  LeydenNode *node;

  g_assert_no_error (error);
  g_assert_cmpuint (n_dropped, ==, 1);
  g_assert_cmpuint (g_strv_length (ids), ==, 4);
  g_assert_true (leyden_flow_apply (flow, edit, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 5);
  g_assert_cmpuint (leyden_flow_get_n_edges (flow), ==, 5);
  node = leyden_flow_get_node (flow, ids[0]);
  g_assert_cmpfloat (leyden_node_get_position (node).x, ==, 110);
  g_assert_cmpfloat (leyden_node_get_position (node).y, ==, 70.5f);
  g_assert_cmpint (leyden_value_get_member_int (leyden_node_get_value (node), "later", 0), ==, 5);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (leyden_node_get_value (node), "position"), "z", 0), ==, 1);
  in = leyden_flow_list_edges_in (flow, ids[1], NULL);
  g_assert_cmpuint (in->len, ==, 1);
  g_assert_cmpstr (leyden_edge_get_source (g_ptr_array_index (in, 0)), ==, ids[0]);
  back = leyden_edit_invert (edit);
  g_assert_true (leyden_flow_apply (flow, back, NULL));
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 3);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text;
    int         code;
    const char *part;
  } cases[] = {
    { "{}", LEYDEN_FLOW_ERROR_FORMAT, "not a Leyden fragment" },
    { "[]", LEYDEN_FLOW_ERROR_FORMAT, "not a Leyden fragment" },
    { "{\"leyden_fragment\":2}", LEYDEN_FLOW_ERROR_FORMAT, "not a Leyden fragment" },
    { "{\"leyden\":1,\"id\":\"x\"}", LEYDEN_FLOW_ERROR_FORMAT, "not a Leyden fragment" },
    { "{\"leyden_fragment\":1,\"nodes\":{}}", LEYDEN_FLOW_ERROR_FORMAT, "/nodes" },
    { "{\"leyden_fragment\":1,\"nodes\":[{\"id\":\"a\"}]}", LEYDEN_FLOW_ERROR_FORMAT, "/nodes/0" },
    { "{\"leyden_fragment\":1,\"edges\":[5]}", LEYDEN_FLOW_ERROR_FORMAT, "/edges/0" },
  };
  g_autoptr(LeydenFlow) flow = make_flow ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) fragment = leyden_json_parse (cases[i].text, -1, NULL, NULL);
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_flow_paste_fragment (flow, fragment, 0, 0, NULL, NULL, &error));
      g_assert_error (error, LEYDEN_FLOW_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].part));
    }
}

static void
test_doubled_ids (void)
{
  g_autoptr(LeydenFlow) flow = make_flow ();
  g_autoptr(LeydenValue) fragment = leyden_json_parse (
    "{\"leyden_fragment\":1,\"nodes\":[{\"id\":\"q\",\"type\":\"t\"},{\"id\":\"q\",\"type\":\"t\",\"position\":{\"x\":1e300}}]}", -1, NULL, NULL);
  g_auto(GStrv) ids = NULL;
  g_autoptr(LeydenEdit) edit = leyden_flow_paste_fragment (flow, fragment, 1, 1, NULL, &ids, NULL);

  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  g_assert_cmpstr (ids[0], !=, ids[1]);
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 5);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fragment/copy", test_copy);
  g_test_add_func ("/fragment/pins", test_pins);
  g_test_add_func ("/hostile/C02", test_paste);
  g_test_add_func ("/hostile/C03", test_refused);
  g_test_add_func ("/hostile/C07", test_doubled_ids);
  return g_test_run ();
}
