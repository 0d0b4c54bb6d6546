/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-catalog.h"

#include <string.h>
#include "leyden-descriptor.h"
#include "leyden-expression.h"
#include "leyden-flow.h"
#include "leyden-json.h"

#define SAMPLE "/io/github/leyden/Leyden/samples/calculator-agent.leyden"

static LeydenNodeTypes *
types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static LeydenFlow *
load_sample (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data (SAMPLE, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  LeydenFlow *flow;

  g_assert_no_error (error);
  flow = leyden_flow_parse (bytes, "calculator-agent.leyden", &error);
  g_assert_no_error (error);
  return flow;
}

static char *
port_names (GPtrArray *ports)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < ports->len; i++)
    g_string_append_printf (names, "%s%s:%s", i ? " " : "", ((LeydenPort *) g_ptr_array_index (ports, i))->name,
                            leyden_port_type_to_string (((LeydenPort *) g_ptr_array_index (ports, i))->type));
  return g_string_free (names, FALSE);
}

/* What every built-in type must have, those that come later too. */
static void
check_type (const LeydenNodeType *type)
{
  g_autofree char *icon = g_strdup_printf ("/io/github/leyden/Leyden/icons/scalable/actions/%s.svg", type->icon);

  if (g_str_has_prefix (type->icon, "leyden-"))
    g_assert_true (g_resources_get_info (icon, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL, NULL, NULL));
  g_assert_nonnull (type->documentation);
  g_assert_true (g_str_has_suffix (type->description, "."));
  g_assert_cmpuint (g_strv_length (type->keywords), >=, 3);
  for (guint p = 0; p < type->parameters->len; p++)
    {
      LeydenParameter *parameter = g_ptr_array_index (type->parameters, p);

      g_assert_nonnull (parameter->help);
      g_assert_nonnull (parameter->fallback);
      if (parameter->visible_parameter != NULL)
        g_assert_nonnull (leyden_node_type_find_parameter (type, parameter->visible_parameter));
      if (parameter->kind == LEYDEN_PARAMETER_REGEX)
        {
          g_autoptr(GError) error = NULL;

          leyden_regex_check (leyden_value_get_string (parameter->fallback, NULL), &error);
          g_assert_no_error (error);
        }
    }
}

static void
test_built_in (void)
{
  static const char * const expected[] = {
    "agent", "calculator", "chat", "classifier", "command", "constant", "evaluator", "extract", "http", "human", "if", "input", "loop", "map", "memory", "merge",
    "output", "prompt", "python", "retrieve", "reward", "subflow", "switch", "transform",
  };
  g_autoptr(GPtrArray) list = leyden_catalog_list (leyden_catalog_get_default ());

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      const LeydenNodeType *type = leyden_node_types_lookup (types (), expected[i]);

      g_assert_nonnull (type);
      g_assert_cmpstr (type->type, ==, expected[i]);
    }
  for (guint i = 0; i < list->len; i++)
    check_type (g_ptr_array_index (list, i));
  g_assert_null (leyden_node_types_lookup (types (), "evil.exec"));
  g_assert_cmpint (leyden_node_types_lookup (types (), "chat")->effects, ==, LEYDEN_EFFECTS_REPEATABLE);
  g_assert_true (leyden_node_types_lookup (types (), "calculator")->is_tool);
}

static void
test_sample (void)
{
  static const struct
  {
    const char *node;
    const char *inputs;
    const char *outputs;
  } cases[] = {
    { "question", "", "question:text answer:number data_id:text" },
    { "prompter", "question:any", "text:text" },
    { "calctool", "", "tools:tools" },
    { "solveagt", "prompt:text messages:messages tools:tools", "text:text messages:messages usage:object error:object" },
    { "exanswer", "text:any", "value:any error:object" },
    { "evalnumb", "actual:any expected:any question:any", "score:reward passed:boolean reason:text judgement:object" },
    { "rewarder", "score:reward", "reward:reward" },
    { "resulted", "answer:any", "" },
  };
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(LeydenFlowOrder) order = leyden_flow_order_new (flow, types ());
  graphene_size_t size = leyden_node_types_measure (types (), leyden_flow_get_node (flow, "solveagt"));

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenNode *node = leyden_flow_get_node (flow, cases[i].node);
      g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (types (), node);
      g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (types (), node);
      g_autofree char *in = port_names (inputs);
      g_autofree char *out = port_names (outputs);

      g_assert_cmpstr (in, ==, cases[i].inputs);
      g_assert_cmpstr (out, ==, cases[i].outputs);
    }
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, G_N_ELEMENTS (cases));
  g_assert_null (leyden_flow_order_get_cycle (order));
  g_assert_cmpint (leyden_flow_order_get_rank (order, "question"), ==, 0);
  g_assert_cmpint (leyden_flow_order_get_rank (order, "calctool"), ==, 0);
  g_assert_cmpint (leyden_flow_order_get_rank (order, "solveagt"), ==, 2);
  g_assert_cmpint (leyden_flow_order_get_rank (order, "rewarder"), ==, 5);
  g_assert_cmpfloat (size.width, ==, 200);
  g_assert_cmpfloat (size.height, ==, 44 + 4 * 24 + 12);
  g_assert_true (leyden_node_is_trainable (leyden_flow_get_node (flow, "solveagt"), "temperature"));
  g_assert_true (leyden_value_is_null (leyden_node_types_get_parameter (types (), leyden_flow_get_node (flow, "solveagt"), "model")));
}

