/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "engine-helpers.h"
#include "leyden-check.h"
#include "leyden-edge-points.h"
#include "leyden-flow-structure.h"
#include "leyden-json.h"
#include "leyden-random.h"
#include "structure-helpers.h"

/* Collapsing and expanding: what a flow gives is the same before and after, and undo gives the same bytes. */

static guint n_succeeded;

/* What the flow makes of @input: state, result and error, as text. */
static char *
run (LeydenFlow *flow,
     const char *input)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPlan) plan = leyden_plan_new (flow, test_types (), &error);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = NULL;
  g_autofree char *result = NULL;
  const LeydenRolloutRow *row;

  g_assert_no_error (error);
  watch = run_once (engine, plan, input);
  row = leyden_rollout_get_row (watch->rollout);
  if (leyden_rollout_get_result (watch->rollout) != NULL)
    result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);
  /* What had been scored before a failure is a matter of order. */
  if (!g_str_equal (row->state, "succeeded"))
    return g_strdup_printf ("%s: %s", row->state, row->error);
  n_succeeded++;
  return g_strdup_printf ("%s %s reward %g", row->state, result, row->reward);
}

/* --- random flows --- */

#define MAX_NODES 14

typedef struct
{
  GString      *nodes;
  GString      *edges;
  GPtrArray    *outputs;        /* "node.port" of what is there so far */
  LeydenRandom  random;
} Maker;

static guint
below (Maker *self,
       guint  n)
{
  return (guint) leyden_random_below (&self->random, n);
}

static void
add_edge (Maker      *self,
          const char *source,
          const char *node,
          const char *port)
{
  g_string_append_printf (self->edges, "%s\"%s > %s.%s\"", self->edges->len > 0 ? ", " : "", source, node, port);
}

static void
feed (Maker      *self,
      const char *node,
      const char *port)
{
  add_edge (self, g_ptr_array_index (self->outputs, below (self, self->outputs->len)), node, port);
}

static void
gives (Maker      *self,
       const char *node,
       const char *port)
{
  g_ptr_array_add (self->outputs, g_strconcat (node, ".", port, NULL));
}

static const char any_inputs[] = "\"inputs\": [{\"name\": \"a\", \"type\": \"any\"}, {\"name\": \"b\", \"type\": \"any\", \"required\": true}]";

