/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <math.h>

/*
 * How the view moves: at once under a hand that moves it, smoothly where a person only says where to (a turn of the wheel, a key, "show the whole flow"), and on
 * by itself for a while when a hand lets go of it in motion. Who has asked the desktop for less motion gets none of the latter two.
 */

#define ZOOM_STEP 1.15
#define SCROLL_STEP 64.0
#define SURFACE_STEP 12.0       /* of a touchpad, whose steps are fractions */
#define ZOOM_MS 110
#define MOVE_MS 200
#define SLOWING 4.5             /* a second; what is left of a speed is exp (−SLOWING × time) */
#define SLOWEST 15.0            /* pixels a second at which it stands */
#define FASTEST 8000.0
#define HELD_US 60000           /* held still this long before it is let go: it stays */

static gboolean
may_animate (LeydenCanvas *self)
{
  gboolean animations = FALSE;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-enable-animations", &animations, NULL);
  return animations && gtk_widget_get_mapped (GTK_WIDGET (self));
}

void
leyden_canvas_stop_motion (LeydenCanvas *self)
{
  LeydenMotion *motion = &self->motion;

  if (motion->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), motion->tick_id);
  motion->tick_id = 0;
}

/* --- from one view to another --- */

/* Both views show some point of the world at the same place: the scale changes around that. */
static LeydenCanvasView
get_between (const LeydenCanvasView *from,
             const LeydenCanvasView *to,
             double                  t)
{
  double ratio = to->scale / from->scale, scale, part;

  if (fabs (ratio - 1) < 1e-6)
    return (LeydenCanvasView) { to->scale, from->x + (to->x - from->x) * t, from->y + (to->y - from->y) * t };
  scale = from->scale * pow (ratio, t);
  part = (scale - from->scale) / (to->scale - from->scale);
  return (LeydenCanvasView) { scale, from->x + (to->x - from->x) * part, from->y + (to->y - from->y) * part };
}

static gboolean
animate_cb (GtkWidget     *widget,
            GdkFrameClock *clock,
            gpointer       data)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenMotion *motion = &self->motion;
  double t = (double) (gdk_frame_clock_get_frame_time (clock) - motion->start_us) / (motion->length_ms * 1000.0);

  if (t >= 1)
    {
      motion->tick_id = 0;
      self->view = motion->to;
      leyden_canvas_view_changed (self);
      return G_SOURCE_REMOVE;
    }
  t = 1 - pow (1 - CLAMP (t, 0, 1), 3);
  self->view = get_between (&motion->from, &motion->to, t);
  leyden_canvas_view_changed (self);
  return G_SOURCE_CONTINUE;
}

static void
move_view (LeydenCanvas           *self,
           const LeydenCanvasView *to,
           guint                   ms)
{
  LeydenMotion *motion = &self->motion;
  LeydenCanvasView target = *to;

  leyden_canvas_stop_motion (self);
  leyden_canvas_view_clamp (&target);
  if (!may_animate (self))
    {
      self->view = target;
      leyden_canvas_view_changed (self);
      return;
    }
  motion->from = self->view;
  motion->to = target;
  motion->gliding = FALSE;
  motion->length_ms = ms;
  motion->start_us = gdk_frame_clock_get_frame_time (gtk_widget_get_frame_clock (GTK_WIDGET (self)));
  motion->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), animate_cb, NULL, NULL);
}

void
leyden_canvas_move_view (LeydenCanvas           *self,
                         const LeydenCanvasView *to)
{
  move_view (self, to, MOVE_MS);
}

LeydenCanvasView
leyden_canvas_get_goal (LeydenCanvas *self)
{
  return self->motion.tick_id != 0 && !self->motion.gliding ? self->motion.to : self->view;
}

void
leyden_canvas_zoom_around (LeydenCanvas *self,
                           double        factor,
                           double        x,
                           double        y)
{
  LeydenCanvasView to = leyden_canvas_get_goal (self);

  leyden_canvas_view_zoom (&to, factor, x, y);
  move_view (self, &to, ZOOM_MS);
}

gboolean
leyden_canvas_reveal (LeydenCanvas          *self,
                      const graphene_rect_t *world)
{
  LeydenCanvasView to = leyden_canvas_get_goal (self);

  if (!leyden_canvas_view_reveal (&to, world, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)), 32))
    return FALSE;
  leyden_canvas_move_view (self, &to);
  return TRUE;
}

/* --- on by itself --- */

