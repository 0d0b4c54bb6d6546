/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <cairo.h>
#include <math.h>
#include <string.h>

#include "leyden-catalog.h"
#include "leyden-picture-private.h"

#define SAMPLE "/io/github/leyden/Leyden/samples/calculator-agent.leyden"

static LeydenNodeTypes *
types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static LeydenFlow *
parse (const char *text)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "test.leyden", &error);

  g_assert_no_error (error);
  return flow;
}

static LeydenFlow *
load_sample (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data (SAMPLE, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  LeydenFlow *flow;

  g_assert_no_error (error);
  flow = leyden_flow_parse (bytes, "calculator-agent.leyden", &error);
  g_assert_no_error (error);
  return flow;
}

static GBytes *
export (LeydenFlow           *flow,
        LeydenPictureOptions  options)
{
  g_autoptr(GError) error = NULL;
  GBytes *bytes = leyden_picture_export (flow, types (), &options, NULL, &error);

  g_assert_no_error (error);
  return bytes;
}

/* To look at, where the variable names a folder. */
static void
keep (GBytes     *bytes,
      const char *name)
{
  const char *folder = g_getenv ("LEYDEN_TEST_PICTURES");
  g_autofree char *path = folder != NULL ? g_build_filename (folder, name, NULL) : NULL;

  if (path != NULL)
    g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL);
}

/* --- formats --- */

typedef struct
{
  GString *title;
  guint    n_elements;
  gboolean in_title;
} Svg;

static void
start_cb (GMarkupParseContext  *context,
          const char           *element,
          const char          **names,
          const char          **values,
          gpointer              data,
          GError              **error)
{
  Svg *svg = data;

  svg->n_elements++;
  svg->in_title = g_str_equal (element, "title");
  g_assert_cmpstr (element, !=, "script");
  g_assert_cmpstr (element, !=, "image");
}

static void
text_cb (GMarkupParseContext  *context,
         const char           *text,
         gsize                 length,
         gpointer              data,
         GError              **error)
{
  Svg *svg = data;

  if (svg->in_title)
    g_string_append_len (svg->title, text, (gssize) length);
  svg->in_title = FALSE;
}

/* Well-formed, nothing but shapes, and it says what it shows. (transfer full) */
static char *
read_svg (GBytes *bytes,
          guint  *n_elements)
{
  static const GMarkupParser parser = { .start_element = start_cb, .text = text_cb };
  Svg svg = { g_string_new (NULL), 0, FALSE };
  g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &svg, NULL);
  g_autoptr(GError) error = NULL;

  g_markup_parse_context_parse (context, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
  *n_elements = svg.n_elements;
  return g_string_free (svg.title, FALSE);
}

static void
test_svg (void)
{
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(GBytes) light = export (flow, (LeydenPictureOptions) { .format = LEYDEN_PAINT_SVG });
  g_autoptr(GBytes) dark = export (flow, (LeydenPictureOptions) { .format = LEYDEN_PAINT_SVG, .dark = TRUE });
  guint n_elements;
  g_autofree char *title = read_svg (light, &n_elements);

  keep (light, "light.svg");
  keep (dark, "dark.svg");
  g_assert_cmpstr (title, ==, leyden_flow_get_title (flow));
  g_assert_cmpuint (n_elements, >, 10 * leyden_flow_get_n_nodes (flow));
  g_assert_false (g_bytes_equal (light, dark));
}