static void
test_sample_canonical (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data (SAMPLE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(GBytes) again = leyden_flow_serialize (flow);

  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), g_bytes_get_data (again, NULL), g_bytes_get_size (again));
}

/* The pattern of the sample reads what models write as their last line. */
static void
test_sample_pattern (void)
{
  static const struct
  {
    const char *text;
    const char *number;
  } cases[] = {
    { "So 6 * 7.\nAnswer: 42.5", "42.5" },
    { "answer: $1,234.50", "1,234.50" },
    { "ANSWER:  -3 km/h.", "-3" },
    { "Answer: 12%\n", "12" },
    { "Answer: forty-two", NULL },
    { "The answer is about 42", NULL },
    { "Answer: <42.5>", NULL },
  };
  g_autoptr(LeydenFlow) flow = load_sample ();
  const char *pattern = leyden_value_get_string (leyden_node_get_parameter (leyden_flow_get_node (flow, "exanswer"), "pattern"), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) groups = leyden_regex_match (pattern, cases[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (leyden_value_get_string (leyden_value_get_item (groups, 1), NULL), ==, cases[i].number);
    }
}

static void
test_search (void)
{
  static const struct
  {
    const char *text;
    const char *first;
  } cases[] = {
    { "agent", "agent" }, { "llm", "agent" }, { "Model call", "chat" }, { "REGEX", "extract" }, { "sql", "transform" },
    { "tool math", "calculator" }, { "", "human" }, { "xyzzy", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GPtrArray) hits = leyden_catalog_search (leyden_catalog_get_default (), cases[i].text);

      if (cases[i].first == NULL)
        g_assert_cmpuint (hits->len, ==, 0);
      else
        g_assert_cmpstr (((LeydenNodeType *) g_ptr_array_index (hits, 0))->type, ==, cases[i].first);
    }
  g_assert_cmpstr (leyden_catalog_get_category_title ("evaluation"), ==, "Evaluation");
  g_assert_cmpstr (leyden_catalog_get_category_title ("other"), ==, "other");
}

static gboolean
add (LeydenCatalog  *catalog,
     const char     *text,
     GError        **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return leyden_catalog_add (catalog, bytes, "x.json", error);
}

#define HEAD "\"leyden_descriptor\":1,\"type\":\"x\",\"title\":\"X\",\"description\":\"Y.\",\"category\":\"data\""

static void
test_bad_descriptors (void)
{
  static const struct
  {
    const char *text;
    const char *part;
  } cases[] = {
    { "", "x.json" },
    { "[]", "/leyden_descriptor" },
    { "{\"leyden_descriptor\":2}", "/leyden_descriptor" },
    { "{\"leyden_descriptor\":1,\"type\":\"../x\"}", "/type" },
    { "{\"leyden_descriptor\":1,\"type\":\"x\",\"title\":3}", "/title" },
    { "{\"leyden_descriptor\":1,\"type\":\"x\",\"title\":\"X\",\"description\":\"Y.\",\"category\":\"other\"}", "/category" },
    { "{" HEAD ",\"inputs\":{}}", "/inputs" },
    { "{" HEAD ",\"inputs\":[{\"name\":\"a\",\"title\":\"A\",\"type\":\"zebra\"}]}", "/inputs/0/type" },
    { "{" HEAD ",\"inputs\":[{\"name\":\"a\",\"title\":\"A\",\"type\":\"any\"},{\"name\":\"a\",\"title\":\"A\",\"type\":\"any\"}]}", "/inputs/1" },
    { "{" HEAD ",\"parameters\":[{\"name\":\"a\",\"title\":\"A\",\"kind\":\"zebra\"}]}", "/parameters/0/kind" },
    { "{" HEAD ",\"parameters\":[{\"name\":\"a\",\"title\":\"A\",\"kind\":\"enum\"}]}", "/parameters/0/choices" },
    { "{" HEAD ",\"parameters\":[{\"name\":\"a\",\"title\":\"A\",\"kind\":\"enum\",\"choices\":[{\"value\":\"v\",\"title\":\"V\"}],\"default\":\"w\"}]}", "/parameters/0/choices" },
    { "{" HEAD ",\"parameters\":[{\"name\":\"a\",\"title\":\"A\",\"kind\":\"number\",\"minimum\":2,\"maximum\":1}]}", "/parameters/0" },
    { "{" HEAD ",\"inputs_from\":{\"parameter\":\"q\",\"kind\":\"fields\"}}", "/inputs_from" },
    { "{" HEAD ",\"outputs\":[{\"name\":\"a\",\"title\":\"A\",\"type\":\"any\",\"alive\":{\"parameter\":\"p\"}}]}", "/outputs/0/alive" },
    { "{" HEAD ",\"effects\":\"some\"}", "/effects" },
    { "{" HEAD ",\"input_groups\":[[\"none\"]]}", "/input_groups" },
  };
  g_autoptr(LeydenCatalog) catalog = leyden_catalog_new ();
  g_autoptr(GError) twice = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (add (catalog, cases[i].text, &error));
      g_assert_nonnull (error);
      if (strstr (error->message, cases[i].part) == NULL)
        g_error ("\"%s\" is not in \"%s\"", cases[i].part, error->message);
    }
  g_assert_true (add (catalog, "{" HEAD "}", NULL));
  g_assert_cmpint (leyden_node_types_lookup (LEYDEN_NODE_TYPES (catalog), "x")->effects, ==, LEYDEN_EFFECTS_ONCE);
  g_assert_false (add (catalog, "{" HEAD "}", &twice));
  g_assert_error (twice, LEYDEN_CATALOG_ERROR, LEYDEN_CATALOG_ERROR_EXISTS);
}

