/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the canvas draws while the view moves, and when it rests; and how the view moves. */
#include "config.h"
#include "desktop-test.h"

#include <math.h>

#include "leyden-canvas-private.h"
#include "leyden-canvas-shadow.h"

#define COLUMNS 12
#define ROWS 12

typedef struct
{
  LeydenWindow   *window;
  LeydenCanvas   *canvas;
  LeydenDocument *document;
} Fixture;

/* A field of nodes, each wired to the next in its row and to one a row below. */
static GBytes *
make_field (void)
{
  GString *out = g_string_new ("{\"leyden\":1,\"id\":\"field\",\"title\":\"Field\",\"nodes\":[");

  for (guint i = 0; i < COLUMNS * ROWS; i++)
    g_string_append_printf (out, "%s{\"id\":\"n%07u\",\"type\":\"transform\",\"title\":\"Step %u\",\"position\":{\"x\":%u,\"y\":%u},"
                                 "\"parameters\":{\"inputs\":[{\"name\":\"a\",\"type\":\"any\"},{\"name\":\"b\",\"type\":\"any\"}],"
                                 "\"type\":\"any\",\"expression\":\"a\"}}", i == 0 ? "" : ",", i, i, i / ROWS * 260, i % ROWS * 144);
  g_string_append (out, "],\"edges\":[");
  for (guint i = 0; i + ROWS < COLUMNS * ROWS; i++)
    for (guint k = 0; k < 2; k++)
      g_string_append_printf (out, "%s{\"id\":\"e%07u\",\"source\":\"n%07u\",\"source_port\":\"result\",\"target\":\"n%07u\",\"target_port\":\"%s\"}",
                              i + k == 0 ? "" : ",", 2 * i + k, k == 0 ? i : i / ROWS * ROWS + (i + 1) % ROWS, i + ROWS, k == 0 ? "a" : "b");
  g_string_append (out, "]}");
  return g_string_free_to_bytes (out);
}

static gboolean
is_settled (gpointer data)
{
  return leyden_canvas_is_settled (data);
}

static void
settle (Fixture *fixture)
{
  desktop_test_spin (20);
  desktop_test_wait (is_settled, fixture->canvas);
}

/* What the check says of the nodes is drawn on them, and comes a moment after the flow. */
static gboolean
is_checked (gpointer data)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (leyden_canvas_get_model (data));

  for (guint i = 0; i < nodes->len; i++)
    if (((LeydenCanvasNode *) nodes->pdata[i])->n_errors + ((LeydenCanvasNode *) nodes->pdata[i])->n_warnings > 0)
      return TRUE;
  return FALSE;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GBytes) bytes = make_field ();
  g_autoptr(GError) error = NULL;

  fixture->window = desktop_test_window (1270, 850);
  fixture->document = leyden_document_new_from_bytes (NULL, bytes, "field", TRUE, &error);
  g_assert_no_error (error);
  leyden_window_set_document (fixture->window, fixture->document);
  fixture->canvas = leyden_window_get_canvas (fixture->window);
  /* The focus would be drawn around a node. */
  gtk_window_set_focus (GTK_WINDOW (fixture->window), NULL);
  desktop_test_wait (is_checked, fixture->canvas);
  settle (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  leyden_document_close (fixture->document, TRUE);
  desktop_test_close (fixture->window);
  g_object_unref (fixture->document);
}

/* --- pictures --- */

typedef struct
{
  guint32          *pixels;
  int               width;
  int               height;
  LeydenCanvasView  view;
} Picture;

static void
picture_clear (Picture *self)
{
  g_free (self->pixels);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Picture, picture_clear)

/* As it was drawn last. */
static Picture
take_picture (Fixture *fixture)
{
  const LeydenPainter *painter = &fixture->canvas->pictures[(fixture->canvas->n_drawn - 1) % 2];
  Picture self = { g_new (guint32, (gsize) painter->width * (gsize) painter->height), painter->width, painter->height,
                   leyden_canvas_get_drawn_view (fixture->canvas) };

  for (int y = 0; y < painter->height; y++)
    memcpy (self.pixels + (gsize) y * (gsize) painter->width, painter->pixels + (gsize) y * (gsize) painter->stride, (gsize) painter->width * 4);
  return self;
}

static void
draw_frame (Fixture *fixture)
{
  guint n = fixture->canvas->n_drawn;
  gint64 end = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  gtk_widget_queue_draw (GTK_WIDGET (fixture->canvas));
  while (fixture->canvas->n_drawn == n && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->canvas->n_drawn, >, n);
}

