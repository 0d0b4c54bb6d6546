/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-minimap.h"

#include <glib/gi18n-lib.h>

#include "leyden-canvas-private.h"

#define WIDTH 190
#define HEIGHT 120
#define MARGIN 6.0
#define STEP 0.2                /* of what is shown, that an arrow key goes */
#define LEAST 1.5               /* pixels of a node, however large the flow */

struct _LeydenMinimap
{
  GtkWidget         parent_instance;

  LeydenCanvas     *canvas;             /* nullable; a neighbor in the window */
  LeydenPainter     picture;            /* of the flow, without what is shown of it */
  LeydenCanvasView  view;               /* world → map */
  gboolean          stale;
  graphene_point_t  hold;               /* world: where the drag has hold of what is shown */
};

G_DEFINE_FINAL_TYPE (LeydenMinimap, leyden_minimap, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_CANVAS,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

/* --- the picture --- */

static graphene_rect_t
get_shown (LeydenMinimap *self)
{
  GtkWidget *canvas = GTK_WIDGET (self->canvas);

  return leyden_canvas_view_get_extent (&self->canvas->view, gtk_widget_get_width (canvas), gtk_widget_get_height (canvas), 0);
}

static void
paint_nodes (LeydenMinimap *self,
             int            factor)
{
  const LeydenCanvasStyle *style = &self->canvas->style;
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->canvas->model);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);
      const graphene_rect_t *bounds = &node->item.bounds;
      graphene_point_t at = leyden_canvas_view_from_world (&self->view, bounds->origin.x, bounds->origin.y);
      const GdkRGBA *color = node->state == LEYDEN_NODE_STATE_FAILED || node->n_errors > 0 ? &style->error
                             : leyden_canvas_style_get_category (style, node->type != NULL ? node->type->category : NULL);

      leyden_painter_rect (&self->picture, at.x * factor, at.y * factor, MAX (bounds->size.width * self->view.scale, LEAST) * factor,
                           MAX (bounds->size.height * self->view.scale, LEAST) * factor, color);
    }
}

static void
paint_boxes (LeydenMinimap *self,
             int            factor)
{
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->canvas->model);
  GdkRGBA color = leyden_canvas_style_fade (&self->canvas->style.foreground, 0.12);

  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);
      graphene_point_t at = leyden_canvas_view_from_world (&self->view, box->bounds.origin.x, box->bounds.origin.y);

      leyden_painter_rect (&self->picture, at.x * factor, at.y * factor, box->bounds.size.width * self->view.scale * factor,
                           box->bounds.size.height * self->view.scale * factor, &color);
    }
}

static void
paint (LeydenMinimap *self)
{
  int factor = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  graphene_rect_t extent;

  leyden_painter_begin (&self->picture, width * factor, height * factor, &self->canvas->style.card);
  if (self->picture.pixels == NULL || !leyden_canvas_model_get_extent (self->canvas->model, &extent))
    return;
  /* Smaller than a canvas may be: the whole has to be on it. */
  {
    double scale = MIN ((width - 2 * MARGIN) / MAX (extent.size.width, 1), (height - 2 * MARGIN) / MAX (extent.size.height, 1));

    scale = MIN (scale, 0.25);
    self->view = (LeydenCanvasView) { scale, width / 2.0 - (extent.origin.x + extent.size.width / 2) * scale,
                                      height / 2.0 - (extent.origin.y + extent.size.height / 2) * scale };
  }
  paint_boxes (self, factor);
  paint_nodes (self, factor);
  leyden_painter_touch (&self->picture);
}

static void
draw_shown (LeydenMinimap *self,
            GtkSnapshot   *snapshot)
{
  graphene_rect_t shown = get_shown (self), clip;
  graphene_point_t at = leyden_canvas_view_from_world (&self->view, shown.origin.x, shown.origin.y);
  graphene_rect_t rect = GRAPHENE_RECT_INIT (at.x, at.y, (float) (shown.size.width * self->view.scale), (float) (shown.size.height * self->view.scale));
  const GdkRGBA *accent = &self->canvas->style.accent;
  GdkRGBA fill = leyden_canvas_style_fade (accent, 0.12);
  GskRoundedRect outline;

  clip = GRAPHENE_RECT_INIT (1, 1, (float) gtk_widget_get_width (GTK_WIDGET (self)) - 2, (float) gtk_widget_get_height (GTK_WIDGET (self)) - 2);
  if (!graphene_rect_intersection (&rect, &clip, &rect))
    return;
  gtk_snapshot_append_color (snapshot, &fill, &rect);
  gsk_rounded_rect_init_from_rect (&outline, &rect, 2);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]) { 2, 2, 2, 2 }, (GdkRGBA[4]) { *accent, *accent, *accent, *accent });
}

