/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Layered layout from left to right, after Sugiyama, Tagawa and Toda (1981): columns by network simplex (Gansner, Koutsofios, North and
 * Vo, "A Technique for Drawing Directed Graphs", 1993), orders within columns by barycentres and sifting (Matuszewski, Schönfeld and
 * Molitor, 1999), heights by the least total length of wires (weighted isotonic regression, a column at a time). No GTK, no global
 * state, equal for equal input: it runs in any thread. All lengths are world units of the canvas.
 */

typedef struct
{
  double width;
  double height;
} LeydenLayoutBox;

/* From the right side of box @source to the left side of box @target; where, from the top of each. A box may be wired to itself and wires may go in
 * circles: what closes a circle is drawn backwards. */
typedef struct
{
  guint  source;
  guint  target;
  double source_y;
  double target_y;
} LeydenLayoutWire;

/* Top left corner of a box. */
typedef struct
{
  double x;
  double y;
} LeydenLayoutPoint;

typedef struct
{
  double column_gap;    /* between columns */
  double row_gap;       /* between boxes of a column */
  gboolean part;        /* leyden_layout_adjust(): boxes that lie upon one another are moved apart, changed or not */
} LeydenLayoutOptions;

/* What the canvas uses. */
#define LEYDEN_LAYOUT_OPTIONS_DEFAULT { 84, 36, FALSE }

/**
 * leyden_layout_run:
 * @before: (array length=n_boxes) (nullable): where the boxes are. Their order within a column is kept where another is not clearly better, and the
 *   whole stays where it is.
 * @points: (out) (array length=n_boxes): where they should be; without @before the top left corner of all is (0, 0).
 *
 * Boxes never overlap; every wire that closes no circle goes forward, at least @column_gap.
 *
 * Returns: FALSE when @cancellable was cancelled (%G_IO_ERROR_CANCELLED); @points is then undefined
 */
gboolean leyden_layout_run    (const LeydenLayoutBox     *boxes,
                               guint                      n_boxes,
                               const LeydenLayoutWire    *wires,
                               guint                      n_wires,
                               const LeydenLayoutPoint   *before,
                               const LeydenLayoutOptions *options,
                               GCancellable              *cancellable,
                               LeydenLayoutPoint         *points,
                               GError                   **error);

/**
 * leyden_layout_adjust:
 * @before: (array length=n_boxes): where the boxes are; NaN for new ones, which get a place beside what they are wired to
 * @pinned: index of a box that must not move, or G_MAXUINT
 *
 * The least that has to move after an edit: new boxes get a place, what they overlap makes room, and a box at the end of a backward wire moves
 * right with what follows it. All else stays. In the order of the number of boxes and wires.
 */
void     leyden_layout_adjust (const LeydenLayoutBox     *boxes,
                               guint                      n_boxes,
                               const LeydenLayoutWire    *wires,
                               guint                      n_wires,
                               const LeydenLayoutPoint   *before,
                               guint                      pinned,
                               const LeydenLayoutOptions *options,
                               LeydenLayoutPoint         *points);

/* How good a layout is, as its tests and benchmark count: straight lines from port to port. */
typedef struct
{
  guint64 crossings;    /* of two wires that share no end */
  double  length;       /* of all wires */
  guint   overlaps;     /* pairs of boxes */
  guint   backward;     /* wires whose target does not begin right of their source's end */
} LeydenLayoutQuality;

void     leyden_layout_measure (const LeydenLayoutBox   *boxes,
                                guint                    n_boxes,
                                const LeydenLayoutWire  *wires,
                                guint                    n_wires,
                                const LeydenLayoutPoint *points,
                                LeydenLayoutQuality     *quality);

G_END_DECLS
