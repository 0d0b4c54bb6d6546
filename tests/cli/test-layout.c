/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox sandbox;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
}

static LeydenValue *
read_flow (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *value;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  value = leyden_json_parse (text, -1, NULL, &error);
  g_assert_no_error (error);
  return value;
}

static double
get_place (LeydenValue *flow,
           const char  *list,
           const char  *id,
           const char  *key)
{
  LeydenValue *elements = leyden_value_get_member (flow, list);

  for (guint i = 0; i < leyden_value_get_size (elements); i++)
    {
      LeydenValue *element = leyden_value_get_item (elements, i);

      if (g_strcmp0 (leyden_value_get_member_string (element, "id", NULL), id) == 0)
        return leyden_value_get_member_double (leyden_value_get_member (element, key[0] == 'x' || key[0] == 'y' ? "position" : "size"), key, -1e9);
    }
  g_assert_not_reached ();
}

/* Only places change, and the second time nothing does. */
static void
test_sample (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *sample = sample_path (data);
  g_autofree char *once = sandbox_path (&fixture->sandbox, "once.leyden");
  g_autofree char *twice = sandbox_path (&fixture->sandbox, "twice.leyden");
  g_autoptr(Outcome) first = sandbox_run (&fixture->sandbox, "layout", sample, once, NULL);
  g_autoptr(Outcome) second = sandbox_run (&fixture->sandbox, "layout", once, twice, NULL);
  g_autoptr(Outcome) valid = sandbox_run (&fixture->sandbox, "validate", once, NULL);
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  g_assert_cmpint (first->status, ==, 0);
  g_assert_cmpint (second->status, ==, 0);
  g_assert_nonnull (strstr (second->err, "0 nodes moved"));
  g_assert_cmpint (valid->status, ==, 0);
  g_assert_true (g_file_get_contents (once, &a, NULL, NULL) && g_file_get_contents (twice, &b, NULL, NULL));
  g_assert_cmpstr (a, ==, b);
}

#define NODE(id, x, y) "{\"id\": \"" id "\", \"type\": \"transform\", \"position\": {\"x\": " #x ", \"y\": " #y "}}"
#define WIRE(id, from, to) "{\"id\": \"" id "\", \"source\": \"" from "\", \"source_port\": \"result\", \"target\": \"" to "\", \"target_port\": \"value\"}"

/* What is in a frame stays in it, what is outside stays outside, and a note goes with its node. */
static void
test_frames (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *path = sandbox_write (&fixture->sandbox, "in.leyden",
    "{\"leyden\": 1, \"id\": \"f\", \"nodes\": [" NODE ("a", 0, 0) ", " NODE ("b", 900, 500) ", " NODE ("c", 950, 520) ", " NODE ("d", 50, 10)
    "], \"edges\": [" WIRE ("1", "a", "b") ", " WIRE ("2", "b", "c") ", " WIRE ("3", "c", "d") "], \"frames\": [{\"id\": \"round\", \"title\": \"Two\", "
    "\"position\": {\"x\": 850, \"y\": 450}, \"size\": {\"width\": 500, \"height\": 400}}], \"notes\": [{\"id\": \"note\", \"text\": \"N\", "
    "\"position\": {\"x\": 0, \"y\": -120}, \"size\": {\"width\": 100, \"height\": 80}}]}", -1);
  g_autofree char *out = sandbox_path (&fixture->sandbox, "out.leyden");
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "layout", path, out, NULL);
  g_autoptr(LeydenValue) flow = NULL;
  double left, right;

  g_assert_cmpint (outcome->status, ==, 0);
  flow = read_flow (out);
  left = get_place (flow, "frames", "round", "x");
  right = left + get_place (flow, "frames", "round", "width");
  g_assert_cmpfloat (get_place (flow, "nodes", "a", "x"), <, left);
  g_assert_cmpfloat (get_place (flow, "nodes", "b", "x"), >, left);
  g_assert_cmpfloat (get_place (flow, "nodes", "c", "x"), >, get_place (flow, "nodes", "b", "x"));
  g_assert_cmpfloat (get_place (flow, "nodes", "c", "x"), <, right);
  g_assert_cmpfloat (get_place (flow, "nodes", "d", "x"), >, right);
  g_assert_cmpfloat (get_place (flow, "notes", "note", "x") - get_place (flow, "nodes", "a", "x"), ==, 0);
  g_assert_cmpfloat (get_place (flow, "notes", "note", "y") - get_place (flow, "nodes", "a", "y"), ==, -120);
}

static void
test_refusals (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *newer = sandbox_write (&fixture->sandbox, "newer.leyden", "{\"leyden\": 99, \"id\": \"f\", \"nodes\": [], \"edges\": []}", -1);
  g_autofree char *bad = sandbox_write (&fixture->sandbox, "bad.leyden", "{\"leyden\": 1, ", -1);
  g_autofree char *out = sandbox_path (&fixture->sandbox, "out.leyden");
  g_autoptr(Outcome) one = sandbox_run (&fixture->sandbox, "layout", newer, out, NULL);
  g_autoptr(Outcome) two = sandbox_run (&fixture->sandbox, "layout", bad, out, NULL);
  g_autoptr(Outcome) three = sandbox_run (&fixture->sandbox, "layout", "/nonexistent", out, NULL);
  g_autoptr(Outcome) four = sandbox_run (&fixture->sandbox, "layout", bad, NULL);
  g_autofree char *sample = sample_path ("calculator-agent.leyden");
  g_autoptr(Outcome) five = sandbox_run (&fixture->sandbox, "layout", sample, "/nonexistent/out.leyden", NULL);

  g_assert_cmpint (one->status, ==, 1);
  g_assert_nonnull (strstr (one->err, "newer"));
  g_assert_cmpint (two->status, ==, 1);
  g_assert_cmpint (three->status, ==, 3);
  g_assert_cmpint (four->status, ==, 2);
  g_assert_cmpint (five->status, ==, 3);
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function, data) g_test_add (path, Fixture, data, set_up, function, tear_down)
  ADD ("/cli/layout/calculator-agent", test_sample, "calculator-agent.leyden");
  ADD ("/cli/layout/worksheet", test_sample, "worksheet.leyden");
  ADD ("/cli/layout/frames", test_frames, NULL);
  ADD ("/cli/layout/refusals", test_refusals, NULL);
  return g_test_run ();
}
