/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a file was when it was read or written. */
typedef struct
{
  guint64  device;
  guint64  inode;
  guint64  size;
  gint64   time_ns;
  char     sha256[65];          /* of the content; "" when there is none */
} LeydenFileStamp;

/* Blocking; for threads. The sum of @stamp is left empty, see leyden_file_sum(). Nothing but a regular file of at most @max_bytes is read. Errors: LEYDEN_FLOW_ERROR_FILE and _LIMIT. */
GBytes   *leyden_file_read    (GFile *file, gsize max_bytes, LeydenFileStamp *stamp, GError **error);
/* The sum of what was read: 2.5 ms a MiB. */
void      leyden_file_sum     (LeydenFileStamp *stamp, GBytes *bytes);
/* Replaces in one step (new file beside it, synced, renamed), through links; mode and owner stay. @expected (nullable): what is
 * there must be this, else LEYDEN_FLOW_ERROR_CHANGED; a file that is gone is written again. */
gboolean  leyden_file_replace (GFile *file, GBytes *bytes, const LeydenFileStamp *expected, LeydenFileStamp *stamp, GError **error);
/* For our own state files: mode 0600, no links followed. @sync: to the disk before it returns. */
gboolean  leyden_file_write_private (const char *path, GBytes *bytes, gboolean sync, GError **error);
/* A file or folder, to the disk. errno on FALSE. */
gboolean  leyden_file_sync (const char *path);
gboolean  leyden_file_write_all (int fd, const char *data, gsize length);       /* errno on FALSE */

G_END_DECLS
