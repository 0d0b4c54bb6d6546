/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What SQLite alone does on this disk, for comparing: @rows rows of 1 KiB into the database @path, a hundred a transaction, synced
 * (journal_mode=WAL, synchronous=FULL). */
gboolean leyden_raw_insert (const char *path, guint rows, GError **error);

G_END_DECLS
