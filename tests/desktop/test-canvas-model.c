/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>

#include <string.h>

#include "leyden-align.h"
#include "leyden-markdown.h"
#include "leyden-canvas-guides.h"
#include "leyden-canvas-model.h"
#include "leyden-catalog.h"
#include "leyden-selection.h"

/* --- geometry --- */

static void
test_view (void)
{
  LeydenCanvasView view = { 1, 100, 50 };
  graphene_point_t before = leyden_canvas_view_to_world (&view, 300, 200);
  graphene_point_t after;
  graphene_rect_t world = GRAPHENE_RECT_INIT (1000, 1000, 200, 100);

  leyden_canvas_view_zoom (&view, 2, 300, 200);
  after = leyden_canvas_view_to_world (&view, 300, 200);
  g_assert_cmpfloat_with_epsilon (before.x, after.x, 1e-3);
  g_assert_cmpfloat_with_epsilon (before.y, after.y, 1e-3);
  g_assert_cmpfloat (view.scale, ==, 2);

  leyden_canvas_view_fit (&view, &world, 800, 600, 50, 1);
  g_assert_cmpfloat (view.scale, ==, 1);
  after = leyden_canvas_view_from_world (&view, 1100, 1050);
  g_assert_cmpfloat_with_epsilon (after.x, 400, 1e-3);
  g_assert_cmpfloat_with_epsilon (after.y, 300, 1e-3);

  world.origin.x = 5000;
  g_assert_true (leyden_canvas_view_reveal (&view, &world, 800, 600, 20));
  after = leyden_canvas_view_from_world (&view, 5200, 1000);
  g_assert_cmpfloat_with_epsilon (after.x, 780, 1e-2);
  g_assert_false (leyden_canvas_view_reveal (&view, &world, 800, 600, 20));
}

/* W13: zooms and places that no view could have. */
static void
test_clamp (void)
{
  static const double bad[] = { 0, -1, 1e-300, 1e300, NAN, INFINITY, -INFINITY };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      LeydenCanvasView view = { bad[i], bad[i], -bad[i] };

      leyden_canvas_view_clamp (&view);
      g_assert_true (isfinite (view.scale) && view.scale >= LEYDEN_CANVAS_MIN_SCALE && view.scale <= LEYDEN_CANVAS_MAX_SCALE);
      g_assert_true (isfinite (view.x) && isfinite (view.y));
    }
}

static void
test_curve (void)
{
  LeydenCurve curve = leyden_curve_between (GRAPHENE_POINT_INIT (0, 0), GRAPHENE_POINT_INIT (400, 0));
  double t = -1;

  g_assert_cmpfloat (leyden_curve_get_distance (&curve, GRAPHENE_POINT_INIT (200, 5), &t), <, 5.1);
  g_assert_cmpfloat_with_epsilon (t, 0.5, 0.05);
  g_assert_cmpfloat (leyden_curve_get_distance (&curve, GRAPHENE_POINT_INIT (200, 80), NULL), >, 79);
  /* A flat wire has a box without height and is still seen. */
  g_assert_true (leyden_curve_touches (&curve, &GRAPHENE_RECT_INIT (190, -10, 20, 20)));
  g_assert_false (leyden_curve_touches (&curve, &GRAPHENE_RECT_INIT (190, 10, 20, 20)));
  /* Both ends outside, the middle inside; and a box that holds the curve's box but not the curve. */
  curve = leyden_curve_between (GRAPHENE_POINT_INIT (-1000, -1000), GRAPHENE_POINT_INIT (1000, 1000));
  g_assert_true (leyden_curve_touches (&curve, &GRAPHENE_RECT_INIT (-50, -50, 100, 100)));
  g_assert_false (leyden_curve_touches (&curve, &GRAPHENE_RECT_INIT (-900, 700, 100, 100)));
}

/* --- index, against the plain way --- */

