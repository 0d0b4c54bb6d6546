/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "engine-helpers.h"
#include "leyden-bookmarks.h"
#include "leyden-flow-structure.h"
#include "structure-helpers.h"

/* Bookmarks of a flow: in its file, undone like any edit, and read from one that somebody else wrote. */

static char *
describe_bookmarks (LeydenFlow *flow)
{
  g_autoptr(GPtrArray) list = leyden_bookmarks_list (flow);
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    {
      LeydenBookmark *bookmark = g_ptr_array_index (list, i);
      g_autofree char *title = leyden_bookmark_dup_title (bookmark, flow, test_types ());

      g_string_append_printf (text, "%u %s\n", bookmark->number, title);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
set_bookmark (LeydenFlow     *flow,
              LeydenBookmark  bookmark)
{
  g_autoptr(LeydenEdit) edit = leyden_bookmarks_set (flow, &bookmark);

  structure_apply (flow, edit);
}

/* In the file, undone like all else, no part of what runs; they follow their node into a group and out. */
static void
test_bookmarks (void)
{
  static const char * const ids[] = { "a", "b", NULL };
  g_autoptr(LeydenFlow) flow = structure_agent_flow ();
  g_autofree char *bytes = structure_dup_bytes (flow);
  g_autofree char *hash = leyden_flow_hash (flow);
  g_autofree char *hash_with = NULL;
  g_autofree char *group = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  g_autofree char *after = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(LeydenEdit) gone = NULL;
  const char *body[] = { "m", NULL };

  set_bookmark (flow, (LeydenBookmark) { .number = 3, .kind = LEYDEN_ELEMENT_NODE, .id = (char *) "b" });
  set_bookmark (flow, (LeydenBookmark) { .number = 1, .scope = (char **) body, .kind = LEYDEN_ELEMENT_FLOW, .x = 10.4, .y = -3, .zoom = 0.804 });
  set_bookmark (flow, (LeydenBookmark) { .number = 9, .kind = LEYDEN_ELEMENT_FLOW, .zoom = 1 });
  first = describe_bookmarks (flow);
  g_assert_cmpstr (first, ==, "1 Map, 80 %\n3 Transform\n9 Whole flow, 100 %\n");
  hash_with = leyden_flow_hash (flow);
  g_assert_cmpstr (hash_with, ==, hash);

  edit = leyden_flow_collapse (flow, test_types (), ids, &group, NULL);
  structure_apply (flow, edit);
  second = describe_bookmarks (flow);
  g_assert_cmpstr (second, ==, "1 Map, 80 %\n3 Group › Transform\n9 Whole flow, 100 %\n");
  gone = leyden_edit_new ("Remove");
  leyden_edit_remove_node (gone, flow, group);
  leyden_edit_remove_node (gone, flow, "m");
  structure_apply (flow, gone);
  third = describe_bookmarks (flow);
  g_assert_cmpstr (third, ==, "1 No longer there\n3 No longer there\n9 Whole flow, 100 %\n");
  structure_undo (flow, gone);
  structure_undo (flow, edit);
  for (guint i = 1; i <= LEYDEN_N_BOOKMARKS; i++)
    {
      g_autoptr(LeydenEdit) less = leyden_bookmarks_remove (flow, i);

      structure_apply (flow, less);
    }
  after = structure_dup_bytes (flow);
  g_assert_cmpstr (after, ==, bytes);
}

/* What is no bookmark is kept and not shown; setting one in its place works. */
static void
test_bookmarks_hostile (void)
{
  static const char * const values[] = {
    "7", "[]", "{\"1\": 5}", "{\"1\": {\"scope\": 5, \"id\": \"a\"}}", "{\"1\": {\"scope\": [5], \"id\": \"a\"}}", "{\"1\": {\"id\": \"a\", \"kind\": \"edge\"}}",
    "{\"1\": {\"view\": {\"zoom\": -1}}}", "{\"1\": {\"view\": 3}}", "{\"1\": {}}", "{\"0\": {\"id\": \"a\"}, \"10\": {\"id\": \"a\"}, \"x\": {\"id\": \"a\"}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"leyden\": 1, \"id\": \"hostile1\", \"nodes\": [], \"edges\": [], \"bookmarks\": %s}", values[i]);
      g_autoptr(LeydenValue) value = test_json (text);
      g_autoptr(LeydenFlow) flow = leyden_flow_from_value (value, NULL);
      g_autofree char *none = describe_bookmarks (flow);
      g_autofree char *one = NULL;

      g_assert_cmpstr (none, ==, "");
      set_bookmark (flow, (LeydenBookmark) { .number = 1, .kind = LEYDEN_ELEMENT_FLOW, .zoom = 2 });
      one = describe_bookmarks (flow);
      g_assert_cmpstr (one, ==, "1 Whole flow, 200 %\n");
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/structure/bookmarks", test_bookmarks);
  g_test_add_func ("/structure/bookmarks/hostile", test_bookmarks_hostile);
  return g_test_run ();
}
