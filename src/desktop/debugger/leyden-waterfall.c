/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-waterfall.h"

#include <math.h>

#include "leyden-theme.h"

#define GAP LEYDEN_WATERFALL_GAP
/* A moment is still seen. */
#define MIN_BAR 2.0f
#define RADIUS 3.0f
#define STRIPE 8.0f
/* What lies under the stripes. */
#define PALE 0.35f

static const char * const color_names[LEYDEN_N_SPAN_KINDS] = {
  [LEYDEN_SPAN_NODE] = "leyden_span_node",
  [LEYDEN_SPAN_TURN] = "leyden_span_turn",
  [LEYDEN_SPAN_MODEL] = "leyden_span_model",
  [LEYDEN_SPAN_TOOL] = "leyden_span_tool",
  [LEYDEN_SPAN_RATE_LIMIT] = "leyden_span_rate_limit",
  [LEYDEN_SPAN_RETRY] = "leyden_span_retry",
  [LEYDEN_SPAN_HUMAN] = "leyden_span_human",
  [LEYDEN_SPAN_QUEUE] = "leyden_span_queue",
  [LEYDEN_SPAN_PAUSE] = "leyden_span_pause",
  [LEYDEN_SPAN_WAIT] = "leyden_span_queue",
};

typedef enum
{
  PATTERN_SOLID,
  PATTERN_OUTLINE,
  PATTERN_DOWN,                 /* stripes */
  PATTERN_UP,
  PATTERN_UPRIGHT,
  PATTERN_ACROSS,
  PATTERN_CROSSED,
  PATTERN_EMPTY,
} Pattern;

static const Pattern patterns[LEYDEN_N_SPAN_KINDS] = {
  [LEYDEN_SPAN_NODE] = PATTERN_SOLID,
  [LEYDEN_SPAN_TURN] = PATTERN_OUTLINE,
  [LEYDEN_SPAN_MODEL] = PATTERN_UPRIGHT,
  [LEYDEN_SPAN_TOOL] = PATTERN_ACROSS,
  [LEYDEN_SPAN_RATE_LIMIT] = PATTERN_DOWN,
  [LEYDEN_SPAN_RETRY] = PATTERN_UP,
  [LEYDEN_SPAN_HUMAN] = PATTERN_SOLID,
  [LEYDEN_SPAN_QUEUE] = PATTERN_EMPTY,
  [LEYDEN_SPAN_PAUSE] = PATTERN_CROSSED,
  [LEYDEN_SPAN_WAIT] = PATTERN_EMPTY,
};

void
leyden_waterfall_load (LeydenWaterfall *self,
                       GtkWidget       *widget)
{
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout (widget, "0000000000");

  pango_layout_get_pixel_size (layout, &self->em, &self->line);
  self->em = MAX (self->em / 10, 1);
  leyden_theme_look_up_color (widget, NULL, &self->foreground);
  leyden_theme_look_up_color (widget, "accent_color", &self->accent);
  leyden_theme_look_up_color (widget, "error_color", &self->error);
  leyden_theme_look_up_color (widget, "view_bg_color", &self->ground);
  leyden_theme_look_up_color (widget, "leyden_grid_color", &self->grid);
  for (guint i = 0; i < LEYDEN_N_SPAN_KINDS; i++)
    leyden_theme_look_up_color (widget, color_names[i], &self->kind[i]);
}

void
leyden_waterfall_get_places (const LeydenWaterfall *self,
                             int                    width,
                             LeydenWaterfallPlaces *places)
{
  int column = 9 * self->em, room = width - 2 * GAP;

  /* Where it is narrow the numbers go first: they are in the row's name too. */
  places->n_columns = room > 90 * self->em ? 3 : room > 72 * self->em ? 2 : room > 56 * self->em ? 1 : 0;
  places->column_width = column;
  places->title_x = GAP;
  places->title_width = CLAMP (room * 3 / 10, 12 * self->em, 30 * self->em);
  places->bars_x = places->title_x + places->title_width + GAP;
  places->column_x = width - GAP - (int) places->n_columns * (column + GAP) + GAP;
  places->bars_width = MAX (places->column_x - GAP - places->bars_x, 0);
}

