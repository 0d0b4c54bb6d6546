/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "engine-helpers.h"
#include "leyden-check.h"
#include "leyden-flow-structure.h"
#include "structure-helpers.h"

/* A node that becomes one of another kind: what fits is kept, what is lost is told before, and undo gives the same bytes. */

static char *
join_lost (GPtrArray *lost)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; lost != NULL && i < lost->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "", (const char *) g_ptr_array_index (lost, i));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
list_wires (LeydenFlow *flow,
            const char *node)
{
  g_autoptr(GPtrArray) in = leyden_flow_list_edges_in (flow, node, NULL);
  g_autoptr(GPtrArray) out = leyden_flow_list_edges_out (flow, node, NULL);
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < in->len; i++)
    g_string_append_printf (text, "%s>%s ", leyden_edge_get_source (g_ptr_array_index (in, i)), leyden_edge_get_target_port (g_ptr_array_index (in, i)));
  for (guint i = 0; i < out->len; i++)
    g_string_append_printf (text, "%s>%s ", leyden_edge_get_source_port (g_ptr_array_index (out, i)), leyden_edge_get_target (g_ptr_array_index (out, i)));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* What is pinned was given as another kind. */
static void
test_replace_pinned (void)
{
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autoptr(LeydenEdit) pin = structure_make_setting ("a", "pin", "{\"outputs\": {\"result\": 1}}");
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(GPtrArray) lost = NULL;
  g_autofree char *text = NULL;

  structure_apply (flow, pin);
  edit = leyden_flow_replace_node (flow, test_types (), "a", "if", &lost, NULL);
  text = join_lost (lost);
  g_assert_nonnull (strstr (text, "The pinned output"));
  structure_apply (flow, edit);
  g_assert_null (leyden_value_get_member (leyden_node_get_value (leyden_flow_get_node (flow, "a")), "pin"));
}

static void
test_replace (void)
{
  static const struct
  {
    const char *node;
    const char *type;
    const char *lost;
    const char *wires;
  } cases[] = {
    /* The prompt moves to where a model call takes it; what an agent alone has goes. */
    { "agent", "chat", "Setting “Most turns”; Wire into “tools” from “Calculator”", "ask>prompt text>a " },
    { "a", "if", "Setting “Expression”", "agent>value then>b then>out then>m error>out " },
    { "a", "subflow", "Setting “Expression”", "agent>value result>b result>out result>m error>out " },
    { "m", "loop", "", "a>item " },
    { "m", "transform", "What is inside", "a>value " },
    { "c", "constant", "Setting “Expression”; Wire into “value” from “Transform”", "value>out " },
    { "b", "b", NULL, NULL },
    { "nobody", "chat", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenFlow) flow = structure_agent_flow ();
      g_autoptr(LeydenEdit) more = leyden_edit_new ("More");
      g_autoptr(LeydenValue) turns = leyden_value_new_int (3);
      g_autoptr(LeydenValue) system = leyden_value_new_string ("Be brief.", -1);
      g_autoptr(LeydenValue) marks = test_json ("[\"system\", {\"name\": \"temperature\", \"locked\": true}]");
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;
      g_autofree char *text = NULL;
      g_autofree char *wires = NULL;
      g_autoptr(GPtrArray) lost = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenEdit) edit = NULL;
      g_autoptr(LeydenValue) expression = leyden_value_new_string ("value || '!'", -1);

      leyden_edit_set_parameter (more, "agent", "max_turns", turns);
      leyden_edit_set_parameter (more, "agent", "system", system);
      leyden_edit_set_parameter (more, "a", "expression", expression);
      leyden_edit_set_parameter (more, "c", "expression", expression);
      leyden_edit_set_title (more, "agent", "Solver");
      leyden_edit_move_node (more, "agent", 12, 34);
      leyden_edit_add (more, LEYDEN_ELEMENT_NODE, "agent", (const char * const[]) { "trainable", NULL }, marks);
      structure_apply (flow, more);
      before = structure_dup_bytes (flow);
      edit = leyden_flow_replace_node (flow, test_types (), cases[i].node, cases[i].type, &lost, &error);
      if (cases[i].lost == NULL)
        {
          g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
          continue;
        }
      g_assert_no_error (error);
      text = join_lost (lost);
      g_assert_cmpstr (text, ==, cases[i].lost);
      structure_apply (flow, edit);
      g_assert_cmpstr (leyden_node_get_type_name (leyden_flow_get_node (flow, cases[i].node)), ==, cases[i].type);
      wires = list_wires (flow, cases[i].node);
      g_assert_cmpstr (wires, ==, cases[i].wires);
      if (i == 0)
        {
          LeydenNode *node = leyden_flow_get_node (flow, "agent");

          g_assert_cmpstr (leyden_node_get_title (node), ==, "Solver");
          g_assert_cmpfloat (leyden_node_get_position (node).y, ==, 34);
          g_assert_cmpstr (leyden_value_get_string (leyden_node_get_parameter (node, "system"), NULL), ==, "Be brief.");
          g_assert_true (leyden_node_is_trainable (node, "system"));
          g_assert_nonnull (leyden_node_get_trainable (node, "temperature"));
          g_assert_false (leyden_node_is_trainable (node, "temperature"));
        }
      structure_undo (flow, edit);
      after = structure_dup_bytes (flow);
      g_assert_cmpstr (after, ==, before);
    }
}

/* Every kind by every kind: never a wire where there is no port, always back to the same bytes. */
static void
test_replace_all_kinds (void)
{
  static const char * const kinds[] = {
    "agent", "calculator", "chat", "classifier", "command", "constant", "evaluator", "extract", "http", "human", "if", "input", "loop", "map",
    "memory", "merge", "output", "prompt", "python", "retrieve", "reward", "subflow", "switch", "transform",
  };
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autofree char *bytes = structure_dup_bytes (flow);
  static const char * const ids[] = { "in", "ask", "agent", "calc", "a", "b", "c", "mean", "m", "out" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
      {
        const char *id = ids[i];
        g_autoptr(LeydenEdit) edit = leyden_flow_replace_node (flow, test_types (), id, kinds[k], NULL, NULL);
        g_autoptr(GPtrArray) problems = NULL;
        g_autofree char *after = NULL;

        g_assert_nonnull (edit);
        structure_apply (flow, edit);
        problems = leyden_flow_check (flow, test_types ());
        for (guint j = 0; j < problems->len; j++)
          {
            const char *code = ((LeydenProblem *) g_ptr_array_index (problems, j))->code;

            g_assert_cmpstr (code, !=, "edge-source-port-unknown");
            g_assert_cmpstr (code, !=, "edge-target-port-unknown");
            g_assert_cmpstr (code, !=, "edge-type-refused");
            g_assert_cmpstr (code, !=, "edge-type-convertible");
            g_assert_cmpstr (code, !=, "input-two-wires");
          }
        structure_undo (flow, edit);
        after = structure_dup_bytes (flow);
        g_assert_cmpstr (after, ==, bytes);
      }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/structure/replace", test_replace);
  g_test_add_func ("/structure/replace/pinned", test_replace_pinned);
  g_test_add_func ("/structure/replace/all-kinds", test_replace_all_kinds);
  return g_test_run ();
}