static void
test_index (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (7);
  LeydenCanvasIndex *index = leyden_canvas_index_new ();
  LeydenIndexItem items[300] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      graphene_rect_t bounds = GRAPHENE_RECT_INIT ((float) g_rand_double_range (random, -5000, 5000),
                                                   (float) g_rand_double_range (random, -5000, 5000), 180,
                                                   (float) g_rand_double_range (random, 60, 1500));
      leyden_canvas_index_insert (index, &items[i], &bounds);
    }
  for (guint round = 0; round < 300; round++)
    {
      guint moved = (guint) g_rand_int_range (random, 0, G_N_ELEMENTS (items));
      graphene_rect_t bounds = items[moved].bounds;
      graphene_rect_t query = GRAPHENE_RECT_INIT ((float) g_rand_double_range (random, -6000, 6000),
                                                  (float) g_rand_double_range (random, -6000, 6000),
                                                  (float) g_rand_double_range (random, 1, round % 10 == 0 ? 2e6 : 3000),
                                                  (float) g_rand_double_range (random, 1, round % 10 == 0 ? 2e6 : 3000));
      g_autoptr(GPtrArray) found = g_ptr_array_new ();
      guint expected = 0;

      bounds.origin.x += (float) g_rand_double_range (random, -900, 900);
      leyden_canvas_index_move (index, &items[moved], &bounds);
      leyden_canvas_index_query (index, &query, found);
      for (guint i = 0; i < G_N_ELEMENTS (items); i++)
        if (graphene_rect_intersection (&items[i].bounds, &query, NULL))
          {
            expected++;
            g_assert_true (g_ptr_array_find (found, &items[i], NULL));
          }
      g_assert_cmpuint (found->len, ==, expected);
    }
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    leyden_canvas_index_remove (index, &items[i]);
  leyden_canvas_index_free (index);
}

/* --- model --- */

typedef struct
{
  LeydenFlow        *flow;
  LeydenCanvasModel *model;
} Fixture;

static void
changed_cb (LeydenFlow *flow,
            LeydenEdit *edit,
            Fixture    *fixture)
{
  leyden_canvas_model_follow (fixture->model, edit, NULL, NULL);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/calculator-agent.leyden", 0, NULL);
  g_autoptr(GError) error = NULL;

  fixture->flow = leyden_flow_parse (bytes, "sample", &error);
  g_assert_no_error (error);
  fixture->model = leyden_canvas_model_new (fixture->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  g_signal_connect (fixture->flow, "changed", G_CALLBACK (changed_cb), fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  leyden_canvas_model_free (fixture->model);
  g_assert_finalize_object (fixture->flow);
}

static LeydenCanvasNode *
get (Fixture    *fixture,
     const char *id)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (fixture->model, id);

  g_assert_nonnull (node);
  return node;
}

static void
apply (Fixture    *fixture,
       LeydenEdit *edit)
{
  g_autoptr(LeydenEdit) owned = edit;
  g_autoptr(GError) error = NULL;

  leyden_flow_apply (fixture->flow, edit, &error);
  g_assert_no_error (error);
}

/* Whatever happened, the model says what a new one of the same flow would say. */
static void
assert_consistent (Fixture *fixture)
{
  LeydenCanvasModel *fresh = leyden_canvas_model_new (fixture->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  GPtrArray *nodes = leyden_canvas_model_get_nodes (fresh);
  GPtrArray *edges = leyden_canvas_model_get_edges (fresh);

  g_assert_cmpuint (nodes->len, ==, leyden_canvas_model_get_nodes (fixture->model)->len);
  g_assert_cmpuint (edges->len, ==, leyden_canvas_model_get_edges (fixture->model)->len);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *expected = g_ptr_array_index (nodes, i);
      LeydenCanvasNode *node = get (fixture, expected->id);

      g_assert_true (graphene_rect_equal (&node->item.bounds, &expected->item.bounds));
      g_assert_cmpuint (node->edges->len, ==, expected->edges->len);
      g_assert_cmpuint (node->inputs->len, ==, expected->inputs->len);
      g_assert_cmpuint (node->outputs->len, ==, expected->outputs->len);
    }
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *expected = g_ptr_array_index (edges, i);
      LeydenCanvasEdge *edge = leyden_canvas_model_get_edge (fixture->model, expected->id);

      g_assert_nonnull (edge);
      g_assert_cmpint (edge->source_port, ==, expected->source_port);
      g_assert_cmpint (edge->target_port, ==, expected->target_port);
      g_assert_true (edge->broken == expected->broken);
      g_assert_true (graphene_point_equal (&edge->curve.p[0], &expected->curve.p[0]));
      g_assert_true (graphene_point_equal (&edge->curve.p[3], &expected->curve.p[3]));
    }
  leyden_canvas_model_free (fresh);
}

