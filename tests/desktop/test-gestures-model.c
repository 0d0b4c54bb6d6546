/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What gestures decide, without a display: which node fits a wire, what a file is, what converts, what a stroke crosses. */
#include "config.h"

#include "leyden-canvas-reach.h"
#include "leyden-catalog.h"
#include "leyden-check.h"
#include "leyden-conversion.h"
#include "leyden-curve.h"
#include "leyden-file-kind.h"
#include "leyden-insert-choices.h"

/* --- choices --- */

static const LeydenInsertChoice *
get (GPtrArray *list,
     guint      i)
{
  g_assert_cmpuint (i, <, list->len);
  return g_ptr_array_index (list, i);
}

static void
test_choices_plain (void)
{
  LeydenCatalog *catalog = leyden_catalog_get_default ();
  g_autoptr(GPtrArray) types = leyden_catalog_list (catalog);
  g_autoptr(LeydenInsertChoices) choices = leyden_insert_choices_new (catalog, NULL);
  g_autoptr(GPtrArray) all = leyden_insert_choices_search (choices, "");
  g_autoptr(GPtrArray) some = leyden_insert_choices_search (choices, "model call");
  g_autoptr(GPtrArray) none = leyden_insert_choices_search (choices, "zzz");

  g_assert_cmpuint (all->len, ==, types->len);
  g_assert_cmpstr (get (some, 0)->type->type, ==, "chat");
  g_assert_null (get (some, 0)->port);
  g_assert_cmpuint (none->len, ==, 0);
}

/* Every choice keeps what it promises: its port takes the wire as it says. */
static void
test_choices_wire (void)
{
  LeydenCatalog *catalog = leyden_catalog_get_default ();

  for (int type = 0; type < LEYDEN_N_PORT_TYPES; type++)
    for (int output = 0; output < 2; output++)
      {
        LeydenInsertWire wire = { .type = (LeydenPortType) type, .from_output = output };
        g_autoptr(LeydenInsertChoices) choices = leyden_insert_choices_new (catalog, &wire);
        g_autoptr(GPtrArray) list = leyden_insert_choices_search (choices, "");
        LeydenInsertFit last = LEYDEN_INSERT_EXACT;

        for (guint i = 0; i < list->len; i++)
          {
            const LeydenInsertChoice *choice = get (list, i);
            LeydenConversion conversion = output ? leyden_port_type_convert (wire.type, choice->port_type, NULL, NULL)
                                                 : leyden_port_type_convert (choice->port_type, wire.type, NULL, NULL);

            g_assert_nonnull (choice->port);
            g_assert_cmpint (choice->fit, >=, last);
            last = choice->fit;
            g_assert_cmpint (conversion, ==, choice->fit == LEYDEN_INSERT_EXACT ? LEYDEN_CONVERSION_SAME
                                             : choice->fit == LEYDEN_INSERT_SILENT ? LEYDEN_CONVERSION_SILENT : LEYDEN_CONVERSION_OFFERED);
            g_assert_true ((choice->converter != NULL) == (choice->fit == LEYDEN_INSERT_CONVERTS));
          }
        if (type == LEYDEN_PORT_TEXT)
          g_assert_cmpuint (list->len, >, 5);
      }
}

/* Into a wire: both ends must fit, without a conversion. */
static void
test_choices_into (void)
{
  LeydenInsertWire wire = { .type = LEYDEN_PORT_TEXT, .from_output = TRUE, .has_far = TRUE, .far = LEYDEN_PORT_TEXT };
  g_autoptr(LeydenInsertChoices) choices = leyden_insert_choices_new (leyden_catalog_get_default (), &wire);

  g_assert_cmpstr (leyden_insert_choices_find (choices, "chat")->far_port, ==, "text");
  g_assert_null (leyden_insert_choices_find (choices, "calculator"));
  g_assert_null (leyden_insert_choices_find (choices, "constant"));
  g_assert_null (leyden_insert_choices_find (choices, "no such type"));
}

/* --- conversions --- */

