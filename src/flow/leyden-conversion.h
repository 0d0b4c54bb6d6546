/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/* One way by which a node turns values of one port type into another. Immutable, for ever. */
typedef struct
{
  LeydenPortType  from;
  LeydenPortType  to;
  const char     *label;                /* what it does: "The last number in it"; see leyden_conversion_get_label() */
  gboolean        extracts;             /* by an Extract node, else by a Transform node */
  const char     *parameters;           /* of the node, as JSON */
} LeydenConversionWay;

/* All ways, the most usual first; empty when the engine converts by itself or nothing can. (transfer container)
 * (element-type LeydenConversionWay) */
GPtrArray  *leyden_conversion_list_ways  (LeydenPortType from, LeydenPortType to);
const char *leyden_conversion_get_label  (const LeydenConversionWay *way);      /* translated */
const char *leyden_conversion_get_type   (const LeydenConversionWay *way);      /* of the node: "extract" or "transform" */
const char *leyden_conversion_get_input  (const LeydenConversionWay *way);      /* its ports */
const char *leyden_conversion_get_output (const LeydenConversionWay *way);
/* Adds the node to an edit. */
void        leyden_conversion_add_node   (const LeydenConversionWay *way, LeydenEdit *edit, const char *id, float x, float y);

G_END_DECLS