static int
get_channel (guint32 pixel,
             guint   channel)
{
  return (int) (pixel >> (8 * channel) & 0xff);
}

/* Mean of each channel over a part of the picture. */
static void
get_mean (const Picture *picture,
          int            x0,
          int            y0,
          int            x1,
          int            y1,
          double        *mean)
{
  mean[0] = mean[1] = mean[2] = 0;
  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      for (guint k = 0; k < 3; k++)
        mean[k] += get_channel (picture->pixels[y * picture->width + x], k);
  for (guint k = 0; k < 3; k++)
    mean[k] /= (x1 - x0) * (y1 - y0);
}

static guint
count_differences (const Picture *a,
                   const Picture *b)
{
  guint n = 0;

  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  for (int i = 0; i < a->width * a->height; i++)
    if (a->pixels[i] != b->pixels[i] && n++ == 0)
      g_test_message ("the first difference is at %d, %d: %08x, %08x", i % a->width, i / a->width, a->pixels[i], b->pixels[i]);
  return n;
}

/* Whether a node's picture has its corners where they belong: outside the ground, inside something else; and about the same inside. */
static guint
compare_nodes (Fixture       *fixture,
               const Picture *during,
               const Picture *after)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (fixture->canvas->model);
  guint n = 0;

  for (guint i = 0; i < nodes->len; i++)
    {
      const graphene_rect_t *bounds = &((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->item.bounds;
      graphene_point_t from = leyden_canvas_view_from_world (&after->view, bounds->origin.x, bounds->origin.y);
      graphene_point_t to = leyden_canvas_view_from_world (&after->view, bounds->origin.x + bounds->size.width, bounds->origin.y + bounds->size.height);
      int third_x = (int) (to.x - from.x) / 3, third_y = (int) (to.y - from.y) / 3;

      if (from.x < 2 || from.y < 2 || to.x > during->width - 2 || to.y > during->height - 2)
        continue;
      n++;
      for (int part = 0; part < 9; part++)
        {
          int x = (int) from.x + part % 3 * third_x, y = (int) from.y + part / 3 * third_y;
          double was[3], is[3];

          get_mean (during, x, y, x + third_x, y + third_y, was);
          get_mean (after, x, y, x + third_x, y + third_y, is);
          for (guint k = 0; k < 3; k++)
            g_assert_cmpfloat_with_epsilon (was[k], is[k], 9);
        }
    }
  return n;
}

/* Wires are drawn in motion as they are at rest: where no node is, every pixel is the same. */
static void
compare_between_nodes (Fixture       *fixture,
                       const Picture *during,
                       const Picture *after)
{
  guint n_wire = 0;

  for (int y = 0; y < after->height; y++)
    for (int x = 0; x < after->width; x++)
      {
        graphene_point_t at = leyden_canvas_view_to_world (&after->view, x, y);
        g_autoptr(GPtrArray) near = g_ptr_array_new ();

        if (during->pixels[y * after->width + x] == after->pixels[y * after->width + x])
          continue;
        /* Shadows, rings and ports reach beyond a node. */
        leyden_canvas_model_query (fixture->canvas->model, &GRAPHENE_RECT_INIT (at.x - 14, at.y - 14, 28, 28), near);
        if (near->len == 0)
          n_wire++;
      }
  g_assert_cmpuint (n_wire, ==, 0);
}

static void
test_zoom_picture (Fixture       *fixture,
                   gconstpointer  data)
{
  static const double zooms[] = { 0.9, 0.7, 1.2, 0.5 };

  leyden_canvas_look (fixture->canvas, 1, 40, 40);
  settle (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (zooms); i++)
    {
      g_auto(Picture) during = { NULL };
      g_auto(Picture) after = { NULL };
      g_auto(Picture) anew = { NULL };
      guint n_drawn;
      gint64 sharp_us;

      /* Slowly, as a person does: every frame finds a picture of every node. */
      leyden_canvas_look (fixture->canvas, zooms[i], 40, 40);
      for (guint frames = 0; fixture->canvas->sync_id != 0 && frames < 40; frames++)
        {
          leyden_canvas_look (fixture->canvas, zooms[i] * (1 + 0.0001 * frames), 40, 40);
          draw_frame (fixture);
        }
      for (guint tries = 0; tries < 50; tries++)
        {
          /* A machine that is busy may take as long over a frame as it takes until the view counts as resting. */
          leyden_canvas_look (fixture->canvas, zooms[i] * 1.001, 40, 40);
          leyden_canvas_look (fixture->canvas, zooms[i], 40, 40);
          draw_frame (fixture);
          if (fixture->canvas->rough)
            break;
        }
      g_assert_true (fixture->canvas->rough);
      during = take_picture (fixture);

      n_drawn = fixture->canvas->n_drawn;
      sharp_us = g_get_monotonic_time ();
      settle (fixture);
      g_test_message ("zoom %.1f: sharp after %.0f ms and %u frames", zooms[i], (double) (g_get_monotonic_time () - sharp_us) / 1000,
                      fixture->canvas->n_drawn - n_drawn);
      /* 60 ms of rest, then frames of 16.7 ms: five are within 150 ms. */
      g_assert_cmpuint (fixture->canvas->n_drawn - n_drawn, <=, 5 + 2);
      draw_frame (fixture);
      after = take_picture (fixture);
      g_assert_cmpuint (compare_nodes (fixture, &during, &after), >, 2);
      compare_between_nodes (fixture, &during, &after);

      for (guint j = 0; j < fixture->canvas->bound->len; j++)
        leyden_rasters_forget (fixture->canvas->rasters, ((LeydenCanvasNode *) g_ptr_array_index (fixture->canvas->bound, j))->view);
      draw_frame (fixture);
      settle (fixture);
      draw_frame (fixture);
      anew = take_picture (fixture);
      g_assert_cmpuint (count_differences (&after, &anew), ==, 0);
    }
}

/* Moved by whole pixels or parts of them, the picture is the same one, moved. */
static void
test_pan_picture (Fixture       *fixture,
                  gconstpointer  data)
{
  g_auto(Picture) before = { NULL };
  g_auto(Picture) after = { NULL };
  int dx, dy, n = 0;

  fixture->canvas->show_grid = FALSE;
  leyden_canvas_look (fixture->canvas, 0.8, 100, 100);
  settle (fixture);
  draw_frame (fixture);
  before = take_picture (fixture);
  fixture->canvas->view.x -= 37.4;
  fixture->canvas->view.y += 12.7;
  leyden_canvas_view_changed (fixture->canvas);
  draw_frame (fixture);
  g_assert_false (fixture->canvas->rough);
  settle (fixture);
  draw_frame (fixture);
  after = take_picture (fixture);
  dx = (int) round (after.view.x - before.view.x);
  dy = (int) round (after.view.y - before.view.y);
  g_assert_cmpint (dx, <=, -37);
  g_assert_cmpint (dy, >=, 12);
  /* Coordinates of wires are single precision: what is left may differ by a shade. */
  for (int y = MAX (dy, 0); y < after.height; y++)
    for (int x = 0; x < after.width + dx; x++)
      for (guint k = 0; k < 3; k++)
        n += abs (get_channel (after.pixels[y * after.width + x], k) - get_channel (before.pixels[(y - dy) * before.width + x - dx], k)) > 4;
  g_assert_cmpint (n, ==, 0);
}

/* From everything in view back to where one reads: widgets are there again, none is left over. */
static void
test_far_and_near (Fixture       *fixture,
                   gconstpointer  data)
{
  g_auto(Picture) before = { NULL };
  g_auto(Picture) far = { NULL };
  g_auto(Picture) after = { NULL };
  double ground[3], node[3];
  graphene_point_t at;

  leyden_canvas_look (fixture->canvas, 1, 0, 0);
  settle (fixture);
  draw_frame (fixture);
  before = take_picture (fixture);
  leyden_canvas_look (fixture->canvas, 0.2, 0, 0);
  settle (fixture);
  g_assert_cmpuint (fixture->canvas->bound->len, ==, 0);
  draw_frame (fixture);
  far = take_picture (fixture);
  at = leyden_canvas_view_from_world (&far.view, 3 * 260 + 90, 3 * 144 + 50);
  get_mean (&far, (int) at.x - 5, (int) at.y - 5, (int) at.x + 5, (int) at.y + 5, node);
  get_mean (&far, far.width - 12, far.height - 12, far.width - 2, far.height - 2, ground);
  g_assert_cmpfloat (fabs (node[0] - ground[0]) + fabs (node[1] - ground[1]) + fabs (node[2] - ground[2]), >, 30);
  leyden_canvas_look (fixture->canvas, 1, 0, 0);
  settle (fixture);
  draw_frame (fixture);
  after = take_picture (fixture);
  g_assert_cmpuint (count_differences (&before, &after), ==, 0);
}

/* --- shadows --- */

/* A card, a little beside a pixel, with two shadows as the theme gives it: drawn by GTK, or with @shadows. */
static cairo_surface_t *
draw_card (LeydenShadows *shadows,
           float          width,
           double         scale,
           double         part)
{
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 600, 400);
  cairo_t *cr = cairo_create (image);
  GskRoundedRect outline;
  g_autoptr(GskRenderNode) ring = NULL;
  g_autoptr(GskRenderNode) shadow = NULL;
  g_autoptr(GskRenderNode) card = NULL;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, width, 104), 12);
  ring = gsk_outset_shadow_node_new (&outline, &(GdkRGBA) { 0, 0, 0, 0.1f }, 0, 0, 1, 0);
  shadow = gsk_outset_shadow_node_new (&outline, &(GdkRGBA) { 0.4f, 0, 0.2f, 0.09f }, 1, 2, 0, 4);
  card = gsk_container_node_new ((GskRenderNode *[]) { ring, shadow }, 2);
  cairo_set_source_rgb (cr, 0.95, 0.97, 1);
  cairo_paint (cr);
  cairo_translate (cr, 20 + part, 30 + part);
  cairo_scale (cr, scale, scale);
  if (shadows != NULL)
    leyden_shadows_draw (shadows, card, cr, scale);
  else
    gsk_render_node_draw (card, cr);
  cairo_destroy (cr);
  cairo_surface_flush (image);
  return image;
}