static void
add_random_node (Maker *self,
                 guint  index)
{
  g_autofree char *id = g_strdup_printf ("n%02u", index);
  g_autofree char *second = g_strdup_printf ("m%02u", index);

  g_string_append_printf (self->nodes, ", \"%s\": ", id);
  switch (below (self, 7))
    {
    case 0:
      g_string_append_printf (self->nodes, "{\"type\": \"constant\", \"@type\": \"number\", \"number\": %u}", below (self, 50));
      gives (self, id, "value");
      break;
    case 1:
      g_string_append (self->nodes, "{\"type\": \"prompt\", \"template\": \"{{ a }}|{{ b }}\"}");
      feed (self, id, "a");
      feed (self, id, "b");
      gives (self, id, "text");
      break;
    case 2:
      /* Both ways meet again: one of the two is dead. */
      g_string_append_printf (self->nodes, "{\"type\": \"if\", %s, \"condition\": \"length(b) > %u\"}, \"%s\": {\"type\": \"merge\"}", any_inputs,
                              below (self, 4), second);
      feed (self, id, "b");
      if (below (self, 2) == 0)
        feed (self, id, "a");
      g_string_append_printf (self->nodes, ", \"p%02u\": {\"type\": \"prompt\", \"template\": \"<{{ x }}>\"}", index);
      {
        g_autofree char *then = g_strconcat (id, ".then", NULL);
        g_autofree char *otherwise = g_strconcat (id, ".else", NULL);
        g_autofree char *prompt = g_strdup_printf ("p%02u", index);
        g_autofree char *text = g_strconcat (prompt, ".text", NULL);

        add_edge (self, then, prompt, "x");
        add_edge (self, text, second, "values");
        add_edge (self, otherwise, second, "values");
        gives (self, prompt, "text");
      }
      gives (self, id, "then");
      gives (self, second, "value");
      break;
    case 3:
      g_string_append (self->nodes, "{\"type\": \"probe\", \"does\": \"async\"}");
      feed (self, id, "a");
      gives (self, id, "x");
      break;
    case 4:
      g_string_append (self->nodes, "{\"type\": \"probe\", \"does\": \"fail\"}");
      feed (self, id, "a");
      /* Some end the rollout, most go on at the wire. */
      if (below (self, 12) > 0)
        {
          g_autofree char *error = g_strconcat (id, ".error", NULL);

          g_string_append_printf (self->nodes, ", \"%s\": {\"type\": \"transform\", %s, \"expression\": \"b ->> '$.code'\"}", second, any_inputs);
          add_edge (self, error, second, "b");
          gives (self, second, "result");
          gives (self, id, "y");
        }
      break;
    case 5:
      g_string_append_printf (self->nodes, "{\"type\": \"subflow\", \"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\":"
                              " [{\"name\": \"v\", \"type\": \"any\"}, {\"name\": \"w\", \"type\": \"any\", \"default\": 7}]},"
                              " \"t\": {\"type\": \"transform\", %s, \"expression\": \"a || '+' || b\"},"
                              " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"r\", \"type\": \"any\"}, {\"name\": \"s\", \"type\": \"any\"}]}},"
                              " \"edges\": [\"i.v > t.a\", \"i.w > t.b\", \"t.result > o.r\", \"i.w > o.s\"]}}", any_inputs);
      feed (self, id, "v");
      gives (self, id, "r");
      gives (self, id, "s");
      break;
    default:
      g_string_append_printf (self->nodes, "{\"type\": \"transform\", %s, \"expression\": \"coalesce(a, 1) || '.' || b\"}", any_inputs);
      feed (self, id, "a");
      feed (self, id, "b");
      gives (self, id, "result");
      break;
    }
}

static void
add_places (LeydenFlow *flow,
            Maker      *maker)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Places");
  g_autoptr(LeydenValue) frame = test_json ("{\"id\": \"f1\", \"title\": \"Half\", \"position\": {\"x\": -50, \"y\": -50},"
                                            " \"size\": {\"width\": 1700, \"height\": 900}, \"color\": \"blue\"}");
  g_autoptr(LeydenValue) note = test_json ("{\"id\": \"t1\", \"text\": \"why\", \"position\": {\"x\": 700.25, \"y\": 300}, \"size\": {\"width\": 20, \"height\": 20}}");

  for (guint i = 0; i < nodes->len; i++)
    leyden_edit_move_node (edit, leyden_node_get_id (g_ptr_array_index (nodes, i)), (float) (i % 8) * 240.5f, (float) below (maker, 800));
  leyden_edit_add (edit, LEYDEN_ELEMENT_FRAME, "f1", NULL, frame);
  leyden_edit_add (edit, LEYDEN_ELEMENT_NOTE, "t1", NULL, note);
  structure_apply (flow, edit);
}