/* Each way makes a flow that checks without an error of its own. */
static void
test_ways (void)
{
  LeydenCatalog *catalog = leyden_catalog_get_default ();
  guint n = 0;

  for (int from = 0; from < LEYDEN_N_PORT_TYPES; from++)
    for (int to = 0; to < LEYDEN_N_PORT_TYPES; to++)
      {
        g_autoptr(GPtrArray) ways = leyden_conversion_list_ways ((LeydenPortType) from, (LeydenPortType) to);
        const char *named = NULL;
        LeydenConversion conversion = leyden_port_type_convert ((LeydenPortType) from, (LeydenPortType) to, NULL, &named);

        /* There is a way exactly where one is offered, and the first is by the node that the offer names. */
        g_assert_true ((ways->len > 0) == (conversion == LEYDEN_CONVERSION_OFFERED));
        if (ways->len > 0)
          g_assert_cmpstr (leyden_conversion_get_type (g_ptr_array_index (ways, 0)), ==, named);
        for (guint i = 0; i < ways->len; i++, n++)
          {
            const LeydenConversionWay *way = g_ptr_array_index (ways, i);
            g_autoptr(LeydenFlow) flow = leyden_flow_new ();
            g_autoptr(LeydenEdit) edit = leyden_edit_new ("");
            g_autoptr(GPtrArray) inputs = NULL;
            g_autoptr(GPtrArray) outputs = NULL;
            g_autoptr(GPtrArray) problems = NULL;
            g_autoptr(GError) error = NULL;
            LeydenNode *node;
            const LeydenPort *in, *out;

            leyden_conversion_add_node (way, edit, "aaaaaaaa", 0, 0);
            g_assert_true (leyden_flow_apply (flow, edit, &error));
            g_assert_no_error (error);
            node = leyden_flow_get_node (flow, "aaaaaaaa");
            inputs = leyden_node_types_dup_inputs (LEYDEN_NODE_TYPES (catalog), node);
            outputs = leyden_node_types_dup_outputs (LEYDEN_NODE_TYPES (catalog), node);
            in = leyden_ports_find (inputs, leyden_conversion_get_input (way));
            out = leyden_ports_find (outputs, leyden_conversion_get_output (way));
            g_assert_nonnull (in);
            g_assert_nonnull (out);
            g_assert_cmpint (leyden_port_type_convert ((LeydenPortType) from, in->type, NULL, NULL), <=, LEYDEN_CONVERSION_SILENT);
            g_assert_cmpint (leyden_port_type_convert (out->type, (LeydenPortType) to, NULL, NULL), <=, LEYDEN_CONVERSION_SILENT);
            problems = leyden_flow_check (flow, LEYDEN_NODE_TYPES (catalog));
            for (guint k = 0; k < problems->len; k++)
              {
                const LeydenProblem *problem = g_ptr_array_index (problems, k);

                /* Its expression, pattern and path are in order; that nothing is wired to it yet is no fault of it. */
                if (g_strcmp0 (problem->id, "aaaaaaaa") == 0 && problem->severity == LEYDEN_PROBLEM_ERROR)
                  g_assert_cmpstr (problem->port, ==, in->name);
              }
          }
      }
  g_assert_cmpuint (n, >=, 30);
}

/* --- strokes and loops --- */

static void
test_crosses (void)
{
  LeydenCurve curve = leyden_curve_between (GRAPHENE_POINT_INIT (0, 0), GRAPHENE_POINT_INIT (400, 100));
  graphene_point_t middle = leyden_curve_get_point (&curve, 0.5);

  g_assert_true (leyden_curve_crosses (&curve, GRAPHENE_POINT_INIT (middle.x, middle.y - 5), GRAPHENE_POINT_INIT (middle.x, middle.y + 5)));
  g_assert_true (leyden_curve_crosses (&curve, GRAPHENE_POINT_INIT (200, -1000), GRAPHENE_POINT_INIT (200, 1000)));
  g_assert_false (leyden_curve_crosses (&curve, GRAPHENE_POINT_INIT (middle.x, middle.y + 5), GRAPHENE_POINT_INIT (middle.x, middle.y + 50)));
  g_assert_false (leyden_curve_crosses (&curve, GRAPHENE_POINT_INIT (500, -1000), GRAPHENE_POINT_INIT (500, 1000)));
  g_assert_false (leyden_curve_crosses (&curve, middle, middle));
}

/* A chain a → b → c with c beside: what is looked up once says the same as what is looked up anew, in any order of questions. */
static void
test_reach (void)
{
  LeydenCanvasNode nodes[4] = { 0 };
  LeydenCanvasEdge edges[2] = { { .source = &nodes[0], .target = &nodes[1] }, { .source = &nodes[1], .target = &nodes[2] } };
  LeydenCanvasReach reach = { NULL, };
  static const gboolean loops[4][4] = {
    /* from row to column: does the column lead to the row already? */
    { TRUE, FALSE, FALSE, FALSE }, { TRUE, TRUE, FALSE, FALSE }, { TRUE, TRUE, TRUE, FALSE }, { FALSE, FALSE, FALSE, TRUE },
  };

  for (guint i = 0; i < 4; i++)
    nodes[i].edges = g_ptr_array_new ();
  for (guint i = 0; i < 2; i++)
    {
      g_ptr_array_add (edges[i].source->edges, &edges[i]);
      g_ptr_array_add (edges[i].target->edges, &edges[i]);
    }
  for (guint round = 0; round < 2; round++)
    for (guint a = 0; a < 4; a++)
      for (guint b = 0; b < 4; b++)
        {
          guint source = round == 0 ? a : b, target = round == 0 ? b : a;

          g_assert_cmpint (leyden_canvas_reach_closes_loop (&reach, &nodes[source], &nodes[target], NULL), ==, loops[source][target]);
        }
  /* Without the wire that is being taken away there is no way back. */
  g_assert_true (leyden_canvas_reach_closes_loop (&reach, &nodes[2], &nodes[0], NULL));
  g_assert_false (leyden_canvas_reach_closes_loop (&reach, &nodes[2], &nodes[0], &edges[0]));
  g_assert_true (leyden_canvas_reach_closes_loop (&reach, &nodes[2], &nodes[0], NULL));
  leyden_canvas_reach_forget (&reach);
  for (guint i = 0; i < 4; i++)
    g_ptr_array_unref (nodes[i].edges);
}

