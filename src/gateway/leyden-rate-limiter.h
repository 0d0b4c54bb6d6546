/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Counts how often each of many asked in the time just past. The window slides in sixteenths of its length: in no window of that length are
 * more than the limit let through, and somebody who waits is let through at most a sixteenth late. Not thread-safe. */
typedef struct _LeydenRateLimiter LeydenRateLimiter;

/* @max_entries: of whom to remember; then those are forgotten that asked longest ago. */
LeydenRateLimiter *leyden_rate_limiter_new   (guint max_entries);
void               leyden_rate_limiter_free  (LeydenRateLimiter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRateLimiter, leyden_rate_limiter_free)
/* Counts one more of @who when at most @limit are counted in @window_ms with it. 0: it was; else the milliseconds after which it may be. */
guint              leyden_rate_limiter_take  (LeydenRateLimiter *self, const char *who, guint limit, guint window_ms, gint64 now_ms);
/* Counts one more in any case; how many are counted in the window with it. */
guint              leyden_rate_limiter_count (LeydenRateLimiter *self, const char *who, guint window_ms, gint64 now_ms);
/* How many are counted in the window, without one more. */
guint              leyden_rate_limiter_peek  (LeydenRateLimiter *self, const char *who, guint window_ms, gint64 now_ms);
/* What an address is counted as: itself, or for IPv6 its /64, which one client usually has whole. @out: at least 46 bytes. */
void               leyden_rate_limiter_group (const char *address, char *out, gsize size);

G_END_DECLS
