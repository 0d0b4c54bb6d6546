/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-catalog.h"
#include "leyden-check.h"

#include <string.h>
#include "leyden-flow-mode.h"
#include "leyden-flow-slots.h"
#include "leyden-json.h"

/* Checking against the built-in types: a flow with one fault, the finding, and the flow after the repair. */

static LeydenNodeTypes *
types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static LeydenFlow *
make_flow (const char *nodes,
           const char *edges)
{
  g_autofree char *text = g_strdup_printf ("{\"leyden\":1,\"id\":\"f\",\"nodes\":[%s],\"edges\":[%s]}", nodes, edges);
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "f", &error);

  g_assert_no_error (error);
  return flow;
}

static LeydenProblem *
find (GPtrArray  *problems,
      const char *code)
{
  for (guint i = 0; i < problems->len; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (problems, i);

      if (g_str_equal (problem->code, code))
        return problem;
    }
  return NULL;
}

static char *
describe (GPtrArray *problems)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (problems, i);

      g_string_append_printf (text, "\n%s %s %s: %s", problem->code, problem->id, problem->pointer, problem->message);
    }
  return g_string_free (text, FALSE);
}

#define IN "{\"id\":\"in\",\"type\":\"input\",\"title\":\"Start\"}"
#define OUT "{\"id\":\"out\",\"type\":\"output\"}"
#define PROMPT "{\"id\":\"pr\",\"type\":\"prompt\",\"title\":\"Ask\"}"
#define CHAT "{\"id\":\"ch\",\"type\":\"chat\",\"title\":\"Model\"}"
#define EDGE(id, s, sp, t, tp) "{\"id\":\"" id "\",\"source\":\"" s "\",\"source_port\":\"" sp "\",\"target\":\"" t "\",\"target_port\":\"" tp "\"}"
#define GOOD_NODES IN "," PROMPT "," CHAT "," OUT
#define GOOD_EDGES EDGE ("e1", "in", "question", "pr", "question") "," EDGE ("e2", "pr", "text", "ch", "prompt") "," EDGE ("e3", "ch", "text", "out", "result")
#define PARAM(type, parameters) "{\"id\":\"n\",\"type\":\"" type "\",\"title\":\"Node\",\"parameters\":{" parameters "}}"
#define MARKED(type, name, domain) "{\"id\":\"n\",\"type\":\"" type "\",\"title\":\"Node\",\"trainable\":[{\"name\":\"" name "\",\"domain\":" domain "}]}"
#define CONTAINER(type, more) "{\"id\":\"n\",\"type\":\"" type "\",\"title\":\"Each\"" more "}"
#define BODY(nodes, edges) "\"flow\":{\"nodes\":[" nodes "],\"edges\":[" edges "]}"

typedef struct
{
  const char *code;
  const char *nodes;
  const char *edges;
  const char *pointer;
  const char *part;             /* of the message */
  gboolean    repaired;         /* the repair removes the finding */
} Case;

