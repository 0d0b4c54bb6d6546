/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-document.h"

#include <glib/gstdio.h>
#include <string.h>
#include "leyden-flow-private.h"
#include "leyden-json.h"

/* Bodies of containers: read, edited through one stream of edits, undone, journalled. */

static const char nested[] =
  "{\"leyden\":1,\"id\":\"doc\",\"title\":\"T\",\"nodes\":["
  "{\"id\":\"outer\",\"type\":\"map\",\"title\":\"Outer\",\"x-kept\":[1],\"flow\":{\"x-note\":7,\"edges\":[],\"nodes\":["
  "{\"id\":\"z\",\"type\":\"output\"},"
  "{\"id\":\"inner\",\"type\":\"loop\",\"flow\":{\"nodes\":[{\"id\":\"leaf\",\"type\":\"t\",\"parameters\":{\"p\":1}}],\"edges\":[]}},"
  "{\"id\":\"a\",\"type\":\"input\"}]}},"
  "{\"id\":\"plain\",\"type\":\"t\"}],\"edges\":[]}";

static LeydenFlow *
parse (const char *text)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "test", &error);

  g_assert_no_error (error);
  return flow;
}

static char *
dup_text (LeydenFlow *flow)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (flow);
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  return g_strndup (text, length);
}

static const char * const deep[] = { "outer", "inner", NULL };

/* --- reading --- */

static void
test_read (void)
{
  g_autoptr(LeydenFlow) flow = parse (nested);
  LeydenFlow *outer = leyden_flow_get_body (flow, "outer");
  LeydenFlow *inner = leyden_flow_find_body (flow, deep);
  g_autoptr(GPtrArray) nodes = NULL;
  g_auto(GStrv) scope = NULL;
  g_auto(GStrv) found = NULL;
  g_autofree char *path = NULL;

  g_assert_null (leyden_flow_get_body (flow, "plain"));
  g_assert_null (leyden_flow_get_body (flow, "nobody"));
  g_assert_true (leyden_flow_get_body (flow, "outer") == outer);
  g_assert_true (leyden_flow_get_body (outer, "inner") == inner);
  g_assert_true (leyden_flow_get_parent (inner) == outer);
  g_assert_true (leyden_flow_get_root (inner) == flow);
  g_assert_cmpstr (leyden_flow_get_id (inner), ==, "doc");
  scope = leyden_flow_dup_scope (inner);
  g_assert_true (g_strv_equal ((const char * const *) scope, deep));
  nodes = leyden_flow_list_nodes (outer);
  g_assert_cmpuint (nodes->len, ==, 3);
  g_assert_cmpstr (leyden_node_get_id (g_ptr_array_index (nodes, 0)), ==, "a");
  g_assert_cmpuint (leyden_flow_count_nodes (flow), ==, 6);
  g_assert_cmpuint (leyden_node_get_body_ends (leyden_flow_get_node (flow, "outer"))->len, ==, 2);

  path = leyden_flow_join_path (deep, "leaf");
  g_assert_cmpstr (path, ==, "outer/inner/leaf");
  g_assert_cmpstr (leyden_node_get_id (leyden_flow_find_path (flow, path, &found)), ==, "leaf");
  g_assert_true (g_strv_equal ((const char * const *) found, deep));
  g_assert_null (leyden_flow_find_path (flow, "outer/leaf", NULL));
}