static LeydenFlow *
make_flow (Maker *self)
{
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) value = NULL;
  LeydenFlow *flow;
  guint n = 3 + below (self, MAX_NODES - 3);

  self->nodes = g_string_new ("\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}, {\"name\": \"n\", \"type\": \"number\"},"
                              " {\"name\": \"z\", \"type\": \"any\"}]}");
  self->edges = g_string_new (NULL);
  self->outputs = g_ptr_array_new_with_free_func (g_free);
  gives (self, "in", "q");
  gives (self, "in", "n");
  gives (self, "in", "z");
  for (guint i = 0; i < n; i++)
    add_random_node (self, i);
  g_string_append (self->nodes, ", \"score\": {\"type\": \"evaluator\", \"method\": \"exact\"}, \"reward\": {\"type\": \"reward\"},"
                                " \"out\": {\"type\": \"output\", \"fields\": [{\"name\": \"a\", \"type\": \"any\"}, {\"name\": \"b\", \"type\": \"any\"},"
                                " {\"name\": \"c\", \"type\": \"text\"}, {\"name\": \"d\", \"type\": \"any\"}]}");
  feed (self, "score", "actual");
  feed (self, "score", "expected");
  add_edge (self, "score.score", "reward", "score");
  feed (self, "out", "a");
  feed (self, "out", "b");
  add_edge (self, "in.q", "out", "c");
  add_edge (self, g_ptr_array_index (self->outputs, self->outputs->len - 1), "out", "d");
  text = g_strdup_printf ("{\"nodes\": {%s}, \"edges\": [%s]}", self->nodes->str, self->edges->str);
  value = test_json (text);
  flow = test_flow (value);
  add_places (flow, self);
  g_string_free (g_steal_pointer (&self->nodes), TRUE);
  g_string_free (g_steal_pointer (&self->edges), TRUE);
  g_clear_pointer (&self->outputs, g_ptr_array_unref);
  return flow;
}

static gboolean
may_move (LeydenNode *node)
{
  const char *type = leyden_node_get_type_name (node);

  return !g_str_equal (type, "input") && !g_str_equal (type, "output") && !g_str_equal (type, "reward");
}

/* Half the time any nodes, else a stretch of the order, which leaves less to go out and back. */
static char **
choose (LeydenFlow *flow,
        Maker      *maker)
{
  g_autoptr(LeydenFlowOrder) order = leyden_flow_order_new (flow, test_types ());
  GPtrArray *nodes = leyden_flow_order_get_nodes (order);
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();
  gboolean any = below (maker, 2) == 0;
  guint from = below (maker, nodes->len);
  guint to = from + 1 + below (maker, nodes->len - from);

  for (guint i = any ? 0 : from; i < (any ? nodes->len : to); i++)
    if (may_move (g_ptr_array_index (nodes, i)) && (!any || below (maker, 3) == 0))
      g_strv_builder_add (ids, leyden_node_get_id (g_ptr_array_index (nodes, i)));
  return g_strv_builder_end (ids);
}

/* Whether a way leaves the set and comes back: by asking of every node outside whether both reach. Slow and plain. */
static gboolean
reaches (LeydenFlow         *flow,
         const char         *from,
         const char * const *set,
         gboolean            forwards,
         GHashTable         *seen)
{
  g_autoptr(GPtrArray) edges = forwards ? leyden_flow_list_edges_out (flow, from, NULL) : leyden_flow_list_edges_in (flow, from, NULL);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);
      const char *next = forwards ? leyden_edge_get_target (edge) : leyden_edge_get_source (edge);

      if (g_strv_contains (set, next))
        return TRUE;
      if (g_hash_table_add (seen, (gpointer) next) && reaches (flow, next, set, forwards, seen))
        return TRUE;
    }
  return FALSE;
}

static gboolean
makes_cycle (LeydenFlow         *flow,
             const char * const *set)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      const char *id = leyden_node_get_id (g_ptr_array_index (nodes, i));
      g_autoptr(GHashTable) down = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr(GHashTable) up = g_hash_table_new (g_str_hash, g_str_equal);

      if (!g_strv_contains (set, id) && reaches (flow, id, set, TRUE, down) && reaches (flow, id, set, FALSE, up))
        return TRUE;
    }
  return FALSE;
}

static guint
count_errors (LeydenFlow *flow)
{
  g_autoptr(GPtrArray) problems = leyden_flow_check (flow, test_types ());
  guint n = 0;

  for (guint i = 0; i < problems->len; i++)
    if (((LeydenProblem *) g_ptr_array_index (problems, i))->severity == LEYDEN_PROBLEM_ERROR)
      {
        g_test_message ("%s", ((LeydenProblem *) g_ptr_array_index (problems, i))->message);
        n++;
      }
  return n;
}

