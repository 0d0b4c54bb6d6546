/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <math.h>
#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"
#include "leyden-node-regex.h"

/* nodes.json: for each kind parameters, inputs, and the outputs or the error that they give. */

/* A flow of an input node whose fields feed the node under test. */
static char *
make_flow (const char  *type,
           LeydenValue *test)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) flow = NULL;
  LeydenValue *inputs = leyden_value_get_member (test, "inputs");
  LeydenValue *parameters = leyden_value_get_member (test, "parameters");

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "nodes");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "in");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "type", "input");
  leyden_value_builder_key (&b, "fields");
  leyden_value_builder_begin_list (&b);
  /* One field more, because an input node must have one. */
  for (guint i = 0; i <= leyden_value_get_size (inputs); i++)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", i < leyden_value_get_size (inputs) ? leyden_value_get_key (inputs, i) : "unused");
      leyden_value_builder_set_string (&b, "type", "any");
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "node");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "type", type);
  for (guint i = 0; i < leyden_value_get_size (parameters); i++)
    {
      g_autofree char *key = g_strconcat ("@", leyden_value_get_key (parameters, i), NULL);

      leyden_value_builder_set (&b, key, leyden_value_get_item (parameters, i));
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "edges");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (inputs); i++)
    {
      g_autofree char *edge = g_strdup_printf ("in.%s > node.%s", leyden_value_get_key (inputs, i), leyden_value_get_key (inputs, i));

      leyden_value_builder_add_string (&b, edge);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  flow = leyden_value_builder_end_value (&b);
  return leyden_json_write (flow, LEYDEN_JSON_COMPACT);
}

static void
check_outputs (LeydenValue *outputs,
               LeydenValue *expected,
               const char  *type)
{
  g_assert_nonnull (outputs);
  for (guint i = 0; i < leyden_value_get_size (expected); i++)
    {
      LeydenValue *actual = leyden_value_get_member (outputs, leyden_value_get_key (expected, i));
      g_autofree char *a = leyden_json_write (actual, LEYDEN_JSON_CANONICAL);
      g_autofree char *e = leyden_json_write (leyden_value_get_item (expected, i), LEYDEN_JSON_CANONICAL);

      g_assert_nonnull (actual);
      g_assert_cmpstr (a, ==, e);
    }
  if (g_str_equal (type, "if"))
    g_assert_cmpuint (leyden_value_get_size (outputs), ==, 1);
}

static void
check_case (const char  *type,
            LeydenValue *test)
{
  g_autofree char *text = make_flow (type, test);
  g_autoptr(LeydenPlan) plan = test_plan (text);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autofree char *input = leyden_json_write (leyden_value_get_member (test, "inputs"), LEYDEN_JSON_COMPACT);
  g_autoptr(Watch) watch = run_once (engine, plan, input);
  g_autoptr(LeydenValue) fold = watch_fold (watch);
  LeydenValue *node = leyden_value_get_member (leyden_value_get_member (fold, "nodes"), "node");
  LeydenValue *error = leyden_value_get_member (node, "error");
  const char *code = leyden_value_get_member_string (test, "error", NULL);
  double reward = leyden_value_get_member_double (test, "reward", NAN);

  g_test_message ("%s", text);
  if (error != NULL)
    g_test_message ("%s", leyden_value_get_member_string (error, "message", ""));
  if (leyden_value_get_member_boolean (test, "skipped", FALSE))
    g_assert_cmpstr (leyden_value_get_member_string (node, "state", NULL), ==, "skipped");
  else if (code != NULL)
    {
      g_assert_cmpstr (leyden_value_get_member_string (error, "code", NULL), ==, code);
      g_assert_nonnull (strstr (leyden_value_get_member_string (error, "message", ""),
                                leyden_value_get_member_string (test, "message", "")));
    }
  else
    check_outputs (leyden_value_get_member (node, "outputs"), leyden_value_get_member (test, "outputs"), type);
  if (isnan (reward))
    g_assert_true (isnan (leyden_rollout_get_row (watch->rollout)->reward));
  else
    g_assert_cmpfloat (leyden_rollout_get_row (watch->rollout)->reward, ==, reward);
}

static void
test_kind (gconstpointer data)
{
  LeydenValue *cases = leyden_value_get_member (data, "cases");

  for (guint i = 0; i < leyden_value_get_size (cases); i++)
    check_case (leyden_value_get_member_string (data, "type", NULL), leyden_value_get_item (cases, i));
}

/* W38: only named variables; what looks like the environment is a variable that the flow check asks for. */
static void
test_environment (void)
{
  g_autoptr(LeydenValue) compact = test_json ("{\"nodes\": {\"p\": {\"type\": \"prompt\", \"template\": \"{{ env.HOME }}\"}}, \"edges\": []}");
  g_autoptr(LeydenFlow) flow = test_flow (compact);
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_plan_new (flow, test_types (), &error));
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW);
  g_assert_nonnull (strstr (error->message, "env"));
}

/* W39: forty doublings end at the budget of a template, not in memory. */
static void
test_laughs (void)
{
  g_autoptr(GString) text = g_string_new ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"t\", \"type\": \"text\"}]}");
  g_autoptr(GString) edges = g_string_new ("\"in.t > n00.a\"");
  g_autoptr(LeydenPlan) plan = NULL;
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = NULL;

  for (guint i = 0; i < 40; i++)
    {
      g_string_append_printf (text, ", \"n%02u\": {\"type\": \"prompt\", \"template\": \"{{ a }}{{ a }}\"}", i);
      if (i > 0)
        g_string_append_printf (edges, ", \"n%02u.text > n%02u.a\"", i - 1, i);
    }
  g_string_append_printf (text, "}, \"edges\": [%s]}", edges->str);
  plan = test_plan (text->str);
  watch = run_once (engine, plan, "{\"t\": \"ha ha ha\"}");
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  g_assert_cmpstr (leyden_value_get_member_string (
                     leyden_value_get_member (watch_find (watch, "rollout.finished", "")->payload, "error"), "code", NULL), ==, "limit");
  g_assert_true (g_str_has_prefix (leyden_rollout_get_row (watch->rollout)->error_node, "n2"));
}

