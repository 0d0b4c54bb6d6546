/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A function that can stop in its middle and go on later. It has a thread for its stack alone: at any time either the owner or
 * the function runs, never both, so that they share data without locks.
 *
 *   owner   ──resume──►               ◄──────── (returns) ──resume──►
 *   function          runs ──yield──►                               runs … ends
 */
typedef struct _LeydenCoroutine LeydenCoroutine;

LeydenCoroutine *leyden_coroutine_new         (const char *name, void (*run) (gpointer data), gpointer data);
/* It must have ended, or never have been resumed. */
void             leyden_coroutine_free        (LeydenCoroutine *self);
/* From the owner: runs the function until it yields or ends. */
void             leyden_coroutine_resume      (LeydenCoroutine *self);
/* From the function: returns with the next resume. */
void             leyden_coroutine_yield       (LeydenCoroutine *self);
gboolean         leyden_coroutine_has_ended   (LeydenCoroutine *self);

G_END_DECLS
