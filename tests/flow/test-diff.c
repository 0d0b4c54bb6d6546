/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document-helpers.h"

#include <string.h>

#include "leyden-flow-diff.h"
#include "random-edits.h"

/* Two states of a flow: the edit between them, and what is said of it. */

static LeydenFlow *
parse (const char *text)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "test", &error);

  g_assert_no_error (error);
  return flow;
}

#define A "{\"id\":\"a\",\"type\":\"chat\",\"title\":\"Classify\",\"position\":{\"x\":1,\"y\":1},\"parameters\":{\"prompt\":\"p\",\"model\":\"m\"}}"
#define B "{\"id\":\"b\",\"type\":\"output\"}"
#define E "{\"id\":\"e\",\"source\":\"a\",\"source_port\":\"x\",\"target\":\"b\",\"target_port\":\"y\"}"
#define FLOW(nodes, edges, rest) "{\"leyden\":1,\"id\":\"f\",\"nodes\":[" nodes "],\"edges\":[" edges "]" rest "}"

static void
test_summary (void)
{
  static const struct { const char *to, *text; } cases[] = {
    { FLOW (A "," B, E, ""), "No changes" },
    { FLOW (A "," B ",{\"id\":\"c\",\"type\":\"t\"},{\"id\":\"d\",\"type\":\"t\"}", E, ""), "2 nodes added" },
    { FLOW (A, "", ""), "1 node removed, 1 wire removed" },
    { FLOW ("{\"id\":\"a\",\"type\":\"chat\",\"title\":\"Classify\",\"position\":{\"x\":1,\"y\":1},\"parameters\":{\"prompt\":\"q\",\"model\":\"m\"}}," B, E, ""),
      "prompt of Classify changed" },
    { FLOW ("{\"id\":\"a\",\"type\":\"chat\",\"title\":\"Classify\",\"position\":{\"x\":1,\"y\":1},\"parameters\":{\"model\":\"m\",\"new\":1}}," B, E, ""),
      "Classify changed" },
    { FLOW ("{\"id\":\"a\",\"type\":\"chat\",\"title\":\"Sort\",\"position\":{\"x\":1,\"y\":1},\"parameters\":{\"prompt\":\"p\",\"model\":\"m\"}}," B, E, ""),
      "Classify renamed to Sort" },
    { FLOW ("{\"id\":\"a\",\"type\":\"chat\",\"title\":\"Classify\",\"position\":{\"x\":2,\"y\":1},\"parameters\":{\"prompt\":\"p\",\"model\":\"m\"}}," B, E, ""),
      "1 node moved" },
    { FLOW ("{\"id\":\"a\",\"type\":\"chat\",\"title\":\"X\"},{\"id\":\"b\",\"type\":\"output\",\"title\":\"Y\"}", E, ""), "2 nodes changed" },
    { FLOW (A "," B, E, ",\"title\":\"New\""), "Properties of the flow changed" },
    { FLOW (A "," B, E, ",\"notes\":[{\"id\":\"n\",\"text\":\"T\"}]"), "1 note changed" },
  };
  g_autoptr(LeydenFlow) from = parse (FLOW (A "," B, E, ""));

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenFlow) to = parse (cases[i].to);
      g_autofree char *text = leyden_flow_summarize (from, to, NULL);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* What changes in a container counts like the rest, and is not counted twice. */
static void
test_summary_of_body (void)
{
  g_autoptr(LeydenFlow) from = parse (FLOW ("{\"id\":\"m\",\"type\":\"map\",\"flow\":{\"nodes\":[" A "],\"edges\":[]}}", "", ""));
  g_autoptr(LeydenFlow) to = parse (FLOW ("{\"id\":\"m\",\"type\":\"map\",\"flow\":{\"nodes\":[" A "," B "],\"edges\":[]}}", "", ""));
  g_autofree char *text = leyden_flow_summarize (from, to, NULL);

  g_assert_cmpstr (text, ==, "1 node added");
}

/* From any state to any other one: byte for byte, and back by undo. */
static void
test_diff (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = load_good (fixture);
  g_autoptr(GPtrArray) states = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 400; i++)
    {
      leyden_document_edit (document, random_edit (document, 7, i), &error);
      g_assert_no_error (error);
      if (i % 40 == 0)
        g_ptr_array_add (states, content (document));
    }
  for (guint i = 0; i < states->len; i++)
    {
      const char *wanted = g_ptr_array_index (states, (i * 7) % states->len);
      g_autoptr(LeydenFlow) to = parse (wanted);
      g_autofree char *before = content (document);
      g_autofree char *after = NULL;
      g_autofree char *back = NULL;

      if (g_str_equal (before, wanted))
        continue;
      leyden_document_edit (document, leyden_flow_diff (leyden_document_get_flow (document), to, "Restore"), &error);
      g_assert_no_error (error);
      after = content (document);
      g_assert_cmpstr (after, ==, wanted);
      undo (document);
      back = content (document);
      g_assert_cmpstr (back, ==, before);
      redo (document);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diff/summary", test_summary);
  g_test_add_func ("/diff/summary-of-body", test_summary_of_body);
  g_test_add ("/diff/any", Fixture, NULL, set_up, test_diff, tear_down);
  return g_test_run ();
}