static const Case cases[] = {
  { "node-type-unknown", "{\"id\":\"n\",\"type\":\"evil.exec\",\"title\":\"Bad\"}", "", "/nodes/0/type", "“Bad” is of the type “evil.exec”", FALSE },
  { "edge-target-missing", GOOD_NODES, GOOD_EDGES "," EDGE ("e9", "in", "question", "gone", "x"), "/edges/3/target", "“e9” from “Start” leads to a node “gone”", TRUE },
  { "edge-source-missing", GOOD_NODES, EDGE ("e9", "gone", "x", "pr", "question"), "/edges/0/source", "“gone”", TRUE },
  { "edge-target-port-unknown", GOOD_NODES, EDGE ("e9", "in", "question", "pr", "nothing"), "/edges/0/target_port", "“nothing” of “Ask”", TRUE },
  { "edge-source-port-unknown", GOOD_NODES, EDGE ("e9", "in", "nothing", "pr", "question"), "/edges/0/source_port", "“nothing” of “Start”", TRUE },
  { "input-missing", PROMPT, "", "/nodes/0", "input “question” of “Ask”", FALSE },
  { "input-group-missing", CHAT, "", "/nodes/0", "“Model” needs something connected to “Prompt” or “Messages”", FALSE },
  { "input-two-wires", GOOD_NODES, GOOD_EDGES "," EDGE ("e9", "in", "question", "pr", "question"), "/edges/3", "“question” of “Ask” takes one wire", TRUE },
  { "edge-type-convertible", GOOD_NODES "," PARAM ("reward", "\"weights\":{\"score\":1}"), EDGE ("e9", "ch", "text", "n", "score"), "/edges/0", "“Text” of “Model” does not fit the input “score” of “Node”", TRUE },
  { "edge-type-refused", GOOD_NODES, EDGE ("e9", "in", "question", "ch", "image"), "/edges/0", "content of a file", TRUE },
  { "cycle", "{\"id\":\"a\",\"type\":\"merge\",\"position\":{\"x\":5,\"y\":0}},{\"id\":\"b\",\"type\":\"merge\",\"title\":\"Left\"},{\"id\":\"c\",\"type\":\"merge\",\"position\":{\"x\":9,\"y\":0}}", EDGE ("1", "a", "value", "c", "values") "," EDGE ("2", "c", "value", "b", "values") "," EDGE ("3", "b", "value", "a", "values"), "/nodes/1", "circle: “Left” → “Merge” → “Merge” → “Left”", TRUE },
  { "mode-unknown", "{\"id\":\"n\",\"type\":\"prompt\",\"title\":\"Node\",\"mode\":5}", "", "/nodes/0/mode", "neither “disabled” nor “bypassed”", TRUE },
  { "bypass-no-output", GOOD_NODES "," "{\"id\":\"n\",\"type\":\"output\",\"title\":\"Node\",\"mode\":\"bypassed\"}", GOOD_EDGES, "/nodes/2/mode", "it has no output", TRUE },
  { "bypass-nothing-fits", GOOD_NODES "," "{\"id\":\"n\",\"type\":\"calculator\",\"title\":\"Node\",\"mode\":\"bypassed\"}," "{\"id\":\"ag\",\"type\":\"agent\"}", GOOD_EDGES "," EDGE ("e8", "n", "tools", "ag", "tools"), "/nodes/3/mode", "“Node” cannot be bypassed: nothing", TRUE },
  { "bypass-nothing-fits", IN ",{\"id\":\"n\",\"type\":\"evaluator\",\"title\":\"Node\",\"mode\":\"bypassed\"},{\"id\":\"r\",\"type\":\"reward\",\"parameters\":{\"weights\":{\"score\":1}}}", EDGE ("e8", "in", "question", "n", "actual") "," EDGE ("e9", "n", "score", "r", "score"), "/nodes/1/mode", "can pass to its output “Score”", TRUE },
  { "node-dark", IN ",{\"id\":\"pr\",\"type\":\"prompt\",\"title\":\"Ask\",\"mode\":\"disabled\"}," CHAT "," OUT, GOOD_EDGES, "/nodes/0", "“Model” will not run: what it needs comes from “Ask”", FALSE },
  { "cycle", "{\"id\":\"a\",\"type\":\"merge\",\"title\":\"Self\"}", EDGE ("1", "a", "value", "a", "values"), "/nodes/0", "“Self” → “Self”", TRUE },
  { "duplicate-id", "{\"id\":\"a\",\"type\":\"merge\",\"title\":\"One\"},{\"id\":\"a\",\"type\":\"merge\",\"title\":\"Two\"}", "", "/nodes/1", "“One” and “Two”", TRUE },
  { "duplicate-id", GOOD_NODES, GOOD_EDGES "," EDGE ("e1", "in", "question", "out", "result"), "/edges", "Two wires have the id “e1”", TRUE },
  { "node-unconnected", GOOD_NODES "," PARAM ("calculator", ""), GOOD_EDGES, "/nodes/2", "“Node” is not connected", FALSE },
  { "node-unused", GOOD_NODES "," PARAM ("prompt", ""), GOOD_EDGES "," EDGE ("e9", "in", "question", "n", "question"), "/nodes/2", "Nothing uses the result of “Node”", FALSE },
  { "node-never-runs", GOOD_NODES "," PARAM ("prompt", "\"template\":\"{{ actual }} {{ expected }}\""), GOOD_EDGES "," EDGE ("e8", "ch", "text", "n", "actual") "," EDGE ("e9", "ch", "error", "n", "expected"), "/nodes/2", "“Node” never runs", FALSE },
  { "output-silent", GOOD_NODES "," PARAM ("output", ""), GOOD_EDGES "," EDGE ("e9", "ch", "json", "n", "result"), "/edges/3", "“JSON” of “Model” gives nothing as long as “Answer format”", TRUE },
  { "edge-duplicate", IN "," PARAM ("merge", ""), EDGE ("e8", "in", "question", "n", "values") "," EDGE ("e9", "in", "question", "n", "values"), "/edges/1", "connected twice", TRUE },
  { "parameter-type", PARAM ("chat", "\"temperature\":\"hot\""), "", "/nodes/0/parameters/temperature", "“Temperature” of “Node”: must be a number, not a JSON string", TRUE },
  { "parameter-type", PARAM ("agent", "\"max_turns\":2.5"), "", "/nodes/0/parameters/max_turns", "whole number", TRUE },
  { "parameter-type", PARAM ("agent", "\"parallel_tools\":null"), "", "/nodes/0/parameters/parallel_tools", "left out for the default", TRUE },
  { "parameter-range", PARAM ("chat", "\"temperature\":3"), "", "/nodes/0/parameters/temperature", "must be from 0 to 2", TRUE },
  { "parameter-range", PARAM ("evaluator", "\"method\":\"numeric\",\"tolerance\":-1"), "", "/nodes/0/parameters/tolerance", "must be at least 0", TRUE },
  { "parameter-choice", PARAM ("input", "\"mode\":\"voice\""), "", "/nodes/0/parameters/mode", "must be one of: form, chat", TRUE },
  { "parameter-required", PARAM ("transform", "\"expression\":\"\""), "", "/nodes/0/parameters/expression", "must not be empty", FALSE },
  { "parameter-too-long", PARAM ("calculator", "\"name\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""), "", "/nodes/0/parameters/name", "at most 64", FALSE },
  { "parameter-unknown", PARAM ("merge", "\"a/b~\":1"), "", "/nodes/0/parameters/a~1b~0", "setting “a/b~”", TRUE },
  { "template-invalid", PARAM ("prompt", "\"template\":\"{{ x\""), "", "/nodes/0/parameters/template", "“Text” of “Node”", FALSE },
  { "input-missing", PARAM ("prompt", "\"template\":\"{{ env.HOME }} ${HOME} {% include %}\""), "", "/nodes/0", "“env”", FALSE },
  { "expression-invalid", PARAM ("transform", "\"expression\":\"value && 1\""), "", "/nodes/0/parameters/expression", "“Expression” of “Node”", FALSE },
  { "expression-invalid", PARAM ("if", "\"condition\":\"other > 1\""), "", "/nodes/0/parameters/condition", "“Condition” of “Node”", FALSE },
  { "regex-invalid", PARAM ("extract", "\"pattern\":\"(\""), "", "/nodes/0/parameters/pattern", "“Pattern” of “Node”", FALSE },
  { "json-path-invalid", PARAM ("extract", "\"method\":\"json_path\",\"path\":\"a b\""), "", "/nodes/0/parameters/path", "“Path” of “Node”", FALSE },
  { "secret-inline", PARAM ("chat", "\"system\":\"key sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD\""), "", "/nodes/0/parameters/system", "looks like a key", FALSE },
  { "secret-inline", PARAM ("other", "\"headers\":[{\"a\":\"Bearer sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD\"}]"), "", "/nodes/0/parameters/headers", "looks like a key", FALSE },
  { "secret-inline", PARAM ("other", "\"deep\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD\"]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), "", "/nodes/0/parameters/deep", "looks like a key", FALSE },
  { "secret-inline", PARAM ("other", "\"by\":{\"sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD\":1}"), "", "/nodes/0/parameters/by", "looks like a key", FALSE },
  { "secret-inline", "{\"id\":\"n\",\"type\":\"chat\",\"auth\":{\"k\":\"sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD\"}}", "", "/nodes/0/auth", "“auth” of “Model call”", FALSE },
  { "field-name-duplicate", PARAM ("input", "\"fields\":[{\"name\":\"a\"},{\"name\":\"a\"}]"), "", "/nodes/0/parameters/fields/1", "two fields have the name “a”", FALSE },
  { "field-name-missing", PARAM ("input", "\"fields\":[{\"name\":\"\"}]"), "", "/nodes/0/parameters/fields/0", "field 1 has no name", FALSE },
  { "field-type-unknown", PARAM ("input", "\"fields\":[{\"name\":\"a\",\"type\":\"zebra\"}]"), "", "/nodes/0/parameters/fields/0", "“zebra”", FALSE },
  { "field-role-unknown", PARAM ("input", "\"fields\":[{\"name\":\"a\",\"role\":\"zebra\"}]"), "", "/nodes/0/parameters/fields/0", "“zebra”", FALSE },
  { "weight-invalid", PARAM ("reward", "\"weights\":{\"a\":-1}"), "", "/nodes/0/parameters/weights", "weight of “a”", FALSE },
  { "weights-zero", PARAM ("reward", "\"weights\":{\"a\":0}"), "", "/nodes/0/parameters/weights", "above 0", FALSE },
  { "example-invalid", PARAM ("chat", "\"examples\":[{\"input\":1}]"), "", "/nodes/0/parameters/examples/0", "example 1", FALSE },
  { "trainable-unknown", "{\"id\":\"n\",\"type\":\"chat\",\"trainable\":[\"timeout_s\"]}", "", "/nodes/0/trainable/0", "“timeout_s”", TRUE },
  { "trainable-unknown", "{\"id\":\"n\",\"type\":\"chat\",\"trainable\":[{\"name\":\"timeout_s\",\"domain\":[1]}]}", "", "/nodes/0/trainable/0", "“timeout_s”", TRUE },
  { "trainable-domain", MARKED ("chat", "temperature", "[0,1,9]"), "", "/nodes/0/trainable/0/domain/2", "“Temperature” of “Node”, value 3 that training may try: must be from 0 to 2", TRUE },
  { "trainable-domain", MARKED ("chat", "temperature", "[\"hot\"]"), "", "/nodes/0/trainable/0/domain/0", "must be a number, not a JSON string", TRUE },
  { "trainable-domain", MARKED ("chat", "temperature", "[null]"), "", "/nodes/0/trainable/0/domain/0", "value 1 that training may try", TRUE },
  { "trainable-domain", MARKED ("extract", "occurrence", "[\"first\",\"middle\"]"), "", "/nodes/0/trainable/0/domain/1", "must be one of", TRUE },
  { "trainable-domain", MARKED ("chat", "model", "[null,{\"endpoint\":\"simulated\",\"model\":\"m\"},\"gpt\"]"), "", "/nodes/0/trainable/0/domain/2", "an endpoint and a model", TRUE },
  { "trainable-domain", MARKED ("agent", "parallel_tools", "[true,1]"), "", "/nodes/0/trainable/0/domain/1", "yes or no", TRUE },
  { "trainable-domain", MARKED ("prompt", "template", "[\"{{ x\"]"), "", "/nodes/0/trainable/0/domain/0", "“Text” of “Node”", TRUE },
  { "trainable-domain", CONTAINER ("subflow", "," BODY (MARKED ("chat", "temperature", "[9]"), "")), "", "/nodes/0/flow/nodes/0/trainable/0/domain/0", "In “Each”: “Temperature”", TRUE },
  { "retry-invalid", "{\"id\":\"n\",\"type\":\"merge\",\"retry\":{\"max\":-2}}", "", "/nodes/0/retry/max", "retries", TRUE },
  { "position-far", "{\"id\":\"n\",\"type\":\"merge\",\"position\":{\"x\":1e18,\"y\":0}}", "", "/nodes/0/position", "farther out", TRUE },
  { "flow-empty", "", "", "/nodes", "empty", FALSE },
  { "flow-no-input", OUT, "", "/nodes", "no Input", FALSE },
  { "flow-no-output", IN, "", "/nodes", "no Output", FALSE },
  { "flow-no-reward", IN, "", "/nodes", "no Reward", FALSE },
  { "policy-without-reward", PARAM ("chat", "\"policy\":true"), "", "/nodes/0/parameters/policy", "trained by the cluster", TRUE },
  { "policy-without-reward", PARAM ("agent", "\"policy\":true"), "", "/nodes/0/parameters/policy", "learn nothing", TRUE },
  { "body-missing", CONTAINER ("map", ""), "", "/nodes/0", "“Each” has no flow inside", TRUE },
  { "body-item-missing", CONTAINER ("map", "," BODY ("{\"id\":\"i\",\"type\":\"input\"}," OUT, "")), "", "/nodes/0/flow", "no field “item”", FALSE },
  { "body-no-output", CONTAINER ("subflow", "," BODY (IN, "")), "", "/nodes/0/flow/nodes", "In “Each”: There is no Output inside “Each”", FALSE },
  { "reward-in-body", CONTAINER ("subflow", "," BODY (IN "," PARAM ("reward", ""), "")), "", "/nodes/0/flow/nodes/1", "In “Each”: A Reward counts for the whole rollout", FALSE },
  { "cycle", CONTAINER ("subflow", "," BODY ("{\"id\":\"a\",\"type\":\"merge\"},{\"id\":\"b\",\"type\":\"merge\"}", EDGE ("1", "a", "value", "b", "values") "," EDGE ("2", "b", "value", "a", "values"))), "", "/nodes/0/flow/nodes/0", "In “Each”: The wires run in a circle", TRUE },
  { "duplicate-id", CONTAINER ("subflow", "," BODY (IN "," IN, "")), "", "/nodes/0/flow/nodes/1", "In “Each”: Two nodes have the id", TRUE },
  { "edge-target-missing", CONTAINER ("subflow", "," BODY ("{\"id\":\"in\",\"type\":\"subflow\",\"title\":\"Inner\"," BODY (IN, EDGE ("e", "in", "question", "gone", "x")) "}", "")), "", "/nodes/0/flow/nodes/0/flow/edges/0/target", "In “Each” › “Inner”: ", TRUE },
  { "secret-inline", CONTAINER ("subflow", "," BODY ("{\"id\":\"c\",\"type\":\"chat\",\"parameters\":{\"system\":\"sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD\"}}", "")), "", "/nodes/0/flow/nodes/0/parameters/system", "looks like a key", FALSE },
  { "expression-invalid", CONTAINER ("loop", ",\"parameters\":{\"condition\":\"other > 1\"}," BODY (IN "," OUT, "")), "", "/nodes/0/parameters/condition", "“Again while” of “Each”", FALSE },
  { "case-name-missing", PARAM ("switch", "\"cases\":[{\"condition\":\"1\"}]"), "", "/nodes/0/parameters/cases/0", "case 1 has no name", FALSE },
  { "case-name-duplicate", PARAM ("switch", "\"cases\":[{\"name\":\"a\",\"value\":1},{\"name\":\"a\",\"value\":2}]"), "", "/nodes/0/parameters/cases/1", "two cases have the name “a”", FALSE },
  { "case-name-reserved", PARAM ("switch", "\"cases\":[{\"name\":\"else\",\"value\":1}]"), "", "/nodes/0/parameters/cases/0", "“else”", FALSE },
  { "case-without-condition", PARAM ("switch", "\"cases\":[{\"name\":\"a\"}]"), "", "/nodes/0/parameters/cases/0", "needs a condition or a value", FALSE },
  { "expression-invalid", PARAM ("switch", "\"cases\":[{\"name\":\"a\",\"condition\":\"1 +\"}]"), "", "/nodes/0/parameters/cases/0", "“Cases” of “Node”", FALSE },
};

/* @only: the cases of one code; NULL: all. */
static void
test_cases (gconstpointer only)
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *one = &cases[i];
      g_autoptr(LeydenFlow) flow = make_flow (one->nodes, one->edges);
      g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types ());
      g_autofree char *all = describe (problems);
      LeydenProblem *problem = find (problems, one->code);
      g_autoptr(GPtrArray) after = NULL;
      g_autoptr(LeydenValue) file = NULL;
      g_autoptr(LeydenValue) value = NULL;
      g_autoptr(GError) error = NULL;

      if (only != NULL && !g_str_equal (one->code, only))
        continue;
      n++;
      if (problem == NULL || strstr (problem->message, one->part) == NULL || !g_str_equal (problem->pointer, one->pointer))
        g_error ("case %u, %s at %s (%s):%s", i, one->code, one->pointer, one->part, all);
      file = leyden_flow_to_value (flow);
      if (strcmp (one->code, "input-missing") != 0 && leyden_value_lookup_pointer (file, problem->pointer) == NULL)
        g_error ("case %u: nothing at %s", i, problem->pointer);
      value = leyden_problem_to_value (problem);
      g_assert_cmpstr (leyden_value_get_member_string (value, "code", NULL), ==, one->code);
      g_assert_cmpint (leyden_value_get_member (value, "repair") != NULL, ==, problem->repair != NULL);
      if (!one->repaired)
        continue;
      if (problem->repair == NULL)
        g_error ("case %u, %s: no repair", i, one->code);
      if (!leyden_flow_apply (flow, problem->repair, &error))
        g_error ("case %u, %s: %s", i, one->code, error->message);
      after = leyden_flow_check (flow, types ());
      if (find (after, one->code) != NULL)
        g_error ("case %u, %s: the repair did not help", i, one->code);
    }
  g_assert_cmpuint (n, >, 0);
}

/* Whoever switches a node off need not mend it; what is off is neither trained nor what gives the flow an end. */
static void
test_modes (void)
{
  static const char broken[] = IN "," PROMPT "," CHAT "," OUT ",{\"id\":\"d\",\"type\":\"transform\",\"title\":\"Off\",\"parameters\":{\"expression\":\"value &&\"},"
                               "\"retry\":{\"max\":-1},\"mode\":\"disabled\"},"
                               "{\"id\":\"u\",\"type\":\"not.installed\",\"mode\":\"disabled\"},"
                               "{\"id\":\"t\",\"type\":\"chat\",\"trainable\":[\"system\"],\"mode\":\"bypassed\"}";
  g_autoptr(LeydenFlow) flow = make_flow (broken, GOOD_EDGES "," EDGE ("e7", "pr", "text", "t", "prompt") "," EDGE ("e8", "t", "text", "d", "value"));
  g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types ());
  g_autoptr(GPtrArray) slots = leyden_flow_list_slots (flow, types ());
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("on");
  g_autoptr(GPtrArray) after = NULL;
  g_autofree char *all = describe (problems);
  g_autofree char *text = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;

  if (leyden_problems_have_errors (problems))
    g_error ("%s", all);
  g_assert_cmpuint (slots->len, ==, 0);
  leyden_edit_set_mode (edit, "t", LEYDEN_NODE_MODE_ON);
  leyden_edit_set_mode (edit, "d", LEYDEN_NODE_MODE_ON);
  g_assert_true (leyden_flow_apply (flow, edit, &error));
  g_assert_no_error (error);
  after = leyden_flow_check (flow, types ());
  g_assert_nonnull (find (after, "expression-invalid"));
  g_clear_pointer (&slots, g_ptr_array_unref);
  slots = leyden_flow_list_slots (flow, types ());
  g_assert_cmpuint (slots->len, ==, 1);

  /* In the file it stands in its place, and "on" is not there at all. */
  bytes = leyden_flow_serialize (flow);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_null (strstr (text, "bypassed"));
  g_assert_nonnull (strstr (text, "\"type\": \"not.installed\",\n      \"mode\": \"disabled\"\n    }"));
}