static void
test_follow (Fixture       *fixture,
             gconstpointer  data)
{
  LeydenEdit *edit;
  g_autoptr(LeydenEdit) removal = leyden_edit_new ("remove");

  edit = leyden_edit_new ("move");
  leyden_edit_move_node (edit, "solveagt", 33, 44);
  apply (fixture, edit);
  assert_consistent (fixture);
  g_assert_cmpfloat (get (fixture, "solveagt")->item.bounds.origin.x, ==, 33);

  edit = leyden_edit_new ("add");
  leyden_edit_add_node (edit, "newnode1", "merge", "", 0, 0, NULL);
  leyden_edit_add_edge (edit, "newedge1", "exanswer", "value", "newnode1", "values");
  apply (fixture, edit);
  assert_consistent (fixture);

  leyden_edit_remove_node (removal, fixture->flow, "solveagt");
  apply (fixture, leyden_edit_ref (removal));
  g_assert_null (leyden_canvas_model_get_node (fixture->model, "solveagt"));
  assert_consistent (fixture);
  apply (fixture, leyden_edit_invert (removal));
  assert_consistent (fixture);
}

/* A template's variables are ports: an edit of the text changes them, and the wire to one that is gone is broken. */
static void
test_follow_ports (Fixture       *fixture,
                   gconstpointer  data)
{
  LeydenEdit *edit = leyden_edit_new ("template");
  g_autoptr(LeydenValue) value = leyden_value_new_string ("{{ one }} and {{ two }}", -1);

  leyden_edit_set_parameter (edit, "prompter", "template", value);
  apply (fixture, edit);
  g_assert_cmpuint (get (fixture, "prompter")->inputs->len, ==, 2);
  assert_consistent (fixture);
}

static void
test_hit (Fixture       *fixture,
          gconstpointer  data)
{
  LeydenCanvasNode *solver = get (fixture, "solveagt");
  LeydenCanvasEdge *edge = NULL;
  LeydenCanvasHit hit;
  graphene_point_t point;

  point = leyden_canvas_node_get_port_point (solver, TRUE, 0);
  leyden_canvas_model_hit (fixture->model, point, 5, &hit);
  g_assert_cmpint (hit.kind, ==, LEYDEN_CANVAS_HIT_OUTPUT);
  g_assert_true (hit.node == solver && hit.port == 0);
  graphene_rect_get_center (&solver->item.bounds, &point);
  leyden_canvas_model_hit (fixture->model, point, 5, &hit);
  g_assert_cmpint (hit.kind, ==, LEYDEN_CANVAS_HIT_NODE);
  for (guint i = 0; i < solver->edges->len; i++)
    {
      LeydenCanvasEdge *candidate = g_ptr_array_index (solver->edges, i);

      if (candidate->source == solver)
        edge = candidate;
    }
  g_assert_nonnull (edge);
  point = leyden_curve_get_point (&edge->curve, 0.5);
  leyden_canvas_model_hit (fixture->model, point, 3, &hit);
  g_assert_cmpint (hit.kind, ==, LEYDEN_CANVAS_HIT_EDGE);
  g_assert_true (hit.edge == edge);
  leyden_canvas_model_hit (fixture->model, GRAPHENE_POINT_INIT (-4000, -4000), 3, &hit);
  g_assert_cmpint (hit.kind, ==, LEYDEN_CANVAS_HIT_NOTHING);
}

static void
test_neighbor (Fixture       *fixture,
               gconstpointer  data)
{
  LeydenCanvasNode *prompter = get (fixture, "prompter");

  g_assert_true (leyden_canvas_model_find_neighbor (fixture->model, prompter, LEYDEN_CANVAS_RIGHT) == get (fixture, "solveagt"));
  g_assert_true (leyden_canvas_model_find_neighbor (fixture->model, prompter, LEYDEN_CANVAS_LEFT) == get (fixture, "question"));
  g_assert_true (leyden_canvas_model_find_neighbor (fixture->model, prompter, LEYDEN_CANVAS_UP) == get (fixture, "calctool"));
}

