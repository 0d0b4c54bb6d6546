/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-area-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-announce.h"
#include "leyden-chart-look.h"

#define PADDING 6
/* Numbers of a chart of values that there is room for in any case. */
#define MOST_VALUES 2
/* Room that is left for what comes, as a share of what is there: fewer than nine of all paintings are for want of room. */
#define HEADROOM 0.125

G_DEFINE_FINAL_TYPE (LeydenChartArea, leyden_chart_area, GTK_TYPE_WIDGET)

enum
{
  POINT_ACTIVATED,
  MENU,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- what is shown --- */

static void
forget_plot (LeydenChartArea *self)
{
  g_clear_pointer (&self->plot, leyden_chart_plot_free);
  g_clear_pointer (&self->frame, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* A line that grows is shown with room at its end, so that the scale stays while the room is filled. */
static void
keep_window (LeydenChartArea *self)
{
  LeydenChartScale x = leyden_chart_plot_get_x_scale (self->plot);
  double low, high;

  if (x.log || !leyden_chart_get_shown (self->chart, &low, &high) || leyden_chart_get_kind (self->chart) != LEYDEN_CHART_KIND_LINE)
    {
      self->kept = (LeydenChartWindow) LEYDEN_CHART_ALL;
      return;
    }
  if (self->kept.low == low && high <= self->kept.high && high - low > (self->kept.high - low) / 2)
    return;
  self->kept = (LeydenChartWindow) { low, self->kept.low == low && high > self->kept.high ? high + (high - low) * HEADROOM : high, 0, 0 };
}

LeydenChartWindow
leyden_chart_area_get_window (LeydenChartArea *self)
{
  return isfinite (self->zoom.low) ? self->zoom : self->kept;
}

LeydenChartPlot *
leyden_chart_area_get_plot (LeydenChartArea *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  LeydenChartWindow window;

  if (self->chart == NULL || width < 2 || height < 2)
    return NULL;
  if (self->plot != NULL)
    return self->plot;
  if (!self->styled)
    {
      leyden_chart_look_load (widget, &self->style, &self->font);
      self->styled = TRUE;
    }
  window = leyden_chart_area_get_window (self);
  window.y_low = self->across.low;
  window.y_high = self->across.high;
  self->plot = leyden_chart_plot_new (self->chart, &self->style, &window, width, height);
  if (!isfinite (self->zoom.low))
    {
      LeydenChartWindow before = self->kept;

      keep_window (self);
      if (memcmp (&before, &self->kept, sizeof before) != 0)
        {
          window.low = self->kept.low;
          window.high = self->kept.high;
          leyden_chart_plot_free (self->plot);
          self->plot = leyden_chart_plot_new (self->chart, &self->style, &window, width, height);
        }
    }
  self->across = leyden_chart_plot_get_y_scale (self->plot);
  return self->plot;
}

/* --- words --- */

static void
update_words (LeydenChartArea *self)
{
  g_autofree char *text = NULL;

  if (self->chart == NULL)
    return;
  if (self->reading)
    text = leyden_chart_describe_point (self->chart, self->series, self->index);
  if (text == NULL)
    text = leyden_chart_describe (self->chart);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  *leyden_chart_get_title (self->chart) != '\0' ? leyden_chart_get_title (self->chart)
                                                                                : leyden_chart_kind_get_title (leyden_chart_get_kind (self->chart)),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

void
leyden_chart_area_read (LeydenChartArea *self,
                        guint            series,
                        guint            index,
                        gboolean         by_keys)
{
  double x, y;

  if (self->reading && self->series == series && self->index == index && self->by_keys == by_keys)
    return;
  self->reading = TRUE;
  self->by_keys = by_keys;
  self->series = series;
  self->index = index;
  if (by_keys)
    {
      g_autofree char *text = leyden_chart_describe_point (self->chart, series, index);

      update_words (self);
      if (text != NULL)
        leyden_announce (GTK_WIDGET (self), text);
    }
  if (self->link != NULL && leyden_chart_get_x (self->chart) != LEYDEN_CHART_X_CATEGORY
      && leyden_chart_get_point (self->chart, series, index, &x, &y, NULL, NULL))
    leyden_chart_link_set_hover (self->link, x);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_chart_area_unread (LeydenChartArea *self)
{
  if (!self->reading)
    return;
  self->reading = FALSE;
  if (self->by_keys)
    update_words (self);
  self->by_keys = FALSE;
  if (self->link != NULL)
    leyden_chart_link_set_hover (self->link, NAN);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- zoom --- */

static void
take_zoom (LeydenChartArea *self,
           double           low,
           double           high)
{
  self->zoom = (LeydenChartWindow) { low, high, 0, 0 };
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "area.reset", isfinite (low));
  forget_plot (self);
}

void
leyden_chart_area_set_zoom (LeydenChartArea *self,
                            double           low,
                            double           high)
{
  /* Nothing is closer than what numbers of that size can tell apart. */
  if (isfinite (low) && isfinite (high) && !(high - low > 1e-12 * MAX (fabs (low), fabs (high))))
    return;
  if (self->link != NULL && leyden_chart_get_x (self->chart) == LEYDEN_CHART_X_TIME)
    {
      leyden_chart_link_set_zoom (self->link, low, high);
      if (isfinite (low) == isfinite (self->zoom.low) && (!isfinite (low) || (self->zoom.low == low && self->zoom.high == high)))
        return;
    }
  take_zoom (self, low, high);
}

void
leyden_chart_area_zoom_at (LeydenChartArea *self,
                           double           factor,
                           double           x)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  LeydenChartScale scale;
  double place, low, high;

  if (plot == NULL || !leyden_chart_plot_can_zoom (plot) || !(factor > 0))
    return;
  scale = leyden_chart_plot_get_x_scale (plot);
  place = CLAMP (leyden_chart_scale_place (&scale, leyden_chart_plot_get_value (plot, x)), 0, 1);
  low = leyden_chart_scale_value (&scale, place - place / factor);
  high = leyden_chart_scale_value (&scale, place + (1 - place) / factor);
  if (factor < 1 && isfinite (self->zoom.low))
    {
      double all_low, all_high;

      /* Far enough away all is shown. */
      if (leyden_chart_get_shown (self->chart, &all_low, &all_high) && low <= all_low && high >= all_high)
        {
          leyden_chart_area_set_zoom (self, NAN, NAN);
          return;
        }
    }
  else if (factor < 1)
    return;
  leyden_chart_area_set_zoom (self, low, high);
}

void
leyden_chart_area_pan (LeydenChartArea *self,
                       double           share)
{
  LeydenChartPlot *plot = leyden_chart_area_get_plot (self);
  LeydenChartScale scale;
  double low, high;

  if (plot == NULL || !isfinite (self->zoom.low))
    return;
  scale = leyden_chart_plot_get_x_scale (plot);
  /* The ends of what there is stay in sight. */
  if (leyden_chart_get_shown (self->chart, &low, &high))
    {
      double first = leyden_chart_scale_place (&scale, low), last = leyden_chart_scale_place (&scale, high);

      share = share > 0 ? MIN (share, MAX (last - 1, 0)) : MAX (share, MIN (first, 0));
    }
  if (share != 0)
    leyden_chart_area_set_zoom (self, leyden_chart_scale_value (&scale, share), leyden_chart_scale_value (&scale, 1 + share));
}

gboolean
leyden_chart_area_is_zoomed (LeydenChartArea *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART_AREA (self), FALSE);

  return isfinite (self->zoom.low);
}

void
leyden_chart_area_reset (LeydenChartArea *self)
{
  g_return_if_fail (LEYDEN_IS_CHART_AREA (self));

  if (isfinite (self->zoom.low))
    leyden_chart_area_set_zoom (self, NAN, NAN);
}

/* --- painting --- */

/* What stands around a line depends on the scales alone. */
static gboolean
is_frame_good (LeydenChartArea *self)
{
  LeydenChartScale x = leyden_chart_plot_get_x_scale (self->plot), y = leyden_chart_plot_get_y_scale (self->plot);

  return self->frame != NULL && x.low == self->frame_x.low && x.high == self->frame_x.high && y.low == self->frame_y.low && y.high == self->frame_y.high;
}

static void
append_frame (LeydenChartArea *self,
              GtkSnapshot     *snapshot)
{
  if (!is_frame_good (self))
    {
      cairo_t *cr;

      g_clear_pointer (&self->frame, gsk_render_node_unref);
      self->frame_x = leyden_chart_plot_get_x_scale (self->plot);
      self->frame_y = leyden_chart_plot_get_y_scale (self->plot);
      self->frame = gsk_cairo_node_new (&GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)), (float) gtk_widget_get_height (GTK_WIDGET (self))));
      cr = gsk_cairo_node_get_draw_context (self->frame);
      leyden_chart_plot_paint_frame (self->plot, cr);
      /* Numbers and tables have no strips. */
      if (leyden_chart_get_kind (self->chart) == LEYDEN_CHART_KIND_VALUE || leyden_chart_get_kind (self->chart) == LEYDEN_CHART_KIND_TABLE)
        leyden_chart_plot_paint_data (self->plot, cr);
      cairo_destroy (cr);
    }
  gtk_snapshot_append_node (snapshot, self->frame);
}

