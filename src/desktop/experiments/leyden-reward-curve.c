/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-reward-curve.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-theme.h"

#define PADDING 6
#define TICK_GAP 6
#define MIN_TICK_WIDTH 56

struct _LeydenRewardCurve
{
  GtkWidget    parent_instance;

  GArray      *points;          /* LeydenCurvePoint */
  gint64       budget;          /* end of the axis, 0: the last point */
  double       baseline;        /* mean of the flow as it was, NaN: unknown */
  gint64       spent;           /* where the line ends */
  int          chosen;          /* point under the pointer or the keys, −1: none */
};

G_DEFINE_FINAL_TYPE (LeydenRewardCurve, leyden_reward_curve, GTK_TYPE_WIDGET)

/* Where things stand, in pixels; the axis of calls begins at the start side. */
typedef struct
{
  double   left, right, top, bottom;
  double   low, high;           /* rewards at bottom and top */
  gint64   calls;               /* at the far end */
  gboolean mirrored;
} Plot;

static double
plot_x (const Plot *plot,
        gint64      calls)
{
  double share = plot->calls > 0 ? CLAMP ((double) calls / (double) plot->calls, 0, 1) : 0;

  return plot->mirrored ? plot->right - share * (plot->right - plot->left) : plot->left + share * (plot->right - plot->left);
}

static double
plot_y (const Plot *plot,
        double      reward)
{
  return plot->bottom - CLAMP ((reward - plot->low) / (plot->high - plot->low), 0, 1) * (plot->bottom - plot->top);
}

static const LeydenCurvePoint *
get_point (LeydenRewardCurve *self,
           guint              index)
{
  return &g_array_index (self->points, LeydenCurvePoint, index);
}

/* Rewards are 0 to 1 as a rule; others get the room that they need. */
static void
find_range (LeydenRewardCurve *self,
            Plot              *plot)
{
  plot->low = 0;
  plot->high = 1;
  for (guint i = 0; i < self->points->len; i++)
    {
      const LeydenCurvePoint *point = get_point (self, i);

      plot->low = MIN (plot->low, isnan (point->low) ? point->best : point->low);
      plot->high = MAX (plot->high, isnan (point->high) ? point->best : point->high);
    }
  if (isfinite (self->baseline))
    {
      plot->low = MIN (plot->low, self->baseline);
      plot->high = MAX (plot->high, self->baseline);
    }
}

static int
text_width (GtkWidget  *widget,
            const char *text)
{
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  return width;
}

static int
text_height (GtkWidget *widget)
{
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout (widget, "0");
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

static Plot
make_plot (LeydenRewardCurve *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget), line = text_height (widget);
  int labels = text_width (widget, "0.00") + TICK_GAP;
  Plot plot = { .mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL };

  plot.left = PADDING + (plot.mirrored ? 0 : labels);
  plot.right = width - PADDING - (plot.mirrored ? labels : 0);
  plot.top = PADDING + line / 2.0;
  plot.bottom = height - PADDING - line - 2;
  plot.calls = MAX (self->budget, self->spent);
  if (self->points->len > 0)
    plot.calls = MAX (plot.calls, get_point (self, self->points->len - 1)->calls);
  find_range (self, &plot);
  return plot;
}

/* --- painting --- */

typedef struct
{
  GdkRGBA foreground;
  GdkRGBA accent;
  GdkRGBA grid;
} Colors;

static Colors
load_colors (GtkWidget *widget)
{
  Colors colors;

  leyden_theme_look_up_color (widget, NULL, &colors.foreground);
  leyden_theme_look_up_color (widget, "accent_color", &colors.accent);
  leyden_theme_look_up_color (widget, "leyden_grid_color", &colors.grid);
  return colors;
}

static void
draw_text (LeydenRewardCurve *self,
           cairo_t           *cr,
           const GdkRGBA     *color,
           const char        *text,
           double             x,
           double             y,
           double             align)
{
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  x = CLAMP (x - align * width, 0, MAX (gtk_widget_get_width (GTK_WIDGET (self)) - width, 0));
  cairo_move_to (cr, x, y);
  gdk_cairo_set_source_rgba (cr, color);
  pango_cairo_show_layout (cr, layout);
}

