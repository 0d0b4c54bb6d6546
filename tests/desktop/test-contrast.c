/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every pair of colours of the canvas against WCAG 2.1 AA, in the schemes light and dark; the environment says whether with high contrast. And the
 * person's own colours. */
#include "config.h"
#include "desktop-test.h"

#include <adwaita.h>
#include <glib/gstdio.h>
#include <math.h>

#include "leyden-canvas-private.h"
#include "leyden-console-text.h"
#include "leyden-theme.h"
#include "leyden-waterfall.h"

#define TEXT 4.5
#define GRAPHICS 3.0

/* --- the measure: WCAG 2.1, relative luminance and contrast ratio --- */

static double
linear (double channel)
{
  return channel <= 0.04045 ? channel / 12.92 : pow ((channel + 0.055) / 1.055, 2.4);
}

static double
get_luminance (const GdkRGBA *color)
{
  return 0.2126 * linear (color->red) + 0.7152 * linear (color->green) + 0.0722 * linear (color->blue);
}

static double
get_contrast (const GdkRGBA *a,
              const GdkRGBA *b)
{
  double x = get_luminance (a), y = get_luminance (b);

  return (MAX (x, y) + 0.05) / (MIN (x, y) + 0.05);
}

static GdkRGBA
over (GdkRGBA        color,
      double         alpha,
      const GdkRGBA *ground)
{
  float a = color.alpha * (float) alpha;

  return (GdkRGBA) { ground->red + (color.red - ground->red) * a, ground->green + (color.green - ground->green) * a,
                     ground->blue + (color.blue - ground->blue) * a, 1 };
}

static void
test_measure (void)
{
  GdkRGBA black = { 0, 0, 0, 1 }, white = { 1, 1, 1, 1 }, gray = { 0x76 / 255.f, 0x76 / 255.f, 0x76 / 255.f, 1 };

  g_assert_cmpfloat_with_epsilon (get_contrast (&black, &white), 21, 1e-6);
  g_assert_cmpfloat_with_epsilon (get_contrast (&white, &gray), 4.54, 0.01);
}

/* --- pairs --- */

static guint n_pairs, n_low;

static void
check (const char *what,
       GdkRGBA     color,
       GdkRGBA     ground,
       double      least)
{
  double contrast = get_contrast (&color, &ground);

  n_pairs++;
  if (contrast >= least)
    return;
  n_low++;
  g_test_message ("%s: %.2f of %.1f", what, contrast, least);
}

static void
check_named (const char *kind,
              const char *name,
              GdkRGBA     color,
              GdkRGBA     ground,
              double      least)
{
  g_autofree char *what = g_strdup_printf ("%s: %s", kind, name);

  check (what, color, ground, least);
}

static void
check_types (const LeydenCanvasStyle *style)
{
  static const char * const categories[] = { "flow", "models", "tools", "data", "evaluation", "other" };

  for (guint i = 0; i < LEYDEN_N_PORT_TYPES; i++)
    {
      const char *name = leyden_port_type_to_string ((LeydenPortType) i);

      check_named ("port on a node, of type", name, style->port[i], style->card, GRAPHICS);
      check_named ("wire on the canvas, of type", name, over (style->port[i], LEYDEN_WIRE_STRENGTH, &style->ground), style->ground, GRAPHICS);
    }
  for (guint i = 0; i < G_N_ELEMENTS (categories); i++)
    {
      const GdkRGBA *color = leyden_canvas_style_get_category (style, categories[i]);

      check_named ("icon in its tile, of category", categories[i], *color, over (*color, 0.18, &style->card), GRAPHICS);
      check_named ("far node on the canvas, of category", categories[i], over (*color, LEYDEN_FAR_STRENGTH, &style->ground), style->ground, GRAPHICS);
      check_named ("node on the map, of category", categories[i], *color, style->card, GRAPHICS);
    }
}

