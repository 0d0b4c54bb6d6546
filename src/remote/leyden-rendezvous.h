/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The file by which windows and programs find the local backend: {"port", "address", "key", "approval_key", "pid", "started",
 * "database", "version"}, mode 0600. Plain data. */
typedef struct
{
  char    *address;             /* "127.0.0.1" */
  guint16  port;
  char    *key;
  char    *approval_key;        /* with which approvals are granted: nobody gets it who cannot read this file; nullable */
  gint64   pid;
  gint64   started_ns;          /* since the epoch */
  char    *database;            /* absolute path */
  char    *version;
} LeydenRendezvous;

LeydenRendezvous *leyden_rendezvous_copy   (const LeydenRendezvous *self);
void              leyden_rendezvous_free   (LeydenRendezvous *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRendezvous, leyden_rendezvous_free)

/* LEYDEN_RENDEZVOUS_FOLDER when set and absolute, else $XDG_RUNTIME_DIR/leyden (in Flatpak $XDG_RUNTIME_DIR/app/$FLATPAK_ID); $XDG_CACHE_HOME/leyden/run where there is none. (transfer full) */
char             *leyden_rendezvous_folder (void);
/* @folder/backend.json: the backend that windows find. With a @database (absolute path): @folder/database-<16 hex digits>.json, which
 * every backend writes for its own database. (transfer full) */
char             *leyden_rendezvous_path   (const char *folder, const char *database);
/* Parses the text of one. Errors: LEYDEN_REMOTE_ERROR_PROTOCOL. */
LeydenRendezvous *leyden_rendezvous_parse  (const char *text, gsize length, GError **error);
/* Reads @path: a regular file of ours that nobody else may read or write, at most 64 KiB. NULL without error when there is none. */
LeydenRendezvous *leyden_rendezvous_read   (const char *path, GError **error);
/* The one at leyden_rendezvous_path(@folder, @database), read in a thread; @folder %NULL: leyden_rendezvous_folder(). The finish gives NULL when
 * there is none that can be used or its process is gone. (transfer full) */
void              leyden_rendezvous_find_async  (const char *folder, const char *database, GCancellable *cancellable,
                                                 GAsyncReadyCallback callback, gpointer data);
LeydenRendezvous *leyden_rendezvous_find_finish (GAsyncResult *result);
/* Written whole or not at all, mode 0600, folder 0700. */
gboolean          leyden_rendezvous_write  (const LeydenRendezvous *self, const char *path, GError **error);
/* Removes the file when it is (still) ours by pid and start time. */
void              leyden_rendezvous_remove (const LeydenRendezvous *self, const char *path);
/* Whether a process with that pid lives (TRUE in a sandbox, which cannot see it). Not a proof: the backend itself is asked too. */
gboolean          leyden_rendezvous_is_alive (const LeydenRendezvous *self);

G_END_DECLS