static double
nice_step (double span,
           guint  most)
{
  double step = pow (10, floor (log10 (MAX (span, 1e-9) / most)));

  for (guint i = 0; span / step > most; i++)
    step *= i % 3 == 1 ? 2.5 : 2;
  return step;
}

static void
draw_axes (LeydenRewardCurve *self,
           cairo_t           *cr,
           const Plot        *plot,
           const Colors      *colors)
{
  double line = text_height (GTK_WIDGET (self));
  double step = nice_step (plot->high - plot->low, (guint) CLAMP ((plot->bottom - plot->top) / (line * 2), 2, 5));
  guint most = (guint) CLAMP ((plot->right - plot->left) / MAX (MIN_TICK_WIDTH, 2 * text_width (GTK_WIDGET (self), "0000")), 1, 6);
  double calls_step = plot->calls > 0 ? MAX (nice_step ((double) plot->calls, most), 1) : 1;

  cairo_set_line_width (cr, 1);
  for (double at = ceil (plot->low / step - 1e-9) * step; at <= plot->high + step * 1e-6; at += step)
    {
      g_autofree char *text = g_strdup_printf (step < 0.1 ? "%.2f" : "%.1f", fabs (at) < step * 1e-6 ? 0 : at);
      double y = plot_y (plot, at);

      gdk_cairo_set_source_rgba (cr, &colors->grid);
      cairo_move_to (cr, plot->left, floor (y) + 0.5);
      cairo_line_to (cr, plot->right, floor (y) + 0.5);
      cairo_stroke (cr);
      draw_text (self, cr, &colors->foreground, text, plot->mirrored ? plot->right + TICK_GAP : plot->left - TICK_GAP, y - line / 2,
                 plot->mirrored ? 0 : 1);
    }
  for (double at = 0; plot->calls > 0 && at <= (double) plot->calls; at += calls_step)
    {
      g_autofree char *text = g_strdup_printf ("%'.0f", at);

      draw_text (self, cr, &colors->foreground, text, plot_x (plot, (gint64) at), plot->bottom + 2, 0.5);
    }
}

/* The best stays the best until another is: steps, not slopes. */
static void
trace (LeydenRewardCurve *self,
       cairo_t           *cr,
       const Plot        *plot,
       guint              from,
       guint              to,
       int                which)
{
  double y = 0;

  for (guint i = from; i < to; i++)
    {
      const LeydenCurvePoint *point = get_point (self, i);
      double x = plot_x (plot, point->calls);

      if (i > from)
        cairo_line_to (cr, x, y);
      y = plot_y (plot, which < 0 ? point->low : which > 0 ? point->high : point->best);
      cairo_line_to (cr, x, y);
    }
  cairo_line_to (cr, plot_x (plot, to < self->points->len ? get_point (self, to)->calls
                                                          : MAX (self->spent, get_point (self, to - 1)->calls)), y);
}

static void
trace_back (LeydenRewardCurve *self,
            cairo_t           *cr,
            const Plot        *plot,
            guint              from,
            guint              to)
{
  double x = plot_x (plot, to < self->points->len ? get_point (self, to)->calls : MAX (self->spent, get_point (self, to - 1)->calls));

  for (guint i = to; i-- > from;)
    {
      const LeydenCurvePoint *point = get_point (self, i);
      double y = plot_y (plot, point->low);

      cairo_line_to (cr, x, y);
      x = plot_x (plot, point->calls);
      cairo_line_to (cr, x, y);
    }
  cairo_close_path (cr);
}

/* Stretches of points whose interval is known. */
static void
draw_band (LeydenRewardCurve *self,
           cairo_t           *cr,
           const Plot        *plot,
           const Colors      *colors)
{
  GdkRGBA fill = colors->accent;
  guint from = 0;

  fill.alpha *= 0.18f;
  while (from < self->points->len)
    {
      guint to = from;

      while (to < self->points->len && !isnan (get_point (self, to)->low))
        to++;
      if (to > from)
        {
          cairo_new_path (cr);
          trace (self, cr, plot, from, to, 1);
          trace_back (self, cr, plot, from, to);
          gdk_cairo_set_source_rgba (cr, &fill);
          cairo_fill (cr);
        }
      from = to + 1;
    }
}