static const char * const rows[] = { "{\"q\": \"why\", \"n\": 3, \"z\": 1}", "{\"q\": \"how much\", \"n\": -1.5}", "{\"q\": \"x\", \"z\": null}" };

static void
run_all (LeydenFlow *flow,
         char      **results)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    results[i] = run (flow, rows[i]);
}

static void
assert_same_results (LeydenFlow *flow,
                     char      **before)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *now = run (flow, rows[i]);

      g_assert_cmpstr (now, ==, before[i]);
    }
}

/* TRUE: it was collapsed. */
static gboolean
try_one (LeydenFlow *flow,
         Maker      *maker)
{
  g_auto(GStrv) ids = choose (flow, maker);
  g_autofree char *group = NULL;
  g_autofree char *bytes = structure_dup_bytes (flow);
  g_autofree char *collapsed = NULL;
  char *results[G_N_ELEMENTS (rows) + 1] = { NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenEdit) edit = leyden_flow_collapse (flow, test_types (), (const char * const *) ids, &group, &error);
  g_autoptr(LeydenEdit) expand = NULL;
  g_autoptr(GPtrArray) notes = NULL;

  if (edit == NULL)
    {
      g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
      g_assert_true (ids[0] == NULL || makes_cycle (flow, (const char * const *) ids));
      return FALSE;
    }
  g_assert_false (makes_cycle (flow, (const char * const *) ids));
  g_assert_cmpuint (count_errors (flow), ==, 0);
  run_all (flow, results);
  structure_apply (flow, edit);
  g_assert_cmpuint (count_errors (flow), ==, 0);
  for (guint i = 0; ids[i] != NULL; i++)
    g_assert_nonnull (leyden_flow_get_node (leyden_flow_get_body (flow, group), ids[i]));
  assert_same_results (flow, results);
  collapsed = structure_dup_bytes (flow);

  expand = leyden_flow_expand (flow, test_types (), group, NULL, &notes, &error);
  g_assert_no_error (error);
  g_assert_null (notes);
  structure_apply (flow, expand);
  {
    g_autofree char *expanded = structure_dup_bytes (flow);

    g_assert_cmpstr (expanded, ==, bytes);
  }
  structure_undo (flow, expand);
  {
    g_autofree char *back = structure_dup_bytes (flow);

    g_assert_cmpstr (back, ==, collapsed);
  }
  structure_undo (flow, edit);
  {
    g_autofree char *back = structure_dup_bytes (flow);

    g_assert_cmpstr (back, ==, bytes);
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_free (results[i]);
  return TRUE;
}

static void
test_random (void)
{
  Maker maker = { 0 };
  guint n_collapsed = 0;
  guint n_refused = 0;

  n_succeeded = 0;

  leyden_random_init (&maker.random, 5);
  for (guint i = 0; i < 150; i++)
    {
      g_autoptr(LeydenFlow) flow = make_flow (&maker);

      leyden_flow_set_id_seed (flow, i);
      for (guint k = 0; k < 3; k++)
        if (try_one (flow, &maker))
          n_collapsed++;
        else
          n_refused++;
    }
  /* Both happen often enough to mean something. */
  g_test_message ("%u collapsed, %u refused, %u runs succeeded", n_collapsed, n_refused, n_succeeded);
  g_assert_cmpuint (n_collapsed, >, 150);
  g_assert_cmpuint (n_refused, >, 30);
  g_assert_cmpuint (n_succeeded, >, 800);
}

/* Containers of the random flows, which nobody collapsed: their defaults become Constants. */
static void
test_random_expand (void)
{
  Maker maker = { 0 };
  guint n = 0;

  leyden_random_init (&maker.random, 11);
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr(LeydenFlow) flow = make_flow (&maker);
      g_autofree char *bytes = structure_dup_bytes (flow);
      char *results[G_N_ELEMENTS (rows) + 1] = { NULL };
      LeydenNode *group = leyden_flow_find_node (flow, "subflow");
      g_autoptr(LeydenEdit) edit = NULL;
      g_autoptr(GPtrArray) notes = NULL;
      g_autoptr(GError) error = NULL;
      g_auto(GStrv) ids = NULL;

      if (group == NULL)
        continue;
      run_all (flow, results);
      edit = leyden_flow_expand (flow, test_types (), leyden_node_get_id (group), &ids, &notes, &error);
      g_assert_no_error (error);
      g_assert_null (notes);
      structure_apply (flow, edit);
      for (guint k = 0; ids[k] != NULL; k++)
        g_assert_nonnull (leyden_flow_get_node (flow, ids[k]));
      g_assert_cmpuint (count_errors (flow), ==, 0);
      assert_same_results (flow, results);
      structure_undo (flow, edit);
      {
        g_autofree char *back = structure_dup_bytes (flow);

        g_assert_cmpstr (back, ==, bytes);
      }
      for (guint k = 0; k < G_N_ELEMENTS (rows); k++)
        g_free (results[k]);
      n++;
    }
  g_assert_cmpuint (n, >, 20);
}

