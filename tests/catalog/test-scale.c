/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-catalog.h"
#include "leyden-check.h"
#include "leyden-document.h"

#include <glib/gstdio.h>
#include <time.h>
#include "leyden-json.h"

/* Ten thousand nodes: byte-stable, checked, edited. Times are printed and decide nothing. */

#define N_NODES 10000

static GBytes *
make_file (void)
{
  GString *text = g_string_new ("{\"leyden\":1,\"id\":\"big\",\"nodes\":[");

  for (guint i = 0; i < N_NODES; i++)
    g_string_append_printf (text, "%s{\"id\":\"n%05u\",\"type\":\"%s\",\"title\":\"Node %u\",\"position\":{\"x\":%u,\"y\":%u.5}%s}", i > 0 ? "," : "", i,
                            i == 0 ? "input" : i == N_NODES - 1 ? "output" : "prompt", i, i % 100 * 250, i / 100 * 150,
                            i == 0 || i == N_NODES - 1 ? "" : ",\"parameters\":{\"template\":\"Go on from {{ before }} and {{ question }}\"}");
  g_string_append (text, "],\"edges\":[");
  for (guint i = 1; i < N_NODES; i++)
    {
      g_string_append_printf (text, "%s{\"id\":\"e%05u\",\"source\":\"n%05u\",\"source_port\":\"%s\",\"target\":\"n%05u\",\"target_port\":\"%s\"}",
                              i > 1 ? "," : "", i, i - 1, i == 1 ? "question" : "text", i, i == N_NODES - 1 ? "result" : "before");
      if (i < N_NODES - 1)
        g_string_append_printf (text, ",{\"id\":\"q%05u\",\"source\":\"n00000\",\"source_port\":\"question\",\"target\":\"n%05u\",\"target_port\":\"question\"}",
                                i, i);
    }
  g_string_append (text, "]}");
  return g_string_free_to_bytes (text);
}

/* Time of the processor, for the machine may have other things to do. */
static gint64
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
tell (const char *what,
      gint64      since,
      guint       n)
{
  g_test_message ("%s: %.1f us", what, (double) (now () - since) / n);
}

static LeydenFlow *
parse (GBytes *bytes)
{
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "big", &error);

  g_assert_no_error (error);
  return flow;
}

static void
test_round (void)
{
  g_autoptr(GBytes) made = make_file ();
  g_autoptr(LeydenFlow) first = parse (made);
  g_autoptr(GBytes) canonical = leyden_flow_serialize (first);
  gint64 start = now ();
  g_autoptr(LeydenFlow) second = parse (canonical);
  g_autoptr(GBytes) again = NULL;

  tell ("load", start, 1);
  start = now ();
  again = leyden_flow_serialize (second);
  tell ("save", start, 1);
  g_test_message ("%" G_GSIZE_FORMAT " bytes", g_bytes_get_size (again));
  g_assert_cmpuint (leyden_flow_get_n_nodes (second), ==, N_NODES);
  g_assert_true (g_bytes_equal (canonical, again));
}

static void
test_check (void)
{
  g_autoptr(GBytes) made = make_file ();
  g_autoptr(LeydenFlow) flow = parse (made);
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  gint64 start = now ();
  g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types);
  g_autoptr(LeydenFlowOrder) order = NULL;

  tell ("check", start, 1);
  /* No reward; nothing else. */
  g_assert_cmpuint (problems->len, ==, 1);
  start = now ();
  order = leyden_flow_order_new (flow, types);
  tell ("order", start, 1);
  g_assert_cmpint (leyden_flow_order_get_rank (order, "n09999"), ==, N_NODES - 1);
  g_assert_cmpuint (leyden_flow_order_get_nodes (order)->len, ==, N_NODES);
}

static void
test_edits (void)
{
  g_autoptr(GBytes) made = make_file ();
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("leyden-scale-XXXXXX", NULL);
  g_autoptr(LeydenDocument) document = leyden_document_new_from_bytes (folder, made, "big", FALSE, &error);
  gint64 start = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < 500; i++)
    {
      LeydenEdit *edit = leyden_edit_new ("Move");
      g_autofree char *id = g_strdup_printf ("n%05u", i * 17 % N_NODES);

      if (i == 1)
        start = now ();
      leyden_edit_move_node (edit, id, (float) i, 5);
      g_assert_true (leyden_document_edit (document, edit, NULL));
    }
  tell ("edit", start, 499);
  start = now ();
  for (guint i = 0; i < 500; i++)
    g_assert_true (leyden_document_undo (document, NULL));
  tell ("undo", start, 500);
  g_assert_false (leyden_document_is_modified (document));
  leyden_document_close (document, TRUE);
  {
    g_autofree char *journal = g_build_filename (folder, "journal", NULL);

    g_assert_cmpint (g_remove (journal), ==, 0);
    g_assert_cmpint (g_remove (folder), ==, 0);
  }
}

/* One node with ten thousand wires: taking it out and back is one edit. */
static void
test_hub (void)
{
  g_autoptr(GBytes) made = make_file ();
  g_autoptr(LeydenFlow) flow = parse (made);
  g_autoptr(GBytes) before = leyden_flow_serialize (flow);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Remove");
  g_autoptr(LeydenEdit) back = NULL;
  g_autoptr(GBytes) after = NULL;
  gint64 start = now ();

  leyden_edit_remove_node (edit, flow, "n00000");
  g_assert_cmpuint (leyden_edit_get_n_changes (edit), ==, N_NODES);
  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  back = leyden_edit_invert (edit);
  g_assert_true (leyden_flow_apply (flow, back, NULL));
  tell ("remove a hub and back", start, 1);
  after = leyden_flow_serialize (flow);
  g_assert_true (g_bytes_equal (before, after));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scale/round", test_round);
  g_test_add_func ("/scale/check", test_check);
  g_test_add_func ("/scale/edits", test_edits);
  g_test_add_func ("/scale/hub", test_hub);
  return g_test_run ();
}