/* W18: what a field list makes is bounded. */
static void
test_many_ports (void)
{
  g_autoptr(GString) text = g_string_new ("{\"leyden\":1,\"id\":\"f\",\"nodes\":[{\"id\":\"a\",\"type\":\"input\",\"parameters\":{\"fields\":[");
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GPtrArray) outputs = NULL;

  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (text, "%s{\"name\":\"f%u\"}", i ? "," : "", i);
  g_string_append (text, "]}}]}");
  bytes = g_bytes_new (text->str, text->len);
  flow = leyden_flow_parse (bytes, "w18", NULL);
  g_assert_nonnull (flow);
  outputs = leyden_node_types_dup_outputs (types (), leyden_flow_get_node (flow, "a"));
  g_assert_cmpuint (outputs->len, ==, LEYDEN_MAX_PORTS);
}

static void
test_to_value (void)
{
  g_autoptr(LeydenValue) value = leyden_catalog_to_value (leyden_catalog_get_default ());

  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (value, "components")), >=, 12);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (value, "/components/0/type"), NULL), ==, "human");
}

/* The inspector shows it: every kind, port and parameter says what it is for. */
static void
assert_described (const LeydenNodeType *type,
                  GPtrArray            *ports)
{
  for (guint i = 0; i < ports->len; i++)
    {
      const LeydenPort *port = g_ptr_array_index (ports, i);

      if (port->description == NULL || *port->description == '\0')
        g_error ("%s, port %s has no description", type->type, port->name);
    }
}

static void
test_documented (void)
{
  g_autoptr(GPtrArray) types = leyden_catalog_list (leyden_catalog_get_default ());

  g_assert_cmpuint (types->len, >, 20);
  for (guint i = 0; i < types->len; i++)
    {
      const LeydenNodeType *type = g_ptr_array_index (types, i);

      if (type->documentation == NULL || strlen (type->documentation) < 40)
        g_error ("%s has no documentation", type->type);
      assert_described (type, type->inputs);
      assert_described (type, type->outputs);
      for (guint j = 0; j < type->parameters->len; j++)
        {
          const LeydenParameter *parameter = g_ptr_array_index (type->parameters, j);

          if (parameter->help == NULL || *parameter->help == '\0')
            g_error ("%s, parameter %s has no help", type->type, parameter->name);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalog/built-in", test_built_in);
  g_test_add_func ("/catalog/documented", test_documented);
  g_test_add_func ("/catalog/sample", test_sample);
  g_test_add_func ("/catalog/sample-canonical", test_sample_canonical);
  g_test_add_func ("/catalog/sample-pattern", test_sample_pattern);
  g_test_add_func ("/catalog/search", test_search);
  g_test_add_func ("/catalog/bad-descriptors", test_bad_descriptors);
  g_test_add_func ("/hostile/W18", test_many_ports);
  g_test_add_func ("/catalog/to-value", test_to_value);
  return g_test_run ();
}
