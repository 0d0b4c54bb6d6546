/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-area-private.h"

#include <math.h>

/* Pointer, wheel, fingers and keys. */

#define ZOOM_STEP 1.25
#define PAN_STEP 0.2
/* Less than it is a click. */
#define DRAG_LEAST 6
/* A click activates a point that is this near, in px. */
#define REACH 16

static gboolean
is_mirrored (LeydenChartArea *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* --- keys --- */

static gboolean
start_reading (LeydenChartArea *self,
               LeydenChartPlot *plot,
               int              step)
{
  for (guint series = 0; series < leyden_chart_get_n_series (self->chart); series++)
    {
      guint index = LEYDEN_CHART_NONE;

      if (leyden_chart_plot_step (plot, series, &index, step))
        {
          leyden_chart_area_read (self, series, index, TRUE);
          return TRUE;
        }
    }
  return FALSE;
}

static void
move_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  int steps = g_variant_get_int32 (parameter) * (is_mirrored (self) ? -1 : 1), step = steps < 0 ? -1 : 1;
  guint index = self->index;

  if (plot == NULL)
    return;
  if (!self->reading)
    {
      start_reading (self, plot, step);
      return;
    }
  for (int i = 0; i < abs (steps); i++)
    leyden_chart_plot_step (plot, self->series, &index, step);
  leyden_chart_area_read (self, self->series, index, TRUE);
}

static void
end_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  int step = g_variant_get_int32 (parameter);
  guint index = LEYDEN_CHART_NONE;

  if (plot == NULL)
    return;
  if (!self->reading)
    start_reading (self, plot, step);
  else if (leyden_chart_plot_step (plot, self->series, &index, step))
    leyden_chart_area_read (self, self->series, index, TRUE);
}

/* The point of another series that is nearest along x. */
static void
series_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  int step = g_variant_get_int32 (parameter), n;
  double x, y;

  if (plot == NULL)
    return;
  if (!self->reading || !leyden_chart_plot_locate (plot, self->series, self->index, &x, &y))
    {
      start_reading (self, plot, 1);
      return;
    }
  n = (int) leyden_chart_get_n_series (self->chart);
  for (int i = 1; i < n; i++)
    {
      guint series = (guint) ((((int) self->series + i * step) % n + n) % n), index;

      if (leyden_chart_plot_find_in (plot, series, x, y, &index))
        {
          leyden_chart_area_read (self, series, index, TRUE);
          return;
        }
    }
}

static void
zoom_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  double factor = g_variant_get_int32 (parameter) > 0 ? ZOOM_STEP * ZOOM_STEP : 1 / (ZOOM_STEP * ZOOM_STEP), x, y;
  LeydenChartBox area;

  if (plot == NULL)
    return;
  area = leyden_chart_plot_get_area (plot);
  /* Around what is read. */
  if (!self->reading || !leyden_chart_plot_locate (plot, self->series, self->index, &x, &y))
    x = area.x + area.width / 2;
  leyden_chart_area_zoom_at (self, factor, x);
}

static void
pan_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);

  leyden_chart_area_pan (self, PAN_STEP * g_variant_get_int32 (parameter) * (is_mirrored (self) ? -1 : 1));
}

static void
reset_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  leyden_chart_area_reset (LEYDEN_CHART_AREA (widget));
}

static void
activate_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);

  if (self->reading)
    g_signal_emit_by_name (self, "point-activated", self->series, self->index);
}

static void
menu_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  double x = gtk_widget_get_width (widget) / 2., y = gtk_widget_get_height (widget) / 2.;

  if (plot != NULL && self->reading)
    leyden_chart_plot_locate (plot, self->series, self->index, &x, &y);
  g_signal_emit_by_name (self, "menu", x, y);
}

/* What is read first, then what is zoomed; then the key is another's. */
static gboolean
escape_cb (GtkWidget *widget,
           GVariant  *args,
           gpointer   data)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);

  if (self->reading && self->by_keys)
    leyden_chart_area_unread (self);
  else if (leyden_chart_area_is_zoomed (self))
    leyden_chart_area_reset (self);
  else
    return FALSE;
  return TRUE;
}