static void
draw_baseline (LeydenRewardCurve *self,
               cairo_t           *cr,
               const Plot        *plot,
               const Colors      *colors)
{
  const double dashes[] = { 4, 4 };
  double y = floor (plot_y (plot, self->baseline)) + 0.5;
  GdkRGBA color = colors->foreground;

  if (!isfinite (self->baseline))
    return;
  color.alpha *= 0.7f;
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_dash (cr, dashes, 2, 0);
  cairo_set_line_width (cr, 1.5);
  cairo_move_to (cr, plot->left, y);
  cairo_line_to (cr, plot->right, y);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_chosen (LeydenRewardCurve *self,
             cairo_t           *cr,
             const Plot        *plot,
             const Colors      *colors)
{
  const LeydenCurvePoint *point;
  g_autofree char *text = NULL;
  double x, y;

  if (self->chosen < 0 || self->chosen >= (int) self->points->len)
    return;
  point = get_point (self, (guint) self->chosen);
  x = plot_x (plot, point->calls);
  y = plot_y (plot, point->best);
  gdk_cairo_set_source_rgba (cr, &colors->accent);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, floor (x) + 0.5, plot->top);
  cairo_line_to (cr, floor (x) + 0.5, plot->bottom);
  cairo_stroke (cr);
  cairo_arc (cr, x, y, 5, 0, 2 * G_PI);
  cairo_fill (cr);
  text = leyden_reward_curve_describe_point (point);
  /* Below the middle the line leaves room above it, and the other way round. */
  draw_text (self, cr, &colors->foreground, text, x, y < (plot->top + plot->bottom) / 2 ? plot->bottom - 1.5 * text_height (GTK_WIDGET (self)) : plot->top,
             x < (plot->left + plot->right) / 2 ? -0.04 : 1.04);
}

