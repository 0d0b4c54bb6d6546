/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which part of a stretch of time is shown over a width, and what is where. No GTK. */
typedef struct
{
  gint64 start_ns;              /* of the whole */
  gint64 end_ns;
  double from;                  /* what is shown, in ns since start_ns; all of it while @whole */
  double to;
  gboolean whole;
} LeydenTimeScale;

/* The whole became longer, or is another. What is shown stays where it was; the whole stays whole, and what showed the end still does. */
void    leyden_time_scale_set_range (LeydenTimeScale *self, gint64 start_ns, gint64 end_ns);
/* @factor above 1: closer; @anchor: the place that stays, from 0 to 1 of the width. Not closer than 1 µs a width, not farther than the whole. */
void    leyden_time_scale_zoom      (LeydenTimeScale *self, double factor, double anchor);
/* By a share of what is shown; ends at the ends of the whole. */
void    leyden_time_scale_pan       (LeydenTimeScale *self, double share);
void    leyden_time_scale_show_all  (LeydenTimeScale *self);
/* Brings that moment into what is shown. */
void    leyden_time_scale_reveal    (LeydenTimeScale *self, gint64 time_ns);
/* Where a moment is, 0 to 1 of the width where it is shown, else below or above. */
double  leyden_time_scale_place     (const LeydenTimeScale *self, gint64 time_ns);
gint64  leyden_time_scale_get_time  (const LeydenTimeScale *self, double place);
/* Distance of marks, at most @most of them, in ns: 1, 2 or 5 times a power of ten up to a second, then what clocks have. */
double  leyden_time_scale_get_step  (const LeydenTimeScale *self, guint most);

G_END_DECLS
