/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slots of a flow, the guard of proposed values, candidates by content, and “use this version” as an edit. */
#include <string.h>

#include "leyden-candidate.h"
#include "leyden-catalog.h"
#include "leyden-flow-slots.h"
#include "leyden-json.h"
#include "leyden-optimizer.h"

static LeydenNodeTypes *
types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static LeydenValue *
json (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static LeydenFlow *
flow_of (const char *nodes)
{
  g_autofree char *text = g_strdup_printf ("{\"leyden\": 1, \"id\": \"f\", \"nodes\": [%s], \"edges\": []}", nodes);
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "test", &error);

  g_assert_no_error (error);
  return flow;
}

static LeydenFlow *
sample (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/calculator-agent.leyden", 0, NULL);
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "sample", &error);

  g_assert_no_error (error);
  return flow;
}

static void
assert_domain (const LeydenSlot *slot,
               const char       *expected)
{
  g_autoptr(LeydenValue) value = json (expected);
  g_autofree char *text = leyden_json_write (slot->domain, LEYDEN_JSON_COMPACT);

  if (!leyden_value_equal (slot->domain, value))
    g_error ("%s: %s instead of %s", slot->id, text, expected);
}

/* The calculator sample declares slots for all optimisers. */
static void
test_sample (void)
{
  static const struct { const char *id; LeydenSlotKind kind; } expected[] = {
    { "prompter/template", LEYDEN_SLOT_PROMPT }, { "solveagt/model", LEYDEN_SLOT_MODEL }, { "solveagt/system", LEYDEN_SLOT_PROMPT },
    { "solveagt/examples", LEYDEN_SLOT_EXAMPLES }, { "solveagt/temperature", LEYDEN_SLOT_TEMPERATURE },
  };
  g_autoptr(LeydenFlow) flow = sample ();
  g_autoptr(GPtrArray) slots = leyden_slots_from_flow (flow, types (), NULL);

  g_assert_cmpuint (slots->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < slots->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (slots, i);

      g_assert_cmpstr (slot->id, ==, expected[i].id);
      g_assert_cmpint (slot->kind, ==, expected[i].kind);
      g_assert_false (slot->locked);
    }
  g_assert_cmpstr (leyden_slots_find (slots, "prompter/template")->placeholders[0], ==, "question");
  g_assert_null (leyden_slots_find (slots, "prompter/template")->placeholders[1]);
  g_assert_true (leyden_slots_find (slots, "prompter/template")->is_template);
  g_assert_false (leyden_slots_find (slots, "solveagt/system")->is_template);
  g_assert_null (leyden_slots_find (slots, "solveagt/examples")->domain);
  g_assert_null (leyden_slots_find (slots, "solveagt/other"));
  assert_domain (leyden_slots_find (slots, "solveagt/temperature"), "[0, 0.3, 0.7, 1]");
  /* The run's model is first, then the three of the simulation. */
  g_assert_cmpuint (leyden_value_get_size (leyden_slots_find (slots, "solveagt/model")->domain), ==, 4);
}

static void
test_domains (void)
{
  g_autoptr(LeydenFlow) flow = flow_of (
    "{\"id\": \"a\", \"type\": \"agent\", \"parameters\": {\"temperature\": 0.2, \"max_turns\": 4, \"model\": {\"endpoint\": \"mine\", \"model\": \"m\"}},"
    " \"trainable\": [\"temperature\", {\"name\": \"max_turns\", \"domain\": [2, 4, 4, 8]}, {\"name\": \"parallel_tools\", \"locked\": true}, \"model\","
    " \"unknown\", \"stop\"]},"
    "{\"id\": \"b\", \"type\": \"agent\", \"trainable\": [\"max_turns\", {\"name\": \"model\", \"domain\": [null, {\"endpoint\": \"x\"}]}]},"
    "{\"id\": \"c\", \"type\": \"extract\", \"trainable\": [\"occurrence\"]}, {\"id\": \"d\", \"type\": \"nobody-knows\", \"trainable\": [\"x\"]}");
  g_autoptr(GPtrArray) slots = leyden_slots_from_flow (flow, types (), NULL);
  const LeydenSlot *locked = leyden_slots_find (slots, "a/parallel_tools");

  assert_domain (leyden_slots_find (slots, "a/temperature"), "[0.2, 0, 0.3, 0.7, 1]");
  assert_domain (leyden_slots_find (slots, "a/max_turns"), "[2, 4, 8]");
  /* A list of hundreds is no choice: of another endpoint only what the mark names is tried. */
  assert_domain (leyden_slots_find (slots, "a/model"), "[{\"endpoint\": \"mine\", \"model\": \"m\"}]");
  assert_domain (leyden_slots_find (slots, "b/max_turns"), "[8]");
  assert_domain (leyden_slots_find (slots, "b/model"), "[null, {\"endpoint\": \"x\"}]");
  g_assert_cmpuint (leyden_value_get_size (leyden_slots_find (slots, "c/occurrence")->domain), >, 1);
  g_assert_true (locked->locked);
  g_assert_null (leyden_slots_find (slots, "a/unknown"));
  g_assert_cmpuint (slots->len, ==, 7);
}