static gboolean
glide_cb (GtkWidget     *widget,
          GdkFrameClock *clock,
          gpointer       data)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenMotion *motion = &self->motion;
  gint64 now = gdk_frame_clock_get_frame_time (clock);
  double s = CLAMP ((double) (now - motion->last_us) / G_USEC_PER_SEC, 0, 0.1), left = exp (-SLOWING * s);

  motion->last_us = now;
  self->view.x += motion->speed_x * (1 - left) / SLOWING;
  self->view.y += motion->speed_y * (1 - left) / SLOWING;
  motion->speed_x *= left;
  motion->speed_y *= left;
  leyden_canvas_view_changed (self);
  if (hypot (motion->speed_x, motion->speed_y) >= SLOWEST)
    return G_SOURCE_CONTINUE;
  motion->tick_id = 0;
  return G_SOURCE_REMOVE;
}

static void
glide (LeydenCanvas *self,
       double        speed_x,
       double        speed_y)
{
  LeydenMotion *motion = &self->motion;

  leyden_canvas_stop_motion (self);
  if (!may_animate (self) || !isfinite (speed_x) || !isfinite (speed_y) || hypot (speed_x, speed_y) < SLOWEST)
    return;
  motion->speed_x = CLAMP (speed_x, -FASTEST, FASTEST);
  motion->speed_y = CLAMP (speed_y, -FASTEST, FASTEST);
  motion->gliding = TRUE;
  motion->last_us = gdk_frame_clock_get_frame_time (gtk_widget_get_frame_clock (GTK_WIDGET (self)));
  motion->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), glide_cb, NULL, NULL);
}

void
leyden_canvas_pan_begin (LeydenCanvas *self)
{
  leyden_canvas_stop_motion (self);
  self->press_view = self->view;
  self->motion.last_us = g_get_monotonic_time ();
  self->motion.speed_x = self->motion.speed_y = 0;
}

/* The speed is a mean that forgets: single events come too unevenly. */
void
leyden_canvas_pan_to (LeydenCanvas *self,
                      double        offset_x,
                      double        offset_y)
{
  LeydenMotion *motion = &self->motion;
  double x = self->press_view.x + offset_x, y = self->press_view.y + offset_y;
  gint64 now = g_get_monotonic_time ();
  double s = MAX ((double) (now - motion->last_us) / G_USEC_PER_SEC, 0.001), weight = 1 - exp (-s / 0.03);

  motion->speed_x += ((x - self->view.x) / s - motion->speed_x) * weight;
  motion->speed_y += ((y - self->view.y) / s - motion->speed_y) * weight;
  motion->last_us = now;
  self->view.x = x;
  self->view.y = y;
  leyden_canvas_view_changed (self);
}

void
leyden_canvas_pan_end (LeydenCanvas *self)
{
  if (g_get_monotonic_time () - self->motion.last_us < HELD_US)
    glide (self, self->motion.speed_x, self->motion.speed_y);
}

/* --- the hands --- */

static void
pan_begin_cb (GtkGestureDrag *gesture,
              double          x,
              double          y,
              LeydenCanvas   *self)
{
  leyden_canvas_pan_begin (self);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
pan_update_cb (GtkGestureDrag *gesture,
               double          offset_x,
               double          offset_y,
               LeydenCanvas   *self)
{
  leyden_canvas_pan_to (self, offset_x, offset_y);
}

static void
pan_end_cb (GtkGestureDrag *gesture,
            double          offset_x,
            double          offset_y,
            LeydenCanvas   *self)
{
  gtk_widget_set_cursor (GTK_WIDGET (self), NULL);
  leyden_canvas_pan_end (self);
}

/* Smooth devices already count in fractions, many a second. */
static gboolean
is_smooth (GtkEventControllerScroll *controller)
{
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller));

  return event != NULL && gdk_event_get_event_type (event) == GDK_SCROLL && gdk_scroll_event_get_direction (event) == GDK_SCROLL_SMOOTH
         && gdk_device_get_source (gdk_event_get_device (event)) == GDK_SOURCE_TOUCHPAD;
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller,
           double                    dx,
           double                    dy,
           LeydenCanvas             *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  gboolean smooth = is_smooth (controller);
  double step = smooth ? SURFACE_STEP : SCROLL_STEP;

  if (state & GDK_CONTROL_MASK)
    {
      double factor = pow (ZOOM_STEP, -dy);

      if (!smooth)
        {
          leyden_canvas_zoom_around (self, factor, self->pointer.x, self->pointer.y);
          return TRUE;
        }
      leyden_canvas_stop_motion (self);
      leyden_canvas_view_zoom (&self->view, factor, self->pointer.x, self->pointer.y);
    }
  else
    {
      gboolean sideways = (state & GDK_SHIFT_MASK) != 0;

      leyden_canvas_stop_motion (self);
      self->view.x -= (sideways ? dx + dy : dx) * step;
      self->view.y -= sideways ? 0 : dy * step;
    }
  leyden_canvas_view_changed (self);
  return TRUE;
}