static int
get_largest_difference (cairo_surface_t *a,
                        cairo_surface_t *b)
{
  const guint8 *one = cairo_image_surface_get_data (a), *two = cairo_image_surface_get_data (b);
  int largest = 0;

  for (int i = 0; i < cairo_image_surface_get_stride (a) * cairo_image_surface_get_height (a); i++)
    largest = MAX (largest, abs (one[i] - two[i]));
  return largest;
}

/* Those that are kept look as those that GTK draws anew, and each size has its own. */
static void
test_shadows (void)
{
  static const double scales[] = { 0.36, 0.6, 0.77, 1, 1.3, 2 }, parts[] = { 0, 0.1, 0.25, 0.37, 0.5, 0.87 };
  LeydenShadows *shadows = leyden_shadows_new ();

  for (guint width = 100; width < 260; width += 40)
    for (guint i = 0; i < G_N_ELEMENTS (scales) * G_N_ELEMENTS (parts); i++)
      {
        double scale = scales[i / G_N_ELEMENTS (parts)], part = parts[i % G_N_ELEMENTS (parts)];
        cairo_surface_t *right = draw_card (NULL, (float) width, scale, part);
        cairo_surface_t *first = draw_card (shadows, (float) width, scale, part);
        cairo_surface_t *again = draw_card (shadows, (float) width, scale, part);

        g_assert_cmpint (get_largest_difference (first, right), <=, part * 4 == floor (part * 4) ? 2 : 5);
        g_assert_cmpint (get_largest_difference (again, first), ==, 0);
        cairo_surface_destroy (right);
        cairo_surface_destroy (first);
        cairo_surface_destroy (again);
      }
  leyden_shadows_free (shadows);
}