static void
test_collapse (void)
{
  static const char * const cases[][2] = {
    { "a", "a" }, { "a[3]/b", "a/b" }, { "a[3]/b[10]/c#2/t", "a/b/c#2/t" }, { "a[x]/b", "a[x]/b" }, { "a[3]", "a[3]" }, { "a[]/b", "a[]/b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *actual = leyden_node_path_collapse (cases[i][0]);

      g_assert_cmpstr (actual, ==, cases[i][1]);
    }
}

/* Nodes and keys of a body stand in canonical order; reading the canonical file gives it again. */
static void
test_canonical (void)
{
  g_autoptr(LeydenFlow) flow = parse (nested);
  g_autofree char *text = dup_text (flow);
  g_autoptr(LeydenFlow) again = parse (text);
  g_autofree char *second = dup_text (again);

  g_assert_cmpstr (text, ==, second);
  g_assert_true (strstr (text, "\"a\"") < strstr (text, "\"inner\""));
  g_assert_true (strstr (text, "\"inner\"") < strstr (text, "\"z\""));
  g_assert_true (strstr (text, "\"nodes\"") < strstr (text, "\"x-note\""));
  g_assert_nonnull (strstr (text, "\"x-kept\""));
}

/* What runs inside counts; where it lies does not. */
static void
test_hash (void)
{
  g_autoptr(LeydenFlow) flow = parse (nested);
  g_autofree char *first = leyden_flow_hash (flow);
  g_autofree char *moved = NULL;
  g_autofree char *changed = NULL;
  g_autoptr(LeydenEdit) move = leyden_edit_new ("Move");
  g_autoptr(LeydenEdit) change = leyden_edit_new ("Change");
  g_autoptr(LeydenValue) two = leyden_value_new_int (2);

  leyden_edit_set_scope (move, deep);
  leyden_edit_move_node (move, "leaf", 10, 20);
  g_assert_true (leyden_flow_apply (flow, move, NULL));
  moved = leyden_flow_hash (flow);
  g_assert_cmpstr (moved, ==, first);
  leyden_edit_set_scope (change, deep);
  leyden_edit_set_parameter (change, "leaf", "p", two);
  g_assert_true (leyden_flow_apply (flow, change, NULL));
  changed = leyden_flow_hash (flow);
  g_assert_cmpstr (changed, !=, first);
}

/* --- edits --- */

static void
changed_cb (LeydenFlow *flow,
            LeydenEdit *edit,
            GString    *told)
{
  g_auto(GStrv) scope = leyden_flow_dup_scope (flow);
  g_autofree char *where = g_strjoinv ("/", scope);

  for (guint i = 0; i < leyden_edit_get_n_changes (edit); i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);
      g_autofree char *path = g_strjoinv ("/", (char **) change->path);

      g_assert_null (change->scope[0]);
      g_string_append_printf (told, "[%s] %s %s\n", where, change->id, path);
    }
}

static void
test_edit_and_back (void)
{
  g_autoptr(LeydenFlow) flow = parse (nested);
  g_autofree char *before = dup_text (flow);
  g_autofree char *middle = NULL;
  g_autofree char *after = NULL;
  g_autoptr(GString) told = g_string_new (NULL);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Mixed");
  g_autoptr(LeydenEdit) stored = NULL;
  g_autoptr(LeydenEdit) inverse = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;
  LeydenFlow *inner = leyden_flow_find_body (flow, deep);

  g_signal_connect (flow, "changed", G_CALLBACK (changed_cb), told);
  g_signal_connect (leyden_flow_get_body (flow, "outer"), "changed", G_CALLBACK (changed_cb), told);
  g_signal_connect (inner, "changed", G_CALLBACK (changed_cb), told);
  leyden_edit_set_scope (edit, deep);
  leyden_edit_add_node (edit, "new", "t", "New", 1, 2, NULL);
  leyden_edit_add_edge (edit, "e", "leaf", "x", "new", "a");
  leyden_edit_remove_node (edit, inner, "leaf");
  /* As it is stored and read again. */
  value = leyden_edit_to_value (edit);
  stored = leyden_edit_from_value (value, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_flow_apply (flow, stored, &error));
  g_assert_no_error (error);
  middle = dup_text (flow);
  g_assert_nonnull (strstr (middle, "\"New\""));
  g_assert_null (leyden_flow_get_node (inner, "leaf"));
  g_assert_true (leyden_flow_find_body (flow, deep) == inner);
  g_assert_false (leyden_flow_is_orphan (inner));
  /* Innermost first; the flows around learn that the container changed. */
  g_assert_cmpstr (told->str, ==, "[outer/inner] new \n[outer/inner] e \n[outer/inner] leaf \n[outer] inner flow\n[] outer flow\n");

  inverse = leyden_edit_invert (stored);
  g_assert_true (leyden_flow_apply (flow, inverse, NULL));
  after = dup_text (flow);
  g_assert_cmpstr (after, ==, before);
}