/* Fingers that leave a touchpad in motion; the speed is in its steps. */
static void
decelerate_cb (GtkEventControllerScroll *controller,
               double                    speed_x,
               double                    speed_y,
               LeydenCanvas             *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));

  if (!(state & GDK_CONTROL_MASK))
    glide (self, -speed_x * SURFACE_STEP, -speed_y * SURFACE_STEP);
}

static void
zoom_begin_cb (GtkGesture       *gesture,
               GdkEventSequence *sequence,
               LeydenCanvas     *self)
{
  leyden_canvas_stop_motion (self);
  leyden_canvas_pointer_cancel (self);
  self->zoom_start = self->view.scale;
}

static void
zoom_changed_cb (GtkGestureZoom *gesture,
                 double          scale,
                 LeydenCanvas   *self)
{
  double x = self->pointer.x, y = self->pointer.y;

  if (gtk_gesture_is_active (GTK_GESTURE (gesture)))
    gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y);
  if (self->zoom_start > 0 && scale > 0 && isfinite (scale))
    leyden_canvas_view_zoom (&self->view, self->zoom_start * scale / self->view.scale, x, y);
  leyden_canvas_view_changed (self);
}

void
leyden_canvas_add_motion (LeydenCanvas *self)
{
  GtkGesture *pan = gtk_gesture_drag_new (), *zoom = gtk_gesture_zoom_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES | GTK_EVENT_CONTROLLER_SCROLL_KINETIC);

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (pan), GDK_BUTTON_MIDDLE);
  g_signal_connect (pan, "drag-begin", G_CALLBACK (pan_begin_cb), self);
  g_signal_connect (pan, "drag-update", G_CALLBACK (pan_update_cb), self);
  g_signal_connect (pan, "drag-end", G_CALLBACK (pan_end_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (pan));
  g_signal_connect (zoom, "begin", G_CALLBACK (zoom_begin_cb), self);
  g_signal_connect (zoom, "scale-changed", G_CALLBACK (zoom_changed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (zoom));
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (scroll, "decelerate", G_CALLBACK (decelerate_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
}

/* --- to what is selected --- */

static gboolean
get_selected_bounds (LeydenCanvas    *self,
                     graphene_rect_t *bounds)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->model), *boxes = leyden_canvas_model_get_boxes (self->model);
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);
  gboolean any = FALSE;

#define ADD(rect) G_STMT_START { graphene_rect_t added = (rect); \
  if (any) graphene_rect_union (bounds, &added, bounds); else *bounds = added; any = TRUE; } G_STMT_END
  for (guint i = 0; i < nodes->len; i++)
    if (leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, ((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->id))
      ADD (((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->item.bounds);
  for (guint i = 0; i < boxes->len; i++)
    if (leyden_selection_contains (self->selection, ((LeydenCanvasBox *) g_ptr_array_index (boxes, i))->kind,
                                   ((LeydenCanvasBox *) g_ptr_array_index (boxes, i))->id))
      ADD (((LeydenCanvasBox *) g_ptr_array_index (boxes, i))->bounds);
  for (guint i = 0; i < edges->len; i++)
    if (leyden_selection_contains (self->selection, LEYDEN_ELEMENT_EDGE, ((LeydenCanvasEdge *) g_ptr_array_index (edges, i))->id))
      ADD (leyden_canvas_edge_get_bounds (g_ptr_array_index (edges, i)));
#undef ADD
  return any;
}

static void
fit_selection_action (GtkWidget  *widget,
                      const char *name,
                      GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  LeydenCanvasView to = self->view;
  graphene_rect_t bounds;

  if (self->model == NULL || !get_selected_bounds (self, &bounds))
    {
      leyden_canvas_fit (self);
      return;
    }
  leyden_canvas_view_fit (&to, &bounds, width, height, MIN (64, MIN (width, height) / 8.0), leyden_canvas_get_text_scale (self));
  leyden_canvas_move_view (self, &to);
}

void
leyden_canvas_class_add_motion (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.fit-selection", NULL, fit_selection_action);
}