static int
port (GPtrArray  *ports,
      const char *name)
{
  for (guint i = 0; i < ports->len; i++)
    if (g_str_equal (((LeydenPort *) g_ptr_array_index (ports, i))->name, name))
      return (int) i;
  g_assert_not_reached ();
}

static void
test_can_connect (Fixture       *fixture,
                  gconstpointer  data)
{
  static const struct
  {
    const char    *source, *output, *target, *input;
    LeydenConnect  expected;
  } cases[] = {
    { "prompter", "text", "solveagt", "prompt", LEYDEN_CONNECT_NO },            /* there already */
    { "solveagt", "text", "prompter", "question", LEYDEN_CONNECT_NO },          /* a loop */
    { "solveagt", "text", "solveagt", "prompt", LEYDEN_CONNECT_NO },            /* itself */
    { "prompter", "text", "exanswer", "text", LEYDEN_CONNECT_REPLACES },
    { "calctool", "tools", "exanswer", "text", LEYDEN_CONNECT_NO },             /* tools are no value */
    { "prompter", "text", "solveagt", "tools", LEYDEN_CONNECT_NO },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenCanvasNode *source = get (fixture, cases[i].source);
      LeydenCanvasNode *target = get (fixture, cases[i].target);
      g_autofree char *reason = NULL;
      LeydenConnect verdict = leyden_canvas_model_can_connect (fixture->model, source, (guint) port (source->outputs, cases[i].output),
                                                               target, (guint) port (target->inputs, cases[i].input), NULL, &reason, NULL);

      g_test_message ("%s → %s: %s", cases[i].source, cases[i].target, reason);
      g_assert_cmpint (verdict, ==, cases[i].expected);
      g_assert_true (verdict == LEYDEN_CONNECT_YES || (reason != NULL && *reason != '\0'));
    }
}

/* W14, W15, W16, W19: what is wrong is drawn, and nothing breaks. */
static void
test_hostile_flow (void)
{
  static const char text[] =
    "{\"leyden\": 1, \"id\": \"x\", \"nodes\": ["
    "{\"id\": \"same\", \"type\": \"merge\", \"position\": {\"x\": 0, \"y\": 0}},"
    "{\"id\": \"same\", \"type\": \"merge\", \"position\": {\"x\": 300, \"y\": 0}},"
    "{\"id\": \"evil\", \"type\": \"evil.exec\", \"title\": \"<b>bold\", \"position\": {\"x\": 1e18, \"y\": 0}}],"
    "\"edges\": ["
    "{\"id\": \"e1\", \"source\": \"same\", \"source_port\": \"value\", \"target\": \"nowhere\", \"target_port\": \"x\"},"
    "{\"id\": \"e2\", \"source\": \"same\", \"source_port\": \"value\", \"target\": \"same\", \"target_port\": \"values\"},"
    "{\"id\": \"e3\", \"source\": \"evil\", \"source_port\": \"a\", \"target\": \"same\", \"target_port\": \"values\"}]}";
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "hostile", &error);
  LeydenCanvasModel *model;
  graphene_rect_t extent;
  LeydenCanvasHit hit;

  g_assert_no_error (error);
  model = leyden_canvas_model_new (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  g_assert_cmpuint (leyden_canvas_model_get_nodes (model)->len, ==, leyden_flow_get_n_nodes (flow));
  g_assert_true (leyden_canvas_model_get_edge (model, "e1")->broken);
  g_assert_true (leyden_canvas_model_get_edge (model, "e3")->broken);
  g_assert_true (leyden_canvas_model_get_extent (model, &extent));
  g_assert_true (isfinite (extent.size.width));
  leyden_canvas_model_hit (model, GRAPHENE_POINT_INIT (10, 10), 5, &hit);
  leyden_canvas_model_free (model);
}