static void
test_guard (void)
{
  static const struct { const char *slot; const char *value; int code; } cases[] = {
    { "prompter/template", "\"Now: {{ question }} {{question}}\"", -1 },
    { "prompter/template", "\"No question\"", LEYDEN_SLOT_ERROR_PLACEHOLDERS },
    { "prompter/template", "\"{{ question }} {{ answer }}\"", LEYDEN_SLOT_ERROR_PLACEHOLDERS },
    { "prompter/template", "\"{{ Question }}\"", LEYDEN_SLOT_ERROR_PLACEHOLDERS },
    { "prompter/template", "\"{{ question \"", LEYDEN_SLOT_ERROR_PLACEHOLDERS },
    { "prompter/template", "\"\"", LEYDEN_SLOT_ERROR_EMPTY },
    { "prompter/template", "\" \\n\\t\\u00a0\"", LEYDEN_SLOT_ERROR_EMPTY },
    { "prompter/template", "7", LEYDEN_SLOT_ERROR_DOMAIN },
    { "prompter/template", "null", LEYDEN_SLOT_ERROR_DOMAIN },
    { "solveagt/system", "\"Better.\"", -1 },
    { "solveagt/system", "\"See {{ question }}\"", LEYDEN_SLOT_ERROR_PLACEHOLDERS },
    { "solveagt/temperature", "0.70", -1 },
    { "solveagt/temperature", "0.5", LEYDEN_SLOT_ERROR_DOMAIN },
    { "solveagt/temperature", "\"0.7\"", LEYDEN_SLOT_ERROR_DOMAIN },
    { "solveagt/examples", "[]", -1 },
    { "solveagt/examples", "[{\"input\": \"a\", \"output\": \"b\"}]", -1 },
    { "solveagt/examples", "[{\"input\": \"a\"}]", LEYDEN_SLOT_ERROR_DOMAIN },
    { "solveagt/examples", "{}", LEYDEN_SLOT_ERROR_DOMAIN },
    { "solveagt/model", "{\"endpoint\": \"simulated\", \"model\": \"leyden-sim-large\"}", -1 },
    { "solveagt/model", "{\"endpoint\": \"elsewhere\", \"model\": \"x\"}", LEYDEN_SLOT_ERROR_DOMAIN },
  };
  g_autoptr(LeydenFlow) flow = sample ();
  g_autoptr(GPtrArray) slots = leyden_slots_from_flow (flow, types (), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) value = json (cases[i].value);
      g_autoptr(GError) error = NULL;
      gboolean ok = leyden_slot_check (leyden_slots_find (slots, cases[i].slot), value, 0, &error);

      g_test_message ("%s = %s", cases[i].slot, cases[i].value);
      g_assert_cmpint (ok, ==, cases[i].code < 0);
      if (cases[i].code >= 0)
        g_assert_error (error, LEYDEN_SLOT_ERROR, cases[i].code);
      else
        g_assert_no_error (error);
    }
}