static void
check_states (const LeydenCanvasStyle *style)
{
  const struct { const char *name; const GdkRGBA *color; } states[] = {
    { "failed", &style->error }, { "done", &style->success }, { "running", &style->accent }, { "waiting", &style->foreground },
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      GdkRGBA text, fill;

      leyden_canvas_style_get_badge (style, states[i].color, &text, &fill);
      fill = over (fill, 1, &style->card);
      check_named ("badge of a node", states[i].name, over (text, 1, &fill), fill, TEXT);
    }
  check ("sign of an error on a node", style->error, style->card, GRAPHICS);
  check ("sign of a warning on a node", style->warning, style->card, GRAPHICS);
  check ("broken wire on the canvas", over (style->error, LEYDEN_WIRE_STRENGTH, &style->ground), style->ground, GRAPHICS);
  check ("far node with an error on the canvas", over (style->error, LEYDEN_FAR_STRENGTH, &style->ground), style->ground, GRAPHICS);
  check ("mark of what is trainable on a node", style->accent, style->card, GRAPHICS);
}

static void
check_text (const LeydenCanvasStyle *style)
{
  check ("title of a node", style->foreground, style->card, TEXT);
  check ("name of a port, type of a node", over (style->foreground, style->dim, &style->card), style->card, TEXT);
  check ("text on the canvas", style->foreground, style->ground, TEXT);
  check ("selection and focus on the canvas", style->accent, style->ground, GRAPHICS);
  check ("selection against a node", style->accent, style->card, GRAPHICS);
  check ("guides and rubber band on the canvas", style->accent, style->ground, GRAPHICS);
  check ("what is shown, on the map", style->accent, style->card, GRAPHICS);
}

static void
check_waterfall (GtkWidget *widget)
{
  static const char * const kinds[] = { "node", "turn", "model", "tool", "rate limit", "retry", "person", "queue", "pause", "wait" };
  LeydenWaterfall waterfall = { 0 };

  leyden_waterfall_load (&waterfall, widget);
  for (guint i = 0; i < LEYDEN_N_SPAN_KINDS; i++)
    check_named ("bar of the timeline", kinds[i], over (waterfall.kind[i], 1, &waterfall.ground), waterfall.ground, GRAPHICS);
  check ("bar of what failed", over (waterfall.error, 1, &waterfall.ground), waterfall.ground, GRAPHICS);
  check ("line of the moment", over (waterfall.accent, 1, &waterfall.ground), waterfall.ground, GRAPHICS);
  check ("line of the critical path, text of the timeline", over (waterfall.foreground, 1, &waterfall.ground), waterfall.ground, TEXT);
  check ("name of a node in the console", over (waterfall.foreground, LEYDEN_CONSOLE_NAME_STRENGTH, &waterfall.ground), waterfall.ground, TEXT);
  check ("error in the console, and in the list of events", over (waterfall.error, 1, &waterfall.ground), waterfall.ground, TEXT);
}

/* The boxes' colours are those of their widgets: asked for by CSS class, as they are drawn. */
static GdkRGBA
get_background (GtkWidget *widget)
{
  g_autoptr(GdkTexture) texture = NULL;
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;
  guint32 pixel = 0;

  gdk_paintable_snapshot (paintable, snapshot, 40, 40);
  node = gtk_snapshot_free_to_node (snapshot);
  if (node != NULL)
    {
      texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)), node, &GRAPHENE_RECT_INIT (20, 20, 1, 1));
      gdk_texture_download (texture, (guchar *) &pixel, 4);
      gsk_render_node_unref (node);
    }
  {
    float alpha = (float) (pixel >> 24) / 255;

    if (alpha == 0)
      return (GdkRGBA) { 0, 0, 0, 0 };
    return (GdkRGBA) { (float) (pixel >> 16 & 0xff) / 255 / alpha, (float) (pixel >> 8 & 0xff) / 255 / alpha, (float) (pixel & 0xff) / 255 / alpha, alpha };
  }
}