/* One change of several does not fit: nothing stays, in no body. */
static void
test_all_or_nothing (void)
{
  g_autoptr(LeydenFlow) flow = parse (nested);
  g_autofree char *before = dup_text (flow);
  g_autofree char *after = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenEdit) edit = NULL;

  value = leyden_json_parse ("{\"label\":\"\",\"changes\":["
    "{\"kind\":\"node\",\"id\":\"n\",\"scope\":[\"outer\"],\"path\":[],\"after\":{\"id\":\"n\",\"type\":\"t\"}},"
    "{\"kind\":\"node\",\"id\":\"leaf\",\"scope\":[\"outer\",\"inner\"],\"path\":[\"title\"],\"after\":\"x\"},"
    "{\"kind\":\"node\",\"id\":\"plain\",\"path\":[\"title\"],\"after\":\"y\"},"
    "{\"kind\":\"node\",\"id\":\"leaf\",\"scope\":[\"plain\"],\"path\":[\"title\"],\"after\":\"x\"}]}", -1, NULL, &error);
  g_assert_no_error (error);
  edit = leyden_edit_from_value (value, &error);
  g_assert_no_error (error);
  g_assert_false (leyden_flow_apply (flow, edit, &error));
  g_assert_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT);
  after = dup_text (flow);
  g_assert_cmpstr (after, ==, before);
}

/* The container is removed and comes back, or its `flow` is set as a whole: whoever holds the body holds an orphan, and the next one asks
 * for what is there. */
static void
test_orphans (void)
{
  g_autoptr(LeydenFlow) flow = parse (nested);
  g_autoptr(LeydenFlow) outer = g_object_ref (leyden_flow_get_body (flow, "outer"));
  g_autoptr(LeydenFlow) inner = g_object_ref (leyden_flow_find_body (flow, deep));
  g_autoptr(LeydenEdit) remove = leyden_edit_new ("Remove");
  g_autoptr(LeydenEdit) move = leyden_edit_new ("Move");
  g_autoptr(LeydenEdit) back = NULL;

  leyden_edit_move_node (move, "outer", 3, 4);
  g_assert_true (leyden_flow_apply (flow, move, NULL));
  g_assert_false (leyden_flow_is_orphan (inner));
  leyden_edit_remove_node (remove, flow, "outer");
  g_assert_true (leyden_flow_apply (flow, remove, NULL));
  g_assert_true (leyden_flow_is_orphan (outer));
  g_assert_true (leyden_flow_is_orphan (inner));
  g_assert_nonnull (leyden_flow_get_node (inner, "leaf"));
  back = leyden_edit_invert (remove);
  g_assert_true (leyden_flow_apply (flow, back, NULL));
  g_assert_true (leyden_flow_is_orphan (inner));
  g_assert_true (leyden_flow_find_body (flow, deep) != inner);
  g_assert_nonnull (leyden_flow_get_node (leyden_flow_find_body (flow, deep), "leaf"));
}

/* --- documents --- */

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("leyden-body-XXXXXX", NULL);
}

static void
remove_tree (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

static LeydenDocument *
new_document (Fixture *fixture)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (nested, sizeof nested - 1);
  g_autoptr(GError) error = NULL;
  LeydenDocument *document = leyden_document_new_from_bytes (fixture->folder, bytes, "nested", FALSE, &error);

  g_assert_no_error (error);
  return document;
}

static gboolean
set_title (LeydenDocument *document,
           const char     *id,
           const char     *title,
           const char     *key)
{
  LeydenEdit *edit = leyden_edit_new (title);

  leyden_edit_set_title (edit, id, title);
  leyden_edit_set_merge_key (edit, key);
  return leyden_document_edit (document, edit, NULL);
}

/* A view of a body edits the document: one history for all. */
static void
test_view (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = new_document (fixture);
  g_autoptr(LeydenDocument) view = leyden_document_open_body (document, deep);
  static const char * const nowhere[] = { "outer", "z", NULL };
  g_autofree char *label = NULL;

  g_assert_null (leyden_document_open_body (document, nowhere));
  g_assert_true (leyden_document_get_root (view) == document);
  g_assert_false (leyden_document_can_undo (view));
  g_assert_true (set_title (view, "leaf", "One", NULL));
  g_assert_true (leyden_document_can_undo (view));
  g_assert_true (leyden_document_is_modified (document));
  g_assert_true (set_title (document, "plain", "Two", NULL));
  g_object_get (view, "undo-label", &label, NULL);
  g_assert_cmpstr (label, ==, "Two");
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (leyden_document_get_flow (view), "leaf")), ==, "One");
  g_assert_true (leyden_document_undo (view, NULL));
  g_assert_true (leyden_document_undo (document, NULL));
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (leyden_document_get_flow (view), "leaf")), ==, "");
  g_assert_false (leyden_document_can_undo (view));
  g_assert_true (leyden_document_redo (view, NULL));
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (leyden_document_get_flow (view), "leaf")), ==, "One");

  {
    LeydenEdit *remove = leyden_edit_new ("Remove");

    leyden_edit_remove_node (remove, leyden_document_get_flow (document), "outer");
    g_assert_true (leyden_document_edit (document, remove, NULL));
  }
  g_assert_false (set_title (view, "leaf", "Three", NULL));
  leyden_document_close (document, TRUE);
}