static void
test_guard_length (void)
{
  g_autoptr(LeydenFlow) flow = sample ();
  g_autoptr(GPtrArray) slots = leyden_slots_from_flow (flow, types (), NULL);
  LeydenSlot *slot = leyden_slots_find (slots, "solveagt/system");
  g_autofree char *fits = g_strnfill (40, 'x');
  g_autofree char *too_long = g_strnfill (41, 'x');
  g_autoptr(LeydenValue) a = leyden_value_new_string (fits, -1);
  g_autoptr(LeydenValue) b = leyden_value_new_string (too_long, -1);
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_slot_check (slot, a, 10, NULL));
  g_assert_false (leyden_slot_check (slot, b, 10, &error));
  g_assert_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_TOO_LONG);
  g_clear_error (&error);
  slot->locked = TRUE;
  g_assert_false (leyden_slot_check (slot, a, 10, &error));
  g_assert_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_LOCKED);
  {
    g_autoptr(LeydenValue) with_nul = leyden_value_new_string ("a\0b", 3);

    slot->locked = FALSE;
    g_assert_false (leyden_slot_check (slot, with_nul, 10, NULL));
  }
  /* As it is, it always may stay. */
  slot->locked = TRUE;
  g_assert_true (leyden_slot_check (slot, slot->value, 1, NULL));
}

/* SHA-256 of {"a/x":1,"b/y":"é"}, by another program. The order in which the slots come changes nothing. */
static void
test_candidate (void)
{
  g_autoptr(LeydenValue) one = json ("{\"b/y\": \"é\", \"a/x\": 1.0}");
  g_autoptr(LeydenValue) two = json ("{\"a/x\": 1, \"b/y\": \"\\u00e9\"}");
  g_autoptr(LeydenValue) other = json ("{\"a/x\": 2, \"b/y\": \"é\"}");
  const char *parents[] = { "p", NULL };
  g_autoptr(LeydenCandidate) candidate = leyden_candidate_new (one, parents, "edit", 3);
  g_autofree char *same = leyden_candidate_hash (two);
  g_autofree char *different = leyden_candidate_hash (other);

  g_assert_cmpstr (candidate->id, ==, "28cd2332178b2283");
  g_assert_cmpstr (same, ==, candidate->id);
  g_assert_cmpstr (different, !=, candidate->id);
  g_assert_cmpstr (candidate->parents[0], ==, "p");
  g_assert_cmpuint (candidate->step, ==, 3);
}

static void
test_edit (void)
{
  g_autoptr(LeydenFlow) flow = sample ();
  g_autofree char *before = leyden_flow_hash (flow);
  g_autofree char *during = NULL;
  g_autofree char *after = NULL;
  g_autoptr(LeydenValue) slots = json ("{\"solveagt/system\": \"New.\", \"solveagt/temperature\": 0, \"prompter/template\": \"X {{ question }}\"}");
  g_autoptr(LeydenValue) gone = json ("{\"nobody/system\": \"New.\", \"solveagt/flavour\": 1, \"odd\": 1, \"solveagt/\": 2, \"solveagt/temperature\": 1}");
  g_autoptr(LeydenEdit) rest = NULL;
  g_auto(GStrv) missing = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(LeydenEdit) back = NULL;
  g_autoptr(LeydenEdit) none = NULL;
  g_autoptr(GError) error = NULL;

  edit = leyden_slots_to_edit (flow, types (), slots, "Use", &missing);
  g_assert_null (missing);
  /* The temperature is 0 already. */
  g_assert_cmpuint (leyden_edit_get_n_changes (edit), ==, 2);
  g_assert_cmpstr (leyden_edit_get_actor (edit), ==, "optimizer");
  g_assert_true (leyden_flow_apply (flow, edit, &error));
  g_assert_cmpstr (leyden_value_get_string (leyden_node_get_parameter (leyden_flow_get_node (flow, "solveagt"), "system"), NULL), ==, "New.");
  during = leyden_flow_hash (flow);
  g_assert_cmpstr (during, !=, before);
  none = leyden_slots_to_edit (flow, types (), slots, "Use", NULL);
  g_assert_cmpuint (leyden_edit_get_n_changes (none), ==, 0);
  back = leyden_edit_invert (edit);
  g_assert_true (leyden_flow_apply (flow, back, &error));
  after = leyden_flow_hash (flow);
  g_assert_cmpstr (after, ==, before);

  /* What is gone is told of; the rest is set. */
  rest = leyden_slots_to_edit (flow, types (), gone, "Use", &missing);
  g_assert_cmpuint (leyden_edit_get_n_changes (rest), ==, 1);
  g_assert_cmpuint (g_strv_length (missing), ==, 4);
  g_assert_cmpstr (missing[0], ==, "nobody/system");
  g_assert_cmpstr (missing[1], ==, "solveagt/flavour");
  g_assert_cmpstr (missing[2], ==, "odd");
  g_assert_cmpstr (missing[3], ==, "solveagt/");
}

