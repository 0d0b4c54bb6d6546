/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <string.h>

#include "leyden-catalog.h"
#include "leyden-json.h"
#include "leyden-node-origin.h"
#include "leyden-values-dialog.h"

/* The words for why a node ran. */

static LeydenNodeTypes *
get_types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static void
test_explain (void)
{
  static const struct { const char *state, *origin, *said; } cases[] = {
    { "{\"state\": \"succeeded\", \"from\": {\"pin\": true}}", "pinned", "is pinned" },
    { "{\"state\": \"succeeded\", \"from\": {\"rollout\": \"r\"}}", "earlier", "earlier run" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": true, \"time\": 1000000000, \"tokens\": 12}}", "kept", "12 tokens" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"parameter\", \"name\": \"temperature\"}]}}", NULL, "“Temperature” changed" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"input\", \"name\": \"prompt\"}]}}", NULL, "“Prompt” changed" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"kind\"}]}}", NULL, "kind was updated" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"first\"}]}}", NULL, "not run before" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"evicted\"}]}}", NULL, "made room" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"cleared\"}]}}", NULL, "cleared" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"refresh\"}]}}", NULL, "not to be used" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"not-kept\", \"name\": \"outside\"}]}}", NULL, "outside of the flow" },
    { "{\"state\": \"succeeded\", \"cache\": {\"hit\": false, \"why\": [{\"part\": \"from tomorrow\"}]}}", NULL, "" },
    { "{\"state\": \"succeeded\"}", NULL, "each time" },
    { "{\"state\": \"skipped\"}", NULL, "skipped" },
  };
  g_autoptr(LeydenValue) value = leyden_json_parse ("{\"leyden\": 1, \"id\": \"f\", \"nodes\": [{\"id\": \"c\", \"type\": \"chat\"}]}", -1, NULL, NULL);
  g_autoptr(LeydenFlow) flow = leyden_flow_from_value (value, NULL);
  LeydenNode *node = leyden_flow_get_node (flow, "c");
  g_autofree char *nothing = leyden_node_origin_explain (NULL, get_types (), node);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) state = leyden_json_parse (cases[i].state, -1, NULL, NULL);
      g_autofree char *text = leyden_node_origin_explain (state, get_types (), node);

      g_assert_cmpstr (leyden_node_origin_get_name (state), ==, cases[i].origin);
      if (strstr (text, cases[i].said) == NULL)
        g_error ("%s: %s", cases[i].state, text);
    }
  g_assert_nonnull (strstr (nothing, "did not run"));
}

static void
test_find (void)
{
  g_autoptr(LeydenValue) state = leyden_json_parse ("{\"nodes\": {\"a\": {\"n\": 1}, \"m[0]/b\": {\"n\": 2, \"started\": 9}, \"m[1]/b\": {\"n\": 3, \"started\": 5}}}",
                                                    -1, NULL, NULL);

  g_assert_cmpint (leyden_value_get_member_int (leyden_node_origin_find (state, "a"), "n", 0), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (leyden_node_origin_find (state, "m/b"), "n", 0), ==, 2);
  g_assert_null (leyden_node_origin_find (state, "m/c"));
  g_assert_null (leyden_node_origin_find (NULL, "a"));
}

static void
test_read (void)
{
  static const struct { LeydenPortType type; const char *text, *json; } cases[] = {
    { LEYDEN_PORT_TEXT, "12", "\"12\"" },
    { LEYDEN_PORT_NUMBER, "12", "12" },
    { LEYDEN_PORT_NUMBER, "twelve", NULL },
    { LEYDEN_PORT_ANY, "twelve", "\"twelve\"" },
    { LEYDEN_PORT_ANY, "[1]", "[1]" },
    { LEYDEN_PORT_LIST, "[1]", "[1]" },
    { LEYDEN_PORT_LIST, "{", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) value = leyden_values_dialog_read (cases[i].type, cases[i].text, &error);
      g_autofree char *json = value != NULL ? leyden_json_write (value, LEYDEN_JSON_COMPACT) : NULL;

      g_assert_cmpstr (json, ==, cases[i].json);
      g_assert_true ((error != NULL) == (cases[i].json == NULL));
    }
  g_assert_null (leyden_values_dialog_read (LEYDEN_PORT_NUMBER, "", NULL));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/node-origin/explain", test_explain);
  g_test_add_func ("/node-origin/find", test_find);
  g_test_add_func ("/node-origin/read", test_read);
  return g_test_run ();
}
