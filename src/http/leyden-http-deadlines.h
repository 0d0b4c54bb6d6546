/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The guard of time: lists in which every entry waits equally long, so that the order of arrival is the order of expiry
 * and starting, stopping and looking at the next one are O(1). Used by one thread only. */
typedef struct
{
  GQueue waiting;
  gint64 interval_us;
} LeydenHttpDeadlines;

/* Embedded in what waits; zero bytes are a stopped deadline. */
typedef struct
{
  GList link;
  gint64 at_us;
  LeydenHttpDeadlines *list;
} LeydenHttpDeadline;

void     leyden_http_deadlines_init        (LeydenHttpDeadlines *self,
                                            guint                interval_ms);
/* Starts, or starts anew, from @now_us (monotonic time, never going back). An interval of 0 never expires. */
void     leyden_http_deadline_start        (LeydenHttpDeadline  *self,
                                            LeydenHttpDeadlines *list,
                                            gint64               now_us,
                                            gpointer             owner);
void     leyden_http_deadline_stop         (LeydenHttpDeadline  *self);
/* The owner whose time is over, its deadline stopped; NULL when there is none. */
gpointer leyden_http_deadlines_pop_expired (LeydenHttpDeadlines *self,
                                            gint64               now_us);
/* When the next one expires, or -1. */
gint64   leyden_http_deadlines_get_next    (LeydenHttpDeadlines *self);

G_END_DECLS
