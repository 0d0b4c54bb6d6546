/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql.h"

G_BEGIN_DECLS

/**
 * leyden_blob_marks:
 * @blobs: folder of the database's blobs
 *
 * Which blobs are in use: payloads of records, and every SHA-256 that stands as 64 hexadecimal digits in any text of any table, or in a blob
 * that is in use itself (a flow names its data sets). Rather too many than one too few.
 *
 * Returns: (transfer full) (element-type utf8): a set of digests, or %NULL with @error
 */
GHashTable *leyden_blob_marks (LeydenSql *sql, const char *blobs, GCancellable *cancellable, GError **error);

G_END_DECLS
