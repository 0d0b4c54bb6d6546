/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-edit.h"

#include <string.h>
#include "leyden-json.h"

static LeydenFlow *
make_flow (void)
{
  static const char text[] =
    "{\"leyden\":1,\"id\":\"f\",\"future\":{\"k\":[1,2,3]},\"nodes\":["
    "{\"id\":\"a\",\"type\":\"t\",\"position\":{\"x\":1,\"y\":2,\"z\":3},\"parameters\":{\"p\":1,\"q\":2,\"r\":[1,2,3]},\"later\":true},"
    "{\"id\":\"b\",\"type\":\"t\"},{\"id\":\"c\",\"type\":\"t\"}],"
    "\"edges\":[{\"id\":\"e\",\"source\":\"a\",\"source_port\":\"o\",\"target\":\"b\",\"target_port\":\"i\"},"
    "{\"id\":\"s\",\"source\":\"a\",\"source_port\":\"o\",\"target\":\"a\",\"target_port\":\"i\"}]}";
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "f", &error);

  g_assert_no_error (error);
  return flow;
}

static char *
serialize (LeydenFlow *flow)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (flow);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static LeydenValue *
json (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
apply (LeydenFlow *flow,
       LeydenEdit *edit)
{
  g_autoptr(GError) error = NULL;

  if (!leyden_flow_apply (flow, edit, &error))
    g_error ("%s", error->message);
}

/* Applies, takes back, applies again; the flow must come back to the byte. */
static void
check_round (LeydenFlow *flow,
             LeydenEdit *edit)
{
  g_autofree char *before = serialize (flow);
  g_autofree char *after = NULL;
  g_autofree char *undone = NULL;
  g_autofree char *redone = NULL;
  g_autoptr(LeydenEdit) inverse = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenEdit) copy = NULL;

  apply (flow, edit);
  after = serialize (flow);
  inverse = leyden_edit_invert (edit);
  apply (flow, inverse);
  undone = serialize (flow);
  g_assert_cmpstr (before, ==, undone);
  value = leyden_edit_to_value (edit);
  copy = leyden_edit_from_value (value, NULL);
  apply (flow, copy);
  redone = serialize (flow);
  g_assert_cmpstr (after, ==, redone);
}

static void
test_each (void)
{
  g_autoptr(LeydenFlow) flow = make_flow ();
  g_autoptr(LeydenValue) five = leyden_value_new_int (5);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("All");
  g_autofree char *text = NULL;

  leyden_edit_add_node (edit, "d", "prompt", "Title", 10.123f, 20, NULL);
  leyden_edit_add_edge (edit, "n", "b", "o", "d", "i");
  leyden_edit_move_node (edit, "a", 100, 200);
  leyden_edit_move_node (edit, "b", 5, 6);
  leyden_edit_set_parameter (edit, "a", "p", NULL);
  leyden_edit_set_parameter (edit, "b", "new", five);
  leyden_edit_set_parameter (edit, "c", "none", NULL);
  leyden_edit_set_title (edit, "c", "See");
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, "a", (const char * const[]) { "parameters", "r", "1", NULL }, NULL);
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, "a", (const char * const[]) { "parameters", "r", "2", NULL }, five);
  leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { "title", NULL }, NULL);
  leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { "future", NULL }, NULL);
  check_round (flow, edit);
  text = serialize (flow);
  g_assert_nonnull (strstr (text, "\"x\": 10.12,"));
  g_assert_nonnull (strstr (text, "\"x\": 100,\n        \"y\": 200,\n        \"z\": 3"));
  g_assert_nonnull (strstr (text, "\"later\": true"));
}

static void
test_remove_node (void)
{
  g_autoptr(LeydenFlow) flow = make_flow ();
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Remove");

  leyden_edit_remove_node (edit, flow, "a");
  check_round (flow, edit);
  g_assert_null (leyden_flow_get_node (flow, "a"));
  g_assert_cmpuint (leyden_flow_get_n_edges (flow), ==, 0);
}