static void
test_dark (void)
{
  g_autoptr(LeydenFlow) flow = make_flow (IN ",{\"id\":\"a\",\"type\":\"prompt\",\"mode\":\"disabled\"},{\"id\":\"b\",\"type\":\"prompt\"},"
                                          "{\"id\":\"c\",\"type\":\"prompt\",\"mode\":\"bypassed\"},{\"id\":\"m\",\"type\":\"merge\"},"
                                          "{\"id\":\"o\",\"type\":\"output\"}",
                                          EDGE ("1", "in", "question", "a", "question") "," EDGE ("2", "a", "text", "b", "question") ","
                                          EDGE ("3", "b", "text", "c", "question") "," EDGE ("4", "c", "text", "m", "values") ","
                                          EDGE ("5", "in", "question", "m", "values") "," EDGE ("6", "m", "value", "o", "result"));
  g_autoptr(GHashTable) dark = leyden_flow_list_dark (flow, types ());

  g_assert_cmpuint (g_hash_table_size (dark), ==, 2);
  g_assert_cmpstr (g_hash_table_lookup (dark, "b"), ==, "a");
  g_assert_cmpstr (g_hash_table_lookup (dark, "c"), ==, "a");
}

static void
test_good (void)
{
  g_autoptr(LeydenFlow) flow = make_flow (GOOD_NODES, GOOD_EDGES);
  g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types ());

  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (find (problems, "flow-no-reward"));
  g_assert_false (leyden_problems_have_errors (problems));
}

