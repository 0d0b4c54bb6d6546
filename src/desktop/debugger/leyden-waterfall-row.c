/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-waterfall-row.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-row-text.h"
#include "leyden-steps-view.h"
#include "leyden-span-text.h"

#define INDENT 14
#define MAX_INDENTS 8           /* deeper ones stand no further in */
#define ARROW 14
#define PADDING 3

struct _LeydenWaterfallRow
{
  GtkWidget              parent_instance;

  const LeydenWaterfall *waterfall;
  LeydenSpanRows    *rows;
  LeydenSpanItem    *item;          /* nullable */
  LeydenRowText          title;
  LeydenRowText          numbers[LEYDEN_N_WATERFALL_COLUMNS];
};

G_DEFINE_FINAL_TYPE (LeydenWaterfallRow, leyden_waterfall_row, GTK_TYPE_WIDGET)

static void
drop_texts (LeydenWaterfallRow *self)
{
  leyden_row_text_clear (&self->title);
  for (guint i = 0; i < LEYDEN_N_WATERFALL_COLUMNS; i++)
    leyden_row_text_clear (&self->numbers[i]);
}

/* --- texts --- */

static char *
format_number (LeydenWaterfallRow      *self,
               const LeydenSpanRow *row,
               guint                    column)
{
  switch (column)
    {
    case 0:
      return isfinite (row->self_ms) ? leyden_format_duration (row->self_ms) : g_strdup ("");
    case 1:
      if (row->cost <= 0)
        return g_strdup ("");
      /* The column has no room for the unit: what is read out names it. */
      return self->waterfall->simulated ? g_strdup_printf (row->cost < 0.1 ? "%.4f" : "%.2f", row->cost) : leyden_format_cost (row->cost, FALSE);
    case 2:
      return row->tokens > 0 ? g_strdup_printf ("%'" G_GINT64_FORMAT, row->tokens) : g_strdup ("");
    default:
      g_assert_not_reached ();
    }
}

/* --- drawing --- */

static int
get_indent (const LeydenSpanRow *row)
{
  return (int) MIN (row->depth, MAX_INDENTS) * INDENT;
}

static void
draw_arrow (LeydenWaterfallRow *self,
            GtkSnapshot        *snapshot,
            int                 x)
{
  double left = leyden_row_turn (GTK_WIDGET (self), x, ARROW), middle = gtk_widget_get_height (GTK_WIDGET (self)) / 2.0;
  double forward = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL ? -1 : 1, center = left + ARROW / 2.0 - 1;
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT ((float) left, (float) middle - ARROW / 2.0f, ARROW, ARROW));

  gdk_cairo_set_source_rgba (cr, &self->waterfall->foreground);
  cairo_set_line_width (cr, 1.6);
  if (leyden_span_item_is_folded (self->item))
    {
      cairo_move_to (cr, center - 2 * forward, middle - 4);
      cairo_line_to (cr, center + 2 * forward, middle);
      cairo_line_to (cr, center - 2 * forward, middle + 4);
    }
  else
    {
      cairo_move_to (cr, center - 4, middle - 2);
      cairo_line_to (cr, center, middle + 2);
      cairo_line_to (cr, center + 4, middle - 2);
    }
  cairo_stroke (cr);
  cairo_destroy (cr);
}

static void
draw_texts (LeydenWaterfallRow          *self,
            GtkSnapshot                 *snapshot,
            const LeydenSpanRow     *row,
            const LeydenWaterfallPlaces *places)
{
  int indent = MIN (get_indent (row) + ARROW, places->title_width / 2);

  if (row->n_below > 0)
    draw_arrow (self, snapshot, places->title_x + indent - ARROW);
  if (self->title.layout == NULL)
    {
      g_autofree char *words = leyden_span_row_title (row, self->waterfall->flow);

      leyden_row_text_set (&self->title, GTK_WIDGET (self), words);
    }
  leyden_row_text_draw (&self->title, GTK_WIDGET (self), snapshot, &self->waterfall->foreground, places->title_x + indent, places->title_width - indent, FALSE);
  for (guint i = 0; i < places->n_columns; i++)
    {
      if (self->numbers[i].layout == NULL)
        {
          g_autofree char *words = format_number (self, row, i);

          leyden_row_text_set (&self->numbers[i], GTK_WIDGET (self), words);
        }
      leyden_row_text_draw (&self->numbers[i], GTK_WIDGET (self), snapshot, &self->waterfall->foreground,
                            places->column_x + (int) i * (places->column_width + LEYDEN_WATERFALL_GAP), places->column_width, TRUE);
    }
}

static void
draw_cursor (LeydenWaterfallRow    *self,
             GtkSnapshot           *snapshot,
             const graphene_rect_t *bars,
             gboolean               mirrored)
{
  double place = self->waterfall->cursor_ns != 0 ? leyden_time_scale_place (&self->waterfall->scale, self->waterfall->cursor_ns) : -1;

  if (place < 0 || place > 1)
    return;
  if (mirrored)
    place = 1 - place;
  gtk_snapshot_append_color (snapshot, &self->waterfall->accent,
                             &GRAPHENE_RECT_INIT (floorf (bars->origin.x + (float) place * (bars->size.width - 2)), 0, 2, bars->size.height));
}

