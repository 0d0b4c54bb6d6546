/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-waterfall-axis.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-row-text.h"
#include "leyden-steps-view.h"

/* Of a mark's text, in figures. */
#define MARK_WIDTH 12

struct _LeydenWaterfallAxis
{
  GtkWidget              parent_instance;

  const LeydenWaterfall *waterfall;
};

G_DEFINE_FINAL_TYPE (LeydenWaterfallAxis, leyden_waterfall_axis, GTK_TYPE_WIDGET)

/* @text at the start or end side of @room. */
static void
draw_text (LeydenWaterfallAxis *self,
           GtkSnapshot         *snapshot,
           const char          *words,
           double               x,
           int                  room,
           gboolean             at_end)
{
  LeydenRowText text = { NULL, 0 };

  leyden_row_text_set (&text, GTK_WIDGET (self), words);
  leyden_row_text_draw (&text, GTK_WIDGET (self), snapshot, &self->waterfall->foreground, x, room, at_end);
  leyden_row_text_clear (&text);
}

/* A moment as exact as the marks are close to each other. */
static char *
format_mark (double ns,
             double step)
{
  if (step < 1e6)
    return g_strdup_printf (_("%.*f ms"), step < 1e3 ? 4 : step < 1e4 ? 3 : step < 1e5 ? 2 : 1, ns / 1e6);
  if (ns < 1e9)
    return g_strdup_printf (_("%.0f ms"), ns / 1e6);
  if (step < 1e9)
    return g_strdup_printf (_("%.*f s"), step < 1e7 ? 3 : step < 1e8 ? 2 : 1, ns / 1e9);
  return leyden_format_duration (ns / 1e6);
}

static void
draw_marks (LeydenWaterfallAxis         *self,
            GtkSnapshot                 *snapshot,
            const LeydenWaterfallPlaces *places)
{
  const LeydenTimeScale *scale = &self->waterfall->scale;
  guint most = (guint) CLAMP (places->bars_width / (MARK_WIDTH * self->waterfall->em), 1, 12);
  double step = leyden_time_scale_get_step (scale, most), shown = scale->to - scale->from, first = ceil (scale->from / step - 1e-9) * step;

  if (shown <= 0 || places->bars_width <= 0)
    return;
  for (guint i = 0; i <= most && first + i * step < scale->to; i++)
    {
      double at = first + i * step;
      g_autofree char *text = at == 0 ? g_strdup ("0") : format_mark (at, step);
      double x = places->bars_x + (at - scale->from) / shown * places->bars_width;
      double room = places->bars_x + places->bars_width - x;

      if (room < 4 * self->waterfall->em)
        break;
      gtk_snapshot_append_color (snapshot, &self->waterfall->grid,
                                 &GRAPHENE_RECT_INIT ((float) leyden_row_turn (GTK_WIDGET (self), floor (x), 1), 0, 1, (float) gtk_widget_get_height (GTK_WIDGET (self))));
      draw_text (self, snapshot, text, x + 3, (int) room - 3, FALSE);
    }
}

static void
leyden_waterfall_axis_snapshot (GtkWidget   *widget,
                                GtkSnapshot *snapshot)
{
  LeydenWaterfallAxis *self = LEYDEN_WATERFALL_AXIS (widget);
  const char *titles[LEYDEN_N_WATERFALL_COLUMNS] = { _("By itself"), self->waterfall->simulated ? _("Credits") : _("Cost"), _("Tokens") };
  LeydenWaterfallPlaces places;

  if (self->waterfall->em == 0)
    return;
  leyden_waterfall_get_places (self->waterfall, gtk_widget_get_width (widget), &places);
  draw_text (self, snapshot, _("What"), places.title_x, places.title_width, FALSE);
  draw_marks (self, snapshot, &places);
  for (guint i = 0; i < places.n_columns; i++)
    draw_text (self, snapshot, titles[i], places.column_x + (int) i * (places.column_width + LEYDEN_WATERFALL_GAP), places.column_width, TRUE);
}

static void
leyden_waterfall_axis_measure (GtkWidget      *widget,
                               GtkOrientation  orientation,
                               int             for_size,
                               int            *minimum,
                               int            *natural,
                               int            *minimum_baseline,
                               int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? MAX (LEYDEN_WATERFALL_AXIS (widget)->waterfall->line, 12) + 6 : 80;
}

static void
leyden_waterfall_axis_class_init (LeydenWaterfallAxisClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = leyden_waterfall_axis_measure;
  widget_class->snapshot = leyden_waterfall_axis_snapshot;
  gtk_widget_class_set_css_name (widget_class, "waterfallaxis");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
leyden_waterfall_axis_init (LeydenWaterfallAxis *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
leyden_waterfall_axis_new (const LeydenWaterfall *waterfall)
{
  LeydenWaterfallAxis *self = g_object_new (LEYDEN_TYPE_WATERFALL_AXIS, NULL);

  self->waterfall = waterfall;
  return GTK_WIDGET (self);
}

/* --- the legend's bars --- */

struct _LeydenWaterfallSwatch
{
  GtkWidget              parent_instance;

  const LeydenWaterfall *waterfall;
  LeydenSpanKind         kind;
};

G_DEFINE_FINAL_TYPE (LeydenWaterfallSwatch, leyden_waterfall_swatch, GTK_TYPE_WIDGET)

static void
leyden_waterfall_swatch_snapshot (GtkWidget   *widget,
                                  GtkSnapshot *snapshot)
{
  LeydenWaterfallSwatch *self = LEYDEN_WATERFALL_SWATCH (widget);

  leyden_waterfall_draw_bar (self->waterfall, snapshot, self->kind, FALSE,
                             &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget)));
}

static void
leyden_waterfall_swatch_class_init (LeydenWaterfallSwatchClass *klass)
{
  GTK_WIDGET_CLASS (klass)->snapshot = leyden_waterfall_swatch_snapshot;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
leyden_waterfall_swatch_init (LeydenWaterfallSwatch *self)
{
  gtk_widget_set_size_request (GTK_WIDGET (self), 36, 12);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

GtkWidget *
leyden_waterfall_swatch_new (const LeydenWaterfall *waterfall,
                             LeydenSpanKind         kind)
{
  LeydenWaterfallSwatch *self = g_object_new (LEYDEN_TYPE_WATERFALL_SWATCH, NULL);

  self->waterfall = waterfall;
  self->kind = kind;
  return GTK_WIDGET (self);
}