/* Slots in the bodies of containers: their ids are paths, and using a version changes the bodies, in one edit. */
static void
test_bodies (void)
{
  static const char map[] =
    "{\"id\": \"each\", \"type\": \"map\", \"flow\": {\"nodes\": [{\"id\": \"in\", \"type\": \"input\"}, "
    "{\"id\": \"ask\", \"type\": \"chat\", \"parameters\": {\"system\": \"Old\"}, \"trainable\": [\"system\", \"temperature\"]}, "
    "{\"id\": \"again\", \"type\": \"loop\", \"flow\": {\"nodes\": [{\"id\": \"ask\", \"type\": \"chat\", \"trainable\": [\"temperature\"]}], "
    "\"edges\": []}}], \"edges\": []}}, {\"id\": \"top\", \"type\": \"chat\", \"trainable\": [\"temperature\"]}";
  static const char * const expected[] = { "each/again/ask/temperature", "each/ask/system", "each/ask/temperature", "top/temperature" };
  g_autoptr(LeydenFlow) flow = flow_of (map);
  g_autoptr(GPtrArray) slots = leyden_slots_from_flow (flow, types (), NULL);
  g_autoptr(LeydenValue) values = json ("{\"each/again/ask/temperature\": 1, \"each/ask/system\": \"New\", \"top/temperature\": 0.3}");
  g_autofree char *before = leyden_flow_hash (flow);
  g_autofree char *after = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(LeydenEdit) back = NULL;
  g_auto(GStrv) missing = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (slots->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < slots->len; i++)
    g_assert_cmpstr (((LeydenSlot *) g_ptr_array_index (slots, i))->id, ==, expected[i]);
  edit = leyden_slots_to_edit (flow, types (), values, "Use", &missing);
  g_assert_null (missing);
  g_assert_true (leyden_flow_apply (flow, edit, &error));
  g_assert_no_error (error);
  g_clear_pointer (&slots, g_ptr_array_unref);
  slots = leyden_slots_from_flow (flow, types (), NULL);
  for (guint i = 0; i < leyden_value_get_size (values); i++)
    g_assert_true (leyden_value_equal (leyden_slots_find (slots, leyden_value_get_key (values, i))->value, leyden_value_get_item (values, i)));
  back = leyden_edit_invert (edit);
  g_assert_true (leyden_flow_apply (flow, back, &error));
  after = leyden_flow_hash (flow);
  g_assert_cmpstr (after, ==, before);
}

/* A domain of any length, each value of it three times: what it takes goes by its length. */
static void
test_long_domain (void)
{
  g_autoptr(GString) node = g_string_new ("{\"id\": \"a\", \"type\": \"chat\", \"parameters\": {\"temperature\": 7}, \"trainable\": [{\"name\": \"temperature\","
                                          " \"domain\": [0");
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GPtrArray) slots = NULL;
  g_autoptr(GError) error = NULL;
  LeydenSlot *slot;

  for (guint i = 1; i < 150000; i++)
    g_string_append_printf (node, i % 3 == 1 ? ",%u.0" : ",%u", i / 3);
  g_string_append (node, "]}]}");
  flow = flow_of (node->str);
  slots = leyden_slots_from_flow (flow, types (), NULL);
  g_assert_cmpuint (slots->len, ==, 1);
  slot = g_ptr_array_index (slots, 0);
  g_assert_cmpuint (leyden_value_get_size (slot->domain), ==, 50000);
  g_assert_true (leyden_optimizer_find ("halving")->check (slots, &error));
  g_assert_no_error (error);
}