/* W40: a runaway pattern is stopped, and the error names the node. */
static void
test_runaway_regex (void)
{
  static const char * const flows[] = {
    "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"t\", \"type\": \"text\"}]},"
    " \"bad\": {\"type\": \"extract\", \"method\": \"regex\", \"pattern\": \"(a+)+$\", \"occurrence\": \"%s\"}}, \"edges\": [\"in.t > bad.text\"]}",
    "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"t\", \"type\": \"text\"}, {\"name\": \"e\", \"type\": \"text\", \"default\": \"(a+)+$\"}]},"
    " \"bad\": {\"type\": \"evaluator\", \"method\": \"regex\"}}, \"edges\": [\"in.t > bad.actual\", \"in.e > bad.expected\"]}",
  };

  for (guint i = 0; i < 3; i++)
    {
      g_auto(GStrv) halves = g_strsplit (flows[i / 2], "%s", 2);
      g_autofree char *text = i < 2 ? g_strconcat (halves[0], i == 0 ? "first" : "last", halves[1], NULL) : g_strdup (flows[1]);
      g_autoptr(LeydenPlan) plan = test_plan (text);
      g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
      g_autoptr(Watch) watch = run_once (engine, plan, "{\"t\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}");

      g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
      g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error_node, ==, "bad");
      g_assert_cmpstr (leyden_value_get_member_string (
                         leyden_value_get_member (watch_find (watch, "rollout.finished", "")->payload, "error"), "code", NULL), ==, "limit");
    }
}

static void
test_may_run_away (void)
{
  static const char * const quick[] = {
    "", "a+", "^\\s*answer\\s*:\\s*[$]?\\s*(-?\\d[\\d,]*(?:\\.\\d+)?)[\\sa-z%/.]*$", "(ab)+", "(?:ab)*", "[(a+)+]", "\\(a+\\)+", "[]a(+]+", "[^]a(+]+",
    "(a|b)", "(a+)?",
  };
  static const char * const slow[] = { "(a+)+$", "(a|aa)*b", "((a?))*", "(?:(x+)y)+", "(a{2,})+", "((a|b)c){9}", "(?=(a*))+" };

  for (guint i = 0; i < G_N_ELEMENTS (quick); i++)
    {
      g_test_message ("%s", quick[i]);
      g_assert_false (leyden_regex_may_run_away (quick[i], 100));
    }
  for (guint i = 0; i < G_N_ELEMENTS (slow); i++)
    {
      g_test_message ("%s", slow[i]);
      g_assert_true (leyden_regex_may_run_away (slow[i], 100));
    }
  g_assert_true (leyden_regex_may_run_away ("a", 1000000));
}

static gboolean
tick_cb (gpointer data)
{
  (*(guint *) data)++;
  return G_SOURCE_CONTINUE;
}

/* An expression that takes its whole time does so in a thread: the main loop goes on. */
static void
test_slow_expression (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (
    "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"l\", \"type\": \"list\"}]}, \"t\": {\"type\": \"transform\", \"inputs\":"
    " [{\"name\": \"l\", \"type\": \"any\"}], \"expression\": \"(SELECT count(*) FROM json_each(l) a, json_each(l) b, json_each(l) c)\"}},"
    " \"edges\": [\"in.l > t.l\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autofree char *numbers = g_strnfill (4000, '1');
  g_autofree char *input = NULL;
  guint ticks = 0;
  guint id = g_timeout_add (10, tick_cb, &ticks);
  g_autoptr(Watch) watch = NULL;

  for (guint i = 1; i < 3999; i += 2)
    numbers[i] = ',';
  numbers[3999] = ' ';
  input = g_strdup_printf ("{\"l\": [%s]}", numbers);
  watch = run_once (engine, plan, input);
  g_source_remove (id);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  g_assert_cmpstr (leyden_value_get_member_string (
                     leyden_value_get_member (watch_find (watch, "rollout.finished", "")->payload, "error"), "code", NULL), ==, "limit");
  /* One is what a blocked loop could have shown. */
  g_test_message ("%u ticks", ticks);
  g_assert_cmpuint (ticks, >, 1);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) kinds = NULL;
  g_autoptr(GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  path = g_test_build_filename (G_TEST_DIST, "nodes", "nodes.json", NULL);
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  kinds = test_json (text);
  for (guint i = 0; i < leyden_value_get_size (kinds); i++)
    {
      g_autofree char *name = g_strconcat ("/nodes/", leyden_value_get_member_string (leyden_value_get_item (kinds, i), "type", "?"), NULL);

      g_test_add_data_func (name, leyden_value_get_item (kinds, i), test_kind);
    }
  g_test_add_func ("/hostile/W38-nodes", test_environment);
  g_test_add_func ("/hostile/W39-nodes", test_laughs);
  g_test_add_func ("/hostile/W40-nodes", test_runaway_regex);
  g_test_add_func ("/nodes/regex/may-run-away", test_may_run_away);
  g_test_add_func ("/nodes/transform/slow", test_slow_expression);
  return g_test_run ();
}