void
leyden_chart_area_install_keys (GtkWidgetClass *klass)
{
  static const struct { guint key; GdkModifierType state; const char *action; int value; } keys[] = {
    { GDK_KEY_Right, 0, "area.move", 1 }, { GDK_KEY_Left, 0, "area.move", -1 },
    { GDK_KEY_KP_Right, 0, "area.move", 1 }, { GDK_KEY_KP_Left, 0, "area.move", -1 },
    { GDK_KEY_Right, GDK_CONTROL_MASK, "area.move", 10 }, { GDK_KEY_Left, GDK_CONTROL_MASK, "area.move", -10 },
    { GDK_KEY_Right, GDK_SHIFT_MASK, "area.pan", 1 }, { GDK_KEY_Left, GDK_SHIFT_MASK, "area.pan", -1 },
    { GDK_KEY_Home, 0, "area.end", 1 }, { GDK_KEY_End, 0, "area.end", -1 },
    { GDK_KEY_Page_Down, 0, "area.series", 1 }, { GDK_KEY_Page_Up, 0, "area.series", -1 },
    { GDK_KEY_plus, 0, "area.zoom", 1 }, { GDK_KEY_equal, 0, "area.zoom", 1 }, { GDK_KEY_KP_Add, 0, "area.zoom", 1 },
    { GDK_KEY_minus, 0, "area.zoom", -1 }, { GDK_KEY_KP_Subtract, 0, "area.zoom", -1 },
  };

  gtk_widget_class_install_action (klass, "area.move", "i", move_action);
  gtk_widget_class_install_action (klass, "area.end", "i", end_action);
  gtk_widget_class_install_action (klass, "area.series", "i", series_action);
  gtk_widget_class_install_action (klass, "area.zoom", "i", zoom_action);
  gtk_widget_class_install_action (klass, "area.pan", "i", pan_action);
  gtk_widget_class_install_action (klass, "area.reset", NULL, reset_action);
  gtk_widget_class_install_action (klass, "area.activate", NULL, activate_action);
  gtk_widget_class_install_action (klass, "area.menu", NULL, menu_action);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding_action (klass, keys[i].key, keys[i].state, keys[i].action, "i", keys[i].value);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_0, 0, "area.reset", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Return, 0, "area.activate", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_KP_Enter, 0, "area.activate", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Menu, 0, "area.menu", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_F10, GDK_SHIFT_MASK, "area.menu", NULL);
  gtk_widget_class_add_binding (klass, GDK_KEY_Escape, 0, escape_cb, NULL);
}

/* --- pointer --- */

static gboolean
is_inside (LeydenChartPlot *plot,
           double           x,
           double           y)
{
  LeydenChartBox area = leyden_chart_plot_get_area (plot);

  return x >= area.x - 2 && x <= area.x + area.width + 2 && y >= area.y - 2 && y <= area.y + area.height + 2;
}

static void
motion_cb (LeydenChartArea *self,
           double           x,
           double           y)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  guint series, index;

  self->pointer = x;
  if (plot == NULL || self->dragging)
    return;
  if (is_inside (plot, x, y) && leyden_chart_plot_find (plot, x, y, &series, &index))
    leyden_chart_area_read (self, series, index, FALSE);
  else if (!self->by_keys)
    leyden_chart_area_unread (self);
}

static void
leave_cb (LeydenChartArea *self)
{
  if (!self->by_keys)
    leyden_chart_area_unread (self);
}

static void
focus_leave_cb (LeydenChartArea *self)
{
  if (self->by_keys)
    leyden_chart_area_unread (self);
}

static void
drag_begin_cb (GtkGestureDrag  *gesture,
               double           x,
               double           y,
               LeydenChartArea *self)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (plot == NULL || !leyden_chart_plot_can_zoom (plot) || !is_inside (plot, x, y))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  self->panning = (state & GDK_SHIFT_MASK) != 0 && isfinite (self->zoom.low);
  self->drag_from = self->drag_to = x;
  self->drag_zoom = self->zoom;
}

/* What was under the pointer stays under it. */
static void
drag_pan (LeydenChartArea *self,
          double           offset)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  LeydenChartBox area = leyden_chart_plot_get_area (plot);
  LeydenChartScale now = leyden_chart_plot_get_x_scale (plot);
  LeydenChartScale scale = { self->drag_zoom.low, self->drag_zoom.high, now.log };
  double share = (is_mirrored (self) ? offset : -offset) / MAX (area.width, 1);

  leyden_chart_area_set_zoom (self, leyden_chart_scale_value (&scale, share), leyden_chart_scale_value (&scale, 1 + share));
}

static void
drag_update_cb (GtkGestureDrag  *gesture,
                double           offset_x,
                double           offset_y,
                LeydenChartArea *self)
{
  if (!self->dragging && fabs (offset_x) < DRAG_LEAST)
    return;
  if (!self->dragging)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      leyden_chart_area_unread (self);
      self->dragging = TRUE;
    }
  self->drag_to = self->drag_from + offset_x;
  if (self->panning)
    drag_pan (self, offset_x);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_end_cb (GtkGestureDrag  *gesture,
             double           offset_x,
             double           offset_y,
             LeydenChartArea *self)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  gboolean zoom = self->dragging && !self->panning && fabs (self->drag_to - self->drag_from) >= DRAG_LEAST;

  self->dragging = FALSE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (zoom && plot != NULL)
    {
      LeydenChartBox area = leyden_chart_plot_get_area (plot);
      double a = leyden_chart_plot_get_value (plot, CLAMP (self->drag_from, area.x, area.x + area.width));
      double b = leyden_chart_plot_get_value (plot, CLAMP (self->drag_to, area.x, area.x + area.width));

      leyden_chart_area_set_zoom (self, MIN (a, b), MAX (a, b));
    }
}