static void
assert_endpoints (const char *nodes,
                  const char *expected)
{
  g_autoptr(LeydenFlow) flow = flow_of (nodes);
  g_auto(GStrv) endpoints = leyden_slots_list_endpoints (flow, types ());
  g_autofree char *list = g_strjoinv (" ", endpoints);

  g_assert_cmpstr (list, ==, expected);
}

/* The models of an endpoint that is no simulation are those that are given for it; the flow's own comes first. */
static void
test_models (void)
{
  static const char node[] = "{\"id\": \"n\", \"type\": \"chat\", \"parameters\": {\"model\": {\"endpoint\": \"mine\", \"model\": \"b\"}}, \"trainable\": [\"model\"]}";
  g_autoptr(LeydenFlow) flow = flow_of (node);
  g_autoptr(LeydenValue) known = json ("{\"mine\": [\"a\", 7, \"b\"], \"other\": [\"c\"]}");
  g_autoptr(LeydenValue) empty = json ("{\"mine\": [], \"other\": [\"c\"]}");
  g_autoptr(LeydenValue) odd = json ("{\"mine\": {\"a\": 1}}");
  g_autoptr(GPtrArray) two = leyden_slots_from_flow (flow, types (), known);
  g_autoptr(GPtrArray) one = leyden_slots_from_flow (flow, types (), empty);
  g_autoptr(GPtrArray) same = leyden_slots_from_flow (flow, types (), odd);

  assert_domain (g_ptr_array_index (two, 0), "[{\"endpoint\": \"mine\", \"model\": \"a\"}, {\"endpoint\": \"mine\", \"model\": \"b\"}]");
  assert_domain (g_ptr_array_index (one, 0), "[{\"endpoint\": \"mine\", \"model\": \"b\"}]");
  assert_domain (g_ptr_array_index (same, 0), "[{\"endpoint\": \"mine\", \"model\": \"b\"}]");
  assert_endpoints (node, "mine");
  assert_endpoints ("{\"id\": \"n\", \"type\": \"chat\", \"trainable\": [\"model\"]}", "");
  assert_endpoints ("{\"id\": \"n\", \"type\": \"chat\", \"parameters\": {\"model\": {\"endpoint\": \"mine\"}}, \"trainable\": [{\"name\": \"model\", \"locked\": true}]}", "");
  assert_endpoints ("{\"id\": \"n\", \"type\": \"chat\", \"parameters\": {\"model\": {\"endpoint\": \"mine\"}}, \"trainable\": [{\"name\": \"model\", \"domain\": []}]}", "");
  assert_endpoints ("{\"id\": \"n\", \"type\": \"chat\", \"parameters\": {\"model\": {\"endpoint\": \"mine\"}}}", "");
  assert_endpoints ("{\"id\": \"m\", \"type\": \"map\", \"flow\": {\"nodes\": [{\"id\": \"n\", \"type\": \"agent\", \"parameters\": {\"model\": {\"endpoint\": \"zz\"}}, "
                    "\"trainable\": [\"model\"]}], \"edges\": []}}, {\"id\": \"x\", \"type\": \"chat\", \"parameters\": {\"model\": {\"endpoint\": \"aa\"}}, \"trainable\": [\"model\"]}, "
                    "{\"id\": \"y\", \"type\": \"chat\", \"parameters\": {\"model\": {\"endpoint\": \"zz\"}}, \"trainable\": [\"model\"]}", "aa zz");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/slot/sample", test_sample);
  g_test_add_func ("/slot/domains", test_domains);
  g_test_add_func ("/slot/domains/long", test_long_domain);
  g_test_add_func ("/slot/guard", test_guard);
  g_test_add_func ("/slot/guard/length", test_guard_length);
  g_test_add_func ("/slot/models", test_models);
  g_test_add_func ("/candidate/content", test_candidate);
  g_test_add_func ("/slot/edit", test_edit);
  g_test_add_func ("/slot/bodies", test_bodies);
  return g_test_run ();
}
