/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-flow.h"
#include "leyden-time-scale.h"
#include "leyden-span-tree.h"

G_BEGIN_DECLS

/* Numbers beside the bars: time by itself, cost, tokens. */
#define LEYDEN_N_WATERFALL_COLUMNS 3
/* Between columns, in pixels. */
#define LEYDEN_WATERFALL_GAP 9

/* What all rows of a waterfall share: what is shown of time, where columns are, and colours. */
typedef struct
{
  LeydenFlow      *flow;                /* titles; borrowed, nullable */
  LeydenTimeScale  scale;
  gint64           now_ns;              /* where what goes on ends */
  const LeydenSpanWait *pauses;         /* by start; borrowed from the tree of the rows */
  guint            n_pauses;
  gint64           cursor_ns;           /* moment that is looked at; 0: none */
  gboolean         simulated;           /* costs are no money */
  int              em;                  /* width of a figure, in pixels; 0: not measured yet */
  int              line;                /* height of a line of text */
  GdkRGBA          foreground;
  GdkRGBA          accent;
  GdkRGBA          error;
  GdkRGBA          ground;
  GdkRGBA          grid;
  GdkRGBA          kind[LEYDEN_N_SPAN_KINDS];
} LeydenWaterfall;

/* Where things are in a row of @width, from the start side, in pixels. */
typedef struct
{
  int      title_x, title_width;
  int      bars_x, bars_width;
  int      column_x, column_width;      /* of the first */
  guint    n_columns;
} LeydenWaterfallPlaces;

/* Takes colours and sizes of the style of @widget. */
void leyden_waterfall_load      (LeydenWaterfall *self, GtkWidget *widget);
void leyden_waterfall_get_places (const LeydenWaterfall *self, int width, LeydenWaterfallPlaces *places);
/* The bar of a kind over a rectangle; patterns tell kinds apart for who sees no colours. */
void leyden_waterfall_draw_bar  (const LeydenWaterfall *self, GtkSnapshot *snapshot, LeydenSpanKind kind, gboolean failed, const graphene_rect_t *bounds);
/* All bars of a row, @bars in the widget; right to left when @mirrored. */
void leyden_waterfall_draw_row  (const LeydenWaterfall *self, GtkSnapshot *snapshot, const LeydenSpanRow *row, const graphene_rect_t *bars, gboolean mirrored);

G_END_DECLS