static void
append_line (LeydenChartArea *self,
             GtkSnapshot     *snapshot,
             double           x)
{
  LeydenChartBox area = leyden_chart_plot_get_area (self->plot);
  GdkRGBA color = { (float) self->style.foreground.red, (float) self->style.foreground.green, (float) self->style.foreground.blue, 0.55f };

  if (isfinite (x) && x >= area.x - 1 && x <= area.x + area.width + 1)
    gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT ((float) floor (x), (float) area.y, 1, (float) area.height));
}

/* The point that is read, with its words beside it. */
static void
append_reading (LeydenChartArea *self,
                GtkSnapshot     *snapshot)
{
  GtkWidget *widget = GTK_WIDGET (self);
  double x, y, left, top;
  g_autofree char *text = leyden_chart_describe_point (self->chart, self->series, self->index);
  g_autoptr(PangoLayout) layout = NULL;
  GdkRGBA ground = self->style.dark ? (GdkRGBA) { 0.96f, 0.96f, 0.95f, 0.97f } : (GdkRGBA) { 0.08f, 0.08f, 0.1f, 0.93f };
  GdkRGBA words = self->style.dark ? (GdkRGBA) { 0.1f, 0.1f, 0.12f, 1 } : (GdkRGBA) { 1, 1, 1, 1 };
  GskRoundedRect box;
  int width, height;
  cairo_t *cr;

  if (text == NULL || !leyden_chart_plot_locate (self->plot, self->series, self->index, &x, &y))
    return;
  append_line (self, snapshot, x);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT ((float) x - 10, (float) y - 10, 20, 20));
  leyden_chart_set_color (cr, self->style.dark ? (LeydenChartColor) { 0, 0, 0, 1 } : (LeydenChartColor) { 1, 1, 1, 1 }, 1);
  cairo_arc (cr, x, y, 7, 0, 2 * G_PI);
  cairo_fill (cr);
  leyden_chart_set_color (cr, leyden_chart_style_get_color (&self->style, self->series), 1);
  cairo_arc (cr, x, y, 5, 0, 2 * G_PI);
  cairo_fill (cr);
  cairo_destroy (cr);

  layout = gtk_widget_create_pango_layout (widget, text);
  pango_layout_set_width (layout, MAX (gtk_widget_get_width (widget) - 4 * PADDING, 20) * PANGO_SCALE);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_get_pixel_size (layout, &width, &height);
  pango_layout_set_width (layout, (width + 1) * PANGO_SCALE);
  left = x + 12 + width + 2 * PADDING <= gtk_widget_get_width (widget) ? x + 12 : x - 12 - width - 2 * PADDING;
  left = CLAMP (left, 0, MAX (gtk_widget_get_width (widget) - width - 2 * PADDING, 0));
  top = y - height - 2 * PADDING - 10 >= 0 ? y - height - 2 * PADDING - 10 : MIN (y + 10, MAX (gtk_widget_get_height (widget) - height - 2 * PADDING, 0));
  gsk_rounded_rect_init_from_rect (&box, &GRAPHENE_RECT_INIT ((float) left, (float) top, (float) (width + 2 * PADDING), (float) (height + 2 * PADDING)), 6);
  gtk_snapshot_push_rounded_clip (snapshot, &box);
  gtk_snapshot_append_color (snapshot, &ground, &box.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) left + PADDING, (float) top + PADDING));
  gtk_snapshot_append_layout (snapshot, layout, &words);
  gtk_snapshot_restore (snapshot);
}