static void
leyden_waterfall_row_snapshot (GtkWidget   *widget,
                               GtkSnapshot *snapshot)
{
  LeydenWaterfallRow *self = LEYDEN_WATERFALL_ROW (widget);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  const LeydenSpanRow *row;
  LeydenWaterfallPlaces places;
  graphene_rect_t bars;

  if (self->item == NULL || self->waterfall->em == 0)
    return;
  row = leyden_span_item_get_row (self->item);
  leyden_waterfall_get_places (self->waterfall, gtk_widget_get_width (widget), &places);
  draw_texts (self, snapshot, row, &places);
  bars = GRAPHENE_RECT_INIT ((float) leyden_row_turn (GTK_WIDGET (self), places.bars_x, places.bars_width), 0, (float) places.bars_width, (float) gtk_widget_get_height (widget));
  leyden_waterfall_draw_row (self->waterfall, snapshot, row, &bars, mirrored);
  draw_cursor (self, snapshot, &bars, mirrored);
}

static void
leyden_waterfall_row_measure (GtkWidget      *widget,
                              GtkOrientation  orientation,
                              int             for_size,
                              int            *minimum,
                              int            *natural,
                              int            *minimum_baseline,
                              int            *natural_baseline)
{
  LeydenWaterfallRow *self = LEYDEN_WATERFALL_ROW (widget);

  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? MAX (self->waterfall->line, 12) + 2 * PADDING : 80;
}

/* --- words --- */

/* The list's own widget around a row has the focus, and no name before GTK 4.12. */
static void
speak (LeydenWaterfallRow *self)
{
  GtkWidget *around = gtk_widget_get_parent (GTK_WIDGET (self));
  const LeydenSpanRow *row = self->item != NULL ? leyden_span_item_get_row (self->item) : NULL;
  g_autofree char *name = row != NULL ? leyden_span_row_describe (row, self->waterfall->flow, self->waterfall->now_ns, self->waterfall->simulated) : NULL;

  if (around == NULL || row == NULL)
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (around), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_LEVEL, (int) row->depth + 1, -1);
  if (row->n_below > 0)
    gtk_accessible_update_state (GTK_ACCESSIBLE (around), GTK_ACCESSIBLE_STATE_EXPANDED, !leyden_span_item_is_folded (self->item), -1);
  else
    gtk_accessible_reset_state (GTK_ACCESSIBLE (around), GTK_ACCESSIBLE_STATE_EXPANDED);
}

void
leyden_waterfall_row_refresh (LeydenWaterfallRow *self)
{
  g_return_if_fail (LEYDEN_IS_WATERFALL_ROW (self));

  drop_texts (self);
  speak (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

LeydenSpanItem *
leyden_waterfall_row_get_item (LeydenWaterfallRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WATERFALL_ROW (self), NULL);
  return self->item;
}

void
leyden_waterfall_row_set_item (LeydenWaterfallRow *self,
                               LeydenSpanItem *item)
{
  g_return_if_fail (LEYDEN_IS_WATERFALL_ROW (self));

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item != NULL)
    g_signal_connect_object (item, "changed", G_CALLBACK (leyden_waterfall_row_refresh), self, G_CONNECT_SWAPPED);
  leyden_waterfall_row_refresh (self);
}

/* --- class --- */

static void
pressed_cb (LeydenWaterfallRow *self,
            int                 n,
            double              x,
            double              y,
            GtkGesture         *gesture)
{
  const LeydenSpanRow *row = self->item != NULL ? leyden_span_item_get_row (self->item) : NULL;
  LeydenWaterfallPlaces places;
  double left;

  if (row == NULL || row->n_below == 0)
    return;
  leyden_waterfall_get_places (self->waterfall, gtk_widget_get_width (GTK_WIDGET (self)), &places);
  left = leyden_row_turn (GTK_WIDGET (self), places.title_x + MIN (get_indent (row) + ARROW, places.title_width / 2) - ARROW, ARROW);
  if (x < left - 4 || x > left + ARROW + 4)
    return;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  leyden_span_rows_set_folded (self->rows, self->item, !leyden_span_item_is_folded (self->item));
}

static void
leyden_waterfall_row_css_changed (GtkWidget         *widget,
                                  GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (leyden_waterfall_row_parent_class)->css_changed (widget, change);
  drop_texts (LEYDEN_WATERFALL_ROW (widget));
  gtk_widget_queue_resize (widget);
}

static void
leyden_waterfall_row_dispose (GObject *object)
{
  LeydenWaterfallRow *self = LEYDEN_WATERFALL_ROW (object);

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  drop_texts (self);
  G_OBJECT_CLASS (leyden_waterfall_row_parent_class)->dispose (object);
}

static void
leyden_waterfall_row_class_init (LeydenWaterfallRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_waterfall_row_dispose;
  widget_class->measure = leyden_waterfall_row_measure;
  widget_class->snapshot = leyden_waterfall_row_snapshot;
  widget_class->css_changed = leyden_waterfall_row_css_changed;
  gtk_widget_class_set_css_name (widget_class, "waterfallrow");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
leyden_waterfall_row_init (LeydenWaterfallRow *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
leyden_waterfall_row_new (const LeydenWaterfall *waterfall,
                          LeydenSpanRows    *rows)
{
  LeydenWaterfallRow *self = g_object_new (LEYDEN_TYPE_WATERFALL_ROW, NULL);

  self->waterfall = waterfall;
  self->rows = rows;
  return GTK_WIDGET (self);
}