/* --- what a person meets --- */

static void
test_refused (void)
{
  static const struct
  {
    const char *ids[4];
    const char *message;
  } cases[] = {
    { { NULL }, "Select the nodes that the group should hold" },
    { { "nobody" }, "Select the nodes that the group should hold" },
    { { "in", "ask" }, "“Input” is where values enter or leave this flow and cannot go into a group" },
    { { "c", "out" }, "“Output” is where values enter or leave this flow and cannot go into a group" },
    { { "mean" }, "“Reward” counts for the whole rollout and cannot go into a group" },
    { { "calc" }, "“Calculator” is a tool of “Agent”: select both or neither" },
    { { "ask", "agent" }, "“Calculator” is a tool of “Agent”: select both or neither" },
    { { "a", "c" }, "The way from “Transform” through “Transform” to “Transform” leaves the selection and comes back, which would make a cycle. "
                    "Select “Transform” too." },
  };
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autofree char *bytes = structure_dup_bytes (flow);
  g_autofree char *after = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_flow_collapse (flow, test_types (), cases[i].ids, NULL, &error));
      g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
  after = structure_dup_bytes (flow);
  g_assert_cmpstr (after, ==, bytes);
}

static char *
describe_ports (LeydenFlow *flow,
                const char *id,
                gboolean    outputs)
{
  LeydenNode *node = leyden_flow_get_node (flow, id);
  g_autoptr(GPtrArray) ports = outputs ? leyden_node_types_dup_outputs (test_types (), node) : leyden_node_types_dup_inputs (test_types (), node);
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);

      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", port->name, leyden_port_type_to_string (port->type));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Types are those of what comes, names those of the ports, each once; an error that leaves is no error of the group. */
static void
test_names (void)
{
  static const char * const first[] = { "ask", "agent", "calc", NULL };
  static const char * const second[] = { "a", "b", NULL };
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autofree char *group = NULL;
  g_autofree char *other = NULL;
  g_autofree char *in = NULL;
  g_autofree char *out = NULL;
  g_autofree char *more = NULL;
  g_autoptr(LeydenEdit) one = leyden_flow_collapse (flow, test_types (), first, &group, NULL);
  g_autoptr(LeydenEdit) two = NULL;

  structure_apply (flow, one);
  in = describe_ports (flow, group, FALSE);
  out = describe_ports (flow, group, TRUE);
  g_assert_cmpstr (in, ==, "n number, question text");
  g_assert_cmpstr (out, ==, "text text, error object");
  two = leyden_flow_collapse (flow, test_types (), second, &other, NULL);
  structure_apply (flow, two);
  more = describe_ports (flow, other, TRUE);
  g_assert_cmpstr (more, ==, "transform_error object, result any, transform_result any, error object");
}