static void
append_selection (LeydenChartArea *self,
                  GtkSnapshot     *snapshot)
{
  LeydenChartBox area = leyden_chart_plot_get_area (self->plot);
  GdkRGBA color = { (float) self->style.accent.red, (float) self->style.accent.green, (float) self->style.accent.blue, 0.25f };
  double from = CLAMP (MIN (self->drag_from, self->drag_to), area.x, area.x + area.width);
  double to = CLAMP (MAX (self->drag_from, self->drag_to), area.x, area.x + area.width);

  gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT ((float) from, (float) area.y, (float) (to - from), (float) area.height));
}

static void
leyden_chart_area_snapshot (GtkWidget   *widget,
                            GtkSnapshot *snapshot)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);

  if (leyden_chart_area_get_plot (self) == NULL)
    return;
  append_frame (self, snapshot);
  leyden_chart_strips_snapshot (self->strips, self->plot, snapshot, gtk_widget_get_scale_factor (widget));
  if (self->dragging && !self->panning)
    append_selection (self, snapshot);
  if (self->reading)
    append_reading (self, snapshot);
  else if (isfinite (self->hover) && leyden_chart_get_x (self->chart) != LEYDEN_CHART_X_CATEGORY)
    append_line (self, snapshot, leyden_chart_plot_get_place (self->plot, self->hover));
}