/* A list that is wrong all through is told of, not listed; what fits says nothing, nor what only looks strange. */
static void
test_domains (void)
{
  g_autoptr(GString) nodes = g_string_new ("{\"id\":\"n\",\"type\":\"chat\",\"trainable\":[{\"name\":\"temperature\",\"domain\":[3");
  g_autoptr(LeydenFlow) good = make_flow (MARKED ("chat", "temperature", "[0,0.3,2,2]") "," MARKED ("chat", "model", "[null]") "," MARKED ("chat", "examples", "[[]]"), "");
  g_autoptr(GPtrArray) none = leyden_flow_check (good, types ());
  g_autoptr(LeydenFlow) bad = NULL;
  g_autoptr(GPtrArray) problems = NULL;
  guint n = 0;

  g_assert_null (find (none, "trainable-domain"));
  for (guint i = 0; i < 1000; i++)
    g_string_append (nodes, ",\"x\"");
  g_string_append (nodes, "]}]}");
  bad = make_flow (nodes->str, "");
  problems = leyden_flow_check (bad, types ());
  for (guint i = 0; i < problems->len; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (problems, i);

      n += g_str_equal (problem->code, "trainable-domain") ? 1 : 0;
      g_assert_false (g_str_equal (problem->code, "trainable-domain") && problem->severity == LEYDEN_PROBLEM_ERROR);
    }
  g_assert_cmpuint (n, ==, 8);
}