/* --- how the view moves --- */

static void
test_smooth_zoom (Fixture       *fixture,
                  gconstpointer  data)
{
  LeydenCanvas *canvas = fixture->canvas;
  graphene_point_t held;
  double from;
  guint n_between = 0;

  leyden_canvas_look (canvas, 1, 100, 100);
  settle (fixture);
  from = canvas->view.scale;
  held = leyden_canvas_view_to_world (&canvas->view, 300, 200);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  leyden_canvas_zoom_around (canvas, 1.5, 300, 200);
  /* Another turn of the wheel before the first is over adds to it. */
  leyden_canvas_zoom_around (canvas, 1.5, 300, 200);
  while (canvas->motion.tick_id != 0)
    {
      graphene_point_t now = leyden_canvas_view_from_world (&canvas->view, held.x, held.y);

      g_assert_cmpfloat_with_epsilon (now.x, 300, 0.05);
      g_assert_cmpfloat_with_epsilon (now.y, 200, 0.05);
      n_between += canvas->view.scale > from * 1.01 && canvas->view.scale < from * 2.24;
      draw_frame (fixture);
    }
  g_assert_cmpuint (n_between, >, 0);
  g_assert_cmpfloat_with_epsilon (canvas->view.scale, from * 2.25, 1e-9);

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  leyden_canvas_zoom_around (canvas, 1 / 2.25, 300, 200);
  g_assert_cmpuint (canvas->motion.tick_id, ==, 0);
  g_assert_cmpfloat_with_epsilon (canvas->view.scale, from, 1e-9);
}

