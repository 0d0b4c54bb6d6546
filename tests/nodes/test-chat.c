/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"

static LeydenValue *asked;      /* body of the last call */
static char *asked_endpoint;
static gboolean asked_policy;
static guint asked_timeout;
static const char *answer_text;

static LeydenValue *
answer (const LeydenModelCall  *call,
        GError                **error)
{
  g_clear_pointer (&asked, leyden_value_unref);
  g_free (asked_endpoint);
  asked = leyden_value_ref (call->body);
  asked_endpoint = g_strdup (call->endpoint);
  asked_policy = call->policy;
  asked_timeout = call->timeout_s;
  return test_answer_text (answer_text);
}

static Watch *
run_chat (const char *parameters,
          const char *input)
{
  g_autofree char *flow = g_strdup_printf (
    "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"prompt\", \"type\": \"any\"}, {\"name\": \"messages\", \"type\": \"any\"},"
    " {\"name\": \"image\", \"type\": \"any\"}]}, \"c\": {\"type\": \"chat\"%s}},"
    " \"edges\": [\"in.prompt > c.prompt\", \"in.messages > c.messages\", \"in.image > c.image\"]}", parameters);
  g_autoptr(LeydenPlan) plan = test_plan (flow);
  g_autoptr(TestTransport) transport = test_transport_new (answer);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);

  answer_text = answer_text != NULL ? answer_text : "hello";
  return run_once (engine, plan, input);
}

static void
check_body (const char *parameters,
            const char *input,
            const char *expected)
{
  g_autoptr(Watch) watch = run_chat (parameters, input);
  g_autoptr(LeydenValue) value = test_json (expected);
  g_autofree char *a = leyden_json_write (asked, LEYDEN_JSON_CANONICAL);
  g_autofree char *e = leyden_json_write (value, LEYDEN_JSON_CANONICAL);

  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error, ==, NULL);
  g_assert_cmpstr (a, ==, e);
}

static void
test_bodies (void)
{
  answer_text = "{}";
  check_body ("", "{\"prompt\": \"hi\"}",
              "{\"model\": null, \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}], \"temperature\": 0}");
  check_body (", \"model\": {\"endpoint\": \"mine\", \"model\": \"m-1\"}, \"system\": \"S\", \"temperature\": 0.7, \"max_tokens\": 100,"
              " \"top_p\": 0.9, \"stop\": [\"END\"], \"examples\": [{\"input\": \"a\", \"output\": {\"b\": 1}}]", "{\"prompt\": \"hi\"}",
              "{\"model\": \"m-1\", \"messages\": [{\"role\": \"system\", \"content\": \"S\"}, {\"role\": \"user\", \"content\": \"a\"},"
              " {\"role\": \"assistant\", \"content\": \"{\\\"b\\\":1}\"}, {\"role\": \"user\", \"content\": \"hi\"}], \"temperature\": 0.7,"
              " \"max_completion_tokens\": 100, \"top_p\": 0.9, \"stop\": [\"END\"]}");
  g_assert_cmpstr (asked_endpoint, ==, "mine");
  check_body ("", "{\"messages\": [{\"role\": \"user\", \"content\": \"1\"}, {\"role\": \"assistant\", \"content\": \"2\"}], \"prompt\": \"3\"}",
              "{\"model\": null, \"messages\": [{\"role\": \"user\", \"content\": \"1\"}, {\"role\": \"assistant\", \"content\": \"2\"},"
              " {\"role\": \"user\", \"content\": \"3\"}], \"temperature\": 0}");
  check_body ("", "{\"prompt\": \"see\", \"image\": \"data:image/png;base64,AAAA\"}",
              "{\"model\": null, \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"see\"},"
              " {\"type\": \"image_url\", \"image_url\": {\"url\": \"data:image/png;base64,AAAA\"}}]}], \"temperature\": 0}");
  check_body (", \"response_format\": \"json_schema\", \"schema\": {\"type\": \"object\"}", "{\"prompt\": \"hi\"}",
              "{\"model\": null, \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}], \"temperature\": 0, \"response_format\":"
              " {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"answer\", \"schema\": {\"type\": \"object\"}, \"strict\": true}}}");
}

static void
test_policy_and_time (void)
{
  g_autoptr(Watch) plain = run_chat ("", "{\"prompt\": \"hi\"}");
  g_autoptr(Watch) trained = NULL;

  g_assert_false (asked_policy);
  g_assert_cmpuint (asked_timeout, ==, 120);
  trained = run_chat (", \"policy\": true, \"timeout_s\": 5", "{\"prompt\": \"hi\"}");
  g_assert_true (asked_policy);
  g_assert_cmpuint (asked_timeout, ==, 5);
  g_assert_true (leyden_value_get_member_boolean (
                   leyden_value_get_member (watch_find (trained, "model.request", "c")->payload, "request"), "policy", FALSE));
}

static void
test_json_answers (void)
{
  static const struct { const char *text; const char *json; } good[] = {
    { "{\"a\": 1}", "{\"a\":1}" }, { " [1, 2]\n", "[1,2]" }, { "```json\n{\"a\": 2}\n```", "{\"a\":2}" }, { "```\n3\n```", "3" },
  };
  static const char * const bad[] = { "Sure! {\"a\": 1}", "", "```json\n{", "``````" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr(Watch) watch = NULL;
      g_autofree char *json = NULL;

      answer_text = good[i].text;
      watch = run_chat (", \"response_format\": \"json_object\"", "{\"prompt\": \"hi\"}");
      g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
      json = leyden_json_write (leyden_value_get_member (leyden_value_get_member (watch_find (watch, "node.finished", "c")->payload, "outputs"), "json"),
                                LEYDEN_JSON_CANONICAL);
      g_assert_cmpstr (json, ==, good[i].json);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(Watch) watch = NULL;

      answer_text = bad[i];
      watch = run_chat (", \"response_format\": \"json_object\"", "{\"prompt\": \"hi\"}");
      g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
      g_assert_nonnull (strstr (leyden_rollout_get_row (watch->rollout)->error, "not JSON"));
    }
  answer_text = "{\"a\": 1}";
  {
    g_autoptr(Watch) watch = run_chat ("", "{\"prompt\": \"hi\"}");

    g_assert_null (leyden_value_get_member (leyden_value_get_member (watch_find (watch, "node.finished", "c")->payload, "outputs"), "json"));
  }
}

static void
test_no_question (void)
{
  g_autoptr(Watch) nothing = run_chat ("", "{}");
  g_autoptr(Watch) image = NULL;

  g_assert_cmpstr (leyden_rollout_get_state (nothing->rollout), ==, "succeeded");
  g_assert_nonnull (watch_find (nothing, "node.skipped", "c"));
  image = run_chat ("", "{\"prompt\": \"see\", \"image\": \"file:///etc/passwd\"}");
  g_assert_cmpstr (leyden_rollout_get_state (image->rollout), ==, "failed");
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chat/bodies", test_bodies);
  g_test_add_func ("/chat/policy-and-time", test_policy_and_time);
  g_test_add_func ("/chat/json", test_json_answers);
  g_test_add_func ("/chat/no-question", test_no_question);
  status = g_test_run ();
  g_clear_pointer (&asked, leyden_value_unref);
  g_free (asked_endpoint);
  return status;
}