/* Two bodies may have the same ids: what is typed in the one does not join what was typed in the other. */
static void
test_joins (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const outer[] = { "outer", NULL };
  g_autoptr(LeydenDocument) document = new_document (fixture);
  g_autoptr(LeydenDocument) inside = leyden_document_open_body (document, outer);
  LeydenEdit *copy = leyden_edit_new ("Same id");

  leyden_edit_add_node (copy, "plain", "t", "", 0, 0, NULL);
  g_assert_true (leyden_document_edit (inside, copy, NULL));
  g_assert_true (set_title (document, "plain", "A", "title:plain"));
  g_assert_true (set_title (document, "plain", "AB", "title:plain"));
  g_assert_true (set_title (inside, "plain", "C", "title:plain"));
  g_assert_true (leyden_document_undo (document, NULL));
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (leyden_document_get_flow (document), "plain")), ==, "AB");
  g_assert_true (leyden_document_undo (document, NULL));
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (leyden_document_get_flow (document), "plain")), ==, "");
  leyden_document_close (document, TRUE);
}

static void
recovered_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(LeydenDocument **) data = leyden_document_recover_finish (result, &error);
  g_assert_no_error (error);
}

/* Unsaved edits inside come back, and can be undone. */
static void
test_recover (Fixture       *fixture,
              gconstpointer  data)
{
  LeydenDocument *document = new_document (fixture);
  g_autoptr(LeydenDocument) view = leyden_document_open_body (document, deep);
  g_autoptr(LeydenDocument) recovered = NULL;
  g_autofree char *before = dup_text (leyden_document_get_flow (document));
  g_autofree char *undone = NULL;

  g_assert_true (set_title (view, "leaf", "Safe", NULL));
  g_clear_object (&view);
  leyden_document_close (document, FALSE);
  g_object_unref (document);
  leyden_document_recover_async (fixture->folder, "doc", NULL, recovered_cb, &recovered);
  while (recovered == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_find_path (leyden_document_get_flow (recovered), "outer/inner/leaf", NULL)), ==, "Safe");
  g_assert_true (leyden_document_undo (recovered, NULL));
  undone = dup_text (leyden_document_get_flow (recovered));
  g_assert_cmpstr (undone, ==, before);
  leyden_document_close (recovered, TRUE);
}

/* --- hostile files --- */

static void
refuse (const char *text,
        int         code,
        const char *where)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "test", &error);

  g_assert_null (flow);
  g_assert_error (error, LEYDEN_FLOW_ERROR, code);
  g_assert_nonnull (strstr (error->message, where));
}

static void
test_hostile_shapes (void)
{
  refuse ("{\"leyden\":1,\"id\":\"x\",\"nodes\":[{\"id\":\"a\",\"type\":\"map\",\"flow\":[]}]}", LEYDEN_FLOW_ERROR_FORMAT, "/nodes/0/flow");
  refuse ("{\"leyden\":1,\"id\":\"x\",\"nodes\":[{\"id\":\"a\",\"type\":\"map\",\"flow\":{\"nodes\":{}}}]}", LEYDEN_FLOW_ERROR_FORMAT,
          "/nodes/0/flow/nodes");
  refuse ("{\"leyden\":1,\"id\":\"x\",\"nodes\":[{\"id\":\"a\",\"type\":\"map\",\"flow\":{\"nodes\":[{\"id\":\"b\",\"type\":\"map\","
          "\"flow\":{\"nodes\":[{\"id\":\"c\"}]}}]}}]}", LEYDEN_FLOW_ERROR_FORMAT, "/nodes/0/flow/nodes/0/flow/nodes/0");
  refuse ("{\"leyden\":1,\"id\":\"x\",\"nodes\":[{\"id\":\"a\",\"type\":\"map\",\"flow\":{\"edges\":[{\"id\":\"e\"}]}}]}",
          LEYDEN_FLOW_ERROR_FORMAT, "/nodes/0/flow/edges/0");
}