static void
leyden_reward_curve_snapshot (GtkWidget   *widget,
                              GtkSnapshot *snapshot)
{
  LeydenRewardCurve *self = LEYDEN_REWARD_CURVE (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  Plot plot = make_plot (self);
  Colors colors = load_colors (widget);
  cairo_t *cr;

  if (plot.right - plot.left < 20 || plot.bottom - plot.top < 20)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  draw_axes (self, cr, &plot, &colors);
  draw_baseline (self, cr, &plot, &colors);
  if (self->points->len > 0)
    {
      draw_band (self, cr, &plot, &colors);
      cairo_new_path (cr);
      trace (self, cr, &plot, 0, self->points->len, 0);
      gdk_cairo_set_source_rgba (cr, &colors.accent);
      cairo_set_line_width (cr, 2.5);
      cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
      cairo_stroke (cr);
    }
  draw_chosen (self, cr, &plot, &colors);
  cairo_destroy (cr);
}

/* --- words --- */

char *
leyden_reward_curve_describe_point (const LeydenCurvePoint *point)
{
  if (isnan (point->low))
    return g_strdup_printf (_("After %'" PRId64 " calls %.2f"), point->calls, point->best);
  return g_strdup_printf (_("After %'" PRId64 " calls %.2f, between %.2f and %.2f"), point->calls, point->best, point->low, point->high);
}

static char *
describe (LeydenRewardCurve *self)
{
  const LeydenCurvePoint *first, *last;
  g_autofree char *point = NULL;

  if (self->points->len == 0)
    return g_strdup (_("No candidate has been scored yet"));
  if (self->chosen >= 0 && self->chosen < (int) self->points->len)
    return leyden_reward_curve_describe_point (get_point (self, (guint) self->chosen));
  first = get_point (self, 0);
  last = get_point (self, self->points->len - 1);
  point = leyden_reward_curve_describe_point (last);
  if (self->points->len == 1 || last->best <= first->best)
    return g_steal_pointer (&point);
  return g_strdup_printf (_("From %.2f to %.2f. %s"), first->best, last->best, point);
}

static void
update_accessible (LeydenRewardCurve *self)
{
  g_autofree char *text = describe (self);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
choose (LeydenRewardCurve *self,
        int                index)
{
  if (index == self->chosen)
    return;
  self->chosen = index;
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- input --- */

static void
move_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenRewardCurve *self = LEYDEN_REWARD_CURVE (widget);
  int step = g_variant_get_int32 (parameter) * (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? -1 : 1);

  if (self->points->len == 0)
    return;
  if (self->chosen < 0)
    choose (self, step > 0 ? 0 : (int) self->points->len - 1);
  else
    choose (self, CLAMP (self->chosen + step, 0, (int) self->points->len - 1));
}

static void
motion_cb (LeydenRewardCurve *self,
           double             x,
           double             y)
{
  Plot plot = make_plot (self);
  double nearest = G_MAXDOUBLE;
  int found = -1;

  for (guint i = 0; i < self->points->len; i++)
    {
      double distance = fabs (plot_x (&plot, get_point (self, i)->calls) - x);

      if (distance < nearest)
        {
          nearest = distance;
          found = (int) i;
        }
    }
  choose (self, found);
}

static void
leave_cb (LeydenRewardCurve *self)
{
  choose (self, -1);
}

/* --- class --- */

static void
leyden_reward_curve_measure (GtkWidget      *widget,
                             GtkOrientation  orientation,
                             int             for_size,
                             int            *minimum,
                             int            *natural,
                             int            *minimum_baseline,
                             int            *natural_baseline)
{
  int line = text_height (widget);

  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 8 * line : 9 * line;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 24 * line : 13 * line;
}

static void
leyden_reward_curve_css_changed (GtkWidget         *widget,
                                 GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (leyden_reward_curve_parent_class)->css_changed (widget, change);
  gtk_widget_queue_resize (widget);
}

static void
leyden_reward_curve_finalize (GObject *object)
{
  g_array_unref (LEYDEN_REWARD_CURVE (object)->points);
  G_OBJECT_CLASS (leyden_reward_curve_parent_class)->finalize (object);
}

static void
leyden_reward_curve_class_init (LeydenRewardCurveClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = leyden_reward_curve_finalize;
  widget_class->measure = leyden_reward_curve_measure;
  widget_class->snapshot = leyden_reward_curve_snapshot;
  widget_class->css_changed = leyden_reward_curve_css_changed;
  gtk_widget_class_set_css_name (widget_class, "rewardcurve");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_install_action (widget_class, "curve.move", "i", move_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Right, 0, "curve.move", "i", 1);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, 0, "curve.move", "i", -1);
}

static void
leyden_reward_curve_init (LeydenRewardCurve *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->points = g_array_new (FALSE, FALSE, sizeof (LeydenCurvePoint));
  self->baseline = NAN;
  self->chosen = -1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Best reward by calls"), -1);
  update_accessible (self);
}

GtkWidget *
leyden_reward_curve_new (void)
{
  return g_object_new (LEYDEN_TYPE_REWARD_CURVE, NULL);
}

void
leyden_reward_curve_set_snapshot (LeydenRewardCurve *self,
                                  LeydenValue       *snapshot)
{
  LeydenValue *baseline;

  g_return_if_fail (LEYDEN_IS_REWARD_CURVE (self));

  g_array_unref (self->points);
  self->points = leyden_experiment_list_points (snapshot);
  self->budget = CLAMP (leyden_value_get_member_int (leyden_value_get_member (snapshot, "budget"), "task_calls", 0), 0, G_MAXINT32);
  self->spent = CLAMP (leyden_value_get_member_int (leyden_value_get_member (snapshot, "spent"), "task_calls", 0), 0, G_MAXINT32);
  baseline = leyden_experiment_find_candidate (snapshot, leyden_value_get_member_string (snapshot, "baseline", NULL));
  self->baseline = leyden_value_get_member_double (baseline, "mean", NAN);
  if (fabs (self->baseline) > 1e9)
    self->baseline = NAN;
  if (self->chosen >= (int) self->points->len)
    self->chosen = -1;
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