/* --- class --- */

static int
get_value_height (LeydenChartArea *self)
{
  guint n = MAX (leyden_chart_get_n_series (self->chart), 1);
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), "0");
  int line;

  pango_layout_get_pixel_size (layout, NULL, &line);
  return PADDING + (int) MIN (n, MOST_VALUES) * line + PADDING / 2;
}

static void
leyden_chart_area_measure (GtkWidget      *widget,
                           GtkOrientation  orientation,
                           int             for_size,
                           int            *minimum,
                           int            *natural,
                           int            *minimum_baseline,
                           int            *natural_baseline)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (widget);
  LeydenChartKind kind = self->chart != NULL ? leyden_chart_get_kind (self->chart) : LEYDEN_CHART_KIND_LINE;
  gboolean across = orientation == GTK_ORIENTATION_HORIZONTAL;

  if (kind == LEYDEN_CHART_KIND_SPARKLINE)
    {
      *minimum = across ? 40 : 16;
      *natural = across ? 120 : 32;
      return;
    }
  if (kind == LEYDEN_CHART_KIND_VALUE && !across)
    {
      /* The least that a number and its name take: with large letters that is more. */
      *minimum = get_value_height (self);
      *natural = MAX (72, *minimum);
      return;
    }
  *minimum = across ? 120 : 60;
  *natural = across ? 360 : 200;
}

static void
leyden_chart_area_size_allocate (GtkWidget *widget,
                                 int        width,
                                 int        height,
                                 int        baseline)
{
  forget_plot (LEYDEN_CHART_AREA (widget));
}

static void
restyle (LeydenChartArea *self)
{
  self->styled = FALSE;
  forget_plot (self);
}

static void
leyden_chart_area_css_changed (GtkWidget         *widget,
                               GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (leyden_chart_area_parent_class)->css_changed (widget, change);
  restyle (LEYDEN_CHART_AREA (widget));
}

static void
leyden_chart_area_direction_changed (GtkWidget        *widget,
                                     GtkTextDirection  previous)
{
  restyle (LEYDEN_CHART_AREA (widget));
}

static void
leyden_chart_area_system_setting_changed (GtkWidget        *widget,
                                          GtkSystemSetting  setting)
{
  GTK_WIDGET_CLASS (leyden_chart_area_parent_class)->system_setting_changed (widget, setting);
  restyle (LEYDEN_CHART_AREA (widget));
}

static void
changed_cb (LeydenChart     *chart,
            double           x,
            LeydenChartArea *self)
{
  leyden_chart_strips_invalidate (self->strips, x);
  /* What was read may be elsewhere now. */
  if (self->reading && x == -INFINITY)
    leyden_chart_area_unread (self);
  if (x == -INFINITY)
    self->across = (LeydenChartScale) { 0, 0, FALSE };
  if (x == -INFINITY || leyden_chart_get_kind (chart) != LEYDEN_CHART_KIND_LINE)
    g_clear_pointer (&self->frame, gsk_render_node_unref);
  g_clear_pointer (&self->plot, leyden_chart_plot_free);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  update_words (self);
}

