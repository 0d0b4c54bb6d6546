/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-node-mode.h"

#include <glib/gi18n-lib.h>

#define BOW 8.0
#define BELOW 10.0

const char *
leyden_node_mode_get_title (LeydenNodeMode mode)
{
  switch (mode)
    {
    case LEYDEN_NODE_MODE_DISABLED:
      return _("Disabled");
    case LEYDEN_NODE_MODE_BYPASSED:
      return _("Bypassed");
    case LEYDEN_NODE_MODE_ON:
    default:
      return NULL;
    }
}

void
leyden_node_mode_strike (LeydenNodeMode  mode,
                         PangoLayout    *title)
{
  g_autoptr(PangoAttrList) attributes = NULL;

  if (mode != LEYDEN_NODE_MODE_DISABLED)
    return;
  attributes = pango_layout_get_attributes (title) != NULL ? pango_attr_list_copy (pango_layout_get_attributes (title))
                                                           : pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_strikethrough_new (TRUE));
  pango_layout_set_attributes (title, attributes);
}

static void
paint_way (cairo_t          *cr,
           LeydenCanvas     *canvas,
           LeydenCanvasNode *node,
           guint             input,
           guint             output)
{
  const graphene_point_t *origin = &node->item.bounds.origin;
  graphene_point_t from = leyden_canvas_node_get_port_point (node, FALSE, input);
  graphene_point_t to = leyden_canvas_node_get_port_point (node, TRUE, output);
  const GdkRGBA *color = &canvas->style.port[((LeydenPort *) g_ptr_array_index (node->outputs, output))->type];
  double x0 = from.x - origin->x, y0 = from.y - origin->y, x1 = to.x - origin->x, y1 = to.y - origin->y;

  cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha);
  cairo_move_to (cr, x0, y0);
  /* Under the names of the ports, not through them. */
  cairo_curve_to (cr, x0 + BOW, y0, x0 + BOW / 2, y0 + BELOW, x0 + 2 * BOW, y0 + BELOW);
  cairo_curve_to (cr, (x0 + x1) / 2, y0 + BELOW, (x0 + x1) / 2, y1 + BELOW, x1 - 2 * BOW, y1 + BELOW);
  cairo_curve_to (cr, x1 - BOW / 2, y1 + BELOW, x1 - BOW, y1, x1, y1);
  cairo_stroke (cr);
}

void
leyden_node_mode_paint (LeydenCanvas     *canvas,
                        LeydenCanvasNode *node,
                        GtkSnapshot      *snapshot)
{
  static const double dashes[] = { 6, 4 };
  LeydenFlow *flow = leyden_canvas_model_get_flow (canvas->model);
  cairo_t *cr;

  if (leyden_node_get_mode (node->node) != LEYDEN_NODE_MODE_BYPASSED)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, node->item.bounds.size.width, node->item.bounds.size.height));
  cairo_set_line_width (cr, 2);
  cairo_set_dash (cr, dashes, G_N_ELEMENTS (dashes), 0);
  for (guint i = 0; i < node->outputs->len; i++)
    {
      int input = leyden_node_find_bypass (flow, canvas->types, node->id, g_ptr_array_index (node->outputs, i));

      if (input >= 0)
        paint_way (cr, canvas, node, (guint) input, i);
    }
  cairo_destroy (cr);
}

void
leyden_node_mode_set_class (LeydenNodeMode  mode,
                            GtkWidget      *view)
{
  static const char * const classes[] = {
    [LEYDEN_NODE_MODE_ON] = NULL, [LEYDEN_NODE_MODE_DISABLED] = "disabled", [LEYDEN_NODE_MODE_BYPASSED] = "bypassed",
  };

  for (guint i = LEYDEN_NODE_MODE_DISABLED; i < G_N_ELEMENTS (classes); i++)
    if (i == (guint) mode)
      gtk_widget_add_css_class (view, classes[i]);
    else
      gtk_widget_remove_css_class (view, classes[i]);
}