static cairo_status_t
read_cb (void          *closure,
         unsigned char *data,
         unsigned int   length)
{
  GByteArray *left = closure;

  if (left->len < length)
    return CAIRO_STATUS_READ_ERROR;
  memcpy (data, left->data, length);
  g_byte_array_remove_range (left, 0, length);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
read_png (GBytes *bytes)
{
  g_autoptr(GByteArray) data = g_byte_array_new ();
  cairo_surface_t *surface;

  g_byte_array_append (data, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
  surface = cairo_image_surface_create_from_png_stream (read_cb, data);
  g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
  return surface;
}

static guint32
get_pixel (cairo_surface_t *surface,
           double           x,
           double           y)
{
  const unsigned char *row = cairo_image_surface_get_data (surface) + (int) y * cairo_image_surface_get_stride (surface);

  return ((const guint32 *) (const void *) row)[(int) x] & (cairo_image_surface_get_format (surface) == CAIRO_FORMAT_ARGB32 ? 0xffffffff : 0xffffff);
}

/* Each node is a card where the flow has it, on the ground of its style or on nothing. */
static void
test_png (void)
{
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(LeydenPictureScene) scene = leyden_picture_scene_new (flow, types (), NULL);
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(GBytes) bytes = export (flow, (LeydenPictureOptions) { .format = LEYDEN_PAINT_PNG, .scale = 1, .dark = i == 1, .transparent = i == 2 });
      cairo_surface_t *surface = read_png (bytes);

      keep (bytes, i == 0 ? "light.png" : i == 1 ? "dark.png" : "transparent.png");
      g_assert_cmpint (cairo_image_surface_get_width (surface), ==, (int) ceilf (scene->extent.size.width));
      g_assert_cmphex (get_pixel (surface, 2, 2) & 0xffffff, ==, (i == 0 ? 0xf3f3f5 : i == 1 ? 0x1b1b1d : 0));
      for (guint n = 0; n < nodes->len; n++)
        {
          graphene_point_t at = leyden_node_get_position (nodes->pdata[n]);
          graphene_size_t size = leyden_node_types_measure (types (), nodes->pdata[n]);

          g_assert_cmphex (get_pixel (surface, at.x - scene->extent.origin.x + size.width / 2, at.y - scene->extent.origin.y + size.height - 4) & 0xffffff,
                           ==, (i == 1 ? 0x343437 : 0xffffff));
        }
      cairo_surface_destroy (surface);
    }
}

static void
test_pdf (void)
{
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(GBytes) bytes = export (flow, (LeydenPictureOptions) { .format = LEYDEN_PAINT_PDF });
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  keep (bytes, "light.pdf");
  g_assert_true (length > 2000 && memcmp (data, "%PDF-", 5) == 0);
  g_assert_nonnull (memmem (data, length, "%%EOF", 5));
}

static void
test_names (void)
{
  LeydenPaintFormat format;

  g_assert_true (leyden_paint_format_from_name ("a.b.SVG", &format) && format == LEYDEN_PAINT_SVG);
  g_assert_true (leyden_paint_format_from_name ("x.png", &format) && format == LEYDEN_PAINT_PNG);
  g_assert_true (leyden_paint_format_from_name (".pdf", &format) && format == LEYDEN_PAINT_PDF);
  g_assert_false (leyden_paint_format_from_name ("svg", &format));
  g_assert_false (leyden_paint_format_from_name ("x.svg.gz", &format));
}

/* --- what is in it --- */

static void
test_selection (void)
{
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (flow);
  g_autoptr(GHashTable) only = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(LeydenPictureScene) scene = NULL;
  LeydenEdge *edge = edges->pdata[0];

  g_hash_table_add (only, (char *) leyden_edge_get_source (edge));
  scene = leyden_picture_scene_new (flow, types (), only);
  g_assert_cmpuint (scene->nodes->len, ==, 1);
  g_assert_cmpuint (scene->wires->len, ==, 0);
  g_clear_pointer (&scene, leyden_picture_scene_free);
  g_hash_table_add (only, (char *) leyden_edge_get_target (edge));
  scene = leyden_picture_scene_new (flow, types (), only);
  g_assert_cmpuint (scene->nodes->len, ==, 2);
  g_assert_cmpuint (scene->wires->len, >=, 1);
}

/* A wire that is led far out is in the picture as a whole; what does not run is paler and says so. */
static void
test_looks (void)
{
  g_autoptr(LeydenFlow) flow = parse (
    "{\"leyden\":1,\"id\":\"x\",\"nodes\":["
    "{\"id\":\"a\",\"type\":\"prompt\",\"title\":\"One\",\"position\":{\"x\":0,\"y\":0}},"
    "{\"id\":\"b\",\"type\":\"chat\",\"title\":\"Two\",\"position\":{\"x\":300,\"y\":0},\"mode\":\"disabled\"}],"
    "\"edges\":[{\"id\":\"e\",\"source\":\"a\",\"source_port\":\"text\",\"target\":\"b\",\"target_port\":\"prompt\",\"points\":[{\"x\":250,\"y\":900}]}]}");
  g_autoptr(LeydenPictureScene) scene = leyden_picture_scene_new (flow, types (), NULL);
  g_autoptr(GBytes) png = export (flow, (LeydenPictureOptions) { .format = LEYDEN_PAINT_PNG, .scale = 1 });
  cairo_surface_t *surface = read_png (png);
  graphene_point_t at = GRAPHENE_POINT_INIT (10 - scene->extent.origin.x, 80 - scene->extent.origin.y);

  keep (png, "looks.png");
  g_assert_cmpuint (scene->wires->len, ==, 1);
  g_assert_cmpuint (g_array_index (scene->wires, LeydenPictureWire, 0).n_curves, ==, 2);
  g_assert_cmpfloat (scene->extent.origin.y + scene->extent.size.height, >, 900);
  g_assert_cmphex (get_pixel (surface, at.x, at.y) & 0xffffff, ==, 0xffffff);
  g_assert_cmphex (get_pixel (surface, at.x + 300, at.y) & 0xffffff, !=, 0xffffff);
  g_assert_cmphex (get_pixel (surface, at.x + 300, at.y) & 0xffffff, !=, 0xf3f3f5);
  g_assert_cmpstr (g_array_index (scene->nodes, LeydenPictureNode, 1).subtitle, ==, "Disabled");
  cairo_surface_destroy (surface);
}

static void
test_nothing (void)
{
  g_autoptr(LeydenFlow) empty = parse ("{\"leyden\":1,\"id\":\"x\",\"nodes\":[],\"edges\":[]}");
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(GHashTable) only = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_picture_export (empty, types (), &(LeydenPictureOptions) { 0 }, NULL, &error));
  g_assert_error (error, LEYDEN_PICTURE_ERROR, LEYDEN_PICTURE_ERROR_EMPTY);
  g_clear_error (&error);
  g_assert_null (leyden_picture_export (flow, types (), &(LeydenPictureOptions) { .only = only }, NULL, &error));
  g_assert_error (error, LEYDEN_PICTURE_ERROR, LEYDEN_PICTURE_ERROR_EMPTY);
}