static void
test_sample (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/calculator-agent.leyden", 0, NULL);
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "sample", NULL);
  g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types ());
  g_autofree char *all = describe (problems);

  g_assert_cmpstr (all, ==, "");
}

/* Every pair of types for which a node is offered: the node that is put in fits on both sides. */
static void
test_conversions (void)
{
  for (int from = 0; from < LEYDEN_N_PORT_TYPES; from++)
    for (int to = 0; to < LEYDEN_N_PORT_TYPES; to++)
      {
        g_autofree char *nodes = g_strdup_printf (
          "{\"id\":\"a\",\"type\":\"input\",\"parameters\":{\"fields\":[{\"name\":\"f\",\"type\":\"%s\"}]}},"
          "{\"id\":\"b\",\"type\":\"output\",\"parameters\":{\"fields\":[{\"name\":\"f\",\"type\":\"%s\"}]}}",
          leyden_port_type_to_string (from), leyden_port_type_to_string (to));
        g_autoptr(LeydenFlow) flow = make_flow (nodes, EDGE ("e", "a", "f", "b", "f"));
        g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types ());
        LeydenProblem *problem = find (problems, "edge-type-convertible");
        LeydenConversion conversion = leyden_port_type_convert (from, to, NULL, NULL);
        g_autoptr(GPtrArray) after = NULL;
        g_autofree char *all = NULL;

        g_assert_cmpint (problem != NULL, ==, conversion == LEYDEN_CONVERSION_OFFERED);
        g_assert_cmpint (find (problems, "edge-type-refused") != NULL, ==, conversion == LEYDEN_CONVERSION_REFUSED);
        if (problem == NULL)
          continue;
        g_assert_true (leyden_flow_apply (flow, problem->repair, NULL));
        after = leyden_flow_check (flow, types ());
        all = describe (after);
        if (leyden_problems_have_errors (after))
          g_error ("%s to %s: %s", leyden_port_type_to_string (from), leyden_port_type_to_string (to), all);
      }
}