/* Edges and middles, the nearest one; all that lie on one line belong to it. */
static void
test_guides (void)
{
  g_autoptr(GArray) others = g_array_new (FALSE, FALSE, sizeof (graphene_rect_t));
  LeydenGuide upright, level;

  leyden_guides_find (&GRAPHENE_RECT_INIT (0, 0, 100, 50), others, 6, &upright, &level);
  g_assert_false (upright.on || level.on);
  g_array_append_val (others, GRAPHENE_RECT_INIT (300, 200, 100, 50));
  g_array_append_val (others, GRAPHENE_RECT_INIT (300, 400, 40, 50));

  leyden_guides_find (&GRAPHENE_RECT_INIT (296, 600, 100, 50), others, 6, &upright, &level);
  g_assert_true (upright.on);
  g_assert_false (level.on);
  g_assert_cmpfloat (upright.shift, ==, 4);
  g_assert_cmpfloat (upright.at, ==, 300);
  g_assert_cmpfloat (upright.from, ==, 200);
  g_assert_cmpfloat (upright.to, ==, 650);
  /* Right edge to right edge, with another width. */
  leyden_guides_find (&GRAPHENE_RECT_INIT (337, 600, 60, 50), others, 6, &upright, &level);
  g_assert_cmpfloat (upright.at, ==, 400);
  g_assert_cmpfloat (upright.shift, ==, 3);
  /* Middle to middle; the other one is too far to count. */
  leyden_guides_find (&GRAPHENE_RECT_INIT (339, 10, 20, 10), others, 6, &upright, &level);
  g_assert_cmpfloat (upright.at, ==, 350);
  g_assert_cmpfloat (upright.to, ==, 250);
  leyden_guides_find (&GRAPHENE_RECT_INIT (900, 205, 70, 50), others, 6, &upright, &level);
  g_assert_false (upright.on);
  g_assert_cmpfloat (level.shift, ==, -5);
  g_assert_cmpfloat (level.from, ==, 300);
  g_assert_cmpfloat (level.to, ==, 970);
}

static void
test_selection (void)
{
  g_autoptr(LeydenSelection) selection = leyden_selection_new ();
  guint n = 0;
  LeydenElementKind kind;
  const char *id;

  g_signal_connect_swapped (selection, "changed", G_CALLBACK (g_atomic_int_inc), &n);
  leyden_selection_set (selection, LEYDEN_ELEMENT_NODE, "a");
  leyden_selection_set (selection, LEYDEN_ELEMENT_NODE, "a");
  g_assert_cmpuint (n, ==, 1);
  leyden_selection_set (selection, LEYDEN_ELEMENT_EDGE, "a");
  g_assert_cmpuint (n, ==, 2);
  g_assert_false (leyden_selection_contains (selection, LEYDEN_ELEMENT_NODE, "a"));
  g_assert_true (leyden_selection_get_single (selection, &kind, &id));
  g_assert_cmpint (kind, ==, LEYDEN_ELEMENT_EDGE);
  leyden_selection_freeze (selection);
  leyden_selection_add (selection, LEYDEN_ELEMENT_NODE, "b");
  leyden_selection_toggle (selection, LEYDEN_ELEMENT_NODE, "c");
  leyden_selection_thaw (selection);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpuint (leyden_selection_get_size (selection), ==, 3);
}

