/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-catalog.h"
#include "leyden-json.h"
#include "leyden-permission.h"

static char *folder;

static LeydenValue *
make_what (const char *program)
{
  g_autofree char *text = g_strdup_printf ("{\"kind\": \"command\", \"program\": \"%s\", \"arguments\": [\"a\"]}", program);

  return leyden_json_parse (text, -1, NULL, NULL);
}

static char *
make_path (const char *name)
{
  return g_build_filename (folder, name, "leyden", "approved.json", NULL);
}

static void
write_file (const char *path,
            const char *text,
            int         mode)
{
  g_autofree char *parent = g_path_get_dirname (path);

  g_mkdir_with_parents (parent, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
}

static void
grant (LeydenApprovals *approvals,
       LeydenValue     *what)
{
  g_autoptr(GError) error = NULL;

  leyden_approvals_grant (approvals, what, "Node", FALSE, &error);
  g_assert_no_error (error);
}

static void
test_kept (void)
{
  g_autofree char *path = make_path ("kept");
  g_autoptr(LeydenApprovals) a = leyden_approvals_new (path);
  g_autoptr(LeydenApprovals) b = leyden_approvals_new (path);
  g_autoptr(LeydenValue) one = make_what ("/usr/bin/one");
  g_autoptr(LeydenValue) two = make_what ("/usr/bin/two");
  g_autofree char *first = leyden_json_hash (one);
  g_autofree char *second = leyden_json_hash (two);
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(GError) error = NULL;
  struct stat info;
  guint n = 0;

  g_assert_false (leyden_approvals_has (a, first));
  g_assert_null (leyden_approvals_get_error (a));
  grant (a, one);
  grant (b, two);
  grant (b, two);
  g_assert_true (leyden_approvals_has (a, first) && leyden_approvals_has (a, second));
  g_assert_false (leyden_approvals_has_unsandboxed (a, first));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  list = leyden_approvals_list (a, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (leyden_value_get_size (list), ==, 2);
  g_assert_true (leyden_value_equal (leyden_value_get_member (leyden_value_get_item (list, 0), "what"), one));

  /* A prefix that is too short would take back more than is meant. */
  g_assert_false (leyden_approvals_revoke (a, "a", &n, NULL));
  g_assert_false (leyden_approvals_revoke (a, "../../../x", &n, NULL));
  first[12] = '\0';
  g_assert_true (leyden_approvals_revoke (a, first, &n, &error));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (leyden_approvals_revoke (a, first, &n, &error));
  g_assert_cmpuint (n, ==, 0);
  g_assert_true (leyden_approvals_has (b, second));
  leyden_approvals_grant (b, two, "Node", TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_approvals_has_unsandboxed (a, second));
}

static void
test_session (void)
{
  g_autofree char *path = make_path ("session");
  g_autoptr(LeydenApprovals) a = leyden_approvals_new (path);
  g_autoptr(LeydenApprovals) b = leyden_approvals_new (path);

  leyden_approvals_grant_session (a, "abc");
  g_assert_true (leyden_approvals_has (a, "abc"));
  g_assert_false (leyden_approvals_has (b, "abc"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Files that nobody may have approved anything with. */
static void
test_hostile (void)
{
  g_autoptr(LeydenValue) what = make_what ("/usr/bin/one");
  g_autofree char *hash = leyden_json_hash (what);
  g_autofree char *inner = leyden_json_write (what, LEYDEN_JSON_COMPACT);
  g_autofree char *good = g_strdup_printf ("{\"leyden_approvals\": 1, \"approved\": [{\"hash\": \"%s\", \"what\": %s}]}", hash, inner);
  g_autofree char *forged = g_strdup_printf ("{\"leyden_approvals\": 1, \"approved\": [{\"hash\": \"%s\", \"what\": {\"kind\": \"command\"}}]}", hash);
  g_autofree char *newer = g_strdup_printf ("{\"leyden_approvals\": 2, \"approved\": [{\"hash\": \"%s\", \"what\": %s}]}", hash, inner);
  g_autofree char *deep = g_strnfill (100000, '[');
  g_autofree char *big = g_strnfill (5 * 1024 * 1024, ' ');
  const struct { const char *name; const char *text; int mode; gboolean error; gboolean has; } cases[] = {
    { "good", good, 0600, FALSE, TRUE },        { "group", good, 0640, TRUE, FALSE },      { "others", good, 0602, TRUE, FALSE },
    { "executable", good, 0700, TRUE, FALSE },     { "forged", forged, 0600, FALSE, FALSE },  { "newer", newer, 0600, TRUE, FALSE },
    { "empty", "", 0600, TRUE, FALSE },         { "list", "[]", 0600, TRUE, FALSE },       { "no-list", "{\"leyden_approvals\": 1}", 0600, TRUE, FALSE },
    { "entries", "{\"leyden_approvals\": 1, \"approved\": [1, null, {\"hash\": 3, \"what\": {}}, {\"what\": {}}]}", 0600, FALSE, FALSE },
    { "deep", deep, 0600, TRUE, FALSE },        { "big", big, 0600, TRUE, FALSE },         { "twice", "{\"leyden_approvals\": 1, \"leyden_approvals\": 1}", 0600, TRUE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = make_path (cases[i].name);
      g_autoptr(LeydenApprovals) approvals = leyden_approvals_new (path);
      g_autofree char *after = NULL;
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", cases[i].name);
      write_file (path, cases[i].text, cases[i].mode);
      g_assert_cmpint (leyden_approvals_has (approvals, hash), ==, cases[i].has);
      g_assert_cmpint (leyden_approvals_get_error (approvals) != NULL, ==, cases[i].error);
      /* What cannot be trusted is not written over either. */
      g_assert_cmpint (leyden_approvals_grant (approvals, what, "x", FALSE, &error), ==, !cases[i].error);
      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      if (cases[i].error)
        {
          g_assert_error (error, LEYDEN_APPROVAL_ERROR, LEYDEN_APPROVAL_ERROR_FILE);
          g_assert_cmpstr (after, ==, cases[i].text);
        }
    }
}

static void
test_hostile_places (void)
{
  g_autofree char *folder_path = make_path ("a-folder");
  g_autofree char *fifo_path = make_path ("a-fifo");
  g_autofree char *link_path = make_path ("a-link");
  g_autofree char *target = make_path ("good");
  g_autofree char *parent = g_path_get_dirname (fifo_path);
  g_autofree char *link_parent = g_path_get_dirname (link_path);
  const char *paths[] = { folder_path, fifo_path, link_path };

  g_mkdir_with_parents (folder_path, 0700);
  g_mkdir_with_parents (parent, 0700);
  g_mkdir_with_parents (link_parent, 0700);
  g_assert_cmpint (mkfifo (fifo_path, 0600), ==, 0);
  g_assert_cmpint (symlink (target, link_path), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr(LeydenApprovals) approvals = leyden_approvals_new (paths[i]);
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_approvals_list (approvals, &error));
      g_assert_error (error, LEYDEN_APPROVAL_ERROR, LEYDEN_APPROVAL_ERROR_FILE);
    }
}

/* ---- What is hashed ---- */

static LeydenPermission *
make (const char *kind,
      const char *parameters)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (parameters, -1, NULL, NULL);
  g_autoptr(GError) error = NULL;
  LeydenPermission *permission = leyden_permission_new (kind, value, &error);

  g_assert_no_error (error);
  return permission;
}

static void
test_hash_covers (void)
{
  static const char * const commands[] = {
    "{\"program\": \"cat\"}",
    "{\"program\": \"ls\"}",
    "{\"program\": \"cat\", \"arguments\": [\"-\"]}",
    "{\"program\": \"cat\", \"arguments\": [\"-\", \"-\"]}",
    "{\"program\": \"cat\", \"arguments\": [\"- -\"]}",
    "{\"program\": \"cat\", \"environment\": [\"TERM\"]}",
    "{\"program\": \"cat\", \"network\": true}",
  };
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(LeydenPermission) script = make ("python", "{\"script\": \"result = 1\"}");
  g_autoptr(LeydenPermission) other = make ("python", "{\"script\": \"result = 2\"}");
  g_autoptr(LeydenPermission) a = make ("command", "{\"program\": \"cat\", \"environment\": [\"A\", \"B\"], \"timeout_s\": 5}");
  g_autoptr(LeydenPermission) b = make ("command", "{\"program\": \"/usr/bin/cat\", \"environment\": [\"B\", \"A\"], \"timeout_s\": 7}");

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr(LeydenPermission) permission = make ("command", commands[i]);

      g_assert_true (g_hash_table_add (seen, g_strdup (permission->hash)));
    }
  g_assert_cmpstr (script->hash, !=, other->hash);
  /* The order of names and limits say nothing about what runs. */
  g_assert_cmpstr (a->hash, ==, b->hash);
}

static void
test_hash_of_program (void)
{
  g_autofree char *path = g_build_filename (folder, "program", NULL);
  g_autofree char *parameters = g_strdup_printf ("{\"program\": \"%s\"}", path);
  g_autofree char *link_path = g_build_filename (folder, "program-link", NULL);
  g_autofree char *link_parameters = g_strdup_printf ("{\"program\": \"%s\"}", link_path);
  g_autoptr(LeydenPermission) before = NULL;
  g_autoptr(LeydenPermission) same = NULL;
  g_autoptr(LeydenPermission) linked = NULL;
  g_autoptr(LeydenPermission) after = NULL;

  write_file (path, "#!/bin/sh\necho 1\n", 0700);
  g_assert_cmpint (symlink (path, link_path), ==, 0);
  before = make ("command", parameters);
  same = make ("command", parameters);
  linked = make ("command", link_parameters);
  g_assert_cmpstr (before->hash, ==, same->hash);
  g_assert_cmpstr (before->hash, ==, linked->hash);
  /* As long as before, and put in its place: it is another program. */
  write_file (path, "#!/bin/sh\necho 2\n", 0700);
  after = make ("command", parameters);
  g_assert_cmpstr (before->hash, !=, after->hash);
}

static void
test_refused (void)
{
  static const char * const bad[] = {
    "{}", "{\"program\": \"\"}", "{\"program\": \"./cat\"}", "{\"program\": \"../bin/cat\"}", "{\"program\": \"no-such-program-here\"}",
    "{\"program\": \"/etc/passwd\"}", "{\"program\": \"/tmp\"}", "{\"program\": \"/dev/zero\"}", "{\"program\": 3}",
    "{\"program\": \"cat\", \"arguments\": \"-n\"}", "{\"program\": \"cat\", \"arguments\": [1]}",
    "{\"program\": \"cat\", \"environment\": [\"LD_PRELOAD\"]}", "{\"program\": \"cat\", \"environment\": [\"PATH\"]}",
    "{\"program\": \"cat\", \"environment\": [\"PYTHONPATH\"]}", "{\"program\": \"cat\", \"environment\": [\"AGL_KEY\"]}",
    "{\"program\": \"cat\", \"environment\": [\"LEYDEN_KEY_OPENAI\"]}", "{\"program\": \"cat\", \"environment\": [\"A=B\"]}",
    "{\"program\": \"cat\", \"environment\": [\"\"]}", "{\"program\": \"cat\", \"environment\": [\"BASH_FUNC_x%%\"]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (bad[i], -1, NULL, NULL);
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_null (leyden_permission_new ("command", value, &error));
      g_assert_nonnull (error);
    }
}

/* Commands inside containers are asked for as well. */
static void
test_in_bodies (void)
{
  static const char text[] =
    "{\"leyden\": 1, \"id\": \"f\", \"nodes\": [{\"id\": \"m\", \"type\": \"map\", \"flow\": {\"nodes\": [{\"id\": \"n\", \"type\": \"loop\", \"flow\":"
    " {\"nodes\": [{\"id\": \"c\", \"type\": \"command\", \"parameters\": {\"program\": \"cat\"}}], \"edges\": []}}], \"edges\": []}},"
    " {\"id\": \"x\", \"type\": \"command\", \"parameters\": {\"program\": \"no-such-program-here\"}}], \"edges\": []}";
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "test", &error);
  g_autoptr(GPtrArray) list = NULL;

  g_assert_no_error (error);
  list = leyden_permissions_of_flow (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpstr (((LeydenPermission *) g_ptr_array_index (list, 0))->node, ==, "c");
}

static void
remove_tree (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      g_remove (child);
    }
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("leyden-approvals-XXXXXX", NULL);
  g_test_add_func ("/approvals/kept", test_kept);
  g_test_add_func ("/approvals/session", test_session);
  g_test_add_func ("/approvals/hostile-file", test_hostile);
  g_test_add_func ("/approvals/hostile-place", test_hostile_places);
  g_test_add_func ("/approvals/hash-covers", test_hash_covers);
  g_test_add_func ("/approvals/hash-of-program", test_hash_of_program);
  g_test_add_func ("/approvals/in-bodies", test_in_bodies);
  g_test_add_func ("/hostile/A37", test_refused);
  status = g_test_run ();
  remove_tree (folder);
  g_rmdir (folder);
  g_free (folder);
  return status;
}
