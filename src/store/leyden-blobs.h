/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Content-addressed files: FOLDER/ab/cdef… by SHA-256, 0600, written to a temporary name, synced, renamed, folder synced.
 * All functions may be called from any thread; they block. */

#define LEYDEN_BLOBS_VERIFY_MAX (8 * 1024 * 1024)       /* larger ones are not hashed again on every read */

gboolean  leyden_blobs_is_digest (const char *sha256);          /* 64 of 0-9a-f */
char     *leyden_blobs_path      (const char *folder, const char *sha256);
/* (transfer full): the digest. An equal file that is there stays; a damaged one is replaced. */
char     *leyden_blobs_put       (const char *folder, gconstpointer data, gsize size, GError **error);
/* Moves the regular file @path in (copies from another file system); @path is gone afterwards. */
gboolean  leyden_blobs_adopt     (const char *folder, const char *path, const char *sha256, GError **error);
/* Path of a blob that exists, small ones verified. NOT_FOUND or CORRUPT. */
char     *leyden_blobs_find      (const char *folder, const char *sha256, GError **error);
/* Whole content, verified. */
GBytes   *leyden_blobs_read      (const char *folder, const char *sha256, GError **error);
/* For mkstemp: a name that clean knows. */
char     *leyden_blobs_dup_template (const char *folder);
/* Removes what interrupted writes left. */
void      leyden_blobs_clean     (const char *folder);
void      leyden_blobs_count     (const char *folder, guint64 *n_blobs, guint64 *n_bytes);
/* All digests of a folder, in order. (transfer full) (element-type utf8) */
GPtrArray *leyden_blobs_list     (const char *folder);
/* A copy of its own in @to (made), verified on the way, synced; nothing when it is there. @like (nullable): a folder of copies, from which it
 * is linked when it has it: copies share what never changes, but never with @from. NOT_FOUND, CORRUPT. */
gboolean  leyden_blobs_copy      (const char *from, const char *to, const char *like, const char *sha256, GError **error);
/* Removes a blob that has not been put for @min_age_s; TRUE: it is gone. @to (nullable): a folder to which it is moved. */
gboolean  leyden_blobs_sweep     (const char *folder, const char *sha256, gint64 min_age_s, const char *to, guint64 *n_bytes);
/* Folder entry durable. */
gboolean  leyden_blobs_sync_folder (const char *folder, GError **error);

G_END_DECLS