static void
test_all_or_nothing (void)
{
  static const char * const bad[] = {
    "{\"changes\":[{\"kind\":\"node\",\"id\":\"b\",\"path\":[\"title\"],\"after\":\"x\"},{\"kind\":\"node\",\"id\":\"nobody\",\"path\":[\"title\"],\"after\":\"x\"}]}",
    "{\"changes\":[{\"kind\":\"node\",\"id\":\"b\",\"path\":[]},{\"kind\":\"node\",\"id\":\"a\",\"path\":[\"id\"],\"after\":\"z\"}]}",
    "{\"changes\":[{\"kind\":\"flow\",\"id\":\"\",\"path\":[\"title\"],\"after\":\"x\"},{\"kind\":\"flow\",\"id\":\"\",\"path\":[\"title\"],\"after\":5}]}",
    "{\"changes\":[{\"kind\":\"edge\",\"id\":\"e\",\"path\":[]},{\"kind\":\"node\",\"id\":\"a\",\"path\":[\"position\",\"x\"],\"after\":\"left\"}]}",
    "{\"changes\":[{\"kind\":\"node\",\"id\":\"a\",\"path\":[\"parameters\",\"r\",\"0\"]},{\"kind\":\"node\",\"id\":\"a\",\"path\":[\"parameters\",\"r\",\"7\"],\"after\":1}]}",
    "{\"changes\":[{\"kind\":\"flow\",\"id\":\"\",\"path\":[\"leyden\"],\"after\":2}]}",
    "{\"changes\":[{\"kind\":\"flow\",\"id\":\"\",\"path\":[],\"after\":{}}]}",
    "{\"changes\":[{\"kind\":\"node\",\"id\":\"q\",\"path\":[],\"after\":{\"id\":\"other\",\"type\":\"t\"}}]}",
  };
  g_autoptr(LeydenFlow) flow = make_flow ();
  g_autofree char *before = serialize (flow);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) value = json (bad[i]);
      g_autoptr(LeydenEdit) edit = leyden_edit_from_value (value, NULL);
      g_autoptr(GError) error = NULL;
      g_autofree char *after = NULL;

      g_assert_nonnull (edit);
      g_assert_false (leyden_flow_apply (flow, edit, &error));
      g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
      after = serialize (flow);
      g_assert_cmpstr (before, ==, after);
    }
}

static void
test_bad_values (void)
{
  static const char * const bad[] = {
    "{}", "[]", "{\"changes\":{}}", "{\"changes\":[1]}", "{\"changes\":[{\"kind\":\"x\",\"id\":\"a\"}]}",
    "{\"changes\":[{\"kind\":\"node\"}]}", "{\"changes\":[{\"kind\":\"node\",\"id\":\"\"}]}",
    "{\"changes\":[{\"kind\":\"node\",\"id\":\"a\",\"path\":[1]}]}", "{\"changes\":[{\"kind\":\"flow\",\"id\":\"x\"}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) value = json (bad[i]);
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_edit_from_value (value, &error));
      g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
    }
}

static void
add_random_change (LeydenEdit *edit,
                   LeydenFlow *flow,
                   GRand      *random)
{
  static const char * const ids[] = { "a", "b", "c", "d", "g", "h" };
  static const char * const names[] = { "p", "q", "r", "s" };
  const char *id = ids[g_rand_int_range (random, 0, G_N_ELEMENTS (ids))];
  const char *other = ids[g_rand_int_range (random, 0, G_N_ELEMENTS (ids))];
  const char *name = names[g_rand_int_range (random, 0, G_N_ELEMENTS (names))];
  g_autoptr(LeydenValue) number = leyden_value_new_double (g_rand_double (random));
  gboolean there = leyden_flow_get_node (flow, id) != NULL;

  switch (g_rand_int_range (random, 0, 9))
    {
    case 0:
      leyden_edit_add_node (edit, id, "t", name, (float) g_rand_double (random), 3, NULL);
      break;
    case 1:
      leyden_edit_remove_node (edit, flow, id);
      break;
    case 2:
      leyden_edit_add_edge (edit, name, id, "o", other, "i");
      break;
    case 3:
      leyden_edit_remove_edge (edit, name);
      break;
    case 4:
      if (there)
        leyden_edit_set_parameter (edit, id, name, g_rand_boolean (random) ? number : NULL);
      break;
    case 5:
      if (there)
        leyden_edit_move_node (edit, id, (float) g_rand_double (random) * 1000, 7);
      break;
    case 6:
      if (there)
        leyden_edit_set_title (edit, id, g_rand_boolean (random) ? name : NULL);
      break;
    case 7:
      leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { name, NULL }, g_rand_boolean (random) ? number : NULL);
      break;
    default:
      if (there && leyden_value_get_size (leyden_node_get_parameter (leyden_flow_get_node (flow, id), "r")) > 0)
        leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { "parameters", "r", "0", NULL },
                         g_rand_boolean (random) ? number : NULL);
      break;
    }
}

