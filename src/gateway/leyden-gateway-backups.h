/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"

G_BEGIN_DECLS

/* Backups of the backend's database: on request, and by the clock, each with its drill (help: “Backups”). What came of them is kept as documents
 * of the kind "backup". Belongs to the gateway and its thread. */
LeydenBackups *leyden_backups_new          (LeydenGateway *gateway, const LeydenGatewayOptions *options);
/* Cancels what is under way; nothing is started afterwards. */
void           leyden_backups_stop         (LeydenBackups *self);
void           leyden_backups_free         (LeydenBackups *self);
/* Reads what was made before, and begins to look at the clock. */
void           leyden_backups_start        (LeydenBackups *self);
gboolean       leyden_backups_is_busy      (LeydenBackups *self);
/* {"folder", "every_s", "keep", "archive", "last": job or null, "next" (ns; null: not by the clock), "retention"}: for doctor and others. (transfer full) */
LeydenValue   *leyden_backups_describe     (LeydenBackups *self);
/* The job, null when there is none; without a look at the archive's disk. (transfer full) */
LeydenValue   *leyden_backups_describe_last (LeydenBackups *self);

/* Retention by the clock (leyden-gateway-retention.c). */
LeydenRetentionClock *leyden_retention_clock_new      (LeydenGateway *gateway, const LeydenGatewayOptions *options);
void                  leyden_retention_clock_start    (LeydenRetentionClock *self);
void                  leyden_retention_clock_stop     (LeydenRetentionClock *self);
void                  leyden_retention_clock_free     (LeydenRetentionClock *self);
/* {"days", "mib", "last": what was removed last, or null}. (transfer full) */
LeydenValue          *leyden_retention_clock_describe (LeydenRetentionClock *self);

G_END_DECLS
