/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows of the usual size, arranged, in a window of 1280 × 720: what opens is read unaided. */
#include "config.h"
#include "desktop-test.h"

#include "leyden-canvas-private.h"
#include "leyden-catalog.h"
#include "leyden-flow-layout.h"
#include "leyden-node-view.h"

#define LEAST 9.0               /* pixels of a title's letters */

/* Layers of up to four nodes; each takes in what one or two of the layer before give. */
static GBytes *
make_flow (guint n)
{
  GString *out = g_string_new ("{\"leyden\":1,\"id\":\"usual\",\"title\":\"Usual\",\"nodes\":[");
  guint n_edges = 0;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (out, "%s{\"id\":\"n%07u\",\"type\":\"transform\",\"title\":\"Look at part %u\",\"position\":{\"x\":0,\"y\":0},"
                                 "\"parameters\":{\"inputs\":[{\"name\":\"a\",\"type\":\"any\"},{\"name\":\"b\",\"type\":\"any\"}],"
                                 "\"type\":\"any\",\"expression\":\"a\"}}", i == 0 ? "" : ",", i, i);
  g_string_append (out, "],\"edges\":[");
  for (guint i = 4; i < n; i++)
    for (guint k = 0; k < 1 + i % 2; k++, n_edges++)
      g_string_append_printf (out, "%s{\"id\":\"e%07u\",\"source\":\"n%07u\",\"source_port\":\"result\",\"target\":\"n%07u\",\"target_port\":\"%s\"}",
                              n_edges == 0 ? "" : ",", n_edges, i - 4 + (k == 0 ? 0 : 3 - i % 4), i, k == 0 ? "a" : "b");
  g_string_append (out, "]}");
  return g_string_free_to_bytes (out);
}

static void
arranged_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(LeydenEdit **) data = leyden_flow_layout_finish (result, &error);
  g_assert_no_error (error);
}

static gboolean
has_edit (gpointer data)
{
  return *(LeydenEdit **) data != NULL;
}

static gboolean
is_settled (gpointer data)
{
  return leyden_canvas_is_settled (data);
}

static LeydenDocument *
make_document (LeydenWindow *window,
               guint         n)
{
  g_autoptr(GBytes) bytes = make_flow (n);
  g_autoptr(GError) error = NULL;
  LeydenDocument *document = leyden_document_new_from_bytes (NULL, bytes, "usual", TRUE, &error);
  LeydenEdit *edit = NULL;

  g_assert_no_error (error);
  leyden_flow_layout_async (leyden_document_get_flow (document), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), NULL, NULL, arranged_cb, &edit);
  desktop_test_wait (has_edit, &edit);
  g_assert_true (leyden_document_edit (document, edit, &error));
  leyden_window_set_document (window, document);
  return document;
}

/* Titles of what is whole in sight; how many those are. */
static guint
check_titles (LeydenCanvas *canvas)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (canvas->model);
  int width = gtk_widget_get_width (GTK_WIDGET (canvas)), height = gtk_widget_get_height (GTK_WIDGET (canvas));
  graphene_rect_t seen = leyden_canvas_view_get_extent (&canvas->view, width, height, 0);
  guint n_seen = 0;

  g_assert_cmpfloat (canvas->view.scale, >=, LEYDEN_CANVAS_LOD_SCALE);
  g_assert_cmpint (canvas->detail, ==, leyden_node_detail_at (canvas->view.scale));
  g_assert_cmpfloat (leyden_node_detail_get_title_size (canvas->detail) * canvas->view.scale, >=, LEAST);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      if (!graphene_rect_contains_rect (&seen, &node->item.bounds))
        continue;
      n_seen++;
      /* No mere rectangle. */
      g_assert_nonnull (node->view);
    }
  return n_seen;
}

static void
settle (LeydenCanvas *canvas)
{
  desktop_test_spin (120);
  desktop_test_wait (is_settled, canvas);
}

/* As it opens, and when the whole is asked for. */
static void
test_usual (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  LeydenWindow *window = desktop_test_window (1280, 720);
  LeydenDocument *document = make_document (window, n);
  LeydenCanvas *canvas = leyden_window_get_canvas (window);

  settle (canvas);
  g_assert_cmpuint (check_titles (canvas), >=, 8);
  leyden_canvas_fit (canvas);
  settle (canvas);
  g_assert_cmpuint (check_titles (canvas), ==, n);
  leyden_document_close (document, TRUE);
  desktop_test_close (window);
  g_object_unref (document);
}

/* At every scale at which nodes are more than rectangles. */
static void
test_sizes (void)
{
  for (double scale = LEYDEN_CANVAS_LOD_SCALE; scale < 3; scale += 0.01)
    g_assert_cmpfloat (leyden_node_detail_get_title_size (leyden_node_detail_at (scale)) * scale, >=, LEAST);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/legible/sizes", test_sizes);
  g_test_add_data_func ("/legible/14", GUINT_TO_POINTER (14), test_usual);
  g_test_add_data_func ("/legible/25", GUINT_TO_POINTER (25), test_usual);
  g_test_add_data_func ("/legible/40", GUINT_TO_POINTER (40), test_usual);
  return desktop_test_run ();
}
