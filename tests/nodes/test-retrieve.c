/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"

#define FLOW(parameters)                                                                                                            \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}, {\"name\": \"docs\", \"type\": \"any\"},"   \
  " {\"name\": \"label\", \"type\": \"text\", \"role\": \"expected\"}]}, \"r\": {\"type\": \"retrieve\"" parameters "}},"              \
  " \"edges\": [\"in.q > r.query\"%s]}"

static LeydenPlan *
plan_of (const char *parameters,
         gboolean    wired)
{
  g_auto(GStrv) halves = g_strsplit (FLOW ("@@"), "@@", 2);
  g_autofree char *both = g_strconcat (halves[0], parameters, halves[1], NULL);
  g_auto(GStrv) parts = g_strsplit (both, "%s", 2);
  g_autofree char *text = g_strconcat (parts[0], wired ? ", \"in.docs > r.documents\"" : "", parts[1], NULL);

  return test_plan (text);
}

/* The outputs, or the error, of the node. */
static LeydenValue *
retrieve (LeydenPlan *plan,
          const char *input)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, input);
  g_autoptr(LeydenValue) fold = watch_fold (watch);
  LeydenValue *node = leyden_value_get_member (leyden_value_get_member (fold, "nodes"), "r");
  LeydenValue *error = leyden_value_get_member (node, "error");

  return leyden_value_ref (error != NULL ? error : leyden_value_get_member (node, "outputs"));
}

static void
check_ids (LeydenValue *outputs,
           const char  *expected)
{
  LeydenValue *list = leyden_value_get_member (outputs, "documents");
  g_autoptr(GString) ids = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      g_autofree char *id = leyden_json_write (leyden_value_get_member (leyden_value_get_item (list, i), "id"), LEYDEN_JSON_COMPACT);

      g_string_append_printf (ids, "%s%s", i > 0 ? " " : "", id);
    }
  g_assert_cmpstr (ids->str, ==, expected);
}

static void
test_documents (void)
{
  g_autoptr(LeydenPlan) plan = plan_of (", \"k\": 2, \"documents\": [\"a red fox\", {\"id\": \"d1\", \"text\": \"red cars\", \"n\": 7}, \"blue\", \"red red fox\"]", FALSE);
  g_autoptr(LeydenValue) fox = retrieve (plan, "{\"q\": \"fox?\"}");
  g_autoptr(LeydenValue) seven = retrieve (plan, "{\"q\": \"7\"}");
  g_autoptr(LeydenValue) none = retrieve (plan, "{\"q\": \"green\"}");
  LeydenValue *document = leyden_value_get_member (leyden_value_get_item (leyden_value_get_member (seven, "documents"), 0), "document");

  check_ids (fox, "0 3");
  g_assert_cmpstr (leyden_value_get_member_string (fox, "text", NULL), ==, "[1] a red fox\n\n[2] red red fox");
  check_ids (seven, "\"d1\"");
  g_assert_cmpint (leyden_value_get_member_int (document, "n", 0), ==, 7);
  check_ids (none, "");
  g_assert_cmpstr (leyden_value_get_member_string (none, "text", NULL), ==, "");
}

static void
test_wired (void)
{
  g_autoptr(LeydenPlan) plan = plan_of (", \"fields\": \"title , body\"", TRUE);
  g_autoptr(LeydenValue) found = retrieve (plan, "{\"q\": \"one\", \"docs\": [{\"title\": \"one\", \"other\": \"x\"}, {\"title\": \"x\", \"other\": \"one\"}]}");
  g_autoptr(LeydenValue) bad = retrieve (plan, "{\"q\": \"one\", \"docs\": {\"a\": 1}}");
  g_autoptr(LeydenValue) odd = retrieve (plan, "{\"q\": \"one\", \"docs\": [null, 1, true, [\"one\"], {\"title\": null}, \"\"]}");

  check_ids (found, "0");
  g_assert_nonnull (strstr (leyden_value_get_member_string (bad, "message", ""), "expected"));
  check_ids (odd, "3");
}

/* The train rows, without the row that runs, and without a look at the expected answers. */
static void
test_rows (void)
{
  static const char * const rows[] = {
    "{\"q\": \"red fox\", \"label\": \"secret\"}", "{\"q\": \"red car\", \"label\": \"b\"}", "{\"q\": \"red test\", \"label\": \"c\"}",
  };
  static const char * const splits[] = { "train", "train", "test" };
  g_autoptr(LeydenPlan) plan = plan_of (", \"source\": \"dataset\"", FALSE);
  g_autoptr(LeydenPlan) without = plan_of (", \"source\": \"dataset\"", FALSE);
  g_autoptr(LeydenValue) error = retrieve (without, "{\"q\": \"red\"}");
  g_autoptr(LeydenValue) red = NULL;
  g_autoptr(LeydenValue) own = NULL;
  g_autoptr(LeydenValue) secret = NULL;
  LeydenRunItem items[3];

  g_assert_nonnull (strstr (leyden_value_get_member_string (error, "message", ""), "nothing to search"));
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    items[i] = (LeydenRunItem) { "x", splits[i], i, test_json (rows[i]) };
  leyden_plan_learn_from_items (plan, items, G_N_ELEMENTS (items));
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    leyden_value_unref (items[i].input);
  red = retrieve (plan, rows[2]);
  check_ids (red, "0 1");
  own = retrieve (plan, rows[0]);
  check_ids (own, "1");
  secret = retrieve (plan, "{\"q\": \"secret\"}");
  check_ids (secret, "");
}

static guint n_asked;

static LeydenValue *
answer (const LeydenModelCall  *call,
        GError                **error)
{
  static const char * const asked[] = { "{\"query\": \"fox\", \"k\": 1}", "{\"k\": 3}", "{\"query\": [\"fox\"], \"k\": -7}" };

  if (n_asked < G_N_ELEMENTS (asked))
    return test_answer_tools ("look", asked[n_asked++], NULL);
  return test_answer_text ("done");
}

/* An agent's tool: what it gives is a list; without a query it says what is missing. */
static void
test_tool (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (
    "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]}, \"a\": {\"type\": \"agent\"},"
    " \"r\": {\"type\": \"retrieve\", \"name\": \"look\", \"documents\": [\"a fox\", \"two fox fox\"]}},"
    " \"edges\": [\"in.q > a.prompt\", \"r.tools > a.tools\"]}");
  g_autoptr(TestTransport) transport = test_transport_new (answer);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(Watch) watch = NULL;
  guint n = 0;

  n_asked = 0;
  watch = run_once (engine, plan, "{\"q\": \"go\"}");
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  for (guint i = 0; i < watch->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (watch->records, i);
      g_autofree char *text = leyden_json_write (record->payload, LEYDEN_JSON_COMPACT);

      if (!g_str_equal (record->type, "tool.returned"))
        continue;
      g_test_message ("%s", text);
      g_assert_nonnull (strstr (text, n == 0 ? "two fox fox" : n == 1 ? "is missing" : "fox"));
      n++;
    }
  g_assert_cmpuint (n, ==, 3);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retrieve/documents", test_documents);
  g_test_add_func ("/retrieve/wired", test_wired);
  g_test_add_func ("/retrieve/rows", test_rows);
  g_test_add_func ("/retrieve/tool", test_tool);
  return g_test_run ();
}