static void
test_format (void)
{
  g_autoptr(GBytes) last = g_bytes_new_static ("{\"id\":\"a\",\"leyden\":1}", 21);
  g_autoptr(GBytes) newer = g_bytes_new_static ("{\"leyden\":7,\"id\":\"a\"}", 21);
  g_autoptr(LeydenFlow) first = leyden_flow_parse (last, "a", NULL);
  g_autoptr(LeydenFlow) second = leyden_flow_parse (newer, "a", NULL);
  g_autoptr(GPtrArray) notice = leyden_flow_check (first, types ());
  g_autoptr(GPtrArray) error = leyden_flow_check (second, types ());

  g_assert_nonnull (find (notice, "format-key-not-first"));
  g_assert_nonnull (find (error, "format-newer"));
  g_assert_true (leyden_problems_have_errors (error));
}

/* A key in a title is warned about, and no message repeats it; so too in what is no node. */
static void
test_secret_titles (void)
{
  static const char text[] = "{\"leyden\":1,\"id\":\"f\",\"description\":\"sk-abcdefghijklmnopqrstuvwxyz0123\",\"nodes\":["
                             "{\"id\":\"n\",\"type\":\"chat\",\"title\":\"sk-abcdefghijklmnopqrstuvwxyz0123\"}],"
                             "\"notes\":[{\"id\":\"o\",\"text\":\"use sk-abcdefghijklmnopqrstuvwxyz0123\"}]}";
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "f", NULL);
  g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types ());
  g_autofree char *all = describe (problems);
  guint n = 0;

  for (guint i = 0; i < problems->len; i++)
    n += g_str_equal (((LeydenProblem *) g_ptr_array_index (problems, i))->code, "secret-inline");
  g_assert_cmpuint (n, ==, 3);
  g_assert_nonnull (strstr (all, " /description:"));
  g_assert_nonnull (strstr (all, " /notes/0/text:"));
  g_assert_nonnull (strstr (all, " /nodes/0/title:"));
  g_assert_null (strstr (all, "sk-abcdefghijklmnopqrstuvwxyz"));
}

