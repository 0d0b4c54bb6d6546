/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql.h"

G_BEGIN_DECLS

/* Copies of a database as a file that needs no log beside it. */

/* Into the empty file @to, as the database is at the beginning (or, in a transaction of @sql, as that sees it). Others may write meanwhile. */
gboolean leyden_copy_database (LeydenSql *sql, const char *to, GCancellable *cancellable, GError **error);
/* SQLite finds it sound, and it is of this version. */
gboolean leyden_copy_verify   (const char *path, guint version, GError **error);
gboolean leyden_copy_sync     (const char *path);
/* SHA-256 of a file, hexadecimal. (transfer full) */
char    *leyden_copy_digest   (const char *path, GError **error);
/* Bytes of a file into a new one, mode 0600; not synced. */
gboolean leyden_copy_file     (const char *from, const char *to, GError **error);

G_END_DECLS