static void
throw_view (LeydenCanvas *canvas)
{
  leyden_canvas_pan_begin (canvas);
  for (guint i = 1; i <= 10; i++)
    {
      g_usleep (5000);
      leyden_canvas_pan_to (canvas, i * 10, 0);
    }
  leyden_canvas_pan_end (canvas);
}

static void
test_glide (Fixture       *fixture,
            gconstpointer  data)
{
  LeydenCanvas *canvas = fixture->canvas;
  double x, y;

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  y = canvas->view.y;
  throw_view (canvas);
  x = canvas->view.x;
  g_assert_true (canvas->motion.gliding && canvas->motion.tick_id != 0);
  while (canvas->motion.tick_id != 0)
    draw_frame (fixture);
  g_assert_cmpfloat (canvas->view.x, >, x + 30);
  g_assert_cmpfloat_with_epsilon (canvas->view.y, y, 0.5);

  /* Held still before it is let go, and caught while it glides. */
  leyden_canvas_pan_begin (canvas);
  leyden_canvas_pan_to (canvas, 50, 0);
  g_usleep (80000);
  leyden_canvas_pan_end (canvas);
  g_assert_cmpuint (canvas->motion.tick_id, ==, 0);
  throw_view (canvas);
  g_assert_cmpuint (canvas->motion.tick_id, !=, 0);
  leyden_canvas_pan_begin (canvas);
  g_assert_cmpuint (canvas->motion.tick_id, ==, 0);

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  throw_view (canvas);
  g_assert_cmpuint (canvas->motion.tick_id, ==, 0);
}

static void
test_fit (Fixture       *fixture,
          gconstpointer  data)
{
  LeydenCanvas *canvas = fixture->canvas;
  LeydenCanvasNode *node = leyden_canvas_model_get_node (canvas->model, "n0000050");
  graphene_rect_t seen;
  guint n_frames = 0;

  leyden_canvas_look (canvas, 2, 0, 0);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  leyden_selection_set (canvas->selection, LEYDEN_ELEMENT_NODE, "n0000050");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.fit-selection", NULL));
  for (; canvas->motion.tick_id != 0; n_frames++)
    draw_frame (fixture);
  g_assert_cmpuint (n_frames, >, 1);
  seen = leyden_canvas_view_get_extent (&canvas->view, gtk_widget_get_width (GTK_WIDGET (canvas)), gtk_widget_get_height (GTK_WIDGET (canvas)), 0);
  g_assert_true (graphene_rect_contains_rect (&seen, &node->item.bounds));
  g_assert_cmpfloat (leyden_canvas_get_zoom (canvas), <=, 1.0001);

  /* Without a selection: the whole flow, and it stays so when the window changes. */
  leyden_selection_clear (canvas->selection);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.fit-selection", NULL));
  while (canvas->motion.tick_id != 0)
    draw_frame (fixture);
  g_assert_true (leyden_canvas_model_get_extent (canvas->model, &seen));
  {
    graphene_rect_t shown = leyden_canvas_view_get_extent (&canvas->view, gtk_widget_get_width (GTK_WIDGET (canvas)),
                                                           gtk_widget_get_height (GTK_WIDGET (canvas)), 0);

    g_assert_true (graphene_rect_contains_rect (&shown, &seen));
  }
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  g_test_add ("/drawing/picture/zoom", Fixture, NULL, set_up, test_zoom_picture, tear_down);
  g_test_add ("/drawing/picture/pan", Fixture, NULL, set_up, test_pan_picture, tear_down);
  g_test_add ("/drawing/picture/far-and-near", Fixture, NULL, set_up, test_far_and_near, tear_down);
  g_test_add_func ("/drawing/shadows", test_shadows);
  g_test_add ("/drawing/motion/zoom", Fixture, NULL, set_up, test_smooth_zoom, tear_down);
  g_test_add ("/drawing/motion/glide", Fixture, NULL, set_up, test_glide, tear_down);
  g_test_add ("/drawing/motion/fit", Fixture, NULL, set_up, test_fit, tear_down);
  return desktop_test_run ();
}
