/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-flow.h"
#include "leyden-paint-file.h"

G_BEGIN_DECLS

/* A flow as a picture for a document: nodes, wires, frames and notes as the canvas shows them, without anything of a run, in the colours of the
 * light or dark style. It shows titles and notes, never a parameter. Drawing takes place on a thread; what is drawn is taken from the flow before. */

typedef struct
{
  LeydenPaintFormat format;
  double      scale;            /* PNG: pixels a unit of the canvas, 0: 2. Less where the picture would be larger than LEYDEN_PICTURE_MAX_SIDE */
  gboolean    dark;
  gboolean    transparent;      /* no background */
  GHashTable *only;             /* set of ids (of nodes, frames and notes); NULL: all. Wires come with both of their ends */
} LeydenPictureOptions;

#define LEYDEN_PICTURE_MAX_SIDE 16384   /* pixels of a PNG */

typedef enum
{
  LEYDEN_PICTURE_ERROR_EMPTY,           /* there is nothing to draw */
  LEYDEN_PICTURE_ERROR_FAILED,          /* the drawing library says why */
} LeydenPictureError;
#define LEYDEN_PICTURE_ERROR (leyden_picture_error_quark ())
GQuark leyden_picture_error_quark (void);

/* Draws @flow (its nodes as @types has them). @options are copied. */
void        leyden_picture_export_async  (LeydenFlow *flow, LeydenNodeTypes *types, const LeydenPictureOptions *options, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer data);
/* @scale (out, nullable): what was used. (transfer full) */
GBytes     *leyden_picture_export_finish (GAsyncResult *result, double *scale, GError **error);
/* The same at once, for programs without a main loop. */
GBytes     *leyden_picture_export        (LeydenFlow *flow, LeydenNodeTypes *types, const LeydenPictureOptions *options, double *scale,
                                          GError **error);

G_END_DECLS