/* Many random edits forwards, then all backwards: every state on the way back is the one on the way there. */
static void
test_random (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (7);

  for (guint round = 0; round < 40; round++)
    {
      g_autoptr(LeydenFlow) flow = make_flow ();
      g_autoptr(GPtrArray) edits = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_edit_unref);
      g_autoptr(GPtrArray) states = g_ptr_array_new_with_free_func (g_free);

      for (guint i = 0; i < 60; i++)
        {
          LeydenEdit *edit = leyden_edit_new ("Random");

          add_random_change (edit, flow, random);
          if (g_rand_boolean (random))
            add_random_change (edit, flow, random);
          g_ptr_array_add (states, serialize (flow));
          if (leyden_flow_apply (flow, edit, NULL))
            g_ptr_array_add (edits, edit);
          else
            {
              g_autofree char *same = serialize (flow);

              g_assert_cmpstr (g_ptr_array_index (states, states->len - 1), ==, same);
              g_ptr_array_set_size (states, (int) states->len - 1);
              leyden_edit_unref (edit);
            }
        }
      while (edits->len > 0)
        {
          g_autoptr(LeydenEdit) inverse = leyden_edit_invert (g_ptr_array_index (edits, edits->len - 1));
          g_autofree char *state = NULL;

          apply (flow, inverse);
          state = serialize (flow);
          g_assert_cmpstr (g_ptr_array_index (states, states->len - 1), ==, state);
          g_ptr_array_set_size (states, (int) states->len - 1);
          g_ptr_array_set_size (edits, (int) edits->len - 1);
        }
    }
}

static void
count_cb (LeydenFlow *flow,
          LeydenEdit *edit,
          guint      *count)
{
  *count += leyden_edit_get_n_changes (edit);
}

static void
test_signal (void)
{
  g_autoptr(LeydenFlow) flow = make_flow ();
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Title");
  guint count = 0;

  g_signal_connect (flow, "changed", G_CALLBACK (count_cb), &count);
  leyden_edit_set_title (edit, "a", "New");
  apply (flow, edit);
  g_assert_cmpuint (count, ==, 1);
  g_assert_null (leyden_edit_get_change (edit, 0)->before);
  g_assert_cmpstr (leyden_value_get_string (leyden_edit_get_change (edit, 0)->after, NULL), ==, "New");
}

static void
test_new_ids (void)
{
  g_autoptr(LeydenFlow) flow = make_flow ();
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  leyden_flow_set_id_seed (flow, 5);
  first = leyden_flow_new_element_id (flow);
  g_assert_cmpuint (strlen (first), ==, 8);
  leyden_flow_set_id_seed (flow, 5);
  second = leyden_flow_new_element_id (flow);
  g_assert_cmpstr (first, ==, second);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edit/each", test_each);
  g_test_add_func ("/edit/remove-node", test_remove_node);
  g_test_add_func ("/edit/all-or-nothing", test_all_or_nothing);
  g_test_add_func ("/edit/bad-values", test_bad_values);
  g_test_add_func ("/edit/random", test_random);
  g_test_add_func ("/edit/signal", test_signal);
  g_test_add_func ("/edit/new-ids", test_new_ids);
  return g_test_run ();
}