static GString *
make_deep (guint depth)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (text, "{\"id\":\"c\",\"type\":\"subflow\",\"flow\":{\"nodes\":[");
  g_string_append (text, OUT);
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "],\"edges\":[]}}");
  return text;
}

/* At the limit it runs, one more does not; much more is told once and as quickly. */
static void
test_body_depth (void)
{
  static const guint depths[] = { LEYDEN_FLOW_MAX_DEPTH, LEYDEN_FLOW_MAX_DEPTH + 1, 60 };

  for (guint i = 0; i < G_N_ELEMENTS (depths); i++)
    {
      g_autoptr(GString) text = make_deep (depths[i]);
      g_autoptr(LeydenFlow) flow = make_flow (text->str, "");
      g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types ());
      LeydenProblem *problem = find (problems, "body-too-deep");

      g_assert_cmpint (problem != NULL, ==, depths[i] > LEYDEN_FLOW_MAX_DEPTH);
      if (problem != NULL)
        g_assert_cmpuint (g_strv_length (problem->scope), ==, LEYDEN_FLOW_MAX_DEPTH);
      g_assert_cmpint (leyden_problems_have_errors (problems), ==, depths[i] > LEYDEN_FLOW_MAX_DEPTH);
    }
}

/* A finding inside says where, also as JSON. */
static void
test_body_scope (void)
{
  g_autoptr(LeydenFlow) flow = make_flow (CONTAINER ("subflow", "," BODY ("{\"id\":\"in\",\"type\":\"subflow\"," BODY (PROMPT, "") "}", "")), "");
  g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types ());
  LeydenProblem *problem = find (problems, "input-missing");
  g_autoptr(LeydenValue) value = NULL;
  LeydenValue *scope;

  g_assert_nonnull (problem);
  g_assert_cmpstr (problem->id, ==, "pr");
  value = leyden_problem_to_value (problem);
  scope = leyden_value_get_member (value, "scope");
  g_assert_cmpuint (leyden_value_get_size (scope), ==, 2);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_get_item (scope, 0), NULL), ==, "n");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_get_item (scope, 1), NULL), ==, "in");
}

