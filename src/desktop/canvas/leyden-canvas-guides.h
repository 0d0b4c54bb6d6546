/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <graphene.h>

G_BEGIN_DECLS

/* Edges and middles of what is moved, brought into line with those of its neighbours. Without GTK. */
typedef struct
{
  gboolean on;
  double   shift;                       /* how far what moves has to go to be in line */
  double   at;                          /* where the line is */
  double   from;                        /* and between which ends, across */
  double   to;
} LeydenGuide;

/* @moving: a box that is being moved; @others: (element-type graphene_rect_t) what it may be in line with; @tolerance: how near it must be. @upright: the line
 * that runs up and down (left edges, middles, right edges); @level: the one that runs across. */
void leyden_guides_find (const graphene_rect_t *moving, GArray *others, double tolerance, LeydenGuide *upright, LeydenGuide *level);

G_END_DECLS
