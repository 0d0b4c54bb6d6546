/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas-model.h"

G_BEGIN_DECLS

/* Whether a wire would close a loop. While one is drawn, one end stays and every port of the flow is asked for: what is before or behind
 * that end is looked up once. Forget it when wires change. */
typedef struct
{
  LeydenCanvasNode *source;             /* of the last question */
  LeydenCanvasNode *target;
  LeydenCanvasEdge *ignore;
  LeydenCanvasNode *fixed;              /* whose side is known; NULL: none */
  gboolean          backward;           /* @known is what reaches it, else what it reaches */
  GHashTable       *known;
} LeydenCanvasReach;

gboolean leyden_canvas_reach_closes_loop (LeydenCanvasReach *self, LeydenCanvasNode *source, LeydenCanvasNode *target,
                                          LeydenCanvasEdge *ignore);
void     leyden_canvas_reach_forget      (LeydenCanvasReach *self);
/* The one of a model. */
LeydenCanvasReach *leyden_canvas_model_get_reach (LeydenCanvasModel *self);

G_END_DECLS