static char *
list_ports (GPtrArray *ports)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);

      g_string_append_printf (text, "%s%s:%s%s", i > 0 ? " " : "", port->name, leyden_port_type_to_string (port->type), port->required ? "!" : "");
    }
  return g_string_free (text, FALSE);
}

/* The ports are the fields of the Input and Output inside. */
static void
test_container_ports (void)
{
  static const struct
  {
    const char *type;
    const char *inputs;
    const char *outputs;
  } expected[] = {
    { "map", "item:list! iteration:any k:number! d:text", "r:list s:list error:object" },
    { "loop", "item:text! position:any k:number! d:text", "r:number s:any error:object" },
    { "subflow", "item:text! position:any iteration:any k:number! d:text", "r:number s:any error:object" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *node = g_strdup_printf (CONTAINER ("%s", "," BODY (
        "{\"id\":\"i\",\"type\":\"input\",\"parameters\":{\"fields\":[{\"name\":\"item\",\"type\":\"text\",\"required\":true},"
        "{\"name\":\"position\",\"type\":\"any\"},{\"name\":\"iteration\",\"type\":\"any\"},"
        "{\"name\":\"k\",\"type\":\"number\",\"required\":true},{\"name\":\"d\",\"type\":\"text\",\"required\":true,\"default\":\"x\"}]}},"
        "{\"id\":\"o\",\"type\":\"output\",\"parameters\":{\"fields\":[{\"name\":\"r\",\"type\":\"number\"}]}},"
        "{\"id\":\"p\",\"type\":\"output\",\"parameters\":{\"fields\":[{\"name\":\"s\",\"type\":\"any\"}]}}", "")), expected[i].type);
      g_autoptr(LeydenFlow) flow = make_flow (node, "");
      g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (types (), leyden_flow_get_node (flow, "n"));
      g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (types (), leyden_flow_get_node (flow, "n"));
      g_autofree char *in = list_ports (inputs);
      g_autofree char *out = list_ports (outputs);

      g_assert_cmpstr (in, ==, expected[i].inputs);
      g_assert_cmpstr (out, ==, expected[i].outputs);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/check/good", test_good);
  g_test_add_func ("/check/modes", test_modes);
  g_test_add_func ("/check/dark", test_dark);
  g_test_add_func ("/check/domains", test_domains);
  g_test_add_func ("/check/sample", test_sample);
  g_test_add_data_func ("/check/cases", NULL, test_cases);
  g_test_add_data_func ("/hostile/W13", "position-far", test_cases);
  g_test_add_data_func ("/hostile/W14", "duplicate-id", test_cases);
  g_test_add_data_func ("/hostile/W15", "edge-target-missing", test_cases);
  g_test_add_data_func ("/hostile/W16", "cycle", test_cases);
  g_test_add_data_func ("/hostile/W19", "node-type-unknown", test_cases);
  g_test_add_data_func ("/hostile/W38", "input-missing", test_cases);
  g_test_add_data_func ("/hostile/W44", "secret-inline", test_cases);
  g_test_add_func ("/hostile/W44/titles", test_secret_titles);
  g_test_add_func ("/check/conversions", test_conversions);
  g_test_add_func ("/hostile/W06/body-depth", test_body_depth);
  g_test_add_func ("/check/body-scope", test_body_scope);
  g_test_add_func ("/check/container-ports", test_container_ports);
  g_test_add_func ("/check/format", test_format);
  return g_test_run ();
}