/* --- files --- */

static void
test_file_kinds (void)
{
  static const struct
  {
    const char     *name;
    const char     *head;
    gsize           length;     /* 0: to the end of the text */
    LeydenFileKind  kind;
    const char     *mime;
  } cases[] = {
    { "a.leyden", "{\n  \"leyden\": 1,", 0, LEYDEN_FILE_FLOW, NULL },
    { "broken.leyden", "garbage", 0, LEYDEN_FILE_FLOW, NULL },          /* opening says what is wrong */
    { "a.json", "  {\"id\": \"x\", \"leyden\" : 1}", 0, LEYDEN_FILE_FLOW, NULL },
    { "a.json", "{\n\"leyden-rollout\": 1, \"row\": {}", 0, LEYDEN_FILE_ROLLOUT, NULL },
    { "a.txt", "{\"leyden_fragment\":1,\"nodes\":[]}", 0, LEYDEN_FILE_FRAGMENT, NULL },
    { "A.CSV", "a,b\n1,2\n", 0, LEYDEN_FILE_DATASET, NULL },
    { "a.jsonl", "{\"leyden\": 1}\n", 0, LEYDEN_FILE_DATASET, NULL },
    { "a.ndjson", "{}", 0, LEYDEN_FILE_DATASET, NULL },
    { "a.json", "[{\"a\": 1}]", 0, LEYDEN_FILE_OTHER_JSON, NULL },
    { "a.json", "{\"a\": \"leyden\"}", 0, LEYDEN_FILE_OTHER_JSON, NULL },
    { "a.json", "[\"leyden\"]", 0, LEYDEN_FILE_OTHER_JSON, NULL },
    { "a.csv", "", 0, LEYDEN_FILE_EMPTY, NULL },
    { "a.bin", "\x89PNG\r\n\x1a\n....", 0, LEYDEN_FILE_IMAGE, "image/png" },
    { "a.png", "\xff\xd8\xff\xe0", 0, LEYDEN_FILE_IMAGE, "image/jpeg" },
    { "a", "GIF89a", 0, LEYDEN_FILE_IMAGE, "image/gif" },
    { "a.webp", "RIFF\0\0\0\0WEBP", 12, LEYDEN_FILE_IMAGE, "image/webp" },
    { "a.wav", "RIFF\0\0\0\0WAVE", 12, LEYDEN_FILE_OTHER, NULL },
    { "a.png", "not a picture", 0, LEYDEN_FILE_OTHER_IMAGE, NULL },
    { "a.svg", "<svg/>", 0, LEYDEN_FILE_OTHER_IMAGE, NULL },
    { "a.txt", "hello", 0, LEYDEN_FILE_OTHER, NULL },
    { "\xff\xfe.csv", "\xff\xfe\0\0", 4, LEYDEN_FILE_DATASET, NULL },
    { "a", "{\0\"leyden\":1", 12, LEYDEN_FILE_OTHER_JSON, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *mime = NULL;
      gsize length = cases[i].length > 0 ? cases[i].length : strlen (cases[i].head);

      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (leyden_file_kind_find (cases[i].name, (const guint8 *) cases[i].head, length, &mime), ==, cases[i].kind);
      g_assert_cmpstr (mime, ==, cases[i].mime);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gestures/model/choices/plain", test_choices_plain);
  g_test_add_func ("/gestures/model/choices/wire", test_choices_wire);
  g_test_add_func ("/gestures/model/choices/into", test_choices_into);
  g_test_add_func ("/gestures/model/conversions", test_ways);
  g_test_add_func ("/gestures/model/crosses", test_crosses);
  g_test_add_func ("/gestures/model/reach", test_reach);
  g_test_add_func ("/gestures/model/file-kinds", test_file_kinds);
  return g_test_run ();
}