static void
put_box (LeydenFlow        *flow,
         LeydenElementKind  kind,
         const char        *id,
         const char        *place)
{
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Box");
  g_autofree char *json = g_strdup_printf ("{\"id\": \"%s\", \"title\": \"Asking\", \"text\": \"note\", %s}", id, place);
  g_autoptr(LeydenValue) value = test_json (json);

  leyden_edit_add (edit, kind, id, NULL, value);
  structure_apply (flow, edit);
}

/* A frame brings what lies in it, and is the group's title; marks and notes come along; others stay. */
static void
test_carried (void)
{
  static const char * const ids[] = { "round", NULL };
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autoptr(LeydenEdit) mark = structure_make_setting ("agent", "trainable", "[\"instructions\"]");
  g_autoptr(LeydenEdit) places = leyden_edit_new ("Places");
  g_autoptr(LeydenEdit) edit = NULL;
  g_autofree char *group = NULL;
  LeydenFlow *body;

  leyden_edit_move_node (places, "ask", 100, 100);
  leyden_edit_move_node (places, "agent", 400, 100);
  leyden_edit_move_node (places, "calc", 400, 400);
  leyden_edit_move_node (places, "a", 900, 100);
  structure_apply (flow, places);
  structure_apply (flow, mark);
  put_box (flow, LEYDEN_ELEMENT_FRAME, "round", "\"position\": {\"x\": 50, \"y\": 50}, \"size\": {\"width\": 700, \"height\": 600}");
  put_box (flow, LEYDEN_ELEMENT_FRAME, "big", "\"position\": {\"x\": 0, \"y\": 0}, \"size\": {\"width\": 2000, \"height\": 900}");
  put_box (flow, LEYDEN_ELEMENT_NOTE, "near", "\"position\": {\"x\": 100, \"y\": 500}, \"size\": {\"width\": 90, \"height\": 60}");
  put_box (flow, LEYDEN_ELEMENT_NOTE, "far", "\"position\": {\"x\": 1100, \"y\": 500}, \"size\": {\"width\": 90, \"height\": 60}");
  edit = leyden_flow_collapse (flow, test_types (), ids, &group, NULL);
  structure_apply (flow, edit);
  body = leyden_flow_get_body (flow, group);
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (flow, group)), ==, "Asking");
  g_assert_cmpuint (leyden_flow_get_n_nodes (body), ==, 5);
  g_assert_true (leyden_node_is_trainable (leyden_flow_get_node (body, "agent"), "instructions"));
  g_assert_cmpfloat (leyden_node_get_position (leyden_flow_get_node (body, "agent")).x, ==, 400);
  g_assert_nonnull (leyden_flow_get_frame (body, "round"));
  g_assert_nonnull (leyden_flow_get_note (body, "near"));
  g_assert_nonnull (leyden_flow_get_frame (flow, "big"));
  g_assert_nonnull (leyden_flow_get_note (flow, "far"));
  g_assert_null (leyden_flow_get_note (flow, "near"));
}

static void
test_expand_refused (void)
{
  static const char * const ids[] = { "a", NULL };
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autofree char *group = NULL;
  g_autoptr(LeydenEdit) edit = leyden_flow_collapse (flow, test_types (), ids, &group, NULL);
  g_autoptr(LeydenEdit) retry = NULL;
  g_autoptr(LeydenEdit) wire = leyden_edit_new ("Wire");
  const char *nodes[] = { "ask", "m", "nobody", group, group };
  static const char * const messages[] = {
    "Select a group to expand", "“Map” runs what is inside more than once; only a group can be expanded", "Select a group to expand",
    "“Group” tries all that is inside again after an error. Switch that off first.",
    "A wire at the Error of “Group” answers for all that is inside. Remove it first.",
  };

  structure_apply (flow, edit);
  nodes[3] = nodes[4] = group;
  retry = structure_make_setting (group, "retry", "{\"max\": 2}");
  leyden_edit_add_edge (wire, "wire", group, "error", "c", "value");
  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++)
    {
      g_autoptr(GError) error = NULL;

      if (i == 3)
        structure_apply (flow, retry);
      if (i == 4)
        structure_apply (flow, wire);
      g_assert_null (leyden_flow_expand (flow, test_types (), nodes[i], NULL, NULL, &error));
      g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
      g_assert_cmpstr (error->message, ==, messages[i]);
    }
}