/* --- bars --- */

static void
append_stripes (GtkSnapshot           *snapshot,
                const graphene_rect_t *bounds,
                Pattern                pattern,
                const GdkRGBA         *color)
{
  GdkRGBA pale = *color;
  float x = bounds->origin.x, y = bounds->origin.y;
  float dx = pattern == PATTERN_ACROSS ? 0 : pattern == PATTERN_UPRIGHT ? STRIPE / 2 : STRIPE * 0.6f;
  float dy = pattern == PATTERN_ACROSS ? STRIPE / 2 : pattern == PATTERN_UPRIGHT ? 0 : pattern == PATTERN_UP ? -STRIPE * 0.6f : STRIPE * 0.6f;
  GskColorStop stops[4];

  pale.alpha *= PALE;
  stops[0] = (GskColorStop) { 0, *color };
  stops[1] = (GskColorStop) { 0.5f, *color };
  stops[2] = (GskColorStop) { 0.5f, pale };
  stops[3] = (GskColorStop) { 1, pale };
  gtk_snapshot_append_repeating_linear_gradient (snapshot, bounds, &GRAPHENE_POINT_INIT (x, y), &GRAPHENE_POINT_INIT (x + dx, y + dy), stops,
                                                 G_N_ELEMENTS (stops));
}

static void
append_border (GtkSnapshot          *snapshot,
               const GskRoundedRect *shape,
               const GdkRGBA        *color,
               float                 width)
{
  const float widths[4] = { width, width, width, width };
  const GdkRGBA colors[4] = { *color, *color, *color, *color };

  gtk_snapshot_append_border (snapshot, shape, widths, colors);
}

void
leyden_waterfall_draw_bar (const LeydenWaterfall *self,
                           GtkSnapshot           *snapshot,
                           LeydenSpanKind         kind,
                           gboolean               failed,
                           const graphene_rect_t *bounds)
{
  const GdkRGBA *color = failed ? &self->error : &self->kind[kind];
  GskRoundedRect shape;
  GdkRGBA pale = *color;

  pale.alpha *= PALE;
  gsk_rounded_rect_init_from_rect (&shape, bounds, MIN (RADIUS, bounds->size.width / 2));
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  if (patterns[kind] == PATTERN_SOLID)
    gtk_snapshot_append_color (snapshot, color, bounds);
  else if (patterns[kind] == PATTERN_OUTLINE)
    gtk_snapshot_append_color (snapshot, &pale, bounds);
  else if (patterns[kind] == PATTERN_CROSSED)
    {
      append_stripes (snapshot, bounds, PATTERN_DOWN, &pale);
      append_stripes (snapshot, bounds, PATTERN_UP, &pale);
    }
  else if (patterns[kind] != PATTERN_EMPTY)
    append_stripes (snapshot, bounds, patterns[kind], color);
  gtk_snapshot_pop (snapshot);
  if (patterns[kind] != PATTERN_SOLID && bounds->size.width > 3)
    append_border (snapshot, &shape, color, 1);
}

/* A stretch of time in the widget; FALSE: it is not in what is shown. */
static gboolean
place_span (const LeydenWaterfall *self,
            gint64                 start_ns,
            gint64                 end_ns,
            const graphene_rect_t *bars,
            gboolean               mirrored,
            graphene_rect_t       *out)
{
  double from = leyden_time_scale_place (&self->scale, start_ns);
  double to = leyden_time_scale_place (&self->scale, end_ns != 0 ? end_ns : MAX (self->now_ns, start_ns));
  float width, x;

  if (to < 0 || from > 1)
    return FALSE;
  /* Far ends are cut: a rectangle of millions of pixels is not drawn well. */
  from = CLAMP (from, -0.01, 1);
  to = CLAMP (to, 0, 1.01);
  width = MAX ((float) (to - from) * bars->size.width, MIN_BAR);
  x = (float) from * bars->size.width;
  if (mirrored)
    x = bars->size.width - x - width;
  *out = GRAPHENE_RECT_INIT (bars->origin.x + x, bars->origin.y, width, bars->size.height);
  return TRUE;
}