static void
pressed_cb (GtkGestureClick *gesture,
            int              n_press,
            double           x,
            double           y,
            LeydenChartArea *self)
{
  if (n_press == 2)
    leyden_chart_area_reset (self);
}

static void
released_cb (GtkGestureClick *gesture,
             int              n_press,
             double           x,
             double           y,
             LeydenChartArea *self)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  guint series, index;
  double px, py;

  if (n_press != 1 || self->dragging || plot == NULL || !leyden_chart_plot_find (plot, x, y, &series, &index)
      || !leyden_chart_plot_locate (plot, series, index, &px, &py))
    return;
  if (hypot (px - x, py - y) <= REACH)
    g_signal_emit_by_name (self, "point-activated", series, index);
}

static void
context_cb (GtkGestureClick *gesture,
            int              n_press,
            double           x,
            double           y,
            LeydenChartArea *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  g_signal_emit_by_name (self, "menu", x, y);
}

/* With Control the wheel zooms; what is zoomed goes along sideways. The rest scrolls the page that the chart is on. */
static gboolean
scroll_cb (GtkEventControllerScroll *controller,
           double                    dx,
           double                    dy,
           LeydenChartArea          *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));

  if ((state & GDK_CONTROL_MASK) != 0 && dy != 0)
    {
      /* Around the pointer, which came here before. */
      leyden_chart_area_zoom_at (self, pow (ZOOM_STEP, -dy), isfinite (self->pointer) ? self->pointer : gtk_widget_get_width (GTK_WIDGET (self)) / 2.);
      return TRUE;
    }
  if ((state & GDK_SHIFT_MASK) != 0 && dx == 0)
    dx = dy;
  if (!isfinite (self->zoom.low) || dx == 0)
    return FALSE;
  leyden_chart_area_pan (self, dx * PAN_STEP / 2 * (is_mirrored (self) ? -1 : 1));
  return TRUE;
}

static void
pinch_begin_cb (GtkGesture       *gesture,
                GdkEventSequence *sequence,
                LeydenChartArea  *self)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  LeydenChartScale scale;

  if (plot == NULL)
    return;
  scale = leyden_chart_plot_get_x_scale (plot);
  self->drag_zoom = (LeydenChartWindow) { scale.low, scale.high, 0, 0 };
}

static void
pinch_cb (GtkGestureZoom  *gesture,
          double           factor,
          LeydenChartArea *self)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  LeydenChartScale scale, now;
  LeydenChartBox area;
  double x, y, place;

  if (plot == NULL || !leyden_chart_plot_can_zoom (plot) || !(factor > 0) || !gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y))
    return;
  area = leyden_chart_plot_get_area (plot);
  now = leyden_chart_plot_get_x_scale (plot);
  scale = (LeydenChartScale) { self->drag_zoom.low, self->drag_zoom.high, now.log };
  place = CLAMP ((x - area.x) / MAX (area.width, 1), 0, 1);
  place = is_mirrored (self) ? 1 - place : place;
  leyden_chart_area_set_zoom (self, leyden_chart_scale_value (&scale, place - place / factor), leyden_chart_scale_value (&scale, place + (1 - place) / factor));
}

static void
add (LeydenChartArea    *self,
     GtkEventController *controller)
{
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

void
leyden_chart_area_add_controllers (LeydenChartArea *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new (), *focus = gtk_event_controller_focus_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *drag = gtk_gesture_drag_new (), *click = gtk_gesture_click_new (), *context = gtk_gesture_click_new (), *pinch = gtk_gesture_zoom_new ();

  g_signal_connect_swapped (motion, "enter", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (focus_leave_cb), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect (click, "released", G_CALLBACK (released_cb), self);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (context), GDK_BUTTON_SECONDARY);
  g_signal_connect (context, "pressed", G_CALLBACK (context_cb), self);
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), self);
  add (self, motion);
  add (self, focus);
  add (self, scroll);
  add (self, GTK_EVENT_CONTROLLER (drag));
  add (self, GTK_EVENT_CONTROLLER (click));
  add (self, GTK_EVENT_CONTROLLER (context));
  add (self, GTK_EVENT_CONTROLLER (pinch));
}