static void
leyden_minimap_snapshot (GtkWidget   *widget,
                         GtkSnapshot *snapshot)
{
  LeydenMinimap *self = LEYDEN_MINIMAP (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int factor = gtk_widget_get_scale_factor (widget);
  cairo_t *cr;

  if (self->canvas == NULL || self->canvas->model == NULL || !self->canvas->style_loaded || width <= 0 || height <= 0)
    return;
  if (self->stale || self->picture.width != width * factor || self->picture.height != height * factor)
    paint (self);
  self->stale = FALSE;
  if (self->picture.surface == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  cairo_scale (cr, 1.0 / factor, 1.0 / factor);
  cairo_set_source_surface (cr, self->picture.surface, 0, 0);
  cairo_paint (cr);
  cairo_destroy (cr);
  draw_shown (self, snapshot);
}

void
leyden_minimap_changed (LeydenMinimap *self,
                        gboolean       content)
{
  g_return_if_fail (LEYDEN_IS_MINIMAP (self));

  self->stale = self->stale || content;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

graphene_point_t
leyden_minimap_from_world (LeydenMinimap *self,
                           double         x,
                           double         y)
{
  g_return_val_if_fail (LEYDEN_IS_MINIMAP (self), GRAPHENE_POINT_INIT (0, 0));
  return leyden_canvas_view_from_world (&self->view, x, y);
}

/* --- moving the canvas --- */

/* The middle of what is shown comes to a point of the world. */
static void
look_at (LeydenMinimap   *self,
         graphene_point_t at,
         gboolean         smoothly)
{
  LeydenCanvas *canvas = self->canvas;
  LeydenCanvasView to = leyden_canvas_get_goal (canvas);

  to.x = gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0 - at.x * to.scale;
  to.y = gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0 - at.y * to.scale;
  if (smoothly)
    {
      leyden_canvas_move_view (canvas, &to);
      return;
    }
  leyden_canvas_stop_motion (canvas);
  canvas->view = to;
  leyden_canvas_view_changed (canvas);
}

static void
drag_begin_cb (GtkGestureDrag *gesture,
               double          x,
               double          y,
               LeydenMinimap  *self)
{
  graphene_point_t at = leyden_canvas_view_to_world (&self->view, x, y), middle;
  graphene_rect_t shown;

  if (self->canvas == NULL || self->canvas->model == NULL || self->view.scale <= 0)
    return;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  shown = get_shown (self);
  graphene_rect_get_center (&shown, &middle);
  /* What is shown is taken hold of where it is; elsewhere it comes to the pointer. */
  self->hold = graphene_rect_contains_point (&shown, &at) ? GRAPHENE_POINT_INIT (middle.x - at.x, middle.y - at.y) : GRAPHENE_POINT_INIT (0, 0);
  look_at (self, GRAPHENE_POINT_INIT (at.x + self->hold.x, at.y + self->hold.y), TRUE);
}

static void
drag_update_cb (GtkGestureDrag *gesture,
                double          offset_x,
                double          offset_y,
                LeydenMinimap  *self)
{
  graphene_point_t at;
  double x, y;

  if (self->canvas == NULL || self->canvas->model == NULL || !gtk_gesture_drag_get_start_point (gesture, &x, &y)
      || (offset_x == 0 && offset_y == 0))
    return;
  at = leyden_canvas_view_to_world (&self->view, x + offset_x, y + offset_y);
  look_at (self, GRAPHENE_POINT_INIT (at.x + self->hold.x, at.y + self->hold.y), FALSE);
}

static void
step_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenMinimap *self = LEYDEN_MINIMAP (widget);
  graphene_rect_t shown;
  graphene_point_t middle;
  int x, y;

  if (self->canvas == NULL || self->canvas->model == NULL)
    return;
  g_variant_get (parameter, "(ii)", &x, &y);
  shown = get_shown (self);
  graphene_rect_get_center (&shown, &middle);
  look_at (self, GRAPHENE_POINT_INIT (middle.x + (float) (x * STEP) * shown.size.width, middle.y + (float) (y * STEP) * shown.size.height), TRUE);
}

/* --- object --- */

static void
set_canvas (LeydenMinimap *self,
            LeydenCanvas  *canvas)
{
  if (self->canvas == canvas)
    return;
  if (self->canvas != NULL)
    {
      self->canvas->minimap = NULL;
      g_object_remove_weak_pointer (G_OBJECT (self->canvas), (gpointer *) &self->canvas);
    }
  self->canvas = canvas;
  if (canvas != NULL)
    {
      g_object_add_weak_pointer (G_OBJECT (canvas), (gpointer *) &self->canvas);
      canvas->minimap = GTK_WIDGET (self);
    }
  leyden_minimap_changed (self, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CANVAS]);
}

static void
leyden_minimap_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  if (prop_id == PROP_CANVAS)
    g_value_set_object (value, LEYDEN_MINIMAP (object)->canvas);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_minimap_set_property (GObject      *object,
                             guint         prop_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  if (prop_id == PROP_CANVAS)
    set_canvas (LEYDEN_MINIMAP (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_minimap_measure (GtkWidget      *widget,
                        GtkOrientation  orientation,
                        int             for_size,
                        int            *minimum,
                        int            *natural,
                        int            *minimum_baseline,
                        int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void
leyden_minimap_dispose (GObject *object)
{
  set_canvas (LEYDEN_MINIMAP (object), NULL);
  leyden_painter_clear (&LEYDEN_MINIMAP (object)->picture);
  G_OBJECT_CLASS (leyden_minimap_parent_class)->dispose (object);
}

static void
leyden_minimap_class_init (LeydenMinimapClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  static const struct { guint key; int x, y; } keys[] = {
    { GDK_KEY_Left, -1, 0 }, { GDK_KEY_Right, 1, 0 }, { GDK_KEY_Up, 0, -1 }, { GDK_KEY_Down, 0, 1 },
  };

  object_class->get_property = leyden_minimap_get_property;
  object_class->set_property = leyden_minimap_set_property;
  object_class->dispose = leyden_minimap_dispose;
  widget_class->measure = leyden_minimap_measure;
  widget_class->snapshot = leyden_minimap_snapshot;
  properties[PROP_CANVAS] = g_param_spec_object ("canvas", NULL, NULL, LEYDEN_TYPE_CANVAS,
                                                 G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "flowmap");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_action (widget_class, "minimap.step", "(ii)", step_action);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding_action (widget_class, keys[i].key, 0, "minimap.step", "(ii)", keys[i].x, keys[i].y);
}

static void
leyden_minimap_init (LeydenMinimap *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->stale = TRUE;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Map of the flow"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _("The arrow keys move what the canvas shows"), -1);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}
