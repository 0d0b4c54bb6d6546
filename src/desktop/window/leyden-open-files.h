/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LeydenOpenFiles: which files a running program has open, on disk, so that the next one can open them again after a kill.
 *
 * One file a program, <state folder>/windows/<random>, held locked while it runs and removed by its normal end; 0600. A line a state:
 * a JSON list of URIs; the last whole line counts. A file that nobody holds is what a killed program left; who takes it removes it.
 * The folder is read and the file is written by a thread, one state after the other.
 */
typedef struct _LeydenOpenFiles LeydenOpenFiles;

/* @state_folder NULL: $XDG_STATE_HOME/leyden. Nothing is written before the first state. */
LeydenOpenFiles *leyden_open_files_new    (const char *state_folder);
/* The end: removes the file, waits for the thread. */
void             leyden_open_files_free   (LeydenOpenFiles *self);
/* @uris: NULL-terminated, in their order. The same as before writes nothing. */
void             leyden_open_files_set    (LeydenOpenFiles *self, const char * const *uris);
/* What killed programs had open, each once, 50 at most; taken by the first who asks. (transfer full): never NULL. Blocking, for threads. */
char           **leyden_open_files_take   (const char *state_folder);

G_END_DECLS