static char *
make_deep (guint depth)
{
  GString *text = g_string_new ("{\"leyden\":1,\"id\":\"x\",\"nodes\":[");

  for (guint i = 0; i < depth; i++)
    g_string_append (text, "{\"id\":\"c\",\"type\":\"subflow\",\"flow\":{\"nodes\":[");
  g_string_append (text, "{\"id\":\"leaf\",\"type\":\"t\"}");
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "],\"edges\":[]}}");
  g_string_append (text, "]}");
  return g_string_free (text, FALSE);
}

/* As deep as JSON may be is read, edited and written; deeper is no file. */
static void
test_hostile_depth (void)
{
  g_autofree char *deepest = make_deep (66);
  g_autofree char *too_deep = make_deep (67);
  g_autoptr(LeydenFlow) flow = parse (deepest);
  g_autoptr(GPtrArray) scope = g_ptr_array_new ();
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Deep");
  g_autoptr(LeydenEdit) back = NULL;
  g_autofree char *before = dup_text (flow);
  g_autofree char *after = NULL;

  for (guint i = 0; i < 66; i++)
    g_ptr_array_add (scope, (char *) "c");
  g_ptr_array_add (scope, NULL);
  leyden_edit_set_scope (edit, (const char * const *) scope->pdata);
  leyden_edit_set_title (edit, "leaf", "There");
  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  back = leyden_edit_invert (edit);
  g_assert_true (leyden_flow_apply (flow, back, NULL));
  after = dup_text (flow);
  g_assert_cmpstr (after, ==, before);
  refuse (too_deep, LEYDEN_FLOW_ERROR_SYNTAX, "deep");
}

/* All nodes count together, wherever they are. */
static void
test_hostile_count (void)
{
  g_autoptr(GString) text = g_string_new ("{\"leyden\":1,\"id\":\"x\",\"nodes\":[{\"id\":\"m\",\"type\":\"map\",\"flow\":{\"nodes\":[");

  for (guint i = 0; i < LEYDEN_FLOW_MAX_NODES - 1; i++)
    g_string_append_printf (text, "%s{\"id\":\"n%u\",\"type\":\"t\"}", i > 0 ? "," : "", i);
  {
    g_autofree char *most = g_strconcat (text->str, "]}}]}", NULL);
    g_autofree char *more = g_strconcat (text->str, "]}},{\"id\":\"one\",\"type\":\"t\"}]}", NULL);
    g_autoptr(LeydenFlow) flow = parse (most);
    g_autoptr(LeydenEdit) edit = leyden_edit_new ("One more");
    g_autoptr(LeydenValue) body = leyden_json_parse ("{\"nodes\":[{\"id\":\"a\",\"type\":\"t\"}],\"edges\":[]}", -1, NULL, NULL);

    g_assert_cmpuint (leyden_flow_count_nodes (flow), ==, LEYDEN_FLOW_MAX_NODES);
    leyden_edit_add_node (edit, "c", "subflow", "", 0, 0, NULL);
    leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, "c", (const char * const[]) { "flow", NULL }, body);
    g_assert_false (leyden_flow_apply (flow, edit, NULL));
    refuse (more, LEYDEN_FLOW_ERROR_LIMIT, "100001");
  }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/body/read", test_read);
  g_test_add_func ("/body/collapse", test_collapse);
  g_test_add_func ("/body/canonical", test_canonical);
  g_test_add_func ("/body/hash", test_hash);
  g_test_add_func ("/body/edit-and-back", test_edit_and_back);
  g_test_add_func ("/body/all-or-nothing", test_all_or_nothing);
  g_test_add_func ("/body/orphans", test_orphans);
  g_test_add ("/body/document/view", Fixture, NULL, set_up, test_view, tear_down);
  g_test_add ("/body/document/joins", Fixture, NULL, set_up, test_joins, tear_down);
  g_test_add ("/body/document/recover", Fixture, NULL, set_up, test_recover, tear_down);
  g_test_add_func ("/hostile/W07/body-shapes", test_hostile_shapes);
  g_test_add_func ("/hostile/W06/body-depth", test_hostile_depth);
  g_test_add_func ("/hostile/W18/body-count", test_hostile_count);
  return g_test_run ();
}
