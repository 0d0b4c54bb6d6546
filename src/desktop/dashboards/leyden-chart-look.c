/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-look.h"

#include <adwaita.h>

#include "leyden-theme.h"

static LeydenChartColor
convert (const GdkRGBA *color)
{
  return (LeydenChartColor) { color->red, color->green, color->blue, color->alpha };
}

void
leyden_chart_look_load (GtkWidget         *widget,
                        LeydenChartStyle  *style,
                        char             **font)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  PangoContext *context = gtk_widget_get_pango_context (widget);
  const PangoFontDescription *description = pango_context_get_font_description (context);
  double size = pango_font_description_get_size (description) / (double) PANGO_SCALE;
  GdkRGBA color;

  leyden_chart_style_init (style, adw_style_manager_get_dark (manager));
  if (!pango_font_description_get_size_is_absolute (description))
    size *= pango_cairo_context_get_resolution (context) / 72;
  g_free (*font);
  *font = g_strdup (pango_font_description_get_family (description));
  style->font = *font;
  /* Marks are a little smaller than text around them. */
  style->font_size = size > 0 ? size * 0.9 : style->font_size;
  style->high_contrast = adw_style_manager_get_high_contrast (manager);
  style->mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  style->title = style->legend = FALSE;
  style->background.alpha = 0;
  leyden_theme_look_up_color (widget, NULL, &color);
  style->foreground = convert (&color);
  leyden_theme_look_up_color (widget, "accent_color", &color);
  style->accent = convert (&color);
  leyden_theme_look_up_color (widget, "leyden_grid_color", &color);
  style->grid = convert (&color);
}