G_GNUC_BEGIN_IGNORE_DEPRECATIONS
static void
check_boxes (const LeydenCanvasStyle *style,
             LeydenWindow            *window)
{
  static const char * const colors[] = { "", "blue", "green", "yellow", "orange", "red", "purple", "gray" };
  GtkWidget *dialog = gtk_window_new ();

  gtk_window_set_default_size (GTK_WINDOW (dialog), 60, 60);
  for (guint kind = 0; kind < 2; kind++)
    for (guint i = 0; i < G_N_ELEMENTS (colors); i++)
      {
        GtkWidget *box = g_object_new (GTK_TYPE_BOX, "css-name", "flownote", "width-request", 40, "height-request", 40, NULL);
        GdkRGBA ground, text;

        gtk_widget_add_css_class (box, kind == 0 ? "note" : "frame");
        if (*colors[i] != '\0')
          gtk_widget_add_css_class (box, colors[i]);
        gtk_window_set_child (GTK_WINDOW (dialog), box);
        gtk_window_present (GTK_WINDOW (dialog));
        gtk_test_widget_wait_for_draw (dialog);
        ground = over (get_background (box), 1, &style->ground);
        gtk_style_context_get_color (gtk_widget_get_style_context (box), &text);
        check_named (kind == 0 ? "text of a note" : "title of a frame", colors[i], over (text, 1, &ground), ground, TEXT);
      }
  gtk_window_destroy (GTK_WINDOW (dialog));
}
G_GNUC_END_IGNORE_DEPRECATIONS

/* Text on the colours of probabilities and of changes, on a page and in the tinted field that it stands in; and the borders between the levels in the
 * legend, where words tell them apart as well. */
G_GNUC_BEGIN_IGNORE_DEPRECATIONS
static void
check_tokens (GtkWidget *widget)
{
  static const char * const grounds[] = { "window_bg_color", "view_bg_color", "card_bg_color" };
  static const char * const changes[] = { "error_color", "success_color" };
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  GdkRGBA text, window;

  g_assert_true (gtk_style_context_lookup_color (context, "window_fg_color", &text));
  g_assert_true (gtk_style_context_lookup_color (context, "window_bg_color", &window));
  for (guint i = 0; i < G_N_ELEMENTS (grounds); i++)
    {
      GdkRGBA ground, field;

      g_assert_true (gtk_style_context_lookup_color (context, grounds[i], &ground));
      ground = over (ground, 1, &window);
      field = over (text, 0.04, &ground);
      for (guint level = 0; level < 6; level++)
        {
          g_autofree char *name = g_strdup_printf ("leyden_token_%u", level);
          GdkRGBA color;

          g_assert_true (gtk_style_context_lookup_color (context, name, &color));
          check_named ("text of a token on its color", name, over (text, 1, &ground), over (color, 1, &field), TEXT);
          check_named ("text of every other token on its color", name, over (text, 1, &ground), over (color, 0.6, &field), TEXT);
          check_named ("word of the legend", name, over (text, 1, &ground), over (color, 1, &ground), TEXT);
        }
      for (guint j = 0; j < G_N_ELEMENTS (changes); j++)
        {
          GdkRGBA color;

          g_assert_true (gtk_style_context_lookup_color (context, changes[j], &color));
          check_named ("changed words on their color", changes[j], over (text, 1, &ground), over (color, 0.25, &field), TEXT);
        }
    }
}
G_GNUC_END_IGNORE_DEPRECATIONS