/* Texts from anywhere, types that are not there, wires to nowhere, places at the end of the world. */
static void
test_hostile (void)
{
  g_autoptr(LeydenFlow) flow = parse (
    "{\"leyden\":1,\"id\":\"x\",\"title\":\"</title><script>alert(1)</script>&\",\"nodes\":["
    "{\"id\":\"a\",\"type\":\"no.such.type\",\"title\":\"<b>\\u202e\\n" "العربية\",\"position\":{\"x\":-1e9,\"y\":0}},"
    "{\"id\":\"b\",\"type\":\"prompt\",\"title\":\"\",\"position\":{\"x\":1e9,\"y\":1e9}}],"
    "\"edges\":[{\"id\":\"e\",\"source\":\"a\",\"source_port\":\"?\",\"target\":\"b\",\"target_port\":\"?\"},"
    "{\"id\":\"f\",\"source\":\"nobody\",\"source_port\":\"out\",\"target\":\"b\",\"target_port\":\"x\"}],"
    "\"notes\":[{\"id\":\"n\",\"text\":\"a\\n<i>b</i>\",\"position\":{\"x\":0,\"y\":0},\"size\":{\"width\":100,\"height\":60},\"color\":\"no colour\"}]}");
  g_autoptr(GBytes) svg = export (flow, (LeydenPictureOptions) { .format = LEYDEN_PAINT_SVG });
  g_autoptr(GBytes) png = NULL;
  g_autoptr(GError) error = NULL;
  double scale = 0;
  cairo_surface_t *surface;
  guint n_elements;
  g_autofree char *title = read_svg (svg, &n_elements);

  g_assert_cmpstr (title, ==, leyden_flow_get_title (flow));
  png = leyden_picture_export (flow, types (), &(LeydenPictureOptions) { .format = LEYDEN_PAINT_PNG, .scale = 4 }, &scale, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (scale, <, 1);
  surface = read_png (png);
  g_assert_cmpint (cairo_image_surface_get_width (surface), <=, LEYDEN_PICTURE_MAX_SIDE);
  cairo_surface_destroy (surface);
}

/* --- colours --- */

static void
assert_color (const char         *css,
              const char         *name,
              LeydenPictureColor  color)
{
  g_autofree char *line = g_strdup_printf ("@define-color %s #%02x%02x%02x;", name, (guint) (color.red * 255 + 0.5), (guint) (color.green * 255 + 0.5),
                                           (guint) (color.blue * 255 + 0.5));

  if (strstr (css, line) == NULL)
    g_error ("the picture has another colour than the style sheet: %s", line);
}

/* A picture looks like the window. */
static void
test_colors (void)
{
  static const char * const sheets[] = { "style.css", "style-dark.css" };
  static const char * const categories[] = { "flow", "models", "tools", "data", "evaluation", "other" };

  for (guint dark = 0; dark < 2; dark++)
    {
      const LeydenPictureColors *colors = leyden_picture_colors_get (dark == 1);
      g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "ui", sheets[dark], NULL);
      g_autofree char *css = NULL;
      g_autoptr(GError) error = NULL;

      g_file_get_contents (path, &css, NULL, &error);
      g_assert_no_error (error);
      assert_color (css, "leyden_canvas_color", colors->canvas);
      assert_color (css, "leyden_card_color", colors->card);
      for (guint i = 0; i < LEYDEN_N_PORT_TYPES; i++)
        {
          g_autofree char *name = g_strdup_printf ("leyden_port_%s", leyden_port_type_to_string ((LeydenPortType) i));

          assert_color (css, name, colors->port[i]);
        }
      for (guint i = 0; i < G_N_ELEMENTS (categories); i++)
        {
          g_autofree char *name = g_strdup_printf ("leyden_category_%s", categories[i]);

          assert_color (css, name, leyden_picture_category_color (colors, categories[i]));
        }
    }
}