static void
hover_cb (LeydenChartArea *self)
{
  self->hover = leyden_chart_link_get_hover (self->link);
  if (!self->reading)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
zoom_cb (LeydenChartArea *self)
{
  double low, high;

  leyden_chart_link_get_zoom (self->link, &low, &high);
  if (self->chart != NULL && leyden_chart_get_x (self->chart) == LEYDEN_CHART_X_TIME)
    take_zoom (self, low, high);
}

static void
unlink_chart (LeydenChartArea *self)
{
  if (self->chart != NULL)
    g_signal_handlers_disconnect_by_data (self->chart, self);
  g_clear_object (&self->chart);
}

static void
leyden_chart_area_dispose (GObject *object)
{
  LeydenChartArea *self = LEYDEN_CHART_AREA (object);

  unlink_chart (self);
  leyden_chart_area_set_link (self, NULL);
  g_clear_pointer (&self->plot, leyden_chart_plot_free);
  g_clear_pointer (&self->frame, gsk_render_node_unref);
  g_clear_pointer (&self->strips, leyden_chart_strips_free);
  g_clear_pointer (&self->font, g_free);
  G_OBJECT_CLASS (leyden_chart_area_parent_class)->dispose (object);
}

static void
leyden_chart_area_class_init (LeydenChartAreaClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_chart_area_dispose;
  widget_class->measure = leyden_chart_area_measure;
  widget_class->snapshot = leyden_chart_area_snapshot;
  widget_class->size_allocate = leyden_chart_area_size_allocate;
  widget_class->css_changed = leyden_chart_area_css_changed;
  widget_class->direction_changed = leyden_chart_area_direction_changed;
  widget_class->system_setting_changed = leyden_chart_area_system_setting_changed;
  signals[POINT_ACTIVATED] = g_signal_new ("point-activated", LEYDEN_TYPE_CHART_AREA, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                           G_TYPE_UINT, G_TYPE_UINT);
  signals[MENU] = g_signal_new ("menu", LEYDEN_TYPE_CHART_AREA, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  gtk_widget_class_set_css_name (widget_class, "chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  leyden_chart_area_install_keys (widget_class);
}

static void
leyden_chart_area_init (LeydenChartArea *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  self->zoom = self->kept = (LeydenChartWindow) LEYDEN_CHART_ALL;
  self->hover = self->pointer = NAN;
  self->strips = leyden_chart_strips_new ();
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "area.reset", FALSE);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (restyle), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (restyle), self, G_CONNECT_SWAPPED);
  leyden_chart_area_add_controllers (self);
}

GtkWidget *
leyden_chart_area_new (void)
{
  return g_object_new (LEYDEN_TYPE_CHART_AREA, NULL);
}

void
leyden_chart_area_set_chart (LeydenChartArea *self,
                             LeydenChart     *chart)
{
  g_return_if_fail (LEYDEN_IS_CHART_AREA (self) && (chart == NULL || LEYDEN_IS_CHART (chart)));

  if (chart == self->chart)
    return;
  unlink_chart (self);
  self->reading = FALSE;
  self->across = (LeydenChartScale) { 0, 0, FALSE };
  self->kept = (LeydenChartWindow) LEYDEN_CHART_ALL;
  leyden_chart_strips_invalidate (self->strips, -INFINITY);
  if (chart != NULL)
    {
      self->chart = g_object_ref (chart);
      g_signal_connect (chart, "changed", G_CALLBACK (changed_cb), self);
    }
  forget_plot (self);
  update_words (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
leyden_chart_area_set_link (LeydenChartArea *self,
                            LeydenChartLink *link)
{
  g_return_if_fail (LEYDEN_IS_CHART_AREA (self) && (link == NULL || LEYDEN_IS_CHART_LINK (link)));

  if (link == self->link)
    return;
  if (self->link != NULL)
    g_signal_handlers_disconnect_by_data (self->link, self);
  g_clear_object (&self->link);
  if (link == NULL)
    return;
  self->link = g_object_ref (link);
  g_signal_connect_swapped (link, "hover", G_CALLBACK (hover_cb), self);
  g_signal_connect_swapped (link, "zoom", G_CALLBACK (zoom_cb), self);
  zoom_cb (self);
}

void
leyden_chart_area_get_work (LeydenChartArea *self,
                            guint64         *columns,
                            guint64         *points)
{
  g_return_if_fail (LEYDEN_IS_CHART_AREA (self) && columns != NULL && points != NULL);

  *columns = leyden_chart_strips_get_columns (self->strips);
  *points = leyden_chart_strips_get_points (self->strips);
}