static void
test_scheme (gconstpointer data)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  LeydenWindow *window;
  LeydenCanvas *canvas;
  gboolean dark = GPOINTER_TO_INT (data) != 0;

  desktop_test_application ();
  adw_style_manager_set_color_scheme (manager, dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  g_assert_cmpint (adw_style_manager_get_high_contrast (manager), ==, g_getenv ("ADW_DEBUG_HIGH_CONTRAST") != NULL);
  window = desktop_test_window (1000, 700);
  leyden_window_open_sample (window, "calculator-agent");
  canvas = leyden_window_get_canvas (window);
  desktop_test_spin (300);
  leyden_canvas_style_load (&canvas->style, GTK_WIDGET (canvas));
  n_pairs = n_low = 0;
  check_types (&canvas->style);
  check_states (&canvas->style);
  check_text (&canvas->style);
  check_boxes (&canvas->style, window);
  check_waterfall (GTK_WIDGET (window));
  check_tokens (GTK_WIDGET (window));
  g_test_message ("%u pairs", n_pairs);
  g_assert_cmpuint (n_pairs, >, 70);
  g_assert_cmpuint (n_low, ==, 0);
  leyden_document_close (leyden_window_get_document (window), TRUE);
  desktop_test_close (window);
  adw_style_manager_set_color_scheme (manager, ADW_COLOR_SCHEME_DEFAULT);
}

/* --- the person's own colours --- */

static char *told;

static void
problem_cb (LeydenTheme *theme,
            const char  *text,
            gpointer     data)
{
  g_free (told);
  told = g_strdup (text);
}

static gboolean
is_red (gpointer data)
{
  LeydenCanvas *canvas = data;

  leyden_canvas_style_load (&canvas->style, GTK_WIDGET (canvas));
  return canvas->style.port[LEYDEN_PORT_TEXT].red > 0.99f && canvas->style.port[LEYDEN_PORT_TEXT].blue < 0.01f;
}

static gboolean
is_told (gpointer data)
{
  return told != NULL;
}

static void
write_theme (const char *path,
             const char *css)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (path, css, -1, &error));
  g_assert_no_error (error);
}

static void
test_theme (void)
{
  g_autofree char *folder = g_dir_make_tmp ("leyden-theme-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "theme.css", NULL);
  g_autoptr(LeydenTheme) theme = leyden_theme_new (path);
  LeydenWindow *window = desktop_test_window (1000, 700);
  LeydenCanvas *canvas;

  leyden_window_open_sample (window, "calculator-agent");
  canvas = leyden_window_get_canvas (window);
  g_signal_connect (theme, "problem", G_CALLBACK (problem_cb), NULL);
  /* No file is no problem; one that comes is taken. */
  leyden_theme_start (theme);
  g_assert_null (told);
  g_assert_false (is_red (canvas));
  write_theme (path, "@define-color leyden_port_text #ff0000;\n");
  desktop_test_wait (is_red, canvas);
  g_assert_null (told);

  /* What is wrong is told with its line; what is right in the same file counts. */
  write_theme (path, "@define-color leyden_port_text #ff0000;\n\nflownode { border-radius: lots; }\n");
  desktop_test_wait (is_told, NULL);
  g_assert_nonnull (strstr (told, "theme.css, line 3: "));
  g_assert_true (is_red (canvas));
  g_clear_pointer (&told, g_free);

  write_theme (path, "\xff\xfe");
  desktop_test_wait (is_told, NULL);
  g_assert_nonnull (strstr (told, "UTF-8"));
  g_assert_false (is_red (canvas));
  g_clear_pointer (&told, g_free);

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  desktop_test_wait (is_told, NULL);
  g_assert_nonnull (strstr (told, "is not a file"));
  g_clear_pointer (&told, g_free);
  g_rmdir (path);
  g_rmdir (folder);
  leyden_document_close (leyden_window_get_document (window), TRUE);
  desktop_test_close (window);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/contrast/measure", test_measure);
  g_test_add_data_func ("/contrast/light", GINT_TO_POINTER (0), test_scheme);
  g_test_add_data_func ("/contrast/dark", GINT_TO_POINTER (1), test_scheme);
  if (g_getenv ("ADW_DEBUG_HIGH_CONTRAST") == NULL)
    g_test_add_func ("/theme/file", test_theme);
  return desktop_test_run ();
}