/* --- on a thread --- */

static void
exported_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  GBytes **out = data;
  g_autoptr(GError) error = NULL;

  *out = leyden_picture_export_finish (result, NULL, &error);
  g_assert_no_error (error);
}

/* What is changed meanwhile is not in the picture, and harms nothing. */
static void
test_thread (void)
{
  g_autoptr(LeydenFlow) flow = load_sample ();
  g_autoptr(GBytes) expected = export (flow, (LeydenPictureOptions) { .format = LEYDEN_PAINT_PNG });
  GBytes *bytes = NULL;

  leyden_picture_export_async (flow, types (), &(LeydenPictureOptions) { .format = LEYDEN_PAINT_PNG }, NULL, exported_cb, &bytes);
  g_clear_object (&flow);
  while (bytes == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_bytes_equal (bytes, expected));
  g_bytes_unref (bytes);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture/svg", test_svg);
  g_test_add_func ("/picture/png", test_png);
  g_test_add_func ("/picture/pdf", test_pdf);
  g_test_add_func ("/picture/names", test_names);
  g_test_add_func ("/picture/selection", test_selection);
  g_test_add_func ("/picture/looks", test_looks);
  g_test_add_func ("/picture/nothing", test_nothing);
  g_test_add_func ("/picture/hostile", test_hostile);
  g_test_add_func ("/picture/colors", test_colors);
  g_test_add_func ("/picture/thread", test_thread);
  return g_test_run ();
}
