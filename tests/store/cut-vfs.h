/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A layer over SQLite's own VFS, as the default of this process, that knows of every file what a disk would still have after a power cut: what was
 * synced, and of the rest any part. Files of others (blobs, locks, archives) are as they are. */

void     cut_vfs_install   (void);
/* The power fails at the @n-th write, truncation or sync from here on (0: not at all). From then on everything fails. */
void     cut_vfs_arm       (guint n);
gboolean cut_vfs_is_dead   (void);
/* How many of these operations there were since cut_vfs_arm(). */
guint    cut_vfs_count     (void);
/* All files are closed: makes them what the disk has. Of each write that was not synced, @random chooses all, nothing, or some sectors. The power is
 * back. */
void     cut_vfs_restart   (GRand *random);

/* Writes (and syncs, truncations) that fail, as the system would let them: from the @first-th on, @n of them (G_MAXUINT: until the next call),
 * with errno @code: ENOSPC, EROFS, EIO. A sync that fails forgets: what it should have synced will not be there after a power cut. @n 0: none. */
void     cut_vfs_fail      (guint first, guint n, int code);
/* Reads fail with EIO. */
void     cut_vfs_fail_reads (gboolean fail);

/* All files are closed and no longer of interest. */
void     cut_vfs_forget    (void);

G_END_DECLS