static void
test_align (void)
{
  static const struct { LeydenAlign align; float x[3], y[3]; } cases[] = {
    { LEYDEN_ALIGN_LEFT, { 10, 10, 10 }, { 0, 50, 400 } },
    { LEYDEN_ALIGN_CENTER, { 160, 185, 110 }, { 0, 50, 400 } },
    { LEYDEN_ALIGN_RIGHT, { 310, 360, 210 }, { 0, 50, 400 } },
    { LEYDEN_ALIGN_TOP, { 10, 100, 210 }, { 0, 0, 0 } },
    { LEYDEN_ALIGN_MIDDLE, { 10, 100, 210 }, { 200, 230, 200 } },
    { LEYDEN_ALIGN_BOTTOM, { 10, 100, 210 }, { 400, 460, 400 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      graphene_rect_t boxes[] = { { { 10, 0 }, { 100, 100 } }, { { 100, 50 }, { 50, 40 } }, { { 210, 400 }, { 200, 100 } } };

      leyden_align_boxes (boxes, 3, cases[i].align);
      for (guint k = 0; k < 3; k++)
        {
          g_assert_cmpfloat (boxes[k].origin.x, ==, cases[i].x[k]);
          g_assert_cmpfloat (boxes[k].origin.y, ==, cases[i].y[k]);
        }
    }
}

static void
test_distribute (void)
{
  graphene_rect_t wide[] = { { { 500, 7 }, { 100, 10 } }, { { 0, 3 }, { 100, 10 } }, { { 110, 9 }, { 200, 10 } } };
  graphene_rect_t tight[] = { { { 0, 0 }, { 10, 100 } }, { { 0, 0 }, { 10, 100 } }, { { 0, 20 }, { 10, 100 } } };
  LeydenAlign align;

  leyden_align_distribute (wide, 3, FALSE, 24);
  g_assert_cmpfloat (wide[1].origin.x, ==, 0);
  g_assert_cmpfloat (wide[2].origin.x, ==, 200);
  g_assert_cmpfloat (wide[0].origin.x, ==, 500);
  g_assert_cmpfloat (wide[2].origin.y, ==, 9);
  /* No room between first and last: nothing overlaps afterwards. */
  leyden_align_distribute (tight, 3, TRUE, 24);
  g_assert_cmpfloat (tight[0].origin.y, ==, 0);
  g_assert_cmpfloat (tight[1].origin.y, ==, 124);
  g_assert_cmpfloat (tight[2].origin.y, ==, 248);
  leyden_align_distribute (tight, 2, TRUE, 500);
  g_assert_cmpfloat (tight[1].origin.y, ==, 124);
  g_assert_true (leyden_align_from_string ("middle", &align) && align == LEYDEN_ALIGN_MIDDLE);
  g_assert_false (leyden_align_from_string ("sideways", &align));
}

static void
test_led_curve (void)
{
  const graphene_point_t points[] = { { 50, 100 }, { -30, 100 } };
  g_autofree LeydenCurve *curves = leyden_curve_through (GRAPHENE_POINT_INIT (0, 0), points, 2, GRAPHENE_POINT_INIT (200, 0));

  g_assert_true (graphene_point_equal (&curves[0].p[3], &points[0]));
  g_assert_true (graphene_point_equal (&curves[1].p[0], &points[0]));
  g_assert_true (graphene_point_equal (&curves[2].p[0], &points[1]));
  g_assert_cmpfloat (curves[2].p[3].x, ==, 200);
  /* Smooth where they meet: in and out on one line. */
  for (guint i = 0; i < 2; i++)
    {
      graphene_point_t in = curves[i].p[2], at = curves[i].p[3], out = curves[i + 1].p[1];

      g_assert_cmpfloat_with_epsilon ((at.x - in.x) * (out.y - at.y) - (at.y - in.y) * (out.x - at.x), 0, 0.1);
    }
  g_assert_cmpfloat (curves[0].p[1].x, >, 0);
  g_assert_cmpfloat (curves[2].p[2].x, <, 200);
}

/* --- notes --- */

static char *
describe_spans (const LeydenMarkdown *markdown,
                PangoAttrType         type)
{
  g_autoptr(GString) spans = g_string_new (NULL);
  GSList *list = pango_attr_list_get_attributes (markdown->attributes);

  for (GSList *l = list; l != NULL; l = l->next)
    {
      PangoAttribute *attribute = l->data;

      if (attribute->klass->type == type)
        g_string_append_printf (spans, "%s%.*s", spans->len > 0 ? "|" : "", (int) (attribute->end_index - attribute->start_index),
                                markdown->text + attribute->start_index);
    }
  g_slist_free_full (list, (GDestroyNotify) pango_attribute_destroy);
  return g_string_free (g_steal_pointer (&spans), FALSE);
}

static void
test_markdown (void)
{
  static const struct { const char *source, *text, *bold, *italic, *code; } cases[] = {
    { "plain", "plain", "", "", "" },
    { "# Head\ntext", "Head\ntext", "Head", "", "" },
    { "#hash ####### x", "#hash ####### x", "", "", "" },
    { "a **b** *c* _d_ `e`", "a b c d e", "b", "c|d", "e" },
    { "**bold *and italic* here**", "bold and italic here", "bold and italic here", "and italic", "" },
    { "snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4", "", "", "" },
    { "\\*not\\* **open", "*not* **open", "", "", "" },
    { "- one\n  - two\n1. three", "•  one\n    •  two\n1.  three", "", "", "" },
    { "> said", "▏ said", "", "said", "" },
    { "---", "————————", "", "", "" },
    { "```c\n**x**\n```\ny", "**x**\ny", "", "", "**x**" },
    { "<b>x</b> & y", "<b>x</b> & y", "", "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenMarkdown) markdown = leyden_markdown_new (cases[i].source, 4000);
      g_autofree char *bold = describe_spans (markdown, PANGO_ATTR_WEIGHT);
      g_autofree char *italic = describe_spans (markdown, PANGO_ATTR_STYLE);
      g_autofree char *code = describe_spans (markdown, PANGO_ATTR_FAMILY);

      g_assert_cmpstr (markdown->text, ==, cases[i].text);
      g_assert_cmpstr (bold, ==, cases[i].bold);
      g_assert_cmpstr (italic, ==, cases[i].italic);
      g_assert_cmpstr (code, ==, cases[i].code);
    }
}

/* Only what is an address can be opened; the rest stands there as it was written. */
static void
test_links (void)
{
  static const char * const refused[] = {
    "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http:", "http://", "https://user:secret@bank.example/", "http://a b.org",
    "http://example.org/\n", "http://example.org/\"onload", "ftp://example.org", "//example.org", "example.org", "", "http://ex\xc3\xa4mple.org",
  };
  g_autoptr(LeydenMarkdown) good = leyden_markdown_new ("See [**the** page](https://example.org/a_b?c=d) and http://example.org/x.", 4000);
  g_autoptr(LeydenMarkdown) bad = leyden_markdown_new ("[x](javascript:alert) [y](file:///etc/passwd)", 4000);
  g_autoptr(LeydenMarkdown) many = NULL;
  g_autofree char *long_text = g_strnfill (3000, '*');
  g_autoptr(GString) source = g_string_new (NULL);

  g_assert_cmpstr (good->text, ==, "See the page and http://example.org/x.");
  g_assert_cmpuint (good->links->len, ==, 2);
  g_assert_cmpstr (leyden_markdown_find_link (good, 4), ==, "https://example.org/a_b?c=d");
  g_assert_cmpstr (leyden_markdown_find_link (good, 20), ==, "http://example.org/x");
  g_assert_null (leyden_markdown_find_link (good, 0));
  g_assert_null (leyden_markdown_find_link (good, (guint) strlen (good->text) - 1));
  g_assert_cmpstr (bad->text, ==, "[x](javascript:alert) [y](file:///etc/passwd)");
  g_assert_cmpuint (bad->links->len, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    g_assert_false (leyden_markdown_is_safe_uri (refused[i]));
  g_assert_false (leyden_markdown_is_safe_uri (NULL));
  for (guint i = 0; i < 200; i++)
    g_string_append (source, "[a](http://e.org) ");
  many = leyden_markdown_new (source->str, 4000);
  g_assert_cmpuint (many->links->len, ==, 64);
  leyden_markdown_free (leyden_markdown_new (long_text, 4000));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/canvas/geometry/view", test_view);
  g_test_add_func ("/hostile/W13", test_clamp);
  g_test_add_func ("/canvas/geometry/curve", test_curve);
  g_test_add_func ("/canvas/index", test_index);
  g_test_add ("/canvas/model/follow", Fixture, NULL, set_up, test_follow, tear_down);
  g_test_add ("/canvas/model/follow-ports", Fixture, NULL, set_up, test_follow_ports, tear_down);
  g_test_add ("/canvas/model/hit", Fixture, NULL, set_up, test_hit, tear_down);
  g_test_add ("/canvas/model/neighbor", Fixture, NULL, set_up, test_neighbor, tear_down);
  g_test_add ("/canvas/model/can-connect", Fixture, NULL, set_up, test_can_connect, tear_down);
  g_test_add_func ("/hostile/W14", test_hostile_flow);
  g_test_add_func ("/canvas/guides", test_guides);
  g_test_add_func ("/canvas/selection", test_selection);
  g_test_add_func ("/canvas/align", test_align);
  g_test_add_func ("/canvas/markdown", test_markdown);
  g_test_add_func ("/canvas/links", test_links);
  g_test_add_func ("/canvas/distribute", test_distribute);
  g_test_add_func ("/canvas/geometry/led-curve", test_led_curve);
  return g_test_run ();
}