static void
draw_critical (const LeydenWaterfall *self,
               GtkSnapshot           *snapshot,
               const graphene_rect_t *bar)
{
  graphene_rect_t line = GRAPHENE_RECT_INIT (bar->origin.x, bar->origin.y + bar->size.height + 1, bar->size.width, 2);

  gtk_snapshot_append_color (snapshot, &self->foreground, &line);
}

static void
draw_wait (const LeydenWaterfall *self,
           GtkSnapshot           *snapshot,
           LeydenSpanKind         kind,
           gint64                 start_ns,
           gint64                 end_ns,
           const graphene_rect_t *inset,
           gboolean               mirrored)
{
  graphene_rect_t at;

  if (!place_span (self, start_ns, end_ns, inset, mirrored, &at))
    return;
  /* The bar below does not shine through. */
  gtk_snapshot_append_color (snapshot, &self->ground, &at);
  leyden_waterfall_draw_bar (self, snapshot, kind, FALSE, &at);
}

/* Nothing took the time in which all stood still. */
static void
draw_pauses (const LeydenWaterfall *self,
             GtkSnapshot           *snapshot,
             const LeydenSpanRow   *row,
             const graphene_rect_t *inset,
             gboolean               mirrored)
{
  gint64 row_start = row->n_waits > 0 ? MIN (row->start_ns, row->waits[0].start_ns) : row->start_ns;
  gint64 row_end = row->end_ns != 0 ? row->end_ns : self->now_ns;

  for (guint i = 0; row->kind != LEYDEN_SPAN_PAUSE && i < self->n_pauses; i++)
    {
      gint64 start = MAX (self->pauses[i].start_ns, row_start);
      gint64 end = MIN (self->pauses[i].end_ns != 0 ? self->pauses[i].end_ns : self->now_ns, row_end);

      if (end > start)
        draw_wait (self, snapshot, LEYDEN_SPAN_PAUSE, start, end, inset, mirrored);
    }
}

void
leyden_waterfall_draw_row (const LeydenWaterfall   *self,
                           GtkSnapshot             *snapshot,
                           const LeydenSpanRow *row,
                           const graphene_rect_t   *bars,
                           gboolean                 mirrored)
{
  float height = MAX (roundf ((float) self->line * 0.62f), 6);
  graphene_rect_t lane = GRAPHENE_RECT_INIT (bars->origin.x, roundf (bars->origin.y + (bars->size.height - height) / 2), bars->size.width, height);
  graphene_rect_t inset = lane;
  graphene_rect_t at;

  graphene_rect_inset (&inset, 0, MAX (roundf (height * 0.18f), 1));
  gtk_snapshot_push_clip (snapshot, bars);
  /* Between pauses nothing of theirs was. */
  if ((row->kind != LEYDEN_SPAN_PAUSE || row->n_waits == 0) && place_span (self, row->start_ns, row->end_ns, &lane, mirrored, &at))
    {
      leyden_waterfall_draw_bar (self, snapshot, row->kind, g_str_equal (row->state, "failed"), &at);
      if (row->critical)
        draw_critical (self, snapshot, &at);
    }
  for (guint i = 0; i < row->n_waits; i++)
    draw_wait (self, snapshot, row->waits[i].kind, row->waits[i].start_ns, row->waits[i].end_ns, &inset, mirrored);
  draw_pauses (self, snapshot, row, &inset, mirrored);
  gtk_snapshot_pop (snapshot);
}
