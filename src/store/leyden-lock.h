/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One process a database: DATABASE.lock, held by an open-file-description lock, so that the end of the process (however it
 * ends) frees it. While held it says {"pid": N, "owner": "ADDRESS"}; after a clean end it is empty. */
typedef struct _LeydenLock LeydenLock;

/* Errors: LOCKED, naming pid and owner; READ_ONLY; FAILED where the file system has no locks. */
LeydenLock *leyden_lock_acquire     (const char *database, GError **error);
/* The last holder did not end cleanly. */
gboolean    leyden_lock_was_unclean (LeydenLock *self);
gboolean    leyden_lock_set_owner   (LeydenLock *self, const char *owner, GError **error);
void        leyden_lock_release     (LeydenLock *self);
/* The owner's address while somebody holds the lock, else NULL. */
char       *leyden_lock_find_owner  (const char *database);

G_END_DECLS
