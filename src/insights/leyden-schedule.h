/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* When something is made again and again: {"every": "day" | "week" | "month", "at": "07:30", "weekday": 1 (Monday) to 7, "day": 1 to 31 (the last
 * one of shorter months), "zone": IANA name}. */

/* FALSE with G_IO_ERROR_INVALID_ARGUMENT, which names the member. */
gboolean leyden_schedule_check (LeydenValue *schedule, GError **error);
/**
 * leyden_schedule_next:
 * @schedule: a checked one
 * @after_ns: since the epoch
 *
 * The first time after @after_ns, by the clock of the zone: an hour that is left out counts as the moment at which it would begin, of one that comes twice the first counts.
 *
 * Returns: ns since the epoch; 0: none is near (within two months)
 */
gint64   leyden_schedule_next  (LeydenValue *schedule, gint64 after_ns);

G_END_DECLS