/* What is inside would run again, and a pin would be gone without a word. */
static void
test_expand_off (void)
{
  static const struct
  {
    const char *key;
    const char *value;
    const char *message;
  } cases[] = {
    { "mode", "\"disabled\"", "“Group” is disabled, and what is inside would run again. Enable it first." },
    { "mode", "\"bypassed\"", "“Group” is bypassed, and what is inside would run again. Switch it on first." },
    { "pin", "{\"outputs\": {}}", "The output of “Group” is pinned, and what is inside would run again. Unpin it first." },
  };
  static const char * const ids[] = { "a", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenFlow) flow = structure_agent_flow ();
      g_autofree char *group = NULL;
      g_autoptr(LeydenEdit) edit = leyden_flow_collapse (flow, test_types (), ids, &group, NULL);
      g_autoptr(LeydenEdit) off = structure_make_setting (group, cases[i].key, cases[i].value);
      g_autoptr(GError) error = NULL;

      structure_apply (flow, edit);
      structure_apply (flow, off);
      g_assert_null (leyden_flow_expand (flow, test_types (), group, NULL, NULL, &error));
      g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* Ids that are taken outside meanwhile are made anew; what is not as before is told. */
static void
test_expand_told (void)
{
  g_autoptr(LeydenValue) value = test_json ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" STRUCTURE_ANY ("v") "]},"
    " \"t\": {\"type\": \"transform\", \"expression\": \"value\"},"
    " \"g\": {\"type\": \"subflow\", \"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\":"
    " [{\"name\": \"v\", \"type\": \"text\", \"default\": \"d\"}, " STRUCTURE_ANY ("unfed") "]}, \"t\": {\"type\": \"transform\", \"expression\": \"value\"},"
    " \"o\": {\"type\": \"output\", \"fields\": [" STRUCTURE_ANY ("r") ", " STRUCTURE_ANY ("ungiven") "]}},"
    " \"edges\": [\"i.v > t.value\", \"i.unfed > o.r\"]}},"
    " \"out\": {\"type\": \"output\", \"fields\": [" STRUCTURE_ANY ("r") ", " STRUCTURE_ANY ("u") "]}},"
    " \"edges\": [\"in.v > g.v\", \"g.r > out.r\", \"g.ungiven > out.u\", \"in.v > t.value\"]}");
  g_autoptr(LeydenFlow) flow = test_flow (value);
  g_autofree char *bytes = structure_dup_bytes (flow);
  g_autofree char *back = NULL;
  g_auto(GStrv) ids = NULL;
  g_autoptr(GPtrArray) notes = NULL;
  g_autoptr(GPtrArray) in = NULL;
  g_autoptr(LeydenEdit) edit = leyden_flow_expand (flow, test_types (), "g", &ids, &notes, NULL);

  structure_apply (flow, edit);
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
  g_assert_cmpstr (ids[0], !=, "t");
  in = leyden_flow_list_edges_in (flow, ids[0], "value");
  g_assert_cmpuint (in->len, ==, 1);
  g_assert_cmpstr (leyden_edge_get_source (g_ptr_array_index (in, 0)), ==, "in");
  g_assert_cmpuint (notes->len, ==, 4);
  g_assert_cmpstr (g_ptr_array_index (notes, 0), ==, "The value of “v” is no longer converted on its way");
  g_assert_cmpstr (g_ptr_array_index (notes, 1), ==, "The default of “v” is lost");
  g_assert_cmpstr (g_ptr_array_index (notes, 2), ==, "Nothing gave “r”; what it fed outside is unwired now");
  g_assert_cmpstr (g_ptr_array_index (notes, 3), ==, "Nothing gave “ungiven”; what it fed outside is unwired now");
  structure_undo (flow, edit);
  back = structure_dup_bytes (flow);
  g_assert_cmpstr (back, ==, bytes);
}

/* A wire that is led through points goes where its nodes go. */
static void
test_expand_points (void)
{
  static const char * const ids[] = { "b", "c", NULL };
  const graphene_point_t before[] = { { 100, 40 }, { 140, 60 } };
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autoptr(GPtrArray) in = leyden_flow_list_edges_in (flow, "c", "value");
  g_autofree char *wire = g_strdup (leyden_edge_get_id (g_ptr_array_index (in, 0)));
  graphene_point_t node = leyden_node_get_position (leyden_flow_get_node (flow, "b"));
  g_autoptr(LeydenEdit) led = leyden_edit_new ("led");
  g_autoptr(LeydenEdit) moved = leyden_edit_new ("moved");
  g_autoptr(LeydenEdit) collapse = NULL;
  g_autoptr(LeydenEdit) expand = NULL;
  g_autofree char *group = NULL;
  const graphene_point_t *after;
  graphene_point_t place;
  guint n;

  leyden_edit_set_points (led, g_ptr_array_index (in, 0), before, G_N_ELEMENTS (before));
  structure_apply (flow, led);
  collapse = leyden_flow_collapse (flow, test_types (), ids, &group, NULL);
  structure_apply (flow, collapse);
  place = leyden_node_get_position (leyden_flow_get_node (flow, group));
  leyden_edit_move_node (moved, group, place.x + 300, place.y + 50);
  structure_apply (flow, moved);
  expand = leyden_flow_expand (flow, test_types (), group, NULL, NULL, NULL);
  structure_apply (flow, expand);
  place = leyden_node_get_position (leyden_flow_get_node (flow, "b"));
  g_assert_cmpfloat (place.x - node.x, ==, 300);
  g_assert_cmpfloat (place.y - node.y, ==, 50);
  after = leyden_edge_get_points (leyden_flow_get_edge (flow, wire), &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (before));
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpfloat (after[i].x - before[i].x, ==, 300);
      g_assert_cmpfloat (after[i].y - before[i].y, ==, 50);
    }
}

/* Inside of a body all is the same: the edit is one of the body, applied through the whole flow. */
static void
test_in_body (void)
{
  static const char * const ids[] = { "a", "b", NULL };
  static const char * const inner[] = { "a", NULL };
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autofree char *group = NULL;
  g_autofree char *second = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *back = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LeydenEdit) edit = leyden_flow_collapse (flow, test_types (), ids, &group, NULL);
  g_autoptr(LeydenEdit) deep = NULL;

  structure_apply (flow, edit);
  bytes = structure_dup_bytes (flow);
  deep = leyden_flow_collapse (leyden_flow_get_body (flow, group), test_types (), inner, &second, NULL);
  leyden_edit_set_scope (deep, (const char * const[]) { group, NULL });
  structure_apply (flow, deep);
  path = g_strdup_printf ("%s/%s/a", group, second);
  g_assert_nonnull (leyden_flow_find_path (flow, path, NULL));
  structure_undo (flow, deep);
  back = structure_dup_bytes (flow);
  g_assert_cmpstr (back, ==, bytes);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/structure/random", test_random);
  g_test_add_func ("/structure/random-expand", test_random_expand);
  g_test_add_func ("/structure/collapse/refused", test_refused);
  g_test_add_func ("/structure/collapse/names", test_names);
  g_test_add_func ("/structure/collapse/carried", test_carried);
  g_test_add_func ("/structure/collapse/in-body", test_in_body);
  g_test_add_func ("/structure/expand/refused", test_expand_refused);
  g_test_add_func ("/structure/expand/off", test_expand_off);
  g_test_add_func ("/structure/expand/told", test_expand_told);
  g_test_add_func ("/structure/expand/points", test_expand_points);
  return g_test_run ();
}
